//! The `$SYS` topics.

use crate::kit::{Spec, World};

#[test]
fn figures_are_published_at_the_interval() {
    let mut world = World::with(|options| options.sys_interval_s = 10);
    world.connect(&Spec::v5("x"));
    let got = world.subscribe("x", "$SYS/#", 0);
    assert!(got.len() <= 1, "nothing yet: {got:?}");
    world.pass_ms(0);
    let got = world.take("x");
    assert!(got.iter().any(|text| text.starts_with("publish $SYS/broker/version=polymqtt version ")), "{got:?}");
    assert!(got.contains(&"publish $SYS/broker/uptime=0 seconds q0".into()));
    assert!(got.contains(&"publish $SYS/broker/clients/connected=1 q0".into()));
    world.connect(&Spec::v4("y"));
    world.pass_ms(10_000);
    let got = world.take("x");
    assert!(got.contains(&"publish $SYS/broker/clients/connected=2 q0".into()), "{got:?}");
    assert!(got.contains(&"publish $SYS/broker/uptime=10 seconds q0".into()));
    assert!(!got.iter().any(|text| text.contains("version")), "what has not changed is not published again");
    assert_eq!(
        world.subscribe("y", "$SYS/broker/clients/total", 0),
        ["suback 00", "publish $SYS/broker/clients/total=2 q0 retain"]
    );
}

#[test]
fn clients_do_not_publish_them() {
    let mut world = World::new();
    world.connect(&Spec::v5("x"));
    world.connect(&Spec::v4("old"));
    world.subscribe("x", "$SYS/#", 0);
    world.publish("x", "$SYS/broker/version", "mine", 2, 1);
    assert!(world.take("x")[0].starts_with("pubrec #1 87"));
    world.publish("x", "$SYS/broker/version", "mine", 2, 1);
    assert!(world.take("x")[0].starts_with("pubrec #1 87"), "the identifier was free again");
    world.publish("old", "$SYS/broker/version", "mine", 1, 1);
    assert_eq!(world.take("old"), ["puback #1"]);
    assert!(world.take("x").is_empty());
}

#[test]
fn shards_are_summed_up() {
    let mut world = World::shards(4, |options| options.sys_interval_s = 10);
    for number in 0..20 {
        world.connect(&Spec::v5(&format!("client-{number}")));
    }
    world.pass_ms(20_000);
    let got = world.subscribe("client-0", "$SYS/broker/clients/connected", 0);
    assert_eq!(got, ["suback 00", "publish $SYS/broker/clients/connected=20 q0 retain"]);
    let statistics = world.shards.iter().fold(polymqtt_core::broker::Statistics::default(), |mut sum, shard| {
        sum.add(&shard.statistics());
        sum
    });
    assert_eq!((statistics.connections, statistics.sessions), (20, 20));
}

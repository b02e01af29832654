//! Retained Messages.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::codec::{Property, RetainHandling, SubscriptionOptions};

fn with_retained() -> World {
    let mut world = World::new();
    world.connect(&Spec::v5("p"));
    world.publish_retained("p", "a/1", "one");
    world.publish_retained("p", "a/2", "two");
    world.publish_retained("p", "b", "three");
    world.connect(&Spec::v5("s"));
    world
}

/// [MQTT-3.3.1-5], [MQTT-3.3.1-6], [MQTT-3.3.1-7], [MQTT-3.3.1-8]
#[test]
fn the_last_message_of_each_topic_is_kept() {
    let mut world = with_retained();
    assert_eq!(world.subscribe("s", "a/+", 1), ["suback 01", "publish a/1=one q0 retain", "publish a/2=two q0 retain"]);
    world.publish("p", "a/1", "live", 0, 0);
    assert_eq!(world.take("s"), ["publish a/1=live q0"]);
    world.publish_retained("p", "a/1", "new");
    assert_eq!(world.take("s"), ["publish a/1=new q0"]);
    assert_eq!(world.subscribe("s", "a/1", 0), ["suback 00", "publish a/1=new q0 retain"]);
    world.publish_retained("p", "a/1", "");
    assert_eq!(world.take("s"), ["publish a/1= q0"]);
    assert_eq!(world.subscribe("s", "a/1", 0), ["suback 00"]);
    assert_eq!(world.shards[0].statistics().retained_messages, 2);
}

/// [MQTT-3.3.1-9], [MQTT-3.3.1-10], [MQTT-3.3.1-11]
#[test]
fn retain_handling_decides_what_a_subscription_brings() {
    let mut world = with_retained();
    for (handling, first, second) in
        [(RetainHandling::Send, 1, 1), (RetainHandling::SendIfNew, 1, 0), (RetainHandling::DoNotSend, 0, 0)]
    {
        let options = SubscriptionOptions { retain_handling: handling, ..SubscriptionOptions::default() };
        assert_eq!(world.subscribe_with("s", &[("b", options)], None).len(), 1 + first, "{handling:?}");
        assert_eq!(world.subscribe_with("s", &[("b", options)], None).len(), 1 + second, "{handling:?}");
        world.unsubscribe("s", &["b"]);
    }
}

/// [MQTT-3.3.1-12], [MQTT-3.3.1-13]
#[test]
fn retain_as_published_keeps_the_flag() {
    let mut world = with_retained();
    let options = SubscriptionOptions { retain_as_published: true, ..SubscriptionOptions::default() };
    world.subscribe_with("s", &[("x", options)], None);
    world.publish_retained("p", "x", "kept");
    world.publish("p", "x", "plain", 0, 0);
    assert_eq!(world.take("s"), ["publish x=kept q0 retain", "publish x=plain q0"]);
}

#[test]
fn retained_messages_expire() {
    let mut world = World::new();
    world.connect(&Spec::v5("p"));
    let expiry = [Property::MessageExpiryInterval(10)];
    world.publish_with("p", "t", "x", 0, 0, true, &expiry);
    world.publish_with("p", "u", "y", 0, 0, true, &expiry);
    world.publish_retained("p", "u", "stays");
    world.pass_ms(4_000);
    assert_eq!(world.subscribe("p", "t", 0), ["suback 00", "publish t=x q0 retain message_expiry_interval=6"]);
    world.pass_ms(6_000);
    assert_eq!(world.shards[0].statistics().retained_messages, 1);
    assert_eq!(world.subscribe("p", "#", 0), ["suback 00", "publish u=stays q0 retain"]);
}

#[test]
fn many_updates_of_expiring_messages_leave_nothing_behind() {
    let mut world = World::new();
    world.connect(&Spec::v5("p"));
    for step in 0..2000 {
        world.publish_with(
            "p",
            "t",
            &step.to_string(),
            0,
            0,
            true,
            &[Property::MessageExpiryInterval(1000 - step / 10)],
        );
    }
    world.pass_ms(900_000);
    assert_eq!(world.shards[0].statistics().retained_messages, 0);
    assert_eq!(world.shards[0].statistics().retained_bytes, 0);
    assert_eq!(world.shards[0].next_timeout(), None);
}

#[test]
fn a_large_replay_comes_in_slices_as_the_transport_takes_it() {
    let mut world = World::with(|options| {
        options.retained_slice = 100;
        options.outgoing_bytes_max = 10_000;
    });
    world.connect(&Spec::v5("p"));
    for number in 0..5_000 {
        world.publish_retained("p", &format!("t/{number:04}"), "payload of some bytes");
    }
    world.connect(&Spec::v5("s"));
    world.transmits = false;
    world.subscribe("s", "#", 0);
    let waiting = world.shards[0].transmit_len_bytes(world.clients["s"].connection);
    assert!(waiting < 11_000, "{waiting}");
    world.flush();
    world.pass_ms(1);
    let got = world.take("s");
    assert_eq!(got.len(), 5_001);
    assert_eq!(got[5_000], "publish t/4999=payload of some bytes q0 retain");
}

#[test]
fn a_replay_at_qos_1_waits_for_the_window_and_survives_a_reconnect() {
    let mut world = World::new();
    world.connect(&Spec::v5("p"));
    for number in 0..100 {
        world.publish_with("p", &format!("t/{number:02}"), "x", 1, 1, true, &[]);
    }
    let spec = Spec::lasting("s").with(Property::ReceiveMaximum(3));
    world.connect(&spec);
    let got = world.subscribe("s", "#", 1);
    assert_eq!(got.len(), 4);
    let mut count = 3;
    for identifier in 1..=3 {
        world.puback("s", identifier);
    }
    world.take("s");
    world.break_off("s");
    world.connect(&spec);
    loop {
        let got = world.take("s");
        if got.is_empty() {
            break;
        }
        count += got.len();
        for text in got {
            let identifier = text.split('#').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
            world.puback("s", identifier);
        }
    }
    assert_eq!(count, 100);
}

#[test]
fn a_replay_that_finds_nothing_goes_on_by_itself() {
    let mut world = World::with(|options| options.retained_slice = 10);
    world.connect(&Spec::v5("p"));
    for number in 0..500 {
        world.publish_retained("p", &format!("t/{number:03}/no"), "x");
    }
    world.publish_retained("p", "t/999/yes", "x");
    world.connect(&Spec::v5("s"));
    assert_eq!(world.subscribe("s", "t/+/yes", 0), ["suback 00"]);
    world.pass_ms(0);
    assert_eq!(world.take("s"), ["publish t/999/yes=x q0 retain"]);
    assert_eq!(world.shards[0].next_timeout(), None);
}

#[test]
fn without_retained_messages() {
    let mut world = World::with(|options| options.retain_available = false);
    assert_eq!(world.connect(&Spec::v5("p")), "connack 00 retain_available=0");
    world.connect(&Spec::v4("old"));
    world.subscribe("old", "t", 0);
    world.publish_retained("old", "t", "x");
    assert_eq!(world.take("old"), ["publish t=x q0"]);
    world.publish_retained("p", "t", "x");
    assert_eq!(world.take("p"), ["disconnect 9a reason=MQTT-3.2.2-14", "closed"]);
    assert_eq!(world.shards[0].retained_messages().count(), 0);
}

/// [MQTT-3.8.3-3]
#[test]
fn no_local_holds_for_retained_messages_too() {
    let mut world = World::new();
    world.connect(&Spec::lasting("x"));
    world.publish_retained("x", "t", "mine");
    world.connect(&Spec::v5("y"));
    world.publish_retained("y", "u", "yours");
    world.break_off("x");
    world.connect(&Spec::lasting("x"));
    let options = SubscriptionOptions { no_local: true, qos: QoS::AtMostOnce, ..SubscriptionOptions::default() };
    assert_eq!(world.subscribe_with("x", &[("#", options)], None), ["suback 00", "publish u=yours q0 retain"]);
}

//! Several shards behave as one broker.

use crate::kit::{Spec, World};
use polymqtt_core::broker::{ConnectionInfo, Peek, peek_connect};
use polymqtt_core::codec::Property;

/// Clients on each of the shards.
fn names(world: &World, per_shard: usize) -> Vec<String> {
    let count = u16::try_from(world.shards.len()).unwrap();
    let placement = world.shards[0].placement();
    let of = |shard| {
        (0..)
            .map(|number| format!("client-{number}"))
            .filter(move |name| placement.shard_of(name) == shard)
            .take(per_shard)
    };
    (0..count).flat_map(of).collect()
}

#[test]
fn a_message_crosses_to_every_shard_with_a_subscriber() {
    for count in [2, 4] {
        let mut world = World::shards(count, |_| {});
        let names = names(&world, 3);
        for name in &names {
            world.connect(&Spec::v5(name));
            world.subscribe(name, "t/+", 1);
            world.subscribe(name, "t/1", 0);
        }
        for publisher in &names {
            world.publish(publisher, "t/1", publisher, 1, 9);
            for name in &names {
                let mut got = world.take(name);
                got.retain(|text| !text.starts_with("puback"));
                assert_eq!(got.len(), 1, "one copy each: {got:?}");
                assert!(got[0].starts_with(&format!("publish t/1={publisher} q1")));
            }
        }
    }
}

#[test]
fn nothing_crosses_to_shards_without_a_subscriber() {
    let mut world = World::shards(2, |_| {});
    let names = names(&world, 1);
    world.connect(&Spec::v5(&names[0]));
    world.connect(&Spec::v5(&names[1]));
    world.subscribe(&names[1], "a/b", 0);
    world.publish(&names[0], "a/c", "x", 1, 1);
    assert_eq!(world.take(&names[0]), ["puback #1 10"]);
    world.publish(&names[0], "a/b", "x", 1, 1);
    assert_eq!(world.take(&names[0]), ["puback #1 00"]);
    assert_eq!(world.take(&names[1]), ["publish a/b=x q0"]);
    world.unsubscribe(&names[1], &["a/b"]);
    world.publish(&names[0], "a/b", "x", 1, 1);
    assert_eq!(world.take(&names[0]), ["puback #1 10"]);
    assert!(world.shards.iter().all(|shard| shard.filter_count() == 0));
}

#[test]
fn retained_messages_are_on_every_shard() {
    let mut world = World::shards(3, |_| {});
    let names = names(&world, 1);
    for name in &names {
        world.connect(&Spec::v5(name));
        world.publish_retained(name, &format!("t/{name}"), "x");
    }
    for name in &names {
        assert_eq!(world.subscribe(name, "t/#", 0).len(), 4);
        world.unsubscribe(name, &["t/#"]);
    }
    world.publish_retained(&names[0], &format!("t/{}", names[1]), "");
    assert!(world.shards.iter().all(|shard| shard.retained_messages().count() == 2));
}

#[test]
fn shards_agree_on_the_last_retained_message() {
    for seed in 0..200_u64 {
        let mut world = World::shards(3, |_| {});
        for _ in 0..seed {
            world.random(2);
        }
        let names = names(&world, 1);
        for name in &names {
            world.connect(&Spec::v5(name));
        }
        // All publish before any shard hears of the others.
        let bytes = |payload: &str| [b"\x31\x04\x00\x01t\x00", payload.as_bytes()].concat();
        let now = world.now();
        for (index, payload) in ["a", "b", "c"].iter().enumerate() {
            let client = &world.clients[&names[index]];
            let (shard, connection) = (client.shard, client.connection);
            let mut packet = bytes(payload);
            packet[1] = u8::try_from(packet.len() - 2).unwrap();
            world.shards[shard].handle_input(connection, &packet, now);
        }
        let removes = seed % 2 == 0;
        if removes {
            let client = &world.clients[&names[usize::try_from(seed % 3).unwrap()]];
            let (shard, connection) = (client.shard, client.connection);
            world.shards[shard].handle_input(connection, b"\x31\x04\x00\x01t\x00", now);
        }
        world.run();
        let kept: Vec<Vec<u8>> = world
            .shards
            .iter()
            .map(|shard| shard.retained_messages().map(|message| message.payload().to_vec()).next().unwrap_or_default())
            .collect();
        assert!(kept.iter().all(|payload| *payload == kept[0]), "seed {seed}: {kept:?}");
        world.pass_ms(61_000);
        let len = usize::from(!kept[0].is_empty());
        assert!(world.shards.iter().all(|shard| shard.retained_messages().count() == len));
    }
}

#[test]
fn wills_cross_shards() {
    let mut world = World::shards(2, |_| {});
    let names = names(&world, 1);
    world.connect(&Spec::v5(&names[0]).will("w", "gone"));
    world.connect(&Spec::v5(&names[1]));
    world.subscribe(&names[1], "w", 0);
    world.break_off(&names[0]);
    assert_eq!(world.take(&names[1]), ["publish w=gone q0"]);
}

#[test]
fn queues_fill_across_shards() {
    let mut world = World::shards(4, |_| {});
    let names = names(&world, 1);
    for name in &names {
        world.connect(&Spec::lasting(name));
        world.subscribe(name, "t", 2);
        world.break_off(name);
    }
    world.connect(&Spec::v5("p"));
    world.publish("p", "t", "x", 2, 1);
    assert_eq!(world.take("p"), ["pubrec #1 00"]);
    for name in &names {
        assert_eq!(world.connect(&Spec::lasting(name)), "connack 00 present");
        assert_eq!(world.take(name), ["publish t=x q2 #1"]);
    }
}

#[test]
fn the_acceptor_finds_the_shard_of_a_connection() {
    let world = World::shards(4, |_| {});
    let bytes = Spec::v5("device-7").with(Property::ReceiveMaximum(3)).bytes();
    assert_eq!(peek_connect(&bytes), Peek::ClientIdentifier("device-7"));
    assert!(
        world.shards[usize::from(world.shards[0].placement().shard_of("device-7"))].placement().is_home_of("device-7")
    );
}

#[test]
fn a_client_on_the_wrong_shard_is_refused() {
    let mut world = World::shards(2, |_| {});
    let home = world.shards[0].placement().shard_of("x");
    world.open("x", usize::from(1 - home));
    world.send_connect("x", &Spec::v5("x"));
    assert!(world.take("x")[0].starts_with("connack 9c"));
    let now = world.now();
    assert!(world.shards[0].accept(ConnectionInfo::default(), now).is_ok());
}

/// A publisher on the first shard, a stored subscriber on the second, and a store that waits.
fn with_waiting_store(filter: &str) -> (World, String, String) {
    let mut world = World::shards(2, |options| options.store = true);
    let mut names = names(&world, 1);
    let (subscriber, publisher) = (names.remove(1), names.remove(0));
    world.connect(&Spec::lasting(&subscriber));
    world.subscribe(&subscriber, filter, 2);
    world.connect(&Spec::v5(&publisher));
    world.store_completes = false;
    (world, publisher, subscriber)
}

#[test]
fn an_acknowledgement_waits_for_the_stores_of_other_shards() {
    for filter in ["t", "$share/one/t", "$share/two/t", "$share/three/t"] {
        let (mut world, publisher, subscriber) = with_waiting_store(filter);
        world.publish(&publisher, "t", "x", 2, 1);
        assert!(world.take(&publisher).is_empty(), "{filter}");
        world.complete_store_of(0);
        assert!(world.take(&publisher).is_empty(), "{filter}");
        world.complete_store_of(1);
        assert_eq!(world.take(&publisher), ["pubrec #1 00"], "{filter}");
        assert_eq!(world.take(&subscriber), ["publish t=x q2 #1"], "{filter}");
        world.publish(&publisher, "t", "zero", 0, 0);
        assert_eq!(world.take(&subscriber), ["publish t=zero q0"], "{filter}");
        world.publish(&publisher, "nobody", "x", 1, 2);
        assert_eq!(world.take(&publisher), ["puback #2 10"], "{filter}: nobody has to store it");
    }
}

#[test]
fn a_retained_message_is_stored_once() {
    let mut world = World::shards(3, |options| options.store = true);
    let names = names(&world, 1);
    for (shard, name) in names.iter().enumerate() {
        world.connect(&Spec::v5(name));
        world.publish_with(name, &format!("t/{name}"), "x", 1, 1, true, &[]);
        assert_eq!(world.take(name), ["puback #1 10"]);
        assert_eq!(world.last_sequences.iter().sum::<u64>(), shard as u64 + 1);
    }
}

#[test]
fn shards_that_store_for_each_other_do_not_wait_in_a_circle() {
    let mut world = World::shards(4, |options| options.store = true);
    let names = names(&world, 1);
    for name in &names {
        world.connect(&Spec::lasting(name));
        world.subscribe(name, "t/#", 1);
        world.subscribe(name, "$share/g/t/+", 1);
    }
    world.store_completes = false;
    for name in &names {
        world.publish(name, "t/1", "x", 1, 1);
    }
    assert!(names.iter().all(|name| !world.take(name).iter().any(|text| text.starts_with("puback"))));
    for _ in 0..3 {
        world.complete_store();
    }
    for name in &names {
        assert!(world.take(name).contains(&"puback #1 00".into()), "{name}");
    }
}

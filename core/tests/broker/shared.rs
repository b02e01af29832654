//! Shared subscriptions.

use crate::kit::{Spec, World};
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::Broker;
use polymqtt_core::codec::{Acknowledgement, Packet, PacketIdentifier};

/// Everything is to hold wherever the members and the home of the group live.
fn worlds() -> impl Iterator<Item = World> {
    [1, 2, 4].into_iter().map(|count| World::shards(count, |_| {}))
}

fn with_members(world: &mut World, names: &[&str], qos: u8) {
    for name in names {
        world.connect(&Spec::lasting(name));
        assert_eq!(world.subscribe(name, "$share/g/t/+", qos), [format!("suback 0{qos}")]);
    }
    world.connect(&Spec::v5("p"));
}

fn counts(world: &mut World, names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| world.take(name).len()).collect()
}

#[test]
fn members_take_turns() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b", "c"], 1);
        world.connect(&Spec::v4("plain"));
        world.subscribe("plain", "t/#", 0);
        for _ in 0..9 {
            world.publish("p", "t/1", "x", 1, 1);
        }
        assert_eq!(counts(&mut world, &["a", "b", "c", "plain"]), [3, 3, 3, 9]);
    }
}

#[test]
fn groups_are_told_apart_by_name_and_filter() {
    for mut world in worlds() {
        world.connect(&Spec::v5("a"));
        world.connect(&Spec::v5("b"));
        world.connect(&Spec::v4("p"));
        world.subscribe("a", "$share/one/t", 0);
        world.subscribe("b", "$share/two/t", 0);
        world.subscribe("b", "$share/one/+", 0);
        world.publish("p", "t", "x", 0, 0);
        assert_eq!(counts(&mut world, &["a", "b"]), [1, 2]);
    }
}

/// [MQTT-4.8.2-3]
#[test]
fn the_qos_of_each_member_holds() {
    for mut world in worlds() {
        world.connect(&Spec::v5("a"));
        world.connect(&Spec::v5("b"));
        world.connect(&Spec::v5("p"));
        world.subscribe("a", "$share/g/t", 0);
        world.subscribe("b", "$share/g/t", 2);
        for _ in 0..2 {
            world.publish("p", "t", "x", 1, 1);
        }
        assert_eq!(world.take("a"), ["publish t=x q0"]);
        assert_eq!(world.take("b"), ["publish t=x q1 #1"]);
    }
}

#[test]
fn connected_members_are_preferred() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b"], 1);
        world.break_off("a");
        for _ in 0..4 {
            world.publish("p", "t/1", "x", 1, 1);
        }
        assert_eq!(counts(&mut world, &["b"]), [4]);
        world.break_off("b");
        world.publish("p", "t/1", "waits", 1, 1);
        let waiting: usize =
            world.shards.iter().flat_map(Broker::sessions).map(|info| info.queued + info.in_flight).sum();
        assert_eq!(waiting, 5, "what was in flight to b waits as well");
    }
}

#[test]
fn what_a_leaving_member_has_not_acknowledged_goes_to_another() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b"], 1);
        world.publish("p", "t/1", "1", 1, 1);
        world.publish("p", "t/1", "2", 1, 1);
        let (of_a, of_b) = (world.take("a"), world.take("b"));
        assert_eq!((of_a.len(), of_b.len()), (1, 1));
        world.break_off("a");
        let payload = of_a[0].split(' ').nth(1).unwrap();
        assert_eq!(world.take("b"), [format!("publish {payload} q1 #2")]);
        world.connect(&Spec::lasting("a"));
        assert!(world.take("a").is_empty(), "it is not delivered twice");
        world.disconnect("b");
        world.connect(&Spec::v5("b"));
        assert_eq!(world.take("a").len(), 2);
    }
}

#[test]
fn what_waits_for_a_member_that_unsubscribes_goes_to_another() {
    for mut world in worlds() {
        with_members(&mut world, &["a"], 1);
        world.break_off("a");
        world.publish("p", "t/1", "1", 1, 1);
        world.connect(&Spec::lasting("b"));
        world.subscribe("b", "$share/g/t/+", 1);
        world.connect(&Spec::v5("a"));
        assert_eq!(world.take("b"), ["publish t/1=1 q1 #1"]);
    }
}

/// [MQTT-4.8.2-4], [MQTT-4.8.2-5]
#[test]
fn a_qos_2_message_that_was_sent_stays_with_its_member() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b"], 2);
        world.publish("p", "t/1", "1", 2, 1);
        let (member, other) = if world.take("a").is_empty() { ("b", "a") } else { ("a", "b") };
        world.take(member);
        world.break_off(member);
        assert!(world.take(other).is_empty());
        world.connect(&Spec::lasting(member));
        assert_eq!(world.take(member), ["publish t/1=1 q2 #1 dup"]);
        world.connect(&Spec::v5(member));
        assert!(world.take(other).is_empty(), "nor when its session ends");
    }
}

/// [MQTT-4.8.2-6]
#[test]
fn a_message_that_a_member_refuses_goes_to_nobody_else() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b"], 1);
        world.publish("p", "t/1", "1", 1, 1);
        let (member, other) = if world.take("a").is_empty() { ("b", "a") } else { ("a", "b") };
        let refusal = Acknowledgement::new(PacketIdentifier::MIN, ReasonCode::NotAuthorized);
        world.send(member, &Packet::PubAck(refusal));
        world.break_off(member);
        assert!(world.take(other).is_empty());
    }
}

/// [MQTT-3.8.3-4]
#[test]
fn no_local_is_an_error() {
    let mut world = World::new();
    world.connect(&Spec::v5("a"));
    world.open("raw", 0);
    world.send_bytes("raw", &Spec::v5("raw").bytes());
    world.take("raw");
    world.send_bytes("raw", b"\x82\x10\x00\x01\x00\x00\x0a$share/g/t\x04");
    assert_eq!(world.take("raw"), ["disconnect 82 reason=MQTT-3.8.3-4", "closed"]);
}

#[test]
fn nothing_is_left_when_the_last_member_goes() {
    for mut world in worlds() {
        with_members(&mut world, &["a", "b"], 1);
        assert_eq!(world.unsubscribe("a", &["$share/g/t/+"]), ["unsuback 00"]);
        assert_eq!(world.unsubscribe("a", &["$share/g/t/+"]), ["unsuback 11"]);
        world.publish("p", "t/1", "1", 1, 1);
        assert_eq!(counts(&mut world, &["a", "b"]), [0, 1]);
        world.connect(&Spec::v5("b"));
        world.take("p");
        world.publish("p", "t/1", "1", 1, 1);
        assert_eq!(world.take("p"), ["puback #1 10"]);
        assert!(world.shards.iter().all(|shard| shard.filter_count() == 0));
    }
}

#[test]
fn they_bring_no_retained_messages() {
    for mut world in worlds() {
        world.connect(&Spec::v5("a"));
        world.publish_retained("a", "t/1", "kept");
        assert_eq!(world.subscribe("a", "$share/g/t/+", 0), ["suback 00"]);
    }
}

//! Every limit has a name, and something defined happens at it.

use crate::kit::{Spec, World};
use polymqtt_core::broker::{ConnectionInfo, LimitReached, QueueWhenFull};
use polymqtt_core::codec::Property;

#[test]
fn connections_max() {
    let mut world = World::with(|options| options.connections_max = 2);
    world.connect(&Spec::v5("a"));
    world.connect(&Spec::v5("b"));
    let now = world.now();
    let error = world.shards[0].accept(ConnectionInfo::default(), now).unwrap_err();
    assert_eq!(error, LimitReached { option: "connections_max" });
    assert_eq!(error.to_string(), "the limit connections_max is reached");
    world.break_off("a");
    assert_eq!(world.connect(&Spec::v5("c")), "connack 00");
}

#[test]
fn sessions_max() {
    let mut world = World::with(|options| options.sessions_max = 2);
    world.connect(&Spec::lasting("a"));
    world.connect(&Spec::lasting("b"));
    world.break_off("a");
    assert!(world.connect(&Spec::v5("c")).starts_with("connack 97"));
    assert_eq!(world.connect(&Spec::lasting("a")), "connack 00 present");
    assert_eq!(world.connect(&Spec::v5("b")), "connack 00");
}

#[test]
fn connect_size_bytes_max_and_packet_size_bytes_max() {
    let mut world = World::with(|options| {
        options.connect_size_bytes_max = 100;
        options.packet_size_bytes_max = 200;
    });
    let long = "x".repeat(90);
    assert!(world.connect(&Spec::v5(&long)).starts_with("connack 95"));
    assert_eq!(world.connect(&Spec::v5("x")), "connack 00 maximum_packet_size=200");
    world.publish("x", "t", &"x".repeat(150), 0, 0);
    assert!(!world.is_closed("x"));
    world.publish("x", "t", &"x".repeat(250), 0, 0);
    assert_eq!(world.take("x"), ["disconnect 95 reason=3.1.2.11.4", "closed"]);
    world.connect(&Spec::v4("y"));
    world.send_bytes("y", b"\x30\xff\xff\xff\x7f");
    assert_eq!(world.take("y"), ["closed"], "the announced length is enough");
}

#[test]
fn client_identifier_bytes_max() {
    let mut world = World::with(|options| options.client_identifier_bytes_max = 23);
    assert_eq!(world.connect(&Spec::v5(&"x".repeat(23))), "connack 00");
    assert_eq!(world.connect(&Spec::v5(&"x".repeat(24))), "connack 85 reason=MQTT-3.1.3-8");
}

#[test]
fn properties_max_and_topic_levels_max() {
    let mut world = World::with(|options| {
        options.properties_max = 2;
        options.topic_levels_max = 3;
    });
    world.connect(&Spec::v5("x"));
    let two = [Property::UserProperty(("a", "")), Property::UserProperty(("b", ""))];
    world.publish_with("x", "a/b/c", "", 0, 0, false, &two);
    assert!(!world.is_closed("x"));
    let three = [two[0], two[1], Property::ContentType("")];
    world.publish_with("x", "a/b/c", "", 0, 0, false, &three);
    assert!(world.take("x")[0].starts_with("disconnect 97"));
    world.connect(&Spec::v5("x"));
    world.publish("x", "a/b/c/d", "", 0, 0);
    assert!(world.take("x")[0].starts_with("disconnect 97"));
}

fn away(change: impl Fn(&mut polymqtt_core::broker::BrokerOptions)) -> World {
    let mut world = World::with(change);
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "#", 1);
    world.break_off("s");
    world
}

fn payloads(world: &mut World) -> String {
    world.connect(&Spec::lasting("s"));
    world.take("s").iter().filter_map(|text| text.split(['=', ' ']).nth(2)).collect::<Vec<_>>().join(" ")
}

#[test]
fn queue_messages_max_drops_the_newest() {
    let mut world = away(|options| options.queue_messages_max = 3);
    for identifier in 1..=5 {
        world.publish("p", "t", &identifier.to_string(), 1, identifier);
    }
    assert_eq!(world.shards[0].statistics().publish_dropped, 2);
    assert_eq!(world.take("p").len(), 5, "all are acknowledged: the server took them");
    assert_eq!(payloads(&mut world), "1 2 3");
}

#[test]
fn queue_messages_max_drops_the_oldest_where_that_is_wanted() {
    let mut world = away(|options| {
        options.queue_messages_max = 3;
        options.queue_when_full = QueueWhenFull::DropOldest;
    });
    for identifier in 1..=5 {
        world.publish("p", "t", &identifier.to_string(), 1, identifier);
    }
    assert_eq!(payloads(&mut world), "3 4 5");
}

#[test]
fn expired_messages_are_shed_first_and_qos_0_next() {
    let mut world = away(|options| {
        options.queue_messages_max = 4;
        options.queue_qos_0 = true;
    });
    world.publish("p", "t", "1", 1, 1);
    world.publish("p", "t", "zero", 0, 0);
    world.publish_with("p", "t", "expires", 1, 1, false, &[Property::MessageExpiryInterval(1)]);
    world.publish("p", "t", "2", 1, 1);
    world.pass_ms(1_000);
    world.publish("p", "t", "3", 1, 1);
    world.publish("p", "t", "4", 1, 1);
    world.publish("p", "t", "5", 1, 1);
    world.publish("p", "t", "zero again", 0, 0);
    assert_eq!(payloads(&mut world), "1 2 3 4");
}

#[test]
fn queue_bytes_max_and_queue_total_bytes_max() {
    let mut world = away(|options| options.queue_bytes_max = 30);
    for identifier in 1..=5 {
        world.publish("p", "t", "123456789", 1, identifier);
    }
    assert_eq!(world.shards[0].statistics().queued_bytes, 30);
    let mut world = away(|options| options.queue_total_bytes_max = 30);
    world.connect(&Spec::lasting("other"));
    world.subscribe("other", "t", 1);
    world.break_off("other");
    for identifier in 1..=5 {
        world.publish("p", "t", "123456789", 1, identifier);
    }
    assert_eq!(world.shards[0].statistics().queued_bytes, 30);
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("other"));
    assert_eq!(world.shards[0].statistics().queued_bytes, 0);
    assert_eq!(world.shards[0].statistics().queued_messages, 0);
}

#[test]
fn retained_messages_max_and_retained_bytes_max() {
    let mut world = World::with(|options| {
        options.retained_messages_max = 2;
        options.retained_bytes_max = 20;
    });
    world.connect(&Spec::v5("p"));
    world.subscribe("p", "#", 0);
    for topic in ["a", "b", "c"] {
        world.publish_with("p", topic, "x", 1, 1, true, &[]);
    }
    let got = world.take("p");
    assert!(got.iter().any(|text| text.starts_with("puback #1 97")), "{got:?}");
    assert_eq!(got.iter().filter(|text| text.starts_with("publish")).count(), 2, "what is refused goes nowhere");
    world.publish_with("p", "a", "another", 1, 1, true, &[]);
    assert!(world.take("p").contains(&"puback #1 00".into()), "one that is there can be replaced");
    world.publish_with("p", "a", &"x".repeat(30), 1, 1, true, &[]);
    assert!(world.take("p")[0].starts_with("puback #1 97"));
    world.publish_retained("p", "a", "");
    world.publish_with("p", "c", "x", 1, 1, true, &[]);
    assert!(world.take("p").contains(&"puback #1 00".into()));
}

#[test]
fn in_flight_max() {
    let mut world = World::with(|options| options.in_flight_max = 2);
    world.connect(&Spec::v4("s"));
    world.subscribe("s", "t", 1);
    world.connect(&Spec::v5("p"));
    for identifier in 1..=4 {
        world.publish("p", "t", "x", 1, identifier);
    }
    assert_eq!(world.take("s").len(), 2);
    assert_eq!(world.shards[0].session("s").unwrap().queued, 2);
}

#[test]
fn message_expiry_interval_s_max() {
    let mut world = away(|options| options.message_expiry_interval_s_max = Some(10));
    world.publish("p", "t", "1", 1, 1);
    world.publish_with("p", "t", "2", 1, 1, false, &[Property::MessageExpiryInterval(1000)]);
    world.pass_ms(9_000);
    world.connect(&Spec::lasting("s"));
    let got = world.take("s");
    assert!(got.iter().all(|text| text.ends_with("message_expiry_interval=1")) && got.len() == 2, "{got:?}");
}

/// [MQTT-3.1.2-24], [MQTT-3.1.2-25]
#[test]
fn a_message_larger_than_the_client_takes_is_dropped_for_it() {
    let mut world = World::new();
    world.connect(&Spec::v5("s").with(Property::MaximumPacketSize(40)).with(Property::ReceiveMaximum(1)));
    world.connect(&Spec::lasting("away").with(Property::MaximumPacketSize(40)));
    world.connect(&Spec::v5("p"));
    for name in ["s", "away", "p"] {
        world.subscribe(name, "t", 2);
    }
    world.break_off("away");
    for qos in 0..=2 {
        world.publish("p", "t", &"x".repeat(50), qos, u16::from(qos));
    }
    world.publish("p", "t", "small", 1, 9);
    let got = world.take("s");
    assert!(got.len() == 1 && got[0].starts_with("publish t=small q1"), "the window is free: {got:?}");
    world.connect(&Spec::lasting("away").with(Property::MaximumPacketSize(40)));
    let got = world.take("away");
    assert!(got.len() == 1 && got[0].starts_with("publish t=small"), "{got:?}");
    let sent = world.take("p");
    assert_eq!(sent.iter().filter(|text| text.starts_with("publish")).count(), 4);
}

/// [MQTT-3.2.2-19], [MQTT-3.14.2-3], [MQTT-3.4.2-2], [MQTT-3.9.2-1]
#[test]
fn reason_strings_are_left_out_where_they_would_be_too_much() {
    let mut world = World::with(|options| options.subscriptions_max = 0);
    let small = |name: &str| Spec::v5(name).with(Property::MaximumPacketSize(12));
    assert_eq!(world.connect(&small("x")), "connack 00");
    assert_eq!(world.subscribe("x", "a", 0), ["suback 97"]);
    world.publish("x", "$SYS/x", "", 1, 1);
    assert_eq!(world.take("x"), ["puback #1 87"]);
    world.send_connect("x", &small("x"));
    assert_eq!(world.take("x"), ["disconnect 82", "closed"]);
    let tiny = Spec::v5("y").with(Property::MaximumPacketSize(3));
    assert_eq!(world.connect(&tiny), "closed", "not even CONNACK can be sent");
}

#[test]
fn a_client_that_asks_and_does_not_read_is_closed() {
    let mut world = World::with(|options| options.outgoing_bytes_max = 1000);
    world.connect(&Spec::v5("x"));
    world.connect(&Spec::v5("reads"));
    world.transmits = false;
    for _ in 0..501 {
        world.send_bytes("x", b"\xc0\x00");
    }
    assert!(world.take_events().iter().any(|event| event.contains("cause=broker reason_code=0x97")));
    assert!(world.is_closed("x"));
    world.transmits = true;
    for _ in 0..5_000 {
        world.send_bytes("reads", b"\xc0\x00");
    }
    assert_eq!(world.take("reads").len(), 5_000);
}

#[test]
fn wills_beyond_the_limit_of_retained_messages_are_delivered_but_not_kept() {
    let mut world = World::with(|options| options.retained_messages_max = 0);
    world.connect(&Spec::v5("watcher"));
    world.subscribe("watcher", "w", 0);
    world.connect(&Spec::v5("x").will_with("w", "gone", 0, true, &[]));
    world.break_off("x");
    assert_eq!(world.take("watcher"), ["publish w=gone q0"]);
    assert_eq!(world.shards[0].retained_messages().count(), 0);
}

#[test]
fn a_client_that_goes_on_while_the_store_stands_still_is_closed() {
    let mut world = World::with(|options| {
        options.store = true;
        options.outgoing_bytes_max = 1000;
    });
    world.connect(&Spec::lasting("s"));
    world.subscribe("s", "t", 1);
    world.connect(&Spec::v4("p"));
    world.store_completes = false;
    for _ in 0..251 {
        world.publish("p", "t", "x", 1, 1);
    }
    assert_eq!(world.take("p"), ["closed"]);
    assert!(!world.is_closed("s"));
    world.complete_store();
    assert!(!world.take("s").is_empty());
}

#[test]
fn what_expires_later_is_shed_when_its_time_has_come() {
    let mut world = away(|options| options.queue_messages_max = 3);
    let expiry = |seconds| [Property::MessageExpiryInterval(seconds)];
    world.publish_with("p", "t", "5s", 1, 1, false, &expiry(5));
    world.publish_with("p", "t", "1s", 1, 1, false, &expiry(1));
    world.publish("p", "t", "1", 1, 1);
    world.publish("p", "t", "no room", 1, 1);
    world.pass_ms(1_000);
    world.publish("p", "t", "2", 1, 1);
    world.publish("p", "t", "no room", 1, 1);
    world.pass_ms(4_000);
    world.publish("p", "t", "3", 1, 1);
    assert_eq!(payloads(&mut world), "1 2 3");
    assert_eq!(world.shards[0].statistics().queued_messages, 0);
}

#[test]
fn a_message_that_no_queue_can_hold_sheds_nothing() {
    let mut world = away(|options| {
        options.queue_bytes_max = 30;
        options.queue_when_full = QueueWhenFull::DropOldest;
    });
    world.publish("p", "t", "1", 1, 1);
    world.publish("p", "t", &"x".repeat(30), 1, 1);
    world.publish("p", "t", "2", 1, 1);
    assert_eq!(payloads(&mut world), "1 2");
}

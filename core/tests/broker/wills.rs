//! Will Messages at every kind of end.

use crate::kit::{Spec, World, properties_of};
use polymqtt_core::codec::{Disconnect, Packet, Property};
use polymqtt_core::{QoS, ReasonCode};

fn watched() -> World {
    let mut world = World::new();
    world.connect(&Spec::v5("watcher"));
    world.subscribe("watcher", "will/#", 2);
    world
}

fn delayed(client_identifier: &str, delay_s: u32) -> Spec {
    let properties = [Property::WillDelayInterval(delay_s), Property::UserProperty(("k", "v"))];
    Spec::lasting(client_identifier).will_with("will/x", "gone", 0, false, &properties)
}

/// [MQTT-3.1.2-8], [MQTT-3.14.4-3], [MQTT-3.1.2-10]
#[test]
fn every_end_but_a_normal_disconnect_publishes_the_will() {
    type End = fn(&mut World);
    let ends: [(&str, End, bool); 6] = [
        ("closed", |world| world.break_off("x"), true),
        ("disconnect", |world| world.disconnect("x"), false),
        (
            "disconnect with will",
            |world| world.send("x", &Packet::Disconnect(Disconnect::new(ReasonCode::DisconnectWithWillMessage))),
            true,
        ),
        ("keep alive", |world| world.pass_ms(15_000), true),
        ("protocol error", |world| world.send_bytes("x", b"\xf0"), true),
        (
            "administrator",
            |world| {
                let now = world.now();
                world.shards[0].disconnect_client("x", ReasonCode::AdministrativeAction, now).unwrap();
                world.run();
            },
            true,
        ),
    ];
    for (name, end, publishes) in ends {
        let mut world = watched();
        world.connect(&Spec::v5("x").keep_alive(10).will("will/x", "gone"));
        if name == "protocol error" {
            world.send_bytes("x", b"\xc1\x00");
        } else {
            end(&mut world);
        }
        assert!(world.is_closed("x"), "{name}");
        let expected: &[&str] = if publishes { &["publish will/x=gone q0"] } else { &[] };
        assert_eq!(world.take("watcher"), expected, "{name}");
        if name != "keep alive" {
            world.connect(&Spec::v5("x"));
            world.break_off("x");
            assert!(world.take("watcher").is_empty(), "{name}: it is gone once it was sent or cancelled");
        }
    }
}

/// [MQTT-3.1.2-14], [MQTT-3.1.2-15], [MQTT-3.1.3-10]
#[test]
fn the_will_has_the_qos_retain_and_properties_that_were_asked_for() {
    let mut world = watched();
    let properties =
        [Property::UserProperty(("b", "1")), Property::ContentType("t"), Property::UserProperty(("a", "2"))];
    world.connect(&Spec::v5("x").will_with("will/x", "gone", 2, true, &properties));
    world.break_off("x");
    assert_eq!(world.take("watcher"), ["publish will/x=gone q2 #1 b:1 content_type=\"t\" a:2"]);
    let again = world.subscribe("watcher", "will/x", 0);
    assert_eq!(again[1], "publish will/x=gone q0 retain b:1 content_type=\"t\" a:2");
}

#[test]
fn the_expiry_of_a_will_begins_when_it_is_published() {
    let mut world = watched();
    world.connect(&Spec::v5("x").will_with("will/x", "gone", 0, false, &[Property::MessageExpiryInterval(5)]));
    world.pass_ms(60_000);
    world.break_off("x");
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0 message_expiry_interval=5"]);
}

/// [MQTT-3.1.2-8], [MQTT-3.1.3-9]
#[test]
fn the_delay_of_a_will() {
    let mut world = watched();
    world.connect(&delayed("x", 10));
    world.break_off("x");
    world.pass_ms(9_999);
    assert!(world.take("watcher").is_empty());
    world.pass_ms(1);
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0 k:v"], "without the Will Delay Interval");
    world.pass_ms(100_000);
    assert!(world.take("watcher").is_empty());
}

/// [MQTT-3.1.3-9]
#[test]
fn a_continued_session_cancels_a_delayed_will() {
    let mut world = watched();
    world.connect(&delayed("x", 10));
    world.break_off("x");
    world.pass_ms(9_000);
    assert_eq!(world.connect(&Spec::lasting("x")), "connack 00 present");
    world.pass_ms(100_000);
    assert!(world.take("watcher").is_empty());
}

#[test]
fn the_end_of_the_session_publishes_a_delayed_will() {
    let mut world = watched();
    world.connect(&delayed("x", 10));
    world.break_off("x");
    world.connect(&Spec::v5("x"));
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0 k:v"], "Clean Start ends the session");
    world.disconnect("x");
    let properties = [Property::WillDelayInterval(100)];
    let short = Spec::v5("y").with(Property::SessionExpiryInterval(5));
    world.connect(&short.will_with("will/x", "gone", 0, false, &properties));
    world.break_off("y");
    world.pass_ms(5_000);
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0"], "the session expires before the delay is over");
    let none = Spec::v5("z").will_with("will/x", "gone", 0, false, &properties);
    world.connect(&none);
    world.break_off("z");
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0"], "the session ends with the connection");
}

#[test]
fn taking_over_publishes_a_will_without_delay_only() {
    let mut world = watched();
    world.connect_as("one", &Spec::lasting("x").will("will/x", "now"));
    world.connect_as("two", &delayed("x", 5));
    assert_eq!(world.take("watcher"), ["publish will/x=now q0"]);
    world.connect_as("three", &Spec::lasting("x"));
    world.pass_ms(10_000);
    assert!(world.take("watcher").is_empty());
    world.connect_as("four", &delayed("x", 5));
    world.connect_as("five", &Spec::v5("x"));
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0 k:v"]);
    world.connect_as("old", &Spec::v4("o").will("will/o", "old"));
    world.connect_as("older", &Spec::v4("o"));
    assert_eq!(world.take("watcher"), ["publish will/o=old q0"]);
}

#[test]
fn disconnect_with_will_respects_the_delay() {
    let mut world = watched();
    world.connect(&delayed("x", 10));
    let properties = properties_of(&[]);
    let reason_code = ReasonCode::DisconnectWithWillMessage;
    world.send("x", &Packet::Disconnect(Disconnect { reason_code, properties: properties.as_properties() }));
    world.pass_ms(9_000);
    assert!(world.take("watcher").is_empty());
    world.pass_ms(1_000);
    assert_eq!(world.take("watcher"), ["publish will/x=gone q0 k:v"]);
}

/// [MQTT-3.2.2-12], [MQTT-3.2.2-13]
#[test]
fn a_will_that_cannot_be_published_refuses_the_connection() {
    let mut world = World::with(|options| {
        options.maximum_qos = QoS::AtMostOnce;
        options.retain_available = false;
    });
    let connect = |world: &mut World, spec: &Spec| world.connect(spec);
    let qos = Spec::v5("x").will_with("w", "", 1, false, &[]);
    assert_eq!(connect(&mut world, &qos), "connack 9b reason=MQTT-3.2.2-12");
    let retain = Spec::v5("x").will_with("w", "", 0, true, &[]);
    assert_eq!(connect(&mut world, &retain), "connack 9a reason=MQTT-3.2.2-13");
    assert!(world.is_closed("x"));
    let reserved = Spec::v5("x").will("$SYS/broker/version", "mine");
    assert!(connect(&mut world, &reserved).starts_with("connack 87"));
}

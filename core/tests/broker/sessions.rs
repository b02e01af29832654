//! Sessions: kept, continued, taken over, expired.

use crate::kit::{Spec, World};
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{Disconnect, Packet, Property};

/// [MQTT-3.1.2-4], [MQTT-3.1.2-5], [MQTT-3.1.2-6], [MQTT-3.2.2-2], [MQTT-3.2.2-3]
#[test]
fn session_present_tells_the_truth() {
    let mut world = World::new();
    assert_eq!(world.connect(&Spec::lasting("x")), "connack 00");
    world.subscribe("x", "t", 1);
    world.break_off("x");
    assert_eq!(world.connect(&Spec::lasting("x")), "connack 00 present");
    world.break_off("x");
    assert_eq!(world.connect(&Spec::v5("x")), "connack 00");
    world.publish("x", "t", "x", 0, 0);
    assert!(world.take("x").is_empty(), "the subscription is gone with the session");
    world.break_off("x");
    assert_eq!(world.connect(&Spec::v4("x").resume()), "connack 00");
    world.break_off("x");
    assert_eq!(world.connect(&Spec::v4("x").resume()), "connack 00 present");
}

/// [MQTT-3.1.2-23], [MQTT-4.1.0-2]
#[test]
fn a_session_ends_when_its_expiry_interval_has_passed() {
    let mut world = World::new();
    let spec = Spec::v5("x").resume().with(Property::SessionExpiryInterval(10));
    world.connect(&spec);
    world.pass_ms(60_000);
    world.break_off("x");
    world.pass_ms(9_999);
    assert_eq!(world.connect(&spec), "connack 00 present");
    world.break_off("x");
    world.take_events();
    world.pass_ms(10_000);
    assert_eq!(world.take_events(), ["session_ended client_identifier=\"x\""]);
    assert_eq!(world.connect(&spec), "connack 00");
    assert_eq!(world.shards[0].statistics().sessions_expired, 1);
}

#[test]
fn a_session_without_expiry_interval_ends_with_its_connection() {
    let mut world = World::new();
    world.connect(&Spec::v5("x").resume());
    world.break_off("x");
    assert_eq!(world.shards[0].sessions().count(), 0);
    let lasting = Spec::v5("y").resume().with(Property::SessionExpiryInterval(u32::MAX));
    world.connect(&lasting);
    world.break_off("y");
    world.pass_ms(1 << 50);
    assert_eq!(world.connect(&lasting), "connack 00 present");
}

#[test]
fn disconnect_changes_the_expiry_interval() {
    let mut world = World::new();
    world.connect(&Spec::lasting("x"));
    let properties = crate::kit::properties_of(&[Property::SessionExpiryInterval(0)]);
    let disconnect = Disconnect { reason_code: ReasonCode::Success, properties: properties.as_properties() };
    world.send("x", &Packet::Disconnect(disconnect));
    assert_eq!(world.shards[0].sessions().count(), 0);
    world.connect(&Spec::v5("x"));
    let properties = crate::kit::properties_of(&[Property::SessionExpiryInterval(5)]);
    let disconnect = Disconnect { reason_code: ReasonCode::Success, properties: properties.as_properties() };
    world.send("x", &Packet::Disconnect(disconnect));
    let got = world.take("x");
    assert!(got[0].starts_with("disconnect 82"), "{got:?}");
}

#[test]
fn the_expiry_interval_has_a_limit() {
    let mut world = World::with(|options| options.session_expiry_interval_s_max = 60);
    assert_eq!(world.connect(&Spec::lasting("x")), "connack 00 session_expiry_interval=60");
    assert_eq!(world.connect(&Spec::v4("y").resume()), "connack 00");
    assert_eq!(world.shards[0].session("y").unwrap().session_expiry_interval_s, 60);
    world.break_off("x");
    world.pass_ms(60_000);
    assert!(world.shards[0].session("x").is_none());
}

/// [MQTT-3.1.4-3]
#[test]
fn a_connection_with_the_same_client_identifier_takes_over() {
    let mut world = World::new();
    world.connect_as("one", &Spec::lasting("x"));
    world.subscribe("one", "t", 1);
    assert_eq!(world.connect_as("two", &Spec::lasting("x")), "connack 00 present");
    assert_eq!(world.take("one"), ["disconnect 8e reason=MQTT-3.1.4-3", "closed"]);
    assert_eq!(world.connect_as("three", &Spec::v4("x").resume()), "connack 00 present");
    assert!(world.is_closed("two"));
    assert_eq!(world.connect_as("four", &Spec::v4("x")), "connack 00");
    assert_eq!(world.take("three"), ["closed"], "3.1.1 has no DISCONNECT for a server");
    world.publish("four", "t", "x", 0, 0);
    assert!(world.take("four").is_empty());
}

#[test]
fn events_tell_the_life_of_a_client() {
    let mut world = World::new();
    world.connect(&Spec::lasting("x").user("me"));
    world.disconnect("x");
    world.connect(&Spec::v4("x"));
    world.break_off("x");
    assert_eq!(
        world.take_events(),
        [
            "connected connection=0 client_identifier=\"x\" protocol_version=5.0 user_name=\"me\" session_present=0",
            "disconnected connection=0 client_identifier=\"x\" cause=client reason_code=0x00",
            "session_ended client_identifier=\"x\"",
            "connected connection=4294967296 client_identifier=\"x\" protocol_version=3.1.1 session_present=0",
            "disconnected connection=4294967296 client_identifier=\"x\" cause=transport_closed",
            "session_ended client_identifier=\"x\"",
        ]
    );
}

/// [MQTT-4.5.0-1], [MQTT-4.6.0-6]
#[test]
fn messages_wait_for_a_client_that_is_away() {
    let mut world = World::new();
    world.connect(&Spec::v4("s").resume());
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    world.disconnect("s");
    world.publish("p", "t", "zero", 0, 0);
    for (payload, qos) in [("a", 1), ("b", 2), ("c", 1)] {
        world.publish("p", "t", payload, qos, 1 + u16::from(payload.as_bytes()[0] - b'a'));
    }
    assert_eq!(world.shards[0].session("s").unwrap().queued, 3);
    let spec = Spec::v4("s").resume();
    world.open("s", 0);
    world.send_connect("s", &spec);
    let expected = ["connack 00 present", "publish t=a q1 #1", "publish t=b q2 #2", "publish t=c q1 #3"];
    assert_eq!(world.take("s"), expected);
}

/// [MQTT-4.4.0-1], [MQTT-3.3.1-1], [MQTT-4.3.3-6], [MQTT-4.3.3-5]
#[test]
fn what_is_not_finished_is_sent_again_on_the_next_connection_only() {
    let mut world = World::new();
    world.connect(&Spec::lasting("s"));
    world.connect(&Spec::v5("p"));
    world.subscribe("s", "t", 2);
    for (identifier, qos) in [(1, 1), (2, 2), (3, 2), (4, 1)] {
        world.publish("p", "t", &identifier.to_string(), qos, identifier);
    }
    assert_eq!(world.take("s").len(), 4);
    world.pubrec("s", 2);
    assert_eq!(world.take("s"), ["pubrel #2 00"]);
    world.puback("s", 4);
    world.pass_ms(60_000);
    assert!(world.take("s").is_empty());
    world.break_off("s");
    world.publish("p", "t", "5", 1, 5);
    world.open("s", 0);
    world.send_connect("s", &Spec::lasting("s"));
    let expected =
        ["connack 00 present", "publish t=1 q1 #1 dup", "pubrel #2 00", "publish t=3 q2 #3 dup", "publish t=5 q1 #5"];
    assert_eq!(world.take("s"), expected);
    world.puback("s", 1);
    world.pubcomp("s", 2);
    world.pubrec("s", 3);
    world.pubcomp("s", 3);
    world.puback("s", 5);
    let info = world.shards[0].session("s").unwrap();
    assert_eq!((info.in_flight, info.queued), (0, 0));
}

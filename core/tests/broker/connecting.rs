//! CONNECT and its answer.

use crate::kit::{Spec, World};
use polymqtt_core::broker::{Broker, BrokerOptions, Placement};
use polymqtt_core::codec::{Packet, Property, ProtocolVersion};

/// [MQTT-3.1.0-1], [MQTT-3.14.0-1]
#[test]
fn what_is_not_connect_closes_the_connection_without_a_word() {
    for bytes in
        [&b"\xc0\x00"[..], b"\xe0\x00", b"\x30\x03\x00\x01a", b"GET / HTTP/1.1\r\n", b"\x82\x06\x00\x01\x00\x01a\x00"]
    {
        let mut world = World::new();
        world.open("x", 0);
        world.send_bytes("x", bytes);
        assert_eq!(world.take("x"), ["closed"]);
        assert!(world.take_events()[0].starts_with("refused connection=0 cause=broker"));
    }
}

/// [MQTT-3.1.0-2]
#[test]
fn a_second_connect_ends_the_connection() {
    let mut world = World::new();
    world.connect(&Spec::v5("watcher"));
    world.subscribe("watcher", "will", 0);
    world.connect(&Spec::v5("x").will("will", "gone"));
    world.send_connect("x", &Spec::v5("x"));
    assert_eq!(world.take("x"), ["disconnect 82 reason=MQTT-3.1.0-2", "closed"]);
    assert_eq!(world.take("watcher"), ["publish will=gone q0"]);
    world.connect(&Spec::v4("y"));
    world.send_connect("y", &Spec::v4("y"));
    assert_eq!(world.take("y"), ["closed"]);
}

/// [MQTT-3.1.2-2]
#[test]
fn unsupported_versions_are_told_so() {
    let mut world = World::new();
    world.open("future", 0);
    world.send_bytes("future", b"\x10\x0d\x00\x04MQTT\x06\x02\x00\x3c\x00\x01a");
    assert!(world.take("future")[0].starts_with("connack 84"));
    let mut world = World::with(|options| options.protocol_version_min = ProtocolVersion::V5_0);
    assert_eq!(world.connect(&Spec::v4("a")), "connack 84");
    assert_eq!(world.take("a"), ["closed"]);
    assert_eq!(world.connect(&Spec::v5("a")), "connack 00");
}

/// [MQTT-3.1.3-6], [MQTT-3.1.3-7], [MQTT-3.2.2-16]
#[test]
fn an_empty_client_identifier_is_assigned_one() {
    for shards in [1, 2, 4] {
        let mut world = World::shards(shards, |_| {});
        for shard in 0..usize::from(shards) {
            world.open("x", shard);
            world.send_connect("x", &Spec::v5("").with(Property::SessionExpiryInterval(100)));
            let answer = world.take("x").remove(0);
            let assigned = answer.split('"').nth(1).unwrap().to_string();
            assert!(answer.starts_with("connack 00 assigned_client_identifier=\"auto-"), "{answer}");
            assert_eq!(usize::from(world.shards[0].placement().shard_of(&assigned)), shard);
            world.break_off("x");
            assert_eq!(world.connect_as("y", &Spec::v5(&assigned).resume()), "connack 00 present");
        }
    }
}

#[test]
fn empty_client_identifiers_can_be_refused() {
    let mut world = World::with(|options| options.client_identifier_assigned = false);
    assert_eq!(world.connect(&Spec::v5("")), "connack 85 reason=MQTT-3.1.3-8");
    assert_eq!(world.take(""), ["closed"]);
    assert_eq!(world.connect(&Spec::v4("")), "connack 85");
}

/// Spec: 3.1.1, [MQTT-3.1.3-8]; 3.1, 3.1.
#[test]
fn older_versions_restrict_client_identifiers() {
    let mut world = World::new();
    world.open("a", 0);
    world.send_bytes("a", b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00");
    assert!(world.is_closed("a"));
    world.open("b", 0);
    world.send_bytes("b", b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00");
    assert!(world.is_closed("b"));
    assert!(world.take_events().iter().all(|event| event.contains("reason_code=0x85")));
    assert_eq!(world.connect(&Spec::v3("x")), "connack 00");
}

#[test]
fn a_connect_in_single_bytes_is_accepted() {
    let mut world = World::new();
    world.open("x", 0);
    for byte in Spec::v5("x").bytes() {
        world.send_bytes("x", &[byte]);
    }
    assert_eq!(world.take("x"), ["connack 00"]);
}

#[test]
fn connect_has_to_come_in_time() {
    let mut world = World::new();
    world.open("x", 0);
    world.send_bytes("x", b"\x10");
    world.pass_ms(9_999);
    assert!(!world.is_closed("x"));
    world.pass_ms(1);
    assert_eq!(world.take("x"), ["closed"]);
    assert_eq!(world.take_events(), ["refused connection=0 cause=broker reason_code=0xa0 statement=3.1.4"]);
    assert_eq!(world.shards[0].next_timeout(), None);
}

/// [MQTT-3.1.2-22], [MQTT-3.2.2-22]
#[test]
fn silence_for_one_and_a_half_times_the_keep_alive_ends_the_connection() {
    let mut world = World::new();
    world.connect(&Spec::v5("five").keep_alive(10));
    world.connect(&Spec::v4("four").keep_alive(10));
    world.connect(&Spec::v4("never"));
    world.pass_ms(14_000);
    world.send("four", &Packet::PingReq);
    assert_eq!(world.take("four"), ["pingresp"]);
    world.pass_ms(999);
    assert!(!world.is_closed("five"));
    world.pass_ms(1);
    assert_eq!(world.take("five"), ["disconnect 8d reason=MQTT-3.1.2-22", "closed"]);
    world.pass_ms(13_999);
    assert!(!world.is_closed("four"));
    world.pass_ms(1);
    assert_eq!(world.take("four"), ["closed"]);
    world.pass_ms(100_000_000);
    assert!(!world.is_closed("never"));
}

/// [MQTT-3.1.2-21], [MQTT-3.2.2-21]
#[test]
fn a_server_keep_alive_holds_for_those_who_can_be_told() {
    let mut world = World::with(|options| options.keep_alive_s_max = Some(20));
    assert_eq!(world.connect(&Spec::v5("a").keep_alive(60)), "connack 00 server_keep_alive=20");
    assert_eq!(world.connect(&Spec::v5("b")), "connack 00 server_keep_alive=20");
    assert_eq!(world.connect(&Spec::v5("c").keep_alive(20)), "connack 00");
    world.connect(&Spec::v4("d").keep_alive(60));
    world.pass_ms(30_000);
    assert!(world.is_closed("a") && world.is_closed("b") && world.is_closed("c") && !world.is_closed("d"));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let try_with = |change: fn(&mut BrokerOptions)| {
        let mut options = BrokerOptions::default();
        change(&mut options);
        Broker::new(options, Placement::SINGLE, Box::new(polymqtt_core::broker::AllowAll)).map(|_| ())
    };
    assert!(try_with(|_| {}).is_ok());
    let error = try_with(|options| options.receive_maximum = 0).unwrap_err();
    assert_eq!(error.to_string(), "option receive_maximum must be 1 to 65,535 (MQTT 5.0, 3.2.2.3.3)");
    assert!(try_with(|options| options.client_identifier_bytes_max = 22).is_err());
    assert!(try_with(|options| options.keep_alive_s_max = Some(0)).is_err());
}

#[test]
fn shutdown_ends_everything() {
    let mut world = World::new();
    world.connect(&Spec::v5("five"));
    world.connect(&Spec::v4("four"));
    world.open("silent", 0);
    let now = world.now();
    world.shards[0].shutdown(now);
    world.run();
    assert_eq!(world.take("five")[0].split(" reason").next(), Some("disconnect 8b"));
    assert_eq!(world.take("four"), ["closed"]);
    assert_eq!(world.take("silent"), ["closed"]);
    assert!(world.shards[0].accept(polymqtt_core::broker::ConnectionInfo::default(), now).is_err());
    assert_eq!(world.shards[0].statistics().connections, 0);
}

#[test]
fn the_embedder_disconnects_a_client() {
    use polymqtt_core::ReasonCode;
    let mut world = World::new();
    world.connect(&Spec::v5("x"));
    let now = world.now();
    assert!(world.shards[0].disconnect_client("y", ReasonCode::AdministrativeAction, now).is_err());
    assert!(world.shards[0].disconnect_client("x", ReasonCode::Success, now).is_err());
    world.shards[0].disconnect_client("x", ReasonCode::AdministrativeAction, now).unwrap();
    world.run();
    assert_eq!(world.take("x")[0].split(" reason").next(), Some("disconnect 98"));
    assert!(world.is_closed("x"));
}

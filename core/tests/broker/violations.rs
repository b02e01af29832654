//! Every violation has its answer, and nobody else is disturbed.

use crate::kit::{Spec, World};

/// What an open connection of 5.0 and of 3.1.1 sends, and the Reason Code of the DISCONNECT that 5.0 gets.
const BAD: &[(&str, &[u8], &str)] = &[
    ("packet type 0", b"\x00\x00", "81"),
    ("CONNACK from a client", b"\x20\x02\x00\x00", "82"),
    ("SUBACK from a client", b"\x90\x03\x00\x01\x00", "82"),
    ("UNSUBACK from a client", b"\xb0\x02\x00\x01", "82"),
    ("PINGRESP from a client", b"\xd0\x00", "82"),
    ("QoS 3", b"\x36\x05\x00\x01t\x00\x01", "81"),
    ("DUP at QoS 0", b"\x38\x04\x00\x01t\x00", "81"),
    ("packet identifier 0", b"\x32\x06\x00\x01t\x00\x00\x00", "82"),
    ("wildcard in a topic name", b"\x30\x04\x00\x01#\x00", "90"),
    ("NUL in a topic name", b"\x30\x04\x00\x01\x00\x00", "81"),
    ("a surrogate in a topic name", b"\x30\x06\x00\x03\xed\xa0\x80\x00", "81"),
    ("PUBLISH cut before its identifier", b"\x32\x03\x00\x01t", "81"),
    ("remaining length of five bytes", b"\x30\xff\xff\xff\xff\x01", "81"),
    ("reserved flags of SUBSCRIBE", b"\x80\x07\x00\x01\x00\x00\x01t\x00", "81"),
    ("reserved flags of PUBREL", b"\x60\x02\x00\x01", "81"),
    ("reserved flags of PINGREQ", b"\xc1\x00", "81"),
    ("PINGREQ with a body", b"\xc0\x01\x00", "81"),
];

/// [MQTT-4.13.1-1]
#[test]
fn bad_packets_close_their_connection_and_no_other() {
    for (name, bytes, code) in BAD {
        let mut world = World::new();
        world.connect(&Spec::v5("bystander"));
        world.connect(&Spec::v4("friend"));
        world.subscribe("bystander", "t", 1);
        world.subscribe("bystander", "will", 1);
        world.connect(&Spec::v5("x").will("will", "bad"));
        world.send_bytes("x", bytes);
        let got = world.take("x");
        assert!(got[0].starts_with(&format!("disconnect {code}")), "{name}: {got:?}");
        assert_eq!(got[1..], ["closed"], "{name}");
        assert_eq!(world.take("bystander"), ["publish will=bad q0"], "{name}");
        world.connect(&Spec::v4("y"));
        world.send_bytes("y", bytes);
        // What is different in 3.1.1: no properties, so some of these are shorter packets there.
        if !world.is_closed("y") {
            assert!(["DUP at QoS 0", "packet identifier 0"].contains(name) || bytes[0] >> 4 == 3, "{name}");
        }
        world.publish("friend", "t", "still here", 1, 1);
        let got = world.take("bystander");
        assert!(got.last().unwrap().starts_with("publish t=still here q1"), "{name}: {got:?}");
    }
}

/// [MQTT-3.1.4-1]
#[test]
fn a_bad_connect_is_refused_or_closed() {
    let whole = Spec::v5("x").will("w", "p").user("u").bytes();
    for len in 1..whole.len() {
        let mut world = World::new();
        world.open("x", 0);
        world.send_bytes("x", &whole[..len]);
        assert!(!world.is_closed("x"), "{len}: more may come");
        world.pass_ms(10_000);
        assert!(world.is_closed("x"));
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let mut world = World::new();
            world.open("x", 0);
            world.send_bytes("x", &bytes);
            let got = world.take("x");
            let is_defined = got.is_empty() && !world.is_closed("x")
                || got == ["closed"]
                || got.len() == 2 && got[0].starts_with("connack ") && got[1] == "closed"
                || got[0].starts_with("connack 00")
                // CONNACK in the format of the version that was asked for, which this client does not expect.
                || got[0].starts_with("malformed");
            assert!(is_defined, "byte {at}, bit {bit}: {got:?}");
        }
    }
}

/// [MQTT-3.2.2-7]
#[test]
fn alias_violations() {
    use polymqtt_core::codec::Property;
    let mut world = World::with(|options| options.topic_alias_maximum = 2);
    world.connect(&Spec::v5("x"));
    world.publish_with("x", "t", "", 0, 0, false, &[Property::TopicAlias(3)]);
    assert_eq!(world.take("x"), ["disconnect 94 reason=MQTT-3.3.2-9", "closed"]);
    world.connect(&Spec::v5("x"));
    world.send_bytes("x", b"\x30\x07\x00\x01t\x03\x23\x00\x00");
    assert!(world.take("x")[0].starts_with("disconnect 94"));
    world.connect(&Spec::v5("x"));
    world.send_bytes("x", b"\x30\x06\x00\x00\x03\x23\x00\x01");
    assert!(world.take("x")[0].starts_with("disconnect 94"));
}

#[test]
fn input_after_the_end_is_ignored() {
    let mut world = World::new();
    world.connect(&Spec::v5("watcher"));
    world.subscribe("watcher", "t", 0);
    world.connect(&Spec::v5("x"));
    world.send_bytes("x", b"\xe0\x00\x30\x05\x00\x01t\x00x");
    assert_eq!(world.take("x"), ["closed"]);
    world.send_bytes("x", b"\x30\x05\x00\x01t\x00x");
    assert!(world.take("watcher").is_empty());
}

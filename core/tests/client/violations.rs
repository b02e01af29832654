//! A server that breaks the protocol.

use crate::scripted::*;
use crate::vector_file;
use polymqtt_core::ProtocolVersion;
use polymqtt_core::client::*;

/// What the client does about `input` after `before`: the Reason Code and the statement.
fn answer(options: ClientOptions, before: &[&str], input: &[u8]) -> (String, String) {
    let has_reason = options.protocol_version == ProtocolVersion::V5_0;
    let mut t = Scripted::new(options);
    t.connect();
    for packet in before {
        t.receive(packet);
    }
    t.sent();
    t.events();
    t.receive_bytes(input);
    let (sent, events) = (t.sent(), t.raw_events());
    let disconnected = events.into_iter().find_map(|event| match event {
        Event::Disconnected(disconnected) => Some(disconnected),
        _ => None,
    });
    let disconnected = disconnected.unwrap_or_else(|| panic!("{input:02x?} is a violation"));
    assert_eq!(disconnected.cause, Cause::Violation);
    assert!(disconnected.reconnect_at.is_some());
    let code = format!("0x{:02x}", disconnected.reason_code.as_u8());
    if has_reason {
        assert_eq!(sent, [format!("DISCONNECT reason_code={code} properties=[]"), "close".into()]);
    } else {
        assert_eq!(sent, ["close"], "before 5.0 the server is not told");
    }
    (code, disconnected.statement.unwrap_or_default().to_owned())
}

fn bytes(packet: &str, version: ProtocolVersion) -> Vec<u8> {
    let mut bytes = Vec::new();
    polymqtt_core::codec::text::encode(packet, version, &mut bytes).unwrap();
    bytes
}

#[track_caller]
fn check(options: ClientOptions, before: &[&str], packet: &str, code: &str, statement: &str) {
    let input = bytes(packet, options.protocol_version);
    assert_eq!(answer(options, before, &input), (code.to_owned(), statement.to_owned()), "{packet}");
}

#[test]
fn before_connack() {
    let publish = "PUBLISH dup=0 qos=0 retain=0 topic=\"a\" properties=[] payload=";
    check(options(), &[], publish, "0x82", "MQTT-3.2.0-1");
    check(options(), &[], "PINGRESP", "0x82", "MQTT-3.2.0-1");
    check(options(), &[], "DISCONNECT reason_code=0x80 properties=[]", "0x82", "MQTT-3.14.0-1");
    check(options(), &[], "AUTH reason_code=0x18 properties=[authentication_method=\"x\"]", "0x82", "MQTT-4.12.0-6");
    check(options(), &[], CONNACK_PRESENT, "0x82", "MQTT-3.2.2-2");
    let nameless = ClientOptions { client_identifier: String::new(), ..options() };
    check(nameless, &[], CONNACK, "0x82", "MQTT-3.2.2-16");
    let authentication = Some(Authentication { method: "x".into(), data: None });
    let authenticating = ClientOptions { authentication, ..options() };
    check(authenticating.clone(), &[], CONNACK, "0x82", "MQTT-4.12.0-5");
    let other = "AUTH reason_code=0x18 properties=[authentication_method=\"y\"]";
    check(authenticating.clone(), &[], other, "0x82", "MQTT-4.12.0-5");
    let success = "AUTH reason_code=0x00 properties=[authentication_method=\"x\"]";
    check(authenticating, &[], success, "0x82", "4.12");
}

#[test]
fn after_connack() {
    check(options(), &[CONNACK], CONNACK, "0x82", "MQTT-3.2.0-2");
    let alias = |topic: &str, alias: u16| {
        format!("PUBLISH dup=0 qos=0 retain=0 topic=\"{topic}\" properties=[topic_alias={alias}] payload=")
    };
    check(options(), &[CONNACK], &alias("a", 17), "0x94", "MQTT-3.3.2-11");
    check(options(), &[CONNACK], &alias("", 17), "0x94", "MQTT-3.3.2-11");
    check(options(), &[CONNACK], &alias("", 16), "0x82", "3.3.2.3.4");
    let authentication = Some(Authentication { method: "x".into(), data: None });
    let authenticating = ClientOptions { authentication, ..options() };
    let connack = "CONNACK session_present=0 reason_code=0x00 properties=[authentication_method=\"x\"]";
    let uncalled = "AUTH reason_code=0x18 properties=[authentication_method=\"x\"]";
    check(authenticating, &[connack], uncalled, "0x82", "4.12");
}

#[test]
fn aliases_end_with_the_connection() {
    let assign = "PUBLISH dup=0 qos=0 retain=0 topic=\"a\" properties=[topic_alias=3] payload=";
    let use_it = "PUBLISH dup=0 qos=0 retain=0 topic=\"\" properties=[topic_alias=3] payload=";
    let mut t = Scripted::connected(options(), CONNACK);
    t.receive(assign);
    t.receive(use_it);
    let line = "message dup=0 qos=0 retain=0 topic=\"a\" properties=[] payload=";
    assert_eq!(t.events(), [line, line]);
    t.lose_connection();
    t.pass_ms(2_000);
    t.receive(CONNACK);
    t.events();
    t.receive(use_it);
    assert!(t.events()[0].contains("statement=3.3.2.3.4"), "[MQTT-3.3.2-7]");
}

#[test]
fn acknowledgements_of_the_wrong_kind() {
    for (qos, ack) in [(1, "PUBREC"), (2, "PUBACK"), (2, "PUBCOMP")] {
        let mut t = Scripted::connected(options(), CONNACK);
        t.publish(message("a", "", qos)).unwrap();
        t.sent();
        t.receive(&format!("{ack} packet_identifier=1 reason_code=0x00 properties=[]"));
        assert_eq!(t.sent(), ["DISCONNECT reason_code=0x82 properties=[]", "close"]);
    }
    let mut t = Scripted::connected(ClientOptions { acknowledgement: Acknowledgement::Manual, ..options() }, CONNACK);
    t.receive("PUBLISH dup=0 qos=2 retain=0 topic=\"a\" packet_identifier=1 properties=[] payload=");
    t.receive("PUBREL packet_identifier=1 reason_code=0x00 properties=[]");
    assert_eq!(t.sent(), ["DISCONNECT reason_code=0x82 properties=[]", "close"], "PUBREL before PUBREC");
}

#[test]
fn acknowledgements_with_the_wrong_number_of_codes() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.subscribe("a", polymqtt_core::QoS::AtMostOnce).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x00 0x00]");
    let events = t.events();
    assert_eq!(events[0], "settled token=1 outcome=disconnected");
    assert!(events[1].contains("statement=MQTT-3.8.4-6"));
    let mut t = Scripted::connected(options(), CONNACK);
    t.unsubscribe("a").unwrap();
    t.receive("UNSUBACK packet_identifier=1 properties=[] reason_codes=[0x00 0x00]");
    assert!(t.events()[1].contains("statement=MQTT-3.11.3-1"));
}

#[test]
fn malformed_packets() {
    for version in [ProtocolVersion::V5_0, ProtocolVersion::V3_1_1, ProtocolVersion::V3_1] {
        let connack = if version == ProtocolVersion::V5_0 { CONNACK } else { CONNACK_V3 };
        // PUBLISH with QoS 3, a PINGREQ from a server, a type that does not exist before 5.0 or at all.
        for input in [&[0x36, 0x02, 0x00, 0x00][..], &[0xC0, 0x00], &[0x00, 0x00], &[0x82, 0x00]] {
            let (code, statement) = answer(old(version), &[connack], input);
            assert!(code == "0x81" || code == "0x82", "{code}");
            assert!(!statement.is_empty());
        }
    }
}

#[test]
fn every_malformed_packet_of_the_vectors() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/malformed.txt")).unwrap();
    let mut exact = 0;
    for case in vector_file::parse(&text) {
        let bytes = case.raw("bytes").unwrap();
        let is_long = bytes.contains('{');
        let limits_the_decoder = case.raw("properties_max").or(case.raw("topic_levels_max")).is_some();
        if case.raw("sender") == Some("client") || is_long || limits_the_decoder {
            continue;
        }
        let input: Vec<u8> = bytes.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        let (version, connack) = match case.raw("version") {
            Some("3.1") => (ProtocolVersion::V3_1, CONNACK_V3),
            Some("3.1.1") => (ProtocolVersion::V3_1_1, CONNACK_V3),
            _ => (ProtocolVersion::V5_0, CONNACK),
        };
        let limit = case.raw("packet_size_max").map_or(u32::MAX, |limit| limit.parse().unwrap());
        let options = ClientOptions { maximum_packet_size_bytes: limit, ..old(version) };
        let (code, statement) = answer(options, &[connack], &input);
        // What only a client sends is wrong before one looks at the rest of it.
        if case.raw("sender") == Some("server") {
            let expected = (case.raw("reason").unwrap(), case.raw("statement").unwrap());
            assert_eq!((code.as_str(), statement.as_str()), expected, "{}", case.name);
            exact += 1;
        }
    }
    assert!(exact > 100, "{exact}");
}

#[test]
fn a_packet_larger_than_we_take() {
    let small = ClientOptions { maximum_packet_size_bytes: 100, ..options() };
    // The header is enough to know.
    assert_eq!(answer(small, &[CONNACK], &[0x30, 0xFF, 0x01]).0, "0x95");
}

#[test]
fn what_follows_a_violation_is_ignored() {
    let mut t = Scripted::connected(options(), CONNACK);
    let mut input = bytes(CONNACK, ProtocolVersion::V5_0);
    input.extend(bytes(
        "PUBLISH dup=0 qos=1 retain=0 topic=\"a\" packet_identifier=1 properties=[] payload=",
        ProtocolVersion::V5_0,
    ));
    t.receive_bytes(&input);
    t.receive_bytes(&input);
    assert_eq!(t.events().len(), 1);
    assert_eq!(t.sent(), ["DISCONNECT reason_code=0x82 properties=[]", "close"]);
}

#[test]
fn how_the_bytes_are_cut_makes_no_difference() {
    let mut input = bytes(CONNACK, ProtocolVersion::V5_0);
    for packet in [
        "PUBLISH dup=0 qos=2 retain=0 topic=\"a/b\" packet_identifier=1 properties=[content_type=\"t\"] payload=313233",
        "PUBREL packet_identifier=1 reason_code=0x00 properties=[]",
        "DISCONNECT reason_code=0x8b properties=[reason_string=\"later\"]",
    ] {
        input.extend(bytes(packet, ProtocolVersion::V5_0));
    }
    let run = |step: usize| {
        let mut t = Scripted::new(options());
        t.connect();
        for chunk in input.chunks(step) {
            t.receive_bytes(chunk);
        }
        (t.sent(), t.events())
    };
    let whole = run(input.len());
    assert_eq!(whole.1.len(), 3);
    for step in 1..input.len() {
        assert_eq!(run(step), whole);
    }
}

//! From `publish` to the token's end, on one connection.

use crate::scripted::*;
use polymqtt_core::client::*;
use polymqtt_core::codec::{PropertiesBuf, Property};
use polymqtt_core::{Message, ProtocolVersion, QoS, ReasonCode, Time, topic::TopicName};

fn publish(topic: &str, qos: u8, identifier: u16, payload: &str) -> String {
    let identifier = if identifier == 0 { String::new() } else { format!(" packet_identifier={identifier}") };
    format!("PUBLISH dup=0 qos={qos} retain=0 topic=\"{topic}\"{identifier} properties=[] payload={payload}")
}

fn connack(properties: &str) -> String {
    format!("CONNACK session_present=0 reason_code=0x00 properties=[{properties}]")
}

#[test]
fn qos0_settles_when_the_transport_has_it() {
    let mut t = Scripted::connected(options(), CONNACK);
    assert_eq!(t.publish(message("a", "x", 0)), Ok(1));
    assert_eq!(t.sent(), [publish("a", 0, 0, "78")]);
    assert_eq!(t.events(), ["settled token=1 outcome=published reason_code=0x00 properties=[]"]);
}

#[test]
fn qos0_settles_with_its_last_byte() {
    let mut client = Scripted::connected(options(), CONNACK).client;
    client.publish(message("a", "x", 0), Time::ZERO).unwrap();
    assert_eq!(client.poll_output(), Some(Output::Transmit));
    client.publish(message("a", "y", 0), Time::ZERO).unwrap();
    assert_eq!(client.poll_output(), None, "one signal until the buffer is empty");
    client.transmitted(6, Time::ZERO);
    assert_eq!(client.poll_output(), None);
    client.transmitted(1, Time::ZERO);
    assert!(matches!(client.poll_output(), Some(Output::Event(Event::Settled { token, .. })) if token.as_u64() == 1));
    assert_eq!(client.poll_output(), None);
}

#[test]
fn qos1_settles_with_its_puback() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.publish(message("a", "x", 1)).unwrap();
    t.publish(message("a", "y", 1)).unwrap();
    assert_eq!(t.sent(), [publish("a", 1, 1, "78"), publish("a", 1, 2, "79")]);
    t.receive("PUBACK packet_identifier=1 reason_code=0x10 properties=[reason_string=\"nobody\"]");
    t.receive("PUBACK packet_identifier=2 reason_code=0x87 properties=[reason_string=\"no\"]");
    t.receive("PUBACK packet_identifier=2 reason_code=0x00 properties=[]");
    assert_eq!(
        t.events(),
        [
            "settled token=1 outcome=published reason_code=0x10 properties=[reason_string=\"nobody\"]",
            "settled token=2 outcome=refused reason_code=0x87 reason_string=\"no\""
        ]
    );
}

#[test]
fn qos2_settles_with_its_pubcomp() {
    for (version, connack) in [(ProtocolVersion::V5_0, CONNACK), (ProtocolVersion::V3_1_1, CONNACK_V3)] {
        let tail = if version == ProtocolVersion::V5_0 { " reason_code=0x00 properties=[]" } else { "" };
        let mut t = Scripted::connected(old(version), connack);
        t.publish(message("a", "x", 2)).unwrap();
        assert_eq!(t.sent().len(), 1);
        t.receive(&format!("PUBREC packet_identifier=1{tail}"));
        assert_eq!(t.sent(), [format!("PUBREL packet_identifier=1{tail}")]);
        assert!(t.events().is_empty());
        t.receive(&format!("PUBCOMP packet_identifier=1{tail}"));
        assert_eq!(t.events(), ["settled token=1 outcome=published reason_code=0x00 properties=[]"]);
        assert_eq!(t.client.publications(), (0, 0));
    }
}

#[test]
fn qos2_can_be_refused() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.publish(message("a", "x", 2)).unwrap();
    t.sent();
    t.receive("PUBREC packet_identifier=1 reason_code=0x97 properties=[]");
    assert!(t.sent().is_empty(), "no PUBREL follows");
    assert_eq!(t.events(), ["settled token=1 outcome=refused reason_code=0x97"]);
    t.receive("PUBREC packet_identifier=1 reason_code=0x00 properties=[]");
    assert_eq!(t.sent(), ["PUBREL packet_identifier=1 reason_code=0x92 properties=[]"]);
}

#[test]
fn messages_wait_for_the_receive_maximum_in_order() {
    let mut t = Scripted::connected(options(), &connack("receive_maximum=2"));
    for payload in ["1", "2", "3"] {
        t.publish(message("a", payload, 1)).unwrap();
    }
    t.publish(message("a", "4", 0)).unwrap();
    assert_eq!(t.sent(), [publish("a", 1, 1, "31"), publish("a", 1, 2, "32")]);
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    assert_eq!(t.sent().len(), 1, "other packets go on [MQTT-3.3.4-8]");
    t.receive("PUBACK packet_identifier=2 reason_code=0x00 properties=[]");
    assert_eq!(t.sent(), [publish("a", 1, 4, "33"), publish("a", 0, 0, "34")]);
    assert_eq!(t.events().len(), 2);
}

#[test]
fn a_queue_of_a_hundred_thousand_exhausts_no_identifiers() {
    let queue = QueueOptions { messages_max: 100_000, bytes_max: usize::MAX, when_full: WhenFull::Refuse };
    let options = ClientOptions { queue, in_flight_max: 10, ..options() };
    let mut t = Scripted::new(options);
    for _ in 0..100_000 {
        t.publish(message("a", "x", 1)).unwrap();
    }
    assert_eq!(t.publish(message("a", "x", 1)), Err(UsageError::QueueFull));
    t.connect();
    t.receive(CONNACK);
    let mut answered = 0;
    loop {
        let sent = t.sent();
        let identifiers: Vec<&str> =
            sent.iter().filter_map(|line| line.split("packet_identifier=").nth(1)?.split(' ').next()).collect();
        if identifiers.is_empty() {
            break;
        }
        for identifier in identifiers {
            t.receive(&format!("PUBACK packet_identifier={identifier} reason_code=0x00 properties=[]"));
            answered += 1;
        }
    }
    assert_eq!(answered, 100_000);
}

#[test]
fn a_message_waits_when_every_packet_identifier_is_in_use() {
    let queue = QueueOptions { messages_max: 100_000, bytes_max: usize::MAX, when_full: WhenFull::Refuse };
    let options = ClientOptions { queue, in_flight_max: u16::MAX, outgoing_bytes_max: usize::MAX, ..options() };
    let mut t = Scripted::connected(options, CONNACK);
    t.subscribe("a", QoS::AtMostOnce).unwrap();
    let message = message("a", "", 1);
    for _ in 0..u16::MAX {
        t.client.publish(message.clone(), t.now).unwrap();
    }
    assert_eq!(t.client.publications(), (1, 65_534));
    t.drain();
    t.sent();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x00]");
    assert_eq!(t.sent(), [publish("a", 1, 1, "")], "the identifier of the SUBSCRIBE is free");
}

#[test]
fn what_the_server_does_not_take_is_an_error_at_once() {
    let limits = "maximum_qos=1 retain_available=0 maximum_packet_size=20";
    let mut t = Scripted::connected(options(), &connack(limits));
    assert_eq!(t.publish(message("a", "x", 2)), Err(UsageError::QoSNotSupported(QoS::AtLeastOnce)));
    assert_eq!(t.publish(message("a", "x", 0).with_retain(true)), Err(UsageError::RetainNotSupported));
    let too_large = Err(UsageError::PacketTooLarge { size: 22, maximum: 20 });
    assert_eq!(t.publish(message("a", "01234567890123", 1)), too_large);
    t.publish(message("a", "012345678901", 1)).unwrap();
    assert_eq!(t.sent().len(), 1);
}

#[test]
fn what_waited_and_is_not_taken_is_refused() {
    let mut t = Scripted::new(options());
    t.publish(message("a", "x", 2)).unwrap();
    t.publish(message("a", "x", 1).with_retain(true)).unwrap();
    t.publish(message("a", "y", 1)).unwrap();
    t.connect();
    t.receive(&connack("maximum_qos=1 retain_available=0"));
    assert_eq!(t.sent()[2..], [publish("a", 1, 1, "79")]);
    assert_eq!(
        t.events()[1..],
        ["settled token=1 outcome=refused reason_code=0x9b", "settled token=2 outcome=refused reason_code=0x9a"]
    );
}

#[test]
fn what_cannot_be_a_publish_is_an_error() {
    let mut t = Scripted::connected(options(), CONNACK);
    let with = |property| message("a", "", 0).with_properties(PropertiesBuf::new().with(property).unwrap());
    let identifier = Property::SubscriptionIdentifier(1);
    assert_eq!(t.publish(with(identifier)), Err(UsageError::SubscriptionIdentifierInPublish));
    assert!(matches!(t.publish(with(Property::ReceiveMaximum(1))), Err(UsageError::Encode(_))));
    assert!(t.sent().is_empty());
}

#[test]
fn aliases_are_assigned_within_the_server_s_maximum() {
    let mut t = Scripted::connected(options(), &connack("topic_alias_maximum=1"));
    let mut topics = Vec::new();
    for topic in ["room/1", "room/1", "room/2", "room/1"] {
        t.publish(message(topic, "", 0)).unwrap();
        topics.extend(t.sent());
    }
    let line = |topic| format!("PUBLISH dup=0 qos=0 retain=0 topic=\"{topic}\" properties=[topic_alias=1] payload=");
    assert_eq!(topics, ["room/1", "", "room/2", "room/1"].map(line));
    let mut t = Scripted::connected(options(), CONNACK);
    t.publish(message("room/1", "", 0)).unwrap();
    assert_eq!(t.sent(), [publish("room/1", 0, 0, "")], "none without a maximum [MQTT-3.2.2-18]");
}

#[test]
fn an_alias_that_makes_the_packet_too_large_is_left_out() {
    let mut t = Scripted::connected(options(), &connack("topic_alias_maximum=9 maximum_packet_size=13"));
    t.publish(message("room/1", "xy", 0)).unwrap();
    t.publish(message("room/1", "z", 0)).unwrap();
    assert_eq!(t.sent(), [publish("room/1", 0, 0, "7879"), publish("room/1", 0, 0, "7a")]);
}

#[test]
fn a_message_that_waits_grows_older() {
    let mut t = Scripted::new(options());
    t.publish(expiring(message("a", "1", 1), 10)).unwrap();
    t.publish(expiring(message("a", "2", 1), 3)).unwrap();
    t.pass_ms(2_999);
    assert!(t.events().is_empty());
    t.pass_ms(1_001);
    assert_eq!(t.events(), ["settled token=2 outcome=expired"]);
    t.connect();
    t.receive(CONNACK);
    assert_eq!(
        t.sent()[2..],
        [
            "PUBLISH dup=0 qos=1 retain=0 topic=\"a\" packet_identifier=1 properties=[message_expiry_interval=6] payload=31"
        ]
    );
}

#[test]
fn the_full_queue_follows_its_policy() {
    let with = |when_full| {
        let queue = QueueOptions { messages_max: 2, bytes_max: 1000, when_full };
        let mut t = Scripted::new(ClientOptions { queue, ..options() });
        let results: Vec<_> =
            [(1, "1"), (0, "2"), (1, "3")].into_iter().map(|(qos, text)| t.publish(message("a", text, qos))).collect();
        (results, t.events())
    };
    assert_eq!(with(WhenFull::Refuse), (vec![Ok(1), Ok(2), Err(UsageError::QueueFull)], vec![]));
    assert_eq!(with(WhenFull::DropOldest), (vec![Ok(1), Ok(2), Ok(3)], vec!["settled token=1 outcome=dropped".into()]));
    assert_eq!(
        with(WhenFull::DropQoS0First),
        (vec![Ok(1), Ok(2), Ok(3)], vec!["settled token=2 outcome=dropped".into()])
    );
}

#[test]
fn a_slow_transport_fills_the_queue() {
    let options = ClientOptions { outgoing_bytes_max: 100, ..options() };
    let mut client = Scripted::connected(options, CONNACK).client;
    for _ in 0..30 {
        client.publish(message("a", "0123456789", 0), Time::ZERO).unwrap();
    }
    let waiting = client.transmit_slices().map(<[u8]>::len).sum::<usize>();
    assert!((100..120).contains(&waiting));
    assert_eq!(client.publications().0, 30 - 7);
    client.transmitted(waiting, Time::ZERO);
    assert_eq!(client.publications().0, 30 - 14);
}

#[test]
fn a_large_payload_is_shared() {
    let mut t = Scripted::connected(options(), CONNACK);
    let payload = bytes::Bytes::from(vec![7; 100_000]);
    t.publish(Message::new(TopicName::new("a").unwrap(), payload.clone()).with_qos(QoS::AtLeastOnce)).unwrap();
    assert!(t.sent()[0].ends_with("07070707"));
    t.client.publish(Message::new(TopicName::new("a").unwrap(), payload.clone()), t.now).unwrap();
    assert!(t.client.transmit_slices().any(|slice| slice.as_ptr() == payload.as_ptr()));
}

#[test]
fn publishing_while_handling_a_message_works() {
    let mut t = Scripted::connected(options(), CONNACK);
    let ping = "PUBLISH dup=0 qos=1 retain=0 topic=\"ping\" packet_identifier=1 properties=[] payload=31";
    let mut bytes = Vec::new();
    polymqtt_core::codec::text::encode(ping, ProtocolVersion::V5_0, &mut bytes).unwrap();
    t.client.handle_input(&bytes, t.now);
    let mut answered = false;
    while let Some(output) = t.client.poll_output() {
        if let Output::Event(Event::Message(received)) = output {
            t.client
                .publish(Message::new(TopicName::new("pong").unwrap(), received.message.payload().clone()), t.now)
                .unwrap();
            answered = true;
        }
    }
    assert!(answered);
    t.drain();
    assert_eq!(
        t.sent(),
        ["PUBACK packet_identifier=1 reason_code=0x00 properties=[]".to_owned(), publish("pong", 0, 0, "31")]
    );
}

#[test]
fn a_cancelled_publication_is_not_sent() {
    let mut t = Scripted::new(options());
    t.publish(message("a", "1", 1)).unwrap();
    t.publish(message("a", "2", 1)).unwrap();
    assert!(t.client.cancel(Token::from_u64(1)));
    assert!(!t.client.cancel(Token::from_u64(1)));
    assert!(!t.client.cancel(Token::from_u64(9)));
    t.connect();
    t.receive(CONNACK);
    assert_eq!(t.sent()[2..], [publish("a", 1, 1, "32")]);
    assert_eq!(t.events()[0], "settled token=1 outcome=cancelled");
    assert!(t.client.cancel(Token::from_u64(2)));
    t.receive("PUBACK packet_identifier=1 reason_code=0x00 properties=[]");
    assert_eq!(t.events(), ["settled token=2 outcome=cancelled"], "a token settles once");
}

#[test]
fn acknowledgements_that_never_come_end_the_connection() {
    let options = ClientOptions { acknowledgement_timeout_ms: 5_000, ..lasting() };
    let mut t = Scripted::connected(options, CONNACK);
    t.publish(message("a", "1", 1)).unwrap();
    t.pass_ms(4_000);
    t.publish(message("a", "2", 1)).unwrap();
    t.receive("PUBACK packet_identifier=1 reason_code=0x00 properties=[]");
    t.pass_ms(4_999);
    assert!(t.client.is_connected());
    t.events();
    t.pass_ms(1);
    assert!(t.events()[0].starts_with("disconnected cause=acknowledgement_timeout reason_code=0x80 reconnect_at="));
    assert_eq!(t.sent().last().unwrap(), "close");
}

#[test]
fn every_token_settles_when_the_client_comes_to_rest() {
    let mut t = Scripted::connected(ClientOptions { in_flight_max: 1, ..options() }, CONNACK);
    t.publish(message("a", "1", 1)).unwrap();
    t.publish(message("a", "2", 2)).unwrap();
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    t.request(message("c", "", 1)).unwrap();
    t.client.publish(message("a", "x", 0), t.now).unwrap();
    t.client.disconnect(DisconnectOptions::default(), t.now).unwrap();
    t.drain();
    let mut tokens: Vec<u64> = Vec::new();
    for event in t.raw_events() {
        if let Event::Settled { token, outcome } = event {
            assert_eq!(outcome, Outcome::Disconnected);
            tokens.push(token.as_u64());
        }
    }
    assert_eq!(tokens, [1, 2, 3, 4, 5]);
}

#[test]
fn reason_codes_say_what_usage_errors_say() {
    let error = UsageError::PacketTooLarge { size: 21, maximum: 20 };
    assert_eq!(error.reason_code(), ReasonCode::PacketTooLarge);
    assert_eq!(error.to_string(), "the packet has 21 bytes and the server takes at most 20 (MQTT 5.0, 3.2.2.3.6)");
}

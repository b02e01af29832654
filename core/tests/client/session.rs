//! What survives a connection, and what does not.

use crate::scripted::*;
use polymqtt_core::client::*;
use polymqtt_core::{ProtocolVersion, QoS};

/// The packets of the next connection after its CONNECT.
fn reconnect(t: &mut Scripted, connack: &str) -> Vec<String> {
    t.reconnect();
    let sent = t.sent();
    assert!(sent.last().unwrap().starts_with("CONNECT"), "{sent:?}");
    t.receive(connack);
    t.sent()
}

fn payloads(packets: &[String]) -> Vec<String> {
    packets
        .iter()
        .map(|packet| {
            let dup = if packet.contains("dup=1") { "again " } else { "" };
            let end = packet.rsplit('=').next().unwrap();
            let identifier = packet.split("packet_identifier=").nth(1).unwrap().split(' ').next().unwrap();
            format!("{dup}{} {identifier} {end}", packet.split(' ').next().unwrap())
        })
        .collect()
}

#[test]
fn a_resumed_session_sends_the_rest_again_in_order() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    for (payload, qos) in [("1", 1), ("2", 2), ("3", 1), ("4", 2), ("5", 1)] {
        t.publish(message("a", payload, qos)).unwrap();
    }
    t.receive("PUBREC packet_identifier=2 reason_code=0x00 properties=[]");
    t.receive("PUBACK packet_identifier=3 reason_code=0x00 properties=[]");
    t.lose_connection();
    t.publish(message("a", "6", 1)).unwrap();
    t.sent();
    let packets = reconnect(&mut t, CONNACK_PRESENT);
    assert_eq!(
        payloads(&packets),
        ["again PUBLISH 1 31", "PUBREL 2 []", "again PUBLISH 4 34", "again PUBLISH 5 35", "PUBLISH 6 36"]
    );
    t.events();
    for ack in ["PUBACK packet_identifier=1", "PUBCOMP packet_identifier=2", "PUBREC packet_identifier=4"] {
        t.receive(&format!("{ack} reason_code=0x00 properties=[]"));
    }
    for ack in ["PUBACK packet_identifier=5", "PUBACK packet_identifier=6", "PUBCOMP packet_identifier=4"] {
        t.receive(&format!("{ack} reason_code=0x00 properties=[]"));
    }
    let tokens: Vec<_> = t.events().iter().map(|event| event.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(tokens, ["token=1", "token=2", "token=5", "token=6", "token=4"]);
    assert!(t.sent().iter().all(|packet| packet.starts_with("PUBREL")), "nothing is sent again on the same connection");
}

#[test]
fn resending_keeps_to_a_smaller_receive_maximum() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    for payload in ["1", "2", "3"] {
        t.publish(message("a", payload, 1)).unwrap();
    }
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, "CONNACK session_present=1 reason_code=0x00 properties=[receive_maximum=1]");
    assert_eq!(payloads(&packets), ["again PUBLISH 1 31"]);
    t.receive("PUBACK packet_identifier=1 reason_code=0x00 properties=[]");
    assert_eq!(payloads(&t.sent()), ["again PUBLISH 2 32"]);
}

#[test]
fn a_lost_session_publishes_qos1_anew_and_gives_up_qos2() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    for (payload, qos) in [("1", 2), ("2", 1), ("3", 1), ("4", 2)] {
        t.publish(message("a", payload, qos)).unwrap();
    }
    t.receive("PUBREC packet_identifier=4 reason_code=0x00 properties=[]");
    t.lose_connection();
    t.publish(message("a", "5", 1)).unwrap();
    t.sent();
    t.events();
    let packets = reconnect(&mut t, CONNACK);
    assert_eq!(payloads(&packets), ["PUBLISH 1 32", "PUBLISH 2 33", "PUBLISH 3 35"]);
    assert_eq!(
        t.events(),
        [
            "connected session_present=0 properties=[]",
            "settled token=1 outcome=session_lost",
            "settled token=4 outcome=session_lost"
        ]
    );
}

#[test]
fn a_lost_session_can_settle_qos1_too() {
    let mut t = Scripted::connected(ClientOptions { republish_qos1: false, ..lasting() }, CONNACK);
    t.publish(message("a", "1", 1)).unwrap();
    t.lose_connection();
    t.events();
    t.sent();
    assert!(reconnect(&mut t, CONNACK).is_empty());
    assert_eq!(t.events()[1], "settled token=1 outcome=session_lost");
}

#[test]
fn qos2_is_received_once_through_reconnects() {
    for (options, connack, present, tail, properties) in [
        (lasting(), CONNACK, CONNACK_PRESENT, " reason_code=0x00 properties=[]", " properties=[]"),
        (
            ClientOptions { clean_start: false, ..old(ProtocolVersion::V3_1_1) },
            CONNACK_V3,
            "CONNACK session_present=1 reason_code=0x00",
            "",
            "",
        ),
    ] {
        let publish = |dup: u8| {
            format!("PUBLISH dup={dup} qos=2 retain=0 topic=\"a\" packet_identifier=9{properties} payload=31")
        };
        let mut t = Scripted::connected(options, connack);
        t.receive(&publish(0));
        assert_eq!(t.events(), ["message dup=0 qos=2 retain=0 topic=\"a\" properties=[] payload=31"]);
        assert_eq!(t.sent(), [format!("PUBREC packet_identifier=9{tail}")]);
        t.lose_connection();
        t.sent();
        reconnect(&mut t, present);
        t.events();
        t.receive(&publish(1));
        assert_eq!(t.sent(), [format!("PUBREC packet_identifier=9{tail}")]);
        t.receive(&format!("PUBREL packet_identifier=9{tail}"));
        assert_eq!(t.sent(), [format!("PUBCOMP packet_identifier=9{tail}")]);
        assert!(t.events().is_empty(), "not delivered twice");
        t.receive(&publish(0));
        assert_eq!(t.events().len(), 1, "the identifier is a new message now");
    }
}

#[test]
fn a_lost_session_forgets_what_was_received() {
    let publish = "PUBLISH dup=0 qos=2 retain=0 topic=\"a\" packet_identifier=9 properties=[] payload=31";
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.receive(publish);
    t.lose_connection();
    t.sent();
    reconnect(&mut t, CONNACK);
    t.events();
    t.receive(publish);
    assert_eq!(t.events().len(), 1);
    t.receive("PUBREL packet_identifier=8 reason_code=0x00 properties=[]");
    assert_eq!(t.sent().last().unwrap(), "PUBCOMP packet_identifier=8 reason_code=0x92 properties=[]");
}

#[test]
fn subscriptions_are_asked_for_again_exactly_when_the_session_is_lost() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.subscribe("a/#", QoS::AtLeastOnce).unwrap();
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    t.subscribe("c", QoS::AtMostOnce).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x01]");
    t.receive("SUBACK packet_identifier=2 properties=[] reason_codes=[0x87]");
    t.receive("SUBACK packet_identifier=3 properties=[] reason_codes=[0x00]");
    t.unsubscribe("c").unwrap();
    t.receive("UNSUBACK packet_identifier=4 properties=[] reason_codes=[0x00]");
    t.lose_connection();
    t.sent();
    assert!(reconnect(&mut t, CONNACK_PRESENT).is_empty());
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, CONNACK);
    assert_eq!(packets.len(), 1);
    assert!(
        packets[0].starts_with("SUBSCRIBE packet_identifier=1 properties=[] subscriptions=[filter=\"a/#\""),
        "{packets:?}"
    );
    t.events();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x97]");
    assert_eq!(t.events(), ["subscription_lost filter=\"a/#\" reason_code=0x97"]);
}

#[test]
fn subscriptions_are_asked_for_again_when_a_connack_was_lost() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.subscribe("a/#", QoS::AtLeastOnce).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x01]");
    t.lose_connection();
    t.reconnect();
    // The server had lost the Session and said so, but this CONNACK does not arrive.
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, CONNACK_PRESENT);
    assert_eq!(packets.len(), 1);
    assert!(packets[0].ends_with("retain_handling=1]"), "retained messages only if it is new: {packets:?}");
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, CONNACK_PRESENT);
    assert_eq!(packets.len(), 1, "the last one was not acknowledged");
    let identifier = packets[0].split("packet_identifier=").nth(1).unwrap().split(' ').next().unwrap();
    t.receive(&format!("SUBACK packet_identifier={identifier} properties=[] reason_codes=[0x01]"));
    t.lose_connection();
    t.sent();
    assert!(reconnect(&mut t, CONNACK_PRESENT).is_empty());
}

#[test]
fn what_was_pending_is_asked_for_on_the_next_connection() {
    let mut t = Scripted::new(lasting());
    t.subscribe("a", QoS::AtLeastOnce).unwrap();
    t.connect();
    t.receive(CONNACK);
    assert_eq!(t.sent().len(), 3);
    t.lose_connection();
    t.unsubscribe("b").unwrap();
    t.sent();
    for connack in [CONNACK_PRESENT, CONNACK] {
        let packets = reconnect(&mut t, connack);
        assert!(packets[0].starts_with("SUBSCRIBE") && packets[1].starts_with("UNSUBSCRIBE"), "{packets:?}");
        assert_eq!(packets.len(), 2);
        t.lose_connection();
        t.sent();
    }
    t.events();
    let packets = reconnect(&mut t, CONNACK);
    let identifier = packets[0].split("packet_identifier=").nth(1).unwrap().split(' ').next().unwrap();
    t.receive(&format!("SUBACK packet_identifier={identifier} properties=[] reason_codes=[0x01]"));
    assert!(t.events().contains(&"settled token=1 outcome=subscribed reason_codes=[0x01] properties=[]".into()));
}

#[test]
fn a_new_connect_with_clean_start_forgets_the_session() {
    let mut t = Scripted::connected(ClientOptions { clean_start: true, ..lasting() }, CONNACK);
    t.subscribe("a", QoS::AtMostOnce).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x00]");
    t.publish(message("a", "1", 2)).unwrap();
    t.client.disconnect(DisconnectOptions::default(), t.now).unwrap();
    t.drain();
    t.connect();
    t.sent();
    t.receive(CONNACK);
    assert!(t.sent().is_empty());
    assert_eq!(t.client.publications(), (0, 0));
}

#[test]
fn a_new_connect_without_clean_start_resumes() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.publish(message("a", "1", 2)).unwrap();
    t.client.disconnect(DisconnectOptions::default(), t.now).unwrap();
    t.drain();
    t.connect();
    t.sent();
    t.events();
    t.receive(CONNACK_PRESENT);
    assert_eq!(payloads(&t.sent()), ["again PUBLISH 1 31"]);
    t.receive("PUBREC packet_identifier=1 reason_code=0x00 properties=[]");
    t.receive("PUBCOMP packet_identifier=1 reason_code=0x00 properties=[]");
    assert_eq!(t.events().len(), 1, "its token settled with the disconnect");
}

#[test]
fn once_sent_a_message_expires_no_more() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.publish(expiring(message("a", "1", 2), 5)).unwrap();
    t.pass_ms(8_000);
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, CONNACK_PRESENT);
    assert!(packets[0].contains("dup=1 qos=2") && packets[0].contains("message_expiry_interval=1"), "{packets:?}");
}

#[test]
fn version_3_1_resumes_without_being_told() {
    let mut t = Scripted::connected(ClientOptions { clean_start: false, ..old(ProtocolVersion::V3_1) }, CONNACK_V3);
    t.publish(message("a", "1", 1)).unwrap();
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    t.receive("SUBACK packet_identifier=2 reason_codes=[0x00]");
    t.lose_connection();
    t.sent();
    let packets = reconnect(&mut t, CONNACK_V3);
    assert!(packets[0].contains("dup=1 qos=1"), "{packets:?}");
    assert!(packets[1].starts_with("SUBSCRIBE"), "the server may have lost them");
}

#[test]
fn qos0_in_the_buffer_is_lost_with_the_connection() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.client.publish(message("a", "1", 0), t.now).unwrap();
    t.is_open = false;
    t.client.handle_closed(t.now);
    let outputs: Vec<_> = std::iter::from_fn(|| t.client.poll_output()).collect();
    assert!(matches!(&outputs[1], Output::Event(Event::Settled { outcome: Outcome::Disconnected, .. })), "{outputs:?}");
    assert_eq!(t.client.transmit_slices().count(), 0);
}

#[test]
fn a_new_connect_with_clean_start_does_not_publish_anew_what_was_given_up() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.publish(message("a", "1", 1)).unwrap();
    t.client.disconnect(DisconnectOptions::default(), t.now).unwrap();
    t.drain();
    t.connect();
    t.sent();
    t.receive(CONNACK);
    assert!(t.sent().is_empty());
}

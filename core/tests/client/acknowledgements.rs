//! Manual acknowledgement, and our own Receive Maximum.

use crate::scripted::*;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::*;

fn manual() -> ClientOptions {
    ClientOptions { acknowledgement: Acknowledgement::Manual, ..lasting() }
}

fn publish(identifier: u16, qos: u8, dup: u8) -> String {
    format!("PUBLISH dup={dup} qos={qos} retain=0 topic=\"a\" packet_identifier={identifier} properties=[] payload=")
}

fn acknowledge(t: &mut Scripted, number: u64, reason_code: ReasonCode) -> Result<(), UsageError> {
    let result = t.client.acknowledge(AcknowledgementHandle::from_u64(number), reason_code, t.now);
    t.drain();
    result
}

#[test]
fn acknowledgements_leave_in_the_order_of_receipt() {
    let mut t = Scripted::connected(manual(), CONNACK);
    for (identifier, qos) in [(1, 1), (2, 2), (3, 1)] {
        t.receive(&publish(identifier, qos, 0));
    }
    assert!(t.events()[2].ends_with("acknowledgement=3"));
    assert_eq!(acknowledge(&mut t, 3, ReasonCode::Success), Ok(()));
    assert_eq!(acknowledge(&mut t, 2, ReasonCode::QuotaExceeded), Ok(()));
    assert!(t.sent().is_empty());
    assert_eq!(acknowledge(&mut t, 3, ReasonCode::Success), Err(UsageError::AcknowledgementUnknown));
    assert_eq!(acknowledge(&mut t, 1, ReasonCode::Success), Ok(()));
    assert_eq!(
        t.sent(),
        [
            "PUBACK packet_identifier=1 reason_code=0x00 properties=[]",
            "PUBREC packet_identifier=2 reason_code=0x97 properties=[]",
            "PUBACK packet_identifier=3 reason_code=0x00 properties=[]"
        ]
    );
    assert_eq!(acknowledge(&mut t, 4, ReasonCode::Success), Err(UsageError::AcknowledgementUnknown));
    assert_eq!(acknowledge(&mut t, 0, ReasonCode::Success), Err(UsageError::AcknowledgementUnknown));
}

#[test]
fn a_reason_that_an_acknowledgement_cannot_say_is_an_error() {
    let mut t = Scripted::connected(manual(), CONNACK);
    t.receive(&publish(1, 1, 0));
    assert!(matches!(acknowledge(&mut t, 1, ReasonCode::ServerMoved), Err(UsageError::Encode(_))));
    assert_eq!(acknowledge(&mut t, 1, ReasonCode::NotAuthorized), Ok(()));
}

#[test]
fn there_is_nothing_to_acknowledge_for_qos0_or_automatically() {
    let mut t = Scripted::connected(manual(), CONNACK);
    t.receive("PUBLISH dup=0 qos=0 retain=0 topic=\"a\" properties=[] payload=");
    assert!(!t.events()[0].contains("acknowledgement"));
    let mut t = Scripted::connected(lasting(), CONNACK);
    t.receive(&publish(1, 1, 0));
    assert!(!t.events()[0].contains("acknowledgement"));
    assert_eq!(t.sent(), ["PUBACK packet_identifier=1 reason_code=0x00 properties=[]"]);
    assert_eq!(acknowledge(&mut t, 1, ReasonCode::Success), Err(UsageError::AcknowledgementUnknown));
}

#[test]
fn qos1_is_delivered_again_after_a_reconnect_and_qos2_is_not() {
    let mut t = Scripted::connected(manual(), CONNACK);
    t.receive(&publish(1, 1, 0));
    t.receive(&publish(2, 2, 0));
    t.receive(&publish(3, 2, 0));
    t.lose_connection();
    assert_eq!(acknowledge(&mut t, 1, ReasonCode::Success), Ok(()), "too late, but no mistake");
    assert_eq!(acknowledge(&mut t, 2, ReasonCode::Success), Ok(()));
    t.pass_ms(2_000);
    t.receive(CONNACK_PRESENT);
    t.events();
    t.sent();
    t.receive(&publish(1, 1, 1));
    t.receive(&publish(2, 2, 1));
    t.receive(&publish(3, 2, 1));
    assert_eq!(t.events(), ["message dup=1 qos=1 retain=0 topic=\"a\" properties=[] payload= acknowledgement=4"]);
    assert_eq!(t.sent(), ["PUBREC packet_identifier=2 reason_code=0x00 properties=[]"]);
    acknowledge(&mut t, 3, ReasonCode::Success).unwrap();
    acknowledge(&mut t, 4, ReasonCode::Success).unwrap();
    assert_eq!(
        t.sent(),
        [
            "PUBREC packet_identifier=3 reason_code=0x00 properties=[]",
            "PUBACK packet_identifier=1 reason_code=0x00 properties=[]"
        ]
    );
}

#[test]
fn the_server_must_keep_to_our_receive_maximum() {
    let mut t = Scripted::connected(ClientOptions { receive_maximum: 2, ..manual() }, CONNACK);
    t.receive(&publish(1, 1, 0));
    t.receive(&publish(2, 2, 0));
    acknowledge(&mut t, 1, ReasonCode::Success).unwrap();
    t.receive(&publish(3, 1, 0));
    t.receive("PUBLISH dup=0 qos=0 retain=0 topic=\"a\" properties=[] payload=");
    t.sent();
    t.events();
    t.receive(&publish(4, 1, 0));
    assert_eq!(t.sent(), ["DISCONNECT reason_code=0x93 properties=[]", "close"]);
    assert!(t.events()[0].starts_with("disconnected cause=violation reason_code=0x93 statement=MQTT-3.3.4-9"));
}

#[test]
fn automatic_acknowledgement_never_exceeds_the_receive_maximum() {
    let mut t = Scripted::connected(ClientOptions { receive_maximum: 1, ..lasting() }, CONNACK);
    for identifier in 1..10 {
        t.receive(&publish(identifier, 1, 0));
    }
    assert_eq!(t.events().len(), 9);
}

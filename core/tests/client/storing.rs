//! Durable QoS 1 and 2.

use crate::scripted::*;
use polymqtt_core::client::*;

fn storing() -> ClientOptions {
    ClientOptions { store: true, ..lasting() }
}

fn complete(t: &mut Scripted, sequence: u64) {
    t.client.completed(sequence, t.now);
    t.drain();
}

/// A client that starts where the log ends.
fn restart(log: &[StoreRecord]) -> Scripted {
    let mut t = Scripted::new(storing());
    for record in log {
        t.client.restore(record.clone(), t.now).unwrap();
    }
    t
}

#[test]
fn a_publication_is_sent_when_it_is_durable() {
    let mut t = Scripted::connected(storing(), CONNACK);
    t.stores();
    t.publish(message("a", "1", 1)).unwrap();
    t.publish(message("a", "2", 0)).unwrap();
    assert!(t.sent().is_empty(), "order holds for QoS 0 as well");
    let stores = t.stores();
    assert!(matches!(stores[..], [StoreOperation { record: StoreRecord::Publication { record: 1, .. }, .. }]));
    complete(&mut t, stores[0].sequence);
    assert_eq!(t.sent().len(), 2);
    assert!(matches!(t.stores()[..], [StoreOperation { record: StoreRecord::Sent { record: 1, .. }, .. }]));
    t.receive("PUBACK packet_identifier=1 reason_code=0x00 properties=[]");
    assert!(matches!(t.stores()[..], [StoreOperation { record: StoreRecord::Finished { record: 1 }, .. }]));
}

#[test]
fn each_step_of_qos2_waits_for_the_store() {
    let mut t = Scripted::connected(storing(), CONNACK);
    t.stores();
    t.publish(message("a", "1", 2)).unwrap();
    let steps = [("PUBLISH", None), ("PUBREL", Some("PUBREC packet_identifier=1 reason_code=0x00 properties=[]"))];
    let publication = t.stores()[0].sequence;
    complete(&mut t, publication);
    for (packet, input) in steps {
        if let Some(input) = input {
            t.receive(input);
        }
        assert!(t.sent().is_empty());
        let sequence = t.stores()[0].sequence;
        complete(&mut t, sequence);
        assert!(t.sent()[0].starts_with(packet));
    }
    t.receive("PUBCOMP packet_identifier=1 reason_code=0x00 properties=[]");
    assert!(matches!(t.stores()[..], [StoreOperation { record: StoreRecord::Finished { record: 1 }, .. }]));
}

#[test]
fn receiving_qos2_waits_for_the_store() {
    let mut t = Scripted::connected(storing(), CONNACK);
    t.stores();
    t.receive("PUBLISH dup=0 qos=2 retain=0 topic=\"a\" packet_identifier=4 properties=[] payload=");
    assert!(t.sent().is_empty());
    let stores = t.stores();
    complete(&mut t, stores[0].sequence);
    assert!(t.sent()[0].starts_with("PUBREC"));
    t.receive("PUBREL packet_identifier=4 reason_code=0x00 properties=[]");
    assert!(t.sent().is_empty());
    let stores = t.stores();
    complete(&mut t, stores[0].sequence);
    assert!(t.sent()[0].starts_with("PUBCOMP"));
}

#[test]
fn a_restart_continues_after_any_record() {
    let mut t = Scripted::connected(storing(), CONNACK);
    let mut log: Vec<StoreRecord> = Vec::new();
    let mut states = Vec::new();
    t.publish(message("a", "1", 2)).unwrap();
    for input in [
        None,
        None,
        Some("PUBREC packet_identifier=1 reason_code=0x00 properties=[]"),
        Some("PUBCOMP packet_identifier=1 reason_code=0x00 properties=[]"),
    ] {
        if let Some(input) = input {
            t.receive(input);
        }
        for operation in t.stores() {
            log.push(operation.record);
            complete(&mut t, operation.sequence);
        }
        let mut again = restart(&log);
        again.connect();
        again.receive(CONNACK_PRESENT);
        for operation in again.stores() {
            complete(&mut again, operation.sequence);
        }
        let packet = again.sent().get(2).map(|packet| packet.split(" retain").next().unwrap().to_owned());
        states.push(packet.unwrap_or_default());
    }
    assert_eq!(
        states,
        ["PUBLISH dup=0 qos=2", "PUBLISH dup=1 qos=2", "PUBREL packet_identifier=1 reason_code=0x00 properties=[]", ""]
    );
}

#[test]
fn a_restart_remembers_what_was_received() {
    let identifier = polymqtt_core::PacketIdentifier::new(4).unwrap();
    let mut t = restart(&[StoreRecord::Received { packet_identifier: identifier }]);
    t.connect();
    t.receive(CONNACK_PRESENT);
    t.events();
    t.receive("PUBLISH dup=1 qos=2 retain=0 topic=\"a\" packet_identifier=4 properties=[] payload=");
    assert!(t.events().is_empty());
    assert!(t.sent()[2].starts_with("PUBREC"));
}

#[test]
fn a_log_that_contradicts_itself_is_an_error() {
    let identifier = polymqtt_core::PacketIdentifier::MIN;
    let mut t = restart(&[StoreRecord::Publication { record: 1, message: message("a", "", 1) }]);
    for record in [
        StoreRecord::Publication { record: 1, message: message("a", "", 1) },
        StoreRecord::Publication { record: 2, message: message("a", "", 0) },
        StoreRecord::Sent { record: 9, packet_identifier: identifier },
        StoreRecord::Released { record: 1 },
        StoreRecord::Finished { record: 9 },
    ] {
        assert_eq!(t.client.restore(record, t.now), Err(UsageError::Restore));
    }
    let mut t = Scripted::new(lasting());
    assert_eq!(t.client.restore(StoreRecord::SessionLost, t.now), Err(UsageError::Restore));
}

#[test]
fn nothing_is_sent_again_before_it_is_durable() {
    let mut t = Scripted::connected(storing(), CONNACK);
    t.publish(message("a", "1", 2)).unwrap();
    t.receive("PUBLISH dup=0 qos=2 retain=0 topic=\"a\" packet_identifier=4 properties=[] payload=");
    for operation in t.stores() {
        if matches!(operation.record, StoreRecord::Publication { .. }) {
            complete(&mut t, operation.sequence);
        }
    }
    t.lose_connection();
    t.sent();
    t.reconnect();
    t.receive(CONNACK_PRESENT);
    t.receive("PUBLISH dup=1 qos=2 retain=0 topic=\"a\" packet_identifier=4 properties=[] payload=");
    assert_eq!(t.sent().len(), 2, "connect and CONNECT");
    let last = t.stores().last().unwrap().sequence;
    complete(&mut t, last);
    let sent = t.sent();
    assert!(sent.iter().any(|packet| packet.starts_with("PUBREC packet_identifier=4")), "{sent:?}");
    assert!(sent.iter().any(|packet| packet.starts_with("PUBLISH dup=1 qos=2")), "{sent:?}");
}

//! Request and response.

use crate::scripted::*;
use polymqtt_core::ProtocolVersion;
use polymqtt_core::client::*;

fn response(topic: &str, correlation: u64) -> String {
    format!(
        "PUBLISH dup=0 qos=0 retain=0 topic=\"{topic}\" properties=[correlation_data={correlation:016x}] payload=6f6b"
    )
}

#[test]
fn a_response_settles_its_request() {
    let mut t = Scripted::connected(options(), CONNACK);
    assert_eq!(t.request(message("do", "1", 1)), Ok(1));
    assert_eq!(t.request(message("do", "2", 0)), Ok(2));
    let sent = t.sent();
    assert!(
        sent[0].starts_with("SUBSCRIBE packet_identifier=1 properties=[] subscriptions=[filter=\"response/c\" qos=1")
    );
    assert_eq!(
        sent[1..],
        [
            "PUBLISH dup=0 qos=1 retain=0 topic=\"do\" packet_identifier=2 properties=[response_topic=\"response/c\" \
             correlation_data=0000000000000001] payload=31",
            "PUBLISH dup=0 qos=0 retain=0 topic=\"do\" properties=[response_topic=\"response/c\" \
             correlation_data=0000000000000002] payload=32"
        ]
    );
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x01]");
    t.receive("PUBACK packet_identifier=2 reason_code=0x00 properties=[]");
    assert!(t.events().is_empty());
    t.receive(&response("response/c", 2));
    t.receive(&response("response/c", 1));
    t.receive(&response("response/c", 1));
    t.receive(&response("elsewhere", 1));
    let events = t.events();
    assert!(events[0].starts_with("settled token=2 outcome=response dup=0 qos=0 retain=0 topic=\"response/c\""));
    assert!(events[1].starts_with("settled token=1 outcome=response"));
    assert!(events[2].starts_with("message ") && events[3].starts_with("message "), "unmatched ones are messages");
}

#[test]
fn a_response_may_overtake_the_acknowledgement() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.request(message("do", "1", 1)).unwrap();
    t.receive(&response("response/c", 1));
    t.receive("PUBACK packet_identifier=2 reason_code=0x00 properties=[]");
    assert_eq!(t.events().len(), 1);
    assert_eq!(t.client.publications(), (0, 0));
}

#[test]
fn a_request_without_response_expires() {
    let mut t = Scripted::connected(ClientOptions { request_timeout_ms: 5_000, ..options() }, CONNACK);
    t.request(message("do", "1", 0)).unwrap();
    t.pass_ms(1_000);
    t.request(message("do", "2", 0)).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x01]");
    t.pass_ms(4_000);
    assert_eq!(t.events(), ["settled token=1 outcome=expired"]);
    t.pass_ms(1_000);
    assert_eq!(t.events(), ["settled token=2 outcome=expired"]);
}

#[test]
fn a_request_that_nobody_hears_is_refused() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.request(message("do", "1", 1)).unwrap();
    t.receive("PUBACK packet_identifier=2 reason_code=0x10 properties=[]");
    assert_eq!(t.events(), ["settled token=1 outcome=refused reason_code=0x10"]);
    t.request(message("do", "1", 1)).unwrap();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x87]");
    assert_eq!(t.events(), ["settled token=2 outcome=refused reason_code=0x87"]);
    t.receive("PUBACK packet_identifier=3 reason_code=0x00 properties=[]");
    assert!(t.events().is_empty());
}

#[test]
fn the_response_topic_comes_from_the_server_or_the_options() {
    let asking = ClientOptions { request_response_information: true, ..options() };
    let mut t = Scripted::new(asking.clone());
    assert_eq!(t.request(message("do", "", 0)), Err(UsageError::NotConnected), "only the server knows it");
    t.connect();
    t.receive("CONNACK session_present=0 reason_code=0x00 properties=[response_information=\"r/7/\"]");
    t.sent();
    t.request(message("do", "", 0)).unwrap();
    assert!(t.sent()[1].contains("response_topic=\"r/7/response\""));
    let mut t = Scripted::connected(ClientOptions { response_topic: Some("mine".into()), ..asking }, CONNACK);
    t.request(message("do", "", 0)).unwrap();
    assert!(t.sent()[1].contains("response_topic=\"mine\""));
    let mut t = Scripted::connected(ClientOptions { client_identifier: "+".into(), ..options() }, CONNACK);
    assert!(matches!(t.request(message("do", "", 0)), Err(UsageError::Option(_))));
    let mut t = Scripted::connected(old(ProtocolVersion::V3_1_1), CONNACK_V3);
    assert_eq!(t.request(message("do", "", 0)), Err(UsageError::NeedsVersion5));
}

#[test]
fn a_request_can_be_cancelled() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.request(message("do", "1", 0)).unwrap();
    assert!(t.client.cancel(Token::from_u64(1)));
    t.drain();
    t.receive(&response("response/c", 1));
    let events = t.events();
    assert_eq!(events[0], "settled token=1 outcome=cancelled");
    assert!(events[1].starts_with("message "));
}

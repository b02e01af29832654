//! Connecting, ending, trying again.

use crate::scripted::*;
use polymqtt_core::client::*;
use polymqtt_core::codec::{PropertiesBuf, Property};
use polymqtt_core::{ProtocolVersion, ReasonCode, Time};

#[test]
fn connect_carries_the_options() {
    let mut will = Will::new(message("w", "gone", 1).with_retain(true));
    will.delay_interval_s = 30;
    let mut t = Scripted::new(ClientOptions {
        clean_start: false,
        keep_alive_s: 10,
        user_name: Some("u".into()),
        password: Some(b"p".to_vec()),
        will: Some(will),
        session_expiry_interval_s: 100,
        receive_maximum: 20,
        request_response_information: true,
        request_problem_information: false,
        user_properties: vec![("a".into(), "b".into())],
        ..options()
    });
    t.connect();
    assert_eq!(
        t.sent(),
        [
            "connect",
            "CONNECT protocol_version=5.0 clean_start=0 keep_alive_s=10 properties=[session_expiry_interval=100 receive_maximum=20 \
             maximum_packet_size=1048576 topic_alias_maximum=16 request_response_information=1 \
             request_problem_information=0 user_property=\"a\":\"b\"] client_identifier=\"c\" will=[qos=1 retain=1 \
             properties=[will_delay_interval=30] topic=\"w\" payload=676f6e65] user_name=\"u\" password=70"
        ]
    );
    t.receive(CONNACK);
    assert_eq!(t.events(), ["connected session_present=0 properties=[]"]);
    assert!(t.client.is_connected());
}

#[test]
fn connect_of_3_1_1_and_3_1() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V3_1] {
        let mut t = Scripted::new(ClientOptions { session_expiry_interval_s: 7, ..old(version) });
        t.connect();
        let sent = t.sent();
        assert!(sent[1].starts_with("CONNECT "), "{sent:?}");
        assert!(!sent[1].contains("properties"));
        t.receive(CONNACK_V3);
        assert_eq!(t.events(), ["connected session_present=0 properties=[]"]);
    }
}

#[test]
fn impossible_options_are_refused() {
    let refused = |options: ClientOptions| Client::new(options).is_err();
    assert!(refused(ClientOptions { receive_maximum: 0, ..options() }));
    assert!(refused(ClientOptions { in_flight_max: 0, ..options() }));
    assert!(refused(ClientOptions { maximum_packet_size_bytes: 0, ..options() }));
    assert!(refused(ClientOptions { client_identifier: "a\0".into(), ..options() }));
    assert!(refused(ClientOptions { password: Some(vec![0; 70_000]), ..options() }));
    let password_alone = || ClientOptions { password: Some(vec![0]), ..options() };
    assert!(!refused(password_alone()), "5.0 allows it");
    assert!(refused(ClientOptions { protocol_version: ProtocolVersion::V3_1_1, ..password_alone() }));
    let authentication = Some(Authentication { method: "x".into(), data: None });
    assert!(refused(ClientOptions { authentication, ..old(ProtocolVersion::V3_1_1) }));
    let mut nameless = old(ProtocolVersion::V3_1_1);
    nameless.client_identifier.clear();
    nameless.clean_start = false;
    assert!(refused(nameless));
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let mut t = Scripted::new(options());
    t.connect();
    t.receive(
        "CONNACK session_present=0 reason_code=0x9d properties=[reason_string=\"moved\" server_reference=\"b:1883\"]",
    );
    assert_eq!(
        t.events(),
        ["disconnected cause=refused reason_code=0x9d reason_string=\"moved\" server_reference=\"b:1883\"", "closed"]
    );
    assert_eq!(t.client.state(), State::Closed);
    assert!(!t.is_open);
}

#[test]
fn a_busy_server_is_tried_again() {
    let mut t = Scripted::new(ClientOptions {
        reconnect: Reconnect::Backoff { delay_min_ms: 100, delay_max_ms: 1000, attempts_max: 2 },
        ..options()
    });
    t.connect();
    for attempt in 1..=3 {
        t.sent();
        t.receive("CONNACK session_present=0 reason_code=0x89 properties=[]");
        let events = t.raw_events();
        let Event::Disconnected(disconnected) = &events[0] else { panic!("{events:?}") };
        assert_eq!(disconnected.reason_code, ReasonCode::ServerBusy);
        if attempt < 3 {
            assert!(disconnected.reconnect_at.unwrap() <= t.now.plus_ms(200));
            t.pass_ms(200);
        } else {
            assert_eq!(disconnected.reconnect_at, None);
            assert_eq!(events[1], Event::Closed);
        }
    }
}

#[test]
fn a_session_taken_over_is_not_taken_back() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.receive("DISCONNECT reason_code=0x8e properties=[]");
    assert_eq!(t.events(), ["disconnected cause=server_disconnected reason_code=0x8e", "closed"]);
    assert_eq!(t.sent(), ["close"]);
}

#[test]
fn a_transport_that_does_not_open_is_tried_again() {
    let mut client = Client::new(options()).unwrap();
    client.connect(Time::ZERO).unwrap();
    assert_eq!(client.poll_output(), Some(Output::Connect));
    client.handle_connect_failed(Time::ZERO);
    let Some(Output::Event(Event::Disconnected(disconnected))) = client.poll_output() else { panic!() };
    assert_eq!(disconnected.cause, Cause::TransportFailed);
    assert_eq!(client.state(), State::Waiting);
    client.handle_timeout(disconnected.reconnect_at.unwrap());
    assert_eq!(client.poll_output(), Some(Output::Connect));
}

#[test]
fn connecting_must_not_take_too_long() {
    let mut t = Scripted::new(ClientOptions { connect_timeout_ms: 500, ..options() });
    t.connect();
    t.pass_ms(499);
    assert!(t.events().is_empty());
    t.pass_ms(1);
    assert!(t.events()[0].starts_with("disconnected cause=connect_timeout reason_code=0x80 reconnect_at="));
}

#[test]
fn credentials_can_change_with_each_attempt() {
    let mut client = Client::new(options()).unwrap();
    client.connect(Time::ZERO).unwrap();
    assert_eq!(client.poll_output(), Some(Output::Connect));
    client.set_credentials(Some("token"), Some(b"abc")).unwrap();
    assert!(client.set_credentials(Some("\0"), None).is_err());
    client.handle_connected(Time::ZERO);
    let bytes: Vec<u8> = client.transmit_slices().flatten().copied().collect();
    assert!(bytes.ends_with(b"\0\x05token\0\x03abc"));
}

#[test]
fn a_ping_keeps_the_connection_alive() {
    let mut t = Scripted::connected(ClientOptions { keep_alive_s: 10, ..options() }, CONNACK);
    t.pass_ms(9_999);
    assert!(t.sent().is_empty());
    t.pass_ms(1);
    assert_eq!(t.sent(), ["PINGREQ"]);
    t.receive("PINGRESP");
    t.pass_ms(5_000);
    t.publish(message("a", "", 0)).unwrap();
    t.sent();
    t.pass_ms(9_999);
    assert!(t.sent().is_empty(), "any packet counts");
    t.pass_ms(1);
    assert_eq!(t.sent(), ["PINGREQ"]);
    t.events();
    t.pass_ms(10_000);
    assert!(t.events()[0].starts_with("disconnected cause=ping_timeout"));
}

#[test]
fn the_server_can_set_the_keep_alive() {
    let connack = "CONNACK session_present=0 reason_code=0x00 properties=[server_keep_alive=3]";
    let mut t = Scripted::connected(options(), connack);
    t.pass_ms(3_000);
    assert_eq!(t.sent(), ["PINGREQ"]);
    assert_eq!(t.client.server().keep_alive_s, 3);
    let connack = "CONNACK session_present=0 reason_code=0x00 properties=[server_keep_alive=0]";
    let mut t = Scripted::connected(options(), connack);
    t.pass_ms(1_000_000);
    assert!(t.sent().is_empty());
}

#[test]
fn disconnect_ends_in_good_order() {
    let mut t = Scripted::connected(lasting(), CONNACK);
    let options = DisconnectOptions {
        with_will: true,
        session_expiry_interval_s: Some(5),
        properties: PropertiesBuf::new().with(Property::ReasonString("bye")).unwrap(),
    };
    t.client.disconnect(options, t.now).unwrap();
    t.drain();
    assert_eq!(
        t.sent(),
        ["DISCONNECT reason_code=0x04 properties=[reason_string=\"bye\" session_expiry_interval=5]", "close"]
    );
    assert_eq!(t.events(), ["disconnected cause=requested reason_code=0x00", "closed"]);
    assert_eq!(t.client.next_timeout(), None);
    assert_eq!(t.client.disconnect(DisconnectOptions::default(), t.now), Err(UsageError::NotConnected));
}

#[test]
fn a_session_expiry_of_zero_stays_zero() {
    let mut t = Scripted::connected(options(), CONNACK);
    let options = DisconnectOptions { session_expiry_interval_s: Some(5), ..DisconnectOptions::default() };
    assert_eq!(t.client.disconnect(options, t.now), Err(UsageError::SessionExpiryWasZero));
    assert!(t.client.is_connected());
}

#[test]
fn disconnect_stops_the_attempts() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.lose_connection();
    assert_eq!(t.client.state(), State::Waiting);
    t.client.disconnect(DisconnectOptions::default(), t.now).unwrap();
    t.drain();
    assert_eq!(t.client.state(), State::Closed);
    t.pass_ms(100_000);
    assert!(t.sent().is_empty());
    t.connect();
    assert_eq!(t.client.state(), State::Handshake);
}

#[test]
fn clean_start_applies_to_the_first_connection() {
    let mut t = Scripted::new(ClientOptions { session_expiry_interval_s: 60, ..options() });
    t.connect();
    assert!(t.sent()[1].contains(" clean_start=1"));
    t.receive(CONNACK);
    t.lose_connection();
    t.pass_ms(2_000);
    assert!(t.sent()[1].contains(" clean_start=0"));
    t.receive(CONNACK_PRESENT);
    t.lose_connection();
    t.pass_ms(2_000);
    // The server says that Sessions do not outlive connections here.
    t.receive("CONNACK session_present=1 reason_code=0x00 properties=[session_expiry_interval=0]");
    t.lose_connection();
    t.sent();
    t.pass_ms(10_000);
    assert!(t.sent()[1].contains(" clean_start=1"));
}

#[test]
fn the_assigned_identifier_is_used_again() {
    let mut t = Scripted::new(ClientOptions { client_identifier: String::new(), ..lasting() });
    t.connect();
    assert!(t.sent()[1].contains("client_identifier=\"\""));
    t.receive("CONNACK session_present=0 reason_code=0x00 properties=[assigned_client_identifier=\"s-1\"]");
    assert_eq!(t.client.server().client_identifier, "s-1");
    t.lose_connection();
    t.pass_ms(2_000);
    assert!(t.sent()[1].contains("client_identifier=\"s-1\""));
}

#[test]
fn enhanced_authentication_takes_steps() {
    let authentication = Some(Authentication { method: "SCRAM".into(), data: Some(b"1".to_vec()) });
    let mut t = Scripted::new(ClientOptions { authentication, ..options() });
    t.connect();
    assert!(t.sent()[1].contains("authentication_method=\"SCRAM\" authentication_data=31"));
    assert_eq!(t.client.authenticate(None, t.now), Err(UsageError::NoAuthentication));
    t.receive("AUTH reason_code=0x18 properties=[authentication_method=\"SCRAM\" authentication_data=32]");
    assert_eq!(
        t.events(),
        ["authentication reason_code=0x18 properties=[authentication_method=\"SCRAM\" authentication_data=32]"]
    );
    t.client.authenticate(Some(b"3"), t.now).unwrap();
    t.drain();
    let answer = "AUTH reason_code=0x18 properties=[authentication_method=\"SCRAM\" authentication_data=33]";
    assert_eq!(t.sent(), [answer]);
    t.receive("CONNACK session_present=0 reason_code=0x00 properties=[authentication_method=\"SCRAM\"]");
    assert!(t.client.is_connected());
    t.events();

    t.client.re_authenticate(Some(b"4"), t.now).unwrap();
    t.drain();
    let again = "AUTH reason_code=0x19 properties=[authentication_method=\"SCRAM\" authentication_data=34]";
    assert_eq!(t.sent(), [again]);
    assert_eq!(t.client.re_authenticate(None, t.now), Err(UsageError::NoAuthentication), "one at a time");
    t.receive("AUTH reason_code=0x18 properties=[authentication_method=\"SCRAM\"]");
    t.client.authenticate(None, t.now).unwrap();
    t.receive("AUTH reason_code=0x00 properties=[authentication_method=\"SCRAM\"]");
    assert_eq!(t.events().len(), 2);
    t.client.re_authenticate(None, t.now).unwrap();
}

#[test]
fn time_never_goes_back() {
    let mut t = Scripted::connected(ClientOptions { keep_alive_s: 10, ..options() }, CONNACK);
    t.pass_ms(5_000);
    t.publish(message("a", "", 0)).unwrap();
    let due = t.client.next_timeout();
    t.client.handle_timeout(Time::ZERO);
    assert_eq!(t.client.next_timeout(), due);
    assert!(t.client.is_connected());
}

//! Who may connect: passwords of the program, enhanced authentication, and what is demanded before listening.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

mod support;

use polymqtt_broker::config::{ConfigError, Transport};
use polymqtt_broker::passwords::Passwords;
use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::codec::{Auth, Connect, Packet, PropertiesBuf, Property, ProtocolVersion, QoS};
use polymqtt_broker::{AuthenticationAnswer, Broker, StartError};
use support::{Raw, connect_packet, local, on_tcp, reason};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// Connects with these credentials and gives the CONNACK.
async fn log_in(broker: &Broker, user_name: Option<&str>, password: &[u8]) -> String {
    let mut raw = Raw::tcp(broker, V5).await;
    let password = user_name.is_some().then_some(password);
    raw.send(&Packet::Connect(Connect { user_name, password, ..connect_packet(V5, "client") })).await;
    raw.receive().await
}

#[tokio::test]
async fn passwords_of_the_program_leave_no_way_around_them() {
    let mut passwords = Passwords::new();
    passwords.set("ann", b"secret").unwrap();
    let broker = on_tcp(Broker::builder().passwords(passwords));
    for (user_name, password, expected) in [
        (Some("ann"), &b"secret"[..], ReasonCode::Success),
        (Some("ann"), b"wrong", ReasonCode::BadUserNameOrPassword),
        (Some("eve"), b"secret", ReasonCode::BadUserNameOrPassword),
        (None, b"", ReasonCode::NotAuthorized),
    ] {
        let answer = log_in(&broker, user_name, password).await;
        assert!(answer.contains(&reason(expected)), "{user_name:?}: {answer}");
    }
}

#[tokio::test]
async fn without_passwords_a_user_name_means_nothing() {
    let broker = on_tcp(Broker::builder());
    assert!(log_in(&broker, Some("ann"), b"x").await.contains(&reason(ReasonCode::Success)));
    assert!(log_in(&broker, None, b"").await.contains(&reason(ReasonCode::Success)));
}

#[test]
fn closures_do_not_replace_a_certificate() {
    let start =
        Broker::builder().listen(local(Transport::Tls)).authenticate(|_| polymqtt_broker::Login::Accept).start();
    assert!(matches!(start, Err(StartError::Config(ConfigError::NoCertificate(_)))));
}

fn authentication(data: Option<&[u8]>) -> PropertiesBuf {
    let mut properties = PropertiesBuf::new();
    properties.push(Property::AuthenticationMethod("riddle")).unwrap();
    if let Some(data) = data {
        properties.push(Property::AuthenticationData(data)).unwrap();
    }
    properties
}

async fn send_auth(raw: &mut Raw, reason_code: ReasonCode, data: &[u8]) {
    let properties = authentication(Some(data));
    raw.send(&Packet::Auth(Auth { reason_code, properties: properties.as_properties() })).await;
}

/// The client has to say the number that it was asked for.
fn with_riddles() -> Broker {
    on_tcp(Broker::builder().shards(2).authenticate_enhanced(|attempt| match attempt.data.as_deref() {
        _ if attempt.method != "riddle" => AuthenticationAnswer::Refuse(ReasonCode::BadAuthenticationMethod),
        None | Some(b"again") => AuthenticationAnswer::Continue { data: Some(b"6 x 7".to_vec()) },
        Some(b"42") => AuthenticationAnswer::Accept { user_name: Some("wise".to_owned()), data: Some(b"yes".to_vec()) },
        Some(_) => AuthenticationAnswer::Refuse(ReasonCode::NotAuthorized),
    }))
}

async fn begin(broker: &Broker) -> Raw {
    let mut raw = Raw::tcp(broker, V5).await;
    let properties = authentication(None);
    let connect = Connect { properties: properties.as_properties(), ..connect_packet(V5, "client") };
    raw.send(&Packet::Connect(connect)).await;
    let challenge = raw.receive().await;
    assert!(challenge.starts_with("AUTH reason_code=0x18") && challenge.contains("362078"), "{challenge}");
    raw
}

#[tokio::test]
async fn enhanced_authentication_goes_step_by_step() {
    let broker = with_riddles();
    let mut raw = begin(&broker).await;
    send_auth(&mut raw, ReasonCode::ContinueAuthentication, b"42").await;
    let answer = raw.receive().await;
    assert!(answer.starts_with("CONNACK") && answer.contains(&reason(ReasonCode::Success)), "{answer}");
    // And again while messages flow.
    raw.subscribe("a", QoS::AtMostOnce).await;
    send_auth(&mut raw, ReasonCode::ReAuthenticate, b"again").await;
    assert!(raw.receive().await.starts_with("AUTH reason_code=0x18"));
    raw.publish("a", b"x", QoS::AtMostOnce, false).await;
    assert!(raw.receive().await.starts_with("PUBLISH"));
    send_auth(&mut raw, ReasonCode::ContinueAuthentication, b"42").await;
    let answer = raw.receive().await;
    assert!(answer.starts_with("AUTH") && !answer.contains("0x18"), "{answer}");
}

#[tokio::test]
async fn a_wrong_answer_ends_the_connection() {
    let broker = with_riddles();
    let mut raw = begin(&broker).await;
    send_auth(&mut raw, ReasonCode::ContinueAuthentication, b"41").await;
    let answer = raw.receive().await;
    assert!(answer.starts_with("CONNACK") && answer.contains(&reason(ReasonCode::NotAuthorized)), "{answer}");
    assert_eq!(raw.receive().await, "end");
}

#[tokio::test]
async fn without_a_method_of_the_program_there_is_none() {
    let broker = on_tcp(Broker::builder());
    let mut raw = Raw::tcp(&broker, V5).await;
    let properties = authentication(None);
    raw.send(&Packet::Connect(Connect { properties: properties.as_properties(), ..connect_packet(V5, "c") })).await;
    assert!(raw.receive().await.contains(&reason(ReasonCode::BadAuthenticationMethod)));
}

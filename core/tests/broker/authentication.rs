//! Enhanced authentication, with a method that asks for one further step.

use crate::kit::{Spec, World, properties_of};
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{AuthenticationStep, ConnectAttempt, ConnectDecision, ConnectGrant, Policy, UsageError};
use polymqtt_core::codec::{Auth, Packet, Property};

struct AskAboutMethods;

impl Policy for AskAboutMethods {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        match attempt.connect.properties.authentication_method() {
            Some("STEPS") => ConnectDecision::Ask,
            Some(_) => ConnectDecision::Deny(ReasonCode::BadAuthenticationMethod.into()),
            None => ConnectDecision::Allow(ConnectGrant::default()),
        }
    }
}

fn world() -> World {
    World::with_policy(1, |_| {}, || Box::new(AskAboutMethods))
}

fn spec() -> Spec {
    Spec::v5("x").with(Property::AuthenticationMethod("STEPS")).with(Property::AuthenticationData(b"1"))
}

fn send_auth(world: &mut World, reason_code: ReasonCode, method: &str, data: &[u8]) {
    let properties = properties_of(&[Property::AuthenticationMethod(method), Property::AuthenticationData(data)]);
    world.send("x", &Packet::Auth(Auth { reason_code, properties: properties.as_properties() }));
}

fn answer(world: &mut World, step: AuthenticationStep) -> Result<(), UsageError> {
    let (now, connection) = (world.now(), world.clients["x"].connection);
    let result = world.shards[0].authenticate(connection, step, now);
    world.run();
    result
}

fn go_on(data: &[u8]) -> AuthenticationStep {
    AuthenticationStep::Continue { data: Some(data.into()) }
}

fn granted(data: &[u8]) -> AuthenticationStep {
    AuthenticationStep::Success(ConnectGrant { authentication_data: Some(data.into()), ..ConnectGrant::default() })
}

fn authenticated() -> World {
    let mut world = world();
    world.connect(&spec());
    answer(&mut world, granted(b"9")).unwrap();
    world.take("x");
    world.take_events();
    world
}

/// [MQTT-4.12.0-2], [MQTT-4.12.0-3], [MQTT-4.12.0-5]
#[test]
fn a_client_authenticates_in_steps() {
    let mut world = world();
    world.connect(&spec());
    assert_eq!(
        world.take_events(),
        ["connect_request connection=0 client_identifier=\"x\" protocol_version=5.0 clean_start=1 keep_alive_s=0 \
          authentication_method=\"STEPS\" authentication_data_size_bytes=1"]
    );
    answer(&mut world, go_on(b"2")).unwrap();
    let auth = "auth 18 authentication_method=\"STEPS\" authentication_data=[50]";
    assert_eq!(world.take("x"), [auth]);
    assert_eq!(answer(&mut world, go_on(b"2")), Err(UsageError::NotAwaited));
    send_auth(&mut world, ReasonCode::ContinueAuthentication, "STEPS", b"3");
    assert_eq!(
        world.take_events(),
        ["authentication connection=0 client_identifier=\"x\" re_authentication=0 \
          authentication_method=\"STEPS\" authentication_data_size_bytes=1"]
    );
    answer(&mut world, granted(b"4")).unwrap();
    assert_eq!(world.take("x"), ["connack 00 authentication_method=\"STEPS\" authentication_data=[52]"]);
}

/// [MQTT-4.12.0-4]
#[test]
fn a_failed_authentication_refuses_the_connection() {
    let mut world = world();
    world.connect(&spec());
    answer(&mut world, go_on(b"2")).unwrap();
    send_auth(&mut world, ReasonCode::ContinueAuthentication, "STEPS", b"wrong");
    answer(&mut world, AuthenticationStep::Failure(ReasonCode::NotAuthorized.into())).unwrap();
    assert_eq!(world.take("x")[1..], ["connack 87", "closed"]);
}

/// [MQTT-3.1.2-30]
#[test]
fn nothing_but_auth_and_disconnect_comes_before_the_end_of_the_authentication() {
    let mut world = world();
    world.connect(&spec());
    answer(&mut world, go_on(b"2")).unwrap();
    world.send("x", &Packet::PingReq);
    assert_eq!(world.take("x")[1..], ["connack 82 reason=MQTT-3.1.2-30", "closed"]);
    world.connect(&spec());
    answer(&mut world, go_on(b"2")).unwrap();
    world.disconnect("x");
    assert_eq!(world.take("x")[1..], ["closed"]);
}

/// [MQTT-4.12.0-1]
#[test]
fn unknown_methods_are_refused() {
    let mut asking = world();
    let other = Spec::v5("x").with(Property::AuthenticationMethod("other"));
    assert_eq!(asking.connect(&other), "connack 8c");
    assert!(asking.is_closed("x"));
    let mut allowing = World::new();
    assert_eq!(allowing.connect(&other), "connack 8c", "by default there is no method");
}

/// [MQTT-4.12.0-6], [MQTT-4.12.0-7]
#[test]
fn auth_without_a_method_in_connect_is_an_error() {
    let mut world = world();
    assert_eq!(world.connect(&Spec::v5("x")), "connack 00");
    send_auth(&mut world, ReasonCode::ReAuthenticate, "STEPS", b"");
    assert_eq!(world.take("x"), ["disconnect 82 reason=MQTT-4.12.0-7", "closed"]);
}

#[test]
fn a_client_authenticates_again() {
    let mut world = authenticated();
    send_auth(&mut world, ReasonCode::ReAuthenticate, "STEPS", b"5");
    let events = world.take_events();
    assert!(events[0].contains("re_authentication=1"), "{events:?}");
    world.send("x", &Packet::PingReq);
    answer(&mut world, go_on(b"6")).unwrap();
    send_auth(&mut world, ReasonCode::ContinueAuthentication, "STEPS", b"7");
    answer(&mut world, granted(b"8")).unwrap();
    let auth = |code, data| format!("auth {code} authentication_method=\"STEPS\" authentication_data=[{data}]");
    assert_eq!(world.take("x"), ["pingresp".into(), auth("18", 54), auth("00", 56)]);
    assert_eq!(answer(&mut world, granted(b"8")), Err(UsageError::NotAwaited));
}

/// [MQTT-4.12.1-1], [MQTT-4.12.1-2]
#[test]
fn a_failed_re_authentication_ends_the_connection() {
    let mut world = authenticated();
    send_auth(&mut world, ReasonCode::ReAuthenticate, "other", b"");
    assert_eq!(world.take("x"), ["disconnect 82 reason=MQTT-4.12.1-1", "closed"]);
    let mut world = authenticated();
    send_auth(&mut world, ReasonCode::ContinueAuthentication, "STEPS", b"");
    assert_eq!(world.take("x"), ["disconnect 82 reason=4.12", "closed"]);
    let mut world = authenticated();
    send_auth(&mut world, ReasonCode::ReAuthenticate, "STEPS", b"");
    answer(&mut world, AuthenticationStep::Failure(ReasonCode::NotAuthorized.into())).unwrap();
    assert_eq!(world.take("x"), ["disconnect 87 reason=MQTT-4.12.1-2", "closed"]);
}

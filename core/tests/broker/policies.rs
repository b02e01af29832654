//! The questions that the broker asks, at once and later.

use crate::kit::{Spec, World};
use polymqtt_core::QoS;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{
    ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal, ConnectionId, Permission, Policy,
    SubscribeDecision, UsageError,
};
use polymqtt_core::codec::{SubscriptionOptions, Will};
use polymqtt_core::topic::{TopicFilter, TopicName};

/// Users may do things below their own name only; `guest` is asked about; nobody else gets in.
struct OwnTopics;

impl Policy for OwnTopics {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        match attempt.connect.user_name {
            Some("guest") => ConnectDecision::Ask,
            Some("elsewhere") => ConnectDecision::Deny(ConnectRefusal {
                reason_code: ReasonCode::UseAnotherServer,
                reason_string: Some("try the other one (moved)".into()),
                server_reference: Some("other:1883".into()),
            }),
            Some(_) => ConnectDecision::Allow(ConnectGrant {
                user_properties: vec![("hello".into(), attempt.info.peer.clone())],
                ..ConnectGrant::default()
            }),
            None => ConnectDecision::Deny(ReasonCode::BadUserNameOrPassword.into()),
        }
    }

    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        own(client, will.topic.as_str())
    }

    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, _: QoS, _: bool) -> Permission {
        own(client, topic.as_str())
    }

    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        _: SubscriptionOptions,
    ) -> SubscribeDecision {
        match filter.as_str() {
            "#" => SubscribeDecision::Grant(QoS::AtMostOnce),
            text if own(client, text) == Permission::Allow => SubscribeDecision::Grant(QoS::ExactlyOnce),
            _ => SubscribeDecision::Deny(ReasonCode::NotAuthorized),
        }
    }

    fn checks_deliveries(&self) -> bool {
        true
    }

    fn deliver(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>) -> Permission {
        own(client, topic.as_str())
    }
}

fn own(client: &ClientInfo<'_>, topic: &str) -> Permission {
    if topic.split('/').next() == client.user_name {
        Permission::Allow
    } else {
        Permission::Deny(ReasonCode::NotAuthorized)
    }
}

fn world() -> World {
    World::with_policy(1, |options| options.held_bytes_max = 100, || Box::new(OwnTopics))
}

fn id(world: &World, name: &str) -> ConnectionId {
    world.clients[name].connection
}

/// [MQTT-3.1.4-2], [MQTT-3.2.2-7], [MQTT-3.2.2-6], [MQTT-3.1.4-6]
#[test]
fn a_denied_connect_is_told_and_closed() {
    let mut world = world();
    assert_eq!(world.connect(&Spec::v5("x")), "connack 86");
    assert_eq!(world.take("x"), ["closed"]);
    assert_eq!(world.connect(&Spec::v4("y")), "connack 86");
    let answer = world.connect(&Spec::v5("z").user("elsewhere"));
    assert_eq!(answer, "connack 9c reason=moved server_reference=\"other:1883\"");
    assert_eq!(world.shards[0].sessions().count(), 0);
    assert_eq!(
        world.take_events()[0],
        "refused connection=0 client_identifier=\"x\" cause=broker reason_code=0x86 statement=MQTT-3.1.4-2"
    );
}

#[test]
fn permissions_of_publishers() {
    let mut world = world();
    assert_eq!(world.connect(&Spec::v5("x").user("me")), "connack 00 hello:x");
    world.connect(&Spec::v4("old").user("me"));
    world.publish("x", "me/a", "x", 1, 1);
    assert_eq!(world.take("x"), ["puback #1 10"]);
    world.publish("x", "you/a", "x", 1, 1);
    assert!(world.take("x")[0].starts_with("puback #1 87 reason="));
    world.publish("x", "you/a", "x", 2, 1);
    assert!(world.take("x")[0].starts_with("pubrec #1 87 reason="));
    world.publish("x", "you/a", "x", 0, 0);
    world.publish_retained("old", "you/a", "x");
    world.publish("old", "you/a", "x", 2, 1);
    assert_eq!(world.take("old"), ["pubrec #1"]);
    assert!(world.take("x").is_empty());
    assert_eq!(world.shards[0].retained_messages().count(), 0);
}

#[test]
fn permissions_of_subscribers_and_of_each_delivery() {
    let mut world = world();
    world.connect(&Spec::v5("x").user("me"));
    world.connect(&Spec::v3("older").user("me"));
    world.connect(&Spec::v5("y").user("you"));
    assert_eq!(world.subscribe("x", "me/#", 2), ["suback 02"]);
    assert!(world.subscribe("x", "you/#", 2)[0].starts_with("suback 87 reason="));
    assert_eq!(world.subscribe("older", "you/#", 2), ["suback 02"], "3.1 cannot say no");
    assert_eq!(world.subscribe("y", "#", 2), ["suback 00"]);
    world.publish("y", "you/1", "1", 0, 0);
    world.publish_retained("x", "me/1", "2");
    assert_eq!(world.take("y"), ["publish you/1=1 q0"]);
    assert_eq!(world.take("x"), ["publish me/1=2 q0"]);
    assert!(world.take("older").is_empty());
    assert_eq!(world.subscribe("y", "#", 2), ["suback 00"], "nor is the retained message for it");
}

#[test]
fn permissions_of_wills() {
    let mut world = world();
    assert_eq!(world.connect(&Spec::v5("x").user("me").will("you/w", "")), "connack 87");
    assert!(world.is_closed("x"));
    assert_eq!(world.connect(&Spec::v5("x").user("me").will("me/w", "")), "connack 00 hello:x");
}

#[test]
fn a_question_holds_what_follows_until_it_is_answered() {
    let mut world = world();
    world.open("g", 0);
    let mut bytes = Spec::v5("g").user("guest").bytes();
    bytes.extend_from_slice(b"\xc0\x00");
    world.send_bytes("g", &bytes);
    world.send_bytes("g", b"\xc0");
    world.send_bytes("g", b"\x00\x82\x09\x00\x01\x00\x00\x03g/a\x00");
    assert!(world.take("g").is_empty());
    assert_eq!(
        world.take_events(),
        ["connect_request connection=0 client_identifier=\"g\" protocol_version=5.0 clean_start=1 keep_alive_s=0 \
          user_name=\"guest\""]
    );
    let (now, connection) = (world.now(), id(&world, "g"));
    let grant = ConnectGrant { user_name: Some("g".into()), ..ConnectGrant::default() };
    world.shards[0].accept_connect(connection, &grant, now).unwrap();
    world.run();
    assert_eq!(world.take("g"), ["connack 00", "pingresp", "pingresp", "suback 00"]);
    assert_eq!(world.shards[0].session("g").unwrap().user_name, Some("g"));
    assert_eq!(world.shards[0].accept_connect(connection, &grant, now), Err(UsageError::NotAwaited));
}

#[test]
fn a_question_can_be_answered_with_no() {
    let mut world = world();
    for spec in [Spec::v5("g").user("guest"), Spec::v4("g").user("guest")] {
        world.connect(&spec);
        let (now, connection) = (world.now(), id(&world, "g"));
        let wrong = ReasonCode::Success.into();
        assert_eq!(world.shards[0].reject_connect(connection, &wrong, now), Err(UsageError::ReasonCodeInvalid));
        let refusal = ConnectRefusal { reason_string: Some("not today".into()), ..ReasonCode::Banned.into() };
        world.shards[0].reject_connect(connection, &refusal, now).unwrap();
        world.run();
        assert!(world.take("g")[0].starts_with("connack"));
        assert!(world.is_closed("g"));
        let gone = world.shards[0].reject_connect(connection, &refusal, now);
        assert_eq!(gone, Err(UsageError::ConnectionUnknown));
    }
}

#[test]
fn a_question_that_nobody_answers_ends_in_time_and_within_bounds() {
    let mut world = world();
    world.connect(&Spec::v5("g").user("guest"));
    world.pass_ms(10_000);
    assert!(world.is_closed("g"));
    world.connect(&Spec::v5("h").user("guest"));
    world.send_bytes("h", &[0xC0; 101]);
    assert!(world.take("h")[0].starts_with("connack 97"));
    world.connect(&Spec::v5("i").user("guest"));
    world.break_off("i");
    assert_eq!(world.shards[0].statistics().connections, 0);
}

#[test]
fn what_a_client_sends_behind_a_refused_connect_is_ignored() {
    let mut world = world();
    world.connect(&Spec::v5("me").user("me"));
    world.subscribe("me", "me/#", 0);
    world.open("bad", 0);
    let bytes = [Spec::v4("bad").bytes(), b"\x30\x06\x00\x04me/ax".to_vec()].concat();
    world.send_bytes("bad", &bytes);
    assert!(world.take("me").is_empty());
}

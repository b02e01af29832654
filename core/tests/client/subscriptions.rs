//! SUBSCRIBE, UNSUBSCRIBE and dispatch.

use crate::scripted::*;
use polymqtt_core::ProtocolVersion;
use polymqtt_core::QoS;
use polymqtt_core::client::*;
use polymqtt_core::codec::{PropertiesBuf, Property, RetainHandling, SubscriptionOptions, SubscriptionsBuf};
use polymqtt_core::topic::TopicFilter;

#[test]
fn subscribe_settles_with_its_reason_codes() {
    let mut t = Scripted::connected(options(), CONNACK);
    let filter = |text| TopicFilter::new(text).unwrap();
    let subscriptions = SubscriptionsBuf::new()
        .with(filter("a/+"), SubscriptionOptions::new(QoS::ExactlyOnce))
        .unwrap()
        .with(
            filter("b"),
            SubscriptionOptions { no_local: true, retain_handling: RetainHandling::DoNotSend, ..Default::default() },
        )
        .unwrap();
    let properties = PropertiesBuf::new().with(Property::SubscriptionIdentifier(5)).unwrap();
    t.client.subscribe(SubscribeRequest { subscriptions, properties }, t.now).unwrap();
    t.drain();
    assert_eq!(
        t.sent(),
        [
            "SUBSCRIBE packet_identifier=1 properties=[subscription_identifier=5] subscriptions=[filter=\"a/+\" qos=2 no_local=0 \
          retain_as_published=0 retain_handling=0 filter=\"b\" qos=0 no_local=1 retain_as_published=0 retain_handling=2]"
        ]
    );
    t.receive("SUBACK packet_identifier=1 properties=[reason_string=\"half\"] reason_codes=[0x01 0x87]");
    assert_eq!(
        t.events(),
        ["settled token=1 outcome=subscribed reason_codes=[0x01 0x87] properties=[reason_string=\"half\"]"]
    );
    t.unsubscribe("a/+").unwrap();
    assert_eq!(t.sent(), ["UNSUBSCRIBE packet_identifier=2 properties=[] topic_filters=[\"a/+\"]"]);
    t.receive("UNSUBACK packet_identifier=2 properties=[] reason_codes=[0x11]");
    assert_eq!(t.events(), ["settled token=2 outcome=unsubscribed reason_codes=[0x11] properties=[]"]);
}

#[test]
fn subscribe_of_3_1_1() {
    let mut t = Scripted::connected(old(ProtocolVersion::V3_1_1), CONNACK_V3);
    t.subscribe("a", QoS::AtLeastOnce).unwrap();
    assert_eq!(t.sent(), ["SUBSCRIBE packet_identifier=1 subscriptions=[filter=\"a\" qos=1]"]);
    t.receive("SUBACK packet_identifier=1 reason_codes=[0x80]");
    assert_eq!(t.events(), ["settled token=1 outcome=subscribed reason_codes=[0x80] properties=[]"]);
    t.unsubscribe("a").unwrap();
    t.receive("UNSUBACK packet_identifier=2");
    assert_eq!(t.events(), ["settled token=2 outcome=unsubscribed reason_codes=[] properties=[]"]);
}

#[test]
fn what_the_server_does_not_have_is_an_error_at_once() {
    let without = "wildcard_subscription_available=0 subscription_identifier_available=0 shared_subscription_available=0 \
                   maximum_packet_size=30";
    let connack = format!("CONNACK session_present=0 reason_code=0x00 properties=[{without}]");
    let mut t = Scripted::connected(options(), &connack);
    assert_eq!(t.subscribe("a/+", QoS::AtMostOnce), Err(UsageError::WildcardSubscriptionsNotSupported));
    assert_eq!(t.subscribe("$share/g/a", QoS::AtMostOnce), Err(UsageError::SharedSubscriptionsNotSupported));
    let request = SubscribeRequest {
        subscriptions: subscriptions("a", QoS::AtMostOnce),
        properties: PropertiesBuf::new().with(Property::SubscriptionIdentifier(5)).unwrap(),
    };
    assert_eq!(t.client.subscribe(request, t.now), Err(UsageError::SubscriptionIdentifiersNotSupported));
    let long = "a".repeat(30);
    assert!(matches!(t.subscribe(&long, QoS::AtMostOnce), Err(UsageError::PacketTooLarge { .. })));
    assert!(matches!(t.unsubscribe(&long), Err(UsageError::PacketTooLarge { .. })));
    assert!(t.sent().is_empty());
    t.subscribe("a", QoS::AtMostOnce).unwrap();
    assert!(matches!(t.client.subscribe(SubscriptionsBuf::new(), t.now), Err(UsageError::Encode(_))));
}

#[test]
fn what_waited_and_is_not_there_is_refused() {
    let mut t = Scripted::new(options());
    t.subscribe("a/+", QoS::AtMostOnce).unwrap();
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    t.connect();
    t.receive("CONNACK session_present=0 reason_code=0x00 properties=[wildcard_subscription_available=0]");
    assert_eq!(t.events()[1..], ["settled token=1 outcome=refused reason_code=0xa2"]);
    assert_eq!(t.sent().len(), 3);
}

#[test]
fn too_many_requests_are_an_error() {
    let mut t = Scripted::new(ClientOptions { requests_max: 2, ..options() });
    t.subscribe("a", QoS::AtMostOnce).unwrap();
    t.unsubscribe("b").unwrap();
    assert_eq!(t.subscribe("c", QoS::AtMostOnce), Err(UsageError::QueueFull));
}

#[test]
fn a_cancelled_subscribe_is_not_sent() {
    let mut t = Scripted::new(options());
    t.subscribe("a", QoS::AtMostOnce).unwrap();
    assert!(t.client.cancel(Token::from_u64(1)));
    t.connect();
    t.receive(CONNACK);
    assert_eq!(t.sent().len(), 2);
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    assert!(t.client.cancel(Token::from_u64(2)));
    t.drain();
    t.events();
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x00]");
    assert!(t.events().is_empty());
}

#[test]
fn messages_name_the_handlers_that_match() {
    let mut t = Scripted::connected(options(), CONNACK);
    for filter in ["a/+", "b", "a/#", "$share/g/a/b"] {
        t.client.add_handler(TopicFilter::new(filter).unwrap()).unwrap();
    }
    let publish = "PUBLISH dup=0 qos=0 retain=1 topic=\"a/b\" properties=[subscription_identifier=3] payload=";
    t.receive(publish);
    assert!(t.client.remove_handler(HandlerId::from_u32(1)));
    assert!(!t.client.remove_handler(HandlerId::from_u32(1)));
    t.receive(publish);
    let line = "message dup=0 qos=0 retain=1 topic=\"a/b\" properties=[subscription_identifier=3] payload=";
    assert_eq!(t.events(), [format!("{line} handlers=[1 3 4]"), format!("{line} handlers=[3 4]")]);
}

#[test]
fn identifiers_are_shared_between_publications_and_subscriptions() {
    let mut t = Scripted::connected(options(), CONNACK);
    t.publish(message("a", "", 1)).unwrap();
    t.subscribe("b", QoS::AtMostOnce).unwrap();
    t.publish(message("a", "", 1)).unwrap();
    let identifiers: Vec<_> = t
        .sent()
        .iter()
        .map(|line| line.split("packet_identifier=").nth(1).unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(identifiers, ["1", "2", "3"]);
    // A PUBACK does not answer a SUBSCRIBE, nor a SUBACK a PUBLISH.
    t.receive("PUBACK packet_identifier=2 reason_code=0x00 properties=[]");
    t.receive("SUBACK packet_identifier=1 properties=[] reason_codes=[0x00]");
    assert!(t.events().is_empty());
}

//! What the encoder refuses, and what it says in versions that cannot say everything.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, EncodeError, Packet, PacketIdentifier, PropertiesBuf,
    Property, PropertyIdentifier, PropertyRewrite, ProtocolVersion, Publish, QoS, SubAck, Subscribe,
    SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, UnsubAck, Unsubscribe, Will,
};
use polymqtt_core::topic::{TopicFilter, TopicName};

const V3_1: ProtocolVersion = ProtocolVersion::V3_1;
const V3_1_1: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5_0: ProtocolVersion = ProtocolVersion::V5_0;
const ID: PacketIdentifier = PacketIdentifier::MIN;

/// The error for `packet`, after making sure that nothing was written.
fn refused(packet: Packet<'_>, version: ProtocolVersion) -> EncodeError {
    let mut out = b"before".to_vec();
    let error = packet.encode(version, &mut out).unwrap_err();
    assert_eq!(out, b"before");
    assert_eq!(packet.encoded_len(version), Err(error));
    assert!(!error.to_string().is_empty());
    error
}

fn bytes(packet: Packet<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(version, &mut out).unwrap();
    out
}

fn properties(list: &[Property<'_>]) -> PropertiesBuf {
    let mut properties = PropertiesBuf::new();
    for property in list {
        properties.push(*property).unwrap();
    }
    properties
}

fn publish() -> Publish<'static> {
    Publish::new(TopicName::new("a").unwrap(), b"x")
}

#[test]
fn a_publish_must_agree_with_its_qos() {
    let refused = |publish| refused(Packet::Publish(publish), V5_0);
    let qos1 = Publish { qos: QoS::AtLeastOnce, ..publish() };
    assert_eq!(refused(qos1), EncodeError::PacketIdentifierMissing);
    assert_eq!(refused(Publish { packet_identifier: Some(ID), ..publish() }), EncodeError::PacketIdentifierWithQoS0);
    assert_eq!(refused(Publish { dup: true, ..publish() }), EncodeError::DupWithQoS0);
}

#[test]
fn an_empty_topic_needs_an_alias_and_version_5() {
    let empty = Publish { topic: None, ..publish() };
    let alias = properties(&[Property::TopicAlias(1)]);
    let aliased = Publish { properties: alias.as_properties(), ..empty };
    assert_eq!(refused(Packet::Publish(empty), V5_0), EncodeError::TopicMissing);
    assert_eq!(refused(Packet::Publish(aliased), V3_1_1), EncodeError::TopicMissing);
    assert_eq!(bytes(Packet::Publish(aliased), V5_0), [0x30, 7, 0, 0, 3, 0x23, 0, 1, b'x']);

    // The alias of another connection does not stand for the topic on this one.
    let mut out = Vec::new();
    assert_eq!(aliased.encode_head(V5_0, &PropertyRewrite::default(), &mut out), Err(EncodeError::TopicMissing));
    let zero = PropertyRewrite { topic_alias: Some(0), ..PropertyRewrite::default() };
    let error = EncodeError::PropertyValue(PropertyIdentifier::TopicAlias);
    assert_eq!(publish().encode_head(V5_0, &zero, &mut out), Err(error));
    let zero = PropertyRewrite { subscription_identifiers: &[1, 0], ..PropertyRewrite::default() };
    let error = EncodeError::PropertyValue(PropertyIdentifier::SubscriptionIdentifier);
    assert_eq!(publish().encode_head(V5_0, &zero, &mut out), Err(error));
    assert!(out.is_empty());
}

#[test]
fn properties_that_cannot_be_sent_are_not_taken() {
    let long = "x".repeat(65_536);
    let mut taken = PropertiesBuf::new();
    let value = EncodeError::PropertyValue;
    for (property, error) in [
        (Property::ContentType(&long), EncodeError::FieldTooLong),
        (Property::CorrelationData(long.as_bytes()), EncodeError::FieldTooLong),
        (Property::UserProperty(("", &long)), EncodeError::FieldTooLong),
        (Property::ReasonString("a\0"), EncodeError::StringHasNull),
        (Property::UserProperty(("\0", "")), EncodeError::StringHasNull),
        (Property::ReceiveMaximum(0), value(PropertyIdentifier::ReceiveMaximum)),
        (Property::MaximumPacketSize(0), value(PropertyIdentifier::MaximumPacketSize)),
        (Property::TopicAlias(0), value(PropertyIdentifier::TopicAlias)),
        (Property::SubscriptionIdentifier(0), value(PropertyIdentifier::SubscriptionIdentifier)),
        (Property::SubscriptionIdentifier(268_435_456), value(PropertyIdentifier::SubscriptionIdentifier)),
        (Property::PayloadFormatIndicator(2), value(PropertyIdentifier::PayloadFormatIndicator)),
        (Property::MaximumQoS(2), value(PropertyIdentifier::MaximumQoS)),
        (Property::ResponseTopic("a/#"), value(PropertyIdentifier::ResponseTopic)),
    ] {
        assert_eq!(taken.push(property), Err(error));
        assert!(taken.is_empty());
    }
    taken.push(Property::ContentType("a")).unwrap();
    let again = EncodeError::PropertyRepeated(PropertyIdentifier::ContentType);
    assert_eq!(taken.push(Property::ContentType("b")), Err(again));
}

#[test]
fn properties_stand_where_they_belong() {
    let alias = properties(&[Property::TopicAlias(1)]);
    let identifiers = properties(&[Property::SubscriptionIdentifier(1), Property::SubscriptionIdentifier(2)]);
    let misplaced = EncodeError::PropertyMisplaced(PropertyIdentifier::TopicAlias);
    let connack = ConnAck { properties: alias.as_properties(), ..ConnAck::new(ReasonCode::Success) };
    assert_eq!(refused(Packet::ConnAck(connack), V5_0), misplaced);
    let puback = Acknowledgement { properties: alias.as_properties(), ..Acknowledgement::new(ID, ReasonCode::Success) };
    assert_eq!(refused(Packet::PubAck(puback), V5_0), misplaced);
    let will = Will { properties: alias.as_properties(), ..Will::new(TopicName::new("w").unwrap(), b"") };
    assert_eq!(refused(Packet::Connect(Connect { will: Some(will), ..Connect::new(V5_0, "c") }), V5_0), misplaced);
    let list = SubscriptionsBuf::new().with(TopicFilter::new("a").unwrap(), SubscriptionOptions::default()).unwrap();
    let subscribe = Subscribe {
        packet_identifier: ID,
        properties: identifiers.as_properties(),
        subscriptions: list.as_subscriptions(),
    };
    let repeated = EncodeError::PropertyRepeated(PropertyIdentifier::SubscriptionIdentifier);
    assert_eq!(refused(Packet::Subscribe(subscribe), V5_0), repeated);
    assert_eq!(bytes(Packet::Subscribe(subscribe), V3_1_1), [0x82, 6, 0, 1, 0, 1, b'a', 0]);
}

#[test]
fn a_connect_must_be_one_of_its_version() {
    let refused = |connect| refused(Packet::Connect(connect), V5_0);
    assert_eq!(refused(Connect::new(V3_1, "")), EncodeError::ClientIdentifier);
    assert_eq!(refused(Connect::new(V3_1, "abcdefghijklmnopqrstuvwx")), EncodeError::ClientIdentifier);
    let persistent = Connect { clean_start: false, ..Connect::new(V3_1_1, "") };
    assert_eq!(refused(persistent), EncodeError::ClientIdentifier);
    let password = Connect { password: Some(b"p"), ..Connect::new(V3_1_1, "c") };
    assert_eq!(refused(password), EncodeError::PasswordWithoutUserName);
    assert_eq!(refused(Connect::new(V5_0, "a\0")), EncodeError::StringHasNull);
    let long = "x".repeat(65_536);
    assert_eq!(refused(Connect::new(V5_0, &long)), EncodeError::FieldTooLong);
    assert_eq!(refused(Connect { user_name: Some(&long), ..Connect::new(V5_0, "") }), EncodeError::FieldTooLong);
    let long = long.as_bytes();
    assert_eq!(refused(Connect { password: Some(long), ..Connect::new(V5_0, "") }), EncodeError::FieldTooLong);
    let will = Will::new(TopicName::new("w").unwrap(), long);
    assert_eq!(refused(Connect { will: Some(will), ..Connect::new(V5_0, "") }), EncodeError::FieldTooLong);
    let data = properties(&[Property::AuthenticationData(b"")]);
    let connect = Connect { properties: data.as_properties(), ..Connect::new(V5_0, "") };
    assert_eq!(refused(connect), EncodeError::AuthenticationDataAlone);
}

#[test]
fn reason_codes_stand_where_they_belong() {
    let misplaced = EncodeError::ReasonCodeMisplaced(ReasonCode::ServerMoved);
    let ack = Acknowledgement::new(ID, ReasonCode::ServerMoved);
    for packet in [Packet::PubAck(ack), Packet::PubRec(ack), Packet::PubRel(ack), Packet::PubComp(ack)] {
        assert_eq!(refused(packet, V5_0), misplaced);
        // 3.1.1 has no Reason Codes to put it into.
        assert_eq!(bytes(packet, V3_1_1).len(), 4);
    }
    let unknown = ReasonCode::NoSubscriptionExisted;
    let expected = EncodeError::ReasonCodeMisplaced(unknown);
    assert_eq!(refused(Packet::ConnAck(ConnAck::new(unknown)), V5_0), expected);
    assert_eq!(refused(Packet::Disconnect(Disconnect::new(unknown)), V5_0), expected);
    let failed = ConnAck { session_present: true, ..ConnAck::new(ReasonCode::Banned) };
    assert_eq!(refused(Packet::ConnAck(failed), V5_0), EncodeError::SessionPresentWithFailure);
    let none = PropertiesBuf::new();
    let none = none.as_properties();
    assert_eq!(SubAck::new(ID, none, &[0, 3]).unwrap_err(), EncodeError::ReasonCodeUnknown(3));
    assert_eq!(UnsubAck::new(ID, none, &[0x9D]).unwrap_err(), misplaced);
}

#[test]
fn an_auth_needs_a_method_and_version_5() {
    let none = PropertiesBuf::new();
    let data = properties(&[Property::AuthenticationData(b"x")]);
    let auth = |properties| Packet::Auth(Auth { reason_code: ReasonCode::ContinueAuthentication, properties });
    assert_eq!(refused(auth(none.as_properties()), V5_0), EncodeError::AuthenticationMethodMissing);
    assert_eq!(refused(auth(data.as_properties()), V5_0), EncodeError::AuthenticationMethodMissing);
    assert_eq!(refused(auth(data.as_properties()), V3_1_1), EncodeError::NotInVersion);
}

#[test]
fn lists_have_entries() {
    let none = PropertiesBuf::new();
    let properties = none.as_properties();
    let (filters, list) = (TopicFiltersBuf::new(), SubscriptionsBuf::new());
    let subscribe = Subscribe { packet_identifier: ID, properties, subscriptions: list.as_subscriptions() };
    let unsubscribe = Unsubscribe { packet_identifier: ID, properties, topic_filters: filters.as_topic_filters() };
    for version in [V3_1, V3_1_1, V5_0] {
        assert_eq!(refused(Packet::Subscribe(subscribe), version), EncodeError::ListEmpty);
        assert_eq!(refused(Packet::Unsubscribe(unsubscribe), version), EncodeError::ListEmpty);
        let suback = SubAck::new(ID, properties, &[]).unwrap();
        assert_eq!(refused(Packet::SubAck(suback), version), EncodeError::ListEmpty);
    }
    let unsuback = Packet::UnsubAck(UnsubAck::new(ID, properties, &[]).unwrap());
    assert_eq!(refused(unsuback, V5_0), EncodeError::ListEmpty);
    assert_eq!(bytes(unsuback, V3_1_1), [0xB0, 2, 0, 1]);
    let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
    let shared = TopicFilter::new("$share/g/t").unwrap();
    assert_eq!(SubscriptionsBuf::new().push(shared, options), Err(EncodeError::NoLocalShared));
}

#[test]
fn older_versions_get_what_they_can_express() {
    let all = properties(&[Property::ReasonString("why"), Property::UserProperty(("k", "v"))]);
    let properties = all.as_properties();
    let suback = Packet::SubAck(SubAck::new(ID, properties, &[2, 0x87, 0xA2]).unwrap());
    assert_eq!(bytes(suback, V3_1_1), [0x90, 5, 0, 1, 2, 0x80, 0x80]);
    assert_eq!(refused(suback, V3_1), EncodeError::NotInVersion);
    let connack = Packet::ConnAck(ConnAck { properties, ..ConnAck::new(ReasonCode::ServerBusy) });
    assert_eq!(bytes(connack, V3_1_1), [0x20, 2, 0, 3]);
    let resumed = Packet::ConnAck(ConnAck { session_present: true, ..ConnAck::new(ReasonCode::Success) });
    assert_eq!(bytes(resumed, V3_1_1), [0x20, 2, 1, 0]);
    assert_eq!(bytes(resumed, V3_1), [0x20, 2, 0, 0]);
    let disconnect = Packet::Disconnect(Disconnect { reason_code: ReasonCode::ServerMoved, properties });
    assert_eq!(bytes(disconnect, V3_1_1), [0xE0, 0]);
    let options = SubscriptionOptions { retain_as_published: true, ..SubscriptionOptions::new(QoS::AtLeastOnce) };
    let list = SubscriptionsBuf::new().with(TopicFilter::new("a").unwrap(), options).unwrap();
    let subscribe = Subscribe { packet_identifier: ID, properties, subscriptions: list.as_subscriptions() };
    assert_eq!(bytes(Packet::Subscribe(subscribe), V3_1_1), [0x82, 6, 0, 1, 0, 1, b'a', 1]);
}

#[test]
fn the_longest_packet_is_the_limit() {
    // The Remaining Length counts topic (3 bytes) and payload.
    let payload = vec![0; 268_435_455 - 2];
    let longest = Publish { payload: &payload[1..], ..publish() };
    assert_eq!(Packet::Publish(longest).encoded_len(V3_1_1), Ok(268_435_460));
    let too_long = Packet::Publish(Publish { payload: &payload, ..publish() });
    assert_eq!(too_long.encoded_len(V3_1_1), Err(EncodeError::PacketTooLong));
}

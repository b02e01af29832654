//! What holds for every packet and for every sequence of bytes.

#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "every function here is part of a test")]

mod codec_check;

use codec_check::{check_any, line};
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{
    Acknowledgement, Auth, ConnAck, Connect, DecodeOptions, Decoder, Disconnect, Packet, PacketIdentifier, PacketType,
    PropertiesBuf, Property, PropertyIdentifier, PropertyOwner, PropertyRewrite, PropertyType, PropertyValue,
    ProtocolVersion, Publish, QoS, RetainHandling, SubAck, Subscribe, SubscriptionOptions, SubscriptionsBuf,
    TopicFiltersBuf, UnsubAck, Unsubscribe, Will, decode, text,
};
use polymqtt_core::topic::{TopicFilter, TopicName};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_decoded(packet in any_packet(), version in any_version()) {
        packet.with(|packet| check_round_trip(packet, version))?;
    }

    #[test]
    fn streams_may_be_cut_anywhere(packets in vec(any_packet(), 1..6), cuts in vec(1_usize..40, 1..80)) {
        let mut bytes = Vec::new();
        let mut lines = Vec::new();
        for packet in packets.iter().filter(|packet| !matches!(packet, Sample::Connect { .. })) {
            packet.with(|packet| {
                if packet.encode(ProtocolVersion::V5_0, &mut bytes).is_ok() {
                    lines.push(line(packet, ProtocolVersion::V5_0));
                }
                Ok(())
            })?;
        }
        let mut decoder = Decoder::new(DecodeOptions::default());
        let mut decoded = Vec::new();
        let mut rest = bytes.as_slice();
        for len in cuts.iter().cycle() {
            let (mut piece, tail) = rest.split_at((*len).min(rest.len()));
            while let Some(packet) = decoder.next(&mut piece).unwrap() {
                decoded.push(line(&packet, ProtocolVersion::V5_0));
            }
            prop_assert!(piece.is_empty());
            if tail.is_empty() {
                break;
            }
            rest = tail;
        }
        prop_assert_eq!(decoded, lines);
        prop_assert_eq!(decoder.partial_size_bytes(), 0);
    }

    #[test]
    fn damaged_packets_do_no_harm(
        packet in any_packet(),
        version in any_version(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = Vec::new();
        packet.with(|packet| {
            let _unsendable_is_empty = packet.encode(version, &mut bytes);
            Ok(())
        })?;
        for (index, value) in &damage {
            if !bytes.is_empty() {
                let index = index.index(bytes.len());
                bytes[index] = *value;
            }
        }
        let options = DecodeOptions { version, ..DecodeOptions::default() };
        check_any(&bytes, &options);
        let cut = cut.index(bytes.len() + 1);
        check_any(&bytes[..cut], &options);
    }

    #[test]
    fn noise_does_no_harm(bytes in vec(any::<u8>(), 0..200), version in any_version()) {
        check_any(&bytes, &DecodeOptions { version, ..DecodeOptions::default() });
    }

    #[test]
    fn text_that_is_not_a_packet_is_refused_and_does_no_harm(noise in "[A-Z]{0,8}.{0,60}", version in any_version()) {
        let mut bytes = Vec::new();
        if text::encode(&noise, version, &mut bytes).is_err() {
            prop_assert!(bytes.is_empty());
        }
    }

    /// The head that one subscriber gets, and what encoding the rewritten message as a whole would give.
    #[test]
    fn a_head_and_its_payload_are_the_rewritten_message(
        properties in properties_of(PropertyOwner::Packet(PacketType::Publish)),
        payload in vec(any::<u8>(), 0..300),
        expiry in any::<Option<u32>>(),
        alias in proptest::option::of(1..=u16::MAX),
        identifiers in vec(1_u32..=268_435_455, 0..4),
        qos in any_qos(),
        version in any_version(),
    ) {
        let publish = Publish {
            qos,
            packet_identifier: (qos != QoS::AtMostOnce).then_some(PacketIdentifier::MIN),
            properties: properties.as_properties(),
            ..Publish::new(TopicName::new("a/b").unwrap(), &payload)
        };
        let rewrite = PropertyRewrite {
            message_expiry_interval_s: expiry,
            topic_alias: alias,
            subscription_identifiers: &identifiers,
        };
        let mut bytes = b"before".to_vec();
        let head = publish.encode_head(version, &rewrite, &mut bytes).unwrap();
        prop_assert_eq!(bytes.len(), 6 + head.len);
        let identifier = head.packet_identifier_at.map(|at| &bytes[6 + at..][..2]);
        prop_assert_eq!(identifier, publish.packet_identifier.map(|_| [0, 1].as_slice()));
        bytes.extend_from_slice(&payload);
        prop_assert_eq!(publish.rewritten_len(version, &rewrite), Ok(bytes.len() - 6));

        let mut expected = properties.clone();
        expected.remove(PropertyIdentifier::TopicAlias);
        expected.remove(PropertyIdentifier::SubscriptionIdentifier);
        if let Some(expiry) = expiry {
            expected.remove(PropertyIdentifier::MessageExpiryInterval);
            expected.push(Property::MessageExpiryInterval(expiry)).unwrap();
        }
        if let Some(alias) = alias {
            expected.push(Property::TopicAlias(alias)).unwrap();
        }
        for identifier in &identifiers {
            expected.push(Property::SubscriptionIdentifier(*identifier)).unwrap();
        }
        let mut whole = Vec::new();
        let rewritten = Publish { properties: expected.as_properties(), ..publish };
        Packet::Publish(rewritten).encode(version, &mut whole).unwrap();
        prop_assert_eq!(&bytes[6..], &whole);
    }

    #[test]
    fn accessors_find_what_iteration_finds(properties in properties_of(PropertyOwner::Packet(PacketType::ConnAck))) {
        let properties = properties.as_properties();
        for identifier in PropertyIdentifier::ALL {
            let first = properties.iter().find(|property| property.identifier() == *identifier);
            prop_assert_eq!(properties.find(*identifier), first);
            prop_assert_eq!(properties.contains(*identifier), first.is_some());
        }
        let wire = properties.as_wire();
        let owner = PropertyOwner::Packet(PacketType::ConnAck);
        prop_assert_eq!(polymqtt_core::codec::Properties::from_wire(wire, owner), Ok(properties));
        prop_assert_eq!(properties.iter().map(Property::wire_len).sum::<usize>(), properties.wire_len());
    }
}

fn check_round_trip(packet: &Packet<'_>, version: ProtocolVersion) -> Result<(), TestCaseError> {
    let version = if let Packet::Connect(connect) = packet { connect.protocol_version } else { version };
    let mut bytes = vec![0xAA];
    let encoded = packet.encode(version, &mut bytes);
    prop_assert_eq!(packet.encoded_len(version), encoded);
    let Ok(len) = encoded else {
        prop_assert_eq!(bytes, [0xAA], "nothing is written on an error");
        return Ok(());
    };
    prop_assert_eq!(bytes.len(), 1 + len);
    let options = DecodeOptions { version, ..DecodeOptions::default() };
    let (decoded, decoded_len) = decode(&bytes[1..], &options).unwrap().unwrap();
    prop_assert_eq!(decoded_len, len);
    if version == ProtocolVersion::V5_0 {
        prop_assert_eq!(&decoded, packet);
    }
    let mut again = Vec::new();
    prop_assert_eq!(text::encode(&line(&decoded, version), version, &mut again), Ok(len));
    prop_assert_eq!(&again, &bytes[1..]);
    Ok(())
}

/// A packet that owns its parts. Not each of them can be sent in each version.
#[derive(Debug, Clone)]
enum Sample {
    Connect {
        version: ProtocolVersion,
        flags: (bool, bool),
        keep_alive_s: u16,
        properties: PropertiesBuf,
        client_identifier: String,
        will: Option<(QoS, String, Vec<u8>, PropertiesBuf)>,
        user_name: Option<String>,
        password: Option<Vec<u8>>,
    },
    ConnAck {
        session_present: bool,
        code: ReasonCode,
        properties: PropertiesBuf,
    },
    Publish {
        flags: (bool, bool),
        qos: QoS,
        topic: String,
        identifier: PacketIdentifier,
        properties: PropertiesBuf,
        payload: Vec<u8>,
    },
    Acknowledgement {
        packet_type: PacketType,
        identifier: PacketIdentifier,
        code: ReasonCode,
        properties: PropertiesBuf,
    },
    Subscribe {
        identifier: PacketIdentifier,
        properties: PropertiesBuf,
        list: SubscriptionsBuf,
    },
    SubAck {
        identifier: PacketIdentifier,
        properties: PropertiesBuf,
        codes: Vec<u8>,
    },
    Unsubscribe {
        identifier: PacketIdentifier,
        properties: PropertiesBuf,
        list: TopicFiltersBuf,
    },
    UnsubAck {
        identifier: PacketIdentifier,
        properties: PropertiesBuf,
        codes: Vec<u8>,
    },
    Disconnect {
        code: ReasonCode,
        properties: PropertiesBuf,
    },
    Auth {
        code: ReasonCode,
        properties: PropertiesBuf,
    },
    Ping(bool),
}

impl Sample {
    fn with(&self, mut then: impl FnMut(&Packet<'_>) -> Result<(), TestCaseError>) -> Result<(), TestCaseError> {
        match self {
            Self::Connect { .. } => then(&Packet::Connect(self.connect())),
            Self::ConnAck { session_present, code, properties } => then(&Packet::ConnAck(ConnAck {
                session_present: *session_present && !code.is_error(),
                reason_code: *code,
                properties: properties.as_properties(),
            })),
            Self::Publish { flags, qos, topic, identifier, properties, payload } => then(&Packet::Publish(Publish {
                dup: flags.0 && *qos != QoS::AtMostOnce,
                qos: *qos,
                retain: flags.1,
                topic: TopicName::new(topic).ok(),
                packet_identifier: (*qos != QoS::AtMostOnce).then_some(*identifier),
                properties: properties.as_properties(),
                payload,
            })),
            Self::Acknowledgement { packet_type, identifier, code, properties } => {
                let properties = properties.as_properties();
                let packet = Acknowledgement { packet_identifier: *identifier, reason_code: *code, properties };
                then(&match packet_type {
                    PacketType::PubRec => Packet::PubRec(packet),
                    PacketType::PubRel => Packet::PubRel(packet),
                    PacketType::PubComp => Packet::PubComp(packet),
                    _ => Packet::PubAck(packet),
                })
            }
            Self::Subscribe { identifier, properties, list } => then(&Packet::Subscribe(Subscribe {
                packet_identifier: *identifier,
                properties: properties.as_properties(),
                subscriptions: list.as_subscriptions(),
            })),
            Self::Unsubscribe { identifier, properties, list } => then(&Packet::Unsubscribe(Unsubscribe {
                packet_identifier: *identifier,
                properties: properties.as_properties(),
                topic_filters: list.as_topic_filters(),
            })),
            Self::SubAck { identifier, properties, codes } => {
                then(&Packet::SubAck(SubAck::new(*identifier, properties.as_properties(), codes).unwrap()))
            }
            Self::UnsubAck { identifier, properties, codes } => {
                then(&Packet::UnsubAck(UnsubAck::new(*identifier, properties.as_properties(), codes).unwrap()))
            }
            Self::Disconnect { code, properties } => {
                then(&Packet::Disconnect(Disconnect { reason_code: *code, properties: properties.as_properties() }))
            }
            Self::Auth { code, properties } => {
                then(&Packet::Auth(Auth { reason_code: *code, properties: properties.as_properties() }))
            }
            Self::Ping(request) => then(if *request { &Packet::PingReq } else { &Packet::PingResp }),
        }
    }

    fn connect(&self) -> Connect<'_> {
        let Self::Connect { version, flags, keep_alive_s, properties, client_identifier, will, user_name, password } =
            self
        else {
            unreachable!("only called for a CONNECT");
        };
        Connect {
            protocol_version: *version,
            clean_start: flags.0,
            keep_alive_s: *keep_alive_s,
            properties: properties.as_properties(),
            client_identifier,
            will: will.as_ref().map(|(qos, topic, payload, properties)| Will {
                qos: *qos,
                retain: flags.1,
                properties: properties.as_properties(),
                topic: TopicName::new(topic).unwrap(),
                payload,
            }),
            user_name: user_name.as_deref(),
            password: password.as_deref(),
        }
    }
}

fn any_packet() -> impl Strategy<Value = Sample> {
    let of = |packet_type| properties_of(PropertyOwner::Packet(packet_type));
    let flags = || (any::<bool>(), any::<bool>());
    let will = (any_qos(), topic(), vec(any::<u8>(), 0..30), properties_of(PropertyOwner::Will));
    let rest =
        (proptest::option::of(will), proptest::option::of(string()), proptest::option::of(vec(any::<u8>(), 0..9)));
    let connect = (any_version(), flags(), any::<u16>(), of(PacketType::Connect), string(), rest).prop_map(
        |(version, flags, keep_alive_s, properties, client_identifier, (will, user_name, password))| Sample::Connect {
            version,
            flags,
            keep_alive_s,
            properties,
            client_identifier,
            will,
            user_name,
            password,
        },
    );
    let acknowledgement = select(vec![PacketType::PubAck, PacketType::PubRec, PacketType::PubRel, PacketType::PubComp])
        .prop_flat_map(move |packet_type| {
            (identifier(), any_code(packet_type), properties_of(PropertyOwner::Packet(packet_type))).prop_map(
                move |(identifier, code, properties)| Sample::Acknowledgement {
                    packet_type,
                    identifier,
                    code,
                    properties,
                },
            )
        });
    prop_oneof![
        connect,
        (any::<bool>(), any_code(PacketType::ConnAck), of(PacketType::ConnAck))
            .prop_map(|(session_present, code, properties)| Sample::ConnAck { session_present, code, properties }),
        (flags(), any_qos(), topic(), identifier(), of(PacketType::Publish), vec(any::<u8>(), 0..300)).prop_map(
            |(flags, qos, topic, identifier, properties, payload)| {
                Sample::Publish { flags, qos, topic, identifier, properties, payload }
            }
        ),
        acknowledgement,
        (identifier(), of(PacketType::Subscribe), subscriptions())
            .prop_map(|(identifier, properties, list)| Sample::Subscribe { identifier, properties, list }),
        (identifier(), of(PacketType::SubAck), any_codes(PacketType::SubAck))
            .prop_map(|(identifier, properties, codes)| Sample::SubAck { identifier, properties, codes }),
        (identifier(), of(PacketType::Unsubscribe), vec(filter(), 1..5)).prop_map(
            |(identifier, properties, filters)| {
                let mut list = TopicFiltersBuf::new();
                for filter in &filters {
                    list.push(TopicFilter::new(filter).unwrap());
                }
                Sample::Unsubscribe { identifier, properties, list }
            }
        ),
        (identifier(), of(PacketType::UnsubAck), any_codes(PacketType::UnsubAck))
            .prop_map(|(identifier, properties, codes)| Sample::UnsubAck { identifier, properties, codes }),
        (any_code(PacketType::Disconnect), of(PacketType::Disconnect))
            .prop_map(|(code, properties)| Sample::Disconnect { code, properties }),
        (any_code(PacketType::Auth), of(PacketType::Auth))
            .prop_map(|(code, properties)| Sample::Auth { code, properties }),
        any::<bool>().prop_map(Sample::Ping),
    ]
}

fn subscriptions() -> impl Strategy<Value = SubscriptionsBuf> {
    let options = (any_qos(), any::<bool>(), any::<bool>(), 0_u8..3);
    vec((filter(), options), 1..5).prop_map(|entries| {
        let mut list = SubscriptionsBuf::new();
        for (filter, (qos, no_local, retain_as_published, retain_handling)) in &entries {
            let filter = TopicFilter::new(filter).unwrap();
            let options = SubscriptionOptions {
                qos: *qos,
                no_local: *no_local && filter.share_name().is_none(),
                retain_as_published: *retain_as_published,
                retain_handling: RetainHandling::from_u8(*retain_handling).unwrap(),
            };
            list.push(filter, options).unwrap();
        }
        list
    })
}

/// Any of the properties that may stand here, in any order, some more than once where that is allowed.
fn properties_of(owner: PropertyOwner) -> impl Strategy<Value = PropertiesBuf> {
    let allowed: Vec<_> = PropertyIdentifier::ALL.iter().copied().filter(|each| each.is_allowed_in(owner)).collect();
    let count = allowed.len();
    let values = (any::<u32>(), string(), string(), vec(any::<u8>(), 0..20), topic());
    let repeated = if owner == PropertyOwner::Packet(PacketType::Publish) { 0..3_usize } else { 0..1 };
    (subsequence(allowed, 0..=count).prop_shuffle(), values, 0..3_usize, repeated).prop_map(
        |(identifiers, (number, text, more, bytes, topic), user_properties, subscription_identifiers)| {
            let mut properties = PropertiesBuf::new();
            for identifier in identifiers {
                let text = if identifier == PropertyIdentifier::ResponseTopic { &topic } else { &text };
                let repeat = match identifier {
                    PropertyIdentifier::UserProperty => user_properties,
                    PropertyIdentifier::SubscriptionIdentifier => subscription_identifiers,
                    _ => 0,
                };
                for _ in 0..=repeat {
                    properties.push(property(identifier, number, text, &more, &bytes)).unwrap();
                }
            }
            properties
        },
    )
}

fn property<'a>(
    identifier: PropertyIdentifier,
    number: u32,
    text: &'a str,
    more: &'a str,
    bytes: &'a [u8],
) -> Property<'a> {
    let value = match identifier.property_type() {
        PropertyType::Byte => PropertyValue::Byte(u8::from(number % 2 == 1)),
        PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(u16::try_from(number >> 16).unwrap().max(1)),
        PropertyType::FourByteInteger => PropertyValue::FourByteInteger(number.max(1)),
        PropertyType::VariableByteInteger => PropertyValue::VariableByteInteger((number >> 4).max(1)),
        PropertyType::Utf8String => PropertyValue::Utf8String(text),
        PropertyType::Utf8StringPair => PropertyValue::Utf8StringPair(text, more),
        PropertyType::BinaryData => PropertyValue::BinaryData(bytes),
    };
    Property::from_value(identifier, value).unwrap()
}

fn any_codes(packet_type: PacketType) -> impl Strategy<Value = Vec<u8>> {
    vec(any_code(packet_type).prop_map(ReasonCode::as_u8), 1..6)
}

fn any_code(packet_type: PacketType) -> impl Strategy<Value = ReasonCode> {
    let allowed = ReasonCode::ALL.iter().copied().filter(|code| code.is_allowed_in(packet_type, None));
    select(allowed.collect::<Vec<_>>())
}

fn any_version() -> impl Strategy<Value = ProtocolVersion> {
    select(vec![ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5_0])
}

fn any_qos() -> impl Strategy<Value = QoS> {
    select(vec![QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
}

fn identifier() -> impl Strategy<Value = PacketIdentifier> {
    (1..=u16::MAX).prop_map(|value| PacketIdentifier::new(value).unwrap())
}

fn string() -> impl Strategy<Value = String> {
    "[^\0]{0,24}"
}

fn topic() -> impl Strategy<Value = String> {
    "[^\0+#]{1,24}"
}

fn filter() -> impl Strategy<Value = String> {
    "(\\$share/[a-z]{1,3}/)?([a-z]{0,3}/|\\+/){0,3}([a-z]{1,2}|\\+|#)"
}

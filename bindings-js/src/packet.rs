//! Control Packets as plain objects: the standard's field names in camelCase, `type` in small letters.

use alloc::string::String;
use alloc::vec::Vec;

use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, PacketIdentifier, PacketType, Properties,
    PropertiesBuf, PropertyOwner, ProtocolVersion, Publish, QoS, SubAck, Subscribe, UnsubAck, Unsubscribe, Will,
};
use polymqtt_core::topic::TopicName;
use wasm_bindgen::JsValue;

use crate::error::{usage, wrong};
use crate::object::{Fields, Outcome, array, bytes, field, required};
use crate::properties::{self, Shape};
use crate::subscriptions::{self, ParseFilter};
use crate::topic::{plain_topic_filter, topic_filter, topic_name};

/// The object for a packet.
pub(crate) fn to_object(packet: &Packet<'_>, shape: Shape) -> JsValue {
    let fields = Fields::of_type(type_name(packet.packet_type()));
    let known = |properties: Properties<'_>| shape.show(properties, PropertyOwner::Packet(packet.packet_type()));
    let fields = match packet {
        Packet::Connect(connect) => {
            connect_fields(fields, connect, shape).with("properties", known(connect.properties))
        }
        Packet::ConnAck(connack) => fields
            .with("sessionPresent", connack.session_present)
            .with_reason(connack.reason_code)
            .with("properties", known(connack.properties)),
        Packet::Publish(publish) => publish_fields(fields, publish).with("properties", known(publish.properties)),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => fields
            .with("packetIdentifier", ack.packet_identifier.as_u16())
            .with_reason(ack.reason_code)
            .with("properties", known(ack.properties)),
        Packet::Subscribe(subscribe) => fields
            .with("packetIdentifier", subscribe.packet_identifier.as_u16())
            .with("properties", known(subscribe.properties))
            .with("subscriptions", array(subscribe.subscriptions.iter().map(subscriptions::to_object))),
        Packet::SubAck(suback) => fields
            .with("packetIdentifier", suback.packet_identifier.as_u16())
            .with("properties", known(suback.properties))
            .with("reasonCodes", reason_codes(suback.reason_codes())),
        Packet::Unsubscribe(unsubscribe) => fields
            .with("packetIdentifier", unsubscribe.packet_identifier.as_u16())
            .with("properties", known(unsubscribe.properties))
            .with("topicFilters", array(unsubscribe.topic_filters.iter().map(|filter| JsValue::from(filter.as_str())))),
        Packet::UnsubAck(unsuback) => fields
            .with("packetIdentifier", unsuback.packet_identifier.as_u16())
            .with("properties", known(unsuback.properties))
            .with("reasonCodes", reason_codes(unsuback.reason_codes())),
        Packet::PingReq | Packet::PingResp => fields,
        Packet::Disconnect(Disconnect { reason_code, properties }) | Packet::Auth(Auth { reason_code, properties }) => {
            fields.with_reason(*reason_code).with("properties", known(*properties))
        }
    };
    fields.into()
}

fn connect_fields(fields: Fields, connect: &Connect<'_>, shape: Shape) -> Fields {
    let will = connect.will.map(|will| {
        Fields::new()
            .with("qos", will.qos.as_u8())
            .with("retain", will.retain)
            .with("properties", shape.show(will.properties, PropertyOwner::Will))
            .with("topic", will.topic.as_str())
            .with("payload", bytes(will.payload))
    });
    fields
        .with("protocolVersion", version_name(connect.protocol_version))
        .with("cleanStart", connect.clean_start)
        .with("keepAliveS", connect.keep_alive_s)
        .with("clientIdentifier", connect.client_identifier)
        .with_some("will", will)
        .with_some("userName", connect.user_name)
        .with_some("password", connect.password.map(bytes))
}

fn publish_fields(fields: Fields, publish: &Publish<'_>) -> Fields {
    fields
        .with("dup", publish.dup)
        .with("qos", publish.qos.as_u8())
        .with("retain", publish.retain)
        .with_some("topic", publish.topic.map(TopicName::as_str))
        .with_some("packetIdentifier", publish.packet_identifier.map(PacketIdentifier::as_u16))
        .with("payload", bytes(publish.payload))
}

fn reason_codes(codes: impl Iterator<Item = ReasonCode>) -> JsValue {
    array(codes.map(ReasonCode::as_u8))
}

/// Encodes the packet that `object` describes.
pub(crate) fn encode(object: &JsValue, version: ProtocolVersion) -> Outcome<Vec<u8>> {
    let name = required(object, "type")?.string()?;
    let packet_type = TYPES.iter().find(|(_, known)| *known == name).map(|(packet_type, _)| *packet_type);
    let packet_type = packet_type.ok_or_else(|| wrong("type", "the name of a packet, such as \"publish\""))?;
    let buf = properties_of(object)?;
    let properties = buf.as_properties();
    match packet_type {
        PacketType::Connect => encode_connect(object, properties),
        PacketType::ConnAck => {
            let session_present = field(object, "sessionPresent").map_or(Ok(false), |field| field.bool())?;
            let reason_code = reason_code(object)?;
            write(version, Packet::ConnAck(ConnAck { session_present, reason_code, properties }))
        }
        PacketType::Publish => encode_publish(object, version, properties),
        PacketType::PubAck => write(version, Packet::PubAck(acknowledgement(object, properties)?)),
        PacketType::PubRec => write(version, Packet::PubRec(acknowledgement(object, properties)?)),
        PacketType::PubRel => write(version, Packet::PubRel(acknowledgement(object, properties)?)),
        PacketType::PubComp => write(version, Packet::PubComp(acknowledgement(object, properties)?)),
        PacketType::Subscribe => {
            let packet_identifier = packet_identifier(object)?;
            let list = subscriptions::from_value(
                &required(object, "subscriptions")?.value,
                &JsValue::UNDEFINED,
                filter_parser(version),
            )?;
            let subscriptions = list.as_subscriptions();
            write(version, Packet::Subscribe(Subscribe { packet_identifier, properties, subscriptions }))
        }
        PacketType::SubAck => {
            let codes = reason_code_bytes(object)?;
            let packet = SubAck::new(packet_identifier(object)?, properties, &codes).map_err(usage)?;
            write(version, Packet::SubAck(packet))
        }
        PacketType::Unsubscribe => {
            let packet_identifier = packet_identifier(object)?;
            let list = subscriptions::topic_filters(&required(object, "topicFilters")?.value, filter_parser(version))?;
            let topic_filters = list.as_topic_filters();
            write(version, Packet::Unsubscribe(Unsubscribe { packet_identifier, properties, topic_filters }))
        }
        PacketType::UnsubAck => {
            let codes = reason_code_bytes(object)?;
            let packet = UnsubAck::new(packet_identifier(object)?, properties, &codes).map_err(usage)?;
            write(version, Packet::UnsubAck(packet))
        }
        PacketType::PingReq => write(version, Packet::PingReq),
        PacketType::PingResp => write(version, Packet::PingResp),
        PacketType::Disconnect => {
            write(version, Packet::Disconnect(Disconnect { reason_code: reason_code(object)?, properties }))
        }
        PacketType::Auth => write(version, Packet::Auth(Auth { reason_code: reason_code(object)?, properties })),
    }
}

fn encode_connect(object: &JsValue, properties: Properties<'_>) -> Outcome<Vec<u8>> {
    let text = |name| field(object, name).map(|field| field.string()).transpose();
    let protocol_version = field(object, "protocolVersion").map(|field| field.protocol_version()).transpose()?;
    let protocol_version = protocol_version.unwrap_or_default();
    let client_identifier = text("clientIdentifier")?.unwrap_or_default();
    let user_name = text("userName")?;
    let password = field(object, "password").map(|field| field.bytes()).transpose()?;
    let will = field(object, "will").map(|field| OwnedWill::read(&field.value)).transpose()?;
    let connect = Connect {
        protocol_version,
        clean_start: field(object, "cleanStart").map_or(Ok(true), |field| field.bool())?,
        keep_alive_s: field(object, "keepAliveS").map_or(Ok(0), |field| field.integer())?,
        properties,
        client_identifier: &client_identifier,
        will: will.as_ref().map(OwnedWill::view).transpose()?,
        user_name: user_name.as_deref(),
        password: password.as_deref(),
    };
    write(protocol_version, Packet::Connect(connect))
}

fn encode_publish(object: &JsValue, version: ProtocolVersion, properties: Properties<'_>) -> Outcome<Vec<u8>> {
    let flag = |name| field(object, name).map_or(Ok(false), |field| field.bool());
    let topic = field(object, "topic").map(|field| field.string()).transpose()?.filter(|topic| !topic.is_empty());
    let payload = field(object, "payload").map_or(Ok(Vec::new()), |field| field.bytes())?;
    let publish = Publish {
        dup: flag("dup")?,
        qos: field(object, "qos").map_or(Ok(QoS::AtMostOnce), |field| field.qos())?,
        retain: flag("retain")?,
        topic: topic.as_deref().map(topic_name).transpose()?,
        packet_identifier: field(object, "packetIdentifier").map(|_| packet_identifier(object)).transpose()?,
        properties,
        payload: &payload,
    };
    write(version, Packet::Publish(publish))
}

/// A will whose parts were copied out of an object.
pub(crate) struct OwnedWill {
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) properties: PropertiesBuf,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

impl OwnedWill {
    pub(crate) fn read(object: &JsValue) -> Outcome<Self> {
        Ok(Self {
            qos: field(object, "qos").map_or(Ok(QoS::AtMostOnce), |field| field.qos())?,
            retain: field(object, "retain").map_or(Ok(false), |field| field.bool())?,
            properties: properties_of(object)?,
            topic: required(object, "topic")?.string()?,
            payload: field(object, "payload").map_or(Ok(Vec::new()), |field| field.bytes())?,
        })
    }

    fn view(&self) -> Outcome<Will<'_>> {
        Ok(Will {
            qos: self.qos,
            retain: self.retain,
            properties: self.properties.as_properties(),
            topic: topic_name(&self.topic)?,
            payload: &self.payload,
        })
    }
}

fn acknowledgement<'a>(object: &JsValue, properties: Properties<'a>) -> Outcome<Acknowledgement<'a>> {
    Ok(Acknowledgement { packet_identifier: packet_identifier(object)?, reason_code: reason_code(object)?, properties })
}

fn properties_of(object: &JsValue) -> Outcome<PropertiesBuf> {
    field(object, "properties").map_or(Ok(PropertiesBuf::new()), |field| properties::from_object(&field.value))
}

fn packet_identifier(object: &JsValue) -> Outcome<PacketIdentifier> {
    let field = required(object, "packetIdentifier")?;
    PacketIdentifier::new(field.integer()?).ok_or_else(|| wrong(field.name, "1 to 65535"))
}

fn reason_code(object: &JsValue) -> Outcome<ReasonCode> {
    field(object, "reasonCode").map_or(Ok(ReasonCode::Success), |field| field.reason_code())
}

fn reason_code_bytes(object: &JsValue) -> Outcome<Vec<u8>> {
    let Some(codes) = field(object, "reasonCodes") else { return Ok(Vec::new()) };
    let code = |value| crate::object::Field { name: codes.name, value }.integer();
    codes.array()?.iter().map(code).collect()
}

fn filter_parser(version: ProtocolVersion) -> ParseFilter {
    if version.has_properties() { topic_filter } else { plain_topic_filter }
}

fn write(version: ProtocolVersion, packet: Packet<'_>) -> Outcome<Vec<u8>> {
    let mut out = Vec::new();
    packet.encode(version, &mut out).map_err(usage)?;
    Ok(out)
}

/// The version as options name it.
pub(crate) fn version_name(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::V3_1 => "3.1",
        ProtocolVersion::V3_1_1 => "3.1.1",
        ProtocolVersion::V5_0 => "5.0",
    }
}

fn type_name(packet_type: PacketType) -> &'static str {
    TYPES.iter().find(|(known, _)| *known == packet_type).map_or("", |(_, name)| *name)
}

const TYPES: [(PacketType, &str); 15] = [
    (PacketType::Connect, "connect"),
    (PacketType::ConnAck, "connack"),
    (PacketType::Publish, "publish"),
    (PacketType::PubAck, "puback"),
    (PacketType::PubRec, "pubrec"),
    (PacketType::PubRel, "pubrel"),
    (PacketType::PubComp, "pubcomp"),
    (PacketType::Subscribe, "subscribe"),
    (PacketType::SubAck, "suback"),
    (PacketType::Unsubscribe, "unsubscribe"),
    (PacketType::UnsubAck, "unsuback"),
    (PacketType::PingReq, "pingreq"),
    (PacketType::PingResp, "pingresp"),
    (PacketType::Disconnect, "disconnect"),
    (PacketType::Auth, "auth"),
];

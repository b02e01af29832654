//! Control Packets between Python's dataclasses and the core's borrowed structs.

use crate::codec::{
    packet_filter_from_py, packet_identifier_from_py, payload_from_py, properties_from_py, properties_to_py,
    qos_from_py, reason_code_from_py, reason_code_to_py, topic_name_from_py, version_from_py,
};
use crate::error::encode_error;
use bytes::Bytes;
use polymqtt_core::codec::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, ProtocolVersion, Publish, RetainHandling, SubAck,
    Subscribe, SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, UnsubAck, Unsubscribe, Will,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// The dataclass with this name.
fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("polymqtt._packets")?.getattr(name)
}

/// A packet as its dataclass.
pub(crate) fn packet_to_py<'py>(py: Python<'py>, packet: &Packet<'_>) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    let name = match packet {
        Packet::Connect(connect) => connect_to_py(&fields, connect).map(|()| "Connect")?,
        Packet::ConnAck(connack) => {
            fields.set_item("session_present", connack.session_present)?;
            fields.set_item("reason_code", reason_code_to_py(py, connack.reason_code)?)?;
            fields.set_item("properties", properties_to_py(py, connack.properties)?)?;
            "ConnAck"
        }
        Packet::Publish(publish) => publish_to_py(&fields, publish).map(|()| "Publish")?,
        Packet::PubAck(ack) => acknowledgement_to_py(&fields, ack).map(|()| "PubAck")?,
        Packet::PubRec(ack) => acknowledgement_to_py(&fields, ack).map(|()| "PubRec")?,
        Packet::PubRel(ack) => acknowledgement_to_py(&fields, ack).map(|()| "PubRel")?,
        Packet::PubComp(ack) => acknowledgement_to_py(&fields, ack).map(|()| "PubComp")?,
        Packet::Subscribe(subscribe) => subscribe_to_py(&fields, subscribe).map(|()| "Subscribe")?,
        Packet::SubAck(suback) => {
            fields.set_item("packet_identifier", suback.packet_identifier.as_u16())?;
            let codes = suback.reason_codes().map(|code| reason_code_to_py(py, code));
            fields.set_item("reason_codes", PyList::new(py, codes.collect::<PyResult<Vec<_>>>()?)?)?;
            fields.set_item("properties", properties_to_py(py, suback.properties)?)?;
            "SubAck"
        }
        Packet::Unsubscribe(unsubscribe) => {
            fields.set_item("packet_identifier", unsubscribe.packet_identifier.as_u16())?;
            let filters: Vec<_> =
                unsubscribe.topic_filters.iter().map(polymqtt_core::topic::TopicFilter::as_str).collect();
            fields.set_item("topic_filters", filters)?;
            fields.set_item("properties", properties_to_py(py, unsubscribe.properties)?)?;
            "Unsubscribe"
        }
        Packet::UnsubAck(unsuback) => {
            fields.set_item("packet_identifier", unsuback.packet_identifier.as_u16())?;
            let codes = unsuback.reason_codes().map(|code| reason_code_to_py(py, code));
            fields.set_item("reason_codes", PyList::new(py, codes.collect::<PyResult<Vec<_>>>()?)?)?;
            fields.set_item("properties", properties_to_py(py, unsuback.properties)?)?;
            "UnsubAck"
        }
        Packet::PingReq => "PingReq",
        Packet::PingResp => "PingResp",
        Packet::Disconnect(disconnect) => {
            fields.set_item("reason_code", reason_code_to_py(py, disconnect.reason_code)?)?;
            fields.set_item("properties", properties_to_py(py, disconnect.properties)?)?;
            "Disconnect"
        }
        Packet::Auth(auth) => {
            fields.set_item("reason_code", reason_code_to_py(py, auth.reason_code)?)?;
            fields.set_item("properties", properties_to_py(py, auth.properties)?)?;
            "Auth"
        }
    };
    class(py, name)?.call((), Some(&fields))
}

fn connect_to_py(fields: &Bound<'_, PyDict>, connect: &Connect<'_>) -> PyResult<()> {
    let py = fields.py();
    fields.set_item("client_identifier", connect.client_identifier)?;
    fields.set_item("clean_start", connect.clean_start)?;
    fields.set_item("keep_alive", connect.keep_alive_s)?;
    fields.set_item("user_name", connect.user_name)?;
    fields.set_item("password", connect.password.map(|password| PyBytes::new(py, password)))?;
    if let Some(will) = &connect.will {
        let will_fields = PyDict::new(py);
        will_fields.set_item("topic", will.topic.as_str())?;
        will_fields.set_item("payload", PyBytes::new(py, will.payload))?;
        will_fields.set_item("qos", will.qos.as_u8())?;
        will_fields.set_item("retain", will.retain)?;
        will_fields.set_item("properties", properties_to_py(py, will.properties)?)?;
        fields.set_item("will", class(py, "Will")?.call((), Some(&will_fields))?)?;
    }
    fields.set_item("protocol_version", connect.protocol_version.as_u8())?;
    fields.set_item("properties", properties_to_py(py, connect.properties)?)
}

fn publish_to_py(fields: &Bound<'_, PyDict>, publish: &Publish<'_>) -> PyResult<()> {
    let py = fields.py();
    fields.set_item("topic", publish.topic.map_or("", |topic| topic.as_str()))?;
    fields.set_item("payload", PyBytes::new(py, publish.payload))?;
    fields.set_item("qos", publish.qos.as_u8())?;
    fields.set_item("retain", publish.retain)?;
    fields.set_item("dup", publish.dup)?;
    fields.set_item("packet_identifier", publish.packet_identifier.map(polymqtt_core::PacketIdentifier::as_u16))?;
    fields.set_item("properties", properties_to_py(py, publish.properties)?)
}

fn acknowledgement_to_py(fields: &Bound<'_, PyDict>, ack: &Acknowledgement<'_>) -> PyResult<()> {
    let py = fields.py();
    fields.set_item("packet_identifier", ack.packet_identifier.as_u16())?;
    fields.set_item("reason_code", reason_code_to_py(py, ack.reason_code)?)?;
    fields.set_item("properties", properties_to_py(py, ack.properties)?)
}

fn subscribe_to_py(fields: &Bound<'_, PyDict>, subscribe: &Subscribe<'_>) -> PyResult<()> {
    let py = fields.py();
    let subscription = class(py, "Subscription")?;
    let entries = subscribe.subscriptions.iter().map(|(filter, options)| {
        let entry = (
            filter.as_str(),
            options.qos.as_u8(),
            options.no_local,
            options.retain_as_published,
            options.retain_handling.as_u8(),
        );
        subscription.call1(entry)
    });
    fields.set_item("packet_identifier", subscribe.packet_identifier.as_u16())?;
    fields.set_item("subscriptions", PyList::new(py, entries.collect::<PyResult<Vec<_>>>()?)?)?;
    fields.set_item("properties", properties_to_py(py, subscribe.properties)?)
}

/// A dataclass as a packet: what the packet borrows lives until `use_packet` returns.
pub(crate) fn with_packet<R>(
    packet: &Bound<'_, PyAny>,
    version: ProtocolVersion,
    use_packet: impl FnOnce(&Packet<'_>) -> R,
) -> PyResult<R> {
    let name = packet.get_type().name()?.to_string();
    match name.as_str() {
        "PingReq" => return Ok(use_packet(&Packet::PingReq)),
        "PingResp" => return Ok(use_packet(&Packet::PingResp)),
        "Connect" => return with_connect(packet, use_packet),
        _ => {}
    }
    let Ok(properties) = packet.getattr("properties") else {
        return Err(PyTypeError::new_err(format!("{name} is not a Control Packet: use a class of polymqtt.codec")));
    };
    let properties = properties_from_py(Some(&properties))?;
    let properties = properties.as_properties();
    match name.as_str() {
        "Publish" => {
            let topic: String = packet.getattr("topic")?.extract()?;
            let payload = payload_from_py(&packet.getattr("payload")?)?;
            let publish = Publish {
                dup: packet.getattr("dup")?.extract()?,
                qos: qos_from_py(packet.getattr("qos")?.extract()?)?,
                retain: packet.getattr("retain")?.extract()?,
                topic: if topic.is_empty() { None } else { Some(topic_name_from_py(&topic)?) },
                packet_identifier: match packet.getattr("packet_identifier")?.extract::<Option<u16>>()? {
                    Some(identifier) => Some(packet_identifier_from_py(identifier)?),
                    None => None,
                },
                properties,
                payload: &payload,
            };
            Ok(use_packet(&Packet::Publish(publish)))
        }
        "PubAck" | "PubRec" | "PubRel" | "PubComp" => {
            let ack = Acknowledgement {
                packet_identifier: identifier_of(packet)?,
                reason_code: reason_code_from_py(&packet.getattr("reason_code")?)?,
                properties,
            };
            Ok(use_packet(&match name.as_str() {
                "PubAck" => Packet::PubAck(ack),
                "PubRec" => Packet::PubRec(ack),
                "PubRel" => Packet::PubRel(ack),
                _ => Packet::PubComp(ack),
            }))
        }
        "Subscribe" => {
            let mut subscriptions = SubscriptionsBuf::new();
            for entry in packet.getattr("subscriptions")?.try_iter()? {
                let (filter, options) = subscription_from_py(&entry?)?;
                subscriptions.push(packet_filter_from_py(&filter, version)?, options).map_err(encode_error)?;
            }
            let packet_identifier = identifier_of(packet)?;
            let subscriptions = subscriptions.as_subscriptions();
            Ok(use_packet(&Packet::Subscribe(Subscribe { packet_identifier, properties, subscriptions })))
        }
        "Unsubscribe" => {
            let mut filters = TopicFiltersBuf::new();
            for filter in packet.getattr("topic_filters")?.extract::<Vec<String>>()? {
                filters.push(packet_filter_from_py(&filter, version)?);
            }
            let packet_identifier = identifier_of(packet)?;
            let topic_filters = filters.as_topic_filters();
            Ok(use_packet(&Packet::Unsubscribe(Unsubscribe { packet_identifier, properties, topic_filters })))
        }
        "SubAck" => {
            let codes = reason_codes_of(packet)?;
            let suback = SubAck::new(identifier_of(packet)?, properties, &codes).map_err(encode_error)?;
            Ok(use_packet(&Packet::SubAck(suback)))
        }
        "UnsubAck" => {
            let codes = reason_codes_of(packet)?;
            let unsuback = UnsubAck::new(identifier_of(packet)?, properties, &codes).map_err(encode_error)?;
            Ok(use_packet(&Packet::UnsubAck(unsuback)))
        }
        other => {
            let reason_code = reason_code_from_py(&packet.getattr("reason_code")?)?;
            let packet = match other {
                "ConnAck" => {
                    let session_present = packet.getattr("session_present")?.extract()?;
                    Packet::ConnAck(ConnAck { session_present, reason_code, properties })
                }
                "Disconnect" => Packet::Disconnect(Disconnect { reason_code, properties }),
                "Auth" => Packet::Auth(Auth { reason_code, properties }),
                _ => return Err(PyTypeError::new_err(format!("{name} is not a Control Packet ({version})"))),
            };
            Ok(use_packet(&packet))
        }
    }
}

fn identifier_of(packet: &Bound<'_, PyAny>) -> PyResult<polymqtt_core::PacketIdentifier> {
    packet_identifier_from_py(packet.getattr("packet_identifier")?.extract()?)
}

fn reason_codes_of(packet: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let codes = packet.getattr("reason_codes")?;
    codes.try_iter()?.map(|code| code?.extract::<u8>()).collect()
}

/// A `Subscription`, or what a user may write in its place: a filter, or (filter, qos).
pub(crate) fn subscription_from_py(entry: &Bound<'_, PyAny>) -> PyResult<(String, SubscriptionOptions)> {
    if let Ok(filter) = entry.extract::<String>() {
        return Ok((filter, SubscriptionOptions::default()));
    }
    if let Ok((filter, qos)) = entry.extract::<(String, u8)>() {
        return Ok((filter, SubscriptionOptions::new(qos_from_py(qos)?)));
    }
    let handling: u8 = entry.getattr("retain_handling")?.extract()?;
    let options = SubscriptionOptions {
        qos: qos_from_py(entry.getattr("qos")?.extract()?)?,
        no_local: entry.getattr("no_local")?.extract()?,
        retain_as_published: entry.getattr("retain_as_published")?.extract()?,
        retain_handling: RetainHandling::from_u8(handling).ok_or_else(|| {
            PyValueError::new_err(format!("retain_handling {handling}: it is 0, 1 or 2 (MQTT 5.0, 3.8.3.1)"))
        })?,
    };
    Ok((entry.getattr("topic_filter")?.extract()?, options))
}

/// The will of a CONNECT, with its strings and bytes owned.
struct OwnedWill {
    topic: String,
    payload: Bytes,
    qos: polymqtt_core::QoS,
    retain: bool,
    properties: polymqtt_core::codec::PropertiesBuf,
}

impl OwnedWill {
    fn from_py(will: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            topic: will.getattr("topic")?.extract()?,
            payload: payload_from_py(&will.getattr("payload")?)?,
            qos: qos_from_py(will.getattr("qos")?.extract()?)?,
            retain: will.getattr("retain")?.extract()?,
            properties: properties_from_py(Some(&will.getattr("properties")?))?,
        })
    }
}

fn with_connect<R>(connect: &Bound<'_, PyAny>, use_packet: impl FnOnce(&Packet<'_>) -> R) -> PyResult<R> {
    let client_identifier: String = connect.getattr("client_identifier")?.extract()?;
    let user_name: Option<String> = connect.getattr("user_name")?.extract()?;
    let password = connect.getattr("password")?;
    let password = if password.is_none() { None } else { Some(payload_from_py(&password)?) };
    let will = connect.getattr("will")?;
    let will = if will.is_none() { None } else { Some(OwnedWill::from_py(&will)?) };
    let properties = properties_from_py(Some(&connect.getattr("properties")?))?;
    let connect = Connect {
        protocol_version: version_from_py(&connect.getattr("protocol_version")?)?,
        clean_start: connect.getattr("clean_start")?.extract()?,
        keep_alive_s: connect.getattr("keep_alive")?.extract()?,
        properties: properties.as_properties(),
        client_identifier: &client_identifier,
        will: match &will {
            Some(will) => Some(Will {
                qos: will.qos,
                retain: will.retain,
                properties: will.properties.as_properties(),
                topic: topic_name_from_py(&will.topic)?,
                payload: &will.payload,
            }),
            None => None,
        },
        user_name: user_name.as_deref(),
        password: password.as_deref(),
    };
    Ok(use_packet(&Packet::Connect(connect)))
}

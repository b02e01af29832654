//! Control Packets as C sees them: a type and a union of borrowed views, the same for decoding and encoding.

use crate::error::{Failure, Outcome, pmq_result};
use crate::property::{owner, pmq_properties, pmq_subscriptions, pmq_topic_filters, qos};
use crate::view::{pmq_bytes, pmq_str};
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, PacketIdentifier, PacketType, PropertyOwner,
    ProtocolVersion, Publish, SubAck, Subscribe, UnsubAck, Unsubscribe, Will,
};
use polymqtt_core::topic::TopicName;

/// The type of a Control Packet. Spec: 2.1.2.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_packet_type {
    /// `body.connect`
    Connect = 1,
    /// `body.connack`
    Connack = 2,
    /// `body.publish`
    Publish = 3,
    /// `body.acknowledgement`
    Puback = 4,
    /// `body.acknowledgement`
    Pubrec = 5,
    /// `body.acknowledgement`
    Pubrel = 6,
    /// `body.acknowledgement`
    Pubcomp = 7,
    /// `body.subscribe`
    Subscribe = 8,
    /// `body.suback`
    Suback = 9,
    /// `body.unsubscribe`
    Unsubscribe = 10,
    /// `body.unsuback`
    Unsuback = 11,
    /// No body.
    Pingreq = 12,
    /// No body.
    Pingresp = 13,
    /// `body.disconnect`
    Disconnect = 14,
    /// `body.auth`
    Auth = 15,
}

/// The version of the protocol.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_protocol_version {
    /// MQTT 3.1.
    V31 = 3,
    /// MQTT 3.1.1.
    V311 = 4,
    /// MQTT 5.0.
    V50 = 5,
}

/// The Will Message in a CONNECT. Spec: 3.1.3.2.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_will {
    /// 0, 1 or 2.
    pub qos: u8,
    /// Whether the server keeps it.
    pub retain: bool,
    /// The Will Properties (5.0).
    pub properties: pmq_properties,
    /// The Topic Name.
    pub topic: pmq_str,
    /// At most 65,535 bytes.
    pub payload: pmq_bytes,
}

/// CONNECT. Spec: 3.1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_connect {
    /// A `pmq_protocol_version`.
    pub protocol_version: u8,
    /// Clean Start, or Clean Session.
    pub clean_start: bool,
    /// Whether `will` is there.
    pub has_will: bool,
    /// Seconds; 0: none.
    pub keep_alive_s: u16,
    /// The CONNECT properties (5.0).
    pub properties: pmq_properties,
    /// May be empty.
    pub client_identifier: pmq_str,
    /// The Will Message, if `has_will`.
    pub will: pmq_will,
    /// `data` NULL: none.
    pub user_name: pmq_str,
    /// `data` NULL: none.
    pub password: pmq_bytes,
}

/// CONNACK. Spec: 3.2.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_connack {
    /// Whether the server continues a Session.
    pub session_present: bool,
    /// A `pmq_reason_code`; in 3.1 and 3.1.1 translated from the return code.
    pub reason_code: u8,
    /// The CONNACK properties (5.0).
    pub properties: pmq_properties,
}

/// PUBLISH. Spec: 3.3.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_publish {
    /// Perhaps a repetition.
    pub dup: bool,
    /// 0, 1 or 2.
    pub qos: u8,
    /// To the server: keep it. From the server: it was kept.
    pub retain: bool,
    /// 0 exactly if the QoS is 0.
    pub packet_identifier: u16,
    /// The Topic Name; empty if a Topic Alias stands for it.
    pub topic: pmq_str,
    /// The PUBLISH properties (5.0).
    pub properties: pmq_properties,
    /// The Application Message.
    pub payload: pmq_bytes,
}

/// PUBACK, PUBREC, PUBREL and PUBCOMP. Spec: 3.4 to 3.7.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_acknowledgement {
    /// From 1.
    pub packet_identifier: u16,
    /// A `pmq_reason_code`; 0 in 3.1 and 3.1.1.
    pub reason_code: u8,
    /// Reason String and User Properties (5.0).
    pub properties: pmq_properties,
}

/// SUBSCRIBE. Spec: 3.8.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_subscribe {
    /// From 1.
    pub packet_identifier: u16,
    /// Subscription Identifier and User Properties (5.0).
    pub properties: pmq_properties,
    /// Read them with `pmq_subscriptions_next`.
    pub subscriptions: pmq_subscriptions,
}

/// SUBACK. Spec: 3.9.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_suback {
    /// From 1.
    pub packet_identifier: u16,
    /// Reason String and User Properties (5.0).
    pub properties: pmq_properties,
    /// One `pmq_reason_code` for each Topic Filter.
    pub reason_codes: pmq_bytes,
}

/// UNSUBSCRIBE. Spec: 3.10.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_unsubscribe {
    /// From 1.
    pub packet_identifier: u16,
    /// User Properties (5.0).
    pub properties: pmq_properties,
    /// Read them with `pmq_topic_filters_next`.
    pub topic_filters: pmq_topic_filters,
}

/// UNSUBACK. Spec: 3.11.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_unsuback {
    /// From 1.
    pub packet_identifier: u16,
    /// Reason String and User Properties (5.0).
    pub properties: pmq_properties,
    /// One `pmq_reason_code` for each Topic Filter; none in 3.1 and 3.1.1.
    pub reason_codes: pmq_bytes,
}

/// DISCONNECT. Spec: 3.14.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_disconnect {
    /// A `pmq_reason_code`; 0 in 3.1 and 3.1.1.
    pub reason_code: u8,
    /// The DISCONNECT properties (5.0).
    pub properties: pmq_properties,
}

/// AUTH (5.0). Spec: 3.15.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_auth {
    /// A `pmq_reason_code`.
    pub reason_code: u8,
    /// Authentication Method and Data, Reason String and User Properties.
    pub properties: pmq_properties,
}

/// What a packet says, by its type.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "each is named after its packet")]
pub union pmq_packet_body {
    pub connect: pmq_connect,
    pub connack: pmq_connack,
    pub publish: pmq_publish,
    pub acknowledgement: pmq_acknowledgement,
    pub subscribe: pmq_subscribe,
    pub suback: pmq_suback,
    pub unsubscribe: pmq_unsubscribe,
    pub unsuback: pmq_unsuback,
    pub disconnect: pmq_disconnect,
    pub auth: pmq_auth,
}

/// A Control Packet. Its views belong to whoever gave the bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_packet {
    /// A `pmq_packet_type`: tells which member of `body` is meant.
    pub packet_type: u8,
    /// What it says.
    pub body: pmq_packet_body,
}

impl pmq_packet {
    /// A view of `packet`.
    pub(crate) fn new(packet: &Packet<'_>) -> Self {
        let body = match packet {
            Packet::Connect(packet) => pmq_packet_body { connect: pmq_connect::new(packet) },
            Packet::ConnAck(packet) => pmq_packet_body {
                connack: pmq_connack {
                    session_present: packet.session_present,
                    reason_code: packet.reason_code.as_u8(),
                    properties: pmq_properties::new(packet.properties),
                },
            },
            Packet::Publish(packet) => pmq_packet_body { publish: pmq_publish::new(packet) },
            Packet::PubAck(packet) | Packet::PubRec(packet) | Packet::PubRel(packet) | Packet::PubComp(packet) => {
                pmq_packet_body { acknowledgement: pmq_acknowledgement::new(packet) }
            }
            Packet::Subscribe(packet) => pmq_packet_body {
                subscribe: pmq_subscribe {
                    packet_identifier: packet.packet_identifier.as_u16(),
                    properties: pmq_properties::new(packet.properties),
                    subscriptions: pmq_subscriptions::new(packet.subscriptions),
                },
            },
            Packet::SubAck(packet) => pmq_packet_body {
                suback: pmq_suback {
                    packet_identifier: packet.packet_identifier.as_u16(),
                    properties: pmq_properties::new(packet.properties),
                    reason_codes: pmq_bytes::new(packet.reason_code_bytes()),
                },
            },
            Packet::Unsubscribe(packet) => pmq_packet_body {
                unsubscribe: pmq_unsubscribe {
                    packet_identifier: packet.packet_identifier.as_u16(),
                    properties: pmq_properties::new(packet.properties),
                    topic_filters: pmq_topic_filters::new(packet.topic_filters),
                },
            },
            Packet::UnsubAck(packet) => pmq_packet_body {
                unsuback: pmq_unsuback {
                    packet_identifier: packet.packet_identifier.as_u16(),
                    properties: pmq_properties::new(packet.properties),
                    reason_codes: pmq_bytes::new(packet.reason_code_bytes()),
                },
            },
            Packet::PingReq | Packet::PingResp => {
                pmq_packet_body { disconnect: pmq_disconnect { reason_code: 0, properties: pmq_properties::NONE } }
            }
            Packet::Disconnect(packet) => pmq_packet_body {
                disconnect: pmq_disconnect {
                    reason_code: packet.reason_code.as_u8(),
                    properties: pmq_properties::new(packet.properties),
                },
            },
            Packet::Auth(packet) => pmq_packet_body {
                auth: pmq_auth {
                    reason_code: packet.reason_code.as_u8(),
                    properties: pmq_properties::new(packet.properties),
                },
            },
        };
        Self { packet_type: packet.packet_type().as_u8(), body }
    }

    /// The packet.
    ///
    /// # Safety
    /// The member of `body` that `packet_type` names is written, and its views are valid for `'a`.
    pub(crate) unsafe fn get<'a>(&self, version: ProtocolVersion) -> Outcome<Packet<'a>> {
        let packet_type = PacketType::from_u8(self.packet_type)
            .ok_or_else(|| Failure::said(pmq_result::Value, &"packet_type is none of pmq_packet_type"))?;
        let body = &self.body;
        // SAFETY: what the caller of this function promises: in every arm, for the member that belongs to the type.
        unsafe {
            Ok(match packet_type {
                PacketType::Connect => Packet::Connect(body.connect.get()?),
                PacketType::ConnAck => Packet::ConnAck(body.connack.get()?),
                PacketType::Publish => Packet::Publish(body.publish.get()?),
                PacketType::PubAck => Packet::PubAck(body.acknowledgement.get(packet_type)?),
                PacketType::PubRec => Packet::PubRec(body.acknowledgement.get(packet_type)?),
                PacketType::PubRel => Packet::PubRel(body.acknowledgement.get(packet_type)?),
                PacketType::PubComp => Packet::PubComp(body.acknowledgement.get(packet_type)?),
                PacketType::Subscribe => Packet::Subscribe(body.subscribe.get(version)?),
                PacketType::SubAck => Packet::SubAck(body.suback.get()?),
                PacketType::Unsubscribe => Packet::Unsubscribe(body.unsubscribe.get(version)?),
                PacketType::UnsubAck => Packet::UnsubAck(body.unsuback.get()?),
                PacketType::PingReq => Packet::PingReq,
                PacketType::PingResp => Packet::PingResp,
                PacketType::Disconnect => Packet::Disconnect(body.disconnect.get()?),
                PacketType::Auth => Packet::Auth(body.auth.get()?),
            })
        }
    }
}

impl pmq_connect {
    fn new(packet: &Connect<'_>) -> Self {
        Self {
            protocol_version: packet.protocol_version.as_u8(),
            clean_start: packet.clean_start,
            has_will: packet.will.is_some(),
            keep_alive_s: packet.keep_alive_s,
            properties: pmq_properties::new(packet.properties),
            client_identifier: pmq_str::new(packet.client_identifier),
            will: packet.will.as_ref().map_or(pmq_will::NONE, |will| pmq_will {
                qos: will.qos.as_u8(),
                retain: will.retain,
                properties: pmq_properties::new(will.properties),
                topic: pmq_str::new(will.topic.as_str()),
                payload: pmq_bytes::new(will.payload),
            }),
            user_name: pmq_str::optional(packet.user_name),
            password: pmq_bytes::optional(packet.password),
        }
    }

    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<Connect<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        unsafe {
            Ok(Connect {
                protocol_version: protocol_version(self.protocol_version)?,
                clean_start: self.clean_start,
                keep_alive_s: self.keep_alive_s,
                properties: self.properties.get(owner(PacketType::Connect))?,
                client_identifier: self.client_identifier.or_empty()?,
                will: if self.has_will { Some(self.will.get()?) } else { None },
                user_name: self.user_name.get()?,
                password: self.password.optional_get()?,
            })
        }
    }
}

impl pmq_will {
    pub(crate) const NONE: Self = Self {
        qos: 0,
        retain: false,
        properties: pmq_properties::NONE,
        topic: pmq_str::ABSENT,
        payload: pmq_bytes::ABSENT,
    };

    /// # Safety
    /// As [`pmq_packet::get`].
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<Will<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        unsafe {
            Ok(Will {
                qos: qos(self.qos)?,
                retain: self.retain,
                properties: self.properties.get(PropertyOwner::Will)?,
                topic: topic_name(self.topic.or_empty()?)?,
                payload: self.payload.get()?,
            })
        }
    }
}

impl pmq_connack {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<ConnAck<'a>> {
        Ok(ConnAck {
            session_present: self.session_present,
            reason_code: reason_code(self.reason_code)?,
            // SAFETY: what the caller of this function promises.
            properties: unsafe { self.properties.get(owner(PacketType::ConnAck)) }?,
        })
    }
}

impl pmq_publish {
    fn new(packet: &Publish<'_>) -> Self {
        Self {
            dup: packet.dup,
            qos: packet.qos.as_u8(),
            retain: packet.retain,
            packet_identifier: packet.packet_identifier.map_or(0, PacketIdentifier::as_u16),
            topic: pmq_str::new(packet.topic.map_or("", TopicName::as_str)),
            properties: pmq_properties::new(packet.properties),
            payload: pmq_bytes::new(packet.payload),
        }
    }

    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<Publish<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        let (topic, properties, payload) =
            unsafe { (self.topic.or_empty()?, self.properties.get(owner(PacketType::Publish))?, self.payload.get()?) };
        Ok(Publish {
            dup: self.dup,
            qos: qos(self.qos)?,
            retain: self.retain,
            topic: if topic.is_empty() { None } else { Some(topic_name(topic)?) },
            packet_identifier: PacketIdentifier::new(self.packet_identifier),
            properties,
            payload,
        })
    }
}

impl pmq_acknowledgement {
    fn new(packet: &Acknowledgement<'_>) -> Self {
        Self {
            packet_identifier: packet.packet_identifier.as_u16(),
            reason_code: packet.reason_code.as_u8(),
            properties: pmq_properties::new(packet.properties),
        }
    }

    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self, packet_type: PacketType) -> Outcome<Acknowledgement<'a>> {
        Ok(Acknowledgement {
            packet_identifier: packet_identifier(self.packet_identifier)?,
            reason_code: reason_code(self.reason_code)?,
            // SAFETY: what the caller of this function promises.
            properties: unsafe { self.properties.get(owner(packet_type)) }?,
        })
    }
}

impl pmq_subscribe {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self, version: ProtocolVersion) -> Outcome<Subscribe<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        unsafe {
            Ok(Subscribe {
                packet_identifier: packet_identifier(self.packet_identifier)?,
                properties: self.properties.get(owner(PacketType::Subscribe))?,
                // Options of 5.0 may be said for 3.1.1 too: they are left out then.
                subscriptions: self.subscriptions.get(version, ProtocolVersion::V5_0)?,
            })
        }
    }
}

impl pmq_suback {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<SubAck<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        let (properties, reason_codes) =
            unsafe { (self.properties.get(owner(PacketType::SubAck))?, self.reason_codes.get()?) };
        Ok(SubAck::new(packet_identifier(self.packet_identifier)?, properties, reason_codes)?)
    }
}

impl pmq_unsubscribe {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self, version: ProtocolVersion) -> Outcome<Unsubscribe<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        unsafe {
            Ok(Unsubscribe {
                packet_identifier: packet_identifier(self.packet_identifier)?,
                properties: self.properties.get(owner(PacketType::Unsubscribe))?,
                topic_filters: self.topic_filters.get(version)?,
            })
        }
    }
}

impl pmq_unsuback {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<UnsubAck<'a>> {
        // SAFETY: what the caller of this function promises, for every view.
        let (properties, reason_codes) =
            unsafe { (self.properties.get(owner(PacketType::UnsubAck))?, self.reason_codes.get()?) };
        Ok(UnsubAck::new(packet_identifier(self.packet_identifier)?, properties, reason_codes)?)
    }
}

impl pmq_disconnect {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<Disconnect<'a>> {
        // SAFETY: what the caller of this function promises.
        let properties = unsafe { self.properties.get(owner(PacketType::Disconnect)) }?;
        Ok(Disconnect { reason_code: reason_code(self.reason_code)?, properties })
    }
}

impl pmq_auth {
    /// # Safety
    /// As [`pmq_packet::get`].
    unsafe fn get<'a>(&self) -> Outcome<Auth<'a>> {
        // SAFETY: what the caller of this function promises.
        let properties = unsafe { self.properties.get(owner(PacketType::Auth)) }?;
        Ok(Auth { reason_code: reason_code(self.reason_code)?, properties })
    }
}

pub(crate) fn protocol_version(level: u8) -> Outcome<ProtocolVersion> {
    ProtocolVersion::from_u8(level)
        .ok_or_else(|| Failure::said(pmq_result::Value, &"the protocol version is 3, 4 or 5: see pmq_protocol_version"))
}

pub(crate) fn reason_code(value: u8) -> Outcome<ReasonCode> {
    ReasonCode::from_u8(value)
        .ok_or_else(|| Failure::said(pmq_result::Value, &"this is not a reason code (MQTT 5.0, 2.4)"))
}

pub(crate) fn topic_name(text: &str) -> Outcome<TopicName<'_>> {
    TopicName::new(text).map_err(|error| Failure::said(pmq_result::TopicName, &error.describe_name(text)))
}

pub(crate) fn packet_identifier(value: u16) -> Outcome<PacketIdentifier> {
    PacketIdentifier::new(value)
        .ok_or_else(|| Failure::said(pmq_result::Value, &"the packet identifier must not be 0 (MQTT 5.0, 2.2.1)"))
}

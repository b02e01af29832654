//! The 15 Control Packets.

use super::{PacketIdentifier, Properties, ProtocolVersion, QoS};
use crate::ReasonCode;
use crate::topic::{TopicFilter, TopicName};
use alloc::vec::Vec;

/// The type of a Control Packet: the high four bits of its first byte. Spec: 2.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum PacketType {
    /// Client to server: connection request.
    Connect = 1,
    /// Server to client: connect acknowledgement.
    ConnAck = 2,
    /// A message, in either direction.
    Publish = 3,
    /// Acknowledges a QoS 1 PUBLISH.
    PubAck = 4,
    /// QoS 2, part 1: received.
    PubRec = 5,
    /// QoS 2, part 2: released.
    PubRel = 6,
    /// QoS 2, part 3: complete.
    PubComp = 7,
    /// Client to server: subscribe request.
    Subscribe = 8,
    /// Server to client: subscribe acknowledgement.
    SubAck = 9,
    /// Client to server: unsubscribe request.
    Unsubscribe = 10,
    /// Server to client: unsubscribe acknowledgement.
    UnsubAck = 11,
    /// Client to server: ping request.
    PingReq = 12,
    /// Server to client: ping response.
    PingResp = 13,
    /// The end of the connection.
    Disconnect = 14,
    /// A step of enhanced authentication (5.0).
    Auth = 15,
}

/// A decoded Control Packet, or one to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named after the packet that it holds")]
pub enum Packet<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(Acknowledgement<'a>),
    PubRec(Acknowledgement<'a>),
    PubRel(Acknowledgement<'a>),
    PubComp(Acknowledgement<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

/// CONNECT. Spec: 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version that the connection will speak.
    pub protocol_version: ProtocolVersion,
    /// Start with a new Session; *Clean Session* in 3.1 and 3.1.1. Spec: 3.1.2.4.
    pub clean_start: bool,
    /// Seconds; 0 turns Keep Alive off. Spec: 3.1.2.10.
    pub keep_alive_s: u16,
    /// The CONNECT properties.
    pub properties: Properties<'a>,
    /// May be empty: the server then assigns one. Spec: 3.1.3.1.
    pub client_identifier: &'a str,
    /// The Will Message.
    pub will: Option<Will<'a>>,
    /// The user name.
    pub user_name: Option<&'a str>,
    /// The password.
    pub password: Option<&'a [u8]>,
}

/// The Will Message in a CONNECT. Spec: 3.1.2.5, 3.1.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// The QoS at which it is published.
    pub qos: QoS,
    /// Whether it is published as a Retained Message.
    pub retain: bool,
    /// The Will Properties.
    pub properties: Properties<'a>,
    /// The Will Topic.
    pub topic: TopicName<'a>,
    /// The Will Payload; at most 65,535 bytes.
    pub payload: &'a [u8],
}

/// CONNACK. Spec: 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server has a Session for this client. Not on the wire in 3.1.
    pub session_present: bool,
    /// Return codes of 3.1 and 3.1.1 are translated.
    pub reason_code: ReasonCode,
    /// The CONNACK properties.
    pub properties: Properties<'a>,
}

/// PUBLISH. Spec: 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Perhaps a repetition of an earlier attempt. Spec: 3.3.1.1.
    pub dup: bool,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// To the server: keep it. From the server: it was kept. Spec: 3.3.1.3.
    pub retain: bool,
    /// `None`: of zero length, the Topic Alias stands for it. Spec: 3.3.2.1, 3.3.2.3.4.
    pub topic: Option<TopicName<'a>>,
    /// Present exactly when the QoS is above 0.
    pub packet_identifier: Option<PacketIdentifier>,
    /// The PUBLISH properties.
    pub properties: Properties<'a>,
    /// The Application Message.
    pub payload: &'a [u8],
}

/// The shape that PUBACK, PUBREC, PUBREL and PUBCOMP share. Spec: 3.4 to 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// Of the PUBLISH that this answers.
    pub packet_identifier: PacketIdentifier,
    /// `Success` in 3.1 and 3.1.1.
    pub reason_code: ReasonCode,
    /// Reason String and User Properties.
    pub properties: Properties<'a>,
}

/// SUBSCRIBE. Spec: 3.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Ties the SUBACK to this.
    pub packet_identifier: PacketIdentifier,
    /// Subscription Identifier and User Properties.
    pub properties: Properties<'a>,
    /// At least one Topic Filter with its options.
    pub subscriptions: Subscriptions<'a>,
}

/// The Topic Filters and options of a SUBSCRIBE, checked, in their wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscriptions<'a> {
    wire: &'a [u8],
}

/// Builds the list of a SUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionsBuf {
    wire: Vec<u8>,
}

/// What a client asks of a subscription. Spec: 3.8.3.1. In 3.1 and 3.1.1 only the QoS is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubscriptionOptions {
    /// The highest QoS at which messages are delivered.
    pub qos: QoS,
    /// Do not send me what I published.
    pub no_local: bool,
    /// Keep the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// Which Retained Messages are sent now.
    pub retain_handling: RetainHandling,
}

/// Which Retained Messages a SUBSCRIBE brings. Spec: 3.8.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// All that match.
    #[default]
    Send = 0,
    /// All that match if the subscription did not exist.
    SendIfNew = 1,
    /// None.
    DoNotSend = 2,
}

/// SUBACK. Spec: 3.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// Of the SUBSCRIBE that this answers.
    pub packet_identifier: PacketIdentifier,
    /// Reason String and User Properties.
    pub properties: Properties<'a>,
    /// One byte for each Topic Filter, in order; read them with [`SubAck::reason_codes`].
    pub(super) reason_codes: &'a [u8],
}

/// UNSUBSCRIBE. Spec: 3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Ties the UNSUBACK to this.
    pub packet_identifier: PacketIdentifier,
    /// User Properties.
    pub properties: Properties<'a>,
    /// At least one Topic Filter.
    pub topic_filters: TopicFilters<'a>,
}

/// The Topic Filters of an UNSUBSCRIBE, checked, in their wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicFilters<'a> {
    wire: &'a [u8],
}

/// Builds the list of an UNSUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicFiltersBuf {
    wire: Vec<u8>,
}

/// UNSUBACK. Spec: 3.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsubAck<'a> {
    /// Of the UNSUBSCRIBE that this answers.
    pub packet_identifier: PacketIdentifier,
    /// Reason String and User Properties.
    pub properties: Properties<'a>,
    /// One byte for each Topic Filter, in order; empty in 3.1 and 3.1.1.
    pub(super) reason_codes: &'a [u8],
}

/// DISCONNECT. Spec: 3.14. In 3.1 and 3.1.1 only a client sends it, and it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// `Success` is a normal end.
    pub reason_code: ReasonCode,
    /// The DISCONNECT properties.
    pub properties: Properties<'a>,
}

/// AUTH. Spec: 3.15. 5.0 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// `Success`, `ContinueAuthentication` or `ReAuthenticate`.
    pub reason_code: ReasonCode,
    /// Authentication Method and Data, Reason String, User Properties.
    pub properties: Properties<'a>,
}

#[expect(dead_code, reason = "the type that lists iterate over")]
type Entry<'a> = (TopicFilter<'a>, SubscriptionOptions);

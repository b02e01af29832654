//! From bytes to a Control Packet.

use super::error::{DecodeError, DecodeFault, EncodeError};
use super::fixed_header::{self, FixedHeader};
use super::primitive::Reader;
use super::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, Properties, PropertyOwner,
    ProtocolVersion, Publish, SubAck, Subscribe, UnsubAck, Unsubscribe,
};
use crate::ReasonCode;

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// It sends CONNECT.
    Client,
    /// It answers with CONNACK.
    Server,
}

/// By which rules bytes are read, and how much of what is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeOptions {
    /// The version that the connection speaks. A CONNECT is read by the version that it names itself.
    pub version: ProtocolVersion,
    /// Who sent the bytes; `None` accepts what either side may send.
    pub sender: Option<Side>,
    /// The largest packet, in bytes with its fixed header.
    pub packet_size_max: u32,
    /// The most properties in one block.
    pub properties_max: u16,
    /// The most levels in a Topic Name or Topic Filter.
    pub topic_levels_max: u16,
}

impl Default for DecodeOptions {
    /// MQTT 5.0 from either side, without limits but those of the standard.
    fn default() -> Self {
        Self {
            version: ProtocolVersion::V5_0,
            sender: None,
            packet_size_max: u32::MAX,
            properties_max: u16::MAX,
            topic_levels_max: u16::MAX,
        }
    }
}

impl DecodeOptions {
    /// What a server reads from its clients.
    pub fn from_client(version: ProtocolVersion) -> Self {
        Self { version, sender: Some(Side::Client), ..Self::default() }
    }

    /// What a client reads from its server.
    pub fn from_server(version: ProtocolVersion) -> Self {
        Self { version, sender: Some(Side::Server), ..Self::default() }
    }
}

/// Decodes the packet that `bytes` begin with, and tells how many bytes it takes.
///
/// `None`: the packet is not complete. What can be known to be wrong before it is complete already is an error.
/// Everything in the packet is borrowed from `bytes`; nothing is allocated.
///
/// ```
/// use polymqtt_core::codec::{DecodeOptions, Packet, decode};
///
/// let bytes = [0x30, 0x06, 0x00, 0x03, b'a', b'/', b'b', 0x00];
/// let (packet, len) = decode(&bytes, &DecodeOptions::default())?.unwrap();
/// let Packet::Publish(publish) = packet else { unreachable!() };
/// assert_eq!((publish.topic.unwrap().as_str(), len), ("a/b", 8));
/// # Ok::<(), polymqtt_core::codec::DecodeError>(())
/// ```
///
/// Spec: 2.1, 4.13.
#[inline]
pub fn decode<'a>(bytes: &'a [u8], options: &DecodeOptions) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
    let header = match fixed_header::read(bytes, options) {
        Ok(Some(header)) => header,
        Ok(None) => return Ok(None),
        Err((fault, packet_type)) => return Err(DecodeError::new(fault, packet_type, options.version)),
    };
    let len = header.len + header.remaining_len;
    let Some(body) = bytes.get(header.len..len) else { return Ok(None) };
    decode_body(header, body, options).map(|packet| Some((packet, len)))
}

#[inline]
fn decode_body<'a>(header: FixedHeader, body: &'a [u8], options: &DecodeOptions) -> Result<Packet<'a>, DecodeError> {
    if header.packet_type == PacketType::Publish {
        return match Publish::decode(header.flags, body, options) {
            Ok(publish) => Ok(Packet::Publish(publish)),
            Err(fault) => Err(DecodeError::new(fault, Some(PacketType::Publish), options.version)),
        };
    }
    decode_other(header.packet_type, body, options)
        .map_err(|(fault, version)| DecodeError::new(fault, Some(header.packet_type), version))
}

/// Any packet but PUBLISH.
fn decode_other<'a>(
    packet_type: PacketType,
    body: &'a [u8],
    options: &DecodeOptions,
) -> Result<Packet<'a>, (DecodeFault, ProtocolVersion)> {
    let acknowledgement = || Acknowledgement::decode(packet_type, body, options);
    let ping = |packet| if body.is_empty() { Ok(packet) } else { Err(DecodeFault::TrailingBytes) };
    match packet_type {
        PacketType::Connect => return Connect::decode(body, options).map(Packet::Connect),
        PacketType::Publish => Publish::decode(0, body, options).map(Packet::Publish),
        PacketType::ConnAck => ConnAck::decode(body, options).map(Packet::ConnAck),
        PacketType::PubAck => acknowledgement().map(Packet::PubAck),
        PacketType::PubRec => acknowledgement().map(Packet::PubRec),
        PacketType::PubRel => acknowledgement().map(Packet::PubRel),
        PacketType::PubComp => acknowledgement().map(Packet::PubComp),
        PacketType::Subscribe => Subscribe::decode(body, options).map(Packet::Subscribe),
        PacketType::SubAck => SubAck::decode(body, options).map(Packet::SubAck),
        PacketType::Unsubscribe => Unsubscribe::decode(body, options).map(Packet::Unsubscribe),
        PacketType::UnsubAck => UnsubAck::decode(body, options).map(Packet::UnsubAck),
        PacketType::PingReq => ping(Packet::PingReq),
        PacketType::PingResp => ping(Packet::PingResp),
        PacketType::Disconnect => Disconnect::decode(body, options).map(Packet::Disconnect),
        PacketType::Auth => Auth::decode(body, options).map(Packet::Auth),
    }
    .map_err(|fault| (fault, options.version))
}

/// A Reason Code that `sender` may put into this packet. Spec: 2.4.
pub(super) fn read_reason_code(
    value: u8,
    packet_type: PacketType,
    sender: Option<Side>,
) -> Result<ReasonCode, DecodeFault> {
    let reason_code = ReasonCode::from_u8(value).ok_or(DecodeFault::ReasonCodeUnknown(value))?;
    if reason_code.is_allowed_in(packet_type, sender) {
        Ok(reason_code)
    } else {
        Err(DecodeFault::ReasonCodeMisplaced(reason_code))
    }
}

/// The properties that end a packet, which may be missing altogether. Spec: 3.4.2.2.1, 3.14.2.2.1.
pub(super) fn read_last_properties<'a>(
    reader: &mut Reader<'a>,
    packet_type: PacketType,
    options: &DecodeOptions,
) -> Result<Properties<'a>, DecodeFault> {
    if reader.is_empty() {
        return Ok(Properties::EMPTY);
    }
    let properties = Properties::read(reader, PropertyOwner::Packet(packet_type), options.properties_max)?;
    if reader.is_empty() { Ok(properties) } else { Err(DecodeFault::TrailingBytes) }
}

/// Whether either side may send this Reason Code in this packet.
pub(super) fn check_reason_code(reason_code: ReasonCode, packet_type: PacketType) -> Result<(), EncodeError> {
    if reason_code.is_allowed_in(packet_type, None) {
        Ok(())
    } else {
        Err(EncodeError::ReasonCodeMisplaced(reason_code))
    }
}

/// The same for a list of them.
pub(super) fn check_reason_codes(values: &[u8], packet_type: PacketType) -> Result<(), EncodeError> {
    values.iter().try_for_each(|value| {
        let reason_code = ReasonCode::from_u8(*value).ok_or(EncodeError::ReasonCodeUnknown(*value))?;
        check_reason_code(reason_code, packet_type)
    })
}

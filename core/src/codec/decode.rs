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
    let Some(frame) = split(bytes, options)? else { return Ok(None) };
    if frame.packet_type == PacketType::Publish {
        return match Publish::decode(frame.flags, frame.body, options) {
            Ok(publish) => Ok(Some((Packet::Publish(publish), frame.len))),
            Err(fault) => Err(DecodeError::new(fault, Some(PacketType::Publish), options.version)),
        };
    }
    decode_other(frame.packet_type, frame.body, options).map(|packet| Some((packet, frame.len)))
}

/// A packet whose end is known and whose inside is not.
pub(super) struct Frame<'a> {
    pub(super) packet_type: PacketType,
    /// The low four bits of the first byte.
    pub(super) flags: u8,
    /// What follows the fixed header.
    pub(super) body: &'a [u8],
    /// How many bytes the packet takes with its fixed header.
    pub(super) len: usize,
}

/// The packet that `bytes` begin with; `None`: it is not complete.
#[inline]
pub(super) fn split<'a>(bytes: &'a [u8], options: &DecodeOptions) -> Result<Option<Frame<'a>>, DecodeError> {
    match fixed_header::read(bytes, options) {
        Ok(Some(FixedHeader { packet_type, flags, remaining_len, len: header_len })) => {
            let len = header_len + remaining_len;
            Ok(bytes.get(header_len..len).map(|body| Frame { packet_type, flags, body, len }))
        }
        Ok(None) => Ok(None),
        Err((fault, packet_type)) => Err(DecodeError::new(fault, packet_type, options.version)),
    }
}

/// Any packet but PUBLISH.
#[inline(never)]
pub(super) fn decode_other<'a>(
    packet_type: PacketType,
    body: &'a [u8],
    options: &DecodeOptions,
) -> Result<Packet<'a>, DecodeError> {
    let acknowledgement = || Acknowledgement::decode(packet_type, body, options);
    let ping = |packet| if body.is_empty() { Ok(packet) } else { Err(DecodeFault::TrailingBytes) };
    let decoded = match packet_type {
        PacketType::Connect => {
            return match Connect::decode(body, options) {
                Ok(connect) => Ok(Packet::Connect(connect)),
                Err((fault, version)) => Err(DecodeError::new(fault, Some(packet_type), version)),
            };
        }
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
    };
    decoded.map_err(|fault| DecodeError::new(fault, Some(packet_type), options.version))
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

//! The start of every Control Packet: its type, its flags and the length of what follows. Spec: 2.1.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{VARIABLE_BYTE_INTEGER_MAX, variable_byte_integer_len, write_variable_byte_integer};
use super::{DecodeOptions, PacketType, ProtocolVersion, Side};
use alloc::vec::Vec;

/// A fixed header that was received and checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedHeader {
    pub(super) packet_type: PacketType,
    /// The low four bits of the first byte.
    pub(super) flags: u8,
    /// The Remaining Length.
    pub(super) remaining_len: usize,
    /// How many bytes the fixed header itself takes.
    pub(super) len: usize,
}

/// Checks as much of the fixed header as is there; `None`: its end is not there yet.
///
/// What the first byte tells is judged before the length is looked at, so that the answer to a wrong packet does not
/// depend on how many of its bytes have come.
#[inline]
pub(super) fn read(
    bytes: &[u8],
    options: &DecodeOptions,
) -> Result<Option<FixedHeader>, (DecodeFault, Option<PacketType>)> {
    // By far the most packets are short PUBLISHes, about which there is nothing to judge here.
    let (first, remaining_len, len) = match *bytes {
        [first, low @ 0..=0x7F, ..] => (first, u32::from(low), 2),
        [first, low, high @ 1..=0x7F, ..] => (first, u32::from(low & 0x7F) | u32::from(high) << 7, 3),
        _ => return read_any(bytes, options),
    };
    if first >> 4 == PacketType::Publish as u8 && remaining_len + len <= options.packet_size_max {
        let (remaining_len, len) = (remaining_len as usize, len as usize);
        return Ok(Some(FixedHeader { packet_type: PacketType::Publish, flags: first & 0x0F, remaining_len, len }));
    }
    read_any(bytes, options)
}

fn read_any(bytes: &[u8], options: &DecodeOptions) -> Result<Option<FixedHeader>, (DecodeFault, Option<PacketType>)> {
    let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
    let packet_type = PacketType::from_u8(first >> 4).ok_or((DecodeFault::PacketTypeReserved, None))?;
    let fault = |fault| (fault, Some(packet_type));
    let flags = first & 0x0F;
    check_first(packet_type, flags, options).map_err(fault)?;
    let Some((remaining_len, length_len)) = read_remaining_len(rest).map_err(fault)? else { return Ok(None) };
    let len = 1 + length_len;
    if u32::try_from(len + remaining_len).is_ok_and(|size| size > options.packet_size_max) {
        return Err(fault(DecodeFault::PacketTooLarge));
    }
    Ok(Some(FixedHeader { packet_type, flags, remaining_len, len }))
}

/// What the first byte alone tells.
#[inline]
fn check_first(packet_type: PacketType, flags: u8, options: &DecodeOptions) -> Result<(), DecodeFault> {
    if packet_type != PacketType::Publish
        && flags != packet_type.reserved_flags()
        && !is_dup_of_3_1(packet_type, flags, options)
    {
        return Err(DecodeFault::FixedHeaderFlags);
    }
    if packet_type == PacketType::Auth && !options.version.has_properties() {
        return Err(DecodeFault::PacketTypeNotInVersion);
    }
    match options.sender {
        Some(sender) if !packet_type.is_sent_by(sender, options.version) => Err(DecodeFault::WrongSender),
        _ => Ok(()),
    }
}

/// 3.1 repeats PUBREL, SUBSCRIBE and UNSUBSCRIBE with DUP. Spec: MQTT 3.1, 2.1.
#[cold]
fn is_dup_of_3_1(packet_type: PacketType, flags: u8, options: &DecodeOptions) -> bool {
    options.version == ProtocolVersion::V3_1 && packet_type.reserved_flags() == 0b0010 && flags == 0b1010
}

/// The Remaining Length and how many bytes it takes.
#[inline]
fn read_remaining_len(bytes: &[u8]) -> Result<Option<(usize, usize)>, DecodeFault> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if *byte < 0x80 {
            // A last byte of 0 adds nothing: a shorter form exists.
            return if *byte == 0 && index > 0 {
                Err(DecodeFault::IntegerNotShortest)
            } else {
                Ok(Some((value, index + 1)))
            };
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(DecodeFault::IntegerTooLong) }
}

/// How many bytes the fixed header takes.
#[inline]
pub(super) const fn len(remaining_len: usize) -> usize {
    1 + variable_byte_integer_len(remaining_len)
}

#[inline]
pub(super) const fn check_remaining_len(remaining_len: usize) -> Result<usize, EncodeError> {
    if remaining_len <= VARIABLE_BYTE_INTEGER_MAX { Ok(remaining_len) } else { Err(EncodeError::PacketTooLong) }
}

/// Appends the fixed header of any packet but PUBLISH.
pub(super) fn write(packet_type: PacketType, remaining_len: usize, out: &mut Vec<u8>) {
    out.push((packet_type as u8) << 4 | packet_type.reserved_flags());
    write_variable_byte_integer(out, remaining_len);
}

impl PacketType {
    /// What the low four bits of the first byte must be; PUBLISH uses them itself. Spec: 2.1.3, table 2-2.
    const fn reserved_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            Self::Connect
            | Self::ConnAck
            | Self::Publish
            | Self::PubAck
            | Self::PubRec
            | Self::PubComp
            | Self::SubAck
            | Self::UnsubAck
            | Self::PingReq
            | Self::PingResp
            | Self::Disconnect
            | Self::Auth => 0,
        }
    }

    /// Whether this side may send it. Spec: 2.1.2, table 2-1.
    pub const fn is_sent_by(self, side: Side, version: ProtocolVersion) -> bool {
        match self {
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::PingReq => matches!(side, Side::Client),
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp => matches!(side, Side::Server),
            Self::Publish | Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => true,
            Self::Disconnect => matches!(side, Side::Client) || version.has_properties(),
            Self::Auth => version.has_properties(),
        }
    }
}

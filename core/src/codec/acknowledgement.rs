//! PUBACK, PUBREC, PUBREL and PUBCOMP, which have one shape. Spec: 3.4 to 3.7.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketIdentifier, PacketType, Properties, PropertyOwner, ProtocolVersion};
use crate::ReasonCode;
use alloc::vec::Vec;

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

impl<'a> Acknowledgement<'a> {
    /// An acknowledgement without properties.
    pub const fn new(packet_identifier: PacketIdentifier, reason_code: ReasonCode) -> Self {
        Self { packet_identifier, reason_code, properties: Properties::EMPTY }
    }

    #[inline]
    pub(super) fn decode(
        packet_type: PacketType,
        body: &'a [u8],
        options: &DecodeOptions,
    ) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(body);
        let packet_identifier = reader.packet_identifier()?;
        if reader.is_empty() {
            return Ok(Self::new(packet_identifier, ReasonCode::Success));
        }
        if !options.version.has_properties() {
            return Err(DecodeFault::TrailingBytes);
        }
        let reason_code = super::read_reason_code(reader.u8()?, packet_type, options.sender)?;
        let properties = super::read_last_properties(&mut reader, packet_type, options)?;
        Ok(Self { packet_identifier, reason_code, properties })
    }

    pub(super) fn body_len(&self, packet_type: PacketType, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if !version.has_properties() {
            return Ok(2);
        }
        super::check_reason_code(self.reason_code, packet_type)?;
        self.properties.check_owner(PropertyOwner::Packet(packet_type))?;
        Ok(match (self.properties.is_empty(), self.reason_code) {
            (true, ReasonCode::Success) => 2,
            (true, _) => 3,
            (false, _) => 3 + self.properties.counted_len(),
        })
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_identifier.as_u16().to_be_bytes());
        if !version.has_properties() || (self.properties.is_empty() && self.reason_code == ReasonCode::Success) {
            return;
        }
        out.push(self.reason_code.as_u8());
        if !self.properties.is_empty() {
            self.properties.write(out);
        }
    }
}

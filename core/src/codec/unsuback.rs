//! UNSUBACK: the server's answer to UNSUBSCRIBE. Spec: 3.11.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketIdentifier, PacketType, Properties, PropertyOwner, ProtocolVersion};
use crate::ReasonCode;
use alloc::vec::Vec;
use core::fmt;

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

impl<'a> UnsubAck<'a> {
    /// An UNSUBACK with one Reason Code for each Topic Filter, each given by its value on the wire.
    pub fn new(
        packet_identifier: PacketIdentifier,
        properties: Properties<'a>,
        reason_codes: &'a [u8],
    ) -> Result<Self, EncodeError> {
        super::check_reason_codes(reason_codes, PacketType::UnsubAck)?;
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    /// One Reason Code for each Topic Filter of the UNSUBSCRIBE, in their order; none in 3.1 and 3.1.1.
    pub fn reason_codes(&self) -> impl ExactSizeIterator<Item = ReasonCode> + Clone + fmt::Debug + use<'a> {
        // All were checked: the alternative is never taken.
        self.reason_codes.iter().map(|value| ReasonCode::from_u8(*value).unwrap_or(ReasonCode::UnspecifiedError))
    }

    /// The same, each by its value on the wire.
    pub const fn reason_code_bytes(&self) -> &'a [u8] {
        self.reason_codes
    }

    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(body);
        let packet_identifier = reader.packet_identifier()?;
        if !options.version.has_properties() {
            return if reader.is_empty() {
                Ok(Self { packet_identifier, properties: Properties::EMPTY, reason_codes: &[] })
            } else {
                Err(DecodeFault::TrailingBytes)
            };
        }
        let properties = Properties::read(&mut reader, OWNER, options.properties_max)?;
        let reason_codes = reader.rest();
        if reason_codes.is_empty() {
            return Err(DecodeFault::ListEmpty);
        }
        for value in reason_codes {
            super::read_reason_code(*value, PacketType::UnsubAck, None)?;
        }
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if !version.has_properties() {
            return Ok(2);
        }
        if self.reason_codes.is_empty() {
            return Err(EncodeError::ListEmpty);
        }
        self.properties.check_owner(OWNER)?;
        Ok(2 + self.properties.counted_len() + self.reason_codes.len())
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_identifier.as_u16().to_be_bytes());
        if version.has_properties() {
            self.properties.write(out);
            out.extend_from_slice(self.reason_codes);
        }
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::UnsubAck);

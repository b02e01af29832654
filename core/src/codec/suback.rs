//! SUBACK: the server's answer to SUBSCRIBE. Spec: 3.9.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketIdentifier, PacketType, Properties, PropertyOwner, ProtocolVersion};
use crate::ReasonCode;
use alloc::vec::Vec;
use core::fmt;

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

impl<'a> SubAck<'a> {
    /// A SUBACK with one Reason Code for each Topic Filter, each given by its value on the wire of 5.0.
    pub fn new(
        packet_identifier: PacketIdentifier,
        properties: Properties<'a>,
        reason_codes: &'a [u8],
    ) -> Result<Self, EncodeError> {
        super::check_reason_codes(reason_codes, PacketType::SubAck)?;
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    /// One Reason Code for each Topic Filter of the SUBSCRIBE, in their order.
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
        let properties = if options.version.has_properties() {
            Properties::read(&mut reader, OWNER, options.properties_max)?
        } else {
            Properties::EMPTY
        };
        let reason_codes = reader.rest();
        if reason_codes.is_empty() {
            return Err(DecodeFault::ListEmpty);
        }
        for value in reason_codes {
            match (options.version, *value) {
                (ProtocolVersion::V5_0, value) => {
                    super::read_reason_code(value, PacketType::SubAck, None)?;
                }
                (ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1, 0..=2) | (ProtocolVersion::V3_1_1, 0x80) => {}
                (ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1, value) => {
                    return Err(DecodeFault::ReasonCodeUnknown(value));
                }
            }
        }
        Ok(Self { packet_identifier, properties, reason_codes })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if self.reason_codes.is_empty() {
            return Err(EncodeError::ListEmpty);
        }
        let list_len = self.reason_codes.len();
        match version {
            ProtocolVersion::V3_1 if self.reason_codes().any(ReasonCode::is_error) => Err(EncodeError::NotInVersion),
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => Ok(2 + list_len),
            ProtocolVersion::V5_0 => {
                self.properties.check_owner(OWNER)?;
                Ok(2 + self.properties.counted_len() + list_len)
            }
        }
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_identifier.as_u16().to_be_bytes());
        if version.has_properties() {
            self.properties.write(out);
            out.extend_from_slice(self.reason_codes);
        } else {
            out.extend(self.reason_codes.iter().map(|value| (*value).min(FAILURE)));
        }
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::SubAck);

/// The only failure that 3.1.1 knows. Spec: MQTT 3.1.1, 3.9.3 [MQTT-3.9.3-2].
const FAILURE: u8 = 0x80;

//! CONNACK: the server's answer to CONNECT. Spec: 3.2.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketType, Properties, PropertyOwner, ProtocolVersion, Side};
use crate::ReasonCode;
use alloc::vec::Vec;

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

impl<'a> ConnAck<'a> {
    /// A CONNACK without properties; Session Present is 0.
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self { session_present: false, reason_code, properties: Properties::EMPTY }
    }

    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(body);
        let flags = reader.u8()?;
        let code = reader.u8()?;
        // 3.1 does not use this byte.
        let flags = if options.version == ProtocolVersion::V3_1 { 0 } else { flags };
        if flags & !SESSION_PRESENT != 0 {
            return Err(DecodeFault::ConnAckFlags);
        }
        let (reason_code, properties) = if options.version.has_properties() {
            let reason_code = super::read_reason_code(code, PacketType::ConnAck, Some(Side::Server))?;
            (reason_code, Properties::read(&mut reader, OWNER, options.properties_max)?)
        } else {
            (ReasonCode::from_return_code(code).ok_or(DecodeFault::ReturnCode(code))?, Properties::EMPTY)
        };
        if !reader.is_empty() {
            return Err(DecodeFault::TrailingBytes);
        }
        let session_present = flags & SESSION_PRESENT != 0;
        if session_present && reason_code.is_error() {
            return Err(DecodeFault::SessionPresentWithFailure);
        }
        Ok(Self { session_present, reason_code, properties })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        super::check_reason_code(self.reason_code, PacketType::ConnAck)?;
        if self.session_present && self.reason_code.is_error() {
            return Err(EncodeError::SessionPresentWithFailure);
        }
        if !version.has_properties() {
            return Ok(2);
        }
        self.properties.check_owner(OWNER)?;
        Ok(2 + self.properties.counted_len())
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        let session_present = self.session_present && version != ProtocolVersion::V3_1;
        out.push(if session_present { SESSION_PRESENT } else { 0 });
        if version.has_properties() {
            out.push(self.reason_code.as_u8());
            self.properties.write(out);
        } else {
            out.push(self.reason_code.to_return_code());
        }
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::ConnAck);

/// The only one of the Connect Acknowledge Flags. Spec: 3.2.2.1.1.
const SESSION_PRESENT: u8 = 0x01;

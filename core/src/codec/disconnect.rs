//! DISCONNECT: the end of a connection, and why. Spec: 3.14.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketType, Properties, PropertyIdentifier, PropertyOwner, ProtocolVersion, Side};
use crate::ReasonCode;
use alloc::vec::Vec;

/// DISCONNECT. Spec: 3.14. In 3.1 and 3.1.1 only a client sends it, and it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// `Success` is a normal end.
    pub reason_code: ReasonCode,
    /// The DISCONNECT properties.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// A DISCONNECT without properties.
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, properties: Properties::EMPTY }
    }

    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        if body.is_empty() {
            return Ok(Self::new(ReasonCode::Success));
        }
        if !options.version.has_properties() {
            return Err(DecodeFault::TrailingBytes);
        }
        let mut reader = Reader::new(body);
        let reason_code = super::read_reason_code(reader.u8()?, PacketType::Disconnect, options.sender)?;
        let properties = super::read_last_properties(&mut reader, PacketType::Disconnect, options)?;
        if options.sender == Some(Side::Server) && properties.contains(PropertyIdentifier::SessionExpiryInterval) {
            return Err(DecodeFault::SessionExpiryFromServer);
        }
        Ok(Self { reason_code, properties })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if !version.has_properties() {
            return Ok(0);
        }
        super::check_reason_code(self.reason_code, PacketType::Disconnect)?;
        self.properties.check_owner(OWNER)?;
        Ok(match (self.properties.is_empty(), self.reason_code) {
            (true, ReasonCode::Success) => 0,
            (true, _) => 1,
            (false, _) => 1 + self.properties.counted_len(),
        })
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        if !version.has_properties() || (self.properties.is_empty() && self.reason_code == ReasonCode::Success) {
            return;
        }
        out.push(self.reason_code.as_u8());
        if !self.properties.is_empty() {
            self.properties.write(out);
        }
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Disconnect);

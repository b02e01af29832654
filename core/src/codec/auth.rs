//! AUTH: a step of enhanced authentication. Spec: 3.15, 4.12.

use super::error::{DecodeFault, EncodeError};
use super::primitive::Reader;
use super::{DecodeOptions, PacketType, Properties, PropertyIdentifier, PropertyOwner, ProtocolVersion};
use crate::ReasonCode;
use alloc::vec::Vec;

/// AUTH. Spec: 3.15. 5.0 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// `Success`, `ContinueAuthentication` or `ReAuthenticate`.
    pub reason_code: ReasonCode,
    /// Authentication Method and Data, Reason String, User Properties.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    /// The empty AUTH stands for `Success` without properties. Any other needs an Authentication Method.
    /// Spec: 3.15.2.1, 3.15.2.2.2.
    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        if body.is_empty() {
            let reason_code = super::read_reason_code(ReasonCode::Success.as_u8(), PacketType::Auth, options.sender)?;
            return Ok(Self { reason_code, properties: Properties::EMPTY });
        }
        let mut reader = Reader::new(body);
        let reason_code = super::read_reason_code(reader.u8()?, PacketType::Auth, options.sender)?;
        let properties = Properties::read(&mut reader, OWNER, options.properties_max)?;
        if !reader.is_empty() {
            return Err(DecodeFault::TrailingBytes);
        }
        if !properties.contains(PropertyIdentifier::AuthenticationMethod) {
            return Err(DecodeFault::AuthenticationMethodMissing);
        }
        Ok(Self { reason_code, properties })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if !version.has_properties() {
            return Err(EncodeError::NotInVersion);
        }
        super::check_reason_code(self.reason_code, PacketType::Auth)?;
        self.properties.check_owner(OWNER)?;
        if self.is_empty() {
            return Ok(0);
        }
        if !self.properties.contains(PropertyIdentifier::AuthenticationMethod) {
            return Err(EncodeError::AuthenticationMethodMissing);
        }
        Ok(1 + self.properties.counted_len())
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if !self.is_empty() {
            out.push(self.reason_code.as_u8());
            self.properties.write(out);
        }
    }

    fn is_empty(&self) -> bool {
        self.reason_code == ReasonCode::Success && self.properties.is_empty()
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Auth);

//! The number that ties an acknowledgement to its packet.

use core::fmt;
use core::num::NonZeroU16;

/// A Packet Identifier: 1 to 65,535. Spec: 2.2.1 [MQTT-2.2.1-3].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PacketIdentifier(NonZeroU16);

impl PacketIdentifier {
    /// The smallest Packet Identifier.
    pub const MIN: Self = Self(NonZeroU16::MIN);

    /// `None` for 0, which is not a Packet Identifier.
    pub const fn new(value: u16) -> Option<Self> {
        match NonZeroU16::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number.
    pub const fn as_u16(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for PacketIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

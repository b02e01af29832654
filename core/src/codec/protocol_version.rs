//! Which MQTT is spoken on a connection.

use core::fmt;

/// A protocol version: the level byte in CONNECT. Spec: 3.1.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum ProtocolVersion {
    /// MQTT 3.1 (protocol name `MQIsdp`).
    V3_1 = 3,
    /// MQTT 3.1.1.
    V3_1_1 = 4,
    /// MQTT 5.0.
    #[default]
    V5_0 = 5,
}

impl ProtocolVersion {
    /// The version with this level byte.
    pub const fn from_u8(level: u8) -> Option<Self> {
        match level {
            3 => Some(Self::V3_1),
            4 => Some(Self::V3_1_1),
            5 => Some(Self::V5_0),
            _ => None,
        }
    }

    /// The level byte.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The Protocol Name that stands in CONNECT.
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V3_1 => "MQIsdp",
            Self::V3_1_1 | Self::V5_0 => "MQTT",
        }
    }

    /// Whether packets carry properties and Reason Codes: 5.0.
    pub const fn has_properties(self) -> bool {
        matches!(self, Self::V5_0)
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        })
    }
}

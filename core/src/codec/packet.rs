//! The 15 Control Packets.

use super::error::EncodeError;
use super::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, ProtocolVersion, Publish, SubAck, Subscribe, UnsubAck,
    Unsubscribe, fixed_header,
};
use alloc::vec::Vec;
use core::fmt;

/// The type of a Control Packet: the high four bits of its first byte. Spec: 2.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum PacketType {
    /// Client to server: connection request.
    Connect = 1,
    /// Server to client: connect acknowledgement.
    ConnAck = 2,
    /// A message, in either direction.
    Publish = 3,
    /// Acknowledges a QoS 1 PUBLISH.
    PubAck = 4,
    /// QoS 2, part 1: received.
    PubRec = 5,
    /// QoS 2, part 2: released.
    PubRel = 6,
    /// QoS 2, part 3: complete.
    PubComp = 7,
    /// Client to server: subscribe request.
    Subscribe = 8,
    /// Server to client: subscribe acknowledgement.
    SubAck = 9,
    /// Client to server: unsubscribe request.
    Unsubscribe = 10,
    /// Server to client: unsubscribe acknowledgement.
    UnsubAck = 11,
    /// Client to server: ping request.
    PingReq = 12,
    /// Server to client: ping response.
    PingResp = 13,
    /// The end of the connection.
    Disconnect = 14,
    /// A step of enhanced authentication (5.0).
    Auth = 15,
}

/// A decoded Control Packet, or one to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named after the packet that it holds")]
pub enum Packet<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(Acknowledgement<'a>),
    PubRec(Acknowledgement<'a>),
    PubRel(Acknowledgement<'a>),
    PubComp(Acknowledgement<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl PacketType {
    /// The type with this number; `None` for 0, which is reserved, and above 15.
    #[inline]
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The number on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The name in the standard, such as `PUBLISH`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Packet<'_> {
    /// Which packet it is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    /// How many bytes [`encode`](Self::encode) will write.
    pub fn encoded_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        self.body_len(version).map(|len| fixed_header::len(len) + len)
    }

    /// Appends the packet to `out` and returns how many bytes that were. On an error nothing is appended.
    ///
    /// In 3.1 and 3.1.1 properties and Reason Codes are left out, Reason Codes of CONNACK and SUBACK are translated, so
    /// one packet can be sent to peers of any version. A CONNECT is encoded for its own version.
    #[inline]
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
        if let Self::Publish(publish) = self { publish.encode(version, out) } else { self.encode_other(version, out) }
    }

    /// Any packet but PUBLISH.
    fn encode_other(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
        let remaining_len = self.body_len(version)?;
        let len = fixed_header::len(remaining_len) + remaining_len;
        out.reserve(len);
        fixed_header::write(self.packet_type(), remaining_len, out);
        match self {
            Self::Connect(packet) => packet.write(out),
            Self::ConnAck(packet) => packet.write(version, out),
            Self::PubAck(packet) | Self::PubRec(packet) | Self::PubRel(packet) | Self::PubComp(packet) => {
                packet.write(version, out);
            }
            Self::Subscribe(packet) => packet.write(version, out),
            Self::SubAck(packet) => packet.write(version, out),
            Self::Unsubscribe(packet) => packet.write(version, out),
            Self::UnsubAck(packet) => packet.write(version, out),
            Self::Publish(_) | Self::PingReq | Self::PingResp => {}
            Self::Disconnect(packet) => packet.write(version, out),
            Self::Auth(packet) => packet.write(out),
        }
        Ok(len)
    }

    /// Checks everything and gives the Remaining Length.
    #[inline]
    fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        let len = match self {
            Self::Publish(packet) => return packet.body_len(version),
            Self::Connect(packet) => packet.body_len(),
            Self::ConnAck(packet) => packet.body_len(version),
            Self::PubAck(packet) | Self::PubRec(packet) | Self::PubRel(packet) | Self::PubComp(packet) => {
                packet.body_len(self.packet_type(), version)
            }
            Self::Subscribe(packet) => packet.body_len(version),
            Self::SubAck(packet) => packet.body_len(version),
            Self::Unsubscribe(packet) => packet.body_len(version),
            Self::UnsubAck(packet) => packet.body_len(version),
            Self::PingReq | Self::PingResp => return Ok(0),
            Self::Disconnect(packet) => packet.body_len(version),
            Self::Auth(packet) => packet.body_len(version),
        };
        len.and_then(fixed_header::check_remaining_len)
    }
}

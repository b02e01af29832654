//! What is wrong with bytes that were received, or with a packet that is to be sent.

use super::{PacketType, PropertyIdentifier, ProtocolVersion};
use crate::ReasonCode;
use crate::topic::TopicFault;
use core::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $(($holds:ty))?: $reason:ident, $v5:literal, $v3:literal, $text:literal;)*) => {
        /// The rule that received bytes break.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DecodeFault {
            $($(#[$doc])* $name $(($holds))?,)*
        }

        impl DecodeFault {
            /// The Reason Code that tells the peer.
            pub const fn reason_code(self) -> ReasonCode {
                match self {
                    $(Self::$name { .. } => ReasonCode::$reason,)*
                }
            }

            const fn statement_v5(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $v5,)*
                }
            }

            const fn statement_v3(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $v3,)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $text,)*
                }
            }
        }
    };
}

faults! {
    /// The packet type is 0.
    PacketTypeReserved: MalformedPacket, "2.1.2", "2.2.1", "packet type 0 is reserved";
    /// The low four bits of the first byte are not what the packet demands.
    FixedHeaderFlags: MalformedPacket, "MQTT-2.1.3-1", "MQTT-2.2.2-2", "the reserved flags of the fixed header are wrong";
    /// Only the other side may send this packet.
    WrongSender: ProtocolError, "2.1.2", "2.2.1", "this packet only goes the other way";
    /// AUTH in 3.1 or 3.1.1.
    PacketTypeNotInVersion: ProtocolError, "2.1.2", "2.2.1", "this packet does not exist in this version";
    /// A Variable Byte Integer has more than four bytes.
    IntegerTooLong: MalformedPacket, "1.5.5", "2.2.3", "a variable byte integer has more than four bytes";
    /// A Variable Byte Integer is longer than it need be.
    IntegerNotShortest: MalformedPacket, "MQTT-1.5.5-1", "2.2.3", "a variable byte integer is not in its shortest form";
    /// The packet is larger than the receiver accepts.
    PacketTooLarge: PacketTooLarge, "3.1.2.11.4", "2.2.3", "the packet is larger than the limit";
    /// A field runs past the end of the packet.
    Truncated: MalformedPacket, "2.1.4", "2.2.3", "a field runs past the end of the packet";
    /// Bytes are left over.
    TrailingBytes: MalformedPacket, "2.1.4", "2.2.3", "bytes follow the last field of the packet";
    /// A string is not UTF-8, or it encodes a surrogate.
    StringNotUtf8: MalformedPacket, "MQTT-1.5.4-1", "MQTT-1.5.3-1", "a string is not well-formed UTF-8";
    /// A string contains U+0000.
    StringHasNull: MalformedPacket, "MQTT-1.5.4-2", "MQTT-1.5.3-2", "a string contains the null character";
    /// A Packet Identifier is 0.
    PacketIdentifierZero: ProtocolError, "MQTT-2.2.1-3", "MQTT-2.3.1-1", "the packet identifier must not be 0";
    /// QoS 3 in a PUBLISH.
    QoS3: MalformedPacket, "MQTT-3.3.1-4", "MQTT-3.3.1-4", "QoS 3 does not exist";
    /// DUP is set and the QoS is 0.
    DupWithQoS0: MalformedPacket, "MQTT-3.3.1-2", "MQTT-3.3.1-2", "DUP must be 0 when the QoS is 0";
    /// A Topic Name contains `+` or `#`.
    TopicNameWildcard: TopicNameInvalid, "MQTT-3.3.2-2", "MQTT-3.3.2-2", "a topic name must not contain '+' or '#'";
    /// A Topic Name breaks another rule.
    TopicName(TopicFault): TopicNameInvalid, "4.7", "4.7", "the topic name is not valid";
    /// A Topic Filter breaks a rule.
    TopicFilter(TopicFault): TopicFilterInvalid, "4.7", "4.7", "the topic filter is not valid";
    /// A topic has more levels than the receiver accepts.
    TopicLevels: QuotaExceeded, "4.7.1.1", "4.7.1.1", "the topic has more levels than the limit";
    /// A PUBLISH has neither a Topic Name nor a Topic Alias.
    TopicMissing: ProtocolError, "3.3.2.1", "MQTT-4.7.3-1", "there is neither a topic name nor a topic alias";
    /// A property identifier that the standard does not define.
    PropertyUnknown: MalformedPacket, "2.2.2.2", "2.2.2.2", "the property identifier is not defined";
    /// A property that does not belong in this packet.
    PropertyMisplaced(PropertyIdentifier): MalformedPacket, "2.2.2.2", "2.2.2.2", "does not belong in this packet";
    /// A property that may stand once only.
    PropertyRepeated(PropertyIdentifier): ProtocolError, "2.2.2.2", "2.2.2.2", "must not stand more than once";
    /// More properties than the receiver accepts.
    PropertyCount: QuotaExceeded, "2.2.2", "2.2.2", "there are more properties than the limit";
    /// 0 where 0 is not allowed.
    PropertyZero(PropertyIdentifier): ProtocolError, "2.2.2.2", "2.2.2.2", "must not be 0";
    /// A value other than 0 and 1.
    PropertyNotFlag(PropertyIdentifier): ProtocolError, "2.2.2.2", "2.2.2.2", "must be 0 or 1";
    /// Topic Alias 0.
    TopicAliasZero: TopicAliasInvalid, "MQTT-3.3.2-8", "MQTT-3.3.2-8", "a topic alias must not be 0";
    /// The Response Topic is not a Topic Name.
    ResponseTopic: ProtocolError, "MQTT-3.3.2-14", "MQTT-3.3.2-14", "the response topic is not a topic name";
    /// A client put a Subscription Identifier into a PUBLISH.
    SubscriptionIdentifierFromClient: ProtocolError, "MQTT-3.3.4-6", "MQTT-3.3.4-6",
        "a client must not send a subscription identifier in a PUBLISH";
    /// A server put a Session Expiry Interval into a DISCONNECT.
    SessionExpiryFromServer: ProtocolError, "MQTT-3.14.2-2", "MQTT-3.14.2-2",
        "a server must not send a session expiry interval in a DISCONNECT";
    /// Authentication Data without Authentication Method.
    AuthenticationDataAlone: ProtocolError, "3.1.2.11.10", "3.1.2.11.10",
        "there is authentication data but no authentication method";
    /// AUTH without Authentication Method.
    AuthenticationMethodMissing: ProtocolError, "3.15.2.2.2", "3.15.2.2.2", "there is no authentication method";
    /// A Reason Code that the standard does not define.
    ReasonCodeUnknown(u8): MalformedPacket, "2.4", "2.4", "the reason code is not defined";
    /// A Reason Code that does not belong in this packet, or that this side may not send.
    ReasonCodeMisplaced(ReasonCode): ProtocolError, "2.4", "2.4", "the reason code does not belong in this packet";
    /// The Protocol Name is not MQTT's.
    ProtocolName: UnsupportedProtocolVersion, "MQTT-3.1.2-1", "MQTT-3.1.2-1", "the protocol name is unknown";
    /// The protocol level is not 3, 4 or 5, or not the one of its Protocol Name.
    ProtocolLevel(u8): UnsupportedProtocolVersion, "MQTT-3.1.2-2", "MQTT-3.1.2-2", "the protocol version is not supported";
    /// The lowest bit of the Connect Flags is set.
    ConnectFlagReserved: MalformedPacket, "MQTT-3.1.2-3", "MQTT-3.1.2-3", "the reserved connect flag must be 0";
    /// Will QoS 3.
    WillQoS3: MalformedPacket, "MQTT-3.1.2-12", "MQTT-3.1.2-14", "will QoS 3 does not exist";
    /// Will QoS without a will.
    WillQoSWithoutWill: MalformedPacket, "MQTT-3.1.2-11", "MQTT-3.1.2-13", "there is a will QoS but no will";
    /// Will Retain without a will.
    WillRetainWithoutWill: MalformedPacket, "MQTT-3.1.2-13", "MQTT-3.1.2-15", "will retain is set but there is no will";
    /// The Will Topic is empty.
    WillTopicEmpty: TopicNameInvalid, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "the will topic must have at least one character";
    /// A password without a user name, in 3.1 or 3.1.1.
    PasswordWithoutUserName: MalformedPacket, "3.1.2.9", "MQTT-3.1.2-22", "there is a password but no user name";
    /// 3.1: not 1 to 23 characters. 3.1.1: empty, and Clean Session is 0.
    ClientIdentifier: ClientIdentifierNotValid, "MQTT-3.1.3-8", "MQTT-3.1.3-8",
        "the client identifier is not valid in this version";
    /// Bits 7 to 1 of the Connect Acknowledge Flags.
    ConnAckFlags: MalformedPacket, "MQTT-3.2.2-1", "3.2.2.1", "bits 7 to 1 of the acknowledge flags must be 0";
    /// Session Present together with a failure.
    SessionPresentWithFailure: ProtocolError, "MQTT-3.2.2-6", "MQTT-3.2.2-4",
        "session present must be 0 when the connection is refused";
    /// A return code of 3.1 or 3.1.1 that does not exist.
    ReturnCode(u8): MalformedPacket, "2.4", "MQTT-3.2.2-6", "the return code is reserved";
    /// SUBSCRIBE, UNSUBSCRIBE, SUBACK or UNSUBACK without an entry.
    ListEmpty: ProtocolError, "MQTT-3.8.3-2", "MQTT-3.8.3-3", "the list must have at least one entry";
    /// Reserved bits of the Subscription Options.
    SubscriptionOptionsReserved: MalformedPacket, "MQTT-3.8.3-5", "MQTT-3.8.3-4",
        "the reserved bits of the subscription options must be 0";
    /// Maximum QoS 3 in the Subscription Options.
    SubscriptionQoS3: ProtocolError, "3.8.3.1", "MQTT-3.8.3-4", "QoS 3 does not exist";
    /// Retain Handling 3.
    RetainHandling3: ProtocolError, "3.8.3.1", "3.8.3.1", "retain handling 3 does not exist";
    /// No Local on a Shared Subscription.
    NoLocalShared: ProtocolError, "MQTT-3.8.3-4", "MQTT-3.8.3-4", "no local must not be set on a shared subscription";
}

impl DecodeFault {
    /// The property that is at fault.
    pub const fn property(self) -> Option<PropertyIdentifier> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others are not about one property")]
        match self {
            Self::PropertyMisplaced(identifier)
            | Self::PropertyRepeated(identifier)
            | Self::PropertyZero(identifier)
            | Self::PropertyNotFlag(identifier) => Some(identifier),
            _ => None,
        }
    }
}

/// Why received bytes are not a packet: the rule that they break, in which packet, in which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecodeError {
    fault: DecodeFault,
    packet_type: Option<PacketType>,
    version: ProtocolVersion,
}

impl DecodeError {
    pub(super) const fn new(fault: DecodeFault, packet_type: Option<PacketType>, version: ProtocolVersion) -> Self {
        Self { fault, packet_type, version }
    }

    /// The rule that is broken.
    pub const fn fault(self) -> DecodeFault {
        self.fault
    }

    /// What tells the peer, in a DISCONNECT or CONNACK of 5.0.
    pub const fn reason_code(self) -> ReasonCode {
        self.fault.reason_code()
    }

    /// The packet in which the fault is; `None` when its type is not defined.
    pub const fn packet_type(self) -> Option<PacketType> {
        self.packet_type
    }

    /// The version by whose rules the packet was read, and in which an answer is understood.
    ///
    /// A CONNECT brings its own version. When its level is not supported, this is 3.1.1 for levels up to 4 and 5.0 for
    /// higher ones, so that a CONNACK encoded for it carries 0x01 or 0x84. Spec: 3.1.2.2 [MQTT-3.1.2-2].
    pub const fn protocol_version(self) -> ProtocolVersion {
        self.version
    }

    /// The statement that is broken, such as `MQTT-2.2.1-3`, or else the section, such as `3.3.2.1`.
    ///
    /// It is that of MQTT 5.0, or of 3.1.1 when the packet was read by the rules of 3.1 or 3.1.1.
    pub const fn statement(self) -> &'static str {
        let v5 = self.version.has_properties();
        match (self.fault, self.packet_type) {
            (DecodeFault::FixedHeaderFlags, Some(PacketType::PubRel)) => "MQTT-3.6.1-1",
            (DecodeFault::FixedHeaderFlags, Some(PacketType::Subscribe)) => "MQTT-3.8.1-1",
            (DecodeFault::FixedHeaderFlags, Some(PacketType::Unsubscribe)) => "MQTT-3.10.1-1",
            (DecodeFault::FixedHeaderFlags, Some(PacketType::Disconnect)) => "MQTT-3.14.1-1",
            (DecodeFault::FixedHeaderFlags, Some(PacketType::Auth)) => "MQTT-3.15.1-1",
            (DecodeFault::ListEmpty, Some(PacketType::Unsubscribe)) => "MQTT-3.10.3-2",
            (DecodeFault::ListEmpty, Some(PacketType::SubAck)) if v5 => "MQTT-3.8.4-6",
            (DecodeFault::ListEmpty, Some(PacketType::SubAck)) => "MQTT-3.8.4-5",
            (DecodeFault::ListEmpty, Some(PacketType::UnsubAck)) => "MQTT-3.11.3-1",
            (DecodeFault::ReasonCodeUnknown(_) | DecodeFault::ReasonCodeMisplaced(_), Some(packet_type)) => {
                reason_code_statement(packet_type)
            }
            (DecodeFault::TopicName(fault) | DecodeFault::TopicFilter(fault), _) if v5 => fault.statement(),
            (DecodeFault::TopicName(fault) | DecodeFault::TopicFilter(fault), _) => fault.statement_v3(),
            _ if v5 => self.fault.statement_v5(),
            _ => self.fault.statement_v3(),
        }
    }
}

const fn reason_code_statement(packet_type: PacketType) -> &'static str {
    match packet_type {
        PacketType::ConnAck => "MQTT-3.2.2-8",
        PacketType::PubAck => "MQTT-3.4.2-1",
        PacketType::PubRec => "MQTT-3.5.2-1",
        PacketType::PubRel => "MQTT-3.6.2-1",
        PacketType::PubComp => "MQTT-3.7.2-1",
        PacketType::SubAck => "MQTT-3.9.3-2",
        PacketType::UnsubAck => "MQTT-3.11.3-2",
        PacketType::Disconnect => "MQTT-3.14.2-1",
        PacketType::Auth => "MQTT-3.15.2-1",
        PacketType::Connect
        | PacketType::Publish
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::PingReq
        | PacketType::PingResp => "2.4",
    }
}

impl fmt::Display for DecodeError {
    /// For people: `PUBLISH: QoS 3 does not exist (MQTT 5.0, MQTT-3.3.1-4)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet_type) = self.packet_type {
            write!(f, "{packet_type}: ")?;
        }
        if let Some(property) = self.fault.property() {
            write!(f, "property {} ", property.name())?;
        }
        f.write_str(self.fault.text())?;
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others hold nothing to show")]
        match self.fault {
            DecodeFault::TopicName(fault) | DecodeFault::TopicFilter(fault) => write!(f, ": {}", fault.message())?,
            DecodeFault::ReasonCodeUnknown(value) | DecodeFault::ReturnCode(value) => write!(f, ": 0x{value:02X}")?,
            DecodeFault::ReasonCodeMisplaced(code) => write!(f, ": {code}")?,
            DecodeFault::ProtocolLevel(level) => write!(f, ": level {level}")?,
            _ => {}
        }
        let version = if self.version.has_properties() { "5.0" } else { "3.1.1" };
        write!(f, " (MQTT {version}, {})", self.statement())
    }
}

impl core::error::Error for DecodeError {}

/// Why a packet cannot be encoded: the caller's mistake. Nothing is written then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// A string or Binary Data has more than 65,535 bytes.
    FieldTooLong,
    /// A string contains U+0000.
    StringHasNull,
    /// The packet would have more than 268,435,455 bytes after its fixed header.
    PacketTooLong,
    /// This version does not have this packet, or what it says cannot be said in this version.
    NotInVersion,
    /// A property does not belong here.
    PropertyMisplaced(PropertyIdentifier),
    /// A property may stand once only.
    PropertyRepeated(PropertyIdentifier),
    /// The value of a property is out of its range.
    PropertyValue(PropertyIdentifier),
    /// The QoS is above 0 and there is no Packet Identifier.
    PacketIdentifierMissing,
    /// The QoS is 0 and there is a Packet Identifier.
    PacketIdentifierWithQoS0,
    /// The QoS is 0 and DUP is set.
    DupWithQoS0,
    /// There is neither a Topic Name nor a Topic Alias.
    TopicMissing,
    /// The Reason Code does not belong in this packet.
    ReasonCodeMisplaced(ReasonCode),
    /// A byte is not a Reason Code.
    ReasonCodeUnknown(u8),
    /// Session Present together with a failure.
    SessionPresentWithFailure,
    /// A list must have at least one entry.
    ListEmpty,
    /// 3.1: not 1 to 23 characters. 3.1.1: empty, and Clean Session is 0.
    ClientIdentifier,
    /// A password needs a user name in 3.1 and 3.1.1.
    PasswordWithoutUserName,
    /// Authentication Data needs an Authentication Method.
    AuthenticationDataAlone,
    /// AUTH needs an Authentication Method.
    AuthenticationMethodMissing,
    /// No Local must not be set on a Shared Subscription.
    NoLocalShared,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::FieldTooLong => "a string or binary field must not be longer than 65,535 bytes (MQTT 5.0, 1.5.4)",
            Self::StringHasNull => "a string must not contain the null character U+0000 (MQTT 5.0, 1.5.4)",
            Self::PacketTooLong => "a packet must not have more than 268,435,455 bytes (MQTT 5.0, 2.1.4)",
            Self::NotInVersion => "this cannot be said in this protocol version: use MQTT 5.0",
            Self::PropertyMisplaced(identifier) => {
                return write!(f, "property {} does not belong here (MQTT 5.0, 2.2.2.2)", identifier.name());
            }
            Self::PropertyRepeated(identifier) => {
                return write!(f, "property {} must not stand more than once (MQTT 5.0, 2.2.2.2)", identifier.name());
            }
            Self::PropertyValue(identifier) => {
                return write!(f, "the value of property {} is not allowed (MQTT 5.0, 2.2.2.2)", identifier.name());
            }
            Self::PacketIdentifierMissing => "QoS 1 and 2 need a packet identifier (MQTT 5.0, 2.2.1)",
            Self::PacketIdentifierWithQoS0 => "QoS 0 has no packet identifier (MQTT 5.0, 2.2.1)",
            Self::DupWithQoS0 => "DUP must not be set when the QoS is 0 (MQTT 5.0, 3.3.1.1)",
            Self::TopicMissing => "a PUBLISH needs a topic name or, in MQTT 5.0, a topic alias (MQTT 5.0, 3.3.2.1)",
            Self::ReasonCodeMisplaced(code) => {
                return write!(f, "reason code {code} does not belong in this packet (MQTT 5.0, 2.4)");
            }
            Self::ReasonCodeUnknown(value) => {
                return write!(f, "0x{value:02X} is not a reason code of this packet (MQTT 5.0, 2.4)");
            }
            Self::SessionPresentWithFailure => {
                "session present must not be set when the connection is refused (MQTT 5.0, 3.2.2.1.1)"
            }
            Self::ListEmpty => "the list must have at least one entry (MQTT 5.0, 3.8.3)",
            Self::ClientIdentifier => {
                "the client identifier needs 1 to 23 characters in MQTT 3.1; in 3.1.1 an empty one needs a clean session"
            }
            Self::PasswordWithoutUserName => "a password needs a user name in MQTT 3.1 and 3.1.1 (MQTT 3.1.1, 3.1.2.9)",
            Self::AuthenticationDataAlone => {
                "authentication data needs an authentication method (MQTT 5.0, 3.1.2.11.10)"
            }
            Self::AuthenticationMethodMissing => "AUTH needs an authentication method (MQTT 5.0, 3.15.2.2.2)",
            Self::NoLocalShared => "no local must not be set on a shared subscription (MQTT 5.0, 3.8.3.1)",
        };
        f.write_str(text)
    }
}

impl core::error::Error for EncodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{DecodeOptions, decode};
    use alloc::string::{String, ToString};

    fn message(bytes: &[u8], version: ProtocolVersion) -> String {
        decode(bytes, &DecodeOptions::from_client(version)).unwrap_err().to_string()
    }

    #[test]
    fn messages_say_what_is_wrong_where_and_by_which_rule() {
        let (v3, v5) = (ProtocolVersion::V3_1_1, ProtocolVersion::V5_0);
        assert_eq!(message(&[0x36, 0], v5), "PUBLISH: QoS 3 does not exist (MQTT 5.0, MQTT-3.3.1-4)");
        assert_eq!(message(&[0x36, 0], v3), "PUBLISH: QoS 3 does not exist (MQTT 3.1.1, MQTT-3.3.1-4)");
        assert_eq!(message(&[0x00, 0], v5), "packet type 0 is reserved (MQTT 5.0, 2.1.2)");
        assert_eq!(
            message(&[0x30, 8, 0, 1, b'a', 4, 0x01, 0, 0x01, 0], v5),
            "PUBLISH: property payload_format_indicator must not stand more than once (MQTT 5.0, 2.2.2.2)"
        );
        assert_eq!(
            message(&[0xE0, 1, 0x8E], v5),
            "DISCONNECT: the reason code does not belong in this packet: Session taken over (0x8E) \
             (MQTT 5.0, MQTT-3.14.2-1)"
        );
        assert_eq!(
            message(&[0x82, 8, 0, 1, 0, 0, 2, b'a', b'#', 0], v5),
            "SUBSCRIBE: the topic filter is not valid: '#' must stand alone in its level (MQTT 5.0, MQTT-4.7.1-1)"
        );
    }

    #[test]
    fn errors_are_small() {
        assert!(size_of::<DecodeError>() <= 4);
        assert!(size_of::<EncodeError>() <= 2);
    }
}

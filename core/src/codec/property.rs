//! The 27 properties of MQTT 5.0, from one table.

use super::PacketType;
use super::error::{DecodeFault, EncodeError};
use super::primitive::{
    FIELD_SIZE_BYTES_MAX, Reader, VARIABLE_BYTE_INTEGER_MAX, has_null, variable_byte_integer_len, write_binary,
    write_variable_byte_integer,
};
use crate::topic::TopicName;
use alloc::vec::Vec;

/// Where properties stand: a Control Packet, or the Will Properties inside CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyOwner {
    /// The properties of this Control Packet.
    Packet(PacketType),
    /// The Will Properties in the payload of CONNECT. Spec: 3.1.3.2.
    Will,
}

/// The value of a property, by its type. Spec: 2.2.2.2, table 2-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are those of `PropertyType`")]
pub enum PropertyValue<'a> {
    Byte(u8),
    TwoByteInteger(u16),
    FourByteInteger(u32),
    VariableByteInteger(u32),
    Utf8String(&'a str),
    Utf8StringPair(&'a str, &'a str),
    BinaryData(&'a [u8]),
}

/// The type of a property's value. Spec: 2.2.2.2, table 2-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyType {
    /// One byte.
    Byte,
    /// Two bytes, big-endian.
    TwoByteInteger,
    /// Four bytes, big-endian.
    FourByteInteger,
    /// One to four bytes, seven bits each.
    VariableByteInteger,
    /// A two-byte length and UTF-8.
    Utf8String,
    /// Two UTF-8 strings: name and value.
    Utf8StringPair,
    /// A two-byte length and bytes.
    BinaryData,
}

macro_rules! value_type {
    (Byte) => { u8 };
    (TwoByteInteger) => { u16 };
    (FourByteInteger) => { u32 };
    (VariableByteInteger) => { u32 };
    (Utf8String) => { &'a str };
    (Utf8StringPair) => { (&'a str, &'a str) };
    (BinaryData) => { &'a [u8] };
}

macro_rules! read_value {
    (Byte, $reader:ident) => {
        $reader.u8()?
    };
    (TwoByteInteger, $reader:ident) => {
        $reader.u16()?
    };
    (FourByteInteger, $reader:ident) => {
        $reader.u32()?
    };
    (VariableByteInteger, $reader:ident) => {
        $reader.variable_byte_integer()?
    };
    (Utf8String, $reader:ident) => {
        $reader.string()?
    };
    (Utf8StringPair, $reader:ident) => {
        ($reader.string()?, $reader.string()?)
    };
    (BinaryData, $reader:ident) => {
        $reader.binary()?
    };
}

macro_rules! value {
    (Byte, $value:ident) => {
        PropertyValue::Byte($value)
    };
    (TwoByteInteger, $value:ident) => {
        PropertyValue::TwoByteInteger($value)
    };
    (FourByteInteger, $value:ident) => {
        PropertyValue::FourByteInteger($value)
    };
    (VariableByteInteger, $value:ident) => {
        PropertyValue::VariableByteInteger($value)
    };
    (Utf8String, $value:ident) => {
        PropertyValue::Utf8String($value)
    };
    (Utf8StringPair, $value:ident) => {
        PropertyValue::Utf8StringPair($value.0, $value.1)
    };
    (BinaryData, $value:ident) => {
        PropertyValue::BinaryData($value)
    };
}

macro_rules! property_from {
    (Utf8StringPair, $name:ident, $value:ident) => {
        if let PropertyValue::Utf8StringPair(name, value) = $value { Some(Self::$name((name, value))) } else { None }
    };
    ($type:ident, $name:ident, $value:ident) => {
        if let PropertyValue::$type(value) = $value { Some(Self::$name(value)) } else { None }
    };
}

macro_rules! owners {
    ($($owner:ident)*) => { &[$(owners!(@ $owner)),*] };
    (@ Will) => { PropertyOwner::Will };
    (@ $packet:ident) => { PropertyOwner::Packet(PacketType::$packet) };
}

macro_rules! properties {
    ($($(#[$doc:meta])* $id:literal $name:ident $snake:literal: $type:ident in [$($owner:ident)*];)*) => {
        /// The identifier of a property. Spec: 2.2.2.2, table 2-4.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum PropertyIdentifier {
            $($(#[$doc])* $name = $id,)*
        }

        impl PropertyIdentifier {
            /// Every property, in the order of its identifier.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The property with this identifier; `None` for one that the standard does not define.
            pub const fn from_u8(identifier: u8) -> Option<Self> {
                match identifier {
                    $($id => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The property with this [`name`](Self::name).
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|identifier| identifier.name() == name)
            }

            /// The type of its value.
            pub const fn property_type(self) -> PropertyType {
                match self {
                    $(Self::$name => PropertyType::$type,)*
                }
            }

            /// Where it may stand.
            pub const fn owners(self) -> &'static [PropertyOwner] {
                match self {
                    $(Self::$name => owners!($($owner)*),)*
                }
            }

            /// Its name in the canonical text form and in the bindings, such as `message_expiry_interval`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $snake,)*
                }
            }
        }

        /// A property with its value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Property<'a> {
            $($(#[$doc])* $name(value_type!($type)),)*
        }

        impl<'a> Property<'a> {
            /// Reads the value that follows the identifier.
            #[inline]
            fn read_value(identifier: PropertyIdentifier, reader: &mut Reader<'a>) -> Result<Self, DecodeFault> {
                Ok(match identifier {
                    $(PropertyIdentifier::$name => Self::$name(read_value!($type, reader)),)*
                })
            }

            /// The property with this identifier and value; `None` when its value is of another type.
            pub const fn from_value(identifier: PropertyIdentifier, value: PropertyValue<'a>) -> Option<Self> {
                match identifier {
                    $(PropertyIdentifier::$name => property_from!($type, $name, value),)*
                }
            }

            /// Its value, whatever its meaning.
            pub const fn value(self) -> PropertyValue<'a> {
                match self {
                    $(Self::$name(value) => value!($type, value),)*
                }
            }

            /// Its identifier.
            pub const fn identifier(&self) -> PropertyIdentifier {
                match self {
                    $(Self::$name(_) => PropertyIdentifier::$name,)*
                }
            }
        }
    };
}

properties! {
    /// 0: unspecified bytes, 1: UTF-8 text. Spec: 3.3.2.3.2.
    0x01 PayloadFormatIndicator "payload_format_indicator": Byte in [Publish Will];
    /// The lifetime of the message in seconds. Spec: 3.3.2.3.3.
    0x02 MessageExpiryInterval "message_expiry_interval": FourByteInteger in [Publish Will];
    /// What the payload is, for example a MIME type. Spec: 3.3.2.3.9.
    0x03 ContentType "content_type": Utf8String in [Publish Will];
    /// Where a response is to be published. Spec: 3.3.2.3.5.
    0x08 ResponseTopic "response_topic": Utf8String in [Publish Will];
    /// Ties a response to its request. Spec: 3.3.2.3.6.
    0x09 CorrelationData "correlation_data": BinaryData in [Publish Will];
    /// 1 to 268,435,455; in PUBLISH once for each subscription that matched. Spec: 3.8.2.1.2, 3.3.2.3.8.
    0x0B SubscriptionIdentifier "subscription_identifier": VariableByteInteger in [Publish Subscribe];
    /// Seconds that the Session outlives the connection; `0xFFFF_FFFF`: it does not expire. Spec: 3.1.2.11.2.
    0x11 SessionExpiryInterval "session_expiry_interval": FourByteInteger in [Connect ConnAck Disconnect];
    /// The Client Identifier that the server chose. Spec: 3.2.2.3.7.
    0x12 AssignedClientIdentifier "assigned_client_identifier": Utf8String in [ConnAck];
    /// The Keep Alive in seconds that the server demands. Spec: 3.2.2.3.14.
    0x13 ServerKeepAlive "server_keep_alive": TwoByteInteger in [ConnAck];
    /// The name of the enhanced authentication. Spec: 3.1.2.11.9.
    0x15 AuthenticationMethod "authentication_method": Utf8String in [Connect ConnAck Auth];
    /// What the authentication method prescribes. Spec: 3.1.2.11.10.
    0x16 AuthenticationData "authentication_data": BinaryData in [Connect ConnAck Auth];
    /// 0: no Reason Strings and User Properties but in PUBLISH, CONNACK and DISCONNECT. Spec: 3.1.2.11.7.
    0x17 RequestProblemInformation "request_problem_information": Byte in [Connect];
    /// Seconds between the end of the connection and the publication of the will. Spec: 3.1.3.2.2.
    0x18 WillDelayInterval "will_delay_interval": FourByteInteger in [Will];
    /// 1: the client asks for Response Information. Spec: 3.1.2.11.6.
    0x19 RequestResponseInformation "request_response_information": Byte in [Connect];
    /// The basis of Response Topics. Spec: 3.2.2.3.15.
    0x1A ResponseInformation "response_information": Utf8String in [ConnAck];
    /// Another server to use. Spec: 4.11.
    0x1C ServerReference "server_reference": Utf8String in [ConnAck Disconnect];
    /// A diagnosis for people, not to be parsed. Spec: 3.2.2.3.9.
    0x1F ReasonString "reason_string":
        Utf8String in [ConnAck PubAck PubRec PubRel PubComp SubAck UnsubAck Disconnect Auth];
    /// How many QoS 1 and 2 publications the sender of this takes at the same time; never 0. Spec: 3.1.2.11.3.
    0x21 ReceiveMaximum "receive_maximum": TwoByteInteger in [Connect ConnAck];
    /// The highest Topic Alias that the sender of this accepts. Spec: 3.1.2.11.5.
    0x22 TopicAliasMaximum "topic_alias_maximum": TwoByteInteger in [Connect ConnAck];
    /// A number in place of a Topic Name; never 0. Spec: 3.3.2.3.4.
    0x23 TopicAlias "topic_alias": TwoByteInteger in [Publish];
    /// The highest QoS that the server supports: 0 or 1. Spec: 3.2.2.3.4.
    0x24 MaximumQoS "maximum_qos": Byte in [ConnAck];
    /// Whether the server keeps retained messages: 0 or 1. Spec: 3.2.2.3.5.
    0x25 RetainAvailable "retain_available": Byte in [ConnAck];
    /// A name and a value without meaning to the standard; may be repeated, order is kept. Spec: 3.1.2.11.8.
    0x26 UserProperty "user_property":
        Utf8StringPair in [Connect ConnAck Publish Will PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe UnsubAck
                           Disconnect Auth];
    /// The largest Control Packet in bytes that the sender of this accepts; never 0. Spec: 3.1.2.11.4.
    0x27 MaximumPacketSize "maximum_packet_size": FourByteInteger in [Connect ConnAck];
    /// Whether the server has wildcard subscriptions: 0 or 1. Spec: 3.2.2.3.11.
    0x28 WildcardSubscriptionAvailable "wildcard_subscription_available": Byte in [ConnAck];
    /// Whether the server has Subscription Identifiers: 0 or 1. Spec: 3.2.2.3.12.
    0x29 SubscriptionIdentifierAvailable "subscription_identifier_available": Byte in [ConnAck];
    /// Whether the server has Shared Subscriptions: 0 or 1. Spec: 3.2.2.3.13.
    0x2A SharedSubscriptionAvailable "shared_subscription_available": Byte in [ConnAck];
}

impl PropertyIdentifier {
    /// Whether it may stand in `owner`.
    pub const fn is_allowed_in(self, owner: PropertyOwner) -> bool {
        owner.allowed() & self.bit() != 0
    }

    /// Whether it may stand there more than once: User Property anywhere, Subscription Identifier in PUBLISH.
    /// Spec: 3.1.2.11.8, 3.3.2.3.8.
    pub fn may_repeat_in(self, owner: PropertyOwner) -> bool {
        self == Self::UserProperty
            || (self == Self::SubscriptionIdentifier && owner == PropertyOwner::Packet(PacketType::Publish))
    }
}

impl<'a> Property<'a> {
    /// Reads a property: its identifier and its value. Whether it may stand here is not checked.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeFault> {
        let identifier = PropertyIdentifier::read(reader)?;
        Self::read_value(identifier, reader)
    }

    /// The first property of a wire form, and the bytes that follow it. `None`: there are no bytes, or they begin with
    /// something else. Whether it may stand there is not checked.
    pub fn split_first(wire: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader::new(wire);
        let property = Self::read(&mut reader).ok()?;
        Some((property, reader.rest()))
    }

    /// Checks everything that makes the value one that can be sent.
    pub(super) fn check_sendable(self) -> Result<(), EncodeError> {
        let string = |text: &str| match text {
            _ if text.len() > FIELD_SIZE_BYTES_MAX => Err(EncodeError::FieldTooLong),
            _ if has_null(text) => Err(EncodeError::StringHasNull),
            _ => Ok(()),
        };
        let identifier = self.identifier();
        let number = match self.value() {
            PropertyValue::Byte(value) => u32::from(value),
            PropertyValue::TwoByteInteger(value) => u32::from(value),
            PropertyValue::FourByteInteger(value) => value,
            PropertyValue::VariableByteInteger(value) => {
                if usize::try_from(value).is_ok_and(|value| value > VARIABLE_BYTE_INTEGER_MAX) {
                    return Err(EncodeError::PropertyValue(identifier));
                }
                value
            }
            PropertyValue::Utf8String(text) => {
                string(text)?;
                return identifier.check_text(text).map_err(|_| EncodeError::PropertyValue(identifier));
            }
            PropertyValue::Utf8StringPair(name, value) => return string(name).and_then(|()| string(value)),
            PropertyValue::BinaryData(bytes) if bytes.len() > FIELD_SIZE_BYTES_MAX => {
                return Err(EncodeError::FieldTooLong);
            }
            PropertyValue::BinaryData(_) => return Ok(()),
        };
        identifier.check_number(number).map_err(|_| EncodeError::PropertyValue(identifier))
    }

    /// How many bytes it takes, with its identifier.
    pub const fn wire_len(self) -> usize {
        1 + match self.value() {
            PropertyValue::Byte(_) => 1,
            PropertyValue::TwoByteInteger(_) => 2,
            PropertyValue::FourByteInteger(_) => 4,
            PropertyValue::VariableByteInteger(value) => variable_byte_integer_len(value as usize),
            PropertyValue::Utf8String(text) => 2 + text.len(),
            PropertyValue::Utf8StringPair(name, value) => 4 + name.len() + value.len(),
            PropertyValue::BinaryData(bytes) => 2 + bytes.len(),
        }
    }

    /// Appends its wire form. Its value must be one that can be sent.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.push(self.identifier().as_u8());
        match self.value() {
            PropertyValue::Byte(value) => out.push(value),
            PropertyValue::TwoByteInteger(value) => out.extend_from_slice(&value.to_be_bytes()),
            PropertyValue::FourByteInteger(value) => out.extend_from_slice(&value.to_be_bytes()),
            PropertyValue::VariableByteInteger(value) => write_variable_byte_integer(out, value as usize),
            PropertyValue::Utf8String(text) => write_binary(out, text.as_bytes()),
            PropertyValue::Utf8StringPair(name, value) => {
                write_binary(out, name.as_bytes());
                write_binary(out, value.as_bytes());
            }
            PropertyValue::BinaryData(bytes) => write_binary(out, bytes),
        }
    }
}

impl PropertyIdentifier {
    /// The number on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// A set with this property only; every identifier is below 63.
    pub(super) const fn bit(self) -> u64 {
        1 << self.as_u8()
    }

    /// Reads an identifier. It is a Variable Byte Integer, but none that is defined needs a second byte.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeFault> {
        Self::from_u8(reader.u8()?).ok_or(DecodeFault::PropertyUnknown)
    }

    /// What the standard demands of a number beyond its type.
    #[inline]
    const fn check_number(self, value: u32) -> Result<(), DecodeFault> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others may have any value")]
        match self {
            Self::PayloadFormatIndicator
            | Self::RequestProblemInformation
            | Self::RequestResponseInformation
            | Self::MaximumQoS
            | Self::RetainAvailable
            | Self::WildcardSubscriptionAvailable
            | Self::SubscriptionIdentifierAvailable
            | Self::SharedSubscriptionAvailable
                if value > 1 =>
            {
                Err(DecodeFault::PropertyNotFlag(self))
            }
            Self::ReceiveMaximum | Self::MaximumPacketSize | Self::SubscriptionIdentifier if value == 0 => {
                Err(DecodeFault::PropertyZero(self))
            }
            Self::TopicAlias if value == 0 => Err(DecodeFault::TopicAliasZero),
            _ => Ok(()),
        }
    }

    /// What the standard demands of a text beyond its type.
    fn check_text(self, text: &str) -> Result<(), DecodeFault> {
        if self == Self::ResponseTopic && TopicName::new(text).is_err() {
            return Err(DecodeFault::ResponseTopic);
        }
        Ok(())
    }

    /// Skips the value that follows the identifier in bytes from a peer, and checks all that is demanded of it.
    #[inline]
    pub(super) fn check_value(self, reader: &mut Reader<'_>) -> Result<(), DecodeFault> {
        let number = match self.property_type() {
            PropertyType::Byte => u32::from(reader.u8()?),
            PropertyType::TwoByteInteger => u32::from(reader.u16()?),
            PropertyType::FourByteInteger => reader.u32()?,
            PropertyType::VariableByteInteger => reader.variable_byte_integer()?,
            PropertyType::Utf8String if self == Self::ResponseTopic => return self.check_text(reader.string()?),
            PropertyType::Utf8String => return reader.skip_string(),
            PropertyType::Utf8StringPair => {
                reader.skip_string()?;
                return reader.skip_string();
            }
            PropertyType::BinaryData => {
                reader.binary()?;
                return Ok(());
            }
        };
        self.check_number(number)
    }

    /// Skips the value that follows the identifier in bytes that were checked.
    #[inline]
    pub(super) fn skip_value(self, reader: &mut Reader<'_>) -> Result<(), DecodeFault> {
        match self.property_type() {
            PropertyType::Byte => reader.bytes(1)?,
            PropertyType::TwoByteInteger => reader.bytes(2)?,
            PropertyType::FourByteInteger => reader.bytes(4)?,
            PropertyType::VariableByteInteger => {
                reader.variable_byte_integer()?;
                return Ok(());
            }
            PropertyType::Utf8String | PropertyType::BinaryData => reader.binary()?,
            PropertyType::Utf8StringPair => {
                reader.binary()?;
                reader.binary()?
            }
        };
        Ok(())
    }
}

impl PropertyOwner {
    /// The set of properties that may stand here.
    #[inline]
    pub(super) const fn allowed(self) -> u64 {
        macro_rules! sets {
            ($($packet:ident)*) => {
                match self {
                    Self::Will => const { allowed(Self::Will) },
                    $(Self::Packet(PacketType::$packet) => const { allowed(Self::Packet(PacketType::$packet)) },)*
                }
            };
        }
        sets!(Connect ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe UnsubAck PingReq PingResp
              Disconnect Auth)
    }

    const fn index(self) -> u8 {
        match self {
            Self::Will => 0,
            Self::Packet(packet_type) => packet_type as u8,
        }
    }
}

/// Goes through the table, when compiling.
const fn allowed(owner: PropertyOwner) -> u64 {
    let mut set = 0;
    let mut identifiers = PropertyIdentifier::ALL;
    while let [identifier, rest @ ..] = identifiers {
        let mut owners = identifier.owners();
        while let [each, others @ ..] = owners {
            if each.index() == owner.index() {
                set |= identifier.bit();
            }
            owners = others;
        }
        identifiers = rest;
    }
    set
}

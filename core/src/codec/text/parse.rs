//! From the canonical text form to bytes.

use super::super::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, EncodeError, Packet, PacketIdentifier, PacketType,
    PropertiesBuf, Property, PropertyIdentifier, PropertyType, PropertyValue, ProtocolVersion, Publish, QoS,
    RetainHandling, SubAck, Subscribe, SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, UnsubAck, Unsubscribe,
    Will,
};
use crate::ReasonCode;
use crate::topic::{TopicError, TopicFilter, TopicName};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

/// Why a line is not a packet in canonical text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextError {
    /// Something else was expected after this many bytes of the line.
    Expected {
        /// What should stand there.
        what: &'static str,
        /// How many bytes of the line stand before it.
        position: usize,
    },
    /// A Topic Name or Topic Filter is not valid.
    Topic(TopicError),
    /// The packet says what cannot be sent.
    Encode(EncodeError),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected { what, position } => write!(f, "after byte {position} of the line: expected {what}"),
            Self::Topic(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TextError {}

impl From<TopicError> for TextError {
    fn from(error: TopicError) -> Self {
        Self::Topic(error)
    }
}

impl From<EncodeError> for TextError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

/// Reads a packet in canonical text form and appends its bytes in `version` to `out`; returns how many that were.
///
/// ```
/// use polymqtt_core::codec::{ProtocolVersion, text};
///
/// let mut bytes = Vec::new();
/// text::encode("PUBACK packet_identifier=7 reason_code=0x10 properties=[]", ProtocolVersion::V5_0, &mut bytes)?;
/// assert_eq!(bytes, [0x40, 0x03, 0x00, 0x07, 0x10]);
/// # Ok::<(), polymqtt_core::codec::text::TextError>(())
/// ```
#[expect(clippy::redundant_closure, reason = "the bare variants are not generic over the lifetime")]
pub fn encode(line: &str, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<usize, TextError> {
    let cursor = &mut Cursor { line, rest: line, version };
    let name = cursor.take_while(|character| character.is_ascii_uppercase());
    let packet_type = (1..=15).filter_map(PacketType::from_u8).find(|packet_type| packet_type.name() == name);
    match packet_type.ok_or_else(|| cursor.expected("the name of a packet"))? {
        PacketType::Connect => cursor.connect(out),
        PacketType::ConnAck => cursor.connack(out),
        PacketType::Publish => cursor.publish(out),
        PacketType::PubAck => cursor.acknowledgement(|packet| Packet::PubAck(packet), out),
        PacketType::PubRec => cursor.acknowledgement(|packet| Packet::PubRec(packet), out),
        PacketType::PubRel => cursor.acknowledgement(|packet| Packet::PubRel(packet), out),
        PacketType::PubComp => cursor.acknowledgement(|packet| Packet::PubComp(packet), out),
        PacketType::Subscribe => cursor.subscribe(out),
        PacketType::SubAck => cursor.suback(out),
        PacketType::Unsubscribe => cursor.unsubscribe(out),
        PacketType::UnsubAck => cursor.unsuback(out),
        PacketType::PingReq => cursor.finish(&Packet::PingReq, out),
        PacketType::PingResp => cursor.finish(&Packet::PingResp, out),
        PacketType::Disconnect => cursor.disconnect(out),
        PacketType::Auth => cursor.auth(out),
    }
}

/// A line that is being read, and the version that it is read for.
struct Cursor<'a> {
    line: &'a str,
    rest: &'a str,
    version: ProtocolVersion,
}

impl Cursor<'_> {
    fn connect(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        self.key("protocol_version")?;
        let level = [ProtocolVersion::V3_1_1, ProtocolVersion::V3_1, ProtocolVersion::V5_0];
        let text = self.take_while(|character| character.is_ascii_digit() || character == '.');
        let known = level.into_iter().find(|version| match version {
            ProtocolVersion::V3_1 => text == "3.1",
            ProtocolVersion::V3_1_1 => text == "3.1.1",
            ProtocolVersion::V5_0 => text == "5.0",
        });
        self.version = known.ok_or_else(|| self.expected("a protocol version"))?;
        let clean_start = self.flag("clean_start")?;
        let keep_alive_s = self.number("keep_alive_s")?;
        let properties = self.properties()?;
        self.key("client_identifier")?;
        let client_identifier = self.string()?;
        let will = if self.try_key("will") { Some(self.will()?) } else { None };
        let will = match &will {
            Some(will) => Some(Will {
                qos: will.qos,
                retain: will.retain,
                properties: will.properties.as_properties(),
                topic: TopicName::new(&will.topic)?,
                payload: &will.payload,
            }),
            None => None,
        };
        let user_name = if self.try_key("user_name") { Some(self.string()?) } else { None };
        let password = if self.try_key("password") { Some(self.hex()?) } else { None };
        let connect = Connect {
            protocol_version: self.version,
            clean_start,
            keep_alive_s,
            properties: properties.as_properties(),
            client_identifier: &client_identifier,
            will,
            user_name: user_name.as_deref(),
            password: password.as_deref(),
        };
        self.finish(&Packet::Connect(connect), out)
    }

    fn will(&mut self) -> Result<OwnedWill, TextError> {
        self.literal("[qos=", "'['")?;
        let qos = self.qos()?;
        let retain = self.flag("retain")?;
        let properties = self.properties()?;
        self.key("topic")?;
        let topic = self.string()?;
        self.key("payload")?;
        let payload = self.hex()?;
        self.literal("]", "']'")?;
        Ok(OwnedWill { qos, retain, properties, topic, payload })
    }

    fn connack(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let session_present = self.flag("session_present")?;
        self.key("reason_code")?;
        let reason_code = self.reason_code()?;
        let properties = self.properties()?;
        let connack = ConnAck { session_present, reason_code, properties: properties.as_properties() };
        self.finish(&Packet::ConnAck(connack), out)
    }

    fn publish(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let dup = self.flag("dup")?;
        self.key("qos")?;
        let qos = self.qos()?;
        let retain = self.flag("retain")?;
        self.key("topic")?;
        let topic = self.string()?;
        let topic = if topic.is_empty() { None } else { Some(TopicName::new(&topic)?) };
        let packet_identifier = if self.try_key("packet_identifier") { Some(self.identifier_value()?) } else { None };
        let properties = self.properties()?;
        self.key("payload")?;
        let payload = self.hex()?;
        let properties = properties.as_properties();
        let publish = Publish { dup, qos, retain, topic, packet_identifier, properties, payload: &payload };
        self.finish(&Packet::Publish(publish), out)
    }

    fn acknowledgement(
        &mut self,
        packet: fn(Acknowledgement<'_>) -> Packet<'_>,
        out: &mut Vec<u8>,
    ) -> Result<usize, TextError> {
        let packet_identifier = self.packet_identifier()?;
        let reason_code = self.optional_reason_code()?;
        let properties = self.properties()?;
        let properties = properties.as_properties();
        self.finish(&packet(Acknowledgement { packet_identifier, reason_code, properties }), out)
    }

    fn subscribe(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let packet_identifier = self.packet_identifier()?;
        let properties = self.properties()?;
        let mut subscriptions = SubscriptionsBuf::new();
        self.key("subscriptions")?;
        self.list(|cursor| {
            cursor.literal("filter=", "filter")?;
            let topic_filter = cursor.string()?;
            cursor.key("qos")?;
            let mut options = SubscriptionOptions::new(cursor.qos()?);
            if cursor.version.has_properties() {
                options.no_local = cursor.flag("no_local")?;
                options.retain_as_published = cursor.flag("retain_as_published")?;
                options.retain_handling = RetainHandling::from_u8(cursor.number("retain_handling")?)
                    .ok_or_else(|| cursor.expected("a retain handling of 0 to 2"))?;
            }
            Ok(subscriptions.push(cursor.topic_filter(&topic_filter)?, options)?)
        })?;
        let subscribe = Subscribe {
            packet_identifier,
            properties: properties.as_properties(),
            subscriptions: subscriptions.as_subscriptions(),
        };
        self.finish(&Packet::Subscribe(subscribe), out)
    }

    fn suback(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let packet_identifier = self.packet_identifier()?;
        let properties = self.properties()?;
        let reason_codes = self.reason_codes()?;
        let suback = SubAck::new(packet_identifier, properties.as_properties(), &reason_codes)?;
        self.finish(&Packet::SubAck(suback), out)
    }

    fn unsubscribe(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let packet_identifier = self.packet_identifier()?;
        let properties = self.properties()?;
        let mut topic_filters = TopicFiltersBuf::new();
        self.key("topic_filters")?;
        self.list(|cursor| {
            let topic_filter = cursor.string()?;
            topic_filters.push(cursor.topic_filter(&topic_filter)?);
            Ok(())
        })?;
        let unsubscribe = Unsubscribe {
            packet_identifier,
            properties: properties.as_properties(),
            topic_filters: topic_filters.as_topic_filters(),
        };
        self.finish(&Packet::Unsubscribe(unsubscribe), out)
    }

    fn unsuback(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let packet_identifier = self.packet_identifier()?;
        let properties = self.properties()?;
        let reason_codes = if self.version.has_properties() { self.reason_codes()? } else { Vec::new() };
        let unsuback = UnsubAck::new(packet_identifier, properties.as_properties(), &reason_codes)?;
        self.finish(&Packet::UnsubAck(unsuback), out)
    }

    fn disconnect(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let reason_code = self.optional_reason_code()?;
        let properties = self.properties()?;
        self.finish(&Packet::Disconnect(Disconnect { reason_code, properties: properties.as_properties() }), out)
    }

    fn auth(&mut self, out: &mut Vec<u8>) -> Result<usize, TextError> {
        let reason_code = self.optional_reason_code()?;
        let properties = self.properties()?;
        self.finish(&Packet::Auth(Auth { reason_code, properties: properties.as_properties() }), out)
    }

    fn finish(&self, packet: &Packet<'_>, out: &mut Vec<u8>) -> Result<usize, TextError> {
        if self.rest.is_empty() {
            Ok(packet.encode(self.version, out)?)
        } else {
            Err(self.expected("the end of the line"))
        }
    }

    fn properties(&mut self) -> Result<PropertiesBuf, TextError> {
        let mut properties = PropertiesBuf::new();
        if self.version.has_properties() {
            self.key("properties")?;
            self.list(|cursor| cursor.property(&mut properties))?;
        }
        Ok(properties)
    }

    fn property(&mut self, properties: &mut PropertiesBuf) -> Result<(), TextError> {
        let name = self.take_while(|character| character.is_ascii_lowercase() || character == '_');
        let identifier = PropertyIdentifier::from_name(name).ok_or_else(|| self.expected("the name of a property"))?;
        self.literal("=", "'='")?;
        let (text, more, bytes);
        let value = match identifier.property_type() {
            PropertyType::Byte => PropertyValue::Byte(self.number_value()?),
            PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(self.number_value()?),
            PropertyType::FourByteInteger => PropertyValue::FourByteInteger(self.number_value()?),
            PropertyType::VariableByteInteger => PropertyValue::VariableByteInteger(self.number_value()?),
            PropertyType::Utf8String => {
                text = self.string()?;
                PropertyValue::Utf8String(&text)
            }
            PropertyType::Utf8StringPair => {
                text = self.string()?;
                self.literal(":", "':'")?;
                more = self.string()?;
                PropertyValue::Utf8StringPair(&text, &more)
            }
            PropertyType::BinaryData => {
                bytes = self.hex()?;
                PropertyValue::BinaryData(&bytes)
            }
        };
        let property =
            Property::from_value(identifier, value).ok_or_else(|| self.expected("a value of another type"))?;
        Ok(properties.push(property)?)
    }

    fn reason_codes(&mut self) -> Result<Vec<u8>, TextError> {
        let mut reason_codes = Vec::new();
        self.key("reason_codes")?;
        self.list(|cursor| {
            reason_codes.push(cursor.reason_code()?.as_u8());
            Ok(())
        })?;
        Ok(reason_codes)
    }

    fn optional_reason_code(&mut self) -> Result<ReasonCode, TextError> {
        if !self.version.has_properties() {
            return Ok(ReasonCode::Success);
        }
        self.key("reason_code")?;
        self.reason_code()
    }

    fn reason_code(&mut self) -> Result<ReasonCode, TextError> {
        self.literal("0x", "a reason code such as 0x80")?;
        let digits = self.take_while(|character| character.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16)
            .ok()
            .and_then(ReasonCode::from_u8)
            .ok_or_else(|| self.expected("a reason code such as 0x80"))
    }

    /// By the rules of the version, as when decoding.
    fn topic_filter<'t>(&self, text: &'t str) -> Result<TopicFilter<'t>, TextError> {
        Ok(if self.version.has_properties() { TopicFilter::new(text) } else { TopicFilter::plain(text) }?)
    }

    fn packet_identifier(&mut self) -> Result<PacketIdentifier, TextError> {
        self.key("packet_identifier")?;
        self.identifier_value()
    }

    fn identifier_value(&mut self) -> Result<PacketIdentifier, TextError> {
        PacketIdentifier::new(self.number_value()?).ok_or_else(|| self.expected("a packet identifier from 1"))
    }

    fn qos(&mut self) -> Result<QoS, TextError> {
        QoS::from_u8(self.number_value()?).ok_or_else(|| self.expected("a QoS of 0 to 2"))
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, TextError> {
        match self.number(name)? {
            0 => Ok(false),
            1 => Ok(true),
            2_u8.. => Err(self.expected("0 or 1")),
        }
    }

    fn number<T: FromStr>(&mut self, name: &'static str) -> Result<T, TextError> {
        self.key(name)?;
        self.number_value()
    }

    fn number_value<T: FromStr>(&mut self) -> Result<T, TextError> {
        let digits = self.take_while(|character| character.is_ascii_digit());
        digits.parse().map_err(|_| self.expected("a number that fits"))
    }

    fn string(&mut self) -> Result<String, TextError> {
        self.literal("\"", "'\"'")?;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|character| character != '"' && character != '\\'));
            if self.try_literal("\"") {
                return Ok(text);
            }
            self.literal("\\", "'\"'")?;
            let escapes = [("\"", '"'), ("\\", '\\'), ("n", '\n'), ("r", '\r'), ("t", '\t')];
            match escapes.into_iter().find(|(letter, _)| self.try_literal(letter)) {
                Some((_, character)) => text.push(character),
                None => text.push(self.hex_escape()?),
            }
        }
    }

    fn hex_escape(&mut self) -> Result<char, TextError> {
        let expected = self.expected("one of the escapes \\\" \\\\ \\n \\r \\t \\xHH");
        self.literal("x", "an escape")?;
        let (digits, rest) = self.rest.split_at_checked(2).ok_or(expected)?;
        let value = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii).ok_or(expected)?;
        self.rest = rest;
        Ok(char::from(value))
    }

    fn hex(&mut self) -> Result<Vec<u8>, TextError> {
        let digits = self.take_while(|character| character.is_ascii_hexdigit()).as_bytes();
        let (pairs, odd) = digits.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(self.expected("an even number of hexadecimal digits"));
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
            .collect::<Option<_>>()
            .ok_or_else(|| self.expected("hexadecimal digits"))
    }

    /// `[`, entries with a space between them, `]`.
    fn list(&mut self, mut entry: impl FnMut(&mut Self) -> Result<(), TextError>) -> Result<(), TextError> {
        self.literal("[", "'['")?;
        if self.try_literal("]") {
            return Ok(());
        }
        loop {
            entry(self)?;
            if self.try_literal("]") {
                return Ok(());
            }
            self.literal(" ", "a space or ']'")?;
        }
    }

    /// A space, the name and `=`.
    fn key(&mut self, name: &'static str) -> Result<(), TextError> {
        if self.try_key(name) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn try_key(&mut self, name: &str) -> bool {
        let after = self.rest.strip_prefix(' ').and_then(|rest| rest.strip_prefix(name)?.strip_prefix('='));
        after.inspect(|rest| self.rest = rest).is_some()
    }

    fn literal(&mut self, literal: &str, what: &'static str) -> Result<(), TextError> {
        if self.try_literal(literal) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn try_literal(&mut self, literal: &str) -> bool {
        self.rest.strip_prefix(literal).inspect(|rest| self.rest = rest).is_some()
    }

    const fn expected(&self, what: &'static str) -> TextError {
        TextError::Expected { what, position: self.line.len() - self.rest.len() }
    }
}

impl<'a> Cursor<'a> {
    fn take_while(&mut self, mut belongs: impl FnMut(char) -> bool) -> &'a str {
        let end = self.rest.find(|character| !belongs(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// A Will Message while its CONNECT is read.
struct OwnedWill {
    qos: QoS,
    retain: bool,
    properties: PropertiesBuf,
    topic: String,
    payload: Vec<u8>,
}

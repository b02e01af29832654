//! The canonical text form of a Control Packet: one line, every field, the same in every language.
//!
//! `PUBLISH dup=0 qos=1 retain=0 topic="a/b" packet_identifier=7 properties=[message_expiry_interval=60] payload=4869`
//!
//! Fields stand in a fixed order. A field that is absent from the packet is absent from the line, as are properties and
//! Reason Codes where the version has none. Numbers are decimal, flags 0 or 1, Reason Codes `0x` and two digits, Binary
//! Data and payloads lower-case hexadecimal digits. Strings stand in double quotes; `\"`, `\\`, `\n`, `\r`, `\t` and, for
//! other control characters below U+0080, `\xHH` are escapes. A line never contains a line break.
//!
//! The grammar is written down in `core/vectors/README.md`, beside the vectors that use it.

mod parse;

pub use parse::{TextError, encode};

use super::{
    Acknowledgement, ConnAck, Connect, Packet, Properties, Property, PropertyValue, ProtocolVersion, Publish,
    SubscriptionOptions, Subscriptions, Will,
};
use crate::ReasonCode;
use crate::topic::TopicFilter;
use core::fmt::{self, Write};

/// Writes `packet`, as it is said in `version`, as one line without a line break.
///
/// A CONNECT is written as its own version.
///
/// ```
/// use polymqtt_core::codec::{Packet, ProtocolVersion, Publish, text};
/// use polymqtt_core::topic::TopicName;
///
/// let packet = Packet::Publish(Publish::new(TopicName::new("a/b")?, b"Hi"));
/// let mut line = String::new();
/// text::write(&packet, ProtocolVersion::V3_1_1, &mut line)?;
/// assert_eq!(line, r#"PUBLISH dup=0 qos=0 retain=0 topic="a/b" payload=4869"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(packet: &Packet<'_>, version: ProtocolVersion, out: &mut impl Write) -> fmt::Result {
    let out = &mut Line { out, has_properties: version.has_properties() };
    out.out.write_str(packet.packet_type().name())?;
    match packet {
        Packet::Connect(connect) => out.connect(connect),
        Packet::ConnAck(connack) => out.connack(connack),
        Packet::Publish(publish) => out.publish(publish),
        Packet::PubAck(packet) | Packet::PubRec(packet) | Packet::PubRel(packet) | Packet::PubComp(packet) => {
            out.acknowledgement(packet)
        }
        Packet::Subscribe(packet) => {
            out.field("packet_identifier", packet.packet_identifier)?;
            out.properties(packet.properties)?;
            out.subscriptions(packet.subscriptions)
        }
        Packet::SubAck(packet) => {
            out.field("packet_identifier", packet.packet_identifier)?;
            out.properties(packet.properties)?;
            out.list("reason_codes", packet.reason_codes().map(Code))
        }
        Packet::Unsubscribe(packet) => {
            out.field("packet_identifier", packet.packet_identifier)?;
            out.properties(packet.properties)?;
            out.list("topic_filters", packet.topic_filters.iter().map(|filter| Quoted(filter.as_str())))
        }
        Packet::UnsubAck(packet) => {
            out.field("packet_identifier", packet.packet_identifier)?;
            out.properties(packet.properties)?;
            if out.has_properties { out.list("reason_codes", packet.reason_codes().map(Code)) } else { Ok(()) }
        }
        Packet::PingReq | Packet::PingResp => Ok(()),
        Packet::Disconnect(packet) => out.reason(packet.reason_code, packet.properties),
        Packet::Auth(packet) => out.reason(packet.reason_code, packet.properties),
    }
}

/// A line that is being written.
struct Line<'o, W> {
    out: &'o mut W,
    has_properties: bool,
}

impl<W: Write> Line<'_, W> {
    fn connect(&mut self, connect: &Connect<'_>) -> fmt::Result {
        self.has_properties = connect.protocol_version.has_properties();
        self.field("protocol_version", connect.protocol_version)?;
        self.field("clean_start", u8::from(connect.clean_start))?;
        self.field("keep_alive_s", connect.keep_alive_s)?;
        self.properties(connect.properties)?;
        self.field("client_identifier", Quoted(connect.client_identifier))?;
        if let Some(will) = &connect.will {
            self.will(will)?;
        }
        if let Some(user_name) = connect.user_name {
            self.field("user_name", Quoted(user_name))?;
        }
        connect.password.map_or(Ok(()), |password| self.field("password", Hex(password)))
    }

    fn will(&mut self, will: &Will<'_>) -> fmt::Result {
        write!(self.out, " will=[qos={} retain={}", will.qos.as_u8(), u8::from(will.retain))?;
        self.properties(will.properties)?;
        self.field("topic", Quoted(will.topic.as_str()))?;
        self.field("payload", Hex(will.payload))?;
        self.out.write_char(']')
    }

    fn connack(&mut self, connack: &ConnAck<'_>) -> fmt::Result {
        self.field("session_present", u8::from(connack.session_present))?;
        self.field("reason_code", Code(connack.reason_code))?;
        self.properties(connack.properties)
    }

    fn publish(&mut self, publish: &Publish<'_>) -> fmt::Result {
        self.field("dup", u8::from(publish.dup))?;
        self.field("qos", publish.qos.as_u8())?;
        self.field("retain", u8::from(publish.retain))?;
        self.field("topic", Quoted(publish.topic.map_or("", |topic| topic.as_str())))?;
        if let Some(packet_identifier) = publish.packet_identifier {
            self.field("packet_identifier", packet_identifier)?;
        }
        self.properties(publish.properties)?;
        self.field("payload", Hex(publish.payload))
    }

    fn acknowledgement(&mut self, packet: &Acknowledgement<'_>) -> fmt::Result {
        self.field("packet_identifier", packet.packet_identifier)?;
        self.reason(packet.reason_code, packet.properties)
    }

    /// Reason Code and properties, where the version has them.
    fn reason(&mut self, reason_code: ReasonCode, properties: Properties<'_>) -> fmt::Result {
        if self.has_properties {
            self.field("reason_code", Code(reason_code))?;
        }
        self.properties(properties)
    }

    fn subscriptions(&mut self, subscriptions: Subscriptions<'_>) -> fmt::Result {
        self.out.write_str(" subscriptions=[")?;
        for (index, (topic_filter, options)) in subscriptions.iter().enumerate() {
            if index > 0 {
                self.out.write_char(' ')?;
            }
            self.subscription(topic_filter, options)?;
        }
        self.out.write_char(']')
    }

    fn subscription(&mut self, topic_filter: TopicFilter<'_>, options: SubscriptionOptions) -> fmt::Result {
        write!(self.out, "filter={} qos={}", Quoted(topic_filter.as_str()), options.qos.as_u8())?;
        if self.has_properties {
            self.field("no_local", u8::from(options.no_local))?;
            self.field("retain_as_published", u8::from(options.retain_as_published))?;
            self.field("retain_handling", options.retain_handling.as_u8())?;
        }
        Ok(())
    }

    fn properties(&mut self, properties: Properties<'_>) -> fmt::Result {
        if self.has_properties { self.list("properties", properties.iter().map(Named)) } else { Ok(()) }
    }

    fn field(&mut self, name: &str, value: impl fmt::Display) -> fmt::Result {
        write!(self.out, " {name}={value}")
    }

    fn list(&mut self, name: &str, values: impl Iterator<Item = impl fmt::Display>) -> fmt::Result {
        write!(self.out, " {name}=[")?;
        for (index, value) in values.enumerate() {
            write!(self.out, "{}{value}", if index > 0 { " " } else { "" })?;
        }
        self.out.write_char(']')
    }
}

/// A string in double quotes.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\0'..=' ' | '\x7F' if character != ' ' => write!(f, "\\x{:02x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// Bytes as hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A Reason Code by its value.
pub(crate) struct Code(pub(crate) ReasonCode);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02x}", self.0.as_u8())
    }
}

/// A property with its name.
pub(crate) struct Named<'a>(pub(crate) Property<'a>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.0.identifier().name())?;
        match self.0.value() {
            PropertyValue::Byte(value) => write!(f, "{value}"),
            PropertyValue::TwoByteInteger(value) => write!(f, "{value}"),
            PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => write!(f, "{value}"),
            PropertyValue::Utf8String(text) => Quoted(text).fmt(f),
            PropertyValue::Utf8StringPair(name, value) => write!(f, "{}:{}", Quoted(name), Quoted(value)),
            PropertyValue::BinaryData(bytes) => Hex(bytes).fmt(f),
        }
    }
}

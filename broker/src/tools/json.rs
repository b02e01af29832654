//! `%j` and `%J`: a message as a JSON object.

use super::format::NotJson;
use super::message::Received;
use jiff::Zoned;
use polymqtt_core::codec::Property;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// How the payload stands in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    /// As a string; as an array of bytes where it is no printable text.
    Text,
    /// As the JSON value that it is.
    Json,
}

/// Appends the object; fails when the payload should be JSON and is not.
pub(super) fn write(
    message: &Received<'_>,
    now: &Zoned,
    pretty: bool,
    payload: Payload,
    output: &mut Vec<u8>,
) -> Result<(), NotJson> {
    let payload = match payload {
        _ if message.payload.is_empty() => PayloadValue::Nothing,
        Payload::Text => match core::str::from_utf8(message.payload) {
            Ok(text) if !text.contains('\0') => PayloadValue::Text(text),
            _ => PayloadValue::Bytes(message.payload),
        },
        Payload::Json => PayloadValue::Json(serde_json::from_slice(message.payload).map_err(|_| NotJson)?),
    };
    let object = Object { message, time: now.strftime("%FT%T.%6fZ%z").to_string(), payload };
    let written = if pretty {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *output, Indented { depth: 0 });
        object.serialize(&mut serializer)
    } else {
        serde_json::to_writer(&mut *output, &object)
    };
    written.map_err(|_| NotJson)
}

struct Object<'a> {
    message: &'a Received<'a>,
    time: String,
    payload: PayloadValue<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PayloadValue<'a> {
    Nothing,
    Text(&'a str),
    Bytes(&'a [u8]),
    Json(serde_json::Value),
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.message;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tst", &self.time)?;
        map.serialize_entry("topic", message.topic)?;
        map.serialize_entry("qos", &message.qos.as_u8())?;
        map.serialize_entry("retain", &u8::from(message.retain))?;
        map.serialize_entry("payloadlen", &message.payload.len())?;
        if message.packet_identifier != 0 {
            map.serialize_entry("mid", &message.packet_identifier)?;
        }
        if !message.properties.is_empty() {
            map.serialize_entry("properties", &Properties(message))?;
        }
        map.serialize_entry("payload", &self.payload)?;
        map.end()
    }
}

/// In the order of the packet, the user properties together where the first of them stands.
struct Properties<'a>(&'a Received<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut user_written = false;
        for property in self.0.properties {
            let name = property.identifier().name().replace('_', "-");
            #[expect(clippy::wildcard_enum_match_arm, reason = "no other property stands in a PUBLISH")]
            match property {
                Property::PayloadFormatIndicator(value) => map.serialize_entry(&name, &value)?,
                Property::MessageExpiryInterval(value) | Property::SubscriptionIdentifier(value) => {
                    map.serialize_entry(&name, &value)?;
                }
                Property::TopicAlias(value) => map.serialize_entry(&name, &value)?,
                Property::ContentType(text) | Property::ResponseTopic(text) => map.serialize_entry(&name, text)?,
                Property::CorrelationData(data) => map.serialize_entry(&name, &String::from_utf8_lossy(data))?,
                Property::UserProperty(_) if !user_written => {
                    user_written = true;
                    map.serialize_entry("user-properties", &UserProperties(self.0))?;
                }
                _ => {}
            }
        }
        map.end()
    }
}

struct UserProperties<'a>(&'a Received<'a>);

impl Serialize for UserProperties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.properties.user_properties())
    }
}

/// The layout of the mosquitto tools: an entry a line, a tab after the colon, arrays in one line.
struct Indented {
    depth: usize,
}

impl Indented {
    fn line<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"\t"))
    }
}

impl Formatter for Indented {
    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        self.line(writer)?;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":\t")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }
}

#[cfg(test)]
mod tests {
    use super::{Payload, Received, write};
    use jiff::{Timestamp, tz::TimeZone};
    use polymqtt_core::codec::{PropertiesBuf, Property, QoS};

    fn print(payload: &[u8], pretty: bool, kind: Payload) -> Option<String> {
        let mut properties = PropertiesBuf::new();
        for property in
            [Property::UserProperty(("k", "v")), Property::ContentType("ct"), Property::UserProperty(("l", "w"))]
        {
            properties.push(property).unwrap();
        }
        let message = Received {
            topic: "a/b",
            payload,
            qos: QoS::AtLeastOnce,
            retain: false,
            packet_identifier: 3,
            properties: properties.as_properties(),
        };
        let now = Timestamp::new(1_600_000_000, 5_000).unwrap().to_zoned(TimeZone::UTC);
        let mut output = Vec::new();
        write(&message, &now, pretty, kind, &mut output).ok()?;
        Some(String::from_utf8(output).unwrap())
    }

    const HEAD: &str = r#"{"tst":"2020-09-13T12:26:40.000005Z+0000","topic":"a/b","qos":1,"retain":0,"payloadlen":"#;
    const PROPERTIES: &str =
        r#""mid":3,"properties":{"user-properties":{"k":"v","l":"w"},"content-type":"ct"},"payload":"#;

    #[test]
    fn a_payload_is_text_or_bytes_or_json() {
        let text = |payload: &[u8]| print(payload, false, Payload::Text).unwrap();
        assert_eq!(text(b"x\"y"), format!("{HEAD}3,{PROPERTIES}\"x\\\"y\"}}"));
        assert_eq!(text(b"\xFF\x01"), format!("{HEAD}2,{PROPERTIES}[255,1]}}"));
        assert_eq!(text(b""), format!("{HEAD}0,{PROPERTIES}null}}"));
        assert_eq!(
            print(b"{\"a\":[1]}", false, Payload::Json).unwrap(),
            format!("{HEAD}9,{PROPERTIES}{{\"a\":[1]}}}}")
        );
        assert_eq!(print(b"{", false, Payload::Json), None);
    }

    #[test]
    fn pretty_means_a_line_for_each_entry() {
        let printed = print(b"[1,2]", true, Payload::Json).unwrap();
        assert!(printed.starts_with("{\n\t\"tst\":\t\"2020"), "{printed}");
        assert!(
            printed.contains("\n\t\"properties\":\t{\n\t\t\"user-properties\":\t{\n\t\t\t\"k\":\t\"v\",\n"),
            "{printed}"
        );
        assert!(printed.ends_with("\n\t\"payload\":\t[1, 2]\n}"), "{printed}");
    }
}

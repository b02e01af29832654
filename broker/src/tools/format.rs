//! The format of `-F`: `%t`, `%p`, `@Y`, `\n` and the others of `man mosquitto_sub`, *output format*.

use super::message::Received;
use super::usage::UsageError;
use super::{json, strftime};
use core::iter::Peekable;
use core::str::Chars;
use jiff::Zoned;

/// One piece of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Literal(char),
    /// `%-010.5t`.
    Parameter(Parameter),
    /// `@Y`: a conversion of strftime.
    Time(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parameter {
    letter: char,
    left: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// What goes wrong with one message only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotJson;

/// Refuses a format that cannot be printed.
pub(super) fn check(format: &str) -> Result<(), UsageError> {
    parse(format).map(drop)
}

/// Appends `message` in the given format.
pub(crate) fn write(
    format: &str,
    message: &Received<'_>,
    now: &Zoned,
    pretty: bool,
    output: &mut Vec<u8>,
) -> Result<(), NotJson> {
    for piece in parse(format).unwrap_or_default() {
        match piece {
            Piece::Literal(literal) => output.extend(literal.encode_utf8(&mut [0; 4]).bytes()),
            Piece::Time('@') => output.push(b'@'),
            Piece::Time(letter) => output.extend(strftime::format(letter, now).bytes()),
            Piece::Parameter(parameter) => parameter.write(message, now, pretty, output)?,
        }
    }
    Ok(())
}

fn parse(format: &str) -> Result<Vec<Piece>, UsageError> {
    let mut pieces = Vec::new();
    let mut chars = format.chars().peekable();
    while let Some(next) = chars.next() {
        pieces.push(match next {
            '%' => Piece::Parameter(Parameter::parse(&mut chars)?),
            '@' => Piece::Time(chars.next().ok_or_else(incomplete)?),
            '\\' => Piece::Literal(match chars.next() {
                Some('\\') => '\\',
                Some('0') => '\0',
                Some('a') => '\x07',
                Some('e') => '\x1B',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('v') => '\x0B',
                Some(other) => return Err(UsageError::new(format!("Error: Invalid escape specifier '{other}'."))),
                None => return Err(UsageError::new("Error: Incomplete escape specifier.")),
            }),
            literal => Piece::Literal(literal),
        });
    }
    Ok(pieces)
}

fn incomplete() -> UsageError {
    UsageError::new("Error: Incomplete format specifier.")
}

impl Parameter {
    fn parse(chars: &mut Peekable<Chars<'_>>) -> Result<Self, UsageError> {
        let flag = chars.next_if(|&c| c == '0' || c == '-');
        let width = number(chars).unwrap_or(0);
        let precision = chars.next_if_eq(&'.').map(|_| number(chars).unwrap_or(0));
        let letter = chars.next().ok_or_else(incomplete)?;
        if !LETTERS.contains(letter) {
            return Err(UsageError::new(format!("Error: Invalid format specifier '{letter}'.")));
        }
        Ok(Self { letter, left: flag == Some('-'), zero: flag == Some('0'), width, precision })
    }

    fn write(&self, message: &Received<'_>, now: &Zoned, pretty: bool, output: &mut Vec<u8>) -> Result<(), NotJson> {
        let properties = message.properties;
        match self.letter {
            'A' => self.number(properties.topic_alias(), output),
            'C' => self.text(properties.content_type().unwrap_or_default(), output),
            'D' => output.extend(properties.correlation_data().unwrap_or_default()),
            'E' => self.number(properties.message_expiry_interval_s(), output),
            'F' => self.number(properties.payload_format_indicator().map(u8::from), output),
            'I' => self.text(&now.strftime("%FT%T%z").to_string(), output),
            'j' => json::write(message, now, pretty, json::Payload::Text, output)?,
            'J' => json::write(message, now, pretty, json::Payload::Json, output)?,
            'l' => self.number(Some(message.payload.len()), output),
            'm' => self.number(Some(message.packet_identifier), output),
            'P' => {
                let pairs = properties.user_properties().map(|(name, value)| format!("{name}:{value}"));
                output.extend(pairs.collect::<Vec<_>>().join(" ").bytes());
            }
            'p' => self.payload(message.payload, output),
            'q' => output.push(b'0' + message.qos.as_u8()),
            'R' => {
                if let Some(topic) = properties.response_topic() {
                    self.text(topic.as_str(), output);
                }
            }
            'r' => output.push(b'0' + u8::from(message.retain)),
            'S' => self.number(properties.subscription_identifier(), output),
            't' => self.text(message.topic, output),
            'U' => output.extend(format!("{}.{:09}", now.timestamp().as_second(), now.subsec_nanosecond()).bytes()),
            'x' => self.hexadecimal(message.payload, |byte| format!("{byte:02x}"), output),
            'X' => self.hexadecimal(message.payload, |byte| format!("{byte:02X}"), output),
            _ => output.push(b'%'),
        }
        Ok(())
    }

    /// Nothing but padding where there is no such property.
    fn number(&self, value: Option<impl ToString>, output: &mut Vec<u8>) {
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        self.pad(text.len(), self.zero, output, |output| output.extend(text.bytes()));
    }

    fn text(&self, text: &str, output: &mut Vec<u8>) {
        let text = match self.precision {
            Some(precision) => &text.as_bytes()[..precision.min(text.len())],
            None => text.as_bytes(),
        };
        self.pad(text.len(), false, output, |output| output.extend(text));
    }

    /// A payload that is longer than the width is cut: so do the mosquitto tools.
    fn payload(&self, payload: &[u8], output: &mut Vec<u8>) {
        let shown = if self.width > 0 { &payload[..self.width.min(payload.len())] } else { payload };
        self.pad(shown.len(), self.zero, output, |output| output.extend(shown));
    }

    fn hexadecimal(&self, payload: &[u8], digits: impl Fn(&u8) -> String, output: &mut Vec<u8>) {
        let shown = if self.width > 0 { &payload[..payload.len().min(self.width / 2)] } else { payload };
        let text: String = shown.iter().map(digits).collect();
        self.pad(text.len(), self.zero, output, |output| output.extend(text.bytes()));
    }

    fn pad(&self, len: usize, zero: bool, output: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let missing = self.width.saturating_sub(len);
        if !self.left {
            output.extend(core::iter::repeat_n(if zero { b'0' } else { b' ' }, missing));
        }
        write(output);
        if self.left {
            output.extend(core::iter::repeat_n(b' ', missing));
        }
    }
}

fn number(chars: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        number = Some(number.unwrap_or(0_usize).saturating_mul(10).saturating_add(digit as usize).min(WIDTH_MAX));
    }
    number
}

const LETTERS: &str = "%ACDEFIjJlmPpqRrStUxX";
const WIDTH_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::{Received, check, write};
    use jiff::{Timestamp, Zoned, tz::TimeZone};
    use polymqtt_core::codec::{PropertiesBuf, Property, QoS};

    fn print(format: &str) -> String {
        let mut properties = PropertiesBuf::new();
        for property in [
            Property::UserProperty(("a", "1")),
            Property::ContentType("text"),
            Property::UserProperty(("b", "2")),
            Property::MessageExpiryInterval(60),
        ] {
            properties.push(property).unwrap();
        }
        let message = Received {
            topic: "room/1",
            payload: b"hi\xFF",
            qos: QoS::AtLeastOnce,
            retain: true,
            packet_identifier: 7,
            properties: properties.as_properties(),
        };
        let now: Zoned = Timestamp::new(1_600_000_000, 5_000_000).unwrap().to_zoned(TimeZone::UTC);
        let mut output = Vec::new();
        write(format, &message, &now, false, &mut output).unwrap();
        output.iter().map(|&byte| char::from(byte)).collect()
    }

    #[test]
    fn each_letter_prints_its_part() {
        assert_eq!(print("%t %q %r %m %l %% %x %X"), "room/1 1 1 7 3 % 6869ff 6869FF");
        assert_eq!(print("%C|%E|%P|%A|%R|%S|%F|%D"), "text|60|a:1 b:2|||||");
        assert_eq!(print("%p"), "hi\u{FF}");
        assert_eq!(print("%U"), "1600000000.005000000");
        assert_eq!(print("%I @@ @Y @N"), "2020-09-13T12:26:40+0000 @ 2020 005000000");
    }

    #[test]
    fn width_and_precision_are_those_of_printf() {
        assert_eq!(print("[%10t][%-10t][%3.4t][%010l][%-5l]"), "[    room/1][room/1    ][room][0000000003][3    ]");
        assert_eq!(print("[%2p][%5p][%4x][%8x][%08x]"), "[hi][  hi\u{FF}][6869][  6869ff][006869ff]");
        assert_eq!(print("[%5E][%05A][%-4C]"), "[   60][00000][text]");
    }

    #[test]
    fn escapes_are_replaced() {
        assert_eq!(print(r"a\tb\n\0\\\e\a\v\r"), "a\tb\n\0\\\x1B\x07\x0B\r");
    }

    #[test]
    fn a_mistake_in_a_format_is_named() {
        let problem = |format: &str| check(format).unwrap_err().to_string();
        assert_eq!(problem("%Z"), "Error: Invalid format specifier 'Z'.");
        assert_eq!(problem("%5"), "Error: Incomplete format specifier.");
        assert_eq!(problem("@"), "Error: Incomplete format specifier.");
        assert_eq!(problem(r"\q"), "Error: Invalid escape specifier 'q'.");
        assert_eq!(problem("\\"), "Error: Incomplete escape specifier.");
    }
}

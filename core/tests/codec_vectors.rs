//! Every case of the codec's vectors, and what must hold for them however they are cut or damaged.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "every function here is part of a test")]

mod codec_check;
#[expect(dead_code, reason = "texts in quotes of their own stand in the topic vectors only")]
mod vector_file;

use codec_check::{check_any, line, stream};
use core::str::FromStr;
use polymqtt_core::codec::{DecodeOptions, ProtocolVersion, Side, decode, text};
use std::fs;

#[test]
fn valid_packets_decode_to_their_text_and_back() {
    for case in read("codec.txt") {
        let (name, options, bytes) = (case.name.as_str(), options(&case), case.bytes());
        let (packet, len) = decode(&bytes, &options).unwrap_or_else(|error| panic!("{name}: {error}")).expect(name);
        assert_eq!(len, bytes.len(), "{name}");
        assert_eq!(line(&packet, options.version), case.value("packet").unwrap(), "{name}");

        let mut encoded = Vec::new();
        assert_eq!(packet.encode(options.version, &mut encoded), Ok(encoded.len()), "{name}");
        assert_eq!(packet.encoded_len(options.version), Ok(encoded.len()), "{name}");
        assert_eq!(encoded == bytes, case.value("encode") != Some("no"), "{name}: {encoded:02x?}");
        assert_eq!(decode(&encoded, &options), Ok(Some((packet, encoded.len()))), "{name}");

        let mut from_text = Vec::new();
        let len = text::encode(case.value("packet").unwrap(), options.version, &mut from_text);
        assert_eq!(len, Ok(encoded.len()), "{name}");
        assert!(from_text == encoded, "{name}");
    }
}

#[test]
fn malformed_packets_are_refused_with_their_reason_and_statement() {
    for case in read("malformed.txt") {
        let (name, bytes) = (case.name.as_str(), case.bytes());
        let error = decode(&bytes, &options(&case)).err().unwrap_or_else(|| panic!("{name} is accepted"));
        let reason = format!("0x{:02x}", error.reason_code().as_u8());
        assert_eq!(
            (reason.as_str(), error.statement()),
            (case.value("reason").unwrap(), case.value("statement").unwrap()),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_beginning_is_incomplete_and_not_malformed() {
    for case in read("codec.txt") {
        let bytes = case.bytes();
        for len in (0..bytes.len().min(LONG)).chain(bytes.len().saturating_sub(LONG)..bytes.len()) {
            assert_eq!(decode(&bytes[..len], &options(&case)), Ok(None), "{}: {len}", case.name);
        }
    }
}

#[test]
fn splits_make_no_difference() {
    for case in cases() {
        let options = options(&case);
        // What follows the packet is not taken by it.
        let bytes = [case.bytes().as_slice(), &[0xC0, 0x00]].concat();
        let whole = stream(options, [bytes.as_slice()]);
        let ends = (0..tried(&bytes)).chain(bytes.len().saturating_sub(4)..=bytes.len());
        for at in ends {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(stream(options, [head, tail]), whole, "{}: split at {at}", case.name);
        }
        let single = bytes.chunks(if bytes.len() > LONG { 61 } else { 1 });
        assert_eq!(stream(options, single), whole, "{}: in small pieces", case.name);
    }
}

#[test]
fn flipped_bits_do_no_harm() {
    for case in cases() {
        let (mut bytes, options) = (case.bytes(), options(&case));
        for index in 0..tried(&bytes) {
            for bit in 0..8 {
                bytes[index] ^= 1 << bit;
                if bytes.len() <= LONG {
                    check_any(&bytes, &options);
                } else if let Ok(Some((_, len))) = decode(&bytes, &options) {
                    assert!(len <= bytes.len(), "{}: byte {index}", case.name);
                }
                bytes[index] ^= 1 << bit;
            }
        }
    }
}

fn cases() -> Vec<Case> {
    read("codec.txt").into_iter().chain(read("malformed.txt")).collect()
}

/// A case with its values, in which `{TEXT*COUNT}` is written out.
struct Case {
    name: String,
    values: Vec<(String, String)>,
}

fn read(file: &str) -> Vec<Case> {
    let path = format!("{}/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let own = |case: &vector_file::Case<'_>| Case {
        name: case.name.to_owned(),
        values: case.lines.iter().map(|(key, value)| ((*key).to_owned(), write_out(value))).collect(),
    };
    vector_file::parse(&text).iter().map(own).collect()
}

/// Replaces each `{TEXT*COUNT}` by TEXT, COUNT times.
fn write_out(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        let (run, tail) = after.split_once('}').expect("a closing brace");
        let (text, count) = run.rsplit_once('*').expect("a count");
        out.push_str(before);
        out.push_str(&text.repeat(count.parse().expect("a count")));
        rest = tail;
    }
    out + rest
}

impl Case {
    fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|value| value.0 == key).map(|value| value.1.as_str())
    }

    fn number<T: FromStr>(&self, key: &str) -> Option<T> {
        self.value(key).map(|text| text.parse().unwrap_or_else(|_| panic!("{}: {key} {text}", self.name)))
    }

    fn bytes(&self) -> Vec<u8> {
        let digits = self.value("bytes").unwrap_or_else(|| panic!("{}: no bytes", self.name));
        let digits: Vec<u8> = digits.bytes().filter(|digit| *digit != b' ').collect();
        let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).expect("hexadecimal digits");
        digits.chunks(2).map(pair).collect()
    }
}

fn options(case: &Case) -> DecodeOptions {
    let defaults = DecodeOptions::default();
    DecodeOptions {
        version: match case.value("version") {
            Some("3.1") => ProtocolVersion::V3_1,
            Some("3.1.1") => ProtocolVersion::V3_1_1,
            Some("5.0") => ProtocolVersion::V5_0,
            other => panic!("{}: version {other:?}", case.name),
        },
        sender: match case.value("sender") {
            Some("client") => Some(Side::Client),
            Some("server") => Some(Side::Server),
            Some(other) => panic!("{}: sender {other}", case.name),
            None => None,
        },
        packet_size_max: case.number("packet_size_max").unwrap_or(defaults.packet_size_max),
        properties_max: case.number("properties_max").unwrap_or(defaults.properties_max),
        topic_levels_max: case.number("topic_levels_max").unwrap_or(defaults.topic_levels_max),
    }
}

/// How many bytes from the beginning are tried one by one: all of a short packet, the header of a long one.
fn tried(bytes: &[u8]) -> usize {
    match bytes.len() {
        len @ ..=LONG => len,
        ..=100_000 => 6,
        _ => 0,
    }
}

/// A packet that is longer than this is long only because of one long field.
const LONG: usize = 600;

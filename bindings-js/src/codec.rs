//! The codec as JavaScript sees it.

use alloc::string::String;
use alloc::vec::Vec;

use polymqtt_core::codec::{self, DecodeError, DecodeOptions, Decoder as CoreDecoder, ProtocolVersion, Side, text};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{malformed, usage, wrong};
use crate::object::{Field, Fields, Outcome, each_field};
use crate::packet;
use crate::properties::Shape;

/// The bytes of a packet. The options know `protocolVersion`, which a CONNECT brings itself.
#[wasm_bindgen]
pub fn encode(packet: &JsValue, options: &JsValue) -> Outcome<Vec<u8>> {
    packet::encode(packet, codec_options(options)?.0.version)
}

/// The first packet in `bytes`, `{ packet, length }`, or `undefined` when it is not complete.
#[wasm_bindgen]
pub fn decode(bytes: &[u8], options: &JsValue) -> Outcome<JsValue> {
    let (options, shape) = codec_options(options)?;
    let decoded = codec::decode(bytes, &options).map_err(decode_error)?;
    Ok(decoded.map_or(JsValue::UNDEFINED, |(packet, length)| {
        Fields::new().with("packet", packet::to_object(&packet, shape)).with("length", length).into()
    }))
}

/// The canonical text of a packet: one line, the same in every language.
#[wasm_bindgen]
pub fn format(packet: &JsValue, options: &JsValue) -> Outcome<String> {
    let (options, _) = codec_options(options)?;
    let bytes = packet::encode(packet, options.version)?;
    let mut line = String::new();
    if let Some((packet, _)) = codec::decode(&bytes, &options).map_err(decode_error)? {
        text::write(&packet, options.version, &mut line).map_err(usage)?;
    }
    Ok(line)
}

/// The packet that a line of canonical text describes.
#[wasm_bindgen]
pub fn parse(line: &str, options: &JsValue) -> Outcome<JsValue> {
    let (options, shape) = codec_options(options)?;
    let mut bytes = Vec::new();
    text::encode(line, options.version, &mut bytes).map_err(usage)?;
    let decoded = codec::decode(&bytes, &options).map_err(decode_error)?;
    Ok(decoded.map_or(JsValue::UNDEFINED, |(packet, _)| packet::to_object(&packet, shape)))
}

/// Decodes packets from bytes that arrive in any pieces.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Decoder {
    core: CoreDecoder,
    version: ProtocolVersion,
    shape: Shape,
    pending: Vec<u8>,
    consumed: usize,
}

#[wasm_bindgen]
impl Decoder {
    /// The options know `protocolVersion`, `sender` ("client" or "server") and the limits.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Outcome<Decoder> {
        let (options, shape) = codec_options(options)?;
        let version = options.version;
        Ok(Self { core: CoreDecoder::new(options), version, shape, pending: Vec::new(), consumed: 0 })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.consumed);
        self.consumed = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// The next packet, or `undefined` until there are more bytes.
    pub fn read(&mut self) -> Outcome<JsValue> {
        let mut input = self.pending.get(self.consumed..).unwrap_or_default();
        let result = self.core.next(&mut input).map(|packet| {
            if let Some(codec::Packet::Connect(connect)) = packet {
                self.version = connect.protocol_version;
            }
            packet.map_or(JsValue::UNDEFINED, |packet| packet::to_object(&packet, self.shape))
        });
        self.consumed = self.pending.len() - input.len();
        result.map_err(decode_error)
    }
}

fn codec_options(object: &JsValue) -> Outcome<(DecodeOptions, Shape)> {
    let mut options = DecodeOptions::default();
    let mut shape = Shape::default();
    each_field(object, |field| {
        match field.name {
            "protocolVersion" => options.version = field.protocol_version()?,
            "sender" => options.sender = Some(side(field)?),
            "packetSizeMax" => options.packet_size_max = field.integer()?,
            "propertiesMax" => options.properties_max = field.integer()?,
            "topicLevelsMax" => options.topic_levels_max = field.integer()?,
            "propertyList" => shape = if field.bool()? { Shape::List } else { Shape::Object },
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok((options, shape))
}

fn side(field: &Field<'_>) -> Outcome<Side> {
    match field.value.as_string().as_deref() {
        Some("client") => Ok(Side::Client),
        Some("server") => Ok(Side::Server),
        _ => Err(wrong(field.name, "\"client\" or \"server\"")),
    }
}

fn decode_error(error: DecodeError) -> JsValue {
    malformed(error, error.reason_code(), error.statement())
}

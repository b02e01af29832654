//! Topic matching as JavaScript sees it.

use alloc::string::String;

use polymqtt_core::ReasonCode;
use polymqtt_core::topic::{self, TopicName};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::object::{Fields, Outcome};
use crate::topic::{pattern, topic_filter, topic_name};

/// Whether a Topic Filter matches a Topic Name.
#[wasm_bindgen]
pub fn matches(filter: &str, topic: &str) -> Outcome<bool> {
    Ok(topic::matches(topic_filter(filter)?, topic_name(topic)?))
}

/// Takes a Topic Filter apart: `{ shareName, filterWithoutShare }`. Throws when it is none.
#[wasm_bindgen(js_name = parseTopicFilter)]
pub fn parse_topic_filter(text: &str) -> Outcome<JsValue> {
    let filter = topic_filter(text)?;
    let parts = Fields::new().with_some("shareName", filter.share_name());
    Ok(parts.with("filterWithoutShare", filter.filter_without_share()).into())
}

/// Throws when the text is not a Topic Name.
#[wasm_bindgen(js_name = checkTopicName)]
pub fn check_topic_name(text: &str) -> Outcome {
    topic_name(text).map(|_| ())
}

/// A Topic Filter whose wildcards may have names: `cmd/+room/#rest`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TopicPattern(topic::TopicPattern);

#[wasm_bindgen]
impl TopicPattern {
    /// Parses a pattern.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Outcome<TopicPattern> {
        pattern(text).map(Self)
    }

    /// The Topic Filter to subscribe to.
    #[wasm_bindgen(getter, js_name = topicFilter)]
    pub fn topic_filter(&self) -> String {
        self.0.filter().into()
    }

    /// What the names stand for in `topic`, as an object; `undefined` when the pattern does not match.
    pub fn captures(&self, topic: &str) -> Outcome<JsValue> {
        Ok(captures(&self.0, topic_name(topic)?))
    }
}

/// What the names of a pattern stand for in `topic`.
pub(crate) fn captures(pattern: &topic::TopicPattern, topic: TopicName<'_>) -> JsValue {
    let captures = pattern.captures(topic);
    captures.map_or(JsValue::UNDEFINED, |captures| {
        captures.fold(Fields::new(), |fields, (name, value)| fields.with(name, value)).into()
    })
}

/// The standard's name of a Reason Code; `undefined` for a number that is none.
#[wasm_bindgen(js_name = reasonCodeName)]
pub fn reason_code_name(reason_code: u8) -> Option<String> {
    ReasonCode::from_u8(reason_code).map(|code| code.name().into())
}

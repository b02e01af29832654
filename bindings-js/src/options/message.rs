//! A message to publish, out of what JavaScript gives.

use alloc::vec::Vec;

use polymqtt_core::Message;
use polymqtt_core::codec::{PropertiesBuf, QoS};
use wasm_bindgen::JsValue;

use crate::object::{Outcome, each_field};
use crate::properties;
use crate::topic::topic_name;

/// A message to publish: `qos`, `retain` and `properties` are its options.
pub(crate) fn message(topic: &str, payload: Vec<u8>, options: &JsValue) -> Outcome<Message> {
    let (mut qos, mut retain, mut properties) = (QoS::AtMostOnce, false, PropertiesBuf::new());
    each_field(options, |field| {
        match field.name {
            "qos" => qos = field.qos()?,
            "retain" => retain = field.bool()?,
            "properties" => properties = properties::from_object(&field.value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let message = Message::new(topic_name(topic)?, payload).with_qos(qos).with_retain(retain);
    Ok(if properties.is_empty() { message } else { message.with_properties(properties) })
}

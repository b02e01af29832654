//! Faults as instances of the package's `MqttError`.

use alloc::string::{String, ToString};
use core::fmt::Display;

use polymqtt_core::ReasonCode;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "../js/error.js")]
extern "C" {
    #[wasm_bindgen(js_name = newError)]
    fn new_error(
        message: &str,
        kind: &str,
        reason_code: Option<u8>,
        reason_name: Option<&str>,
        statement: Option<&str>,
    ) -> JsValue;
}

/// The caller's mistake.
pub(crate) fn usage(error: impl Display) -> JsValue {
    new_error(&error.to_string(), "usage", None, None, None)
}

/// The caller's mistake in the value called `name`.
pub(crate) fn wrong(name: &str, wanted: &str) -> JsValue {
    let mut message = String::from(name);
    message.push_str(" must be ");
    message.push_str(wanted);
    new_error(&message, "usage", None, None, None)
}

/// Bytes or a text that break a rule of the standard.
pub(crate) fn malformed(error: impl Display, reason_code: ReasonCode, statement: &str) -> JsValue {
    let reason_name = Some(reason_code.name());
    new_error(&error.to_string(), "malformed", Some(reason_code.as_u8()), reason_name, Some(statement))
}

/// A command that cannot be carried out as it was given.
#[cfg(feature = "client")]
pub(crate) fn refused(error: impl Display, reason_code: ReasonCode) -> JsValue {
    new_error(&error.to_string(), "usage", Some(reason_code.as_u8()), Some(reason_code.name()), None)
}

//! Plain JavaScript objects: building them, and taking them apart with an error that names the field.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use polymqtt_core::codec::{ProtocolVersion, QoS};
use polymqtt_core::{ReasonCode, Time};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{usage, wrong};

/// What every function that JavaScript calls returns.
pub(crate) type Outcome<T = ()> = Result<T, JsValue>;

/// A value that came from JavaScript, with its name.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: JsValue,
}

/// Builds an object.
pub(crate) struct Fields(Object);

impl Fields {
    /// An object without fields.
    pub(crate) fn new() -> Self {
        Self(Object::new())
    }

    /// An object whose `type` says what it is.
    pub(crate) fn of_type(name: &str) -> Self {
        Self::new().with("type", name)
    }

    /// Sets a field.
    pub(crate) fn with(self, name: &str, value: impl Into<JsValue>) -> Self {
        // Setting a field of an ordinary object cannot fail.
        let _ = Reflect::set(&self.0, &name.into(), &value.into());
        self
    }

    /// Sets a field if there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Into<JsValue>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Sets `reasonCode` and, for people, `reasonName`.
    pub(crate) fn with_reason(self, reason_code: ReasonCode) -> Self {
        self.with("reasonCode", reason_code.as_u8()).with("reasonName", reason_code.name())
    }
}

impl From<Fields> for JsValue {
    fn from(fields: Fields) -> Self {
        fields.0.into()
    }
}

/// Bytes, copied out of WebAssembly's memory.
pub(crate) fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// An array of whatever the iterator gives.
pub(crate) fn array<T: Into<JsValue>>(items: impl IntoIterator<Item = T>) -> JsValue {
    let array = Array::new();
    for item in items {
        array.push(&item.into());
    }
    array.into()
}

/// A field by its name; `None` if it is missing, `undefined` or `null`.
pub(crate) fn field<'a>(object: &JsValue, name: &'a str) -> Option<Field<'a>> {
    let value = Reflect::get(object, &name.into()).ok()?;
    if value.is_undefined() || value.is_null() { None } else { Some(Field { name, value }) }
}

/// A field that has to be there.
pub(crate) fn required<'a>(object: &JsValue, name: &'a str) -> Outcome<Field<'a>> {
    field(object, name).ok_or_else(|| wrong(name, "given"))
}

/// Hands each field of `object` that has a value to `take`, which says whether it knows the name. A name that nobody
/// knows is a mistake worth telling.
pub(crate) fn each_field(object: &JsValue, mut take: impl FnMut(&Field<'_>) -> Outcome<bool>) -> Outcome {
    if object.is_undefined() || object.is_null() {
        return Ok(());
    }
    let object = object.dyn_ref::<Object>().ok_or_else(|| wrong("options", "an object"))?;
    take_each(&Object::entries(object), &mut take)
}

/// The same for an array of names and values.
#[cfg(feature = "codec")]
pub(crate) fn each_entry(entries: &Array, mut take: impl FnMut(&Field<'_>) -> Outcome<bool>) -> Outcome {
    take_each(entries, &mut take)
}

// Not generic: there are a dozen kinds of options, and this is in the page once.
fn take_each(entries: &Array, take: &mut dyn FnMut(&Field<'_>) -> Outcome<bool>) -> Outcome {
    for entry in entries.iter() {
        let entry = entry.dyn_into::<Array>().map_err(|_| wrong("an entry", "a name and a value"))?;
        let value = entry.get(1);
        if value.is_undefined() {
            continue;
        }
        let name = entry.get(0).as_string().unwrap_or_default();
        if !take(&Field { name: &name, value })? {
            return Err(usage(format!("there is no option called {name}")));
        }
    }
    Ok(())
}

impl Field<'_> {
    /// A whole number in the range of `T`.
    #[inline(never)]
    pub(crate) fn integer<T: TryFrom<u64>>(&self) -> Outcome<T> {
        let number = self.whole().and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| wrong(self.name, "a whole number that is not negative and not too large"))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    #[inline(never)]
    fn whole(&self) -> Option<u64> {
        let number = self.value.as_f64().or_else(|| self.value.as_bool().map(f64::from))?;
        let is_whole = (0.0..=MAX_SAFE_INTEGER).contains(&number) && number.fract() == 0.0;
        is_whole.then_some(number as u64)
    }

    /// A whole number, also one that is written as a `BigInt`.
    pub(crate) fn u64(&self) -> Outcome<u64> {
        u64::try_from(self.value.clone()).or_else(|_| self.integer())
    }

    #[inline(never)]
    pub(crate) fn bool(&self) -> Outcome<bool> {
        self.value.as_bool().ok_or_else(|| wrong(self.name, "true or false"))
    }

    #[inline(never)]
    pub(crate) fn string(&self) -> Outcome<String> {
        self.value.as_string().ok_or_else(|| wrong(self.name, "a string"))
    }

    /// The bytes of an array or a buffer; text as UTF-8.
    #[inline(never)]
    pub(crate) fn bytes(&self) -> Outcome<Vec<u8>> {
        if let Some(bytes) = self.value.dyn_ref::<Uint8Array>() {
            Ok(bytes.to_vec())
        } else if let Some(text) = self.value.as_string() {
            Ok(text.into_bytes())
        } else if self.value.is_instance_of::<ArrayBuffer>() {
            Ok(Uint8Array::new(&self.value).to_vec())
        } else {
            Err(wrong(self.name, "text or a Uint8Array; for objects: JSON.stringify(value)"))
        }
    }

    #[cfg(feature = "codec")]
    pub(crate) fn array(&self) -> Outcome<Array> {
        self.value.dyn_ref::<Array>().cloned().ok_or_else(|| wrong(self.name, "an array"))
    }

    #[inline(never)]
    pub(crate) fn qos(&self) -> Outcome<QoS> {
        self.integer().ok().and_then(QoS::from_u8).ok_or_else(|| wrong(self.name, "0, 1 or 2"))
    }

    #[cfg(feature = "codec")]
    pub(crate) fn reason_code(&self) -> Outcome<ReasonCode> {
        reason_code(self.integer()?)
    }

    /// `"5.0"`, `"3.1.1"` or `"3.1"`; the numbers that stand for them on the wire will do, too.
    pub(crate) fn protocol_version(&self) -> Outcome<ProtocolVersion> {
        let known = match self.value.as_string().as_deref() {
            Some("5.0" | "5") => Some(ProtocolVersion::V5_0),
            Some("3.1.1") => Some(ProtocolVersion::V3_1_1),
            Some("3.1") => Some(ProtocolVersion::V3_1),
            Some(_) => None,
            None => self.integer().ok().and_then(ProtocolVersion::from_u8),
        };
        known.ok_or_else(|| wrong(self.name, "\"5.0\", \"3.1.1\" or \"3.1\""))
    }
}

/// The Reason Code with this number.
pub(crate) fn reason_code(value: u8) -> Outcome<ReasonCode> {
    ReasonCode::from_u8(value).ok_or_else(|| wrong("reasonCode", "a Reason Code of the standard"))
}

/// A point in time, in milliseconds. A fraction is cut off.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, which is what is wanted"
)]
pub(crate) fn time(ms: f64) -> Time {
    Time::from_ms(ms as u64)
}

/// Milliseconds as JavaScript counts them.
#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
pub(crate) fn milliseconds(time: Time) -> f64 {
    time.as_ms() as f64
}

/// A counter as JavaScript counts.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(crate) fn count(value: u64) -> f64 {
    value as f64
}

/// `topicAliasMaximum` for `topic_alias_maximum`.
pub(crate) fn camel_case(snake: &str) -> String {
    let mut text = String::with_capacity(snake.len());
    for (index, word) in snake.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => text.push(first.to_ascii_uppercase()),
            Some(first) => text.push(first),
            None => {}
        }
        text.push_str(letters.as_str());
    }
    text
}

/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

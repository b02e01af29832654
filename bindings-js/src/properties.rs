//! Properties as a plain object: the standard's names in camelCase. What may be repeated is an array.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Reflect};
use polymqtt_core::codec::{
    Properties, PropertiesBuf, Property, PropertyIdentifier, PropertyOwner, PropertyType, PropertyValue,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{usage, wrong};
#[cfg(feature = "codec")]
use crate::object::each_entry;
use crate::object::{Field, Fields, Outcome, array, bytes, camel_case, each_field};

/// How properties are shown.
#[cfg(feature = "codec")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shape {
    /// By their names: what one wants to work with.
    #[default]
    Object,
    /// An array of names and values: keeps the order in which they stood, down to the last User Property.
    List,
}

#[cfg(feature = "codec")]
impl Shape {
    /// The properties that stand in `owner`.
    pub(crate) fn show(self, properties: Properties<'_>, owner: PropertyOwner) -> JsValue {
        match self {
            Self::Object => to_object(properties, owner),
            Self::List => array(properties.iter().map(|property| {
                array([JsValue::from(camel_case(property.identifier().name())), scalar(property.value())])
            })),
        }
    }
}

/// The object for properties that stand in `owner`.
pub(crate) fn to_object(properties: Properties<'_>, owner: PropertyOwner) -> JsValue {
    let mut fields = Fields::new();
    let mut user_properties = Vec::new();
    let mut subscription_identifiers = Vec::new();
    for property in properties {
        let identifier = property.identifier();
        match property.value() {
            PropertyValue::Utf8StringPair(name, value) => user_properties.push(array([name, value])),
            PropertyValue::VariableByteInteger(value) if identifier.may_repeat_in(owner) => {
                subscription_identifiers.push(value);
            }
            value @ (PropertyValue::Byte(_)
            | PropertyValue::TwoByteInteger(_)
            | PropertyValue::FourByteInteger(_)
            | PropertyValue::VariableByteInteger(_)
            | PropertyValue::Utf8String(_)
            | PropertyValue::BinaryData(_)) => {
                fields = fields.with(&camel_case(identifier.name()), scalar(value));
            }
        }
    }
    if !user_properties.is_empty() {
        fields = fields.with("userProperty", array(user_properties));
    }
    if !subscription_identifiers.is_empty() {
        fields = fields.with("subscriptionIdentifier", array(subscription_identifiers));
    }
    fields.into()
}

fn scalar(value: PropertyValue<'_>) -> JsValue {
    match value {
        PropertyValue::Byte(value) => value.into(),
        PropertyValue::TwoByteInteger(value) => value.into(),
        PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => value.into(),
        PropertyValue::Utf8String(text) => text.into(),
        PropertyValue::Utf8StringPair(name, value) => array([name, value]),
        PropertyValue::BinaryData(data) => bytes(data),
    }
}

/// The properties that `object` names, in its order, or that stand in a list of names and values. `undefined`: none.
pub(crate) fn from_object(object: &JsValue) -> Outcome<PropertiesBuf> {
    let mut properties = PropertiesBuf::new();
    let take = |field: &Field<'_>| {
        let known = PropertyIdentifier::ALL.iter().find(|identifier| camel_case(identifier.name()) == field.name);
        let Some(identifier) = known else { return Ok(false) };
        push(&mut properties, *identifier, field).map(|()| true)
    };
    #[cfg(feature = "codec")]
    if let Some(list) = object.dyn_ref::<Array>() {
        each_entry(list, take)?;
        return Ok(properties);
    }
    each_field(object, take)?;
    Ok(properties)
}

fn push(properties: &mut PropertiesBuf, identifier: PropertyIdentifier, field: &Field<'_>) -> Outcome {
    match identifier.property_type() {
        PropertyType::Byte => add(properties, identifier, PropertyValue::Byte(field.integer()?)),
        PropertyType::TwoByteInteger => add(properties, identifier, PropertyValue::TwoByteInteger(field.integer()?)),
        PropertyType::FourByteInteger => add(properties, identifier, PropertyValue::FourByteInteger(field.integer()?)),
        PropertyType::VariableByteInteger => one_or_more(&field.value).iter().try_for_each(|value| {
            let value = Field { name: field.name, value }.integer()?;
            add(properties, identifier, PropertyValue::VariableByteInteger(value))
        }),
        PropertyType::Utf8String => add(properties, identifier, PropertyValue::Utf8String(&field.string()?)),
        PropertyType::Utf8StringPair => pairs(field)?
            .iter()
            .try_for_each(|(name, value)| add(properties, identifier, PropertyValue::Utf8StringPair(name, value))),
        PropertyType::BinaryData => add(properties, identifier, PropertyValue::BinaryData(&field.bytes()?)),
    }
}

fn add(properties: &mut PropertiesBuf, identifier: PropertyIdentifier, value: PropertyValue<'_>) -> Outcome {
    match Property::from_value(identifier, value) {
        Some(property) => properties.push(property).map_err(usage),
        None => Err(wrong(identifier.name(), "of another type")),
    }
}

fn one_or_more(value: &JsValue) -> Array {
    value.dyn_ref::<Array>().cloned().unwrap_or_else(|| Array::of1(value))
}

/// User Properties: one pair, an array of pairs, or an object where no name stands twice.
pub(crate) fn pairs(field: &Field<'_>) -> Outcome<Vec<(String, String)>> {
    let pairs = match field.value.dyn_ref::<Array>() {
        Some(pair) if pair.get(0).is_string() => Array::of1(pair),
        Some(pairs) => pairs.clone(),
        None => js_sys::Object::entries(field.value.unchecked_ref()),
    };
    let part = |pair: &JsValue, index: u32| Reflect::get_u32(pair, index).ok().and_then(|part| part.as_string());
    let pair = |pair: JsValue| Some((part(&pair, 0)?, part(&pair, 1)?));
    pairs.iter().map(|each| pair(each).ok_or_else(|| wrong(field.name, "pairs of strings"))).collect()
}

//! Topic Filters and Subscription Options, to and from JavaScript.

use alloc::string::String;

use js_sys::Array;
use polymqtt_core::codec::{RetainHandling, SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf};
use polymqtt_core::topic::TopicFilter;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{usage, wrong};
use crate::object::{Field, Fields, Outcome, field, required};

#[cfg(feature = "codec")]
/// `{ topicFilter, qos, noLocal, retainAsPublished, retainHandling }`
pub(crate) fn to_object((topic_filter, options): (TopicFilter<'_>, SubscriptionOptions)) -> JsValue {
    Fields::new()
        .with("topicFilter", topic_filter.as_str())
        .with("qos", options.qos.as_u8())
        .with("noLocal", options.no_local)
        .with("retainAsPublished", options.retain_as_published)
        .with("retainHandling", options.retain_handling as u8)
        .into()
}

/// How a Topic Filter is read: as 5.0 does, or with `$share` as an ordinary level.
pub(crate) type ParseFilter = fn(&str) -> Outcome<TopicFilter<'_>>;

/// One Topic Filter or an array of them, each a string or an object as [`to_object`] makes them. What an entry does not
/// say, `defaults` says.
pub(crate) fn from_value(value: &JsValue, defaults: &JsValue, parse: ParseFilter) -> Outcome<SubscriptionsBuf> {
    let mut subscriptions = SubscriptionsBuf::new();
    for entry in one_or_more(value) {
        let defaults = options(defaults, SubscriptionOptions::default())?;
        let (text, entry_options) = if let Some(text) = entry.as_string() {
            (text, defaults)
        } else {
            (required(&entry, "topicFilter")?.string()?, options(&entry, defaults)?)
        };
        subscriptions.push(parse(&text)?, entry_options).map_err(usage)?;
    }
    Ok(subscriptions)
}

/// One Topic Filter or an array of them.
pub(crate) fn topic_filters(value: &JsValue, parse: ParseFilter) -> Outcome<TopicFiltersBuf> {
    let mut filters = TopicFiltersBuf::new();
    for entry in one_or_more(value) {
        let text: String = Field { name: "topicFilter", value: entry }.string()?;
        filters.push(parse(&text)?);
    }
    Ok(filters)
}

fn options(object: &JsValue, mut options: SubscriptionOptions) -> Outcome<SubscriptionOptions> {
    if let Some(field) = field(object, "qos") {
        options.qos = field.qos()?;
    }
    if let Some(field) = field(object, "noLocal") {
        options.no_local = field.bool()?;
    }
    if let Some(field) = field(object, "retainAsPublished") {
        options.retain_as_published = field.bool()?;
    }
    if let Some(field) = field(object, "retainHandling") {
        options.retain_handling = retain_handling(&field)?;
    }
    Ok(options)
}

fn retain_handling(field: &Field<'_>) -> Outcome<RetainHandling> {
    match field.integer::<u8>() {
        Ok(0) => Ok(RetainHandling::Send),
        Ok(1) => Ok(RetainHandling::SendIfNew),
        Ok(2) => Ok(RetainHandling::DoNotSend),
        _ => Err(wrong(field.name, "0, 1 or 2")),
    }
}

fn one_or_more(value: &JsValue) -> Array {
    value.dyn_ref::<Array>().cloned().unwrap_or_else(|| Array::of1(value))
}

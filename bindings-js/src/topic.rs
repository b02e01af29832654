//! Topic Names, Topic Filters and patterns, with errors that say what is wrong with them.

use polymqtt_core::ReasonCode;
use polymqtt_core::topic::{PatternError, TopicFilter, TopicName, TopicPattern};

use crate::error::{malformed, usage};
use crate::object::Outcome;

/// A Topic Name.
pub(crate) fn topic_name(text: &str) -> Outcome<TopicName<'_>> {
    TopicName::new(text)
        .map_err(|error| malformed(error.describe_name(text), ReasonCode::TopicNameInvalid, error.statement()))
}

/// A Topic Filter.
pub(crate) fn topic_filter(text: &str) -> Outcome<TopicFilter<'_>> {
    TopicFilter::new(text)
        .map_err(|error| malformed(error.describe_filter(text), ReasonCode::TopicFilterInvalid, error.statement()))
}

/// A Topic Filter of 3.1 and 3.1.1, where `$share` is an ordinary level.
#[cfg(feature = "codec")]
pub(crate) fn plain_topic_filter(text: &str) -> Outcome<TopicFilter<'_>> {
    TopicFilter::plain(text)
        .map_err(|error| malformed(error.describe_filter(text), ReasonCode::TopicFilterInvalid, error.statement()))
}

/// A Topic Filter whose wildcards may have names.
pub(crate) fn pattern(text: &str) -> Outcome<TopicPattern> {
    TopicPattern::new(text).map_err(|error| match error {
        PatternError::Filter(fault) => {
            malformed(error.describe(text), ReasonCode::TopicFilterInvalid, fault.statement())
        }
        PatternError::DuplicateCapture { .. } => usage(error.describe(text)),
    })
}

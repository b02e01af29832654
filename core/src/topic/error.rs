//! Why a text is not a Topic Name or a Topic Filter.

use core::fmt;

/// The rule that a text breaks.
///
/// Spec: 4.7 and 4.8.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TopicFault {
    /// There is not even one character. Spec: 4.7.3 [MQTT-4.7.3-1].
    Empty,
    /// The text has more than 65,535 bytes. Spec: 4.7.3 [MQTT-4.7.3-3].
    TooLong,
    /// The text contains U+0000. Spec: 4.7.3 [MQTT-4.7.3-2].
    NullCharacter,
    /// A Topic Name contains `+` or `#`. Spec: 4.7.1 [MQTT-4.7.0-1].
    WildcardInTopicName,
    /// `#` shares its level with other characters. Spec: 4.7.1.2 [MQTT-4.7.1-1].
    MultiLevelWildcardNotAlone,
    /// A level follows `#`. Spec: 4.7.1.2 [MQTT-4.7.1-1].
    MultiLevelWildcardNotLast,
    /// `+` shares its level with other characters. Spec: 4.7.1.3 [MQTT-4.7.1-2].
    SingleLevelWildcardNotAlone,
    /// Nothing stands between `$share/` and the next `/`. Spec: 4.8.2 [MQTT-4.8.2-1].
    ShareNameEmpty,
    /// The share name contains `+` or `#`. Spec: 4.8.2 [MQTT-4.8.2-2].
    ShareNameWildcard,
    /// The share name is not followed by `/` and a Topic Filter. Spec: 4.8.2 [MQTT-4.8.2-2].
    ShareFilterMissing,
}

impl TopicFault {
    /// The statement of MQTT 5.0 that is broken, such as `MQTT-4.7.1-1`.
    pub const fn statement(self) -> &'static str {
        match self {
            Self::Empty => "MQTT-4.7.3-1",
            Self::TooLong => "MQTT-4.7.3-3",
            Self::NullCharacter => "MQTT-4.7.3-2",
            Self::WildcardInTopicName => "MQTT-4.7.0-1",
            Self::MultiLevelWildcardNotAlone | Self::MultiLevelWildcardNotLast => "MQTT-4.7.1-1",
            Self::SingleLevelWildcardNotAlone => "MQTT-4.7.1-2",
            Self::ShareNameEmpty => "MQTT-4.8.2-1",
            Self::ShareNameWildcard | Self::ShareFilterMissing => "MQTT-4.8.2-2",
        }
    }

    /// The statement of MQTT 3.1.1 that is broken.
    ///
    /// 3.1.1 numbers the wildcard statements differently. It knows no shared subscriptions, so their faults keep the
    /// numbers of MQTT 5.0.
    pub const fn statement_v3(self) -> &'static str {
        match self {
            Self::WildcardInTopicName => "MQTT-4.7.1-1",
            Self::MultiLevelWildcardNotAlone | Self::MultiLevelWildcardNotLast => "MQTT-4.7.1-2",
            Self::SingleLevelWildcardNotAlone => "MQTT-4.7.1-3",
            Self::Empty
            | Self::TooLong
            | Self::NullCharacter
            | Self::ShareNameEmpty
            | Self::ShareNameWildcard
            | Self::ShareFilterMissing => self.statement(),
        }
    }

    /// The section of MQTT 5.0 in which the rule stands, such as `4.7.1.2`.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Empty | Self::TooLong | Self::NullCharacter => "4.7.3",
            Self::WildcardInTopicName => "4.7.1",
            Self::MultiLevelWildcardNotAlone | Self::MultiLevelWildcardNotLast => "4.7.1.2",
            Self::SingleLevelWildcardNotAlone => "4.7.1.3",
            Self::ShareNameEmpty | Self::ShareNameWildcard | Self::ShareFilterMissing => "4.8.2",
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Empty => "must have at least one character",
            Self::TooLong => "must not be longer than 65,535 bytes",
            Self::NullCharacter => "must not contain the null character U+0000",
            Self::WildcardInTopicName => "'+' and '#' are wildcards and must not stand in a topic name",
            Self::MultiLevelWildcardNotAlone => "'#' must stand alone in its level",
            Self::MultiLevelWildcardNotLast => "'#' must be the last level",
            Self::SingleLevelWildcardNotAlone => "'+' must stand alone in its level",
            Self::ShareNameEmpty => "the share name after '$share/' must have at least one character",
            Self::ShareNameWildcard => "the share name must not contain '+' or '#'",
            Self::ShareFilterMissing => "the share name must be followed by '/' and a topic filter",
        }
    }
}

/// Why a text is not a valid Topic Name or Topic Filter, and where.
///
/// The error is small and holds no text. Its `Display` gives the rule; [`describe_name`](Self::describe_name) and
/// [`describe_filter`](Self::describe_filter) add the text that the caller still has:
///
/// ```
/// use polymqtt_core::topic::TopicFilter;
///
/// let text = "device/#/error";
/// let error = TopicFilter::new(text).unwrap_err();
/// assert_eq!(
///     error.describe_filter(text).to_string(),
///     r#"topic filter "device/#/error": '#' must be the last level (MQTT 5.0, 4.7.1.2)"#
/// );
/// assert_eq!((error.position(), error.level()), (7, 2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicError {
    fault: TopicFault,
    position: u32,
    level: u32,
}

impl TopicError {
    /// An error at byte `position` of `text`.
    pub(super) fn at(fault: TopicFault, text: &str, position: usize) -> Self {
        let slashes = text.bytes().take(position).filter(|byte| *byte == b'/').count();
        Self {
            fault,
            position: u32::try_from(position).unwrap_or(u32::MAX),
            level: u32::try_from(slashes.saturating_add(1)).unwrap_or(u32::MAX),
        }
    }

    /// The rule that is broken.
    pub const fn fault(self) -> TopicFault {
        self.fault
    }

    /// The statement of MQTT 5.0 that is broken, such as `MQTT-4.7.1-1`.
    pub const fn statement(self) -> &'static str {
        self.fault.statement()
    }

    /// Where the fault is: the number of bytes before it.
    pub const fn position(self) -> u32 {
        self.position
    }

    /// The level in which the fault is, counted from 1.
    pub const fn level(self) -> u32 {
        self.level
    }

    /// The whole message for a person, for a text that was meant as a Topic Filter.
    pub const fn describe_filter(self, text: &str) -> TopicErrorDescription<'_> {
        TopicErrorDescription { noun: "topic filter", text, error: self }
    }

    /// The whole message for a person, for a text that was meant as a Topic Name.
    pub const fn describe_name(self, text: &str) -> TopicErrorDescription<'_> {
        TopicErrorDescription { noun: "topic name", text, error: self }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (MQTT 5.0, {})", self.fault.message(), self.fault.section())
    }
}

impl core::error::Error for TopicError {}

/// A [`TopicError`] together with the text that caused it; made to be displayed.
///
/// The text is quoted, control characters in it are escaped, and a very long one is cut.
#[derive(Debug, Clone, Copy)]
pub struct TopicErrorDescription<'a> {
    noun: &'static str,
    text: &'a str,
    error: TopicError,
}

impl fmt::Display for TopicErrorDescription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.noun, Quoted(self.text), self.error)
    }
}

/// A text in double quotes, escaped, and cut after [`QUOTED_CHARS_MAX`] characters.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(QUOTED_CHARS_MAX).and_then(|(end, _)| self.0.get(..end)) {
            Some(start) => write!(f, "{start:?}..."),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// How much of a text an error message repeats.
const QUOTED_CHARS_MAX: usize = 120;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::topic::{TopicFilter, TopicName};

    #[test]
    fn message_names_the_text_the_rule_and_the_section() {
        let text = "device/#/error";
        let error = TopicFilter::new(text).unwrap_err();
        assert_eq!(
            error.describe_filter(text).to_string(),
            "topic filter \"device/#/error\": '#' must be the last level (MQTT 5.0, 4.7.1.2)"
        );
        assert_eq!(error.to_string(), "'#' must be the last level (MQTT 5.0, 4.7.1.2)");
        let error = TopicName::new("a/+").unwrap_err();
        assert_eq!(
            error.describe_name("a/+").to_string(),
            "topic name \"a/+\": '+' and '#' are wildcards and must not stand in a topic name (MQTT 5.0, 4.7.1)"
        );
    }

    #[test]
    fn long_and_unprintable_texts_are_cut_and_escaped() {
        let long = "é".repeat(40_000);
        let message = TopicName::new(&long).unwrap_err().describe_name(&long).to_string();
        assert!(message.len() < 400, "{message}");
        let message = TopicName::new("a\0b").unwrap_err().describe_name("a\0b").to_string();
        assert!(message.contains("\"a\\0b\""), "{message}");
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<TopicError>() <= 12);
    }

    #[test]
    fn versions_number_their_statements_differently() {
        assert_eq!(TopicFault::MultiLevelWildcardNotLast.statement(), "MQTT-4.7.1-1");
        assert_eq!(TopicFault::MultiLevelWildcardNotLast.statement_v3(), "MQTT-4.7.1-2");
        assert_eq!(TopicFault::SingleLevelWildcardNotAlone.statement_v3(), "MQTT-4.7.1-3");
        assert_eq!(TopicFault::WildcardInTopicName.statement_v3(), "MQTT-4.7.1-1");
        assert_eq!(TopicFault::Empty.statement_v3(), "MQTT-4.7.3-1");
    }
}

//! Topic Filters with names for what the wildcards stand for.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::error::{Quoted, TopicError};
use super::filter::TopicFilter;
use super::matching::matches;
use super::name::TopicName;

/// A Topic Filter in which wildcards may have names: `cmd/+room/#rest`.
///
/// A level that begins with `+` and goes on captures that level under the name which follows; a last level that begins
/// with `#` and goes on captures all remaining levels. Every Topic Filter is a pattern too (no valid filter has text
/// behind `+` or `#`), including `$share/name/filter`. Names are not empty, contain no `+`, `#` or `/`, and stand only
/// once.
///
/// ```
/// use polymqtt_core::topic::{TopicName, TopicPattern};
///
/// let pattern = TopicPattern::new("cmd/+room/#action")?;
/// assert_eq!(pattern.filter(), "cmd/+/#");
/// let captures: Vec<_> = pattern.captures(TopicName::new("cmd/kitchen/light/on").unwrap()).unwrap().collect();
/// assert_eq!(captures, [("room", "kitchen"), ("action", "light/on")]);
/// # Ok::<(), polymqtt_core::topic::PatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPattern {
    filter: String,
    /// Names in the order of their levels, which are counted without the share.
    captures: Vec<Capture>,
    /// The text that the names are part of.
    names: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Capture {
    level: usize,
    name: Range<usize>,
    is_multi_level: bool,
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatternError {
    /// Without its names the pattern is not a valid Topic Filter. Position and level are those in the pattern.
    Filter(TopicError),
    /// A name stands for two wildcards.
    DuplicateCapture {
        /// The number of bytes before the wildcard with the repeated name.
        position: u32,
        /// Its level, counted from 1.
        level: u32,
    },
}

impl TopicPattern {
    /// Parses a pattern.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let mut filter = String::with_capacity(pattern.len());
        let mut names = String::new();
        let mut captures: Vec<Capture> = Vec::new();
        let mut position = 0;
        for (level, text) in pattern.split('/').enumerate() {
            if level > 0 {
                filter.push('/');
            }
            match capture_name(text) {
                Some((wildcard, name)) => {
                    filter.push_str(wildcard);
                    if captures.iter().any(|capture| names.get(capture.name.clone()) == Some(name)) {
                        let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
                        return Err(PatternError::DuplicateCapture {
                            position: number(position),
                            level: number(level + 1),
                        });
                    }
                    let start = names.len();
                    names.push_str(name);
                    captures.push(Capture { level, name: start..names.len(), is_multi_level: wildcard == "#" });
                }
                None => filter.push_str(text),
            }
            position += text.len() + 1;
        }
        let share_levels = match TopicFilter::new(&filter) {
            Ok(checked) => checked.share_name().map_or(0, |_| 2),
            // The same fault at its place in the text that the caller knows.
            Err(error) => return Err(PatternError::Filter(error_in(pattern, &filter, error))),
        };
        for capture in &mut captures {
            capture.level = capture.level.saturating_sub(share_levels);
        }
        Ok(Self { filter, captures, names })
    }

    /// The Topic Filter to subscribe to: the pattern without the names.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The Topic Filter to subscribe to, parsed.
    pub fn topic_filter(&self) -> Option<TopicFilter<'_>> {
        TopicFilter::new(&self.filter).ok()
    }

    /// Whether the pattern matches `topic`.
    pub fn matches(&self, topic: TopicName<'_>) -> bool {
        self.topic_filter().is_some_and(|filter| matches(filter, topic))
    }

    /// What the named wildcards stand for in `topic`, in the order of the pattern; `None` when it does not match.
    ///
    /// `#name` gives the remaining levels with the separators between them, and an empty text when there are none.
    pub fn captures<'a>(&'a self, topic: TopicName<'a>) -> Option<impl Iterator<Item = (&'a str, &'a str)> + use<'a>> {
        self.matches(topic).then(|| {
            let mut wanted = self.captures.iter().peekable();
            let mut start = 0;
            let mut level = 0;
            core::iter::from_fn(move || {
                let capture = wanted.next()?;
                let text = topic.as_str();
                let mut rest = text.get(start..).unwrap_or_default();
                while level < capture.level {
                    // When the levels end early, only a `#` can be left, and it stands for nothing.
                    rest = rest.split_once('/').map_or("", |(_, rest)| rest);
                    level += 1;
                }
                start = text.len() - rest.len();
                let value = if capture.is_multi_level { rest } else { rest.split('/').next().unwrap_or_default() };
                Some((self.name(capture), value))
            })
        })
    }

    /// The names, in the order of the pattern.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.captures.iter().map(|capture| self.name(capture))
    }

    fn name(&self, capture: &Capture) -> &str {
        self.names.get(capture.name.clone()).unwrap_or_default()
    }
}

impl PatternError {
    /// The statement of MQTT 5.0 that is broken; `None` for a rule of patterns alone.
    pub const fn statement(self) -> Option<&'static str> {
        match self {
            Self::Filter(error) => Some(error.statement()),
            Self::DuplicateCapture { .. } => None,
        }
    }

    /// The whole message for a person.
    pub fn describe(self, pattern: &str) -> impl fmt::Display + '_ {
        PatternErrorDescription { pattern, error: self }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(error) => error.fmt(f),
            Self::DuplicateCapture { level, .. } => {
                write!(f, "the name in level {level} stands there twice; choose another")
            }
        }
    }
}

impl core::error::Error for PatternError {}

struct PatternErrorDescription<'a> {
    pattern: &'a str,
    error: PatternError,
}

impl fmt::Display for PatternErrorDescription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "topic pattern {}: {}", Quoted(self.pattern), self.error)
    }
}

/// The wildcard and the name of a level such as `+room`.
fn capture_name(level: &str) -> Option<(&str, &str)> {
    let (wildcard, name) = level.split_at_checked(1)?;
    let is_named = matches!(wildcard, "+" | "#") && !name.is_empty() && !name.contains(['+', '#', '\0']);
    is_named.then_some((wildcard, name))
}

/// Moves an error from the filter to the same level of the pattern that the filter was made of.
fn error_in(pattern: &str, filter: &str, error: TopicError) -> TopicError {
    let level_start = |text: &str| {
        let before = usize::try_from(error.level()).unwrap_or(usize::MAX).saturating_sub(1);
        text.split('/').take(before).map(|level| level.len() + 1).sum::<usize>()
    };
    let position = usize::try_from(error.position()).unwrap_or(usize::MAX);
    let offset = position.saturating_sub(level_start(filter));
    TopicError::at(error.fault(), pattern, level_start(pattern).saturating_add(offset).min(pattern.len()))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::super::error::TopicFault;
    use super::*;

    fn captures<'a>(pattern: &'a TopicPattern, topic: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        pattern.captures(TopicName::new(topic).unwrap()).map(Iterator::collect)
    }

    #[test]
    fn captures_levels_and_the_rest() {
        let pattern = TopicPattern::new("cmd/+room/+/#rest").unwrap();
        assert_eq!(pattern.filter(), "cmd/+/+/#");
        assert_eq!(pattern.names().collect::<Vec<_>>(), ["room", "rest"]);
        assert_eq!(captures(&pattern, "cmd/a/b/c/d"), Some(vec![("room", "a"), ("rest", "c/d")]));
        assert_eq!(captures(&pattern, "cmd/a/b"), Some(vec![("room", "a"), ("rest", "")]));
        assert_eq!(captures(&pattern, "cmd//b/"), Some(vec![("room", ""), ("rest", "")]));
        assert_eq!(captures(&pattern, "cmd/a"), None);
    }

    #[test]
    fn ordinary_and_shared_filters_are_patterns() {
        let pattern = TopicPattern::new("a/+/#").unwrap();
        assert_eq!((pattern.filter(), captures(&pattern, "a/b")), ("a/+/#", Some(vec![])));
        let pattern = TopicPattern::new("$share/g/job/+id").unwrap();
        assert_eq!(pattern.filter(), "$share/g/job/+");
        assert_eq!(captures(&pattern, "job/7"), Some(vec![("id", "7")]));
        let pattern = TopicPattern::new("#all").unwrap();
        assert_eq!(captures(&pattern, "a/b"), Some(vec![("all", "a/b")]));
        assert_eq!(captures(&pattern, "$SYS/b"), None);
    }

    #[test]
    fn errors_name_the_place_in_the_pattern() {
        let error = TopicPattern::new("a/+room/#rest/b").unwrap_err();
        let PatternError::Filter(inner) = error else { panic!("{error:?}") };
        assert_eq!((inner.fault(), inner.position(), inner.level()), (TopicFault::MultiLevelWildcardNotLast, 8, 3));
        assert_eq!(
            error.describe("a/+room/#rest/b").to_string(),
            "topic pattern \"a/+room/#rest/b\": '#' must be the last level (MQTT 5.0, 4.7.1.2)"
        );
        let error = TopicPattern::new("a/+x/+x").unwrap_err();
        assert_eq!(error, PatternError::DuplicateCapture { position: 5, level: 3 });
        assert!(error.describe("a/+x/+x").to_string().contains("level 3"));
        for text in ["", "a+b", "a/b#", "+a+", "++", "#a#", "$share/+g/t", "a/\0", "+\0"] {
            assert!(TopicPattern::new(text).is_err(), "{text:?}");
        }
    }
}

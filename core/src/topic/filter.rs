//! Topic Filters: what a subscription asks for.

use core::fmt;

use super::error::{TopicError, TopicFault};
use super::name::{check_text, count_levels, is_wildcard};

/// A valid Topic Filter, shared (`$share/name/filter`) or not.
///
/// Two constructors differ in what `$share/` means. [`new`](Self::new) reads it as MQTT 5.0 does. [`plain`](Self::plain)
/// takes it as an ordinary first level, as MQTT 3.1 and 3.1.1 are written. Brokers in the field honour shared
/// subscriptions for 3.1.1 too, so the choice is left to the caller.
///
/// ```
/// use polymqtt_core::topic::TopicFilter;
///
/// let filter = TopicFilter::new("$share/workers/job/+")?;
/// assert_eq!(filter.share_name(), Some("workers"));
/// assert_eq!(filter.filter_without_share(), "job/+");
/// # Ok::<(), polymqtt_core::topic::TopicError>(())
/// ```
///
/// Spec: 4.7, 4.8.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicFilter<'a> {
    text: &'a str,
    share_name: Option<&'a str>,
    /// What is matched: all of `text`, or what follows the share name.
    matched: &'a str,
}

impl<'a> TopicFilter<'a> {
    /// Checks `text`; when it begins with `$share/` it must be a valid shared subscription.
    ///
    /// Spec: 4.7.1, 4.7.3, 4.8.2 [MQTT-4.8.2-1] [MQTT-4.8.2-2].
    pub fn new(text: &'a str) -> Result<Self, TopicError> {
        check_text(text)?;
        let Some(share) = text.strip_prefix(SHARE_PREFIX) else {
            check_wildcards(text, 0)?;
            return Ok(Self { text, share_name: None, matched: text });
        };
        let (share_name, matched) = match share.split_once('/') {
            Some((name, matched)) => (name, Some(matched)),
            None => (share, None),
        };
        let start = SHARE_PREFIX.len();
        if share_name.is_empty() {
            return Err(TopicError::at(TopicFault::ShareNameEmpty, text, start));
        }
        if let Some(position) = share_name.bytes().position(is_wildcard) {
            return Err(TopicError::at(TopicFault::ShareNameWildcard, text, start + position));
        }
        let Some(matched) = matched.filter(|matched| !matched.is_empty()) else {
            return Err(TopicError::at(TopicFault::ShareFilterMissing, text, text.len()));
        };
        check_wildcards(text, text.len() - matched.len())?;
        Ok(Self { text, share_name: Some(share_name), matched })
    }

    /// Checks `text` as a filter that is not shared, whatever it begins with.
    pub fn plain(text: &'a str) -> Result<Self, TopicError> {
        check_text(text)?;
        check_wildcards(text, 0)?;
        Ok(Self { text, share_name: None, matched: text })
    }

    /// The whole text, with `$share/name/` if that is there.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// The name of the share, when the subscription is a shared one.
    pub const fn share_name(self) -> Option<&'a str> {
        self.share_name
    }

    /// The part that is compared with Topic Names: the whole text, or what follows `$share/name/`.
    pub const fn filter_without_share(self) -> &'a str {
        self.matched
    }

    /// The levels of the part that is compared with Topic Names, from left to right.
    pub fn levels(self) -> impl DoubleEndedIterator<Item = &'a str> + Clone + fmt::Debug + use<'a> {
        self.matched.split('/')
    }

    /// How many levels the part has that is compared with Topic Names. `#` counts as one.
    pub fn level_count(self) -> usize {
        count_levels(self.matched)
    }

    /// Whether there is a `+` or `#`; without one the filter matches exactly one Topic Name.
    pub fn has_wildcards(self) -> bool {
        self.matched.bytes().any(is_wildcard)
    }

    /// Whether the first level is `+` or `#`, so that Topic Names beginning with `$` are not matched.
    ///
    /// Spec: 4.7.2 [MQTT-4.7.2-1].
    pub fn begins_with_wildcard(self) -> bool {
        self.matched.bytes().next().is_some_and(is_wildcard)
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl AsRef<str> for TopicFilter<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicFilter({:?})", self.text)
    }
}

/// Checks `+` and `#` from byte `start` of `text` on.
fn check_wildcards(text: &str, start: usize) -> Result<(), TopicError> {
    let Some(checked) = text.get(start..).filter(|checked| checked.bytes().any(is_wildcard)) else {
        return Ok(());
    };
    let mut level_start = start;
    for level in checked.split('/') {
        let level_end = level_start + level.len();
        if let Some(position) = level.bytes().position(|byte| byte == b'#') {
            if level.len() > 1 {
                return Err(TopicError::at(TopicFault::MultiLevelWildcardNotAlone, text, level_start + position));
            }
            if level_end < text.len() {
                return Err(TopicError::at(TopicFault::MultiLevelWildcardNotLast, text, level_start));
            }
        }
        if let Some(position) = level.bytes().position(|byte| byte == b'+')
            && level.len() > 1
        {
            return Err(TopicError::at(TopicFault::SingleLevelWildcardNotAlone, text, level_start + position));
        }
        level_start = level_end + 1;
    }
    Ok(())
}

pub(super) const SHARE_PREFIX: &str = "$share/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_alone_and_the_multi_level_one_last() {
        for valid in ["#", "+", "+/+", "a/#", "a/+/b/#", "/", "/#", "+/", "//+//", "$SYS/#", "a b/é"] {
            assert!(TopicFilter::new(valid).is_ok(), "{valid}");
        }
        let fault = |text| {
            let error = TopicFilter::new(text).unwrap_err();
            (error.fault(), error.position(), error.level())
        };
        assert_eq!(fault("a#"), (TopicFault::MultiLevelWildcardNotAlone, 1, 1));
        assert_eq!(fault("##"), (TopicFault::MultiLevelWildcardNotAlone, 0, 1));
        assert_eq!(fault("a/+#"), (TopicFault::MultiLevelWildcardNotAlone, 3, 2));
        assert_eq!(fault("a/#/b"), (TopicFault::MultiLevelWildcardNotLast, 2, 2));
        assert_eq!(fault("#/"), (TopicFault::MultiLevelWildcardNotLast, 0, 1));
        assert_eq!(fault("a/b+"), (TopicFault::SingleLevelWildcardNotAlone, 3, 2));
        assert_eq!(fault("++"), (TopicFault::SingleLevelWildcardNotAlone, 0, 1));
    }

    #[test]
    fn shared_filters_are_taken_apart() {
        let filter = TopicFilter::new("$share/consumer1//finance").unwrap();
        assert_eq!((filter.share_name(), filter.filter_without_share()), (Some("consumer1"), "/finance"));
        let filter = TopicFilter::new("$share/g/#").unwrap();
        assert_eq!((filter.share_name(), filter.filter_without_share()), (Some("g"), "#"));
        assert!(filter.begins_with_wildcard());
        assert_eq!(filter.as_str(), "$share/g/#");
    }

    #[test]
    fn faults_of_shared_filters_have_their_place() {
        let fault = |text| {
            let error = TopicFilter::new(text).unwrap_err();
            (error.fault(), error.position(), error.level())
        };
        assert_eq!(fault("$share/"), (TopicFault::ShareNameEmpty, 7, 2));
        assert_eq!(fault("$share//t"), (TopicFault::ShareNameEmpty, 7, 2));
        assert_eq!(fault("$share/a+b/t"), (TopicFault::ShareNameWildcard, 8, 2));
        assert_eq!(fault("$share/#"), (TopicFault::ShareNameWildcard, 7, 2));
        assert_eq!(fault("$share/g"), (TopicFault::ShareFilterMissing, 8, 2));
        assert_eq!(fault("$share/g/"), (TopicFault::ShareFilterMissing, 9, 3));
        assert_eq!(fault("$share/g/a/#/b"), (TopicFault::MultiLevelWildcardNotLast, 11, 4));
    }

    #[test]
    fn a_plain_filter_knows_no_shares() {
        for text in ["$share/g/t", "$share/", "$share//t", "$share/+/t"] {
            let filter = TopicFilter::plain(text).unwrap();
            assert_eq!((filter.share_name(), filter.filter_without_share()), (None, text));
        }
        assert!(TopicFilter::plain("$share/a+/t").is_err());
        assert_eq!(TopicFilter::new("$share").unwrap().share_name(), None);
    }
}

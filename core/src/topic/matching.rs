//! Whether one Topic Filter matches one Topic Name: written to be obviously right, and the oracle of the index.

use super::filter::TopicFilter;
use super::name::TopicName;

/// Whether `filter` matches `topic`.
///
/// Of a shared filter only the part after the share name counts. `+` matches one level, `#` the parent and everything
/// below it, and a filter that begins with a wildcard does not match a name that begins with `$`. Takes time linear in
/// the length of the shorter text and allocates nothing.
///
/// ```
/// use polymqtt_core::topic::{TopicFilter, TopicName, matches};
///
/// let filter = TopicFilter::new("sport/#")?;
/// assert!(matches(filter, TopicName::new("sport")?));
/// assert!(matches(filter, TopicName::new("sport/tennis/player1")?));
/// # Ok::<(), polymqtt_core::topic::TopicError>(())
/// ```
///
/// Spec: 4.7.1 [MQTT-4.7.2-1] [MQTT-4.7.3-4].
pub fn matches(filter: TopicFilter<'_>, topic: TopicName<'_>) -> bool {
    if topic.is_dollar() && filter.begins_with_wildcard() {
        return false;
    }
    let mut names = topic.levels();
    for level in filter.levels() {
        if level == "#" {
            return true;
        }
        match names.next() {
            Some(name) if level == "+" || level == name => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, topic: &str) -> bool {
        matches(TopicFilter::new(filter).unwrap(), TopicName::new(topic).unwrap())
    }

    #[test]
    fn multi_level_wildcard_matches_the_parent_too() {
        assert!(check("sport/#", "sport"));
        assert!(check("sport/#", "sport/"));
        assert!(check("sport/#", "sport/a/b"));
        assert!(!check("sport/#", "sports"));
        assert!(check("+/#", "a"));
        assert!(!check("a/+/#", "a"));
    }

    #[test]
    fn single_level_wildcard_matches_exactly_one_level() {
        assert!(check("sport/+", "sport/"));
        assert!(!check("sport/+", "sport"));
        assert!(!check("sport/+", "sport/a/b"));
        assert!(check("+/+", "/finance"));
        assert!(check("/+", "/finance"));
        assert!(!check("+", "/finance"));
    }

    #[test]
    fn leading_wildcards_do_not_match_dollar_topics() {
        assert!(!check("#", "$SYS/x"));
        assert!(!check("+/x", "$SYS/x"));
        assert!(!check("$share/g/#", "$SYS/x"));
        assert!(check("$SYS/#", "$SYS/x"));
        assert!(check("$SYS/+", "$SYS/x"));
        assert!(check("a/+", "a/$x"));
    }

    #[test]
    fn a_plain_share_filter_matches_the_literal_topic() {
        let topic = TopicName::new("$share/g/t").unwrap();
        assert!(matches(TopicFilter::plain("$share/g/t").unwrap(), topic));
        assert!(!matches(TopicFilter::new("$share/g/t").unwrap(), topic));
    }
}

//! From a Topic Filter to the Topic Names that it matches: how Retained Messages are found.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map;
use core::ops::Bound;

use super::filter::TopicFilter;
use super::level_order::{LevelOrdered, StoredTopic};
use super::name::TopicName;
use super::topic_cursor::TopicCursor;

/// A map from Topic Names to values that can be asked with a Topic Filter, in slices.
///
/// ```
/// use core::ops::ControlFlow;
/// use polymqtt_core::topic::{CursorState, TopicFilter, TopicIndex, TopicName};
///
/// let mut index = TopicIndex::new();
/// index.insert(TopicName::new("room/kitchen/light")?, "on");
/// index.insert(TopicName::new("room/hall/light")?, "off");
///
/// let mut cursor = index.cursor(TopicFilter::new("room/+/light")?);
/// let mut found = Vec::new();
/// while cursor.advance(&index, 100, |topic, value| {
///     found.push((topic.as_str().to_owned(), *value));
///     ControlFlow::Continue(())
/// }) == CursorState::More
/// {
///     // other work, which may change the index
/// }
/// assert_eq!(found, [("room/hall/light".into(), "off"), ("room/kitchen/light".into(), "on")]);
/// # Ok::<(), polymqtt_core::topic::TopicError>(())
/// ```
///
/// # Cost
/// A balanced tree in level order: the parent first, then its children, then its next sibling. Each operation takes
/// O(log n) comparisons. Beside the value, a topic takes its text in an allocation of its own and 20 to 45 bytes of tree.
#[derive(Debug)]
pub struct TopicIndex<T> {
    topics: BTreeMap<StoredTopic, T>,
}

impl<T> TopicIndex<T> {
    /// An empty index.
    pub const fn new() -> Self {
        Self { topics: BTreeMap::new() }
    }

    /// Sets the value of `topic` and returns the one it had.
    pub fn insert(&mut self, topic: TopicName<'_>, value: T) -> Option<T> {
        if let Some(place) = self.get_mut(topic) {
            return Some(core::mem::replace(place, value));
        }
        self.topics.insert(StoredTopic(topic.as_str().into()), value)
    }

    /// Removes `topic` and returns its value.
    pub fn remove(&mut self, topic: TopicName<'_>) -> Option<T> {
        self.topics.remove(key(&topic.as_str()))
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.topics.clear();
    }

    /// The value of `topic`, to be changed.
    pub fn get_mut(&mut self, topic: TopicName<'_>) -> Option<&mut T> {
        self.topics.get_mut(key(&topic.as_str()))
    }

    /// The value of `topic`.
    pub fn get(&self, topic: TopicName<'_>) -> Option<&T> {
        self.topics.get(key(&topic.as_str()))
    }

    /// A cursor over the topics that `filter` matches; see [`TopicCursor::advance`].
    pub fn cursor(&self, filter: TopicFilter<'_>) -> TopicCursor {
        TopicCursor::new(filter)
    }

    /// All topics and their values, in level order.
    pub fn iter(&self) -> impl Iterator<Item = (TopicName<'_>, &T)> {
        self.topics.iter().map(|(topic, value)| (TopicName::trusted(&topic.0), value))
    }

    /// How many topics there are.
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// What comes at or after `text`.
    pub(super) fn range_from(&self, text: &str, is_included: bool) -> btree_map::Range<'_, StoredTopic, T> {
        let start = if is_included { Bound::Included(key(&text)) } else { Bound::Excluded(key(&text)) };
        self.topics.range::<dyn LevelOrdered, _>((start, Bound::Unbounded))
    }
}

impl<T> Default for TopicIndex<T> {
    fn default() -> Self {
        Self::new()
    }
}

fn key<'a>(text: &'a &'a str) -> &'a (dyn LevelOrdered + 'a) {
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(text: &str) -> TopicName<'_> {
        TopicName::new(text).unwrap()
    }

    #[test]
    fn replaces_finds_and_removes() {
        let mut index = TopicIndex::new();
        assert_eq!(index.insert(topic("a/b"), 1), None);
        assert_eq!(index.insert(topic("a/b"), 2), Some(1));
        assert_eq!(index.insert(topic("a"), 3), None);
        assert_eq!((index.len(), index.get(topic("a/b")), index.get(topic("a/"))), (2, Some(&2), None));
        assert_eq!(index.remove(topic("a/b")), Some(2));
        assert_eq!(index.remove(topic("a/b")), None);
        assert_eq!(index.iter().map(|(topic, _)| topic.as_str()).collect::<alloc::vec::Vec<_>>(), ["a"]);
    }
}

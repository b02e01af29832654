//! From a Topic Name to the Topic Filters that match it: the heart of routing.

use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};

use super::filter::TopicFilter;
use super::filter_trie::FilterTrie;
use super::hash::{TopicHasher, tag};
use super::name::TopicName;
use super::slot_table::SlotTable;
use super::text_store::{Span, TextStore, grow_by_quarter};
use super::trie_walk::MatchScratch;
use super::value_list::ValueList;

/// A set of Topic Filters, each with one value, that finds those which match a Topic Name.
///
/// Each filter has a [`FilterId`], a small number that stays the same until the filter is removed. A session keeps the
/// identifiers of its subscriptions instead of their texts, and [`write_filter`](Self::write_filter) gives the text back.
///
/// The value is whatever belongs to a filter; where several subscribers share one, use [`ValueList`], for which there are
/// shorter calls:
///
/// ```
/// use polymqtt_core::topic::{SubscriptionIndex, TopicFilter, TopicName, ValueList};
///
/// let mut index = SubscriptionIndex::<ValueList<&str>>::new(0x5eed);
/// index.push(TopicFilter::new("room/+/light")?, "panel").unwrap();
/// index.push(TopicFilter::new("room/kitchen/light")?, "lamp").unwrap();
///
/// let mut reached = Vec::new();
/// index.for_each_value(TopicName::new("room/kitchen/light")?, |subscriber| reached.push(*subscriber));
/// reached.sort_unstable();
/// assert_eq!(reached, ["lamp", "panel"]);
/// # Ok::<(), polymqtt_core::topic::TopicError>(())
/// ```
///
/// **The share name is not looked at.** `$share/group/a/+` and `a/+` are the same filter here, with one identifier; the
/// groups belong into the value.
///
/// # Cost
/// Filters without wildcards lie in one hash table over their whole text. The others lie in a radix tree over levels, with
/// one hash table for all of its nodes.
/// - A match costs one look-up in each, and one step for each tree node that agrees with the topic so far. No node is
///   visited twice, so the cost never exceeds the size of the tree, whatever the filters; each of the topic's bytes is
///   hashed at most twice. No recursion, and after the first calls no allocation.
/// - Insertion and removal take time linear in the filter's length (and now and then, spread over many calls, the moving
///   of a table).
/// - Memory is about 24 bytes plus the value plus the text for a filter without wildcards, and 56 bytes plus the value
///   plus the part of the text that no other filter begins with for one with wildcards. It is reused after removal, and
///   all given back when the last filter goes.
///
/// The order in which matches are found is not defined, but the same calls give the same order.
///
/// Spec: 4.7.
pub struct SubscriptionIndex<T> {
    hasher: TopicHasher,
    entries: Vec<Entry<T>>,
    first_free: u32,
    len: u32,
    filters_max: u32,
    exact: SlotTable,
    exact_text: TextStore,
    trie: FilterTrie,
    scratch: MatchScratch,
}

/// Names a filter of one [`SubscriptionIndex`], from its insertion to its removal.
///
/// The numbers are dense: removed ones are given out again, so they serve as positions in a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilterId(u32);

/// The index holds as many filters as it may, or their texts fill 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndexFull;

#[derive(Debug)]
enum Entry<T> {
    Free { next: u32 },
    Exact { start: u32, len: u16, value: T },
    Wildcard { node: u32, value: T },
}

impl<T> SubscriptionIndex<T> {
    /// An empty index.
    ///
    /// `seed` should be a random number that peers do not know: they choose the topics, and could otherwise choose ones
    /// that collide. The same seed and the same calls give the same results in the same order.
    pub fn new(seed: u64) -> Self {
        Self::with_filters_max(seed, u32::MAX)
    }

    /// An empty index that refuses to hold more than `filters_max` filters.
    pub fn with_filters_max(seed: u64, filters_max: u32) -> Self {
        let hasher = TopicHasher::new(seed);
        Self {
            hasher,
            entries: Vec::new(),
            first_free: NONE,
            len: 0,
            filters_max: filters_max.min(FILTERS_MAX),
            exact: SlotTable::new(),
            exact_text: TextStore::new(),
            trie: FilterTrie::new(hasher),
            scratch: MatchScratch::default(),
        }
    }

    /// The identifier of `filter`; when it is new, it is added with the value that `make` gives.
    pub fn insert_with(&mut self, filter: TopicFilter<'_>, make: impl FnOnce() -> T) -> Result<FilterId, IndexFull> {
        if let Some(id) = self.find(filter) {
            return Ok(id);
        }
        let text = filter.filter_without_share().as_bytes();
        if self.len >= self.filters_max || !self.exact_text.has_room(text.len()) || !self.trie.has_room(text.len()) {
            return Err(IndexFull);
        }
        let id = self.free_place();
        let entry = if filter.has_wildcards() {
            Entry::Wildcard { node: self.trie.insert(text, id), value: make() }
        } else {
            let (start, len) = self.exact_text.push(text).into_parts();
            self.exact.insert(tag(self.hasher.hash(text)), id);
            Entry::Exact { start, len, value: make() }
        };
        if let Some(place) = self.entries.get_mut(id as usize) {
            *place = entry;
        }
        self.len += 1;
        Ok(FilterId(id))
    }

    /// Removes a filter and returns its value; `None` when there is no such filter.
    pub fn remove(&mut self, id: FilterId) -> Option<T> {
        let place = self.entries.get_mut(id.0 as usize)?;
        let value = match mem::replace(place, Entry::Free { next: self.first_free }) {
            Entry::Free { next } => {
                *place = Entry::Free { next };
                return None;
            }
            Entry::Exact { start, len, value } => {
                let span = Span::from_parts(start, len);
                self.exact.remove(tag(self.hasher.hash(self.exact_text.get(span))), id.0);
                self.exact_text.release_span(span);
                if self.exact_text.is_wasteful() {
                    self.move_exact_text();
                }
                value
            }
            Entry::Wildcard { node, value } => {
                self.trie.remove(node, id.0);
                value
            }
        };
        self.first_free = id.0;
        self.len -= 1;
        if self.len == 0 {
            self.clear();
        }
        Some(value)
    }

    /// Removes everything and gives back the memory.
    pub fn clear(&mut self) {
        self.entries = Vec::new();
        self.first_free = NONE;
        self.len = 0;
        self.exact = SlotTable::new();
        self.exact_text = TextStore::new();
        self.trie = FilterTrie::new(self.hasher);
        self.scratch = MatchScratch::default();
    }

    /// Calls `visit` once for every filter that matches `topic`. Returns the number of steps taken: look-ups in the
    /// table and nodes of the tree.
    pub fn for_each_match(&mut self, topic: TopicName<'_>, mut visit: impl FnMut(FilterId, &T)) -> usize {
        let text = topic.as_str().as_bytes();
        if let Some(id) = self.find_exact(text)
            && let Some(value) = self.get(FilterId(id))
        {
            visit(FilterId(id), value);
        }
        let Self { entries, trie, scratch, .. } = self;
        let steps = trie.for_each_match(text, scratch, |id| {
            if let Some(value) = entries.get(id as usize).and_then(Entry::value) {
                visit(FilterId(id), value);
            }
        });
        steps + 1
    }

    /// Appends the identifiers of all filters that match `topic` to `found`. Returns the steps taken, as
    /// [`for_each_match`](Self::for_each_match) does.
    pub fn collect_matches(&mut self, topic: TopicName<'_>, found: &mut Vec<FilterId>) -> usize {
        let text = topic.as_str().as_bytes();
        found.extend(self.find_exact(text).map(FilterId));
        self.trie.for_each_match(text, &mut self.scratch, |id| found.push(FilterId(id))) + 1
    }

    /// The value of a filter, to be changed.
    pub fn get_mut(&mut self, id: FilterId) -> Option<&mut T> {
        match self.entries.get_mut(id.0 as usize)? {
            Entry::Free { .. } => None,
            Entry::Exact { value, .. } | Entry::Wildcard { value, .. } => Some(value),
        }
    }

    /// The value of a filter.
    pub fn get(&self, id: FilterId) -> Option<&T> {
        self.entries.get(id.0 as usize)?.value()
    }

    /// The identifier of a filter.
    pub fn find(&self, filter: TopicFilter<'_>) -> Option<FilterId> {
        let text = filter.filter_without_share().as_bytes();
        let id = if filter.has_wildcards() { self.trie.find(text) } else { self.find_exact(text) };
        id.map(FilterId)
    }

    /// Appends the text of a filter, without a share name, to `text`. Returns whether there is such a filter.
    pub fn write_filter(&self, id: FilterId, text: &mut String) -> bool {
        match self.entries.get(id.0 as usize) {
            None | Some(Entry::Free { .. }) => false,
            Some(Entry::Exact { start, len, .. }) => {
                let bytes = self.exact_text.get(Span::from_parts(*start, *len));
                text.push_str(str::from_utf8(bytes).unwrap_or_default());
                true
            }
            Some(Entry::Wildcard { node, .. }) => {
                self.trie.write_filter(*node, id.0, text);
                true
            }
        }
    }

    /// All filters and their values, in the order of their identifiers.
    pub fn iter(&self) -> impl Iterator<Item = (FilterId, &T)> {
        (0..).zip(&self.entries).filter_map(|(id, entry)| entry.value().map(|value| (FilterId(id), value)))
    }

    /// How many filters there are.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that the index itself owns, in bytes; what values own elsewhere is not counted.
    pub fn size_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<T>>()
            + self.exact.size_bytes()
            + self.exact_text.size_bytes()
            + self.trie.size_bytes()
            + self.scratch.size_bytes()
    }

    fn find_exact(&self, text: &[u8]) -> Option<u32> {
        self.exact.find(tag(self.hasher.hash(text)), |id| match self.entries.get(id as usize) {
            Some(Entry::Exact { start, len, .. }) => self.exact_text.get(Span::from_parts(*start, *len)) == text,
            None | Some(Entry::Free { .. } | Entry::Wildcard { .. }) => false,
        })
    }

    fn free_place(&mut self) -> u32 {
        let id = self.first_free;
        if let Some(Entry::Free { next }) = self.entries.get(id as usize) {
            self.first_free = *next;
            return id;
        }
        grow_by_quarter(&mut self.entries, 1);
        self.entries.push(Entry::Free { next: NONE });
        // Fewer entries than `FILTERS_MAX`: every place before this one is taken.
        u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
    }

    fn move_exact_text(&mut self) {
        let mut moved = TextStore::successor(&self.exact_text);
        for entry in &mut self.entries {
            if let Entry::Exact { start, len, .. } = entry {
                (*start, *len) = moved.push(self.exact_text.get(Span::from_parts(*start, *len))).into_parts();
            }
        }
        self.exact_text = moved;
    }
}

/// Shorter calls for an index in which a filter has any number of values.
impl<T> SubscriptionIndex<ValueList<T>> {
    /// Adds `value` to those of `filter`.
    pub fn push(&mut self, filter: TopicFilter<'_>, value: T) -> Result<FilterId, IndexFull> {
        let id = self.insert_with(filter, ValueList::new)?;
        if let Some(values) = self.get_mut(id) {
            values.push(value);
        }
        Ok(id)
    }

    /// Keeps those values of `id` for which `keep` says yes, and removes the filter when none is left. Returns how many
    /// values went.
    pub fn retain(&mut self, id: FilterId, keep: impl FnMut(&T) -> bool) -> usize {
        let Some(values) = self.get_mut(id) else { return 0 };
        let gone = values.retain(keep);
        if values.is_empty() {
            self.remove(id);
        }
        gone
    }

    /// Calls `visit` for every value of every filter that matches `topic`. A value that stands under several matching
    /// filters is visited once for each.
    pub fn for_each_value(&mut self, topic: TopicName<'_>, mut visit: impl FnMut(&T)) -> usize {
        self.for_each_match(topic, |_, values| values.iter().for_each(&mut visit))
    }
}

impl<T> Entry<T> {
    const fn value(&self) -> Option<&T> {
        match self {
            Self::Free { .. } => None,
            Self::Exact { value, .. } | Self::Wildcard { value, .. } => Some(value),
        }
    }
}

impl FilterId {
    /// The number, less than 2^32 - 8.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The identifier with this number, for callers that keep numbers. One that was never given out finds nothing.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

impl<T> fmt::Debug for SubscriptionIndex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionIndex")
            .field("len", &self.len)
            .field("size_bytes", &self.size_bytes())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for IndexFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the subscription index is full: remove subscriptions or raise its limit")
    }
}

impl core::error::Error for IndexFull {}

const NONE: u32 = u32::MAX;
const FILTERS_MAX: u32 = u32::MAX - 8;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn filter(text: &str) -> TopicFilter<'_> {
        TopicFilter::new(text).unwrap()
    }

    fn matched(index: &mut SubscriptionIndex<&'static str>, topic: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        index.for_each_match(TopicName::new(topic).unwrap(), |_, text| found.push(*text));
        found.sort_unstable();
        found
    }

    #[test]
    fn finds_exact_and_wildcard_filters() {
        let mut index = SubscriptionIndex::new(1);
        for text in ["#", "+", "a", "a/#", "a/+", "a/b", "a/+/c", "+/b", "+/+/#", "/", "/#", "$SYS/#", "a//"] {
            index.insert_with(filter(text), || text).unwrap();
        }
        assert_eq!(matched(&mut index, "a"), ["#", "+", "a", "a/#"]);
        assert_eq!(matched(&mut index, "a/b"), ["#", "+/+/#", "+/b", "a/#", "a/+", "a/b"]);
        assert_eq!(matched(&mut index, "a/b/c"), ["#", "+/+/#", "a/#", "a/+/c"]);
        assert_eq!(matched(&mut index, "/"), ["#", "+/+/#", "/", "/#"]);
        assert_eq!(matched(&mut index, "a//"), ["#", "+/+/#", "a/#", "a//"]);
        assert_eq!(matched(&mut index, "$SYS/b"), ["$SYS/#"]);
        assert_eq!(matched(&mut index, "$SYS"), ["$SYS/#"]);
    }

    #[test]
    fn an_entry_is_eight_bytes_larger_than_its_value() {
        assert_eq!(size_of::<Entry<u32>>(), 12);
        assert_eq!(size_of::<Entry<ValueList<(u32, u32)>>>(), 24);
    }

    #[test]
    fn the_same_filter_keeps_its_identifier() {
        let mut index = SubscriptionIndex::new(1);
        let id = index.insert_with(filter("a/+"), || 1).unwrap();
        assert_eq!(index.insert_with(filter("$share/g/a/+"), || 2), Ok(id));
        assert_eq!(index.get(id), Some(&1));
        assert_eq!(index.find(filter("a/#")), None);
        assert_eq!(index.remove(id), Some(1));
        assert_eq!(index.remove(id), None);
        assert_eq!(index.find(filter("a/+")), None);
    }

    #[test]
    fn a_full_index_refuses_new_filters_but_knows_the_old() {
        let mut index = SubscriptionIndex::with_filters_max(1, 2);
        let id = index.insert_with(filter("a"), || ()).unwrap();
        index.insert_with(filter("+"), || ()).unwrap();
        assert_eq!(index.insert_with(filter("b"), || ()), Err(IndexFull));
        assert_eq!(index.insert_with(filter("a"), || ()), Ok(id));
        index.remove(id);
        assert!(index.insert_with(filter("b"), || ()).is_ok());
    }

    #[test]
    fn memory_is_given_back() {
        let mut index = SubscriptionIndex::new(1);
        let mut ids = vec![];
        for number in 0..2000 {
            for text in [alloc::format!("a/{number}/b"), alloc::format!("a/{number}/+/{number}")] {
                ids.push(index.insert_with(filter(&text), || number).unwrap());
            }
        }
        let full = index.size_bytes();
        // Half of it comes and goes: the size stays.
        for _ in 0..10 {
            for id in ids.drain(2000..) {
                index.remove(id);
            }
            for number in 0..1000 {
                for text in [alloc::format!("b/{number}/b"), alloc::format!("b/{number}/+/{number}")] {
                    ids.push(index.insert_with(filter(&text), || number).unwrap());
                }
            }
        }
        assert!(index.size_bytes() < full * 3 / 2, "{} {full}", index.size_bytes());
        for id in ids {
            assert!(index.remove(id).is_some());
        }
        assert!(index.is_empty());
        assert_eq!(index.size_bytes(), 0);
    }

    #[test]
    fn value_lists_go_when_they_are_empty() {
        let mut index = SubscriptionIndex::<ValueList<u32>>::new(1);
        let id = index.push(filter("a/+"), 1).unwrap();
        assert_eq!(index.push(filter("a/+"), 2), Ok(id));
        assert_eq!(index.retain(id, |value| *value != 1), 1);
        assert_eq!(index.len(), 1);
        assert_eq!(index.retain(id, |value| *value != 2), 1);
        assert_eq!((index.len(), index.retain(id, |_| true)), (0, 0));
    }
}

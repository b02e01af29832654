//! Walking the topics that a filter matches, a slice at a time.

use alloc::boxed::Box;
use alloc::string::String;
use core::cmp::Ordering;
use core::ops::ControlFlow;

use super::filter::TopicFilter;
use super::level_order::compare;
use super::name::TopicName;
use super::topic_index::TopicIndex;

/// A place in the walk over those topics of a [`TopicIndex`] that one filter matches.
///
/// The place is a text, not a position in memory, so the index may change between two slices in any way:
/// - topics come in level order and each at most once;
/// - what matches and is in the index during the whole walk comes exactly once;
/// - what is inserted or removed meanwhile comes if it is there when the walk passes its place.
///
/// Of a shared filter only the part after the share name counts.
#[derive(Debug, Clone)]
pub struct TopicCursor {
    filter: Box<str>,
    place: String,
    state: Place,
}

/// Whether a walk is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CursorState {
    /// Call [`TopicCursor::advance`] again.
    More,
    /// Every topic has been passed.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The next topic is at or after the text.
    From,
    /// The next topic is after the text.
    After,
    Done,
}

impl TopicCursor {
    /// A cursor before the first topic.
    pub fn new(filter: TopicFilter<'_>) -> Self {
        let filter = filter.filter_without_share();
        let first_wildcard = filter.bytes().position(|byte| matches!(byte, b'+' | b'#')).unwrap_or(filter.len() + 1);
        // The levels before the first wildcard, without the separator behind them.
        let place = filter.get(..first_wildcard.saturating_sub(1)).unwrap_or_default();
        Self { filter: filter.into(), place: place.into(), state: Place::From }
    }

    /// Looks at the next `steps_max` topics (at least 1) and calls `visit` with those that match.
    ///
    /// Topics that cannot match are mostly jumped over, not looked at; in the whole walk there are fewer than three
    /// steps for each topic in the index. When `visit` breaks, the slice ends there, and the next one begins behind the
    /// topic visited last. Call again while the result is [`CursorState::More`].
    pub fn advance<T>(
        &mut self,
        index: &TopicIndex<T>,
        steps_max: usize,
        mut visit: impl FnMut(TopicName<'_>, &T) -> ControlFlow<()>,
    ) -> CursorState {
        if self.state == Place::Done {
            return CursorState::Done;
        }
        let mut topics = index.range_from(&self.place, self.state == Place::From);
        let mut last = None;
        // While `Some`, everything before `self.place` is skipped: a few topics one by one, then by a new search.
        let mut skipped = None;
        for _ in 0..steps_max.max(1) {
            let Some((topic, value)) = topics.next() else {
                return self.finish();
            };
            let topic = &*topic.0;
            if let Some(count) = &mut skipped {
                if compare(topic.as_bytes(), self.place.as_bytes()) == Ordering::Less {
                    *count += 1;
                    if *count == SKIPPED_MAX {
                        topics = index.range_from(&self.place, true);
                    }
                    continue;
                }
                skipped = None;
            }
            last = Some(topic);
            match judge(&self.filter, topic, &mut self.place) {
                Judgement::Match => {
                    if visit(TopicName::trusted(topic), value).is_break() {
                        break;
                    }
                }
                Judgement::Next => {}
                Judgement::Seek => skipped = Some(0),
                Judgement::Done => return self.finish(),
            }
        }
        self.state = Place::From;
        if skipped.is_none()
            && let Some(last) = last
        {
            self.place.clear();
            self.place.push_str(last);
            self.state = Place::After;
        }
        CursorState::More
    }

    /// Whether the walk is at its end.
    pub fn is_done(&self) -> bool {
        self.state == Place::Done
    }

    /// The filter, without a share name.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    fn finish(&mut self) -> CursorState {
        self.state = Place::Done;
        self.place = String::new();
        CursorState::Done
    }
}

/// What a topic means for the walk.
enum Judgement {
    Match,
    /// No match; one may follow at once.
    Next,
    /// No match, and none before the text that was written to the target.
    Seek,
    /// No match, and none behind it.
    Done,
}

fn judge(filter: &str, topic: &str, target: &mut String) -> Judgement {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return seek(target, "", "%"); // the byte after '$'
    }
    // How long the topic is up to the end of the last level that a `+` stands for.
    let mut last_wildcard = None;
    let mut names = topic.split('/');
    let mut start = 0;
    for level in filter.split('/') {
        if level == "#" {
            return Judgement::Match;
        }
        let before = topic.get(..start).unwrap_or_default();
        let Some(name) = names.next() else {
            if level == "+" {
                return Judgement::Next;
            }
            let judgement = seek(target, topic, "/");
            target.push_str(level);
            return judgement;
        };
        let end = start + name.len();
        if level == "+" {
            last_wildcard = topic.get(..end);
        } else {
            match name.as_bytes().cmp(level.as_bytes()) {
                Ordering::Less => return seek(target, before, level),
                Ordering::Equal => {}
                Ordering::Greater => return behind(target, last_wildcard),
            }
        }
        start = end + 1;
    }
    if names.next().is_none() { Judgement::Match } else { behind(target, last_wildcard) }
}

/// Goes on behind everything that begins with the levels of `prefix`.
fn behind(target: &mut String, prefix: Option<&str>) -> Judgement {
    // U+0001 comes after the separator and before everything else that may follow a level's text.
    prefix.map_or(Judgement::Done, |prefix| seek(target, prefix, "\u{1}"))
}

fn seek(target: &mut String, prefix: &str, level: &str) -> Judgement {
    target.clear();
    target.push_str(prefix);
    target.push_str(level);
    Judgement::Seek
}

/// After so many topics a search from the top of the tree is cheaper than going on one by one.
const SKIPPED_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    fn index(topics: &[&str]) -> TopicIndex<()> {
        let mut index = TopicIndex::new();
        for topic in topics {
            index.insert(TopicName::new(topic).unwrap(), ());
        }
        index
    }

    fn walk(index: &TopicIndex<()>, filter: &str, steps_max: usize) -> (Vec<String>, usize) {
        let mut cursor = index.cursor(TopicFilter::new(filter).unwrap());
        let mut found = Vec::new();
        let mut slices = 1;
        while cursor.advance(index, steps_max, |topic, ()| {
            found.push(topic.to_string());
            ControlFlow::Continue(())
        }) == CursorState::More
        {
            slices += 1;
        }
        assert!(cursor.is_done());
        (found, slices)
    }

    #[test]
    fn finds_what_the_filter_matches() {
        let index = index(&["a", "a/b", "a/b/c", "a/c", "a!", "b", "b/b", "/", "/b", "$SYS/b", "a/\u{1}"]);
        for steps in [1, 2, 100] {
            assert_eq!(walk(&index, "#", steps).0.len(), 10);
            assert_eq!(walk(&index, "+", steps).0, ["a", "a!", "b"]);
            assert_eq!(walk(&index, "+/b", steps).0, ["/b", "a/b", "b/b"]);
            assert_eq!(walk(&index, "a/#", steps).0, ["a", "a/\u{1}", "a/b", "a/b/c", "a/c"]);
            assert_eq!(walk(&index, "a/b", steps).0, ["a/b"]);
            assert_eq!(walk(&index, "a/bb", steps).0, [""; 0]);
            assert_eq!(walk(&index, "$SYS/+", steps).0, ["$SYS/b"]);
            assert_eq!(walk(&index, "+/+/+/#", steps).0, ["a/b/c"]);
        }
    }

    #[test]
    fn jumps_over_what_cannot_match() {
        let mut index = TopicIndex::new();
        for device in 0..100 {
            for part in 0..100 {
                index.insert(TopicName::new(&format!("device/{device:02}/{part:02}")).unwrap(), ());
            }
        }
        // One step a slice: the number of slices is the number of steps.
        let (found, steps) = walk(&index, "device/+/50", 1);
        assert_eq!(found.len(), 100);
        assert!(steps < 100 * 25, "{steps}");
        let (found, steps) = walk(&index, "device/50/+", 1);
        assert_eq!(found.len(), 100);
        assert!(steps < 105, "{steps}");
        assert!(walk(&index, "none/+/50", 1).1 < 3);
    }

    #[test]
    fn a_break_ends_the_slice_behind_the_visited_topic() {
        let index = index(&["a", "b", "c"]);
        let mut cursor = index.cursor(TopicFilter::new("+").unwrap());
        let mut found = Vec::new();
        for _ in 0..3 {
            let state = cursor.advance(&index, 100, |topic, ()| {
                found.push(topic.to_string());
                ControlFlow::Break(())
            });
            assert_eq!(state, CursorState::More);
        }
        assert_eq!(cursor.advance(&index, 100, |_, ()| ControlFlow::Break(())), CursorState::Done);
        assert_eq!(found, ["a", "b", "c"]);
    }
}

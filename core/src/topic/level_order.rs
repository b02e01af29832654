//! The order of topics in which a subtree is one unbroken range.

use alloc::boxed::Box;
use core::borrow::Borrow;
use core::cmp::Ordering;

/// Compares texts byte by byte with `/` before every other byte: level by level, the parent before its children, all of
/// them before the next sibling. (In plain byte order `a!` comes between `a` and `a/b`.)
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (a_chunks, b_chunks) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let equal = a_chunks.iter().zip(b_chunks).take_while(|(a, b)| a == b).count() * 8;
    let (a, b) = (a.get(equal..).unwrap_or_default(), b.get(equal..).unwrap_or_default());
    match a.iter().zip(b).find(|(a, b)| a != b) {
        Some((a, b)) => rank(*a).cmp(&rank(*b)),
        None => a.len().cmp(&b.len()),
    }
}

const fn rank(byte: u8) -> u8 {
    // Topics contain no zero byte, so the separator may have its place.
    if byte == b'/' { 0 } else { byte }
}

/// A topic that is stored in level order.
#[derive(Debug)]
pub(super) struct StoredTopic(pub(super) Box<str>);

/// What can be compared with a stored topic: a map can be asked without making a key of its own.
pub(super) trait LevelOrdered {
    fn text(&self) -> &str;
}

impl LevelOrdered for StoredTopic {
    fn text(&self) -> &str {
        &self.0
    }
}

impl LevelOrdered for &str {
    fn text(&self) -> &str {
        self
    }
}

impl<'a> Borrow<dyn LevelOrdered + 'a> for StoredTopic {
    fn borrow(&self) -> &(dyn LevelOrdered + 'a) {
        self
    }
}

impl Ord for dyn LevelOrdered + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.text().as_bytes(), other.text().as_bytes())
    }
}

impl PartialOrd for dyn LevelOrdered + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn LevelOrdered + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for dyn LevelOrdered + '_ {}

impl Ord for StoredTopic {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl PartialOrd for StoredTopic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for StoredTopic {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for StoredTopic {}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_the_order_of_the_lists_of_levels(a in "[a!/]{0,20}", b in "[a!/]{0,20}") {
            let levels = |text: &str| text.split('/').map(str::as_bytes).map(Vec::from).collect::<Vec<_>>();
            // The empty text is no topic; it only serves as the lower end of everything.
            if !a.is_empty() && !b.is_empty() {
                prop_assert_eq!(compare(a.as_bytes(), b.as_bytes()), levels(&a).cmp(&levels(&b)));
            }
        }
    }

    #[test]
    fn a_subtree_is_one_range() {
        let mut topics = ["a!", "a/b", "b", "a", "a/b!", "/x", "a/b/c", "a/"];
        topics.sort_by(|a, b| compare(a.as_bytes(), b.as_bytes()));
        assert_eq!(topics, ["/x", "a", "a/", "a/b", "a/b/c", "a/b!", "a!", "b"]);
    }
}

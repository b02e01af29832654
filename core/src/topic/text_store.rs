//! Many short texts, one after another in one piece of memory.

use alloc::vec::Vec;

/// Where a text lies in a [`TextStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    len: u16,
}

impl Span {
    pub(super) const EMPTY: Self = Self { start: 0, len: 0 };

    /// For owners that keep the two numbers apart to save their padding.
    pub(super) const fn from_parts(start: u32, len: u16) -> Self {
        Self { start, len }
    }

    pub(super) const fn into_parts(self) -> (u32, u16) {
        (self.start, self.len)
    }

    /// The first `len` bytes.
    pub(super) fn first(self, len: usize) -> Self {
        Self { start: self.start, len: u16::try_from(len).map_or(self.len, |len| len.min(self.len)) }
    }

    /// What follows the first `len` bytes.
    pub(super) fn after(self, len: usize) -> Self {
        let len = u16::try_from(len).map_or(self.len, |len| len.min(self.len));
        Self { start: self.start.saturating_add(len.into()), len: self.len - len }
    }

    const fn range(self) -> core::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// Bytes that are only appended. What is given up is counted, and the owner of the spans moves the rest to a new store
/// when more than half is dead: a constant amount of copying for each byte that is given up.
#[derive(Debug, Default)]
pub(super) struct TextStore {
    bytes: Vec<u8>,
    dead: usize,
}

impl TextStore {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), dead: 0 }
    }

    /// An empty store with room for what is alive in `old`.
    pub(super) fn successor(old: &Self) -> Self {
        Self { bytes: Vec::with_capacity(old.bytes.len().saturating_sub(old.dead)), dead: 0 }
    }

    /// Whether `len` more bytes can be pushed: spans reach 4 GiB.
    pub(super) fn has_room(&self, len: usize) -> bool {
        u32::try_from(self.bytes.len().saturating_add(len)).is_ok()
    }

    /// Appends a text of at most 65,535 bytes; the caller has asked [`has_room`](Self::has_room).
    pub(super) fn push(&mut self, text: &[u8]) -> Span {
        grow_by_quarter(&mut self.bytes, text.len());
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        Self::span(start, self.bytes.len())
    }

    /// Appends `first`, a `/`, and `second`, both of this store.
    pub(super) fn push_joined(&mut self, first: Span, second: Span) -> Span {
        grow_by_quarter(&mut self.bytes, usize::from(first.len) + usize::from(second.len) + 1);
        let start = self.bytes.len();
        self.append_own(first);
        self.bytes.push(b'/');
        self.append_own(second);
        Self::span(start, self.bytes.len())
    }

    /// Counts bytes as dead.
    pub(super) fn release(&mut self, len: usize) {
        self.dead = self.dead.saturating_add(len);
    }

    pub(super) fn release_span(&mut self, span: Span) {
        self.release(span.len.into());
    }

    pub(super) fn get(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    /// Whether it is time to move what is alive to a successor.
    pub(super) fn is_wasteful(&self) -> bool {
        self.dead > DEAD_BYTES_MIN && self.dead > self.bytes.len() / 2
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    fn append_own(&mut self, span: Span) {
        if span.range().end <= self.bytes.len() {
            self.bytes.extend_from_within(span.range());
        }
    }

    fn span(start: usize, end: usize) -> Span {
        Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u16::try_from(end.saturating_sub(start)).unwrap_or(u16::MAX),
        }
    }
}

/// Makes room for `extra` more; growth is a quarter instead of the usual doubling, because a million subscriptions should
/// not own the memory of two.
pub(super) fn grow_by_quarter<T>(values: &mut Vec<T>, extra: usize) {
    if values.capacity() - values.len() < extra {
        values.reserve_exact(extra.max(values.len() / 4).max(4));
    }
}

const DEAD_BYTES_MIN: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_can_be_cut_and_joined() {
        let mut store = TextStore::new();
        store.push(b"x");
        let span = store.push(b"sport/tennis");
        assert_eq!(store.get(span.first(5)), b"sport");
        assert_eq!(store.get(span.after(6)), b"tennis");
        let joined = store.push_joined(span.after(6), span.first(5));
        assert_eq!(store.get(joined), b"tennis/sport");
        assert_eq!(store.get(span), b"sport/tennis");
    }

    #[test]
    fn is_wasteful_when_more_than_half_is_dead() {
        let mut store = TextStore::new();
        let spans: alloc::vec::Vec<_> = (0..1000).map(|_| store.push(b"0123456789")).collect();
        for span in spans.iter().take(500) {
            store.release_span(*span);
        }
        assert!(!store.is_wasteful());
        store.release_span(spans[600]);
        assert!(store.is_wasteful());
        assert_eq!(TextStore::successor(&store).size_bytes(), 4990);
    }
}

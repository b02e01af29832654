//! What one match needs beside the tree: the topic's levels, found as far as they are asked for, and the stack.

use alloc::vec::Vec;

use super::hash::TopicHasher;

/// Memory that matches use again and again, so that none of them allocates.
#[derive(Debug, Default)]
pub(super) struct MatchScratch {
    levels: Vec<Level>,
    stack: Vec<(u32, usize)>,
}

/// The levels of one topic.
#[derive(Debug)]
pub(super) struct TopicLevels<'t, 's> {
    topic: &'t [u8],
    found: &'s mut Vec<Level>,
    /// Where the next level begins; `None` when all are found.
    next_start: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    start: usize,
    end: usize,
    /// Zero until it is asked for; a hash that is zero is computed each time.
    hash: u64,
}

impl MatchScratch {
    pub(super) fn begin<'t>(&mut self, topic: &'t [u8]) -> (TopicLevels<'t, '_>, &mut Vec<(u32, usize)>) {
        self.levels.clear();
        self.stack.clear();
        (TopicLevels { topic, found: &mut self.levels, next_start: Some(0) }, &mut self.stack)
    }

    /// Gives back the memory that an unusually deep topic needed.
    pub(super) fn end(&mut self) {
        if self.levels.capacity() > KEPT_MAX {
            self.levels.clear();
            self.levels.shrink_to(KEPT_MAX);
        }
        if self.stack.capacity() > KEPT_MAX {
            self.stack.clear();
            self.stack.shrink_to(KEPT_MAX);
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.levels.capacity() * size_of::<Level>() + self.stack.capacity() * size_of::<(u32, usize)>()
    }
}

impl<'t> TopicLevels<'t, '_> {
    /// The level at `depth`, counted from 0.
    pub(super) fn text(&mut self, depth: usize) -> Option<&'t [u8]> {
        let level = self.level(depth)?;
        self.topic.get(level.start..level.end)
    }

    /// The hash of that level, computed once however many nodes ask.
    pub(super) fn hash(&mut self, depth: usize, hasher: TopicHasher) -> u64 {
        let Some(text) = self.text(depth) else { return 0 };
        let Some(level) = self.found.get_mut(depth) else { return 0 };
        if level.hash == 0 {
            level.hash = hasher.hash(text);
        }
        level.hash
    }

    fn level(&mut self, depth: usize) -> Option<Level> {
        while self.found.len() <= depth {
            let start = self.next_start?;
            let rest = self.topic.get(start..)?;
            let end = start + level_len(rest);
            self.next_start = (end < self.topic.len()).then_some(end + 1);
            self.found.push(Level { start, end, hash: 0 });
        }
        self.found.get(depth).copied()
    }
}

/// How many bytes the first level has: those before the first `/`. Looks at eight bytes at a time.
pub(super) fn level_len(levels: &[u8]) -> usize {
    let (chunks, tail) = levels.as_chunks::<8>();
    for (at, chunk) in chunks.iter().enumerate() {
        let zero_at_slash = u64::from_le_bytes(*chunk) ^ SLASHES;
        // The lowest of these bits is right: a borrow out of a byte needs a zero byte below it.
        let found = zero_at_slash.wrapping_sub(LOW_BITS) & !zero_at_slash & HIGH_BITS;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let before_tail = levels.len() - tail.len();
    before_tail + tail.iter().position(|byte| *byte == b'/').unwrap_or(tail.len())
}

const LOW_BITS: u64 = u64::from_le_bytes([1; 8]);
const HIGH_BITS: u64 = LOW_BITS << 7;
const SLASHES: u64 = u64::from_le_bytes([b'/'; 8]);
const KEPT_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_ends_at_the_first_slash() {
        // Neighbours of '/' and bytes with the high bit at every place before and behind it.
        for other in [0, b'.', b'0', 0x80, 0xaf, 0xff, b'/' ^ 1, b'/' ^ 0x80] {
            for length in 0..40 {
                let mut text = alloc::vec![other; length];
                assert_eq!(level_len(&text), length);
                for at in (0..length).rev() {
                    text[at] = b'/';
                    assert_eq!(level_len(&text), at);
                }
            }
        }
    }

    #[test]
    fn levels_are_found_in_any_order() {
        let mut scratch = MatchScratch::default();
        let (mut levels, _) = scratch.begin(b"/a//b/");
        assert_eq!(levels.text(3), Some(&b"b"[..]));
        assert_eq!(levels.text(0), Some(&b""[..]));
        assert_eq!(levels.text(4), Some(&b""[..]));
        assert_eq!(levels.text(5), None);
        let hasher = TopicHasher::new(0);
        assert_eq!(levels.hash(1, hasher), hasher.hash(b"a"));
    }
}

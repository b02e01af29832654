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
            let end = rest.iter().position(|byte| *byte == b'/').map_or(self.topic.len(), |length| start + length);
            self.next_start = (end < self.topic.len()).then_some(end + 1);
            self.found.push(Level { start, end, hash: 0 });
        }
        self.found.get(depth).copied()
    }
}

const KEPT_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

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

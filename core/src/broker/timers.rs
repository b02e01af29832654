//! Everything that the broker wakes up for.

use crate::Time;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

/// A reason to wake up. Each owner remembers when its timer is set for (`armed`), so that an entry which was superseded
/// is known by its time; a Keep Alive that is prolonged by every packet only looks at the clock when its entry comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A connection: CONNECT has not come in time, or nothing came for one and a half times the Keep Alive.
    Connection { index: u32, generation: u32 },
    /// A Session without a connection: the Will Delay Interval or the Session Expiry Interval is over.
    Session { index: u32, generation: u32 },
    /// A Retained Message has expired.
    Retained,
    /// The `$SYS` topics are due.
    Sys,
}

/// Deadlines in a heap. An entry that was superseded stays until its time has come or until such entries are the
/// majority.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Time, Timer)>>,
    superseded: usize,
}

impl Timers {
    pub(super) fn set(&mut self, at: Time, timer: Timer) {
        self.heap.push(Reverse((at, timer)));
    }

    /// Notes that one entry has lost its meaning. When most have, `is_live` decides which remain.
    pub(super) fn superseded(&mut self, is_live: impl Fn(Time, Timer) -> bool) {
        self.superseded += 1;
        if self.superseded > 64 && self.superseded > self.heap.len() / 2 {
            self.heap.retain(|&Reverse((at, timer))| is_live(at, timer));
            self.superseded = 0;
        }
    }

    pub(super) fn next(&self) -> Option<(Time, Timer)> {
        self.heap.peek().map(|&Reverse(entry)| entry)
    }

    /// Removes the next entry.
    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    /// Removes the next entry, which was counted as superseded.
    pub(super) fn pop_superseded(&mut self) {
        self.heap.pop();
        self.superseded = self.superseded.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Timer, Timers};
    use crate::Time;

    #[test]
    fn deadlines_come_in_order() {
        let mut timers = Timers::default();
        timers.set(Time::from_ms(20), Timer::Sys);
        timers.set(Time::from_ms(10), Timer::Retained);
        assert_eq!(timers.next(), Some((Time::from_ms(10), Timer::Retained)));
        timers.pop();
        assert_eq!(timers.next(), Some((Time::from_ms(20), Timer::Sys)));
    }

    #[test]
    fn superseded_entries_never_are_the_majority_for_long() {
        let mut timers = Timers::default();
        for ms in 0..1000 {
            timers.set(Time::from_ms(ms), Timer::Sys);
            if ms != 999 {
                timers.superseded(|at, _| at == Time::from_ms(ms + 1));
            }
        }
        assert!(timers.heap.len() <= 130, "{}", timers.heap.len());
    }
}

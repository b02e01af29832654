//! The one hash table of the index: numbers found by a 32-bit tag.

use alloc::vec;
use alloc::vec::Vec;
use core::iter;

/// An open-addressing table of `u32` identifiers, 8 bytes a slot, linear probing.
///
/// What an identifier stands for lives elsewhere; the caller compares. A slot keeps the identifier (plus one, so that 0
/// is an empty slot) and the tag. The home of a tag is `tag * slots / 2^32`: any number of slots will do, so the table
/// grows by a quarter instead of doubling, and growing reads and writes memory in order without looking at the entries.
#[derive(Debug, Default)]
pub(crate) struct SlotTable {
    slots: Vec<u64>,
    len: usize,
}

impl SlotTable {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }

    /// Adds an identifier, which must be less than `u32::MAX` and not be in the table under this tag.
    pub(crate) fn insert(&mut self, tag: u32, id: u32) {
        // At most four fifths full: one probe in a search that succeeds stays near 3, in one that fails near 13.
        if (self.len + 1).saturating_mul(5) > self.slots.len().saturating_mul(4) {
            self.resize(self.slots.len() + self.slots.len() / 4 + SLOTS_MIN);
        }
        self.place(pack(tag, id));
        self.len += 1;
    }

    /// Removes an identifier that was inserted under `tag`; closes the gap, so that no marks of the dead are needed.
    pub(crate) fn remove(&mut self, tag: u32, id: u32) {
        let Some(mut gap) = self.probe(tag).find(|at| self.slot(*at) == pack(tag, id)) else { return };
        let count = self.slots.len();
        let distance = |from: usize, to: usize| if to >= from { to - from } else { to + count - from };
        let mut at = gap;
        loop {
            at = self.next(at);
            let slot = self.slot(at);
            if slot == EMPTY || at == gap {
                break;
            }
            // An entry may move back into the gap when that is not before its home.
            if distance(self.home(tag_of(slot)), at) >= distance(gap, at) {
                self.set(gap, slot);
                gap = at;
            }
        }
        self.set(gap, EMPTY);
        self.len -= 1;
        if self.slots.len() > SLOTS_MIN * 2 && self.len * 4 < self.slots.len() {
            self.resize(self.len * 2 + SLOTS_MIN);
        }
    }

    /// The identifier under `tag` for which `is_it` says yes.
    pub(crate) fn find(&self, tag: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let (end, start) = self.slots.split_at_checked(self.home(tag))?;
        for slot in start.iter().chain(end) {
            if *slot == EMPTY {
                return None;
            }
            if tag_of(*slot) == tag && is_it(id_of(*slot)) {
                return Some(id_of(*slot));
            }
        }
        None
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u64>()
    }

    /// Every slot once, beginning with the home of `tag`.
    fn probe(&self, tag: u32) -> impl Iterator<Item = usize> + use<> {
        let count = self.slots.len();
        let mut at = self.home(tag);
        iter::repeat_with(move || {
            let this = at;
            at = if at + 1 >= count { 0 } else { at + 1 };
            this
        })
        .take(count)
    }

    fn home(&self, tag: u32) -> usize {
        let scaled = (u64::from(tag) * self.slots.len() as u64) >> 32;
        scaled as usize
    }

    const fn next(&self, at: usize) -> usize {
        if at + 1 >= self.slots.len() { 0 } else { at + 1 }
    }

    fn slot(&self, at: usize) -> u64 {
        self.slots.get(at).copied().unwrap_or(EMPTY)
    }

    fn set(&mut self, at: usize, slot: u64) {
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    fn place(&mut self, slot: u64) {
        if let Some(at) = self.probe(tag_of(slot)).find(|at| self.slot(*at) == EMPTY) {
            self.set(at, slot);
        }
    }

    fn resize(&mut self, count: usize) {
        let slots = vec![EMPTY; count];
        let old = core::mem::replace(&mut self.slots, slots);
        for slot in old.into_iter().filter(|slot| *slot != EMPTY) {
            self.place(slot);
        }
    }
}

const fn pack(tag: u32, id: u32) -> u64 {
    (tag as u64) << 32 | (id.wrapping_add(1)) as u64
}

const fn tag_of(slot: u64) -> u32 {
    (slot >> 32) as u32
}

const fn id_of(slot: u64) -> u32 {
    ((slot & 0xffff_ffff) as u32).wrapping_sub(1)
}

const EMPTY: u64 = 0;
const SLOTS_MIN: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(
            // Few tags at both ends of the range, so that runs are long and wrap around the end of the table.
            steps in prop::collection::vec((any::<bool>(), prop_oneof![0..3_u32, u32::MAX - 3..u32::MAX], 0..40_u32), 0..400)
        ) {
            let mut table = SlotTable::new();
            let mut model = BTreeSet::new();
            for (add, tag, id) in steps {
                if add {
                    if model.insert((tag, id)) {
                        table.insert(tag, id);
                    }
                } else {
                    model.remove(&(tag, id));
                    table.remove(tag, id);
                }
                prop_assert_eq!(table.len, model.len());
                prop_assert_eq!(table.find(tag, |found| found == id).is_some(), add);
            }
            for tag in (0..3).chain(u32::MAX - 3..u32::MAX) {
                for id in 0..40 {
                    prop_assert_eq!(table.find(tag, |found| found == id).is_some(), model.contains(&(tag, id)));
                }
            }
        }
    }

    #[test]
    fn grows_and_shrinks_with_its_contents() {
        let mut table = SlotTable::new();
        let tag = |id: u32| id.wrapping_mul(0x9e37_79b9);
        for id in 0..10_000 {
            table.insert(tag(id), id);
        }
        assert!(table.size_bytes() <= 10_000 * 13, "{}", table.size_bytes());
        assert!((0..10_000).all(|id| table.find(tag(id), |found| found == id) == Some(id)));
        for id in 0..10_000 {
            table.remove(tag(id), id);
        }
        assert!(table.size_bytes() <= 512, "{}", table.size_bytes());
    }
}

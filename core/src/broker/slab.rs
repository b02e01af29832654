//! Values in numbered slots.

use alloc::vec::Vec;

/// Values in slots that are used again. A slot's generation tells an old key from a new one.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    /// The slot that is given out next, a list through [`Slot::next_free`].
    free: u32,
    len: u32,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    next_free: u32,
    value: Option<T>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: NONE, len: 0 }
    }

    /// Puts `value` into a free slot; the key is its index and generation. `None` when 2^32 - 1 slots are taken.
    pub(super) fn insert(&mut self, value: T) -> Option<(u32, u32)> {
        let index = self.free;
        if let Some(slot) = self.slot_mut(index) {
            slot.value = Some(value);
            let (generation, next_free) = (slot.generation, slot.next_free);
            self.free = next_free;
            self.len += 1;
            return Some((index, generation));
        }
        let index = u32::try_from(self.slots.len()).ok().filter(|&index| index != NONE)?;
        self.slots.push(Slot { generation: 0, next_free: NONE, value: Some(value) });
        self.len += 1;
        Some((index, 0))
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<T> {
        let free = self.free;
        let slot = self.slot_mut(index)?;
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        slot.next_free = free;
        self.free = index;
        self.len -= 1;
        Some(value)
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)?.value.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slot_mut(index)?.value.as_mut()
    }

    /// Whether `index` still holds what it held when its key had this generation.
    pub(super) fn is_current(&self, index: u32, generation: u32) -> bool {
        self.slots.get(index as usize).is_some_and(|slot| slot.generation == generation && slot.value.is_some())
    }

    /// The generation of a slot that is taken.
    pub(super) fn generation(&self, index: u32) -> u32 {
        self.slots.get(index as usize).map_or(0, |slot| slot.generation)
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| Some((index, slot.value.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().filter_map(|slot| slot.value.as_mut())
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(index as usize)
    }
}

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn a_slot_is_used_again_under_another_generation() {
        let mut slab = Slab::new();
        let (a, _) = slab.insert('a').unwrap();
        let (b, generation) = slab.insert('b').unwrap();
        assert_ne!(a, b);
        assert!(slab.is_current(b, generation));
        assert_eq!(slab.remove(b), Some('b'));
        assert_eq!(slab.remove(b), None);
        assert!(!slab.is_current(b, generation));
        let (c, later) = slab.insert('c').unwrap();
        assert_eq!(c, b);
        assert_ne!(later, generation);
        assert_eq!(slab.len(), 2);
        assert_eq!(slab.iter().map(|(_, value)| *value).collect::<alloc::string::String>(), "ac");
        assert_eq!(slab.get(c), Some(&'c'));
        *slab.get_mut(a).unwrap() = 'z';
        assert_eq!(slab.get(a), Some(&'z'));
    }
}

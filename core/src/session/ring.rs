//! Values by Packet Identifier, in the order in which they came.

use crate::codec::PacketIdentifier;
use alloc::collections::VecDeque;

/// A queue whose members are found by their Packet Identifier.
///
/// Identifiers rise (and wrap) almost always in the order in which they are pushed, and are removed almost always from
/// the front: that is O(1), and finding one in the middle is a binary search. When a peer chooses them out of order,
/// or one stays until all others were used again, finding is a scan, which the window's own limit bounds.
///
/// A member removed from the middle leaves a hole; holes go when they reach the front or outnumber the members.
/// Empty, it holds no heap.
#[derive(Debug, Clone)]
pub(super) struct Ring<T> {
    slots: VecDeque<Slot<T>>,
    members: u32,
    /// Whether the distance of each identifier from the front one rises from slot to slot.
    rising: bool,
}

#[derive(Debug, Clone)]
struct Slot<T> {
    identifier: PacketIdentifier,
    /// `None`: a hole.
    value: Option<T>,
}

impl<T> Ring<T> {
    pub(super) const fn new() -> Self {
        Self { slots: VecDeque::new(), members: 0, rising: true }
    }

    pub(super) const fn len(&self) -> usize {
        self.members as usize
    }

    /// How many slots there are, holes included.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Appends a member. The identifier must not be in use.
    pub(super) fn push(&mut self, identifier: PacketIdentifier, value: T) {
        if self.slots.len() > 2 * self.len() + 16 {
            self.slots.retain(|slot| slot.value.is_some());
        }
        if let (Some(front), Some(back)) = (self.slots.front(), self.slots.back()) {
            let distance_of_back = distance(front.identifier, back.identifier);
            self.rising &= distance(front.identifier, identifier) > distance_of_back;
        } else {
            self.rising = true;
        }
        self.slots.push_back(Slot { identifier, value: Some(value) });
        self.members += 1;
    }

    pub(super) fn get_mut(&mut self, identifier: PacketIdentifier) -> Option<&mut T> {
        let index = self.position(identifier)?;
        self.slots.get_mut(index)?.value.as_mut()
    }

    pub(super) fn contains(&self, identifier: PacketIdentifier) -> bool {
        self.position(identifier).is_some()
    }

    pub(super) fn remove(&mut self, identifier: PacketIdentifier) -> Option<T> {
        let index = self.position(identifier)?;
        let value = self.slots.get_mut(index)?.value.take()?;
        self.members -= 1;
        self.drop_holes_in_front();
        Some(value)
    }

    /// Removes the members for which `keep` is false.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(PacketIdentifier, &mut T) -> bool) {
        self.slots.retain_mut(|slot| slot.value.as_mut().is_some_and(|value| keep(slot.identifier, value)));
        self.members = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.drop_holes_in_front();
    }

    /// The members in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PacketIdentifier, &T)> {
        self.slots.iter().filter_map(|slot| Some((slot.identifier, slot.value.as_ref()?)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().filter_map(|slot| slot.value.as_mut())
    }

    /// The member in the slot `index`; `None` for a hole and beyond the end.
    pub(super) fn slot_mut(&mut self, index: usize) -> Option<(PacketIdentifier, &mut T)> {
        let slot = self.slots.get_mut(index)?;
        slot.value.as_mut().map(|value| (slot.identifier, value))
    }

    /// Takes all members out, in order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.members = 0;
        core::mem::take(&mut self.slots).into_iter().filter_map(|slot| slot.value)
    }

    fn drop_holes_in_front(&mut self) {
        if self.members == 0 {
            self.slots = VecDeque::new();
            return;
        }
        while self.slots.front().is_some_and(|slot| slot.value.is_none()) {
            self.slots.pop_front();
        }
    }

    /// The slot of a member.
    fn position(&self, identifier: PacketIdentifier) -> Option<usize> {
        let front = self.slots.front()?.identifier;
        if front == identifier {
            return self.slots.front()?.value.as_ref().map(|_| 0);
        }
        let index = if self.rising {
            let wanted = distance(front, identifier);
            if wanted > distance(front, self.slots.back()?.identifier) {
                return None;
            }
            self.slots.binary_search_by_key(&wanted, |slot| distance(front, slot.identifier)).ok()?
        } else {
            self.slots.iter().position(|slot| slot.identifier == identifier && slot.value.is_some())?
        };
        self.slots.get(index)?.value.as_ref().map(|_| index)
    }
}

/// How many steps upward lead from one identifier to the other.
fn distance(from: PacketIdentifier, to: PacketIdentifier) -> u16 {
    let (from, to) = (from.as_u16(), to.as_u16());
    // Zero is not an identifier, so a way that wraps is one step shorter.
    to.wrapping_sub(from).wrapping_sub(u16::from(to < from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn id(value: u16) -> PacketIdentifier {
        PacketIdentifier::new(value).unwrap()
    }

    #[test]
    fn distance_skips_zero() {
        assert_eq!(distance(id(65535), id(1)), 1);
        assert_eq!(distance(id(1), id(65535)), 65534);
        assert_eq!(distance(id(5), id(4)), 65534);
        assert_eq!(distance(id(7), id(7)), 0);
    }

    #[test]
    fn an_empty_ring_holds_no_heap() {
        let mut ring = Ring::new();
        for i in 1..=100 {
            ring.push(id(i), ());
        }
        for i in (1..=100).rev() {
            assert!(ring.remove(id(i)).is_some());
        }
        assert_eq!((ring.len(), ring.slots.capacity()), (0, 0));
    }

    #[test]
    fn a_front_that_stays_does_not_make_the_ring_grow() {
        let mut ring = Ring::new();
        ring.push(id(1), ());
        for i in 2..=60000 {
            ring.push(id(i), ());
            ring.remove(id(i));
        }
        assert!(ring.slots() < 40, "{} slots", ring.slots());
    }

    proptest! {
        /// Against a plain list, with identifiers in any order.
        #[test]
        fn the_ring_behaves_as_a_list(steps in prop::collection::vec((any::<bool>(), 1u16..60), 0..400), base in 0u16..65535) {
            let mut ring = Ring::new();
            let mut list: Vec<(PacketIdentifier, u16)> = Vec::new();
            for (push, value) in steps {
                let identifier = id(base.wrapping_add(value).max(1));
                let index = list.iter().position(|(i, _)| *i == identifier);
                prop_assert_eq!(ring.contains(identifier), index.is_some());
                if let Some(index) = index {
                    prop_assert_eq!(ring.get_mut(identifier).copied(), Some(list[index].1));
                    if !push {
                        prop_assert_eq!(ring.remove(identifier), Some(list.remove(index).1));
                    }
                } else if push {
                    ring.push(identifier, value);
                    list.push((identifier, value));
                } else {
                    prop_assert_eq!(ring.remove(identifier), None);
                }
                prop_assert_eq!(ring.len(), list.len());
                prop_assert!(ring.iter().map(|(i, v)| (i, *v)).eq(list.iter().copied()));
            }
        }
    }
}

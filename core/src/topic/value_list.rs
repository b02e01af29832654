//! The subscribers of one filter, with room for one without a further allocation.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::{mem, slice};

/// A short list that most often holds one value.
///
/// One value lies in place; more lie in a vector behind one pointer, so that the list of a million filters with one
/// subscriber each costs nothing but the subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueList<T>(Values<T>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values<T> {
    None,
    One(T),
    #[expect(clippy::box_collection, reason = "the pointer keeps a list at the size of one value")]
    Many(Box<Vec<T>>),
}

impl<T> ValueList<T> {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Values::None)
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) {
        self.0 = match mem::replace(&mut self.0, Values::None) {
            Values::None => Values::One(value),
            Values::One(first) => Values::Many(Box::new(Vec::from([first, value]))),
            Values::Many(mut values) => {
                values.push(value);
                Values::Many(values)
            }
        };
    }

    /// Keeps the values for which `keep` says yes, in their order. Returns how many went.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) -> usize {
        let before = self.len();
        match &mut self.0 {
            Values::None => {}
            Values::One(value) => {
                if !keep(value) {
                    self.0 = Values::None;
                }
            }
            Values::Many(values) => {
                values.retain(keep);
                if values.len() <= 1 {
                    self.0 = values.pop().map_or(Values::None, Values::One);
                } else if values.len() < values.capacity() / 4 {
                    values.shrink_to(values.len() * 2);
                }
            }
        }
        before - self.len()
    }

    /// The values in the order in which they were added.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match &mut self.0 {
            Values::None => &mut [],
            Values::One(value) => slice::from_mut(value),
            Values::Many(values) => values,
        }
    }

    /// The values in the order in which they were added.
    pub fn as_slice(&self) -> &[T] {
        match &self.0 {
            Values::None => &[],
            Values::One(value) => slice::from_ref(value),
            Values::Many(values) => values,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The values in the order in which they were added.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.as_slice().iter()
    }
}

impl<T> Default for ValueList<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, T> IntoIterator for &'a ValueList<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_reports_what_went() {
        let mut list = ValueList::new();
        assert!(list.is_empty());
        for value in [3, 1, 2, 1] {
            list.push(value);
        }
        assert_eq!(list.as_slice(), [3, 1, 2, 1]);
        assert_eq!(list.retain(|value| *value != 1), 2);
        assert_eq!(list.as_slice(), [3, 2]);
        assert_eq!(list.retain(|value| *value != 3), 1);
        assert_eq!(list, {
            let mut one = ValueList::new();
            one.push(2);
            one
        });
        assert_eq!(list.retain(|_| false), 1);
        assert!(list.is_empty());
    }

    #[test]
    fn one_value_needs_no_more_room_than_a_pointer_and_a_mark() {
        assert!(size_of::<ValueList<(u32, u8)>>() <= 16);
    }
}

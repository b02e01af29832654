//! Which handlers a message is for.

use super::error::UsageError;
use crate::topic::{SubscriptionIndex, TopicFilter, TopicName, ValueList};
use alloc::vec::Vec;

/// Names a filter that was added with [`Client::add_handler`](super::Client::add_handler).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandlerId(u32);

impl HandlerId {
    /// The number.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The handler with this number, which came from [`as_u32`](Self::as_u32): for bindings.
    pub const fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

/// The handlers that match a message, in the order in which they were added. Up to four take no memory of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandlerIds {
    /// All of them when there are at most four.
    inline: [u32; INLINE_MAX],
    len: u8,
    /// All of them when there are more.
    more: Vec<u32>,
}

impl HandlerIds {
    /// None.
    pub const fn new() -> Self {
        Self { inline: [0; INLINE_MAX], len: 0, more: Vec::new() }
    }

    /// The handlers.
    pub fn iter(&self) -> impl Iterator<Item = HandlerId> + '_ {
        self.as_slice().iter().map(|id| HandlerId(*id))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn as_slice(&self) -> &[u32] {
        if self.more.is_empty() { self.inline.get(..usize::from(self.len)).unwrap_or(&[]) } else { &self.more }
    }

    fn push(&mut self, id: HandlerId) {
        if self.more.is_empty() {
            if let Some(place) = self.inline.get_mut(usize::from(self.len)) {
                *place = id.0;
                self.len += 1;
                return;
            }
            self.more.extend_from_slice(&self.inline);
        }
        self.more.push(id.0);
    }

    fn sort(&mut self) {
        if self.more.is_empty() {
            if let Some(used) = self.inline.get_mut(..usize::from(self.len)) {
                used.sort_unstable();
            }
        } else {
            self.more.sort_unstable();
        }
    }
}

/// The filters of all handlers.
#[derive(Debug)]
pub(super) struct Dispatch {
    index: SubscriptionIndex<ValueList<u32>>,
    last: u32,
}

impl Dispatch {
    pub(super) fn new(seed: u64) -> Self {
        Self { index: SubscriptionIndex::new(seed), last: 0 }
    }

    pub(super) fn add(&mut self, filter: TopicFilter<'_>) -> Result<HandlerId, UsageError> {
        let id = self.last.checked_add(1).ok_or(UsageError::TooManyHandlers)?;
        self.index.push(filter, id).map_err(|_| UsageError::TooManyHandlers)?;
        self.last = id;
        Ok(HandlerId(id))
    }

    /// False if there is no such handler. Looks at every filter.
    pub(super) fn remove(&mut self, handler: HandlerId) -> bool {
        let found = self.index.iter().find(|(_, handlers)| handlers.as_slice().contains(&handler.0));
        let Some((filter, _)) = found else { return false };
        self.index.retain(filter, |each| *each != handler.0);
        true
    }

    pub(super) fn handlers(&mut self, topic: TopicName<'_>) -> HandlerIds {
        let mut handlers = HandlerIds::new();
        if !self.index.is_empty() {
            self.index.for_each_value(topic, |id| handlers.push(HandlerId(*id)));
            handlers.sort();
        }
        handlers
    }
}

const INLINE_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(dispatch: &mut Dispatch, topic: &str) -> Vec<u32> {
        dispatch.handlers(TopicName::new(topic).unwrap()).iter().map(HandlerId::as_u32).collect()
    }

    #[test]
    fn handlers_are_found_by_filter_in_the_order_of_adding() {
        let mut dispatch = Dispatch::new(0);
        for filter in ["a/b", "a/+", "#", "a/b", "$share/g/a/#", "x", "a/b/#", "+/b"] {
            dispatch.add(TopicFilter::new(filter).unwrap()).unwrap();
        }
        assert_eq!(matching(&mut dispatch, "a/b"), [1, 2, 3, 4, 5, 7, 8]);
        assert_eq!(matching(&mut dispatch, "x"), [3, 6]);
        assert_eq!(matching(&mut dispatch, "$SYS/x"), []);
        assert!(dispatch.remove(HandlerId(4)));
        assert!(!dispatch.remove(HandlerId(4)));
        assert_eq!(matching(&mut dispatch, "a/b"), [1, 2, 3, 5, 7, 8]);
    }
}

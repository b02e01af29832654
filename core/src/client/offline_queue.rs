//! Messages that wait to be sent.

use super::options::{QueueOptions, WhenFull};
use super::tokens::Token;
use crate::codec::QoS;
use crate::session::MessageExpiry;
use crate::{Message, Time};
use alloc::collections::VecDeque;

/// A message that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) message: Message,
    /// `None`: its token was settled, it is sent all the same.
    pub(super) token: Option<Token>,
    pub(super) expiry: Option<MessageExpiry>,
    /// The Store operation that must be complete before it is sent; 0: none.
    pub(super) sequence: u64,
    /// Its number in the store; 0: it is not stored.
    pub(super) record: u64,
}

/// What became of a message that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It is in the queue.
    Queued,
    /// There is no room, and the policy is to refuse.
    Refused,
    /// It was dropped itself.
    Dropped,
}

/// Messages in the order in which they were published.
///
/// Messages and bytes are limited; [`WhenFull`] says who gives way. Spec: 4.9, and what a client does while it is offline.
#[derive(Debug)]
pub(super) struct OfflineQueue {
    messages: VecDeque<Waiting>,
    bytes: usize,
    /// No message expires before this; `None`: none expires at all.
    first_expiry: Option<Time>,
    options: QueueOptions,
}

impl OfflineQueue {
    pub(super) const fn new(options: QueueOptions) -> Self {
        Self { messages: VecDeque::new(), bytes: 0, first_expiry: None, options }
    }

    /// Appends a message; `dropped` is called for each one that gives way.
    pub(super) fn push(&mut self, waiting: Waiting, mut dropped: impl FnMut(Waiting)) -> Pushed {
        let size = waiting.message.size_bytes();
        if self.options.messages_max == 0 || size > self.options.bytes_max {
            return Pushed::Refused;
        }
        while self.messages.len() >= self.options.messages_max || self.bytes + size > self.options.bytes_max {
            let index = match self.options.when_full {
                WhenFull::Refuse => return Pushed::Refused,
                WhenFull::DropOldest => 0,
                WhenFull::DropQoS0First => {
                    let first = self.messages.iter().position(|each| each.message.qos() == QoS::AtMostOnce);
                    if first.is_none() && waiting.message.qos() == QoS::AtMostOnce {
                        return Pushed::Dropped;
                    }
                    first.unwrap_or(0)
                }
            };
            let Some(oldest) = self.messages.remove(index) else { return Pushed::Refused };
            self.bytes -= oldest.message.size_bytes();
            dropped(oldest);
        }
        self.append(waiting);
        Pushed::Queued
    }

    /// Puts a message back in front, beyond any limit: it was out already.
    pub(super) fn push_front(&mut self, waiting: Waiting) {
        self.bytes += waiting.message.size_bytes();
        self.note_expiry(&waiting);
        self.messages.push_front(waiting);
    }

    /// Appends a message beyond any limit: one that was stored.
    pub(super) fn append(&mut self, waiting: Waiting) {
        self.bytes += waiting.message.size_bytes();
        self.note_expiry(&waiting);
        self.messages.push_back(waiting);
    }

    pub(super) fn front(&self) -> Option<&Waiting> {
        self.messages.front()
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.messages.pop_front()?;
        self.bytes -= waiting.message.size_bytes();
        if self.messages.is_empty() {
            self.messages = VecDeque::new();
            self.first_expiry = None;
        }
        Some(waiting)
    }

    pub(super) fn remove(&mut self, token: Token) -> Option<Waiting> {
        self.remove_where(|each| each.token == Some(token))
    }

    pub(super) fn remove_record(&mut self, record: u64) -> Option<Waiting> {
        self.remove_where(|each| each.record == record)
    }

    fn remove_where(&mut self, is_wanted: impl FnMut(&Waiting) -> bool) -> Option<Waiting> {
        let index = self.messages.iter().position(is_wanted)?;
        let waiting = self.messages.remove(index)?;
        self.bytes -= waiting.message.size_bytes();
        Some(waiting)
    }

    /// Takes out what has expired.
    pub(super) fn remove_expired(&mut self, now: Time, mut expired: impl FnMut(Waiting)) {
        if self.first_expiry.is_none_or(|first| first > now) {
            return;
        }
        self.first_expiry = None;
        for waiting in core::mem::take(&mut self.messages) {
            if waiting.expiry.is_some_and(|expiry| expiry.at() <= now) {
                self.bytes -= waiting.message.size_bytes();
                expired(waiting);
            } else {
                self.note_expiry(&waiting);
                self.messages.push_back(waiting);
            }
        }
    }

    /// When to call [`remove_expired`](Self::remove_expired).
    pub(super) const fn first_expiry(&self) -> Option<Time> {
        self.first_expiry
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn note_expiry(&mut self, waiting: &Waiting) {
        if let Some(expiry) = waiting.expiry {
            self.first_expiry = Some(self.first_expiry.map_or(expiry.at(), |first| first.min(expiry.at())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::TopicName;
    use alloc::vec::Vec;

    fn waiting(number: u64, qos: QoS) -> Waiting {
        let message = Message::new(TopicName::new("t").unwrap(), "123456789").with_qos(qos);
        Waiting { message, token: Some(Token::from_u64(number)), expiry: None, sequence: 0, record: 0 }
    }

    fn queue(when_full: WhenFull) -> OfflineQueue {
        OfflineQueue::new(QueueOptions { messages_max: 3, bytes_max: 30, when_full })
    }

    fn push(queue: &mut OfflineQueue, number: u64, qos: QoS) -> (Pushed, Vec<u64>) {
        let mut dropped = Vec::new();
        let pushed = queue.push(waiting(number, qos), |each| dropped.extend(each.token.map(Token::as_u64)));
        (pushed, dropped)
    }

    fn content(mut queue: OfflineQueue) -> Vec<u64> {
        let all = core::iter::from_fn(|| queue.pop()).filter_map(|each| each.token.map(Token::as_u64)).collect();
        assert_eq!((queue.bytes(), queue.len()), (0, 0));
        all
    }

    #[test]
    fn a_full_queue_refuses() {
        let mut queue = queue(WhenFull::Refuse);
        for number in 1..=3 {
            assert_eq!(push(&mut queue, number, QoS::AtMostOnce), (Pushed::Queued, Vec::new()));
        }
        assert_eq!(push(&mut queue, 4, QoS::ExactlyOnce), (Pushed::Refused, Vec::new()));
        assert_eq!(content(queue), [1, 2, 3]);
    }

    #[test]
    fn a_full_queue_drops_the_oldest() {
        let mut queue = queue(WhenFull::DropOldest);
        for number in 1..=3 {
            push(&mut queue, number, QoS::AtLeastOnce);
        }
        assert_eq!(push(&mut queue, 4, QoS::AtMostOnce), (Pushed::Queued, [1].to_vec()));
        assert_eq!(content(queue), [2, 3, 4]);
    }

    #[test]
    fn a_full_queue_drops_qos0_first() {
        let mut queue = queue(WhenFull::DropQoS0First);
        push(&mut queue, 1, QoS::AtLeastOnce);
        push(&mut queue, 2, QoS::AtMostOnce);
        push(&mut queue, 3, QoS::AtLeastOnce);
        assert_eq!(push(&mut queue, 4, QoS::ExactlyOnce), (Pushed::Queued, [2].to_vec()));
        assert_eq!(push(&mut queue, 5, QoS::AtMostOnce), (Pushed::Dropped, Vec::new()));
        assert_eq!(push(&mut queue, 6, QoS::AtLeastOnce), (Pushed::Queued, [1].to_vec()));
        assert_eq!(content(queue), [3, 4, 6]);
    }

    #[test]
    fn a_message_larger_than_the_queue_is_refused() {
        let mut queue =
            OfflineQueue::new(QueueOptions { messages_max: 3, bytes_max: 9, when_full: WhenFull::DropOldest });
        assert_eq!(push(&mut queue, 1, QoS::AtLeastOnce), (Pushed::Refused, Vec::new()));
    }

    #[test]
    fn what_has_expired_is_taken_out() {
        let mut queue = queue(WhenFull::Refuse);
        for (number, seconds) in [(1, Some(5)), (2, None), (3, Some(2))] {
            let expiry = seconds.map(|seconds| MessageExpiry::new(seconds, Time::ZERO));
            queue.push(Waiting { expiry, ..waiting(number, QoS::AtLeastOnce) }, drop);
        }
        let mut expired = Vec::new();
        for now_s in [1, 2, 4, 5] {
            queue.remove_expired(Time::ZERO.plus_s(now_s), |each| expired.push((now_s, each.token.unwrap().as_u64())));
        }
        assert_eq!(expired, [(2, 3), (5, 1)]);
        assert_eq!((queue.first_expiry(), queue.bytes()), (None, 10));
    }
}

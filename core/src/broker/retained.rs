//! Retained Messages: kept by topic, and replayed to new subscriptions in slices. Spec: 3.3.1.3.

use super::Broker;
use super::delivery::Marks;
use super::forward::RetainedStamp;
use super::routed_message::{MessageView, RoutedMessage};
use super::slab::NONE;
use super::store::StoreRecord;
use super::timers::Timer;
use crate::Time;
use crate::topic::{CursorState, FilterId, TopicCursor, TopicFilter, TopicIndex, TopicName};
use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::ControlFlow;

/// All Retained Messages; every shard has all of them.
#[derive(Debug, Default)]
pub(super) struct RetainedMessages {
    index: TopicIndex<Retained>,
    bytes: u64,
    /// How many there are, without the marks of removed ones.
    len: u32,
    clock: u64,
    /// When messages expire, and when the marks of removed ones may go. An entry whose topic has something else meanwhile
    /// means nothing.
    expiries: BinaryHeap<Reverse<(Time, Box<str>)>>,
    /// For when the timer is set.
    armed: Option<Time>,
}

#[derive(Debug)]
struct Retained {
    /// Without a payload: the mark of a removed one, which an older publication from another shard does not bring back.
    message: Arc<RoutedMessage>,
    stamp: RetainedStamp,
    /// When the entry goes; `Time::MAX`: by itself never.
    goes_at: Time,
}

/// Retained Messages that a subscription brought and that are still to be sent.
#[derive(Debug)]
pub(super) struct Replay {
    cursor: TopicCursor,
    pub(super) filter: FilterId,
    marks: Marks,
}

impl RetainedMessages {
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the timer for `at` is the one that counts.
    pub(super) fn is_armed_for(&self, at: Time) -> bool {
        self.armed == Some(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<RoutedMessage>> {
        self.index.iter().map(|(_, retained)| &retained.message).filter(|message| !message.payload().is_empty())
    }

    fn next_stamp(&mut self, shard: u16) -> RetainedStamp {
        self.clock += 1;
        RetainedStamp { clock: self.clock, shard }
    }

    /// Puts or removes; whether that was later than what is there.
    fn set(&mut self, message: &Arc<RoutedMessage>, stamp: RetainedStamp, mark_until: Option<Time>) -> bool {
        self.clock = self.clock.max(stamp.clock);
        let topic = message.topic();
        if self.index.get(topic).is_some_and(|known| known.stamp > stamp) {
            return false;
        }
        let is_removal = message.payload().is_empty();
        let goes_at = match (is_removal, mark_until) {
            (false, _) => message.expires_at().unwrap_or(Time::MAX),
            (true, Some(until)) => until,
            (true, None) => {
                self.forget(topic);
                return true;
            }
        };
        if goes_at != Time::MAX {
            self.expiries.push(Reverse((goes_at, topic.as_str().into())));
        }
        let old = self.index.insert(topic, Retained { message: message.clone(), stamp, goes_at });
        self.uncount(old.as_ref());
        if !is_removal {
            self.len += 1;
            self.bytes += message.size_bytes() as u64;
        }
        self.compact();
        true
    }

    fn forget(&mut self, topic: TopicName<'_>) {
        let old = self.index.remove(topic);
        self.uncount(old.as_ref());
    }

    fn uncount(&mut self, old: Option<&Retained>) {
        if let Some(old) = old.filter(|old| !old.message.payload().is_empty()) {
            self.len -= 1;
            self.bytes = self.bytes.saturating_sub(old.message.size_bytes() as u64);
        }
    }

    /// Drops entries of the expiry heap that mean nothing, when they may be the majority.
    fn compact(&mut self) {
        if self.expiries.len() > 64 && self.expiries.len() > 2 * self.index.len() {
            let index = &self.index;
            self.expiries.retain(|Reverse((at, topic))| {
                index.get(TopicName::trusted(topic)).is_some_and(|retained| retained.goes_at == *at)
            });
        }
    }
}

impl Broker {
    /// Keeps a retained publication of this shard, or removes what is kept; its place among those of all shards.
    pub(super) fn retain(
        &mut self,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
    ) -> Option<RetainedStamp> {
        let is_known = self.retained.index.get(message.topic).is_some();
        if message.payload.is_empty() && !is_known && self.placement.count() == 1 {
            return None;
        }
        let message = self.own(message, owned);
        let stamp = self.retained.next_stamp(self.placement.index());
        self.set_retained(&message, stamp);
        Some(stamp)
    }

    /// Keeps a retained publication of any shard.
    pub(super) fn set_retained(&mut self, message: &Arc<RoutedMessage>, stamp: RetainedStamp) {
        let mark_until = (self.placement.count() > 1).then(|| self.now.plus_ms(REMOVAL_MARK_MS));
        if !self.retained.set(message, stamp, mark_until) {
            return;
        }
        self.arm_retained();
        if self.stores_retained(message.topic(), stamp) {
            self.store(if message.payload().is_empty() {
                StoreRecord::RetainedRemoved { topic: message.topic_text(), stamp }
            } else {
                StoreRecord::RetainedPut { message: message.clone(), stamp }
            });
        }
    }

    /// Whether this shard tells the store of a Retained Message: the one that received the publication.
    fn stores_retained(&self, topic: TopicName<'_>, stamp: RetainedStamp) -> bool {
        let is_ours = stamp.shard % self.placement.count() == self.placement.index();
        self.store.is_on && is_ours && !super::sys::is_reserved(topic)
    }

    /// Whether the limits allow to keep this message.
    pub(super) fn retained_has_room(&self, message: &MessageView<'_>) -> bool {
        if message.payload.is_empty() || !self.options.retain_available {
            return true;
        }
        let known = self.retained.index.get(message.topic).filter(|known| !known.message.payload().is_empty());
        let (count, bytes) = known.map_or((0, 0), |known| (1, known.message.size_bytes() as u64));
        let needed = (message.topic.as_str().len() + message.payload.len() + message.properties.wire_len()) as u64;
        self.retained.len - count < self.options.retained_messages_max
            && self.retained.bytes - bytes + needed <= self.options.retained_bytes_max
    }

    /// Removes what has expired.
    pub(super) fn expire_retained(&mut self) {
        self.retained.armed = None;
        while let Some(Reverse((at, topic))) = self.retained.expiries.peek()
            && *at <= self.now
        {
            let (at, topic) = (*at, topic.clone());
            self.retained.expiries.pop();
            let topic = TopicName::trusted(&topic);
            let Some(retained) = self.retained.index.get(topic).filter(|retained| retained.goes_at == at) else {
                continue;
            };
            let (stamp, was_kept) = (retained.stamp, !retained.message.payload().is_empty());
            self.retained.forget(topic);
            if was_kept && self.stores_retained(topic, stamp) {
                self.store(StoreRecord::RetainedRemoved { topic: topic.as_str().into(), stamp });
            }
        }
        self.arm_retained();
    }

    /// A subscription is to get the Retained Messages that match it.
    pub(super) fn begin_replay(&mut self, session: u32, filter: TopicFilter<'_>, marks: Marks) {
        let Some(id) = self.subscriptions.index.find(filter) else { return };
        if self.retained.len == 0 {
            return;
        }
        let quota = self.send_quota(session);
        let Some(this) = self.sessions.get_mut(session) else { return };
        let flow = this.flow_mut(quota);
        flow.replays.retain(|replay| replay.filter != id);
        flow.replays.push_back(Replay { cursor: TopicCursor::new(filter), filter: id, marks });
    }

    /// Goes on with the Retained Messages of a Session's subscriptions: one slice, as far as its transport and its window
    /// take them. It continues when these have room again, or by itself when nothing was sent.
    pub(super) fn replay(&mut self, session: u32) {
        if self.is_replaying_now {
            return;
        }
        self.is_replaying_now = true;
        self.replay_slice(session);
        self.is_replaying_now = false;
    }

    fn replay_slice(&mut self, session: u32) {
        let mut steps_left = usize::from(self.options.retained_slice);
        let mut found = Vec::new();
        while self.is_replaying(session) && self.can_transmit(session) {
            if steps_left == 0 {
                self.schedule_replay(session);
                return;
            }
            let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return };
            let Some(mut replay) = flow.replays.pop_front() else { return };
            let steps = steps_left.min(STEPS_AT_ONCE);
            steps_left -= steps;
            let state = replay.cursor.advance(&self.retained.index, steps, |_, retained| {
                found.push(retained.message.clone());
                ControlFlow::Continue(())
            });
            let marks = replay.marks;
            if state == CursorState::More {
                flow.replays.push_front(replay);
            }
            for message in found.drain(..) {
                self.replay_message(session, &message, marks);
            }
        }
    }

    /// Goes on with replays that no transport and no acknowledgement drives.
    pub(super) fn continue_replays(&mut self) {
        for _ in 0..self.replaying.len() {
            let Some(session) = self.replaying.pop_front() else { return };
            if let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) {
                flow.replay_is_scheduled = false;
            }
            self.pump(session);
        }
    }

    /// What tells the messages of this Session from others', for No Local.
    pub(super) fn publisher_tag(&self, session: u32) -> u64 {
        let client_identifier = self.sessions.get(session).map_or("", |this| &this.client_identifier);
        // Distinct from 0, which is nobody.
        Self::publisher_hasher().hash(client_identifier.as_bytes()) | 1
    }

    fn replay_message(&mut self, session: u32, message: &Arc<RoutedMessage>, marks: Marks) {
        if message.payload().is_empty() || message.is_expired(self.now) {
            return;
        }
        if marks.no_local() && message.publisher() == self.publisher_tag(session) {
            return;
        }
        let identifier = if self.version_of(session).has_properties() { marks.identifier() } else { 0 };
        let marks = Marks::new(message.qos().min(marks.qos()), true, identifier);
        self.deliver_one(session, message, marks, None);
    }

    /// Whether a replay may go on: nothing that came before it waits.
    fn is_replaying(&self, session: u32) -> bool {
        let flow = self.sessions.get(session).and_then(|this| this.flow.as_ref());
        flow.is_some_and(|flow| !flow.replays.is_empty() && flow.queue.is_empty())
    }

    fn schedule_replay(&mut self, session: u32) {
        let connection = self.sessions.get(session).map_or(NONE, |this| this.connection);
        let is_driven = self.connections.get(connection).is_some_and(|this| !this.outgoing.is_empty());
        let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return };
        if !is_driven && !flow.replay_is_scheduled {
            flow.replay_is_scheduled = true;
            self.replaying.push_back(session);
        }
    }

    fn arm_retained(&mut self) {
        let RetainedMessages { expiries, index, .. } = &mut self.retained;
        while let Some(Reverse((at, topic))) = expiries.peek()
            && index.get(TopicName::trusted(topic)).is_none_or(|retained| retained.goes_at != *at)
        {
            expiries.pop();
        }
        let Some(Reverse((at, _))) = self.retained.expiries.peek() else { return };
        let at = *at;
        if self.retained.armed.is_none_or(|armed| at < armed) {
            self.retained.armed = Some(at);
            self.timers.set(at, Timer::Retained);
        }
    }

    fn publisher_hasher() -> crate::topic::TopicHasher {
        crate::topic::TopicHasher::new(PUBLISHER_SEED)
    }
}

/// The tags of publishers are stored with their messages and compared by every shard, so they are the same everywhere.
const PUBLISHER_SEED: u64 = 0x7075_626c_6973_6865;
/// Topics that a replay looks at before it looks at the transport again.
const STEPS_AT_ONCE: usize = 16;
/// How long a removal is remembered, so that an older publication that is on its way between shards cannot undo it.
const REMOVAL_MARK_MS: u64 = 60_000;

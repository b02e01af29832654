//! Who subscribed to what: the index of Topic Filters and who stands behind each.

use super::Broker;
use super::delivery::Marks;
use super::forward::Forward;
use super::output::Output;
use super::store::StoreRecord;
use crate::codec::SubscriptionOptions;
use crate::topic::{FilterId, IndexFull, SubscriptionIndex, TopicFilter, ValueList};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The Topic Filters of this shard's Sessions and shared subscriptions, and those that other shards have.
#[derive(Debug)]
pub(super) struct Subscriptions {
    pub(super) index: SubscriptionIndex<ValueList<Subscriber>>,
}

/// Who stands behind a Topic Filter, in eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscriber {
    target: u32,
    marks: Marks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubscriberKind {
    /// A Session of this shard.
    Session(u32),
    /// A shared subscription that has its home here.
    Group(u32),
    /// Another shard has subscribers.
    Shard(u16),
}

impl Subscriptions {
    pub(super) fn new(seed: u64) -> Self {
        Self { index: SubscriptionIndex::new(seed) }
    }
}

impl Subscriber {
    pub(super) const fn session(session: u32, marks: Marks) -> Self {
        Self { target: session, marks }
    }

    pub(super) const fn group(group: u32) -> Self {
        Self { target: group | GROUP, marks: Marks::new(crate::codec::QoS::ExactlyOnce, true, 0) }
    }

    pub(super) const fn shard(shard: u16) -> Self {
        Self { target: shard as u32 | SHARD, marks: Marks::new(crate::codec::QoS::ExactlyOnce, true, 0) }
    }

    pub(super) const fn kind(self) -> SubscriberKind {
        if self.target & GROUP != 0 {
            SubscriberKind::Group(self.target & !GROUP)
        } else if self.target & SHARD != 0 {
            SubscriberKind::Shard((self.target & 0xFFFF) as u16)
        } else {
            SubscriberKind::Session(self.target)
        }
    }

    pub(super) const fn marks(self) -> Marks {
        self.marks
    }

    const fn is_here(self) -> bool {
        self.target & SHARD == 0
    }
}

impl Broker {
    /// Adds or changes a subscription of a Session; whether it is a new one.
    pub(super) fn add_subscription(
        &mut self,
        session: u32,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) -> Result<bool, IndexFull> {
        let marks = Marks::of_subscription(options, identifier);
        let is_new = if filter.share_name().is_some() {
            self.add_membership(session, filter, marks)?
        } else {
            self.add_plain_subscription(session, filter, marks)?
        };
        if is_new {
            self.statistics.subscriptions += 1;
        }
        if let Some(client_identifier) = self.stored_client(session) {
            let filter = filter.as_str().into();
            self.store(StoreRecord::SubscriptionPut {
                client_identifier,
                filter,
                options,
                subscription_identifier: identifier,
            });
        }
        Ok(is_new)
    }

    /// Removes a subscription of a Session; whether there was one.
    pub(super) fn remove_subscription(&mut self, session: u32, filter: TopicFilter<'_>) -> bool {
        let removed = if filter.share_name().is_some() {
            self.remove_membership(session, filter)
        } else {
            let id = self.subscriptions.index.find(filter);
            id.is_some_and(|id| self.remove_plain_subscription(session, id))
        };
        if removed {
            self.statistics.subscriptions -= 1;
            if let Some(client_identifier) = self.stored_client(session) {
                self.store(StoreRecord::SubscriptionRemoved { client_identifier, filter: filter.as_str().into() });
            }
        }
        removed
    }

    /// Removes all subscriptions of a Session that ends.
    pub(super) fn remove_all_subscriptions(&mut self, session: u32) {
        let Some(this) = self.sessions.get_mut(session) else { return };
        let filters = core::mem::take(&mut this.subscriptions);
        let keys: Vec<Arc<str>> = this.memberships().iter().map(|membership| membership.key.clone()).collect();
        self.statistics.subscriptions -= (filters.len() + keys.len()) as u64;
        for filter in filters {
            self.remove_subscriber(filter, Subscriber::session(session, NO_MARKS));
        }
        for key in keys {
            self.leave(session, &key);
        }
    }

    /// Adds a subscriber of this shard; other shards are told of a Topic Filter that is new here.
    pub(super) fn add_subscriber(
        &mut self,
        filter: TopicFilter<'_>,
        subscriber: Subscriber,
    ) -> Result<FilterId, IndexFull> {
        let id = self.subscriptions.index.insert_with(filter, ValueList::new)?;
        let Some(values) = self.subscriptions.index.get_mut(id) else { return Err(IndexFull) };
        let was_here = self.placement.count() == 1 || values.iter().any(|known| known.is_here());
        values.push(subscriber);
        if !was_here {
            let filter: Arc<str> = filter.filter_without_share().into();
            self.tell_shards(|| Forward::FilterAdded { filter: filter.clone() });
        }
        Ok(id)
    }

    /// Removes a subscriber of this shard; other shards are told when it was the last one here.
    pub(super) fn remove_subscriber(&mut self, id: FilterId, subscriber: Subscriber) -> bool {
        let mut filter = String::new();
        if self.placement.count() > 1 {
            self.subscriptions.index.write_filter(id, &mut filter);
        }
        let removed = self.subscriptions.index.retain(id, |known| known.target != subscriber.target) > 0;
        let is_here = self.subscriptions.index.get(id).is_some_and(|values| values.iter().any(|known| known.is_here()));
        if removed && !is_here && self.placement.count() > 1 {
            let filter: Arc<str> = filter.into();
            self.tell_shards(|| Forward::FilterRemoved { filter: filter.clone() });
        }
        removed
    }

    /// Another shard has (or has no more) subscribers for a Topic Filter.
    pub(super) fn apply_filter(&mut self, from: u16, filter: &str, is_present: bool) {
        let Ok(filter) = TopicFilter::plain(filter) else { return };
        let subscriber = Subscriber::shard(from);
        if let Some(id) = self.subscriptions.index.find(filter) {
            self.subscriptions.index.retain(id, |known| known.target != subscriber.target);
        }
        if is_present {
            // Where the index is full, messages do not get there; the limit is 2^32 filters.
            let _ = self.subscriptions.index.push(filter, subscriber);
        }
    }

    pub(super) fn tell_shards(&mut self, forward: impl Fn() -> Forward) {
        for to in self.placement.others() {
            self.outputs.push_back(Output::Forward { to, forward: forward() });
        }
    }

    fn add_plain_subscription(
        &mut self,
        session: u32,
        filter: TopicFilter<'_>,
        marks: Marks,
    ) -> Result<bool, IndexFull> {
        let known = self.subscriptions.index.find(filter);
        let Some(this) = self.sessions.get_mut(session) else { return Ok(false) };
        if let Some(id) = known
            && this.subscriptions.binary_search(&id).is_ok()
        {
            let values = self.subscriptions.index.get_mut(id).map(ValueList::as_mut_slice).unwrap_or_default();
            if let Some(subscriber) = values.iter_mut().find(|subscriber| subscriber.target == session) {
                subscriber.marks = marks;
            }
            return Ok(false);
        }
        let id = self.add_subscriber(filter, Subscriber::session(session, marks))?;
        if let Some(this) = self.sessions.get_mut(session)
            && let Err(place) = this.subscriptions.binary_search(&id)
        {
            if this.subscriptions.capacity() == this.subscriptions.len() {
                this.subscriptions.reserve_exact(this.subscriptions.len() / 4 + 1);
            }
            this.subscriptions.insert(place, id);
        }
        Ok(true)
    }

    fn remove_plain_subscription(&mut self, session: u32, id: FilterId) -> bool {
        let Some(this) = self.sessions.get_mut(session) else { return false };
        let Ok(place) = this.subscriptions.binary_search(&id) else { return false };
        this.subscriptions.remove(place);
        if let Some(flow) = this.flow.as_mut() {
            flow.replays.retain(|replay| replay.filter != id);
        }
        self.remove_subscriber(id, Subscriber::session(session, NO_MARKS))
    }
}

const GROUP: u32 = 1 << 31;
const SHARD: u32 = 1 << 30;
/// Sessions are numbered below this.
pub(super) const SESSIONS_MAX: u32 = SHARD;
const NO_MARKS: Marks = Marks::new(crate::codec::QoS::AtMostOnce, false, 0);

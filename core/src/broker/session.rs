//! Session State: what the broker keeps for a client beyond its connection. Spec: 4.1.

use super::delivery::Delivery;
use super::offline_queue::OfflineQueue;
use super::retained::Replay;
use super::routed_message::RoutedMessage;
use super::shared_subscription::Membership;
use super::slab::{NONE, Slab};
use crate::Time;
use crate::codec::ProtocolVersion;
use crate::session::{InboundWindow, OutboundWindow};
use crate::topic::{FilterId, SlotTable, TopicHasher};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// One client's Session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client_identifier: Arc<str>,
    pub(super) user_name: Option<Arc<str>>,
    /// The connection, or [`NONE`].
    pub(super) connection: u32,
    /// The routing pass that saw this Session last, and where it put it: so that overlapping subscriptions give one copy.
    pub(super) seen_in_pass: u32,
    pub(super) seen_at: u32,
    /// Its subscriptions without a share name, in ascending order.
    pub(super) subscriptions: Vec<FilterId>,
    /// Its shared subscriptions.
    #[expect(clippy::box_collection, reason = "most sessions have none, and a pointer is a third of a vector")]
    pub(super) memberships: Option<Box<Vec<Membership>>>,
    pub(super) flow: Option<Box<Flow>>,
    pub(super) inbound: Option<Box<InboundWindow>>,
    pub(super) will: Option<Box<PendingWill>>,
    /// Seconds; `u32::MAX`: never.
    pub(super) expiry_interval_s: u32,
    /// When it ends, while it has no connection; `Time::MAX`: never.
    pub(super) expires_at: Time,
    /// When its timer is set for; `Time::MAX`: not at all.
    pub(super) armed: Time,
    /// The position that the next queued delivery gets.
    pub(super) next_position: u32,
    pub(super) version: ProtocolVersion,
    /// Whether the store knows it.
    pub(super) is_stored: bool,
}

/// What is on its way to the client.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) window: OutboundWindow<Delivery>,
    pub(super) queue: OfflineQueue,
    /// Retained Messages that subscriptions brought and that were not sent yet.
    pub(super) replays: VecDeque<Replay>,
    /// Whether the Session stands in the list of those whose replays go on by themselves.
    pub(super) replay_is_scheduled: bool,
}

/// A Will Message that waits for the end of the connection, or for its delay after that.
#[derive(Debug)]
pub(super) struct PendingWill {
    pub(super) message: Arc<RoutedMessage>,
    pub(super) delay_s: u32,
    /// When it is published, once the connection has ended; `Time::MAX` before.
    pub(super) due_at: Time,
}

/// All Sessions of the shard, found by Client Identifier.
#[derive(Debug)]
pub(super) struct Sessions {
    slab: Slab<Session>,
    names: SlotTable,
    hasher: TopicHasher,
}

impl Session {
    pub(super) fn new(client_identifier: Arc<str>, version: ProtocolVersion) -> Self {
        Self {
            client_identifier,
            user_name: None,
            connection: NONE,
            seen_in_pass: 0,
            seen_at: 0,
            subscriptions: Vec::new(),
            memberships: None,
            flow: None,
            inbound: None,
            will: None,
            expiry_interval_s: 0,
            expires_at: Time::MAX,
            armed: Time::MAX,
            next_position: 0,
            version,
            is_stored: false,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection != NONE
    }

    pub(super) fn flow_mut(&mut self, send_quota: u16) -> &mut Flow {
        self.flow.get_or_insert_with(|| Box::new(Flow::new(send_quota)))
    }

    /// When something is to be done for it while it has no connection.
    pub(super) fn next_deadline(&self) -> Time {
        if self.is_connected() {
            return Time::MAX;
        }
        self.will.as_ref().map_or(Time::MAX, |will| will.due_at).min(self.expires_at)
    }

    pub(super) fn memberships(&self) -> &[Membership] {
        self.memberships.as_ref().map_or(&[], |memberships| memberships)
    }

    pub(super) fn subscription_count(&self) -> usize {
        self.subscriptions.len() + self.memberships().len()
    }
}

impl Flow {
    /// `send_quota`: of the connection, or 0 without one.
    fn new(send_quota: u16) -> Self {
        let mut window = OutboundWindow::new();
        window.begin_connection(send_quota);
        Self { window, queue: OfflineQueue::default(), replays: VecDeque::new(), replay_is_scheduled: false }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.window.is_empty() && self.queue.is_empty() && self.replays.is_empty()
    }
}

impl Sessions {
    pub(super) fn new(seed: u64) -> Self {
        Self { slab: Slab::new(), names: SlotTable::new(), hasher: TopicHasher::new(seed) }
    }

    /// Adds a Session whose Client Identifier is not among them. `None`: there is no number left for it.
    pub(super) fn insert(&mut self, session: Session) -> Option<u32> {
        let tag = self.tag(&session.client_identifier);
        let (index, _) = self.slab.insert(session)?;
        self.names.insert(tag, index);
        Some(index)
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<Session> {
        let session = self.slab.remove(index)?;
        self.names.remove(self.tag(&session.client_identifier), index);
        Some(session)
    }

    pub(super) fn find(&self, client_identifier: &str) -> Option<u32> {
        self.names.find(self.tag(client_identifier), |index| {
            self.slab.get(index).is_some_and(|session| &*session.client_identifier == client_identifier)
        })
    }

    pub(super) fn get(&self, index: u32) -> Option<&Session> {
        self.slab.get(index)
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Session> {
        self.slab.get_mut(index)
    }

    /// Makes every Session one that no routing pass has seen.
    pub(super) fn forget_passes(&mut self) {
        self.slab.iter_mut().for_each(|session| session.seen_in_pass = 0);
    }

    pub(super) fn is_current(&self, index: u32, generation: u32) -> bool {
        self.slab.is_current(index, generation)
    }

    pub(super) fn generation(&self, index: u32) -> u32 {
        self.slab.generation(index)
    }

    pub(super) fn len(&self) -> u32 {
        self.slab.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Session)> {
        self.slab.iter()
    }

    fn tag(&self, client_identifier: &str) -> u32 {
        crate::topic::hash_tag(self.hasher.hash(client_identifier.as_bytes()))
    }
}

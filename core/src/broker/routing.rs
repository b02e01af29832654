//! From a message to its receivers: the hot path. Spec: 3.3.4.

use super::Broker;
use super::delivery::{Delivery, DeliveryExtra, Marks};
use super::flow::Sent;
use super::forward::{Forward, RetainedStamp};
use super::output::Output;
use super::policy::Permission;
use super::routed_message::{MessageView, RoutedMessage};
use super::session::Sessions;
use super::store::{StoreRecord, StoredDelivery};
use super::subscriptions::{Subscriber, SubscriberKind, Subscriptions};
use crate::codec::QoS;
use crate::topic::{FilterId, TopicName};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

/// The receivers of one message. Kept between messages for its memory.
#[derive(Debug, Default)]
pub(super) struct Targets {
    sessions: Vec<Target>,
    /// Further Subscription Identifiers: the position in `sessions`, and the identifier.
    identifiers: Vec<(u32, u32)>,
    groups: Vec<u32>,
    shards: Vec<u16>,
    found: Vec<FilterId>,
    pass: u32,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    session: u32,
    marks: Marks,
    has_more_identifiers: bool,
}

impl Broker {
    /// Gives a message that came to this shard to all who subscribed to it, here and elsewhere. `owned` is filled when the
    /// message has to outlive the call. Returns whether anybody matched.
    pub(super) fn route(
        &mut self,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
        publisher: u32,
        retained: Option<RetainedStamp>,
    ) -> bool {
        let mut targets = mem::take(&mut self.targets);
        targets.collect(&mut self.subscriptions, &mut self.sessions, message, publisher);
        let matched = targets.is_anybody();
        if self.placement.count() > 1 {
            self.forward_publish(&targets, message, owned, retained);
        }
        self.deliver_all(&mut targets, message, owned);
        self.targets = targets;
        self.finish_stored(message, owned);
        matched
    }

    /// Gives a message that came from another shard to those who subscribed to it here.
    pub(super) fn route_here(&mut self, message: &Arc<RoutedMessage>) {
        let mut targets = mem::take(&mut self.targets);
        let view = message.view();
        targets.collect(&mut self.subscriptions, &mut self.sessions, &view, super::slab::NONE);
        let mut owned = Some(message.clone());
        self.deliver_all(&mut targets, &view, &mut owned);
        self.targets = targets;
        self.finish_stored(&view, &mut owned);
    }

    /// Gives one message to one Session.
    pub(super) fn deliver_one(
        &mut self,
        session: u32,
        message: &Arc<RoutedMessage>,
        marks: Marks,
        extra: Option<DeliveryExtra>,
    ) {
        self.fanout.begin();
        let view = message.view();
        let mut owned = Some(message.clone());
        self.deliver(session, marks, extra, &view, &mut owned);
        self.finish_stored(&view, &mut owned);
    }

    fn deliver_all(
        &mut self,
        targets: &mut Targets,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
    ) {
        self.fanout.begin();
        if message.payload.len() >= self.shared_payload_min() && targets.is_anybody() {
            self.own(message, owned);
        }
        for (position, target) in (0_u32..).zip(&targets.sessions) {
            let extra = target.has_more_identifiers.then(|| targets.extra_of(position, target.marks));
            self.deliver(target.session, target.marks, extra, message, owned);
        }
        for &group in &targets.groups {
            let message = self.own(message, owned);
            self.deliver_to_group(group, &message, None);
        }
    }

    fn deliver(
        &mut self,
        session: u32,
        marks: Marks,
        extra: Option<DeliveryExtra>,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
    ) {
        if self.checks_deliveries && !self.may_deliver(session, message.topic) {
            return;
        }
        let marks = match extra.and_then(|extra| self.extras.insert(extra)) {
            Some((extra, _)) => Marks::extended(marks.qos(), marks.retain(), extra),
            None => marks,
        };
        if marks.qos() == QoS::AtMostOnce {
            self.deliver_at_most_once(session, marks, message, owned);
        } else {
            self.deliver_surely(session, marks, message, owned);
        }
    }

    fn deliver_at_most_once(
        &mut self,
        session: u32,
        marks: Marks,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
    ) {
        if self.options.queue_qos_0 && self.sessions.get(session).is_some_and(|this| !this.is_connected()) {
            let message = self.own(message, owned);
            self.enqueue(session, message, marks);
            return;
        }
        let shared = self.shared_of(message, owned.as_ref());
        if self.transmit_publish(session, message, shared, marks, None, false) != Sent::Yes {
            self.statistics.publish_dropped += 1;
        }
        if let Some(extra) = marks.extra() {
            self.extras.remove(extra);
        }
    }

    fn deliver_surely(
        &mut self,
        session: u32,
        marks: Marks,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
    ) {
        let Some(this) = self.sessions.get(session) else { return };
        let is_stored = this.is_stored;
        let is_ready = !is_stored
            && this.is_connected()
            && this.flow.as_ref().is_none_or(|flow| flow.queue.is_empty() && flow.window.can_send());
        let arc = self.own(message, owned);
        if is_ready && self.can_transmit(session) {
            let quota = self.send_quota(session);
            if let Some(this) = self.sessions.get_mut(session) {
                this.flow_mut(quota);
            }
            let shared = self.shared_of(message, owned.as_ref());
            let delivery = Delivery { message: Some(arc), marks, position: 0 };
            self.send_delivery(session, delivery, message, shared);
            return;
        }
        let Some(position) = self.enqueue(session, arc, marks) else { return };
        if is_stored {
            self.note_stored(session, position, marks);
        }
    }

    /// Collects what the store is to know about a queued delivery.
    fn note_stored(&mut self, session: u32, position: u32, marks: Marks) {
        let Some(client_identifier) = self.stored_client(session) else { return };
        let mut own = [0];
        let delivery = StoredDelivery {
            client_identifier,
            position,
            qos: marks.qos(),
            retain: marks.retain(),
            subscription_identifiers: marks.identifiers(&mut own, &self.extras).to_vec(),
            shared: marks.extra().and_then(|extra| self.extras.get(extra)?.shared.clone()),
        };
        self.store.batch.push(delivery);
        self.store.batch_sessions.push(session);
    }

    /// Has the store keep what was queued, as one operation, and then sends what can be sent.
    fn finish_stored(&mut self, message: &MessageView<'_>, owned: &mut Option<Arc<RoutedMessage>>) {
        if self.store.batch.is_empty() {
            return;
        }
        let message = self.own(message, owned);
        let deliveries = mem::take(&mut self.store.batch);
        self.store(StoreRecord::Enqueued { message, deliveries });
        for session in mem::take(&mut self.store.batch_sessions) {
            self.pump(session);
        }
    }

    fn forward_publish(
        &mut self,
        targets: &Targets,
        message: &MessageView<'_>,
        owned: &mut Option<Arc<RoutedMessage>>,
        retained: Option<RetainedStamp>,
    ) {
        let placement = self.placement;
        let is_for = |to: &u16| retained.is_some() || targets.shards.contains(to);
        let asks = message.qos != QoS::AtMostOnce;
        let receipt = if asks { self.ask_for_receipts(placement.others().filter(is_for).count()) } else { None };
        for to in placement.others().filter(is_for) {
            let message = self.own(message, owned);
            self.outputs.push_back(Output::Forward { to, forward: Forward::Publish { message, retained, receipt } });
        }
    }

    /// The message as one that outlives the call.
    pub(super) fn own(&self, message: &MessageView<'_>, owned: &mut Option<Arc<RoutedMessage>>) -> Arc<RoutedMessage> {
        owned.get_or_insert_with(|| Arc::new(RoutedMessage::from_view(message, self.shared_payload_min()))).clone()
    }

    fn shared_of<'a>(
        &self,
        message: &MessageView<'_>,
        owned: Option<&'a Arc<RoutedMessage>>,
    ) -> super::fanout::SharedPayload<'a> {
        if message.payload.len() < self.shared_payload_min() {
            return None;
        }
        owned.and_then(|owned| owned.shared_payload())
    }

    pub(super) fn shared_payload_min(&self) -> usize {
        (self.options.shared_payload_bytes_min as usize).max(1)
    }

    fn may_deliver(&mut self, session: u32, topic: TopicName<'_>) -> bool {
        let Some(this) = self.sessions.get(session) else { return false };
        let client = this.client_info(&self.connections);
        self.policy.deliver(&client, topic) == Permission::Allow
    }
}

impl Targets {
    /// Finds who is to get the message: each Session once, at the highest QoS of its matching subscriptions and with all
    /// of their Subscription Identifiers. [MQTT-3.3.4-2], [MQTT-3.3.4-3], [MQTT-3.3.4-4]
    fn collect(
        &mut self,
        subscriptions: &mut Subscriptions,
        sessions: &mut Sessions,
        message: &MessageView<'_>,
        publisher: u32,
    ) {
        self.sessions.clear();
        self.identifiers.clear();
        self.groups.clear();
        self.shards.clear();
        self.found.clear();
        subscriptions.index.collect_matches(message.topic, &mut self.found);
        self.next_pass(sessions);
        // Within one filter each Session stands once.
        let may_overlap = self.found.len() > 1;
        for &filter in &self.found {
            let subscribers = subscriptions.index.get(filter).map_or(&[][..], |values| values.as_slice());
            for &subscriber in subscribers {
                match subscriber.kind() {
                    SubscriberKind::Group(group) => self.groups.push(group),
                    SubscriberKind::Shard(shard) => {
                        if !self.shards.contains(&shard) {
                            self.shards.push(shard);
                        }
                    }
                    SubscriberKind::Session(session) => {
                        if subscriber.marks().no_local() && session == publisher {
                            continue;
                        }
                        let target = Target::new(session, subscriber, message);
                        if may_overlap {
                            add(&mut self.sessions, &mut self.identifiers, self.pass, sessions, target);
                        } else {
                            self.sessions.push(target);
                        }
                    }
                }
            }
        }
    }

    fn next_pass(&mut self, sessions: &mut Sessions) {
        self.pass = self.pass.wrapping_add(1);
        if self.pass == 0 {
            sessions.forget_passes();
            self.pass = 1;
        }
    }

    fn is_anybody(&self) -> bool {
        !(self.sessions.is_empty() && self.groups.is_empty() && self.shards.is_empty())
    }

    fn extra_of(&self, position: u32, marks: Marks) -> DeliveryExtra {
        let more = self.identifiers.iter().filter(|(at, _)| *at == position).map(|(_, identifier)| *identifier);
        DeliveryExtra { identifiers: core::iter::once(marks.identifier()).chain(more).collect(), shared: None }
    }
}

impl Target {
    fn new(session: u32, subscriber: Subscriber, message: &MessageView<'_>) -> Self {
        let marks = subscriber.marks();
        let retain = message.retain && marks.retain();
        let marks = Marks::new(message.qos.min(marks.qos()), retain, marks.identifier());
        Self { session, marks, has_more_identifiers: false }
    }
}

/// Adds a target, or joins it with the one that the Session has already in this pass.
fn add(
    targets: &mut Vec<Target>,
    identifiers: &mut Vec<(u32, u32)>,
    pass: u32,
    sessions: &mut Sessions,
    target: Target,
) {
    let Some(session) = sessions.get_mut(target.session) else { return };
    if session.seen_in_pass != pass {
        session.seen_in_pass = pass;
        session.seen_at = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        targets.push(target);
        return;
    }
    let position = session.seen_at;
    let Some(known) = targets.get_mut(position as usize) else { return };
    let (qos, retain) = (known.marks.qos().max(target.marks.qos()), known.marks.retain() || target.marks.retain());
    let (first, further) = (known.marks.identifier(), target.marks.identifier());
    if first == 0 {
        known.marks = Marks::new(qos, retain, further);
        return;
    }
    known.marks = Marks::new(qos, retain, first);
    if further != 0 && session.version.has_properties() {
        known.has_more_identifiers = true;
        identifiers.push((position, further));
    }
}

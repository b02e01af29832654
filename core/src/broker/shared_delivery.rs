//! Messages of shared subscriptions: to the member whose turn it is, and on to another when one leaves. Spec: 4.8.2.

use super::Broker;
use super::delivery::{Delivery, DeliveryExtra, Marks};
use super::forward::Forward;
use super::output::Output;
use super::routed_message::RoutedMessage;
use super::shared_subscription::Membership;
use crate::codec::{PacketIdentifier, QoS};
use alloc::sync::Arc;
use alloc::vec::Vec;

impl Broker {
    /// Gives a message to one member of a group that has its home here; to `except` only if there is no other.
    pub(super) fn deliver_to_group(&mut self, group: u32, message: &Arc<RoutedMessage>, except: Option<&str>) {
        let here = self.placement.index();
        let Some(group) = self.shared.get_mut(group) else { return };
        let key = group.key.clone();
        let Some(member) = group.choose(except).cloned() else { return };
        if member.shard == here {
            self.deliver_to_member(member.session, &key, message);
        } else {
            let client_identifier = member.client_identifier;
            let receipt = if message.qos() == QoS::AtMostOnce { None } else { self.ask_for_receipts(1) };
            let forward = Forward::SharedDeliver { key, client_identifier, message: message.clone(), receipt };
            self.outputs.push_back(Output::Forward { to: member.shard, forward });
        }
    }

    /// The home of a group chose a client of this shard. If that is gone meanwhile, the message goes back.
    pub(super) fn apply_shared_delivery(
        &mut self,
        from: u16,
        key: Arc<str>,
        client_identifier: Arc<str>,
        message: Arc<RoutedMessage>,
    ) {
        let session = self.sessions.find(&client_identifier);
        let is_member = session.and_then(|session| self.membership(session, &key)).is_some();
        match session {
            Some(session) if is_member => self.deliver_to_member(session, &key, &message),
            _ => {
                let forward = Forward::SharedReturn { key, client_identifier, message };
                self.outputs.push_back(Output::Forward { to: from, forward });
            }
        }
    }

    /// A message came back from a member: it goes to another.
    pub(super) fn return_to_group(
        &mut self,
        key: &Arc<str>,
        client_identifier: &Arc<str>,
        message: &Arc<RoutedMessage>,
    ) {
        let home = self.placement.shard_of(key);
        if home == self.placement.index() {
            if let Some(group) = self.shared.find(key) {
                self.deliver_to_group(group, message, Some(client_identifier));
            }
            return;
        }
        let (key, client_identifier) = (key.clone(), client_identifier.clone());
        let forward = Forward::SharedReturn { key, client_identifier, message: message.clone() };
        self.outputs.push_back(Output::Forward { to: home, forward });
    }

    /// A Session has lost its connection, or has ended: what shared subscriptions brought and it has not acknowledged goes
    /// to other members. A QoS 2 message that was sent to it stays with it. [MQTT-4.8.2-4], [MQTT-4.8.2-5]
    pub(super) fn leave_shared_deliveries(&mut self, session: u32, has_ended: bool) {
        let Some(this) = self.sessions.get(session) else { return };
        if this.flow.is_none() {
            return;
        }
        let client_identifier = this.client_identifier.clone();
        let keys: Vec<Arc<str>> = this.memberships().iter().map(|membership| membership.key.clone()).collect();
        let moves = |broker: &Self, key: &Arc<str>| {
            has_ended || (keys.contains(key) && broker.has_other_connected_member(key, &client_identifier))
        };
        let mut returned = Vec::new();
        for (identifier, key) in self.shared_in_flight(session) {
            if moves(self, &key)
                && let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut())
                && let Some(delivery) = flow.window.abandon(identifier)
            {
                returned.push((key, delivery));
            }
        }
        for key in self.shared_in_queue(session) {
            if moves(self, &key) {
                self.take_queued(session, &key, &mut returned);
            }
        }
        self.return_all(session, &client_identifier, returned);
    }

    /// A Session left one group: what is queued for it from there goes to another member.
    pub(super) fn return_queued(&mut self, session: u32, key: &Arc<str>) {
        let Some(this) = self.sessions.get(session) else { return };
        let client_identifier = this.client_identifier.clone();
        let mut returned = Vec::new();
        self.take_queued(session, key, &mut returned);
        self.return_all(session, &client_identifier, returned);
    }

    fn deliver_to_member(&mut self, session: u32, key: &Arc<str>, message: &Arc<RoutedMessage>) {
        let Some(membership) = self.membership(session, key) else { return };
        let subscription = membership.marks;
        let qos = message.qos().min(subscription.qos());
        let marks = Marks::new(qos, message.retain() && subscription.retain(), subscription.identifier());
        let identifier = subscription.identifier();
        let extra = (qos != QoS::AtMostOnce).then(|| DeliveryExtra {
            identifiers: if identifier == 0 { Vec::new() } else { alloc::vec![identifier] },
            shared: Some(key.clone()),
        });
        self.deliver_one(session, message, marks, extra);
    }

    fn return_all(&mut self, session: u32, client_identifier: &Arc<str>, returned: Vec<(Arc<str>, Delivery)>) {
        for (key, delivery) in returned {
            if let Some(message) = &delivery.message {
                self.return_to_group(&key, client_identifier, message);
            }
            // Last: a crash between the two gives the message to both and not to nobody.
            self.settle(session, &delivery);
        }
    }

    fn take_queued(&mut self, session: u32, key: &Arc<str>, returned: &mut Vec<(Arc<str>, Delivery)>) {
        let extras = &self.extras;
        let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return };
        let came_from = |delivery: &Delivery| {
            let extra = delivery.marks.extra().and_then(|extra| extras.get(extra));
            extra.is_some_and(|extra| extra.shared.as_ref() == Some(key))
        };
        flow.queue.take_where(&mut self.queued, |delivery| returned.push((key.clone(), delivery)), came_from);
    }

    /// The QoS 1 deliveries in flight that shared subscriptions brought.
    fn shared_in_flight(&self, session: u32) -> Vec<(PacketIdentifier, Arc<str>)> {
        let Some(flow) = self.sessions.get(session).and_then(|this| this.flow.as_ref()) else { return Vec::new() };
        let in_flight = flow.window.iter().filter(|(_, qos, _, _)| *qos == QoS::AtLeastOnce);
        in_flight.filter_map(|(identifier, _, _, delivery)| Some((identifier, self.shared_key(delivery)?))).collect()
    }

    /// The shared subscriptions that brought what is queued.
    fn shared_in_queue(&self, session: u32) -> Vec<Arc<str>> {
        let Some(flow) = self.sessions.get(session).and_then(|this| this.flow.as_ref()) else { return Vec::new() };
        let mut keys: Vec<Arc<str>> = flow.queue.iter().filter_map(|delivery| self.shared_key(delivery)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn shared_key(&self, delivery: &Delivery) -> Option<Arc<str>> {
        self.extras.get(delivery.marks.extra()?)?.shared.clone()
    }

    fn membership(&self, session: u32, key: &Arc<str>) -> Option<Membership> {
        let memberships = self.sessions.get(session)?.memberships();
        memberships.iter().find(|membership| membership.key == *key).cloned()
    }

    /// Whether a message would find somebody else at once. Of a group with another home this shard does not know: the home
    /// decides, and may give it back.
    fn has_other_connected_member(&self, key: &str, client_identifier: &str) -> bool {
        if self.placement.shard_of(key) != self.placement.index() {
            return true;
        }
        let group = self.shared.find(key).and_then(|group| self.shared.get(group));
        group.is_some_and(|group| {
            group.members.iter().any(|member| member.is_connected && *member.client_identifier != *client_identifier)
        })
    }
}

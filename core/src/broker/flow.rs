//! The flow to one client: its window, its queue, and what a transport can take. Spec: 4.4, 4.9.

use super::Broker;
use super::delivery::{Delivery, Marks};
use super::fanout::{ALIAS_SIZE_BYTES, DeliveryForm, Layout, SharedPayload};
use super::routed_message::{MessageView, RoutedMessage};
use super::slab::NONE;
use super::store::StoreRecord;
use crate::ReasonCode;
use crate::codec::{Acknowledgement, Packet, PacketIdentifier, ProtocolVersion, QoS};
use crate::session::Resend;
use alloc::sync::Arc;
use core::mem;

/// What became of a PUBLISH on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It is in the connection's buffer.
    Yes,
    /// It is larger than the client accepts: it counts as delivered. [MQTT-3.1.2-25]
    TooLarge,
    /// Too much waits for the transport already. Only at QoS 0, where it is dropped.
    TransportFull,
}

impl Broker {
    /// Sends what can be sent to a Session's client now: what is to be sent again, what is queued, then Retained Messages.
    pub(super) fn pump(&mut self, session: u32) {
        let Some(this) = self.sessions.get(session) else { return };
        if this.flow.is_none() || !this.is_connected() {
            return;
        }
        self.resend(session);
        while self.can_transmit(session) {
            if !self.send_next(session) {
                break;
            }
        }
        self.replay(session);
    }

    /// Whether the transport of a Session takes more.
    pub(super) fn can_transmit(&self, session: u32) -> bool {
        let Some(this) = self.sessions.get(session) else { return false };
        let Some(connection) = self.connections.get(this.connection) else { return false };
        connection.is_open() && connection.outgoing.len_bytes() < self.options.outgoing_bytes_max as usize
    }

    /// Sends the next message of the queue; whether there may be another one.
    fn send_next(&mut self, session: u32) -> bool {
        let now = self.now;
        let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return false };
        let Some(front) = flow.queue.front() else { return false };
        if front.qos() != QoS::AtMostOnce && !flow.window.can_send() {
            return false;
        }
        let Some(delivery) = flow.queue.pop_front(&mut self.queued) else { return false };
        let Some(message) = delivery.message.clone().filter(|message| !message.is_expired(now)) else {
            self.statistics.publish_dropped += 1;
            self.settle(session, &delivery);
            return true;
        };
        self.fanout.begin();
        self.send_delivery(session, delivery, &message.view(), message.shared_payload());
        true
    }

    /// Puts a delivery in flight (or sends it, at QoS 0). The window has room.
    pub(super) fn send_delivery(
        &mut self,
        session: u32,
        delivery: Delivery,
        message: &MessageView<'_>,
        shared: SharedPayload<'_>,
    ) {
        let marks = delivery.marks;
        if marks.qos() == QoS::AtMostOnce {
            if self.transmit_publish(session, message, shared, marks, None, false) != Sent::Yes {
                self.statistics.publish_dropped += 1;
            }
            self.settle(session, &delivery);
            return;
        }
        let position = delivery.position;
        let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return };
        let identifier = match flow.window.send(delivery, marks.qos()) {
            Ok(identifier) => identifier,
            Err(delivery) => {
                flow.queue.push(delivery, &mut self.queued);
                return;
            }
        };
        if let Some(client_identifier) = self.stored_client(session) {
            self.store(StoreRecord::Sent { client_identifier, position, packet_identifier: identifier });
        }
        if self.transmit_publish(session, message, shared, marks, Some(identifier), false) == Sent::TooLarge {
            self.abandon(session, identifier);
        }
    }

    /// Sends again what the last connection left unfinished, in the original order. [MQTT-4.4.0-1]
    fn resend(&mut self, session: u32) {
        loop {
            let Some(this) = self.sessions.get_mut(session) else { return };
            let connection = this.connection;
            let Some(flow) = this.flow.as_mut() else { return };
            let (identifier, delivery) = match flow.window.next_resend() {
                None => return,
                Some(Resend::Release(identifier)) => (identifier, None),
                Some(Resend::Publish(identifier, _, delivery)) => {
                    (identifier, delivery.message.clone().map(|message| (message, delivery.marks)))
                }
            };
            match delivery {
                None => {
                    let release = Acknowledgement::new(identifier, ReasonCode::Success);
                    self.send_after(connection, &Packet::PubRel(release), 0);
                }
                Some((message, marks)) => {
                    self.fanout.begin();
                    let shared = message.shared_payload();
                    if self.transmit_publish(session, &message.view(), shared, marks, Some(identifier), true)
                        == Sent::TooLarge
                    {
                        self.abandon(session, identifier);
                    }
                }
            }
        }
    }

    /// Gives up a delivery that cannot be sent to this client at all. [MQTT-3.1.2-25]
    pub(super) fn abandon(&mut self, session: u32, identifier: PacketIdentifier) {
        let Some(flow) = self.sessions.get_mut(session).and_then(|this| this.flow.as_mut()) else { return };
        if let Some(delivery) = flow.window.abandon(identifier) {
            self.statistics.publish_dropped += 1;
            self.settle(session, &delivery);
        }
    }

    /// Appends a PUBLISH to the buffer of a Session's connection. [`Fanout::begin`](super::fanout::Fanout::begin) was called
    /// for this message.
    ///
    /// This runs once for every delivery: it looks up the Session and the connection once and copies once.
    pub(super) fn transmit_publish(
        &mut self,
        session: u32,
        message: &MessageView<'_>,
        shared: SharedPayload<'_>,
        marks: Marks,
        identifier: Option<PacketIdentifier>,
        dup: bool,
    ) -> Sent {
        let Self { sessions, connections, extras, fanout, store, spare_buffers, dirty, .. } = self;
        let Some(state) = sessions.get(session) else { return Sent::Yes };
        let index = state.connection;
        let Some(this) = connections.get_mut(index).filter(|this| this.is_open()) else { return Sent::Yes };
        if identifier.is_none() && this.outgoing.len_bytes() >= self.options.outgoing_bytes_max as usize {
            return Sent::TransportFull;
        }
        let mut own = [0];
        let identifiers = marks.identifiers(&mut own, extras);
        let form = DeliveryForm { version: this.version, marks, identifiers, payload_is_shared: shared.is_some() };
        let Some(layout) = fanout.layout(message, &form, self.now) else { return Sent::TooLarge };
        if layout.total_len() > this.packet_size_bytes_max as usize {
            return Sent::TooLarge;
        }
        self.statistics.packets_sent += 1;
        self.statistics.publish_sent += 1;
        self.statistics.publish_bytes_sent += message.payload.len() as u64;
        // At QoS 1 and 2 nothing goes out before the store knows of it.
        let after = identifier.map(|_| if store.is_on && state.is_stored { store.sequence } else { 0 });
        if let Some(sequence) = this.hold_until(after, store.durable) {
            self.hold_publish(index, sequence, &layout, shared, identifier, dup);
            return Sent::Yes;
        }
        if this.outgoing.is_empty()
            && let Some(spare) = spare_buffers.pop()
        {
            this.outgoing.reuse(spare);
        }
        let has_alias = this.topic_alias_maximum > 0
            && layout.total_len() + ALIAS_SIZE_BYTES <= this.packet_size_bytes_max as usize;
        if has_alias {
            let bytes = &mut self.scratch;
            bytes.clear();
            message.encode_with_alias(this, &form, identifier, dup, self.now, bytes);
            this.outgoing.push(bytes);
        } else {
            this.outgoing.encode(|out| fanout.append(&layout, identifier, dup, out));
        }
        if let Some(payload) = shared {
            this.outgoing.push_shared(payload.clone());
        }
        if !this.is_dirty && !this.is_transmitting {
            this.is_dirty = true;
            dirty.push_back(index);
        }
        Sent::Yes
    }

    /// Keeps a PUBLISH until the store has completed `sequence`.
    fn hold_publish(
        &mut self,
        index: u32,
        sequence: u64,
        layout: &Layout,
        shared: SharedPayload<'_>,
        identifier: Option<PacketIdentifier>,
        dup: bool,
    ) {
        let Some(this) = self.connections.get_mut(index) else { return };
        let mut bytes = mem::take(&mut self.scratch);
        bytes.clear();
        self.fanout.append(layout, identifier, dup, &mut bytes);
        bytes.extend_from_slice(shared.map_or(&[], |payload| payload));
        this.rare_mut().held_output.push(sequence, &bytes);
        self.scratch = bytes;
        self.store.note_waiting(sequence, self.connections.generation(index), index);
    }

    /// Queues a delivery within the limits; what is shed for it is counted and settled.
    pub(super) fn enqueue(&mut self, session: u32, message: Arc<RoutedMessage>, marks: Marks) -> Option<u32> {
        let quota = self.send_quota(session);
        let this = self.sessions.get_mut(session)?;
        let position = this.next_position;
        this.next_position = position.wrapping_add(1);
        let delivery = Delivery { message: Some(message), marks, position };
        let mut shed = alloc::vec::Vec::new();
        let flow = this.flow_mut(quota);
        let offered = flow.queue.offer(delivery, &self.options, &mut self.queued, self.now, |gone| shed.push(gone));
        for gone in &shed {
            self.settle(session, gone);
        }
        self.statistics.publish_dropped += shed.len() as u64;
        match offered {
            Ok(()) => Some(position),
            Err(refused) => {
                self.statistics.publish_dropped += 1;
                self.release_extra(&refused);
                None
            }
        }
    }

    /// How many messages may be in flight to a Session's client; 0 without a connection.
    pub(super) fn send_quota(&self, session: u32) -> u16 {
        let connection = self.sessions.get(session).map_or(NONE, |this| this.connection);
        self.connections.get(connection).map_or(0, |this| this.send_quota)
    }

    /// Forgets what is kept beside a delivery.
    pub(super) fn release_extra(&mut self, delivery: &Delivery) {
        if let Some(extra) = delivery.marks.extra() {
            self.extras.remove(extra);
        }
    }

    /// The version that a Session's client speaks.
    pub(super) fn version_of(&self, session: u32) -> ProtocolVersion {
        self.sessions.get(session).map(|this| this.version).unwrap_or_default()
    }
}

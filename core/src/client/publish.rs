//! Publishing: from the command through the queue and the window to the wire.

use super::error::UsageError;
use super::in_flight::InFlight;
use super::offline_queue::{Pushed, Waiting};
use super::output::Outcome;
use super::store::{Held, StoreRecord};
use super::timer::Timer;
use super::tokens::Token;
use super::{Client, State};
use crate::codec::{Packet, PacketIdentifier, PropertyIdentifier, PropertyRewrite, QoS};
use crate::session::{AliasUse, MessageExpiry};
use crate::{Message, Time};
use alloc::vec::Vec;

/// What to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The message. Its Message Expiry Interval begins with the call; the server is told what is left of it when the
    /// message is sent.
    pub message: Message,
}

impl From<Message> for Publication {
    fn from(message: Message) -> Self {
        Self { message }
    }
}

impl Client {
    /// Publishes a message; the token settles when the server has acknowledged it, for QoS 0 when the transport has it.
    ///
    /// Messages leave in the order of the calls. Without a connection, beyond the server's Receive Maximum, or behind a
    /// transport that does not keep up, they wait in the queue.
    pub fn publish(&mut self, publication: impl Into<Publication>, now: Time) -> Result<Token, UsageError> {
        self.advance(now);
        let message = publication.into().message;
        self.check_message(&message)?;
        let token = self.tokens.next();
        self.publish_as(message, token)?;
        Ok(token)
    }

    /// Sends a checked message, or queues it.
    pub(super) fn publish_as(&mut self, message: Message, token: Token) -> Result<(), UsageError> {
        let expiry = message.message_expiry_interval_s().map(|seconds| MessageExpiry::new(seconds, self.now));
        let mut waiting = Waiting { message, token: Some(token), expiry, sequence: 0, record: 0 };
        if self.queue.is_empty() && self.can_send(&waiting) && !self.is_stored(&waiting.message) {
            self.send_waiting(waiting);
            return Ok(());
        }
        if self.is_stored(&waiting.message) {
            waiting.record = self.store.next_record();
            waiting.sequence = self.store.next_sequence();
        }
        let (record, sequence) = (waiting.record, waiting.sequence);
        let stored = (record != 0).then(|| waiting.message.clone());
        let mut dropped = Vec::new();
        match self.queue.push(waiting, |each| dropped.push((each.token, each.record))) {
            Pushed::Queued => {
                if let Some(message) = stored {
                    self.store_as(sequence, StoreRecord::Publication { record, message });
                }
            }
            Pushed::Dropped => dropped.push((Some(token), 0)),
            Pushed::Refused => return Err(UsageError::QueueFull),
        }
        for (token, record) in dropped {
            self.forget_record(record);
            self.settle_if_any(token, Outcome::Dropped);
        }
        self.set_queue_timer();
        self.pump();
        Ok(())
    }

    /// What can be wrong with a message whoever is to get it.
    pub(super) fn check_message(&self, message: &Message) -> Result<(), UsageError> {
        if message.properties().contains(PropertyIdentifier::SubscriptionIdentifier) {
            return Err(UsageError::SubscriptionIdentifierInPublish);
        }
        let identifier = (message.qos() != QoS::AtMostOnce).then_some(PacketIdentifier::MIN);
        Packet::Publish(message.as_publish(identifier, false)).encoded_len(self.options.protocol_version)?;
        if self.state == State::Connected { self.check_server_takes(message) } else { Ok(()) }
    }

    /// What the connected server does not take.
    fn check_server_takes(&self, message: &Message) -> Result<(), UsageError> {
        if message.qos() > self.server.maximum_qos {
            return Err(UsageError::QoSNotSupported(self.server.maximum_qos));
        }
        if message.retain() && !self.server.retain_available {
            return Err(UsageError::RetainNotSupported);
        }
        let maximum = self.server.maximum_packet_size_bytes;
        if maximum != u32::MAX {
            let identifier = (message.qos() != QoS::AtMostOnce).then_some(PacketIdentifier::MIN);
            let publish = message.as_publish(identifier, false);
            let size = Packet::Publish(publish).encoded_len(self.options.protocol_version)?;
            if size > maximum as usize {
                return Err(UsageError::PacketTooLarge { size, maximum });
            }
        }
        Ok(())
    }

    /// Whether the transport, the quota and the store let this message go now.
    fn can_send(&self, waiting: &Waiting) -> bool {
        self.state == State::Connected
            && self.outgoing.len_bytes() < self.options.outgoing_bytes_max
            && self.store.is_complete(waiting.sequence)
            && (waiting.message.qos() == QoS::AtMostOnce || self.outbound.can_send())
    }

    /// Sends what may be sent: repetitions, SUBSCRIBE and UNSUBSCRIBE, then messages from the queue.
    pub(super) fn pump(&mut self) {
        if self.state != State::Connected {
            return;
        }
        self.resend();
        self.send_pending();
        if self.queue.is_empty() {
            return;
        }
        while self.queue.front().is_some_and(|front| self.can_send(front)) {
            let Some(waiting) = self.queue.pop() else { break };
            if !self.send_waiting(waiting) {
                break;
            }
        }
        self.set_queue_timer();
    }

    /// Sends a message that [`can_send`](Self::can_send) has let pass, or settles it. False if it went back to the front of
    /// the queue: publications, SUBSCRIBE and UNSUBSCRIBE together use every Packet Identifier.
    fn send_waiting(&mut self, waiting: Waiting) -> bool {
        let expiry_s = match waiting.expiry.map(|expiry| expiry.remaining_s(self.now)) {
            Some(None) => {
                self.forget_record(waiting.record);
                self.settle_if_any(waiting.token, Outcome::Expired);
                return true;
            }
            Some(left) => left,
            None => None,
        };
        // A message that waited may meet another server than the one that was there when it was published.
        if let Err(error) = self.check_server_takes(&waiting.message) {
            self.refuse_waiting(&waiting, error);
            return true;
        }
        if waiting.message.qos() == QoS::AtMostOnce {
            match self.send_publish(&waiting.message, None, false, expiry_s) {
                Ok(()) => waiting.token.into_iter().for_each(|token| self.in_transit.push(token)),
                Err(error) => self.refuse_waiting(&waiting, error),
            }
            return true;
        }
        let pending = &self.pending;
        let identifier = self.outbound.allocate_identifier(|identifier| pending.uses(identifier));
        let Some(identifier) = identifier else {
            self.queue.push_front(waiting);
            return false;
        };
        let must_be_stored = waiting.record != 0 && waiting.message.qos() == QoS::ExactlyOnce;
        if !must_be_stored && let Err(error) = self.send_publish(&waiting.message, Some(identifier), false, expiry_s) {
            self.refuse_waiting(&waiting, error);
            return true;
        }
        let Waiting { message, token, expiry, record, .. } = waiting;
        let qos = message.qos();
        let in_flight = InFlight { message: Some(message), token, expiry, record };
        self.outbound.send_as(identifier, in_flight, qos).ok();
        if record != 0 {
            let sequence = self.store_next(StoreRecord::Sent { record, packet_identifier: identifier });
            if must_be_stored {
                self.store.hold(sequence, Held::Publish(identifier));
            }
        }
        self.expect_acknowledgement();
        true
    }

    fn refuse_waiting(&mut self, waiting: &Waiting, error: UsageError) {
        self.forget_record(waiting.record);
        let outcome = Outcome::Refused { reason_code: error.reason_code(), reason_string: None };
        self.settle_if_any(waiting.token, outcome);
    }

    /// The way out for PUBLISH: Topic Alias, remaining lifetime, the server's Maximum Packet Size.
    pub(super) fn send_publish(
        &mut self,
        message: &Message,
        identifier: Option<PacketIdentifier>,
        dup: bool,
        message_expiry_interval_s: Option<u32>,
    ) -> Result<(), UsageError> {
        let version = self.options.protocol_version;
        let mut publish = message.as_publish(identifier, dup);
        let mut rewrite = PropertyRewrite { message_expiry_interval_s, ..PropertyRewrite::default() };
        let alias = self.aliases_outbound.assign(message.topic().as_str());
        match alias {
            AliasUse::None => {}
            AliasUse::Assign(alias) => rewrite.topic_alias = Some(alias),
            AliasUse::Known(alias) => {
                rewrite.topic_alias = Some(alias);
                publish.topic = None;
            }
        }
        let maximum = self.server.maximum_packet_size_bytes;
        if maximum != u32::MAX {
            let mut size = publish.rewritten_len(version, &rewrite)?;
            if let AliasUse::Assign(alias) = alias
                && size > maximum as usize
            {
                self.aliases_outbound.forget(alias);
                rewrite.topic_alias = None;
                size = publish.rewritten_len(version, &rewrite)?;
            }
            if size > maximum as usize {
                return Err(UsageError::PacketTooLarge { size, maximum });
            }
        }
        let was_empty = self.outgoing.is_empty();
        let payload = message.payload();
        let shares = payload.len() >= SHARED_PAYLOAD_BYTES_MIN;
        let head = self.outgoing.encode(|bytes| {
            let head = publish.encode_head(version, &rewrite, bytes)?;
            if !shares {
                bytes.extend_from_slice(payload);
            }
            Ok::<_, UsageError>(head.len)
        })?;
        if shares {
            self.outgoing.push_shared(payload.clone());
        }
        self.statistics.messages_sent += 1;
        self.note_sent(head + payload.len(), was_empty);
        Ok(())
    }

    pub(super) fn expire_queue(&mut self) {
        let mut expired = Vec::new();
        self.queue.remove_expired(self.now, |waiting| expired.push((waiting.token, waiting.record)));
        for (token, record) in expired {
            self.forget_record(record);
            self.settle_if_any(token, Outcome::Expired);
        }
        self.set_queue_timer();
    }

    pub(super) fn set_queue_timer(&mut self) {
        match self.queue.first_expiry() {
            Some(at) => self.timers.set(Timer::QueueExpiry, at),
            None => self.timers.clear(Timer::QueueExpiry),
        }
    }
}

/// From this size on a payload is shared with the outgoing buffer instead of copied into it.
const SHARED_PAYLOAD_BYTES_MIN: usize = 4096;

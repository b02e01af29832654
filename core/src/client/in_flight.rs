//! QoS 1 and 2 publications between PUBLISH and their last acknowledgement, on this connection and the next.

use super::Client;
use super::error::UsageError;
use super::offline_queue::Waiting;
use super::output::{Cause, Outcome};
use super::store::{Held, StoreRecord};
use super::timer::Timer;
use super::tokens::Token;
use crate::codec::{Acknowledgement, Packet, PacketIdentifier, QoS};
use crate::session::{MessageExpiry, PubAckResult, PubCompResult, PubRecResult, Resend};
use crate::{Message, ReasonCode};
use alloc::vec::Vec;

/// What the outbound window keeps for each publication.
#[derive(Debug)]
pub(super) struct InFlight {
    /// `None` once PUBREC was received.
    pub(super) message: Option<Message>,
    pub(super) token: Option<Token>,
    pub(super) expiry: Option<MessageExpiry>,
    /// Its number in the store; 0: it is not stored.
    pub(super) record: u64,
}

impl Client {
    /// What a former connection left unfinished, in order. Spec: 4.4 [MQTT-4.4.0-1].
    pub(super) fn resend(&mut self) {
        if !self.store.may_resend() {
            return;
        }
        while let Some(resend) = self.outbound.next_resend() {
            match resend {
                Resend::Release(identifier) => self.send_pubrel(identifier, ReasonCode::Success),
                Resend::Publish(identifier, _, in_flight) => {
                    let Some(message) = in_flight.message.clone() else { continue };
                    // Once sent, a message expires no more. Spec: 4.3.3 [MQTT-4.3.3-7].
                    let expiry_s = in_flight.expiry.map(|expiry| expiry.remaining_s(self.now).unwrap_or(1));
                    if let Err(error) = self.send_publish(&message, Some(identifier), true, expiry_s) {
                        self.abandon(identifier, error);
                    }
                }
            }
            self.expect_acknowledgement();
        }
    }

    /// A publication in flight that the new server cannot take.
    fn abandon(&mut self, identifier: PacketIdentifier, error: UsageError) {
        if let Some(in_flight) = self.outbound.abandon(identifier) {
            self.forget_record(in_flight.record);
            let outcome = Outcome::Refused { reason_code: error.reason_code(), reason_string: None };
            self.settle_if_any(in_flight.token, outcome);
        }
    }

    /// A QoS 2 PUBLISH whose Packet Identifier is durable now.
    pub(super) fn send_held_publish(&mut self, identifier: PacketIdentifier) {
        let Some(in_flight) = self.outbound.get_mut(identifier) else { return };
        let Some(message) = in_flight.message.clone() else { return };
        let expiry_s = in_flight.expiry.map(|expiry| expiry.remaining_s(self.now).unwrap_or(1));
        if let Err(error) = self.send_publish(&message, Some(identifier), false, expiry_s) {
            self.abandon(identifier, error);
        }
    }

    pub(super) fn handle_puback(&mut self, ack: &Acknowledgement<'_>) {
        match self.outbound.handle_puback(ack.packet_identifier) {
            PubAckResult::Complete(in_flight) => self.finished(&in_flight, ack),
            PubAckResult::Unknown => {}
            PubAckResult::Violation => self.violation(ReasonCode::ProtocolError, "4.3.3"),
        }
    }

    pub(super) fn handle_pubrec(&mut self, ack: &Acknowledgement<'_>) {
        let identifier = ack.packet_identifier;
        match self.outbound.handle_pubrec(identifier, ack.reason_code) {
            PubRecResult::Release(in_flight) => {
                in_flight.message = None;
                let record = in_flight.record;
                self.acknowledged_at = self.now;
                if record == 0 {
                    self.send_pubrel(identifier, ReasonCode::Success);
                } else {
                    let sequence = self.store_next(StoreRecord::Released { record });
                    self.store.hold(sequence, Held::PubRel(identifier));
                }
            }
            PubRecResult::Complete(in_flight) => self.finished(&in_flight, ack),
            PubRecResult::Unknown => self.send_pubrel(identifier, ReasonCode::PacketIdentifierNotFound),
            PubRecResult::Violation => self.violation(ReasonCode::ProtocolError, "4.3.2"),
        }
    }

    pub(super) fn handle_pubcomp(&mut self, ack: &Acknowledgement<'_>) {
        match self.outbound.handle_pubcomp(ack.packet_identifier) {
            PubCompResult::Complete(in_flight) => self.finished(&in_flight, ack),
            PubCompResult::Unknown => {}
            PubCompResult::Violation => self.violation(ReasonCode::ProtocolError, "4.3.3"),
        }
    }

    fn finished(&mut self, in_flight: &InFlight, ack: &Acknowledgement<'_>) {
        self.acknowledged_at = self.now;
        self.forget_record(in_flight.record);
        self.settle_answered(in_flight.token, ack.reason_code, ack.properties);
    }

    pub(super) fn send_pubrel(&mut self, identifier: PacketIdentifier, reason_code: ReasonCode) {
        self.send_acknowledgement(Packet::PubRel, identifier, reason_code);
    }

    /// Puts a stored publication back where it was.
    pub(super) fn restore_publication(&mut self, record: u64, message: Message) {
        let expiry = message.message_expiry_interval_s().map(|seconds| MessageExpiry::new(seconds, self.now));
        self.queue.append(Waiting { message, token: None, expiry, sequence: 0, record });
    }

    /// A stored publication had been sent.
    pub(super) fn restore_sent(&mut self, record: u64, identifier: PacketIdentifier) -> bool {
        let Some(Waiting { message, token, expiry, .. }) = self.queue.remove_record(record) else { return false };
        let qos = message.qos();
        self.outbound.restore(identifier, qos, false, InFlight { message: Some(message), token, expiry, record })
    }

    /// A stored publication had its PUBREC.
    pub(super) fn restore_released(&mut self, record: u64) -> bool {
        let found = self.outbound.iter().find(|(_, _, _, in_flight)| in_flight.record == record);
        let Some(identifier) = found.map(|(identifier, ..)| identifier) else { return false };
        match self.outbound.handle_pubrec(identifier, ReasonCode::Success) {
            PubRecResult::Release(in_flight) => {
                in_flight.message = None;
                true
            }
            PubRecResult::Complete(_) | PubRecResult::Unknown | PubRecResult::Violation => false,
        }
    }

    /// A stored publication was finished.
    pub(super) fn restore_finished(&mut self, record: u64) -> bool {
        let found = self.outbound.iter().find(|(_, _, _, in_flight)| in_flight.record == record);
        match found.map(|(identifier, ..)| identifier) {
            Some(identifier) => self.outbound.abandon(identifier).is_some(),
            None => self.queue.remove_record(record).is_some(),
        }
    }

    /// What was in flight is to be sent anew.
    pub(super) fn restore_session_lost(&mut self) {
        let in_flight: Vec<InFlight> = self.outbound.reset().collect();
        for InFlight { message, token, expiry, record } in in_flight.into_iter().rev() {
            if let Some(message) = message {
                self.queue.push_front(Waiting { message, token, expiry, sequence: 0, record });
            }
        }
        self.inbound.reset();
    }

    /// The server has no Session, or a new one begins: what was in flight is published anew or given up.
    /// Spec: 3.2.2.1.1 [MQTT-3.2.2-5].
    pub(super) fn lose_session(&mut self, republish_qos1: bool) {
        let lost: Vec<InFlight> = self.outbound.reset().collect();
        let mut again = Vec::new();
        for InFlight { message, token, expiry, record } in lost {
            match message {
                Some(message) if republish_qos1 && message.qos() == QoS::AtLeastOnce => {
                    again.push(Waiting { message, token, expiry, sequence: 0, record });
                }
                Some(_) | None => {
                    self.forget_record(record);
                    self.settle_if_any(token, Outcome::SessionLost);
                }
            }
        }
        for waiting in again.into_iter().rev() {
            self.queue.push_front(waiting);
        }
        self.inbound.reset();
        self.acknowledgements.reset();
        if self.options.store {
            self.store_next(StoreRecord::SessionLost);
        }
    }

    /// Something was sent that is to be acknowledged.
    pub(super) fn expect_acknowledgement(&mut self) {
        let timeout_ms = self.options.acknowledgement_timeout_ms;
        if timeout_ms == 0 {
            return;
        }
        if usize::from(self.outbound.in_flight()) + self.pending.sent() <= 1 {
            self.acknowledged_at = self.now;
        }
        if !self.timers.is_set(Timer::Acknowledgement) {
            self.timers.set(Timer::Acknowledgement, self.now.plus_ms(u64::from(timeout_ms)));
        }
    }

    pub(super) fn check_acknowledgements(&mut self) {
        if usize::from(self.outbound.in_flight()) + self.pending.sent() == 0 {
            return;
        }
        let due = self.acknowledged_at.plus_ms(u64::from(self.options.acknowledgement_timeout_ms));
        if due > self.now {
            self.timers.set(Timer::Acknowledgement, due);
        } else {
            self.time_out(Cause::AcknowledgementTimeout);
        }
    }
}

//! Acknowledging what was received.

use super::error::UsageError;
use super::options::Acknowledgement as Mode;
use super::output::AcknowledgementHandle;
use super::store::{Held, StoreRecord};
use super::{Client, State};
use crate::codec::{Acknowledgement, Packet, PacketIdentifier, QoS};
use crate::{ReasonCode, Time};
use alloc::collections::VecDeque;

/// Received messages that wait for the application's acknowledgement, in the order of receipt.
///
/// Acknowledgements leave in that order, whatever the order of the calls: one that comes early waits for those before
/// it. Spec: 4.6 [MQTT-4.6.0-2], [MQTT-4.6.0-3].
#[derive(Debug, Default)]
pub(super) struct Acknowledgements {
    waiting: VecDeque<Waiting>,
    last: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    identifier: PacketIdentifier,
    qos: QoS,
    reason_code: Option<ReasonCode>,
}

impl Acknowledgements {
    /// A message was received.
    pub(super) fn push(&mut self, identifier: PacketIdentifier, qos: QoS) -> AcknowledgementHandle {
        self.last += 1;
        self.waiting.push_back(Waiting { number: self.last, identifier, qos, reason_code: None });
        AcknowledgementHandle(self.last)
    }

    /// The server sends QoS 1 messages again, with new handles. QoS 2 messages keep theirs, since they are not given out
    /// twice.
    pub(super) fn begin_connection(&mut self) {
        self.waiting.retain(|waiting| waiting.qos == QoS::ExactlyOnce);
    }

    pub(super) fn reset(&mut self) {
        self.waiting.clear();
    }

    /// Notes the application's answer. An error if it has answered before.
    fn answer(&mut self, handle: AcknowledgementHandle, reason_code: ReasonCode) -> Result<(), UsageError> {
        if handle.0 == 0 || handle.0 > self.last {
            return Err(UsageError::AcknowledgementUnknown);
        }
        let Ok(index) = self.waiting.binary_search_by_key(&handle.0, |waiting| waiting.number) else {
            return Ok(());
        };
        match self.waiting.get_mut(index) {
            Some(waiting) if waiting.reason_code.is_none() => waiting.reason_code = Some(reason_code),
            Some(_) | None => return Err(UsageError::AcknowledgementUnknown),
        }
        Ok(())
    }

    /// The next one that may leave.
    fn next(&mut self) -> Option<(PacketIdentifier, ReasonCode)> {
        let waiting = self.waiting.pop_front_if(|waiting| waiting.reason_code.is_some())?;
        Some((waiting.identifier, waiting.reason_code?))
    }
}

impl Client {
    /// Acknowledges a message that came with a handle, with [`ReasonCode::Success`] or, in 5.0, with an error.
    ///
    /// Acknowledgements leave in the order in which the messages came. One whose connection is gone has no effect: the
    /// server sends a QoS 1 message again, with a new handle.
    pub fn acknowledge(
        &mut self,
        handle: AcknowledgementHandle,
        reason_code: ReasonCode,
        now: Time,
    ) -> Result<(), UsageError> {
        self.advance(now);
        if self.options.acknowledgement != Mode::Manual {
            return Err(UsageError::AcknowledgementUnknown);
        }
        // What PUBACK and PUBREC may say; anything else would make the packet impossible. Spec: 3.4.2.1, 3.5.2.1.
        let probe = Packet::PubAck(Acknowledgement::new(PacketIdentifier::MIN, reason_code));
        if self.options.protocol_version.has_properties() {
            probe.encoded_len(self.options.protocol_version)?;
        }
        self.acknowledgements.answer(handle, reason_code)?;
        while let Some((identifier, reason_code)) = self.acknowledgements.next() {
            self.acknowledge_received(identifier, reason_code);
        }
        Ok(())
    }

    /// Sends PUBACK or PUBREC, if the message is still waiting for it.
    pub(super) fn acknowledge_received(&mut self, identifier: PacketIdentifier, reason_code: ReasonCode) {
        let Some(qos) = self.inbound.acknowledged(identifier, reason_code.is_error()) else { return };
        if self.state != State::Connected {
            return;
        }
        match qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.send_puback(identifier, reason_code),
            QoS::ExactlyOnce if self.options.store && !reason_code.is_error() => {
                let sequence = self.store_next(StoreRecord::Received { packet_identifier: identifier });
                self.store.hold(sequence, Held::PubRec(identifier));
            }
            QoS::ExactlyOnce => self.send_pubrec(identifier, reason_code),
        }
    }

    pub(super) fn send_puback(&mut self, identifier: PacketIdentifier, reason_code: ReasonCode) {
        self.send_acknowledgement(Packet::PubAck, identifier, reason_code);
    }

    pub(super) fn send_pubrec(&mut self, identifier: PacketIdentifier, reason_code: ReasonCode) {
        self.send_acknowledgement(Packet::PubRec, identifier, reason_code);
    }

    pub(super) fn send_pubcomp(&mut self, identifier: PacketIdentifier, reason_code: ReasonCode) {
        self.send_acknowledgement(Packet::PubComp, identifier, reason_code);
    }

    /// Before 5.0 there is no Reason Code.
    pub(super) fn send_acknowledgement(
        &mut self,
        packet: fn(Acknowledgement<'static>) -> Packet<'static>,
        identifier: PacketIdentifier,
        reason_code: ReasonCode,
    ) {
        let reason_code =
            if self.options.protocol_version.has_properties() { reason_code } else { ReasonCode::Success };
        // Four or five bytes: no server of use takes less, and to one that does nothing can be acknowledged.
        self.send(&packet(Acknowledgement::new(identifier, reason_code))).ok();
    }
}

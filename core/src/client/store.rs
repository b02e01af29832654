//! Durable QoS 1 and 2: what the driver stores, and what waits for it.

use super::error::UsageError;
use super::output::Output;
use super::{Client, State};
use crate::codec::{PacketIdentifier, QoS};
use crate::{Message, ReasonCode, Time};
use alloc::collections::VecDeque;

/// Something to make durable. Operations count up from 1; what depends on one waits until
/// [`Client::completed`] is told its number or a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOperation {
    /// Its number.
    pub sequence: u64,
    /// What to append to the log.
    pub record: StoreRecord,
}

/// A record of the client's log.
///
/// All records, given back in their order with [`Client::restore`], make the Session as it was. A driver may leave out
/// what cancels out: a publication and all that concerns it once it is `Finished`, a `Received` with its `Completed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreRecord {
    /// A QoS 1 or 2 message was published. It is sent when this is durable.
    Publication {
        /// Names the publication in the records that follow.
        record: u64,
        /// The message.
        message: Message,
    },
    /// It got a Packet Identifier. A QoS 2 message is sent when this is durable.
    Sent {
        /// The publication.
        record: u64,
        /// Its Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// Its PUBREC came. PUBREL is sent when this is durable.
    Released {
        /// The publication.
        record: u64,
    },
    /// It is finished, one way or another.
    Finished {
        /// The publication.
        record: u64,
    },
    /// A QoS 2 message was received. PUBREC is sent when this is durable.
    Received {
        /// Its Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// Its PUBREL came. PUBCOMP is sent when this is durable.
    Completed {
        /// Its Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// The server has no Session: nothing is in flight any more, neither way. Publications that are not finished are to be
    /// sent anew.
    SessionLost,
}

/// A packet that waits for a Store operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Publish(PacketIdentifier),
    PubRel(PacketIdentifier),
    PubRec(PacketIdentifier),
    PubComp(PacketIdentifier),
}

/// Numbers, and what waits.
#[derive(Debug, Default)]
pub(super) struct Store {
    last_sequence: u64,
    completed: u64,
    last_record: u64,
    resend_after: u64,
    held: VecDeque<(u64, Held)>,
}

impl Store {
    pub(super) const fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    pub(super) const fn next_record(&mut self) -> u64 {
        self.last_record += 1;
        self.last_record
    }

    pub(super) const fn is_complete(&self, sequence: u64) -> bool {
        sequence <= self.completed
    }

    pub(super) fn hold(&mut self, sequence: u64, held: Held) {
        self.held.push_back((sequence, held));
    }

    /// What is held belongs to the connection; the next one sends again what matters.
    pub(super) fn end_connection(&mut self) {
        self.held.clear();
    }

    /// What was said before this connection must be durable before anything is sent again that tells of it.
    pub(super) const fn begin_connection(&mut self) {
        self.resend_after = self.last_sequence;
    }

    pub(super) const fn may_resend(&self) -> bool {
        self.is_complete(self.resend_after)
    }

    /// The last operation, if it is not durable.
    pub(super) fn incomplete(&self) -> Option<u64> {
        (!self.is_complete(self.last_sequence)).then_some(self.last_sequence)
    }
}

impl Client {
    /// The Store operations up to this number are durable: what waited for them goes out.
    pub fn completed(&mut self, sequence: u64, now: Time) {
        self.advance(now);
        self.store.completed = self.store.completed.max(sequence.min(self.store.last_sequence));
        let completed = self.store.completed;
        while let Some((_, held)) = self.store.held.pop_front_if(|(needs, _)| *needs <= completed) {
            match held {
                Held::Publish(identifier) => self.send_held_publish(identifier),
                Held::PubRel(identifier) => self.send_pubrel(identifier, ReasonCode::Success),
                Held::PubRec(identifier) => self.send_pubrec(identifier, ReasonCode::Success),
                Held::PubComp(identifier) => self.send_pubcomp(identifier, ReasonCode::Success),
            }
        }
        self.pump();
    }

    /// Gives back one record of the log, before the first [`connect`](Self::connect). Needs the option `store`, and
    /// `clean_start` false for what is to be resumed.
    ///
    /// Publications that are restored have no token: nobody waits for them any more.
    pub fn restore(&mut self, record: StoreRecord, now: Time) -> Result<(), UsageError> {
        self.advance(now);
        if self.state != State::Closed || !self.options.store || self.statistics.connections > 0 {
            return Err(UsageError::Restore);
        }
        let fits = match record {
            StoreRecord::Publication { record, message } => {
                let is_new = record > self.store.last_record && message.qos() != QoS::AtMostOnce;
                if is_new {
                    self.store.last_record = record;
                    self.restore_publication(record, message);
                }
                is_new
            }
            StoreRecord::Sent { record, packet_identifier } => self.restore_sent(record, packet_identifier),
            StoreRecord::Released { record } => self.restore_released(record),
            StoreRecord::Finished { record } => self.restore_finished(record),
            StoreRecord::Received { packet_identifier } => self.inbound.restore(packet_identifier, true),
            StoreRecord::Completed { packet_identifier } => {
                self.inbound.handle_pubrel(packet_identifier);
                true
            }
            StoreRecord::SessionLost => {
                self.restore_session_lost();
                true
            }
        };
        if fits { Ok(()) } else { Err(UsageError::Restore) }
    }

    pub(super) fn is_stored(&self, message: &Message) -> bool {
        self.options.store && message.qos() != QoS::AtMostOnce
    }

    /// Emits a record under a number that was taken before.
    pub(super) fn store_as(&mut self, sequence: u64, record: StoreRecord) {
        self.outputs.push_back(Output::Store(StoreOperation { sequence, record }));
    }

    /// Emits a record and gives its number.
    pub(super) fn store_next(&mut self, record: StoreRecord) -> u64 {
        let sequence = self.store.next_sequence();
        self.store_as(sequence, record);
        sequence
    }

    /// A publication is over; 0 names none.
    pub(super) fn forget_record(&mut self, record: u64) {
        if record != 0 {
            self.store_next(StoreRecord::Finished { record });
        }
    }
}

//! A disk: what is durable, and what a crash loses.

use polymqtt_core::broker::{Broker, RoutedMessage, SessionRecord, StoreOperation, StoreRecord, StoredDelivery};
use polymqtt_core::{PacketIdentifier, Time, client};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The disk of a broker: keeps what its operations leave behind.
///
/// What comes out of one drain becomes durable as a whole or not at all, as in a store with transactions.
#[derive(Debug, Default)]
pub(crate) struct BrokerDisk {
    pending: VecDeque<(u64, StoreOperation)>,
    sessions: BTreeMap<Arc<str>, SessionRecord>,
    subscriptions: BTreeMap<(Arc<str>, Arc<str>), StoreRecord>,
    deliveries: Vec<(Arc<RoutedMessage>, StoredDelivery)>,
    sent: Vec<(Arc<str>, u32, PacketIdentifier)>,
    released: Vec<(Arc<str>, u32)>,
    received: Vec<(Arc<str>, PacketIdentifier)>,
    retained: BTreeMap<Arc<str>, StoreRecord>,
}

impl BrokerDisk {
    /// An operation came out of this drain.
    pub(crate) fn push(&mut self, drain: u64, operation: StoreOperation) {
        self.pending.push_back((drain, operation));
    }

    /// How many operations are not durable.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Makes the first `count` operations durable, and those that came together with the last of them; gives the number of
    /// the last.
    pub(crate) fn sync(&mut self, count: usize) -> Option<u64> {
        let (last_drain, _) = self.pending.get(count - 1)?;
        let last_drain = *last_drain;
        let mut last = None;
        while let Some((_, operation)) = self.pending.pop_front_if(|(drain, _)| *drain <= last_drain) {
            last = Some(operation.sequence);
            self.apply(operation.record);
        }
        last
    }

    fn apply(&mut self, record: StoreRecord) {
        match record {
            StoreRecord::SessionPut(session) => {
                self.sessions.insert(session.client_identifier.clone(), session);
            }
            StoreRecord::SessionRemoved { client_identifier } => self.remove_session(&client_identifier),
            StoreRecord::SubscriptionPut { ref client_identifier, ref filter, .. } => {
                self.subscriptions.insert((client_identifier.clone(), filter.clone()), record);
            }
            StoreRecord::SubscriptionRemoved { client_identifier, filter } => {
                self.subscriptions.remove(&(client_identifier, filter));
            }
            StoreRecord::RetainedPut { ref message, .. } => {
                self.retained.insert(message.topic().as_str().into(), record);
            }
            StoreRecord::RetainedRemoved { topic, .. } => drop(self.retained.remove(&topic)),
            StoreRecord::Enqueued { message, deliveries } => {
                self.deliveries.extend(deliveries.into_iter().map(|delivery| (message.clone(), delivery)));
            }
            StoreRecord::Sent { client_identifier, position, packet_identifier } => {
                self.sent.push((client_identifier, position, packet_identifier));
            }
            StoreRecord::Released { client_identifier, position } => self.released.push((client_identifier, position)),
            StoreRecord::Settled { client_identifier, position } => {
                self.deliveries
                    .retain(|(_, each)| each.client_identifier != client_identifier || each.position != position);
                self.sent.retain(|each| each.0 != client_identifier || each.1 != position);
                self.released.retain(|each| each.0 != client_identifier || each.1 != position);
            }
            StoreRecord::Received { client_identifier, packet_identifier } => {
                self.received.push((client_identifier, packet_identifier));
            }
            StoreRecord::ReceivedReleased { client_identifier, packet_identifier } => {
                self.received.retain(|each| each.0 != client_identifier || each.1 != packet_identifier);
            }
        }
    }

    fn remove_session(&mut self, client: &Arc<str>) {
        self.sessions.remove(client);
        self.subscriptions.retain(|(whose, _), _| whose != client);
        self.deliveries.retain(|(_, each)| each.client_identifier != *client);
        self.sent.retain(|each| each.0 != *client);
        self.released.retain(|each| each.0 != *client);
        self.received.retain(|each| each.0 != *client);
    }

    /// A crash: what was not durable is lost; a new broker gets the rest.
    pub(crate) fn restore(&mut self, broker: &mut Broker) {
        self.pending.clear();
        let sessions = self.sessions.values().cloned().map(StoreRecord::SessionPut);
        let subscriptions = self.subscriptions.values().cloned();
        let deliveries = self
            .deliveries
            .iter()
            .cloned()
            .map(|(message, delivery)| StoreRecord::Enqueued { message, deliveries: vec![delivery] });
        let sent = self.sent.iter().cloned().map(|(client_identifier, position, packet_identifier)| {
            StoreRecord::Sent { client_identifier, position, packet_identifier }
        });
        let released = self
            .released
            .iter()
            .cloned()
            .map(|(client_identifier, position)| StoreRecord::Released { client_identifier, position });
        let received = self.received.iter().cloned().map(|(client_identifier, packet_identifier)| {
            StoreRecord::Received { client_identifier, packet_identifier }
        });
        let retained = self.retained.values().cloned();
        let all =
            sessions.chain(subscriptions).chain(deliveries).chain(sent).chain(released).chain(received).chain(retained);
        for record in all {
            let text = format!("{record:?}");
            broker.restore(record).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
    }
}

/// The disk of a client: its log.
#[derive(Debug, Default)]
pub(crate) struct ClientDisk {
    pub(crate) pending: VecDeque<client::StoreOperation>,
    log: Vec<client::StoreRecord>,
}

impl ClientDisk {
    /// Makes the first `count` operations durable, each for itself; gives the number of the last.
    pub(crate) fn sync(&mut self, count: usize) -> Option<u64> {
        let mut last = None;
        for operation in self.pending.drain(..count) {
            last = Some(operation.sequence);
            self.log.push(operation.record);
        }
        last
    }

    /// As [`BrokerDisk::restore`]. Gives back the messages whose publication was not durable.
    pub(crate) fn restore(&mut self, client: &mut client::Client, now: Time) -> Vec<polymqtt_core::Message> {
        for record in &self.log {
            client.restore(record.clone(), now).unwrap();
        }
        let lost = self.pending.drain(..).filter_map(|operation| {
            if let client::StoreRecord::Publication { message, .. } = operation.record { Some(message) } else { None }
        });
        lost.collect()
    }
}

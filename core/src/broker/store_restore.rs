//! What the store is told of Sessions, and how a broker comes back from what it kept.

use super::Broker;
use super::delivery::{Delivery, DeliveryExtra, Marks};
use super::error::UsageError;
use super::routed_message::RoutedMessage;
use super::session::{PendingWill, Session};
use super::slab::NONE;
use super::store::{SessionRecord, StoreRecord, StoredDelivery, StoredWill};
use super::takeover::deadline;
use crate::codec::{PacketIdentifier, QoS, SubscriptionOptions};
use crate::session::InboundWindow;
use crate::topic::TopicFilter;
use crate::{ReasonCode, Time};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl Broker {
    /// Brings back a stored record, before the first connection is accepted. For the order see [`StoreRecord`]. Records that
    /// take something away are not brought back.
    pub fn restore(&mut self, record: StoreRecord) -> Result<(), UsageError> {
        if self.started_at.is_some() {
            return Err(UsageError::RestoreTooLate);
        }
        match record {
            StoreRecord::SessionPut(record) => self.restore_session(record),
            StoreRecord::SubscriptionPut { client_identifier, filter, options, subscription_identifier } => {
                self.restore_subscription(&client_identifier, &filter, options, subscription_identifier)
            }
            StoreRecord::RetainedPut { message, stamp } => {
                self.set_retained(&message, stamp);
                Ok(())
            }
            StoreRecord::Enqueued { message, deliveries } => {
                deliveries.iter().try_for_each(|delivery| self.restore_delivery(&message, delivery))
            }
            StoreRecord::Sent { client_identifier, position, packet_identifier } => {
                self.restore_sent(&client_identifier, position, packet_identifier)
            }
            StoreRecord::Released { client_identifier, position } => {
                self.restore_released(&client_identifier, position)
            }
            StoreRecord::Received { client_identifier, packet_identifier } => {
                let session = self.stored_session(&client_identifier)?;
                let inbound = session.inbound.get_or_insert_with(|| Box::new(InboundWindow::new()));
                inbound.restore(packet_identifier, true).then_some(()).ok_or(UsageError::RecordInvalid)
            }
            StoreRecord::SessionRemoved { .. }
            | StoreRecord::SubscriptionRemoved { .. }
            | StoreRecord::RetainedRemoved { .. }
            | StoreRecord::Settled { .. }
            | StoreRecord::ReceivedReleased { .. } => Err(UsageError::RecordInvalid),
        }
    }

    /// Tells the store of a Session that outlives its connection.
    pub(super) fn store_session(&mut self, index: u32) {
        if !self.store.is_on {
            return;
        }
        let now = self.now;
        let Some(session) = self.sessions.get_mut(index) else { return };
        if session.expiry_interval_s == 0 && !session.is_stored {
            return;
        }
        session.is_stored = true;
        let record = SessionRecord {
            client_identifier: session.client_identifier.clone(),
            user_name: session.user_name.clone(),
            protocol_version: session.version,
            session_expiry_interval_s: session.expiry_interval_s,
            disconnected_at: (!session.is_connected()).then_some(now),
            will: session.will.as_ref().map(|will| StoredWill { message: will.message.clone(), delay_s: will.delay_s }),
        };
        self.store(StoreRecord::SessionPut(record));
    }

    pub(super) fn store_received(&mut self, session: u32, packet_identifier: PacketIdentifier, is_new: bool) {
        if let Some(client_identifier) = self.stored_client(session) {
            self.store(if is_new {
                StoreRecord::Received { client_identifier, packet_identifier }
            } else {
                StoreRecord::ReceivedReleased { client_identifier, packet_identifier }
            });
        }
    }

    pub(super) fn store_released(&mut self, session: u32, position: u32) {
        if let Some(client_identifier) = self.stored_client(session) {
            self.store(StoreRecord::Released { client_identifier, position });
        }
    }

    /// The first call after restoring: from here on time runs for the Sessions that came back.
    pub(super) fn begin_restored_sessions(&mut self) {
        self.store.is_on = self.options.store;
        let now = self.now;
        let all: Vec<u32> = self.sessions.iter().map(|(index, _)| index).collect();
        for &index in &all {
            let Some(session) = self.sessions.get_mut(index) else { continue };
            if session.expires_at == Time::MAX {
                session.expires_at = deadline(now, session.expiry_interval_s);
            }
            if let Some(will) = session.will.as_mut()
                && will.due_at == Time::MAX
            {
                will.due_at = now.plus_s(will.delay_s);
            }
            self.arm_session(index);
            self.announce_memberships(index);
        }
    }

    fn restore_session(&mut self, record: SessionRecord) -> Result<(), UsageError> {
        if self.sessions.find(&record.client_identifier).is_some() {
            return Err(UsageError::RecordInvalid);
        }
        let mut session = Session::new(record.client_identifier, record.protocol_version);
        session.user_name = record.user_name;
        session.expiry_interval_s = record.session_expiry_interval_s;
        session.is_stored = true;
        if let Some(disconnected_at) = record.disconnected_at {
            session.expires_at = deadline(disconnected_at, record.session_expiry_interval_s);
        }
        session.will = record.will.map(|will| {
            let due_at = record.disconnected_at.map_or(Time::MAX, |at| at.plus_s(will.delay_s));
            Box::new(PendingWill { message: will.message, delay_s: will.delay_s, due_at })
        });
        self.sessions.insert(session).map(|_| ()).ok_or(UsageError::RecordInvalid)
    }

    fn restore_subscription(
        &mut self,
        client_identifier: &str,
        filter: &str,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) -> Result<(), UsageError> {
        let session = self.sessions.find(client_identifier).ok_or(UsageError::RecordInvalid)?;
        let filter = TopicFilter::new(filter).map_err(|_| UsageError::RecordInvalid)?;
        self.add_subscription(session, filter, options, identifier).map(|_| ()).map_err(|_| UsageError::RecordInvalid)
    }

    fn restore_delivery(&mut self, message: &Arc<RoutedMessage>, delivery: &StoredDelivery) -> Result<(), UsageError> {
        let identifiers = &delivery.subscription_identifiers;
        let (qos, retain) = (delivery.qos, delivery.retain);
        let marks = match (identifiers.as_slice(), &delivery.shared) {
            ([], None) => Marks::new(qos, retain, 0),
            ([identifier], None) => Marks::new(qos, retain, *identifier),
            (_, shared) => {
                let extra = DeliveryExtra { identifiers: identifiers.clone(), shared: shared.clone() };
                let (extra, _) = self.extras.insert(extra).ok_or(UsageError::RecordInvalid)?;
                Marks::extended(qos, retain, extra)
            }
        };
        let index = self.sessions.find(&delivery.client_identifier).ok_or(UsageError::RecordInvalid)?;
        let session = self.sessions.get_mut(index).ok_or(UsageError::RecordInvalid)?;
        session.next_position = session.next_position.max(delivery.position.wrapping_add(1));
        let delivery = Delivery { message: Some(message.clone()), marks, position: delivery.position };
        session.flow_mut(0).queue.push(delivery, &mut self.queued);
        Ok(())
    }

    fn restore_sent(
        &mut self,
        client_identifier: &str,
        position: u32,
        packet_identifier: PacketIdentifier,
    ) -> Result<(), UsageError> {
        let index = self.sessions.find(client_identifier).ok_or(UsageError::RecordInvalid)?;
        let flow = self.sessions.get_mut(index).and_then(|session| session.flow.as_mut());
        let flow = flow.ok_or(UsageError::RecordInvalid)?;
        let mut sent = None;
        flow.queue.take_where(&mut self.queued, |taken| sent = Some(taken), |queued| queued.position == position);
        let delivery = sent.ok_or(UsageError::RecordInvalid)?;
        let qos = delivery.qos();
        let restored = qos != QoS::AtMostOnce && flow.window.restore(packet_identifier, qos, false, delivery);
        restored.then_some(()).ok_or(UsageError::RecordInvalid)
    }

    fn restore_released(&mut self, client_identifier: &str, position: u32) -> Result<(), UsageError> {
        let session = self.stored_session(client_identifier)?;
        let flow = session.flow.as_mut().ok_or(UsageError::RecordInvalid)?;
        let found = flow.window.iter().find(|(_, _, _, delivery)| delivery.position == position);
        let identifier = found.map(|(identifier, ..)| identifier).ok_or(UsageError::RecordInvalid)?;
        if let crate::session::PubRecResult::Release(delivery) =
            flow.window.handle_pubrec(identifier, ReasonCode::Success)
        {
            delivery.message = None;
            return Ok(());
        }
        Err(UsageError::RecordInvalid)
    }

    fn stored_session(&mut self, client_identifier: &str) -> Result<&mut Session, UsageError> {
        let index = self.sessions.find(client_identifier).unwrap_or(NONE);
        self.sessions.get_mut(index).ok_or(UsageError::RecordInvalid)
    }
}

//! Messages that wait for a Session's connection, or for room in its window.

use super::delivery::Delivery;
use super::options::{BrokerOptions, QueueWhenFull};
use crate::Time;
use crate::codec::QoS;
use alloc::collections::VecDeque;

/// Deliveries in the order in which they came: 16 bytes each, the messages are shared.
#[derive(Debug, Default)]
pub(super) struct OfflineQueue {
    deliveries: VecDeque<Delivery>,
    bytes: u64,
    /// How many have QoS 0. With this and the next, a full queue does not search for what it cannot have.
    qos_0: u32,
    /// Nothing expires before this; `None`: nothing expires.
    expires_from: Option<Time>,
}

/// How full all queues of the shard are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct QueueTotals {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl OfflineQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.deliveries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.deliveries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }

    pub(super) fn front(&self) -> Option<&Delivery> {
        self.deliveries.front()
    }

    pub(super) fn pop_front(&mut self, totals: &mut QueueTotals) -> Option<Delivery> {
        let delivery = self.deliveries.pop_front()?;
        self.uncount(&delivery, totals);
        if self.deliveries.is_empty() {
            self.deliveries = VecDeque::new();
        }
        Some(delivery)
    }

    /// Appends without looking at limits: what was put back or restored.
    pub(super) fn push(&mut self, delivery: Delivery, totals: &mut QueueTotals) {
        let bytes = delivery.size_bytes();
        self.bytes += bytes;
        totals.bytes += bytes;
        totals.messages += 1;
        self.qos_0 += u32::from(delivery.qos() == QoS::AtMostOnce);
        self.expires_from = earlier(self.expires_from, delivery.expires_at());
        self.deliveries.push_back(delivery);
    }

    /// Appends, after making room in the documented order (expired messages, QoS 0 messages, then the oldest if the
    /// options say so); `shed` gets what went. The delivery comes back when there is no room for it.
    pub(super) fn offer(
        &mut self,
        delivery: Delivery,
        options: &BrokerOptions,
        totals: &mut QueueTotals,
        now: Time,
        mut shed: impl FnMut(Delivery),
    ) -> Result<(), Delivery> {
        let needed = delivery.size_bytes();
        let bytes_of_others = totals.bytes.saturating_sub(self.bytes);
        if needed > options.queue_bytes_max || bytes_of_others + needed > options.queue_total_bytes_max {
            // Shedding all of this queue would not help.
            return Err(delivery);
        }
        if !self.has_room(needed, options, totals) && self.expires_from.is_some_and(|from| from <= now) {
            self.shed_where(totals, &mut shed, |queued| queued.is_expired(now));
            self.expires_from = self.deliveries.iter().map(Delivery::expires_at).fold(None, earlier);
        }
        while self.qos_0 > 0 && !self.has_room(needed, options, totals) {
            let Some(oldest) = self.deliveries.iter().position(|queued| queued.qos() == QoS::AtMostOnce) else { break };
            self.shed_at(oldest, totals, &mut shed);
        }
        if options.queue_when_full == QueueWhenFull::DropOldest && delivery.qos() != QoS::AtMostOnce {
            while !self.has_room(needed, options, totals) && !self.deliveries.is_empty() {
                self.shed_at(0, totals, &mut shed);
            }
        }
        if !self.has_room(needed, options, totals) {
            return Err(delivery);
        }
        self.push(delivery, totals);
        Ok(())
    }

    /// Removes the deliveries for which `is_wanted` says yes.
    pub(super) fn take_where(
        &mut self,
        totals: &mut QueueTotals,
        mut taken: impl FnMut(Delivery),
        is_wanted: impl Fn(&Delivery) -> bool,
    ) {
        self.shed_where(totals, &mut taken, is_wanted);
    }

    fn has_room(&self, needed: u64, options: &BrokerOptions, totals: &QueueTotals) -> bool {
        self.deliveries.len() < options.queue_messages_max as usize
            && self.bytes + needed <= options.queue_bytes_max
            && totals.bytes + needed <= options.queue_total_bytes_max
    }

    fn shed_where(
        &mut self,
        totals: &mut QueueTotals,
        shed: &mut impl FnMut(Delivery),
        is_wanted: impl Fn(&Delivery) -> bool,
    ) {
        if !self.deliveries.iter().any(&is_wanted) {
            return;
        }
        for delivery in core::mem::take(&mut self.deliveries) {
            if is_wanted(&delivery) {
                self.uncount(&delivery, totals);
                shed(delivery);
            } else {
                self.deliveries.push_back(delivery);
            }
        }
    }

    fn shed_at(&mut self, index: usize, totals: &mut QueueTotals, shed: &mut impl FnMut(Delivery)) {
        if let Some(delivery) = self.deliveries.remove(index) {
            self.uncount(&delivery, totals);
            shed(delivery);
        }
    }

    fn uncount(&mut self, delivery: &Delivery, totals: &mut QueueTotals) {
        let bytes = delivery.size_bytes();
        self.bytes = self.bytes.saturating_sub(bytes);
        totals.bytes = totals.bytes.saturating_sub(bytes);
        totals.messages = totals.messages.saturating_sub(1);
        self.qos_0 -= u32::from(delivery.qos() == QoS::AtMostOnce);
    }
}

fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

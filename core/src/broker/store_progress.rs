//! How far the store is, here and on other shards, and who waits for it.

use super::Broker;
use super::forward::Forward;
use super::output::Output;
use super::store::{StoreOperation, StoreRecord, StoredDelivery};
use crate::Time;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

/// Everything that an acknowledgement can wait for has a place in one order: operations of this shard's store, and
/// messages that other shards are to store. With one shard the places are the numbers of the operations.
#[derive(Debug, Default)]
pub(super) struct StoreProgress {
    /// Whether operations are emitted: not without a store, and not while restoring.
    pub(super) is_on: bool,
    /// The last place that was given out.
    pub(super) sequence: u64,
    /// The last place that is durable, as all before it.
    pub(super) durable: u64,
    /// The number of the last operation that was emitted, and of the last one that is durable.
    operations: u64,
    operations_durable: u64,
    /// With several shards: what each place after `durable` waits for.
    places: VecDeque<Place>,
    /// Connections (generation and index) with packets that wait, in the order of what they wait for.
    waiting: VecDeque<(u64, u32, u32)>,
    /// What other shards are to hear.
    receipts: Vec<OwedReceipt>,
    /// What is to be known about the message that is being routed.
    pub(super) batch: Vec<StoredDelivery>,
    /// The Sessions to be pumped when it is.
    pub(super) batch_sessions: Vec<u32>,
}

/// What a place in the order waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An operation of this shard's store.
    Operation(u64),
    /// So many receipts of other shards.
    Receipts(u16),
}

/// Another shard waits until what it sent is durable. That depends on its own operations and places only: if it depended
/// on all before them, two shards could wait for each other.
#[derive(Debug, Clone, Copy)]
struct OwedReceipt {
    to: u16,
    receipt: u64,
    /// The last operation.
    operation: u64,
    /// The places between these (above the first) wait for further shards: the members of shared subscriptions.
    places: (u64, u64),
}

impl StoreProgress {
    /// A connection has packets that wait for `sequence`.
    pub(super) fn note_waiting(&mut self, sequence: u64, generation: u32, index: u32) {
        let sequence = self.waiting.back().map_or(sequence, |&(last, _, _)| last.max(sequence));
        let entry = (sequence, generation, index);
        if self.waiting.back() != Some(&entry) {
            self.waiting.push_back(entry);
        }
    }

    fn next_operation(&mut self, has_other_shards: bool) -> u64 {
        self.operations += 1;
        self.sequence += 1;
        if has_other_shards {
            self.places.push_back(Place::Operation(self.operations));
        }
        self.operations
    }

    /// The place of a message that `count` other shards are to store.
    fn next_receipts(&mut self, count: u16) -> u64 {
        self.sequence += 1;
        self.places.push_back(Place::Receipts(count));
        self.sequence
    }

    fn receipt_came(&mut self, place: u64) {
        let index = place.checked_sub(self.durable + 1).and_then(|index| usize::try_from(index).ok());
        if let Some(Place::Receipts(count)) = index.and_then(|index| self.places.get_mut(index)) {
            *count = count.saturating_sub(1);
        }
    }

    fn is_given(&self, owed: &OwedReceipt) -> bool {
        let (before, last) = owed.places;
        let waits = |place: &Place| matches!(place, Place::Receipts(count) if *count > 0);
        let outstanding = (before.max(self.durable)..last).any(|at| {
            let index = usize::try_from(at - self.durable).ok();
            index.and_then(|index| self.places.get(index)).is_some_and(waits)
        });
        owed.operation <= self.operations_durable && !outstanding
    }

    fn advance(&mut self, has_other_shards: bool) {
        if !has_other_shards {
            self.durable = self.operations_durable;
            return;
        }
        while let Some(&place) = self.places.front() {
            let is_durable = match place {
                Place::Operation(operation) => operation <= self.operations_durable,
                Place::Receipts(count) => count == 0,
            };
            if !is_durable {
                return;
            }
            self.places.pop_front();
            self.durable += 1;
        }
    }
}

impl Broker {
    /// All store operations up to `sequence` are durable: what waited for them is sent.
    pub fn completed(&mut self, sequence: u64, now: Time) {
        self.tick(now);
        let operations = sequence.min(self.store.operations);
        self.store.operations_durable = self.store.operations_durable.max(operations);
        self.release_durable();
    }

    /// Emits an operation.
    pub(super) fn store(&mut self, record: StoreRecord) {
        if self.store.is_on {
            let sequence = self.store.next_operation(self.placement.count() > 1);
            self.outputs.push_back(Output::Store(StoreOperation { sequence, record }));
        }
    }

    /// The Client Identifier of a Session that the store knows.
    pub(super) fn stored_client(&self, session: u32) -> Option<Arc<str>> {
        if !self.store.is_on {
            return None;
        }
        let session = self.sessions.get(session).filter(|session| session.is_stored)?;
        Some(session.client_identifier.clone())
    }

    /// What other shards are to send back when they have stored a message that goes to `count` of them; `None` where
    /// nobody waits for that.
    pub(super) fn ask_for_receipts(&mut self, count: usize) -> Option<u64> {
        let count = u16::try_from(count).ok().filter(|&count| count > 0)?;
        self.store.is_on.then(|| self.store.next_receipts(count))
    }

    /// Sends a receipt when everything that was stored since `before` is durable.
    pub(super) fn give_receipt(&mut self, to: u16, receipt: Option<u64>, before: u64) {
        let Some(receipt) = receipt else { return };
        let has_stored = self.store.sequence > before;
        let operation = if has_stored { self.store.operations } else { 0 };
        self.store.receipts.push(OwedReceipt { to, receipt, operation, places: (before, self.store.sequence) });
        self.give_receipts();
    }

    pub(super) fn apply_receipt(&mut self, receipt: u64) {
        self.store.receipt_came(receipt);
        self.release_durable();
    }

    fn give_receipts(&mut self) {
        if self.store.receipts.is_empty() {
            return;
        }
        let receipts = mem::take(&mut self.store.receipts);
        for owed in receipts {
            if self.store.is_given(&owed) {
                let forward = Forward::Receipt { receipt: owed.receipt };
                self.outputs.push_back(Output::Forward { to: owed.to, forward });
            } else {
                self.store.receipts.push(owed);
            }
        }
    }

    /// Sends what waited for what is durable now.
    fn release_durable(&mut self) {
        self.store.advance(self.placement.count() > 1);
        let durable = self.store.durable;
        self.give_receipts();
        while let Some(&(waits_for, generation, index)) = self.store.waiting.front()
            && waits_for <= durable
        {
            self.store.waiting.pop_front();
            if !self.connections.is_current(index, generation) {
                continue;
            }
            let Some(this) = self.connections.get_mut(index) else { continue };
            let Some(rare) = this.rare.as_mut() else { continue };
            if rare.held_output.release(durable, &mut this.outgoing) {
                self.mark_dirty(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreProgress;

    #[test]
    fn places_become_durable_in_order_only() {
        let mut progress = StoreProgress::default();
        assert_eq!(progress.next_operation(true), 1);
        let receipts = progress.next_receipts(2);
        assert_eq!(progress.next_operation(true), 2);
        progress.receipt_came(receipts);
        progress.operations_durable = 2;
        progress.advance(true);
        assert_eq!(progress.durable, 1);
        progress.receipt_came(receipts);
        progress.advance(true);
        assert_eq!((progress.durable, progress.sequence), (3, 3));
        progress.receipt_came(receipts);
        progress.receipt_came(77);
        progress.advance(true);
        assert_eq!(progress.durable, 3);
    }
}

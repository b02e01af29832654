//! The queues between shards: whole batches, bounded, one wake-up for each batch.

use core::sync::atomic::{AtomicBool, Ordering};
use polymqtt_core::broker::Forward;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// All mailboxes; every shard has the same.
#[derive(Debug)]
pub(super) struct Mesh {
    mailboxes: Vec<Mailbox>,
    /// Above this many messages in a mailbox its senders stop reading their sockets until it is emptied.
    forwards_max: usize,
}

/// What has come for one shard, in the order of its coming.
#[derive(Debug, Default)]
struct Mailbox {
    queue: Mutex<Queue>,
    /// Whether the queue may hold something: what a shard looks at before it reads a socket.
    filled: AtomicBool,
    /// Wakes the shard.
    wake: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Queue {
    batches: VecDeque<(u16, Vec<Forward>)>,
    len: usize,
    /// The shards that were turned away and want to know when there is room.
    turned_away: Vec<u16>,
}

impl Mesh {
    pub(super) fn new(count: u16, forwards_max: usize) -> Arc<Self> {
        Arc::new(Self { mailboxes: (0..count).map(|_| Mailbox::default()).collect(), forwards_max })
    }

    /// What wakes the shard `index`: a batch for it, or room in a mailbox that was full.
    pub(super) fn wake(&self, index: u16) -> Arc<Notify> {
        Arc::clone(&self.mailboxes[usize::from(index)].wake)
    }

    /// Hands `batch` over and leaves it empty. `false`: the mailbox is full, the batch is as it was, and the sender will be
    /// woken when there is room.
    pub(super) fn send(&self, from: u16, to: u16, batch: &mut Vec<Forward>) -> bool {
        let mailbox = &self.mailboxes[usize::from(to)];
        {
            let mut queue = mailbox.lock();
            // An empty mailbox takes a batch of any size: whoever waits for room must be able to go on one day.
            if queue.len > 0 && queue.len + batch.len() > self.forwards_max {
                if !queue.turned_away.contains(&from) {
                    queue.turned_away.push(from);
                }
                return false;
            }
            queue.len += batch.len();
            queue.batches.push_back((from, core::mem::take(batch)));
            mailbox.filled.store(true, Ordering::Release);
        }
        mailbox.wake.notify_one();
        true
    }

    /// Everything that has come for the shard `index`.
    pub(super) fn receive(&self, index: u16) -> VecDeque<(u16, Vec<Forward>)> {
        let mailbox = &self.mailboxes[usize::from(index)];
        if !mailbox.filled.load(Ordering::Acquire) {
            return VecDeque::new();
        }
        let (batches, turned_away) = {
            let mut queue = mailbox.lock();
            mailbox.filled.store(false, Ordering::Release);
            queue.len = 0;
            (core::mem::take(&mut queue.batches), core::mem::take(&mut queue.turned_away))
        };
        for shard in turned_away {
            self.mailboxes[usize::from(shard)].wake.notify_one();
        }
        batches
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A shard that panicked leaves a queue that is still whole: nothing in here panics half-way.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Forward, Mesh};

    const FORWARDS_MAX: usize = 100;

    fn batch(len: usize) -> Vec<Forward> {
        (0..len).map(|index| Forward::FilterAdded { filter: index.to_string().into() }).collect()
    }

    #[test]
    fn batches_arrive_whole_and_in_order() {
        let mesh = Mesh::new(2, FORWARDS_MAX);
        for len in [1, 2, 3] {
            assert!(mesh.send(0, 1, &mut batch(len)));
        }
        let lens: Vec<_> = mesh.receive(1).into_iter().map(|(from, batch)| (from, batch.len())).collect();
        assert_eq!(lens, [(0, 1), (0, 2), (0, 3)]);
        assert!(mesh.receive(1).is_empty() && mesh.receive(0).is_empty());
    }

    #[tokio::test]
    async fn a_full_mailbox_turns_away_and_wakes_the_sender_when_emptied() {
        let mesh = Mesh::new(2, FORWARDS_MAX);
        assert!(mesh.send(0, 1, &mut batch(FORWARDS_MAX)));
        let mut late = batch(1);
        assert!(!mesh.send(0, 1, &mut late));
        assert_eq!(late.len(), 1);
        assert_eq!(mesh.receive(1).len(), 1);
        mesh.wake(0).notified().await;
        assert!(mesh.send(0, 1, &mut late));
        assert!(late.is_empty());
    }

    #[test]
    fn an_empty_mailbox_takes_a_batch_of_any_size() {
        let mesh = Mesh::new(2, FORWARDS_MAX);
        assert!(mesh.send(0, 1, &mut batch(FORWARDS_MAX + 1)));
        assert!(!mesh.send(0, 1, &mut batch(1)));
    }
}

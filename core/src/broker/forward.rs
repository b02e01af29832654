//! What shards tell each other.

use super::Broker;
use super::routed_message::RoutedMessage;
use super::shared_subscription::Member;
use super::slab::NONE;
use super::statistics::Statistics;
use alloc::boxed::Box;
use alloc::sync::Arc;

/// A message from one shard to another. The shell carries it: in order between any two shards, and nothing is lost.
///
/// Whoever reads a socket hands over all Forwards that have arrived *before* the bytes that it read; then what one client
/// was told is visible to what another does next.
#[derive(Debug, Clone)]
pub enum Forward {
    /// The sender has subscribers for this Topic Filter now (without `$share/name/`).
    FilterAdded {
        /// The Topic Filter.
        filter: Arc<str>,
    },
    /// The sender has no subscribers for it any more.
    FilterRemoved {
        /// The Topic Filter.
        filter: Arc<str>,
    },
    /// A message that the receiver routes to its own subscribers.
    Publish {
        /// The message.
        message: Arc<RoutedMessage>,
        /// The message is to be retained (or, without a payload, removes the one that is): the order among all shards.
        retained: Option<RetainedStamp>,
        /// The sender waits for a [`Forward::Receipt`] with this number.
        receipt: Option<u64>,
    },
    /// A client of the sender is a member of a shared subscription whose home is the receiver; also when its options or its
    /// connection change. The key is the whole Topic Filter: `$share/name/filter`.
    SharedJoin {
        /// The shared subscription.
        key: Arc<str>,
        /// The member.
        client_identifier: Arc<str>,
        /// Whether the member has a connection.
        connected: bool,
    },
    /// It is not a member any more.
    SharedLeave {
        /// The shared subscription.
        key: Arc<str>,
        /// The member.
        client_identifier: Arc<str>,
    },
    /// The home of a shared subscription chose a client of the receiver for this message.
    SharedDeliver {
        /// The shared subscription.
        key: Arc<str>,
        /// The member.
        client_identifier: Arc<str>,
        /// The message.
        message: Arc<RoutedMessage>,
        /// The sender waits for a [`Forward::Receipt`] with this number.
        receipt: Option<u64>,
    },
    /// What the receiver sent under this number is durable here.
    Receipt {
        /// The number.
        receipt: u64,
    },
    /// A member could not be given a message, or left without acknowledging it: the home chooses another.
    SharedReturn {
        /// The shared subscription.
        key: Arc<str>,
        /// The member that it is not to go to again while there are others.
        client_identifier: Arc<str>,
        /// The message.
        message: Arc<RoutedMessage>,
    },
    /// The sender's counters, for the `$SYS` topics of shard 0.
    Statistics(Box<Statistics>),
}

/// The order of retained publications among shards: the later one wins everywhere. A logical clock, the shard's index for
/// equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RetainedStamp {
    /// Above every clock that the shard has seen.
    pub clock: u64,
    /// The shard that received the publication.
    pub shard: u16,
}

impl Broker {
    pub(super) fn apply_forward(&mut self, from: u16, forward: Forward) {
        if from == self.placement.index() || from >= self.placement.count() {
            return;
        }
        match forward {
            Forward::FilterAdded { filter } => self.apply_filter(from, &filter, true),
            Forward::FilterRemoved { filter } => self.apply_filter(from, &filter, false),
            Forward::Publish { message, retained, receipt } => {
                let before = self.store.sequence;
                if let Some(stamp) = retained {
                    self.set_retained(&message, stamp);
                }
                self.route_here(&message);
                self.give_receipt(from, receipt, before);
            }
            Forward::Receipt { receipt } => self.apply_receipt(receipt),
            Forward::SharedJoin { key, client_identifier, connected } => {
                let member = Member { client_identifier, shard: from, session: NONE, is_connected: connected };
                // Where the index is full the group does not come to be; the limit is 2^32 filters.
                let _ = self.put_member(&key, member);
            }
            Forward::SharedLeave { key, client_identifier } => self.remove_member(&key, &client_identifier),
            Forward::SharedDeliver { key, client_identifier, message, receipt } => {
                let before = self.store.sequence;
                self.apply_shared_delivery(from, key, client_identifier, message);
                self.give_receipt(from, receipt, before);
            }
            Forward::SharedReturn { key, client_identifier, message } => {
                self.return_to_group(&key, &client_identifier, &message);
            }
            Forward::Statistics(statistics) => self.apply_statistics(from, *statistics),
        }
    }
}

//! What has to survive a restart.

use super::forward::RetainedStamp;
use super::routed_message::RoutedMessage;
use crate::Time;
use crate::codec::{PacketIdentifier, ProtocolVersion, QoS, SubscriptionOptions};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A change to be made durable. Operations are numbered from 1 without gaps, and are to become durable in this order.
///
/// What comes out of one drain of [`Broker::poll_output`](super::Broker::poll_output) belongs together: a store makes all of
/// it durable or nothing of it. A message that has been queued while its Packet Identifier is not known to have been
/// received would come twice.
///
/// A shell whose store falls behind stops reading from its transports: that is how clients feel it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOperation {
    /// What [`Broker::completed`](super::Broker::completed) is called with when this and all before it are durable.
    pub sequence: u64,
    /// The change.
    pub record: StoreRecord,
}

/// One change. A store that keeps what these leave behind, and gives it back through
/// [`Broker::restore`](super::Broker::restore), gives the same broker.
///
/// Only Sessions that outlive their connection are stored. A delivery has a *position*: within its Session positions go up
/// in the order of queueing, so that a store can keep a log of messages and a cursor for each Session.
///
/// To restore, give back in this order: every [`SessionPut`](Self::SessionPut) (the latest of each client), then its
/// [`SubscriptionPut`](Self::SubscriptionPut)s, [`Enqueued`](Self::Enqueued) (with the deliveries that are not settled),
/// [`Sent`](Self::Sent), [`Released`](Self::Released), [`Received`](Self::Received); Retained Messages at any time. With
/// several shards, what names a client goes to the shard that the client belongs to, and Retained Messages go to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreRecord {
    /// A Session began or changed. Replaces the former record of the client.
    SessionPut(SessionRecord),
    /// A Session is over, and everything of it.
    SessionRemoved {
        /// Whose.
        client_identifier: Arc<str>,
    },
    /// A subscription began or changed.
    SubscriptionPut {
        /// Whose.
        client_identifier: Arc<str>,
        /// The whole Topic Filter, with `$share/name/`.
        filter: Arc<str>,
        /// Its options; the QoS is the granted one.
        options: SubscriptionOptions,
        /// The Subscription Identifier.
        subscription_identifier: Option<u32>,
    },
    /// A subscription is over.
    SubscriptionRemoved {
        /// Whose.
        client_identifier: Arc<str>,
        /// The whole Topic Filter.
        filter: Arc<str>,
    },
    /// A Retained Message; replaces the one with the same Topic Name, unless that has a higher stamp (from another shard).
    RetainedPut {
        /// The message.
        message: Arc<RoutedMessage>,
        /// Its order among shards.
        stamp: RetainedStamp,
    },
    /// A Retained Message is gone, unless there is one with a higher stamp (from another shard).
    RetainedRemoved {
        /// Its Topic Name.
        topic: Arc<str>,
        /// The order of the removal among shards.
        stamp: RetainedStamp,
    },
    /// A message was queued for some Sessions, all at once.
    Enqueued {
        /// The message.
        message: Arc<RoutedMessage>,
        /// For whom.
        deliveries: Vec<StoredDelivery>,
    },
    /// A delivery was put in flight under this Packet Identifier.
    Sent {
        /// Whose.
        client_identifier: Arc<str>,
        /// Which.
        position: u32,
        /// The Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// PUBREC came for a QoS 2 delivery: only PUBREL is sent from now on. The message itself is not needed any more.
    Released {
        /// Whose.
        client_identifier: Arc<str>,
        /// Which.
        position: u32,
    },
    /// A delivery is over: acknowledged, expired, shed, or given to somebody else.
    Settled {
        /// Whose.
        client_identifier: Arc<str>,
        /// Which.
        position: u32,
    },
    /// A QoS 2 message was received and not yet released: its repetition is not a new message.
    Received {
        /// From whom.
        client_identifier: Arc<str>,
        /// The Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// PUBREL came for it.
    ReceivedReleased {
        /// From whom.
        client_identifier: Arc<str>,
        /// The Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
}

/// What is stored of a Session itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose.
    pub client_identifier: Arc<str>,
    /// As whom the client was accepted.
    pub user_name: Option<Arc<str>>,
    /// The version it spoke.
    pub protocol_version: ProtocolVersion,
    /// The Session Expiry Interval in seconds.
    pub session_expiry_interval_s: u32,
    /// When its connection ended; `None` while it has one. A Session that is restored with `None` begins to expire then.
    pub disconnected_at: Option<Time>,
    /// The Will Message that is still to be published.
    pub will: Option<StoredWill>,
}

/// A Will Message that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWill {
    /// The message; its Message Expiry Interval begins when it is published.
    pub message: Arc<RoutedMessage>,
    /// The Will Delay Interval in seconds.
    pub delay_s: u32,
}

/// One Session's part of a message that was queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// For whom.
    pub client_identifier: Arc<str>,
    /// Its place in the Session.
    pub position: u32,
    /// The QoS of the delivery.
    pub qos: QoS,
    /// Its RETAIN flag.
    pub retain: bool,
    /// The Subscription Identifiers that it carries.
    pub subscription_identifiers: Vec<u32>,
    /// The shared subscription that brought it (the whole Topic Filter).
    pub shared: Option<Arc<str>>,
}

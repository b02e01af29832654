//! What an embedder decides, and every limit by its name.

use super::error::UsageError;
use crate::codec::{ProtocolVersion, QoS};
use alloc::boxed::Box;

/// The options of a [`Broker`](super::Broker). Build them from [`BrokerOptions::default`].
///
/// With several shards each one gets the same options; limits hold for each shard by itself. Where a field says *at the
/// limit*, it tells what happens there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option by itself")]
pub struct BrokerOptions {
    /// All entropy that the broker uses: Assigned Client Identifiers and the order of its hash tables. Give each broker
    /// (and each start of it) another random number.
    pub seed: u64,
    /// Whether [`Output::Store`](super::Output::Store) operations are emitted, and acknowledgements wait for
    /// [`Broker::completed`](super::Broker::completed). Then `Time` must not begin anew when the program does: expiries are
    /// stored as points in time.
    pub store: bool,
    /// The lowest version that is served. Below it a CONNECT is refused: Unsupported Protocol Version.
    pub protocol_version_min: ProtocolVersion,

    /// Milliseconds that a connection has for its CONNECT to be accepted, authentication included. At the limit it is
    /// closed. 0: no limit.
    pub connect_timeout_ms: u32,
    /// Connections at the same time. At the limit [`Broker::accept`](super::Broker::accept) refuses.
    pub connections_max: u32,
    /// Sessions, connected or not. At the limit a CONNECT that needs a new one is refused: Quota exceeded.
    pub sessions_max: u32,
    /// The largest CONNECT in bytes. At the limit the connection is closed.
    pub connect_size_bytes_max: u32,
    /// Bytes that are kept behind a CONNECT (or AUTH) while its answer is awaited. At the limit the connection is closed.
    pub held_bytes_max: u32,
    /// The longest Client Identifier in bytes; at least 23. At the limit a CONNECT is refused: Client Identifier not valid.
    pub client_identifier_bytes_max: u16,
    /// Whether an empty Client Identifier gets an Assigned Client Identifier; else it is refused.
    pub client_identifier_assigned: bool,
    /// What an Assigned Client Identifier begins with.
    pub client_identifier_prefix: Box<str>,

    /// The largest packet in bytes that a client may send: *Maximum Packet Size* of CONNACK. At the limit: Packet too large.
    pub packet_size_bytes_max: u32,
    /// Properties in one packet. At the limit the connection is closed: Implementation specific error.
    pub properties_max: u16,
    /// Levels of a Topic Name or Topic Filter. At the limit the connection is closed: Topic Name (or Filter) invalid.
    pub topic_levels_max: u16,

    /// The highest QoS: *Maximum QoS* of CONNACK. A PUBLISH above it ends the connection, a SUBSCRIBE is granted less.
    pub maximum_qos: QoS,
    /// Whether Retained Messages are kept: *Retain Available* of CONNACK. Where not, a retained PUBLISH of 5.0 ends the
    /// connection, and one of 3.1 and 3.1.1 is delivered but not kept.
    pub retain_available: bool,
    /// Whether Topic Filters may have wildcards: *Wildcard Subscription Available* of CONNACK.
    pub wildcard_subscription_available: bool,
    /// Whether Subscription Identifiers are taken: *Subscription Identifier Available* of CONNACK.
    pub subscription_identifier_available: bool,
    /// Whether Shared Subscriptions are: *Shared Subscription Available* of CONNACK. Clients of 3.1 and 3.1.1 may use them.
    pub shared_subscription_available: bool,
    /// QoS 1 and 2 publications that one client may have open toward the broker: *Receive Maximum* of CONNACK, 1 to 65,535.
    /// At the limit the connection is closed: Receive Maximum exceeded. Clients of 3.1 and 3.1.1 are not bound by it.
    pub receive_maximum: u16,
    /// Topic Aliases that a client may use: *Topic Alias Maximum* of CONNACK. Above it: Topic Alias invalid.
    pub topic_alias_maximum: u16,
    /// Topic Aliases that the broker uses toward one client, where the client allows as many.
    pub topic_alias_outbound_max: u16,
    /// The longest Keep Alive in seconds. A client of 5.0 that asks for a longer one, or none, gets *Server Keep Alive*.
    pub keep_alive_s_max: Option<u16>,
    /// The longest Session Expiry Interval in seconds; a client that asks for more gets this much.
    pub session_expiry_interval_s_max: u32,
    /// The Session Expiry Interval of clients of 3.1 and 3.1.1 without Clean Session; `0xFFFF_FFFF`: never.
    pub session_expiry_interval_v3_s: u32,
    /// The *Response Information* for those who ask for it: a basis for Response Topics.
    pub response_information: Option<Box<str>>,

    /// Bytes that may wait to be transmitted to one connection. At the limit QoS 0 messages for it are dropped and counted;
    /// QoS 1 and 2 wait in its Session's queue. When so many bytes of answers wait that a client does not read while it
    /// goes on asking, its connection is closed: Quota exceeded.
    pub outgoing_bytes_max: u32,
    /// QoS 1 and 2 messages in flight toward one client, where its own Receive Maximum is not lower. At the limit they wait
    /// in the Session's queue.
    pub in_flight_max: u16,
    /// Messages queued in one Session. At the limit the order of shedding is: messages that have expired; QoS 0 messages,
    /// the oldest first; then as [`BrokerOptions::queue_when_full`] says.
    pub queue_messages_max: u32,
    /// Bytes of topics, properties and payloads queued in one Session; a payload shared by several queues counts in each.
    /// At the limit: as above.
    pub queue_bytes_max: u64,
    /// Bytes queued in all Sessions of the shard, counted like [`BrokerOptions::queue_bytes_max`]. At the limit: as above, in
    /// the queue that the message is for.
    pub queue_total_bytes_max: u64,
    /// What goes when a queue is full of messages of QoS 1 and 2.
    pub queue_when_full: QueueWhenFull,
    /// Whether QoS 0 messages are queued for a Session without a connection.
    pub queue_qos_0: bool,
    /// The longest Message Expiry Interval in seconds: longer ones, and messages without one, get it where it is given.
    pub message_expiry_interval_s_max: Option<u32>,

    /// Subscriptions of one Session. At the limit a Topic Filter is answered with Quota exceeded.
    pub subscriptions_max: u32,
    /// Retained Messages. At the limit one with a new topic is refused: Quota exceeded. A will, or what the embedder
    /// publishes, is delivered but not kept.
    pub retained_messages_max: u32,
    /// Bytes of Retained Messages, topics and properties included. At the limit: as above.
    pub retained_bytes_max: u64,
    /// Retained Messages that one subscription gets before others have their turn.
    pub retained_slice: u16,

    /// Payloads from this many bytes on are shared between the connections that they go to, and not copied to each.
    pub shared_payload_bytes_min: u32,
    /// Seconds between two publications of the `$SYS` topics; 0: none.
    pub sys_interval_s: u32,
    /// The text of `$SYS/broker/version`.
    pub version: Box<str>,
}

/// What goes when a queue is full of QoS 1 and 2 messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QueueWhenFull {
    /// The new message is dropped for this Session: what is queued has been accepted longer ago.
    #[default]
    DropNewest,
    /// The oldest message in the queue is dropped: the newest state of things matters more.
    DropOldest,
}

impl Default for BrokerOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            store: false,
            protocol_version_min: ProtocolVersion::V3_1,
            connect_timeout_ms: 10_000,
            connections_max: 1_000_000,
            sessions_max: 1_000_000,
            connect_size_bytes_max: 128 * 1024,
            held_bytes_max: 8 * 1024,
            client_identifier_bytes_max: 1024,
            client_identifier_assigned: true,
            client_identifier_prefix: "auto-".into(),
            packet_size_bytes_max: 16 * 1024 * 1024,
            properties_max: 256,
            topic_levels_max: 256,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
            receive_maximum: 1024,
            topic_alias_maximum: 64,
            topic_alias_outbound_max: 16,
            keep_alive_s_max: None,
            session_expiry_interval_s_max: u32::MAX,
            session_expiry_interval_v3_s: u32::MAX,
            response_information: None,
            // A turn of a shell may bring one receiver what a hundred senders had ready.
            outgoing_bytes_max: 8 * 1024 * 1024,
            in_flight_max: 1024,
            queue_messages_max: 10_000,
            queue_bytes_max: 64 * 1024 * 1024,
            queue_total_bytes_max: 1024 * 1024 * 1024,
            queue_when_full: QueueWhenFull::default(),
            queue_qos_0: false,
            message_expiry_interval_s_max: None,
            subscriptions_max: 100_000,
            retained_messages_max: 10_000_000,
            retained_bytes_max: 4 * 1024 * 1024 * 1024,
            retained_slice: 256,
            shared_payload_bytes_min: 4096,
            sys_interval_s: 10,
            version: concat!("polymqtt version ", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}

impl BrokerOptions {
    /// Whether the values make sense together; [`Broker::new`](super::Broker::new) asks this.
    pub fn validate(&self) -> Result<(), UsageError> {
        let wrong = |option, rule| Err(UsageError::OptionOutOfRange { option, rule });
        if self.receive_maximum == 0 {
            return wrong("receive_maximum", "1 to 65,535 (MQTT 5.0, 3.2.2.3.3)");
        }
        if self.in_flight_max == 0 {
            return wrong("in_flight_max", "1 to 65,535");
        }
        if self.client_identifier_bytes_max < 23 {
            return wrong("client_identifier_bytes_max", "23 or more (MQTT 5.0, 3.1.3.1 [MQTT-3.1.3-5])");
        }
        if self.packet_size_bytes_max < 16 || self.connect_size_bytes_max < 16 {
            return wrong("packet_size_bytes_max", "16 or more, connect_size_bytes_max too");
        }
        if self.keep_alive_s_max == Some(0) {
            return wrong("keep_alive_s_max", "1 or more; without a limit: none");
        }
        if self.retained_slice == 0 {
            return wrong("retained_slice", "1 or more");
        }
        if self.topic_levels_max == 0 {
            return wrong("topic_levels_max", "1 or more");
        }
        if self.client_identifier_prefix.len() > 64 {
            return wrong("client_identifier_prefix", "64 bytes at most");
        }
        Ok(())
    }
}

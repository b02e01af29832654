//! The session engine: what a client and a server do alike at the two ends of a connection.
//!
//! Pure transitions without packets, bytes or timers of their own. The client uses them for its one connection, the
//! broker once per Session; so everything here is small, and an idle window holds no heap.
//!
//! - [`OutboundWindow`]: QoS 1 and 2 publications on their way out, exactly once through reconnects;
//! - [`InboundWindow`]: QoS 1 and 2 publications that came in and are not finished;
//! - [`PacketIdentifiers`]: which Packet Identifier comes next;
//! - [`TopicAliasOutbound`], [`TopicAliasInbound`]: Topic Aliases;
//! - [`KeepAlive`]: when to ping, and when the peer is gone;
//! - [`MessageExpiry`]: how much of a message's lifetime is left.

mod inbound;
mod keep_alive;
mod message_expiry;
mod outbound;
mod packet_identifiers;
mod ring;
mod topic_alias;

pub use inbound::{InboundPublish, InboundRelease, InboundWindow};
pub use keep_alive::KeepAlive;
pub use message_expiry::MessageExpiry;
pub use outbound::{OutboundWindow, PubAckResult, PubCompResult, PubRecResult, Resend};
pub use packet_identifiers::PacketIdentifiers;
pub use topic_alias::{AliasUse, TopicAliasInbound, TopicAliasOutbound};

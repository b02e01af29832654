//! What a client can be told.

use super::reconnect::Reconnect;
use crate::Message;
use crate::codec::{PropertiesBuf, ProtocolVersion};
use alloc::string::String;
use alloc::vec::Vec;

/// Everything that a [`Client`](super::Client) can be told before it connects.
///
/// Every field has a default; write `ClientOptions { client_identifier: "sensor-7".into(), ..Default::default() }` and new
/// fields will not disturb you. [`Client::new`](super::Client::new) checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent choice with a name")]
pub struct ClientOptions {
    /// Default: 5.0.
    pub protocol_version: ProtocolVersion,
    /// Empty (the default): the server chooses one, and the client uses it for its later connections. Spec: 3.1.3.1.
    pub client_identifier: String,
    /// Begin with a new Session. Default: true.
    ///
    /// Applies to the first connection after [`Client::connect`](super::Client::connect). Reconnects continue the Session
    /// if it outlives a connection: with a `session_expiry_interval_s` in 5.0; before 5.0 exactly when this is false.
    /// Spec: 3.1.2.4.
    pub clean_start: bool,
    /// Seconds; 0 turns Keep Alive off. Default: 60. Spec: 3.1.2.10.
    pub keep_alive_s: u16,
    /// Default: none. [`Client::set_credentials`](super::Client::set_credentials) changes it for later connections.
    pub user_name: Option<String>,
    /// Default: none.
    pub password: Option<Vec<u8>>,
    /// What the server publishes when the connection ends without a DISCONNECT. Default: nothing. Spec: 3.1.2.5.
    pub will: Option<Will>,
    /// Seconds that the Session outlives the connection; `u32::MAX`: it does not expire. Default: 0. 5.0 only.
    /// Spec: 3.1.2.11.2.
    pub session_expiry_interval_s: u32,
    /// How many unacknowledged QoS 1 and 2 publications we take at the same time; from 1. Default: 65,535. 5.0 only.
    /// Spec: 3.1.2.11.3.
    pub receive_maximum: u16,
    /// The largest Control Packet that we take. Default: 1 MiB. The server of a 5.0 connection is told; with the others a
    /// larger packet ends the connection. Spec: 3.1.2.11.4.
    pub maximum_packet_size_bytes: u32,
    /// The highest Topic Alias that we take from the server. Default: 16. Spec: 3.1.2.11.5.
    pub topic_alias_maximum: u16,
    /// The highest Topic Alias that we assign, if the server allows as many. Default: 16. 0: none.
    pub topic_alias_outbound_maximum: u16,
    /// Ask for Response Information. Default: false. Spec: 3.1.2.11.6.
    pub request_response_information: bool,
    /// Take Reason Strings and User Properties in every kind of packet. Default: true. Spec: 3.1.2.11.7.
    pub request_problem_information: bool,
    /// User Properties of CONNECT, in order. Spec: 3.1.2.11.8.
    pub user_properties: Vec<(String, String)>,
    /// Enhanced authentication. Default: none. Spec: 4.12.
    pub authentication: Option<Authentication>,
    /// Who acknowledges received messages. Default: the client, at once.
    pub acknowledgement: Acknowledgement,
    /// What to do when a connection ends. Default: backoff from 1 s to 60 s without end.
    pub reconnect: Reconnect,
    /// Milliseconds for the transport and the CONNACK together. Default: 10,000.
    pub connect_timeout_ms: u32,
    /// Milliseconds that the server has for a PINGRESP. Default: 10,000.
    pub ping_timeout_ms: u32,
    /// Milliseconds without any acknowledgement, while one is due, after which the connection counts as dead; 0: never.
    /// Default: 30,000. An unacknowledged packet is only sent again on a new connection. Spec: 4.4.
    pub acknowledgement_timeout_ms: u32,
    /// Milliseconds that a [`request`](super::Client::request) waits for its response; 0: for ever. Default: 30,000.
    pub request_timeout_ms: u32,
    /// Where responses to our requests come. Default: built from the server's Response Information, or else from the
    /// Client Identifier. Spec: 4.10.
    pub response_topic: Option<String>,
    /// Limits of what waits to be sent.
    pub queue: QueueOptions,
    /// How many QoS 1 and 2 publications may be in flight, if the server allows as many; from 1. Default: 1,024.
    pub in_flight_max: u16,
    /// How many SUBSCRIBE and UNSUBSCRIBE packets may wait for their acknowledgement, and how many requests for their
    /// response. Default: 1,024.
    pub requests_max: u16,
    /// How many bytes may wait for the transport; publications beyond it wait in the queue. Default: 256 KiB.
    pub outgoing_bytes_max: usize,
    /// What becomes of unacknowledged QoS 1 publications when the server has lost the Session. True (the default): they are
    /// published anew, so that QoS 1 stays *at least once*. False: their tokens settle with
    /// [`SessionLost`](super::Outcome::SessionLost), as those of QoS 2 always do.
    pub republish_qos1: bool,
    /// All randomness of the client comes from here; give each client another one. Default: 0.
    pub seed: u64,
    /// Hand QoS 1 and 2 state out as [`Output::Store`](super::Output::Store), and wait for
    /// [`Client::completed`](super::Client::completed) where durability matters. Default: false.
    pub store: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            protocol_version: ProtocolVersion::V5_0,
            client_identifier: String::new(),
            clean_start: true,
            keep_alive_s: 60,
            user_name: None,
            password: None,
            will: None,
            session_expiry_interval_s: 0,
            receive_maximum: u16::MAX,
            maximum_packet_size_bytes: 1024 * 1024,
            topic_alias_maximum: 16,
            topic_alias_outbound_maximum: 16,
            request_response_information: false,
            request_problem_information: true,
            user_properties: Vec::new(),
            authentication: None,
            acknowledgement: Acknowledgement::Automatic,
            reconnect: Reconnect::default(),
            connect_timeout_ms: 10_000,
            ping_timeout_ms: 10_000,
            acknowledgement_timeout_ms: 30_000,
            request_timeout_ms: 30_000,
            response_topic: None,
            queue: QueueOptions::default(),
            in_flight_max: 1024,
            requests_max: 1024,
            outgoing_bytes_max: 256 * 1024,
            republish_qos1: true,
            seed: 0,
            store: false,
        }
    }
}

/// The Will Message. Spec: 3.1.2.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    /// Topic, payload (at most 65,535 bytes), QoS, RETAIN and properties.
    pub message: Message,
    /// Seconds between the end of the connection and the publication. 5.0 only. Spec: 3.1.3.2.2.
    pub delay_interval_s: u32,
}

impl Will {
    /// A will that is published at once.
    pub const fn new(message: Message) -> Self {
        Self { message, delay_interval_s: 0 }
    }
}

/// How enhanced authentication begins. Spec: 4.12.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authentication {
    /// The Authentication Method.
    pub method: String,
    /// The Authentication Data of CONNECT, if the method begins with some.
    pub data: Option<Vec<u8>>,
}

/// Who acknowledges QoS 1 and 2 messages that were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Acknowledgement {
    /// The client, as soon as it has the message.
    #[default]
    Automatic,
    /// You, with [`Client::acknowledge`](super::Client::acknowledge).
    Manual,
}

/// Limits of what waits to be sent: while there is no connection, beyond the server's Receive Maximum, or behind a slow
/// transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QueueOptions {
    /// Default: 10,000.
    pub messages_max: usize,
    /// Bytes of topics, payloads and properties. Default: 16 MiB.
    pub bytes_max: usize,
    /// What happens to one more. Default: [`WhenFull::Refuse`].
    pub when_full: WhenFull,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self { messages_max: 10_000, bytes_max: 16 * 1024 * 1024, when_full: WhenFull::Refuse }
    }
}

/// What happens when the queue is full and one more message comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhenFull {
    /// It is refused: [`UsageError::QueueFull`](super::UsageError::QueueFull).
    #[default]
    Refuse,
    /// The oldest ones give way; their tokens settle with [`Dropped`](super::Outcome::Dropped).
    DropOldest,
    /// The oldest of QoS 0 gives way. If there is none, a message of QoS 0 is dropped itself, and one of QoS 1 or 2
    /// displaces the oldest.
    DropQoS0First,
}

/// How to end a connection in good order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DisconnectOptions {
    /// The server is to publish the will nonetheless. 5.0 only. Spec: 3.14.2.1.
    pub with_will: bool,
    /// Another Session Expiry Interval than that of CONNECT; not possible if that was 0. 5.0 only.
    /// Spec: 3.14.2.2.2 [MQTT-3.14.2-2].
    pub session_expiry_interval_s: Option<u32>,
    /// Reason String and User Properties. 5.0 only.
    pub properties: PropertiesBuf,
}

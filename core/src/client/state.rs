//! Where a client is, and what it has done.

/// Where a [`Client`](super::Client) is.
///
/// ```text
///              connect                handle_connected                CONNACK
///   Closed  ------------>  Opening  -------------------->  Handshake  -------->  Connected
///     ^                     |  ^                               |                     |
///     |            failed,  |  |  Timer::Reconnect             |  refused, closed,   |
///     |  no attempt is left |  +-----------------  Waiting  <--+---------------------+
///     +---------------------+-------------------------+-----------  violation, timeout
///              disconnect, from any state
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// At rest: nothing happens until [`Client::connect`](super::Client::connect).
    Closed,
    /// A transport is asked for.
    Opening,
    /// CONNECT is sent, CONNACK is awaited.
    Handshake,
    /// CONNACK came.
    Connected,
    /// The next attempt has its time.
    Waiting,
}

/// Counters since the client was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Control Packets sent.
    pub packets_sent: u64,
    /// Bytes of them.
    pub bytes_sent: u64,
    /// Control Packets received.
    pub packets_received: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// PUBLISH packets sent, repetitions included.
    pub messages_sent: u64,
    /// Messages given out, without repetitions of QoS 2.
    pub messages_received: u64,
    /// Connections that a server accepted.
    pub connections: u64,
}

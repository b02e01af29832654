//! A connection between a client and a shard of the broker.

use super::random::Random;
use polymqtt_core::broker::ConnectionId;
use std::collections::VecDeque;

/// Bytes on their way in both directions. They arrive in order or, when the link breaks, not at all.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    pub(crate) shard: usize,
    /// `None`: the broker's end is closed.
    pub(crate) connection: Option<ConnectionId>,
    /// Whether the client's end is open.
    pub(crate) client_is_open: bool,
    pub(crate) to_broker: VecDeque<u8>,
    pub(crate) to_client: VecDeque<u8>,
}

impl Link {
    /// Some of the bytes that are on their way.
    pub(crate) fn take(bytes: &mut VecDeque<u8>, random: &mut Random) -> Vec<u8> {
        let most = if random.one_in(4) { 7 } else { bytes.len() };
        let len = 1 + random.below(most.min(bytes.len()));
        bytes.drain(..len.min(bytes.len())).collect()
    }

    /// Nothing is on its way, and no end has anything to notice.
    pub(crate) fn is_idle(&self) -> bool {
        self.to_broker.is_empty() && self.to_client.is_empty() && self.connection.is_some() && self.client_is_open
    }
}

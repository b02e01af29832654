//! What a command is known by until it is settled.

use alloc::collections::VecDeque;

/// Stands for one publish, subscribe, unsubscribe or request until its
/// [`Event::Settled`](super::Event::Settled), which comes exactly once.
///
/// Tokens of a client count up from 1 in the order of its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(u64);

impl Token {
    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The token with this number, which came from [`as_u64`](Self::as_u64): for bindings.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }
}

/// Gives out tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct TokenSource {
    last: u64,
}

impl TokenSource {
    pub(super) const fn next(&mut self) -> Token {
        self.last += 1;
        Token(self.last)
    }
}

/// QoS 0 publications that are encoded but not yet handed to the transport.
///
/// Positions count the bytes of one connection from its beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct InTransit {
    encoded_bytes: u64,
    transmitted_bytes: u64,
    /// Where each publication ends.
    ends: VecDeque<(u64, Token)>,
}

impl InTransit {
    /// `bytes` were appended to the outgoing buffer.
    pub(super) const fn encoded(&mut self, bytes: usize) {
        self.encoded_bytes += bytes as u64;
    }

    /// What was encoded last is the publication of `token`.
    pub(super) fn push(&mut self, token: Token) {
        self.ends.push_back((self.encoded_bytes, token));
    }

    /// The transport took `bytes`.
    pub(super) const fn transmitted(&mut self, bytes: usize) {
        self.transmitted_bytes += bytes as u64;
    }

    /// The next publication that the transport has as a whole.
    pub(super) fn next_transmitted(&mut self) -> Option<Token> {
        self.ends.pop_front_if(|(end, _)| *end <= self.transmitted_bytes).map(|(_, token)| token)
    }

    /// Takes one out that need not be told.
    pub(super) fn remove(&mut self, token: Token) -> bool {
        let before = self.ends.len();
        self.ends.retain(|(_, each)| *each != token);
        self.ends.len() != before
    }

    /// The connection is over: gives back what the transport did not take.
    pub(super) fn reset(&mut self) -> impl Iterator<Item = Token> + use<> {
        core::mem::take(self).ends.into_iter().map(|(_, token)| token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_is_transmitted_with_its_last_byte() {
        let mut in_transit = InTransit::default();
        in_transit.encoded(10);
        in_transit.push(Token(1));
        in_transit.encoded(5);
        in_transit.push(Token(2));
        in_transit.transmitted(9);
        assert_eq!(in_transit.next_transmitted(), None);
        in_transit.transmitted(1);
        assert_eq!(in_transit.next_transmitted(), Some(Token(1)));
        assert_eq!(in_transit.next_transmitted(), None);
        assert!(in_transit.reset().eq([Token(2)]));
    }
}

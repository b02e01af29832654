//! Which Packet Identifier comes next.

use crate::codec::PacketIdentifier;

/// Gives out Packet Identifiers: from 1 upward, after 65,535 again from 1, past those in use. Spec: 2.2.1 [MQTT-2.2.1-3].
///
/// It remembers only the last one it gave; who uses which is the caller's knowledge. An identifier is taken when its
/// packet is sent and not when a message is queued, so queues never exhaust them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PacketIdentifiers {
    last: u16,
}

impl PacketIdentifiers {
    /// The next one will be 1.
    pub const fn new() -> Self {
        Self { last: 0 }
    }

    /// The next one will follow `last`: for a Session that was stored.
    pub const fn after(last: PacketIdentifier) -> Self {
        Self { last: last.as_u16() }
    }

    /// Takes the next identifier for which `is_in_use` is false; `None` when all 65,535 are in use.
    pub fn allocate(&mut self, mut is_in_use: impl FnMut(PacketIdentifier) -> bool) -> Option<PacketIdentifier> {
        for _ in 0..u16::MAX {
            let candidate = PacketIdentifier::new(self.last.wrapping_add(1)).unwrap_or(PacketIdentifier::MIN);
            self.last = candidate.as_u16();
            if !is_in_use(candidate) {
                return Some(candidate);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_rise_from_one_and_start_over() {
        let mut identifiers = PacketIdentifiers::new();
        assert_eq!(identifiers.allocate(|_| false), PacketIdentifier::new(1));
        assert_eq!(identifiers.allocate(|_| false), PacketIdentifier::new(2));
        identifiers.last = u16::MAX;
        assert_eq!(identifiers.allocate(|_| false), PacketIdentifier::new(1));
    }

    #[test]
    fn identifiers_in_use_are_passed_over() {
        let mut identifiers = PacketIdentifiers::new();
        assert_eq!(identifiers.allocate(|i| i.as_u16() < 5), PacketIdentifier::new(5));
        assert_eq!(identifiers.allocate(|i| i.as_u16() != 4), PacketIdentifier::new(4));
        assert_eq!(identifiers.allocate(|_| true), None);
    }
}

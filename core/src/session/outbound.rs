//! QoS 1 and QoS 2 publications on their way to the peer.

use super::PacketIdentifiers;
use super::ring::Ring;
use crate::ReasonCode;
use crate::codec::{PacketIdentifier, QoS};

/// The publications that were sent and are not finished, in the order of sending, with their Packet Identifiers.
///
/// `M` is what the owner keeps for each: the message, and whatever ties it to a token, a queue or a stored record.
///
/// ```text
///                    PUBLISH                     PUBACK
///  QoS 1:   send  ------------>  Published  ----------------------------------->  out, M returned
///
///                    PUBLISH                  PUBREC < 0x80  PUBREL            PUBCOMP
///  QoS 2:   send  ------------>  Published  ------------------------>  Released ------->  out, M returned
///                                    |        PUBREC >= 0x80
///                                    +------------------------------------------------->  out, M returned
/// ```
///
/// A new connection that continues the Session calls [`begin_connection`](Self::begin_connection) and then
/// [`next_resend`](Self::next_resend) until it returns `None`: it yields what is unfinished in the original order,
/// PUBLISH (with DUP) or PUBREL according to the state. Nothing is ever sent again on the same connection.
/// Spec: 4.4 [MQTT-4.4.0-1], 4.6 [MQTT-4.6.0-1], [MQTT-4.6.0-4].
///
/// The window is as wide as the peer's Receive Maximum (and the owner's own limit): beyond it
/// [`can_send`](Self::can_send) is false and messages wait. Spec: 4.9 [MQTT-4.9.0-2].
/// A PUBREL that was sent again counts as its PUBLISH would, which is never more than the standard allows.
#[derive(Debug, Clone)]
pub struct OutboundWindow<M> {
    ring: Ring<Entry<M>>,
    identifiers: PacketIdentifiers,
    /// How many may be in flight on this connection.
    send_quota_max: u16,
    /// Sent on this connection and not finished.
    in_flight: u16,
    /// How many slots at the end of the ring were not sent on this connection. New ones come only after these.
    unsent_slots: u32,
}

#[derive(Debug, Clone)]
struct Entry<M> {
    message: M,
    qos: QoS,
    released: bool,
    /// Sent on this connection.
    sent: bool,
}

/// What a PUBACK did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PubAckResult<M> {
    /// The publication is finished.
    Complete(M),
    /// There is none with this identifier.
    Unknown,
    /// It has QoS 2, where PUBREC is the answer: a Protocol Error. Spec: 4.3.3.
    Violation,
}

/// What a PUBREC did.
#[derive(Debug, PartialEq, Eq)]
pub enum PubRecResult<'a, M> {
    /// The peer has the message: send PUBREL, and drop the content, which is never sent again.
    Release(&'a mut M),
    /// The Reason Code was an error: the exchange is over, and no PUBREL follows. Spec: 4.3.3 [MQTT-4.3.3-4].
    Complete(M),
    /// There is none with this identifier: send PUBREL with *Packet Identifier not found*. Spec: 3.6.2.1.
    Unknown,
    /// It has QoS 1, or an error after it was already received: a Protocol Error. Spec: 4.3.2, 4.3.3.
    Violation,
}

/// What a PUBCOMP did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PubCompResult<M> {
    /// The publication is finished.
    Complete(M),
    /// There is none with this identifier.
    Unknown,
    /// No PUBREL was sent for it: a Protocol Error. Spec: 4.3.3.
    Violation,
}

/// What is to be sent again on a new connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Resend<'a, M> {
    /// PUBLISH, with DUP set. Spec: 3.3.1.1 [MQTT-3.3.1-1].
    Publish(PacketIdentifier, QoS, &'a mut M),
    /// PUBREL.
    Release(PacketIdentifier),
}

impl<M> OutboundWindow<M> {
    /// An empty window, closed until [`begin_connection`](Self::begin_connection).
    pub const fn new() -> Self {
        Self {
            ring: Ring::new(),
            identifiers: PacketIdentifiers::new(),
            send_quota_max: 0,
            in_flight: 0,
            unsent_slots: 0,
        }
    }

    /// Puts back a publication that was stored, at the end, as not yet sent on any connection that lives: for a Session
    /// that is loaded, in the original order. `released`: its PUBREC was received. False if the identifier is taken.
    pub fn restore(&mut self, identifier: PacketIdentifier, qos: QoS, released: bool, message: M) -> bool {
        if self.ring.contains(identifier) {
            return false;
        }
        self.ring.push(identifier, Entry { message, qos, released, sent: false });
        self.identifiers = PacketIdentifiers::after(identifier);
        self.unsent_slots = slots_u32(self.ring.slots());
        true
    }

    /// A new connection continues the Session: everything in the window is to be sent again.
    ///
    /// `send_quota_max` is the peer's Receive Maximum or the owner's own limit if that is lower. Spec: 4.9 [MQTT-4.9.0-1].
    /// Call [`next_resend`](Self::next_resend) next.
    pub fn begin_connection(&mut self, send_quota_max: u16) {
        self.ring.retain(|_, entry| {
            entry.sent = false;
            true
        });
        self.send_quota_max = send_quota_max;
        self.in_flight = 0;
        self.unsent_slots = slots_u32(self.ring.slots());
    }

    /// What to send again next; `None` when all is sent or the quota is used up. In that case call it again after the next
    /// acknowledgement.
    pub fn next_resend(&mut self) -> Option<Resend<'_, M>> {
        let slots = self.ring.slots();
        let mut found = None;
        while self.unsent_slots > 0 {
            let index = slots - (self.unsent_slots as usize).min(slots);
            match self.ring.slot_mut(index) {
                Some((_, entry)) if !entry.sent => {
                    if !entry.released && self.in_flight >= self.send_quota_max {
                        return None;
                    }
                    entry.sent = true;
                    self.in_flight = self.in_flight.saturating_add(1);
                    self.unsent_slots -= 1;
                    found = Some(index);
                    break;
                }
                Some(_) | None => self.unsent_slots -= 1,
            }
        }
        let (identifier, entry) = self.ring.slot_mut(found?)?;
        Some(if entry.released {
            Resend::Release(identifier)
        } else {
            Resend::Publish(identifier, entry.qos, &mut entry.message)
        })
    }

    /// Whether a new publication may be sent now: all of the old ones were sent again, and the quota is not used up.
    pub const fn can_send(&self) -> bool {
        self.unsent_slots == 0 && self.in_flight < self.send_quota_max
    }

    /// Puts a publication in flight: send the PUBLISH with the identifier that is returned.
    ///
    /// Gives the message back when [`can_send`](Self::can_send) is false. `qos` is 1 or 2.
    pub fn send(&mut self, message: M, qos: QoS) -> Result<PacketIdentifier, M> {
        self.send_avoiding(message, qos, |_| false)
    }

    /// As [`send`](Self::send), never with an identifier that is in use elsewhere: a client's SUBSCRIBE and UNSUBSCRIBE.
    pub fn send_avoiding(
        &mut self,
        message: M,
        qos: QoS,
        in_use_elsewhere: impl Fn(PacketIdentifier) -> bool,
    ) -> Result<PacketIdentifier, M> {
        if !self.can_send() {
            return Err(message);
        }
        let Some(identifier) = self.allocate_identifier(in_use_elsewhere) else { return Err(message) };
        self.ring.push(identifier, Entry { message, qos, released: false, sent: true });
        self.in_flight += 1;
        Ok(identifier)
    }

    /// Puts a publication in flight that was sent with `identifier`, which came from
    /// [`allocate_identifier`](Self::allocate_identifier). Gives the message back when the identifier is in use or
    /// [`can_send`](Self::can_send) is false.
    pub fn send_as(&mut self, identifier: PacketIdentifier, message: M, qos: QoS) -> Result<(), M> {
        if !self.can_send() || self.ring.contains(identifier) {
            return Err(message);
        }
        self.ring.push(identifier, Entry { message, qos, released: false, sent: true });
        self.in_flight += 1;
        Ok(())
    }

    /// A Packet Identifier for something else that shares the space: SUBSCRIBE and UNSUBSCRIBE.
    pub fn allocate_identifier(
        &mut self,
        in_use_elsewhere: impl Fn(PacketIdentifier) -> bool,
    ) -> Option<PacketIdentifier> {
        let ring = &self.ring;
        self.identifiers.allocate(|identifier| ring.contains(identifier) || in_use_elsewhere(identifier))
    }

    /// A PUBACK came. In order it costs O(1).
    pub fn handle_puback(&mut self, identifier: PacketIdentifier) -> PubAckResult<M> {
        match self.ring.get_mut(identifier) {
            None => PubAckResult::Unknown,
            Some(entry) if entry.qos == QoS::ExactlyOnce => PubAckResult::Violation,
            Some(_) => self.finish(identifier).map_or(PubAckResult::Unknown, PubAckResult::Complete),
        }
    }

    /// A PUBREC came.
    pub fn handle_pubrec(&mut self, identifier: PacketIdentifier, reason: ReasonCode) -> PubRecResult<'_, M> {
        match self.ring.get_mut(identifier) {
            None => return PubRecResult::Unknown,
            Some(entry) if entry.qos != QoS::ExactlyOnce || (entry.released && reason.is_error()) => {
                return PubRecResult::Violation;
            }
            Some(_) => {}
        }
        if reason.is_error() {
            return self.finish(identifier).map_or(PubRecResult::Unknown, PubRecResult::Complete);
        }
        let Some(entry) = self.ring.get_mut(identifier) else { return PubRecResult::Unknown };
        entry.released = true;
        if !entry.sent {
            // The PUBREL that answers this is what would have been sent again.
            entry.sent = true;
            self.in_flight = self.in_flight.saturating_add(1);
        }
        PubRecResult::Release(&mut entry.message)
    }

    /// A PUBCOMP came, with whatever Reason Code: it ends the exchange.
    pub fn handle_pubcomp(&mut self, identifier: PacketIdentifier) -> PubCompResult<M> {
        match self.ring.get_mut(identifier) {
            None => PubCompResult::Unknown,
            Some(entry) if !entry.released => PubCompResult::Violation,
            Some(_) => self.finish(identifier).map_or(PubCompResult::Unknown, PubCompResult::Complete),
        }
    }

    /// Takes a publication out of the window without an acknowledgement, for one that turned out not to be sendable: larger
    /// than the peer's Maximum Packet Size, or expired before it was sent again.
    pub fn abandon(&mut self, identifier: PacketIdentifier) -> Option<M> {
        self.finish(identifier)
    }

    /// The Session is over: empties the window and gives back what was in it, in order.
    pub fn reset(&mut self) -> impl Iterator<Item = M> + use<M> {
        self.in_flight = 0;
        self.unsent_slots = 0;
        self.identifiers = PacketIdentifiers::new();
        self.ring.drain().map(|entry| entry.message)
    }

    /// The publications in order: identifier, QoS, whether PUBREC was received, and what the owner keeps.
    pub fn iter(&self) -> impl Iterator<Item = (PacketIdentifier, QoS, bool, &M)> {
        self.ring.iter().map(|(identifier, entry)| (identifier, entry.qos, entry.released, &entry.message))
    }

    /// What the owner keeps for each publication, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut M> {
        self.ring.iter_mut().map(|entry| &mut entry.message)
    }

    /// What the owner keeps for this publication.
    pub fn get_mut(&mut self, identifier: PacketIdentifier) -> Option<&mut M> {
        self.ring.get_mut(identifier).map(|entry| &mut entry.message)
    }

    /// How many publications are not finished.
    pub const fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were sent on this connection and are not finished.
    pub const fn in_flight(&self) -> u16 {
        self.in_flight
    }

    /// Whether the identifier belongs to an unfinished publication.
    pub fn contains(&self, identifier: PacketIdentifier) -> bool {
        self.ring.contains(identifier)
    }

    fn finish(&mut self, identifier: PacketIdentifier) -> Option<M> {
        let entry = self.ring.remove(identifier)?;
        if entry.sent {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        self.unsent_slots = self.unsent_slots.min(slots_u32(self.ring.slots()));
        Some(entry.message)
    }
}

impl<M> Default for OutboundWindow<M> {
    fn default() -> Self {
        Self::new()
    }
}

/// There are at most 65,535 members and about twice as many slots.
fn slots_u32(slots: usize) -> u32 {
    u32::try_from(slots).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn id(value: u16) -> PacketIdentifier {
        PacketIdentifier::new(value).unwrap()
    }

    fn window(quota: u16) -> OutboundWindow<&'static str> {
        let mut window = OutboundWindow::new();
        window.begin_connection(quota);
        window
    }

    fn resends(window: &mut OutboundWindow<&'static str>) -> Vec<(u16, bool)> {
        let mut all = Vec::new();
        while let Some(resend) = window.next_resend() {
            all.push(match resend {
                Resend::Publish(identifier, _, _) => (identifier.as_u16(), false),
                Resend::Release(identifier) => (identifier.as_u16(), true),
            });
        }
        all
    }

    #[test]
    fn qos1_is_complete_with_its_puback() {
        let mut window = window(10);
        assert_eq!(window.send("a", QoS::AtLeastOnce), Ok(id(1)));
        assert_eq!(window.handle_puback(id(1)), PubAckResult::Complete("a"));
        assert_eq!(window.handle_puback(id(1)), PubAckResult::Unknown);
        assert!(window.is_empty());
    }

    #[test]
    fn qos2_is_complete_with_its_pubcomp() {
        let mut window = window(10);
        assert_eq!(window.send("a", QoS::ExactlyOnce), Ok(id(1)));
        assert_eq!(window.handle_pubcomp(id(1)), PubCompResult::Violation);
        assert_eq!(window.handle_puback(id(1)), PubAckResult::Violation);
        assert_eq!(window.handle_pubrec(id(1), ReasonCode::Success), PubRecResult::Release(&mut "a"));
        assert_eq!(window.handle_pubrec(id(1), ReasonCode::Success), PubRecResult::Release(&mut "a"));
        assert_eq!(window.handle_pubrec(id(1), ReasonCode::QuotaExceeded), PubRecResult::Violation);
        assert_eq!(window.handle_pubcomp(id(1)), PubCompResult::Complete("a"));
        assert_eq!(window.handle_pubcomp(id(1)), PubCompResult::Unknown);
    }

    #[test]
    fn pubrec_with_an_error_ends_the_exchange() {
        let mut window = window(1);
        window.send("a", QoS::ExactlyOnce).unwrap();
        assert!(!window.can_send());
        assert_eq!(window.handle_pubrec(id(1), ReasonCode::NotAuthorized), PubRecResult::Complete("a"));
        assert!(window.can_send());
        assert_eq!(window.handle_pubrec(id(1), ReasonCode::Success), PubRecResult::Unknown);
    }

    #[test]
    fn the_receive_maximum_is_never_exceeded() {
        let mut window = window(2);
        window.send("a", QoS::ExactlyOnce).unwrap();
        window.send("b", QoS::AtLeastOnce).unwrap();
        assert_eq!(window.send("c", QoS::AtLeastOnce), Err("c"));
        window.handle_pubrec(id(1), ReasonCode::Success);
        assert!(!window.can_send(), "PUBREC without an error gives no quota back");
        window.handle_pubcomp(id(1));
        assert_eq!(window.send("c", QoS::AtLeastOnce), Ok(id(3)));
    }

    #[test]
    fn a_new_connection_sends_the_rest_again_in_order() {
        let mut window = window(10);
        for (message, qos) in
            [("a", QoS::AtLeastOnce), ("b", QoS::ExactlyOnce), ("c", QoS::AtLeastOnce), ("d", QoS::ExactlyOnce)]
        {
            window.send(message, qos).unwrap();
        }
        assert!(resends(&mut window).is_empty(), "nothing is sent again on the same connection");
        window.handle_pubrec(id(2), ReasonCode::Success);
        window.handle_puback(id(3));
        window.begin_connection(10);
        assert!(!window.can_send());
        assert_eq!(resends(&mut window), [(1, false), (2, true), (4, false)]);
        assert!(window.can_send());
        assert_eq!(window.in_flight(), 3);
    }

    #[test]
    fn sending_again_waits_for_a_smaller_quota() {
        let mut window = window(10);
        for message in ["a", "b", "c"] {
            window.send(message, QoS::AtLeastOnce).unwrap();
        }
        window.begin_connection(2);
        assert_eq!(resends(&mut window), [(1, false), (2, false)]);
        assert!(!window.can_send());
        window.handle_puback(id(1));
        assert!(!window.can_send(), "the old ones come first");
        assert_eq!(resends(&mut window), [(3, false)]);
        window.handle_puback(id(2));
        assert!(window.can_send());
    }

    #[test]
    fn acknowledgements_of_what_was_not_yet_sent_again_are_taken() {
        let mut window = window(10);
        window.send("a", QoS::AtLeastOnce).unwrap();
        window.send("b", QoS::ExactlyOnce).unwrap();
        window.send("c", QoS::AtLeastOnce).unwrap();
        window.begin_connection(1);
        assert_eq!(resends(&mut window), [(1, false)]);
        assert_eq!(window.handle_puback(id(3)), PubAckResult::Complete("c"));
        assert_eq!(window.handle_pubrec(id(2), ReasonCode::Success), PubRecResult::Release(&mut "b"));
        assert_eq!(window.handle_puback(id(1)), PubAckResult::Complete("a"));
        assert_eq!(window.handle_pubcomp(id(2)), PubCompResult::Complete("b"));
        assert_eq!((window.in_flight(), window.len()), (0, 0));
        assert!(resends(&mut window).is_empty());
        assert!(window.can_send());
    }

    #[test]
    fn a_restored_window_continues_with_the_next_identifier() {
        let mut window = OutboundWindow::new();
        assert!(window.restore(id(7), QoS::ExactlyOnce, true, "a"));
        assert!(window.restore(id(9), QoS::AtLeastOnce, false, "b"));
        assert!(!window.restore(id(9), QoS::AtLeastOnce, false, "c"));
        window.begin_connection(10);
        assert_eq!(resends(&mut window), [(7, true), (9, false)]);
        assert_eq!(window.send("c", QoS::AtLeastOnce), Ok(id(10)));
    }

    #[test]
    fn identifiers_in_use_elsewhere_are_avoided() {
        let mut window = window(10);
        assert_eq!(window.allocate_identifier(|_| false), Some(id(1)));
        assert_eq!(window.send_avoiding("a", QoS::AtLeastOnce, |i| i == id(2)), Ok(id(3)));
    }
}

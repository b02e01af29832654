//! QoS 1 and QoS 2 publications that came from the peer.

use super::ring::Ring;
use crate::codec::{PacketIdentifier, QoS};

/// The Packet Identifiers of publications that were received and are not finished.
///
/// ```text
///               PUBLISH               acknowledged: PUBACK
///  QoS 1:   ------------>  Received  ---------------------->  out
///
///               PUBLISH               acknowledged: PUBREC               PUBREL: PUBCOMP
///  QoS 2:   ------------>  Received  ---------------------->  Recorded  ---------------->  out
///                              |      acknowledged with an error: PUBREC >= 0x80
///                              +----------------------------------------------------------->  out
/// ```
///
/// What is *Received* or *Recorded* is not delivered again when its PUBLISH is repeated: that is what makes QoS 2 exactly
/// once. A new connection of the same Session keeps the QoS 2 identifiers and forgets the QoS 1 ones, which the peer
/// sends again. Spec: 4.3.3 [MQTT-4.3.3-10], 4.4.
///
/// It counts against our own Receive Maximum what was received on this connection. Spec: 3.1.2.11.3, 3.3.4 [MQTT-3.3.4-9].
#[derive(Debug, Clone)]
pub struct InboundWindow {
    ring: Ring<Entry>,
    receive_maximum: u16,
    /// Received on this connection and not finished.
    in_flight: u16,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    qos: QoS,
    /// PUBREC was sent.
    recorded: bool,
    /// Received on this connection, so that it counts.
    counted: bool,
}

/// What to do with a PUBLISH of QoS 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboundPublish {
    /// Deliver it; call [`InboundWindow::acknowledged`] when it is acknowledged.
    New,
    /// It was delivered before. `answer`: PUBREC was already sent, so send it again; otherwise the acknowledgement of the
    /// first one is still to come and serves this one as well.
    Duplicate {
        /// Whether to answer with PUBREC now.
        answer: bool,
    },
    /// The peer exceeds our Receive Maximum: DISCONNECT with 0x93. Spec: 3.3.4 [MQTT-3.3.4-9].
    Exceeded,
}

/// What to answer to a PUBREL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboundRelease {
    /// PUBCOMP.
    Known,
    /// PUBCOMP with *Packet Identifier not found*. Spec: 4.3.3 [MQTT-4.3.3-11], 3.7.2.1.
    Unknown,
    /// PUBREL came before PUBREC was sent: a Protocol Error. Spec: 4.3.3.
    Violation,
}

impl InboundWindow {
    /// An empty window, closed until [`begin_connection`](Self::begin_connection).
    pub const fn new() -> Self {
        Self { ring: Ring::new(), receive_maximum: 0, in_flight: 0 }
    }

    /// Puts back a QoS 2 identifier that was stored; `recorded`: its PUBREC may have been sent. False if it is taken.
    pub fn restore(&mut self, identifier: PacketIdentifier, recorded: bool) -> bool {
        if self.ring.contains(identifier) {
            return false;
        }
        self.ring.push(identifier, Entry { qos: QoS::ExactlyOnce, recorded, counted: false });
        true
    }

    /// A new connection continues the Session. `receive_maximum` is ours.
    ///
    /// QoS 1 identifiers are forgotten: their acknowledgements died with the old connection.
    pub fn begin_connection(&mut self, receive_maximum: u16) {
        self.ring.retain(|_, entry| {
            entry.counted = false;
            entry.qos == QoS::ExactlyOnce
        });
        self.receive_maximum = receive_maximum;
        self.in_flight = 0;
    }

    /// A PUBLISH of QoS 1 or 2 came. In order it costs O(1).
    pub fn handle_publish(&mut self, identifier: PacketIdentifier, qos: QoS) -> InboundPublish {
        // With another QoS it cannot be a repetition: the peer has lost the Session without being able to say so (3.1).
        if self.ring.get_mut(identifier).is_some_and(|entry| entry.qos != qos) {
            self.remove(identifier);
        }
        if let Some(entry) = self.ring.get_mut(identifier) {
            if !entry.counted {
                if self.in_flight >= self.receive_maximum {
                    return InboundPublish::Exceeded;
                }
                entry.counted = true;
                self.in_flight += 1;
            }
            return InboundPublish::Duplicate { answer: entry.recorded };
        }
        if self.in_flight >= self.receive_maximum {
            return InboundPublish::Exceeded;
        }
        self.ring.push(identifier, Entry { qos, recorded: false, counted: true });
        self.in_flight += 1;
        InboundPublish::New
    }

    /// As [`handle_publish`](Self::handle_publish) for QoS 1 when PUBACK follows at once, so that nothing is to be
    /// remembered.
    ///
    /// It is `Exceeded` only when a window that is full of others leaves no room, and `Duplicate` when the identifier is in
    /// use by one of them.
    pub fn handle_publish_acknowledged(&mut self, identifier: PacketIdentifier) -> InboundPublish {
        if self.ring.len() == 0 {
            return if self.receive_maximum == 0 { InboundPublish::Exceeded } else { InboundPublish::New };
        }
        match self.handle_publish(identifier, QoS::AtLeastOnce) {
            InboundPublish::New => {
                self.remove(identifier);
                InboundPublish::New
            }
            other @ (InboundPublish::Duplicate { .. } | InboundPublish::Exceeded) => other,
        }
    }

    /// The owner acknowledges: send PUBACK or PUBREC, with an error if `is_error`.
    ///
    /// Its QoS, which tells the packet to send. `None`: send nothing, because there is no such publication waiting for it, or
    /// because it came on a former connection and was not sent again yet; the answer to its repetition is then
    /// [`InboundPublish::Duplicate`] with `answer`. After a reconnect neither is a fault.
    pub fn acknowledged(&mut self, identifier: PacketIdentifier, is_error: bool) -> Option<QoS> {
        let entry = self.ring.get_mut(identifier)?;
        if entry.recorded {
            return None;
        }
        let (qos, is_here) = (entry.qos, entry.counted);
        if qos == QoS::ExactlyOnce && !is_error {
            entry.recorded = true;
        } else {
            self.remove(identifier);
        }
        is_here.then_some(qos)
    }

    /// A PUBREL came.
    pub fn handle_pubrel(&mut self, identifier: PacketIdentifier) -> InboundRelease {
        match self.ring.get_mut(identifier) {
            None => InboundRelease::Unknown,
            Some(entry) if !entry.recorded => InboundRelease::Violation,
            Some(_) => {
                self.remove(identifier);
                InboundRelease::Known
            }
        }
    }

    /// The Session is over.
    pub fn reset(&mut self) {
        self.ring.retain(|_, _| false);
        self.in_flight = 0;
    }

    /// The unfinished ones in order: identifier, QoS, whether PUBREC was sent.
    pub fn iter(&self) -> impl Iterator<Item = (PacketIdentifier, QoS, bool)> {
        self.ring.iter().map(|(identifier, entry)| (identifier, entry.qos, entry.recorded))
    }

    /// How many are not finished, those of former connections included.
    pub const fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn remove(&mut self, identifier: PacketIdentifier) {
        if self.ring.remove(identifier).is_some_and(|entry| entry.counted) {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }
}

impl Default for InboundWindow {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(value: u16) -> PacketIdentifier {
        PacketIdentifier::new(value).unwrap()
    }

    fn window(receive_maximum: u16) -> InboundWindow {
        let mut window = InboundWindow::new();
        window.begin_connection(receive_maximum);
        window
    }

    #[test]
    fn qos2_is_delivered_once() {
        let mut window = window(10);
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::New);
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::Duplicate { answer: false });
        assert_eq!(window.handle_pubrel(id(3)), InboundRelease::Violation);
        assert_eq!(window.acknowledged(id(3), false), Some(QoS::ExactlyOnce));
        assert_eq!(window.acknowledged(id(3), false), None);
        window.begin_connection(10);
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::Duplicate { answer: true });
        assert_eq!(window.handle_pubrel(id(3)), InboundRelease::Known);
        assert_eq!(window.handle_pubrel(id(3)), InboundRelease::Unknown);
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::New);
    }

    #[test]
    fn pubrec_with_an_error_forgets_the_identifier() {
        let mut window = window(1);
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::New);
        assert_eq!(window.acknowledged(id(3), true), Some(QoS::ExactlyOnce));
        assert_eq!(window.handle_publish(id(3), QoS::ExactlyOnce), InboundPublish::New);
    }

    #[test]
    fn more_than_the_receive_maximum_is_noticed() {
        let mut window = window(2);
        assert_eq!(window.handle_publish(id(1), QoS::AtLeastOnce), InboundPublish::New);
        assert_eq!(window.handle_publish(id(2), QoS::ExactlyOnce), InboundPublish::New);
        assert_eq!(window.handle_publish(id(3), QoS::AtLeastOnce), InboundPublish::Exceeded);
        assert_eq!(window.handle_publish_acknowledged(id(3)), InboundPublish::Exceeded);
        window.acknowledged(id(2), false);
        assert_eq!(window.handle_publish(id(3), QoS::AtLeastOnce), InboundPublish::Exceeded, "PUBREC ends nothing");
        window.handle_pubrel(id(2));
        assert_eq!(window.handle_publish(id(3), QoS::AtLeastOnce), InboundPublish::New);
    }

    #[test]
    fn a_new_connection_forgets_qos1_and_counts_anew() {
        let mut window = window(2);
        window.handle_publish(id(1), QoS::AtLeastOnce);
        window.handle_publish(id(2), QoS::ExactlyOnce);
        window.acknowledged(id(2), false);
        window.begin_connection(2);
        assert_eq!(window.acknowledged(id(1), false), None);
        assert_eq!(window.handle_publish(id(1), QoS::AtLeastOnce), InboundPublish::New);
        assert_eq!(window.handle_publish(id(3), QoS::AtLeastOnce), InboundPublish::New);
        assert_eq!(window.handle_publish(id(2), QoS::ExactlyOnce), InboundPublish::Exceeded);
    }

    #[test]
    fn an_acknowledgement_waits_for_the_repetition_on_a_new_connection() {
        let mut window = window(2);
        window.handle_publish(id(1), QoS::ExactlyOnce);
        window.handle_publish(id(2), QoS::ExactlyOnce);
        window.begin_connection(2);
        assert_eq!(window.acknowledged(id(1), false), None);
        assert_eq!(window.handle_publish(id(1), QoS::ExactlyOnce), InboundPublish::Duplicate { answer: true });
        assert_eq!(window.handle_publish(id(2), QoS::ExactlyOnce), InboundPublish::Duplicate { answer: false });
        assert_eq!(window.acknowledged(id(2), false), Some(QoS::ExactlyOnce));
    }

    #[test]
    fn another_qos_is_another_message() {
        let mut window = window(1);
        window.handle_publish(id(1), QoS::ExactlyOnce);
        window.acknowledged(id(1), false);
        assert_eq!(window.handle_publish(id(1), QoS::AtLeastOnce), InboundPublish::New);
        assert_eq!(window.acknowledged(id(1), false), Some(QoS::AtLeastOnce));
        assert!(window.is_empty());
    }

    #[test]
    fn what_is_acknowledged_at_once_is_not_remembered() {
        let mut window = window(1);
        for _ in 0..3 {
            assert_eq!(window.handle_publish_acknowledged(id(1)), InboundPublish::New);
        }
        assert!(window.is_empty());
    }
}

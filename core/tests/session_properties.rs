//! The two windows against each other, over a link that breaks.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test panics when it fails")]

use polymqtt_core::session::{
    InboundPublish, InboundRelease, InboundWindow, OutboundWindow, PubAckResult, PubCompResult, PubRecResult, Resend,
};
use polymqtt_core::{PacketIdentifier, QoS, ReasonCode};
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy)]
enum Packet {
    Publish(PacketIdentifier, QoS, u32),
    PubAck(PacketIdentifier),
    PubRec(PacketIdentifier),
    PubRel(PacketIdentifier),
    PubComp(PacketIdentifier),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Send(QoS),
    ToReceiver,
    ToSender,
    /// The receiver acknowledges the message that it has had for the longest time, or a later one.
    Acknowledge(usize),
    Break(u16, u16),
}

/// A sender, a receiver, and what is on its way between them.
struct Pair {
    sender: OutboundWindow<u32>,
    receiver: InboundWindow,
    to_receiver: VecDeque<Packet>,
    to_sender: VecDeque<Packet>,
    unacknowledged: Vec<PacketIdentifier>,
    quota: u16,
    /// Numbers that wait, that were sent, that arrived and that are finished.
    waiting: VecDeque<(u32, QoS)>,
    sent: Vec<(u32, QoS)>,
    arrived: Vec<(u32, QoS)>,
    finished: usize,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            sender: OutboundWindow::new(),
            receiver: InboundWindow::new(),
            to_receiver: VecDeque::new(),
            to_sender: VecDeque::new(),
            unacknowledged: Vec::new(),
            quota: 0,
            waiting: VecDeque::new(),
            sent: Vec::new(),
            arrived: Vec::new(),
            finished: 0,
        };
        pair.connect(3, 5);
        pair
    }

    /// A new connection that continues the Session. The sender may go beyond neither limit.
    fn connect(&mut self, receive_maximum: u16, limit: u16) {
        self.to_receiver.clear();
        self.to_sender.clear();
        self.quota = receive_maximum.min(limit);
        self.receiver.begin_connection(receive_maximum);
        let open: Vec<PacketIdentifier> = self.receiver.iter().map(|(identifier, ..)| identifier).collect();
        self.unacknowledged.retain(|identifier| open.contains(identifier));
        self.sender.begin_connection(self.quota);
        self.pump();
    }

    fn pump(&mut self) {
        while let Some(resend) = self.sender.next_resend() {
            self.to_receiver.push_back(match resend {
                Resend::Publish(identifier, qos, number) => Packet::Publish(identifier, qos, *number),
                Resend::Release(identifier) => Packet::PubRel(identifier),
            });
        }
        while self.sender.can_send() {
            let Some((number, qos)) = self.waiting.pop_front() else { break };
            let identifier = self.sender.send(number, qos).unwrap();
            self.to_receiver.push_back(Packet::Publish(identifier, qos, number));
        }
        let publishes = self.to_receiver.iter().filter(|packet| matches!(packet, Packet::Publish(..))).count();
        assert!(publishes <= usize::from(self.quota), "[MQTT-4.9.0-2]");
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Send(qos) => {
                let number = u32::try_from(self.sent.len()).unwrap();
                self.sent.push((number, qos));
                self.waiting.push_back((number, qos));
            }
            Step::ToReceiver => self.receive(),
            Step::ToSender => self.answer(),
            Step::Acknowledge(index) => {
                if !self.unacknowledged.is_empty() {
                    let identifier = self.unacknowledged.remove(index % self.unacknowledged.len());
                    self.acknowledge(identifier);
                }
            }
            Step::Break(receive_maximum, limit) => self.connect(receive_maximum, limit),
        }
        self.pump();
    }

    fn acknowledge(&mut self, identifier: PacketIdentifier) {
        match self.receiver.acknowledged(identifier, false) {
            Some(QoS::ExactlyOnce) => self.to_sender.push_back(Packet::PubRec(identifier)),
            Some(QoS::AtLeastOnce) => self.to_sender.push_back(Packet::PubAck(identifier)),
            Some(QoS::AtMostOnce) | None => {}
        }
    }

    fn receive(&mut self) {
        match self.to_receiver.pop_front() {
            Some(Packet::Publish(identifier, qos, number)) => match self.receiver.handle_publish(identifier, qos) {
                InboundPublish::New => {
                    self.arrived.push((number, qos));
                    self.unacknowledged.push(identifier);
                }
                InboundPublish::Duplicate { answer: true } => self.to_sender.push_back(Packet::PubRec(identifier)),
                InboundPublish::Duplicate { answer: false } => {}
                InboundPublish::Exceeded => panic!("the sender keeps to the Receive Maximum"),
            },
            Some(Packet::PubRel(identifier)) => {
                assert_ne!(self.receiver.handle_pubrel(identifier), InboundRelease::Violation);
                self.to_sender.push_back(Packet::PubComp(identifier));
            }
            Some(packet) => panic!("{packet:?} goes the other way"),
            None => {}
        }
    }

    fn answer(&mut self) {
        match self.to_sender.pop_front() {
            Some(Packet::PubAck(identifier)) => match self.sender.handle_puback(identifier) {
                PubAckResult::Complete(_) => self.finished += 1,
                other @ (PubAckResult::Unknown | PubAckResult::Violation) => panic!("{other:?}"),
            },
            Some(Packet::PubRec(identifier)) => match self.sender.handle_pubrec(identifier, ReasonCode::Success) {
                PubRecResult::Release(_) => self.to_receiver.push_back(Packet::PubRel(identifier)),
                other @ (PubRecResult::Complete(_) | PubRecResult::Unknown | PubRecResult::Violation) => {
                    panic!("{other:?}")
                }
            },
            Some(Packet::PubComp(identifier)) => match self.sender.handle_pubcomp(identifier) {
                PubCompResult::Complete(_) => self.finished += 1,
                other @ (PubCompResult::Unknown | PubCompResult::Violation) => panic!("{other:?}"),
            },
            Some(packet) => panic!("{packet:?} goes the other way"),
            None => {}
        }
    }

    /// Without further breaks, until nothing is left to do.
    fn finish(&mut self) {
        while !self.to_receiver.is_empty() || !self.to_sender.is_empty() || !self.unacknowledged.is_empty() {
            for step in [Step::ToReceiver, Step::ToSender, Step::Acknowledge(0)] {
                self.step(step);
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::sample::select(vec![QoS::AtLeastOnce, QoS::ExactlyOnce]).prop_map(Step::Send),
        8 => Just(Step::ToReceiver),
        8 => Just(Step::ToSender),
        6 => (0usize..5).prop_map(Step::Acknowledge),
        1 => (1u16..6, 1u16..6).prop_map(|(receive_maximum, limit)| Step::Break(receive_maximum, limit)),
    ];
    prop::collection::vec(step, 0..300)
}

proptest! {
    #[test]
    fn everything_arrives_as_its_qos_promises(steps in steps()) {
        let mut pair = Pair::new();
        for step in steps {
            pair.step(step);
        }
        pair.finish();
        prop_assert_eq!(pair.finished, pair.sent.len());
        prop_assert!(pair.sender.is_empty() && pair.receiver.is_empty() && pair.sender.can_send());
        let numbers = |all: &[(u32, QoS)], wanted: QoS| -> Vec<u32> {
            all.iter().filter(|(_, qos)| *qos == wanted).map(|(number, _)| *number).collect()
        };
        prop_assert_eq!(numbers(&pair.arrived, QoS::ExactlyOnce), numbers(&pair.sent, QoS::ExactlyOnce));
        let mut first = numbers(&pair.arrived, QoS::AtLeastOnce);
        let mut seen = std::collections::BTreeSet::new();
        first.retain(|number| seen.insert(*number));
        prop_assert_eq!(first, numbers(&pair.sent, QoS::AtLeastOnce));
    }
}

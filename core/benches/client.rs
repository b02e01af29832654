//! What the client costs for each message.
//!
//! `cargo bench -p polymqtt-core --bench client` prints nanoseconds per message: the least of many rounds.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a program for developers")]

use core::hint::black_box;
use polymqtt_core::client::{Client, ClientOptions};
use polymqtt_core::codec::{Acknowledgement, Packet, PacketIdentifier, Publish};
use polymqtt_core::topic::TopicName;
use polymqtt_core::{Message, ProtocolVersion, QoS, ReasonCode, Time};
use std::time::Instant;

const TOPIC: &str = "sensors/hall-7/temperature";
const BATCH: u16 = 100;
const NOW: Time = Time::ZERO;

fn main() {
    for (name, connack) in [
        ("without_aliases", &[0x20, 0x03, 0x00, 0x00, 0x00][..]),
        ("with_aliases", &[0x20, 0x06, 0x00, 0x00, 0x03, 0x22, 0x00, 0x10]),
    ] {
        publish_qos0(name, connack);
        publish_qos1(name, connack);
    }
    receive(QoS::AtMostOnce);
    receive(QoS::AtLeastOnce);
}

fn publish_qos0(name: &str, connack: &[u8]) {
    let mut client = connected(connack);
    let message = message(QoS::AtMostOnce);
    measure(&format!("publish_qos0_{name}"), || {
        for _ in 0..BATCH {
            client.publish(message.clone(), NOW).unwrap();
        }
        transmit(&mut client);
    });
}

fn publish_qos1(name: &str, connack: &[u8]) {
    let mut client = connected(connack);
    let message = message(QoS::AtLeastOnce);
    let mut next = 0_u16;
    measure(&format!("publish_qos1_{name}"), || {
        let mut acknowledgements = Vec::new();
        for _ in 0..BATCH {
            client.publish(message.clone(), NOW).unwrap();
            next = next.checked_add(1).unwrap_or(1);
            let identifier = PacketIdentifier::new(next).unwrap();
            Packet::PubAck(Acknowledgement::new(identifier, ReasonCode::Success))
                .encode(ProtocolVersion::V5_0, &mut acknowledgements)
                .unwrap();
        }
        transmit(&mut client);
        client.handle_input(&acknowledgements, NOW);
        transmit(&mut client);
    });
}

fn receive(qos: QoS) {
    let mut client = connected(&[0x20, 0x03, 0x00, 0x00, 0x00]);
    let mut input = Vec::new();
    for number in 1..=BATCH {
        let packet_identifier = PacketIdentifier::new(number).filter(|_| qos != QoS::AtMostOnce);
        let publish = Publish { qos, packet_identifier, ..Publish::new(TopicName::new(TOPIC).unwrap(), &[0x55; 64]) };
        Packet::Publish(publish).encode(ProtocolVersion::V5_0, &mut input).unwrap();
    }
    measure(&format!("receive_qos{}", qos.as_u8()), || {
        client.handle_input(&input, NOW);
        transmit(&mut client);
    });
}

fn connected(connack: &[u8]) -> Client {
    let options = ClientOptions { client_identifier: "c".into(), ..ClientOptions::default() };
    let mut client = Client::new(options).unwrap();
    client.connect(NOW).unwrap();
    transmit(&mut client);
    client.handle_connected(NOW);
    transmit(&mut client);
    client.handle_input(connack, NOW);
    transmit(&mut client);
    client
}

fn message(qos: QoS) -> Message {
    Message::new(TopicName::new(TOPIC).unwrap(), vec![0x55; 64]).with_qos(qos)
}

/// What a driver does: polls, writes, polls.
fn transmit(client: &mut Client) {
    while let Some(output) = client.poll_output() {
        black_box(&output);
    }
    let len = client.transmit_slices().map(<[u8]>::len).sum();
    client.transmitted(len, NOW);
    while let Some(output) = client.poll_output() {
        black_box(&output);
    }
}

fn measure(name: &str, mut round: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..2000 {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:32} {:7.1} ns", best * 1e9 / f64::from(BATCH));
}

//! How long the codec takes for the packets that come most often.
//!
//! `cargo bench -p polymqtt-core --bench codec [-- NAME]` prints nanoseconds per call: the least of many rounds, which is
//! what the code needs when nothing else disturbs it. For instructions, which do not depend on the machine's mood, run the
//! same program with a NAME and `ROUNDS=1` under `valgrind --tool=callgrind`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "this is a program for developers")]

use core::hint::black_box;
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{
    Acknowledgement, DecodeOptions, Decoder, Packet, PacketIdentifier, PropertiesBuf, Property, PropertyRewrite,
    ProtocolVersion, Publish, QoS, decode,
};
use polymqtt_core::topic::TopicName;
use std::time::Instant;

const TOPIC: &str = "sensors/hall-7/temperature";
const V3_1_1: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5_0: ProtocolVersion = ProtocolVersion::V5_0;

fn main() {
    let properties = three_properties();
    let payload = [0x55; 64];
    let plain = Publish::new(TopicName::new(TOPIC).unwrap(), &payload);
    let rich = Publish {
        qos: QoS::AtLeastOnce,
        packet_identifier: PacketIdentifier::new(7),
        properties: properties.as_properties(),
        ..plain
    };
    let puback = Packet::PubAck(Acknowledgement::new(PacketIdentifier::MIN, ReasonCode::Success));

    decoding("decode_publish_64_v3_1_1", Packet::Publish(plain), V3_1_1);
    decoding("decode_publish_64_v5_0_no_properties", Packet::Publish(plain), V5_0);
    decoding("decode_publish_64_v5_0_three_properties", Packet::Publish(rich), V5_0);
    decoding("decode_puback_v5_0", puback, V5_0);
    encoding("encode_publish_64_v3_1_1", Packet::Publish(plain), V3_1_1);
    encoding("encode_publish_64_v5_0_no_properties", Packet::Publish(plain), V5_0);
    encoding("encode_publish_64_v5_0_three_properties", Packet::Publish(rich), V5_0);
    encoding("encode_puback_v5_0", puback, V5_0);
    heads(&rich);
    streams(Packet::Publish(plain));
}

fn decoding(name: &str, packet: Packet<'_>, version: ProtocolVersion) {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).unwrap();
    let options = DecodeOptions::from_client(version);
    measure(name, 1, || {
        black_box(&decode(black_box(&bytes), black_box(&options)));
    });
}

fn encoding(name: &str, packet: Packet<'_>, version: ProtocolVersion) {
    let mut out = Vec::with_capacity(4096);
    measure(name, 1, || {
        out.clear();
        black_box(black_box(&packet).encode(version, &mut out).is_ok());
        black_box(&out);
    });
}

fn heads(publish: &Publish<'_>) {
    let mut out = Vec::with_capacity(4096);
    let rewrite =
        PropertyRewrite { message_expiry_interval_s: Some(50), topic_alias: None, subscription_identifiers: &[3] };
    measure("encode_head_rewritten_v5_0_three_properties", 1, || {
        out.clear();
        black_box(black_box(publish).encode_head(V5_0, black_box(&rewrite), &mut out).is_ok());
        black_box(&out);
    });
}

/// A hundred packets in one piece, as a socket gives them.
fn streams(packet: Packet<'_>) {
    let mut bytes = Vec::new();
    for _ in 0..100 {
        packet.encode(V3_1_1, &mut bytes).unwrap();
    }
    let mut decoder = Decoder::new(DecodeOptions::from_client(V3_1_1));
    measure("decoder_publish_64_v3_1_1_each_of_100", 100, || {
        let mut input = black_box(bytes.as_slice());
        while let Ok(Some(packet)) = decoder.next(&mut input) {
            black_box(&packet);
        }
    });
}

fn three_properties() -> PropertiesBuf {
    PropertiesBuf::new()
        .with(Property::MessageExpiryInterval(60))
        .and_then(|properties| properties.with(Property::ContentType("application/json")))
        .and_then(|properties| properties.with(Property::UserProperty(("site", "north"))))
        .unwrap()
}

/// Prints the least time of a call among many rounds; `items` is how many packets a call handles.
fn measure(name: &str, items: u32, mut call: impl FnMut()) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if wanted.is_some_and(|wanted| wanted != name) {
        return;
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    let mut least = f64::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<48} {:>8.2} ns", least * 1e9 / f64::from(CALLS) / f64::from(items));
}

const CALLS: u32 = 2_000;

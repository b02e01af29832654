//! Every malformed packet of the vectors over a real socket: it gets its answer, and nobody else notices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

mod support;
#[allow(dead_code, reason = "texts in quotes of their own stand in other vectors")]
#[path = "../../core/tests/vector_file/mod.rs"]
mod vector_file;

use polymqtt_broker::Broker;
use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::broker::BrokerOptions;
use polymqtt_broker::polymqtt_core::codec::{
    DecodeError, DecodeOptions, PacketType, ProtocolVersion, QoS, Side, decode,
};
use support::{Raw, on_tcp};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

struct Case {
    name: String,
    version: ProtocolVersion,
    bytes: Vec<u8>,
    /// What the codec says of them when a client has sent them.
    error: DecodeError,
    reason: String,
    is_for_clients: bool,
}

/// The limits that a group of cases needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the names of the keys of the vectors")]
struct Limits {
    packet_size_max: Option<u32>,
    properties_max: Option<u16>,
    topic_levels_max: Option<u16>,
}

impl Limits {
    fn options(self) -> BrokerOptions {
        let defaults = BrokerOptions::default();
        BrokerOptions {
            packet_size_bytes_max: self.packet_size_max.unwrap_or(268_435_460),
            connect_size_bytes_max: self.packet_size_max.unwrap_or(268_435_460),
            properties_max: self.properties_max.unwrap_or(defaults.properties_max),
            topic_levels_max: self.topic_levels_max.unwrap_or(u16::MAX),
            ..defaults
        }
    }
}

#[tokio::test]
async fn each_malformed_packet_gets_its_answer_and_disturbs_nobody() {
    for shards in [1, 3] {
        for (limits, cases) in groups() {
            let broker = on_tcp(Broker::builder().shards(shards).options(limits.options()));
            let mut bystanders = Bystanders::new(&broker).await;
            for case in &cases {
                if case.error.packet_type() == Some(PacketType::Connect) {
                    let mut raw = Raw::tcp(&broker, case.error.protocol_version()).await;
                    let _ = raw.send_bytes(&case.bytes).await;
                    expect(&mut raw, case, connect_answer(case.error)).await;
                } else {
                    let mut raw = Raw::connected(&broker, case.version, "culprit").await;
                    let _ = raw.send_bytes(&case.bytes).await;
                    let answer = (case.version == V5).then(|| "DISCONNECT".to_owned() + &reason(case.error));
                    expect(&mut raw, case, answer).await;
                    // Without a CONNECT before it there is no answer at all.
                    let mut raw = Raw::tcp(&broker, case.version).await;
                    let _ = raw.send_bytes(&case.bytes).await;
                    expect(&mut raw, case, None).await;
                }
                bystanders.exchange().await;
            }
        }
    }
}

/// One message goes on after the other.
struct Bystanders {
    sender: Raw,
    receiver: Raw,
}

impl Bystanders {
    async fn new(broker: &Broker) -> Self {
        let mut receiver = Raw::connected(broker, V5, "bystander").await;
        receiver.subscribe("traffic", QoS::AtMostOnce).await;
        Self { sender: Raw::connected(broker, ProtocolVersion::V3_1_1, "other bystander").await, receiver }
    }

    async fn exchange(&mut self) {
        self.sender.publish("traffic", b"goes on", QoS::AtLeastOnce, false).await;
        assert!(self.sender.receive().await.starts_with("PUBACK"));
        assert!(self.receiver.receive().await.starts_with("PUBLISH"));
    }
}

async fn expect(raw: &mut Raw, case: &Case, answer: Option<String>) {
    let name = &case.name;
    if case.is_for_clients {
        assert_eq!(format!("0x{:02x}", case.error.reason_code().as_u8()), case.reason, "{name}");
    }
    let mut received = raw.receive().await;
    if let Some(answer) = answer {
        // The Reason String is for people.
        let (head, _) = received.split_once(" properties=").unwrap_or((&received, ""));
        assert_eq!(head, answer, "{name}: {received}");
        received = raw.receive().await;
    }
    assert_eq!(received, "end", "{name}");
}

/// Clients of 5.0 learn why; before, only what has a return code is told. Spec: 3.1.4 [MQTT-3.1.4-1].
fn connect_answer(error: DecodeError) -> Option<String> {
    let is_v5 = error.protocol_version() == V5;
    let has_return_code =
        matches!(error.reason_code(), ReasonCode::UnsupportedProtocolVersion | ReasonCode::ClientIdentifierNotValid);
    (is_v5 || has_return_code).then(|| "CONNACK session_present=0".to_owned() + &reason(error))
}

fn reason(error: DecodeError) -> String {
    format!(" reason_code=0x{:02x}", error.reason_code().as_u8())
}

/// The cases, by the limits that they need.
fn groups() -> Vec<(Limits, Vec<Case>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/vectors/malformed.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut groups: Vec<(Limits, Vec<Case>)> = Vec::new();
    for case in vector_file::parse(&text) {
        let number = |key| case.raw(key).map(|text| text.parse::<u32>().unwrap());
        let short = |key| number(key).map(|number| u16::try_from(number).unwrap());
        let limits = Limits {
            packet_size_max: number("packet_size_max"),
            properties_max: short("properties_max"),
            topic_levels_max: short("topic_levels_max"),
        };
        let Some(case) = read(&case, limits) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == limits) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((limits, vec![case])),
        }
    }
    assert!(groups.iter().map(|(_, cases)| cases.len()).sum::<usize>() > 900);
    groups
}

/// `None`: only from a server would it be wrong.
fn read(case: &vector_file::Case<'_>, limits: Limits) -> Option<Case> {
    let version = match case.raw("version").unwrap() {
        "3.1" => ProtocolVersion::V3_1,
        "3.1.1" => ProtocolVersion::V3_1_1,
        "5.0" => V5,
        other => panic!("{}: version {other}", case.name),
    };
    let bytes = bytes(case.raw("bytes").unwrap());
    let options = limits.options();
    let options = DecodeOptions {
        version,
        sender: Some(Side::Client),
        packet_size_max: options.packet_size_bytes_max,
        properties_max: options.properties_max,
        topic_levels_max: options.topic_levels_max,
    };
    let Err(error) = decode(&bytes, &options) else {
        assert_eq!(case.raw("sender"), Some("server"), "{}", case.name);
        return None;
    };
    // A CONNECT names its version itself; until it has, the broker assumes the newest.
    let is_connect = error.packet_type() == Some(PacketType::Connect);
    let version = if is_connect { V5 } else { version };
    let error = decode(&bytes, &DecodeOptions { version, ..options }).expect_err(case.name);
    Some(Case {
        name: case.name.to_owned(),
        version,
        bytes,
        error,
        reason: case.raw("reason").unwrap().to_owned(),
        is_for_clients: case.raw("sender") == Some("client"),
    })
}

/// Hexadecimal digits, in which `{TEXT*COUNT}` stands for TEXT as many times.
fn bytes(value: &str) -> Vec<u8> {
    let mut digits = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        let (run, tail) = after.split_once('}').unwrap();
        let (text, count) = run.rsplit_once('*').unwrap();
        digits.push_str(before);
        digits.push_str(&text.repeat(count.parse().unwrap()));
        rest = tail;
    }
    digits.push_str(rest);
    digits.retain(|digit| digit != ' ');
    let pair = |index: usize| u8::from_str_radix(&digits[index..index + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

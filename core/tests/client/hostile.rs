//! Whatever the server sends and whenever: no panic, no packet that the standard forbids, every token settles once.

use crate::scripted::*;
use polymqtt_core::client::*;
use polymqtt_core::codec::text;
use polymqtt_core::{ProtocolVersion, QoS, ReasonCode};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What the server may say, right or wrong; `ID` stands for a Packet Identifier.
const PACKETS: [&str; 18] = [
    "CONNACK session_present=0 reason_code=0x00 properties=[receive_maximum=2 topic_alias_maximum=3]",
    "CONNACK session_present=1 reason_code=0x00 properties=[maximum_packet_size=30 maximum_qos=1]",
    "CONNACK session_present=0 reason_code=0x88 properties=[]",
    "PUBLISH dup=0 qos=0 retain=0 topic=\"response/c\" properties=[correlation_data=0000000000000001] payload=31",
    "PUBLISH dup=0 qos=1 retain=0 topic=\"a\" packet_identifier=ID properties=[topic_alias=2] payload=31",
    "PUBLISH dup=1 qos=2 retain=0 topic=\"\" packet_identifier=ID properties=[topic_alias=2] payload=31",
    "PUBLISH dup=0 qos=2 retain=1 topic=\"a/b\" packet_identifier=ID properties=[] payload=31",
    "PUBACK packet_identifier=ID reason_code=0x00 properties=[]",
    "PUBACK packet_identifier=ID reason_code=0x10 properties=[]",
    "PUBREC packet_identifier=ID reason_code=0x00 properties=[]",
    "PUBREC packet_identifier=ID reason_code=0x83 properties=[]",
    "PUBREL packet_identifier=ID reason_code=0x00 properties=[]",
    "PUBCOMP packet_identifier=ID reason_code=0x00 properties=[]",
    "SUBACK packet_identifier=ID properties=[] reason_codes=[0x00]",
    "SUBACK packet_identifier=ID properties=[] reason_codes=[0x87]",
    "UNSUBACK packet_identifier=ID properties=[] reason_codes=[0x00]",
    "DISCONNECT reason_code=0x8b properties=[]",
    "PINGRESP",
];

#[derive(Debug, Clone)]
enum Step {
    Publish(u8, bool),
    Request,
    Subscribe,
    Unsubscribe,
    Cancel(u64),
    Acknowledge(u64),
    Receive(usize, u16),
    Answer,
    Mutated(usize, u16, usize, u8),
    Garbage(Vec<u8>),
    Lose,
    Pass(u64),
    Disconnect,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u8..3, any::<bool>()).prop_map(|(qos, expires)| Step::Publish(qos, expires)),
        1 => Just(Step::Request),
        1 => Just(Step::Subscribe),
        1 => Just(Step::Unsubscribe),
        1 => (1u64..20).prop_map(Step::Cancel),
        2 => (1u64..20).prop_map(Step::Acknowledge),
        8 => (0..PACKETS.len(), 1u16..6).prop_map(|(index, id)| Step::Receive(index, id)),
        8 => Just(Step::Answer),
        1 => (0..PACKETS.len(), 1u16..6, 0usize..40, any::<u8>())
            .prop_map(|(index, id, at, byte)| Step::Mutated(index, id, at, byte)),
        1 => prop::collection::vec(any::<u8>(), 1..20).prop_map(Step::Garbage),
        1 => Just(Step::Lose),
        2 => (1u64..40_000).prop_map(Step::Pass),
        1 => Just(Step::Disconnect),
    ];
    prop::collection::vec(step, 1..120)
}

fn bytes(index: usize, id: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packet = PACKETS[index].replace("ID", &id.to_string());
    text::encode(&packet, ProtocolVersion::V5_0, &mut bytes).unwrap();
    bytes
}

/// What a good server says to a packet.
fn answer(packet: &str) -> Option<String> {
    let (kind, rest) = packet.split_once(' ').unwrap_or((packet, ""));
    let id = rest.split("packet_identifier=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("");
    let ok = "reason_code=0x00 properties=[]";
    Some(match kind {
        "CONNECT" => "CONNACK session_present=0 reason_code=0x00 properties=[receive_maximum=3]".to_owned(),
        "PUBLISH" if rest.contains("qos=1") => format!("PUBACK packet_identifier={id} {ok}"),
        "PUBLISH" if rest.contains("qos=2") => format!("PUBREC packet_identifier={id} {ok}"),
        "PUBREL" => format!("PUBCOMP packet_identifier={id} {ok}"),
        "PUBREC" => format!("PUBREL packet_identifier={id} {ok}"),
        "SUBSCRIBE" => format!("SUBACK packet_identifier={id} properties=[] reason_codes=[0x00]"),
        "UNSUBSCRIBE" => format!("UNSUBACK packet_identifier={id} properties=[] reason_codes=[0x00]"),
        "PINGREQ" => "PINGRESP".to_owned(),
        _ => return None,
    })
}

struct Run {
    t: Scripted,
    open: BTreeSet<u64>,
    unanswered: Vec<String>,
}

impl Run {
    fn new(options: ClientOptions) -> Self {
        let mut run = Self { t: Scripted::new(options), open: BTreeSet::new(), unanswered: Vec::new() };
        run.t.connect();
        run
    }

    fn step(&mut self, step: &Step) {
        let t = &mut self.t;
        let token = match step {
            Step::Publish(qos, false) => t.publish(message("topic", "payload", *qos)),
            Step::Publish(qos, true) => t.publish(expiring(message("topic", "payload", *qos), 5)),
            Step::Request => t.request(message("do", "", 1)),
            Step::Subscribe => t.subscribe("a/#", QoS::AtLeastOnce),
            Step::Unsubscribe => t.unsubscribe("a/#"),
            Step::Cancel(number) => {
                t.client.cancel(Token::from_u64(*number));
                Err(UsageError::NotConnected)
            }
            Step::Acknowledge(number) => {
                let handle = AcknowledgementHandle::from_u64(*number);
                t.client.acknowledge(handle, ReasonCode::Success, t.now).ok();
                Err(UsageError::NotConnected)
            }
            other => {
                self.event(other);
                return self.look();
            }
        };
        self.open.extend(token.ok());
        self.t.drain();
        self.look();
    }

    fn event(&mut self, step: &Step) {
        let t = &mut self.t;
        match step {
            Step::Receive(index, id) => t.receive_bytes(&bytes(*index, *id)),
            Step::Mutated(index, id, at, byte) => {
                let mut bytes = bytes(*index, *id);
                let at = at % bytes.len();
                bytes[at] ^= byte;
                t.receive_bytes(&bytes);
            }
            Step::Garbage(bytes) => t.receive_bytes(bytes),
            Step::Answer if !self.unanswered.is_empty() => t.receive(&self.unanswered.remove(0)),
            Step::Lose => t.lose_connection(),
            Step::Pass(ms) => t.pass_ms(*ms),
            Step::Disconnect => {
                t.client.disconnect(DisconnectOptions::default(), t.now).ok();
                t.drain();
                t.connect();
            }
            _ => {}
        }
    }

    /// Tokens settle once; what was sent waits for an answer, which a new connection makes void.
    fn look(&mut self) {
        for packet in self.t.sent() {
            if packet == "connect" || packet == "close" {
                self.unanswered.clear();
            }
            self.unanswered.extend(answer(&packet));
        }
        for event in self.t.raw_events() {
            assert!(!event.to_string().contains('\n'));
            if let Event::Settled { token, outcome } = event {
                assert!(self.open.remove(&token.as_u64()), "{token:?} settles once: {outcome:?}");
            }
        }
        if self.t.client.state() == State::Closed {
            self.t.connect();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_hostile_server_breaks_nothing(steps in steps(), manual in any::<bool>(), in_flight_max in 1u16..4) {
        let acknowledgement = if manual { Acknowledgement::Manual } else { Acknowledgement::Automatic };
        let queue = QueueOptions { messages_max: 5, bytes_max: 1000, when_full: WhenFull::DropQoS0First };
        let options = ClientOptions { acknowledgement, in_flight_max, queue, receive_maximum: 4, ..lasting() };
        let mut run = Run::new(options);
        for step in &steps {
            run.step(step);
        }
        run.t.client.disconnect(DisconnectOptions::default(), run.t.now).ok();
        run.t.drain();
        run.look();
        prop_assert!(run.open.is_empty(), "{:?} have not settled", run.open);
    }
}

//! Mutated conversations: whatever comes, nothing panics, nothing grows without bound, and a bystander's traffic goes on.
//!
//! `POLYMQTT_FUZZ_COUNT` says how many (100,000 without it), `POLYMQTT_FUZZ_SEED` which ones. A failure names its seed.

use crate::kit::{Spec, World, ack, properties_of};
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{AuthenticationStep, ConnectAttempt, ConnectDecision, ConnectGrant, Policy};
use polymqtt_core::codec::{
    Auth, Disconnect, Packet, PacketIdentifier, Property, ProtocolVersion, Publish, QoS, Subscribe,
    SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, Unsubscribe,
};
use polymqtt_core::topic::{TopicFilter, TopicName};

/// xorshift64*: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Allows, except that a CONNECT with an authentication method or the user `ask` is asked about.
struct Asking;

impl Policy for Asking {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        let asks =
            attempt.connect.properties.authentication_method().is_some() || attempt.connect.user_name == Some("ask");
        if asks { ConnectDecision::Ask } else { ConnectDecision::Allow(ConnectGrant::default()) }
    }
}

#[test]
fn mutated_conversations_disturb_nobody() {
    let number = |name, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let count = number("POLYMQTT_FUZZ_COUNT", 100_000_u64);
    let first = number("POLYMQTT_FUZZ_SEED", 1_u64);
    let mut world = None;
    for seed in first..first + count {
        if (seed - first).is_multiple_of(CONVERSATIONS_PER_WORLD) {
            world = Some(fresh_world(seed));
        }
        let failed = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            converse(world.as_mut().unwrap(), &mut Random::new(seed));
        }));
        assert!(
            failed.is_ok(),
            "POLYMQTT_FUZZ_SEED={} POLYMQTT_FUZZ_COUNT={CONVERSATIONS_PER_WORLD}",
            seed - (seed - first) % CONVERSATIONS_PER_WORLD
        );
    }
}

fn fresh_world(seed: u64) -> World {
    let shards = [1, 1, 2, 4][usize::try_from(seed / CONVERSATIONS_PER_WORLD % 4).unwrap()];
    let has_store = (seed / CONVERSATIONS_PER_WORLD).is_multiple_of(3);
    let mut world = World::with_policy(
        shards,
        |options| {
            options.store = has_store;
            options.sessions_max = 40;
            options.retained_messages_max = 50;
            options.topic_alias_maximum = 5;
            options.receive_maximum = 20;
            options.queue_messages_max = 10;
            options.packet_size_bytes_max = 100_000;
            options.outgoing_bytes_max = 2_000;
        },
        || Box::new(Asking),
    );
    world.connect(&Spec::v5(BYSTANDERS[0]).keep_alive(0));
    world.connect(&Spec::v4(BYSTANDERS[1]));
    world.subscribe(BYSTANDERS[0], BYSTANDERS[2], 1);
    world
}

/// One attacker's connection, then a message between the bystanders.
fn converse(world: &mut World, random: &mut Random) {
    let version =
        *random.pick(&[ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5_0, ProtocolVersion::V5_0]);
    let bytes = mutated(conversation(version, random), random);
    let shard = random.below(world.shards.len());
    world.open("attacker", shard);
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let (now, later) = rest.split_at(1 + random.below(rest.len()));
        world.send_bytes("attacker", now);
        answer_questions(world, random);
        rest = later;
    }
    if random.below(4) == 0 {
        world.pass_ms(random.next() % 20_000);
    }
    if random.below(8) > 0 && !world.is_closed("attacker") {
        world.break_off("attacker");
    }
    world.take_events();
    world.stored.drain(..world.stored.len().saturating_sub(1));
    world.take(BYSTANDERS[0]);
    let payload = random.next().to_string();
    world.publish(BYSTANDERS[1], BYSTANDERS[2], &payload, 1, 1);
    let got = world.take(BYSTANDERS[0]);
    assert!(got.len() == 1 && got[0].starts_with(&format!("publish {}={payload} q1 #", BYSTANDERS[2])), "{got:?}");
    let identifier = got[0].rsplit('#').next().unwrap().parse().unwrap();
    world.puback(BYSTANDERS[0], identifier);
    assert_eq!(world.take(BYSTANDERS[1]), ["puback #1"]);
    let sessions: usize = world.shards.iter().map(|shard| shard.sessions().count()).sum();
    assert!(sessions <= 40 * world.shards.len());
}

fn answer_questions(world: &mut World, random: &mut Random) {
    let asks = world
        .take_events()
        .iter()
        .any(|event| event.starts_with("connect_request") || event.starts_with("authentication"));
    let (shard, connection, now) = (world.clients["attacker"].shard, world.clients["attacker"].connection, world.now());
    let broker = &mut world.shards[shard];
    // Wrong answers are refused, right ones taken: neither may do harm.
    let _ = match (asks, random.below(4)) {
        (false, _) => Ok(()),
        (true, 0) => broker.accept_connect(connection, &ConnectGrant::default(), now),
        (true, 1) => broker.reject_connect(connection, &ReasonCode::Banned.into(), now),
        (true, 2) => broker.authenticate(connection, AuthenticationStep::Success(ConnectGrant::default()), now),
        (true, _) => broker.authenticate(connection, AuthenticationStep::Continue { data: None }, now),
    };
    world.run();
}

/// A valid conversation of some packets, each by itself.
fn conversation(version: ProtocolVersion, random: &mut Random) -> Vec<Vec<u8>> {
    let mut packets = vec![connect(version, random)];
    for _ in 0..random.below(8) {
        packets.push(packet(version, random));
    }
    packets
}

fn connect(version: ProtocolVersion, random: &mut Random) -> Vec<u8> {
    let name = format!("x{}", random.below(6));
    let mut spec = match version {
        ProtocolVersion::V3_1 => Spec::v3(&name),
        ProtocolVersion::V3_1_1 => Spec::v4(&name),
        ProtocolVersion::V5_0 => Spec::v5(&name),
    };
    if random.below(2) == 0 {
        spec = spec.resume();
    }
    if random.below(3) == 0 {
        spec = spec.will_with(
            random.pick::<&str>(TOPICS),
            "will",
            u8::try_from(random.below(3)).unwrap(),
            random.below(2) == 0,
            &[],
        );
    }
    if random.below(6) == 0 {
        spec = spec.user("ask");
    }
    if version == ProtocolVersion::V5_0 {
        let all = [
            Property::SessionExpiryInterval(30),
            Property::ReceiveMaximum(2),
            Property::MaximumPacketSize(60),
            Property::TopicAliasMaximum(3),
            Property::RequestProblemInformation(0),
            Property::AuthenticationMethod("m"),
        ];
        for property in all {
            if random.below(4) == 0 {
                spec = spec.with(property);
            }
        }
    }
    spec.keep_alive(u16::try_from(random.below(3)).unwrap() * 5).bytes()
}

fn packet(version: ProtocolVersion, random: &mut Random) -> Vec<u8> {
    let is_v5 = version == ProtocolVersion::V5_0;
    let identifier = 1 + u16::try_from(random.below(4)).unwrap();
    let packet_identifier = PacketIdentifier::new(identifier).unwrap();
    let mut bytes = Vec::new();
    let mut write = |packet: Packet<'_>| packet.encode(version, &mut bytes).map(|_| ()).unwrap();
    match random.below(12) {
        0..=4 => {
            let qos = QoS::from_u8(u8::try_from(random.below(3)).unwrap()).unwrap();
            let mut list = Vec::new();
            if is_v5 && random.below(2) == 0 {
                list.push(Property::TopicAlias(1 + u16::try_from(random.below(5)).unwrap()));
            }
            if is_v5 && random.below(3) == 0 {
                list.push(Property::MessageExpiryInterval(5));
            }
            let properties = properties_of(&list);
            write(Packet::Publish(Publish {
                dup: false,
                qos,
                retain: random.below(3) == 0,
                topic: TopicName::new(random.pick::<&str>(TOPICS)).ok(),
                packet_identifier: (qos != QoS::AtMostOnce).then_some(packet_identifier),
                properties: properties.as_properties(),
                payload: &[b'p'; 90][..random.below(90)],
            }));
        }
        5 | 6 => {
            let mut list = SubscriptionsBuf::new();
            for _ in 0..=random.below(2) {
                let qos = QoS::from_u8(u8::try_from(random.below(3)).unwrap()).unwrap();
                list.push(TopicFilter::new(random.pick::<&str>(FILTERS)).unwrap(), SubscriptionOptions::new(qos))
                    .unwrap();
            }
            let properties = properties_of(if is_v5 { &[Property::SubscriptionIdentifier(3)] } else { &[] });
            let (properties, subscriptions) = (properties.as_properties(), list.as_subscriptions());
            write(Packet::Subscribe(Subscribe { packet_identifier, properties, subscriptions }));
        }
        7 => {
            let mut list = TopicFiltersBuf::new();
            list.push(TopicFilter::new(random.pick::<&str>(FILTERS)).unwrap());
            let properties = properties_of(&[]);
            let (properties, topic_filters) = (properties.as_properties(), list.as_topic_filters());
            write(Packet::Unsubscribe(Unsubscribe { packet_identifier, properties, topic_filters }));
        }
        8 | 9 => {
            let ack = ack(identifier);
            let packets = [Packet::PubAck(ack), Packet::PubRec(ack), Packet::PubRel(ack), Packet::PubComp(ack)];
            write(*random.pick(&packets));
        }
        10 if is_v5 => {
            let properties = properties_of(&[Property::AuthenticationMethod("m")]);
            let reason_code = *random.pick(&[ReasonCode::ReAuthenticate, ReasonCode::ContinueAuthentication]);
            write(Packet::Auth(Auth { reason_code, properties: properties.as_properties() }));
        }
        10 => write(Packet::PingReq),
        _ => write(Packet::Disconnect(Disconnect::new(ReasonCode::Success))),
    }
    bytes
}

fn mutated(mut packets: Vec<Vec<u8>>, random: &mut Random) -> Vec<u8> {
    if random.below(4) == 0 {
        let (from, to) = (random.below(packets.len()), random.below(packets.len()));
        packets.swap(from, to);
    }
    let mut bytes = packets.concat();
    for _ in 0..random.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = u8::try_from(random.next() & 0xFF).unwrap(),
            2 => bytes.insert(at, *random.pick(&[0, 1, 0x7F, 0x80, 0xFF, b'#', b'+', b'$'])),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {
                let copy = bytes[at..(at + 1 + random.below(20)).min(bytes.len())].to_vec();
                let place = random.below(bytes.len());
                bytes.splice(place..place, copy);
            }
        }
    }
    bytes
}

const CONVERSATIONS_PER_WORLD: u64 = 1_000;
/// Two clients and their topic, which no mutation will hit upon.
const BYSTANDERS: [&str; 3] = ["bystander-subscriber-4711", "bystander-publisher-4711", "bystanders/topic/4711"];
const TOPICS: &[&str] = &["a", "a/b", "a/b/c", "$share/x", "long/topic/of/many/levels/and/more"];
const FILTERS: &[&str] = &["#", "+", "a/+", "a/b", "$share/g/a/#", "$share/g/+", "$share/h/a", "$SYS/#"];

//! A world of shards, clients and a clock, without IO. Packets are compared in a short text form, see [`brief`].

use core::fmt::Write;
use polymqtt_core::broker::{
    AllowAll, Broker, BrokerOptions, ConnectionId, ConnectionInfo, Forward, Output, Placement, Policy, StoreOperation,
};
use polymqtt_core::codec::{
    Acknowledgement, Connect, DecodeOptions, Decoder, Disconnect, Packet, PacketIdentifier, PropertiesBuf, Property,
    ProtocolVersion, Publish, QoS, Subscribe, SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, Unsubscribe,
    Will,
};
use polymqtt_core::topic::{TopicFilter, TopicName};
use polymqtt_core::{ReasonCode, Time};
use std::collections::{BTreeMap, VecDeque};

/// Some shards of a broker, their clients and the time.
pub(crate) struct World {
    pub(crate) shards: Vec<Broker>,
    pub(crate) now_ms: u64,
    pub(crate) clients: BTreeMap<String, Client>,
    /// Between any two shards in order, among them in any.
    forwards: BTreeMap<(u16, u16), VecDeque<Forward>>,
    pub(crate) events: Vec<String>,
    pub(crate) last_sequences: Vec<u64>,
    /// Of the first shard.
    pub(crate) stored: Vec<StoreOperation>,
    /// Whether store operations are completed as they come.
    pub(crate) store_completes: bool,
    /// Whether transports take what they are given.
    pub(crate) transmits: bool,
    random: u64,
}

/// One end of a transport.
pub(crate) struct Client {
    pub(crate) shard: usize,
    pub(crate) connection: ConnectionId,
    decoder: Decoder,
    version: ProtocolVersion,
    received: Vec<String>,
    pub(crate) is_closed: bool,
    is_gone: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// One shard, with options other than the default.
    pub(crate) fn with(change: impl Fn(&mut BrokerOptions)) -> Self {
        Self::shards(1, change)
    }

    pub(crate) fn shards(count: u16, change: impl Fn(&mut BrokerOptions)) -> Self {
        Self::with_policy(count, change, || Box::new(AllowAll))
    }

    pub(crate) fn with_policy(
        count: u16,
        change: impl Fn(&mut BrokerOptions),
        policy: impl Fn() -> Box<dyn Policy>,
    ) -> Self {
        let mut options = BrokerOptions { sys_interval_s: 0, seed: 7, ..BrokerOptions::default() };
        options.receive_maximum = u16::MAX;
        options.topic_alias_maximum = 0;
        options.packet_size_bytes_max = u32::MAX;
        change(&mut options);
        let shard = |index| Broker::new(options.clone(), Placement::new(index, count).unwrap(), policy()).unwrap();
        Self {
            shards: (0..count).map(shard).collect(),
            now_ms: 1_000,
            clients: BTreeMap::new(),
            forwards: BTreeMap::new(),
            events: Vec::new(),
            last_sequences: vec![0; count.into()],
            stored: Vec::new(),
            store_completes: true,
            transmits: true,
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_ms(self.now_ms)
    }

    /// Opens a transport to a shard.
    pub(crate) fn open(&mut self, name: &str, shard: usize) {
        let info = ConnectionInfo { peer: name.into(), ..ConnectionInfo::default() };
        let now = self.now();
        let connection = self.shards[shard].accept(info, now).unwrap();
        let decoder = Decoder::new(DecodeOptions::from_server(ProtocolVersion::V5_0));
        let version = ProtocolVersion::V5_0;
        let client =
            Client { shard, connection, decoder, version, received: Vec::new(), is_closed: false, is_gone: false };
        self.clients.insert(name.into(), client);
    }

    /// Opens a transport, sends CONNECT and gives the answer (what follows is left to take); the client has the name of its Client Identifier.
    pub(crate) fn connect(&mut self, spec: &Spec) -> String {
        self.connect_as(&spec.client_identifier.clone(), spec)
    }

    /// As [`World::connect`], where the transport has another name.
    pub(crate) fn connect_as(&mut self, name: &str, spec: &Spec) -> String {
        let shard = self.shards[0].placement().shard_of(&spec.client_identifier);
        self.open(name, shard.into());
        self.send_connect(name, spec);
        let received = &mut self.clients.get_mut(name).unwrap().received;
        if received.is_empty() { String::new() } else { received.remove(0) }
    }

    pub(crate) fn send_connect(&mut self, name: &str, spec: &Spec) {
        let client = self.clients.get_mut(name).unwrap();
        client.version = spec.version;
        client.decoder.set_version(spec.version);
        spec.with_packet(|connect| self.send(name, &Packet::Connect(connect)));
    }

    pub(crate) fn send(&mut self, name: &str, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.clients[name].version, &mut bytes).unwrap();
        self.send_bytes(name, &bytes);
    }

    pub(crate) fn send_bytes(&mut self, name: &str, bytes: &[u8]) {
        let (shard, connection) = (self.clients[name].shard, self.clients[name].connection);
        let now = self.now();
        self.shards[shard].handle_input(connection, bytes, now);
        self.run();
    }

    pub(crate) fn publish(&mut self, name: &str, topic: &str, payload: &str, qos: u8, identifier: u16) {
        self.publish_with(name, topic, payload, qos, identifier, false, &[]);
    }

    pub(crate) fn publish_retained(&mut self, name: &str, topic: &str, payload: &str) {
        self.publish_with(name, topic, payload, 0, 0, true, &[]);
    }

    #[expect(clippy::too_many_arguments, reason = "all that a PUBLISH has")]
    pub(crate) fn publish_with(
        &mut self,
        name: &str,
        topic: &str,
        payload: &str,
        qos: u8,
        identifier: u16,
        retain: bool,
        properties: &[Property<'_>],
    ) {
        let properties = properties_of(properties);
        let publish = Publish {
            dup: false,
            qos: QoS::from_u8(qos).unwrap(),
            retain,
            topic: TopicName::new(topic).ok(),
            packet_identifier: PacketIdentifier::new(identifier),
            properties: properties.as_properties(),
            payload: payload.as_bytes(),
        };
        self.send(name, &Packet::Publish(publish));
    }

    /// Subscribes at a QoS, and gives what comes: the SUBACK first.
    pub(crate) fn subscribe(&mut self, name: &str, filter: &str, qos: u8) -> Vec<String> {
        self.subscribe_with(name, &[(filter, SubscriptionOptions::new(QoS::from_u8(qos).unwrap()))], None)
    }

    pub(crate) fn subscribe_with(
        &mut self,
        name: &str,
        filters: &[(&str, SubscriptionOptions)],
        identifier: Option<u32>,
    ) -> Vec<String> {
        let mut list = SubscriptionsBuf::new();
        for (filter, options) in filters {
            list.push(TopicFilter::new(filter).unwrap(), *options).unwrap();
        }
        let properties: Vec<_> = identifier.map(Property::SubscriptionIdentifier).into_iter().collect();
        let properties = properties_of(&properties);
        let subscribe = Subscribe {
            packet_identifier: PacketIdentifier::MIN,
            properties: properties.as_properties(),
            subscriptions: list.as_subscriptions(),
        };
        self.send(name, &Packet::Subscribe(subscribe));
        self.take(name)
    }

    pub(crate) fn unsubscribe(&mut self, name: &str, filters: &[&str]) -> Vec<String> {
        let mut list = TopicFiltersBuf::new();
        for filter in filters {
            list.push(TopicFilter::new(filter).unwrap());
        }
        let properties = PropertiesBuf::new();
        let unsubscribe = Unsubscribe {
            packet_identifier: PacketIdentifier::MIN,
            properties: properties.as_properties(),
            topic_filters: list.as_topic_filters(),
        };
        self.send(name, &Packet::Unsubscribe(unsubscribe));
        self.take(name)
    }

    pub(crate) fn puback(&mut self, name: &str, identifier: u16) {
        self.send(name, &Packet::PubAck(ack(identifier)));
    }

    pub(crate) fn pubrec(&mut self, name: &str, identifier: u16) {
        self.send(name, &Packet::PubRec(ack(identifier)));
    }

    pub(crate) fn pubrel(&mut self, name: &str, identifier: u16) {
        self.send(name, &Packet::PubRel(ack(identifier)));
    }

    pub(crate) fn pubcomp(&mut self, name: &str, identifier: u16) {
        self.send(name, &Packet::PubComp(ack(identifier)));
    }

    pub(crate) fn disconnect(&mut self, name: &str) {
        self.send(name, &Packet::Disconnect(Disconnect::new(ReasonCode::Success)));
    }

    /// The transport breaks.
    pub(crate) fn break_off(&mut self, name: &str) {
        let client = self.clients.get_mut(name).unwrap();
        client.is_closed = true;
        client.is_gone = true;
        let (shard, connection) = (client.shard, client.connection);
        let now = self.now();
        self.shards[shard].handle_closed(connection, now);
        self.run();
    }

    /// What a client has received since the last call, in short form; `closed` at the end of its connection.
    pub(crate) fn take(&mut self, name: &str) -> Vec<String> {
        core::mem::take(&mut self.clients.get_mut(name).unwrap().received)
    }

    pub(crate) fn take_events(&mut self) -> Vec<String> {
        core::mem::take(&mut self.events)
    }

    pub(crate) fn is_closed(&self, name: &str) -> bool {
        self.clients[name].is_closed
    }

    /// Lets time pass, with every timeout when it is due.
    pub(crate) fn pass_ms(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while let Some(at) = self.shards.iter().filter_map(Broker::next_timeout).min().filter(|at| at.as_ms() <= until)
        {
            self.now_ms = self.now_ms.max(at.as_ms());
            let now = self.now();
            for shard in &mut self.shards {
                if shard.next_timeout().is_some_and(|at| at <= now) {
                    shard.handle_timeout(now);
                }
            }
            self.run();
        }
        self.now_ms = until;
    }

    /// All store operations so far are durable.
    pub(crate) fn complete_store(&mut self) {
        for shard in 0..self.shards.len() {
            self.complete_store_of(shard);
        }
    }

    /// All store operations of one shard so far are durable.
    pub(crate) fn complete_store_of(&mut self, shard: usize) {
        let now = self.now();
        self.shards[shard].completed(self.last_sequences[shard], now);
        self.run();
    }

    /// Does what the shards want, until they want nothing more.
    pub(crate) fn run(&mut self) {
        loop {
            let mut is_quiet = true;
            for index in 0..self.shards.len() {
                while let Some(output) = self.shards[index].poll_output() {
                    is_quiet = false;
                    self.do_output(index, output);
                }
            }
            let pending: Vec<(u16, u16)> =
                self.forwards.iter().filter(|(_, queue)| !queue.is_empty()).map(|(key, _)| *key).collect();
            if !pending.is_empty() {
                is_quiet = false;
                let (from, to) = pending[self.random(pending.len())];
                let forward = self.forwards.get_mut(&(from, to)).unwrap().pop_front().unwrap();
                let now = self.now();
                self.shards[usize::from(to)].handle_forward(from, forward, now);
            }
            if is_quiet {
                return;
            }
        }
    }

    /// Takes what waits for the transports, after `transmits` was off.
    pub(crate) fn flush(&mut self) {
        self.transmits = true;
        let all: Vec<(usize, ConnectionId)> =
            self.clients.values().map(|client| (client.shard, client.connection)).collect();
        for (shard, connection) in all {
            while self.shards[shard].transmit_len_bytes(connection) > 0 {
                self.transmit(shard, connection);
            }
        }
        self.run();
    }

    fn do_output(&mut self, index: usize, output: Output) {
        let now = self.now();
        match output {
            Output::Transmit(connection) if self.transmits => self.transmit(index, connection),
            Output::Transmit(_) => {}
            Output::Close(connection) => {
                self.transmit(index, connection);
                if let Some(client) = self.client_of(index, connection) {
                    client.is_closed = true;
                    client.received.push("closed".into());
                }
                self.shards[index].handle_closed(connection, now);
            }
            Output::Event(event) => self.events.push(event.to_string()),
            Output::Store(operation) => {
                let sequence = operation.sequence;
                self.last_sequences[index] = sequence;
                if index == 0 {
                    assert!(self.stored.last().is_none_or(|last| last.sequence + 1 == sequence));
                    self.stored.push(operation);
                }
                if self.store_completes {
                    self.shards[index].completed(sequence, now);
                }
            }
            Output::Forward { to, forward } => {
                let from = u16::try_from(index).unwrap();
                self.forwards.entry((from, to)).or_default().push_back(forward);
            }
        }
    }

    fn transmit(&mut self, index: usize, connection: ConnectionId) {
        let bytes: Vec<u8> = self.shards[index].transmit_slices(connection).flatten().copied().collect();
        let now = self.now();
        self.shards[index].transmitted(connection, bytes.len(), now);
        if let Some(client) = self.client_of(index, connection) {
            client.receive(&bytes);
        }
    }

    fn client_of(&mut self, shard: usize, connection: ConnectionId) -> Option<&mut Client> {
        let is_it = |client: &&mut Client| client.shard == shard && client.connection == connection && !client.is_gone;
        self.clients.values_mut().find(is_it)
    }

    pub(crate) fn random(&mut self, below: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % below as u64).unwrap()
    }
}

impl Client {
    fn receive(&mut self, mut bytes: &[u8]) {
        loop {
            match self.decoder.next(&mut bytes) {
                Ok(Some(packet)) => {
                    let text = brief(&packet, self.version);
                    self.received.push(text);
                }
                Ok(None) => return,
                Err(error) => {
                    self.received.push(format!("malformed: {error}"));
                    return;
                }
            }
        }
    }
}

/// A CONNECT to be.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) client_identifier: String,
    version: ProtocolVersion,
    clean_start: bool,
    keep_alive_s: u16,
    user_name: Option<String>,
    properties: PropertiesBuf,
    will: Option<(String, String, QoS, bool, PropertiesBuf)>,
}

impl Spec {
    fn new(client_identifier: &str, version: ProtocolVersion, clean_start: bool) -> Self {
        Self {
            client_identifier: client_identifier.into(),
            version,
            clean_start,
            keep_alive_s: 0,
            user_name: None,
            properties: PropertiesBuf::new(),
            will: None,
        }
    }

    /// 5.0, Clean Start.
    pub(crate) fn v5(client_identifier: &str) -> Self {
        Self::new(client_identifier, ProtocolVersion::V5_0, true)
    }

    /// 3.1.1, Clean Session.
    pub(crate) fn v4(client_identifier: &str) -> Self {
        Self::new(client_identifier, ProtocolVersion::V3_1_1, true)
    }

    /// 3.1, Clean Session.
    pub(crate) fn v3(client_identifier: &str) -> Self {
        Self::new(client_identifier, ProtocolVersion::V3_1, true)
    }

    /// Without Clean Start.
    pub(crate) fn resume(mut self) -> Self {
        self.clean_start = false;
        self
    }

    /// 5.0, a Session that lasts: without Clean Start, Session Expiry Interval of an hour.
    pub(crate) fn lasting(client_identifier: &str) -> Self {
        Self::v5(client_identifier).resume().with(Property::SessionExpiryInterval(3600))
    }

    pub(crate) fn with(mut self, property: Property<'_>) -> Self {
        self.properties.push(property).unwrap();
        self
    }

    pub(crate) fn keep_alive(mut self, seconds: u16) -> Self {
        self.keep_alive_s = seconds;
        self
    }

    pub(crate) fn user(mut self, user_name: &str) -> Self {
        self.user_name = Some(user_name.into());
        self
    }

    pub(crate) fn will(self, topic: &str, payload: &str) -> Self {
        self.will_with(topic, payload, 0, false, &[])
    }

    pub(crate) fn will_with(
        mut self,
        topic: &str,
        payload: &str,
        qos: u8,
        retain: bool,
        properties: &[Property<'_>],
    ) -> Self {
        let properties = properties_of(properties);
        self.will = Some((topic.into(), payload.into(), QoS::from_u8(qos).unwrap(), retain, properties));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.with_packet(|connect| Packet::Connect(connect).encode(self.version, &mut bytes).unwrap());
        bytes
    }

    fn with_packet<R>(&self, take: impl FnOnce(Connect<'_>) -> R) -> R {
        let mut connect = Connect::new(self.version, &self.client_identifier);
        connect.clean_start = self.clean_start;
        connect.keep_alive_s = self.keep_alive_s;
        connect.user_name = self.user_name.as_deref();
        connect.properties = self.properties.as_properties();
        connect.will = self.will.as_ref().map(|(topic, payload, qos, retain, properties)| Will {
            qos: *qos,
            retain: *retain,
            properties: properties.as_properties(),
            topic: TopicName::new(topic).unwrap(),
            payload: payload.as_bytes(),
        });
        take(connect)
    }
}

pub(crate) fn properties_of(list: &[Property<'_>]) -> PropertiesBuf {
    let mut properties = PropertiesBuf::new();
    for property in list {
        properties.push(*property).unwrap();
    }
    properties
}

pub(crate) fn ack(identifier: u16) -> Acknowledgement<'static> {
    Acknowledgement::new(PacketIdentifier::new(identifier).unwrap(), ReasonCode::Success)
}

/// A packet from the broker in few characters: `publish a/b=hello q1 #7 dup retain message_expiry_interval=5`.
fn brief(packet: &Packet<'_>, version: ProtocolVersion) -> String {
    let mut text = String::new();
    let code =
        |code: ReasonCode| if version.has_properties() { format!(" {:02x}", code.as_u8()) } else { String::new() };
    let properties = match packet {
        Packet::ConnAck(packet) => {
            let present = if packet.session_present { " present" } else { "" };
            write!(text, "connack {:02x}{present}", packet.reason_code.as_u8()).unwrap();
            packet.properties
        }
        Packet::Publish(packet) => {
            let topic = packet.topic.map_or("", |topic| topic.as_str());
            let payload = String::from_utf8_lossy(packet.payload);
            write!(text, "publish {topic}={payload} q{}", packet.qos.as_u8()).unwrap();
            if let Some(identifier) = packet.packet_identifier {
                write!(text, " #{identifier}").unwrap();
            }
            text.push_str(if packet.dup { " dup" } else { "" });
            text.push_str(if packet.retain { " retain" } else { "" });
            packet.properties
        }
        Packet::PubAck(packet) | Packet::PubRec(packet) | Packet::PubRel(packet) | Packet::PubComp(packet) => {
            acknowledgement(&mut text, packet, &code)
        }
        Packet::SubAck(packet) => {
            text.push_str("suback");
            packet.reason_codes().for_each(|code| write!(text, " {:02x}", code.as_u8()).unwrap());
            packet.properties
        }
        Packet::UnsubAck(packet) => {
            text.push_str("unsuback");
            packet.reason_codes().for_each(|code| write!(text, " {:02x}", code.as_u8()).unwrap());
            packet.properties
        }
        Packet::Disconnect(packet) => {
            write!(text, "disconnect{}", code(packet.reason_code)).unwrap();
            packet.properties
        }
        Packet::Auth(packet) => {
            write!(text, "auth{}", code(packet.reason_code)).unwrap();
            packet.properties
        }
        Packet::PingResp => return "pingresp".into(),
        Packet::Connect(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_) | Packet::PingReq => {
            return format!("a client got {packet:?}");
        }
    };
    if let Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) = packet {
        text.insert_str(0, &packet.packet_type().name().to_lowercase());
    }
    for property in properties {
        if let Property::ReasonString(reason) = property {
            // Only the statement matters to a test.
            let statement = reason.rsplit_once([' ', '(']).map_or("", |(_, statement)| statement);
            write!(text, " reason={}", statement.trim_matches(['[', ']', ')'])).unwrap();
        } else {
            write!(text, " {}", property_text(property)).unwrap();
        }
    }
    text
}

fn acknowledgement<'a>(
    text: &mut String,
    packet: &Acknowledgement<'a>,
    code: &impl Fn(ReasonCode) -> String,
) -> polymqtt_core::codec::Properties<'a> {
    write!(text, " #{}{}", packet.packet_identifier, code(packet.reason_code)).unwrap();
    packet.properties
}

fn property_text(property: Property<'_>) -> String {
    if let Property::UserProperty((name, value)) = property {
        return format!("{name}:{value}");
    }
    let text = format!("{property:?}");
    let value = text.split_once('(').map_or("", |(_, value)| value.trim_end_matches(')'));
    format!("{}={value}", property.identifier().name())
}

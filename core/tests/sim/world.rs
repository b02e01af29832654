//! Clients, shards, links, the clock, and what happens next.

use super::disk::{BrokerDisk, ClientDisk};
use super::link::Link;
use super::model::Model;
use super::random::Random;
use polymqtt_core::broker::{self, AllowAll, Broker, BrokerOptions, ConnectionInfo, Forward, Placement};
use polymqtt_core::client::{
    Acknowledgement, AcknowledgementHandle, Client, ClientOptions, Event, Outcome, Output, Reconnect,
};
use polymqtt_core::codec::{SubscriptionOptions, SubscriptionsBuf};
use polymqtt_core::topic::{TopicFilter, TopicName};
use polymqtt_core::{Message, ProtocolVersion, QoS, ReasonCode, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How a run is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) publishers: usize,
    pub(crate) subscribers: usize,
    pub(crate) shards: u16,
    /// How many messages each publisher publishes.
    pub(crate) messages: u32,
    /// A connection breaks once in so many steps.
    pub(crate) loss_one_in: usize,
    /// The broker, or a publisher with a disk, crashes once in so many steps; `None`: never.
    pub(crate) crash_one_in: Option<usize>,
    /// Publishers and broker have disks. A broker without one forgets everything when it crashes.
    pub(crate) has_disks: bool,
    /// What the clients speak.
    pub(crate) versions: &'static [ProtocolVersion],
}

pub(crate) struct World {
    settings: Settings,
    random: Random,
    now: Time,
    clients: Vec<Host>,
    shards: Vec<Broker>,
    disks: Vec<BrokerDisk>,
    links: Vec<Link>,
    /// Between each pair of shards in order.
    forwards: BTreeMap<(u16, u16), VecDeque<Forward>>,
    model: Model,
    losses: usize,
    /// How often [`drain`](Self::drain) was called.
    drains: u64,
    seed: u64,
}

/// A client and its application.
struct Host {
    client: Client,
    options: ClientOptions,
    disk: ClientDisk,
    /// Tokens that are not settled.
    open: BTreeSet<u64>,
    published: u32,
    /// Messages that the application has not acknowledged.
    unacknowledged: Vec<AcknowledgementHandle>,
    is_subscribed: bool,
}

impl World {
    pub(crate) fn new(seed: u64, settings: Settings) -> Self {
        let mut random = Random::new(seed);
        let shards = (0..settings.shards).map(|index| shard(seed, index, &settings)).collect();
        let count = settings.publishers + settings.subscribers;
        let stores = |index| settings.has_disks && index < settings.publishers;
        let versions = settings.versions;
        let clients = (0..count).map(|index| Host::new(&mut random, index, versions, stores(index))).collect();
        Self {
            settings,
            random,
            now: Time::from_ms(1_000_000),
            clients,
            shards,
            disks: (0..settings.shards).map(|_| BrokerDisk::default()).collect(),
            links: Vec::new(),
            forwards: BTreeMap::new(),
            model: Model::default(),
            losses: 0,
            drains: 0,
            seed,
        }
    }

    /// Subscribes, publishes under losses, waits until all is quiet, and checks what was delivered.
    pub(crate) fn run(&mut self) -> (usize, usize) {
        self.begin();
        self.publish_all(self.settings.messages);
        self.quiesce();
        self.check(0);
        (self.model.deliveries(), self.losses)
    }

    /// The broker forgets what it knew, again and again. When that is over, everything goes on as if nothing had been.
    pub(crate) fn run_with_amnesia(&mut self) -> (usize, usize) {
        self.begin();
        let half = self.settings.messages / 2;
        self.publish_all(half);
        self.quiesce();
        self.settings.crash_one_in = None;
        self.settings.loss_one_in = usize::MAX;
        self.publish_all(self.settings.messages);
        self.quiesce();
        self.check(half);
        (self.model.deliveries(), self.losses)
    }

    /// Each publisher publishes until it has published so many messages, while things go wrong.
    fn publish_all(&mut self, messages: u32) {
        let publishers = self.settings.publishers;
        while self.clients[..publishers].iter().any(|host| host.published < messages) {
            if self.random.one_in(self.settings.loss_one_in) {
                self.lose_a_connection();
            } else if self.settings.crash_one_in.is_some_and(|steps| self.random.one_in(steps)) {
                if self.settings.has_disks && self.random.one_in(2) {
                    self.crash_a_publisher();
                } else {
                    self.crash_the_broker();
                }
            } else if self.random.one_in(3) {
                let publisher = self.random.below(publishers);
                if self.clients[publisher].published < messages {
                    self.publish(publisher);
                }
            } else {
                self.step();
            }
        }
    }

    /// Messages with this number and higher ones have arrived as they should, and nothing is left.
    fn check(&self, first: u32) {
        let subscribers: Vec<usize> = (self.settings.publishers..self.clients.len()).collect();
        self.model.check(&subscribers, first);
        for host in &self.clients {
            assert!(host.open.is_empty(), "every token has settled: {:?}", host.open);
            assert_eq!(host.client.publications(), (0, 0));
        }
    }

    /// Everybody connects, and the subscribers subscribe.
    fn begin(&mut self) {
        for index in 0..self.clients.len() {
            self.clients[index].client.connect(self.now).unwrap();
            if index >= self.settings.publishers {
                let options = SubscriptionOptions::new(QoS::ExactlyOnce);
                let filter = TopicFilter::new("from/#").unwrap();
                let subscriptions = SubscriptionsBuf::new().with(filter, options).unwrap();
                let token = self.clients[index].client.subscribe(subscriptions, self.now).unwrap();
                self.clients[index].open.insert(token.as_u64());
            }
        }
        self.drain();
        // Between shards nothing is immediate: the drivers see to it that what is acknowledged is visible everywhere.
        while self.clients[self.settings.publishers..].iter().any(|host| !host.is_subscribed)
            || self.forwards.values().any(|queue| !queue.is_empty())
        {
            self.step();
        }
    }

    /// No more losses: until nothing is left to do but to keep alive.
    fn quiesce(&mut self) {
        for step in 0.. {
            assert!(step < 1_000_000, "the world comes to rest");
            let quiet = self.links.iter().all(Link::is_idle)
                && self.forwards.values().all(VecDeque::is_empty)
                && self.disks.iter().all(|disk| disk.pending() == 0)
                && self.clients.iter().all(Host::is_quiet);
            if quiet {
                return;
            }
            self.step();
        }
    }

    /// Something that can happen now.
    fn step(&mut self) {
        let busy: Vec<usize> = (0..self.links.len()).filter(|index| !self.links[*index].is_idle()).collect();
        let forwards: Vec<(u16, u16)> =
            self.forwards.iter().filter(|(_, queue)| !queue.is_empty()).map(|(pair, _)| *pair).collect();
        let waiting: Vec<usize> =
            (0..self.clients.len()).filter(|index| !self.clients[*index].unacknowledged.is_empty()).collect();
        if self.random.one_in(4) && self.sync_a_disk() {
            return;
        }
        let choices = busy.len() + forwards.len() + waiting.len();
        // Time that passes while bytes are on their way makes connections time out.
        let hurries = self.settings.loss_one_in < usize::MAX && self.random.one_in(200);
        if choices == 0 || hurries {
            if !self.sync_a_disk() {
                self.pass_time();
            }
            return;
        }
        let choice = self.random.below(choices);
        if let Some(link) = busy.get(choice) {
            self.deliver(*link);
        } else if let Some((from, to)) = forwards.get(choice - busy.len()).copied() {
            let forward = self.forwards.get_mut(&(from, to)).and_then(VecDeque::pop_front).unwrap();
            self.shards[usize::from(to)].handle_forward(from, forward, self.now);
        } else {
            self.acknowledge(waiting[choice - busy.len() - forwards.len()]);
        }
        self.drain();
    }

    /// Until the next deadline of anybody.
    fn pass_time(&mut self) {
        let clients = self.clients.iter().filter_map(|host| host.client.next_timeout());
        let shards = self.shards.iter().filter_map(Broker::next_timeout);
        self.now = clients.chain(shards).min().unwrap_or(self.now).max(self.now);
        for host in &mut self.clients {
            host.client.handle_timeout(self.now);
        }
        for shard in &mut self.shards {
            shard.handle_timeout(self.now);
        }
        self.drain();
    }

    fn publish(&mut self, publisher: usize) {
        let host = &mut self.clients[publisher];
        let qos = self.random.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
        let number = host.published;
        let topic = format!("from/{publisher}/{}", qos.as_u8());
        let message = Message::new(TopicName::new(&topic).unwrap(), number.to_string()).with_qos(qos);
        let token = host.client.publish(message, self.now).unwrap();
        host.published += 1;
        host.open.insert(token.as_u64());
        self.model.published(publisher, qos.as_u8(), number);
        self.drain();
    }

    fn acknowledge(&mut self, index: usize) {
        let host = &mut self.clients[index];
        let chosen = self.random.below(host.unacknowledged.len());
        let handle = host.unacknowledged.swap_remove(chosen);
        host.client.acknowledge(handle, ReasonCode::Success, self.now).unwrap();
    }

    /// Some bytes of a link arrive, or its end is noticed.
    fn deliver(&mut self, index: usize) {
        let link = &mut self.links[index];
        let to_broker = link.connection.is_some() && (!link.to_broker.is_empty() || !link.client_is_open);
        let to_client = link.client_is_open && (!link.to_client.is_empty() || link.connection.is_none());
        if to_broker && (!to_client || self.random.one_in(2)) {
            let Some(connection) = link.connection else { return };
            let shard = &mut self.shards[link.shard];
            if link.to_broker.is_empty() {
                link.connection = None;
                shard.handle_closed(connection, self.now);
            } else {
                let bytes = Link::take(&mut link.to_broker, &mut self.random);
                shard.handle_input(connection, &bytes, self.now);
            }
        } else if to_client {
            let client = &mut self.clients[link.client].client;
            if link.to_client.is_empty() {
                link.client_is_open = false;
                client.handle_closed(self.now);
            } else {
                let bytes = Link::take(&mut link.to_client, &mut self.random);
                client.handle_input(&bytes, self.now);
            }
        }
        if link.connection.is_none() && !link.client_is_open {
            self.links.swap_remove(index);
        }
    }

    /// What is on its way is lost, and each end notices in its own time.
    fn lose_a_connection(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let index = self.random.below(self.links.len());
        let link = &mut self.links[index];
        link.to_broker.clear();
        link.to_client.clear();
        self.losses += 1;
        if self.random.one_in(2) {
            link.client_is_open = false;
            self.clients[link.client].client.handle_closed(self.now);
        } else if let Some(connection) = link.connection.take() {
            self.shards[link.shard].handle_closed(connection, self.now);
        }
        self.drain();
    }

    /// Some operations become durable; false if none was waiting.
    fn sync_a_disk(&mut self) -> bool {
        let clients = self.clients.iter().enumerate().filter(|(_, host)| !host.disk.pending.is_empty());
        let disks = self.disks.iter().enumerate().filter(|(_, disk)| disk.pending() > 0);
        let busy: Vec<(bool, usize)> =
            clients.map(|(index, _)| (true, index)).chain(disks.map(|(index, _)| (false, index))).collect();
        if busy.is_empty() {
            return false;
        }
        let (is_client, index) = self.random.pick(&busy);
        if is_client {
            let host = &mut self.clients[index];
            let count = 1 + self.random.below(host.disk.pending.len());
            if let Some(sequence) = host.disk.sync(count) {
                host.client.completed(sequence, self.now);
            }
        } else {
            let count = 1 + self.random.below(self.disks[index].pending());
            if let Some(sequence) = self.disks[index].sync(count) {
                self.shards[index].completed(sequence, self.now);
            }
        }
        self.drain();
        true
    }

    /// Memory is lost; what is on the wire arrives, or is lost as well.
    fn crash_a_publisher(&mut self) {
        let index = self.random.below(self.settings.publishers);
        let arrives = self.random.one_in(2);
        for link in self.links.iter_mut().filter(|link| link.client == index) {
            link.client_is_open = false;
            let bytes: Vec<u8> = link.to_broker.drain(..).collect();
            if let Some(connection) = link.connection.filter(|_| arrives) {
                self.shards[link.shard].handle_input(connection, &bytes, self.now);
            }
        }
        let host = &mut self.clients[index];
        host.client = Client::new(host.options.clone()).unwrap();
        host.open.clear();
        for lost in host.disk.restore(&mut host.client, self.now) {
            let number = core::str::from_utf8(lost.payload()).unwrap().parse().unwrap();
            self.model.retracted(index, lost.qos().as_u8(), number);
        }
        host.client.connect(self.now).unwrap();
        self.drain();
    }

    /// Memory is lost; what is on the wire is not.
    fn crash_the_broker(&mut self) {
        let index = self.random.below(self.shards.len());
        self.shards[index] = shard(self.seed, u16::try_from(index).unwrap(), &self.settings);
        self.disks[index].restore(&mut self.shards[index]);
        for link in self.links.iter_mut().filter(|link| link.shard == index) {
            link.connection = None;
            link.to_broker.clear();
        }
        self.drain();
    }

    /// Does what clients and shards ask for, until they ask for nothing.
    fn drain(&mut self) {
        self.drains += 1;
        loop {
            let mut done = true;
            for index in 0..self.clients.len() {
                while let Some(output) = self.clients[index].client.poll_output() {
                    done = false;
                    self.client_output(index, output);
                }
                self.transmit_from_client(index);
            }
            for index in 0..self.shards.len() {
                while let Some(output) = self.shards[index].poll_output() {
                    done = false;
                    self.shard_output(index, output);
                }
            }
            if done {
                return;
            }
        }
    }

    fn client_output(&mut self, index: usize, output: Output) {
        match output {
            Output::Connect => self.open(index),
            Output::Transmit => {}
            Output::Close => {
                self.transmit_from_client(index);
                for link in self.links.iter_mut().filter(|link| link.client == index) {
                    link.client_is_open = false;
                }
            }
            Output::Store(operation) => self.clients[index].disk.pending.push_back(operation),
            Output::Event(event) => self.client_event(index, event),
        }
    }

    fn client_event(&mut self, index: usize, event: Event) {
        let host = &mut self.clients[index];
        match event {
            Event::Settled { token, outcome } => {
                assert!(host.open.remove(&token.as_u64()), "{token:?} settles once");
                match outcome {
                    Outcome::SessionLost => assert!(!self.settings.has_disks, "{token:?}: {outcome:?}"),
                    Outcome::Subscribed { reason_codes, .. } => {
                        assert!(reason_codes.iter().all(|code| !code.is_error()));
                        host.is_subscribed = true;
                    }
                    // Disconnected: QoS 0 in the buffer of a connection that broke.
                    Outcome::Published { .. } | Outcome::Disconnected => {}
                    Outcome::Unsubscribed { .. }
                    | Outcome::Response(_)
                    | Outcome::Refused { .. }
                    | Outcome::Dropped
                    | Outcome::Expired
                    | Outcome::Cancelled => panic!("{token:?}: {outcome:?}"),
                }
            }
            Event::Message(received) => {
                host.unacknowledged.extend(received.acknowledgement);
                let mut levels =
                    received.message.topic().as_str().split('/').skip(1).map(|level| level.parse().unwrap());
                let (publisher, qos) = (levels.next().unwrap(), levels.next().unwrap());
                let number = core::str::from_utf8(received.message.payload()).unwrap().parse().unwrap();
                self.model.delivered(index, publisher, u8::try_from(qos).unwrap(), number);
            }
            Event::Disconnected(disconnected) => {
                assert_eq!(disconnected.statement, None, "the broker keeps to the protocol: {disconnected:?}");
            }
            Event::Connected(_) => {}
            Event::Closed | Event::Authentication(_) | Event::SubscriptionLost { .. } => panic!("{event}"),
        }
    }

    fn open(&mut self, index: usize) {
        for link in self.links.iter_mut().filter(|link| link.client == index) {
            link.client_is_open = false;
        }
        if self.random.one_in(5) {
            self.clients[index].client.handle_connect_failed(self.now);
            return;
        }
        let placement = Placement::new(0, self.settings.shards).unwrap();
        let shard = usize::from(placement.shard_of(&identifier(index)));
        let connection = self.shards[shard].accept(ConnectionInfo::default(), self.now).unwrap();
        self.links.push(Link {
            client: index,
            shard,
            connection: Some(connection),
            client_is_open: true,
            to_broker: VecDeque::new(),
            to_client: VecDeque::new(),
        });
        self.clients[index].client.handle_connected(self.now);
    }

    fn transmit_from_client(&mut self, index: usize) {
        let Some(link) = self.links.iter_mut().find(|link| link.client == index && link.client_is_open) else { return };
        let client = &mut self.clients[index].client;
        let before = link.to_broker.len();
        for slice in client.transmit_slices() {
            link.to_broker.extend(slice);
        }
        let len = link.to_broker.len() - before;
        if len > 0 {
            client.transmitted(len, self.now);
        }
    }

    fn shard_output(&mut self, index: usize, output: broker::Output) {
        match output {
            broker::Output::Transmit(connection) => self.transmit_from_shard(index, connection),
            broker::Output::Close(connection) => {
                self.transmit_from_shard(index, connection);
                if let Some(link) = self.link_of(index, connection) {
                    link.connection = None;
                }
                self.shards[index].handle_closed(connection, self.now);
            }
            broker::Output::Forward { to, forward } => {
                self.forwards.entry((u16::try_from(index).unwrap(), to)).or_default().push_back(forward);
            }
            broker::Output::Event(broker::Event::Disconnected(disconnected)) => {
                if let broker::DisconnectCause::Broker(fault) = disconnected.cause {
                    let expected = [ReasonCode::SessionTakenOver, ReasonCode::KeepAliveTimeout];
                    assert!(
                        expected.contains(&fault.reason_code),
                        "the client keeps to the protocol: {disconnected:?}"
                    );
                }
            }
            broker::Output::Event(_) => {}
            broker::Output::Store(operation) => self.disks[index].push(self.drains, operation),
        }
    }

    fn transmit_from_shard(&mut self, index: usize, connection: broker::ConnectionId) {
        let slices: Vec<u8> = self.shards[index].transmit_slices(connection).flatten().copied().collect();
        if let Some(link) = self.link_of(index, connection) {
            link.to_client.extend(&slices);
        }
        self.shards[index].transmitted(connection, slices.len(), self.now);
    }

    fn link_of(&mut self, shard: usize, connection: broker::ConnectionId) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.shard == shard && link.connection == Some(connection))
    }
}

impl Host {
    /// Whether it has nothing left to do.
    fn is_quiet(&self) -> bool {
        self.client.is_connected()
            && self.client.publications() == (0, 0)
            && self.open.is_empty()
            && self.unacknowledged.is_empty()
            && self.disk.pending.is_empty()
    }

    fn new(random: &mut Random, index: usize, versions: &[ProtocolVersion], store: bool) -> Self {
        let options = ClientOptions {
            protocol_version: random.pick(versions),
            client_identifier: identifier(index),
            clean_start: false,
            session_expiry_interval_s: u32::MAX,
            keep_alive_s: random.pick(&[0, 5, 60]),
            receive_maximum: random.pick(&[1, 2, 7, u16::MAX]),
            in_flight_max: random.pick(&[1, 3, 1024]),
            topic_alias_maximum: random.pick(&[0, 1, 16]),
            acknowledgement: random.pick(&[Acknowledgement::Automatic, Acknowledgement::Manual]),
            reconnect: Reconnect::Backoff { delay_min_ms: 100, delay_max_ms: 5_000, attempts_max: 0 },
            seed: random.next(),
            store,
            ..ClientOptions::default()
        };
        Self {
            client: Client::new(options.clone()).unwrap(),
            options,
            disk: ClientDisk::default(),
            open: BTreeSet::new(),
            published: 0,
            unacknowledged: Vec::new(),
            is_subscribed: false,
        }
    }
}

fn shard(seed: u64, index: u16, settings: &Settings) -> Broker {
    let mut random = Random::new(seed ^ 0xB0);
    let options = BrokerOptions {
        seed,
        receive_maximum: random.pick(&[1, 4, 1024]),
        in_flight_max: random.pick(&[1, 5, 1024]),
        topic_alias_maximum: random.pick(&[0, 2, 64]),
        sys_interval_s: 0,
        store: settings.has_disks,
        ..BrokerOptions::default()
    };
    Broker::new(options, Placement::new(index, settings.shards).unwrap(), Box::new(AllowAll)).unwrap()
}

fn identifier(index: usize) -> String {
    format!("client-{index}")
}

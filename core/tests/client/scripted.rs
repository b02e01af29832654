//! A client whose server is the test: packets and events are compared as text.

use polymqtt_core::client::{Client, ClientOptions, Event, Output, State, StoreOperation, Token, UsageError};
use polymqtt_core::codec::{
    DecodeOptions, Decoder, PropertiesBuf, Property, SubscriptionOptions, SubscriptionsBuf, TopicFiltersBuf, text,
};
use polymqtt_core::topic::{TopicFilter, TopicName};
use polymqtt_core::{Message, ProtocolVersion, QoS, Time};

/// A client, the other end of its transport, and the clock.
pub(crate) struct Scripted {
    pub(crate) client: Client,
    pub(crate) now: Time,
    server: Decoder,
    sent: Vec<String>,
    events: Vec<Event>,
    stores: Vec<StoreOperation>,
    /// Connect and Close in the order of the outputs, among `sent`.
    pub(crate) is_open: bool,
}

impl Scripted {
    pub(crate) fn new(options: ClientOptions) -> Self {
        let version = options.protocol_version;
        Self {
            client: Client::new(options).expect("the options are valid"),
            now: Time::from_ms(1000),
            server: Decoder::new(DecodeOptions::from_client(version)),
            sent: Vec::new(),
            events: Vec::new(),
            stores: Vec::new(),
            is_open: false,
        }
    }

    /// Connected, with nothing to look at yet.
    pub(crate) fn connected(options: ClientOptions, connack: &str) -> Self {
        let mut scripted = Self::new(options);
        scripted.connect();
        scripted.receive(connack);
        scripted.sent();
        scripted.events();
        scripted
    }

    /// Connects as far as CONNECT.
    pub(crate) fn connect(&mut self) {
        self.client.connect(self.now).expect("the client is at rest");
        self.drain();
    }

    /// The server sends a packet, given as text.
    pub(crate) fn receive(&mut self, packet: &str) {
        let mut bytes = Vec::new();
        text::encode(packet, self.version(), &mut bytes).unwrap_or_else(|error| panic!("{packet}: {error}"));
        self.receive_bytes(&bytes);
    }

    pub(crate) fn receive_bytes(&mut self, bytes: &[u8]) {
        self.client.handle_input(bytes, self.now);
        self.drain();
    }

    /// The transport breaks; the next one connects after the backoff.
    pub(crate) fn lose_connection(&mut self) {
        self.is_open = false;
        self.client.handle_closed(self.now);
        self.drain();
    }

    /// Time passes until the next attempt.
    pub(crate) fn reconnect(&mut self) {
        while self.client.state() == State::Waiting {
            let due = self.client.next_timeout().expect("the next attempt has its time");
            self.pass_ms(due.ms_since(self.now));
        }
    }

    /// Time passes, stopping at every deadline.
    pub(crate) fn pass_ms(&mut self, ms: u64) {
        let end = self.now.plus_ms(ms);
        while let Some(due) = self.client.next_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.client.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(crate) fn publish(&mut self, message: Message) -> Result<u64, UsageError> {
        let token = self.client.publish(message, self.now).map(Token::as_u64);
        self.drain();
        token
    }

    pub(crate) fn request(&mut self, message: Message) -> Result<u64, UsageError> {
        let token = self.client.request(message, self.now).map(Token::as_u64);
        self.drain();
        token
    }

    pub(crate) fn subscribe(&mut self, filter: &str, qos: QoS) -> Result<u64, UsageError> {
        let token = self.client.subscribe(subscriptions(filter, qos), self.now).map(Token::as_u64);
        self.drain();
        token
    }

    pub(crate) fn unsubscribe(&mut self, filter: &str) -> Result<u64, UsageError> {
        let filters = TopicFiltersBuf::new().with(TopicFilter::new(filter).unwrap());
        let token = self.client.unsubscribe(filters, self.now).map(Token::as_u64);
        self.drain();
        token
    }

    /// The packets that were sent since the last call, with `connect` and `close` where the transport was opened and closed.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    /// The events since the last call.
    pub(crate) fn events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events).iter().map(ToString::to_string).collect()
    }

    /// The events since the last call, as they are.
    pub(crate) fn raw_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(crate) fn stores(&mut self) -> Vec<StoreOperation> {
        std::mem::take(&mut self.stores)
    }

    /// Carries out what the client asks for. The transport takes everything at once.
    pub(crate) fn drain(&mut self) {
        loop {
            while let Some(output) = self.client.poll_output() {
                match output {
                    Output::Connect => {
                        self.sent.push("connect".into());
                        self.server = Decoder::new(DecodeOptions::from_client(self.version()));
                        self.is_open = true;
                        self.client.handle_connected(self.now);
                    }
                    Output::Transmit => assert!(self.is_open, "bytes only go to an open transport"),
                    Output::Event(event) => self.events.push(event),
                    Output::Store(operation) => self.stores.push(operation),
                    Output::Close => {
                        self.transmit();
                        self.is_open = false;
                        self.sent.push("close".into());
                    }
                }
            }
            if !self.is_open || !self.transmit() {
                return;
            }
        }
    }

    fn transmit(&mut self) -> bool {
        let bytes = self.client.transmit_slices().flatten().copied().collect::<Vec<u8>>();
        let mut input = &bytes[..];
        while let Some(packet) = self.server.next(&mut input).expect("a client sends what is allowed") {
            let mut line = String::new();
            text::write(&packet, self.client.options().protocol_version, &mut line).unwrap();
            self.sent.push(line);
        }
        self.client.transmitted(bytes.len(), self.now);
        !bytes.is_empty()
    }

    fn version(&self) -> ProtocolVersion {
        self.client.options().protocol_version
    }
}

pub(crate) fn options() -> ClientOptions {
    ClientOptions { client_identifier: "c".into(), ..ClientOptions::default() }
}

/// Options of a Session that survives.
pub(crate) fn lasting() -> ClientOptions {
    ClientOptions { clean_start: false, session_expiry_interval_s: 3600, ..options() }
}

pub(crate) fn old(protocol_version: ProtocolVersion) -> ClientOptions {
    ClientOptions { protocol_version, ..options() }
}

pub(crate) fn message(topic: &str, payload: &'static str, qos: u8) -> Message {
    Message::new(TopicName::new(topic).unwrap(), payload).with_qos(QoS::from_u8(qos).unwrap())
}

pub(crate) fn expiring(message: Message, seconds: u32) -> Message {
    message.with_properties(PropertiesBuf::new().with(Property::MessageExpiryInterval(seconds)).unwrap())
}

pub(crate) fn subscriptions(filter: &str, qos: QoS) -> SubscriptionsBuf {
    SubscriptionsBuf::new().with(TopicFilter::new(filter).unwrap(), SubscriptionOptions::new(qos)).unwrap()
}

pub(crate) const CONNACK: &str = "CONNACK session_present=0 reason_code=0x00 properties=[]";
pub(crate) const CONNACK_PRESENT: &str = "CONNACK session_present=1 reason_code=0x00 properties=[]";
pub(crate) const CONNACK_V3: &str = "CONNACK session_present=0 reason_code=0x00";

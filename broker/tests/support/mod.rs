//! A client that does exactly what a test tells it, on any transport.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "the test files are above it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "how a test fails")]

pub mod certificates;

use core::time::Duration;
use polymqtt::transport::{ConnectOptions, Stream, TlsOptions, client_config, connect};
use polymqtt_broker::config::{Listener, Transport};
use polymqtt_broker::polymqtt_core::ReasonCode;
use polymqtt_broker::polymqtt_core::codec::{
    Connect, DecodeOptions, Decoder, Packet, PacketIdentifier, Properties, ProtocolVersion, Publish, QoS, Side,
    Subscribe, SubscriptionOptions, SubscriptionsBuf, text,
};
use polymqtt_broker::polymqtt_core::topic::{TopicFilter, TopicName};
use polymqtt_broker::{Broker, BrokerBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Far more than anything here takes: a test that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A client that does exactly what it is told.
pub struct Raw {
    stream: Stream,
    decoder: Decoder,
    version: ProtocolVersion,
    received: Vec<u8>,
    used: usize,
}

/// A broker on one TCP port of this machine.
pub fn on_tcp(builder: BrokerBuilder) -> Broker {
    builder.listen(local(Transport::Tcp)).start().unwrap()
}

/// A listener on a port that the system chooses.
pub fn local(transport: Transport) -> Listener {
    Listener::network(transport, ([127, 0, 0, 1], 0).into())
}

/// The URL of the broker's listener for this transport.
pub fn url(broker: &Broker, transport: Transport) -> String {
    let address = broker.addresses().iter().find(|address| address.transport() == transport);
    address.unwrap_or_else(|| panic!("no listener for {transport:?}")).url()
}

pub async fn open(url: &str, tls: Option<TlsOptions>) -> Result<Stream, String> {
    let mut options = ConnectOptions::default();
    options.timeout = PATIENCE;
    if let Some(tls) = &tls {
        options.tls = Some(client_config(tls).unwrap());
        options.server_name = Some("localhost".to_owned());
    }
    connect(&url.parse().unwrap(), &options).await.map_err(|error| error.to_string())
}

pub async fn opened(url: &str, tls: Option<TlsOptions>) -> Stream {
    open(url, tls).await.unwrap()
}

impl Raw {
    pub fn new(stream: Stream, version: ProtocolVersion) -> Self {
        let options = DecodeOptions { version, sender: Some(Side::Server), ..DecodeOptions::default() };
        Self { stream, decoder: Decoder::new(options), version, received: Vec::new(), used: 0 }
    }

    /// Opens TCP to the broker.
    pub async fn tcp(broker: &Broker, version: ProtocolVersion) -> Self {
        Self::new(open(&url(broker, Transport::Tcp), None).await.unwrap(), version)
    }

    /// Opens TCP to the broker, and connects.
    pub async fn connected(broker: &Broker, version: ProtocolVersion, client_identifier: &str) -> Self {
        let mut raw = Self::tcp(broker, version).await;
        raw.connect(client_identifier).await;
        raw
    }

    /// Sends CONNECT (a new Session) and expects to be accepted.
    pub async fn connect(&mut self, client_identifier: &str) {
        self.send(&Packet::Connect(connect_packet(self.version, client_identifier))).await;
        let answer = self.receive().await;
        assert!(answer.starts_with("CONNACK") && answer.contains("reason_code=0x00"), "{answer}");
    }

    pub async fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).unwrap();
        self.send_bytes(&bytes).await.unwrap();
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    pub async fn subscribe(&mut self, filter: &str, qos: QoS) {
        let mut subscriptions = SubscriptionsBuf::new();
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        subscriptions.push(TopicFilter::new(filter).unwrap(), options).unwrap();
        self.send(&Packet::Subscribe(Subscribe {
            packet_identifier: PacketIdentifier::MIN,
            properties: Properties::EMPTY,
            subscriptions: subscriptions.as_subscriptions(),
        }))
        .await;
        let answer = self.receive().await;
        assert!(answer.starts_with("SUBACK"), "{answer}");
    }

    pub async fn publish(&mut self, topic: &str, payload: &[u8], qos: QoS, retain: bool) {
        let packet_identifier = (qos != QoS::AtMostOnce).then_some(PacketIdentifier::MIN);
        self.send(&Packet::Publish(Publish {
            dup: false,
            qos,
            retain,
            topic: Some(TopicName::new(topic).unwrap()),
            packet_identifier,
            properties: Properties::EMPTY,
            payload,
        }))
        .await;
    }

    /// The next packet in its canonical text form; `end` when the transport has ended.
    pub async fn receive(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.receive_now()).await.expect("a packet or the end")
    }

    async fn receive_now(&mut self) -> String {
        loop {
            let mut rest = &self.received[self.used..];
            let before = rest.len();
            let text = self.decoder.next(&mut rest).unwrap().map(|packet| {
                let mut line = String::new();
                text::write(&packet, self.version, &mut line).unwrap();
                line
            });
            self.used += before - rest.len();
            if let Some(text) = text {
                return text;
            }
            self.received.clear();
            self.used = 0;
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) | Err(_) => return "end".to_owned(),
                Ok(_) => {}
            }
        }
    }

    /// Makes sure that the broker has handled everything that was sent.
    pub async fn ping(&mut self) {
        self.send(&Packet::PingReq).await;
        assert_eq!(self.receive().await, "PINGRESP");
    }
}

pub fn connect_packet(protocol_version: ProtocolVersion, client_identifier: &str) -> Connect<'_> {
    Connect {
        protocol_version,
        clean_start: true,
        keep_alive_s: 0,
        properties: Properties::EMPTY,
        client_identifier,
        will: None,
        user_name: None,
        password: None,
    }
}

/// How a line of text names a Reason Code.
pub fn reason(reason_code: ReasonCode) -> String {
    format!("reason_code=0x{:02x}", reason_code.as_u8())
}

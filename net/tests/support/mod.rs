//! A server that does what a test tells it, packet by packet, and Debian's mosquitto.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use polymqtt::core::codec::{
    Acknowledgement, ConnAck, DecodeOptions, Decoder, Packet, PacketIdentifier, Properties, ProtocolVersion, Publish,
    QoS, SubAck, Subscribe,
};
use polymqtt::core::topic::TopicName;
use polymqtt::{Client, ClientOptions, ReasonCode, Reconnect};
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Longer than anything here takes: a test that fails ends, too.
pub const LONG: Duration = Duration::from_secs(20);

/// A port where a [`Peer`] can be had.
pub struct Server {
    listener: TcpListener,
}

/// A connection, seen from the server.
pub struct Peer {
    stream: TcpStream,
    decoder: Decoder,
    input: Vec<u8>,
    pub version: ProtocolVersion,
}

impl Server {
    pub async fn start() -> Self {
        Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap() }
    }

    pub fn url(&self) -> String {
        format!("mqtt://{}", self.listener.local_addr().unwrap())
    }

    pub fn options(&self) -> ClientOptions {
        ClientOptions::new().add_broker(&self.url()).set_client_id("test")
    }

    /// The next connection, before CONNECT.
    pub async fn accept(&self) -> Peer {
        let (stream, _) = tokio::time::timeout(LONG, self.listener.accept()).await.unwrap().unwrap();
        let version = ProtocolVersion::V5_0;
        Peer { stream, decoder: Decoder::new(DecodeOptions::from_client(version)), input: Vec::new(), version }
    }

    /// The next connection, with CONNECT answered by success.
    pub async fn connected(&self) -> Peer {
        let mut peer = self.accept().await;
        let version = peer.next(|packet| match packet {
            Packet::Connect(connect) => connect.protocol_version,
            other => panic!("CONNECT comes first: {other:?}"),
        });
        peer.version = version.await;
        peer.send(&Packet::ConnAck(ConnAck {
            session_present: false,
            reason_code: ReasonCode::Success,
            properties: Properties::EMPTY,
        }))
        .await;
        peer
    }
}

impl Peer {
    /// The next packet; panics when the connection ends.
    pub async fn next<R>(&mut self, look: impl FnOnce(Packet<'_>) -> R) -> R {
        self.next_or_end(look).await.expect("a packet, not the end")
    }

    /// The next packet; `None` when the connection ends.
    pub async fn next_or_end<R>(&mut self, look: impl FnOnce(Packet<'_>) -> R) -> Option<R> {
        let mut look = Some(look);
        loop {
            let mut rest = &self.input[..];
            let found = self.decoder.next(&mut rest).unwrap().map(|packet| look.take().unwrap()(packet));
            let used = self.input.len() - rest.len();
            self.input.drain(..used);
            if found.is_some() {
                return found;
            }
            let read = tokio::time::timeout(LONG, self.stream.read_buf(&mut self.input)).await.unwrap();
            if read.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    pub async fn send(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).unwrap();
        self.send_bytes(&bytes).await;
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn publish(&mut self, topic: &str, payload: &[u8]) {
        self.send(&Packet::Publish(Publish::new(TopicName::new(topic).unwrap(), payload))).await;
    }

    /// QoS 1.
    pub async fn publish_1(&mut self, packet_identifier: u16, topic: &str, payload: &[u8]) {
        let publish = Publish {
            qos: QoS::AtLeastOnce,
            packet_identifier: PacketIdentifier::new(packet_identifier),
            ..Publish::new(TopicName::new(topic).unwrap(), payload)
        };
        self.send(&Packet::Publish(publish)).await;
    }

    /// Takes a SUBSCRIBE and grants everything.
    pub async fn grant(&mut self) {
        let (packet_identifier, reason_codes) = self
            .next(|packet| match packet {
                Packet::Subscribe(Subscribe { packet_identifier, subscriptions, .. }) => {
                    let codes = subscriptions.iter().map(|(_, options)| options.qos.as_u8()).collect::<Vec<_>>();
                    (packet_identifier, codes)
                }
                other => panic!("SUBSCRIBE: {other:?}"),
            })
            .await;
        let reason_codes: Vec<_> = reason_codes.into_iter().map(|code| ReasonCode::from_u8(code).unwrap()).collect();
        self.suback(packet_identifier, &reason_codes).await;
    }

    pub async fn suback(&mut self, packet_identifier: PacketIdentifier, reason_codes: &[ReasonCode]) {
        let codes: Vec<u8> = reason_codes.iter().map(|code| code.as_u8()).collect();
        let suback = SubAck::new(packet_identifier, Properties::EMPTY, &codes);
        self.send(&Packet::SubAck(suback.unwrap())).await;
    }
}

/// Reconnects at once.
pub fn at_once() -> Reconnect {
    Reconnect::Backoff { delay_min_ms: 0, delay_max_ms: 0, attempts_max: 0 }
}

pub async fn connect(server: &Server, options: ClientOptions) -> (Client, Peer) {
    let client = Client::new(options).unwrap();
    let (connected, peer) = tokio::join!(client.connect(), server.connected());
    connected.unwrap();
    (client, peer)
}

pub async fn acknowledged(peer: &mut Peer) -> u16 {
    peer.next(|packet| match packet {
        Packet::PubAck(Acknowledgement { packet_identifier, .. }) => packet_identifier.as_u16(),
        other => panic!("PUBACK: {other:?}"),
    })
    .await
}

pub async fn acknowledge(peer: &mut Peer, packet_identifier: PacketIdentifier) {
    peer.send(&Packet::PubAck(Acknowledgement::new(packet_identifier, ReasonCode::Success))).await;
}

/// Takes a QoS 1 PUBLISH: its identifier and payload.
pub async fn published(peer: &mut Peer) -> (PacketIdentifier, Vec<u8>) {
    peer.next(|packet| match packet {
        Packet::Publish(publish) => (publish.packet_identifier.unwrap(), publish.payload.to_vec()),
        other => panic!("PUBLISH: {other:?}"),
    })
    .await
}

/// A running mosquitto; ended when dropped.
pub struct Mosquitto {
    process: Child,
    pub directory: tempfile::TempDir,
}

impl Mosquitto {
    /// Starts it with a configuration in which `{dir}` stands for its directory, and waits until it accepts connections
    /// at `ports`.
    pub fn start(configuration: &str, directory: tempfile::TempDir, ports: &[u16]) -> Self {
        let path = directory.path().join("mosquitto.conf");
        std::fs::write(&path, configuration.replace("{dir}", directory.path().to_str().unwrap())).unwrap();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let process = Command::new("/usr/sbin/mosquitto").arg("-c").arg(path).stdout(Stdio::null()).stderr(log).spawn();
        let process = process.expect("Debian's package mosquitto is installed (cargo xtask setup)");
        let mut mosquitto = Self { process, directory };
        for &port in ports {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            while std::net::TcpStream::connect_timeout(&address, LONG).is_err() {
                assert!(mosquitto.process.try_wait().unwrap().is_none(), "mosquitto ended: {}", mosquitto.log());
                std::thread::yield_now();
            }
        }
        mosquitto
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A CA, and a certificate for `localhost` that it has signed, all as PEM.
pub struct Pki {
    pub ca: Vec<u8>,
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

impl Pki {
    pub fn new() -> Self {
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.distinguished_name.push(rcgen::DnType::CommonName, "test CA");
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        Self {
            ca: ca_certificate.pem().into_bytes(),
            certificate: certificate.pem().into_bytes(),
            key: key.serialize_pem().into_bytes(),
        }
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

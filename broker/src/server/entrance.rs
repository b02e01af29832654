//! From an accepted socket to a connection of the right shard.

use super::certificate_name::common_name;
use super::connection;
use super::driver::Command;
use super::shard::Shard;
use super::socket::{Attached, Socket, Transport as Raw};
use crate::config::Transport;
use core::sync::atomic::{AtomicU16, Ordering};
use core::time::Duration;
use polymqtt::transport::{Stream, TlsAcceptor, WebSocketAcceptOptions, accept_tls, accept_websocket};
use polymqtt_core::broker::{ConnectionInfo, Peek, Placement, peek_connect};
use polymqtt_core::codec::{DecodeOptions, Side, decode};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

/// The ways to all shards.
#[derive(Debug)]
pub(super) struct Shards {
    senders: Vec<UnboundedSender<Command>>,
    placement: Placement,
    next: AtomicU16,
}

/// What a listener does with those who come.
#[derive(Clone)]
pub(super) struct Entrance {
    pub(super) transport: Transport,
    /// As [`ConnectionInfo`] names it.
    pub(super) name: Arc<str>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) websocket: WebSocketAcceptOptions,
    /// How long the way to a CONNECT may take.
    pub(super) timeout: Duration,
    pub(super) connect_size_bytes_max: usize,
    pub(super) shards: Arc<Shards>,
}

/// Somebody who came: what is known before the first byte was read.
pub(super) struct Arrival {
    pub(super) raw: Raw,
    pub(super) peer: Box<str>,
    /// Held until the CONNECT has been read.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Shards {
    pub(super) fn new(senders: Vec<UnboundedSender<Command>>, placement: Placement) -> Self {
        Self { senders, placement, next: AtomicU16::new(0) }
    }

    pub(super) fn count(&self) -> u16 {
        self.placement.count()
    }

    pub(super) fn placement(&self) -> Placement {
        self.placement
    }

    /// `false`: the shard has ended.
    pub(super) fn send(&self, to: u16, command: Command) -> bool {
        self.senders.get(usize::from(to)).is_some_and(|sender| sender.send(command).is_ok())
    }

    pub(super) fn next(&self) -> u16 {
        self.next.fetch_add(1, Ordering::Relaxed) % self.count()
    }
}

impl Entrance {
    /// Whether what arrives is MQTT at once.
    fn is_plain(&self) -> bool {
        matches!(self.transport, Transport::Tcp | Transport::Unix)
    }

    /// Takes in an arrival on the thread of the only shard.
    pub(super) fn admit_here(self: &Arc<Self>, shard: &Rc<Shard>, arrival: Arrival) {
        if self.is_plain() {
            if let Ok(attached) = arrival.raw.attach() {
                connection::start(shard, attached, self.info(arrival.peer, None), &[]);
            }
        } else {
            self.admit_on_shard(shard, arrival);
        }
    }

    /// Takes in an arrival on the acceptor's own thread, where there are several shards.
    pub(super) fn admit(self: &Arc<Self>, arrival: Arrival) {
        if self.is_plain() {
            let entrance = Arc::clone(self);
            tokio::task::spawn_local(async move {
                let way = tokio::time::timeout(entrance.timeout, entrance.pass(None, arrival));
                log_failure(&entrance.name, way.await);
            });
        } else {
            let command = Command::Admit(Arc::clone(self), Box::new(arrival));
            self.shards.send(self.shards.next(), command);
        }
    }

    /// Takes in an arrival on the thread of a shard: handshakes happen here, and the connection stays if it belongs here.
    pub(super) fn admit_on_shard(self: &Arc<Self>, shard: &Rc<Shard>, arrival: Arrival) {
        let (entrance, shard) = (Arc::clone(self), Rc::clone(shard));
        tokio::task::spawn_local(async move {
            let way = tokio::time::timeout(entrance.timeout, entrance.pass(Some(&shard), arrival));
            log_failure(&entrance.name, way.await);
        });
    }

    async fn pass(&self, shard: Option<&Rc<Shard>>, arrival: Arrival) -> io::Result<()> {
        let Arrival { raw, peer, permit } = arrival;
        let (mut attached, identity) = self.shake_hands(raw.attach()?).await?;
        let info = self.info(peer, identity);
        let mut bytes = Vec::new();
        let owner = if self.shards.count() == 1 {
            0
        } else {
            read_connect(&mut attached, &mut bytes, self.connect_size_bytes_max).await?;
            self.owner(&bytes)
        };
        drop(permit);
        match shard {
            Some(shard) if shard.index == owner => connection::start(shard, attached, info, &bytes),
            _ => {
                self.shards.send(owner, Command::Attach { raw: attached.detach()?, info, bytes });
            }
        }
        Ok(())
    }

    /// The shard for what these bytes begin. Whoever has no Client Identifier may live anywhere.
    fn owner(&self, bytes: &[u8]) -> u16 {
        match peek_connect(bytes) {
            Peek::ClientIdentifier(identifier) if !identifier.is_empty() => {
                self.shards.placement().shard_of(identifier)
            }
            Peek::ClientIdentifier(_) | Peek::NeedMore | Peek::Invalid => self.shards.next(),
        }
    }

    async fn shake_hands(&self, attached: Attached) -> io::Result<(Attached, Option<Box<str>>)> {
        if self.is_plain() {
            return Ok((attached, None));
        }
        let Attached::Socket(Socket::Tcp(socket)) = attached else {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        };
        let fault = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let stream = match &self.tls {
            None => Stream::from(accept_websocket(socket, &self.websocket).await.map_err(fault)?),
            Some(acceptor) => {
                let tls = accept_tls(socket, acceptor).await.map_err(fault)?;
                if self.transport == Transport::SecureWebSocket {
                    Stream::from(accept_websocket(tls, &self.websocket).await.map_err(fault)?)
                } else {
                    Stream::from(tls)
                }
            }
        };
        let identity = stream.peer_certificates().first().and_then(|certificate| common_name(certificate));
        Ok((Attached::Stream(stream), identity.map(String::into_boxed_str)))
    }

    fn info(&self, peer: Box<str>, identity: Option<Box<str>>) -> ConnectionInfo {
        ConnectionInfo { peer, listener: Box::from(&*self.name), identity }
    }
}

/// Reads until the Client Identifier is known, or known not to come.
async fn read_connect(attached: &mut Attached, bytes: &mut Vec<u8>, size_bytes_max: usize) -> io::Result<()> {
    while bytes.len() < size_bytes_max && is_incomplete(bytes) {
        bytes.reserve(READ_BYTES);
        let count = match attached {
            Attached::Stream(stream) => stream.read_buf(bytes).await?,
            Attached::Socket(socket) => {
                socket.readable().await?;
                let mut buffer = [0; READ_BYTES];
                match socket.try_read(&mut buffer) {
                    Ok(count) => {
                        bytes.extend_from_slice(&buffer[..count]);
                        count
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                }
            }
        };
        if count == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
    }
    Ok(())
}

/// Whether more has to come. What is certainly wrong may go to any shard, and is answered there.
fn is_incomplete(bytes: &[u8]) -> bool {
    let options = DecodeOptions { sender: Some(Side::Client), ..DecodeOptions::default() };
    peek_connect(bytes) == Peek::NeedMore && decode(bytes, &options) == Ok(None)
}

fn log_failure(listener: &str, way: Result<io::Result<()>, tokio::time::error::Elapsed>) {
    match way {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(listener, "a connection ended before its CONNECT: {error}"),
        Err(_) => tracing::debug!(listener, "a connection took too long for its CONNECT"),
    }
}

const READ_BYTES: usize = 4096;

//! What the broker wants done, in one ordered stream.

use super::connection::ConnectionId;
use super::error::Fault;
use super::forward::Forward;
use super::store::StoreOperation;
use crate::ReasonCode;
use crate::codec::ProtocolVersion;
use crate::codec::text::{Code, Quoted};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

/// Something to do. After every call that can change the broker, call [`Broker::poll_output`](super::Broker::poll_output) until
/// it returns `None`.
///
/// The order is: what has to be safe or visible elsewhere first (Store, Forward), and Events, as they arose; then Transmit
/// for every connection that has something to send, each followed by its Close where it ends.
#[derive(Debug)]
pub enum Output {
    /// The connection has bytes to send. Emitted once when there were none before; take them with
    /// [`Broker::transmit_slices`](super::Broker::transmit_slices), now or when the transport is ready.
    Transmit(ConnectionId),
    /// Something that the embedder may want to know or has to answer.
    Event(Event),
    /// Send what is left in [`Broker::transmit_slices`](super::Broker::transmit_slices), then close the transport and call
    /// [`Broker::handle_closed`](super::Broker::handle_closed), which forgets the connection.
    Close(ConnectionId),
    /// A change to be made durable: [`Broker::completed`](super::Broker::completed) when it is.
    Store(StoreOperation),
    /// A message for another shard: [`Broker::handle_forward`](super::Broker::handle_forward) there.
    Forward {
        /// The index of the shard.
        to: u16,
        /// The message.
        forward: Forward,
    },
}

/// Something that the embedder may want to know or has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A CONNECT that the policy did not decide. Answer with [`Broker::accept_connect`](super::Broker::accept_connect),
    /// [`Broker::reject_connect`](super::Broker::reject_connect) or [`Broker::authenticate`](super::Broker::authenticate).
    ConnectRequest(Box<ConnectRequest>),
    /// The next step of an enhanced authentication came from the client. Answer with
    /// [`Broker::authenticate`](super::Broker::authenticate).
    Authentication(Box<AuthenticationRequest>),
    /// A client was accepted.
    Connected(Box<ClientConnected>),
    /// A connection ended without ever having been accepted.
    Refused(Box<ConnectionRefused>),
    /// The connection of a client that was accepted is over.
    Disconnected(Box<ClientDisconnected>),
    /// A Session is over: it expired, was discarded by Clean Start, or ended with its connection.
    SessionEnded {
        /// Whose.
        client_identifier: Arc<str>,
    },
}

/// A CONNECT that waits for an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectRequest {
    /// Where it came from.
    pub connection: ConnectionId,
    /// As in the packet: empty where one will be assigned.
    pub client_identifier: Box<str>,
    /// The version that the client speaks.
    pub protocol_version: ProtocolVersion,
    /// Clean Start.
    pub clean_start: bool,
    /// Keep Alive in seconds.
    pub keep_alive_s: u16,
    /// The User Name.
    pub user_name: Option<Box<str>>,
    /// The Password. The text form does not show it.
    pub password: Option<Box<[u8]>>,
    /// The method of enhanced authentication.
    pub authentication_method: Option<Box<str>>,
    /// What the method brought along. The text form does not show it.
    pub authentication_data: Option<Box<[u8]>>,
}

/// A step of enhanced authentication that came from a client. Spec: 4.12.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticationRequest {
    /// Where it came from.
    pub connection: ConnectionId,
    /// The Client Identifier.
    pub client_identifier: Box<str>,
    /// The method.
    pub authentication_method: Box<str>,
    /// What the method prescribes. The text form does not show it.
    pub authentication_data: Option<Box<[u8]>>,
    /// Whether the client is connected already. Spec: 4.12.1.
    pub re_authentication: bool,
}

/// A client that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConnected {
    /// Its connection.
    pub connection: ConnectionId,
    /// Its Client Identifier, assigned or not.
    pub client_identifier: Arc<str>,
    /// The version that it speaks.
    pub protocol_version: ProtocolVersion,
    /// As whom it was accepted.
    pub user_name: Option<Arc<str>>,
    /// Whether it continues a Session.
    pub session_present: bool,
}

/// A connection that ended without having been accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRefused {
    /// The connection.
    pub connection: ConnectionId,
    /// The Client Identifier of its CONNECT, if there was one.
    pub client_identifier: Option<Box<str>>,
    /// Why.
    pub cause: DisconnectCause,
}

/// A client that is not connected any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDisconnected {
    /// The connection that it had.
    pub connection: ConnectionId,
    /// Its Client Identifier.
    pub client_identifier: Arc<str>,
    /// Why.
    pub cause: DisconnectCause,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectCause {
    /// The client said so. 0x00 is a normal end, 0x04 asks for the will.
    Client(ReasonCode),
    /// The transport was closed without a DISCONNECT.
    TransportClosed,
    /// The broker ended it, and why.
    Broker(Fault),
}

impl fmt::Display for Event {
    /// The canonical text, one line, the same in every language: what transcripts compare. Its grammar stands in
    /// `core/vectors/README.md`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectRequest(request) => request.fmt(f),
            Self::Authentication(request) => request.fmt(f),
            Self::Connected(connected) => connected.fmt(f),
            Self::Refused(refused) => {
                write!(f, "refused {}", refused.connection)?;
                if let Some(client_identifier) = &refused.client_identifier {
                    write!(f, " client_identifier={}", Quoted(client_identifier))?;
                }
                write!(f, " {}", refused.cause)
            }
            Self::Disconnected(disconnected) => {
                let ClientDisconnected { connection, client_identifier, cause } = &**disconnected;
                write!(f, "disconnected {connection} client_identifier={} {cause}", Quoted(client_identifier))
            }
            Self::SessionEnded { client_identifier } => {
                write!(f, "session_ended client_identifier={}", Quoted(client_identifier))
            }
        }
    }
}

impl fmt::Display for ClientConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connected {} client_identifier={}", self.connection, Quoted(&self.client_identifier))?;
        write!(f, " protocol_version={}", self.protocol_version)?;
        if let Some(user_name) = &self.user_name {
            write!(f, " user_name={}", Quoted(user_name))?;
        }
        write!(f, " session_present={}", u8::from(self.session_present))
    }
}

impl fmt::Display for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connect_request {} client_identifier={}", self.connection, Quoted(&self.client_identifier))?;
        write!(f, " protocol_version={} clean_start={}", self.protocol_version, u8::from(self.clean_start))?;
        write!(f, " keep_alive_s={}", self.keep_alive_s)?;
        if let Some(user_name) = &self.user_name {
            write!(f, " user_name={}", Quoted(user_name))?;
        }
        if let Some(password) = &self.password {
            write!(f, " password_size_bytes={}", password.len())?;
        }
        write_method(f, self.authentication_method.as_deref(), self.authentication_data.as_deref())
    }
}

impl fmt::Display for AuthenticationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "authentication {} client_identifier={}", self.connection, Quoted(&self.client_identifier))?;
        write!(f, " re_authentication={}", u8::from(self.re_authentication))?;
        write_method(f, Some(&self.authentication_method), self.authentication_data.as_deref())
    }
}

impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for AuthenticationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DisconnectCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(reason_code) => write!(f, "cause=client reason_code={}", Code(*reason_code)),
            Self::TransportClosed => f.write_str("cause=transport_closed"),
            Self::Broker(fault) => {
                write!(f, "cause=broker reason_code={}", Code(fault.reason_code))?;
                if !fault.statement.is_empty() {
                    write!(f, " statement={}", fault.statement)?;
                }
                Ok(())
            }
        }
    }
}

fn write_method(f: &mut fmt::Formatter<'_>, method: Option<&str>, data: Option<&[u8]>) -> fmt::Result {
    if let Some(method) = method {
        write!(f, " authentication_method={}", Quoted(method))?;
    }
    if let Some(data) = data {
        write!(f, " authentication_data_size_bytes={}", data.len())?;
    }
    Ok(())
}

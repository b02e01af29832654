//! What happens to the connection.

use crate::error::{Error, Refusal};
use crate::queue::Queue;
use crate::transport::TransportError;
use crate::url::BrokerUrl;
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_util::Stream;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::{self as core_client, Cause};
use polymqtt_core::codec::PropertiesBuf;
use std::sync::Arc;
use std::time::Instant;

/// Something that happened to the connection; from [`Client::events`](crate::Client::events).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The broker has accepted the connection.
    Connected(Connected),
    /// A connection or an attempt is over.
    Disconnected(Disconnected),
    /// The broker had lost the Session, and when subscribing anew it did not grant this Topic Filter again.
    SubscriptionLost {
        /// The Topic Filter.
        filter: String,
        /// Why.
        reason_code: ReasonCode,
    },
}

/// The broker has accepted the connection. Spec: 3.2.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connected {
    /// Which broker.
    pub broker: BrokerUrl,
    /// Whether it continues a Session.
    pub session_present: bool,
    /// The CONNACK properties.
    pub properties: PropertiesBuf,
}

/// A connection or an attempt is over.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Disconnected {
    /// Who or what ended it.
    pub cause: Cause,
    /// What the broker said, or what was said to it.
    pub refusal: Refusal,
    /// Why no stream could be opened, when that is the cause.
    pub transport: Option<Arc<TransportError>>,
    /// How long until the client tries again by itself; `None`: it does not.
    pub reconnect_in: Option<Duration>,
}

impl Connected {
    pub(crate) fn new(connected: core_client::Connected, broker: BrokerUrl) -> Self {
        Self { broker, session_present: connected.session_present, properties: connected.properties }
    }
}

impl Disconnected {
    pub(crate) fn new(
        disconnected: core_client::Disconnected,
        transport: Option<Arc<TransportError>>,
        reconnect_in: Option<Duration>,
    ) -> Self {
        let refusal = Refusal {
            reason_code: disconnected.reason_code,
            reason_string: disconnected.reason_string.map(String::into_boxed_str),
            server_reference: disconnected.server_reference.map(String::into_boxed_str),
            statement: disconnected.statement,
        };
        Self { cause: disconnected.cause, refusal, transport, reconnect_in }
    }

    /// The same as the error of a command that hangs on it.
    pub(crate) fn to_error(&self) -> Error {
        match (self.cause, &self.transport) {
            (Cause::TransportFailed, Some(error)) => Error::Transport(Arc::clone(error)),
            (Cause::Refused, _) => Error::ConnectionRefused(self.refusal.clone()),
            (Cause::Requested, _) => Error::Disconnected,
            _ => Error::ConnectionLost(self.clone()),
        }
    }
}

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.cause, &self.transport) {
            (_, Some(error)) => error.fmt(f),
            (Cause::Requested, None) => f.write_str("disconnected"),
            (Cause::Refused, None) => write!(f, "the broker refused the connection: {}", self.refusal),
            (Cause::ServerDisconnected, None) => write!(f, "the broker disconnected: {}", self.refusal),
            (Cause::Violation, None) => write!(f, "the broker broke the protocol: {}", self.refusal),
            (Cause::TransportClosed, None) => f.write_str("the broker closed the connection"),
            (Cause::TransportFailed, None) => f.write_str("no connection to the broker"),
            (Cause::ConnectTimeout, None) => f.write_str("the broker did not answer CONNECT in time"),
            (Cause::PingTimeout, None) => f.write_str("the broker did not answer a ping in time"),
            (Cause::AcknowledgementTimeout, None) => f.write_str("the broker acknowledged nothing for too long"),
        }
    }
}

/// The events of a client from the moment of [`Client::events`](crate::Client::events): an async stream, and for
/// blocking code an iterator. It does not hold the client alive. Beyond 1,024 that nobody takes, events are dropped.
#[derive(Debug)]
pub struct Events {
    queue: Arc<Queue<Event>>,
}

impl Events {
    pub(crate) fn new(queue: Arc<Queue<Event>>) -> Self {
        Self { queue }
    }

    /// The next event; `None` when the client is closed and everything was taken.
    pub async fn next(&self) -> Option<Event> {
        poll_fn(|cx| self.queue.poll_take(cx)).await
    }

    /// Blocks for the next event; `None` when the client is closed and everything was taken.
    pub fn recv(&self) -> Option<Event> {
        self.queue.take_blocking(None).flatten()
    }

    /// Blocks for the next event, but not longer than `timeout`.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`], or [`Error::Closed`] when the client is closed and everything was taken.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Event, Error> {
        let taken = self.queue.take_blocking(Instant::now().checked_add(timeout));
        taken.ok_or(Error::WaitTimedOut)?.ok_or(Error::Closed)
    }

    /// The next event if one is there.
    pub fn try_recv(&self) -> Option<Event> {
        self.queue.try_take()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.queue.poll_take(cx)
    }
}

//! What a client wants done, and what it tells.

use super::dispatch::HandlerIds;
use super::store::StoreOperation;
use super::tokens::Token;
use crate::codec::{PacketIdentifier, PropertiesBuf};
use crate::{Message, ReasonCode, Time};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// One thing for the driver to do, in order. See [`Client::poll_output`](super::Client::poll_output).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a transport to the server; then call [`handle_connected`](super::Client::handle_connected) or
    /// [`handle_connect_failed`](super::Client::handle_connect_failed). A transport that is still open is to be closed.
    Connect,
    /// There are bytes to write: [`transmit_slices`](super::Client::transmit_slices), then
    /// [`transmitted`](super::Client::transmitted). Said once when the first byte comes, and not again before all are taken;
    /// it is best done after the last output. When the transport has ended meanwhile, there are none.
    Transmit,
    /// Something to tell the application.
    Event(Event),
    /// Something to make durable; then call [`completed`](super::Client::completed). Only with the option `store`.
    Store(StoreOperation),
    /// Write what there is to write, and close the transport. No [`handle_closed`](super::Client::handle_closed) is
    /// expected for it.
    Close,
}

/// What a client tells its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server has accepted the connection; [`Client::server`](super::Client::server) says what it can do.
    Connected(Box<Connected>),
    /// A connection or an attempt is over.
    Disconnected(Box<Disconnected>),
    /// A message came.
    Message(Received),
    /// A command has come to its end. Exactly once for each token.
    Settled {
        /// The command.
        token: Token,
        /// How it ended.
        outcome: Outcome,
    },
    /// The server sent AUTH. Answer a *Continue authentication* with [`Client::authenticate`](super::Client::authenticate).
    Authentication(Box<AuthenticationStep>),
    /// After a connect without a Session the client subscribed anew, and the server did not grant this filter again.
    SubscriptionLost {
        /// The Topic Filter.
        filter: String,
        /// Why.
        reason_code: ReasonCode,
    },
    /// The client rests: nothing more happens until [`Client::connect`](super::Client::connect).
    Closed,
}

/// The server has accepted the connection. Spec: 3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// Whether the server continues a Session.
    pub session_present: bool,
    /// The CONNACK properties.
    pub properties: PropertiesBuf,
}

/// A connection or an attempt is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    /// Who or what ended it.
    pub cause: Cause,
    /// What the server said, or what we said to it.
    pub reason_code: ReasonCode,
    /// What the server broke: a statement such as `MQTT-3.2.0-1` or a section.
    pub statement: Option<&'static str>,
    /// The server's Reason String.
    pub reason_string: Option<String>,
    /// Another server to use. Spec: 4.11.
    pub server_reference: Option<String>,
    /// When the client tries again by itself; `None`: not at all.
    ///
    /// It does not when [`disconnect`](super::Client::disconnect) was called, when the policy is used up, and when trying
    /// again would only repeat the answer or disturb another client: 0x81, 0x82, 0x84, 0x85, 0x8A, 0x8C, 0x8E, 0x90, 0x95,
    /// 0x99, 0x9A, 0x9B, 0x9C and 0x9D from the server.
    pub reconnect_at: Option<Time>,
}

/// Who or what ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// [`Client::disconnect`](super::Client::disconnect).
    Requested,
    /// The server refused it with a CONNACK.
    Refused,
    /// The server sent DISCONNECT.
    ServerDisconnected,
    /// The server broke the protocol; `statement` says which rule.
    Violation,
    /// The transport closed.
    TransportClosed,
    /// The transport could not be opened.
    TransportFailed,
    /// No transport and CONNACK within `connect_timeout_ms`.
    ConnectTimeout,
    /// No PINGRESP within `ping_timeout_ms`.
    PingTimeout,
    /// No acknowledgement within `acknowledgement_timeout_ms`.
    AcknowledgementTimeout,
}

impl Cause {
    /// Its name in text, such as `server_disconnected`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refused => "refused",
            Self::ServerDisconnected => "server_disconnected",
            Self::Violation => "violation",
            Self::TransportClosed => "transport_closed",
            Self::TransportFailed => "transport_failed",
            Self::ConnectTimeout => "connect_timeout",
            Self::PingTimeout => "ping_timeout",
            Self::AcknowledgementTimeout => "acknowledgement_timeout",
        }
    }
}

/// A message that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message. Its properties include the Subscription Identifiers.
    pub message: Message,
    /// Of the PUBLISH that brought it; `None` at QoS 0.
    pub packet_identifier: Option<PacketIdentifier>,
    /// For [`Client::acknowledge`](super::Client::acknowledge); `None` when nothing is to be acknowledged by you.
    pub acknowledgement: Option<AcknowledgementHandle>,
    /// The handlers whose filter matches.
    pub handlers: HandlerIds,
}

/// Names a received message that waits for your acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcknowledgementHandle(pub(super) u64);

impl AcknowledgementHandle {
    /// The number: they count up from 1.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The handle with this number, which came from [`as_u64`](Self::as_u64): for bindings.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }
}

/// A step of enhanced authentication. Spec: 4.12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationStep {
    /// `ContinueAuthentication`: the server waits for your answer. `Success`: a re-authentication is complete.
    pub reason_code: ReasonCode,
    /// The AUTH properties, among them the Authentication Data.
    pub properties: PropertiesBuf,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// QoS 1 and 2: the server has acknowledged it. QoS 0: the transport has it.
    Published {
        /// `Success`, `NoMatchingSubscribers`, or for QoS 2 after a reconnect `PacketIdentifierNotFound`: the PUBCOMP was lost
        /// with the old connection. Spec: 3.7.2.1.
        reason_code: ReasonCode,
        /// The properties of the PUBACK or PUBCOMP.
        properties: PropertiesBuf,
    },
    /// The SUBACK came: one Reason Code for each Topic Filter, in order; each may be a failure.
    Subscribed {
        /// The granted QoS, or why not.
        reason_codes: Vec<ReasonCode>,
        /// The properties of the SUBACK.
        properties: PropertiesBuf,
    },
    /// The UNSUBACK came: one Reason Code for each Topic Filter, in order. None in 3.1 and 3.1.1.
    Unsubscribed {
        /// The result for each.
        reason_codes: Vec<ReasonCode>,
        /// The properties of the UNSUBACK.
        properties: PropertiesBuf,
    },
    /// The response to a request.
    Response(Message),
    /// The server refused it, or cannot take it.
    Refused {
        /// Why.
        reason_code: ReasonCode,
        /// The server's words.
        reason_string: Option<String>,
    },
    /// It had to give way because the queue was full.
    Dropped,
    /// Its Message Expiry Interval, or the time for the response, is over.
    Expired,
    /// It was sent, and the server lost the Session before acknowledging it: it may have been delivered or not.
    SessionLost,
    /// [`Client::cancel`](super::Client::cancel).
    Cancelled,
    /// The connection ended for good.
    Disconnected,
}

//! What can go wrong, sorted by whose fault it is.

use crate::event::Disconnected;
use crate::transport::{TlsConfigurationError, TransportError};
use crate::url::UrlError;
use core::fmt;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::UsageError;
use polymqtt_core::codec::EncodeError;
use polymqtt_core::topic::{PatternError, TopicError};
use std::io;
use std::sync::Arc;

/// Why a command failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    // The caller.
    /// A broker's URL cannot be used.
    Url(UrlError),
    /// The options name no broker.
    NoBroker,
    /// The TLS options cannot be used.
    Tls(Arc<TlsConfigurationError>),
    /// The text is not a Topic Name.
    TopicName {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: TopicError,
    },
    /// The text is neither a Topic Filter nor a pattern.
    TopicPattern {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// A property or a will cannot be encoded.
    Property(EncodeError),
    /// The core refuses the command as it is, or now.
    Usage(UsageError),
    /// [`Token::wait_timeout`](crate::Token::wait_timeout) has returned the answer before.
    TokenTaken,
    /// [`Client::respond`](crate::Client::respond) to a message that asks for no response.
    NoResponseTopic,

    // The machine and the network.
    /// The background thread cannot be started.
    Runtime(Arc<io::Error>),
    /// No connection to any of the brokers; the error of the last one.
    Transport(Arc<TransportError>),

    // The peer.
    /// The broker refused the connection.
    ConnectionRefused(Refusal),
    /// The broker refused this command.
    Refused(Refusal),
    /// The connection ended before there was an answer, and there will be none.
    ConnectionLost(Disconnected),

    // The course of things.
    /// The message expired before it could be sent.
    Expired,
    /// The message had to leave the queue of those that wait for a connection, which is full.
    QueueFull,
    /// The broker has no Session any more, so that it cannot be known whether the message arrived.
    SessionLost,
    /// The command was cancelled.
    Cancelled,
    /// The client is disconnected, and the command was not sent or not answered.
    Disconnected,
    /// The client is closed: all its handles were dropped.
    Closed,
    /// The time given to wait is over; the command goes on.
    WaitTimedOut,
}

/// How a broker said no.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The Reason Code; in 3.1 and 3.1.1 translated from a return code.
    pub reason_code: ReasonCode,
    /// The Reason String: a diagnosis for people (5.0).
    pub reason_string: Option<Box<str>>,
    /// The other server to use (5.0, 4.11).
    pub server_reference: Option<Box<str>>,
    /// The statement of the standard that was broken, when a packet was wrong, such as `MQTT-3.1.2-1`.
    pub statement: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, reason_string: None, server_reference: None, statement: None }
    }
}

impl Error {
    /// How the broker said no, when it did.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these are of the broker's making")]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::ConnectionRefused(refusal) | Self::Refused(refusal) => Some(refusal),
            Self::ConnectionLost(disconnected) => Some(&disconnected.refusal),
            _ => None,
        }
    }

    /// The statement of the standard that was broken, here or by the broker, such as `MQTT-4.7.1-1`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others break no rule of the standard")]
    pub fn statement(&self) -> Option<&'static str> {
        match self {
            Self::TopicName { error, .. } => Some(error.statement()),
            Self::TopicPattern { error, .. } => error.statement(),
            _ => self.refusal().and_then(|refusal| refusal.statement),
        }
    }

    /// The Reason Code, when the broker gave one.
    pub fn reason_code(&self) -> Option<ReasonCode> {
        self.refusal().map(|refusal| refusal.reason_code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => error.fmt(f),
            Self::NoBroker => f.write_str("the options name no broker: ClientOptions::add_broker(\"mqtt://host\")"),
            Self::Tls(error) => error.fmt(f),
            Self::TopicName { text, error } => error.describe_name(text).fmt(f),
            Self::TopicPattern { text, error } => error.describe(text).fmt(f),
            Self::Property(error) => error.fmt(f),
            Self::Usage(error) => error.fmt(f),
            Self::TokenTaken => f.write_str("the answer of this token was taken before"),
            Self::NoResponseTopic => f.write_str("the message has no response topic: it asks for no response"),
            Self::Runtime(error) => write!(f, "cannot start the background thread: {error}"),
            Self::Transport(error) => error.fmt(f),
            Self::ConnectionRefused(refusal) => write!(f, "the broker refused the connection: {refusal}"),
            Self::Refused(refusal) => write!(f, "the broker refused: {refusal}"),
            Self::ConnectionLost(disconnected) => disconnected.fmt(f),
            Self::Expired => f.write_str("the message expired before it could be sent"),
            Self::QueueFull => f.write_str("the queue of messages that wait for a connection is full"),
            Self::SessionLost => f.write_str("the broker has lost the session: it is not known whether it arrived"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Disconnected => f.write_str("the client is disconnected"),
            Self::Closed => f.write_str("the client is closed"),
            Self::WaitTimedOut => f.write_str("no answer yet: the time given to wait is over"),
        }
    }
}

impl core::error::Error for Error {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are no wrappers")]
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Runtime(error) => Some(error),
            Self::Transport(error) => error.source(),
            Self::Tls(error) => error.source(),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason_code.fmt(f)?;
        if let Some(text) = &self.reason_string {
            write!(f, ", {text:?}")?;
        }
        if let Some(server) = &self.server_reference {
            write!(f, "; use {server}")?;
        }
        if let Some(statement) = self.statement {
            write!(f, " [{statement}]")?;
        }
        Ok(())
    }
}

impl From<UrlError> for Error {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<UsageError> for Error {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::Property(error)
    }
}

impl From<TlsConfigurationError> for Error {
    fn from(error: TlsConfigurationError) -> Self {
        Self::Tls(Arc::new(error))
    }
}

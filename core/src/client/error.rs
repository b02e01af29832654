//! What the caller of a client can do wrong.

use crate::ReasonCode;
use crate::codec::{EncodeError, QoS};
use core::fmt;

/// A command that cannot be carried out as it was given: the caller's mistake, never the server's.
///
/// Nothing has changed when a command returns one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageError {
    /// What was given cannot be encoded.
    Encode(EncodeError),
    /// An option has a value that cannot be; the text names it and says what can.
    Option(&'static str),
    /// `connect` while there is a connection or an attempt.
    AlreadyConnected,
    /// The command needs a connection, and there is none.
    NotConnected,
    /// The command needs MQTT 5.0.
    NeedsVersion5,
    /// The queue is full and its policy is to refuse, or too many requests wait.
    QueueFull,
    /// The server keeps no Retained Messages. Spec: 3.2.2.3.5 [MQTT-3.2.2-14].
    RetainNotSupported,
    /// The server takes no higher QoS than this. Spec: 3.2.2.3.4 [MQTT-3.2.2-11].
    QoSNotSupported(QoS),
    /// The packet has more bytes than the server takes (`maximum`). Spec: 3.2.2.3.6 [MQTT-3.2.2-15].
    PacketTooLarge {
        /// Bytes of the packet.
        size: usize,
        /// Bytes that the server takes.
        maximum: u32,
    },
    /// The server has no wildcard subscriptions. Spec: 3.2.2.3.11.
    WildcardSubscriptionsNotSupported,
    /// The server has no Shared Subscriptions. Spec: 3.2.2.3.13.
    SharedSubscriptionsNotSupported,
    /// The server has no Subscription Identifiers. Spec: 3.2.2.3.12.
    SubscriptionIdentifiersNotSupported,
    /// A client must not send a Subscription Identifier in PUBLISH. Spec: 3.3.4 [MQTT-3.3.4-6].
    SubscriptionIdentifierInPublish,
    /// This message was acknowledged before, or acknowledgement is automatic.
    AcknowledgementUnknown,
    /// `authenticate` when the server asked for nothing, or without an Authentication Method in the options. Spec: 4.12.
    NoAuthentication,
    /// A Session Expiry Interval in DISCONNECT although that of CONNECT was 0. Spec: 3.14.2.2.2 [MQTT-3.14.2-2].
    SessionExpiryWasZero,
    /// There are too many handlers.
    TooManyHandlers,
    /// A stored record contradicts one that was restored before, or restoring came too late.
    Restore,
}

impl UsageError {
    /// The Reason Code that says the same.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::QueueFull | Self::TooManyHandlers => ReasonCode::QuotaExceeded,
            Self::RetainNotSupported => ReasonCode::RetainNotSupported,
            Self::QoSNotSupported(_) => ReasonCode::QoSNotSupported,
            Self::PacketTooLarge { .. } => ReasonCode::PacketTooLarge,
            Self::WildcardSubscriptionsNotSupported => ReasonCode::WildcardSubscriptionsNotSupported,
            Self::SharedSubscriptionsNotSupported => ReasonCode::SharedSubscriptionsNotSupported,
            Self::SubscriptionIdentifiersNotSupported => ReasonCode::SubscriptionIdentifiersNotSupported,
            Self::SubscriptionIdentifierInPublish | Self::SessionExpiryWasZero => ReasonCode::ProtocolError,
            Self::AcknowledgementUnknown => ReasonCode::PacketIdentifierNotFound,
            Self::NoAuthentication => ReasonCode::BadAuthenticationMethod,
            Self::NeedsVersion5 => ReasonCode::UnsupportedProtocolVersion,
            Self::Encode(_) => ReasonCode::MalformedPacket,
            Self::Option(_) | Self::AlreadyConnected | Self::NotConnected | Self::Restore => {
                ReasonCode::ImplementationSpecificError
            }
        }
    }
}

impl From<EncodeError> for UsageError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Encode(error) => return error.fmt(f),
            Self::Option(text) => text,
            Self::AlreadyConnected => "the client is connected or connecting already: disconnect first",
            Self::NotConnected => "there is no connection: wait for Connected",
            Self::NeedsVersion5 => "this needs MQTT 5.0: set protocol_version",
            Self::QueueFull => "the queue is full: wait until tokens settle, or raise its limits",
            Self::RetainNotSupported => {
                "the server keeps no retained messages: publish without RETAIN (MQTT 5.0, 3.2.2.3.5)"
            }
            Self::QoSNotSupported(maximum) => {
                return write!(f, "the server takes at most QoS {} (MQTT 5.0, 3.2.2.3.4)", maximum.as_u8());
            }
            Self::PacketTooLarge { size, maximum } => {
                return write!(
                    f,
                    "the packet has {size} bytes and the server takes at most {maximum} (MQTT 5.0, 3.2.2.3.6)"
                );
            }
            Self::WildcardSubscriptionsNotSupported => {
                "the server has no wildcard subscriptions: subscribe to whole topics (MQTT 5.0, 3.2.2.3.11)"
            }
            Self::SharedSubscriptionsNotSupported => {
                "the server has no shared subscriptions: subscribe without $share (MQTT 5.0, 3.2.2.3.13)"
            }
            Self::SubscriptionIdentifiersNotSupported => {
                "the server has no subscription identifiers: subscribe without one (MQTT 5.0, 3.2.2.3.12)"
            }
            Self::SubscriptionIdentifierInPublish => {
                "a client must not publish with a subscription identifier: remove the property (MQTT 5.0, 3.3.4)"
            }
            Self::AcknowledgementUnknown => "this message was acknowledged before, or acknowledgement is automatic",
            Self::NoAuthentication => {
                "no authentication is going on: set the option authentication, and answer when asked (MQTT 5.0, 4.12)"
            }
            Self::SessionExpiryWasZero => {
                "the session expiry interval cannot be set in DISCONNECT when it was 0 in CONNECT (MQTT 5.0, 3.14.2.2.2)"
            }
            Self::TooManyHandlers => "there are too many handlers: remove some",
            Self::Restore => "a stored record was restored twice, or after the first connect",
        };
        f.write_str(text)
    }
}

impl core::error::Error for UsageError {}

//! Faults of the caller and of the peer.

use crate::ReasonCode;
use core::fmt;

/// The caller used the broker in a way that makes no sense. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageError {
    /// An option is outside of its range.
    OptionOutOfRange {
        /// The field of [`BrokerOptions`](super::BrokerOptions).
        option: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// A placement must have a count of 1 or more, and an index below it.
    PlacementInvalid,
    /// There is no connection with this identifier (any more).
    ConnectionUnknown,
    /// Nobody is connected with this Client Identifier on this shard.
    ClientUnknown,
    /// The connection does not wait for this answer.
    NotAwaited,
    /// The Reason Code may not stand here.
    ReasonCodeInvalid,
    /// A record can only be restored before the first connection is accepted.
    RestoreTooLate,
    /// A stored record contradicts itself or the standard.
    RecordInvalid,
    /// The message cannot be published: the Topic Name has too many levels, or the message expired before it began.
    MessageInvalid,
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OptionOutOfRange { option, rule } => write!(f, "option {option} must be {rule}"),
            Self::PlacementInvalid => f.write_str("a placement needs a count of 1 or more and an index below it"),
            Self::ConnectionUnknown => f.write_str("there is no such connection (any more)"),
            Self::ClientUnknown => f.write_str("nobody is connected with this client identifier on this shard"),
            Self::NotAwaited => f.write_str("the connection does not wait for this answer"),
            Self::ReasonCodeInvalid => f.write_str("this reason code may not stand here (MQTT 5.0, 2.4)"),
            Self::RestoreTooLate => f.write_str("records are restored before the first connection is accepted"),
            Self::RecordInvalid => f.write_str("the stored record contradicts itself or the standard"),
            Self::MessageInvalid => f.write_str("the topic name has more levels than topic_levels_max"),
        }
    }
}

impl core::error::Error for UsageError {}

/// A limit of [`BrokerOptions`](super::BrokerOptions) keeps the broker from taking one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReached {
    /// The name of the option.
    pub option: &'static str,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the limit {} is reached", self.option)
    }
}

impl core::error::Error for LimitReached {}

/// What a peer did wrong, or why it cannot go on: the Reason Code it is told, the statement behind it and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What stands in the CONNACK or DISCONNECT.
    pub reason_code: ReasonCode,
    /// The statement that was broken (`MQTT-3.1.0-2`) or a section of the standard (`3.3.2.3.4`); empty where none was.
    pub statement: &'static str,
    /// One sentence for a person.
    pub text: &'static str,
}

impl Fault {
    pub(super) const fn new(reason_code: ReasonCode, statement: &'static str, text: &'static str) -> Self {
        Self { reason_code, statement, text }
    }

    pub(super) const fn protocol_error(statement: &'static str, text: &'static str) -> Self {
        Self::new(ReasonCode::ProtocolError, statement, text)
    }
}

impl fmt::Display for Fault {
    /// The Reason String that a peer gets: the sentence and the statement.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)?;
        match self.statement {
            "" => Ok(()),
            statement if statement.starts_with("MQTT-") => write!(f, " [{statement}]"),
            section => write!(f, " (MQTT 5.0, {section})"),
        }
    }
}

//! Events as text: one line, the same in every language.
//!
//! The grammar is written down in `core/vectors/README.md`; values look as they do in [`codec::text`](crate::codec::text).

use super::dispatch::HandlerId;
use super::output::{Connected, Disconnected, Event, Outcome, Received};
use crate::codec::text::{Code, Hex, Named, Quoted};
use crate::codec::{Properties, PropertiesBuf};
use crate::{Message, ReasonCode};
use core::fmt::{self, Display};

impl fmt::Display for Event {
    /// The canonical text form: one line without a line break, such as
    /// `settled token=1 outcome=published reason_code=0x00 properties=[]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected(connected) => write_connected(connected, f),
            Self::Disconnected(disconnected) => write_disconnected(disconnected, f),
            Self::Message(received) => write_received(received, f),
            Self::Settled { token, outcome } => {
                write!(f, "settled token={} outcome=", token.as_u64())?;
                write_outcome(outcome, f)
            }
            Self::Authentication(step) => {
                f.write_str("authentication")?;
                write_answer(step.reason_code, &step.properties, f)
            }
            Self::SubscriptionLost { filter, reason_code } => {
                write!(f, "subscription_lost filter={} reason_code={}", Quoted(filter), Code(*reason_code))
            }
            Self::Closed => f.write_str("closed"),
        }
    }
}

fn write_connected(connected: &Connected, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "connected session_present={}", u8::from(connected.session_present))?;
    write_properties(connected.properties.as_properties(), f)
}

fn write_disconnected(disconnected: &Disconnected, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "disconnected cause={} reason_code={}", disconnected.cause.name(), Code(disconnected.reason_code))?;
    if let Some(statement) = disconnected.statement {
        write!(f, " statement={statement}")?;
    }
    if let Some(text) = &disconnected.reason_string {
        write!(f, " reason_string={}", Quoted(text))?;
    }
    if let Some(text) = &disconnected.server_reference {
        write!(f, " server_reference={}", Quoted(text))?;
    }
    if let Some(at) = disconnected.reconnect_at {
        write!(f, " reconnect_at={}", at.as_ms())?;
    }
    Ok(())
}

fn write_received(received: &Received, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("message")?;
    write_message(&received.message, f)?;
    if let Some(acknowledgement) = received.acknowledgement {
        write!(f, " acknowledgement={}", acknowledgement.as_u64())?;
    }
    if !received.handlers.is_empty() {
        write_list("handlers", received.handlers.iter().map(HandlerId::as_u32), f)?;
    }
    Ok(())
}

fn write_message(message: &Message, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(
        f,
        " dup={} qos={} retain={} topic={}",
        u8::from(message.dup()),
        message.qos().as_u8(),
        u8::from(message.retain()),
        Quoted(message.topic().as_str())
    )?;
    write_properties(message.properties(), f)?;
    write!(f, " payload={}", Hex(message.payload()))
}

fn write_outcome(outcome: &Outcome, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match outcome {
        Outcome::Published { reason_code, properties } => {
            f.write_str("published")?;
            write_answer(*reason_code, properties, f)
        }
        Outcome::Subscribed { reason_codes, properties } => {
            f.write_str("subscribed")?;
            write_list("reason_codes", reason_codes.iter().map(|code| Code(*code)), f)?;
            write_properties(properties.as_properties(), f)
        }
        Outcome::Unsubscribed { reason_codes, properties } => {
            f.write_str("unsubscribed")?;
            write_list("reason_codes", reason_codes.iter().map(|code| Code(*code)), f)?;
            write_properties(properties.as_properties(), f)
        }
        Outcome::Response(message) => {
            f.write_str("response")?;
            write_message(message, f)
        }
        Outcome::Refused { reason_code, reason_string } => {
            write!(f, "refused reason_code={}", Code(*reason_code))?;
            match reason_string {
                Some(text) => write!(f, " reason_string={}", Quoted(text)),
                None => Ok(()),
            }
        }
        Outcome::Dropped => f.write_str("dropped"),
        Outcome::Expired => f.write_str("expired"),
        Outcome::SessionLost => f.write_str("session_lost"),
        Outcome::Cancelled => f.write_str("cancelled"),
        Outcome::Disconnected => f.write_str("disconnected"),
    }
}

fn write_answer(reason_code: ReasonCode, properties: &PropertiesBuf, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, " reason_code={}", Code(reason_code))?;
    write_properties(properties.as_properties(), f)
}

fn write_properties(properties: Properties<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_list("properties", properties.iter().map(Named), f)
}

fn write_list(name: &str, values: impl Iterator<Item = impl Display>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, " {name}=[")?;
    for (index, value) in values.enumerate() {
        write!(f, "{}{value}", if index > 0 { " " } else { "" })?;
    }
    f.write_str("]")
}

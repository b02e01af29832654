//! Exceptions.

use core::fmt::Display;
use polymqtt::Error;
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{DecodeError, EncodeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// An exception of `polymqtt.errors` with keyword arguments.
fn exception(class: &str, message: &str, reason_code: Option<u8>, statement: Option<&str>) -> PyErr {
    Python::attach(|py| {
        let made = (|| {
            let fields = PyDict::new(py);
            fields.set_item("reason_code", reason_code)?;
            fields.set_item("statement", statement)?;
            py.import("polymqtt.errors")?.getattr(class)?.call((message,), Some(&fields))
        })();
        made.map_or_else(|error| error, PyErr::from_value)
    })
}

/// Bytes that break the standard.
pub(crate) fn decode_error(error: DecodeError) -> PyErr {
    exception("DecodeError", &error.to_string(), Some(error.reason_code().as_u8()), Some(error.statement()))
}

/// A packet that cannot be said.
pub(crate) fn encode_error(error: EncodeError) -> PyErr {
    exception("EncodeError", &error.to_string(), None, None)
}

/// A Topic Name, Topic Filter or pattern that is not valid.
pub(crate) fn topic_error(error: &(impl Display + ?Sized), statement: Option<&str>) -> PyErr {
    exception("TopicError", &error.to_string(), None, statement)
}

/// A call or an option that makes no sense.
pub(crate) fn usage_error(message: &str) -> PyErr {
    exception("UsageError", message, None, None)
}

/// What the client says.
pub(crate) fn client_error(error: &Error) -> PyErr {
    let reason_code = error.reason_code().map(polymqtt_core::ReasonCode::as_u8);
    let class = match error {
        Error::Url(_)
        | Error::NoBroker
        | Error::Tls(_)
        | Error::Property(_)
        | Error::Usage(_)
        | Error::NoResponseTopic => "UsageError",
        Error::TopicName { .. } | Error::TopicPattern { .. } => "TopicError",
        Error::Refused(_) => "Refused",
        Error::Expired | Error::QueueFull | Error::SessionLost | Error::Cancelled | Error::TokenTaken => "NotDelivered",
        Error::Runtime(_)
        | Error::Transport(_)
        | Error::ConnectionRefused(_)
        | Error::ConnectionLost(_)
        | Error::Disconnected
        | Error::Closed
        | Error::WaitTimedOut
        | _ => "ConnectionFailed",
    };
    exception(class, &error.to_string(), reason_code, error.statement())
}

/// A call that a state machine refuses.
pub(crate) fn refused_use(message: &str, reason_code: ReasonCode) -> PyErr {
    exception("UsageError", message, Some(reason_code.as_u8()), None)
}

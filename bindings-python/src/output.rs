//! What the state machines ask for, as Python objects.

use crate::codec::{properties_to_py, reason_code_to_py};
use polymqtt_core::client::{self, Event, Outcome};
use polymqtt_core::{Message, ReasonCode};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// One thing to do, or to know. `kind` says what, `fields` what about it; `str()` is the canonical text, the same in every language.
#[pyclass(module = "polymqtt.sans_io", frozen)]
#[derive(Debug)]
pub(crate) struct Output {
    kind: String,
    text: String,
    fields: Py<PyDict>,
}

#[pymethods]
impl Output {
    /// "connect", "transmit", "close", "store", "forward", or the name of an event such as "message" or "settled".
    #[getter]
    fn kind(&self) -> &str {
        &self.kind
    }

    /// What there is to know about it, by name.
    #[getter]
    fn fields(&self, py: Python<'_>) -> Py<PyDict> {
        self.fields.clone_ref(py)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.fields.bind(py).as_any().get_item(name)
    }

    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self) -> String {
        format!("<Output {}>", self.text)
    }
}

impl Output {
    pub(crate) fn new(kind: &str, text: String, fields: Bound<'_, PyDict>) -> Self {
        Self { kind: kind.to_owned(), text, fields: fields.unbind() }
    }

    /// An event: its kind is the first word of its canonical text.
    pub(crate) fn event(text: String, fields: Bound<'_, PyDict>) -> Self {
        let kind = text.split(' ').next().unwrap_or_default().to_owned();
        Self { kind, text, fields: fields.unbind() }
    }
}

/// An output of the client.
pub(crate) fn client_output(py: Python<'_>, output: &client::Output) -> PyResult<Output> {
    let fields = PyDict::new(py);
    Ok(match output {
        client::Output::Connect => Output::new("connect", "connect".to_owned(), fields),
        client::Output::Transmit => Output::new("transmit", "transmit".to_owned(), fields),
        client::Output::Close => Output::new("close", "close".to_owned(), fields),
        client::Output::Store(operation) => {
            fields.set_item("sequence", operation.sequence)?;
            Output::new("store", format!("store sequence={}", operation.sequence), fields)
        }
        client::Output::Event(event) => {
            client_event(&fields, event)?;
            Output::event(event.to_string(), fields)
        }
    })
}

fn client_event(fields: &Bound<'_, PyDict>, event: &Event) -> PyResult<()> {
    let py = fields.py();
    match event {
        Event::Connected(connected) => {
            fields.set_item("session_present", connected.session_present)?;
            fields.set_item("properties", properties_to_py(py, connected.properties.as_properties())?)
        }
        Event::Disconnected(lost) => {
            fields.set_item("cause", lost.cause.name())?;
            fields.set_item("reason_code", reason_code_to_py(py, lost.reason_code)?)?;
            fields.set_item("statement", lost.statement)?;
            fields.set_item("reason_string", lost.reason_string.as_deref())?;
            fields.set_item("server_reference", lost.server_reference.as_deref())?;
            fields.set_item("reconnect_at", lost.reconnect_at.map(polymqtt_core::Time::as_ms))
        }
        Event::Message(received) => {
            message_fields(fields, &received.message)?;
            let acknowledgement = received.acknowledgement.map(client::AcknowledgementHandle::as_u64);
            fields.set_item("acknowledgement", acknowledgement)?;
            let handlers: Vec<u32> = received.handlers.iter().map(client::HandlerId::as_u32).collect();
            fields.set_item("handlers", PyList::new(py, handlers)?)
        }
        Event::Settled { token, outcome } => {
            fields.set_item("token", token.as_u64())?;
            outcome_fields(fields, outcome)
        }
        Event::Authentication(step) => {
            fields.set_item("reason_code", reason_code_to_py(py, step.reason_code)?)?;
            fields.set_item("properties", properties_to_py(py, step.properties.as_properties())?)
        }
        Event::SubscriptionLost { filter, reason_code } => {
            fields.set_item("topic_filter", filter)?;
            fields.set_item("reason_code", reason_code_to_py(py, *reason_code)?)
        }
        Event::Closed => Ok(()),
    }
}

fn outcome_fields(fields: &Bound<'_, PyDict>, outcome: &Outcome) -> PyResult<()> {
    let py = fields.py();
    let name = match outcome {
        Outcome::Published { reason_code, properties } => {
            fields.set_item("reason_code", reason_code_to_py(py, *reason_code)?)?;
            fields.set_item("properties", properties_to_py(py, properties.as_properties())?)?;
            "published"
        }
        Outcome::Subscribed { reason_codes, properties } => {
            set_reason_codes(fields, reason_codes)?;
            fields.set_item("properties", properties_to_py(py, properties.as_properties())?)?;
            "subscribed"
        }
        Outcome::Unsubscribed { reason_codes, properties } => {
            set_reason_codes(fields, reason_codes)?;
            fields.set_item("properties", properties_to_py(py, properties.as_properties())?)?;
            "unsubscribed"
        }
        Outcome::Response(message) => {
            message_fields(fields, message)?;
            "response"
        }
        Outcome::Refused { reason_code, reason_string } => {
            fields.set_item("reason_code", reason_code_to_py(py, *reason_code)?)?;
            fields.set_item("reason_string", reason_string.as_deref())?;
            "refused"
        }
        Outcome::Dropped => "dropped",
        Outcome::Expired => "expired",
        Outcome::SessionLost => "session_lost",
        Outcome::Cancelled => "cancelled",
        Outcome::Disconnected => "disconnected",
    };
    fields.set_item("outcome", name)
}

fn set_reason_codes(fields: &Bound<'_, PyDict>, codes: &[ReasonCode]) -> PyResult<()> {
    let codes: PyResult<Vec<_>> = codes.iter().map(|code| reason_code_to_py(fields.py(), *code)).collect();
    fields.set_item("reason_codes", PyList::new(fields.py(), codes?)?)
}

pub(crate) fn message_fields(fields: &Bound<'_, PyDict>, message: &Message) -> PyResult<()> {
    let py = fields.py();
    fields.set_item("topic", message.topic().as_str())?;
    fields.set_item("payload", PyBytes::new(py, message.payload()))?;
    fields.set_item("qos", message.qos().as_u8())?;
    fields.set_item("retain", message.retain())?;
    fields.set_item("dup", message.dup())?;
    fields.set_item("properties", properties_to_py(py, message.properties())?)
}

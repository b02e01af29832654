//! The broker as a state machine, for a transport and a clock of the caller's.

use crate::broker::{broker_config, statistics_to_py};
use crate::codec::{
    payload_from_py, properties_from_py, qos_from_py, reason_code_from_py, reason_code_to_py, topic_name_from_py,
};
use crate::error::usage_error;
use crate::output::Output;
use polymqtt_core::broker::{
    self, AuthenticationStep, Broker, ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal,
    ConnectionId, ConnectionInfo, DisconnectCause, Event, Permission, Placement, Policy, SubscribeDecision,
};
use polymqtt_core::codec::{SubscriptionOptions, Will};
use polymqtt_core::topic::{TopicFilter, TopicName};
use polymqtt_core::{Message, QoS, ReasonCode, Time};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `polymqtt.sans_io.Broker`.
#[pyclass(module = "polymqtt.sans_io", name = "SansIoBroker")]
pub(crate) struct SansIoBroker {
    /// Never waited for: the methods that change it have it for themselves. It only makes the policy shareable.
    broker: Mutex<Broker>,
}

/// Asks for each CONNECT by an event, and a Python function for the rest.
#[derive(Debug)]
struct PythonPolicy {
    asks: bool,
    authorize: Option<Py<PyAny>>,
}

impl PythonPolicy {
    fn permit(&self, client: &ClientInfo<'_>, action: &str, topic: &str) -> bool {
        let Some(authorize) = &self.authorize else { return true };
        Python::attach(|py| {
            let arguments = (client.client_identifier, client.user_name, action, topic);
            let answer = authorize.bind(py).call1(arguments).and_then(|answer| answer.is_truthy());
            answer.unwrap_or_else(|error| {
                error.write_unraisable(py, None);
                false
            })
        })
    }

    fn permission(&self, client: &ClientInfo<'_>, action: &str, topic: &str) -> Permission {
        if self.permit(client, action, topic) { Permission::Allow } else { Permission::Deny(ReasonCode::NotAuthorized) }
    }
}

impl Policy for PythonPolicy {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        if self.asks { ConnectDecision::Ask } else { broker::AllowAll.connect(attempt) }
    }

    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        self.permission(client, "will", will.topic.as_str())
    }

    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, _qos: QoS, _retain: bool) -> Permission {
        self.permission(client, "publish", topic.as_str())
    }

    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
    ) -> SubscribeDecision {
        if self.permit(client, "subscribe", filter.as_str()) {
            SubscribeDecision::Grant(options.qos)
        } else {
            SubscribeDecision::Deny(ReasonCode::NotAuthorized)
        }
    }
}

#[pymethods]
impl SansIoBroker {
    /// The options are the keys of the broker's configuration. With `ask`, each CONNECT leads to an output "connect_request"
    /// that `accept_connect` or `reject_connect` answers.
    #[new]
    #[pyo3(signature = (*, ask=false, authorize=None, seed=0, store=false, version=None, **options))]
    fn new(
        py: Python<'_>,
        ask: bool,
        authorize: Option<Py<PyAny>>,
        seed: u64,
        store: bool,
        version: Option<&str>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let empty = PyDict::new(py);
        let mut options = broker_config(options.unwrap_or(&empty))?.options;
        options.seed = seed;
        options.store = store;
        if let Some(version) = version {
            options.version = version.into();
        }
        let policy = Box::new(PythonPolicy { asks: ask, authorize });
        let broker = Broker::new(options, Placement::SINGLE, policy).map_err(|e| usage_error(&e.to_string()))?;
        Ok(Self { broker: Mutex::new(broker) })
    }

    /// Somebody has opened a connection; returns its number.
    #[pyo3(signature = (now, *, peer="", listener=""))]
    fn accept(&mut self, now: u64, peer: &str, listener: &str) -> PyResult<u64> {
        let info = ConnectionInfo { peer: peer.into(), listener: listener.into(), ..ConnectionInfo::default() };
        let connection = self.broker().accept(info, Time::from_ms(now)).map_err(|e| usage_error(&e.to_string()))?;
        Ok(connection.as_u64())
    }

    /// Bytes came.
    fn handle_input(&mut self, connection: u64, data: &[u8], now: u64) {
        self.broker().handle_input(ConnectionId::from_u64(connection), data, Time::from_ms(now));
    }

    /// The transport is gone.
    fn handle_closed(&mut self, connection: u64, now: u64) {
        self.broker().handle_closed(ConnectionId::from_u64(connection), Time::from_ms(now));
    }

    /// The time that `next_timeout` told has come.
    fn handle_timeout(&mut self, now: u64) {
        self.broker().handle_timeout(Time::from_ms(now));
    }

    /// The next thing to do; None: there is nothing.
    fn poll_output(&mut self, py: Python<'_>) -> PyResult<Option<Output>> {
        self.broker().poll_output().map(|output| broker_output(py, &output)).transpose()
    }

    /// When to call `handle_timeout` at the latest, in milliseconds; None: not at all.
    fn next_timeout(&self) -> Option<u64> {
        self.lock().next_timeout().map(Time::as_ms)
    }

    /// What there is to write to a connection.
    fn transmit_data<'py>(&self, py: Python<'py>, connection: u64) -> Bound<'py, PyBytes> {
        let broker = self.lock();
        let slices: Vec<&[u8]> = broker.transmit_slices(ConnectionId::from_u64(connection)).collect();
        PyBytes::new(py, &slices.concat())
    }

    /// So many bytes of it were written.
    fn transmitted(&mut self, connection: u64, len: usize, now: u64) {
        self.broker().transmitted(ConnectionId::from_u64(connection), len, Time::from_ms(now));
    }

    /// Answers an output "connect_request": welcome.
    #[pyo3(signature = (connection, now, *, user_name=None, authentication_data=None))]
    fn accept_connect(
        &mut self,
        connection: u64,
        now: u64,
        user_name: Option<&str>,
        authentication_data: Option<&[u8]>,
    ) -> PyResult<()> {
        let grant = grant(user_name, authentication_data);
        let accepted = self.broker().accept_connect(ConnectionId::from_u64(connection), &grant, Time::from_ms(now));
        accepted.map_err(|e| usage_error(&e.to_string()))
    }

    /// Answers an output "connect_request": go away.
    #[pyo3(signature = (connection, reason_code, now, *, reason_string=None, server_reference=None))]
    fn reject_connect(
        &mut self,
        connection: u64,
        reason_code: &Bound<'_, PyAny>,
        now: u64,
        reason_string: Option<&str>,
        server_reference: Option<&str>,
    ) -> PyResult<()> {
        let refusal = ConnectRefusal {
            reason_code: reason_code_from_py(reason_code)?,
            reason_string: reason_string.map(Into::into),
            server_reference: server_reference.map(Into::into),
        };
        let rejected = self.broker().reject_connect(ConnectionId::from_u64(connection), &refusal, Time::from_ms(now));
        rejected.map_err(|e| usage_error(&e.to_string()))
    }

    /// Answers an output "authentication" (MQTT 5.0, 4.12): `done` ends it, otherwise the client is asked for another step.
    #[pyo3(signature = (connection, now, *, data=None, done=false, user_name=None, refuse=None))]
    fn authenticate(
        &mut self,
        connection: u64,
        now: u64,
        data: Option<&[u8]>,
        done: bool,
        user_name: Option<&str>,
        refuse: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let step = match refuse {
            Some(reason_code) => AuthenticationStep::Failure(reason_code_from_py(reason_code)?.into()),
            None if done => AuthenticationStep::Success(grant(user_name, data)),
            None => AuthenticationStep::Continue { data: data.map(Into::into) },
        };
        let answered = self.broker().authenticate(ConnectionId::from_u64(connection), step, Time::from_ms(now));
        answered.map_err(|e| usage_error(&e.to_string()))
    }

    /// Publishes a message as the program itself.
    #[pyo3(signature = (topic, payload, now, *, qos=0, retain=false, properties=None))]
    fn publish(
        &mut self,
        topic: &str,
        payload: &Bound<'_, PyAny>,
        now: u64,
        qos: u8,
        retain: bool,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let message = Message::new(topic_name_from_py(topic)?, payload_from_py(payload)?)
            .with_qos(qos_from_py(qos)?)
            .with_retain(retain)
            .with_properties(properties_from_py(properties)?);
        self.broker().publish(&message, Time::from_ms(now)).map_err(|e| usage_error(&e.to_string()))
    }

    /// Ends a connection.
    fn disconnect(&mut self, connection: u64, reason_code: &Bound<'_, PyAny>, now: u64) -> PyResult<()> {
        let reason_code = reason_code_from_py(reason_code)?;
        let ended = self.broker().disconnect(ConnectionId::from_u64(connection), reason_code, Time::from_ms(now));
        ended.map_err(|e| usage_error(&e.to_string()))
    }

    /// Ends the connection of a client.
    fn disconnect_client(&mut self, client_identifier: &str, reason_code: &Bound<'_, PyAny>, now: u64) -> PyResult<()> {
        let reason_code = reason_code_from_py(reason_code)?;
        let ended = self.broker().disconnect_client(client_identifier, reason_code, Time::from_ms(now));
        ended.map(drop).map_err(|e| usage_error(&e.to_string()))
    }

    /// Says good-bye to everybody.
    fn shutdown(&mut self, now: u64) {
        self.broker().shutdown(Time::from_ms(now));
    }

    /// A "store" output with this sequence number, and all before it, are durable.
    fn completed(&mut self, sequence: u64, now: u64) {
        self.broker().completed(sequence, Time::from_ms(now));
    }

    /// Counters by name.
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        statistics_to_py(py, &self.lock().statistics())
    }

    fn __repr__(&self) -> String {
        format!("<polymqtt.sans_io.Broker with {} sessions>", self.lock().statistics().sessions)
    }
}

impl SansIoBroker {
    fn broker(&mut self) -> &mut Broker {
        self.broker.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Broker> {
        self.broker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn grant(user_name: Option<&str>, authentication_data: Option<&[u8]>) -> ConnectGrant {
    ConnectGrant {
        user_name: user_name.map(Into::into),
        authentication_data: authentication_data.map(Into::into),
        ..ConnectGrant::default()
    }
}

fn broker_output(py: Python<'_>, output: &broker::Output) -> PyResult<Output> {
    let fields = PyDict::new(py);
    Ok(match output {
        broker::Output::Transmit(connection) => {
            fields.set_item("connection", connection.as_u64())?;
            Output::new("transmit", format!("transmit {connection}"), fields)
        }
        broker::Output::Close(connection) => {
            fields.set_item("connection", connection.as_u64())?;
            Output::new("close", format!("close {connection}"), fields)
        }
        broker::Output::Store(operation) => {
            fields.set_item("sequence", operation.sequence)?;
            Output::new("store", format!("store sequence={}", operation.sequence), fields)
        }
        broker::Output::Forward { to, .. } => {
            fields.set_item("to", to)?;
            Output::new("forward", format!("forward to={to}"), fields)
        }
        broker::Output::Event(event) => {
            broker_event(&fields, event)?;
            Output::event(event.to_string(), fields)
        }
    })
}

fn broker_event(fields: &Bound<'_, PyDict>, event: &Event) -> PyResult<()> {
    let py = fields.py();
    match event {
        Event::ConnectRequest(request) => {
            fields.set_item("connection", request.connection.as_u64())?;
            fields.set_item("client_identifier", &*request.client_identifier)?;
            fields.set_item("version", request.protocol_version.as_u8())?;
            fields.set_item("clean_start", request.clean_start)?;
            fields.set_item("keep_alive", request.keep_alive_s)?;
            fields.set_item("user_name", request.user_name.as_deref())?;
            fields.set_item("password", request.password.as_deref().map(|p| PyBytes::new(py, p)))?;
            fields.set_item("authentication_method", request.authentication_method.as_deref())?;
            fields.set_item("authentication_data", request.authentication_data.as_deref().map(|d| PyBytes::new(py, d)))
        }
        Event::Authentication(request) => {
            fields.set_item("connection", request.connection.as_u64())?;
            fields.set_item("client_identifier", &*request.client_identifier)?;
            fields.set_item("authentication_method", &*request.authentication_method)?;
            fields
                .set_item("authentication_data", request.authentication_data.as_deref().map(|d| PyBytes::new(py, d)))?;
            fields.set_item("re_authentication", request.re_authentication)
        }
        Event::Connected(connected) => {
            fields.set_item("connection", connected.connection.as_u64())?;
            fields.set_item("client_identifier", &*connected.client_identifier)?;
            fields.set_item("version", connected.protocol_version.as_u8())?;
            fields.set_item("user_name", connected.user_name.as_deref())?;
            fields.set_item("session_present", connected.session_present)
        }
        Event::Refused(refused) => {
            fields.set_item("connection", refused.connection.as_u64())?;
            fields.set_item("client_identifier", refused.client_identifier.as_deref())?;
            cause_fields(fields, &refused.cause)
        }
        Event::Disconnected(disconnected) => {
            fields.set_item("connection", disconnected.connection.as_u64())?;
            fields.set_item("client_identifier", &*disconnected.client_identifier)?;
            cause_fields(fields, &disconnected.cause)
        }
        Event::SessionEnded { client_identifier } => fields.set_item("client_identifier", &**client_identifier),
    }
}

fn cause_fields(fields: &Bound<'_, PyDict>, cause: &DisconnectCause) -> PyResult<()> {
    let (name, reason_code, statement) = match cause {
        DisconnectCause::Client(reason_code) => ("client", Some(*reason_code), None),
        DisconnectCause::TransportClosed => ("transport_closed", None, None),
        DisconnectCause::Broker(fault) => ("broker", Some(fault.reason_code), Some(fault.statement)),
    };
    fields.set_item("cause", name)?;
    fields.set_item("reason_code", reason_code.map(|code| reason_code_to_py(fields.py(), code)).transpose()?)?;
    fields.set_item("statement", statement.filter(|statement| !statement.is_empty()))
}

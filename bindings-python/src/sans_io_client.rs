//! The client as a state machine, for a transport and a clock of the caller's.

use crate::codec::{
    payload_from_py, properties_from_py, qos_from_py, reason_code_from_py, topic_filter_from_py, topic_name_from_py,
};
use crate::error::{encode_error, refused_use};
use crate::options::client_options;
use crate::output::{Output, client_output};
use crate::packet::subscription_from_py;
use polymqtt_core::client::{
    AcknowledgementHandle, Client, DisconnectOptions, SubscribeRequest, Token, UnsubscribeRequest, UsageError,
};
use polymqtt_core::codec::{SubscriptionsBuf, TopicFiltersBuf};
use polymqtt_core::{Message, ReasonCode, Time};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// `polymqtt.sans_io.Client`.
#[pyclass(module = "polymqtt.sans_io", name = "SansIoClient")]
#[derive(Debug)]
pub(crate) struct SansIoClient {
    client: Client,
}

fn usage(error: UsageError) -> PyErr {
    refused_use(&error.to_string(), error.reason_code())
}

fn message(
    topic: &str,
    payload: &Bound<'_, PyAny>,
    qos: u8,
    retain: bool,
    properties: Option<&Bound<'_, PyAny>>,
) -> PyResult<Message> {
    Ok(Message::new(topic_name_from_py(topic)?, payload_from_py(payload)?)
        .with_qos(qos_from_py(qos)?)
        .with_retain(retain)
        .with_properties(properties_from_py(properties)?))
}

#[pymethods]
impl SansIoClient {
    #[new]
    #[pyo3(signature = (**options))]
    fn new(options: Option<&Bound<'_, PyDict>>, py: Python<'_>) -> PyResult<Self> {
        let empty = PyDict::new(py);
        let (options, _) = client_options(options.unwrap_or(&empty))?;
        Ok(Self { client: Client::new(options).map_err(usage)? })
    }

    /// Begins to connect: leads to an output "connect".
    fn connect(&mut self, now: u64) -> PyResult<()> {
        self.client.connect(Time::from_ms(now)).map_err(usage)
    }

    /// For the next CONNECT.
    #[pyo3(signature = (user_name=None, password=None))]
    fn set_credentials(&mut self, user_name: Option<&str>, password: Option<&[u8]>) -> PyResult<()> {
        self.client.set_credentials(user_name, password).map_err(usage)
    }

    /// The transport that an output "connect" asked for is there.
    fn handle_connected(&mut self, now: u64) {
        self.client.handle_connected(Time::from_ms(now));
    }

    /// It could not be opened.
    fn handle_connect_failed(&mut self, now: u64) {
        self.client.handle_connect_failed(Time::from_ms(now));
    }

    /// Bytes came from the server.
    fn handle_input(&mut self, data: &[u8], now: u64) {
        self.client.handle_input(data, Time::from_ms(now));
    }

    /// The transport is gone.
    fn handle_closed(&mut self, now: u64) {
        self.client.handle_closed(Time::from_ms(now));
    }

    /// The time that `next_timeout` told has come.
    fn handle_timeout(&mut self, now: u64) {
        self.client.handle_timeout(Time::from_ms(now));
    }

    /// The next thing to do; None: there is nothing.
    fn poll_output(&mut self, py: Python<'_>) -> PyResult<Option<Output>> {
        self.client.poll_output().map(|output| client_output(py, &output)).transpose()
    }

    /// When to call `handle_timeout` at the latest, in milliseconds; None: not at all.
    fn next_timeout(&self) -> Option<u64> {
        self.client.next_timeout().map(Time::as_ms)
    }

    /// What there is to write.
    fn transmit_data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let slices: Vec<&[u8]> = self.client.transmit_slices().collect();
        PyBytes::new(py, &slices.concat())
    }

    /// So many bytes of it were written.
    fn transmitted(&mut self, len: usize, now: u64) {
        self.client.transmitted(len, Time::from_ms(now));
    }

    /// Publishes; an event "settled" with this token tells how it ended.
    #[pyo3(signature = (topic, payload, now, *, qos=0, retain=false, properties=None))]
    fn publish(
        &mut self,
        topic: &str,
        payload: &Bound<'_, PyAny>,
        now: u64,
        qos: u8,
        retain: bool,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let message = message(topic, payload, qos, retain, properties)?;
        self.client.publish(message, Time::from_ms(now)).map(Token::as_u64).map_err(usage)
    }

    /// Publishes a request; its token settles with the response.
    #[pyo3(signature = (topic, payload, now, *, qos=1, properties=None))]
    fn request(
        &mut self,
        topic: &str,
        payload: &Bound<'_, PyAny>,
        now: u64,
        qos: u8,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let message = message(topic, payload, qos, false, properties)?;
        self.client.request(message, Time::from_ms(now)).map(Token::as_u64).map_err(usage)
    }

    /// Subscribes: a list of topic filters, (filter, qos), or Subscription.
    #[pyo3(signature = (subscriptions, now, *, properties=None))]
    fn subscribe(
        &mut self,
        subscriptions: &Bound<'_, PyList>,
        now: u64,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let mut buf = SubscriptionsBuf::new();
        for entry in subscriptions {
            let (filter, options) = subscription_from_py(&entry)?;
            buf.push(topic_filter_from_py(&filter)?, options).map_err(encode_error)?;
        }
        let request = SubscribeRequest { subscriptions: buf, properties: properties_from_py(properties)? };
        self.client.subscribe(request, Time::from_ms(now)).map(Token::as_u64).map_err(usage)
    }

    /// Unsubscribes from these topic filters.
    #[pyo3(signature = (topic_filters, now, *, properties=None))]
    fn unsubscribe(
        &mut self,
        topic_filters: Vec<String>,
        now: u64,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<u64> {
        let mut buf = TopicFiltersBuf::new();
        for filter in &topic_filters {
            buf.push(topic_filter_from_py(filter)?);
        }
        let request = UnsubscribeRequest { topic_filters: buf, properties: properties_from_py(properties)? };
        self.client.unsubscribe(request, Time::from_ms(now)).map(Token::as_u64).map_err(usage)
    }

    /// Acknowledges a message that came, by the number that its event has.
    #[pyo3(signature = (acknowledgement, now, *, reason_code=None))]
    fn acknowledge(&mut self, acknowledgement: u64, now: u64, reason_code: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let reason_code = reason_code.map_or(Ok(ReasonCode::Success), reason_code_from_py)?;
        let handle = AcknowledgementHandle::from_u64(acknowledgement);
        self.client.acknowledge(handle, reason_code, Time::from_ms(now)).map_err(usage)
    }

    /// Gives up waiting for a token. False: it has settled already.
    fn cancel(&mut self, token: u64) -> bool {
        self.client.cancel(Token::from_u64(token))
    }

    /// Answers an event "authentication".
    #[pyo3(signature = (data, now))]
    fn authenticate(&mut self, data: Option<&[u8]>, now: u64) -> PyResult<()> {
        self.client.authenticate(data, Time::from_ms(now)).map_err(usage)
    }

    /// Authenticates once more (MQTT 5.0, 4.12.1).
    #[pyo3(signature = (data, now))]
    fn re_authenticate(&mut self, data: Option<&[u8]>, now: u64) -> PyResult<()> {
        self.client.re_authenticate(data, Time::from_ms(now)).map_err(usage)
    }

    /// Says good-bye.
    #[pyo3(signature = (now, *, with_will=false, session_expiry_interval=None))]
    fn disconnect(&mut self, now: u64, with_will: bool, session_expiry_interval: Option<u32>) -> PyResult<()> {
        let options = DisconnectOptions {
            with_will,
            session_expiry_interval_s: session_expiry_interval,
            ..DisconnectOptions::default()
        };
        self.client.disconnect(options, Time::from_ms(now)).map_err(usage)
    }

    /// A "store" output with this sequence number, and all before it, are durable.
    fn completed(&mut self, sequence: u64, now: u64) {
        self.client.completed(sequence, Time::from_ms(now));
    }

    /// Events "message" that match this filter will have the returned number among their handlers.
    fn add_handler(&mut self, topic_filter: &str) -> PyResult<u32> {
        self.client
            .add_handler(topic_filter_from_py(topic_filter)?)
            .map(polymqtt_core::client::HandlerId::as_u32)
            .map_err(usage)
    }

    /// Whether a server has accepted the connection.
    #[getter]
    fn connected(&self) -> bool {
        self.client.is_connected()
    }
}

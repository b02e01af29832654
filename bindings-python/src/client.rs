//! The client that runs its own connection.

use crate::authenticator::PythonAuthenticator;
use crate::codec::{payload_from_py, properties_from_py, properties_to_py, qos_from_py, reason_code_to_py};
use crate::error::{client_error, usage_error};
use crate::options::{ConnectionOptions, client_options, publish_properties};
use crate::packet::subscription_from_py;
use crate::token::{Token, callback_waker, deadline, wait};
use core::future::Future;
use core::task::{Context, Poll};
use polymqtt::{ClientOptions, Credentials, Publication, Subscribe, TlsOptions};
use polymqtt_core::ReasonCode;
use pyo3::exceptions::PyTimeoutError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use std::pin::pin;

/// What `polymqtt.Client` and `polymqtt.aio.Client` are made of.
#[pyclass(module = "polymqtt._polymqtt", frozen)]
#[derive(Debug)]
pub(crate) struct Client {
    client: polymqtt::Client,
}

#[pymethods]
impl Client {
    #[new]
    fn new(urls: Vec<String>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (core, connection) = client_options(options)?;
        if core.authentication.is_some() {
            return Err(usage_error(
                "authentication_method alone cannot answer the broker: give an authenticator (MQTT 5.0, 4.12)",
            ));
        }
        let options = connect_options(&urls, connection, options.py())?.set_core(core);
        Ok(Self { client: polymqtt::Client::new(options).map_err(|e| client_error(&e))? })
    }

    fn connect(&self) -> Token {
        Token::new(self.client.connect(), |py, connected| connected_to_py(py, &connected))
    }

    #[pyo3(signature = (with_will=false))]
    fn disconnect(&self, with_will: bool) -> Token {
        let options = polymqtt::DisconnectOptions { with_will, ..polymqtt::DisconnectOptions::default() };
        Token::new(self.client.disconnect_with(options), |py, ()| Ok(py.None()))
    }

    fn publish(
        &self,
        topic: String,
        payload: &Bound<'_, PyAny>,
        qos: u8,
        retain: bool,
        properties: Option<&Bound<'_, PyAny>>,
        named_properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Token> {
        let publication = publication(topic, payload, qos, retain, properties, named_properties)?;
        Ok(Token::new(self.client.publish_with(publication), |py, published| {
            let code = reason_code_to_py(py, published.reason_code)?;
            Ok(code.unbind())
        }))
    }

    fn request(
        &self,
        topic: String,
        payload: &Bound<'_, PyAny>,
        qos: u8,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Token> {
        let publication = publication(topic, payload, qos, false, properties, None)?;
        Ok(Token::new(self.client.request(publication), |py, message| Ok(Py::new(py, Message { message })?.into_any())))
    }

    fn respond(&self, request: &Message, payload: &Bound<'_, PyAny>) -> PyResult<Token> {
        let token = self.client.respond(&request.message, payload_from_py(payload)?);
        Ok(Token::new(token, |py, published| Ok(reason_code_to_py(py, published.reason_code)?.unbind())))
    }

    fn subscribe(&self, requests: &Bound<'_, PyList>, properties: Option<&Bound<'_, PyAny>>) -> PyResult<Token> {
        let mut entries = requests.iter().map(|entry| subscription_from_py(&entry));
        let Some(first) = entries.next() else {
            return Err(usage_error("subscribe needs at least one topic filter (MQTT 5.0, 3.8.3)"));
        };
        let (filter, options) = first?;
        let mut subscribe = Subscribe::with_options(filter, options);
        for entry in entries {
            let (filter, options) = entry?;
            subscribe = subscribe.and(filter, options);
        }
        let properties = properties_from_py(properties)?;
        for identifier in properties.as_properties().subscription_identifiers() {
            subscribe = subscribe.with_identifier(identifier);
        }
        for (name, value) in properties.as_properties().user_properties() {
            subscribe = subscribe.with_user_property(name, value);
        }
        let client = self.client.clone();
        Ok(Token::new(self.client.subscribe_to(subscribe), |py, subscription| {
            Ok(Py::new(py, Subscription { subscription, client })?.into_any())
        }))
    }

    fn unsubscribe(&self, topic_filters: Vec<String>) -> Token {
        Token::new(self.client.unsubscribe_multiple(&topic_filters), reason_codes)
    }

    #[getter]
    fn connected(&self) -> bool {
        self.client.is_connected()
    }

    #[getter]
    fn client_identifier(&self) -> String {
        self.client.server().client_identifier.clone()
    }
}

fn reason_codes(py: Python<'_>, codes: Vec<ReasonCode>) -> PyResult<Py<PyAny>> {
    let codes: PyResult<Vec<_>> = codes.into_iter().map(|code| reason_code_to_py(py, code)).collect();
    Ok(PyList::new(py, codes?)?.into_any().unbind())
}

fn publication(
    topic: String,
    payload: &Bound<'_, PyAny>,
    qos: u8,
    retain: bool,
    properties: Option<&Bound<'_, PyAny>>,
    named_properties: Option<&Bound<'_, PyDict>>,
) -> PyResult<Publication> {
    let mut publication =
        Publication::new(topic, payload_from_py(payload)?).with_qos(qos_from_py(qos)?).with_retained(retain);
    if properties.is_some() || named_properties.is_some() {
        let mut buf = properties_from_py(properties)?;
        publish_properties(&mut buf, named_properties)?;
        for property in buf.as_properties() {
            publication = publication.with_property(property);
        }
    }
    Ok(publication)
}

fn connect_options(urls: &[String], connection: ConnectionOptions, py: Python<'_>) -> PyResult<ClientOptions> {
    let mut options = urls.iter().fold(ClientOptions::new(), |options, url| options.add_broker(url));
    options = options.set_connect_retry(connection.connect_retry);
    for (name, value) in connection.headers {
        options = options.add_http_header(name, value);
    }
    if let Some(messages_max) = connection.receive_queue_messages_max {
        options = options.set_subscription_queue(messages_max, usize::MAX);
    }
    if let Some(authenticator) = connection.authenticator {
        options = options.set_authenticator(PythonAuthenticator::new(authenticator.bind(py))?);
    }
    if let Some(call) = connection.on_message {
        options = options.set_default_publish_handler(move |_, message| {
            Python::attach(|py| {
                report(py, Py::new(py, Message { message }).and_then(|message| call.call1(py, (message,))));
            });
        });
    }
    if let Some(call) = connection.on_connected {
        options = options.set_on_connect_handler(move |_, connected| {
            Python::attach(|py| {
                report(py, connected_to_py(py, connected).and_then(|connected| call.call1(py, (connected,))));
            });
        });
    }
    if let Some(call) = connection.on_disconnected {
        options = options.set_connection_lost_handler(move |_, lost| {
            let arguments = (lost.to_string(), lost.reconnect_in.map(|delay| delay.as_secs_f64()));
            Python::attach(|py| report(py, call.call1(py, arguments)));
        });
    }
    if let Some(tls) = connection.tls {
        options = options.set_tls(tls_options(tls.bind(py))?);
    }
    if let Some(credentials) = connection.credentials {
        options = options.set_credentials_provider(move |url| {
            Python::attach(|py| {
                match credentials.call1(py, (url.to_string(),)).and_then(|c| c.extract::<(String, String)>(py)) {
                    Ok((user_name, password)) => Credentials::new(user_name, password),
                    Err(error) => {
                        error.write_unraisable(py, None);
                        Credentials::default()
                    }
                }
            })
        });
    }
    Ok(options)
}

/// An exception in a callback has nowhere to go but to the hook for such.
fn report(py: Python<'_>, result: PyResult<Py<PyAny>>) {
    if let Err(error) = result {
        error.write_unraisable(py, None);
    }
}

fn connected_to_py(py: Python<'_>, connected: &polymqtt::Connected) -> PyResult<Py<PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("session_present", connected.session_present)?;
    fields.set_item("properties", properties_to_py(py, connected.properties.as_properties())?)?;
    Ok(py.import("polymqtt._answers")?.getattr("Connected")?.call((), Some(&fields))?.unbind())
}

/// A dict of `ca`, `certificate`, `key`, `server_name`, `insecure`, `alpn`: paths to PEM files or their contents.
fn tls_options(tls: &Bound<'_, PyAny>) -> PyResult<TlsOptions> {
    let dict = tls.cast::<PyDict>()?;
    let mut options = TlsOptions::new();
    let get = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        Ok(dict.get_item(name)?.filter(|value| !value.is_none()))
    };
    if let Some(ca) = get("ca")? {
        options = options.set_ca(pem(&ca)?);
    }
    if let Some(certificate) = get("certificate")? {
        let key = get("key")?.ok_or_else(|| usage_error("tls: a certificate needs its key"))?;
        options = options.set_client_certificate(pem(&certificate)?, pem(&key)?);
    }
    if let Some(name) = get("server_name")? {
        options = options.set_server_name(name.extract::<String>()?);
    }
    if let Some(protocols) = get("alpn")? {
        options = options.set_alpn(protocols.extract::<Vec<String>>()?);
    }
    if let Some(insecure) = get("insecure")? {
        options = options.set_dangerous_insecure(insecure.extract()?);
    }
    Ok(options)
}

fn pem(value: &Bound<'_, PyAny>) -> PyResult<polymqtt::transport::Pem> {
    Ok(match value.cast::<PyBytes>() {
        Ok(bytes) => polymqtt::transport::Pem::Bytes(bytes.as_bytes().to_vec()),
        Err(_) => polymqtt::transport::Pem::File(value.extract::<std::path::PathBuf>()?),
    })
}

/// A message that came.
#[pyclass(module = "polymqtt", frozen)]
#[derive(Debug)]
pub(crate) struct Message {
    message: polymqtt::Message,
}

#[pymethods]
impl Message {
    /// The Topic Name.
    #[getter]
    fn topic<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, self.message.topic())
    }

    /// The payload as it came.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.message.payload())
    }

    /// The payload as text. Raises UnicodeDecodeError when it is not UTF-8.
    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.payload(py).call_method1("decode", ("utf-8",))
    }

    /// The payload read as JSON.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.payload(py),))
    }

    /// The QoS of this delivery: 0, 1 or 2.
    #[getter]
    fn qos(&self) -> u8 {
        self.message.qos().as_u8()
    }

    /// Whether it was kept by the broker before the subscription was made.
    #[getter]
    fn retain(&self) -> bool {
        self.message.retained()
    }

    /// Whether it may be a repetition.
    #[getter]
    fn dup(&self) -> bool {
        self.message.duplicate()
    }

    /// The properties of MQTT 5.0 by name.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        properties_to_py(py, self.message.properties())
    }

    /// What the named levels of the subscription's pattern are in this topic.
    #[getter]
    fn captures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let captures = PyDict::new(py);
        for (name, value) in self.message.captures() {
            captures.set_item(name, value)?;
        }
        Ok(captures)
    }

    /// Acknowledges it: with the option `manual_acknowledgement`.
    fn acknowledge(&self) -> PyResult<()> {
        self.message.acknowledge().map_err(|e| client_error(&e))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let payload = self.payload(py).repr()?.to_string();
        Ok(format!(
            "Message(topic={}, payload={payload}, qos={}, retain={})",
            self.topic(py).repr()?,
            self.qos(),
            if self.retain() { "True" } else { "False" }
        ))
    }
}

/// The messages of one SUBSCRIBE, in batches.
#[pyclass(module = "polymqtt._polymqtt", frozen)]
#[derive(Debug)]
pub(crate) struct Subscription {
    subscription: polymqtt::Subscription,
    client: polymqtt::Client,
}

#[pymethods]
impl Subscription {
    /// Waits for messages (`timeout` seconds at most, then TimeoutError) and gives all that are there; none: it has ended.
    #[pyo3(signature = (timeout=None))]
    fn receive<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyList>> {
        let batch = wait(py, deadline(timeout)?, async || {
            let mut batch = Vec::new();
            self.subscription.next_batch(&mut batch, BATCH_MESSAGES_MAX).await;
            batch
        })?;
        list_of(py, batch.ok_or_else(|| PyTimeoutError::new_err("no message came"))?)
    }

    /// All messages that are there; none: it calls `callback` once when there are some; None: the subscription has ended.
    fn take<'py>(&self, py: Python<'py>, callback: Py<PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let mut batch = Vec::new();
        let waker = callback_waker(callback);
        let polled = {
            let next = pin!(self.subscription.next_batch(&mut batch, BATCH_MESSAGES_MAX));
            next.poll(&mut Context::from_waker(&waker))
        };
        match polled {
            Poll::Pending => Ok(Some(PyList::empty(py))),
            Poll::Ready(0) => Ok(None),
            Poll::Ready(_) => list_of(py, batch).map(Some),
        }
    }

    #[getter]
    fn topic_filters(&self) -> Vec<String> {
        self.subscription.filters().map(str::to_owned).collect()
    }

    #[getter]
    fn reason_codes(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        reason_codes(py, self.subscription.reason_codes().to_vec())
    }

    /// Unsubscribes; None: there is no connection, and so nothing to wait for.
    fn close(&self) -> Option<Token> {
        let token = self.subscription.unsubscribe();
        self.client.is_connected().then(|| Token::new(token, reason_codes))
    }
}

fn list_of(py: Python<'_>, messages: Vec<polymqtt::Message>) -> PyResult<Bound<'_, PyList>> {
    let messages: PyResult<Vec<_>> = messages.into_iter().map(|message| Py::new(py, Message { message })).collect();
    PyList::new(py, messages?)
}

/// How many messages one hand-over has at most.
const BATCH_MESSAGES_MAX: usize = 1024;

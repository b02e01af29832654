//! A whole broker inside the process: with threads and ports of its own.

use crate::codec::{payload_from_py, properties_from_py, qos_from_py, reason_code_from_py, topic_name_from_py};
use crate::error::usage_error;
use polymqtt_broker::config::{BrokerConfig, Key, Layers};
use polymqtt_broker::{Action, Login, LoginAttempt};
use polymqtt_core::broker::Statistics;
use polymqtt_core::{Message, ReasonCode};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList};
use std::sync::{Mutex, PoisonError};

/// What `polymqtt.Broker` is made of.
#[pyclass(module = "polymqtt._polymqtt", name = "EmbeddedBroker", frozen)]
#[derive(Debug)]
pub(crate) struct EmbeddedBroker {
    broker: Mutex<Option<polymqtt_broker::Broker>>,
    urls: Vec<String>,
}

#[pymethods]
impl EmbeddedBroker {
    #[new]
    fn new(
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        authenticate: Option<Py<PyAny>>,
        authorize: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let config = broker_config(options)?;
        let passwords = config.password_file.as_deref().map(polymqtt_broker::passwords::Passwords::read).transpose();
        let passwords = passwords.map_err(|e| usage_error(&e.to_string()))?;
        let mut builder = polymqtt_broker::Broker::builder().config(config);
        if let Some(passwords) = passwords {
            builder = builder.passwords(passwords);
        }
        if let Some(authenticate) = authenticate {
            builder = builder.authenticate(move |attempt| login(&authenticate, attempt));
        }
        if let Some(authorize) = authorize {
            builder = builder.authorize(move |client, action| {
                permitted(&authorize, client.client_identifier, client.user_name, action)
            });
        }
        let broker = py.detach(|| builder.start()).map_err(|e| usage_error(&e.to_string()))?;
        let urls = broker.addresses().iter().map(polymqtt_broker::Address::url).collect();
        Ok(Self { broker: Mutex::new(Some(broker)), urls })
    }

    #[getter]
    fn urls(&self) -> Vec<String> {
        self.urls.clone()
    }

    #[pyo3(signature = (topic, payload, qos=0, retain=false, properties=None))]
    fn publish(
        &self,
        topic: &str,
        payload: &Bound<'_, PyAny>,
        qos: u8,
        retain: bool,
        properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let message = Message::new(topic_name_from_py(topic)?, payload_from_py(payload)?)
            .with_qos(qos_from_py(qos)?)
            .with_retain(retain)
            .with_properties(properties_from_py(properties)?);
        self.with(|broker| broker.publish(message))
    }

    fn disconnect(&self, client_identifier: &str, reason_code: &Bound<'_, PyAny>) -> PyResult<()> {
        let reason_code = reason_code_from_py(reason_code)?;
        self.with(|broker| broker.disconnect(client_identifier, reason_code))
    }

    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let statistics = py.detach(|| self.with(polymqtt_broker::Broker::statistics))?;
        statistics_to_py(py, &statistics)
    }

    fn shutdown(&self, py: Python<'_>) {
        py.detach(|| {
            let broker = self.broker.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(broker) = broker {
                broker.shutdown();
            }
        });
    }
}

impl EmbeddedBroker {
    fn with<R>(&self, call: impl FnOnce(&polymqtt_broker::Broker) -> R) -> PyResult<R> {
        match &*self.broker.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(broker) => Ok(call(broker)),
            None => Err(usage_error("this broker is shut down")),
        }
    }
}

/// The configuration from keyword arguments: the keys of the configuration file, with Python's values.
pub(crate) fn broker_config(options: &Bound<'_, PyDict>) -> PyResult<BrokerConfig> {
    let mut layers = Layers::new();
    for (name, value) in options {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        let key = Key::find(&name).ok_or_else(|| {
            let hint = Key::nearest(&name).map_or_else(String::new, |key| format!(": did you mean {:?}?", key.name));
            usage_error(&format!("there is no option {name:?}{hint}"))
        })?;
        let texts = match value.cast::<PyList>() {
            Ok(list) => list.iter().map(|item| text_of(&item)).collect::<PyResult<Vec<_>>>()?,
            Err(_) => vec![text_of(&value)?],
        };
        layers.add_flag(key, texts);
    }
    layers.resolve().map_err(|e| usage_error(&e.to_string()))
}

/// A Python value as one writes it on a command line.
fn text_of(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(match value.cast::<PyBool>() {
        Ok(flag) => flag.is_true().to_string(),
        Err(_) => value.str()?.to_string(),
    })
}

/// Every counter by its name.
pub(crate) fn statistics_to_py<'py>(py: Python<'py>, statistics: &Statistics) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in statistics.iter() {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}

/// Asks `authenticate(attempt)`, which answers with a truth value, a user name, or a ReasonCode. An exception refuses.
fn login(authenticate: &Py<PyAny>, attempt: &LoginAttempt) -> Login {
    Python::attach(|py| {
        let answer = (|| {
            let fields = PyDict::new(py);
            fields.set_item("client_identifier", &attempt.client_identifier)?;
            fields.set_item("version", attempt.protocol_version.as_u8())?;
            fields.set_item("user_name", attempt.user_name.as_deref())?;
            fields.set_item("password", attempt.password.as_deref().map(|p| pyo3::types::PyBytes::new(py, p)))?;
            fields.set_item("peer", &attempt.peer)?;
            fields.set_item("listener", &attempt.listener)?;
            fields.set_item("certificate_name", attempt.certificate_name.as_deref())?;
            let attempt = py.import("polymqtt.broker")?.getattr("LoginAttempt")?.call((), Some(&fields))?;
            authenticate.bind(py).call1((attempt,))
        })();
        match answer {
            Ok(answer) => login_of(&answer),
            Err(error) => {
                error.write_unraisable(py, None);
                Login::Refuse(ReasonCode::UnspecifiedError)
            }
        }
    })
}

fn login_of(answer: &Bound<'_, PyAny>) -> Login {
    if let Ok(flag) = answer.cast::<PyBool>() {
        return if flag.is_true() { Login::Accept } else { Login::Refuse(ReasonCode::BadUserNameOrPassword) };
    }
    if let Ok(user_name) = answer.extract::<String>() {
        return Login::AcceptAs(user_name);
    }
    match reason_code_from_py(answer) {
        Ok(reason_code) if !reason_code.is_error() => Login::Accept,
        Ok(reason_code) => Login::Refuse(reason_code),
        Err(_) => Login::Refuse(ReasonCode::NotAuthorized),
    }
}

/// Asks `authorize(client_identifier, user_name, action, topic)`. An exception forbids.
fn permitted(authorize: &Py<PyAny>, client_identifier: &str, user_name: Option<&str>, action: Action<'_>) -> bool {
    let (name, topic) = match action {
        Action::Publish { topic, .. } => ("publish", topic),
        Action::Subscribe { filter, .. } => ("subscribe", filter),
        Action::Will { topic, .. } => ("will", topic),
        Action::Receive { topic } => ("receive", topic),
    };
    Python::attach(|py| {
        let answer = authorize.bind(py).call1((client_identifier, user_name, name, topic)).and_then(|a| a.is_truthy());
        answer.unwrap_or_else(|error| {
            error.write_unraisable(py, None);
            false
        })
    })
}

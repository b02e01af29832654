//! Options from keyword arguments.

use crate::codec::{
    payload_from_py, properties_from_py, push_property, qos_from_py, topic_name_from_py, version_from_py,
};
use crate::error::usage_error;
use core::time::Duration;
use polymqtt_core::Message;
use polymqtt_core::client::{Acknowledgement, ClientOptions, Reconnect, WhenFull, Will};
use polymqtt_core::codec::{Property, PropertyIdentifier};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What only a client that runs its own connection needs.
#[derive(Debug, Default)]
pub(crate) struct ConnectionOptions {
    pub(crate) tls: Option<Py<PyAny>>,
    pub(crate) credentials: Option<Py<PyAny>>,
    pub(crate) authenticator: Option<Py<PyAny>>,
    pub(crate) on_message: Option<Py<PyAny>>,
    pub(crate) on_connected: Option<Py<PyAny>>,
    pub(crate) on_disconnected: Option<Py<PyAny>>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) receive_queue_messages_max: Option<usize>,
    pub(crate) connect_retry: bool,
}

/// The client options, with what belongs to the connection apart. An unknown name is an error that suggests a known one.
pub(crate) fn client_options(options: &Bound<'_, PyDict>) -> PyResult<(ClientOptions, ConnectionOptions)> {
    let mut client = ClientOptions::default();
    let mut connection = ConnectionOptions::default();
    for (name, value) in options {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        if !set_client_option(&mut client, &name, &value)? && !set_connection_option(&mut connection, &name, &value)? {
            return Err(unknown(options.py(), &name)?);
        }
    }
    Ok((client, connection))
}

fn set_client_option(options: &mut ClientOptions, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match name {
        "protocol_version" | "version" => options.protocol_version = version_from_py(value)?,
        "client_identifier" | "client_id" => options.client_identifier = value.extract()?,
        "clean_start" => options.clean_start = value.extract()?,
        "keep_alive" => options.keep_alive_s = seconds(name, value)?,
        "user_name" | "username" => options.user_name = Some(value.extract()?),
        "password" => options.password = Some(payload_from_py(value)?.to_vec()),
        "will" => options.will = Some(will_from_py(value)?),
        "session_expiry_interval" => options.session_expiry_interval_s = seconds(name, value)?,
        "receive_maximum" => options.receive_maximum = value.extract()?,
        "maximum_packet_size" => options.maximum_packet_size_bytes = value.extract()?,
        "topic_alias_maximum" => options.topic_alias_maximum = value.extract()?,
        "topic_alias_outbound_maximum" => options.topic_alias_outbound_maximum = value.extract()?,
        "request_response_information" => options.request_response_information = value.extract()?,
        "request_problem_information" => options.request_problem_information = value.extract()?,
        "user_property" => options.user_properties = value.extract()?,
        "authentication_method" => options.authentication.get_or_insert_default().method = value.extract()?,
        "authentication_data" => {
            options.authentication.get_or_insert_default().data = Some(payload_from_py(value)?.to_vec());
        }
        "manual_acknowledgement" => {
            options.acknowledgement =
                if value.extract()? { Acknowledgement::Manual } else { Acknowledgement::Automatic };
        }
        "reconnect" => {
            if !value.extract::<bool>()? {
                options.reconnect = Reconnect::Never;
            }
        }
        "reconnect_delay" => {
            let (min, max) = value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            if let Reconnect::Backoff { delay_min_ms, delay_max_ms, .. } = &mut options.reconnect {
                *delay_min_ms = milliseconds(name, &min)?;
                *delay_max_ms = milliseconds(name, &max)?;
            }
        }
        "reconnect_attempts_max" => {
            if let Reconnect::Backoff { attempts_max, .. } = &mut options.reconnect {
                *attempts_max = value.extract()?;
            }
        }
        "connect_timeout" => options.connect_timeout_ms = milliseconds(name, value)?,
        "ping_timeout" => options.ping_timeout_ms = milliseconds(name, value)?,
        "acknowledgement_timeout" => options.acknowledgement_timeout_ms = milliseconds(name, value)?,
        "republish_qos1" => options.republish_qos1 = value.extract()?,
        "request_timeout" => options.request_timeout_ms = milliseconds(name, value)?,
        "queue_messages_max" => options.queue.messages_max = value.extract()?,
        "queue_bytes_max" => options.queue.bytes_max = value.extract()?,
        "queue_when_full" => {
            options.queue.when_full = match value.extract::<String>()?.as_str() {
                "refuse" => WhenFull::Refuse,
                "drop_oldest" => WhenFull::DropOldest,
                "drop_qos0_first" => WhenFull::DropQoS0First,
                other => {
                    return Err(usage_error(&format!(
                        "queue_when_full {other:?}: it is \"refuse\", \"drop_oldest\" or \"drop_qos0_first\""
                    )));
                }
            }
        }
        "in_flight_max" => options.in_flight_max = value.extract()?,
        "seed" => options.seed = value.extract()?,
        "store" => options.store = value.extract()?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn set_connection_option(options: &mut ConnectionOptions, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match name {
        "tls" => options.tls = Some(value.clone().unbind()),
        "credentials" => options.credentials = Some(value.clone().unbind()),
        "authenticator" => options.authenticator = Some(value.clone().unbind()),
        "on_message" => options.on_message = Some(value.clone().unbind()),
        "on_connected" => options.on_connected = Some(value.clone().unbind()),
        "on_disconnected" => options.on_disconnected = Some(value.clone().unbind()),
        "headers" => {
            options.headers =
                value.cast::<PyDict>()?.extract::<std::collections::BTreeMap<_, _>>()?.into_iter().collect();
        }
        "receive_queue_messages_max" => options.receive_queue_messages_max = Some(value.extract()?),
        "connect_retry" => options.connect_retry = value.extract()?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Whole seconds, given as a number or a timedelta.
fn seconds<T: TryFrom<u64>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    T::try_from(duration(name, value)?.as_secs()).map_err(|_| out_of_range(name, value))
}

/// Milliseconds, given as seconds or a timedelta.
fn milliseconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u32> {
    u32::try_from(duration(name, value)?.as_millis()).map_err(|_| out_of_range(name, value))
}

fn duration(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    match value.extract::<Duration>() {
        Ok(duration) => Ok(duration),
        Err(_) => Duration::try_from_secs_f64(value.extract()?).map_err(|_| out_of_range(name, value)),
    }
}

fn out_of_range(name: &str, value: &Bound<'_, PyAny>) -> PyErr {
    usage_error(&format!("{name}={value}: out of range"))
}

/// A `Will`, or a tuple (topic, payload[, qos[, retain]]).
fn will_from_py(will: &Bound<'_, PyAny>) -> PyResult<Will> {
    let will = if will.is_instance_of::<pyo3::types::PyTuple>() {
        let class = will.py().import("polymqtt._packets")?.getattr("Will")?;
        class.call1(will.cast::<pyo3::types::PyTuple>()?.clone())?
    } else {
        will.clone()
    };
    let topic: String = will.getattr("topic")?.extract()?;
    let payload = payload_from_py(&will.getattr("payload")?)?;
    let mut properties = properties_from_py(Some(&will.getattr("properties")?))?;
    let delay_interval_s = match properties.as_properties().find(PropertyIdentifier::WillDelayInterval) {
        Some(Property::WillDelayInterval(delay_s)) => delay_s,
        _ => 0,
    };
    properties.remove(PropertyIdentifier::WillDelayInterval);
    let message = Message::new(topic_name_from_py(&topic)?, payload)
        .with_qos(qos_from_py(will.getattr("qos")?.extract()?)?)
        .with_retain(will.getattr("retain")?.extract()?)
        .with_properties(properties);
    Ok(Will { message, delay_interval_s })
}

/// The error for a name that is no option.
fn unknown(py: Python<'_>, name: &str) -> PyResult<PyErr> {
    let near: Vec<String> = py.import("difflib")?.call_method1("get_close_matches", (name, NAMES))?.extract()?;
    let hint = near
        .first()
        .map_or_else(|| format!("the options are {}", NAMES.join(", ")), |near| format!("did you mean {near:?}?"));
    Ok(usage_error(&format!("there is no option {name:?}: {hint}")))
}

/// Properties that `publish` takes as keyword arguments.
pub(crate) fn publish_properties(
    properties: &mut polymqtt_core::codec::PropertiesBuf,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let Some(options) = options else { return Ok(()) };
    for (name, value) in options {
        let name: String = name.extract()?;
        match PropertyIdentifier::from_name(&name) {
            Some(identifier) => push_property(properties, identifier, &value)?,
            None => return Err(usage_error(&format!("publish has no argument and PUBLISH no property {name:?}"))),
        }
    }
    Ok(())
}

/// Every option, for suggestions.
const NAMES: &[&str] = &[
    "protocol_version",
    "client_identifier",
    "clean_start",
    "keep_alive",
    "user_name",
    "password",
    "will",
    "session_expiry_interval",
    "receive_maximum",
    "maximum_packet_size",
    "topic_alias_maximum",
    "topic_alias_outbound_maximum",
    "request_response_information",
    "request_problem_information",
    "user_property",
    "authentication_method",
    "authentication_data",
    "manual_acknowledgement",
    "reconnect",
    "reconnect_delay",
    "connect_timeout",
    "ping_timeout",
    "acknowledgement_timeout",
    "republish_qos1",
    "reconnect_attempts_max",
    "request_timeout",
    "queue_messages_max",
    "queue_bytes_max",
    "queue_when_full",
    "in_flight_max",
    "seed",
    "store",
    "tls",
    "credentials",
    "headers",
    "authenticator",
    "on_message",
    "on_connected",
    "on_disconnected",
    "receive_queue_messages_max",
    "connect_retry",
];

//! The options of a client as JavaScript writes them: names differ from Rust's only in case.

use alloc::string::String;
use alloc::vec::Vec;

use polymqtt_core::Message;
use polymqtt_core::client::{
    Acknowledgement, Authentication, ClientOptions, DisconnectOptions, QueueOptions, Reconnect, WhenFull, Will,
};
use polymqtt_core::codec::{PropertiesBuf, QoS};
use wasm_bindgen::JsValue;

use crate::error::wrong;
use crate::object::{Field, Outcome, each_field, field, required};
use crate::properties;
use crate::topic::topic_name;

/// The options of `new Client(options)`.
pub(crate) fn client_options(object: &JsValue) -> Outcome<ClientOptions> {
    let mut options = ClientOptions::default();
    each_field(object, |field| {
        match field.name {
            "protocolVersion" => options.protocol_version = field.protocol_version()?,
            "clientIdentifier" => options.client_identifier = field.string()?,
            "cleanStart" => options.clean_start = field.bool()?,
            "keepAliveS" => options.keep_alive_s = field.integer()?,
            "userName" => options.user_name = Some(field.string()?),
            "password" => options.password = Some(field.bytes()?),
            "will" => options.will = Some(will(&field.value)?),
            "sessionExpiryIntervalS" => options.session_expiry_interval_s = field.integer()?,
            "receiveMaximum" => options.receive_maximum = field.integer()?,
            "maximumPacketSizeBytes" => options.maximum_packet_size_bytes = field.integer()?,
            "topicAliasMaximum" => options.topic_alias_maximum = field.integer()?,
            "topicAliasOutboundMaximum" => options.topic_alias_outbound_maximum = field.integer()?,
            "requestResponseInformation" => options.request_response_information = field.bool()?,
            "requestProblemInformation" => options.request_problem_information = field.bool()?,
            "userProperties" => options.user_properties = properties::pairs(field)?,
            "authentication" => options.authentication = Some(authentication(&field.value)?),
            "acknowledgement" => options.acknowledgement = acknowledgement(field)?,
            "reconnect" => options.reconnect = reconnect(&field.value)?,
            "connectTimeoutMs" => options.connect_timeout_ms = field.integer()?,
            "pingTimeoutMs" => options.ping_timeout_ms = field.integer()?,
            "acknowledgementTimeoutMs" => options.acknowledgement_timeout_ms = field.integer()?,
            "requestTimeoutMs" => options.request_timeout_ms = field.integer()?,
            "responseTopic" => options.response_topic = Some(field.string()?),
            "queue" => options.queue = queue(&field.value)?,
            "inFlightMax" => options.in_flight_max = field.integer()?,
            "requestsMax" => options.requests_max = field.integer()?,
            "outgoingBytesMax" => options.outgoing_bytes_max = field.integer()?,
            "republishQoS1" => options.republish_qos1 = field.bool()?,
            "seed" => options.seed = field.u64()?,
            "store" => options.store = field.bool()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(options)
}

/// The options of `disconnect`.
pub(crate) fn disconnect_options(object: &JsValue) -> Outcome<DisconnectOptions> {
    let mut options = DisconnectOptions::default();
    each_field(object, |field| {
        match field.name {
            "withWill" => options.with_will = field.bool()?,
            "sessionExpiryIntervalS" => options.session_expiry_interval_s = Some(field.integer()?),
            "properties" => options.properties = properties::from_object(&field.value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(options)
}

fn will(object: &JsValue) -> Outcome<Will> {
    let (mut topic, mut payload, mut qos, mut retain) = (String::new(), Vec::new(), QoS::AtMostOnce, false);
    let (mut properties, mut delay_interval_s) = (PropertiesBuf::new(), 0);
    each_field(object, |field| {
        match field.name {
            "topic" => topic = field.string()?,
            "payload" => payload = field.bytes()?,
            "qos" => qos = field.qos()?,
            "retain" => retain = field.bool()?,
            "properties" => properties = properties::from_object(&field.value)?,
            "delayIntervalS" => delay_interval_s = field.integer()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let message = Message::new(topic_name(&topic)?, payload).with_qos(qos).with_retain(retain);
    Ok(Will { message: message.with_properties(properties), delay_interval_s })
}

fn authentication(object: &JsValue) -> Outcome<Authentication> {
    let data = field(object, "data").map(|field| field.bytes()).transpose()?;
    Ok(Authentication { method: required(object, "method")?.string()?, data })
}

fn acknowledgement(field: &Field<'_>) -> Outcome<Acknowledgement> {
    match field.value.as_string().as_deref() {
        Some("automatic") => Ok(Acknowledgement::Automatic),
        Some("manual") => Ok(Acknowledgement::Manual),
        _ => Err(wrong(field.name, "\"automatic\" or \"manual\"")),
    }
}

/// `false`, or the limits of the backoff.
fn reconnect(value: &JsValue) -> Outcome<Reconnect> {
    let Reconnect::Backoff { mut delay_min_ms, mut delay_max_ms, mut attempts_max } = Reconnect::default() else {
        return Ok(Reconnect::Never);
    };
    match value.as_bool() {
        Some(false) => return Ok(Reconnect::Never),
        Some(true) => return Ok(Reconnect::default()),
        None => {}
    }
    each_field(value, |field| {
        match field.name {
            "delayMinMs" => delay_min_ms = field.integer()?,
            "delayMaxMs" => delay_max_ms = field.integer()?,
            "attemptsMax" => attempts_max = field.integer()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Reconnect::Backoff { delay_min_ms, delay_max_ms, attempts_max })
}

fn queue(object: &JsValue) -> Outcome<QueueOptions> {
    let mut options = QueueOptions::default();
    each_field(object, |field| {
        match field.name {
            "messagesMax" => options.messages_max = field.integer()?,
            "bytesMax" => options.bytes_max = field.integer()?,
            "whenFull" => options.when_full = when_full(field)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(options)
}

fn when_full(field: &Field<'_>) -> Outcome<WhenFull> {
    match field.value.as_string().as_deref() {
        Some("refuse") => Ok(WhenFull::Refuse),
        Some("dropOldest") => Ok(WhenFull::DropOldest),
        Some("dropQoS0First") => Ok(WhenFull::DropQoS0First),
        _ => Err(wrong(field.name, "\"refuse\", \"dropOldest\" or \"dropQoS0First\"")),
    }
}

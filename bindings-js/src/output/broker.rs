//! What a broker wants done, and what it tells.

use alloc::string::ToString;

use polymqtt_core::broker::{
    AuthenticationRequest, ClientConnected, ClientDisconnected, ConnectRequest, ConnectionId, ConnectionRefused,
    DisconnectCause, Event, Output, Statistics,
};
use wasm_bindgen::JsValue;

use crate::object::{Fields, bytes, count};

/// `{ type: "transmit", connection }` and so on.
pub(crate) fn broker_output(output: Output) -> JsValue {
    match output {
        Output::Transmit(connection) => Fields::of_type("transmit").with("connection", number(connection)).into(),
        Output::Event(event) => Fields::of_type("event").with("event", event_object(&event)).into(),
        Output::Close(connection) => Fields::of_type("close").with("connection", number(connection)).into(),
        Output::Store(operation) => Fields::of_type("store").with("sequence", count(operation.sequence)).into(),
        // Between shards; here there is only one.
        Output::Forward { to, .. } => Fields::of_type("forward").with("to", to).into(),
    }
}

/// A connection as JavaScript names it.
pub(crate) fn number(connection: ConnectionId) -> f64 {
    count(connection.as_u64())
}

fn event_object(event: &Event) -> JsValue {
    // The canonical text, for logs and transcripts.
    #[cfg(feature = "text")]
    let fields = |name: &str| Fields::of_type(name).with("text", event.to_string());
    #[cfg(not(feature = "text"))]
    let fields = Fields::of_type;
    match event {
        Event::ConnectRequest(request) => connect_request(fields("connectRequest"), request),
        Event::Authentication(request) => authentication(fields("authentication"), request),
        Event::Connected(connected) => {
            let ClientConnected { connection, client_identifier, protocol_version, user_name, session_present } =
                &**connected;
            fields("connected")
                .with("connection", number(*connection))
                .with("clientIdentifier", &**client_identifier)
                .with("protocolVersion", protocol_version.to_string())
                .with_some("userName", user_name.as_deref())
                .with("sessionPresent", *session_present)
                .into()
        }
        Event::Refused(refused) => {
            let ConnectionRefused { connection, client_identifier, cause } = &**refused;
            let known = fields("refused").with("connection", number(*connection));
            with_cause(known.with_some("clientIdentifier", client_identifier.as_deref()), cause)
        }
        Event::Disconnected(disconnected) => {
            let ClientDisconnected { connection, client_identifier, cause } = &**disconnected;
            let known = fields("disconnected").with("connection", number(*connection));
            with_cause(known.with("clientIdentifier", &**client_identifier), cause)
        }
        Event::SessionEnded { client_identifier } => {
            fields("sessionEnded").with("clientIdentifier", &**client_identifier).into()
        }
    }
}

fn connect_request(fields: Fields, request: &ConnectRequest) -> JsValue {
    fields
        .with("connection", number(request.connection))
        .with("clientIdentifier", &*request.client_identifier)
        .with("protocolVersion", request.protocol_version.to_string())
        .with("cleanStart", request.clean_start)
        .with("keepAliveS", request.keep_alive_s)
        .with_some("userName", request.user_name.as_deref())
        .with_some("password", request.password.as_deref().map(bytes))
        .with_some("authenticationMethod", request.authentication_method.as_deref())
        .with_some("authenticationData", request.authentication_data.as_deref().map(bytes))
        .into()
}

fn authentication(fields: Fields, request: &AuthenticationRequest) -> JsValue {
    fields
        .with("connection", number(request.connection))
        .with("clientIdentifier", &*request.client_identifier)
        .with("authenticationMethod", &*request.authentication_method)
        .with_some("authenticationData", request.authentication_data.as_deref().map(bytes))
        .with("reAuthentication", request.re_authentication)
        .into()
}

fn with_cause(fields: Fields, cause: &DisconnectCause) -> JsValue {
    match cause {
        DisconnectCause::Client(reason_code) => fields.with("cause", "client").with_reason(*reason_code),
        DisconnectCause::TransportClosed => fields.with("cause", "transportClosed"),
        DisconnectCause::Broker(fault) => fields
            .with("cause", "broker")
            .with_reason(fault.reason_code)
            .with("statement", fault.statement)
            .with("reasonString", fault.to_string()),
    }
    .into()
}

/// Counters and gauges by their names.
pub(crate) fn broker_statistics(statistics: &Statistics) -> JsValue {
    let s = *statistics;
    let fields = [
        ("connections", s.connections),
        ("clientsConnected", s.clients_connected),
        ("sessions", s.sessions),
        ("sessionsExpired", s.sessions_expired),
        ("subscriptions", s.subscriptions),
        ("sharedSubscriptions", s.shared_subscriptions),
        ("retainedMessages", s.retained_messages),
        ("retainedBytes", s.retained_bytes),
        ("queuedMessages", s.queued_messages),
        ("queuedBytes", s.queued_bytes),
        ("packetsReceived", s.packets_received),
        ("packetsSent", s.packets_sent),
        ("publishReceived", s.publish_received),
        ("publishSent", s.publish_sent),
        ("publishDropped", s.publish_dropped),
        ("publishBytesReceived", s.publish_bytes_received),
        ("publishBytesSent", s.publish_bytes_sent),
        ("bytesReceived", s.bytes_received),
        ("bytesSent", s.bytes_sent),
        ("clientsMaximum", s.clients_maximum),
    ];
    fields.into_iter().fold(Fields::new(), |object, (name, value)| object.with(name, count(value))).into()
}

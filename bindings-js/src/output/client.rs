//! What a client wants done, and what it tells.

use js_sys::{Array, Uint8Array};
use polymqtt_core::client::{
    AuthenticationStep, Disconnected, Event, HandlerId, Outcome, Output, Received, Server, State, Statistics,
};
use polymqtt_core::codec::{PacketType, PropertiesBuf, PropertyOwner};
use polymqtt_core::{Message, ReasonCode};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::object::{Fields, array, camel_case, count, milliseconds};
use crate::properties;

#[wasm_bindgen(raw_module = "../js/message.js")]
extern "C" {
    #[wasm_bindgen(js_name = newMessage)]
    fn new_message(topic: &str, payload: Uint8Array, qos: u8, retain: bool, dup: bool, properties: JsValue) -> JsValue;
}

/// `{ type: "connect" }` and so on.
pub(crate) fn client_output(output: Output) -> JsValue {
    match output {
        Output::Connect => Fields::of_type("connect").into(),
        Output::Transmit => Fields::of_type("transmit").into(),
        Output::Event(event) => Fields::of_type("event").with("event", event_object(event)).into(),
        Output::Store(operation) => Fields::of_type("store").with("sequence", count(operation.sequence)).into(),
        Output::Close => Fields::of_type("close").into(),
    }
}

/// With its canonical text, for logs and transcripts, where that is built in.
fn event_object(event: Event) -> JsValue {
    #[cfg(feature = "text")]
    let text = JsValue::from(alloc::string::ToString::to_string(&event));
    let fields = event_fields(event);
    #[cfg(feature = "text")]
    let fields = fields.with("text", text);
    fields.into()
}

fn event_fields(event: Event) -> Fields {
    match event {
        Event::Connected(connected) => Fields::of_type("connected")
            .with("sessionPresent", connected.session_present)
            .with("properties", properties_of(&connected.properties, PacketType::ConnAck)),
        Event::Disconnected(disconnected) => disconnected_fields(&disconnected),
        Event::Message(received) => received_fields(&received),
        Event::Settled { token, outcome } => {
            Fields::of_type("settled").with("token", count(token.as_u64())).with("outcome", outcome_object(outcome))
        }
        Event::Authentication(step) => {
            let AuthenticationStep { reason_code, properties } = *step;
            let properties = properties_of(&properties, PacketType::Auth);
            Fields::of_type("authentication").with_reason(reason_code).with("properties", properties)
        }
        Event::SubscriptionLost { filter, reason_code } => {
            Fields::of_type("subscriptionLost").with("topicFilter", filter).with_reason(reason_code)
        }
        Event::Closed => Fields::of_type("closed"),
    }
}

fn disconnected_fields(disconnected: &Disconnected) -> Fields {
    Fields::of_type("disconnected")
        .with("cause", camel_case(disconnected.cause.name()))
        .with_reason(disconnected.reason_code)
        .with_some("statement", disconnected.statement)
        .with_some("reasonString", disconnected.reason_string.as_deref())
        .with_some("serverReference", disconnected.server_reference.as_deref())
        .with_some("reconnectAt", disconnected.reconnect_at.map(milliseconds))
}

fn received_fields(received: &Received) -> Fields {
    Fields::of_type("message")
        .with("message", message_object(&received.message))
        .with("handlers", array(received.handlers.iter().map(HandlerId::as_u32)))
        .with_some("acknowledgement", received.acknowledgement.map(|handle| count(handle.as_u64())))
}

/// An instance of the package's `Message`.
fn message_object(message: &Message) -> JsValue {
    let properties = properties::to_object(message.properties(), PropertyOwner::Packet(PacketType::Publish));
    let payload = Uint8Array::from(message.payload().as_ref());
    let topic = message.topic();
    new_message(topic.as_str(), payload, message.qos().as_u8(), message.retain(), message.dup(), properties)
}

fn outcome_object(outcome: Outcome) -> JsValue {
    match outcome {
        Outcome::Published { reason_code, properties } => Fields::of_type("published")
            .with_reason(reason_code)
            .with("properties", properties_of(&properties, PacketType::PubAck))
            .into(),
        Outcome::Subscribed { reason_codes, properties } => Fields::of_type("subscribed")
            .with("reasonCodes", reason_codes_array(&reason_codes))
            .with("properties", properties_of(&properties, PacketType::SubAck))
            .into(),
        Outcome::Unsubscribed { reason_codes, properties } => Fields::of_type("unsubscribed")
            .with("reasonCodes", reason_codes_array(&reason_codes))
            .with("properties", properties_of(&properties, PacketType::UnsubAck))
            .into(),
        Outcome::Response(message) => Fields::of_type("response").with("message", message_object(&message)).into(),
        Outcome::Refused { reason_code, reason_string } => {
            Fields::of_type("refused").with_reason(reason_code).with_some("reasonString", reason_string).into()
        }
        Outcome::Dropped => Fields::of_type("dropped").into(),
        Outcome::Expired => Fields::of_type("expired").into(),
        Outcome::SessionLost => Fields::of_type("sessionLost").into(),
        Outcome::Cancelled => Fields::of_type("cancelled").into(),
        Outcome::Disconnected => Fields::of_type("disconnected").into(),
    }
}

fn properties_of(properties: &PropertiesBuf, packet_type: PacketType) -> JsValue {
    properties::to_object(properties.as_properties(), PropertyOwner::Packet(packet_type))
}

fn reason_codes_array(codes: &[ReasonCode]) -> Array {
    codes.iter().map(|code| JsValue::from(code.as_u8())).collect()
}

/// What the server said about itself.
pub(crate) fn server_object(server: &Server) -> JsValue {
    Fields::new()
        .with("clientIdentifier", &*server.client_identifier)
        .with("sessionExpiryIntervalS", server.session_expiry_interval_s)
        .with("receiveMaximum", server.receive_maximum)
        .with("maximumQoS", server.maximum_qos.as_u8())
        .with("retainAvailable", server.retain_available)
        .with("maximumPacketSizeBytes", server.maximum_packet_size_bytes)
        .with("topicAliasMaximum", server.topic_alias_maximum)
        .with("wildcardSubscriptionAvailable", server.wildcard_subscription_available)
        .with("subscriptionIdentifierAvailable", server.subscription_identifier_available)
        .with("sharedSubscriptionAvailable", server.shared_subscription_available)
        .with("keepAliveS", server.keep_alive_s)
        .with_some("responseInformation", server.response_information.as_deref())
        .into()
}

/// Counters by their names.
pub(crate) fn client_statistics(statistics: &Statistics) -> JsValue {
    let s = *statistics;
    let fields = [
        ("packetsSent", s.packets_sent),
        ("bytesSent", s.bytes_sent),
        ("packetsReceived", s.packets_received),
        ("bytesReceived", s.bytes_received),
        ("messagesSent", s.messages_sent),
        ("messagesReceived", s.messages_received),
        ("connections", s.connections),
    ];
    fields.into_iter().fold(Fields::new(), |object, (name, value)| object.with(name, count(value))).into()
}

/// The name of a state.
pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Opening => "opening",
        State::Handshake => "handshake",
        State::Connected => "connected",
        State::Waiting => "waiting",
    }
}

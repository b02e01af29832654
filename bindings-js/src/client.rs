//! The client as a state machine, driven from JavaScript. `js/client.js` is its driver.

use alloc::string::String;
use alloc::vec::Vec;

use polymqtt_core::client::{
    AcknowledgementHandle, Client as CoreClient, HandlerId, SubscribeRequest, Token, UnsubscribeRequest, UsageError,
};
use polymqtt_core::codec::{PropertiesBuf, Property};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{refused, usage};
use crate::object::{Field, Outcome, count, each_field, milliseconds, reason_code, time};
use crate::options::{client_options, disconnect_options, message};
use crate::output::{client_output, client_statistics, server_object, state_name};
use crate::topic::topic_filter;
use crate::{properties, subscriptions};

/// A client without IO, clock and threads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client(CoreClient);

#[wasm_bindgen]
impl Client {
    /// A client at rest; call `connect` next.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Outcome<Client> {
        CoreClient::new(client_options(options)?).map(Self).map_err(command_error)
    }

    /// Starts to connect: leads to the output `connect`.
    pub fn connect(&mut self, now: f64) -> Outcome {
        self.0.connect(time(now)).map_err(command_error)
    }

    /// The transport that was asked for is open.
    #[wasm_bindgen(js_name = handleConnected)]
    pub fn handle_connected(&mut self, now: f64) {
        self.0.handle_connected(time(now));
    }

    /// The transport could not be opened.
    #[wasm_bindgen(js_name = handleConnectFailed)]
    pub fn handle_connect_failed(&mut self, now: f64) {
        self.0.handle_connect_failed(time(now));
    }

    /// Bytes from the server.
    #[wasm_bindgen(js_name = handleInput)]
    pub fn handle_input(&mut self, input: &[u8], now: f64) {
        self.0.handle_input(input, time(now));
    }

    /// The transport is gone.
    #[wasm_bindgen(js_name = handleClosed)]
    pub fn handle_closed(&mut self, now: f64) {
        self.0.handle_closed(time(now));
    }

    /// A deadline has passed.
    #[wasm_bindgen(js_name = handleTimeout)]
    pub fn handle_timeout(&mut self, now: f64) {
        self.0.handle_timeout(time(now));
    }

    /// The next thing to do, or `undefined`.
    #[wasm_bindgen(js_name = pollOutput)]
    pub fn poll_output(&mut self) -> JsValue {
        self.0.poll_output().map_or(JsValue::UNDEFINED, client_output)
    }

    /// When to call `handleTimeout` at the latest.
    #[wasm_bindgen(js_name = nextTimeout)]
    pub fn next_timeout(&self) -> Option<f64> {
        self.0.next_timeout().map(milliseconds)
    }

    /// What waits to be written.
    #[wasm_bindgen(js_name = transmitBytes)]
    pub fn transmit_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.transmit_slices().for_each(|slice| bytes.extend_from_slice(slice));
        bytes
    }

    /// The transport took that many bytes.
    pub fn transmitted(&mut self, size_bytes: usize, now: f64) {
        self.0.transmitted(size_bytes, time(now));
    }

    /// Publishes; the options are `qos`, `retain` and `properties`.
    pub fn publish(&mut self, topic: &str, payload: JsValue, options: &JsValue, now: f64) -> Outcome<f64> {
        let message = message(topic, self::payload(payload)?, options)?;
        self.0.publish(message, time(now)).map(number).map_err(command_error)
    }

    /// Publishes a request; settles with its response.
    pub fn request(&mut self, topic: &str, payload: JsValue, options: &JsValue, now: f64) -> Outcome<f64> {
        let message = message(topic, self::payload(payload)?, options)?;
        self.0.request(message, time(now)).map(number).map_err(command_error)
    }

    /// Subscribes to one Topic Filter or an array of them.
    pub fn subscribe(&mut self, topic_filters: &JsValue, options: &JsValue, now: f64) -> Outcome<f64> {
        let request = SubscribeRequest {
            subscriptions: subscriptions::from_value(topic_filters, options, topic_filter)?,
            properties: subscribe_properties(options)?,
        };
        self.0.subscribe(request, time(now)).map(number).map_err(command_error)
    }

    /// Ends the subscriptions to one Topic Filter or an array of them.
    pub fn unsubscribe(&mut self, topic_filters: &JsValue, options: &JsValue, now: f64) -> Outcome<f64> {
        let request = UnsubscribeRequest {
            topic_filters: subscriptions::topic_filters(topic_filters, topic_filter)?,
            properties: subscribe_properties(options)?,
        };
        self.0.unsubscribe(request, time(now)).map(number).map_err(command_error)
    }

    /// Gives up waiting: the token settles as cancelled. False if it has settled.
    pub fn cancel(&mut self, token: f64) -> bool {
        self.0.cancel(Token::from_u64(u64_of(token)))
    }

    /// Acknowledges a message that came with a handle.
    pub fn acknowledge(&mut self, handle: f64, code: u8, now: f64) -> Outcome {
        let handle = AcknowledgementHandle::from_u64(u64_of(handle));
        self.0.acknowledge(handle, reason_code(code)?, time(now)).map_err(command_error)
    }

    /// For the next CONNECT: between the output `connect` and `handleConnected`.
    #[wasm_bindgen(js_name = setCredentials)]
    #[expect(clippy::needless_pass_by_value, reason = "the shape in which wasm-bindgen hands over an optional string")]
    pub fn set_credentials(&mut self, user_name: Option<String>, password: &JsValue) -> Outcome {
        let given =
            if password.is_undefined() { None } else { Some(Field { name: "password", value: password.clone() }) };
        let password = given.map(|password| password.bytes()).transpose()?;
        self.0.set_credentials(user_name.as_deref(), password.as_deref()).map_err(command_error)
    }

    /// Answers an `authentication` event.
    pub fn authenticate(&mut self, data: JsValue, now: f64) -> Outcome {
        self.0.authenticate(Some(&authentication_data(data)?), time(now)).map_err(command_error)
    }

    /// Starts a re-authentication.
    #[wasm_bindgen(js_name = reAuthenticate)]
    pub fn re_authenticate(&mut self, data: JsValue, now: f64) -> Outcome {
        self.0.re_authenticate(Some(&authentication_data(data)?), time(now)).map_err(command_error)
    }

    /// Ends the connection in good order; no reconnect.
    pub fn disconnect(&mut self, options: &JsValue, now: f64) -> Outcome {
        self.0.disconnect(disconnect_options(options)?, time(now)).map_err(command_error)
    }

    /// A Store operation, and all before it, are durable.
    pub fn completed(&mut self, sequence: f64, now: f64) {
        self.0.completed(u64_of(sequence), time(now));
    }

    /// Adds a Topic Filter; messages that match it carry the number that is returned.
    #[wasm_bindgen(js_name = addHandler)]
    pub fn add_handler(&mut self, filter: &str) -> Outcome<u32> {
        self.0.add_handler(topic_filter(filter)?).map(HandlerId::as_u32).map_err(command_error)
    }

    /// Removes a Topic Filter; false if there is none with this number.
    #[wasm_bindgen(js_name = removeHandler)]
    pub fn remove_handler(&mut self, handler: u32) -> bool {
        self.0.remove_handler(HandlerId::from_u32(handler))
    }

    /// "closed", "opening", "handshake", "connected" or "waiting".
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        state_name(self.0.state()).into()
    }

    /// Whether a server has accepted the connection.
    #[wasm_bindgen(getter, js_name = isConnected)]
    pub fn is_connected(&self) -> bool {
        self.0.is_connected()
    }

    /// What the server said about itself.
    #[wasm_bindgen(getter)]
    pub fn server(&self) -> JsValue {
        server_object(self.0.server())
    }

    /// Counters.
    #[wasm_bindgen(getter)]
    pub fn statistics(&self) -> JsValue {
        client_statistics(&self.0.statistics())
    }
}

/// `subscriptionIdentifier` and `userProperties` of the options; the others are those of the Topic Filters.
fn subscribe_properties(options: &JsValue) -> Outcome<PropertiesBuf> {
    let mut buf = PropertiesBuf::new();
    each_field(options, |field| {
        match field.name {
            "subscriptionIdentifier" => {
                buf.push(Property::SubscriptionIdentifier(field.integer()?)).map_err(usage)?;
            }
            "userProperties" => {
                for (name, value) in &properties::pairs(field)? {
                    buf.push(Property::UserProperty((name, value))).map_err(usage)?;
                }
            }
            "qos" | "noLocal" | "retainAsPublished" | "retainHandling" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(buf)
}

fn payload(value: JsValue) -> Outcome<Vec<u8>> {
    if value.is_undefined() { Ok(Vec::new()) } else { Field { name: "payload", value }.bytes() }
}

fn authentication_data(value: JsValue) -> Outcome<Vec<u8>> {
    Field { name: "authenticationData", value }.bytes()
}

fn command_error(error: UsageError) -> JsValue {
    refused(error, error.reason_code())
}

fn number(token: Token) -> f64 {
    count(token.as_u64())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers that came from here")]
fn u64_of(number: f64) -> u64 {
    number as u64
}

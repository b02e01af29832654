//! The broker as a state machine, driven from JavaScript. `js/broker.js` is its driver.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Function;
use polymqtt_core::broker::{Broker as CoreBroker, ConnectRefusal, ConnectionId, Placement};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::usage;
use crate::object::{Field, Outcome, milliseconds, reason_code, time};
use crate::options::{authentication_step, broker_options, connect_grant, connection_info, message};
use crate::output::{broker_output, broker_statistics, number};
use crate::policy::JsPolicy;

/// A broker without IO, clock and threads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Broker(CoreBroker);

#[wasm_bindgen]
impl Broker {
    /// Besides the core's options there are `askForConnect` (answer each CONNECT yourself) and `authorize`, a function that
    /// is asked for permission.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Outcome<Broker> {
        let mut policy = JsPolicy::default();
        let options = broker_options(options, |field| match field.name {
            "askForConnect" => {
                policy.ask_for_connect = field.value.is_truthy();
                true
            }
            "authorize" => {
                policy.set_authorize(field.value.dyn_ref::<Function>());
                true
            }
            _ => false,
        })?;
        CoreBroker::new(options, Placement::SINGLE, Box::new(policy)).map(Self).map_err(usage)
    }

    /// A new connection.
    pub fn accept(&mut self, info: &JsValue, now: f64) -> Outcome<f64> {
        self.0.accept(connection_info(info)?, time(now)).map(number).map_err(usage)
    }

    /// Bytes from a client.
    #[wasm_bindgen(js_name = handleInput)]
    pub fn handle_input(&mut self, connection: f64, input: &[u8], now: f64) {
        self.0.handle_input(id(connection), input, time(now));
    }

    /// The transport is gone.
    #[wasm_bindgen(js_name = handleClosed)]
    pub fn handle_closed(&mut self, connection: f64, now: f64) {
        self.0.handle_closed(id(connection), time(now));
    }

    /// A deadline has passed.
    #[wasm_bindgen(js_name = handleTimeout)]
    pub fn handle_timeout(&mut self, now: f64) {
        self.0.handle_timeout(time(now));
    }

    /// The next thing to do, or `undefined`.
    #[wasm_bindgen(js_name = pollOutput)]
    pub fn poll_output(&mut self) -> JsValue {
        self.0.poll_output().map_or(JsValue::UNDEFINED, broker_output)
    }

    /// When to call `handleTimeout` at the latest.
    #[wasm_bindgen(js_name = nextTimeout)]
    pub fn next_timeout(&self) -> Option<f64> {
        self.0.next_timeout().map(milliseconds)
    }

    /// What waits to be written to a connection.
    #[wasm_bindgen(js_name = transmitBytes)]
    pub fn transmit_bytes(&self, connection: f64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.transmit_len_bytes(id(connection)));
        self.0.transmit_slices(id(connection)).for_each(|slice| bytes.extend_from_slice(slice));
        bytes
    }

    /// The transport took that many bytes.
    pub fn transmitted(&mut self, connection: f64, size_bytes: usize, now: f64) {
        self.0.transmitted(id(connection), size_bytes, time(now));
    }

    /// Answers a `connectRequest`.
    #[wasm_bindgen(js_name = acceptConnect)]
    pub fn accept_connect(&mut self, connection: f64, grant: &JsValue, now: f64) -> Outcome {
        self.0.accept_connect(id(connection), &connect_grant(grant)?, time(now)).map_err(usage)
    }

    /// Answers a `connectRequest`.
    #[wasm_bindgen(js_name = rejectConnect)]
    pub fn reject_connect(&mut self, connection: f64, code: u8, reason_string: Option<String>, now: f64) -> Outcome {
        let refusal = ConnectRefusal {
            reason_code: reason_code(code)?,
            reason_string: reason_string.map(Into::into),
            server_reference: None,
        };
        self.0.reject_connect(id(connection), &refusal, time(now)).map_err(usage)
    }

    /// A Store operation, and all before it, are durable.
    pub fn completed(&mut self, sequence: f64, now: f64) {
        self.0.completed(u64_of(sequence), time(now));
    }

    /// Publishes in the broker's own name.
    pub fn publish(&mut self, topic: &str, payload: JsValue, options: &JsValue, now: f64) -> Outcome {
        let payload = Field { name: "payload", value: payload }.bytes()?;
        self.0.publish(&message(topic, payload, options)?, time(now)).map_err(usage)
    }

    /// Answers a `connectRequest` or an `authentication`: `{ type: "continue", authenticationData }`, `{ type: "success", .. }`
    /// with what the client is granted, or `{ type: "failure", reasonCode }`.
    pub fn authenticate(&mut self, connection: f64, step: &JsValue, now: f64) -> Outcome {
        self.0.authenticate(id(connection), authentication_step(step)?, time(now)).map_err(usage)
    }

    /// Ends a connection.
    pub fn disconnect(&mut self, connection: f64, code: u8, now: f64) -> Outcome {
        self.0.disconnect(id(connection), reason_code(code)?, time(now)).map_err(usage)
    }

    /// Ends the connection of a client.
    #[wasm_bindgen(js_name = disconnectClient)]
    pub fn disconnect_client(&mut self, client_identifier: &str, code: u8, now: f64) -> Outcome {
        self.0.disconnect_client(client_identifier, reason_code(code)?, time(now)).map_err(usage)
    }

    /// Says goodbye to everybody.
    pub fn shutdown(&mut self, now: f64) {
        self.0.shutdown(time(now));
    }

    /// Counters and gauges.
    #[wasm_bindgen(getter)]
    pub fn statistics(&self) -> JsValue {
        broker_statistics(&self.0.statistics())
    }
}

fn id(connection: f64) -> ConnectionId {
    ConnectionId::from_u64(u64_of(connection))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers that came from here")]
fn u64_of(number: f64) -> u64 {
    number as u64
}

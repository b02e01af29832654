//! Carries out the steps of a transcript.

use crate::vector_file::{Case, unquote};
use polymqtt_core::broker::{
    AuthenticationStep, Broker, BrokerOptions, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectionId,
    ConnectionInfo, Output, Placement, Policy,
};
use polymqtt_core::topic::TopicName;
use polymqtt_core::{Message, ProtocolVersion, QoS, ReasonCode, Time};
use std::collections::{BTreeMap, VecDeque};

pub(crate) struct Interpreter {
    pub(crate) broker: Broker,
    now: Time,
    pub(crate) connections: BTreeMap<String, ConnectionId>,
    /// Events, closes and errors that came and were not expected yet, in order.
    pub(crate) said: VecDeque<String>,
}

/// Allows everything, or asks about every CONNECT.
struct Asking(bool);

impl Policy for Asking {
    fn connect(&mut self, _: &ConnectAttempt<'_>) -> ConnectDecision {
        if self.0 { ConnectDecision::Ask } else { ConnectDecision::Allow(ConnectGrant::default()) }
    }
}

impl Interpreter {
    pub(crate) fn new(case: &Case<'_>) -> Self {
        let mut options = BrokerOptions { sys_interval_s: 0, ..BrokerOptions::default() };
        let mut asks = false;
        for value in case.all("option") {
            let (name, value) = value.split_once(' ').unwrap();
            if name == "ask" {
                asks = value == "1";
            } else {
                set_option(&mut options, name, value);
            }
        }
        let broker = Broker::new(options, Placement::SINGLE, Box::new(Asking(asks))).unwrap();
        Self { broker, now: Time::ZERO, connections: BTreeMap::new(), said: VecDeque::new() }
    }

    pub(crate) fn step(&mut self, key: &str, value: &str) {
        if let Err(error) = self.command(key, value) {
            self.said.push_back(format!("error {error}"));
        }
        self.drain();
    }

    fn command(&mut self, key: &str, value: &str) -> Result<(), String> {
        let now = self.now;
        let (name, rest) = value.split_once(' ').unwrap_or((value, ""));
        let connection = self.connections.get(name).copied();
        let broker = &mut self.broker;
        match (key, connection) {
            ("now", _) => self.now = Time::from_ms(value.parse().unwrap()),
            ("timeout", _) => broker.handle_timeout(now),
            ("shutdown", _) => broker.shutdown(now),
            ("publish", _) => return broker.publish(&message(value), now).map_err(|error| error.to_string()),
            ("accept", _) => {
                let connection = broker.accept(ConnectionInfo::default(), now).map_err(|error| error.to_string())?;
                self.connections.insert(name.into(), connection);
            }
            ("input", Some(connection)) => broker.handle_input(connection, &hex(rest), now),
            ("closed", Some(connection)) => broker.handle_closed(connection, now),
            ("disconnect", Some(connection)) => {
                return broker.disconnect(connection, reason_code(rest), now).map_err(|error| error.to_string());
            }
            ("accept_connect", Some(connection)) => {
                let user_name = (!rest.is_empty()).then(|| unquote(rest).into());
                let grant = ConnectGrant { user_name, ..ConnectGrant::default() };
                return broker.accept_connect(connection, &grant, now).map_err(|error| error.to_string());
            }
            ("reject_connect", Some(connection)) => {
                let refusal = reason_code(rest).into();
                return broker.reject_connect(connection, &refusal, now).map_err(|error| error.to_string());
            }
            ("authenticate", Some(connection)) => {
                let step = authentication_step(rest);
                return broker.authenticate(connection, step, now).map_err(|error| error.to_string());
            }
            _ => panic!("an unknown step: {key} {value}"),
        }
        Ok(())
    }

    /// What comes next of this kind; `transmit` takes all bytes that wait for the connection that `what` begins with.
    pub(crate) fn next_of(&mut self, kind: &str, what: &str) -> Option<String> {
        match kind {
            "timeout" => Some(self.broker.next_timeout().map_or("none".into(), |time| time.as_ms().to_string())),
            "transmit" => self.transmit(what.split(' ').next().unwrap()),
            _ => {
                let said = self.said.pop_front()?;
                let (its_kind, what) = said.split_once(' ').unwrap_or((&said, ""));
                (its_kind == kind).then(|| what.to_owned())
            }
        }
    }

    /// What was not expected.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = self.said.iter().cloned().collect();
        for (name, connection) in &self.connections {
            if self.broker.transmit_slices(*connection).next().is_some() {
                left.push(format!("transmit {name}"));
            }
        }
        left
    }

    pub(crate) fn transmit(&mut self, name: &str) -> Option<String> {
        let connection = *self.connections.get(name)?;
        let bytes: Vec<u8> = self.broker.transmit_slices(connection).flatten().copied().collect();
        if bytes.is_empty() {
            return None;
        }
        self.broker.transmitted(connection, bytes.len(), self.now);
        self.drain();
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(format!("{name} {}", bytes.join(" ")))
    }

    fn drain(&mut self) {
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit(_) => {}
                Output::Event(event) => self.said.push_back(format!("event {event}")),
                Output::Close(connection) => {
                    let name = self.connections.iter().find(|(_, known)| **known == connection).unwrap().0;
                    self.said.push_back(format!("close {name}"));
                }
                Output::Store(_) | Output::Forward { .. } => panic!("transcripts have no store and no other shards"),
            }
        }
    }
}

fn set_option(options: &mut BrokerOptions, name: &str, value: &str) {
    let number = || value.parse::<u32>().unwrap();
    let short = || value.parse::<u16>().unwrap();
    let flag = || value == "1";
    match name {
        "connect_timeout_ms" => options.connect_timeout_ms = number(),
        "sessions_max" => options.sessions_max = number(),
        "packet_size_bytes_max" => options.packet_size_bytes_max = number(),
        "session_expiry_interval_s_max" => options.session_expiry_interval_s_max = number(),
        "queue_messages_max" => options.queue_messages_max = number(),
        "subscriptions_max" => options.subscriptions_max = number(),
        "sys_interval_s" => options.sys_interval_s = number(),
        "receive_maximum" => options.receive_maximum = short(),
        "topic_alias_maximum" => options.topic_alias_maximum = short(),
        "topic_alias_outbound_max" => options.topic_alias_outbound_max = short(),
        "in_flight_max" => options.in_flight_max = short(),
        "keep_alive_s_max" => options.keep_alive_s_max = Some(short()),
        "maximum_qos" => options.maximum_qos = QoS::from_u8(value.parse().unwrap()).unwrap(),
        "retain_available" => options.retain_available = flag(),
        "wildcard_subscription_available" => options.wildcard_subscription_available = flag(),
        "subscription_identifier_available" => options.subscription_identifier_available = flag(),
        "shared_subscription_available" => options.shared_subscription_available = flag(),
        "queue_qos_0" => options.queue_qos_0 = flag(),
        "client_identifier_assigned" => options.client_identifier_assigned = flag(),
        "response_information" => options.response_information = Some(unquote(value).into()),
        "version" => options.version = unquote(value).into(),
        "protocol_version_min" => {
            let all = [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5_0];
            options.protocol_version_min = all.into_iter().find(|version| version.to_string() == value).unwrap();
        }
        _ => panic!("an unknown option: {name}"),
    }
}

/// `topic="a/b" qos=1 retain=0 payload=6869`.
fn message(value: &str) -> Message {
    let (topic, rest) = value.strip_prefix("topic=").unwrap().split_once("\" qos=").unwrap();
    let (qos, rest) = rest.split_once(" retain=").unwrap();
    let (retain, payload) = rest.split_once(" payload=").unwrap();
    let topic = unquote(&format!("{topic}\""));
    let qos = QoS::from_u8(qos.parse().unwrap()).unwrap();
    Message::new(TopicName::new(&topic).unwrap(), hex(payload)).with_qos(qos).with_retain(retain == "1")
}

/// `continue 6869`, `success 6869`, `failure 0x87`; the data may be missing.
fn authentication_step(value: &str) -> AuthenticationStep {
    let (kind, rest) = value.split_once(' ').unwrap_or((value, ""));
    let data = (!rest.is_empty() && kind != "failure").then(|| hex(rest).into());
    match kind {
        "continue" => AuthenticationStep::Continue { data },
        "success" => AuthenticationStep::Success(ConnectGrant { authentication_data: data, ..ConnectGrant::default() }),
        "failure" => AuthenticationStep::Failure(reason_code(rest).into()),
        _ => panic!("an unknown step of authentication: {value}"),
    }
}

fn reason_code(value: &str) -> ReasonCode {
    ReasonCode::from_u8(hex(value.strip_prefix("0x").unwrap())[0]).unwrap()
}

/// Two hexadecimal digits for each byte, with or without spaces between them.
fn hex(value: &str) -> Vec<u8> {
    let digits: Vec<u8> = value.bytes().filter(|byte| *byte != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

//! What `-d` prints: the steps of the connection, in the words of the mosquitto tools.

use super::settings::Settings;
use core::fmt::Display;
use polymqtt::Connected;
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::QoS;

/// Prints steps when they are asked for.
#[derive(Debug)]
pub(super) struct Journal {
    is_open: bool,
    client: String,
    /// The number of the last SUBSCRIBE, UNSUBSCRIBE or PUBLISH.
    number: u64,
}

impl Journal {
    pub(super) fn new(settings: &Settings, client_identifier: &str) -> Self {
        let client = if client_identifier.is_empty() { "(null)" } else { client_identifier };
        Self { is_open: settings.debug, client: client.to_owned(), number: 0 }
    }

    fn step(&self, text: impl Display) {
        if self.is_open {
            crate::command::say(format_args!("Client {} {text}", self.client));
        }
    }

    pub(super) fn connecting(&self) {
        self.step("sending CONNECT");
    }

    pub(super) fn connected(&mut self, connected: &Connected) {
        if let Some(assigned) = connected.properties.as_properties().assigned_client_identifier() {
            assigned.clone_into(&mut self.client);
        }
        self.step("received CONNACK (0)");
    }

    pub(super) fn subscribing<'a>(&mut self, filters: impl Iterator<Item = &'a str>, qos: QoS, options: u8) {
        self.number += 1;
        for filter in filters {
            let (number, qos) = (self.number, qos.as_u8());
            self.step(format_args!(
                "sending SUBSCRIBE (Mid: {number}, Topic: {filter}, QoS: {qos}, Options: 0x{options:02x})"
            ));
        }
    }

    pub(super) fn subscribed(&self, reason_codes: &[ReasonCode]) {
        self.step("received SUBACK");
        if self.is_open {
            let granted: Vec<String> = reason_codes.iter().map(|code| code.as_u8().to_string()).collect();
            crate::command::say(format_args!("Subscribed (mid: {}): {}", self.number, granted.join(", ")));
        }
    }

    pub(super) fn unsubscribing(&mut self, filters: &[String]) {
        for filter in filters {
            self.number += 1;
            self.step(format_args!("sending UNSUBSCRIBE (Mid: {}, Topic: {filter})", self.number));
        }
    }

    pub(super) fn unsubscribed(&self) {
        self.step("received UNSUBACK");
    }

    /// The number of the message is told, to be found again in [`Journal::published`].
    pub(super) fn publishing(&mut self, topic: &str, qos: QoS, retain: bool, len: usize) {
        self.number += 1;
        let (number, qos, retain) = (self.number, qos.as_u8(), u8::from(retain));
        self.step(format_args!("sending PUBLISH (d0, q{qos}, r{retain}, m{number}, '{topic}', ... ({len} bytes))"));
    }

    pub(super) fn published(&self, number: u64, qos: QoS, reason_code: ReasonCode) {
        let packet = match qos {
            QoS::AtMostOnce => return,
            QoS::AtLeastOnce => "PUBACK",
            QoS::ExactlyOnce => "PUBCOMP",
        };
        self.step(format_args!("received {packet} (Mid: {number}, RC:{})", reason_code.as_u8()));
    }

    pub(super) fn received(&self, message: &polymqtt::Message) {
        let (qos, retain) = (message.qos().as_u8(), u8::from(message.retained()));
        let duplicate = u8::from(message.duplicate());
        let number = message.packet_identifier().map_or(0, polymqtt_core::codec::PacketIdentifier::as_u16);
        let (topic, len) = (message.topic(), message.payload().len());
        self.step(format_args!(
            "received PUBLISH (d{duplicate}, q{qos}, r{retain}, m{number}, '{topic}', ... ({len} bytes))"
        ));
    }

    pub(super) fn leaving(&self) {
        self.step("sending DISCONNECT");
    }
}

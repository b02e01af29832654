//! What the server said about itself.

use super::options::ClientOptions;
use crate::codec::{Properties, QoS};
use alloc::string::String;

/// What CONNACK said, with the standard's values where it said nothing. Spec: 3.2.2.3.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of CONNACK")]
pub struct Server {
    /// The Client Identifier in use: the server's choice or our own. Spec: 3.2.2.3.7.
    pub client_identifier: String,
    /// Spec: 3.2.2.3.2.
    pub session_expiry_interval_s: u32,
    /// How many unacknowledged publications it takes. Spec: 3.2.2.3.3.
    pub receive_maximum: u16,
    /// Spec: 3.2.2.3.4.
    pub maximum_qos: QoS,
    /// Whether it keeps Retained Messages. Spec: 3.2.2.3.5.
    pub retain_available: bool,
    /// The largest Control Packet that it takes; `u32::MAX`: no limit. Spec: 3.2.2.3.6.
    pub maximum_packet_size_bytes: u32,
    /// The highest Topic Alias that it takes. Spec: 3.2.2.3.8.
    pub topic_alias_maximum: u16,
    /// Spec: 3.2.2.3.11.
    pub wildcard_subscription_available: bool,
    /// Spec: 3.2.2.3.12.
    pub subscription_identifier_available: bool,
    /// Spec: 3.2.2.3.13.
    pub shared_subscription_available: bool,
    /// The Keep Alive in use. Spec: 3.2.2.3.14.
    pub keep_alive_s: u16,
    /// The basis of Response Topics. Spec: 3.2.2.3.15.
    pub response_information: Option<String>,
}

impl Server {
    /// What holds until a CONNACK says otherwise.
    pub(super) fn before_connack(options: &ClientOptions) -> Self {
        Self {
            client_identifier: options.client_identifier.clone(),
            session_expiry_interval_s: options.session_expiry_interval_s,
            receive_maximum: u16::MAX,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            maximum_packet_size_bytes: u32::MAX,
            topic_alias_maximum: 0,
            wildcard_subscription_available: true,
            subscription_identifier_available: options.protocol_version.has_properties(),
            shared_subscription_available: true,
            keep_alive_s: options.keep_alive_s,
            response_information: None,
        }
    }

    /// Takes over what CONNACK says; `self` is [`before_connack`](Self::before_connack).
    pub(super) fn read_connack(&mut self, properties: Properties<'_>) {
        if let Some(identifier) = properties.assigned_client_identifier() {
            self.client_identifier = identifier.into();
        }
        if let Some(seconds) = properties.session_expiry_interval_s() {
            self.session_expiry_interval_s = seconds;
        }
        if let Some(seconds) = properties.server_keep_alive_s() {
            self.keep_alive_s = seconds;
        }
        self.receive_maximum = properties.receive_maximum().unwrap_or(u16::MAX);
        self.maximum_qos = properties.maximum_qos().unwrap_or(QoS::ExactlyOnce);
        self.retain_available = properties.retain_available().unwrap_or(true);
        self.maximum_packet_size_bytes = properties.maximum_packet_size().unwrap_or(u32::MAX);
        self.topic_alias_maximum = properties.topic_alias_maximum().unwrap_or(0);
        self.wildcard_subscription_available = properties.wildcard_subscription_available().unwrap_or(true);
        self.shared_subscription_available = properties.shared_subscription_available().unwrap_or(true);
        if let Some(available) = properties.subscription_identifier_available() {
            self.subscription_identifier_available = available;
        }
        self.response_information = properties.response_information().map(Into::into);
    }
}

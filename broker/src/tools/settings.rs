//! What the flags of `polymqtt pub`, `sub` and `rr` add up to.

use super::property::OwnedProperty;
use core::net::IpAddr;
use core::time::Duration;
use polymqtt::transport::TlsVersion;
use polymqtt_core::codec::{ProtocolVersion, QoS, RetainHandling};
use std::ffi::OsString;
use std::path::PathBuf;

/// Which of the three tools runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// `polymqtt pub`: publishes and ends.
    Publish,
    /// `polymqtt sub`: prints what arrives.
    Subscribe,
    /// `polymqtt rr`: sends a request and prints the response.
    Request,
}

impl Tool {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Publish => "pub",
            Self::Subscribe => "sub",
            Self::Request => "rr",
        }
    }
}

/// Where the message to publish comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Argument(Vec<u8>),
    File(PathBuf),
    StandardInput,
    Lines,
    Empty,
}

/// Files and switches of TLS.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsSettings {
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) ca_folder: Option<PathBuf>,
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) system_roots: bool,
    pub(crate) insecure: bool,
    pub(crate) alpn: Option<String>,
    pub(crate) version: Option<TlsVersion>,
}

impl TlsSettings {
    /// Whether anything asks for TLS; as with the mosquitto tools, port 8883 does too.
    pub(crate) fn is_wanted(&self, port: Option<u16>) -> bool {
        self.ca_file.is_some() || self.ca_folder.is_some() || self.system_roots || port == Some(8883)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct WillSettings {
    pub(crate) topic: Option<String>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
}

/// The properties that `-D` gave, by the Control Packet that carries them.
#[derive(Debug, Clone, Default)]
pub(crate) struct PropertySettings {
    pub(crate) connect: Vec<OwnedProperty>,
    pub(crate) publish: Vec<OwnedProperty>,
    pub(crate) subscribe: Vec<OwnedProperty>,
    pub(crate) unsubscribe: Vec<OwnedProperty>,
    pub(crate) disconnect: Vec<OwnedProperty>,
    pub(crate) will: Vec<OwnedProperty>,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Settings {
    pub(crate) tool: Tool,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) unix: Option<PathBuf>,
    pub(crate) bind_address: Option<IpAddr>,
    pub(crate) websocket: bool,
    pub(crate) no_delay: bool,
    pub(crate) tls: TlsSettings,
    pub(crate) user_name: Option<String>,
    pub(crate) password: Option<OsString>,
    pub(crate) client_identifier: Option<String>,
    pub(crate) client_identifier_prefix: Option<String>,
    pub(crate) keep_alive_s: u16,
    pub(crate) clean_start: bool,
    pub(crate) protocol_version: ProtocolVersion,
    pub(crate) session_expiry_interval_s: Option<u32>,
    pub(crate) in_flight_max: u16,
    pub(crate) properties: PropertySettings,
    pub(crate) will: WillSettings,
    pub(crate) topics: Vec<String>,
    pub(crate) unsubscribe: Vec<String>,
    pub(crate) filter_out: Vec<String>,
    pub(crate) response_topic: Option<String>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) source: Option<Source>,
    pub(crate) repeat: u32,
    pub(crate) repeat_delay: Duration,
    pub(crate) message_count: Option<u32>,
    pub(crate) exit_after_subscribe: bool,
    pub(crate) no_retained: bool,
    pub(crate) retained_only: bool,
    pub(crate) remove_retained: bool,
    pub(crate) retain_as_published: bool,
    pub(crate) retain_handling: RetainHandling,
    pub(crate) timeout: Option<Duration>,
    pub(crate) random_filter_percent: Option<f64>,
    pub(crate) format: Option<String>,
    pub(crate) end_of_line: bool,
    pub(crate) pretty: bool,
    pub(crate) verbose: bool,
    pub(crate) debug: bool,
    pub(crate) quiet: bool,
}

impl Settings {
    pub(crate) fn new(tool: Tool) -> Self {
        Self {
            tool,
            host: "localhost".into(),
            port: None,
            unix: None,
            bind_address: None,
            websocket: false,
            no_delay: false,
            tls: TlsSettings::default(),
            user_name: None,
            password: None,
            client_identifier: None,
            client_identifier_prefix: None,
            keep_alive_s: 60,
            clean_start: true,
            protocol_version: if tool == Tool::Request { ProtocolVersion::V5_0 } else { ProtocolVersion::V3_1_1 },
            session_expiry_interval_s: None,
            in_flight_max: 20,
            properties: PropertySettings::default(),
            will: WillSettings::default(),
            topics: Vec::new(),
            unsubscribe: Vec::new(),
            filter_out: Vec::new(),
            response_topic: None,
            qos: QoS::AtMostOnce,
            retain: false,
            source: None,
            repeat: 1,
            repeat_delay: Duration::ZERO,
            message_count: None,
            exit_after_subscribe: false,
            no_retained: false,
            retained_only: false,
            remove_retained: false,
            retain_as_published: false,
            retain_handling: RetainHandling::Send,
            timeout: None,
            random_filter_percent: None,
            format: None,
            end_of_line: true,
            pretty: false,
            verbose: false,
            debug: false,
            quiet: false,
        }
    }
}

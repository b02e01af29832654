//! The configuration of a broker: what it is, where it comes from, what is wrong with it.

mod error;
mod key;
mod listener;
mod load;
mod reference;
mod value;

pub use error::{ConfigError, Origin};
pub use key::{KEYS, Key, distance};
pub use listener::{Listener, ListenerError, Transport};
pub use load::Layers;
pub use reference::reference;
pub use value::ValueKind;

use polymqtt_core::broker::BrokerOptions;
use std::path::PathBuf;

/// Where Sessions and Retained Messages are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Store {
    /// In memory only: they end with the process.
    #[default]
    Memory,
}

/// With a client CA: what about clients without a certificate?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificate {
    /// They are turned away.
    #[default]
    Required,
    /// They are treated like any other client.
    Optional,
}

/// Everything that can be configured. Each field is a key of the configuration: see [`KEYS`].
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Where to listen.
    pub listen: Vec<Listener>,
    /// How many threads share the connections; 0: one for each core.
    pub shards: u16,
    /// Where Sessions and Retained Messages are kept.
    pub store: Store,
    /// Whether clients without a user name are accepted; `None`: exactly when there is no password file.
    pub allow_anonymous: Option<bool>,
    /// Users and passwords.
    pub password_file: Option<PathBuf>,
    /// The server's certificate chain.
    pub tls_certificate_file: Option<PathBuf>,
    /// The private key of the certificate.
    pub tls_key_file: Option<PathBuf>,
    /// Who signs client certificates.
    pub tls_client_ca_file: Option<PathBuf>,
    /// With a client CA: whether clients need a certificate.
    pub tls_client_certificate: ClientCertificate,
    /// The path of WebSocket requests.
    pub websocket_path: String,
    /// How many connections may be on their way to a CONNECT at the same time; others wait to be accepted.
    pub pending_connections_max: u32,
    /// How many messages may wait for a shard; beyond it the others stop reading until it has caught up.
    pub forwards_max: u32,
    /// The filter of the log.
    pub log: String,
    /// The limits and capabilities of the broker core. The seed is chosen anew at each start.
    pub options: BrokerOptions,
}

impl Default for BrokerConfig {
    /// Nothing but loopback: TCP on 1883, WebSocket on 8083 at `/mqtt`.
    fn default() -> Self {
        let network =
            |transport: Transport| Listener::network(transport, ([127, 0, 0, 1], transport.default_port()).into());
        Self {
            listen: vec![network(Transport::Tcp), network(Transport::WebSocket)],
            shards: 0,
            store: Store::Memory,
            allow_anonymous: None,
            password_file: None,
            tls_certificate_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            tls_client_certificate: ClientCertificate::Required,
            websocket_path: "/mqtt".into(),
            pending_connections_max: 10_000,
            forwards_max: 65_536,
            log: "info".into(),
            options: BrokerOptions::default(),
        }
    }
}

impl BrokerConfig {
    /// How many shards there will be.
    pub fn shard_count(&self) -> u16 {
        match self.shards {
            0 => std::thread::available_parallelism().map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX)),
            shards => shards,
        }
    }

    /// Refuses what cannot work or would be unsafe; reads no file.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_access()?;
        self.check_listeners()
    }

    /// Somebody has to decide who may connect, and somebody has to be able to.
    fn check_access(&self) -> Result<(), ConfigError> {
        let open = self.listen.iter().find(|listener| !listener.is_local());
        if let Some(listener) = open
            && self.allow_anonymous.is_none()
            && self.password_file.is_none()
        {
            return Err(ConfigError::OpenListener(listener.clone()));
        }
        if self.allow_anonymous == Some(false) && self.password_file.is_none() && self.tls_client_ca_file.is_none() {
            return Err(ConfigError::NobodyMayConnect);
        }
        Ok(())
    }

    /// What is enough where a program decides who may connect.
    pub(crate) fn check_listeners(&self) -> Result<(), ConfigError> {
        let encrypted = self.listen.iter().find(|listener| listener.transport().is_encrypted());
        if let Some(listener) = encrypted
            && (self.tls_certificate_file.is_none() || self.tls_key_file.is_none())
        {
            return Err(ConfigError::NoCertificate(listener.clone()));
        }
        if !self.websocket_path.starts_with('/') {
            return Err(ConfigError::WebSocketPath(self.websocket_path.clone()));
        }
        Ok(())
    }
}

//! What can go wrong before MQTT begins.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::PathBuf;

/// Why a byte stream to a peer could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportError {
    /// The host name has no address.
    Resolve {
        /// The host name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// No connection to the address.
    Connect {
        /// `address:port`, or the path of a Unix socket.
        peer: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The connect timeout has passed.
    TimedOut {
        /// `host:port`.
        peer: String,
        /// The timeout.
        after: Duration,
    },
    /// The TLS options cannot be used.
    TlsConfiguration(TlsConfigurationError),
    /// The TLS handshake failed: for example the certificate is not trusted.
    Tls {
        /// `host:port`.
        peer: String,
        /// What rustls said.
        source: io::Error,
    },
    /// The WebSocket handshake failed.
    WebSocket {
        /// `host:port`.
        peer: String,
        /// What the other side did.
        refusal: WebSocketRefusal,
    },
}

/// Why a WebSocket handshake failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebSocketRefusal {
    /// The server answered with this HTTP status instead of 101.
    Status(u16),
    /// The subprotocol `mqtt` was not agreed upon. Spec: 6.0.0-3.
    Subprotocol,
    /// A request header of the options is not valid HTTP.
    Header,
    /// The connection broke, or what came is not a WebSocket handshake.
    Handshake(io::Error),
}

/// What is wrong with TLS options.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsConfigurationError {
    /// A file could not be read.
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The PEM data holds no certificate, or one that cannot be parsed.
    Certificate,
    /// The PEM data holds no private key, or one that cannot be parsed.
    PrivateKey,
    /// rustls refuses the certificate, or the key does not belong to it.
    Rustls(rustls::Error),
    /// The operating system's trusted certificates could not be loaded.
    SystemRoots,
    /// Neither a DNS name nor an IP address.
    ServerName(String),
    /// A verifier for client certificates could not be built.
    ClientVerifier,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve { host, source } => write!(f, "host {host:?} has no address: {source}"),
            Self::Connect { peer, source } => write!(f, "cannot connect to {peer}: {source}"),
            Self::TimedOut { peer, after } => {
                write!(f, "no connection to {peer} within {} s (connect timeout)", after.as_secs_f32())
            }
            Self::TlsConfiguration(error) => error.fmt(f),
            Self::Tls { peer, source } => write!(f, "TLS with {peer}: {source}"),
            Self::WebSocket { peer, refusal } => write!(f, "WebSocket with {peer}: {refusal}"),
        }
    }
}

impl core::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Resolve { source, .. }
            | Self::Connect { source, .. }
            | Self::Tls { source, .. }
            | Self::WebSocket { refusal: WebSocketRefusal::Handshake(source), .. } => Some(source),
            Self::TlsConfiguration(error) => error.source(),
            Self::WebSocket { .. } | Self::TimedOut { .. } => None,
        }
    }
}

impl From<TlsConfigurationError> for TransportError {
    fn from(error: TlsConfigurationError) -> Self {
        Self::TlsConfiguration(error)
    }
}

impl fmt::Display for WebSocketRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "HTTP status {status} instead of 101 (is the path right?)"),
            Self::Subprotocol => f.write_str("the subprotocol \"mqtt\" was not agreed upon"),
            Self::Header => f.write_str("a request header of the options is not valid HTTP"),
            Self::Handshake(source) => source.fmt(f),
        }
    }
}

impl fmt::Display for TlsConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadFile { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Certificate => f.write_str("TLS: no certificate found in the PEM data"),
            Self::PrivateKey => f.write_str("TLS: no private key found in the PEM data"),
            Self::Rustls(error) => write!(f, "TLS: {error}"),
            Self::SystemRoots => {
                f.write_str("TLS: the operating system has no trusted certificates; name a CA file instead")
            }
            Self::ServerName(name) => write!(f, "TLS: {name:?} is neither a DNS name nor an IP address"),
            Self::ClientVerifier => f.write_str("TLS: the CA certificates for clients cannot be used"),
        }
    }
}

impl core::error::Error for TlsConfigurationError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::ReadFile { source, .. } => Some(source),
            Self::Rustls(error) => Some(error),
            Self::Certificate | Self::PrivateKey | Self::SystemRoots | Self::ServerName(_) | Self::ClientVerifier => {
                None
            }
        }
    }
}

//! Where the broker listens.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::str::FromStr;
use std::path::PathBuf;

/// How bytes travel on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// MQTT on TCP.
    Tcp,
    /// MQTT on TLS on TCP.
    Tls,
    /// MQTT in WebSocket messages on TCP.
    WebSocket,
    /// MQTT in WebSocket messages on TLS on TCP.
    SecureWebSocket,
    /// MQTT on a Unix domain socket.
    Unix,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 5] = [Self::Tcp, Self::Tls, Self::WebSocket, Self::SecureWebSocket, Self::Unix];

    /// What stands in front of an address: `tcp`, `tls`, `ws`, `wss` or `unix`.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::WebSocket => "ws",
            Self::SecureWebSocket => "wss",
            Self::Unix => "unix",
        }
    }

    /// The port that is used when the address names none; 0 for a Unix socket.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Tcp => 1883,
            Self::Tls => 8883,
            Self::WebSocket => 8083,
            Self::SecureWebSocket => 8084,
            Self::Unix => 0,
        }
    }

    /// Whether it needs a certificate.
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::SecureWebSocket)
    }
}

/// One address to listen on: `tcp://127.0.0.1:1883`, `ws://[::1]:8083/mqtt`, `unix:/run/polymqtt.sock`.
///
/// Without a scheme it is TCP; without a port it is the transport's usual one; port 0 lets the system choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// On a host and a port.
    Network {
        /// What is spoken there.
        transport: Transport,
        /// A host name or an address, IPv6 without its brackets.
        host: String,
        /// 0: the system chooses.
        port: u16,
        /// WebSocket only: the path of the request; `None`: the configured one.
        path: Option<String>,
    },
    /// On a Unix domain socket.
    Unix {
        /// The socket's file.
        path: PathBuf,
    },
}

impl Listener {
    /// Plain TCP at `address`.
    pub fn tcp(address: SocketAddr) -> Self {
        Self::network(Transport::Tcp, address)
    }

    /// `transport` at `address`; for a Unix socket use [`Listener::Unix`].
    pub fn network(transport: Transport, address: SocketAddr) -> Self {
        Self::Network { transport, host: address.ip().to_string(), port: address.port(), path: None }
    }

    /// How bytes travel on it.
    pub const fn transport(&self) -> Transport {
        match self {
            Self::Network { transport, .. } => *transport,
            Self::Unix { .. } => Transport::Unix,
        }
    }

    /// Whether only programs on this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix { .. } => true,
            Self::Network { host, .. } => {
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix { path } => write!(f, "unix:{}", path.display()),
            Self::Network { transport, host, port, path } => {
                let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
                write!(f, "{}://{open}{host}{close}:{port}", transport.scheme())?;
                path.as_deref().map_or(Ok(()), |path| f.write_str(path))
            }
        }
    }
}

/// Why a text is not a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerError {
    /// The scheme is none of `tcp`, `tls`, `ws`, `wss` and `unix`.
    Scheme(String),
    /// There is no host.
    Host,
    /// The port is not a number from 0 to 65,535.
    Port(String),
    /// A path where the transport has none.
    Path(Transport),
    /// `unix:` without a file.
    File,
}

impl fmt::Display for ListenerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => {
                write!(f, "\"{scheme}\" is not a transport; write tcp://, tls://, ws://, wss:// or unix: in front")
            }
            Self::Host => f.write_str("there is no host; write for example 127.0.0.1:1883"),
            Self::Port(port) => write!(f, "\"{port}\" is not a port; a port is a number from 0 to 65535"),
            Self::Path(transport) => write!(f, "{}:// has no path; only ws:// and wss:// have", transport.scheme()),
            Self::File => f.write_str("there is no file after unix:; write for example unix:/run/polymqtt.sock"),
        }
    }
}

impl core::error::Error for ListenerError {}

impl FromStr for Listener {
    type Err = ListenerError;

    fn from_str(text: &str) -> Result<Self, ListenerError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(ListenerError::File) } else { Ok(Self::Unix { path: path.into() }) };
        }
        let (transport, rest) = match text.split_once("://") {
            None => (Transport::Tcp, text),
            Some((scheme, rest)) => {
                let transport = Transport::ALL.into_iter().find(|t| t.scheme() == scheme);
                (transport.ok_or_else(|| ListenerError::Scheme(scheme.into()))?, rest)
            }
        };
        let (authority, path) = match rest.find('/') {
            None => (rest, None),
            Some(at) => (&rest[..at], Some(rest[at..].to_owned())),
        };
        let is_websocket = matches!(transport, Transport::WebSocket | Transport::SecureWebSocket);
        if path.is_some() && !is_websocket {
            return Err(ListenerError::Path(transport));
        }
        let (host, port) = split_authority(authority)?;
        let port = match port {
            None => transport.default_port(),
            Some(port) => port.parse().map_err(|_| ListenerError::Port(port.into()))?,
        };
        if host.is_empty() {
            return Err(ListenerError::Host);
        }
        Ok(Self::Network { transport, host: host.into(), port, path })
    }
}

/// The host without brackets, and the text after its colon.
fn split_authority(authority: &str) -> Result<(&str, Option<&str>), ListenerError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(ListenerError::Host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(ListenerError::Port(rest.into())),
        };
    }
    if authority.parse::<IpAddr>().is_ok() {
        return Ok((authority, None));
    }
    Ok(authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

#[cfg(test)]
mod tests {
    use super::{Listener, ListenerError, Transport};

    fn parse(text: &str) -> Result<Listener, ListenerError> {
        text.parse()
    }

    #[test]
    fn an_address_without_a_scheme_is_tcp() {
        assert_eq!(parse("127.0.0.1:1883"), Ok(Listener::tcp(([127, 0, 0, 1], 1883).into())));
        assert_eq!(parse("localhost").unwrap().to_string(), "tcp://localhost:1883");
        assert_eq!(parse("::1").unwrap().to_string(), "tcp://[::1]:1883");
    }

    #[test]
    fn each_transport_has_its_scheme_and_its_port() {
        for transport in Transport::ALL.into_iter().filter(|&t| t != Transport::Unix) {
            let listener = parse(&format!("{}://[::1]", transport.scheme())).unwrap();
            assert_eq!(listener.transport(), transport);
            assert_eq!(listener.to_string(), format!("{}://[::1]:{}", transport.scheme(), transport.default_port()));
        }
        assert_eq!(parse("unix:///run/a.sock"), parse("unix:/run/a.sock"));
        assert_eq!(parse("ws://localhost:0/broker").unwrap().to_string(), "ws://localhost:0/broker");
    }

    #[test]
    fn a_mistake_is_named() {
        assert_eq!(parse("mqtt://h:1"), Err(ListenerError::Scheme("mqtt".into())));
        assert_eq!(parse("tcp://:1883"), Err(ListenerError::Host));
        assert_eq!(parse("h:port"), Err(ListenerError::Port("port".into())));
        assert_eq!(parse("h:65536"), Err(ListenerError::Port("65536".into())));
        assert_eq!(parse("tls://h:1/x"), Err(ListenerError::Path(Transport::Tls)));
        assert_eq!(parse("unix:"), Err(ListenerError::File));
        assert_eq!(parse("[::1]x"), Err(ListenerError::Port("x".into())));
    }

    #[test]
    fn only_loopback_and_unix_are_local() {
        for text in ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "localhost:1", "unix:/a"] {
            assert!(parse(text).unwrap().is_local(), "{text}");
        }
        for text in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"] {
            assert!(!parse(text).unwrap().is_local(), "{text}");
        }
    }
}

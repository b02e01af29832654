//! Opens the sockets that are listened on.

use super::error::StartError;
use crate::config::{Listener, Transport};
use core::fmt;
use core::net::SocketAddr;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};

/// Where the broker really listens: with port 0 the system has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// On a port.
    Network {
        /// What is spoken there.
        transport: Transport,
        /// The address and the port.
        socket: SocketAddr,
        /// WebSocket only: the path.
        path: Option<String>,
    },
    /// On a Unix domain socket.
    Unix {
        /// The socket's file.
        path: PathBuf,
    },
}

/// A socket that listens.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) address: Address,
    pub(super) socket: BoundSocket,
}

#[derive(Debug)]
pub(super) enum BoundSocket {
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, UnlinkOnDrop),
}

/// Removes the file of a Unix socket when it is not listened on any more.
#[derive(Debug)]
pub(super) struct UnlinkOnDrop(PathBuf);

impl Drop for UnlinkOnDrop {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Address {
    /// How bytes travel there.
    pub const fn transport(&self) -> Transport {
        match self {
            Self::Network { transport, .. } => *transport,
            Self::Unix { .. } => Transport::Unix,
        }
    }

    /// The address and port, except for a Unix socket.
    pub const fn socket(&self) -> Option<SocketAddr> {
        match self {
            Self::Network { socket, .. } => Some(*socket),
            Self::Unix { .. } => None,
        }
    }

    /// The URL that clients connect to: `mqtt://127.0.0.1:1883`, `ws://127.0.0.1:8083/mqtt`, `unix:/run/polymqtt.sock`.
    pub fn url(&self) -> String {
        match self {
            Self::Unix { path } => format!("unix:{}", path.display()),
            Self::Network { transport, socket, path } => {
                let scheme = match transport {
                    Transport::Tcp | Transport::Unix => "mqtt",
                    Transport::Tls => "mqtts",
                    Transport::WebSocket => "ws",
                    Transport::SecureWebSocket => "wss",
                };
                format!("{scheme}://{socket}{}", path.as_deref().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Address {
    /// The transport, the address and the URL, with spaces between: `tcp 127.0.0.1:41234 mqtt://127.0.0.1:41234`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix { path } => write!(f, "unix {} {}", path.display(), self.url()),
            Self::Network { transport, socket, .. } => write!(f, "{} {socket} {}", transport.scheme(), self.url()),
        }
    }
}

/// Opens everything that a listener names: a host name may have several addresses.
pub(super) fn bind(listener: &Listener, websocket_path: &str) -> Result<Vec<Bound>, StartError> {
    let wrong = |error| StartError::Listen { listener: listener.clone(), error };
    match listener {
        Listener::Unix { path } => bind_unix(path).map(|bound| vec![bound]).map_err(wrong),
        Listener::Network { transport, host, port, path } => {
            let is_websocket = matches!(transport, Transport::WebSocket | Transport::SecureWebSocket);
            let path = is_websocket.then(|| path.clone().unwrap_or_else(|| websocket_path.to_owned()));
            let addresses: Vec<SocketAddr> = (host.as_str(), *port).to_socket_addrs().map_err(wrong)?.collect();
            // With port 0 each address would get another port.
            let count = if *port == 0 { 1 } else { addresses.len() };
            let mut bound = Vec::new();
            let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
            for address in addresses.into_iter().take(count) {
                match bind_tcp(address) {
                    Ok((socket, address)) => bound.push(Bound {
                        address: Address::Network { transport: *transport, socket: address, path: path.clone() },
                        socket: BoundSocket::Tcp(socket),
                    }),
                    // Of a name with several addresses this machine may not have all: one is enough.
                    Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => failure = error,
                    Err(error) => return Err(wrong(error)),
                }
            }
            if bound.is_empty() { Err(wrong(failure)) } else { Ok(bound) }
        }
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != core::net::Ipv6Addr::UNSPECIFIED)?;
    }
    // Otherwise a broker could not be started again while old connections linger.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    let listener = std::net::TcpListener::from(socket);
    let address = listener.local_addr()?;
    Ok((listener, address))
}

#[cfg(unix)]
fn bind_unix(path: &Path) -> io::Result<Bound> {
    use std::os::unix::net::{UnixListener, UnixStream};
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let nobody_listens =
                UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if !nobody_listens {
                return Err(error);
            }
            // What a broker left behind that was killed.
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        other => other?,
    };
    listener.set_nonblocking(true)?;
    let socket = BoundSocket::Unix(listener, UnlinkOnDrop(path.into()));
    Ok(Bound { address: Address::Unix { path: path.into() }, socket })
}

#[cfg(not(unix))]
fn bind_unix(_: &Path) -> io::Result<Bound> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// How many connections the system keeps that have not been accepted yet.
const BACKLOG: i32 = 4096;

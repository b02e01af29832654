//! A connection's transport: plain sockets that are read and written directly, and everything else as a byte stream.

use polymqtt::transport::Stream;
use std::io::{self, IoSlice};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A socket of the operating system that carries MQTT and nothing around it.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A transport on its way from one thread to another.
#[derive(Debug)]
pub(super) enum Transport {
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
    /// TLS, WebSocket, memory.
    Stream(Stream),
}

/// A transport that has arrived on its thread.
#[derive(Debug)]
pub(super) enum Attached {
    Socket(Socket),
    Stream(Stream),
}

impl Transport {
    /// Registers the socket with the reactor of this thread.
    pub(super) fn attach(self) -> io::Result<Attached> {
        match self {
            Self::Tcp(socket) => Ok(Attached::Socket(Socket::Tcp(TcpStream::from_std(socket)?))),
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Attached::Socket(Socket::Unix(UnixStream::from_std(socket)?))),
            Self::Stream(mut stream) => {
                if let Some(socket) = socket_below(&mut stream) {
                    *socket = registered_here(socket)?;
                }
                Ok(Attached::Stream(stream))
            }
        }
    }
}

fn socket_below(stream: &mut Stream) -> Option<&mut TcpStream> {
    match stream {
        Stream::Tcp(socket) => Some(socket),
        Stream::Tls(stream) => Some(stream.get_mut().0),
        Stream::WebSocket(stream) => Some(stream.get_mut()),
        Stream::SecureWebSocket(stream) => Some(stream.get_mut().get_mut().0),
        #[cfg(unix)]
        Stream::Unix(_) => None,
        Stream::Custom(_) => None,
    }
}

/// The same socket, registered with the reactor of this thread. Without this every wake-up would come from the thread on
/// which the connection began.
fn registered_here(socket: &TcpStream) -> io::Result<TcpStream> {
    let again = socket2::SockRef::from(socket).try_clone()?;
    TcpStream::from_std(std::net::TcpStream::from(again))
}

impl Attached {
    /// Takes a plain socket off the reactor of this thread.
    pub(super) fn detach(self) -> io::Result<Transport> {
        match self {
            Self::Socket(Socket::Tcp(socket)) => Ok(Transport::Tcp(socket.into_std()?)),
            #[cfg(unix)]
            Self::Socket(Socket::Unix(socket)) => Ok(Transport::Unix(socket.into_std()?)),
            Self::Stream(stream) => Ok(Transport::Stream(stream)),
        }
    }
}

impl Socket {
    pub(super) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.readable().await,
            #[cfg(unix)]
            Self::Unix(socket) => socket.readable().await,
        }
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.writable().await,
            #[cfg(unix)]
            Self::Unix(socket) => socket.writable().await,
        }
    }

    pub(super) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.try_read(buffer),
            #[cfg(unix)]
            Self::Unix(socket) => socket.try_read(buffer),
        }
    }

    pub(super) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.try_write_vectored(slices),
            #[cfg(unix)]
            Self::Unix(socket) => socket.try_write_vectored(slices),
        }
    }

    /// Tells the peer that nothing more will come.
    pub(super) fn shutdown_write(&self) {
        // It fails only when the peer is gone already.
        let _ = match self {
            Self::Tcp(socket) => socket2::SockRef::from(socket).shutdown(std::net::Shutdown::Write),
            #[cfg(unix)]
            Self::Unix(socket) => socket2::SockRef::from(socket).shutdown(std::net::Shutdown::Write),
        };
    }
}

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
    /// TLS, WebSocket, memory: stays with the reactor that it was made on.
    Stream(Stream),
}

/// A transport that has arrived on its thread.
#[derive(Debug)]
pub(super) enum Attached {
    Socket(Socket),
    Stream(Stream),
}

impl Transport {
    /// Registers a plain socket with the reactor of this thread.
    pub(super) fn attach(self) -> io::Result<Attached> {
        match self {
            Self::Tcp(socket) => Ok(Attached::Socket(Socket::Tcp(TcpStream::from_std(socket)?))),
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Attached::Socket(Socket::Unix(UnixStream::from_std(socket)?))),
            Self::Stream(stream) => Ok(Attached::Stream(stream)),
        }
    }
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

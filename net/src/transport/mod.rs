//! Byte streams to and from a peer: TCP, TLS, WebSocket and Unix sockets, for both ends.
//!
//! A [`Stream`] is any of them, open and ready for MQTT. A client gets one from [`connect`]; a server wraps what its
//! listener accepted: a [`TcpStream`] by `From`, TLS by [`accept_tls`], WebSocket by [`accept_websocket`].
//!
//! A [`Stream`] may keep bytes that were written to it in a buffer of its own (TLS, WebSocket). Whoever writes calls
//! `poll_flush` after the last write of a turn, and again when the stream becomes writable until that succeeds.

mod error;
mod tcp;
mod tls;
mod websocket;

pub use error::{TlsConfigurationError, TransportError, WebSocketRefusal};
pub use tls::{Pem, TlsOptions, TlsServerOptions, TlsVersion, accept_tls, client_config, server_config};
pub use tokio_rustls::TlsAcceptor;
pub use websocket::{WebSocket, WebSocketAcceptOptions, WebSocketOptions, accept_websocket};

use crate::url::{BrokerUrl, Scheme};
use core::fmt;
use core::net::IpAddr;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io::{self, IoSlice};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::TlsStream;

/// An open byte stream to a peer.
pub enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
    /// WebSocket over TCP.
    WebSocket(Box<WebSocket<TcpStream>>),
    /// WebSocket over TLS.
    SecureWebSocket(Box<WebSocket<TlsStream<TcpStream>>>),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// Anything else, such as one end of [`tokio::io::duplex`].
    Custom(Box<dyn ByteStream>),
}

/// What can be a [`Stream::Custom`]; implemented for everything that qualifies.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// How [`connect`] opens a stream.
#[derive(Clone)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// How long everything together may take: name resolution, TCP, TLS, WebSocket. 30 s.
    pub timeout: Duration,
    /// Where connections come from, on a machine with several addresses; `None`: the system chooses.
    pub local_address: Option<IpAddr>,
    /// Used by `mqtts://` and `wss://`; from [`client_config`].
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// The name that the server's certificate must carry, when it is not the host of the URL.
    pub server_name: Option<String>,
    /// Used by `ws://` and `wss://`.
    pub websocket: WebSocketOptions,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            local_address: None,
            tls: None,
            server_name: None,
            websocket: WebSocketOptions::default(),
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Opens a stream to a broker.
///
/// A host name may have several addresses: they are tried in the resolver's order, the next one when the one before
/// failed or has not answered within a quarter of a second, and the first that answers is used. `TCP_NODELAY` is set.
///
/// # Errors
/// What went wrong at which step. When all addresses failed, the error of the last one.
pub async fn connect(url: &BrokerUrl, options: &ConnectOptions) -> Result<Stream, TransportError> {
    match tokio::time::timeout(options.timeout, connect_untimed(url, options)).await {
        Ok(result) => result,
        Err(_) => Err(TransportError::TimedOut { peer: url.authority(), after: options.timeout }),
    }
}

async fn connect_untimed(url: &BrokerUrl, options: &ConnectOptions) -> Result<Stream, TransportError> {
    if url.scheme() == Scheme::Unix {
        return connect_unix(url).await;
    }
    let tcp = tcp::connect(url.host(), url.port(), options.local_address).await?;
    match url.scheme() {
        Scheme::Tcp | Scheme::Unix => Ok(Stream::Tcp(tcp)),
        Scheme::Tls => Ok(Stream::Tls(Box::new(tls::connect(tcp, url, options, &[]).await?))),
        Scheme::WebSocket => Ok(Stream::WebSocket(Box::new(websocket::connect(tcp, url, &options.websocket).await?))),
        Scheme::SecureWebSocket => {
            let tls = tls::connect(tcp, url, options, &[b"http/1.1"]).await?;
            Ok(Stream::SecureWebSocket(Box::new(websocket::connect(tls, url, &options.websocket).await?)))
        }
    }
}

#[cfg(unix)]
async fn connect_unix(url: &BrokerUrl) -> Result<Stream, TransportError> {
    match UnixStream::connect(url.path()).await {
        Ok(stream) => Ok(Stream::Unix(stream)),
        Err(source) => Err(TransportError::Connect { peer: url.authority(), source }),
    }
}

#[cfg(not(unix))]
async fn connect_unix(url: &BrokerUrl) -> Result<Stream, TransportError> {
    let source = io::Error::from(io::ErrorKind::Unsupported);
    Err(TransportError::Connect { peer: url.authority(), source })
}

impl Stream {
    /// A stream out of anything that reads and writes, such as one end of [`tokio::io::duplex`].
    pub fn custom(stream: impl ByteStream + 'static) -> Self {
        Self::Custom(Box::new(stream))
    }

    /// The TLS session below this stream.
    pub fn tls(&self) -> Option<&rustls::CommonState> {
        match self {
            Self::Tls(stream) => Some(stream.get_ref().1),
            Self::SecureWebSocket(stream) => Some(stream.get_ref().get_ref().1),
            Self::Tcp(_) | Self::WebSocket(_) | Self::Custom(_) => None,
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    /// The certificates that the peer showed, its own first; empty without TLS and when it showed none.
    pub fn peer_certificates(&self) -> &[rustls_pki_types::CertificateDer<'static>] {
        self.tls().and_then(rustls::CommonState::peer_certificates).unwrap_or_default()
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

#[cfg(unix)]
impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl From<TlsStream<TcpStream>> for Stream {
    fn from(stream: TlsStream<TcpStream>) -> Self {
        Self::Tls(Box::new(stream))
    }
}

impl From<WebSocket<TcpStream>> for Stream {
    fn from(stream: WebSocket<TcpStream>) -> Self {
        Self::WebSocket(Box::new(stream))
    }
}

impl From<WebSocket<TlsStream<TcpStream>>> for Stream {
    fn from(stream: WebSocket<TlsStream<TcpStream>>) -> Self {
        Self::SecureWebSocket(Box::new(stream))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "Stream::Tcp",
            Self::Tls(_) => "Stream::Tls",
            Self::WebSocket(_) => "Stream::WebSocket",
            Self::SecureWebSocket(_) => "Stream::SecureWebSocket",
            #[cfg(unix)]
            Self::Unix(_) => "Stream::Unix",
            Self::Custom(_) => "Stream::Custom",
        })
    }
}

macro_rules! each_stream {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $call,
            Stream::Tls($stream) => $call,
            Stream::WebSocket($stream) => $call,
            Stream::SecureWebSocket($stream) => $call,
            #[cfg(unix)]
            Stream::Unix($stream) => $call,
            Stream::Custom($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each_stream!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each_stream!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each_stream!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each_stream!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each_stream!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

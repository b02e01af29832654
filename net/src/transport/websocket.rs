//! MQTT over WebSocket, for both ends: frames in, a byte stream out.

use super::{TransportError, WebSocketRefusal};
use crate::url::BrokerUrl;
use bytes::{Buf, Bytes};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_util::{Sink, Stream};
use std::io::{self, IoSlice};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError::{
    ResetWithoutClosingHandshake, SecWebSocketSubProtocolError,
};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

/// The bytes of MQTT inside the binary frames of a WebSocket.
///
/// Control Packets need not be aligned with frames, in either direction (MQTT 5.0, 6.0.0-2). A text frame is an error
/// (6.0.0-1). Pings are answered, and a Close frame is the end of the stream.
pub struct WebSocket<S> {
    inner: WebSocketStream<S>,
    /// What is left of the frame that was read last.
    pending: Bytes,
}

/// What a client sends when it opens a WebSocket, and what it accepts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// More request headers, for example `Authorization`.
    pub headers: Vec<(String, String)>,
    /// The largest WebSocket message that is accepted, in bytes. 268,435,460: the largest Control Packet.
    pub message_size_bytes_max: usize,
}

/// What a server demands when it accepts a WebSocket.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WebSocketAcceptOptions {
    /// The path that the client must ask for; any when `None`.
    pub path: Option<String>,
    /// The largest WebSocket message that is accepted, in bytes. It must be at least the largest Control Packet, since
    /// most clients send each packet as one message. 268,435,460.
    pub message_size_bytes_max: usize,
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self { headers: Vec::new(), message_size_bytes_max: PACKET_SIZE_BYTES_MAX }
    }
}

impl Default for WebSocketAcceptOptions {
    fn default() -> Self {
        Self { path: None, message_size_bytes_max: PACKET_SIZE_BYTES_MAX }
    }
}

/// The client's side of the handshake.
pub(super) async fn connect<S>(
    stream: S,
    url: &BrokerUrl,
    options: &WebSocketOptions,
) -> Result<WebSocket<S>, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let failed = |refusal| TransportError::WebSocket { peer: url.authority(), refusal };
    let mut request = url.to_string().into_client_request().map_err(|error| failed(refusal(error)))?;
    let headers = request.headers_mut();
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    for (name, value) in &options.headers {
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) else {
            return Err(failed(WebSocketRefusal::Header));
        };
        headers.append(name, value);
    }
    let config = configuration(options.message_size_bytes_max);
    match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
        Ok((inner, _response)) => Ok(WebSocket { inner, pending: Bytes::new() }),
        Err(error) => Err(failed(refusal(error))),
    }
}

/// The server's side of the handshake: answers 404 for another path and 400 for a client that does not offer the
/// subprotocol `mqtt` (6.0.0-3, 6.0.0-4). The caller limits the time that it may take.
///
/// # Errors
/// The client was answered with a status, sent something else, or went away.
pub async fn accept_websocket<S>(stream: S, options: &WebSocketAcceptOptions) -> Result<WebSocket<S>, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = configuration(options.message_size_bytes_max);
    let mut answered = None;
    #[expect(clippy::result_large_err, reason = "the type that tungstenite asks for")]
    let check = |request: &Request, response: Response| {
        check_request(request, response, options.path.as_deref()).inspect_err(|response| {
            answered = Some(response.status().as_u16());
        })
    };
    match tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config)).await {
        Ok(inner) => Ok(WebSocket { inner, pending: Bytes::new() }),
        Err(error) => {
            let refusal = match answered {
                Some(400) => WebSocketRefusal::Subprotocol,
                Some(status) => WebSocketRefusal::Status(status),
                None => refusal(error),
            };
            Err(TransportError::WebSocket { peer: "client".to_owned(), refusal })
        }
    }
}

#[expect(clippy::result_large_err, reason = "the type that tungstenite asks for")]
fn check_request(request: &Request, mut response: Response, path: Option<&str>) -> Result<Response, ErrorResponse> {
    let answer = |status, text: &str| {
        let mut response = ErrorResponse::new(Some(text.to_owned()));
        *response.status_mut() = status;
        response
    };
    if path.is_some_and(|path| path != request.uri().path()) {
        return Err(answer(StatusCode::NOT_FOUND, "MQTT is not served at this path\n"));
    }
    let offers: Vec<&str> = request
        .headers()
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(',').map(str::trim))
        .collect();
    let Some(&agreed) = [SUBPROTOCOL, SUBPROTOCOL_3_1].iter().find(|name| offers.contains(name)) else {
        return Err(answer(StatusCode::BAD_REQUEST, "offer the WebSocket subprotocol \"mqtt\"\n"));
    };
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(agreed));
    Ok(response)
}

impl<S> WebSocket<S> {
    /// The stream below.
    pub fn get_ref(&self) -> &S
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.inner.get_ref()
    }
}

impl<S> WebSocket<S> {
    /// The stream below, to change its options. Whoever reads from it or writes to it breaks the framing.
    pub fn get_mut(&mut self) -> &mut S
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.inner.get_mut()
    }
}

impl<S> fmt::Debug for WebSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").field("pending_bytes", &self.pending.len()).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.pending.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                Some(Ok(Message::Binary(payload))) => self.pending = payload,
                // tungstenite has queued the answer; it goes out with this or the next read or write.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    let text = "a text frame; MQTT is carried in binary frames (6.0.0-1)";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
                }
                // Many peers go away without a Close frame: an end like any other.
                Some(Ok(Message::Close(_)) | Err(tungstenite::Error::Protocol(ResetWithoutClosingHandshake)))
                | None => {
                    return Poll::Ready(Ok(()));
                }
                Some(Err(error)) => return Poll::Ready(Err(io_error(error))),
            }
        }
        let count = self.pending.len().min(buffer.remaining());
        buffer.put_slice(&self.pending[..count]);
        self.pending.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    /// Makes one frame of all slices, up to 256 KiB.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let total: usize = slices.iter().map(|slice| slice.len()).sum();
        let count = total.min(FRAME_SIZE_BYTES_MAX);
        if count == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(Pin::new(&mut self.inner).poll_ready(cx)).map_err(io_error)?;
        let mut frame = Vec::with_capacity(count);
        for slice in slices {
            let room = count - frame.len();
            frame.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        Pin::new(&mut self.inner).start_send(Message::Binary(frame.into())).map_err(io_error)?;
        // Without this the frame would wait for the caller's flush even when the socket has room for it.
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(io_error(error))),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(count)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx).map_err(io_error)
    }

    /// Sends a Close frame; does not wait for the one of the peer.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.inner).poll_close(cx)) {
            Ok(()) | Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {}
            Err(error) => return Poll::Ready(Err(io_error(error))),
        }
        Pin::new(self.inner.get_mut()).poll_shutdown(cx)
    }
}

fn configuration(message_size_bytes_max: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_SIZE_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(message_size_bytes_max))
        .max_frame_size(Some(message_size_bytes_max))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum, of which few variants matter here")]
fn refusal(error: tungstenite::Error) -> WebSocketRefusal {
    match error {
        tungstenite::Error::Http(response) => WebSocketRefusal::Status(response.status().as_u16()),
        tungstenite::Error::Protocol(SecWebSocketSubProtocolError(_)) => WebSocketRefusal::Subprotocol,
        other => WebSocketRefusal::Handshake(io_error(other)),
    }
}

fn io_error(error: tungstenite::Error) -> io::Error {
    if let tungstenite::Error::Io(error) = error { error } else { io::Error::new(io::ErrorKind::InvalidData, error) }
}

const SUBPROTOCOL: &str = "mqtt";
/// What clients of MQTT 3.1 offer.
const SUBPROTOCOL_3_1: &str = "mqttv3.1";
/// MQTT 5.0, 2.1.4: 1 byte, 4 bytes of Remaining Length and 268,435,455 bytes.
const PACKET_SIZE_BYTES_MAX: usize = 268_435_460;
/// What one outgoing frame holds at most.
const FRAME_SIZE_BYTES_MAX: usize = 256 * 1024;
/// Of each connection: small, because a broker has many that are idle.
const READ_BUFFER_SIZE_BYTES: usize = 4096;

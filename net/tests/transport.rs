//! Streams of every kind, with both ends in this process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use polymqtt::transport::{
    ConnectOptions, Stream, TlsOptions, TlsServerOptions, TransportError, WebSocketAcceptOptions, WebSocketRefusal,
    accept_tls, accept_websocket, client_config, connect, server_config,
};
use polymqtt::url::BrokerUrl;
use support::Pki;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Binds a port of `localhost` and gives it with the URL that leads there.
async fn listen(scheme: &str, path: &str) -> (TcpListener, BrokerUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://localhost:{}{path}", listener.local_addr().unwrap().port());
    (listener, url.parse().unwrap())
}

async fn accept_one(listener: TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

/// Sends a megabyte both ways at once, in writes of many sizes, and compares.
async fn exchange(client: Stream, server: Stream) {
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    let both = async |stream: Stream| {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let write = async {
            let mut rest = &bytes[..];
            for size in [1, 2, 3, 125, 126, 127, 65_535, 65_536, 300_000].into_iter().cycle() {
                let (now, later) = rest.split_at(size.min(rest.len()));
                writer.write_all(now).await.unwrap();
                writer.flush().await.unwrap();
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
        };
        let read = async {
            let mut got = vec![0; bytes.len()];
            reader.read_exact(&mut got).await.unwrap();
            assert!(got == bytes, "the bytes arrive in order and unchanged");
        };
        tokio::join!(write, read);
        reader.unsplit(writer)
    };
    let (mut client, mut server) = tokio::join!(both(client), both(server));
    client.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0; 16]).await.unwrap(), 0, "the end of one side is seen by the other");
}

#[tokio::test]
async fn tcp_carries_bytes() {
    let (listener, url) = listen("mqtt", "").await;
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), accept_one(listener));
    exchange(client.unwrap(), server.into()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_carry_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mqtt.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let url = format!("unix:{}", path.display()).parse().unwrap();
    let options = ConnectOptions::default();
    let (client, server) = tokio::join!(connect(&url, &options), listener.accept());
    exchange(client.unwrap(), server.unwrap().0.into()).await;
    let missing = format!("unix:{}", directory.path().join("none").display()).parse().unwrap();
    assert!(matches!(connect(&missing, &ConnectOptions::default()).await, Err(TransportError::Connect { .. })));
}

#[tokio::test]
async fn websocket_carries_bytes() {
    let (listener, url) = listen("ws", "").await;
    let mut accept = WebSocketAcceptOptions::default();
    accept.path = Some("/mqtt".to_owned());
    let options = ConnectOptions::default();
    let server = async { accept_websocket(accept_one(listener).await, &accept).await };
    let (client, server) = tokio::join!(connect(&url, &options), server);
    exchange(client.unwrap(), server.unwrap().into()).await;
}

#[tokio::test]
async fn tls_and_secure_websocket_carry_bytes() {
    let pki = Pki::new();
    let acceptor = server_config(&TlsServerOptions::new(pki.certificate, pki.key)).unwrap();
    let mut options = ConnectOptions::default();
    options.tls = Some(client_config(&TlsOptions::new().set_ca(pki.ca)).unwrap());

    let (listener, url) = listen("mqtts", "").await;
    let server = async { accept_tls(accept_one(listener).await, &acceptor).await };
    let (client, server) = tokio::join!(connect(&url, &options), server);
    exchange(client.unwrap(), server.unwrap().into()).await;

    let (listener, url) = listen("wss", "/other").await;
    let server = async {
        let tls = accept_tls(accept_one(listener).await, &acceptor).await.unwrap();
        accept_websocket(tls, &WebSocketAcceptOptions::default()).await
    };
    let (client, server) = tokio::join!(connect(&url, &options), server);
    exchange(client.unwrap(), server.unwrap().into()).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused_unless_told_otherwise() {
    let (server_pki, other) = (Pki::new(), Pki::new());
    let acceptor = server_config(&TlsServerOptions::new(server_pki.certificate, server_pki.key)).unwrap();
    for (tls, trusted) in [
        (TlsOptions::new().set_ca(other.ca), false),
        (TlsOptions::new().set_ca(server_pki.ca.clone()), true),
        (TlsOptions::new().set_dangerous_insecure(true), true),
    ] {
        let mut options = ConnectOptions::default();
        options.tls = Some(client_config(&tls).unwrap());
        let (listener, url) = listen("mqtts", "").await;
        let server = async { accept_tls(accept_one(listener).await, &acceptor).await };
        let (client, _) = tokio::join!(connect(&url, &options), server);
        match client {
            Ok(_) => assert!(trusted, "{tls:?}"),
            Err(error) => {
                assert!(!trusted && matches!(error, TransportError::Tls { .. }), "{error}");
                assert!(error.to_string().contains("localhost"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn the_name_in_the_certificate_can_differ_from_the_host() {
    let pki = Pki::new();
    let acceptor = server_config(&TlsServerOptions::new(pki.certificate, pki.key)).unwrap();
    let mut options = ConnectOptions::default();
    options.tls = Some(client_config(&TlsOptions::new().set_ca(pki.ca)).unwrap());
    for (name, accepted) in [(None, false), (Some("localhost".to_owned()), true)] {
        options.server_name = name;
        let (listener, url) = listen("mqtts", "").await;
        let by_address: BrokerUrl = format!("mqtts://127.0.0.1:{}", url.port()).parse().unwrap();
        let server = async { accept_tls(accept_one(listener).await, &acceptor).await };
        let (client, _) = tokio::join!(connect(&by_address, &options), server);
        assert_eq!(client.is_ok(), accepted, "{:?}", options.server_name);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_and_demanded() {
    let (server_pki, client_pki) = (Pki::new(), Pki::new());
    let server = TlsServerOptions::new(server_pki.certificate, server_pki.key).set_client_ca(client_pki.ca, true);
    let acceptor = server_config(&server).unwrap();
    let anonymous = TlsOptions::new().set_ca(server_pki.ca);
    let known = anonymous.clone().set_client_certificate(client_pki.certificate, client_pki.key);
    for (tls, accepted) in [(anonymous, false), (known, true)] {
        let mut options = ConnectOptions::default();
        options.tls = Some(client_config(&tls).unwrap());
        let (listener, url) = listen("mqtts", "").await;
        let server = async { accept_tls(accept_one(listener).await, &acceptor).await };
        let (client, server) = tokio::join!(connect(&url, &options), server);
        // TLS 1.3: the client learns of the refusal only when it reads.
        drop(client);
        assert_eq!(server.is_ok(), accepted);
        if let Ok(stream) = server {
            assert_eq!(Stream::from(stream).peer_certificates().len(), 1);
        }
    }
}

#[tokio::test]
async fn websocket_refusals_tell_what_to_change() {
    let (listener, url) = listen("ws", "/wrong").await;
    let mut accept = WebSocketAcceptOptions::default();
    accept.path = Some("/mqtt".to_owned());
    let options = ConnectOptions::default();
    let server = async { accept_websocket(accept_one(listener).await, &accept).await };
    let (client, server) = tokio::join!(connect(&url, &options), server);
    let error = client.unwrap_err();
    assert!(matches!(error, TransportError::WebSocket { refusal: WebSocketRefusal::Status(404), .. }), "{error}");
    assert!(matches!(server.unwrap_err(), TransportError::WebSocket { refusal: WebSocketRefusal::Status(404), .. }));
}

#[tokio::test]
async fn a_websocket_without_the_subprotocol_is_refused() {
    let (listener, url) = listen("ws", "").await;
    let server = async { accept_websocket(accept_one(listener).await, &WebSocketAcceptOptions::default()).await };
    let client = async {
        let mut stream = TcpStream::connect(("127.0.0.1", url.port())).await.unwrap();
        let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let (answer, server) = tokio::join!(client, server);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(matches!(server.unwrap_err(), TransportError::WebSocket { refusal: WebSocketRefusal::Subprotocol, .. }));
}

#[tokio::test]
async fn text_frames_are_an_error_and_pings_are_not() {
    let (listener, url) = listen("ws", "").await;
    let server = async {
        let mut stream =
            accept_websocket(accept_one(listener).await, &WebSocketAcceptOptions::default()).await.unwrap();
        let mut bytes = [0; 4];
        let count = stream.read(&mut bytes).await.unwrap();
        assert_eq!(&bytes[..count], b"ab");
        stream.read(&mut bytes).await.unwrap_err()
    };
    let client = async {
        let mut stream = TcpStream::connect(("127.0.0.1", url.port())).await.unwrap();
        let request = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                       Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let mut read_until = async |stream: &mut TcpStream, end: &[u8]| {
            while !answer.ends_with(end) {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the stream goes on");
            }
        };
        read_until(&mut stream, b"\r\n\r\n").await;
        // Masked with zeros: a ping and a binary frame; a text frame when the pong has come.
        stream.write_all(b"\x89\x80\0\0\0\0\x82\x82\0\0\0\0ab").await.unwrap();
        read_until(&mut stream, b"\x8a\x00").await;
        stream.write_all(b"\x81\x82\0\0\0\0ab").await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let (answer, error) = tokio::join!(client, server);
    assert!(answer.to_ascii_lowercase().contains("sec-websocket-protocol: mqtt\r\n"), "{answer}");
    assert!(error.to_string().contains("6.0.0-1"), "{error}");
}

#[tokio::test]
async fn a_peer_that_says_nothing_runs_into_the_timeout() {
    let (_listener, url) = listen("ws", "").await;
    let mut options = ConnectOptions::default();
    options.timeout = core::time::Duration::from_millis(20);
    let error = connect(&url, &options).await.unwrap_err();
    assert!(matches!(error, TransportError::TimedOut { .. }), "{error}");
}

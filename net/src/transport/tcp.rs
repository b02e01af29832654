//! TCP to a host that may have several addresses.

use super::TransportError;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::io;
use tokio::net::{TcpSocket, TcpStream};

/// Connects to the first address of `host` that answers, with `TCP_NODELAY` set; from `local`, where that is given.
pub(super) async fn connect(host: &str, port: u16, local: Option<IpAddr>) -> Result<TcpStream, TransportError> {
    let resolve = |source| TransportError::Resolve { host: host.to_owned(), source };
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(resolve)?.collect();
    if let Some(local) = local {
        addresses.retain(|address| address.is_ipv4() == local.is_ipv4());
    }
    connect_any(host, &addresses, local).await
}

/// A simplified RFC 8305: one more attempt each time that the latest one failed or [`ATTEMPT_DELAY`] has passed.
async fn connect_any(host: &str, addresses: &[SocketAddr], local: Option<IpAddr>) -> Result<TcpStream, TransportError> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut last_error = TransportError::Resolve {
        host: host.to_owned(),
        source: io::Error::new(io::ErrorKind::NotFound, "the resolver returned no address"),
    };
    loop {
        let more = waiting.next().is_some_and(|&address| {
            attempts.push(attempt(address, local));
            true
        });
        if attempts.is_empty() {
            return Err(last_error);
        }
        let finished = if more && waiting.len() > 0 {
            tokio::time::timeout(ATTEMPT_DELAY, attempts.next()).await.unwrap_or(None)
        } else {
            attempts.next().await
        };
        match finished {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => last_error = error,
            None => {}
        }
    }
}

async fn attempt(address: SocketAddr, local: Option<IpAddr>) -> Result<TcpStream, TransportError> {
    let stream = match local {
        None => TcpStream::connect(address).await,
        Some(local) => connect_from(local, address).await,
    };
    let stream = stream.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    stream.map_err(|source| TransportError::Connect { peer: address.to_string(), source })
}

async fn connect_from(local: IpAddr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(local, 0))?;
    socket.connect(address).await
}

/// RFC 8305, section 8: Connection Attempt Delay.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::{TransportError, connect_any};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn the_next_address_is_tried_when_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        // Bound and dropped again: nobody listens there.
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let stream = connect_any("test", &[closed, closed, open], None).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(stream.nodelay().unwrap());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_local_address_can_be_chosen() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = "127.0.0.7".parse().unwrap();
        let stream = connect_any("test", &[listener.local_addr().unwrap()], Some(local)).await.unwrap();
        assert_eq!(stream.local_addr().unwrap().ip(), local);
    }

    #[tokio::test]
    async fn when_every_address_fails_the_last_error_tells_which() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = connect_any("test", &[closed], None).await.unwrap_err();
        assert!(matches!(&error, TransportError::Connect { peer, .. } if *peer == closed.to_string()), "{error}");
        assert!(matches!(connect_any("test", &[], None).await, Err(TransportError::Resolve { .. })));
    }
}

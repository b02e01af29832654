//! Accepts connections.

use super::bind::{BoundSocket, UnlinkOnDrop};
use super::entrance::{Arrival, Entrance};
use super::shard::Shard;
use super::socket::Transport;
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::Semaphore;

enum Listening {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        #[expect(dead_code, reason = "its end is what it is for")]
        unlink: UnlinkOnDrop,
    },
}

/// Accepts until it is aborted. With `shard` (the only one) connections begin on this thread, otherwise they are handed on.
/// `pending`: how many may be on their way to a CONNECT.
pub(super) async fn accept(
    socket: BoundSocket,
    entrance: Arc<Entrance>,
    shard: Option<Rc<Shard>>,
    pending: Arc<Semaphore>,
) {
    let listening = match Listening::new(socket) {
        Ok(listening) => listening,
        Err(error) => {
            tracing::error!(listener = %entrance.name, "cannot listen: {error}");
            return;
        }
    };
    let mut delay = DELAY_MIN;
    loop {
        // It is never closed.
        let Ok(permit) = Arc::clone(&pending).acquire_owned().await else { return };
        match listening.accept().await {
            Ok((raw, peer)) => {
                delay = DELAY_MIN;
                let arrival = Arrival { raw, peer, permit: Some(permit) };
                match &shard {
                    Some(shard) => entrance.admit_here(shard, arrival),
                    None => entrance.admit(arrival),
                }
            }
            // This one has gone again; the next one may be fine.
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                // No file descriptors or no memory: only time helps, and trying at once would burn a core.
                tracing::warn!(listener = %entrance.name, "cannot accept for {} ms: {error}", delay.as_millis());
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(DELAY_MAX);
            }
        }
    }
}

impl Listening {
    fn new(socket: BoundSocket) -> io::Result<Self> {
        match socket {
            BoundSocket::Tcp(listener) => TcpListener::from_std(listener).map(Self::Tcp),
            #[cfg(unix)]
            BoundSocket::Unix(listener, unlink) => {
                UnixListener::from_std(listener).map(|listener| Self::Unix { listener, unlink })
            }
        }
    }

    async fn accept(&self) -> io::Result<(Transport, Box<str>)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, peer) = listener.accept().await?;
                // Packets are gathered here, once a turn; the system must not wait for more.
                socket.set_nodelay(true)?;
                Ok((Transport::Tcp(socket.into_std()?), peer.to_string().into()))
            }
            #[cfg(unix)]
            Self::Unix { listener, .. } => {
                let (socket, _) = listener.accept().await?;
                Ok((Transport::Unix(socket.into_std()?), "unix".into()))
            }
        }
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, InvalidInput};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | InvalidInput)
}

const DELAY_MIN: Duration = Duration::from_millis(50);
const DELAY_MAX: Duration = Duration::from_secs(1);

//! The tasks of one connection.

use super::shard::{Link, Pipe, Reading, Shard};
use super::socket::{Attached, Socket};
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use polymqtt::transport::Stream;
use polymqtt_core::broker::{ConnectionId, ConnectionInfo};
use std::io;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Takes in a connection whose first `bytes` have been read already, and starts its task on this thread.
pub(super) fn start(shard: &Rc<Shard>, attached: Attached, info: ConnectionInfo, bytes: &[u8]) {
    match attached {
        Attached::Socket(socket) => {
            let socket = Rc::new(socket);
            let Some((id, link)) = shard.accept(info, Pipe::Socket(Rc::clone(&socket))) else { return };
            let reader = read_socket(Rc::clone(shard), id, Rc::clone(&link), socket);
            Shard::set_task(&link, tokio::task::spawn_local(reader).abort_handle());
            shard.input(id, bytes);
        }
        Attached::Stream(stream) => {
            let Some((id, link)) = shard.accept(info, Pipe::Stream(RefCell::new(None))) else { return };
            shard.input(id, bytes);
            let task = tokio::task::spawn_local(drive_stream(Rc::clone(shard), id, Rc::clone(&link), stream));
            Shard::set_task(&link, task.abort_handle());
        }
    }
}

async fn read_socket(shard: Rc<Shard>, id: ConnectionId, link: Rc<Link>, socket: Rc<Socket>) {
    loop {
        while shard.is_congested() {
            shard.resumed.notified().await;
        }
        if socket.readable().await.is_err() {
            break;
        }
        match shard.read(id, &link, &socket) {
            Reading::Drained => {}
            Reading::More => tokio::task::yield_now().await,
            Reading::Ended => break,
        }
    }
    shard.closed(id);
}

/// After the last bytes: gives the peer time to read them. A socket that is closed with unread input sends a reset, which
/// can overtake and destroy what is still under way.
pub(super) async fn linger(socket: &Socket) {
    let drain = async {
        let mut buffer = [0; 4096];
        let mut left = LINGER_BYTES_MAX;
        while socket.readable().await.is_ok() {
            match socket.try_read(&mut buffer) {
                Ok(0) => break,
                Ok(count) if count < left => left -= count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => break,
            }
        }
    };
    let _ = tokio::time::timeout(LINGER_TIME, drain).await;
}

async fn drive_stream(shard: Rc<Shard>, id: ConnectionId, link: Rc<Link>, mut stream: Stream) {
    let mut needs_flush = false;
    poll_fn(|cx| poll_stream(&shard, id, &link, &mut stream, &mut needs_flush, cx)).await;
    shard.closed(id);
    if link.is_closing.get() {
        shard.linger(end_stream(&mut stream)).await;
    }
}

/// Writes and reads what is possible now; ready when the connection is over.
fn poll_stream(
    shard: &Rc<Shard>,
    id: ConnectionId,
    link: &Link,
    stream: &mut Stream,
    needs_flush: &mut bool,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if let Pipe::Stream(waker) = &link.pipe {
        *waker.borrow_mut() = Some(cx.waker().clone());
    }
    if shard.is_congested() {
        return Poll::Pending;
    }
    let is_written = loop {
        match shard.write_with(id, |slices| Pin::new(&mut *stream).poll_write_vectored(cx, slices)) {
            Poll::Ready(Ok(0)) => break true,
            Poll::Ready(Ok(_)) => *needs_flush = true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => break false,
        }
    };
    if *needs_flush {
        match Pin::new(&mut *stream).poll_flush(cx) {
            Poll::Ready(Ok(())) => *needs_flush = false,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => {}
        }
    }
    if link.is_closing.get() {
        return if is_written && !*needs_flush { Poll::Ready(()) } else { Poll::Pending };
    }
    for _ in 0..READS_MAX {
        let read = shard.read_with(id, link, |buffer| {
            let mut buffer = ReadBuf::new(buffer);
            Pin::new(&mut *stream).poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
        });
        match read {
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
            Poll::Ready(Ok(_)) => {}
            Poll::Pending => return Poll::Pending,
        }
    }
    // There may be more: let the others have their turn first.
    cx.waker().wake_by_ref();
    Poll::Pending
}

async fn end_stream(stream: &mut Stream) {
    let end = poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx));
    let _ = tokio::time::timeout(LINGER_TIME, end).await;
    let _ = tokio::time::timeout(LINGER_TIME, drain_stream(stream)).await;
}

async fn drain_stream(stream: &mut Stream) {
    let mut buffer = [0; 4096];
    let mut left = LINGER_BYTES_MAX;
    loop {
        match tokio::io::AsyncReadExt::read(stream, &mut buffer).await {
            Ok(count) if count > 0 && count < left => left -= count,
            Ok(_) | Err(_) => return,
        }
    }
}

const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// How often a stream is read before others have their turn.
const READS_MAX: usize = 16;

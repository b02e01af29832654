//! The IO task of a client: one socket, one buffer, and the core in between.
//!
//! Each turn reads until the socket would block, lets the core handle it, and only then writes, all slices by one system
//! call. Timers, opening and closing run within the same turn, so that nothing has to be told from task to task.

use crate::authentication::{AuthenticationAnswer, AuthenticationFuture, AuthenticationQuestion};
use crate::connector::{BeginAuthentication, Closing, Connector, Opening};
use crate::inner::{Batch, Inner};
use crate::transport::Stream;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};
use polymqtt_core::Time;
use polymqtt_core::client::DisconnectOptions;
use std::io::IoSlice;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Drives one client until all its handles are gone.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Driver {
    inner: Arc<Inner>,
    connector: Connector,
    stream: Option<Stream>,
    opening: Option<Opening>,
    closing: Option<Closing>,
    authentication: Option<AuthenticationFuture>,
    /// It has not been polled yet.
    is_authentication_new: bool,
    /// Allocated with the first connection.
    buffer: Vec<u8>,
    sleep: Pin<Box<Sleep>>,
    sleeping_until: Option<Time>,
    needs_flush: bool,
    /// Writing failed; what the broker said before is still to be read.
    is_write_broken: bool,
    /// The core rests, and whoever waits for that is told once the stream is closed.
    rests: bool,
    batch: Batch,
}

impl Driver {
    pub(crate) fn new(inner: Arc<Inner>, connector: Connector) -> Self {
        Self {
            inner,
            connector,
            stream: None,
            opening: None,
            closing: None,
            authentication: None,
            is_authentication_new: false,
            buffer: Vec::new(),
            sleep: Box::pin(tokio::time::sleep(core::time::Duration::ZERO)),
            sleeping_until: None,
            needs_flush: false,
            is_write_broken: false,
            rests: false,
            batch: Batch::default(),
        }
    }

    /// Runs until the client is shut down and its last bytes are written.
    pub(crate) async fn run(mut self) {
        poll_fn(|cx| self.poll_turn(cx)).await;
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.inner.register_io_task(cx.waker());
            let mut again = self.poll_opening(cx);
            again |= self.poll_authentication(cx);
            again |= self.poll_read(cx);
            again |= self.poll_core(cx);
            self.poll_flush(cx);
            self.poll_closing(cx);
            again |= self.poll_sleep(cx);
            again |= core::mem::take(&mut self.is_authentication_new);
            if self.is_done() {
                return Poll::Ready(());
            }
            if !again {
                return Poll::Pending;
            }
        }
    }

    /// True when there is a stream now, or an error that the core has to deal with.
    fn poll_opening(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(opening) = &mut self.opening else { return false };
        let Poll::Ready(opened) = opening.as_mut().poll(cx) else { return false };
        self.opening = None;
        self.connector.opened(&opened);
        let now = self.inner.now();
        let mut shared = self.inner.lock();
        match opened.stream {
            Ok(stream) => {
                shared.state.broker = Some(opened.broker);
                let (user_name, password) = (opened.credentials.user_name, opened.credentials.password);
                let accepted = shared.core.set_credentials(user_name.as_deref(), password.as_deref());
                let accepted = accepted.and_then(|()| match &opened.authentication {
                    Some(BeginAuthentication(data)) => shared.core.set_authentication_data(data.as_deref()),
                    None => Ok(()),
                });
                if accepted.is_err() {
                    // What the application's callback gave does not fit into CONNECT.
                    shared.core.handle_connect_failed(now);
                    return true;
                }
                shared.core.handle_connected(now);
                self.stream = Some(stream);
                self.is_write_broken = false;
            }
            Err(error) => {
                shared.state.transport_error = Some(Arc::new(error));
                shared.core.handle_connect_failed(now);
            }
        }
        true
    }

    /// True when the application has answered.
    fn poll_authentication(&mut self, cx: &mut Context<'_>) -> bool {
        if self.authentication.is_none() && self.connector.has_authenticator() {
            let mut shared = self.inner.lock();
            if shared.core.is_connected() && core::mem::take(&mut shared.state.re_authenticate) {
                self.authentication = self.connector.authentication(AuthenticationQuestion::Start);
            }
        }
        let Some(authentication) = &mut self.authentication else { return false };
        let Poll::Ready(answer) = authentication.as_mut().poll(cx) else { return false };
        self.authentication = None;
        let now = self.inner.now();
        let mut shared = self.inner.lock();
        // An error means that the connection has ended meanwhile.
        let _ = match answer {
            AuthenticationAnswer::Start(data) => shared.core.re_authenticate(data.as_deref(), now),
            AuthenticationAnswer::Respond(Some(data)) => shared.core.authenticate(Some(&data), now),
            AuthenticationAnswer::Finish(true) => Ok(()),
            AuthenticationAnswer::Respond(None) | AuthenticationAnswer::Finish(false) => {
                shared.core.disconnect(DisconnectOptions::default(), now)
            }
        };
        true
    }

    /// Reads until the socket would block; true when it stopped before that.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..READS_PER_TURN_MAX {
            let Some(stream) = &mut self.stream else { return false };
            if self.buffer.is_empty() {
                self.buffer.resize(BUFFER_SIZE_BYTES, 0);
            }
            let mut buffer = ReadBuf::new(&mut self.buffer);
            let result = Pin::new(stream).poll_read(cx, &mut buffer);
            let count = buffer.filled().len();
            match result {
                Poll::Ready(Ok(())) if count > 0 => {
                    let now = self.inner.now();
                    let mut shared = self.inner.lock();
                    shared.core.handle_input(&self.buffer[..count], now);
                    shared.drain(&self.inner, now, &mut self.batch);
                    drop(shared);
                    self.finish_batch();
                }
                Poll::Pending if !self.is_write_broken => return false,
                Poll::Ready(Ok(()) | Err(_)) | Poll::Pending => {
                    self.stream = None;
                    self.inner.lock().core.handle_closed(self.inner.now());
                    return true;
                }
            }
        }
        true
    }

    /// Timers, outputs and writing, under one lock; true when the core has to be asked again.
    fn poll_core(&mut self, cx: &mut Context<'_>) -> bool {
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let mut shared = inner.lock();
        if shared.core.next_timeout().is_some_and(|due| due <= now) {
            shared.core.handle_timeout(now);
        }
        shared.drain(&inner, now, &mut self.batch);
        let mut is_blocked = self.stream.is_none() || self.is_write_broken;
        while !is_blocked && !self.batch.close && !self.batch.open {
            let Some(stream) = &mut self.stream else { break };
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let mut count = 0;
            for (place, bytes) in slices.iter_mut().zip(shared.core.transmit_slices()) {
                *place = IoSlice::new(bytes);
                count += 1;
            }
            if count == 0 {
                break;
            }
            match Pin::new(stream).poll_write_vectored(cx, &slices[..count]) {
                Poll::Ready(Ok(written)) if written > 0 => {
                    self.needs_flush = true;
                    shared.core.transmitted(written, now);
                    shared.drain(&inner, now, &mut self.batch);
                }
                Poll::Ready(_) => {
                    self.is_write_broken = true;
                    is_blocked = true;
                }
                Poll::Pending => is_blocked = true,
            }
        }
        self.sleep_until(shared.core.next_timeout());
        let last_bytes: Vec<u8> = if self.batch.close {
            let bytes: Vec<u8> = shared.core.transmit_slices().flatten().copied().collect();
            shared.core.transmitted(bytes.len(), now);
            shared.drain(&inner, now, &mut self.batch);
            bytes
        } else {
            Vec::new()
        };
        drop(shared);
        let again = self.is_write_broken && self.stream.is_some();
        self.follow_batch(last_bytes) | again
    }

    /// Opens and closes as the core wants; true when that has to be polled.
    fn follow_batch(&mut self, last_bytes: Vec<u8>) -> bool {
        let close = core::mem::take(&mut self.batch.close);
        let open = core::mem::take(&mut self.batch.open);
        if close || open {
            self.opening = None;
            if let Some(stream) = self.stream.take() {
                self.closing = Some(Connector::close(stream, last_bytes));
            }
        }
        self.finish_batch();
        if open {
            self.opening = Some(self.connector.open());
        }
        close || open
    }

    fn finish_batch(&mut self) {
        if core::mem::take(&mut self.batch.rests) {
            self.rests = true;
            self.opening = None;
        }
        if let Some(question) = self.batch.authentication.take() {
            self.authentication = self.connector.authentication(question);
            self.is_authentication_new = self.authentication.is_some();
        }
        if core::mem::take(&mut self.batch.refused) {
            self.connector.refused();
        }
        self.batch.finish(&self.inner);
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) {
        if let Some(stream) = &mut self.stream
            && self.needs_flush
        {
            // What an error means is found out by the next read or write.
            self.needs_flush = Pin::new(stream).poll_flush(cx).is_pending();
        }
    }

    fn poll_closing(&mut self, cx: &mut Context<'_>) {
        if let Some(closing) = &mut self.closing
            && closing.as_mut().poll(cx).is_ready()
        {
            self.closing = None;
        }
        if self.rests && self.closing.is_none() && self.stream.is_none() {
            self.rests = false;
            let waiting = core::mem::take(&mut self.inner.lock().disconnecting);
            waiting.iter().filter_map(|slot| slot.settle(Ok(()))).for_each(core::task::Waker::wake);
        }
    }

    fn sleep_until(&mut self, due: Option<Time>) {
        if due == self.sleeping_until {
            return;
        }
        self.sleeping_until = due;
        if let Some(instant) = due.and_then(|due| self.inner.instant(due)) {
            self.sleep.as_mut().reset(instant.into());
        }
    }

    /// True when a deadline of the core has come.
    fn poll_sleep(&mut self, cx: &mut Context<'_>) -> bool {
        if self.sleeping_until.is_none() || self.sleep.as_mut().poll(cx).is_pending() {
            return false;
        }
        self.sleeping_until = None;
        true
    }

    fn is_done(&self) -> bool {
        let is_idle = self.stream.is_none() && self.opening.is_none() && self.closing.is_none();
        is_idle && {
            let shared = self.inner.lock();
            shared.state.is_shutting_down && !shared.state.is_active
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.inner.close();
    }
}

/// Of each client. What a socket buffer holds at most is read at once.
const BUFFER_SIZE_BYTES: usize = 64 * 1024;
/// After so many reads in a row it is the turn of writing and of other tasks.
const READS_PER_TURN_MAX: usize = 16;
const SLICES_MAX: usize = 64;

//! The end of a turn: one write for each connection that has something to send.

use super::{Link, Pipe, Shard, State, with_slices};
use crate::server::connection::linger;
use crate::server::socket::Socket;
use core::time::Duration;
use polymqtt_core::broker::ConnectionId;
use std::io;
use std::rc::Rc;

impl Shard {
    /// The end of a turn: first what other shards have to know, then one write for each dirty connection.
    pub(in crate::server) fn flush(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        state.is_turn_due = false;
        let mut is_congested = false;
        for (to, outbox) in (0..).zip(&mut state.outboxes) {
            is_congested |= !outbox.is_empty() && !self.mesh.send(self.index, to, outbox);
        }
        if self.is_congested.replace(is_congested) && !is_congested {
            self.resume(state);
        }
        if is_congested {
            // An acknowledgement must not go out before the others know what it acknowledges.
            return;
        }
        let dirty = core::mem::take(&mut state.dirty);
        for &id in &dirty {
            let Some(link) = state.links.get(id).map(Rc::clone) else { continue };
            match &link.pipe {
                Pipe::Socket(socket) => self.write(state, id, &link, socket),
                Pipe::Stream(waker) => {
                    if let Some(waker) = waker.borrow_mut().take() {
                        waker.wake();
                    }
                }
            }
            if link.is_closing.get() && !link.is_doomed.get() && state.links.get(id).is_some() {
                self.doom(id, &link);
            }
        }
        if state.dirty.is_empty() {
            // Keeps the capacity for the next turn.
            state.dirty = dirty;
            state.dirty.clear();
        }
        self.settle(state);
    }

    fn resume(&self, state: &State) {
        self.resumed.notify_waiters();
        for link in state.links.iter() {
            if let Pipe::Stream(waker) = &link.pipe
                && let Some(waker) = waker.borrow_mut().take()
            {
                waker.wake();
            }
        }
    }

    fn write(self: &Rc<Self>, state: &mut State, id: ConnectionId, link: &Rc<Link>, socket: &Rc<Socket>) {
        if link.is_waiting.get() {
            return;
        }
        loop {
            let result = with_slices(&state.core, id, |slices| {
                if slices.is_empty() { None } else { Some(socket.try_write_vectored(slices)) }
            });
            match result {
                None => break,
                Some(Ok(count)) => {
                    state.core.transmitted(id, count, self.clock.now());
                    self.settle(state);
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_until_writable(id, link, socket);
                    return;
                }
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Err(_)) => {
                    self.finish(state, id, link);
                    return;
                }
            }
        }
        if link.is_closing.get() {
            self.finish(state, id, link);
            socket.shutdown_write();
            let (shard, socket) = (Rc::clone(self), Rc::clone(socket));
            tokio::task::spawn_local(async move { shard.linger(linger(&socket)).await });
        }
    }

    fn wait_until_writable(self: &Rc<Self>, id: ConnectionId, link: &Rc<Link>, socket: &Rc<Socket>) {
        link.is_waiting.set(true);
        let (shard, link, socket) = (Rc::clone(self), Rc::clone(link), Rc::clone(socket));
        tokio::task::spawn_local(async move {
            // An error shows in the write that follows.
            let _ = socket.writable().await;
            link.is_waiting.set(false);
            let mut state = shard.state.borrow_mut();
            state.dirty.push(id);
            shard.settle(&mut state);
        });
    }

    /// The peer gets some time to take the last bytes, and not more: one that reads nothing would never end.
    fn doom(self: &Rc<Self>, id: ConnectionId, link: &Rc<Link>) {
        link.is_doomed.set(true);
        let (shard, link) = (Rc::clone(self), Rc::clone(link));
        tokio::task::spawn_local(async move {
            tokio::time::sleep(CLOSE_TIME).await;
            let mut state = shard.state.borrow_mut();
            if state.links.get(id).is_some() {
                shard.finish(&mut state, id, &link);
            }
        });
    }

    fn finish(self: &Rc<Self>, state: &mut State, id: ConnectionId, link: &Link) {
        if let Some(task) = link.task.borrow_mut().take() {
            task.abort();
        }
        if state.links.remove(id).is_some() {
            state.core.handle_closed(id, self.clock.now());
            self.settle(state);
        }
    }
}

/// How long the last bytes of a connection may take.
const CLOSE_TIME: Duration = Duration::from_secs(2);

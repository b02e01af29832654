//! One shard: a broker core, its connections, and what a turn does with them.
//!
//! A turn is everything between two waits of the thread. In it sockets are read until they would block and what they
//! brought is handled; the connections that got something to send are remembered as dirty, and [`Shard::flush`] writes each
//! of them once at the end.

mod flush;
mod links;

use super::access::Access;
use super::clock::Clock;
use super::mesh::Mesh;
use super::socket::Socket;
use core::cell::{Cell, RefCell};
use core::task::Waker;
use links::Links;
use polymqtt_core::Time;
use polymqtt_core::broker::{Broker, ConnectionId, ConnectionInfo, Event, Forward, Output, Placement};
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// A shard, shared by the tasks of its thread.
pub(super) struct Shard {
    pub(super) index: u16,
    pub(super) clock: Clock,
    pub(super) mesh: Arc<Mesh>,
    pub(super) access: Arc<Access>,
    /// Wakes the driver: there is something to flush.
    pub(super) turn: Notify,
    /// Wakes readers that wait because another shard is behind.
    pub(super) resumed: Notify,
    state: RefCell<State>,
    /// Whether another shard's mailbox was full: then nothing is read and nothing is written.
    is_congested: Cell<bool>,
    /// When the driver wakes up by itself at the latest.
    alarm: Cell<Time>,
    /// Transports that are about to end.
    lingering: Cell<usize>,
}

struct State {
    core: Broker,
    links: Links,
    dirty: Vec<ConnectionId>,
    outboxes: Vec<Vec<Forward>>,
    buffer: Box<[u8]>,
    is_turn_due: bool,
}

/// A connection of the core and the transport that belongs to it.
pub(super) struct Link {
    pub(super) info: ConnectionInfo,
    pub(super) pipe: Pipe,
    /// The core has nothing more to say: write what is left, then end it.
    pub(super) is_closing: Cell<bool>,
    /// A task waits until the socket can be written.
    is_waiting: Cell<bool>,
    /// A task will cut it off if it does not end by itself.
    is_doomed: Cell<bool>,
    /// The task that reads; of a stream the one that does everything.
    task: RefCell<Option<AbortHandle>>,
}

pub(super) enum Pipe {
    /// Written by [`Shard::flush`].
    Socket(Rc<Socket>),
    /// Written by its own task, which this wakes.
    Stream(RefCell<Option<Waker>>),
}

/// How reading went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Everything that was there has been read.
    Drained,
    /// There may be more: let the others have their turn first.
    More,
    /// The peer has gone.
    Ended,
}

impl Shard {
    pub(super) fn new(
        core: Broker,
        placement: Placement,
        clock: Clock,
        mesh: Arc<Mesh>,
        access: Arc<Access>,
    ) -> Rc<Self> {
        let state = State {
            core,
            links: Links::default(),
            dirty: Vec::new(),
            outboxes: (0..placement.count()).map(|_| Vec::new()).collect(),
            buffer: vec![0; BUFFER_SIZE_BYTES].into(),
            is_turn_due: false,
        };
        Rc::new(Self {
            index: placement.index(),
            clock,
            mesh,
            access,
            turn: Notify::new(),
            resumed: Notify::new(),
            state: RefCell::new(state),
            is_congested: Cell::new(false),
            alarm: Cell::new(Time::MAX),
            lingering: Cell::new(0),
        })
    }

    /// Calls the core and does what it then wants done.
    pub(super) fn with_core<R>(self: &Rc<Self>, call: impl FnOnce(&mut Broker, Time) -> R) -> R {
        let mut state = self.state.borrow_mut();
        let result = call(&mut state.core, self.clock.now());
        self.settle(&mut state);
        result
    }

    /// Takes a connection in. `None`: a limit is reached.
    pub(super) fn accept(self: &Rc<Self>, info: ConnectionInfo, pipe: Pipe) -> Option<(ConnectionId, Rc<Link>)> {
        let mut state = self.state.borrow_mut();
        let id = match state.core.accept(info.clone(), self.clock.now()) {
            Ok(id) => id,
            Err(limit) => {
                tracing::warn!(peer = %info.peer, listener = %info.listener, "connection refused: {limit}");
                return None;
            }
        };
        let link = Rc::new(Link {
            info,
            pipe,
            is_closing: Cell::new(false),
            is_waiting: Cell::new(false),
            is_doomed: Cell::new(false),
            task: RefCell::new(None),
        });
        state.links.insert(id, Rc::clone(&link));
        self.settle(&mut state);
        Some((id, link))
    }

    /// Hands bytes of a connection to the core.
    pub(super) fn input(self: &Rc<Self>, id: ConnectionId, bytes: &[u8]) {
        let mut state = self.state.borrow_mut();
        self.take_mail(&mut state);
        state.core.handle_input(id, bytes, self.clock.now());
        self.settle(&mut state);
    }

    /// Reads a socket until it would block, or until others should have their turn.
    pub(super) fn read(self: &Rc<Self>, id: ConnectionId, link: &Link, socket: &Socket) -> Reading {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        for _ in 0..READS_MAX {
            let count = match socket.try_read(&mut state.buffer) {
                Ok(0) => return Reading::Ended,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Reading::Drained,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Reading::Ended,
            };
            if link.is_closing.get() {
                return Reading::More;
            }
            // What other shards sent before these bytes were sent has to be known first.
            self.take_mail(state);
            state.core.handle_input(id, &state.buffer[..count], self.clock.now());
            self.settle(state);
            if count == state.buffer.len() {
                break;
            }
        }
        Reading::More
    }

    /// Lets a stream read into the shared buffer; `read` gives the number of bytes, 0 for the end.
    pub(super) fn read_with<E>(
        self: &Rc<Self>,
        id: ConnectionId,
        link: &Link,
        read: impl FnOnce(&mut [u8]) -> core::task::Poll<Result<usize, E>>,
    ) -> core::task::Poll<Result<usize, E>> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let result = read(&mut state.buffer);
        if let core::task::Poll::Ready(Ok(count)) = result
            && count > 0
            && !link.is_closing.get()
        {
            self.take_mail(state);
            state.core.handle_input(id, &state.buffer[..count], self.clock.now());
            self.settle(state);
        }
        result
    }

    /// Lets a stream write what waits for it. `write` gets the slices and returns how many bytes it took, and is not called
    /// when there are none: then the count is 0.
    pub(super) fn write_with<E>(
        self: &Rc<Self>,
        id: ConnectionId,
        write: impl FnOnce(&[IoSlice<'_>]) -> core::task::Poll<Result<usize, E>>,
    ) -> core::task::Poll<Result<usize, E>> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let result = with_slices(&state.core, id, |slices| {
            if slices.is_empty() { core::task::Poll::Ready(Ok(0)) } else { write(slices) }
        });
        result.map_ok(|count| {
            if count > 0 {
                state.core.transmitted(id, count, self.clock.now());
                self.settle(state);
            }
            count
        })
    }

    /// A transport is gone: the core forgets the connection.
    pub(super) fn closed(self: &Rc<Self>, id: ConnectionId) {
        let mut state = self.state.borrow_mut();
        if state.links.remove(id).is_some() {
            state.core.handle_closed(id, self.clock.now());
            self.settle(&mut state);
            // The driver may wait for the last one.
            self.turn.notify_one();
        }
    }

    /// Remembers the task of a connection, to be stopped with it.
    pub(super) fn set_task(link: &Link, task: AbortHandle) {
        *link.task.borrow_mut() = Some(task);
    }

    /// When the driver has to wake up, if that is earlier than it was going to.
    pub(super) fn earlier_alarm(&self) -> Option<Time> {
        let time = self.state.borrow().core.next_timeout().filter(|&time| time < self.alarm.get())?;
        self.alarm.set(time);
        Some(time)
    }

    /// The time has come.
    pub(super) fn ring(self: &Rc<Self>) {
        self.alarm.set(Time::MAX);
        self.with_core(Broker::handle_timeout);
    }

    /// How many transports have not ended.
    pub(super) fn transport_count(&self) -> usize {
        self.state.borrow().links.len() + self.lingering.get()
    }

    /// How many of them belong to connections that the core knows.
    pub(super) fn connection_count(&self) -> usize {
        self.state.borrow().links.len()
    }

    /// Waits for `end`, which is that of a transport whose connection the core has forgotten.
    pub(super) async fn linger(&self, end: impl Future<Output = ()>) {
        self.lingering.set(self.lingering.get() + 1);
        end.await;
        self.lingering.set(self.lingering.get() - 1);
        self.turn.notify_one();
    }

    pub(super) fn is_congested(&self) -> bool {
        self.is_congested.get()
    }

    pub(super) fn info(&self, id: ConnectionId) -> Option<ConnectionInfo> {
        self.state.borrow().links.get(id).map(|link| link.info.clone())
    }

    /// Handles what other shards have sent.
    pub(super) fn receive(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        self.take_mail(&mut state);
    }

    fn take_mail(self: &Rc<Self>, state: &mut State) {
        for (from, batch) in self.mesh.receive(self.index) {
            let now = self.clock.now();
            for forward in batch {
                state.core.handle_forward(from, forward, now);
            }
            self.settle(state);
        }
    }

    /// Does everything that the core wants done, except for sending, which waits for the end of the turn.
    fn settle(self: &Rc<Self>, state: &mut State) {
        while let Some(output) = state.core.poll_output() {
            match output {
                Output::Transmit(id) => state.dirty.push(id),
                Output::Close(id) => {
                    if let Some(link) = state.links.get(id) {
                        link.is_closing.set(true);
                    }
                    state.dirty.push(id);
                }
                Output::Forward { to, forward } => state.outboxes[usize::from(to)].push(forward),
                // In memory everything is done as soon as it is said.
                Output::Store(operation) => state.core.completed(operation.sequence, self.clock.now()),
                Output::Event(event) => self.event(event),
            }
        }
        let is_due = !state.dirty.is_empty()
            || state.outboxes.iter().any(|outbox| !outbox.is_empty())
            || state.core.next_timeout().is_some_and(|time| time < self.alarm.get());
        if is_due && !state.is_turn_due {
            state.is_turn_due = true;
            self.turn.notify_one();
        }
    }

    fn event(self: &Rc<Self>, event: Event) {
        log_event(&event);
        self.access.notice(&event);
        match event {
            Event::ConnectRequest(request) => super::login::start(Rc::clone(self), *request),
            Event::Authentication(request) => super::login::go_on(Rc::clone(self), *request),
            Event::Connected(_) | Event::Refused(_) | Event::Disconnected(_) | Event::SessionEnded { .. } => {}
        }
    }
}

/// The slices that wait for a connection, as one vectored write takes them.
fn with_slices<R>(core: &Broker, id: ConnectionId, call: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let mut count = 0;
    for (slot, slice) in slices.iter_mut().zip(core.transmit_slices(id)) {
        *slot = IoSlice::new(slice);
        count += 1;
    }
    call(&slices[..count])
}

fn log_event(event: &Event) {
    match event {
        Event::Refused(_) => tracing::info!("{event}"),
        Event::ConnectRequest(_)
        | Event::Authentication(_)
        | Event::Connected(_)
        | Event::Disconnected(_)
        | Event::SessionEnded { .. } => tracing::debug!("{event}"),
    }
}

/// What all connections of a shard are read into. Large, so that a busy one needs few system calls.
const BUFFER_SIZE_BYTES: usize = 256 * 1024;
/// How often a socket is read before others have their turn.
const READS_MAX: usize = 16;
/// How many slices one write takes.
const SLICES_MAX: usize = 64;

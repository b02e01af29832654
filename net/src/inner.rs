//! What commands, the IO task and subscriptions share.

use crate::answer::{Answer, Settlement};
use crate::authentication::AuthenticationQuestion;
use crate::delivery::{Delivery, Staged};
use crate::error::Error;
use crate::event::{Connected, Disconnected, Event};
use crate::handlers::{Call, SharedMessageHandler};
use crate::queue::Queue;
use crate::routing::Route;
use crate::token::Slot;
use crate::token_map::TokenMap;
use core::task::Waker;
use futures_util::task::AtomicWaker;
use polymqtt_core::client::{self as core_client, AcknowledgementHandle, DisconnectOptions, HandlerId, Output};
use polymqtt_core::{ReasonCode, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use crate::transport::TransportError;
use crate::url::BrokerUrl;

/// One client without its handles: the core behind a lock, and the way to wake the IO task.
pub(crate) struct Inner {
    shared: Mutex<Shared>,
    io_task: AtomicWaker,
    epoch: Instant,
    me: Weak<Self>,
}

/// The part behind the lock.
pub(crate) struct Shared {
    pub(crate) core: core_client::Client,
    pub(crate) answers: TokenMap<core_client::Token, Answer>,
    /// Who waits for a connection.
    pub(crate) connecting: Vec<Arc<Slot<Connected>>>,
    /// Who waits until the client rests.
    pub(crate) disconnecting: Vec<Arc<Slot<()>>>,
    /// Who waits for room to publish.
    pub(crate) waiting_for_room: Vec<Waker>,
    pub(crate) routes: HashMap<HandlerId, Route>,
    pub(crate) fallback: Option<SharedMessageHandler>,
    pub(crate) calls: Arc<Queue<Call>>,
    pub(crate) events: Vec<Weak<Queue<Event>>>,
    pub(crate) settings: Settings,
    pub(crate) state: ConnectionState,
    pub(crate) messages_dropped: u64,
    pub(crate) messages_unclaimed: u64,
    /// The IO task has been woken and has not run since.
    is_awake: bool,
}

/// What the options say about all connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) manual_acknowledgement: bool,
    pub(crate) connect_retry: bool,
    /// Whether anybody wants to be called with [`Call::Connected`] and [`Call::Disconnected`].
    pub(crate) calls_for_events: bool,
    pub(crate) queue_messages_max: usize,
    pub(crate) queue_bytes_max: usize,
}

/// Where a client stands, as far as the core does not know it.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct ConnectionState {
    /// The connection that is up.
    pub(crate) connected: Option<Connected>,
    /// The broker of the attempt or connection that is under way.
    pub(crate) broker: Option<BrokerUrl>,
    /// Why the last stream could not be opened.
    pub(crate) transport_error: Option<Arc<TransportError>>,
    /// [`Client::connect`](crate::Client::connect) was called and nothing has ended it.
    pub(crate) is_active: bool,
    /// A connection has succeeded since then.
    pub(crate) was_connected: bool,
    /// All handles are gone: the IO task is to end when everything is sent.
    pub(crate) is_shutting_down: bool,
    /// The application wants to authenticate once more.
    pub(crate) re_authenticate: bool,
    /// The client ends itself what the core would go on with; it is told already.
    gives_up: bool,
    /// The IO task has ended.
    pub(crate) is_closed: bool,
}

/// What the outputs of one turn add up to; [`Batch::finish`] is called without the lock.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Batch {
    pub(crate) open: bool,
    pub(crate) close: bool,
    pub(crate) authentication: Option<AuthenticationQuestion>,
    /// The broker was reached and did not accept the connection.
    pub(crate) refused: bool,
    pub(crate) rests: bool,
    pub(crate) settlements: Vec<Settlement>,
    pub(crate) wakers: Vec<Waker>,
    pub(crate) staged: Staged,
}

impl Inner {
    pub(crate) fn new(shared: Shared) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            shared: Mutex::new(shared),
            io_task: AtomicWaker::new(),
            epoch: Instant::now(),
            me: me.clone(),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For messages, which do not hold the client alive.
    pub(crate) fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// Milliseconds since this client was made.
    pub(crate) fn now(&self) -> Time {
        Time::from_ms(u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The instant of `time`; `None` when it is too far away to be one.
    pub(crate) fn instant(&self, time: Time) -> Option<Instant> {
        self.epoch.checked_add(core::time::Duration::from_millis(time.as_ms()))
    }

    /// Carries out a command and wakes the IO task, which handles what the command has caused.
    pub(crate) fn command<R>(&self, command: impl FnOnce(&mut Shared, Time) -> R) -> R {
        let now = self.now();
        let mut shared = self.lock();
        let result = command(&mut shared, now);
        let was_awake = core::mem::replace(&mut shared.is_awake, true);
        drop(shared);
        if !was_awake {
            self.io_task.wake();
        }
        result
    }

    /// Registers the IO task; called before it looks for something to do.
    pub(crate) fn register_io_task(&self, waker: &Waker) {
        self.io_task.register(waker);
        self.lock().is_awake = false;
    }

    /// For [`Message::acknowledge`].
    pub(crate) fn acknowledge(&self, handle: AcknowledgementHandle, reason_code: ReasonCode) -> Result<(), Error> {
        self.command(|shared, now| shared.core.acknowledge(handle, reason_code, now)).map_err(Error::Usage)
    }

    /// Acknowledges messages that were withheld for lack of room. Those of an earlier connection are unknown by now:
    /// the broker delivers them again, or the core has settled them.
    pub(crate) fn acknowledge_withheld(&self, handles: &[AcknowledgementHandle]) {
        self.command(|shared, now| {
            for &handle in handles {
                let _ = shared.core.acknowledge(handle, ReasonCode::Success, now);
            }
        });
    }

    /// All handles are gone.
    pub(crate) fn shut_down(&self) {
        self.command(|shared, now| {
            shared.state.is_shutting_down = true;
            let _ = shared.core.disconnect(DisconnectOptions::default(), now);
        });
    }

    /// The IO task has ended: nothing will be answered any more.
    pub(crate) fn close(&self) {
        let mut shared = self.lock();
        shared.state.is_closed = true;
        shared.calls.close();
        let queues: Vec<_> = shared.queues().cloned().collect();
        let events = core::mem::take(&mut shared.events);
        let answers: Vec<_> = shared.answers.drain().map(|(_, answer)| answer).collect();
        let connecting = core::mem::take(&mut shared.connecting);
        let disconnecting = core::mem::take(&mut shared.disconnecting);
        let room = core::mem::take(&mut shared.waiting_for_room);
        drop(shared);
        for queue in queues {
            queue.close();
        }
        events.iter().filter_map(Weak::upgrade).for_each(|queue| queue.close());
        let wakers = answers.into_iter().filter_map(|answer| answer.fail(Error::Closed));
        let wakers = wakers.chain(connecting.iter().filter_map(|slot| slot.settle(Err(Error::Closed))));
        let wakers = wakers.chain(disconnecting.iter().filter_map(|slot| slot.settle(Ok(()))));
        wakers.chain(room).for_each(Waker::wake);
    }
}

impl Shared {
    pub(crate) fn new(
        core: core_client::Client,
        fallback: Option<SharedMessageHandler>,
        calls: Arc<Queue<Call>>,
        settings: Settings,
    ) -> Self {
        Self {
            core,
            answers: TokenMap::default(),
            connecting: Vec::new(),
            disconnecting: Vec::new(),
            waiting_for_room: Vec::new(),
            routes: HashMap::new(),
            fallback,
            calls,
            events: Vec::new(),
            settings,
            state: ConnectionState::default(),
            messages_dropped: 0,
            messages_unclaimed: 0,
            is_awake: false,
        }
    }

    /// Commands need the IO task.
    ///
    /// # Errors
    /// [`Error::Closed`]: it has ended.
    pub(crate) fn check_open(&self) -> Result<(), Error> {
        if self.state.is_closed { Err(Error::Closed) } else { Ok(()) }
    }

    /// The queues of all subscriptions.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &Arc<Queue<Delivery>>> {
        self.routes.values().filter_map(|route| route.target.queue())
    }

    /// Takes all outputs of the core: delivers messages, notes who is to be told what, and what the driver has to do.
    pub(crate) fn drain(&mut self, inner: &Inner, now: Time, batch: &mut Batch) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Connect => batch.open = true,
                Output::Close => batch.close = true,
                // The driver looks for bytes in every turn.
                Output::Transmit => {}
                // The option `store` is off.
                Output::Store(operation) => self.core.completed(operation.sequence, now),
                Output::Event(event) => self.handle_event(event, inner, now, batch),
            }
        }
        batch.staged.push_all(&mut batch.wakers);
    }

    fn handle_event(&mut self, event: core_client::Event, inner: &Inner, now: Time, batch: &mut Batch) {
        match event {
            core_client::Event::Message(received) => self.deliver(received, inner, now, batch),
            core_client::Event::Settled { token, outcome } => {
                if let Some(answer) = self.answers.remove(&token) {
                    let closed = answer.unsubscribed(&outcome).map(|filters| self.remove_filters(filters));
                    batch.settlements.push(Settlement::Outcome(answer, outcome));
                    closed.into_iter().flatten().for_each(|queue| batch.settlements.push(Settlement::Close(queue)));
                }
                batch.wakers.append(&mut self.waiting_for_room);
            }
            core_client::Event::Connected(connected) => self.connected(*connected, batch),
            core_client::Event::Disconnected(disconnected) => self.disconnected(*disconnected, now, batch),
            core_client::Event::Authentication(step) => batch.authentication = Some((*step).into()),
            core_client::Event::SubscriptionLost { filter, reason_code } => {
                self.tell(&Event::SubscriptionLost { filter, reason_code }, batch);
            }
            core_client::Event::Closed => {
                self.state.is_active = false;
                batch.rests = true;
                // Under the lock, so that a connect that follows at once finds them closed and opens them again.
                batch.staged.push_all(&mut batch.wakers);
                self.queues().for_each(|queue| queue.close_quietly(&mut batch.wakers));
            }
        }
    }

    fn connected(&mut self, connected: core_client::Connected, batch: &mut Batch) {
        let Some(broker) = self.state.broker.clone() else { return };
        if let Some(data) = connected.properties.as_properties().authentication_data() {
            batch.authentication = Some(AuthenticationQuestion::Finish(Some(data.to_vec())));
        }
        let connected = Connected::new(connected, broker);
        self.state.was_connected = true;
        self.state.transport_error = None;
        for slot in self.connecting.drain(..) {
            batch.settlements.push(Settlement::Connect(slot, Ok(connected.clone())));
        }
        if self.settings.calls_for_events {
            batch.staged.call(&self.calls, Call::Connected(connected.clone()), 0);
        }
        self.tell(&Event::Connected(connected.clone()), batch);
        self.state.connected = Some(connected);
    }

    fn disconnected(&mut self, disconnected: core_client::Disconnected, now: Time, batch: &mut Batch) {
        if core::mem::take(&mut self.state.gives_up) {
            return;
        }
        let reconnect_in = disconnected.reconnect_at.map(|at| at - now);
        batch.refused = self.state.connected.is_none() && disconnected.cause != core_client::Cause::TransportFailed;
        let is_requested = disconnected.cause == core_client::Cause::Requested;
        let mut disconnected = Disconnected::new(disconnected, self.state.transport_error.take(), reconnect_in);
        self.state.connected = None;
        let gives_up = reconnect_in.is_none() || !(self.state.was_connected || self.settings.connect_retry);
        if gives_up {
            disconnected.reconnect_in = None;
            for slot in self.connecting.drain(..) {
                batch.settlements.push(Settlement::Connect(slot, Err(disconnected.to_error())));
            }
        }
        if gives_up && reconnect_in.is_some() {
            // The core would try again.
            self.state.gives_up = self.core.disconnect(DisconnectOptions::default(), now).is_ok();
        }
        if self.settings.calls_for_events && !is_requested {
            batch.staged.call(&self.calls, Call::Disconnected(disconnected.clone()), 0);
        }
        self.tell(&Event::Disconnected(disconnected), batch);
    }

    fn tell(&mut self, event: &Event, batch: &mut Batch) {
        self.events.retain(|queue| {
            let Some(queue) = queue.upgrade() else { return false };
            if queue.has_room(0, 0) {
                queue.push_all(&mut vec![(event.clone(), 0)], &mut batch.wakers);
            }
            true
        });
    }
}

impl Batch {
    /// Tells everybody who waits.
    pub(crate) fn finish(&mut self, inner: &Inner) {
        for settlement in self.settlements.drain(..) {
            self.wakers.extend(settlement.settle(inner));
        }
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

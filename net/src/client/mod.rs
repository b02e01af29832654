//! The client that applications hold.

mod publishing;
mod subscribing;

use crate::authentication::Credentials;
use crate::connector::Connector;
use crate::driver::Driver;
use crate::error::Error;
use crate::event::{Connected, Events};
use crate::handlers;
use crate::inner::{Inner, Settings, Shared};
use crate::options::{ClientOptions, ConnectedHandler, DisconnectedHandler};
use crate::queue::Queue;
use crate::runtime;
use crate::token::Token;
use core::fmt;
use polymqtt_core::client::{self as core_client, DisconnectOptions, State, UsageError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::runtime::Handle;

/// An MQTT client, for async and for blocking code alike.
///
/// A clone is another handle to the same client. When the last handle (of which each [`Subscription`](crate::Subscription) holds one) is
/// dropped, the client disconnects in the background; call [`Client::disconnect`] and wait for it to be sure that it has.
///
/// Commands return at once and give a [`Token`]: `.await` it in async code, [`Token::wait`] for it in blocking code, or
/// drop it. Commands given without a connection wait for the next one.
#[derive(Clone)]
pub struct Client {
    guard: Arc<Guard>,
}

/// What all handles of a client share; the client is shut down with it.
pub(crate) struct Guard {
    inner: Arc<Inner>,
    /// What the thread for handlers is started with, unless it runs.
    handlers: Mutex<Option<(Option<ConnectedHandler>, Option<DisconnectedHandler>)>>,
}

/// Counters of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Packets, bytes and messages on the wire.
    pub core: core_client::Statistics,
    /// Messages of QoS 0 that were dropped because they came faster than they were taken.
    pub messages_dropped: u64,
    /// Messages that no subscription and no handler was there for.
    pub messages_unclaimed: u64,
}

impl Client {
    /// A client whose IO runs on a background thread that all such clients of this process share. It does nothing yet:
    /// call [`Client::connect`].
    ///
    /// # Errors
    /// An option cannot be used, or the thread cannot be started.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let runtime = runtime::background().map_err(|error| Error::Runtime(Arc::new(error)))?;
        Self::on_runtime(options, &runtime)
    }

    /// A client whose IO runs on a runtime of yours, with IO and time enabled.
    ///
    /// # Errors
    /// An option cannot be used.
    pub fn on_runtime(mut options: ClientOptions, runtime: &Handle) -> Result<Self, Error> {
        let core = options.finish()?;
        let user = Credentials { user_name: core.user_name.clone(), password: core.password.clone() };
        let handlers = options.handlers;
        let calls_for_events = handlers.connected.is_some() || handlers.disconnected.is_some();
        let has_handlers = calls_for_events || handlers.message.is_some();
        let inner = Inner::new(Shared::new(
            core_client::Client::new(core)?,
            handlers.message.map(|handler| Arc::new(Mutex::new(handler))),
            Arc::new(Queue::new(options.queue_messages_max, options.queue_bytes_max)),
            Settings {
                manual_acknowledgement: options.manual_acknowledgement,
                connect_retry: options.connect_retry,
                calls_for_events,
                queue_messages_max: options.queue_messages_max,
                queue_bytes_max: options.queue_bytes_max,
            },
        ));
        let connector = Connector::new(
            options.brokers,
            options.connect,
            handlers.open,
            user,
            handlers.credentials,
            handlers.authenticator,
        );
        let guard = Arc::new(Guard {
            inner: Arc::clone(&inner),
            handlers: Mutex::new(Some((handlers.connected, handlers.disconnected))),
        });
        let client = Self { guard };
        if has_handlers {
            client.start_handlers()?;
        }
        runtime.spawn(async move { Driver::new(inner, connector).run().await });
        Ok(client)
    }

    /// Connects. The token gives what the broker said, or why there is no connection.
    ///
    /// While a connection is up the token gives the same at once. See [`ClientOptions::set_connect_retry`] for what
    /// happens when the first attempt fails, and [`ClientOptions::set_auto_reconnect`] for what happens later.
    pub fn connect(&self) -> Token<Connected> {
        let (token, slot) = Token::new();
        let settled = self.inner().command(|shared, now| {
            if shared.state.is_closed {
                return Some(Err(Error::Closed));
            }
            if let Some(connected) = &shared.state.connected {
                return Some(Ok(connected.clone()));
            }
            if matches!(shared.core.state(), State::Closed | State::Waiting) {
                shared.state.was_connected &= shared.state.is_active;
                shared.queues().for_each(|queue| queue.reopen());
                if let Err(error) = shared.core.connect(now) {
                    return Some(Err(Error::Usage(error)));
                }
                shared.state.is_active = true;
            }
            shared.connecting.push(slot);
            None
        });
        settled.map_or(token, Token::settled)
    }

    /// Ends the connection, or the attempts to make one. The token settles when the last byte is written and the
    /// connection is closed. Commands that are not finished fail with [`Error::Disconnected`], and every
    /// [`Subscription`](crate::Subscription) ends when its messages are taken. After another [`Client::connect`] they go on.
    pub fn disconnect(&self) -> Token<()> {
        self.disconnect_with(DisconnectOptions::default())
    }

    /// [`Client::disconnect`] with what MQTT 5.0 can say about it, such as that the Will Message is to be published.
    pub fn disconnect_with(&self, options: DisconnectOptions) -> Token<()> {
        let (token, slot) = Token::new();
        let settled = self.inner().command(|shared, now| {
            match shared.core.disconnect(options, now) {
                Ok(()) => shared.disconnecting.push(slot),
                // There is nothing to end.
                Err(UsageError::NotConnected) => return Some(Ok(())),
                Err(error) => return Some(Err(Error::Usage(error))),
            }
            None
        });
        settled.map_or(token, Token::settled)
    }

    /// Authenticates once more by the authenticator of the options (5.0, 4.12.1), now or on the next connection. How it went is told by its
    /// [`finish`](crate::Authenticator::finish), or by the end of the connection.
    pub fn re_authenticate(&self) {
        self.inner().command(|shared, _| shared.state.re_authenticate = true);
    }

    /// What happens to the connection from now on.
    pub fn events(&self) -> Events {
        let queue = Arc::new(Queue::new(EVENTS_MAX, usize::MAX));
        let mut shared = self.inner().lock();
        if shared.state.is_closed {
            queue.close();
        }
        shared.events.push(Arc::downgrade(&queue));
        Events::new(queue)
    }

    /// Whether a broker has accepted the connection and it lasts.
    pub fn is_connected(&self) -> bool {
        self.inner().lock().core.is_connected()
    }

    /// What the broker said about itself when it accepted the last connection, with the Client Identifier in use.
    pub fn server(&self) -> core_client::Server {
        self.inner().lock().core.server().clone()
    }

    /// Counters.
    pub fn statistics(&self) -> Statistics {
        let shared = self.inner().lock();
        Statistics {
            core: shared.core.statistics(),
            messages_dropped: shared.messages_dropped,
            messages_unclaimed: shared.messages_unclaimed,
        }
    }
}

impl Client {
    pub(crate) fn upgrade(guard: &Weak<Guard>) -> Option<Self> {
        guard.upgrade().map(|guard| Self { guard })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.guard.inner
    }

    /// Starts the thread for handlers unless it runs.
    fn start_handlers(&self) -> Result<(), Error> {
        let mut waiting = self.guard.handlers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((connected, disconnected)) = waiting.take() else { return Ok(()) };
        let calls = Arc::clone(&self.inner().lock().calls);
        handlers::spawn(calls, Arc::downgrade(&self.guard), connected, disconnected)
            .map_err(|error| Error::Runtime(Arc::new(error)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.inner.shut_down();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("core", &self.inner().lock().core).finish_non_exhaustive()
    }
}

/// How many events wait for somebody who does not take them; later ones are dropped.
const EVENTS_MAX: usize = 1024;

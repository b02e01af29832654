//! The thread on which an application's handlers run.

use crate::client::{Client, Guard};
use crate::delivery::Delivery;
use crate::event::{Connected, Disconnected};
use crate::options::{ConnectedHandler, DisconnectedHandler, MessageHandler};
use crate::queue::Queue;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{io, thread};

/// A handler that may be called for several Topic Filters.
pub(crate) type SharedMessageHandler = Arc<Mutex<MessageHandler>>;

/// What the thread is to do next.
pub(crate) enum Call {
    Message(SharedMessageHandler, Delivery),
    Connected(Connected),
    Disconnected(Disconnected),
}

/// Starts the thread. It ends when `calls` is closed, or when a call comes for a client that is gone.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn spawn(
    calls: Arc<Queue<Call>>,
    client: Weak<Guard>,
    on_connected: Option<ConnectedHandler>,
    on_disconnected: Option<DisconnectedHandler>,
) -> io::Result<()> {
    let run = move || run(&calls, &client, on_connected, on_disconnected);
    thread::Builder::new().name("polymqtt-handlers".to_owned()).spawn(run).map(drop)
}

fn run(
    calls: &Queue<Call>,
    client: &Weak<Guard>,
    mut on_connected: Option<ConnectedHandler>,
    mut on_disconnected: Option<DisconnectedHandler>,
) {
    while let Some(Some(call)) = calls.take_blocking(None) {
        let Some(client) = Client::upgrade(client) else { return };
        // The panic hook has told about it; one message that a handler cannot cope with must not end all handlers.
        let _ = catch_unwind(AssertUnwindSafe(|| make(call, &client, &mut on_connected, &mut on_disconnected)));
    }
}

fn make(
    call: Call,
    client: &Client,
    on_connected: &mut Option<ConnectedHandler>,
    on_disconnected: &mut Option<DisconnectedHandler>,
) {
    match call {
        Call::Message(handler, delivery) => {
            let message = delivery.take(client.inner());
            (handler.lock().unwrap_or_else(PoisonError::into_inner))(client, message);
        }
        Call::Connected(connected) => {
            if let Some(handler) = on_connected {
                handler(client, &connected);
            }
        }
        Call::Disconnected(disconnected) => {
            if let Some(handler) = on_disconnected {
                handler(client, &disconnected);
            }
        }
    }
}

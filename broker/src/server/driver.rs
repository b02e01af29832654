//! The thread of a shard.

use super::connection;
use super::entrance::{Arrival, Entrance};
use super::shard::Shard;
use super::socket::Transport;
use core::pin::pin;
use core::time::Duration;
use polymqtt_core::broker::{ConnectionInfo, Statistics};
use polymqtt_core::{Message, ReasonCode};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

/// What other threads ask of a shard.
pub(super) enum Command {
    /// Somebody came: handshakes first.
    Admit(Arc<Entrance>, Box<Arrival>),
    /// A connection that belongs here, with what was read of it already.
    Attach { raw: Transport, info: ConnectionInfo, bytes: Vec<u8> },
    /// The embedder publishes.
    Publish(Message),
    /// The embedder ends a client's connection.
    Disconnect { client_identifier: String, reason_code: ReasonCode },
    /// The embedder wants numbers.
    Statistics(Sender<Statistics>),
    /// The end: everybody is told, and the thread ends when all have gone.
    Shutdown,
}

impl core::fmt::Debug for Command {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Admit(..) => "Admit",
            Self::Attach { .. } => "Attach",
            Self::Publish(_) => "Publish",
            Self::Disconnect { .. } => "Disconnect",
            Self::Statistics(_) => "Statistics",
            Self::Shutdown => "Shutdown",
        })
    }
}

/// Runs a shard until it has been shut down: waits for something to happen, does it, and then flushes once.
pub(super) async fn drive(shard: Rc<Shard>, mut commands: UnboundedReceiver<Command>) {
    let mail = shard.mesh.wake(shard.index);
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut is_armed = false;
    let mut stop_at: Option<Instant> = None;
    // Who has been told good-bye and does not go is not waited for as long.
    let mut linger_until: Option<Instant> = None;
    loop {
        if let Some(instant) = shard.earlier_alarm().and_then(|time| shard.clock.instant_of(time)) {
            timer.as_mut().reset(instant);
            is_armed = true;
        }
        if let Some(at) = stop_at {
            if shard.connection_count() == 0 {
                stop_at = Some(at.min(*linger_until.get_or_insert_with(|| Instant::now() + LINGER_TIME)));
            }
            if shard.transport_count() == 0 || Instant::now() >= at {
                return;
            }
        }
        tokio::select! {
            () = shard.turn.notified() => {},
            () = mail.notified() => {},
            command = commands.recv() => {
                if obey(&shard, command.unwrap_or(Command::Shutdown)) {
                    stop_at.get_or_insert_with(|| Instant::now() + STOP_TIME);
                }
            },
            () = timer.as_mut(), if is_armed => {
                is_armed = false;
                shard.ring();
            },
            () = sleep_until(stop_at.unwrap_or_else(Instant::now)), if stop_at.is_some() => {},
        }
        shard.receive();
        shard.flush();
    }
}

/// `true`: the shard is to end.
fn obey(shard: &Rc<Shard>, command: Command) -> bool {
    match command {
        Command::Admit(entrance, arrival) => entrance.admit_on_shard(shard, *arrival),
        Command::Attach { raw, info, bytes } => {
            if let Ok(attached) = raw.attach() {
                connection::start(shard, attached, info, &bytes);
            }
        }
        Command::Publish(message) => {
            if let Err(error) = shard.with_core(|core, now| core.publish(&message, now)) {
                tracing::warn!("a message of the program was not published: {error}");
            }
        }
        Command::Disconnect { client_identifier, reason_code } => {
            let result = shard.with_core(|core, now| core.disconnect_client(&client_identifier, reason_code, now));
            if let Err(error) = result {
                tracing::debug!(client_identifier, "not disconnected: {error}");
            }
        }
        Command::Statistics(reply) => {
            // Whoever asked may have stopped waiting.
            let _ = reply.send(shard.with_core(|core, _| core.statistics()));
        }
        Command::Shutdown => {
            shard.with_core(polymqtt_core::broker::Broker::shutdown);
            return true;
        }
    }
    false
}

/// How long those who are told of the end may take to go.
pub(super) const STOP_TIME: Duration = Duration::from_secs(5);
/// How long the transports of those who are gone may take to end, when the broker ends.
const LINGER_TIME: Duration = Duration::from_millis(250);

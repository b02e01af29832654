//! A broker that runs: threads, sockets, and the core in the middle.

mod acceptor;
mod access;
mod bind;
mod builder;
mod certificate_name;
mod clock;
mod connection;
mod driver;
mod entrance;
mod error;
mod login;
mod mesh;
mod shard;
mod socket;
mod start;

pub use access::{Action, AuthenticationAnswer, AuthenticationAttempt, Login, LoginAttempt};
pub use bind::Address;
pub use builder::BrokerBuilder;
pub use error::StartError;

use core::fmt;
use driver::Command;
use entrance::{Arrival, Entrance, Shards};
use polymqtt_core::broker::Statistics;
use polymqtt_core::{Message, ReasonCode};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::io::DuplexStream;
use tokio::sync::Notify;

/// A running broker. It has threads of its own and can be used from any code, async or not.
///
/// Dropping it shuts it down; [`Broker::shutdown`] does the same and waits in plain sight.
pub struct Broker {
    shards: Arc<Shards>,
    memory: Arc<Entrance>,
    addresses: Vec<Address>,
    /// Ends the acceptors.
    stop: Arc<Notify>,
    threads: Vec<JoinHandle<()>>,
}

impl Broker {
    /// Begins a broker that listens nowhere, in memory, with one shard.
    pub fn builder() -> BrokerBuilder {
        BrokerBuilder::new()
    }

    /// Where it really listens, in the order of the configuration.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// A connection that needs no socket: whoever reads and writes this is a client.
    pub fn connect_in_memory(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(MEMORY_BYTES_MAX);
        let raw = socket::Transport::Stream(polymqtt::transport::Stream::custom(server));
        let arrival = Arrival { raw, peer: "memory".into(), permit: None };
        // A broker that has ended drops the other end: the client sees the end of the stream.
        self.shards.send(0, Command::Admit(Arc::clone(&self.memory), Box::new(arrival)));
        client
    }

    /// Publishes a message as the program itself: no policy is asked. What cannot be published is logged.
    pub fn publish(&self, message: Message) {
        self.shards.send(0, Command::Publish(message));
    }

    /// Ends the connection of a client, if it has one: DISCONNECT with this Reason Code (0x80 or above) to one of MQTT 5.
    pub fn disconnect(&self, client_identifier: &str, reason_code: ReasonCode) {
        let shard = self.shards.placement().shard_of(client_identifier);
        let client_identifier = client_identifier.to_owned();
        self.shards.send(shard, Command::Disconnect { client_identifier, reason_code });
    }

    /// The numbers of all shards together. Do not call it from a closure that runs on the broker's threads.
    pub fn statistics(&self) -> Statistics {
        let (reply, replies) = std::sync::mpsc::channel();
        for shard in 0..self.shards.count() {
            self.shards.send(shard, Command::Statistics(reply.clone()));
        }
        drop(reply);
        let mut sum = Statistics::default();
        for statistics in replies {
            sum.add(&statistics);
        }
        sum
    }

    /// Says good-bye: listeners are closed, clients get DISCONNECT *Server shutting down*, and the threads end, at the
    /// latest after some seconds.
    pub fn shutdown(mut self) {
        self.stop_and_wait();
    }

    fn stop_and_wait(&mut self) {
        self.stop.notify_waiters();
        self.stop.notify_one();
        for shard in 0..self.shards.count() {
            self.shards.send(shard, Command::Shutdown);
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the broker panicked");
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop_and_wait();
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// What one side of a connection in memory may write before the other side has read it.
const MEMORY_BYTES_MAX: usize = 64 * 1024;

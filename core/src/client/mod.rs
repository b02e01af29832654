//! The client: one connection to a server, and the Session that outlives it.
//!
//! A [`Client`] does no IO. A driver owns the transport, the clock and the waiting; it hands in what happens and carries
//! out what the client asks for. Commands (`publish`, `subscribe`, ...) never block: they return a [`Token`], and an
//! [`Event::Settled`] tells later how the command ended.
//!
//! # The drive loop
//! 1. Something happens: a command, bytes from the server, the end of the transport, a deadline. Call the function for it.
//! 2. Call [`Client::poll_output`] until it gives `None` and carry out each output in order. Whatever you call meanwhile, a
//!    `publish` from a message handler for example, adds to the same stream.
//! 3. If there was an [`Output::Transmit`], write [`Client::transmit_slices`] to the transport as far as it takes them, and
//!    say so with [`Client::transmitted`]; write the rest when the transport is ready again.
//! 4. Wait for bytes, for the transport, or until [`Client::next_timeout`], whichever comes first; go on with 1.
//!
//! ```
//! use polymqtt_core::client::{Client, ClientOptions, Event, Output};
//! use polymqtt_core::{Message, Time, topic::TopicName};
//! # use std::io::{self, Read, Write};
//! # struct Transport { answers: Vec<Vec<u8>>, written: Vec<u8> }
//! # impl Transport {
//! #     fn open() -> io::Result<Self> {
//! #         let connack = vec![0x20, 0x03, 0x00, 0x00, 0x00];
//! #         Ok(Self { answers: vec![connack], written: Vec::new() })
//! #     }
//! #     fn read_before(&mut self, _: Option<Time>, buffer: &mut [u8]) -> io::Result<usize> {
//! #         let Some(answer) = self.answers.pop() else { return Ok(0) };
//! #         buffer[..answer.len()].copy_from_slice(&answer);
//! #         Ok(answer.len())
//! #     }
//! # }
//! # impl Write for Transport {
//! #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> { self.written.extend_from_slice(bytes); Ok(bytes.len()) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # fn now() -> Time { Time::ZERO }
//!
//! fn run(mut client: Client) -> io::Result<Vec<Event>> {
//!     let mut transport: Option<Transport> = None;
//!     let mut events = Vec::new();
//!     let mut buffer = [0; 4096];
//!     loop {
//!         // 2. Do what the client asks for.
//!         while let Some(output) = client.poll_output() {
//!             match output {
//!                 Output::Connect => match Transport::open() {
//!                     Ok(opened) => {
//!                         transport = Some(opened);
//!                         client.handle_connected(now());
//!                     }
//!                     Err(_) => client.handle_connect_failed(now()),
//!                 },
//!                 Output::Transmit => {} // Done below, once for everything.
//!                 Output::Event(Event::Closed) => return Ok(events),
//!                 Output::Event(event) => events.push(event),
//!                 Output::Store(operation) => client.completed(operation.sequence, now()),
//!                 Output::Close => {
//!                     if let Some(mut closing) = transport.take() {
//!                         client.transmit_slices().try_for_each(|bytes| closing.write_all(bytes))?;
//!                     }
//!                 }
//!             }
//!         }
//!         // 3. Write what there is to write.
//!         if let Some(transport) = &mut transport {
//!             while let Some(bytes) = client.transmit_slices().next() {
//!                 let len = transport.write(bytes)?;
//!                 client.transmitted(len, now());
//!             }
//!         }
//!         // 4. Wait.
//!         let deadline = client.next_timeout();
//!         let len = transport.as_mut().map_or(Ok(0), |transport| transport.read_before(deadline, &mut buffer))?;
//!         // 1. Tell what happened.
//!         match (&mut transport, len) {
//!             (Some(_), 0) => { transport = None; client.handle_closed(now()) }
//!             (Some(_), len) => client.handle_input(&buffer[..len], now()),
//!             (None, _) => {}
//!         }
//!         if deadline.is_some_and(|deadline| deadline <= now()) {
//!             client.handle_timeout(now());
//!         }
//! #       if transport.is_none() { client.disconnect(Default::default(), now()).ok(); }
//!     }
//! }
//!
//! let mut client = Client::new(ClientOptions { client_identifier: "sensor-7".into(), ..Default::default() })?;
//! client.connect(now())?;
//! client.publish(Message::new(TopicName::new("room/7/temperature").unwrap(), "21.5"), now())?;
//! let events = run(client).unwrap();
//! assert!(matches!(events[0], Event::Connected(_)));
//! assert!(matches!(events[1], Event::Settled { .. }));
//! # Ok::<(), polymqtt_core::client::UsageError>(())
//! ```

mod acknowledge;
mod authentication;
mod connect_packet;
mod connection;
mod dispatch;
mod error;
mod in_flight;
mod offline_queue;
mod options;
mod output;
mod publish;
mod receive;
mod reconnect;
mod request;
mod server;
mod settle;
mod state;
mod store;
mod subscribe;
mod subscriptions;
mod text;
mod timer;
mod tokens;

pub use dispatch::{HandlerId, HandlerIds};
pub use error::UsageError;
pub use options::{Acknowledgement, Authentication, ClientOptions, DisconnectOptions, QueueOptions, WhenFull, Will};
pub use output::{
    AcknowledgementHandle, AuthenticationStep, Cause, Connected, Disconnected, Event, Outcome, Output, Received,
};
pub use publish::Publication;
pub use reconnect::Reconnect;
pub use server::Server;
pub use state::{State, Statistics};
pub use store::{StoreOperation, StoreRecord};
pub use subscribe::{SubscribeRequest, UnsubscribeRequest};
pub use tokens::Token;

use crate::codec::{Decoder, Packet};
use crate::session::{InboundWindow, KeepAlive, OutboundWindow, TopicAliasInbound, TopicAliasOutbound};
use crate::topic::TopicFilter;
use crate::{OutgoingBuffer, Slices, Time};
use acknowledge::Acknowledgements;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use authentication::AuthenticationState;
use core::fmt;
use dispatch::Dispatch;
use in_flight::InFlight;
use offline_queue::OfflineQueue;
use reconnect::Backoff;
use request::Requests;
use store::Store;
use subscribe::Pending;
use subscriptions::Subscriptions;
use timer::{Timer, Timers};
use tokens::{InTransit, TokenSource};

/// One connection to a server, and the Session that outlives it.
///
/// The [module](self) shows how to drive it. After every call, poll its outputs.
pub struct Client {
    options: ClientOptions,
    state: State,
    /// The latest time that was given.
    now: Time,
    outputs: VecDeque<Output>,
    statistics: Statistics,
    timers: Timers,
    backoff: Backoff,
    tokens: TokenSource,
    dispatch: Dispatch,
    store: Store,

    // The connection.
    decoder: Option<Decoder>,
    outgoing: OutgoingBuffer,
    in_transit: InTransit,
    keep_alive: KeepAlive,
    aliases_outbound: TopicAliasOutbound,
    aliases_inbound: TopicAliasInbound,
    authentication: AuthenticationState,
    server: Server,
    connected_at: Time,
    /// When an acknowledgement came last, or began to be due.
    acknowledged_at: Time,
    /// The first attempt since `connect`, to which Clean Start applies.
    is_first_attempt: bool,
    /// What the last CONNECT said.
    clean_start: bool,
    /// A CONNACK may have been lost that said that the server has no Session.
    is_session_uncertain: bool,

    // The Session, and what waits for a connection.
    outbound: OutboundWindow<InFlight>,
    inbound: InboundWindow,
    acknowledgements: Acknowledgements,
    queue: OfflineQueue,
    pending: Pending,
    subscriptions: Subscriptions,
    requests: Requests,
    /// The topic of the message that came last: the next one often has the same, and shares it.
    last_topic: Arc<str>,
}

impl Client {
    /// A client at rest. Checks the options: a field too long, a will that cannot be sent, a number out of its range.
    ///
    /// Call [`connect`](Self::connect) next.
    pub fn new(options: ClientOptions) -> Result<Self, UsageError> {
        connect_packet::check(&options)?;
        Ok(Self {
            state: State::Closed,
            now: Time::ZERO,
            outputs: VecDeque::new(),
            statistics: Statistics::default(),
            timers: Timers::default(),
            backoff: Backoff::new(options.reconnect, options.seed),
            tokens: TokenSource::default(),
            dispatch: Dispatch::new(options.seed),
            store: Store::default(),
            decoder: None,
            outgoing: OutgoingBuffer::new(),
            in_transit: InTransit::default(),
            keep_alive: KeepAlive::default(),
            aliases_outbound: TopicAliasOutbound::new(),
            aliases_inbound: TopicAliasInbound::new(),
            authentication: AuthenticationState::default(),
            server: Server::before_connack(&options),
            connected_at: Time::ZERO,
            acknowledged_at: Time::ZERO,
            is_first_attempt: true,
            clean_start: true,
            is_session_uncertain: false,
            outbound: OutboundWindow::new(),
            inbound: InboundWindow::new(),
            acknowledgements: Acknowledgements::default(),
            queue: OfflineQueue::new(options.queue),
            pending: Pending::default(),
            subscriptions: Subscriptions::default(),
            requests: Requests::default(),
            last_topic: Arc::from(""),
            options,
        })
    }

    /// The next thing to do; `None` when all is done. Call it until then after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// A deadline has passed (or not: then nothing happens).
    pub fn handle_timeout(&mut self, now: Time) {
        self.advance(now);
        while let Some(timer) = self.timers.expired(self.now) {
            match timer {
                Timer::Connect => self.time_out(Cause::ConnectTimeout),
                Timer::PingResponse => self.time_out(Cause::PingTimeout),
                Timer::Acknowledgement => self.check_acknowledgements(),
                Timer::Reconnect => self.start_attempt(),
                Timer::KeepAlive => self.keep_alive_due(),
                Timer::QueueExpiry => self.expire_queue(),
                Timer::Request => self.expire_requests(),
            }
        }
    }

    /// What waits to be written, in order, as non-empty slices: for one vectored write.
    pub fn transmit_slices(&self) -> Slices<'_> {
        self.outgoing.slices()
    }

    /// The transport took the first `len_bytes` of [`transmit_slices`](Self::transmit_slices).
    pub fn transmitted(&mut self, len_bytes: usize, now: Time) {
        self.advance(now);
        self.outgoing.advance(len_bytes);
        self.in_transit.transmitted(len_bytes);
        while let Some(token) = self.in_transit.next_transmitted() {
            self.settle_published(token);
        }
        if !self.queue.is_empty() {
            self.pump();
        }
    }

    /// Adds a filter; the messages that match it carry its number. It does not subscribe.
    ///
    /// Any number of filters may match one message, and each of them is named. `$share/name/filter` counts as `filter`.
    pub fn add_handler(&mut self, filter: TopicFilter<'_>) -> Result<HandlerId, UsageError> {
        self.dispatch.add(filter)
    }

    /// Removes a filter; false if there is none with this number.
    pub fn remove_handler(&mut self, handler: HandlerId) -> bool {
        self.dispatch.remove(handler)
    }

    /// Where the client is.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether a server has accepted the connection and it lasts.
    pub const fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected)
    }

    /// The options that it was made with.
    pub const fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// What the server said about itself when it accepted the last connection.
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Counters.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// How many publications wait in the queue, and how many QoS 1 and 2 ones are in flight.
    pub fn publications(&self) -> (usize, usize) {
        (self.queue.len(), self.outbound.len())
    }

    /// The bytes of topics, payloads and properties that wait in the queue.
    pub const fn queue_bytes(&self) -> usize {
        self.queue.bytes()
    }

    /// Time never goes back.
    fn advance(&mut self, now: Time) {
        self.now = self.now.max(now);
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// The one way out for all Control Packets but PUBLISH, which has its own ([`Self::send_publish`]).
    fn send(&mut self, packet: &Packet<'_>) -> Result<(), UsageError> {
        let version = self.options.protocol_version;
        let maximum = self.server.maximum_packet_size_bytes;
        if maximum != u32::MAX {
            let size = packet.encoded_len(version)?;
            if size > maximum as usize {
                return Err(UsageError::PacketTooLarge { size, maximum });
            }
        }
        let was_empty = self.outgoing.is_empty();
        let len = self.outgoing.encode(|bytes| packet.encode(version, bytes))?;
        self.note_sent(len, was_empty);
        Ok(())
    }

    fn note_sent(&mut self, len_bytes: usize, was_empty: bool) {
        self.in_transit.encoded(len_bytes);
        self.keep_alive.sent(self.now);
        self.statistics.packets_sent += 1;
        self.statistics.bytes_sent += len_bytes as u64;
        if was_empty {
            self.outputs.push_back(Output::Transmit);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &self.state)
            .field("queue", &self.queue.len())
            .field("in_flight", &self.outbound.len())
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}

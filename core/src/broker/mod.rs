//! The broker as a state machine: one shard of it, without IO, clock or threads.
//!
//! # Run loop
//! 1. [`Broker::accept`] for a new transport; it gives a [`ConnectionId`].
//! 2. [`Broker::handle_input`] with what was read; [`Broker::handle_closed`] when the transport is gone;
//!    [`Broker::handle_timeout`] when [`Broker::next_timeout`] has come.
//! 3. After each of these, or after many: [`Broker::poll_output`] until it returns `None`. Then write: what has to be on
//!    disk or with other shards before an acknowledgement comes earlier in the stream than its Transmit.
//! 4. For each [`Output::Transmit`]: write [`Broker::transmit_slices`] as far as the transport takes it, and tell
//!    [`Broker::transmitted`]. What is left is written when the transport is ready again; no further Transmit comes for it.
//! 5. After an [`Output::Close`] and its last bytes, close the transport and call [`Broker::handle_closed`].
//!
//! ```
//! use polymqtt_core::Time;
//! use polymqtt_core::broker::{AllowAll, Broker, BrokerOptions, ConnectionInfo, Output, Placement};
//!
//! let mut broker = Broker::new(BrokerOptions::default(), Placement::SINGLE, Box::new(AllowAll))?;
//! let connection = broker.accept(ConnectionInfo::default(), Time::ZERO).unwrap();
//! broker.handle_input(connection, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a", Time::ZERO);
//! let mut written = Vec::new();
//! while let Some(output) = broker.poll_output() {
//!     if let Output::Transmit(connection) = output {
//!         let slices: Vec<&[u8]> = broker.transmit_slices(connection).collect();
//!         written = slices.concat();
//!         broker.transmitted(connection, written.len(), Time::ZERO);
//!     }
//! }
//! assert_eq!(written, b"\x20\x02\x00\x00");
//! # Ok::<(), polymqtt_core::broker::UsageError>(())
//! ```

mod authentication;
mod connect;
mod connection;
mod delivery;
mod error;
mod fanout;
mod flow;
mod forward;
mod inspect;
mod limits;
mod offline_queue;
mod options;
mod output;
mod placement;
mod policy;
mod publish;
mod retained;
mod routed_message;
mod routing;
mod session;
mod shared_delivery;
mod shared_subscription;
mod shell;
mod slab;
mod statistics;
mod store;
mod store_progress;
mod store_restore;
mod subscribe;
mod subscriptions;
mod sys;
mod takeover;
mod timeout;
mod timers;
mod transmit;
mod unsubscribe;
mod will;

pub use connection::{ConnectionId, ConnectionInfo};
pub use error::{Fault, LimitReached, UsageError};
pub use forward::{Forward, RetainedStamp};
pub use inspect::SessionInfo;
pub use options::{BrokerOptions, QueueWhenFull};
pub use output::{
    AuthenticationRequest, ClientConnected, ClientDisconnected, ConnectRequest, ConnectionRefused, DisconnectCause,
    Event, Output,
};
pub use placement::{Peek, Placement, peek_connect};
pub use policy::{
    AllowAll, AuthenticationStep, ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal,
    Permission, Policy, SubscribeDecision,
};
pub use routed_message::RoutedMessage;
pub use statistics::Statistics;
pub use store::{SessionRecord, StoreOperation, StoreRecord, StoredDelivery, StoredWill};

use crate::Time;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use connection::Connection;
use core::fmt;
use delivery::DeliveryExtras;
use fanout::Fanout;
use offline_queue::QueueTotals;
use retained::RetainedMessages;
use routing::Targets;
use session::Sessions;
use shared_subscription::SharedSubscriptions;
use slab::Slab;
use store_progress::StoreProgress;
use subscriptions::Subscriptions;
use sys::SysState;
use timers::Timers;

/// One shard of a broker. See the [module documentation](self) for how to drive it.
pub struct Broker {
    options: BrokerOptions,
    placement: Placement,
    policy: Box<dyn Policy>,
    checks_deliveries: bool,
    now: Time,
    started_at: Option<Time>,
    connections: Slab<Connection>,
    sessions: Sessions,
    subscriptions: Subscriptions,
    shared: SharedSubscriptions,
    retained: RetainedMessages,
    extras: DeliveryExtras,
    queued: QueueTotals,
    timers: Timers,
    outputs: VecDeque<Output>,
    /// Connections with something to send or to close: they come after everything else.
    dirty: VecDeque<u32>,
    store: StoreProgress,
    statistics: Statistics,
    sys: SysState,
    /// Sessions whose replays of Retained Messages go on without an event of their own.
    replaying: VecDeque<u32>,
    /// Memory that empty buffers gave back.
    spare_buffers: Vec<Vec<u8>>,
    fanout: Fanout,
    targets: Targets,
    scratch: Vec<u8>,
    assigned_identifiers: u64,
    is_shutting_down: bool,
    /// A replay is under way: what its deliveries lead to does not begin another one.
    is_replaying_now: bool,
}

impl Broker {
    /// A shard without connections. Restore what was stored next, then accept connections.
    pub fn new(options: BrokerOptions, placement: Placement, policy: Box<dyn Policy>) -> Result<Self, UsageError> {
        options.validate()?;
        let seed = options.seed;
        Ok(Self {
            checks_deliveries: policy.checks_deliveries(),
            policy,
            placement,
            now: Time::ZERO,
            started_at: None,
            connections: Slab::new(),
            sessions: Sessions::new(seed),
            subscriptions: Subscriptions::new(seed),
            shared: SharedSubscriptions::new(seed),
            retained: RetainedMessages::default(),
            extras: DeliveryExtras::new(),
            queued: QueueTotals::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            dirty: VecDeque::new(),
            store: StoreProgress::default(),
            statistics: Statistics::default(),
            sys: SysState::default(),
            replaying: VecDeque::new(),
            spare_buffers: Vec::new(),
            fanout: Fanout::default(),
            targets: Targets::default(),
            scratch: Vec::new(),
            assigned_identifiers: 0,
            is_shutting_down: false,
            is_replaying_now: false,
            options,
        })
    }

    /// The options that it was made with.
    pub fn options(&self) -> &BrokerOptions {
        &self.options
    }

    /// Its place among the shards.
    pub fn placement(&self) -> Placement {
        self.placement
    }

    /// Notes the time of a call.
    fn tick(&mut self, now: Time) {
        self.now = self.now.max(now);
        if self.started_at.is_none() {
            self.started_at = Some(self.now);
            self.schedule_sys(self.now);
            self.begin_restored_sessions();
        }
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("placement", &self.placement)
            .field("connections", &self.connections.len())
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
}

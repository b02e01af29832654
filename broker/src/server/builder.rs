//! Puts a broker together.

use super::Broker;
use super::access::{Access, Action, AuthenticationAnswer, AuthenticationAttempt, Login, LoginAttempt};
use super::error::StartError;
use crate::config::{BrokerConfig, Listener};
use crate::passwords::Passwords;
use core::fmt;
use polymqtt_core::broker::{BrokerOptions, ClientInfo, Event};

/// Builds a [`Broker`]: begin with [`Broker::builder`], end with [`BrokerBuilder::start`].
#[derive(Default)]
pub struct BrokerBuilder {
    pub(super) config: BrokerConfig,
    pub(super) access: Access,
}

impl BrokerBuilder {
    /// A broker that listens nowhere, in memory, with one shard: what a program wants that embeds it.
    pub(super) fn new() -> Self {
        Self {
            config: BrokerConfig { listen: Vec::new(), shards: 1, ..BrokerConfig::default() },
            access: Access::default(),
        }
    }

    /// Everything from a configuration; replaces what was set before, except for closures.
    #[must_use]
    pub fn config(mut self, config: BrokerConfig) -> Self {
        self.config = config;
        self
    }

    /// Listens here too. Without any listener only [`Broker::connect_in_memory`] leads in.
    #[must_use]
    pub fn listen(mut self, listener: Listener) -> Self {
        self.config.listen.push(listener);
        self
    }

    /// How many threads share the connections; 0: one for each core.
    #[must_use]
    pub fn shards(mut self, shards: u16) -> Self {
        self.config.shards = shards;
        self
    }

    /// The limits and capabilities of the broker.
    #[must_use]
    pub fn options(mut self, options: BrokerOptions) -> Self {
        self.config.options = options;
        self
    }

    /// Users and passwords; a password file in the configuration is not read then.
    #[must_use]
    pub fn passwords(mut self, passwords: Passwords) -> Self {
        self.access.passwords = Some(passwords);
        self
    }

    /// Decides who may connect, in place of passwords and certificates. Runs on a thread of its own and may take its time.
    #[must_use]
    pub fn authenticate(mut self, decide: impl Fn(&LoginAttempt) -> Login + Send + Sync + 'static) -> Self {
        self.access.authenticate = Some(Box::new(decide));
        self
    }

    /// Decides each step of an enhanced authentication (5.0, 4.12); without it clients that ask for one are refused: Bad
    /// authentication method. Runs like the closure of [`BrokerBuilder::authenticate`].
    #[must_use]
    pub fn authenticate_enhanced(
        mut self,
        decide: impl Fn(&AuthenticationAttempt) -> AuthenticationAnswer + Send + Sync + 'static,
    ) -> Self {
        self.access.authenticate_enhanced = Some(Box::new(decide));
        self
    }

    /// Decides what a client may do. Runs on the broker's threads and must answer at once.
    #[must_use]
    pub fn authorize(mut self, decide: impl Fn(&ClientInfo<'_>, Action<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.access.authorize = Some(Box::new(decide));
        self
    }

    /// Also asks [`BrokerBuilder::authorize`] about each message that is about to be delivered.
    #[must_use]
    pub fn authorize_deliveries(mut self) -> Self {
        self.access.authorizes_deliveries = true;
        self
    }

    /// Is told of every event. Runs on the broker's threads and must return at once.
    #[must_use]
    pub fn on_event(mut self, notice: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.access.notice = Some(Box::new(notice));
        self
    }

    /// Opens the listeners and starts the threads. When this returns, clients can connect.
    pub fn start(self) -> Result<Broker, StartError> {
        Broker::start(self)
    }
}

impl fmt::Debug for BrokerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

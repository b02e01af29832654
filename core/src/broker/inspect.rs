//! What an embedder can look at.

use super::Broker;
use super::connection::ConnectionId;
use super::routed_message::RoutedMessage;
use super::session::Session;
use super::statistics::Statistics;
use crate::codec::ProtocolVersion;
use crate::topic::TopicFilter;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// One Session as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionInfo<'a> {
    /// Whose.
    pub client_identifier: &'a str,
    /// As whom the client was accepted.
    pub user_name: Option<&'a str>,
    /// Its connection, if it has one.
    pub connection: Option<ConnectionId>,
    /// The version that the client speaks or last spoke.
    pub protocol_version: ProtocolVersion,
    /// In seconds; `0xFFFF_FFFF`: it does not expire.
    pub session_expiry_interval_s: u32,
    /// How many subscriptions it has, shared ones included.
    pub subscriptions: usize,
    /// How many messages wait.
    pub queued: usize,
    /// How many QoS 1 and 2 messages are in flight to the client.
    pub in_flight: usize,
    /// How many QoS 2 messages came from the client and are not released.
    pub received: usize,
    /// Whether there is a Will Message.
    pub has_will: bool,
}

impl Broker {
    /// The Sessions of this shard, in no particular order.
    pub fn sessions(&self) -> impl Iterator<Item = SessionInfo<'_>> {
        self.sessions.iter().map(|(_, session)| self.session_info(session))
    }

    /// The Session of one client.
    pub fn session(&self, client_identifier: &str) -> Option<SessionInfo<'_>> {
        let index = self.sessions.find(client_identifier)?;
        self.sessions.get(index).map(|session| self.session_info(session))
    }

    /// The Topic Filters that a client has subscribed to, shared ones whole.
    pub fn subscriptions(&self, client_identifier: &str) -> Vec<String> {
        let session = self.sessions.find(client_identifier).and_then(|index| self.sessions.get(index));
        let Some(session) = session else { return Vec::new() };
        let plain = session.subscriptions.iter().map(|&id| {
            let mut text = String::new();
            self.subscriptions.index.write_filter(id, &mut text);
            text
        });
        let shared = session.memberships().iter().map(|membership| String::from(&*membership.key));
        plain.chain(shared).collect()
    }

    /// The Retained Messages, in the order of their topics.
    pub fn retained_messages(&self) -> impl Iterator<Item = &Arc<RoutedMessage>> {
        self.retained.iter()
    }

    /// The counters and gauges of this shard.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            connections: self.connections.len().into(),
            sessions: self.sessions.len().into(),
            retained_messages: self.retained.len().into(),
            retained_bytes: self.retained.bytes(),
            queued_messages: self.queued.messages,
            queued_bytes: self.queued.bytes,
            ..self.statistics
        }
    }

    /// How many Topic Filters the index holds, those of other shards included.
    pub fn filter_count(&self) -> usize {
        self.subscriptions.index.len()
    }

    /// Whether any Topic Filter of a Session of this shard is this one. For shells that show or check subscriptions.
    pub fn is_subscribed_to(&self, filter: TopicFilter<'_>) -> bool {
        self.subscriptions.index.find(filter).is_some()
    }

    fn session_info<'a>(&'a self, session: &'a Session) -> SessionInfo<'a> {
        let flow = session.flow.as_ref();
        SessionInfo {
            client_identifier: &session.client_identifier,
            user_name: session.user_name.as_deref(),
            connection: session.is_connected().then(|| self.connection_id(session.connection)),
            protocol_version: session.version,
            session_expiry_interval_s: session.expiry_interval_s,
            subscriptions: session.subscription_count(),
            queued: flow.map_or(0, |flow| flow.queue.len()),
            in_flight: flow.map_or(0, |flow| flow.window.len()),
            received: session.inbound.as_ref().map_or(0, |inbound| inbound.len()),
            has_will: session.will.is_some(),
        }
    }
}

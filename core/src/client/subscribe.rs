//! SUBSCRIBE and UNSUBSCRIBE: from the command to its acknowledgement.

use super::error::UsageError;
use super::output::{Event, Outcome};
use super::tokens::Token;
use super::{Client, State};
use crate::codec::{
    Packet, PacketIdentifier, Properties, PropertiesBuf, PropertyIdentifier, SubAck, Subscribe, SubscriptionsBuf,
    TopicFiltersBuf, UnsubAck, Unsubscribe,
};
use crate::{ReasonCode, Time};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// What to subscribe to: one SUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscribeRequest {
    /// At least one Topic Filter with its options.
    pub subscriptions: SubscriptionsBuf,
    /// Subscription Identifier and User Properties. 5.0 only.
    pub properties: PropertiesBuf,
}

impl From<SubscriptionsBuf> for SubscribeRequest {
    fn from(subscriptions: SubscriptionsBuf) -> Self {
        Self { subscriptions, properties: PropertiesBuf::new() }
    }
}

/// What to unsubscribe from: one UNSUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnsubscribeRequest {
    /// At least one Topic Filter.
    pub topic_filters: TopicFiltersBuf,
    /// User Properties. 5.0 only.
    pub properties: PropertiesBuf,
}

impl From<TopicFiltersBuf> for UnsubscribeRequest {
    fn from(topic_filters: TopicFiltersBuf) -> Self {
        Self { topic_filters, properties: PropertiesBuf::new() }
    }
}

/// A SUBSCRIBE or UNSUBSCRIBE that is not acknowledged.
#[derive(Debug)]
pub(super) struct PendingPacket {
    kind: Kind,
    token: Option<Token>,
    origin: Origin,
    /// Sent on this connection with this identifier.
    identifier: Option<PacketIdentifier>,
}

#[derive(Debug)]
enum Kind {
    Subscribe(SubscribeRequest),
    Unsubscribe(UnsubscribeRequest),
}

/// Who wanted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A command.
    User,
    /// The server has lost the Session.
    Again,
    /// The topic where responses come.
    Responses,
}

/// All of them, in the order in which they are sent. What a connection leaves unacknowledged is sent on the next one with
/// a new identifier, which does no harm: both are idempotent.
#[derive(Debug, Default)]
pub(super) struct Pending {
    packets: VecDeque<PendingPacket>,
    sent: usize,
}

impl Pending {
    pub(super) fn uses(&self, identifier: PacketIdentifier) -> bool {
        self.sent > 0 && self.packets.iter().any(|packet| packet.identifier == Some(identifier))
    }

    /// How many are sent on this connection.
    pub(super) const fn sent(&self) -> usize {
        self.sent
    }

    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }

    pub(super) fn cancel(&mut self, token: Token) -> bool {
        let Some(index) = self.packets.iter().position(|packet| packet.token == Some(token)) else { return false };
        match self.packets.get_mut(index) {
            Some(packet) if packet.identifier.is_some() => packet.token = None,
            Some(_) | None => drop(self.packets.remove(index)),
        }
        true
    }

    pub(super) fn end_connection(&mut self) {
        self.sent = 0;
        for packet in &mut self.packets {
            packet.identifier = None;
        }
    }

    /// What was to be subscribed to again is collected anew.
    fn forget_again(&mut self) {
        self.packets.retain(|packet| packet.origin != Origin::Again);
    }

    /// Takes all out and gives their tokens.
    pub(super) fn drain(&mut self) -> Vec<Token> {
        self.sent = 0;
        core::mem::take(&mut self.packets).into_iter().filter_map(|packet| packet.token).collect()
    }

    fn push(&mut self, kind: Kind, token: Option<Token>, origin: Origin) {
        self.packets.push_back(PendingPacket { kind, token, origin, identifier: None });
    }

    pub(super) fn push_subscribe_again(&mut self, request: SubscribeRequest) {
        let packet =
            PendingPacket { kind: Kind::Subscribe(request), token: None, origin: Origin::Again, identifier: None };
        self.packets.push_front(packet);
    }

    pub(super) fn push_subscribe_to_responses(&mut self, request: SubscribeRequest) {
        self.push(Kind::Subscribe(request), None, Origin::Responses);
    }

    fn first_unsent(&self) -> Option<usize> {
        if self.sent == self.packets.len() {
            return None;
        }
        self.packets.iter().position(|packet| packet.identifier.is_none())
    }

    /// Takes out the packet with this identifier, if it is of this kind.
    fn acknowledged(&mut self, identifier: PacketIdentifier, is_subscribe: bool) -> Option<PendingPacket> {
        let index = self.packets.iter().position(|packet| {
            packet.identifier == Some(identifier) && matches!(packet.kind, Kind::Subscribe(_)) == is_subscribe
        })?;
        self.sent -= 1;
        self.packets.remove(index)
    }
}

impl Client {
    /// Subscribes; the token settles with a Reason Code for each Topic Filter when the SUBACK comes.
    ///
    /// The client remembers what the server grants and subscribes to it again when a reconnect finds no Session. (It does so
    /// too after an attempt that ended between CONNECT and CONNACK, because that CONNACK may have been the one that said so;
    /// and in 3.1, where CONNACK does not say it.)
    pub fn subscribe(&mut self, request: impl Into<SubscribeRequest>, now: Time) -> Result<Token, UsageError> {
        self.advance(now);
        let request = request.into();
        let packet = Packet::Subscribe(Subscribe {
            packet_identifier: PacketIdentifier::MIN,
            properties: self.properties_or_none(request.properties.as_properties()),
            subscriptions: request.subscriptions.as_subscriptions(),
        });
        let size = packet.encoded_len(self.options.protocol_version)?;
        if self.state == State::Connected {
            self.check_size(size)?;
            self.check_server_grants(&request)?;
        }
        self.queue_packet(Kind::Subscribe(request))
    }

    /// Unsubscribes; the token settles with a Reason Code for each Topic Filter when the UNSUBACK comes.
    pub fn unsubscribe(&mut self, request: impl Into<UnsubscribeRequest>, now: Time) -> Result<Token, UsageError> {
        self.advance(now);
        let request = request.into();
        let packet = Packet::Unsubscribe(Unsubscribe {
            packet_identifier: PacketIdentifier::MIN,
            properties: self.properties_or_none(request.properties.as_properties()),
            topic_filters: request.topic_filters.as_topic_filters(),
        });
        let size = packet.encoded_len(self.options.protocol_version)?;
        if self.state == State::Connected {
            self.check_size(size)?;
        }
        self.queue_packet(Kind::Unsubscribe(request))
    }

    fn queue_packet(&mut self, kind: Kind) -> Result<Token, UsageError> {
        if self.pending.len() >= usize::from(self.options.requests_max) {
            return Err(UsageError::QueueFull);
        }
        let token = self.tokens.next();
        self.pending.push(kind, Some(token), Origin::User);
        if self.state == State::Connected {
            self.send_pending();
        }
        Ok(token)
    }

    const fn check_size(&self, size: usize) -> Result<(), UsageError> {
        let maximum = self.server.maximum_packet_size_bytes;
        if size > maximum as usize { Err(UsageError::PacketTooLarge { size, maximum }) } else { Ok(()) }
    }

    /// What the connected server does not have.
    fn check_server_grants(&self, request: &SubscribeRequest) -> Result<(), UsageError> {
        let server = &self.server;
        if !server.subscription_identifier_available
            && request.properties.as_properties().contains(PropertyIdentifier::SubscriptionIdentifier)
        {
            return Err(UsageError::SubscriptionIdentifiersNotSupported);
        }
        for (filter, _) in request.subscriptions.as_subscriptions() {
            if !server.wildcard_subscription_available && filter.has_wildcards() {
                return Err(UsageError::WildcardSubscriptionsNotSupported);
            }
            if !server.shared_subscription_available && filter.share_name().is_some() {
                return Err(UsageError::SharedSubscriptionsNotSupported);
            }
        }
        Ok(())
    }

    /// Before 5.0 there are none.
    const fn properties_or_none<'a>(&self, properties: Properties<'a>) -> Properties<'a> {
        if self.options.protocol_version.has_properties() { properties } else { Properties::EMPTY }
    }

    /// Sends what was not sent on this connection.
    pub(super) fn send_pending(&mut self) {
        while let Some(index) = self.pending.first_unsent() {
            let outbound = &mut self.outbound;
            let pending = &self.pending;
            let Some(identifier) = outbound.allocate_identifier(|identifier| pending.uses(identifier)) else { return };
            let Some(mut packet) = self.pending.packets.remove(index) else { return };
            match self.send_pending_packet(&packet.kind, identifier) {
                Ok(()) => {
                    packet.identifier = Some(identifier);
                    self.pending.packets.insert(index, packet);
                    self.pending.sent += 1;
                    self.expect_acknowledgement();
                }
                Err(error) => self.refuse_pending(&packet, error),
            }
        }
    }

    fn send_pending_packet(&mut self, kind: &Kind, packet_identifier: PacketIdentifier) -> Result<(), UsageError> {
        match kind {
            Kind::Subscribe(request) => {
                self.check_server_grants(request)?;
                self.send(&Packet::Subscribe(Subscribe {
                    packet_identifier,
                    properties: self.properties_or_none(request.properties.as_properties()),
                    subscriptions: request.subscriptions.as_subscriptions(),
                }))
            }
            Kind::Unsubscribe(request) => self.send(&Packet::Unsubscribe(Unsubscribe {
                packet_identifier,
                properties: self.properties_or_none(request.properties.as_properties()),
                topic_filters: request.topic_filters.as_topic_filters(),
            })),
        }
    }

    /// The server that is connected now does not take it.
    fn refuse_pending(&mut self, packet: &PendingPacket, error: UsageError) {
        let reason_code = error.reason_code();
        if let (Kind::Subscribe(request), Origin::Again) = (&packet.kind, packet.origin) {
            for (filter, _) in request.subscriptions.as_subscriptions() {
                self.subscription_lost(filter.as_str(), reason_code);
            }
        }
        if packet.origin == Origin::Responses {
            self.responses_refused(reason_code);
        }
        self.settle_if_any(packet.token, Outcome::Refused { reason_code, reason_string: None });
    }

    pub(super) fn handle_suback(&mut self, suback: &SubAck<'_>) {
        let Some(packet) = self.pending.acknowledged(suback.packet_identifier, true) else { return };
        self.acknowledged_at = self.now;
        let Kind::Subscribe(request) = &packet.kind else { return };
        let reason_codes: Vec<ReasonCode> = suback.reason_codes().collect();
        if request.subscriptions.as_subscriptions().iter().count() != reason_codes.len() {
            self.settle_if_any(packet.token, Outcome::Disconnected);
            let statement =
                if self.options.protocol_version.has_properties() { "MQTT-3.8.4-6" } else { "MQTT-3.8.4-5" };
            return self.violation(ReasonCode::ProtocolError, statement);
        }
        let subscription_identifier = request.properties.as_properties().subscription_identifier();
        for ((filter, options), reason_code) in request.subscriptions.as_subscriptions().iter().zip(&reason_codes) {
            if !reason_code.is_error() {
                self.subscriptions.granted(filter.as_str(), options, subscription_identifier);
            } else if packet.origin == Origin::Again {
                self.subscription_lost(filter.as_str(), *reason_code);
            } else if packet.origin == Origin::Responses {
                self.responses_refused(*reason_code);
            }
        }
        let properties = PropertiesBuf::from(suback.properties);
        self.settle_if_any(packet.token, Outcome::Subscribed { reason_codes, properties });
    }

    pub(super) fn handle_unsuback(&mut self, unsuback: &UnsubAck<'_>) {
        let Some(packet) = self.pending.acknowledged(unsuback.packet_identifier, false) else { return };
        self.acknowledged_at = self.now;
        let Kind::Unsubscribe(request) = &packet.kind else { return };
        let reason_codes: Vec<ReasonCode> = unsuback.reason_codes().collect();
        let filters = request.topic_filters.as_topic_filters();
        if self.options.protocol_version.has_properties() && filters.iter().count() != reason_codes.len() {
            self.settle_if_any(packet.token, Outcome::Disconnected);
            return self.violation(ReasonCode::ProtocolError, "MQTT-3.11.3-1");
        }
        for (index, filter) in filters.iter().enumerate() {
            if reason_codes.get(index).is_none_or(|reason_code| !reason_code.is_error()) {
                self.subscriptions.remove(filter.as_str());
            }
        }
        let properties = PropertiesBuf::from(unsuback.properties);
        self.settle_if_any(packet.token, Outcome::Unsubscribed { reason_codes, properties });
    }

    /// Everything that was granted is subscribed to again, before all else: the server has no Session, or perhaps only an
    /// empty one (`if_new`), so that Retained Messages are only asked for where a subscription is new.
    pub(super) fn subscribe_again(&mut self, if_new: bool) {
        self.pending.forget_again();
        for request in self.subscriptions.requests(if_new) {
            self.pending.push_subscribe_again(request);
        }
    }

    fn subscription_lost(&mut self, filter: &str, reason_code: ReasonCode) {
        self.subscriptions.remove(filter);
        self.event(Event::SubscriptionLost { filter: filter.into(), reason_code });
    }
}

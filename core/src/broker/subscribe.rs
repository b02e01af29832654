//! SUBSCRIBE. Spec: 3.8.

use super::delivery::Marks;
use super::error::Fault;
use super::policy::SubscribeDecision;
use super::transmit::{allowed_or, reason_string};
use super::{Broker, limits};
use crate::ReasonCode;
use crate::codec::{
    Packet, PacketType, PropertiesBuf, ProtocolVersion, QoS, RetainHandling, SubAck, Subscribe, SubscriptionOptions,
};
use crate::topic::TopicFilter;
use alloc::vec::Vec;

impl Broker {
    /// Adds the subscriptions one by one, answers, and then sends the Retained Messages that they bring. [MQTT-3.8.4-5]
    pub(super) fn handle_subscribe(&mut self, index: u32, subscribe: &Subscribe<'_>) -> Result<(), Fault> {
        let Some(this) = self.connections.get(index) else { return Ok(()) };
        let (session, version, problem_information) = (this.session, this.version, this.problem_information);
        let identifier = subscribe.properties.subscription_identifiers().next();
        if identifier.is_some() && !self.options.subscription_identifier_available {
            return Err(limits::SUBSCRIPTION_IDENTIFIER);
        }
        let before = self.store.sequence;
        let mut reason_codes = Vec::new();
        let mut text = "";
        for (filter, options) in subscribe.subscriptions {
            let result = self.subscribe_one(session, version, filter, options, identifier)?;
            reason_codes.push(match result {
                Ok(qos) => qos.as_u8(),
                // Spec: 3.1, 3.8: there is no way to say no. The client is told yes.
                Err(_) if version == ProtocolVersion::V3_1 => options.qos.as_u8(),
                Err((reason_code, why)) => {
                    text = why;
                    allowed_or(reason_code, PacketType::SubAck, ReasonCode::UnspecifiedError).as_u8()
                }
            });
        }
        let properties = if problem_information { reason_string(text) } else { PropertiesBuf::new() };
        let properties = properties.as_properties();
        let suback = SubAck::new(subscribe.packet_identifier, properties, &reason_codes);
        let sequence = if self.store.sequence > before { self.store.sequence } else { 0 };
        if let Ok(suback) = suback {
            self.send_after(index, &Packet::SubAck(suback), sequence);
        }
        self.pump(session);
        Ok(())
    }

    /// One Topic Filter: the QoS that is granted, or why it is refused.
    fn subscribe_one(
        &mut self,
        session: u32,
        version: ProtocolVersion,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) -> Result<Result<QoS, (ReasonCode, &'static str)>, Fault> {
        let is_shared = filter.share_name().is_some();
        if is_shared && options.no_local {
            return Err(limits::NO_LOCAL_SHARED);
        }
        if is_shared && !self.options.shared_subscription_available {
            let why = "this server has no shared subscriptions (MQTT 5.0, 3.2.2.3.13)";
            return Ok(Err((ReasonCode::SharedSubscriptionsNotSupported, why)));
        }
        if filter.has_wildcards() && !self.options.wildcard_subscription_available {
            let why = "this server has no wildcard subscriptions (MQTT 5.0, 3.2.2.3.11)";
            return Ok(Err((ReasonCode::WildcardSubscriptionsNotSupported, why)));
        }
        let Some(this) = self.sessions.get(session) else { return Ok(Err((ReasonCode::UnspecifiedError, ""))) };
        let count = this.subscription_count();
        let client = this.client_info(&self.connections);
        let granted = match self.policy.subscribe(&client, filter, options) {
            SubscribeDecision::Grant(qos) => qos.min(options.qos).min(self.options.maximum_qos),
            SubscribeDecision::Deny(reason_code) => {
                return Ok(Err((reason_code, "the client may not subscribe to this topic filter")));
            }
        };
        if count >= self.options.subscriptions_max as usize && !self.is_subscribed(session, filter) {
            return Ok(Err((ReasonCode::QuotaExceeded, "the client has as many subscriptions as it may have")));
        }
        let options = SubscriptionOptions { qos: granted, ..options };
        let Ok(is_new) = self.add_subscription(session, filter, options, identifier) else {
            return Ok(Err((ReasonCode::QuotaExceeded, "the server has as many subscriptions as it may have")));
        };
        let wants_retained = match options.retain_handling {
            RetainHandling::Send => true,
            RetainHandling::SendIfNew => is_new,
            RetainHandling::DoNotSend => false,
        };
        if wants_retained && !is_shared {
            let identifier = identifier.filter(|_| version.has_properties());
            self.begin_replay(session, filter, Marks::of_subscription(options, identifier));
        }
        Ok(Ok(granted))
    }

    fn is_subscribed(&self, session: u32, filter: TopicFilter<'_>) -> bool {
        let Some(this) = self.sessions.get(session) else { return false };
        if filter.share_name().is_some() {
            return this.memberships().iter().any(|membership| *membership.key == *filter.as_str());
        }
        let id = self.subscriptions.index.find(filter);
        id.is_some_and(|id| this.subscriptions.binary_search(&id).is_ok())
    }
}

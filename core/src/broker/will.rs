//! Will Messages: published when a client is gone. Spec: 3.1.2.5, 3.1.3.2.2.

use super::Broker;
use super::error::Fault;
use super::limits;
use super::policy::Permission;
use super::policy::{ClientInfo, ConnectRefusal};
use super::routed_message::{MessageView, RoutedMessage};
use super::session::PendingWill;
use super::slab::NONE;
use crate::Time;
use crate::codec::{PropertiesBuf, PropertyIdentifier, Will};
use alloc::sync::Arc;

/// Why a will keeps its CONNECT from being accepted.
#[derive(Debug)]
pub(super) enum WillRefusal {
    Fault(Fault),
    Policy(ConnectRefusal),
}

impl Broker {
    /// Whether the broker can publish this will one day. [MQTT-3.2.2-12], [MQTT-3.2.2-13]
    pub(super) fn check_will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Result<(), WillRefusal> {
        if will.qos > self.options.maximum_qos {
            return Err(WillRefusal::Fault(limits::WILL_QOS));
        }
        if will.retain && !self.options.retain_available {
            return Err(WillRefusal::Fault(limits::WILL_RETAIN));
        }
        if super::sys::is_reserved(will.topic) {
            return Err(WillRefusal::Fault(limits::WILL_TOPIC));
        }
        match self.policy.will(client, will) {
            Permission::Allow => Ok(()),
            Permission::Deny(reason_code) => Err(WillRefusal::Policy(reason_code.into())),
        }
    }

    /// The will as it is kept.
    pub(super) fn pending_will(&self, will: &Will<'_>) -> PendingWill {
        let mut properties = PropertiesBuf::from(will.properties);
        properties.remove(PropertyIdentifier::WillDelayInterval);
        let view = MessageView {
            topic: will.topic,
            properties: properties.as_properties(),
            payload: will.payload,
            qos: will.qos,
            retain: will.retain,
            expires_at: Time::MAX,
            publisher: 0,
        };
        PendingWill {
            message: Arc::new(RoutedMessage::from_view(&view, self.options.shared_payload_bytes_min as usize)),
            delay_s: will.properties.will_delay_interval_s().unwrap_or(0),
            due_at: Time::MAX,
        }
    }

    /// Publishes the will of a Session without a connection if its time has come. [MQTT-3.1.2-10]
    pub(super) fn publish_due_will(&mut self, index: u32) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(index) else { return };
        if session.will.as_ref().is_some_and(|will| will.due_at <= now)
            && let Some(will) = session.will.take()
        {
            self.publish_will(&will);
        }
    }

    pub(super) fn publish_will(&mut self, will: &PendingWill) {
        let message = will.message.begun_at(self.now);
        self.publish_from(&message.view(), NONE);
    }
}

//! UNSUBSCRIBE. Spec: 3.10.

use super::Broker;
use crate::ReasonCode;
use crate::codec::{Packet, Properties, UnsubAck, Unsubscribe};
use alloc::vec::Vec;

impl Broker {
    /// Removes the subscriptions one by one and answers. What is in flight is finished, what is queued is still sent.
    /// [MQTT-3.10.4-2], [MQTT-3.10.4-3], [MQTT-3.10.4-6]
    pub(super) fn handle_unsubscribe(&mut self, index: u32, unsubscribe: &Unsubscribe<'_>) {
        let Some(this) = self.connections.get(index) else { return };
        let session = this.session;
        let before = self.store.sequence;
        let mut reason_codes = Vec::new();
        for filter in unsubscribe.topic_filters {
            let removed = self.remove_subscription(session, filter);
            let reason_code = if removed { ReasonCode::Success } else { ReasonCode::NoSubscriptionExisted };
            reason_codes.push(reason_code.as_u8());
        }
        let sequence = if self.store.sequence > before { self.store.sequence } else { 0 };
        if let Ok(unsuback) = UnsubAck::new(unsubscribe.packet_identifier, Properties::EMPTY, &reason_codes) {
            self.send_after(index, &Packet::UnsubAck(unsuback), sequence);
        }
    }
}

//! Messages from clients, and the acknowledgements of those to clients. Spec: 3.3 to 3.7, 4.3.

use super::connection::Connection;
use super::delivery::Delivery;
use super::error::{Fault, UsageError};
use super::policy::{ClientInfo, Permission};
use super::routed_message::{MessageView, expires_at};
use super::session::Session;
use super::slab::NONE;
use super::store::StoreRecord;
use super::transmit::{allowed_or, reason_string};
use super::{Broker, limits};
use crate::codec::{Acknowledgement, Packet, PacketIdentifier, PacketType, PropertiesBuf, Publish, QoS};
use crate::session::{
    InboundPublish, InboundRelease, InboundWindow, PubAckResult, PubCompResult, PubRecResult, TopicAliasInbound,
};
use crate::topic::TopicName;
use crate::{Message, ReasonCode, Time};
use alloc::boxed::Box;
use alloc::string::String;

impl Broker {
    /// The embedder publishes a message, retained if it says so. Nobody's permission is asked; `$SYS` topics are allowed.
    pub fn publish(&mut self, message: &Message, now: Time) -> Result<(), UsageError> {
        self.tick(now);
        let topic = message.topic();
        if topic.level_count() > usize::from(self.options.topic_levels_max) {
            return Err(UsageError::MessageInvalid);
        }
        let publish = message.as_publish(None, false);
        let view = self.view(&publish, topic);
        self.publish_from(&view, NONE);
        self.purge_timers();
        Ok(())
    }

    pub(super) fn handle_publish(&mut self, index: u32, publish: &Publish<'_>) -> Result<(), Fault> {
        self.statistics.publish_received += 1;
        self.statistics.publish_bytes_received += publish.payload.len() as u64;
        match publish.properties.topic_alias() {
            None => publish.topic.map_or(Ok(()), |topic| self.handle_named_publish(index, publish, topic)),
            Some(alias) => {
                let mut name = String::new();
                self.resolve_alias(index, alias, publish.topic, &mut name)?;
                let topic = publish.topic.unwrap_or(TopicName::trusted(&name));
                self.handle_named_publish(index, publish, topic)
            }
        }
    }

    pub(super) fn handle_puback(&mut self, index: u32, ack: &Acknowledgement<'_>) -> Result<(), Fault> {
        let Some((session, this)) = self.session_of(index) else { return Ok(()) };
        let Some(flow) = this.flow.as_mut() else { return Ok(()) };
        match flow.window.handle_puback(ack.packet_identifier) {
            PubAckResult::Complete(delivery) => self.settle(session, &delivery),
            PubAckResult::Unknown => {}
            PubAckResult::Violation => return Err(limits::PACKET_ORDER_PUBACK),
        }
        self.pump(session);
        Ok(())
    }

    pub(super) fn handle_pubrec(&mut self, index: u32, ack: &Acknowledgement<'_>) -> Result<(), Fault> {
        let identifier = ack.packet_identifier;
        let Some((session, this)) = self.session_of(index) else { return Ok(()) };
        let result = match this.flow.as_mut() {
            Some(flow) => flow.window.handle_pubrec(identifier, ack.reason_code),
            None => PubRecResult::Unknown,
        };
        let mut reason_code = ReasonCode::Success;
        let mut released = None;
        match result {
            PubRecResult::Release(delivery) => {
                delivery.message = None;
                released = Some(delivery.position);
            }
            PubRecResult::Complete(delivery) => {
                self.settle(session, &delivery);
                self.pump(session);
                return Ok(());
            }
            PubRecResult::Unknown if ack.reason_code.is_error() => return Ok(()),
            PubRecResult::Unknown => reason_code = ReasonCode::PacketIdentifierNotFound,
            PubRecResult::Violation => return Err(limits::PACKET_ORDER_PUBREC),
        }
        if let Some(position) = released {
            self.store_released(session, position);
        }
        let sequence = self.store.sequence;
        self.acknowledge(index, PacketType::PubRel, identifier, reason_code, "", sequence);
        Ok(())
    }

    pub(super) fn handle_pubrel(&mut self, index: u32, ack: &Acknowledgement<'_>) -> Result<(), Fault> {
        let identifier = ack.packet_identifier;
        let Some((session, this)) = self.session_of(index) else { return Ok(()) };
        let release =
            this.inbound.as_mut().map_or(InboundRelease::Unknown, |inbound| inbound.handle_pubrel(identifier));
        let reason_code = match release {
            InboundRelease::Known => {
                self.store_received(session, identifier, false);
                ReasonCode::Success
            }
            InboundRelease::Unknown => ReasonCode::PacketIdentifierNotFound,
            InboundRelease::Violation => return Err(limits::PACKET_ORDER_PUBREL),
        };
        let sequence = self.store.sequence;
        self.acknowledge(index, PacketType::PubComp, identifier, reason_code, "", sequence);
        Ok(())
    }

    pub(super) fn handle_pubcomp(&mut self, index: u32, ack: &Acknowledgement<'_>) -> Result<(), Fault> {
        let Some((session, this)) = self.session_of(index) else { return Ok(()) };
        let Some(flow) = this.flow.as_mut() else { return Ok(()) };
        match flow.window.handle_pubcomp(ack.packet_identifier) {
            PubCompResult::Complete(delivery) => self.settle(session, &delivery),
            PubCompResult::Unknown => {}
            PubCompResult::Violation => return Err(limits::PACKET_ORDER_PUBCOMP),
        }
        self.pump(session);
        Ok(())
    }

    /// Retains the message if it says so and routes it; whether anybody matched.
    pub(super) fn publish_from(&mut self, message: &MessageView<'_>, publisher: u32) -> bool {
        let mut owned = None;
        let is_kept = message.retain && self.options.retain_available && self.retained_has_room(message);
        let stamp = if is_kept { self.retain(message, &mut owned) } else { None };
        self.route(message, &mut owned, publisher, stamp)
    }

    fn handle_named_publish(&mut self, index: u32, publish: &Publish<'_>, topic: TopicName<'_>) -> Result<(), Fault> {
        if publish.qos > self.options.maximum_qos {
            return Err(limits::PUBLISH_QOS);
        }
        let Some(this) = self.connections.get(index) else { return Ok(()) };
        let mut publish = *publish;
        if publish.retain && !self.options.retain_available {
            if this.version.has_properties() {
                return Err(limits::PUBLISH_RETAIN);
            }
            publish.retain = false;
        }
        let session = this.session;
        if let Some(identifier) = publish.packet_identifier
            && !self.begin_inbound(index, session, identifier, publish.qos)?
        {
            return Ok(());
        }
        let before = self.store.sequence;
        let result = self.take_publish(session, &publish, topic);
        let Some(identifier) = publish.packet_identifier else { return Ok(()) };
        if publish.qos == QoS::ExactlyOnce {
            let is_error = result.is_err();
            if let Some(inbound) = self.sessions.get_mut(session).and_then(|session| session.inbound.as_mut()) {
                inbound.acknowledged(identifier, is_error);
            }
            if !is_error {
                self.store_received(session, identifier, true);
            }
        }
        let sequence = if self.store.sequence > before { self.store.sequence } else { 0 };
        let (reason_code, text) = match result {
            Ok(true) => (ReasonCode::Success, ""),
            Ok(false) => (ReasonCode::NoMatchingSubscribers, ""),
            Err((reason_code, text)) => (reason_code, text),
        };
        let packet_type = if publish.qos == QoS::AtLeastOnce { PacketType::PubAck } else { PacketType::PubRec };
        self.acknowledge(index, packet_type, identifier, reason_code, text, sequence);
        Ok(())
    }

    /// Notes a QoS 1 or 2 message; whether it is a new one. A repeated one is answered here.
    fn begin_inbound(
        &mut self,
        index: u32,
        session: u32,
        identifier: PacketIdentifier,
        qos: QoS,
    ) -> Result<bool, Fault> {
        let version = self.connections.get(index).map(|this| this.version).unwrap_or_default();
        let receive_maximum = if version.has_properties() { self.options.receive_maximum } else { u16::MAX };
        let Some(this) = self.sessions.get_mut(session) else { return Ok(false) };
        let publish = if qos == QoS::AtLeastOnce {
            let known = this.inbound.as_mut();
            known.map_or(InboundPublish::New, |inbound| inbound.handle_publish_acknowledged(identifier))
        } else {
            let inbound = this.inbound.get_or_insert_with(|| {
                let mut inbound = InboundWindow::new();
                inbound.begin_connection(receive_maximum);
                Box::new(inbound)
            });
            inbound.handle_publish(identifier, qos)
        };
        match publish {
            InboundPublish::New => Ok(true),
            InboundPublish::Exceeded => Err(limits::RECEIVE_MAXIMUM),
            InboundPublish::Duplicate { answer } => {
                if answer && qos == QoS::ExactlyOnce {
                    let sequence = self.store.sequence;
                    self.acknowledge(index, PacketType::PubRec, identifier, ReasonCode::Success, "", sequence);
                } else {
                    let reason_code = ReasonCode::PacketIdentifierInUse;
                    let packet_type = if qos == QoS::AtLeastOnce { PacketType::PubAck } else { PacketType::PubRec };
                    self.acknowledge(index, packet_type, identifier, reason_code, "", 0);
                }
                Ok(false)
            }
        }
    }

    /// Asks for permission, retains and routes; whether anybody matched, or why it was refused.
    fn take_publish(
        &mut self,
        session: u32,
        publish: &Publish<'_>,
        topic: TopicName<'_>,
    ) -> Result<bool, (ReasonCode, &'static str)> {
        if super::sys::is_reserved(topic) {
            return Err((ReasonCode::NotAuthorized, "clients must not publish below $SYS/"));
        }
        let Some(this) = self.sessions.get(session) else { return Ok(false) };
        let client = this.client_info(&self.connections);
        match self.policy.publish(&client, topic, publish.qos, publish.retain) {
            Permission::Allow => {}
            Permission::Deny(reason_code) => {
                return Err((reason_code, "the client may not publish to this topic"));
            }
        }
        let mut view = self.view(publish, topic);
        if view.retain {
            view.publisher = self.publisher_tag(session);
            if !self.retained_has_room(&view) {
                return Err((ReasonCode::QuotaExceeded, "the server keeps as many retained messages as it may"));
            }
        }
        Ok(self.publish_from(&view, session))
    }

    fn view<'a>(&self, publish: &Publish<'a>, topic: TopicName<'a>) -> MessageView<'a> {
        let mut expires_at = expires_at(publish.properties, self.now);
        if let Some(interval_s) = self.options.message_expiry_interval_s_max {
            expires_at = expires_at.min(self.now.plus_s(interval_s));
        }
        MessageView {
            topic,
            properties: publish.properties,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            expires_at,
            publisher: 0,
        }
    }

    /// Writes the Topic Name that an alias stands for, or remembers it. Spec: 3.3.2.3.4.
    fn resolve_alias(
        &mut self,
        index: u32,
        alias: u16,
        topic: Option<TopicName<'_>>,
        name: &mut String,
    ) -> Result<(), Fault> {
        let maximum = self.options.topic_alias_maximum;
        if alias > maximum {
            return Err(limits::ALIAS_ABOVE_MAXIMUM);
        }
        let Some(this) = self.connections.get_mut(index) else { return Ok(()) };
        let aliases = this.rare_mut().aliases_inbound.get_or_insert_with(|| {
            let mut aliases = TopicAliasInbound::new();
            aliases.begin_connection(maximum);
            aliases
        });
        match topic {
            Some(topic) => {
                if !aliases.assign(alias, topic.as_str()) {
                    return Err(limits::ALIAS_ABOVE_MAXIMUM);
                }
            }
            None => name.push_str(aliases.topic(alias).ok_or(limits::ALIAS_UNKNOWN)?),
        }
        Ok(())
    }

    /// Sends PUBACK, PUBREC, PUBREL or PUBCOMP once the store has completed `sequence`.
    fn acknowledge(
        &mut self,
        index: u32,
        packet_type: PacketType,
        packet_identifier: PacketIdentifier,
        reason_code: ReasonCode,
        text: &str,
        sequence: u64,
    ) {
        let Some(this) = self.connections.get(index) else { return };
        let reason_code = if this.version.has_properties() {
            allowed_or(reason_code, packet_type, ReasonCode::UnspecifiedError)
        } else {
            ReasonCode::Success
        };
        let properties = if this.problem_information { reason_string(text) } else { PropertiesBuf::new() };
        let ack = Acknowledgement { packet_identifier, reason_code, properties: properties.as_properties() };
        let packet = if packet_type == PacketType::PubAck {
            Packet::PubAck(ack)
        } else if packet_type == PacketType::PubRec {
            Packet::PubRec(ack)
        } else if packet_type == PacketType::PubRel {
            Packet::PubRel(ack)
        } else {
            Packet::PubComp(ack)
        };
        self.send_after(index, &packet, sequence);
    }

    /// The Session of an open connection.
    fn session_of(&mut self, index: u32) -> Option<(u32, &mut Session)> {
        let session = self.connections.get(index)?.session;
        Some((session, self.sessions.get_mut(session)?))
    }

    /// A delivery is over: whatever else is kept of it goes.
    pub(super) fn settle(&mut self, session: u32, delivery: &Delivery) {
        self.release_extra(delivery);
        if let Some(client_identifier) = self.stored_client(session) {
            self.store(StoreRecord::Settled { client_identifier, position: delivery.position });
        }
    }
}

impl Session {
    pub(super) fn client_info<'a>(&'a self, connections: &super::Slab<Connection>) -> ClientInfo<'a> {
        let connection = self
            .is_connected()
            .then(|| super::ConnectionId::new(self.connection, connections.generation(self.connection)));
        ClientInfo {
            connection,
            client_identifier: &self.client_identifier,
            user_name: self.user_name.as_deref(),
            protocol_version: self.version,
        }
    }
}

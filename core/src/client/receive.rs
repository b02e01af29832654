//! Bytes from the server.

use super::options::Acknowledgement as Mode;
use super::output::{Event, Received};
use super::store::{Held, StoreRecord};
use super::timer::Timer;
use super::{Client, State};
use crate::codec::{Acknowledgement, Packet, PacketIdentifier, Publish, QoS};
use crate::session::{InboundPublish, InboundRelease};
use crate::{Message, ReasonCode, Time};
use alloc::sync::Arc;

impl Client {
    /// Bytes came from the server, in whatever pieces. Without a connection they are ignored.
    pub fn handle_input(&mut self, bytes: &[u8], now: Time) {
        self.advance(now);
        if !self.is_open() {
            return;
        }
        self.statistics.bytes_received += bytes.len() as u64;
        self.keep_alive.received(self.now);
        let Some(mut decoder) = self.decoder.take() else { return };
        let mut input = bytes;
        while self.is_open() {
            match decoder.next(&mut input) {
                Ok(Some(packet)) => {
                    self.statistics.packets_received += 1;
                    self.handle_packet(&packet);
                }
                Ok(None) => break,
                Err(error) => self.violation(error.reason_code(), error.statement()),
            }
        }
        if self.is_open() {
            self.decoder = Some(decoder);
            self.pump();
        }
    }

    const fn is_open(&self) -> bool {
        matches!(self.state, State::Handshake | State::Connected)
    }

    fn handle_packet(&mut self, packet: &Packet<'_>) {
        if self.state == State::Handshake
            && !matches!(packet, Packet::ConnAck(_) | Packet::Auth(_) | Packet::Disconnect(_))
        {
            return self.violation(ReasonCode::ProtocolError, "MQTT-3.2.0-1");
        }
        match packet {
            Packet::ConnAck(connack) => self.handle_connack(connack),
            Packet::Publish(publish) => self.handle_publish(publish),
            Packet::PubAck(ack) => self.handle_puback(ack),
            Packet::PubRec(ack) => self.handle_pubrec(ack),
            Packet::PubRel(ack) => self.handle_pubrel(ack),
            Packet::PubComp(ack) => self.handle_pubcomp(ack),
            Packet::SubAck(suback) => self.handle_suback(suback),
            Packet::UnsubAck(unsuback) => self.handle_unsuback(unsuback),
            Packet::PingResp => self.timers.clear(Timer::PingResponse),
            Packet::Disconnect(disconnect) => self.handle_disconnect(disconnect),
            Packet::Auth(auth) => self.handle_auth(auth),
            // The decoder, which knows that a server speaks, has refused these.
            Packet::Connect(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_) | Packet::PingReq => {
                self.violation(ReasonCode::ProtocolError, "4.13");
            }
        }
    }

    fn handle_publish(&mut self, publish: &Publish<'_>) {
        let Some(topic) = self.resolve_topic(publish) else { return };
        let identifier = match (publish.qos, publish.packet_identifier) {
            (QoS::AtLeastOnce | QoS::ExactlyOnce, Some(identifier)) => identifier,
            (QoS::AtMostOnce | QoS::AtLeastOnce | QoS::ExactlyOnce, _) => return self.deliver(publish, topic, None),
        };
        let is_manual = self.options.acknowledgement == Mode::Manual;
        let result = if publish.qos == QoS::AtLeastOnce && !is_manual {
            self.inbound.handle_publish_acknowledged(identifier)
        } else {
            self.inbound.handle_publish(identifier, publish.qos)
        };
        match result {
            InboundPublish::New if is_manual => self.deliver(publish, topic, Some(identifier)),
            InboundPublish::New => {
                self.deliver(publish, topic, None);
                if publish.qos == QoS::AtLeastOnce {
                    self.send_puback(identifier, ReasonCode::Success);
                } else {
                    self.acknowledge_received(identifier, ReasonCode::Success);
                }
            }
            InboundPublish::Duplicate { answer: true } => match self.store.incomplete() {
                Some(sequence) => self.store.hold(sequence, Held::PubRec(identifier)),
                None => self.send_pubrec(identifier, ReasonCode::Success),
            },
            InboundPublish::Duplicate { answer: false } => {}
            InboundPublish::Exceeded => self.violation(ReasonCode::ReceiveMaximumExceeded, "MQTT-3.3.4-9"),
        }
    }

    /// The Topic Name, shared where it was seen before; `None` after a violation.
    fn resolve_topic(&mut self, publish: &Publish<'_>) -> Option<Arc<str>> {
        let topic = publish.topic.map(|topic| {
            if *self.last_topic != *topic.as_str() {
                self.last_topic = topic.as_str().into();
            }
            Arc::clone(&self.last_topic)
        });
        let Some(alias) = publish.properties.topic_alias() else { return topic };
        match topic {
            Some(topic) => {
                if self.aliases_inbound.assign(alias, &topic) {
                    return Some(topic);
                }
                self.violation(ReasonCode::TopicAliasInvalid, "MQTT-3.3.2-11");
            }
            None => match self.aliases_inbound.topic(alias) {
                Some(topic) => return Some(Arc::clone(topic)),
                None if alias > self.options.topic_alias_maximum => {
                    self.violation(ReasonCode::TopicAliasInvalid, "MQTT-3.3.2-11");
                }
                None => self.violation(ReasonCode::ProtocolError, "3.3.2.3.4"),
            },
        }
        None
    }

    /// Gives a message to its request or to the application. `acknowledge`: the application acknowledges it.
    fn deliver(&mut self, publish: &Publish<'_>, topic: Arc<str>, acknowledge: Option<PacketIdentifier>) {
        let message = Message::from_publish_with_shared_topic(publish, topic);
        self.statistics.messages_received += 1;
        let message = match self.take_response(message) {
            Ok(()) => {
                if let Some(identifier) = acknowledge {
                    // It goes to a token and not to the application, so nobody else would acknowledge it.
                    let handle = self.acknowledgements.push(identifier, publish.qos);
                    self.acknowledge(handle, ReasonCode::Success, self.now).ok();
                }
                return;
            }
            Err(message) => message,
        };
        let acknowledgement = acknowledge.map(|identifier| self.acknowledgements.push(identifier, publish.qos));
        let handlers = self.dispatch.handlers(message.topic());
        let packet_identifier = publish.packet_identifier;
        self.event(Event::Message(Received { message, packet_identifier, acknowledgement, handlers }));
    }

    fn handle_pubrel(&mut self, ack: &Acknowledgement<'_>) {
        let identifier = ack.packet_identifier;
        match self.inbound.handle_pubrel(identifier) {
            InboundRelease::Known if self.options.store => {
                let sequence = self.store_next(StoreRecord::Completed { packet_identifier: identifier });
                self.store.hold(sequence, Held::PubComp(identifier));
            }
            InboundRelease::Known => self.send_pubcomp(identifier, ReasonCode::Success),
            InboundRelease::Unknown => self.send_pubcomp(identifier, ReasonCode::PacketIdentifierNotFound),
            InboundRelease::Violation => self.violation(ReasonCode::ProtocolError, "4.3.3"),
        }
    }
}

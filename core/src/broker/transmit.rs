//! The way out: every Control Packet passes here, where Maximum Packet Size, the order after the store and the counters
//! live.

use super::Broker;
use super::connection::{Connection, State};
use super::error::Fault;
use super::output::DisconnectCause;
use crate::ReasonCode;
use crate::codec::{
    ConnAck, DecodeError, Disconnect, Packet, PacketType, PropertiesBuf, Property, ProtocolVersion, Side,
};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt::Display;

impl Broker {
    /// Sends a packet that depends on nothing.
    pub(super) fn send_now(&mut self, index: u32, packet: &Packet<'_>) {
        self.send(index, packet, None);
    }

    /// Sends a packet when the store has completed `sequence`, and not before what was sent this way earlier.
    pub(super) fn send_after(&mut self, index: u32, packet: &Packet<'_>, sequence: u64) {
        self.send(index, packet, Some(sequence));
    }

    fn send(&mut self, index: u32, packet: &Packet<'_>, after: Option<u64>) {
        let Some(this) = self.connections.get_mut(index) else { return };
        if this.state == State::Closing {
            return;
        }
        let durable = self.store.durable;
        let mut bytes = core::mem::take(&mut self.scratch);
        bytes.clear();
        let written = encode_within(packet, this.version, this.packet_size_bytes_max, &mut bytes);
        if written {
            self.statistics.packets_sent += 1;
            match this.hold_until(after, durable) {
                None => {
                    if this.outgoing.is_empty()
                        && let Some(spare) = self.spare_buffers.pop()
                    {
                        this.outgoing.reuse(spare);
                    }
                    this.outgoing.push(&bytes);
                    this.answers_bytes =
                        this.answers_bytes.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
                    self.mark_dirty(index);
                }
                Some(sequence) => this.rare_mut().held_output.push(sequence, &bytes),
            }
            if let Some(sequence) = after
                && sequence > durable
            {
                self.store.note_waiting(sequence, self.connections.generation(index), index);
            }
        }
        self.scratch = bytes;
    }

    /// Puts a connection on the list of those with something to send or to close.
    pub(super) fn mark_dirty(&mut self, index: u32) {
        let Some(this) = self.connections.get_mut(index) else { return };
        if !this.is_dirty && (!this.is_transmitting || this.state == State::Closing) {
            this.is_dirty = true;
            self.dirty.push_back(index);
        }
    }

    /// Keeps the memory of an empty buffer for another one.
    pub(super) fn recycle(&mut self, spare: Vec<u8>) {
        if self.spare_buffers.len() < SPARE_BUFFERS_MAX && spare.capacity() <= SPARE_BUFFER_BYTES_MAX {
            self.spare_buffers.push(spare);
        }
    }

    /// Ends a connection for a fault: the peer is told where its version has a packet for that, and its Will Message is
    /// published.
    pub(super) fn fail(&mut self, index: u32, fault: Fault) {
        self.fail_with(index, fault, &fault);
    }

    /// As [`Self::fail`], for bytes that cannot be decoded.
    pub(super) fn fail_decoding(&mut self, index: u32, error: DecodeError) {
        if let Some(this) = self.connections.get_mut(index)
            && this.state == State::AwaitingConnect
        {
            if error.packet_type() != Some(PacketType::Connect) {
                return self.fail(index, super::limits::NOT_CONNECT);
            }
            this.version = error.protocol_version();
            let fault = Fault::new(error.reason_code(), error.statement(), "");
            let answers = this.version.has_properties()
                || matches!(
                    error.reason_code(),
                    ReasonCode::UnsupportedProtocolVersion | ReasonCode::ClientIdentifierNotValid
                );
            if answers {
                self.refuse(index, fault, Some(&error.to_string()), None);
            } else {
                self.end_connection(index, DisconnectCause::Broker(fault), false);
            }
            return;
        }
        self.fail_with(index, Fault::new(error.reason_code(), error.statement(), ""), &error);
    }

    fn fail_with(&mut self, index: u32, fault: Fault, text: &dyn Display) {
        let Some(this) = self.connections.get(index) else { return };
        match this.state {
            State::Closing => return,
            // Nothing but CONNACK may be said, and that only to who said CONNECT. [MQTT-3.14.0-1]
            State::AwaitingConnect => {}
            State::AwaitingAnswer | State::AwaitingAuth => {
                return self.refuse(index, fault, Some(&text.to_string()), None);
            }
            State::Open => {
                if this.version.has_properties() {
                    let reason_code =
                        allowed_or(fault.reason_code, PacketType::Disconnect, ReasonCode::UnspecifiedError);
                    let properties = reason_string(&text.to_string());
                    let disconnect = Disconnect { reason_code, properties: properties.as_properties() };
                    self.send_now(index, &Packet::Disconnect(disconnect));
                }
            }
        }
        self.end_connection(index, DisconnectCause::Broker(fault), true);
    }

    /// Answers a CONNECT with an error and closes. Spec: 3.2.2.2 [MQTT-3.2.2-7].
    pub(super) fn refuse(&mut self, index: u32, fault: Fault, text: Option<&str>, server_reference: Option<&str>) {
        let mut properties = PropertiesBuf::new();
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            // A text that cannot be a property (too long, U+0000) is left out.
            let _ = properties.push(Property::ReasonString(text));
        }
        if let Some(reference) = server_reference {
            let _ = properties.push(Property::ServerReference(reference));
        }
        let shuts_down = fault.reason_code == ReasonCode::ServerShuttingDown;
        let otherwise = if shuts_down { ReasonCode::ServerUnavailable } else { ReasonCode::UnspecifiedError };
        let reason_code = allowed_or(fault.reason_code, PacketType::ConnAck, otherwise);
        let properties = properties.as_properties();
        self.send_now(index, &Packet::ConnAck(ConnAck { session_present: false, reason_code, properties }));
        self.end_connection(index, DisconnectCause::Broker(fault), false);
    }
}

impl Connection {
    /// Whether a packet has to wait, and for what: for the store, or for what waits already.
    pub(super) fn hold_until(&mut self, after: Option<u64>, durable: u64) -> Option<u64> {
        let held = self.held_output();
        match (after, held) {
            (None, Some(held)) if held.blocks_everything => Some(held.last_sequence()),
            (None, _) => None,
            (Some(sequence), Some(held)) => Some(held.last_sequence().max(sequence)),
            (Some(sequence), None) => (sequence > durable).then_some(sequence),
        }
    }
}

/// Appends the packet; where it would be larger than the client accepts, without Reason String and User Properties; where
/// even that is too large, not at all. [MQTT-3.1.2-24], [MQTT-3.2.2-19], [MQTT-3.14.2-3] and their like.
fn encode_within(packet: &Packet<'_>, version: ProtocolVersion, bytes_max: u32, out: &mut Vec<u8>) -> bool {
    if packet.encode(version, out).is_err() {
        return false;
    }
    if out.len() <= bytes_max as usize {
        return true;
    }
    out.clear();
    let mut kept = PropertiesBuf::new();
    let Some(bare) = without_diagnosis(packet, &mut kept) else { return false };
    bare.encode(version, out).is_ok() && out.len() <= bytes_max as usize
}

/// The packet without Reason String and User Properties; `None` for one that has none.
fn without_diagnosis<'a>(packet: &Packet<'a>, kept: &'a mut PropertiesBuf) -> Option<Packet<'a>> {
    let mut packet = *packet;
    let properties = match &mut packet {
        Packet::ConnAck(packet) => &mut packet.properties,
        Packet::PubAck(packet) | Packet::PubRec(packet) | Packet::PubRel(packet) | Packet::PubComp(packet) => {
            &mut packet.properties
        }
        Packet::SubAck(packet) => &mut packet.properties,
        Packet::UnsubAck(packet) => &mut packet.properties,
        Packet::Disconnect(packet) => &mut packet.properties,
        Packet::Auth(packet) => &mut packet.properties,
        Packet::Connect(_)
        | Packet::Publish(_)
        | Packet::Subscribe(_)
        | Packet::Unsubscribe(_)
        | Packet::PingReq
        | Packet::PingResp => return None,
    };
    for property in *properties {
        if !matches!(property, Property::ReasonString(_) | Property::UserProperty(_)) {
            kept.push(property).ok()?;
        }
    }
    *properties = kept.as_properties();
    Some(packet)
}

/// A Reason String as the only property; none where the text cannot be one.
pub(super) fn reason_string(text: &str) -> PropertiesBuf {
    let mut properties = PropertiesBuf::new();
    if !text.is_empty() {
        let _ = properties.push(Property::ReasonString(text));
    }
    properties
}

/// The Reason Code where the packet may carry it, else the other one.
pub(super) fn allowed_or(reason_code: ReasonCode, packet_type: PacketType, otherwise: ReasonCode) -> ReasonCode {
    if reason_code.is_allowed_in(packet_type, Some(Side::Server)) { reason_code } else { otherwise }
}

const SPARE_BUFFERS_MAX: usize = 64;
const SPARE_BUFFER_BYTES_MAX: usize = 256 * 1024;

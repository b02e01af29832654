//! A PUBLISH in the wire layouts that its receivers need, each encoded once.

use super::connection::Connection;
use super::delivery::Marks;
use super::routed_message::MessageView;
use crate::Time;
use crate::codec::{PacketIdentifier, PropertyRewrite, ProtocolVersion, Publish, QoS};
use crate::session::AliasUse;
use alloc::vec::Vec;
use bytes::Bytes;

/// The encoded forms of one message. Kept between messages for its memory only.
#[derive(Debug, Default)]
pub(super) struct Fanout {
    bytes: Vec<u8>,
    layouts: Vec<Layout>,
}

/// One form: which it is and where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    key: u64,
    start: usize,
    len: usize,
    /// Where the Packet Identifier stands, from `start`.
    packet_identifier_at: Option<usize>,
    /// With a payload that is shared and not among the bytes.
    total_len: usize,
}

/// What distinguishes one delivery of a message from another.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeliveryForm<'a> {
    pub(super) version: ProtocolVersion,
    pub(super) marks: Marks,
    /// The Subscription Identifiers that `marks` stands for.
    pub(super) identifiers: &'a [u32],
    /// The payload is appended by reference.
    pub(super) payload_is_shared: bool,
}

impl Fanout {
    /// Begins with another message.
    pub(super) fn begin(&mut self) {
        self.bytes.clear();
        self.layouts.clear();
        if self.bytes.capacity() > KEPT_BYTES_MAX {
            self.bytes = Vec::new();
        }
    }

    /// The form for this delivery. `None`: the packet would be larger than a packet can be.
    pub(super) fn layout(&mut self, message: &MessageView<'_>, form: &DeliveryForm<'_>, now: Time) -> Option<Layout> {
        let key = form.key();
        if let Some(known) = key.and_then(|key| self.layouts.iter().rev().take(8).find(|layout| layout.key == key)) {
            return Some(*known);
        }
        let start = self.bytes.len();
        let publish = message.publish(form.marks);
        let head = publish.encode_head(form.version, &message.rewrite(form.identifiers, now), &mut self.bytes).ok()?;
        let total_len = head.len + message.payload.len();
        if !form.payload_is_shared {
            self.bytes.extend_from_slice(message.payload);
        }
        let len = self.bytes.len() - start;
        let packet_identifier_at = head.packet_identifier_at;
        let layout = Layout { key: key.unwrap_or(u64::MAX), start, len, packet_identifier_at, total_len };
        self.layouts.push(layout);
        Some(layout)
    }

    /// Appends a form to `out` with its Packet Identifier and DUP flag.
    pub(super) fn append(&self, layout: &Layout, identifier: Option<PacketIdentifier>, dup: bool, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(self.bytes.get(layout.start..layout.start + layout.len).unwrap_or_default());
        if let (Some(offset), Some(identifier)) = (layout.packet_identifier_at, identifier) {
            let place = at + offset..at + offset + 2;
            if let Some(place) = out.get_mut(place) {
                place.copy_from_slice(&identifier.as_u16().to_be_bytes());
            }
            if dup && let Some(first) = out.get_mut(at) {
                *first |= DUP;
            }
        }
    }
}

impl Layout {
    /// The size of the whole packet.
    pub(super) const fn total_len(&self) -> usize {
        self.total_len
    }
}

impl DeliveryForm<'_> {
    /// `None`: not worth looking for.
    fn key(&self) -> Option<u64> {
        let marks = if self.version.has_properties() {
            self.marks
        } else {
            Marks::new(self.marks.qos(), self.marks.retain(), 0)
        };
        if self.version.has_properties() && marks.extra().is_some() {
            return None;
        }
        Some(u64::from(marks.as_u32()) | u64::from(self.version.has_properties()) << 32)
    }
}

impl MessageView<'_> {
    fn publish(&self, marks: Marks) -> Publish<'_> {
        Publish {
            dup: false,
            qos: marks.qos(),
            retain: marks.retain(),
            topic: Some(self.topic),
            packet_identifier: (marks.qos() != QoS::AtMostOnce).then_some(PacketIdentifier::MIN),
            properties: self.properties,
            payload: self.payload,
        }
    }

    fn rewrite<'a>(&self, identifiers: &'a [u32], now: Time) -> PropertyRewrite<'a> {
        PropertyRewrite {
            // What was sent before it expired and is sent again still has the shortest life there is.
            message_expiry_interval_s: self.expiry_s(now).map(|left| left.max(1)),
            topic_alias: None,
            subscription_identifiers: identifiers,
        }
    }

    /// Encodes a delivery of which the Topic Name may be replaced by an alias of this connection.
    pub(super) fn encode_with_alias(
        &self,
        connection: &mut Connection,
        form: &DeliveryForm<'_>,
        identifier: Option<PacketIdentifier>,
        dup: bool,
        now: Time,
        out: &mut Vec<u8>,
    ) {
        let aliases = &mut connection.rare_mut().aliases_outbound;
        let mut publish = Publish { dup, packet_identifier: identifier, ..self.publish(form.marks) };
        let mut rewrite = self.rewrite(form.identifiers, now);
        match aliases.assign(self.topic.as_str()) {
            AliasUse::None => {}
            AliasUse::Assign(alias) => rewrite.topic_alias = Some(alias),
            AliasUse::Known(alias) => {
                rewrite.topic_alias = Some(alias);
                publish.topic = None;
            }
        }
        let encoded = publish.encode_head(form.version, &rewrite, out);
        if encoded.is_ok() && !form.payload_is_shared {
            out.extend_from_slice(self.payload);
        }
    }
}

/// A payload that is appended by reference, if there is one.
pub(super) type SharedPayload<'a> = Option<&'a Bytes>;

const DUP: u8 = 0b1000;
/// An alias property: what it adds to a packet.
pub(super) const ALIAS_SIZE_BYTES: usize = 3;
/// More than this is given back after the message that needed it.
const KEPT_BYTES_MAX: usize = 256 * 1024;

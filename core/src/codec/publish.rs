//! PUBLISH: an Application Message on its way. Spec: 3.3.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{Reader, VARIABLE_BYTE_INTEGER_MAX, variable_byte_integer_len, write_variable_byte_integer};
use super::{
    DecodeOptions, PacketIdentifier, PacketType, Properties, Property, PropertyIdentifier, PropertyOwner,
    ProtocolVersion, QoS, Side, fixed_header,
};
use crate::topic::TopicName;
use alloc::vec::Vec;

/// PUBLISH. Spec: 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Perhaps a repetition of an earlier attempt. Spec: 3.3.1.1.
    pub dup: bool,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// To the server: keep it. From the server: it was kept. Spec: 3.3.1.3.
    pub retain: bool,
    /// `None`: of zero length, the Topic Alias stands for it. Spec: 3.3.2.1, 3.3.2.3.4.
    pub topic: Option<TopicName<'a>>,
    /// Present exactly when the QoS is above 0.
    pub packet_identifier: Option<PacketIdentifier>,
    /// The PUBLISH properties.
    pub properties: Properties<'a>,
    /// The Application Message.
    pub payload: &'a [u8],
}

/// What changes in the properties when a message is forwarded to a subscriber.
///
/// A Topic Alias and the Subscription Identifiers of the message as it came are always left out: they belong to the
/// connection on which it came. Spec: 3.3.2.3.4, 3.3.2.3.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PropertyRewrite<'a> {
    /// Replaces the Message Expiry Interval, in seconds; `None` leaves it as it is. Spec: 3.3.2.3.3 [MQTT-3.3.2-6].
    pub message_expiry_interval_s: Option<u32>,
    /// The Topic Alias on the subscriber's connection, from 1.
    pub topic_alias: Option<u16>,
    /// One for each subscription that matched and has one. Spec: 3.3.2.3.8 [MQTT-3.3.4-4].
    pub subscription_identifiers: &'a [u32],
}

/// Where things are in an encoded PUBLISH without its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishHead {
    /// How many bytes were written.
    pub len: usize,
    /// How many of them stand before the two bytes of the Packet Identifier; `None` for QoS 0. A copy of the head for
    /// another subscriber needs a change there only.
    pub packet_identifier_at: Option<usize>,
}

impl<'a> Publish<'a> {
    /// A message at QoS 0 without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: Some(topic),
            packet_identifier: None,
            properties: Properties::EMPTY,
            payload,
        }
    }

    #[inline]
    pub(super) fn decode(flags: u8, body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let qos = QoS::from_u8((flags >> 1) & 0b11).ok_or(DecodeFault::QoS3)?;
        let dup = flags & DUP != 0;
        if dup && qos == QoS::AtMostOnce {
            return Err(DecodeFault::DupWithQoS0);
        }
        let mut reader = Reader::new(body);
        let topic = reader.topic_name(options)?;
        let packet_identifier = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Some(reader.packet_identifier()?),
        };
        let properties = if options.version.has_properties() {
            let properties = Properties::read(&mut reader, OWNER, options.properties_max)?;
            if options.sender == Some(Side::Client) && properties.contains(PropertyIdentifier::SubscriptionIdentifier) {
                return Err(DecodeFault::SubscriptionIdentifierFromClient);
            }
            properties
        } else {
            Properties::EMPTY
        };
        if topic.is_none() && !properties.contains(PropertyIdentifier::TopicAlias) {
            return Err(DecodeFault::TopicMissing);
        }
        let retain = flags & RETAIN != 0;
        Ok(Self { dup, qos, retain, topic, packet_identifier, properties, payload: reader.rest() })
    }

    /// Checks everything and gives the Remaining Length.
    #[inline]
    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        let properties_len = if version.has_properties() {
            self.properties.check_owner(OWNER)?;
            self.properties.counted_len()
        } else {
            0
        };
        self.remaining_len(version, properties_len, self.properties.contains(PropertyIdentifier::TopicAlias))
    }

    #[inline]
    fn remaining_len(
        &self,
        version: ProtocolVersion,
        properties_len: usize,
        has_alias: bool,
    ) -> Result<usize, EncodeError> {
        match (self.qos, self.packet_identifier) {
            (QoS::AtMostOnce, None) if !self.dup => {}
            (QoS::AtMostOnce, None) => return Err(EncodeError::DupWithQoS0),
            (QoS::AtMostOnce, Some(_)) => return Err(EncodeError::PacketIdentifierWithQoS0),
            (QoS::AtLeastOnce | QoS::ExactlyOnce, Some(_)) => {}
            (QoS::AtLeastOnce | QoS::ExactlyOnce, None) => return Err(EncodeError::PacketIdentifierMissing),
        }
        if self.topic.is_none() && !(version.has_properties() && has_alias) {
            return Err(EncodeError::TopicMissing);
        }
        let identifier_len = if self.packet_identifier.is_some() { 2 } else { 0 };
        let head_len = 2 + self.topic_bytes().len() + identifier_len + properties_len;
        fixed_header::check_remaining_len(head_len.saturating_add(self.payload.len()))
    }

    /// Appends the packet; see [`Packet::encode`](super::Packet::encode).
    #[inline]
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<usize, EncodeError> {
        let remaining_len = self.body_len(version)?;
        let len = fixed_header::len(remaining_len) + remaining_len;
        out.reserve(len);
        self.write(version, remaining_len, out);
        Ok(len)
    }

    #[inline]
    fn write(&self, version: ProtocolVersion, remaining_len: usize, out: &mut Vec<u8>) {
        self.write_start(remaining_len, out);
        if version.has_properties() {
            self.properties.write(out);
        }
        out.extend_from_slice(self.payload);
    }

    /// Appends everything but the payload, whose length is counted; returns where the Packet Identifier stands.
    ///
    /// The payload's bytes then follow from a buffer that many subscribers may share. Of `rewrite` nothing is used in
    /// 3.1 and 3.1.1, where the properties are left out.
    pub fn encode_head(
        &self,
        version: ProtocolVersion,
        rewrite: &PropertyRewrite<'_>,
        out: &mut Vec<u8>,
    ) -> Result<PublishHead, EncodeError> {
        if version.has_properties() {
            self.properties.check_owner(OWNER)?;
            rewrite.check()?;
        }
        let properties_len = rewrite.properties_len(self.properties);
        let remaining_len = self.rewritten_remaining_len(version, rewrite, properties_len)?;
        let start = out.len();
        out.reserve(fixed_header::len(remaining_len) + remaining_len - self.payload.len());
        self.write_start(remaining_len, out);
        let packet_identifier_at = self.packet_identifier.map(|_| out.len().saturating_sub(start + 2));
        if version.has_properties() {
            write_variable_byte_integer(out, properties_len);
            rewrite.write(self.properties, out);
        }
        Ok(PublishHead { len: out.len() - start, packet_identifier_at })
    }

    /// What [`encode_head`](Self::encode_head) and the payload take together.
    pub fn rewritten_len(&self, version: ProtocolVersion, rewrite: &PropertyRewrite<'_>) -> Result<usize, EncodeError> {
        let properties_len = rewrite.properties_len(self.properties);
        self.rewritten_remaining_len(version, rewrite, properties_len).map(|len| fixed_header::len(len) + len)
    }

    fn rewritten_remaining_len(
        &self,
        version: ProtocolVersion,
        rewrite: &PropertyRewrite<'_>,
        properties_len: usize,
    ) -> Result<usize, EncodeError> {
        if version.has_properties() {
            let counted_len = variable_byte_integer_len(properties_len) + properties_len;
            self.remaining_len(version, counted_len, rewrite.topic_alias.is_some())
        } else {
            self.remaining_len(version, 0, false)
        }
    }

    /// Fixed header, Topic Name and Packet Identifier.
    #[inline]
    fn write_start(&self, remaining_len: usize, out: &mut Vec<u8>) {
        let mut first = (PacketType::Publish as u8) << 4 | self.qos.as_u8() << 1;
        if self.dup {
            first |= DUP;
        }
        if self.retain {
            first |= RETAIN;
        }
        let topic = self.topic_bytes();
        let [.., high, low] = topic.len().to_be_bytes();
        if let Some(remaining_len) = u8::try_from(remaining_len).ok().filter(u8::is_ascii) {
            out.extend_from_slice(&[first, remaining_len, high, low]);
        } else {
            out.push(first);
            write_variable_byte_integer(out, remaining_len);
            out.extend_from_slice(&[high, low]);
        }
        out.extend_from_slice(topic);
        if let Some(packet_identifier) = self.packet_identifier {
            out.extend_from_slice(&packet_identifier.as_u16().to_be_bytes());
        }
    }

    #[inline]
    const fn topic_bytes(&self) -> &'a [u8] {
        match self.topic {
            Some(topic) => topic.as_str().as_bytes(),
            None => &[],
        }
    }
}

impl PropertyRewrite<'_> {
    fn check(&self) -> Result<(), EncodeError> {
        if self.topic_alias == Some(0) {
            return Err(EncodeError::PropertyValue(PropertyIdentifier::TopicAlias));
        }
        let values = 1..=VARIABLE_BYTE_INTEGER_MAX as u64;
        if self.subscription_identifiers.iter().all(|identifier| values.contains(&u64::from(*identifier))) {
            Ok(())
        } else {
            Err(EncodeError::PropertyValue(PropertyIdentifier::SubscriptionIdentifier))
        }
    }

    fn leaves_out(&self, identifier: PropertyIdentifier) -> bool {
        matches!(identifier, PropertyIdentifier::TopicAlias | PropertyIdentifier::SubscriptionIdentifier)
            || (identifier == PropertyIdentifier::MessageExpiryInterval && self.message_expiry_interval_s.is_some())
    }

    fn leaves_something_out(&self, properties: Properties<'_>) -> bool {
        properties.contains(PropertyIdentifier::TopicAlias)
            || properties.contains(PropertyIdentifier::SubscriptionIdentifier)
            || (self.message_expiry_interval_s.is_some()
                && properties.contains(PropertyIdentifier::MessageExpiryInterval))
    }

    /// Without the Property Length.
    fn properties_len(&self, properties: Properties<'_>) -> usize {
        let mut left_out = 0;
        if properties.contains(PropertyIdentifier::TopicAlias) {
            left_out += Property::TopicAlias(1).wire_len();
        }
        if self.message_expiry_interval_s.is_some() && properties.contains(PropertyIdentifier::MessageExpiryInterval) {
            left_out += Property::MessageExpiryInterval(0).wire_len();
        }
        for identifier in properties.subscription_identifiers() {
            left_out += Property::SubscriptionIdentifier(identifier).wire_len();
        }
        properties.wire_len() - left_out + self.added().map(Property::wire_len).sum::<usize>()
    }

    /// Without the Property Length.
    fn write(&self, properties: Properties<'_>, out: &mut Vec<u8>) {
        if self.leaves_something_out(properties) {
            for (_, wire) in properties.segments().filter(|(identifier, _)| !self.leaves_out(*identifier)) {
                out.extend_from_slice(wire);
            }
        } else {
            out.extend_from_slice(properties.as_wire());
        }
        self.added().for_each(|property| property.write(out));
    }

    fn added(&self) -> impl Iterator<Item = Property<'static>> {
        let expiry = self.message_expiry_interval_s.map(Property::MessageExpiryInterval);
        let alias = self.topic_alias.map(Property::TopicAlias);
        let identifiers = self.subscription_identifiers.iter().copied().map(Property::SubscriptionIdentifier);
        expiry.into_iter().chain(alias).chain(identifiers)
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Publish);

/// Bits of the first byte. Spec: 3.3.1.
const DUP: u8 = 0b1000;
const RETAIN: u8 = 0b0001;

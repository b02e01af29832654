//! SUBSCRIBE: a client asks for subscriptions. Spec: 3.8.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{Reader, write_binary};
use super::{DecodeOptions, PacketIdentifier, PacketType, Properties, PropertyOwner, ProtocolVersion, QoS};
use crate::topic::TopicFilter;
use alloc::vec::Vec;
use core::fmt;

/// SUBSCRIBE. Spec: 3.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Ties the SUBACK to this.
    pub packet_identifier: PacketIdentifier,
    /// Subscription Identifier and User Properties.
    pub properties: Properties<'a>,
    /// At least one Topic Filter with its options.
    pub subscriptions: Subscriptions<'a>,
}

/// The Topic Filters and options of a SUBSCRIBE, checked, in their wire form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Subscriptions<'a> {
    wire: &'a [u8],
}

/// Builds the list of a SUBSCRIBE.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SubscriptionsBuf {
    wire: Vec<u8>,
}

/// What a client asks of a subscription. Spec: 3.8.3.1. In 3.1 and 3.1.1 only the QoS is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubscriptionOptions {
    /// The highest QoS at which messages are delivered.
    pub qos: QoS,
    /// Do not send me what I published.
    pub no_local: bool,
    /// Keep the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// Which Retained Messages are sent now.
    pub retain_handling: RetainHandling,
}

/// Which Retained Messages a SUBSCRIBE brings. Spec: 3.8.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// All that match.
    #[default]
    Send = 0,
    /// All that match if the subscription did not exist.
    SendIfNew = 1,
    /// None.
    DoNotSend = 2,
}

impl<'a> Subscribe<'a> {
    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(body);
        let packet_identifier = reader.packet_identifier()?;
        let properties = if options.version.has_properties() {
            Properties::read(&mut reader, OWNER, options.properties_max)?
        } else {
            Properties::EMPTY
        };
        let subscriptions = Subscriptions::check(reader.rest(), options)?;
        Ok(Self { packet_identifier, properties, subscriptions })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if self.subscriptions.wire.is_empty() {
            return Err(EncodeError::ListEmpty);
        }
        if !version.has_properties() {
            return Ok(2 + self.subscriptions.wire.len());
        }
        self.properties.check_owner(OWNER)?;
        Ok(2 + self.properties.counted_len() + self.subscriptions.wire.len())
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_identifier.as_u16().to_be_bytes());
        if version.has_properties() {
            self.properties.write(out);
            out.extend_from_slice(self.subscriptions.wire);
            return;
        }
        for (topic_filter, options) in self.subscriptions {
            write_binary(out, topic_filter.as_str().as_bytes());
            out.push(options.qos.as_u8());
        }
    }
}

impl<'a> Subscriptions<'a> {
    /// Checks the wire form of at least one Topic Filter with its options, by the rules of `version`.
    pub fn from_wire(wire: &'a [u8], version: ProtocolVersion) -> Result<Self, DecodeFault> {
        Self::check(wire, &DecodeOptions { version, ..DecodeOptions::default() })
    }

    /// The first entry of a wire form, and the bytes that follow it. `None`: there are no bytes, or they begin with
    /// something else.
    pub fn split_first(wire: &'a [u8]) -> Option<((TopicFilter<'a>, SubscriptionOptions), &'a [u8])> {
        let mut entries = Self { wire }.iter();
        Some((entries.next()?, entries.reader.rest()))
    }

    fn check(wire: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        if wire.is_empty() {
            return Err(DecodeFault::ListEmpty);
        }
        let mut reader = Reader::new(wire);
        while !reader.is_empty() {
            let topic_filter = reader.topic_filter(options)?;
            let subscription = SubscriptionOptions::decode(reader.u8()?, options.version)?;
            if subscription.no_local && topic_filter.share_name().is_some() {
                return Err(DecodeFault::NoLocalShared);
            }
        }
        Ok(Self { wire })
    }

    /// The Topic Filters and their options, in their order.
    ///
    /// In 3.1 and 3.1.1 `$share/` is not reserved: what begins so and is not a valid shared filter comes as a plain one.
    pub fn iter(self) -> SubscriptionsIter<'a> {
        SubscriptionsIter { reader: Reader::new(self.wire) }
    }

    /// Their wire form.
    pub const fn as_wire(self) -> &'a [u8] {
        self.wire
    }
}

impl<'a> IntoIterator for Subscriptions<'a> {
    type Item = (TopicFilter<'a>, SubscriptionOptions);
    type IntoIter = SubscriptionsIter<'a>;

    fn into_iter(self) -> SubscriptionsIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Subscriptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterates over [`Subscriptions`].
#[derive(Clone)]
pub struct SubscriptionsIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for SubscriptionsIter<'a> {
    type Item = (TopicFilter<'a>, SubscriptionOptions);

    fn next(&mut self) -> Option<Self::Item> {
        // The bytes were checked, so this only fails at their end.
        let topic_filter = self.reader.checked_topic_filter()?;
        let options = SubscriptionOptions::decode(self.reader.u8().ok()?, ProtocolVersion::V5_0).ok()?;
        Some((topic_filter, options))
    }
}

impl fmt::Debug for SubscriptionsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl SubscriptionsBuf {
    /// An empty list; does not allocate.
    pub const fn new() -> Self {
        Self { wire: Vec::new() }
    }

    /// Appends a Topic Filter. Fails for No Local on a Shared Subscription. Spec: 3.8.3.1 [MQTT-3.8.3-4].
    pub fn push(&mut self, topic_filter: TopicFilter<'_>, options: SubscriptionOptions) -> Result<(), EncodeError> {
        if options.no_local && topic_filter.share_name().is_some() {
            return Err(EncodeError::NoLocalShared);
        }
        write_binary(&mut self.wire, topic_filter.as_str().as_bytes());
        self.wire.push(options.encode());
        Ok(())
    }

    /// This list and one more entry; see [`push`](Self::push).
    pub fn with(mut self, topic_filter: TopicFilter<'_>, options: SubscriptionOptions) -> Result<Self, EncodeError> {
        self.push(topic_filter, options)?;
        Ok(self)
    }

    /// A view of the list.
    pub fn as_subscriptions(&self) -> Subscriptions<'_> {
        Subscriptions { wire: &self.wire }
    }

    /// Whether there is no entry; such a list cannot be sent.
    pub const fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// Removes all, keeping the memory.
    pub fn clear(&mut self) {
        self.wire.clear();
    }
}

impl From<Subscriptions<'_>> for SubscriptionsBuf {
    fn from(subscriptions: Subscriptions<'_>) -> Self {
        Self { wire: subscriptions.wire.to_vec() }
    }
}

impl fmt::Debug for SubscriptionsBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_subscriptions().fmt(f)
    }
}

impl SubscriptionOptions {
    /// This QoS, and everything else as in 3.1.1.
    pub const fn new(qos: QoS) -> Self {
        Self { qos, no_local: false, retain_as_published: false, retain_handling: RetainHandling::Send }
    }

    /// Spec: 3.8.3.1 [MQTT-3.8.3-5]; MQTT 3.1.1, 3.8.3 [MQTT-3.8.3-4].
    fn decode(byte: u8, version: ProtocolVersion) -> Result<Self, DecodeFault> {
        let reserved = if version.has_properties() { 0b1100_0000 } else { 0b1111_1100 };
        if byte & reserved != 0 {
            return Err(DecodeFault::SubscriptionOptionsReserved);
        }
        Ok(Self {
            qos: QoS::from_u8(byte & 0b11).ok_or(DecodeFault::SubscriptionQoS3)?,
            no_local: byte & NO_LOCAL != 0,
            retain_as_published: byte & RETAIN_AS_PUBLISHED != 0,
            retain_handling: RetainHandling::from_u8(byte >> RETAIN_HANDLING_SHIFT)
                .ok_or(DecodeFault::RetainHandling3)?,
        })
    }

    const fn encode(self) -> u8 {
        let mut byte = self.qos.as_u8() | (self.retain_handling as u8) << RETAIN_HANDLING_SHIFT;
        if self.no_local {
            byte |= NO_LOCAL;
        }
        if self.retain_as_published {
            byte |= RETAIN_AS_PUBLISHED;
        }
        byte
    }
}

impl RetainHandling {
    /// The Retain Handling with this number; `None` for 3 and above.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Send),
            1 => Some(Self::SendIfNew),
            2 => Some(Self::DoNotSend),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Subscribe);

/// The Subscription Options. Spec: 3.8.3.1.
const NO_LOCAL: u8 = 0x04;
const RETAIN_AS_PUBLISHED: u8 = 0x08;
const RETAIN_HANDLING_SHIFT: u8 = 4;

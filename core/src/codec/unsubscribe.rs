//! UNSUBSCRIBE: a client ends subscriptions. Spec: 3.10.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{Reader, write_binary};
use super::{DecodeOptions, PacketIdentifier, PacketType, Properties, PropertyOwner, ProtocolVersion};
use crate::topic::TopicFilter;
use alloc::vec::Vec;
use core::fmt;

/// UNSUBSCRIBE. Spec: 3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Ties the UNSUBACK to this.
    pub packet_identifier: PacketIdentifier,
    /// User Properties.
    pub properties: Properties<'a>,
    /// At least one Topic Filter.
    pub topic_filters: TopicFilters<'a>,
}

/// The Topic Filters of an UNSUBSCRIBE, checked, in their wire form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TopicFilters<'a> {
    wire: &'a [u8],
}

/// Builds the list of an UNSUBSCRIBE.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TopicFiltersBuf {
    wire: Vec<u8>,
}

impl<'a> Unsubscribe<'a> {
    pub(super) fn decode(body: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(body);
        let packet_identifier = reader.packet_identifier()?;
        let properties = if options.version.has_properties() {
            Properties::read(&mut reader, OWNER, options.properties_max)?
        } else {
            Properties::EMPTY
        };
        let topic_filters = TopicFilters::check(reader.rest(), options)?;
        Ok(Self { packet_identifier, properties, topic_filters })
    }

    pub(super) fn body_len(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        if self.topic_filters.wire.is_empty() {
            return Err(EncodeError::ListEmpty);
        }
        if !version.has_properties() {
            return Ok(2 + self.topic_filters.wire.len());
        }
        self.properties.check_owner(OWNER)?;
        Ok(2 + self.properties.counted_len() + self.topic_filters.wire.len())
    }

    pub(super) fn write(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.packet_identifier.as_u16().to_be_bytes());
        if version.has_properties() {
            self.properties.write(out);
        }
        out.extend_from_slice(self.topic_filters.wire);
    }
}

impl<'a> TopicFilters<'a> {
    /// Checks the wire form of at least one Topic Filter, by the rules of `version`.
    pub fn from_wire(wire: &'a [u8], version: ProtocolVersion) -> Result<Self, DecodeFault> {
        Self::check(wire, &DecodeOptions { version, ..DecodeOptions::default() })
    }

    /// The first entry of a wire form, and the bytes that follow it. `None`: there are no bytes, or they begin with
    /// something else.
    pub fn split_first(wire: &'a [u8]) -> Option<(TopicFilter<'a>, &'a [u8])> {
        let mut entries = Self { wire }.iter();
        Some((entries.next()?, entries.reader.rest()))
    }

    fn check(wire: &'a [u8], options: &DecodeOptions) -> Result<Self, DecodeFault> {
        if wire.is_empty() {
            return Err(DecodeFault::ListEmpty);
        }
        let mut reader = Reader::new(wire);
        while !reader.is_empty() {
            reader.topic_filter(options)?;
        }
        Ok(Self { wire })
    }

    /// The Topic Filters in their order.
    ///
    /// In 3.1 and 3.1.1 `$share/` is not reserved: what begins so and is not a valid shared filter comes as a plain one.
    pub fn iter(self) -> TopicFiltersIter<'a> {
        TopicFiltersIter { reader: Reader::new(self.wire) }
    }

    /// Their wire form.
    pub const fn as_wire(self) -> &'a [u8] {
        self.wire
    }
}

impl<'a> IntoIterator for TopicFilters<'a> {
    type Item = TopicFilter<'a>;
    type IntoIter = TopicFiltersIter<'a>;

    fn into_iter(self) -> TopicFiltersIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for TopicFilters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterates over [`TopicFilters`].
#[derive(Clone)]
pub struct TopicFiltersIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for TopicFiltersIter<'a> {
    type Item = TopicFilter<'a>;

    fn next(&mut self) -> Option<TopicFilter<'a>> {
        // The bytes were checked, so this only fails at their end.
        self.reader.checked_topic_filter()
    }
}

impl fmt::Debug for TopicFiltersIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl TopicFiltersBuf {
    /// An empty list; does not allocate.
    pub const fn new() -> Self {
        Self { wire: Vec::new() }
    }

    /// Appends a Topic Filter.
    pub fn push(&mut self, topic_filter: TopicFilter<'_>) {
        write_binary(&mut self.wire, topic_filter.as_str().as_bytes());
    }

    /// This list and one more entry.
    #[must_use]
    pub fn with(mut self, topic_filter: TopicFilter<'_>) -> Self {
        self.push(topic_filter);
        self
    }

    /// A view of the list.
    pub fn as_topic_filters(&self) -> TopicFilters<'_> {
        TopicFilters { wire: &self.wire }
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

impl From<TopicFilters<'_>> for TopicFiltersBuf {
    fn from(topic_filters: TopicFilters<'_>) -> Self {
        Self { wire: topic_filters.wire.to_vec() }
    }
}

impl fmt::Debug for TopicFiltersBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_topic_filters().fmt(f)
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Unsubscribe);

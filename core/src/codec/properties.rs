//! A block of properties in its wire form.

use super::error::{DecodeFault, EncodeError};
use super::primitive::{Reader, variable_byte_integer_len, write_variable_byte_integer};
use super::{Property, PropertyIdentifier, PropertyOwner, QoS};
use crate::topic::TopicName;
use alloc::vec::Vec;
use core::fmt;

/// Properties that were checked while decoding: a view of their wire form, without the Property Length.
///
/// Empty for MQTT 3.1 and 3.1.1. Spec: 2.2.2.
#[derive(Clone, Copy, Default)]
pub struct Properties<'a> {
    wire: &'a [u8],
    /// A bit for each property that is there, by its identifier, and [`SUBSCRIPTION_IDENTIFIER_REPEATED`].
    present: u64,
}

/// Properties that one builds to send or keeps.
#[derive(Clone, Default)]
pub struct PropertiesBuf {
    wire: Vec<u8>,
    present: u64,
}

impl<'a> Properties<'a> {
    /// No properties.
    pub const EMPTY: Self = Self { wire: &[], present: 0 };

    /// Checks the wire form of properties as they stand in `owner`, without their Property Length.
    pub fn from_wire(wire: &'a [u8], owner: PropertyOwner) -> Result<Self, DecodeFault> {
        Self::check(wire, owner, u16::MAX)
    }

    /// Reads the Property Length and the properties.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'a>, owner: PropertyOwner, count_max: u16) -> Result<Self, DecodeFault> {
        let wire = reader.counted()?;
        if wire.is_empty() {
            return Ok(Self::EMPTY);
        }
        Self::check(wire, owner, count_max)
    }

    fn check(wire: &'a [u8], owner: PropertyOwner, count_max: u16) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(wire);
        let mut present = 0;
        let mut count = 0_u16;
        while !reader.is_empty() {
            if count == count_max {
                return Err(DecodeFault::PropertyCount);
            }
            count = count.saturating_add(1);
            let identifier = PropertyIdentifier::read(&mut reader)?;
            let bit = identifier.bit();
            if owner.allowed() & bit == 0 {
                return Err(DecodeFault::PropertyMisplaced(identifier));
            }
            if present & bit != 0 {
                if !identifier.may_repeat_in(owner) {
                    return Err(DecodeFault::PropertyRepeated(identifier));
                }
                present |= repeated(identifier);
            }
            present |= bit;
            identifier.check_value(&mut reader)?;
        }
        Ok(Self { wire, present })
    }

    /// The properties in their order.
    pub fn iter(self) -> PropertiesIter<'a> {
        PropertiesIter { reader: Reader::new(self.wire) }
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.wire.is_empty()
    }

    /// Their wire form, without the Property Length.
    pub const fn as_wire(self) -> &'a [u8] {
        self.wire
    }

    /// How many bytes they take on the wire, without the Property Length.
    pub const fn wire_len(self) -> usize {
        self.wire.len()
    }

    /// Whether this property is among them. Takes constant time.
    pub const fn contains(self, identifier: PropertyIdentifier) -> bool {
        self.present & identifier.bit() != 0
    }

    /// The first property with this identifier.
    #[inline]
    pub fn find(self, identifier: PropertyIdentifier) -> Option<Property<'a>> {
        if self.contains(identifier) { self.scan(identifier) } else { None }
    }

    fn scan(self, wanted: PropertyIdentifier) -> Option<Property<'a>> {
        let mut reader = Reader::new(self.wire);
        loop {
            let start = reader;
            let identifier = PropertyIdentifier::read(&mut reader).ok()?;
            if identifier == wanted {
                reader = start;
                return Property::read(&mut reader).ok();
            }
            identifier.skip_value(&mut reader).ok()?;
        }
    }

    /// The User Properties as name and value, in their order. Spec: 3.1.2.11.8.
    pub fn user_properties(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone + fmt::Debug {
        self.only(PropertyIdentifier::UserProperty)
            .filter_map(|property| if let Property::UserProperty(pair) = property { Some(pair) } else { None })
    }

    /// The Subscription Identifiers, in their order. Spec: 3.3.2.3.8.
    pub fn subscription_identifiers(self) -> impl Iterator<Item = u32> + Clone + fmt::Debug + use<'a> {
        self.only(PropertyIdentifier::SubscriptionIdentifier).filter_map(|property| {
            if let Property::SubscriptionIdentifier(value) = property { Some(value) } else { None }
        })
    }

    /// An iterator that is empty at once when the property is not there.
    fn only(self, identifier: PropertyIdentifier) -> PropertiesIter<'a> {
        if self.contains(identifier) { self.iter() } else { Self::EMPTY.iter() }
    }

    /// Checks that these may be sent in `owner`.
    #[inline]
    pub(super) fn check_owner(self, owner: PropertyOwner) -> Result<(), EncodeError> {
        let misplaced = self.present & !(owner.allowed() | SUBSCRIPTION_IDENTIFIER_REPEATED);
        let repeated = self.present & SUBSCRIPTION_IDENTIFIER_REPEATED != 0
            && !PropertyIdentifier::SubscriptionIdentifier.may_repeat_in(owner);
        if misplaced == 0 && !repeated { Ok(()) } else { Err(owner_error(misplaced)) }
    }

    /// The wire length with the Property Length.
    #[inline]
    pub(super) const fn counted_len(self) -> usize {
        variable_byte_integer_len(self.wire.len()) + self.wire.len()
    }

    /// Appends the Property Length and the properties.
    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>) {
        write_variable_byte_integer(out, self.wire.len());
        out.extend_from_slice(self.wire);
    }

    /// The wire form of each property with its identifier, in their order.
    pub(super) fn segments(self) -> impl Iterator<Item = (PropertyIdentifier, &'a [u8])> {
        let mut reader = Reader::new(self.wire);
        core::iter::from_fn(move || {
            let start = reader.rest();
            let identifier = PropertyIdentifier::read(&mut reader).ok()?;
            identifier.skip_value(&mut reader).ok()?;
            Some((identifier, start.get(..start.len().checked_sub(reader.rest().len())?)?))
        })
    }
}

#[cold]
fn owner_error(misplaced: u64) -> EncodeError {
    match PropertyIdentifier::ALL.iter().find(|identifier| misplaced & identifier.bit() != 0) {
        Some(identifier) => EncodeError::PropertyMisplaced(*identifier),
        None => EncodeError::PropertyRepeated(PropertyIdentifier::SubscriptionIdentifier),
    }
}

macro_rules! accessors {
    ($($(#[$doc:meta])* $function:ident: $name:ident -> $type:ty, $convert:expr;)*) => {
        impl<'a> Properties<'a> {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $function(self) -> Option<$type> {
                    if let Some(Property::$name(value)) = self.find(PropertyIdentifier::$name) {
                        ($convert)(value)
                    } else {
                        None
                    }
                }
            )*
        }
    };
}

accessors! {
    /// Whether the payload is UTF-8 text. Spec: 3.3.2.3.2.
    payload_format_indicator: PayloadFormatIndicator -> bool, flag;
    /// The lifetime of the message in seconds. Spec: 3.3.2.3.3.
    message_expiry_interval_s: MessageExpiryInterval -> u32, Some;
    /// What the payload is. Spec: 3.3.2.3.9.
    content_type: ContentType -> &'a str, Some;
    /// Where a response is to be published. Spec: 3.3.2.3.5.
    response_topic: ResponseTopic -> TopicName<'a>, |text| TopicName::new(text).ok();
    /// Ties a response to its request. Spec: 3.3.2.3.6.
    correlation_data: CorrelationData -> &'a [u8], Some;
    /// The first Subscription Identifier. Spec: 3.8.2.1.2.
    subscription_identifier: SubscriptionIdentifier -> u32, Some;
    /// Seconds that the Session outlives the connection; `u32::MAX`: it does not expire. Spec: 3.1.2.11.2.
    session_expiry_interval_s: SessionExpiryInterval -> u32, Some;
    /// The Client Identifier that the server chose. Spec: 3.2.2.3.7.
    assigned_client_identifier: AssignedClientIdentifier -> &'a str, Some;
    /// The Keep Alive in seconds that the server demands. Spec: 3.2.2.3.14.
    server_keep_alive_s: ServerKeepAlive -> u16, Some;
    /// The name of the enhanced authentication. Spec: 3.1.2.11.9.
    authentication_method: AuthenticationMethod -> &'a str, Some;
    /// What the authentication method prescribes. Spec: 3.1.2.11.10.
    authentication_data: AuthenticationData -> &'a [u8], Some;
    /// Whether Reason Strings and User Properties are wanted everywhere. Spec: 3.1.2.11.7.
    request_problem_information: RequestProblemInformation -> bool, flag;
    /// Seconds between the end of the connection and the publication of the will. Spec: 3.1.3.2.2.
    will_delay_interval_s: WillDelayInterval -> u32, Some;
    /// Whether the client asks for Response Information. Spec: 3.1.2.11.6.
    request_response_information: RequestResponseInformation -> bool, flag;
    /// The basis of Response Topics. Spec: 3.2.2.3.15.
    response_information: ResponseInformation -> &'a str, Some;
    /// Another server to use. Spec: 4.11.
    server_reference: ServerReference -> &'a str, Some;
    /// A diagnosis for people. Spec: 3.2.2.3.9.
    reason_string: ReasonString -> &'a str, Some;
    /// How many QoS 1 and 2 publications the sender of this takes at the same time; never 0. Spec: 3.1.2.11.3.
    receive_maximum: ReceiveMaximum -> u16, Some;
    /// The highest Topic Alias that the sender of this accepts. Spec: 3.1.2.11.5.
    topic_alias_maximum: TopicAliasMaximum -> u16, Some;
    /// A number in place of a Topic Name; never 0. Spec: 3.3.2.3.4.
    topic_alias: TopicAlias -> u16, Some;
    /// The highest QoS that the server supports: 0 or 1. Spec: 3.2.2.3.4.
    maximum_qos: MaximumQoS -> QoS, QoS::from_u8;
    /// Whether the server keeps retained messages. Spec: 3.2.2.3.5.
    retain_available: RetainAvailable -> bool, flag;
    /// The largest Control Packet in bytes that the sender of this accepts; never 0. Spec: 3.1.2.11.4.
    maximum_packet_size: MaximumPacketSize -> u32, Some;
    /// Whether the server has wildcard subscriptions. Spec: 3.2.2.3.11.
    wildcard_subscription_available: WildcardSubscriptionAvailable -> bool, flag;
    /// Whether the server has Subscription Identifiers. Spec: 3.2.2.3.12.
    subscription_identifier_available: SubscriptionIdentifierAvailable -> bool, flag;
    /// Whether the server has Shared Subscriptions. Spec: 3.2.2.3.13.
    shared_subscription_available: SharedSubscriptionAvailable -> bool, flag;
}

#[expect(clippy::unnecessary_wraps, reason = "has the shape of the other conversions")]
const fn flag(value: u8) -> Option<bool> {
    Some(value != 0)
}

impl PartialEq for Properties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire
    }
}

impl Eq for Properties<'_> {}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertiesIter<'a>;

    fn into_iter(self) -> PropertiesIter<'a> {
        self.iter()
    }
}

/// Iterates over [`Properties`].
#[derive(Clone)]
pub struct PropertiesIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for PropertiesIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        // Empty or not: the bytes were checked, so this only fails at their end.
        Property::read(&mut self.reader).ok()
    }
}

impl fmt::Debug for PropertiesIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl PropertiesBuf {
    /// No properties; does not allocate.
    pub const fn new() -> Self {
        Self { wire: Vec::new(), present: 0 }
    }

    /// Appends a property.
    ///
    /// Fails when its value can never be sent, or when it is there already; only User Property and Subscription
    /// Identifier may stand more than once. Whether it belongs in the packet is checked when the packet is encoded.
    pub fn push(&mut self, property: Property<'_>) -> Result<(), EncodeError> {
        let identifier = property.identifier();
        let publish = PropertyOwner::Packet(super::PacketType::Publish);
        let again = self.present & identifier.bit() != 0;
        if again && !identifier.may_repeat_in(publish) {
            return Err(EncodeError::PropertyRepeated(identifier));
        }
        property.check_sendable()?;
        property.write(&mut self.wire);
        self.present |= identifier.bit() | if again { repeated(identifier) } else { 0 };
        Ok(())
    }

    /// These properties and one more; see [`push`](Self::push).
    pub fn with(mut self, property: Property<'_>) -> Result<Self, EncodeError> {
        self.push(property)?;
        Ok(self)
    }

    /// A view of them.
    pub fn as_properties(&self) -> Properties<'_> {
        Properties { wire: &self.wire, present: self.present }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// Removes all, keeping the memory.
    pub fn clear(&mut self) {
        self.wire.clear();
        self.present = 0;
    }

    /// Removes every property with this identifier.
    pub fn remove(&mut self, identifier: PropertyIdentifier) {
        if self.present & identifier.bit() == 0 {
            return;
        }
        let mut kept = Vec::with_capacity(self.wire.len());
        for (each, wire) in self.as_properties().segments() {
            if each != identifier {
                kept.extend_from_slice(wire);
            }
        }
        self.wire = kept;
        self.present &= !(identifier.bit() | repeated(identifier));
    }
}

impl From<Properties<'_>> for PropertiesBuf {
    fn from(properties: Properties<'_>) -> Self {
        Self { wire: properties.wire.to_vec(), present: properties.present }
    }
}

impl PartialEq for PropertiesBuf {
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire
    }
}

impl Eq for PropertiesBuf {}

impl fmt::Debug for PropertiesBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_properties().fmt(f)
    }
}

/// What to note when `identifier` comes again.
const fn repeated(identifier: PropertyIdentifier) -> u64 {
    if matches!(identifier, PropertyIdentifier::SubscriptionIdentifier) { SUBSCRIPTION_IDENTIFIER_REPEATED } else { 0 }
}

/// There is more than one Subscription Identifier, which only PUBLISH may have. No identifier has this number.
const SUBSCRIPTION_IDENTIFIER_REPEATED: u64 = 1 << 63;

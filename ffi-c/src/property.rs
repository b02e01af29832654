//! Properties of MQTT 5.0 and the lists of SUBSCRIBE and UNSUBSCRIBE: views of their wire form, read one by one and
//! built into the caller's buffer.

use crate::error::{Failure, Outcome, pmq_result};
use crate::panic::boundary;
use crate::view::{Buffer, Out, array, exclusive, pmq_bytes, pmq_str};
use polymqtt_core::codec::{
    DecodeFault, PacketType, Properties, PropertiesBuf, Property, PropertyIdentifier, PropertyOwner, PropertyType,
    PropertyValue, ProtocolVersion, QoS, RetainHandling, SubscriptionOptions, Subscriptions, SubscriptionsBuf,
    TopicFilters, TopicFiltersBuf,
};
use polymqtt_core::topic::TopicFilter;

/// The properties of a packet, in their wire form. All zero: none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_properties {
    /// The first byte.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// The type of a property's value. Spec: 2.2.2.2, table 2-4.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_property_type {
    /// A number, in `number`.
    Byte,
    /// A number, in `number`.
    TwoByteInteger,
    /// A number, in `number`.
    FourByteInteger,
    /// A number, in `number`.
    VariableByteInteger,
    /// A text, in `text`.
    Utf8String,
    /// A name in `name` and a text in `text`.
    Utf8StringPair,
    /// Bytes, in `binary`.
    BinaryData,
}

/// A property with its value. Which field holds the value depends on the property; the others are zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_property {
    /// A `pmq_property_identifier`.
    pub identifier: u8,
    /// A `pmq_property_type`. Only told, never asked for.
    pub property_type: u8,
    /// The value of a property that is a number.
    pub number: u32,
    /// The name of a User Property.
    pub name: pmq_str,
    /// The value of a property that is a text.
    pub text: pmq_str,
    /// The value of a property that is bytes.
    pub binary: pmq_bytes,
}

/// The Topic Filters of a SUBSCRIBE with their options, in their wire form.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_subscriptions {
    /// The first byte.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// A Topic Filter with its options. Spec: 3.8.3.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_subscription {
    /// The Topic Filter.
    pub filter: pmq_str,
    /// 0, 1 or 2: the highest QoS that is wanted.
    pub qos: u8,
    /// Do not send back what this client publishes itself (5.0).
    pub no_local: bool,
    /// Keep RETAIN as the publisher set it (5.0).
    pub retain_as_published: bool,
    /// 0: send retained messages; 1: only if the subscription is new; 2: do not (5.0).
    pub retain_handling: u8,
}

/// The Topic Filters of an UNSUBSCRIBE, in their wire form.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_topic_filters {
    /// The first byte.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
///
/// `rest` begins as a copy of a packet's properties: `pmq_properties rest = packet.body.publish.properties;`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_properties_next(rest: *mut pmq_properties, property: *mut pmq_property) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (rest, out) = unsafe { (exclusive(rest)?, Out::new(property)?) };
        // SAFETY: `rest` is a view that the caller got from the library or built, and keeps.
        let wire = unsafe { pmq_bytes { data: rest.data, len: rest.len }.get() }?;
        let (first, next) = Property::split_first(wire).ok_or_else(|| end(wire, pmq_result::Properties))?;
        *rest = pmq_properties::from_wire(next);
        out.set(pmq_property::new(first));
        Ok(())
    })
}

/// Builds the properties of a packet in the caller's buffer: `*properties` is then a view of it. Order is kept.
///
/// When the buffer is too small, the result is `PMQ_RESULT_BUFFER_TOO_SMALL` and `properties->len` what it needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_properties_build(
    list: *const pmq_property,
    count: usize,
    buffer: *mut u8,
    capacity: usize,
    properties: *mut pmq_properties,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (list, properties) = unsafe { (array(list, count)?, exclusive(properties)?) };
        let mut built = PropertiesBuf::new();
        for each in list {
            // SAFETY: the caller gives valid views.
            built.push(unsafe { each.get() }?)?;
        }
        // SAFETY: `buffer` has room for `capacity` bytes, `properties` is valid.
        let mut out = unsafe { Buffer::new(buffer, capacity, &raw mut properties.len) }?;
        out.extend(built.as_properties().as_wire());
        out.finish()?;
        properties.data = buffer;
        Ok(())
    })
}

/// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_subscriptions_next(
    rest: *mut pmq_subscriptions,
    subscription: *mut pmq_subscription,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (rest, out) = unsafe { (exclusive(rest)?, Out::new(subscription)?) };
        // SAFETY: `rest` is a view that the caller got from the library or built, and keeps.
        let wire = unsafe { pmq_bytes { data: rest.data, len: rest.len }.get() }?;
        let ((filter, options), next) =
            Subscriptions::split_first(wire).ok_or_else(|| end(wire, pmq_result::TopicFilter))?;
        *rest = pmq_subscriptions { data: next.as_ptr(), len: next.len() };
        out.set(pmq_subscription {
            filter: pmq_str::new(filter.as_str()),
            qos: options.qos.as_u8(),
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            retain_handling: options.retain_handling.as_u8(),
        });
        Ok(())
    })
}

/// Builds the list of a SUBSCRIBE in the caller's buffer, like `pmq_properties_build`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_subscriptions_build(
    list: *const pmq_subscription,
    count: usize,
    buffer: *mut u8,
    capacity: usize,
    subscriptions: *mut pmq_subscriptions,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (list, subscriptions) = unsafe { (array(list, count)?, exclusive(subscriptions)?) };
        // SAFETY: the caller gives valid views.
        let built = unsafe { subscriptions_buf(list) }?;
        // SAFETY: `buffer` has room for `capacity` bytes, `subscriptions` is valid.
        let mut out = unsafe { Buffer::new(buffer, capacity, &raw mut subscriptions.len) }?;
        out.extend(built.as_subscriptions().as_wire());
        out.finish()?;
        subscriptions.data = buffer;
        Ok(())
    })
}

/// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_filters_next(rest: *mut pmq_topic_filters, filter: *mut pmq_str) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (rest, out) = unsafe { (exclusive(rest)?, Out::new(filter)?) };
        // SAFETY: `rest` is a view that the caller got from the library or built, and keeps.
        let wire = unsafe { pmq_bytes { data: rest.data, len: rest.len }.get() }?;
        let (first, next) = TopicFilters::split_first(wire).ok_or_else(|| end(wire, pmq_result::TopicFilter))?;
        *rest = pmq_topic_filters { data: next.as_ptr(), len: next.len() };
        out.set(pmq_str::new(first.as_str()));
        Ok(())
    })
}

/// Builds the list of an UNSUBSCRIBE in the caller's buffer, like `pmq_properties_build`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_filters_build(
    list: *const pmq_str,
    count: usize,
    buffer: *mut u8,
    capacity: usize,
    filters: *mut pmq_topic_filters,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (list, filters) = unsafe { (array(list, count)?, exclusive(filters)?) };
        // SAFETY: the caller gives valid views.
        let built = unsafe { topic_filters_buf(list) }?;
        // SAFETY: `buffer` has room for `capacity` bytes, `filters` is valid.
        let mut out = unsafe { Buffer::new(buffer, capacity, &raw mut filters.len) }?;
        out.extend(built.as_topic_filters().as_wire());
        out.finish()?;
        filters.data = buffer;
        Ok(())
    })
}

/// The name of a property in text, such as `message_expiry_interval`; absent for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_property_name(identifier: u8) -> pmq_str {
    pmq_str::optional(PropertyIdentifier::from_u8(identifier).map(PropertyIdentifier::name))
}

/// The subscriptions that C lists.
///
/// # Safety
/// Every view in `list` is valid.
pub(crate) unsafe fn subscriptions_buf(list: &[pmq_subscription]) -> Outcome<SubscriptionsBuf> {
    let mut built = SubscriptionsBuf::new();
    for each in list {
        // SAFETY: what the caller of this function promises.
        let filter = topic_filter(unsafe { each.filter.or_empty() }?)?;
        let options = SubscriptionOptions {
            qos: qos(each.qos)?,
            no_local: each.no_local,
            retain_as_published: each.retain_as_published,
            retain_handling: RetainHandling::from_u8(each.retain_handling).ok_or(Failure::from(pmq_result::Value))?,
        };
        built.push(filter, options)?;
    }
    Ok(built)
}

/// The Topic Filters that C lists.
///
/// # Safety
/// Every view in `list` is valid.
pub(crate) unsafe fn topic_filters_buf(list: &[pmq_str]) -> Outcome<TopicFiltersBuf> {
    let mut built = TopicFiltersBuf::new();
    for each in list {
        // SAFETY: what the caller of this function promises.
        built.push(topic_filter(unsafe { each.or_empty() }?)?);
    }
    Ok(built)
}

pub(crate) fn topic_filter(text: &str) -> Outcome<TopicFilter<'_>> {
    TopicFilter::new(text).map_err(|error| Failure::said(pmq_result::TopicFilter, &error.describe_filter(text)))
}

pub(crate) fn qos(value: u8) -> Outcome<QoS> {
    QoS::from_u8(value).ok_or_else(|| Failure::said(pmq_result::Value, &"the QoS is 0, 1 or 2 (MQTT 5.0, 4.3)"))
}

impl pmq_properties {
    pub(crate) const NONE: Self = Self { data: core::ptr::null(), len: 0 };

    pub(crate) const fn new(properties: Properties<'_>) -> Self {
        Self::from_wire(properties.as_wire())
    }

    const fn from_wire(wire: &[u8]) -> Self {
        Self { data: wire.as_ptr(), len: wire.len() }
    }

    /// The properties, if all may stand in `owner`.
    ///
    /// # Safety
    /// `data` is NULL or the first of `len` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn get<'a>(self, owner: PropertyOwner) -> Outcome<Properties<'a>> {
        // SAFETY: what the caller of this function promises.
        let wire = unsafe { pmq_bytes { data: self.data, len: self.len }.get() }?;
        Properties::from_wire(wire, owner).map_err(wrong_properties)
    }
}

impl pmq_property {
    fn new(property: Property<'_>) -> Self {
        let identifier = property.identifier();
        let mut view = Self {
            identifier: identifier as u8,
            property_type: match identifier.property_type() {
                PropertyType::Byte => pmq_property_type::Byte,
                PropertyType::TwoByteInteger => pmq_property_type::TwoByteInteger,
                PropertyType::FourByteInteger => pmq_property_type::FourByteInteger,
                PropertyType::VariableByteInteger => pmq_property_type::VariableByteInteger,
                PropertyType::Utf8String => pmq_property_type::Utf8String,
                PropertyType::Utf8StringPair => pmq_property_type::Utf8StringPair,
                PropertyType::BinaryData => pmq_property_type::BinaryData,
            } as u8,
            number: 0,
            name: pmq_str::ABSENT,
            text: pmq_str::ABSENT,
            binary: pmq_bytes::ABSENT,
        };
        match property.value() {
            PropertyValue::Byte(value) => view.number = u32::from(value),
            PropertyValue::TwoByteInteger(value) => view.number = u32::from(value),
            PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => view.number = value,
            PropertyValue::Utf8String(text) => view.text = pmq_str::new(text),
            PropertyValue::Utf8StringPair(name, text) => {
                (view.name, view.text) = (pmq_str::new(name), pmq_str::new(text));
            }
            PropertyValue::BinaryData(bytes) => view.binary = pmq_bytes::new(bytes),
        }
        view
    }

    /// The property.
    ///
    /// # Safety
    /// Its views are valid for `'a`.
    unsafe fn get<'a>(&self) -> Outcome<Property<'a>> {
        let wrong = || Failure::from(pmq_result::Value);
        let identifier = PropertyIdentifier::from_u8(self.identifier).ok_or_else(wrong)?;
        let value = match identifier.property_type() {
            PropertyType::Byte => PropertyValue::Byte(self.number.try_into().map_err(|_| wrong())?),
            PropertyType::TwoByteInteger => PropertyValue::TwoByteInteger(self.number.try_into().map_err(|_| wrong())?),
            PropertyType::FourByteInteger => PropertyValue::FourByteInteger(self.number),
            PropertyType::VariableByteInteger => PropertyValue::VariableByteInteger(self.number),
            // SAFETY: what the caller of this function promises.
            PropertyType::Utf8String => PropertyValue::Utf8String(unsafe { self.text.or_empty() }?),
            PropertyType::Utf8StringPair => {
                // SAFETY: what the caller of this function promises.
                let (name, text) = unsafe { (self.name.or_empty()?, self.text.or_empty()?) };
                PropertyValue::Utf8StringPair(name, text)
            }
            // SAFETY: what the caller of this function promises.
            PropertyType::BinaryData => PropertyValue::BinaryData(unsafe { self.binary.get() }?),
        };
        Property::from_value(identifier, value).ok_or_else(wrong)
    }
}

impl pmq_subscriptions {
    pub(crate) const fn new(subscriptions: Subscriptions<'_>) -> Self {
        let wire = subscriptions.as_wire();
        Self { data: wire.as_ptr(), len: wire.len() }
    }

    /// The list, by the rules of any of two versions.
    ///
    /// # Safety
    /// `data` is NULL or the first of `len` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn get<'a>(self, first: ProtocolVersion, second: ProtocolVersion) -> Outcome<Subscriptions<'a>> {
        // SAFETY: what the caller of this function promises.
        let wire = unsafe { pmq_bytes { data: self.data, len: self.len }.get() }?;
        Subscriptions::from_wire(wire, first).or_else(|_| Subscriptions::from_wire(wire, second)).map_err(wrong_list)
    }
}

impl pmq_topic_filters {
    pub(crate) const fn new(filters: TopicFilters<'_>) -> Self {
        let wire = filters.as_wire();
        Self { data: wire.as_ptr(), len: wire.len() }
    }

    /// The list, by the rules of `version`.
    ///
    /// # Safety
    /// `data` is NULL or the first of `len` bytes that stay as they are for `'a`.
    pub(crate) unsafe fn get<'a>(self, version: ProtocolVersion) -> Outcome<TopicFilters<'a>> {
        // SAFETY: what the caller of this function promises.
        let wire = unsafe { pmq_bytes { data: self.data, len: self.len }.get() }?;
        TopicFilters::from_wire(wire, version).map_err(wrong_list)
    }
}

/// Why there is no first entry.
fn end(wire: &[u8], otherwise: pmq_result) -> Failure {
    if wire.is_empty() { pmq_result::None.into() } else { otherwise.into() }
}

fn wrong_properties(fault: DecodeFault) -> Failure {
    match fault.property() {
        Some(identifier) => Failure::said(pmq_result::Properties, &Named(identifier.name())),
        None => pmq_result::Properties.into(),
    }
}

struct Named(&'static str);

impl core::fmt::Display for Named {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "property {} does not belong here, is repeated, or has a wrong value (MQTT 5.0, 2.2.2.2)", self.0)
    }
}

fn wrong_list(fault: DecodeFault) -> Failure {
    if fault == DecodeFault::ListEmpty {
        return Failure::said(pmq_result::Encode, &"the list must have at least one entry (MQTT 5.0, 3.8.3)");
    }
    Failure::said(pmq_result::TopicFilter, &"the list has something other than topic filters")
}

/// The owner of the properties of a packet.
pub(crate) const fn owner(packet_type: PacketType) -> PropertyOwner {
    PropertyOwner::Packet(packet_type)
}

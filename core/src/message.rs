//! Application Messages that outlive the bytes in which they came.

use crate::codec::{PacketIdentifier, Properties, PropertiesBuf, Property, PropertyIdentifier, Publish, QoS};
use crate::topic::TopicName;
use alloc::sync::Arc;
use bytes::Bytes;
use core::fmt;

/// An Application Message: Topic Name, payload, QoS, RETAIN flag and PUBLISH properties.
///
/// It owns its contents; a clone shares them. The properties are those that travel with the message: never a Topic Alias,
/// which belongs to one connection. Spec: 1.2, 3.3.
///
/// ```
/// use polymqtt_core::{Message, codec::QoS, topic::TopicName};
///
/// let message = Message::new(TopicName::new("room/light")?, "on").with_qos(QoS::AtLeastOnce).with_retain(true);
/// assert_eq!(message.topic().as_str(), "room/light");
/// assert_eq!(&message.payload()[..], b"on");
/// # Ok::<(), polymqtt_core::topic::TopicError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    topic: Arc<str>,
    payload: Bytes,
    /// `None`: there are none, which is the common case and needs no memory.
    properties: Option<Arc<PropertiesBuf>>,
    qos: QoS,
    retain: bool,
    dup: bool,
}

impl Message {
    /// A message at QoS 0, not retained, without properties.
    pub fn new(topic: TopicName<'_>, payload: impl Into<Bytes>) -> Self {
        Self::with_shared_topic(topic.as_str().into(), payload.into())
    }

    /// Copies a PUBLISH that was received. `topic`: its Topic Name, with the Topic Alias resolved.
    pub fn from_publish(publish: &Publish<'_>, topic: TopicName<'_>) -> Self {
        Self::from_publish_with_shared_topic(publish, topic.as_str().into())
    }

    /// As [`from_publish`](Self::from_publish), for a topic of which there is a shared copy. It must be valid.
    pub(crate) fn from_publish_with_shared_topic(publish: &Publish<'_>, topic: Arc<str>) -> Self {
        let mut message = Self::with_shared_topic(topic, Bytes::copy_from_slice(publish.payload));
        message.qos = publish.qos;
        message.retain = publish.retain;
        message.dup = publish.dup;
        message.set_properties(PropertiesBuf::from(publish.properties));
        message
    }

    fn with_shared_topic(topic: Arc<str>, payload: Bytes) -> Self {
        Self { topic, payload, properties: None, qos: QoS::AtMostOnce, retain: false, dup: false }
    }

    /// The same message at this QoS.
    #[must_use]
    pub const fn with_qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same message with this RETAIN flag.
    #[must_use]
    pub const fn with_retain(mut self, retain: bool) -> Self {
        self.retain = retain;
        self
    }

    /// The same message with these PUBLISH properties in place of its own. A Topic Alias among them is left out.
    #[must_use]
    pub fn with_properties(mut self, properties: PropertiesBuf) -> Self {
        self.set_properties(properties);
        self
    }

    fn set_properties(&mut self, mut properties: PropertiesBuf) {
        properties.remove(PropertyIdentifier::TopicAlias);
        self.properties = if properties.is_empty() { None } else { Some(Arc::new(properties)) };
    }

    /// The Topic Name.
    pub fn topic(&self) -> TopicName<'_> {
        TopicName::from_checked(&self.topic)
    }

    /// The payload.
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The QoS at which it is to be sent or was received.
    pub const fn qos(&self) -> QoS {
        self.qos
    }

    /// The RETAIN flag. Spec: 3.3.1.3.
    pub const fn retain(&self) -> bool {
        self.retain
    }

    /// Whether the DUP flag was set when it came; says nothing about whether it was seen before. Spec: 3.3.1.1.
    pub const fn dup(&self) -> bool {
        self.dup
    }

    /// Its PUBLISH properties.
    pub fn properties(&self) -> Properties<'_> {
        self.properties.as_ref().map_or(Properties::EMPTY, |properties| properties.as_properties())
    }

    /// The Message Expiry Interval in seconds. Spec: 3.3.2.3.3.
    pub fn message_expiry_interval_s(&self) -> Option<u32> {
        match self.properties().find(PropertyIdentifier::MessageExpiryInterval) {
            Some(Property::MessageExpiryInterval(seconds)) => Some(seconds),
            Some(_) | None => None,
        }
    }

    /// How many bytes of topic, payload and properties it holds, for limits.
    pub fn size_bytes(&self) -> usize {
        self.topic.len() + self.payload.len() + self.properties().wire_len()
    }

    /// As a PUBLISH. The Packet Identifier must be there exactly when the QoS is above 0.
    pub fn as_publish(&self, packet_identifier: Option<PacketIdentifier>, dup: bool) -> Publish<'_> {
        Publish {
            dup,
            qos: self.qos,
            retain: self.retain,
            topic: Some(self.topic()),
            packet_identifier,
            properties: self.properties(),
            payload: &self.payload,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic)
            .field("payload", &self.payload)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("dup", &self.dup)
            .field("properties", &self.properties())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> TopicName<'static> {
        TopicName::new("a/b").unwrap()
    }

    #[test]
    fn a_topic_alias_does_not_travel_with_the_message() {
        let properties = PropertiesBuf::new()
            .with(Property::TopicAlias(3))
            .and_then(|p| p.with(Property::MessageExpiryInterval(60)))
            .unwrap();
        let message = Message::new(topic(), "x").with_properties(properties);
        assert_eq!(message.message_expiry_interval_s(), Some(60));
        assert_eq!(message.properties().find(PropertyIdentifier::TopicAlias), None);
    }

    #[test]
    fn a_received_publish_is_copied() {
        let publish = Publish { retain: true, dup: true, qos: QoS::ExactlyOnce, ..Publish::new(topic(), b"hi") };
        let message = Message::from_publish(&publish, topic());
        assert_eq!((message.qos(), message.retain(), message.dup()), (QoS::ExactlyOnce, true, true));
        assert_eq!(&message.payload()[..], b"hi");
        assert_eq!(message.size_bytes(), 5);
        assert_eq!(message.properties().iter().count(), 0);
    }
}

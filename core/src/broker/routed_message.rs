//! An Application Message on its way through the broker.

use crate::Time;
use crate::codec::{Properties, PropertiesBuf, PropertyIdentifier, Publish, QoS};
use crate::session::MessageExpiry;
use crate::topic::TopicName;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use bytes::Bytes;
use core::fmt;

/// A message that outlives the call in which it came: it is retained, queued, in flight or goes to another shard. Shared
/// by all who hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct RoutedMessage {
    /// The Topic Name, and behind it the payload unless that is shared.
    text: Box<[u8]>,
    topic_len: u16,
    qos: QoS,
    retain: bool,
    payload: PayloadPlace,
    properties: Option<Box<PropertiesBuf>>,
    /// `Time::MAX`: never.
    expires_at: Time,
    /// Tells who published it, for No Local, where it is retained; 0: nobody's.
    publisher: u64,
}

#[derive(Clone, PartialEq, Eq)]
enum PayloadPlace {
    BehindTopic,
    Shared(Box<Bytes>),
}

/// The same, borrowed from wherever it is: what routing looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageView<'a> {
    pub(super) topic: TopicName<'a>,
    pub(super) properties: Properties<'a>,
    pub(super) payload: &'a [u8],
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// `Time::MAX`: never.
    pub(super) expires_at: Time,
    /// Tells who published it, where it is retained; 0: nobody's.
    pub(super) publisher: u64,
}

impl RoutedMessage {
    /// A message with the parts of a PUBLISH. Its Message Expiry Interval begins at `now`. A payload of
    /// `shared_bytes_min` bytes or more is held apart, so that transports can share it.
    pub fn new(publish: &Publish<'_>, topic: TopicName<'_>, shared_bytes_min: usize, now: Time) -> Self {
        let view = MessageView {
            topic,
            properties: publish.properties,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            expires_at: expires_at(publish.properties, now),
            publisher: 0,
        };
        Self::from_view(&view, shared_bytes_min)
    }

    pub(super) fn from_view(view: &MessageView<'_>, shared_bytes_min: usize) -> Self {
        let topic = view.topic.as_str().as_bytes();
        let is_shared = view.payload.len() >= shared_bytes_min.max(1);
        let (text, payload) = if is_shared {
            (topic.into(), PayloadPlace::Shared(Box::new(Bytes::copy_from_slice(view.payload))))
        } else {
            ([topic, view.payload].concat().into(), PayloadPlace::BehindTopic)
        };
        Self {
            text,
            topic_len: u16::try_from(topic.len()).unwrap_or(u16::MAX),
            qos: view.qos,
            retain: view.retain,
            payload,
            properties: kept_properties(view.properties),
            expires_at: view.expires_at,
            publisher: view.publisher,
        }
    }

    /// The same message with its Message Expiry Interval beginning at `now`: a will that is published.
    pub(super) fn begun_at(&self, now: Time) -> Self {
        Self { expires_at: expires_at(self.properties(), now), ..self.clone() }
    }

    /// The Topic Name.
    pub fn topic(&self) -> TopicName<'_> {
        let text = self.text.get(..usize::from(self.topic_len)).unwrap_or_default();
        TopicName::trusted(core::str::from_utf8(text).unwrap_or_default())
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        match &self.payload {
            PayloadPlace::BehindTopic => self.text.get(usize::from(self.topic_len)..).unwrap_or_default(),
            PayloadPlace::Shared(bytes) => bytes,
        }
    }

    /// The payload in a form that can be shared, where it is large.
    pub(super) fn shared_payload(&self) -> Option<&Bytes> {
        match &self.payload {
            PayloadPlace::BehindTopic => None,
            PayloadPlace::Shared(bytes) => Some(bytes),
        }
    }

    /// The properties as they came.
    pub fn properties(&self) -> Properties<'_> {
        self.properties.as_ref().map_or(Properties::EMPTY, |properties| properties.as_properties())
    }

    /// The QoS at which it was published.
    pub fn qos(&self) -> QoS {
        self.qos
    }

    /// Whether it was published as a Retained Message.
    pub fn retain(&self) -> bool {
        self.retain
    }

    /// When it expires.
    pub fn expires_at(&self) -> Option<Time> {
        (self.expires_at != Time::MAX).then_some(self.expires_at)
    }

    /// Sets when it expires: for one that is read from a store.
    #[must_use]
    pub fn with_expires_at(mut self, expires_at: Option<Time>) -> Self {
        self.expires_at = expires_at.unwrap_or(Time::MAX);
        self
    }

    /// Tells who published it, for No Local, where it is retained; 0: nobody's.
    pub fn publisher(&self) -> u64 {
        self.publisher
    }

    /// Sets what [`RoutedMessage::publisher`] gives: for one that is read from a store.
    #[must_use]
    pub fn with_publisher(mut self, publisher: u64) -> Self {
        self.publisher = publisher;
        self
    }

    pub(super) fn is_expired(&self, now: Time) -> bool {
        self.expires_at <= now
    }

    /// What it counts against limits in bytes: Topic Name, properties and payload.
    pub fn size_bytes(&self) -> usize {
        usize::from(self.topic_len) + self.payload().len() + self.properties().wire_len()
    }

    pub(super) fn view(&self) -> MessageView<'_> {
        MessageView {
            topic: self.topic(),
            properties: self.properties(),
            payload: self.payload(),
            qos: self.qos,
            retain: self.retain,
            expires_at: self.expires_at,
            publisher: self.publisher,
        }
    }

    pub(super) fn topic_text(&self) -> Arc<str> {
        self.topic().as_str().into()
    }
}

impl MessageView<'_> {
    /// The Message Expiry Interval that is left. `None`: it has none.
    pub(super) fn expiry_s(&self, now: Time) -> Option<u32> {
        if self.expires_at == Time::MAX {
            return None;
        }
        Some(u32::try_from(self.expires_at.ms_since(now).div_ceil(1000)).unwrap_or(u32::MAX))
    }
}

/// Without what belongs to the connection on which they came.
fn kept_properties(properties: Properties<'_>) -> Option<Box<PropertiesBuf>> {
    if properties.is_empty() {
        return None;
    }
    let mut kept = PropertiesBuf::from(properties);
    kept.remove(PropertyIdentifier::TopicAlias);
    (!kept.is_empty()).then(|| Box::new(kept))
}

/// When a message with these properties that came `now` expires; `Time::MAX`: never.
pub(super) fn expires_at(properties: Properties<'_>, now: Time) -> Time {
    properties.message_expiry_interval_s().map_or(Time::MAX, |interval_s| MessageExpiry::new(interval_s, now).at())
}

impl fmt::Debug for RoutedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutedMessage")
            .field("topic", &self.topic().as_str())
            .field("payload", &String::from_utf8_lossy(self.payload()))
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .finish_non_exhaustive()
    }
}

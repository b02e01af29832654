//! What to publish and what to subscribe to, with everything that MQTT 5.0 can say about it.

use crate::error::Error;
use bytes::Bytes;
use core::time::Duration;
use polymqtt_core::Message;
use polymqtt_core::codec::{EncodeError, PropertiesBuf, Property, QoS, RetainHandling, SubscriptionOptions};
use polymqtt_core::topic::{TopicName, TopicPattern};

/// A message to publish.
///
/// ```
/// use core::time::Duration;
/// use polymqtt::{Publication, QoS};
///
/// let publication = Publication::new("room/temperature", "21.5")
///     .with_qos(QoS::AtLeastOnce)
///     .with_retained(true)
///     .with_expiry(Duration::from_secs(60))
///     .with_content_type("text/plain")
///     .with_user_property("sensor", "north");
/// # let _ = publication;
/// ```
#[derive(Debug, Clone)]
pub struct Publication {
    topic: String,
    payload: Bytes,
    qos: QoS,
    retained: bool,
    properties: Properties,
}

/// Topic Filters to subscribe to, with options.
///
/// ```
/// use polymqtt::{QoS, Subscribe};
///
/// let subscribe = Subscribe::new("chat/+room", QoS::ExactlyOnce).with_no_local(true).with_identifier(7);
/// # let _ = subscribe;
/// ```
#[derive(Debug, Clone)]
pub struct Subscribe {
    filters: Vec<(String, SubscriptionOptions)>,
    properties: Properties,
}

/// Properties under construction; the first error waits for the command that uses them.
#[derive(Debug, Clone, Default)]
struct Properties {
    buf: PropertiesBuf,
    error: Option<EncodeError>,
}

impl Publication {
    /// At QoS 0, not retained. What is wrong with it is told by the command that it is given to.
    pub fn new(topic: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retained: false,
            properties: Properties::default(),
        }
    }

    /// How surely it is to be delivered.
    #[must_use]
    pub fn with_qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// Whether the broker keeps it for later subscribers. Spec: 3.3.1.3.
    #[must_use]
    pub fn with_retained(mut self, retained: bool) -> Self {
        self.retained = retained;
        self
    }

    /// How long it is worth anything, in whole seconds; then neither this client nor the broker delivers it (5.0).
    #[must_use]
    pub fn with_expiry(self, expiry: Duration) -> Self {
        self.with_property(Property::MessageExpiryInterval(u32::try_from(expiry.as_secs()).unwrap_or(u32::MAX)))
    }

    /// Says that the payload is UTF-8 text, which the broker may check (5.0).
    #[must_use]
    pub fn with_text_format(self) -> Self {
        self.with_property(Property::PayloadFormatIndicator(1))
    }

    /// What the payload is, for example a MIME type (5.0).
    #[must_use]
    pub fn with_content_type(self, content_type: &str) -> Self {
        self.with_property(Property::ContentType(content_type))
    }

    /// Where a response is to be published (5.0).
    #[must_use]
    pub fn with_response_topic(self, topic: &str) -> Self {
        self.with_property(Property::ResponseTopic(topic))
    }

    /// Ties a response to its request (5.0).
    #[must_use]
    pub fn with_correlation_data(self, data: &[u8]) -> Self {
        self.with_property(Property::CorrelationData(data))
    }

    /// Adds a user property (5.0).
    #[must_use]
    pub fn with_user_property(self, name: &str, value: &str) -> Self {
        self.with_property(Property::UserProperty((name, value)))
    }

    /// Adds any property that PUBLISH may have (5.0).
    #[must_use]
    pub fn with_property(mut self, property: Property<'_>) -> Self {
        self.properties.push(property);
        self
    }

    /// Checks topic and properties.
    pub(crate) fn into_message(self) -> Result<Message, Error> {
        let topic = match TopicName::new(&self.topic) {
            Ok(topic) => topic,
            Err(error) => return Err(Error::TopicName { text: self.topic, error }),
        };
        let message = Message::new(topic, self.payload).with_qos(self.qos).with_retain(self.retained);
        Ok(message.with_properties(self.properties.finish()?))
    }
}

impl Subscribe {
    /// One Topic Filter, or a pattern with named wildcards such as `cmd/+room/#rest`.
    pub fn new(filter: impl Into<String>, qos: QoS) -> Self {
        Self::with_options(filter, SubscriptionOptions { qos, ..SubscriptionOptions::default() })
    }

    /// Like [`Subscribe::new`], with all Subscription Options.
    pub fn with_options(filter: impl Into<String>, options: SubscriptionOptions) -> Self {
        Self { filters: vec![(filter.into(), options)], properties: Properties::default() }
    }

    /// Several at once, in one packet.
    pub fn multiple<F: Into<String>>(filters: impl IntoIterator<Item = (F, QoS)>) -> Self {
        let options = |qos| SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        let filters = filters.into_iter().map(|(filter, qos)| (filter.into(), options(qos))).collect();
        Self { filters, properties: Properties::default() }
    }

    /// One more Topic Filter, with its Subscription Options.
    #[must_use]
    pub fn and(mut self, filter: impl Into<String>, options: SubscriptionOptions) -> Self {
        self.filters.push((filter.into(), options));
        self
    }

    /// Whether to leave out messages that this client has published itself, for all Topic Filters so far (5.0).
    #[must_use]
    pub fn with_no_local(mut self, no_local: bool) -> Self {
        self.filters.iter_mut().for_each(|(_, options)| options.no_local = no_local);
        self
    }

    /// Whether the RETAIN flag comes as it was published, for all Topic Filters so far (5.0).
    #[must_use]
    pub fn with_retain_as_published(mut self, retain_as_published: bool) -> Self {
        self.filters.iter_mut().for_each(|(_, options)| options.retain_as_published = retain_as_published);
        self
    }

    /// Whether Retained Messages are sent, for all Topic Filters so far (5.0).
    #[must_use]
    pub fn with_retain_handling(mut self, retain_handling: RetainHandling) -> Self {
        self.filters.iter_mut().for_each(|(_, options)| options.retain_handling = retain_handling);
        self
    }

    /// The Subscription Identifier that comes with each message: 1 to 268,435,455 (5.0).
    #[must_use]
    pub fn with_identifier(mut self, identifier: u32) -> Self {
        self.properties.push(Property::SubscriptionIdentifier(identifier));
        self
    }

    /// Adds a user property (5.0).
    #[must_use]
    pub fn with_user_property(mut self, name: &str, value: &str) -> Self {
        self.properties.push(Property::UserProperty((name, value)));
        self
    }

    /// The patterns with their options, and the properties.
    pub(crate) fn parse(self) -> Result<(Vec<(TopicPattern, SubscriptionOptions)>, PropertiesBuf), Error> {
        let properties = self.properties.finish()?;
        let parse = |(text, options): (String, _)| match TopicPattern::new(&text) {
            Ok(pattern) => Ok((pattern, options)),
            Err(error) => Err(Error::TopicPattern { text, error }),
        };
        Ok((self.filters.into_iter().map(parse).collect::<Result<_, _>>()?, properties))
    }
}

impl Properties {
    fn push(&mut self, property: Property<'_>) {
        if let Err(error) = self.buf.push(property) {
            self.error.get_or_insert(error);
        }
    }

    fn finish(self) -> Result<PropertiesBuf, Error> {
        self.error.map_or(Ok(self.buf), |error| Err(Error::Property(error)))
    }
}

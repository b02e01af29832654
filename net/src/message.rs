//! A message that has come.

use crate::error::Error;
use crate::inner::Inner;
use bytes::Bytes;
use core::fmt;
use polymqtt_core::client::AcknowledgementHandle;
use polymqtt_core::codec::{PacketIdentifier, Properties, QoS};
use polymqtt_core::topic::{TopicName, TopicPattern};
use polymqtt_core::{Message as CoreMessage, ReasonCode};
use std::sync::{Arc, Weak};

/// A message that the broker delivered. Cheap to clone.
#[derive(Clone)]
pub struct Message {
    inner: CoreMessage,
    packet_identifier: Option<PacketIdentifier>,
    pattern: Option<Arc<TopicPattern>>,
    acknowledgement: Option<(AcknowledgementHandle, Weak<Inner>)>,
}

impl Message {
    pub(crate) fn new(
        inner: CoreMessage,
        packet_identifier: Option<PacketIdentifier>,
        pattern: Option<Arc<TopicPattern>>,
        acknowledgement: Option<(AcknowledgementHandle, Weak<Inner>)>,
    ) -> Self {
        Self { inner, packet_identifier, pattern, acknowledgement }
    }

    /// The Topic Name.
    pub fn topic(&self) -> &str {
        self.inner.topic().as_str()
    }

    /// The payload.
    pub fn payload(&self) -> &Bytes {
        self.inner.payload()
    }

    /// The payload as text; `None` when it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.payload()).ok()
    }

    /// The QoS of this delivery.
    pub fn qos(&self) -> QoS {
        self.inner.qos()
    }

    /// Whether it is a Retained Message: it was there before the subscription. Spec: 3.3.1.3.
    pub fn retained(&self) -> bool {
        self.inner.retain()
    }

    /// The Packet Identifier of the PUBLISH that brought it, for logs; `None` at QoS 0. Spec: 2.2.1.
    pub fn packet_identifier(&self) -> Option<PacketIdentifier> {
        self.packet_identifier
    }

    /// Whether the broker has perhaps delivered it before. Spec: 3.3.1.1.
    pub fn duplicate(&self) -> bool {
        self.inner.dup()
    }

    /// The properties (5.0).
    pub fn properties(&self) -> Properties<'_> {
        self.inner.properties()
    }

    /// The topic that the sender wants the response at (5.0).
    pub fn response_topic(&self) -> Option<&str> {
        self.properties().response_topic().map(TopicName::as_str)
    }

    /// What ties a response to its request; in a request, [`Client::respond`](crate::Client::respond) gives it back
    /// (5.0).
    pub fn correlation_data(&self) -> Option<&[u8]> {
        self.properties().correlation_data()
    }

    /// The user properties, in order (5.0).
    pub fn user_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.properties().user_properties()
    }

    /// What the wildcard with this name stands for, when the subscription was made with a pattern such as
    /// `cmd/+room/#rest`.
    pub fn capture(&self, name: &str) -> Option<&str> {
        self.captures().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// What the named wildcards of the pattern stand for, in its order.
    pub fn captures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pattern.iter().filter_map(|pattern| pattern.captures(self.inner.topic())).flatten()
    }

    /// Tells the broker that this message has been dealt with.
    ///
    /// Only with [`ClientOptions::set_manual_acknowledgement`](crate::ClientOptions::set_manual_acknowledgement);
    /// otherwise, and for QoS 0, it does nothing. Acknowledgements go out in the order in which messages came (4.6), so
    /// one that is missing holds back those behind it.
    ///
    /// # Errors
    /// It was acknowledged before and waits for others, or the client is closed. When the connection of a QoS 1 message
    /// is gone there is no error: the broker delivers it again.
    pub fn acknowledge(&self) -> Result<(), Error> {
        self.acknowledge_with(ReasonCode::Success)
    }

    /// Like [`Message::acknowledge`], with a Reason Code, for example to refuse the message (5.0).
    ///
    /// # Errors
    /// As [`Message::acknowledge`].
    pub fn acknowledge_with(&self, reason_code: ReasonCode) -> Result<(), Error> {
        let Some((handle, client)) = &self.acknowledgement else { return Ok(()) };
        client.upgrade().ok_or(Error::Closed)?.acknowledge(*handle, reason_code)
    }

    /// The message as the core knows it.
    pub fn as_core(&self) -> &CoreMessage {
        &self.inner
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic())
            .field("payload", self.payload())
            .field("qos", &self.qos())
            .field("retained", &self.retained())
            .finish_non_exhaustive()
    }
}

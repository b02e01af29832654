//! An Application Message as C sees it.

use crate::error::Outcome;
use crate::packet::topic_name;
use crate::property::{owner, pmq_properties, qos};
use crate::view::{pmq_bytes, pmq_str};
use polymqtt_core::Message;
use polymqtt_core::codec::{PacketType, PropertiesBuf};

/// An Application Message: to publish, or one that came.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_message {
    /// The Topic Name.
    pub topic: pmq_str,
    /// The payload.
    pub payload: pmq_bytes,
    /// 0, 1 or 2.
    pub qos: u8,
    /// To publish: keep it. One that came: it was kept, it is not news.
    pub retain: bool,
    /// One that came: perhaps a repetition. Ignored when publishing.
    pub dup: bool,
    /// The PUBLISH properties (5.0); all zero: none.
    pub properties: pmq_properties,
}

impl pmq_message {
    pub(crate) const NONE: Self = Self {
        topic: pmq_str::ABSENT,
        payload: pmq_bytes::ABSENT,
        qos: 0,
        retain: false,
        dup: false,
        properties: pmq_properties::NONE,
    };

    /// A view of `message`.
    pub(crate) fn new(message: &Message) -> Self {
        Self {
            topic: pmq_str::new(message.topic().as_str()),
            payload: pmq_bytes::new(message.payload()),
            qos: message.qos().as_u8(),
            retain: message.retain(),
            dup: message.dup(),
            properties: pmq_properties::new(message.properties()),
        }
    }

    /// The message, with the payload copied once.
    ///
    /// # Safety
    /// Its views are valid.
    pub(crate) unsafe fn get(&self) -> Outcome<Message> {
        // SAFETY: what the caller of this function promises, for every view.
        let (topic, payload, properties) =
            unsafe { (self.topic.or_empty()?, self.payload.get()?, self.properties.get(owner(PacketType::Publish))?) };
        let message = Message::new(topic_name(topic)?, payload.to_vec());
        let message = message.with_qos(qos(self.qos)?).with_retain(self.retain);
        Ok(if properties.is_empty() { message } else { message.with_properties(PropertiesBuf::from(properties)) })
    }
}

//! Control Packets and their bytes.
//!
//! A decoded [`Packet`] borrows everything from the input and is `Copy`: properties and lists stay in their wire form,
//! checked once while decoding and read by iterators. Encoding a packet copies those forms back. So neither direction
//! allocates, and a property block can go from one connection to another as it came.

mod acknowledgement;
mod auth;
mod connack;
mod connect;
mod decode;
mod decoder;
mod disconnect;
mod error;
mod fixed_header;
mod packet;
mod packet_identifier;
mod primitive;
mod properties;
mod property;
mod protocol_version;
mod publish;
mod qos;
mod suback;
mod subscribe;
pub mod text;
mod unsuback;
mod unsubscribe;

pub use acknowledgement::Acknowledgement;
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use decode::{DecodeOptions, Side, decode};
pub use decoder::Decoder;
pub use disconnect::Disconnect;
pub use error::{DecodeError, DecodeFault, EncodeError};
pub use packet::{Packet, PacketType};
pub use packet_identifier::PacketIdentifier;
pub use properties::{Properties, PropertiesBuf, PropertiesIter};
pub use property::{Property, PropertyIdentifier, PropertyOwner, PropertyType, PropertyValue};
pub use protocol_version::ProtocolVersion;
pub use publish::{PropertyRewrite, Publish, PublishHead};
pub use qos::QoS;
pub use suback::SubAck;
pub use subscribe::{
    RetainHandling, Subscribe, SubscriptionOptions, Subscriptions, SubscriptionsBuf, SubscriptionsIter,
};
pub use unsuback::UnsubAck;
pub use unsubscribe::{TopicFilters, TopicFiltersBuf, TopicFiltersIter, Unsubscribe};

use decode::{check_reason_code, check_reason_codes, read_last_properties, read_reason_code};

//! Control Packets and their bytes.
//!
//! A decoded [`Packet`] borrows everything from the input and is `Copy`: properties and lists stay in their wire form,
//! checked once while decoding and read by iterators. Encoding a packet copies those forms back. So neither direction
//! allocates, and a property block can go from one connection to another as it came.

mod packet;
mod packet_identifier;
mod properties;
mod property;
mod protocol_version;
mod qos;

pub use packet::{
    Acknowledgement, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, Publish, RetainHandling, SubAck,
    Subscribe, SubscriptionOptions, Subscriptions, SubscriptionsBuf, TopicFilters, TopicFiltersBuf, UnsubAck,
    Unsubscribe, Will,
};
pub use packet_identifier::PacketIdentifier;
pub use properties::{Properties, PropertiesBuf};
pub use property::{Property, PropertyIdentifier, PropertyOwner, PropertyType};
pub use protocol_version::ProtocolVersion;
pub use qos::QoS;

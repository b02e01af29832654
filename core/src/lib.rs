//! MQTT 3.1, 3.1.1 and 5.0 without IO.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

extern crate alloc;

pub mod broker;
pub mod client;
pub mod codec;
mod message;
mod outgoing_buffer;
mod reason_code;
pub mod session;
mod time;
pub mod topic;

pub use codec::{Packet, PacketIdentifier, ProtocolVersion, QoS};
pub use message::Message;
pub use outgoing_buffer::{OutgoingBuffer, Slices};
pub use reason_code::ReasonCode;
pub use time::Time;

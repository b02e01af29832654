//! An MQTT client for async and for blocking code.
#![forbid(unsafe_code)]

pub mod transport;
pub mod url;

//! polymqtt for JavaScript: the core in WebAssembly. What a page imports is written in `js/`.
//!
//! Three builds of this crate make up the npm package: one with the client, one with the broker, one with the codec.
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "broker")]
pub mod broker;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "codec")]
pub mod codec;
mod error;
#[cfg(feature = "client")]
pub mod matching;
mod object;
#[cfg(any(feature = "client", feature = "broker"))]
mod options;
#[cfg(any(feature = "client", feature = "broker"))]
mod output;
#[cfg(feature = "codec")]
mod packet;
#[cfg(feature = "broker")]
mod policy;
mod properties;
#[cfg(any(feature = "client", feature = "codec"))]
mod subscriptions;
mod topic;

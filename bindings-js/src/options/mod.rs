//! What a user writes in JavaScript, read into the core's own options. Names differ from Rust's only in case.

#[cfg(feature = "broker")]
mod broker;
#[cfg(feature = "client")]
mod client;
mod message;

#[cfg(feature = "broker")]
pub(crate) use broker::{authentication_step, broker_options, connect_grant, connection_info};
#[cfg(feature = "client")]
pub(crate) use client::{client_options, disconnect_options};
pub(crate) use message::message;

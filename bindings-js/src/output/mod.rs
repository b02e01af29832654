//! Outputs and events as plain objects. `type` says what each one is.

#[cfg(feature = "broker")]
mod broker;
#[cfg(feature = "client")]
mod client;

#[cfg(feature = "broker")]
pub(crate) use broker::{broker_output, broker_statistics, number};
#[cfg(feature = "client")]
pub(crate) use client::{client_output, client_statistics, server_object, state_name};

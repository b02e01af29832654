//! polymqtt for C: `libmqtt.a`, `libmqtt.so` and `polymqtt.h`. How the functions behave is written in README.md.
#![cfg_attr(not(feature = "std"), no_std)]
#![expect(non_camel_case_types, reason = "types have the names that they have in C")]
#![expect(missing_debug_implementations, reason = "there is no Debug in C")]
#![expect(clippy::missing_safety_doc, reason = "README.md says what every function asks of its caller")]

extern crate alloc;

#[cfg(feature = "net")]
pub mod broker;
pub mod broker_core;
pub mod broker_options;
#[cfg(feature = "net")]
mod callback;
#[cfg(feature = "net")]
pub mod client;
pub mod client_core;
pub mod codec;
pub mod error;
#[cfg(all(not(feature = "std"), not(test)))]
mod hooks;
pub mod message;
pub mod names;
#[cfg(feature = "net")]
mod net_error;
pub mod options;
pub mod output;
pub mod packet;
mod panic;
pub mod policy;
pub mod property;
pub mod topic;
pub mod view;

//! The polymqtt broker: start it inside a program, or as the binary `polymqtt`.
//!
//! ```
//! use polymqtt_broker::{Broker, config::Listener};
//!
//! let broker = Broker::builder().listen(Listener::tcp(([127, 0, 0, 1], 0).into())).start()?;
//! let url = broker.addresses()[0].url();
//! assert!(url.starts_with("mqtt://127.0.0.1:"));
//! broker.shutdown();
//! # Ok::<(), polymqtt_broker::StartError>(())
//! ```
#![forbid(unsafe_code)]

pub mod config;
pub mod passwords;
mod server;

pub use server::{
    Action, Address, AuthenticationAnswer, AuthenticationAttempt, Broker, BrokerBuilder, Login, LoginAttempt,
    StartError,
};

pub use polymqtt_core;

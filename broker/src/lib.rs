//! The polymqtt broker: start it inside a program, or as the binary `polymqtt`.
//!
//! ```
//! use polymqtt_broker::{Action, Broker, Login, config::Listener};
//!
//! let broker = Broker::builder()
//!     .listen(Listener::tcp(([127, 0, 0, 1], 0).into()))
//!     .authenticate(|attempt| match &attempt.user_name {
//!         Some(_) => Login::Accept,
//!         None => Login::AcceptAs("guest".into()),
//!     })
//!     .authorize(|client, action| {
//!         client.user_name != Some("guest") || !matches!(action, Action::Publish { .. })
//!     })
//!     .start()?;
//! println!("{}", broker.addresses()[0].url());
//! # assert!(broker.addresses()[0].url().starts_with("mqtt://127.0.0.1:"));
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

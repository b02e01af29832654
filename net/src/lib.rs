//! An MQTT client for async and for blocking code.
#![forbid(unsafe_code)]

mod answer;
mod authentication;
mod client;
mod connector;
mod delivery;
mod driver;
mod error;
mod event;
mod handlers;
mod inner;
mod message;
mod options;
mod publication;
mod queue;
mod routing;
mod runtime;
mod subscription;
mod token;
pub mod transport;
pub mod url;

pub use answer::Published;
pub use authentication::{Authenticator, Credentials};
pub use client::{Client, Statistics};
pub use error::{Error, Refusal};
pub use event::{Connected, Disconnected, Event, Events};
pub use message::Message;
pub use options::ClientOptions;
pub use polymqtt_core as core;
pub use polymqtt_core::ReasonCode;
pub use polymqtt_core::client::{Cause, DisconnectOptions, QueueOptions, Reconnect, Server, UsageError, WhenFull};
pub use polymqtt_core::codec::{ProtocolVersion, QoS, RetainHandling, SubscriptionOptions};
pub use publication::{Publication, Subscribe};
pub use subscription::{IntoMessages, Messages, Subscription};
pub use token::Token;
pub use transport::TlsOptions;
pub use url::BrokerUrl;

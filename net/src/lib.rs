//! An MQTT client for async and for blocking code: MQTT 3.1, 3.1.1 and 5.0 over TCP, TLS, WebSocket and Unix sockets.
//!
//! Async:
//!
//! ```
//! use polymqtt::{Client, ClientOptions, QoS};
//!
//! # let broker = polymqtt_broker::Broker::builder()
//! #     .listen(polymqtt_broker::config::Listener::tcp(([127, 0, 0, 1], 0).into())).start()?;
//! # let url = broker.addresses()[0].url();
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! // `url` is for example "mqtt://localhost:1883".
//! let client = Client::new(ClientOptions::new().add_broker(&url).set_client_id("thermometer"))?;
//! client.connect().await?;
//!
//! let commands = client.subscribe("home/+room/set", QoS::AtLeastOnce).await?;
//! client.publish("home/kitchen/set", QoS::AtLeastOnce, false, "21.5").await?;
//!
//! while let Some(message) = commands.next().await {
//!     println!("{:?} is to be {:?}", message.capture("room"), message.text());
//! #   assert_eq!((message.capture("room"), message.text()), (Some("kitchen"), Some("21.5")));
//!     break;
//! }
//! client.disconnect().await?;
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Blocking, with the same types and no runtime:
//!
//! ```
//! use core::time::Duration;
//! use polymqtt::{Client, ClientOptions, QoS};
//!
//! # let broker = polymqtt_broker::Broker::builder()
//! #     .listen(polymqtt_broker::config::Listener::tcp(([127, 0, 0, 1], 0).into())).start()?;
//! # let url = broker.addresses()[0].url();
//! let client = Client::new(ClientOptions::new().add_broker(&url).set_keep_alive(Duration::from_secs(30)))?;
//! client.connect().wait()?;
//!
//! let alarms = client.subscribe_multiple([("alarm/#", QoS::ExactlyOnce), ("test", QoS::AtMostOnce)]).wait()?;
//! client.publish("alarm/fire", QoS::ExactlyOnce, true, "kitchen").wait()?;
//!
//! for message in &alarms {
//!     println!("{}: {:?}", message.topic(), message.text());
//! #   assert_eq!((message.topic(), message.text()), ("alarm/fire", Some("kitchen")));
//!     break;
//! }
//! client.disconnect().wait()?;
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What to know
//! - **Commands never block.** They return a [`Token`], which is a future and has [`Token::wait`]. Drop it when the answer
//!   does not matter. Commands given while there is no connection wait for the next one.
//! - **Messages** come by a [`Subscription`] (a stream, and an iterator), or by a handler
//!   ([`Client::subscribe_with`]) on a thread of the client's own, where one may publish and wait.
//! - **A connection that is lost is opened again**, with exponential backoff and jitter, at the next broker if there are
//!   several; subscriptions are made again when the broker has forgotten them. [`Client::events`] tells all of it.
//! - **Slow consumers** lose messages of QoS 0 beyond a limit, and none of QoS 1 and 2; see [`Subscription`].
//! - **IO** runs on one background thread for all clients of the process, or on your runtime:
//!   [`Client::on_runtime`].
//! - **Everything of MQTT 5.0** is there: [`Publication`] and [`Subscribe`] carry properties and options,
//!   [`Client::request`] waits for a response, [`Authenticator`] does enhanced authentication.
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
mod token_map;
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

/// The programs in the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[expect(missing_debug_implementations, reason = "carries documentation only")]
pub struct Readme;

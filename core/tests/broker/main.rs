//! The broker as its clients see it: whole conversations on a virtual clock, with one shard and with several.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod authentication;
mod capabilities;
mod connecting;
mod delivering;
mod fuzz;
mod kit;
mod limits;
mod model;
mod policies;
mod qos;
mod retained;
mod sessions;
mod shards;
mod shared;
mod store;
mod subscribing;
mod sys;
mod violations;
mod wills;

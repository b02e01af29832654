//! The client against a server that follows a script.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::wildcard_enum_match_arm,
    reason = "a test panics when it fails"
)]

mod scripted;
#[expect(dead_code, reason = "texts in quotes stand in other vectors")]
#[path = "../vector_file/mod.rs"]
mod vector_file;

mod acknowledgements;
mod connection;
mod hostile;
mod publishing;
mod requests;
mod session;
mod storing;
mod subscriptions;
mod violations;

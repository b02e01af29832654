//! Who the client says it is.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::AuthenticationStep;
use std::sync::{Arc, Mutex, PoisonError};

/// A user name and a password, from [`ClientOptions::set_credentials_provider`](crate::ClientOptions).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// The user name.
    pub user_name: Option<String>,
    /// The password.
    pub password: Option<Vec<u8>>,
}

impl Credentials {
    /// Both.
    pub fn new(user_name: impl Into<String>, password: impl Into<Vec<u8>>) -> Self {
        Self { user_name: Some(user_name.into()), password: Some(password.into()) }
    }
}

/// Never shows the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// The client's side of an enhanced authentication (5.0, 4.12). Its methods are called on a thread where they may
/// block.
pub trait Authenticator: Send {
    /// The Authentication Method, such as `SCRAM-SHA-256`.
    fn method(&self) -> &str;

    /// The Authentication Data that begins an exchange: that of CONNECT, or of AUTH when authenticating again.
    fn start(&mut self) -> Option<Vec<u8>>;

    /// The answer to what the server sent; `None` gives up and ends the connection.
    fn respond(&mut self, data: &[u8]) -> Option<Vec<u8>>;

    /// What the server sent along with its consent, which may prove who it is; `false` ends the connection.
    fn finish(&mut self, data: Option<&[u8]>) -> bool {
        let _ = data;
        true
    }
}

/// An authenticator that the IO task asks on another thread.
pub(crate) type SharedAuthenticator = Arc<Mutex<Box<dyn Authenticator>>>;

/// What an authenticator is asked.
pub(crate) enum AuthenticationQuestion {
    Start,
    Respond(Vec<u8>),
    Finish(Option<Vec<u8>>),
}

/// What it says.
pub(crate) enum AuthenticationAnswer {
    Start(Option<Vec<u8>>),
    Respond(Option<Vec<u8>>),
    Finish(bool),
}

/// An answer that is being worked out.
pub(crate) type AuthenticationFuture = Pin<Box<dyn Future<Output = AuthenticationAnswer> + Send>>;

impl From<AuthenticationStep> for AuthenticationQuestion {
    fn from(step: AuthenticationStep) -> Self {
        let data = step.properties.as_properties().authentication_data().map(<[u8]>::to_vec);
        if step.reason_code == ReasonCode::Success {
            Self::Finish(data)
        } else {
            Self::Respond(data.unwrap_or_default())
        }
    }
}

impl AuthenticationQuestion {
    /// Asks on a thread where the answer may take its time. A panic there counts as giving up.
    pub(crate) async fn ask(self, authenticator: SharedAuthenticator) -> AuthenticationAnswer {
        let gives_up = match &self {
            Self::Start => AuthenticationAnswer::Start(None),
            Self::Respond(_) => AuthenticationAnswer::Respond(None),
            Self::Finish(_) => AuthenticationAnswer::Finish(false),
        };
        let ask = move || {
            let mut authenticator = authenticator.lock().unwrap_or_else(PoisonError::into_inner);
            match self {
                Self::Start => AuthenticationAnswer::Start(authenticator.start()),
                Self::Respond(data) => AuthenticationAnswer::Respond(authenticator.respond(&data)),
                Self::Finish(data) => AuthenticationAnswer::Finish(authenticator.finish(data.as_deref())),
            }
        };
        tokio::task::spawn_blocking(ask).await.unwrap_or(gives_up)
    }
}

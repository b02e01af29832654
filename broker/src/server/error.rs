//! Why a broker does not start.

use crate::config::{ConfigError, Listener};
use crate::passwords::PasswordsError;
use core::fmt;
use polymqtt::transport::TlsConfigurationError;
use polymqtt_core::broker::UsageError;
use std::io;

/// Why a broker does not start.
#[derive(Debug)]
pub enum StartError {
    /// The configuration cannot work.
    Config(ConfigError),
    /// An option of the broker is out of its range.
    Options(UsageError),
    /// The password file cannot be used.
    Passwords(PasswordsError),
    /// Certificate or key cannot be used.
    Tls(TlsConfigurationError),
    /// A listener cannot be opened.
    Listen {
        /// Which.
        listener: Listener,
        /// What the system said.
        error: io::Error,
    },
    /// A thread cannot be started, or the system has no randomness.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Options(error) => error.fmt(f),
            Self::Passwords(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Listen { listener, error } => write!(f, "cannot listen on {listener}: {error}"),
            Self::System(error) => write!(f, "cannot start a thread: {error}"),
        }
    }
}

impl core::error::Error for StartError {}

macro_rules! from {
    ($($variant:ident($error:ty))*) => {$(
        impl From<$error> for StartError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from! { Config(ConfigError) Options(UsageError) Passwords(PasswordsError) Tls(TlsConfigurationError) System(io::Error) }

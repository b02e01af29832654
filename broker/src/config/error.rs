//! What is wrong with a configuration.

use super::{Key, Listener};
use core::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Variable,
    /// A line of the configuration file; the first is 1.
    File {
        /// The file.
        file: PathBuf,
        /// The line in it.
        line: usize,
    },
}

/// Why a configuration is refused.
#[derive(Debug)]
pub enum ConfigError {
    /// A file cannot be read.
    Read {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not TOML.
    Syntax {
        /// Which file.
        file: PathBuf,
        /// The line; the first is 1.
        line: usize,
        /// What the parser said.
        problem: String,
    },
    /// The file has a key that does not exist.
    UnknownKey {
        /// Which file.
        file: PathBuf,
        /// The line; the first is 1.
        line: usize,
        /// The key.
        name: String,
        /// The key that may have been meant.
        nearest: Option<&'static Key>,
    },
    /// A value is not one that its key can have.
    Value {
        /// Which key.
        key: &'static Key,
        /// Where the value stands.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// A listener that others can reach, and nobody decided who may use it.
    OpenListener(Listener),
    /// Anonymous clients are refused and there are no others.
    NobodyMayConnect,
    /// TLS without certificate or key.
    NoCertificate(Listener),
    /// A path that does not begin with a slash.
    WebSocketPath(String),
    /// The filter of the log cannot be understood.
    Log {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Variable => f.write_str("environment"),
            Self::File { file, line } => write!(f, "{}:{line}", file.display()),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { file, error } => write!(f, "{}: cannot be read: {error}", file.display()),
            Self::Syntax { file, line, problem } => write!(f, "{}:{line}: {problem}", file.display()),
            Self::UnknownKey { file, line, name, nearest } => {
                write!(f, "{}:{line}: there is no key \"{name}\"", file.display())?;
                nearest.map_or(Ok(()), |key| write!(f, "; did you mean \"{}\"?", key.name))
            }
            Self::Value { key, origin, problem } => match origin {
                Origin::Flag => write!(f, "--{}: {problem}", key.flag()),
                Origin::Variable => write!(f, "{}: {problem}", key.variable()),
                Origin::File { .. } => write!(f, "{origin}: {}: {problem}", key.name),
            },
            Self::OpenListener(listener) => write!(
                f,
                "{listener} can be reached from other machines, and nothing says who may connect: write --password-file \
                 FILE (made with `polymqtt passwd FILE USER`) to ask for passwords, or --allow-anonymous to let everybody in"
            ),
            Self::NobodyMayConnect => f.write_str(
                "allow_anonymous is false and there is neither a password_file nor a tls_client_ca_file: nobody could \
                 connect; write --password-file FILE (made with `polymqtt passwd FILE USER`)",
            ),
            Self::NoCertificate(listener) => write!(
                f,
                "{listener} needs a certificate: write --tls-certificate-file FILE and --tls-key-file FILE (both PEM)"
            ),
            Self::WebSocketPath(path) => {
                write!(f, "websocket_path: \"{path}\" does not begin with a slash; write for example /mqtt")
            }
            Self::Log { filter, problem } => {
                write!(f, "log: \"{filter}\": {problem}; write for example info or warn,polymqtt_broker=debug")
            }
        }
    }
}

impl core::error::Error for ConfigError {}

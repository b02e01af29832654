//! `polymqtt passwd`.

use super::{FAILURE, SUCCESS, USAGE, complain};
use clap::Args;
use polymqtt_broker::passwords::{Passwords, PasswordsError};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

/// Sets or removes the password of a user.
///
/// The password is asked for on a terminal; otherwise it is the first line of standard input.
#[derive(Debug, Args)]
pub(crate) struct Passwd {
    /// The password file; it is made if there is none.
    file: PathBuf,
    /// The user.
    user: String,
    /// Removes the user.
    #[arg(long, short = 'D')]
    delete: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Passwd) -> ExitCode {
    match change(arguments) {
        Ok(()) => SUCCESS,
        Err(Refusal::Passwords(error @ PasswordsError::UserName(_))) => {
            complain(error);
            USAGE.into()
        }
        Err(refusal) => {
            complain(refusal);
            FAILURE.into()
        }
    }
}

#[derive(Debug)]
enum Refusal {
    Passwords(PasswordsError),
    NoSuchUser(String),
    Differ,
    Empty,
    Input(std::io::Error),
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Passwords(error) => error.fmt(f),
            Self::NoSuchUser(user) => write!(f, "there is no user {user:?}"),
            Self::Differ => f.write_str("the two passwords differ"),
            Self::Empty => f.write_str("the password is empty"),
            Self::Input(error) => write!(f, "cannot read the password: {error}"),
        }
    }
}

impl From<PasswordsError> for Refusal {
    fn from(error: PasswordsError) -> Self {
        Self::Passwords(error)
    }
}

fn change(arguments: &Passwd) -> Result<(), Refusal> {
    let mut passwords = if arguments.file.exists() { Passwords::read(&arguments.file)? } else { Passwords::new() };
    if arguments.delete {
        if !passwords.remove(&arguments.user) {
            return Err(Refusal::NoSuchUser(arguments.user.clone()));
        }
    } else {
        passwords.set(&arguments.user, password()?.as_bytes())?;
    }
    Ok(passwords.write(&arguments.file)?)
}

fn password() -> Result<String, Refusal> {
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ").map_err(Refusal::Input)?;
        let second = rpassword::prompt_password("Again: ").map_err(Refusal::Input)?;
        if first != second {
            return Err(Refusal::Differ);
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Refusal::Input)?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    };
    if password.is_empty() { Err(Refusal::Empty) } else { Ok(password) }
}

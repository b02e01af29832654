//! Users and their passwords: a file with one user a line, `NAME:HASH`, where the hash is an argon2id PHC string.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use core::fmt;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The users of a password file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    hashes: BTreeMap<String, String>,
}

/// Why a password file or a change of it is refused.
#[derive(Debug)]
pub enum PasswordsError {
    /// The file cannot be read or written.
    File {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A line is not `NAME:$argon2id$...`.
    Line {
        /// Which file.
        file: PathBuf,
        /// The line; the first is 1.
        line: usize,
    },
    /// A user stands in the file twice.
    Twice {
        /// Which file.
        file: PathBuf,
        /// The line of the second; the first line is 1.
        line: usize,
    },
    /// A user name that is empty or holds a colon or a control character.
    UserName(String),
    /// The password cannot be hashed: it is too long, or the system has no randomness.
    Hash,
}

impl fmt::Display for PasswordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, error } => write!(f, "{}: {error}", file.display()),
            Self::Line { file, line } => write!(
                f,
                "{}:{line}: a line must be NAME:HASH with an argon2 hash; `polymqtt passwd` writes such lines",
                file.display()
            ),
            Self::Twice { file, line } => write!(f, "{}:{line}: this user stands in the file twice", file.display()),
            Self::UserName(name) => {
                write!(f, "user name {name:?}: it must not be empty nor hold a colon or a control character")
            }
            Self::Hash => f.write_str("the password cannot be hashed"),
        }
    }
}

impl core::error::Error for PasswordsError {}

impl fmt::Debug for Passwords {
    /// The user names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.hashes.keys()).finish()
    }
}

impl Passwords {
    /// No users.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a password file.
    pub fn read(file: &Path) -> Result<Self, PasswordsError> {
        let text = std::fs::read_to_string(file).map_err(|error| PasswordsError::File { file: file.into(), error })?;
        let mut passwords = Self::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = line.split_once(':').filter(|(name, hash)| is_user_name(name) && is_argon2(hash));
            let (name, hash) = entry.ok_or_else(|| PasswordsError::Line { file: file.into(), line: index + 1 })?;
            if passwords.hashes.insert(name.into(), hash.into()).is_some() {
                return Err(PasswordsError::Twice { file: file.into(), line: index + 1 });
            }
        }
        Ok(passwords)
    }

    /// Writes the file anew, readable by its owner only; it is replaced in one step.
    pub fn write(&self, file: &Path) -> Result<(), PasswordsError> {
        let wrong = |error| PasswordsError::File { file: file.into(), error };
        let mut name = file.file_name().unwrap_or_default().to_os_string();
        name.push(".new");
        let temporary = file.with_file_name(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut output = options.open(&temporary).map_err(wrong)?;
        for (name, hash) in &self.hashes {
            writeln!(output, "{name}:{hash}").map_err(wrong)?;
        }
        output.sync_all().map_err(wrong)?;
        std::fs::rename(&temporary, file).map_err(wrong)
    }

    /// Sets the password of a user, who is added if need be.
    pub fn set(&mut self, user_name: &str, password: &[u8]) -> Result<(), PasswordsError> {
        if !is_user_name(user_name) {
            return Err(PasswordsError::UserName(user_name.into()));
        }
        let hash = Argon2::default().hash_password(password).map_err(|_| PasswordsError::Hash)?;
        self.hashes.insert(user_name.into(), hash.to_string());
        Ok(())
    }

    /// Removes a user; `false`: there was none of that name.
    pub fn remove(&mut self, user_name: &str) -> bool {
        self.hashes.remove(user_name).is_some()
    }

    /// Whether this is the user's password. Takes some ten milliseconds on purpose, also for a user who does not exist.
    pub fn verify(&self, user_name: &str, password: &[u8]) -> bool {
        let stored = self.hashes.get(user_name);
        let hash = PasswordHash::new(stored.map_or(NOBODY, String::as_str));
        let matches = hash.is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok());
        matches && stored.is_some()
    }

    /// The names of the users, sorted.
    pub fn user_names(&self) -> impl Iterator<Item = &str> {
        self.hashes.keys().map(String::as_str)
    }
}

/// A hash to compare with when there is no such user, so that the time does not tell who exists.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn is_user_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#') && name.chars().all(|c| c != ':' && !c.is_control())
}

fn is_argon2(hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| hash.algorithm.as_str().starts_with("argon2"))
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, Passwords, PasswordsError, is_argon2};

    #[test]
    fn what_is_written_is_read_and_verified() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        let mut passwords = Passwords::new();
        passwords.set("ann", b"secret").unwrap();
        passwords.set("bob", b"\xFF\x00").unwrap();
        passwords.write(&file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("ann:$argon2id$v=19$"), "{text}");
        let mut read = Passwords::read(&file).unwrap();
        assert_eq!(read, passwords);
        assert!(read.verify("ann", b"secret") && read.verify("bob", b"\xFF\x00"));
        assert!(!read.verify("ann", b"Secret") && !read.verify("eve", b"secret") && !read.verify("eve", b""));
        assert!(read.remove("ann") && !read.remove("ann"));
        assert_eq!(read.user_names().collect::<Vec<_>>(), ["bob"]);
        assert_eq!(format!("{read:?}"), "{\"bob\"}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        Passwords::new().write(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Passwords::read(&file)
        };
        assert!(matches!(read("# nobody\n\nann:plain\n"), Err(PasswordsError::Line { line: 3, .. })));
        assert!(matches!(read("ann\n"), Err(PasswordsError::Line { line: 1, .. })));
        assert!(matches!(read(&format!("a:{NOBODY}\na:{NOBODY}\n")), Err(PasswordsError::Twice { line: 2, .. })));
        assert!(matches!(Passwords::read(&folder.path().join("none")), Err(PasswordsError::File { .. })));
    }

    #[test]
    fn a_user_name_cannot_break_the_file() {
        for name in ["", "a:b", "a\nb", "#a"] {
            assert!(matches!(Passwords::new().set(name, b"x"), Err(PasswordsError::UserName(_))), "{name:?}");
        }
        assert!(is_argon2(NOBODY));
    }
}

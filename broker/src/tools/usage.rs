//! A command line that cannot be understood.

use core::fmt;

/// What is wrong with a command line, in the words of the mosquitto tools where they have some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsageError {
    problem: String,
}

impl UsageError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into() }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl core::error::Error for UsageError {}

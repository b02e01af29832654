//! Time as the core sees it: a number that the caller gives.

use core::ops::{Add, Sub};

/// A point in time: milliseconds since an epoch that the caller chose.
///
/// The core never reads a clock. Every call that depends on time takes a `Time`; it must never go backwards between
/// two calls on the same machine (an earlier value is treated as the latest one seen). Arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The caller's epoch.
    pub const ZERO: Self = Self(0);
    /// Later than every other time: what `next_timeout` compares against when nothing is due.
    pub const MAX: Self = Self(u64::MAX);

    /// `ms` milliseconds after the epoch.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// This time plus `seconds`.
    #[must_use]
    pub const fn plus_s(self, seconds: u32) -> Self {
        self.plus_ms(seconds as u64 * 1000)
    }

    /// This time plus `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`; zero when `earlier` is later.
    pub const fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<core::time::Duration> for Time {
    type Output = Self;

    fn add(self, duration: core::time::Duration) -> Self {
        self.plus_ms(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Sub for Time {
    type Output = core::time::Duration;

    fn sub(self, earlier: Self) -> core::time::Duration {
        core::time::Duration::from_millis(self.ms_since(earlier))
    }
}

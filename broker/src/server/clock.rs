//! The time that all shards share.

use polymqtt_core::Time;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds that only go up: they begin with the wall clock, so that two starts of a program do not overlap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    origin: Instant,
    origin_ms: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), origin_ms: u64::try_from(wall.as_millis()).unwrap_or(0) }
    }

    pub(super) fn now(&self) -> Time {
        let elapsed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        Time::from_ms(self.origin_ms.saturating_add(elapsed))
    }

    /// The moment at which `now` will have reached `time`; `None`: it is too far away to ever wait for.
    pub(super) fn instant_of(&self, time: Time) -> Option<tokio::time::Instant> {
        let ms = time.as_ms().saturating_sub(self.origin_ms);
        let instant = self.origin.checked_add(core::time::Duration::from_millis(ms))?;
        Some(tokio::time::Instant::from_std(instant))
    }
}

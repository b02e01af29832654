//! The lifetime of a message.

use crate::Time;

/// When a message that waits is no longer to be sent. Spec: 3.3.2.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageExpiry {
    at: Time,
}

impl MessageExpiry {
    /// For a message that came `now` with this Message Expiry Interval.
    pub const fn new(message_expiry_interval_s: u32, now: Time) -> Self {
        Self { at: now.plus_s(message_expiry_interval_s) }
    }

    /// When the message expires.
    pub const fn at(self) -> Time {
        self.at
    }

    /// The Message Expiry Interval to send it on with: what came minus the time that it waited, begun seconds counted as
    /// whole ones so that the lifetime never becomes 0 or shorter on the way. `None`: it has expired and must not be sent.
    /// Spec: 3.3.2.3.3 [MQTT-3.3.2-5], [MQTT-3.3.2-6].
    pub fn remaining_s(self, now: Time) -> Option<u32> {
        let ms = self.at.ms_since(now);
        if ms == 0 { None } else { Some(u32::try_from(ms.div_ceil(1000)).unwrap_or(u32::MAX)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waiting_time_is_taken_off() {
        let expiry = MessageExpiry::new(10, Time::from_ms(1000));
        assert_eq!(expiry.remaining_s(Time::from_ms(1000)), Some(10));
        assert_eq!(expiry.remaining_s(Time::from_ms(4200)), Some(7));
        assert_eq!(expiry.remaining_s(Time::from_ms(10_999)), Some(1));
        assert_eq!(expiry.remaining_s(Time::from_ms(11_000)), None);
    }

    #[test]
    fn an_interval_of_zero_has_expired_at_once() {
        assert_eq!(MessageExpiry::new(0, Time::ZERO).remaining_s(Time::ZERO), None);
    }
}

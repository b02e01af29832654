//! Every reason for which a client wants to be woken.

use crate::Time;

/// A deadline of a [`Client`](super::Client).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Timer {
    /// The transport or the CONNACK takes too long. Set with `Output::Connect`.
    Connect,
    /// Time for the next attempt. Set in state Waiting.
    Reconnect,
    /// A PINGREQ may be due. Set while connected; looks at the last packet sent and sets itself again.
    KeepAlive,
    /// The PINGRESP is late. Set with each PINGREQ.
    PingResponse,
    /// No acknowledgement has come for too long. Set while one is due; looks at the last one and sets itself again.
    Acknowledgement,
    /// The first message in the queue expires.
    QueueExpiry,
    /// The first request stops waiting for its response.
    Request,
}

impl Timer {
    const ALL: [Self; 7] = [
        Self::Connect,
        Self::Reconnect,
        Self::KeepAlive,
        Self::PingResponse,
        Self::Acknowledgement,
        Self::QueueExpiry,
        Self::Request,
    ];
}

/// When each timer is due.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers {
    due: [Option<Time>; Timer::ALL.len()],
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, due: Time) {
        if let Some(slot) = self.due.get_mut(timer as usize) {
            *slot = Some(due);
        }
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(slot) = self.due.get_mut(timer as usize) {
            *slot = None;
        }
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.due.get(timer as usize).is_some_and(Option::is_some)
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Time> {
        self.due.iter().flatten().min().copied()
    }

    /// Takes the timer that is due for the longest time.
    pub(super) fn expired(&mut self, now: Time) -> Option<Timer> {
        let (due, timer) = Timer::ALL
            .into_iter()
            .zip(self.due)
            .filter_map(|(timer, due)| Some((due?, timer)))
            .min_by_key(|(due, _)| *due)?;
        if due > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_expire_in_the_order_of_their_deadlines() {
        let mut timers = Timers::default();
        timers.set(Timer::KeepAlive, Time::from_ms(20));
        timers.set(Timer::Connect, Time::from_ms(10));
        timers.set(Timer::Request, Time::from_ms(30));
        assert_eq!(timers.next(), Some(Time::from_ms(10)));
        assert_eq!(timers.expired(Time::from_ms(9)), None);
        assert_eq!(timers.expired(Time::from_ms(20)), Some(Timer::Connect));
        assert_eq!(timers.expired(Time::from_ms(20)), Some(Timer::KeepAlive));
        assert_eq!(timers.expired(Time::from_ms(20)), None);
        assert!(timers.is_set(Timer::Request) && !timers.is_set(Timer::KeepAlive));
    }
}

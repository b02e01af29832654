//! Keep Alive: noticing that the peer is gone.

use crate::Time;

/// The Keep Alive of one connection, for either end. Spec: 3.1.2.10.
///
/// The client asks [`ping_at`](Self::ping_at) when it has to send PINGREQ: one Keep Alive after the last Control Packet
/// it sent. The server asks [`server_gives_up_at`](Self::server_gives_up_at): one and a half Keep Alives after the last
/// one it received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeepAlive {
    interval_s: u16,
    last_sent: Time,
    last_received: Time,
}

impl KeepAlive {
    /// For a connection that begins `now`. 0 turns Keep Alive off.
    pub const fn new(keep_alive_s: u16, now: Time) -> Self {
        Self { interval_s: keep_alive_s, last_sent: now, last_received: now }
    }

    /// The Keep Alive in seconds.
    pub const fn keep_alive_s(&self) -> u16 {
        self.interval_s
    }

    /// The server demands another value (Server Keep Alive). Spec: 3.2.2.3.14 [MQTT-3.2.2-21].
    pub const fn set_keep_alive_s(&mut self, keep_alive_s: u16) {
        self.interval_s = keep_alive_s;
    }

    /// A Control Packet was sent.
    pub const fn sent(&mut self, now: Time) {
        self.last_sent = now;
    }

    /// A Control Packet was received.
    pub const fn received(&mut self, now: Time) {
        self.last_received = now;
    }

    /// When the client has to send PINGREQ. `None`: Keep Alive is off. Spec: 3.1.2.10 [MQTT-3.1.2-20].
    pub const fn ping_at(&self) -> Option<Time> {
        if self.interval_s == 0 { None } else { Some(self.last_sent.plus_s(self.interval_s as u32)) }
    }

    /// When the server closes the connection. `None`: Keep Alive is off. Spec: 3.1.2.10 [MQTT-3.1.2-22].
    pub const fn server_gives_up_at(&self) -> Option<Time> {
        if self.interval_s == 0 { None } else { Some(self.last_received.plus_ms(self.interval_s as u64 * 1500)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_due_one_keep_alive_after_the_last_packet() {
        let mut keep_alive = KeepAlive::new(10, Time::from_ms(500));
        assert_eq!(keep_alive.ping_at(), Some(Time::from_ms(10_500)));
        keep_alive.sent(Time::from_ms(2000));
        assert_eq!(keep_alive.ping_at(), Some(Time::from_ms(12_000)));
        keep_alive.set_keep_alive_s(3);
        assert_eq!(keep_alive.ping_at(), Some(Time::from_ms(5000)));
    }

    #[test]
    fn the_server_waits_one_and_a_half_times() {
        let mut keep_alive = KeepAlive::new(3, Time::ZERO);
        keep_alive.received(Time::from_ms(1000));
        assert_eq!(keep_alive.server_gives_up_at(), Some(Time::from_ms(5500)));
    }

    #[test]
    fn zero_turns_it_off() {
        let keep_alive = KeepAlive::new(0, Time::ZERO);
        assert_eq!((keep_alive.ping_at(), keep_alive.server_gives_up_at()), (None, None));
    }
}

//! What happens when a deadline has passed.

use super::connection::State;
use super::timers::Timer;
use super::{Broker, limits};
use crate::Time;

impl Broker {
    /// Deadlines may have passed. To be called when [`Broker::next_timeout`] has come; more often does no harm.
    pub fn handle_timeout(&mut self, now: Time) {
        self.tick(now);
        while let Some((at, timer)) = self.timers.next()
            && at <= self.now
        {
            if self.is_live(at, timer) {
                self.timers.pop();
                self.fire(timer);
            } else {
                self.timers.pop_superseded();
            }
        }
        self.continue_replays();
        self.purge_timers();
    }

    /// Removes deadlines at the front that mean nothing any more, so that [`Broker::next_timeout`] is exact.
    pub(super) fn purge_timers(&mut self) {
        while let Some((at, timer)) = self.timers.next()
            && !self.is_live(at, timer)
        {
            self.timers.pop_superseded();
        }
    }

    /// Notes that a deadline has lost its meaning.
    pub(super) fn timer_superseded(&mut self) {
        let (connections, sessions) = (&self.connections, &self.sessions);
        self.timers.superseded(|at, timer| match timer {
            Timer::Connection { index, generation } => {
                connections.is_current(index, generation) && connections.get(index).is_some_and(|this| this.armed == at)
            }
            Timer::Session { index, generation } => {
                sessions.is_current(index, generation) && sessions.get(index).is_some_and(|this| this.armed == at)
            }
            Timer::Retained | Timer::Sys => true,
        });
    }

    fn is_live(&self, at: Time, timer: Timer) -> bool {
        match timer {
            Timer::Connection { index, generation } => {
                self.connections.is_current(index, generation)
                    && self.connections.get(index).is_some_and(|this| this.armed == at)
            }
            Timer::Session { index, generation } => {
                self.sessions.is_current(index, generation)
                    && self.sessions.get(index).is_some_and(|this| this.armed == at)
            }
            Timer::Retained => self.retained.is_armed_for(at),
            Timer::Sys => true,
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Connection { index, .. } => self.connection_timeout(index),
            Timer::Session { index, .. } => self.session_timeout(index),
            Timer::Retained => self.expire_retained(),
            Timer::Sys => self.publish_sys(),
        }
    }

    /// CONNECT has not come in time, or nothing was received for too long, which packets since then may have prevented.
    fn connection_timeout(&mut self, index: u32) {
        let Some(this) = self.connections.get_mut(index) else { return };
        this.armed = Time::MAX;
        match this.state {
            State::Closing => {}
            State::AwaitingConnect | State::AwaitingAnswer | State::AwaitingAuth => {
                self.fail(index, limits::CONNECT_TIMEOUT);
            }
            State::Open => {
                let deadline = this.last_received.plus_ms(this.silence_ms_max.into());
                if deadline <= self.now {
                    self.fail(index, limits::KEEP_ALIVE);
                } else {
                    self.arm_connection(index, deadline);
                }
            }
        }
    }

    /// The Will Delay Interval or the Session Expiry Interval is over. [MQTT-4.1.0-2]
    fn session_timeout(&mut self, index: u32) {
        let Some(this) = self.sessions.get_mut(index) else { return };
        this.armed = Time::MAX;
        if this.is_connected() {
            return;
        }
        if this.expires_at <= self.now {
            self.statistics.sessions_expired += 1;
            self.end_session(index);
            return;
        }
        self.publish_due_will(index);
        self.store_session(index);
        self.arm_session(index);
    }
}

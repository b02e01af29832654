//! The end of a connection, and what it means for the Session: it waits, it ends, or another connection takes it over.
//! Spec: 3.1.4, 4.1.

use super::Broker;
use super::connection::State;
use super::error::Fault;
use super::limits;
use super::output::{ClientDisconnected, ConnectionRefused, DisconnectCause, Event, Output};
use super::shell::Progress;
use super::slab::NONE;
use super::store::StoreRecord;
use super::timers::Timer;
use crate::codec::Disconnect;
use crate::{ReasonCode, Time};
use alloc::boxed::Box;
use alloc::sync::Arc;

impl Broker {
    /// DISCONNECT came. Spec: 3.14.
    pub(super) fn handle_disconnect(&mut self, index: u32, disconnect: &Disconnect<'_>) -> Result<Progress, Fault> {
        let Some(this) = self.connections.get(index) else { return Ok(Progress::Stop) };
        if let Some(interval_s) = disconnect.properties.session_expiry_interval_s() {
            if this.session_ends_with_it && interval_s != 0 {
                return Err(limits::SESSION_EXPIRY);
            }
            let interval_s = interval_s.min(self.options.session_expiry_interval_s_max);
            if let Some(session) = self.sessions.get_mut(this.session) {
                session.expiry_interval_s = interval_s;
            }
        }
        // Any other Reason Code keeps the will. [MQTT-3.14.4-3]
        let publishes_will = disconnect.reason_code != ReasonCode::Success;
        self.end_connection(index, DisconnectCause::Client(disconnect.reason_code), publishes_will);
        Ok(Progress::Stop)
    }

    /// The one end of every connection: takes it from its Session and has it closed.
    pub(super) fn end_connection(&mut self, index: u32, cause: DisconnectCause, publishes_will: bool) {
        let id = self.connection_id(index);
        let Some(this) = self.connections.get_mut(index) else { return };
        if this.state == State::Closing {
            return;
        }
        this.state = State::Closing;
        let session = core::mem::replace(&mut this.session, NONE);
        let rare = this.rare.take();
        self.disarm_connection(index);
        let event = if let Some(session) = self.sessions.get(session) {
            let client_identifier = session.client_identifier.clone();
            Event::Disconnected(Box::new(ClientDisconnected { connection: id, client_identifier, cause }))
        } else {
            let client_identifier = rare.and_then(|rare| rare.connect).map(|connect| connect.client_identifier);
            Event::Refused(Box::new(ConnectionRefused { connection: id, client_identifier, cause }))
        };
        self.outputs.push_back(Output::Event(event));
        self.mark_dirty(index);
        if session != NONE {
            self.detach_session(session, publishes_will);
        }
    }

    /// The Session's connection is over.
    fn detach_session(&mut self, index: u32, publishes_will: bool) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(index) else { return };
        session.connection = NONE;
        session.expires_at = deadline(now, session.expiry_interval_s);
        if !publishes_will {
            session.will = None;
        }
        if let Some(will) = session.will.as_mut() {
            will.due_at = now.plus_s(will.delay_s);
        }
        if let Some(flow) = session.flow.as_mut()
            && flow.is_idle()
        {
            session.flow = None;
        }
        if session.inbound.as_ref().is_some_and(|inbound| inbound.is_empty()) {
            session.inbound = None;
        }
        self.statistics.clients_connected -= 1;
        if self.sessions.get(index).is_some_and(|session| session.expiry_interval_s == 0) {
            return self.end_session(index);
        }
        self.publish_due_will(index);
        self.store_session(index);
        self.leave_shared_deliveries(index, false);
        self.announce_memberships(index);
        self.arm_session(index);
    }

    /// The Session is over: its will is published whatever its delay, and everything of it goes. Spec: 3.1.2.5, 4.1.
    pub(super) fn end_session(&mut self, index: u32) {
        if let Some(will) = self.sessions.get_mut(index).and_then(|session| session.will.take()) {
            self.publish_will(&will);
        }
        self.remove_all_subscriptions(index);
        self.leave_shared_deliveries(index, true);
        self.disarm_session(index);
        self.drop_flow(index);
        let Some(session) = self.sessions.remove(index) else { return };
        let client_identifier = session.client_identifier;
        if session.is_stored {
            self.store(StoreRecord::SessionRemoved { client_identifier: client_identifier.clone() });
        }
        self.outputs.push_back(Output::Event(Event::SessionEnded { client_identifier }));
    }

    /// Another connection comes with the same Client Identifier: the first one goes. [MQTT-3.1.4-3]
    ///
    /// Its will is published at once if it has no delay or if the Session is not continued; a continued one cancels it.
    /// [MQTT-3.1.3-9]
    pub(super) fn take_over(&mut self, client_identifier: &str, clean_start: bool) {
        let Some(index) = self.sessions.find(client_identifier) else { return };
        let connection = self.sessions.get(index).map_or(NONE, |session| session.connection);
        if connection != NONE {
            self.fail(connection, limits::TAKEN_OVER);
        }
        // A Session of Session Expiry Interval 0 is gone with its connection.
        let Some(index) = self.sessions.find(client_identifier) else { return };
        if clean_start {
            self.end_session(index);
            return;
        }
        self.disarm_session(index);
        if let Some(session) = self.sessions.get_mut(index) {
            session.will = None;
            session.expires_at = Time::MAX;
        }
    }

    /// Sets the timer of a Session without a connection.
    pub(super) fn arm_session(&mut self, index: u32) {
        self.disarm_session(index);
        let generation = self.sessions.generation(index);
        let Some(session) = self.sessions.get_mut(index) else { return };
        let at = session.next_deadline();
        if at != Time::MAX {
            session.armed = at;
            self.timers.set(at, Timer::Session { index, generation });
        }
    }

    pub(super) fn disarm_session(&mut self, index: u32) {
        let Some(session) = self.sessions.get_mut(index) else { return };
        if session.armed != Time::MAX {
            session.armed = Time::MAX;
            self.timer_superseded();
        }
    }

    /// Forgets what is on its way to a client.
    fn drop_flow(&mut self, index: u32) {
        let Some(flow) = self.sessions.get_mut(index).and_then(|session| session.flow.take()) else { return };
        let mut flow = *flow;
        while let Some(delivery) = flow.queue.pop_front(&mut self.queued) {
            self.release_extra(&delivery);
        }
        for delivery in flow.window.reset() {
            self.release_extra(&delivery);
        }
    }
}

/// The end of an interval that begins now; `u32::MAX` seconds: never.
pub(super) fn deadline(now: Time, interval_s: u32) -> Time {
    if interval_s == u32::MAX { Time::MAX } else { now.plus_s(interval_s) }
}

/// An owned Client Identifier.
pub(super) fn owned(client_identifier: &str) -> Arc<str> {
    client_identifier.into()
}

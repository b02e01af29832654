//! What a shell calls: transports come, bring bytes, take bytes and go.

use super::connection::{Connection, ConnectionId, ConnectionInfo, State};
use super::error::{Fault, LimitReached, UsageError};
use super::limits;
use super::output::{DisconnectCause, Output};
use super::slab::NONE;
use super::timers::Timer;
use super::{Broker, Forward};
use crate::codec::{DecodeOptions, Decoder, Packet, ProtocolVersion, Side};
use crate::{ReasonCode, Time};

/// What becomes of the rest of the input after a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The next packet may come.
    Continue,
    /// What follows waits for an answer of the embedder.
    Hold,
    /// The connection ends.
    Stop,
}

impl Broker {
    /// A transport was opened. It has [`connect_timeout_ms`](super::BrokerOptions::connect_timeout_ms) for its CONNECT.
    ///
    /// At [`connections_max`](super::BrokerOptions::connections_max) the transport is to be closed.
    pub fn accept(&mut self, info: ConnectionInfo, now: Time) -> Result<ConnectionId, LimitReached> {
        self.tick(now);
        if self.connections.len() >= self.options.connections_max || self.is_shutting_down {
            return Err(LimitReached { option: "connections_max" });
        }
        let decoder = self.decoder(ProtocolVersion::V5_0, self.options.connect_size_bytes_max);
        let connection = Connection::new(info, decoder, self.now);
        let (index, generation) =
            self.connections.insert(connection).ok_or(LimitReached { option: "connections_max" })?;
        if self.options.connect_timeout_ms > 0 {
            self.arm_connection(index, self.now.plus_ms(self.options.connect_timeout_ms.into()));
        }
        Ok(ConnectionId::new(index, generation))
    }

    /// Bytes came. Of a connection that has ended they are ignored.
    pub fn handle_input(&mut self, connection: ConnectionId, input: &[u8], now: Time) {
        self.tick(now);
        let now = self.now;
        let Some((index, this)) = self.connection_mut(connection) else { return };
        this.last_received = now;
        let state = this.state;
        self.statistics.bytes_received += input.len() as u64;
        match state {
            State::Closing => {}
            State::AwaitingAnswer => self.hold_input(index, input),
            State::AwaitingConnect | State::AwaitingAuth | State::Open => self.process_input(index, input),
        }
        self.purge_timers();
    }

    /// The transport is gone. Of a connection that the broker closed this is the end; for another it is one without
    /// DISCONNECT, so that a Will Message is published.
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Time) {
        self.tick(now);
        let Some((index, this)) = self.connection_mut(connection) else { return };
        if this.state != State::Closing {
            self.end_connection(index, DisconnectCause::TransportClosed, true);
        }
        self.disarm_connection(index);
        if let Some(gone) = self.connections.remove(index) {
            drop(gone);
        }
        self.purge_timers();
    }

    /// What to do next; call it until it returns `None` after every call that can change something.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        while let Some(&index) = self.dirty.front() {
            let id = self.connection_id(index);
            let Some(this) = self.connections.get_mut(index) else {
                self.dirty.pop_front();
                continue;
            };
            if !this.outgoing.is_empty() && !this.is_transmitting {
                this.is_transmitting = true;
                return Some(Output::Transmit(id));
            }
            this.is_dirty = false;
            let closes = this.state == State::Closing;
            self.dirty.pop_front();
            if closes {
                return Some(Output::Close(id));
            }
        }
        None
    }

    /// When [`Broker::handle_timeout`] is to be called at the latest; `None`: nothing waits for time.
    pub fn next_timeout(&self) -> Option<Time> {
        if !self.replaying.is_empty() {
            return Some(self.now);
        }
        self.timers.next().map(|(at, _)| at)
    }

    /// The bytes that a connection has to send, as slices in order; empty when there are none or it has gone.
    pub fn transmit_slices(&self, connection: ConnectionId) -> impl Iterator<Item = &[u8]> {
        let this = self.connection(connection).map(|(_, this)| this);
        this.into_iter().flat_map(|this| this.outgoing.slices())
    }

    /// How many bytes a connection has to send.
    pub fn transmit_len_bytes(&self, connection: ConnectionId) -> usize {
        self.connection(connection).map_or(0, |(_, this)| this.outgoing.len_bytes())
    }

    /// The first `len_bytes` of them were sent.
    pub fn transmitted(&mut self, connection: ConnectionId, len_bytes: usize, now: Time) {
        self.tick(now);
        let Some((_, this)) = self.connection_mut(connection) else { return };
        let before = this.outgoing.len_bytes();
        let spare = this.outgoing.advance_and_recycle(len_bytes);
        this.answers_bytes = this.answers_bytes.saturating_sub(u32::try_from(len_bytes).unwrap_or(u32::MAX));
        if this.outgoing.is_empty() {
            this.is_transmitting = false;
            this.answers_bytes = 0;
        }
        let session = this.session;
        self.statistics.bytes_sent += len_bytes.min(before) as u64;
        if let Some(spare) = spare {
            self.recycle(spare);
        }
        if session != NONE {
            self.pump(session);
        }
    }

    /// A message came from another shard. They must come in the order in which they were sent.
    pub fn handle_forward(&mut self, from: u16, forward: Forward, now: Time) {
        self.tick(now);
        self.apply_forward(from, forward);
        self.purge_timers();
    }

    /// Ends a connection: DISCONNECT with this Reason Code for a client of 5.0, and Close.
    ///
    /// The Will Message is published, unless the client says otherwise first. Spec: 3.14.
    pub fn disconnect(
        &mut self,
        connection: ConnectionId,
        reason_code: ReasonCode,
        now: Time,
    ) -> Result<(), UsageError> {
        self.tick(now);
        let (index, this) = self.connection_mut(connection).ok_or(UsageError::ConnectionUnknown)?;
        if this.state == State::Closing {
            return Err(UsageError::ConnectionUnknown);
        }
        if !reason_code.is_error() {
            return Err(UsageError::ReasonCodeInvalid);
        }
        self.fail(index, Fault { reason_code, ..limits::ADMINISTRATIVE });
        Ok(())
    }

    /// As [`Broker::disconnect`], by Client Identifier.
    pub fn disconnect_client(
        &mut self,
        client_identifier: &str,
        reason_code: ReasonCode,
        now: Time,
    ) -> Result<(), UsageError> {
        let session = self.sessions.find(client_identifier).and_then(|index| self.sessions.get(index));
        let connection = session.map_or(NONE, |session| session.connection);
        if connection == NONE {
            return Err(UsageError::ClientUnknown);
        }
        self.disconnect(self.connection_id(connection), reason_code, now)
    }

    /// Ends all connections: Server shutting down. New ones are refused.
    pub fn shutdown(&mut self, now: Time) {
        self.tick(now);
        self.is_shutting_down = true;
        let all: alloc::vec::Vec<u32> = self.connections.iter().map(|(index, _)| index).collect();
        for index in all {
            if self.connections.get(index).is_some_and(|this| this.state != State::Closing) {
                self.fail(index, limits::SHUTTING_DOWN);
            }
        }
    }

    /// Decodes and handles what came, packet by packet.
    pub(super) fn process_input(&mut self, index: u32, mut input: &[u8]) {
        let Some(this) = self.connections.get_mut(index) else { return };
        let mut decoder = core::mem::replace(&mut this.decoder, Decoder::new(DecodeOptions::default()));
        let progress = loop {
            let packet = match decoder.next(&mut input) {
                Ok(Some(packet)) => packet,
                Ok(None) => break Progress::Continue,
                Err(error) => {
                    self.fail_decoding(index, error);
                    break Progress::Stop;
                }
            };
            self.statistics.packets_received += 1;
            let is_connect = matches!(packet, Packet::Connect(_));
            match self.handle_packet(index, packet) {
                Ok(Progress::Continue) => {}
                Ok(progress) => break progress,
                Err(fault) => {
                    self.fail(index, fault);
                    break Progress::Stop;
                }
            }
            if is_connect {
                // From here on the limits of an accepted client hold.
                let version = decoder.options().version;
                decoder = self.decoder(version, self.options.packet_size_bytes_max);
            }
        };
        let bytes_max = self.options.held_bytes_max;
        let version = decoder.options().version;
        let fresh = self.decoder(version, self.options.packet_size_bytes_max);
        let Some(this) = self.connections.get_mut(index) else { return };
        match progress {
            Progress::Continue => this.decoder = decoder,
            Progress::Hold => {
                this.decoder = fresh;
                if let Err(fault) = this.hold_input(input, bytes_max) {
                    self.fail(index, fault);
                }
            }
            Progress::Stop => {}
        }
    }

    /// Goes on with what was held while an answer was awaited.
    pub(super) fn process_held_input(&mut self, index: u32) {
        let Some(this) = self.connections.get_mut(index) else { return };
        let Some(rare) = this.rare.as_mut() else { return };
        let held = core::mem::take(&mut rare.held_input);
        if !held.is_empty() && this.state != State::Closing {
            self.process_input(index, &held);
        }
    }

    fn hold_input(&mut self, index: u32, input: &[u8]) {
        let bytes_max = self.options.held_bytes_max;
        let Some(this) = self.connections.get_mut(index) else { return };
        if let Err(fault) = this.hold_input(input, bytes_max) {
            self.fail(index, fault);
        }
    }

    fn handle_packet(&mut self, index: u32, packet: Packet<'_>) -> Result<Progress, Fault> {
        let state = self.connections.get(index).map_or(State::Closing, |this| this.state);
        match (state, packet) {
            (State::AwaitingConnect, Packet::Connect(connect)) => Ok(self.handle_connect(index, &connect)),
            (State::AwaitingConnect, _) => Err(limits::NOT_CONNECT),
            (State::AwaitingAuth, Packet::Auth(auth)) => self.handle_connect_auth(index, &auth),
            (State::AwaitingAuth, Packet::Disconnect(disconnect)) => self.handle_disconnect(index, &disconnect),
            (State::AwaitingAuth, _) => Err(limits::AUTH_ONLY),
            (State::Open, packet) => self.handle_open_packet(index, packet),
            (State::AwaitingAnswer, _) => Ok(Progress::Hold),
            (State::Closing, _) => Ok(Progress::Stop),
        }
    }

    fn handle_open_packet(&mut self, index: u32, packet: Packet<'_>) -> Result<Progress, Fault> {
        match packet {
            Packet::Publish(publish) => self.handle_publish(index, &publish)?,
            Packet::PubAck(ack) => self.handle_puback(index, &ack)?,
            Packet::PubRec(ack) => self.handle_pubrec(index, &ack)?,
            Packet::PubRel(ack) => self.handle_pubrel(index, &ack)?,
            Packet::PubComp(ack) => self.handle_pubcomp(index, &ack)?,
            Packet::Subscribe(subscribe) => self.handle_subscribe(index, &subscribe)?,
            Packet::Unsubscribe(unsubscribe) => self.handle_unsubscribe(index, &unsubscribe),
            Packet::PingReq => self.send_now(index, &Packet::PingResp),
            Packet::Disconnect(disconnect) => return self.handle_disconnect(index, &disconnect),
            Packet::Auth(auth) => self.handle_auth(index, &auth)?,
            Packet::Connect(_) => return Err(limits::SECOND_CONNECT),
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                return Err(limits::SERVER_PACKET);
            }
        }
        let Some(this) = self.connections.get(index).filter(|this| this.state != State::Closing) else {
            return Ok(Progress::Stop);
        };
        let held_bytes = this.rare.as_ref().map_or(0, |rare| rare.held_output.len_bytes());
        let bytes_max = self.options.outgoing_bytes_max;
        if this.answers_bytes > bytes_max || held_bytes > bytes_max as usize {
            return Err(limits::ANSWERS);
        }
        Ok(Progress::Continue)
    }

    pub(super) fn decoder(&self, version: ProtocolVersion, packet_size_max: u32) -> Decoder {
        Decoder::new(DecodeOptions {
            version,
            sender: Some(Side::Client),
            packet_size_max,
            properties_max: self.options.properties_max,
            topic_levels_max: self.options.topic_levels_max,
        })
    }

    pub(super) fn connection_id(&self, index: u32) -> ConnectionId {
        ConnectionId::new(index, self.connections.generation(index))
    }

    fn connection(&self, id: ConnectionId) -> Option<(u32, &Connection)> {
        self.connections.is_current(id.index(), id.generation()).then_some(())?;
        Some((id.index(), self.connections.get(id.index())?))
    }

    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<(u32, &mut Connection)> {
        self.connections.is_current(id.index(), id.generation()).then_some(())?;
        Some((id.index(), self.connections.get_mut(id.index())?))
    }

    /// Sets the timer of a connection; the one before loses its meaning.
    pub(super) fn arm_connection(&mut self, index: u32, at: Time) {
        self.disarm_connection(index);
        let generation = self.connections.generation(index);
        if let Some(this) = self.connections.get_mut(index) {
            this.armed = at;
            self.timers.set(at, Timer::Connection { index, generation });
        }
    }

    pub(super) fn disarm_connection(&mut self, index: u32) {
        let Some(this) = self.connections.get_mut(index) else { return };
        if this.armed != Time::MAX {
            this.armed = Time::MAX;
            self.timer_superseded();
        }
    }
}

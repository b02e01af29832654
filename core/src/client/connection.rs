//! From `connect` to the end of a connection, and back again.

use super::error::UsageError;
use super::options::DisconnectOptions;
use super::output::{Cause, Connected, Disconnected, Event, Outcome, Output};
use super::server::Server;
use super::timer::Timer;
use super::{Client, State, connect_packet};
use crate::codec::{
    ConnAck, DecodeOptions, Decoder, Disconnect, Packet, Properties, PropertiesBuf, Property, ProtocolVersion,
};
use crate::session::KeepAlive;
use crate::{ReasonCode, Time};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// How a connection ended.
pub(super) struct End {
    pub(super) cause: Cause,
    pub(super) reason_code: ReasonCode,
    pub(super) statement: Option<&'static str>,
    reason_string: Option<String>,
    server_reference: Option<String>,
}

impl End {
    const fn new(cause: Cause, reason_code: ReasonCode) -> Self {
        Self { cause, reason_code, statement: None, reason_string: None, server_reference: None }
    }

    fn from_server(cause: Cause, reason_code: ReasonCode, properties: Properties<'_>) -> Self {
        Self {
            reason_string: properties.reason_string().map(Into::into),
            server_reference: properties.server_reference().map(Into::into),
            ..Self::new(cause, reason_code)
        }
    }

    /// Whether another attempt would only repeat it, or disturb another client.
    const fn is_final(&self) -> bool {
        match self.cause {
            Cause::Requested => true,
            Cause::Refused | Cause::ServerDisconnected => matches!(
                self.reason_code,
                ReasonCode::MalformedPacket
                    | ReasonCode::ProtocolError
                    | ReasonCode::UnsupportedProtocolVersion
                    | ReasonCode::ClientIdentifierNotValid
                    | ReasonCode::Banned
                    | ReasonCode::BadAuthenticationMethod
                    | ReasonCode::SessionTakenOver
                    | ReasonCode::TopicNameInvalid
                    | ReasonCode::PacketTooLarge
                    | ReasonCode::PayloadFormatInvalid
                    | ReasonCode::RetainNotSupported
                    | ReasonCode::QoSNotSupported
                    | ReasonCode::UseAnotherServer
                    | ReasonCode::ServerMoved
            ),
            Cause::Violation
            | Cause::TransportClosed
            | Cause::TransportFailed
            | Cause::ConnectTimeout
            | Cause::PingTimeout
            | Cause::AcknowledgementTimeout => false,
        }
    }
}

impl Client {
    /// Starts connecting: leads to [`Output::Connect`]. In state Waiting it does not wait any longer.
    ///
    /// With `clean_start` what a former connection left of the Session is forgotten.
    pub fn connect(&mut self, now: Time) -> Result<(), UsageError> {
        self.advance(now);
        match self.state {
            State::Opening | State::Handshake | State::Connected => return Err(UsageError::AlreadyConnected),
            State::Closed => {
                self.is_first_attempt = true;
                self.backoff.reset();
                if self.options.clean_start {
                    self.subscriptions.clear();
                    // Nobody waits for what was in flight, unless it was made durable.
                    self.lose_session(self.options.store);
                }
            }
            State::Waiting => self.backoff.reset(),
        }
        self.start_attempt();
        Ok(())
    }

    /// Sets what the next CONNECT carries; for tokens that do not live long, call it after each [`Output::Connect`] and
    /// before [`handle_connected`](Self::handle_connected).
    pub fn set_credentials(&mut self, user_name: Option<&str>, password: Option<&[u8]>) -> Result<(), UsageError> {
        let before = (self.options.user_name.take(), self.options.password.take());
        self.options.user_name = user_name.map(Into::into);
        self.options.password = password.map(Into::into);
        connect_packet::check(&self.options).inspect_err(|_| (self.options.user_name, self.options.password) = before)
    }

    /// Sets the Authentication Data of the next CONNECT, for methods that begin each exchange anew; call it when
    /// [`set_credentials`](Self::set_credentials) would be called. Spec: 3.1.2.11.10.
    pub fn set_authentication_data(&mut self, data: Option<&[u8]>) -> Result<(), UsageError> {
        let Some(authentication) = &mut self.options.authentication else { return Err(UsageError::NoAuthentication) };
        let before = core::mem::replace(&mut authentication.data, data.map(Into::into));
        connect_packet::check(&self.options).inspect_err(|_| {
            if let Some(authentication) = &mut self.options.authentication {
                authentication.data = before;
            }
        })
    }

    /// The transport that [`Output::Connect`] asked for is open: CONNECT goes out.
    pub fn handle_connected(&mut self, now: Time) {
        self.advance(now);
        if self.state != State::Opening {
            return;
        }
        self.clean_start = self.clean_start_of_attempt();
        let identifier = core::mem::take(&mut self.server.client_identifier);
        self.server = Server { client_identifier: identifier, ..Server::before_connack(&self.options) };
        self.decoder = Some(Decoder::new(DecodeOptions {
            packet_size_max: self.options.maximum_packet_size_bytes,
            ..DecodeOptions::from_server(self.options.protocol_version)
        }));
        self.outgoing.clear();
        self.in_transit.reset().for_each(drop);
        self.keep_alive = KeepAlive::new(self.options.keep_alive_s, self.now);
        self.authentication.begin_connection();
        self.state = State::Handshake;
        let (options, identifier, clean_start) = (&self.options, &self.server.client_identifier, self.clean_start);
        let encoded = self.outgoing.encode(|out| connect_packet::encode(options, identifier, clean_start, out));
        // `new` and `set_credentials` have encoded it before; only the assigned identifier is new, and it came encoded.
        self.note_sent(encoded.unwrap_or(0), true);
    }

    /// The transport that [`Output::Connect`] asked for cannot be opened.
    pub fn handle_connect_failed(&mut self, now: Time) {
        self.advance(now);
        if self.state == State::Opening {
            self.end(End::new(Cause::TransportFailed, ReasonCode::UnspecifiedError), false);
        }
    }

    /// The transport has ended.
    pub fn handle_closed(&mut self, now: Time) {
        self.advance(now);
        if matches!(self.state, State::Handshake | State::Connected) {
            self.end(End::new(Cause::TransportClosed, ReasonCode::UnspecifiedError), false);
        }
    }

    /// Ends the connection in good order, or the attempts to make one: the client rests afterwards.
    ///
    /// Commands that are not finished settle with [`Outcome::Disconnected`]; wait for them first if they matter. What is
    /// in flight stays in the Session for a later [`connect`](Self::connect) without `clean_start`.
    pub fn disconnect(&mut self, options: DisconnectOptions, now: Time) -> Result<(), UsageError> {
        self.advance(now);
        let is_open = matches!(self.state, State::Handshake | State::Connected);
        if self.state == State::Closed {
            return Err(UsageError::NotConnected);
        }
        if is_open {
            let reason_code = if options.with_will && self.options.protocol_version.has_properties() {
                ReasonCode::DisconnectWithWillMessage
            } else {
                ReasonCode::Success
            };
            let properties = self.disconnect_properties(options)?;
            let packet = Disconnect { reason_code, properties: properties.as_properties() };
            self.send(&Packet::Disconnect(packet))?;
        }
        // The bytes go out before the transport closes.
        for token in self.in_transit.reset() {
            self.settle_published(token);
        }
        let has_transport = is_open || self.state == State::Opening;
        self.end(End::new(Cause::Requested, ReasonCode::Success), has_transport);
        Ok(())
    }

    fn disconnect_properties(&self, options: DisconnectOptions) -> Result<PropertiesBuf, UsageError> {
        if !self.options.protocol_version.has_properties() {
            return Ok(PropertiesBuf::new());
        }
        let mut properties = options.properties;
        if let Some(seconds) = options.session_expiry_interval_s {
            if seconds > 0 && self.options.session_expiry_interval_s == 0 {
                return Err(UsageError::SessionExpiryWasZero);
            }
            properties.push(Property::SessionExpiryInterval(seconds))?;
        }
        Ok(properties)
    }

    /// Asks for a transport.
    pub(super) fn start_attempt(&mut self) {
        self.state = State::Opening;
        self.timers.clear(Timer::Reconnect);
        self.timers.set(Timer::Connect, self.now.plus_ms(u64::from(self.options.connect_timeout_ms)));
        self.outputs.push_back(Output::Connect);
    }

    /// Reconnects continue the Session where it outlives a connection.
    fn clean_start_of_attempt(&self) -> bool {
        let outlives = self.options.protocol_version.has_properties() && self.server.session_expiry_interval_s > 0;
        self.options.clean_start && (self.is_first_attempt || !outlives)
    }

    pub(super) fn handle_connack(&mut self, connack: &ConnAck<'_>) {
        if self.state != State::Handshake {
            return self.violation(ReasonCode::ProtocolError, "MQTT-3.2.0-2");
        }
        if connack.reason_code.is_error() {
            return self.end(End::from_server(Cause::Refused, connack.reason_code, connack.properties), true);
        }
        let version = self.options.protocol_version;
        if connack.session_present && self.clean_start {
            let statement = if version.has_properties() { "MQTT-3.2.2-2" } else { "MQTT-3.2.2-1" };
            return self.violation(ReasonCode::ProtocolError, statement);
        }
        if let Err(statement) = self.check_authentication_method(connack.properties) {
            return self.violation(ReasonCode::ProtocolError, statement);
        }
        self.server.read_connack(connack.properties);
        if version.has_properties() && self.server.client_identifier.is_empty() {
            return self.violation(ReasonCode::ProtocolError, "MQTT-3.2.2-16");
        }
        self.accepted(connack, version);
    }

    /// The server has accepted the connection.
    fn accepted(&mut self, connack: &ConnAck<'_>, version: ProtocolVersion) {
        // 3.1 does not tell: a server of it has the Session if we did not ask for a clean one.
        let session_present = match version {
            ProtocolVersion::V3_1 => !self.clean_start,
            ProtocolVersion::V3_1_1 | ProtocolVersion::V5_0 => connack.session_present,
        };
        self.state = State::Connected;
        self.is_first_attempt = false;
        self.authentication.accepted();
        self.connected_at = self.now;
        self.statistics.connections += 1;
        self.keep_alive.set_keep_alive_s(self.server.keep_alive_s);
        self.timers.clear(Timer::Connect);
        if let Some(due) = self.keep_alive.ping_at() {
            self.timers.set(Timer::KeepAlive, due);
        }
        self.event(Event::Connected(Box::new(Connected {
            session_present,
            properties: PropertiesBuf::from(connack.properties),
        })));
        if !session_present {
            self.lose_session(self.options.republish_qos1);
        }
        self.store.begin_connection();
        let ours = if version.has_properties() { self.options.receive_maximum } else { u16::MAX };
        self.outbound.begin_connection(self.server.receive_maximum.min(self.options.in_flight_max));
        self.inbound.begin_connection(ours);
        self.acknowledgements.begin_connection();
        self.aliases_outbound
            .begin_connection(self.server.topic_alias_maximum.min(self.options.topic_alias_outbound_maximum));
        self.aliases_inbound.begin_connection(self.options.topic_alias_maximum);
        // A server that had lost the Session said so in a CONNACK that we did not get; by now it has an empty one.
        let is_uncertain = core::mem::take(&mut self.is_session_uncertain) || version == ProtocolVersion::V3_1;
        if !session_present || is_uncertain {
            self.subscribe_again(session_present);
        }
        self.pump();
    }

    /// The server sent DISCONNECT.
    pub(super) fn handle_disconnect(&mut self, disconnect: &Disconnect<'_>) {
        if self.state == State::Handshake {
            return self.violation(ReasonCode::ProtocolError, "MQTT-3.14.0-1");
        }
        let end = End::from_server(Cause::ServerDisconnected, disconnect.reason_code, disconnect.properties);
        self.end(end, true);
    }

    /// The server broke the protocol: says so where the version can, and closes. Spec: 4.13.
    pub(super) fn violation(&mut self, reason_code: ReasonCode, statement: &'static str) {
        self.abort(End { statement: Some(statement), ..End::new(Cause::Violation, reason_code) });
    }

    pub(super) fn time_out(&mut self, cause: Cause) {
        match self.state {
            State::Opening => self.end(End::new(cause, ReasonCode::UnspecifiedError), true),
            State::Handshake | State::Connected => self.abort(End::new(cause, ReasonCode::UnspecifiedError)),
            State::Closed | State::Waiting => {}
        }
    }

    fn abort(&mut self, end: End) {
        if self.options.protocol_version.has_properties() {
            // If even this is larger than the server takes, the transport just closes.
            self.send(&Packet::Disconnect(Disconnect::new(end.reason_code))).ok();
        }
        self.end(end, true);
    }

    /// The connection or the attempt is over. `close`: the transport is still there.
    fn end(&mut self, end: End, close: bool) {
        if self.state == State::Handshake && end.cause != Cause::Refused {
            self.is_session_uncertain = true;
        }
        if self.state == State::Connected {
            self.backoff.connection_lasted(self.now.ms_since(self.connected_at));
        }
        if close {
            self.outputs.push_back(Output::Close);
        } else {
            self.outgoing.clear();
        }
        for timer in [Timer::Connect, Timer::Reconnect, Timer::KeepAlive, Timer::PingResponse, Timer::Acknowledgement] {
            self.timers.clear(timer);
        }
        let lost: Vec<_> = self.in_transit.reset().collect();
        for token in lost {
            self.settle(token, Outcome::Disconnected);
        }
        self.pending.end_connection();
        self.store.end_connection();
        let delay_ms = if end.is_final() { None } else { self.backoff.next_delay_ms() };
        let reconnect_at = delay_ms.map(|delay_ms| self.now.plus_ms(delay_ms));
        self.event(Event::Disconnected(Box::new(Disconnected {
            cause: end.cause,
            reason_code: end.reason_code,
            statement: end.statement,
            reason_string: end.reason_string,
            server_reference: end.server_reference,
            reconnect_at,
        })));
        if let Some(at) = reconnect_at {
            self.state = State::Waiting;
            self.timers.set(Timer::Reconnect, at);
        } else {
            self.state = State::Closed;
            self.settle_all_disconnected();
            self.event(Event::Closed);
        }
    }

    pub(super) fn keep_alive_due(&mut self) {
        match self.keep_alive.ping_at() {
            Some(due) if due > self.now => self.timers.set(Timer::KeepAlive, due),
            Some(_) => {
                self.send(&Packet::PingReq).ok();
                if !self.timers.is_set(Timer::PingResponse) {
                    let due = self.now.plus_ms(u64::from(self.options.ping_timeout_ms));
                    self.timers.set(Timer::PingResponse, due);
                }
                if let Some(due) = self.keep_alive.ping_at() {
                    self.timers.set(Timer::KeepAlive, due);
                }
            }
            None => {}
        }
    }
}

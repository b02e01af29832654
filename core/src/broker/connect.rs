//! CONNECT: from the packet to an open connection with a Session. Spec: 3.1, 3.2.

use super::connection::{Connection, ConnectionId, PendingConnect, State};
use super::error::{Fault, UsageError};
use super::output::{ClientConnected, ConnectRequest, DisconnectCause, Event, Output};
use super::policy::{ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal};
use super::session::Session;
use super::shell::Progress;
use super::subscriptions::SESSIONS_MAX;
use super::takeover::owned;
use super::will::WillRefusal;
use super::{Broker, limits};
use crate::codec::{ConnAck, Connect, DecodeOptions, Packet, PropertiesBuf, Property, ProtocolVersion, QoS, decode};
use crate::session::InboundWindow;
use crate::{ReasonCode, Time};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt::Write;

/// What was agreed with a client: the options, the policy's grant, and what the client asked for.
struct Agreement {
    session_expiry_interval_s: u32,
    keep_alive_s: u16,
    /// What the client asked for is not what it gets.
    tells_session_expiry: bool,
    tells_keep_alive: bool,
}

impl Broker {
    /// Accepts a CONNECT after [`Event::ConnectRequest`] or [`Event::Authentication`]; then what the client sent behind it
    /// is handled.
    pub fn accept_connect(
        &mut self,
        connection: ConnectionId,
        grant: &ConnectGrant,
        now: Time,
    ) -> Result<(), UsageError> {
        self.tick(now);
        let (index, pending) = self.take_pending(connection)?;
        let connect = pending.connect().ok_or(UsageError::NotAwaited)?;
        self.accept_client(index, &connect, grant);
        self.process_held_input(index);
        self.purge_timers();
        Ok(())
    }

    /// Refuses a CONNECT after [`Event::ConnectRequest`] or [`Event::Authentication`].
    pub fn reject_connect(
        &mut self,
        connection: ConnectionId,
        refusal: &ConnectRefusal,
        now: Time,
    ) -> Result<(), UsageError> {
        self.tick(now);
        if !refusal.reason_code.is_error() {
            return Err(UsageError::ReasonCodeInvalid);
        }
        let (index, pending) = self.take_pending(connection)?;
        if let Some(this) = self.connections.get_mut(index) {
            this.rare_mut().connect = Some(pending);
        }
        self.refuse_by_policy(index, refusal);
        self.purge_timers();
        Ok(())
    }

    pub(super) fn handle_connect(&mut self, index: u32, connect: &Connect<'_>) -> Progress {
        if let Some(this) = self.connections.get_mut(index) {
            this.version = connect.protocol_version;
            if let Some(bytes_max) = connect.properties.maximum_packet_size() {
                this.packet_size_bytes_max = bytes_max;
            }
            // Until it is accepted, this says whom an answer belongs to.
            this.rare_mut().connect = Some(PendingConnect::named(connect.client_identifier));
        }
        if let Err(fault) = self.check_connect(connect) {
            self.refuse(index, fault, Some(&format!("{fault}")), None);
            return Progress::Stop;
        }
        let id = self.connection_id(index);
        let Some(this) = self.connections.get(index) else { return Progress::Stop };
        let attempt = ConnectAttempt { connection: id, info: &this.info, connect };
        match self.policy.connect(&attempt) {
            ConnectDecision::Allow(grant) => {
                self.accept_client(index, connect, &grant);
                let is_open = self.connections.get(index).is_some_and(Connection::is_open);
                if is_open { Progress::Continue } else { Progress::Stop }
            }
            ConnectDecision::Deny(refusal) => {
                self.refuse_by_policy(index, &refusal);
                Progress::Stop
            }
            ConnectDecision::Ask => {
                self.ask(index, id, connect);
                Progress::Hold
            }
        }
    }

    pub(super) fn refuse_by_policy(&mut self, index: u32, refusal: &ConnectRefusal) {
        let fault = Fault { reason_code: refusal.reason_code, ..limits::REFUSED };
        self.refuse(index, fault, refusal.reason_string.as_deref(), refusal.server_reference.as_deref());
    }

    /// The CONNECT that waits for an answer of the embedder.
    pub(super) fn take_pending(&mut self, connection: ConnectionId) -> Result<(u32, PendingConnect), UsageError> {
        let (index, this) = self.connection_mut(connection).ok_or(UsageError::ConnectionUnknown)?;
        if this.state != State::AwaitingAnswer {
            return Err(UsageError::NotAwaited);
        }
        let pending = this.rare_mut().connect.take().ok_or(UsageError::NotAwaited)?;
        Ok((index, pending))
    }

    fn ask(&mut self, index: u32, id: ConnectionId, connect: &Connect<'_>) {
        let Some(this) = self.connections.get_mut(index) else { return };
        this.state = State::AwaitingAnswer;
        let method = connect.properties.authentication_method().map(Box::from);
        let rare = this.rare_mut();
        rare.connect = PendingConnect::new(connect);
        rare.authentication_method.clone_from(&method);
        self.outputs.push_back(Output::Event(Event::ConnectRequest(Box::new(ConnectRequest {
            connection: id,
            client_identifier: connect.client_identifier.into(),
            protocol_version: connect.protocol_version,
            clean_start: connect.clean_start,
            keep_alive_s: connect.keep_alive_s,
            user_name: connect.user_name.map(Box::from),
            password: connect.password.map(Box::from),
            authentication_method: method,
            authentication_data: connect.properties.authentication_data().map(Box::from),
        }))));
    }

    /// What is wrong with a CONNECT whoever sent it.
    fn check_connect(&self, connect: &Connect<'_>) -> Result<(), Fault> {
        let client_identifier = connect.client_identifier;
        if connect.protocol_version < self.options.protocol_version_min {
            return Err(limits::VERSION);
        }
        if client_identifier.is_empty() && !self.options.client_identifier_assigned {
            return Err(limits::CLIENT_IDENTIFIER_EMPTY);
        }
        if client_identifier.len() > usize::from(self.options.client_identifier_bytes_max) {
            return Err(limits::CLIENT_IDENTIFIER_LONG);
        }
        if !client_identifier.is_empty() && !self.placement.is_home_of(client_identifier) {
            return Err(limits::CLIENT_ELSEWHERE);
        }
        Ok(())
    }

    /// The CONNECT is allowed: the Session, the CONNACK, and whatever waits for the client.
    pub(super) fn accept_client(&mut self, index: u32, connect: &Connect<'_>, grant: &ConnectGrant) {
        let assigned = connect.client_identifier.is_empty().then(|| self.assign_client_identifier());
        let client_identifier = assigned.clone().unwrap_or_else(|| owned(connect.client_identifier));
        let user_name = grant.user_name.clone().or_else(|| connect.user_name.map(Arc::from));
        if let Some(will) = &connect.will {
            let client = ClientInfo {
                connection: Some(self.connection_id(index)),
                client_identifier: &client_identifier,
                user_name: user_name.as_deref(),
                protocol_version: connect.protocol_version,
            };
            match self.check_will(&client, will) {
                Ok(()) => {}
                Err(WillRefusal::Fault(fault)) => return self.refuse(index, fault, Some(&format!("{fault}")), None),
                Err(WillRefusal::Policy(refusal)) => return self.refuse_by_policy(index, &refusal),
            }
        }
        let is_known = self.sessions.find(&client_identifier).is_some();
        if !is_known && self.sessions.len() >= self.options.sessions_max.min(SESSIONS_MAX) {
            return self.refuse(index, limits::SESSIONS, Some(limits::SESSIONS.text), None);
        }
        self.take_over(&client_identifier, connect.clean_start);
        let agreement = self.agree(connect, grant);
        let before = self.store.sequence;
        let (session, session_present) = match self.sessions.find(&client_identifier) {
            Some(session) => (session, true),
            None => match self.sessions.insert(Session::new(client_identifier.clone(), connect.protocol_version)) {
                Some(session) => (session, false),
                None => return self.refuse(index, limits::SESSIONS, Some(limits::SESSIONS.text), None),
            },
        };
        self.attach(index, session, connect, &agreement, user_name.clone());
        let sequence = if self.store.sequence > before { self.store.sequence } else { 0 };
        self.outputs.push_back(Output::Event(Event::Connected(Box::new(ClientConnected {
            connection: self.connection_id(index),
            client_identifier,
            protocol_version: connect.protocol_version,
            user_name,
            session_present,
        }))));
        self.send_connack(index, connect, grant, &agreement, assigned.as_deref(), session_present, sequence);
        self.announce_memberships(session);
        self.pump(session);
    }

    /// Joins connection and Session, and sets both up for each other.
    fn attach(
        &mut self,
        index: u32,
        session: u32,
        connect: &Connect<'_>,
        agreement: &Agreement,
        user_name: Option<Arc<str>>,
    ) {
        let now = self.now;
        let is_v5 = connect.protocol_version.has_properties();
        let properties = connect.properties;
        let Some(this) = self.connections.get_mut(index) else { return };
        this.state = State::Open;
        this.session = session;
        this.send_quota = properties.receive_maximum().unwrap_or(u16::MAX).min(self.options.in_flight_max);
        this.topic_alias_maximum =
            properties.topic_alias_maximum().unwrap_or(0).min(self.options.topic_alias_outbound_max);
        this.problem_information = properties.request_problem_information().unwrap_or(true);
        this.session_ends_with_it = agreement.session_expiry_interval_s == 0;
        this.silence_ms_max = u32::from(agreement.keep_alive_s) * 1500;
        let (quota, silence_ms) = (this.send_quota, this.silence_ms_max);
        let alias_maximum = this.topic_alias_maximum;
        let held_input = this.rare.take().map(|rare| rare.held_input).unwrap_or_default();
        let method = properties.authentication_method().map(Box::from);
        if alias_maximum > 0 || !held_input.is_empty() || method.is_some() {
            let rare = this.rare_mut();
            rare.held_input = held_input;
            rare.authentication_method = method;
            rare.aliases_outbound.begin_connection(alias_maximum);
        }
        if silence_ms > 0 {
            self.arm_connection(index, now.plus_ms(silence_ms.into()));
        } else {
            self.disarm_connection(index);
        }
        let receive_maximum = if is_v5 { self.options.receive_maximum } else { u16::MAX };
        let will = connect.will.map(|will| Box::new(self.pending_will(&will)));
        let Some(state) = self.sessions.get_mut(session) else { return };
        state.connection = index;
        state.version = connect.protocol_version;
        state.user_name = user_name;
        state.will = will;
        state.expiry_interval_s = agreement.session_expiry_interval_s;
        state.expires_at = Time::MAX;
        if let Some(flow) = state.flow.as_mut() {
            flow.window.begin_connection(quota);
        }
        if let Some(inbound) = state.inbound.as_mut() {
            InboundWindow::begin_connection(inbound, receive_maximum);
        }
        self.statistics.clients_connected += 1;
        self.statistics.clients_maximum = self.statistics.clients_maximum.max(self.statistics.clients_connected);
        self.store_session(session);
    }

    fn agree(&self, connect: &Connect<'_>, grant: &ConnectGrant) -> Agreement {
        let maximum = self.options.session_expiry_interval_s_max;
        let maximum = grant.session_expiry_interval_s_max.map_or(maximum, |granted| granted.min(maximum));
        let wanted = match connect.protocol_version {
            ProtocolVersion::V5_0 => connect.properties.session_expiry_interval_s().unwrap_or(0),
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 if connect.clean_start => 0,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => self.options.session_expiry_interval_v3_s,
        };
        let asked = connect.keep_alive_s;
        let limited = match self.options.keep_alive_s_max {
            Some(maximum) if asked == 0 || asked > maximum => maximum,
            _ => asked,
        };
        let keep_alive_s = grant.server_keep_alive_s.unwrap_or(limited);
        // A client of 3.1 or 3.1.1 cannot be told, so that its own value holds.
        let keep_alive_s = if connect.protocol_version.has_properties() { keep_alive_s } else { asked };
        Agreement {
            session_expiry_interval_s: wanted.min(maximum),
            keep_alive_s,
            tells_session_expiry: wanted > maximum,
            tells_keep_alive: keep_alive_s != asked,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of the one packet that is made here")]
    fn send_connack(
        &mut self,
        index: u32,
        connect: &Connect<'_>,
        grant: &ConnectGrant,
        agreement: &Agreement,
        assigned: Option<&str>,
        session_present: bool,
        sequence: u64,
    ) {
        let mut properties = PropertiesBuf::new();
        if connect.protocol_version.has_properties() {
            self.push_connack_properties(&mut properties, connect, grant, agreement, assigned);
        }
        let connack =
            ConnAck { session_present, reason_code: ReasonCode::Success, properties: properties.as_properties() };
        let before = self.statistics.packets_sent;
        self.send_after(index, &Packet::ConnAck(connack), sequence);
        if self.statistics.packets_sent == before {
            // Nor may DISCONNECT come before it. [MQTT-3.14.0-1]
            let cause = DisconnectCause::Broker(limits::CONNACK_TOO_LARGE);
            return self.end_connection(index, cause, true);
        }
        if let Some(held) = self.connections.get_mut(index).and_then(Connection::held_output) {
            held.blocks_everything = true;
        }
    }

    fn push_connack_properties(
        &self,
        properties: &mut PropertiesBuf,
        connect: &Connect<'_>,
        grant: &ConnectGrant,
        agreement: &Agreement,
        assigned: Option<&str>,
    ) {
        let options = &self.options;
        let mut push = |is_needed: bool, property: Property<'_>| {
            if is_needed {
                // Only a text of the policy can be impossible (too long, U+0000); it is left out.
                let _ = properties.push(property);
            }
        };
        let expiry_s = agreement.session_expiry_interval_s;
        push(agreement.tells_session_expiry, Property::SessionExpiryInterval(expiry_s));
        push(options.receive_maximum != u16::MAX, Property::ReceiveMaximum(options.receive_maximum));
        push(options.maximum_qos != QoS::ExactlyOnce, Property::MaximumQoS(options.maximum_qos.as_u8()));
        push(!options.retain_available, Property::RetainAvailable(0));
        push(
            options.packet_size_bytes_max < PACKET_SIZE_MAX,
            Property::MaximumPacketSize(options.packet_size_bytes_max),
        );
        push(assigned.is_some(), Property::AssignedClientIdentifier(assigned.unwrap_or_default()));
        push(options.topic_alias_maximum > 0, Property::TopicAliasMaximum(options.topic_alias_maximum));
        push(!options.wildcard_subscription_available, Property::WildcardSubscriptionAvailable(0));
        push(!options.subscription_identifier_available, Property::SubscriptionIdentifierAvailable(0));
        push(!options.shared_subscription_available, Property::SharedSubscriptionAvailable(0));
        push(agreement.tells_keep_alive, Property::ServerKeepAlive(agreement.keep_alive_s));
        if connect.properties.request_response_information() == Some(true)
            && let Some(information) = grant.response_information.as_ref().or(options.response_information.as_ref())
        {
            push(true, Property::ResponseInformation(information));
        }
        if let Some(method) = connect.properties.authentication_method() {
            push(true, Property::AuthenticationMethod(method));
            let data = grant.authentication_data.as_deref();
            push(data.is_some(), Property::AuthenticationData(data.unwrap_or_default()));
        }
        for (name, value) in &grant.user_properties {
            push(true, Property::UserProperty((name, value)));
        }
    }

    /// A Client Identifier that no Session has and that belongs to this shard. [MQTT-3.1.3-6]
    fn assign_client_identifier(&mut self) -> Arc<str> {
        loop {
            self.assigned_identifiers = self.assigned_identifiers.wrapping_add(1);
            let hasher = crate::topic::TopicHasher::new(self.options.seed ^ u64::from(self.placement.index()));
            let high = hasher.hash(&self.assigned_identifiers.to_le_bytes());
            let low = hasher.hash(&high.to_le_bytes());
            let mut text = String::from(&*self.options.client_identifier_prefix);
            let _ = write!(text, "{high:016x}{low:016x}");
            if self.placement.is_home_of(&text) && self.sessions.find(&text).is_none() {
                return text.into();
            }
        }
    }
}

impl PendingConnect {
    /// The CONNECT as it came.
    pub(super) fn connect(&self) -> Option<Connect<'_>> {
        let options = DecodeOptions::from_client(self.version);
        match decode(&self.bytes, &options) {
            Ok(Some((Packet::Connect(connect), _))) => Some(connect),
            Ok(_) | Err(_) => None,
        }
    }

    /// Only whom it is from.
    pub(super) fn named(client_identifier: &str) -> Self {
        Self { client_identifier: client_identifier.into(), ..Self::default() }
    }
}

/// The largest packet that there can be. Spec: 2.1.4.
const PACKET_SIZE_MAX: u32 = 268_435_460;

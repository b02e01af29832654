//! Enhanced authentication, while connecting and later. Spec: 3.15, 4.12.

use super::connection::{ConnectionId, State};
use super::error::{Fault, UsageError};
use super::output::{AuthenticationRequest, Event, Output};
use super::policy::{AuthenticationStep, ConnectGrant, ConnectRefusal};
use super::shell::Progress;
use super::{Broker, limits};
use crate::codec::{Auth, Packet, PropertiesBuf, Property};
use crate::{ReasonCode, Time};
use alloc::boxed::Box;

impl Broker {
    /// The next step of an enhanced authentication, after [`Event::Authentication`] or after an [`Event::ConnectRequest`]
    /// with an authentication method.
    pub fn authenticate(
        &mut self,
        connection: ConnectionId,
        step: AuthenticationStep,
        now: Time,
    ) -> Result<(), UsageError> {
        self.tick(now);
        let (index, this) = self.connection_mut(connection).ok_or(UsageError::ConnectionUnknown)?;
        let is_re_authentication = match (this.state, this.rare.as_ref()) {
            (State::AwaitingAnswer, Some(rare)) if rare.authentication_method.is_some() => false,
            (State::Open, Some(rare)) if rare.re_authenticating => true,
            _ => return Err(UsageError::NotAwaited),
        };
        match (step, is_re_authentication) {
            (AuthenticationStep::Success(grant), false) => return self.accept_connect(connection, &grant, now),
            (AuthenticationStep::Failure(refusal), false) => return self.reject_connect(connection, &refusal, now),
            (AuthenticationStep::Continue { data }, _) => {
                self.send_auth(index, ReasonCode::ContinueAuthentication, data.as_deref());
                if !is_re_authentication {
                    if let Some(this) = self.connections.get_mut(index) {
                        this.state = State::AwaitingAuth;
                    }
                    self.process_held_input(index);
                }
            }
            (AuthenticationStep::Success(grant), true) => self.finish_re_authentication(index, grant),
            (AuthenticationStep::Failure(refusal), true) => self.fail_re_authentication(index, &refusal)?,
        }
        self.purge_timers();
        Ok(())
    }

    /// AUTH came before the CONNECT was answered.
    pub(super) fn handle_connect_auth(&mut self, index: u32, auth: &Auth<'_>) -> Result<Progress, Fault> {
        if auth.reason_code != ReasonCode::ContinueAuthentication {
            return Err(limits::AUTH_REASON);
        }
        self.check_method(index, auth)?;
        let Some(this) = self.connections.get_mut(index) else { return Ok(Progress::Stop) };
        this.state = State::AwaitingAnswer;
        let rare = this.rare_mut();
        let client_identifier = rare.connect.as_ref().map(|connect| connect.client_identifier.clone());
        self.ask_for_authentication(index, client_identifier.unwrap_or_default(), auth, false);
        Ok(Progress::Hold)
    }

    /// AUTH came from a client that is connected. Spec: 4.12.1.
    pub(super) fn handle_auth(&mut self, index: u32, auth: &Auth<'_>) -> Result<(), Fault> {
        self.check_method(index, auth)?;
        let Some(this) = self.connections.get_mut(index) else { return Ok(()) };
        let session = this.session;
        let rare = this.rare_mut();
        let fits = (auth.reason_code == ReasonCode::ReAuthenticate && !rare.re_authenticating)
            || (auth.reason_code == ReasonCode::ContinueAuthentication && rare.re_authenticating);
        if !fits {
            return Err(limits::AUTH_REASON);
        }
        rare.re_authenticating = true;
        let client_identifier = self.sessions.get(session).map(|session| (*session.client_identifier).into());
        self.ask_for_authentication(index, client_identifier.unwrap_or_default(), auth, true);
        Ok(())
    }

    /// Every AUTH names the method of the CONNECT. [MQTT-4.12.0-7], [MQTT-4.12.1-1]
    fn check_method(&self, index: u32, auth: &Auth<'_>) -> Result<(), Fault> {
        let rare = self.connections.get(index).and_then(|this| this.rare.as_ref());
        let Some(method) = rare.and_then(|rare| rare.authentication_method.as_deref()) else {
            return Err(limits::AUTH_UNEXPECTED);
        };
        if auth.properties.authentication_method() != Some(method) {
            return Err(limits::AUTH_METHOD);
        }
        Ok(())
    }

    fn ask_for_authentication(
        &mut self,
        index: u32,
        client_identifier: Box<str>,
        auth: &Auth<'_>,
        re_authentication: bool,
    ) {
        let request = AuthenticationRequest {
            connection: self.connection_id(index),
            client_identifier,
            authentication_method: auth.properties.authentication_method().unwrap_or_default().into(),
            authentication_data: auth.properties.authentication_data().map(Box::from),
            re_authentication,
        };
        self.outputs.push_back(Output::Event(Event::Authentication(Box::new(request))));
    }

    /// Sends AUTH with the method of the CONNECT. [MQTT-4.12.0-5]
    fn send_auth(&mut self, index: u32, reason_code: ReasonCode, data: Option<&[u8]>) {
        let rare = self.connections.get(index).and_then(|this| this.rare.as_ref());
        let Some(method) = rare.and_then(|rare| rare.authentication_method.clone()) else { return };
        let mut properties = PropertiesBuf::new();
        // The method came in a property; data that is too long for one leaves the AUTH without it.
        let _ = properties.push(Property::AuthenticationMethod(&method));
        if let Some(data) = data {
            let _ = properties.push(Property::AuthenticationData(data));
        }
        self.send_now(index, &Packet::Auth(Auth { reason_code, properties: properties.as_properties() }));
    }

    fn finish_re_authentication(&mut self, index: u32, grant: ConnectGrant) {
        self.send_auth(index, ReasonCode::Success, grant.authentication_data.as_deref());
        let Some(this) = self.connections.get_mut(index) else { return };
        this.rare_mut().re_authenticating = false;
        let session = this.session;
        if let Some(user_name) = grant.user_name
            && let Some(session) = self.sessions.get_mut(session)
        {
            session.user_name = Some(user_name);
        }
    }

    fn fail_re_authentication(&mut self, index: u32, refusal: &ConnectRefusal) -> Result<(), UsageError> {
        if !refusal.reason_code.is_error() {
            return Err(UsageError::ReasonCodeInvalid);
        }
        self.fail(index, Fault { reason_code: refusal.reason_code, ..limits::RE_AUTHENTICATION });
        Ok(())
    }
}

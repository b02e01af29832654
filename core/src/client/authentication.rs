//! Enhanced authentication. Spec: 4.12.

use super::error::UsageError;
use super::output::{AuthenticationStep, Event};
use super::timer::Timer;
use super::{Client, State};
use crate::codec::{Auth, Packet, Properties, PropertiesBuf, Property};
use crate::{ReasonCode, Time};
use alloc::boxed::Box;

/// How far the authentication of a connection is.
///
/// ```text
///   CONNECT with a method                 AUTH 0x18 from the server
///   re_authenticate: AUTH 0x19 ----> Running ----------> Asked
///                                       ^                  |
///                                       +------------------+  authenticate: AUTH 0x18
///   CONNACK, AUTH 0x00 ----> Idle
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AuthenticationState {
    #[default]
    Idle,
    Running,
    Asked,
}

impl AuthenticationState {
    pub(super) const fn begin_connection(&mut self) {
        *self = Self::Running;
    }

    pub(super) const fn accepted(&mut self) {
        *self = Self::Idle;
    }
}

impl Client {
    /// Answers the server's [`Event::Authentication`] with the next step. Spec: 4.12 [MQTT-4.12.0-3].
    pub fn authenticate(&mut self, data: Option<&[u8]>, now: Time) -> Result<(), UsageError> {
        self.advance(now);
        if self.authentication != AuthenticationState::Asked
            || !matches!(self.state, State::Handshake | State::Connected)
        {
            return Err(UsageError::NoAuthentication);
        }
        self.send_auth(ReasonCode::ContinueAuthentication, data)?;
        self.authentication = AuthenticationState::Running;
        Ok(())
    }

    /// Authenticates once more on a connection that was made with an Authentication Method. Spec: 4.12.1.
    pub fn re_authenticate(&mut self, data: Option<&[u8]>, now: Time) -> Result<(), UsageError> {
        self.advance(now);
        if self.state != State::Connected {
            return Err(UsageError::NotConnected);
        }
        if self.options.authentication.is_none() || self.authentication != AuthenticationState::Idle {
            return Err(UsageError::NoAuthentication);
        }
        self.send_auth(ReasonCode::ReAuthenticate, data)?;
        self.authentication = AuthenticationState::Running;
        Ok(())
    }

    fn send_auth(&mut self, reason_code: ReasonCode, data: Option<&[u8]>) -> Result<(), UsageError> {
        let method = self.options.authentication.as_ref().map(|authentication| authentication.method.as_str());
        let method = method.ok_or(UsageError::NoAuthentication)?;
        let mut properties = PropertiesBuf::new().with(Property::AuthenticationMethod(method))?;
        if let Some(data) = data {
            properties.push(Property::AuthenticationData(data))?;
        }
        self.send(&Packet::Auth(Auth { reason_code, properties: properties.as_properties() }))
    }

    pub(super) fn handle_auth(&mut self, auth: &Auth<'_>) {
        if let Err(statement) = self.check_authentication_method(auth.properties) {
            return self.violation(ReasonCode::ProtocolError, statement);
        }
        if self.options.authentication.is_none() {
            return self.violation(ReasonCode::ProtocolError, "MQTT-4.12.0-6");
        }
        let is_connected = self.state == State::Connected;
        match (self.authentication, auth.reason_code) {
            (AuthenticationState::Running, ReasonCode::ContinueAuthentication) => {
                self.authentication = AuthenticationState::Asked;
                if !is_connected {
                    let due = self.now.plus_ms(u64::from(self.options.connect_timeout_ms));
                    self.timers.set(Timer::Connect, due);
                }
            }
            (AuthenticationState::Running, ReasonCode::Success) if is_connected => {
                self.authentication = AuthenticationState::Idle;
            }
            _ => return self.violation(ReasonCode::ProtocolError, "4.12"),
        }
        self.event(Event::Authentication(Box::new(AuthenticationStep {
            reason_code: auth.reason_code,
            properties: PropertiesBuf::from(auth.properties),
        })));
    }

    /// CONNACK and AUTH repeat the method of CONNECT, and name none if that had none; gives the statement that is broken.
    /// Spec: 4.12 [MQTT-4.12.0-5], [MQTT-4.12.0-6].
    pub(super) fn check_authentication_method(&self, properties: Properties<'_>) -> Result<(), &'static str> {
        let ours = self.options.authentication.as_ref().map(|authentication| authentication.method.as_str());
        match (ours, properties.authentication_method()) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err("MQTT-4.12.0-6"),
            (Some(ours), Some(theirs)) if ours == theirs => Ok(()),
            (Some(_), Some(_) | None) => Err("MQTT-4.12.0-5"),
        }
    }
}

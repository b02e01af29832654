//! Who may connect and do what: password file, certificates, and the closures of an embedder.

use crate::passwords::Passwords;
use core::fmt;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{
    ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal, Event, Permission, Policy,
    SubscribeDecision,
};
use polymqtt_core::codec::{ProtocolVersion, QoS, SubscriptionOptions, Will};
use polymqtt_core::topic::{TopicFilter, TopicName};
use std::sync::Arc;

/// A client that wants to connect.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginAttempt {
    /// The Client Identifier; empty where one will be assigned.
    pub client_identifier: String,
    /// The version that it speaks.
    pub protocol_version: ProtocolVersion,
    /// The User Name.
    pub user_name: Option<String>,
    /// The Password. The text form does not show it.
    pub password: Option<Vec<u8>>,
    /// The other end, such as `192.0.2.7:50112`.
    pub peer: String,
    /// Where it came in, such as `tls://0.0.0.0:8883`.
    pub listener: String,
    /// The common name of the client's certificate, where one was asked for and shown.
    pub certificate_name: Option<String>,
}

impl fmt::Debug for LoginAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginAttempt")
            .field("client_identifier", &self.client_identifier)
            .field("user_name", &self.user_name)
            .field("peer", &self.peer)
            .field("listener", &self.listener)
            .field("certificate_name", &self.certificate_name)
            .finish_non_exhaustive()
    }
}

/// The answer to a [`LoginAttempt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Welcome, under the User Name of the CONNECT.
    Accept,
    /// Welcome, under this user name.
    AcceptAs(String),
    /// Go away: a Reason Code that CONNACK may carry, such as `BadUserNameOrPassword` or `NotAuthorized`.
    Refuse(ReasonCode),
}

/// A step of enhanced authentication that a client has made. Spec: 4.12.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticationAttempt {
    /// The number of the connection: all steps of one conversation carry the same.
    pub connection: u64,
    /// The Client Identifier; empty where one will be assigned.
    pub client_identifier: String,
    /// The Authentication Method.
    pub method: String,
    /// The Authentication Data. The text form does not show it.
    pub data: Option<Vec<u8>>,
    /// Whether this is the CONNECT, which begins the conversation; else it is an AUTH.
    pub is_connect: bool,
    /// Whether the client is connected already and authenticates itself again. Spec: 4.12.1.
    pub is_re_authentication: bool,
    /// The other end, such as `192.0.2.7:50112`.
    pub peer: String,
    /// The common name of the client's certificate, where one was asked for and shown.
    pub certificate_name: Option<String>,
}

impl fmt::Debug for AuthenticationAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationAttempt")
            .field("connection", &self.connection)
            .field("client_identifier", &self.client_identifier)
            .field("method", &self.method)
            .field("is_connect", &self.is_connect)
            .field("is_re_authentication", &self.is_re_authentication)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// The answer to an [`AuthenticationAttempt`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationAnswer {
    /// The client is to make another step.
    Continue {
        /// What the method prescribes.
        data: Option<Vec<u8>>,
    },
    /// The client is who it says.
    Accept {
        /// As whom it is accepted; `None`: the User Name of its CONNECT.
        user_name: Option<String>,
        /// What the method prescribes for the last step.
        data: Option<Vec<u8>>,
    },
    /// Go away: a Reason Code such as `NotAuthorized` or `BadAuthenticationMethod`.
    Refuse(ReasonCode),
}

/// Something that a client wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// Publish a message.
    Publish {
        /// Its Topic Name.
        topic: &'a str,
        /// Its QoS.
        qos: QoS,
        /// Whether it is to be retained.
        retain: bool,
    },
    /// Subscribe.
    Subscribe {
        /// The Topic Filter.
        filter: &'a str,
        /// The QoS that is asked for.
        qos: QoS,
    },
    /// Leave a Will Message.
    Will {
        /// Its Topic Name.
        topic: &'a str,
        /// Its QoS.
        qos: QoS,
        /// Whether it is to be retained.
        retain: bool,
    },
    /// Receive a message that a subscription matched; only asked for after
    /// [`BrokerBuilder::authorize_deliveries`](super::BrokerBuilder::authorize_deliveries).
    Receive {
        /// The Topic Name.
        topic: &'a str,
    },
}

pub(super) type Authenticate = dyn Fn(&LoginAttempt) -> Login + Send + Sync;
pub(super) type AuthenticateEnhanced = dyn Fn(&AuthenticationAttempt) -> AuthenticationAnswer + Send + Sync;
pub(super) type Authorize = dyn Fn(&ClientInfo<'_>, Action<'_>) -> bool + Send + Sync;
pub(super) type Notice = dyn Fn(&Event) + Send + Sync;

/// What decides for all shards.
#[derive(Default)]
pub(super) struct Access {
    pub(super) refuses_anonymous: bool,
    pub(super) passwords: Option<Passwords>,
    pub(super) authenticate: Option<Box<Authenticate>>,
    pub(super) authenticate_enhanced: Option<Box<AuthenticateEnhanced>>,
    pub(super) authorize: Option<Box<Authorize>>,
    pub(super) authorizes_deliveries: bool,
    pub(super) notice: Option<Box<Notice>>,
}

impl Access {
    pub(super) fn notice(&self, event: &Event) {
        if let Some(notice) = &self.notice {
            notice(event);
        }
    }

    /// May take long: password hashes are slow on purpose, and closures may ask anybody.
    pub(super) fn log_in(&self, attempt: &LoginAttempt) -> Login {
        if let Some(authenticate) = &self.authenticate {
            return authenticate(attempt);
        }
        match (&self.passwords, &attempt.user_name) {
            (Some(passwords), Some(user_name))
                if passwords.verify(user_name, attempt.password.as_deref().unwrap_or_default()) =>
            {
                Login::Accept
            }
            (Some(_), _) => Login::Refuse(ReasonCode::BadUserNameOrPassword),
            (None, _) => Login::Accept,
        }
    }

    /// As [`Access::log_in`].
    pub(super) fn step(&self, attempt: &AuthenticationAttempt) -> AuthenticationAnswer {
        match &self.authenticate_enhanced {
            Some(authenticate) => authenticate(attempt),
            None => AuthenticationAnswer::Refuse(ReasonCode::BadAuthenticationMethod),
        }
    }

    fn decide(&self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        let deny = |reason| ConnectDecision::Deny(ConnectRefusal::from(reason));
        if attempt.connect.properties.authentication_method().is_some() {
            return match self.authenticate_enhanced {
                Some(_) => ConnectDecision::Ask,
                None => deny(ReasonCode::BadAuthenticationMethod),
            };
        }
        if self.authenticate.is_some() {
            return ConnectDecision::Ask;
        }
        if let Some(identity) = &attempt.info.identity {
            let grant = ConnectGrant { user_name: Some(Arc::from(&**identity)), ..ConnectGrant::default() };
            return ConnectDecision::Allow(grant);
        }
        match (attempt.connect.user_name, &self.passwords) {
            (Some(_), Some(_)) => ConnectDecision::Ask,
            (None, _) if self.refuses_anonymous => deny(ReasonCode::NotAuthorized),
            (Some(_), None) if self.refuses_anonymous => deny(ReasonCode::BadUserNameOrPassword),
            (_, _) => ConnectDecision::Allow(ConnectGrant::default()),
        }
    }

    fn allows(&self, client: &ClientInfo<'_>, action: Action<'_>) -> bool {
        self.authorize.as_ref().is_none_or(|authorize| authorize(client, action))
    }
}

/// The policy of one shard.
pub(super) struct ShardPolicy(pub(super) Arc<Access>);

impl ShardPolicy {
    fn permit(&self, client: &ClientInfo<'_>, action: Action<'_>) -> Permission {
        if self.0.allows(client, action) { Permission::Allow } else { Permission::Deny(ReasonCode::NotAuthorized) }
    }
}

impl Policy for ShardPolicy {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        self.0.decide(attempt)
    }

    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        self.permit(client, Action::Will { topic: will.topic.as_str(), qos: will.qos, retain: will.retain })
    }

    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, qos: QoS, retain: bool) -> Permission {
        self.permit(client, Action::Publish { topic: topic.as_str(), qos, retain })
    }

    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
    ) -> SubscribeDecision {
        if self.0.allows(client, Action::Subscribe { filter: filter.as_str(), qos: options.qos }) {
            SubscribeDecision::Grant(options.qos)
        } else {
            SubscribeDecision::Deny(ReasonCode::NotAuthorized)
        }
    }

    fn checks_deliveries(&self) -> bool {
        self.0.authorizes_deliveries
    }

    fn deliver(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>) -> Permission {
        self.permit(client, Action::Receive { topic: topic.as_str() })
    }
}

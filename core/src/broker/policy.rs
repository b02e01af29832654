//! Who may do what: the questions that the broker asks its embedder.

use super::connection::{ConnectionId, ConnectionInfo};
use crate::ReasonCode;
use crate::codec::{Connect, ProtocolVersion, QoS, SubscriptionOptions, Will};
use crate::topic::{TopicFilter, TopicName};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Answers the broker's questions about permission, at once. Every method allows by default.
///
/// What cannot be answered at once is only a CONNECT: [`ConnectDecision::Ask`] turns the question into an
/// [`Event::ConnectRequest`](super::Event::ConnectRequest).
pub trait Policy: Send {
    /// A client wants to connect. By default everybody may who does not ask for enhanced authentication, of which no
    /// method is known here. Spec: 4.12 [MQTT-4.12.0-1].
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        match attempt.connect.properties.authentication_method() {
            None => ConnectDecision::Allow(ConnectGrant::default()),
            Some(_) => ConnectDecision::Deny(ConnectRefusal::from(ReasonCode::BadAuthenticationMethod)),
        }
    }

    /// The Will Message of a client that is about to be accepted; a denial refuses the CONNECT.
    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        let _ = (client, will);
        Permission::Allow
    }

    /// A client publishes. A denial is the Reason Code of the PUBACK or PUBREC; QoS 0 messages, and those of 3.1 and 3.1.1,
    /// just go nowhere. Spec: 3.3.5 (3.1.1) [MQTT-3.3.5-2].
    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, qos: QoS, retain: bool) -> Permission {
        let _ = (client, topic, qos, retain);
        Permission::Allow
    }

    /// A client subscribes. The answer is the highest QoS that is granted, or the Reason Code in the SUBACK.
    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
    ) -> SubscribeDecision {
        let _ = (client, filter);
        SubscribeDecision::Grant(options.qos)
    }

    /// Whether [`Policy::deliver`] is to be asked at all; read once, when the broker is made.
    fn checks_deliveries(&self) -> bool {
        false
    }

    /// A message (retained or not) is about to be given to a subscriber. A denial drops it for this one.
    fn deliver(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>) -> Permission {
        let _ = (client, topic);
        Permission::Allow
    }
}

/// The policy that allows everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

impl Policy for AllowAll {}

/// A CONNECT that is to be judged.
#[derive(Debug, Clone, Copy)]
pub struct ConnectAttempt<'a> {
    /// The connection that it came on.
    pub connection: ConnectionId,
    /// What the shell knows about the connection.
    pub info: &'a ConnectionInfo,
    /// The packet. Its Client Identifier is empty where one will be assigned.
    pub connect: &'a Connect<'a>,
}

/// Who does something.
#[derive(Debug, Clone, Copy)]
pub struct ClientInfo<'a> {
    /// `None`: the Session has no connection now (a message is about to be queued for it).
    pub connection: Option<ConnectionId>,
    /// The Client Identifier, assigned or not.
    pub client_identifier: &'a str,
    /// As whom the client was accepted: [`ConnectGrant::user_name`], or the User Name of its CONNECT.
    pub user_name: Option<&'a str>,
    /// The version that it speaks or last spoke.
    pub protocol_version: ProtocolVersion,
}

/// The answer to a CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectDecision {
    /// It is accepted.
    Allow(ConnectGrant),
    /// It is refused, and the connection closed.
    Deny(ConnectRefusal),
    /// The answer comes later: [`Event::ConnectRequest`](super::Event::ConnectRequest) is emitted, and
    /// [`Broker::accept_connect`](super::Broker::accept_connect), [`Broker::reject_connect`](super::Broker::reject_connect) or
    /// [`Broker::authenticate`](super::Broker::authenticate) answers it.
    Ask,
}

/// What an accepted client gets beyond the options of the broker. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectGrant {
    /// As whom it is accepted, where that is not the User Name of the CONNECT (a certificate's subject, a token's).
    pub user_name: Option<Arc<str>>,
    /// A lower limit than [`BrokerOptions::session_expiry_interval_s_max`](super::BrokerOptions::session_expiry_interval_s_max).
    pub session_expiry_interval_s_max: Option<u32>,
    /// The Keep Alive that this client has to use. Spec: 3.2.2.3.14. Only 5.0 can be told.
    pub server_keep_alive_s: Option<u16>,
    /// Another Response Information than that of the options.
    pub response_information: Option<Box<str>>,
    /// The last step of an enhanced authentication, for the CONNACK.
    pub authentication_data: Option<Box<[u8]>>,
    /// User Properties for the CONNACK.
    pub user_properties: Vec<(Box<str>, Box<str>)>,
}

/// Why a CONNECT is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectRefusal {
    /// 0x80 or above, one that CONNACK may carry. For 3.1 and 3.1.1 it is translated.
    pub reason_code: ReasonCode,
    /// A sentence for a person.
    pub reason_string: Option<Box<str>>,
    /// Another server: with Use another server and Server moved. Spec: 4.11.
    pub server_reference: Option<Box<str>>,
}

impl From<ReasonCode> for ConnectRefusal {
    fn from(reason_code: ReasonCode) -> Self {
        Self { reason_code, reason_string: None, server_reference: None }
    }
}

/// The answer to a PUBLISH, a will or a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It may be.
    Allow,
    /// It may not; a Reason Code of 0x80 or above for the one who asked, where there is a packet that can carry it.
    Deny(ReasonCode),
}

/// The answer to one Topic Filter of a SUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscribeDecision {
    /// With this QoS at most.
    Grant(QoS),
    /// Not at all; a Reason Code of 0x80 or above.
    Deny(ReasonCode),
}

/// A step of enhanced authentication, from the one who verifies: the answer to
/// [`Event::Authentication`](super::Event::Authentication). Spec: 4.12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationStep {
    /// The client is to go on: AUTH with Continue authentication.
    Continue {
        /// What the method prescribes.
        data: Option<Box<[u8]>>,
    },
    /// The client is who it says: CONNACK, or AUTH with Success after a re-authentication.
    Success(ConnectGrant),
    /// It is not: CONNACK, or DISCONNECT after a re-authentication. [MQTT-4.12.0-4], [MQTT-4.12.1-2].
    Failure(ConnectRefusal),
}

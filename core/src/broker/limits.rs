//! What a peer is told at a limit or after a violation: each with the statement behind it.

use super::error::Fault;
use crate::ReasonCode;

pub(super) const SECOND_CONNECT: Fault =
    Fault::protocol_error("MQTT-3.1.0-2", "a second CONNECT came on the same connection");
pub(super) const NOT_CONNECT: Fault =
    Fault::protocol_error("MQTT-3.1.0-1", "the first packet of a connection must be CONNECT");
pub(super) const SERVER_PACKET: Fault = Fault::protocol_error("2.1.2", "a client must not send this packet");
pub(super) const CONNECT_TIMEOUT: Fault =
    Fault::new(ReasonCode::MaximumConnectTime, "3.1.4", "the connection was not established in time");
pub(super) const KEEP_ALIVE: Fault = Fault::new(
    ReasonCode::KeepAliveTimeout,
    "MQTT-3.1.2-22",
    "nothing was received for one and a half times the Keep Alive",
);
pub(super) const TAKEN_OVER: Fault =
    Fault::new(ReasonCode::SessionTakenOver, "MQTT-3.1.4-3", "another connection uses this Client Identifier now");
pub(super) const SHUTTING_DOWN: Fault = Fault::new(ReasonCode::ServerShuttingDown, "", "the server is shutting down");
pub(super) const ADMINISTRATIVE: Fault =
    Fault::new(ReasonCode::AdministrativeAction, "", "the connection was closed by an administrator");
pub(super) const VERSION: Fault = Fault::new(
    ReasonCode::UnsupportedProtocolVersion,
    "MQTT-3.1.2-2",
    "this server does not accept this protocol version",
);
pub(super) const SESSIONS: Fault =
    Fault::new(ReasonCode::QuotaExceeded, "", "the server has as many sessions as it may have");
pub(super) const HELD_INPUT: Fault =
    Fault::new(ReasonCode::QuotaExceeded, "3.1.4", "too much was sent before the CONNECT was answered");
pub(super) const ANSWERS: Fault =
    Fault::new(ReasonCode::QuotaExceeded, "", "too many answers wait that the client does not read");
pub(super) const CLIENT_IDENTIFIER_EMPTY: Fault =
    Fault::new(ReasonCode::ClientIdentifierNotValid, "MQTT-3.1.3-8", "this server does not assign Client Identifiers");
pub(super) const CLIENT_IDENTIFIER_LONG: Fault = Fault::new(
    ReasonCode::ClientIdentifierNotValid,
    "MQTT-3.1.3-8",
    "the Client Identifier is longer than this server accepts",
);
pub(super) const CLIENT_ELSEWHERE: Fault =
    Fault::new(ReasonCode::UseAnotherServer, "", "the Client Identifier belongs to another shard");
pub(super) const WILL_QOS: Fault =
    Fault::new(ReasonCode::QoSNotSupported, "MQTT-3.2.2-12", "the Will QoS is above the Maximum QoS of this server");
pub(super) const WILL_RETAIN: Fault =
    Fault::new(ReasonCode::RetainNotSupported, "MQTT-3.2.2-13", "this server keeps no Retained Messages");
pub(super) const WILL_TOPIC: Fault =
    Fault::new(ReasonCode::NotAuthorized, "4.7.2", "clients must not publish below $SYS/");
pub(super) const PUBLISH_QOS: Fault =
    Fault::new(ReasonCode::QoSNotSupported, "MQTT-3.2.2-11", "the QoS is above the Maximum QoS of this server");
pub(super) const PUBLISH_RETAIN: Fault =
    Fault::new(ReasonCode::RetainNotSupported, "MQTT-3.2.2-14", "this server keeps no Retained Messages");
pub(super) const RECEIVE_MAXIMUM: Fault = Fault::new(
    ReasonCode::ReceiveMaximumExceeded,
    "MQTT-3.3.4-7",
    "more publications are open than the Receive Maximum of this server",
);
pub(super) const ALIAS_ABOVE_MAXIMUM: Fault = Fault::new(
    ReasonCode::TopicAliasInvalid,
    "MQTT-3.3.2-9",
    "the Topic Alias is 0 or above the Topic Alias Maximum of this server",
);
pub(super) const ALIAS_UNKNOWN: Fault =
    Fault::new(ReasonCode::TopicAliasInvalid, "MQTT-3.3.2-7", "the Topic Alias was not set on this connection");
pub(super) const PACKET_ORDER_PUBACK: Fault =
    Fault::protocol_error("4.3.3", "PUBACK does not answer a QoS 2 publication");
pub(super) const PACKET_ORDER_PUBREC: Fault =
    Fault::protocol_error("4.3.2", "PUBREC does not fit the state of the publication");
pub(super) const PACKET_ORDER_PUBREL: Fault = Fault::protocol_error("4.3.3", "PUBREL came before PUBREC was sent");
pub(super) const PACKET_ORDER_PUBCOMP: Fault =
    Fault::protocol_error("4.3.3", "PUBCOMP came for a publication that was not released");
pub(super) const NO_LOCAL_SHARED: Fault =
    Fault::protocol_error("MQTT-3.8.3-4", "No Local must not be set on a shared subscription");
pub(super) const SUBSCRIPTION_IDENTIFIER: Fault = Fault::new(
    ReasonCode::SubscriptionIdentifiersNotSupported,
    "3.2.2.3.12",
    "this server does not take Subscription Identifiers",
);
pub(super) const SESSION_EXPIRY: Fault =
    Fault::protocol_error("3.14.2.2.2", "a Session Expiry Interval of 0 in CONNECT cannot be changed in DISCONNECT");
pub(super) const AUTH_UNEXPECTED: Fault =
    Fault::protocol_error("MQTT-4.12.0-7", "AUTH came although CONNECT had no Authentication Method");
pub(super) const AUTH_ONLY: Fault = Fault::protocol_error(
    "MQTT-3.1.2-30",
    "nothing but AUTH and DISCONNECT may be sent before the authentication has ended",
);
pub(super) const AUTH_METHOD: Fault =
    Fault::protocol_error("MQTT-4.12.1-1", "the Authentication Method is not the one of the CONNECT");
pub(super) const AUTH_REASON: Fault =
    Fault::protocol_error("4.12", "the Reason Code of this AUTH does not fit the state of the authentication");
pub(super) const REFUSED: Fault = Fault::new(ReasonCode::NotAuthorized, "MQTT-3.1.4-2", "");
pub(super) const CONNACK_TOO_LARGE: Fault = Fault::new(
    ReasonCode::PacketTooLarge,
    "MQTT-3.1.2-24",
    "the CONNACK is larger than the client's Maximum Packet Size",
);
pub(super) const RE_AUTHENTICATION: Fault =
    Fault::new(ReasonCode::NotAuthorized, "MQTT-4.12.1-2", "the re-authentication failed");

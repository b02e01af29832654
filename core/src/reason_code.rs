//! Reason Codes: the one byte that says how an operation went.

use crate::codec::{PacketType, Side};
use core::fmt;

macro_rules! reason_codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $text:literal;)*) => {
        /// The result of an operation (MQTT 5.0, 2.4). Values below 0x80 are success, from 0x80 on failure.
        ///
        /// One enum serves every Control Packet; which code may stand in which packet is the codec's business. 0x00 is
        /// `Success` everywhere: the standard also calls it *Normal disconnection* and *Granted QoS 0*. The return codes
        /// of MQTT 3.1 and 3.1.1 are translated to and from these by the codec.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum ReasonCode {
            $($(#[$doc])* $name = $value,)*
        }

        impl ReasonCode {
            /// Every Reason Code, in the order of its value.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The Reason Code with this value; `None` for a value that the standard does not define.
            pub const fn from_u8(value: u8) -> Option<Self> {
                match value {
                    $($value => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The name that the standard gives to this code, such as `Topic Alias invalid`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reason_codes! {
    /// The operation succeeded; in DISCONNECT a normal end, in SUBACK *Granted QoS 0*.
    Success = 0x00, "Success";
    /// SUBACK: the maximum QoS for this subscription is 1.
    GrantedQoS1 = 0x01, "Granted QoS 1";
    /// SUBACK: the maximum QoS for this subscription is 2.
    GrantedQoS2 = 0x02, "Granted QoS 2";
    /// DISCONNECT from a client that wants its Will Message published.
    DisconnectWithWillMessage = 0x04, "Disconnect with Will Message";
    /// PUBACK, PUBREC: accepted, but nobody subscribes to the topic.
    NoMatchingSubscribers = 0x10, "No matching subscribers";
    /// UNSUBACK: there was no such subscription.
    NoSubscriptionExisted = 0x11, "No subscription existed";
    /// AUTH: go on with another step.
    ContinueAuthentication = 0x18, "Continue authentication";
    /// AUTH: the client starts a re-authentication.
    ReAuthenticate = 0x19, "Re-authenticate";
    /// Refused, and the reason is not told or has no other code.
    UnspecifiedError = 0x80, "Unspecified error";
    /// Bytes that cannot be parsed as the standard prescribes.
    MalformedPacket = 0x81, "Malformed Packet";
    /// A well-formed packet that must not come here or now, or whose contents contradict the state.
    ProtocolError = 0x82, "Protocol Error";
    /// Valid, but not accepted by this implementation.
    ImplementationSpecificError = 0x83, "Implementation specific error";
    /// The protocol version is not supported.
    UnsupportedProtocolVersion = 0x84, "Unsupported Protocol Version";
    /// The Client Identifier is well-formed but not allowed.
    ClientIdentifierNotValid = 0x85, "Client Identifier not valid";
    /// The user name or the password is not accepted.
    BadUserNameOrPassword = 0x86, "Bad User Name or Password";
    /// The client may not do this.
    NotAuthorized = 0x87, "Not authorized";
    /// The server is not available.
    ServerUnavailable = 0x88, "Server unavailable";
    /// The server is busy: try again later.
    ServerBusy = 0x89, "Server busy";
    /// This client is banned.
    Banned = 0x8A, "Banned";
    /// The server is shutting down.
    ServerShuttingDown = 0x8B, "Server shutting down";
    /// The authentication method is not supported or not the one in use.
    BadAuthenticationMethod = 0x8C, "Bad authentication method";
    /// Nothing was received for one and a half times the Keep Alive.
    KeepAliveTimeout = 0x8D, "Keep Alive timeout";
    /// Another connection uses the same Client Identifier.
    SessionTakenOver = 0x8E, "Session taken over";
    /// The Topic Filter is not accepted.
    TopicFilterInvalid = 0x8F, "Topic Filter invalid";
    /// The Topic Name is not accepted.
    TopicNameInvalid = 0x90, "Topic Name invalid";
    /// The Packet Identifier is already in use.
    PacketIdentifierInUse = 0x91, "Packet Identifier in use";
    /// The Packet Identifier is not known.
    PacketIdentifierNotFound = 0x92, "Packet Identifier not found";
    /// More unacknowledged PUBLISH packets than the Receive Maximum.
    ReceiveMaximumExceeded = 0x93, "Receive Maximum exceeded";
    /// A Topic Alias of 0, or above the maximum, or one that is not set.
    TopicAliasInvalid = 0x94, "Topic Alias invalid";
    /// The packet is larger than the receiver accepts.
    PacketTooLarge = 0x95, "Packet too large";
    /// Messages come too fast.
    MessageRateTooHigh = 0x96, "Message rate too high";
    /// A limit set by the implementation or its administrator is reached.
    QuotaExceeded = 0x97, "Quota exceeded";
    /// The connection is closed by an administrator.
    AdministrativeAction = 0x98, "Administrative action";
    /// The payload does not have the format that its indicator announces.
    PayloadFormatInvalid = 0x99, "Payload format invalid";
    /// The server keeps no retained messages.
    RetainNotSupported = 0x9A, "Retain not supported";
    /// The QoS is above the server's Maximum QoS.
    QoSNotSupported = 0x9B, "QoS not supported";
    /// Use another server, this time.
    UseAnotherServer = 0x9C, "Use another server";
    /// Use another server from now on.
    ServerMoved = 0x9D, "Server moved";
    /// The server has no shared subscriptions.
    SharedSubscriptionsNotSupported = 0x9E, "Shared Subscriptions not supported";
    /// Connections are opened too fast.
    ConnectionRateExceeded = 0x9F, "Connection rate exceeded";
    /// The longest time allowed for this connection is over.
    MaximumConnectTime = 0xA0, "Maximum connect time";
    /// The server has no Subscription Identifiers.
    SubscriptionIdentifiersNotSupported = 0xA1, "Subscription Identifiers not supported";
    /// The server has no wildcard subscriptions.
    WildcardSubscriptionsNotSupported = 0xA2, "Wildcard Subscriptions not supported";
}

impl ReasonCode {
    /// The value on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Whether the operation failed: a value from 0x80 on. Spec: 2.4.
    pub const fn is_error(self) -> bool {
        self.as_u8() >= 0x80
    }

    /// Whether `sender` may put this code into this packet; `None` stands for either side. Spec: 2.4, table 2-6.
    pub const fn is_allowed_in(self, packet_type: PacketType, sender: Option<Side>) -> bool {
        let by_client = !matches!(sender, Some(Side::Server));
        let by_server = !matches!(sender, Some(Side::Client));
        match packet_type {
            PacketType::ConnAck => self.is_connack_code() && by_server,
            PacketType::PubAck | PacketType::PubRec => {
                self.is_publish_code() || (matches!(self, Self::NoMatchingSubscribers) && by_server)
            }
            PacketType::PubRel | PacketType::PubComp => matches!(self, Self::Success | Self::PacketIdentifierNotFound),
            PacketType::SubAck => self.is_suback_code() && by_server,
            PacketType::UnsubAck => self.is_unsuback_code() && by_server,
            PacketType::Disconnect => {
                self.is_disconnect_code_of_both()
                    || (self.is_disconnect_code_of_server() && by_server)
                    || (matches!(self, Self::DisconnectWithWillMessage) && by_client)
            }
            PacketType::Auth => {
                matches!(self, Self::ContinueAuthentication)
                    || (matches!(self, Self::Success) && by_server)
                    || (matches!(self, Self::ReAuthenticate) && by_client)
            }
            PacketType::Connect
            | PacketType::Publish
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::PingReq
            | PacketType::PingResp => false,
        }
    }

    /// Spec: 3.2.2.2, table 3-1.
    const fn is_connack_code(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::UnspecifiedError
                | Self::MalformedPacket
                | Self::ProtocolError
                | Self::ImplementationSpecificError
                | Self::UnsupportedProtocolVersion
                | Self::ClientIdentifierNotValid
                | Self::BadUserNameOrPassword
                | Self::NotAuthorized
                | Self::ServerUnavailable
                | Self::ServerBusy
                | Self::Banned
                | Self::BadAuthenticationMethod
                | Self::TopicNameInvalid
                | Self::PacketTooLarge
                | Self::QuotaExceeded
                | Self::PayloadFormatInvalid
                | Self::RetainNotSupported
                | Self::QoSNotSupported
                | Self::UseAnotherServer
                | Self::ServerMoved
                | Self::ConnectionRateExceeded
        )
    }

    /// What both sides may say of a PUBLISH. Spec: 3.4.2.1, 3.5.2.1.
    const fn is_publish_code(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::UnspecifiedError
                | Self::ImplementationSpecificError
                | Self::NotAuthorized
                | Self::TopicNameInvalid
                | Self::PacketIdentifierInUse
                | Self::QuotaExceeded
                | Self::PayloadFormatInvalid
        )
    }

    /// Spec: 3.9.3.
    const fn is_suback_code(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::GrantedQoS1
                | Self::GrantedQoS2
                | Self::UnspecifiedError
                | Self::ImplementationSpecificError
                | Self::NotAuthorized
                | Self::TopicFilterInvalid
                | Self::PacketIdentifierInUse
                | Self::QuotaExceeded
                | Self::SharedSubscriptionsNotSupported
                | Self::SubscriptionIdentifiersNotSupported
                | Self::WildcardSubscriptionsNotSupported
        )
    }

    /// Spec: 3.11.3.
    const fn is_unsuback_code(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::NoSubscriptionExisted
                | Self::UnspecifiedError
                | Self::ImplementationSpecificError
                | Self::NotAuthorized
                | Self::TopicFilterInvalid
                | Self::PacketIdentifierInUse
        )
    }

    /// Spec: 3.14.2.1.
    const fn is_disconnect_code_of_both(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::UnspecifiedError
                | Self::MalformedPacket
                | Self::ProtocolError
                | Self::ImplementationSpecificError
                | Self::TopicNameInvalid
                | Self::ReceiveMaximumExceeded
                | Self::TopicAliasInvalid
                | Self::PacketTooLarge
                | Self::MessageRateTooHigh
                | Self::QuotaExceeded
                | Self::AdministrativeAction
                | Self::PayloadFormatInvalid
        )
    }

    /// Spec: 3.14.2.1.
    const fn is_disconnect_code_of_server(self) -> bool {
        matches!(
            self,
            Self::NotAuthorized
                | Self::ServerBusy
                | Self::ServerShuttingDown
                | Self::KeepAliveTimeout
                | Self::SessionTakenOver
                | Self::TopicFilterInvalid
                | Self::RetainNotSupported
                | Self::QoSNotSupported
                | Self::UseAnotherServer
                | Self::ServerMoved
                | Self::SharedSubscriptionsNotSupported
                | Self::ConnectionRateExceeded
                | Self::MaximumConnectTime
                | Self::SubscriptionIdentifiersNotSupported
                | Self::WildcardSubscriptionsNotSupported
        )
    }

    /// The CONNACK return code of 3.1 and 3.1.1 that comes closest. Spec: MQTT 3.1.1, 3.2.2.3, table 3.1.
    ///
    /// What the server cannot do now is 3 (server unavailable), what this client may not do is 5 (not authorized).
    pub const fn to_return_code(self) -> u8 {
        match self {
            Self::Success
            | Self::GrantedQoS1
            | Self::GrantedQoS2
            | Self::DisconnectWithWillMessage
            | Self::NoMatchingSubscribers
            | Self::NoSubscriptionExisted
            | Self::ContinueAuthentication
            | Self::ReAuthenticate => 0,
            Self::UnsupportedProtocolVersion => 1,
            Self::ClientIdentifierNotValid => 2,
            Self::BadUserNameOrPassword | Self::BadAuthenticationMethod => 4,
            Self::NotAuthorized
            | Self::Banned
            | Self::MalformedPacket
            | Self::ProtocolError
            | Self::TopicFilterInvalid
            | Self::TopicNameInvalid
            | Self::PacketIdentifierInUse
            | Self::PacketIdentifierNotFound
            | Self::ReceiveMaximumExceeded
            | Self::TopicAliasInvalid
            | Self::PacketTooLarge
            | Self::PayloadFormatInvalid
            | Self::RetainNotSupported
            | Self::QoSNotSupported
            | Self::SharedSubscriptionsNotSupported
            | Self::SubscriptionIdentifiersNotSupported
            | Self::WildcardSubscriptionsNotSupported => 5,
            Self::UnspecifiedError
            | Self::ImplementationSpecificError
            | Self::ServerUnavailable
            | Self::ServerBusy
            | Self::ServerShuttingDown
            | Self::KeepAliveTimeout
            | Self::SessionTakenOver
            | Self::MessageRateTooHigh
            | Self::QuotaExceeded
            | Self::AdministrativeAction
            | Self::UseAnotherServer
            | Self::ServerMoved
            | Self::ConnectionRateExceeded
            | Self::MaximumConnectTime => 3,
        }
    }

    /// What a CONNACK return code of 3.1 and 3.1.1 means; `None` for a reserved one.
    /// Spec: MQTT 3.1.1, 3.2.2.3, table 3.1.
    pub const fn from_return_code(return_code: u8) -> Option<Self> {
        match return_code {
            0 => Some(Self::Success),
            1 => Some(Self::UnsupportedProtocolVersion),
            2 => Some(Self::ClientIdentifierNotValid),
            3 => Some(Self::ServerUnavailable),
            4 => Some(Self::BadUserNameOrPassword),
            5 => Some(Self::NotAuthorized),
            _ => None,
        }
    }
}

impl fmt::Display for ReasonCode {
    /// The name and the value: `Not authorized (0x87)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name(), self.as_u8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_maps_back_to_its_code() {
        for value in 0..=u8::MAX {
            assert_eq!(ReasonCode::from_u8(value).is_some(), ReasonCode::ALL.iter().any(|c| c.as_u8() == value));
        }
        for &code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_u8(code.as_u8()), Some(code));
        }
    }

    #[test]
    fn return_codes_map_back_to_themselves() {
        for return_code in 0..=u8::MAX {
            let code = ReasonCode::from_return_code(return_code);
            assert_eq!(code.is_some(), return_code <= 5);
            assert!(code.is_none_or(|code| code.to_return_code() == return_code));
        }
        for code in ReasonCode::ALL {
            assert_eq!(code.to_return_code() != 0, code.is_error(), "{code}");
        }
    }

    #[test]
    fn sides_may_say_different_things() {
        let allowed = ReasonCode::is_allowed_in;
        let (client, server) = (Some(Side::Client), Some(Side::Server));
        assert!(allowed(ReasonCode::DisconnectWithWillMessage, PacketType::Disconnect, client));
        assert!(!allowed(ReasonCode::DisconnectWithWillMessage, PacketType::Disconnect, server));
        assert!(allowed(ReasonCode::KeepAliveTimeout, PacketType::Disconnect, server));
        assert!(!allowed(ReasonCode::KeepAliveTimeout, PacketType::Disconnect, client));
        assert!(allowed(ReasonCode::KeepAliveTimeout, PacketType::Disconnect, None));
        assert!(!allowed(ReasonCode::NoMatchingSubscribers, PacketType::PubAck, client));
        assert!(!allowed(ReasonCode::Success, PacketType::Auth, client));
        assert!(!allowed(ReasonCode::ReAuthenticate, PacketType::Auth, server));
    }
}

//! Reason Codes: the one byte that says how an operation went.

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
}

impl fmt::Display for ReasonCode {
    /// The name and the value: `Not authorized (0x87)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name(), self.as_u8())
    }
}

#[cfg(test)]
mod tests {
    use super::ReasonCode;

    #[test]
    fn every_value_maps_back_to_its_code() {
        for value in 0..=u8::MAX {
            assert_eq!(ReasonCode::from_u8(value).is_some(), ReasonCode::ALL.iter().any(|c| c.as_u8() == value));
        }
        for &code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_u8(code.as_u8()), Some(code));
        }
    }
}

//! The numbers of Reason Codes and properties, by name.

/// What a packet says about how something went. Spec: 2.4. `pmq_reason_code_name` gives the standard's name.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_reason_code {
    /// The operation succeeded; in DISCONNECT a normal end, in SUBACK *Granted QoS 0*.
    Success = 0x00,
    /// SUBACK: the maximum QoS for this subscription is 1.
    GrantedQos1 = 0x01,
    /// SUBACK: the maximum QoS for this subscription is 2.
    GrantedQos2 = 0x02,
    /// DISCONNECT from a client that wants its Will Message published.
    DisconnectWithWillMessage = 0x04,
    /// PUBACK, PUBREC: accepted, but nobody subscribes to the topic.
    NoMatchingSubscribers = 0x10,
    /// UNSUBACK: there was no such subscription.
    NoSubscriptionExisted = 0x11,
    /// AUTH: go on with another step.
    ContinueAuthentication = 0x18,
    /// AUTH: the client starts a re-authentication.
    ReAuthenticate = 0x19,
    /// Refused, and the reason is not told or has no other code.
    UnspecifiedError = 0x80,
    /// Bytes that cannot be parsed as the standard prescribes.
    MalformedPacket = 0x81,
    /// A well-formed packet that must not come here or now, or whose contents contradict the state.
    ProtocolError = 0x82,
    /// Valid, but not accepted by this implementation.
    ImplementationSpecificError = 0x83,
    /// The protocol version is not supported.
    UnsupportedProtocolVersion = 0x84,
    /// The Client Identifier is well-formed but not allowed.
    ClientIdentifierNotValid = 0x85,
    /// The user name or the password is not accepted.
    BadUserNameOrPassword = 0x86,
    /// The client may not do this.
    NotAuthorized = 0x87,
    /// The server is not available.
    ServerUnavailable = 0x88,
    /// The server is busy: try again later.
    ServerBusy = 0x89,
    /// This client is banned.
    Banned = 0x8A,
    /// The server is shutting down.
    ServerShuttingDown = 0x8B,
    /// The authentication method is not supported or not the one in use.
    BadAuthenticationMethod = 0x8C,
    /// Nothing was received for one and a half times the Keep Alive.
    KeepAliveTimeout = 0x8D,
    /// Another connection uses the same Client Identifier.
    SessionTakenOver = 0x8E,
    /// The Topic Filter is not accepted.
    TopicFilterInvalid = 0x8F,
    /// The Topic Name is not accepted.
    TopicNameInvalid = 0x90,
    /// The Packet Identifier is already in use.
    PacketIdentifierInUse = 0x91,
    /// The Packet Identifier is not known.
    PacketIdentifierNotFound = 0x92,
    /// More unacknowledged PUBLISH packets than the Receive Maximum.
    ReceiveMaximumExceeded = 0x93,
    /// A Topic Alias of 0, or above the maximum, or one that is not set.
    TopicAliasInvalid = 0x94,
    /// The packet is larger than the receiver accepts.
    PacketTooLarge = 0x95,
    /// Messages come too fast.
    MessageRateTooHigh = 0x96,
    /// A limit set by the implementation or its administrator is reached.
    QuotaExceeded = 0x97,
    /// The connection is closed by an administrator.
    AdministrativeAction = 0x98,
    /// The payload does not have the format that its indicator announces.
    PayloadFormatInvalid = 0x99,
    /// The server keeps no retained messages.
    RetainNotSupported = 0x9A,
    /// The QoS is above the server's Maximum QoS.
    QosNotSupported = 0x9B,
    /// Use another server, this time.
    UseAnotherServer = 0x9C,
    /// Use another server from now on.
    ServerMoved = 0x9D,
    /// The server has no shared subscriptions.
    SharedSubscriptionsNotSupported = 0x9E,
    /// Connections are opened too fast.
    ConnectionRateExceeded = 0x9F,
    /// The longest time allowed for this connection is over.
    MaximumConnectTime = 0xA0,
    /// The server has no Subscription Identifiers.
    SubscriptionIdentifiersNotSupported = 0xA1,
    /// The server has no wildcard subscriptions.
    WildcardSubscriptionsNotSupported = 0xA2,
}

/// The properties of MQTT 5.0. Spec: 2.2.2.2. `pmq_property_name` gives the name in the canonical text form.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_property_identifier {
    /// 0: unspecified bytes, 1: UTF-8 text. Spec: 3.3.2.3.2.
    PayloadFormatIndicator = 0x01,
    /// The lifetime of the message in seconds. Spec: 3.3.2.3.3.
    MessageExpiryInterval = 0x02,
    /// What the payload is, for example a MIME type. Spec: 3.3.2.3.9.
    ContentType = 0x03,
    /// Where a response is to be published. Spec: 3.3.2.3.5.
    ResponseTopic = 0x08,
    /// Ties a response to its request. Spec: 3.3.2.3.6.
    CorrelationData = 0x09,
    /// 1 to 268,435,455; in PUBLISH once for each subscription that matched. Spec: 3.8.2.1.2, 3.3.2.3.8.
    SubscriptionIdentifier = 0x0B,
    /// Seconds that the Session outlives the connection; `0xFFFF_FFFF`: it does not expire. Spec: 3.1.2.11.2.
    SessionExpiryInterval = 0x11,
    /// The Client Identifier that the server chose. Spec: 3.2.2.3.7.
    AssignedClientIdentifier = 0x12,
    /// The Keep Alive in seconds that the server demands. Spec: 3.2.2.3.14.
    ServerKeepAlive = 0x13,
    /// The name of the enhanced authentication. Spec: 3.1.2.11.9.
    AuthenticationMethod = 0x15,
    /// What the authentication method prescribes. Spec: 3.1.2.11.10.
    AuthenticationData = 0x16,
    /// 0: no Reason Strings and User Properties but in PUBLISH, CONNACK and DISCONNECT. Spec: 3.1.2.11.7.
    RequestProblemInformation = 0x17,
    /// Seconds between the end of the connection and the publication of the will. Spec: 3.1.3.2.2.
    WillDelayInterval = 0x18,
    /// 1: the client asks for Response Information. Spec: 3.1.2.11.6.
    RequestResponseInformation = 0x19,
    /// The basis of Response Topics. Spec: 3.2.2.3.15.
    ResponseInformation = 0x1A,
    /// Another server to use. Spec: 4.11.
    ServerReference = 0x1C,
    /// A diagnosis for people, not to be parsed. Spec: 3.2.2.3.9.
    ReasonString = 0x1F,
    /// How many QoS 1 and 2 publications the sender of this takes at the same time; never 0. Spec: 3.1.2.11.3.
    ReceiveMaximum = 0x21,
    /// The highest Topic Alias that the sender of this accepts. Spec: 3.1.2.11.5.
    TopicAliasMaximum = 0x22,
    /// A number in place of a Topic Name; never 0. Spec: 3.3.2.3.4.
    TopicAlias = 0x23,
    /// The highest QoS that the server supports: 0 or 1. Spec: 3.2.2.3.4.
    MaximumQos = 0x24,
    /// Whether the server keeps retained messages: 0 or 1. Spec: 3.2.2.3.5.
    RetainAvailable = 0x25,
    /// A name and a value without meaning to the standard; may be repeated, order is kept. Spec: 3.1.2.11.8.
    UserProperty = 0x26,
    /// The largest Control Packet in bytes that the sender of this accepts; never 0. Spec: 3.1.2.11.4.
    MaximumPacketSize = 0x27,
    /// Whether the server has wildcard subscriptions: 0 or 1. Spec: 3.2.2.3.11.
    WildcardSubscriptionAvailable = 0x28,
    /// Whether the server has Subscription Identifiers: 0 or 1. Spec: 3.2.2.3.12.
    SubscriptionIdentifierAvailable = 0x29,
    /// Whether the server has Shared Subscriptions: 0 or 1. Spec: 3.2.2.3.13.
    SharedSubscriptionAvailable = 0x2A,
}

#[cfg(test)]
mod tests {
    use super::{pmq_property_identifier, pmq_reason_code};
    use polymqtt_core::ReasonCode;
    use polymqtt_core::codec::PropertyIdentifier;

    #[test]
    fn reason_codes_are_those_of_the_core() {
        use pmq_reason_code as Ours;
        let ours = [
            (Ours::Success as u8, ReasonCode::Success),
            (Ours::GrantedQos1 as u8, ReasonCode::GrantedQoS1),
            (Ours::GrantedQos2 as u8, ReasonCode::GrantedQoS2),
            (Ours::DisconnectWithWillMessage as u8, ReasonCode::DisconnectWithWillMessage),
            (Ours::NoMatchingSubscribers as u8, ReasonCode::NoMatchingSubscribers),
            (Ours::NoSubscriptionExisted as u8, ReasonCode::NoSubscriptionExisted),
            (Ours::ContinueAuthentication as u8, ReasonCode::ContinueAuthentication),
            (Ours::ReAuthenticate as u8, ReasonCode::ReAuthenticate),
            (Ours::UnspecifiedError as u8, ReasonCode::UnspecifiedError),
            (Ours::MalformedPacket as u8, ReasonCode::MalformedPacket),
            (Ours::ProtocolError as u8, ReasonCode::ProtocolError),
            (Ours::ImplementationSpecificError as u8, ReasonCode::ImplementationSpecificError),
            (Ours::UnsupportedProtocolVersion as u8, ReasonCode::UnsupportedProtocolVersion),
            (Ours::ClientIdentifierNotValid as u8, ReasonCode::ClientIdentifierNotValid),
            (Ours::BadUserNameOrPassword as u8, ReasonCode::BadUserNameOrPassword),
            (Ours::NotAuthorized as u8, ReasonCode::NotAuthorized),
            (Ours::ServerUnavailable as u8, ReasonCode::ServerUnavailable),
            (Ours::ServerBusy as u8, ReasonCode::ServerBusy),
            (Ours::Banned as u8, ReasonCode::Banned),
            (Ours::ServerShuttingDown as u8, ReasonCode::ServerShuttingDown),
            (Ours::BadAuthenticationMethod as u8, ReasonCode::BadAuthenticationMethod),
            (Ours::KeepAliveTimeout as u8, ReasonCode::KeepAliveTimeout),
            (Ours::SessionTakenOver as u8, ReasonCode::SessionTakenOver),
            (Ours::TopicFilterInvalid as u8, ReasonCode::TopicFilterInvalid),
            (Ours::TopicNameInvalid as u8, ReasonCode::TopicNameInvalid),
            (Ours::PacketIdentifierInUse as u8, ReasonCode::PacketIdentifierInUse),
            (Ours::PacketIdentifierNotFound as u8, ReasonCode::PacketIdentifierNotFound),
            (Ours::ReceiveMaximumExceeded as u8, ReasonCode::ReceiveMaximumExceeded),
            (Ours::TopicAliasInvalid as u8, ReasonCode::TopicAliasInvalid),
            (Ours::PacketTooLarge as u8, ReasonCode::PacketTooLarge),
            (Ours::MessageRateTooHigh as u8, ReasonCode::MessageRateTooHigh),
            (Ours::QuotaExceeded as u8, ReasonCode::QuotaExceeded),
            (Ours::AdministrativeAction as u8, ReasonCode::AdministrativeAction),
            (Ours::PayloadFormatInvalid as u8, ReasonCode::PayloadFormatInvalid),
            (Ours::RetainNotSupported as u8, ReasonCode::RetainNotSupported),
            (Ours::QosNotSupported as u8, ReasonCode::QoSNotSupported),
            (Ours::UseAnotherServer as u8, ReasonCode::UseAnotherServer),
            (Ours::ServerMoved as u8, ReasonCode::ServerMoved),
            (Ours::SharedSubscriptionsNotSupported as u8, ReasonCode::SharedSubscriptionsNotSupported),
            (Ours::ConnectionRateExceeded as u8, ReasonCode::ConnectionRateExceeded),
            (Ours::MaximumConnectTime as u8, ReasonCode::MaximumConnectTime),
            (Ours::SubscriptionIdentifiersNotSupported as u8, ReasonCode::SubscriptionIdentifiersNotSupported),
            (Ours::WildcardSubscriptionsNotSupported as u8, ReasonCode::WildcardSubscriptionsNotSupported),
        ];
        assert!(ours.iter().map(|(_, code)| code).eq(ReasonCode::ALL));
        assert!(ours.iter().all(|(number, code)| *number == code.as_u8()));
    }

    #[test]
    fn properties_are_those_of_the_core() {
        use pmq_property_identifier as Ours;
        let ours = [
            (Ours::PayloadFormatIndicator as u8, PropertyIdentifier::PayloadFormatIndicator),
            (Ours::MessageExpiryInterval as u8, PropertyIdentifier::MessageExpiryInterval),
            (Ours::ContentType as u8, PropertyIdentifier::ContentType),
            (Ours::ResponseTopic as u8, PropertyIdentifier::ResponseTopic),
            (Ours::CorrelationData as u8, PropertyIdentifier::CorrelationData),
            (Ours::SubscriptionIdentifier as u8, PropertyIdentifier::SubscriptionIdentifier),
            (Ours::SessionExpiryInterval as u8, PropertyIdentifier::SessionExpiryInterval),
            (Ours::AssignedClientIdentifier as u8, PropertyIdentifier::AssignedClientIdentifier),
            (Ours::ServerKeepAlive as u8, PropertyIdentifier::ServerKeepAlive),
            (Ours::AuthenticationMethod as u8, PropertyIdentifier::AuthenticationMethod),
            (Ours::AuthenticationData as u8, PropertyIdentifier::AuthenticationData),
            (Ours::RequestProblemInformation as u8, PropertyIdentifier::RequestProblemInformation),
            (Ours::WillDelayInterval as u8, PropertyIdentifier::WillDelayInterval),
            (Ours::RequestResponseInformation as u8, PropertyIdentifier::RequestResponseInformation),
            (Ours::ResponseInformation as u8, PropertyIdentifier::ResponseInformation),
            (Ours::ServerReference as u8, PropertyIdentifier::ServerReference),
            (Ours::ReasonString as u8, PropertyIdentifier::ReasonString),
            (Ours::ReceiveMaximum as u8, PropertyIdentifier::ReceiveMaximum),
            (Ours::TopicAliasMaximum as u8, PropertyIdentifier::TopicAliasMaximum),
            (Ours::TopicAlias as u8, PropertyIdentifier::TopicAlias),
            (Ours::MaximumQos as u8, PropertyIdentifier::MaximumQoS),
            (Ours::RetainAvailable as u8, PropertyIdentifier::RetainAvailable),
            (Ours::UserProperty as u8, PropertyIdentifier::UserProperty),
            (Ours::MaximumPacketSize as u8, PropertyIdentifier::MaximumPacketSize),
            (Ours::WildcardSubscriptionAvailable as u8, PropertyIdentifier::WildcardSubscriptionAvailable),
            (Ours::SubscriptionIdentifierAvailable as u8, PropertyIdentifier::SubscriptionIdentifierAvailable),
            (Ours::SharedSubscriptionAvailable as u8, PropertyIdentifier::SharedSubscriptionAvailable),
        ];
        assert!(ours.iter().map(|(_, identifier)| identifier).eq(PropertyIdentifier::ALL));
        assert!(ours.iter().all(|(number, identifier)| *number == *identifier as u8));
    }
}

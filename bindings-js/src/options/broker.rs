//! The options of a broker, and what is known about a connection.

use polymqtt_core::broker::{
    AuthenticationStep, BrokerOptions, ConnectGrant, ConnectRefusal, ConnectionInfo, QueueWhenFull,
};
use wasm_bindgen::JsValue;

use crate::error::wrong;
use crate::object::{Field, Outcome, each_field, field, reason_code, required};

/// The options of `new Broker(options)`.
pub(crate) fn broker_options(object: &JsValue, mut other: impl FnMut(&Field<'_>) -> bool) -> Outcome<BrokerOptions> {
    let mut o = BrokerOptions::default();
    each_field(object, |field| {
        match field.name {
            "seed" => o.seed = field.u64()?,
            "store" => o.store = field.bool()?,
            "protocolVersionMin" => o.protocol_version_min = field.protocol_version()?,
            "connectTimeoutMs" => o.connect_timeout_ms = field.integer()?,
            "connectionsMax" => o.connections_max = field.integer()?,
            "sessionsMax" => o.sessions_max = field.integer()?,
            "connectSizeBytesMax" => o.connect_size_bytes_max = field.integer()?,
            "heldBytesMax" => o.held_bytes_max = field.integer()?,
            "clientIdentifierBytesMax" => o.client_identifier_bytes_max = field.integer()?,
            "clientIdentifierAssigned" => o.client_identifier_assigned = field.bool()?,
            "clientIdentifierPrefix" => o.client_identifier_prefix = field.string()?.into(),
            "packetSizeBytesMax" => o.packet_size_bytes_max = field.integer()?,
            "propertiesMax" => o.properties_max = field.integer()?,
            "topicLevelsMax" => o.topic_levels_max = field.integer()?,
            "maximumQoS" => o.maximum_qos = field.qos()?,
            "retainAvailable" => o.retain_available = field.bool()?,
            "wildcardSubscriptionAvailable" => o.wildcard_subscription_available = field.bool()?,
            "subscriptionIdentifierAvailable" => o.subscription_identifier_available = field.bool()?,
            "sharedSubscriptionAvailable" => o.shared_subscription_available = field.bool()?,
            "receiveMaximum" => o.receive_maximum = field.integer()?,
            "topicAliasMaximum" => o.topic_alias_maximum = field.integer()?,
            "topicAliasOutboundMax" => o.topic_alias_outbound_max = field.integer()?,
            "keepAliveSMax" => o.keep_alive_s_max = Some(field.integer()?),
            "sessionExpiryIntervalSMax" => o.session_expiry_interval_s_max = field.integer()?,
            "sessionExpiryIntervalV3S" => o.session_expiry_interval_v3_s = field.integer()?,
            "responseInformation" => o.response_information = Some(field.string()?.into()),
            "outgoingBytesMax" => o.outgoing_bytes_max = field.integer()?,
            "inFlightMax" => o.in_flight_max = field.integer()?,
            "queueMessagesMax" => o.queue_messages_max = field.integer()?,
            "queueBytesMax" => o.queue_bytes_max = field.integer()?,
            "queueTotalBytesMax" => o.queue_total_bytes_max = field.integer()?,
            "queueWhenFull" => o.queue_when_full = queue_when_full(field)?,
            "queueQoS0" => o.queue_qos_0 = field.bool()?,
            "messageExpiryIntervalSMax" => o.message_expiry_interval_s_max = Some(field.integer()?),
            "subscriptionsMax" => o.subscriptions_max = field.integer()?,
            "retainedMessagesMax" => o.retained_messages_max = field.integer()?,
            "retainedBytesMax" => o.retained_bytes_max = field.integer()?,
            "retainedSlice" => o.retained_slice = field.integer()?,
            "sharedPayloadBytesMin" => o.shared_payload_bytes_min = field.integer()?,
            "sysIntervalS" => o.sys_interval_s = field.integer()?,
            "version" => o.version = field.string()?.into(),
            _ => return Ok(other(field)),
        }
        Ok(true)
    })?;
    Ok(o)
}

/// `{ peer, listener, identity }`
pub(crate) fn connection_info(object: &JsValue) -> Outcome<ConnectionInfo> {
    let mut info = ConnectionInfo::default();
    each_field(object, |field| {
        match field.name {
            "peer" => info.peer = field.string()?.into(),
            "listener" => info.listener = field.string()?.into(),
            "identity" => info.identity = Some(field.string()?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(info)
}

/// `{ type: "continue", authenticationData }`, `{ type: "success", .. }` with a grant, `{ type: "failure", reasonCode }`.
pub(crate) fn authentication_step(object: &JsValue) -> Outcome<AuthenticationStep> {
    let step = required(object, "type")?;
    match step.value.as_string().as_deref() {
        Some("continue") => {
            let data = field(object, "authenticationData").map(|field| field.bytes()).transpose()?;
            Ok(AuthenticationStep::Continue { data: data.map(Into::into) })
        }
        Some("success") => connect_grant(object).map(AuthenticationStep::Success),
        Some("failure") => {
            let code = reason_code(required(object, "reasonCode")?.integer()?)?;
            Ok(AuthenticationStep::Failure(ConnectRefusal::from(code)))
        }
        _ => Err(wrong(step.name, "\"continue\", \"success\" or \"failure\"")),
    }
}

/// What an accepted client gets.
pub(crate) fn connect_grant(object: &JsValue) -> Outcome<ConnectGrant> {
    let mut grant = ConnectGrant::default();
    each_field(object, |field| {
        match field.name {
            "type" => {}
            "userName" => grant.user_name = Some(field.string()?.into()),
            "sessionExpiryIntervalSMax" => grant.session_expiry_interval_s_max = Some(field.integer()?),
            "serverKeepAliveS" => grant.server_keep_alive_s = Some(field.integer()?),
            "responseInformation" => grant.response_information = Some(field.string()?.into()),
            "authenticationData" => grant.authentication_data = Some(field.bytes()?.into()),
            "userProperties" => {
                let pairs = crate::properties::pairs(field)?;
                grant.user_properties = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(grant)
}

fn queue_when_full(field: &Field<'_>) -> Outcome<QueueWhenFull> {
    match field.value.as_string().as_deref() {
        Some("dropNewest") => Ok(QueueWhenFull::DropNewest),
        Some("dropOldest") => Ok(QueueWhenFull::DropOldest),
        _ => Err(wrong(field.name, "\"dropNewest\" or \"dropOldest\"")),
    }
}

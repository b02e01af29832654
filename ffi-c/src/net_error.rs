//! From the errors of the client and broker that run sockets to results.

use crate::error::{Failure, Outcome, pmq_result, usage_result};
use crate::property::{owner, pmq_properties};
use crate::view::pmq_str;
use polymqtt::Error;
use polymqtt_core::codec::{PacketType, PropertiesBuf};
use polymqtt_core::topic::PatternError;

/// The result that says the same, with the message and the Reason Code.
pub(crate) fn failure(error: &Error) -> Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enumeration may grow")]
    let result = match error {
        Error::Url(_) | Error::NoBroker => pmq_result::Url,
        Error::Tls(_) => pmq_result::Tls,
        Error::TopicName { .. } => pmq_result::TopicName,
        Error::TopicPattern { error: PatternError::Filter(_), .. } => pmq_result::TopicFilter,
        Error::TopicPattern { error: PatternError::DuplicateCapture { .. }, .. } => pmq_result::DuplicateCapture,
        Error::Property(_) => pmq_result::Properties,
        Error::Usage(error) => usage_result(*error),
        Error::TokenTaken => pmq_result::Unknown,
        Error::NoResponseTopic => pmq_result::Value,
        Error::Runtime(_) => pmq_result::System,
        Error::Transport(_) => pmq_result::Transport,
        Error::ConnectionRefused(_) => pmq_result::ConnectionRefused,
        Error::Refused(_) => pmq_result::Refused,
        Error::ConnectionLost(_) => pmq_result::ConnectionLost,
        Error::Expired => pmq_result::Expired,
        Error::QueueFull => pmq_result::Dropped,
        Error::SessionLost => pmq_result::SessionLost,
        Error::Cancelled => pmq_result::Cancelled,
        Error::Disconnected => pmq_result::Disconnected,
        Error::WaitTimedOut => pmq_result::Timeout,
        _ => pmq_result::Closed,
    };
    Failure::said(result, error).with_reason_code(error.reason_code())
}

/// The properties of a PUBLISH, copied.
///
/// # Safety
/// The view is valid.
pub(crate) unsafe fn owned_properties(properties: pmq_properties) -> Outcome<PropertiesBuf> {
    // SAFETY: what the caller of this function promises.
    Ok(PropertiesBuf::from(unsafe { properties.get(owner(PacketType::Publish)) }?))
}

/// A text, copied.
///
/// # Safety
/// The view is valid.
pub(crate) unsafe fn text(view: pmq_str) -> Outcome<String> {
    // SAFETY: what the caller of this function promises.
    Ok(unsafe { view.or_empty() }?.to_owned())
}

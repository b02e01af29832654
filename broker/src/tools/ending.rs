//! How a tool ends: what it says and its exit code, as the mosquitto tools have them.

use super::output::Complaints;
use super::settings::{Settings, Tool};
use polymqtt::Error;
use polymqtt_core::ReasonCode;

/// An exit code.
pub(super) type Code = u8;

pub(super) const SUCCESS: Code = 0;
/// The command line is wrong, or there is no connection.
pub(super) const FAILURE: Code = 1;
/// The connection was lost.
pub(super) const CONNECTION_LOST: Code = 7;
/// `-W` has run out.
pub(super) const TIMED_OUT: Code = 27;

/// Says why something failed, and gives the exit code for it.
pub(super) fn of_error(error: &Error, settings: &Settings) -> Code {
    let complaints = Complaints::new(settings);
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other failure has its own words and the same exit code")]
    match error {
        Error::ConnectionRefused(refusal) => {
            of_refusal(refusal.reason_code, refusal.reason_string.as_deref(), settings)
        }
        Error::ConnectionLost(_) => {
            complaints.say(format_args!("Error: The connection was lost.\n{error}"));
            CONNECTION_LOST
        }
        _ => {
            complaints.say(format_args!("Error: {error}"));
            FAILURE
        }
    }
}

/// The broker has refused the connection: the exit code is that of its CONNACK.
fn of_refusal(reason_code: ReasonCode, reason_string: Option<&str>, settings: &Settings) -> Code {
    let complaints = Complaints::new(settings);
    let is_v5 = settings.protocol_version.has_properties();
    let (code, text) = if is_v5 { (reason_code.as_u8(), reason_code.name()) } else { of_return_code(reason_code) };
    complaints.say(format_args!("Connection error: {text}"));
    if let Some(reason_string) = reason_string {
        complaints.say(reason_string);
    }
    if settings.tool == Tool::Publish {
        complaints.say(if is_v5 {
            "Error: A network protocol error occurred when communicating with the broker."
        } else {
            "Error: The connection was refused."
        });
    }
    code
}

/// The return code of 3.1 and 3.1.1 that a Reason Code was translated from. Spec (3.1.1): 3.2.2.3.
fn of_return_code(reason_code: ReasonCode) -> (Code, &'static str) {
    #[expect(clippy::wildcard_enum_match_arm, reason = "there are only five return codes")]
    match reason_code {
        ReasonCode::UnsupportedProtocolVersion => (1, "Connection Refused: unacceptable protocol version."),
        ReasonCode::ClientIdentifierNotValid => (2, "Connection Refused: identifier rejected."),
        ReasonCode::ServerUnavailable => (3, "Connection Refused: broker unavailable."),
        ReasonCode::BadUserNameOrPassword => (4, "Connection Refused: bad user name or password."),
        _ => (5, "Connection Refused: not authorised."),
    }
}

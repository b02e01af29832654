//! What each flag with a value does to the settings. Error messages are those that users of the mosquitto tools know.

use super::settings::{Settings, Source, Tool};
use super::usage::UsageError;
use super::{format, url};
use core::time::Duration;
use polymqtt::transport::TlsVersion;
use polymqtt_core::codec::{ProtocolVersion, QoS, RetainHandling};
use polymqtt_core::topic::{TopicFilter, TopicName};

type Applied = Result<(), UsageError>;

fn wrong(problem: impl Into<String>) -> UsageError {
    UsageError::new(problem)
}

fn not_empty(value: &str, problem: &str) -> Result<String, UsageError> {
    if value.is_empty() { Err(wrong(problem)) } else { Ok(value.to_owned()) }
}

pub(super) fn bind_address(settings: &mut Settings, value: &str) -> Applied {
    let address =
        value.parse().map_err(|_| wrong(format!("Error: -A {value}: an IP address of this machine is expected.\n")))?;
    settings.bind_address = Some(address);
    Ok(())
}

pub(super) fn host(settings: &mut Settings, value: &str) -> Applied {
    settings.host = not_empty(value, "Error: -h argument given but no host specified.\n")?;
    Ok(())
}

pub(super) fn port(settings: &mut Settings, value: &str) -> Applied {
    settings.port = Some(value.parse().map_err(|_| wrong(format!("Error: Invalid port given: {value}")))?);
    Ok(())
}

pub(super) fn client_identifier(settings: &mut Settings, value: &str) -> Applied {
    if settings.client_identifier_prefix.is_some() {
        return Err(wrong("Error: -i and -I argument cannot be used together.\n"));
    }
    settings.client_identifier = Some(value.into());
    Ok(())
}

pub(super) fn client_identifier_prefix(settings: &mut Settings, value: &str) -> Applied {
    if settings.client_identifier.is_some() {
        return Err(wrong("Error: -i and -I argument cannot be used together.\n"));
    }
    settings.client_identifier_prefix = Some(value.into());
    Ok(())
}

pub(super) fn keep_alive(settings: &mut Settings, value: &str) -> Applied {
    let seconds = value.parse().ok().filter(|&seconds| seconds >= 5);
    settings.keep_alive_s =
        seconds.ok_or_else(|| wrong("Error: Invalid keepalive given, it must be between 5 and 65535 inclusive.\n"))?;
    Ok(())
}

pub(super) fn protocol_version(settings: &mut Settings, value: &str) -> Applied {
    settings.protocol_version = match value {
        "31" | "mqttv31" => ProtocolVersion::V3_1,
        "311" | "mqttv311" => ProtocolVersion::V3_1_1,
        "5" | "mqttv5" => ProtocolVersion::V5_0,
        _ => return Err(wrong("Error: Invalid protocol version argument given.\n")),
    };
    Ok(())
}

pub(super) fn session_expiry_interval(settings: &mut Settings, value: &str) -> Applied {
    let seconds = match value {
        "∞" | "-1" => u32::MAX,
        _ => match value.parse::<i64>() {
            Err(_) => return Err(wrong("Error: session-expiry-interval not a number.\n")),
            Ok(seconds) => {
                u32::try_from(seconds).map_err(|_| wrong("Error: session-expiry-interval out of range.\n"))?
            }
        },
    };
    settings.session_expiry_interval_s = Some(seconds);
    Ok(())
}

pub(super) fn in_flight_max(settings: &mut Settings, value: &str) -> Applied {
    let count = value.parse().ok().filter(|&count| count > 0);
    settings.in_flight_max =
        count.ok_or_else(|| wrong("Error: Maximum inflight messages must be from 1 to 65535.\n"))?;
    Ok(())
}

pub(super) fn qos(value: &str, what: &str) -> Result<QoS, UsageError> {
    let qos = value.parse().ok().and_then(QoS::from_u8);
    qos.ok_or_else(|| wrong(format!("Error: Invalid {what} {value}")))
}

/// `-t`: a Topic Name for pub and rr, a Topic Filter for sub.
pub(super) fn topic(settings: &mut Settings, value: &str) -> Applied {
    if settings.tool == Tool::Subscribe {
        check_filter(value, "subscription topic")?;
        settings.topics.push(value.into());
    } else {
        check_name(value, "publish topic")?;
        settings.topics = vec![value.into()];
    }
    Ok(())
}

pub(super) fn response_topic(settings: &mut Settings, value: &str) -> Applied {
    check_name(value, "response topic")?;
    settings.response_topic = Some(value.into());
    Ok(())
}

pub(super) fn will_topic(settings: &mut Settings, value: &str) -> Applied {
    check_name(value, "will topic")?;
    settings.will.topic = Some(value.into());
    Ok(())
}

pub(super) fn filter_out(settings: &mut Settings, value: &str) -> Applied {
    check_filter(value, "filter topic")?;
    settings.filter_out.push(value.into());
    Ok(())
}

pub(super) fn unsubscribe(settings: &mut Settings, value: &str) -> Applied {
    check_filter(value, "unsubscribe topic")?;
    settings.unsubscribe.push(value.into());
    Ok(())
}

fn check_name(value: &str, what: &str) -> Applied {
    TopicName::new(value)
        .map(drop)
        .map_err(|error| wrong(format!("Error: Invalid {what} '{value}', does it contain '+' or '#'?\n{error}")))
}

fn check_filter(value: &str, what: &str) -> Applied {
    TopicFilter::new(value).map(drop).map_err(|error| {
        wrong(format!("Error: Invalid {what} '{value}', are all '+' and '#' wildcards correct?\n{error}"))
    })
}

pub(super) fn url(settings: &mut Settings, value: &str) -> Applied {
    let parts = url::parse(value)?;
    settings.host = parts.host;
    settings.port = Some(parts.port);
    settings.websocket = parts.websocket;
    if parts.encrypted {
        settings.tls.system_roots = true;
    }
    if let Some(user_name) = parts.user_name {
        settings.user_name = Some(user_name);
    }
    if let Some(password) = parts.password {
        settings.password = Some(password.into());
    }
    topic(settings, &parts.topic)
}

pub(super) fn source(settings: &mut Settings, source: Source) -> Applied {
    if settings.source.is_some() {
        return Err(wrong("Error: Only one type of message can be sent at once.\n"));
    }
    settings.source = Some(source);
    Ok(())
}

pub(super) fn message_count(settings: &mut Settings, value: &str) -> Applied {
    let count = value.parse().ok().filter(|&count| count > 0);
    settings.message_count = Some(count.ok_or_else(|| wrong(format!("Error: Invalid message count \"{value}\".\n")))?);
    Ok(())
}

pub(super) fn timeout(settings: &mut Settings, value: &str) -> Applied {
    let seconds = value.parse().ok().filter(|&seconds| seconds > 0);
    let seconds = seconds.ok_or_else(|| wrong(format!("Error: Invalid timeout \"{value}\".\n")))?;
    settings.timeout = Some(Duration::from_secs(seconds));
    Ok(())
}

pub(super) fn random_filter(settings: &mut Settings, value: &str) -> Applied {
    let percent = value.parse().ok().filter(|percent| (0.1..=100.0).contains(percent));
    let percent = percent.ok_or_else(|| wrong("Error: --random-filter chance must be between 0.1-100.0\n"))?;
    settings.random_filter_percent = Some(percent);
    Ok(())
}

pub(super) fn repeat(settings: &mut Settings, value: &str) -> Applied {
    let count = value.parse().ok().filter(|&count| count > 0);
    settings.repeat = count.ok_or_else(|| wrong("Error: --repeat argument must be >0.\n"))?;
    Ok(())
}

pub(super) fn repeat_delay(settings: &mut Settings, value: &str) -> Applied {
    let delay = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    settings.repeat_delay = delay.ok_or_else(|| wrong("Error: --repeat-delay argument must be >=0.0.\n"))?;
    Ok(())
}

pub(super) fn retain_handling(settings: &mut Settings, value: &str) -> Applied {
    settings.retain_handling = match value {
        "0" => RetainHandling::Send,
        "1" => RetainHandling::SendIfNew,
        "2" => RetainHandling::DoNotSend,
        _ => return Err(wrong(format!("Error: Invalid retain handling \"{value}\", it must be 0, 1 or 2.\n"))),
    };
    Ok(())
}

pub(super) fn format(settings: &mut Settings, value: &str) -> Applied {
    format::check(value)?;
    settings.format = Some(value.into());
    Ok(())
}

pub(super) fn key_form(_: &mut Settings, value: &str) -> Applied {
    match value {
        "pem" => Ok(()),
        _ => Err(wrong(format!("Error: --keyform {value} is not supported: the key must be a PEM file.\n"))),
    }
}

pub(super) fn tls_version(settings: &mut Settings, value: &str) -> Applied {
    settings.tls.version = Some(match value {
        "tlsv1.2" => TlsVersion::V1_2,
        "tlsv1.3" => TlsVersion::V1_3,
        _ => {
            let problem = format!("Error: --tls-version {value} is not supported: it must be tlsv1.2 or tlsv1.3.\n");
            return Err(wrong(problem));
        }
    });
    Ok(())
}

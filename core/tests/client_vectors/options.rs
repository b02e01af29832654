//! `option` lines.

use crate::vector_file::{Case, unquote};
use polymqtt_core::client::{Acknowledgement, Authentication, ClientOptions, Reconnect, WhenFull, Will};
use polymqtt_core::topic::TopicName;
use polymqtt_core::{Message, ProtocolVersion, QoS};

/// The options of a case. Those that it does not name have their defaults.
pub(crate) fn options(case: &Case<'_>) -> ClientOptions {
    let mut options = ClientOptions::default();
    for line in case.all("option") {
        let (key, value) = line.split_once(' ').expect("an option has a value");
        set(&mut options, key, value);
    }
    options
}

fn set(options: &mut ClientOptions, key: &str, value: &str) {
    match key {
        "protocol_version" => {
            options.protocol_version = match value {
                "3.1" => ProtocolVersion::V3_1,
                "3.1.1" => ProtocolVersion::V3_1_1,
                _ => ProtocolVersion::V5_0,
            }
        }
        "client_identifier" => options.client_identifier = unquote(value),
        "clean_start" => options.clean_start = value == "1",
        "keep_alive_s" => options.keep_alive_s = value.parse().unwrap(),
        "user_name" => options.user_name = Some(unquote(value)),
        "password" => options.password = Some(hex(value)),
        "will" => options.will = Some(Will::new(message(value))),
        "will_delay_interval_s" => options.will.as_mut().unwrap().delay_interval_s = value.parse().unwrap(),
        "session_expiry_interval_s" => options.session_expiry_interval_s = value.parse().unwrap(),
        "receive_maximum" => options.receive_maximum = value.parse().unwrap(),
        "maximum_packet_size_bytes" => options.maximum_packet_size_bytes = value.parse().unwrap(),
        "topic_alias_maximum" => options.topic_alias_maximum = value.parse().unwrap(),
        "topic_alias_outbound_maximum" => options.topic_alias_outbound_maximum = value.parse().unwrap(),
        "request_response_information" => options.request_response_information = value == "1",
        "authentication" => options.authentication = Some(authentication(value)),
        "acknowledgement" if value == "manual" => options.acknowledgement = Acknowledgement::Manual,
        "reconnect" => options.reconnect = reconnect(value),
        "connect_timeout_ms" => options.connect_timeout_ms = value.parse().unwrap(),
        "ping_timeout_ms" => options.ping_timeout_ms = value.parse().unwrap(),
        "acknowledgement_timeout_ms" => options.acknowledgement_timeout_ms = value.parse().unwrap(),
        "request_timeout_ms" => options.request_timeout_ms = value.parse().unwrap(),
        "in_flight_max" => options.in_flight_max = value.parse().unwrap(),
        "queue_messages_max" => options.queue.messages_max = value.parse().unwrap(),
        "queue_when_full" => {
            options.queue.when_full = match value {
                "refuse" => WhenFull::Refuse,
                "drop_oldest" => WhenFull::DropOldest,
                "drop_qos0_first" => WhenFull::DropQoS0First,
                _ => panic!("queue_when_full {value}"),
            }
        }
        "republish_qos1" => options.republish_qos1 = value == "1",
        "seed" => options.seed = value.parse().unwrap(),
        _ => panic!("an unknown option: {key} {value}"),
    }
}

fn authentication(value: &str) -> Authentication {
    let (method, data) = value.split_once(' ').unwrap_or((value, ""));
    Authentication { method: unquote(method), data: (!data.is_empty()).then(|| hex(data)) }
}

fn reconnect(value: &str) -> Reconnect {
    let mut numbers = value.split(' ').map(|number| number.parse().unwrap());
    match value {
        "never" => Reconnect::Never,
        _ => Reconnect::Backoff {
            delay_min_ms: numbers.next().unwrap(),
            delay_max_ms: numbers.next().unwrap(),
            attempts_max: numbers.next().unwrap(),
        },
    }
}

/// `topic="a" qos=1 retain=0 payload=6869`, and perhaps `message_expiry_interval=60`.
pub(crate) fn message(value: &str) -> Message {
    let field = |name: &str| {
        let start = value.find(&format!("{name}="))? + name.len() + 1;
        value[start..].split(' ').next()
    };
    let topic = unquote(field("topic").unwrap());
    let message = Message::new(TopicName::new(&topic).unwrap(), hex(field("payload").unwrap_or_default()))
        .with_qos(QoS::from_u8(field("qos").unwrap().parse().unwrap()).unwrap())
        .with_retain(field("retain") == Some("1"));
    match field("message_expiry_interval") {
        Some(seconds) => {
            let expiry = polymqtt_core::codec::Property::MessageExpiryInterval(seconds.parse().unwrap());
            message.with_properties(polymqtt_core::codec::PropertiesBuf::new().with(expiry).unwrap())
        }
        None => message,
    }
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| *c != ' ').map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

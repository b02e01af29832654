//! Building CONNECT from the options.

use super::error::UsageError;
use super::options::ClientOptions;
use crate::codec::{self, Connect, EncodeError, Packet, PropertiesBuf, Property};
use alloc::vec::Vec;

/// Checks the options: CONNECT must be encodable, and numbers within their ranges.
pub(super) fn check(options: &ClientOptions) -> Result<(), UsageError> {
    if options.receive_maximum == 0 {
        return Err(UsageError::Option("receive_maximum must be at least 1 (MQTT 5.0, 3.1.2.11.3)"));
    }
    if options.in_flight_max == 0 {
        return Err(UsageError::Option("in_flight_max must be at least 1"));
    }
    if options.maximum_packet_size_bytes == 0 {
        return Err(UsageError::Option("maximum_packet_size_bytes must be at least 1 (MQTT 5.0, 3.1.2.11.4)"));
    }
    if !options.protocol_version.has_properties() {
        if options.authentication.is_some() {
            return Err(UsageError::NeedsVersion5);
        }
        if options.client_identifier.is_empty() && !options.clean_start {
            return Err(UsageError::Option(
                "client_identifier must not be empty when clean_start is false before MQTT 5.0 (MQTT 3.1.1, 3.1.3.1)",
            ));
        }
    }
    let mut scratch = Vec::new();
    encode(options, &options.client_identifier, options.clean_start, &mut scratch)?;
    Ok(())
}

/// Appends CONNECT to `out` and returns its length.
pub(super) fn encode(
    options: &ClientOptions,
    client_identifier: &str,
    clean_start: bool,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let has_properties = options.protocol_version.has_properties();
    let properties = if has_properties { properties(options)? } else { PropertiesBuf::new() };
    let will_properties = match &options.will {
        Some(will) if has_properties => {
            let mut properties = PropertiesBuf::from(will.message.properties());
            if will.delay_interval_s > 0 {
                properties.push(Property::WillDelayInterval(will.delay_interval_s))?;
            }
            properties
        }
        Some(_) | None => PropertiesBuf::new(),
    };
    let connect = Connect {
        protocol_version: options.protocol_version,
        clean_start,
        keep_alive_s: options.keep_alive_s,
        properties: properties.as_properties(),
        client_identifier,
        will: options.will.as_ref().map(|will| codec::Will {
            qos: will.message.qos(),
            retain: will.message.retain(),
            properties: will_properties.as_properties(),
            topic: will.message.topic(),
            payload: will.message.payload(),
        }),
        user_name: options.user_name.as_deref(),
        password: options.password.as_deref(),
    };
    Packet::Connect(connect).encode(options.protocol_version, out)
}

fn properties(options: &ClientOptions) -> Result<PropertiesBuf, EncodeError> {
    let mut properties = PropertiesBuf::new();
    if options.session_expiry_interval_s > 0 {
        properties.push(Property::SessionExpiryInterval(options.session_expiry_interval_s))?;
    }
    if options.receive_maximum < u16::MAX {
        properties.push(Property::ReceiveMaximum(options.receive_maximum))?;
    }
    properties.push(Property::MaximumPacketSize(options.maximum_packet_size_bytes))?;
    if options.topic_alias_maximum > 0 {
        properties.push(Property::TopicAliasMaximum(options.topic_alias_maximum))?;
    }
    if options.request_response_information {
        properties.push(Property::RequestResponseInformation(1))?;
    }
    if !options.request_problem_information {
        properties.push(Property::RequestProblemInformation(0))?;
    }
    if let Some(authentication) = &options.authentication {
        properties.push(Property::AuthenticationMethod(&authentication.method))?;
        if let Some(data) = &authentication.data {
            properties.push(Property::AuthenticationData(data))?;
        }
    }
    for (name, value) in &options.user_properties {
        properties.push(Property::UserProperty((name, value)))?;
    }
    Ok(properties)
}

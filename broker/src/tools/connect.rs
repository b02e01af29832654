//! From settings to a client.

use super::property::OwnedProperty;
use super::settings::{Settings, Tool};
use core::time::Duration;
use polymqtt::transport::{Pem, TlsOptions};
use polymqtt::{ClientOptions, Publication};
use polymqtt_core::client::{self as core_client, Authentication, DisconnectOptions};
use polymqtt_core::codec::{PropertiesBuf, Property, ProtocolVersion};
use std::io;
use std::path::Path;

/// The options of the client that the settings ask for. The error is that of a file.
pub(super) fn options(settings: &Settings) -> Result<ClientOptions, Problem> {
    let options = ClientOptions::new()
        .set_core(core_options(settings))
        .add_broker(&url(settings))
        .set_auto_reconnect(settings.tool == Tool::Subscribe)
        .set_connect_retry(false)
        .set_tls(tls_options(settings)?);
    let options = match settings.bind_address {
        Some(address) => options.set_local_address(address),
        None => options,
    };
    Ok(match &settings.will.topic {
        None => options,
        Some(topic) => {
            let payload = settings.will.payload.clone().unwrap_or_default();
            let will = Publication::new(topic.as_str(), payload)
                .with_qos(settings.will.qos)
                .with_retained(settings.will.retain);
            let mut delay = Duration::ZERO;
            let will = settings.properties.will.iter().fold(will, |will, property| {
                if let Property::WillDelayInterval(seconds) = property.as_property() {
                    delay = Duration::from_secs(seconds.into());
                    will
                } else {
                    will.with_property(property.as_property())
                }
            });
            options.set_will_publication(will, delay)
        }
    })
}

/// What cannot be used.
#[derive(Debug)]
pub(super) enum Problem {
    Read { path: std::path::PathBuf, error: io::Error },
}

impl core::fmt::Display for Problem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Read { path, error } => write!(f, "Error: {}: {error}", path.display()),
        }
    }
}

/// How to take leave.
pub(super) fn disconnect_options(settings: &Settings, with_will: bool) -> DisconnectOptions {
    let mut options = DisconnectOptions { with_will, ..DisconnectOptions::default() };
    for property in &settings.properties.disconnect {
        if let Property::SessionExpiryInterval(seconds) = property.as_property() {
            options.session_expiry_interval_s = Some(seconds);
        } else {
            // What stands in `-D` was checked when it was read.
            let _ = options.properties.push(property.as_property());
        }
    }
    options
}

/// Property lists as the codec has them. What stands in `owned` was checked when it was read.
pub(super) fn properties(owned: &[OwnedProperty]) -> PropertiesBuf {
    let mut properties = PropertiesBuf::new();
    for property in owned {
        let _ = properties.push(property.as_property());
    }
    properties
}

fn url(settings: &Settings) -> String {
    if let Some(path) = &settings.unix {
        return format!("unix:{}", path.display());
    }
    let encrypted = settings.tls.is_wanted(settings.port);
    let (scheme, usual_port) = match (settings.websocket, encrypted) {
        (false, false) => ("mqtt", 1883),
        (false, true) => ("mqtts", 8883),
        (true, false) => ("ws", 8083),
        (true, true) => ("wss", 8084),
    };
    let host = &settings.host;
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.clone() };
    format!("{scheme}://{host}:{}", settings.port.unwrap_or(usual_port))
}

fn core_options(settings: &Settings) -> core_client::ClientOptions {
    let mut options = core_client::ClientOptions {
        protocol_version: settings.protocol_version,
        client_identifier: client_identifier(settings),
        clean_start: settings.clean_start,
        keep_alive_s: settings.keep_alive_s,
        user_name: settings.user_name.clone(),
        password: settings.password.as_ref().map(|password| password.as_encoded_bytes().to_vec()),
        session_expiry_interval_s: settings.session_expiry_interval_s.unwrap_or(0),
        in_flight_max: settings.in_flight_max,
        maximum_packet_size_bytes: PACKET_SIZE_BYTES_MAX,
        seed: getrandom::u64().unwrap_or_default(),
        ..core_client::ClientOptions::default()
    };
    if let Some(count) = settings.message_count {
        // Otherwise more than `-C` asks for could be under way, and be lost with us.
        options.receive_maximum = u16::try_from(count).unwrap_or(u16::MAX).min(20);
    }
    let mut authentication = Authentication::default();
    for property in &settings.properties.connect {
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other property stands in a CONNECT")]
        match property.as_property() {
            Property::SessionExpiryInterval(seconds) => options.session_expiry_interval_s = seconds,
            Property::ReceiveMaximum(count) => options.receive_maximum = count,
            Property::MaximumPacketSize(bytes) => options.maximum_packet_size_bytes = bytes,
            Property::TopicAliasMaximum(count) => options.topic_alias_maximum = count,
            Property::RequestResponseInformation(flag) => options.request_response_information = flag == 1,
            Property::RequestProblemInformation(flag) => options.request_problem_information = flag == 1,
            Property::UserProperty((name, value)) => options.user_properties.push((name.into(), value.into())),
            Property::AuthenticationMethod(method) => authentication.method = method.into(),
            Property::AuthenticationData(data) => authentication.data = Some(data.to_vec()),
            _ => {}
        }
    }
    if !authentication.method.is_empty() {
        options.authentication = Some(authentication);
    }
    options
}

pub(super) fn client_identifier(settings: &Settings) -> String {
    match (&settings.client_identifier, &settings.client_identifier_prefix) {
        (Some(identifier), _) => identifier.clone(),
        (None, Some(prefix)) => format!("{prefix}{}", std::process::id()),
        // MQTT 3.1 has no empty Client Identifier.
        (None, None) if settings.protocol_version == ProtocolVersion::V3_1 => {
            format!("polymqtt-{:x}", getrandom::u32().unwrap_or_default())
        }
        (None, None) => String::new(),
    }
}

fn tls_options(settings: &Settings) -> Result<TlsOptions, Problem> {
    let tls = &settings.tls;
    let mut options = TlsOptions::new().set_dangerous_insecure(tls.insecure);
    if let Some(pem) = authorities(tls.ca_file.as_deref(), tls.ca_folder.as_deref())? {
        options = options.set_ca(pem);
    }
    if let (Some(certificate), Some(key)) = (&tls.certificate_file, &tls.key_file) {
        options = options.set_client_certificate(certificate.clone(), key.clone());
    }
    if let Some(protocol) = &tls.alpn {
        options = options.set_alpn([protocol.as_str()]);
    }
    if let Some(version) = tls.version {
        options = options.set_version(version);
    }
    Ok(options)
}

/// The trusted certificates of a file and of all files in a folder.
fn authorities(file: Option<&Path>, folder: Option<&Path>) -> Result<Option<Pem>, Problem> {
    let read = |path: &Path, error| Problem::Read { path: path.into(), error };
    let mut bytes = Vec::new();
    if let Some(file) = file {
        bytes.extend(std::fs::read(file).map_err(|error| read(file, error))?);
    }
    if let Some(folder) = folder {
        for entry in std::fs::read_dir(folder).map_err(|error| read(folder, error))? {
            let path = entry.map_err(|error| read(folder, error))?.path();
            if path.is_file() {
                bytes.push(b'\n');
                bytes.extend(std::fs::read(&path).map_err(|error| read(&path, error))?);
            }
        }
    }
    Ok((file.is_some() || folder.is_some()).then_some(Pem::Bytes(bytes)))
}

/// The largest packet of MQTT: a tool prints whatever comes.
const PACKET_SIZE_BYTES_MAX: u32 = 268_435_460;

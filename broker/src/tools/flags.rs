//! Every flag of `polymqtt pub`, `sub` and `rr`, defined once: parsing and `--help` come from this table.
//!
//! Names and meanings are those of `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr`.

use super::apply;
use super::settings::{Settings, Source, Tool};
use super::usage::UsageError;
use polymqtt_core::codec::RetainHandling;
use std::ffi::OsStr;

/// What a flag does.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// A switch.
    Switch(fn(&mut Settings) -> Result<(), UsageError>),
    /// One value that must be UTF-8.
    Text(fn(&mut Settings, &str) -> Result<(), UsageError>),
    /// One value of any bytes.
    Bytes(fn(&mut Settings, &OsStr) -> Result<(), UsageError>),
    /// `-D`: two or three values.
    Property,
    /// A flag that is understood but cannot be served: why, and what to do instead.
    Unsupported { reason: &'static str },
}

/// One flag.
#[derive(Clone, Copy)]
pub(crate) struct Flag {
    pub(crate) short: &'static str,
    pub(crate) long: &'static str,
    /// How its value is called; empty for a switch.
    pub(crate) value: &'static str,
    pub(crate) tools: &'static [Tool],
    pub(crate) help: &'static str,
    pub(crate) action: Action,
}

const ALL: &[Tool] = &[Tool::Publish, Tool::Subscribe, Tool::Request];
const SENDERS: &[Tool] = &[Tool::Publish, Tool::Request];
const RECEIVERS: &[Tool] = &[Tool::Subscribe, Tool::Request];
const PUB: &[Tool] = &[Tool::Publish];
const SUB: &[Tool] = &[Tool::Subscribe];
const RR: &[Tool] = &[Tool::Request];

macro_rules! flags {
    ($($short:literal $long:literal $value:literal $tools:ident $kind:ident $action:tt, $help:literal;)*) => {
        pub(crate) const FLAGS: &[Flag] = &[$(Flag {
            short: $short, long: $long, value: $value, tools: $tools, help: $help, action: flags!(@ $kind $action),
        },)*];
    };
    (@ Switch ($set:expr)) => { Action::Switch(|settings| { let set: fn(&mut Settings) = $set; set(settings); Ok(()) }) };
    (@ Try ($set:expr)) => { Action::Switch($set) };
    (@ Text ($set:expr)) => { Action::Text($set) };
    (@ Bytes ($set:expr)) => { Action::Bytes($set) };
    (@ Property $action:tt) => { Action::Property };
    (@ No ($reason:expr)) => { Action::Unsupported { reason: $reason } };
}

flags! {
    "-A" "" "address" ALL Text (apply::bind_address), "Connect from this local address.";
    "-c" "--disable-clean-session" "" ALL Switch (|s| s.clean_start = false),
        "Keep the session on the broker (needs -i).";
    "-C" "" "count" SUB Text (apply::message_count), "End after this many messages.";
    "-d" "--debug" "" ALL Switch (|s| s.debug = true), "Print what happens on the connection.";
    "-D" "--property" "packet name value" ALL Property (), "An MQTT 5 property of connect, publish, subscribe, unsubscribe, disconnect or will; user-property takes two values.";
    "-e" "" "topic" RR Text (apply::response_topic), "The topic on which the response comes.";
    "-E" "" "" SUB Switch (|s| s.exit_after_subscribe = true), "End once all subscriptions are acknowledged.";
    "-f" "--file" "file" SENDERS Bytes (|s, v| apply::source(s, Source::File(v.into()))), "Send the contents of this file.";
    "-F" "" "format" RECEIVERS Text (apply::format), "How a message is printed: see `man mosquitto_sub`, output format.";
    "-h" "--host" "host" ALL Text (apply::host), "The broker's host; default localhost.";
    "-i" "--id" "id" ALL Text (apply::client_identifier), "The Client Identifier; by default the broker assigns one.";
    "-I" "--id-prefix" "prefix" ALL Text (apply::client_identifier_prefix), "The Client Identifier is this and the process id.";
    "-k" "--keepalive" "seconds" ALL Text (apply::keep_alive), "Keep Alive, 5 to 65535; default 60.";
    "-l" "--stdin-line" "" PUB Try (|s| apply::source(s, Source::Lines)), "Send each line of standard input as a message.";
    "-L" "--url" "url" ALL Text (apply::url), "mqtt(s)|ws(s)://[user[:password]@]host[:port]/topic in one.";
    "-m" "--message" "message" SENDERS Bytes (|s, v| apply::source(s, Source::Argument(v.as_encoded_bytes().into()))), "The message to send.";
    "-M" "" "count" ALL Text (apply::in_flight_max), "QoS 1 and 2 messages in flight at a time; default 20.";
    "-n" "--null-message" "" SENDERS Try (|s| apply::source(s, Source::Empty)), "Send an empty message.";
    "-N" "" "" RECEIVERS Switch (|s| s.end_of_line = false), "No end of line after a printed message.";
    "-p" "--port" "port" ALL Text (apply::port), "The broker's port; default 1883, with TLS 8883.";
    "-P" "--pw" "password" ALL Bytes (|s, v| { s.password = Some(v.into()); Ok(()) }), "The password.";
    "-q" "--qos" "qos" ALL Text (|s, v| { s.qos = apply::qos(v, "QoS given:")?; Ok(()) }), "QoS 0, 1 or 2; default 0.";
    "-r" "--retain" "" PUB Switch (|s| s.retain = true), "Make it a Retained Message.";
    "-R" "" "" RECEIVERS Switch (|s| { s.no_retained = true; s.retain_handling = RetainHandling::DoNotSend; }), "Do not print Retained Messages.";
    "-s" "--stdin-file" "" SENDERS Try (|s| apply::source(s, Source::StandardInput)), "Send all of standard input as one message.";
    "-S" "" "" ALL No ("SRV records are not looked up; give the broker with -h and -p"), "Not supported (SRV records).";
    "-t" "--topic" "topic" ALL Text (apply::topic), "The topic; with sub a filter, and it may be repeated.";
    "-T" "--filter-out" "filter" SUB Text (apply::filter_out), "Do not print messages whose topic matches; may be repeated.";
    "-u" "--username" "name" ALL Text (|s, v| { s.user_name = Some(v.into()); Ok(()) }), "The user name.";
    "-U" "--unsubscribe" "filter" SUB Text (apply::unsubscribe), "Unsubscribe from this; may be repeated.";
    "-v" "--verbose" "" RECEIVERS Switch (|s| s.verbose = true), "Print the topic before each message.";
    "-V" "--protocol-version" "version" ALL Text (apply::protocol_version), "31, 311 or 5 (or mqttv31...); default 311, with rr 5.";
    "-W" "" "seconds" RECEIVERS Text (apply::timeout), "End after this time, with exit code 27.";
    "-x" "--session-expiry-interval" "seconds" ALL Text (apply::session_expiry_interval), "How long the session outlives the connection (MQTT 5); -1: for ever.";
    "" "--cafile" "file" ALL Bytes (|s, v| { s.tls.ca_file = Some(v.into()); Ok(()) }), "Trusted certificates (PEM): turns TLS on.";
    "" "--capath" "folder" ALL Bytes (|s, v| { s.tls.ca_folder = Some(v.into()); Ok(()) }), "A folder of trusted certificates (PEM): turns TLS on.";
    "" "--cert" "file" ALL Bytes (|s, v| { s.tls.certificate_file = Some(v.into()); Ok(()) }), "The client's certificate (PEM).";
    "" "--ciphers" "list" ALL No ("cipher suites cannot be chosen; all that rustls offers are considered safe"), "Not supported.";
    "" "--insecure" "" ALL Switch (|s| s.tls.insecure = true), "Do not check the server's certificate: never in production.";
    "" "--key" "file" ALL Bytes (|s, v| { s.tls.key_file = Some(v.into()); Ok(()) }), "The client's private key (PEM).";
    "" "--keyform" "form" ALL Text (apply::key_form), "The form of the key: pem.";
    "" "--nodelay" "" ALL Switch (|s| s.no_delay = true), "Send at once (always on here).";
    "" "--pretty" "" RECEIVERS Switch (|s| s.pretty = true), "Indent JSON output.";
    "" "--proxy" "url" ALL No ("proxies are not supported; use a tunnel such as ssh -L"), "Not supported.";
    "" "--psk" "key" ALL No ("pre-shared keys are not supported by the TLS library; use certificates"), "Not supported.";
    "" "--psk-identity" "name" ALL No ("pre-shared keys are not supported by the TLS library; use certificates"), "Not supported.";
    "" "--quiet" "" ALL Switch (|s| s.quiet = true), "No error messages.";
    "" "--random-filter" "percent" SUB Text (apply::random_filter), "Print only this share of the messages, 0.1 to 100.";
    "" "--remove-retained" "" SUB Switch (|s| s.remove_retained = true), "Clear each Retained Message that arrives.";
    "" "--repeat" "count" PUB Text (apply::repeat), "Publish this many times.";
    "" "--repeat-delay" "seconds" PUB Text (apply::repeat_delay), "Wait between repetitions; default 0.";
    "" "--retain-as-published" "" RECEIVERS Switch (|s| s.retain_as_published = true), "Keep the retain flag as published (MQTT 5).";
    "" "--retain-handling" "0|1|2" RECEIVERS Text (apply::retain_handling), "Retained Messages at subscribe: 0 all, 1 if new, 2 none (MQTT 5).";
    "" "--retained-only" "" SUB Switch (|s| s.retained_only = true), "Print Retained Messages only and end at the first other.";
    "" "--tls-alpn" "protocol" ALL Text (|s, v| { s.tls.alpn = Some(v.into()); Ok(()) }), "The protocol named in the TLS handshake.";
    "" "--tls-engine" "engine" ALL No ("TLS engines are not supported; give the key with --key"), "Not supported.";
    "" "--tls-engine-kpass-sha1" "hash" ALL No ("TLS engines are not supported; give the key with --key"), "Not supported.";
    "" "--tls-use-os-certs" "" ALL Switch (|s| s.tls.system_roots = true), "Trust the system's certificates: turns TLS on.";
    "" "--tls-version" "version" ALL Text (apply::tls_version), "tlsv1.2 or tlsv1.3; default both.";
    "" "--unix" "path" ALL Bytes (|s, v| { s.unix = Some(v.into()); Ok(()) }), "Connect to this Unix socket.";
    "" "--will-payload" "message" ALL Bytes (|s, v| { s.will.payload = Some(v.as_encoded_bytes().into()); Ok(()) }), "The Will Message.";
    "" "--will-qos" "qos" ALL Text (|s, v| { s.will.qos = apply::qos(v, "will QoS")?; Ok(()) }), "Its QoS.";
    "" "--will-retain" "" ALL Switch (|s| s.will.retain = true), "Make it a Retained Message.";
    "" "--will-topic" "topic" ALL Text (apply::will_topic), "Its topic.";
    "" "--ws" "" ALL Switch (|s| s.websocket = true), "Connect with WebSocket, path /mqtt.";
}

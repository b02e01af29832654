//! Every key of the configuration, defined once.
//!
//! From this table come the keys of a configuration file, the flags of `polymqtt broker`, the environment variables and
//! the table in `docs/broker.md`.

use super::value::{Value, ValueKind};
use super::{BrokerConfig, ClientCertificate, Listener, Store};
use core::fmt;
use polymqtt_core::broker::QueueWhenFull;
use polymqtt_core::codec::{ProtocolVersion, QoS};
use std::path::PathBuf;

/// One key of the configuration.
#[derive(Clone, Copy)]
pub struct Key {
    /// The key in a file, such as `password_file`.
    pub name: &'static str,
    /// What its value is.
    pub kind: ValueKind,
    /// How its value is called in a flag's help, such as `FILE`.
    pub value_name: &'static str,
    /// One sentence.
    pub help: &'static str,
    pub(super) read: fn(&mut BrokerConfig, &[String]) -> Result<(), String>,
    pub(super) show: fn(&BrokerConfig) -> String,
}

impl Key {
    /// The flag without its dashes: `password-file`.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The environment variable: `POLYMQTT_PASSWORD_FILE`.
    pub fn variable(&self) -> String {
        format!("POLYMQTT_{}", self.name.to_ascii_uppercase())
    }

    /// Its value in `config` as text; empty when it is not set.
    pub fn value_in(&self, config: &BrokerConfig) -> String {
        (self.show)(config)
    }

    /// The key with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The key whose name is nearest to `name`, if any is near.
    pub fn nearest(name: &str) -> Option<&'static Self> {
        let name = name.replace('-', "_").to_ascii_lowercase();
        let nearest = KEYS.iter().map(|key| (distance(key.name, &name), key)).min_by_key(|&(distance, _)| distance);
        nearest.filter(|&(distance, key)| distance <= 1 + key.name.len() / 3).map(|(_, key)| key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

macro_rules! keys {
    ($($name:literal $value_name:literal $($field:ident).+: $type:ty, $help:expr;)*) => {
        /// Every key, in the order of the documentation.
        pub const KEYS: &[Key] = &[$(Key {
            name: $name,
            kind: <$type as Value>::KIND,
            value_name: $value_name,
            help: $help,
            read: |config, texts| {
                config.$($field).+ = <$type as Value>::read(texts)?;
                Ok(())
            },
            show: |config| <$type as Value>::show(&config.$($field).+),
        },)*];
    };
}

keys! {
    "listen" "ADDRESS" listen: Vec<Listener>,
        "Listen here: tcp://, tls://, ws://, wss:// or unix: in front of host:port (or of a file); may be repeated.";
    "shards" "N" shards: u16,
        "How many threads share the connections; 0: one for each core.";
    "store" "KIND" store: Store,
        "Where sessions and retained messages are kept: memory.";
    "allow_anonymous" "BOOL" allow_anonymous: Option<bool>,
        "Accept clients without a user name; without this key: yes, unless there is a password file.";
    "password_file" "FILE" password_file: Option<PathBuf>,
        "Users and their passwords, as `polymqtt passwd` writes them.";
    "tls_certificate_file" "FILE" tls_certificate_file: Option<PathBuf>,
        "The server's certificate chain (PEM), for tls:// and wss://.";
    "tls_key_file" "FILE" tls_key_file: Option<PathBuf>,
        "The private key (PEM) of the server's certificate.";
    "tls_client_ca_file" "FILE" tls_client_ca_file: Option<PathBuf>,
        "Certificates (PEM) of those who sign client certificates: turns mutual TLS on.";
    "tls_client_certificate" "WHEN" tls_client_certificate: ClientCertificate,
        "With a client CA: required, or optional.";
    "websocket_path" "PATH" websocket_path: String,
        "The path that ws:// and wss:// serve when the address names none.";
    "pending_connections_max" "N" pending_connections_max: u32,
        "Connections on their way to a CONNECT at the same time; others wait to be accepted.";
    "forwards_max" "N" forwards_max: u32,
        "Messages that may wait for a shard; beyond it the other shards stop reading until it has caught up.";
    "log" "FILTER" log: String,
        "What is written to stderr: error, warn, info, debug, trace, or a filter such as warn,polymqtt_broker=debug.";

    "protocol_version_min" "VERSION" options.protocol_version_min: ProtocolVersion,
        "The lowest MQTT version that is served: 3.1, 3.1.1 or 5.0.";
    "connect_timeout_ms" "MS" options.connect_timeout_ms: u32,
        "How long a connection may take for its handshakes, its CONNECT and the login; 0: no limit.";
    "connections_max" "N" options.connections_max: u32,
        "Connections of a shard; more are closed at once.";
    "sessions_max" "N" options.sessions_max: u32,
        "Sessions of a shard, connected or not; more are refused: Quota exceeded.";
    "connect_size_bytes_max" "BYTES" options.connect_size_bytes_max: u32,
        "The largest CONNECT; a larger one ends the connection.";
    "held_bytes_max" "BYTES" options.held_bytes_max: u32,
        "Bytes kept behind a CONNECT while its login is decided; more end the connection.";
    "client_identifier_bytes_max" "BYTES" options.client_identifier_bytes_max: u16,
        "The longest Client Identifier, at least 23; a longer one is refused.";
    "client_identifier_assigned" "BOOL" options.client_identifier_assigned: bool,
        "Give clients without a Client Identifier one.";
    "client_identifier_prefix" "TEXT" options.client_identifier_prefix: Box<str>,
        "What a Client Identifier begins with that the broker assigns.";
    "packet_size_bytes_max" "BYTES" options.packet_size_bytes_max: u32,
        "The largest packet of a client (Maximum Packet Size); a larger one ends the connection.";
    "properties_max" "N" options.properties_max: u16,
        "Properties in one packet; more end the connection.";
    "topic_levels_max" "N" options.topic_levels_max: u16,
        "Levels of a topic name or filter; more end the connection.";
    "maximum_qos" "QOS" options.maximum_qos: QoS,
        "The highest QoS (Maximum QoS).";
    "retain_available" "BOOL" options.retain_available: bool,
        "Keep Retained Messages.";
    "wildcard_subscription_available" "BOOL" options.wildcard_subscription_available: bool,
        "Allow wildcards in topic filters.";
    "subscription_identifier_available" "BOOL" options.subscription_identifier_available: bool,
        "Allow Subscription Identifiers.";
    "shared_subscription_available" "BOOL" options.shared_subscription_available: bool,
        "Allow Shared Subscriptions.";
    "receive_maximum" "N" options.receive_maximum: u16,
        "Unacknowledged QoS 1 and 2 messages that a client may send; more end the connection.";
    "topic_alias_maximum" "N" options.topic_alias_maximum: u16,
        "Topic Aliases that a client may use.";
    "topic_alias_outbound_max" "N" options.topic_alias_outbound_max: u16,
        "Topic Aliases that the broker uses toward a client, where the client allows them.";
    "keep_alive_s_max" "SECONDS" options.keep_alive_s_max: Option<u16>,
        "The longest Keep Alive; who asks for more, or none, is told this one (Server Keep Alive).";
    "session_expiry_interval_s_max" "SECONDS" options.session_expiry_interval_s_max: u32,
        "The longest time that a session outlives its connection; 4294967295: for ever.";
    "session_expiry_interval_v3_s" "SECONDS" options.session_expiry_interval_v3_s: u32,
        "How long sessions of MQTT 3.1 and 3.1.1 without Clean Session are kept; 4294967295: for ever.";
    "response_information" "TEXT" options.response_information: Option<Box<str>>,
        "The Response Information for clients that ask for it.";
    "outgoing_bytes_max" "BYTES" options.outgoing_bytes_max: u32,
        "Bytes that may wait for one connection; beyond, QoS 0 messages are dropped and others queued.";
    "in_flight_max" "N" options.in_flight_max: u16,
        "Unacknowledged QoS 1 and 2 messages toward one client; more wait in its queue.";
    "queue_messages_max" "N" options.queue_messages_max: u32,
        "Messages queued for one session; then expired ones go first, QoS 0 next, then as queue_when_full says.";
    "queue_bytes_max" "BYTES" options.queue_bytes_max: u64,
        "Bytes queued for one session.";
    "queue_total_bytes_max" "BYTES" options.queue_total_bytes_max: u64,
        "Bytes queued for all sessions of a shard.";
    "queue_when_full" "WHICH" options.queue_when_full: QueueWhenFull,
        "What a full queue drops: newest or oldest.";
    "queue_qos_0" "BOOL" options.queue_qos_0: bool,
        "Queue QoS 0 messages for sessions without a connection.";
    "message_expiry_interval_s_max" "SECONDS" options.message_expiry_interval_s_max: Option<u32>,
        "The longest lifetime of a message, also for those without one.";
    "subscriptions_max" "N" options.subscriptions_max: u32,
        "Subscriptions of one session; more are refused: Quota exceeded.";
    "retained_messages_max" "N" options.retained_messages_max: u32,
        "Retained Messages; more are delivered but not kept.";
    "retained_bytes_max" "BYTES" options.retained_bytes_max: u64,
        "Bytes of Retained Messages with their topics and properties; more are delivered but not kept.";
    "retained_slice" "N" options.retained_slice: u16,
        "Retained Messages that a new subscription gets before others have their turn.";
    "shared_payload_bytes_min" "BYTES" options.shared_payload_bytes_min: u32,
        "Payloads from this size on are shared between connections and not copied.";
    "sys_interval_s" "SECONDS" options.sys_interval_s: u32,
        "How often the $SYS topics are published; 0: never.";
}

/// How many letters must be added, removed or changed to get from `a` to `b`.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Key, distance};
    use crate::config::BrokerConfig;

    #[test]
    fn what_a_key_shows_it_reads_back() {
        let defaults = BrokerConfig::default();
        for key in KEYS {
            let shown = key.value_in(&defaults);
            if !shown.is_empty() {
                let mut config = BrokerConfig::default();
                (key.read)(&mut config, core::slice::from_ref(&shown)).unwrap();
                assert_eq!(key.value_in(&config), shown, "{}", key.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_help_is_a_sentence() {
        for (index, key) in KEYS.iter().enumerate() {
            assert!(KEYS[..index].iter().all(|other| other.name != key.name), "{} stands twice", key.name);
            assert!(key.help.ends_with('.'), "{}", key.name);
        }
    }

    #[test]
    fn the_nearest_key_is_found() {
        assert_eq!(Key::nearest("pasword_file").map(|key| key.name), Some("password_file"));
        assert_eq!(Key::nearest("Listen").map(|key| key.name), Some("listen"));
        assert_eq!(Key::nearest("zzzzzzzzzzzz").map(|key| key.name), None);
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("ab", "")), (3, 2, 2));
    }
}

//! What has happened so far, as numbers.

/// Counters (since the start) and gauges (now) of one shard; [`Statistics::add`] sums shards up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Gauge: connections, accepted by the transport.
    pub connections: u64,
    /// Gauge: clients that are connected (their CONNECT was accepted).
    pub clients_connected: u64,
    /// Gauge: Sessions, connected or not.
    pub sessions: u64,
    /// Sessions that expired.
    pub sessions_expired: u64,
    /// Gauge: subscriptions, shared ones included.
    pub subscriptions: u64,
    /// Gauge: members of shared subscriptions.
    pub shared_subscriptions: u64,
    /// Gauge: Retained Messages.
    pub retained_messages: u64,
    /// Gauge: their bytes, topics and properties included.
    pub retained_bytes: u64,
    /// Gauge: messages queued or in flight, each counted in every Session.
    pub queued_messages: u64,
    /// Gauge: bytes queued (topics, properties, payloads), each message counted in every Session.
    pub queued_bytes: u64,
    /// Control Packets of any type received.
    pub packets_received: u64,
    /// Control Packets of any type sent.
    pub packets_sent: u64,
    /// PUBLISH packets received.
    pub publish_received: u64,
    /// PUBLISH packets sent.
    pub publish_sent: u64,
    /// Messages that were dropped for one receiver: a queue or a transport was full, it expired, or was too large.
    pub publish_dropped: u64,
    /// Payload bytes of the PUBLISH packets received.
    pub publish_bytes_received: u64,
    /// Payload bytes of the PUBLISH packets sent.
    pub publish_bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Gauge: the highest number of clients connected at the same time.
    pub clients_maximum: u64,
}

impl Statistics {
    /// Every number with its name, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        let Self {
            connections,
            clients_connected,
            sessions,
            sessions_expired,
            subscriptions,
            shared_subscriptions,
            retained_messages,
            retained_bytes,
            queued_messages,
            queued_bytes,
            packets_received,
            packets_sent,
            publish_received,
            publish_sent,
            publish_dropped,
            publish_bytes_received,
            publish_bytes_sent,
            bytes_received,
            bytes_sent,
            clients_maximum,
        } = *self;
        [
            ("connections", connections),
            ("clients_connected", clients_connected),
            ("sessions", sessions),
            ("sessions_expired", sessions_expired),
            ("subscriptions", subscriptions),
            ("shared_subscriptions", shared_subscriptions),
            ("retained_messages", retained_messages),
            ("retained_bytes", retained_bytes),
            ("queued_messages", queued_messages),
            ("queued_bytes", queued_bytes),
            ("packets_received", packets_received),
            ("packets_sent", packets_sent),
            ("publish_received", publish_received),
            ("publish_sent", publish_sent),
            ("publish_dropped", publish_dropped),
            ("publish_bytes_received", publish_bytes_received),
            ("publish_bytes_sent", publish_bytes_sent),
            ("bytes_received", bytes_received),
            ("bytes_sent", bytes_sent),
            ("clients_maximum", clients_maximum),
        ]
        .into_iter()
    }

    /// Adds the numbers of another shard.
    pub fn add(&mut self, other: &Self) {
        let Self {
            connections,
            clients_connected,
            sessions,
            sessions_expired,
            subscriptions,
            shared_subscriptions,
            retained_messages,
            retained_bytes,
            queued_messages,
            queued_bytes,
            packets_received,
            packets_sent,
            publish_received,
            publish_sent,
            publish_dropped,
            publish_bytes_received,
            publish_bytes_sent,
            bytes_received,
            bytes_sent,
            clients_maximum,
        } = *other;
        self.connections += connections;
        self.clients_connected += clients_connected;
        self.sessions += sessions;
        self.sessions_expired += sessions_expired;
        self.subscriptions += subscriptions;
        self.shared_subscriptions += shared_subscriptions;
        // Every shard has all Retained Messages.
        self.retained_messages = self.retained_messages.max(retained_messages);
        self.retained_bytes = self.retained_bytes.max(retained_bytes);
        self.queued_messages += queued_messages;
        self.queued_bytes += queued_bytes;
        self.packets_received += packets_received;
        self.packets_sent += packets_sent;
        self.publish_received += publish_received;
        self.publish_sent += publish_sent;
        self.publish_dropped += publish_dropped;
        self.publish_bytes_received += publish_bytes_received;
        self.publish_bytes_sent += publish_bytes_sent;
        self.bytes_received += bytes_received;
        self.bytes_sent += bytes_sent;
        self.clients_maximum += clients_maximum;
    }
}

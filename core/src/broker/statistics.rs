//! What has happened so far, as numbers.

macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident: $merge:ident;)*) => {
        /// Counters (since the start) and gauges (now) of one shard; [`Statistics::add`] sums shards up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Statistics {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Statistics {
            /// Every number with its name, in the order of the fields.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }

            /// Adds the numbers of another shard.
            pub fn add(&mut self, other: &Self) {
                $(self.$name = $merge(self.$name, other.$name);)*
            }
        }
    };
}

statistics! {
    /// Gauge: connections, accepted by the transport.
    connections: sum;
    /// Gauge: clients that are connected (their CONNECT was accepted).
    clients_connected: sum;
    /// Gauge: Sessions, connected or not.
    sessions: sum;
    /// Sessions that expired.
    sessions_expired: sum;
    /// Gauge: subscriptions, shared ones included.
    subscriptions: sum;
    /// Gauge: members of shared subscriptions.
    shared_subscriptions: sum;
    /// Gauge: Retained Messages.
    retained_messages: same;
    /// Gauge: their bytes, topics and properties included.
    retained_bytes: same;
    /// Gauge: messages queued or in flight, each counted in every Session.
    queued_messages: sum;
    /// Gauge: bytes queued (topics, properties, payloads), each message counted in every Session.
    queued_bytes: sum;
    /// Control Packets of any type received.
    packets_received: sum;
    /// Control Packets of any type sent.
    packets_sent: sum;
    /// PUBLISH packets received.
    publish_received: sum;
    /// PUBLISH packets sent.
    publish_sent: sum;
    /// Messages that were dropped for one receiver: a queue or a transport was full, it expired, or was too large.
    publish_dropped: sum;
    /// Payload bytes of the PUBLISH packets received.
    publish_bytes_received: sum;
    /// Payload bytes of the PUBLISH packets sent.
    publish_bytes_sent: sum;
    /// Bytes received.
    bytes_received: sum;
    /// Bytes sent.
    bytes_sent: sum;
    /// Gauge: the highest number of clients connected at the same time.
    clients_maximum: sum;
}

const fn sum(own: u64, other: u64) -> u64 {
    own + other
}

/// Every shard has all Retained Messages.
fn same(own: u64, other: u64) -> u64 {
    own.max(other)
}

#[cfg(test)]
mod tests {
    use super::Statistics;

    #[test]
    fn shards_add_up_but_share_their_retained_messages() {
        let shard = Statistics { sessions: 2, retained_messages: 3, ..Statistics::default() };
        let mut all = shard;
        all.add(&shard);
        assert_eq!((all.sessions, all.retained_messages), (4, 3));
        assert!(all.iter().any(|entry| entry == ("sessions", 4)));
    }
}

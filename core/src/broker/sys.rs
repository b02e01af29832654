//! The `$SYS` topics: the broker's own figures, as Retained Messages.

use super::Broker;
use super::forward::Forward;
use super::output::Output;
use super::routed_message::MessageView;
use super::slab::NONE;
use super::statistics::Statistics;
use super::timers::Timer;
use crate::Time;
use crate::codec::{Properties, QoS};
use crate::topic::TopicName;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

/// What is known for the next publication.
#[derive(Debug, Default)]
pub(super) struct SysState {
    /// The last figures of the other shards.
    others: BTreeMap<u16, Statistics>,
    /// What was published last: only what has changed is published again.
    published: BTreeMap<&'static str, String>,
}

/// Whether a topic is the broker's own, to which no client publishes.
pub(super) fn is_reserved(topic: TopicName<'_>) -> bool {
    topic.as_str() == "$SYS" || topic.as_str().starts_with("$SYS/")
}

impl Broker {
    pub(super) fn schedule_sys(&mut self, at: Time) {
        if self.options.sys_interval_s > 0 {
            self.timers.set(at, Timer::Sys);
        }
    }

    /// Publishes the figures of all shards (on shard 0), or sends this one's there.
    pub(super) fn publish_sys(&mut self) {
        self.schedule_sys(self.now.plus_s(self.options.sys_interval_s));
        let own = self.statistics();
        if self.placement.index() > 0 {
            let forward = Forward::Statistics(alloc::boxed::Box::new(own));
            self.outputs.push_back(Output::Forward { to: 0, forward });
            return;
        }
        let mut all = own;
        for other in self.sys.others.values() {
            all.add(other);
        }
        let uptime_s = self.started_at.map_or(0, |started_at| self.now.ms_since(started_at) / 1000);
        let version = self.options.version.to_string();
        self.publish_figure("$SYS/broker/version", version);
        self.publish_figure("$SYS/broker/uptime", format!("{uptime_s} seconds"));
        for (topic, value) in figures(&all) {
            self.publish_figure(topic, value.to_string());
        }
    }

    pub(super) fn apply_statistics(&mut self, from: u16, statistics: Statistics) {
        self.sys.others.insert(from, statistics);
    }

    fn publish_figure(&mut self, topic: &'static str, value: String) {
        if self.sys.published.get(topic) == Some(&value) {
            return;
        }
        let Ok(name) = TopicName::new(topic) else { return };
        let message = MessageView {
            topic: name,
            properties: Properties::EMPTY,
            payload: value.as_bytes(),
            qos: QoS::AtMostOnce,
            retain: true,
            expires_at: Time::MAX,
            publisher: 0,
        };
        self.publish_from(&message, NONE);
        self.sys.published.insert(topic, value);
    }
}

/// The names are those that mosquitto gave them, on which dashboards rely.
fn figures(all: &Statistics) -> [(&'static str, u64); 26] {
    let disconnected = all.sessions.saturating_sub(all.clients_connected);
    [
        ("$SYS/broker/clients/connected", all.clients_connected),
        ("$SYS/broker/clients/active", all.clients_connected),
        ("$SYS/broker/clients/disconnected", disconnected),
        ("$SYS/broker/clients/inactive", disconnected),
        ("$SYS/broker/clients/expired", all.sessions_expired),
        ("$SYS/broker/clients/maximum", all.clients_maximum),
        ("$SYS/broker/clients/total", all.sessions),
        ("$SYS/broker/messages/received", all.packets_received),
        ("$SYS/broker/messages/sent", all.packets_sent),
        ("$SYS/broker/messages/stored", all.retained_messages + all.queued_messages),
        ("$SYS/broker/store/messages/count", all.retained_messages + all.queued_messages),
        ("$SYS/broker/store/messages/bytes", all.retained_bytes + all.queued_bytes),
        ("$SYS/broker/publish/messages/received", all.publish_received),
        ("$SYS/broker/publish/messages/sent", all.publish_sent),
        ("$SYS/broker/publish/messages/dropped", all.publish_dropped),
        ("$SYS/broker/publish/bytes/received", all.publish_bytes_received),
        ("$SYS/broker/publish/bytes/sent", all.publish_bytes_sent),
        ("$SYS/broker/bytes/received", all.bytes_received),
        ("$SYS/broker/bytes/sent", all.bytes_sent),
        ("$SYS/broker/retained messages/count", all.retained_messages),
        ("$SYS/broker/subscriptions/count", all.subscriptions),
        ("$SYS/broker/shared_subscriptions/count", all.shared_subscriptions),
        ("$SYS/broker/connections/socket/count", all.connections),
        ("$SYS/broker/queued/messages/count", all.queued_messages),
        ("$SYS/broker/queued/messages/bytes", all.queued_bytes),
        ("$SYS/broker/retained messages/bytes", all.retained_bytes),
    ]
}

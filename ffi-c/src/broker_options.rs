//! What the broker without IO can be told, and whom it asks.

use crate::error::{Outcome, pmq_result};
use crate::options::StartsWithSize;
use crate::packet::protocol_version;
use crate::panic::boundary;
use crate::policy::{UserData, pmq_action, pmq_action_type, pmq_authorize_callback};
use crate::property::qos;
use crate::view::{Out, pmq_str};
use core::ffi::c_void;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{
    BrokerOptions, ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal, Permission, Policy,
    QueueWhenFull, SubscribeDecision,
};
use polymqtt_core::codec::{QoS, SubscriptionOptions, Will};
use polymqtt_core::topic::{TopicFilter, TopicName};

/// What a `pmq_broker_core` can be told. Begin with `pmq_broker_core_options_init`, which sets the defaults. What happens
/// at each limit is described with `BrokerOptions` of the Rust package `polymqtt-core`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_broker_core_options {
    /// `sizeof(pmq_broker_core_options)`.
    pub struct_size: usize,
    /// A `pmq_protocol_version`: the lowest that is served.
    pub protocol_version_min: u8,
    /// The highest QoS.
    pub maximum_qos: u8,
    /// Leave each CONNECT to you: `PMQ_BROKER_OUTPUT_TYPE_CONNECT_REQUEST`. Default: false, everybody is welcome.
    pub ask: bool,
    /// A full queue drops its oldest message in favour of the new one. Default: false.
    pub queue_drop_oldest: bool,
    /// Ask `authorize` about each message that is about to be delivered, too.
    pub authorize_deliveries: bool,
    /// The longest Keep Alive in seconds; 0: any.
    pub keep_alive_s_max: u16,
    /// The longest Message Expiry Interval in seconds; 0: any.
    pub message_expiry_interval_s_max: u32,
    /// The *Response Information* for those who ask for it; absent: none.
    pub response_information: pmq_str,
    /// The text of `$SYS/broker/version`; absent: the default.
    pub version: pmq_str,
    /// Decides what a client may do. NULL: everything.
    pub authorize: pmq_authorize_callback,
    /// What it is called with.
    pub user_data: *mut c_void,
    /// All entropy: give each broker, and each start of it, another random number.
    pub seed: u64,
    /// For a CONNECT to come and be accepted; 0: no limit.
    pub connect_timeout_ms: u32,
    /// Connections at the same time.
    pub connections_max: u32,
    /// Sessions, connected or not.
    pub sessions_max: u32,
    /// The largest CONNECT.
    pub connect_size_bytes_max: u32,
    /// What is kept behind a CONNECT while its answer is awaited.
    pub held_bytes_max: u32,
    /// The largest packet that a client may send.
    pub packet_size_bytes_max: u32,
    /// The longest Session Expiry Interval.
    pub session_expiry_interval_s_max: u32,
    /// That of clients of 3.1 and 3.1.1 without Clean Session; `UINT32_MAX`: for ever.
    pub session_expiry_interval_v3_s: u32,
    /// What may wait to be transmitted to one connection.
    pub outgoing_bytes_max: u32,
    /// Messages queued in one Session.
    pub queue_messages_max: u32,
    /// Subscriptions of one Session.
    pub subscriptions_max: u32,
    /// Retained Messages.
    pub retained_messages_max: u32,
    /// Payloads of this size are shared between connections, and not copied to each.
    pub shared_payload_bytes_min: u32,
    /// Between two publications of the `$SYS` topics; 0: none.
    pub sys_interval_s: u32,
    /// Bytes queued in one Session.
    pub queue_bytes_max: u64,
    /// Bytes queued in all Sessions.
    pub queue_total_bytes_max: u64,
    /// Bytes of Retained Messages.
    pub retained_bytes_max: u64,
    /// The longest Client Identifier; at least 23.
    pub client_identifier_bytes_max: u16,
    /// Properties in one packet.
    pub properties_max: u16,
    /// Levels of a topic.
    pub topic_levels_max: u16,
    /// QoS 1 and 2 publications that one client may have open; from 1.
    pub receive_maximum: u16,
    /// Topic Aliases that a client may use.
    pub topic_alias_maximum: u16,
    /// Topic Aliases that the broker uses.
    pub topic_alias_outbound_max: u16,
    /// QoS 1 and 2 messages in flight to one client; from 1.
    pub in_flight_max: u16,
    /// Retained Messages that one subscription gets before others have their turn.
    pub retained_slice: u16,
    /// Whether an empty Client Identifier gets an assigned one.
    pub client_identifier_assigned: bool,
    /// Whether Retained Messages are kept.
    pub retain_available: bool,
    /// Whether Topic Filters may have wildcards.
    pub wildcard_subscription_available: bool,
    /// Whether Subscription Identifiers are taken.
    pub subscription_identifier_available: bool,
    /// Whether Shared Subscriptions are.
    pub shared_subscription_available: bool,
    /// Whether QoS 0 messages are queued for a Session without a connection.
    pub queue_qos_0: bool,
}

// SAFETY: `repr(C)`, and the size comes first.
unsafe impl StartsWithSize for pmq_broker_core_options {}

/// Sets every option to its default. `size` is `sizeof(pmq_broker_core_options)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_options_init(
    options: *mut pmq_broker_core_options,
    size: usize,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or room for `size` bytes.
        let out = unsafe { Out::new(options) }?;
        if size != size_of::<pmq_broker_core_options>() {
            return Err(pmq_result::StructSize.into());
        }
        out.set(pmq_broker_core_options::new(&BrokerOptions::default()));
        Ok(())
    })
}

impl pmq_broker_core_options {
    fn new(core: &BrokerOptions) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            protocol_version_min: core.protocol_version_min.as_u8(),
            maximum_qos: core.maximum_qos.as_u8(),
            ask: false,
            queue_drop_oldest: core.queue_when_full == QueueWhenFull::DropOldest,
            authorize_deliveries: false,
            keep_alive_s_max: core.keep_alive_s_max.unwrap_or(0),
            message_expiry_interval_s_max: core.message_expiry_interval_s_max.unwrap_or(0),
            response_information: pmq_str::ABSENT,
            version: pmq_str::ABSENT,
            authorize: None,
            user_data: core::ptr::null_mut(),
            seed: core.seed,
            connect_timeout_ms: core.connect_timeout_ms,
            connections_max: core.connections_max,
            sessions_max: core.sessions_max,
            connect_size_bytes_max: core.connect_size_bytes_max,
            held_bytes_max: core.held_bytes_max,
            packet_size_bytes_max: core.packet_size_bytes_max,
            session_expiry_interval_s_max: core.session_expiry_interval_s_max,
            session_expiry_interval_v3_s: core.session_expiry_interval_v3_s,
            outgoing_bytes_max: core.outgoing_bytes_max,
            queue_messages_max: core.queue_messages_max,
            subscriptions_max: core.subscriptions_max,
            retained_messages_max: core.retained_messages_max,
            shared_payload_bytes_min: core.shared_payload_bytes_min,
            sys_interval_s: core.sys_interval_s,
            queue_bytes_max: core.queue_bytes_max,
            queue_total_bytes_max: core.queue_total_bytes_max,
            retained_bytes_max: core.retained_bytes_max,
            client_identifier_bytes_max: core.client_identifier_bytes_max,
            properties_max: core.properties_max,
            topic_levels_max: core.topic_levels_max,
            receive_maximum: core.receive_maximum,
            topic_alias_maximum: core.topic_alias_maximum,
            topic_alias_outbound_max: core.topic_alias_outbound_max,
            in_flight_max: core.in_flight_max,
            retained_slice: core.retained_slice,
            client_identifier_assigned: core.client_identifier_assigned,
            retain_available: core.retain_available,
            wildcard_subscription_available: core.wildcard_subscription_available,
            subscription_identifier_available: core.subscription_identifier_available,
            shared_subscription_available: core.shared_subscription_available,
            queue_qos_0: core.queue_qos_0,
        }
    }

    /// What the core is told, and whom it asks.
    ///
    /// # Safety
    /// Every view is valid.
    pub(crate) unsafe fn read(&self) -> Outcome<(BrokerOptions, BrokerPolicy)> {
        let defaults = BrokerOptions::default();
        // SAFETY: what the caller of this function promises.
        let (response_information, version) = unsafe { (self.response_information.get()?, self.version.get()?) };
        let options = BrokerOptions {
            protocol_version_min: protocol_version(self.protocol_version_min)?,
            maximum_qos: qos(self.maximum_qos)?,
            queue_when_full: if self.queue_drop_oldest { QueueWhenFull::DropOldest } else { QueueWhenFull::DropNewest },
            keep_alive_s_max: Some(self.keep_alive_s_max).filter(|seconds| *seconds != 0),
            message_expiry_interval_s_max: Some(self.message_expiry_interval_s_max).filter(|seconds| *seconds != 0),
            response_information: response_information.map(Into::into),
            version: version.map_or_else(|| defaults.version.clone(), Into::into),
            seed: self.seed,
            connect_timeout_ms: self.connect_timeout_ms,
            connections_max: self.connections_max,
            sessions_max: self.sessions_max,
            connect_size_bytes_max: self.connect_size_bytes_max,
            held_bytes_max: self.held_bytes_max,
            packet_size_bytes_max: self.packet_size_bytes_max,
            session_expiry_interval_s_max: self.session_expiry_interval_s_max,
            session_expiry_interval_v3_s: self.session_expiry_interval_v3_s,
            outgoing_bytes_max: self.outgoing_bytes_max,
            queue_messages_max: self.queue_messages_max,
            subscriptions_max: self.subscriptions_max,
            retained_messages_max: self.retained_messages_max,
            shared_payload_bytes_min: self.shared_payload_bytes_min,
            sys_interval_s: self.sys_interval_s,
            queue_bytes_max: self.queue_bytes_max,
            queue_total_bytes_max: self.queue_total_bytes_max,
            retained_bytes_max: self.retained_bytes_max,
            client_identifier_bytes_max: self.client_identifier_bytes_max,
            properties_max: self.properties_max,
            topic_levels_max: self.topic_levels_max,
            receive_maximum: self.receive_maximum,
            topic_alias_maximum: self.topic_alias_maximum,
            topic_alias_outbound_max: self.topic_alias_outbound_max,
            in_flight_max: self.in_flight_max,
            retained_slice: self.retained_slice,
            client_identifier_assigned: self.client_identifier_assigned,
            retain_available: self.retain_available,
            wildcard_subscription_available: self.wildcard_subscription_available,
            subscription_identifier_available: self.subscription_identifier_available,
            shared_subscription_available: self.shared_subscription_available,
            queue_qos_0: self.queue_qos_0,
            ..defaults
        };
        let policy = BrokerPolicy {
            asks: self.ask,
            authorize: self.authorize,
            authorizes_deliveries: self.authorize_deliveries,
            user_data: UserData(self.user_data),
        };
        Ok((options, policy))
    }
}

/// Asks the application.
pub(crate) struct BrokerPolicy {
    asks: bool,
    authorize: pmq_authorize_callback,
    authorizes_deliveries: bool,
    user_data: UserData,
}

impl BrokerPolicy {
    /// Asks nobody.
    pub(crate) const ALLOW_ALL: Self =
        Self { asks: false, authorize: None, authorizes_deliveries: false, user_data: UserData(core::ptr::null_mut()) };

    fn allows(
        &self,
        client: &ClientInfo<'_>,
        action_type: pmq_action_type,
        topic: &str,
        qos: QoS,
        retain: bool,
    ) -> bool {
        let Some(authorize) = self.authorize else { return true };
        let action = pmq_action::new(client, action_type, topic, qos.as_u8(), retain);
        // SAFETY: the application promises that its callback may be called with this.
        unsafe { authorize(self.user_data.0, &raw const action) }
    }
}

const fn permission(is_allowed: bool) -> Permission {
    if is_allowed { Permission::Allow } else { Permission::Deny(ReasonCode::NotAuthorized) }
}

impl Policy for BrokerPolicy {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        match (self.asks, attempt.connect.properties.authentication_method()) {
            (true, _) => ConnectDecision::Ask,
            (false, None) => ConnectDecision::Allow(ConnectGrant::default()),
            (false, Some(_)) => ConnectDecision::Deny(ConnectRefusal::from(ReasonCode::BadAuthenticationMethod)),
        }
    }

    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        let topic = will.topic.as_str();
        permission(self.allows(client, pmq_action_type::Publish, topic, will.qos, will.retain))
    }

    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, qos: QoS, retain: bool) -> Permission {
        permission(self.allows(client, pmq_action_type::Publish, topic.as_str(), qos, retain))
    }

    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
    ) -> SubscribeDecision {
        if self.allows(client, pmq_action_type::Subscribe, filter.as_str(), options.qos, false) {
            SubscribeDecision::Grant(options.qos)
        } else {
            SubscribeDecision::Deny(ReasonCode::NotAuthorized)
        }
    }

    fn checks_deliveries(&self) -> bool {
        self.authorizes_deliveries
    }

    fn deliver(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>) -> Permission {
        permission(self.allows(client, pmq_action_type::Deliver, topic.as_str(), QoS::AtMostOnce, false))
    }
}

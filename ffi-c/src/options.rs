//! What a client can be told, and structures that begin with their size, so that they can grow.

use crate::error::{Failure, Outcome, pmq_result};
use crate::packet::{pmq_will, protocol_version};
use crate::panic::boundary;
use crate::property::pmq_properties;
use crate::view::{array, pmq_bytes, pmq_str, reference};
use crate::{property::pmq_property, view::Out};
use polymqtt_core::Message;
use polymqtt_core::client::{
    Acknowledgement, Authentication, ClientOptions, DisconnectOptions, QueueOptions, Reconnect, WhenFull, Will,
};
use polymqtt_core::codec::PropertiesBuf;

/// What happens when the queue is full and one more message comes.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_when_full {
    /// It is refused: `PMQ_RESULT_QUEUE_FULL`.
    Refuse = 0,
    /// The oldest ones give way.
    DropOldest = 1,
    /// The oldest of QoS 0 gives way, and only if there is none the oldest of all.
    DropQos0First = 2,
}

/// What a client can be told before it connects. Begin with `pmq_client_options_init`, which sets the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_client_options {
    /// `sizeof(pmq_client_options)`.
    pub struct_size: usize,
    /// Empty (the default): the server chooses one.
    pub client_identifier: pmq_str,
    /// Default: none.
    pub user_name: pmq_str,
    /// Default: none.
    pub password: pmq_bytes,
    /// A `pmq_protocol_version`. Default: 5.0.
    pub protocol_version: u8,
    /// Begin with a new Session. Default: true. Reconnects continue the Session if it outlives a connection.
    pub clean_start: bool,
    /// Whether `will` is there. Default: false.
    pub has_will: bool,
    /// Ask for Response Information. Default: false.
    pub request_response_information: bool,
    /// Take Reason Strings and User Properties in every kind of packet. Default: true.
    pub request_problem_information: bool,
    /// You acknowledge QoS 1 and 2 messages, not the client. Default: false.
    pub manual_acknowledgement: bool,
    /// Try again when a connection ends. Default: true.
    pub reconnect: bool,
    /// Publish QoS 1 messages anew when the server has lost the Session. Default: true.
    pub republish_qos1: bool,
    /// A `pmq_when_full`. Default: refuse.
    pub queue_when_full: u8,
    /// Seconds; 0 turns it off. Default: 60.
    pub keep_alive_s: u16,
    /// How many unacknowledged QoS 1 and 2 publications we take at the same time; from 1. Default: 65,535.
    pub receive_maximum: u16,
    /// The highest Topic Alias that we take. Default: 16.
    pub topic_alias_maximum: u16,
    /// The highest Topic Alias that we assign. Default: 16.
    pub topic_alias_outbound_maximum: u16,
    /// How many QoS 1 and 2 publications may be in flight; from 1. Default: 1,024.
    pub in_flight_max: u16,
    /// How many SUBSCRIBE, UNSUBSCRIBE and requests may wait for their answer. Default: 1,024.
    pub requests_max: u16,
    /// Seconds that the Session outlives the connection; `UINT32_MAX`: for ever. Default: 0.
    pub session_expiry_interval_s: u32,
    /// The largest packet that we take. Default: 1 MiB.
    pub maximum_packet_size_bytes: u32,
    /// The lowest delay before a reconnect. Default: 1,000.
    pub reconnect_delay_min_ms: u32,
    /// The highest one. Default: 60,000.
    pub reconnect_delay_max_ms: u32,
    /// How many attempts in a row may fail; 0 (the default): any number.
    pub reconnect_attempts_max: u32,
    /// For the transport and the CONNACK together. Default: 10,000.
    pub connect_timeout_ms: u32,
    /// For a PINGRESP. Default: 10,000.
    pub ping_timeout_ms: u32,
    /// Without any acknowledgement while one is due; 0: for ever. Default: 30,000.
    pub acknowledgement_timeout_ms: u32,
    /// For the response to a request; 0: for ever. Default: 30,000.
    pub request_timeout_ms: u32,
    /// How long the server waits before it publishes the will (5.0). Default: 0.
    pub will_delay_interval_s: u32,
    /// What the server publishes when the connection ends without a DISCONNECT.
    pub will: pmq_will,
    /// How many messages may wait to be sent. Default: 10,000.
    pub queue_messages_max: usize,
    /// And how many bytes of them. Default: 16 MiB.
    pub queue_bytes_max: usize,
    /// User Properties of CONNECT (5.0): `name` and `text` of each. Default: none.
    pub user_properties: *const pmq_property,
    /// How many.
    pub user_property_count: usize,
    /// The method of enhanced authentication (5.0). Default: none. A `pmq_client` does not take it.
    pub authentication_method: pmq_str,
    /// What it begins with. Default: none.
    pub authentication_data: pmq_bytes,
    /// All randomness of a `pmq_client_core` comes from here: give each another one. Default: 0.
    pub seed: u64,
    /// A `pmq_client_core` hands out what is to be made durable. Default: false.
    pub store: bool,
    /// A `pmq_client` tries its first connection until it succeeds as well. Default: false.
    pub connect_retry: bool,
    /// A `pmq_client` does not check the server's certificate. Dangerous. Default: false.
    pub tls_insecure: bool,
    /// A `pmq_client` trusts the CA certificates in this PEM file and no others. Default: what the system trusts.
    pub tls_ca_file: pmq_str,
    /// The certificate chain that a `pmq_client` shows, a PEM file. Default: none.
    pub tls_certificate_file: pmq_str,
    /// Its private key, a PEM file.
    pub tls_key_file: pmq_str,
    /// The name that the server's certificate must have, if not that of the URL.
    pub tls_server_name: pmq_str,
    /// A `pmq_client` calls this when the server has accepted a connection, on the client's thread for callbacks.
    pub on_connected: Option<unsafe extern "C" fn(user_data: *mut core::ffi::c_void, session_present: bool)>,
    /// A `pmq_client` calls this when a connection or an attempt is over.
    pub on_disconnected: Option<
        unsafe extern "C" fn(user_data: *mut core::ffi::c_void, disconnected: *const crate::output::pmq_disconnected),
    >,
    /// What these two are called with.
    pub user_data: *mut core::ffi::c_void,
}

/// How to end a connection. All zero but `struct_size`: in good order.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_disconnect_options {
    /// `sizeof(pmq_disconnect_options)`.
    pub struct_size: usize,
    /// The server is to publish the will nonetheless (5.0).
    pub with_will: bool,
    /// Whether `session_expiry_interval_s` is to be sent (5.0).
    pub has_session_expiry_interval: bool,
    /// Another Session Expiry Interval than that of CONNECT.
    pub session_expiry_interval_s: u32,
    /// Reason String and User Properties (5.0).
    pub properties: pmq_properties,
}

/// Sets every option to its default. `size` is `sizeof(pmq_client_options)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_options_init(options: *mut pmq_client_options, size: usize) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or room for `size` bytes.
        let out = unsafe { Out::new(options) }?;
        if size != size_of::<pmq_client_options>() {
            return Err(pmq_result::StructSize.into());
        }
        out.set(pmq_client_options::new(&ClientOptions::default()));
        Ok(())
    })
}

impl pmq_client_options {
    fn new(core: &ClientOptions) -> Self {
        let (reconnect_delay_min_ms, reconnect_delay_max_ms, reconnect_attempts_max) = match core.reconnect {
            Reconnect::Never => (0, 0, 0),
            Reconnect::Backoff { delay_min_ms, delay_max_ms, attempts_max } => {
                (delay_min_ms, delay_max_ms, attempts_max)
            }
        };
        Self {
            struct_size: size_of::<Self>(),
            client_identifier: pmq_str::ABSENT,
            user_name: pmq_str::ABSENT,
            password: pmq_bytes::ABSENT,
            protocol_version: core.protocol_version.as_u8(),
            clean_start: core.clean_start,
            has_will: false,
            request_response_information: core.request_response_information,
            request_problem_information: core.request_problem_information,
            manual_acknowledgement: false,
            reconnect: true,
            republish_qos1: core.republish_qos1,
            queue_when_full: pmq_when_full::Refuse as u8,
            keep_alive_s: core.keep_alive_s,
            receive_maximum: core.receive_maximum,
            topic_alias_maximum: core.topic_alias_maximum,
            topic_alias_outbound_maximum: core.topic_alias_outbound_maximum,
            in_flight_max: core.in_flight_max,
            requests_max: core.requests_max,
            session_expiry_interval_s: core.session_expiry_interval_s,
            maximum_packet_size_bytes: core.maximum_packet_size_bytes,
            reconnect_delay_min_ms,
            reconnect_delay_max_ms,
            reconnect_attempts_max,
            connect_timeout_ms: core.connect_timeout_ms,
            ping_timeout_ms: core.ping_timeout_ms,
            acknowledgement_timeout_ms: core.acknowledgement_timeout_ms,
            request_timeout_ms: core.request_timeout_ms,
            will_delay_interval_s: 0,
            will: pmq_will::NONE,
            queue_messages_max: core.queue.messages_max,
            queue_bytes_max: core.queue.bytes_max,
            user_properties: core::ptr::null(),
            user_property_count: 0,
            authentication_method: pmq_str::ABSENT,
            authentication_data: pmq_bytes::ABSENT,
            seed: core.seed,
            store: core.store,
            connect_retry: false,
            tls_insecure: false,
            tls_ca_file: pmq_str::ABSENT,
            tls_certificate_file: pmq_str::ABSENT,
            tls_key_file: pmq_str::ABSENT,
            tls_server_name: pmq_str::ABSENT,
            on_connected: None,
            on_disconnected: None,
            user_data: core::ptr::null_mut(),
        }
    }

    /// What the core is told.
    ///
    /// # Safety
    /// Every view is valid.
    pub(crate) unsafe fn core(&self) -> Outcome<ClientOptions> {
        // SAFETY: what the caller of this function promises, for every view.
        let (client_identifier, user_name, password) =
            unsafe { (self.client_identifier.or_empty()?, self.user_name.get()?, self.password.optional_get()?) };
        let backoff = Reconnect::Backoff {
            delay_min_ms: self.reconnect_delay_min_ms,
            delay_max_ms: self.reconnect_delay_max_ms,
            attempts_max: self.reconnect_attempts_max,
        };
        let when_full = match self.queue_when_full {
            0 => WhenFull::Refuse,
            1 => WhenFull::DropOldest,
            2 => WhenFull::DropQoS0First,
            _ => return Err(Failure::said(pmq_result::Option, &"queue_when_full is none of pmq_when_full")),
        };
        let manual = self.manual_acknowledgement;
        Ok(ClientOptions {
            protocol_version: protocol_version(self.protocol_version)?,
            client_identifier: client_identifier.into(),
            clean_start: self.clean_start,
            keep_alive_s: self.keep_alive_s,
            user_name: user_name.map(Into::into),
            password: password.map(Into::into),
            // SAFETY: what the caller of this function promises.
            will: if self.has_will { Some(unsafe { self.will() }?) } else { None },
            session_expiry_interval_s: self.session_expiry_interval_s,
            receive_maximum: self.receive_maximum,
            maximum_packet_size_bytes: self.maximum_packet_size_bytes,
            topic_alias_maximum: self.topic_alias_maximum,
            topic_alias_outbound_maximum: self.topic_alias_outbound_maximum,
            request_response_information: self.request_response_information,
            request_problem_information: self.request_problem_information,
            // SAFETY: what the caller of this function promises.
            user_properties: unsafe { self.user_properties() }?,
            // SAFETY: what the caller of this function promises.
            authentication: unsafe { self.authentication() }?,
            acknowledgement: if manual { Acknowledgement::Manual } else { Acknowledgement::Automatic },
            reconnect: if self.reconnect { backoff } else { Reconnect::Never },
            connect_timeout_ms: self.connect_timeout_ms,
            ping_timeout_ms: self.ping_timeout_ms,
            acknowledgement_timeout_ms: self.acknowledgement_timeout_ms,
            request_timeout_ms: self.request_timeout_ms,
            queue: QueueOptions { messages_max: self.queue_messages_max, bytes_max: self.queue_bytes_max, when_full },
            in_flight_max: self.in_flight_max,
            requests_max: self.requests_max,
            republish_qos1: self.republish_qos1,
            seed: self.seed,
            store: self.store,
            ..ClientOptions::default()
        })
    }

    /// # Safety
    /// Every view is valid.
    unsafe fn will(&self) -> Outcome<Will> {
        // SAFETY: what the caller of this function promises.
        let will = unsafe { self.will.get() }?;
        let mut message = Message::new(will.topic, will.payload.to_vec()).with_qos(will.qos).with_retain(will.retain);
        if !will.properties.is_empty() {
            message = message.with_properties(PropertiesBuf::from(will.properties));
        }
        Ok(Will { message, delay_interval_s: self.will_delay_interval_s })
    }

    /// # Safety
    /// Every view is valid.
    unsafe fn user_properties(&self) -> Outcome<alloc::vec::Vec<(alloc::string::String, alloc::string::String)>> {
        // SAFETY: what the caller of this function promises.
        let list = unsafe { array(self.user_properties, self.user_property_count) }?;
        // SAFETY: as above.
        list.iter().map(|each| unsafe { Ok((each.name.or_empty()?.into(), each.text.or_empty()?.into())) }).collect()
    }

    /// # Safety
    /// Every view is valid.
    unsafe fn authentication(&self) -> Outcome<Option<Authentication>> {
        // SAFETY: what the caller of this function promises.
        let (method, data) = unsafe { (self.authentication_method.get()?, self.authentication_data.optional_get()?) };
        Ok(method.map(|method| Authentication { method: method.into(), data: data.map(Into::into) }))
    }
}

/// How to end a connection, from C; NULL: in good order.
///
/// # Safety
/// `options` is NULL or valid, and so are its views.
pub(crate) unsafe fn disconnect_options(options: *const pmq_disconnect_options) -> Outcome<DisconnectOptions> {
    if options.is_null() {
        return Ok(DisconnectOptions::default());
    }
    // SAFETY: what the caller of this function promises.
    let options = unsafe { sized(options) }?;
    let owner = crate::property::owner(polymqtt_core::codec::PacketType::Disconnect);
    // SAFETY: what the caller of this function promises.
    let properties = unsafe { options.properties.get(owner) }?;
    Ok(DisconnectOptions {
        with_will: options.with_will,
        session_expiry_interval_s: options.has_session_expiry_interval.then_some(options.session_expiry_interval_s),
        properties: PropertiesBuf::from(properties),
    })
}

/// A structure whose first field is `struct_size: usize`.
///
/// # Safety
/// It is `repr(C)`, and its first field is its size.
pub(crate) unsafe trait StartsWithSize {}

// SAFETY: `repr(C)`, and the size comes first.
unsafe impl StartsWithSize for crate::codec::pmq_decode_options {}
// SAFETY: as above.
unsafe impl StartsWithSize for pmq_client_options {}
// SAFETY: as above.
unsafe impl StartsWithSize for pmq_disconnect_options {}

/// The structure at `pointer`, if it is as large as this library knows it.
///
/// # Safety
/// `pointer` is NULL or points to a number, and to as many bytes as that says.
pub(crate) unsafe fn sized<'a, T: StartsWithSize>(pointer: *const T) -> Outcome<&'a T> {
    // SAFETY: the size comes first in `T`.
    let size = *unsafe { reference(pointer.cast::<usize>()) }?;
    if size != size_of::<T>() {
        return Err(Failure::from(pmq_result::StructSize));
    }
    // SAFETY: what the caller of this function promises: there are as many bytes as a `T` has.
    unsafe { reference(pointer) }
}

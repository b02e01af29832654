//! The client without IO: on your own socket, clock and allocator.

use crate::error::{Failure, pmq_result};
use crate::message::pmq_message;
use crate::options::{disconnect_options, pmq_client_options, pmq_disconnect_options, sized};
use crate::output::{Held, pmq_client_output, pmq_store_record};
use crate::packet::reason_code;
use crate::panic::{boundary, boundary_or};
use crate::property::{owner, pmq_properties, pmq_subscription, subscriptions_buf, topic_filter, topic_filters_buf};
use crate::view::{Buffer, Out, array, exclusive, pmq_bytes, pmq_str, reference};
use alloc::boxed::Box;
use core::ffi::c_char;
use core::fmt::Write;
use polymqtt_core::Time;
use polymqtt_core::client::{
    AcknowledgementHandle, Client, HandlerId, Output, State, SubscribeRequest, Token, UnsubscribeRequest,
};
use polymqtt_core::codec::{PacketType, PropertiesBuf};

/// One connection to a server and the Session that outlives it, without IO. README.md shows how to drive it.
///
/// Times are milliseconds since a moment of your choice, and never go back.
pub struct pmq_client_core {
    client: Client,
    held: Option<Box<Held>>,
}

/// Where a client is.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_client_state {
    /// At rest.
    Closed = 0,
    /// A transport is asked for.
    Opening = 1,
    /// CONNECT is sent, CONNACK is awaited.
    Handshake = 2,
    /// The server has accepted the connection.
    Connected = 3,
    /// The next attempt has its time.
    Waiting = 4,
}

/// Counters since the client was made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_statistics {
    /// Control Packets sent.
    pub packets_sent: u64,
    /// Bytes of them.
    pub bytes_sent: u64,
    /// Control Packets received.
    pub packets_received: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// PUBLISH packets sent, repetitions included.
    pub messages_sent: u64,
    /// Messages given out.
    pub messages_received: u64,
    /// Connections that a server accepted.
    pub connections: u64,
}

/// A client at rest. `options` may be NULL. Free it with `pmq_client_core_free`; call `pmq_client_core_connect` next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_new(
    options: *const pmq_client_options,
    client: *mut *mut pmq_client_core,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or room for a pointer.
        let out = unsafe { Out::new(client) }?;
        let options = if options.is_null() {
            polymqtt_core::client::ClientOptions::default()
        } else {
            // SAFETY: the caller gives valid options with valid views.
            unsafe { sized(options)?.core() }?
        };
        let client = Client::new(options)?;
        out.set(Box::into_raw(Box::new(pmq_client_core { client, held: None })));
        Ok(())
    })
}

/// Ends a client. NULL is fine. It sends nothing: call `pmq_client_core_disconnect` before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_free(client: *mut pmq_client_core) {
    if !client.is_null() {
        // SAFETY: it came from `pmq_client_core_new`, and the caller does not use it any more.
        let client = unsafe { Box::from_raw(client) };
        boundary_or((), || drop(client));
    }
}

/// Starts connecting: leads to `PMQ_CLIENT_OUTPUT_TYPE_CONNECT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_connect(client: *mut pmq_client_core, now_ms: u64) -> pmq_result {
    // SAFETY: the caller gives NULL or a valid client.
    boundary(|| Ok(unsafe { exclusive(client) }?.client.connect(Time::from_ms(now_ms))?))
}

/// The transport that was asked for is open: CONNECT goes out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_handle_connected(client: *mut pmq_client_core, now_ms: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.handle_connected(Time::from_ms(now_ms));
        Ok(())
    })
}

/// The transport that was asked for cannot be opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_handle_connect_failed(
    client: *mut pmq_client_core,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.handle_connect_failed(Time::from_ms(now_ms));
        Ok(())
    })
}

/// Bytes came from the server.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_handle_input(
    client: *mut pmq_client_core,
    bytes: pmq_bytes,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client, and valid bytes.
        let (client, bytes) = unsafe { (exclusive(client)?, bytes.get()?) };
        client.client.handle_input(bytes, Time::from_ms(now_ms));
        Ok(())
    })
}

/// The transport is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_handle_closed(client: *mut pmq_client_core, now_ms: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.handle_closed(Time::from_ms(now_ms));
        Ok(())
    })
}

/// A deadline has passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_handle_timeout(client: *mut pmq_client_core, now_ms: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.handle_timeout(Time::from_ms(now_ms));
        Ok(())
    })
}

/// The next thing to do or to know. `PMQ_RESULT_NONE` when all is done: call it until then after every other call.
///
/// The views in `*output` are valid until the next call of this function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_poll_output(
    client: *mut pmq_client_core,
    output: *mut pmq_client_output,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (exclusive(client)?, Out::new(output)?) };
        client.held = None;
        let next = client.client.poll_output().ok_or(Failure::from(pmq_result::None))?;
        out.set(client.held.insert(Box::new(Held::new(next))).view());
        Ok(())
    })
}

/// The output that was polled last in its canonical text form, like `pmq_packet_text`. `PMQ_RESULT_NONE`: there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_output_text(
    client: *const pmq_client_core,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, mut out) = unsafe { (reference(client)?, Buffer::new(buffer.cast::<u8>(), capacity, len)?) };
        let held = client.held.as_ref().ok_or(Failure::from(pmq_result::None))?;
        let written = match &held.output {
            Output::Connect => out.write_str("connect"),
            Output::Transmit => out.write_str("transmit"),
            Output::Close => out.write_str("close"),
            Output::Store(operation) => write!(out, "store sequence={}", operation.sequence),
            Output::Event(event) => write!(out, "event {event}"),
        };
        written.map_err(|_| Failure::from(pmq_result::Text))?;
        out.finish_text()
    })
}

/// When to call `pmq_client_core_handle_timeout` at the latest. `PMQ_RESULT_NONE`: never, as things are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_next_timeout(client: *const pmq_client_core, at_ms: *mut u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::new(at_ms)?) };
        out.set(client.client.next_timeout().ok_or(Failure::from(pmq_result::None))?.as_ms());
        Ok(())
    })
}

/// The first of what waits to be written. `PMQ_RESULT_NONE`: nothing does. Valid until the next call that changes the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_transmit_slice(
    client: *const pmq_client_core,
    bytes: *mut pmq_bytes,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::new(bytes)?) };
        out.set(pmq_bytes::new(client.client.transmit_slices().next().ok_or(Failure::from(pmq_result::None))?));
        Ok(())
    })
}

/// What waits to be written, as up to `capacity` slices for one vectored write; `*count` is how many were set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_transmit_slices(
    client: *const pmq_client_core,
    slices: *mut pmq_bytes,
    capacity: usize,
    count: *mut usize,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers, and room for `capacity` slices.
        let (client, mut out) = unsafe { (reference(client)?, Buffer::new(slices, capacity, count)?) };
        for slice in client.client.transmit_slices().take(capacity) {
            out.push(pmq_bytes::new(slice));
        }
        out.finish()
    })
}

/// The transport took the first `len` bytes of what waits to be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_transmitted(
    client: *mut pmq_client_core,
    len: usize,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.transmitted(len, Time::from_ms(now_ms));
        Ok(())
    })
}

/// Publishes a message, now or when there is a connection; `*token` settles later.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_publish(
    client: *mut pmq_client_core,
    message: *const pmq_message,
    now_ms: u64,
    token: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers, and a message with valid views.
        let (client, message, out) = unsafe { (exclusive(client)?, reference(message)?.get()?, Out::new(token)?) };
        out.set(client.client.publish(message, Time::from_ms(now_ms))?.as_u64());
        Ok(())
    })
}

/// Publishes a request (5.0): `*token` settles with the response. Response Topic and Correlation Data are set here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_request(
    client: *mut pmq_client_core,
    message: *const pmq_message,
    now_ms: u64,
    token: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers, and a message with valid views.
        let (client, message, out) = unsafe { (exclusive(client)?, reference(message)?.get()?, Out::new(token)?) };
        out.set(client.client.request(message, Time::from_ms(now_ms))?.as_u64());
        Ok(())
    })
}

/// Subscribes to `count` Topic Filters; `*token` settles with a Reason Code for each. `properties` may be all zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_subscribe(
    client: *mut pmq_client_core,
    subscriptions: *const pmq_subscription,
    count: usize,
    properties: pmq_properties,
    now_ms: u64,
    token: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, list, out) = unsafe { (exclusive(client)?, array(subscriptions, count)?, Out::new(token)?) };
        // SAFETY: as above.
        let (subscriptions, properties) =
            unsafe { (subscriptions_buf(list)?, properties.get(owner(PacketType::Subscribe))?) };
        let request = SubscribeRequest { subscriptions, properties: PropertiesBuf::from(properties) };
        out.set(client.client.subscribe(request, Time::from_ms(now_ms))?.as_u64());
        Ok(())
    })
}

/// Unsubscribes from `count` Topic Filters; `*token` settles with a Reason Code for each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_unsubscribe(
    client: *mut pmq_client_core,
    filters: *const pmq_str,
    count: usize,
    properties: pmq_properties,
    now_ms: u64,
    token: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, list, out) = unsafe { (exclusive(client)?, array(filters, count)?, Out::new(token)?) };
        // SAFETY: as above.
        let (topic_filters, properties) =
            unsafe { (topic_filters_buf(list)?, properties.get(owner(PacketType::Unsubscribe))?) };
        let request = UnsubscribeRequest { topic_filters, properties: PropertiesBuf::from(properties) };
        out.set(client.client.unsubscribe(request, Time::from_ms(now_ms))?.as_u64());
        Ok(())
    })
}

/// Acknowledges a message that came with an `acknowledgement`, with 0 or, in 5.0, with an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_acknowledge(
    client: *mut pmq_client_core,
    acknowledgement: u64,
    reason_code: u8,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        let client = unsafe { exclusive(client) }?;
        let handle = AcknowledgementHandle::from_u64(acknowledgement);
        Ok(client.client.acknowledge(handle, self::reason_code(reason_code)?, Time::from_ms(now_ms))?)
    })
}

/// Gives up waiting for a command: its token settles. `PMQ_RESULT_UNKNOWN`: it has settled before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_cancel(client: *mut pmq_client_core, token: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        let client = unsafe { exclusive(client) }?;
        if client.client.cancel(Token::from_u64(token)) { Ok(()) } else { Err(pmq_result::Unknown.into()) }
    })
}

/// Sets what the next CONNECT carries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_set_credentials(
    client: *mut pmq_client_core,
    user_name: pmq_str,
    password: pmq_bytes,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, user_name, password) = unsafe { (exclusive(client)?, user_name.get()?, password.optional_get()?) };
        Ok(client.client.set_credentials(user_name, password)?)
    })
}

/// Answers `PMQ_CLIENT_OUTPUT_TYPE_AUTHENTICATION` with the next step; `data` may be absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_authenticate(
    client: *mut pmq_client_core,
    data: pmq_bytes,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, data) = unsafe { (exclusive(client)?, data.optional_get()?) };
        Ok(client.client.authenticate(data, Time::from_ms(now_ms))?)
    })
}

/// Authenticates once more; `data` may be absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_re_authenticate(
    client: *mut pmq_client_core,
    data: pmq_bytes,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, data) = unsafe { (exclusive(client)?, data.optional_get()?) };
        Ok(client.client.re_authenticate(data, Time::from_ms(now_ms))?)
    })
}

/// Ends the connection in good order, or the attempts to make one. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_disconnect(
    client: *mut pmq_client_core,
    options: *const pmq_disconnect_options,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, options) = unsafe { (exclusive(client)?, disconnect_options(options)?) };
        Ok(client.client.disconnect(options, Time::from_ms(now_ms))?)
    })
}

/// Adds a filter: messages that match it carry its number. It does not subscribe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_add_handler(
    client: *mut pmq_client_core,
    filter: pmq_str,
    handler: *mut u32,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, filter, out) = unsafe { (exclusive(client)?, filter.or_empty()?, Out::new(handler)?) };
        out.set(client.client.add_handler(topic_filter(filter)?)?.as_u32());
        Ok(())
    })
}

/// Removes a filter. `PMQ_RESULT_UNKNOWN`: there is none with this number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_remove_handler(client: *mut pmq_client_core, handler: u32) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        let client = unsafe { exclusive(client) }?;
        let removed = client.client.remove_handler(HandlerId::from_u32(handler));
        if removed { Ok(()) } else { Err(pmq_result::Unknown.into()) }
    })
}

/// The Store operations up to this number are durable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_completed(
    client: *mut pmq_client_core,
    sequence: u64,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid client.
        unsafe { exclusive(client) }?.client.completed(sequence, Time::from_ms(now_ms));
        Ok(())
    })
}

/// Gives back one record of the log, in its order, before the first connect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_restore(
    client: *mut pmq_client_core,
    record: *const pmq_store_record,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, record) = unsafe { (exclusive(client)?, reference(record)?.get()?) };
        Ok(client.client.restore(record, Time::from_ms(now_ms))?)
    })
}

/// Where the client is: a `pmq_client_state`; closed for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_state(client: *const pmq_client_core) -> pmq_client_state {
    // SAFETY: the caller gives NULL or a valid client.
    let client = unsafe { reference(client) };
    match client.map_or(State::Closed, |client| client.client.state()) {
        State::Closed => pmq_client_state::Closed,
        State::Opening => pmq_client_state::Opening,
        State::Handshake => pmq_client_state::Handshake,
        State::Connected => pmq_client_state::Connected,
        State::Waiting => pmq_client_state::Waiting,
    }
}

/// The Client Identifier in use: our own or the server's choice. Valid until the next call; absent for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_client_identifier(client: *const pmq_client_core) -> pmq_str {
    // SAFETY: the caller gives NULL or a valid client.
    let client = unsafe { reference(client) };
    client.map_or(pmq_str::ABSENT, |client| pmq_str::new(&client.client.server().client_identifier))
}

/// Counters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_core_statistics(
    client: *const pmq_client_core,
    statistics: *mut pmq_statistics,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::new(statistics)?) };
        out.set(pmq_statistics::new(client.client.statistics()));
        Ok(())
    })
}

impl pmq_statistics {
    pub(crate) fn new(of: polymqtt_core::client::Statistics) -> Self {
        Self {
            packets_sent: of.packets_sent,
            bytes_sent: of.bytes_sent,
            packets_received: of.packets_received,
            bytes_received: of.bytes_received,
            messages_sent: of.messages_sent,
            messages_received: of.messages_received,
            connections: of.connections,
        }
    }
}

//! The broker without IO: in memory, on your own sockets and clock.

use crate::broker_options::{BrokerPolicy, pmq_broker_core_options};
use crate::error::{Failure, pmq_result};
use crate::message::pmq_message;
use crate::options::sized;
use crate::packet::reason_code;
use crate::panic::{boundary, boundary_or};
use crate::view::{Buffer, Out, exclusive, pmq_bytes, pmq_str, reference};
use alloc::boxed::Box;
use core::ffi::c_char;
use core::fmt::Write;
use polymqtt_core::Time;
use polymqtt_core::broker::{
    AuthenticationStep, Broker, ConnectGrant, ConnectRefusal, ConnectionId, ConnectionInfo, DisconnectCause, Event,
    Output, Placement,
};

/// A broker without IO. README.md shows how to drive it. Times are as with `pmq_client_core`.
pub struct pmq_broker_core {
    broker: Broker,
    held: Option<Box<Output>>,
}

/// What a `pmq_broker_core` wants done, or tells.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_broker_output_type {
    /// There are bytes to write to `connection`: `pmq_broker_core_transmit_slice`.
    Transmit = 1,
    /// Write what there is to write to `connection`, close it, and call `pmq_broker_core_handle_closed`.
    Close = 2,
    /// Answer a CONNECT: `pmq_broker_core_accept_connect`, `_reject_connect` or `_authenticate`. Only with the option `ask`.
    ConnectRequest = 3,
    /// The next step of an enhanced authentication: answer with `pmq_broker_core_authenticate`.
    Authentication = 4,
    /// A client was accepted.
    Connected = 5,
    /// A connection ended without having been accepted.
    Refused = 6,
    /// A client is not connected any more.
    Disconnected = 7,
    /// A Session is over.
    SessionEnded = 8,
}

/// Why a connection ended.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_broker_cause {
    /// The client said so.
    Client = 0,
    /// The transport was closed without a DISCONNECT.
    TransportClosed = 1,
    /// The broker ended it: `reason_code`, and `statement` where one was broken.
    Broker = 2,
}

/// A step of enhanced authentication.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_authentication_step {
    /// The client is to go on.
    Continue = 0,
    /// The client is who it says.
    Success = 1,
    /// It is not.
    Failure = 2,
}

/// One thing to do or to know. Its views are valid until the next `pmq_broker_core_poll_output`. What does not belong to
/// its type is zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_broker_output {
    /// A `pmq_broker_output_type`.
    pub output_type: u8,
    /// A `pmq_protocol_version`: of `CONNECT_REQUEST` and `CONNECTED`.
    pub protocol_version: u8,
    /// A `pmq_broker_cause`: of `REFUSED` and `DISCONNECTED`.
    pub cause: u8,
    /// A `pmq_reason_code`: of `REFUSED` and `DISCONNECTED`.
    pub reason_code: u8,
    /// Of `CONNECT_REQUEST`.
    pub clean_start: bool,
    /// Of `CONNECTED`.
    pub session_present: bool,
    /// Of `AUTHENTICATION`: the client is connected already.
    pub re_authentication: bool,
    /// Of `CONNECT_REQUEST`.
    pub keep_alive_s: u16,
    /// The connection, of all but `SESSION_ENDED`.
    pub connection: u64,
    /// Whose, where it is known.
    pub client_identifier: pmq_str,
    /// Of `CONNECT_REQUEST` and `CONNECTED`.
    pub user_name: pmq_str,
    /// Of `CONNECT_REQUEST`.
    pub password: pmq_bytes,
    /// Of `CONNECT_REQUEST` and `AUTHENTICATION`.
    pub authentication_method: pmq_str,
    /// Of `CONNECT_REQUEST` and `AUTHENTICATION`.
    pub authentication_data: pmq_bytes,
    /// Of `REFUSED` and `DISCONNECTED`: the statement that the client broke, if any. Valid for ever.
    pub statement: pmq_str,
}

/// A broker without connections. `options` may be NULL. Free it with `pmq_broker_core_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_new(
    options: *const pmq_broker_core_options,
    broker: *mut *mut pmq_broker_core,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or room for a pointer.
        let out = unsafe { Out::new(broker) }?;
        let (options, policy) = if options.is_null() {
            (polymqtt_core::broker::BrokerOptions::default(), BrokerPolicy::ALLOW_ALL)
        } else {
            // SAFETY: the caller gives valid options with valid views, and callbacks that may be called.
            unsafe { sized(options)?.read() }?
        };
        let broker = Broker::new(options, Placement::SINGLE, Box::new(policy))?;
        out.set(Box::into_raw(Box::new(pmq_broker_core { broker, held: None })));
        Ok(())
    })
}

/// Ends a broker; NULL is fine. It says nothing to its clients: call `pmq_broker_core_shutdown` before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_free(broker: *mut pmq_broker_core) {
    if !broker.is_null() {
        // SAFETY: it came from `pmq_broker_core_new`, and the caller does not use it any more.
        let broker = unsafe { Box::from_raw(broker) };
        boundary_or((), || drop(broker));
    }
}

/// A new transport; `peer` is what the callbacks and the log call it, and may be absent. `PMQ_RESULT_LIMIT`: there are too
/// many; close it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_accept(
    broker: *mut pmq_broker_core,
    peer: pmq_str,
    now_ms: u64,
    connection: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, peer, out) = unsafe { (exclusive(broker)?, peer.or_empty()?, Out::new(connection)?) };
        let info = ConnectionInfo { peer: peer.into(), ..ConnectionInfo::default() };
        let accepted = broker.broker.accept(info, Time::from_ms(now_ms));
        out.set(accepted.map_err(|limit| Failure::said(pmq_result::Limit, &limit))?.as_u64());
        Ok(())
    })
}

/// Bytes came on a connection. An unknown connection is ignored: it may have ended a moment ago.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_handle_input(
    broker: *mut pmq_broker_core,
    connection: u64,
    bytes: pmq_bytes,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, bytes) = unsafe { (exclusive(broker)?, bytes.get()?) };
        broker.broker.handle_input(ConnectionId::from_u64(connection), bytes, Time::from_ms(now_ms));
        Ok(())
    })
}

/// The transport of a connection is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_handle_closed(
    broker: *mut pmq_broker_core,
    connection: u64,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid broker.
        let broker = unsafe { exclusive(broker) }?;
        broker.broker.handle_closed(ConnectionId::from_u64(connection), Time::from_ms(now_ms));
        Ok(())
    })
}

/// A deadline has passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_handle_timeout(broker: *mut pmq_broker_core, now_ms: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid broker.
        unsafe { exclusive(broker) }?.broker.handle_timeout(Time::from_ms(now_ms));
        Ok(())
    })
}

/// The next thing to do or to know. `PMQ_RESULT_NONE` when all is done: call it until then after every other call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_poll_output(
    broker: *mut pmq_broker_core,
    output: *mut pmq_broker_output,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, out) = unsafe { (exclusive(broker)?, Out::new(output)?) };
        broker.held = None;
        // Store and Forward do not come: there is one shard, and the option store is off.
        let next = core::iter::from_fn(|| broker.broker.poll_output())
            .find(|output| !matches!(output, Output::Store(_) | Output::Forward { .. }));
        let next = next.ok_or(Failure::from(pmq_result::None))?;
        out.set(view(broker.held.insert(Box::new(next))));
        Ok(())
    })
}

/// The output that was polled last in its canonical text form, like `pmq_packet_text`. `PMQ_RESULT_NONE`: there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_output_text(
    broker: *const pmq_broker_core,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, mut out) = unsafe { (reference(broker)?, Buffer::new(buffer.cast::<u8>(), capacity, len)?) };
        let written = match &**broker.held.as_ref().ok_or(Failure::from(pmq_result::None))? {
            Output::Transmit(connection) => write!(out, "transmit {}", connection.as_u64()),
            Output::Close(connection) => write!(out, "close {}", connection.as_u64()),
            Output::Event(event) => write!(out, "event {event}"),
            Output::Store(_) | Output::Forward { .. } => Ok(()),
        };
        written.map_err(|_| Failure::from(pmq_result::Text))?;
        out.finish_text()
    })
}

/// When to call `pmq_broker_core_handle_timeout` at the latest. `PMQ_RESULT_NONE`: never, as things are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_next_timeout(broker: *const pmq_broker_core, at_ms: *mut u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, out) = unsafe { (reference(broker)?, Out::new(at_ms)?) };
        out.set(broker.broker.next_timeout().ok_or(Failure::from(pmq_result::None))?.as_ms());
        Ok(())
    })
}

/// The first of what waits to be written to a connection. `PMQ_RESULT_NONE`: nothing does. Valid until the next call that
/// changes the broker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_transmit_slice(
    broker: *const pmq_broker_core,
    connection: u64,
    bytes: *mut pmq_bytes,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, out) = unsafe { (reference(broker)?, Out::new(bytes)?) };
        let mut slices = broker.broker.transmit_slices(ConnectionId::from_u64(connection));
        out.set(pmq_bytes::new(slices.next().ok_or(Failure::from(pmq_result::None))?));
        Ok(())
    })
}

/// The transport took the first `len` bytes of what waits for this connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_transmitted(
    broker: *mut pmq_broker_core,
    connection: u64,
    len: usize,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid broker.
        let broker = unsafe { exclusive(broker) }?;
        broker.broker.transmitted(ConnectionId::from_u64(connection), len, Time::from_ms(now_ms));
        Ok(())
    })
}

/// Accepts a CONNECT that was asked about, as `user_name`, or if that is absent as the user name of the CONNECT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_accept_connect(
    broker: *mut pmq_broker_core,
    connection: u64,
    user_name: pmq_str,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, user_name) = unsafe { (exclusive(broker)?, user_name.get()?) };
        let grant = ConnectGrant { user_name: user_name.map(Into::into), ..ConnectGrant::default() };
        Ok(broker.broker.accept_connect(ConnectionId::from_u64(connection), &grant, Time::from_ms(now_ms))?)
    })
}

/// Refuses a CONNECT that was asked about, with a Reason Code of 0x80 or above; `reason_string` may be absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_reject_connect(
    broker: *mut pmq_broker_core,
    connection: u64,
    reason_code: u8,
    reason_string: pmq_str,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, reason_string) = unsafe { (exclusive(broker)?, reason_string.get()?) };
        let mut refusal = ConnectRefusal::from(self::reason_code(reason_code)?);
        refusal.reason_string = reason_string.map(Into::into);
        Ok(broker.broker.reject_connect(ConnectionId::from_u64(connection), &refusal, Time::from_ms(now_ms))?)
    })
}

/// A step of enhanced authentication: a `pmq_authentication_step` with its Authentication Data (may be absent), or with
/// the Reason Code of a failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_authenticate(
    broker: *mut pmq_broker_core,
    connection: u64,
    step: u8,
    data: pmq_bytes,
    reason_code: u8,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, data) = unsafe { (exclusive(broker)?, data.optional_get()?) };
        let authentication_data = data.map(Into::into);
        let step = match step {
            0 => AuthenticationStep::Continue { data: authentication_data },
            1 => AuthenticationStep::Success(ConnectGrant { authentication_data, ..ConnectGrant::default() }),
            2 => AuthenticationStep::Failure(ConnectRefusal::from(self::reason_code(reason_code)?)),
            _ => return Err(pmq_result::Value.into()),
        };
        Ok(broker.broker.authenticate(ConnectionId::from_u64(connection), step, Time::from_ms(now_ms))?)
    })
}

/// Publishes a message as the program itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_publish(
    broker: *mut pmq_broker_core,
    message: *const pmq_message,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (broker, message) = unsafe { (exclusive(broker)?, reference(message)?.get()?) };
        Ok(broker.broker.publish(&message, Time::from_ms(now_ms))?)
    })
}

/// Ends a connection with a Reason Code of 0x80 or above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_disconnect(
    broker: *mut pmq_broker_core,
    connection: u64,
    reason_code: u8,
    now_ms: u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid broker.
        let broker = unsafe { exclusive(broker) }?;
        let (connection, now) = (ConnectionId::from_u64(connection), Time::from_ms(now_ms));
        Ok(broker.broker.disconnect(connection, self::reason_code(reason_code)?, now)?)
    })
}

/// Says good-bye to all clients; new ones are refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_shutdown(broker: *mut pmq_broker_core, now_ms: u64) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid broker.
        unsafe { exclusive(broker) }?.broker.shutdown(Time::from_ms(now_ms));
        Ok(())
    })
}

/// A counter by its number from 0: its name (valid for ever) and value. `PMQ_RESULT_NONE`: there are no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_core_statistic(
    broker: *const pmq_broker_core,
    index: usize,
    name: *mut pmq_str,
    value: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, name_out, value_out) = unsafe { (reference(broker)?, Out::new(name)?, Out::new(value)?) };
        let found = broker.broker.statistics().iter().nth(index);
        let (name, value) = found.ok_or(Failure::from(pmq_result::None))?;
        name_out.set(pmq_str::new(name));
        value_out.set(value);
        Ok(())
    })
}

/// A view, valid as long as `output` stays where it is.
fn view(output: &Output) -> pmq_broker_output {
    let mut view = NOTHING;
    view.output_type = match output {
        Output::Transmit(connection) => {
            view.connection = connection.as_u64();
            pmq_broker_output_type::Transmit
        }
        Output::Close(connection) => {
            view.connection = connection.as_u64();
            pmq_broker_output_type::Close
        }
        Output::Event(event) => view_event(event, &mut view),
        Output::Store(_) | Output::Forward { .. } => return view,
    } as u8;
    view
}

fn view_event(event: &Event, view: &mut pmq_broker_output) -> pmq_broker_output_type {
    match event {
        Event::ConnectRequest(request) => {
            view.connection = request.connection.as_u64();
            view.protocol_version = request.protocol_version.as_u8();
            view.clean_start = request.clean_start;
            view.keep_alive_s = request.keep_alive_s;
            view.client_identifier = pmq_str::new(&request.client_identifier);
            view.user_name = pmq_str::optional(request.user_name.as_deref());
            view.password = pmq_bytes::optional(request.password.as_deref());
            view.authentication_method = pmq_str::optional(request.authentication_method.as_deref());
            view.authentication_data = pmq_bytes::optional(request.authentication_data.as_deref());
            pmq_broker_output_type::ConnectRequest
        }
        Event::Authentication(request) => {
            view.connection = request.connection.as_u64();
            view.re_authentication = request.re_authentication;
            view.client_identifier = pmq_str::new(&request.client_identifier);
            view.authentication_method = pmq_str::new(&request.authentication_method);
            view.authentication_data = pmq_bytes::optional(request.authentication_data.as_deref());
            pmq_broker_output_type::Authentication
        }
        Event::Connected(connected) => {
            view.connection = connected.connection.as_u64();
            view.protocol_version = connected.protocol_version.as_u8();
            view.session_present = connected.session_present;
            view.client_identifier = pmq_str::new(&connected.client_identifier);
            view.user_name = pmq_str::optional(connected.user_name.as_deref());
            pmq_broker_output_type::Connected
        }
        Event::Refused(refused) => {
            view.connection = refused.connection.as_u64();
            view.client_identifier = pmq_str::optional(refused.client_identifier.as_deref());
            view_cause(refused.cause, view);
            pmq_broker_output_type::Refused
        }
        Event::Disconnected(disconnected) => {
            view.connection = disconnected.connection.as_u64();
            view.client_identifier = pmq_str::new(&disconnected.client_identifier);
            view_cause(disconnected.cause, view);
            pmq_broker_output_type::Disconnected
        }
        Event::SessionEnded { client_identifier } => {
            view.client_identifier = pmq_str::new(client_identifier);
            pmq_broker_output_type::SessionEnded
        }
    }
}

fn view_cause(cause: DisconnectCause, view: &mut pmq_broker_output) {
    view.cause = match cause {
        DisconnectCause::Client(code) => {
            view.reason_code = code.as_u8();
            pmq_broker_cause::Client
        }
        DisconnectCause::TransportClosed => pmq_broker_cause::TransportClosed,
        DisconnectCause::Broker(fault) => {
            view.reason_code = fault.reason_code.as_u8();
            view.statement = pmq_str::optional(Some(fault.statement).filter(|statement| !statement.is_empty()));
            pmq_broker_cause::Broker
        }
    } as u8;
}

const NOTHING: pmq_broker_output = pmq_broker_output {
    output_type: 0,
    protocol_version: 0,
    cause: 0,
    reason_code: 0,
    clean_start: false,
    session_present: false,
    re_authentication: false,
    keep_alive_s: 0,
    connection: 0,
    client_identifier: pmq_str::ABSENT,
    user_name: pmq_str::ABSENT,
    password: pmq_bytes::ABSENT,
    authentication_method: pmq_str::ABSENT,
    authentication_data: pmq_bytes::ABSENT,
    statement: pmq_str::ABSENT,
};

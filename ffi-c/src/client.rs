//! The client that runs its own connection, on a thread of the library.

use crate::callback::Gate;
use crate::client_core::pmq_statistics;
use crate::error::{Failure, Outcome, pmq_result};
use crate::message::pmq_message;
use crate::net_error::{failure, owned_properties, text};
use crate::options::{disconnect_options, pmq_client_options, pmq_disconnect_options, sized};
use crate::output::{cause_of, pmq_disconnected};
use crate::packet::reason_code;
use crate::panic::{boundary, boundary_or};
use crate::policy::UserData;
use crate::property::{pmq_subscription, qos};
use crate::view::{Out, array, exclusive, pmq_bytes, pmq_str, reference};
use core::ffi::c_void;
use core::time::Duration;
use polymqtt::{
    Client, ClientOptions, Disconnected, Message, Publication, Published, RetainHandling, Subscribe, Subscription,
    SubscriptionOptions, TlsOptions, Token,
};
use std::sync::Arc;

/// An MQTT client that runs its own connection. All its functions may be called by any thread at any time, but for
/// `pmq_client_free`.
pub struct pmq_client {
    client: Client,
    gate: Arc<Gate>,
    client_identifier: std::sync::Mutex<String>,
}

/// The messages of one subscription. One thread at a time may receive from it.
pub struct pmq_subscriber {
    subscription: Subscription,
}

/// A message that came. Free it with `pmq_received_free`, unless it came to a callback.
pub struct pmq_received {
    message: Message,
}

/// A publication whose acknowledgement may be waited for.
pub struct pmq_token {
    token: Token<Published>,
}

/// Is called with each message of a subscription, on the client's thread for callbacks. `received` and the views in
/// `message` are valid during the call.
pub type pmq_message_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, message: *const pmq_message, received: *const pmq_received)>;

/// A client for the broker at `url`: `mqtt://host`, `mqtts://`, `ws://`, `wss://` or `unix:/path`. `options` may be NULL.
///
/// It does nothing yet: call `pmq_client_connect`. Free it with `pmq_client_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_new(
    url: pmq_str,
    options: *const pmq_client_options,
    client: *mut *mut pmq_client,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (url, out) = unsafe { (url.or_empty()?, Out::new(client)?) };
        let gate = Arc::new(Gate::default());
        let mut read = ClientOptions::new().add_broker(url);
        if !options.is_null() {
            // SAFETY: as above.
            read = unsafe { read_options(read, sized(options)?, &gate) }?;
        }
        let client = Client::new(read).map_err(|error| failure(&error))?;
        out.set(Box::into_raw(Box::new(pmq_client { client, gate, client_identifier: std::sync::Mutex::default() })));
        Ok(())
    })
}

/// Ends a client; NULL is fine. It disconnects in the background: call `pmq_client_disconnect` before, to be sure that
/// everything was sent.
///
/// When this returns, no callback runs and none will; called by a callback, that one is the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_free(client: *mut pmq_client) {
    if !client.is_null() {
        // SAFETY: it came from `pmq_client_new`, and the caller does not use it any more.
        let client = unsafe { Box::from_raw(client) };
        boundary_or((), || {
            client.gate.close();
            drop(client);
        });
    }
}

/// Connects, and waits for the server's answer at most `timeout_ms` (`PMQ_FOREVER`: as long as it takes).
///
/// `session_present` may be NULL. After `PMQ_RESULT_TIMEOUT` it goes on trying.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_connect(
    client: *const pmq_client,
    timeout_ms: u32,
    session_present: *mut bool,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::optional(session_present)) };
        let connected = wait(client.client.connect(), timeout_ms)?;
        if let Some(out) = out {
            out.set(connected.session_present);
        }
        Ok(())
    })
}

/// Ends the connection in good order and waits until it is closed. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_disconnect(
    client: *const pmq_client,
    options: *const pmq_disconnect_options,
    timeout_ms: u32,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, options) = unsafe { (reference(client)?, disconnect_options(options)?) };
        wait(client.client.disconnect_with(options), timeout_ms)
    })
}

/// Whether a server has accepted the connection and it lasts; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_is_connected(client: *const pmq_client) -> bool {
    // SAFETY: the caller gives NULL or a valid client.
    let client = unsafe { reference(client) };
    boundary_or(false, || client.is_ok_and(|client| client.client.is_connected()))
}

/// The Client Identifier in use: our own or the server's choice. Valid until the next call of this function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_client_identifier(
    client: *const pmq_client,
    identifier: *mut pmq_str,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::new(identifier)?) };
        let mut held = client.client_identifier.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *held = client.client.server().client_identifier;
        out.set(pmq_str::new(&held));
        Ok(())
    })
}

/// Publishes a message and waits at most `timeout_ms` until the server has acknowledged it (QoS 0: until it is sent).
///
/// 0 does not wait, and gives `PMQ_RESULT_OK` when the message is on its way. Without a connection it waits for the next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_publish(
    client: *const pmq_client,
    message: *const pmq_message,
    timeout_ms: u32,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, publication) = unsafe { (reference(client)?, publication(reference(message)?)?) };
        if timeout_ms == 0 {
            return client.client.publish_and_forget(publication).map_err(|error| failure(&error));
        }
        wait(client.client.publish_with(publication), timeout_ms).map(drop)
    })
}

/// Publishes a message without waiting; `pmq_token_wait` tells what became of it. Free the token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_publish_start(
    client: *const pmq_client,
    message: *const pmq_message,
    token: *mut *mut pmq_token,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, publication) = unsafe { (reference(client)?, publication(reference(message)?)?) };
        // SAFETY: as above.
        let out = unsafe { Out::new(token) }?;
        let token = client.client.publish_with(publication);
        out.set(Box::into_raw(Box::new(pmq_token { token })));
        Ok(())
    })
}

/// Waits for the acknowledgement. After `PMQ_RESULT_TIMEOUT` one may wait again; any other answer is given once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_token_wait(token: *mut pmq_token, timeout_ms: u32) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid token.
        let token = unsafe { exclusive(token) }?;
        let answer = token.token.wait_timeout(duration(timeout_ms));
        answer.map(drop).map_err(|error| failure(&error))
    })
}

/// Ends a token; NULL is fine. The publication goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_token_free(token: *mut pmq_token) {
    if !token.is_null() {
        // SAFETY: it came from `pmq_client_publish_start`, and the caller does not use it any more.
        let token = unsafe { Box::from_raw(token) };
        boundary_or((), || drop(token));
    }
}

/// Subscribes to `count` Topic Filters or patterns, and waits for the server's answer. The messages come to
/// `*subscriber`, which is to be freed.
///
/// `reason_codes` may be NULL; otherwise it takes one `pmq_reason_code` for each. `PMQ_RESULT_REFUSED`: none was granted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_subscribe(
    client: *const pmq_client,
    subscriptions: *const pmq_subscription,
    count: usize,
    timeout_ms: u32,
    reason_codes: *mut u8,
    subscriber: *mut *mut pmq_subscriber,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, list, out) = unsafe { (reference(client)?, array(subscriptions, count)?, Out::new(subscriber)?) };
        // SAFETY: as above.
        let request = unsafe { subscribe(list) }?;
        let subscription = wait(client.client.subscribe_to(request), timeout_ms)?;
        // SAFETY: `reason_codes` is NULL or has room for `count` of them.
        unsafe { write_codes(reason_codes, count, subscription.reason_codes()) }?;
        out.set(Box::into_raw(Box::new(pmq_subscriber { subscription })));
        Ok(())
    })
}

/// Subscribes like `pmq_client_subscribe`; each message is given to `callback` with `user_data`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_subscribe_callback(
    client: *const pmq_client,
    subscriptions: *const pmq_subscription,
    count: usize,
    callback: pmq_message_callback,
    user_data: *mut c_void,
    timeout_ms: u32,
    reason_codes: *mut u8,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, list) = unsafe { (reference(client)?, array(subscriptions, count)?) };
        let callback = callback.ok_or(Failure::from(pmq_result::NullPointer))?;
        // SAFETY: as above.
        let request = unsafe { subscribe(list) }?;
        let (gate, user_data) = (Arc::clone(&client.gate), UserData(user_data));
        let token = client.client.subscribe_to_with(request, move |_, message| {
            let user_data = &user_data;
            gate.enter(|| {
                let received = pmq_received { message };
                let view = pmq_message::new(received.message.as_core());
                // SAFETY: the application promises that its callback may be called with this, on this thread.
                unsafe { callback(user_data.0, &raw const view, &raw const received) };
            });
        });
        let granted = wait(token, timeout_ms)?;
        // SAFETY: `reason_codes` is NULL or has room for `count` of them.
        unsafe { write_codes(reason_codes, count, &granted) }
    })
}

/// Unsubscribes from `count` Topic Filters or patterns, and waits for the server's answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_unsubscribe(
    client: *const pmq_client,
    filters: *const pmq_str,
    count: usize,
    timeout_ms: u32,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, list) = unsafe { (reference(client)?, array(filters, count)?) };
        // SAFETY: as above.
        let list = list.iter().map(|each| unsafe { each.or_empty() }).collect::<Outcome<Vec<&str>>>()?;
        wait(client.client.unsubscribe_multiple(&list), timeout_ms).map(drop)
    })
}

/// Waits at most `timeout_ms` (0: not at all) for the next message, which is to be freed with `pmq_received_free`.
///
/// `PMQ_RESULT_TIMEOUT`: none came. `PMQ_RESULT_CLOSED`: none will come any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_subscriber_receive(
    subscriber: *const pmq_subscriber,
    timeout_ms: u32,
    received: *mut *mut pmq_received,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (subscriber, out) = unsafe { (reference(subscriber)?, Out::new(received)?) };
        let message = match timeout_ms {
            FOREVER => subscriber.subscription.recv().ok_or(Failure::from(pmq_result::Closed))?,
            _ => subscriber.subscription.recv_timeout(duration(timeout_ms)).map_err(|error| failure(&error))?,
        };
        out.set(Box::into_raw(Box::new(pmq_received { message })));
        Ok(())
    })
}

/// Ends taking messages; NULL is fine. It does not unsubscribe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_subscriber_free(subscriber: *mut pmq_subscriber) {
    if !subscriber.is_null() {
        // SAFETY: it came from `pmq_client_subscribe`, and the caller does not use it any more.
        let subscriber = unsafe { Box::from_raw(subscriber) };
        boundary_or((), || drop(subscriber));
    }
}

/// What a message says. The views are valid as long as `received`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_received_view(received: *const pmq_received, message: *mut pmq_message) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (received, out) = unsafe { (reference(received)?, Out::new(message)?) };
        out.set(pmq_message::new(received.message.as_core()));
        Ok(())
    })
}

/// What a name of the pattern that was subscribed to stands for. `PMQ_RESULT_NONE`: there is no such name. Valid as long as
/// `received`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_received_capture(
    received: *const pmq_received,
    name: pmq_str,
    value: *mut pmq_str,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (received, name, out) = unsafe { (reference(received)?, name.or_empty()?, Out::new(value)?) };
        out.set(pmq_str::new(received.message.capture(name).ok_or(Failure::from(pmq_result::None))?));
        Ok(())
    })
}

/// Acknowledges a message, with 0 or, in 5.0, with an error: only with the option `manual_acknowledgement`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_received_acknowledge(received: *const pmq_received, reason_code: u8) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid message.
        let received = unsafe { reference(received) }?;
        received.message.acknowledge_with(self::reason_code(reason_code)?).map_err(|error| failure(&error))
    })
}

/// Ends a message; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_received_free(received: *mut pmq_received) {
    if !received.is_null() {
        // SAFETY: it came from `pmq_subscriber_receive` or `pmq_client_request`, and the caller does not use it any more.
        let received = unsafe { Box::from_raw(received) };
        boundary_or((), || drop(received));
    }
}

/// Publishes a request and waits for the response (5.0), which is to be freed with `pmq_received_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_request(
    client: *const pmq_client,
    message: *const pmq_message,
    timeout_ms: u32,
    response: *mut *mut pmq_received,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (client, publication) = unsafe { (reference(client)?, publication(reference(message)?)?) };
        // SAFETY: as above.
        let out = unsafe { Out::new(response) }?;
        let message = wait(client.client.request(publication), timeout_ms)?;
        out.set(Box::into_raw(Box::new(pmq_received { message })));
        Ok(())
    })
}

/// Publishes the response to a request that came, to its Response Topic. Waits like `pmq_client_publish`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_respond(
    client: *const pmq_client,
    request: *const pmq_received,
    payload: pmq_bytes,
    timeout_ms: u32,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, request, payload) = unsafe { (reference(client)?, reference(request)?, payload.get()?) };
        let token = client.client.respond(&request.message, payload.to_vec());
        if timeout_ms == 0 && !token.is_settled() { Ok(()) } else { wait(token, timeout_ms).map(drop) }
    })
}

/// Counters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_client_statistics(
    client: *const pmq_client,
    statistics: *mut pmq_statistics,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (client, out) = unsafe { (reference(client)?, Out::new(statistics)?) };
        out.set(pmq_statistics::new(client.client.statistics().core));
        Ok(())
    })
}

/// # Safety
/// Every view in `options` is valid, and its callbacks may be called by another thread.
unsafe fn read_options(read: ClientOptions, options: &pmq_client_options, gate: &Arc<Gate>) -> Outcome<ClientOptions> {
    // SAFETY: what the caller of this function promises.
    let core = unsafe { options.core() }?;
    if core.authentication.is_some() {
        let message = "enhanced authentication needs pmq_client_core, which asks for each of its steps";
        return Err(Failure::said(pmq_result::Option, &message));
    }
    // SAFETY: as above.
    let (ca, certificate, key) =
        unsafe { (options.tls_ca_file.get()?, options.tls_certificate_file.get()?, options.tls_key_file.get()?) };
    // SAFETY: as above.
    let server_name = unsafe { options.tls_server_name.get() }?;
    let mut tls = TlsOptions::new().set_dangerous_insecure(options.tls_insecure);
    if let Some(file) = ca {
        tls = tls.set_ca(std::path::Path::new(file));
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            tls = tls.set_client_certificate(std::path::Path::new(certificate), std::path::Path::new(key));
        }
        (None, None) => {}
        _ => return Err(Failure::said(pmq_result::Tls, &"tls_certificate_file and tls_key_file belong together")),
    }
    if let Some(name) = server_name {
        tls = tls.set_server_name(name);
    }
    let mut read = read
        .set_connect_timeout(duration(options.connect_timeout_ms))
        .set_auto_reconnect(options.reconnect)
        .set_connect_retry(options.connect_retry)
        .set_reconnect_policy(core.reconnect)
        .set_manual_acknowledgement(options.manual_acknowledgement)
        .set_tls(tls)
        .set_core(core);
    let user_data = options.user_data;
    if let Some(callback) = options.on_connected {
        let (gate, user_data) = (Arc::clone(gate), UserData(user_data));
        read = read.set_on_connect_handler(move |_, connected| {
            let user_data = &user_data;
            // SAFETY: the application promises that its callback may be called with this, on this thread.
            gate.enter(|| unsafe { callback(user_data.0, connected.session_present) });
        });
    }
    if let Some(callback) = options.on_disconnected {
        let (gate, user_data) = (Arc::clone(gate), UserData(user_data));
        read = read.set_connection_lost_handler(move |_, disconnected| {
            let user_data = &user_data;
            let view = disconnected_view(disconnected);
            // SAFETY: the application promises that its callback may be called with this, on this thread.
            gate.enter(|| unsafe { callback(user_data.0, &raw const view) });
        });
    }
    Ok(read)
}

fn disconnected_view(disconnected: &Disconnected) -> pmq_disconnected {
    let refusal = &disconnected.refusal;
    pmq_disconnected {
        cause: cause_of(disconnected.cause) as u8,
        reason_code: refusal.reason_code.as_u8(),
        will_reconnect: disconnected.reconnect_in.is_some(),
        reconnect_ms: disconnected.reconnect_in.map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
        statement: pmq_str::optional(refusal.statement),
        reason_string: pmq_str::optional(refusal.reason_string.as_deref()),
        server_reference: pmq_str::optional(refusal.server_reference.as_deref()),
    }
}

/// # Safety
/// The views of `message` are valid.
unsafe fn publication(message: &pmq_message) -> Outcome<Publication> {
    // SAFETY: what the caller of this function promises.
    let (topic, payload) = unsafe { (message.topic.or_empty()?, message.payload.get()?) };
    // SAFETY: as above.
    let properties = unsafe { owned_properties(message.properties) }?;
    let publication =
        Publication::new(topic, payload.to_vec()).with_qos(qos(message.qos)?).with_retained(message.retain);
    Ok(properties.as_properties().iter().fold(publication, Publication::with_property))
}

/// # Safety
/// The views of `list` are valid.
unsafe fn subscribe(list: &[pmq_subscription]) -> Outcome<Subscribe> {
    let mut request = Subscribe::multiple(core::iter::empty::<(String, polymqtt::QoS)>());
    for each in list {
        let options = SubscriptionOptions {
            qos: qos(each.qos)?,
            no_local: each.no_local,
            retain_as_published: each.retain_as_published,
            retain_handling: RetainHandling::from_u8(each.retain_handling).ok_or(Failure::from(pmq_result::Value))?,
        };
        // SAFETY: what the caller of this function promises.
        request = request.and(unsafe { text(each.filter) }?, options);
    }
    Ok(request)
}

/// # Safety
/// `out` is NULL or has room for `count` codes.
unsafe fn write_codes(out: *mut u8, count: usize, codes: &[polymqtt::ReasonCode]) -> Outcome {
    if !out.is_null() {
        let mut written = 0;
        // SAFETY: what the caller of this function promises.
        let mut buffer = unsafe { crate::view::Buffer::new(out, count, &raw mut written) }?;
        codes.iter().take(count).for_each(|code| buffer.push(code.as_u8()));
        buffer.finish()?;
    }
    Ok(())
}

fn wait<T>(mut token: Token<T>, timeout_ms: u32) -> Outcome<T> {
    let answer = if timeout_ms == FOREVER { token.wait() } else { token.wait_timeout(duration(timeout_ms)) };
    answer.map_err(|error| failure(&error))
}

fn duration(timeout_ms: u32) -> Duration {
    if timeout_ms == FOREVER { Duration::MAX } else { Duration::from_millis(timeout_ms.into()) }
}

/// `PMQ_FOREVER` in the header.
const FOREVER: u32 = u32::MAX;

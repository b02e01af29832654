//! The broker that runs inside the program, on a port.

use crate::error::{Failure, Outcome, pmq_result};
use crate::message::pmq_message;
use crate::options::{StartsWithSize, sized};
use crate::packet::reason_code;
use crate::panic::{boundary, boundary_or};
use crate::policy::{UserData, pmq_action, pmq_action_type, pmq_authorize_callback};
use crate::view::{Out, array, pmq_bytes, pmq_str, reference};
use core::ffi::c_void;
use polymqtt_broker::config::{Layers, Listener};
use polymqtt_broker::{Action, Broker, BrokerBuilder, Login, LoginAttempt};
use polymqtt_core::broker::ClientInfo;

/// A running broker, with threads of its own. Its functions may be called by any thread at any time, but for
/// `pmq_broker_stop`.
pub struct pmq_broker {
    broker: Option<Broker>,
    urls: Vec<String>,
}

/// A client that wants to connect to a broker of ours.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_login {
    /// Empty where one will be assigned.
    pub client_identifier: pmq_str,
    /// Absent: none.
    pub user_name: pmq_str,
    /// Absent: none.
    pub password: pmq_bytes,
    /// Such as `192.0.2.7:50112`.
    pub peer: pmq_str,
}

/// What a broker can be told. All zero but `struct_size`: it listens on a free port of 127.0.0.1, everybody is welcome.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_broker_options {
    /// `sizeof(pmq_broker_options)`.
    pub struct_size: usize,
    /// Where to listen, such as `tcp://127.0.0.1:1883`, `ws://127.0.0.1:0`; port 0: a free one.
    pub listen: *const pmq_str,
    /// How many.
    pub listen_count: usize,
    /// Everything else, as in a configuration file of the program `polymqtt`. Absent: the defaults.
    pub config_toml: pmq_str,
    /// Decides who may connect, on a thread of the broker's: 0, or a `pmq_reason_code` that refuses. NULL: everybody.
    pub authenticate: Option<unsafe extern "C" fn(user_data: *mut c_void, login: *const pmq_login) -> u8>,
    /// Decides what a client may do, on the broker's threads; must answer at once. NULL: everything.
    pub authorize: pmq_authorize_callback,
    /// Ask `authorize` about each message that is about to be delivered, too.
    pub authorize_deliveries: bool,
    /// What these two are called with. Both may be called by several threads at the same time.
    pub user_data: *mut c_void,
}

// SAFETY: `repr(C)`, and the size comes first.
unsafe impl StartsWithSize for pmq_broker_options {}

/// Starts a broker; when this returns, clients can connect. `options` may be NULL. End it with `pmq_broker_stop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_start(
    options: *const pmq_broker_options,
    broker: *mut *mut pmq_broker,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or room for a pointer.
        let out = unsafe { Out::new(broker) }?;
        let mut builder = Broker::builder();
        let mut is_listening = false;
        if !options.is_null() {
            // SAFETY: the caller gives valid options with valid views.
            (builder, is_listening) = unsafe { read_options(builder, sized(options)?) }?;
        }
        if !is_listening {
            builder = builder.listen(Listener::tcp(([127, 0, 0, 1], 0).into()));
        }
        let broker = builder.start().map_err(|error| Failure::said(pmq_result::System, &error))?;
        let urls = broker.addresses().iter().map(polymqtt_broker::Address::url).collect();
        out.set(Box::into_raw(Box::new(pmq_broker { broker: Some(broker), urls })));
        Ok(())
    })
}

/// Says good-bye to the clients, waits for the broker's threads, and frees it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_stop(broker: *mut pmq_broker) {
    if !broker.is_null() {
        // SAFETY: it came from `pmq_broker_start`, and the caller does not use it any more.
        let mut broker = unsafe { Box::from_raw(broker) };
        boundary_or((), || {
            if let Some(running) = broker.broker.take() {
                running.shutdown();
            }
        });
    }
}

/// The URL of a listener, in the order of the options: what `pmq_client_new` takes. `PMQ_RESULT_NONE`: there are no more.
/// Valid as long as the broker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_url(broker: *const pmq_broker, index: usize, url: *mut pmq_str) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, out) = unsafe { (reference(broker)?, Out::new(url)?) };
        out.set(pmq_str::new(broker.urls.get(index).ok_or(Failure::from(pmq_result::None))?));
        Ok(())
    })
}

/// Publishes a message as the program itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_publish(broker: *const pmq_broker, message: *const pmq_message) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (broker, message) = unsafe { (reference(broker)?, reference(message)?.get()?) };
        broker.running()?.publish(message);
        Ok(())
    })
}

/// Ends the connection of a client, if it has one, with a Reason Code of 0x80 or above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_disconnect(
    broker: *const pmq_broker,
    client_identifier: pmq_str,
    reason_code: u8,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers with valid views.
        let (broker, client_identifier) = unsafe { (reference(broker)?, client_identifier.or_empty()?) };
        broker.running()?.disconnect(client_identifier, self::reason_code(reason_code)?);
        Ok(())
    })
}

/// A counter of the broker by its number from 0: its name (valid for ever) and value. `PMQ_RESULT_NONE`: there are no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_broker_statistic(
    broker: *const pmq_broker,
    index: usize,
    name: *mut pmq_str,
    value: *mut u64,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers.
        let (broker, name_out, value_out) = unsafe { (reference(broker)?, Out::new(name)?, Out::new(value)?) };
        let (name, value) = broker.running()?.statistics().iter().nth(index).ok_or(Failure::from(pmq_result::None))?;
        name_out.set(pmq_str::new(name));
        value_out.set(value);
        Ok(())
    })
}

impl pmq_broker {
    fn running(&self) -> Outcome<&Broker> {
        self.broker.as_ref().ok_or(Failure::from(pmq_result::Closed))
    }
}

/// # Safety
/// Every view is valid, and the callbacks may be called by other threads.
unsafe fn read_options(mut builder: BrokerBuilder, options: &pmq_broker_options) -> Outcome<(BrokerBuilder, bool)> {
    // SAFETY: what the caller of this function promises.
    let (listen, toml) = unsafe { (array(options.listen, options.listen_count)?, options.config_toml.get()?) };
    let mut is_listening = !listen.is_empty();
    if let Some(toml) = toml {
        let mut layers = Layers::new();
        let wrong = |error| Failure::said(pmq_result::Option, &error);
        layers.add_toml(toml, std::path::Path::new("config_toml")).map_err(wrong)?;
        let mut config = layers.resolve().map_err(wrong)?;
        // The defaults of the program are not those of an embedded broker.
        let names_listeners = toml.lines().any(|line| line.trim_start().starts_with("listen"));
        if !names_listeners {
            config.listen.clear();
        }
        is_listening |= names_listeners;
        builder = builder.config(config);
    }
    for each in listen {
        // SAFETY: what the caller of this function promises.
        let text = unsafe { each.or_empty() }?;
        let listener = text.parse::<Listener>().map_err(|error| Failure::said(pmq_result::Url, &error))?;
        builder = builder.listen(listener);
    }
    if let Some(callback) = options.authenticate {
        let user_data = UserData(options.user_data);
        builder = builder.authenticate(move |attempt| {
            let user_data = &user_data;
            let login = pmq_login::new(attempt);
            // SAFETY: the application promises that its callback may be called with this, on this thread.
            match unsafe { callback(user_data.0, &raw const login) } {
                0 => Login::Accept,
                code => {
                    Login::Refuse(polymqtt::ReasonCode::from_u8(code).unwrap_or(polymqtt::ReasonCode::NotAuthorized))
                }
            }
        });
    }
    if let Some(callback) = options.authorize {
        let user_data = UserData(options.user_data);
        if options.authorize_deliveries {
            builder = builder.authorize_deliveries();
        }
        builder = builder.authorize(move |client, action| {
            let user_data = &user_data;
            let action = view(client, action);
            // SAFETY: the application promises that its callback may be called with this, on this thread.
            unsafe { callback(user_data.0, &raw const action) }
        });
    }
    Ok((builder, is_listening))
}

impl pmq_login {
    fn new(attempt: &LoginAttempt) -> Self {
        Self {
            client_identifier: pmq_str::new(&attempt.client_identifier),
            user_name: pmq_str::optional(attempt.user_name.as_deref()),
            password: pmq_bytes::optional(attempt.password.as_deref()),
            peer: pmq_str::new(&attempt.peer),
        }
    }
}

fn view(client: &ClientInfo<'_>, action: Action<'_>) -> pmq_action {
    let (action_type, topic, qos, retain) = match action {
        Action::Publish { topic, qos, retain } | Action::Will { topic, qos, retain } => {
            (pmq_action_type::Publish, topic, qos.as_u8(), retain)
        }
        Action::Subscribe { filter, qos } => (pmq_action_type::Subscribe, filter, qos.as_u8(), false),
        Action::Receive { topic } => (pmq_action_type::Deliver, topic, 0, false),
    };
    pmq_action::new(client, action_type, topic, qos, retain)
}

//! Result codes, and what they mean in words.

use core::ffi::{CStr, c_char};
use core::fmt;
use polymqtt_core::broker;
use polymqtt_core::client::UsageError;
use polymqtt_core::codec::EncodeError;
use polymqtt_core::codec::text::TextError;

/// How a call went. The numbers are fixed: none is ever used for something else.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pmq_result {
    /// It went well.
    Ok = 0,
    /// There is nothing: no whole packet yet, no output, no message, no deadline, no match.
    None = 1,

    /// A pointer that must not be NULL is.
    NullPointer = 10,
    /// `struct_size` is not that of a structure of this library: was it initialized?
    StructSize = 11,
    /// A string is not UTF-8.
    NotUtf8 = 12,
    /// The result does not fit; the size that it needs is told.
    BufferTooSmall = 13,
    /// A number or flag is out of its range.
    Value = 14,
    /// An option has a value that cannot be.
    Option = 15,
    /// This is not a Topic Name.
    TopicName = 16,
    /// This is not a Topic Filter.
    TopicFilter = 17,
    /// A pattern has the same name twice.
    DuplicateCapture = 18,
    /// The properties are malformed, or do not belong in this packet.
    Properties = 19,
    /// The packet cannot be encoded.
    Encode = 20,
    /// This is not the text form of a packet.
    Text = 21,
    /// The URL cannot be used.
    Url = 22,
    /// The TLS options cannot be used.
    Tls = 23,

    /// There is a connection or an attempt already.
    AlreadyConnected = 30,
    /// The command needs a connection.
    NotConnected = 31,
    /// The command needs MQTT 5.0.
    NeedsVersion5 = 32,
    /// The queue is full.
    QueueFull = 33,
    /// The server has said that it does not do this.
    NotSupported = 34,
    /// The packet is larger than the server takes.
    PacketTooLarge = 35,
    /// There is no such connection, message or handler (any more).
    Unknown = 36,
    /// No authentication is going on.
    NoAuthentication = 37,
    /// A stored record cannot be restored now.
    Restore = 38,
    /// A limit is reached.
    Limit = 39,

    /// The bytes break the standard.
    Malformed = 40,

    /// The server refused the connection.
    ConnectionRefused = 50,
    /// The server refused the command.
    Refused = 51,
    /// The connection ended before there was an answer.
    ConnectionLost = 52,

    /// The message expired before it could be sent, or the response did not come in time.
    Expired = 60,
    /// The message had to leave a full queue.
    Dropped = 61,
    /// The server lost the Session: it may have been delivered or not.
    SessionLost = 62,
    /// The command was cancelled.
    Cancelled = 63,
    /// The client is disconnected.
    Disconnected = 64,
    /// The time given to wait is over; the command goes on.
    Timeout = 65,
    /// The client is closed.
    Closed = 66,

    /// No connection to the server.
    Transport = 70,
    /// The operating system refuses: a thread, a port, a file.
    System = 71,

    /// The library has a bug: it panicked. Free the handle, and report it.
    Panic = 90,
}

impl pmq_result {
    const fn describe(number: i32) -> &'static CStr {
        match number {
            0 => c"success",
            1 => c"there is nothing (yet)",
            10 => c"a pointer that must not be NULL is NULL",
            11 => c"the structure does not begin with its size, or the program was built for a newer library",
            12 => c"a string is not well-formed UTF-8",
            13 => c"the buffer is too small for the result",
            14 => c"a value is out of its range",
            15 => c"an option has a value that cannot be",
            16 => c"this is not a valid topic name",
            17 => c"this is not a valid topic filter",
            18 => c"a topic pattern has the same name twice",
            19 => c"the properties are malformed or do not belong here",
            20 => c"the packet cannot be encoded",
            21 => c"this is not the text form of a packet",
            22 => c"the URL cannot be used",
            23 => c"the TLS options cannot be used",
            30 => c"the client is connected or connecting already",
            31 => c"there is no connection",
            32 => c"this needs MQTT 5.0",
            33 => c"the queue is full",
            34 => c"the server does not support this",
            35 => c"the packet is larger than the server takes",
            36 => c"there is no such thing (any more)",
            37 => c"no authentication is going on",
            38 => c"the record contradicts another one, or comes too late",
            39 => c"a limit is reached",
            40 => c"the bytes break the standard",
            50 => c"the server refused the connection",
            51 => c"the server refused",
            52 => c"the connection ended before there was an answer",
            60 => c"expired",
            61 => c"the message had to leave a full queue",
            62 => c"the server has lost the session",
            63 => c"cancelled",
            64 => c"the client is disconnected",
            65 => c"the time given to wait is over",
            66 => c"the client is closed",
            70 => c"no connection to the server",
            71 => c"the operating system refuses",
            90 => c"polymqtt has a bug: it panicked",
            _ => c"this is not a result of polymqtt",
        }
    }
}

/// What `result` means, in English. Never NULL, valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_strerror(result: i32) -> *const c_char {
    pmq_result::describe(result).as_ptr()
}

/// More about the last call of this thread that failed: what was wrong, where, and what to do. Never NULL; valid until
/// this thread's next call that fails. In a library built without std it is the same as `pmq_strerror`.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_last_error() -> *const c_char {
    last::message()
}

/// The `pmq_reason_code` that belongs to the last call of this thread that failed: what the server said, or what says the
/// same as the result; 0: none.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_last_reason_code() -> u8 {
    last::reason_code()
}

/// The version of this library, such as `0.1.0`. Valid for ever.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Why a call fails, before it leaves the library.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) result: pmq_result,
    #[cfg(feature = "std")]
    reason_code: u8,
    #[cfg(feature = "std")]
    message: Option<alloc::string::String>,
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with a message for people.
    #[cfg_attr(not(feature = "std"), expect(unused_variables, reason = "without std nothing is formatted"))]
    pub(crate) fn said(result: pmq_result, message: &dyn fmt::Display) -> Self {
        Self {
            result,
            #[cfg(feature = "std")]
            reason_code: 0,
            #[cfg(feature = "std")]
            message: Some(alloc::string::ToString::to_string(message)),
        }
    }

    /// The same with the Reason Code that belongs to it.
    #[cfg_attr(not(feature = "std"), expect(unused_variables, unused_mut, reason = "without std it is not kept"))]
    pub(crate) fn with_reason_code(mut self, reason_code: Option<polymqtt_core::ReasonCode>) -> Self {
        #[cfg(feature = "std")]
        {
            self.reason_code = reason_code.map_or(0, polymqtt_core::ReasonCode::as_u8);
        }
        self
    }

    /// Keeps it for [`pmq_last_error`].
    pub(crate) fn record(self) -> pmq_result {
        last::record(&self);
        self.result
    }
}

impl From<pmq_result> for Failure {
    fn from(result: pmq_result) -> Self {
        Self {
            result,
            #[cfg(feature = "std")]
            reason_code: 0,
            #[cfg(feature = "std")]
            message: None,
        }
    }
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Self {
        Self::said(pmq_result::Encode, &error)
    }
}

impl From<TextError> for Failure {
    fn from(error: TextError) -> Self {
        Self::said(pmq_result::Text, &error)
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self::said(usage_result(error), &error).with_reason_code(Some(error.reason_code()))
    }
}

impl From<broker::UsageError> for Failure {
    fn from(error: broker::UsageError) -> Self {
        let result = match error {
            broker::UsageError::OptionOutOfRange { .. } | broker::UsageError::PlacementInvalid => pmq_result::Option,
            broker::UsageError::ConnectionUnknown
            | broker::UsageError::ClientUnknown
            | broker::UsageError::NotAwaited => pmq_result::Unknown,
            broker::UsageError::ReasonCodeInvalid => pmq_result::Value,
            broker::UsageError::RestoreTooLate | broker::UsageError::RecordInvalid => pmq_result::Restore,
            broker::UsageError::MessageInvalid => pmq_result::TopicName,
        };
        Self::said(result, &error)
    }
}

pub(crate) fn usage_result(error: UsageError) -> pmq_result {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enumeration may grow")]
    match error {
        UsageError::Encode(_) => pmq_result::Encode,
        UsageError::AlreadyConnected => pmq_result::AlreadyConnected,
        UsageError::NotConnected => pmq_result::NotConnected,
        UsageError::NeedsVersion5 => pmq_result::NeedsVersion5,
        UsageError::QueueFull => pmq_result::QueueFull,
        UsageError::RetainNotSupported
        | UsageError::QoSNotSupported(_)
        | UsageError::WildcardSubscriptionsNotSupported
        | UsageError::SharedSubscriptionsNotSupported
        | UsageError::SubscriptionIdentifiersNotSupported => pmq_result::NotSupported,
        UsageError::PacketTooLarge { .. } => pmq_result::PacketTooLarge,
        UsageError::SubscriptionIdentifierInPublish | UsageError::SessionExpiryWasZero => pmq_result::Properties,
        UsageError::AcknowledgementUnknown => pmq_result::Unknown,
        UsageError::NoAuthentication => pmq_result::NoAuthentication,
        UsageError::TooManyHandlers => pmq_result::Limit,
        UsageError::Restore => pmq_result::Restore,
        _ => pmq_result::Option,
    }
}

#[cfg(feature = "std")]
mod last {
    use super::{Failure, pmq_result};
    use alloc::ffi::CString;
    use core::cell::{Cell, RefCell};
    use core::ffi::c_char;

    std::thread_local! {
        static MESSAGE: RefCell<CString> = RefCell::default();
        static REASON_CODE: Cell<u8> = const { Cell::new(0) };
    }

    pub(super) fn record(failure: &Failure) {
        let text = match &failure.message {
            Some(text) => CString::new(text.replace('\0', " ")).unwrap_or_default(),
            None => pmq_result::describe(failure.result as i32).to_owned(),
        };
        REASON_CODE.set(failure.reason_code);
        // A thread that is ending has no place for it any more.
        let _ = MESSAGE.try_with(|message| message.replace(text));
    }

    pub(super) fn reason_code() -> u8 {
        REASON_CODE.get()
    }

    pub(super) fn message() -> *const c_char {
        MESSAGE.try_with(|message| message.borrow().as_ptr()).unwrap_or(c"".as_ptr())
    }
}

#[cfg(not(feature = "std"))]
mod last {
    use super::{Failure, pmq_result};
    use core::ffi::c_char;
    use core::sync::atomic::{AtomicI32, Ordering};

    static RESULT: AtomicI32 = AtomicI32::new(0);

    pub(super) fn record(failure: &Failure) {
        RESULT.store(failure.result as i32, Ordering::Relaxed);
    }

    pub(super) const fn reason_code() -> u8 {
        0
    }

    pub(super) fn message() -> *const c_char {
        pmq_result::describe(RESULT.load(Ordering::Relaxed)).as_ptr()
    }
}

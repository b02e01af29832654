//! What the sans-IO client wants done, as a type and a union of borrowed views.

use crate::message::pmq_message;
use crate::property::pmq_properties;
use crate::view::{pmq_bytes, pmq_str};
use alloc::vec::Vec;
use polymqtt_core::ReasonCode;
use polymqtt_core::Time;
use polymqtt_core::client::{
    AcknowledgementHandle, Cause, Disconnected, Event, HandlerId, Outcome, Output, StoreRecord,
};

/// What a `pmq_client_core` wants done, or tells.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_client_output_type {
    /// Open a transport to the server; then `pmq_client_core_handle_connected` or `_handle_connect_failed`.
    Connect = 1,
    /// There are bytes to write: `pmq_client_core_transmit_slice`. It is best done after the last output.
    Transmit = 2,
    /// Write what there is to write, and close the transport.
    Close = 3,
    /// Make something durable, then `pmq_client_core_completed`: `body.store`.
    Store = 4,
    /// The server has accepted the connection: `body.connected`.
    Connected = 5,
    /// A connection or an attempt is over: `body.disconnected`.
    Disconnected = 6,
    /// A message came: `body.message`.
    Message = 7,
    /// A command has come to its end: `body.settled`.
    Settled = 8,
    /// The server sent AUTH: `body.authentication`.
    Authentication = 9,
    /// The server did not grant this filter again: `body.subscription_lost`.
    SubscriptionLost = 10,
    /// The client rests until `pmq_client_core_connect`.
    Closed = 11,
}

/// Who or what ended a connection.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_cause {
    /// The application called for it.
    Requested = 0,
    /// The server refused it with a CONNACK.
    Refused = 1,
    /// The server sent DISCONNECT.
    ServerDisconnected = 2,
    /// The server broke the protocol; `statement` says which rule.
    Violation = 3,
    /// The transport closed.
    TransportClosed = 4,
    /// The transport could not be opened.
    TransportFailed = 5,
    /// No transport and CONNACK in time.
    ConnectTimeout = 6,
    /// No PINGRESP in time.
    PingTimeout = 7,
    /// No acknowledgement in time.
    AcknowledgementTimeout = 8,
}

/// How a command ended.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_outcome {
    /// The server has acknowledged it; QoS 0: the transport has it. `reason_code`, `properties`.
    Published = 0,
    /// `reason_codes`: one for each Topic Filter, `properties`.
    Subscribed = 1,
    /// `reason_codes`: one for each Topic Filter, none before 5.0, `properties`.
    Unsubscribed = 2,
    /// The response to a request: `response`.
    Response = 3,
    /// The server refused it: `reason_code`, `reason_string`.
    Refused = 4,
    /// It had to leave a full queue.
    Dropped = 5,
    /// It expired, or the response did not come in time.
    Expired = 6,
    /// The server lost the Session: it may have been delivered or not.
    SessionLost = 7,
    /// `pmq_client_core_cancel`.
    Cancelled = 8,
    /// The connection ended for good.
    Disconnected = 9,
}

/// What happened to a message on its way, for the log of a client with the option `store`.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_store_record_type {
    /// A message was published: `record`, `message`.
    Publication = 1,
    /// It got a Packet Identifier: `record`, `packet_identifier`.
    Sent = 2,
    /// Its PUBREC came: `record`.
    Released = 3,
    /// It is finished: `record`.
    Finished = 4,
    /// A QoS 2 message was received: `packet_identifier`.
    Received = 5,
    /// Its PUBREL came: `packet_identifier`.
    Completed = 6,
    /// The server has no Session: nothing is in flight any more.
    SessionLost = 7,
}

/// A record of the client's log, to be given back with `pmq_client_core_restore`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_store_record {
    /// A `pmq_store_record_type`.
    pub record_type: u8,
    /// Of the message that came.
    pub packet_identifier: u16,
    /// Names a publication.
    pub record: u64,
    /// The message of a publication.
    pub message: pmq_message,
}

/// Something to make durable.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_store_operation {
    /// For `pmq_client_core_completed`.
    pub sequence: u64,
    /// What to append to the log.
    pub record: pmq_store_record,
}

/// The server has accepted the connection.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_connected {
    /// Whether it continues a Session.
    pub session_present: bool,
    /// The CONNACK properties (5.0).
    pub properties: pmq_properties,
}

/// A connection or an attempt is over.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_disconnected {
    /// A `pmq_cause`.
    pub cause: u8,
    /// The `pmq_reason_code` that the server gave, or that it was given.
    pub reason_code: u8,
    /// Whether the client tries again by itself.
    pub will_reconnect: bool,
    /// A `pmq_client_core`: when; a `pmq_client`: in how many milliseconds.
    pub reconnect_ms: u64,
    /// The statement that the server broke, if any.
    pub statement: pmq_str,
    /// The server's Reason String, if any.
    pub reason_string: pmq_str,
    /// Another server to use, if any.
    pub server_reference: pmq_str,
}

/// A message that came.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_received_message {
    /// The message.
    pub message: pmq_message,
    /// For `pmq_client_core_acknowledge`; 0: nothing is to be acknowledged by you.
    pub acknowledgement: u64,
    /// The handlers whose filter matches.
    pub handlers: *const u32,
    /// How many.
    pub handler_count: usize,
}

/// A command has come to its end. What is not said by its outcome is zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_settled {
    /// The command.
    pub token: u64,
    /// A `pmq_outcome`.
    pub outcome: u8,
    /// A `pmq_reason_code`.
    pub reason_code: u8,
    /// A `pmq_reason_code` for each Topic Filter.
    pub reason_codes: pmq_bytes,
    /// Those of the server's answer (5.0).
    pub properties: pmq_properties,
    /// The server's words.
    pub reason_string: pmq_str,
    /// The response to a request.
    pub response: pmq_message,
}

/// A step of enhanced authentication.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_authentication {
    /// `PMQ_REASON_CODE_CONTINUE_AUTHENTICATION`: answer with `pmq_client_core_authenticate`. 0: it is complete.
    pub reason_code: u8,
    /// The AUTH properties, among them the Authentication Data.
    pub properties: pmq_properties,
}

/// The server did not grant a subscription again.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_subscription_lost {
    /// The Topic Filter.
    pub filter: pmq_str,
    /// Why: a `pmq_reason_code`.
    pub reason_code: u8,
}

/// What an output says, by its type.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "each is named after its output")]
pub union pmq_client_output_body {
    pub store: pmq_store_operation,
    pub connected: pmq_connected,
    pub disconnected: pmq_disconnected,
    pub message: pmq_received_message,
    pub settled: pmq_settled,
    pub authentication: pmq_authentication,
    pub subscription_lost: pmq_subscription_lost,
}

/// One thing to do or to know. Its views are valid until the next `pmq_client_core_poll_output`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_client_output {
    /// A `pmq_client_output_type`: tells which member of `body` is meant.
    pub output_type: u8,
    /// What it says.
    pub body: pmq_client_output_body,
}

/// An output and the lists that its view needs.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) output: Output,
    reason_codes: Vec<u8>,
    handlers: Vec<u32>,
}

impl Held {
    pub(crate) fn new(output: Output) -> Self {
        let (mut reason_codes, mut handlers) = (Vec::new(), Vec::new());
        if let Output::Event(event) = &output {
            match event {
                Event::Settled {
                    outcome:
                        Outcome::Subscribed { reason_codes: codes, .. } | Outcome::Unsubscribed { reason_codes: codes, .. },
                    ..
                } => reason_codes.extend(codes.iter().map(|code| code.as_u8())),
                Event::Message(received) => handlers.extend(received.handlers.iter().map(HandlerId::as_u32)),
                Event::Connected(_)
                | Event::Disconnected(_)
                | Event::Settled { .. }
                | Event::Authentication(_)
                | Event::SubscriptionLost { .. }
                | Event::Closed => {}
            }
        }
        Self { output, reason_codes, handlers }
    }

    /// A view, valid as long as `self` stays where it is.
    pub(crate) fn view(&self) -> pmq_client_output {
        let (output_type, body) = match &self.output {
            Output::Connect => (pmq_client_output_type::Connect, NOTHING),
            Output::Transmit => (pmq_client_output_type::Transmit, NOTHING),
            Output::Close => (pmq_client_output_type::Close, NOTHING),
            Output::Store(operation) => {
                let record = pmq_store_record::new(&operation.record);
                let store = pmq_store_operation { sequence: operation.sequence, record };
                (pmq_client_output_type::Store, pmq_client_output_body { store })
            }
            Output::Event(event) => self.event(event),
        };
        pmq_client_output { output_type: output_type as u8, body }
    }

    fn event(&self, event: &Event) -> (pmq_client_output_type, pmq_client_output_body) {
        match event {
            Event::Connected(connected) => {
                let properties = pmq_properties::new(connected.properties.as_properties());
                let connected = pmq_connected { session_present: connected.session_present, properties };
                (pmq_client_output_type::Connected, pmq_client_output_body { connected })
            }
            Event::Disconnected(disconnected) => {
                let disconnected = pmq_disconnected::new(disconnected);
                (pmq_client_output_type::Disconnected, pmq_client_output_body { disconnected })
            }
            Event::Message(received) => {
                let message = pmq_received_message {
                    message: pmq_message::new(&received.message),
                    acknowledgement: received.acknowledgement.map_or(0, AcknowledgementHandle::as_u64),
                    handlers: self.handlers.as_ptr(),
                    handler_count: self.handlers.len(),
                };
                (pmq_client_output_type::Message, pmq_client_output_body { message })
            }
            Event::Settled { token, outcome } => {
                let settled = self.settled(token.as_u64(), outcome);
                (pmq_client_output_type::Settled, pmq_client_output_body { settled })
            }
            Event::Authentication(step) => {
                let properties = pmq_properties::new(step.properties.as_properties());
                let authentication = pmq_authentication { reason_code: step.reason_code.as_u8(), properties };
                (pmq_client_output_type::Authentication, pmq_client_output_body { authentication })
            }
            Event::SubscriptionLost { filter, reason_code } => {
                let filter = pmq_str::new(filter);
                let subscription_lost = pmq_subscription_lost { filter, reason_code: reason_code.as_u8() };
                (pmq_client_output_type::SubscriptionLost, pmq_client_output_body { subscription_lost })
            }
            Event::Closed => (pmq_client_output_type::Closed, NOTHING),
        }
    }

    fn settled(&self, token: u64, outcome: &Outcome) -> pmq_settled {
        let mut settled = pmq_settled {
            token,
            outcome: outcome_of(outcome) as u8,
            reason_code: 0,
            reason_codes: pmq_bytes::new(&self.reason_codes),
            properties: pmq_properties::NONE,
            reason_string: pmq_str::ABSENT,
            response: pmq_message::NONE,
        };
        match outcome {
            Outcome::Published { reason_code, properties } => {
                settled.reason_code = reason_code.as_u8();
                settled.properties = pmq_properties::new(properties.as_properties());
            }
            Outcome::Subscribed { properties, .. } | Outcome::Unsubscribed { properties, .. } => {
                settled.properties = pmq_properties::new(properties.as_properties());
            }
            Outcome::Response(message) => settled.response = pmq_message::new(message),
            Outcome::Refused { reason_code, reason_string } => {
                settled.reason_code = reason_code.as_u8();
                settled.reason_string = pmq_str::optional(reason_string.as_deref());
            }
            Outcome::Dropped | Outcome::Expired | Outcome::SessionLost | Outcome::Cancelled | Outcome::Disconnected => {
            }
        }
        settled
    }
}

const fn outcome_of(outcome: &Outcome) -> pmq_outcome {
    match outcome {
        Outcome::Published { .. } => pmq_outcome::Published,
        Outcome::Subscribed { .. } => pmq_outcome::Subscribed,
        Outcome::Unsubscribed { .. } => pmq_outcome::Unsubscribed,
        Outcome::Response(_) => pmq_outcome::Response,
        Outcome::Refused { .. } => pmq_outcome::Refused,
        Outcome::Dropped => pmq_outcome::Dropped,
        Outcome::Expired => pmq_outcome::Expired,
        Outcome::SessionLost => pmq_outcome::SessionLost,
        Outcome::Cancelled => pmq_outcome::Cancelled,
        Outcome::Disconnected => pmq_outcome::Disconnected,
    }
}

pub(crate) const fn cause_of(cause: Cause) -> pmq_cause {
    match cause {
        Cause::Requested => pmq_cause::Requested,
        Cause::Refused => pmq_cause::Refused,
        Cause::ServerDisconnected => pmq_cause::ServerDisconnected,
        Cause::Violation => pmq_cause::Violation,
        Cause::TransportClosed => pmq_cause::TransportClosed,
        Cause::TransportFailed => pmq_cause::TransportFailed,
        Cause::ConnectTimeout => pmq_cause::ConnectTimeout,
        Cause::PingTimeout => pmq_cause::PingTimeout,
        Cause::AcknowledgementTimeout => pmq_cause::AcknowledgementTimeout,
    }
}

impl pmq_disconnected {
    fn new(disconnected: &Disconnected) -> Self {
        Self {
            cause: cause_of(disconnected.cause) as u8,
            reason_code: disconnected.reason_code.as_u8(),
            will_reconnect: disconnected.reconnect_at.is_some(),
            reconnect_ms: disconnected.reconnect_at.map_or(0, Time::as_ms),
            statement: pmq_str::optional(disconnected.statement),
            reason_string: pmq_str::optional(disconnected.reason_string.as_deref()),
            server_reference: pmq_str::optional(disconnected.server_reference.as_deref()),
        }
    }
}

impl pmq_store_record {
    fn new(record: &StoreRecord) -> Self {
        let mut view = Self { record_type: 0, packet_identifier: 0, record: 0, message: pmq_message::NONE };
        view.record_type = match record {
            StoreRecord::Publication { record, message } => {
                (view.record, view.message) = (*record, pmq_message::new(message));
                pmq_store_record_type::Publication
            }
            StoreRecord::Sent { record, packet_identifier } => {
                (view.record, view.packet_identifier) = (*record, packet_identifier.as_u16());
                pmq_store_record_type::Sent
            }
            StoreRecord::Released { record } => {
                view.record = *record;
                pmq_store_record_type::Released
            }
            StoreRecord::Finished { record } => {
                view.record = *record;
                pmq_store_record_type::Finished
            }
            StoreRecord::Received { packet_identifier } => {
                view.packet_identifier = packet_identifier.as_u16();
                pmq_store_record_type::Received
            }
            StoreRecord::Completed { packet_identifier } => {
                view.packet_identifier = packet_identifier.as_u16();
                pmq_store_record_type::Completed
            }
            StoreRecord::SessionLost => pmq_store_record_type::SessionLost,
        } as u8;
        view
    }

    /// The record.
    ///
    /// # Safety
    /// The views of a publication's message are valid.
    pub(crate) unsafe fn get(&self) -> crate::error::Outcome<StoreRecord> {
        let record = self.record;
        let packet_identifier = || crate::packet::packet_identifier(self.packet_identifier);
        Ok(match self.record_type {
            // SAFETY: what the caller of this function promises.
            1 => StoreRecord::Publication { record, message: unsafe { self.message.get() }? },
            2 => StoreRecord::Sent { record, packet_identifier: packet_identifier()? },
            3 => StoreRecord::Released { record },
            4 => StoreRecord::Finished { record },
            5 => StoreRecord::Received { packet_identifier: packet_identifier()? },
            6 => StoreRecord::Completed { packet_identifier: packet_identifier()? },
            7 => StoreRecord::SessionLost,
            _ => return Err(crate::error::pmq_result::Value.into()),
        })
    }
}

const NOTHING: pmq_client_output_body = pmq_client_output_body {
    authentication: pmq_authentication { reason_code: ReasonCode::Success.as_u8(), properties: pmq_properties::NONE },
};

// polymqtt: MQTT 3.1, 3.1.1 and 5.0. Codec, client and broker.
//
// README.md says how the functions behave: pointers, lifetimes, threads, errors.
// Written by cbindgen from ffi-c/src: do not edit.

#ifndef POLYMQTT_H
#define POLYMQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// As long as it takes: a timeout in milliseconds.
#define PMQ_FOREVER UINT32_MAX

// How a call went. The numbers are fixed: none is ever used for something else.
enum pmq_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It went well.
    PMQ_RESULT_OK = 0,
    // There is nothing: no whole packet yet, no output, no message, no deadline, no match.
    PMQ_RESULT_NONE = 1,
    // A pointer that must not be NULL is.
    PMQ_RESULT_NULL_POINTER = 10,
    // `struct_size` is not that of a structure of this library: was it initialized?
    PMQ_RESULT_STRUCT_SIZE = 11,
    // A string is not UTF-8.
    PMQ_RESULT_NOT_UTF8 = 12,
    // The result does not fit; the size that it needs is told.
    PMQ_RESULT_BUFFER_TOO_SMALL = 13,
    // A number or flag is out of its range.
    PMQ_RESULT_VALUE = 14,
    // An option has a value that cannot be.
    PMQ_RESULT_OPTION = 15,
    // This is not a Topic Name.
    PMQ_RESULT_TOPIC_NAME = 16,
    // This is not a Topic Filter.
    PMQ_RESULT_TOPIC_FILTER = 17,
    // A pattern has the same name twice.
    PMQ_RESULT_DUPLICATE_CAPTURE = 18,
    // The properties are malformed, or do not belong in this packet.
    PMQ_RESULT_PROPERTIES = 19,
    // The packet cannot be encoded.
    PMQ_RESULT_ENCODE = 20,
    // This is not the text form of a packet.
    PMQ_RESULT_TEXT = 21,
    // The URL cannot be used.
    PMQ_RESULT_URL = 22,
    // The TLS options cannot be used.
    PMQ_RESULT_TLS = 23,
    // There is a connection or an attempt already.
    PMQ_RESULT_ALREADY_CONNECTED = 30,
    // The command needs a connection.
    PMQ_RESULT_NOT_CONNECTED = 31,
    // The command needs MQTT 5.0.
    PMQ_RESULT_NEEDS_VERSION5 = 32,
    // The queue is full.
    PMQ_RESULT_QUEUE_FULL = 33,
    // The server has said that it does not do this.
    PMQ_RESULT_NOT_SUPPORTED = 34,
    // The packet is larger than the server takes.
    PMQ_RESULT_PACKET_TOO_LARGE = 35,
    // There is no such connection, message or handler (any more).
    PMQ_RESULT_UNKNOWN = 36,
    // No authentication is going on.
    PMQ_RESULT_NO_AUTHENTICATION = 37,
    // A stored record cannot be restored now.
    PMQ_RESULT_RESTORE = 38,
    // A limit is reached.
    PMQ_RESULT_LIMIT = 39,
    // The bytes break the standard.
    PMQ_RESULT_MALFORMED = 40,
    // The server refused the connection.
    PMQ_RESULT_CONNECTION_REFUSED = 50,
    // The server refused the command.
    PMQ_RESULT_REFUSED = 51,
    // The connection ended before there was an answer.
    PMQ_RESULT_CONNECTION_LOST = 52,
    // The message expired before it could be sent, or the response did not come in time.
    PMQ_RESULT_EXPIRED = 60,
    // The message had to leave a full queue.
    PMQ_RESULT_DROPPED = 61,
    // The server lost the Session: it may have been delivered or not.
    PMQ_RESULT_SESSION_LOST = 62,
    // The command was cancelled.
    PMQ_RESULT_CANCELLED = 63,
    // The client is disconnected.
    PMQ_RESULT_DISCONNECTED = 64,
    // The time given to wait is over; the command goes on.
    PMQ_RESULT_TIMEOUT = 65,
    // The client is closed.
    PMQ_RESULT_CLOSED = 66,
    // No connection to the server.
    PMQ_RESULT_TRANSPORT = 70,
    // The operating system refuses: a thread, a port, a file.
    PMQ_RESULT_SYSTEM = 71,
    // The library has a bug: it panicked. Free the handle, and report it.
    PMQ_RESULT_PANIC = 90,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_result pmq_result;
#else
typedef int32_t pmq_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Where a client is.
enum pmq_client_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // At rest.
    PMQ_CLIENT_STATE_CLOSED = 0,
    // A transport is asked for.
    PMQ_CLIENT_STATE_OPENING = 1,
    // CONNECT is sent, CONNACK is awaited.
    PMQ_CLIENT_STATE_HANDSHAKE = 2,
    // The server has accepted the connection.
    PMQ_CLIENT_STATE_CONNECTED = 3,
    // The next attempt has its time.
    PMQ_CLIENT_STATE_WAITING = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_client_state pmq_client_state;
#else
typedef uint8_t pmq_client_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a packet says about how something went. Spec: 2.4. `pmq_reason_code_name` gives the standard's name.
enum pmq_reason_code
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The operation succeeded; in DISCONNECT a normal end, in SUBACK *Granted QoS 0*.
    PMQ_REASON_CODE_SUCCESS = 0,
    // SUBACK: the maximum QoS for this subscription is 1.
    PMQ_REASON_CODE_GRANTED_QOS1 = 1,
    // SUBACK: the maximum QoS for this subscription is 2.
    PMQ_REASON_CODE_GRANTED_QOS2 = 2,
    // DISCONNECT from a client that wants its Will Message published.
    PMQ_REASON_CODE_DISCONNECT_WITH_WILL_MESSAGE = 4,
    // PUBACK, PUBREC: accepted, but nobody subscribes to the topic.
    PMQ_REASON_CODE_NO_MATCHING_SUBSCRIBERS = 16,
    // UNSUBACK: there was no such subscription.
    PMQ_REASON_CODE_NO_SUBSCRIPTION_EXISTED = 17,
    // AUTH: go on with another step.
    PMQ_REASON_CODE_CONTINUE_AUTHENTICATION = 24,
    // AUTH: the client starts a re-authentication.
    PMQ_REASON_CODE_RE_AUTHENTICATE = 25,
    // Refused, and the reason is not told or has no other code.
    PMQ_REASON_CODE_UNSPECIFIED_ERROR = 128,
    // Bytes that cannot be parsed as the standard prescribes.
    PMQ_REASON_CODE_MALFORMED_PACKET = 129,
    // A well-formed packet that must not come here or now, or whose contents contradict the state.
    PMQ_REASON_CODE_PROTOCOL_ERROR = 130,
    // Valid, but not accepted by this implementation.
    PMQ_REASON_CODE_IMPLEMENTATION_SPECIFIC_ERROR = 131,
    // The protocol version is not supported.
    PMQ_REASON_CODE_UNSUPPORTED_PROTOCOL_VERSION = 132,
    // The Client Identifier is well-formed but not allowed.
    PMQ_REASON_CODE_CLIENT_IDENTIFIER_NOT_VALID = 133,
    // The user name or the password is not accepted.
    PMQ_REASON_CODE_BAD_USER_NAME_OR_PASSWORD = 134,
    // The client may not do this.
    PMQ_REASON_CODE_NOT_AUTHORIZED = 135,
    // The server is not available.
    PMQ_REASON_CODE_SERVER_UNAVAILABLE = 136,
    // The server is busy: try again later.
    PMQ_REASON_CODE_SERVER_BUSY = 137,
    // This client is banned.
    PMQ_REASON_CODE_BANNED = 138,
    // The server is shutting down.
    PMQ_REASON_CODE_SERVER_SHUTTING_DOWN = 139,
    // The authentication method is not supported or not the one in use.
    PMQ_REASON_CODE_BAD_AUTHENTICATION_METHOD = 140,
    // Nothing was received for one and a half times the Keep Alive.
    PMQ_REASON_CODE_KEEP_ALIVE_TIMEOUT = 141,
    // Another connection uses the same Client Identifier.
    PMQ_REASON_CODE_SESSION_TAKEN_OVER = 142,
    // The Topic Filter is not accepted.
    PMQ_REASON_CODE_TOPIC_FILTER_INVALID = 143,
    // The Topic Name is not accepted.
    PMQ_REASON_CODE_TOPIC_NAME_INVALID = 144,
    // The Packet Identifier is already in use.
    PMQ_REASON_CODE_PACKET_IDENTIFIER_IN_USE = 145,
    // The Packet Identifier is not known.
    PMQ_REASON_CODE_PACKET_IDENTIFIER_NOT_FOUND = 146,
    // More unacknowledged PUBLISH packets than the Receive Maximum.
    PMQ_REASON_CODE_RECEIVE_MAXIMUM_EXCEEDED = 147,
    // A Topic Alias of 0, or above the maximum, or one that is not set.
    PMQ_REASON_CODE_TOPIC_ALIAS_INVALID = 148,
    // The packet is larger than the receiver accepts.
    PMQ_REASON_CODE_PACKET_TOO_LARGE = 149,
    // Messages come too fast.
    PMQ_REASON_CODE_MESSAGE_RATE_TOO_HIGH = 150,
    // A limit set by the implementation or its administrator is reached.
    PMQ_REASON_CODE_QUOTA_EXCEEDED = 151,
    // The connection is closed by an administrator.
    PMQ_REASON_CODE_ADMINISTRATIVE_ACTION = 152,
    // The payload does not have the format that its indicator announces.
    PMQ_REASON_CODE_PAYLOAD_FORMAT_INVALID = 153,
    // The server keeps no retained messages.
    PMQ_REASON_CODE_RETAIN_NOT_SUPPORTED = 154,
    // The QoS is above the server's Maximum QoS.
    PMQ_REASON_CODE_QOS_NOT_SUPPORTED = 155,
    // Use another server, this time.
    PMQ_REASON_CODE_USE_ANOTHER_SERVER = 156,
    // Use another server from now on.
    PMQ_REASON_CODE_SERVER_MOVED = 157,
    // The server has no shared subscriptions.
    PMQ_REASON_CODE_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 158,
    // Connections are opened too fast.
    PMQ_REASON_CODE_CONNECTION_RATE_EXCEEDED = 159,
    // The longest time allowed for this connection is over.
    PMQ_REASON_CODE_MAXIMUM_CONNECT_TIME = 160,
    // The server has no Subscription Identifiers.
    PMQ_REASON_CODE_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 161,
    // The server has no wildcard subscriptions.
    PMQ_REASON_CODE_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 162,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_reason_code pmq_reason_code;
#else
typedef uint8_t pmq_reason_code;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The properties of MQTT 5.0. Spec: 2.2.2.2. `pmq_property_name` gives the name in the canonical text form.
enum pmq_property_identifier
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // 0: unspecified bytes, 1: UTF-8 text. Spec: 3.3.2.3.2.
    PMQ_PROPERTY_IDENTIFIER_PAYLOAD_FORMAT_INDICATOR = 1,
    // The lifetime of the message in seconds. Spec: 3.3.2.3.3.
    PMQ_PROPERTY_IDENTIFIER_MESSAGE_EXPIRY_INTERVAL = 2,
    // What the payload is, for example a MIME type. Spec: 3.3.2.3.9.
    PMQ_PROPERTY_IDENTIFIER_CONTENT_TYPE = 3,
    // Where a response is to be published. Spec: 3.3.2.3.5.
    PMQ_PROPERTY_IDENTIFIER_RESPONSE_TOPIC = 8,
    // Ties a response to its request. Spec: 3.3.2.3.6.
    PMQ_PROPERTY_IDENTIFIER_CORRELATION_DATA = 9,
    // 1 to 268,435,455; in PUBLISH once for each subscription that matched. Spec: 3.8.2.1.2, 3.3.2.3.8.
    PMQ_PROPERTY_IDENTIFIER_SUBSCRIPTION_IDENTIFIER = 11,
    // Seconds that the Session outlives the connection; `0xFFFF_FFFF`: it does not expire. Spec: 3.1.2.11.2.
    PMQ_PROPERTY_IDENTIFIER_SESSION_EXPIRY_INTERVAL = 17,
    // The Client Identifier that the server chose. Spec: 3.2.2.3.7.
    PMQ_PROPERTY_IDENTIFIER_ASSIGNED_CLIENT_IDENTIFIER = 18,
    // The Keep Alive in seconds that the server demands. Spec: 3.2.2.3.14.
    PMQ_PROPERTY_IDENTIFIER_SERVER_KEEP_ALIVE = 19,
    // The name of the enhanced authentication. Spec: 3.1.2.11.9.
    PMQ_PROPERTY_IDENTIFIER_AUTHENTICATION_METHOD = 21,
    // What the authentication method prescribes. Spec: 3.1.2.11.10.
    PMQ_PROPERTY_IDENTIFIER_AUTHENTICATION_DATA = 22,
    // 0: no Reason Strings and User Properties but in PUBLISH, CONNACK and DISCONNECT. Spec: 3.1.2.11.7.
    PMQ_PROPERTY_IDENTIFIER_REQUEST_PROBLEM_INFORMATION = 23,
    // Seconds between the end of the connection and the publication of the will. Spec: 3.1.3.2.2.
    PMQ_PROPERTY_IDENTIFIER_WILL_DELAY_INTERVAL = 24,
    // 1: the client asks for Response Information. Spec: 3.1.2.11.6.
    PMQ_PROPERTY_IDENTIFIER_REQUEST_RESPONSE_INFORMATION = 25,
    // The basis of Response Topics. Spec: 3.2.2.3.15.
    PMQ_PROPERTY_IDENTIFIER_RESPONSE_INFORMATION = 26,
    // Another server to use. Spec: 4.11.
    PMQ_PROPERTY_IDENTIFIER_SERVER_REFERENCE = 28,
    // A diagnosis for people, not to be parsed. Spec: 3.2.2.3.9.
    PMQ_PROPERTY_IDENTIFIER_REASON_STRING = 31,
    // How many QoS 1 and 2 publications the sender of this takes at the same time; never 0. Spec: 3.1.2.11.3.
    PMQ_PROPERTY_IDENTIFIER_RECEIVE_MAXIMUM = 33,
    // The highest Topic Alias that the sender of this accepts. Spec: 3.1.2.11.5.
    PMQ_PROPERTY_IDENTIFIER_TOPIC_ALIAS_MAXIMUM = 34,
    // A number in place of a Topic Name; never 0. Spec: 3.3.2.3.4.
    PMQ_PROPERTY_IDENTIFIER_TOPIC_ALIAS = 35,
    // The highest QoS that the server supports: 0 or 1. Spec: 3.2.2.3.4.
    PMQ_PROPERTY_IDENTIFIER_MAXIMUM_QOS = 36,
    // Whether the server keeps retained messages: 0 or 1. Spec: 3.2.2.3.5.
    PMQ_PROPERTY_IDENTIFIER_RETAIN_AVAILABLE = 37,
    // A name and a value without meaning to the standard; may be repeated, order is kept. Spec: 3.1.2.11.8.
    PMQ_PROPERTY_IDENTIFIER_USER_PROPERTY = 38,
    // The largest Control Packet in bytes that the sender of this accepts; never 0. Spec: 3.1.2.11.4.
    PMQ_PROPERTY_IDENTIFIER_MAXIMUM_PACKET_SIZE = 39,
    // Whether the server has wildcard subscriptions: 0 or 1. Spec: 3.2.2.3.11.
    PMQ_PROPERTY_IDENTIFIER_WILDCARD_SUBSCRIPTION_AVAILABLE = 40,
    // Whether the server has Subscription Identifiers: 0 or 1. Spec: 3.2.2.3.12.
    PMQ_PROPERTY_IDENTIFIER_SUBSCRIPTION_IDENTIFIER_AVAILABLE = 41,
    // Whether the server has Shared Subscriptions: 0 or 1. Spec: 3.2.2.3.13.
    PMQ_PROPERTY_IDENTIFIER_SHARED_SUBSCRIPTION_AVAILABLE = 42,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_property_identifier pmq_property_identifier;
#else
typedef uint8_t pmq_property_identifier;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What happens when the queue is full and one more message comes.
enum pmq_when_full
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It is refused: `PMQ_RESULT_QUEUE_FULL`.
    PMQ_WHEN_FULL_REFUSE = 0,
    // The oldest ones give way.
    PMQ_WHEN_FULL_DROP_OLDEST = 1,
    // The oldest of QoS 0 gives way, and only if there is none the oldest of all.
    PMQ_WHEN_FULL_DROP_QOS0_FIRST = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_when_full pmq_when_full;
#else
typedef uint8_t pmq_when_full;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a `pmq_client_core` wants done, or tells.
enum pmq_client_output_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Open a transport to the server; then `pmq_client_core_handle_connected` or `_handle_connect_failed`.
    PMQ_CLIENT_OUTPUT_TYPE_CONNECT = 1,
    // There are bytes to write: `pmq_client_core_transmit_slice`. It is best done after the last output.
    PMQ_CLIENT_OUTPUT_TYPE_TRANSMIT = 2,
    // Write what there is to write, and close the transport.
    PMQ_CLIENT_OUTPUT_TYPE_CLOSE = 3,
    // Make something durable, then `pmq_client_core_completed`: `body.store`.
    PMQ_CLIENT_OUTPUT_TYPE_STORE = 4,
    // The server has accepted the connection: `body.connected`.
    PMQ_CLIENT_OUTPUT_TYPE_CONNECTED = 5,
    // A connection or an attempt is over: `body.disconnected`.
    PMQ_CLIENT_OUTPUT_TYPE_DISCONNECTED = 6,
    // A message came: `body.message`.
    PMQ_CLIENT_OUTPUT_TYPE_MESSAGE = 7,
    // A command has come to its end: `body.settled`.
    PMQ_CLIENT_OUTPUT_TYPE_SETTLED = 8,
    // The server sent AUTH: `body.authentication`.
    PMQ_CLIENT_OUTPUT_TYPE_AUTHENTICATION = 9,
    // The server did not grant this filter again: `body.subscription_lost`.
    PMQ_CLIENT_OUTPUT_TYPE_SUBSCRIPTION_LOST = 10,
    // The client rests until `pmq_client_core_connect`.
    PMQ_CLIENT_OUTPUT_TYPE_CLOSED = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_client_output_type pmq_client_output_type;
#else
typedef uint8_t pmq_client_output_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Who or what ended a connection.
enum pmq_cause
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The application called for it.
    PMQ_CAUSE_REQUESTED = 0,
    // The server refused it with a CONNACK.
    PMQ_CAUSE_REFUSED = 1,
    // The server sent DISCONNECT.
    PMQ_CAUSE_SERVER_DISCONNECTED = 2,
    // The server broke the protocol; `statement` says which rule.
    PMQ_CAUSE_VIOLATION = 3,
    // The transport closed.
    PMQ_CAUSE_TRANSPORT_CLOSED = 4,
    // The transport could not be opened.
    PMQ_CAUSE_TRANSPORT_FAILED = 5,
    // No transport and CONNACK in time.
    PMQ_CAUSE_CONNECT_TIMEOUT = 6,
    // No PINGRESP in time.
    PMQ_CAUSE_PING_TIMEOUT = 7,
    // No acknowledgement in time.
    PMQ_CAUSE_ACKNOWLEDGEMENT_TIMEOUT = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_cause pmq_cause;
#else
typedef uint8_t pmq_cause;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How a command ended.
enum pmq_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The server has acknowledged it; QoS 0: the transport has it. `reason_code`, `properties`.
    PMQ_OUTCOME_PUBLISHED = 0,
    // `reason_codes`: one for each Topic Filter, `properties`.
    PMQ_OUTCOME_SUBSCRIBED = 1,
    // `reason_codes`: one for each Topic Filter, none before 5.0, `properties`.
    PMQ_OUTCOME_UNSUBSCRIBED = 2,
    // The response to a request: `response`.
    PMQ_OUTCOME_RESPONSE = 3,
    // The server refused it: `reason_code`, `reason_string`.
    PMQ_OUTCOME_REFUSED = 4,
    // It had to leave a full queue.
    PMQ_OUTCOME_DROPPED = 5,
    // It expired, or the response did not come in time.
    PMQ_OUTCOME_EXPIRED = 6,
    // The server lost the Session: it may have been delivered or not.
    PMQ_OUTCOME_SESSION_LOST = 7,
    // `pmq_client_core_cancel`.
    PMQ_OUTCOME_CANCELLED = 8,
    // The connection ended for good.
    PMQ_OUTCOME_DISCONNECTED = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_outcome pmq_outcome;
#else
typedef uint8_t pmq_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What happened to a message on its way, for the log of a client with the option `store`.
enum pmq_store_record_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // A message was published: `record`, `message`.
    PMQ_STORE_RECORD_TYPE_PUBLICATION = 1,
    // It got a Packet Identifier: `record`, `packet_identifier`.
    PMQ_STORE_RECORD_TYPE_SENT = 2,
    // Its PUBREC came: `record`.
    PMQ_STORE_RECORD_TYPE_RELEASED = 3,
    // It is finished: `record`.
    PMQ_STORE_RECORD_TYPE_FINISHED = 4,
    // A QoS 2 message was received: `packet_identifier`.
    PMQ_STORE_RECORD_TYPE_RECEIVED = 5,
    // Its PUBREL came: `packet_identifier`.
    PMQ_STORE_RECORD_TYPE_COMPLETED = 6,
    // The server has no Session: nothing is in flight any more.
    PMQ_STORE_RECORD_TYPE_SESSION_LOST = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_store_record_type pmq_store_record_type;
#else
typedef uint8_t pmq_store_record_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a client wants to do.
enum pmq_action_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Publish to `topic`, or leave a will there.
    PMQ_ACTION_TYPE_PUBLISH = 1,
    // Subscribe to `topic`, a Topic Filter.
    PMQ_ACTION_TYPE_SUBSCRIBE = 2,
    // Be given a message of `topic`.
    PMQ_ACTION_TYPE_DELIVER = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_action_type pmq_action_type;
#else
typedef uint8_t pmq_action_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What a `pmq_broker_core` wants done, or tells.
enum pmq_broker_output_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // There are bytes to write to `connection`: `pmq_broker_core_transmit_slice`.
    PMQ_BROKER_OUTPUT_TYPE_TRANSMIT = 1,
    // Write what there is to write to `connection`, close it, and call `pmq_broker_core_handle_closed`.
    PMQ_BROKER_OUTPUT_TYPE_CLOSE = 2,
    // Answer a CONNECT: `pmq_broker_core_accept_connect`, `_reject_connect` or `_authenticate`. Only with the option `ask`.
    PMQ_BROKER_OUTPUT_TYPE_CONNECT_REQUEST = 3,
    // The next step of an enhanced authentication: answer with `pmq_broker_core_authenticate`.
    PMQ_BROKER_OUTPUT_TYPE_AUTHENTICATION = 4,
    // A client was accepted.
    PMQ_BROKER_OUTPUT_TYPE_CONNECTED = 5,
    // A connection ended without having been accepted.
    PMQ_BROKER_OUTPUT_TYPE_REFUSED = 6,
    // A client is not connected any more.
    PMQ_BROKER_OUTPUT_TYPE_DISCONNECTED = 7,
    // A Session is over.
    PMQ_BROKER_OUTPUT_TYPE_SESSION_ENDED = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_broker_output_type pmq_broker_output_type;
#else
typedef uint8_t pmq_broker_output_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a connection ended.
enum pmq_broker_cause
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The client said so.
    PMQ_BROKER_CAUSE_CLIENT = 0,
    // The transport was closed without a DISCONNECT.
    PMQ_BROKER_CAUSE_TRANSPORT_CLOSED = 1,
    // The broker ended it: `reason_code`, and `statement` where one was broken.
    PMQ_BROKER_CAUSE_BROKER = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_broker_cause pmq_broker_cause;
#else
typedef uint8_t pmq_broker_cause;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A step of enhanced authentication.
enum pmq_authentication_step
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The client is to go on.
    PMQ_AUTHENTICATION_STEP_CONTINUE = 0,
    // The client is who it says.
    PMQ_AUTHENTICATION_STEP_SUCCESS = 1,
    // It is not.
    PMQ_AUTHENTICATION_STEP_FAILURE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_authentication_step pmq_authentication_step;
#else
typedef uint8_t pmq_authentication_step;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The version of the protocol.
enum pmq_protocol_version
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // MQTT 3.1.
    PMQ_PROTOCOL_VERSION_V31 = 3,
    // MQTT 3.1.1.
    PMQ_PROTOCOL_VERSION_V311 = 4,
    // MQTT 5.0.
    PMQ_PROTOCOL_VERSION_V50 = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_protocol_version pmq_protocol_version;
#else
typedef uint8_t pmq_protocol_version;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The type of a Control Packet. Spec: 2.1.2.
enum pmq_packet_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // `body.connect`
    PMQ_PACKET_TYPE_CONNECT = 1,
    // `body.connack`
    PMQ_PACKET_TYPE_CONNACK = 2,
    // `body.publish`
    PMQ_PACKET_TYPE_PUBLISH = 3,
    // `body.acknowledgement`
    PMQ_PACKET_TYPE_PUBACK = 4,
    // `body.acknowledgement`
    PMQ_PACKET_TYPE_PUBREC = 5,
    // `body.acknowledgement`
    PMQ_PACKET_TYPE_PUBREL = 6,
    // `body.acknowledgement`
    PMQ_PACKET_TYPE_PUBCOMP = 7,
    // `body.subscribe`
    PMQ_PACKET_TYPE_SUBSCRIBE = 8,
    // `body.suback`
    PMQ_PACKET_TYPE_SUBACK = 9,
    // `body.unsubscribe`
    PMQ_PACKET_TYPE_UNSUBSCRIBE = 10,
    // `body.unsuback`
    PMQ_PACKET_TYPE_UNSUBACK = 11,
    // No body.
    PMQ_PACKET_TYPE_PINGREQ = 12,
    // No body.
    PMQ_PACKET_TYPE_PINGRESP = 13,
    // `body.disconnect`
    PMQ_PACKET_TYPE_DISCONNECT = 14,
    // `body.auth`
    PMQ_PACKET_TYPE_AUTH = 15,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_packet_type pmq_packet_type;
#else
typedef uint8_t pmq_packet_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The type of a property's value. Spec: 2.2.2.2, table 2-4.
enum pmq_property_type
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // A number, in `number`.
    PMQ_PROPERTY_TYPE_BYTE,
    // A number, in `number`.
    PMQ_PROPERTY_TYPE_TWO_BYTE_INTEGER,
    // A number, in `number`.
    PMQ_PROPERTY_TYPE_FOUR_BYTE_INTEGER,
    // A number, in `number`.
    PMQ_PROPERTY_TYPE_VARIABLE_BYTE_INTEGER,
    // A text, in `text`.
    PMQ_PROPERTY_TYPE_UTF8_STRING,
    // A name in `name` and a text in `text`.
    PMQ_PROPERTY_TYPE_UTF8_STRING_PAIR,
    // Bytes, in `binary`.
    PMQ_PROPERTY_TYPE_BINARY_DATA,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_property_type pmq_property_type;
#else
typedef uint8_t pmq_property_type;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// One of the two ends of a connection.
enum pmq_side
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Either.
    PMQ_SIDE_ANY = 0,
    // It sends CONNECT.
    PMQ_SIDE_CLIENT = 1,
    // It answers with CONNACK.
    PMQ_SIDE_SERVER = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pmq_side pmq_side;
#else
typedef uint8_t pmq_side;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A running broker, with threads of its own. Its functions may be called by any thread at any time, but for
// `pmq_broker_stop`.
typedef struct pmq_broker pmq_broker;

// A broker without IO. README.md shows how to drive it. Times are as with `pmq_client_core`.
typedef struct pmq_broker_core pmq_broker_core;

// An MQTT client that runs its own connection. All its functions may be called by any thread at any time, but for
// `pmq_client_free`.
typedef struct pmq_client pmq_client;

// One connection to a server and the Session that outlives it, without IO. README.md shows how to drive it.
//
// Times are milliseconds since a moment of your choice, and never go back.
typedef struct pmq_client_core pmq_client_core;

// Decodes a stream of bytes, however it is cut into pieces.
typedef struct pmq_decoder pmq_decoder;

// A message that came. Free it with `pmq_received_free`, unless it came to a callback.
typedef struct pmq_received pmq_received;

// The messages of one subscription. One thread at a time may receive from it.
typedef struct pmq_subscriber pmq_subscriber;

// A publication whose acknowledgement may be waited for.
typedef struct pmq_token pmq_token;

// A Topic Filter whose wildcards have names, such as `cmd/+room/#action`.
typedef struct pmq_topic_pattern pmq_topic_pattern;

// UTF-8 text that belongs to someone else; it does not end with a zero. `data` NULL: there is none.
typedef struct pmq_str {
    // The first byte.
    const char *data;
    // How many bytes.
    size_t len;
} pmq_str;

// Bytes that belong to someone else. `data` NULL: there are none.
typedef struct pmq_bytes {
    // The first byte.
    const uint8_t *data;
    // How many.
    size_t len;
} pmq_bytes;

// A client that wants to connect to a broker of ours.
typedef struct pmq_login {
    // Empty where one will be assigned.
    struct pmq_str client_identifier;
    // Absent: none.
    struct pmq_str user_name;
    // Absent: none.
    struct pmq_bytes password;
    // Such as `192.0.2.7:50112`.
    struct pmq_str peer;
} pmq_login;

// Something that a client of a broker of ours wants to do.
typedef struct pmq_action {
    // A `pmq_action_type`.
    uint8_t action_type;
    // The QoS.
    uint8_t qos;
    // Whether a publication is to be kept.
    bool retain;
    // The Topic Name or Topic Filter.
    struct pmq_str topic;
    // Who: the Client Identifier.
    struct pmq_str client_identifier;
    // Who: the user name, if any.
    struct pmq_str user_name;
} pmq_action;

// Decides what a client may do; must answer at once. The views in `action` are valid during the call.
typedef bool (*pmq_authorize_callback)(void *user_data, const struct pmq_action *action);

// What a broker can be told. All zero but `struct_size`: it listens on a free port of 127.0.0.1, everybody is welcome.
typedef struct pmq_broker_options {
    // `sizeof(pmq_broker_options)`.
    size_t struct_size;
    // Where to listen, such as `tcp://127.0.0.1:1883`, `ws://127.0.0.1:0`; port 0: a free one.
    const struct pmq_str *listen;
    // How many.
    size_t listen_count;
    // Everything else, as in a configuration file of the program `polymqtt`. Absent: the defaults.
    struct pmq_str config_toml;
    // Decides who may connect, on a thread of the broker's: 0, or a `pmq_reason_code` that refuses. NULL: everybody.
    uint8_t (*authenticate)(void *user_data, const struct pmq_login *login);
    // Decides what a client may do, on the broker's threads; must answer at once. NULL: everything.
    pmq_authorize_callback authorize;
    // Ask `authorize` about each message that is about to be delivered, too.
    bool authorize_deliveries;
    // What these two are called with. Both may be called by several threads at the same time.
    void *user_data;
} pmq_broker_options;

// The properties of a packet, in their wire form. All zero: none.
typedef struct pmq_properties {
    // The first byte.
    const uint8_t *data;
    // How many bytes.
    size_t len;
} pmq_properties;

// An Application Message: to publish, or one that came.
typedef struct pmq_message {
    // The Topic Name.
    struct pmq_str topic;
    // The payload.
    struct pmq_bytes payload;
    // 0, 1 or 2.
    uint8_t qos;
    // To publish: keep it. One that came: it was kept, it is not news.
    bool retain;
    // One that came: perhaps a repetition. Ignored when publishing.
    bool dup;
    // The PUBLISH properties (5.0); all zero: none.
    struct pmq_properties properties;
} pmq_message;

// What a `pmq_broker_core` can be told. Begin with `pmq_broker_core_options_init`, which sets the defaults. What happens
// at each limit is described with `BrokerOptions` of the Rust package `polymqtt-core`.
typedef struct pmq_broker_core_options {
    // `sizeof(pmq_broker_core_options)`.
    size_t struct_size;
    // A `pmq_protocol_version`: the lowest that is served.
    uint8_t protocol_version_min;
    // The highest QoS.
    uint8_t maximum_qos;
    // Leave each CONNECT to you: `PMQ_BROKER_OUTPUT_TYPE_CONNECT_REQUEST`. Default: false, everybody is welcome.
    bool ask;
    // A full queue drops its oldest message in favour of the new one. Default: false.
    bool queue_drop_oldest;
    // Ask `authorize` about each message that is about to be delivered, too.
    bool authorize_deliveries;
    // The longest Keep Alive in seconds; 0: any.
    uint16_t keep_alive_s_max;
    // The longest Message Expiry Interval in seconds; 0: any.
    uint32_t message_expiry_interval_s_max;
    // The *Response Information* for those who ask for it; absent: none.
    struct pmq_str response_information;
    // The text of `$SYS/broker/version`; absent: the default.
    struct pmq_str version;
    // Decides what a client may do. NULL: everything.
    pmq_authorize_callback authorize;
    // What it is called with.
    void *user_data;
    // All entropy: give each broker, and each start of it, another random number.
    uint64_t seed;
    // For a CONNECT to come and be accepted; 0: no limit.
    uint32_t connect_timeout_ms;
    // Connections at the same time.
    uint32_t connections_max;
    // Sessions, connected or not.
    uint32_t sessions_max;
    // The largest CONNECT.
    uint32_t connect_size_bytes_max;
    // What is kept behind a CONNECT while its answer is awaited.
    uint32_t held_bytes_max;
    // The largest packet that a client may send.
    uint32_t packet_size_bytes_max;
    // The longest Session Expiry Interval.
    uint32_t session_expiry_interval_s_max;
    // That of clients of 3.1 and 3.1.1 without Clean Session; `UINT32_MAX`: for ever.
    uint32_t session_expiry_interval_v3_s;
    // What may wait to be transmitted to one connection.
    uint32_t outgoing_bytes_max;
    // Messages queued in one Session.
    uint32_t queue_messages_max;
    // Subscriptions of one Session.
    uint32_t subscriptions_max;
    // Retained Messages.
    uint32_t retained_messages_max;
    // Payloads of this size are shared between connections, and not copied to each.
    uint32_t shared_payload_bytes_min;
    // Between two publications of the `$SYS` topics; 0: none.
    uint32_t sys_interval_s;
    // Bytes queued in one Session.
    uint64_t queue_bytes_max;
    // Bytes queued in all Sessions.
    uint64_t queue_total_bytes_max;
    // Bytes of Retained Messages.
    uint64_t retained_bytes_max;
    // The longest Client Identifier; at least 23.
    uint16_t client_identifier_bytes_max;
    // Properties in one packet.
    uint16_t properties_max;
    // Levels of a topic.
    uint16_t topic_levels_max;
    // QoS 1 and 2 publications that one client may have open; from 1.
    uint16_t receive_maximum;
    // Topic Aliases that a client may use.
    uint16_t topic_alias_maximum;
    // Topic Aliases that the broker uses.
    uint16_t topic_alias_outbound_max;
    // QoS 1 and 2 messages in flight to one client; from 1.
    uint16_t in_flight_max;
    // Retained Messages that one subscription gets before others have their turn.
    uint16_t retained_slice;
    // Whether an empty Client Identifier gets an assigned one.
    bool client_identifier_assigned;
    // Whether Retained Messages are kept.
    bool retain_available;
    // Whether Topic Filters may have wildcards.
    bool wildcard_subscription_available;
    // Whether Subscription Identifiers are taken.
    bool subscription_identifier_available;
    // Whether Shared Subscriptions are.
    bool shared_subscription_available;
    // Whether QoS 0 messages are queued for a Session without a connection.
    bool queue_qos_0;
} pmq_broker_core_options;

// One thing to do or to know. Its views are valid until the next `pmq_broker_core_poll_output`. What does not belong to
// its type is zero.
typedef struct pmq_broker_output {
    // A `pmq_broker_output_type`.
    uint8_t output_type;
    // A `pmq_protocol_version`: of `CONNECT_REQUEST` and `CONNECTED`.
    uint8_t protocol_version;
    // A `pmq_broker_cause`: of `REFUSED` and `DISCONNECTED`.
    uint8_t cause;
    // A `pmq_reason_code`: of `REFUSED` and `DISCONNECTED`.
    uint8_t reason_code;
    // Of `CONNECT_REQUEST`.
    bool clean_start;
    // Of `CONNECTED`.
    bool session_present;
    // Of `AUTHENTICATION`: the client is connected already.
    bool re_authentication;
    // Of `CONNECT_REQUEST`.
    uint16_t keep_alive_s;
    // The connection, of all but `SESSION_ENDED`.
    uint64_t connection;
    // Whose, where it is known.
    struct pmq_str client_identifier;
    // Of `CONNECT_REQUEST` and `CONNECTED`.
    struct pmq_str user_name;
    // Of `CONNECT_REQUEST`.
    struct pmq_bytes password;
    // Of `CONNECT_REQUEST` and `AUTHENTICATION`.
    struct pmq_str authentication_method;
    // Of `CONNECT_REQUEST` and `AUTHENTICATION`.
    struct pmq_bytes authentication_data;
    // Of `REFUSED` and `DISCONNECTED`: the statement that the client broke, if any. Valid for ever.
    struct pmq_str statement;
} pmq_broker_output;

// The Will Message in a CONNECT. Spec: 3.1.3.2.
typedef struct pmq_will {
    // 0, 1 or 2.
    uint8_t qos;
    // Whether the server keeps it.
    bool retain;
    // The Will Properties (5.0).
    struct pmq_properties properties;
    // The Topic Name.
    struct pmq_str topic;
    // At most 65,535 bytes.
    struct pmq_bytes payload;
} pmq_will;

// A property with its value. Which field holds the value depends on the property; the others are zero.
typedef struct pmq_property {
    // A `pmq_property_identifier`.
    uint8_t identifier;
    // A `pmq_property_type`. Only told, never asked for.
    uint8_t property_type;
    // The value of a property that is a number.
    uint32_t number;
    // The name of a User Property.
    struct pmq_str name;
    // The value of a property that is a text.
    struct pmq_str text;
    // The value of a property that is bytes.
    struct pmq_bytes binary;
} pmq_property;

// A connection or an attempt is over.
typedef struct pmq_disconnected {
    // A `pmq_cause`.
    uint8_t cause;
    // The `pmq_reason_code` that the server gave, or that it was given.
    uint8_t reason_code;
    // Whether the client tries again by itself.
    bool will_reconnect;
    // A `pmq_client_core`: when; a `pmq_client`: in how many milliseconds.
    uint64_t reconnect_ms;
    // The statement that the server broke, if any.
    struct pmq_str statement;
    // The server's Reason String, if any.
    struct pmq_str reason_string;
    // Another server to use, if any.
    struct pmq_str server_reference;
} pmq_disconnected;

// What a client can be told before it connects. Begin with `pmq_client_options_init`, which sets the defaults.
typedef struct pmq_client_options {
    // `sizeof(pmq_client_options)`.
    size_t struct_size;
    // Empty (the default): the server chooses one.
    struct pmq_str client_identifier;
    // Default: none.
    struct pmq_str user_name;
    // Default: none.
    struct pmq_bytes password;
    // A `pmq_protocol_version`. Default: 5.0.
    uint8_t protocol_version;
    // Begin with a new Session. Default: true. Reconnects continue the Session if it outlives a connection.
    bool clean_start;
    // Whether `will` is there. Default: false.
    bool has_will;
    // Ask for Response Information. Default: false.
    bool request_response_information;
    // Take Reason Strings and User Properties in every kind of packet. Default: true.
    bool request_problem_information;
    // You acknowledge QoS 1 and 2 messages, not the client. Default: false.
    bool manual_acknowledgement;
    // Try again when a connection ends. Default: true.
    bool reconnect;
    // Publish QoS 1 messages anew when the server has lost the Session. Default: true.
    bool republish_qos1;
    // A `pmq_when_full`. Default: refuse.
    uint8_t queue_when_full;
    // Seconds; 0 turns it off. Default: 60.
    uint16_t keep_alive_s;
    // How many unacknowledged QoS 1 and 2 publications we take at the same time; from 1. Default: 65,535.
    uint16_t receive_maximum;
    // The highest Topic Alias that we take. Default: 16.
    uint16_t topic_alias_maximum;
    // The highest Topic Alias that we assign. Default: 16.
    uint16_t topic_alias_outbound_maximum;
    // How many QoS 1 and 2 publications may be in flight; from 1. Default: 1,024.
    uint16_t in_flight_max;
    // How many SUBSCRIBE, UNSUBSCRIBE and requests may wait for their answer. Default: 1,024.
    uint16_t requests_max;
    // Seconds that the Session outlives the connection; `UINT32_MAX`: for ever. Default: 0.
    uint32_t session_expiry_interval_s;
    // The largest packet that we take. Default: 1 MiB.
    uint32_t maximum_packet_size_bytes;
    // The lowest delay before a reconnect. Default: 1,000.
    uint32_t reconnect_delay_min_ms;
    // The highest one. Default: 60,000.
    uint32_t reconnect_delay_max_ms;
    // How many attempts in a row may fail; 0 (the default): any number.
    uint32_t reconnect_attempts_max;
    // For the transport and the CONNACK together. Default: 10,000.
    uint32_t connect_timeout_ms;
    // For a PINGRESP. Default: 10,000.
    uint32_t ping_timeout_ms;
    // Without any acknowledgement while one is due; 0: for ever. Default: 30,000.
    uint32_t acknowledgement_timeout_ms;
    // For the response to a request; 0: for ever. Default: 30,000.
    uint32_t request_timeout_ms;
    // How long the server waits before it publishes the will (5.0). Default: 0.
    uint32_t will_delay_interval_s;
    // What the server publishes when the connection ends without a DISCONNECT.
    struct pmq_will will;
    // How many messages may wait to be sent. Default: 10,000.
    size_t queue_messages_max;
    // And how many bytes of them. Default: 16 MiB.
    size_t queue_bytes_max;
    // User Properties of CONNECT (5.0): `name` and `text` of each. Default: none.
    const struct pmq_property *user_properties;
    // How many.
    size_t user_property_count;
    // The method of enhanced authentication (5.0). Default: none. A `pmq_client` does not take it.
    struct pmq_str authentication_method;
    // What it begins with. Default: none.
    struct pmq_bytes authentication_data;
    // All randomness of a `pmq_client_core` comes from here: give each another one. Default: 0.
    uint64_t seed;
    // A `pmq_client_core` hands out what is to be made durable. Default: false.
    bool store;
    // A `pmq_client` tries its first connection until it succeeds as well. Default: false.
    bool connect_retry;
    // A `pmq_client` does not check the server's certificate. Dangerous. Default: false.
    bool tls_insecure;
    // A `pmq_client` trusts the CA certificates in this PEM file and no others. Default: what the system trusts.
    struct pmq_str tls_ca_file;
    // The certificate chain that a `pmq_client` shows, a PEM file. Default: none.
    struct pmq_str tls_certificate_file;
    // Its private key, a PEM file.
    struct pmq_str tls_key_file;
    // The name that the server's certificate must have, if not that of the URL.
    struct pmq_str tls_server_name;
    // A `pmq_client` calls this when the server has accepted a connection, on the client's thread for callbacks.
    void (*on_connected)(void *user_data, bool session_present);
    // A `pmq_client` calls this when a connection or an attempt is over.
    void (*on_disconnected)(void *user_data, const struct pmq_disconnected *disconnected);
    // What these two are called with.
    void *user_data;
} pmq_client_options;

// How to end a connection. All zero but `struct_size`: in good order.
typedef struct pmq_disconnect_options {
    // `sizeof(pmq_disconnect_options)`.
    size_t struct_size;
    // The server is to publish the will nonetheless (5.0).
    bool with_will;
    // Whether `session_expiry_interval_s` is to be sent (5.0).
    bool has_session_expiry_interval;
    // Another Session Expiry Interval than that of CONNECT.
    uint32_t session_expiry_interval_s;
    // Reason String and User Properties (5.0).
    struct pmq_properties properties;
} pmq_disconnect_options;

// A Topic Filter with its options. Spec: 3.8.3.
typedef struct pmq_subscription {
    // The Topic Filter.
    struct pmq_str filter;
    // 0, 1 or 2: the highest QoS that is wanted.
    uint8_t qos;
    // Do not send back what this client publishes itself (5.0).
    bool no_local;
    // Keep RETAIN as the publisher set it (5.0).
    bool retain_as_published;
    // 0: send retained messages; 1: only if the subscription is new; 2: do not (5.0).
    uint8_t retain_handling;
} pmq_subscription;

// Is called with each message of a subscription, on the client's thread for callbacks. `received` and the views in
// `message` are valid during the call.
typedef void (*pmq_message_callback)(void *user_data,
                                     const struct pmq_message *message,
                                     const struct pmq_received *received);

// Counters since the client was made.
typedef struct pmq_statistics {
    // Control Packets sent.
    uint64_t packets_sent;
    // Bytes of them.
    uint64_t bytes_sent;
    // Control Packets received.
    uint64_t packets_received;
    // Bytes received.
    uint64_t bytes_received;
    // PUBLISH packets sent, repetitions included.
    uint64_t messages_sent;
    // Messages given out.
    uint64_t messages_received;
    // Connections that a server accepted.
    uint64_t connections;
} pmq_statistics;

// A record of the client's log, to be given back with `pmq_client_core_restore`.
typedef struct pmq_store_record {
    // A `pmq_store_record_type`.
    uint8_t record_type;
    // Of the message that came.
    uint16_t packet_identifier;
    // Names a publication.
    uint64_t record;
    // The message of a publication.
    struct pmq_message message;
} pmq_store_record;

// Something to make durable.
typedef struct pmq_store_operation {
    // For `pmq_client_core_completed`.
    uint64_t sequence;
    // What to append to the log.
    struct pmq_store_record record;
} pmq_store_operation;

// The server has accepted the connection.
typedef struct pmq_connected {
    // Whether it continues a Session.
    bool session_present;
    // The CONNACK properties (5.0).
    struct pmq_properties properties;
} pmq_connected;

// A message that came.
typedef struct pmq_received_message {
    // The message.
    struct pmq_message message;
    // For `pmq_client_core_acknowledge`; 0: nothing is to be acknowledged by you.
    uint64_t acknowledgement;
    // The handlers whose filter matches.
    const uint32_t *handlers;
    // How many.
    size_t handler_count;
} pmq_received_message;

// A command has come to its end. What is not said by its outcome is zero.
typedef struct pmq_settled {
    // The command.
    uint64_t token;
    // A `pmq_outcome`.
    uint8_t outcome;
    // A `pmq_reason_code`.
    uint8_t reason_code;
    // A `pmq_reason_code` for each Topic Filter.
    struct pmq_bytes reason_codes;
    // Those of the server's answer (5.0).
    struct pmq_properties properties;
    // The server's words.
    struct pmq_str reason_string;
    // The response to a request.
    struct pmq_message response;
} pmq_settled;

// A step of enhanced authentication.
typedef struct pmq_authentication {
    // `PMQ_REASON_CODE_CONTINUE_AUTHENTICATION`: answer with `pmq_client_core_authenticate`. 0: it is complete.
    uint8_t reason_code;
    // The AUTH properties, among them the Authentication Data.
    struct pmq_properties properties;
} pmq_authentication;

// The server did not grant a subscription again.
typedef struct pmq_subscription_lost {
    // The Topic Filter.
    struct pmq_str filter;
    // Why: a `pmq_reason_code`.
    uint8_t reason_code;
} pmq_subscription_lost;

// What an output says, by its type.
typedef union pmq_client_output_body {
    struct pmq_store_operation store;
    struct pmq_connected connected;
    struct pmq_disconnected disconnected;
    struct pmq_received_message message;
    struct pmq_settled settled;
    struct pmq_authentication authentication;
    struct pmq_subscription_lost subscription_lost;
} pmq_client_output_body;

// One thing to do or to know. Its views are valid until the next `pmq_client_core_poll_output`.
typedef struct pmq_client_output {
    // A `pmq_client_output_type`: tells which member of `body` is meant.
    uint8_t output_type;
    // What it says.
    union pmq_client_output_body body;
} pmq_client_output;

// By which rules bytes are read. All zero but `struct_size` means: MQTT 5.0, from either side, no limits.
typedef struct pmq_decode_options {
    // `sizeof(pmq_decode_options)`.
    size_t struct_size;
    // A `pmq_protocol_version`; 0: 5.0. A CONNECT is read by the version that it names itself.
    uint8_t protocol_version;
    // A `pmq_side`: who sent the bytes.
    uint8_t sender;
    // The most properties in one block; 0: no limit.
    uint16_t properties_max;
    // The most levels of a topic; 0: no limit.
    uint16_t topic_levels_max;
    // The largest packet in bytes; 0: no limit.
    uint32_t packet_size_bytes_max;
} pmq_decode_options;

// CONNECT. Spec: 3.1.
typedef struct pmq_connect {
    // A `pmq_protocol_version`.
    uint8_t protocol_version;
    // Clean Start, or Clean Session.
    bool clean_start;
    // Whether `will` is there.
    bool has_will;
    // Seconds; 0: none.
    uint16_t keep_alive_s;
    // The CONNECT properties (5.0).
    struct pmq_properties properties;
    // May be empty.
    struct pmq_str client_identifier;
    // The Will Message, if `has_will`.
    struct pmq_will will;
    // `data` NULL: none.
    struct pmq_str user_name;
    // `data` NULL: none.
    struct pmq_bytes password;
} pmq_connect;

// CONNACK. Spec: 3.2.
typedef struct pmq_connack {
    // Whether the server continues a Session.
    bool session_present;
    // A `pmq_reason_code`; in 3.1 and 3.1.1 translated from the return code.
    uint8_t reason_code;
    // The CONNACK properties (5.0).
    struct pmq_properties properties;
} pmq_connack;

// PUBLISH. Spec: 3.3.
typedef struct pmq_publish {
    // Perhaps a repetition.
    bool dup;
    // 0, 1 or 2.
    uint8_t qos;
    // To the server: keep it. From the server: it was kept.
    bool retain;
    // 0 exactly if the QoS is 0.
    uint16_t packet_identifier;
    // The Topic Name; empty if a Topic Alias stands for it.
    struct pmq_str topic;
    // The PUBLISH properties (5.0).
    struct pmq_properties properties;
    // The Application Message.
    struct pmq_bytes payload;
} pmq_publish;

// PUBACK, PUBREC, PUBREL and PUBCOMP. Spec: 3.4 to 3.7.
typedef struct pmq_acknowledgement {
    // From 1.
    uint16_t packet_identifier;
    // A `pmq_reason_code`; 0 in 3.1 and 3.1.1.
    uint8_t reason_code;
    // Reason String and User Properties (5.0).
    struct pmq_properties properties;
} pmq_acknowledgement;

// The Topic Filters of a SUBSCRIBE with their options, in their wire form.
typedef struct pmq_subscriptions {
    // The first byte.
    const uint8_t *data;
    // How many bytes.
    size_t len;
} pmq_subscriptions;

// SUBSCRIBE. Spec: 3.8.
typedef struct pmq_subscribe {
    // From 1.
    uint16_t packet_identifier;
    // Subscription Identifier and User Properties (5.0).
    struct pmq_properties properties;
    // Read them with `pmq_subscriptions_next`.
    struct pmq_subscriptions subscriptions;
} pmq_subscribe;

// SUBACK. Spec: 3.9.
typedef struct pmq_suback {
    // From 1.
    uint16_t packet_identifier;
    // Reason String and User Properties (5.0).
    struct pmq_properties properties;
    // One `pmq_reason_code` for each Topic Filter.
    struct pmq_bytes reason_codes;
} pmq_suback;

// The Topic Filters of an UNSUBSCRIBE, in their wire form.
typedef struct pmq_topic_filters {
    // The first byte.
    const uint8_t *data;
    // How many bytes.
    size_t len;
} pmq_topic_filters;

// UNSUBSCRIBE. Spec: 3.10.
typedef struct pmq_unsubscribe {
    // From 1.
    uint16_t packet_identifier;
    // User Properties (5.0).
    struct pmq_properties properties;
    // Read them with `pmq_topic_filters_next`.
    struct pmq_topic_filters topic_filters;
} pmq_unsubscribe;

// UNSUBACK. Spec: 3.11.
typedef struct pmq_unsuback {
    // From 1.
    uint16_t packet_identifier;
    // Reason String and User Properties (5.0).
    struct pmq_properties properties;
    // One `pmq_reason_code` for each Topic Filter; none in 3.1 and 3.1.1.
    struct pmq_bytes reason_codes;
} pmq_unsuback;

// DISCONNECT. Spec: 3.14.
typedef struct pmq_disconnect {
    // A `pmq_reason_code`; 0 in 3.1 and 3.1.1.
    uint8_t reason_code;
    // The DISCONNECT properties (5.0).
    struct pmq_properties properties;
} pmq_disconnect;

// AUTH (5.0). Spec: 3.15.
typedef struct pmq_auth {
    // A `pmq_reason_code`.
    uint8_t reason_code;
    // Authentication Method and Data, Reason String and User Properties.
    struct pmq_properties properties;
} pmq_auth;

// What a packet says, by its type.
typedef union pmq_packet_body {
    struct pmq_connect connect;
    struct pmq_connack connack;
    struct pmq_publish publish;
    struct pmq_acknowledgement acknowledgement;
    struct pmq_subscribe subscribe;
    struct pmq_suback suback;
    struct pmq_unsubscribe unsubscribe;
    struct pmq_unsuback unsuback;
    struct pmq_disconnect disconnect;
    struct pmq_auth auth;
} pmq_packet_body;

// A Control Packet. Its views belong to whoever gave the bytes.
typedef struct pmq_packet {
    // A `pmq_packet_type`: tells which member of `body` is meant.
    uint8_t packet_type;
    // What it says.
    union pmq_packet_body body;
} pmq_packet;

// What is wrong with bytes.
typedef struct pmq_decode_error {
    // The `pmq_reason_code` that tells the peer.
    uint8_t reason_code;
    // The `pmq_packet_type`; 0: not known.
    uint8_t packet_type;
    // The statement of the standard that is broken, such as `MQTT-2.2.1-3`, or a section. Valid for ever.
    struct pmq_str statement;
} pmq_decode_error;

// Why a text is not a Topic Name, Topic Filter or pattern.
typedef struct pmq_topic_error {
    // The statement of MQTT 5.0 that is broken, such as `MQTT-4.7.1-1`; absent for a repeated name of a pattern.
    struct pmq_str statement;
    // How many bytes stand before the fault.
    uint32_t position;
    // The level of the fault, counted from 1.
    uint32_t level;
} pmq_topic_error;

// What a name of a pattern stands for in a topic.
typedef struct pmq_capture {
    // The name, without `+` or `#`.
    struct pmq_str name;
    // The level, or for `#` all that is left.
    struct pmq_str value;
} pmq_capture;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Starts a broker; when this returns, clients can connect. `options` may be NULL. End it with `pmq_broker_stop`.
pmq_result pmq_broker_start(const struct pmq_broker_options *options, struct pmq_broker **broker);

// Says good-bye to the clients, waits for the broker's threads, and frees it; NULL is fine.
void pmq_broker_stop(struct pmq_broker *broker);

// The URL of a listener, in the order of the options: what `pmq_client_new` takes. `PMQ_RESULT_NONE`: there are no more.
// Valid as long as the broker.
pmq_result pmq_broker_url(const struct pmq_broker *broker,
                          size_t index,
                          struct pmq_str *url);

// Publishes a message as the program itself.
pmq_result pmq_broker_publish(const struct pmq_broker *broker, const struct pmq_message *message);

// Ends the connection of a client, if it has one, with a Reason Code of 0x80 or above.
pmq_result pmq_broker_disconnect(const struct pmq_broker *broker,
                                 struct pmq_str client_identifier,
                                 uint8_t reason_code);

// A counter of the broker by its number from 0: its name (valid for ever) and value. `PMQ_RESULT_NONE`: there are no more.
pmq_result pmq_broker_statistic(const struct pmq_broker *broker,
                                size_t index,
                                struct pmq_str *name,
                                uint64_t *value);

// A broker without connections. `options` may be NULL. Free it with `pmq_broker_core_free`.
pmq_result pmq_broker_core_new(const struct pmq_broker_core_options *options, struct pmq_broker_core **broker);

// Ends a broker; NULL is fine. It says nothing to its clients: call `pmq_broker_core_shutdown` before.
void pmq_broker_core_free(struct pmq_broker_core *broker);

// A new transport; `peer` is what the callbacks and the log call it, and may be absent. `PMQ_RESULT_LIMIT`: there are too
// many; close it.
pmq_result pmq_broker_core_accept(struct pmq_broker_core *broker,
                                  struct pmq_str peer,
                                  uint64_t now_ms,
                                  uint64_t *connection);

// Bytes came on a connection. An unknown connection is ignored: it may have ended a moment ago.
pmq_result pmq_broker_core_handle_input(struct pmq_broker_core *broker,
                                        uint64_t connection,
                                        struct pmq_bytes bytes,
                                        uint64_t now_ms);

// The transport of a connection is gone.
pmq_result pmq_broker_core_handle_closed(struct pmq_broker_core *broker, uint64_t connection, uint64_t now_ms);

// A deadline has passed.
pmq_result pmq_broker_core_handle_timeout(struct pmq_broker_core *broker, uint64_t now_ms);

// The next thing to do or to know. `PMQ_RESULT_NONE` when all is done: call it until then after every other call.
pmq_result pmq_broker_core_poll_output(struct pmq_broker_core *broker, struct pmq_broker_output *output);

// The output that was polled last in its canonical text form, like `pmq_packet_text`. `PMQ_RESULT_NONE`: there is none.
pmq_result pmq_broker_core_output_text(const struct pmq_broker_core *broker,
                                       char *buffer,
                                       size_t capacity,
                                       size_t *len);

// When to call `pmq_broker_core_handle_timeout` at the latest. `PMQ_RESULT_NONE`: never, as things are.
pmq_result pmq_broker_core_next_timeout(const struct pmq_broker_core *broker, uint64_t *at_ms);

// The first of what waits to be written to a connection. `PMQ_RESULT_NONE`: nothing does. Valid until the next call that
// changes the broker.
pmq_result pmq_broker_core_transmit_slice(const struct pmq_broker_core *broker,
                                          uint64_t connection,
                                          struct pmq_bytes *bytes);

// The transport took the first `len` bytes of what waits for this connection.
pmq_result pmq_broker_core_transmitted(struct pmq_broker_core *broker,
                                       uint64_t connection,
                                       size_t len,
                                       uint64_t now_ms);

// Accepts a CONNECT that was asked about, as `user_name`, or if that is absent as the user name of the CONNECT.
pmq_result pmq_broker_core_accept_connect(struct pmq_broker_core *broker,
                                          uint64_t connection,
                                          struct pmq_str user_name,
                                          uint64_t now_ms);

// Refuses a CONNECT that was asked about, with a Reason Code of 0x80 or above; `reason_string` may be absent.
pmq_result pmq_broker_core_reject_connect(struct pmq_broker_core *broker,
                                          uint64_t connection,
                                          uint8_t reason_code,
                                          struct pmq_str reason_string,
                                          uint64_t now_ms);

// A step of enhanced authentication: a `pmq_authentication_step` with its Authentication Data (may be absent), or with
// the Reason Code of a failure.
pmq_result pmq_broker_core_authenticate(struct pmq_broker_core *broker,
                                        uint64_t connection,
                                        uint8_t step,
                                        struct pmq_bytes data,
                                        uint8_t reason_code,
                                        uint64_t now_ms);

// Publishes a message as the program itself.
pmq_result pmq_broker_core_publish(struct pmq_broker_core *broker, const struct pmq_message *message, uint64_t now_ms);

// Ends a connection with a Reason Code of 0x80 or above.
pmq_result pmq_broker_core_disconnect(struct pmq_broker_core *broker,
                                      uint64_t connection,
                                      uint8_t reason_code,
                                      uint64_t now_ms);

// Says good-bye to all clients; new ones are refused.
pmq_result pmq_broker_core_shutdown(struct pmq_broker_core *broker, uint64_t now_ms);

// A counter by its number from 0: its name (valid for ever) and value. `PMQ_RESULT_NONE`: there are no more.
pmq_result pmq_broker_core_statistic(const struct pmq_broker_core *broker,
                                     size_t index,
                                     struct pmq_str *name,
                                     uint64_t *value);

// Sets every option to its default. `size` is `sizeof(pmq_broker_core_options)`.
pmq_result pmq_broker_core_options_init(struct pmq_broker_core_options *options, size_t size);

// A client for the broker at `url`: `mqtt://host`, `mqtts://`, `ws://`, `wss://` or `unix:/path`. `options` may be NULL.
//
// It does nothing yet: call `pmq_client_connect`. Free it with `pmq_client_free`.
pmq_result pmq_client_new(struct pmq_str url,
                          const struct pmq_client_options *options,
                          struct pmq_client **client);

// Ends a client; NULL is fine. It disconnects in the background: call `pmq_client_disconnect` before, to be sure that
// everything was sent.
//
// When this returns, no callback runs and none will; called by a callback, that one is the last.
void pmq_client_free(struct pmq_client *client);

// Connects, and waits for the server's answer at most `timeout_ms` (`PMQ_FOREVER`: as long as it takes).
//
// `session_present` may be NULL. After `PMQ_RESULT_TIMEOUT` it goes on trying.
pmq_result pmq_client_connect(const struct pmq_client *client, uint32_t timeout_ms, bool *session_present);

// Ends the connection in good order and waits until it is closed. `options` may be NULL.
pmq_result pmq_client_disconnect(const struct pmq_client *client,
                                 const struct pmq_disconnect_options *options,
                                 uint32_t timeout_ms);

// Whether a server has accepted the connection and it lasts; false for NULL.
bool pmq_client_is_connected(const struct pmq_client *client);

// The Client Identifier in use: our own or the server's choice. Valid until the next call of this function.
pmq_result pmq_client_client_identifier(const struct pmq_client *client, struct pmq_str *identifier);

// Publishes a message and waits at most `timeout_ms` until the server has acknowledged it (QoS 0: until it is sent).
//
// 0 does not wait, and gives `PMQ_RESULT_OK` when the message is on its way. Without a connection it waits for the next.
pmq_result pmq_client_publish(const struct pmq_client *client,
                              const struct pmq_message *message,
                              uint32_t timeout_ms);

// Publishes a message without waiting; `pmq_token_wait` tells what became of it. Free the token.
pmq_result pmq_client_publish_start(const struct pmq_client *client,
                                    const struct pmq_message *message,
                                    struct pmq_token **token);

// Waits for the acknowledgement. After `PMQ_RESULT_TIMEOUT` one may wait again; any other answer is given once.
pmq_result pmq_token_wait(struct pmq_token *token, uint32_t timeout_ms);

// Ends a token; NULL is fine. The publication goes on.
void pmq_token_free(struct pmq_token *token);

// Subscribes to `count` Topic Filters or patterns, and waits for the server's answer. The messages come to
// `*subscriber`, which is to be freed.
//
// `reason_codes` may be NULL; otherwise it takes one `pmq_reason_code` for each. `PMQ_RESULT_REFUSED`: none was granted.
pmq_result pmq_client_subscribe(const struct pmq_client *client,
                                const struct pmq_subscription *subscriptions,
                                size_t count,
                                uint32_t timeout_ms,
                                uint8_t *reason_codes,
                                struct pmq_subscriber **subscriber);

// Subscribes like `pmq_client_subscribe`; each message is given to `callback` with `user_data`.
pmq_result pmq_client_subscribe_callback(const struct pmq_client *client,
                                         const struct pmq_subscription *subscriptions,
                                         size_t count,
                                         pmq_message_callback callback,
                                         void *user_data,
                                         uint32_t timeout_ms,
                                         uint8_t *reason_codes);

// Unsubscribes from `count` Topic Filters or patterns, and waits for the server's answer.
pmq_result pmq_client_unsubscribe(const struct pmq_client *client,
                                  const struct pmq_str *filters,
                                  size_t count,
                                  uint32_t timeout_ms);

// Waits at most `timeout_ms` (0: not at all) for the next message, which is to be freed with `pmq_received_free`.
//
// `PMQ_RESULT_TIMEOUT`: none came. `PMQ_RESULT_CLOSED`: none will come any more.
pmq_result pmq_subscriber_receive(const struct pmq_subscriber *subscriber,
                                  uint32_t timeout_ms,
                                  struct pmq_received **received);

// Ends taking messages; NULL is fine. It does not unsubscribe.
void pmq_subscriber_free(struct pmq_subscriber *subscriber);

// What a message says. The views are valid as long as `received`.
pmq_result pmq_received_view(const struct pmq_received *received, struct pmq_message *message);

// What a name of the pattern that was subscribed to stands for. `PMQ_RESULT_NONE`: there is no such name. Valid as long as
// `received`.
pmq_result pmq_received_capture(const struct pmq_received *received,
                                struct pmq_str name,
                                struct pmq_str *value);

// Acknowledges a message, with 0 or, in 5.0, with an error: only with the option `manual_acknowledgement`.
pmq_result pmq_received_acknowledge(const struct pmq_received *received, uint8_t reason_code);

// Ends a message; NULL is fine.
void pmq_received_free(struct pmq_received *received);

// Publishes a request and waits for the response (5.0), which is to be freed with `pmq_received_free`.
pmq_result pmq_client_request(const struct pmq_client *client,
                              const struct pmq_message *message,
                              uint32_t timeout_ms,
                              struct pmq_received **response);

// Publishes the response to a request that came, to its Response Topic. Waits like `pmq_client_publish`.
pmq_result pmq_client_respond(const struct pmq_client *client,
                              const struct pmq_received *request,
                              struct pmq_bytes payload,
                              uint32_t timeout_ms);

// Counters.
pmq_result pmq_client_statistics(const struct pmq_client *client, struct pmq_statistics *statistics);

// A client at rest. `options` may be NULL. Free it with `pmq_client_core_free`; call `pmq_client_core_connect` next.
pmq_result pmq_client_core_new(const struct pmq_client_options *options, struct pmq_client_core **client);

// Ends a client. NULL is fine. It sends nothing: call `pmq_client_core_disconnect` before.
void pmq_client_core_free(struct pmq_client_core *client);

// Starts connecting: leads to `PMQ_CLIENT_OUTPUT_TYPE_CONNECT`.
pmq_result pmq_client_core_connect(struct pmq_client_core *client, uint64_t now_ms);

// The transport that was asked for is open: CONNECT goes out.
pmq_result pmq_client_core_handle_connected(struct pmq_client_core *client, uint64_t now_ms);

// The transport that was asked for cannot be opened.
pmq_result pmq_client_core_handle_connect_failed(struct pmq_client_core *client, uint64_t now_ms);

// Bytes came from the server.
pmq_result pmq_client_core_handle_input(struct pmq_client_core *client, struct pmq_bytes bytes, uint64_t now_ms);

// The transport is gone.
pmq_result pmq_client_core_handle_closed(struct pmq_client_core *client, uint64_t now_ms);

// A deadline has passed.
pmq_result pmq_client_core_handle_timeout(struct pmq_client_core *client, uint64_t now_ms);

// The next thing to do or to know. `PMQ_RESULT_NONE` when all is done: call it until then after every other call.
//
// The views in `*output` are valid until the next call of this function.
pmq_result pmq_client_core_poll_output(struct pmq_client_core *client, struct pmq_client_output *output);

// The output that was polled last in its canonical text form, like `pmq_packet_text`. `PMQ_RESULT_NONE`: there is none.
pmq_result pmq_client_core_output_text(const struct pmq_client_core *client,
                                       char *buffer,
                                       size_t capacity,
                                       size_t *len);

// When to call `pmq_client_core_handle_timeout` at the latest. `PMQ_RESULT_NONE`: never, as things are.
pmq_result pmq_client_core_next_timeout(const struct pmq_client_core *client, uint64_t *at_ms);

// The first of what waits to be written. `PMQ_RESULT_NONE`: nothing does. Valid until the next call that changes the client.
pmq_result pmq_client_core_transmit_slice(const struct pmq_client_core *client,
                                          struct pmq_bytes *bytes);

// What waits to be written, as up to `capacity` slices for one vectored write; `*count` is how many were set.
pmq_result pmq_client_core_transmit_slices(const struct pmq_client_core *client,
                                           struct pmq_bytes *slices,
                                           size_t capacity,
                                           size_t *count);

// The transport took the first `len` bytes of what waits to be written.
pmq_result pmq_client_core_transmitted(struct pmq_client_core *client, size_t len, uint64_t now_ms);

// Publishes a message, now or when there is a connection; `*token` settles later.
pmq_result pmq_client_core_publish(struct pmq_client_core *client,
                                   const struct pmq_message *message,
                                   uint64_t now_ms,
                                   uint64_t *token);

// Publishes a request (5.0): `*token` settles with the response. Response Topic and Correlation Data are set here.
pmq_result pmq_client_core_request(struct pmq_client_core *client,
                                   const struct pmq_message *message,
                                   uint64_t now_ms,
                                   uint64_t *token);

// Subscribes to `count` Topic Filters; `*token` settles with a Reason Code for each. `properties` may be all zero.
pmq_result pmq_client_core_subscribe(struct pmq_client_core *client,
                                     const struct pmq_subscription *subscriptions,
                                     size_t count,
                                     struct pmq_properties properties,
                                     uint64_t now_ms,
                                     uint64_t *token);

// Unsubscribes from `count` Topic Filters; `*token` settles with a Reason Code for each.
pmq_result pmq_client_core_unsubscribe(struct pmq_client_core *client,
                                       const struct pmq_str *filters,
                                       size_t count,
                                       struct pmq_properties properties,
                                       uint64_t now_ms,
                                       uint64_t *token);

// Acknowledges a message that came with an `acknowledgement`, with 0 or, in 5.0, with an error.
pmq_result pmq_client_core_acknowledge(struct pmq_client_core *client,
                                       uint64_t acknowledgement,
                                       uint8_t reason_code,
                                       uint64_t now_ms);

// Gives up waiting for a command: its token settles. `PMQ_RESULT_UNKNOWN`: it has settled before.
pmq_result pmq_client_core_cancel(struct pmq_client_core *client, uint64_t token);

// Sets what the next CONNECT carries.
pmq_result pmq_client_core_set_credentials(struct pmq_client_core *client,
                                           struct pmq_str user_name,
                                           struct pmq_bytes password);

// Answers `PMQ_CLIENT_OUTPUT_TYPE_AUTHENTICATION` with the next step; `data` may be absent.
pmq_result pmq_client_core_authenticate(struct pmq_client_core *client, struct pmq_bytes data, uint64_t now_ms);

// Authenticates once more; `data` may be absent.
pmq_result pmq_client_core_re_authenticate(struct pmq_client_core *client, struct pmq_bytes data, uint64_t now_ms);

// Ends the connection in good order, or the attempts to make one. `options` may be NULL.
pmq_result pmq_client_core_disconnect(struct pmq_client_core *client,
                                      const struct pmq_disconnect_options *options,
                                      uint64_t now_ms);

// Adds a filter: messages that match it carry its number. It does not subscribe.
pmq_result pmq_client_core_add_handler(struct pmq_client_core *client, struct pmq_str filter, uint32_t *handler);

// Removes a filter. `PMQ_RESULT_UNKNOWN`: there is none with this number.
pmq_result pmq_client_core_remove_handler(struct pmq_client_core *client, uint32_t handler);

// The Store operations up to this number are durable.
pmq_result pmq_client_core_completed(struct pmq_client_core *client, uint64_t sequence, uint64_t now_ms);

// Gives back one record of the log, in its order, before the first connect.
pmq_result pmq_client_core_restore(struct pmq_client_core *client,
                                   const struct pmq_store_record *record,
                                   uint64_t now_ms);

// Where the client is: a `pmq_client_state`; closed for NULL.
pmq_client_state pmq_client_core_state(const struct pmq_client_core *client);

// The Client Identifier in use: our own or the server's choice. Valid until the next call; absent for NULL.
struct pmq_str pmq_client_core_client_identifier(const struct pmq_client_core *client);

// Counters.
pmq_result pmq_client_core_statistics(const struct pmq_client_core *client, struct pmq_statistics *statistics);

// Decodes the packet that `bytes` begin with; `*size` is then how many bytes it takes.
//
// `PMQ_RESULT_NONE`: the packet is not complete. `PMQ_RESULT_MALFORMED`: `*error` says why. `options` may be NULL, `error`
// too. The views in `*packet` point into `bytes`. Nothing is allocated.
pmq_result pmq_decode(struct pmq_bytes bytes,
                      const struct pmq_decode_options *options,
                      struct pmq_packet *packet,
                      size_t *size,
                      struct pmq_decode_error *error);

// Encodes a packet into the caller's buffer; `*len` is how many bytes it takes, also when they do not fit.
//
// In 3.1 and 3.1.1 properties and most Reason Codes are left out. A CONNECT is encoded for its own version.
pmq_result pmq_encode(const struct pmq_packet *packet,
                      uint8_t protocol_version,
                      uint8_t *buffer,
                      size_t capacity,
                      size_t *len);

// Writes a packet in its canonical text form, one line ended by a zero; `*len` is its length without the zero, also when
// it does not fit. The form is described in `core/vectors/README.md`.
pmq_result pmq_packet_text(const struct pmq_packet *packet,
                           uint8_t protocol_version,
                           char *buffer,
                           size_t capacity,
                           size_t *len);

// Encodes the canonical text form of a packet, like `pmq_encode`.
pmq_result pmq_encode_text(struct pmq_str line,
                           uint8_t protocol_version,
                           uint8_t *buffer,
                           size_t capacity,
                           size_t *len);

// The name of a packet type in the standard, such as `PUBLISH`; absent for a number that is none.
struct pmq_str pmq_packet_type_name(uint8_t packet_type);

// The name of a Reason Code in the standard, such as `Not authorized`; absent for a number that is none.
struct pmq_str pmq_reason_code_name(uint8_t reason_code);

// A decoder at the beginning of a stream. `options` may be NULL. Free it with `pmq_decoder_free`.
pmq_result pmq_decoder_new(const struct pmq_decode_options *options, struct pmq_decoder **decoder);

// Ends a decoder. NULL is fine.
void pmq_decoder_free(struct pmq_decoder *decoder);

// Takes the next packet from the beginning of `*input`, which moves on. `PMQ_RESULT_NONE`: all of it is used, and the next
// packet is not complete. `PMQ_RESULT_MALFORMED` is final. `error` may be NULL.
//
// The views in `*packet` are valid until the next call, and as long as the bytes of `*input` are.
pmq_result pmq_decoder_next(struct pmq_decoder *decoder,
                            struct pmq_bytes *input,
                            struct pmq_packet *packet,
                            struct pmq_decode_error *error);

// Sets the version by which the following packets are read. A CONNECT sets it by itself.
pmq_result pmq_decoder_set_version(struct pmq_decoder *decoder, uint8_t protocol_version);

// How many bytes of an incomplete packet are held; 0 for NULL.
size_t pmq_decoder_partial_size(const struct pmq_decoder *decoder);

// What `result` means, in English. Never NULL, valid for ever.
const char *pmq_strerror(int32_t result);

// More about the last call of this thread that failed: what was wrong, where, and what to do. Never NULL; valid until
// this thread's next call that fails. In a library built without std it is the same as `pmq_strerror`.
const char *pmq_last_error(void);

// The `pmq_reason_code` that belongs to the last call of this thread that failed: what the server said, or what says the
// same as the result; 0: none.
uint8_t pmq_last_reason_code(void);

// The version of this library, such as `0.1.0`. Valid for ever.
const char *pmq_version(void);

// Memory of this size, aligned like `max_align_t`; NULL when there is none.
extern void *pmq_alloc(size_t size);

// Gives back what `pmq_alloc` gave.
extern void pmq_free(void *memory);

// The library has a bug, or memory is exhausted. Must not return: reset, or stop.
extern void pmq_panic(const uint8_t *file, size_t file_len, uint32_t line);

// Sets every option to its default. `size` is `sizeof(pmq_client_options)`.
pmq_result pmq_client_options_init(struct pmq_client_options *options, size_t size);

// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
//
// `rest` begins as a copy of a packet's properties: `pmq_properties rest = packet.body.publish.properties;`
pmq_result pmq_properties_next(struct pmq_properties *rest, struct pmq_property *property);

// Builds the properties of a packet in the caller's buffer: `*properties` is then a view of it. Order is kept.
//
// When the buffer is too small, the result is `PMQ_RESULT_BUFFER_TOO_SMALL` and `properties->len` what it needs.
pmq_result pmq_properties_build(const struct pmq_property *list,
                                size_t count,
                                uint8_t *buffer,
                                size_t capacity,
                                struct pmq_properties *properties);

// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
pmq_result pmq_subscriptions_next(struct pmq_subscriptions *rest, struct pmq_subscription *subscription);

// Builds the list of a SUBSCRIBE in the caller's buffer, like `pmq_properties_build`.
pmq_result pmq_subscriptions_build(const struct pmq_subscription *list,
                                   size_t count,
                                   uint8_t *buffer,
                                   size_t capacity,
                                   struct pmq_subscriptions *subscriptions);

// Takes the first of `rest` and moves `rest` on. `PMQ_RESULT_NONE` at the end.
pmq_result pmq_topic_filters_next(struct pmq_topic_filters *rest, struct pmq_str *filter);

// Builds the list of an UNSUBSCRIBE in the caller's buffer, like `pmq_properties_build`.
pmq_result pmq_topic_filters_build(const struct pmq_str *list,
                                   size_t count,
                                   uint8_t *buffer,
                                   size_t capacity,
                                   struct pmq_topic_filters *filters);

// The name of a property in text, such as `message_expiry_interval`; absent for a number that is none.
struct pmq_str pmq_property_name(uint8_t identifier);

// Whether a text is a Topic Name. `error` may be NULL.
pmq_result pmq_topic_name_check(struct pmq_str name, struct pmq_topic_error *error);

// Whether a text is a Topic Filter, `$share/name/filter` among them. `error` may be NULL.
pmq_result pmq_topic_filter_check(struct pmq_str filter, struct pmq_topic_error *error);

// The two parts of a shared filter: the name (absent if it is not shared) and the filter behind it.
pmq_result pmq_topic_filter_share(struct pmq_str filter, struct pmq_str *share_name, struct pmq_str *rest);

// Whether a Topic Filter matches a Topic Name.
pmq_result pmq_topic_matches(struct pmq_str filter, struct pmq_str topic, bool *is_match);

// Parses a pattern. `error` may be NULL. Free it with `pmq_topic_pattern_free`.
pmq_result pmq_topic_pattern_new(struct pmq_str text,
                                 struct pmq_topic_pattern **pattern,
                                 struct pmq_topic_error *error);

// Ends a pattern. NULL is fine.
void pmq_topic_pattern_free(struct pmq_topic_pattern *pattern);

// The Topic Filter to subscribe to: the pattern without its names. Valid as long as the pattern; absent for NULL.
struct pmq_str pmq_topic_pattern_filter(const struct pmq_topic_pattern *pattern);

// What the names of a pattern stand for in a topic, in their order. `PMQ_RESULT_NONE`: the topic does not match.
//
// `*count` is the number of names, also when they do not fit. The views belong to the pattern and to `topic`.
pmq_result pmq_topic_pattern_captures(const struct pmq_topic_pattern *pattern,
                                      struct pmq_str topic,
                                      struct pmq_capture *captures,
                                      size_t capacity,
                                      size_t *count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* POLYMQTT_H */

// A string of C as pmq_str; NULL is none.
static inline pmq_str pmq_str_of(const char *text) {
    pmq_str view = {text, 0};
    while (text != NULL && text[view.len] != 0) {
        view.len++;
    }
    return view;
}

// Bytes as pmq_bytes.
static inline pmq_bytes pmq_bytes_of(const void *data, size_t len) {
    pmq_bytes view = {(const uint8_t *)data, len};
    return view;
}

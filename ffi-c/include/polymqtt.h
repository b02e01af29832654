// polymqtt: MQTT 3.1, 3.1.1 and 5.0. Codec, client and broker.
//
// README.md says how the functions behave: pointers, lifetimes, threads, errors.
// Written by cbindgen from ffi-c/src: do not edit.

#ifndef POLYMQTT_H
#define POLYMQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    // This call waits, which a callback must not.
    PMQ_RESULT_IN_CALLBACK = 24,
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

// Decodes a stream of bytes, however it is cut into pieces.
typedef struct pmq_decoder pmq_decoder;

// A Topic Filter whose wildcards have names, such as `cmd/+room/#action`.
typedef struct pmq_topic_pattern pmq_topic_pattern;

// Bytes that belong to someone else. `data` NULL: there are none.
typedef struct pmq_bytes {
    // The first byte.
    const uint8_t *data;
    // How many.
    size_t len;
} pmq_bytes;

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

// The properties of a packet, in their wire form. All zero: none.
typedef struct pmq_properties {
    // The first byte.
    const uint8_t *data;
    // How many bytes.
    size_t len;
} pmq_properties;

// UTF-8 text that belongs to someone else; it does not end with a zero. `data` NULL: there is none.
typedef struct pmq_str {
    // The first byte.
    const char *data;
    // How many bytes.
    size_t len;
} pmq_str;

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

// The version of this library, such as `0.1.0`. Valid for ever.
const char *pmq_version(void);

// Memory of this size, aligned like `max_align_t`; NULL when there is none.
extern void *pmq_alloc(size_t size);

// Gives back what `pmq_alloc` gave.
extern void pmq_free(void *memory);

// The library has a bug, or memory is exhausted. Must not return: reset, or stop.
extern void pmq_panic(const uint8_t *file, size_t file_len, uint32_t line);

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

// What callers do wrong: every such call is refused, says why, and writes nothing.
#include "check.h"

CHECK_MAIN

static void nulls(void) {
    pmq_client_core *client = NULL;
    pmq_broker_core *broker = NULL;
    pmq_client_output output;
    pmq_bytes bytes;
    pmq_packet packet;
    pmq_str some = pmq_str_of("a");
    uint64_t number = 7;
    size_t len = 7;
    bool flag = true;
    CHECK_RESULT(pmq_decode(pmq_bytes_of(NULL, 3), NULL, &packet, &len, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decode(pmq_bytes_of("", 0), NULL, NULL, &len, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decode(pmq_bytes_of("", 0), NULL, &packet, NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decode(pmq_bytes_of(NULL, 0), NULL, &packet, &len, NULL), PMQ_RESULT_NONE);
    CHECK_RESULT(pmq_encode(NULL, 5, NULL, 0, &len), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decoder_new(NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decoder_next(NULL, &bytes, &packet, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_decoder_set_version(NULL, 5), PMQ_RESULT_NULL_POINTER);
    CHECK(pmq_decoder_partial_size(NULL) == 0);
    CHECK_RESULT(pmq_topic_matches(some, some, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_topic_pattern_new(some, NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK(pmq_topic_pattern_filter(NULL).data == NULL);
    CHECK_RESULT(pmq_client_core_new(NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_core_connect(client, 0), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_core_poll_output(client, &output), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_core_next_timeout(client, &number), PMQ_RESULT_NULL_POINTER);
    CHECK(pmq_client_core_state(client) == PMQ_CLIENT_STATE_CLOSED);
    CHECK_RESULT(pmq_broker_core_accept(broker, some, 0, &number), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_new(pmq_str_of(NULL), NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_connect(NULL, 0, &flag), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_client_publish(NULL, NULL, 0), PMQ_RESULT_NULL_POINTER);
    CHECK_RESULT(pmq_broker_start(NULL, NULL), PMQ_RESULT_NULL_POINTER);
    CHECK(!pmq_client_is_connected(NULL));
    CHECK(number == 7 && len == 7 && flag);
    CHECK(strcmp(pmq_last_error(), pmq_strerror(PMQ_RESULT_NULL_POINTER)) == 0);
    // Nothing to free is fine.
    pmq_decoder_free(NULL), pmq_topic_pattern_free(NULL), pmq_client_core_free(NULL), pmq_broker_core_free(NULL);
    pmq_client_free(NULL), pmq_broker_stop(NULL), pmq_subscriber_free(NULL), pmq_received_free(NULL);
    pmq_token_free(NULL);
}

static void values(void) {
    uint8_t buffer[64];
    size_t len = 0;
    pmq_packet packet = {.packet_type = 77};
    pmq_properties built = {0};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_VALUE);
    packet.packet_type = PMQ_PACKET_TYPE_PUBLISH;
    CHECK_RESULT(pmq_encode(&packet, 6, buffer, sizeof buffer, &len), PMQ_RESULT_VALUE);
    packet.body.publish = (pmq_publish){.topic = pmq_str_of("a"), .qos = 3};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_VALUE);
    packet.body.publish = (pmq_publish){.topic = pmq_str_of("a"), .qos = 1};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_ENCODE);
    CHECK(strstr(pmq_last_error(), "packet identifier") != NULL);
    packet.body.publish = (pmq_publish){.topic = pmq_str_of("a/#")};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_TOPIC_NAME);
    packet.body.publish = (pmq_publish){.topic = pmq_str_of("\xFF")};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_NOT_UTF8);
    // The wire form of Receive Maximum, which does not belong in PUBLISH; and half of it.
    packet.body.publish = (pmq_publish){.topic = pmq_str_of("a"), .properties = {(const uint8_t *)"\x21\x00\x01", 3}};
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_PROPERTIES);
    CHECK(strstr(pmq_last_error(), "receive_maximum") != NULL);
    packet.body.publish.properties.len = 2;
    CHECK_RESULT(pmq_encode(&packet, 5, buffer, sizeof buffer, &len), PMQ_RESULT_PROPERTIES);
    pmq_property property = {.identifier = 0x7F};
    CHECK_RESULT(pmq_properties_build(&property, 1, buffer, sizeof buffer, &built), PMQ_RESULT_VALUE);
    property = (pmq_property){.identifier = 0x23, .number = 65536};
    CHECK_RESULT(pmq_properties_build(&property, 1, buffer, sizeof buffer, &built), PMQ_RESULT_VALUE);
    CHECK(built.data == NULL && built.len == 0);
    pmq_topic_error error;
    CHECK_RESULT(pmq_topic_filter_check(pmq_str_of("device/#/error"), &error), PMQ_RESULT_TOPIC_FILTER);
    CHECK(strcmp(pmq_last_error(),
                 "topic filter \"device/#/error\": '#' must be the last level (MQTT 5.0, 4.7.1.2)") == 0);
    CHECK(pmq_packet_type_name(99).data == NULL && pmq_reason_code_name(99).data == NULL);
    CHECK(str_is(pmq_reason_code_name(0x87), "Not authorized"));
    CHECK(strcmp(pmq_strerror(12345), pmq_strerror(-1)) == 0);
}

static void sizes_and_options(void) {
    pmq_client_options options;
    pmq_client_core *client = NULL;
    pmq_client *running = NULL;
    pmq_broker *broker = NULL;
    pmq_broker_options broker_options = {0};
    CHECK_RESULT(pmq_client_options_init(&options, sizeof options - 1), PMQ_RESULT_STRUCT_SIZE);
    memset(&options, 0, sizeof options);
    CHECK_RESULT(pmq_client_core_new(&options, &client), PMQ_RESULT_STRUCT_SIZE);
    CHECK_RESULT(pmq_broker_start(&broker_options, &broker), PMQ_RESULT_STRUCT_SIZE);
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.in_flight_max = 0;
    CHECK_RESULT(pmq_client_core_new(&options, &client), PMQ_RESULT_OPTION);
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.protocol_version = 9;
    CHECK_RESULT(pmq_client_core_new(&options, &client), PMQ_RESULT_VALUE);
    CHECK_RESULT(pmq_client_new(pmq_str_of("gopher://localhost"), NULL, &running), PMQ_RESULT_URL);
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.tls_key_file = pmq_str_of("key.pem");
    CHECK_RESULT(pmq_client_new(pmq_str_of("mqtts://localhost"), &options, &running), PMQ_RESULT_TLS);
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    options.authentication_method = pmq_str_of("SCRAM-SHA-256");
    CHECK_RESULT(pmq_client_new(pmq_str_of("mqtt://localhost"), &options, &running), PMQ_RESULT_OPTION);
    pmq_str listen = pmq_str_of("carrier-pigeon://here");
    broker_options = (pmq_broker_options){.struct_size = sizeof broker_options, .listen = &listen, .listen_count = 1};
    CHECK_RESULT(pmq_broker_start(&broker_options, &broker), PMQ_RESULT_URL);
    broker_options = (pmq_broker_options){.struct_size = sizeof broker_options, .config_toml = pmq_str_of("nonsense = 1")};
    CHECK_RESULT(pmq_broker_start(&broker_options, &broker), PMQ_RESULT_OPTION);
    CHECK(client == NULL && running == NULL && broker == NULL);
}

static void states(void) {
    pmq_client_core *client = NULL;
    pmq_broker_core *broker = NULL;
    uint64_t token = 7;
    pmq_client_output output;
    CHECK_OK(pmq_client_core_new(NULL, &client));
    CHECK_OK(pmq_client_core_connect(client, 0));
    CHECK_RESULT(pmq_client_core_connect(client, 0), PMQ_RESULT_ALREADY_CONNECTED);
    CHECK_RESULT(pmq_client_core_acknowledge(client, 99, 0, 0), PMQ_RESULT_UNKNOWN);
    CHECK_RESULT(pmq_client_core_cancel(client, 99), PMQ_RESULT_UNKNOWN);
    CHECK_RESULT(pmq_client_core_remove_handler(client, 99), PMQ_RESULT_UNKNOWN);
    CHECK_RESULT(pmq_client_core_authenticate(client, pmq_bytes_of(NULL, 0), 0), PMQ_RESULT_NO_AUTHENTICATION);
    pmq_subscription wrong = {.filter = pmq_str_of("a"), .retain_handling = 3};
    pmq_properties none = {0};
    CHECK_RESULT(pmq_client_core_subscribe(client, &wrong, 1, none, 0, &token), PMQ_RESULT_VALUE);
    CHECK_RESULT(pmq_client_core_subscribe(client, &wrong, 0, none, 0, &token), PMQ_RESULT_ENCODE);
    CHECK(token == 7);
    // Bytes of a peer are never the caller's mistake.
    while (pmq_client_core_poll_output(client, &output) == PMQ_RESULT_OK) {
    }
    CHECK_OK(pmq_client_core_handle_connected(client, 0));
    CHECK_OK(pmq_client_core_handle_input(client, pmq_bytes_of("\xFF\xFF\xFF\xFF\xFF\xFF", 6), 0));
    bool is_violation = false;
    while (pmq_client_core_poll_output(client, &output) == PMQ_RESULT_OK) {
        is_violation |= output.output_type == PMQ_CLIENT_OUTPUT_TYPE_DISCONNECTED &&
                        output.body.disconnected.cause == PMQ_CAUSE_VIOLATION;
    }
    CHECK(is_violation);
    pmq_client_core_free(client);

    CHECK_OK(pmq_broker_core_new(NULL, &broker));
    CHECK_RESULT(pmq_broker_core_accept_connect(broker, 99, pmq_str_of(NULL), 0), PMQ_RESULT_UNKNOWN);
    CHECK_RESULT(pmq_broker_core_disconnect(broker, 99, 0x98, 0), PMQ_RESULT_UNKNOWN);
    CHECK_RESULT(pmq_broker_core_authenticate(broker, 99, 9, pmq_bytes_of(NULL, 0), 0, 0), PMQ_RESULT_VALUE);
    CHECK_OK(pmq_broker_core_handle_input(broker, 99, pmq_bytes_of("x", 1), 0));
    CHECK_OK(pmq_broker_core_handle_closed(broker, 99, 0));
    pmq_broker_core_free(broker);
}

int main(void) {
    check_name = "misuse";
    nulls();
    values();
    sizes_and_options();
    states();
    return check_end();
}

// Every case of broker.txt through the broker without IO.
#include "transcript.h"

CHECK_MAIN

static pmq_broker_core *broker;
static uint64_t now;
// The connections with the names A to Z.
static uint64_t connections[26];

static void set_option(pmq_broker_core_options *options, const char *line, char **text) {
    char name[64];
    const char *value = strchr(line, ' ') + 1;
    unsigned long number = strtoul(value, NULL, 10);
    size_t len;
    snprintf(name, sizeof name, "%.*s", (int)(value - line - 1), line);
#define NUMBER(field)                                                                                                  \
    if (strcmp(name, #field) == 0) {                                                                                   \
        options->field = number;                                                                                       \
        return;                                                                                                        \
    }
    NUMBER(ask)
    NUMBER(connect_timeout_ms)
    NUMBER(sessions_max)
    NUMBER(packet_size_bytes_max)
    NUMBER(session_expiry_interval_s_max)
    NUMBER(queue_messages_max)
    NUMBER(subscriptions_max)
    NUMBER(sys_interval_s)
    NUMBER(receive_maximum)
    NUMBER(topic_alias_maximum)
    NUMBER(topic_alias_outbound_max)
    NUMBER(in_flight_max)
    NUMBER(keep_alive_s_max)
    NUMBER(maximum_qos)
    NUMBER(retain_available)
    NUMBER(wildcard_subscription_available)
    NUMBER(subscription_identifier_available)
    NUMBER(shared_subscription_available)
    NUMBER(queue_qos_0)
    NUMBER(client_identifier_assigned)
    if (strcmp(name, "protocol_version_min") == 0) {
        options->protocol_version_min = strcmp(value, "5.0") == 0 ? 5 : strcmp(value, "3.1") == 0 ? 3 : 4;
    } else if (strcmp(name, "response_information") == 0) {
        *text = quoted(value, &len, NULL);
        options->response_information = pmq_str_of(*text);
    } else if (strcmp(name, "version") == 0) {
        *text = quoted(value, &len, NULL);
        options->version = pmq_str_of(*text);
    } else {
        fprintf(stderr, "%s\n", name);
        CHECK(!"a known option");
    }
}

static char name_of(uint64_t connection) {
    for (int i = 0; i < 26; i++) {
        if (connections[i] == connection) {
            return (char)('A' + i);
        }
    }
    return '?';
}

static void drain(void) {
    pmq_broker_output output;
    char text[4096];
    size_t len;
    while (pmq_broker_core_poll_output(broker, &output) == PMQ_RESULT_OK) {
        CHECK_OK(pmq_broker_core_output_text(broker, text, sizeof text, &len));
        if (output.output_type == PMQ_BROKER_OUTPUT_TYPE_CLOSE) {
            snprintf(text, sizeof text, "close %c", name_of(output.connection));
        }
        if (output.output_type != PMQ_BROKER_OUTPUT_TYPE_TRANSMIT) {
            say("", text);
        }
    }
}

static pmq_result authenticate(uint64_t connection, const char *rest) {
    size_t len = 0;
    const char *space = strchr(rest, ' ');
    if (strncmp(rest, "failure", 7) == 0) {
        uint8_t code = (uint8_t)strtoul(space, NULL, 16);
        return pmq_broker_core_authenticate(broker, connection, PMQ_AUTHENTICATION_STEP_FAILURE, pmq_bytes_of(NULL, 0),
                                            code, now);
    }
    uint8_t step = *rest == 'c' ? PMQ_AUTHENTICATION_STEP_CONTINUE : PMQ_AUTHENTICATION_STEP_SUCCESS;
    uint8_t *bytes = space == NULL ? NULL : vector_bytes(space + 1, &len);
    pmq_result result = pmq_broker_core_authenticate(broker, connection, step, pmq_bytes_of(bytes, len), 0, now);
    free(bytes);
    return result;
}

static pmq_result command(const char *key, const char *value) {
    uint64_t *connection = &connections[*value >= 'A' && *value <= 'Z' ? *value - 'A' : 0];
    const char *rest = strlen(value) > 1 ? value + 2 : "";
    pmq_result result = PMQ_RESULT_OK;
    size_t len;
    if (strcmp(key, "now") == 0) {
        now = strtoull(value, NULL, 10);
    } else if (strcmp(key, "accept") == 0) {
        result = pmq_broker_core_accept(broker, pmq_str_of(NULL), now, connection);
    } else if (strcmp(key, "input") == 0) {
        uint8_t *bytes = vector_bytes(rest, &len);
        result = pmq_broker_core_handle_input(broker, *connection, pmq_bytes_of(bytes, len), now);
        free(bytes);
    } else if (strcmp(key, "closed") == 0) {
        result = pmq_broker_core_handle_closed(broker, *connection, now);
    } else if (strcmp(key, "timeout") == 0) {
        result = pmq_broker_core_handle_timeout(broker, now);
    } else if (strcmp(key, "shutdown") == 0) {
        result = pmq_broker_core_shutdown(broker, now);
    } else if (strcmp(key, "publish") == 0) {
        char *topic;
        uint8_t *payload;
        pmq_message message = message_of(value, &topic, &payload);
        result = pmq_broker_core_publish(broker, &message, now);
        free(topic);
        free(payload);
    } else if (strcmp(key, "disconnect") == 0) {
        result = pmq_broker_core_disconnect(broker, *connection, (uint8_t)strtoul(rest, NULL, 16), now);
    } else if (strcmp(key, "accept_connect") == 0) {
        char *text = *rest == 0 ? NULL : quoted(rest, &len, NULL);
        result = pmq_broker_core_accept_connect(broker, *connection, pmq_str_of(text), now);
        free(text);
    } else if (strcmp(key, "reject_connect") == 0) {
        uint8_t code = (uint8_t)strtoul(rest, NULL, 16);
        result = pmq_broker_core_reject_connect(broker, *connection, code, pmq_str_of(NULL), now);
    } else if (strcmp(key, "authenticate") == 0) {
        result = authenticate(*connection, rest);
    } else {
        CHECK(!"a known step");
    }
    return result;
}

// Takes all bytes that wait for a connection.
static void expect_transmit(uint64_t connection, const char *value) {
    size_t expected_len, taken = 0;
    uint8_t *expected = vector_bytes(value, &expected_len);
    pmq_bytes slice;
    while (pmq_broker_core_transmit_slice(broker, connection, &slice) == PMQ_RESULT_OK) {
        bool is_right = taken + slice.len <= expected_len && memcmp(expected + taken, slice.data, slice.len) == 0;
        CHECK(is_right);
        taken += slice.len;
        CHECK_OK(pmq_broker_core_transmitted(broker, connection, slice.len, now));
    }
    CHECK(taken == expected_len);
    free(expected);
    drain();
}

static void expect(const char *value) {
    if (strncmp(value, "transmit ", 9) == 0) {
        expect_transmit(connections[value[9] - 'A'], value + 11);
    } else if (strncmp(value, "timeout ", 8) == 0) {
        uint64_t at = 0;
        pmq_result result = pmq_broker_core_next_timeout(broker, &at);
        if (strcmp(value + 8, "none") == 0) {
            CHECK(result == PMQ_RESULT_NONE);
        } else {
            CHECK(result == PMQ_RESULT_OK && at == strtoull(value + 8, NULL, 10));
        }
    } else {
        expect_said(value);
    }
}

static void run(const vector_case *each) {
    pmq_broker_core_options options;
    char *texts[8] = {0};
    size_t text_count = 0;
    now = 0;
    memset(connections, 0xFF, sizeof connections);
    CHECK_OK(pmq_broker_core_options_init(&options, sizeof options));
    options.sys_interval_s = 0;
    for (size_t i = 1; i < each->count; i++) {
        if (strcmp(each->keys[i], "option") == 0) {
            set_option(&options, each->values[i], &texts[text_count++ % 8]);
        }
    }
    CHECK_OK(pmq_broker_core_new(&options, &broker));
    for (size_t i = 0; i < 8; i++) {
        free(texts[i]);
    }
    for (size_t i = 1; i < each->count; i++) {
        if (strcmp(each->keys[i], "option") == 0) {
            continue;
        }
        if (strcmp(each->keys[i], "expect") == 0) {
            expect(each->values[i]);
            continue;
        }
        expect_silence();
        if (command(each->keys[i], each->values[i]) != PMQ_RESULT_OK) {
            say("error ", pmq_last_error());
        }
        drain();
    }
    expect_silence();
    pmq_broker_core_free(broker);
}

int main(int argc, char **argv) {
    static vector_case each;
    size_t cases = 0;
    if (argc < 2) {
        return 2;
    }
    for (vectors_open(argv[1], "broker.txt"); vectors_next(&each); cases++) {
        check_name = each.name;
        run(&each);
    }
    CHECK(cases > 20);
    printf("%zu cases, ", cases);
    return check_end();
}

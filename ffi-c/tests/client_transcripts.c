// Every case of client.txt through the client without IO.
#include "transcript.h"

CHECK_MAIN

static pmq_client_core *client;
static uint64_t now;

static uint8_t version_of(const char *text) {
    return strcmp(text, "5.0") == 0 ? 5 : strcmp(text, "3.1") == 0 ? 3 : 4;
}

// Everything that the options point to.
static void *owned[32];
static size_t owned_count;

static void *own(void *memory) {
    return owned[owned_count++] = memory;
}

static void set_option(pmq_client_options *options, const char *line) {
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
    NUMBER(clean_start)
    NUMBER(request_response_information)
    NUMBER(republish_qos1)
    NUMBER(keep_alive_s)
    NUMBER(session_expiry_interval_s)
    NUMBER(receive_maximum)
    NUMBER(maximum_packet_size_bytes)
    NUMBER(topic_alias_maximum)
    NUMBER(topic_alias_outbound_maximum)
    NUMBER(connect_timeout_ms)
    NUMBER(ping_timeout_ms)
    NUMBER(acknowledgement_timeout_ms)
    NUMBER(request_timeout_ms)
    NUMBER(in_flight_max)
    NUMBER(queue_messages_max)
    NUMBER(seed)
    NUMBER(will_delay_interval_s)
    if (strcmp(name, "protocol_version") == 0) {
        options->protocol_version = version_of(value);
    } else if (strcmp(name, "client_identifier") == 0) {
        options->client_identifier.data = own(quoted(value, &options->client_identifier.len, NULL));
    } else if (strcmp(name, "user_name") == 0) {
        options->user_name.data = own(quoted(value, &options->user_name.len, NULL));
    } else if (strcmp(name, "password") == 0) {
        options->password.data = own(vector_bytes(value, &options->password.len));
    } else if (strcmp(name, "will") == 0) {
        char *topic;
        uint8_t *payload;
        pmq_message message = message_of(value, &topic, &payload);
        own(topic), own(payload);
        options->has_will = true;
        options->will.topic = message.topic;
        options->will.payload = message.payload;
        options->will.qos = message.qos;
        options->will.retain = message.retain;
    } else if (strcmp(name, "authentication") == 0) {
        const char *end;
        options->authentication_method.data = own(quoted(value, &options->authentication_method.len, &end));
        if (*end == ' ') {
            options->authentication_data.data = own(vector_bytes(end + 1, &len));
            options->authentication_data.len = len;
        }
    } else if (strcmp(name, "acknowledgement") == 0) {
        options->manual_acknowledgement = true;
    } else if (strcmp(name, "reconnect") == 0) {
        options->reconnect = strcmp(value, "never") != 0;
        unsigned lowest, highest, attempts;
        if (sscanf(value, "%u %u %u", &lowest, &highest, &attempts) == 3) {
            options->reconnect_delay_min_ms = lowest;
            options->reconnect_delay_max_ms = highest;
            options->reconnect_attempts_max = attempts;
        }
    } else if (strcmp(name, "queue_when_full") == 0) {
        options->queue_when_full = strcmp(value, "drop_oldest") == 0      ? PMQ_WHEN_FULL_DROP_OLDEST
                                   : strcmp(value, "drop_qos0_first") == 0 ? PMQ_WHEN_FULL_DROP_QOS0_FIRST
                                                                           : PMQ_WHEN_FULL_REFUSE;
    } else {
        fprintf(stderr, "%s\n", name);
        CHECK(!"a known option");
    }
}

static void drain(void) {
    pmq_client_output output;
    char text[4096];
    size_t len;
    while (pmq_client_core_poll_output(client, &output) == PMQ_RESULT_OK) {
        CHECK_OK(pmq_client_core_output_text(client, text, sizeof text, &len));
        CHECK(len == strlen(text));
        if (output.output_type != PMQ_CLIENT_OUTPUT_TYPE_TRANSMIT) {
            say("", text);
        }
    }
}

static pmq_result publish_step(const char *value, bool is_request) {
    char *topic;
    uint8_t *payload, buffer[32];
    uint64_t token;
    pmq_message message = message_of(value, &topic, &payload);
    const char *expiry = field(value, "message_expiry_interval");
    if (expiry != NULL) {
        pmq_property property = {.identifier = 0x02, .number = (uint32_t)strtoul(expiry, NULL, 10)};
        CHECK_OK(pmq_properties_build(&property, 1, buffer, sizeof buffer, &message.properties));
    }
    pmq_result result = is_request ? pmq_client_core_request(client, &message, now, &token)
                                   : pmq_client_core_publish(client, &message, now, &token);
    free(topic);
    free(payload);
    return result;
}

static pmq_result command(const char *key, const char *value) {
    pmq_result result = PMQ_RESULT_OK;
    pmq_properties none = {0};
    uint64_t token;
    size_t len;
    const char *end;
    if (strcmp(key, "now") == 0) {
        now = strtoull(value, NULL, 10);
    } else if (strcmp(key, "connect") == 0) {
        result = pmq_client_core_connect(client, now);
    } else if (strcmp(key, "connected") == 0) {
        result = pmq_client_core_handle_connected(client, now);
    } else if (strcmp(key, "connect_failed") == 0) {
        result = pmq_client_core_handle_connect_failed(client, now);
    } else if (strcmp(key, "closed") == 0) {
        result = pmq_client_core_handle_closed(client, now);
    } else if (strcmp(key, "timeout") == 0) {
        result = pmq_client_core_handle_timeout(client, now);
    } else if (strcmp(key, "disconnect") == 0) {
        result = pmq_client_core_disconnect(client, NULL, now);
    } else if (strcmp(key, "input") == 0) {
        uint8_t *bytes = vector_bytes(value, &len);
        result = pmq_client_core_handle_input(client, pmq_bytes_of(bytes, len), now);
        free(bytes);
    } else if (strcmp(key, "publish") == 0 || strcmp(key, "request") == 0) {
        result = publish_step(value, *key == 'r');
    } else if (strcmp(key, "subscribe") == 0) {
        char *text = quoted(value, &len, &end);
        pmq_subscription subscription = {.filter = {text, len}, .qos = (uint8_t)number_field(end, "qos")};
        result = pmq_client_core_subscribe(client, &subscription, 1, none, now, &token);
        free(text);
    } else if (strcmp(key, "unsubscribe") == 0 || strcmp(key, "handler") == 0) {
        char *text = quoted(value, &len, NULL);
        pmq_str filter = {text, len};
        uint32_t handler;
        result = *key == 'h' ? pmq_client_core_add_handler(client, filter, &handler)
                             : pmq_client_core_unsubscribe(client, &filter, 1, none, now, &token);
        free(text);
    } else if (strcmp(key, "acknowledge") == 0) {
        uint8_t code = (uint8_t)strtoul(strchr(value, ' '), NULL, 16);
        result = pmq_client_core_acknowledge(client, strtoull(value, NULL, 10), code, now);
    } else if (strcmp(key, "cancel") == 0) {
        result = pmq_client_core_cancel(client, strtoull(value, NULL, 10));
    } else if (strcmp(key, "authenticate") == 0 || strcmp(key, "re_authenticate") == 0) {
        uint8_t *bytes = vector_bytes(value, &len);
        result = *key == 'a' ? pmq_client_core_authenticate(client, pmq_bytes_of(bytes, len), now)
                             : pmq_client_core_re_authenticate(client, pmq_bytes_of(bytes, len), now);
        free(bytes);
    } else {
        CHECK(!"a known step");
    }
    return result;
}

// Takes all bytes that wait, through the slices of a vectored write.
static void expect_transmit(const char *value) {
    size_t len, expected_len, count, taken = 0;
    uint8_t *expected = vector_bytes(value, &expected_len), *bytes = malloc(expected_len + 1);
    pmq_bytes slices[4];
    while (pmq_client_core_transmit_slices(client, slices, 4, &count) == PMQ_RESULT_OK && count > 0) {
        for (size_t i = 0; i < count; i++) {
            len = slices[i].len;
            CHECK(taken + len <= expected_len);
            if (taken + len <= expected_len) {
                memcpy(bytes + taken, slices[i].data, len);
            }
            taken += len;
        }
        size_t step = 0;
        for (size_t i = 0; i < count; i++) {
            step += slices[i].len;
        }
        CHECK_OK(pmq_client_core_transmitted(client, step, now));
    }
    CHECK(taken == expected_len && memcmp(bytes, expected, expected_len) == 0);
    free(expected);
    free(bytes);
    drain();
}

static void expect(const char *value) {
    if (strncmp(value, "transmit ", 9) == 0) {
        expect_transmit(value + 9);
    } else if (strncmp(value, "timeout ", 8) == 0) {
        uint64_t at = 0;
        pmq_result result = pmq_client_core_next_timeout(client, &at);
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
    pmq_client_options options;
    pmq_bytes waiting;
    now = 0;
    CHECK_OK(pmq_client_options_init(&options, sizeof options));
    for (size_t i = 1; i < each->count; i++) {
        if (strcmp(each->keys[i], "option") == 0) {
            set_option(&options, each->values[i]);
        }
    }
    CHECK_OK(pmq_client_core_new(&options, &client));
    while (owned_count > 0) {
        free(owned[--owned_count]);
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
        CHECK_RESULT(pmq_client_core_transmit_slice(client, &waiting), PMQ_RESULT_NONE);
        if (command(each->keys[i], each->values[i]) != PMQ_RESULT_OK) {
            char code[16];
            snprintf(code, sizeof code, "error 0x%02x", pmq_last_reason_code());
            say("", code);
        }
        drain();
    }
    expect_silence();
    pmq_client_core_free(client);
}

int main(int argc, char **argv) {
    static vector_case each;
    size_t cases = 0;
    if (argc < 2) {
        return 2;
    }
    for (vectors_open(argv[1], "client.txt"); vectors_next(&each); cases++) {
        check_name = each.name;
        run(&each);
    }
    CHECK(cases > 40);
    printf("%zu cases, ", cases);
    return check_end();
}

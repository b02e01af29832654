// Every case of codec.txt and malformed.txt, whole and in pieces.
#include "check.h"
#include "vectors.h"

CHECK_MAIN

static uint8_t version_of(const vector_case *each) {
    const char *version = vector_value(each, "version");
    if (version == NULL || strcmp(version, "5.0") == 0) {
        return PMQ_PROTOCOL_VERSION_V50;
    }
    return strcmp(version, "3.1") == 0 ? PMQ_PROTOCOL_VERSION_V31 : PMQ_PROTOCOL_VERSION_V311;
}

static uint32_t number_of(const vector_case *each, const char *key) {
    const char *value = vector_value(each, key);
    return value == NULL ? 0 : (uint32_t)strtoul(value, NULL, 10);
}

static pmq_decode_options options_of(const vector_case *each) {
    const char *sender = vector_value(each, "sender");
    pmq_decode_options options = {.struct_size = sizeof options, .protocol_version = version_of(each)};
    if (sender != NULL) {
        options.sender = strcmp(sender, "client") == 0 ? PMQ_SIDE_CLIENT : PMQ_SIDE_SERVER;
    }
    options.packet_size_bytes_max = number_of(each, "packet_size_max");
    options.properties_max = (uint16_t)number_of(each, "properties_max");
    options.topic_levels_max = (uint16_t)number_of(each, "topic_levels_max");
    return options;
}

// Builds a packet's properties and lists anew from their entries; they must come out as they were.
static void rebuild(const pmq_packet *packet) {
    static pmq_property properties[70000];
    static uint8_t buffer[300000];
    pmq_properties rest = {0}, built;
    if (packet->packet_type == PMQ_PACKET_TYPE_PUBLISH) {
        rest = packet->body.publish.properties;
    } else if (packet->packet_type == PMQ_PACKET_TYPE_CONNECT) {
        rest = packet->body.connect.properties;
    } else if (packet->packet_type == PMQ_PACKET_TYPE_CONNACK) {
        rest = packet->body.connack.properties;
    } else if (packet->packet_type == PMQ_PACKET_TYPE_SUBSCRIBE) {
        pmq_subscriptions next = packet->body.subscribe.subscriptions, again;
        pmq_subscription list[64];
        size_t count = 0;
        while (count < 64 && pmq_subscriptions_next(&next, &list[count]) == PMQ_RESULT_OK) {
            count++;
        }
        if (count < 64 && pmq_subscriptions_build(list, count, buffer, sizeof buffer, &again) == PMQ_RESULT_OK) {
            CHECK(again.len == packet->body.subscribe.subscriptions.len);
            CHECK(memcmp(again.data, packet->body.subscribe.subscriptions.data, again.len) == 0);
        }
        return;
    } else if (packet->packet_type == PMQ_PACKET_TYPE_UNSUBSCRIBE) {
        pmq_topic_filters next = packet->body.unsubscribe.topic_filters, again;
        pmq_str list[64];
        size_t count = 0;
        while (count < 64 && pmq_topic_filters_next(&next, &list[count]) == PMQ_RESULT_OK) {
            count++;
        }
        CHECK(count > 0);
        if (count < 64 && pmq_topic_filters_build(list, count, buffer, sizeof buffer, &again) == PMQ_RESULT_OK) {
            CHECK(again.len == packet->body.unsubscribe.topic_filters.len);
        }
        return;
    } else {
        return;
    }
    pmq_properties all = rest;
    size_t count = 0;
    while (pmq_properties_next(&rest, &properties[count]) == PMQ_RESULT_OK) {
        CHECK(pmq_property_name(properties[count].identifier).len > 0);
        count++;
    }
    CHECK(rest.len == 0);
    CHECK_OK(pmq_properties_build(properties, count, buffer, sizeof buffer, &built));
    CHECK(built.len == all.len && (all.len == 0 || memcmp(built.data, all.data, all.len) == 0));
}

static char text_buffer[5000000];
static uint8_t encoded[5000000];

static void valid(const vector_case *each) {
    size_t len, size, text_len, encoded_len;
    uint8_t *bytes = vector_bytes(vector_value(each, "bytes"), &len);
    char *expected = vector_long(vector_value(each, "packet"));
    pmq_decode_options options = options_of(each);
    uint8_t version = options.protocol_version;
    pmq_packet packet;
    pmq_decode_error error;

    CHECK_OK(pmq_decode(pmq_bytes_of(bytes, len), &options, &packet, &size, &error));
    CHECK(size == len);
    CHECK_OK(pmq_packet_text(&packet, version, text_buffer, sizeof text_buffer, &text_len));
    CHECK(text_len == strlen(expected) && strcmp(text_buffer, expected) == 0);
    CHECK_RESULT(pmq_packet_text(&packet, version, text_buffer, text_len, &text_len), PMQ_RESULT_BUFFER_TOO_SMALL);
    CHECK_OK(pmq_encode(&packet, version, encoded, sizeof encoded, &encoded_len));
    const char *encode = vector_value(each, "encode");
    bool is_same = encoded_len == len && memcmp(encoded, bytes, len) == 0;
    CHECK(is_same == (encode == NULL || strcmp(encode, "no") != 0));
    CHECK_RESULT(pmq_encode(&packet, version, encoded, encoded_len - 1, &encoded_len), PMQ_RESULT_BUFFER_TOO_SMALL);
    rebuild(&packet);

    // Text to bytes.
    pmq_str line = pmq_str_of(expected);
    size_t from_text;
    CHECK_OK(pmq_encode(&packet, version, encoded, sizeof encoded, &encoded_len));
    CHECK_OK(pmq_encode_text(line, version, (uint8_t *)text_buffer, sizeof text_buffer, &from_text));
    CHECK(from_text == encoded_len && memcmp(text_buffer, encoded, encoded_len) == 0);

    // Every beginning is incomplete.
    for (size_t part = 0; part < len && part < 200; part++) {
        CHECK_RESULT(pmq_decode(pmq_bytes_of(bytes, part), &options, &packet, &size, NULL), PMQ_RESULT_NONE);
    }

    // Byte by byte, long packets with a long piece in the middle.
    pmq_decoder *decoder = NULL;
    CHECK_OK(pmq_decoder_new(&options, &decoder));
    size_t packets = 0, piece;
    for (size_t at = 0; at < len; at += piece) {
        piece = at < 200 || at + 1 == len ? 1 : len - 1 - at;
        uint8_t *copy = malloc(piece);
        memcpy(copy, bytes + at, piece);
        pmq_bytes input = {copy, piece};
        pmq_result result = pmq_decoder_next(decoder, &input, &packet, NULL);
        CHECK(result == (at + piece == len ? PMQ_RESULT_OK : PMQ_RESULT_NONE));
        CHECK(input.len == 0);
        CHECK(pmq_decoder_partial_size(decoder) == (at + piece == len ? 0 : at + piece));
        packets += result == PMQ_RESULT_OK;
        free(copy);
    }
    CHECK(packets == 1);
    CHECK_OK(pmq_packet_text(&packet, version, text_buffer, sizeof text_buffer, &text_len));
    CHECK(strcmp(text_buffer, expected) == 0);
    pmq_decoder_free(decoder);
    free(bytes);
    free(expected);
}

static void malformed(const vector_case *each) {
    size_t len, size;
    uint8_t *bytes = vector_bytes(vector_value(each, "bytes"), &len);
    pmq_decode_options options = options_of(each);
    pmq_packet packet;
    pmq_decode_error error = {0};
    CHECK_RESULT(pmq_decode(pmq_bytes_of(bytes, len), &options, &packet, &size, &error), PMQ_RESULT_MALFORMED);
    CHECK(error.reason_code == strtoul(vector_value(each, "reason"), NULL, 16));
    CHECK(str_is(error.statement, vector_value(each, "statement")));
    CHECK(strstr(pmq_last_error(), vector_value(each, "statement")) != NULL);

    pmq_decoder *decoder = NULL;
    pmq_bytes input = {bytes, len};
    CHECK_OK(pmq_decoder_new(&options, &decoder));
    memset(&error, 0, sizeof error);
    CHECK_RESULT(pmq_decoder_next(decoder, &input, &packet, &error), PMQ_RESULT_MALFORMED);
    CHECK(str_is(error.statement, vector_value(each, "statement")));
    CHECK_RESULT(pmq_decoder_next(decoder, &input, &packet, &error), PMQ_RESULT_MALFORMED);
    pmq_decoder_free(decoder);
    free(bytes);
}

int main(int argc, char **argv) {
    static vector_case each;
    size_t cases = 0;
    if (argc < 2) {
        return 2;
    }
    // With a second argument the cases with very long packets are left out: valgrind takes its time.
    for (vectors_open(argv[1], "codec.txt"); vectors_next(&each); cases++) {
        check_name = each.name;
        if (argc == 2 || strchr(vector_value(&each, "bytes"), '{') == NULL) {
            valid(&each);
        }
    }
    CHECK(cases > 300);
    for (vectors_open(argv[1], "malformed.txt"); vectors_next(&each); cases++) {
        check_name = each.name;
        malformed(&each);
    }
    check_name = "codec";
    CHECK(cases > 1000);
    printf("%zu cases, ", cases);
    return check_end();
}

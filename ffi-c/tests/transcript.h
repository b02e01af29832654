// What the transcripts of client and broker have in common.
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "check.h"
#include "vectors.h"

// The text behind ` KEY=` (or at the beginning) in a line of fields: a pointer to its value.
static inline const char *field(const char *line, const char *key) {
    size_t len = strlen(key);
    for (const char *at = line; (at = strstr(at, key)) != NULL; at += len) {
        if ((at == line || at[-1] == ' ') && at[len] == '=') {
            return at + len + 1;
        }
    }
    return NULL;
}

// The number of a field; 0 without it.
static inline unsigned long number_field(const char *line, const char *key) {
    const char *value = field(line, key);
    return value == NULL ? 0 : strtoul(value, NULL, 10);
}

// The quoted text at `value`, and where it ends; free it.
static inline char *quoted(const char *value, size_t *len, const char **end) {
    const char *last = value + 1;
    while (*last != '"') {
        last += *last == '\\' ? 2 : 1;
    }
    char *copy = calloc((size_t)(last - value) + 2, 1);
    memcpy(copy, value, (size_t)(last - value) + 1);
    char *text = vector_text(copy, len);
    free(copy);
    if (end != NULL) {
        *end = last + 1;
    }
    return text;
}

// The message of a line `topic=STRING qos=N retain=N payload=HEX`, and the two things to free.
static inline pmq_message message_of(const char *line, char **topic, uint8_t **payload) {
    size_t topic_len, payload_len;
    const char *hex;
    *topic = quoted(field(line, "topic"), &topic_len, &hex);
    const char *value = field(hex, "payload");
    char *copy = calloc(strlen(value) + 1, 1);
    memcpy(copy, value, strcspn(value, " "));
    *payload = vector_bytes(copy, &payload_len);
    free(copy);
    pmq_message message = {.topic = {*topic, topic_len},
                           .payload = {*payload, payload_len},
                           .qos = (uint8_t)number_field(hex, "qos"),
                           .retain = number_field(hex, "retain") == 1};
    return message;
}

// What was said and not yet expected, in order.
static char said[64][4096];
static size_t said_first, said_end;

static inline void say(const char *prefix, const char *text) {
    if (said_end < 64) {
        snprintf(said[said_end++], sizeof said[0], "%s%s", prefix, text);
    }
}

static inline void expect_said(const char *text) {
    if (said_first == said_end) {
        fprintf(stderr, "%s: nothing was said, but expected: %s\n", check_name, text);
        CHECK(said_first < said_end);
        return;
    }
    if (strcmp(said[said_first], text) != 0) {
        fprintf(stderr, "%s: said     %s\n%s: expected %s\n", check_name, said[said_first], check_name, text);
        CHECK(!"the right thing was said");
    }
    said_first++;
}

static inline void expect_silence(void) {
    if (said_first < said_end) {
        fprintf(stderr, "%s: said without being expected: %s\n", check_name, said[said_first]);
    }
    CHECK(said_first == said_end);
    said_first = said_end = 0;
}

#endif

// Assertions that count and go on.
#ifndef CHECK_H
#define CHECK_H

#include <polymqtt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int checks, failures;
extern const char *check_name;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        checks++;                                                                                                      \
        if (!(condition)) {                                                                                            \
            failures++;                                                                                                \
            fprintf(stderr, "%s:%d: %s: %s\n    last error: %s\n", __FILE__, __LINE__, check_name, #condition,         \
                    pmq_last_error());                                                                                 \
        }                                                                                                              \
    } while (0)

// The result of a call is the one expected.
#define CHECK_RESULT(call, expected)                                                                                   \
    do {                                                                                                               \
        pmq_result result_ = (call);                                                                                   \
        checks++;                                                                                                      \
        if (result_ != (expected)) {                                                                                   \
            failures++;                                                                                                \
            fprintf(stderr, "%s:%d: %s: %s is %d (%s), not %s\n    last error: %s\n", __FILE__, __LINE__, check_name,  \
                    #call, (int)result_, pmq_strerror(result_), #expected, pmq_last_error());                          \
        }                                                                                                              \
    } while (0)

#define CHECK_OK(call) CHECK_RESULT(call, PMQ_RESULT_OK)

static inline bool str_is(pmq_str text, const char *expected) {
    return text.data != NULL && text.len == strlen(expected) && memcmp(text.data, expected, text.len) == 0;
}

static inline bool bytes_are(pmq_bytes bytes, const char *expected) {
    return bytes.len == strlen(expected) && (bytes.len == 0 || memcmp(bytes.data, expected, bytes.len) == 0);
}

// What main gives back.
static inline int check_end(void) {
    printf("%d checks, %d failures\n", checks, failures);
    return failures == 0 && checks > 0 ? 0 : 1;
}

#define CHECK_MAIN                                                                                                     \
    int checks, failures;                                                                                              \
    const char *check_name = "";

#endif

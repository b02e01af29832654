// Every case of topic.txt.
#include "check.h"
#include "vectors.h"

CHECK_MAIN

static pmq_str view(const char *value, char **owner) {
    size_t len;
    *owner = vector_text(value, &len);
    pmq_str text = {*owner, len};
    return text;
}

static bool same(pmq_str one, pmq_str other) {
    return one.len == other.len && memcmp(one.data, other.data, one.len) == 0;
}

// `valid yes`, or `valid no STATEMENT`.
static void verdict(const vector_case *each, pmq_result result, pmq_result refusal, const pmq_topic_error *error) {
    const char *valid = vector_value(each, "valid");
    if (strcmp(valid, "yes") == 0) {
        CHECK_OK(result);
    } else if (strcmp(valid, "no duplicate_capture") == 0) {
        CHECK(result == PMQ_RESULT_DUPLICATE_CAPTURE);
    } else {
        CHECK(result == refusal);
        CHECK(str_is(error->statement, valid + strlen("no ")));
        CHECK(error->level >= 1);
    }
}

static void share(const vector_case *each, pmq_str filter) {
    pmq_str name, rest, expected;
    const char *value = vector_value(each, "share");
    char *text;
    CHECK_OK(pmq_topic_filter_share(filter, &name, &rest));
    CHECK((name.data != NULL) == (value != NULL));
    if (value != NULL) {
        expected = view(value, &text);
        CHECK(same(name, expected));
        free(text);
        expected = view(vector_value(each, "rest"), &text);
        CHECK(same(rest, expected));
        free(text);
    } else {
        CHECK(same(rest, filter));
    }
}

static void pattern(const vector_case *each) {
    char *text, *filter_text, *topic_text, *value_text;
    pmq_topic_pattern *parsed = NULL;
    pmq_topic_error error;
    pmq_result result = pmq_topic_pattern_new(view(vector_value(each, "pattern"), &text), &parsed, &error);
    if (vector_value(each, "valid") != NULL) {
        verdict(each, result, PMQ_RESULT_TOPIC_FILTER, &error);
        CHECK(parsed == NULL);
        free(text);
        return;
    }
    CHECK_OK(result);
    CHECK(same(pmq_topic_pattern_filter(parsed), view(vector_value(each, "filter"), &filter_text)));
    if (vector_value(each, "topic") != NULL) {
        pmq_str topic = view(vector_value(each, "topic"), &topic_text);
        pmq_capture captures[16];
        size_t count = 0, seen = 0;
        result = pmq_topic_pattern_captures(parsed, topic, captures, 16, &count);
        CHECK(result == (strcmp(vector_value(each, "match"), "yes") == 0 ? PMQ_RESULT_OK : PMQ_RESULT_NONE));
        for (size_t i = 0; result == PMQ_RESULT_OK && i < each->count; i++) {
            if (strcmp(each->keys[i], "capture") == 0) {
                size_t name_len = strcspn(each->values[i], " ");
                CHECK(seen < count && captures[seen].name.len == name_len);
                CHECK(memcmp(captures[seen].name.data, each->values[i], name_len) == 0);
                CHECK(same(captures[seen].value, view(each->values[i] + name_len + 1, &value_text)));
                free(value_text);
                seen++;
            }
        }
        CHECK(seen == count);
        free(topic_text);
    }
    pmq_topic_pattern_free(parsed);
    free(text);
    free(filter_text);
}

int main(int argc, char **argv) {
    static vector_case each;
    size_t cases = 0;
    if (argc < 2) {
        return 2;
    }
    for (vectors_open(argv[1], "topic.txt"); vectors_next(&each); cases++) {
        pmq_topic_error error;
        char *filter_text, *topic_text;
        bool is_match = false;
        check_name = each.name;
        if (vector_value(&each, "pattern") != NULL) {
            pattern(&each);
        } else if (vector_value(&each, "match") != NULL) {
            pmq_str filter = view(vector_value(&each, "filter"), &filter_text);
            CHECK_OK(pmq_topic_matches(filter, view(vector_value(&each, "topic"), &topic_text), &is_match));
            CHECK(is_match == (strcmp(vector_value(&each, "match"), "yes") == 0));
            share(&each, filter);
            free(filter_text);
            free(topic_text);
        } else if (vector_value(&each, "filter") != NULL) {
            pmq_str filter = view(vector_value(&each, "filter"), &filter_text);
            pmq_result result = pmq_topic_filter_check(filter, &error);
            verdict(&each, result, PMQ_RESULT_TOPIC_FILTER, &error);
            if (result == PMQ_RESULT_OK) {
                share(&each, filter);
            }
            free(filter_text);
        } else {
            pmq_result result = pmq_topic_name_check(view(vector_value(&each, "topic"), &topic_text), &error);
            verdict(&each, result, PMQ_RESULT_TOPIC_NAME, &error);
            free(topic_text);
        }
    }
    check_name = "topic";
    CHECK(cases > 100);
    printf("%zu cases, ", cases);
    return check_end();
}

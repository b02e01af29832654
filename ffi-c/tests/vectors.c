#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text, *rest;

void vectors_open(const char *directory, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    size_t len = (size_t)ftell(file);
    rewind(file);
    free(text);
    rest = text = calloc(len + 1, 1);
    if (fread(text, 1, len, file) != len) {
        exit(2);
    }
    fclose(file);
}

bool vectors_next(vector_case *each) {
    each->count = 0;
    while (*rest != 0) {
        char *line = rest, *end = strchr(rest, '\n');
        rest = end + 1;
        *end = 0;
        if (line == end && each->count > 0) {
            break;
        } else if (line != end && *line != '#') {
            char *space = strchr(line, ' ');
            each->keys[each->count] = line;
            each->values[each->count++] = space == NULL ? end : space + 1;
            if (space != NULL) {
                *space = 0;
            }
        }
    }
    each->name = each->count > 0 ? each->values[0] : "";
    return each->count > 0;
}

const char *vector_value(const vector_case *each, const char *key) {
    for (size_t i = 0; i < each->count; i++) {
        if (strcmp(each->keys[i], key) == 0) {
            return each->values[i];
        }
    }
    return NULL;
}

char *vector_long(const char *value) {
    size_t len = strlen(value) + 1;
    for (const char *brace = strchr(value, '{'); brace != NULL; brace = strchr(brace + 1, '{')) {
        const char *star = strchr(brace, '*');
        len += (size_t)(star - brace) * strtoul(star + 1, NULL, 10);
    }
    char *out = malloc(len), *end = out;
    while (*value != 0) {
        if (*value == '{') {
            const char *star = strchr(value, '*');
            size_t part = (size_t)(star - value - 1), count = strtoul(star + 1, NULL, 10);
            for (size_t i = 0; i < count; i++, end += part) {
                memcpy(end, value + 1, part);
            }
            value = strchr(star, '}') + 1;
        } else {
            *end++ = *value++;
        }
    }
    *end = 0;
    return out;
}

static unsigned digit(char character) {
    return (unsigned)(character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10);
}

uint8_t *vector_bytes(const char *value, size_t *len) {
    char *hex = vector_long(value), *next = hex;
    // One more than needed, so that there is an address even for no bytes.
    uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
    for (*len = 0; *next != 0;) {
        if (*next == ' ') {
            next++;
        } else {
            bytes[(*len)++] = (uint8_t)(digit(next[0]) << 4 | digit(next[1]));
            next += 2;
        }
    }
    free(hex);
    return bytes;
}

char *vector_text(const char *value, size_t *len) {
    char *quoted = vector_long(value), *out = malloc(strlen(quoted) + 1);
    const char *next = quoted + 1, *last = quoted + strlen(quoted) - 1;
    for (*len = 0; next < last; next++) {
        if (*next != '\\') {
            out[(*len)++] = *next;
        } else if (*++next == 'x') {
            out[(*len)++] = (char)(digit(next[1]) << 4 | digit(next[2]));
            next += 2;
        } else {
            out[(*len)++] = *next == 'n' ? '\n' : *next == 'r' ? '\r' : *next == 't' ? '\t' : *next;
        }
    }
    out[*len] = 0;
    free(quoted);
    return out;
}

// Reads the text format of core/vectors/: cases of `key value` lines, separated by empty lines.
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One case: its lines, each of them a key and a value.
typedef struct {
    const char *name;
    size_t count;
    const char *keys[512];
    const char *values[512];
} vector_case;

// Opens DIRECTORY/NAME; ends the program when it cannot be read.
void vectors_open(const char *directory, const char *name);
// The next case; false at the end of the file.
bool vectors_next(vector_case *each);
// The value of the only line with this key; NULL when there is none.
const char *vector_value(const vector_case *each, const char *key);
// The bytes that a value stands for; free them.
uint8_t *vector_bytes(const char *value, size_t *len);
// A value with its {TEXT*COUNT} written out; free it.
char *vector_long(const char *value);
// The text that a quoted value stands for, without its quotes and escapes; free it.
char *vector_text(const char *value, size_t *len);

#endif

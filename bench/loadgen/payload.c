#include "payload.h"
#include "random.h"
#include "report.h"
#include <stdio.h>
#include <string.h>

static void fill_random(uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)random_next();
}

static void fill_ascii(uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(' ' + random_below('~' - ' ' + 1));
}

/* Characters of one to four bytes; what the last whole one leaves is filled with full stops. */
static void fill_utf8(uint8_t *bytes, size_t size) {
    static const char *const words[] = {"façade ", "Ωκεανός ", "東京都 ", "дом ", "straße ", "🌊 ", "sea ", "garden "};
    size_t used = 0;
    for (;;) {
        const char *word = words[random_below(sizeof words / sizeof *words)];
        size_t length = strlen(word);
        if (used + length > size) break;
        memcpy(bytes + used, word, length);
        used += length;
    }
    memset(bytes + used, '.', size - used);
}

/* Records as an exchange might send them, cut off at the size. */
static void fill_json(uint8_t *bytes, size_t size) {
    size_t used = 0;
    while (used < size) {
        char record[200];
        int length = snprintf(record, sizeof record,
            "%c{\"id\":%u,\"account\":\"client-%03u\",\"amount\":%u.%02u,\"kind\":\"%s\",\"open\":%s,\"at\":17%011llu}",
            used == 0 ? '[' : ',', random_below(1000000), random_below(500), random_below(9000), random_below(100),
            random_below(2) ? "bid" : "offer", random_below(2) ? "true" : "false",
            (unsigned long long)(random_next() % 100000000000u));
        size_t fits = size - used < (size_t)length ? size - used : (size_t)length;
        memcpy(bytes + used, record, fits);
        used += fits;
    }
    bytes[size - 1] = ']';
}

void payload_fill(uint8_t *bytes, size_t size, const char *kind) {
    if (strcmp(kind, "random") == 0) fill_random(bytes, size);
    else if (strcmp(kind, "ascii") == 0) fill_ascii(bytes, size);
    else if (strcmp(kind, "utf8") == 0) fill_utf8(bytes, size);
    else if (strcmp(kind, "json") == 0) fill_json(bytes, size);
    else fatal_usage("--payload is %s; it must be ascii, utf8, json or random", kind);
}

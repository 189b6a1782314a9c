/* What the messages say. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Fills a message with text of the kind `ascii`, `utf8` or `json`, or with `random` bytes. */
void payload_fill(uint8_t *bytes, size_t size, const char *kind);

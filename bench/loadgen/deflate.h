/* permessage-deflate's two directions (RFC 7692 §7.2), by zlib; without zlib's headers there is none. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

bool deflate_is_there(void);

/* The most that a message of `size` bytes can become. */
size_t deflate_room(size_t size);

/* Compresses a message for a window of `bits`, given what was sent before it, and returns its length in `to`. */
size_t deflate_message(const uint8_t *message, size_t size, const uint8_t *before, size_t before_size, int bits, uint8_t *to);

struct inflater;

/*
 * Inflates a message into `to` and returns its length; -1 when it is no DEFLATE or does not fit. `packed` needs room for
 * four bytes more. The inflater is made when it is first needed, and forgets the message unless `keeps` says otherwise.
 */
ssize_t inflate_message(struct inflater **inflater, bool keeps, uint8_t *packed, size_t size, uint8_t *to, size_t room);

void inflater_free(struct inflater *inflater);

/*
 * The messages of a run, framed, masked and compressed before it begins, so that sending them costs a write and no more.
 *
 * They come round: message n of a connection is message n % count of the stock. The frames of a round lie one behind the
 * other, and a second round behind the first, so that as many as a round leave in one write. No more do: larger writes
 * reach the server as larger reads, which flatters it.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;
    size_t *start; /* where each frame begins; one more, the end of the last */
    size_t frames;
};

struct stock {
    size_t count;
    uint8_t **messages;
    /* The frames of the first round, which have less before them that a compressor could refer to; then those of the rest. */
    struct ring first, later;
};

extern struct stock stock;

void stock_fill(void);

/* Frames for messages as they are. */
void stock_frame(void);

/* Frames of compressed messages, for a window of `bits`, with or without what went before them as context. */
void stock_compress(int bits, bool takeover);

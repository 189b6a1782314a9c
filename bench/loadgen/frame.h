/* Frames, written and read (RFC 6455 §5.2). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

#define FRAME_HEAD_MAX 14
#define CONTROL_MAX 125

struct frame_style {
    enum opcode opcode;
    bool masked;
    bool compressed; /* RSV1 (RFC 7692 §6) */
};

/* Writes a whole message as one frame and returns its length, at most FRAME_HEAD_MAX + size. */
size_t frame_write(uint8_t *to, struct frame_style style, const uint8_t *payload, size_t size);

/* Where in the stream of frames the reading is. Zeroed, it is at the beginning. */
struct frame_reader {
    uint8_t head[FRAME_HEAD_MAX];
    unsigned have;
    bool in_payload;
    bool fin, rsv1, masked;
    enum opcode opcode;
    uint8_t mask[4];
    uint64_t left, at;
};

/* A piece of one frame's payload. */
struct frame_piece {
    const uint8_t *bytes;
    size_t size;
    bool first, last;
};

/* The next piece in [*from, end), which is moved behind it; false when more bytes have to come. */
bool frame_next(struct frame_reader *reader, const uint8_t **from, const uint8_t *end, struct frame_piece *piece);

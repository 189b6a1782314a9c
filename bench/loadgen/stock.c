#include "stock.h"
#include "deflate.h"
#include "frame.h"
#include "options.h"
#include "payload.h"
#include "report.h"
#include <stdlib.h>
#include <string.h>

#define MOST_MESSAGES 64
#define MOST_BYTES (2u << 20)
/* So that a whole round lies in one piece, wherever it begins. */
#define ROUNDS 2

struct stock stock;

void stock_fill(void) {
    stock.count = MOST_BYTES / options.size;
    if (stock.count > MOST_MESSAGES) stock.count = MOST_MESSAGES;
    if (stock.count < 2) stock.count = 2;
    stock.messages = allocate(stock.count * sizeof *stock.messages);
    for (size_t i = 0; i < stock.count; i++) {
        stock.messages[i] = allocate(options.size);
        payload_fill(stock.messages[i], options.size, options.payload);
    }
}

static struct frame_style style(bool compressed) {
    return (struct frame_style){.opcode = options.text ? TEXT : BINARY, .masked = true, .compressed = compressed};
}

/* Room for `rounds` rounds, and where the frames of the first go. */
static struct ring ring_for(size_t rounds, size_t room) {
    struct ring ring = {.frames = rounds * stock.count};
    ring.bytes = allocate(stock.count * (FRAME_HEAD_MAX + room));
    ring.start = allocate((ring.frames + 1) * sizeof *ring.start);
    return ring;
}

/* Repeats the first round, which is there, until the ring is full. */
static void repeat(struct ring *ring) {
    size_t round = ring->start[stock.count], rounds = ring->frames / stock.count;
    ring->bytes = realloc(ring->bytes, round * rounds);
    if (ring->bytes == NULL) fatal("out of memory");
    for (size_t i = 1; i < rounds; i++) memcpy(ring->bytes + i * round, ring->bytes, round);
    for (size_t i = stock.count + 1; i <= ring->frames; i++) ring->start[i] = ring->start[i - stock.count] + round;
}

void stock_frame(void) {
    struct ring *ring = &stock.later;
    *ring = ring_for(ROUNDS, options.size);
    for (size_t i = 0; i < stock.count; i++) {
        size_t length = frame_write(ring->bytes + ring->start[i], style(false), stock.messages[i], options.size);
        ring->start[i + 1] = ring->start[i] + length;
    }
    repeat(ring);
}

/* Collects the end of what went before message `index`, at most `room` bytes of at most `messages` messages, in `to`. */
static size_t collect_before(size_t index, size_t messages, uint8_t *to, size_t room) {
    size_t used = 0;
    for (size_t back = 1; back <= messages && used < room; back++) {
        const uint8_t *message = stock.messages[(index + stock.count - back) % stock.count];
        size_t take = options.size < room - used ? options.size : room - used;
        used += take;
        memcpy(to + room - used, message + options.size - take, take);
    }
    memmove(to, to + room - used, used);
    return used;
}

static void compress_round(struct ring *ring, int bits, bool takeover, bool is_first) {
    static uint8_t before[1 << 15];
    uint8_t *packed = allocate(deflate_room(options.size));
    for (size_t i = 0; i < stock.count; i++) {
        size_t known = !takeover ? 0 : collect_before(i, is_first ? i : stock.count, before, (size_t)1 << bits);
        size_t length = deflate_message(stock.messages[i], options.size, before, known, bits, packed);
        ring->start[i + 1] = ring->start[i] + frame_write(ring->bytes + ring->start[i], style(true), packed, length);
    }
    free(packed);
}

void stock_compress(int bits, bool takeover) {
    stock.later = ring_for(ROUNDS, deflate_room(options.size));
    compress_round(&stock.later, bits, takeover, false);
    repeat(&stock.later);
    if (!takeover) return;
    stock.first = ring_for(1, deflate_room(options.size));
    compress_round(&stock.first, bits, takeover, true);
}

#include "frame.h"
#include "random.h"
#include <string.h>

#define FIN 0x80
#define RSV1 0x40
#define MASKED 0x80

static size_t write_length(uint8_t *to, uint8_t mask_bit, size_t size) {
    unsigned bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    to[0] = mask_bit | (bytes == 0 ? (uint8_t)size : bytes == 2 ? 126 : 127);
    for (unsigned i = 0; i < bytes; i++) to[1 + i] = (uint8_t)((uint64_t)size >> 8 * (bytes - 1 - i));
    return 1 + bytes;
}

size_t frame_write(uint8_t *to, struct frame_style style, const uint8_t *payload, size_t size) {
    uint8_t *at = to;
    *at++ = (uint8_t)(FIN | (style.compressed ? RSV1 : 0) | style.opcode);
    at += write_length(at, style.masked ? MASKED : 0, size);
    if (!style.masked) {
        if (size > 0) memcpy(at, payload, size);
        return (size_t)(at - to) + size;
    }
    const uint8_t *mask = at;
    /* No zero byte in it: a receiver that forgets to unmask shall be found out at each byte. */
    for (int i = 0; i < 4; i++) *at++ = (uint8_t)(1 + random_below(255));
    for (size_t i = 0; i < size; i++) at[i] = payload[i] ^ mask[i & 3];
    return (size_t)(at - to) + size;
}

static unsigned head_size(const struct frame_reader *reader) {
    if (reader->have < 2) return 2;
    unsigned length = reader->head[1] & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (reader->head[1] & MASKED ? 4 : 0);
}

static void begin_payload(struct frame_reader *reader, unsigned size) {
    const uint8_t *head = reader->head;
    unsigned end = size;
    reader->fin = head[0] & FIN;
    reader->rsv1 = head[0] & RSV1;
    reader->opcode = head[0] & 15;
    reader->masked = head[1] & MASKED;
    if (reader->masked) memcpy(reader->mask, head + (end -= 4), 4);
    reader->left = end == 2 ? head[1] & 0x7f : 0;
    for (unsigned i = 2; i < end; i++) reader->left = reader->left << 8 | head[i];
    reader->at = 0;
    reader->in_payload = true;
}

bool frame_next(struct frame_reader *reader, const uint8_t **from, const uint8_t *end, struct frame_piece *piece) {
    if (!reader->in_payload) {
        unsigned size;
        while (reader->have < (size = head_size(reader))) {
            if (*from == end) return false;
            reader->head[reader->have++] = *(*from)++;
        }
        begin_payload(reader, size);
    }
    uint64_t here = (uint64_t)(end - *from);
    if (here == 0 && reader->left > 0) return false;
    piece->bytes = *from;
    piece->size = (size_t)(here < reader->left ? here : reader->left);
    piece->first = reader->at == 0;
    *from += piece->size;
    reader->at += piece->size;
    reader->left -= piece->size;
    piece->last = reader->left == 0;
    if (piece->last) reader->in_payload = false, reader->have = 0;
    return true;
}

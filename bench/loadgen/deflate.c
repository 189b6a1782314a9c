#include "deflate.h"
#include "report.h"
#include <stdlib.h>
#include <string.h>

/* "remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end" (RFC 7692 §7.2.1) */
#define TAIL_SIZE 4

size_t deflate_room(size_t size) { return size + size / 8 + 128; }

#ifdef USE_ZLIB
#include <zlib.h>

#define LEVEL 6
#define MEMORY 8

struct inflater {
    z_stream stream;
};

bool deflate_is_there(void) { return true; }

size_t deflate_message(const uint8_t *message, size_t size, const uint8_t *before, size_t before_size, int bits, uint8_t *to) {
    z_stream stream = {0};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, -bits, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) fatal("zlib does not start");
    if (before_size > 0) deflateSetDictionary(&stream, before, (uInt)before_size);
    stream.next_in = (Bytef *)(uintptr_t)message;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)deflate_room(size);
    if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_out == 0) fatal("zlib does not compress");
    size_t length = stream.total_out - TAIL_SIZE;
    deflateEnd(&stream);
    return length;
}

ssize_t inflate_message(struct inflater **inflater, bool keeps, uint8_t *packed, size_t size, uint8_t *to, size_t room) {
    if (*inflater == NULL) {
        *inflater = allocate(sizeof **inflater);
        if (inflateInit2(&(*inflater)->stream, -15) != Z_OK) fatal("zlib does not start");
    }
    z_stream *stream = &(*inflater)->stream;
    memcpy(packed + size, "\0\0\xff\xff", TAIL_SIZE);
    stream->next_in = packed;
    stream->avail_in = (uInt)(size + TAIL_SIZE);
    stream->next_out = to;
    stream->avail_out = (uInt)room;
    int result = inflate(stream, Z_SYNC_FLUSH);
    if ((result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) || stream->avail_in > 0) return -1;
    ssize_t length = (ssize_t)(room - stream->avail_out);
    if (!keeps || result == Z_STREAM_END) inflateReset(stream);
    return length;
}

void inflater_free(struct inflater *inflater) {
    if (inflater == NULL) return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

#else

bool deflate_is_there(void) { return false; }

size_t deflate_message(const uint8_t *message, size_t size, const uint8_t *before, size_t before_size, int bits, uint8_t *to) {
    (void)message, (void)size, (void)before, (void)before_size, (void)bits, (void)to;
    fatal("built without zlib");
}

ssize_t inflate_message(struct inflater **inflater, bool keeps, uint8_t *packed, size_t size, uint8_t *to, size_t room) {
    (void)inflater, (void)keeps, (void)packed, (void)size, (void)to, (void)room;
    return -1;
}

void inflater_free(struct inflater *inflater) { (void)inflater; }
#endif

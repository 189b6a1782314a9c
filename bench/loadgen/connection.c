#include "connection.h"
#include "clock.h"
#include "options.h"
#include "report.h"
#include "stock.h"
#include "upgrade.h"
#include "workload.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES (256u << 10)
#define ERRORS_TOLD 5
/* Of the longer messages, all of one in this many is compared, and of the others the beginning. */
#define COMPARED_WHOLE 16
#define COMPARED_BEGINNING 64

struct tally tally;

#define HOOK(name, connection) \
    do { \
        if (workload->name != NULL) workload->name(connection); \
    } while (0)

static void on_ready(struct watched *watched, uint32_t events);

void connection_open(struct connection *connection) {
    struct connection fresh = {
        .watched.ready = on_ready, .id = connection->id, .path = connection->path, .times = connection->times,
        .packed = connection->packed, .packed_room = connection->packed_room, .phase = CONNECTING, .started = clock_ns(),
    };
    *connection = fresh;
    stream_connect(&connection->stream, options.port, options.tls);
    connection->watched.fd = connection->stream.fd;
    loop_watch(&connection->watched, EPOLLIN | EPOLLOUT);
}

void connection_drop(struct connection *connection, bool reset) {
    if (connection->phase == DEAD) return;
    if (connection->phase == OPEN || connection->phase == CLOSING) tally.alive--;
    connection->phase = DEAD;
    stream_close(&connection->stream, reset);
    free(connection->answer);
    inflater_free(connection->inflater);
    connection->answer = NULL;
    connection->inflater = NULL;
}

void connection_fail(struct connection *connection, const char *why) {
    if (tally.errors++ < ERRORS_TOLD) fprintf(stderr, "loadgen: connection %d: %s\n", connection->id, why);
    connection_drop(connection, true);
}

/* --- writing */

void connection_between(struct connection *connection, enum opcode opcode, const void *payload, size_t size) {
    if (connection->between_size + FRAME_HEAD_MAX + size > sizeof connection->between) return;
    uint8_t *to = connection->between + connection->between_size;
    connection->between_size += frame_write(to, (struct frame_style){.opcode = opcode, .masked = true}, payload, size);
}

bool connection_is_flushed(const struct connection *connection) {
    return connection->written == connection->queued && connection->between_size == 0;
}

/* Writes once; returns how much, 0 when the socket takes no more or the connection has failed. */
static size_t write_some(struct connection *connection, const uint8_t *from, size_t size) {
    ssize_t written = stream_write(&connection->stream, from, size);
    if (written > 0) return (size_t)written;
    if (written < 0 && errno != EAGAIN) connection_fail(connection, strerror(errno));
    return 0;
}

static bool write_between(struct connection *connection) {
    size_t written = write_some(connection, connection->between, connection->between_size);
    connection->between_size -= written;
    memmove(connection->between, connection->between + written, connection->between_size);
    return written > 0;
}

/* Writes as many messages as wait and lie behind one another. */
static bool write_messages(struct connection *connection) {
    bool is_first = connection->agreement.client_takeover && connection->written < stock.count;
    const struct ring *ring = is_first ? &stock.first : &stock.later;
    size_t index = (size_t)(connection->written % stock.count), last = is_first ? stock.count : index + stock.count;
    if (connection->queued - connection->written < last - index) last = index + (size_t)(connection->queued - connection->written);
    size_t from = ring->start[index] + connection->partly;
    size_t written = write_some(connection, ring->bytes + from, ring->start[last] - from);
    size_t end = from + written, done = index;
    while (done < last && ring->start[done + 1] <= end) done++;
    connection->written += done - index;
    connection->partly = end - ring->start[done];
    return written > 0;
}

void connection_flush(struct connection *connection) {
    bool goes = true;
    while (goes && !connection_is_flushed(connection))
        goes = connection->between_size > 0 && connection->partly == 0 ? write_between(connection) : write_messages(connection);
    if (connection->phase == DEAD) return;
    loop_want(&connection->watched, connection_is_flushed(connection) ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

/* --- reading */

static bool compare(struct connection *connection, const uint8_t *bytes, size_t size) {
    if (!workload->checks) return true;
    if (connection->at + size > options.size) return false;
    bool whole = options.size <= 1024 || connection->received % COMPARED_WHOLE == 0;
    size_t compared = whole || size < COMPARED_BEGINNING ? size : COMPARED_BEGINNING;
    return memcmp(bytes, stock.messages[connection->received % stock.count] + connection->at, compared) == 0;
}

static void keep_packed(struct connection *connection, const uint8_t *bytes, size_t size) {
    size_t needed = connection->packed_size + size + 4;
    if (needed > connection->packed_room) {
        connection->packed = realloc(connection->packed, connection->packed_room = 2 * needed);
        if (connection->packed == NULL) fatal("out of memory");
    }
    memcpy(connection->packed + connection->packed_size, bytes, size);
    connection->packed_size += size;
}

/* Without context takeover one message in eight is enough to look at; with it each is needed for the next. */
static const char *unpack(struct connection *connection) {
    static uint8_t *message;
    bool keeps = connection->agreement.server_takeover;
    if (message == NULL) message = allocate(options.size + 1);
    if (!keeps && connection->received % 8 != 0) return connection->at = options.size, NULL;
    ssize_t size = inflate_message(&connection->inflater, keeps, connection->packed, connection->packed_size, message, options.size + 1);
    if (size < 0) return "a message cannot be inflated";
    if (!compare(connection, message, (size_t)size)) return "a message is not what was expected";
    return connection->at = (size_t)size, NULL;
}

static const char *end_message(struct connection *connection) {
    const char *wrong = connection->is_packed ? unpack(connection) : NULL;
    if (wrong != NULL) return wrong;
    if (connection->at != options.size) return "a message has the wrong length";
    connection->in_message = false;
    connection->received++;
    tally.messages++;
    tally.bytes += options.size;
    HOOK(received, connection);
    return NULL;
}

static const char *begin_frame(struct connection *connection) {
    const struct frame_reader *reader = &connection->reader;
    if (reader->masked) return "a frame of the server is masked";
    if ((reader->opcode == CONTINUATION) != connection->in_message) return "the fragments are out of order";
    if (connection->in_message) return NULL;
    if (workload->checks && (reader->opcode == TEXT) != options.text) return "a message has the wrong type";
    if (reader->rsv1 && !connection->agreement.compressed) return "a message is compressed that must not be";
    connection->in_message = true;
    connection->is_packed = reader->rsv1;
    connection->packed_size = 0;
    connection->at = 0;
    return NULL;
}

static const char *on_data(struct connection *connection, const struct frame_piece *piece) {
    const char *wrong = piece->first ? begin_frame(connection) : NULL;
    if (wrong != NULL) return wrong;
    if (connection->is_packed) keep_packed(connection, piece->bytes, piece->size);
    else if (!compare(connection, piece->bytes, piece->size)) return "a message is not what was expected";
    else connection->at += piece->size;
    return piece->last && connection->reader.fin ? end_message(connection) : NULL;
}

static const char *on_control(struct connection *connection, const struct frame_piece *piece) {
    if (piece->first) connection->control_size = 0;
    if (connection->control_size + piece->size > CONTROL_MAX) return "a control frame is too long";
    memcpy(connection->control + connection->control_size, piece->bytes, piece->size);
    connection->control_size += piece->size;
    if (!piece->last) return NULL;
    if (connection->reader.opcode == PING) connection_between(connection, PONG, connection->control, connection->control_size);
    else if (connection->reader.opcode == PONG) HOOK(ponged, connection);
    else if (connection->phase != CLOSING) return "the server closes";
    return NULL;
}

static void on_frames(struct connection *connection, const uint8_t *bytes, size_t size) {
    struct frame_piece piece;
    const uint8_t *end = bytes + size;
    while (connection->phase != DEAD && frame_next(&connection->reader, &bytes, end, &piece)) {
        const char *wrong = connection->reader.opcode >= CLOSE ? on_control(connection, &piece) : on_data(connection, &piece);
        if (wrong != NULL) connection_fail(connection, wrong);
    }
}

static void on_end(struct connection *connection, const char *why) {
    if (connection->phase != CLOSING) return connection_fail(connection, why);
    connection_drop(connection, false);
    HOOK(ended, connection);
}

static void read_once(struct connection *connection) {
    static uint8_t buffer[READ_BYTES];
    ssize_t size = stream_read(&connection->stream, buffer, sizeof buffer);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return on_end(connection, size == 0 ? "the server ends the connection" : strerror(errno));
    size_t used = 0;
    if (connection->phase == UPGRADING) {
        used = upgrade_response(connection, buffer, (size_t)size);
        if (connection->phase != OPEN) return;
        tally.opened++;
        tally.alive++;
        HOOK(opened, connection);
    }
    if (connection->phase != DEAD && used < (size_t)size) on_frames(connection, buffer + used, (size_t)size - used);
}

static void on_ready(struct watched *watched, uint32_t events) {
    struct connection *connection = (struct connection *)watched;
    if (connection->phase == CONNECTING) {
        int settled = stream_settle(&connection->stream);
        if (settled < 0) return connection_fail(connection, strerror(errno));
        if (settled == 0) return loop_want(watched, EPOLLIN);
        loop_want(watched, EPOLLIN);
        return upgrade_request(connection);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        do read_once(connection);
        while (connection->phase >= UPGRADING && connection->phase < DEAD && stream_has_more(&connection->stream));
    }
    if (connection->phase != OPEN && connection->phase != CLOSING) return;
    if (!connection_is_flushed(connection)) connection_flush(connection);
    if (connection->phase == OPEN && connection_is_flushed(connection)) HOOK(flushed, connection);
}

/*
 * Connections that open, close and open again. With `--reset` they go without a closing handshake; else it is done and the
 * server's end of the stream is waited for (RFC 6455 §7.1.1). The latency is that of the opening.
 */
#include "clock.h"
#include "histogram.h"
#include "workload.h"

static void ended(struct connection *connection) {
    tally.closed++;
    if (tally.is_sending) connection_open(connection);
}

static void opened(struct connection *connection) {
    static const unsigned char normal_closure[] = {1000 >> 8, 1000 & 0xff};
    histogram_add(clock_ns() - connection->started);
    if (options.reset) {
        connection_drop(connection, true);
        return ended(connection);
    }
    connection_between(connection, CLOSE, normal_closure, sizeof normal_closure);
    connection->phase = CLOSING;
    connection_flush(connection);
}

static void start(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) connection_open(&connections[i]);
}

const struct workload handshake_workload = {
    .name = "handshake", .path = "/", .opens_as_it_goes = true, .start = start, .opened = opened, .ended = ended,
};

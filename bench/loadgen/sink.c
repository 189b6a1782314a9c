/*
 * Messages that the server only reads. Behind each window of them goes a ping, and the window counts when the pong has
 * come: so only what the server has read counts.
 */
#include "workload.h"

#define WINDOW_BYTES (256u << 10)
#define WINDOWS_UNANSWERED 4
#define CLIENT_HEAD 6

static uint64_t window(void) {
    uint64_t messages = WINDOW_BYTES / (options.size + CLIENT_HEAD);
    return messages < 16 ? 16 : messages;
}

static void fill(struct connection *connection) {
    while (tally.is_sending && connection->phase == OPEN && connection_is_flushed(connection) &&
           connection->unanswered < WINDOWS_UNANSWERED) {
        if (connection->queued > 0) {
            connection_between(connection, PING, NULL, 0);
            connection->unanswered++;
        }
        if (connection->unanswered < WINDOWS_UNANSWERED) connection_queue(connection, window());
        connection_flush(connection);
    }
}

static void start(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) fill(&connections[i]);
}

static void ponged(struct connection *connection) {
    connection->unanswered--;
    tally.messages += window();
    tally.bytes += window() * options.size;
}

const struct workload sink_workload = {.name = "sink", .path = "/sink", .start = start, .ponged = ponged, .flushed = fill};

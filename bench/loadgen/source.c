/* Messages that the server sends when asked for a batch of them; two batches are on order at any time. */
#include "workload.h"
#include <stdio.h>

static void order(struct connection *connection) {
    char text[48];
    int size = snprintf(text, sizeof text, "%d %zu", options.batch, options.size);
    connection_between(connection, TEXT, text, (size_t)size);
}

static void start(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) {
        order(&connections[i]);
        order(&connections[i]);
        connection_flush(&connections[i]);
    }
}

static void received(struct connection *connection) {
    if (connection->received % (uint64_t)options.batch == 0 && tally.is_sending) order(connection);
}

const struct workload source_workload = {.name = "source", .path = "/source", .start = start, .received = received};

/* Connections that echo `--messages` messages each, one after the other, and then do nothing. */
#include "clock.h"
#include "report.h"
#include "workload.h"

#define PATIENCE (60ull * SECOND)

static void opened(struct connection *connection) {
    if (options.messages > 0) connection_queue(connection, 1);
}

static void received(struct connection *connection) {
    if (connection->received < (uint64_t)options.messages) connection_queue(connection, 1);
}

static void start(struct connection *connections, int count) {
    (void)connections;
    uint64_t end = clock_ns() + PATIENCE;
    while (tally.messages < (uint64_t)options.messages * (uint64_t)count && tally.alive > 0) {
        if (clock_ns() > end) fatal("only %llu echoes came", (unsigned long long)tally.messages);
        loop_once(SECOND / 10);
    }
}

const struct workload idle_workload = {
    .name = "idle", .path = "/", .checks = true, .start = start, .opened = opened, .received = received,
};

/* As many messages as `--depth` says are on their way on each connection; each echo is answered with the next message. */
#include "histogram.h"
#include "report.h"
#include "workload.h"

static void send_next(struct connection *connection) {
    connection->times[connection->queued % (uint64_t)options.depth] = loop_now;
    connection_queue(connection, 1);
}

static void prepare(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) connections[i].times = allocate((unsigned long)options.depth * sizeof(uint64_t));
}

static void start(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < options.depth; k++) send_next(&connections[i]);
        connection_flush(&connections[i]);
    }
}

static void received(struct connection *connection) {
    histogram_add(loop_now - connection->times[(connection->received - 1) % (uint64_t)options.depth]);
    if (tally.is_sending) send_next(connection);
}

const struct workload echo_workload = {
    .name = "echo", .path = "/", .checks = true, .prepare = prepare, .start = start, .received = received,
};

/*
 * One publisher, many subscribers. `--depth` broadcasts are on their way; when the last subscriber has one, the next is
 * published. What counts are deliveries; the latency is that of the last subscriber.
 */
#include "histogram.h"
#include "report.h"
#include "workload.h"

static struct connection *publisher;
static uint64_t subscribers;
/* For each broadcast that is on its way: how many do not have it yet. */
static uint64_t *missing;

static void publish(void) {
    uint64_t slot = publisher->queued % (uint64_t)options.depth;
    publisher->times[slot] = loop_now;
    missing[slot] = subscribers;
    connection_queue(publisher, 1);
}

static void prepare(struct connection *connections, int count) {
    publisher = &connections[count - 1];
    publisher->path = "/pub";
    publisher->times = allocate((unsigned long)options.depth * sizeof(uint64_t));
    missing = allocate((unsigned long)options.depth * sizeof(uint64_t));
    subscribers = (uint64_t)count - 1;
}

static void start(struct connection *connections, int count) {
    (void)connections, (void)count;
    for (int i = 0; i < options.depth; i++) publish();
    connection_flush(publisher);
}

static void received(struct connection *connection) {
    if (connection == publisher) return connection_fail(connection, "a message for the publisher");
    uint64_t slot = (connection->received - 1) % (uint64_t)options.depth;
    if (--missing[slot] > 0) return;
    histogram_add(loop_now - publisher->times[slot]);
    if (!tally.is_sending) return;
    publish();
    connection_flush(publisher);
}

const struct workload fanout_workload = {
    .name = "fanout", .path = "/fanout", .extra = 1, .checks = true, .prepare = prepare, .start = start, .received = received,
};

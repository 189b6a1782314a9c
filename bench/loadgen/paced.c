/*
 * Messages at a fixed rate, whether the server keeps up or not. A latency counts from the moment at which the message was
 * due, not from that at which it left: a server that stalls is charged for all that had to wait (no coordinated omission).
 */
#include "clock.h"
#include "histogram.h"
#include "report.h"
#include "workload.h"
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

/* Messages of one connection that may be without their echo: beyond, the server is lost. */
#define WAITING_MAX (1u << 16)

static struct connection *all;
static int count_of_all;
static struct watched timer;
static uint64_t began, sent;

static uint64_t due(uint64_t message) { return began + (uint64_t)((double)message * 1e9 / options.rate); }

static void set_timer(uint64_t ns) {
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(ns / SECOND), .tv_nsec = (long)(ns % SECOND)}};
    if (timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &at, NULL) < 0) fatal("no timer: %s", strerror(errno));
}

static void send_one(struct connection *connection, uint64_t time) {
    if (connection->phase != OPEN) return;
    if (connection->times_to - connection->times_from == WAITING_MAX) return connection_fail(connection, "the server is too slow");
    connection->times[connection->times_to++ % WAITING_MAX] = time;
    connection_queue(connection, 1);
    connection_flush(connection);
}

static void on_time(struct watched *self, uint32_t events) {
    (void)self, (void)events;
    for (uint64_t now = clock_ns(); due(sent) <= now; sent++) send_one(&all[sent % (uint64_t)count_of_all], due(sent));
    /* Setting it anew also forgets that it has gone off: it need not be read. */
    set_timer(due(sent));
}

static void prepare(struct connection *connections, int count) {
    for (int i = 0; i < count; i++) connections[i].times = allocate(WAITING_MAX * sizeof(uint64_t));
}

static void start(struct connection *connections, int count) {
    all = connections;
    count_of_all = count;
    timer = (struct watched){.ready = on_time, .fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    if (timer.fd < 0) fatal("no timer: %s", strerror(errno));
    loop_watch(&timer, EPOLLIN);
    began = clock_ns();
    set_timer(began + 1);
}

static void received(struct connection *connection) {
    histogram_add(clock_ns() - connection->times[connection->times_from++ % WAITING_MAX]);
}

const struct workload paced_workload = {
    .name = "paced", .path = "/", .checks = true, .prepare = prepare, .start = start, .received = received,
};

#include "run.h"
#include "clock.h"
#include "histogram.h"
#include "process.h"
#include "report.h"
#include "stock.h"
#include "upgrade.h"
#include "workload.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#define OPENING_AT_ONCE 100
#define OPENING_PATIENCE (15ull * SECOND)
#define ERRORS_BORNE 100
/* How much longer than asked for is measured when nothing has come: a figure needs one message at least. */
#define COUNT_PATIENCE (10ull * SECOND)

const struct workload *workload;

/* Everything that is read off at the beginning of what is measured, and at its end. */
struct reading {
    uint64_t time, server_cpu, own_cpu, messages, bytes, closed;
    long rss;
};

static struct reading read_off(void) {
    return (struct reading){
        .time = clock_ns(), .server_cpu = process_cpu_ns(options.pid), .own_cpu = own_cpu_ns(), .messages = tally.messages,
        .bytes = tally.bytes, .closed = tally.closed, .rss = process_rss_kib(options.pid),
    };
}

static void run_until(uint64_t end) {
    for (uint64_t now; (now = clock_ns()) < end;) {
        if (!workload->opens_as_it_goes && tally.alive == 0) fatal("no connection is left");
        if (tally.errors > ERRORS_BORNE) fatal("too many errors");
        loop_once(end - now);
    }
}

/* What counts: connections that have closed, of a workload that opens them as it goes; else messages. */
static uint64_t counted(void) { return workload->opens_as_it_goes ? tally.closed : tally.messages; }

static void run_until_counted(uint64_t before, uint64_t end) {
    while (counted() == before && clock_ns() < end) run_until(clock_ns() + SECOND / 20);
    if (counted() == before) fatal("nothing has come for %g seconds", options.seconds + (double)COUNT_PATIENCE / SECOND);
}

static void open_all(struct connection *connections, int count) {
    int started = 0;
    uint64_t seen = 0, progress = clock_ns();
    while (tally.opened < (uint64_t)count) {
        while (started < count && (uint64_t)started < tally.opened + tally.errors + OPENING_AT_ONCE) connection_open(&connections[started++]);
        loop_once(SECOND / 10);
        if (tally.opened > seen) seen = tally.opened, progress = clock_ns();
        if (tally.errors > 0 || clock_ns() - progress > OPENING_PATIENCE)
            fatal("%" PRIu64 " of %d connections are open, %" PRIu64 " have failed", tally.opened, count, tally.errors);
    }
}

/* How to compress depends on what the server agrees to: one connection finds out. */
static void prepare_compressed(struct connection *probe) {
    const struct workload *real = workload;
    workload = &(const struct workload){.name = "probe"};
    open_all(probe, 1);
    stock_compress(probe->agreement.client_bits, probe->agreement.client_takeover);
    connection_drop(probe, false);
    tally.opened = 0;
    workload = real;
}

static void tell(const struct reading *from, const struct reading *to, uint64_t opening_ns, long rss_before) {
    double seconds = (double)(to->time - from->time) / 1e9;
    uint64_t done = workload->opens_as_it_goes ? to->closed - from->closed : to->messages - from->messages;
    double cpu = (double)(to->server_cpu - from->server_cpu) / 1e9;
    printf("{\"mode\":\"%s\",\"errors\":%" PRIu64 ",\"seconds\":%.4f,\"count\":%" PRIu64 ",\"perSecond\":%.1f,\"bytesPerSecond\":%.0f",
        workload->name, tally.errors, seconds, done, (double)done / seconds, (double)(to->bytes - from->bytes) / seconds);
    if (histogram_count() > 0)
        printf(",\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f", histogram_quantile(.5), histogram_quantile(.9),
            histogram_quantile(.99), histogram_quantile(.999), histogram_largest());
    printf(",\"ownCpu\":%.4f", (double)(to->own_cpu - from->own_cpu) / 1e9 / seconds);
    if (cpu > 0) printf(",\"serverCpu\":%.4f", cpu / seconds);
    if (cpu > 0 && done > 0) printf(",\"cpuPerMessage\":%.4f", cpu * 1e6 / (double)done);
    if (options.pid > 0)
        printf(",\"rssBefore\":%ld,\"rssAfter\":%ld,\"kibPerConnection\":%.3f", rss_before, to->rss,
            (double)(to->rss - rss_before) / (double)(tally.alive > 0 ? tally.alive : 1));
    printf(",\"openSeconds\":%.3f,\"extension\":\"%s\"}\n", (double)opening_ns / 1e9, upgrade_extension);
}

int run(void) {
    int count = options.connections + workload->extra;
    struct connection *connections = allocate((unsigned long)count * sizeof *connections);
    for (int i = 0; i < count; i++) connections[i].id = i, connections[i].path = workload->path;
    stock_fill();
    long rss_before = process_rss_kib(options.pid);
    if (options.compression == COMPRESSION_OFF) stock_frame();
    else prepare_compressed(&connections[0]);
    if (workload->prepare != NULL) workload->prepare(connections, count);

    uint64_t began = clock_ns();
    tally.is_sending = true;
    if (!workload->opens_as_it_goes) open_all(connections, count);
    uint64_t opening = clock_ns() - began;
    if (workload->start != NULL) loop_now = clock_ns(), workload->start(connections, count);
    run_until(clock_ns() + (uint64_t)(options.warmup * 1e9));

    histogram_clear();
    /* A server that idles collects its garbage, so that memory is what connections need. */
    if (workload == &idle_workload && options.pid > 0) kill(options.pid, SIGUSR2);
    struct reading from = read_off();
    uint64_t before = counted(), end = from.time + (uint64_t)(options.seconds * 1e9);
    run_until(end);
    if (workload != &idle_workload) run_until_counted(before, end + COUNT_PATIENCE);
    struct reading to = read_off();
    tell(&from, &to, opening, rss_before);
    return tally.errors > 0 ? 1 : 0;
}

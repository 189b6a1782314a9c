/*
 * A load generator for WebSocket servers, and a server for clients. One thread, epoll, nothing but libc; with zlib it
 * compresses, with OpenSSL it speaks TLS. bench/README.md says what the modes are.
 *
 *   loadgen MODE [--port P] [--connections N] [--size BYTES] [--depth N] [--seconds S] [--warmup S] [--text]
 *     [--payload ascii|utf8|json|random] [--deflate off|takeover|no-takeover] [--tls] [--reset] [--messages N] [--batch N]
 *     [--rate PER_SECOND] [--pid SERVER]
 *
 * It writes one line of JSON. Status: 0 good, 1 something has failed, 2 usage.
 */
#include "deflate.h"
#include "report.h"
#include "run.h"
#include "serve.h"
#include "stream.h"
#include "workload.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const struct workload *const workloads[] = {
    &echo_workload, &paced_workload, &sink_workload, &source_workload, &fanout_workload, &handshake_workload, &idle_workload,
};

/* Ten thousand connections need as many descriptors. */
static void allow_descriptors(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words) {
    options_parse(count, words);
    signal(SIGPIPE, SIG_IGN);
    allow_descriptors();
    if (strcmp(options.mode, "features") == 0)
        return printf("{\"deflate\":%s,\"tls\":%s}\n", deflate_is_there() ? "true" : "false", tls_is_there() ? "true" : "false"), 0;
    if (strcmp(options.mode, "serve") == 0) serve();
    for (unsigned i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (strcmp(options.mode, workloads[i]->name) == 0) workload = workloads[i];
    if (workload == NULL) fatal_usage("%s is no mode", options.mode);
    if (options.compression != COMPRESSION_OFF && !deflate_is_there()) fatal_usage("built without zlib");
    if (options.tls && !tls_is_there()) fatal_usage("built without OpenSSL");
    return run();
}

/* What the connections are used for. A hook that is NULL does nothing. */
#pragma once
#include "connection.h"
#include "options.h"

struct workload {
    const char *name;
    const char *path;
    /* More connections than were asked for, which come behind the others. */
    int extra;
    /* Whether connections are opened as the run goes, and not all before it. */
    bool opens_as_it_goes;
    /* Before anything is opened, then when all are open, before the warm-up. */
    void (*prepare)(struct connection *connections, int count);
    void (*start)(struct connection *connections, int count);
    void (*opened)(struct connection *connection);
    /* A whole message has come, the connection's `received`th. */
    void (*received)(struct connection *connection);
    void (*ponged)(struct connection *connection);
    /* The socket has taken everything. */
    void (*flushed)(struct connection *connection);
    /* The server has ended a connection that was CLOSING. */
    void (*ended)(struct connection *connection);
    /* Whether the messages that come are those of the stock, in its order. */
    bool checks;
};

extern const struct workload echo_workload, paced_workload, sink_workload, source_workload, fanout_workload, handshake_workload,
    idle_workload;

/* The one that runs. */
extern const struct workload *workload;

/* One connection of the generator, which is a client (RFC 6455). What it is used for stands in workload.h. */
#pragma once
#include "accept-key.h"
#include "deflate.h"
#include "frame.h"
#include "loop.h"
#include "stream.h"

enum phase { IDLE, CONNECTING, UPGRADING, OPEN, CLOSING, DEAD };

/* What was agreed on about compression (RFC 7692 §7.1). */
struct agreement {
    bool compressed;
    bool server_takeover, client_takeover;
    int client_bits;
};

struct connection {
    struct watched watched; /* first: the loop hands it back as the connection */
    struct stream stream;
    enum phase phase;
    int id;
    const char *path;
    uint64_t started;
    char key[KEY_LENGTH + 1];
    char *answer; /* the head of the response, as far as it has come */
    size_t answer_size;
    struct agreement agreement;

    /* reading */
    struct frame_reader reader;
    bool in_message, is_packed;
    uint64_t received; /* whole messages */
    size_t at;         /* bytes of the one that is under way */
    uint8_t control[CONTROL_MAX];
    size_t control_size;
    uint8_t *packed;
    size_t packed_size, packed_room;
    struct inflater *inflater;

    /* writing: messages of the stock in their order, and small frames between them */
    uint64_t queued, written;
    size_t partly; /* bytes of the next message that are written */
    uint8_t between[1024];
    size_t between_size;

    /* for the workload */
    uint64_t *times;
    uint64_t times_from, times_to;
    unsigned unanswered;
};

/* Everything that has happened since the start. */
struct tally {
    uint64_t opened, alive, messages, bytes, closed, errors;
    bool is_sending;
};

extern struct tally tally;

void connection_open(struct connection *connection);

/* Puts messages behind those that wait; connection_flush sends them. */
static inline void connection_queue(struct connection *connection, uint64_t messages) { connection->queued += messages; }

/* Puts a small frame behind those that wait; connection_flush sends it, at the latest behind the messages. */
void connection_between(struct connection *connection, enum opcode opcode, const void *payload, size_t size);

/* Writes what the socket takes. What remains is written as the socket takes it. */
void connection_flush(struct connection *connection);

/* Whether everything that was queued has been handed to the socket. */
bool connection_is_flushed(const struct connection *connection);

void connection_drop(struct connection *connection, bool reset);

/* Counts an error, tells of the first few, and drops the connection. */
void connection_fail(struct connection *connection, const char *why);

/* What was asked for on the command line. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum compression { COMPRESSION_OFF, COMPRESSION_TAKEOVER, COMPRESSION_NO_TAKEOVER };

struct options {
    const char *mode;
    const char *payload; /* ascii, utf8, json or random; NULL: what suits the type */
    int port;
    int connections;
    int depth;           /* messages that are on their way on each connection */
    int messages;        /* idle: echoed on each connection before it idles */
    int batch;           /* source: messages asked for at a time */
    size_t size;         /* bytes of a message */
    double seconds, warmup;
    double rate;         /* paced: messages a second, on all connections together */
    bool text, tls, reset;
    enum compression compression;
    pid_t pid;           /* the server's process, whose time and memory are told */
};

extern struct options options;

/* Fills `options`, or ends with status 2. */
void options_parse(int count, char **words);

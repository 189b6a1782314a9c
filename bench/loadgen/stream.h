/* A stream of bytes that does not block: TCP, or TLS on it where OpenSSL's headers were there. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream {
    int fd;
    void *tls;
};

bool tls_is_there(void);

/* Begins to connect to 127.0.0.1. Ends the program when there is no socket to be had. */
void stream_connect(struct stream *stream, int port, bool tls);

/* 1 when the stream is ready for use, 0 when it is still under way, -1 when it has failed. */
int stream_settle(struct stream *stream);

/* As read(2) and write(2): -1 with EAGAIN when it would block. */
ssize_t stream_read(struct stream *stream, void *to, size_t room);
ssize_t stream_write(struct stream *stream, const void *from, size_t size);

/* Whether bytes have been read from the socket that stream_read has not handed over yet. */
bool stream_has_more(const struct stream *stream);

void stream_close(struct stream *stream, bool reset);

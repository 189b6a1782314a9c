#define _GNU_SOURCE
#include "stream.h"
#include "report.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* Each connection comes from the next of these, as one address has but 28 000 ports and a closed one rests for a minute. */
#define ADDRESSES 240
#define FIRST_ADDRESS 0x7f000a01u

static void tls_begin(struct stream *stream);
static int tls_settle(struct stream *stream);
static ssize_t tls_read(struct stream *stream, void *to, size_t room);
static ssize_t tls_write(struct stream *stream, const void *from, size_t size);
static bool tls_has_more(const struct stream *stream);
static void tls_end(struct stream *stream);

static struct sockaddr_in address(uint32_t host, int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(host)};
}

void stream_connect(struct stream *stream, int port, bool tls) {
    static unsigned turn;
    const int on = 1;
    stream->tls = NULL;
    stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0) fatal("no socket: %s", strerror(errno));
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(stream->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in from = address(FIRST_ADDRESS + turn++ % ADDRESSES, 0), to = address(INADDR_LOOPBACK, port);
    if (bind(stream->fd, (struct sockaddr *)&from, sizeof from) < 0) fatal("no address: %s", strerror(errno));
    /* What goes wrong here is found out by stream_settle. */
    if (connect(stream->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) shutdown(stream->fd, SHUT_RDWR);
    if (tls) tls_begin(stream);
}

int stream_settle(struct stream *stream) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return errno = error, -1;
    return stream->tls == NULL ? 1 : tls_settle(stream);
}

ssize_t stream_read(struct stream *stream, void *to, size_t room) {
    return stream->tls == NULL ? read(stream->fd, to, room) : tls_read(stream, to, room);
}

ssize_t stream_write(struct stream *stream, const void *from, size_t size) {
    return stream->tls == NULL ? send(stream->fd, from, size, MSG_NOSIGNAL) : tls_write(stream, from, size);
}

bool stream_has_more(const struct stream *stream) { return stream->tls != NULL && tls_has_more(stream); }

void stream_close(struct stream *stream, bool reset) {
    if (stream->tls != NULL) tls_end(stream);
    stream->tls = NULL;
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(stream->fd);
}

#ifdef USE_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

bool tls_is_there(void) { return true; }

/* The server's certificate is of its own making: it is not looked at. */
static SSL_CTX *context(void) {
    static SSL_CTX *made;
    if (made != NULL) return made;
    made = SSL_CTX_new(TLS_client_method());
    if (made == NULL) fatal("OpenSSL does not start");
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(made, 1);
    return made;
}

static void tls_begin(struct stream *stream) {
    stream->tls = SSL_new(context());
    if (stream->tls == NULL || SSL_set_fd(stream->tls, stream->fd) != 1) fatal("OpenSSL does not start");
}

/* What OpenSSL's result means in the words of read(2) and write(2). */
static ssize_t outcome(struct stream *stream, int result) {
    if (result > 0) return result;
    switch (SSL_get_error(stream->tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return errno = EAGAIN, -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        ERR_clear_error();
        return errno = EPROTO, -1;
    }
}

static int tls_settle(struct stream *stream) {
    if (outcome(stream, SSL_connect(stream->tls)) > 0) return 1;
    return errno == EAGAIN ? 0 : -1;
}

static int at_most(size_t size) { return size > 1 << 30 ? 1 << 30 : (int)size; }

static ssize_t tls_read(struct stream *stream, void *to, size_t room) {
    return outcome(stream, SSL_read(stream->tls, to, at_most(room)));
}

static ssize_t tls_write(struct stream *stream, const void *from, size_t size) {
    return outcome(stream, SSL_write(stream->tls, from, at_most(size)));
}

static bool tls_has_more(const struct stream *stream) { return SSL_has_pending(stream->tls) == 1; }
static void tls_end(struct stream *stream) { SSL_free(stream->tls); }

#else

bool tls_is_there(void) { return false; }
static void tls_begin(struct stream *stream) { (void)stream, fatal("built without OpenSSL"); }
static int tls_settle(struct stream *stream) { return (void)stream, -1; }
static ssize_t tls_read(struct stream *stream, void *to, size_t room) { return (void)stream, (void)to, (void)room, -1; }
static ssize_t tls_write(struct stream *stream, const void *from, size_t size) { return (void)stream, (void)from, (void)size, -1; }
static bool tls_has_more(const struct stream *stream) { return (void)stream, false; }
static void tls_end(struct stream *stream) { (void)stream; }
#endif

#define _GNU_SOURCE
#include "serve.h"
#include "accept-key.h"
#include "frame.h"
#include "loop.h"
#include "options.h"
#include "report.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (256u << 10)
#define REQUEST_MAX 4096
#define FRAME_MAX (16u << 20)

struct bytes {
    uint8_t *at;
    size_t size, room;
};

struct visitor {
    struct watched watched; /* first: the loop hands it back as the visitor */
    char path;              /* 'e'cho, 's'ink or s'o'urce; 0 before the upgrade */
    struct frame_reader reader;
    struct bytes in;  /* the request's head, then the message that is under way */
    struct bytes out; /* what the socket has not taken yet, from `sent` on */
    size_t sent;
    enum opcode opcode;
    bool is_ending;
};

static uint8_t *more_room(struct bytes *bytes, size_t size) {
    if (bytes->size + size > bytes->room) {
        bytes->room = 2 * (bytes->size + size);
        bytes->at = realloc(bytes->at, bytes->room);
        if (bytes->at == NULL) fatal("out of memory");
    }
    return bytes->at + bytes->size;
}

static void append_frame(struct visitor *visitor, enum opcode opcode, const uint8_t *payload, size_t size) {
    uint8_t *to = more_room(&visitor->out, FRAME_HEAD_MAX + size);
    visitor->out.size += frame_write(to, (struct frame_style){.opcode = opcode}, payload, size);
}

static void leave(struct visitor *visitor) {
    close(visitor->watched.fd);
    free(visitor->in.at);
    free(visitor->out.at);
    free(visitor);
}

/* Writes what the socket takes; false when the visitor is gone. */
static bool flush(struct visitor *visitor) {
    struct bytes *out = &visitor->out;
    while (visitor->sent < out->size) {
        ssize_t size = send(visitor->watched.fd, out->at + visitor->sent, out->size - visitor->sent, MSG_NOSIGNAL);
        if (size < 0 && errno == EAGAIN) return loop_want(&visitor->watched, EPOLLOUT), true;
        if (size < 0) return leave(visitor), false;
        visitor->sent += (size_t)size;
    }
    out->size = visitor->sent = 0;
    if (visitor->is_ending) return leave(visitor), false;
    return loop_want(&visitor->watched, EPOLLIN), true;
}

static void upgrade(struct visitor *visitor) {
    char key[KEY_LENGTH + 1] = "", accept[ACCEPT_LENGTH + 1];
    char *head = (char *)visitor->in.at, *field = strcasestr(head, "\r\nSec-WebSocket-Key:");
    if (field != NULL) sscanf(field + 20, " %24[^\r ]", key);
    visitor->path = strncmp(head, "GET /sink", 9) == 0 ? 's' : strncmp(head, "GET /source", 11) == 0 ? 'o' : 'e';
    accept_of(key, accept);
    char *to = (char *)more_room(&visitor->out, 200);
    visitor->out.size += (size_t)sprintf(to,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
}

/* Takes bytes of the request and returns how many belong to it. */
static size_t on_request(struct visitor *visitor, const uint8_t *bytes, size_t size) {
    size_t before = visitor->in.size;
    memcpy(more_room(&visitor->in, size + 1), bytes, size);
    visitor->in.size += size;
    visitor->in.at[visitor->in.size] = '\0';
    char *end = strstr((char *)visitor->in.at, "\r\n\r\n");
    if (end == NULL) return size;
    upgrade(visitor);
    visitor->in.size = 0;
    return (size_t)((uint8_t *)end - visitor->in.at) + 4 - before;
}

/* Frames of x, as many and as long as the client has asked for; the last order's are kept. */
static void on_order(struct visitor *visitor) {
    static struct bytes made;
    static size_t made_count, made_size;
    size_t count, size;
    *more_room(&visitor->in, 1) = '\0';
    if (sscanf((char *)visitor->in.at, "%zu %zu", &count, &size) != 2 || size == 0 || count > FRAME_MAX / size) return;
    if (count != made_count || size != made_size) {
        uint8_t *payload = memset(allocate(size), 'x', size);
        made.size = 0;
        for (size_t i = 0; i < count; i++)
            made.size += frame_write(more_room(&made, FRAME_HEAD_MAX + size), (struct frame_style){.opcode = BINARY}, payload, size);
        free(payload);
        made_count = count, made_size = size;
    }
    memcpy(more_room(&visitor->out, made.size), made.at, made.size);
    visitor->out.size += made.size;
}

static void on_message(struct visitor *visitor) {
    if (visitor->path == 'e') append_frame(visitor, visitor->opcode, visitor->in.at, visitor->in.size);
    else if (visitor->path == 'o') on_order(visitor);
}

static void keep(struct visitor *visitor, const struct frame_piece *piece) {
    const struct frame_reader *reader = &visitor->reader;
    uint8_t *to = more_room(&visitor->in, piece->size + 1);
    uint64_t at = reader->at - piece->size;
    for (size_t i = 0; i < piece->size; i++) to[i] = piece->bytes[i] ^ reader->mask[(at + i) & 3];
    visitor->in.size += piece->size;
}

static void on_frames(struct visitor *visitor, const uint8_t *bytes, size_t size) {
    const uint8_t *end = bytes + size;
    struct frame_reader *reader = &visitor->reader;
    struct frame_piece piece;
    while (!visitor->is_ending && frame_next(reader, &bytes, end, &piece)) {
        if (piece.first && reader->opcode != CONTINUATION) visitor->opcode = reader->opcode, visitor->in.size = 0;
        if (visitor->path != 's' || reader->opcode >= CLOSE) keep(visitor, &piece);
        if (!piece.last) continue;
        if (reader->opcode == PING) append_frame(visitor, PONG, visitor->in.at, visitor->in.size);
        else if (reader->opcode == CLOSE) append_frame(visitor, CLOSE, visitor->in.at, visitor->in.size), visitor->is_ending = true;
        else if (reader->opcode < CLOSE && reader->fin) on_message(visitor);
    }
}

static void on_ready(struct watched *watched, uint32_t events) {
    static uint8_t buffer[READ_BYTES];
    struct visitor *visitor = (struct visitor *)watched;
    if (events & EPOLLOUT && !flush(visitor)) return;
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    ssize_t size = read(watched->fd, buffer, sizeof buffer);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return leave(visitor);
    size_t used = visitor->path == 0 ? on_request(visitor, buffer, (size_t)size) : 0;
    if (visitor->path != 0) on_frames(visitor, buffer + used, (size_t)size - used);
    flush(visitor);
}

static void on_visit(struct watched *watched, uint32_t events) {
    const int on = 1;
    (void)events;
    for (int fd; (fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct visitor *visitor = allocate(sizeof *visitor);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        visitor->watched = (struct watched){.ready = on_ready, .fd = fd};
        loop_watch(&visitor->watched, EPOLLIN);
    }
}

static void on_stdin(struct watched *watched, uint32_t events) {
    char byte;
    (void)events;
    if (read(watched->fd, &byte, 1) <= 0) exit(0);
}

void serve(void) {
    static struct watched door = {.ready = on_visit}, input = {.ready = on_stdin, .fd = STDIN_FILENO};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    const int on = 1;
    door.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(door.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (door.fd < 0 || bind(door.fd, (struct sockaddr *)&address, size) < 0 || listen(door.fd, 4096) < 0 ||
        getsockname(door.fd, (struct sockaddr *)&address, &size) < 0)
        fatal("cannot listen on port %d: %s", options.port, strerror(errno));
    loop_watch(&door, EPOLLIN);
    loop_watch(&input, EPOLLIN);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) loop_once(1000000000u);
}

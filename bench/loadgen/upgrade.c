#define _GNU_SOURCE
#include "upgrade.h"
#include "options.h"
#include "report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 4096

char upgrade_extension[200];

static const char *offer(void) {
    switch (options.compression) {
    case COMPRESSION_TAKEOVER:
        return "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    case COMPRESSION_NO_TAKEOVER:
        return "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; "
               "server_no_context_takeover; client_no_context_takeover\r\n";
    default:
        return "";
    }
}

void upgrade_request(struct connection *connection) {
    char request[600];
    key_make(connection->key);
    int size = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
        connection->path, options.port, connection->key, offer());
    connection->phase = UPGRADING;
    if (stream_write(&connection->stream, request, (size_t)size) != size) connection_fail(connection, "the request is not taken");
}

/* Copies the value of a field of the head; false when there is none. */
static bool field(const char *head, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
        const char *from = line + length + 1;
        from += strspn(from, " \t");
        snprintf(value, room, "%.*s", (int)strcspn(from, "\r"), from);
        return true;
    }
    return false;
}

static bool agree(struct connection *connection, const char *answer) {
    struct agreement *agreement = &connection->agreement;
    if (options.compression == COMPRESSION_OFF || strncasecmp(answer, "permessage-deflate", 18) != 0) return false;
    const char *bits = strcasestr(answer, "client_max_window_bits=");
    agreement->compressed = true;
    agreement->server_takeover = strcasestr(answer, "server_no_context_takeover") == NULL;
    agreement->client_takeover =
        options.compression == COMPRESSION_TAKEOVER && strcasestr(answer, "client_no_context_takeover") == NULL;
    agreement->client_bits = bits == NULL ? 15 : atoi(strchr(bits, '=') + 1);
    snprintf(upgrade_extension, sizeof upgrade_extension, "%s", answer);
    return agreement->client_bits >= 9 && agreement->client_bits <= 15;
}

static const char *judge(struct connection *connection) {
    char value[sizeof upgrade_extension], accept[ACCEPT_LENGTH + 1];
    accept_of(connection->key, accept);
    if (strncmp(connection->answer, "HTTP/1.1 101 ", 13) != 0) return "the status is not 101";
    if (!field(connection->answer, "Sec-WebSocket-Accept", value, sizeof value) || strcmp(value, accept) != 0)
        return "Sec-WebSocket-Accept is wrong";
    if (field(connection->answer, "Sec-WebSocket-Extensions", value, sizeof value) && !agree(connection, value))
        return "the extension is not what was offered";
    if (options.compression != COMPRESSION_OFF && !connection->agreement.compressed) return "compression was declined";
    return NULL;
}

size_t upgrade_response(struct connection *connection, const uint8_t *bytes, size_t size) {
    size_t before = connection->answer_size, take = size < ANSWER_MAX - before ? size : ANSWER_MAX - before;
    if (connection->answer == NULL) connection->answer = allocate(ANSWER_MAX + 1);
    memcpy(connection->answer + before, bytes, take);
    connection->answer_size += take;
    char *end = memmem(connection->answer, connection->answer_size, "\r\n\r\n", 4);
    if (end == NULL) {
        if (connection->answer_size == ANSWER_MAX) connection_fail(connection, "the response's head is too long");
        return size;
    }
    size_t used = (size_t)(end - connection->answer) + 4 - before;
    end[2] = '\0';
    const char *wrong = judge(connection);
    free(connection->answer);
    connection->answer = NULL;
    if (wrong != NULL) connection_fail(connection, wrong);
    else connection->phase = OPEN;
    return used;
}

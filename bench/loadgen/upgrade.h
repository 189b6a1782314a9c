/* The opening handshake, from the client's side (RFC 6455 §4.1). */
#pragma once
#include "connection.h"

/* Sends the request; fails the connection when that does not work. */
void upgrade_request(struct connection *connection);

/*
 * Takes bytes of the response and returns how many belong to it. When it is complete and good the phase is OPEN; when it is
 * bad the connection has failed.
 */
size_t upgrade_response(struct connection *connection, const uint8_t *bytes, size_t size);

/* What the server has said about compression, of the last connection; empty when it has not. */
extern char upgrade_extension[200];

/* Sec-WebSocket-Key and what answers it (RFC 6455 §4.2.2). */
#pragma once

#define KEY_LENGTH 24
#define ACCEPT_LENGTH 28

/* A new key; `key` has room for KEY_LENGTH + 1. */
void key_make(char *key);

/* The answer to a key of KEY_LENGTH characters; `accept` has room for ACCEPT_LENGTH + 1. */
void accept_of(const char *key, char *accept);

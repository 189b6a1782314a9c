/* The generator as a server, for clients that are measured: `/` echoes, `/sink` discards, `/source` answers "COUNT SIZE". */
#pragma once

/* Listens, writes the port on a line of stdout, and serves until stdin ends. */
void serve(void);

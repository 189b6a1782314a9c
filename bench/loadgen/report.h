/* What the generator tells people: errors on stderr, the result as one line of JSON on stdout. */
#pragma once
#include <stdnoreturn.h>

/* Says why on stderr and ends with status 1. */
noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what is wrong with the command line and ends with status 2. */
noreturn void fatal_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory; ends the program when there is none. */
void *allocate(unsigned long bytes);

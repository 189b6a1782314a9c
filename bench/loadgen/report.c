#include "report.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const char *format, va_list arguments) {
    fputs("loadgen: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void fatal(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    exit(1);
}

void fatal_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    exit(2);
}

void *allocate(unsigned long bytes) {
    void *memory = calloc(1, bytes ? bytes : 1);
    if (memory == NULL) fatal("out of memory");
    return memory;
}

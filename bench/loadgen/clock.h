/* Time that only goes forward, in nanoseconds. */
#pragma once
#include <stdint.h>
#include <time.h>

#define SECOND 1000000000u

static inline uint64_t clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

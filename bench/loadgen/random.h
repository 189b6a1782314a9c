/* Numbers that look random and are the same in each run, so that each run sends the same bytes. */
#pragma once
#include <stdint.h>

uint64_t random_next(void);

/* A number from 0 to below - 1. */
static inline uint32_t random_below(uint32_t below) {
    return (uint32_t)((random_next() >> 32) * below >> 32);
}

#include "histogram.h"
#include <string.h>

#define FINE_BITS 6
#define FINE (1u << FINE_BITS)

static uint64_t buckets[(64 - FINE_BITS + 1) << FINE_BITS], count, largest;

/* Below FINE a bucket a nanosecond; above, FINE buckets to each doubling. */
static unsigned bucket_of(uint64_t ns) {
    if (ns < FINE) return (unsigned)ns;
    unsigned doubling = 63u - (unsigned)__builtin_clzll(ns) - FINE_BITS;
    return ((doubling + 1) << FINE_BITS) + (unsigned)((ns >> doubling) - FINE);
}

static double middle_of(unsigned bucket) {
    if (bucket < FINE) return bucket;
    unsigned doubling = (bucket >> FINE_BITS) - 1;
    return ((double)(FINE + (bucket & (FINE - 1))) + 0.5) * (double)(1ull << doubling);
}

void histogram_add(uint64_t ns) {
    buckets[bucket_of(ns)]++;
    count++;
    if (ns > largest) largest = ns;
}

void histogram_clear(void) {
    memset(buckets, 0, sizeof buckets);
    count = largest = 0;
}

uint64_t histogram_count(void) { return count; }

double histogram_quantile(double quantile) {
    double wanted = quantile * (double)count;
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < sizeof buckets / sizeof *buckets; bucket++) {
        seen += buckets[bucket];
        if (seen > 0 && (double)seen >= wanted) return middle_of(bucket) / 1000;
    }
    return (double)largest / 1000;
}

double histogram_largest(void) { return (double)largest / 1000; }

/* Latencies, counted in buckets that are 1/64 of their value wide (1.6 %). */
#pragma once
#include <stdint.h>

void histogram_add(uint64_t ns);
void histogram_clear(void);
uint64_t histogram_count(void);

/* The latency, in microseconds, that the fraction `quantile` of all does not exceed. */
double histogram_quantile(double quantile);
double histogram_largest(void);

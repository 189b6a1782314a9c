/* What a process has used, read from /proc. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* Processor time of all threads, user and system, in nanoseconds; 0 when it cannot be read. */
uint64_t process_cpu_ns(pid_t pid);

/* Resident memory, in KiB; 0 when it cannot be read. */
long process_rss_kib(pid_t pid);

/* Processor time of this process, in nanoseconds. */
uint64_t own_cpu_ns(void);

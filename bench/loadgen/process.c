#include "process.h"
#include "clock.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The first number of /proc/PID/task/TID/schedstat is the thread's time on a processor, exact to the nanosecond. */
static uint64_t from_schedstat(pid_t pid) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (threads == NULL) return 0;
    uint64_t sum = 0;
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        unsigned long long ns;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread->d_name);
        FILE *file = thread->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file == NULL) continue;
        if (fscanf(file, "%llu", &ns) == 1) sum += ns;
        fclose(file);
    }
    closedir(threads);
    return sum;
}

/* utime and stime of /proc/PID/stat, in ticks of usually 10 ms. The name of the program may hold anything but ends at the last ')'. */
static uint64_t from_stat(pid_t pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    char *rest = read ? strrchr(line, ')') : NULL;
    for (int field = 2; rest != NULL && field < 14; field++) rest = strchr(rest + 1, ' ');
    if (rest == NULL) return 0;
    unsigned long long user = strtoull(rest, &rest, 10), system = strtoull(rest, NULL, 10);
    return (user + system) * (SECOND / (unsigned long)sysconf(_SC_CLK_TCK));
}

uint64_t process_cpu_ns(pid_t pid) {
    if (pid <= 0) return 0;
    uint64_t ns = from_schedstat(pid);
    return ns > 0 ? ns : from_stat(pid);
}

long process_rss_kib(pid_t pid) {
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = pid > 0 ? fopen(path, "r") : NULL;
    if (file == NULL) return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0) kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

static uint64_t ns_of(struct timeval time) {
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_usec * 1000;
}

uint64_t own_cpu_ns(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
}

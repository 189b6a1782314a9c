#include "loop.h"
#include "clock.h"
#include "report.h"
#include <errno.h>
#include <string.h>

#define AT_ONCE 512

uint64_t loop_now;

static int poller(void) {
    static int fd = -1;
    if (fd < 0) fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) fatal("no epoll: %s", strerror(errno));
    return fd;
}

static void control(int operation, struct watched *watched, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = watched};
    if (epoll_ctl(poller(), operation, watched->fd, &event) < 0) fatal("epoll: %s", strerror(errno));
    watched->events = events;
}

void loop_watch(struct watched *watched, uint32_t events) { control(EPOLL_CTL_ADD, watched, events); }

void loop_want(struct watched *watched, uint32_t events) {
    if (watched->events != events) control(EPOLL_CTL_MOD, watched, events);
}

void loop_once(uint64_t ns) {
    struct epoll_event events[AT_ONCE];
    int count = epoll_wait(poller(), events, AT_ONCE, (int)((ns + 999999) / 1000000));
    for (int i = 0; i < count; i++) {
        struct watched *watched = events[i].data.ptr;
        /* A clock's reading costs little, but not nothing. */
        if (i % 8 == 0) loop_now = clock_ns();
        watched->ready(watched, events[i].events);
    }
    if (count <= 0) loop_now = clock_ns();
}

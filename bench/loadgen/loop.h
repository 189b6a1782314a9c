/* The event loop: who is ready to be read or written is told so (epoll, level-triggered). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct watched {
    void (*ready)(struct watched *self, uint32_t events);
    int fd;
    uint32_t events;
};

/* Begins to watch; a descriptor that is closed is watched no more. */
void loop_watch(struct watched *watched, uint32_t events);

/* Changes what is waited for; costs nothing when nothing changes. */
void loop_want(struct watched *watched, uint32_t events);

/* Waits at most so long, then tells everyone who is ready. */
void loop_once(uint64_t ns);

/* The time at which what is now told was noticed. */
extern uint64_t loop_now;

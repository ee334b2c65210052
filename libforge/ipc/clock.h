// SPDX-License-Identifier: Apache-2.0
/* Time that only goes forward, in nanoseconds, and ends of waiting in it. */
#ifndef FG_CLOCK_H
#define FG_CLOCK_H

#include <time.h>

#include "base/base.h"

#define FG_MS UINT64_C(1000000)
#define FG_NEVER UINT64_MAX

static inline uint64_t fg_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 * FG_MS + (uint64_t)t.tv_nsec;
}

/* When `ns` from now have passed; 0 is for ever, and so is what no clock reaches. */
static inline uint64_t fg_clock_end(uint64_t ns)
{
    uint64_t now = fg_clock();
    return ns == 0 || ns >= FG_NEVER - now ? FG_NEVER : now + ns;
}

/* What is left until then: 0 when it is over. */
static inline uint64_t fg_clock_left(uint64_t end)
{
    uint64_t now = end == FG_NEVER ? 0 : fg_clock();
    return end > now ? end - now : 0;
}

static inline struct timespec fg_clock_spec(uint64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / (1000 * FG_MS)),
                              .tv_nsec = (long)(ns % (1000 * FG_MS)) };
}

#endif

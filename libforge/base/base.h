// SPDX-License-Identifier: Apache-2.0
/* What every file of libforge relies on: the status type, byte slices, and the
 * few macros that may leave a function (in capitals, so that they are seen). */
#ifndef FG_BASE_H
#define FG_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Built with the address sanitizer, which wants to see the end of each piece of memory. */
#if defined(__SANITIZE_ADDRESS__)
#define FG_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FG_ASAN 1
#endif
#endif

/* Outcome of anything that can fail.  A caller passes what is not FG_OK up unchanged. */
typedef enum fg_status {
    FG_OK = 0,
    FG_RAISED,  /* a script error is recorded; `try` can catch it */
    FG_NOMEM,   /* the byte limit or the host's memory ended; no script can catch it */
    FG_STOPPED, /* cancelled, deadline, fuel; recorded; no script can catch it */
    FG_EXIT,    /* the script asked to end */
    FG_EXPIRED, /* a timeout block's time is over; recorded; only that block ends it */
    FG_SUSPENDED, /* the running task waits: leave the interpreter, frames untouched */
} fg_status;

/* Leaves the function when `e` is not FG_OK. */
#define FG_TRY(e)                                                                      \
    do {                                                                               \
        fg_status fg_try_ = (e);                                                       \
        if (fg_try_ != FG_OK)                                                          \
            return fg_try_;                                                            \
    } while (0)

#define fg_likely(e) __builtin_expect(!!(e), 1)
#define fg_unlikely(e) __builtin_expect(!!(e), 0)
#define fg_unreachable() __builtin_unreachable()
#define FG_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Lengths and counts inside are uint32_t; everything larger is refused at the door. */
#define FG_MAX_LEN 0x3fffffffu

/* Bytes somebody else owns; not terminated. */
typedef struct fg_slice {
    const char *p;
    uint32_t n;
} fg_slice;

#define FG_SLICE(literal) ((fg_slice){ (literal), (uint32_t)(sizeof(literal) - 1) })

static inline fg_slice fg_slice_of(const char *p, size_t n)
{
    assert(n <= FG_MAX_LEN);
    return (fg_slice){ p, (uint32_t)n };
}

static inline fg_slice fg_slice_str(const char *s) { return fg_slice_of(s, strlen(s)); }

/* memcpy for what is mostly short: no call for up to 64 bytes. */
static inline void fg_copy_bytes(char *to, const char *from, size_t n)
{
    if (n > 64) {
        memcpy(to, from, n);
    } else if (n >= 32) {
        memcpy(to + n - 16, from + n - 16, 16);
        memcpy(to + n - 32, from + n - 32, 16);
        memcpy(to + 16, from + 16, 16);
        memcpy(to, from, 16);
    } else if (n >= 16) {
        memcpy(to + n - 16, from + n - 16, 16);
        memcpy(to, from, 16);
    } else if (n >= 8) {
        memcpy(to + n - 8, from + n - 8, 8);
        memcpy(to, from, 8);
    } else if (n >= 4) {
        memcpy(to + n - 4, from + n - 4, 4);
        memcpy(to, from, 4);
    } else if (n > 0) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

static inline bool fg_slice_eq(fg_slice a, fg_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif

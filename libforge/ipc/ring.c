// SPDX-License-Identifier: Apache-2.0
/* A wake is a system call, so it is made only for a side that sleeps.  None is lost: who
 * will sleep says so and then looks at the other's counter; who moves a counter then looks
 * whether the other sleeps.  All four accesses are sequentially consistent, so one of the
 * two sees the other; and the kernel compares the counter again before it lets a thread
 * sleep. */
#define _GNU_SOURCE /* memfd_create, seals */
#include "ipc/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc/clock.h"

#define NEVER_WRAPPED UINT64_MAX
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

struct fg_ring_shared {
    alignas(64) uint64_t head;
    uint64_t wrap_head;
    uint32_t producer_sleeps;
    alignas(64) uint64_t tail;
    uint32_t consumer_sleeps;
    alignas(64) uint64_t capacity;
    alignas(64) uint64_t mask;
    alignas(64) char data[];
};

_Static_assert(offsetof(struct fg_ring_shared, wrap_head) == 8
                   && offsetof(struct fg_ring_shared, tail) == 64
                   && offsetof(struct fg_ring_shared, capacity) == 128
                   && offsetof(struct fg_ring_shared, mask) == 192
                   && offsetof(struct fg_ring_shared, data) == 256,
               "the layout is what the other side expects");

/* ---- memory -------------------------------------------------------------------------- */

static bool map(fg_ring *r, int fd, uint64_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    *r = (fg_ring){ .shared = at, .size = size };
    return true;
}

int fg_ring_make(fg_ring *r, uint64_t capacity)
{
    uint64_t power = 2;
    if (capacity > FG_RING_MAX) {
        errno = EINVAL;
        return -1;
    }
    while (power < capacity)
        power *= 2;
    uint64_t size = sizeof(struct fg_ring_shared) + power;
    int fd = memfd_create("ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0
        || !map(r, fd, size)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    r->capacity = power;
    r->shared->wrap_head = NEVER_WRAPPED;
    r->shared->mask = power - 1;
    __atomic_store_n(&r->shared->capacity, power, __ATOMIC_RELEASE);
    return fd;
}

bool fg_ring_map(fg_ring *r, int fd)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) != 0
        || (uint64_t)st.st_size <= sizeof(struct fg_ring_shared)
        || (uint64_t)st.st_size > sizeof(struct fg_ring_shared) + FG_RING_MAX
        || !map(r, fd, (uint64_t)st.st_size))
        return false;
    uint64_t capacity = __atomic_load_n(&r->shared->capacity, __ATOMIC_ACQUIRE);
    r->capacity = r->size - sizeof(struct fg_ring_shared);
    if (capacity == r->capacity && capacity >= 2 && (capacity & (capacity - 1)) == 0)
        return true;
    fg_ring_unmap(r);
    return false;
}

void fg_ring_unmap(fg_ring *r)
{
    munmap(r->shared, r->size);
    *r = (fg_ring){ .shared = NULL };
}

uint64_t fg_ring_max(const fg_ring *r) { return r->capacity / 2; }

/* ---- places -------------------------------------------------------------------------- */

/* From here to the end of the data. */
static uint64_t to_end(const fg_ring *r)
{
    return r->capacity - (r->at & (r->capacity - 1));
}

/* Bytes that the producer skips before a record of n bytes. */
static uint64_t padding(const fg_ring *r, uint64_t n)
{
    return n <= to_end(r) ? 0 : to_end(r);
}

static char *place(const fg_ring *r, uint64_t skipped)
{
    return r->shared->data + ((r->at + skipped) & (r->capacity - 1));
}

/* Bytes that the consumer skips before the next record. */
static uint64_t skipped(const fg_ring *r)
{
    bool wrapped = __atomic_load_n(&r->shared->wrap_head, __ATOMIC_RELAXED) == r->at;
    return wrapped ? to_end(r) : 0;
}

/* ---- sleeping ------------------------------------------------------------------------ */

static long futex(uint64_t *counter, int act, uint32_t value,
                  const struct timespec *time)
{
    return syscall(SYS_futex, counter, act, value, time, NULL, 0);
}

static void wake(uint64_t *counter, uint32_t *sleeps)
{
    if (__atomic_load_n(sleeps, __ATOMIC_SEQ_CST)
        && __atomic_exchange_n(sleeps, 0, __ATOMIC_SEQ_CST))
        futex(counter, FUTEX_WAKE, 1, NULL);
}

/* Sleeps while the other's counter is what this side has seen, at most until then. */
static void sleep_on(uint64_t *counter, uint64_t seen, uint32_t *sleeps, uint64_t end)
{
    uint64_t left = fg_clock_left(end);
    struct timespec t = fg_clock_spec(left);
    __atomic_store_n(sleeps, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(counter, __ATOMIC_SEQ_CST) == seen)
        futex(counter, FUTEX_WAIT, (uint32_t)seen, end == FG_NEVER ? NULL : &t);
    __atomic_store_n(sleeps, 0, __ATOMIC_SEQ_CST);
}

/* ---- the producer -------------------------------------------------------------------- */

char *fg_ring_claim(fg_ring *r, uint64_t n)
{
    uint64_t tail = __atomic_load_n(&r->shared->tail, __ATOMIC_ACQUIRE);
    uint64_t used = r->at - tail, skip = padding(r, n);
    if (n == 0 || n > fg_ring_max(r) || used > r->capacity
        || r->capacity - used < skip + n)
        return NULL;
    return place(r, skip);
}

void fg_ring_publish(fg_ring *r, uint64_t n)
{
    uint64_t skip = padding(r, n);
    if (skip > 0)
        __atomic_store_n(&r->shared->wrap_head, r->at, __ATOMIC_RELAXED);
    r->at += skip + n;
    __atomic_store_n(&r->shared->head, r->at, __ATOMIC_SEQ_CST);
    wake(&r->shared->head, &r->shared->consumer_sleeps);
}

bool fg_ring_wait_room(fg_ring *r, uint64_t n, uint64_t ns)
{
    struct fg_ring_shared *s = r->shared;
    uint64_t end = fg_clock_end(ns);
    if (n == 0 || n > fg_ring_max(r))
        return false;
    for (;;) {
        uint64_t tail = __atomic_load_n(&s->tail, __ATOMIC_ACQUIRE);
        if (fg_ring_claim(r, n))
            return true;
        if (fg_clock_left(end) == 0)
            return false;
        sleep_on(&s->tail, tail, &s->producer_sleeps, end);
    }
}

/* ---- the consumer -------------------------------------------------------------------- */

const char *fg_ring_peek(const fg_ring *r, uint64_t n)
{
    uint64_t head = __atomic_load_n(&r->shared->head, __ATOMIC_ACQUIRE);
    uint64_t there = head - r->at, skip = skipped(r);
    if (n == 0 || n > fg_ring_max(r) || there > r->capacity || there < skip + n
        || (skip == 0 && n > to_end(r)))
        return NULL;
    return place(r, skip);
}

void fg_ring_release(fg_ring *r, uint64_t n)
{
    r->at += skipped(r) + n;
    __atomic_store_n(&r->shared->tail, r->at, __ATOMIC_SEQ_CST);
    wake(&r->shared->tail, &r->shared->producer_sleeps);
}

bool fg_ring_wait_record(fg_ring *r, uint64_t ns)
{
    struct fg_ring_shared *s = r->shared;
    uint64_t end = fg_clock_end(ns);
    while (__atomic_load_n(&s->head, __ATOMIC_ACQUIRE) == r->at) {
        if (fg_clock_left(end) == 0)
            return false;
        sleep_on(&s->head, r->at, &s->consumer_sleeps, end);
    }
    return true;
}

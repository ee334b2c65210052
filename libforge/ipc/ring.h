// SPDX-License-Identifier: Apache-2.0
/* Rings: records from one thread to another through memory that two processes share.
 *
 *     offset   0  u64 head       bytes ever published          the producer's
 *              8  u64 wrap_head  head at the latest wrap       the producer's
 *             16  u32            the producer sleeps
 *             64  u64 tail       bytes ever released           the consumer's
 *             72  u32            the consumer sleeps
 *            128  u64 capacity   a power of two; written last: 0 is not ready
 *            192  u64 mask       capacity - 1
 *            256  capacity bytes of data
 *
 * A record lies in one piece: if it does not fit before the end, the rest of the ring is
 * left out and it begins at 0.  Both sides must name the same sizes.  A record has at most
 * half the capacity, so that an empty ring takes any record wherever it stands.
 *
 * The memory has no name and cannot shrink.  What the other side writes there is checked
 * before it is believed; the capacity is read once.  Little-endian machines only: the low
 * halves of head and tail are what the kernel compares. */
#ifndef FG_RING_H
#define FG_RING_H

#include "base/base.h"

struct fg_ring_shared;

typedef struct fg_ring {
    struct fg_ring_shared *shared;
    uint64_t capacity;
    uint64_t at;   /* own copy of head or tail: this side alone moves it */
    uint64_t size; /* of the mapping */
} fg_ring;

#define FG_RING_MAX (UINT64_C(1) << 30)

/* A new ring with at least this capacity, rounded up to a power of two; what it returns is
 * a descriptor of its memory, for the other process and for the caller to close.  The ring
 * is one end of it, the producer's or the consumer's.  -1: errno. */
int fg_ring_make(fg_ring *r, uint64_t capacity);
/* The other end.  False: this is no ring, or it could be made smaller later. */
bool fg_ring_map(fg_ring *r, int fd);
void fg_ring_unmap(fg_ring *r);
/* The largest record. */
uint64_t fg_ring_max(const fg_ring *r);

/* ---- the producer -------------------------------------------------------------------- */

/* Where the next record is to be written; NULL: there is no room now, or never
 * (fg_ring_max). */
char *fg_ring_claim(fg_ring *r, uint64_t n);
void fg_ring_publish(fg_ring *r, uint64_t n);
/* Until there is room for a record of n bytes, but at most so many nanoseconds (0: for
 * ever).  False: there is none. */
bool fg_ring_wait_room(fg_ring *r, uint64_t n, uint64_t ns);

/* ---- the consumer -------------------------------------------------------------------- */

/* The first n bytes of the oldest record; NULL: there is none, or `n` is more than was
 * published. */
const char *fg_ring_peek(const fg_ring *r, uint64_t n);
/* The record, of n bytes, is not needed any more. */
void fg_ring_release(fg_ring *r, uint64_t n);
/* Until there is something.  A record that cannot be peeked then was not published by the
 * rules: the other side is not to be trusted any more. */
bool fg_ring_wait_record(fg_ring *r, uint64_t ns);

#endif

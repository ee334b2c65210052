// SPDX-License-Identifier: Apache-2.0
/* Reading MessagePack of unknown origin.
 *
 * An unpacker passes over a whole message.  What does not fit makes it faulty: the first
 * fault is kept, and from then on everything reads as zero, empty or false, so that a
 * sequence of reads is checked once, at its end.  Nothing is allocated; texts and bytes are
 * slices of the message.  Any width of an integer, a text or an array is taken. */
#ifndef FG_UNPACK_H
#define FG_UNPACK_H

#include "base/base.h"

typedef enum fg_unpack_type {
    FG_UNPACK_END, /* nothing is left, or the unpacker is faulty */
    FG_UNPACK_NIL,
    FG_UNPACK_BOOL,
    FG_UNPACK_UINT,
    FG_UNPACK_INT, /* less than zero */
    FG_UNPACK_FLOAT,
    FG_UNPACK_STR,
    FG_UNPACK_BIN,
    FG_UNPACK_ARRAY,
    FG_UNPACK_MAP,
    FG_UNPACK_EXT
} fg_unpack_type;

typedef struct fg_unpacker {
    const char *begin, *at, *end;
    const char *fault; /* NULL, or what was wrong: a constant */
    uint32_t offset;   /* of the faulty value in the message */
} fg_unpacker;

void fg_unpack_begin(fg_unpacker *u, fg_slice message);
/* Of the next value, which stays. */
fg_unpack_type fg_unpack_peek(const fg_unpacker *u);

/* Passes over nil, if that is what comes. */
bool fg_unpack_nil(fg_unpacker *u);
bool fg_unpack_bool(fg_unpacker *u);
/* At most `max`. */
uint64_t fg_unpack_u64(fg_unpacker *u, uint64_t max);
int64_t fg_unpack_i64(fg_unpacker *u);
/* Integers, too, if they are exact. */
double fg_unpack_f64(fg_unpacker *u);
/* At most `max` bytes. */
fg_slice fg_unpack_str(fg_unpacker *u, uint32_t max);
fg_slice fg_unpack_bin(fg_unpacker *u, uint32_t max);
/* Exactly n bytes. */
fg_slice fg_unpack_bin_of(fg_unpacker *u, uint32_t n);
/* How many values follow, or pairs: at most `max`, and never more than the message has
 * bytes for, so that room for them may be taken at once. */
uint32_t fg_unpack_array(fg_unpacker *u, uint32_t max);
uint32_t fg_unpack_map(fg_unpacker *u, uint32_t max);
/* Passes over one value with all that is in it, of any depth; its bytes. */
fg_slice fg_unpack_skip(fg_unpacker *u);

/* Makes it faulty; `what` is a constant.  The first fault stays. */
void fg_unpack_fail(fg_unpacker *u, const char *what);
/* The message must be over.  True: nothing was wrong. */
bool fg_unpack_end(fg_unpacker *u);

#endif

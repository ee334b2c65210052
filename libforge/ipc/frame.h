// SPDX-License-Identifier: Apache-2.0
/* Frames: what messages travel in, over a byte stream or as records of a ring.
 *
 * All integers are little-endian.
 *
 *     positional   u32 length             payload     length = payload
 *     numbered     u32 length   u64 id    payload     length = 8 + payload
 *
 * Each request has exactly one response, and either may be empty.  Positional responses
 * come in the order of their requests; numbered ones carry the request's id and come as
 * they are ready.  Ids belong to a connection, begin anywhere and count by one; 0 is what
 * a server sends of its own accord. */
#ifndef FG_FRAME_H
#define FG_FRAME_H

#include "base/bytes.h"

typedef enum fg_frame_form { FG_FRAME_POSITIONAL, FG_FRAME_NUMBERED } fg_frame_form;

#define FG_FRAME_MAX                                                                   \
    (256u << 20) /* bytes of payload, where nothing less is asked for */

typedef struct fg_frame {
    uint64_t id; /* numbered */
    fg_slice payload;
} fg_frame;

/* Bytes before the payload. */
uint32_t fg_frame_head(fg_frame_form form);

/* A frame at the end of a buffer: the payload is written between the two calls.  The mark
 * is what fg_frame_begin returned. */
uint32_t fg_frame_begin(fg_bytes *b, fg_frame_form form, uint64_t id);
void fg_frame_end(fg_bytes *b, uint32_t mark);

/* The head alone, where the payload of n bytes lies elsewhere; it takes FG_FRAME_HEAD_MAX
 * bytes at most. */
#define FG_FRAME_HEAD_MAX 12u
uint32_t fg_frame_put_head(char *to, fg_frame_form form, uint64_t id, uint32_t n);

/* ---- reading a stream ---------------------------------------------------------------- */

/* Frames out of bytes that come in pieces.  Memory follows what has come, never what a
 * length only promises. */
typedef struct fg_frames {
    fg_frame_form form;
    uint32_t max; /* bytes of payload */
    char *buffer;
    size_t at, n, cap; /* of the buffer: what is not taken yet is between at and n */
    const char *fault; /* NULL, or why the stream cannot go on: a constant */
} fg_frames;

typedef enum fg_frame_next {
    FG_FRAME_NONE, /* the next one is not whole yet */
    FG_FRAME_ONE,
    FG_FRAME_BAD /* `fault`; there is no way to find the next frame */
} fg_frame_next;

/* max: 0 is FG_FRAME_MAX. */
void fg_frames_begin(fg_frames *f, fg_frame_form form, uint32_t max);
void fg_frames_drop(fg_frames *f);
/* Where to put what comes next, and how much of it; NULL: no memory.  Frames that were
 * taken are gone then. */
char *fg_frames_room(fg_frames *f, size_t *n);
/* So many bytes were put there. */
void fg_frames_filled(fg_frames *f, size_t n);
/* The payload is valid until the next fg_frames_room. */
fg_frame_next fg_frames_take(fg_frames *f, fg_frame *out);
/* The next frame is whole, or it is bad. */
bool fg_frames_ready(const fg_frames *f);
/* Sets the form by how the first frame begins: a positional one holds a request (see
 * envelope.h), a numbered one has the id there, whose first byte a client chooses so that
 * it is no array of one.  False: too little has come to tell. */
bool fg_frames_tell(fg_frames *f);
/* A frame has begun and is not whole. */
bool fg_frames_partial(const fg_frames *f);

#endif

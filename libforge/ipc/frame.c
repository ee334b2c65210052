// SPDX-License-Identifier: Apache-2.0
/* Lengths are checked before they are believed; a buffer that grew for a large frame is
 * given back when it is empty. */
#include "ipc/frame.h"

#include <stdlib.h>

#define LENGTH 4u
#define ID 8u
#define REQUEST "\x91\x92"       /* how a request's payload begins */
#define SMALL ((size_t)16 << 10) /* what a stream keeps */

static void store(char *at, uint64_t v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        at[i] = (char)(v >> 8 * i);
}

static uint64_t load(const char *at, uint32_t bytes)
{
    uint64_t v = 0;
    for (uint32_t i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)at[i];
    return v;
}

/* What the length counts beside the payload. */
static uint32_t counted(fg_frame_form form)
{
    return form == FG_FRAME_NUMBERED ? ID : 0;
}

uint32_t fg_frame_head(fg_frame_form form) { return LENGTH + counted(form); }

uint32_t fg_frame_begin(fg_bytes *b, fg_frame_form form, uint64_t id)
{
    char head[LENGTH + ID] = { 0 };
    uint32_t mark = b->n;
    store(head + LENGTH, id, ID);
    fg_bytes_put(b, head, fg_frame_head(form));
    return mark;
}

void fg_frame_end(fg_bytes *b, uint32_t mark)
{
    if (!b->failed)
        store(b->p + mark, b->n - mark - LENGTH, LENGTH);
}

uint32_t fg_frame_put_head(char *to, fg_frame_form form, uint64_t id, uint32_t n)
{
    store(to, n + counted(form), LENGTH);
    if (form == FG_FRAME_NUMBERED)
        store(to + LENGTH, id, ID);
    return fg_frame_head(form);
}

/* ---- reading a stream ---------------------------------------------------------------- */

void fg_frames_begin(fg_frames *f, fg_frame_form form, uint32_t max)
{
    *f = (fg_frames){ .form = form, .max = max ? max : FG_FRAME_MAX };
}

void fg_frames_drop(fg_frames *f)
{
    free(f->buffer);
    *f = (fg_frames){ .form = f->form, .max = f->max };
}

bool fg_frames_partial(const fg_frames *f) { return f->n > f->at; }

/* The whole frame that has begun, or 0 while that is unknown or wrong. */
static size_t whole(const fg_frames *f)
{
    if (f->n - f->at < LENGTH)
        return 0;
    uint64_t length = load(f->buffer + f->at, LENGTH);
    uint32_t extra = counted(f->form);
    return length >= extra && length - extra <= f->max ? LENGTH + (size_t)length : 0;
}

/* Moves what is not taken to the start, and takes a buffer of another size. */
static bool resize(fg_frames *f, size_t cap)
{
    size_t rest = f->n - f->at;
    char *to = malloc(cap);
    if (!to)
        return false;
    if (rest > 0)
        memcpy(to, f->buffer + f->at, rest);
    free(f->buffer);
    f->buffer = to;
    f->cap = cap;
    f->at = 0;
    f->n = rest;
    return true;
}

/* The buffer that the stream should have now: it doubles with what has come, up to what the
 * frame needs. */
static size_t wanted(const fg_frames *f)
{
    size_t have = f->n - f->at, need = whole(f);
    if (have < SMALL && need <= SMALL)
        return SMALL;
    size_t twice = 2 * have > SMALL ? 2 * have : SMALL;
    return need > have && need < twice ? need : twice;
}

char *fg_frames_room(fg_frames *f, size_t *n)
{
    size_t rest = f->n - f->at, cap = f->cap;
    if (rest == 0 || f->cap - rest < SMALL / 2)
        cap = wanted(f);
    if ((cap > f->cap || (cap < f->cap && rest == 0)) && !resize(f, cap))
        return NULL;
    if (f->at > 0) {
        memmove(f->buffer, f->buffer + f->at, rest);
        f->at = 0;
        f->n = rest;
    }
    *n = f->cap - f->n;
    return f->buffer + f->n;
}

void fg_frames_filled(fg_frames *f, size_t n)
{
    assert(n <= f->cap - f->n);
    f->n += n;
}

bool fg_frames_ready(const fg_frames *f)
{
    size_t have = f->n - f->at, size = whole(f);
    return f->fault || (have >= LENGTH && have >= size);
}

bool fg_frames_tell(fg_frames *f)
{
    const char *at = f->buffer + f->at;
    size_t have = f->n - f->at;
    if (have < LENGTH)
        return false;
    uint64_t length = load(at, LENGTH);
    if (length >= ID && have < LENGTH + sizeof REQUEST - 1)
        return false;
    bool request = length < ID || memcmp(at + LENGTH, REQUEST, sizeof REQUEST - 1) == 0;
    f->form = request ? FG_FRAME_POSITIONAL : FG_FRAME_NUMBERED;
    return true;
}

static fg_frame_next bad(fg_frames *f, const char *fault)
{
    f->fault = fault;
    return FG_FRAME_BAD;
}

fg_frame_next fg_frames_take(fg_frames *f, fg_frame *out)
{
    uint32_t head = fg_frame_head(f->form);
    if (f->fault)
        return FG_FRAME_BAD;
    if (f->n - f->at < LENGTH)
        return FG_FRAME_NONE;
    const char *at = f->buffer + f->at;
    size_t size = whole(f);
    if (size == 0)
        return bad(f, load(at, LENGTH) < counted(f->form)
                          ? "a frame without an id: the peer speaks another version"
                          : "a frame is larger than is allowed");
    if (f->n - f->at < size)
        return FG_FRAME_NONE;
    out->id = f->form == FG_FRAME_NUMBERED ? load(at + LENGTH, ID) : 0;
    out->payload = (fg_slice){ at + head, (uint32_t)(size - head) };
    f->at += size;
    return FG_FRAME_ONE;
}

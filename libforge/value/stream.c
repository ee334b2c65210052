// SPDX-License-Identifier: Apache-2.0
/* Stages of streams, made and ended. */
#include "value/stream.h"

int fg_stream_source(fg_type type)
{
    switch (type) {
    case FG_ARRAY: return FG_STREAM_ArrayIter;
    case FG_TUPLE: return FG_STREAM_TupleIter;
    case FG_SET: return FG_STREAM_SetIter;
    case FG_MAP: return FG_STREAM_MapIter;
    case FG_STRING: return FG_STREAM_StringIter;
    default: return -1;
    }
}

fg_stream *fg_stream_stage(fg_heap *h, int kind, fg_stream *up)
{
    fg_stream *s = fg_alloc(h, sizeof *s);
    if (!s)
        return NULL;
    *s =
        (fg_stream){ .h = { FG_STREAM, 0, 0, (uint8_t)kind, 0 }, .up = up, .depth = 1 };
    s->with = fg_null();
    return s;
}

fg_stream *fg_stream_over(fg_heap *h, int kind, const fg_value *collection)
{
    fg_stream *s = fg_stream_stage(h, kind, NULL);
    if (s)
        fg_copy_counted(&s->with, collection);
    return s;
}

void fg_stream_end(fg_stream *s)
{
    fg_release(&s->with);
    s->with = fg_null();
    s->up = s->other = NULL;
    s->ended = true;
}

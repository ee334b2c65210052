// SPDX-License-Identifier: Apache-2.0
/* Streams: lazy sequences that are read once.
 *
 * A stream is a stage: a source that walks a collection, or one that makes its items out
 * of those of another stream.  It has identity: every value that refers to it means the
 * same position.  This file knows what a stage holds; run/stream.c advances it. */
#ifndef FG_VALUE_STREAM_H
#define FG_VALUE_STREAM_H

#include "value/object.h"

#define FG_STREAM_STAGES 200u /* on top of each other: each is a C call deep */

typedef struct fg_stream {
    fg_obj h;      /* bits: FG_STREAM_… */
    int64_t n;     /* source: position; Take and Skip: how many still;
                                      Enumerate: next index */
    fg_value with; /* source: the collection; Filter and Map: the function */
    struct fg_stream *up, *other;  /* where items come from; other: of Chain and Zip */
    fg_string *error, *error_hint; /* what the function raised, or NULL */
    uint32_t depth;                /* stages up to the farthest source */
    uint8_t error_kind;
    bool running; /* it is being advanced */
    bool ended;   /* it has no more items and refers to nothing */
} fg_stream;

/* The kind of source that walks values of this type, or -1. */
int fg_stream_source(fg_type type);
/* A source of `kind` over the collection, which is counted; NULL: no memory. */
fg_stream *fg_stream_over(fg_heap *h, int kind, const fg_value *collection);
/* A stage of `kind` over `up`; with, n, other and the depth it adds are the caller's to
 * set.  NULL: no memory. */
fg_stream *fg_stream_stage(fg_heap *h, int kind, fg_stream *up);
/* Notes that there are no more items and lets go of what they were made from. */
void fg_stream_end(fg_stream *s);

static inline fg_stream *fg_as_stream(fg_value v)
{
    return (fg_stream *)(void *)v.as.o;
}

#endif

// SPDX-License-Identifier: Apache-2.0
/* Between the files of the TOML reader: toml_read.c has the structure of documents,
 * toml_scalar.c texts, numbers and times. */
#ifndef FG_TOML_READER_H
#define FG_TOML_READER_H

#include "lib/lib.h"

typedef struct fg_toml_reader {
    fg_vm *vm;
    const char *start, *p, *end;
    char why[192];                /* what is wrong, "": nothing yet */
    const char *where;            /* and at which character */
    const char *told;             /* up to here work was reported */
    fg_bytes scratch;             /* text that is not a part of the source */
    struct fg_toml_table *tables; /* of the tables that may grow (toml_read.c) */
    uint32_t ntables, room;       /* used; a power of two, or 0 */
    uint32_t section;             /* the header or inline table that keys belong to */
    uint32_t sections;            /* seen so far */
    uint32_t depth;
} fg_toml_reader;

/* Notes what is wrong at `where`, a character of the text or its end. */
fg_status fg_toml_fail(fg_toml_reader *r, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool fg_toml_at(const fg_toml_reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

/* Bytes of the line end at p, or 0. */
static inline uint32_t fg_toml_line_end(const fg_toml_reader *r)
{
    if (fg_toml_at(r, '\n'))
        return 1;
    return fg_toml_at(r, '\r') && r->end - r->p > 1 && r->p[1] == '\n' ? 2 : 0;
}

/* May c stand in comments and texts?  Line ends are looked at before. */
static inline bool fg_toml_plain(char c)
{
    return ((uint8_t)c >= 0x20 && c != 0x7f) || c == '\t';
}

/* The text at an opening quote; several lines are possible if `lines`.  The slice holds
 * until the next call. */
fg_status fg_toml_text(fg_toml_reader *r, bool lines, fg_slice *text);
/* A Bool, number, date or time. */
fg_status fg_toml_scalar(fg_toml_reader *r, fg_value *out);

#endif

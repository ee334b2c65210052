// SPDX-License-Identifier: Apache-2.0
/* Messages for people: one problem with its place, and the framed report that shows the
 * source line with the span underlined. */
#ifndef FG_DIAG_H
#define FG_DIAG_H

#include "base/bytes.h"

/* One finding.  Texts are copied, cut at the sizes here. */
typedef struct fg_diag {
    uint32_t start, end; /* bytes of the source; start == end: a point */
    uint32_t opened;     /* 1 + offset of the bracket that is still open, or 0 */
    char message[512];   /* what */
    char hint[256];      /* what to try, or "" */
    bool lexical;        /* of a program's text: no token begins here */
} fg_diag;

void fg_diag_set(fg_diag *d, uint32_t start, uint32_t end, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void fg_diag_vset(fg_diag *d, uint32_t start, uint32_t end, const char *fmt,
                  va_list ap);
void fg_diag_hint(fg_diag *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes of s that fit into max without cutting a character or going past a newline. */
uint32_t fg_diag_fit(fg_slice s, uint32_t max);

/* 1-based; column counts code points. */
void fg_position(fg_slice source, uint32_t off, uint32_t *line, uint32_t *col);

/* The frame without the "Error:" line:
 *    ╭─[FILE:4:12]
 *    │
 *  4 │     return y / 0
 *    │            ──┬──
 *    │              ╰── message
 * ───╯
 * color adds terminal colours. */
void fg_diag_frame(fg_bytes *b, fg_slice file, fg_slice source, uint32_t start,
                   uint32_t end, const char *message, bool color);

#endif

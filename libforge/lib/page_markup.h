// SPDX-License-Identifier: Apache-2.0
/* Where in a page a reader of markup is: fed with the literal text of a template while it
 * is compiled, it says how a value must be written at each place.
 *
 * It knows as much of HTML, JavaScript and CSS as decides that question.  Where the answer
 * could be wrong it refuses, so that a page either is safe or is not compiled. */
#ifndef FG_PAGE_MARKUP_H
#define FG_PAGE_MARKUP_H

#include "lib/page_escape.h"

#define FG_MARKUP_NAME 48u /* longer names of elements and attributes are not special */
#define FG_MARKUP_NESTED 6u /* `${` inside each other in a script */

/* Compared as bytes, so every field that does not matter is zero. */
typedef struct fg_markup {
    uint8_t state;     /* of the reader of markup */
    uint8_t element;   /* whose text this is, if it is not read as markup */
    uint8_t attribute; /* kind of the value */
    uint8_t quote;     /* around it: " or ' or 0 */
    uint8_t part;      /* of an address */
    uint8_t code;      /* state of the reader of script or style */
    uint8_t escaped;   /* a backslash stands before */
    uint8_t ended;     /* the tag ends an element */
    uint8_t entity;    /* the value holds an entity */
    uint8_t before;    /* last byte of the script that is no white space */
    uint8_t matched;   /* bytes of what ends the text, comment … */
    uint8_t length;    /* of name */
    uint8_t nested;    /* used part of braces */
    uint8_t braces[FG_MARKUP_NESTED]; /* open { in each ${ of a script */
    char name[FG_MARKUP_NAME];        /* of element, attribute; last word of a script */
} fg_markup;

/* The start of a page is fg_markup of zeros. */
static inline bool fg_markup_is_text(const fg_markup *m)
{
    static const fg_markup start;
    return memcmp(m, &start, sizeof start) == 0;
}

/* Is it within <script> or <style>?  Braces belong to their language there. */
bool fg_markup_is_code(const fg_markup *m);
/* Reads a byte of the template and appends what stands for it.  NULL, or why it cannot
 * stand there. */
const char *fg_markup_step(fg_markup *m, char c, fg_bytes *out);
/* A value comes: how it is written, or why none can be.  May append quotes first. */
const char *fg_markup_value(fg_markup *m, fg_bytes *out, fg_escape *how,
                            fg_wrapping *around);
/* The same for a value that is written as it is: the template vouches for it. */
void fg_markup_raw(fg_markup *m);
/* Makes m the place after two ways that ended at m and other; false if there is none. */
bool fg_markup_join(fg_markup *m, const fg_markup *other);
/* "in the value of an attribute" */
const char *fg_markup_where(const fg_markup *m);

#endif

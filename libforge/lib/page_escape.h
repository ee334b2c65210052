// SPDX-License-Identifier: Apache-2.0
/* How a value is written so that it stays a value wherever it stands in a page: each place
 * has its own way.  Nothing here knows templates. */
#ifndef FG_PAGE_ESCAPE_H
#define FG_PAGE_ESCAPE_H

#include "base/bytes.h"

/* The inner way: what the language of the place needs. */
typedef enum fg_escape {
    FG_ESC_PLAIN,      /* text for people: nothing but the outer way */
    FG_ESC_URL_START,  /* a whole address, or how one begins: its scheme is checked */
    FG_ESC_URL_SCHEME, /* what may still be the scheme of an address */
    FG_ESC_URL_PATH,   /* a part of an address up to its query */
    FG_ESC_URL_QUERY,  /* one value behind ? or # */
    FG_ESC_SRCSET,     /* a list of addresses with sizes */
    FG_ESC_SRCDOC,     /* text of a page inside an attribute */
    FG_ESC_JS_VALUE,   /* a literal; the text is JSON */
    FG_ESC_JS_STRING,  /* inside the quotes of one */
    FG_ESC_CSS_VALUE,  /* a word, number, colour … */
    FG_ESC_CSS_STRING, /* inside quotes */
} fg_escape;

/* The outer way: what the markup around it needs. */
typedef enum fg_wrapping {
    FG_WRAPPED_NOT,      /* none: raw text elements, and what was asked for raw */
    FG_WRAPPED_TEXT,     /* text, or an attribute in quotes */
    FG_WRAPPED_UNQUOTED, /* an attribute without quotes that has begun */
    FG_WRAPPED_COMMENT,
} fg_wrapping;

/* What stands for an address or a style that is refused. */
#define FG_ESC_BLOCKED_URL "about:invalid#blocked"
#define FG_ESC_BLOCKED_CSS "blocked"

/* Appends the text for that place.  `s` does not lie in b. */
void fg_escape_put(fg_bytes *b, fg_slice s, fg_escape how, fg_wrapping around);
/* & < > " and ' as entities. */
void fg_escape_html(fg_bytes *b, fg_slice s);

#endif

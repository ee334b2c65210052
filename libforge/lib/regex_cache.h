// SPDX-License-Identifier: Apache-2.0
/* Compiled patterns of one fork.  A bounded number is kept, by their text; all memory,
 * that of machine code too, counts against the fork's limit and ends with the fork. */
#ifndef FG_LIB_REGEX_CACHE_H
#define FG_LIB_REGEX_CACHE_H

#define PCRE2_CODE_UNIT_WIDTH 8

#include "lib/regex.h"

#include <pcre2.h>

#define FG_REGEX_KEPT 32u

/* A pattern compiled for one kind of texts. */
typedef struct fg_regex_form {
    pcre2_code *code;
    fg_regex_cost cost;  /* of one start */
    uint64_t read;       /* bytes it was, or would have been, run over */
    size_t native_bytes; /* of machine code */
    bool native_tried;
} fg_regex_form;

typedef struct fg_regex {
    fg_regex_form any,
        ascii;              /* for all texts; for ASCII texts, without code at first */
    pcre2_code *watched;    /* `any` with callouts between its items, or NULL */
    uint32_t hash, ngroups; /* group 0 too */
    uint64_t used;          /* when, by the cache's clock */
    bool ascii_tried, watched_tried, anchored;
    bool at_lines; /* a match starts at a line, or where the search does */
    uint32_t npattern, nnames;
    char pattern[]; /* then its names, fg_group_name each, unaligned */
} fg_regex;

/* Memory that PCRE2 takes for one purpose. */
typedef struct fg_regex_memory {
    fg_vm *vm;
    size_t bytes;
} fg_regex_memory;

typedef struct fg_regex_cache {
    fg_resource resource;
    fg_regex_memory code, match;
    pcre2_general_context *code_context, *match_context;
    pcre2_compile_context *compile;
    pcre2_match_context *limits;
    pcre2_match_data *data; /* of `pairs` pairs, or NULL */
    uint32_t pairs;
    uint64_t clock;
    fg_regex *kept[FG_REGEX_KEPT];
} fg_regex_cache;

/* The fork's cache, made on first use; FG_NOMEM. */
fg_status fg_regex_cache_of(fg_vm *vm, fg_regex_cache **out);
/* The compiled pattern: borrowed until the next call; an error if it is bad. */
fg_status fg_regex_get(fg_regex_cache *c, fg_slice pattern, fg_regex **out);
/* Match data for the pattern in c->data; FG_NOMEM. */
fg_status fg_regex_data(fg_regex_cache *c, const fg_regex *r);
/* Gives back match data that has grown large. */
void fg_regex_data_trim(fg_regex_cache *c);
/* The form that runs over a text of n bytes, ASCII or not.  Compiles it for ASCII, and to
 * machine code, when it pays. */
fg_regex_form *fg_regex_form_for(fg_regex_cache *c, fg_regex *r, uint32_t n,
                                 bool ascii);
/* The pattern, for all texts, with callouts between its items: for what may take long.
 * NULL: there is no room for it. */
const pcre2_code *fg_regex_watched(fg_regex_cache *c, fg_regex *r);

#endif

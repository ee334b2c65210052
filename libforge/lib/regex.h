// SPDX-License-Identifier: Apache-2.0
/* Between the files of the regex module.
 *
 * Patterns are in the dialect of linear-time engines: no look-around, no backreferences,
 * Unicode classes with set operations.  regex_syntax.c, _class.c and _escape.c read one and
 * write it for PCRE2, which sees only what they wrote; regex_cost.c tells what it may cost;
 * regex_cache.c compiles and keeps it; regex_match.c runs it; regex.c has the functions of
 * the language. */
#ifndef FG_LIB_REGEX_H
#define FG_LIB_REGEX_H

#include "lib/lib.h"

#define FG_REGEX_PATTERN_MAX 32768u /* bytes of a pattern */

/* ---- reading patterns (regex_syntax.c, _class.c, _escape.c) ------------------------------ */

/* What can be wrong with a pattern, and what to try; "" says nothing more. */
/* clang-format off */
#define FG_REGEX_FAULTS(X)                                                            \
    X(NOT_UTF8, "pattern is not valid UTF-8", "")                                     \
    X(TOO_LONG, "pattern is longer than 32768 bytes", "match in several steps")       \
    X(TOO_LARGE, "compiled regex exceeds the size limit",                             \
      "use smaller repetition counts or fewer classes")                               \
    X(TOO_DEEP, "nested deeper than 100 groups and classes", "flatten the pattern")   \
    X(UNCLOSED_GROUP, "unclosed group", "close it with ')', or write \\( for the character") \
    X(UNOPENED_GROUP, "unopened group", "open it with '(', or write \\) for the character")  \
    X(UNCLOSED_CLASS, "unclosed character class",                                     \
      "close it with ']', or write \\[ for the character")                            \
    X(UNCLOSED_COUNT, "unclosed counted repetition",                                  \
      "write \\{ for the character, and keep patterns with braces in a triple-quoted string") \
    X(BAD_COUNT, "repetition quantifier expects a valid decimal",                     \
      "write {2}, {2,} or {2,5} in a triple-quoted string, or \\{ for the character") \
    X(COUNT_ORDER, "invalid repetition count range, the start must be <= the end", "") \
    X(NOTHING_TO_REPEAT, "repetition operator missing expression",                    \
      "put something in front of it, or a backslash for the character itself")        \
    X(INCOMPLETE_ESCAPE,                                                              \
      "incomplete escape sequence, reached end of pattern prematurely",               \
      "write \\\\ for a backslash")                                                   \
    X(UNKNOWN_ESCAPE, "unrecognized escape sequence", "write \\\\ for a backslash")   \
    X(ESCAPE_IN_CLASS, "invalid escape sequence found in character class", "")        \
    X(BAD_HEX, "invalid hexadecimal digit", "write \\x41, \\u0041 or \\x{1F600}")     \
    X(EMPTY_HEX, "hexadecimal literal empty", "write \\x{1F600}")                     \
    X(NOT_SCALAR, "hexadecimal literal is not a Unicode scalar value", "")            \
    X(BOUNDARY, "unrecognized special word boundary assertion",                       \
      "valid choices are start, end, start-half and end-half")                        \
    X(PROPERTY, "Unicode property not found", "")                                     \
    X(FLAG, "unrecognized flag", "flags are i, m, s, x, U, u and R")                  \
    X(FLAG_TWICE, "duplicate flag", "")                                               \
    X(NEGATED_TWICE, "flag negation operator repeated", "")                           \
    X(NEGATED_NOTHING, "dangling flag negation operator", "")                         \
    X(FLAG_END, "expected flag but got end of regex", "")                             \
    X(NAME_EMPTY, "empty capture group name", "")                                     \
    X(NAME_BAD, "invalid capture group character",                                    \
      "names are letters, digits and '_' and begin with a letter or '_'")             \
    X(NAME_UNCLOSED, "unclosed capture group name", "close it with '>'")              \
    X(NAME_TWICE, "duplicate capture group name", "")                                 \
    X(RANGE_ORDER, "invalid character class range, the start must be <= the end", "") \
    X(RANGE_END, "invalid range boundary, must be a literal",                         \
      "write \\- for a hyphen")                                                       \
    X(NOT_TEXT, "pattern can match invalid UTF-8", "leave the flag 'u' on here")      \
    X(LOOK_AROUND, "look-around, including look-ahead and look-behind, is not supported", \
      "match what stands around too, and keep a group of it")                         \
    X(BACKREFERENCE, "backreferences are not supported",                              \
      "compare the texts in the program")
/* clang-format on */

typedef enum fg_regex_fault {
#define X(name, text, hint) FG_RX_##name,
    FG_REGEX_FAULTS(X)
#undef X
} fg_regex_fault;

/* A name of a group: bytes [from, from + n) of the pattern. */
typedef struct fg_group_name {
    uint32_t from, n, group;
} fg_group_name;

typedef enum fg_regex_flag {
    FG_RX_CASELESS = 1, /* i */
    FG_RX_LINES = 2,    /* m: ^ and $ at lines */
    FG_RX_DOT_ALL = 4,  /* s */
    FG_RX_SWAP = 8,     /* U: lazy and greedy repetition change places */
    FG_RX_UNICODE = 16, /* u */
    FG_RX_VERBOSE = 32, /* x */
    FG_RX_CR = 64,      /* R: lines end in CR LF */
} fg_regex_flag;

#define FG_RX_ENDLESS UINT32_MAX

/* Upper bounds of what a pattern, or a part of it, does from one start; FG_RX_ENDLESS: there
 * is none. */
typedef struct fg_regex_cost {
    uint32_t steps; /* characters looked at, on all ways */
    uint32_t ways;  /* in which it can match: what follows runs for each */
    uint32_t lines; /* line feeds that it takes on one way */
} fg_regex_cost;

/* A pattern being translated. */
typedef struct fg_translator {
    fg_slice in;
    uint32_t at;
    bool ascii;     /* write it for PCRE2 without UTF and UCP, for ASCII texts */
    bool wide;      /* it names characters beyond ASCII: it cannot be written so */
    uint32_t flags; /* fg_regex_flag */
    uint32_t depth; /* of groups and classes */
    uint32_t moved; /* bytes that insertions have moved: bounds the work */
    fg_bytes out;   /* for PCRE2 */
    fg_bytes names; /* of fg_group_name */
    uint32_t groups;
    fg_regex_cost cost;   /* of the whole, when it is translated */
    fg_regex_fault fault; /* in bytes [from, to) of `in`, when a function gave false */
    uint32_t from, to;
} fg_translator;

/* Translates a pattern, for ASCII texts alone if `ascii` and unless t->wide then; false: t
 * has the fault.  Begins t, which fg_translator_drop ends in either case. */
bool fg_regex_translate(fg_translator *t, fg_slice pattern, bool ascii);
void fg_translator_drop(fg_translator *t);

/* A set of characters or a place, as an escape means it. */
typedef struct fg_regex_escape {
    enum { FG_RX_LITERAL, FG_RX_SET, FG_RX_PLACE } kind;
    uint32_t cp;         /* of a literal */
    bool negated;        /* a set: all characters but these */
    const char *body;    /* of a set, for inside [ ]; of a place */
    const char *inverse; /* of a negated set, for inside [ ], or NULL */
    bool own;            /* these two stand outside [ ] too */
    char text[96];       /* where body may stand */
    char other[96];      /* and inverse */
} fg_regex_escape;

bool fg_regex_fail(fg_translator *t, fg_regex_fault fault, uint32_t from, uint32_t to);
/* Takes a level of nesting; false: there are too many. */
bool fg_regex_descend(fg_translator *t, uint32_t at);
/* Skips blanks and comments under the flag x. */
void fg_regex_skip(fg_translator *t);
/* Puts text in front of what stands at `at` in the output. */
void fg_regex_insert(fg_translator *t, uint32_t at, const char *text);
/* The code point at t->at, which is not the end, and goes behind it. */
uint32_t fg_regex_next(fg_translator *t);
/* A code point that stands for itself inside and outside classes. */
void fg_regex_literal(fg_translator *t, uint32_t cp);
/* Reads an escape at t->at. */
bool fg_regex_escape_read(fg_translator *t, fg_regex_escape *e);
/* Translates the set of an escape outside classes. */
bool fg_regex_put_set(fg_translator *t, const fg_regex_escape *e);
/* Translates the class at t->at. */
bool fg_regex_class(fg_translator *t);

/* ---- costs (regex_cost.c) ------------------------------------------------------------ */

/* b behind a; a or b; a repeated, `most` may be FG_RX_ENDLESS. */
fg_regex_cost fg_cost_sequence(fg_regex_cost a, fg_regex_cost b);
fg_regex_cost fg_cost_either(fg_regex_cost a, fg_regex_cost b);
fg_regex_cost fg_cost_repeat(fg_regex_cost a, uint32_t least, uint32_t most);

/* ---- searching (regex_match.c) ------------------------------------------------------ */

/* A search through one text. */
typedef struct fg_search {
    fg_vm *vm;
    struct fg_regex_cache *cache;
    struct fg_regex *regex;
    struct fg_regex_form *form; /* of it that runs */
    fg_string *original;
    fg_slice text; /* the same, or a copy with U+FFFD for bytes that are not UTF-8 */
    fg_bytes repaired; /* the copy */
    bool wants_groups; /* set by the caller: it will ask for more than group 0 */
    bool any_end;      /* set by the caller: it asks only whether there is a match */
    bool slow;         /* backtracking took too long once */
    bool verbatim;     /* `text` is the original, so that places are the same */
    bool matched;      /* there was a match, */
    uint32_t end;      /* and it ended here */
    uint32_t at;       /* where to search next */
    uint32_t until;    /* PCRE2 may look at starts in front of this */
    uint64_t reach;    /* starts times bytes behind them that it may look at at once */
    uint32_t steps;    /* that each start of the window may take at first, */
    uint32_t steps_most;   /* and at most without being watched */
    fg_status halted;      /* what a tick within PCRE2 said */
    uint32_t units;        /* of it */
    uint64_t long_line;    /* no line ends soon in front of this */
    uint64_t began_ns;     /* when it began to, or 0 */
    uint64_t calls;        /* of fg_search_next */
    uint64_t work;         /* steps of backtracking that led nowhere */
    uint32_t seen, before; /* bytes of `text` and of `original` up to the same place */
    const size_t *pairs;   /* of the last match: start and end of groups in `text` */
    uint32_t npairs;
} fg_search;

/* Begins a search; *s is ended by fg_search_end in every case. */
fg_status fg_search_begin(fg_vm *vm, fg_string *text, fg_string *pattern, fg_search *s);
void fg_search_end(fg_search *s);
/* The next match, or not *found.  An empty one at the end of the match before is none.
 * May collect. */
fg_status fg_search_next(fg_search *s, bool *found);
/* From places in the text that was searched to those in the original. */
void fg_search_original(const fg_search *s, uint32_t *from, uint32_t *to);
/* Bytes [from, to) of the original text that group i of the match took; false if it took
 * no part.  Places must not go back from one match to the next. */
static inline bool fg_search_group(const fg_search *s, uint32_t i, uint32_t *from,
                                   uint32_t *to)
{
    if (i >= s->npairs || s->pairs[2 * i] == SIZE_MAX) /* PCRE2_UNSET */
        return false;
    *from = (uint32_t)s->pairs[2 * i];
    *to = (uint32_t)s->pairs[2 * i + 1];
    if (fg_unlikely(!s->verbatim))
        fg_search_original(s, from, to);
    return true;
}
/* Number of the group with this name or number, or -1. */
int64_t fg_search_named(const fg_search *s, fg_slice name);

#endif

// SPDX-License-Identifier: Apache-2.0
/* Regular expressions read in their own dialect and written for PCRE2, with the options
 * UTF, UCP, DOTALL and ALT_CIRCUMFLEX: groups, repetition, flags, places.  For ASCII texts
 * the same without UTF and UCP, which PCRE2 runs several times faster. */
#include "lib/regex.h"
#include "lib/unicode.h"

#include "base/utf8.h"

#include <stdio.h>

#define DEPTH_MAX 100u        /* groups and classes in each other */
#define WIDE_STEPS 4u         /* for a character that may be any of Unicode */
#define STACKED_MAX 20u       /* repetitions of repetitions of one atom */
#define COUNT_MAX 65535u      /* what PCRE2 can count */
#define OUT_MAX (1u << 19)    /* bytes of a translation */
#define MOVED_MAX (64u << 20) /* bytes that insertions may move */

typedef struct group {
    uint32_t open;  /* of '(' */
    uint32_t start; /* in the output */
    uint32_t flags; /* to go back to */
    fg_regex_cost before, others;
} group;

typedef struct parser {
    fg_translator *t;
    group groups[DEPTH_MAX];
    uint32_t ngroups;
    /* What a repetition would repeat. */
    enum { NOTHING, ATOM, PLACE, REPEATED } last;
    uint32_t atom;    /* where it begins in the output */
    uint32_t stacked; /* repetitions of it so far */
    bool group;       /* it is a group */
    /* Costs in the innermost group. */
    fg_regex_cost before; /* of the sequence in front of the atom */
    fg_regex_cost item;   /* of the atom with its repetitions, */
    fg_regex_cost fewest; /* and if the last takes no more rounds than it must */
    fg_regex_cost
        others; /* of alternatives that are complete; no ways: there are none */
} parser;

static const fg_regex_cost nothing = { .ways = 1 };

static char peek(const fg_translator *t)
{
    return t->at < t->in.n ? t->in.p[t->at] : '\0';
}

/* Takes the text if it comes next. */
static bool accept(fg_translator *t, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    if (t->in.n - t->at < n || memcmp(t->in.p + t->at, text, n) != 0)
        return false;
    t->at += n;
    return true;
}

bool fg_regex_fail(fg_translator *t, fg_regex_fault fault, uint32_t from, uint32_t to)
{
    t->fault = fault;
    t->from = from;
    t->to = to > t->in.n ? t->in.n : to;
    return false;
}

bool fg_regex_descend(fg_translator *t, uint32_t at)
{
    return ++t->depth <= DEPTH_MAX || fg_regex_fail(t, FG_RX_TOO_DEEP, at, at + 1);
}

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 || cp == 0x200e
           || cp == 0x200f || cp == 0x2028 || cp == 0x2029;
}

void fg_regex_skip(fg_translator *t)
{
    const char *end = t->in.p + t->in.n;
    while ((t->flags & FG_RX_VERBOSE) && t->at < t->in.n) {
        uint32_t cp, n = fg_utf8_get(t->in.p + t->at, end, &cp);
        if (cp == '#') {
            const char *line = memchr(t->in.p + t->at, '\n', t->in.n - t->at);
            t->at = line ? (uint32_t)(line - t->in.p) + 1 : t->in.n;
        } else if (is_blank(cp)) {
            t->at += n;
        } else {
            return;
        }
    }
}

void fg_regex_insert(fg_translator *t, uint32_t at, const char *text)
{
    size_t n = strlen(text);
    uint32_t moved = t->out.failed ? 0 : t->out.n - at;
    t->moved += moved;
    if (!fg_bytes_room(&t->out, n) || t->moved > MOVED_MAX) {
        t->out.failed = true;
        return;
    }
    fg_bytes_put(&t->out, text, n);
    memmove(t->out.p + at + n, t->out.p + at, moved);
    memcpy(t->out.p + at, text, n);
}

uint32_t fg_regex_next(fg_translator *t)
{
    uint32_t cp;
    t->at += fg_utf8_get(t->in.p + t->at, t->in.p + t->in.n, &cp);
    return cp;
}

void fg_regex_literal(fg_translator *t, uint32_t cp)
{
    if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z')
        || (cp >= '0' && cp <= '9'))
        fg_bytes_char(&t->out, (char)cp);
    else
        fg_bytes_fmt(&t->out, "\\x{%x}", cp);
    t->wide |= cp >= 0x80;
}

/* ---- costs -------------------------------------------------------------------------------- */

/* What comes next is no part of the atom before. */
static void end_item(parser *p)
{
    p->before = fg_cost_sequence(p->before, p->item);
    p->item = p->fewest = nothing;
}

/* Gives the cost of all alternatives so far. */
static fg_regex_cost end_alternative(parser *p)
{
    if (p->ngroups == 0)
        p->item = p->fewest;
    end_item(p);
    return p->others.ways > 0 ? fg_cost_either(p->others, p->before) : p->before;
}

static void begin_alternatives(parser *p, fg_regex_cost others)
{
    p->others = others;
    p->before = p->item = p->fewest = nothing;
}

/* ---- atoms -------------------------------------------------------------------------------- */

static void begin_atom(parser *p, int kind)
{
    p->atom = p->t->out.n;
    p->last = kind;
    p->stacked = 0;
    p->group = false;
    end_item(p);
    p->item.steps = p->t->ascii ? 1 : WIDE_STEPS;
    p->fewest = p->item;
}

static void may_end_line(parser *p, bool yes) { p->item.lines = p->fewest.lines = yes; }

/* Without the flag u a letter has no other cases than the ASCII ones. */
static void end_caseless(parser *p)
{
    fg_translator *t = p->t;
    if ((t->flags & (FG_RX_CASELESS | FG_RX_UNICODE)) != FG_RX_CASELESS)
        return;
    fg_regex_insert(t, p->atom, "(?:(?=(?-i:[\\x00-\\x7f]))");
    fg_bytes_char(&t->out, ')');
}

static bool literal(parser *p)
{
    begin_atom(p, ATOM);
    uint32_t cp = fg_regex_next(p->t);
    may_end_line(p, cp == '\n');
    fg_regex_literal(p->t, cp);
    if (cp < 0x80)
        end_caseless(p);
    return true;
}

static bool escape(parser *p)
{
    fg_translator *t = p->t;
    fg_regex_escape e;
    uint32_t from = t->at;
    begin_atom(p, ATOM);
    if (!fg_regex_escape_read(t, &e))
        return false;
    switch (e.kind) {
    case FG_RX_LITERAL:
        may_end_line(p, e.cp == '\n');
        fg_regex_literal(t, e.cp);
        if (e.cp < 0x80)
            end_caseless(p);
        return true;
    case FG_RX_PLACE:
        p->last = PLACE;
        fg_bytes_str(&t->out, e.body);
        return true;
    case FG_RX_SET:
        may_end_line(p, !strchr("dwS", t->in.p[from + 1]));
        if (e.negated && !(t->flags & FG_RX_UNICODE))
            return fg_regex_fail(t, FG_RX_NOT_TEXT, from, t->at);
        return fg_regex_put_set(t, &e);
    }
    fg_unreachable();
}

/* Could the class contain the line feed?  No is certain. */
static bool class_ends_line(fg_slice class)
{
    if (class.n < 2 || class.p[1] == '^')
        return true;
    for (uint32_t i = 1; i < class.n; i++) {
        uint8_t c = (uint8_t) class.p[i];
        if (c == '\\' && i + 1 < class.n && strchr("dw.-+_/", class.p[i + 1]))
            i++;
        else if (c < ' ' || c == '\\' || c == '[')
            return true;
    }
    return false;
}

static bool class(parser *p)
{
    uint32_t from = p->t->at;
    begin_atom(p, ATOM);
    if (!fg_regex_class(p->t))
        return false;
    may_end_line(p, class_ends_line(fg_slice_of(p->t->in.p + from, p->t->at - from)));
    end_caseless(p);
    return true;
}

static bool dot(parser *p)
{
    fg_translator *t = p->t;
    begin_atom(p, ATOM);
    if (!(t->flags & FG_RX_UNICODE))
        return fg_regex_fail(t, FG_RX_NOT_TEXT, t->at, t->at + 1);
    t->at++;
    may_end_line(p, t->flags & FG_RX_DOT_ALL);
    fg_bytes_str(&t->out, t->flags & FG_RX_DOT_ALL ? "."
                          : t->flags & FG_RX_CR    ? "[^\\r\\n]"
                                                   : "\\N");
    return true;
}

static bool line_start(parser *p)
{
    fg_translator *t = p->t;
    begin_atom(p, PLACE);
    t->at++;
    fg_bytes_str(&t->out, !(t->flags & FG_RX_LINES) ? "\\A"
                          : t->flags & FG_RX_CR     ? "(?:\\A|(?<=\\n)|(?<=\\r)(?!\\n))"
                                                    : "(?m:^)");
    return true;
}

static bool line_end(parser *p)
{
    fg_translator *t = p->t;
    begin_atom(p, PLACE);
    t->at++;
    fg_bytes_str(&t->out, !(t->flags & FG_RX_LINES) ? "\\z"
                          : t->flags & FG_RX_CR     ? "(?:\\z|(?=\\r)|(?<!\\r)(?=\\n))"
                                                    : "(?m:$)");
    return true;
}

/* ---- repetition ------------------------------------------------------------------------------ */

/* Writes the operator at `from` of the pattern, which may be followed by '?'. */
static bool repeat(parser *p, uint32_t from, const char *operator, uint32_t least,
                   uint32_t most)
{
    fg_translator *t = p->t;
    bool lazy = accept(t, "?");
    if (p->last == NOTHING)
        return fg_regex_fail(t, FG_RX_NOTHING_TO_REPEAT, from, t->at);
    if (p->last == REPEATED && ++p->stacked > STACKED_MAX)
        return fg_regex_fail(t, FG_RX_TOO_DEEP, from, t->at);
    if (p->last != ATOM) { /* PCRE2 would take it for something else */
        fg_regex_insert(t, p->atom, "(?:");
        fg_bytes_char(&t->out, ')');
    }
    fg_bytes_str(&t->out, operator);
    if (lazy)
        fg_bytes_char(&t->out, '?');
    p->last = REPEATED;
    p->fewest = fg_cost_repeat(p->item, least, least);
    p->item = fg_cost_repeat(p->item, least, most);
    return true;
}

/* Of one character x+ is written xx*: PCRE2's search of all ways at once counts the
 * rounds of +, and so would take one way for many.  It never runs the ASCII form, where
 * x+ is faster. */
static bool repeat_simple(parser *p)
{
    fg_translator *t = p->t;
    uint32_t from = t->at;
    char operator[2] = { t->in.p[t->at++], '\0' };
    uint32_t least = operator[0] == '+', most = operator[0] == '?' ? 1 : FG_RX_ENDLESS;
    if (operator[0] == '+' && p->last == ATOM && !p->group && !t->ascii && !t->out
            .failed) {
        uint32_t n = t->out.n - p->atom;
        if (fg_bytes_room(&t->out, n))
            fg_bytes_put(&t->out, t->out.p + p->atom, n);
        operator[0] = '*';
    }
    return repeat(p, from, operator, least, most);
}

static void skip_spaces(fg_translator *t)
{
    while (t->at < t->in.n && is_blank((uint8_t)t->in.p[t->at]))
        t->at++;
}

static bool decimal(fg_translator *t, uint32_t *n)
{
    skip_spaces(t);
    uint32_t from = t->at;
    for (*n = 0; peek(t) >= '0' && peek(t) <= '9'; t->at++)
        *n = *n > COUNT_MAX ? *n : *n * 10 + (uint32_t)(peek(t) - '0');
    bool digits = t->at > from;
    skip_spaces(t);
    if (t->at == t->in.n)
        return true; /* unclosed, says the caller */
    return digits || fg_regex_fail(t, FG_RX_BAD_COUNT, from, t->at + 1);
}

/* {2}, {2,} and {2,5}. */
static bool repeat_counted(parser *p)
{
    fg_translator *t = p->t;
    uint32_t from = t->at++, least, most;
    char operator[32];
    if (p->last == NOTHING)
        return fg_regex_fail(t, FG_RX_NOTHING_TO_REPEAT, from, t->at);
    if (!decimal(t, &least))
        return false;
    most = least;
    bool comma = accept(t, ","), open = false;
    if (comma) {
        skip_spaces(t);
        open = peek(t) == '}';
        if (!open && !decimal(t, &most))
            return false;
    }
    if (!accept(t, "}"))
        return fg_regex_fail(t, FG_RX_UNCLOSED_COUNT, from, t->at);
    if (!open && least > most)
        return fg_regex_fail(t, FG_RX_COUNT_ORDER, from, t->at);
    if (least > COUNT_MAX || most > COUNT_MAX)
        return fg_regex_fail(t, FG_RX_TOO_LARGE, from, t->at);
    if (open)
        snprintf(operator, sizeof operator, "{%u,}", least);
    else
        snprintf(operator, sizeof operator, "{%u,%u}", least, most);
    return repeat(p, from, operator, least, open ? FG_RX_ENDLESS : most);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static bool name_taken(const fg_translator *t, fg_slice name)
{
    for (uint32_t i = 0; i < t->names.n; i += sizeof(fg_group_name)) {
        fg_group_name g;
        memcpy(&g, t->names.p + i, sizeof g);
        if (fg_slice_eq(fg_slice_of(t->in.p + g.from, g.n), name))
            return true;
    }
    return false;
}

/* Takes name> of a group that was opened at `open`. */
static bool group_name(fg_translator *t)
{
    fg_group_name g = { .from = t->at, .group = t->groups };
    for (uint32_t cp, at = t->at; peek(t) != '>'; at = t->at) {
        if (t->at == t->in.n)
            return fg_regex_fail(t, FG_RX_NAME_UNCLOSED, g.from, t->at);
        cp = fg_regex_next(t);
        bool first = cp == '_' || fg_unicode_is_alpha(cp);
        bool later =
            at > g.from
            && (cp == '.' || cp == '[' || cp == ']' || fg_unicode_is_numeric(cp));
        if (!first && !later)
            return fg_regex_fail(t, FG_RX_NAME_BAD, at, t->at);
    }
    g.n = t->at++ - g.from;
    if (g.n == 0)
        return fg_regex_fail(t, FG_RX_NAME_EMPTY, g.from, t->at);
    if (name_taken(t, fg_slice_of(t->in.p + g.from, g.n)))
        return fg_regex_fail(t, FG_RX_NAME_TWICE, g.from, g.from + g.n);
    fg_bytes_put(&t->names, &g, sizeof g);
    return true;
}

/* Takes the letters of (?i-s) up to ')' or ':'. */
static bool flag_letters(fg_translator *t, uint32_t open, uint32_t *flags)
{
    static const char letters[] = "imsUuxR";
    uint32_t seen = 0;
    bool off = false, dangling = false;
    for (; peek(t) != ')' && peek(t) != ':'; t->at++) {
        if (t->at == t->in.n)
            return fg_regex_fail(t, FG_RX_FLAG_END, open, t->at);
        const char *letter = peek(t) ? strchr(letters, peek(t)) : NULL;
        if (peek(t) == '-' && !off) {
            off = dangling = true;
            continue;
        }
        if (!letter)
            return fg_regex_fail(t, peek(t) == '-' ? FG_RX_NEGATED_TWICE : FG_RX_FLAG,
                                 t->at, t->at + 1);
        uint32_t flag = 1u << (letter - letters);
        if (seen & flag)
            return fg_regex_fail(t, FG_RX_FLAG_TWICE, t->at, t->at + 1);
        seen |= flag;
        dangling = false;
        *flags = off ? *flags & ~flag : *flags | flag;
    }
    if (dangling)
        return fg_regex_fail(t, FG_RX_NEGATED_NOTHING, t->at - 1, t->at);
    if (seen == 0 && peek(t) == ')')
        return fg_regex_fail(t, FG_RX_NOTHING_TO_REPEAT, open + 1, open + 2);
    return true;
}

/* The flags that PCRE2 must know; `tail` ends the group that says so. */
static void put_flags(fg_translator *t, uint32_t before, uint32_t after, char tail)
{
    uint32_t changed = (before ^ after) & (FG_RX_CASELESS | FG_RX_SWAP);
    if (!changed && tail == ')')
        return;
    fg_bytes_str(&t->out, "(?");
    if (changed & after & FG_RX_CASELESS)
        fg_bytes_char(&t->out, 'i');
    if (changed & after & FG_RX_SWAP)
        fg_bytes_char(&t->out, 'U');
    if (changed & before)
        fg_bytes_char(&t->out, '-');
    if (changed & before & FG_RX_CASELESS)
        fg_bytes_char(&t->out, 'i');
    if (changed & before & FG_RX_SWAP)
        fg_bytes_char(&t->out, 'U');
    fg_bytes_char(&t->out, tail);
}

static bool open_group(parser *p)
{
    fg_translator *t = p->t;
    uint32_t open = t->at++, flags = t->flags;
    fg_regex_skip(t);
    group g = { .open = open, .start = t->out.n, .flags = flags };
    if (accept(t, "?=") || accept(t, "?!") || accept(t, "?<=") || accept(t, "?<!"))
        return fg_regex_fail(t, FG_RX_LOOK_AROUND, open, t->at);
    if (accept(t, "?P<") || accept(t, "?<")) {
        t->groups++;
        if (!group_name(t))
            return false;
        fg_bytes_char(&t->out, '(');
    } else if (accept(t, "?")) {
        if (t->at == t->in.n)
            return fg_regex_fail(t, FG_RX_UNCLOSED_GROUP, open, t->at);
        if (!flag_letters(t, open, &flags))
            return false;
        char tail = t->in.p[t->at++];
        put_flags(t, t->flags, flags, tail);
        t->flags = flags;
        if (tail == ')') {
            end_item(p);
            p->last = NOTHING;
            return true;
        }
    } else {
        t->groups++;
        fg_bytes_char(&t->out, '(');
    }
    if (!fg_regex_descend(t, open))
        return false;
    end_item(p);
    g.before = p->before;
    g.others = p->others;
    p->groups[p->ngroups++] = g;
    begin_alternatives(p, (fg_regex_cost){ 0 });
    p->last = NOTHING;
    return true;
}

static bool close_group(parser *p)
{
    fg_translator *t = p->t;
    if (p->ngroups == 0)
        return fg_regex_fail(t, FG_RX_UNOPENED_GROUP, t->at, t->at + 1);
    fg_regex_cost cost = end_alternative(p);
    const group *g = &p->groups[--p->ngroups];
    t->at++;
    t->depth--;
    t->flags = g->flags;
    fg_bytes_char(&t->out, ')');
    begin_alternatives(p, g->others);
    p->before = g->before;
    begin_atom(p, ATOM);
    p->item = p->fewest = cost;
    p->atom = g->start;
    p->group = true;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool step(parser *p)
{
    fg_translator *t = p->t;
    switch (t->in.p[t->at]) {
    case '(': return open_group(p);
    case ')': return close_group(p);
    case '[': return class(p);
    case '\\': return escape(p);
    case '.': return dot(p);
    case '^': return line_start(p);
    case '$': return line_end(p);
    case '*':
    case '+':
    case '?': return repeat_simple(p);
    case '{': return repeat_counted(p);
    case '|':
        t->at++;
        fg_bytes_char(&t->out, '|');
        begin_alternatives(p, end_alternative(p));
        p->last = NOTHING;
        return true;
    }
    return literal(p);
}

bool fg_regex_translate(fg_translator *t, fg_slice pattern, bool ascii)
{
    parser p = { .t = t };
    begin_alternatives(&p, (fg_regex_cost){ 0 });
    memset(t, 0, sizeof *t);
    t->in = pattern;
    t->ascii = ascii;
    t->flags = FG_RX_UNICODE;
    fg_bytes_init(&t->out);
    fg_bytes_init(&t->names);
    t->out.max = OUT_MAX;
    if (pattern.n > FG_REGEX_PATTERN_MAX)
        return fg_regex_fail(t, FG_RX_TOO_LONG, 0, 0);
    if (!fg_utf8_valid(pattern))
        return fg_regex_fail(t, FG_RX_NOT_UTF8, 0, 0);
    for (fg_regex_skip(t); t->at < t->in.n; fg_regex_skip(t))
        if (!step(&p))
            return false;
    if (p.ngroups > 0) {
        uint32_t open = p.groups[p.ngroups - 1].open;
        return fg_regex_fail(t, FG_RX_UNCLOSED_GROUP, open, open + 1);
    }
    if (t->out.failed || t->names.failed || t->moved > MOVED_MAX)
        return fg_regex_fail(t, FG_RX_TOO_LARGE, 0, pattern.n);
    t->cost = end_alternative(&p);
    return true;
}

void fg_translator_drop(fg_translator *t)
{
    fg_bytes_drop(&t->out);
    fg_bytes_drop(&t->names);
}

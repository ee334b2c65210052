// SPDX-License-Identifier: Apache-2.0
/* Character classes of regular expressions, for PCRE2.
 *
 * A class becomes an expression that takes exactly one character and never tries another
 * way: [items], or for what brackets cannot say an atomic group of alternatives or a
 * look-ahead in front of one character. */
#include "lib/regex.h"

#include "base/utf8.h"

static char peek(const fg_translator *t, uint32_t ahead)
{
    return t->at + ahead < t->in.n ? t->in.p[t->at + ahead] : '\0';
}

/* ---- one operand: items and nested classes -------------------------------------------- */

/* The parts written since `start` are alternatives; the last may be an open bracket. */
typedef struct operand {
    uint32_t start, parts;
    bool open;
} operand;

static void begin_part(fg_translator *t, operand *o)
{
    if (o->open)
        fg_bytes_char(&t->out, ']');
    o->open = false;
    if (o->parts++ > 0)
        fg_bytes_char(&t->out, '|');
}

static void open_bracket(fg_translator *t, operand *o)
{
    if (o->open)
        return;
    begin_part(t, o);
    fg_bytes_char(&t->out, '[');
    o->open = true;
}

static void end_operand(fg_translator *t, operand *o)
{
    if (o->open)
        fg_bytes_char(&t->out, ']');
    if (o->parts == 0)
        fg_bytes_str(&t->out, "(?!)");
    if (o->parts > 1) {
        fg_regex_insert(t, o->start, "(?>");
        fg_bytes_char(&t->out, ')');
    }
}

static void put_escape_set(fg_translator *t, operand *o, const fg_regex_escape *e)
{
    const char *inside = e->negated ? e->inverse : e->body;
    if (inside) {
        open_bracket(t, o);
        fg_bytes_str(&t->out, inside);
    } else {
        begin_part(t, o);
        fg_bytes_fmt(&t->out, "[^%s]", e->body);
    }
}

/* ---- [:alpha:] ------------------------------------------------------------------------- */

static const struct posix {
    const char *name, *body;
} posix[] = {
    { "alnum", "0-9A-Za-z" },
    { "alpha", "A-Za-z" },
    { "ascii", "\\x00-\\x7f" },
    { "blank", "\\t\\x20" },
    { "cntrl", "\\x00-\\x1f\\x7f" },
    { "digit", "0-9" },
    { "graph", "\\x21-\\x7e" },
    { "lower", "a-z" },
    { "print", "\\x20-\\x7e" },
    { "punct", "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e" },
    { "space", "\\x09-\\x0d\\x20" },
    { "upper", "A-Z" },
    { "word", "0-9A-Za-z_" },
    { "xdigit", "0-9A-Fa-f" },
};

/* Takes [:name:] or [:^name:]; nothing if there is none here. */
static bool posix_class(fg_translator *t, operand *o, bool *taken)
{
    uint32_t name = t->at + 2, end;
    *taken = false;
    if (peek(t, 1) != ':')
        return true;
    bool negated = peek(t, 2) == '^';
    name += negated;
    for (end = name; end < t->in.n && t->in.p[end] >= 'a' && t->in.p[end] <= 'z'; end++)
        continue;
    if (t->in.n - end < 2 || t->in.p[end] != ':' || t->in.p[end + 1] != ']')
        return true;
    for (uint32_t i = 0; i < FG_COUNT(posix); i++) {
        if (!fg_slice_eq(fg_slice_str(posix[i].name),
                         fg_slice_of(t->in.p + name, end - name)))
            continue;
        if (negated && !(t->flags & FG_RX_UNICODE))
            return fg_regex_fail(t, FG_RX_NOT_TEXT, t->at, end + 2);
        fg_regex_escape e = { .negated = negated, .body = posix[i].body };
        put_escape_set(t, o, &e);
        t->at = end + 2;
        *taken = true;
    }
    return true;
}

/* ---- items ----------------------------------------------------------------------------- */

/* A literal or an escape. */
static bool read_item(fg_translator *t, fg_regex_escape *e)
{
    if (peek(t, 0) != '\\') {
        e->kind = FG_RX_LITERAL;
        e->cp = fg_regex_next(t);
        return true;
    }
    uint32_t from = t->at;
    if (!fg_regex_escape_read(t, e))
        return false;
    if (e->kind == FG_RX_PLACE)
        return fg_regex_fail(t, FG_RX_ESCAPE_IN_CLASS, from, t->at);
    return true;
}

/* Is the hyphen at t->at between the two ends of a range? */
static bool in_range(fg_translator *t)
{
    if (peek(t, 0) != '-')
        return false;
    uint32_t at = t->at++;
    fg_regex_skip(t);
    bool yes = t->at < t->in.n && peek(t, 0) != ']' && peek(t, 0) != '-';
    if (!yes)
        t->at = at;
    return yes;
}

static bool item(fg_translator *t, operand *o)
{
    fg_regex_escape first, last;
    uint32_t from = t->at;
    if (!read_item(t, &first))
        return false;
    fg_regex_skip(t);
    bool range = in_range(t);
    uint32_t middle = t->at;
    if (range && !read_item(t, &last))
        return false;
    if (range && first.kind != FG_RX_LITERAL)
        return fg_regex_fail(t, FG_RX_RANGE_END, from, middle - 1);
    if (range && last.kind != FG_RX_LITERAL)
        return fg_regex_fail(t, FG_RX_RANGE_END, middle, t->at);
    if (range && first.cp > last.cp)
        return fg_regex_fail(t, FG_RX_RANGE_ORDER, from, t->at);
    if (first.kind == FG_RX_SET) {
        put_escape_set(t, o, &first);
        return true;
    }
    open_bracket(t, o);
    fg_regex_literal(t, first.cp);
    if (range) {
        fg_bytes_char(&t->out, '-');
        fg_regex_literal(t, last.cp);
    }
    return true;
}

/* ---- set operations -------------------------------------------------------------------- */

/* The operator at t->at: '&', '-', '~', or 0. */
static char operator_at(const fg_translator *t)
{
    char c = peek(t, 0);
    return (c == '&' || c == '-' || c == '~') && peek(t, 1) == c ? c : '\0';
}

/* Joins what was written in [left, right) with what was written after it. */
static void combine(fg_translator *t, char op, uint32_t left, uint32_t right)
{
    fg_bytes b;
    fg_bytes_init(&b);
    if (!t->out.failed)
        fg_bytes_put(&b, t->out.p + left, t->out.n - left);
    t->out.failed |= b.failed;
    int n = t->out.failed ? 0 : (int)(right - left);
    int m = t->out.failed ? 0 : (int)(t->out.n - right);
    const char *a = b.p, *c = b.p + n;
    t->out.n = left;
    t->moved += b.n;
    switch (op) {
    case '&': fg_bytes_fmt(&t->out, "(?:(?=%.*s)%.*s)", n, a, m, c); break;
    case '-': fg_bytes_fmt(&t->out, "(?:(?!%.*s)%.*s)", m, c, n, a); break;
    default:
        fg_bytes_fmt(&t->out, "(?>(?!%.*s)%.*s|(?!%.*s)%.*s)", m, c, n, a, n, a, m, c);
    }
    fg_bytes_drop(&b);
}

/* Takes what follows up to an operator or the closing bracket. */
static bool read_operand(fg_translator *t, operand *o, uint32_t open)
{
    for (;;) {
        bool taken = false;
        fg_regex_skip(t);
        if (t->at == t->in.n)
            return fg_regex_fail(t, FG_RX_UNCLOSED_CLASS, open, open + 1);
        if (peek(t, 0) == ']' || operator_at(t))
            return true;
        if (peek(t, 0) == '[' && !posix_class(t, o, &taken))
            return false;
        if (taken)
            continue;
        if (peek(t, 0) == '[') {
            begin_part(t, o);
            if (!fg_regex_class(t))
                return false;
        } else if (!item(t, o)) {
            return false;
        }
    }
}

/* Hyphens and a bracket that open a class stand for themselves. */
static void first_literals(fg_translator *t, operand *o)
{
    fg_regex_skip(t);
    for (; peek(t, 0) == '-'; fg_regex_skip(t)) {
        open_bracket(t, o);
        fg_regex_literal(t, fg_regex_next(t));
    }
    if (o->parts == 0 && peek(t, 0) == ']') {
        open_bracket(t, o);
        fg_regex_literal(t, fg_regex_next(t));
    }
}

static void negate(fg_translator *t, uint32_t start, bool plain)
{
    if (plain) {
        fg_regex_insert(t, start + 1, "^");
    } else {
        fg_regex_insert(t, start, "(?:(?!");
        fg_bytes_str(&t->out, ").)");
    }
}

bool fg_regex_class(fg_translator *t)
{
    uint32_t open = t->at, start = t->out.n;
    if (!fg_regex_descend(t, open))
        return false;
    t->at++;
    bool negated = peek(t, 0) == '^', plain = true;
    t->at += negated;
    if (negated && !(t->flags & FG_RX_UNICODE))
        return fg_regex_fail(t, FG_RX_NOT_TEXT, open, t->at);
    operand o = { .start = start };
    char op = '\0';
    for (first_literals(t, &o);; o = (operand){ .start = t->out.n }) {
        if (!read_operand(t, &o, open))
            return false;
        plain &= o.open && o.parts == 1;
        end_operand(t, &o);
        if (op)
            combine(t, op, start, o.start);
        op = operator_at(t);
        if (!op)
            break;
        t->at += 2;
        plain = false;
    }
    t->at++;
    t->depth--;
    if (negated)
        negate(t, start, plain);
    return true;
}

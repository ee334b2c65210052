// SPDX-License-Identifier: Apache-2.0
/* The formatter: items to lines.
 *
 * A line inside brackets is indented once more than the line that opened the innermost
 * of them, so several brackets opened on one line indent once, and a line that starts
 * with a closing bracket stands where the opening line does.  The block of a construct
 * counts as opened on the line where the construct starts, however long its head is.
 *
 * A line that goes on with the one before is indented once more, unless the bracket
 * around both already does so because nothing but the expression stands behind it. */
#define _GNU_SOURCE
#include "front/format_internal.h"

#include "front/parse.h"

#include <stdlib.h>

#define STEP 4 /* blanks per level */

typedef struct bracket {
    uint32_t indent; /* levels of the line that opened it */
    uint32_t line;   /* number of that line */
    bool begun;      /* a line inside started something of its own */
} bracket;

typedef struct writer {
    fg_format_items *items;
    fg_slice source;
    fg_bytes *out;
    bracket *open; /* innermost last */
    uint32_t n, cap;
    uint32_t token; /* index of the token that indent_of looked at last */
    uint32_t start; /* offset in `out` of the first item of the line being written */
    uint32_t line, indent; /* of the line being written; line 0 is the first */
} writer;

static bool is_opening(unsigned kind)
{
    return kind == FG_TOK_LPAREN || kind == FG_TOK_LBRACE || kind == FG_TOK_LBRACKET;
}

static bool is_closing(unsigned kind)
{
    return kind == FG_TOK_RPAREN || kind == FG_TOK_RBRACE || kind == FG_TOK_RBRACKET;
}

/* ---- lines ------------------------------------------------------------------------- */

/* Whether token t, at the start of a line, goes on with the line before. */
static bool continues(const fg_format_item *t)
{
    return t->kind == FG_TOK_DOT || t->kind == FG_TOK_PIPE
           || t->kind == FG_TOK_PIPE_RIGHT || t->kind == FG_TOK_BAR
           || (t->roles & FG_FR_CONTINUES);
}

/* Levels of a line that starts with item i. */
static uint32_t indent_of(writer *w, uint32_t i)
{
    bracket *top = w->n ? &w->open[w->n - 1] : NULL;
    uint32_t inside = top ? top->indent + 1 : 0, owner;

    if (is_closing(w->items->at[i].kind))
        return top->indent;
    if (w->token < i)
        w->token = fg_format_token(w->items, i);
    owner = w->items->at[w->token].owner;
    if (owner != w->token)
        return w->items->at[owner].indent;
    if (continues(&w->items->at[w->token]))
        return inside + (!top || top->begun);
    if (top)
        top->begun = true;
    return inside;
}

static void start_line(writer *w, uint32_t i)
{
    const fg_format_item *item = &w->items->at[i];
    bool blank =
        item->breaks > 1 && !is_opening(item[-1].kind) && !is_closing(item->kind);

    fg_bytes_str(w->out, blank ? "\n\n" : "\n");
    w->indent = indent_of(w, i);
    w->line++;
    for (uint32_t level = 0; level < w->indent; level++)
        fg_bytes_put(w->out, "    ", STEP);
    w->start = w->out->n;
}

/* ---- blanks ------------------------------------------------------------------------ */

/* Words before a parenthesis that read like the name of a call: the author chooses. */
static bool reads_as_call(unsigned kind)
{
    static const uint8_t words[] = {
        FG_TOK_SAY,   FG_TOK_YELL,  FG_TOK_WHISPER, FG_TOK_AWAIT,
        FG_TOK_HOLD,  FG_TOK_MUST,  FG_TOK_ASK,     FG_TOK_FREEZE,
        FG_TOK_WAIT,  FG_TOK_YIELD, FG_TOK_EMIT,    FG_TOK_TAKE,
        FG_TOK_CHECK, FG_TOK_CRAWL, FG_TOK_WATCH,   FG_TOK_DOWNLOAD,
    };

    return memchr(words, (int)kind, sizeof words) != NULL;
}

static bool hugs_next(const fg_format_item *item)
{
    switch (item->kind) {
    case FG_TOK_LPAREN:
    case FG_TOK_LBRACKET:
    case FG_TOK_DOT:
    case FG_TOK_DOTS:
    case FG_TOK_NOT:
    case FG_TOK_AT: return true;
    default: return item->roles & FG_FR_PREFIX;
    }
}

static bool hugs_previous(const fg_format_item *item)
{
    switch (item->kind) {
    case FG_TOK_RPAREN:
    case FG_TOK_RBRACKET:
    case FG_TOK_COMMA:
    case FG_TOK_COLON:
    case FG_TOK_DOT: return true;
    case FG_TOK_QUESTION: return !(item->roles & FG_FR_PREFIX);
    default: return item->roles & FG_FR_TIGHT;
    }
}

/* Whether a blank separates two items on one line. */
static bool spaced(const fg_format_item *left, const fg_format_item *right)
{
    if (hugs_next(left)
        && (!fg_format_is_comment(right)
            || (is_opening(left->kind) && right->kind == FG_FI_BLOCK)))
        return false;
    if (fg_format_is_comment(left) && !is_closing(right->kind)
        && right->kind != FG_TOK_COMMA)
        return true;
    if (hugs_previous(right)
        || (left->kind == FG_TOK_LBRACE && right->kind == FG_TOK_RBRACE))
        return false;
    if (right->kind == FG_TOK_LPAREN && reads_as_call(left->kind))
        return left->end < right->start;
    return true;
}

/* Whether the semicolon before item i separates anything. */
static bool separates(const writer *w, uint32_t i)
{
    const fg_format_items *items = w->items;
    uint32_t token = fg_format_token(items, i);

    for (uint32_t k = i; k <= token; k++)
        if (items->at[k].breaks)
            return false;
    return !is_opening(items->at[i - 1].kind) && !is_closing(items->at[token].kind)
           && items->at[token].kind != FG_TOK_EOF;
}

/* What stands between item i and the one before it.  A semicolon becomes a line end
 * where the lines of its block are its own. */
static void put_gap(writer *w, uint32_t i)
{
    const fg_format_item *item = &w->items->at[i];
    bool semicolon = item->apart && separates(w, i);

    if (item->breaks
        || (semicolon && (w->n == 0 || w->open[w->n - 1].line < w->line))) {
        start_line(w, i);
        return;
    }
    if (semicolon)
        fg_bytes_char(w->out, ';');
    if (semicolon || spaced(item - 1, item))
        fg_bytes_char(w->out, ' ');
}

/* ---- items ------------------------------------------------------------------------- */

/* Bytes of s without blanks at its end. */
static uint32_t trimmed(fg_slice s)
{
    while (s.n > 0 && strchr(" \t\r", s.p[s.n - 1]))
        s.n--;
    return s.n;
}

/* Bytes between `at` and the last line end, or byte order mark, before it. */
static uint32_t column_of(fg_slice text, uint32_t at)
{
    const char *end = memrchr(text.p, '\n', at);

    if (!end && at >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        return at - 3;
    return at - (end ? (uint32_t)(end - text.p) + 1 : 0);
}

/* A comment of several lines.  If it starts a line, the others move as far as the first
 * does; elsewhere they stay. */
static void put_lines(writer *w, const fg_format_item *item)
{
    const char *p = w->source.p + item->start, *end = w->source.p + item->end;
    uint32_t was = column_of(w->source, item->start);
    uint32_t is = w->out->n == w->start ? w->indent * STEP : was;

    for (bool first = true;; first = false) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        fg_slice line = { p, (uint32_t)((stop ? stop : end) - p) };
        line.n = trimmed(line);
        for (uint32_t i = was; !first && i < is && line.n > 0; i++)
            fg_bytes_char(w->out, ' ');
        for (uint32_t i = is; !first && i < was && line.n > 0 && line.p[0] == ' ';
             i++) {
            line.p++;
            line.n--;
        }
        fg_bytes_slice(w->out, line);
        if (!stop)
            return;
        fg_bytes_char(w->out, '\n');
        p = stop + 1;
    }
}

static void put_comment(writer *w, const fg_format_item *item)
{
    fg_slice text = { w->source.p + item->start, item->end - item->start };

    if (memchr(text.p, '\n', text.n)) {
        put_lines(w, item);
    } else {
        text.n = trimmed(text);
        fg_bytes_slice(w->out, text);
    }
}

static fg_status push(writer *w, const fg_format_item *item)
{
    if (w->n == w->cap) {
        uint32_t cap = w->cap ? 2 * w->cap : 64;
        bracket *more = realloc(w->open, cap * sizeof *more);
        if (!more)
            return FG_NOMEM;
        w->open = more;
        w->cap = cap;
    }
    w->open[w->n++] =
        (bracket){ .indent = w->items->at[item->owner].indent, .line = w->line };
    return FG_OK;
}

static fg_status put_item(writer *w, fg_format_item *item)
{
    item->indent = w->indent;
    if (fg_format_is_comment(item)) {
        put_comment(w, item);
        return FG_OK;
    }
    if (item->kind == FG_TOK_GT_EQ && (item->roles & FG_FR_TIGHT))
        fg_bytes_str(w->out, "> ="); /* the end of a type and an assignment */
    else
        fg_bytes_put(w->out, w->source.p + item->start, item->end - item->start);
    if (is_opening(item->kind))
        return push(w, item);
    w->n -= is_closing(item->kind);
    return FG_OK;
}

/* The words `and` and `or` are operators before a line end and names before the end of
 * the text, so a text that ends in such a name keeps ending in it. */
static bool ends_in_name(const writer *w)
{
    const fg_format_item *at = w->items->at;
    uint32_t i = w->items->n - 1;

    while (i > 0 && !at[i].apart && fg_format_is_comment(&at[i - 1]))
        i--;
    if (i == 0 || at[i].apart || at[i - 1].kind != FG_TOK_NAME)
        return false;
    fg_slice name = { w->source.p + at[i - 1].start, at[i - 1].end - at[i - 1].start };
    return fg_slice_eq(name, FG_SLICE("and")) || fg_slice_eq(name, FG_SLICE("or"));
}

static fg_status put_items(writer *w)
{
    for (uint32_t i = 0; w->items->at[i].kind != FG_TOK_EOF; i++) {
        if (i > 0)
            put_gap(w, i);
        FG_TRY(put_item(w, &w->items->at[i]));
    }
    if (w->items->n > 1 && !ends_in_name(w))
        fg_bytes_char(w->out, '\n');
    return w->out->failed ? FG_NOMEM : FG_OK;
}

/* ---- texts ------------------------------------------------------------------------- */

fg_status fg_format(fg_slice source, fg_bytes *out, fg_diag *d)
{
    fg_format_items items = { 0 };
    writer w = { .items = &items, .source = source, .out = out, .start = out->n };
    fg_arena arena;
    fg_node *tree;

    fg_arena_init(&arena, 0);
    fg_status s = fg_parse(&arena, source, &tree, d);
    if (s == FG_OK)
        s = fg_format_read(source, &items, d);
    if (s == FG_OK)
        s = fg_format_roles(tree, &items);
    if (s == FG_OK)
        s = put_items(&w);
    free(w.open);
    fg_format_drop(&items);
    fg_arena_drop(&arena);
    return s;
}

fg_status fg_format_same(fg_slice source, fg_slice text)
{
    fg_arena arena;
    fg_node *before, *after;
    fg_diag d;

    fg_arena_init(&arena, 0);
    fg_status s = fg_parse(&arena, source, &before, &d);
    if (s == FG_OK)
        s = fg_parse(&arena, text, &after, &d);
    if (s == FG_OK)
        s = fg_format_compare(before, after);
    fg_arena_drop(&arena);
    return s;
}

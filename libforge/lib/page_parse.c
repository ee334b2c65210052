// SPDX-License-Identifier: Apache-2.0
/* The text of a template: literal parts, which the reader of markup follows, and tags.  The
 * ways through a block must leave the markup at one place. */
#include "lib/page_internal.h"

#include "base/utf8.h"

#define DEEPEST 64u /* blocks inside each other */

/* What ends a row of text and tags. */
typedef enum stop { THE_END, ELIF, ELSE, END_IF, END_FOR } stop;

static bool row(fg_page_compiler *c, stop *end);

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* ---- literal text --------------------------------------------------------------- */

static bool flush(fg_page_compiler *c)
{
    uint32_t at, n = c->text.n;
    if (c->text.failed) {
        c->fault->no_memory = true;
        return false;
    }
    if (n == 0)
        return true;
    if (!fg_page_pool(c, fg_bytes_view(&c->text), &at))
        return false;
    c->text.n = 0;
    return fg_page_emit(c, (fg_page_ins){ .op = FG_PAGE_TEXT, .a = at, .b = n }, 0);
}

static bool literal(fg_page_compiler *c, char byte)
{
    const char *why = fg_markup_step(&c->markup, byte, &c->text);
    return !why || fg_page_fail(c, c->p, "%s", why);
}

/* Does a tag begin at c->p, where a brace stands?  Then its mark is *n bytes. */
static bool begins_tag(const fg_page_compiler *c, uint32_t *n)
{
    char next = c->p + 1 < c->end ? c->p[1] : ' ';
    *n = next == '=' ? 2 : 1;
    if (fg_markup_is_code(&c->markup) || next == '=')
        return next == '=';
    return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z')
           || (uint8_t)next >= 0x80 || (next && strchr("_(!#/", next));
}

/* Text up to the next tag or the end. */
static bool text(fg_page_compiler *c, uint32_t *mark)
{
    *mark = 0;
    for (; c->p < c->end; c->p++) {
        bool code = fg_markup_is_code(&c->markup);
        if (*c->p == '{' && begins_tag(c, mark))
            return true;
        *mark = 0;
        if (!literal(c, *c->p))
            return false;
        if (!code && (*c->p == '{' || *c->p == '}') && c->p + 1 < c->end
            && c->p[1] == *c->p)
            c->p++;
    }
    return true;
}

/* ---- tags ----------------------------------------------------------------------- */

/* Behind the tag at p, or the end of the text. */
static const char *behind_tag(const fg_page_compiler *c, const char *p, bool comment)
{
    uint32_t depth = 0;
    char quote = 0;
    for (; p < c->end; p++) {
        if (comment) {
            if (*p == '}' && p[-1] == '#')
                return p + 1;
        } else if (quote) {
            if (*p == '\\' && p + 1 < c->end)
                p++;
            else if (*p == quote)
                quote = 0;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '{') {
            depth++;
        } else if (*p == '}' && --depth == 0) {
            return p + 1;
        }
    }
    return p;
}

/* Notes whether the tag at c->p is all there is on its line, and takes away the blanks
 * before it if so. */
static void find_alone(fg_page_compiler *c, bool comment)
{
    const char *from = c->p, *p = behind_tag(c, c->p, comment);
    while (from > c->start && is_blank(from[-1]))
        from--;
    while (p < c->end && is_blank(*p))
        p++;
    c->alone = (from == c->start || from[-1] == '\n')
               && (p == c->end || *p == '\n'
                   || (*p == '\r' && p + 1 < c->end && p[1] == '\n'));
    if (c->alone && c->text.n >= (uint32_t)(c->p - from))
        c->text.n -= (uint32_t)(c->p - from);
}

/* Behind a tag: the rest of the line if the tag stands alone on it. */
static void skip_line(fg_page_compiler *c)
{
    if (!c->alone)
        return;
    while (c->p < c->end && is_blank(*c->p))
        c->p++;
    if (c->p < c->end && *c->p == '\r')
        c->p++;
    if (c->p < c->end && *c->p == '\n')
        c->p++;
    c->alone = false;
}

static bool end_tag(fg_page_compiler *c)
{
    fg_page_space(c);
    if (c->p == c->end)
        return fg_page_fail(c, c->p, "expected '}', but the template ends");
    if (*c->p != '}') {
        fg_slice rest = fg_slice_of(c->p, (size_t)(c->end - c->p));
        fg_page_fail(c, c->p, "expected '}' at the end of the tag, got '%.*s'",
                     (int)fg_utf8_offset(rest, 1), c->p);
        return fg_page_hint(c, "a brace that is no tag is written {{");
    }
    c->p++;
    skip_line(c);
    return true;
}

/* Is the tag at c->p this word and more, or nothing more?  Then it is taken. */
static bool keyword(fg_page_compiler *c, const char *word, bool more)
{
    const char *from = c->p;
    if (!fg_page_take_word(c, word))
        return false;
    const char *behind = c->p;
    fg_page_space(c);
    if (more ? c->p > behind && c->p < c->end && *c->p != '}'
             : c->p < c->end && *c->p == '}')
        return true;
    c->p = from;
    return false;
}

/* ---- names ---------------------------------------------------------------------- */

static bool new_local(fg_page_compiler *c, fg_slice name, uint32_t slot, bool loop)
{
    if (c->nlocals == FG_PAGE_LOCALS)
        return fg_page_fail(c, name.p, "more than %u names at once", FG_PAGE_LOCALS);
    c->locals[c->nlocals++] = (fg_page_local){ name, slot, loop };
    return true;
}

static uint32_t new_slots(fg_page_compiler *c, uint32_t n)
{
    uint32_t slot = c->nslots;
    c->nslots += n;
    if (c->nslots > c->most_slots)
        c->most_slots = c->nslots;
    return slot;
}

static bool own_name(fg_page_compiler *c, fg_slice *name)
{
    fg_page_space(c);
    c->at = c->p;
    *name = fg_page_word(c);
    if (name->n == 0)
        return fg_page_fail(c, c->p, "expected a name");
    if (fg_page_reserved(*name))
        return fg_page_fail(c, name->p, "'%.*s' cannot be a name", (int)name->n,
                            name->p);
    return true;
}

/* ---- simple tags ---------------------------------------------------------------- */

static bool print(fg_page_compiler *c, bool raw)
{
    fg_escape how = FG_ESC_PLAIN;
    fg_wrapping around = FG_WRAPPED_NOT;
    const char *from = c->p, *why = NULL;
    if (raw)
        fg_markup_raw(&c->markup);
    else
        why = fg_markup_value(&c->markup, &c->text, &how, &around);
    if (why)
        return fg_page_fail(c, from, "%s", why);
    if (!flush(c) || !fg_page_expr(c))
        return false;
    c->at = from;
    fg_page_ins ins = { .op = FG_PAGE_PRINT, .flag = how, .n = around };
    return fg_page_emit(c, ins, -1) && end_tag(c);
}

static bool comment(fg_page_compiler *c, const char *from)
{
    const char *p = behind_tag(c, c->p + 1, true);
    if (p == c->end && (p - c->p < 2 || p[-1] != '}' || p[-2] != '#'))
        return fg_page_fail(c, from, "this comment does not end");
    c->p = p;
    skip_line(c);
    return true;
}

static bool let(fg_page_compiler *c)
{
    fg_slice name;
    if (!own_name(c, &name))
        return false;
    if (!fg_page_take_word(c, "="))
        return fg_page_fail(c, c->p, "expected '=' behind the name");
    if (!fg_page_expr(c))
        return false;
    uint32_t slot = new_slots(c, 1);
    return fg_page_emit(c, (fg_page_ins){ .op = FG_PAGE_SET, .a = slot }, -1)
           && new_local(c, name, slot, false) && end_tag(c);
}

static bool include(fg_page_compiler *c)
{
    const char *at = c->p;
    uint32_t unit;
    fg_bytes path;
    if (*at != '"' && *at != '\'')
        return fg_page_fail(c, at, "expected the name of a file in quotes");
    if (!fg_markup_is_text(&c->markup)) {
        fg_page_fail(c, at, "a file cannot be included %s",
                     fg_markup_where(&c->markup));
        return fg_page_hint(c, "files are included between elements");
    }
    fg_bytes_init(&path);
    bool ok =
        fg_page_string(c, &path) && fg_page_unit_of(c, at, fg_bytes_view(&path), &unit);
    fg_bytes_drop(&path);
    bool with = ok && fg_page_take_word(c, "with");
    if (!ok || (with && !fg_page_expr(c)))
        return false;
    c->at = at;
    fg_page_ins ins = { .op = FG_PAGE_INCLUDE, .flag = with, .a = unit };
    return fg_page_emit(c, ins, with ? -1 : 0) && end_tag(c);
}

/* ---- blocks --------------------------------------------------------------------- */

static bool different_ends(fg_page_compiler *c, const char *from, const char *block,
                           const fg_markup *a, const fg_markup *b)
{
    const char *one = fg_markup_where(a), *other = fg_markup_where(b);
    if (strcmp(one, other) != 0)
        return fg_page_fail(c, from,
                            "the ways through this {%s} end in different places: one "
                            "%s, one %s",
                            block, one, other);
    fg_page_fail(c, from, "the ways through this {%s} end %s, but not alike", block,
                 one);
    return fg_page_hint(c, "write what differs whole in each of them");
}

/* The rest of a block's part, up to its stop: names made in it end with it. */
static bool part(fg_page_compiler *c, stop *end)
{
    uint32_t nlocals = c->nlocals, nslots = c->nslots;
    if (c->depth == DEEPEST)
        return fg_page_fail(c, c->p, "this is nested too deep");
    c->depth++;
    if (!row(c, end) || !flush(c))
        return false;
    c->depth--;
    c->nlocals = nlocals;
    c->nslots = nslots;
    return true;
}

/* Makes every JUMP of the chain that ends at `last` lead here. */
static void lead_here(fg_page_compiler *c, uint32_t last)
{
    while (last != UINT32_MAX) {
        fg_page_ins *ins = fg_page_code(c, last);
        last = ins->a;
        ins->a = c->code.n;
    }
}

static bool jump(fg_page_compiler *c, uint32_t *chain)
{
    uint32_t at = c->code.n;
    if (!fg_page_emit(c, (fg_page_ins){ .op = FG_PAGE_JUMP, .a = *chain }, 0))
        return false;
    *chain = at;
    return true;
}

static bool wrong_stop(fg_page_compiler *c, const char *from, const char *block,
                       stop end)
{
    static const char *const names[] = { "", "elif", "else", "/if", "/for" };
    if (end == THE_END)
        return fg_page_fail(c, from, "{%s} without its {/%s}", block, block);
    return fg_page_fail(c, c->at, "{%s} inside {%s}, which is open", names[end], block);
}

/* Behind {if and each {elif: condition, part.  *next: where a false condition leads. */
static bool condition(fg_page_compiler *c, stop *end, uint32_t *chain)
{
    if (!fg_page_expr(c) || !end_tag(c))
        return false;
    uint32_t unless = c->code.n;
    if (!fg_page_emit(c, (fg_page_ins){ .op = FG_PAGE_UNLESS }, -1) || !part(c, end))
        return false;
    if (*end != END_IF && !jump(c, chain))
        return false;
    fg_page_code(c, unless)->a = c->code.n;
    return true;
}

static bool if_block(fg_page_compiler *c, const char *from)
{
    fg_markup start = c->markup, all;
    uint32_t chain = UINT32_MAX;
    stop end = ELIF;
    for (bool first = true; end == ELIF; first = false) {
        c->markup = start;
        if (!condition(c, &end, &chain))
            return false;
        if (first)
            all = c->markup;
        else if (!fg_markup_join(&all, &c->markup))
            return different_ends(c, from, "if", &all, &c->markup);
    }
    c->markup = start;
    if (end == ELSE && (!end_tag(c) || !part(c, &end)))
        return false;
    if (end != END_IF)
        return wrong_stop(c, from, "if", end);
    if (!fg_markup_join(&all, &c->markup))
        return different_ends(c, from, "if", &all, &c->markup);
    c->markup = all;
    lead_here(c, chain);
    return end_tag(c);
}

/* Behind {for: names and list. */
static bool loop_head(fg_page_compiler *c, uint32_t *loop, uint16_t *names)
{
    fg_slice name[2];
    *names = 1;
    if (!own_name(c, &name[0]))
        return false;
    if (fg_page_take_word(c, ",") && (*names = 2, !own_name(c, &name[1])))
        return false;
    if (!fg_page_take_word(c, "in"))
        return fg_page_fail(c, c->p, "expected 'in' behind the name");
    if (!fg_page_expr(c))
        return false;
    *loop = new_slots(c, FG_PAGE_LOOP_SLOTS);
    if (!new_local(c, FG_SLICE("loop"), *loop, true))
        return false;
    for (uint32_t i = 0; i < *names; i++)
        if (!new_local(c, name[i], *loop + 2 + i, false))
            return false;
    return true;
}

static bool for_block(fg_page_compiler *c, const char *from)
{
    fg_markup start = c->markup, all;
    uint32_t nlocals = c->nlocals, nslots = c->nslots, loop, chain = UINT32_MAX;
    uint16_t names;
    stop end;
    if (!loop_head(c, &loop, &names) || !end_tag(c))
        return false;
    uint32_t begin = c->code.n;
    c->at = from;
    fg_page_ins ins = { .op = FG_PAGE_FOR, .n = names, .a = loop };
    if (!fg_page_emit(c, ins, -1) || !part(c, &end))
        return false;
    ins = (fg_page_ins){ .op = FG_PAGE_NEXT, .n = names, .a = loop, .b = begin + 1 };
    if (!fg_page_emit(c, ins, 0) || (end == ELSE && !jump(c, &chain)))
        return false;
    fg_page_code(c, begin)->b = c->code.n;
    c->nlocals = nlocals;
    c->nslots = nslots;
    all = start; /* the list may be empty, and the next turn starts where one ended */
    if (!fg_markup_join(&all, &c->markup))
        return different_ends(c, from, "for", &start, &c->markup);
    c->markup = start;
    if (end == ELSE && (!end_tag(c) || !part(c, &end)))
        return false;
    if (end != END_FOR)
        return wrong_stop(c, from, "for", end);
    if (!fg_markup_join(&all, &c->markup))
        return different_ends(c, from, "for", &all, &c->markup);
    c->markup = all;
    lead_here(c, chain);
    return end_tag(c);
}

/* ---- rows ----------------------------------------------------------------------- */

/* A tag that ends the row? */
static bool takes_stop(fg_page_compiler *c, stop *end)
{
    c->at = c->p;
    if (keyword(c, "/if", false))
        *end = END_IF;
    else if (keyword(c, "/for", false))
        *end = END_FOR;
    else if (keyword(c, "else", false))
        *end = ELSE;
    else if (keyword(c, "elif", true))
        *end = ELIF;
    else
        return false;
    return true;
}

/* Is the tag at c->p one that can take its line with it? */
static bool is_block(const fg_page_compiler *c)
{
    static const char *const words[] = { "#",   "/",    "if",   "for",
                                         "let", "else", "elif", "include" };
    size_t left = (size_t)(c->end - c->p);
    for (uint32_t i = 0; i < FG_COUNT(words); i++) {
        size_t n = strlen(words[i]);
        if (left > n && memcmp(c->p, words[i], n) == 0
            && (i < 2 || c->p[n] == '}' || c->p[n] == '\n' || is_blank(c->p[n])))
            return true;
    }
    return false;
}

/* The tag at c->p, whose mark is n bytes.  *stopped: it ends the row. */
static bool tag(fg_page_compiler *c, uint32_t n, stop *end, bool *stopped)
{
    const char *from = c->p;
    c->p += n;
    c->alone = *stopped = false;
    bool note = c->p < c->end && *c->p == '#';
    if (is_block(c)) {
        c->p = from;
        find_alone(c, note);
        c->p += n;
    }
    c->at = from;
    if (note)
        return comment(c, from);
    if (takes_stop(c, end)) {
        *stopped = true;
        return true;
    }
    if (*c->p == '/')
        return fg_page_fail(c, from, "this ends no block: there are {/if} and {/for}");
    if (keyword(c, "raw", true))
        return print(c, true);
    bool block = keyword(c, "if", true);
    if (block)
        return flush(c) && if_block(c, from);
    if (keyword(c, "for", true))
        return flush(c) && for_block(c, from);
    if (keyword(c, "let", true))
        return flush(c) && let(c);
    if (keyword(c, "include", true))
        return flush(c) && include(c);
    c->alone = false;
    return print(c, false);
}

static bool row(fg_page_compiler *c, stop *end)
{
    for (;;) {
        uint32_t mark;
        bool stopped;
        if (!text(c, &mark))
            return false;
        if (mark == 0) {
            *end = THE_END;
            return true;
        }
        if (!tag(c, mark, end, &stopped))
            return false;
        if (stopped)
            return true;
    }
}

bool fg_page_parse(fg_page_compiler *c, fg_slice source)
{
    static const char *const names[] = { "", "elif", "else", "/if", "/for" };
    stop end;
    c->start = c->p = c->at = source.n ? source.p : "";
    c->end = c->p + source.n;
    memset(&c->markup, 0, sizeof c->markup);
    c->depth = c->nlocals = c->stack = 0;
    c->nslots = c->most_slots = 1; /* the data */
    if (!row(c, &end))
        return false;
    if (end != THE_END)
        return fg_page_fail(c, c->at, "{%s} without a block that it belongs to",
                            names[end]);
    if (!fg_markup_is_text(&c->markup)) {
        fg_page_fail(c, c->end, "the template ends %s", fg_markup_where(&c->markup));
        return fg_page_hint(c, "files and parts of pages end between elements");
    }
    c->at = c->end;
    return flush(c) && fg_page_emit(c, (fg_page_ins){ .op = FG_PAGE_RETURN }, 0);
}

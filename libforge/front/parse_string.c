// SPDX-License-Identifier: Apache-2.0
/* String literals and the expressions interpolated into them.
 *
 * The text between { and } is an expression of its own: it is lexed where it stands in
 * the source.  Only if it holds escape sequences, as in "{f(\"x\")}", an unescaped copy
 * is lexed instead, with a map from its bytes to those of the source.  Nested strings
 * written with plain quotes keep their own escapes. */
#include "front/parse_internal.h"

#include "base/utf8.h"

/* ---- unescaping -------------------------------------------------------------------- */

/* Bytes [from, to) of the current text with escapes replaced. */
static fg_status unescape(fg_parser *p, uint32_t from, uint32_t to, char quote,
                          fg_slice *out)
{
    const char *at = p->text->s.p + from, *end = p->text->s.p + to;
    char *buffer, *w;

    *out = (fg_slice){ at, to - from };
    if (!memchr(at, '\\', to - from))
        return FG_OK;
    buffer = w = fg_arena_get(p->arena, to - from);
    if (!buffer)
        return FG_NOMEM;
    while (at < end) {
        uint32_t cp, n = *at == '\\' ? fg_lex_escape(at, end, quote, &cp) : 0;
        if (n) {
            w += fg_utf8_put(w, cp);
            at += n;
        } else {
            *w++ = *at++;
        }
    }
    *out = (fg_slice){ buffer, (uint32_t)(w - buffer) };
    return FG_OK;
}

/* The unescaped copy of an interpolation. */
typedef struct copy {
    fg_parser *p;
    const char *s; /* the text copied from */
    uint32_t i, to;
    char *bytes;
    uint32_t *map;
    uint32_t n;
} copy;

static void copy_byte(copy *c, char byte, uint32_t from)
{
    c->map[c->n] = fg_text_offset(c->p->text, from);
    c->bytes[c->n++] = byte;
}

static void copy_verbatim(copy *c, uint32_t to)
{
    for (; c->i < to; c->i++)
        copy_byte(c, c->s[c->i], c->i);
}

/* One byte or escape sequence, unescaped. */
static void copy_unescaped(copy *c)
{
    uint32_t cp, n = 0, from = c->i;
    char utf8[4];

    if (c->s[from] == '\\')
        n = fg_lex_escape(c->s + from, c->s + c->to, '"', &cp);
    if (!n) {
        copy_verbatim(c, from + 1);
        return;
    }
    uint32_t bytes = fg_utf8_put(utf8, cp);
    for (uint32_t i = 0; i < bytes; i++)
        copy_byte(c, utf8[i], from);
    c->i += n;
}

/* From behind one escaped quote to behind the next.  Of the escapes between only quotes
 * and backslashes are taken off: the rest belongs to the nested string. */
static void copy_inner_string(copy *c)
{
    while (c->i < c->to) {
        char next = c->i + 1 < c->to ? c->s[c->i + 1] : 0;
        if (c->s[c->i] != '\\') {
            copy_verbatim(c, c->i + 1);
        } else if (next == '"') {
            copy_unescaped(c);
            return;
        } else if (next == '\\') {
            copy_unescaped(c);
            if (c->i < c->to)
                copy_unescaped(c);
        } else {
            copy_verbatim(c, c->i + 2 < c->to ? c->i + 2 : c->to);
        }
    }
}

/* An unescaped copy of [from, to) of the current text. */
static fg_status copy_expression(fg_parser *p, uint32_t from, uint32_t to, fg_text *out)
{
    copy c = { .p = p, .s = p->text->s.p, .i = from, .to = to };

    c.bytes = fg_arena_get(p->arena, to - from);
    c.map = fg_arena_get(p->arena, (to - from + 1) * sizeof *c.map);
    if (!c.bytes || !c.map)
        return FG_NOMEM;
    while (c.i < to) {
        if (c.s[c.i] == '"') {
            uint32_t end = fg_lex_string_end(&p->lx, p->text, c.i);
            copy_verbatim(&c, end < to ? end + 1 : to);
        } else {
            bool inner = c.s[c.i] == '\\' && c.i + 1 < to && c.s[c.i + 1] == '"';
            copy_unescaped(&c);
            if (inner)
                copy_inner_string(&c);
        }
    }
    c.map[c.n] = fg_text_offset(p->text, to);
    *out = (fg_text){ .s = { c.bytes, c.n }, .map = c.map };
    return FG_OK;
}

/* ---- interpolated expressions ------------------------------------------------------ */

static fg_status string_error(fg_parser *p, uint32_t from, uint32_t to,
                              const char *text)
{
    fg_diag_set(p->d, fg_text_offset(p->text, from), fg_text_offset(p->text, to), "%s",
                text);
    return FG_RAISED;
}

/* Puts the expression in front of the message that it caused. */
static void blame(fg_parser *p, fg_slice expression)
{
    const fg_diag inner = *p->d;

    fg_diag_set(p->d, inner.start, inner.end,
                "invalid interpolation expression '{%.*s}': %s",
                (int)fg_diag_fit(expression, 60), expression.p, inner.message);
    memcpy(p->d->hint, inner.hint, sizeof inner.hint);
}

/* Lexes and parses [from, to) of `text` as one expression. */
static fg_status parse_part(fg_parser *p, const fg_text *text, uint32_t from,
                            uint32_t to, fg_node **out)
{
    fg_status s = fg_lex(&p->lx, text, from, to);

    if (s == FG_OK)
        s = fg_parse_expr(p, out);
    if (s == FG_OK && !fg_parse_at(p, FG_TOK_EOF))
        s = fg_parse_error(p, "trailing tokens");
    return s;
}

/* [from, to) of the current text, between the braces, blanks trimmed. */
static fg_status parse_interpolation(fg_parser *p, uint32_t from, uint32_t to,
                                     fg_node **out)
{
    fg_slice shown = { p->text->s.p + from, to - from };
    fg_parser saved = *p;
    fg_text text = *p->text;
    fg_status s;

    if (memchr(shown.p, '\\', shown.n)) {
        FG_TRY(copy_expression(p, from, to, &text));
        from = 0;
        to = text.s.n;
    }
    p->text = &text;
    p->at = p->lx.n;
    p->ctx = (fg_parse_context){ 0 };
    s = parse_part(p, &text, from, to, out);
    if (s == FG_RAISED)
        blame(p, shown);
    p->lx.n = saved.lx.n;
    p->at = saved.at;
    p->text = saved.text;
    p->ctx = saved.ctx;
    p->last_end = saved.last_end;
    return s;
}

/* Behind the escaped quote that ends a nested string; i is behind the one that opened
 * it. */
static uint32_t inner_end(const char *s, uint32_t i, uint32_t to)
{
    while (i + 1 < to) {
        if (s[i] != '\\') {
            i++;
            continue;
        }
        if (s[i + 1] == '"')
            return i + 2;
        bool escape = s[i + 1] == '\\';
        i += 2;
        if (escape && i < to)
            i += s[i] == '\\' ? 2 : 1;
    }
    return to;
}

/* The brace that closes the interpolation whose text starts at i, or `to`. */
static uint32_t closing_brace(fg_parser *p, uint32_t i, uint32_t to)
{
    const char *s = p->text->s.p;
    uint32_t open = 1;

    while (i < to) {
        if (s[i] == '\\') {
            i += 2;
            if (i <= to && s[i - 1] == '"')
                i = inner_end(s, i, to);
        } else if (s[i] == '"') {
            i = fg_lex_string_end(&p->lx, p->text, i) + 1;
        } else {
            open += s[i] == '{';
            if (s[i] == '}' && --open == 0)
                return i;
            i++;
        }
    }
    return to;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The expression behind the brace at *at, which is moved behind the closing one. */
static fg_status parse_braces(fg_parser *p, uint32_t *at, uint32_t to, fg_node **out)
{
    const char *s = p->text->s.p;
    uint32_t open = *at, from = open + 1, end = closing_brace(p, from, to);
    fg_status st;

    *at = end + 1;
    if (end == to) {
        st = string_error(p, open, to, "unterminated interpolation expression");
        fg_diag_hint(p->d, "a brace in a text is written \\{");
        return st;
    }
    while (from < end && is_blank(s[from]))
        from++;
    while (end > from && is_blank(s[end - 1]))
        end--;
    if (from == end) {
        st = string_error(p, open, *at, "empty interpolation expression");
        fg_diag_hint(p->d, "a brace in a text is written \\{ and \\}");
        return st;
    }
    return parse_interpolation(p, from, end, out);
}

/* ---- literals ---------------------------------------------------------------------- */

/* Whether the body holds an unescaped { and an unescaped }. */
static bool is_interpolated(const char *s, uint32_t i, uint32_t to)
{
    bool open = false, close = false;

    while (i < to && !(open && close)) {
        uint32_t cp, n = s[i] == '\\' ? fg_lex_escape(s + i, s + to, '"', &cp) : 0;
        open |= s[i] == '{';
        close |= s[i] == '}';
        i += n ? n : 1;
    }
    return open && close;
}

/* A STRING of bytes [from, to) of the current text. */
static fg_status literal(fg_parser *p, uint32_t from, uint32_t to, char quote,
                         fg_node **out)
{
    FG_TRY(fg_parse_node(p, FG_N_STRING, fg_text_offset(p->text, from), out));
    (*out)->end = fg_text_offset(p->text, to);
    return unescape(p, from, to, quote, &(*out)->name);
}

/* The end of the literal text that starts at i: a brace, or `to`. */
static uint32_t literal_end(const char *s, uint32_t i, uint32_t to)
{
    while (i < to && s[i] != '{' && s[i] != '}') {
        uint32_t cp, n = s[i] == '\\' ? fg_lex_escape(s + i, s + to, '"', &cp) : 0;
        i += n ? n : 1;
    }
    return i;
}

/* The parts of the string body [i, to). */
static fg_status parse_parts(fg_parser *p, uint32_t i, uint32_t to, fg_list *out)
{
    const char *s = p->text->s.p;
    fg_parse_list b = { 0 };
    fg_node *part;

    while (i < to) {
        uint32_t end = literal_end(s, i, to);
        if (end > i) {
            FG_TRY(literal(p, i, end, '"', &part));
            FG_TRY(fg_parse_push(p, &b, part));
            i = end;
        } else if (s[i] == '}') {
            fg_status st =
                string_error(p, i, i + 1, "unexpected '}' in string literal");
            fg_diag_hint(p->d, "a brace in a text is written \\}");
            return st;
        } else {
            FG_TRY(parse_braces(p, &i, to, &part));
            FG_TRY(fg_parse_push(p, &b, part));
        }
    }
    *out = b.list;
    return FG_OK;
}

fg_status fg_parse_string(fg_parser *p, fg_node **out)
{
    const fg_token t = *fg_parse_token(p, 0);
    uint32_t from = t.at + 1, to = t.at + t.len - 1;
    fg_node *n;

    if (!is_interpolated(p->text->s.p, from, to))
        return fg_parse_verbatim(p, out);
    FG_TRY(fg_parse_node(p, FG_N_INTERP, t.start, &n));
    FG_TRY(parse_parts(p, from, to, &n->list));
    fg_parse_advance(p);
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_verbatim(fg_parser *p, fg_node **out)
{
    const fg_token t = *fg_parse_token(p, 0);
    uint32_t quote = t.kind == FG_TOK_RAW ? 3 : 1;
    uint32_t from = t.at + quote, to = t.at + t.len - quote;
    const char *s = p->text->s.p;

    if (t.kind == FG_TOK_RAW) {
        from += from + 1 < to && s[from] == '\r' && s[from + 1] == '\n';
        from += from < to && s[from] == '\n';
        FG_TRY(fg_parse_node(p, FG_N_STRING, t.start, out));
        (*out)->name = (fg_slice){ s + from, to - from };
    } else {
        FG_TRY(literal(p, from, to, s[t.at], out));
    }
    (*out)->start = t.start;
    fg_parse_advance(p);
    fg_parse_finish(p, *out);
    return FG_OK;
}

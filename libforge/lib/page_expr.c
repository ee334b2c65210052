// SPDX-License-Identifier: Apache-2.0
/* Expressions of templates, compiled while they are read. */
#include "lib/page_internal.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/operator.h"
#include "base/utf8.h"

#include <stdio.h>

#define DEEPEST 64u /* expressions inside each other */

static bool expression(fg_page_compiler *c);

/* ---- words ---------------------------------------------------------------------- */

void fg_page_space(fg_page_compiler *c)
{
    while (c->p < c->end && (*c->p == ' ' || (*c->p >= '\t' && *c->p <= '\r')))
        c->p++;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '_' || (uint8_t)c >= 0x80;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

fg_slice fg_page_word(fg_page_compiler *c)
{
    const char *from = c->p, *p = from;
    if (p < c->end && !is_digit(*p))
        while (p < c->end && is_word(*p))
            p++;
    c->p = p;
    return fg_slice_of(from, (size_t)(p - from));
}

bool fg_page_take_word(fg_page_compiler *c, const char *word)
{
    size_t n = strlen(word);
    fg_page_space(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
        return false;
    if (c->p + n < c->end && is_word(word[0]) && is_word(c->p[n]))
        return false;
    c->at = c->p;
    c->p += n;
    return true;
}

bool fg_page_reserved(fg_slice name)
{
    static const char *const words[] = { "true", "false", "null", "and", "or",
                                         "not",  "in",    "it",   "with" };
    for (uint32_t i = 0; i < FG_COUNT(words); i++)
        if (fg_slice_eq(name, fg_slice_str(words[i])))
            return true;
    return false;
}

/* The next sign, which more signs of its kind do not follow. */
static bool take(fg_page_compiler *c, const char *sign)
{
    return fg_page_take_word(c, sign);
}

static bool expect(fg_page_compiler *c, const char *sign)
{
    if (take(c, sign))
        return true;
    if (c->p == c->end)
        return fg_page_fail(c, c->p, "expected '%s', but the template ends", sign);
    fg_slice rest = fg_slice_of(c->p, (size_t)(c->end - c->p));
    uint32_t n = fg_utf8_offset(rest, 1);
    return fg_page_fail(c, c->p, "expected '%s', got '%.*s'", sign, (int)n, c->p);
}

/* ---- emitting ------------------------------------------------------------------- */

static bool emit(fg_page_compiler *c, enum fg_page_op op, uint32_t a, uint32_t b,
                 uint32_t n, int effect)
{
    fg_page_ins ins = { .op = (uint8_t)op, .n = (uint16_t)n, .a = a, .b = b };
    return fg_page_emit(c, ins, effect);
}

/* A string of the pool as operands. */
static bool emit_text(fg_page_compiler *c, enum fg_page_op op, fg_slice text,
                      int effect)
{
    uint32_t at;
    return fg_page_pool(c, text, &at) && emit(c, op, at, text.n, 0, effect);
}

static bool emit_number(fg_page_compiler *c, enum fg_page_op op, uint64_t bits)
{
    return emit(c, op, (uint32_t)(bits >> 32), (uint32_t)bits, 0, 1);
}

/* ---- literals ------------------------------------------------------------------- */

bool fg_page_string(fg_page_compiler *c, fg_bytes *b)
{
    static const char names[] = "nrt\\\"'{}", values[] = "\n\r\t\\\"'{}";
    const char *from = c->p;
    char quote = *c->p++;
    while (c->p < c->end && *c->p != quote) {
        char ch = *c->p++;
        if (ch == '\\' && c->p < c->end) {
            const char *at = *c->p ? strchr(names, *c->p) : NULL;
            if (!at)
                return fg_page_fail(c, c->p - 1, "no such escape in a string");
            ch = values[at - names];
            c->p++;
        }
        fg_bytes_char(b, ch);
    }
    if (c->p == c->end)
        return fg_page_fail(c, from, "this string does not end");
    c->p++;
    if (b->failed)
        c->fault->no_memory = true;
    return !b->failed;
}

static bool string(fg_page_compiler *c)
{
    fg_bytes b;
    fg_bytes_init(&b);
    c->at = c->p;
    bool ok =
        fg_page_string(c, &b) && emit_text(c, FG_PAGE_TEXT_VALUE, fg_bytes_view(&b), 1);
    fg_bytes_drop(&b);
    return ok;
}

static bool number(fg_page_compiler *c)
{
    const char *from = c->p, *p = from;
    bool whole = true;
    int64_t i;
    double f;
    uint64_t bits;
    while (p < c->end && is_digit(*p))
        p++;
    if (p + 1 < c->end && *p == '.' && is_digit(p[1])) {
        whole = false;
        for (p++; p < c->end && is_digit(*p);)
            p++;
    }
    c->p = p;
    c->at = from;
    fg_slice text = fg_slice_of(from, (size_t)(p - from));
    if (p < c->end && is_word(*p))
        return fg_page_fail(c, from, "a name cannot begin with a digit");
    if (whole && fg_int_parse(text, &i))
        return emit_number(c, FG_PAGE_INT, (uint64_t)i);
    if (!fg_float_parse(text, &f))
        return fg_page_fail(c, from, "this is no number");
    memcpy(&bits, &f, sizeof bits);
    return emit_number(c, FG_PAGE_FLOAT, bits);
}

/* Expressions up to `close`, with commas between: how many in *n. */
static bool list(fg_page_compiler *c, const char *close, uint32_t *n)
{
    *n = 0;
    while (!take(c, close)) {
        if (*n > 0 && !expect(c, ","))
            return false;
        if (*n > 0 && take(c, close))
            return true;
        if (*n == 255)
            return fg_page_fail(c, c->p, "more than 255 values in a list");
        if (!expression(c))
            return false;
        ++*n;
    }
    return true;
}

static bool array(fg_page_compiler *c)
{
    const char *at = c->at;
    uint32_t n;
    if (!list(c, "]", &n))
        return false;
    c->at = at;
    return emit(c, FG_PAGE_ARRAY, 0, 0, n, 1 - (int)n);
}

static bool key(fg_page_compiler *c)
{
    fg_page_space(c);
    if (c->p < c->end && (*c->p == '"' || *c->p == '\''))
        return string(c);
    c->at = c->p;
    fg_slice name = fg_page_word(c);
    if (name.n == 0)
        return fg_page_fail(c, c->p, "expected a key, a name or a string");
    return emit_text(c, FG_PAGE_TEXT_VALUE, name, 1);
}

static bool object(fg_page_compiler *c)
{
    const char *at = c->at;
    uint32_t n = 0;
    while (!take(c, "}")) {
        if (n > 0 && !expect(c, ","))
            return false;
        if (n > 0 && take(c, "}"))
            break;
        if (n == 255)
            return fg_page_fail(c, c->p, "more than 255 keys in an object");
        if (!key(c) || !expect(c, ":") || !expression(c))
            return false;
        n++;
    }
    c->at = at;
    return emit(c, FG_PAGE_OBJECT, 0, 0, n, 1 - 2 * (int)n);
}

/* ---- names and calls ------------------------------------------------------------ */

static bool unknown_function(fg_page_compiler *c, fg_slice name)
{
    fg_nearest g;
    fg_nearest_init(&g, name);
    for (uint32_t i = 0; fg_page_filter_name(i); i++)
        fg_nearest_add(&g, fg_slice_str(fg_page_filter_name(i)));
    fg_page_fail(c, name.p, "templates have no function '%.*s'",
                 (int)fg_utf8_fit(name, 100), name.p);
    if (g.best.n)
        return fg_page_hint(c, "did you mean '%.*s'?", (int)g.best.n, g.best.p);
    return fg_page_hint(c, "compute the value before, and hand it over in the data");
}

/* Makes null of what is missing in the code from there on. */
static void allow_missing(fg_page_compiler *c, uint32_t from)
{
    for (uint32_t i = from; i < c->code.n; i++) {
        fg_page_ins *ins = fg_page_code(c, i);
        if (ins->op == FG_PAGE_NAME || ins->op == FG_PAGE_FIELD
            || ins->op == FG_PAGE_INDEX)
            ins->flag = 1;
    }
}

/* Behind the parenthesis of a call; the first `given` arguments are on the stack, by the
 * code from `from` on. */
static bool arguments(fg_page_compiler *c, fg_slice name, uint32_t given, uint32_t from)
{
    uint32_t n;
    int32_t number = fg_page_filter_find(name);
    if (number < 0)
        return unknown_function(c, name);
    if (!list(c, ")", &n))
        return false;
    n += given;
    if (fg_page_filter_forgives(number))
        allow_missing(c, from);
    c->at = name.p;
    return emit(c, FG_PAGE_CALL, (uint32_t)number, 0, n, 1 - (int)n);
}

static const fg_page_local *local_of(const fg_page_compiler *c, fg_slice name)
{
    for (uint32_t i = c->nlocals; i-- > 0;)
        if (fg_slice_eq(c->locals[i].name, name))
            return &c->locals[i];
    return NULL;
}

static bool loop_property(fg_page_compiler *c, const fg_page_local *loop)
{
    static const char *const names[] = {
#define X(name, text) text,
        FG_PAGE_LOOP_NAMES(X)
#undef X
    };
    const char *at = c->p;
    if (take(c, ".")) {
        fg_page_space(c);
        fg_slice name = fg_page_word(c);
        for (uint32_t i = 0; i < FG_COUNT(names); i++)
            if (fg_slice_eq(name, fg_slice_str(names[i])))
                return emit(c, FG_PAGE_LOOP, loop->slot, 0, i, 1);
    }
    fg_page_fail(c, at, "a loop has no value of its own");
    return fg_page_hint(c, "it has loop.index, loop.index0, loop.first, loop.last and "
                           "loop.length");
}

static bool name(fg_page_compiler *c)
{
    c->at = c->p;
    fg_slice word = fg_page_word(c);
    const fg_page_local *local = local_of(c, word);
    if (word.n == 0)
        return fg_page_fail(c, c->p, "expected a value");
    if (fg_slice_eq(word, FG_SLICE("true")) || fg_slice_eq(word, FG_SLICE("false")))
        return emit(c, FG_PAGE_BOOL, word.n == 4, 0, 0, 1);
    if (fg_slice_eq(word, FG_SLICE("null")))
        return emit(c, FG_PAGE_NULL, 0, 0, 0, 1);
    if (fg_slice_eq(word, FG_SLICE("it")))
        return emit(c, FG_PAGE_DATA, 0, 0, 0, 1);
    if (fg_page_reserved(word))
        return fg_page_fail(c, word.p, "expected a value, got '%.*s'", (int)word.n,
                            word.p);
    if (take(c, "("))
        return arguments(c, word, 0, c->code.n);
    if (local && local->loop)
        return loop_property(c, local);
    c->at = word.p;
    return local ? emit(c, FG_PAGE_SLOT, local->slot, 0, 0, 1)
                 : emit_text(c, FG_PAGE_NAME, word, 1);
}

static bool primary(fg_page_compiler *c)
{
    fg_page_space(c);
    if (c->p < c->end && is_digit(*c->p))
        return number(c);
    if (c->p < c->end && (*c->p == '"' || *c->p == '\''))
        return string(c);
    if (take(c, "["))
        return array(c);
    if (take(c, "{"))
        return object(c);
    if (take(c, "("))
        return expression(c) && expect(c, ")");
    return name(c);
}

/* Behind a dot. */
static bool member(fg_page_compiler *c, uint32_t from)
{
    fg_page_space(c);
    const char *at = c->p;
    fg_slice word = fg_page_word(c);
    if (word.n == 0)
        return fg_page_fail(c, c->p, "expected a name behind the dot");
    if (take(c, "("))
        return arguments(c, word, 1, from);
    c->at = at;
    return emit_text(c, FG_PAGE_FIELD, word, 0);
}

static bool postfix(fg_page_compiler *c)
{
    uint32_t from = c->code.n;
    if (!primary(c))
        return false;
    for (;;) {
        if (take(c, ".")) {
            if (!member(c, from))
                return false;
        } else if (take(c, "[")) {
            const char *at = c->at;
            if (!expression(c) || !expect(c, "]"))
                return false;
            c->at = at;
            if (!emit(c, FG_PAGE_INDEX, 0, 0, 0, -1))
                return false;
        } else {
            return true;
        }
    }
}

/* ---- operators ------------------------------------------------------------------ */

static bool enter(fg_page_compiler *c)
{
    if (c->depth++ == DEEPEST)
        return fg_page_fail(c, c->p, "this is nested too deep");
    return true;
}

static bool unary(fg_page_compiler *c)
{
    fg_page_space(c);
    const char *at = c->p;
    bool minus = take(c, "-"), not = !minus && take(c, "!");
    if (!minus && !not )
        return postfix(c);
    if (!enter(c) || !unary(c))
        return false;
    c->depth--;
    c->at = at;
    return emit(c, minus ? FG_PAGE_NEGATE : FG_PAGE_NOT, 0, 0, 0, 0);
}

typedef struct operator_sign {
    const char *sign;
    uint8_t op;
    fg_operator n;
} operator_sign;

/* Takes one of the signs; NULL: none is next.  `-` of a new tag is no sign here. */
static const operator_sign *take_sign(fg_page_compiler *c, const operator_sign *signs,
                                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (take(c, signs[i].sign))
            return &signs[i];
    return NULL;
}

static bool binary(fg_page_compiler *c, const operator_sign *signs, uint32_t n,
                   bool (*operand)(fg_page_compiler *c))
{
    const operator_sign *s;
    if (!operand(c))
        return false;
    while ((s = take_sign(c, signs, n))) {
        const char *at = c->at;
        if (!operand(c))
            return false;
        c->at = at;
        if (!emit(c, s->op, 0, 0, s->n, -1))
            return false;
    }
    return true;
}

static bool product(fg_page_compiler *c)
{
    static const operator_sign signs[] = { { "*", FG_PAGE_ARITH, FG_OP_MUL },
                                           { "/", FG_PAGE_ARITH, FG_OP_DIV },
                                           { "%", FG_PAGE_ARITH, FG_OP_MOD } };
    return binary(c, signs, FG_COUNT(signs), unary);
}

static bool sum(fg_page_compiler *c)
{
    static const operator_sign signs[] = { { "+", FG_PAGE_ARITH, FG_OP_ADD },
                                           { "-", FG_PAGE_ARITH, FG_OP_SUB } };
    return binary(c, signs, FG_COUNT(signs), product);
}

/* Two comparisons in a row compare the truth of the first, which nobody means. */
static bool comparison(fg_page_compiler *c)
{
    static const operator_sign signs[] = {
        { "==", FG_PAGE_EQUAL, 0 },        { "!=", FG_PAGE_EQUAL, 1 },
        { "<=", FG_PAGE_ORDER, FG_OP_LE }, { ">=", FG_PAGE_ORDER, FG_OP_GE },
        { "<", FG_PAGE_ORDER, FG_OP_LT },  { ">", FG_PAGE_ORDER, FG_OP_GT },
        { "in", FG_PAGE_IN, 0 },
    };
    if (!sum(c))
        return false;
    const char *before = c->p;
    bool not = fg_page_take_word(c, "not");
    const operator_sign *s = not ? NULL : take_sign(c, signs, FG_COUNT(signs));
    if (not &&!(s = take_sign(c, &signs[FG_COUNT(signs) - 1], 1)))
        c->p = before;
    if (!s)
        return true;
    const char *at = c->at;
    if (!sum(c))
        return false;
    c->at = at;
    if (!emit(c, s->op, 0, 0, s->n, -1) || (not &&!emit(c, FG_PAGE_NOT, 0, 0, 0, 0)))
        return false;
    if (take_sign(c, signs, FG_COUNT(signs))) {
        fg_page_fail(c, c->at, "comparisons do not chain");
        return fg_page_hint(c, "write a < b and b < c");
    }
    return true;
}

static bool negation(fg_page_compiler *c)
{
    fg_page_space(c);
    const char *at = c->p;
    if (!fg_page_take_word(c, "not"))
        return comparison(c);
    if (!enter(c) || !negation(c))
        return false;
    c->depth--;
    c->at = at;
    return emit(c, FG_PAGE_NOT, 0, 0, 0, 0);
}

/* Two operands of which the second may not be needed: the first stays when `op` jumps. */
static bool shortcut(fg_page_compiler *c, enum fg_page_op op, bool truth,
                     bool (*operand)(fg_page_compiler *c))
{
    const char *at = c->at;
    if (truth && !emit(c, FG_PAGE_TRUTH, 0, 0, 0, 0))
        return false;
    uint32_t jump = c->code.n;
    if (!emit(c, op, 0, 0, 0, -1) || !operand(c))
        return false;
    c->at = at;
    if (truth && !emit(c, FG_PAGE_TRUTH, 0, 0, 0, 0))
        return false;
    fg_page_code(c, jump)->a = c->code.n;
    return true;
}

static bool conjunction(fg_page_compiler *c)
{
    if (!negation(c))
        return false;
    while (fg_page_take_word(c, "and") || take(c, "&&"))
        if (!shortcut(c, FG_PAGE_AND, true, negation))
            return false;
    return true;
}

static bool disjunction(fg_page_compiler *c)
{
    if (!conjunction(c))
        return false;
    while (fg_page_take_word(c, "or") || take(c, "||"))
        if (!shortcut(c, FG_PAGE_OR, true, conjunction))
            return false;
    return true;
}

static bool alternative(fg_page_compiler *c)
{
    uint32_t from = c->code.n;
    if (!disjunction(c))
        return false;
    while (take(c, "??")) {
        allow_missing(c, from);
        from = c->code.n;
        if (!shortcut(c, FG_PAGE_ELSE, false, disjunction))
            return false;
    }
    return true;
}

static bool pipe(fg_page_compiler *c)
{
    uint32_t from = c->code.n;
    if (!alternative(c))
        return false;
    while (take(c, "|>")) {
        fg_page_space(c);
        fg_slice word = fg_page_word(c);
        if (word.n == 0)
            return fg_page_fail(c, c->p, "expected a function behind |>");
        if (take(c, "(")) {
            if (!arguments(c, word, 1, from))
                return false;
            continue;
        }
        int32_t number = fg_page_filter_find(word);
        if (number < 0)
            return unknown_function(c, word);
        c->at = word.p;
        if (!emit(c, FG_PAGE_CALL, (uint32_t)number, 0, 1, 0))
            return false;
    }
    return true;
}

static bool expression(fg_page_compiler *c)
{
    bool ok = enter(c) && pipe(c);
    c->depth--;
    return ok;
}

bool fg_page_expr(fg_page_compiler *c) { return expression(c); }

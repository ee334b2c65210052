// SPDX-License-Identifier: Apache-2.0
/* Mutations of program text.
 *
 * A part is a range of whole lines in which brackets are balanced; parts are deleted,
 * copied, moved, taken from remembered programs, and wrapped in constructs.  Inside a
 * line, names, numbers and operators are exchanged. */
#include "mutate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY 512u /* programs that are remembered */
#define MAX_TEXT 16384u
#define MAX_LINES 1024u
#define MAX_WORDS 2048u

typedef struct text {
    const char *p;
    size_t n;
} text;

/* A text under construction; what does not fit is cut off. */
typedef struct draft {
    char p[MAX_TEXT];
    size_t n;
} draft;

typedef struct lines {
    text at[MAX_LINES];   /* with their line ends */
    int depth[MAX_LINES]; /* brackets open at the start, never below 0 */
    size_t n;
} lines;

static text memory[MEMORY];
static unsigned remembered;
static uint64_t state;

static unsigned below(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n ? (unsigned)(state % n) : 0;
}

void fuzz_remember(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MAX_TEXT)
        return;
    char *copy = malloc(size);
    if (!copy)
        return;
    memcpy(copy, data, size);
    text *place = &memory[remembered++ % MEMORY];
    free((void *)(uintptr_t)place->p);
    *place = (text){ copy, size };
}

static text any_program(void)
{
    unsigned n = remembered < MEMORY ? remembered : MEMORY;
    return n ? memory[below(n)] : (text){ "say 1\n", 6 };
}

static void add(draft *d, text t)
{
    size_t n = t.n < MAX_TEXT - d->n ? t.n : MAX_TEXT - d->n;
    memcpy(d->p + d->n, t.p, n);
    d->n += n;
}

static void add_str(draft *d, const char *s) { add(d, (text){ s, strlen(s) }); }

/* ---- lines ------------------------------------------------------------------------- */

static void split(text t, lines *l)
{
    const char *p = t.p, *end = t.p + t.n;
    int depth = 0;
    for (l->n = 0; p < end && l->n < MAX_LINES; l->n++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop && l->n + 1 < MAX_LINES ? stop + 1 : end;
        l->at[l->n] = (text){ p, (size_t)(stop - p) };
        l->depth[l->n] = depth;
        for (; p < stop; p++) {
            depth += *p == '{' || *p == '(' || *p == '[';
            depth -= *p == '}' || *p == ')' || *p == ']';
        }
        depth = depth < 0 ? 0 : depth;
    }
}

/* End of the shortest part that starts at line `from`, then perhaps of a longer one. */
static size_t part_end(const lines *l, size_t from)
{
    size_t to = from + 1, wanted = below(3) ? 1 : 1 + below(6);
    while (to < l->n && (l->depth[to] > l->depth[from] || --wanted > 0))
        to++;
    return to;
}

static text join(const lines *l, size_t from, size_t to)
{
    if (from >= to)
        return (text){ "", 0 };
    const char *p = l->at[from].p;
    return (text){ p, (size_t)(l->at[to - 1].p + l->at[to - 1].n - p) };
}

static void add_lines(draft *d, const lines *l, size_t from, size_t to)
{
    text t = join(l, from, to);
    add(d, t);
    if (t.n && t.p[t.n - 1] != '\n')
        add_str(d, "\n");
}

/* ---- changes of lines --------------------------------------------------------------- */

static void drop_part(draft *d, const lines *l)
{
    size_t from = below(l->n), to = part_end(l, from);
    add_lines(d, l, 0, from);
    add_lines(d, l, to, l->n);
}

static void copy_part(draft *d, const lines *l, bool keep)
{
    size_t from = below(l->n), to = part_end(l, from), at = below(l->n + 1);
    if (at > from && at < to)
        at = to;
    for (size_t i = 0; i <= l->n; i++) {
        if (i == at)
            add_lines(d, l, from, to);
        if (i < l->n && (keep || i < from || i >= to))
            add_lines(d, l, i, i + 1);
    }
}

static void splice_part(draft *d, const lines *l)
{
    static lines other;
    split(any_program(), &other);
    size_t at = below(l->n + 1), from = below(other.n), to = part_end(&other, from);
    size_t rest = below(4) ? at : l->n && at < l->n ? part_end(l, at) : at;
    add_lines(d, l, 0, at);
    add_lines(d, &other, from, to);
    add_lines(d, l, rest, l->n);
}

static void wrap_part(draft *d, const lines *l)
{
    static const char *const around[][2] = {
        { "try {\n", "} catch e { say e.message }\n" },
        { "squad {\nspawn {\n", "}\n}\n" },
        { "squad {\n", "}\n" },
        { "await spawn {\n", "}\n" },
        { "let w = spawn {\n", "}\nsay await w\n" },
        { "fn w() {\n", "}\nsay w()\n" },
        { "fn w(a, b = [1]) {\n", "return b }\nsay w([2])\n" },
        { "let w = fn(x) {\n", "return x }\nsay map([1, \"b\", [3]], w)\n" },
        { "for w in range(3) {\n", "}\n" },
        { "repeat 2 times {\n", "}\n" },
        { "if true {\n", "} else { say 0 }\n" },
        { "timeout 5 {\n", "}\n" },
        { "safe {\n", "}\n" },
        { "retry 2 times {\n", "}\n" },
        { "match [1, 2] { [a, b] => {\n", "}, _ => { } }\n" },
        { "say sort([3, 1, 2], fn(x, y) {\n", "return x - y })\n" },
        { "let w = { k: fn() {\n", "return 1 } }\nsay w.k()\n" },
        { "let w = channel(1)\nspawn {\n", "send(w, 1) }\nsay receive(w)\n" },
        { "squad {\nspawn { wait 0.01\n", "}\nspawn { must Err(\"x\") }\n}\n" },
        { "map([1, 2], fn(x) { wait 0.01\n", "})\n" },
        { "say stream([1, 2, 3]) |> map(fn(x) {\n", "return x }) |> collect()\n" },
    };
    const char *const *pair = around[below(sizeof around / sizeof around[0])];
    size_t from = below(l->n), to = part_end(l, from);
    add_lines(d, l, 0, from);
    add_str(d, pair[0]);
    add_lines(d, l, from, to);
    add_str(d, pair[1]);
    add_lines(d, l, to, l->n);
}

/* Moves the marker, or sets one. */
static void move_marker(draft *d, const lines *l)
{
    size_t at = below(l->n + 1);
    for (size_t i = 0; i < at + 8 && at < l->n && l->depth[at] > 0; i++)
        at++;
    for (size_t i = 0; i <= l->n; i++) {
        if (i == at)
            add_str(d, FUZZ_MARKER "\n");
        if (i < l->n
            && (l->at[i].n < strlen(FUZZ_MARKER)
                || memcmp(l->at[i].p, FUZZ_MARKER, strlen(FUZZ_MARKER)) != 0))
            add_lines(d, l, i, i + 1);
    }
}

/* ---- changes of words ----------------------------------------------------------------- */

typedef enum word_kind { NAME, NUMBER, OPERATOR } word_kind;

typedef struct word {
    text t;
    word_kind kind;
} word;

typedef struct words {
    word at[MAX_WORDS];
    size_t n;
} words;

static bool in_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void find_words(text t, words *w)
{
    const char *p = t.p, *end = t.p + t.n;
    w->n = 0;
    while (p < end && w->n < MAX_WORDS) {
        const char *from = p++;
        if (in_name(*from)) {
            while (p < end && in_name(*p))
                p++;
            w->at[w->n++] = (word){ { from, (size_t)(p - from) },
                                    isdigit((unsigned char)*from) ? NUMBER : NAME };
        } else if (strchr("+-*/%<>=!&|?.", *from)) {
            while (p < end && strchr("+-*/%<>=!&|?.", *p) && *p)
                p++;
            w->at[w->n++] = (word){ { from, (size_t)(p - from) }, OPERATOR };
        }
    }
}

/* Another word of that kind, from w or from a remembered program. */
static text another(const words *w, word_kind kind)
{
    static const char *const numbers[] = {
        "0",     "1",        "2",        "-1",         "7",
        "100",   "4097",     "0.5",      "1e300",      "9223372036854775807",
        "\"s\"", "\"{1}é\"", "[]",       "[1, \"x\"]", "{ k: 1 }",
        "null",  "true",     "set([1])",
    };
    static words other;
    if (kind == NUMBER && below(2)) {
        const char *s = numbers[below(sizeof numbers / sizeof numbers[0])];
        return (text){ s, strlen(s) };
    }
    if (below(3) == 0) {
        find_words(any_program(), &other);
        w = &other;
    }
    for (unsigned i = 0; i < 50 && w->n; i++) {
        const word *x = &w->at[below(w->n)];
        if (x->kind == kind)
            return x->t;
    }
    return (text){ "1", 1 };
}

static void change_word(draft *d, text t)
{
    static words w;
    find_words(t, &w);
    if (w.n == 0) {
        add(d, t);
        return;
    }
    const word *x = &w.at[below(w.n)];
    text now = another(&w, x->kind);
    if (x->kind == NAME && below(8) == 0)
        now = another(&w, NUMBER);
    add(d, (text){ t.p, (size_t)(x->t.p - t.p) });
    add(d, now);
    const char *rest = x->t.p + x->t.n;
    add(d, (text){ rest, (size_t)(t.p + t.n - rest) });
}

/* ---- one mutation ----------------------------------------------------------------------- */

static void mutate(draft *d, text t)
{
    static lines l;
    split(t, &l);
    if (l.n == 0) {
        add(d, any_program());
        return;
    }
    switch (below(12)) {
    case 0: drop_part(d, &l); return;
    case 1: copy_part(d, &l, true); return;
    case 2: copy_part(d, &l, false); return;
    case 3:
    case 4:
    case 5: splice_part(d, &l); return;
    case 6:
    case 7: wrap_part(d, &l); return;
    case 8: move_marker(d, &l); return;
    default: change_word(d, t); return;
    }
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static draft drafts[2];
    state = seed * 0x9e3779b97f4a7c15ull | 1;
    below(1);
    if (below(20) == 0)
        return 0;
    drafts[0].n = 0;
    add(&drafts[0], (text){ (const char *)data, size });
    unsigned steps = 1 + below(3), now = 0;
    for (unsigned i = 0; i < steps; i++, now ^= 1) {
        drafts[now ^ 1].n = 0;
        mutate(&drafts[now ^ 1], (text){ drafts[now].p, drafts[now].n });
    }
    size_t n = drafts[now].n < max ? drafts[now].n : max;
    memcpy(data, drafts[now].p, n);
    return n;
}

size_t fuzz_mutate_or(uint8_t *data, size_t size, size_t max, unsigned seed,
                      size_t (*bytes)(uint8_t *data, size_t size, size_t max))
{
    size_t n = fuzz_mutate(data, size, max, seed);
    return n || !bytes ? n : bytes(data, size, max);
}

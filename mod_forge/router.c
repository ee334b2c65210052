// SPDX-License-Identifier: Apache-2.0
/* The tree of path segments.
 *
 * Node 0 stands before the first segment.  A node holds its literal children as a
 * linked list, at most one capture child and at most one wildcard, and the
 * declarations that end in it, one per method.  A node is reached by one chain of
 * choices only, so that a match with backtracking visits no node twice. */
#include "router.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE 0 /* no node is a child of itself, so index 0 is free to mean nothing */

typedef struct segment {
    const char *text;
    size_t n;
} segment;

typedef struct node {
    segment text;     /* literal text, or the name of a capture or wildcard */
    uint32_t made_by; /* declaration that introduced the name */
    uint32_t literal, capture, wildcard, sibling;
    int32_t route[MF_METHODS];
} node;

struct mf_router {
    node *nodes;
    uint32_t count, capacity;
};

typedef struct builder {
    mf_router *router;
    const mf_route *routes;
    mf_router_error *error;
    uint32_t current;
} builder;

static const char *const method_names[MF_METHODS] = { "get",    "post",  "put",
                                                      "delete", "patch", "head",
                                                      "options" };

static int method_index(const char *name)
{
    for (int i = 0; i < MF_METHODS; i++)
        if (strcmp(name, method_names[i]) == 0)
            return i;
    return -1;
}

/* ---- building -------------------------------------------------------------------- */

/* Notes a fault of the current declaration; returns NONE for the caller to return. */
__attribute__((format(printf, 2, 3))) static uint32_t complain(builder *b,
                                                               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(b->error->message, sizeof b->error->message, format, args);
    va_end(args);
    b->error->route = b->current;
    return NONE;
}

static uint32_t new_node(builder *b, segment text)
{
    mf_router *r = b->router;
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity ? r->capacity * 2 : 16;
        node *nodes = realloc(r->nodes, capacity * sizeof *nodes);
        if (!nodes)
            return NONE;
        r->nodes = nodes;
        r->capacity = capacity;
    }
    node *n = &r->nodes[r->count];
    memset(n, 0, sizeof *n);
    n->text = text;
    n->made_by = b->current;
    for (int i = 0; i < MF_METHODS; i++)
        n->route[i] = -1;
    return r->count++;
}

static int same_text(segment a, segment b)
{
    return a.n == b.n && memcmp(a.text, b.text, a.n) == 0;
}

static uint32_t literal_child(builder *b, uint32_t parent, segment text)
{
    mf_router *r = b->router;
    for (uint32_t i = r->nodes[parent].literal; i != NONE; i = r->nodes[i].sibling)
        if (same_text(r->nodes[i].text, text))
            return i;
    uint32_t child = new_node(b, text);
    if (child != NONE) {
        r->nodes[child].sibling = r->nodes[parent].literal;
        r->nodes[parent].literal = child;
    }
    return child;
}

/* The capture or wildcard below a node: one name for all declarations. */
static uint32_t named_child(builder *b, uint32_t parent, segment text)
{
    mf_router *r = b->router;
    char sign = text.text[0];
    segment name = { text.text + 1, text.n - 1 };
    uint32_t found = sign == ':' ? r->nodes[parent].capture : r->nodes[parent].wildcard;
    if (name.n == 0)
        return complain(b, "route \"%s\": '%c' needs a name after it",
                        b->routes[b->current].pattern, sign);
    if (found != NONE && !same_text(r->nodes[found].text, name)) {
        const mf_route *other = &b->routes[r->nodes[found].made_by];
        return complain(
            b,
            "route \"%s\" names '%.*s' what \"%s\" at %s:%u:%u names '%.*s'; "
            "use one name",
            b->routes[b->current].pattern, (int)name.n, name.text, other->pattern,
            other->file, other->line, other->column, (int)r->nodes[found].text.n,
            r->nodes[found].text.text);
    }
    if (found == NONE && (found = new_node(b, name)) != NONE) {
        if (sign == ':')
            r->nodes[parent].capture = found;
        else
            r->nodes[parent].wildcard = found;
    }
    return found;
}

static uint32_t child_of(builder *b, uint32_t parent, segment text, int last)
{
    if (text.n > 0 && text.text[0] == '*' && !last)
        return complain(b, "route \"%s\": '%.*s' must be the last segment",
                        b->routes[b->current].pattern, (int)text.n, text.text);
    if (text.n > 0 && (text.text[0] == ':' || text.text[0] == '*'))
        return named_child(b, parent, text);
    return literal_child(b, parent, text);
}

/* 1 when a pattern is well-formed by itself. */
static int check_pattern(builder *b)
{
    const char *pattern = b->routes[b->current].pattern;
    segment seen[MF_MAX_CAPTURES];
    uint32_t names = 0, segments = 0;
    if (pattern[0] != '/')
        return (int)complain(b, "route \"%s\" must begin with '/'", pattern);
    for (const char *at = pattern; *at; at += strcspn(at, "/")) {
        segment s = { ++at, strcspn(at, "/") };
        if (++segments > MF_MAX_SEGMENTS)
            return (int)complain(b, "route has more than %d segments", MF_MAX_SEGMENTS);
        if (s.n == 0 || (s.text[0] != ':' && s.text[0] != '*'))
            continue;
        for (uint32_t i = 0; i < names; i++)
            if (s.n > 1 && same_text(seen[i], (segment){ s.text + 1, s.n - 1 }))
                return (int)complain(b, "route \"%s\" has two captures '%.*s'", pattern,
                                     (int)s.n - 1, s.text + 1);
        if (names == MF_MAX_CAPTURES)
            return (int)complain(b, "route \"%s\" has more than %d captures", pattern,
                                 MF_MAX_CAPTURES);
        seen[names++] = (segment){ s.text + 1, s.n - 1 };
    }
    return 1;
}

static int add_route(builder *b)
{
    const mf_route *route = &b->routes[b->current];
    int method = method_index(route->method);
    uint32_t at = 0;
    if (method < 0)
        return 1;
    if (!check_pattern(b))
        return 0;
    for (const char *text = route->pattern; *text; text += strcspn(text, "/")) {
        segment s = { ++text, strcspn(text, "/") };
        at = child_of(b, at, s, s.text[s.n] == '\0');
        if (at == NONE)
            return 0;
    }
    node *n = &b->router->nodes[at];
    if (n->route[method] >= 0) {
        const mf_route *other = &b->routes[n->route[method]];
        complain(b, "route @%s(\"%s\") is already declared as \"%s\" at %s:%u:%u",
                 route->method, route->pattern, other->pattern, other->file,
                 other->line, other->column);
        return 0;
    }
    n->route[method] = (int32_t)b->current;
    return 1;
}

mf_router *mf_router_new(const mf_route *routes, uint32_t n, mf_router_error *e)
{
    builder b = { calloc(1, sizeof(mf_router)), routes, e, 0 };
    e->message[0] = '\0';
    e->route = 0;
    if (!b.router)
        return NULL;
    new_node(&b, (segment){ "", 0 });
    int good = b.router->count == 1;
    for (; good && b.current < n; b.current++)
        good = add_route(&b);
    if (good)
        return b.router;
    mf_router_free(b.router);
    return NULL;
}

void mf_router_free(mf_router *router)
{
    if (router)
        free(router->nodes);
    free(router);
}

/* ---- matching -------------------------------------------------------------------- */

typedef struct walk {
    const node *nodes;
    const segment *segments;
    uint32_t count;
    const char *end; /* of the decoded text */
    mf_match *match;
} walk;

static int has_routes(const node *n)
{
    for (int i = 0; i < MF_METHODS; i++)
        if (n->route[i] >= 0)
            return 1;
    return 0;
}

static int finish(walk *w, const node *n, uint32_t ncaptures)
{
    if (!has_routes(n))
        return 0;
    memcpy(w->match->route, n->route, sizeof n->route);
    w->match->ncaptures = ncaptures;
    return 1;
}

static void capture(walk *w, uint32_t i, const node *n, const char *text, size_t length)
{
    w->match->captures[i] = (mf_capture){ n->text.text, text, n->text.n, length };
}

/* Matches the segments from `i` on below node `at`.  The depth is bounded by the
 * longest pattern. */
static int descend(walk *w, uint32_t at, uint32_t i, uint32_t ncaptures)
{
    const node *n = &w->nodes[at];
    if (i == w->count)
        return finish(w, n, ncaptures);
    segment s = w->segments[i];
    for (uint32_t c = n->literal; c != NONE; c = w->nodes[c].sibling)
        if (same_text(w->nodes[c].text, s) && descend(w, c, i + 1, ncaptures))
            return 1;
    if (n->capture != NONE && s.n > 0) {
        capture(w, ncaptures, &w->nodes[n->capture], s.text, s.n);
        if (descend(w, n->capture, i + 1, ncaptures + 1))
            return 1;
    }
    if (n->wildcard == NONE || s.text == w->end)
        return 0;
    capture(w, ncaptures, &w->nodes[n->wildcard], s.text, (size_t)(w->end - s.text));
    return finish(w, &w->nodes[n->wildcard], ncaptures + 1);
}

int mf_router_match(const mf_router *router, const char *path, size_t n, char *buffer,
                    mf_match *match)
{
    segment segments[MF_MAX_SEGMENTS];
    walk w = { router->nodes, segments, 0, buffer, match };
    const char *end = path + n;
    char *out = buffer;
    if (n == 0 || path[0] != '/')
        return 0;
    while (path < end) {
        const char *start = ++path;
        const char *slash = memchr(start, '/', (size_t)(end - start));
        path = slash ? slash : end;
        if (w.count == MF_MAX_SEGMENTS)
            return 0;
        size_t length = (size_t)(path - start);
        if (memchr(start, '%', length))
            length = mf_percent_decode(start, length, out);
        else
            memcpy(out, start, length);
        segments[w.count++] = (segment){ out, length };
        out += length;
        w.end = out;
        if (slash)
            *out++ = '/';
    }
    return descend(&w, 0, 0, 0);
}

void mf_match_allow(const mf_match *match, char allow[MF_ALLOW_SIZE])
{
    static const char *const names[MF_METHODS] = { "GET,HEAD", "POST",  "PUT",
                                                   "DELETE",   "PATCH", "HEAD",
                                                   "OPTIONS" };
    allow[0] = '\0';
    for (int i = 0; i < MF_METHODS; i++) {
        if (match->route[i] < 0 || (i == MF_HEAD && match->route[MF_GET] >= 0))
            continue;
        if (allow[0])
            strcat(allow, ",");
        strcat(allow, names[i]);
    }
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t mf_percent_decode(const char *text, size_t n, char *out)
{
    char *at = out;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '%' && i + 2 < n && hex(text[i + 1]) >= 0
            && hex(text[i + 2]) >= 0) {
            *at++ = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            *at++ = text[i];
        }
    }
    return (size_t)(at - out);
}

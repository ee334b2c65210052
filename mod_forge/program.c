// SPDX-License-Identifier: Apache-2.0
/* Makes programs: template, then router.
 *
 * A conflict of routes is reported like an error of the program, at the later one of
 * the two declarations. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *put_word(char **at, const char *word)
{
    char *start = *at;
    size_t n = strlen(word) + 1;
    memcpy(start, word, n);
    *at += n;
    return start;
}

static const char *word_or(const char *word, const char *otherwise)
{
    return word ? word : otherwise;
}

mf_program *mf_program_broken(const forge_report *r)
{
    const char *message = word_or(r->message, "unknown error");
    const char *kind = word_or(r->kind, "Error");
    const char *file = word_or(r->place.file, "-");
    const char *text = word_or(r->text, "");
    mf_program *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->words = malloc(strlen(message) + strlen(kind) + strlen(file) + strlen(text) + 4);
    if (!p->words) {
        free(p);
        return NULL;
    }
    char *at = p->words;
    p->report.message = put_word(&at, message);
    p->report.kind = put_word(&at, kind);
    p->report.place = r->place;
    p->report.place.file = put_word(&at, file);
    p->report.text = put_word(&at, text);
    return p;
}

static mf_program *conflict(const mf_route *route, const mf_router_error *e)
{
    char text[1024];
    snprintf(text, sizeof text, "%s:%u:%u: %s\n", route->file, route->line,
             route->column, e->message);
    forge_report report = { .message = e->message, .kind = "RouteError", .text = text };
    report.place = (forge_place){ route->file, route->line, route->column };
    return mf_program_broken(&report);
}

/* Routes in the router's terms; NULL without memory. */
static mf_route *collect_routes(const forge_route *from, uint32_t n, const char *file)
{
    mf_route *routes = calloc(n ? n : 1, sizeof *routes);
    for (uint32_t i = 0; routes && i < n; i++) {
        const forge_route *r = &from[i];
        routes[i] = (mf_route){ r->method, r->pattern, word_or(r->place.file, file),
                                r->place.line, r->place.column };
    }
    return routes;
}

/* The router; or NULL, with *broken set if the routes are at fault. */
static mf_router *make_router(const forge_route *from, uint32_t n, const char *file,
                              mf_program **broken)
{
    mf_router_error e = { .message = "" };
    mf_route *routes = collect_routes(from, n, file);
    mf_router *router = routes ? mf_router_new(routes, n, &e) : NULL;
    *broken = routes && !router && e.message[0] ? conflict(&routes[e.route], &e) : NULL;
    free(routes);
    return router;
}

mf_program *mf_program_of_routes(const forge_route *routes, uint32_t n,
                                 const char *file)
{
    mf_program *broken;
    mf_router_free(make_router(routes, n, file, &broken));
    return broken;
}

static mf_program *with_router(forge_template *t, const char *file)
{
    mf_program *p;
    mf_router *router =
        make_router(forge_route_get(t, 0), forge_route_count(t), file, &p);
    if (router && (p = calloc(1, sizeof *p)) != NULL)
        *p = (mf_program){ .tmpl = t, .router = router };
    else
        mf_router_free(router);
    return p;
}

mf_program *mf_program_of(forge_template *t, const char *file)
{
    mf_program *p;
    if (forge_is_page(t)) {
        p = calloc(1, sizeof *p);
        if (p)
            p->tmpl = t;
    } else {
        p = with_router(t, file);
    }
    if (!p || !p->tmpl)
        forge_template_free(t);
    return p;
}

mf_program *mf_program_build(const char *file, const char *source, size_t n,
                             const forge_loader *loader, const forge_limits *limits,
                             const forge_env *env)
{
    forge_template *t = NULL;
    forge_error *e = NULL;
    forge_build b = { .file = file, .source = source, .source_len = n };
    b.auto_page = 1;
    b.limits = *limits;
    b.env = *env;
    b.loader = loader;
    if (forge_build_template(&b, &t, &e) == FORGE_OK)
        return mf_program_of(t, file);
    forge_report none = { .message = "out of memory", .kind = "MemoryError" };
    none.place.file = file;
    mf_program *p = mf_program_broken(e ? forge_error_report(e) : &none);
    forge_error_free(e);
    return p;
}

void mf_program_free(mf_program *p)
{
    if (!p)
        return;
    mf_router_free(p->router);
    if (p->tmpl)
        forge_template_free(p->tmpl);
    free(p->words);
    free(p);
}

size_t mf_program_size(const mf_program *p)
{
    size_t fixed = sizeof *p + 4096;
    return p->tmpl ? fixed + forge_template_size(p->tmpl) : fixed;
}

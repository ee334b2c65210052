// SPDX-License-Identifier: Apache-2.0
/* `forge doc`: what the tables of the standard library say of themselves. */
#include "cli/cli.h"

#include "base/nearest.h"
#include "lib/library.h"
#include "lib/signature.h"

#include <stdio.h>
#include <stdlib.h>

#define WIDTH 44 /* of the calls in a list */

static const fg_library *const lib = &fg_standard_library;

static const char *const rights[] = {
#define X(name, text) text,
    FG_CAPABILITIES(X)
#undef X
};

/* Lists are for terminals, or with --markdown for the manual. */
static bool markdown;

/* ---- lists ---------------------------------------------------------------------------- */

typedef struct list {
    const fg_native **at;
    uint32_t n, cap;
    bool failed;
} list;

static void add(void *ctx, const fg_native *n)
{
    list *l = ctx;
    if (l->n == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 64;
        const fg_native **more = realloc(l->at, cap * sizeof *more);
        if (!more) {
            l->failed = true;
            return;
        }
        l->at = more;
        l->cap = cap;
    }
    l->at[l->n++] = n;
}

static int by_doc(const void *a, const void *b)
{
    const fg_native *const *x = a, *const *y = b;
    return strcmp((*x)->doc, (*y)->doc);
}

static void print_title(const char *title)
{
    printf(markdown ? "## %s\n\n" : "%s\n", title);
}

static void print_item(const fg_native *n, const fg_signature *s)
{
    printf("- `%.*s`: %.*s", (int)s->call.n, s->call.p, (int)s->meaning.n,
           s->meaning.p);
    for (uint32_t i = 0; i < FG_COUNT(rights); i++)
        if (n->caps >> i & 1)
            printf("; needs the right `%s`", rights[i]);
    printf("\n");
}

static void print_row(const fg_native *n)
{
    fg_signature s;
    if (!fg_signature_read(n, &s))
        return;
    if (markdown)
        print_item(n, &s);
    else
        printf("  %-*.*s  %.*s\n", WIDTH, (int)s.call.n, s.call.p, (int)s.meaning.n,
               s.meaning.p);
}

/* Each once, in the order of their docs. */
static void print_sorted(const char *title, list *l)
{
    qsort(l->at, l->n, sizeof *l->at, by_doc);
    print_title(title);
    for (uint32_t i = 0; i < l->n; i++)
        if (i == 0 || l->at[i] != l->at[i - 1])
            print_row(l->at[i]);
}

static void print_module(void *ctx, const fg_module *m)
{
    (void)ctx;
    print_title(m->name);
    for (uint32_t i = 0; i < m->nmembers; i++)
        print_row(&m->members[i].native);
}

static void print_module_apart(void *ctx, const fg_module *m)
{
    printf("\n");
    print_module(ctx, m);
}

/* The natives that a method may be, other than global functions. */
static void add_method(list *l, const fg_method *m)
{
    for (uint32_t t = 0; t < FG_USER_TYPES; t++)
        if (m->on[t])
            add(l, m->on[t]);
}

static int print_all(void)
{
    list globals = { 0 }, methods = { 0 };
    lib->each_global(add, &globals);
    for (uint32_t i = 0; i < lib->nmethods; i++)
        add_method(&methods, &lib->methods[i]);
    bool failed = globals.failed || methods.failed;
    if (!failed) {
        if (markdown)
            printf("# The standard library\n\n");
        print_sorted("functions", &globals);
        printf("\n");
        print_sorted(
            "methods, besides functions whose first argument they are called on",
            &methods);
        lib->each_module(print_module_apart, NULL);
        lib->each_type(print_module_apart, NULL);
    }
    free(globals.at);
    free(methods.at);
    if (failed)
        cli_error("no memory");
    return failed ? CLI_FAILED : CLI_OK;
}

/* ---- single names --------------------------------------------------------------------- */

static void print_native(const fg_native *n)
{
    fg_signature s;
    if (!fg_signature_read(n, &s))
        return;
    if (markdown) {
        print_item(n, &s);
        return;
    }
    printf("%.*s\n    %.*s\n", (int)s.call.n, s.call.p, (int)s.meaning.n, s.meaning.p);
    for (uint32_t i = 0; i < FG_COUNT(rights); i++)
        if (n->caps >> i & 1)
            printf("    needs the right %s\n", rights[i]);
}

/* A method that is no function; false if there is none. */
static bool print_method(fg_slice name)
{
    int32_t at = lib->method(name);
    if (at < 0)
        return false;
    const fg_method *m = &lib->methods[at];
    list l = { 0 };
    add_method(&l, m);
    if (m->any)
        add(&l, m->any);
    for (uint32_t i = 0; i < l.n; i++)
        print_native(l.at[i]);
    free(l.at);
    return true;
}

static void note(void *ctx, const char *name)
{
    fg_nearest_add(ctx, fg_slice_str(name));
}

static bool unknown(const char *name)
{
    fg_nearest g;
    fg_nearest_init(&g, fg_slice_str(name));
    lib->each_name(note, &g);
    for (uint32_t i = 0; i < lib->nmethods; i++)
        note(&g, lib->methods[i].name);
    cli_error("the standard library has no '%s'", name);
    if (g.best.n)
        cli_hint("did you mean '%.*s'?", (int)g.best.n, g.best.p);
    else
        cli_hint("forge doc lists all there is");
    return false;
}

/* The module or type with this name, or NULL. */
static const fg_module *find_table(fg_slice name)
{
    const fg_module *m = lib->module(name);
    return m ? m : lib->type(name);
}

/* A function, and the module of the same name if there is one; false: there is neither. */
static bool print_plain(fg_slice name)
{
    const fg_native *n = lib->global(name);
    const fg_module *m = find_table(name);
    if (n)
        print_native(n);
    if (n && m)
        printf("\n");
    if (m)
        print_module(NULL, m);
    return n || m || print_method(name);
}

static bool print_name(const char *name)
{
    const char *dot = strchr(name, '.');
    if (!dot)
        return print_plain(fg_slice_str(name)) || unknown(name);
    const fg_module *m = find_table(fg_slice_of(name, (uint32_t)(dot - name)));
    const fg_member *found = m ? fg_module_member(m, fg_slice_str(dot + 1)) : NULL;
    if (found)
        print_native(&found->native);
    return found || unknown(name);
}

int cli_doc(int argc, char **argv)
{
    int status = CLI_OK;
    markdown = argc > 0 && strcmp(argv[0], "--markdown") == 0;
    argc -= markdown;
    argv += markdown;
    if (argc == 0)
        return print_all();
    for (int i = 0; i < argc; i++) {
        if (i > 0)
            printf("\n");
        if (!print_name(argv[i]))
            status = CLI_FAILED;
    }
    return status;
}

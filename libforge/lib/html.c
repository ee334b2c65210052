// SPDX-License-Identifier: Apache-2.0
/* The html module: text as HTML and back, and templates that are given as text.
 *
 * A fork keeps the templates it compiled last, so that a loop that fills one does not
 * compile it again.  Their memory counts against the fork's limit. */
#include "lib/html_entity.h"
#include "lib/lib.h"
#include "lib/page.h"
#include "lib/page_escape.h"

#define KEPT 16u
#define KEPT_BYTES ((size_t)1 << 20) /* above this only the last one is kept */

static fg_status string_arg(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                            fg_string **s)
{
    fg_value v = fg_arg(argc, argv, 0);
    *s = v.as.str;
    if (fg_is_string(v))
        return FG_OK;
    return fg_raise(vm, FG_E_TYPE, "html.%s() requires a string, got %s", name,
                    argc < 1 ? "nothing" : fg_type_name(&v));
}

/* ---- escaping ------------------------------------------------------------------- */

static fg_status convert(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                         void (*how)(fg_bytes *, fg_slice), fg_value *out)
{
    fg_string *s;
    fg_bytes b;
    FG_TRY(string_arg(vm, argc, argv, name, &s));
    FG_TRY(fg_work(vm, s->len));
    fg_begin_text(vm, &b);
    how(&b, fg_string_slice(s));
    return fg_take_bytes(vm, &b, out);
}

static fg_status html_escape(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return convert(vm, argc, argv, "escape", fg_escape_html, out);
}

static fg_status html_unescape(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return convert(vm, argc, argv, "unescape", fg_html_unescape, out);
}

/* ---- templates ------------------------------------------------------------------ */

typedef struct kept {
    fg_page *page; /* NULL: free */
    char *text;
    uint32_t n, hash;
    uint64_t used; /* when, by the shelf's clock */
} kept;

typedef struct shelf {
    fg_resource resource;
    fg_vm *vm;
    size_t bytes;
    uint64_t clock;
    kept pages[KEPT];
} shelf;

static void *take(void *ctx, size_t size) { return fg_memory_take(ctx, size); }

static void give(void *ctx, void *at, size_t size) { fg_memory_give(ctx, at, size); }

static void forget(shelf *s, kept *k)
{
    if (!k->page)
        return;
    s->bytes -= fg_page_bytes(k->page) + k->n;
    fg_page_free(k->page);
    fg_memory_give(s->vm, k->text, k->n + 1);
    k->page = NULL;
}

static void shelf_end(fg_vm *vm, fg_resource *resource)
{
    shelf *s = (shelf *)(void *)resource;
    for (uint32_t i = 0; i < KEPT; i++)
        forget(s, &s->pages[i]);
    fg_memory_give(vm, s, sizeof *s);
}

static shelf *shelf_of(fg_vm *vm)
{
    shelf *s = (shelf *)(void *)fg_resource_of(vm, shelf_end);
    if (s)
        return s;
    s = fg_memory_take(vm, sizeof *s);
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    s->vm = vm;
    fg_resource_add(vm, &s->resource, shelf_end);
    return s;
}

/* A place for one more of that size: the one that was not used for the longest time. */
static kept *make_room(shelf *s, size_t bytes)
{
    kept *oldest = &s->pages[0];
    for (uint32_t i = 0; i < KEPT; i++) {
        kept *k = &s->pages[i];
        if (s->bytes + bytes > KEPT_BYTES)
            forget(s, k);
        if (!k->page || (oldest->page && k->used < oldest->used))
            oldest = k;
    }
    forget(s, oldest);
    return oldest;
}

static fg_status compile(shelf *s, fg_slice text, uint32_t hash, kept **out)
{
    fg_vm *vm = s->vm;
    fg_page_fault fault;
    fg_host host = { take, give, vm };
    fg_bytes room;
    fg_begin_text(vm, &room); /* what is left of the memory */
    fg_page *p =
        fg_page_compile(&host, room.max, FG_SLICE("template"), text, NULL, &fault);
    if (!p)
        return fg_page_raise(vm, &fault);
    char *copy = fg_memory_take(vm, text.n + 1); /* never nothing */
    if (!copy) {
        fg_page_free(p);
        return FG_NOMEM;
    }
    memcpy(copy, text.p, text.n);
    kept *k = make_room(s, fg_page_bytes(p) + text.n);
    *k = (kept){ .page = p, .text = copy, .n = text.n, .hash = hash };
    s->bytes += fg_page_bytes(p) + text.n;
    *out = k;
    return FG_OK;
}

/* The compiled template; stays until another is asked for. */
static fg_status page_of(fg_vm *vm, fg_string *text, const fg_page **out)
{
    shelf *s = shelf_of(vm);
    kept *found = NULL;
    if (!s)
        return FG_NOMEM;
    uint32_t hash = fg_string_hash(text);
    for (uint32_t i = 0; i < KEPT && !found; i++) {
        kept *k = &s->pages[i];
        if (k->page && k->hash == hash
            && fg_slice_eq(fg_slice_of(k->text, k->n), fg_string_slice(text)))
            found = k;
    }
    if (!found)
        FG_TRY(compile(s, fg_string_slice(text), hash, &found));
    found->used = ++s->clock;
    *out = found->page;
    return FG_OK;
}

static fg_status html_render(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *text;
    const fg_page *page;
    fg_value data = fg_null();
    FG_TRY(string_arg(vm, argc, argv, "render", &text));
    FG_TRY(fg_work(vm, text->len));
    FG_TRY(page_of(vm, text, &page));
    if (argc > 1)
        fg_copy(&data, &argv[1]);
    return fg_page_fill(vm, page, &data, out);
}

static const fg_member members[] = {
    FG_FN("html.escape", html_escape, FG_CAP_NONE,
          "(text): text with & < > \" ' as entities"),
    FG_FN("html.unescape", html_unescape, FG_CAP_NONE,
          "(text): text with all entities of HTML replaced"),
    FG_FN("html.render", html_render, FG_CAP_NONE,
          "(template, data?): the template's text with values of data, escaped for "
          "where they stand"),
};

const fg_module fg_html_module = { "html", FG_COUNT(members), members };

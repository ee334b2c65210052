// SPDX-License-Identifier: Apache-2.0
/* Compiling patterns and keeping them (see regex_cache.h). */
#include "lib/regex_cache.h"

#include "base/hash.h"
#include "base/utf8.h"

#define KEPT_BYTES ((size_t)2 << 20) /* the longest unused patterns go above this */
#define DATA_BYTES ((size_t)128 << 10)
#define HEAP_KIB 32768u     /* what one match may remember for going back */
#define NATIVE_AFTER 16384u /* bytes searched before machine code pays */
#define CALL_BYTES 512u     /* that one search counts at least */
#define SHOWN 60u           /* characters of the pattern around a fault */

/* ---- memory ---------------------------------------------------------------------------- */

#define HEADER 16u /* holds the size, keeps the alignment */

static void *memory_get(size_t size, void *ctx)
{
    fg_regex_memory *m = ctx;
    char *at = size > FG_MAX_LEN ? NULL : fg_memory_take(m->vm, size + HEADER);
    if (!at)
        return NULL;
    m->bytes += size + HEADER;
    memcpy(at, &size, sizeof size);
    return at + HEADER;
}

static void memory_put(void *at, void *ctx)
{
    fg_regex_memory *m = ctx;
    size_t size;
    if (!at)
        return;
    memcpy(&size, (char *)at - HEADER, sizeof size);
    m->bytes -= size + HEADER;
    fg_memory_give(m->vm, (char *)at - HEADER, size + HEADER);
}

/* ---- birth and end --------------------------------------------------------------------- */

static void forget(fg_regex_cache *c, fg_regex **slot)
{
    fg_regex *r = *slot;
    if (!r)
        return;
    *slot = NULL;
    size_t native = r->any.native_bytes + r->ascii.native_bytes;
    c->code.vm->heap.bytes -= native;
    c->code.bytes -= native;
    pcre2_code_free(r->any.code);
    pcre2_code_free(r->ascii.code);
    pcre2_code_free(r->watched);
    memory_put(r, &c->code);
}

static void cache_end(fg_vm *vm, fg_resource *resource)
{
    fg_regex_cache *c = (fg_regex_cache *)(void *)resource;
    for (uint32_t i = 0; i < FG_REGEX_KEPT; i++)
        forget(c, &c->kept[i]);
    pcre2_match_data_free(c->data);
    pcre2_match_context_free(c->limits);
    pcre2_compile_context_free(c->compile);
    pcre2_general_context_free(c->match_context);
    pcre2_general_context_free(c->code_context);
    assert(c->code.bytes == 0 && c->match.bytes == 0);
    fg_memory_give(vm, c, sizeof *c);
}

static bool make_contexts(fg_regex_cache *c)
{
    c->code_context = pcre2_general_context_create(memory_get, memory_put, &c->code);
    c->match_context = pcre2_general_context_create(memory_get, memory_put, &c->match);
    if (!c->code_context || !c->match_context)
        return false;
    c->compile = pcre2_compile_context_create(c->code_context);
    c->limits = pcre2_match_context_create(c->match_context);
    if (!c->compile || !c->limits)
        return false;
    pcre2_set_newline(c->compile, PCRE2_NEWLINE_LF);
    pcre2_set_heap_limit(c->limits, HEAP_KIB);
    return true;
}

fg_status fg_regex_cache_of(fg_vm *vm, fg_regex_cache **out)
{
    fg_regex_cache *c = (void *)fg_resource_of(vm, cache_end);
    *out = c;
    if (c)
        return FG_OK;
    c = fg_memory_take(vm, sizeof *c);
    if (!c)
        return FG_NOMEM;
    memset(c, 0, sizeof *c);
    c->code.vm = c->match.vm = vm;
    if (!make_contexts(c)) {
        cache_end(vm, &c->resource);
        return FG_NOMEM;
    }
    fg_resource_add(vm, &c->resource, cache_end);
    *out = c;
    return FG_OK;
}

/* ---- bad patterns ------------------------------------------------------------------------ */

static const struct fault {
    const char *text, *hint;
} faults[] = {
#define X(name, text, hint) { text, hint },
    FG_REGEX_FAULTS(X)
#undef X
};

/* The byte that is n characters before (after) `at`, within the line. */
static uint32_t back(fg_slice s, uint32_t at, uint32_t n)
{
    for (; n > 0 && at > 0 && s.p[at - 1] != '\n'; n--)
        do
            at--;
        while (at > 0 && ((uint8_t)s.p[at] & 0xc0) == 0x80);
    return at;
}

static uint32_t ahead(fg_slice s, uint32_t at, uint32_t n)
{
    for (; n > 0 && at < s.n && s.p[at] != '\n'; n--)
        do
            at++;
        while (at < s.n && ((uint8_t)s.p[at] & 0xc0) == 0x80);
    return at;
}

static fg_status raise_fault(fg_vm *vm, fg_slice pattern, const fg_translator *t)
{
    const struct fault *f = &faults[t->fault];
    if (t->fault == FG_RX_TOO_LONG || t->fault == FG_RX_NOT_UTF8) {
        fg_raise(vm, FG_E_RUNTIME, "invalid regex: %s", f->text);
    } else {
        fg_bytes b;
        fg_bytes_init(&b);
        uint32_t first = back(pattern, t->from, SHOWN);
        uint32_t last = ahead(pattern, t->from, SHOWN);
        uint32_t blanks = fg_utf8_len(fg_slice_of(pattern.p + first, t->from - first));
        uint32_t to = t->to < last ? t->to : last;
        uint32_t carets =
            to > t->from ? fg_utf8_len(fg_slice_of(pattern.p + t->from, to - t->from))
                         : 1;
        fg_bytes_slice(&b, fg_slice_of(pattern.p + first, last - first));
        fg_bytes_fmt(&b, "\n    %*s", (int)blanks, "");
        for (uint32_t i = 0; i < carets; i++)
            fg_bytes_char(&b, '^');
        fg_raise(vm, FG_E_RUNTIME,
                 "invalid regex: regex parse error:\n    %.*s\nerror: %s", (int)b.n,
                 b.p, f->text);
        fg_bytes_drop(&b);
    }
    return f->hint[0] ? fg_hint(vm, "%s", f->hint) : FG_RAISED;
}

/* What PCRE2 says of a translation. */
static fg_status raise_error(fg_vm *vm, fg_slice pattern, fg_translator *t, int error)
{
    char text[256] = "";
    if (error == PCRE2_ERROR_HEAP_FAILED) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    if (error == PCRE2_ERROR_PATTERN_TOO_LARGE
        || error == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP) {
        fg_regex_fail(t,
                      error == PCRE2_ERROR_PATTERN_TOO_LARGE ? FG_RX_TOO_LARGE
                                                             : FG_RX_TOO_DEEP,
                      0, pattern.n);
        return raise_fault(vm, pattern, t);
    }
    pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
    fg_raise(vm, FG_E_RUNTIME, "invalid regex: it cannot be compiled: %s", text);
    return fg_hint(vm, "make the pattern simpler");
}

/* ---- compiling ------------------------------------------------------------------------------ */

static pcre2_code *compile_form(fg_regex_cache *c, const fg_translator *t,
                                uint32_t options, int *error)
{
    size_t at;
    options |= PCRE2_DOTALL | PCRE2_ALT_CIRCUMFLEX | PCRE2_USE_OFFSET_LIMIT;
    if (!t->ascii)
        options |= PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK;
    return pcre2_compile((PCRE2_SPTR)t->out.p, t->out.n, options, error, &at,
                         c->compile);
}

static fg_status compile(fg_regex_cache *c, fg_slice pattern, fg_translator *t,
                         fg_regex **out)
{
    fg_vm *vm = c->code.vm;
    int error;
    pcre2_code *code = compile_form(c, t, 0, &error);
    if (!code)
        return raise_error(vm, pattern, t, error);
    uint32_t options = 0, first = 0;
    pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
    pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODETYPE, &first);
    fg_regex *r = memory_get(sizeof *r + pattern.n + t->names.n, &c->code);
    if (!r) {
        pcre2_code_free(code);
        return FG_NOMEM;
    }
    *r = (fg_regex){ .any = { .code = code, .cost = t->cost },
                     .hash = fg_hash_bytes(pattern.p, pattern.n),
                     .ngroups = t->groups + 1,
                     .anchored = options & PCRE2_ANCHORED,
                     .at_lines = first == 2,
                     .npattern = pattern.n,
                     .nnames = t->names.n / (uint32_t)sizeof(fg_group_name) };
    memcpy(r->pattern, pattern.p, pattern.n);
    memcpy(r->pattern + pattern.n, t->names.p, t->names.n);
    *out = r;
    return FG_OK;
}

/* A free place, or that of what was not used for the longest time. */
static fg_regex **oldest(fg_regex_cache *c)
{
    fg_regex **slot = &c->kept[0];
    for (uint32_t i = 0; i < FG_REGEX_KEPT; i++) {
        if (!c->kept[i])
            return &c->kept[i];
        if (c->kept[i]->used < (*slot)->used)
            slot = &c->kept[i];
    }
    return slot;
}

/* The one that was not used for the longest time, but not `but`; NULL: there is none. */
static fg_regex **oldest_but(fg_regex_cache *c, const fg_regex *but)
{
    fg_regex **slot = NULL;
    for (uint32_t i = 0; i < FG_REGEX_KEPT; i++)
        if (c->kept[i] && c->kept[i] != but
            && (!slot || c->kept[i]->used < (*slot)->used))
            slot = &c->kept[i];
    return slot;
}

static void keep_small(fg_regex_cache *c, const fg_regex *but)
{
    fg_regex **slot;
    while (c->code.bytes > KEPT_BYTES && (slot = oldest_but(c, but)))
        forget(c, slot);
}

fg_status fg_regex_get(fg_regex_cache *c, fg_slice pattern, fg_regex **out)
{
    uint32_t hash = fg_hash_bytes(pattern.p, pattern.n);
    for (uint32_t i = 0; i < FG_REGEX_KEPT; i++) {
        fg_regex *r = c->kept[i];
        if (!r || r->hash != hash
            || !fg_slice_eq(fg_slice_of(r->pattern, r->npattern), pattern))
            continue;
        r->used = ++c->clock;
        *out = r;
        return FG_OK;
    }
    fg_translator t;
    fg_status status = fg_regex_translate(&t, pattern, false)
                           ? compile(c, pattern, &t, out)
                           : raise_fault(c->code.vm, pattern, &t);
    fg_translator_drop(&t);
    FG_TRY(status);
    fg_regex **slot = oldest(c);
    forget(c, slot);
    *slot = *out;
    (*out)->used = ++c->clock;
    keep_small(c, *out);
    return FG_OK;
}

/* ---- running ------------------------------------------------------------------------------- */

fg_status fg_regex_data(fg_regex_cache *c, const fg_regex *r)
{
    if (c->data && c->pairs >= r->ngroups)
        return FG_OK;
    pcre2_match_data_free(c->data);
    c->data = pcre2_match_data_create(r->ngroups, c->match_context);
    c->pairs = r->ngroups;
    return c->data ? FG_OK : FG_NOMEM;
}

void fg_regex_data_trim(fg_regex_cache *c)
{
    if (c->match.bytes <= DATA_BYTES)
        return;
    pcre2_match_data_free(c->data);
    c->data = NULL;
}

/* Compiles the pattern for ASCII texts, if it can be. */
static void compile_ascii(fg_regex_cache *c, fg_regex *r)
{
    fg_translator t;
    int error;
    r->ascii_tried = true;
    if (fg_regex_translate(&t, fg_slice_of(r->pattern, r->npattern), true) && !t.wide)
        r->ascii.code = compile_form(c, &t, 0, &error);
    r->ascii.cost = t.cost;
    fg_translator_drop(&t);
}

const pcre2_code *fg_regex_watched(fg_regex_cache *c, fg_regex *r)
{
    fg_translator t;
    int error;
    if (r->watched_tried)
        return r->watched;
    r->watched_tried = true;
    if (fg_regex_translate(&t, fg_slice_of(r->pattern, r->npattern), false))
        r->watched = compile_form(c, &t, PCRE2_AUTO_CALLOUT, &error);
    fg_translator_drop(&t);
    keep_small(c, r);
    return r->watched;
}

static void compile_native(fg_regex_cache *c, fg_regex_form *f)
{
    size_t bytes = 0;
    f->native_tried = true;
    if (pcre2_jit_compile(f->code, PCRE2_JIT_COMPLETE) != 0)
        return; /* it runs without */
    pcre2_pattern_info(f->code, PCRE2_INFO_JITSIZE, &bytes);
    f->native_bytes = bytes;
    c->code.bytes += bytes;
    c->code.vm->heap.bytes += bytes;
}

fg_regex_form *fg_regex_form_for(fg_regex_cache *c, fg_regex *r, uint32_t n, bool ascii)
{
    fg_regex_form *f = ascii ? &r->ascii : &r->any;
    size_t before = c->code.bytes;
    f->read += n > CALL_BYTES ? n : CALL_BYTES;
    bool pays = f->read >= NATIVE_AFTER;
    if (ascii && pays && !r->ascii_tried)
        compile_ascii(c, r);
    if (!f->code)
        f = &r->any;
    if (pays && !f->native_tried)
        compile_native(c, f);
    if (c->code.bytes > before)
        keep_small(c, r);
    return f;
}

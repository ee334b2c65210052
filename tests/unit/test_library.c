// SPDX-License-Identifier: Apache-2.0
/* Walks the tables of the standard library: every function is called with too few
 * arguments, with values of every type in every place, with nothing and with very much.
 * It may succeed or raise an error of its own; it may not crash, hang, take memory past
 * the limit, or keep anything. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "prog.h"

#include "api.h"
#include "lib/signature.h"
#include "value/array.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY ((size_t)8 << 20)
#define MANY_BYTES ((uint32_t)MANY(1 << 20, 1 << 14))
#define PLACES 6 /* arguments that are tried */

static forge_template *tmpl;
static forge_site *site;
static char root[] = "/tmp/forge-library-XXXXXX";
static prog_host counted;
static uint32_t calls;

/* ---- the functions -------------------------------------------------------------------- */

typedef void check(const fg_native *n, const fg_signature *s);

static void visit_with(void *ctx, const fg_native *n, uint32_t before)
{
    fg_signature s;
    if (!fg_signature_read(n, &s))
        fail_msg("the doc of %s has no known form: %s", n->name, n->doc);
    s.min += before;
    s.max += s.max < UINT32_MAX ? before : 0;
    (*(check **)ctx)(n, &s);
}

static void visit(void *ctx, const fg_native *n) { visit_with(ctx, n, 0); }

static void visit_module(void *ctx, const fg_module *m)
{
    for (uint32_t i = 0; i < m->nmembers; i++)
        visit(ctx, &m->members[i].native);
}

/* Of methods the receiver comes first, which their docs do not list. */
static void visit_type(void *ctx, const fg_module *m)
{
    for (uint32_t i = 0; i < m->nmembers; i++)
        visit_with(ctx, &m->members[i].native, 1);
}

static void each(check *fn)
{
    const fg_library *l = &fg_standard_library;
    l->each_global(visit, &fn);
    l->each_module(visit_module, &fn);
    l->each_type(visit_type, &fn);
    for (uint32_t i = 0; i < l->nmethods; i++)
        for (uint32_t t = 0; t < FG_USER_TYPES; t++)
            if (l->methods[i].on[t])
                visit(&fn, l->methods[i].on[t]);
}

/* ---- values ----------------------------------------------------------------------------- */

static fg_value object(fg_vm *vm)
{
    fg_object *o = fg_object_empty(&vm->heap, 2);
    fg_value v = fg_int(7);
    fg_string *key = fg_string_new(&vm->heap, "a", 1);
    assert_int_equal(fg_object_set(&vm->heap, o, key, &v), FG_OK);
    return fg_obj_value(o);
}

static fg_value array_of(fg_vm *vm, fg_value v, uint32_t n)
{
    fg_array *a = fg_array_new(&vm->heap, n);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(fg_array_push(&vm->heap, a, &v), FG_OK);
    return fg_obj_value(a);
}

static fg_value text(fg_vm *vm, const char *s, size_t n)
{
    return fg_obj_value(fg_string_new(&vm->heap, s, (uint32_t)n));
}

static fg_value long_text(fg_vm *vm)
{
    char *s = malloc(MANY_BYTES);
    memset(s, 'a', MANY_BYTES);
    fg_value v = text(vm, s, MANY_BYTES);
    free(s);
    return v;
}

static fg_value wrapped(fg_vm *vm, uint64_t wrap)
{
    fg_value v = fg_int(1);
    assert_int_equal(fg_wrap(&vm->heap, wrap, &v, &v), FG_OK);
    return v;
}

static fg_value native(const char *name)
{
    return fg_native_value(fg_standard_library.global(fg_slice_str(name)));
}

/* What the methods of responses take. */
static fg_value response(fg_vm *vm)
{
    static const char *const names[] = { "status", "headers", "body", "kind",
                                         "__type__" };
    fg_value pair = array_of(vm, text(vm, "X", 1), 2);
    fg_value values[] = { fg_int(200), array_of(vm, pair, 2), fg_null(),
                          text(vm, "json", 4), text(vm, "Response", 8) };
    fg_object *o = fg_object_empty(&vm->heap, 5);
    for (uint32_t i = 0; i < FG_COUNT(names); i++) {
        fg_string *key = fg_string_new(&vm->heap, names[i], (uint32_t)strlen(names[i]));
        assert_int_equal(fg_object_set(&vm->heap, o, key, &values[i]), FG_OK);
    }
    return fg_obj_value(o);
}

/* clang-format off */
#define SAMPLES(X)                                                                        \
    X(fg_null()) X(fg_none()) X(fg_bool(true)) X(fg_int(0)) X(fg_int(-1)) X(fg_int(3))    \
    X(fg_int((int64_t)1 << 40)) X(fg_int(INT64_MIN)) X(fg_int(INT64_MAX))                 \
    X(fg_float(0.5)) X(fg_float(-1e300)) X(fg_float(__builtin_nan("")))                   \
    X(text(vm, "", 0)) X(text(vm, "a", 1)) X(text(vm, "a\0b", 3))                         \
    X(text(vm, "\xff\xc3", 2)) X(text(vm, "http://192.168.0.1/", 19))                     \
    X(text(vm, "%Q %", 4)) X(text(vm, "../../x", 7)) X(long_text(vm))                     \
    X(array_of(vm, fg_null(), 0)) X(array_of(vm, fg_int(2), 3))                           \
    X(array_of(vm, text(vm, "b", 1), 2)) X(array_of(vm, object(vm), 2))                   \
    X(array_of(vm, fg_float(0.1), MANY_BYTES / 64)) X(object(vm))                         \
    X(fg_obj_value(fg_object_empty(&vm->heap, 0))) X(wrapped(vm, FG_WRAP_OK))             \
    X(wrapped(vm, FG_WRAP_ERR)) X(wrapped(vm, FG_WRAP_SOME)) X(native("str"))             \
    X(native("push")) X(response(vm))
/* clang-format on */

static fg_value sample(fg_vm *vm, uint32_t which)
{
    uint32_t i = 0;
#define X(make)                                                                        \
    if (i++ == which)                                                                  \
        return make;
    SAMPLES(X)
#undef X
    return fg_null();
}

#define X(make) +1
#define NSAMPLES (0 SAMPLES(X))

/* ---- calls ------------------------------------------------------------------------------ */

static forge_fork *fork_with(uint32_t caps)
{
    forge_fork *f;
    forge_host host = prog_host_of(&counted);
    forge_limits limits = { .memory = MEMORY, .wall_us = MANY(100000, 3000000) };
    forge_env env = { .capabilities = caps, .site = site };
    assert_int_equal(forge_fork_begin(tmpl, &host, &limits, &env, &f), FORGE_OK);
    return f;
}

static forge_status call(forge_fork *f, const fg_native *n, uint32_t argc,
                         const uint32_t *samples)
{
    fg_vm *vm = fg_fork_vm(f);
    fg_array *list = fg_array_new(&vm->heap, argc);
    for (uint32_t i = 0; i < argc; i++) {
        fg_value v = sample(vm, samples[i]);
        assert_int_equal(fg_array_push(&vm->heap, list, &v), FG_OK);
    }
    forge_value args[] = { fg_to_outside(fg_native_value(n)),
                           fg_to_outside(fg_obj_value(list)) };
    calls++;
    return forge_call(f, "call", args, 2, NULL);
}

static const char *message_of(forge_fork *f)
{
    const forge_report *r = forge_fork_report(f);
    return r ? r->message : "";
}

/* What every call may end with. */
static void expect_sound(forge_fork *f, const fg_native *n, forge_status s)
{
    if (s == FORGE_ERROR && !message_of(f)[0])
        fail_msg("%s raises an error without a text", n->name);
    if (s == FORGE_EXIT && strcmp(n->name, "exit") != 0)
        fail_msg("%s ends the program", n->name);
    if (s != FORGE_OK && s != FORGE_ERROR && s != FORGE_LIMIT && s != FORGE_EXIT)
        fail_msg("%s ended with status %d", n->name, (int)s);
}

static void end(forge_fork *f, const fg_native *n)
{
    forge_fork_end(f);
    if (counted.bytes || counted.blocks)
        fail_msg("%s keeps %zu bytes in %zu blocks", n->name, counted.bytes,
                 counted.blocks);
}

static void try_with(const fg_native *n, uint32_t argc, const uint32_t *samples)
{
    forge_fork *f = fork_with(FORGE_CAP_ALL & ~FORGE_CAP_EXEC);
    expect_sound(f, n, call(f, n, argc, samples));
    end(f, n);
}

/* ---- tests ------------------------------------------------------------------------------ */

static void one_doc(const fg_native *n, const fg_signature *s)
{
    if (s->meaning.n == 0 || s->meaning.p[s->meaning.n - 1] == '.')
        fail_msg("the doc of %s is no sentence without a full stop", n->name);
    if (s->min > s->max || (s->max != FG_ANY_NUMBER && s->max > 255))
        fail_msg("%s takes %u to %u arguments", n->name, s->min, s->max);
}

static void docs(void **state)
{
    (void)state;
    each(one_doc);
}

static void one_right(const fg_native *n, const fg_signature *s)
{
    uint32_t none[PLACES] = { 0 };
    if (!n->caps || s->constant)
        return;
    forge_fork *f = fork_with(0);
    forge_status status = call(f, n, s->min < PLACES ? s->min : PLACES, none);
    assert_int_equal(status, FORGE_ERROR);
    if (!strstr(message_of(f), "denied"))
        fail_msg("%s is not refused: %s", n->name, message_of(f));
    end(f, n);
}

static void rights_are_needed(void **state)
{
    (void)state;
    each(one_right);
}

/* Functions that make do without what their docs ask for. */
static bool is_lenient(const char *name)
{
    static const char *const names[] = {
        "say", "yell", "whisper", "json.valid", "jwt.valid",
    };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Does the text say whose error it is, or what was expected? */
static bool is_own(const fg_native *n, const char *message)
{
    const char *name = strchr(n->name, '.') ? strchr(n->name, '.') + 1 : n->name;
    return strstr(message, name) || strstr(message, "argument")
           || strstr(message, "requires") || strstr(message, "not available");
}

static void one_arity(const fg_native *n, const fg_signature *s)
{
    uint32_t none[PLACES] = { 0 };
    if (s->constant || (n->caps & FG_CAP_EXEC))
        return;
    for (uint32_t argc = s->method; argc < s->min && argc < PLACES; argc++) {
        forge_fork *f = fork_with(FORGE_CAP_ALL);
        forge_status status = call(f, n, argc, none);
        expect_sound(f, n, status);
        if (status == FORGE_OK && !is_lenient(n->name))
            fail_msg("%s with %u of %u arguments is no error", n->name, argc, s->min);
        if (status == FORGE_ERROR && !is_own(n, message_of(f)))
            fail_msg("%s with %u arguments: %s", n->name, argc, message_of(f));
        end(f, n);
    }
}

static void too_few_arguments(void **state)
{
    (void)state;
    each(one_arity);
}

/* Every sample in every place, the others of a type that fits or does not. */
static void one_type(const fg_native *n, const fg_signature *s)
{
    static const uint32_t others[] = { 13, 5, 21, 25 }; /* "a", 3, [2, 2, 2], {a: 7} */
    uint32_t samples[PLACES];
    uint32_t most = s->max < PLACES       ? s->max
                    : s->min + 2 < PLACES ? s->min + 2
                                          : PLACES;
    if (s->constant)
        return;
    for (uint32_t place = 0; place < most; place++)
        for (uint32_t which = 0; which < NSAMPLES; which++)
            for (uint32_t o = 0; o < FG_COUNT(others); o++) {
                for (uint32_t i = 0; i < most; i++)
                    samples[i] = i == place ? which : others[o];
                if (most == 1 && o > 0)
                    break;
                try_with(n, most, samples);
            }
    for (uint32_t which = 0; which < NSAMPLES; which++) {
        for (uint32_t i = 0; i < most; i++)
            samples[i] = which;
        try_with(n, most, samples);
    }
}

static void every_type_everywhere(void **state)
{
    (void)state;
    each(one_type);
    print_message("%u calls\n", calls);
}

/* ---- a place of their own ------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    static const char source[] = "fn call(f, args) { return f(...args) }\n";
    forge_build b = { .file = "library.fg",
                      .source = source,
                      .source_len = strlen(source) };
    forge_site_options o = { .hosted = 1, .root = root, .only = "none.invalid" };
    if (!mkdtemp(root) || forge_build_template(&b, &tmpl, NULL) != FORGE_OK)
        return -1;
    site = forge_site_new(&o);
    return site ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    forge_site_free(site);
    forge_template_free(tmpl);
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docs),
        cmocka_unit_test(rights_are_needed),
        cmocka_unit_test(too_few_arguments),
        cmocka_unit_test(every_type_everywhere),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

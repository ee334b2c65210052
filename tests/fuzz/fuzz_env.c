// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a file of variables: what is set from them can be handed to a program,
 * and a second reading changes nothing. */
#include "fuzz.h"

#include "api.h"
#include "lib/env.h"

#define LARGEST ((size_t)1 << 14)

/* The program every input is read for, in a site with one variable; built once and kept. */
static forge_template *tmpl;
static forge_site *site;

static void build(void)
{
    static const char *const vars[] = { "HOME=/h", NULL };
    forge_site_options o = { .vars = vars };
    forge_build b = { .file = "fuzz", .source = "let x = 1\n", .source_len = 10 };
    REQUIRE(forge_build_template(&b, &tmpl, NULL) == FORGE_OK);
    site = forge_site_new(&o);
    REQUIRE(site);
}

typedef struct seen {
    uint64_t n, bytes;
    bool home;
} seen;

static fg_status look(void *ctx, fg_slice name, fg_slice value)
{
    seen *s = ctx;
    REQUIRE(fg_env_name(name));
    REQUIRE(!memchr(value.p, '\0', value.n));
    s->n++;
    s->bytes += (uint64_t)name.n + value.n;
    s->home |=
        fg_slice_eq(name, FG_SLICE("HOME")) && fg_slice_eq(value, FG_SLICE("/h"));
    return FG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const forge_limits limits = { .memory = 32u << 20 };
    forge_fork *f;
    if (size > LARGEST)
        return 0;
    if (!tmpl)
        build();
    forge_env env = { .site = site };
    REQUIRE(forge_fork_begin(tmpl, NULL, &limits, &env, &f) == FORGE_OK);
    fg_vm *vm = fg_fork_vm(f);
    fg_slice text = fg_slice_of((const char *)data, size);
    seen first = { 0 }, second = { 0 };
    fg_status status = fg_env_read(vm, "fuzz", text);
    if (status != FG_NOMEM) {
        REQUIRE(fg_env_each(vm, look, &first) == FG_OK);
        REQUIRE(first.home);
        fg_error_clear(vm);
        REQUIRE(fg_env_read(vm, "fuzz", text) == status);
        REQUIRE(fg_env_each(vm, look, &second) == FG_OK);
        REQUIRE(first.n == second.n && first.bytes == second.bytes);
    }
    forge_fork_end(f);
    return 0;
}

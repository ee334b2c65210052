// SPDX-License-Identifier: Apache-2.0
/* Compiler, interpreter, collector, freezing and forking: any text that compiles runs as a
 * page under tight limits, as an app whose first route is called with two arguments, and
 * as a module of a page.  A line "//---" ends a file: what is behind the n-th one can be
 * imported as "n". */
#define _GNU_SOURCE
#include "include/forge.h"
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

static const forge_limits limits = { .memory = 4u << 20,
                                     .fuel = 400000,
                                     .depth = 300,
                                     .output = 1u << 16,
                                     .wall_us = 200000 };

static void use(forge_template *t)
{
    forge_fork *f;
    forge_value out;
    if (forge_fork_begin(t, NULL, &limits, NULL, &f) != FORGE_OK)
        return;
    forge_value args[2] = { forge_int(3), forge_absent() };
    forge_status s = forge_is_page(t)           ? forge_run(f)
                     : forge_route_count(t) > 0 ? forge_call_route(f, 0, args, 2, &out)
                                                : FORGE_OK;
    if (s != FORGE_OK && s != FORGE_EXIT && !forge_fork_report(f))
        abort(); /* every failure has a report */
    forge_fork_end(f);
}

typedef struct texts {
    const char *at;
    size_t n;
} texts;

/* The n-th file of the text, from 0; empty when there are not so many. */
static texts part(texts t, int n)
{
    static const char mark[] = "//---\n";
    const char *behind = t.at + t.n, *end;
    while ((end = memmem(t.at, (size_t)(behind - t.at), mark, sizeof mark - 1))
           && n-- > 0)
        t.at = end + sizeof mark - 1;
    if (!end)
        end = behind;
    t.n = n > 0 ? 0 : (size_t)(end - t.at);
    return t;
}

static forge_found open_part(void *ctx, const char *path, forge_file *f)
{
    if (path[0] < '0' || path[0] > '9' || path[1])
        return FORGE_MISSING;
    texts t = part(*(const texts *)ctx, path[0] - '0');
    f->text = t.at;
    f->n = t.n;
    f->id[0] = (uint64_t)path[0];
    return FORGE_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char importer[] = "import \"0\"\n";
    texts all = { (const char *)data, size };
    forge_loader loader = { open_part, NULL, &all };
    texts own = part(all, 0);
    for (int way = 0; way < 3; way++) {
        forge_build b = { .file = "fuzz.fg",
                          .source = way < 2 ? own.at : importer,
                          .source_len = way < 2 ? own.n : sizeof importer - 1,
                          .page = way > 0,
                          .loader = &loader,
                          .limits = limits,
                          .region_size = 8u << 20 };
        forge_template *t;
        forge_error *e = NULL;
        if (forge_build_template(&b, &t, &e) == FORGE_OK) {
            fuzz_remember(data, size);
            use(t);
            forge_template_free(t);
        } else {
            forge_error_free(e);
        }
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return fuzz_mutate_or(data, size, max, seed, LLVMFuzzerMutate);
}

// SPDX-License-Identifier: Apache-2.0
/* Compiler, interpreter, collector, freezing and forking: any text that compiles runs as a
 * page under tight limits, and as an app whose first route is called with two arguments. */
#include "include/forge.h"
#include "mutate.h"

#include <stdlib.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int page = 0; page < 2; page++) {
        forge_build b = { .file = "fuzz.fg",
                          .source = (const char *)data,
                          .source_len = size,
                          .page = page,
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

// SPDX-License-Identifier: Apache-2.0
/* What fuzzers share: one program runs for every input, in a fork of its own. */
#ifndef FUZZ_H
#define FUZZ_H

#include "include/forge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(e)                                                                     \
    do {                                                                               \
        if (!(e))                                                                      \
            abort();                                                                   \
    } while (0)

/* A fork of the program, which is built once and kept. */
static inline forge_fork *fuzz_fork(const char *source)
{
    static const forge_limits limits = { .memory = 64u << 20, .fuel = 50000000 };
    static forge_template *program;
    forge_build build = { .file = "fuzz",
                          .source = source,
                          .source_len = strlen(source) };
    forge_fork *f;
    if (!program)
        REQUIRE(forge_build_template(&build, &program, NULL) == FORGE_OK);
    REQUIRE(forge_fork_begin(program, NULL, &limits, NULL, &f) == FORGE_OK);
    return f;
}

static inline forge_value fuzz_text(forge_fork *f, const void *p, size_t n)
{
    forge_value v;
    REQUIRE(forge_string(f, p, n, &v) == FORGE_OK);
    return v;
}

/* Calls a function that checks something and says "ok".  False: it ended in an error,
 * which the fork's report is about. */
static inline bool fuzz_agree(forge_fork *f, const char *name, const forge_value *argv,
                              uint32_t argc)
{
    forge_value out;
    size_t n;
    if (forge_call(f, name, argv, argc, &out) != FORGE_OK)
        return false;
    const char *said = forge_to_string(out, &n);
    REQUIRE(said && n == 2 && memcmp(said, "ok", 2) == 0);
    return true;
}

/* Did a limit end it? */
static inline bool fuzz_limited(forge_fork *f)
{
    return strcmp(forge_fork_report(f)->kind, "LimitError") == 0;
}

#endif

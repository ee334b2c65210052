// SPDX-License-Identifier: Apache-2.0
/* Any bytes are TOML: they are refused with a place, or what is written of their value is
 * read as the same. */
#include "include/forge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(e)                                                                     \
    do {                                                                               \
        if (!(e))                                                                      \
            abort();                                                                   \
    } while (0)

#define LARGEST ((size_t)1 << 16)

/* NaN is like no value, so texts are compared too. */
static const char source[] =
    "fn agree(text) {\n"
    "    let value = toml.parse(text)\n"
    "    let written = toml.stringify(value)\n"
    "    let again = toml.parse(written)\n"
    "    if again != value && !contains(written, \"nan\") { return \"values\" }\n"
    "    if toml.stringify(again) != written { return \"texts\" }\n"
    "    return \"ok\"\n"
    "}\n";

static const forge_limits limits = { .memory = 64u << 20, .fuel = 50000000 };

/* The program every input runs in; built once and kept. */
static forge_template *template_of(void)
{
    static forge_template *t;
    forge_build build = { .file = "fuzz",
                          .source = source,
                          .source_len = sizeof source - 1 };
    if (!t)
        REQUIRE(forge_build_template(&build, &t, NULL) == FORGE_OK);
    return t;
}

static void check(forge_fork *f, const char *text, size_t size)
{
    forge_value arg, out;
    size_t n;
    REQUIRE(forge_string(f, text, size, &arg) == FORGE_OK);
    if (forge_call(f, "agree", &arg, 1, &out) == FORGE_OK) {
        const char *answer = forge_to_string(out, &n);
        REQUIRE(answer && n == 2 && memcmp(answer, "ok", 2) == 0);
        return;
    }
    const forge_report *report = forge_fork_report(f);
    REQUIRE(strcmp(report->kind, "LimitError") == 0
            || (strncmp(report->message, "TOML parse error: ", 18) == 0
                && strstr(report->message, " at line ")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forge_fork *f;
    if (size > LARGEST)
        return 0;
    REQUIRE(forge_fork_begin(template_of(), NULL, &limits, NULL, &f) == FORGE_OK);
    check(f, (const char *)data, size);
    forge_fork_end(f);
    return 0;
}

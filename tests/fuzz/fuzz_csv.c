// SPDX-License-Identifier: Apache-2.0
/* Any bytes are CSV: what is read is written so that it is read as the same again.  The
 * first byte chooses the separator. */
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

static const char source[] =
    "fn agree(text, separator) {\n"
    "    let as_text = { separator: separator, typed: false }\n"
    "    let rows = csv.parse(text, as_text)\n"
    "    if csv.parse(csv.stringify(rows, as_text), as_text) != rows {\n"
    "        return \"texts\"\n"
    "    }\n"
    "    let typed = csv.parse(text, { separator: separator })\n"
    "    if len(typed) != len(rows) { return \"rows\" }\n"
    "    if len(rows) > 0 && keys(typed[0]) != keys(rows[0]) { return \"keys\" }\n"
    "    csv.stringify(typed)\n"
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

static void check(forge_fork *f, const char *text, size_t size, char separator)
{
    forge_value argv[2], out;
    size_t n;
    REQUIRE(forge_string(f, text, size, &argv[0]) == FORGE_OK);
    REQUIRE(forge_string(f, &separator, 1, &argv[1]) == FORGE_OK);
    if (forge_call(f, "agree", argv, 2, &out) == FORGE_OK) {
        const char *answer = forge_to_string(out, &n);
        REQUIRE(answer && n == 2 && memcmp(answer, "ok", 2) == 0);
        return;
    }
    REQUIRE(strcmp(forge_fork_report(f)->kind, "LimitError") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = ",;\t |x0.";
    forge_fork *f;
    if (size < 1 || size > LARGEST)
        return 0;
    char separator = separators[data[0] % (sizeof separators - 1)];
    REQUIRE(forge_fork_begin(template_of(), NULL, &limits, NULL, &f) == FORGE_OK);
    check(f, (const char *)data + 1, size - 1, separator);
    forge_fork_end(f);
    return 0;
}

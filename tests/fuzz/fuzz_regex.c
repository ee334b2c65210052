// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a pattern and a text: the first byte says how long the pattern is.  Either
 * the pattern is refused with words, or matches, parts and replacements agree. */
#include "include/forge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(e)                                                                     \
    do {                                                                               \
        if (!(e))                                                                      \
            abort();                                                                   \
    } while (0)

#define LARGEST 4096u

/* "ok" when all functions agree; runs twice, so that the pattern is found again. */
static const char source[] =
    "fn agree(text, pattern) {\n"
    "    let all = regex.find_all(text, pattern)\n"
    "    let parts = regex.split(text, pattern)\n"
    "    let first = regex.find(text, pattern)\n"
    "    if regex.test(text, pattern) != (len(all) > 0) { return \"test\" }\n"
    "    if len(parts) != len(all) + 1 { return \"split\" }\n"
    "    if len(all) > 0 && first != all[0] { return \"find\" }\n"
    "    if len(all) == 0 && first != null { return \"null\" }\n"
    "    if regex.replace(text, pattern, \"$0\") != text { return \"replace\" }\n"
    "    if regex.replace(text, pattern, \"\") != join(parts, \"\") { return \"join\" "
    "}\n"
    "    regex.replace(text, pattern, text)\n"
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

static void check(forge_fork *f, const uint8_t *data, size_t pattern, size_t size)
{
    forge_value argv[2], out;
    size_t n;
    REQUIRE(forge_string(f, (const char *)data + pattern, size - pattern, &argv[0])
            == FORGE_OK);
    REQUIRE(forge_string(f, (const char *)data, pattern, &argv[1]) == FORGE_OK);
    if (forge_call(f, "agree", argv, 2, &out) == FORGE_OK) {
        const char *text = forge_to_string(out, &n);
        REQUIRE(text && n == 2 && memcmp(text, "ok", 2) == 0);
        return;
    }
    const char *kind = forge_fork_report(f)->kind;
    const char *message = forge_fork_report(f)->message;
    REQUIRE(strcmp(kind, "LimitError") == 0
            || strncmp(message, "invalid regex: ", 15) == 0
            || strncmp(message, "regex takes too many steps", 26) == 0);
    /* what is translated can be compiled */
    REQUIRE(strncmp(message, "invalid regex: it cannot", 24) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forge_fork *f;
    if (size < 1 || size > LARGEST)
        return 0;
    size_t pattern = data[0] < size - 1 ? data[0] : size - 1;
    REQUIRE(forge_fork_begin(template_of(), NULL, &limits, NULL, &f) == FORGE_OK);
    check(f, data + 1, pattern, size - 1);
    forge_fork_end(f);
    return 0;
}

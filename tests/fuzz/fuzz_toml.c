// SPDX-License-Identifier: Apache-2.0
/* Any bytes are TOML: they are refused with a place, or what is written of their value is
 * read as the same. */
#include "fuzz.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork(source);
    forge_value text = fuzz_text(f, data, size);
    if (!fuzz_agree(f, "agree", &text, 1) && !fuzz_limited(f)) {
        const char *message = forge_fork_report(f)->message;
        REQUIRE(strncmp(message, "TOML parse error: ", 18) == 0
                && strstr(message, " at line "));
    }
    forge_fork_end(f);
    return 0;
}

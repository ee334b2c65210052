// SPDX-License-Identifier: Apache-2.0
/* Any bytes are read as JSON: the result is an error with a place, or a value whose text
 * reads back to the same text. */
#include "fuzz.h"

#define LARGEST ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forge_value v, again;
    const char *text, *same;
    size_t n, m;
    if (size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork("let x = 1\n");
    forge_status status = forge_json_parse(f, (const char *)data, size, &v);
    if (status == FORGE_OK) {
        REQUIRE(forge_json_text(f, v, &text, &n) == FORGE_OK);
        REQUIRE(forge_json_parse(f, text, n, &again) == FORGE_OK);
        REQUIRE(forge_json_text(f, again, &same, &m) == FORGE_OK);
        REQUIRE(n == m && memcmp(text, same, n) == 0);
    } else {
        REQUIRE(status == FORGE_ERROR);
        REQUIRE(strstr(forge_fork_report(f)->message, " at line ") != NULL);
    }
    forge_fork_end(f);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a pattern and a text: the first byte says how long the pattern is.  Either
 * the pattern is refused with words, or matches, parts and replacements agree. */
#include "fuzz.h"

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

static void check(forge_fork *f, const uint8_t *data, size_t pattern, size_t size)
{
    forge_value argv[] = { fuzz_text(f, data + pattern, size - pattern),
                           fuzz_text(f, data, pattern) };
    if (fuzz_agree(f, "agree", argv, 2))
        return;
    const char *message = forge_fork_report(f)->message;
    REQUIRE(fuzz_limited(f) || strncmp(message, "invalid regex: ", 15) == 0
            || strncmp(message, "regex takes too many steps", 26) == 0);
    /* what is translated can be compiled */
    REQUIRE(strncmp(message, "invalid regex: it cannot", 24) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork(source);
    size_t pattern = data[0] < size - 1 ? data[0] : size - 1;
    check(f, data + 1, pattern, size - 1);
    forge_fork_end(f);
    return 0;
}

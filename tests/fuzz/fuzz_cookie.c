// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a Cookie header.  Each pair in it makes a Set-Cookie header of one line that
 * says the same when it is read back, or is refused with words. */
#include "include/forge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(e)                                                                     \
    do {                                                                               \
        if (!(e))                                                                      \
            abort();                                                                   \
    } while (0)

#define LARGEST 8192u

static const char source[] =
    "fn attempt(f) { try { return f() } catch e {\n"
    "    if !starts_with(e.message, \"cookie.\") { return \"other\" }\n"
    "    return null } }\n"
    "fn agree(text) {\n"
    "    for name, value in cookie.parse(text) {\n"
    "        let options = { secure: true, path: value, domain: name }\n"
    "        let plain = attempt(fn() { return cookie.build(name, value) })\n"
    "        let full = attempt(fn() { return cookie.build(name, value, options) })\n"
    "        for made in compact([plain, full]) {\n"
    "            if made == \"other\" { return made }\n"
    "            if cookie.parse(made)[name] != value { return \"value\" }\n"
    "            if contains(made, \"\\n\") || contains(made, \"\\r\") { return "
    "\"line\" }\n"
    "            if len(split(made, \";\")) > 7 { return \"parts\" }\n"
    "        }\n"
    "    }\n"
    "    return \"ok\"\n"
    "}\n";

static const forge_limits limits = { .memory = 64u << 20, .fuel = 5000000 };

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forge_fork *f;
    forge_value text, out;
    size_t n;
    if (size > LARGEST)
        return 0;
    REQUIRE(forge_fork_begin(template_of(), NULL, &limits, NULL, &f) == FORGE_OK);
    REQUIRE(forge_string(f, (const char *)data, size, &text) == FORGE_OK);
    REQUIRE(forge_call(f, "agree", &text, 1, &out) == FORGE_OK);
    const char *said = forge_to_string(out, &n);
    REQUIRE(said && n == 2 && memcmp(said, "ok", 2) == 0);
    forge_fork_end(f);
    return 0;
}

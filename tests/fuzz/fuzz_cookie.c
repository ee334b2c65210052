// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a Cookie header.  Each pair in it makes a Set-Cookie header of one line that
 * says the same when it is read back, or is refused with words. */
#include "fuzz.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork(source);
    forge_value text = fuzz_text(f, data, size);
    REQUIRE(fuzz_agree(f, "agree", &text, 1));
    forge_fork_end(f);
    return 0;
}

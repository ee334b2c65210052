// SPDX-License-Identifier: Apache-2.0
/* Any bytes are CSV: what is read is written so that it is read as the same again.  The
 * first byte chooses the separator. */
#include "fuzz.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = ",;\t |x0.";
    if (size < 1 || size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork(source);
    char separator = separators[data[0] % (sizeof separators - 1)];
    forge_value argv[] = { fuzz_text(f, data + 1, size - 1),
                           fuzz_text(f, &separator, 1) };
    REQUIRE(fuzz_agree(f, "agree", argv, 2) || fuzz_limited(f));
    forge_fork_end(f);
    return 0;
}

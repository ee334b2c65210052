// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a template: it is refused with a place, or filled with data that holds
 * markup, of which nothing reaches the page as markup.  The same bytes survive being
 * escaped and read back. */
#include "fuzz.h"

#define LARGEST 4096u

static const char source[] =
    "let evil = '</script><evil a=\"b\" c=`d`>' + \"'-->\"\n"
    "let data = { s: evil, u: 'javascript:evil()', n: -1.5, t: true, z: null,\n"
    "    l: [evil, 1, [2, evil]], o: { a: evil, b: { c: [1] } }, e: [] }\n"
    "fn fill(text) {\n"
    "    let page = html.render(text, data)\n"
    "    if page != html.render(text, data) { return \"twice\" }\n"
    "    if !contains(text, \"raw\") && !contains(text, \"<evil\") && contains(page, "
    "\"<evil\") { return \"evil\" }\n"
    "    return \"ok\"\n"
    "}\n"
    "fn escapes(text) {\n"
    "    if html.unescape(html.escape(text)) != text { return \"unescape\" }\n"
    "    html.unescape(text)\n"
    "    return \"ok\"\n"
    "}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LARGEST)
        return 0;
    forge_fork *f = fuzz_fork(source);
    forge_value text = fuzz_text(f, data, size);
    REQUIRE(fuzz_agree(f, "escapes", &text, 1));
    text = fuzz_text(f, data, size);
    if (!fuzz_agree(f, "fill", &text, 1) && !fuzz_limited(f))
        REQUIRE(strncmp(forge_fork_report(f)->message, "render error: template:", 23)
                == 0);
    forge_fork_end(f);
    return 0;
}

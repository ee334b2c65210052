// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a template: it is refused with a place, or filled with data that holds
 * markup, of which nothing reaches the page as markup.  The same bytes survive being
 * escaped and read back. */
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

/* Calls the function with the text; true if it said "ok", false if it failed. */
static int call(forge_fork *f, const char *name, const uint8_t *data, size_t size)
{
    forge_value text, out;
    size_t n;
    REQUIRE(forge_string(f, (const char *)data, size, &text) == FORGE_OK);
    if (forge_call(f, name, &text, 1, &out) != FORGE_OK)
        return 0;
    const char *said = forge_to_string(out, &n);
    REQUIRE(said && n == 2 && memcmp(said, "ok", 2) == 0);
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forge_fork *f;
    if (size > LARGEST)
        return 0;
    REQUIRE(forge_fork_begin(template_of(), NULL, &limits, NULL, &f) == FORGE_OK);
    REQUIRE(call(f, "escapes", data, size));
    if (!call(f, "fill", data, size)) {
        const char *kind = forge_fork_report(f)->kind;
        const char *message = forge_fork_report(f)->message;
        REQUIRE(strcmp(kind, "LimitError") == 0
                || strncmp(message, "render error: template:", 23) == 0);
    }
    forge_fork_end(f);
    return 0;
}

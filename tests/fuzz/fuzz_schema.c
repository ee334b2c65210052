// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a schema: it is refused with words, or C can be made of it. */
#include "fuzz.h"

#include "ipc/stubs/emit.h"

#define LARGEST ((size_t)16 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const fg_stubs_names names = { "made", "made.schema" };
    fg_bytes header, source, doc;
    fg_arena arena;
    fg_schema s;
    if (size > LARGEST)
        return 0;
    fg_arena_init(&arena, 0);
    bool good = fg_schema_parse(&s, &arena, fg_slice_of((const char *)data, size));
    REQUIRE(good == !s.error[0]);
    if (good) {
        fg_bytes_init(&header);
        fg_bytes_init(&source);
        fg_bytes_init(&doc);
        fg_stubs_header(&header, &s, &names);
        fg_stubs_source(&source, &s, &names);
        fg_stubs_doc(&doc, &s);
        REQUIRE(s.records && s.commands && header.n && source.n && doc.n);
        fg_bytes_drop(&header);
        fg_bytes_drop(&source);
        fg_bytes_drop(&doc);
    }
    fg_arena_drop(&arena);
    return 0;
}

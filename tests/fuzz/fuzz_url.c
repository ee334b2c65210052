// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a URL, or behind a line end one relative to what stands before it: it is
 * refused, or what is written of it is ASCII and is read as the same URL. */
#include "fuzz.h"

#include "lib/url.h"

#define LARGEST ((size_t)1 << 16)

static bool same(const fg_bytes *a, const fg_bytes *b)
{
    return fg_slice_eq(fg_bytes_view(a), fg_bytes_view(b));
}

static void require_same(const fg_url *a, const fg_url *b)
{
    REQUIRE(same(&a->scheme, &b->scheme) && same(&a->username, &b->username));
    REQUIRE(same(&a->password, &b->password) && same(&a->host, &b->host));
    REQUIRE(same(&a->path, &b->path) && same(&a->query, &b->query));
    REQUIRE(same(&a->fragment, &b->fragment));
    REQUIRE(a->host_kind == b->host_kind && a->port == b->port);
    REQUIRE(memcmp(a->address, b->address, sizeof a->address) == 0);
    REQUIRE(a->special == b->special && a->opaque_path == b->opaque_path);
    REQUIRE(a->has_query == b->has_query && a->has_fragment == b->has_fragment);
}

/* Writes u, reads that, writes it again. */
static void check(const fg_url *u)
{
    fg_url again;
    fg_bytes text, other;
    fg_bytes_init(&text);
    fg_bytes_init(&other);
    fg_url_write(u, true, &text);
    for (uint32_t i = 0; i < text.n; i++)
        REQUIRE(text.p[i] >= 0x20 && text.p[i] < 0x7f);
    fg_url_init(&again, 0);
    REQUIRE(fg_url_parse(&again, fg_bytes_view(&text), NULL) == FG_URL_OK);
    require_same(u, &again);
    fg_url_write(&again, true, &other);
    REQUIRE(same(&text, &other));
    other.n = 0;
    fg_url_origin(u, &other);
    REQUIRE(other.n > 0);
    fg_bytes_drop(&other);
    fg_bytes_drop(&text);
    fg_url_drop(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    fg_url base, u;
    if (size < 1 || size > LARGEST)
        return 0;
    const char *end = memchr(text, '\n', size);
    fg_url_init(&base, 0);
    fg_url_init(&u, 0);
    bool relative =
        end
        && fg_url_parse(&base, fg_slice_of(text, (size_t)(end - text)), NULL)
               == FG_URL_OK;
    size_t from = relative ? (size_t)(end - text) + 1 : 0;
    fg_slice input = fg_slice_of(text + from, size - from);
    if (fg_url_parse(&u, input, relative ? &base : NULL) == FG_URL_OK)
        check(&u);
    fg_url_drop(&u);
    fg_url_drop(&base);
    return 0;
}

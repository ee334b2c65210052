// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a body of several parts whose boundary is "B": fed at once, byte by byte,
 * cut where its first byte says, and in random pieces, the parser tells its sink the same. */
#include "fuzz.h"

#include "lib/multipart.h"

#define LARGEST ((size_t)64 << 10)

/* What a sink was told, pieces of content put together. */
typedef struct notes {
    fg_bytes text;
    bool data; /* the last call was data */
} notes;

static fg_status note(notes *n, char mark, fg_slice s)
{
    if (mark != 'd' || !n->data)
        fg_bytes_char(&n->text, mark);
    fg_bytes_slice(&n->text, s);
    n->data = mark == 'd';
    return FG_OK;
}

static fg_status on_begin(void *ctx) { return note(ctx, '(', FG_SLICE("")); }

static fg_status on_header(void *ctx, fg_slice name, fg_slice value)
{
    static const char *const names[] = { "name", "filename", "boundary" };
    fg_bytes b;
    REQUIRE(name.n > 0);
    for (uint32_t i = 0; i < FG_COUNT(names); i++) {
        fg_bytes_init(&b);
        if (!fg_header_parameter(&b, value, names[i]))
            REQUIRE(b.n == 0);
        note(ctx, 'p', fg_bytes_view(&b));
        fg_bytes_drop(&b);
    }
    note(ctx, fg_header_is(value, "form-data") ? 'f' : 'x', name);
    return note(ctx, '=', value);
}

static fg_status on_data(void *ctx, fg_slice bytes)
{
    REQUIRE(bytes.n > 0);
    return note(ctx, 'd', bytes);
}

static fg_status on_end(void *ctx) { return note(ctx, ')', FG_SLICE("")); }

#define RANDOM_PIECES 0

/* A size from 1 up, mostly a small one. */
static size_t random_piece(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return 1 + ((*seed >> 16) & ((1u << (*seed >> 29)) - 1));
}

/* Feeds pieces of that size; what came of it is the last note. */
static void read_in(const uint8_t *data, size_t size, size_t piece, uint32_t seed,
                    notes *n)
{
    static fg_multipart p;
    fg_multipart_sink sink = { on_begin, on_header, on_data, on_end, n };
    fg_status status = FG_OK;
    n->data = false;
    fg_bytes_init(&n->text);
    REQUIRE(fg_multipart_init(&p, FG_SLICE("B"), sink));
    for (size_t at = 0, some; at < size && status == FG_OK; at += some) {
        size_t left = size - at;
        some = piece == RANDOM_PIECES ? random_piece(&seed) : piece;
        some = some < left ? some : left;
        status = fg_multipart_feed(&p, fg_slice_of((const char *)data + at, some));
    }
    REQUIRE(p.offset <= size);
    if (status == FG_OK)
        status = fg_multipart_finish(&p);
    REQUIRE((status == FG_RAISED) == (p.why != NULL));
    note(n, status == FG_OK ? '.' : '!', fg_slice_str(p.why ? p.why : ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    notes whole, part;
    if (size < 1 || size > LARGEST)
        return 0;
    const size_t pieces[] = { 1, (size_t)data[0] + 2, RANDOM_PIECES };
    read_in(data + 1, size - 1, size, 0, &whole);
    for (size_t i = 0; i < FG_COUNT(pieces); i++) {
        read_in(data + 1, size - 1, pieces[i], data[0], &part);
        REQUIRE(fg_slice_eq(fg_bytes_view(&whole.text), fg_bytes_view(&part.text)));
        fg_bytes_drop(&part.text);
    }
    fg_bytes_drop(&whole.text);
    return 0;
}

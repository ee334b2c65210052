// SPDX-License-Identifier: Apache-2.0
/* The push parser of bodies of several parts: what it says of a body does not depend on
 * how the body is cut into pieces, and whatever a sink returns is passed up. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/multipart.h"

/* Notes what the sink is told, pieces of content put together. */
typedef struct notes {
    fg_bytes text;
    uint32_t calls, fail_at; /* the call that fails; 0: none */
    bool data;               /* the last call was data */
} notes;

static fg_status note(notes *n, const char *mark, fg_slice a, fg_slice b)
{
    bool data = mark[0] == 'd';
    if (++n->calls == n->fail_at)
        return FG_EXIT;
    if (!data || !n->data)
        fg_bytes_str(&n->text, mark);
    fg_bytes_slice(&n->text, a);
    fg_bytes_slice(&n->text, b);
    n->data = data;
    return FG_OK;
}

static fg_status on_begin(void *ctx)
{
    return note(ctx, "(", FG_SLICE(""), FG_SLICE(""));
}

static fg_status on_header(void *ctx, fg_slice name, fg_slice value)
{
    FG_TRY(note(ctx, "h:", name, FG_SLICE("=")));
    return note(ctx, "", value, FG_SLICE(";"));
}

static fg_status on_data(void *ctx, fg_slice bytes)
{
    assert_true(bytes.n > 0);
    return note(ctx, "d:", bytes, FG_SLICE(""));
}

static fg_status on_end(void *ctx)
{
    return note(ctx, ")", FG_SLICE(""), FG_SLICE(""));
}

static void begin(fg_multipart *p, notes *n, const char *boundary)
{
    fg_multipart_sink sink = { on_begin, on_header, on_data, on_end, n };
    *n = (notes){ .calls = 0 };
    fg_bytes_init(&n->text);
    assert_true(fg_multipart_init(p, fg_slice_str(boundary), sink));
}

/* Feeds a piece in memory of its own, so that reading past it is seen. */
static fg_status feed(fg_multipart *p, const char *at, size_t n)
{
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, at, n);
    fg_status status = fg_multipart_feed(p, fg_slice_of(copy, n));
    free(copy);
    return status;
}

static const struct body {
    const char *text, *notes, *why; /* why NULL: it is a good one */
} bodies[] = {
    { "--B\r\nA: b\r\n\r\nx\r\n--B--", "(h:A=b;d:x)", NULL },
    { "pre\r\n--B \t\r\nA:b\r\nC:  d \r\n e\r\n\r\n\r\n--B--post", "(h:A=b;h:C=d  e;)",
      NULL },
    { "\r\n--B\r\n\r\n\r\n\r\n--B\r\n\r\n\r\n--B-\r\n--B--\r\n", "(d:\r\n)()",
      "something follows a boundary on its line" },
    { "\r--B\r\n--\r\n--B\r\n\r\n\r\r\n\r\n-\r\n--\r\n--A\r\r\n--B--",
      "(d:\r\r\n\r\n-\r\n--\r\n--A\r)", NULL },
    { "--B\r\n\r\n--B--\r\n--B--", "(d:--B--)", NULL },
    { "--B\r\nA: b\r\n\r\nx", "(h:A=b;d:x", "it ends before its last boundary" },
    { "x", "", "the boundary does not occur" },
    { "--B\r\nA b\r\n\r\n", "(", "a header of a part has no name" },
    { "--B\r\nA: b\nC: d\r\n", "(", "a header of a part holds a control character" },
    { "--B\r\nA: b\r\rC: d\r\n", "(", "a line of headers does not end in CR LF" },
    { "--B\r\nA: b\r\n\rC: d\r\n", "(h:A=b;",
      "a line of headers does not end in CR LF" },
};

/* Feeds text in pieces that end at the cuts, then ends; compares. */
static void check(const struct body *b, size_t cut1, size_t cut2)
{
    fg_multipart *p = malloc(sizeof *p);
    notes n;
    size_t size = strlen(b->text);
    assert_non_null(p);
    begin(p, &n, "B");
    fg_status status = feed(p, b->text, cut1);
    if (status == FG_OK)
        status = feed(p, b->text + cut1, cut2 - cut1);
    if (status == FG_OK)
        status = feed(p, b->text + cut2, size - cut2);
    if (status == FG_OK)
        status = fg_multipart_finish(p);
    assert_int_equal(status, b->why ? FG_RAISED : FG_OK);
    if (b->why)
        assert_string_equal(p->why, b->why);
    /* Content before a fault may be given or not, by the cuts; the rest is the same. */
    fg_bytes_char(&n.text, 0);
    assert_string_equal(n.text.p, b->notes);
    fg_bytes_drop(&n.text);
    free(p);
}

static void every_pair_of_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(bodies); i++)
        for (size_t a = 0; a <= strlen(bodies[i].text); a++)
            for (size_t b = a; b <= strlen(bodies[i].text); b++)
                check(&bodies[i], a, b);
}

static void byte_by_byte(void **state)
{
    (void)state;
    fg_multipart *p = malloc(sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < FG_COUNT(bodies); i++) {
        notes n;
        fg_status status = FG_OK;
        begin(p, &n, "B");
        for (const char *at = bodies[i].text; *at && status == FG_OK; at++)
            status = feed(p, at, 1);
        if (status == FG_OK)
            status = fg_multipart_finish(p);
        assert_int_equal(status, bodies[i].why ? FG_RAISED : FG_OK);
        fg_bytes_char(&n.text, 0);
        assert_string_equal(n.text.p, bodies[i].notes);
        fg_bytes_drop(&n.text);
    }
    free(p);
}

/* Where the content of the last part begins is known when it comes. */
static void offsets_are_exact(void **state)
{
    (void)state;
    static const char text[] = "\r--B\r\n\r-\r\n--B\r\nA: b\r\n\r\n\r\r\nx";
    fg_multipart *p = malloc(sizeof *p);
    notes n;
    assert_non_null(p);
    for (size_t cut = 0; cut < sizeof text; cut++) {
        begin(p, &n, "B");
        assert_int_equal(feed(p, text, cut), FG_OK);
        assert_int_equal(feed(p, text + cut, sizeof text - 1 - cut), FG_OK);
        assert_int_equal(p->offset, sizeof text - 1);
        fg_bytes_drop(&n.text);
    }
    free(p);
}

static void what_sinks_return(void **state)
{
    (void)state;
    const char *text = bodies[0].text;
    fg_multipart *p = malloc(sizeof *p);
    notes n;
    assert_non_null(p);
    for (uint32_t at = 1; at <= 5; at++) {
        begin(p, &n, "B");
        n.fail_at = at;
        assert_int_equal(feed(p, text, strlen(text)), FG_EXIT);
        assert_null(p->why);
        fg_bytes_drop(&n.text);
    }
    free(p);
}

static void bounds(void **state)
{
    (void)state;
    fg_multipart *p = malloc(sizeof *p);
    notes n;
    assert_non_null(p);
    fg_multipart_sink sink = { on_begin, on_header, on_data, on_end, &n };
    char longest[FG_MULTIPART_BOUNDARY + 1];
    memset(longest, 'b', sizeof longest);
    assert_true(
        fg_multipart_init(p, fg_slice_of(longest, FG_MULTIPART_BOUNDARY), sink));
    assert_false(fg_multipart_init(p, fg_slice_of(longest, sizeof longest), sink));
    assert_false(fg_multipart_init(p, FG_SLICE(""), sink));
    assert_false(fg_multipart_init(p, FG_SLICE("a "), sink));
    assert_false(fg_multipart_init(p, FG_SLICE("a\r"), sink));
    begin(p, &n, "B");
    p->max_parts = 1;
    assert_int_equal(feed(p, "--B\r\n\r\n\r\n--B\r\n", 14), FG_RAISED);
    assert_string_equal(p->why, "there are too many parts");
    fg_bytes_drop(&n.text);
    begin(p, &n, "B");
    fg_status status = feed(p, "--B\r\nA:", 7);
    for (uint32_t i = 0; i < FG_MULTIPART_HEADER && status == FG_OK; i++)
        status = feed(p, "x", 1);
    assert_int_equal(status, FG_RAISED);
    assert_string_equal(p->why, "the headers of a part are too long");
    fg_bytes_drop(&n.text);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_cuts),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(offsets_are_exact),
        cmocka_unit_test(what_sinks_return),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

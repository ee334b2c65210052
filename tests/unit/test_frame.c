// SPDX-License-Identifier: Apache-2.0
/* Frames: their bytes, streams cut anywhere, and what ends a stream. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ipc/frame.h"

static void write_frame(fg_bytes *b, fg_frame_form form, uint64_t id, fg_slice payload)
{
    uint32_t mark = fg_frame_begin(b, form, id);
    fg_bytes_slice(b, payload);
    fg_frame_end(b, mark);
}

static void frames_have_their_bytes(void **state)
{
    static const char expected[] = "\x02\x00\x00\x00hi\x00\x00\x00\x00"
                                   "\x0a\x00\x00\x00\xef\xcd\xab\x89\x67\x45\x23\x01hi"
                                   "\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00";
    fg_bytes b;
    (void)state;
    fg_bytes_init(&b);
    write_frame(&b, FG_FRAME_POSITIONAL, 9, FG_SLICE("hi"));
    write_frame(&b, FG_FRAME_POSITIONAL, 9, FG_SLICE(""));
    write_frame(&b, FG_FRAME_NUMBERED, 0x0123456789abcdef, FG_SLICE("hi"));
    write_frame(&b, FG_FRAME_NUMBERED, 1, FG_SLICE(""));
    assert_int_equal(b.n, sizeof expected - 1);
    assert_memory_equal(b.p, expected, b.n);
    fg_bytes_drop(&b);
}

/* Puts bytes into the stream, as many as it has room for. */
static uint32_t feed(fg_frames *f, const char *p, uint32_t n)
{
    size_t room;
    char *at = fg_frames_room(f, &room);
    assert_non_null(at);
    assert_true(room > 0);
    n = room < n ? (uint32_t)room : n;
    memcpy(at, p, n);
    fg_frames_filled(f, n);
    return n;
}

#define FRAMES 40u

static uint32_t size_of_frame(uint32_t i) { return i % 7 == 6 ? 50000 + i : i * i; }

static void expect_frame(const fg_frame *frame, fg_frame_form form, uint32_t i)
{
    assert_true(frame->id == (form == FG_FRAME_NUMBERED ? 1000 + i : 0));
    assert_int_equal(frame->payload.n, size_of_frame(i));
    for (uint32_t k = 0; k < frame->payload.n; k++)
        assert_int_equal((unsigned char)frame->payload.p[k], (i + k) % 251);
}

/* Frames of all sizes, in pieces of at most so many bytes. */
static void read_in_pieces(fg_frame_form form, uint32_t piece)
{
    static char payload[60000];
    uint32_t seen = 0, fed = 0;
    fg_frames f;
    fg_frame frame;
    fg_bytes b;
    fg_bytes_init(&b);
    for (uint32_t i = 0; i < FRAMES; i++) {
        for (uint32_t k = 0; k < size_of_frame(i); k++)
            payload[k] = (char)((i + k) % 251);
        write_frame(&b, form, 1000 + i, fg_slice_of(payload, size_of_frame(i)));
    }
    fg_frames_begin(&f, form, 0);
    while (fed < b.n) {
        fed += feed(&f, b.p + fed, b.n - fed < piece ? b.n - fed : piece);
        fg_frame_next next;
        while ((next = fg_frames_take(&f, &frame)) == FG_FRAME_ONE)
            expect_frame(&frame, form, seen++);
        assert_int_equal(next, FG_FRAME_NONE);
    }
    assert_int_equal(seen, FRAMES);
    assert_false(fg_frames_partial(&f));
    fg_frames_drop(&f);
    fg_bytes_drop(&b);
}

static void streams_are_cut_anywhere(void **state)
{
    static const uint32_t pieces[] = { 1, 2, 3, 5, 11, 13, 100, 4096, 16384, 1000000 };
    (void)state;
    for (uint32_t i = 0; i < FG_COUNT(pieces); i++) {
        read_in_pieces(FG_FRAME_POSITIONAL, pieces[i]);
        read_in_pieces(FG_FRAME_NUMBERED, pieces[i]);
    }
}

static void expect_bad(fg_frame_form form, uint32_t max, const char *bytes, uint32_t n,
                       const char *fault)
{
    fg_frames f;
    fg_frame frame;
    fg_frames_begin(&f, form, max);
    assert_int_equal(feed(&f, bytes, n), n);
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_BAD);
    assert_string_equal(f.fault, fault);
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_BAD);
    fg_frames_drop(&f);
}

static void what_cannot_be_a_frame_ends_the_stream(void **state)
{
    (void)state;
    expect_bad(FG_FRAME_POSITIONAL, 0, "\xff\xff\xff\x7f", 4,
               "a frame is larger than is allowed");
    expect_bad(FG_FRAME_POSITIONAL, 4, "\x05\x00\x00\x00", 4,
               "a frame is larger than is allowed");
    expect_bad(FG_FRAME_NUMBERED, 4, "\x0d\x00\x00\x00", 4,
               "a frame is larger than is allowed");
    expect_bad(FG_FRAME_NUMBERED, 0, "\x07\x00\x00\x00", 4,
               "a frame without an id: the peer speaks another version");
}

static void the_largest_frame_passes(void **state)
{
    fg_frames f;
    fg_frame frame;
    (void)state;
    fg_frames_begin(&f, FG_FRAME_NUMBERED, 4);
    feed(&f, "\x0c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00", 12);
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_NONE);
    assert_true(fg_frames_partial(&f));
    feed(&f, "abcd", 4);
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_ONE);
    assert_true(fg_slice_eq(frame.payload, FG_SLICE("abcd")));
    fg_frames_drop(&f);
}

/* A length that only promises takes no memory, and what a large frame took is given back. */
static void memory_follows_what_has_come(void **state)
{
    enum { LARGE = 10 << 20 };
    fg_frames f;
    fg_frame frame;
    (void)state;
    fg_frames_begin(&f, FG_FRAME_POSITIONAL, 0);
    feed(&f, "\x00\x00\xa0\x00", 4);
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_NONE);
    char *text = calloc(1, LARGE);
    for (uint32_t fed = 0; fed < LARGE;) {
        fed += feed(&f, text, LARGE - fed < 5000 ? LARGE - fed : 5000);
        assert_true(f.cap <= 2 * (size_t)fed + 32768 && f.cap <= LARGE + 4);
    }
    assert_int_equal(fg_frames_take(&f, &frame), FG_FRAME_ONE);
    assert_int_equal(frame.payload.n, LARGE);
    feed(&f, "\x00", 1);
    assert_true(f.cap <= 16384);
    free(text);
    fg_frames_drop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_have_their_bytes),
        cmocka_unit_test(streams_are_cut_anywhere),
        cmocka_unit_test(what_cannot_be_a_frame_ends_the_stream),
        cmocka_unit_test(the_largest_frame_passes),
        cmocka_unit_test(memory_follows_what_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

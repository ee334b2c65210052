// SPDX-License-Identifier: Apache-2.0
/* base/: heap, bytes, base64, UTF-8, numbers, hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/find.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/slab.h"
#include "base/utf8.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- parts of texts ---------------------------------------------------------- */

/* All matches against those of a comparison at every start; the text ends where its memory
 * ends. */
static void check_parts(const char *bytes, uint32_t n, fg_slice part)
{
    fg_finder f;
    char *text = malloc(n ? n : 1);
    uint32_t found = 0;
    assert_non_null(text);
    memcpy(text, bytes, n);
    fg_find_begin(&f, fg_slice_of(text, n), part);
    for (uint32_t i = 0; i + part.n <= n;) {
        if (memcmp(text + i, part.p, part.n) != 0) {
            i++;
            continue;
        }
        assert_ptr_equal(fg_find_next(&f), text + i);
        i += part.n;
        found++;
    }
    assert_null(fg_find_next(&f));
    assert_null(fg_find_next(&f));
    if (part.n == 1)
        assert_int_equal(fg_count_byte(fg_slice_of(text, n), part.p[0]), found);
    free(text);
}

static void find_parts(void **state)
{
    (void)state;
    static const char letters[] = "ab\x80\xff";
    char text[400], part[FG_FIND_MAX];
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint32_t n = (seed = seed * 1664525 + 1013904223) >> 24;
        uint32_t m = 1 + (seed >> 8 & (round % 3 ? 1 : 15)), few = round % 4 + 1;
        bool sparse = round % 5 == 0;
        n += sparse ? 100 : 0;
        for (uint32_t i = 0; i < n + m; i++) {
            seed = seed * 1664525 + 1013904223;
            char c = letters[(seed >> 20) % few];
            if (i < m)
                part[i] = c;
            else
                text[i - m] = sparse && seed >> 26 ? '.' : c;
        }
        check_parts(text, n, fg_slice_of(part, m));
    }
    memset(text, 'x', sizeof text);
    for (uint32_t n = 0; n <= sizeof text; n++)
        check_parts(text, n, FG_SLICE("x"));
}

/* ---- names that are alike ---------------------------------------------------- */

/* The best of up to four names for `wanted`, or "". */
static const char *best_of(const char *wanted, const char *const names[4])
{
    static char best[80];
    fg_nearest g;

    fg_nearest_init(&g, fg_slice_str(wanted));
    for (int i = 0; i < 4 && names[i]; i++)
        fg_nearest_add(&g, fg_slice_str(names[i]));
    snprintf(best, sizeof best, "%.*s", (int)g.best.n, g.best.p);
    return best;
}

#define BEST(wanted, ...) best_of(wanted, (const char *const[4]){ __VA_ARGS__ })

static void nearest_name(void **state)
{
    (void)state;
    assert_string_equal(BEST("totl", "title", "total"), "total");
    assert_string_equal(BEST("pirnt", "first", "print"), "print");
    assert_string_equal(BEST("rate_c", "rate_b", "rate_a"), "rate_a");
    assert_string_equal(BEST("rate_a", "rate", "rated", "rate_bb"), "rate");
    assert_string_equal(BEST("same", "same"), "");
    assert_string_equal(BEST("ab", "xy", "abcd"), "");
    assert_string_equal(BEST("x", "y", "xy"), "");
    assert_string_equal(BEST("abcdef", "abc"), "");
    char longest[70];
    memset(longest, 'a', 65);
    longest[65] = 0;
    assert_string_equal(BEST(longest, longest + 1), "");
    assert_string_equal(BEST(longest + 1, longest + 2), longest + 2);
}

static void utf8_fit(void **state)
{
    (void)state;
    assert_int_equal(fg_utf8_fit(FG_SLICE("abc"), 5), 3);
    assert_int_equal(fg_utf8_fit(FG_SLICE("abc"), 2), 2);
    assert_int_equal(fg_utf8_fit(FG_SLICE("a\xc3\xa9"), 2), 1);
    assert_int_equal(fg_utf8_fit(FG_SLICE("\xe2\x94\x80x"), 3), 3);
    assert_int_equal(fg_utf8_fit(FG_SLICE("\xe2\x94\x80x"), 2), 0);
}

/* ---- a host that counts and fails on demand ---------------------------------- */

typedef struct meter {
    size_t live, gets, puts;
    size_t fail_at; /* refuse from this get on; 0: never */
} meter;

static void *meter_get(void *ctx, size_t size)
{
    meter *m = ctx;
    m->gets++;
    if (m->fail_at && m->gets >= m->fail_at)
        return NULL;
    m->live += size;
    return malloc(size);
}

static void meter_put(void *ctx, void *block, size_t size)
{
    meter *m = ctx;
    m->puts++;
    m->live -= size;
    free(block);
}

static fg_host host_of(meter *m) { return (fg_host){ meter_get, meter_put, m }; }

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static fg_near near; /* for marking */

/* ---- heap -------------------------------------------------------------------- */

static void heap_empty(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
    fg_heap_mark_begin(&h, &near);
    fg_heap_sweep(&h);
    fg_heap_drop(&h);
    assert_int_equal(m.gets, 0);
    assert_int_equal(m.live, 0);
}

static void heap_alloc_aligned_and_apart(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
    enum { N = 4000 };
    static uint8_t *at[N];
    static size_t size[N];
    for (int i = 0; i < N; i++) {
        size[i] = 1 + next_random() % (i % 50 == 0 ? 20000 : i % 7 == 0 ? 8192 : 200);
        at[i] = fg_alloc(&h, size[i]);
        assert_non_null(at[i]);
        assert_int_equal((uintptr_t)at[i] % FG_ALIGN, 0);
        memset(at[i], i & 0xff, size[i]);
    }
    for (int i = 0; i < N; i++)
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(at[i][k], i & 0xff);
    assert_int_equal(h.bytes, m.live);
    assert_int_equal(h.peak, m.live);
    fg_heap_drop(&h);
    assert_int_equal(m.live, 0);
    assert_int_equal(h.bytes, 0);
}

static void heap_first_block(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    char *first = malloc(8193);
    fg_heap_init(&h, &host, first + 1, 8192, SIZE_MAX, NULL); /* not aligned */
    for (int i = 0; i < 50; i++)
        assert_non_null(fg_alloc(&h, 112));
    assert_int_equal(m.gets, 0);
    assert_true(h.bytes > 0);
    assert_non_null(fg_alloc(&h, FG_LARGE)); /* does not fit the small first block */
    assert_int_equal(m.gets, 1);
    fg_heap_mark_begin(&h, &near);
    fg_heap_sweep(&h);
    assert_non_null(h.first);
    fg_heap_drop(&h);
    assert_int_equal(m.live, 0);
    memset(first, 1, 8193); /* readable and writable again */
    fg_heap_init(&h, &host, first, 100, SIZE_MAX, NULL); /* too small: not used */
    assert_null(h.first);
    assert_non_null(fg_alloc(&h, 16));
    fg_heap_drop(&h);
    free(first);
}

static void heap_limit(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    int64_t slice = 99;
    fg_heap_init(&h, &host, NULL, 0, 200000, &slice);
    size_t n = 0;
    while (fg_alloc(&h, 64))
        n++;
    assert_true(n > 3 * 64000 / 64 - 40);
    assert_true(h.nomem);
    assert_int_equal(slice, 0);
    assert_true(h.bytes <= 200000);
    assert_null(fg_alloc(&h, 1 << 20));
    assert_null(fg_alloc_slow(&h, SIZE_MAX - 100));
    fg_heap_drop(&h);
    assert_int_equal(m.live, 0);
}

/* Refusal at every call leaves a heap that works and drops cleanly. */
/* Blocks out of slabs, and storage beside them, do not overlap, whatever comes back when. */
static void slabs(void **state)
{
    enum { N = 150 };
    static unsigned char *at[N];
    (void)state;
    for (uint32_t round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < N; i++) {
            size_t size = i % 50 == 7 ? (size_t)5 << 20 : FG_BLOCK_SIZE;
            if (at[i])
                continue;
            at[i] = fg_slab_get(NULL, size);
            assert_non_null(at[i]);
            assert_int_equal((uintptr_t)at[i] % 16, 0);
            memset(at[i], (int)i, size);
        }
        for (uint32_t i = 0; i < N; i++) {
            size_t size = i % 50 == 7 ? (size_t)5 << 20 : FG_BLOCK_SIZE;
            assert_int_equal(at[i][0], (unsigned char)i);
            assert_int_equal(at[i][size - 1], (unsigned char)i);
            if (round < 3 && (i * 7 + round) % 3 == 0)
                continue; /* stays until later */
            fg_slab_put(NULL, at[i], size);
            at[i] = NULL;
        }
    }
}

static void heap_host_fails(void **state)
{
    (void)state;
    for (size_t fail = 1; fail < 60; fail++) {
        meter m = { .fail_at = fail };
        fg_host host = host_of(&m);
        fg_heap h;
        fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            size_t size = i % 3 == 0 ? 9000 : i % 3 == 1 ? 6000 : 100;
            char *at = fg_alloc(&h, size);
            refused += !at;
            if (at)
                memset(at, 1, size);
        }
        assert_true(refused > 0);
        assert_true(h.nomem);
        fg_heap_mark_begin(&h, &near);
        fg_heap_sweep(&h);
        m.fail_at = 0;
        assert_non_null(fg_alloc(&h, 8000));
        fg_heap_drop(&h);
        assert_int_equal(m.live, 0);
    }
}

static void heap_free_large(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
    assert_false(fg_is_large(FG_LARGE));
    assert_true(fg_is_large(FG_LARGE + 1));
    void *a = fg_alloc(&h, 10000), *b = fg_alloc(&h, 20000), *c = fg_alloc(&h, 30000);
    fg_free_large(&h, b, 20000);
    fg_free_large(&h, c, 30000);
    fg_free_large(&h, NULL, 0);
    fg_free_large(&h, NULL, 50000);
    void *small = fg_alloc(&h, 100);
    fg_free_large(&h, small, 100); /* waits for the collector */
    assert_ptr_equal((char *)h.large, (char *)a - sizeof(fg_large));
    fg_free_large(&h, a, 10000);
    assert_null(h.large);
    assert_int_equal(h.bytes, FG_BLOCK_SIZE);
    assert_int_equal(h.bytes, m.live);
    fg_heap_drop(&h);
}

/* What is marked keeps its bytes through collections; the rest is handed out again. */
static void heap_collect(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
    enum { N = 3000 };
    static uint8_t *at[N];
    static size_t size[N];
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < N; i++) {
            if (at[i])
                continue;
            size[i] = 16
                      + next_random()
                            % (i % 100 == 0 ? 30000
                               : i % 5 == 0 ? 4000
                                            : 100);
            at[i] = fg_alloc(&h, size[i]);
            assert_non_null(at[i]);
            memset(at[i], i & 0xff, size[i]);
        }
        uint8_t colour = fg_heap_mark_begin(&h, &near);
        assert_true(colour == 1 || colour == 2);
        for (int i = 0; i < N; i++) {
            if (next_random() % 4 == 0)
                at[i] = NULL;
            else
                fg_heap_mark(&h, at[i], size[i]);
        }
        fg_heap_sweep(&h);
        assert_int_equal(h.bytes, m.live);
        for (int i = 0; i < N; i++)
            for (size_t k = 0; at[i] && k < size[i]; k += 7)
                assert_int_equal(at[i][k], i & 0xff);
    }
    size_t before = m.live;
    fg_heap_mark_begin(&h, &near);
    fg_heap_sweep(&h);
    assert_true(before > 100 * FG_BLOCK_SIZE / 10);
    assert_true(m.live <= ((size_t)1 << 19) + h.nindex * sizeof(void *));
    memset(at, 0, sizeof at);
    fg_heap_drop(&h);
    assert_int_equal(m.live, 0);
}

/* An endless loop of garbage lives in bounded memory. */
static void heap_garbage_is_bounded(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    int64_t slice = 1;
    fg_heap_init(&h, &host, NULL, 0, (size_t)16 << 20, &slice);
    int collections = 0;
    for (int i = 0; i < 400000; i++) {
        assert_non_null(fg_alloc(&h, 32 + (size_t)(i % 40) * 16));
        if (!h.want_gc)
            continue;
        assert_int_equal(slice, 0);
        slice = 1;
        fg_heap_mark_begin(&h, &near);
        fg_heap_sweep(&h);
        assert_false(h.want_gc);
        collections++;
    }
    assert_true(collections > 20);
    assert_true(h.peak < (size_t)2 << 20);
    fg_heap_drop(&h);
}

/* Blocks that a sweep keeps are handed out first, and given back where the limit needs
 * them. */
static void heap_keeps_blocks(void **state)
{
    (void)state;
    meter m = { 0 };
    fg_host host = host_of(&m);
    fg_heap h;
    size_t max = (size_t)4 << 20;
    fg_heap_init(&h, &host, NULL, 0, max, NULL);
    for (int i = 0; i < 8000; i++)
        assert_non_null(fg_alloc(&h, 128));
    fg_heap_mark_begin(&h, &near);
    fg_heap_sweep(&h);
    size_t index = h.nindex * sizeof(void *);
    assert_true(h.nspare > 4);
    assert_int_equal(h.bytes, h.nspare * FG_BLOCK_SIZE + index);
    assert_int_equal(fg_heap_left(&h), max - index);
    int gets = m.gets;
    uint32_t spare = h.nspare;
    for (int i = 0; i < 1000; i++)
        assert_non_null(fg_alloc(&h, 128));
    assert_non_null(fg_alloc(&h, FG_LARGE));
    assert_int_equal(m.gets, gets);
    assert_true(h.nspare < spare);
    assert_non_null(fg_alloc(&h, fg_heap_left(&h) - FG_BLOCK_SIZE));
    assert_int_equal(h.nspare, 0);
    assert_false(h.nomem);
    assert_true(m.live <= max);
    fg_heap_drop(&h);
    assert_int_equal(m.live, 0);
}

/* A collection that expected memory would make due is asked for before, and the next one
 * not until that memory is there. */
static void heap_expects(void **state)
{
    (void)state;
    fg_heap h;
    int64_t slice = 5;
    size_t size = (size_t)3 << 20;
    fg_heap_init(&h, &fg_host_malloc, NULL, 0, SIZE_MAX, &slice);
    fg_heap_expect(&h, 1000);
    assert_false(h.want_gc);
    assert_int_equal(slice, 5);
    fg_heap_expect(&h, size);
    assert_true(h.want_gc);
    assert_int_equal(slice, 0);
    fg_heap_mark_begin(&h, &near);
    fg_heap_sweep(&h);
    for (size_t n = 0; n < size; n += 96)
        assert_non_null(fg_alloc(&h, 96));
    assert_false(h.want_gc);
    fg_heap_expect(&h, size);
    assert_true(h.want_gc);
    fg_heap_drop(&h);
}

/* Garbage until a collection is asked for, and the collection; returns the bytes that were
 * handed out.  The first n of `kept` stay. */
static size_t step(fg_heap *h, void *const *kept, int n)
{
    size_t handed = 0;
    for (; !h->want_gc; handed += 256)
        assert_non_null(fg_alloc(h, 256));
    fg_heap_mark_begin(h, &near);
    for (int i = 0; i < n; i++)
        fg_heap_mark(h, kept[i], 4096);
    fg_heap_sweep(h);
    return handed;
}

/* Where nothing grows, steps are half of what lives; after it grew, as much as lives. */
static void heap_steps(void **state)
{
    (void)state;
    enum { N = 8192, MIB = 1 << 20 };
    static void *kept[N];
    fg_heap h;
    fg_heap_init(&h, &fg_host_malloc, NULL, 0, SIZE_MAX, NULL);
    size_t handed = step(&h, NULL, 0);
    assert_in_range(handed, MIB - MIB / 8, MIB + MIB / 8);
    for (int i = 0; i < N; i++)
        assert_non_null(kept[i] = fg_alloc(&h, 4096));
    step(&h, kept, N);
    handed = step(&h, kept, N);
    assert_in_range(handed, 31 * MIB, 33 * MIB);
    handed = step(&h, kept, N); /* half of 32 MiB */
    assert_in_range(handed, 15 * MIB, 17 * MIB);
    step(&h, kept, N / 2);
    handed = step(&h, kept, N / 2);
    assert_in_range(handed, 3 * MIB, 5 * MIB);
    step(&h, kept, N / 4);
    handed = step(&h, kept, N / 4);
    assert_in_range(handed, 3 * MIB, 4 * MIB);
    handed = step(&h, kept, 1);
    assert_in_range(handed, 3 * MIB, 5 * MIB);
    handed = step(&h, kept, 1);
    assert_in_range(handed, MIB - MIB / 8, MIB + MIB / 8);
    fg_heap_drop(&h);
}

/* With a limit near the live size a collection is asked for before the limit. */
static void heap_collects_before_limit(void **state)
{
    (void)state;
    fg_heap h;
    fg_heap_init(&h, &fg_host_malloc, NULL, 0, (size_t)512 << 10, NULL);
    while (!h.want_gc)
        assert_non_null(fg_alloc(&h, 256));
    assert_false(h.nomem);
    fg_heap_drop(&h);
}

/* ---- bytes ------------------------------------------------------------------- */

static void bytes_grow(void **state)
{
    (void)state;
    fg_bytes b;
    fg_bytes_init(&b);
    for (int i = 0; i < 1000; i++) {
        fg_bytes_char(&b, 'x');
        fg_bytes_str(&b, "yz");
        fg_bytes_slice(&b, FG_SLICE("0"));
        fg_bytes_put(&b, NULL, 0);
    }
    assert_int_equal(b.n, 4000);
    for (uint32_t i = 0; i < b.n; i++)
        assert_int_equal(b.p[i], "xyz0"[i % 4]);
    fg_bytes_fmt(&b, "%s-%d", "a", 7);
    assert_memory_equal(b.p + 4000, "a-7", 3);
    char wide[600];
    memset(wide, 'w', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    fg_bytes_fmt(&b, "<%s>", wide);
    assert_int_equal(b.n, 4003 + 601);
    assert_int_equal(b.p[b.n - 1], '>');
    fg_bytes_drop(&b);
    assert_int_equal(b.n, 0);
}

static void bytes_max(void **state)
{
    (void)state;
    fg_bytes b;
    fg_bytes_init(&b);
    b.max = 300;
    char part[150] = { 0 };
    fg_bytes_put(&b, part, sizeof part);
    fg_bytes_put(&b, part, sizeof part);
    assert_false(b.failed);
    fg_bytes_char(&b, 'x');
    assert_true(b.failed);
    assert_null(fg_bytes_room(&b, 0));
    fg_bytes_fmt(&b, "%d", 1);
    assert_int_equal(b.n, 300);
    fg_bytes_drop(&b);
    assert_null(fg_bytes_room(&b, SIZE_MAX));
    assert_true(b.failed);
    fg_bytes_drop(&b);
    assert_non_null(fg_bytes_room(&b, 1));
    b.max = 3;
    fg_bytes_fmt(&b, "%d", 123); /* the terminator needs no room */
    assert_false(b.failed);
    fg_bytes_drop(&b);
}

/* ---- UTF-8 ------------------------------------------------------------------- */

static void utf8_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        char at[4];
        uint32_t n = fg_utf8_put(at, cp), back;
        bool surrogate = cp >= 0xd800 && cp <= 0xdfff;
        assert_int_equal(fg_utf8_get(at, at + n, &back), n);
        assert_int_equal(back, surrogate ? FG_REPLACEMENT : cp);
        assert_true(fg_utf8_valid((fg_slice){ at, n }));
        for (uint32_t cut = 1; cut < n; cut++) {
            assert_int_equal(fg_utf8_get(at, at + cut, &back), cut);
            assert_int_equal(back, FG_REPLACEMENT);
        }
    }
    char at[4];
    assert_int_equal(fg_utf8_put(at, 0x110000), 3);
}

/* The examples of Unicode 15, tables 3-8 to 3-11. */
static void utf8_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t count;
    } cases[] = {
        { "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9 },
        { "\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9 },
        { "\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9 },
        { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 5 },
        { "\x80", 1 },
        { "\xf5\x80\x80\x80", 4 },
        { "\xe2\x82", 1 },
        { "a\xe2\x82", 2 },
    };
    for (size_t i = 0; i < FG_COUNT(cases); i++) {
        fg_slice s = fg_slice_str(cases[i].bytes);
        assert_int_equal(fg_utf8_len(s), cases[i].count);
        assert_false(fg_utf8_valid(s));
    }
}

static void utf8_positions(void **state)
{
    (void)state;
    fg_slice s = FG_SLICE("abcdefgh\xc3\xa9xyz\xe2\x82\xac\xf0\x9f\x98\x80.........");
    assert_int_equal(fg_utf8_len(s), 8 + 1 + 3 + 1 + 1 + 9);
    assert_int_equal(fg_utf8_offset(s, 0), 0);
    assert_int_equal(fg_utf8_offset(s, 7), 7);
    assert_int_equal(fg_utf8_offset(s, 8), 8);
    assert_int_equal(fg_utf8_offset(s, 9), 10);
    assert_int_equal(fg_utf8_offset(s, 13), 16);
    assert_int_equal(fg_utf8_offset(s, 14), 20);
    assert_int_equal(fg_utf8_offset(s, 23), s.n);
    assert_int_equal(fg_utf8_offset(s, UINT32_MAX), s.n);
    assert_int_equal(fg_utf8_len((fg_slice){ NULL, 0 }), 0);
    assert_true(fg_utf8_valid((fg_slice){ NULL, 0 }));
    assert_true(fg_is_ascii((fg_slice){ NULL, 0 }));
    assert_true(fg_utf8_valid(FG_SLICE("\xef\xbf\xbd")));
    assert_true(fg_utf8_valid(s));
    assert_false(fg_is_ascii(s));
    assert_true(fg_is_ascii(FG_SLICE("0123456789abcdefg")));
    assert_false(fg_is_ascii(FG_SLICE("0123456789abcdef\x80")));
}

/* ---- numbers ----------------------------------------------------------------- */

static void check_float(double f, const char *want)
{
    char at[FG_NUMBER_MAX];
    uint32_t n = fg_float_text(f, at);
    assert_in_range(n, 1, FG_NUMBER_MAX - 1);
    at[n] = 0;
    assert_string_equal(at, want);
}

static void float_texts(void **state)
{
    (void)state;
    check_float(0.0, "0");
    check_float(-0.0, "-0");
    check_float(1.0, "1");
    check_float(-3.10, "-3.1");
    check_float(0.1 + 0.2, "0.30000000000000004");
    check_float(1.0 / 3, "0.3333333333333333");
    check_float(2.0 / 3, "0.6666666666666666");
    check_float(1e20, "100000000000000000000");
    check_float(1e21, "1000000000000000000000");
    check_float(12345678901234567890.0, "12345678901234567000");
    check_float(9223372036854775808.0, "9223372036854776000");
    check_float(9007199254740991.0, "9007199254740991");
    check_float(9007199254740993.0, "9007199254740992");
    check_float(0.0000001, "0.0000001");
    check_float(0.00001, "0.00001");
    check_float(123456789.125, "123456789.125");
    check_float(999999999999999.9, "999999999999999.9");
    check_float(0.999999999999999944, "0.9999999999999999");
    check_float(5.684341886080802e-14, "0.00000000000005684341886080802");
    check_float(9.5e-7, "0.00000095");
    check_float(INFINITY, "inf");
    check_float(-INFINITY, "-inf");
    check_float(NAN, "NaN");
    check_float(-NAN, "NaN");
    char tiny[FG_NUMBER_MAX] = "0.";
    memset(tiny + 2, '0', 323);
    tiny[325] = '5';
    tiny[326] = 0;
    check_float(4.9406564584124654e-324, tiny);
    char huge[FG_NUMBER_MAX] = "17976931348623157";
    memset(huge + 17, '0', 292);
    huge[309] = 0;
    check_float(1.7976931348623157e308, huge);
}

/* Digits without zeros on either side. */
static uint32_t digits_in(const char *at, uint32_t n)
{
    uint32_t first = 0, last = 0, count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9')
            continue;
        if (at[i] != '0' || first) {
            first = 1;
            count++;
            if (at[i] != '0')
                last = count;
        }
    }
    return last;
}

/* Reads back, and no shorter rounding of the number does. */
static void check_shortest(double f)
{
    char at[FG_NUMBER_MAX], text[64];
    uint32_t n = fg_float_text(f, at);
    double back;
    assert_true(fg_float_parse((fg_slice){ at, n }, &back));
    assert_memory_equal(&back, &f, sizeof f);
    assert_null(memchr(at, 'e', n));
    int want = 0;
    do
        snprintf(text, sizeof text, "%.*e", want++, f);
    while (strtod(text, NULL) != f);
    assert_true(digits_in(at, n) <= (uint32_t)want);
    if (digits_in(at, n) < (uint32_t)want) { /* only next to a power of two */
        uint64_t bits;
        memcpy(&bits, &f, sizeof bits);
        assert_int_equal(bits & 0xfffffffffffffull, 0);
    }
}

static void float_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 60000; i++) {
        uint64_t bits = next_random();
        if (i % 8 == 0)
            bits &= 0x800fffffffffffffull; /* denormal */
        double f;
        memcpy(&f, &bits, sizeof f);
        if (isfinite(f))
            check_shortest(f);
        check_shortest((double)(int64_t)next_random());
        check_shortest((double)(int64_t)(next_random() % 1000000) / 100);
        check_shortest((double)(int64_t)(next_random() % 1000000000) / 1e7);
    }
    for (int e = -1074; e < 1024; e++) {
        check_shortest(ldexp(1, e));
        check_shortest(nextafter(ldexp(1, e), 0));
        check_shortest(nextafter(ldexp(-1, e), -INFINITY) / 2);
    }
}

static void locale_does_not_matter(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")
        && !setlocale(LC_NUMERIC, "ps_AF.UTF-8"))
        skip();
    check_float(0.1 + 0.2, "0.30000000000000004");
    double f;
    assert_true(fg_float_parse(FG_SLICE("2.7182818284590452353"), &f));
    assert_true(f == 2.7182818284590452353);
    assert_false(fg_float_parse(FG_SLICE("2,5"), &f));
    setlocale(LC_NUMERIC, "C");
}

static void float_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        { "0", 0 },
        { "-1.5", -1.5 },
        { "+.5", .5 },
        { "5.", 5 },
        { "1e3", 1000 },
        { "1E+3", 1000 },
        { "12.5e-1", 1.25 },
        { "007", 7 },
        { "1e400", INFINITY },
        { "-1e400", -INFINITY },
        { "1e-400", 0 },
        { "1e99999999999999999999", INFINITY },
        { "1e-99999999999999999999", 0 },
        { "0e99999999999999999999", 0 },
        { "inf", INFINITY },
        { "-Infinity", -INFINITY },
        { "9007199254740993", 9007199254740992.0 },
        { "179769313486231580793e289", INFINITY },
        { "179769313486231570000e288", 1.7976931348623157e308 },
        { "2.4703282292062328e-324", 4.9406564584124654e-324 },
        { "2.4703282292062327e-324", 0 },
    };
    static const char *const bad[] = { "",     ".",    "-",   "+",   "e5",
                                       "1e",   "1e+",  " 1",  "1 ",  "1.2.3",
                                       "0x10", "--1",  "1_0", "in",  "infi",
                                       "nano", "1e5.", "+-1", ".e1", "1f" };
    double f;
    for (size_t i = 0; i < FG_COUNT(good); i++) {
        assert_true(fg_float_parse(fg_slice_str(good[i].text), &f));
        assert_true(f == good[i].value);
    }
    for (size_t i = 0; i < FG_COUNT(bad); i++)
        assert_false(fg_float_parse(fg_slice_str(bad[i]), &f));
    assert_true(fg_float_parse(FG_SLICE("-NaN"), &f) && isnan(f));
    assert_true(fg_float_parse(FG_SLICE("-0"), &f) && f == 0 && signbit(f));
    assert_false(fg_float_parse((fg_slice){ "1\0", 2 }, &f));
}

/* More digits than are kept: the rest only says which way a tie goes. */
static void float_parse_long(void **state)
{
    (void)state;
    enum { N = 5000 };
    char *text = malloc(N + 8);
    double f;
    memset(text, '0', N);
    memcpy(text, "9007199254740993.", 17);
    assert_true(fg_float_parse((fg_slice){ text, N }, &f) && f == 9007199254740992.0);
    text[N - 1] = '1';
    assert_true(fg_float_parse((fg_slice){ text, N }, &f) && f == 9007199254740994.0);
    memset(text, '0', N);
    text[0] = '1';
    memcpy(text + N, "e-4999", 6);
    assert_true(fg_float_parse((fg_slice){ text, N + 6 }, &f) && f == 1.0);
    memset(text, '0', N);
    text[1] = '.';
    memcpy(text + N, "1e4999", 6);
    assert_true(fg_float_parse((fg_slice){ text, N + 6 }, &f) && f == 1.0);
    memset(text, '7', N);
    assert_true(fg_float_parse((fg_slice){ text, N }, &f) && isinf(f));
    free(text);
}

static void ints(void **state)
{
    (void)state;
    static const int64_t values[] = {
        0, 1, -1, 42, INT64_MAX, INT64_MIN, 1000000000000
    };
    char at[FG_NUMBER_MAX], want[32];
    int64_t back;
    for (size_t i = 0; i < FG_COUNT(values); i++) {
        uint32_t n = fg_int_text(values[i], at);
        snprintf(want, sizeof want, "%lld", (long long)values[i]);
        assert_int_equal(n, strlen(want));
        assert_memory_equal(at, want, n);
        assert_true(fg_int_parse((fg_slice){ at, n }, &back));
        assert_true(back == values[i]);
    }
    static const char *const bad[] = { "",
                                       "-",
                                       "+",
                                       " 5",
                                       "5 ",
                                       "1.",
                                       "0x1",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999",
                                       "--1",
                                       "1e3",
                                       "18446744073709551616",
                                       "\xd9\xa1" };
    for (size_t i = 0; i < FG_COUNT(bad); i++)
        assert_false(fg_int_parse(fg_slice_str(bad[i]), &back));
    assert_true(fg_int_parse(FG_SLICE("+007"), &back) && back == 7);
    assert_true(fg_int_parse(FG_SLICE("-0"), &back) && back == 0);
}

static void float_to_int(void **state)
{
    (void)state;
    assert_true(fg_float_to_int(2.9) == 2);
    assert_true(fg_float_to_int(-2.9) == -2);
    assert_true(fg_float_to_int(NAN) == 0);
    assert_true(fg_float_to_int(INFINITY) == INT64_MAX);
    assert_true(fg_float_to_int(-INFINITY) == INT64_MIN);
    assert_true(fg_float_to_int(9223372036854775808.0) == INT64_MAX);
    assert_true(fg_float_to_int(-9223372036854775808.0) == INT64_MIN);
    assert_true(fg_float_to_int(9223372036854774784.0) == 9223372036854774784);
}

/* ---- hash -------------------------------------------------------------------- */

static void hash_spread(void **state)
{
    (void)state;
    char text[64] = { 0 };
    static uint32_t buckets[256];
    memset(buckets, 0, sizeof buckets);
    for (int i = 0; i < 25600; i++) {
        int n = snprintf(text, sizeof text, "key%dx", i);
        uint32_t hash = fg_hash_bytes(text, (size_t)n);
        assert_int_not_equal(hash, 0);
        buckets[hash & 255]++; /* although they end alike */
        assert_int_not_equal(fg_hash_u64((uint64_t)i), 0);
    }
    for (int i = 0; i < 256; i++)
        assert_in_range(buckets[i], 50, 160);
    for (char last = '1'; last <= '9'; last++) { /* neighbours stand side by side */
        text[0] = 'k';
        text[1] = last;
        assert_int_equal(fg_hash_bytes(text, 2), fg_hash_bytes("k0", 2) + last - '0');
        assert_int_equal(fg_hash_near((uint64_t)last), fg_hash_near('0') + last - '0');
    }
    memset(text, 0, sizeof text);
    for (size_t a = 0; a < sizeof text; a++) /* length counts */
        for (size_t b = 0; b < a; b++)
            assert_int_not_equal(fg_hash_bytes(text, a), fg_hash_bytes(text, b));
    uint32_t before = fg_hash_bytes("abc", 3);
    fg_hash_seed(12345);
    assert_int_not_equal(fg_hash_bytes("abc", 3), before);
    uint32_t after = fg_hash_bytes("abc", 3);
    fg_hash_seed(12345);
    assert_int_equal(fg_hash_bytes("abc", 3), after);
    assert_int_not_equal(fg_hash_bytes(NULL, 0), 0);
}

/* ---- base64 ------------------------------------------------------------------ */

static const unsigned base64_kinds[] = { 0, FG_BASE64_PAD, FG_BASE64_URL,
                                         FG_BASE64_URL | FG_BASE64_PAD };

static void base64_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[70];
    char text[100], back[100], why[FG_BASE64_WHY];
    srand(7);
    for (size_t k = 0; k < FG_COUNT(base64_kinds); k++)
        for (uint32_t n = 0; n <= sizeof bytes; n++) {
            uint32_t m, length = (uint32_t)fg_base64_length(n, base64_kinds[k]);
            fg_slice s = { text, length };
            for (uint32_t i = 0; i < n; i++)
                bytes[i] = (uint8_t)rand();
            assert_true(length <= sizeof text && n <= fg_base64_room(length));
            memset(text, '!', sizeof text);
            fg_base64_encode(text, bytes, n, base64_kinds[k]);
            assert_true(length == sizeof text || text[length] == '!');
            assert_true(fg_base64_decode(s, base64_kinds[k], back, &m, why));
            assert_int_equal(m, n);
            assert_memory_equal(back, bytes, n);
            unsigned any = (base64_kinds[k] & FG_BASE64_URL) | FG_BASE64_ANY;
            assert_true(fg_base64_decode(s, any, back, &m, why));
            assert_int_equal(m, n);
        }
}

/* Whatever text is accepted is the one that its bytes become. */
static void base64_is_strict(void **state)
{
    (void)state;
    static const char letters[] = "AQZaz09+/-_==\n!\xff";
    char text[9], back[12], again[16], why[FG_BASE64_WHY];
    unsigned accepted = 0;
    srand(8);
    for (int round = 0; round < 200000; round++) {
        unsigned kind = base64_kinds[round % FG_COUNT(base64_kinds)];
        uint32_t m, n = (uint32_t)rand() % sizeof text;
        for (uint32_t i = 0; i < n; i++)
            text[i] = letters[(unsigned)rand() % (sizeof letters - 1)];
        if (!fg_base64_decode((fg_slice){ text, n }, kind, back, &m, why)) {
            assert_true(strncmp(why, "Invalid ", 8) == 0);
            continue;
        }
        accepted++;
        assert_int_equal(fg_base64_length(m, kind), n);
        fg_base64_encode(again, back, m, kind);
        assert_memory_equal(again, text, n);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_empty),
        cmocka_unit_test(heap_alloc_aligned_and_apart),
        cmocka_unit_test(heap_first_block),
        cmocka_unit_test(heap_limit),
        cmocka_unit_test(slabs),
        cmocka_unit_test(heap_host_fails),
        cmocka_unit_test(heap_free_large),
        cmocka_unit_test(heap_collect),
        cmocka_unit_test(heap_garbage_is_bounded),
        cmocka_unit_test(heap_steps),
        cmocka_unit_test(heap_collects_before_limit),
        cmocka_unit_test(heap_keeps_blocks),
        cmocka_unit_test(heap_expects),
        cmocka_unit_test(bytes_grow),
        cmocka_unit_test(bytes_max),
        cmocka_unit_test(base64_round_trip),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(utf8_round_trip),
        cmocka_unit_test(utf8_invalid),
        cmocka_unit_test(utf8_positions),
        cmocka_unit_test(float_texts),
        cmocka_unit_test(float_round_trip),
        cmocka_unit_test(locale_does_not_matter),
        cmocka_unit_test(float_parse),
        cmocka_unit_test(float_parse_long),
        cmocka_unit_test(ints),
        cmocka_unit_test(float_to_int),
        cmocka_unit_test(hash_spread),
        cmocka_unit_test(nearest_name),
        cmocka_unit_test(find_parts),
        cmocka_unit_test(utf8_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

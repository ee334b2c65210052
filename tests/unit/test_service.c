// SPDX-License-Identifier: Apache-2.0
/* Typed requests and responses: the golden messages of the service Echo both ways, all kinds
 * of types, and every way in which a message is not what its schema says. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "echo.h"
#include "kinds.h"

static uint32_t load(const char *name, char *buffer, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "tests/ipc/golden/%s.msgpack", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(buffer, 1, size, f);
    fclose(f);
    assert_in_range(n, 1, size - 1);
    return (uint32_t)n;
}

static void expect_golden(const char *name, const fg_bytes *b)
{
    char buffer[1024];
    assert_false(b->failed);
    assert_int_equal(b->n, load(name, buffer, sizeof buffer));
    assert_memory_equal(b->p, buffer, b->n);
}

/* ---- a server that echoes ------------------------------------------------------------ */

static void on_bytes(void *ctx, const echo_bytes *q, fg_responder *r)
{
    (void)ctx;
    echo_bytes_answer(r, &(echo_bytes_response){ q->data });
}

static void on_fields(void *ctx, const echo_fields *q, fg_responder *r)
{
    (void)ctx;
    echo_fields_answer(r, &(echo_fields_response){ q->a, q->b, q->name });
}

static void on_nested(void *ctx, const echo_nested *q, fg_responder *r)
{
    (void)ctx;
    echo_nested_answer(r, &(echo_nested_response){ q->inner });
}

static void on_aliases(void *ctx, const echo_aliases *q, fg_responder *r)
{
    (void)ctx;
    echo_aliases_answer(
        r, &(echo_aliases_response){ q->tree_id, q->hash, q->maybe_hash, q->hashes });
}

static void on_blobs(void *ctx, const echo_blobs *q, fg_responder *r)
{
    (void)ctx;
    echo_blobs_answer(r, &(echo_blobs_response){ q->maybe_data, q->parts });
}

static void on_fail(void *ctx, const echo_fail *q, fg_responder *r)
{
    (void)ctx;
    fg_responder_error(r, "%.*s", (int)q->message.n, q->message.p);
}

static const echo_handlers handlers = { on_bytes,   on_fields, on_nested,
                                        on_aliases, on_blobs,  on_fail };

static void keep(void *ctx, uint64_t connection, uint64_t id, fg_bytes *payload)
{
    fg_bytes *to = ctx;
    (void)connection;
    (void)id;
    assert_int_equal(to->n, 0);
    assert_false(payload->failed);
    fg_bytes_slice(to, fg_bytes_view(payload));
    fg_bytes_drop(payload);
}

/* The answer to a payload. */
static void ask(fg_slice payload, fg_bytes *answer)
{
    fg_request request = { payload, 1, 1 };
    fg_responder *r = fg_responder_new(&request, keep, answer);
    assert_non_null(r);
    answer->n = 0;
    echo_dispatch(&handlers, NULL, r);
    fg_responder_drop(r);
}

/* ---- goldens ------------------------------------------------------------------------- */

/* What a client writes is the golden request; what the server answers is the golden
 * response, if there is one. */
#define GOLDEN(command, request, response, ...)                                        \
    do {                                                                               \
        fg_bytes q, a;                                                                 \
        fg_bytes_init(&q);                                                             \
        fg_bytes_init(&a);                                                             \
        echo_##command##_write(&q, &(echo_##command){ __VA_ARGS__ });                  \
        expect_golden(request, &q);                                                    \
        ask(fg_bytes_view(&q), &a);                                                    \
        if (*(response))                                                               \
            expect_golden(response, &a);                                               \
        fg_bytes_drop(&q);                                                             \
        fg_bytes_drop(&a);                                                             \
    } while (0)

static echo_fr counted_from(unsigned char first)
{
    echo_fr v;
    for (unsigned char i = 0; i < sizeof v.bytes; i++)
        v.bytes[i] = (unsigned char)(first + i);
    return v;
}

static void golden_requests_and_responses(void **state)
{
    fg_slice two[] = { FG_SLICE("\x01\x02\x03"), FG_SLICE("\x04\x05") },
             none[] = { FG_SLICE("") };
    echo_fr hashes[] = { counted_from(0x10), counted_from(0x40) };
    char aa[256], letters[300];
    (void)state;
    memset(aa, '\xaa', sizeof aa);
    memset(letters, 'a', sizeof letters);
    GOLDEN(bytes, "echo_bytes_request", "echo_bytes_response",
           FG_SLICE("\xde\xad\xbe\xef\x42"));
    GOLDEN(bytes, "echo_bytes_empty", "", FG_SLICE(""));
    GOLDEN(bytes, "echo_bytes_bin16", "", { aa, sizeof aa });
    GOLDEN(fields, "echo_fields_request", "echo_fields_response", 42, 999999,
           FG_SLICE("hello wire compat"));
    GOLDEN(fields, "echo_fields_max", "", UINT32_MAX, UINT64_MAX, FG_SLICE(""));
    GOLDEN(fields, "echo_fields_uint_boundary", "", 128, (uint64_t)1 << 32,
           FG_SLICE("x"));
    GOLDEN(fields, "echo_fields_unicode", "", 0, 0,
           FG_SLICE("h\xc3\xa9llo \xcf\x84\xce\xad\xcf\x83\xcf\x84 \xf0\x9f\x9a\x80 "
                    "ma\xc3\xb1"
                    "ana"));
    GOLDEN(fields, "echo_fields_str16", "", 0, 0, { letters, sizeof letters });
    GOLDEN(nested, "echo_nested_request", "echo_nested_response",
           { { two, 2 }, { true, true } });
    GOLDEN(nested, "echo_nested_flag_none", "", { { NULL, 0 }, { false, false } });
    GOLDEN(nested, "echo_nested_flag_false", "", { { none, 1 }, { true, false } });
    GOLDEN(aliases, "echo_aliases_request", "echo_aliases_response", 7,
           counted_from(0x10), { true, counted_from(0x40) }, { hashes, 2 });
    GOLDEN(blobs, "echo_blobs_request", "echo_blobs_response",
           { true, FG_SLICE("\xaa\xbb") },
           { { FG_SLICE("\x01\x02\x03"), FG_SLICE("\x04") } });
    GOLDEN(blobs, "echo_blobs_none", "", { false, FG_SLICE("") },
           { { FG_SLICE(""), FG_SLICE("\x09") } });
    GOLDEN(fail, "echo_fail_request", "echo_error_response",
           FG_SLICE("deliberate failure"));
}

static void the_empty_response_is_golden(void **state)
{
    fg_bytes a;
    fg_request request = { FG_SLICE(""), 1, 1 };
    (void)state;
    fg_bytes_init(&a);
    fg_responder *r = fg_responder_new(&request, keep, &a);
    assert_true(echo_fail_answer(r, &(echo_fail_response){ 0 }));
    fg_responder_drop(r);
    expect_golden("echo_fail_response", &a);
    fg_bytes_drop(&a);
}

static void golden_responses_are_read(void **state)
{
    char buffer[1024];
    fg_service_error e;
    fg_arena arena;
    (void)state;
    fg_arena_init(&arena, 0);
    echo_aliases_response a;
    fg_slice payload = { buffer, load("echo_aliases_response", buffer, sizeof buffer) };
    assert_true(echo_aliases_read(payload, &arena, &a, &e));
    assert_int_equal(a.tree_id, 7);
    assert_int_equal(a.hash.bytes[31], 0x2f);
    assert_true(a.maybe_hash.present && a.maybe_hash.value.bytes[0] == 0x40);
    assert_int_equal(a.hashes.n, 2);
    assert_int_equal(a.hashes.at[1].bytes[31], 0x5f);
    echo_fail_response f;
    payload.n = load("echo_error_response", buffer, sizeof buffer);
    assert_false(echo_fail_read(payload, &arena, &f, &e));
    assert_true(e.remote);
    assert_string_equal(e.message, "deliberate failure");
    payload.n = load("echo_fail_response", buffer, sizeof buffer);
    assert_true(echo_fail_read(payload, &arena, &f, &e));
    assert_false(echo_aliases_read(payload, &arena, &a, &e));
    assert_false(e.remote);
    assert_string_equal(
        e.message, "expected EchoAliasesResponse of the server, got EchoFailResponse");
    fg_arena_drop(&arena);
}

/* ---- requests that are not what the schema says ---------------------------------------- */

static void expect_error(const char *payload, size_t n, const char *expected)
{
    fg_service_error e;
    fg_arena arena;
    fg_bytes answer;
    echo_fail_response out;
    fg_bytes_init(&answer);
    fg_arena_init(&arena, 0);
    ask(fg_slice_of(payload, n), &answer);
    assert_false(echo_fail_read(fg_bytes_view(&answer), &arena, &out, &e));
    assert_true(e.remote);
    assert_string_equal(e.message, expected);
    fg_arena_drop(&arena);
    fg_bytes_drop(&answer);
}

#define REFUSES(literal, expected) expect_error(literal, sizeof(literal) - 1, expected)

static void bad_requests_are_refused_by_name(void **state)
{
    (void)state;
    REFUSES("", "a request is [[name, payload]]: the outer array is not (byte 0)");
    REFUSES("\x91\x91\x01",
            "a request is [[name, payload]]: the inner array is not (byte 1)");
    REFUSES("\x91\x92\xa3Nix\x80", "there is no command 'Nix' in the service Echo");
    REFUSES("\x91\x92\xa9"
            "EchoBytes\x80",
            "EchoBytes.data: a field is missing (byte 13)");
    REFUSES("\x91\x92\xa9"
            "EchoBytes\x81\xa4"
            "data\xa1x",
            "EchoBytes.data: expected bytes (byte 18)");
    REFUSES("\x91\x92\xa9"
            "EchoBytes\x82\xa4"
            "data\xc4\x00\xa4"
            "data\xc4\x00",
            "EchoBytes.data: a field comes twice (byte 25)");
    REFUSES("\x91\x92\xa9"
            "EchoBytes\xc0",
            "EchoBytes: expected a map (byte 12)");
    REFUSES("\x91\x92\xa9"
            "EchoBytes\x81\xa4"
            "data\xc4\x00\x00",
            "something follows the value (byte 20)");
    REFUSES("\x91\x92\xaa"
            "EchoNested\x81\xa5"
            "inner\x82\xa6"
            "values\x91\xc4\x00\xa4"
            "flag\x01",
            "EchoInner.flag: expected a boolean (byte 36)");
    REFUSES("\x91\x92\xa9"
            "EchoBlobs\x81\xa5"
            "parts\x91\xc4\x00",
            "EchoBlobs.parts: an array has another number of elements (byte 19)");
}

/* Any order, unknown fields, optional ones that are missing. */
static void what_can_be_read_is_read(void **state)
{
    static const char text[] = "\x91\x92\xa9"
                               "EchoBlobs\x83\xa3new\x91\x80\xa5"
                               "parts\x92\xc4\x01y\xc4\x00\xa3old\xc0",
                      fields[] = "\x91\x92\xaa"
                                 "EchoFields\x83\xa4name\xa1n\xa1"
                                 "b\xcf\0\0\0\0\0\0\0\x02\xa1"
                                 "a\xd3\0\0\0\0\0\0\0\x01";
    fg_service_error e;
    fg_arena arena;
    fg_bytes answer;
    (void)state;
    fg_bytes_init(&answer);
    fg_arena_init(&arena, 0);
    echo_blobs_response blobs;
    ask(fg_slice_of(text, sizeof text - 1), &answer);
    assert_true(echo_blobs_read(fg_bytes_view(&answer), &arena, &blobs, &e));
    assert_false(blobs.maybe_data.present);
    assert_true(fg_slice_eq(blobs.parts.at[0], FG_SLICE("y")));
    echo_fields_response f;
    ask(fg_slice_of(fields, sizeof fields - 1), &answer);
    assert_true(echo_fields_read(fg_bytes_view(&answer), &arena, &f, &e));
    assert_true(f.a == 1 && f.b == 2 && fg_slice_eq(f.name, FG_SLICE("n")));
    fg_arena_drop(&arena);
    fg_bytes_drop(&answer);
}

/* ---- all kinds ------------------------------------------------------------------------- */

typedef struct seen {
    kinds_scalars scalars;
    kinds_shapes shapes;
    fg_responder *held;
} seen;

static void on_scalars(void *ctx, const kinds_scalars *q, fg_responder *r)
{
    seen *s = ctx;
    s->scalars = *q;
    fg_responder_ref(s->held = r);
}

static void on_shapes(void *ctx, const kinds_shapes *q, fg_responder *r)
{
    seen *s = ctx;
    s->shapes = *q;
    fg_responder_ref(s->held = r);
}

static const kinds_handlers kinds = { on_scalars, on_shapes };

static void give(seen *s, const fg_bytes *payload, fg_bytes *answer)
{
    fg_request request = { fg_bytes_view(payload), 1, 1 };
    fg_responder *r = fg_responder_new(&request, keep, answer);
    *s = (seen){ .held = NULL };
    answer->n = 0;
    kinds_dispatch(&kinds, s, r);
    fg_responder_drop(r);
}

static const kinds_scalars some_scalars = {
    .yes = true,
    .u8 = 255,
    .u16 = 65535,
    .u32 = UINT32_MAX,
    .u64 = UINT64_MAX,
    .i64 = INT64_MIN,
    .f64 = -0.5,
    .mode = KINDS_MODE_BOTH,
    .text = { "t\0xt", 4 },
    .data = { "1234", 4 },
    .plain = { { 1, 2 } },
    .hash = { { 3, 4 } },
    .any = { "\x92\xc0\x81\xa1k\xcb\0\0\0\0\0\0\0\0", 14 },
};

static void scalars_survive(void **state)
{
    fg_bytes q, answer;
    seen s;
    (void)state;
    fg_bytes_init(&q);
    fg_bytes_init(&answer);
    kinds_scalars_write(&q, &some_scalars);
    give(&s, &q, &answer);
    assert_non_null(s.held);
    const kinds_scalars *v = &s.scalars, *w = &some_scalars;
    assert_true(v->yes && v->u8 == w->u8 && v->u16 == w->u16 && v->u32 == w->u32);
    assert_true(v->u64 == w->u64 && v->i64 == w->i64 && v->f64 == w->f64);
    assert_int_equal(v->mode, KINDS_MODE_BOTH);
    assert_true(fg_slice_eq(v->text, w->text) && fg_slice_eq(v->data, w->data));
    assert_true(fg_slice_eq(v->any, w->any));
    assert_memory_equal(&v->plain, &w->plain, 32);
    assert_memory_equal(&v->hash, &w->hash, 32);
    assert_int_equal(answer.n, 0);
    kinds_scalars_answer(s.held, &(kinds_scalars_response){ 0 });
    fg_responder_drop(s.held);
    assert_true(answer.n > 0);
    fg_bytes_drop(&q);
    fg_bytes_drop(&answer);
}

static void shapes_survive(void **state)
{
    kinds_inner inner[] = { { KINDS_MODE_SAFE, FG_SLICE("a") },
                            { KINDS_MODE_FAST, FG_SLICE("0123456789") } };
    uint64_t numbers[] = { 1, UINT64_MAX };
    kinds_opt_of_u64 maybes[] = { { false, 0 }, { true, 9 } };
    kinds_2_of_f64 pairs[] = { { { 1.5, 2.5 } } };
    kinds_shapes q = { .outer = { inner[0], { inner, 2 }, { true, inner[1] } },
                       .maybe_list = { true, { numbers, 2 } },
                       .list_of_maybe = { maybes, 2 },
                       .pairs = { pairs, 1 },
                       .two = { { { { 5 } }, { { 6 } } } } };
    __typeof__(*q.named.at) named[] = { { FG_SLICE("k"), FG_SLICE("v") },
                                        { FG_SLICE(""), FG_SLICE("") } };
    kinds_map_of_i64 map;
    __typeof__(*map.at) numbered[] = { { FG_SLICE("n"), -7 } };
    __typeof__(*q.deep.value.at) deep[1];
    fg_bytes b, again, answer;
    seen s;
    (void)state;
    map.at = numbered;
    map.n = 1;
    deep[0].key = FG_SLICE("d");
    deep[0].value.at = &map;
    deep[0].value.n = 1;
    q.named.at = named;
    q.named.n = 2;
    q.deep.present = true;
    q.deep.value.at = deep;
    q.deep.value.n = 1;
    fg_bytes_init(&b);
    fg_bytes_init(&again);
    fg_bytes_init(&answer);
    kinds_shapes_write(&b, &q);
    give(&s, &b, &answer);
    assert_non_null(s.held);
    assert_true(s.shapes.outer.maybe.present && s.shapes.outer.more.n == 2);
    assert_true(s.shapes.list_of_maybe.at[1].value == 9
                && s.shapes.deep.value.at[0].value.at[0].at[0].value == -7);
    kinds_shapes_write(&again, &s.shapes);
    assert_true(fg_slice_eq(fg_bytes_view(&b), fg_bytes_view(&again)));
    fg_responder_drop(s.held);
    fg_bytes_drop(&b);
    fg_bytes_drop(&again);
    fg_bytes_drop(&answer);
}

static void expect_refused(const kinds_scalars *q, const char *expected)
{
    fg_service_error e;
    fg_arena arena;
    fg_bytes b, answer;
    kinds_scalars_response out;
    seen s;
    fg_arena_init(&arena, 0);
    fg_bytes_init(&b);
    fg_bytes_init(&answer);
    kinds_scalars_write(&b, q);
    give(&s, &b, &answer);
    assert_null(s.held);
    assert_false(kinds_scalars_read(fg_bytes_view(&answer), &arena, &out, &e));
    assert_memory_equal(e.message, expected, strlen(expected));
    fg_arena_drop(&arena);
    fg_bytes_drop(&b);
    fg_bytes_drop(&answer);
}

static void bounds_hold(void **state)
{
    kinds_scalars q = some_scalars;
    (void)state;
    q.data = FG_SLICE("12345");
    expect_refused(&q, "KindsScalars.data: a text or bytes are too long");
    q = some_scalars;
    q.mode = KINDS_MODE_BOTH + 1;
    expect_refused(&q, "KindsScalars.mode: an integer is too large");
    char large[80] = "\xd9\x46";
    q = some_scalars;
    q.any = fg_slice_of(large, 72);
    expect_refused(&q, "KindsScalars.any: a value is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_requests_and_responses),
        cmocka_unit_test(the_empty_response_is_golden),
        cmocka_unit_test(golden_responses_are_read),
        cmocka_unit_test(bad_requests_are_refused_by_name),
        cmocka_unit_test(what_can_be_read_is_read),
        cmocka_unit_test(scalars_survive),
        cmocka_unit_test(shapes_survive),
        cmocka_unit_test(bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

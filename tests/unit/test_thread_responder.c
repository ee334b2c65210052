// SPDX-License-Identifier: Apache-2.0
/* A request is answered exactly once, whatever its handler does; arenas. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>

#include "ipc/responder.h"

typedef struct sink {
    uint32_t calls;
    uint64_t connection, id;
    char text[256];
    uint32_t n;
} sink;

static void take(void *ctx, uint64_t connection, uint64_t id, fg_bytes *payload)
{
    sink *s = ctx;
    s->calls++;
    s->connection = connection;
    s->id = id;
    s->n = payload->n;
    assert_true(payload->n < sizeof s->text);
    memcpy(s->text, payload->p, payload->n);
    fg_bytes_drop(payload);
}

static fg_responder *make(sink *s, const char *text)
{
    fg_request request = { fg_slice_str(text), 3, 77 };
    *s = (sink){ .calls = 0 };
    fg_responder *r = fg_responder_new(&request, take, s);
    assert_non_null(r);
    return r;
}

static bool answer(fg_responder *r, const char *text)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_str(&b, text);
    bool first = fg_responder_answer(r, &b);
    assert_int_equal(b.n, 0);
    return first;
}

static void expect(const sink *s, const char *text, size_t n)
{
    assert_int_equal(s->calls, 1);
    assert_int_equal(s->connection, 3);
    assert_int_equal(s->id, 77);
    assert_int_equal(s->n, n);
    assert_memory_equal(s->text, text, n);
}

static void the_first_answer_counts(void **state)
{
    sink s;
    (void)state;
    fg_responder *r = make(&s, "ask");
    assert_false(fg_responder_answered(r));
    assert_true(answer(r, "yes"));
    assert_true(fg_responder_answered(r));
    assert_false(answer(r, "no"));
    assert_false(fg_responder_error(r, "%s", "no"));
    fg_responder_drop(r);
    expect(&s, "yes", 3);
}

static void errors_name_their_service(void **state)
{
    static const char text[] = "\x92\xb1"
                               "EchoErrorResponse\x81\xa7"
                               "message\xa6"
                               "no: 12";
    sink s;
    (void)state;
    fg_responder *r = make(&s, "ask");
    fg_responder_service(r, "EchoErrorResponse");
    assert_true(fg_responder_error(r, "no: %d", 12));
    fg_responder_drop(r);
    expect(&s, text, sizeof text - 1);
}

static void what_is_dropped_is_an_error(void **state)
{
    sink s;
    (void)state;
    fg_responder *r = make(&s, "ask");
    fg_responder_ref(r);
    fg_responder_drop(r);
    assert_int_equal(s.calls, 0);
    fg_responder_drop(r);
    assert_int_equal(s.calls, 1);
    assert_memory_equal(s.text,
                        "\x92\xad"
                        "ErrorResponse\x81\xa7"
                        "message",
                        24);
}

static void the_request_is_its_own(void **state)
{
    char text[] = "ask";
    sink s;
    (void)state;
    fg_responder *r = make(&s, text);
    memset(text, 'x', 3);
    const fg_request *q = fg_responder_request(r);
    assert_true(fg_slice_eq(q->payload, FG_SLICE("ask")));
    assert_int_equal(q->id, 77);
    assert_non_null(fg_arena_get(fg_responder_arena(r), 100));
    fg_responder_drop(r);
    assert_int_equal(s.calls, 1);
    r = make(&s, "");
    assert_int_equal(fg_responder_request(r)->payload.n, 0);
    answer(r, "");
    fg_responder_drop(r);
    expect(&s, "", 0);
}

#define THREADS 4

typedef struct racer {
    fg_responder *r;
    bool first;
} racer;

static void *race(void *ctx)
{
    racer *x = ctx;
    x->first = answer(x->r, "me");
    fg_responder_drop(x->r);
    return NULL;
}

static void threads_may_race(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        sink s;
        pthread_t threads[THREADS];
        racer racers[THREADS];
        int winners = 0;
        fg_responder *r = make(&s, "ask");
        for (int i = 0; i < THREADS; i++) {
            fg_responder_ref(r);
            racers[i] = (racer){ r, false };
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        fg_responder_drop(r);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            winners += racers[i].first;
        }
        assert_int_equal(winners, 1);
        expect(&s, "me", 2);
    }
}

static void arenas_give_what_they_have(void **state)
{
    fg_arena a;
    (void)state;
    fg_arena_init(&a, 100000);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 200; i++) {
            char *at = fg_arena_get(&a, i);
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % 16, 0);
            memset(at, (int)i, i);
        }
        char *large = fg_arena_get(&a, 50000);
        assert_non_null(large);
        memset(large, 1, 50000);
        assert_null(fg_arena_get(&a, 50000));
        assert_null(fg_arena_get(&a, SIZE_MAX));
        assert_non_null(fg_arena_get(&a, 10000));
        fg_arena_drop(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_answer_counts),
        cmocka_unit_test(errors_name_their_service),
        cmocka_unit_test(what_is_dropped_is_an_error),
        cmocka_unit_test(the_request_is_its_own),
        cmocka_unit_test(threads_may_race),
        cmocka_unit_test(arenas_give_what_they_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

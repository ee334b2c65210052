// SPDX-License-Identifier: Apache-2.0
/* Many threads on one client, many clients on one server, answers from a pool, calls that
 * are given up and connections that end at work. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/clock.h"

#define THREADS 6
#define WORKERS 3
#define CALLS 300

/* Answers with the request, from any of its threads, in no order. */
typedef struct pool {
    peer p;
    pthread_t threads[WORKERS];
    fg_responder *queue[4096];
    uint32_t n, gones;
    bool over;
} pool;

static void enqueue(void *ctx, fg_responder *r)
{
    pool *w = ctx;
    pthread_mutex_lock(&w->p.mutex);
    w->queue[w->n++] = r;
    pthread_cond_signal(&w->p.news);
    pthread_mutex_unlock(&w->p.mutex);
}

static void count_gone(void *ctx, uint64_t connection)
{
    pool *w = ctx;
    (void)connection;
    w->gones++;
}

static void answer(fg_responder *r)
{
    fg_slice q = fg_responder_request(r)->payload;
    fg_bytes b;
    fg_bytes_init(&b);
    if (q.n > 0 && q.p[0] == 'd') {
        fg_responder_drop(r);
        return;
    }
    fg_bytes_slice(&b, q);
    fg_responder_answer(r, &b);
    fg_responder_drop(r);
}

/* The newest first, so that answers overtake each other. */
static void *work(void *ctx)
{
    pool *w = ctx;
    pthread_mutex_lock(&w->p.mutex);
    for (;;) {
        while (w->n == 0 && !w->over)
            pthread_cond_wait(&w->p.news, &w->p.mutex);
        if (w->n == 0)
            break;
        fg_responder *r = w->queue[--w->n];
        pthread_mutex_unlock(&w->p.mutex);
        answer(r);
        pthread_mutex_lock(&w->p.mutex);
    }
    pthread_mutex_unlock(&w->p.mutex);
    return NULL;
}

static void pool_begin(pool *w)
{
    memset(w, 0, sizeof *w);
    peer_begin(&w->p);
    w->p.options.handle = enqueue;
    w->p.options.gone = count_gone;
    w->p.options.ctx = w;
    peer_run(&w->p);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&w->threads[i], NULL, work, w), 0);
}

static void pool_end(pool *w)
{
    peer_stop(&w->p);
    assert_true(w->p.all);
    fg_server_counts n = fg_server_count(w->p.server);
    assert_int_equal(n.requests, n.answers);
    assert_true(n.wakes <= n.answers);
    assert_int_equal(w->gones, n.connections);
    pthread_mutex_lock(&w->p.mutex);
    w->over = true;
    pthread_cond_broadcast(&w->p.news);
    pthread_mutex_unlock(&w->p.mutex);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(w->threads[i], NULL);
    peer_end(&w->p);
}

typedef struct caller {
    pthread_t thread;
    fg_client *client;
    uint32_t number, wrong, lost, done;
} caller;

static bool sometimes(void *ctx)
{
    uint32_t *n = ctx;
    return ++*n % 3 == 0;
}

/* A request that names its caller and its number, and is now and then a large one. */
static void request(fg_bytes *b, const caller *c, uint32_t i)
{
    fg_bytes_drop(b);
    fg_bytes_fmt(b, "%u of %u ", i, c->number);
    for (uint32_t n = i % 50 == 7 ? 2000 : i % 9; n > 0; n--)
        fg_bytes_fmt(b, "%u,", n);
}

/* One call after the other; every seventh may be given up or be late. */
static void *call_on(void *ctx)
{
    caller *c = ctx;
    uint32_t asked = c->number;
    fg_bytes ask, got;
    fg_bytes_init(&ask);
    fg_bytes_init(&got);
    for (uint32_t i = 0; i < CALLS; i++) {
        fg_wait hasty = { 0, sometimes, &asked }, late = { .timeout = 1 };
        const fg_wait *wait = i % 7 == 3 ? &hasty : i % 7 == 5 ? &late : NULL;
        request(&ask, c, i);
        fg_call_end end = fg_client_call(c->client, fg_bytes_view(&ask), &got, wait);
        c->done += end == FG_CALL_ANSWERED;
        c->lost += end == FG_CALL_LOST;
        c->wrong += end == FG_CALL_ANSWERED
                        ? !fg_slice_eq(fg_bytes_view(&ask), fg_bytes_view(&got))
                        : got.n != 0 || (!wait && end != FG_CALL_LOST);
        fg_bytes_drop(&got);
    }
    fg_bytes_drop(&ask);
    return NULL;
}

/* Sixteen at a time. */
static void *pipeline(void *ctx)
{
    enum { DEPTH = 16 };
    caller *c = ctx;
    fg_call calls[DEPTH];
    fg_bytes got[DEPTH], ask;
    fg_call_end ends[DEPTH];
    fg_bytes_init(&ask);
    for (uint32_t i = 0; i < CALLS; i += DEPTH) {
        for (uint32_t k = 0; k < DEPTH; k++) {
            fg_bytes_init(&got[k]);
            request(&ask, c, i + k);
            ends[k] = fg_client_send(c->client, &calls[k], fg_bytes_view(&ask), &got[k],
                                     NULL);
        }
        for (uint32_t k = 0; k < DEPTH; k++) {
            if (ends[k] == FG_CALL_ANSWERED)
                ends[k] = fg_client_receive(c->client, &calls[k], NULL);
            request(&ask, c, i + k);
            c->done += ends[k] == FG_CALL_ANSWERED;
            c->lost += ends[k] == FG_CALL_LOST;
            c->wrong += ends[k] == FG_CALL_ANSWERED
                        && !fg_slice_eq(fg_bytes_view(&ask), fg_bytes_view(&got[k]));
            fg_bytes_drop(&got[k]);
        }
    }
    fg_bytes_drop(&ask);
    return NULL;
}

static void start(caller *c, fg_client *client, uint32_t number)
{
    *c = (caller){ .client = client, .number = number };
    assert_int_equal(
        pthread_create(&c->thread, NULL, number % 3 == 2 ? pipeline : call_on, c), 0);
}

static void threads_share_a_client(void **state)
{
    pool w;
    caller callers[THREADS];
    (void)state;
    pool_begin(&w);
    fg_client *client = peer_client(&w.p);
    for (uint32_t i = 0; i < THREADS; i++)
        start(&callers[i], client, i);
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].wrong, 0);
        assert_int_equal(callers[i].lost, 0);
        assert_true(callers[i].done >= CALLS / 7 * 5);
    }
    assert_null(fg_client_fault(client));
    fg_client_free(client);
    pool_end(&w);
}

static void each_thread_has_a_client(void **state)
{
    pool w;
    caller callers[THREADS];
    (void)state;
    pool_begin(&w);
    for (uint32_t i = 0; i < THREADS; i++)
        start(&callers[i], peer_client(&w.p), i);
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].wrong + callers[i].lost, 0);
        fg_client_free(callers[i].client);
    }
    pool_end(&w);
}

/* Half of the clients are shut while their threads call. */
static void clients_end_at_work(void **state)
{
    pool w;
    caller callers[THREADS];
    fg_client *clients[THREADS / 2];
    (void)state;
    pool_begin(&w);
    for (uint32_t round = 0; round < 5; round++) {
        for (uint32_t i = 0; i < THREADS; i++) {
            if (i % 2 == 0)
                clients[i / 2] = peer_client(&w.p);
            start(&callers[i], clients[i / 2], i);
        }
        for (uint32_t i = 0; i < THREADS / 2; i += 2)
            fg_client_shut(clients[i]);
        for (uint32_t i = 0; i < THREADS; i++) {
            pthread_join(callers[i].thread, NULL);
            assert_int_equal(callers[i].wrong, 0);
            if (i / 2 % 2 == 1)
                assert_int_equal(callers[i].lost, 0);
        }
        for (uint32_t i = 0; i < THREADS / 2; i++)
            fg_client_free(clients[i]);
    }
    pool_end(&w);
}

/* The server stops while all of them call: each call is answered or lost. */
static void a_server_ends_at_work(void **state)
{
    pool w;
    caller callers[THREADS];
    (void)state;
    pool_begin(&w);
    fg_client *client = peer_client(&w.p);
    for (uint32_t i = 0; i < THREADS; i++)
        start(&callers[i], client, i);
    fg_server_stop(w.p.server);
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].wrong, 0);
    }
    fg_client_free(client);
    pool_end(&w);
}

static void *ask_and_wait(void *ctx)
{
    caller *c = ctx;
    fg_bytes got;
    fg_bytes_init(&got);
    fg_call_end end = fg_client_call(c->client, FG_SLICE("h"), &got, NULL);
    c->done += end == FG_CALL_ANSWERED;
    fg_bytes_drop(&got);
    return NULL;
}

/* The first one waits as the reader; its answer comes first, and nobody else calls: one of
 * those that sleep must go on reading. */
static void readers_hand_on(void **state)
{
    enum { ROUNDS = 100, WAITING = 3 };
    peer p;
    caller callers[WAITING];
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    fg_client *client = peer_client(&p);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        for (uint32_t k = 0; k < WAITING; k++) {
            callers[k] = (caller){ .client = client };
            assert_int_equal(
                pthread_create(&callers[k].thread, NULL, ask_and_wait, &callers[k]), 0);
            peer_wait_held(&p, i * WAITING + k + 1);
        }
        for (uint32_t k = 0; k < WAITING; k++) {
            peer_answer(&p, i * WAITING + k, FG_SLICE("x"));
            pthread_join(callers[k].thread, NULL);
            assert_int_equal(callers[k].done, 1);
        }
    }
    fg_client_free(client);
    peer_end(&p);
}

/* Each answer finds the loop asleep, or awake, or between: none is lost.  There is no
 * timeout that could hide one. */
static void no_wake_is_lost(void **state)
{
    pool w;
    fg_bytes got;
    (void)state;
    pool_begin(&w);
    fg_client *client = peer_client(&w.p);
    fg_bytes_init(&got);
    for (uint32_t i = 0; i < 3000; i++) {
        fg_bytes_drop(&got);
        assert_int_equal(fg_client_call(client, FG_SLICE("x"), &got, NULL),
                         FG_CALL_ANSWERED);
    }
    assert_int_equal(fg_client_call(client, FG_SLICE("d"), &got, NULL),
                     FG_CALL_ANSWERED);
    fg_bytes_drop(&got);
    fg_client_free(client);
    pool_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_a_client),
        cmocka_unit_test(each_thread_has_a_client),
        cmocka_unit_test(clients_end_at_work),
        cmocka_unit_test(a_server_ends_at_work),
        cmocka_unit_test(readers_hand_on),
        cmocka_unit_test(no_wake_is_lost),
    };
    alarm(240); /* what hangs is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

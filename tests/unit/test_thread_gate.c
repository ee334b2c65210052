// SPDX-License-Identifier: Apache-2.0
/* Many threads of several children at their gates: never more inside than the caps say, in
 * the order of arrival, and in the end nobody.  `make check` runs this under the thread
 * sanitizer, where the children are gates of one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../mod_forge/gate.c"
#include "../../mod_forge/slots.c"

#include <stdlib.h>

#define CHILDREN 3
#define THREADS 4 /* of a child */
#define TURNS 1500
#define LANES 2
#define HOST_CAP 3
#define TOTAL_CAP 5
#define CHILD_CAP 2

static mf_board *new_board(void)
{
    void *memory = NULL;
    size_t n = mf_board_size(CHILDREN, LANES);
    assert_int_equal(posix_memalign(&memory, LINE, n), 0);
    memset(memory, 0, n);
    mf_board_init(memory, CHILDREN, LANES);
    return memory;
}

static int never(void *ctx)
{
    (void)ctx;
    return 0;
}

static int count(int *counter, int n)
{
    return __atomic_add_fetch(counter, n, __ATOMIC_SEQ_CST);
}

/* ---- caps ------------------------------------------------------------------------ */

static const mf_quota hosts[2] = {
    { { HOST_CAP, 100, 60000000 }, 1, "one" },
    { { HOST_CAP, 0, 0 }, 2, "two" },
};

static int inside[2], inside_all, most_inside[2], most_all;

typedef struct visitor {
    pthread_t thread;
    mf_gate *gate;
    int *in_child, *most_in_child;
    int entered, refused;
} visitor;

static void raise_to(int *most, int n)
{
    int is = __atomic_load_n(most, __ATOMIC_SEQ_CST);
    while (is < n
           && !__atomic_compare_exchange_n(most, &is, n, 0, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST)) {}
}

static void stay(visitor *v, int host)
{
    raise_to(&most_inside[host], count(&inside[host], 1));
    raise_to(&most_all, count(&inside_all, 1));
    raise_to(v->most_in_child, count(v->in_child, 1));
    struct timespec t = { 0, 20000 };
    nanosleep(&t, NULL);
    count(v->in_child, -1);
    count(&inside_all, -1);
    count(&inside[host], -1);
}

/* Half of the permits are shared, and released by whoever comes last. */
static void *visit(void *arg)
{
    visitor *v = arg;
    for (int i = 0; i < TURNS; i++) {
        int host = i % 2;
        mf_asking a = { .host = &hosts[host], .gone = never };
        mf_permit p;
        if (mf_gate_enter(v->gate, &a, &p) != MF_ENTERED) {
            v->refused++;
            continue;
        }
        v->entered++;
        mf_hold *h = i % 4 < 2 ? mf_permit_share(&p) : NULL;
        stay(v, host);
        mf_permit_release(&p);
        if (h)
            mf_hold_release(h);
    }
    return NULL;
}

static void caps_hold(void **state)
{
    static visitor visitors[CHILDREN][THREADS];
    mf_gate gates[CHILDREN];
    int in_child[CHILDREN] = { 0 }, most_in_child[CHILDREN] = { 0 };
    int entered = 0, refused = 0;
    const mf_quota total = { { TOTAL_CAP, 100, 60000000 }, MF_LANE_TOTAL, "all" };
    const mf_cap child = { CHILD_CAP, 100, 60000000 };
    mf_board *b = new_board();
    (void)state;
    for (int c = 0; c < CHILDREN; c++) {
        mf_gate_open(&gates[c], b, mf_board_claim(b, 100 + c, 1), &child, &total,
                     UINT32_MAX);
        for (int t = 0; t < THREADS; t++) {
            visitors[c][t] =
                (visitor){ 0, &gates[c], &in_child[c], &most_in_child[c], 0, 0 };
            assert_int_equal(
                pthread_create(&visitors[c][t].thread, NULL, visit, &visitors[c][t]),
                0);
        }
    }
    for (int c = 0; c < CHILDREN; c++)
        for (int t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(visitors[c][t].thread, NULL), 0);
            entered += visitors[c][t].entered;
            refused += visitors[c][t].refused;
        }
    assert_int_equal(entered + refused, CHILDREN * THREADS * TURNS);
    /* Those of the first host may wait, and so all of them get in. */
    assert_true(entered >= CHILDREN * THREADS * TURNS / 2);
    assert_true(most_inside[0] <= HOST_CAP && most_inside[1] <= HOST_CAP);
    assert_true(most_all <= TOTAL_CAP);
    assert_true(most_all > 1);
    for (int c = 0; c < CHILDREN; c++) {
        assert_true(most_in_child[c] <= CHILD_CAP);
        assert_int_equal(gates[c].slot->load, 0);
        assert_null(gates[c].first);
    }
    for (int lane = 0; lane <= LANES; lane++)
        assert_int_equal(sum(b, lane), 0);
    free(b);
}

/* ---- order ----------------------------------------------------------------------- */

static int order[THREADS], arrived;

typedef struct guest {
    pthread_t thread;
    mf_gate *gate;
    const mf_quota *host;
    int number;
} guest;

static void *queue_and_sign(void *arg)
{
    guest *w = arg;
    mf_asking a = { .host = w->host, .gone = never };
    mf_permit p;
    if (mf_gate_enter(w->gate, &a, &p) != MF_ENTERED)
        return NULL;
    order[count(&arrived, 1) - 1] = w->number;
    mf_permit_release(&p);
    return w;
}

/* Starts the guests one after the other while one permit is taken, then gives it back. */
static void queue_at(mf_gate *g, const mf_quota *host)
{
    static guest guests[THREADS];
    mf_asking a = { .host = host, .gone = never };
    mf_permit p;
    arrived = 0;
    assert_int_equal(mf_gate_enter(g, &a, &p), MF_ENTERED);
    for (int i = 0; i < THREADS; i++) {
        guests[i] = (guest){ .gate = g, .host = host, .number = i };
        assert_int_equal(
            pthread_create(&guests[i].thread, NULL, queue_and_sign, &guests[i]), 0);
        while (mf_gate_load(g).waiting != (uint32_t)i + 1)
            nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
    assert_int_equal(arrived, 0);
    mf_permit_release(&p);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(guests[i].thread, &result), 0);
        assert_ptr_equal(result, &guests[i]);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(order[i], i);
}

static void first_come_first_served(void **state)
{
    const mf_cap none = { MF_NO_CAP, 0, 0 }, child = { 1, 10, 60000000 };
    const mf_quota total = { none, MF_LANE_TOTAL, "all" };
    const mf_quota host = { { 1, 10, 60000000 }, 1, "h" };
    mf_board *b = new_board();
    mf_gate one, two;
    (void)state;
    mf_gate_open(&one, b, mf_board_claim(b, 100, 1), &none, &total, UINT32_MAX);
    queue_at(&one, &host);
    mf_gate_open(&two, b, mf_board_claim(b, 101, 1), &child, &total, UINT32_MAX);
    queue_at(&two, NULL);
    free(b);
}

/* Who waits for what another child holds hears of it soon. */
static void other_children_give_back(void **state)
{
    const mf_cap none = { MF_NO_CAP, 0, 0 };
    const mf_quota total = { { 1, 10, 60000000 }, MF_LANE_TOTAL, "all" };
    mf_board *b = new_board();
    mf_gate one, two;
    mf_permit p;
    guest g = { .gate = &two, .number = 7 };
    void *result;
    (void)state;
    mf_gate_open(&one, b, mf_board_claim(b, 100, 1), &none, &total, UINT32_MAX);
    mf_gate_open(&two, b, mf_board_claim(b, 101, 1), &none, &total, UINT32_MAX);
    mf_asking a = { .gone = never };
    arrived = 0;
    assert_int_equal(mf_gate_enter(&one, &a, &p), MF_ENTERED);
    assert_int_equal(pthread_create(&g.thread, NULL, queue_and_sign, &g), 0);
    while (mf_gate_load(&two).waiting != 1)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    mf_permit_release(&p);
    assert_int_equal(pthread_join(g.thread, &result), 0);
    assert_ptr_equal(result, &g);
    assert_int_equal(mf_lane_held(b, MF_LANE_TOTAL), 0);
    free(b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_hold),
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(other_children_give_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Threads that read while another one commits and the map grows: each sees whole versions,
 * never an older one than before. */
#include "scratch.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define READERS 3
#define COMMITS 300
#define GROWTHS 6

typedef struct shared {
    scratch t;
    atomic_bool over;
    atomic_uint reads;
} shared;

/* Both keys were written together. */
static const char *read_once(shared *s, fg_store_reader *r, uint64_t *version)
{
    fg_store_view v;
    fg_store_item a, b;
    if (fg_store_reader_begin(r, NULL) != FG_STATE_OK)
        return "begin";
    if (fg_store_view_open(r, s->t.ns, FG_STORE_LATEST, &v, NULL) != FG_STATE_OK
        || fg_store_get(&v, 0, S("a"), &a, NULL) != FG_STATE_OK
        || fg_store_get(&v, 0, S("b"), &b, NULL) != FG_STATE_OK)
        return "get";
    if (!fg_slice_eq(a.value, b.value) || a.version != b.version)
        return "two versions at once";
    if (v.version < *version)
        return "an older version";
    *version = v.version;
    fg_store_reader_end(r);
    return NULL;
}

static void *read_on(void *arg)
{
    shared *s = arg;
    fg_store_reader *r;
    const char *wrong = NULL;
    uint64_t version = 0;
    if (fg_store_reader_new(s->t.store, &r, NULL) != FG_STATE_OK)
        return "reader";
    while (!wrong && !atomic_load(&s->over)) {
        wrong = read_once(s, r, &version);
        atomic_fetch_add(&s->reads, 1);
    }
    fg_store_reader_free(r);
    return (void *)wrong;
}

static void commit_pair(shared *s, int i)
{
    static char value[3000];
    memset(value, 'a' + i % 26, sizeof value);
    fg_store_op ops[] = { put_op("a", ""), put_op("b", "") };
    ops[0].value = ops[1].value = fg_slice_of(value, 1000 + (uint32_t)i % 2000);
    OK(&s->t, commit_ops(&s->t, FG_STORE_BLIND, ops, 2, NULL));
}

static void test_reading_while_it_grows(void **state)
{
    (void)state;
    shared s = { .over = false };
    pthread_t threads[READERS];
    uint64_t size = UINT64_C(8) << 20;
    scratch_open(&s.t, size);
    commit_pair(&s, 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &s), 0);
    for (int i = 1; i < COMMITS; i++) {
        commit_pair(&s, i);
        if (i % (COMMITS / GROWTHS) != 0)
            continue;
        /* Others may be kept from running for longer than it waits. */
        size += UINT64_C(4) << 20;
        fg_state code;
        while ((code = fg_store_grow(s.t.store, size, &s.t.err)) == FG_STATE_BUSY)
            continue;
        OK(&s.t, code);
    }
    while (atomic_load(&s.reads) < 100)
        sched_yield();
    atomic_store(&s.over, true);
    for (int i = 0; i < READERS; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        if (wrong)
            fail_msg("%s", (const char *)wrong);
    }
    check_counts(&s.t);
    scratch_close(&s.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_reading_while_it_grows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

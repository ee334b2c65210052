// SPDX-License-Identifier: Apache-2.0
/* Threads ask for the same time zones at the same time, before any of them was read: all
 * get the same ones.  `make check` runs this under the thread sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/time_zone.h"

#include <pthread.h>

#define THREADS 8

static const char *const names[] = { "Europe/Berlin", "America/New_York",
                                     "Asia/Tokyo",    "Australia/Lord_Howe",
                                     "UTC",           "US/Pacific" };

typedef struct finder {
    pthread_t thread;
    pthread_barrier_t *together;
    const fg_zone *found[FG_COUNT(names)], *local;
    int64_t sum;
} finder;

static void *find(void *arg)
{
    finder *f = arg;
    pthread_barrier_wait(f->together);
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (fg_zone_find(fg_slice_str(names[i]), &f->found[i]) == FG_OK && f->found[i])
            f->sum += fg_zone_at(f->found[i], 1700000000).offset;
    fg_zone_local(&f->local);
    return NULL;
}

static void all_find_the_same(void **state)
{
    (void)state;
    static finder finders[THREADS];
    pthread_barrier_t together;
    assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        finders[i].together = &together;
        assert_int_equal(pthread_create(&finders[i].thread, NULL, find, &finders[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(finders[i].thread, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_non_null(finders[i].local);
        assert_ptr_equal(finders[i].local, finders[0].local);
        assert_int_equal(finders[i].sum, finders[0].sum);
        for (size_t k = 0; k < FG_COUNT(names); k++) {
            assert_non_null(finders[i].found[k]);
            assert_ptr_equal(finders[i].found[k], finders[0].found[k]);
        }
    }
    pthread_barrier_destroy(&together);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(all_find_the_same) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

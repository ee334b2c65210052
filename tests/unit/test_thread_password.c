// SPDX-License-Identifier: Apache-2.0
/* Password hashes in several threads at once, which are cancelled in the middle or end by
 * themselves.  `make check` runs this under the thread sanitizer. */
#include "prog.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define ROUNDS 25

static prog program;

static const char source[] =
    "let known = crypto.hash_password(\"known\", {memory: 1024, passes: 1})\n"
    "fn verify() { return crypto.verify_password(\"known\", known) }\n"
    "fn two() { return squad {\n"
    "    spawn { crypto.verify_password(\"known\", known) }\n"
    "    spawn { crypto.verify_password(\"unknown\", known) } } }\n"
    "fn endless() { while true { crypto.hash_password(\"a\") } }\n";

/* After how long to cancel, in steps that reach each part of a hash. */
static void *cancel_later(void *fork)
{
    static int round;
    int i = __atomic_add_fetch(&round, 1, __ATOMIC_RELAXED);
    struct timespec before = { 0, 1000 * (i * 7919 % 20000) };
    nanosleep(&before, NULL);
    forge_cancel(fork);
    return NULL;
}

static forge_fork *begin_fork(void)
{
    forge_fork *f;
    return forge_fork_begin(program.tmpl, NULL, NULL, NULL, &f) == FORGE_OK ? f : NULL;
}

static bool gives(forge_fork *f, const char *name, const char *text)
{
    forge_value v;
    const char *p;
    size_t n;
    return forge_call(f, name, NULL, 0, &v) == FORGE_OK
           && forge_display_text(f, v, &p, &n) == FORGE_OK && n == strlen(text)
           && memcmp(p, text, n) == 0;
}

static bool is_right(void)
{
    forge_fork *f = begin_fork();
    bool right = f && gives(f, "verify", "true") && gives(f, "two", "[true, false]");
    forge_fork_end(f);
    return right;
}

static bool is_cancelled(void)
{
    pthread_t thread;
    forge_fork *f = begin_fork();
    if (!f)
        return false;
    if (pthread_create(&thread, NULL, cancel_later, f) != 0)
        return false;
    forge_status s = forge_call(f, "endless", NULL, 0, NULL);
    pthread_join(thread, NULL);
    forge_fork_end(f);
    return s == FORGE_CANCELLED;
}

static void *hash(void *arg)
{
    bool *good = arg;
    for (int i = 0; i < ROUNDS && *good; i++)
        *good = is_right() && is_cancelled();
    return NULL;
}

static void at_once(void **state)
{
    pthread_t threads[THREADS];
    bool good[THREADS];
    (void)state;
    prog_build(&program, source);
    for (int i = 0; i < THREADS; i++) {
        good[i] = true;
        assert_int_equal(pthread_create(&threads[i], NULL, hash, &good[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(good[i]);
    }
    prog_free(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(at_once) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

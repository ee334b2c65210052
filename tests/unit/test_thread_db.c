// SPDX-License-Identifier: Apache-2.0
/* Statements of SQLite in several threads at once, which are cancelled at any moment or end
 * by themselves, and forks that leave transactions open.  `make check` runs this under the
 * thread sanitizer. */
#include "prog.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define ROUNDS 40

static char folder[] = "/tmp/forge-threads-XXXXXX";
static forge_site *site;
static forge_template *tmpl;
static forge_env env;

static const char source[] =
    "db.open('t.db')\n"
    "let sum = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x "
    "< "
    "?) SELECT sum(x) AS s, count(*) AS n FROM c'\n"
    "fn make() { db.execute('PRAGMA journal_mode = WAL')\n"
    "            db.execute('CREATE TABLE t(a, b)') }\n"
    "fn count() { return db.query('SELECT count(*) AS n FROM t')[0].n }\n"
    "fn short() { return db.query(sum, [10])[0].s }\n"
    "fn long() { return db.query(sum, [30000])[0].s }\n"
    "fn two() { return squad { spawn { long() }\nspawn { short() } } }\n"
    "fn many() { return len(db.query('SELECT * FROM t, (' + sum + ')', [3])) }\n"
    "fn leave() { db.begin()\nfor i in range(5) {\n"
    "             db.execute('INSERT INTO t VALUES (?, ?)', [1, 'text']) }\n"
    "             return count() > 4 }\n"
    "fn endless() { while true { try { short()\nlong()\nleave()\ndb.rollback() }\n"
    "               catch e { if !e.message.contains('locked') { return e.message } } "
    "} }\n";

/* After how long to cancel, in steps that reach each part of a statement. */
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
    return forge_fork_begin(tmpl, NULL, NULL, &env, &f) == FORGE_OK ? f : NULL;
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
    bool right = f && gives(f, "short", "55") && gives(f, "long", "450015000")
                 && gives(f, "two", "[450015000, 55]") && gives(f, "many", "0")
                 && gives(f, "count", "0");
    forge_fork_end(f);
    return right;
}

static bool is_cancelled(void)
{
    pthread_t thread;
    forge_fork *f = begin_fork();
    if (!f || pthread_create(&thread, NULL, cancel_later, f) != 0)
        return false;
    forge_status s = forge_call(f, "endless", NULL, 0, NULL);
    pthread_join(thread, NULL);
    forge_fork_end(f);
    return s == FORGE_CANCELLED;
}

static void *use(void *arg)
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
    for (int i = 0; i < THREADS; i++) {
        good[i] = true;
        assert_int_equal(pthread_create(&threads[i], NULL, use, &good[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(good[i]);
    }
    assert_true(is_right());
}

static int setup(void **state)
{
    (void)state;
    forge_error *err = NULL;
    if (!mkdtemp(folder))
        return -1;
    site = forge_site_new(&(forge_site_options){ .root = folder, .connections = 3 });
    env = (forge_env){ .capabilities = FORGE_CAP_ALL, .site = site };
    forge_build b = {
        .file = "t.fg", .source = source, .source_len = strlen(source), .env = env
    };
    if (forge_build_template(&b, &tmpl, &err) != FORGE_OK)
        fail_msg("%s", forge_error_report(err)->text);
    forge_fork *f = begin_fork();
    prog_call(f, "make");
    forge_fork_end(f);
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    forge_template_free(tmpl);
    forge_site_free(site);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(at_once) };
    return cmocka_run_group_tests(tests, setup, teardown);
}

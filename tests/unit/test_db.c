// SPDX-License-Identifier: Apache-2.0
/* Databases and forks: what the top level opened is there in every fork, nothing that a
 * fork leaves behind is there in the next one, and nothing but idle connections stays.
 *
 * SQLite is always tested; PostgreSQL and MariaDB where FORGE_TEST_PG and FORGE_TEST_MYSQL
 * name a server. */
#include "prog.h"

#include "lib/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
#define DESCRIPTORS 3 /* of an open connection, at most */

static char folder[] = "/tmp/forge-db-XXXXXX";

/* Programs with the same functions: make() a table, count() its rows, add() one, leave()
 * a transaction open, setting() something that belongs to a session and is_set(), slow(),
 * many() rows in the middle of which something may happen. */
static const char sqlite_source[] =
    "db.open(\"%s\")\n"
    "fn make() { db.execute(\"DROP TABLE IF EXISTS t; CREATE TABLE t(a)\") }\n"
    "fn count() { return db.query(\"SELECT count(*) AS n FROM t\")[0].n }\n"
    "fn add() { return db.execute(\"INSERT INTO t VALUES (?)\", [1]) }\n"
    "fn leave() { db.begin()  add()  return count() }\n"
    "fn setting() { db.execute(\"CREATE TEMP TABLE mine(a)\")  return 1 }\n"
    "fn is_set() { try { db.query(\"SELECT * FROM mine\")  return true }\n"
    "              catch e { return false } }\n"
    "fn slow() { return db.query(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
    "            SELECT x + 1 FROM c) SELECT max(x) FROM c\") }\n"
    "fn many() { return len(db.query(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
    "            SELECT x + 1 FROM c) SELECT x FROM c\")) }\n"
    "fn close() { db.close()  try { count() } catch e { return e.message } }\n";

static const char pg_source[] =
    "pg.connect(\"%s\")\n"
    "fn make() { pg.execute(\"DROP TABLE IF EXISTS t\")\n"
    "            pg.execute(\"CREATE TABLE t(a int)\") }\n"
    "fn count() { return pg.query(\"SELECT count(*) AS n FROM t\")[0].n }\n"
    "fn add() { return pg.execute(\"INSERT INTO t VALUES ($1)\", [1]) }\n"
    "fn leave() { pg.begin()  add()  return count() }\n"
    "fn setting() { pg.execute(\"CREATE TEMP TABLE mine(a int)\")  return 1 }\n"
    "fn is_set() { try { pg.query(\"SELECT * FROM mine\")  return true }\n"
    "              catch e { return false } }\n"
    "fn slow() { return pg.query(\"SELECT pg_sleep(60)\") }\n"
    "fn many() { return len(pg.query(\"SELECT generate_series(1, 1000000000)\")) }\n"
    "fn close() { pg.close()  try { count() } catch e { return e.message } }\n";

static const char mysql_source[] =
    "let c = mysql.connect(\"%s\")\n"
    "fn make() { mysql.execute(c, \"DROP TABLE IF EXISTS t\")\n"
    "            mysql.execute(c, \"CREATE TABLE t(a int)\") }\n"
    "fn count() { return mysql.query(c, \"SELECT count(*) AS n FROM t\")[0].n }\n"
    "fn add() { return mysql.execute(c, \"INSERT INTO t VALUES (?)\", [1]) }\n"
    "fn leave() { let x = mysql.begin(c)\n"
    "             mysql.execute(x, \"INSERT INTO t VALUES (1)\")\n"
    "             return mysql.query(x, \"SELECT count(*) AS n FROM t\")[0].n }\n"
    "fn setting() { mysql.execute(c, \"CREATE TEMPORARY TABLE mine(a int)\")  return 1 "
    "}\n"
    "fn is_set() { try { mysql.query(c, \"SELECT * FROM mine\")  return true }\n"
    "              catch e { return false } }\n"
    "fn slow() { return mysql.query(c, \"SELECT SLEEP(60)\") }\n"
    "fn many() { return len(mysql.query(c, \"SELECT seq FROM seq_1_to_1000000000\")) "
    "}\n"
    "fn close() { mysql.close(c)  try { count() } catch e { return e.message } }\n";

static const struct kind {
    const char *name, *source, *variable, *closed;
} kinds[] = {
    { "sqlite", sqlite_source, NULL,
      "no database connection open (call db.open() first)" },
    { "postgresql", pg_source, "FORGE_TEST_PG", "no pg connection open" },
    { "mysql", mysql_source, "FORGE_TEST_MYSQL",
      "MySQL connection 'mysql_1' not found" },
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* ---- programs ------------------------------------------------------------------------ */

typedef struct app {
    forge_site *site;
    forge_template *tmpl;
    forge_env env;
} app;

static bool try_build(app *a, const char *source, forge_error **err)
{
    forge_build b = {
        .file = "test.fg", .source = source, .source_len = strlen(source), .env = a->env
    };
    return forge_build_template(&b, &a->tmpl, err) == FORGE_OK;
}

static void build(app *a, const forge_site_options *o, const char *source)
{
    forge_error *err = NULL;
    a->site = forge_site_new(o);
    assert_non_null(a->site);
    a->env = (forge_env){ .capabilities = FORGE_CAP_ALL, .site = a->site };
    if (!try_build(a, source, &err))
        fail_msg("%s", forge_error_report(err)->text);
}

/* false: there is no such server. */
static bool build_kind(app *a, const struct kind *k, uint32_t connections)
{
    static char source[4096];
    const char *target = k->variable ? getenv(k->variable) : "shared.db";
    if (!target)
        return false;
    snprintf(source, sizeof source, k->source, target);
    build(a, &(forge_site_options){ .root = folder, .connections = connections },
          source);
    return true;
}

static void drop(app *a)
{
    forge_template_free(a->tmpl);
    forge_site_free(a->site);
}

static forge_fork *fork_of(app *a, const forge_host *host, const forge_limits *limits)
{
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(a->tmpl, host, limits, &a->env, &f), FORGE_OK);
    return f;
}

/* The result of name() in a fork of its own. */
static const char *alone(app *a, const char *name)
{
    forge_fork *f = fork_of(a, NULL, NULL);
    const char *text = prog_call(f, name);
    forge_fork_end(f);
    return text;
}

/* What went wrong in name(). */
static void fails(forge_fork *f, const char *name, forge_status want, const char *text)
{
    assert_int_equal(forge_call(f, name, NULL, 0, NULL), want);
    assert_string_equal(forge_fork_report(f)->message, text);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void pause_ns(uint64_t ns)
{
    struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
    nanosleep(&t, NULL);
}

static uint32_t descriptors(void)
{
    uint32_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* What a fork left behind may end after it. */
static bool comes_down_to(uint32_t most)
{
    uint64_t end = now_ns() + 60000 * MS;
    while (descriptors() > most && now_ns() < end)
        pause_ns(MS);
    return descriptors() <= most;
}

/* ---- forks ------------------------------------------------------------------------------ */

static void every_fork_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        if (!build_kind(&a, &kinds[i], 0))
            continue;
        alone(&a, "make");
        forge_fork *f = fork_of(&a, NULL, NULL), *g = fork_of(&a, NULL, NULL);
        prog_expect(f, "add", "1");
        prog_expect(g, "count", "1");
        prog_expect(g, "add", "1");
        prog_expect(f, "count", "2");
        prog_expect(f, "close", kinds[i].closed);
        prog_expect(g, "count", "2");
        forge_fork_end(f);
        forge_fork_end(g);
        assert_string_equal(alone(&a, "count"), "2");
        drop(&a);
    }
}

static void what_is_open_is_undone(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        if (!build_kind(&a, &kinds[i], 1)) /* all share one */
            continue;
        alone(&a, "make");
        if (kinds[i].variable && strcmp(kinds[i].name, "mysql") == 0) {
            drop(&a); /* a transaction needs a second one */
            build_kind(&a, &kinds[i], 2);
        }
        for (int turn = 0; turn < 3; turn++) {
            assert_string_equal(alone(&a, "leave"), "1");
            assert_string_equal(alone(&a, "count"), "0");
            assert_string_equal(alone(&a, "setting"), "1");
            assert_string_equal(alone(&a, "is_set"), "false");
        }
        assert_string_equal(alone(&a, "add"), "1");
        drop(&a);
    }
}

static void the_limit_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        if (!build_kind(&a, &kinds[i], 2))
            continue;
        alone(&a, "make");
        forge_fork *f = fork_of(&a, NULL, NULL), *g = fork_of(&a, NULL, NULL);
        prog_expect(f, "count", "0");
        prog_expect(g, "count", "0");
        forge_fork *h = fork_of(&a, NULL, &(forge_limits){ .wall_us = 50000 });
        fails(h, "count", FORGE_LIMIT, "time limit of 0.05 s is reached");
        forge_fork_end(f);
        forge_limits_restart(h);
        prog_expect(h, "count", "0");
        forge_fork_end(g);
        forge_fork_end(h);
        drop(&a);
    }
}

static void nothing_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        if (!build_kind(&a, &kinds[i], 4))
            continue;
        alone(&a, "make");
        alone(&a, "leave");
        alone(&a, "count");
        prog_host counted = { 0 };
        forge_host host = prog_host_of(&counted);
        uint32_t before = descriptors();
        int forks = MANY(10000, 200);
        for (int k = 0; k < forks; k++) {
            forge_fork *f = fork_of(&a, &host, NULL);
            prog_expect(f, k % 2 ? "leave" : "count", k % 2 ? "1" : "0");
            forge_fork_end(f);
        }
        assert_int_equal(counted.blocks, 0);
        assert_int_equal(counted.bytes, 0);
        assert_true(comes_down_to(before + 3 * DESCRIPTORS));
        drop(&a);
        assert_true(comes_down_to(before - 1));
    }
}

/* ---- cancellation ------------------------------------------------------------------------- */

typedef struct runner {
    forge_fork *f;
    const char *name;
    forge_status status;
} runner;

static void *run(void *arg)
{
    runner *r = arg;
    r->status = forge_call(r->f, r->name, NULL, 0, NULL);
    return NULL;
}

/* How long name() goes on after it was cancelled. */
static uint64_t cancel(app *a, const char *name, uint64_t after)
{
    pthread_t thread;
    runner r = { fork_of(a, NULL, NULL), name, FORGE_OK };
    assert_int_equal(pthread_create(&thread, NULL, run, &r), 0);
    pause_ns(after);
    uint64_t from = now_ns();
    forge_cancel(r.f);
    pthread_join(thread, NULL);
    uint64_t took = now_ns() - from;
    assert_int_equal(r.status, FORGE_CANCELLED);
    forge_fork_end(r.f);
    return took;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void cancelling_is_quick(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        uint64_t slow = UINT64_MAX, many = UINT64_MAX;
        if (!build_kind(&a, &kinds[i], 2))
            continue;
        alone(&a, "make");
        for (int turn = 0; turn < 10; turn++) {
            slow = least(slow, cancel(&a, "slow", 20 * MS));
            many = least(many, cancel(&a, "many", 20 * MS));
            assert_string_equal(alone(&a, "count"), "0");
        }
        assert_true(slow < 10 * MS * (PROG_STRESS ? 100 : 1));
        assert_true(many < 10 * MS * (PROG_STRESS ? 100 : 1));
        drop(&a);
    }
}

static void memory_is_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        app a;
        if (!build_kind(&a, &kinds[i], 1))
            continue;
        alone(&a, "make");
        forge_fork *f =
            fork_of(&a, NULL, &(forge_limits){ .memory = MANY(16u << 20, 1u << 20) });
        assert_int_equal(forge_call(f, "many", NULL, 0, NULL), FORGE_LIMIT);
        forge_fork_end(f);
        assert_string_equal(alone(&a, "count"), "0");
        drop(&a);
    }
}

/* Another connection holds the lock: the one that waits is cancelled, too. */
static void waiting_for_a_lock_ends(void **state)
{
    (void)state;
    app a;
    uint64_t best = UINT64_MAX;
    assert_true(build_kind(&a, &kinds[0], 0));
    alone(&a, "make");
    forge_fork *f = fork_of(&a, NULL, NULL);
    prog_expect(f, "leave", "1");
    for (int turn = 0; turn < 10; turn++)
        best = least(best, cancel(&a, "add", 20 * MS));
    assert_true(best < 10 * MS * (PROG_STRESS ? 100 : 1));
    forge_fork_end(f);
    assert_string_equal(alone(&a, "add"), "1");
    drop(&a);
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void a_database_in_memory_ends_with_its_run(void **state)
{
    (void)state;
    app a;
    build(&a, &(forge_site_options){ 0 },
          "db.open(\":memory:\")\n"
          "db.execute(\"CREATE TABLE t(a)\")\n"
          "let n = db.query(\"SELECT count(*) AS n FROM t\")[0].n\n"
          "fn shared() { return db.query(\"SELECT 1\") }\n"
          "fn own() { db.open(\":memory:\")  db.execute(\"CREATE TABLE t(a)\")\n"
          "           return db.query(\"SELECT count(*) AS n FROM t\")[0].n + n }\n");
    forge_fork *f = fork_of(&a, NULL, NULL);
    fails(f, "shared", FORGE_ERROR,
          "a database in memory belongs to the run that opened it");
    prog_expect(f, "own", "0");
    prog_expect(f, "own", "0");
    forge_fork_end(f);
    drop(&a);
}

static void files_stay_inside(void **state)
{
    (void)state;
    app a;
    char path[128];
    snprintf(path, sizeof path, "%s/link.db", folder);
    assert_int_equal(symlink("/tmp/forge-outside.db", path), 0);
    snprintf(path, sizeof path, "%s/inside", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    build(&a, &(forge_site_options){ .root = folder, .hosted = 1 },
          "let paths = [\"../x.db\", \"/tmp/forge-x.db\", \"link.db\", \"inside\",\n"
          "             \"no/x.db\", \"\", \"inside/..\", \"/proc/self/mem\"]\n"
          "fn refused() { let mut n = 0\n"
          "  for p in paths { try { db.open(p)  db.execute(\"CREATE TABLE x(a)\") }\n"
          "                   catch e { n = n + 1 } }\n"
          "  return n }\n"
          "fn opened() { db.open(\"inside/x.db\")\n"
          "  db.execute(\"PRAGMA journal_mode = WAL\")\n"
          "  db.execute(\"CREATE TABLE x(a)\")\n"
          "  return db.query(\"SELECT count(*) AS n FROM x\")[0].n }\n"
          "fn attach() { db.open(\"inside/x.db\")\n"
          "  return db.execute(\"ATTACH '/tmp/forge-x.db' AS other\") }\n"
          "fn reach() { return pg.connect(\"host=127.0.0.1\", \"none\") }\n"
          "fn socket() { return mysql.connect(\"mysql://h/?socket=/nowhere\") }\n"
          "fn file() { return pg.connect(\"host=h passfile=/etc/passwd\") }\n");
    forge_fork *f = fork_of(&a, NULL, NULL);
    prog_expect(f, "refused", "8");
    prog_expect(f, "opened", "0");
    fails(f, "attach", FORGE_ERROR, "db.execute error: not authorized");
    fails(f, "reach", FORGE_ERROR,
          "pg.connect error: '127.0.0.1' is not among the hosts that this program may "
          "reach");
    fails(f, "socket", FORGE_ERROR,
          "mysql.connect() error: '/nowhere' is not among the hosts that this program "
          "may reach");
    fails(f, "file", FORGE_ERROR,
          "pg.connect (TLS) error: 'passfile' is not available in a web server");
    forge_fork_end(f);
    drop(&a);
    assert_int_equal(access("/tmp/forge-x.db", F_OK), -1);
    assert_int_equal(access("/tmp/forge-outside.db", F_OK), -1);
}

static void rights_are_needed(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        uint32_t caps;
        bool denied;
    } samples[] = {
        { "db.open(\":memory:\")", 0, true },
        { "db.open(\":memory:\")", FORGE_CAP_DB, false },
        { "pg.close()", FORGE_CAP_DB, true },
        { "pg.close()", FORGE_CAP_DB | FORGE_CAP_NET, false },
        { "mysql.close(\"mysql_1\")", FORGE_CAP_NET, true },
        { "mysql.close(\"mysql_1\")", FORGE_CAP_DB | FORGE_CAP_NET, false },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        forge_error *err = NULL;
        app a = { .env = { .capabilities = samples[i].caps } };
        assert_int_equal(try_build(&a, samples[i].source, &err), !samples[i].denied);
        if (samples[i].denied)
            assert_non_null(
                strstr(forge_error_report(err)->message, "permission denied"));
        forge_error_free(err);
        forge_template_free(a.tmpl);
    }
}

/* A file that was exchanged is opened anew. */
static void another_file_is_another_database(void **state)
{
    (void)state;
    app a;
    char path[128];
    assert_true(build_kind(&a, &kinds[0], 0));
    alone(&a, "make");
    alone(&a, "add");
    assert_string_equal(alone(&a, "count"), "1");
    snprintf(path, sizeof path, "%s/shared.db", folder);
    assert_int_equal(unlink(path), 0);
    alone(&a, "make");
    assert_string_equal(alone(&a, "count"), "0");
    drop(&a);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ---- functions that are not SQLite's own ----------------------------------------------- */

#define LENGTH 20000 /* no value is longer */

/* Each is every argument of each function. */
static const char values[] =
    "INSERT INTO v(a) VALUES (NULL), (''), (x''), ('a'), (x'61'), ('abc'), ('ABC'), "
    "('bc'), "
    "(1), (-12.5), (1e300), (121), ('1'), (' '), ('  a b  '), ('aaaa'), ('aa'), "
    "('aab'), "
    "('é'), ('aéb€c'), ('€'), ('𝄞é'), (x'c3a9'), (x'a9'), (x'c3'), (x'00'), (x'6100'), "
    "(cast(x'a9' AS TEXT)), (cast(x'c3' AS TEXT)), (cast(x'a9a9c3a9a9' AS TEXT)), "
    "(cast(x'c3a9a9' AS TEXT)), (cast(x'ff61ff' AS TEXT)), (cast(x'ff' AS TEXT)), "
    "(cast(x'610062' AS TEXT)), (cast(x'0061' AS TEXT)), (cast(x'e282' AS TEXT)), "
    "(x'610062'), (zeroblob(3)), (cast(x'f0908080908080c3a980' AS TEXT)), "
    "(replace(hex(zeroblob(40)), '00', 'a')), (replace(hex(zeroblob(40)), '00', 'a') "
    "|| 'b'), "
    "(replace(hex(zeroblob(4000)), '00', 'a')), "
    "(replace(hex(zeroblob(4000)), '00', 'ab') || 'c'), "
    "(replace(hex(zeroblob(9000)), '00', 'ab')), (replace(hex(zeroblob(5000)), '00', "
    "'a')), "
    "(substr(replace(hex(zeroblob(9999)), '00', 'xy'), 1, 19998)), "
    "(replace(hex(zeroblob(1700)), '00', 'é')), (zeroblob(5000)), ('{}'), ('null'), "
    "('[1,2]'), ('{\"a\":'), "
    "('{\"a\":1,\"b\":{\"c\":2}}'), ('{\"a\":null,\"b\":{\"c\":null,\"é\":[1.50]}}')";

static const char *const calls[] = {
    "instr(x.a, y.a)",      "trim(x.a)",
    "ltrim(x.a)",           "rtrim(x.a)",
    "json_patch(x.a, y.a)", "json_array(json_patch(x.a, y.a))",
    "trim(x.a, y.a)",       "ltrim(x.a, y.a)",
    "rtrim(x.a, y.a)",      "replace(x.a, y.a, z.a)",
};

static sqlite3 *open_plain(const char *encoding)
{
    sqlite3 *s;
    char sql[64];
    assert_int_equal(sqlite3_open(":memory:", &s), SQLITE_OK);
    snprintf(sql, sizeof sql, "PRAGMA encoding = '%s'; CREATE TABLE v(a)", encoding);
    assert_int_equal(sqlite3_exec(s, sql, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(s, values, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(s));
    sqlite3_limit(s, SQLITE_LIMIT_LENGTH, LENGTH);
    return s;
}

/* The same row of both, or the same error, which ends the call for this x, y and z. */
static void same_result(sqlite3_stmt *a, sqlite3_stmt *b, const char *what,
                        const int *at)
{
    for (int i = 0; i < 3 && i < sqlite3_bind_parameter_count(a); i++) {
        sqlite3_bind_int(a, i + 1, at[i]);
        sqlite3_bind_int(b, i + 1, at[i]);
    }
    int code = sqlite3_step(a), other = sqlite3_step(b);
    if (code != other)
        fail_msg("%s of %d, %d, %d: %d and %d", what, at[0], at[1], at[2], code, other);
    if (code == SQLITE_ROW) {
        const void *p = sqlite3_column_blob(a, 0), *q = sqlite3_column_blob(b, 0);
        int n = sqlite3_column_bytes(a, 0);
        if (sqlite3_column_type(a, 0) != sqlite3_column_type(b, 0)
            || n != sqlite3_column_bytes(b, 0)
            || (n > 0 && memcmp(p, q, (size_t)n) != 0))
            fail_msg("%s of %d, %d, %d differs", what, at[0], at[1], at[2]);
    } else {
        assert_string_equal(sqlite3_errmsg(sqlite3_db_handle(a)),
                            sqlite3_errmsg(sqlite3_db_handle(b)));
    }
    sqlite3_reset(a);
    sqlite3_reset(b);
}

static void compare_calls(sqlite3 *theirs, sqlite3 *ours, int n)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char sql[256];
        sqlite3_stmt *a, *b;
        snprintf(sql, sizeof sql,
                 "SELECT %s FROM v x, v y, v z WHERE x.rowid = ?1 AND y.rowid = ?2 AND "
                 "z.rowid = ?3",
                 calls[i]);
        assert_int_equal(sqlite3_prepare_v2(theirs, sql, -1, &a, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(ours, sql, -1, &b, NULL), SQLITE_OK);
        int ys = strstr(calls[i], "y.a") ? n : 1, zs = strstr(calls[i], "z.a") ? n : 1;
        for (int at = 0; at < n * ys * zs; at++)
            same_result(a, b, calls[i],
                        (int[]){ at % n + 1, at / n % ys + 1, at / n / ys + 1 });
        sqlite3_finalize(a);
        sqlite3_finalize(b);
    }
}

/* Every function gives what SQLite's own gives. */
static void functions_are_the_same(void **state)
{
    static const char *const encodings[] = { "UTF-8", "UTF-16le" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fg_db db = { .sqlite = open_plain(encodings[i]) };
        sqlite3 *plain = open_plain(encodings[i]);
        sqlite3_stmt *count;
        assert_int_equal(fg_db_add_functions(&db), SQLITE_OK);
        sqlite3_prepare_v2(plain, "SELECT count(*) FROM v", -1, &count, NULL);
        assert_int_equal(sqlite3_step(count), SQLITE_ROW);
        compare_calls(plain, db.sqlite, sqlite3_column_int(count, 0));
        sqlite3_finalize(count);
        sqlite3_close(plain);
        fg_db_drop_functions(&db);
        sqlite3_close(db.sqlite);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fork_has_it),
        cmocka_unit_test(what_is_open_is_undone),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(nothing_stays),
        cmocka_unit_test(cancelling_is_quick),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(waiting_for_a_lock_ends),
        cmocka_unit_test(a_database_in_memory_ends_with_its_run),
        cmocka_unit_test(files_stay_inside),
        cmocka_unit_test(rights_are_needed),
        cmocka_unit_test(another_file_is_another_database),
        cmocka_unit_test(functions_are_the_same),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

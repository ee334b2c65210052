// SPDX-License-Identifier: Apache-2.0
/* Statements of SQLite run in the thread of the fork or in one of their own: they give the
 * same, and a connection that a cancelled fork has left to its thread is rolled back, comes
 * back to the pool, and outlives the site if it has to. */
#define _GNU_SOURCE
#include "prog.h"

#include "lib/db.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS 1000000ull
#define TURNS MANY(5, 2)

static char folder[] = "/tmp/forge-run-XXXXXX";

static const char source[] =
    "db.open('run.db')\n"
    "fn make() { db.execute('DROP TABLE IF EXISTS t; CREATE TABLE t(a, b)') }\n"
    "fn count() { return db.query('SELECT count(*) AS n FROM t')[0].n }\n"
    "fn add() { return db.execute('INSERT INTO t VALUES (?, ?)', [1, 2]) }\n"
    "fn columns() { return len(keys(db.query('SELECT * FROM t LIMIT 1')[0])) }\n"
    "fn some() { db.begin()  for i in range(6) { add() }  db.commit() }\n"
    "fn stuck() { db.begin()  add()\n"
    "  db.query('SELECT ? LIKE ?', [repeat_str('a', 200000), '%' + repeat_str('a', "
    "997) + "
    "'b']) }\n"
    "fn patient() {\n"
    "  db.begin()  add()\n"
    "  try { timeout 0.05 seconds { db.query('WITH RECURSIVE c(x) AS (SELECT 1 UNION "
    "ALL SELECT x + 1 FROM c) SELECT max(x) FROM c') } } catch e { }\n"
    "  let n = count()\n"
    "  db.rollback()\n"
    "  return [n, count()] }\n"
    "fn rows(n, size) { return db.query('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
    "SELECT x + 1 FROM c WHERE x < ?) SELECT x, x * 0.5 AS f, substr(?, 1, x % ?) AS "
    "s, "
    "NULL AS n, zeroblob(x % 7) AS z FROM c', [n, repeat_str('ab', size), size]) }\n"
    "fn wrong(n, size) { let text = repeat_str('ab', size)\n"
    "  let got = rows(n, size)\n"
    "  let mut bad = len(got) - n\n"
    "  for i in range(len(got)) { let r = got[i]\n"
    "    if r.x != i + 1 || r.f != (i + 1) * 0.5 || r.n != null "
    "|| r.s != text.slice(0, (i + 1) % size) "
    "|| r.z != '<blob ' + str((i + 1) % 7) + ' bytes>' { bad = bad + 1 } }\n"
    "  return bad }\n"
    "fn all() { let mut bad = []\n"
    "  for n in [1, 10, 999, 4000] { for size in [1, 30, 9000] {\n"
    "    if n * size < 4000000 { for turn in range(2) { bad.push(wrong(n, size)) } } } "
    "}\n"
    "  return bad.filter(fn(n) { return n != 0 }) }\n";

typedef struct app {
    forge_site *site;
    forge_template *tmpl;
    forge_env env;
} app;

static void build(app *a, const char *program, uint32_t connections)
{
    forge_error *err = NULL;
    a->site = forge_site_new(
        &(forge_site_options){ .root = folder, .connections = connections });
    assert_non_null(a->site);
    a->env = (forge_env){ .capabilities = FORGE_CAP_ALL, .site = a->site };
    forge_build b = { .file = "run.fg",
                      .source = program,
                      .source_len = strlen(program),
                      .env = a->env };
    if (forge_build_template(&b, &a->tmpl, &err) != FORGE_OK)
        fail_msg("%s", forge_error_report(err)->text);
}

static void drop(app *a)
{
    forge_template_free(a->tmpl);
    forge_site_free(a->site);
}

static forge_fork *fork_of(app *a)
{
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(a->tmpl, NULL, NULL, &a->env, &f), FORGE_OK);
    return f;
}

static const char *alone(app *a, const char *name)
{
    forge_fork *f = fork_of(a);
    const char *text = prog_call(f, name);
    forge_fork_end(f);
    return text;
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

/* What was left to a thread ends some time. */
static void comes_down_to(uint32_t most)
{
    for (int i = 0; i < 60000 && descriptors() > most; i++)
        pause_ns(MS);
    assert_true(descriptors() <= most);
}

static sqlite3 *open_file(void)
{
    char path[64];
    sqlite3 *s;
    snprintf(path, sizeof path, "%s/run.db", folder);
    fg_db_count_memory();
    assert_int_equal(sqlite3_open(path, &s), SQLITE_OK);
    sqlite3_busy_timeout(s, 60000);
    return s;
}

static void change(sqlite3 *s, const char *sql)
{
    if (sqlite3_exec(s, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(s));
}

/* ---- connections that were left ------------------------------------------------------------ */

static void *cancel_later(void *fork)
{
    pause_ns(30 * MS);
    forge_cancel(fork);
    return NULL;
}

/* A fork that is cancelled inside LIKE, which takes much longer, with a transaction open. */
static void leave_one(app *a)
{
    pthread_t thread;
    forge_fork *f = fork_of(a);
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, f), 0);
    assert_int_equal(forge_call(f, "stuck", NULL, 0, NULL), FORGE_CANCELLED);
    pthread_join(thread, NULL);
    forge_fork_end(f);
}

static void one_that_was_left_comes_back(void **state)
{
    app a;
    (void)state;
    for (uint32_t connections = 1; connections < 3; connections++) {
        build(&a, source, connections);
        alone(&a, "make");
        uint32_t before = descriptors() + connections * 3; /* of those that are open */
        for (int turn = 0; turn < TURNS; turn++) {
            leave_one(&a);
            assert_string_equal(alone(&a, "count"), "0");
            assert_string_equal(alone(&a, "add"), "1");
            assert_string_equal(alone(&a, "make"), "null");
        }
        comes_down_to(before);
        drop(&a);
    }
}

static void one_that_was_left_outlives_its_site(void **state)
{
    app a;
    uint32_t before = descriptors();
    (void)state;
    for (int turn = 0; turn < TURNS; turn++) {
        build(&a, source, 2);
        alone(&a, "make");
        leave_one(&a);
        drop(&a);
    }
    comes_down_to(before);
    build(&a, source, 1);
    assert_string_equal(alone(&a, "count"), "0");
    drop(&a);
    comes_down_to(before);
}

/* What ends only a part of the fork leaves the transaction as it is. */
static void a_timeout_keeps_the_transaction(void **state)
{
    app a;
    (void)state;
    build(&a, source, 1);
    alone(&a, "make");
    for (int turn = 0; turn < TURNS; turn++)
        assert_string_equal(alone(&a, "patient"), "[1, 0]");
    drop(&a);
}

/* ---- the same in both threads ---------------------------------------------------------------- */

static void rows_are_the_same(void **state)
{
    app a;
    (void)state;
    build(&a, source, 1);
    assert_string_equal(alone(&a, "all"), "[]");
    drop(&a);
}

/* What the connection has learned of the schema is not true any more. */
static void schemas_change_meanwhile(void **state)
{
    app a;
    (void)state;
    build(&a, source, 1);
    alone(&a, "make");
    sqlite3 *other = open_file();
    for (int turn = 0; turn < 3; turn++) {
        alone(&a, "some");
        assert_string_equal(alone(&a, "columns"), "2");
        assert_string_equal(alone(&a, "columns"), "2");
        change(other, "ALTER TABLE t ADD COLUMN c AS (a || b)");
        assert_string_equal(alone(&a, "columns"), "3");
        assert_string_equal(alone(&a, "columns"), "3");
        change(other,
               "ALTER TABLE t DROP COLUMN c; DELETE FROM t; CREATE TABLE log(a); "
               "CREATE TRIGGER g AFTER INSERT ON t BEGIN "
               "INSERT INTO log VALUES (new.a); END");
        alone(&a, "some");
        assert_string_equal(alone(&a, "count"), "6");
        change(other, "DROP TRIGGER g; INSERT INTO t SELECT a, a FROM log; "
                      "DROP TABLE log");
        assert_string_equal(alone(&a, "count"), "12");
        change(other, "DELETE FROM t");
    }
    sqlite3_close(other);
    drop(&a);
}

/* Statements with two parameters; each runs several times, so that it is known. */
static const char *const statements[] = {
    "INSERT INTO t VALUES (?, ?)",
    "INSERT INTO t VALUES (?1, upper(?2))",
    "INSERT INTO u(k, v) VALUES (?, ?)",
    "INSERT INTO u(k, v) VALUES (?, ?)",
    "INSERT OR IGNORE INTO u(k, v) VALUES (?, ?)",
    "INSERT OR REPLACE INTO u(k, v) VALUES (?, ?)",
    "INSERT OR FAIL INTO u(k, v) VALUES (?, ?)",
    "INSERT INTO u(k, v) VALUES (?, ?) ON CONFLICT DO UPDATE SET v = v || 'x'",
    "INSERT INTO u(k, v) VALUES (?, ?), (100, 'many'), (101, 'many') ON CONFLICT DO "
    "NOTHING",
    "INSERT INTO u(k, v) VALUES (?1, ?2) RETURNING k",
    "INSERT INTO t SELECT k + ?, v || ? FROM u",
    "INSERT INTO c VALUES (?, ?)",
    "INSERT INTO f VALUES (?, ?)",
    "INSERT INTO g(a, b) VALUES (?, ?)",
    "INSERT INTO w VALUES (?, ?)",
    "INSERT INTO i(a, b) VALUES (?, ?)",
    "INSERT INTO d(a) VALUES (?1 || ?2)",
    "INSERT INTO none VALUES (?, ?)",
    "INSERT INTO t VALUES (changes(), ?1 || ?2)",
    "UPDATE u SET v = v || ?2 WHERE k = ?1",
    "DELETE FROM t WHERE a = ? AND b <> ?",
    "INSERT OR ROLLBACK INTO u(k, v) VALUES (?, ?)",
    "INSERT INTO t VALUES (?, ?)",
};

static const char tables[] =
    "CREATE TABLE t(a, b); CREATE INDEX ti ON t(b); "
    "CREATE TABLE u(k INTEGER PRIMARY KEY, v TEXT UNIQUE NOT NULL); "
    "CREATE TABLE c(a CHECK (a < 4), b CHECK (b LIKE 'v%')); "
    "CREATE TABLE f(a REFERENCES u(k), b); "
    "CREATE TABLE g(a, b, c AS (a || b), d AS (length(b)) STORED); "
    "CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID; "
    "CREATE TABLE i(n INTEGER PRIMARY KEY AUTOINCREMENT, a, b); "
    "CREATE TABLE d(a, b DEFAULT (lower('B')), c DEFAULT 1.5); "
    "CREATE TABLE log(a); "
    "CREATE TRIGGER tg AFTER INSERT ON w BEGIN INSERT INTO log VALUES (new.b); END";

#define SUM                                                                            \
    "SELECT group_concat(x, '/') AS s FROM ("                                          \
    "SELECT group_concat(a || ':' || b) AS x FROM t UNION ALL "                        \
    "SELECT group_concat(k || ':' || v) FROM u UNION ALL "                             \
    "SELECT group_concat(a || ':' || b) FROM c UNION ALL "                             \
    "SELECT group_concat(a || ':' || b) FROM f UNION ALL "                             \
    "SELECT group_concat(c || ':' || d) FROM g UNION ALL "                             \
    "SELECT group_concat(a || ':' || b) FROM w UNION ALL "                             \
    "SELECT group_concat(n || a || ':' || b) FROM i UNION ALL "                        \
    "SELECT group_concat(a || ':' || b || c) FROM d UNION ALL "                        \
    "SELECT group_concat(a) FROM log)"
#define TIMES 6

/* What SQLite itself says, in the words of the module. */
static void run_plain(sqlite3 *s, const char *sql, int i, char *out, size_t room)
{
    sqlite3_stmt *q = NULL;
    char text[16];
    int64_t before = sqlite3_total_changes64(s);
    int code = sqlite3_prepare_v2(s, sql, -1, &q, NULL);
    snprintf(text, sizeof text, "v%d", i);
    if (code == SQLITE_OK) {
        sqlite3_bind_int(q, 1, i);
        sqlite3_bind_text(q, 2, text, -1, SQLITE_STATIC);
        code = sqlite3_step(q);
    }
    if (code == SQLITE_ROW)
        snprintf(out, room,
                 "db.execute error: Execute returned results - did you mean to call "
                 "query?");
    else if (code != SQLITE_DONE)
        snprintf(out, room, "db.execute error: %s", sqlite3_errmsg(s));
    else
        snprintf(out, room, "%d",
                 sqlite3_total_changes64(s) == before ? 0 : (int)sqlite3_changes64(s));
    sqlite3_finalize(q);
}

static void expect_statements(char *out, size_t room)
{
    sqlite3 *s;
    sqlite3_stmt *q;
    char *at = out, *end = out + room;
    assert_int_equal(sqlite3_open(":memory:", &s), SQLITE_OK);
    change(s, tables);
    change(s, "PRAGMA foreign_keys = 1; BEGIN; INSERT INTO u VALUES (0, 'first')");
    for (size_t k = 0; k < FG_COUNT(statements); k++)
        for (int i = 0; i < TIMES; i++) {
            char text[256];
            run_plain(s, statements[k], i, text, sizeof text);
            at += snprintf(at, (size_t)(end - at), "%s\n", text);
        }
    assert_int_equal(sqlite3_prepare_v2(s, SUM, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    snprintf(at, (size_t)(end - at), "%s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    sqlite3_close(s);
}

static void statements_do_the_same(void **state)
{
    static char program[32768], expected[32768];
    char *at = program, *end = program + sizeof program;
    app a;
    (void)state;
    at += snprintf(
        at, (size_t)(end - at),
        "fn run(sql, i) { try { return str(db.execute(sql, [i, 'v' + str(i)])) "
        "} catch e { return e.message } }\n"
        "fn all() {\ndb.open('same.db')\nlet mut out = ''\n"
        "db.execute(\"%s\")\ndb.execute('PRAGMA foreign_keys = 1')\n"
        "db.begin()\ndb.execute(\"INSERT INTO u VALUES (0, 'first')\")\n"
        "for sql in [",
        tables);
    for (size_t k = 0; k < FG_COUNT(statements); k++)
        at += snprintf(at, (size_t)(end - at), "\"%s\",\n", statements[k]);
    snprintf(at, (size_t)(end - at),
             "] { for i in range(%d) { out = out + run(sql, i) + '\\n' } }\n"
             "return out + db.query(\"" SUM "\")[0].s }\n",
             TIMES);
    build(&a, program, 1);
    expect_statements(expected, sizeof expected);
    assert_string_equal(alone(&a, "all"), expected);
    drop(&a);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_was_left_comes_back),
        cmocka_unit_test(one_that_was_left_outlives_its_site),
        cmocka_unit_test(a_timeout_keeps_the_transaction),
        cmocka_unit_test(rows_are_the_same),
        cmocka_unit_test(schemas_change_meanwhile),
        cmocka_unit_test(statements_do_the_same),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

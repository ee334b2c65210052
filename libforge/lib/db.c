// SPDX-License-Identifier: Apache-2.0
/* The db module: one current connection to an SQLite database.
 *
 * What db.open() says at the top level is remembered with the program; each fork takes a
 * connection from the pool of the site when it first needs one, and gives it back when it
 * ends, rolled back. */
#include "lib/db.h"

#define REMEMBERED "db"
#define BYTES_PER_UNIT 64u /* of a text that is copied */
#define PIECE (1u << 20)   /* bytes of a text that are copied without a look */

typedef struct state {
    fg_resource resource;
    fg_db *db; /* NULL: not taken, or closed */
    fg_gate gate;
} state;

static void state_end(fg_vm *vm, fg_resource *r)
{
    state *s = (state *)(void *)r;
    if (s->db)
        fg_db_give(s->db);
    fg_memory_give(vm, s, sizeof *s);
}

static state *state_of(fg_vm *vm) { return fg_state(vm, sizeof(state), state_end); }

/* Takes the connection that is current, unless this fork has it. */
static fg_status take_current(fg_vm *vm, state *s)
{
    fg_value target;
    if (s->db)
        return FG_OK;
    if (!fg_recall(vm, REMEMBERED, &target) || !fg_is_string(target))
        return fg_raise(vm, FG_E_RUNTIME,
                        "no database connection open (call db.open() first)");
    if (fg_slice_eq(fg_string_slice(target.as.str), FG_SLICE(FG_DB_MEMORY))) {
        fg_raise(vm, FG_E_RUNTIME,
                 "a database in memory belongs to the run that opened it");
        return fg_hint(vm, "open a file at the top level, or the database in memory in "
                           "the function that uses it");
    }
    return fg_db_take(vm, fg_string_slice(target.as.str), &s->db);
}

/* What a call works with while it is inside. */
typedef struct call {
    fg_vm *vm;
    state *state;
    fg_db *db;       /* NULL: it was left to a thread of its own */
    bool terminated; /* a zero byte stands behind the text of the statements */
} call;

static fg_status call_begin(fg_vm *vm, call *k)
{
    *k = (call){ .vm = vm, .state = state_of(vm) };
    if (!k->state)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &k->state->gate));
    fg_status s = take_current(vm, k->state);
    if (s != FG_OK) {
        fg_gate_leave(vm, &k->state->gate);
        return s;
    }
    k->db = k->state->db;
    fg_db_enter(vm, k->db);
    return FG_OK;
}

/* Looks at the limits: a statement may take long without many operations. */
static fg_status call_end(call *k, fg_status s)
{
    if (k->db) {
        fg_status released = fg_db_release(k->vm, &k->db);
        s = released != FG_OK ? released : s;
    }
    if (k->db)
        fg_db_leave(k->db);
    k->state->db = k->db;
    fg_gate_leave(k->vm, &k->state->gate);
    return s == FG_OK ? fg_tick(k->vm, FG_SLICE_POLLS) : s;
}

/* ---- statements ---------------------------------------------------------------------- */

/* The first statement of the text, if there is one; the rest is left in *text.
 * SQLite's compiler takes quadratic time for many names, but needs memory for each. */
static fg_status prepare(call *k, const char *what, fg_slice *text)
{
    const char *tail;
    int code;
    FG_TRY(fg_db_prepare(k->vm, k->db, text->p, (int)text->n + k->terminated, &tail,
                         &code));
    if (code != SQLITE_OK)
        return fg_db_failed(k->db, what, code);
    text->n -= (uint32_t)(tail - text->p);
    text->p = tail;
    return FG_OK;
}

/* A large text is copied piece by piece, for a fork that has to end meanwhile. */
static int bind_large(fg_db *c, int i, fg_slice text)
{
    char *to = sqlite3_malloc64(text.n);
    if (!to)
        return SQLITE_NOMEM;
    for (uint32_t at = 0; at < text.n; at += PIECE) {
        uint32_t n = text.n - at < PIECE ? text.n - at : PIECE;
        memcpy(to + at, text.p + at, n);
        if (fg_db_is_stopped(c, n / BYTES_PER_UNIT)) {
            sqlite3_free(to);
            return SQLITE_INTERRUPT;
        }
    }
    return sqlite3_bind_text64(c->statement, i, to, text.n, sqlite3_free, SQLITE_UTF8);
}

static int bind_text(fg_db *c, int i, const fg_value *v)
{
    int code = SQLITE_NOMEM;
    fg_bytes b;
    fg_bytes_init(&b);
    fg_slice text = fg_shown(&b, v);
    if (!b.failed)
        code = text.n > PIECE
                   ? bind_large(c, i, text)
                   : sqlite3_bind_text64(c->statement, i, text.n ? text.p : "", text.n,
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
    fg_bytes_drop(&b);
    return code;
}

static int bind_value(fg_db *c, int i, const fg_value *v)
{
    sqlite3_stmt *s = c->statement;
    if (fg_wrap_of(*v))
        return bind_text(c, i, v);
    switch (fg_type_of(*v)) {
    case FG_NULL: return sqlite3_bind_null(s, i);
    case FG_INT:
    case FG_BOOL: return sqlite3_bind_int64(s, i, v->as.i);
    case FG_FLOAT: return sqlite3_bind_double(s, i, v->as.f);
    default: return bind_text(c, i, v);
    }
}

/* Markers are filled by place, whatever they are called. */
static fg_status bind_all(call *k, const char *what, const fg_array *params)
{
    uint32_t need = (uint32_t)sqlite3_bind_parameter_count(k->db->statement);
    uint32_t have = params ? params->len : 0;
    if (need != have)
        return fg_raise(k->vm, FG_E_RUNTIME,
                        "%s: Wrong number of parameters passed to query. Got %u, "
                        "needed %u",
                        what, have, need);
    for (uint32_t i = 0; i < have; i++) {
        fg_value v, plain;
        fg_array_get(params, i, &v);
        fg_peel(&v, &plain);
        int code = bind_value(k->db, (int)i + 1, &plain);
        if (code != SQLITE_OK)
            return fg_db_failed(k->db, what, code);
        uint32_t n = fg_is_string(plain) ? plain.as.str->len : 0;
        k->db->bound += n;
        FG_TRY(fg_tick(k->vm, n > PIECE ? 0 : n / BYTES_PER_UNIT));
    }
    return FG_OK;
}

typedef fg_status text_function(fg_vm *vm, fg_slice sql, const fg_array *params,
                                fg_value *out);

/* Runs the text in argv[0].  Other tasks may run meanwhile: that it is held keeps them from
 * appending to it. */
static fg_status with_text(fg_vm *vm, const char *what, text_function *run, int argc,
                           fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a SQL string", what);
    fg_retain(&text);
    fg_status s =
        run(vm, fg_string_slice(text.as.str), fg_sql_params(argc, argv, 1), out);
    fg_release(&text);
    return s;
}

/* ---- query ----------------------------------------------------------------------------- */

static fg_status read_rows(call *k, fg_rows *rows)
{
    int code;
    do {
        FG_TRY(fg_db_run(k->vm, &k->db, FG_DB_ROWS, &code));
        FG_TRY(fg_db_batch_read(&k->db->batch, k->vm, k->db->statement, rows));
    } while (code == SQLITE_ROW);
    return code == SQLITE_DONE ? FG_OK
                               : fg_db_failed(k->db, "db.query row error", code);
}

static fg_status query(fg_vm *vm, fg_slice sql, const fg_array *params, fg_value *out)
{
    call k;
    fg_rows rows;
    FG_TRY(call_begin(vm, &k));
    fg_status s = fg_rows_begin(vm, &rows, out);
    if (s == FG_OK)
        s = prepare(&k, "db.query error", &sql);
    if (s == FG_OK && k.db->statement)
        s = bind_all(&k, "db.query error", params);
    if (s == FG_OK && k.db->statement)
        s = read_rows(&k, &rows);
    fg_rows_end(&rows);
    return call_end(&k, s);
}

static fg_status db_query(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return with_text(vm, "db.query", query, argc, argv, out);
}

/* ---- execute --------------------------------------------------------------------------- */

#define EXECUTE "db.execute error"
#define STATEMENT_UNITS 128u
#define LONG_TEXT 65536u

/* Runs the statement to its end; *changed: rows that it itself changed. */
static fg_status run(call *k, bool rows_allowed, int64_t *changed)
{
    int64_t before = sqlite3_total_changes64(k->db->sqlite);
    int code;
    FG_TRY(fg_db_run(k->vm, &k->db, rows_allowed ? FG_DB_ANY : FG_DB_NO_ROWS, &code));
    if (code == SQLITE_ROW)
        return fg_raise(k->vm, FG_E_RUNTIME,
                        EXECUTE ": Execute returned results - did you mean to call "
                                "query?");
    if (code != SQLITE_DONE)
        return fg_db_failed(k->db, EXECUTE, code);
    sqlite3 *db = k->db->sqlite;
    *changed = sqlite3_total_changes64(db) == before ? 0 : sqlite3_changes64(db);
    return FG_OK;
}

/* All statements of a text; *out: what the only one has changed. */
static fg_status run_text(call *k, fg_slice sql, fg_value *out)
{
    int64_t changed = 0;
    uint32_t n = 0;
    while (sql.n > 0 && *sql.p) {
        FG_TRY(prepare(k, EXECUTE, &sql));
        if (!k->db->statement) /* a comment */
            continue;
        FG_TRY(run(k, true, &changed));
        FG_TRY(fg_db_release(k->vm, &k->db));
        n++;
        FG_TRY(fg_tick(k->vm, STATEMENT_UNITS));
    }
    return fg_give(out, n > 1 ? fg_null() : fg_int(changed));
}

/* The same; SQLite copies the rest of a text for each statement, unless it is terminated. */
static fg_status run_all(call *k, fg_slice sql, fg_value *out)
{
    if (sql.n < LONG_TEXT)
        return run_text(k, sql, out);
    size_t size = (size_t)sql.n + 1;
    char *text = fg_memory_take(k->vm, size);
    if (!text) {
        fg_heap_refuse(&k->vm->heap);
        return FG_NOMEM;
    }
    memcpy(text, sql.p, sql.n);
    text[sql.n] = '\0';
    k->terminated = true;
    fg_status s = run_text(k, fg_slice_of(text, sql.n), out);
    fg_memory_give(k->vm, text, size);
    return s;
}

/* One statement with parameters. */
static fg_status run_one(call *k, fg_slice sql, const fg_array *params, fg_value *out)
{
    int64_t changed = 0;
    FG_TRY(prepare(k, EXECUTE, &sql));
    FG_TRY(bind_all(k, EXECUTE, params));
    if (k->db->statement)
        FG_TRY(run(k, false, &changed));
    return fg_give(out, fg_int(changed));
}

static fg_status execute(fg_vm *vm, fg_slice sql, const fg_array *params, fg_value *out)
{
    call k;
    FG_TRY(call_begin(vm, &k));
    return call_end(&k, params ? run_one(&k, sql, params, out) : run_all(&k, sql, out));
}

static fg_status db_execute(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return with_text(vm, "db.execute", execute, argc, argv, out);
}

/* One statement of the module's own. */
static fg_status run_own(fg_vm *vm, const char *what, const char *sql, fg_value *out)
{
    call k;
    FG_TRY(call_begin(vm, &k));
    int code;
    fg_status s = fg_db_prepare(vm, k.db, sql, -1, NULL, &code);
    *out = fg_null();
    if (s == FG_OK && code == SQLITE_OK)
        s = fg_db_run(vm, &k.db, FG_DB_ANY, &code);
    if (s == FG_OK && code != SQLITE_DONE)
        s = fg_db_failed(k.db, what, code);
    return call_end(&k, s);
}

/* ---- the rest of the module --------------------------------------------------------------- */

/* Replaces the current connection by another, or none. */
static void replace(state *s, fg_db *by)
{
    if (s->db)
        fg_db_give(s->db);
    s->db = by;
}

/* Takes the new one first, so that a failure leaves the old one. */
static fg_status open_target(fg_vm *vm, state *s, fg_string *target)
{
    fg_db *fresh;
    fg_value remembered = fg_string_value(target);
    FG_TRY(fg_db_take(vm, fg_string_slice(target), &fresh));
    replace(s, fresh);
    if (!fg_site_of(vm)->root) /* the current directory may become another */
        FG_TRY(fg_make_string(vm, fg_slice_str(fresh->pooled.key), &remembered));
    return fg_remember(vm, REMEMBERED, &remembered);
}

static fg_status db_open(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value path = fg_arg(argc, argv, 0);
    if (!fg_is_string(path))
        return fg_raise(vm, FG_E_RUNTIME,
                        "db.open() requires a path string (use ':memory:' for "
                        "in-memory)");
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &s->gate));
    fg_status status = open_target(vm, s, path.as.str);
    fg_gate_leave(vm, &s->gate);
    *out = fg_bool(true);
    return status;
}

static fg_status db_close(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    *out = fg_null();
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &s->gate));
    replace(s, NULL);
    fg_status status = fg_remember(vm, REMEMBERED, out);
    fg_gate_leave(vm, &s->gate);
    return status;
}

static fg_status db_last_insert_rowid(fg_vm *vm, int argc, fg_value *argv,
                                      fg_value *out)
{
    call k;
    (void)argc;
    (void)argv;
    FG_TRY(call_begin(vm, &k));
    *out = fg_int(sqlite3_last_insert_rowid(k.db->sqlite));
    return call_end(&k, FG_OK);
}

static fg_status db_begin(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return run_own(vm, "db.begin error", "BEGIN", out);
}

static fg_status db_commit(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return run_own(vm, "db.commit error", "COMMIT", out);
}

static fg_status db_rollback(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return run_own(vm, "db.rollback error", "ROLLBACK", out);
}

static const fg_member members[] = {
    FG_FN("db.open", db_open, FG_CAP_DB,
          "(path): makes the SQLite database in this file the current one, for all "
          "handlers if said at the top level; \":memory:\" is one that ends with the "
          "run"),
    FG_FN("db.execute", db_execute, FG_CAP_DB,
          "(sql, params?): runs a statement and gives the number of rows it changed; "
          "several statements without parameters give null"),
    FG_FN("db.query", db_query, FG_CAP_DB,
          "(sql, params?): the rows of a statement as an Array of Objects"),
    FG_FN("db.close", db_close, FG_CAP_DB,
          "(): ends the use of the current database; an open transaction is rolled "
          "back"),
    FG_FN("db.last_insert_rowid", db_last_insert_rowid, FG_CAP_DB,
          "(): the row id of the last row inserted"),
    FG_FN("db.begin", db_begin, FG_CAP_DB, "(): begins a transaction"),
    FG_FN("db.commit", db_commit, FG_CAP_DB, "(): keeps what the transaction changed"),
    FG_FN("db.rollback", db_rollback, FG_CAP_DB,
          "(): undoes what the transaction changed"),
};

const fg_module fg_db_module = { "db", FG_COUNT(members), members };

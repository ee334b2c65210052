// SPDX-License-Identifier: Apache-2.0
/* The pg module: one current connection to a PostgreSQL database.
 *
 * What pg.connect() says at the top level is remembered with the program; each fork takes
 * a connection from the pool of the site when it first needs one, and gives it back when
 * it ends, rolled back. */
#include "lib/pg.h"

#include <stdlib.h>
#include <strings.h>

#define REMEMBERED "pg"

typedef struct state {
    fg_resource resource;
    fg_pg *pg; /* NULL: not taken, or closed */
    bool lost; /* it broke inside a transaction, which must not go on with another */
    fg_gate gate;
} state;

static void state_end(fg_vm *vm, fg_resource *r)
{
    state *s = (state *)(void *)r;
    if (s->pg)
        fg_pg_give(vm, s->pg);
    fg_memory_give(vm, s, sizeof *s);
}

static state *state_of(fg_vm *vm) { return fg_state(vm, sizeof(state), state_end); }

/* What a call works with while it is inside. */
typedef struct call {
    fg_vm *vm;
    state *state;
    fg_pg *pg;
    const char *what; /* "pg.query error" */
    bool open;        /* a transaction was, when it began */
    bool broken;      /* answers are missing: the connection is of no use */
    int64_t affected;
    char command[64]; /* what the server says it has done */
} call;

/* Takes the connection that is current, unless this fork has it. */
static fg_status take_current(call *k)
{
    fg_value target;
    if (k->state->lost) {
        fg_sql_raise(k->vm, k->what, "the connection was lost inside a transaction");
        return fg_hint(k->vm, "call pg.rollback() and begin again");
    }
    if (k->state->pg)
        return FG_OK;
    if (!fg_recall(k->vm, REMEMBERED, &target) || !fg_is_string(target))
        return fg_raise(k->vm, FG_E_RUNTIME, "no pg connection open");
    return fg_pg_take(k->vm, fg_string_slice(target.as.str), &k->state->pg);
}

static fg_status call_begin(fg_vm *vm, call *k, const char *what, bool anew)
{
    *k = (call){ .vm = vm, .state = state_of(vm), .what = what };
    if (!k->state)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &k->state->gate));
    k->state->lost = k->state->lost && !anew;
    fg_status s = take_current(k);
    if (s != FG_OK) {
        fg_gate_leave(vm, &k->state->gate);
        return s;
    }
    k->pg = k->state->pg;
    PGTransactionStatusType t = fg_libpq.PQtransactionStatus(k->pg->conn);
    k->open = t == PQTRANS_INTRANS || t == PQTRANS_INERROR;
    return FG_OK;
}

static fg_status call_end(call *k, fg_status s)
{
    if (k->broken) {
        fg_pg_close(k->vm, k->pg);
        k->state->pg = NULL;
        k->state->lost = k->open;
    }
    fg_gate_leave(k->vm, &k->state->gate);
    return s;
}

/* ---- sending ----------------------------------------------------------------------------- */

/* The texts of the parameters one behind the other, terminated. */
static fg_status show_params(call *k, const fg_array *params, fg_bytes *b)
{
    for (uint32_t i = 0; i < params->len; i++) {
        fg_value v;
        uint32_t from = b->n;
        fg_array_get(params, i, &v);
        fg_show(b, &v);
        if (b->n > from && memchr(b->p + from, 0, b->n - from))
            return fg_sql_raise(k->vm, k->what, "text with a zero byte cannot be sent");
        fg_bytes_char(b, '\0');
    }
    return b->failed ? FG_NOMEM : FG_OK;
}

static bool is_absent(const fg_value *v)
{
    fg_value plain;
    fg_peel(v, &plain);
    return fg_is(plain, FG_NULL) || fg_is(plain, FG_NONE);
}

/* values: room for the parameters. */
static fg_status send_values(call *k, const char *sql, const fg_array *params,
                             const char **values)
{
    fg_bytes b;
    uint32_t n = params ? params->len : 0;
    fg_begin_text(k->vm, &b);
    fg_status s = n ? show_params(k, params, &b) : FG_OK;
    if (s == FG_OK) {
        const char *at = b.p;
        for (uint32_t i = 0; i < n; i++, at += strlen(at) + 1) {
            fg_value v;
            fg_array_get(params, i, &v);
            values[i] = is_absent(&v) ? NULL : at;
        }
        if (!fg_libpq.PQsendQueryParams(k->pg->conn, sql, (int)n, NULL, values, NULL,
                                        NULL, 0)
            || !fg_libpq.PQsetSingleRowMode(k->pg->conn)) {
            s = fg_sql_raise(k->vm, k->what, fg_libpq.PQerrorMessage(k->pg->conn));
            k->broken = fg_libpq.PQstatus(k->pg->conn) == CONNECTION_BAD
                        || fg_libpq.PQtransactionStatus(k->pg->conn) == PQTRANS_ACTIVE;
        }
    }
    fg_bytes_drop(&b);
    return s;
}

/* The server infers the types of the parameters. */
static fg_status send_query(call *k, fg_slice sql, const fg_array *params)
{
    char *text;
    size_t size = (params ? params->len : 0) * sizeof(char *) + sizeof(char *);
    FG_TRY(fg_sql_text(k->vm, k->what, sql, &text));
    const char **values = fg_memory_take(k->vm, size);
    fg_status s = values ? send_values(k, text, params, values) : FG_NOMEM;
    if (values)
        fg_memory_give(k->vm, values, size);
    fg_memory_give(k->vm, text, (size_t)sql.n + 1);
    return s;
}

/* ---- receiving --------------------------------------------------------------------------- */

static fg_slice column_name(void *ctx, uint32_t i)
{
    return fg_slice_str(fg_libpq.PQfname(ctx, (int)i));
}

static fg_status read_rows(call *k, PGresult *r, fg_rows *rows)
{
    int n = fg_libpq.PQnfields(r);
    for (int row = 0; row < fg_libpq.PQntuples(r); row++) {
        FG_TRY(fg_rows_add(rows, (uint32_t)n, column_name, r));
        for (int i = 0; i < n; i++) {
            fg_value v = fg_null();
            fg_slice text = { fg_libpq.PQgetvalue(r, row, i),
                              (uint32_t)fg_libpq.PQgetlength(r, row, i) };
            if (!fg_libpq.PQgetisnull(r, row, i))
                FG_TRY(fg_pg_value(k->vm, fg_libpq.PQftype(r, i), text, &v));
            fg_rows_set(rows, (uint32_t)i, &v);
        }
    }
    return FG_OK;
}

static fg_status read_result(call *k, PGresult *r, fg_rows *rows)
{
    switch (fg_libpq.PQresultStatus(r)) {
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        fg_sql_raise(k->vm, k->what, "COPY from or to a program is not available");
        return fg_hint(k->vm, "use INSERT and SELECT");
    case PGRES_SINGLE_TUPLE: return rows ? read_rows(k, r, rows) : fg_tick(k->vm, 1);
    default:
        k->affected = strtoll(fg_libpq.PQcmdTuples(r), NULL, 10);
        strncpy(k->command, fg_libpq.PQcmdStatus(r), sizeof k->command - 1);
        return FG_OK;
    }
}

static fg_status raise_failure(call *k, const PGresult *r)
{
    const char *text = fg_libpq.PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = fg_libpq.PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
    fg_status s =
        fg_sql_raise(k->vm, k->what, text ? text : fg_libpq.PQresultErrorMessage(r));
    return hint ? fg_advise(k->vm, "%s", hint) : s;
}

/* Reads all results, the rows into `rows` unless that is NULL.  An error of the server is
 * kept in *failure. */
static fg_status receive(call *k, fg_rows *rows, PGresult **failure)
{
    for (;;) {
        PGresult *r;
        bool sound;
        FG_TRY(fg_pg_result(k->vm, k->pg, &sound, &r));
        if (!sound)
            return fg_sql_raise(k->vm, k->what, fg_libpq.PQerrorMessage(k->pg->conn));
        if (!r)
            return FG_OK;
        ExecStatusType status = fg_libpq.PQresultStatus(r);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
            fg_libpq.PQclear(*failure);
            *failure = r;
            continue;
        }
        fg_status s = read_result(k, r, rows);
        fg_libpq.PQclear(r);
        FG_TRY(s);
    }
}

static fg_status run(call *k, fg_slice sql, const fg_array *params, fg_rows *rows)
{
    PGresult *failure = NULL;
    bool sound;
    FG_TRY(send_query(k, sql, params));
    fg_status s = fg_pg_flush(k->vm, k->pg, &sound);
    if (s == FG_OK && !sound)
        s = fg_sql_raise(k->vm, k->what, fg_libpq.PQerrorMessage(k->pg->conn));
    if (s == FG_OK)
        s = receive(k, rows, &failure);
    k->broken = s != FG_OK || fg_libpq.PQstatus(k->pg->conn) == CONNECTION_BAD;
    if (s == FG_OK && failure)
        s = raise_failure(k, failure);
    fg_libpq.PQclear(failure);
    return s;
}

/* ---- the module ---------------------------------------------------------------------------- */

/* SQL in argv[0], or an error of the function `name`. */
static fg_status sql_of(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                        fg_slice *sql)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a SQL string", name);
    *sql = fg_string_slice(v.as.str);
    return FG_OK;
}

static fg_status pg_query(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    call k;
    fg_rows rows;
    fg_slice sql;
    FG_TRY(sql_of(vm, argc, argv, "pg.query", &sql));
    FG_TRY(call_begin(vm, &k, "pg.query error", false));
    fg_status s = fg_rows_begin(vm, &rows, out);
    if (s == FG_OK)
        s = run(&k, sql, fg_sql_params(argc, argv, 1), &rows);
    fg_rows_end(&rows);
    return call_end(&k, s);
}

static fg_status pg_execute(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    call k;
    fg_slice sql;
    FG_TRY(sql_of(vm, argc, argv, "pg.execute", &sql));
    FG_TRY(call_begin(vm, &k, "pg.execute error", false));
    fg_status s = run(&k, sql, fg_sql_params(argc, argv, 1), NULL);
    *out = fg_int(k.affected);
    return call_end(&k, s);
}

static fg_status pg_begin(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    call k;
    (void)argc;
    (void)argv;
    *out = fg_null();
    FG_TRY(call_begin(vm, &k, "pg.begin error", true));
    return call_end(&k, run(&k, FG_SLICE("BEGIN"), NULL, NULL));
}

static fg_status pg_commit(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    call k;
    (void)argc;
    (void)argv;
    *out = fg_null();
    FG_TRY(call_begin(vm, &k, "pg.commit error", false));
    fg_status s = run(&k, FG_SLICE("COMMIT"), NULL, NULL);
    if (s == FG_OK && strcmp(k.command, "ROLLBACK") == 0)
        s = fg_sql_raise(vm, k.what,
                         "a statement of the transaction had failed, so it was rolled "
                         "back");
    return call_end(&k, s);
}

static fg_status pg_rollback(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    call k;
    (void)argc;
    (void)argv;
    *out = fg_null();
    state *s = state_of(vm);
    if (s && s->lost && !s->gate.taken) { /* the server did it when it was lost */
        s->lost = false;
        return FG_OK;
    }
    FG_TRY(call_begin(vm, &k, "pg.rollback error", false));
    return call_end(&k, run(&k, FG_SLICE("ROLLBACK"), NULL, NULL));
}

/* Replaces the current connection by another, or none. */
static void replace(fg_vm *vm, state *s, fg_pg *by)
{
    if (s->pg)
        fg_pg_give(vm, s->pg);
    s->pg = by;
    s->lost = false;
}

static fg_pg_tls tls_of(const fg_value *v)
{
    static const struct word {
        const char *text;
        fg_pg_tls tls;
    } words[] = {
        { "tls", FG_PG_VERIFIED },
        { "ssl", FG_PG_VERIFIED },
        { "require", FG_PG_VERIFIED },
        { "verify-full", FG_PG_VERIFIED },
        { "tls-no-verify", FG_PG_UNVERIFIED },
        { "ssl-no-verify", FG_PG_UNVERIFIED },
        { "no-verify", FG_PG_UNVERIFIED },
        { "disable", FG_PG_PLAIN },
        { "none", FG_PG_PLAIN },
        { "no-tls", FG_PG_PLAIN },
        { "plain", FG_PG_PLAIN },
    };
    fg_slice s = fg_is_string(*v) ? fg_string_slice(v->as.str) : FG_SLICE("");
    for (size_t i = 0; i < FG_COUNT(words); i++)
        if (strlen(words[i].text) == s.n && strncasecmp(words[i].text, s.p, s.n) == 0)
            return words[i].tls;
    return FG_PG_DEFAULT;
}

static fg_status connect_to(fg_vm *vm, state *s, fg_slice conninfo, fg_pg_tls tls)
{
    fg_bytes b;
    fg_pg *fresh;
    fg_value target;
    fg_begin_text(vm, &b);
    fg_bytes_char(&b, (char)('0' + tls));
    fg_bytes_char(&b, ' ');
    fg_bytes_slice(&b, conninfo);
    FG_TRY(fg_take_bytes(vm, &b, &target));
    FG_TRY(fg_remember(vm, REMEMBERED, &target));
    FG_TRY(fg_pg_take(vm, fg_string_slice(target.as.str), &fresh));
    replace(vm, s, fresh);
    return FG_OK;
}

static fg_status pg_connect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value conninfo = fg_arg(argc, argv, 0), tls = fg_arg(argc, argv, 1), before;
    if (!fg_is_string(conninfo))
        return fg_raise(vm, FG_E_RUNTIME, "pg.connect() requires a connection string");
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &s->gate));
    fg_recall(vm, REMEMBERED, &before);
    fg_copy(out, &before); /* a root */
    fg_status status =
        connect_to(vm, s, fg_string_slice(conninfo.as.str), tls_of(&tls));
    if (status == FG_RAISED) /* the old one stays */
        fg_remember(vm, REMEMBERED, out);
    fg_gate_leave(vm, &s->gate);
    *out = fg_bool(true);
    return status;
}

static fg_status pg_close(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    *out = fg_null();
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(fg_gate_enter(vm, &s->gate));
    replace(vm, s, NULL);
    fg_status status = fg_remember(vm, REMEMBERED, out);
    fg_gate_leave(vm, &s->gate);
    return status;
}

#define CAPS (FG_CAP_DB | FG_CAP_NET)

static const fg_member members[] = {
    FG_FN("pg.connect", pg_connect, CAPS,
          "(conninfo, tls?): makes a PostgreSQL database the current one, for all "
          "handlers if said at the top level; tls: \"tls\", \"no-verify\" or \"none\""),
    FG_FN(
        "pg.query", pg_query, CAPS,
        "(sql, params?): the rows of a statement as an Array of Objects; numeric is a "
        "Float if that is the same number, else its text"),
    FG_FN("pg.execute", pg_execute, CAPS,
          "(sql, params?): runs a statement and gives the number of rows affected"),
    FG_FN("pg.begin", pg_begin, CAPS, "(): begins a transaction"),
    FG_FN("pg.commit", pg_commit, CAPS, "(): keeps what the transaction changed"),
    FG_FN("pg.rollback", pg_rollback, CAPS, "(): undoes what the transaction changed"),
    FG_FN("pg.close", pg_close, CAPS,
          "(): ends the use of the current database; an open transaction is rolled "
          "back"),
};

const fg_module fg_pg_module = { "pg", FG_COUNT(members), members };

// SPDX-License-Identifier: Apache-2.0
/* Statements of the mysql module.  They are prepared, so that parameters never are part of
 * their text; the few that a server does not prepare are sent as they are. */
#include "lib/mysql.h"

#include "base/number.h"

#include <mariadb/errmsg.h>
#include <stdio.h>
#include <stdlib.h>

#define CLIENT_ERRORS 2000u /* up to 2999: no answer of the server */
#define NUMBER_BYTES 400u   /* the longest text of a number or a time */
#define ER_UNSUPPORTED_PS 1295
#define PACKET_MIN 65536u
#define PACKET_MAX (1u << 30)

/* ---- values ---------------------------------------------------------------------------- */

static fg_status make_text(fg_vm *vm, fg_slice s, fg_value *out)
{
    return fg_give_object(out, fg_string_new(&vm->heap, s.p, s.n));
}

/* Seconds are whole, and a date has a time. */
static fg_status read_date(fg_vm *vm, fg_slice s, fg_value *out)
{
    char text[NUMBER_BYTES + 16];
    const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
    int n = dot ? (int)(dot - s.p) : (int)s.n;
    n = snprintf(text, sizeof text, "%.*s%s", n, s.p, n == 10 ? " 00:00:00" : "");
    return make_text(vm, fg_slice_of(text, (size_t)n), out);
}

/* Hours without a zero in front. */
static fg_status read_time(fg_vm *vm, fg_slice s, fg_value *out)
{
    char text[NUMBER_BYTES + 16];
    bool negative = s.n > 0 && s.p[0] == '-';
    const char *at = s.p + negative, *end = s.p + s.n;
    const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
    while (end - at > 1 && at[0] == '0' && at[1] != ':')
        at++;
    int n = snprintf(text, sizeof text, "%s%.*s", negative ? "-" : "",
                     (int)((dot ? dot : end) - at), at);
    return make_text(vm, fg_slice_of(text, (size_t)n), out);
}

/* Is this the type of something short? */
static bool is_short(const MYSQL_FIELD *f)
{
    switch (f->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIME: return true;
    default: return false;
    }
}

/* The value of what is_short, from its text. */
static fg_status read_short(fg_vm *vm, const MYSQL_FIELD *f, fg_slice s, fg_value *out)
{
    char text[NUMBER_BYTES + 1];
    double d;
    uint32_t n = s.n < NUMBER_BYTES ? s.n : NUMBER_BYTES;
    memcpy(text, s.p, n);
    text[n] = '\0';
    s = (fg_slice){ text, n };
    switch (f->type) {
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return fg_float_parse(s, &d) ? fg_give(out, fg_float(d))
                                     : make_text(vm, s, out);
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP: return read_date(vm, s, out);
    case MYSQL_TYPE_TIME: return read_time(vm, s, out);
    default:
        return fg_give(out, fg_int(text[0] == '-' ? strtoll(text, NULL, 10)
                                                  : (int64_t)strtoull(text, NULL, 10)));
    }
}

static fg_slice column_name(void *ctx, uint32_t i)
{
    const MYSQL_FIELD *f = (const MYSQL_FIELD *)ctx + i;
    return fg_slice_of(f->name, f->name_length);
}

/* ---- parameters ---------------------------------------------------------------------------- */

typedef struct values {
    MYSQL_BIND *binds; /* n */
    int64_t *ints;
    double *floats;
    uint32_t n;
    fg_bytes text; /* of what is neither number nor text */
} values;

#define VALUE_BYTES (sizeof(MYSQL_BIND) + sizeof(int64_t) + sizeof(double))

static void values_end(fg_vm *vm, values *v)
{
    if (v->binds)
        fg_memory_give(vm, v->binds, v->n * VALUE_BYTES);
    fg_bytes_drop(&v->text);
}

static void bind_scalar(values *v, uint32_t i, const fg_value *from)
{
    MYSQL_BIND *b = &v->binds[i];
    if (fg_is(*from, FG_INT) || fg_is(*from, FG_BOOL)) {
        v->ints[i] = from->as.i;
        b->buffer_type = MYSQL_TYPE_LONGLONG;
        b->buffer = &v->ints[i];
    } else if (fg_is(*from, FG_FLOAT)) {
        v->floats[i] = from->as.f;
        b->buffer_type = MYSQL_TYPE_DOUBLE;
        b->buffer = &v->floats[i];
    } else if (fg_is(*from, FG_NULL) || fg_is(*from, FG_NONE)) {
        b->buffer_type = MYSQL_TYPE_NULL;
    } else {
        b->buffer_type = MYSQL_TYPE_STRING;
    }
}

static void bind_text(MYSQL_BIND *b, const char *p, uint32_t n)
{
    b->buffer = (void *)(uintptr_t)p;
    b->buffer_length = b->length_value = n;
}

/* The buffers stay valid until the values end, but strings only until the next wait. */
static fg_status bind_values(fg_vm *vm, const fg_array *params, values *v)
{
    v->n = params->len;
    v->binds = fg_memory_take(vm, v->n * VALUE_BYTES);
    if (!v->binds)
        return FG_NOMEM;
    memset(v->binds, 0, v->n * VALUE_BYTES);
    v->ints = (int64_t *)(void *)(v->binds + v->n);
    v->floats = (double *)(void *)(v->ints + v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        fg_value given, plain;
        fg_array_get(params, i, &given);
        fg_peel(&given, &plain);
        bind_scalar(v, i, &plain);
        if (v->binds[i].buffer_type != MYSQL_TYPE_STRING || fg_is_string(plain))
            continue;
        v->ints[i] = v->text.n;
        fg_show(&v->text, &plain);
        v->binds[i].length_value = v->text.n - (uint32_t)v->ints[i];
    }
    for (uint32_t i = 0; i < v->n; i++) { /* now that the buffer does not move */
        fg_value given, plain;
        fg_array_get(params, i, &given);
        fg_peel(&given, &plain);
        if (v->binds[i].buffer_type != MYSQL_TYPE_STRING)
            continue;
        if (fg_is_string(plain))
            bind_text(&v->binds[i], plain.as.str->bytes, plain.as.str->len);
        else
            bind_text(&v->binds[i], v->text.p + v->ints[i],
                      (uint32_t)v->binds[i].length_value);
    }
    return v->text.failed ? FG_NOMEM : FG_OK;
}

/* ---- prepared statements -------------------------------------------------------------------- */

typedef struct statement {
    fg_mysql_call *k;
    MYSQL_STMT *stmt;
    MYSQL_RES *meta;
    MYSQL_FIELD *fields;
    uint32_t n; /* columns */
    bool ended; /* the server has no more to say about it */
    char short_text[NUMBER_BYTES];
} statement;

/* Raises what the library says. */
static fg_status failed(fg_mysql_call *k, unsigned code, const char *why)
{
    if (code >= CLIENT_ERRORS && code < CLIENT_ERRORS + 1000)
        k->broken = true;
    fg_sql_raise(k->vm, k->what, why);
    if (code == CR_SERVER_LOST && k->c->mysql->net.max_packet_size < PACKET_MAX)
        return fg_advise(k->vm, "a row may be larger than the memory limit allows");
    return FG_RAISED;
}

/* While rows are fetched, it is the connection that knows what is wrong. */
static fg_status statement_failed(statement *s)
{
    MYSQL *m = s->k->c->mysql;
    unsigned code = fg_libmariadb.mysql_stmt_errno(s->stmt);
    fg_status status =
        code ? failed(s->k, code, fg_libmariadb.mysql_stmt_error(s->stmt))
             : failed(s->k, fg_libmariadb.mysql_errno(m), fg_libmariadb.mysql_error(m));
    s->ended = !s->k->broken;
    return status;
}

static fg_status read_column(statement *s, uint32_t i, fg_value *out)
{
    fg_vm *vm = s->k->vm;
    unsigned long n = 0;
    my_bool null = 0;
    MYSQL_BIND b = { .buffer_type = MYSQL_TYPE_STRING,
                     .buffer = s->short_text,
                     .buffer_length = sizeof s->short_text,
                     .length = &n,
                     .is_null = &null };
    *out = fg_null();
    if (fg_libmariadb.mysql_stmt_fetch_column(s->stmt, &b, i, 0))
        return statement_failed(s);
    if (null)
        return FG_OK;
    if (n <= sizeof s->short_text) {
        fg_slice text = { s->short_text, (uint32_t)n };
        return is_short(&s->fields[i]) ? read_short(vm, &s->fields[i], text, out)
                                       : make_text(vm, text, out);
    }
    FG_TRY(fg_check_room(vm, s->k->what, n, 1));
    fg_string *whole = fg_string_new(&vm->heap, NULL, n);
    if (!whole)
        return FG_NOMEM;
    b.buffer = fg_string_bytes(whole);
    b.buffer_length = n;
    if (fg_libmariadb.mysql_stmt_fetch_column(s->stmt, &b, i, 0))
        return statement_failed(s);
    return fg_give_object(out, whole);
}

static fg_status read_rows(statement *s)
{
    fg_mysql_call *k = s->k;
    for (;;) {
        int code = 0;
        FG_MYSQL_WAIT(k->vm, k->c, fg_libmariadb.mysql_stmt_fetch_start(&code, s->stmt),
                      fg_libmariadb.mysql_stmt_fetch_cont(&code, s->stmt, ready));
        if (code == MYSQL_NO_DATA)
            return FG_OK;
        if (code && code != MYSQL_DATA_TRUNCATED)
            return statement_failed(s);
        if (!k->rows) {
            FG_TRY(fg_tick(k->vm, 1));
            continue;
        }
        FG_TRY(fg_rows_add(k->rows, s->n, column_name, s->fields));
        for (uint32_t i = 0; i < s->n; i++) {
            fg_value v;
            FG_TRY(read_column(s, i, &v));
            fg_rows_set(k->rows, i, &v);
        }
    }
}

/* All columns go to one short buffer; read_column fetches those that are longer. */
static fg_status begin_rows(statement *s)
{
    fg_vm *vm = s->k->vm;
    s->meta = fg_libmariadb.mysql_stmt_result_metadata(s->stmt);
    if (!s->meta)
        return statement_failed(s);
    s->n = fg_libmariadb.mysql_num_fields(s->meta);
    s->fields = fg_libmariadb.mysql_fetch_fields(s->meta);
    MYSQL_BIND *binds = fg_memory_take(vm, s->n * sizeof *binds);
    if (!binds)
        return FG_NOMEM;
    memset(binds, 0, s->n * sizeof *binds);
    for (uint32_t i = 0; i < s->n; i++) {
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = s->short_text;
        binds[i].buffer_length = sizeof s->short_text;
    }
    bool bound = !fg_libmariadb.mysql_stmt_bind_result(s->stmt, binds);
    fg_memory_give(vm, binds, s->n * sizeof *binds);
    return bound ? FG_OK : statement_failed(s);
}

/* The rows of the first result; a procedure may give several. */
static fg_status read_results(statement *s)
{
    fg_mysql_call *k = s->k;
    for (;;) {
        int code = 0;
        if (fg_libmariadb.mysql_stmt_field_count(s->stmt) > 0) {
            FG_TRY(begin_rows(s));
            FG_TRY(read_rows(s));
            fg_libmariadb.mysql_free_result(s->meta);
            s->meta = NULL;
            k->rows = NULL;
        } else {
            k->affected = (int64_t)fg_libmariadb.mysql_stmt_affected_rows(s->stmt);
        }
        if (!fg_libmariadb.mysql_stmt_more_results(s->stmt))
            return FG_OK;
        FG_MYSQL_WAIT(k->vm, k->c,
                      fg_libmariadb.mysql_stmt_next_result_start(&code, s->stmt),
                      fg_libmariadb.mysql_stmt_next_result_cont(&code, s->stmt, ready));
        if (code > 0)
            return statement_failed(s);
    }
}

static fg_status execute(statement *s, const fg_array *params)
{
    fg_mysql_call *k = s->k;
    values v = { 0 };
    uint32_t have = params ? params->len : 0;
    unsigned long need = fg_libmariadb.mysql_stmt_param_count(s->stmt);
    int code = 0;
    if (need != have)
        return fg_raise(k->vm, FG_E_RUNTIME,
                        "%s: the statement has %lu parameters, %u were given", k->what,
                        need, have);
    fg_begin_text(k->vm, &v.text);
    fg_status status = have ? bind_values(k->vm, params, &v) : FG_OK;
    if (status == FG_OK && have
        && fg_libmariadb.mysql_stmt_bind_param(s->stmt, v.binds))
        status = statement_failed(s);
    if (status == FG_OK) /* sent, or copied, before it waits */
        k->c->waits = fg_libmariadb.mysql_stmt_execute_start(&code, s->stmt);
    values_end(k->vm, &v);
    FG_TRY(status);
    FG_MYSQL_WAIT(k->vm, k->c, k->c->waits,
                  fg_libmariadb.mysql_stmt_execute_cont(&code, s->stmt, ready));
    return code ? statement_failed(s) : FG_OK;
}

/* *prepared is false if the server does not prepare such a statement. */
static fg_status prepare(statement *s, fg_slice sql, bool *prepared)
{
    fg_mysql_call *k = s->k;
    int code = 0;
    FG_MYSQL_WAIT(k->vm, k->c,
                  fg_libmariadb.mysql_stmt_prepare_start(&code, s->stmt,
                                                         sql.n ? sql.p : "", sql.n),
                  fg_libmariadb.mysql_stmt_prepare_cont(&code, s->stmt, ready));
    *prepared = code == 0;
    if (code == 0 || fg_libmariadb.mysql_stmt_errno(s->stmt) == ER_UNSUPPORTED_PS)
        return FG_OK;
    return statement_failed(s);
}

/* Only tells the server. */
static fg_status close_statement(statement *s)
{
    fg_mysql_call *k = s->k;
    my_bool no;
    if (s->meta)
        fg_libmariadb.mysql_free_result(s->meta);
    if (k->broken)
        fg_libmariadb.mariadb_cancel(k->c->mysql);
    if (k->c->waits) /* it never noticed: it ends with the connection */
        return FG_OK;
    FG_MYSQL_WAIT(k->vm, k->c, fg_libmariadb.mysql_stmt_close_start(&no, s->stmt),
                  fg_libmariadb.mysql_stmt_close_cont(&no, s->stmt, ready));
    return FG_OK;
}

/* ---- statements as they are --------------------------------------------------------------------- */

static fg_status command_failed(fg_mysql_call *k)
{
    return failed(k, fg_libmariadb.mysql_errno(k->c->mysql),
                  fg_libmariadb.mysql_error(k->c->mysql));
}

static fg_status read_plain_rows(fg_mysql_call *k, MYSQL_RES *r)
{
    uint32_t n = fg_libmariadb.mysql_num_fields(r);
    MYSQL_FIELD *fields = fg_libmariadb.mysql_fetch_fields(r);
    for (;;) {
        MYSQL_ROW row = NULL;
        FG_MYSQL_WAIT(k->vm, k->c, fg_libmariadb.mysql_fetch_row_start(&row, r),
                      fg_libmariadb.mysql_fetch_row_cont(&row, r, ready));
        if (!row)
            return fg_libmariadb.mysql_errno(k->c->mysql) ? command_failed(k) : FG_OK;
        if (!k->rows)
            continue;
        FG_TRY(fg_rows_add(k->rows, n, column_name, fields));
        const unsigned long *sizes = fg_libmariadb.mysql_fetch_lengths(r);
        for (uint32_t i = 0; i < n; i++) {
            fg_value v = fg_null();
            if (row[i] && is_short(&fields[i]))
                FG_TRY(
                    read_short(k->vm, &fields[i], fg_slice_of(row[i], sizes[i]), &v));
            else if (row[i])
                FG_TRY(make_text(k->vm, fg_slice_of(row[i], sizes[i]), &v));
            fg_rows_set(k->rows, i, &v);
        }
    }
}

static fg_status run_plain(fg_mysql_call *k, fg_slice sql)
{
    int code = 0;
    k->broken = true; /* until it has answered */
    FG_MYSQL_WAIT(k->vm, k->c,
                  fg_libmariadb.mysql_real_query_start(&code, k->c->mysql,
                                                       sql.n ? sql.p : "", sql.n),
                  fg_libmariadb.mysql_real_query_cont(&code, k->c->mysql, ready));
    k->broken = false;
    if (code)
        return command_failed(k);
    if (fg_libmariadb.mysql_field_count(k->c->mysql) == 0) {
        k->affected = (int64_t)fg_libmariadb.mysql_affected_rows(k->c->mysql);
        return FG_OK;
    }
    MYSQL_RES *r = fg_libmariadb.mysql_use_result(k->c->mysql);
    if (!r)
        return command_failed(k);
    fg_status s = read_plain_rows(k, r);
    k->broken =
        k->broken || s != FG_OK || fg_libmariadb.mysql_more_results(k->c->mysql);
    if (k->broken) { /* what is left is not read */
        fg_libmariadb.mariadb_cancel(k->c->mysql);
        r->handle = NULL;
    }
    fg_libmariadb.mysql_free_result(r);
    return s;
}

/* ---- running ----------------------------------------------------------------------------------- */

/* A packet is a row at most: no larger than what fits. */
static void limit_packets(fg_mysql_call *k)
{
    uint64_t room = fg_heap_left(&k->vm->heap);
    if (room < PACKET_MIN)
        room = PACKET_MIN;
    k->c->mysql->net.max_packet_size = room > PACKET_MAX ? PACKET_MAX : room;
}

fg_status fg_mysql_command(fg_mysql_call *k, const char *sql)
{
    limit_packets(k);
    return run_plain(k, fg_slice_str(sql));
}

/* Runs it, unless the server does not prepare such statements. */
static fg_status run_prepared(fg_mysql_call *k, fg_slice sql, const fg_array *params,
                              bool *prepared)
{
    statement s = { .k = k, .ended = true };
    s.stmt = fg_libmariadb.mysql_stmt_init(k->c->mysql);
    if (!s.stmt)
        return FG_NOMEM;
    fg_status status = prepare(&s, sql, prepared);
    if (status == FG_OK && *prepared)
        status = execute(&s, params);
    if (status == FG_OK && *prepared) {
        s.ended = false;
        status = read_results(&s);
        s.ended = s.ended || status == FG_OK;
    }
    k->broken = k->broken || k->c->waits || !s.ended
                || (status != FG_OK && status != FG_RAISED);
    fg_status closed = close_statement(&s);
    return status == FG_OK ? closed : status;
}

fg_status fg_mysql_run(fg_mysql_call *k, fg_slice sql, const fg_array *params)
{
    bool prepared = false;
    limit_packets(k);
    fg_status s = run_prepared(k, sql, params, &prepared);
    if (s != FG_OK || prepared)
        return s;
    if (params && params->len > 0)
        return fg_sql_raise(k->vm, k->what, "such a statement cannot have parameters");
    return run_plain(k, sql);
}

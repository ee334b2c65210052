// SPDX-License-Identifier: Apache-2.0
/* The mysql module: connections and transactions that have names.
 *
 * What mysql.connect() says at the top level is remembered with the program as the URL of
 * an id; each fork takes connections for it from the pool of the site.  A transaction has
 * a connection of its own and ends with the fork, rolled back. */
#include "lib/mysql.h"

#include <stdio.h>
#include <stdlib.h>

#define REMEMBERED "mysql"
#define ID_BYTES 48
#define CONNECTION "mysql_"
#define TRANSACTION "mysql_tx_"

/* What an id stands for in this fork. */
typedef struct link {
    struct link *next;
    char id[ID_BYTES];
    char parent[ID_BYTES]; /* of a transaction: the id it was begun on, else "" */
    fg_mysql *c;           /* or NULL */
    bool ended;            /* closed, committed …: nobody finds it any more */
    fg_gate gate;
} link;

typedef struct state {
    fg_resource resource;
    link *links;
} state;

static void state_end(fg_vm *vm, fg_resource *r)
{
    state *s = (state *)(void *)r;
    for (link *l = s->links, *next; l; l = next) {
        next = l->next;
        if (l->c)
            fg_mysql_give(vm, l->c);
        fg_memory_give(vm, l, sizeof *l);
    }
    fg_memory_give(vm, s, sizeof *s);
}

static state *state_of(fg_vm *vm) { return fg_state(vm, sizeof(state), state_end); }

static bool is_named(const char *text, fg_slice id)
{
    return fg_slice_eq(fg_slice_str(text), id);
}

/* ---- links ---------------------------------------------------------------------------------- */

static fg_status link_new(fg_vm *vm, state *s, fg_slice id, const char *parent,
                          link **out)
{
    link *l = fg_memory_take(vm, sizeof *l);
    if (!l)
        return FG_NOMEM;
    memset(l, 0, sizeof *l);
    memcpy(l->id, id.p, id.n < ID_BYTES ? id.n : ID_BYTES - 1);
    memcpy(l->parent, parent, strlen(parent));
    l->next = s->links;
    s->links = l;
    *out = l;
    return FG_OK;
}

static link *link_find(const state *s, fg_slice id)
{
    for (link *l = s->links; l; l = l->next)
        if (!l->ended && is_named(l->id, id))
            return l;
    return NULL;
}

/* The URL that is remembered for an id; false: there is none. */
static bool url_of(const fg_vm *vm, fg_slice id, fg_slice *url)
{
    fg_value all;
    const fg_value *v = NULL;
    if (fg_recall(vm, REMEMBERED, &all) && fg_is(all, FG_OBJECT))
        v = fg_object_find_slice(all.as.obj, id);
    if (!v || !fg_is_string(*v))
        return false;
    *url = fg_string_slice(v->as.str);
    return true;
}

static fg_status not_found(fg_vm *vm, const char *what, fg_slice id)
{
    return fg_raise(vm, FG_E_REFERENCE, "MySQL %s '%.*s' not found", what, (int)id.n,
                    id.p);
}

/* Enters the link of an id; only a transaction unless `any`. */
static fg_status link_enter(fg_vm *vm, state *s, fg_slice id, bool any, link **out)
{
    const char *what = any ? "connection" : "transaction";
    fg_slice url;
    link *l = link_find(s, id);
    if (!l && any && url_of(vm, id, &url))
        FG_TRY(link_new(vm, s, id, "", &l));
    if (!l || !(any || l->parent[0]))
        return not_found(vm, what, id);
    FG_TRY(fg_gate_enter(vm, &l->gate));
    *out = l;
    if (!l->ended) /* while this one waited */
        return FG_OK;
    fg_gate_leave(vm, &l->gate);
    return not_found(vm, what, id);
}

static void link_leave(fg_vm *vm, state *s, link *l)
{
    fg_gate_leave(vm, &l->gate);
    if (!l->ended || l->gate.first)
        return;
    link **at = &s->links;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    fg_memory_give(vm, l, sizeof *l);
}

/* ---- calls ------------------------------------------------------------------------------------ */

/* Names a kind of error of the function that is called: "mysql.query() error". */
static const char *error_of(char *room, size_t n, const char *name, const char *kind)
{
    snprintf(room, n, "%s() %s", name, kind);
    return room;
}

/* Runs `sql` for the function `name` on the connection of a link that was entered. */
static fg_status run(fg_vm *vm, link *l, const char *name, fg_slice sql,
                     const fg_array *params, fg_rows *rows, int64_t *affected)
{
    char text[64];
    fg_slice url;
    if (!l->c && l->parent[0])
        return fg_sql_raise(vm, error_of(text, sizeof text, name, "error"),
                            "the connection was lost inside the transaction");
    if (!l->c && !url_of(vm, fg_slice_str(l->id), &url))
        return not_found(vm, "connection", fg_slice_str(l->id));
    if (!l->c)
        FG_TRY(fg_mysql_take(vm, error_of(text, sizeof text, name, "connection error"),
                             url, &l->c));
    fg_mysql_call k = {
        .vm = vm,
        .c = l->c,
        .what = error_of(text, sizeof text, name, "error"),
        .rows = rows,
    };
    fg_status s = fg_mysql_run(&k, sql, params);
    if (affected)
        *affected = k.affected;
    if (k.broken) {
        fg_mysql_close(vm, l->c);
        l->c = NULL;
    }
    return s;
}

/* The arguments of query and execute. */
typedef struct request {
    fg_slice id, sql;
    const fg_array *params; /* or NULL */
} request;

static fg_status read_request(fg_vm *vm, int argc, const fg_value *argv,
                              const char *name, request *r)
{
    fg_value id = fg_arg(argc, argv, 0), sql = fg_arg(argc, argv, 1);
    fg_value params = fg_arg(argc, argv, 2);
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME,
                        "%s() requires a connection ID as first argument", name);
    if (!fg_is_string(sql))
        return fg_raise(vm, FG_E_RUNTIME,
                        "%s() requires a SQL string as second argument", name);
    if (argc > 2 && !fg_is(params, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME,
                        "%s() third argument must be an array of parameters", name);
    r->id = fg_string_slice(id.as.str);
    r->sql = fg_string_slice(sql.as.str);
    r->params = fg_sql_params(argc, argv, 2);
    return FG_OK;
}

static fg_status mysql_query_(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    request r;
    fg_rows rows;
    link *l;
    FG_TRY(read_request(vm, argc, argv, "mysql.query", &r));
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(link_enter(vm, s, r.id, true, &l));
    fg_status status = fg_rows_begin(vm, &rows, out);
    if (status == FG_OK)
        status = run(vm, l, "mysql.query", r.sql, r.params, &rows, NULL);
    fg_rows_end(&rows);
    link_leave(vm, s, l);
    return status;
}

static fg_status mysql_execute(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    request r;
    link *l;
    int64_t affected = 0;
    FG_TRY(read_request(vm, argc, argv, "mysql.execute", &r));
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(link_enter(vm, s, r.id, true, &l));
    fg_status status = run(vm, l, "mysql.execute", r.sql, r.params, NULL, &affected);
    link_leave(vm, s, l);
    *out = fg_int(affected);
    return status;
}

/* ---- transactions ------------------------------------------------------------------------------ */

static fg_status begin(fg_vm *vm, state *s, fg_slice id, fg_slice url, fg_value *out)
{
    char name[ID_BYTES], parent[ID_BYTES] = "";
    fg_value uuid;
    link *l;
    fg_mysql *c;
    FG_TRY(fg_random_natives.uuid.fn(vm, 0, NULL, &uuid));
    snprintf(name, sizeof name, TRANSACTION "%.*s", (int)uuid.as.str->len,
             uuid.as.str->bytes);
    memcpy(parent, id.p, id.n < ID_BYTES ? id.n : ID_BYTES - 1);
    FG_TRY(fg_mysql_take(vm, "mysql.begin() connection error", url, &c));
    fg_mysql_call k = { .vm = vm, .c = c, .what = "mysql.begin() error" };
    fg_status status = fg_mysql_command(&k, "BEGIN");
    if (status == FG_OK)
        status = link_new(vm, s, fg_slice_str(name), parent, &l);
    if (status != FG_OK) {
        fg_mysql_close(vm, c);
        return status;
    }
    l->c = c;
    return fg_make_string(vm, fg_slice_str(name), out);
}

static fg_status mysql_begin(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value id = fg_arg(argc, argv, 0);
    fg_slice url;
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "mysql.begin() requires a connection ID");
    if (!url_of(vm, fg_string_slice(id.as.str), &url))
        return not_found(vm, "connection", fg_string_slice(id.as.str));
    state *s = state_of(vm);
    return s ? begin(vm, s, fg_string_slice(id.as.str), url, out) : FG_NOMEM;
}

/* Ends the transaction in argv[0]: whatever happens, it is over. */
static fg_status end_transaction(fg_vm *vm, int argc, const fg_value *argv,
                                 const char *name, const char *sql, fg_value *out)
{
    fg_value id = fg_arg(argc, argv, 0);
    link *l;
    *out = fg_null();
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a transaction ID", name);
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(link_enter(vm, s, fg_string_slice(id.as.str), false, &l));
    fg_status status = FG_OK;
    if (l->c || sql[0] == 'C') /* the server rolled back what was lost */
        status = run(vm, l, name, fg_slice_str(sql), NULL, NULL, NULL);
    if (l->c)
        fg_mysql_give(vm, l->c);
    l->c = NULL;
    l->ended = true;
    link_leave(vm, s, l);
    return status;
}

static fg_status mysql_commit_(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return end_transaction(vm, argc, argv, "mysql.commit", "COMMIT", out);
}

static fg_status mysql_rollback_(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return end_transaction(vm, argc, argv, "mysql.rollback", "ROLLBACK", out);
}

/* ---- connecting ------------------------------------------------------------------------------------ */

/* Remembers a URL for an id, or with null forgets it. */
static fg_status remember(fg_vm *vm, fg_slice id, const fg_value *url)
{
    fg_value all;
    fg_recall(vm, REMEMBERED, &all);
    fg_object *o = fg_is(all, FG_OBJECT) ? fg_object_copy(&vm->heap, all.as.obj, 1)
                                         : fg_object_empty(&vm->heap, 1);
    fg_string *key = o ? fg_make_key(vm, id) : NULL;
    if (!key)
        return FG_NOMEM;
    FG_TRY(fg_object_set(&vm->heap, o, key, url));
    fg_value v = fg_obj_value(o);
    return fg_remember(vm, REMEMBERED, &v);
}

/* The next id: all there ever were are keys of what is remembered. */
static fg_status next_id(fg_vm *vm, fg_value *out)
{
    char text[ID_BYTES];
    fg_value all;
    fg_recall(vm, REMEMBERED, &all);
    uint32_t n = fg_is(all, FG_OBJECT) ? fg_object_len(all.as.obj) : 0;
    snprintf(text, sizeof text, CONNECTION "%u", n + 1);
    return fg_make_string(vm, fg_slice_str(text), out);
}

static void put_escaped(fg_bytes *b, fg_slice s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~:";
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(plain, s.p[i]))
            fg_bytes_char(b, s.p[i]);
        else
            fg_bytes_fmt(b, "%%%02X", (unsigned char)s.p[i]);
}

/* host, user, password, database, port? as a URL. */
static fg_status join_url(fg_vm *vm, int argc, const fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "host", "user", "password", "database" };
    fg_slice parts[FG_COUNT(names)];
    fg_value port = fg_arg(argc, argv, 4);
    fg_bytes b;
    for (int i = 0; i < (int)FG_COUNT(names); i++) {
        fg_value v = fg_arg(argc, argv, i);
        if (!fg_is_string(v))
            return fg_raise(vm, FG_E_RUNTIME, "mysql.connect() %s must be a string",
                            names[i]);
        parts[i] = fg_string_slice(v.as.str);
    }
    if (argc == 5 && !fg_is_int(port))
        return fg_raise(vm, FG_E_RUNTIME, "mysql.connect() port must be an integer");
    bool brackets =
        parts[0].n > 0 && parts[0].p[0] != '[' && memchr(parts[0].p, ':', parts[0].n);
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "mysql://");
    put_escaped(&b, parts[1]);
    fg_bytes_char(&b, ':');
    put_escaped(&b, parts[2]);
    fg_bytes_str(&b, brackets ? "@[" : "@");
    put_escaped(&b, parts[0]);
    fg_bytes_str(&b, brackets ? "]" : "");
    if (argc == 5)
        fg_bytes_fmt(&b, ":%lld", (long long)port.as.i);
    fg_bytes_char(&b, '/');
    put_escaped(&b, parts[3]);
    return fg_take_bytes(vm, &b, out);
}

static fg_status target_of(fg_vm *vm, int argc, const fg_value *argv, fg_value *out)
{
    fg_value url = fg_arg(argc, argv, 0);
    if (argc == 4 || argc == 5)
        return join_url(vm, argc, argv, out);
    if (argc != 1)
        return fg_raise(vm, FG_E_RUNTIME,
                        "mysql.connect() requires 1 arg (url) or 4 args (host, user, "
                        "pass, db)");
    if (!fg_is_string(url))
        return fg_raise(vm, FG_E_RUNTIME,
                        "mysql.connect() requires a connection string or (host, user, "
                        "pass, db)");
    return fg_give(out, url);
}

static fg_status connect_link(fg_vm *vm, fg_slice id, fg_slice url)
{
    link *l;
    fg_mysql *c;
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(fg_mysql_take(vm, "mysql.connect() error", url, &c));
    fg_status status = link_new(vm, s, id, "", &l);
    if (status == FG_OK)
        l->c = c;
    else
        fg_mysql_give(vm, c);
    return status;
}

/* The id is remembered first, and so is what the URL lies in; it is taken as soon as
 * others run. */
static fg_status mysql_connect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value url, none = fg_null();
    FG_TRY(target_of(vm, argc, argv, &url));
    FG_TRY(fg_mysql_check_url(vm, fg_string_slice(url.as.str)));
    FG_TRY(next_id(vm, out));
    fg_slice id = fg_string_slice(out->as.str);
    FG_TRY(remember(vm, id, &url));
    fg_status s = connect_link(vm, id, fg_string_slice(url.as.str));
    if (s == FG_RAISED && remember(vm, id, &none) != FG_OK)
        return FG_NOMEM;
    return s;
}

/* ---- closing --------------------------------------------------------------------------------------- */

/* Refuses it if there are transactions. */
static fg_status check_idle(fg_vm *vm, const state *s, fg_slice id)
{
    fg_bytes b;
    fg_bytes_init(&b);
    for (const link *l = s->links; l; l = l->next)
        if (!l->ended && is_named(l->parent, id))
            fg_bytes_fmt(&b, "%s%s", b.n ? ", " : "", l->id);
    fg_status status = FG_OK;
    if (b.n > 0)
        status = fg_raise(vm, FG_E_RUNTIME,
                          "mysql.close() refused: active transactions for %.*s: %.*s",
                          (int)id.n, id.p, (int)b.n, b.p);
    fg_bytes_drop(&b);
    return status;
}

static fg_status mysql_close_(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value id = fg_arg(argc, argv, 0), none = fg_null();
    fg_slice url;
    link *l;
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "mysql.close() requires a connection ID");
    fg_slice name = fg_string_slice(id.as.str);
    if (!url_of(vm, name, &url))
        return fg_give(out, fg_bool(false));
    state *s = state_of(vm);
    if (!s)
        return FG_NOMEM;
    FG_TRY(check_idle(vm, s, name));
    FG_TRY(link_enter(vm, s, name, true, &l));
    if (l->c)
        fg_mysql_give(vm, l->c);
    l->c = NULL;
    l->ended = true;
    link_leave(vm, s, l);
    *out = fg_bool(true);
    return remember(vm, name, &none);
}

#define CAPS (FG_CAP_DB | FG_CAP_NET)

static const fg_member members[] = {
    FG_FN(
        "mysql.connect", mysql_connect, CAPS,
        "(url, user?, password?, database?, port?): opens a MySQL or MariaDB database "
        "by URL, or by host, user, password and database, and gives its id"),
    FG_FN("mysql.query", mysql_query_, CAPS,
          "(id, sql, params?): the rows of a statement as an Array of Objects"),
    FG_FN("mysql.execute", mysql_execute, CAPS,
          "(id, sql, params?): runs a statement and gives the number of rows affected"),
    FG_FN("mysql.begin", mysql_begin, CAPS,
          "(id): begins a transaction and gives its id, for query and execute"),
    FG_FN("mysql.commit", mysql_commit_, CAPS,
          "(transaction): keeps what the transaction changed"),
    FG_FN("mysql.rollback", mysql_rollback_, CAPS,
          "(transaction): undoes what the transaction changed"),
    FG_FN("mysql.close", mysql_close_, CAPS,
          "(id): ends the use of a connection; false if there is none of that id"),
};

const fg_module fg_mysql_module = { "mysql", FG_COUNT(members), members };

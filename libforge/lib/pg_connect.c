// SPDX-License-Identifier: Apache-2.0
/* Connections to PostgreSQL: what a connection string may say, connecting without
 * blocking, and making a connection as good as new for the next fork.
 *
 * Whoever is done with a connection only sends what resets it; the answers are read by
 * whoever takes it next, who can wait. */
#include "lib/pg.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#define CONNECT_S 30
#define SECOND 1000000000ull
#define OPTIONS_MAX 64

/* ---- connection strings ---------------------------------------------------------------- */

/* What a program that serves requests may set; the rest names files of the host. */
static const char *const harmless[] = {
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "host",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "options",
    "password",
    "port",
    "sslmode",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
};

/* What is handed to libpq. */
typedef struct settings {
    const char *names[OPTIONS_MAX + 1], *values[OPTIONS_MAX + 1];
    uint32_t n;
    PQconninfoOption *parsed; /* the values lie in it */
    const char *hosts;        /* or NULL */
    fg_bytes addresses;       /* of them */
    uint64_t seconds;
} settings;

static void settings_drop(settings *s)
{
    fg_libpq.PQconninfoFree(s->parsed);
    fg_bytes_drop(&s->addresses);
}

static void set(settings *s, const char *name, const char *value)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (strcmp(s->names[i], name) == 0)
            return;
    if (s->n == OPTIONS_MAX)
        return;
    s->names[s->n] = name;
    s->values[s->n++] = value;
}

static const char *const titles[] = {
    [FG_PG_DEFAULT] = "pg.connect (TLS) error",
    [FG_PG_VERIFIED] = "pg.connect (TLS) error",
    [FG_PG_UNVERIFIED] = "pg.connect (TLS-no-verify) error",
    [FG_PG_PLAIN] = "pg.connect error",
};

static bool is_harmless(const char *name)
{
    for (size_t i = 0; i < FG_COUNT(harmless); i++)
        if (strcmp(name, harmless[i]) == 0)
            return true;
    return false;
}

static fg_status read_settings(fg_vm *vm, fg_pg_tls tls, const char *text, settings *s)
{
    const char *title = titles[tls];
    char *why = NULL;
    s->parsed = fg_libpq.PQconninfoParse(text, &why);
    if (!s->parsed) {
        fg_sql_raise(vm, title, why ? why : "invalid connection string");
        fg_libpq.PQfreemem(why);
        return FG_RAISED;
    }
    s->seconds = CONNECT_S;
    for (PQconninfoOption *o = s->parsed; o->keyword; o++) {
        if (!o->val)
            continue;
        if (fg_site_of(vm)->hosted && !is_harmless(o->keyword))
            return fg_raise(vm, FG_E_RUNTIME,
                            "%s: '%s' is not available in a web server", title,
                            o->keyword);
        if (strcmp(o->keyword, "hostaddr") == 0)
            return fg_sql_raise(vm, title, "say host instead of hostaddr");
        if (strcmp(o->keyword, "host") == 0 && *o->val)
            s->hosts = o->val;
        if (strcmp(o->keyword, "connect_timeout") == 0 && atoi(o->val) > 0)
            s->seconds = (uint64_t)atoi(o->val);
        if (tls == FG_PG_DEFAULT || strcmp(o->keyword, "sslmode") != 0)
            set(s, o->keyword, o->val);
    }
    return FG_OK;
}

/* The address of each host of a list. */
static fg_status find_addresses(fg_vm *vm, const char *title, settings *s)
{
    char host[256], address[INET6_ADDRSTRLEN];
    for (const char *at = s->hosts; at; at = *at ? at + 1 : NULL) {
        size_t n = strcspn(at, ",");
        if (n >= sizeof host)
            return fg_sql_raise(vm, title, "the name of the host is too long");
        memcpy(host, at, n);
        host[n] = '\0';
        if (n > 0)
            FG_TRY(fg_sql_reach(vm, title, host, address));
        else
            address[0] = '\0';
        if (at != s->hosts)
            fg_bytes_char(&s->addresses, ',');
        fg_bytes_str(&s->addresses, address);
        at += n;
        if (!*at)
            break;
    }
    if (!s->hosts) /* the socket of this machine */
        FG_TRY(fg_sql_reach(vm, title, "", address));
    if (s->addresses.n > 0)
        set(s, "hostaddr", s->addresses.p);
    return s->addresses.failed ? FG_NOMEM : FG_OK;
}

static void set_defaults(fg_pg_tls tls, settings *s)
{
    static const char *const modes[] = {
        [FG_PG_DEFAULT] = "verify-full",
        [FG_PG_VERIFIED] = "verify-full",
        [FG_PG_UNVERIFIED] = "require",
        [FG_PG_PLAIN] = "disable",
    };
    set(s, "sslmode", modes[tls]);
    for (uint32_t i = 0; i < s->n; i++)
        if (strcmp(s->names[i], "sslmode") == 0 && strstr(s->values[i], "verify"))
            set(s, "sslrootcert", FG_SQL_AUTHORITIES);
    set(s, "gssencmode", "disable");
    set(s, "client_encoding", "UTF8");
    set(s, "fallback_application_name", "forge");
    s->names[s->n] = s->values[s->n] = NULL;
}

/* ---- waiting --------------------------------------------------------------------------- */

fg_status fg_pg_flush(fg_vm *vm, fg_pg *c, bool *sound)
{
    int left;
    while ((left = fg_libpq.PQflush(c->conn)) > 0) {
        short events = POLLIN | POLLOUT;
        FG_TRY(fg_sql_wait(vm, fg_libpq.PQsocket(c->conn), &events, 0));
        if ((events & POLLIN) && !fg_libpq.PQconsumeInput(c->conn))
            break;
    }
    *sound = left == 0;
    return FG_OK;
}

fg_status fg_pg_result(fg_vm *vm, fg_pg *c, bool *sound, PGresult **out)
{
    uint64_t pending = 0; /* bytes of a row that is not complete, as far as we know */
    *out = NULL;
    *sound = true;
    while (fg_libpq.PQisBusy(c->conn)) {
        short events = POLLIN;
        int more = 0;
        FG_TRY(fg_sql_wait(vm, fg_libpq.PQsocket(c->conn), &events, 0));
        ioctl(fg_libpq.PQsocket(c->conn), FIONREAD, &more);
        pending += (uint64_t)more;
        if (pending > FG_BLOCK_SIZE && pending > fg_heap_left(&vm->heap)) {
            fg_heap_refuse(&vm->heap);
            return FG_NOMEM;
        }
        if (!fg_libpq.PQconsumeInput(c->conn)) {
            *sound = false;
            return FG_OK;
        }
    }
    *out = fg_libpq.PQgetResult(c->conn);
    return FG_OK;
}

static fg_status wait_connected(fg_vm *vm, PGconn *conn, const char *title,
                                uint64_t until_ns)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        FG_TRY(fg_sql_wait(vm, fg_libpq.PQsocket(conn), &events, until_ns));
        if (!events)
            return fg_sql_raise(vm, title, "no answer from the server");
        state = fg_libpq.PQconnectPoll(conn);
        if (state == PGRES_POLLING_FAILED)
            return fg_sql_raise(vm, title, fg_libpq.PQerrorMessage(conn));
    }
    return FG_OK;
}

/* ---- birth and end ----------------------------------------------------------------------- */

static void close_connection(fg_pooled *p)
{
    fg_pg *c = (fg_pg *)(void *)p;
    fg_libpq.PQfinish(c->conn);
    free(c);
}

static void no_notice(void *ctx, const PGresult *r)
{
    (void)ctx;
    (void)r;
}

static fg_status start(fg_vm *vm, const char *title, const settings *s, fg_pg *c)
{
    c->conn = fg_libpq.PQconnectStartParams(s->names, s->values, 0);
    if (!c->conn)
        return FG_NOMEM;
    if (fg_libpq.PQstatus(c->conn) == CONNECTION_BAD)
        return fg_sql_raise(vm, title, fg_libpq.PQerrorMessage(c->conn));
    fg_libpq.PQsetNoticeReceiver(c->conn, no_notice, NULL);
    FG_TRY(wait_connected(vm, c->conn, title, fg_now_ns() + s->seconds * SECOND));
    return fg_libpq.PQsetnonblocking(c->conn, 1) == 0 ? FG_OK : FG_NOMEM;
}

/* key: "MODE CONNINFO". */
static fg_status open_connection(fg_vm *vm, const char *key, fg_pg **out)
{
    fg_pg_tls tls = (fg_pg_tls)(key[0] - '0');
    const char *title = titles[tls];
    settings s = { 0 };
    fg_bytes_init(&s.addresses);
    fg_pg *c = calloc(1, sizeof *c);
    fg_status status = c ? read_settings(vm, tls, key + 2, &s) : FG_NOMEM;
    if (status == FG_OK)
        status = find_addresses(vm, title, &s);
    if (status == FG_OK) {
        set_defaults(tls, &s);
        status = start(vm, title, &s, c);
    }
    if (status == FG_OK
        && !fg_pool_opened(&c->pooled, FG_POOL_POSTGRES, key, close_connection))
        status = FG_NOMEM;
    settings_drop(&s);
    if (status == FG_OK)
        *out = c;
    else if (c)
        close_connection(&c->pooled);
    return status;
}

/* ---- from fork to fork --------------------------------------------------------------------- */

/* Sends one command of a pipeline that does not depend on the one before. */
static bool send_alone(PGconn *conn, const char *sql)
{
    return fg_libpq.PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0)
           && fg_libpq.PQpipelineSync(conn);
}

static bool begin_reset(PGconn *conn)
{
    PGTransactionStatusType t = fg_libpq.PQtransactionStatus(conn);
    if (fg_libpq.PQstatus(conn) != CONNECTION_OK || !fg_libpq.PQenterPipelineMode(conn))
        return false;
    if (t == PQTRANS_INTRANS || t == PQTRANS_INERROR) {
        if (!send_alone(conn, "ROLLBACK"))
            return false;
    } else if (t != PQTRANS_IDLE) {
        return false;
    }
    return send_alone(conn, "DISCARD ALL") && fg_libpq.PQflush(conn) == 0;
}

/* Reads the answers; *sound: it is as good as new. */
static fg_status finish_reset(fg_vm *vm, fg_pg *c, bool *sound)
{
    bool discarded = false, answered = true;
    for (;;) {
        PGresult *r;
        FG_TRY(fg_pg_result(vm, c, sound, &r));
        if (!*sound)
            return FG_OK;
        if (!r && !answered) /* nothing is left */
            break;
        answered = r != NULL;
        ExecStatusType status = fg_libpq.PQresultStatus(r);
        if (r && status == PGRES_COMMAND_OK)
            discarded = strcmp(fg_libpq.PQcmdStatus(r), "DISCARD ALL") == 0;
        fg_libpq.PQclear(r);
        if (r && status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
            break;
        if (r && status == PGRES_PIPELINE_SYNC && discarded) {
            *sound = fg_libpq.PQexitPipelineMode(c->conn)
                     && !fg_sql_stale(fg_libpq.PQsocket(c->conn));
            return FG_OK;
        }
    }
    *sound = false;
    return FG_OK;
}

fg_status fg_pg_take(fg_vm *vm, fg_slice target, fg_pg **out)
{
    fg_pools *pools = fg_site_of(vm)->pools;
    char *key;
    FG_TRY(fg_dynlib_need(vm, &fg_libpq_dynlib, "pg.connect error"));
    FG_TRY(fg_sql_text(vm, "pg.connect error", target, &key));
    fg_status s;
    *out = NULL;
    for (;;) {
        fg_pooled *idle;
        bool sound = false;
        s = fg_pool_take(vm, pools, FG_POOL_POSTGRES, key, &idle);
        if (s != FG_OK || !idle)
            break;
        *out = (fg_pg *)(void *)idle;
        s = finish_reset(vm, *out, &sound);
        if (s == FG_OK && sound)
            break;
        fg_pool_close(pools, idle);
        *out = NULL;
        if (s != FG_OK)
            break;
    }
    if (s == FG_OK && !*out) {
        s = open_connection(vm, key, out);
        if (s != FG_OK)
            fg_pool_gone(pools, FG_POOL_POSTGRES);
    }
    fg_memory_give(vm, key, (size_t)target.n + 1);
    return s;
}

void fg_pg_give(fg_vm *vm, fg_pg *c)
{
    if (begin_reset(c->conn))
        fg_pool_put(fg_site_of(vm)->pools, &c->pooled);
    else
        fg_pg_close(vm, c);
}

static void *cancel(void *arg)
{
    char why[256];
    fg_libpq.PQcancel(arg, why, sizeof why);
    fg_libpq.PQfreeCancel(arg);
    return NULL;
}

/* Asks the server over a connection of its own, which may take its time: in a thread. */
static void cancel_aside(PGconn *conn)
{
    pthread_t thread;
    pthread_attr_t detached;
    PGcancel *how = fg_libpq.PQgetCancel(conn);
    if (!how)
        return;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, cancel, how) != 0)
        fg_libpq.PQfreeCancel(how);
    pthread_attr_destroy(&detached);
}

void fg_pg_close(fg_vm *vm, fg_pg *c)
{
    if (fg_libpq.PQtransactionStatus(c->conn) == PQTRANS_ACTIVE)
        cancel_aside(c->conn);
    fg_pool_close(fg_site_of(vm)->pools, &c->pooled);
}

// SPDX-License-Identifier: Apache-2.0
/* Connections to MySQL and MariaDB: their URLs, connecting without blocking, and making a
 * connection as good as new for the next fork. */
#include "lib/mysql.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/un.h>

#define CONNECT_S 30
#define SECOND 1000000000ull
#define KEPT_BYTES (1u << 20) /* connections with larger buffers are not used again */

/* How to log in: only ways that neither show the password nor ask for one. */
#define LOGINS                                                                         \
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,"      \
    "auth_socket,unix_socket"

/* ---- URLs -------------------------------------------------------------------------------- */

/* mysql://user:password@host:port/database?socket=PATH&require_ssl=true, taken apart.  The
 * texts lie in one buffer. */
typedef struct url {
    char *user, *password, *host, *database, *socket;
    unsigned port;
    bool tls, unverified;
    char *room;
    size_t size;
} url;

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX in place; false: there is something else behind a percent sign, or a zero
 * byte. */
static bool decode(char *s)
{
    char *to = s;
    for (; *s; s++, to++) {
        *to = *s;
        if (*s != '%')
            continue;
        int high = hex_digit(s[1]), low = high < 0 ? -1 : hex_digit(s[2]);
        if (low < 0 || high + low == 0)
            return false;
        *to = (char)(high << 4 | low);
        s += 2;
    }
    *to = '\0';
    return true;
}

/* Cuts s at the first c; what follows, or NULL. */
static char *cut(char *s, char c)
{
    char *at = s ? strchr(s, c) : NULL;
    if (at)
        *at++ = '\0';
    return at;
}

static const char *read_option(url *u, char *option)
{
    char *value = cut(option, '=');
    if (!value || !decode(value))
        return "an option needs a value";
    bool on = strcmp(value, "true") == 0;
    if (strcmp(option, "socket") == 0) {
        u->socket = value;
        return NULL;
    }
    if (!on && strcmp(value, "false") != 0)
        return "an option needs true or false";
    if (strcmp(option, "require_ssl") == 0)
        u->tls = on;
    else if (strcmp(option, "verify_ca") == 0 || strcmp(option, "verify_identity") == 0)
        u->unverified = u->unverified || !on;
    else
        return "its options are socket, require_ssl, verify_ca and verify_identity";
    return NULL;
}

static const char *read_port(url *u, const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || port == 0 || port > 65535)
        return "the port must be a number from 1 to 65535";
    u->port = (unsigned)port;
    return NULL;
}

/* user:password@host:port */
static const char *read_authority(url *u, char *s)
{
    char *at = strrchr(s, '@'), *port;
    if (at) {
        *at = '\0';
        u->user = s;
        u->password = cut(s, ':');
        s = at + 1;
    }
    if (*s == '[') {
        u->host = s + 1;
        port = cut(s, ']');
        if (!port || (*port && *port != ':'))
            return "the address in brackets is not closed";
        port = *port ? port + 1 : NULL;
    } else {
        u->host = s;
        port = cut(s, ':');
    }
    return port ? read_port(u, port) : NULL;
}

/* What is wrong with the URL in u->room, or NULL. */
static const char *read_url(url *u)
{
    static char nothing[] = "";
    char *s = u->room;
    if (strncmp(s, "mysql://", 8) != 0)
        return "it must begin with mysql://";
    s += 8;
    char *options = cut(s, '?');
    u->port = 3306;
    u->user = u->password = u->host = u->database = nothing;
    u->database = cut(s, '/');
    const char *why = read_authority(u, s);
    while (!why && options && *options) {
        char *next = cut(options, '&');
        why = read_option(u, options);
        options = next;
    }
    if (!u->password)
        u->password = nothing;
    if (!u->database)
        u->database = nothing;
    if (!why
        && !(decode(u->user) && decode(u->password) && decode(u->host)
             && decode(u->database)))
        why = "two hexadecimal digits must follow %, and no zero byte is meant";
    if (!why && !u->socket && u->host[0] == '/')
        u->socket = u->host;
    if (!why && !u->socket && !u->host[0])
        why = "it has no host";
    if (!why && u->socket
        && strlen(u->socket) >= sizeof((struct sockaddr_un *)0)->sun_path)
        why = "the path of the socket is too long";
    return why;
}

static fg_status url_begin(fg_vm *vm, fg_slice text, url *u)
{
    *u = (url){ .size = (size_t)text.n + 1 };
    FG_TRY(fg_sql_text(vm, "mysql.connect() invalid URL", text, &u->room));
    const char *why = read_url(u);
    if (!why)
        return FG_OK;
    fg_memory_give(vm, u->room, u->size);
    return fg_sql_raise(vm, "mysql.connect() invalid URL", why);
}

fg_status fg_mysql_check_url(fg_vm *vm, fg_slice text)
{
    url u;
    FG_TRY(url_begin(vm, text, &u));
    fg_memory_give(vm, u.room, u.size);
    return FG_OK;
}

/* ---- connecting --------------------------------------------------------------------------- */

fg_status fg_mysql_wait(fg_vm *vm, fg_mysql *c, int *ready)
{
    short events = 0;
    uint64_t until = 0;
    if (c->waits & MYSQL_WAIT_READ)
        events |= POLLIN;
    if (c->waits & MYSQL_WAIT_WRITE)
        events |= POLLOUT;
    if (c->waits & MYSQL_WAIT_EXCEPT)
        events |= POLLPRI;
    if (c->waits & MYSQL_WAIT_TIMEOUT)
        until = fg_now_ns()
                + fg_libmariadb.mysql_get_timeout_value_ms(c->mysql) * 1000000ull;
    fg_status s =
        fg_sql_wait(vm, fg_libmariadb.mysql_get_socket(c->mysql), &events, until);
    *ready = events && s == FG_OK ? 0 : MYSQL_WAIT_TIMEOUT;
    if (s != FG_OK) {
        fg_libmariadb.mariadb_cancel(c->mysql);
        return s;
    }
    if (events & POLLIN)
        *ready |= MYSQL_WAIT_READ & c->waits;
    if (events & (POLLOUT | POLLERR | POLLHUP))
        *ready |= MYSQL_WAIT_WRITE & c->waits;
    if (events & POLLPRI)
        *ready |= MYSQL_WAIT_EXCEPT & c->waits;
    return FG_OK;
}

static void close_connection(fg_pooled *p)
{
    fg_mysql *c = (fg_mysql *)(void *)p;
    if (c->mysql && c->waits)
        fg_libmariadb.mariadb_cancel(c->mysql);
    fg_libmariadb.mysql_close(c->mysql);
    free(c);
}

static void set_options(MYSQL *m, const url *u)
{
    const unsigned seconds = CONNECT_S, no = 0;
    const my_bool yes = 1, verify = !u->unverified;
    fg_libmariadb.mysql_options(m, MYSQL_OPT_NONBLOCK, NULL);
    fg_libmariadb.mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    fg_libmariadb.mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &no);
    fg_libmariadb.mysql_options(m, MYSQL_REPORT_DATA_TRUNCATION, &no);
    fg_libmariadb.mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    fg_libmariadb.mysql_options(m, MARIADB_OPT_RESTRICTED_AUTH, LOGINS);
    if (!u->tls)
        return;
    fg_libmariadb.mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
    fg_libmariadb.mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (verify)
        fg_libmariadb.mysql_options(m, MYSQL_OPT_SSL_CA, FG_SQL_AUTHORITIES);
}

static fg_status log_in(fg_vm *vm, const char *what, const url *u, const char *address,
                        fg_mysql *c)
{
    MYSQL *done = NULL;
    /* The name is what the certificate must be for. */
    const char *host = u->tls && !u->unverified ? u->host : address;
    set_options(c->mysql, u);
    FG_MYSQL_WAIT(vm, c,
                  fg_libmariadb.mysql_real_connect_start(
                      &done, c->mysql, u->socket ? NULL : host, u->user, u->password,
                      *u->database ? u->database : NULL, u->port, u->socket, 0),
                  fg_libmariadb.mysql_real_connect_cont(&done, c->mysql, ready));
    if (!done)
        return fg_sql_raise(vm, what, fg_libmariadb.mysql_error(c->mysql));
    fcntl(fg_libmariadb.mysql_get_socket(c->mysql), F_SETFD, FD_CLOEXEC);
    return FG_OK;
}

static fg_status connect_to(fg_vm *vm, const char *what, const url *u, const char *key,
                            fg_mysql **out)
{
    char address[INET6_ADDRSTRLEN];
    FG_TRY(fg_sql_reach(vm, what, u->socket ? u->socket : u->host, address));
    fg_mysql *c = calloc(1, sizeof *c);
    if (!c)
        return FG_NOMEM;
    c->mysql = fg_libmariadb.mysql_init(NULL);
    fg_status s = c->mysql ? log_in(vm, what, u, address, c) : FG_NOMEM;
    if (s == FG_OK && !fg_pool_opened(&c->pooled, FG_POOL_MYSQL, key, close_connection))
        s = FG_NOMEM;
    if (s == FG_OK)
        *out = c;
    else
        close_connection(&c->pooled);
    return s;
}

static fg_status open_connection(fg_vm *vm, const char *what, fg_slice text,
                                 const char *key, fg_mysql **out)
{
    url u;
    FG_TRY(url_begin(vm, text, &u));
    fg_status s = connect_to(vm, what, &u, key, out);
    fg_memory_give(vm, u.room, u.size);
    return s;
}

/* ---- from fork to fork ------------------------------------------------------------------------ */

/* Reads what the server answers to the reset that was begun. */
static fg_status finish_reset(fg_vm *vm, fg_mysql *c, bool *sound)
{
    FG_MYSQL_WAIT(
        vm, c, c->waits,
        fg_libmariadb.mysql_reset_connection_cont(&c->reset_error, c->mysql, ready));
    *sound = !c->reset_error && !fg_sql_stale(fg_libmariadb.mysql_get_socket(c->mysql));
    return FG_OK;
}

static fg_status take(fg_vm *vm, const char *what, fg_slice text, const char *key,
                      fg_mysql **out)
{
    fg_pools *pools = fg_site_of(vm)->pools;
    for (;;) {
        fg_pooled *idle;
        bool sound = false;
        FG_TRY(fg_pool_take(vm, pools, FG_POOL_MYSQL, key, &idle));
        *out = (fg_mysql *)(void *)idle;
        if (!idle)
            break;
        fg_status s = finish_reset(vm, *out, &sound);
        if (s == FG_OK && sound)
            return FG_OK;
        fg_pool_close(pools, idle);
        *out = NULL;
        FG_TRY(s);
    }
    fg_status s = open_connection(vm, what, text, key, out);
    if (s != FG_OK)
        fg_pool_gone(pools, FG_POOL_MYSQL);
    return s;
}

fg_status fg_mysql_take(fg_vm *vm, const char *what, fg_slice text, fg_mysql **out)
{
    char *key;
    FG_TRY(fg_dynlib_need(vm, &fg_libmariadb_dynlib, what));
    FG_TRY(fg_sql_text(vm, "mysql.connect() invalid URL", text, &key));
    fg_status s = take(vm, what, fg_slice_of(key, text.n), key, out);
    fg_memory_give(vm, key, (size_t)text.n + 1);
    return s;
}

void fg_mysql_give(fg_vm *vm, fg_mysql *c)
{
    c->reset_error = 1;
    if (c->mysql->net.max_packet <= KEPT_BYTES) {
        c->waits =
            fg_libmariadb.mysql_reset_connection_start(&c->reset_error, c->mysql);
        if (c->waits || !c->reset_error) {
            fg_pool_put(fg_site_of(vm)->pools, &c->pooled);
            return;
        }
    }
    fg_mysql_close(vm, c);
}

void fg_mysql_close(fg_vm *vm, fg_mysql *c)
{
    fg_pool_close(fg_site_of(vm)->pools, &c->pooled);
}

// SPDX-License-Identifier: Apache-2.0
/* Connections to MySQL and MariaDB, as the mysql module uses them.
 *
 * libmariadb runs each of its functions on a stack of its own until it has to wait, says
 * what for, and is continued: see FG_MYSQL_WAIT. */
#ifndef FG_MYSQL_H
#define FG_MYSQL_H

#include "lib/libmariadb.h"
#include "lib/sql.h"

typedef struct fg_mysql {
    fg_pooled pooled;
    MYSQL *mysql;
    int waits;       /* what the function that was begun waits for, 0: none is */
    int reset_error; /* of mysql_reset_connection, once it has ended */
} fg_mysql;

/* A connection for a URL.  Cancellable; may collect.  Raises "what: …". */
fg_status fg_mysql_take(fg_vm *vm, const char *what, fg_slice url, fg_mysql **out);
/* Rolls back what is open and lets others use it; does not wait. */
void fg_mysql_give(fg_vm *vm, fg_mysql *c);
/* Closes it, whatever it is doing. */
void fg_mysql_close(fg_vm *vm, fg_mysql *c);

/* Raises "mysql.connect() invalid URL: …" unless it is one. */
fg_status fg_mysql_check_url(fg_vm *vm, fg_slice url);

/* Waits for what c->waits says; *ready: what for it can go on.  When the program is to
 * end instead, the connection is cut off and what was begun has to end with an error. */
fg_status fg_mysql_wait(fg_vm *vm, fg_mysql *c, int *ready);

#define FG_MYSQL_TRIES 100 /* for a function to notice that it is cut off */

/* Calls start, and go_on as long as it waits; leaves the function when the program is to
 * end.  go_on is an expression with `ready`. */
#define FG_MYSQL_WAIT(vm, c, start, go_on)                                             \
    do {                                                                               \
        fg_status waited = FG_OK;                                                      \
        int ready = 0, tries = FG_MYSQL_TRIES;                                         \
        (c)->waits = (start);                                                          \
        while ((c)->waits && tries > 0) {                                              \
            if (waited == FG_OK)                                                       \
                waited = fg_mysql_wait(vm, c, &ready);                                 \
            tries -= waited != FG_OK;                                                  \
            (c)->waits = (go_on);                                                      \
        }                                                                              \
        FG_TRY(waited);                                                                \
    } while (0)

/* ---- statements (mysql_query.c) ------------------------------------------------------- */

typedef struct fg_mysql_call {
    fg_vm *vm;
    fg_mysql *c;
    const char *what; /* "mysql.query() error" */
    fg_rows *rows;    /* NULL: they are not wanted */
    int64_t affected;
    bool broken; /* answers are missing: the connection is of no use */
} fg_mysql_call;

/* Runs a statement; params may be NULL. */
fg_status fg_mysql_run(fg_mysql_call *k, fg_slice sql, const fg_array *params);
/* Runs one that has neither parameters nor rows. */
fg_status fg_mysql_command(fg_mysql_call *k, const char *sql);

#endif

// SPDX-License-Identifier: Apache-2.0
/* Connections to SQLite databases, as the db module uses them. */
#ifndef FG_DB_H
#define FG_DB_H

#include "lib/sql.h"

#include <sqlite3.h>

#define FG_DB_MEMORY ":memory:"

typedef struct fg_db {
    fg_pooled pooled;
    sqlite3 *sqlite;
    fg_vm *vm;           /* of the call that runs, or NULL */
    fg_status stopped;   /* what ended the call in a callback, or FG_OK */
    const char *refused; /* what the statement may not do, or NULL */
    uint64_t busy_ns;    /* since when it waits for another connection */
    int64_t outside;     /* what the thread was allowed before the call */
    bool memory;         /* in memory: it ends with its user */
    bool changed;        /* its settings are not those of a new one */
} fg_db;

/* A connection to a file, whose path is confined to the site, or to memory of its own.
 * Cancellable; may collect.  Raises "db.open error: …". */
fg_status fg_db_take(fg_vm *vm, fg_slice target, fg_db **out);
/* Rolls back what is open and lets others use it. */
void fg_db_give(fg_vm *vm, fg_db *c);

/* Brackets each use: what SQLite does meanwhile is done for vm, in its memory. */
void fg_db_enter(fg_vm *vm, fg_db *c);
void fg_db_leave(fg_db *c);
/* Raises what went wrong inside the brackets, as "what: …". */
fg_status fg_db_failed(fg_db *c, const char *what, int code);

/* ---- memory (db_memory.c) -------------------------------------------------------------- */

/* Has SQLite count what it takes, unless it is in use in this process already. */
void fg_db_count_memory(void);
/* How much more it may take in this thread; the former amount. */
int64_t fg_db_allow(int64_t bytes);
#define FG_DB_NO_LIMIT (INT64_MAX / 2)

#endif

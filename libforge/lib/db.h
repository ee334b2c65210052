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
    sqlite3 *plain;                 /* with SQLite's own functions, or NULL */
    sqlite3_stmt *patch;            /* of plain: json_patch, or NULL */
    fg_vm *vm;                      /* of the call that runs, or NULL */
    fg_status stopped;              /* what ended the call in a callback, or FG_OK */
    const char *refused;            /* what the statement may not do, or NULL */
    uint64_t busy_ns;               /* since when it waits for another connection */
    int64_t outside;                /* what the thread was allowed before the call */
    const sqlite3_io_methods *file; /* SQLite's own, of the file */
    sqlite3_io_methods file_methods;
    bool memory;  /* in memory: it ends with its user */
    bool changed; /* it is not as good as a new one */
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

/* ---- functions (db_function.c) --------------------------------------------------------- */

/* Has a new connection use this library's own versions of some functions of SQL; a code of
 * SQLite. */
int fg_db_add_functions(fg_db *c);
/* Gives back what they hold, before the connection is closed. */
void fg_db_drop_functions(fg_db *c);

/* ---- the file (db_file.c) -------------------------------------------------------------- */

/* Has a new connection look at the limits while it reads and writes its file. */
void fg_db_watch_file(fg_db *c);

/* ---- memory (db_memory.c) -------------------------------------------------------------- */

/* Has SQLite count what it takes, unless it is in use in this process already. */
void fg_db_count_memory(void);
/* How much more it may take in this thread; the former amount. */
int64_t fg_db_allow(int64_t bytes);
#define FG_DB_NO_LIMIT (INT64_MAX / 2)
/* Has SQLite look at the limits of a connection that is in use whenever it asks for memory
 * in this thread, until another, or NULL, is given; the former one. */
fg_db *fg_db_watch_memory(fg_db *c);

#endif

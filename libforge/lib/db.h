// SPDX-License-Identifier: Apache-2.0
/* Connections to SQLite databases, as the db module uses them. */
#ifndef FG_DB_H
#define FG_DB_H

#include "lib/sql.h"

#include <sqlite3.h>
#include <time.h>

#define FG_DB_MEMORY ":memory:"

/* What a statement gives, or the work that a thread of its own does for a connection. */
typedef enum fg_db_want {
    FG_DB_NO_ROWS, /* ends at the first row */
    FG_DB_ANY,     /* rows are passed over */
    FG_DB_ROWS,    /* rows are put into the batch */
    FG_DB_RELEASE, /* the statement is given up */
} fg_db_want;

/* Rows as bytes, in SQLite's memory: for each value what it is, and a number or a text. */
typedef struct fg_db_batch {
    char *p;
    uint64_t n, room;
    uint32_t rows, columns;
} fg_db_batch;

#define FG_DB_SLOW 64u

/* A connection is used by one thread at a time: by that of the fork, which has set vm, or
 * by one of its own, for which the fork waits or which the fork has left it to.  The two
 * tell each other by `state`; only what is atomic is theirs together. */
typedef struct fg_db {
    fg_pooled pooled;
    fg_pools *pools;
    sqlite3 *sqlite;
    sqlite3 *plain;                 /* with SQLite's own functions, or NULL */
    sqlite3_stmt *patch;            /* of plain: json_patch, or NULL */
    sqlite3_stmt *statement;        /* that is prepared, or NULL */
    fg_vm *vm;                      /* of the call that runs in this thread, or NULL */
    fg_status stopped;              /* what ended the call in a callback, or FG_OK */
    const char *refused;            /* what the statement may not do, or NULL */
    uint64_t busy_ns;               /* since when it waits for another connection */
    int64_t outside;                /* what the thread was allowed before the call */
    const sqlite3_io_methods *file; /* SQLite's own, of the file */
    sqlite3_io_methods file_methods;
    fg_db_batch batch;
    bool memory;  /* in memory: it ends with its user */
    bool changed; /* it is not as good as a new one */
    bool halted;  /* SQLite was told that the call has to end */

    /* The statement, as the authorizer and the compiler see it (db_run.c). */
    bool preparing;
    bool inserts;  /* it may be one that inserts a row (db_insert.c) */
    bool brief;    /* it may end soon and can be run again */
    bool computes; /* it calls functions */
    bool triggers; /* something of the schema does more than its text says */
    bool controls; /* it begins or ends a transaction */
    uint32_t digest;
    uint64_t bound; /* bytes of text that were bound */
    /* The connection. */
    bool known;                /* no column of a table is computed when it is read */
    bool altered;              /* the schema was changed here */
    bool learning;             /* it finds that out */
    uint32_t rows[FG_DB_SLOW]; /* digests of statements that insert a row */
    uint32_t slow[FG_DB_SLOW]; /* digests of statements that were not brief */
    /* A trial. */
    bool trying, undisturbed, denied;
    uint32_t turns;

    /* A thread of its own. */
    bool elsewhere;           /* it has begun the statement */
    int done;                 /* an eventfd, -1: not made yet */
    int state;                /* atomic: see db_run.c */
    bool stop;                /* atomic: it has to end */
    uint32_t units;           /* atomic: work since the fork has last counted it */
    clockid_t clock;          /* atomic: the thread's, 0: not known yet */
    uint64_t from;            /* where it began */
    uint64_t worked, counted; /* ns of the processor: in all, and as the fork's */
    fg_db_want want;
    int code;
    int64_t may; /* memory */
} fg_db;

/* A connection to a file, whose path is confined to the site, or to memory of its own.
 * Cancellable; may collect.  Raises "db.open error: …". */
fg_status fg_db_take(fg_vm *vm, fg_slice target, fg_db **out);
/* Rolls back what is open and lets others use it; if that may take long, later. */
void fg_db_give(fg_db *c);

/* Brackets each use: what SQLite does meanwhile is done for vm, in its memory. */
void fg_db_enter(fg_vm *vm, fg_db *c);
void fg_db_leave(fg_db *c);
/* The same after a wait within the brackets, before which it was left. */
void fg_db_resume(fg_vm *vm, fg_db *c);
/* Raises what went wrong inside the brackets, as "what: …". */
fg_status fg_db_failed(fg_db *c, const char *what, int code);

/* In a callback of SQLite: has the call to end?  Reports n units of work. */
bool fg_db_is_stopped(fg_db *c, uint32_t units);
/* For a connection that is not used: what is open is rolled back, and it is put or closed.
 * The pools are not to be used after it. */
void fg_db_retire(fg_db *c);

/* ---- statements (db_run.c) ------------------------------------------------------------- */

/* Prepares the first statement of a text of n bytes, -1: up to the zero byte; it is the
 * connection's.  *code: SQLite's.  While the schema is locked other tasks run; may
 * collect. */
fg_status fg_db_prepare(fg_vm *vm, fg_db *c, const char *text, int n, const char **tail,
                        int *code);
/* Runs it, inside the brackets, until it has ended, or has given what was wanted; then
 * it goes on with the next call.  *code: SQLite's.  Other tasks may run meanwhile; may
 * collect.  Where the fork has to end before SQLite can, the connection is left to its
 * thread, and *c is NULL. */
fg_status fg_db_run(fg_vm *vm, fg_db **c, fg_db_want want, int *code);
/* Gives up the statement, wherever it is; as above.  Other tasks do not run. */
fg_status fg_db_release(fg_vm *vm, fg_db **c);

/* The handler of progress, which looks at the limits each so many steps. */
#define FG_DB_STEPS 500
#define FG_DB_BUSY_NS (5 * 1000000000ull) /* wait for another connection at most */
#define FG_DB_BUSY_STEP_NS 1000000u
int fg_db_progress(void *connection);

/* May a statement call this function of SQL any number of times that fits into its text? */
bool fg_db_is_quick(const char *function);
/* Does the statement insert one row and do little else, whatever its
 * values are? */
bool fg_db_inserts_a_row(fg_db *c);

/* ---- rows (db_batch.c) ------------------------------------------------------------------ */

/* Adds the row that the statement has; false: no memory. */
bool fg_db_batch_add(fg_db_batch *b, sqlite3_stmt *s);
void fg_db_batch_clear(fg_db_batch *b);
void fg_db_batch_drop(fg_db_batch *b);
/* Adds its rows to those of the program; the statement has the names. */
fg_status fg_db_batch_read(const fg_db_batch *b, fg_vm *vm, sqlite3_stmt *s,
                           fg_rows *rows);

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

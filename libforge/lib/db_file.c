// SPDX-License-Identifier: Apache-2.0
/* The file of a database: while pages are read and written the limits are looked at.
 * SQLite empties or drops a table, counts rows, and copies what VACUUM has made, in one
 * operation of its virtual machine each, between which it looks at them otherwise.
 *
 * What is stopped fails with an error of the file, once.  SQLite is ready for these at any
 * place: the transaction is rolled back, for which reading and writing works again, now or
 * by whoever opens the file next; and this connection is not used any more. */
#include "lib/db.h"

#include <stddef.h>

#define PAGE_UNITS 64u  /* what reading or writing a page counts as */
#define KNOWN_VERSION 3 /* of the methods: what the struct has room for */

static fg_db *owner_of(sqlite3_file *f)
{
    const char *methods = (const char *)f->pMethods;
    return (fg_db *)(uintptr_t)(methods - offsetof(fg_db, file_methods));
}

/* True the first time when the call has to end.  Not while reading is only tried with a
 * transaction open: it would be rolled back here and now. */
static bool is_stopped(fg_db *c)
{
    if (c->halted || c->undisturbed || !fg_db_is_stopped(c, PAGE_UNITS))
        return false;
    c->changed = true;
    return true;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    fg_db *c = owner_of(f);
    return is_stopped(c) ? SQLITE_IOERR_READ : c->file->xRead(f, to, n, at);
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    fg_db *c = owner_of(f);
    return is_stopped(c) ? SQLITE_IOERR_WRITE : c->file->xWrite(f, from, n, at);
}

void fg_db_watch_file(fg_db *c)
{
    sqlite3_file *f = NULL;
    sqlite3_file_control(c->sqlite, "main", SQLITE_FCNTL_FILE_POINTER, &f);
    if (!f || !f->pMethods)
        return;
    c->file = f->pMethods;
    c->file_methods = *c->file;
    if (c->file_methods.iVersion > KNOWN_VERSION)
        c->file_methods.iVersion = KNOWN_VERSION;
    c->file_methods.xRead = file_read;
    c->file_methods.xWrite = file_write;
    f->pMethods = &c->file_methods;
}

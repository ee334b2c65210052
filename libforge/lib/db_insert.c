// SPDX-License-Identifier: Apache-2.0
/* Statements that insert one row.
 *
 * A program that fills a table runs very many of these in one transaction, and each takes
 * less than handing it to another thread does.  What else a statement makes SQLite do,
 * because of constraints, indexes or triggers, is seen in its program only: it has to run
 * straight ahead, through operations that take little, and to delete nothing. */
#include "lib/db.h"

#define ROLLS_BACK                                                                     \
    1 /* P2 of what ends a statement: all of the transaction goes with it */

/* clang-format off */
/* Operations that may stand in such a program. */
static const char *const plain[] = {
    "Add", "Affinity", "BitAnd", "BitOr", "Blob", "Cast", "Close", "Concat", "Copy", "Divide", "FkCounter",
    "Function", "HaltIfNull", "Halt", "IdxInsert", "Insert", "Int64", "IntCopy", "Integer", "MakeRecord",
    "Move", "Multiply", "NewRowid", "Noop", "Not", "Null", "OpenRead", "OpenWrite", "PureFunc", "Real",
    "RealAffinity", "Remainder", "SCopy", "SoftNull", "String8", "Subtract", "Transaction", "TypeCheck",
    "Variable",
};
/* The same, which jump to P2: never back. */
static const char *const jumps[] = {
    "Eq", "FkIfZero", "Found", "Ge", "Gt", "If", "IfNot", "Init", "IsNull", "Le", "Lt", "MustBeInt", "Ne",
    "NoConflict", "NotExists", "NotFound", "NotNull", "Once", "SeekRowid",
};
/* clang-format on */

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* "name(2)" */
static bool calls_quick(const char *call)
{
    char name[32];
    const char *end = call ? strchr(call, '(') : NULL;
    if (!end || (size_t)(end - call) >= sizeof name)
        return false;
    memcpy(name, call, (size_t)(end - call));
    name[end - call] = '\0';
    return fg_db_is_quick(name);
}

/* The operation of a row of EXPLAIN. */
static bool is_small(sqlite3_stmt *row)
{
    enum { ADDRESS, NAME, P1, P2, P3, P4 };
    const char *name = (const char *)sqlite3_column_text(row, NAME);
    int at = sqlite3_column_int(row, ADDRESS), to = sqlite3_column_int(row, P2);
    if (!name)
        return false;
    if (strcmp(name, "Goto") == 0) /* the last one goes to the first operation */
        return to > at || to == 1;
    if (strcmp(name, "Halt") == 0 || strcmp(name, "HaltIfNull") == 0)
        return to != ROLLS_BACK;
    if (strcmp(name, "Function") == 0 || strcmp(name, "PureFunc") == 0)
        return calls_quick((const char *)sqlite3_column_text(row, P4));
    return is_among(name, plain, FG_COUNT(plain))
           || (is_among(name, jumps, FG_COUNT(jumps)) && (to > at || to == 0));
}

bool fg_db_inserts_a_row(fg_db *c)
{
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf("EXPLAIN %s", sqlite3_sql(c->statement));
    int code = sql ? sqlite3_prepare_v2(c->sqlite, sql, -1, &s, NULL) : SQLITE_NOMEM;
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(s);
        if (code == SQLITE_ROW && !is_small(s))
            code = SQLITE_ABORT;
    }
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return code == SQLITE_DONE;
}

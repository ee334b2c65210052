// SPDX-License-Identifier: Apache-2.0
/* Connections to PostgreSQL, as the pg module uses them. */
#ifndef FG_PG_H
#define FG_PG_H

#include "lib/libpq.h"
#include "lib/sql.h"

/* How the way to a server is protected. */
typedef enum fg_pg_tls {
    FG_PG_DEFAULT, /* as the connection string says, else verified */
    FG_PG_VERIFIED,
    FG_PG_UNVERIFIED,
    FG_PG_PLAIN,
} fg_pg_tls;

typedef struct fg_pg {
    fg_pooled pooled;
    PGconn *conn;
} fg_pg;

/* A connection for "MODE CONNINFO", MODE being a digit of fg_pg_tls.  Cancellable; may
 * collect.  Raises "pg.connect error: …" or what fits the mode. */
fg_status fg_pg_take(fg_vm *vm, fg_slice target, fg_pg **out);
/* Rolls back what is open and lets others use it; does not wait. */
void fg_pg_give(fg_vm *vm, fg_pg *c);
/* Closes it, and has the server end what it is doing. */
void fg_pg_close(fg_vm *vm, fg_pg *c);

/* Waits until what was sent is on its way; not *sound: the connection is broken, and
 * PQerrorMessage says why. */
fg_status fg_pg_flush(fg_vm *vm, fg_pg *c, bool *sound);
/* The next result, or NULL when there is no more; the caller clears it. */
fg_status fg_pg_result(fg_vm *vm, fg_pg *c, bool *sound, PGresult **out);

/* ---- values (pg_value.c) ----------------------------------------------------------------- */

/* The value of a column's text; never collects. */
fg_status fg_pg_value(fg_vm *vm, Oid type, fg_slice text, fg_value *out);

#endif

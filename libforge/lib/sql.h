// SPDX-License-Identifier: Apache-2.0
/* What the modules for databases share: rows as values, waiting for a server, and whom a
 * connection may reach. */
#ifndef FG_SQL_H
#define FG_SQL_H

#include "lib/gate.h"
#include "lib/lib.h"
#include "lib/site.h"
#include "run/fiber.h"

#include <netinet/in.h>

/* ---- rows --------------------------------------------------------------------------- */

/* An array of objects that grows row by row.  Of columns with the same name the first
 * place and the last value count. */
typedef struct fg_rows {
    fg_vm *vm;
    fg_array *array;
    fg_object *row;  /* the newest */
    uint32_t n;      /* columns, 0 before the first row */
    uint32_t *slots; /* of the columns */
} fg_rows;

typedef fg_slice fg_column_name(void *ctx, uint32_t column);

/* An empty array in *out, which is a root. */
fg_status fg_rows_begin(fg_vm *vm, fg_rows *r, fg_value *out);
/* Adds a row of n nulls, the same n for each; reports work, may collect.  The names are
 * asked for once. */
fg_status fg_rows_add(fg_rows *r, uint32_t n, fg_column_name *name, void *ctx);
/* Sets a column of the newest row. */
void fg_rows_set(fg_rows *r, uint32_t column, const fg_value *v);
void fg_rows_end(fg_rows *r);

/* ---- arguments and errors -------------------------------------------------------------- */

/* The array of parameters in argv[i], or NULL if it is none. */
static inline fg_array *fg_sql_params(int argc, const fg_value *argv, int i)
{
    fg_value v = fg_arg(argc, argv, i);
    return fg_is(v, FG_ARRAY) ? v.as.arr : NULL;
}

/* Raises "what: why", without white space at the end. */
fg_status fg_sql_raise(fg_vm *vm, const char *what, const char *why);

/* A terminated copy of n bytes, for fg_memory_give(vm, *out, n + 1).  Raises if there is a
 * zero byte in them. */
fg_status fg_sql_text(fg_vm *vm, const char *what, fg_slice text, char **out);

/* ---- servers ----------------------------------------------------------------------------- */

/* Waits for a descriptor until a time (0: no end).  *events: POLL… in and out, 0 after the
 * time; may collect. */
fg_status fg_sql_wait(fg_vm *vm, int fd, short *events, uint64_t until_ns);

/* The public certificates, where Debian keeps them. */
#define FG_SQL_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* Has the other end closed the connection, or sent what nobody asked for? */
bool fg_sql_stale(int fd);

/* Is this program allowed to reach a server there?  Host is a name, an address, the path
 * of a socket, or "" for the usual socket; address receives the numeric address to connect
 * to, "" for a socket.
 * Raises "what: why".  Waits, cancellable; may collect. */
fg_status fg_sql_reach(fg_vm *vm, const char *what, const char *host,
                       char address[INET6_ADDRSTRLEN]);

#endif

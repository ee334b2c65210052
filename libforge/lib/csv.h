// SPDX-License-Identifier: Apache-2.0
/* Comma-separated values (RFC 4180) for the csv module and what reads and writes files. */
#ifndef FG_CSV_H
#define FG_CSV_H

#include "run/vm.h"

typedef struct fg_csv_options {
    char separator; /* of fields: ',' unless the caller says otherwise */
    bool typed;     /* fields that look like numbers and Bools become them */
} fg_csv_options;

#define FG_CSV_DEFAULTS ((fg_csv_options){ ',', true })

/* Changes *o as an options value says, which may be null; raises what is wrong with it.
 * `name` is the function's: "csv.parse". */
fg_status fg_csv_options_read(fg_vm *vm, const char *name, fg_value v,
                              fg_csv_options *o);

/* The rows of a text as an array of objects; the first line names the fields.  Any text
 * has a meaning.  May collect: text stays reachable, and out is a root. */
fg_status fg_csv_read(fg_vm *vm, fg_slice text, const fg_csv_options *o, fg_value *out);

/* Appends the rows that are objects, under the keys of the first; nothing if that is
 * none.  May collect. */
fg_status fg_csv_write(fg_vm *vm, const struct fg_array *rows, const fg_csv_options *o,
                       fg_bytes *b);

#endif

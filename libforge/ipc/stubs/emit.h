// SPDX-License-Identifier: Apache-2.0
/* What is generated from a schema: a header with the types, the handlers and typed functions
 * of both sides, a source with the tables, and the documentation. */
#ifndef FG_STUBS_EMIT_H
#define FG_STUBS_EMIT_H

#include "base/bytes.h"
#include "ipc/stubs/schema.h"

/* The name under which the results are kept: "dir/name" of "dir/name.h" as it is included,
 * and that of the schema's file, for the remark at the top. */
typedef struct fg_stubs_names {
    const char *include, *schema;
} fg_stubs_names;

void fg_stubs_header(fg_bytes *b, const fg_schema *s, const fg_stubs_names *names);
void fg_stubs_source(fg_bytes *b, const fg_schema *s, const fg_stubs_names *names);
void fg_stubs_doc(fg_bytes *b, const fg_schema *s);

/* Shared by the three: the C type of a type, and its text as in the schema. */
void fg_stubs_c_type(fg_bytes *b, const fg_schema *s, const fg_schema_type *t);
void fg_stubs_type_text(fg_bytes *b, const fg_schema_type *t);
/* "EchoBytes" -> "echo_bytes", or in capitals. */
void fg_stubs_snake(fg_bytes *b, const char *name);
void fg_stubs_upper(fg_bytes *b, const char *name);

#endif

// SPDX-License-Identifier: Apache-2.0
/* Schemas of services: JSON with comments.
 *
 *     {
 *       "service": "Echo",
 *       "aliases": { "Fr": "bin32", "Id": "u32" },
 *       "enums": { "Mode": ["fast", "safe"] },
 *       "types": { "EchoInner": { "values": "bytes[]", "flag": "bool?" } },
 *       "error": { "message": "string" },
 *       "commands": { "Bytes": { "request": { "data": "bytes" }, "response": {} },
 *                     "More": { "request": {}, "response": "BytesResponse" } }
 *     }
 *
 * A type is a leaf (bool u8 u16 u32 u64 i64 f64 string bytes bin32 value), an alias, an enum,
 * a type or map<T>, followed by suffixes of which the last is the outermost: `?` may be
 * absent, `[]` a list, `[N]` exactly N.  `<=N` after string, bytes, value, map<T> or `[]`
 * bounds it.  An alias of bin32 is a type of its own; others mean what they stand for. */
#ifndef FG_SCHEMA_H
#define FG_SCHEMA_H

#include "ipc/record.h"

typedef struct fg_schema_type {
    fg_kind kind;
    uint32_t max;              /* as in fg_type */
    struct fg_schema_type *of; /* of optionals, lists, arrays, maps */
    const char *name;          /* of a record, an enum or an alias of bin32; or NULL */
    uint32_t number;           /* of the type among all of the schema */
} fg_schema_type;

typedef struct fg_schema_field {
    const char *name, *c_name;
    fg_schema_type *type;
} fg_schema_field;

typedef struct fg_schema_record {
    const char *name; /* with the service's */
    uint32_t n;
    fg_schema_field fields[FG_RECORD_FIELDS];
    struct fg_schema_record *next;
} fg_schema_record;

/* An enum, or an alias of bin32: without names. */
typedef struct fg_schema_name {
    const char *name;
    uint32_t n;
    const char **names;
    struct fg_schema_name *next;
} fg_schema_name;

typedef struct fg_schema_command {
    const char *name; /* without the service's */
    const fg_schema_record *request, *response;
    struct fg_schema_command *next;
} fg_schema_command;

typedef struct fg_schema {
    const char *service;
    char hash[65];
    fg_schema_record *records; /* what a record contains comes before it */
    fg_schema_name *enums, *bins;
    fg_schema_command *commands;
    fg_schema_type **types; /* what a type contains comes before it */
    uint32_t ntypes;
    char error[256]; /* why it is none: what, where, what to try */
} fg_schema;

/* Everything lives in the arena.  False: s->error says why. */
bool fg_schema_parse(fg_schema *s, fg_arena *arena, fg_slice text);

/* "treeId", "EchoBytes" -> "tree_id", "echo_bytes"; NULL: no memory. */
char *fg_schema_snake(fg_arena *arena, const char *name);

#endif

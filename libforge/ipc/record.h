// SPDX-License-Identifier: Apache-2.0
/* C structures as MessagePack, by tables that say what is in them.
 *
 * The tables and the structures are generated together from a schema (ipc/stubs).  A record
 * travels as a map of its fields in the order of declaration, each by its name; an absent
 * optional is nil.  Read, the fields may come in any order, unknown ones are passed over,
 * and optional ones may be missing.
 *
 *     type        in C                                    bounds
 *     bool        bool
 *     u8 … u64    uint8_t … uint64_t
 *     i64, f64    int64_t, double
 *     enum        uint32_t                                max: the largest
 *     string      fg_slice                                max: bytes
 *     bytes       fg_slice                                max: bytes
 *     bin32       struct { unsigned char bytes[32]; }     max: 32
 *     value       fg_slice, one value of MessagePack      max: bytes
 *     record      the structure
 *     T?          struct { bool present; T value; }
 *     T[]         struct { T *at; uint32_t n; }           max: elements
 *     T[N]        struct { T at[N]; }                     max: N
 *     map<T>      struct { struct { fg_slice key; T value; } *at; uint32_t n; }, max: pairs
 *
 * What was read points into the message and into the arena, and lives as long as both. */
#ifndef FG_RECORD_H
#define FG_RECORD_H

#include "base/arena.h"
#include "ipc/pack.h"
#include "ipc/unpack.h"

typedef enum fg_kind {
    FG_KIND_BOOL,
    FG_KIND_U8,
    FG_KIND_U16,
    FG_KIND_U32,
    FG_KIND_U64,
    FG_KIND_I64,
    FG_KIND_F64,
    FG_KIND_ENUM,
    FG_KIND_STRING,
    FG_KIND_BYTES,
    FG_KIND_BIN,
    FG_KIND_VALUE,
    FG_KIND_RECORD,
    FG_KIND_OPTIONAL,
    FG_KIND_LIST,
    FG_KIND_ARRAY,
    FG_KIND_MAP
} fg_kind;

typedef struct fg_type {
    fg_kind kind;
    uint32_t size;            /* in C */
    uint32_t max;             /* the bound; none: UINT32_MAX */
    const struct fg_type *of; /* of optionals, lists, arrays, maps */
    uint32_t inner;           /* optional: offset of value; map: of a pair's value */
    uint32_t pair;            /* map: size of a pair */
    const struct fg_record *record; /* of records */
} fg_type;

typedef struct fg_field {
    const char *name;
    uint32_t offset;
    const fg_type *type;
} fg_field;

#define FG_RECORD_FIELDS 20u /* at most */

typedef struct fg_record {
    const char *name;
    uint32_t size, n;
    const fg_field *fields;
} fg_record;

typedef struct fg_bin32 {
    unsigned char bytes[32];
} fg_bin32;

/* What every list and map begins with. */
typedef struct fg_list_view {
    void *at;
    uint32_t n;
} fg_list_view;

/* Where reading went wrong: the innermost record and field, or NULL. */
typedef struct fg_record_place {
    const char *record, *field;
} fg_record_place;

void fg_record_pack(fg_bytes *b, const fg_record *type, const void *from);
/* Reads one record.  False: the unpacker is faulty, and *place says where; the structure then
 * holds nothing that may be used. */
bool fg_record_unpack(fg_unpacker *u, fg_arena *arena, const fg_record *type, void *to,
                      fg_record_place *place);

#endif

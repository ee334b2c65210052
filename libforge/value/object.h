// SPDX-License-Identifier: Apache-2.0
/* Everything a value can point at.  Sizes are in elements unless named bytes.
 *
 * FROZEN objects live in a program or template: read-only, shared by all threads, their
 * strings hashed and their ASCII flag computed, their inner values not COUNTED. */
#ifndef FG_OBJECT_H
#define FG_OBJECT_H

#include "base/heap.h"
#include "value/value.h"

/* ---- strings: immutable bytes ------------------------------------------------- */

/* bits of a string header */
#define FG_S_ASCII 1u   /* all bytes < 0x80 */
#define FG_S_SCANNED 2u /* ASCII is decided */
#define FG_S_SLICE 4u   /* bytes belong to `owner`: this is an fg_strslice */
#define FG_S_STATIC 8u  /* bytes are not the heap's */
#define FG_S_TYPE 16u   /* names a module's type: this is an fg_typename */

typedef struct fg_string {
    fg_obj h;
    uint32_t len;      /* bytes */
    uint32_t hash;     /* 0: not computed yet */
    const char *bytes; /* after this header, in a buffer, or static */
} fg_string;

/* A growing buffer that strings share: a string that ends where `used` ends can be
 * appended to in place, because nobody overwrites a prefix. */
typedef struct fg_buffer {
    fg_obj h;
    uint32_t used, cap;
    char bytes[];
} fg_buffer;

typedef struct fg_strslice {
    fg_string s;
    fg_obj *owner; /* fg_buffer, or a flat fg_string */
} fg_strslice;

/* ---- arrays ------------------------------------------------------------------- */

/* bits of an array header: what data holds */
#define FG_A_ANY 0u
#define FG_A_INT 1u
#define FG_A_FLOAT 2u

typedef struct fg_array {
    fg_obj h;
    uint32_t len, cap;
    union {
        void *data; /* separate storage of the heap, NULL when cap is 0 */
        fg_value *any;
        int64_t *ints;
        double *floats;
    } as;
} fg_array;

typedef struct fg_tuple {
    fg_obj h;
    uint32_t len;
    uint32_t pad;
    fg_value v[];
} fg_tuple;

/* ---- objects ------------------------------------------------------------------ */

/* One place of an index from hashes to positions: open addressing, linear probing, a power
 * of two of places.  The hash stands beside the position, so that looking for what is not
 * there, and growing, touch nothing else. */
typedef struct fg_place {
    uint32_t at; /* position + 1; 0: empty */
    uint32_t hash;
} fg_place;

static inline void fg_index_put(fg_place *index, uint32_t n, uint32_t hash,
                                uint32_t position)
{
    uint32_t i = hash & (n - 1);
    while (index[i].at)
        i = (i + 1) & (n - 1);
    index[i] = (fg_place){ position + 1, hash };
}

/* An ordered list of keys, shared by objects (h.count objects use it).  It is written
 * only while exactly one object uses it.  From FG_KEYS_INDEX keys up there is an index. */
#define FG_KEYS_INDEX 9u

/* bits of a key list's header: the fields of a value of a type in the program and then
 * __type__; all names are interned, so that pointers decide */
#define FG_K_TYPED 1u

typedef struct fg_keys {
    fg_obj h;
    uint32_t n, cap;
    fg_string **names;
    fg_place *index; /* nindex places or NULL */
    uint32_t nindex;
    uint32_t hash; /* of the sequence of names; 0: not computed */
    /* With FG_K_TYPED: what __type__ is unless it was assigned, and the global with what is
     * known of the type. */
    const fg_string *type;
    uint32_t type_global;
} fg_keys;

typedef struct fg_object {
    fg_obj h;
    uint32_t cap; /* slots there is room for; keys->n are used */
    uint32_t pad;
    fg_keys *keys;
    fg_value *slots; /* after this header or separate storage */
} fg_object;

#define FG_O_INLINE 1u /* bits: slots lie behind the header, not in own storage */

/* ---- sets and maps: insertion ordered hash tables ----------------------------- */

typedef struct fg_table {
    fg_obj h;          /* kind FG_SET or FG_MAP */
    uint32_t len;      /* live entries */
    uint32_t used;     /* entries in use, removed ones included (key tag FG_UNDEF) */
    uint32_t cap;      /* room in entries */
    uint32_t nindex;   /* power of two, or 0 */
    fg_value *entries; /* cap keys, and for maps cap values behind them */
    fg_place *index;   /* or NULL */
} fg_table;

/* ---- functions ---------------------------------------------------------------- */

struct fg_proto;

/* Whose globals a function sees.  One that is named at the top level, and a method, sees
 * those of its caller; any other those of the task that made it.  With FG_HOME_TASK the
 * last capture refers to that task's world; FG_HOME_MAIN is the program itself. */
#define FG_HOME_CALLER 0u
#define FG_HOME_MAIN 1u
#define FG_HOME_TASK 2u

/* A closure.  A capture is a value (copied) or a FG_CELL value (shared variable). */
typedef struct fg_func {
    fg_obj h;
    uint32_t ncaptures;
    uint32_t home; /* FG_HOME_… */
    const struct fg_proto *proto;
    fg_value captures[];
} fg_func;

/* A captured variable outside a template. */
typedef struct fg_cell {
    fg_obj h;
    uint64_t pad;
    fg_value v;
} fg_cell;

/* The function V of "type T = V(A, B)". */
typedef struct fg_ctor {
    fg_obj h;
    uint32_t arity;
    uint32_t pad;
    fg_string *type, *variant;
    fg_keys *keys; /* __type__ __variant__ _0 _1 … */
} fg_ctor;

/* What the name of a struct denotes: shows as <builtin struct:NAME>; with bits 1 and 2
 * the placeholders <builtin prompt:NAME> and <builtin agent:NAME>. */
enum { FG_MARKER_STRUCT, FG_MARKER_PROMPT, FG_MARKER_AGENT };
extern const char *const fg_marker_names[]; /* "struct" … by bits; show.c */

typedef struct fg_struct {
    fg_obj h;
    uint64_t pad;
    fg_string *name;
} fg_struct;

/* What is known of a type name at run time: defaults, embedded fields, methods,
 * variants.  Lives in a hidden global of its own (one per type name in the program),
 * so that forks are isolated by the ordinary rules; replaced, never written, once
 * shared.  All members are ordinary values of the language or null:
 *   defaults   object  field -> default, declaration order
 *   embeds     object  field -> type name (string), declaration order
 *   methods    object  name -> function
 *   statics    object  name -> function (methods whose first parameter is not `it`)
 *   variants   array of variant names */
typedef struct fg_typeinfo {
    fg_obj h;
    uint64_t pad;
    fg_string *name;
    fg_value defaults, embeds, methods, statics, variants;
} fg_typeinfo;

/* bits of a stream header: its outermost stage, shown as Stream(KIND) */
#define FG_STREAM_KINDS(X)                                                             \
    X(ArrayIter)                                                                       \
    X(TupleIter)                                                                       \
    X(SetIter)                                                                         \
    X(MapIter)                                                                         \
    X(StringIter)                                                                      \
    X(Filter)                                                                          \
    X(Map)                                                                             \
    X(Take)                                                                            \
    X(Skip)                                                                            \
    X(Chain)                                                                           \
    X(Zip)                                                                             \
    X(Enumerate)
enum {
#define X(name) FG_STREAM_##name,
    FG_STREAM_KINDS(X)
#undef X
};

typedef struct fg_box {
    fg_obj h;
    uint64_t pad;
    fg_value v;
} fg_box;

#endif

// SPDX-License-Identifier: Apache-2.0
/* Values: 16 bytes, a tag word and a payload word, copied as two words.
 *
 * tag, low byte     type (fg_type)
 * tag, bit 8        COUNTED: the payload is a container in this fork's heap and its
 *                   `count` says how many durable references there are
 * tag, bits 9-11    wrapper around the value: Ok, Err, Some, Frozen
 *
 * Int is tag FG_INT and nothing else, Float FG_FLOAT and nothing else, so one full
 * compare tests for them.  A wrapper around a wrapped value goes through an fg_box.
 *
 * Containers (array, object, set, map) are values of the language.  `count` counts
 * named variables, parameters, cells and elements; temporaries do not count.  A write
 * may happen in place when the holder's value has COUNTED set and count <= 1.
 * Over-counting costs a copy; under-counting is the bug.  Nothing is freed by it. */
#ifndef FG_VALUE_H
#define FG_VALUE_H

#include "base/base.h"

/* Every type: name, typeof text.  Heap kinds come after FG_STRING. */
/* clang-format off */
#define FG_TYPES(X)                                                                   \
    X(NULL, "Null")                                                                   \
    X(BOOL, "Bool")                                                                   \
    X(INT, "Int")                                                                     \
    X(FLOAT, "Float")                                                                 \
    X(UNDEF, "Undefined")   /* a variable that is not set yet; never seen by programs */ \
    X(NONE, "Option")       /* the value None */                                      \
    X(NATIVE, "BuiltIn")    /* payload: const fg_native * */                          \
    X(CELL, "Cell")         /* internal: a register or capture holding a fg_cellref */ \
    X(STRING, "String")                                                               \
    X(ARRAY, "Array")                                                                 \
    X(OBJECT, "Object")                                                               \
    X(TUPLE, "Tuple")                                                                 \
    X(SET, "Set")                                                                     \
    X(MAP, "Map")                                                                     \
    X(FUNC, "Function")     /* "Lambda" when the prototype has no name */             \
    X(CTOR, "BuiltIn")      /* enum constructor */                                    \
    X(STRUCT, "BuiltIn")    /* struct marker */                                       \
    X(BOX, "Box")           /* internal: content of a doubly wrapped value */         \
    X(STREAM, "Stream")                                                               \
    X(CHANNEL, "Channel")                                                             \
    X(TASK, "TaskHandle")                                                             \
    X(BOUND, "BuiltIn")     /* reserved for host objects */
/* clang-format on */

typedef enum fg_type {
#define X(name, text) FG_##name,
    FG_TYPES(X)
#undef X
    /* Heap objects that are never the payload of a value. */
    FG_BUFFER,
    FG_KEYS,
    FG_PROTO,
    FG_TYPEINFO,
    FG_CELLOBJ,
    FG_WORLD, /* run/task.h, these three */
    FG_SQUAD,
    FG_FAILURE,
} fg_type;

#define FG_TYPE_MASK 0xffu
#define FG_COUNTED 0x100u
#define FG_WRAP_SHIFT 9
#define FG_WRAP_MASK 0xe00u
#define FG_WRAP_OK 0x200u
#define FG_WRAP_ERR 0x400u
#define FG_WRAP_SOME 0x600u
#define FG_WRAP_FROZEN 0x800u

/* Header of everything in a heap. */
typedef struct fg_obj {
    uint8_t kind;   /* fg_type */
    uint8_t flags;  /* FG_F_… */
    uint8_t mark;   /* colour of the last collection that reached it */
    uint8_t bits;   /* the kind's own */
    uint32_t count; /* durable references, containers and key lists only */
} fg_obj;

#define FG_F_FROZEN 1u /* lives in a template or program: never written, never marked */

struct fg_string;
struct fg_array;
struct fg_object;
struct fg_tuple;
struct fg_table;
struct fg_func;
struct fg_ctor;
struct fg_struct;
struct fg_box;
struct fg_native;
struct fg_stream;

/* A cell: the address of a value, or the offset of a window slot with bit 0 set. */
typedef uintptr_t fg_cellref;

typedef struct fg_value {
    uint64_t tag;
    union {
        int64_t i;
        double f;
        uint64_t u;
        fg_obj *o;
        struct fg_string *str;
        struct fg_array *arr;
        struct fg_object *obj;
        struct fg_tuple *tup;
        struct fg_table *tab; /* set and map */
        struct fg_func *fn;
        struct fg_ctor *ctor;
        struct fg_struct *st;
        struct fg_box *box;
        const struct fg_native *native;
        fg_cellref cell;
        void *ptr;
    } as;
} fg_value;

/* Copies two words; never use struct assignment on values in hot code: one 16-byte
 * load after two 8-byte stores cannot be forwarded and stalls. */
static inline void fg_copy(fg_value *to, const fg_value *from)
{
    uint64_t tag = from->tag, payload = from->as.u;
    to->tag = tag;
    to->as.u = payload;
}

static inline void fg_retain(const fg_value *v)
{
    if (v->tag & FG_COUNTED)
        v->as.o->count++;
}

static inline void fg_release(const fg_value *v)
{
    if ((v->tag & FG_COUNTED) && v->as.o->count > 0)
        v->as.o->count--;
}

/* Copies to a place that did not hold a live value and counts the new reference. */
static inline void fg_copy_counted(fg_value *to, const fg_value *from)
{
    fg_retain(from);
    fg_copy(to, from);
}

/* Replaces a durable reference. */
static inline void fg_store(fg_value *to, const fg_value *from)
{
    fg_retain(from);
    fg_release(to);
    fg_copy(to, from);
}

static inline fg_type fg_type_of(fg_value v) { return (fg_type)(v.tag & FG_TYPE_MASK); }
static inline uint64_t fg_wrap_of(fg_value v) { return v.tag & FG_WRAP_MASK; }
/* Type test on an unwrapped value. */
static inline bool fg_is(fg_value v, fg_type t)
{
    return (v.tag & (FG_TYPE_MASK | FG_WRAP_MASK)) == (uint64_t)t;
}
static inline bool fg_is_int(fg_value v) { return v.tag == FG_INT; }
static inline bool fg_is_float(fg_value v) { return v.tag == FG_FLOAT; }
static inline bool fg_is_number(fg_value v) { return (v.tag | 1) == FG_FLOAT; }
static inline bool fg_is_null(fg_value v) { return v.tag == FG_NULL; }
static inline bool fg_is_bool(fg_value v) { return v.tag == FG_BOOL; }
static inline bool fg_is_string(fg_value v) { return v.tag == FG_STRING; }
static inline double fg_number(fg_value v)
{
    return v.tag == FG_INT ? (double)v.as.i : v.as.f;
}

static inline fg_value fg_null(void) { return (fg_value){ FG_NULL, { 0 } }; }
static inline fg_value fg_undef(void) { return (fg_value){ FG_UNDEF, { 0 } }; }
static inline fg_value fg_none(void) { return (fg_value){ FG_NONE, { 0 } }; }
static inline fg_value fg_bool(bool b) { return (fg_value){ FG_BOOL, { .i = b } }; }
static inline fg_value fg_int(int64_t i) { return (fg_value){ FG_INT, { .i = i } }; }
static inline fg_value fg_float(double f) { return (fg_value){ FG_FLOAT, { .f = f } }; }
static inline fg_value fg_native_value(const struct fg_native *n)
{
    return (fg_value){ FG_NATIVE, { .native = n } };
}

/* The value of an object: COUNTED for containers of this fork's heap. */
static inline fg_value fg_obj_value(void *object)
{
    fg_obj *o = object;
    bool counted = !(o->flags & FG_F_FROZEN)
                   && (o->kind == FG_ARRAY || o->kind == FG_OBJECT || o->kind == FG_SET
                       || o->kind == FG_MAP);
    return (fg_value){ (uint64_t)o->kind | (counted ? FG_COUNTED : 0), { .o = o } };
}

/* Payload of a heap object? (boxed wrappers included) */
static inline bool fg_is_heap(fg_value v) { return fg_type_of(v) >= FG_STRING; }

/* True if the holder of v may write to its container in place. */
static inline bool fg_unique(fg_value v)
{
    return (v.tag & FG_COUNTED) && v.as.o->count <= 1;
}

#endif

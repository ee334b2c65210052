// SPDX-License-Identifier: Apache-2.0
/* Callables and wrapped values. */
#ifndef FG_FUNC_H
#define FG_FUNC_H

#include "value/object.h"

struct fg_vm;

/* How every fg_proto starts: what this layer may know of it. */
typedef struct fg_protohead {
    fg_obj h;
    fg_string *name; /* NULL for lambdas */
} fg_protohead;

/* Name of a function, or NULL for a lambda. */
static inline fg_string *fg_func_name(const fg_func *fn)
{
    return ((const fg_protohead *)(const void *)fn->proto)->name;
}

/* A library function.  argv are roots and borrowed; out receives a temporary.  See
 * run/vm.h for what a native may do. */
typedef fg_status (*fg_native_fn)(struct fg_vm *vm, int argc, fg_value *argv,
                                  fg_value *out);

/* Rights a native needs; the call is refused before it starts when one is missing. */
/* clang-format off */
#define FG_CAPABILITIES(X)                                                            \
    X(FS_READ, "fs.read") X(FS_WRITE, "fs.write") X(NET, "net") X(DB, "db")            \
    X(EXEC, "exec") X(ENV, "env") X(STATE, "state") X(WS, "ws")
/* clang-format on */

enum {
#define X(name, text) FG_CAP_BIT_##name,
    FG_CAPABILITIES(X)
#undef X
};

enum {
    FG_CAP_NONE = 0,
#define X(name, text) FG_CAP_##name = 1 << FG_CAP_BIT_##name,
    FG_CAPABILITIES(X)
#undef X
};

/* One row of a library table.  What is missing among the arguments is the function's own
 * error; more than it takes are ignored. */
typedef struct fg_native {
    const char *name; /* "len", "math.sqrt" */
    fg_native_fn fn;
    uint32_t caps; /* FG_CAP_… */
    /* "name(x, y?, z = 1, rest...): meaning": the call, and one line of what it gives.
     * The number of arguments is read from here. */
    const char *doc;
} fg_native;

fg_func *fg_func_new(fg_heap *h, const struct fg_proto *proto, uint32_t ncaptures);
fg_cell *fg_cell_new(fg_heap *h, const fg_value *v); /* counts v */
fg_ctor *fg_ctor_new(fg_heap *h, fg_string *type, fg_string *variant, uint32_t arity,
                     fg_keys *keys);

/* Wraps v in FG_WRAP_…; v may be wrapped itself (then a box is made).  out may be &v. */
fg_status fg_wrap(fg_heap *h, uint64_t wrap, const fg_value *v, fg_value *out);
/* Content of a wrapped value, without its outermost wrapper; borrowed. */
void fg_unwrap(const fg_value *v, fg_value *out);
/* v without Frozen wrappers, for reading; borrowed. */
static inline void fg_peel(const fg_value *v, fg_value *out)
{
    if (fg_unlikely((v->tag & FG_WRAP_MASK) == FG_WRAP_FROZEN))
        fg_unwrap(v, out);
    else
        fg_copy(out, v);
}
/* The wrapper below Frozen: FG_WRAP_OK, …_ERR, …_SOME or 0. */
static inline uint64_t fg_wrap_below(const fg_value *v)
{
    uint64_t wrap = v->tag & FG_WRAP_MASK;
    if (fg_likely(wrap != FG_WRAP_FROZEN))
        return wrap;
    return (v->tag & FG_TYPE_MASK) == FG_BOX ? fg_wrap_of(v->as.box->v) : 0;
}

#endif

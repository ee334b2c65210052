// SPDX-License-Identifier: Apache-2.0
/* Equality, hashing, truth.
 *
 * Values are trees by meaning but may share parts, so a walk can be exponentially
 * longer than the memory it walks over.  Every walk is therefore bounded by steps that no
 * value without such sharing can need; beyond them values are unequal.  Nesting costs no
 * C stack: pairs that lie too deep are taken for equal, and compared when the walk is
 * through.  Hashes look only at the first elements of the first levels. */
#include "value/equal.h"

#include "base/hash.h"
#include "value/array.h"
#include "value/func.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

#include <stdlib.h>

typedef enum mode {
    PLAIN,  /* == */
    SAME,   /* NaN equals NaN */
    STRICT, /* Int differs from Float */
} mode;

typedef struct pair {
    fg_value a, b;
} pair;

typedef struct walk {
    mode mode;
    uint32_t depth, deepest;
    uint32_t steps; /* left */
    pair *later;    /* still to be compared */
    uint32_t nlater, clater;
} walk;

#define DEPTH 200u     /* C calls on top of each other, before pairs wait */
#define MAX_DEPTH 500u /* and in keys of tables in keys of tables */

#define MAX_STEPS (1u << 26)
#define ELEMENTS_A_STEP 4 /* elements that cost as much as one value to look at */

static bool equal_at(walk *w, const fg_value *a, const fg_value *b);

/* v without all its Frozen wrappers. */
static inline void peel(const fg_value *v, fg_value *out)
{
    fg_peel(v, out);
    while (fg_unlikely(fg_wrap_of(*out) == FG_WRAP_FROZEN))
        fg_unwrap(out, out);
}

/* Pays for n steps; false if they are used up. */
static inline bool spend(walk *w, uint32_t n)
{
    if (n > w->steps)
        w->steps = 0;
    else
        w->steps -= n;
    return w->steps > 0;
}

/* Notes a pair for later.  Without memory for that it counts as unequal. */
static bool postpone(walk *w, const fg_value *a, const fg_value *b)
{
    if (w->nlater == w->clater) {
        uint32_t cap = w->clater ? w->clater * 2 : 16;
        pair *more = realloc(w->later, cap * sizeof *more);
        if (!more)
            return false;
        w->later = more;
        w->clater = cap;
    }
    w->later[w->nlater++] = (pair){ *a, *b };
    return true;
}

/* ---- equality ---------------------------------------------------------------- */

static inline bool floats_equal(const walk *w, double a, double b)
{
    return a == b || (w->mode == SAME && a != a && b != b);
}

static bool numbers_equal(const walk *w, const fg_value *a, const fg_value *b)
{
    if (a->tag == b->tag)
        return a->tag == FG_INT ? a->as.i == b->as.i
                                : floats_equal(w, a->as.f, b->as.f);
    return w->mode != STRICT && fg_number(*a) == fg_number(*b);
}

static bool arrays_equal(walk *w, const fg_array *a, const fg_array *b)
{
    if (a->len != b->len || !spend(w, a->len / ELEMENTS_A_STEP))
        return false;
    if (a->h.bits == FG_A_INT && b->h.bits == FG_A_INT)
        return a->len == 0
               || memcmp(a->as.ints, b->as.ints, a->len * sizeof(int64_t)) == 0;
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value x, y;
        fg_array_get(a, i, &x);
        fg_array_get(b, i, &y);
        if (!equal_at(w, &x, &y))
            return false;
    }
    return true;
}

static bool tuples_equal(walk *w, const fg_tuple *a, const fg_tuple *b)
{
    if (a->len != b->len || !spend(w, a->len / ELEMENTS_A_STEP))
        return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (!equal_at(w, &a->v[i], &b->v[i]))
            return false;
    return true;
}

static bool objects_equal(walk *w, const fg_object *a, const fg_object *b)
{
    uint32_t n = fg_object_len(a);
    if (n != fg_object_len(b) || !spend(w, n / ELEMENTS_A_STEP))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        fg_string *name = a->keys->names[i];
        const fg_value *other = &b->slots[i];
        if (b->keys->names[i] != name)
            other = fg_object_find(b, name);
        if (!other || !equal_at(w, &a->slots[i], other))
            return false;
    }
    return true;
}

static bool equal_through(walk *w, const fg_value *a, const fg_value *b);

/* Membership inside a walk: an answer is needed at once, so nothing is left for later. */
static bool member_same(void *ctx, const fg_value *a, const fg_value *b)
{
    walk *w = ctx, inner = { .mode = SAME, .depth = w->depth, .steps = w->steps };
    inner.deepest = w->depth + DEPTH;
    bool same = inner.depth < MAX_DEPTH && equal_through(&inner, a, b);
    w->steps = inner.steps;
    return same;
}

static bool tables_equal(walk *w, const fg_table *a, const fg_table *b)
{
    if (a->len != b->len || !spend(w, a->len / ELEMENTS_A_STEP))
        return false;
    for (uint32_t i = 0; (i = fg_table_next(a, i)) < a->used; i++) {
        int32_t at = fg_table_find_by(b, fg_table_key(a, i), member_same, w);
        if (at < 0)
            return false;
        uint32_t j = (uint32_t)at;
        if (w->mode == STRICT && !equal_at(w, fg_table_key(a, i), fg_table_key(b, j)))
            return false;
        if (a->h.kind == FG_MAP
            && !equal_at(w, fg_table_value(a, i), fg_table_value(b, j)))
            return false;
    }
    return true;
}

static bool ctors_equal(const fg_ctor *a, const fg_ctor *b)
{
    return a->arity == b->arity && fg_string_eq(a->type, b->type)
           && fg_string_eq(a->variant, b->variant);
}

/* Both of the same type and without wrappers. */
static bool contents_equal(walk *w, const fg_value *a, const fg_value *b)
{
    switch (fg_type_of(*a)) {
    case FG_NULL:
    case FG_NONE: return true;
    case FG_BOOL: return a->as.i == b->as.i;
    case FG_STRING: return fg_string_eq(a->as.str, b->as.str);
    case FG_ARRAY: return arrays_equal(w, a->as.arr, b->as.arr);
    case FG_TUPLE: return tuples_equal(w, a->as.tup, b->as.tup);
    case FG_OBJECT: return objects_equal(w, a->as.obj, b->as.obj);
    case FG_SET:
    case FG_MAP: return tables_equal(w, a->as.tab, b->as.tab);
    case FG_CTOR: return ctors_equal(a->as.ctor, b->as.ctor);
    case FG_STRUCT: return fg_string_eq(a->as.st->name, b->as.st->name);
    case FG_INT:
    case FG_FLOAT: return numbers_equal(w, a, b);
    case FG_UNDEF:
    case FG_NATIVE:
    case FG_CELL:
    case FG_FUNC:
    case FG_BOX:
    case FG_STREAM:
    case FG_CHANNEL:
    case FG_TASK:
    case FG_BOUND: return a->as.u == b->as.u;
    case FG_BUFFER:
    case FG_KEYS:
    case FG_PROTO:
    case FG_TYPEINFO:
    case FG_WORLD:
    case FG_SQUAD:
    case FG_FAILURE:
    case FG_CELLOBJ: break; /* never the payload of a value */
    }
    fg_unreachable();
}

static bool equal_at(walk *w, const fg_value *a, const fg_value *b)
{
    if (fg_is_number(*a) && fg_is_number(*b))
        return numbers_equal(w, a, b);
    if (!spend(w, 1))
        return false;
    if (w->depth >= w->deepest)
        return postpone(w, a, b);
    fg_value x, y;
    peel(a, &x);
    peel(b, &y);
    if (fg_wrap_of(x) != fg_wrap_of(y))
        return false;
    bool equal;
    w->depth++;
    if (fg_wrap_of(x)) {
        fg_unwrap(&x, &x);
        fg_unwrap(&y, &y);
        equal = equal_at(w, &x, &y);
    } else if (fg_is_number(x) && fg_is_number(y)) {
        equal = numbers_equal(w, &x, &y);
    } else {
        equal = fg_type_of(x) == fg_type_of(y) && contents_equal(w, &x, &y);
    }
    w->depth--;
    return equal;
}

static bool equal_through(walk *w, const fg_value *a, const fg_value *b)
{
    uint32_t depth = w->depth;
    bool equal = equal_at(w, a, b);
    while (equal && w->nlater > 0) {
        pair next = w->later[--w->nlater];
        w->depth = depth;
        equal = equal_at(w, &next.a, &next.b);
    }
    free(w->later);
    return equal;
}

static bool compare(mode m, const fg_value *a, const fg_value *b)
{
    walk w = { .mode = m, .deepest = DEPTH, .steps = MAX_STEPS };
    return equal_through(&w, a, b);
}

bool fg_equal(const fg_value *a, const fg_value *b) { return compare(PLAIN, a, b); }

bool fg_same(const fg_value *a, const fg_value *b) { return compare(SAME, a, b); }

bool fg_strict_equal(const fg_value *a, const fg_value *b)
{
    return compare(STRICT, a, b);
}

/* ---- hash -------------------------------------------------------------------- */

#define HASH_DEPTH 3    /* levels of containers that count */
#define HASH_FIRST 256u /* elements that count in the outermost container */
#define HASH_INNER 32u  /* and in those inside */

static uint32_t hash_at(const fg_value *v, uint32_t depth);

static inline uint32_t mix(uint32_t a, uint32_t b)
{
    return fg_hash_u64((uint64_t)a << 32 | b);
}

static inline uint32_t elements_at(uint32_t depth)
{
    return depth == 0 ? HASH_FIRST : HASH_INNER;
}

/* Int and Float that are equal hash alike, as do the zeros and all NaNs. */
static uint32_t number_hash(double f)
{
    uint64_t bits = 0x7ff8000000000000ull;
    if (f >= -9007199254740992.0 && f <= 9007199254740992.0 && f == (double)(int64_t)f)
        return fg_hash_near((uint64_t)(int64_t)f);
    if (f == f)
        memcpy(&bits, &f, sizeof bits);
    return fg_hash_u64(bits);
}

static uint32_t array_hash(const fg_array *a, uint32_t depth)
{
    uint32_t n = a->len < elements_at(depth) ? a->len : elements_at(depth);
    uint32_t hash = mix(FG_ARRAY, a->len);
    for (uint32_t i = 0; i < n; i++) {
        fg_value item;
        fg_array_get(a, i, &item);
        hash = mix(hash, hash_at(&item, depth + 1));
    }
    return hash;
}

static uint32_t tuple_hash(const fg_tuple *t, uint32_t depth)
{
    uint32_t n = t->len < elements_at(depth) ? t->len : elements_at(depth);
    uint32_t hash = mix(FG_TUPLE, t->len);
    for (uint32_t i = 0; i < n; i++)
        hash = mix(hash, hash_at(&t->v[i], depth + 1));
    return hash;
}

/* Order does not count, so all fields do or none. */
static uint32_t object_hash(const fg_object *o, uint32_t depth)
{
    uint32_t n = fg_object_len(o), sum = 0;
    for (uint32_t i = 0; i < n && n <= elements_at(depth); i++)
        sum += mix(fg_string_hash(o->keys->names[i]), hash_at(&o->slots[i], depth + 1));
    return mix(mix(FG_OBJECT, n), sum);
}

static uint32_t table_hash(const fg_table *t, uint32_t depth)
{
    uint32_t sum = 0;
    if (t->len <= elements_at(depth)) {
        for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
            uint32_t key = hash_at(fg_table_key(t, i), depth + 1);
            bool map = t->h.kind == FG_MAP;
            sum += mix(key, map ? hash_at(fg_table_value(t, i), depth + 1) : 0);
        }
    }
    return mix(mix(t->h.kind, t->len), sum);
}

/* Freezing moves objects, so identities hash by name. */
static uint32_t func_hash(const fg_func *fn)
{
    fg_string *name = fg_func_name(fn);
    return mix(FG_FUNC, name ? fg_string_hash(name) : 0);
}

static uint32_t content_hash(const fg_value *v, uint32_t depth)
{
    switch (fg_type_of(*v)) {
    case FG_ARRAY: return array_hash(v->as.arr, depth);
    case FG_TUPLE: return tuple_hash(v->as.tup, depth);
    case FG_OBJECT: return object_hash(v->as.obj, depth);
    case FG_SET:
    case FG_MAP: return table_hash(v->as.tab, depth);
    case FG_FUNC: return func_hash(v->as.fn);
    case FG_CTOR: return mix(FG_CTOR, fg_string_hash(v->as.ctor->variant));
    case FG_STRUCT: return mix(FG_STRUCT, fg_string_hash(v->as.st->name));
    case FG_NATIVE:
        return fg_hash_bytes(v->as.native->name, strlen(v->as.native->name));
    case FG_INT: return number_hash((double)v->as.i);
    case FG_FLOAT: return number_hash(v->as.f);
    case FG_STRING: return fg_string_hash(v->as.str);
    case FG_BOOL: return mix(FG_BOOL, (uint32_t)v->as.i);
    case FG_NULL:
    case FG_UNDEF:
    case FG_NONE:
    case FG_CELL:
    case FG_BOX:
    case FG_STREAM:
    case FG_CHANNEL:
    case FG_TASK:
    case FG_BOUND: return mix(fg_type_of(*v), 0);
    case FG_BUFFER:
    case FG_KEYS:
    case FG_PROTO:
    case FG_TYPEINFO:
    case FG_WORLD:
    case FG_SQUAD:
    case FG_FAILURE:
    case FG_CELLOBJ: break; /* never the payload of a value */
    }
    fg_unreachable();
}

static uint32_t hash_at(const fg_value *v, uint32_t depth)
{
    fg_value x;
    peel(v, &x);
    if (depth > HASH_DEPTH)
        return 1;
    if (fg_wrap_of(x) == 0)
        return content_hash(&x, depth);
    uint32_t wrap = (uint32_t)fg_wrap_of(x);
    fg_unwrap(&x, &x);
    return mix(wrap, hash_at(&x, depth + 1));
}

uint32_t fg_value_hash(const fg_value *v) { return hash_at(v, 0); }

/* ---- truth and type ---------------------------------------------------------- */

bool fg_truthy(const fg_value *v)
{
    fg_value x;
    peel(v, &x);
    if (fg_wrap_of(x))
        return fg_wrap_of(x) != FG_WRAP_ERR;
    switch (fg_type_of(x)) {
    case FG_NULL:
    case FG_UNDEF:
    case FG_NONE: return false;
    case FG_BOOL:
    case FG_INT: return x.as.i != 0;
    case FG_FLOAT: return x.as.f != 0;
    case FG_STRING: return x.as.str->len != 0;
    case FG_ARRAY: return x.as.arr->len != 0;
    case FG_TUPLE: return x.as.tup->len != 0;
    case FG_OBJECT: return fg_object_len(x.as.obj) != 0;
    case FG_SET:
    case FG_MAP: return x.as.tab->len != 0;
    case FG_NATIVE:
    case FG_CELL:
    case FG_FUNC:
    case FG_CTOR:
    case FG_STRUCT:
    case FG_BOX:
    case FG_STREAM:
    case FG_CHANNEL:
    case FG_TASK:
    case FG_BOUND: return true;
    case FG_BUFFER:
    case FG_KEYS:
    case FG_PROTO:
    case FG_TYPEINFO:
    case FG_WORLD:
    case FG_SQUAD:
    case FG_FAILURE:
    case FG_CELLOBJ: break; /* never the payload of a value */
    }
    fg_unreachable();
}

const char *fg_type_name(const fg_value *v)
{
    static const char *const names[] = {
#define X(name, text) [FG_##name] = text,
        FG_TYPES(X)
#undef X
    };
    fg_value x;
    peel(v, &x);
    if (fg_wrap_of(x))
        return fg_wrap_of(x) == FG_WRAP_SOME ? "Option" : "Result";
    if (fg_type_of(x) == FG_FUNC && !fg_func_name(x.as.fn))
        return "Lambda";
    return names[fg_type_of(x)];
}

// SPDX-License-Identifier: Apache-2.0
/* The copy of a heap graph into the region, without recursion (after Cheney): an
 * object that is reached first gets its place and an entry at the end of the queue;
 * scanning an entry fills in the references of its copy, which may reach more.
 *
 * Every copy is FROZEN with count 0, its storage is exactly as large as its content,
 * and no value in it is COUNTED.  An object reached twice is copied once.  The old
 * heap is only read (but for the hashes strings keep). */
#include "template/freeze.h"

#include "value/equal.h"
#include "value/string.h"
#include "value/table.h"

#include <stdlib.h>

#define FIRST_ENTRIES 1024u

/* ---- old address -> entry ------------------------------------------------------ */

static uint32_t home(const fg_freezer *f, const fg_obj *o)
{
    return (uint32_t)(((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15ull >> 32)
           & (f->nindex - 1);
}

/* Position of o in the index, or the empty one where it belongs. */
static uint32_t probe(const fg_freezer *f, const fg_obj *o)
{
    uint32_t at = home(f, o);
    while (f->index[at] && f->moved[f->index[at] - 1].old != o)
        at = (at + 1) & (f->nindex - 1);
    return at;
}

/* Room for one more entry, with the index at most half full. */
static fg_status reserve(fg_freezer *f)
{
    if (f->nmoved < f->cap)
        return FG_OK;
    uint32_t cap = f->cap ? f->cap * 2 : FIRST_ENTRIES;
    if (cap >= FG_FROM_GLOBAL)
        return FG_NOMEM;
    fg_moved *moved = realloc(f->moved, cap * sizeof *moved);
    if (!moved)
        return FG_NOMEM;
    f->moved = moved;
    uint32_t *index = calloc((size_t)cap * 2, sizeof *index);
    if (!index)
        return FG_NOMEM;
    free(f->index);
    f->index = index;
    f->nindex = cap * 2;
    f->cap = cap;
    for (uint32_t i = 0; i < f->nmoved; i++)
        index[probe(f, moved[i].old)] = i + 1;
    return FG_OK;
}

/* The entry of o, made if it is new (then `fresh`). */
static fg_status entry(fg_freezer *f, fg_obj *o, fg_moved **out, bool *fresh)
{
    FG_TRY(reserve(f));
    uint32_t at = probe(f, o);
    *fresh = f->index[at] == 0;
    if (*fresh) {
        f->moved[f->nmoved] = (fg_moved){ .old = o, .parent = f->from };
        f->index[at] = ++f->nmoved;
    }
    *out = &f->moved[f->index[at] - 1];
    return FG_OK;
}

/* ---- a place for each kind ----------------------------------------------------- */

/* Zeroed memory for an object of this kind. */
static void *place(fg_freezer *f, const fg_obj *old, size_t size)
{
    fg_obj *now = fg_region_get(f->region, size);
    if (now)
        *now = (fg_obj){ .kind = old->kind, .flags = FG_F_FROZEN, .bits = old->bits };
    return now;
}

static bool in_region(const fg_freezer *f, const char *p)
{
    return (uintptr_t)p - (uintptr_t)f->region->base < f->region->used;
}

/* Flat, unless the bytes lie in the region already; the program's own string if it
 * mentions the text. */
static fg_obj *place_string(fg_freezer *f, fg_string *old)
{
    fg_string *known = fg_program_intern(f->program, fg_string_slice(old));
    if (known)
        return &known->h;
    bool here = (old->h.bits & FG_S_STATIC) && in_region(f, old->bytes);
    fg_string *now = place(f, &old->h, sizeof *now + (here ? 0 : (size_t)old->len));
    if (!now)
        return NULL;
    now->h.bits = FG_S_SCANNED | (fg_string_is_ascii(old) ? FG_S_ASCII : 0)
                  | (here ? FG_S_STATIC : 0);
    now->len = old->len;
    now->hash = fg_string_hash(old);
    now->bytes = here ? old->bytes : fg_string_bytes(now);
    if (!here)
        memcpy(fg_string_bytes(now), old->bytes, old->len);
    return &now->h;
}

static fg_obj *place_array(fg_freezer *f, const fg_array *old)
{
    fg_array *now = place(f, &old->h, sizeof *now);
    if (!now || old->len == 0)
        return (fg_obj *)now;
    size_t stride = old->h.bits == FG_A_ANY ? sizeof(fg_value) : sizeof(int64_t);
    now->len = now->cap = old->len;
    now->as.data = fg_region_get(f->region, stride * old->len);
    if (!now->as.data)
        return NULL;
    if (old->h.bits != FG_A_ANY)
        memcpy(now->as.data, old->as.data, stride * old->len);
    return &now->h;
}

static fg_obj *place_object(fg_freezer *f, const fg_object *old)
{
    uint32_t n = old->keys->n;
    fg_object *now = place(f, &old->h, sizeof *now + sizeof(fg_value) * (size_t)n);
    if (!now)
        return NULL;
    now->h.bits = old->h.bits | FG_O_INLINE;
    now->cap = n;
    now->slots = (fg_value *)(now + 1);
    return &now->h;
}

/* Hashes of names do not change, so the index is taken over as it is. */
static fg_obj *place_keys(fg_freezer *f, const fg_keys *old)
{
    fg_keys *now = place(f, &old->h, sizeof *now);
    if (!now)
        return NULL;
    now->n = now->cap = old->n;
    now->hash = old->hash;
    now->names = fg_region_get(f->region, sizeof(fg_string *) * (size_t)old->n);
    if (!now->names)
        return NULL;
    if (!old->index)
        return &now->h;
    now->nindex = old->nindex;
    now->index = fg_region_get(f->region, sizeof(fg_place) * (size_t)old->nindex);
    if (!now->index)
        return NULL;
    memcpy(now->index, old->index, sizeof(fg_place) * (size_t)old->nindex);
    return &now->h;
}

static fg_obj *place_table(fg_freezer *f, const fg_table *old)
{
    fg_table *now = place(f, &old->h, sizeof *now);
    if (!now || old->len == 0)
        return (fg_obj *)now;
    now->len = now->used = now->cap = old->len;
    now->entries = fg_region_get(f->region, fg_table_bytes(now));
    if (!now->entries)
        return NULL;
    if (old->nindex == 0)
        return &now->h;
    now->nindex = old->nindex;
    now->index = fg_region_get(f->region, sizeof(fg_place) * (size_t)old->nindex);
    return now->index ? &now->h : NULL;
}

static fg_obj *place_func(fg_freezer *f, const fg_func *old)
{
    size_t captures = sizeof(fg_value) * (size_t)old->ncaptures;
    fg_func *now = place(f, &old->h, sizeof *now + captures);
    if (!now)
        return NULL;
    now->ncaptures = old->ncaptures;
    now->home = old->home;
    now->proto = old->proto;
    return &now->h;
}

static fg_obj *place_tuple(fg_freezer *f, const fg_tuple *old)
{
    fg_tuple *now =
        place(f, &old->h, sizeof *now + sizeof(fg_value) * (size_t)old->len);
    if (now)
        now->len = old->len;
    return (fg_obj *)now;
}

static fg_obj *place_ctor(fg_freezer *f, const fg_ctor *old)
{
    fg_ctor *now = place(f, &old->h, sizeof *now);
    if (now)
        now->arity = old->arity;
    return (fg_obj *)now;
}

/* Room for the copy of an object that can be frozen; NULL: the region is full. */
static fg_obj *place_any(fg_freezer *f, fg_obj *o)
{
    void *p = o;
    switch (o->kind) {
    case FG_STRING: return place_string(f, p);
    case FG_ARRAY: return place_array(f, p);
    case FG_OBJECT: return place_object(f, p);
    case FG_TUPLE: return place_tuple(f, p);
    case FG_SET:
    case FG_MAP: return place_table(f, p);
    case FG_FUNC: return place_func(f, p);
    case FG_CTOR: return place_ctor(f, p);
    case FG_STRUCT: return place(f, o, sizeof(fg_struct));
    case FG_BOX: return place(f, o, sizeof(fg_box));
    case FG_KEYS: return place_keys(f, p);
    case FG_TYPEINFO: return place(f, o, sizeof(fg_typeinfo));
    default: fg_unreachable(); /* see can_freeze */
    }
}

static bool can_freeze(const fg_obj *o)
{
    return o->kind != FG_STREAM && o->kind != FG_CHANNEL && o->kind != FG_TASK
           && o->kind != FG_WORLD && o->kind != FG_BOUND;
}

/* Where o is or will be in the region. */
static fg_status move(fg_freezer *f, fg_obj *o, void *out)
{
    fg_obj *now = o;
    if (!(o->flags & FG_F_FROZEN)) {
        fg_moved *m;
        bool fresh;
        if (!can_freeze(o))
            return fg_freeze_refuse(f, o);
        FG_TRY(entry(f, o, &m, &fresh));
        if (fresh)
            m->to.now = place_any(f, o);
        now = m->to.now;
    }
    memcpy(out, &now, sizeof now);
    return now ? FG_OK : FG_NOMEM;
}

/* A captured variable becomes a window slot. */
static fg_status move_cell(fg_freezer *f, fg_cellref old, fg_cellref *out)
{
    fg_moved *m;
    bool fresh;
    assert((old & 1) == 0);
    FG_TRY(entry(f, (fg_obj *)(old - offsetof(fg_cell, v)), &m, &fresh));
    if (fresh)
        m->to.cell = fg_slot_ref(f->nslots++);
    *out = m->to.cell;
    return FG_OK;
}

fg_status fg_freeze_value(fg_freezer *f, const fg_value *v, fg_value *out)
{
    fg_type type = fg_type_of(*v);
    out->tag = v->tag & ~(uint64_t)FG_COUNTED;
    if (type == FG_CELL)
        return move_cell(f, v->as.cell, &out->as.cell);
    if (type >= FG_STRING)
        return move(f, v->as.o, &out->as.o);
    out->as.u = v->as.u;
    return FG_OK;
}

/* ---- references of each kind ---------------------------------------------------- */

static fg_status scan_values(fg_freezer *f, const fg_value *old, fg_value *now,
                             uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        FG_TRY(fg_freeze_value(f, &old[i], &now[i]));
    return FG_OK;
}

static fg_status scan_keys(fg_freezer *f, const fg_keys *old, fg_keys *now)
{
    for (uint32_t i = 0; i < old->n; i++)
        FG_TRY(move(f, &old->names[i]->h, &now->names[i]));
    return FG_OK;
}

/* Removed entries are left out. */
static fg_status scan_table(fg_freezer *f, const fg_table *old, fg_table *now)
{
    uint32_t n = 0;
    for (uint32_t i = 0; (i = fg_table_next(old, i)) < old->used; i++, n++) {
        FG_TRY(fg_freeze_value(f, fg_table_key(old, i), fg_table_key(now, n)));
        if (old->h.kind == FG_MAP)
            FG_TRY(fg_freeze_value(f, fg_table_value(old, i), fg_table_value(now, n)));
    }
    assert(n == now->len);
    return FG_OK;
}

static fg_status scan_object(fg_freezer *f, const fg_object *old, fg_object *now)
{
    FG_TRY(move(f, &old->keys->h, &now->keys));
    return scan_values(f, old->slots, now->slots, old->keys->n);
}

static fg_status scan_ctor(fg_freezer *f, const fg_ctor *old, fg_ctor *now)
{
    FG_TRY(move(f, &old->type->h, &now->type));
    FG_TRY(move(f, &old->variant->h, &now->variant));
    return move(f, &old->keys->h, &now->keys);
}

static fg_status scan_typeinfo(fg_freezer *f, const fg_typeinfo *old, fg_typeinfo *now)
{
    FG_TRY(move(f, &old->name->h, &now->name));
    FG_TRY(fg_freeze_value(f, &old->defaults, &now->defaults));
    FG_TRY(fg_freeze_value(f, &old->embeds, &now->embeds));
    FG_TRY(fg_freeze_value(f, &old->methods, &now->methods));
    FG_TRY(fg_freeze_value(f, &old->statics, &now->statics));
    return fg_freeze_value(f, &old->variants, &now->variants);
}

static fg_status scan_array(fg_freezer *f, const fg_array *old, fg_array *now)
{
    if (old->h.bits != FG_A_ANY)
        return FG_OK;
    return scan_values(f, old->as.any, now->as.any, old->len);
}

static fg_status scan(fg_freezer *f, fg_moved m)
{
    void *old = m.old, *now = m.to.now;
    fg_value unused;
    switch (m.old->kind) {
    case FG_ARRAY: return scan_array(f, old, now);
    case FG_OBJECT: return scan_object(f, old, now);
    case FG_TUPLE:
        return scan_values(f, ((fg_tuple *)old)->v, ((fg_tuple *)now)->v,
                           ((fg_tuple *)old)->len);
    case FG_SET:
    case FG_MAP: return scan_table(f, old, now);
    case FG_FUNC:
        return scan_values(f, ((fg_func *)old)->captures, ((fg_func *)now)->captures,
                           ((fg_func *)old)->ncaptures);
    case FG_CTOR: return scan_ctor(f, old, now);
    case FG_STRUCT:
        return move(f, &((fg_struct *)old)->name->h, &((fg_struct *)now)->name);
    case FG_BOX: return fg_freeze_value(f, &((fg_box *)old)->v, &((fg_box *)now)->v);
    case FG_KEYS: return scan_keys(f, old, now);
    case FG_TYPEINFO: return scan_typeinfo(f, old, now);
    case FG_CELLOBJ: /* its value goes to the window when all slots are known */
        return fg_freeze_value(f, &((fg_cell *)old)->v, &unused);
    default: return FG_OK; /* strings refer to nothing */
    }
}

/* Positions by hash.  Last, because a key's hash may depend on what it refers to. */
static void index_table(fg_table *t)
{
    for (uint32_t i = 0; t->nindex && i < t->used; i++)
        fg_index_put(t->index, t->nindex, fg_value_hash(fg_table_key(t, i)), i);
}

fg_status fg_freeze_rest(fg_freezer *f)
{
    for (f->from = 0; f->from < f->nmoved; f->from++)
        FG_TRY(scan(f, f->moved[f->from]));
    for (uint32_t i = 0; i < f->nmoved; i++)
        if (f->moved[i].old->kind == FG_SET || f->moved[i].old->kind == FG_MAP)
            index_table((fg_table *)(void *)f->moved[i].to.now);
    return FG_OK;
}

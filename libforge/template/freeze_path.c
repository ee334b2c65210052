// SPDX-License-Identifier: Apache-2.0
/* The message for a value that cannot be kept in a template: which variable holds it,
 * and where inside.  The way back is in the queue's `parent` fields; the name of each
 * step is found by looking for the child in its parent. */
#include "template/freeze.h"

#include "value/show.h"
#include "value/string.h"
#include "value/table.h"

#define STEPS 16 /* shown, counted from the value; what is above them is "…" */

static bool holds(const fg_value *v, const fg_obj *child)
{
    if (fg_type_of(*v) == FG_CELL)
        return v->as.cell == (uintptr_t)child + offsetof(fg_cell, v);
    return fg_is_heap(*v) && v->as.o == child;
}

/* Position of the child among n values, or n. */
static uint32_t position(const fg_value *v, uint32_t n, const fg_obj *child)
{
    uint32_t i = 0;
    while (i < n && !holds(&v[i], child))
        i++;
    return i;
}

static void table_step(fg_bytes *b, const fg_table *t, const fg_obj *child)
{
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        if (t->h.kind != FG_MAP || !holds(fg_table_value(t, i), child))
            continue;
        fg_bytes_char(b, '[');
        fg_show(b, fg_table_key(t, i));
        fg_bytes_char(b, ']');
        return;
    }
    fg_bytes_str(b, ".<key>");
}

/* How one gets from parent to child: ".name", "[3]", or nothing where the language has
 * no name for it. */
static void step(fg_bytes *b, const fg_obj *parent, const fg_obj *child)
{
    const void *p = parent;
    const fg_array *a = p;
    const fg_tuple *t = p;
    const fg_object *o = p;
    uint32_t i;
    switch (parent->kind) {
    case FG_ARRAY:
        i = a->h.bits == FG_A_ANY ? position(a->as.any, a->len, child) : 0;
        fg_bytes_fmt(b, "[%u]", (unsigned)i);
        break;
    case FG_TUPLE:
        fg_bytes_fmt(b, "[%u]", (unsigned)position(t->v, t->len, child));
        break;
    case FG_OBJECT:
        i = position(o->slots, o->keys->n, child);
        if (i == o->keys->n)
            break;
        fg_bytes_char(b, '.');
        fg_bytes_slice(b, fg_string_slice(o->keys->names[i]));
        break;
    case FG_SET:
    case FG_MAP: table_step(b, p, child); break;
    case FG_FUNC: fg_bytes_str(b, ".<captured variable>"); break;
    default: break; /* cells, boxes and type information have no step of their own */
    }
}

/* The path of the child of the entry being scanned. */
static void path(const fg_freezer *f, fg_bytes *b, const fg_obj *child)
{
    const fg_obj *steps[STEPS];
    uint32_t n = 0, at = f->from;
    bool more = false;
    for (; !(at & FG_FROM_GLOBAL); at = f->moved[at].parent) {
        if (n < STEPS)
            steps[n++] = f->moved[at].old;
        else
            more = true;
    }
    uint32_t global = at & ~FG_FROM_GLOBAL;
    fg_bytes_slice(b, fg_string_slice(f->program->globals[global].name));
    if (more)
        fg_bytes_str(b, "…");
    for (uint32_t i = n; i-- > 0;)
        step(b, steps[i], i ? steps[i - 1] : child);
}

fg_status fg_freeze_refuse(fg_freezer *f, const fg_obj *o)
{
    fg_bytes b;
    fg_bytes_init(&b);
    path(f, &b, o);
    fg_bytes_char(&b, '\0');
    const char *where = b.failed ? "?" : b.p;
    if (o->kind == FG_STREAM) {
        fg_raise(f->vm, FG_E_TYPE,
                 "cannot keep a Stream in '%s': it can be read once, and every request "
                 "would start with it",
                 where);
        fg_hint(f->vm, "keep an array, or make the stream inside the function");
    } else {
        const char *what = o->kind == FG_CHANNEL ? "Channel"
                           : o->kind == FG_TASK  ? "TaskHandle"
                           : o->kind == FG_WORLD ? "function made inside a task"
                                                 : "host object";
        fg_raise(
            f->vm, FG_E_TYPE,
            "cannot keep a %s in '%s': it belongs to the run of the top level, and "
            "every request would start with it",
            what, where);
        fg_hint(f->vm, "make it inside the function that uses it");
    }
    fg_bytes_drop(&b);
    return FG_RAISED;
}

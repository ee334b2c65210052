// SPDX-License-Identifier: Apache-2.0
/* Filling a compiled template with data.
 *
 * All values are roots: names of files, loops and the data stand in counted slots, what is
 * being computed behind them.  A function of the template gets its arguments where they
 * were computed, and its result in the slot behind them. */
#include "lib/page_internal.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "lib/lib.h"
#include "run/values.h"

typedef struct frame {
    uint32_t pc, unit;
} frame;

typedef struct runner {
    fg_vm *vm;
    const fg_page *page;
    fg_bytes *out;
    fg_bytes text;   /* display form of a value */
    fg_value *slots; /* of the running file; the first is its data */
    fg_value *top;   /* behind the last computed value */
    uint32_t pc, unit, depth;
    frame frames[FG_PAGE_INCLUDED];
} runner;

static fg_slice pool_of(const runner *r, const fg_page_ins *ins)
{
    return fg_slice_of(r->page->pool + ins->a, ins->b);
}

static fg_status push(runner *r, fg_value v)
{
    fg_copy(r->top++, &v);
    return FG_OK;
}

/* The value below the top becomes the result; the top is dropped. */
static fg_status replace_two(runner *r, fg_value v)
{
    r->top--;
    fg_copy(&r->top[-1], &v);
    return FG_OK;
}

/* ---- names, fields, elements ------------------------------------------------------ */

/* The value of an object's or map's key, or NULL; FG_NOMEM. */
static fg_status find_entry(fg_vm *vm, fg_value holder, fg_slice name,
                            const fg_value **out)
{
    bool object = fg_is(holder, FG_OBJECT);
    *out = object ? fg_object_find_slice(holder.as.obj, name) : NULL;
    if (*out || (object && !fg_object_type(holder.as.obj))
        || (!object && !fg_is(holder, FG_MAP)))
        return FG_OK;
    fg_string *text = fg_make_key(vm, name);
    if (!text)
        return FG_NOMEM;
    if (object) {
        *out = fg_embedded_field(vm, holder.as.obj, text);
        return FG_OK;
    }
    fg_value key = fg_string_value(text);
    int32_t at = fg_table_find(holder.as.tab, &key);
    if (at >= 0)
        *out = fg_table_value(holder.as.tab, (uint32_t)at);
    return FG_OK;
}

static fg_status suggest(runner *r, fg_value holder, fg_slice name)
{
    fg_nearest g;
    fg_nearest_init(&g, name);
    if (fg_is(holder, FG_OBJECT))
        for (uint32_t i = 0; i < holder.as.obj->keys->n; i++)
            fg_nearest_add(&g, fg_string_slice(holder.as.obj->keys->names[i]));
    if (g.best.n)
        return fg_hint(r->vm, "did you mean '%.*s'?", (int)fg_utf8_fit(g.best, 100),
                       g.best.p);
    return fg_hint(r->vm, "write x ?? \"\" for what may be missing");
}

static fg_status no_entry(runner *r, fg_value holder, fg_slice name, bool data)
{
    int n = (int)fg_utf8_fit(name, 100);
    if (fg_is_null(holder)) {
        fg_raise(r->vm, FG_E_REFERENCE, "no '%.*s': %s is null", n, name.p,
                 data ? "the data" : "what is before the dot");
        return suggest(r, holder, name);
    }
    if (data)
        fg_raise(r->vm, FG_E_REFERENCE, "the data has no '%.*s'", n, name.p);
    else
        fg_raise(r->vm, FG_E_REFERENCE, "no field '%.*s' on %s", n, name.p,
                 fg_type_name(&holder));
    return suggest(r, holder, name);
}

static fg_status call(runner *r, const fg_native *native, uint32_t n);

/* The field of the value in *at, which it replaces. */
static fg_status field(runner *r, const fg_page_ins *ins, fg_value *at, bool data)
{
    fg_slice name = pool_of(r, ins);
    const fg_value *v;
    fg_value holder;
    fg_peel(at, &holder);
    FG_TRY(find_entry(r->vm, holder, name, &v));
    if (v) {
        fg_copy(at, v);
        return FG_OK;
    }
    const fg_native *pseudo = fg_wrap_of(holder) || data
                                  ? NULL
                                  : r->vm->library->field(fg_type_of(holder), name);
    if (pseudo)
        return call(r, pseudo, 1);
    if (!ins->flag)
        return no_entry(r, holder, name, data);
    *at = fg_null();
    return FG_OK;
}

/* Is there an element of that index? */
static bool has_element(fg_value holder, fg_value index)
{
    uint32_t n = fg_is(holder, FG_ARRAY)   ? holder.as.arr->len
                 : fg_is(holder, FG_TUPLE) ? holder.as.tup->len
                                           : 0;
    if (fg_is_int(index))
        return index.as.i < (int64_t)n && index.as.i >= -(int64_t)n;
    return fg_is(holder, FG_OBJECT) && fg_is_string(index)
           && fg_object_find(holder.as.obj, index.as.str);
}

static fg_status element(runner *r, const fg_page_ins *ins)
{
    fg_value holder, index, out = fg_null();
    fg_peel(&r->top[-2], &holder);
    fg_peel(&r->top[-1], &index);
    if (fg_is(holder, FG_MAP)) {
        int32_t at = fg_table_find(holder.as.tab, &index);
        if (at >= 0)
            fg_copy(&out, fg_table_value(holder.as.tab, (uint32_t)at));
        else if (!ins->flag)
            return fg_raise(r->vm, FG_E_REFERENCE, "the map has no such key");
    } else if (!ins->flag || has_element(holder, index)) {
        FG_TRY(fg_get_index(r->vm, &holder, &index, &out));
    }
    return replace_two(r, out);
}

/* ---- computing ---------------------------------------------------------------------- */

/* Replaces the n values on top by what the function makes of them. */
static fg_status call(runner *r, const fg_native *native, uint32_t n)
{
    fg_vm *vm = r->vm;
    fg_value *argv = r->top - n, *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    for (uint32_t i = 0; i < n; i++)
        if (fg_callable(&argv[i]))
            return fg_raise(vm, FG_E_TYPE, "a template cannot hand a function to %s()",
                            native->name);
    *r->top = fg_null();
    fg_status status = native->fn(vm, (int)n, argv, r->top);
    fg_scratch_end(vm, top, chunk);
    FG_TRY(status);
    fg_copy(argv, r->top);
    r->top = argv + 1;
    return FG_OK;
}

static fg_status order(runner *r, const fg_page_ins *ins)
{
    int is = fg_order(r->vm, (fg_operator)ins->n, &r->top[-2], &r->top[-1]);
    return is < 0 ? r->vm->status : replace_two(r, fg_bool(is));
}

static fg_status arith(runner *r, const fg_page_ins *ins)
{
    fg_value v = fg_null();
    FG_TRY(fg_arith(r->vm, (fg_operator)ins->n, &r->top[-2], &r->top[-1], &v));
    return replace_two(r, v);
}

static fg_status equal(runner *r, const fg_page_ins *ins)
{
    bool same = fg_equal(&r->top[-2], &r->top[-1]);
    return replace_two(r, fg_bool(same != (bool)ins->n));
}

/* x in list: contains() takes them the other way round. */
static fg_status is_in(runner *r)
{
    fg_value x;
    fg_copy(&x, &r->top[-2]);
    fg_copy(&r->top[-2], &r->top[-1]);
    fg_copy(&r->top[-1], &x);
    return call(r, &fg_array_natives.contains, 2);
}

static fg_status array(runner *r, const fg_page_ins *ins)
{
    fg_value *from = r->top - ins->n, v;
    FG_TRY(fg_give_object(&v, fg_array_of(&r->vm->heap, from, ins->n)));
    r->top = from;
    return push(r, v);
}

static fg_status object(runner *r, const fg_page_ins *ins)
{
    fg_value *from = r->top - 2 * ins->n, v;
    fg_object *o = fg_object_empty(&r->vm->heap, ins->n);
    if (!o)
        return FG_NOMEM;
    for (uint32_t i = 0; i < ins->n; i++)
        FG_TRY(fg_object_set(&r->vm->heap, o, from[2 * i].as.str, &from[2 * i + 1]));
    v = fg_obj_value(o);
    r->top = from;
    return push(r, v);
}

static fg_status push_text(runner *r, const fg_page_ins *ins)
{
    fg_string *s = fg_make_key(r->vm, pool_of(r, ins));
    return s ? push(r, fg_string_value(s)) : FG_NOMEM;
}

static fg_status push_number(runner *r, const fg_page_ins *ins)
{
    uint64_t bits = (uint64_t)ins->a << 32 | ins->b;
    return push(
        r, (fg_value){ ins->op == FG_PAGE_INT ? FG_INT : FG_FLOAT, { .u = bits } });
}

static bool is_nothing(const fg_value *v)
{
    fg_value x;
    fg_peel(v, &x);
    return fg_is_null(x) || fg_is(x, FG_NONE);
}

/* ---- output -------------------------------------------------------------------------- */

/* The text of a value at a place, as bytes of it or in r->text. */
static fg_slice text_of(runner *r, const fg_value *v, fg_escape how)
{
    fg_value x;
    fg_peel(v, &x);
    while (fg_wrap_of(x) == FG_WRAP_SOME) {
        fg_unwrap(&x, &x);
        fg_peel(&x, &x);
    }
    r->text.n = 0;
    if (how == FG_ESC_JS_VALUE)
        fg_show_json(&r->text, &x, ",", ":");
    else if (fg_is_string(x))
        return fg_string_slice(x.as.str);
    else if (!is_nothing(&x))
        fg_show(&r->text, &x);
    return fg_bytes_view(&r->text);
}

static fg_status print(runner *r, const fg_page_ins *ins)
{
    fg_slice s = text_of(r, &r->top[-1], (fg_escape)ins->flag);
    if (r->text.failed)
        return FG_NOMEM;
    fg_escape_put(r->out, s, (fg_escape)ins->flag, (fg_wrapping)ins->n);
    r->top--;
    return fg_tick(r->vm, 1 + s.n / 64);
}

static fg_status literal(runner *r, const fg_page_ins *ins)
{
    fg_bytes_slice(r->out, pool_of(r, ins));
    return r->out->failed ? FG_NOMEM : fg_tick(r->vm, 1 + ins->b / 1024);
}

/* ---- loops ---------------------------------------------------------------------------- */

static void clear_slots(fg_value *slots, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        fg_release(&slots[i]);
        slots[i] = fg_null();
    }
}

static uint32_t length_of(fg_value v)
{
    switch ((uint32_t)fg_type_of(v)) {
    case FG_ARRAY: return v.as.arr->len;
    case FG_TUPLE: return v.as.tup->len;
    case FG_OBJECT: return v.as.obj->keys->n;
    default: return v.as.tab->len;
    }
}

/* The next turn of the loop, or its end. */
static fg_status turn(runner *r, fg_value *loop, uint32_t names, bool *more)
{
    int got = fg_next(r->vm, loop, names);
    if (got < 0)
        return r->vm->status;
    *more = got;
    loop[5].as.i++;
    if (!got)
        clear_slots(loop, FG_PAGE_LOOP_SLOTS);
    return fg_tick(r->vm, 1);
}

static bool has_items(fg_value v)
{
    return fg_is(v, FG_ARRAY) || fg_is(v, FG_TUPLE) || fg_is(v, FG_SET)
           || fg_is(v, FG_MAP) || fg_is(v, FG_OBJECT);
}

static fg_status begin_loop(runner *r, const fg_page_ins *ins)
{
    fg_value *loop = &r->slots[ins->a], list;
    bool more;
    fg_peel(&r->top[-1], &list);
    if (!has_items(list)) {
        fg_raise(r->vm, FG_E_TYPE, "a template cannot loop over %s%s",
                 fg_is_null(list) ? "null" : "a value of type ",
                 fg_is_null(list) ? "" : fg_type_name(&list));
        return fg_is_null(list)
                   ? fg_hint(r->vm, "write list ?? [] if it may be missing")
               : fg_is_int(list) ? fg_hint(r->vm, "range(n) counts from 0 to before n")
                                 : FG_RAISED;
    }
    fg_copy(&loop[1], &list);
    fg_status status = fg_iterate(r->vm, loop);
    if (status != FG_OK) {
        loop[1] = fg_null(); /* was not counted */
        return status;
    }
    r->top--;
    loop[4] = fg_int(length_of(loop[0]));
    loop[5] = fg_int(0);
    FG_TRY(turn(r, loop, ins->n, &more));
    if (!more)
        r->pc = ins->b;
    return FG_OK;
}

static fg_status next_turn(runner *r, const fg_page_ins *ins)
{
    bool more;
    FG_TRY(turn(r, &r->slots[ins->a], ins->n, &more));
    if (more)
        r->pc = ins->b;
    return FG_OK;
}

static fg_value loop_property(const fg_value *loop, uint32_t which)
{
    int64_t at = loop[5].as.i, n = loop[4].as.i;
    switch ((enum fg_page_loop_name)which) {
    case FG_PAGE_LOOP_INDEX: return fg_int(at);
    case FG_PAGE_LOOP_INDEX0: return fg_int(at - 1);
    case FG_PAGE_LOOP_FIRST: return fg_bool(at == 1);
    case FG_PAGE_LOOP_LAST: return fg_bool(at == n);
    case FG_PAGE_LOOP_LENGTH: return fg_int(n);
    }
    fg_unreachable();
}

/* ---- files ---------------------------------------------------------------------------- */

static fg_status include(runner *r, const fg_page_ins *ins)
{
    const fg_page_unit *own = &r->page->units[r->unit];
    fg_value *slots = r->slots + own->nslots;
    fg_store(&slots[0], ins->flag ? --r->top : &r->slots[0]);
    r->frames[r->depth++] = (frame){ r->pc, r->unit };
    r->slots = slots;
    r->unit = ins->a;
    r->pc = r->page->units[ins->a].start;
    return fg_tick(r->vm, 1);
}

/* False at the end of the template itself. */
static bool leave(runner *r)
{
    clear_slots(r->slots, r->page->units[r->unit].nslots);
    if (r->depth == 0)
        return false;
    frame f = r->frames[--r->depth];
    r->pc = f.pc;
    r->unit = f.unit;
    r->slots -= r->page->units[f.unit].nslots;
    return true;
}

/* ---- the interpreter -------------------------------------------------------------------- */

/* Instructions that only move values or the place. */
static fg_status simple(runner *r, const fg_page_ins *ins)
{
    fg_value *top = r->top;
    switch ((enum fg_page_op)ins->op) {
    case FG_PAGE_BOOL: return push(r, fg_bool(ins->a));
    case FG_PAGE_NULL: return push(r, fg_null());
    case FG_PAGE_DATA: return push(r, r->slots[0]);
    case FG_PAGE_SLOT: return push(r, r->slots[ins->a]);
    case FG_PAGE_LOOP: return push(r, loop_property(&r->slots[ins->a], ins->n));
    case FG_PAGE_NOT: top[-1] = fg_bool(!fg_truthy(&top[-1])); break;
    case FG_PAGE_TRUTH: top[-1] = fg_bool(fg_truthy(&top[-1])); break;
    case FG_PAGE_JUMP: r->pc = ins->a; break;
    case FG_PAGE_UNLESS:
        if (!fg_truthy(--r->top))
            r->pc = ins->a;
        break;
    case FG_PAGE_AND:
    case FG_PAGE_OR:
        if (fg_truthy(&top[-1]) == (ins->op == FG_PAGE_OR))
            r->pc = ins->a;
        else
            r->top--;
        break;
    case FG_PAGE_ELSE:
        if (!is_nothing(&top[-1]))
            r->pc = ins->a;
        else
            r->top--;
        break;
    case FG_PAGE_SET: fg_store(&r->slots[ins->a], --r->top); break;
    default: fg_unreachable();
    }
    return FG_OK;
}

static fg_status step(runner *r, const fg_page_ins *ins)
{
    switch ((enum fg_page_op)ins->op) {
    case FG_PAGE_TEXT: return literal(r, ins);
    case FG_PAGE_PRINT: return print(r, ins);
    case FG_PAGE_TEXT_VALUE: return push_text(r, ins);
    case FG_PAGE_INT:
    case FG_PAGE_FLOAT: return push_number(r, ins);
    case FG_PAGE_NAME: push(r, r->slots[0]); return field(r, ins, &r->top[-1], true);
    case FG_PAGE_FIELD: return field(r, ins, &r->top[-1], false);
    case FG_PAGE_INDEX: return element(r, ins);
    case FG_PAGE_ARITH: return arith(r, ins);
    case FG_PAGE_ORDER: return order(r, ins);
    case FG_PAGE_EQUAL: return equal(r, ins);
    case FG_PAGE_IN: return is_in(r);
    case FG_PAGE_NEGATE: return fg_negate(r->vm, &r->top[-1], &r->top[-1]);
    case FG_PAGE_CALL: return call(r, fg_page_filter(ins->a), ins->n);
    case FG_PAGE_ARRAY: return array(r, ins);
    case FG_PAGE_OBJECT: return object(r, ins);
    case FG_PAGE_FOR: return begin_loop(r, ins);
    case FG_PAGE_NEXT: return next_turn(r, ins);
    case FG_PAGE_INCLUDE: return include(r, ins);
    default: return simple(r, ins);
    }
}

/* Puts the place of the instruction before the words of its error. */
static fg_status with_place(runner *r)
{
    const fg_page *p = r->page;
    const fg_page_place *at = &p->places[r->pc - 1];
    const fg_page_unit *u = &p->units[at->file];
    uint32_t line, column;
    fg_page_position(fg_slice_of(p->pool + u->text, u->ntext), at->offset, &line,
                     &column);
    return fg_reword(r->vm, "render error: %.*s:%u:%u: %s", (int)u->npath,
                     p->pool + u->path, line, column,
                     r->vm->error.message ? r->vm->error.message : "");
}

static fg_status run(runner *r)
{
    for (;;) {
        const fg_page_ins *ins = &r->page->code[r->pc++];
        if (ins->op == FG_PAGE_RETURN) {
            if (!leave(r))
                return FG_OK;
            continue;
        }
        fg_status status = step(r, ins);
        if (fg_unlikely(status != FG_OK))
            return status == FG_RAISED ? with_place(r) : status;
    }
}

fg_status fg_page_run(fg_vm *vm, const fg_page *p, const fg_value *data, fg_bytes *out)
{
    uint32_t nslots = p->units[0].need;
    runner r = { .vm = vm, .page = p, .out = out };
    r.slots = fg_scratch(vm, nslots + p->nstack + 2);
    if (!r.slots)
        return FG_NOMEM;
    fg_value *slots = r.slots;
    r.top = slots + nslots;
    fg_store(&slots[0], data);
    fg_bytes_init(&r.text);
    r.text.max = out->max;
    r.pc = p->units[0].start;
    fg_status status = run(&r);
    fg_bytes_drop(&r.text);
    if (status == FG_OK)
        return out->failed ? FG_NOMEM : FG_OK;
    clear_slots(slots, nslots);
    return status;
}

fg_status fg_page_fill(fg_vm *vm, const fg_page *p, const fg_value *data, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_status status = fg_page_run(vm, p, data, &b);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

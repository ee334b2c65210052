// SPDX-License-Identifier: Apache-2.0
/* Types at run time: definitions, variants, abilities; and `check`. */
#include "run/internal.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"

static fg_typeinfo *info_at(fg_vm *vm, uint32_t global)
{
    const fg_value *v = fg_cell_at(vm, vm->globals[global]);
    return fg_type_of(*v) == FG_TYPEINFO ? v->as.ptr : NULL;
}

fg_typeinfo *fg_type_info(fg_vm *vm, fg_string *name)
{
    int32_t global = fg_program_type(vm->program, name);
    return global < 0 ? NULL : info_at(vm, (uint32_t)global);
}

/* The type's record for writing: this fork's own. */
static fg_typeinfo *writable_info(fg_vm *vm, uint32_t global)
{
    fg_typeinfo *old = info_at(vm, global);
    if (old && !(old->h.flags & FG_F_FROZEN))
        return old;
    fg_typeinfo *info = fg_alloc(&vm->heap, sizeof *info);
    if (!info)
        return NULL;
    *info = (fg_typeinfo){ .h = { .kind = FG_TYPEINFO },
                           .name = vm->program->globals[global].name };
    if (old) { /* members of a frozen record are not counted: no retaining */
        info->defaults = old->defaults;
        info->embeds = old->embeds;
        info->methods = old->methods;
        info->statics = old->statics;
        info->variants = old->variants;
    }
    fg_value *slot = fg_cell_write(vm, vm->globals[global]);
    if (!slot)
        return NULL;
    *slot = (fg_value){ FG_TYPEINFO, { .ptr = info } };
    return info;
}

fg_status fg_type_set(fg_vm *vm, uint32_t global, uint32_t what, const fg_value *v)
{
    fg_typeinfo *info = writable_info(vm, global);
    if (!info)
        return FG_NOMEM;
    fg_value *member = what == FG_TI_DEFAULTS ? &info->defaults
                       : what == FG_TI_EMBEDS ? &info->embeds
                                              : &info->variants;
    fg_store(member, v);
    return FG_OK;
}

static fg_status put_method(fg_vm *vm, fg_value *methods, fg_string *name,
                            const fg_value *fn)
{
    fg_object *o = fg_type_of(*methods) != FG_OBJECT ? fg_object_empty(&vm->heap, 4)
                   : fg_unique(*methods)
                       ? methods->as.obj
                       : fg_object_copy(&vm->heap, methods->as.obj, 4);
    if (!o)
        return FG_NOMEM;
    FG_TRY(fg_object_set(&vm->heap, o, name, fn));
    fg_value v = fg_obj_value(o);
    fg_store(methods, &v);
    return FG_OK;
}

fg_status fg_type_add_method(fg_vm *vm, uint32_t global, fg_string *name,
                             const fg_value *fn, bool is_static)
{
    fg_typeinfo *info = writable_info(vm, global);
    if (!info)
        return FG_NOMEM;
    FG_TRY(put_method(vm, &info->methods, name, fn));
    return is_static ? put_method(vm, &info->statics, name, fn) : FG_OK;
}

/* ---- modules --------------------------------------------------------------------------------- */

fg_status fg_type_link(fg_vm *vm, uint32_t to, uint32_t from, bool unknown)
{
    fg_value type = unknown ? fg_undef() : *fg_cell_at(vm, vm->globals[from]);
    fg_value *slot = fg_cell_write(vm, vm->globals[to]);
    if (!slot)
        return FG_NOMEM;
    fg_copy(slot, &type);
    return FG_OK;
}

/* "a -> b -> a" from the frame that executes the module on. */
static fg_status raise_cycle(fg_vm *vm, const fg_frame *first)
{
    fg_bytes path;
    fg_bytes_init(&path);
    for (const fg_frame *f = first; f <= vm->frame; f++) {
        const fg_source *s = f->func->proto->source;
        if (s->unit != f->func->proto)
            continue;
        fg_bytes_slice(&path, s->name);
        fg_bytes_str(&path, " -> ");
    }
    fg_bytes_slice(&path, first->func->proto->source->name);
    fg_raise(vm, FG_E_RUNTIME, "circular import: %.*s", (int)path.n, path.p);
    fg_bytes_drop(&path);
    return fg_hint(vm, "move what both files need into a third one");
}

fg_status fg_import_begin(fg_vm *vm, const fg_proto *module)
{
    for (const fg_frame *f = vm->frame; f >= vm->frames; f--)
        if (f->func->proto == module)
            return raise_cycle(vm, f);
    return FG_OK;
}

/* ---- abilities ------------------------------------------------------------------------------- */

static const fg_array *interface_methods(const fg_value *v)
{
    if (fg_wrap_of(*v) || fg_type_of(*v) != FG_OBJECT)
        return NULL;
    const fg_value *kind = fg_object_find_slice(v->as.obj, FG_SLICE("__kind__"));
    const fg_value *methods = fg_object_find_slice(v->as.obj, FG_SLICE("methods"));
    if (!kind || !methods || !fg_is_string(*kind) || fg_type_of(*methods) != FG_ARRAY
        || !fg_slice_eq(fg_string_slice(kind->as.str), FG_SLICE("interface")))
        return NULL;
    return methods->as.arr;
}

fg_status fg_check_ability(fg_vm *vm, const fg_value *iface, fg_string *name,
                           uint32_t global)
{
    const fg_array *methods = interface_methods(iface);
    fg_typeinfo *info = info_at(vm, global);
    fg_string *type = vm->program->globals[global].name;
    if (!methods)
        return fg_raise(vm, FG_E_RUNTIME, "unknown power '%.*s'", (int)name->len,
                        name->bytes);
    for (uint32_t i = 0; i < methods->len; i++) {
        fg_value m = fg_array_at(methods, i);
        const fg_value *want = fg_object_find_slice(m.as.obj, FG_SLICE("name"));
        if (info && fg_type_of(info->methods) == FG_OBJECT
            && fg_object_find(info->methods.as.obj, want->as.str))
            continue;
        return fg_raise(vm, FG_E_RUNTIME,
                        "'%.*s' does not implement '%.*s' required by power '%.*s'",
                        (int)type->len, type->bytes, (int)want->as.str->len,
                        want->as.str->bytes, (int)name->len, name->bytes);
    }
    return FG_OK;
}

/* ---- variants ---------------------------------------------------------------------------------- */

static bool tagged(const fg_object *o, fg_slice key, const fg_string *name)
{
    const fg_value *v = fg_object_find_slice(o, key);
    return v && fg_is_string(*v) && fg_string_eq(v->as.str, name);
}

static const fg_value *payload(const fg_object *o, uint32_t i)
{
    char name[12] = "_";
    uint32_t n = 1;
    if (i >= 100)
        name[n++] = (char)('0' + i / 100);
    if (i >= 10)
        name[n++] = (char)('0' + i / 10 % 10);
    name[n++] = (char)('0' + i % 10);
    fg_slice key = { name, n };
    if (i + 2 < o->keys->n && fg_slice_eq(fg_string_slice(o->keys->names[i + 2]), key))
        return &o->slots[i + 2];
    return fg_object_find_slice(o, key);
}

bool fg_is_variant(const fg_value *value, fg_string *name, uint32_t fields)
{
    fg_value v;
    fg_peel(value, &v);
    if (fg_wrap_of(v) || fg_type_of(v) != FG_OBJECT)
        return false;
    const fg_object *o = v.as.obj;
    if (!tagged(o, FG_SLICE("__variant__"), name)
        && !tagged(o, FG_SLICE("__type__"), name))
        return false;
    for (uint32_t i = 0; i < fields; i++)
        if (!payload(o, i))
            return false;
    return true;
}

void fg_variant_field(const fg_value *value, uint32_t i, fg_value *out)
{
    fg_value v;
    fg_peel(value, &v);
    fg_copy(out, payload(v.as.obj, i));
}

static bool names_contain(const fg_tuple *names, const fg_value *name)
{
    for (uint32_t i = 0; i < names->len; i++)
        if (fg_string_eq(names->v[i].as.str, name->as.str))
            return true;
    return false;
}

fg_status fg_exhaustive(fg_vm *vm, const fg_value *value, const fg_tuple *names)
{
    fg_value v;
    fg_peel(value, &v);
    if (fg_wrap_of(v) || fg_type_of(v) != FG_OBJECT)
        return FG_OK;
    fg_string *type = fg_object_type(v.as.obj);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    if (!info || fg_type_of(info->variants) != FG_ARRAY
        || !fg_object_find_slice(v.as.obj, FG_SLICE("__variant__")))
        return FG_OK;
    const fg_array *variants = info->variants.as.arr;
    for (uint32_t i = 0; i < variants->len; i++) {
        fg_value name = fg_array_at(variants, i);
        if (names_contain(names, &name))
            continue;
        fg_raise(vm, FG_E_RUNTIME, "non-exhaustive match: missing variant '%.*s'",
                 (int)name.as.str->len, name.as.str->bytes);
        return fg_advise_variants(vm, variants, names);
    }
    return FG_OK;
}

/* ---- check --------------------------------------------------------------------------------------- */

static bool not_empty(const fg_value *v)
{
    if (fg_is_null(*v))
        return false;
    if (fg_is_string(*v))
        return v->as.str->len > 0;
    if (!fg_wrap_of(*v) && fg_type_of(*v) == FG_ARRAY)
        return v->as.arr->len > 0;
    return true;
}

static bool between(const fg_value *v, const fg_value *low, const fg_value *high)
{
    return fg_is_number(*v) && fg_is_number(*low) && fg_is_number(*high)
           && fg_order_quiet(FG_OP_GE, v, low) && fg_order_quiet(FG_OP_LE, v, high);
}

static fg_status contains(fg_vm *vm, const fg_value *v, const fg_value *item,
                          bool *holds)
{
    const fg_native *n = vm->library->global(FG_SLICE("contains"));
    fg_value args[2] = { *v, *item }, out = fg_null();
    FG_TRY(n->fn(vm, 2, args, &out));
    *holds = fg_truthy(&out);
    return FG_OK;
}

fg_status fg_check_value(fg_vm *vm, fg_operator op, const fg_value *value,
                         const fg_value *a, const fg_value *b)
{
    fg_value v;
    bool holds = false;
    fg_peel(value, &v);
    switch (op) {
    case FG_OP_CHECK_TRUTHY: holds = fg_truthy(&v); break;
    case FG_OP_CHECK_NOT_EMPTY: holds = not_empty(&v); break;
    case FG_OP_CHECK_BETWEEN: holds = between(&v, a, b); break;
    case FG_OP_CHECK_CONTAINS: FG_TRY(contains(vm, &v, a, &holds)); break;
    default: holds = fg_order_quiet(op, &v, a); break;
    }
    if (holds)
        return FG_OK;
    fg_bytes text;
    fg_bytes_init(&text);
    text.max = 4096;
    fg_show(&text, &v);
    fg_status s =
        fg_raise(vm, FG_E_RUNTIME, "check failed: %.*s did not pass validation",
                 (int)text.n, text.p);
    fg_bytes_drop(&text);
    return s;
}

// SPDX-License-Identifier: Apache-2.0
/* What to try: advice added to an error just raised.
 *
 * Errors may be raised and caught in loops, so a search for a similar name looks at a
 * bounded number of names of a value. */
#include "run/internal.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "value/array.h"
#include "value/equal.h"
#include "value/object.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"

#include <stdio.h>

#include <stdio.h>

#define KEYS_SEEN 64u /* names of one value that are looked at */

const fg_string *fg_running_note(const fg_vm *vm)
{
    const fg_frame *f = vm->frame;
    const fg_proto *p = f->func->proto;
    return f->pc > p->code ? fg_proto_note(p, (uint32_t)(f->pc - p->code) - 1) : NULL;
}

static fg_status did_you_mean(fg_vm *vm, const fg_nearest *g)
{
    return g->best.n ? fg_advise(vm, "did you mean '%.*s'?", (int)g->best.n, g->best.p)
                     : FG_RAISED;
}

/* ---- variables -------------------------------------------------------------------------- */

/* Names of two letters are like too many others. */
static void add_library(void *ctx, const char *name)
{
    if (strlen(name) > 2)
        fg_nearest_add(ctx, fg_slice_str(name));
}

/* Names in scope: the note has the nearest that is no global. */
static void search_scope(fg_vm *vm, fg_nearest *g)
{
    const fg_program *p = vm->program;
    const fg_string *note = fg_running_note(vm);
    if (note)
        fg_nearest_add(g, fg_string_slice(note));
    for (uint32_t i = 0; !fg_in_module(vm) && i < p->nglobals; i++)
        if (!p->globals[i].hidden && fg_cell_at(vm, vm->globals[i])->tag != FG_UNDEF)
            fg_nearest_add(g, fg_string_slice(p->globals[i].name));
    /* The program's own names count before those of the library. */
    fg_nearest l;
    fg_nearest_init(&l, g->wanted);
    vm->library->each_name(add_library, &l);
    if (l.distance < g->distance)
        *g = l;
}

/* Is it a global that the program will set? */
static bool comes_later(const fg_vm *vm, fg_slice name)
{
    const fg_program *p = vm->program;
    for (uint32_t i = 0; !fg_in_module(vm) && i < p->nglobals; i++)
        if (!p->globals[i].hidden
            && fg_slice_eq(fg_string_slice(p->globals[i].name), name))
            return true;
    return false;
}

fg_status fg_hint_name(fg_vm *vm, fg_slice name)
{
    char text[sizeof vm->error.hint];
    fg_nearest g;
    fg_nearest_init(&g, name);
    if (comes_later(vm, name))
        return fg_hint(vm, "make sure the variable is defined before use");
    if (fg_program_foreign(name, text, sizeof text))
        return fg_hint(vm, "%s", text);
    search_scope(vm, &g);
    uint32_t wrong = fg_program_misspelt(name, text, sizeof text);
    if (wrong && wrong < g.distance)
        return fg_hint(vm, "%s", text);
    if (g.best.n)
        return fg_hint(vm, "did you mean '%.*s'?", (int)g.best.n, g.best.p);
    return fg_hint(vm, "make sure the variable is defined before use");
}

fg_status fg_advise_name(fg_vm *vm, fg_slice name)
{
    fg_nearest g;
    if (fg_is_caught(vm))
        return FG_RAISED;
    fg_nearest_init(&g, name);
    search_scope(vm, &g);
    if (g.best.n && !vm->library->global(g.best))
        return did_you_mean(vm, &g);
    return fg_advise(vm, "declare it first: let mut %.*s = …",
                     (int)fg_utf8_fit(name, 100), name.p);
}

/* ---- methods and fields ------------------------------------------------------------------ */

static void add_keys(fg_nearest *g, const fg_value *object)
{
    if (!fg_is(*object, FG_OBJECT))
        return;
    const fg_keys *keys = object->as.obj->keys;
    for (uint32_t i = 0; i < keys->n && i < KEYS_SEEN; i++)
        fg_nearest_add(g, fg_string_slice(keys->names[i]));
}

/* Names of other languages for methods of this one. */
static bool advise_alias(fg_vm *vm, fg_slice name)
{
    static const struct {
        const char *name, *write;
    } aliases[] = {
        { "append", ".push(value)" },
        { "charAt", ".char_at(position)" },
        { "concat", "[...a, ...b], or a + b for strings" },
        { "endsWith", ".ends_with(suffix)" },
        { "flatMap", ".flat_map(fn(x) { … })" },
        { "forEach", ".for_each(fn(x) { … })" },
        { "hasOwnProperty", ".has_key(name)" },
        { "includes", ".contains(value)" },
        { "indexOf", ".index_of(value)" },
        { "length", "len(value)" },
        { "size", "len(value)" },
        { "startsWith", ".starts_with(prefix)" },
        { "strip", ".trim()" },
        { "toLowerCase", ".lower()" },
        { "toString", "str(value)" },
        { "toUpperCase", ".upper()" },
        { "to_string", "str(value)" },
    };
    fg_nearest g;
    fg_nearest_init(&g, name);
    for (size_t i = 0; i < FG_COUNT(aliases); i++)
        fg_nearest_add(&g, fg_slice_str(aliases[i].name));
    for (size_t i = 0; i < FG_COUNT(aliases); i++) {
        fg_slice alias = fg_slice_str(aliases[i].name);
        if (!fg_slice_eq(name, alias) && !fg_slice_eq(g.best, alias))
            continue;
        fg_advise(vm, "write %s", aliases[i].write);
        return true;
    }
    return false;
}

/* A native for all types says itself what it takes; only collections and texts have
 * reason to ask for one. */
static bool takes_shared(const fg_value *r)
{
    fg_type t = fg_type_of(*r);
    return !fg_wrap_of(*r)
           && (t == FG_STRING || t == FG_ARRAY || t == FG_TUPLE || t == FG_OBJECT
               || t == FG_SET || t == FG_MAP);
}

static void add_methods(fg_vm *vm, fg_nearest *g, const fg_value *r)
{
    const fg_library *lib = vm->library;
    bool shared = takes_shared(r);
    fg_type type = fg_wrap_of(*r) ? FG_NULL : fg_type_of(*r);
    for (uint32_t i = 0; i < lib->nmethods; i++)
        if (lib->methods[i].on[type] || (shared && lib->methods[i].any))
            fg_nearest_add(g, fg_slice_str(lib->methods[i].name));
}

static void add_own_methods(fg_vm *vm, fg_nearest *g, const fg_value *r)
{
    fg_string *type = fg_object_type(r->as.obj);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    const fg_module *m = type ? vm->library->type(fg_string_slice(type)) : NULL;
    for (uint32_t i = 0; m && i < m->nmembers; i++)
        fg_nearest_add(g, fg_member_name(&m->members[i]));
    if (!info)
        return;
    add_keys(g, &info->methods);
    if (!fg_is(info->embeds, FG_OBJECT))
        return;
    const fg_object *parts = info->embeds.as.obj;
    for (uint32_t i = 0; i < parts->keys->n; i++) {
        fg_typeinfo *part = fg_type_info(vm, parts->slots[i].as.str);
        if (part)
            add_keys(g, &part->methods);
    }
}

/* A variant stands for itself; otherwise a method of the type is meant. */
static fg_status advise_static(fg_vm *vm, const fg_struct *type, fg_slice name)
{
    fg_nearest g;
    fg_typeinfo *info = fg_type_info(vm, type->name);
    fg_nearest_init(&g, name);
    if (!info)
        return FG_RAISED;
    if (fg_is(info->variants, FG_ARRAY))
        for (uint32_t i = 0; i < info->variants.as.arr->len; i++) {
            fg_value v = fg_array_at(info->variants.as.arr, i);
            if (fg_slice_eq(fg_string_slice(v.as.str), name))
                return fg_advise(vm, "a variant is written without its type: %.*s",
                                 (int)name.n, name.p);
        }
    add_keys(&g, &info->statics);
    return did_you_mean(vm, &g);
}

fg_status fg_advise_method(fg_vm *vm, const fg_value *receiver, fg_slice name)
{
    fg_nearest g;
    if (fg_is_caught(vm))
        return FG_RAISED;
    fg_nearest_init(&g, name);
    if (fg_is(*receiver, FG_STRUCT))
        return advise_static(vm, receiver->as.st, name);
    if (fg_is_null(*receiver))
        return fg_advise(vm, "the value before .%.*s() is null",
                         (int)fg_utf8_fit(name, 100), name.p);
    if (fg_is(*receiver, FG_OBJECT)) {
        add_keys(&g, receiver);
        add_own_methods(vm, &g, receiver);
    }
    int32_t m = vm->library->method(name);
    if (m >= 0 && vm->library->methods[m].on[FG_STRING])
        return fg_advise(vm, "%.*s() is a method of strings; the value is of type %s",
                         (int)name.n, name.p, fg_type_name(receiver));
    add_methods(vm, &g, receiver);
    if (!g.best.n && takes_shared(receiver) && advise_alias(vm, name))
        return FG_RAISED;
    return did_you_mean(vm, &g);
}

static void add_parts(fg_vm *vm, fg_nearest *g, const fg_object *o)
{
    fg_string *type = fg_object_type(o);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    if (!info || !fg_is(info->embeds, FG_OBJECT))
        return;
    const fg_keys *parts = info->embeds.as.obj->keys;
    for (uint32_t i = 0; i < parts->n; i++) {
        const fg_value *part = fg_object_find(o, parts->names[i]);
        if (part)
            add_keys(g, part);
    }
}

/* Is there a method of that name to be called? */
static bool is_method(fg_vm *vm, const fg_value *o, fg_slice name)
{
    int32_t m = vm->library->method(name);
    if (fg_is(*o, FG_OBJECT)) {
        fg_string *known = fg_program_intern(vm->program, name);
        return known && fg_type_method(vm, o->as.obj, known);
    }
    return m >= 0 && takes_shared(o)
           && (vm->library->methods[m].on[fg_type_of(*o)]
               || vm->library->methods[m].any);
}

fg_status fg_advise_field(fg_vm *vm, const fg_value *holder, fg_slice name)
{
    fg_nearest g;
    if (fg_is_caught(vm))
        return FG_RAISED;
    fg_nearest_init(&g, name);
    if (fg_is_null(*holder))
        return fg_advise(vm, "the value before .%.*s is null",
                         (int)fg_utf8_fit(name, 100), name.p);
    if (is_method(vm, holder, name))
        return fg_advise(vm, "a method is called with parentheses: .%.*s()",
                         (int)name.n, name.p);
    if (fg_is(*holder, FG_OBJECT)) {
        add_keys(&g, holder);
        add_parts(vm, &g, holder->as.obj);
        return did_you_mean(vm, &g);
    }
    if (!takes_shared(holder))
        return FG_RAISED;
    add_methods(vm, &g, holder);
    if (!g.best.n && advise_alias(vm, name))
        return FG_RAISED;
    return did_you_mean(vm, &g);
}

fg_status fg_advise_marker(fg_vm *vm, const fg_struct *s)
{
    if (s->h.bits != FG_MARKER_STRUCT)
        return FG_RAISED;
    return fg_advise(vm, "a value of a type is written %.*s { field: value }",
                     (int)s->name->len, s->name->bytes);
}

/* ---- elements ------------------------------------------------------------------------------ */

fg_status fg_advise_key(fg_vm *vm, const fg_object *o, fg_slice key)
{
    fg_nearest g;
    fg_value v = fg_obj_value((void *)(uintptr_t)o);
    if (fg_is_caught(vm))
        return FG_RAISED;
    fg_nearest_init(&g, key);
    add_keys(&g, &v);
    if (g.best.n)
        return did_you_mean(vm, &g);
    return fg_advise(vm, "get(object, key, default) gives a default instead; "
                         "has_key(object, key) asks");
}

fg_status fg_advise_length(fg_vm *vm, uint32_t n, bool from_end)
{
    if (n == 0)
        return fg_advise(vm, "it is empty");
    if (n == 1)
        return fg_advise(vm, "the only position is 0");
    if (from_end)
        return fg_advise(vm, "positions are 0 to %u, or -1 to -%u from the end", n - 1,
                         n);
    return fg_advise(vm, "elements can be assigned at 0 to %u", n - 1);
}

fg_status fg_advise_index(fg_vm *vm, const fg_value *holder)
{
    if (fg_wrap_of(*holder))
        return fg_advise(vm, "unwrap the value first");
    switch ((uint32_t)fg_type_of(*holder)) {
    case FG_ARRAY:
    case FG_TUPLE: return fg_advise(vm, "positions are whole numbers; int() makes one");
    case FG_OBJECT:
        return fg_advise(vm, "keys of objects are strings; str() makes one");
    case FG_STRING:
        return fg_advise(vm, "char_at(s, i) reads a character; strings do not change");
    case FG_SET: return fg_advise(vm, "has(value) asks a set; to_array() lists it");
    case FG_NULL: return fg_advise(vm, "the value before [ is null");
    default:
        return fg_advise(vm,
                         "arrays, tuples, objects and maps have elements; %s has "
                         "none",
                         fg_type_name(holder));
    }
}

/* ---- kinds and operators -------------------------------------------------------------------- */

fg_status fg_advise_kind(fg_vm *vm, const fg_value *v, bool iterated)
{
    if (iterated && fg_is_int(*v))
        return fg_advise(vm, "range(n) counts from 0 to before n");
    if (iterated && fg_is_string(*v))
        return fg_advise(vm, "s.chars() gives the characters, lines(s) the lines");
    return fg_advise(vm, "the value is %s%s", fg_is_null(*v) ? "null" : "of type ",
                     fg_is_null(*v) ? "" : fg_type_name(v));
}

fg_status fg_advise_operator(fg_vm *vm, fg_operator op, const fg_value *a,
                             const fg_value *b)
{
    if (fg_is_null(*a) || fg_is_null(*b))
        return fg_advise(vm, "the value on the %s is null",
                         fg_is_null(*a) ? "left" : "right");
    if (op >= FG_OP_LT && op <= FG_OP_GE && fg_is_bool(*a))
        return fg_advise(vm, "comparisons do not chain; write a < b && b < c");
    if (op == FG_OP_ADD && fg_is(*a, FG_ARRAY))
        return fg_advise(vm, "[...a, ...b] joins arrays, [...a, x] adds an element");
    if (op == FG_OP_ADD && fg_is(*a, FG_OBJECT))
        return fg_advise(vm, "merge(a, b) joins objects");
    if (op == FG_OP_MUL && fg_is_string(*a))
        return fg_advise(vm, "repeat_str(s, n) repeats a string");
    if (fg_is_string(*a) != fg_is_string(*b))
        return fg_advise(vm,
                         "int() and float() make numbers of strings, str() strings");
    return FG_RAISED;
}

/* ---- match, calls ---------------------------------------------------------------------------- */

#define SHOWN 60u /* bytes of a value in advice */

fg_status fg_advise_subject(fg_vm *vm)
{
    const fg_frame *f = vm->frame;
    fg_bytes text;
    if (fg_is_caught(vm))
        return FG_RAISED;
    const char *subject = (const char *)f->base + fg_ins_a(f->pc[-1]);
    fg_bytes_init(&text);
    text.max = 4096;
    fg_show(&text, (const fg_value *)(const void *)subject);
    uint32_t n = fg_utf8_fit(fg_slice_of(text.n ? text.p : "", text.n), SHOWN);
    fg_advise(vm, "no arm fits %.*s%s; add one, or _ => … for all others", (int)n,
              text.n ? text.p : "", n < text.n ? "…" : "");
    fg_bytes_drop(&text);
    return FG_RAISED;
}

static bool has_name(const fg_tuple *names, const fg_string *name)
{
    for (uint32_t i = 0; i < names->len; i++)
        if (fg_string_eq(names->v[i].as.str, name))
            return true;
    return false;
}

/* The arm that is no variant but nearly the missing one. */
static void search_arms(fg_nearest *g, const fg_array *variants, const fg_tuple *arms)
{
    for (uint32_t i = 0; i < arms->len; i++) {
        const fg_string *arm = arms->v[i].as.str;
        bool known = false;
        for (uint32_t k = 0; k < variants->len; k++) {
            fg_value name = fg_array_at(variants, k);
            known |= fg_string_eq(name.as.str, arm);
        }
        if (!known)
            fg_nearest_add(g, fg_string_slice(arm));
    }
}

fg_status fg_advise_variants(fg_vm *vm, const fg_array *variants, const fg_tuple *arms)
{
    char text[160];
    uint32_t n = 0, missing = 0;
    fg_slice first = { "", 0 };
    if (fg_is_caught(vm))
        return FG_RAISED;
    for (uint32_t i = 0; i < variants->len; i++) {
        fg_value name = fg_array_at(variants, i);
        fg_slice s = fg_string_slice(name.as.str);
        if (has_name(arms, name.as.str))
            continue;
        if (missing++ == 0)
            first = s;
        if (n + s.n + 8 < sizeof text)
            n += (uint32_t)snprintf(text + n, sizeof text - n, "%s%.*s", n ? ", " : "",
                                    (int)s.n, s.p);
        else if (text[n - 1] != '.')
            n += (uint32_t)snprintf(text + n, sizeof text - n, ", ...");
    }
    fg_nearest g;
    fg_nearest_init(&g, first);
    search_arms(&g, variants, arms);
    if (g.best.n)
        return fg_advise(vm, "'%.*s' is no variant; did you mean '%.*s'?",
                         (int)g.best.n, g.best.p, (int)first.n, first.p);
    return fg_advise(vm, "add %s for %s, or _ => … for all others",
                     missing == 1 ? "an arm" : "arms", text);
}

/* Frames below the running one, and itself. */
static uint32_t depth_now(const fg_vm *vm)
{
    return (uint32_t)(vm->frame - vm->frames) + 1;
}

fg_status fg_advise_usage(fg_vm *vm, const fg_native *n)
{
    const fg_error *e = &vm->error;
    size_t length = strlen(n->name);
    if (e->hint[0] || e->depth != depth_now(vm) || !e->message)
        return FG_RAISED;
    /* A message that starts with the name is about how the function was called, unless it
     * goes on with what others say: "mysql.query() error: …". */
    if (strncmp(e->message, n->name, length) != 0
        || strncmp(e->message + length, "()", 2) != 0)
        return FG_RAISED;
    const char *rest = e->message + length + 2;
    if (strncmp(rest, " error:", 7) == 0
        || strncmp(rest, " connection error:", 18) == 0)
        return FG_RAISED;
    return fg_advise(vm, "%s", n->doc);
}

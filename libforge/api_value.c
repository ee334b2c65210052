// SPDX-License-Identifier: Apache-2.0
/* The public interface: values (see include/forge.h).
 *
 * A container made here is nobody's until it is stored or passed (its count is 0), and
 * only then may it be filled: so no value of the language ever changes behind its
 * holder's back and no cycle can be built. */
#include "api.h"

#include "base/number.h"
#include "lib/json.h"
#include "lib/request.h"
#include "value/array.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"

#include <stdlib.h>

forge_value forge_null(void) { return fg_to_outside(fg_null()); }
forge_value forge_bool(int b) { return fg_to_outside(fg_bool(b != 0)); }
forge_value forge_int(int64_t i) { return fg_to_outside(fg_int(i)); }
forge_value forge_float(double d) { return fg_to_outside(fg_float(d)); }
forge_value forge_absent(void) { return fg_to_outside(fg_undef()); }

/* ---- making ------------------------------------------------------------------------ */

/* Outcome of something that is no run: what an earlier run said does not matter. */
static forge_status outcome(forge_fork *f, fg_status s)
{
    if (s == FG_NOMEM)
        fg_error_clear(fg_fork_vm(f));
    return fg_api_status(f, s);
}

/* Hands a new object out; NULL stands for no memory. */
static forge_status made(forge_fork *f, void *object, forge_value *out)
{
    if (!object)
        return outcome(f, FG_NOMEM);
    *out = fg_to_outside(fg_obj_value(object));
    return FORGE_OK;
}

static forge_status too_long(forge_fork *f, size_t n)
{
    return fg_api_fault(f, FORGE_USAGE, "LimitError", "a text of %zu bytes is too long",
                        n);
}

forge_status forge_string(forge_fork *f, const char *s, size_t n, forge_value *out)
{
    if (!f || !out || (!s && n > 0))
        return FORGE_USAGE;
    *out = forge_null();
    if (n > FG_MAX_LEN)
        return too_long(f, n);
    fg_value v;
    fg_status status = fg_make_string(fg_fork_vm(f), fg_slice_of(s ? s : "", n), &v);
    if (status == FG_OK)
        *out = fg_to_outside(v);
    return outcome(f, status);
}

forge_status forge_object(forge_fork *f, forge_value *out)
{
    if (!f || !out)
        return FORGE_USAGE;
    *out = forge_null();
    return made(f, fg_object_empty(&fg_fork_vm(f)->heap, 0), out);
}

forge_status forge_array(forge_fork *f, forge_value *out)
{
    if (!f || !out)
        return FORGE_USAGE;
    *out = forge_null();
    return made(f, fg_array_new(&fg_fork_vm(f)->heap, 0), out);
}

/* True if v is a container of this type that may be filled with item. */
static bool fillable(fg_value v, fg_type type, fg_value item)
{
    return v.tag == ((uint64_t)type | FG_COUNTED) && v.as.o->count == 0
           && fg_type_of(item) != FG_UNDEF && v.as.o != item.as.o;
}

forge_status forge_object_put(forge_fork *f, forge_value object, const char *key,
                              size_t n, forge_value v)
{
    fg_value o = fg_from_outside(object), item = fg_from_outside(v);
    if (!f || (!key && n > 0) || !fillable(o, FG_OBJECT, item))
        return FORGE_USAGE;
    if (n > FG_MAX_LEN)
        return too_long(f, n);
    fg_vm *vm = fg_fork_vm(f);
    fg_string *name = fg_make_key(vm, fg_slice_of(key ? key : "", n));
    if (!name)
        return outcome(f, FG_NOMEM);
    return outcome(f, fg_object_set(&vm->heap, o.as.obj, name, &item));
}

forge_status forge_array_add(forge_fork *f, forge_value array, forge_value v)
{
    fg_value a = fg_from_outside(array), item = fg_from_outside(v);
    if (!f || !fillable(a, FG_ARRAY, item))
        return FORGE_USAGE;
    return outcome(f, fg_array_push(&fg_fork_vm(f)->heap, a.as.arr, &item));
}

forge_status forge_json_parse(forge_fork *f, const char *text, size_t n,
                              forge_value *out)
{
    if (!f || !out || (!text && n > 0))
        return FORGE_USAGE;
    *out = forge_null();
    if (n > FG_MAX_LEN)
        return too_long(f, n);
    fg_vm *vm = fg_fork_vm(f);
    fg_value v;
    fg_status s = fg_json_read(vm, fg_slice_of(text ? text : "", n), &v);
    if (s == FG_OK)
        *out = fg_to_outside(v);
    return outcome(f, s);
}

_Static_assert(sizeof(fg_request_facts) == sizeof(forge_request), "see forge.h");
_Static_assert(sizeof(fg_pair) == sizeof(forge_pair), "see forge.h");

static bool bad_pairs(const forge_pair *p, uint32_t n)
{
    for (uint32_t i = 0; p && i < n; i++)
        if (p[i].key_len > FG_MAX_LEN || p[i].value_len > FG_MAX_LEN || !p[i].key
            || !p[i].value)
            return true;
    return !p && n > 0;
}

forge_status forge_request_value(forge_fork *f, const forge_request *r,
                                 forge_value *out)
{
    if (!f || !out || !r || bad_pairs(r->params, r->nparams)
        || bad_pairs(r->query, r->nquery) || bad_pairs(r->headers, r->nheaders)
        || (r->body && r->body_len > FG_MAX_LEN))
        return FORGE_USAGE;
    *out = forge_null();
    fg_value v;
    fg_status s = fg_request_make(fg_fork_vm(f), (const fg_request_facts *)r, &v);
    if (s == FG_OK)
        *out = fg_to_outside(v);
    return outcome(f, s);
}

/* ---- reading ------------------------------------------------------------------------- */

/* Bound of a text: no larger than the fork's memory. */
static uint32_t text_max(const fg_vm *vm)
{
    return vm->limits.memory < FG_MAX_LEN ? (uint32_t)vm->limits.memory : 0;
}

fg_given_text *fg_api_text_begin(forge_fork *f)
{
    fg_notes *notes = fg_api_notes(f);
    fg_given_text *t = notes->texts ? malloc(sizeof *t) : &notes->first;
    if (!t)
        return NULL;
    fg_bytes_init(&t->bytes);
    t->bytes.max = text_max(fg_fork_vm(f));
    return t;
}

forge_status fg_api_text_end(forge_fork *f, fg_given_text *t)
{
    fg_notes *notes = fg_fork_notes(f);
    if (t->bytes.failed) {
        fg_bytes_drop(&t->bytes);
        if (t != &notes->first)
            free(t);
        return outcome(f, FG_NOMEM);
    }
    t->next = notes->texts;
    notes->texts = t;
    return FORGE_OK;
}

static forge_status text_of(forge_fork *f, forge_value value, bool json,
                            const char **text, size_t *n)
{
    if (!f || !text || !n)
        return FORGE_USAGE;
    *text = "";
    *n = 0;
    fg_given_text *t = fg_api_text_begin(f);
    if (!t)
        return FORGE_NOMEM;
    fg_value v = fg_from_outside(value);
    if (fg_type_of(v) == FG_UNDEF)
        v = fg_null();
    if (json)
        fg_show_json(&t->bytes, &v, ",", ":");
    else
        fg_show(&t->bytes, &v);
    forge_status s = fg_api_text_end(f, t);
    if (s != FORGE_OK)
        return s;
    *text = t->bytes.p;
    *n = t->bytes.n;
    return FORGE_OK;
}

forge_status forge_json_text(forge_fork *f, forge_value v, const char **text, size_t *n)
{
    return text_of(f, v, true, text, n);
}

forge_status forge_display_text(forge_fork *f, forge_value v, const char **text,
                                size_t *n)
{
    return text_of(f, v, false, text, n);
}

forge_kind forge_kind_of(forge_value value)
{
    fg_value v, outside = fg_from_outside(value);
    fg_peel(&outside, &v);
    if (fg_wrap_of(v))
        return FORGE_OTHER;
    switch ((uint32_t)fg_type_of(v)) {
    case FG_NULL:
    case FG_UNDEF: return FORGE_NULL;
    case FG_BOOL: return FORGE_BOOL;
    case FG_INT: return FORGE_INT;
    case FG_FLOAT: return FORGE_FLOAT;
    case FG_STRING: return FORGE_STRING;
    case FG_ARRAY: return FORGE_ARRAY;
    case FG_OBJECT: return FORGE_OBJECT;
    }
    return FORGE_OTHER;
}

int64_t forge_to_int(forge_value value)
{
    fg_value v, outside = fg_from_outside(value);
    fg_peel(&outside, &v);
    if (fg_is_int(v) || fg_is_bool(v))
        return v.as.i;
    return fg_is_float(v) ? fg_float_to_int(v.as.f) : 0;
}

double forge_to_float(forge_value value)
{
    fg_value v, outside = fg_from_outside(value);
    fg_peel(&outside, &v);
    if (fg_is_number(v))
        return fg_number(v);
    return fg_is_bool(v) ? (double)v.as.i : 0;
}

const char *forge_to_string(forge_value value, size_t *n)
{
    fg_value v, outside = fg_from_outside(value);
    fg_peel(&outside, &v);
    bool is = fg_is_string(v);
    if (n)
        *n = is ? v.as.str->len : 0;
    return is ? v.as.str->bytes : NULL;
}

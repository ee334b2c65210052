// SPDX-License-Identifier: Apache-2.0
/* Helpers of the standard library that are no functions of the language. */
#include "lib/lib.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/utf8.h"

#define SHAPE_MAX 64u /* longer key lists are not worth remembering */

void fg_begin_text(const fg_vm *vm, fg_bytes *b)
{
    uint64_t left = fg_heap_left(&vm->heap);
    fg_bytes_init(b);
    b->max =
        left > FG_MAX_LEN - FG_BLOCK_SIZE ? FG_MAX_LEN : (uint32_t)left + FG_BLOCK_SIZE;
}

fg_status fg_check_room(fg_vm *vm, const char *what, uint64_t n, uint32_t size)
{
    if (n > FG_MAX_LEN)
        return fg_raise(vm, FG_E_RUNTIME, "%s result is too long (at most %u)", what,
                        FG_MAX_LEN);
    if (n * size > FG_BLOCK_SIZE && n * size > fg_heap_left(&vm->heap))
        return fg_raise(vm, FG_E_RUNTIME,
                        "%s result of %llu bytes does not fit into the memory limit",
                        what, (unsigned long long)(n * size));
    return FG_OK;
}

fg_status fg_take_text(fg_vm *vm, fg_bytes *b, fg_value *out)
{
    fg_slice s = fg_bytes_view(b);
    fg_bytes clean;
    if (b->failed || fg_utf8_valid(s))
        return fg_take_bytes(vm, b, out);
    fg_begin_text(vm, &clean);
    for (uint32_t i = 0, n, cp; i < s.n; i += n) {
        char text[4];
        n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        fg_bytes_put(&clean, text, fg_utf8_put(text, cp));
    }
    fg_bytes_drop(b);
    return fg_take_bytes(vm, &clean, out);
}

fg_value fg_option(fg_value options, const char *name)
{
    fg_value v = fg_null();
    if (!fg_is(options, FG_OBJECT))
        return v;
    fg_value *slot = fg_object_find_slice(options.as.obj, fg_slice_str(name));
    if (slot)
        fg_peel(slot, &v);
    return v;
}

static bool same_names(const fg_keys *k, const fg_slice *names, uint32_t n)
{
    if (k->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!fg_slice_eq(fg_string_slice(k->names[i]), names[i]))
            return false;
    return true;
}

static fg_keys *new_shape(fg_vm *vm, const fg_slice *names, uint32_t n)
{
    fg_keys *k = fg_keys_new(&vm->heap, NULL, 0, n);
    for (uint32_t i = 0; k && i < n; i++) {
        if (fg_keys_find_slice(k, names[i]) >= 0)
            continue;
        fg_string *name = fg_make_key(vm, names[i]);
        if (!name || fg_keys_add(&vm->heap, k, name) != FG_OK)
            return NULL;
    }
    return k;
}

fg_keys *fg_shape(fg_vm *vm, const fg_slice *names, uint32_t n)
{
    if (n == 0)
        return &fg_keys_empty;
    if (n > SHAPE_MAX)
        return new_shape(vm, names, n);
    uint32_t hash = n;
    for (uint32_t i = 0; i < n; i++)
        hash = (hash ^ fg_hash_bytes(names[i].p, names[i].n)) * 0x9E3779B1u;
    if (!vm->key_cache_ready) {
        memset(vm->key_cache, 0, sizeof vm->key_cache);
        vm->key_cache_ready = true;
    }
    fg_keys **slot = &vm->key_cache[hash >> 26];
    if (*slot && same_names(*slot, names, n))
        return *slot;
    fg_keys *k = new_shape(vm, names, n);
    if (k && k->n == n) {
        k->h.count++; /* the cache uses it: no object may extend it in place */
        *slot = k;
    }
    return k;
}

fg_object *fg_record(fg_vm *vm, const char *const *names, const fg_value *values,
                     uint32_t n)
{
    fg_slice slices[16] = { { NULL, 0 } };
    assert(n <= FG_COUNT(slices));
    for (uint32_t i = 0; i < n; i++)
        slices[i] = fg_slice_str(names[i]);
    fg_keys *k = fg_shape(vm, slices, n);
    fg_object *o = k ? fg_object_new(&vm->heap, k) : NULL;
    for (uint32_t i = 0; o && i < n; i++)
        fg_copy_counted(&o->slots[i], &values[i]);
    return o;
}

fg_slice fg_shown(fg_bytes *b, const fg_value *v)
{
    if (fg_is_string(*v))
        return fg_string_slice(v->as.str);
    b->n = 0;
    fg_show(b, v);
    return fg_bytes_view(b);
}

/* True if the text is how an int displays itself. */
static bool canonical_int(fg_slice s, int64_t *out)
{
    uint32_t sign = s.n > 0 && s.p[0] == '-';
    if (s.n <= sign || s.n > 20 || s.p[sign] < '0' || s.p[sign] > '9')
        return false;
    if (s.p[sign] == '0' && s.n > 1)
        return false;
    return fg_int_parse(s, out);
}

fg_status fg_shown_key(fg_vm *vm, fg_bytes *b, const fg_value *v, fg_value *key)
{
    int64_t i;
    if (fg_is_int(*v))
        return fg_give(key, *v);
    fg_slice text = fg_shown(b, v);
    if (b->failed)
        return FG_NOMEM;
    if (canonical_int(text, &i))
        return fg_give(key, fg_int(i));
    if (fg_is_string(*v))
        return fg_give(key, *v);
    return fg_give_object(key, fg_string_new(&vm->heap, text.p, text.n));
}

void fg_put_valid(fg_bytes *b, fg_slice s)
{
    if (fg_utf8_valid(s)) {
        fg_bytes_slice(b, s);
        return;
    }
    for (const char *p = s.p, *end = p + s.n; p < end;) {
        char text[4];
        uint32_t cp;
        p += fg_utf8_get(p, end, &cp);
        fg_bytes_put(b, text, fg_utf8_put(text, cp));
    }
}

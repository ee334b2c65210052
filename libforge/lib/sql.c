// SPDX-License-Identifier: Apache-2.0
/* Rows, arguments and errors. */
#include "lib/sql.h"

/* ---- rows --------------------------------------------------------------------------- */

fg_status fg_rows_begin(fg_vm *vm, fg_rows *r, fg_value *out)
{
    *r = (fg_rows){ .vm = vm };
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    r->array = out->as.arr;
    return FG_OK;
}

/* The key list of the rows, and where in it the columns are. */
static fg_keys *first_keys(fg_rows *r, uint32_t n, fg_column_name *name, void *ctx)
{
    fg_vm *vm = r->vm;
    size_t size = n * sizeof(fg_slice);
    fg_slice *names = fg_memory_take(vm, size);
    if (!names)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        names[i] = name(ctx, i);
    fg_keys *keys = fg_shape(vm, names, n);
    uint32_t *slots = keys ? fg_memory_take(vm, n * sizeof *slots) : NULL;
    for (uint32_t i = 0; slots && i < n; i++)
        slots[i] = (uint32_t)fg_keys_find_slice(keys, names[i]);
    fg_memory_give(vm, names, size);
    if (!slots)
        return NULL;
    r->slots = slots;
    r->n = n;
    return keys;
}

fg_status fg_rows_add(fg_rows *r, uint32_t n, fg_column_name *name, void *ctx)
{
    assert(r->n == 0 || r->n == n);
    FG_TRY(fg_tick(r->vm, n + 1));
    fg_keys *keys = &fg_keys_empty;
    if (n > 0 && r->array->len > 0)
        keys = fg_array_at(r->array, 0).as.obj->keys;
    else if (n > 0)
        keys = first_keys(r, n, name, ctx);
    r->row = keys ? fg_object_new(&r->vm->heap, keys) : NULL;
    return fg_push_object(r->vm, r->array, r->row);
}

void fg_rows_set(fg_rows *r, uint32_t column, const fg_value *v)
{
    fg_store(&r->row->slots[r->slots[column]], v);
}

void fg_rows_end(fg_rows *r)
{
    if (r->slots)
        fg_memory_give(r->vm, r->slots, r->n * sizeof *r->slots);
    r->slots = NULL;
}

/* ---- arguments and errors -------------------------------------------------------------- */

fg_status fg_sql_raise(fg_vm *vm, const char *what, const char *why)
{
    size_t n = strlen(why);
    while (n > 0 && (why[n - 1] == '\n' || why[n - 1] == ' '))
        n--;
    return fg_raise(vm, FG_E_RUNTIME, "%s: %.*s", what, (int)n, why);
}

fg_status fg_sql_text(fg_vm *vm, const char *what, fg_slice text, char **out)
{
    if (text.n > 0 && memchr(text.p, 0, text.n))
        return fg_sql_raise(vm, what, "text with a zero byte cannot be sent");
    *out = fg_memory_take(vm, (size_t)text.n + 1);
    if (!*out) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    memcpy(*out, text.p, text.n);
    (*out)[text.n] = '\0';
    return FG_OK;
}

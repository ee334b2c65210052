// SPDX-License-Identifier: Apache-2.0
/* What the library remembers for a program between calls: one object that belongs to the
 * program like a variable, so it is frozen with it and every fork begins with it. */
#include "run/vm.h"
#include "value/record.h"
#include "value/string.h"

bool fg_recall(const fg_vm *vm, const char *name, fg_value *out)
{
    *out = fg_null();
    if (!fg_is(vm->remembered, FG_OBJECT))
        return false;
    const fg_value *v = fg_object_find_slice(vm->remembered.as.obj, fg_slice_str(name));
    if (v)
        fg_copy(out, v);
    return v != NULL;
}

fg_status fg_remember(fg_vm *vm, const char *name, const fg_value *v)
{
    fg_object *o = vm->remembered.as.obj;
    if (!fg_is(vm->remembered, FG_OBJECT) || !fg_unique(vm->remembered)) {
        o = fg_is(vm->remembered, FG_OBJECT) ? fg_object_copy(&vm->heap, o, 1)
                                             : fg_object_empty(&vm->heap, 1);
        if (!o)
            return FG_NOMEM;
        fg_value fresh = fg_obj_value(o);
        fg_store(&vm->remembered, &fresh);
    }
    fg_string *key = fg_make_key(vm, fg_slice_str(name));
    return key ? fg_object_set(&vm->heap, o, key, v) : FG_NOMEM;
}

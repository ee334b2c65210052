// SPDX-License-Identifier: Apache-2.0
#include "lib/options.h"
#include "lib/lib.h"

#include "base/nearest.h"
#include "base/utf8.h"

static fg_status unknown(fg_vm *vm, const char *function, fg_slice name,
                         const char *const *names, uint32_t n)
{
    fg_nearest g;
    fg_bytes all;
    fg_nearest_init(&g, name);
    fg_bytes_init(&all);
    for (uint32_t i = 0; i < n; i++) {
        fg_nearest_add(&g, fg_slice_str(names[i]));
        fg_bytes_fmt(&all, "%s%s", i ? ", " : "", names[i]);
    }
    fg_raise(vm, FG_E_RUNTIME, "%s(): there is no option '%.*s'", function,
             (int)fg_utf8_fit(name, 100), name.p);
    fg_status s = g.best.n
                      ? fg_hint(vm, "did you mean '%.*s'?", (int)g.best.n, g.best.p)
                      : fg_hint(vm, "options are %.*s", (int)all.n, all.p);
    fg_bytes_drop(&all);
    return s;
}

fg_status fg_options_read(fg_vm *vm, const char *function, fg_value options,
                          const char *const *names, uint32_t n, fg_value *values)
{
    if (fg_is_null(options))
        return FG_OK;
    if (!fg_is(options, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "%s(): options are an object", function);
    const fg_object *o = options.as.obj;
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_slice name = fg_string_slice(o->keys->names[i]);
        uint32_t k = 0;
        while (k < n && !fg_slice_eq(name, fg_slice_str(names[k])))
            k++;
        if (k == n)
            return unknown(vm, function, name, names, n);
        fg_peel(&o->slots[i], &values[k]);
    }
    return FG_OK;
}

// SPDX-License-Identifier: Apache-2.0
/* Functions that are called when another one ends, and sections that a client who leaves
 * does not cancel. */
#include "run/defer.h"

#include "lib/lib.h"

static fg_status callable(fg_vm *vm, int argc, const fg_value *argv, const char *name)
{
    if (argc > 0 && fg_callable(&argv[0]))
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "%s requires a function", name);
}

static fg_status defer(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    FG_TRY(callable(vm, argc, argv, "defer()"));
    *out = fg_null();
    return fg_defer(vm, &argv[0]);
}

static fg_status uncancellable(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    FG_TRY(callable(vm, argc, argv, "uncancellable()"));
    fg_section_begin(vm);
    return fg_section_end(vm, fg_call(vm, &argv[0], 0, NULL, out));
}

const struct fg_defer_natives fg_defer_natives = {
    .defer = { "defer", defer, FG_CAP_NONE,
               "defer(fn): calls it when the function around this ends, however it "
               "does, "
               "the last one first" },
    .uncancellable = { "uncancellable", uncancellable, FG_CAP_NONE,
                       "uncancellable(fn): what it gives; meanwhile a client who "
                       "leaves "
                       "does not end the program" },
};

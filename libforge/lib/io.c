// SPDX-License-Identifier: Apache-2.0
/* The io module: the terminal, and the words of the command line. */
#include "lib/input.h"
#include "lib/lib.h"
#include "lib/site.h"

static fg_status io_print(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return fg_output_natives.print.fn(vm, argc, argv, out);
}

static fg_status io_prompt(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    FG_TRY(fg_input_refuse(vm, "io.prompt()"));
    fg_begin_text(vm, &b);
    if (argc > 0)
        fg_show(&b, &argv[0]);
    fg_status status = b.failed ? FG_NOMEM : fg_write(vm, fg_bytes_view(&b));
    b.n = 0;
    if (status == FG_OK)
        status = fg_flush(vm);
    if (status == FG_OK)
        status = fg_input_line(vm, &b);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

/* ---- arguments ------------------------------------------------------------------ */

static bool is_flag(const char *word) { return word[0] == '-' && word[1] == '-'; }

/* The value behind a flag: the next word, or true if that is a flag or there is none. */
static fg_status value_of(fg_vm *vm, char **flag, fg_value *out)
{
    if (!flag[1] || is_flag(flag[1]))
        return fg_give(out, fg_bool(true));
    return fg_make_string(vm, fg_slice_str(flag[1]), out);
}

static char **find_flag(const fg_vm *vm, fg_value flag)
{
    for (char **word = fg_site_of(vm)->args; *word; word++)
        if (fg_slice_eq(fg_slice_str(*word), fg_string_slice(flag.as.str)))
            return word;
    return NULL;
}

static fg_status io_args(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_value v;
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (char **word = fg_site_of(vm)->args; *word; word++) {
        FG_TRY(fg_make_string(vm, fg_slice_str(*word), &v));
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &v));
    }
    return FG_OK;
}

static fg_status io_args_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_value v;
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    for (char **word = fg_site_of(vm)->args; *word; word++) {
        if (!is_flag(*word))
            continue;
        fg_string *key = fg_make_key(vm, fg_slice_str(*word));
        FG_TRY(value_of(vm, word, &v));
        if (!key)
            return FG_NOMEM;
        FG_TRY(fg_object_set(&vm->heap, out->as.obj, key, &v));
    }
    return FG_OK;
}

static fg_status io_args_get(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value flag = fg_arg(argc, argv, 0);
    if (!fg_is_string(flag))
        return fg_raise(vm, FG_E_RUNTIME, "io.args_get() requires a flag string");
    char **word = find_flag(vm, flag);
    return word ? value_of(vm, word, out) : fg_give(out, fg_null());
}

static fg_status io_args_has(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value flag = fg_arg(argc, argv, 0);
    if (!fg_is_string(flag))
        return fg_raise(vm, FG_E_RUNTIME, "io.args_has() requires a flag string");
    return fg_give(out, fg_bool(find_flag(vm, flag) != NULL));
}

static const fg_member members[] = {
    FG_FN("io.prompt", io_prompt, FG_CAP_NONE,
          "(text = \"\"): prints text and reads a line of standard input"),
    FG_FN("io.print", io_print, FG_CAP_NONE,
          "(values...): prints the values, one space between, no newline"),
    FG_FN("io.args", io_args, FG_CAP_ENV, "(): the words of the command line"),
    FG_FN("io.args_parse", io_args_parse, FG_CAP_ENV,
          "(): the words that begin with -- and what follows each, or true"),
    FG_FN("io.args_get", io_args_get, FG_CAP_ENV,
          "(flag): the word behind flag, true without one, null without flag"),
    FG_FN("io.args_has", io_args_has, FG_CAP_ENV,
          "(flag): does the command line have this word?"),
};

const fg_module fg_io_module = { "io", FG_COUNT(members), members };

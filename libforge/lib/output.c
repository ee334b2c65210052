// SPDX-License-Identifier: Apache-2.0
/* Printing, all of standard input, and the end of the program. */
#include "lib/input.h"
#include "lib/lib.h"
#include "lib/unicode.h"

/* The display forms of all arguments, joined by one space. */
static void join_args(fg_bytes *b, int argc, const fg_value *argv)
{
    for (int i = 0; i < argc; i++) {
        if (i > 0)
            fg_bytes_char(b, ' ');
        fg_show(b, &argv[i]);
    }
}

/* Writes b with `end` behind it and drops it. */
static fg_status write_out(fg_vm *vm, fg_bytes *b, const char *end, fg_value *out)
{
    fg_bytes_str(b, end);
    fg_status status = b->failed ? FG_NOMEM : fg_write(vm, fg_bytes_view(b));
    fg_bytes_drop(b);
    fg_give(out, fg_null());
    return status;
}

static fg_status output_print(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    join_args(&b, argc, argv);
    return write_out(vm, &b, "", out);
}

static fg_status output_println(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    join_args(&b, argc, argv);
    return write_out(vm, &b, "\n", out);
}

static fg_status print_cased(fg_vm *vm, int argc, fg_value *argv, fg_value *out,
                             bool upper)
{
    fg_bytes text, b;
    fg_begin_text(vm, &text);
    fg_begin_text(vm, &b);
    join_args(&text, argc, argv);
    if (upper)
        fg_unicode_upper(&b, fg_bytes_view(&text));
    else
        fg_unicode_lower(&b, fg_bytes_view(&text));
    b.failed |= text.failed;
    fg_bytes_drop(&text);
    return write_out(vm, &b, "\n", out);
}

static fg_status output_yell(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return print_cased(vm, argc, argv, out, true);
}

static fg_status output_whisper(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return print_cased(vm, argc, argv, out, false);
}

static fg_status output_input(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    FG_TRY(fg_input_refuse(vm, "input()"));
    fg_begin_text(vm, &b);
    fg_status status = fg_input_rest(vm, &b);
    if (status != FG_OK) {
        fg_bytes_drop(&b);
        return status;
    }
    b.n = fg_unicode_trim(fg_bytes_view(&b), false, true).n;
    return fg_take_bytes(vm, &b, out);
}

static fg_status output_exit(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value code = fg_arg(argc, argv, 0);
    vm->exit_code = fg_is_int(code) ? (int)(uint32_t)(uint64_t)code.as.i : 0;
    fg_give(out, fg_null());
    return FG_EXIT;
}

const struct fg_output_natives fg_output_natives = {
    .exit = { "exit", output_exit, FG_CAP_NONE, "exit(code = 0): ends the program" },
    .input = { "input", output_input, FG_CAP_NONE,
               "input(): all of standard input without trailing whitespace" },
    .print = { "print", output_print, FG_CAP_NONE,
               "print(values...): prints the values, one space between, no newline" },
    .println = { "println", output_println, FG_CAP_NONE,
                 "println(values...): prints the values and a newline" },
    .say = { "say", output_println, FG_CAP_NONE, "say x: prints x and a newline" },
    .whisper = { "whisper", output_whisper, FG_CAP_NONE,
                 "whisper x: prints x in lower case" },
    .yell = { "yell", output_yell, FG_CAP_NONE, "yell x: prints x in upper case" },
};

// SPDX-License-Identifier: Apache-2.0
/* Commands of the system, and the current directory. */
#include "lib/file.h"
#include "lib/json.h"
#include "lib/lib.h"
#include "lib/process.h"
#include "lib/site.h"
#include "lib/unicode.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- running -------------------------------------------------------------------- */

/* What a command printed, and how it ended. */
typedef struct outcome {
    fg_bytes out, err;
    int status;
} outcome;

static void outcome_begin(const fg_vm *vm, outcome *o)
{
    fg_begin_text(vm, &o->out);
    fg_begin_text(vm, &o->err);
    o->status = -1;
}

static void outcome_drop(outcome *o)
{
    fg_bytes_drop(&o->out);
    fg_bytes_drop(&o->err);
}

/* The text of a command for the shell, terminated, in *text. */
static fg_status command_text(fg_vm *vm, const char *prefix, fg_slice s, fg_bytes *text)
{
    if (memchr(s.p, '\0', s.n))
        return fg_raise(vm, FG_E_RUNTIME, "%s: nul byte found in provided data",
                        prefix);
    fg_bytes_slice(text, s);
    fg_bytes_char(text, '\0');
    return text->failed ? FG_NOMEM : FG_OK;
}

/* Has the shell run a command; `out` and `err` say what is kept of its output. */
static fg_status run_shell(fg_vm *vm, const char *prefix, fg_slice command,
                           fg_slice input, bool out, bool err, outcome *o)
{
    static char shell[] = "/bin/sh", name[] = "sh", option[] = "-c";
    fg_bytes text;
    fg_begin_text(vm, &text);
    fg_status status = command_text(vm, prefix, command, &text);
    char *argv[] = { name, option, text.p, NULL };
    fg_command c = { .file = shell,
                     .argv = argv,
                     .input = input,
                     .out = out ? &o->out : NULL,
                     .err = err ? &o->err : NULL };
    if (status == FG_OK)
        status = fg_process_run(vm, prefix, &c, &o->status);
    fg_bytes_drop(&text);
    return status;
}

/* The output as text: valid UTF-8, perhaps without white space at its end. */
static fg_status give_text(fg_vm *vm, const fg_bytes *b, bool trimmed, fg_value *out)
{
    fg_bytes text;
    fg_begin_text(vm, &text);
    fg_put_valid(&text, fg_bytes_view(b));
    if (trimmed)
        text.n = fg_unicode_trim(fg_bytes_view(&text), false, true).n;
    return fg_take_bytes(vm, &text, out);
}

static fg_status give_outcome(fg_vm *vm, const outcome *o, fg_value *out)
{
    static const char *const names[] = { "stdout", "stderr", "status", "ok" };
    fg_value v[4] = { { 0 }, { 0 }, fg_int(o->status), fg_bool(o->status == 0) };
    FG_TRY(give_text(vm, &o->out, true, &v[0]));
    FG_TRY(give_text(vm, &o->err, true, &v[1]));
    return fg_give_object(out, fg_record(vm, names, v, 4));
}

/* Argument i as text, or the error of the function. */
static fg_status text_arg(fg_vm *vm, int argc, const fg_value *argv, int i,
                          const char *requires, fg_slice *s)
{
    fg_value v = fg_arg(argc, argv, i);
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "%s", requires);
    *s = fg_string_slice(v.as.str);
    return FG_OK;
}

/* What stdout of the command in argument 0 is, into out, a root. */
static fg_status capture(fg_vm *vm, int argc, const fg_value *argv,
                         const char *requires, const char *prefix, bool trimmed,
                         fg_value *out)
{
    fg_slice command;
    outcome o;
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &command));
    outcome_begin(vm, &o);
    fg_status status = run_shell(vm, prefix, command, FG_SLICE(""), true, false, &o);
    if (status == FG_OK)
        status = give_text(vm, &o.out, trimmed, out);
    outcome_drop(&o);
    return status;
}

static fg_status shell_sh(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return capture(vm, argc, argv, "sh() requires a command string", "sh error", true,
                   out);
}

static fg_status shell_sh_lines(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value *v = fg_scratch(vm, 2); /* the text, its lines */
    if (!v)
        return FG_NOMEM;
    FG_TRY(capture(vm, argc, argv, "sh_lines() requires a command string",
                   "sh_lines error", false, &v[0]));
    FG_TRY(fg_string_natives.lines.fn(vm, 1, &v[0], &v[1]));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < v[1].as.arr->len; i++) {
        fg_value line = fg_array_at(v[1].as.arr, i);
        if (line.as.str->len > 0)
            FG_TRY(fg_array_push(&vm->heap, out->as.arr, &line));
    }
    return FG_OK;
}

static fg_status shell_sh_json(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value *text = fg_scratch(vm, 1);
    if (!text)
        return FG_NOMEM;
    FG_TRY(capture(vm, argc, argv, "sh_json() requires a command string",
                   "sh_json error", true, text));
    FG_TRY(fg_work(vm, text->as.str->len));
    return fg_json_read_as(vm, "sh_json parse error", fg_string_slice(text->as.str),
                           out);
}

static fg_status shell_sh_ok(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice command;
    outcome o;
    FG_TRY(text_arg(vm, argc, argv, 0, "sh_ok() requires a command string", &command));
    outcome_begin(vm, &o);
    FG_TRY(run_shell(vm, "sh_ok error", command, FG_SLICE(""), false, false, &o));
    return fg_give(out, fg_bool(o.status == 0));
}

/* The whole outcome of a command for the shell. */
static fg_status observe(fg_vm *vm, const char *prefix, fg_slice command,
                         fg_slice input, fg_value *out)
{
    outcome o;
    outcome_begin(vm, &o);
    fg_status status = run_shell(vm, prefix, command, input, true, true, &o);
    if (status == FG_OK)
        status = give_outcome(vm, &o, out);
    outcome_drop(&o);
    return status;
}

static fg_status shell_shell(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice command;
    FG_TRY(text_arg(vm, argc, argv, 0, "shell() requires a command string", &command));
    return observe(vm, "shell error", command, FG_SLICE(""), out);
}

static fg_status shell_pipe_to(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char requires[] = "pipe_to() requires (data_string, command_string)";
    fg_slice data, command;
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &data));
    FG_TRY(text_arg(vm, argc, argv, 1, requires, &command));
    return observe(vm, "pipe_to error", command, data, out);
}

/* ---- without the shell ---------------------------------------------------------- */

/* The words of a command, terminated one behind the other in *text, and their list,
 * malloc'ed: NULL without memory. */
static char **split_words(fg_slice command, fg_bytes *text, uint32_t *n)
{
    fg_slice word;
    for (*n = 0; fg_unicode_word(&command, &word); ++*n) {
        fg_bytes_slice(text, word);
        fg_bytes_char(text, '\0');
    }
    char **list = text->failed ? NULL : calloc(*n + 1u, sizeof *list), *at = text->p;
    for (uint32_t i = 0; list && i < *n; i++, at += strlen(at) + 1)
        list[i] = at;
    return list;
}

static fg_status run_words(fg_vm *vm, fg_slice command, outcome *o)
{
    fg_bytes text, path;
    uint32_t n;
    fg_status status = FG_OK;
    fg_begin_text(vm, &text);
    fg_bytes_init(&path);
    char **argv = split_words(command, &text, &n);
    if (!argv)
        status = FG_NOMEM;
    else if (n == 0)
        status =
            fg_raise(vm, FG_E_RUNTIME, "run_command() requires a non-empty command");
    else if (!fg_process_find(vm, fg_slice_str(argv[0]), &path))
        status = fg_file_raise(vm, "command error", NULL, ENOENT);
    fg_command c = { .file = path.p, .argv = argv, .out = &o->out, .err = &o->err };
    if (status == FG_OK)
        status = fg_process_run(vm, "command error", &c, &o->status);
    free(argv);
    fg_bytes_drop(&path);
    fg_bytes_drop(&text);
    return status;
}

static fg_status shell_run_command(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice command;
    outcome o;
    FG_TRY(text_arg(vm, argc, argv, 0, "run_command() requires a command string",
                    &command));
    if (memchr(command.p, '\0', command.n))
        return fg_raise(vm, FG_E_RUNTIME,
                        "command error: nul byte found in provided data");
    outcome_begin(vm, &o);
    fg_status status = run_words(vm, command, &o);
    if (status == FG_OK)
        status = give_outcome(vm, &o, out);
    outcome_drop(&o);
    return status;
}

static fg_status shell_which(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice name;
    fg_bytes path;
    /* What a server has installed is nobody's business. */
    if (fg_site_of(vm)->hosted && !(vm->env.caps & FG_CAP_EXEC))
        return fg_denied(vm, "which", FG_CAP_EXEC);
    FG_TRY(text_arg(vm, argc, argv, 0, "which() requires a command name", &name));
    fg_bytes_init(&path);
    fg_give(out, fg_null());
    fg_status status = FG_OK;
    if (fg_process_find(vm, name, &path))
        status = fg_make_string(vm, fg_slice_of(path.p, path.n - 1), out);
    fg_bytes_drop(&path);
    return status;
}

/* ---- the current directory ------------------------------------------------------ */

static fg_status shell_cwd(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    char path[PATH_MAX];
    const fg_site *s = fg_site_of(vm);
    if (s->root)
        return fg_make_string(vm, fg_slice_str(s->root), out);
    if (!getcwd(path, sizeof path))
        return fg_file_raise(vm, "cwd error", NULL, errno);
    return fg_make_string(vm, fg_slice_str(path), out);
}

static fg_status shell_cd(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    fg_slice path;
    char name[PATH_MAX];
    FG_TRY(fg_site_refuse(vm, "cd()",
                          "paths begin in the application's directory: write them in "
                          "full"));
    FG_TRY(text_arg(vm, argc, argv, 0, "cd() requires a path string", &path));
    if (path.n >= sizeof name)
        return fg_file_raise(vm, "cd error", NULL, ENAMETOOLONG);
    if (memchr(path.p, '\0', path.n))
        return fg_file_raise(vm, "cd error", NULL, FG_FILE_NUL);
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    if (chdir(name) < 0)
        return fg_file_raise(vm, "cd error", NULL, errno);
    return fg_give(out, v);
}

const struct fg_shell_natives fg_shell_natives = {
    .cd = { "cd", shell_cd, FG_CAP_FS_READ, "cd(path): changes the current directory" },
    .cwd = { "cwd", shell_cwd, FG_CAP_FS_READ, "cwd(): the current directory" },
    .pipe_to = { "pipe_to", shell_pipe_to, FG_CAP_EXEC,
                 "pipe_to(data, command): what a command makes of data" },
    .run_command = { "run_command", shell_run_command, FG_CAP_EXEC,
                     "run_command(command): what a program says, without the shell" },
    .sh = { "sh", shell_sh, FG_CAP_EXEC, "sh(command): what a command prints" },
    .sh_json = { "sh_json", shell_sh_json, FG_CAP_EXEC,
                 "sh_json(command): the value of the JSON that a command prints" },
    .sh_lines = { "sh_lines", shell_sh_lines, FG_CAP_EXEC,
                  "sh_lines(command): the lines a command prints, without empty ones" },
    .sh_ok = { "sh_ok", shell_sh_ok, FG_CAP_EXEC,
               "sh_ok(command): does a command succeed?" },
    .shell = { "shell", shell_shell, FG_CAP_EXEC,
               "shell(command): what a command prints, its errors, and its status" },
    .which = { "which", shell_which, FG_CAP_NONE,
               "which(name): the path of a program, or null" },
};

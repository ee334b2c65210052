// SPDX-License-Identifier: Apache-2.0
/* The fs module: files of the program (file.h says where paths may lead). */
#include "lib/env.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/lib.h"
#include "lib/path.h"
#include "lib/site.h"

#include <errno.h>
#include <stdio.h>

/* Argument i as text, or an error that says what the function requires. */
static fg_status text_arg(fg_vm *vm, int argc, const fg_value *argv, int i,
                          const char *requires, fg_slice *text)
{
    fg_value v = fg_arg(argc, argv, i);
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "%s", requires);
    *text = fg_string_slice(v.as.str);
    return FG_OK;
}

static fg_status two_texts(fg_vm *vm, int argc, const fg_value *argv,
                           const char *requires, fg_slice text[2])
{
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &text[0]));
    return text_arg(vm, argc, argv, 1, requires, &text[1]);
}

/* ---- content -------------------------------------------------------------------- */

static fg_status fs_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.read() requires a file path string", &path));
    return fg_file_read(vm, "fs.read error", path, out);
}

static fg_status fs_lines(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(
        text_arg(vm, argc, argv, 0, "fs.lines() requires a file path string", &path));
    fg_value *text = fg_scratch(vm, 1);
    if (!text)
        return FG_NOMEM;
    FG_TRY(fg_file_read(vm, "fs.lines error", path, text));
    return fg_string_natives.lines.fn(vm, 1, text, out);
}

static fg_status fs_read_json(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.read_json() requires a file path string",
                    &path));
    fg_value *text = fg_scratch(vm, 1);
    if (!text)
        return FG_NOMEM;
    FG_TRY(fg_file_read(vm, "fs.read_json error", path, text));
    FG_TRY(fg_work(vm, text->as.str->len));
    return fg_json_read_as(vm, "fs.read_json parse error",
                           fg_string_slice(text->as.str), out);
}

static fg_status fs_write(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    FG_TRY(two_texts(vm, argc, argv, "fs.write() requires (path, content) strings", s));
    fg_give(out, fg_null());
    return fg_file_write(vm, "fs.write error", s[0], s[1]);
}

static fg_status fs_append(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    FG_TRY(
        two_texts(vm, argc, argv, "fs.append() requires (path, content) strings", s));
    fg_give(out, fg_null());
    return fg_file_append(vm, "fs.append error", s[0], s[1]);
}

static fg_status fs_write_json(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    static const char requires[] = "fs.write_json() requires (path, value)";
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &path));
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "%s", requires);
    FG_TRY(fg_json_write(vm, &argv[1], FG_JSON_INDENT, out));
    fg_status status =
        fg_file_write(vm, "fs.write_json error", path, fg_string_slice(out->as.str));
    fg_give(out, fg_null());
    return status;
}

static fg_status fs_copy(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    int64_t n;
    FG_TRY(two_texts(vm, argc, argv, "fs.copy() requires (source, destination) strings",
                     s));
    FG_TRY(fg_file_copy(vm, "fs.copy error", s[0], s[1], &n));
    return fg_give(out, fg_int(n));
}

/* ---- what there is -------------------------------------------------------------- */

/* Looks at argument 0; false: there is nothing to be seen. */
static fg_status look(fg_vm *vm, int argc, const fg_value *argv, const char *requires,
                      struct stat *st, bool *seen)
{
    fg_slice path;
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &path));
    *seen = fg_file_stat(vm, path, st) == 0;
    return FG_OK;
}

static fg_status fs_exists(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    struct stat st;
    bool seen;
    FG_TRY(look(vm, argc, argv, "fs.exists() requires a file path string", &st, &seen));
    return fg_give(out, fg_bool(seen));
}

static fg_status fs_is_dir(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    struct stat st;
    bool seen;
    FG_TRY(look(vm, argc, argv, "fs.is_dir() requires a path string", &st, &seen));
    return fg_give(out, fg_bool(seen && S_ISDIR(st.st_mode)));
}

static fg_status fs_is_file(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    struct stat st;
    bool seen;
    FG_TRY(look(vm, argc, argv, "fs.is_file() requires a path string", &st, &seen));
    return fg_give(out, fg_bool(seen && S_ISREG(st.st_mode)));
}

/* Facts about argument 0, or the error of the function. */
static fg_status facts(fg_vm *vm, int argc, const fg_value *argv, const char *requires,
                       const char *prefix, struct stat *st)
{
    fg_slice path;
    fg_filepath p;
    FG_TRY(text_arg(vm, argc, argv, 0, requires, &path));
    int error = fg_file_stat(vm, path, st);
    if (error == 0)
        return FG_OK;
    fg_filepath_find(vm, path, false, &p); /* for the text about bounds */
    fg_status status = fg_file_raise(vm, prefix, &p, error);
    fg_filepath_drop(&p);
    return status;
}

static fg_status fs_size(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    struct stat st;
    FG_TRY(facts(vm, argc, argv, "fs.size() requires a file path string",
                 "fs.size error", &st));
    return fg_give(out, fg_int(st.st_size));
}

static fg_status fs_modified(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    struct stat st;
    FG_TRY(facts(vm, argc, argv, "fs.modified() requires a file path string",
                 "fs.modified error", &st));
    return fg_give(out, fg_int(st.st_mtim.tv_sec));
}

static fg_status fs_list(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.list() requires a directory path string",
                    &path));
    fg_value *names = fg_scratch(vm, 1);
    if (!names)
        return FG_NOMEM;
    FG_TRY(fg_file_list(vm, "fs.list error", path, names));
    return fg_sort_natives.sort.fn(vm, 1, names, out);
}

/* ---- changing what there is ----------------------------------------------------- */

static fg_status fs_mkdir(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.mkdir() requires a directory path string",
                    &path));
    fg_give(out, fg_null());
    return fg_file_mkdir(vm, "fs.mkdir error", path);
}

static fg_status fs_remove(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice path;
    FG_TRY(
        text_arg(vm, argc, argv, 0, "fs.remove() requires a file path string", &path));
    fg_give(out, fg_null());
    return fg_file_remove(vm, "fs.remove error", path);
}

static fg_status fs_rename(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    FG_TRY(two_texts(vm, argc, argv,
                     "fs.rename() requires (old_path, new_path) strings", s));
    fg_give(out, fg_null());
    return fg_file_rename(vm, "fs.rename error", s[0], s[1]);
}

/* ---- paths as text -------------------------------------------------------------- */

static fg_status fs_ext(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.ext() requires a file path string", &s));
    FG_TRY(fg_work(vm, s.n));
    FG_TRY(fg_path_extension(vm, fg_arg(argc, argv, 0).as.str, out));
    fg_string *ext = out->as.str; /* with its dot */
    return ext->len == 0
               ? FG_OK
               : fg_give_object(out, fg_string_part(&vm->heap, ext, 1, ext->len - 1));
}

static fg_status fs_dirname(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.dirname() requires a path string", &s));
    FG_TRY(fg_work(vm, s.n));
    return fg_path_parent(vm, fg_arg(argc, argv, 0).as.str, out);
}

static fg_status fs_basename(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    FG_TRY(text_arg(vm, argc, argv, 0, "fs.basename() requires a path string", &s));
    FG_TRY(fg_work(vm, s.n));
    return fg_path_name(vm, fg_arg(argc, argv, 0).as.str, out);
}

static fg_status fs_join_path(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    FG_TRY(two_texts(vm, argc, argv, "fs.join_path() requires two path strings", s));
    FG_TRY(fg_work(vm, (uint64_t)s[0].n + s[1].n));
    return fg_path_join(vm, s, 2, out);
}

/* A program that is confined has one of its own, which is made when it is asked for. */
static fg_status fs_temp_dir(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    const fg_site *site = fg_site_of(vm);
    fg_slice dir;
    bool named = fg_env_get(vm, FG_SLICE("TMPDIR"), &dir) && dir.n > 0;
    struct stat st;
    if (!site->root)
        return fg_make_string(vm, named ? dir : FG_SLICE("/tmp"), out);
    if (named && fg_file_stat(vm, dir, &st) == 0 && S_ISDIR(st.st_mode))
        return fg_make_string(vm, dir, out);
    const fg_slice parts[] = { fg_slice_str(site->root), FG_SLICE("tmp") };
    FG_TRY(fg_path_join(vm, parts, 2, out));
    if (vm->env.caps & FG_CAP_FS_WRITE)
        return fg_file_mkdir(vm, "fs.temp_dir error", fg_string_slice(out->as.str));
    return FG_OK;
}

static const fg_member members[] = {
    FG_FN("fs.read", fs_read, FG_CAP_FS_READ, "(path): the content of a file"),
    FG_FN("fs.write", fs_write, FG_CAP_FS_WRITE,
          "(path, text): makes a file with this content, or replaces it"),
    FG_FN("fs.append", fs_append, FG_CAP_FS_WRITE,
          "(path, text): adds to the end of a file"),
    FG_FN("fs.exists", fs_exists, FG_CAP_FS_READ, "(path): is there such a file?"),
    FG_FN("fs.list", fs_list, FG_CAP_FS_READ,
          "(path): the names in a directory, in order"),
    FG_FN("fs.remove", fs_remove, FG_CAP_FS_WRITE,
          "(path): removes a file, or a directory with all that is in it"),
    FG_FN("fs.mkdir", fs_mkdir, FG_CAP_FS_WRITE,
          "(path): makes a directory and those above it"),
    FG_FN("fs.copy", fs_copy, FG_CAP_FS_READ | FG_CAP_FS_WRITE,
          "(from, to): copies a file; how many bytes it has"),
    FG_FN("fs.rename", fs_rename, FG_CAP_FS_WRITE,
          "(old, new): gives a file another path"),
    FG_FN("fs.size", fs_size, FG_CAP_FS_READ, "(path): bytes of a file"),
    FG_FN("fs.modified", fs_modified, FG_CAP_FS_READ,
          "(path): when its content changed, in seconds since 1970"),
    FG_FN("fs.ext", fs_ext, FG_CAP_NONE,
          "(path): what follows the last dot of its name"),
    FG_FN("fs.read_json", fs_read_json, FG_CAP_FS_READ,
          "(path): the value that a JSON file describes"),
    FG_FN("fs.write_json", fs_write_json, FG_CAP_FS_WRITE,
          "(path, value): writes a JSON file"),
    FG_FN("fs.lines", fs_lines, FG_CAP_FS_READ, "(path): the lines of a file"),
    FG_FN("fs.dirname", fs_dirname, FG_CAP_NONE, "(path): path without its last name"),
    FG_FN("fs.basename", fs_basename, FG_CAP_NONE, "(path): the last name in path"),
    FG_FN("fs.join_path", fs_join_path, FG_CAP_NONE,
          "(a, b): both with a slash between"),
    FG_FN("fs.is_dir", fs_is_dir, FG_CAP_FS_READ, "(path): is it a directory?"),
    FG_FN("fs.is_file", fs_is_file, FG_CAP_FS_READ, "(path): is it a regular file?"),
    FG_FN("fs.temp_dir", fs_temp_dir, FG_CAP_ENV,
          "(): a directory for files that are soon removed"),
};

const fg_module fg_fs_module = { "fs", FG_COUNT(members), members };

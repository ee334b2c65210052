// SPDX-License-Identifier: Apache-2.0
/* The path module.  All but resolve and relative look at the text alone: a path is bytes,
 * cut at slashes.  Components that are empty or "." mean nothing, except a "." in front
 * of a relative path; ".." is a component like any other, since what it leads to depends
 * on links. */
#include "lib/path.h"

#include "lib/file.h"
#include "lib/lib.h"

static bool is_absolute(fg_slice p) { return p.n > 0 && p.p[0] == '/'; }

/* Argument i as a string, or the error that tells what it is instead. */
static fg_status string_arg(fg_vm *vm, int argc, const fg_value *argv, int i,
                            const char *name, fg_string **s)
{
    fg_value v = fg_arg(argc, argv, i);
    *s = v.as.str;
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME,
                        "path.%s() argument %d must be a string, got %s", name, i + 1,
                        fg_type_name(&v));
    return FG_OK;
}

/* The first n arguments, all of them strings. */
static fg_status strings(fg_vm *vm, int argc, const fg_value *argv, int n,
                         const char *name, fg_string **s)
{
    if (argc < n)
        return fg_raise(vm, FG_E_RUNTIME, "path.%s() requires at least %d argument(s)",
                        name, n);
    for (int i = 0; i < n; i++)
        FG_TRY(string_arg(vm, argc, argv, i, name, &s[i]));
    return FG_OK;
}

/* ---- cutting -------------------------------------------------------------------- */

/* Length of the first n bytes of p, which end a component, without meaningless components
 * at their end. */
static uint32_t trimmed(fg_slice p, uint32_t n)
{
    bool here = p.n > 0 && p.p[0] == '.' && (p.n == 1 || p.p[1] == '/');
    uint32_t head = is_absolute(p) || here;
    while (n > head
           && (p.p[n - 1] == '/' || (n > 1 && p.p[n - 1] == '.' && p.p[n - 2] == '/')))
        n--;
    return n;
}

/* The last component is [from, end); empty if there is none. */
static void last_component(fg_slice p, uint32_t *from, uint32_t *end)
{
    uint32_t root = is_absolute(p);
    *end = trimmed(p, p.n);
    *from = *end;
    while (*from > root && p.p[*from - 1] != '/')
        --*from;
}

/* The same if it is a name, not "." or ".."; else it is empty. */
static void file_name(fg_slice p, uint32_t *from, uint32_t *end)
{
    last_component(p, from, end);
    fg_slice name = fg_slice_of(p.p + *from, *end - *from);
    if (fg_slice_eq(name, FG_SLICE(".")) || fg_slice_eq(name, FG_SLICE("..")))
        *from = *end;
}

fg_status fg_path_parent(fg_vm *vm, fg_string *p, fg_value *out)
{
    uint32_t from, end;
    fg_slice s = fg_string_slice(p);
    last_component(s, &from, &end);
    uint32_t n = from < end ? trimmed(s, from) : 0;
    return fg_give_object(out, fg_string_part(&vm->heap, p, 0, n));
}

fg_status fg_path_name(fg_vm *vm, fg_string *p, fg_value *out)
{
    uint32_t from, end;
    file_name(fg_string_slice(p), &from, &end);
    return fg_give_object(out, fg_string_part(&vm->heap, p, from, end - from));
}

fg_status fg_path_extension(fg_vm *vm, fg_string *p, fg_value *out)
{
    uint32_t from, end;
    file_name(fg_string_slice(p), &from, &end);
    uint32_t dot = end;
    while (dot > from && p->bytes[dot - 1] != '.')
        dot--;
    /* A name that only begins with a dot has no extension. */
    uint32_t at = dot > from + 1 ? dot - 1 : end;
    return fg_give_object(out, fg_string_part(&vm->heap, p, at, end - at));
}

static fg_status path_dirname(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(strings(vm, argc, argv, 1, "dirname", &s));
    FG_TRY(fg_work(vm, s->len));
    return fg_path_parent(vm, s, out);
}

static fg_status path_basename(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(strings(vm, argc, argv, 1, "basename", &s));
    FG_TRY(fg_work(vm, s->len));
    return fg_path_name(vm, s, out);
}

static fg_status path_extname(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(strings(vm, argc, argv, 1, "extname", &s));
    FG_TRY(fg_work(vm, s->len));
    return fg_path_extension(vm, s, out);
}

static fg_status path_is_absolute(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(strings(vm, argc, argv, 1, "is_absolute", &s));
    return fg_give(out, fg_bool(is_absolute(fg_string_slice(s))));
}

/* ---- joining -------------------------------------------------------------------- */

/* Appends a part, with a slash between. */
static void append(fg_bytes *b, fg_slice part)
{
    if (b->n > 0 && b->p[b->n - 1] != '/')
        fg_bytes_char(b, '/');
    fg_bytes_slice(b, part);
}

fg_status fg_path_join(fg_vm *vm, const fg_slice *parts, uint32_t n, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    for (uint32_t i = 0; i < n; i++) {
        if (is_absolute(parts[i]))
            b.n = 0;
        append(&b, parts[i]);
    }
    return fg_take_bytes(vm, &b, out);
}

static fg_status path_join(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int first = 0;
    for (int i = 0; i < argc; i++) {
        fg_string *s;
        FG_TRY(string_arg(vm, argc, argv, i, "join", &s));
        FG_TRY(fg_work(vm, s->len));
        if (is_absolute(fg_string_slice(s)))
            first = i;
    }
    fg_bytes b;
    fg_begin_text(vm, &b);
    for (int i = first; i < argc; i++)
        append(&b, fg_string_slice(fg_arg(argc, argv, i).as.str));
    return fg_take_bytes(vm, &b, out);
}

/* ---- real paths ----------------------------------------------------------------- */

/* The real path of argument i, or an error behind `prefix`. */
static fg_status find_real(fg_vm *vm, const char *prefix, fg_string *s,
                           char real[PATH_MAX])
{
    fg_filepath p;
    fg_bytes b;
    int error = fg_filepath_find(vm, fg_string_slice(s), false, &p);
    if (error == 0)
        error = fg_filepath_real(&p, real);
    fg_filepath_drop(&p);
    if (error == 0)
        return FG_OK;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, prefix, (int)s->len, s->bytes);
    fg_bytes_char(&b, '\0');
    fg_status status = b.failed ? FG_NOMEM : fg_file_raise(vm, b.p, &p, error);
    fg_bytes_drop(&b);
    return status;
}

static fg_status path_resolve(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    char real[PATH_MAX];
    FG_TRY(strings(vm, argc, argv, 1, "resolve", &s));
    FG_TRY(find_real(vm, "path.resolve('%.*s') failed", s, real));
    return fg_make_string(vm, fg_slice_str(real), out);
}

/* Writes the way from one real path to another. */
static void write_way(fg_bytes *b, const char *from, const char *to)
{
    size_t shared = 0; /* bytes of the components that both begin with */
    for (size_t i = 0;; i++) {
        if ((!from[i] || from[i] == '/') && (!to[i] || to[i] == '/'))
            shared = i;
        if (!from[i] || from[i] != to[i])
            break;
    }
    for (const char *p = from + shared; *p; p++)
        if (*p == '/' && p[1])
            append(b, FG_SLICE(".."));
    to += shared;
    to += *to == '/';
    if (*to)
        append(b, fg_slice_str(to));
    if (b->n == 0)
        fg_bytes_char(b, '.');
}

static fg_status path_relative(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s[2];
    char real[2][PATH_MAX];
    FG_TRY(strings(vm, argc, argv, 2, "relative", s));
    for (int i = 0; i < 2; i++)
        FG_TRY(find_real(vm, "path.relative(): cannot resolve '%.*s'", s[i], real[i]));
    fg_bytes b;
    fg_begin_text(vm, &b);
    write_way(&b, real[0], real[1]);
    return fg_take_bytes(vm, &b, out);
}

static const fg_member members[] = {
    FG_FN("path.join", path_join, FG_CAP_NONE,
          "(parts...): the parts with slashes between"),
    FG_FN("path.resolve", path_resolve, FG_CAP_FS_READ,
          "(p): the absolute path of what exists, without links"),
    FG_FN("path.relative", path_relative, FG_CAP_FS_READ,
          "(from, to): the way between two that exist"),
    FG_FN("path.is_absolute", path_is_absolute, FG_CAP_NONE,
          "(p): does p begin at the root?"),
    FG_FN("path.dirname", path_dirname, FG_CAP_NONE, "(p): p without its last name"),
    FG_FN("path.basename", path_basename, FG_CAP_NONE, "(p): the last name in p"),
    FG_FN("path.extname", path_extname, FG_CAP_NONE,
          "(p): the last name from its last dot on"),
    FG_CONST("path.separator", .text = "/",
             ": what stands between the names of a path"),
};

const fg_module fg_path_module = { "path", FG_COUNT(members), members };

// SPDX-License-Identifier: Apache-2.0
/* The env module.  What a program sets is an object that is remembered with it, so what
 * the top level sets is there in every fork. */
#include "lib/env.h"

#include "base/utf8.h"
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/site.h"

#include <stdio.h>

#define FILE_DEFAULT ".env"
#define PARENTS_MAX 64 /* directories above the current one that are searched */

/* ---- the table ------------------------------------------------------------------ */

/* What the program set itself, or NULL. */
static fg_object *own(const fg_vm *vm)
{
    fg_value v;
    return fg_recall(vm, "env", &v) ? v.as.obj : NULL;
}

/* Name and value of "NAME=value"; false: it is no text that programs can see. */
static bool cut(const char *var, fg_slice *name, fg_slice *value)
{
    const char *is = strchr(var, '=');
    if (!is || is == var || strlen(var) > FG_MAX_LEN)
        return false;
    *name = fg_slice_of(var, (size_t)(is - var));
    *value = fg_slice_str(is + 1);
    return fg_utf8_valid(*name) && fg_utf8_valid(*value);
}

bool fg_env_get(const fg_vm *vm, fg_slice name, fg_slice *value)
{
    fg_object *set = own(vm);
    fg_value *v = set ? fg_object_find_slice(set, name) : NULL;
    if (v) {
        *value = fg_string_slice(v->as.str);
        return true;
    }
    for (char **var = fg_site_of(vm)->vars; *var; var++) {
        fg_slice found;
        if (strncmp(*var, name.p, name.n) == 0 && (*var)[name.n] == '='
            && cut(*var, &found, value) && found.n == name.n)
            return true;
    }
    return false;
}

bool fg_env_name(fg_slice name)
{
    return name.n > 0 && !memchr(name.p, '=', name.n) && !memchr(name.p, '\0', name.n);
}

fg_status fg_env_set(fg_vm *vm, fg_slice name, fg_slice value)
{
    fg_value all, v;
    fg_heap *h = &vm->heap;
    bool any = fg_recall(vm, "env", &all);
    if (!any || !fg_unique(all)) {
        FG_TRY(fg_give_object(&all, any ? fg_object_copy(h, all.as.obj, 1)
                                        : fg_object_empty(h, 1)));
        FG_TRY(fg_remember(vm, "env", &all));
    }
    fg_string *key = fg_make_key(vm, name);
    FG_TRY(fg_make_string(vm, value, &v));
    return key ? fg_object_set(h, all.as.obj, key, &v) : FG_NOMEM;
}

fg_status fg_env_each(const fg_vm *vm,
                      fg_status (*fn)(void *ctx, fg_slice name, fg_slice value),
                      void *ctx)
{
    fg_object *set = own(vm);
    fg_slice name, value;
    for (char **var = fg_site_of(vm)->vars; *var; var++)
        if (cut(*var, &name, &value) && !(set && fg_object_find_slice(set, name)))
            FG_TRY(fn(ctx, name, value));
    for (uint32_t i = 0; set && i < set->keys->n; i++)
        FG_TRY(fn(ctx, fg_string_slice(set->keys->names[i]),
                  fg_string_slice(set->slots[i].as.str)));
    return FG_OK;
}

/* ---- the module ----------------------------------------------------------------- */

static fg_status env_get(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value key = fg_arg(argc, argv, 0), other = fg_arg(argc, argv, 1);
    fg_slice value;
    if (!fg_is_string(key))
        return fg_raise(vm, FG_E_RUNTIME, "env.get() requires a string key");
    if (fg_env_get(vm, fg_string_slice(key.as.str), &value))
        return fg_make_string(vm, value, out);
    return fg_give(out, fg_is_string(other) ? other : fg_null());
}

static fg_status env_has(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value key = fg_arg(argc, argv, 0);
    fg_slice value;
    if (!fg_is_string(key))
        return fg_raise(vm, FG_E_RUNTIME, "env.has() requires a string key");
    return fg_give(out, fg_bool(fg_env_get(vm, fg_string_slice(key.as.str), &value)));
}

static fg_status env_set(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value key = fg_arg(argc, argv, 0), value = fg_arg(argc, argv, 1);
    if (!fg_is_string(key) || !fg_is_string(value))
        return fg_raise(vm, FG_E_RUNTIME, "env.set() requires (key, value) strings");
    fg_slice name = fg_string_slice(key.as.str), text = fg_string_slice(value.as.str);
    if (!fg_env_name(name)) {
        fg_raise(vm, FG_E_RUNTIME, "env.set() cannot set a variable of this name");
        return fg_hint(vm, "names are not empty and have no '=' and no NUL byte");
    }
    if (memchr(text.p, '\0', text.n))
        return fg_raise(vm, FG_E_RUNTIME,
                        "env.set() cannot set a value with a NUL byte");
    fg_give(out, fg_null());
    return fg_env_set(vm, name, text);
}

typedef struct collected {
    fg_vm *vm;
    fg_value *out;
} collected;

static fg_status add_name(void *ctx, fg_slice name, fg_slice value)
{
    (void)value;
    collected *c = ctx;
    fg_value v;
    FG_TRY(fg_make_string(c->vm, name, &v));
    return fg_array_push(&c->vm->heap, c->out->as.arr, &v);
}

static fg_status env_keys(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    collected c = { vm, out };
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    return fg_env_each(vm, add_name, &c);
}

static fg_status add_member(void *ctx, fg_slice name, fg_slice value)
{
    collected *c = ctx;
    fg_value v;
    fg_string *key = fg_make_key(c->vm, name);
    FG_TRY(fg_make_string(c->vm, value, &v));
    return key ? fg_object_set(&c->vm->heap, c->out->as.obj, key, &v) : FG_NOMEM;
}

static fg_status env_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    collected c = { vm, out };
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    return fg_env_each(vm, add_member, &c);
}

/* Where the file lies: at its path, or where nothing bounds the program, the same path in
 * a directory above the current one.  False: nowhere. */
static bool find_file(fg_vm *vm, fg_slice name, fg_bytes *path)
{
    fg_slice base;
    struct stat st;
    const fg_site *s = fg_site_of(vm);
    bool bound = s->root || s->base
                 || (fg_env_get(vm, FG_SLICE("FORGE_FS_BASE"), &base) && base.n > 0);
    bool here = bound || (name.n > 0 && name.p[0] == '/');
    for (int up = 0; up <= (here ? 0 : PARENTS_MAX); up++) {
        path->n = 0;
        for (int i = 0; i < up; i++)
            fg_bytes_str(path, "../");
        fg_bytes_slice(path, name);
        if (path->failed || path->n >= PATH_MAX)
            return false;
        if (fg_file_stat(vm, fg_bytes_view(path), &st) == 0 && S_ISREG(st.st_mode))
            return true;
    }
    return false;
}

static fg_status load(fg_vm *vm, fg_slice name, fg_value *out)
{
    fg_bytes path;
    fg_bytes_init(&path);
    fg_status status = FG_OK;
    if (find_file(vm, name, &path))
        status = fg_file_read(vm, "env.load() error", fg_bytes_view(&path), out);
    else
        status = fg_raise(vm, FG_E_RUNTIME, "env.load() error: path not found");
    fg_bytes_drop(&path);
    if (status == FG_OK)
        status = fg_env_read(vm, "env.load() error", fg_string_slice(out->as.str));
    return status;
}

static fg_status env_load(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value file = fg_arg(argc, argv, 0);
    bool named = fg_is_string(file)
                 && !fg_slice_eq(fg_string_slice(file.as.str), FG_SLICE(FILE_DEFAULT));
    fg_status status =
        load(vm, named ? fg_string_slice(file.as.str) : FG_SLICE(FILE_DEFAULT), out);
    if (status == FG_RAISED && !named) {
        fg_error_clear(vm);
        return fg_give(out, fg_bool(false));
    }
    FG_TRY(status);
    return fg_give(out, fg_bool(true));
}

static const fg_member members[] = {
    FG_FN("env.get", env_get, FG_CAP_ENV,
          "(key, default?): the value of a variable, or the default"),
    FG_FN("env.set", env_set, FG_CAP_ENV,
          "(key, value): sets a variable for this program and what it starts"),
    FG_FN("env.has", env_has, FG_CAP_ENV, "(key): is the variable set?"),
    FG_FN("env.keys", env_keys, FG_CAP_ENV, "(): the names of all variables"),
    FG_FN("env.all", env_all, FG_CAP_ENV, "(): all variables as an object"),
    FG_FN("env.load", env_load, FG_CAP_ENV | FG_CAP_FS_READ,
          "(file = \".env\"): sets variables from NAME=value lines"),
};

const fg_module fg_env_module = { "env", FG_COUNT(members), members };

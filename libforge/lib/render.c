// SPDX-License-Identifier: Apache-2.0
/* render(): templates in files, which the site keeps compiled (page_cache.h).
 *
 * Every file is opened where files of scripts are, so none is outside of what the program
 * may read.  Where there is no root, what a path means depends on FORGE_FS_BASE and the
 * current directory too, so templates are kept by all three. */
#include "lib/env.h"
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/page_cache.h"
#include "lib/site.h"

#include "base/utf8.h"
#include "run/fiber.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

/* Reads the files of one template. */
typedef struct reader {
    fg_vm *vm;
    fg_status status; /* why reading was given up, beside errors of files */
    fg_bytes text;    /* of the template */
    fg_bytes part;    /* of the file that is included */
    uint32_t nstamps;
    fg_page_stamp stamps[FG_PAGE_FILES];
} reader;

/* ---- reading -------------------------------------------------------------------- */

/* Reads a file into `text`: an error, or 0 with r->status; then the caller drops it. */
static int read_file(reader *r, fg_slice path, fg_filepath *p, fg_bytes *text)
{
    struct stat st;
    struct timespec now;
    int error = fg_filepath_find(r->vm, path, false, p);
    if (error)
        return error;
    clock_gettime(CLOCK_REALTIME, &now);
    fg_begin_text(r->vm, text);
    /* one byte more shows that it is too long */
    r->status = fg_filepath_read(r->vm, p, FG_PAGE_TEXT_MAX + 1, text, &st, &error);
    if (error == 0 && r->status == FG_OK)
        r->stamps[r->nstamps++] = fg_page_stamp_of(&st, now.tv_sec);
    if (error)
        fg_bytes_drop(text);
    return error;
}

static bool open_part(void *ctx, const char *path, fg_page_file *out)
{
    reader *r = ctx;
    fg_filepath p;
    int error = read_file(r, fg_slice_str(path), &p, &r->part);
    if (error) {
        fg_bytes why;
        fg_bytes_init(&why);
        fg_file_reason(&p, error, &why);
        snprintf(out->why, sizeof out->why, "%.*s",
                 (int)fg_utf8_fit(fg_bytes_view(&why), sizeof out->why - 1), why.p);
        fg_bytes_drop(&why);
    }
    fg_filepath_drop(&p);
    if (!error && r->status == FG_OK) {
        out->text = fg_bytes_view(&r->part);
        return true;
    }
    if (!error)
        fg_bytes_drop(&r->part);
    return false;
}

static void close_part(void *ctx, fg_page_file *file)
{
    reader *r = ctx;
    (void)file;
    fg_bytes_drop(&r->part);
}

static fg_status no_file(fg_vm *vm, fg_slice name, const fg_filepath *p, int error)
{
    char prefix[256];
    int n = (int)fg_utf8_fit(name, 200);
    snprintf(prefix, sizeof prefix, "render error%s%.*s", n ? ": " : "", n, name.p);
    fg_status status = fg_file_raise(vm, prefix, p, error);
    if (status != FG_RAISED || error != ENOENT)
        return status;
    return fg_hint(vm, "the path begins in the directory %s",
                   fg_site_of(vm)->root ? "of the application"
                                        : "that the program was started in");
}

/* ---- compiling ------------------------------------------------------------------ */

/* Compiles r->text; its page is kept under the key. */
static fg_status compile(reader *r, fg_slice name, fg_slice key, uint64_t began_ns,
                         fg_kept_page **out)
{
    fg_vm *vm = r->vm;
    const fg_page_loader loader = { open_part, close_part, r };
    fg_page_fault fault;
    fg_bytes room;
    fg_begin_text(vm, &room); /* what is left of the memory */
    fg_page *page = fg_page_compile(&fg_host_malloc, room.max, name,
                                    fg_bytes_view(&r->text), &loader, &fault);
    if (!page)
        return r->status != FG_OK ? r->status : fg_page_raise(vm, &fault);
    *out = fg_page_cache_put(&fg_site_of(vm)->pages, key, page, r->stamps, r->nstamps,
                             began_ns);
    return *out ? FG_OK : FG_NOMEM;
}

static fg_status read_page(fg_vm *vm, fg_slice name, fg_slice key, fg_kept_page **out)
{
    fg_filepath p;
    uint64_t began_ns = fg_now_ns();
    reader *r = fg_memory_take(vm, sizeof *r);
    if (!r)
        return FG_NOMEM;
    r->vm = vm;
    r->status = FG_OK;
    r->nstamps = 0;
    int error = read_file(r, name, &p, &r->text);
    fg_status status = error ? no_file(vm, name, &p, error) : r->status;
    fg_filepath_drop(&p);
    if (status == FG_OK)
        status = compile(r, name, key, began_ns, out);
    if (!error)
        fg_bytes_drop(&r->text);
    fg_memory_give(vm, r, sizeof *r);
    return status;
}

/* ---- keeping -------------------------------------------------------------------- */

static bool is_fresh(fg_vm *vm, const fg_kept_page *p)
{
    struct stat st;
    fg_slice path;
    for (uint32_t i = 0; fg_page_source(p->page, i, &path); i++)
        if (fg_file_stat(vm, path, &st) != 0 || !fg_page_unchanged(&p->stamps[i], &st))
            return false;
    return true;
}

static fg_status find_page(fg_vm *vm, fg_slice name, fg_slice key, fg_kept_page **out)
{
    fg_page_cache *c = &fg_site_of(vm)->pages;
    bool check;
    *out = fg_page_cache_find(c, key, fg_now_ns(), &check);
    if (*out && (!check || is_fresh(vm, *out)))
        return FG_OK;
    fg_kept_page *old = *out;
    fg_status status = read_page(vm, name, key, out);
    if (old && status != FG_OK)
        fg_page_cache_forget(c, old);
    if (old)
        fg_page_release(old);
    return status;
}

/* What paths depend on where there is no root. */
static void put_place(fg_vm *vm, fg_bytes *key)
{
    struct stat here = { 0 };
    fg_slice base = { "", 0 };
    fg_env_get(vm, FG_SLICE("FORGE_FS_BASE"), &base);
    fg_bytes_slice(key, base);
    fg_bytes_char(key, 0);
    if (stat(".", &here) == 0) {
        fg_bytes_put(key, &here.st_dev, sizeof here.st_dev);
        fg_bytes_put(key, &here.st_ino, sizeof here.st_ino);
    }
}

/* The compiled template; fg_page_release follows. */
static fg_status page_of(fg_vm *vm, fg_slice name, fg_kept_page **out)
{
    fg_bytes key;
    if (name.n >= PATH_MAX || (name.n > 0 && memchr(name.p, 0, name.n)))
        return read_page(vm, name, name, out); /* says what is wrong */
    fg_bytes_init(&key);
    if (!fg_site_of(vm)->root)
        put_place(vm, &key);
    fg_bytes_slice(&key, name);
    fg_status status =
        key.failed ? FG_NOMEM : find_page(vm, name, fg_bytes_view(&key), out);
    fg_bytes_drop(&key);
    return status;
}

static fg_status page_render(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_kept_page *page;
    fg_value name = fg_arg(argc, argv, 0), data = fg_null();
    if (!fg_is_string(name))
        return fg_raise(vm, FG_E_TYPE, "render() requires a file path string, got %s",
                        argc < 1 ? "nothing" : fg_type_name(&name));
    FG_TRY(page_of(vm, fg_string_slice(name.as.str), &page));
    if (argc > 1)
        fg_copy(&data, &argv[1]);
    fg_status status = fg_page_fill(vm, page->page, &data, out);
    fg_page_release(page);
    return status;
}

const struct fg_page_natives fg_page_natives = {
    .render = { "render", page_render, FG_CAP_FS_READ,
                "render(file, data?): the template in a file with values of data, "
                "escaped for where they stand" },
};

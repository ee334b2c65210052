// SPDX-License-Identifier: Apache-2.0
/* The type Upload: files of a form.  Large ones are spooled to one file that never has a name,
 * so it is gone with the process, whatever ends that. */
#define _GNU_SOURCE
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/request.h"
#include "lib/site.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- keeping -------------------------------------------------------------------- */

/* Where a file system has no files without names: one that loses its name at once. */
static int open_nameless(const char *dir)
{
    char path[PATH_MAX];
    int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    if (snprintf(path, sizeof path, "%s/.forge-XXXXXX", dir) >= (int)sizeof path)
        return errno = ENAMETOOLONG, -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_spool(fg_vm *vm)
{
    static const char *const dirs[] = { "/var/tmp", "/tmp" };
    const char *own = fg_site_of(vm)->spool;
    if (own)
        return open_nameless(own);
    int fd = -1;
    for (uint32_t i = 0; fd < 0 && i < FG_COUNT(dirs); i++)
        fd = open_nameless(dirs[i]);
    return fd;
}

static fg_status cannot_keep(fg_vm *vm)
{
    return fg_file_raise(vm, "an upload cannot be kept", NULL, errno);
}

/* Adds to the spool. */
static fg_status spool(fg_vm *vm, fg_form *f, fg_slice bytes)
{
    for (uint32_t at = 0; at < bytes.n;) {
        ssize_t put =
            pwrite(f->spool, bytes.p + at, bytes.n - at, (off_t)(f->spooled + at));
        if (put < 0 && errno != EINTR)
            return cannot_keep(vm);
        at += put > 0 ? (uint32_t)put : 0;
    }
    f->spooled += bytes.n;
    return FG_OK;
}

fg_status fg_upload_put(fg_vm *vm, fg_form *f, fg_slice bytes)
{
    fg_upload *u = &f->files[f->nfiles - 1];
    u->size += bytes.n;
    if (u->size <= FG_UPLOAD_KEPT)
        return fg_intake_put(vm, &u->kept, bytes.p, bytes.n) ? FG_OK : FG_NOMEM;
    if (f->spool < 0 && (f->spool = open_spool(vm)) < 0)
        return cannot_keep(vm);
    if (!u->spooled) {
        u->spooled = true;
        u->from = f->spooled;
        FG_TRY(spool(vm, f, fg_intake_view(&u->kept)));
        fg_intake_drop(vm, &u->kept);
    }
    return spool(vm, f, bytes);
}

/* ---- reading -------------------------------------------------------------------- */

/* The file that the receiver stands for: a program may have made the object itself, so it
 * says no more than a number. */
static fg_status upload_of(fg_vm *vm, int argc, const fg_value *argv,
                           const char *method, fg_request **r, fg_upload **u)
{
    fg_value part = fg_option(fg_arg(argc, argv, 0), "part");
    FG_TRY(fg_request_here(vm, method, r));
    const fg_form *f = &(*r)->form;
    if (!fg_is_int(part) || part.as.i < 1 || part.as.i > f->nfiles)
        return fg_raise(vm, FG_E_RUNTIME,
                        "%s is called on what is no file of this request", method);
    *u = &f->files[part.as.i - 1];
    return FG_OK;
}

/* n bytes from there on; they exist. */
static fg_status read_at(fg_vm *vm, const fg_request *r, const fg_upload *u,
                         uint64_t from, char *at, size_t n)
{
    if (!u->spooled) {
        memcpy(at, u->kept.p + from, n);
        return FG_OK;
    }
    for (size_t done = 0; done < n;) {
        ssize_t some =
            pread(r->form.spool, at + done, n - done, (off_t)(u->from + from + done));
        if (some == 0)
            errno = EIO;
        if (some <= 0 && errno != EINTR)
            return fg_file_raise(vm, "an upload cannot be read", NULL, errno);
        done += some > 0 ? (size_t)some : 0;
    }
    return FG_OK;
}

/* n bytes from there on as a string; out is filled before anything is collected. */
static fg_status part_of(fg_vm *vm, const fg_request *r, const fg_upload *u,
                         uint64_t from, uint64_t n, const char *method, fg_value *out)
{
    FG_TRY(fg_check_room(vm, method, n, 1));
    fg_string *s = fg_string_new(&vm->heap, NULL, n);
    FG_TRY(fg_give_object(out, s));
    for (uint64_t at = 0; at < n; at += FG_BODY_PIECE) {
        size_t some = n - at < FG_BODY_PIECE ? (size_t)(n - at) : FG_BODY_PIECE;
        FG_TRY(read_at(vm, r, u, from + at, fg_string_bytes(s) + at, some));
        FG_TRY(fg_tick(vm, 1 + (uint32_t)(some >> 5)));
    }
    return FG_OK;
}

static fg_status upload_text(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_request *r;
    fg_upload *u;
    FG_TRY(upload_of(vm, argc, argv, "Upload.text()", &r, &u));
    FG_TRY(part_of(vm, r, u, 0, u->size, "Upload.text()", out));
    fg_slice s = fg_string_slice(out->as.str);
    return fg_utf8_valid(s) ? FG_OK : fg_request_text(vm, s, out);
}

static fg_status upload_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_request *r;
    fg_upload *u;
    uint64_t max;
    FG_TRY(upload_of(vm, argc, argv, "Upload.read()", &r, &u));
    FG_TRY(fg_body_max(vm, argc, argv, "Upload.read()", &max));
    uint64_t from = u->at, left = u->size - from;
    if (left == 0)
        return fg_give(out, fg_null());
    max = max < left ? max : left;
    FG_TRY(part_of(vm, r, u, from, max, "Upload.read()", out));
    u->at = from + max;
    return FG_OK;
}

/* ---- saving --------------------------------------------------------------------- */

static fg_status write_content(fg_vm *vm, fg_request *r, const fg_upload *u,
                               fg_filewriter *w)
{
    if (!u->spooled)
        return fg_filewriter_put(vm, w, fg_intake_view(&u->kept));
    FG_TRY(fg_body_hold(vm, r)); /* of the scratch space */
    char *at = fg_body_piece(vm, r);
    fg_status status = at ? FG_OK : FG_NOMEM;
    for (uint64_t from = 0; status == FG_OK && from < u->size; from += FG_BODY_PIECE) {
        uint64_t left = u->size - from;
        size_t n = left < FG_BODY_PIECE ? (size_t)left : FG_BODY_PIECE;
        status = read_at(vm, r, u, from, at, n);
        if (status == FG_OK)
            status = fg_filewriter_put(vm, w, fg_slice_of(at, n));
    }
    return fg_body_let_go(r, status);
}

static fg_status upload_save(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_request *r;
    fg_upload *u;
    fg_filewriter w;
    fg_value path = fg_arg(argc, argv, 1);
    if (!fg_is_string(path))
        return fg_raise(vm, FG_E_TYPE,
                        "Upload.save() requires a path, a string, got %s",
                        argc < 2 ? "nothing" : fg_type_name(&path));
    FG_TRY(upload_of(vm, argc, argv, "Upload.save()", &r, &u));
    FG_TRY(fg_filewriter_begin_new(vm, "Upload.save error",
                                   fg_string_slice(path.as.str), &w));
    fg_give(out, fg_null());
    return fg_filewriter_end(vm, &w, write_content(vm, r, u, &w));
}

static const fg_member members[] = {
    FG_FN("Upload.text", upload_text, FG_CAP_NONE, "(): the content as text"),
    FG_FN(
        "Upload.read", upload_read, FG_CAP_NONE,
        "(max = 65536): the next piece of the content, byte for byte, null at its end"),
    FG_FN("Upload.save", upload_save, FG_CAP_FS_WRITE,
          "(path): makes a file of it, or replaces one"),
};

const fg_module fg_upload_module = { "Upload", FG_COUNT(members), members };

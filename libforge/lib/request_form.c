// SPDX-License-Identifier: Apache-2.0
/* The body of the request that is served as a form.
 *
 * Texts of fields lie one behind the other in one buffer that may move, so fields know
 * positions.  A form of several parts is read as it arrives: what of it was read before a
 * timeout ended the reading is kept, and the next call goes on. */
#include "lib/request.h"

#include "lib/lib.h"
#include "lib/percent.h"
#include "lib/token.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void fg_form_end(fg_vm *vm, fg_form *f)
{
    for (uint32_t i = 0; i < f->nfiles; i++)
        fg_intake_drop(vm, &f->files[i].kept);
    if (f->spool >= 0)
        close(f->spool);
    if (f->files)
        fg_memory_give(vm, f->files, FG_FORM_FILES * sizeof *f->files);
    if (f->parser)
        fg_memory_give(vm, f->parser, sizeof *f->parser);
    fg_intake_drop(vm, &f->texts);
    fg_intake_drop(vm, &f->fields);
}

/* ---- fields --------------------------------------------------------------------- */

static fg_slice view(const fg_form *f, fg_form_text t)
{
    return t.n ? fg_slice_of(f->texts.p + t.at, t.n) : FG_SLICE("");
}

static uint32_t field_count(const fg_form *f)
{
    return (uint32_t)(f->fields.n / sizeof(fg_form_field));
}

static fg_form_field field_at(const fg_form *f, uint32_t i)
{
    fg_form_field field;
    memcpy(&field, f->fields.p + i * sizeof field, sizeof field);
    return field;
}

/* Notes why the form cannot be read, for this call and the next ones. */
__attribute__((format(printf, 3, 4))) static fg_status refuse(fg_form *f, int status,
                                                              const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->why, sizeof f->why, fmt, ap);
    va_end(ap);
    f->status = status;
    return FG_RAISED;
}

static fg_status raise_why(fg_vm *vm, const fg_form *f)
{
    fg_raise(vm, FG_E_RUNTIME, "%s", f->why);
    vm->error.status = f->status;
    return FG_RAISED;
}

/* Adds a text to the others. */
static fg_status keep(fg_vm *vm, fg_form *f, fg_slice s, fg_form_text *out)
{
    if (f->texts.n + s.n > FG_MAX_LEN)
        return refuse(f, 413, "the fields of the form are too long");
    *out = (fg_form_text){ (uint32_t)f->texts.n, s.n };
    return fg_intake_put(vm, &f->texts, s.p, s.n) ? FG_OK : FG_NOMEM;
}

static fg_status add_field(fg_vm *vm, fg_form *f, fg_form_text name, fg_form_text value)
{
    fg_form_field field = { name, value };
    if (field_count(f) == FG_FORM_FIELDS)
        return refuse(f, 400, "the form has more than %u fields", FG_FORM_FIELDS);
    return fg_intake_put(vm, &f->fields, &field, sizeof field) ? FG_OK : FG_NOMEM;
}

/* ---- application/x-www-form-urlencoded ---------------------------------------------- */

static fg_status keep_decoded(fg_vm *vm, fg_form *f, fg_slice s, fg_form_text *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_percent_decode(&b, s, true);
    fg_status status = b.failed ? FG_NOMEM : keep(vm, f, fg_bytes_view(&b), out);
    fg_bytes_drop(&b);
    return status;
}

/* Takes what is before `end`, which is dropped. */
static fg_slice take_until(fg_slice *rest, char end)
{
    const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
    uint32_t n = at ? (uint32_t)(at - rest->p) : rest->n, skip = n + (at != NULL);
    fg_slice part = fg_slice_of(rest->p, n);
    *rest = fg_slice_of(rest->p + skip, rest->n - skip);
    return part;
}

static fg_status read_pairs(fg_vm *vm, fg_request *r)
{
    fg_form *f = &r->form;
    FG_TRY(fg_body_take(vm, r));
    FG_TRY(fg_work(vm, fg_body_view(r).n));
    f->texts.n = f->fields.n = 0;
    for (fg_slice rest = fg_body_view(r); rest.n > 0;) {
        fg_slice pair = take_until(&rest, '&'), name = take_until(&pair, '=');
        fg_form_field field;
        if (name.n == 0 && pair.n == 0)
            continue;
        FG_TRY(keep_decoded(vm, f, name, &field.name));
        FG_TRY(keep_decoded(vm, f, pair, &field.value));
        FG_TRY(add_field(vm, f, field.name, field.value));
    }
    return FG_OK;
}

/* ---- multipart/form-data ------------------------------------------------------------ */

/* What the sink of the parser knows. */
typedef struct sink {
    fg_vm *vm;
    fg_form *form;
} sink;

static fg_status on_begin(void *ctx)
{
    fg_form *f = ((sink *)ctx)->form;
    f->named = f->is_file = f->settled = false;
    f->name = f->filename = f->type = f->value = (fg_form_text){ 0, 0 };
    return FG_OK;
}

/* A parameter of Content-Disposition; false: there is none. */
static fg_status keep_parameter(const sink *s, fg_slice value, const char *name,
                                bool file, bool *found, fg_form_text *out)
{
    fg_bytes b, clean;
    fg_bytes_init(&b);
    fg_bytes_init(&clean);
    *found = fg_header_parameter(&b, value, name);
    fg_slice text = file ? fg_upload_name(fg_bytes_view(&b)) : fg_bytes_view(&b);
    fg_put_valid(&clean, text);
    fg_status status = FG_OK;
    if (b.failed || clean.failed)
        status = FG_NOMEM;
    else if (*found)
        status = keep(s->vm, s->form, fg_bytes_view(&clean), out);
    fg_bytes_drop(&clean);
    fg_bytes_drop(&b);
    return status;
}

static fg_status on_header(void *ctx, fg_slice name, fg_slice value)
{
    const sink *s = ctx;
    fg_form *f = s->form;
    if (fg_same_word(name, "content-type"))
        return keep(s->vm, f, value, &f->type);
    if (!fg_same_word(name, "content-disposition"))
        return FG_OK;
    FG_TRY(keep_parameter(s, value, "name", false, &f->named, &f->name));
    return keep_parameter(s, value, "filename", true, &f->is_file, &f->filename);
}

static fg_status begin_file(const sink *s)
{
    fg_form *f = s->form;
    if (f->nfiles == FG_FORM_FILES)
        return refuse(f, 400, "the form has more than %u files", FG_FORM_FILES);
    if (!f->files) {
        f->files = fg_memory_take(s->vm, FG_FORM_FILES * sizeof *f->files);
        if (!f->files)
            return FG_NOMEM;
    }
    f->files[f->nfiles++] =
        (fg_upload){ .name = f->name, .filename = f->filename, .type = f->type };
    return FG_OK;
}

/* Behind the headers of a part. */
static fg_status settle(const sink *s)
{
    fg_form *f = s->form;
    if (f->settled)
        return FG_OK;
    f->settled = true;
    if (!f->named)
        return refuse(f, 400, "part %u of the form has no name", f->parser->parts);
    f->value.at = (uint32_t)f->texts.n;
    return f->is_file ? begin_file(s) : FG_OK;
}

static fg_status on_data(void *ctx, fg_slice bytes)
{
    const sink *s = ctx;
    fg_form *f = s->form;
    FG_TRY(settle(s));
    if (f->is_file)
        return fg_upload_put(s->vm, f, bytes);
    fg_form_text piece;
    FG_TRY(keep(s->vm, f, bytes, &piece));
    f->value.n += piece.n;
    return FG_OK;
}

static fg_status on_end(void *ctx)
{
    const sink *s = ctx;
    fg_form *f = s->form;
    FG_TRY(settle(s));
    if (!f->is_file)
        return add_field(s->vm, f, f->name, f->value);
    /* What browsers send for a field where no file was chosen. */
    if (f->filename.n == 0 && f->files[f->nfiles - 1].size == 0)
        f->nfiles--;
    return FG_OK;
}

static fg_status begin_parts(fg_vm *vm, fg_request *r, fg_slice type)
{
    fg_form *f = &r->form;
    fg_multipart_sink none = { on_begin, on_header, on_data, on_end, NULL };
    fg_bytes b;
    fg_multipart *p = fg_memory_take(vm, sizeof *p);
    if (!p)
        return FG_NOMEM;
    fg_bytes_init(&b);
    bool good = fg_header_parameter(&b, type, "boundary") && !b.failed
                && fg_multipart_init(p, fg_bytes_view(&b), none);
    fg_bytes_drop(&b);
    if (good) {
        f->parser = p;
        return FG_OK;
    }
    fg_memory_give(vm, p, sizeof *p);
    return refuse(f, 400, "the form's content type has no boundary that can be one");
}

static fg_status feed(sink *s, fg_slice bytes)
{
    fg_multipart *p = s->form->parser;
    p->sink.ctx = s;
    fg_status status = bytes.n ? fg_multipart_feed(p, bytes) : fg_multipart_finish(p);
    if (status == FG_RAISED && p->why)
        refuse(s->form, 400, "the form cannot be read: %s (at byte %llu)", p->why,
               (unsigned long long)p->offset);
    else if (status == FG_RAISED && !s->form->why[0]) /* a file cannot be kept */
        refuse(s->form, 0, "%s", s->vm->error.message ? s->vm->error.message : "");
    return status;
}

static fg_status read_parts(fg_vm *vm, fg_request *r, fg_slice type)
{
    sink s = { vm, &r->form };
    if (!r->form.parser)
        FG_TRY(begin_parts(vm, r, type));
    if (r->use == FG_BODY_WHOLE) {
        FG_TRY(fg_body_take(vm, r));
        FG_TRY(fg_work(vm, fg_body_view(r).n));
        if (fg_body_view(r).n)
            FG_TRY(feed(&s, fg_body_view(r)));
        return feed(&s, FG_SLICE(""));
    }
    FG_TRY(fg_body_begin(vm, r, FG_BODY_FORM));
    char *at = fg_body_piece(vm, r);
    if (!at)
        return FG_NOMEM;
    for (size_t got = 1; got > 0;) {
        FG_TRY(fg_body_pull(vm, r, at, FG_BODY_PIECE, &got));
        FG_TRY(feed(&s, fg_slice_of(at, got)));
    }
    return FG_OK;
}

/* ---- either ------------------------------------------------------------------------- */

static fg_status read_form(fg_vm *vm, fg_request *r)
{
    fg_slice type = fg_request_header(r, "content-type");
    if (type.p && fg_header_is(type, "multipart/form-data"))
        return read_parts(vm, r, type);
    if (type.p && fg_header_is(type, "application/x-www-form-urlencoded"))
        return read_pairs(vm, r);
    FG_TRY(fg_body_take(vm, r));
    if (fg_body_view(r).n == 0)
        return FG_OK;
    return refuse(&r->form, 415, "the body is not a form: its content type is %.*s",
                  type.p ? (int)type.n : 8, type.p ? type.p : "not said");
}

/* The form, read if it was not; a method of that name wants it. */
static fg_status form_of(fg_vm *vm, const char *method, fg_form **out)
{
    fg_request *r;
    FG_TRY(fg_request_here(vm, method, &r));
    FG_TRY(fg_body_hold(vm, r));
    fg_form *f = *out = &r->form;
    fg_status status = FG_OK;
    if (!f->ready && !f->why[0])
        status = read_form(vm, r);
    f->ready |= status == FG_OK && !f->why[0];
    fg_body_let_go(r, status);
    return f->why[0] ? raise_why(vm, f) : status;
}

fg_status fg_form_object(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_form *f;
    FG_TRY(form_of(vm, "Request.form()", &f));
    FG_TRY(fg_work(vm, f->texts.n));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    for (uint32_t i = 0; i < field_count(f); i++) {
        fg_form_field field = field_at(f, i);
        fg_value v;
        fg_string *key = fg_make_key(vm, view(f, field.name));
        if (!key)
            return FG_NOMEM;
        FG_TRY(fg_request_text(vm, view(f, field.value), &v));
        FG_TRY(fg_object_set(&vm->heap, out->as.obj, key, &v));
    }
    return FG_OK;
}

fg_status fg_form_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_form *f;
    fg_value name = fg_arg(argc, argv, 1);
    if (!fg_is_string(name))
        return fg_raise(vm, FG_E_TYPE,
                        "Request.form_all() requires a name, a string, got %s",
                        argc < 2 ? "nothing" : fg_type_name(&name));
    FG_TRY(form_of(vm, "Request.form_all()", &f));
    FG_TRY(fg_work(vm, f->texts.n));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < field_count(f); i++) {
        fg_form_field field = field_at(f, i);
        fg_value v;
        if (!fg_slice_eq(view(f, field.name), fg_string_slice(name.as.str)))
            continue;
        FG_TRY(fg_request_text(vm, view(f, field.value), &v));
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &v));
    }
    return FG_OK;
}

fg_status fg_form_files(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "name", "filename", "type",
                                         "size", "part",     "__type__" };
    (void)argc;
    (void)argv;
    fg_form *f;
    FG_TRY(form_of(vm, "Request.files()", &f));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < f->nfiles; i++) {
        const fg_upload *u = &f->files[i];
        fg_value v[FG_COUNT(names)];
        fg_slice type = u->type.n ? view(f, u->type) : FG_SLICE("text/plain");
        FG_TRY(fg_request_text(vm, view(f, u->name), &v[0]));
        FG_TRY(fg_request_text(vm, view(f, u->filename), &v[1]));
        FG_TRY(fg_request_text(vm, type, &v[2]));
        v[3] = fg_int((int64_t)u->size);
        v[4] = fg_int(i + 1);
        FG_TRY(fg_make_string(vm, FG_SLICE("Upload"), &v[5]));
        FG_TRY(
            fg_push_object(vm, out->as.arr, fg_record(vm, names, v, FG_COUNT(names))));
    }
    return FG_OK;
}

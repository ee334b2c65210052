// SPDX-License-Identifier: Apache-2.0
/* The public interface: building, sharing and describing templates (see include/forge.h).
 *
 * A region begins with a seal that says where in it the template lies; the seal is
 * written last, so a region whose building failed is never taken for one that holds a
 * template. */
#include "api.h"

#include "base/utf8.h"
#include "code/compile.h"
#include "code/opcode.h"
#include "lib/middleware.h"
#include "value/string.h"

#include <stdio.h>
#include <stdlib.h>

#define SEAL_MAGIC (FG_TEMPLATE_MAGIC ^ 0x6c616573ull)

typedef struct seal {
    uint64_t magic;
    const fg_template *tmpl;
} seal;

/* ---- errors ------------------------------------------------------------------------ */

static const char *name_of(const char *file) { return file ? file : "<source>"; }

/* An error object, or NULL when the caller wants none or there is no memory. */
static forge_error *error_new(forge_error **err)
{
    return err ? (*err = calloc(1, sizeof **err)) : NULL;
}

/* Drops an error whose report could not be made. */
static void error_settle(forge_error **err, bool complete)
{
    if (!complete) {
        forge_error_free(*err);
        *err = NULL;
    }
}

static void error_plain(forge_error **err, const char *file, const char *kind,
                        const char *message)
{
    forge_error *e = error_new(err);
    if (e)
        error_settle(err,
                     fg_api_report_plain(&e->report, name_of(file), kind, message));
}

static char *diag_text(fg_slice file, fg_slice source, const fg_diag *d, bool color)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "%sError:%s [%.*s] %s\n", color ? "\033[1;31m" : "",
                 color ? "\033[0m" : "", (int)file.n, file.p, d->message);
    if (d->hint[0])
        fg_bytes_fmt(&b, "  hint: %s\n", d->hint);
    fg_diag_frame(&b, file, source, d->start, d->end, d->message, color);
    if (d->opened && d->start > d->opened
        && memchr(source.p + d->opened, '\n', d->start - d->opened))
        fg_diag_frame(&b, file, source, d->opened - 1, d->opened, "opened here", color);
    return fg_api_text(&b);
}

bool fg_api_report_diag(fg_api_report *r, char **colored, fg_slice file,
                        fg_slice source, const fg_diag *d)
{
    char *text = diag_text(file, source, d, false);
    *colored = diag_text(file, source, d, true);
    if (!text || !fg_api_report_plain(r, file.p, "SyntaxError", d->message)) {
        free(text);
        return false;
    }
    free(r->text);
    r->text = text;
    r->view.text = text;
    fg_position(source, d->start, &r->view.place.line, &r->view.place.column);
    fg_position(source, d->end, &r->view.end_line, &r->view.end_column);
    fg_api_report_hint(r, d->hint);
    return true;
}

static void error_syntax(forge_error **err, const char *name, fg_slice source,
                         const fg_diag *d)
{
    forge_error *e = error_new(err);
    if (e)
        error_settle(err, fg_api_report_diag(&e->report, &e->colored,
                                             fg_slice_str(name_of(name)), source, d));
}

static void error_vm(forge_error **err, const fg_vm *vm)
{
    forge_error *e = error_new(err);
    if (!e)
        return;
    fg_bytes b;
    fg_bytes_init(&b);
    fg_error_report(vm, &b, true);
    e->colored = fg_api_text(&b);
    error_settle(err, fg_api_report_vm(&e->report, vm));
}

const forge_report *forge_error_report(const forge_error *e)
{
    return e ? &e->report.view : NULL;
}

const char *fg_error_colored(const forge_error *e)
{
    if (!e)
        return NULL;
    return e->colored ? e->colored : e->report.text;
}

void forge_error_free(forge_error *e)
{
    if (!e)
        return;
    fg_api_report_drop(&e->report);
    free(e->colored);
    free(e);
}

/* ---- compiling ---------------------------------------------------------------------- */

bool fg_api_source_fault(fg_slice source, fg_diag *d)
{
    if (fg_utf8_valid(source))
        return false;
    const char *p = source.p, *end = p + source.n;
    while (p < end) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        if (cp == FG_REPLACEMENT && !fg_utf8_valid((fg_slice){ p, n }))
            break;
        p += n;
    }
    uint32_t at = (uint32_t)(p - source.p);
    fg_diag_set(d, at, at, "the program is not UTF-8 text: byte 0x%02x",
                (unsigned)(unsigned char)*p);
    fg_diag_hint(d, "save the file as UTF-8");
    return true;
}

static forge_status compile(fg_region *r, const char *file, const char *text, size_t n,
                            const forge_loader *host, bool covered, fg_program **out,
                            forge_error **err)
{
    if (n > FG_MAX_LEN) {
        char message[96];
        snprintf(message, sizeof message,
                 "the program is too large: %zu bytes, at most %u are allowed", n,
                 FG_MAX_LEN);
        error_plain(err, file, "SyntaxError", message);
        return FORGE_ERROR;
    }
    fg_slice source = fg_slice_of(text ? text : "", n);
    fg_diag d = { 0 };
    if (fg_api_source_fault(source, &d)) {
        error_syntax(err, file, source, &d);
        return FORGE_ERROR;
    }
    fg_loader loader;
    fg_status s = (covered ? fg_compile_covered : fg_compile)(
        r, &fg_standard_library, fg_api_loader(host, &loader),
        fg_slice_str(name_of(file)), source, out, &d);
    if (s == FG_OK)
        return FORGE_OK;
    if (s == FG_RAISED) {
        error_syntax(err, file, source, &d);
        return FORGE_ERROR;
    }
    error_plain(err, file, "LimitError",
                "out of memory: the program does not fit its region");
    return FORGE_NOMEM;
}

static bool bad_source(const char *file, const char *source, size_t n)
{
    return (!source && n > 0) || strlen(name_of(file)) > FG_MAX_LEN;
}

/* The first import that would fail as an error. */
static forge_status imports_fault(const fg_program *p, forge_error **err)
{
    const fg_import_fault *f = p->faults;
    if (!f)
        return FORGE_OK;
    fg_diag d;
    const char *hint = memchr(f->text.p, '\n', f->text.n);
    int n = hint ? (int)(hint - f->text.p) : (int)f->text.n;
    fg_diag_set(&d, f->start, f->end, "%.*s", n, f->text.p);
    if (hint)
        fg_diag_hint(&d, "%.*s", (int)f->text.n - n - 1, hint + 1);
    error_syntax(err, f->source->file.p, f->source->text, &d);
    return FORGE_ERROR;
}

/* ---- the run before the freeze ---------------------------------------------------------- */

/* A VM whose globals are the slots of its window, and the memory it needs. */
typedef struct builder {
    fg_vm *vm;
    void *block;
    fg_cellref *globals;
    uint8_t *hints;
} builder;

static void builder_end(builder *b)
{
    if (b->vm)
        fg_vm_end(b->vm);
    free(b->block);
    free(b->globals);
    free(b->hints);
}

static fg_status builder_begin(builder *b, const fg_program *p, const forge_build *how)
{
    *b = (builder){ 0 };
    size_t size = 4 * (size_t)FG_BLOCK_SIZE + p->nglobals * sizeof(fg_value);
    b->block = malloc(size);
    b->globals = calloc(p->nglobals + 1, sizeof *b->globals);
    b->hints = calloc((size_t)p->ncode + 1, 1);
    if (!b->block || !b->globals || !b->hints)
        return FG_NOMEM;
    for (uint32_t i = 0; i < p->nglobals; i++)
        b->globals[i] = i * sizeof(fg_value) | 1;
    fg_vm_setup setup = {
        .program = p,
        .library = &fg_standard_library,
        .globals = b->globals,
        .nslots = p->nglobals,
        .hints = b->hints,
        .host = fg_host_malloc,
        .limits = fg_limits_of(&how->limits),
        .env = fg_env_of(&how->env),
    };
    return fg_vm_begin(&setup, b->block, size, &b->vm);
}

/* Says why the top level or the freeze failed. */
static forge_status build_failed(const builder *b, const forge_build *how, fg_status s,
                                 bool frozen, forge_error **err)
{
    char message[128];
    switch (s) {
    case FG_OK: return FORGE_OK;
    case FG_RAISED: error_vm(err, b->vm); return FORGE_ERROR;
    case FG_STOPPED:
        error_vm(err, b->vm);
        return b->vm->error.kind == FG_E_CANCELLED ? FORGE_CANCELLED : FORGE_LIMIT;
    case FG_EXIT:
        snprintf(message, sizeof message, "the top level called exit(%d)",
                 b->vm->exit_code);
        error_plain(err, how->file, "RuntimeError", message);
        return FORGE_EXIT;
    case FG_EXPIRED:
    case FG_SUSPENDED: fg_unreachable(); /* end below the call from C */
    case FG_NOMEM: break;
    }
    if (!frozen && b->vm) {
        error_vm(err, b->vm);
        return how->limits.memory ? FORGE_LIMIT : FORGE_NOMEM;
    }
    error_plain(err, how->file, "LimitError",
                frozen ? "out of memory: the program does not fit its region"
                       : "out of memory: the host has no more");
    return FORGE_NOMEM;
}

/* Runs the top level unless the program is a page, and freezes.  *hints, which the caller
 * frees, says what ran. */
static forge_status run_and_freeze(const forge_build *how, fg_region *r,
                                   fg_program *program, bool page,
                                   const fg_template **out, uint8_t **hints,
                                   forge_error **err)
{
    builder b;
    fg_template *t = NULL;
    bool frozen = false;
    fg_status s = builder_begin(&b, program, how);
    if (s == FG_OK && !page) {
        fg_value result;
        s = fg_run_main(b.vm, &result);
    }
    if (s == FG_OK) {
        frozen = true;
        s = fg_freeze(b.vm, r, program, page, &t);
    }
    if (s == FG_RAISED && b.vm->heap.nomem)
        s = FG_NOMEM;
    forge_status status = build_failed(&b, how, s, frozen, err);
    *hints = b.hints;
    b.hints = NULL;
    builder_end(&b);
    *out = t;
    return status;
}

/* ---- what outsiders see of routes -------------------------------------------------------- */

/* Copies texts one behind the other; first run: only counts. */
typedef struct namelist {
    char *at;
    size_t n;
} namelist;

static const char *name_put(namelist *list, const char *p, size_t n)
{
    const char *text = "";
    if (list->at) {
        char *to = list->at + list->n;
        memcpy(to, p, n);
        to[n] = '\0';
        text = to;
    }
    list->n += n + 1;
    return text;
}

static const char *name_string(namelist *list, const fg_string *s)
{
    return name_put(list, s->bytes, s->len);
}

static forge_type type_of_annotation(uint8_t a)
{
    static const forge_type types[] = {
        [FG_ANN_NONE] = FORGE_TYPE_ANY,        [FG_ANN_INT] = FORGE_TYPE_INT,
        [FG_ANN_FLOAT] = FORGE_TYPE_FLOAT,     [FG_ANN_BOOL] = FORGE_TYPE_BOOL,
        [FG_ANN_STRING] = FORGE_TYPE_STRING,   [FG_ANN_JSON] = FORGE_TYPE_JSON,
        [FG_ANN_REQUEST] = FORGE_TYPE_REQUEST,
    };
    return a < FG_COUNT(types) ? types[a] : FORGE_TYPE_ANY;
}

static void describe_decorators(forge_template *t, const fg_program *p,
                                const char *file, namelist *list)
{
    for (uint32_t i = 0; i < p->ndecorators; i++) {
        const fg_decorator *from = &p->decorators[i];
        forge_decorator d = { .name = name_string(list, from->name),
                              .function = name_string(list, from->function),
                              .place = { .file = file },
                              .nparams = from->nparams };
        if (!t->decorators)
            continue;
        fg_source_position(p->sources[0], from->off, &d.place.line, &d.place.column);
        t->decorators[i] = d;
    }
}

/* The origins of the route's own @cors, else those of the server. */
static const char *cors_of(const fg_program *p, const fg_route *r, namelist *list)
{
    fg_slice cors = p->cors;
    for (uint32_t i = 0; i < p->ndecorators; i++)
        if (p->decorators[i].kind == FG_DECO_CORS
            && p->decorators[i].global == r->global)
            cors = fg_string_slice(p->decorators[i].text);
    return cors.n ? name_put(list, cors.p, cors.n) : NULL;
}

static uint32_t count_middleware(const fg_program *p, const fg_route *r)
{
    uint32_t n = 0;
    for (uint32_t i = 0; p->nmiddleware && i < p->ndecorators; i++)
        n += fg_middleware_covers(&p->decorators[i], r);
    return n;
}

/* Fills the arrays, or with NULL ones adds up the bytes of the names. */
static void describe(forge_template *t, const fg_program *p, namelist *list)
{
    const char *file = name_put(list, p->sources[0]->file.p, p->sources[0]->file.n);
    forge_param *param = t->params;
    for (uint32_t i = 0; i < p->nroutes; i++) {
        const fg_route *from = &p->routes[i];
        forge_route r = { .method = name_string(list, from->method),
                          .pattern = name_string(list, from->pattern),
                          .handler = name_string(list, from->handler),
                          .place = { .file = file },
                          .nparams = from->nparams,
                          .params = param,
                          .nmiddleware = count_middleware(p, from),
                          .cors = cors_of(p, from, list) };
        for (uint32_t k = 0; k < from->nparams; k++) {
            const fg_param *q = &from->params[k];
            const char *name = name_string(list, q->name);
            if (param)
                *param++ =
                    (forge_param){ name, type_of_annotation(q->type), q->has_default };
        }
        if (!t->routes)
            continue;
        fg_source_position(p->sources[0], from->off, &r.place.line, &r.place.column);
        t->routes[i] = r;
    }
    describe_decorators(t, p, file, list);
    t->host = p->host.n ? name_put(list, p->host.p, p->host.n) : NULL;
    t->cors = p->cors.n ? name_put(list, p->cors.p, p->cors.n) : NULL;
}

static bool describe_all(forge_template *t, const fg_program *p)
{
    size_t nparams = 0;
    for (uint32_t i = 0; i < p->nroutes; i++)
        nparams += p->routes[i].nparams;
    namelist list = { 0 };
    describe(t, p, &list);
    t->routes = calloc(p->nroutes + 1, sizeof *t->routes);
    t->params = calloc(nparams + 1, sizeof *t->params);
    t->decorators = calloc(p->ndecorators + 1, sizeof *t->decorators);
    t->names = malloc(list.n);
    if (!t->routes || !t->params || !t->decorators || !t->names)
        return false;
    list.at = t->names;
    list.n = 0;
    describe(t, p, &list);
    return true;
}

static void drop_descriptions(forge_template *t)
{
    free(t->routes);
    free(t->params);
    free(t->decorators);
    free(t->names);
}

/* ---- checking ------------------------------------------------------------------------------ */

/* Tells of the routes of a program that was compiled and will not run. */
static forge_status tell_routes(const fg_program *p, forge_routes_fn *found, void *ctx)
{
    forge_template t = { 0 };
    bool all = describe_all(&t, p);
    if (all)
        found(ctx, t.routes, p->nroutes);
    drop_descriptions(&t);
    return all ? FORGE_OK : FORGE_NOMEM;
}

forge_status forge_check_routes(const char *file, const char *source, size_t n,
                                const forge_loader *loader, forge_routes_fn *found,
                                void *ctx, forge_error **err)
{
    if (err)
        *err = NULL;
    if (bad_source(file, source, n))
        return FORGE_USAGE;
    fg_region r;
    if (fg_region_open(&r, NULL, 0) != FG_OK)
        return FORGE_NOMEM;
    fg_program *program;
    forge_status s = compile(&r, file, source, n, loader, false, &program, err);
    if (s == FORGE_OK && loader)
        s = imports_fault(program, err);
    if (s == FORGE_OK && found)
        s = tell_routes(program, found, ctx);
    fg_region_close(&r);
    return s;
}

forge_status forge_check(const char *file, const char *source, size_t n,
                         const forge_loader *loader, forge_error **err)
{
    return forge_check_routes(file, source, n, loader, NULL, NULL, err);
}

/* ---- templates ----------------------------------------------------------------------------- */

/* The process-local handle of a frozen template; takes over an own region.  NULL (and
 * the region stays the caller's) without memory. */
static forge_template *handle_new(const fg_region *r, const fg_template *tmpl)
{
    forge_template *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->tmpl = tmpl;
    if (describe_all(t, tmpl->program)
        && fg_template_use_begin(&t->use, tmpl, &fg_standard_library) == FG_OK) {
        t->region = *r;
        return t;
    }
    forge_template_free(t);
    return NULL;
}

static bool bad_build(const forge_build *b)
{
    return !b || bad_source(b->file, b->source, b->source_len)
           || (b->region && b->region_size < sizeof(seal));
}

/* What ran in the top level has run for the handle. */
static void keep_coverage(forge_template *t, const uint8_t *hints)
{
    const fg_program *p = t->tmpl->program;
    for (uint32_t i = 0; i < p->ncode; i++)
        if (fg_ins_op(p->code[i]) == FG_OPC_COVER)
            t->use.hints[i] = hints[i];
}

void forge_coverage(const forge_template *t, forge_line_fn *line, void *ctx)
{
    const fg_program *p = t->tmpl->program;
    for (uint32_t i = 0; i < p->ncode; i++) {
        uint64_t ins = p->code[i];
        if (fg_ins_op(ins) == FG_OPC_COVER)
            line(ctx, forge_file_name(t, fg_ins_a(ins)), fg_ins_bc(ins),
                 t->use.hints[i]);
    }
}

/* Everything between an open region and a handle. */
static forge_status build_in(const forge_build *b, fg_region *r, forge_template **out,
                             forge_error **err)
{
    seal *s = fg_region_get(r, sizeof *s);
    if (!s)
        return FORGE_NOMEM;
    fg_program *program;
    const fg_template *tmpl;
    uint8_t *hints;
    forge_status status = compile(r, b->file, b->source, b->source_len, b->loader,
                                  b->coverage != 0, &program, err);
    if (status != FORGE_OK)
        return status;
    bool page = b->page || (b->auto_page && program->nroutes == 0);
    status = run_and_freeze(b, r, program, page, &tmpl, &hints, err);
    if (status == FORGE_OK) {
        s->tmpl = tmpl;
        s->magic = SEAL_MAGIC;
        *out = fg_region_seal(r) == FG_OK ? handle_new(r, tmpl) : NULL;
        status = *out ? FORGE_OK : FORGE_NOMEM;
    }
    if (status == FORGE_OK && b->coverage)
        keep_coverage(*out, hints);
    free(hints);
    return status;
}

forge_status forge_build_template(const forge_build *b, forge_template **out,
                                  forge_error **err)
{
    if (out)
        *out = NULL;
    if (err)
        *err = NULL;
    if (!out || bad_build(b))
        return FORGE_USAGE;
    fg_region r;
    if (fg_region_open(&r, b->region, b->region_size) != FG_OK) {
        error_plain(err, b->file, "LimitError",
                    "out of memory: no address space for the template");
        return FORGE_NOMEM;
    }
    forge_status status = build_in(b, &r, out, err);
    if (status == FORGE_OK)
        return FORGE_OK;
    if (r.own)
        fg_region_close(&r);
    if (status == FORGE_NOMEM && err && !*err)
        error_plain(err, b->file, "LimitError", "out of memory: the host has no more");
    return status;
}

forge_template *forge_template_attach(void *region)
{
    const seal *s = region;
    if (!s || s->magic != SEAL_MAGIC || !s->tmpl)
        return NULL;
    const fg_template *tmpl = s->tmpl;
    if (tmpl->magic != FG_TEMPLATE_MAGIC || tmpl->self != tmpl
        || tmpl->library != &fg_standard_library)
        return NULL;
    fg_region r = { .base = region, .used = tmpl->size, .cap = tmpl->size };
    return handle_new(&r, tmpl);
}

void forge_template_free(forge_template *t)
{
    if (!t)
        return;
    fg_template_use_end(&t->use);
    drop_descriptions(t);
    if (t->region.own)
        fg_region_close(&t->region);
    free(t);
}

size_t forge_template_size(const forge_template *t) { return t ? t->region.used : 0; }

uint32_t forge_template_slots(const forge_template *t)
{
    return t ? t->tmpl->nslots : 0;
}

uint64_t forge_template_checksum(const forge_template *t)
{
    uint64_t sum = 0xcbf29ce484222325ull; /* FNV-1a, eight bytes at a time */
    for (size_t i = 0; t && i + sizeof sum <= t->region.used; i += sizeof sum) {
        uint64_t word;
        memcpy(&word, t->region.base + i, sizeof word);
        sum = (sum ^ word) * 0x100000001b3ull;
    }
    return sum;
}

uint32_t forge_libraries(void) { return fg_libraries(); }

void forge_load_libraries(uint32_t which) { fg_libraries_load(which); }

uint32_t forge_route_count(const forge_template *t)
{
    return t ? t->tmpl->program->nroutes : 0;
}

const forge_route *forge_route_get(const forge_template *t, uint32_t i)
{
    return i < forge_route_count(t) ? &t->routes[i] : NULL;
}

uint32_t forge_decorator_count(const forge_template *t)
{
    return t ? t->tmpl->program->ndecorators : 0;
}

const forge_decorator *forge_decorator_get(const forge_template *t, uint32_t i)
{
    return i < forge_decorator_count(t) ? &t->decorators[i] : NULL;
}

const forge_decorator *forge_error_handler(const forge_template *t, int status)
{
    const forge_decorator *found = NULL;
    for (uint32_t i = 0; i < forge_decorator_count(t); i++) {
        const fg_decorator *d = &t->tmpl->program->decorators[i];
        if (d->kind != FG_DECO_ERROR)
            continue;
        if (d->number == status)
            return &t->decorators[i];
        if (d->number == 0 && !found)
            found = &t->decorators[i];
    }
    return found;
}

int forge_is_page(const forge_template *t) { return t && t->tmpl->page; }

int forge_has_background(const forge_template *t) { return t && t->tmpl->background; }

int forge_server(const forge_template *t, int *port, const char **host,
                 const char **cors)
{
    bool has = t && t->tmpl->program->has_server;
    if (port)
        *port = has ? t->tmpl->program->port : -1;
    if (host)
        *host = has ? t->host : NULL;
    if (cors)
        *cors = has ? t->cors : NULL;
    return has;
}

// SPDX-License-Identifier: Apache-2.0
/* The public interface: sessions (see include/forge.h). */
#include "api.h"

#include "front/lex.h"
#include "template/session.h"

#include <stdlib.h>

struct forge_session {
    fg_session s;
    forge_loader host;
    fg_loader loader;
};

forge_status forge_session_begin(const char *file, const forge_host *host,
                                 const forge_limits *limits, const forge_env *env,
                                 const forge_loader *loader, forge_session **out)
{
    if (!out)
        return FORGE_USAGE;
    *out = NULL;
    if (strlen(file ? file : "") > FG_MAX_LEN
        || (host && (!host->block_get || !host->block_put)))
        return FORGE_USAGE;
    fg_host h = fg_host_malloc;
    if (host)
        h = (fg_host){ host->block_get, host->block_put, host->ctx };
    fg_limits l = fg_limits_of(limits);
    fg_env e = fg_env_of(env);
    forge_session *s = calloc(1, sizeof *s);
    if (s && loader)
        s->host = *loader;
    if (!s
        || fg_session_begin(&s->s, &fg_standard_library,
                            fg_api_loader(&s->host, &s->loader),
                            fg_slice_str(file ? file : "<source>"), &h, &l, &e)
               != FG_OK) {
        free(s);
        return FORGE_NOMEM;
    }
    *out = s;
    return FORGE_OK;
}

void forge_session_end(forge_session *s)
{
    if (!s)
        return;
    fg_api_notes_free(fg_fork_notes(forge_session_fork(s)));
    fg_session_end(&s->s);
    free(s);
}

forge_fork *forge_session_fork(forge_session *s)
{
    return s ? (forge_fork *)s->s.vm : NULL;
}

/* Makes a piece the VM's program; what is wrong with it becomes the fork's report. */
static forge_status compile(forge_session *s, const char *text, size_t n)
{
    fg_vm *vm = s->s.vm;
    forge_fork *f = forge_session_fork(s);
    fg_slice source = fg_slice_of(text, n <= FG_MAX_LEN ? n : 0);
    fg_diag d = { 0 };
    fg_status status = FG_RAISED;
    if (n > FG_MAX_LEN)
        return fg_api_fault(f, FORGE_ERROR, "SyntaxError",
                            "the text is too large: %zu bytes, at most %u are allowed",
                            n, FG_MAX_LEN);
    if (!fg_api_source_fault(source, &d))
        status = fg_session_compile(&s->s, source, &d);
    if (status == FG_OK)
        return FORGE_OK;
    if (status == FG_NOMEM)
        return fg_api_fault(f, FORGE_NOMEM, "LimitError",
                            "out of memory: there is no room for more code");
    fg_api_fault(f, FORGE_ERROR, "SyntaxError", "%s", d.message);
    fg_notes *notes = fg_fork_notes(f);
    if (notes)
        notes->reported = fg_api_report_diag(&notes->report, &notes->colored,
                                             vm->program->sources[0]->file, source, &d);
    return FORGE_ERROR;
}

forge_status forge_session_run(forge_session *s, const char *source, size_t n,
                               forge_value *out)
{
    if (out)
        *out = forge_null();
    if (!s || (!source && n > 0))
        return FORGE_USAGE;
    fg_vm *vm = s->s.vm;
    forge_fork *f = forge_session_fork(s);
    fg_api_begin(f);
    fg_api_texts_drop(fg_fork_notes(f));
    if (fg_vm_recover(vm) != FG_OK)
        return fg_api_status(f, FG_NOMEM);
    forge_status status = compile(s, source ? source : "", n);
    if (status != FORGE_OK)
        return status;
    fg_value result = fg_null();
    status = fg_api_status(f, fg_run_main(vm, &result));
    if (out && status == FORGE_OK)
        *out = fg_to_outside(result);
    return status;
}

int forge_session_incomplete(const char *source, size_t n)
{
    return source && n <= FG_MAX_LEN && fg_lex_incomplete(fg_slice_of(source, n));
}

void forge_session_each(const forge_session *s, forge_session_fn *found, void *ctx)
{
    const fg_vm *vm = s ? s->s.vm : NULL;
    for (uint32_t i = 0; vm && i < vm->program->nglobals; i++) {
        const fg_global *g = &vm->program->globals[i];
        const fg_value *v = fg_cell_at(vm, vm->globals[i]);
        if (!g->hidden && v->tag != FG_UNDEF)
            found(ctx, g->name->bytes, fg_to_outside(*v));
    }
}

size_t forge_session_code(const forge_session *s) { return s ? s->s.used : 0; }

// SPDX-License-Identifier: Apache-2.0
/* The public interface: files that programs import (see include/forge.h). */
#include "api.h"

static fg_load_result open_file(void *ctx, const char *path, fg_loaded *out)
{
    const forge_loader *host = ctx;
    forge_file f = { 0 };
    forge_found found = host->open(host->ctx, path, &f);
    f.why[sizeof f.why - 1] = '\0';
    static_assert(sizeof f.why == sizeof out->why, "one is copied to the other");
    memcpy(out->why, f.why, sizeof out->why);
    if (found == FORGE_MISSING)
        return FG_LOAD_MISSING;
    if (found == FORGE_REFUSED)
        return FG_LOAD_REFUSED;
    if (f.n > FG_MAX_LEN || (!f.text && f.n > 0)) {
        if (host->close)
            host->close(host->ctx, &f);
        strcpy(out->why, "too large for a program");
        return FG_LOAD_REFUSED;
    }
    out->text = fg_slice_of(f.text ? f.text : "", f.n);
    out->id[0] = f.id[0];
    out->id[1] = f.id[1];
    out->handle = f.handle;
    return FG_LOADED;
}

static void close_file(void *ctx, fg_loaded *l)
{
    const forge_loader *host = ctx;
    forge_file f = { .text = l->text.p, .n = l->text.n, .handle = l->handle };
    f.id[0] = l->id[0];
    f.id[1] = l->id[1];
    if (host->close)
        host->close(host->ctx, &f);
}

const fg_loader *fg_api_loader(const forge_loader *host, fg_loader *out)
{
    if (!host || !host->open)
        return NULL;
    *out = (fg_loader){ open_file, close_file, (void *)(uintptr_t)host };
    return out;
}

uint32_t forge_file_count(const forge_template *t)
{
    return t ? t->tmpl->program->nsources : 0;
}

const char *forge_file_name(const forge_template *t, uint32_t i)
{
    return i < forge_file_count(t) ? t->tmpl->program->sources[i]->file.p : NULL;
}

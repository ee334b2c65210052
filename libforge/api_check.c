// SPDX-License-Identifier: Apache-2.0
/* The public interface: the gradual checker (see include/forge.h). */
#include "api.h"

#include "base/utf8.h"
#include "front/check.h"
#include "front/parse.h"

typedef void found_fn(void *ctx, const forge_finding *f);

static const char *frame(fg_bytes *b, fg_slice file, fg_slice source, const fg_diag *d,
                         bool color)
{
    fg_bytes_init(b);
    fg_diag_frame(b, file, source, d->start, d->end, d->message, color);
    fg_bytes_char(b, '\0');
    return b->failed ? "" : b->p;
}

static void tell(const char *name, fg_slice source, const fg_diag *d, found_fn *found,
                 void *ctx)
{
    fg_bytes plain, colored;
    fg_slice file = fg_slice_str(name);
    forge_finding f = { .message = d->message,
                        .hint = d->hint[0] ? d->hint : NULL,
                        .place = { .file = name } };
    fg_position(source, d->start, &f.place.line, &f.place.column);
    fg_position(source, d->end, &f.end_line, &f.end_column);
    f.frame = frame(&plain, file, source, d, false);
    f.colored_frame = frame(&colored, file, source, d, true);
    found(ctx, &f);
    fg_bytes_drop(&plain);
    fg_bytes_drop(&colored);
}

static fg_status check(fg_arena *arena, fg_slice source, fg_findings *out)
{
    fg_node *root;
    fg_diag d;
    FG_TRY(fg_parse(arena, source, &root, &d));
    return fg_check(arena, source, root, out);
}

forge_status forge_lint(const char *file, const char *source, size_t n, found_fn *found,
                        void *ctx)
{
    if (!found || (!source && n > 0) || (file && strlen(file) > FG_MAX_LEN))
        return FORGE_USAGE;
    if (n > FG_MAX_LEN || !fg_utf8_valid(fg_slice_of(source ? source : "", n)))
        return FORGE_ERROR;
    fg_slice text = fg_slice_of(source ? source : "", n);
    fg_arena arena;
    fg_findings findings;
    fg_arena_init(&arena, 0);
    fg_status s = check(&arena, text, &findings);
    for (uint32_t i = 0; s == FG_OK && i < findings.n; i++)
        tell(file ? file : "<source>", text, findings.at[i], found, ctx);
    fg_arena_drop(&arena);
    return s == FG_OK ? FORGE_OK : s == FG_NOMEM ? FORGE_NOMEM : FORGE_ERROR;
}

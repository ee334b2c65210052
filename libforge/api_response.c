// SPDX-License-Identifier: Apache-2.0
/* The public interface: responses (see include/forge.h). */
#include "api.h"

#include "lib/response.h"
#include "lib/token.h"
#include "value/string.h"

static int fault(forge_fork *f, const char *why)
{
    fg_api_fault(f, FORGE_ERROR, "TypeError", "%s", why);
    return -1;
}

static int no_memory(forge_fork *f)
{
    fg_api_fault(f, FORGE_NOMEM, "LimitError", "out of memory for the headers");
    return -1;
}

static bool is_type(fg_slice name) { return fg_same_word(name, "content-type"); }

static void put_text(fg_bytes *b, fg_slice s)
{
    fg_bytes_slice(b, s);
    fg_bytes_char(b, '\0');
}

/* Takes the next text of a buffer that put_text filled. */
static const char *take_text(const char **at)
{
    const char *text = *at;
    *at += strlen(text) + 1;
    return text;
}

/* Room for the headers, and behind it their texts, which have no NUL.  They stand in one
 * buffer, so they are looked up when it no longer moves. */
static bool copy_headers(forge_fork *f, const fg_response *r, forge_response *out)
{
    fg_slice name, value;
    fg_given_text *t = fg_api_text_begin(f);
    if (!t)
        return false;
    fg_bytes *b = &t->bytes;
    uint32_t room = r->headers->len * (uint32_t)sizeof(forge_header);
    uint32_t need = room + r->header_bytes + 2 * r->headers->len;
    fg_bytes_room(b, need > sizeof b->local ? need : sizeof b->local + 1); /* aligned */
    b->n = b->failed ? 0 : room;
    for (uint32_t i = 0; i < r->headers->len; i++) {
        fg_response_header(r, i, &name, &value);
        put_text(b, name);
        put_text(b, value);
    }
    if (fg_api_text_end(f, t) != FORGE_OK)
        return false;
    forge_header *headers = (forge_header *)(void *)b->p;
    const char *at = b->p + room;
    for (uint32_t i = 0; i < r->headers->len; i++) {
        const char *header = take_text(&at), *text = take_text(&at);
        if (is_type(fg_slice_str(header)))
            out->type = text;
        else
            headers[out->nheaders++] = (forge_header){ header, text };
    }
    out->headers = headers;
    return true;
}

/* What the kinds are outside. */
static const forge_body bodies[] = {
    [FG_BODY_NONE] = FORGE_BODY_NONE,
    [FG_BODY_TEXT] = FORGE_BODY_TEXT,
    [FG_BODY_JSON] = FORGE_BODY_JSON,
    [FG_BODY_FILE] = FORGE_BODY_FILE,
};

int forge_response_of(forge_fork *f, forge_value value, forge_response *out)
{
    char why[FG_WHY_SIZE];
    fg_response r;
    fg_value v = fg_from_outside(value);
    if (!f || !out || !fg_is_response(&v))
        return 0;
    if (!fg_response_read(fg_fork_vm(f), &v, &r, why))
        return fault(f, why);
    *out = (forge_response){ .status = r.status,
                             .kind = bodies[r.kind],
                             .value = fg_to_outside(r.body),
                             .file = -1 };
    if (r.kind == FG_BODY_TEXT) {
        out->text = r.body.as.str->bytes;
        out->n = r.body.as.str->len;
    }
    if (r.file) {
        out->file = r.file->fd;
        out->file_name = r.file->name;
    }
    return r.headers->len == 0 || copy_headers(f, &r, out) ? 1 : no_memory(f);
}

// SPDX-License-Identifier: Apache-2.0
/* Any bytes are the body of a request, of a type that its first byte says: read in random
 * pieces, it is the same form, with the same files, as the body at
 * once, or fails with the same words.  The bytes are a header, too. */
#include "fuzz.h"

#define LARGEST ((size_t)100 << 10)

static const char source[] =
    "fn content(file) {\n"
    "    let mut n = 0\n"
    "    let mut piece = file.read(1000)\n"
    "    while piece != null {\n"
    "        n = n + len(piece.bytes())\n"
    "        piece = file.read(1000)\n"
    "    }\n"
    "    if n != file.size { return \"size\" }\n"
    "    for bad in [\"/\", \"\\\\\", \"\\0\"] {\n"
    "        if contains(file.filename, bad) { return \"name\" }\n"
    "    }\n"
    "    return file.text()\n"
    "}\n"
    "fn form(r) {\n"
    "    try {\n"
    "        let fields = r.form()\n"
    "        return [fields, map(keys(fields), fn(k) { return r.form_all(k) }), "
    "r.files(),\n"
    "                map(r.files(), content)]\n"
    "    } catch e {\n"
    "        return e.message\n"
    "    }\n"
    "}\n"
    "fn rest(r) {\n"
    "    try { return [r.header_all(\"x\"), r.json()] } catch e { return e.message }\n"
    "}\n";

static const char *const types[] = { "multipart/form-data; boundary=B",
                                     "application/x-www-form-urlencoded",
                                     "text/plain" };

/* A body that comes in random pieces. */
typedef struct stream {
    const char *text;
    size_t n, at;
    uint32_t seed;
} stream;

static int64_t on_read(void *ctx, char *at, size_t n, forge_incoming *how)
{
    stream *s = ctx;
    s->seed = s->seed * 1664525u + 1013904223u;
    size_t some = 1 + ((s->seed >> 12) & ((1u << (s->seed >> 28)) - 1));
    size_t left = s->n - s->at;
    how->fd = -1;
    some = some < n ? some : n;
    some = some < left ? some : left;
    memcpy(at, s->text + s->at, some);
    s->at += some;
    return (int64_t)some;
}

/* A fork whose requests have this body. */
static forge_fork *fork_with(stream *body)
{
    static const forge_limits limits = { .memory = 64u << 20, .fuel = 50000000 };
    static forge_template *program;
    forge_build b = { .file = "fuzz", .source = source, .source_len = strlen(source) };
    forge_env env = { .read = on_read, .ctx = body };
    forge_fork *f;
    if (!program)
        REQUIRE(forge_build_template(&b, &program, NULL) == FORGE_OK);
    REQUIRE(forge_fork_begin(program, NULL, &limits, &env, &f) == FORGE_OK);
    return f;
}

/* JSON text of what the function says, in the fork. */
static const char *ask(forge_fork *f, const char *function, const forge_request *r,
                       size_t *n)
{
    const char *text = NULL;
    forge_value request, out;
    REQUIRE(forge_request_value(f, r, &request) == FORGE_OK);
    if (forge_call(f, function, &request, 1, &out) != FORGE_OK)
        REQUIRE(fuzz_limited(f));
    else
        REQUIRE(forge_json_text(f, out, &text, n) == FORGE_OK);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > LARGEST)
        return 0;
    const char *type = types[data[0] % 3], *body = (const char *)data + 1;
    size_t n = size - 1, nwhole, nparts;
    const forge_pair headers[] = { { "content-type", type, 12, strlen(type) },
                                   { "X", body, 1, n },
                                   { body, body, n < 20 ? n : 20, n } };
    forge_request r = {
        .headers = headers, .nheaders = 3, .query = headers, .nquery = 3
    };
    stream s = { body, n, 0, data[0] };
    forge_fork *parts = fork_with(&s), *whole = fork_with(&s);
    const char *apart = ask(parts, "form", &r, &nparts);
    r.body = body;
    r.body_len = n;
    const char *once = ask(whole, "form", &r, &nwhole);
    if (apart && once)
        REQUIRE(nparts == nwhole && memcmp(apart, once, nwhole) == 0);
    ask(whole, "rest", &r, &nwhole);
    forge_fork_end(parts);
    forge_fork_end(whole);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Helpers of the tests that run programs (see prog.h). */
#include "prog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define REGION_SIZE ((size_t)1 << 30)

void prog_build(prog *p, const char *source)
{
    prog_build_with(p, source, &(forge_env){ 0 });
}

void prog_build_with(prog *p, const char *source, const forge_env *env)
{
    p->size = REGION_SIZE;
    p->region = mmap(NULL, p->size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(p->region != MAP_FAILED);
    forge_build b = {
        .file = "test.fg",
        .source = source,
        .source_len = strlen(source),
        .region = p->region,
        .region_size = p->size,
        .env = *env,
    };
    forge_error *err = NULL;
    if (forge_build_template(&b, &p->tmpl, &err) != FORGE_OK)
        fail_msg("%s", err ? forge_error_report(err)->text : "no template");
    assert_int_equal(mprotect(p->region, p->size, PROT_READ), 0);
    p->sum = forge_template_checksum(p->tmpl);
}

void prog_free(prog *p)
{
    assert_true(forge_template_checksum(p->tmpl) == p->sum);
    forge_template_free(p->tmpl);
    munmap(p->region, p->size);
}

forge_fork *prog_fork(prog *p)
{
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(p->tmpl, NULL, NULL, NULL, &f), FORGE_OK);
    return f;
}

const char *prog_call(forge_fork *f, const char *name)
{
    forge_value v;
    const char *text = NULL;
    size_t n;
    if (forge_call(f, name, NULL, 0, &v) != FORGE_OK) {
        const forge_report *r = forge_fork_report(f);
        fail_msg("%s(): %s", name, r ? r->text : "no report");
    }
    assert_int_equal(forge_display_text(f, v, &text, &n), FORGE_OK);
    static char copy[4096]; /* terminated, which the text is not */
    assert_true(n < sizeof copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void prog_expect(forge_fork *f, const char *name, const char *text)
{
    assert_string_equal(prog_call(f, name), text);
}

static void *block_get(void *ctx, size_t size)
{
    prog_host *h = ctx;
    if (++h->gets >= h->fail_at && h->fail_at)
        return NULL;
    void *block = malloc(size);
    h->bytes += size;
    h->blocks++;
    return block;
}

static void block_put(void *ctx, void *block, size_t size)
{
    prog_host *h = ctx;
    h->bytes -= size;
    h->blocks--;
    free(block);
}

forge_host prog_host_of(prog_host *h)
{
    return (forge_host){ block_get, block_put, h };
}

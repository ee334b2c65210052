// SPDX-License-Identifier: Apache-2.0
/* Names and types as text. */
#include "ipc/stubs/emit.h"

#include <ctype.h>

static const struct kind {
    const char *text, *c_type;
} kinds[] = {
    [FG_KIND_BOOL] = { "bool", "bool" },
    [FG_KIND_U8] = { "u8", "uint8_t" },
    [FG_KIND_U16] = { "u16", "uint16_t" },
    [FG_KIND_U32] = { "u32", "uint32_t" },
    [FG_KIND_U64] = { "u64", "uint64_t" },
    [FG_KIND_I64] = { "i64", "int64_t" },
    [FG_KIND_F64] = { "f64", "double" },
    [FG_KIND_ENUM] = { "enum", "uint32_t" },
    [FG_KIND_STRING] = { "string", "fg_slice" },
    [FG_KIND_BYTES] = { "bytes", "fg_slice" },
    [FG_KIND_BIN] = { "bin32", "fg_bin32" },
    [FG_KIND_VALUE] = { "value", "fg_slice" },
    [FG_KIND_RECORD] = { "", "" },
    [FG_KIND_OPTIONAL] = { "opt", "" },
    [FG_KIND_LIST] = { "list", "" },
    [FG_KIND_ARRAY] = { "", "" },
    [FG_KIND_MAP] = { "map", "" },
};

void fg_stubs_snake(fg_bytes *b, const char *name)
{
    fg_arena arena;
    fg_arena_init(&arena, 0);
    char *text = fg_schema_snake(&arena, name);
    if (text)
        fg_bytes_str(b, text);
    else
        b->failed = true;
    fg_arena_drop(&arena);
}

void fg_stubs_upper(fg_bytes *b, const char *name)
{
    uint32_t from = b->n;
    fg_stubs_snake(b, name);
    for (uint32_t i = from; i < b->n; i++)
        b->p[i] = (char)toupper((unsigned char)b->p[i]);
}

/* As part of the name of a type that contains it. */
static void part_name(fg_bytes *b, const fg_schema *s, const fg_schema_type *t)
{
    switch (t->kind) {
    case FG_KIND_BIN:
    case FG_KIND_RECORD:
        fg_stubs_snake(b, t->name ? t->name : kinds[t->kind].text);
        return;
    case FG_KIND_OPTIONAL:
    case FG_KIND_LIST:
    case FG_KIND_MAP: fg_bytes_fmt(b, "%s_of_", kinds[t->kind].text); break;
    case FG_KIND_ARRAY: fg_bytes_fmt(b, "%u_of_", t->max); break;
    default: fg_bytes_str(b, kinds[t->kind].text); return;
    }
    part_name(b, s, t->of);
}

void fg_stubs_c_type(fg_bytes *b, const fg_schema *s, const fg_schema_type *t)
{
    if (t->of) {
        fg_stubs_snake(b, s->service);
        fg_bytes_char(b, '_');
        part_name(b, s, t);
    } else if (t->kind == FG_KIND_BIN && t->name) {
        fg_stubs_snake(b, s->service);
        fg_bytes_char(b, '_');
        fg_stubs_snake(b, t->name);
    } else if (t->kind == FG_KIND_RECORD) {
        fg_stubs_snake(b, t->name);
    } else {
        fg_bytes_str(b, kinds[t->kind].c_type);
    }
}

void fg_stubs_type_text(fg_bytes *b, const fg_schema_type *t)
{
    bool bounded = t->kind != FG_KIND_BIN && t->kind != FG_KIND_ENUM
                   && t->kind != FG_KIND_ARRAY && t->max != UINT32_MAX;
    if (t->kind == FG_KIND_MAP)
        fg_bytes_str(b, "map<");
    if (t->of)
        fg_stubs_type_text(b, t->of);
    else
        fg_bytes_str(b, t->name ? t->name : kinds[t->kind].text);
    if (t->kind == FG_KIND_OPTIONAL)
        fg_bytes_char(b, '?');
    else if (t->kind == FG_KIND_LIST)
        fg_bytes_str(b, "[]");
    else if (t->kind == FG_KIND_ARRAY)
        fg_bytes_fmt(b, "[%u]", t->max);
    else if (t->kind == FG_KIND_MAP)
        fg_bytes_char(b, '>');
    if (bounded)
        fg_bytes_fmt(b, "<=%u", t->max);
}

/* ---- documentation ------------------------------------------------------------------- */

static void doc_record(fg_bytes *b, const char *what, const fg_schema_record *r)
{
    fg_bytes_fmt(b, "%s", what);
    if (r->n == 0)
        fg_bytes_str(b, " nothing");
    for (uint32_t i = 0; i < r->n; i++) {
        fg_bytes_fmt(b, "%s `%s: ", i ? "," : "", r->fields[i].name);
        fg_stubs_type_text(b, r->fields[i].type);
        fg_bytes_char(b, '`');
    }
    fg_bytes_str(b, "\n");
}

static bool is_of_command(const fg_schema *s, const fg_schema_record *r)
{
    const fg_schema_command *c = s->commands;
    while (c && c->request != r && c->response != r)
        c = c->next;
    return c != NULL;
}

void fg_stubs_doc(fg_bytes *b, const fg_schema *s)
{
    fg_bytes_fmt(b, "# The service %s\n\nSchema `%s`.\n\n", s->service, s->hash);
    for (const fg_schema_name *e = s->enums; e; e = e->next) {
        fg_bytes_fmt(b, "- enum `%s`:", e->name);
        for (uint32_t i = 0; i < e->n; i++)
            fg_bytes_fmt(b, "%s `%s`", i ? "," : "", e->names[i]);
        fg_bytes_str(b, "\n");
    }
    for (const fg_schema_name *a = s->bins; a; a = a->next)
        fg_bytes_fmt(b, "- `%s`: 32 bytes\n", a->name);
    for (const fg_schema_record *r = s->records; r; r = r->next) {
        if (is_of_command(s, r))
            continue;
        fg_bytes_fmt(b, "- type `%s`", r->name);
        doc_record(b, ":", r);
    }
    for (const fg_schema_command *c = s->commands; c; c = c->next) {
        fg_bytes_fmt(b, "\n## %s\n\n", c->name);
        doc_record(b, "- request:", c->request);
        doc_record(b, "- response:", c->response);
    }
}

// SPDX-License-Identifier: Apache-2.0
/* Header and source. */
#include "ipc/stubs/emit.h"

#include <stdlib.h>

static void banner(fg_bytes *b, const fg_stubs_names *names)
{
    fg_bytes_fmt(b,
                 "// SPDX-License-Identifier: Apache-2.0\n"
                 "/* Generated from %s by `make stubs`: change that instead. */\n",
                 names->schema);
}

static void line(fg_bytes *b, const char *before, const char *name, const char *after)
{
    fg_bytes_str(b, before);
    fg_stubs_snake(b, name);
    fg_bytes_str(b, after);
}

/* "echo_bytes" of the service and the command. */
static void command_name(fg_bytes *b, const fg_schema *s, const fg_schema_command *c)
{
    line(b, "", s->service, "_");
    fg_stubs_snake(b, c->name);
}

/* ---- types --------------------------------------------------------------------------- */

/* Types that contain others, once for each C name. */
typedef struct shapes {
    const char **names;
    uint32_t n;
} shapes;

static bool is_new(shapes *known, const fg_bytes *name)
{
    for (uint32_t i = 0; i < known->n; i++)
        if (strcmp(known->names[i], name->p) == 0)
            return false;
    known->names = realloc(known->names, (known->n + 1) * sizeof *known->names);
    known->names[known->n++] = strndup(name->p, name->n);
    return true;
}

static void forget(shapes *known)
{
    for (uint32_t i = 0; i < known->n; i++)
        free((char *)known->names[i]);
    free(known->names);
}

static void emit_shape(fg_bytes *b, const fg_schema *s, const fg_schema_type *t,
                       shapes *known)
{
    fg_bytes name;
    if (!t->of)
        return;
    emit_shape(b, s, t->of, known);
    fg_bytes_init(&name);
    fg_stubs_c_type(&name, s, t);
    fg_bytes_char(&name, '\0');
    if (is_new(known, &name)) {
        fg_bytes_fmt(b, "typedef struct %s {\n", name.p);
        if (t->kind == FG_KIND_OPTIONAL)
            fg_bytes_str(b, "    bool present;\n");
        fg_bytes_str(b,
                     t->kind == FG_KIND_MAP ? "    struct {\n    fg_slice key;\n" : "");
        fg_bytes_str(b, "    ");
        fg_stubs_c_type(b, s, t->of);
        switch (t->kind) {
        case FG_KIND_LIST: fg_bytes_str(b, " *at;\n    uint32_t n;\n"); break;
        case FG_KIND_ARRAY: fg_bytes_fmt(b, " at[%u];\n", t->max); break;
        case FG_KIND_MAP:
            fg_bytes_str(b, " value;\n    } *at;\n    uint32_t n;\n");
            break;
        default: fg_bytes_str(b, " value;\n"); break;
        }
        fg_bytes_fmt(b, "} %s;\n\n", name.p);
    }
    fg_bytes_drop(&name);
}

static void emit_record(fg_bytes *b, const fg_schema *s, const fg_schema_record *r,
                        shapes *known)
{
    for (uint32_t i = 0; i < r->n; i++)
        emit_shape(b, s, r->fields[i].type, known);
    line(b, "typedef struct ", r->name, " {\n");
    for (uint32_t i = 0; i < r->n; i++) {
        fg_bytes_str(b, "    ");
        fg_stubs_c_type(b, s, r->fields[i].type);
        fg_bytes_fmt(b, " %s;\n", r->fields[i].c_name);
    }
    if (r->n == 0)
        fg_bytes_str(b, "    char nothing;\n");
    line(b, "} ", r->name, ";\n\n");
}

static void emit_names(fg_bytes *b, const fg_schema *s)
{
    for (const fg_schema_name *a = s->bins; a; a = a->next) {
        line(b, "typedef struct ", s->service, "_");
        line(b, "", a->name, " {\n    unsigned char bytes[32];\n} ");
        line(b, "", s->service, "_");
        line(b, "", a->name, ";\n\n");
    }
    for (const fg_schema_name *e = s->enums; e; e = e->next) {
        fg_bytes_str(b, "enum {");
        for (uint32_t i = 0; i < e->n; i++) {
            fg_bytes_str(b, i ? ", " : " ");
            fg_stubs_upper(b, s->service);
            fg_bytes_char(b, '_');
            fg_stubs_upper(b, e->name);
            fg_bytes_char(b, '_');
            fg_stubs_upper(b, e->names[i]);
        }
        fg_bytes_str(b, " };\n\n");
    }
}

/* ---- the header ---------------------------------------------------------------------- */

static void emit_commands(fg_bytes *b, const fg_schema *s)
{
    fg_bytes_str(b, "/* Places in the table of commands. */\nenum {\n");
    for (const fg_schema_command *c = s->commands; c; c = c->next) {
        fg_bytes_str(b, "    ");
        fg_stubs_upper(b, s->service);
        fg_bytes_char(b, '_');
        fg_stubs_upper(b, c->name);
        fg_bytes_str(b, ",\n");
    }
    fg_bytes_str(b, "};\n\n");
}

static void emit_handlers(fg_bytes *b, const fg_schema *s)
{
    fg_bytes_str(b,
                 "/* What a server does; each answers exactly once, now or later.  The "
                 "request lives as long\n * as the responder. */\n");
    line(b, "typedef struct ", s->service, "_handlers {\n");
    for (const fg_schema_command *c = s->commands; c; c = c->next) {
        line(b, "    void (*", c->name, ")(void *ctx, const ");
        line(b, "", c->request->name, " *q, fg_responder *r);\n");
    }
    line(b, "} ", s->service, "_handlers;\n\n");
    line(b, "extern const fg_service ", s->service, "_service;\n\n");
    line(b, "static inline void ", s->service, "_dispatch(const ");
    line(b, "", s->service, "_handlers *h, void *ctx, fg_responder *r)\n{\n");
    line(b, "    fg_service_dispatch(&", s->service, "_service, h, ctx, r);\n}\n\n");
}

static void emit_table_entry(fg_bytes *b, const fg_schema *s,
                             const fg_schema_command *c)
{
    line(b, "&", s->service, "_service.commands[");
    fg_stubs_upper(b, s->service);
    fg_bytes_char(b, '_');
    fg_stubs_upper(b, c->name);
    fg_bytes_char(b, ']');
}

/* Answer, request and response of one command, with their types. */
static void emit_functions(fg_bytes *b, const fg_schema *s, const fg_schema_command *c)
{
    fg_bytes_str(b, "static inline bool ");
    command_name(b, s, c);
    line(b, "_answer(fg_responder *r, const ", c->response->name, " *v)\n{\n");
    fg_bytes_str(b, "    return fg_service_answer(r, ");
    emit_table_entry(b, s, c);
    fg_bytes_str(b, ", v);\n}\n\nstatic inline void ");
    command_name(b, s, c);
    line(b, "_write(fg_bytes *b, const ", c->request->name, " *q)\n{\n");
    fg_bytes_str(b, "    fg_service_request(b, ");
    emit_table_entry(b, s, c);
    fg_bytes_str(b, ", q);\n}\n\nstatic inline bool ");
    command_name(b, s, c);
    line(b, "_read(fg_slice payload, fg_arena *arena, ", c->response->name,
         " *v, fg_service_error *e)\n{\n");
    line(b, "    return fg_service_response(&", s->service, "_service, ");
    emit_table_entry(b, s, c);
    fg_bytes_str(b, ", payload, arena, v, e);\n}\n\n");
}

static void emit_guard(fg_bytes *b, const fg_schema *s)
{
    fg_bytes_str(b, "FG_STUBS_");
    fg_stubs_upper(b, s->service);
    fg_bytes_str(b, "_H\n");
}

void fg_stubs_header(fg_bytes *b, const fg_schema *s, const fg_stubs_names *names)
{
    shapes known = { NULL, 0 };
    banner(b, names);
    fg_bytes_str(b, "#ifndef ");
    emit_guard(b, s);
    fg_bytes_str(b, "#define ");
    emit_guard(b, s);
    fg_bytes_str(b, "\n#include \"ipc/service.h\"\n\n");
    emit_names(b, s);
    for (const fg_schema_record *r = s->records; r; r = r->next)
        emit_record(b, s, r, &known);
    emit_commands(b, s);
    emit_handlers(b, s);
    for (const fg_schema_command *c = s->commands; c; c = c->next)
        emit_functions(b, s, c);
    fg_bytes_str(b, "#endif\n");
    forget(&known);
}

/* ---- the source ---------------------------------------------------------------------- */

static const char *const kind_names[] = {
    [FG_KIND_BOOL] = "BOOL",     [FG_KIND_U8] = "U8",
    [FG_KIND_U16] = "U16",       [FG_KIND_U32] = "U32",
    [FG_KIND_U64] = "U64",       [FG_KIND_I64] = "I64",
    [FG_KIND_F64] = "F64",       [FG_KIND_ENUM] = "ENUM",
    [FG_KIND_STRING] = "STRING", [FG_KIND_BYTES] = "BYTES",
    [FG_KIND_BIN] = "BIN",       [FG_KIND_VALUE] = "VALUE",
    [FG_KIND_RECORD] = "RECORD", [FG_KIND_OPTIONAL] = "OPTIONAL",
    [FG_KIND_LIST] = "LIST",     [FG_KIND_ARRAY] = "ARRAY",
    [FG_KIND_MAP] = "MAP",
};

static uint32_t number_of(const fg_schema *s, const char *record)
{
    uint32_t i = 0;
    for (const fg_schema_record *r = s->records; r; r = r->next, i++)
        if (strcmp(r->name, record) == 0)
            break;
    return i;
}

static void emit_type(fg_bytes *b, const fg_schema *s, const fg_schema_type *t)
{
    fg_bytes c_type;
    fg_bytes_init(&c_type);
    fg_stubs_c_type(&c_type, s, t);
    fg_bytes_char(&c_type, '\0');
    fg_bytes_fmt(b, "    { .kind = FG_KIND_%s, .size = sizeof(%s), .max = ",
                 kind_names[t->kind], c_type.p);
    fg_bytes_fmt(b, t->max == UINT32_MAX ? "UINT32_MAX" : "%u", t->max);
    if (t->of)
        fg_bytes_fmt(b, ", .of = &types[%u]", t->of->number);
    if (t->kind == FG_KIND_OPTIONAL)
        fg_bytes_fmt(b, ", .inner = offsetof(%s, value)", c_type.p);
    if (t->kind == FG_KIND_MAP)
        fg_bytes_fmt(b,
                     ", .inner = offsetof(__typeof__(*((%s *)0)->at), value)"
                     ", .pair = sizeof(*((%s *)0)->at)",
                     c_type.p, c_type.p);
    if (t->kind == FG_KIND_RECORD)
        fg_bytes_fmt(b, ", .record = &records[%u]", number_of(s, t->name));
    fg_bytes_str(b, " }, /* ");
    fg_stubs_type_text(b, t);
    fg_bytes_str(b, " */\n");
    fg_bytes_drop(&c_type);
}

static void emit_fields(fg_bytes *b, const fg_schema_record *r)
{
    if (r->n == 0)
        return;
    line(b, "static const fg_field fields_of_", r->name, "[] = {\n");
    for (uint32_t i = 0; i < r->n; i++) {
        const fg_schema_field *f = &r->fields[i];
        fg_bytes_fmt(b, "    { \"%s\", offsetof(", f->name);
        line(b, "", r->name, ", ");
        fg_bytes_fmt(b, "%s), &types[%u] },\n", f->c_name, f->type->number);
    }
    fg_bytes_str(b, "};\n\n");
}

static void emit_tables(fg_bytes *b, const fg_schema *s)
{
    uint32_t n = 0;
    for (const fg_schema_record *r = s->records; r; r = r->next)
        n++;
    fg_bytes_fmt(b, "static const fg_record records[%u];\n\n", n);
    if (s->ntypes > 0)
        fg_bytes_fmt(b, "static const fg_type types[%u] = {\n", s->ntypes);
    for (uint32_t i = 0; i < s->ntypes; i++)
        emit_type(b, s, s->types[i]);
    fg_bytes_str(b, s->ntypes > 0 ? "};\n\n" : "");
    for (const fg_schema_record *r = s->records; r; r = r->next)
        emit_fields(b, r);
    fg_bytes_fmt(b, "static const fg_record records[%u] = {\n", n);
    for (const fg_schema_record *r = s->records; r; r = r->next) {
        fg_bytes_fmt(b, "    { \"%s\", sizeof(", r->name);
        line(b, "", r->name, "), ");
        fg_bytes_fmt(b, "%u, ", r->n);
        line(b, r->n ? "fields_of_" : "NULL /* ", r->name, r->n ? " },\n" : " */ },\n");
    }
    fg_bytes_str(b, "};\n\n");
}

static void emit_call(fg_bytes *b, const fg_schema *s, const fg_schema_command *c)
{
    line(b, "static void call_", c->name,
         "(const void *h, void *ctx, const void *q, fg_responder *r)\n{\n");
    line(b, "    ((const ", s->service, "_handlers *)h)->");
    line(b, "", c->name, "(ctx, q, r);\n}\n\n");
}

static void emit_service(fg_bytes *b, const fg_schema *s)
{
    uint32_t n = 0;
    fg_bytes_str(b, "static const fg_command commands[] = {\n");
    for (const fg_schema_command *c = s->commands; c; c = c->next, n++) {
        fg_bytes_str(b, "    [");
        fg_stubs_upper(b, s->service);
        fg_bytes_char(b, '_');
        fg_stubs_upper(b, c->name);
        fg_bytes_fmt(b, "] = { \"%s%s\", \"%s\", &records[%u], &records[%u], ",
                     s->service, c->name, c->response->name,
                     number_of(s, c->request->name), number_of(s, c->response->name));
        line(b, "call_", c->name, " },\n");
    }
    fg_bytes_str(b, "};\n\n");
    line(b, "const fg_service ", s->service, "_service = {\n");
    fg_bytes_fmt(
        b, "    \"%s\", \"%sErrorResponse\",\n    \"%s\",\n    %u, commands,\n};\n",
        s->service, s->service, s->hash, n);
}

void fg_stubs_source(fg_bytes *b, const fg_schema *s, const fg_stubs_names *names)
{
    banner(b, names);
    fg_bytes_fmt(b, "#include \"%s.h\"\n\n", names->include);
    emit_tables(b, s);
    for (const fg_schema_command *c = s->commands; c; c = c->next)
        emit_call(b, s, c);
    emit_service(b, s);
}

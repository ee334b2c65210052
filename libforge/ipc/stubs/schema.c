// SPDX-License-Identifier: Apache-2.0
/* jansson reads the JSON, once comments are blanks; what it means is checked here. */
#include "ipc/stubs/schema.h"

#include <ctype.h>
#include <jansson.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_BYTES 64u
#define DEEPEST 8u      /* suffixes and maps of one type */
#define ARRAY_MAX 4096u /* elements of T[N] */

typedef struct parser {
    fg_schema *s;
    fg_arena *arena;
    json_t *root;
    const char *where; /* the record or command that is looked at */
    fg_schema_record **last_record;
    uint32_t depth; /* of types within types */
} parser;

__attribute__((format(printf, 2, 3))) static bool fail(parser *p, const char *fmt, ...)
{
    va_list ap;
    if (p->s->error[0])
        return false;
    int n = p->where ? snprintf(p->s->error, sizeof p->s->error, "%s: ", p->where) : 0;
    va_start(ap, fmt);
    vsnprintf(p->s->error + n, sizeof p->s->error - (size_t)n, fmt, ap);
    va_end(ap);
    return false;
}

static void *get(parser *p, size_t size)
{
    void *at = fg_arena_get(p->arena, size);
    if (!at)
        fail(p, "there is no memory");
    return at;
}

static const char *join(parser *p, const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *text = get(p, n + m + 1);
    if (!text)
        return "";
    memcpy(text, a, n);
    memcpy(text + n, b, m);
    return text;
}

/* ---- names ----------------------------------------------------------------------- */

char *fg_schema_snake(fg_arena *arena, const char *name)
{
    char *out = fg_arena_get(arena, 2 * strlen(name) + 1), *at = out;
    for (const char *c = name; out && *c; c++) {
        bool upper = isupper((unsigned char)*c);
        if (upper && c > name && c[-1] != '_'
            && (!isupper((unsigned char)c[-1]) || islower((unsigned char)c[1])))
            *at++ = '_';
        *at++ = (char)tolower((unsigned char)*c);
    }
    return out;
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_MAX_BYTES || !isalpha((unsigned char)name[0]))
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return true;
}

static bool is_reserved(const char *word)
{
    static const char *const words[] = {
        "auto",    "break",  "case",     "char",   "const",    "continue", "default",
        "do",      "double", "else",     "enum",   "extern",   "float",    "for",
        "goto",    "if",     "inline",   "int",    "long",     "register", "restrict",
        "return",  "short",  "signed",   "sizeof", "static",   "struct",   "switch",
        "typedef", "union",  "unsigned", "void",   "volatile", "while",    "bool",
        "true",    "false",  "asm",      "typeof", "class",    "def",      "from",
        "import",  "in",     "is",       "lambda", "None",     "pass",     "fn",
        "let",     "match",  "mut",      "self",   "spawn",    "try",      "catch",
    };
    for (uint32_t i = 0; i < FG_COUNT(words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool check_name(parser *p, const char *what, const char *name)
{
    return is_name(name)
           || fail(p,
                   "'%.80s' cannot be the name of %s: use letters, digits and '_', a "
                   "letter first, at most 64",
                   name, what);
}

/* ---- types ------------------------------------------------------------------------- */

static const struct leaf {
    const char *name;
    fg_kind kind;
    uint32_t max;
} leaves[] = {
    { "bool", FG_KIND_BOOL, UINT32_MAX },   { "u8", FG_KIND_U8, UINT32_MAX },
    { "u16", FG_KIND_U16, UINT32_MAX },     { "u32", FG_KIND_U32, UINT32_MAX },
    { "u64", FG_KIND_U64, UINT32_MAX },     { "i64", FG_KIND_I64, UINT32_MAX },
    { "f64", FG_KIND_F64, UINT32_MAX },     { "string", FG_KIND_STRING, UINT32_MAX },
    { "bytes", FG_KIND_BYTES, UINT32_MAX }, { "bin32", FG_KIND_BIN, 32 },
    { "value", FG_KIND_VALUE, UINT32_MAX },
};

static const struct leaf *leaf_of(const char *name)
{
    for (uint32_t i = 0; i < FG_COUNT(leaves); i++)
        if (strcmp(leaves[i].name, name) == 0)
            return &leaves[i];
    return NULL;
}

static bool same_type(const fg_schema_type *a, const fg_schema_type *b)
{
    return a->kind == b->kind && a->max == b->max && a->of == b->of
           && (a->name == b->name || (a->name && b->name && !strcmp(a->name, b->name)));
}

/* The one of the schema that is like this. */
static fg_schema_type *intern(parser *p, const fg_schema_type *like)
{
    fg_schema *s = p->s;
    for (uint32_t i = 0; i < s->ntypes; i++)
        if (same_type(s->types[i], like))
            return s->types[i];
    fg_schema_type *t = get(p, sizeof *t);
    fg_schema_type **grown = get(p, (s->ntypes + 1) * sizeof *grown);
    if (!t || !grown)
        return NULL;
    if (s->ntypes > 0)
        memcpy(grown, s->types, s->ntypes * sizeof *grown);
    *t = *like;
    t->number = s->ntypes;
    grown[s->ntypes++] = t;
    s->types = grown;
    return t;
}

static const fg_schema_record *record_named(const parser *p, const char *name)
{
    const fg_schema_record *r = p->s->records;
    while (r && strcmp(r->name, name) != 0)
        r = r->next;
    return r;
}

static const fg_schema_name *find_name(const fg_schema_name *n, const char *name)
{
    while (n && strcmp(n->name, name) != 0)
        n = n->next;
    return n;
}

static bool parse_record(parser *p, const char *name, json_t *fields);

/* A type of the schema that is used before it stands there is read now. */
static bool resolve_record(parser *p, const char *name)
{
    json_t *fields = json_object_get(json_object_get(p->root, "types"), name);
    if (record_named(p, name))
        return true;
    if (!fields)
        return fail(p, "there is no type '%.80s'", name);
    if (p->depth >= 32)
        return fail(p, "the type '%.80s' contains itself", name);
    const char *where = p->where;
    p->depth++;
    bool ok = parse_record(p, name, fields);
    p->depth--;
    p->where = where;
    return ok;
}

static fg_schema_type *named_type(parser *p, const char *name)
{
    fg_schema_type t = { .max = UINT32_MAX };
    const char *target =
        json_string_value(json_object_get(json_object_get(p->root, "aliases"), name));
    const struct leaf *leaf = leaf_of(target ? target : name);
    if (leaf) {
        t.kind = leaf->kind;
        t.max = leaf->max;
        t.name = target && leaf->kind == FG_KIND_BIN ? name : NULL;
        return intern(p, &t);
    }
    const fg_schema_name *e = find_name(p->s->enums, name);
    t.name = name;
    t.kind = e ? FG_KIND_ENUM : FG_KIND_RECORD;
    if (e)
        t.max = e->n - 1;
    return e || resolve_record(p, name) ? intern(p, &t) : NULL;
}

/* "<=N": the bound, else none; *at goes on behind it. */
static bool parse_bound(parser *p, const char **at, uint32_t *max)
{
    char *end;
    if ((*at)[0] != '<' || (*at)[1] != '=')
        return true;
    unsigned long n = isdigit((unsigned char)(*at)[2]) ? strtoul(*at + 2, &end, 10) : 0;
    if (n == 0 || n > FG_MAX_LEN)
        return fail(p, "'%.40s' bounds nothing: write <= and a number from 1 to %u",
                    *at, FG_MAX_LEN);
    *at = end;
    *max = (uint32_t)n;
    return true;
}

static fg_schema_type *parse_type(parser *p, const char **at, uint32_t depth);

static fg_schema_type *parse_map(parser *p, const char **at, uint32_t depth)
{
    fg_schema_type t = { .kind = FG_KIND_MAP, .max = UINT32_MAX };
    *at += strlen("map<");
    t.of = parse_type(p, at, depth);
    if (!t.of)
        return NULL;
    if (**at != '>') {
        fail(p, "'>' is missing after map<...");
        return NULL;
    }
    ++*at;
    return parse_bound(p, at, &t.max) ? intern(p, &t) : NULL;
}

static fg_schema_type *parse_base(parser *p, const char **at, uint32_t depth)
{
    if (strncmp(*at, "map<", 4) == 0 && (*at)[4] != '=')
        return parse_map(p, at, depth);
    size_t n = 0;
    while (isalnum((unsigned char)(*at)[n]) || (*at)[n] == '_')
        n++;
    char *name = get(p, n + 1);
    if (!name)
        return NULL;
    memcpy(name, *at, n);
    if (n == 0) {
        fail(p, "'%.40s' is no type", *at);
        return NULL;
    }
    *at += n;
    fg_schema_type *found = named_type(p, name);
    if (!found || **at != '<')
        return found;
    fg_schema_type t = *found;
    if (t.kind != FG_KIND_STRING && t.kind != FG_KIND_BYTES
        && t.kind != FG_KIND_VALUE) {
        fail(p,
             "'%.80s' has no bound: string, bytes, value, map<T> and [] may have one",
             name);
        return NULL;
    }
    return parse_bound(p, at, &t.max) ? intern(p, &t) : NULL;
}

/* "[]" or "[N]". */
static fg_schema_type *parse_brackets(parser *p, const char **at, fg_schema_type *of)
{
    fg_schema_type t = { .kind = FG_KIND_LIST, .max = UINT32_MAX, .of = of };
    if ((*at)[1] == ']') {
        *at += 2;
        return parse_bound(p, at, &t.max) ? intern(p, &t) : NULL;
    }
    char *end = NULL;
    unsigned long n = isdigit((unsigned char)(*at)[1]) ? strtoul(*at + 1, &end, 10) : 0;
    if (n == 0 || n > ARRAY_MAX || *end != ']') {
        fail(p, "'%.40s' is no number of elements: write [] or [1] to [%u]", *at,
             ARRAY_MAX);
        return NULL;
    }
    *at = end + 1;
    t.kind = FG_KIND_ARRAY;
    t.max = (uint32_t)n;
    return intern(p, &t);
}

static fg_schema_type *parse_optional(parser *p, const char **at, fg_schema_type *of)
{
    fg_schema_type t = { .kind = FG_KIND_OPTIONAL, .max = UINT32_MAX, .of = of };
    if (of->kind == FG_KIND_OPTIONAL || of->kind == FG_KIND_VALUE) {
        fail(p, "'?' says nothing here: %s",
             of->kind == FG_KIND_VALUE ? "a value may be nil itself"
                                       : "it is optional already");
        return NULL;
    }
    ++*at;
    return intern(p, &t);
}

static fg_schema_type *parse_type(parser *p, const char **at, uint32_t depth)
{
    if (depth == 0) {
        fail(p, "a type of more than %u parts", DEEPEST);
        return NULL;
    }
    fg_schema_type *t = parse_base(p, at, depth - 1);
    while (t && (**at == '?' || **at == '[')) {
        if (--depth == 0) {
            fail(p, "a type of more than %u parts", DEEPEST);
            return NULL;
        }
        t = **at == '?' ? parse_optional(p, at, t) : parse_brackets(p, at, t);
    }
    return t;
}

/* ---- records ----------------------------------------------------------------------- */

static bool parse_field(parser *p, fg_schema_record *r, const char *name, json_t *value)
{
    const char *text = json_string_value(value), *at = text;
    fg_schema_field *f = &r->fields[r->n];
    if (!check_name(p, "a field", name))
        return false;
    if (!text)
        return fail(p, "the type of '%s' must be a text such as \"u32\"", name);
    if (r->n == FG_RECORD_FIELDS)
        return fail(p, "more than %u fields: put some into a type", FG_RECORD_FIELDS);
    f->name = join(p, name, "");
    f->c_name = fg_schema_snake(p->arena, name);
    if (!f->c_name)
        return fail(p, "there is no memory");
    if (is_reserved(f->c_name) || is_reserved(name))
        return fail(p, "'%s' is a reserved word: choose another name", name);
    for (uint32_t i = 0; i < r->n; i++)
        if (strcmp(r->fields[i].c_name, f->c_name) == 0)
            return fail(p, "'%s' and '%s' are both %s in C", r->fields[i].name, name,
                        f->c_name);
    f->type = parse_type(p, &at, DEEPEST);
    if (f->type && *at)
        return fail(p, "'%.40s' does not belong to the type of '%s'", at, name);
    r->n++;
    return f->type != NULL;
}

/* Its place in the list is behind whatever it contains. */
static bool parse_record(parser *p, const char *name, json_t *fields)
{
    const char *key;
    json_t *value;
    fg_schema_record *r = get(p, sizeof *r);
    if (!r)
        return false;
    p->where = r->name = join(p, name, "");
    if (!check_name(p, "a type", name))
        return false;
    if (!json_is_object(fields))
        return fail(p, "fields must be { \"name\": \"type\" }");
    json_object_foreach(fields, key, value)
    {
        if (!parse_field(p, r, key, value))
            return false;
    }
    if (record_named(p, r->name))
        return fail(p, "there are two of this name");
    *p->last_record = r;
    p->last_record = &r->next;
    return true;
}

static bool parse_types(parser *p)
{
    const char *name;
    json_t *fields;
    json_object_foreach(json_object_get(p->root, "types"), name, fields)
    {
        if (leaf_of(name) || find_name(p->s->enums, name)
            || json_object_get(json_object_get(p->root, "aliases"), name))
            return fail(p, "'%s' is two things: a type, and an alias, enum or leaf",
                        name);
        if (!resolve_record(p, name))
            return false;
        p->where = NULL;
    }
    return true;
}

/* ---- the rest ------------------------------------------------------------------------ */

static bool parse_alias(parser *p, const char *name, json_t *value)
{
    const char *target = json_string_value(value);
    const struct leaf *leaf = target ? leaf_of(target) : NULL;
    if (!check_name(p, "an alias", name))
        return false;
    if (!leaf || leaf->kind == FG_KIND_VALUE)
        return fail(p,
                    "the alias '%s' must stand for a leaf such as \"u32\" or \"bin32\"",
                    name);
    if (leaf_of(name))
        return fail(p, "the alias '%s' is the name of a leaf", name);
    if (leaf->kind != FG_KIND_BIN)
        return true;
    fg_schema_name *bin = get(p, sizeof *bin);
    if (!bin)
        return false;
    *bin = (fg_schema_name){ .name = join(p, name, ""), .next = p->s->bins };
    p->s->bins = bin;
    return true;
}

static bool parse_enum(parser *p, const char *name, json_t *value)
{
    fg_schema_name *e = get(p, sizeof *e);
    size_t n = json_array_size(value);
    const char **names = get(p, (n + 1) * sizeof *names);
    if (!e || !names || !check_name(p, "an enum", name))
        return false;
    if (n == 0 || n > 1000)
        return fail(p, "the enum '%s' must be a list of 1 to 1,000 names", name);
    for (size_t i = 0; i < n; i++) {
        const char *word = json_string_value(json_array_get(value, i));
        if (!word || !check_name(p, "a word of an enum", word))
            return fail(p, "the enum '%s' must be a list of names", name);
        names[i] = join(p, word, "");
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[k], word) == 0)
                return fail(p, "the enum '%s' has '%s' twice", name, word);
    }
    *e = (fg_schema_name){ join(p, name, ""), (uint32_t)n, names, p->s->enums };
    p->s->enums = e;
    return !leaf_of(name) || fail(p, "the enum '%s' is the name of a leaf", name);
}

static bool parse_error(parser *p)
{
    json_t *error = json_object_get(p->root, "error");
    const char *type = json_string_value(json_object_get(error, "message"));
    return (json_object_size(error) == 1 && type && strcmp(type, "string") == 0)
           || fail(p, "\"error\" must be exactly { \"message\": \"string\" }");
}

/* {…}, or the name of another command's response. */
static const fg_schema_record *parse_response(parser *p, const char *name,
                                              json_t *value)
{
    const char *other = json_string_value(value);
    if (!other)
        return parse_record(p, name, value) ? record_named(p, name) : NULL;
    const char *full = join(p, p->s->service, other);
    const fg_schema_record *r = record_named(p, full);
    if (!r || strlen(other) < 9 || strcmp(other + strlen(other) - 8, "Response") != 0) {
        fail(p, "there is no response '%.80s' before it", other);
        return NULL;
    }
    return r;
}

static bool parse_command(parser *p, const char *name, json_t *value,
                          fg_schema_command ***last)
{
    fg_schema_command *c = get(p, sizeof *c);
    p->where = name;
    if (!c || !check_name(p, "a command", name))
        return false;
    json_t *request = json_object_get(value, "request");
    json_t *response = json_object_get(value, "response");
    if (!request || !response || json_object_size(value) != 2)
        return fail(p, "a command is { \"request\": …, \"response\": … }");
    c->name = join(p, name, "");
    const char *full = join(p, p->s->service, name);
    if (!parse_record(p, full, request))
        return false;
    c->request = record_named(p, full);
    p->where = name;
    c->response = parse_response(p, join(p, full, "Response"), response);
    if (!c->response)
        return false;
    **last = c;
    *last = &c->next;
    return true;
}

static bool parse_commands(parser *p)
{
    fg_schema_command **last = &p->s->commands;
    json_t *commands = json_object_get(p->root, "commands"), *value;
    const char *name;
    if (json_object_size(commands) == 0)
        return fail(p, "\"commands\" must be { \"Name\": { … } }");
    json_object_foreach(commands, name, value)
    {
        if (!parse_command(p, name, value, &last))
            return false;
    }
    p->where = NULL;
    return true;
}

static bool parse_top(parser *p)
{
    static const char *const keys[] = { "service", "aliases", "enums",
                                        "types",   "error",   "commands" };
    const char *key, *service = json_string_value(json_object_get(p->root, "service"));
    json_t *value;
    json_object_foreach(p->root, key, value)
    {
        uint32_t i = 0;
        while (i < FG_COUNT(keys) && strcmp(keys[i], key) != 0)
            i++;
        if (i == FG_COUNT(keys))
            return fail(p,
                        "'%.80s' is not known: service, aliases, enums, types, error "
                        "and commands are",
                        key);
        if (i > 0 && !json_is_object(value))
            return fail(p, "\"%s\" must be { … }", key);
    }
    if (!service)
        return fail(p, "\"service\" must be the name of the service");
    p->s->service = join(p, service, "");
    return check_name(p, "a service", service);
}

static bool parse_named(parser *p, const char *key,
                        bool (*each)(parser *p, const char *name, json_t *value))
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(p->root, key), name, value)
    {
        if (!each(p, name, value))
            return false;
    }
    return true;
}

/* ---- text -------------------------------------------------------------------------- */

/* Comments become blanks, so that lines and columns stay. */
static void blank_comments(char *text, size_t n)
{
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"') {
            quoted = !quoted;
        } else if (quoted) {
            i += text[i] == '\\';
        } else if (text[i] == '/' && i + 1 < n && text[i + 1] == '/') {
            for (; i < n && text[i] != '\n'; i++)
                text[i] = ' ';
        } else if (text[i] == '/' && i + 1 < n && text[i + 1] == '*') {
            for (; i < n && !(text[i] == '*' && i + 1 < n && text[i + 1] == '/'); i++)
                text[i] = text[i] == '\n' ? '\n' : ' ';
            for (size_t end = i + 2; i < n && i < end; i++)
                text[i] = ' ';
            i--;
        }
    }
}

/* Of the text without the white space around it. */
static void hash(fg_schema *s, fg_slice text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    while (text.n > 0 && isspace((unsigned char)text.p[0]))
        text = (fg_slice){ text.p + 1, text.n - 1 };
    while (text.n > 0 && isspace((unsigned char)text.p[text.n - 1]))
        text.n--;
    SHA256((const unsigned char *)text.p, text.n, digest);
    for (uint32_t i = 0; i < sizeof digest; i++)
        snprintf(s->hash + 2 * i, 3, "%02x", digest[i]);
}

bool fg_schema_parse(fg_schema *s, fg_arena *arena, fg_slice text)
{
    parser p = { .s = s, .arena = arena };
    json_error_t e;
    *s = (fg_schema){ .ntypes = 0 };
    p.last_record = &s->records;
    char *copy = get(&p, (size_t)text.n + 1);
    if (!copy)
        return false;
    memcpy(copy, text.p, text.n);
    hash(s, text);
    blank_comments(copy, text.n);
    p.root = json_loadb(copy, text.n, JSON_REJECT_DUPLICATES, &e);
    if (!p.root)
        return fail(&p, "line %d, column %d: %s", e.line, e.column, e.text);
    bool ok = json_is_object(p.root) || fail(&p, "a schema is one object");
    ok = ok && parse_top(&p) && parse_named(&p, "aliases", parse_alias)
         && parse_named(&p, "enums", parse_enum) && parse_error(&p) && parse_types(&p)
         && parse_commands(&p);
    json_decref(p.root);
    return ok && !s->error[0];
}

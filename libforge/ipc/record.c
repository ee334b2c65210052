// SPDX-License-Identifier: Apache-2.0
/* Both directions follow the table of a record field by field, and a type inwards. */
#include "ipc/record.h"

#define DEEPEST 32u /* records within records of a message */

/* ---- writing --------------------------------------------------------------------- */

static void pack(fg_bytes *b, const fg_type *t, const char *from);

static uint64_t load(const fg_type *t, const char *from)
{
    uint64_t v = 0;
    switch (t->size) {
    case 1: return (unsigned char)*from;
    case 2: {
        uint16_t narrow;
        memcpy(&narrow, from, sizeof narrow);
        return narrow;
    }
    case 4: {
        uint32_t narrow;
        memcpy(&narrow, from, sizeof narrow);
        return narrow;
    }
    default: memcpy(&v, from, sizeof v); return v;
    }
}

static void pack_list(fg_bytes *b, const fg_type *t, const char *from)
{
    fg_list_view list;
    memcpy(&list, from, sizeof list);
    fg_pack_array(b, list.n);
    for (uint32_t i = 0; i < list.n; i++)
        pack(b, t->of, (const char *)list.at + (size_t)i * t->of->size);
}

static void pack_map(fg_bytes *b, const fg_type *t, const char *from)
{
    fg_list_view list;
    memcpy(&list, from, sizeof list);
    fg_pack_map(b, list.n);
    for (uint32_t i = 0; i < list.n; i++) {
        const char *pair = (const char *)list.at + (size_t)i * t->pair;
        fg_slice key;
        memcpy(&key, pair, sizeof key);
        fg_pack_str(b, key);
        pack(b, t->of, pair + t->inner);
    }
}

static void pack_slice(fg_bytes *b, const fg_type *t, const char *from)
{
    fg_slice s;
    memcpy(&s, from, sizeof s);
    if (t->kind == FG_KIND_STRING)
        fg_pack_str(b, s);
    else if (t->kind == FG_KIND_BYTES)
        fg_pack_bin(b, s);
    else if (s.n > 0)
        fg_bytes_slice(b, s);
    else
        fg_pack_nil(b); /* a value that nobody set */
}

static void pack_array(fg_bytes *b, const fg_type *t, const char *from)
{
    fg_pack_array(b, t->max);
    for (uint32_t i = 0; i < t->max; i++)
        pack(b, t->of, from + (size_t)i * t->of->size);
}

static void pack(fg_bytes *b, const fg_type *t, const char *from)
{
    double f;
    switch (t->kind) {
    case FG_KIND_BOOL: fg_pack_bool(b, *from != 0); break;
    case FG_KIND_U8:
    case FG_KIND_U16:
    case FG_KIND_U32:
    case FG_KIND_U64:
    case FG_KIND_ENUM: fg_pack_u64(b, load(t, from)); break;
    case FG_KIND_I64: fg_pack_i64(b, (int64_t)load(t, from)); break;
    case FG_KIND_F64:
        memcpy(&f, from, sizeof f);
        fg_pack_f64(b, f);
        break;
    case FG_KIND_STRING:
    case FG_KIND_BYTES:
    case FG_KIND_VALUE: pack_slice(b, t, from); break;
    case FG_KIND_BIN: fg_pack_bin(b, fg_slice_of(from, t->max)); break;
    case FG_KIND_RECORD: fg_record_pack(b, t->record, from); break;
    case FG_KIND_OPTIONAL:
        if (*from)
            pack(b, t->of, from + t->inner);
        else
            fg_pack_nil(b);
        break;
    case FG_KIND_LIST: pack_list(b, t, from); break;
    case FG_KIND_ARRAY: pack_array(b, t, from); break;
    case FG_KIND_MAP: pack_map(b, t, from); break;
    }
}

void fg_record_pack(fg_bytes *b, const fg_record *type, const void *from)
{
    fg_pack_map(b, type->n);
    for (uint32_t i = 0; i < type->n; i++) {
        const fg_field *f = &type->fields[i];
        fg_pack_str(b, fg_slice_str(f->name));
        pack(b, f->type, (const char *)from + f->offset);
    }
}

/* ---- reading --------------------------------------------------------------------- */

typedef struct reader {
    fg_unpacker *u;
    fg_arena *arena;
    uint32_t depth;
    fg_record_place *place;
} reader;

static void unpack(reader *r, const fg_type *t, char *to);
static void unpack_record(reader *r, const fg_record *type, char *to);

static void store(const fg_type *t, char *to, uint64_t v)
{
    uint16_t two = (uint16_t)v;
    uint32_t four = (uint32_t)v;
    switch (t->size) {
    case 1: *to = (char)v; break;
    case 2: memcpy(to, &two, sizeof two); break;
    case 4: memcpy(to, &four, sizeof four); break;
    default: memcpy(to, &v, sizeof v); break;
    }
}

static uint64_t largest(const fg_type *t)
{
    if (t->kind == FG_KIND_ENUM)
        return t->max;
    return t->size == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * t->size) - 1;
}

/* Room for n elements; n = 0 needs none. */
static void *room(reader *r, uint32_t n, uint32_t size)
{
    void *at = n > 0 ? fg_arena_get(r->arena, (size_t)n * size) : NULL;
    if (n > 0 && !at)
        fg_unpack_fail(r->u, "there is no memory for so many elements");
    return at;
}

static void unpack_list(reader *r, const fg_type *t, char *to)
{
    fg_list_view list;
    list.n = fg_unpack_array(r->u, t->max);
    list.at = room(r, list.n, t->of->size);
    for (uint32_t i = 0; i < list.n && !r->u->fault; i++)
        unpack(r, t->of, (char *)list.at + (size_t)i * t->of->size);
    memcpy(to, &list, sizeof list);
}

static void unpack_map(reader *r, const fg_type *t, char *to)
{
    fg_list_view list;
    list.n = fg_unpack_map(r->u, t->max);
    list.at = room(r, list.n, t->pair);
    for (uint32_t i = 0; i < list.n && !r->u->fault; i++) {
        char *pair = (char *)list.at + (size_t)i * t->pair;
        fg_slice key = fg_unpack_str(r->u, FG_MAX_LEN);
        memcpy(pair, &key, sizeof key);
        unpack(r, t->of, pair + t->inner);
    }
    memcpy(to, &list, sizeof list);
}

static void unpack_array(reader *r, const fg_type *t, char *to)
{
    const char *before = r->u->at;
    if (fg_unpack_array(r->u, t->max) != t->max) {
        r->u->at = r->u->fault ? r->u->at : before;
        fg_unpack_fail(r->u, "an array has another number of elements");
    }
    for (uint32_t i = 0; i < t->max && !r->u->fault; i++)
        unpack(r, t->of, to + (size_t)i * t->of->size);
}

static fg_slice unpack_value(reader *r, uint32_t max)
{
    const char *before = r->u->at;
    fg_slice v = fg_unpack_skip(r->u);
    if (!r->u->fault && v.n > max) {
        r->u->at = before;
        fg_unpack_fail(r->u, "a value is too large");
    }
    return v;
}

static void unpack_slice(reader *r, const fg_type *t, char *to)
{
    fg_slice s = t->kind == FG_KIND_STRING  ? fg_unpack_str(r->u, t->max)
                 : t->kind == FG_KIND_BYTES ? fg_unpack_bin(r->u, t->max)
                                            : unpack_value(r, t->max);
    memcpy(to, &s, sizeof s);
}

static void unpack_bin(reader *r, const fg_type *t, char *to)
{
    fg_slice s = fg_unpack_bin_of(r->u, t->max);
    if (s.n == t->max)
        memcpy(to, s.p, s.n);
}

static void unpack(reader *r, const fg_type *t, char *to)
{
    int64_t i;
    double f;
    switch (t->kind) {
    case FG_KIND_BOOL: *(bool *)to = fg_unpack_bool(r->u); break;
    case FG_KIND_U8:
    case FG_KIND_U16:
    case FG_KIND_U32:
    case FG_KIND_U64:
    case FG_KIND_ENUM: store(t, to, fg_unpack_u64(r->u, largest(t))); break;
    case FG_KIND_I64:
        i = fg_unpack_i64(r->u);
        memcpy(to, &i, sizeof i);
        break;
    case FG_KIND_F64:
        f = fg_unpack_f64(r->u);
        memcpy(to, &f, sizeof f);
        break;
    case FG_KIND_STRING:
    case FG_KIND_BYTES:
    case FG_KIND_VALUE: unpack_slice(r, t, to); break;
    case FG_KIND_BIN: unpack_bin(r, t, to); break;
    case FG_KIND_RECORD: unpack_record(r, t->record, to); break;
    case FG_KIND_OPTIONAL:
        *(bool *)to = !fg_unpack_nil(r->u);
        if (*to)
            unpack(r, t->of, to + t->inner);
        break;
    case FG_KIND_LIST: unpack_list(r, t, to); break;
    case FG_KIND_ARRAY: unpack_array(r, t, to); break;
    case FG_KIND_MAP: unpack_map(r, t, to); break;
    }
}

static const fg_field *find(const fg_record *type, fg_slice name)
{
    for (uint32_t i = 0; i < type->n; i++)
        if (strlen(type->fields[i].name) == name.n
            && memcmp(type->fields[i].name, name.p, name.n) == 0)
            return &type->fields[i];
    return NULL;
}

/* The innermost comes first. */
static void fault_in(reader *r, const fg_record *type, const fg_field *f)
{
    if (r->u->fault && !r->place->record)
        *r->place = (fg_record_place){ type->name, f ? f->name : NULL };
}

/* Fields that did not come must be optional, and are absent. */
static void check_missing(reader *r, const fg_record *type, uint32_t seen)
{
    for (uint32_t i = 0; i < type->n && !r->u->fault; i++) {
        if (seen & 1u << i || type->fields[i].type->kind == FG_KIND_OPTIONAL)
            continue;
        fg_unpack_fail(r->u, "a field is missing");
        fault_in(r, type, &type->fields[i]);
    }
}

static void unpack_fields(reader *r, const fg_record *type, char *to)
{
    uint32_t seen = 0;
    uint32_t n = fg_unpack_map(r->u, UINT32_MAX);
    while (n-- > 0 && !r->u->fault) {
        const fg_field *f = find(type, fg_unpack_str(r->u, FG_MAX_LEN));
        uint32_t bit = f ? 1u << (f - type->fields) : 0;
        if (seen & bit)
            fg_unpack_fail(r->u, "a field comes twice");
        else if (f)
            unpack(r, f->type, to + f->offset);
        else
            fg_unpack_skip(r->u);
        seen |= bit;
        fault_in(r, type, f);
    }
    check_missing(r, type, seen);
    fault_in(r, type, NULL);
}

static void unpack_record(reader *r, const fg_record *type, char *to)
{
    assert(type->n <= FG_RECORD_FIELDS);
    memset(to, 0, type->size);
    if (r->depth == 0) {
        fg_unpack_fail(r->u, "records are nested too deep");
        return;
    }
    r->depth--;
    unpack_fields(r, type, to);
    r->depth++;
}

bool fg_record_unpack(fg_unpacker *u, fg_arena *arena, const fg_record *type, void *to,
                      fg_record_place *place)
{
    reader r = { u, arena, DEEPEST, place };
    *place = (fg_record_place){ NULL, NULL };
    unpack_record(&r, type, to);
    return !u->fault;
}

// SPDX-License-Identifier: Apache-2.0
/* Rows on their way from a statement to a program, which may be in different threads. */
#include "lib/db.h"

#define FIRST_ROOM 1024u
#define BYTES_PER_UNIT 64u /* of a text that becomes a string */

/* ---- writing --------------------------------------------------------------------- */

static char *make_room(fg_db_batch *b, uint64_t n)
{
    if (b->n + n > b->room) {
        uint64_t room = b->n + n + b->room / 2 + FIRST_ROOM;
        char *p = sqlite3_realloc64(b->p, room);
        if (!p)
            return NULL;
        b->p = p;
        b->room = room;
    }
    char *at = b->p + b->n;
    b->n += n;
    return at;
}

static bool put(fg_db_batch *b, int type, const void *p, uint32_t n)
{
    char *at = make_room(b, 1 + (uint64_t)n);
    if (!at)
        return false;
    *at = (char)type;
    if (n > 0)
        memcpy(at + 1, p, n);
    return true;
}

static bool put_text(fg_db_batch *b, sqlite3_stmt *s, int i)
{
    const unsigned char *text = sqlite3_column_text(s, i);
    uint32_t n = (uint32_t)sqlite3_column_bytes(s, i);
    if (!text || !put(b, SQLITE_TEXT, &n, sizeof n))
        return false;
    char *at = make_room(b, n);
    if (!at)
        return false;
    memcpy(at, text, n);
    return true;
}

static bool put_column(fg_db_batch *b, sqlite3_stmt *s, int i)
{
    int type = sqlite3_column_type(s, i);
    int64_t n;
    double f;
    switch (type) {
    case SQLITE_INTEGER:
        n = sqlite3_column_int64(s, i);
        return put(b, type, &n, sizeof n);
    case SQLITE_FLOAT:
        f = sqlite3_column_double(s, i);
        return put(b, type, &f, sizeof f);
    case SQLITE_TEXT: return put_text(b, s, i);
    case SQLITE_BLOB: n = sqlite3_column_bytes(s, i); return put(b, type, &n, sizeof n);
    default: return put(b, SQLITE_NULL, NULL, 0);
    }
}

bool fg_db_batch_add(fg_db_batch *b, sqlite3_stmt *s)
{
    int n = sqlite3_column_count(s);
    for (int i = 0; i < n; i++)
        if (!put_column(b, s, i))
            return false;
    b->columns = (uint32_t)n;
    b->rows++;
    return true;
}

void fg_db_batch_clear(fg_db_batch *b)
{
    b->n = 0;
    b->rows = 0;
}

void fg_db_batch_drop(fg_db_batch *b)
{
    sqlite3_free(b->p);
    *b = (fg_db_batch){ 0 };
}

/* ---- reading --------------------------------------------------------------------- */

static fg_slice column_name(void *ctx, uint32_t i)
{
    const char *name = sqlite3_column_name(ctx, (int)i);
    return fg_slice_str(name ? name : "");
}

static const char *get(const char *at, void *to, size_t n)
{
    memcpy(to, at, n);
    return at + n;
}

/* The value at *at, which moves on. */
static fg_status read_value(fg_vm *vm, const char **at, fg_value *out)
{
    char text[48];
    int64_t n;
    double f;
    uint32_t length;
    switch (*(*at)++) {
    case SQLITE_INTEGER: *at = get(*at, &n, sizeof n); return fg_give(out, fg_int(n));
    case SQLITE_FLOAT: *at = get(*at, &f, sizeof f); return fg_give(out, fg_float(f));
    case SQLITE_TEXT:
        *at = get(*at, &length, sizeof length);
        *at += length;
        FG_TRY(fg_tick(vm, length / BYTES_PER_UNIT));
        return fg_give_object(out, fg_string_new(&vm->heap, *at - length, length));
    case SQLITE_BLOB:
        *at = get(*at, &n, sizeof n);
        sqlite3_snprintf(sizeof text, text, "<blob %lld bytes>", (long long)n);
        return fg_make_string(vm, fg_slice_str(text), out);
    default: return fg_give(out, fg_null());
    }
}

fg_status fg_db_batch_read(const fg_db_batch *b, fg_vm *vm, sqlite3_stmt *s,
                           fg_rows *rows)
{
    const char *at = b->p;
    for (uint32_t row = 0; row < b->rows; row++) {
        FG_TRY(fg_rows_add(rows, b->columns, column_name, s));
        for (uint32_t i = 0; i < b->columns; i++) {
            fg_value v;
            FG_TRY(read_value(vm, &at, &v));
            fg_rows_set(rows, i, &v);
        }
    }
    return FG_OK;
}

// SPDX-License-Identifier: Apache-2.0
/* Functions of SQL in place of SQLite's own, which give the same, but look at the limits
 * while they work.  SQLite looks at them between the operations of its virtual machine
 * only, and one call of these may compare each byte of a large text with each of another.
 *
 * `like` and `glob` have to stay its own: only for those it uses an index. */
#include "lib/db.h"

#include "base/find.h"

#define PIECE 65536u      /* bytes of work between two looks */
#define PIECE_UNITS 1024u /* what they count as */
#define PART_MAX 4096u    /* of a part that one search may prepare for in each piece */
#define PATCH_MAX 100000000u /* names times bytes */
#define JSON_SUBTYPE 'J'     /* that SQLite's functions know JSON by */
#define SET_ENTRY_BYTES 12u  /* that SQLite itself takes for a character to trim */

/* A call of a function. */
typedef struct call {
    sqlite3_context *context;
    fg_db *db;
    size_t work; /* bytes since the last look */
} call;

static call call_of(sqlite3_context *context)
{
    return (call){ context, sqlite3_user_data(context), 0 };
}

/* Reports n bytes of work; false: the function ends, and the statement. */
static bool work(call *k, size_t n)
{
    fg_db *c = k->db;
    k->work += n;
    while (k->work >= PIECE) {
        k->work -= PIECE;
        if (fg_db_is_stopped(c, PIECE_UNITS)) {
            sqlite3_result_error(k->context, "interrupted", -1);
            return false;
        }
    }
    return true;
}

static int64_t length_limit(const call *k)
{
    return sqlite3_limit(sqlite3_context_db_handle(k->context), SQLITE_LIMIT_LENGTH,
                         -1);
}

/* The value as text; p is NULL for null, or without memory, when SQLite ends the
 * statement. */
static fg_slice text_of(sqlite3_value *v)
{
    const char *p = (const char *)sqlite3_value_text(v);
    return fg_slice_of(p, p ? (uint32_t)sqlite3_value_bytes(v) : 0);
}

static fg_slice bytes_of(sqlite3_value *v)
{
    const char *p = sqlite3_value_blob(v);
    return fg_slice_of(p, (uint32_t)sqlite3_value_bytes(v));
}

static fg_slice skip(fg_slice s, uint32_t n) { return fg_slice_of(s.p + n, s.n - n); }

/* ---- searching ----------------------------------------------------------------------- */

/* Are these the same?  *same only if true.  Most differ early, so the pieces grow. */
static bool compare(call *k, const char *a, fg_slice b, bool *same)
{
    *same = true;
    for (uint32_t i = 0, n = 64; *same && i < b.n; i += n, n = n < PIECE ? 4 * n : n) {
        n = b.n - i < n ? b.n - i : n;
        *same = memcmp(a + i, b.p + i, n) == 0;
        if (!work(k, n))
            return false;
    }
    return true;
}

/* A long part, within starts of one piece. */
static bool find_long(call *k, fg_slice text, fg_slice part, const char **at)
{
    fg_finder f;
    bool same;
    fg_find_begin(&f, text, part);
    while ((*at = fg_find_candidate(&f)) != NULL) {
        if (!compare(k, *at, part, &same))
            return false;
        if (same)
            break;
    }
    return true;
}

/* *at: the first place of the part, which is not empty, or NULL.  False: stopped. */
static bool find(call *k, fg_slice text, fg_slice part, const char **at)
{
    *at = NULL;
    while (text.n >= part.n) {
        uint32_t starts = text.n - part.n + 1;
        uint32_t n = starts < PIECE ? starts : PIECE;
        fg_slice window = fg_slice_of(text.p, n + part.n - 1);
        if (part.n > PART_MAX) {
            if (!find_long(k, window, part, at))
                return false;
        } else {
            *at = fg_find_first(window, part);
        }
        if (!work(k, *at ? (size_t)(*at - text.p) + 1 : n))
            return false;
        if (*at)
            return true;
        text = skip(text, n);
    }
    return true;
}

/* ---- instr ------------------------------------------------------------------------------ */

static bool continues(char c) { return ((uint8_t)c & 0xc0) == 0x80; }

/* Characters that begin within the text, which itself begins with one. */
static bool count_characters(call *k, fg_slice text, int64_t *out)
{
    *out = 0;
    for (uint32_t i = 0; i < text.n;) {
        uint32_t end = text.n - i < PIECE ? text.n : i + PIECE, n = end - i;
        for (; i < end; i++)
            *out += !continues(text.p[i]) || i == 0;
        if (!work(k, n))
            return false;
    }
    return true;
}

/* The place of the part, from 1, or 0; of bytes or of characters. */
static void place(call *k, fg_slice text, fg_slice part, bool characters)
{
    const char *at;
    int64_t before;
    if (characters && continues(part.p[0])) /* inside a character nothing is found */
        text.n = text.n < part.n ? text.n : part.n;
    if (!find(k, text, part, &at))
        return;
    if (!at) {
        sqlite3_result_int(k->context, 0);
        return;
    }
    fg_slice ahead = fg_slice_of(text.p, (uint32_t)(at - text.p));
    if (!characters)
        before = ahead.n;
    else if (!count_characters(k, ahead, &before))
        return;
    sqlite3_result_int64(k->context, before + 1);
}

/* A blob and something else: both as text, in copies, for they stay what they are.  A part
 * that has become empty, as one byte does in UTF-16, is where the zero byte is that ends
 * the text, or an earlier one. */
static void place_mixed(call *k, sqlite3_value **argv)
{
    sqlite3_value *a = sqlite3_value_dup(argv[0]), *b = sqlite3_value_dup(argv[1]);
    fg_slice text = text_of(a), part = text_of(b);
    if (!text.p || !part.p)
        sqlite3_result_error_nomem(k->context);
    else if (part.n == 0)
        place(k, fg_slice_of(text.p, text.n + 1), fg_slice_of(part.p, 1), true);
    else
        place(k, text, part, true);
    sqlite3_value_free(a);
    sqlite3_value_free(b);
}

static void sql_instr(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    call k = call_of(context);
    int a = sqlite3_value_type(argv[0]), b = sqlite3_value_type(argv[1]);
    (void)argc;
    if (a == SQLITE_NULL || b == SQLITE_NULL)
        return;
    bool bytes = a == SQLITE_BLOB && b == SQLITE_BLOB;
    if (sqlite3_value_bytes(argv[1]) == 0) {
        sqlite3_result_int(context, 1);
    } else if (!bytes && (a == SQLITE_BLOB || b == SQLITE_BLOB)) {
        place_mixed(&k, argv);
    } else {
        fg_slice text = bytes ? bytes_of(argv[0]) : text_of(argv[0]);
        fg_slice part = bytes ? bytes_of(argv[1]) : text_of(argv[1]);
        if (!part.p || (text.n > 0 && !text.p))
            sqlite3_result_error_nomem(context);
        else
            place(&k, text, part, !bytes);
    }
}

/* ---- replace ---------------------------------------------------------------------------- */

/* The text that a call gives, in SQLite's memory; there is always room for a byte more. */
typedef struct output {
    call *k;
    char *p;
    uint64_t n, room, most;
} output;

static bool output_grow(output *o, uint64_t need)
{
    uint64_t room = need + need / 2 < o->most ? need + need / 2 : o->most;
    char *more = sqlite3_realloc64(o->p, room + 1);
    if (!more) {
        sqlite3_result_error_nomem(o->k->context);
        return false;
    }
    o->p = more;
    o->room = room;
    return true;
}

static bool output_put(output *o, fg_slice s)
{
    if (o->n + s.n > o->room && !output_grow(o, o->n + s.n))
        return false;
    while (s.n > 0) {
        uint32_t n = s.n < PIECE ? s.n : PIECE;
        memcpy(o->p + o->n, s.p, n);
        o->n += n;
        s = skip(s, n);
        if (!work(o->k, n))
            return false;
    }
    return true;
}

/* The text with `by` for each part; false: there is an error. */
static bool replace_all(output *o, fg_slice text, fg_slice part, fg_slice by)
{
    uint64_t size = text.n;
    const char *at;
    for (;;) {
        if (!find(o->k, text, part, &at))
            return false;
        if (!at)
            return output_put(o, text);
        size += by.n;
        size -= part.n;
        if (by.n > part.n && size > o->most) {
            sqlite3_result_error_toobig(o->k->context);
            return false;
        }
        uint32_t before = (uint32_t)(at - text.p);
        if (!output_put(o, fg_slice_of(text.p, before)) || !output_put(o, by)
            || !work(o->k, 1))
            return false;
        text = skip(text, before + part.n);
    }
}

static void sql_replace(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    call k = call_of(context);
    (void)argc;
    fg_slice text = text_of(argv[0]), part = text_of(argv[1]);
    if (!text.p || !part.p)
        return;
    if (!*part.p) { /* a zero byte ends it, here */
        sqlite3_result_value(context, argv[0]);
        return;
    }
    fg_slice by = text_of(argv[2]);
    if (!by.p)
        return;
    output o = { .k = &k, .most = (uint64_t)length_limit(&k) };
    if (text.n >= o.most) {
        sqlite3_result_error_toobig(context);
        return;
    }
    if (output_grow(&o, text.n) && replace_all(&o, text, part, by))
        sqlite3_result_text64(context, o.p, o.n, sqlite3_free, SQLITE_UTF8);
    else
        sqlite3_free(o.p);
}

/* ---- trim ------------------------------------------------------------------------------- */

/* Takes the first character off: a byte, or one that begins others and these. */
static fg_slice take_character(fg_slice *rest)
{
    fg_slice c = fg_slice_of(rest->p, 1);
    if ((uint8_t)*c.p >= 0xc0)
        while (c.n < rest->n && continues(c.p[c.n]))
            c.n++;
    *rest = skip(*rest, c.n);
    return c;
}

/* Up to the first zero byte. */
static fg_slice set_of(fg_slice s)
{
    const char *end = s.n ? memchr(s.p, 0, s.n) : NULL;
    return end ? fg_slice_of(s.p, (uint32_t)(end - s.p)) : s;
}

/* Length of the first character of the set that the text begins, or ends, with; 0 if there
 * is none. */
static bool match(call *k, fg_slice text, fg_slice set, bool at_end, uint32_t *n)
{
    *n = 0;
    while (set.n > 0 && *n == 0) {
        fg_slice c = take_character(&set);
        uint32_t ahead = at_end && c.n <= text.n ? text.n - c.n : 0;
        if (c.n <= text.n && memcmp(text.p + ahead, c.p, c.n) == 0)
            *n = c.n;
        if (!work(k, c.n))
            return false;
    }
    return true;
}

/* SQLite makes a list of the characters, which has to fit. */
static bool set_fits(call *k, fg_slice set)
{
    uint64_t size = 0;
    for (uint32_t before = set.n; set.n > 0; before = set.n) {
        take_character(&set);
        size += SET_ENTRY_BYTES;
        if (!work(k, before - set.n))
            return false;
    }
    if (size <= (uint64_t)length_limit(k))
        return true;
    sqlite3_result_error_toobig(k->context);
    return false;
}

static void trim(sqlite3_context *context, int argc, sqlite3_value **argv, bool left,
                 bool right)
{
    call k = call_of(context);
    fg_slice text = text_of(argv[0]), set = FG_SLICE(" ");
    uint32_t n;
    if (text.p && argc > 1)
        set = text_of(argv[1]);
    if (!text.p || !set.p)
        return;
    set = set_of(set);
    if (argc > 1 && !set_fits(&k, set))
        return;
    for (n = 1; left && n > 0 && text.n > 0; text = skip(text, n))
        if (!match(&k, text, set, false, &n))
            return;
    for (n = 1; right && n > 0 && text.n > 0; text.n -= n)
        if (!match(&k, text, set, true, &n))
            return;
    sqlite3_result_text64(context, text.p, text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void sql_trim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, true, true);
}

static void sql_ltrim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, true, false);
}

static void sql_rtrim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, false, true);
}

/* ---- json_patch ------------------------------------------------------------------------- */

/* SQLite's own function, which a connection without ours has; a code of SQLite. */
static int prepare_patch(fg_db *c)
{
    if (c->patch)
        return SQLITE_OK;
    int code = c->plain
                   ? SQLITE_OK
                   : sqlite3_open_v2(":memory:", &c->plain,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    return code != SQLITE_OK ? code
                             : sqlite3_prepare_v2(c->plain, "SELECT json_patch(?, ?)",
                                                  -1, &c->patch, NULL);
}

static void give_patched(call *k, int code)
{
    fg_db *c = k->db;
    if (code == SQLITE_ROW) {
        sqlite3_result_value(k->context, sqlite3_column_value(c->patch, 0));
        if (sqlite3_column_type(c->patch, 0) != SQLITE_NULL)
            sqlite3_result_subtype(k->context, JSON_SUBTYPE);
        return;
    }
    if (c->plain)
        sqlite3_result_error(k->context, sqlite3_errmsg(c->plain), -1);
    sqlite3_result_error_code(k->context, code);
}

/* It compares each name of the patch with all names, which cannot be stopped, so this is
 * bounded. */
static void sql_json_patch(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    call k = call_of(context);
    fg_slice target = text_of(argv[0]), patch = text_of(argv[1]);
    (void)argc;
    uint64_t names = patch.n ? fg_count_byte(patch, ':') : 0;
    if (names * ((uint64_t)target.n + patch.n) > PATCH_MAX) {
        sqlite3_result_error(context, "json_patch() is given too much JSON", -1);
        return;
    }
    int code = prepare_patch(k.db);
    if (code == SQLITE_OK) {
        sqlite3_limit(k.db->plain, SQLITE_LIMIT_LENGTH, (int)length_limit(&k));
        code = sqlite3_bind_value(k.db->patch, 1, argv[0]);
    }
    if (code == SQLITE_OK)
        code = sqlite3_bind_value(k.db->patch, 2, argv[1]);
    if (code == SQLITE_OK)
        code = sqlite3_step(k.db->patch);
    give_patched(&k, code);
    if (k.db->patch) {
        sqlite3_reset(k.db->patch);
        sqlite3_clear_bindings(k.db->patch);
    }
}

/* ---- their names ------------------------------------------------------------------------ */

int fg_db_add_functions(fg_db *c)
{
    static const struct {
        const char *name;
        int argc;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        { "instr", 2, sql_instr },
        { "replace", 3, sql_replace },
        { "trim", 1, sql_trim },
        { "trim", 2, sql_trim },
        { "ltrim", 1, sql_ltrim },
        { "ltrim", 2, sql_ltrim },
        { "rtrim", 1, sql_rtrim },
        { "rtrim", 2, sql_rtrim },
        { "json_patch", 2, sql_json_patch },
    };
    for (size_t i = 0; i < FG_COUNT(functions); i++) {
        int code = sqlite3_create_function_v2(
            c->sqlite, functions[i].name, functions[i].argc,
            SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, c,
            functions[i].function, NULL, NULL, NULL);
        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

void fg_db_drop_functions(fg_db *c)
{
    sqlite3_finalize(c->patch);
    sqlite3_close(c->plain);
    c->patch = NULL;
    c->plain = NULL;
}

// SPDX-License-Identifier: Apache-2.0
/* Connections to SQLite: where the files are, what statements may not do, and how long
 * they may take. */
#include "lib/db.h"
#include "lib/file.h"
#include "lib/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BUSY_UNITS 64u
#define VALUE_MAX (16u << 20)
#define VALUE_MIN 65536u
#define PAGE_BYTES 4096u
#define BATCH_KEPT (128u << 10)

/* ---- files -------------------------------------------------------------------------- */

/* The path without links of the file that p is about, which need not exist. */
static int real_path(const fg_filepath *p, char out[PATH_MAX])
{
    char name[PATH_MAX], link[64];
    if (!p->beneath && realpath(p->path, out))
        return 0;
    int fd = fg_filepath_parent(p, name);
    if (fd < 0)
        return -fd;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    close(fd);
    if (n <= 0 || !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0
        || (size_t)n + strlen(name) + 2 > PATH_MAX)
        return ENOENT;
    out[n] = '/';
    strcpy(out + n + (n > 1), name);
    return 0;
}

static fg_status cannot_open(fg_vm *vm, fg_slice name)
{
    return fg_raise(vm, FG_E_RUNTIME,
                    "db.open error: unable to open database file: %.*s", (int)name.n,
                    name.p);
}

/* Where the file is that a program calls `name`; *bound: links are not followed. */
static fg_status find_file(fg_vm *vm, fg_slice name, char out[PATH_MAX], bool *bound)
{
    fg_filepath p;
    int error = fg_filepath_find(vm, name, false, &p);
    if (error == 0)
        error = real_path(&p, out);
    *bound = p.beneath;
    fg_status s = error == 0             ? FG_OK
                  : error >= FG_FILE_NUL ? fg_file_raise(vm, "db.open error", &p, error)
                                         : cannot_open(vm, name);
    fg_filepath_drop(&p);
    return s;
}

/* ---- what statements may do ------------------------------------------------------------ */

/* Settings of a connection end with it, so that the next user has none of them. */
typedef enum pragma_use {
    READ,    /* may be asked */
    WRITE,   /* may be set: it is the file's */
    SETTING, /* may be set for the connection */
} pragma_use;

/* What is not listed is refused: it names files of the host, changes what the process
 * shares, or lifts a limit. */
static const struct pragma {
    const char *name;
    pragma_use use;
} pragmas[] = {
    { "analysis_limit", SETTING },
    { "application_id", WRITE },
    { "auto_vacuum", WRITE },
    { "automatic_index", SETTING },
    { "busy_timeout", READ },
    { "cache_size", READ },
    { "case_sensitive_like", SETTING },
    { "cell_size_check", SETTING },
    { "collation_list", READ },
    { "compile_options", READ },
    { "data_version", READ },
    { "defer_foreign_keys", SETTING },
    { "encoding", WRITE },
    { "foreign_key_check", WRITE },
    { "foreign_key_list", WRITE },
    { "foreign_keys", SETTING },
    { "freelist_count", READ },
    { "fullfsync", SETTING },
    { "function_list", READ },
    { "ignore_check_constraints", SETTING },
    { "incremental_vacuum", WRITE },
    { "index_info", WRITE },
    { "index_list", WRITE },
    { "index_xinfo", WRITE },
    { "integrity_check", WRITE },
    { "journal_mode", WRITE },
    { "journal_size_limit", SETTING },
    { "legacy_alter_table", SETTING },
    { "max_page_count", READ },
    { "module_list", READ },
    { "optimize", WRITE },
    { "page_count", READ },
    { "page_size", WRITE },
    { "pragma_list", READ },
    { "query_only", SETTING },
    { "quick_check", WRITE },
    { "read_uncommitted", SETTING },
    { "recursive_triggers", SETTING },
    { "reverse_unordered_selects", SETTING },
    { "schema_version", READ },
    { "secure_delete", SETTING },
    { "synchronous", SETTING },
    { "table_info", WRITE },
    { "table_list", WRITE },
    { "table_xinfo", WRITE },
    { "temp_store", READ },
    { "user_version", WRITE },
    { "wal_autocheckpoint", READ },
    { "wal_checkpoint", WRITE },
};

static int refuse(fg_db *c, const char *what)
{
    c->refused = what;
    return SQLITE_DENY;
}

static int authorize_pragma(fg_db *c, const char *name, const char *value)
{
    for (size_t i = 0; i < FG_COUNT(pragmas); i++) {
        if (sqlite3_stricmp(name, pragmas[i].name) != 0)
            continue;
        if (!value || pragmas[i].use == WRITE)
            return SQLITE_OK;
        if (pragmas[i].use == READ)
            return refuse(c, "setting this PRAGMA");
        c->changed = true;
        return SQLITE_OK;
    }
    return refuse(c, "this PRAGMA");
}

/* Functions that take no longer than it takes to copy their arguments; the others are not
 * tried (db_run.c). */
bool fg_db_is_quick(const char *name)
{
    static const char *const names[] = {
        "abs",     "avg",           "changes",   "coalesce",
        "count",   "date",          "datetime",  "ifnull",
        "iif",     "instr",         "julianday", "length",
        "lower",   "ltrim",         "max",       "last_insert_rowid",
        "min",     "nullif",        "random",    "replace",
        "round",   "rtrim",         "sign",      "strftime",
        "substr",  "substring",     "sum",       "time",
        "total",   "total_changes", "trim",      "typeof",
        "unicode", "unixepoch",     "upper",
    };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (sqlite3_stricmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Notes what kind of statement it is.  Views and triggers may make much out of a short
 * text. */
static void classify(fg_db *c, int action, const char *function, const char *inside)
{
    c->brief &= !inside;
    c->triggers |= inside != NULL;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE: break;
    case SQLITE_FUNCTION:
        c->computes = true;
        c->brief &= function && fg_db_is_quick(function);
        break;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        c->controls = true;
        c->brief = false;
        c->known &= !c->altered; /* it may be undone */
        break;
    case SQLITE_INSERT:
        c->inserts = true;
        c->brief = false;
        break;
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_PRAGMA: c->brief = false; break;
    default: c->brief = c->known = false; c->altered = true;
    }
}

static int authorize(void *ctx, int action, const char *a, const char *b,
                     const char *schema, const char *inside)
{
    fg_db *c = ctx;
    if (c->learning)
        return SQLITE_OK;
    if (!c->preparing)
        c->known = false; /* the schema may be another one */
    c->denied |= c->trying;
    if (c->trying)
        return SQLITE_DENY;
    if (c->preparing)
        classify(c, action, b, inside);
    if (c->preparing && schema && sqlite3_stricmp(schema, "temp") == 0)
        c->changed = true;
    switch (action) {
    case SQLITE_PRAGMA: return authorize_pragma(c, a, b);
    case SQLITE_ATTACH: /* VACUUM attaches a file without a name */
        c->changed = true;
        return a && !*a ? SQLITE_OK : refuse(c, "another database file");
    case SQLITE_FUNCTION:
        if (b && sqlite3_stricmp(b, "load_extension") == 0)
            return refuse(c, "load_extension()");
        return SQLITE_OK;
    default: return SQLITE_OK;
    }
}

/* ---- how long they may take ---------------------------------------------------------- */

/* Another connection holds a lock. */
static int busy(void *ctx, int times)
{
    fg_db *c = ctx;
    struct timespec step = { 0, FG_DB_BUSY_STEP_NS };
    if (times == 0)
        c->busy_ns = fg_now_ns();
    if (c->vm || fg_now_ns() - c->busy_ns > FG_DB_BUSY_NS
        || fg_db_is_stopped(c, BUSY_UNITS))
        return 0;
    nanosleep(&step, NULL);
    return 1;
}

static int64_t room_of(const fg_vm *vm)
{
    uint64_t room = fg_heap_left(&vm->heap);
    return room < FG_DB_NO_LIMIT ? (int64_t)room : FG_DB_NO_LIMIT;
}

void fg_db_resume(fg_vm *vm, fg_db *c)
{
    c->vm = vm;
    c->outside = fg_db_allow(room_of(vm));
}

void fg_db_enter(fg_vm *vm, fg_db *c)
{
    int64_t room = room_of(vm);
    int64_t value = room > VALUE_MAX ? VALUE_MAX : room < VALUE_MIN ? VALUE_MIN : room;
    sqlite3_limit(c->sqlite, SQLITE_LIMIT_LENGTH, (int)value);
    c->stopped = FG_OK;
    c->halted = false;
    c->refused = NULL;
    fg_db_resume(vm, c);
}

void fg_db_leave(fg_db *c)
{
    fg_db_allow(c->outside);
    c->vm = NULL;
}

fg_status fg_db_failed(fg_db *c, const char *what, int code)
{
    fg_vm *vm = c->vm;
    if (c->stopped != FG_OK)
        return c->stopped;
    if ((code & 0xff) == SQLITE_NOMEM) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    fg_sql_raise(vm, what, sqlite3_errmsg(c->sqlite));
    if (c->refused)
        return fg_hint(vm, "%s is not available to programs", c->refused);
    return FG_RAISED;
}

/* ---- birth and end --------------------------------------------------------------------- */

static void close_connection(fg_pooled *p)
{
    fg_db *c = (fg_db *)(void *)p;
    fg_db_batch_drop(&c->batch);
    if (c->done >= 0)
        close(c->done);
    fg_db_drop_functions(c);
    sqlite3_close(c->sqlite);
    free(c);
}

static void restrict_connection(fg_db *c, const fg_vm *vm)
{
    static const int limits[][2] = {
        { SQLITE_LIMIT_ATTACHED, 1 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
        { SQLITE_LIMIT_EXPR_DEPTH, 500 },
        { SQLITE_LIMIT_WORKER_THREADS, 0 },
    };
    sqlite3 *s = c->sqlite;
    for (size_t i = 0; i < FG_COUNT(limits); i++)
        sqlite3_limit(s, limits[i][0], limits[i][1]);
    sqlite3_db_config(s, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (c->memory && fg_heap_left(&vm->heap) < SIZE_MAX / 2) {
        char sql[64]; /* what stays from call to call */
        sqlite3_snprintf(sizeof sql, sql, "PRAGMA max_page_count = %lld",
                         (long long)(fg_heap_left(&vm->heap) / PAGE_BYTES + 1));
        sqlite3_exec(s, sql, NULL, NULL, NULL);
    }
    fg_db_watch_file(c);
    sqlite3_set_authorizer(s, authorize, c);
    sqlite3_progress_handler(s, FG_DB_STEPS, fg_db_progress, c);
    sqlite3_busy_handler(s, busy, c);
}

/* path: without links; name: how the program calls it. */
static fg_status open_connection(fg_vm *vm, const char *path, fg_slice name, bool bound,
                                 fg_db **out)
{
    fg_db_count_memory();
    fg_db *c = calloc(1, sizeof *c);
    if (!c)
        return FG_NOMEM;
    c->pools = fg_site_of(vm)->pools;
    c->done = -1;
    c->memory = strcmp(path, FG_DB_MEMORY) == 0;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (bound)
        flags |= SQLITE_OPEN_NOFOLLOW;
    int code = sqlite3_open_v2(path, &c->sqlite, flags, NULL);
    if (code == SQLITE_OK)
        code = fg_db_add_functions(c);
    if (code == SQLITE_OK
        && fg_pool_opened(&c->pooled, FG_POOL_SQLITE, path, close_connection)) {
        restrict_connection(c, vm);
        *out = c;
        return FG_OK;
    }
    fg_status s = FG_NOMEM;
    if ((code & 0xff) == SQLITE_CANTOPEN)
        s = cannot_open(vm, name);
    else if (code != SQLITE_OK && code != SQLITE_NOMEM)
        s = fg_sql_raise(vm, "db.open error", sqlite3_errstr(code));
    close_connection(&c->pooled);
    return s;
}

/* Is the file still where it was when the connection was opened? */
static bool is_current(fg_db *c)
{
    int moved = 0;
    sqlite3_file_control(c->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return !moved;
}

fg_status fg_db_take(fg_vm *vm, fg_slice target, fg_db **out)
{
    fg_pools *pools = fg_site_of(vm)->pools;
    char path[PATH_MAX] = FG_DB_MEMORY;
    bool bound = false;
    if (!fg_slice_eq(target, FG_SLICE(FG_DB_MEMORY)))
        FG_TRY(find_file(vm, target, path, &bound));
    for (;;) {
        fg_pooled *idle;
        FG_TRY(fg_pool_take(vm, pools, FG_POOL_SQLITE, path, &idle));
        *out = (fg_db *)(void *)idle;
        if (!idle)
            break;
        if (is_current(*out))
            return FG_OK;
        fg_pool_close(pools, idle);
        *out = NULL;
    }
    fg_status s = open_connection(vm, path, target, bound, out);
    if (s != FG_OK)
        fg_pool_gone(pools, FG_POOL_SQLITE);
    return s;
}

void fg_db_retire(fg_db *c)
{
    c->vm = NULL;
    c->stop = c->halted = false;
    sqlite3_finalize(c->statement);
    c->statement = NULL;
    if (!sqlite3_get_autocommit(c->sqlite))
        sqlite3_exec(c->sqlite, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_set_last_insert_rowid(c->sqlite, 0);
    c->known &= !c->altered;
    c->altered = false;
    if (c->batch.room > BATCH_KEPT)
        fg_db_batch_drop(&c->batch);
    if (c->memory || c->changed || !sqlite3_get_autocommit(c->sqlite))
        fg_pool_close(c->pools, &c->pooled);
    else
        fg_pool_put(c->pools, &c->pooled);
}

static void retire_elsewhere(void *connection)
{
    fg_db *c = connection;
    fg_pools *pools = c->pools;
    fg_db_retire(c);
    fg_pool_kept(pools);
}

/* Rolling back, and freeing what lies in memory, may take long. */
void fg_db_give(fg_db *c)
{
    bool quick = sqlite3_get_autocommit(c->sqlite) && !c->memory && !c->changed;
    if (!quick) {
        fg_pool_keep(c->pools);
        if (fg_worker_run(retire_elsewhere, c))
            return;
        fg_pool_kept(c->pools);
    }
    fg_db_retire(c);
}

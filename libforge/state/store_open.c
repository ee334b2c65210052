// SPDX-License-Identifier: Apache-2.0
/* The environment: opening, once per process, growing, copying, and what it tells about
 * itself. */
#include "state/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_READERS 1024u
#define DEFAULT_WAIT 1000u
#define RESERVE_MIN (UINT64_C(512) << 10)
#define RESERVE_MAX (UINT64_C(64) << 20)

static const char *const db_names[] = {
#define X(name) #name,
    FG_STORE_DBS(X)
#undef X
};

/* ---- once per process ---------------------------------------------------------------
 *
 * LMDB relies on locks of the kernel that a process loses when it closes any descriptor of
 * the file, so that a second environment of the same files would break the first one.  The
 * list is process-wide because the locks are. */

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t open_once = PTHREAD_ONCE_INIT;
static fg_store *open_stores;

static void before_fork(void) { pthread_mutex_lock(&open_lock); }
static void after_fork(void) { pthread_mutex_unlock(&open_lock); }

/* The slots of the parent's readers are not the child's to touch. */
static void in_child(void)
{
    for (fg_store *s = open_stores; s; s = s->next)
        atomic_store(&s->foreign, true);
    open_stores = NULL;
    pthread_mutex_unlock(&open_lock);
}

static void watch_forks(void) { pthread_atfork(before_fork, after_fork, in_child); }

static fg_state enlist(fg_store *s, fg_state_error *err)
{
    struct stat st;
    if (stat(s->path, &st) != 0)
        return fg_state_fail(err, errno == ENOENT ? FG_STATE_NOT_FOUND : FG_STATE_IO,
                             "cannot look at '%s': %s", s->path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return fg_state_fail(err, FG_STATE_BAD_REQUEST, "'%s' is not a directory",
                             s->path);
    pthread_once(&open_once, watch_forks);
    pthread_mutex_lock(&open_lock);
    fg_store *other = open_stores;
    while (other && !(other->dev == st.st_dev && other->ino == st.st_ino))
        other = other->next;
    if (!other) {
        s->dev = st.st_dev;
        s->ino = st.st_ino;
        s->next = open_stores;
        open_stores = s;
    }
    pthread_mutex_unlock(&open_lock);
    if (other)
        return fg_state_fail_try(err, FG_STATE_BUSY, "share the store that is open",
                                 "'%s' is already open in this process", s->path);
    return FG_STATE_OK;
}

static void delist(fg_store *s)
{
    pthread_mutex_lock(&open_lock);
    for (fg_store **at = &open_stores; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    pthread_mutex_unlock(&open_lock);
}

/* Locks of this kind end with the process and are not inherited. */
static fg_state lock_writer(fg_store *s, uint32_t mode, fg_state_error *err)
{
    char name[4096];
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    snprintf(name, sizeof name, "%s/writer.lock", s->path);
    s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, mode);
    if (s->lock_fd < 0)
        return fg_store_failed(s, errno, "opening the writer's lock", err);
    if (fcntl(s->lock_fd, F_SETLK, &whole) == 0)
        return FG_STATE_OK;
    if (errno != EACCES && errno != EAGAIN)
        return fg_store_failed(s, errno, "taking the writer's lock", err);
    return fg_state_fail_try(err, FG_STATE_BUSY, "stop the other state server",
                             "another process writes '%s'", s->path);
}

/* ---- errors ---------------------------------------------------------------------- */

static fg_state code_of(int rc)
{
    switch (rc) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT: return FG_STATE_QUOTA;
    case MDB_READERS_FULL:
    case MDB_MAP_RESIZED: return FG_STATE_BUSY;
    case EACCES:
    case EPERM: return FG_STATE_DENIED;
    case EROFS:
    case MDB_PANIC: return FG_STATE_READ_ONLY;
    case ENOENT: return FG_STATE_NOT_FOUND;
    case ENOMEM: return FG_STATE_NO_MEMORY;
    case MDB_VERSION_MISMATCH: return FG_STATE_FORMAT;
    case MDB_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE: return FG_STATE_CORRUPT;
    default: return FG_STATE_IO; /* LMDB returns any code of errno.h */
    }
}

fg_state fg_store_failed(const fg_store *s, int rc, const char *where,
                         fg_state_error *err)
{
    fg_state code = code_of(rc);
    if (rc == MDB_MAP_FULL)
        return fg_state_fail_try(err, code, "prune history or enlarge the map",
                                 "store '%s': %s: the map is full", s->path, where);
    return fg_state_fail(err, code, "store '%s': %s: %s", s->path, where,
                         mdb_strerror(rc));
}

/* ---- transactions that write ----------------------------------------------------- */

fg_state fg_store_write_begin(fg_store *s, MDB_txn **txn, fg_state_error *err)
{
    if (!s->writer || atomic_load(&s->foreign))
        return fg_state_fail(err, FG_STATE_READ_ONLY,
                             "store '%s' is not open for writing here", s->path);
    pthread_mutex_lock(&s->write_lock);
    int rc = mdb_txn_begin(s->env, NULL, 0, txn);
    if (rc == 0)
        return FG_STATE_OK;
    pthread_mutex_unlock(&s->write_lock);
    return fg_store_failed(s, rc, "beginning to write", err);
}

fg_state fg_store_write_end(fg_store *s, MDB_txn *txn, bool commit, fg_state_error *err)
{
    int rc = 0;
    if (commit)
        rc = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    pthread_mutex_unlock(&s->write_lock);
    return rc ? fg_store_failed(s, rc, "making a change durable", err) : FG_STATE_OK;
}

fg_state fg_store_write_finish(fg_store *s, MDB_txn *txn, fg_state state,
                               fg_state_error *err)
{
    fg_state ended = fg_store_write_end(s, txn, state == FG_STATE_OK, err);
    return state != FG_STATE_OK ? state : ended;
}

fg_state fg_store_live_pages(fg_store *s, MDB_txn *txn, uint64_t *out,
                             fg_state_error *err)
{
    *out = 2 + 2; /* LMDB's own: two heads, two trees */
    for (unsigned i = 0; i < FG_DBS; i++) {
        MDB_stat st;
        FG_MDB_TRY(s, mdb_stat(txn, s->dbi[i], &st), "counting pages", err);
        *out += st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages;
    }
    return FG_STATE_OK;
}

/* ---- opening --------------------------------------------------------------------- */

/* Some milliseconds exact, which costs a reader next to nothing. */
static uint64_t system_now(void *arg)
{
    (void)arg;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t fg_store_now(const fg_store *s) { return s->now(s->now_arg); }

static fg_state check_options(const fg_store_options *o, fg_state_error *err)
{
    if (!o->writer)
        return FG_STATE_OK;
    if (o->map_size < FG_STORE_MAP_MIN || o->map_size > SIZE_MAX / 2)
        return fg_state_fail_try(
            err, FG_STATE_BAD_REQUEST, "choose what all data may grow to",
            "a map of %lld bytes is not possible: at least %llu are needed",
            (long long)o->map_size, (unsigned long long)FG_STORE_MAP_MIN);
    if (o->reserve > o->map_size / 2)
        return fg_state_fail_try(err, FG_STATE_BAD_REQUEST, "choose less",
                                 "a reserve of %llu bytes is over half of the map",
                                 (unsigned long long)o->reserve);
    return FG_STATE_OK;
}

static fg_state new_store(const fg_store_options *o, fg_store **out,
                          fg_state_error *err)
{
    fg_store *s = calloc(1, sizeof *s);
    char *path = strdup(o->path);
    if (!s || !path) {
        free(s);
        free(path);
        return fg_state_fail(err, FG_STATE_NO_MEMORY, "opening store '%s'", o->path);
    }
    s->path = path;
    s->writer = o->writer;
    s->lock_fd = -1;
    s->reserve_asked = o->reserve;
    s->now = o->now ? o->now : system_now;
    s->now_arg = o->now_arg;
    s->wait_ms = o->wait_ms ? o->wait_ms : DEFAULT_WAIT;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&s->remap_lock, NULL);
    pthread_mutex_init(&s->write_lock, NULL);
    fg_bytes_init(&s->before);
    fg_bytes_init(&s->fresh);
    fg_bytes_init(&s->scratch);
    *out = s;
    return FG_STATE_OK;
}

static void free_store(fg_store *s)
{
    fg_bytes_drop(&s->before);
    fg_bytes_drop(&s->fresh);
    fg_bytes_drop(&s->scratch);
    if (!atomic_load(&s->foreign)) {
        pthread_cond_destroy(&s->changed);
        pthread_mutex_destroy(&s->remap_lock);
        pthread_mutex_destroy(&s->write_lock);
    }
    free(s->path);
    free(s);
}

static fg_state open_env(fg_store *s, const fg_store_options *o, fg_state_error *err)
{
    unsigned flags = MDB_NOTLS | (o->writer ? 0 : MDB_RDONLY);
    FG_MDB_TRY(s, mdb_env_create(&s->env), "preparing", err);
    FG_MDB_TRY(s, mdb_env_set_maxdbs(s->env, FG_DBS), "preparing", err);
    FG_MDB_TRY(s,
               mdb_env_set_maxreaders(s->env, o->max_readers ? o->max_readers
                                                             : DEFAULT_READERS),
               "preparing", err);
    if (o->map_size)
        FG_MDB_TRY(s, mdb_env_set_mapsize(s->env, o->map_size), "preparing", err);
    int rc = mdb_env_open(s->env, s->path, flags, o->mode ? o->mode : 0600);
    if (rc == ENOENT && !o->writer)
        return fg_state_fail_try(err, FG_STATE_NOT_FOUND,
                                 "start the state server first",
                                 "there is no store in '%s'", s->path);
    return rc ? fg_store_failed(s, rc, "opening", err) : FG_STATE_OK;
}

/* Bytes of the map's reserve. */
static uint64_t reserve_of(uint64_t map, uint64_t asked)
{
    if (asked)
        return asked;
    uint64_t eighth = map / 8;
    return eighth < RESERVE_MIN   ? RESERVE_MIN
           : eighth > RESERVE_MAX ? RESERVE_MAX
                                  : eighth;
}

static fg_state set_reserve(fg_store *s, fg_state_error *err)
{
    MDB_envinfo info;
    MDB_stat st;
    FG_MDB_TRY(s, mdb_env_info(s->env, &info), "asking for its size", err);
    FG_MDB_TRY(s, mdb_env_stat(s->env, &st), "asking for its size", err);
    s->reserve = reserve_of(info.me_mapsize, s->reserve_asked) / st.ms_psize;
    return FG_STATE_OK;
}

static MDB_val text_val(const char *text)
{
    return (MDB_val){ strlen(text), (void *)text };
}

/* A number of the meta table; NOT_FOUND without a text. */
static fg_state get_number(fg_store *s, MDB_txn *txn, const char *name, uint32_t *out,
                           fg_state_error *err)
{
    MDB_val k = text_val(name), v;
    int rc = mdb_get(txn, s->dbi[FG_DB_meta], &k, &v);
    if (rc == MDB_NOTFOUND)
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(s, rc, "reading its head", err);
    if (v.mv_size != 4)
        return fg_state_fail(err, FG_STATE_CORRUPT, "store '%s': its %s is damaged",
                             s->path, name);
    *out = (uint32_t)fg_be_get(v.mv_data, 4);
    return FG_STATE_OK;
}

static fg_state put_number(fg_store *s, MDB_txn *txn, const char *name, uint32_t n,
                           fg_state_error *err)
{
    uint8_t bytes[4];
    fg_be_put(bytes, n, 4);
    MDB_val k = text_val(name), v = { 4, bytes };
    FG_MDB_TRY(s, mdb_put(txn, s->dbi[FG_DB_meta], &k, &v, 0), "writing its head", err);
    return FG_STATE_OK;
}

static fg_state check_format(fg_store *s, MDB_txn *txn, fg_state_error *err)
{
    uint32_t format;
    fg_state state = get_number(s, txn, "format", &format, err);
    if (state == FG_STATE_NOT_FOUND && s->writer) {
        MDB_stat st;
        FG_MDB_TRY(s, mdb_stat(txn, s->dbi[FG_DB_meta], &st), "reading its head", err);
        if (st.ms_entries == 0)
            return put_number(s, txn, "format", FG_STORE_FORMAT, err);
    }
    if (state == FG_STATE_NOT_FOUND)
        return fg_state_fail(err, FG_STATE_CORRUPT,
                             "store '%s' does not tell its format", s->path);
    FG_STATE_TRY(state);
    if (format != FG_STORE_FORMAT)
        return fg_state_fail(err, FG_STATE_FORMAT,
                             "store '%s' has format %u, this software writes %u",
                             s->path, format, FG_STORE_FORMAT);
    return FG_STATE_OK;
}

static fg_state open_dbs(fg_store *s, MDB_txn *txn, fg_state_error *err)
{
    for (unsigned i = 0; i < FG_DBS; i++) {
        int rc = mdb_dbi_open(txn, db_names[i], s->writer ? MDB_CREATE : 0, &s->dbi[i]);
        if (rc == MDB_NOTFOUND)
            return fg_state_fail_try(err, FG_STATE_NOT_FOUND,
                                     "start the state server first",
                                     "the store in '%s' was never written", s->path);
        FG_MDB_TRY(s, rc, "opening its tables", err);
    }
    FG_STATE_TRY(check_format(s, txn, err));
    fg_state state = get_number(s, txn, "incarnation", &s->incarnation, err);
    if (state != FG_STATE_NOT_FOUND)
        FG_STATE_TRY(state);
    if (!s->writer)
        return FG_STATE_OK;
    return put_number(s, txn, "incarnation", ++s->incarnation, err);
}

/* Handles of tables live on only if their transaction is committed. */
static fg_state open_tables(fg_store *s, fg_state_error *err)
{
    MDB_txn *txn;
    FG_MDB_TRY(s, mdb_txn_begin(s->env, NULL, s->writer ? 0 : MDB_RDONLY, &txn),
               "opening", err);
    fg_state state = open_dbs(s, txn, err);
    if (state != FG_STATE_OK) {
        mdb_txn_abort(txn);
        return state;
    }
    FG_MDB_TRY(s, mdb_txn_commit(txn), "opening", err);
    return FG_STATE_OK;
}

static fg_state open_files(fg_store *s, const fg_store_options *o, fg_state_error *err)
{
    if (o->writer)
        FG_STATE_TRY(lock_writer(s, o->mode ? o->mode : 0600, err));
    FG_STATE_TRY(open_env(s, o, err));
    FG_STATE_TRY(open_tables(s, err));
    return set_reserve(s, err);
}

fg_state fg_store_open(const fg_store_options *o, fg_store **out, fg_state_error *err)
{
    fg_store *s;
    *out = NULL;
    FG_STATE_TRY(check_options(o, err));
    FG_STATE_TRY(new_store(o, &s, err));
    fg_state state = enlist(s, err);
    if (state != FG_STATE_OK) {
        free_store(s);
        return state;
    }
    state = open_files(s, o, err);
    if (state != FG_STATE_OK) {
        fg_store_close(s);
        return state;
    }
    *out = s;
    return FG_STATE_OK;
}

void fg_store_close(fg_store *s)
{
    if (!s)
        return;
    /* In a child, the mapping and the descriptors stay: closing them would free slots that
     * are the parent's. */
    if (!atomic_load(&s->foreign)) {
        if (s->env)
            mdb_env_close(s->env);
        if (s->lock_fd >= 0)
            close(s->lock_fd);
        delist(s);
    }
    free_store(s);
}

uint32_t fg_store_incarnation(const fg_store *s) { return s->incarnation; }

/* ---- size, copies, status -------------------------------------------------------- */

/* A transaction that changes nothing but its number makes the new size known. */
static fg_state announce_size(fg_store *s, fg_state_error *err)
{
    MDB_txn *txn;
    FG_MDB_TRY(s, mdb_txn_begin(s->env, NULL, 0, &txn), "growing", err);
    fg_state state = put_number(s, txn, "format", FG_STORE_FORMAT, err);
    if (state != FG_STATE_OK) {
        mdb_txn_abort(txn);
        return state;
    }
    FG_MDB_TRY(s, mdb_txn_commit(txn), "growing", err);
    return set_reserve(s, err);
}

fg_state fg_store_grow(fg_store *s, uint64_t map_size, fg_state_error *err)
{
    MDB_envinfo info;
    if (!s->writer || atomic_load(&s->foreign))
        return fg_state_fail(err, FG_STATE_READ_ONLY,
                             "store '%s' is not open for writing here", s->path);
    FG_MDB_TRY(s, mdb_env_info(s->env, &info), "growing", err);
    if (map_size <= info.me_mapsize || map_size > SIZE_MAX / 2)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "store '%s': %llu bytes are not more than the map has",
                             s->path, (unsigned long long)map_size);
    pthread_mutex_lock(&s->write_lock);
    fg_state state = fg_store_remap(s, map_size, err);
    if (state == FG_STATE_OK)
        state = announce_size(s, err);
    pthread_mutex_unlock(&s->write_lock);
    return state;
}

fg_state fg_store_reap(fg_store *s, uint32_t *reaped, fg_state_error *err)
{
    int dead = 0;
    FG_MDB_TRY(s, mdb_reader_check(s->env, &dead), "looking for dead readers", err);
    *reaped = (uint32_t)dead;
    return FG_STATE_OK;
}

fg_state fg_store_copy(fg_store *s, const char *path, bool compact, fg_state_error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fg_state_fail(err, FG_STATE_IO, "cannot make '%s': %s", path,
                             strerror(errno));
    fg_store_reader *r;
    FG_STATE_TRY(fg_store_reader_new(s, &r, err));
    fg_state state = fg_store_enter(r, err);
    int rc = 0;
    if (state == FG_STATE_OK) {
        rc = mdb_env_copy2(s->env, path, compact ? MDB_CP_COMPACT : 0);
        fg_store_leave(r);
    }
    fg_store_reader_free(r);
    FG_STATE_TRY(state);
    if (rc == EEXIST)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST, "'%s' holds a store already",
                             path);
    return rc ? fg_store_failed(s, rc, "copying", err) : FG_STATE_OK;
}

/* A line of LMDB's list of readers: process, thread, transaction or "-"; the first line is
 * a heading. */
static int look_at_reader(const char *line, void *arg)
{
    fg_store_status *st = arg;
    unsigned long long txn;
    long pid;
    if (sscanf(line, "%ld %*s %llu", &pid, &txn) == 2
        && (st->oldest_reader == 0 || txn < st->oldest_reader))
        st->oldest_reader = txn;
    return 0;
}

static fg_state count_records(fg_store *s, MDB_txn *txn, fg_store_status *out,
                              fg_state_error *err)
{
    uint64_t *const counts[FG_DBS] = {
        [FG_DB_cur] = &out->cells,    [FG_DB_undo] = &out->undo,
        [FG_DB_hist] = &out->history, [FG_DB_log] = &out->logs,
        [FG_DB_dedup] = &out->tokens, [FG_DB_ttl] = &out->expiring,
    };
    for (unsigned i = 0; i < FG_DBS; i++) {
        MDB_stat st;
        FG_MDB_TRY(s, mdb_stat(txn, s->dbi[i], &st), "counting records", err);
        out->page_size = st.ms_psize;
        if (counts[i])
            *counts[i] = st.ms_entries;
    }
    return fg_store_live_pages(s, txn, &out->pages_live, err);
}

fg_state fg_store_get_status(fg_store *s, fg_store_status *out, fg_state_error *err)
{
    MDB_envinfo info;
    fg_store_reader *r;
    *out = (fg_store_status){ .incarnation = s->incarnation };
    FG_MDB_TRY(s, mdb_env_info(s->env, &info), "asking for its size", err);
    FG_MDB_TRY(s, mdb_reader_list(s->env, look_at_reader, out) < 0 ? EIO : 0,
               "listing readers", err);
    FG_STATE_TRY(fg_store_reader_new(s, &r, err));
    fg_state state = fg_store_reader_begin(r, err);
    if (state == FG_STATE_OK)
        state = count_records(s, r->txn, out, err);
    fg_store_reader_free(r);
    out->map_size = info.me_mapsize;
    out->reserve = s->reserve * out->page_size;
    out->pages_high = info.me_last_pgno + 1;
    out->transaction = info.me_last_txnid;
    out->readers = info.me_numreaders;
    out->max_readers = info.me_maxreaders;
    return state;
}

// SPDX-License-Identifier: Apache-2.0
/* Running statements, so that no fork waits for SQLite any longer than it lives.
 *
 * SQLite looks at the limits between some operations of its virtual machine only, and one
 * of them may take seconds: LIKE on a large value, rolling back, VACUUM.  So a statement
 * runs in a thread of its own, and the fork waits for that.  When the fork has to end, it
 * leaves the connection to the thread, which is told to end, and puts or closes it then.
 * The thread may take as much memory as the fork had left; until it has ended the
 * connection counts as open, and one that cannot be stopped may work on for long.
 *
 * Handing over takes longer than most reading does.  So what may be brief is tried in the
 * thread of the fork before: a statement that only reads and only calls functions that take
 * little.  While it is tried values are short, which bounds each operation, and all that it
 * gives has to fit into one batch, after few operations.  If that fails, for whatever
 * reason, nothing has happened, and the thread runs it from the beginning.  Statements that
 * were not brief are remembered, not to be tried again.
 *
 * The authorizer does not hear of expressions in the schema, like those of columns that are
 * computed when they are read: where there are any, nothing is tried.  That is found out in
 * the thread, which runs the first statement of each connection for this reason; and while
 * one is tried nothing may be compiled, so that no other schema comes in unseen.
 *
 * One kind of statement that writes runs in the thread of the fork, too: one that inserts
 * a single row in a transaction that has written before (db_insert.c). */
#include "lib/db.h"
#include "lib/worker.h"

#include "base/hash.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BATCH_BYTES 65536u
#define TRIAL_STEPS 100  /* of the virtual machine in a turn */
#define TRIAL_UNITS 102u /* what they count as */
#define TRIAL_TURNS 160u /* in all */
#define TRIAL_VALUE 8192 /* bytes of a value */
#define TRIAL_PATTERN 1  /* bytes of a pattern of LIKE */
#define TRIAL_TEXT 4096  /* bytes of the statement, which may run once without a look */
#define CACHE_ROOM (1 << 20) /* bytes of pages, half of what SQLite keeps */
#define STEP_UNITS 512u      /* what the steps of a turn elsewhere count as */
#define TURN_NS 5000000u     /* how often the fork looks at the limits */
#define END_NS 1000000u      /* how often while the thread comes to its end */

/* Who has the connection.  The thread goes from BUSY to DONE, and then tells the eventfd,
 * the fork from BUSY to LEFT; whichever comes first decides whose it is. */
enum { BUSY, DONE, LEFT };

/* ---- compiling ------------------------------------------------------------------- */

static int prepare(fg_db *c, const char *text, int n, const char **tail)
{
    c->brief = true;
    c->computes = c->triggers = c->controls = c->inserts = c->elsewhere = false;
    c->bound = 0;
    c->preparing = true;
    fg_db_watch_memory(c);
    int code = sqlite3_prepare_v2(c->sqlite, text, n, &c->statement, tail);
    fg_db_watch_memory(NULL);
    c->preparing = false;
    return code;
}

/* The schema cannot be read while another connection commits. */
static fg_status wait_a_moment(fg_vm *vm, fg_db *c)
{
    bool ready;
    fg_db_leave(c);
    fg_status s = fg_wait_fds(vm, NULL, 0, fg_now_ns() + FG_DB_BUSY_STEP_NS, &ready);
    fg_db_resume(vm, c);
    return s;
}

fg_status fg_db_prepare(fg_vm *vm, fg_db *c, const char *text, int n, const char **tail,
                        int *code)
{
    const char *end = text;
    uint64_t until = 0;
    while ((*code = prepare(c, text, n, &end)) == SQLITE_BUSY && !c->halted) {
        uint64_t now = fg_now_ns();
        until = until ? until : now + FG_DB_BUSY_NS;
        if (now > until)
            break;
        FG_TRY(wait_a_moment(vm, c));
    }
    if (tail)
        *tail = end;
    if (*code != SQLITE_OK || !c->statement)
        return FG_OK;
    bool is_short = end - text <= TRIAL_TEXT;
    c->brief &= is_short && sqlite3_stmt_readonly(c->statement);
    c->inserts &= is_short && !c->triggers;
    if (is_short)
        c->digest = fg_hash_bytes(text, (size_t)(end - text));
    return FG_OK;
}

/* ---- in either thread ------------------------------------------------------------ */

bool fg_db_is_stopped(fg_db *c, uint32_t units)
{
    if (c->halted)
        return true;
    if (c->vm) {
        c->stopped = fg_tick_within(c->vm, units);
        c->halted = c->stopped != FG_OK;
    } else {
        __atomic_fetch_add(&c->units, units, __ATOMIC_RELAXED);
        c->halted = __atomic_load_n(&c->stop, __ATOMIC_RELAXED);
    }
    return c->halted;
}

int fg_db_progress(void *connection)
{
    fg_db *c = connection;
    if (c->trying && c->turns++ >= TRIAL_TURNS)
        return 1;
    return fg_db_is_stopped(c, c->trying ? TRIAL_UNITS : STEP_UNITS);
}

static int step(fg_db *c, fg_db_want want)
{
    int code;
    while ((code = sqlite3_step(c->statement)) == SQLITE_ROW && want != FG_DB_NO_ROWS) {
        if (want == FG_DB_ANY)
            continue;
        if (!fg_db_batch_add(&c->batch, c->statement))
            return SQLITE_NOMEM;
        if (c->batch.n >= BATCH_BYTES)
            break;
    }
    return code;
}

/* ---- in the thread of the fork --------------------------------------------------- */

static uint32_t *slow_place(fg_db *c) { return &c->slow[c->digest % FG_DB_SLOW]; }

static bool is_writing(const fg_db *c)
{
    return sqlite3_txn_state(c->sqlite, NULL) == SQLITE_TXN_WRITE;
}

/* Where much may have been written nothing is tried that has to be stopped while it reads
 * its file: SQLite would undo it all. */
static bool may_try(fg_db *c)
{
    return c->brief && c->known && *slow_place(c) != c->digest
           && !(c->computes && is_writing(c));
}

/* Nothing that was written has to go to the file to make room. */
static bool has_room(const fg_db *c)
{
    int used = 0, most;
    sqlite3_db_status(c->sqlite, SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
    return c->memory || used < CACHE_ROOM;
}

/* In a transaction that stays open: to end one may take long. */
static bool may_insert(fg_db *c)
{
    return c->inserts && c->known && c->rows[c->digest % FG_DB_SLOW] == c->digest
           && c->bound <= TRIAL_VALUE && !sqlite3_get_autocommit(c->sqlite)
           && is_writing(c) && has_room(c);
}

/* Inserts a row, which is not stopped; false: the schema is another one, and nothing was
 * done. */
static bool insert_row(fg_db *c, fg_db_want want, int *code)
{
    sqlite3_progress_handler(c->sqlite, 0, NULL, NULL);
    c->denied = false;
    c->undisturbed = c->trying = true;
    *code = step(c, want);
    c->trying = c->undisturbed = false;
    sqlite3_progress_handler(c->sqlite, FG_DB_STEPS, fg_db_progress, c);
    c->known &= !c->denied && (*code == SQLITE_DONE || !c->altered);
    if (c->denied)
        sqlite3_reset(c->statement);
    return !c->denied;
}

/* Only begins or ends a transaction that has written nothing. */
static bool is_at_once(const fg_db *c)
{
    return c->controls && sqlite3_stmt_readonly(c->statement) && !is_writing(c);
}

/* False: it has to be run again. */
static bool try_step(fg_db *c, fg_db_want want, int *code)
{
    int value = sqlite3_limit(c->sqlite, SQLITE_LIMIT_LENGTH, TRIAL_VALUE);
    int pattern =
        sqlite3_limit(c->sqlite, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, TRIAL_PATTERN);
    sqlite3_progress_handler(c->sqlite, TRIAL_STEPS, fg_db_progress, c);
    c->undisturbed = is_writing(c);
    c->turns = 0;
    c->trying = true;
    *code = step(c, want);
    c->trying = c->undisturbed = false;
    sqlite3_progress_handler(c->sqlite, FG_DB_STEPS, fg_db_progress, c);
    sqlite3_limit(c->sqlite, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, pattern);
    sqlite3_limit(c->sqlite, SQLITE_LIMIT_LENGTH, value);
    if (*code == SQLITE_DONE || (*code == SQLITE_ROW && want == FG_DB_NO_ROWS)
        || c->halted)
        return true;
    sqlite3_reset(c->statement);
    fg_db_batch_clear(&c->batch);
    *slow_place(c) = c->digest;
    return false;
}

/* ---- in a thread of its own ------------------------------------------------------ */

/* A transaction whose first statement writes waits for others that write; one that has read
 * before cannot, and fails at once. */
static bool may_read(const fg_db *c)
{
    return sqlite3_get_autocommit(c->sqlite)
           || sqlite3_txn_state(c->sqlite, NULL) != SQLITE_TXN_NONE;
}

/* Are there columns that are computed when they are read? */
static void learn(fg_db *c)
{
    static const char sql[] =
        "SELECT 1 FROM (SELECT name AS n, 'main' AS s FROM sqlite_schema "
        "WHERE type = 'table' UNION ALL SELECT name, 'temp' FROM sqlite_temp_schema "
        "WHERE type = 'table') AS t, pragma_table_xinfo(t.n, t.s) AS c "
        "WHERE c.hidden = 2 LIMIT 1";
    sqlite3_stmt *s = NULL;
    c->learning = true;
    int code = sqlite3_prepare_v2(c->sqlite, sql, -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    sqlite3_finalize(s);
    c->learning = false;
    c->known = code == SQLITE_DONE;
    memset(c->rows, 0, sizeof c->rows); /* of another schema */
}

/* In a transaction it may be one of many alike.  What changes() gives is lost, which is
 * why this comes before it runs, and not if it calls a function. */
static void learn_insert(fg_db *c)
{
    uint32_t *row = &c->rows[c->digest % FG_DB_SLOW];
    if (!c->inserts || !c->known || c->computes || sqlite3_get_autocommit(c->sqlite)
        || *row == c->digest || *slow_place(c) == c->digest)
        return;
    c->learning = true;
    *(fg_db_inserts_a_row(c) ? row : slow_place(c)) = c->digest;
    c->learning = false;
}

static int do_work(fg_db *c)
{
    if (c->want == FG_DB_RELEASE) {
        sqlite3_finalize(c->statement);
        c->statement = NULL;
        return SQLITE_OK;
    }
    bool first = !c->elsewhere;
    c->elsewhere = true;
    if (first && (c->brief || c->inserts) && !c->known && may_read(c))
        learn(c);
    if (first)
        learn_insert(c);
    int code = step(c, c->want);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        c->known &= !c->altered; /* what has changed the schema may be undone */
    return code;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void start_clock(fg_db *c)
{
    clockid_t clock;
    c->from = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (pthread_getcpuclockid(pthread_self(), &clock) == 0)
        __atomic_store_n(&c->clock, clock, __ATOMIC_RELEASE);
}

static void work(void *arg)
{
    static const uint64_t one = 1;
    fg_db *c = arg;
    int done = c->done, was = BUSY;
    start_clock(c);
    fg_db_allow(c->may);
    c->code = do_work(c);
    fg_db_allow(FG_DB_NO_LIMIT);
    c->worked = clock_ns(CLOCK_THREAD_CPUTIME_ID) - c->from;
    if (!__atomic_compare_exchange_n(&c->state, &was, DONE, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        fg_pools *pools = c->pools;
        fg_db_retire(c);
        fg_pool_kept(pools);
        return;
    }
    while (write(done, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* ---- handing over ---------------------------------------------------------------- */

static fg_status hand_over(fg_vm *vm, fg_db *c, fg_db_want want)
{
    if (c->done < 0) {
        int fd = eventfd(0, EFD_CLOEXEC);
        if (fd < 0)
            return fg_raise(vm, FG_E_RUNTIME, "the database cannot be waited for: %s",
                            strerror(errno));
        c->done = fd;
    }
    uint64_t room = fg_heap_left(&vm->heap);
    c->may = room < FG_DB_NO_LIMIT ? (int64_t)room : FG_DB_NO_LIMIT;
    c->want = want;
    c->stop = false;
    c->units = 0;
    c->worked = c->counted = 0;
    c->clock = 0;
    c->state = BUSY;
    fg_db_leave(c);
    if (fg_worker_run(work, c))
        return FG_OK;
    fg_db_resume(vm, c);
    return fg_raise(vm, FG_E_RUNTIME, "the database cannot have a thread to work in");
}

static void count(fg_vm *vm, fg_db *c, uint64_t worked)
{
    uint32_t units = __atomic_exchange_n(&c->units, 0, __ATOMIC_RELAXED);
    vm->slice -= units;
    if (worked > c->counted) {
        fg_count_cpu(vm, worked - c->counted);
        c->counted = worked;
    }
}

/* What the thread has worked, 0 if that is not known. */
static uint64_t time_so_far(const fg_db *c)
{
    clockid_t clock = __atomic_load_n(&c->clock, __ATOMIC_ACQUIRE);
    uint64_t now = clock ? clock_ns(clock) : 0;
    return now > c->from ? now - c->from : 0;
}

/* The thread has done with it. */
static void take_back(fg_vm *vm, fg_db *c)
{
    uint64_t n;
    while (read(c->done, &n, sizeof n) < 0 && errno == EINTR)
        continue;
    count(vm, c, c->worked);
    fg_db_resume(vm, c);
}

/* Leaves the connection to its thread; false: that has done with it just now. */
static bool leave(fg_db *c)
{
    int was = BUSY;
    fg_pools *pools = c->pools;
    fg_pool_keep(pools);
    if (__atomic_compare_exchange_n(&c->state, &was, LEFT, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return true;
    fg_pool_kept(pools);
    return false;
}

/* Waits until the thread has ended.  Only a fork that has to end itself leaves it before,
 * for the transaction is lost then.  Other tasks do not run: an error may be about to be
 * passed up. */
static fg_status wait_for_end(fg_vm *vm, fg_db **c, fg_status s)
{
    struct pollfd p = { .fd = (*c)->done, .events = POLLIN };
    for (;;) {
        fg_status now = fg_poll_host(vm);
        if (now != FG_OK && leave(*c)) {
            *c = NULL;
            return now;
        }
        if (fg_fd_poll(&p, 1, END_NS) > 0) {
            take_back(vm, *c);
            return s != FG_OK ? s : now;
        }
    }
}

static fg_status run_elsewhere(fg_vm *vm, fg_db **db, fg_db_want want, int *code)
{
    fg_db *c = *db;
    FG_TRY(hand_over(vm, c, want));
    struct pollfd p = { .fd = c->done, .events = POLLIN };
    bool ready = false;
    fg_status s = FG_OK;
    while (s == FG_OK && !ready) {
        s = fg_wait_fds(vm, &p, 1, fg_now_ns() + TURN_NS, &ready);
        if (!ready)
            count(vm, c, time_so_far(c));
    }
    if (s == FG_OK) {
        take_back(vm, c);
        *code = c->code;
        return FG_OK;
    }
    __atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
    sqlite3_interrupt(c->sqlite);
    return wait_for_end(vm, db, s);
}

fg_status fg_db_run(fg_vm *vm, fg_db **db, fg_db_want want, int *code)
{
    fg_db *c = *db;
    fg_db_batch_clear(&c->batch);
    if (!c->elsewhere) {
        if (is_at_once(c)) {
            *code = step(c, want);
            return FG_OK;
        }
        if (may_try(c) && try_step(c, want, code))
            return FG_OK;
        if (may_insert(c) && insert_row(c, want, code))
            return FG_OK;
    }
    return run_elsewhere(vm, db, want, code);
}

fg_status fg_db_release(fg_vm *vm, fg_db **db)
{
    fg_db *c = *db;
    if (!c->statement)
        return FG_OK;
    if (c->elsewhere && sqlite3_stmt_busy(c->statement)
        && hand_over(vm, c, FG_DB_RELEASE) == FG_OK)
        return wait_for_end(vm, db, FG_OK);
    sqlite3_finalize(c->statement);
    c->statement = NULL;
    return FG_OK;
}

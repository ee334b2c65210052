// SPDX-License-Identifier: Apache-2.0
/* The board over restarts, the gate of a child, and refusals. */
#include "admission.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "apr_strings.h"
#include "cancel.h"
#include "config.h"
#include "error_page.h"
#include "http_config.h"
#include "http_core.h"
#include "log.h"
#include "request.h"
#include "response.h"
#include "scoreboard.h"

APLOG_USE_MODULE(forge);

#define RETAINED "mod_forge board"
#define FEWEST_LANES 64
#define LOOK_EVERY 4000000 /* nanoseconds between two looks at the scoreboard */
#define TELL_EVERY APR_USEC_PER_SEC

/* What outlives the module in the parent. */
typedef struct retained {
    void *board; /* or NULL */
    apr_size_t size;
} retained;

/* What is refused for one reason; told once a second. */
typedef struct tally {
    apr_int64_t next;
    apr_uint32_t refused;
} tally;

typedef struct admission {
    mf_gate gate;
    int threaded, generation;
    int threads, children, reserve; /* of the whole server but for the first */
    tally *tallies; /* of the lanes, and behind them of what else can be full */
    int lanes;
    apr_int64_t next;    /* look at the scoreboard, coarse time, */
    apr_int32_t allowed; /* or after so many requests */
} admission;

/* Set in the parent's post_config; children inherit it. */
static mf_board *the_board;
/* Made by child_init, before the child has threads. */
static admission *the_admission;

/* ---- in the parent --------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

typedef struct wanted {
    uint64_t key;
    mf_quota *quota;
} wanted;

/* A key that the same host or section has after a restart, too; of several of the same
 * name the first one has that of the first one. */
static void want(apr_array_header_t *all, const char *kind, const char *name,
                 mf_quota *q)
{
    uint64_t key = mix(mix(0xcbf29ce484222325u, kind), name);
    q->name = name;
    for (int i = 0; i < all->nelts; i++)
        if (APR_ARRAY_IDX(all, i, wanted).key == key) {
            key = mix(key, "+");
            i = -1;
        }
    APR_ARRAY_PUSH(all, wanted) = (wanted){ key, q };
}

/* A virtual host without a word about Forge has the main server's settings themselves,
 * but counts for itself. */
static mf_caps *own_caps(apr_pool_t *pconf, server_rec *s, server_rec *main_server)
{
    mf_server *conf = ap_get_module_config(s->module_config, &forge_module);
    if (s != main_server
        && conf == ap_get_module_config(main_server->module_config, &forge_module)) {
        conf = apr_pmemdup(pconf, conf, sizeof *conf);
        mf_caps_init(&conf->caps, pconf);
        conf->caps = mf_caps_merge(&mf_server_of(main_server)->caps, &conf->caps);
        ap_set_module_config(s->module_config, &forge_module, conf);
    }
    return &conf->caps;
}

static apr_array_header_t *wanted_lanes(apr_pool_t *pconf, apr_pool_t *ptemp,
                                        server_rec *main_server)
{
    apr_array_header_t *all = apr_array_make(ptemp, 16, sizeof(wanted));
    for (server_rec *s = main_server; s; s = s->next) {
        mf_caps *caps = own_caps(pconf, s, main_server);
        const char *host = apr_psprintf(
            pconf, "%s:%u", s->server_hostname ? s->server_hostname : "-", s->port);
        if (caps->host.cap.most != 0)
            want(all, "host ", host, &caps->host);
        for (int i = 0; i < caps->sections->nelts; i++) {
            mf_quota *q = APR_ARRAY_IDX(caps->sections, i, mf_quota *);
            want(all, "section ", apr_pstrcat(pconf, q->name, " of ", host, NULL), q);
        }
    }
    return all;
}

/* 1 if all have lanes. */
static int assign(mf_board *b, const apr_array_header_t *all)
{
    for (int i = 0; i < all->nelts; i++) {
        wanted *w = &APR_ARRAY_IDX(all, i, wanted);
        w->quota->lane = mf_board_lane(b, w->key);
        if (w->quota->lane == MF_LANE_NONE)
            return 0;
    }
    return 1;
}

static retained *what_is_retained(void)
{
    retained *kept = ap_retained_data_get(RETAINED);
    return kept ? kept : ap_retained_data_create(RETAINED, sizeof *kept);
}

/* One that only the process itself and, as copies, its children see. */
static mf_board *private_board(apr_pool_t *p, uint32_t slots, uint32_t lanes)
{
    char *memory = apr_pcalloc(p, mf_board_size(slots, lanes) + 64);
    mf_board *b = (mf_board *)(memory + (64 - (apr_uintptr_t)memory % 64));
    mf_board_init(b, slots, lanes);
    return b;
}

/* Old children keep their own mapping of the old one. */
static mf_board *new_board(apr_pool_t *pconf, server_rec *s, uint32_t slots,
                           uint32_t lanes)
{
    retained *kept = what_is_retained();
    apr_size_t size = mf_board_size(slots, lanes);
    if (kept->board)
        munmap(kept->board, kept->size);
    kept->board =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (kept->board == MAP_FAILED) {
        mf_log_server(MF_NO_BOARD, s, APR_FROM_OS_ERROR(errno), "no shared memory");
        kept->board = NULL;
        return private_board(pconf, slots, lanes);
    }
    kept->size = size;
    mf_board_init(kept->board, slots, lanes);
    return kept->board;
}

int mf_admission_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                             server_rec *s)
{
    int limit = 0;
    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    apr_array_header_t *all = wanted_lanes(pconf, ptemp, s);
    mf_board *b = what_is_retained()->board;
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
    /* While the old children end, there may be as many new ones. */
    uint32_t slots = 2 * (uint32_t)(limit > 0 ? limit : 1) + 16;
    if (b && mf_board_is_valid(b) && mf_board_slots(b) >= slots)
        mf_board_sweep(b);
    else
        b = NULL;
    if (!b || !assign(b, all)) {
        uint32_t lanes = 2 * (uint32_t)all->nelts;
        b = new_board(pconf, s, slots, lanes < FEWEST_LANES ? FEWEST_LANES : lanes);
        assign(b, all);
    }
    the_board = b;
    return OK;
}

void mf_admission_child_status(server_rec *s, pid_t pid, ap_generation_t generation,
                               int slot, mpm_child_status state)
{
    (void)s;
    (void)generation;
    (void)slot;
    if (the_board && state == MPM_CHILD_EXITED)
        mf_board_clear(the_board, pid);
}

/* ---- in a child ------------------------------------------------------------------ */

/* An eighth, so that it grows with the server, but at least one. */
static int eighth(int n) { return n < 8 ? 1 : n / 8; }

/* A program may run in any case. */
static void count_workers(admission *a, int reserve)
{
    int threads = 1, children = 1;
    ap_mpm_query(AP_MPMQ_IS_THREADED, &a->threaded);
    ap_mpm_query(AP_MPMQ_GENERATION, &a->generation);
    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children);
    if (a->threaded)
        ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    a->threads = threads > 0 ? threads : 1;
    a->children = children > 0 ? children : 1;
    int workers = a->threads * a->children;
    if (reserve == MF_UNSET)
        reserve = eighth(workers);
    a->reserve = reserve < workers ? reserve : workers - 1;
}

static mf_cap or_none(mf_cap cap)
{
    return cap.most ? cap : (mf_cap){ .most = MF_NO_CAP };
}

/* Connections that are kept, and those of HTTP/2, stay with their child, and so an eighth
 * of its threads is for what else they want, or for a program that will soon run.  Who
 * wants no reserve wants none of that either. */
static mf_cap child_cap(const admission *a, mf_cap cap)
{
    if (cap.most != 0 || a->threads == 1 || a->reserve == 0)
        return or_none(cap);
    uint32_t most = (uint32_t)(a->threads - eighth(a->threads));
    return (mf_cap){ most, 2 * (uint32_t)a->threads, APR_USEC_PER_SEC };
}

/* Requests that are in a child, running or waiting, while waits are long.  mod_http2 has
 * half as many threads again as the MPM has, and an eighth is left there, too. */
static uint32_t room_of(const admission *a)
{
    if (a->threads == 1 || a->reserve == 0)
        return UINT32_MAX;
    return (uint32_t)(a->threads + a->threads / 2 - eighth(a->threads));
}

void mf_admission_child_init(apr_pool_t *pchild, server_rec *s)
{
    const mf_caps *caps = &mf_server_of(s)->caps;
    admission *a = apr_pcalloc(pchild, sizeof *a);
    mf_quota total = { or_none(caps->total), MF_LANE_TOTAL, "the server" };
    mf_board *b = the_board;
    count_workers(a, caps->reserve);
    mf_cap child = child_cap(a, caps->child);
    a->lanes = (int)mf_board_lanes(b) + 1;
    a->tallies = apr_pcalloc(pchild, (apr_size_t)(a->lanes + MF_FULLS) * sizeof(tally));
    mf_slot *slot = mf_board_claim(b, getpid(), (uint32_t)a->generation);
    if (!slot) {
        mf_log_server(MF_NO_BOARD, s, 0, "all slots of the shared memory are taken");
        b = private_board(pchild, 1, mf_board_lanes(b));
        slot = mf_board_claim(b, getpid(), (uint32_t)a->generation);
    }
    mf_gate_open(&a->gate, b, slot, &child, &total, room_of(a));
    the_admission = a;
}

/* ---- the reserve ----------------------------------------------------------------- */

/* Workers of a child that answer requests.  One that keeps a connection for a client who
 * asks nothing does not count: browsers that are left open would take the programs away
 * from everybody else. */
static int busy_in(const admission *a, int child)
{
    const process_score *p = ap_get_scoreboard_process(child);
    int busy = 0;
    if (p->pid == 0 || p->generation != a->generation)
        return 0;
    for (int i = 0; i < a->threads; i++) {
        const worker_score *w = ap_get_scoreboard_worker_from_indexes(child, i);
        busy += w->status == SERVER_BUSY_WRITE && (!a->threaded || w->pid == p->pid);
    }
    return busy;
}

/* How many workers are left beyond the reserve, also in children that are not yet started;
 * the caller's is not. */
static int spare_now(const admission *a)
{
    int limit = ap_get_scoreboard_global()->server_limit, busy = 0;
    for (int i = 0; i < limit; i++)
        busy += busy_in(a, i);
    return a->threads * a->children - a->reserve - busy;
}

/* 1 if the request leaves the reserve alone.  The sooner the reserve could be touched, the
 * sooner is the next look: all children together let in no more than there was. */
static int has_spare(admission *a)
{
    struct timespec t;
    if (a->reserve == 0 || !ap_exists_scoreboard_image())
        return 1;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    apr_int64_t now = (apr_int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    if (now < __atomic_load_n(&a->next, __ATOMIC_RELAXED)
        && __atomic_fetch_sub(&a->allowed, 1, __ATOMIC_RELAXED) > 0)
        return 1;
    int spare = spare_now(a);
    /* Without threads a child lets in one at a time anyway. */
    int share = a->threaded ? spare / a->children : spare > a->reserve ? INT32_MAX : 0;
    __atomic_store_n(&a->allowed, share, __ATOMIC_RELAXED);
    __atomic_store_n(&a->next, now + LOOK_EVERY, __ATOMIC_RELAXED);
    return spare >= 0;
}

/* ---- requests -------------------------------------------------------------------- */

static int is_gone(void *ctx) { return mf_cancel_look(ctx); }

mf_entry mf_admit(request_rec *r, mf_asking *asking, mf_permit *permit)
{
    admission *a = the_admission;
    const mf_quota *host = &mf_server_of(r->server)->caps.host;
    *asking = (mf_asking){
        .host = host->cap.most ? host : NULL,
        .section = mf_dir_of(r)->section,
        .gone = is_gone,
        .ctx = r->connection,
        .full = MF_FULL_RESERVE,
    };
    /* Requests of HTTP/2 are on threads of mod_http2. */
    if (!r->connection->master && !has_spare(a))
        return MF_REFUSED;
    mf_entry entry = mf_gate_enter(&a->gate, asking, permit);
    /* It may be his turn only because the server stops, and with it who was before. */
    if (entry == MF_ENTERED && asking->waited > 0 && is_gone(asking->ctx)) {
        mf_permit_release(permit);
        entry = MF_LEFT;
    }
    if (asking->waited > 0)
        apr_table_setn(r->notes, MF_WAIT_NOTE,
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, asking->waited));
    return entry;
}

/* ---- refusals -------------------------------------------------------------------- */

/* From 1 to 5 seconds, so that those who are refused together do not come back together. */
static const char *retry_after(void)
{
    static const char *const seconds[] = { "1", "2", "3", "4", "5" };
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t n = (uint64_t)t.tv_nsec * 0x9e3779b97f4a7c15u;
    return seconds[(n >> 32) % 5];
}

static const char *const names[] = { [MF_FULL_NOTHING] = "",
#define X(name, directive) [MF_FULL_##name] = directive,
                                     MF_CAPS(X)
#undef X
};

static const mf_quota *quota_of(const admission *a, const mf_asking *asking)
{
    switch (asking->full) {
    case MF_FULL_HOST: return asking->host;
    case MF_FULL_SECTION: return asking->section;
    case MF_FULL_TOTAL: return &a->gate.total;
    case MF_FULL_NOTHING:
    case MF_FULL_RESERVE:
    case MF_FULL_CHILD:
    case MF_FULLS: break;
    }
    return NULL;
}

/* One line a second for each host or section, with how many there were. */
static void tell(request_rec *r, admission *a, const mf_asking *asking)
{
    const mf_quota *q = quota_of(a, asking);
    tally *t = &a->tallies[q ? q->lane : a->lanes + (int)asking->full];
    apr_int64_t now = apr_time_now();
    apr_int64_t next = __atomic_load_n(&t->next, __ATOMIC_RELAXED);
    __atomic_fetch_add(&t->refused, 1, __ATOMIC_RELAXED);
    if (now < next
        || !__atomic_compare_exchange_n(&t->next, &next, now + TELL_EVERY, 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return;
    apr_uint32_t n = __atomic_exchange_n(&t->refused, 0, __ATOMIC_RELAXED);
    uint32_t most = q ? q->cap.most : a->gate.child.most;
    const char *where = "this child";
    if (asking->full == MF_FULL_RESERVE) {
        most = (uint32_t)a->reserve;
        where = "the server";
    }
    mf_log_request(MF_OVERLOAD, r, 0, "%s %s: %s %u of %s; %u since the last such line",
                   r->method, r->uri, names[asking->full], most, q ? q->name : where,
                   n);
}

static int refuse(request_rec *r, const mf_asking *asking)
{
    const char *message =
        apr_pstrcat(r->pool, "server at capacity (", names[asking->full], ")", NULL);
    tell(r, the_admission, asking);
    mf_note_code(r, MF_OVERLOAD);
    apr_table_setn(r->err_headers_out, "Retry-After", retry_after());
    if (mf_request_has_body(r))
        r->connection->keepalive = AP_CONN_CLOSE; /* instead of reading it */
    return !mf_app_of(r) && mf_wants_page(r)
               ? mf_send_error_page(r, HTTP_SERVICE_UNAVAILABLE, message)
               : mf_send_error_json(r, HTTP_SERVICE_UNAVAILABLE, message, NULL);
}

int mf_admit_not(request_rec *r, const mf_asking *asking, mf_entry entry)
{
    if (entry == MF_REFUSED)
        return refuse(r, asking);
    mf_note_code(r, MF_LEFT_QUEUE);
    mf_log_request(MF_LEFT_QUEUE, r, 0, "%s %s", r->method, r->uri);
    return mf_send_nothing(r);
}

// SPDX-License-Identifier: Apache-2.0
/* Looks at the client's socket about once a millisecond, and at whether the child stops.
 *
 * The descriptor is asked for every time: on a stop without grace the MPM closes
 * sockets from another thread, and the number may then belong to another
 * file.  HTTP/2 requests run on secondary connections whose socket is a dummy that
 * always looks closed; there only conn_rec.aborted tells.  The MPM closes them one after
 * the other before it calls child_stopping: who finds his own closed tells the others,
 * or one of them could start with what he leaves.
 *
 * Running programs look here, so no thread has to wake anybody.  worker and event call
 * child_stopping when a stop begins, but once it is a graceful one they wait for their
 * workers, and only a signal tells of a stop at once.  prefork calls it from a signal
 * handler that ends the process, and not at all when it stops gracefully.  So signals come
 * here first. */
#include "cancel.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_portable.h"
#include "config.h"
#include "forge.h"
#include "http_core.h"
#include "mpm_common.h"
#include "scoreboard.h"

/* Nanoseconds. */
#define INTERVAL 1000000
#define REPLACED 2000000000 /* within which another child takes the place of one */

/* Only ever raised, also by a signal handler. */
static volatile sig_atomic_t stop_now, draining;
/* Valid once `draining` is seen: when it ends, and when another child was seen that
 * accepts connections. */
static apr_int64_t drain_end, accepted;

/* Of this child, since its start. */
static apr_int64_t drain_time;
static int is_prefork, generation, most_children;

static apr_int64_t coarse_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (apr_int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int others_accept(void)
{
    for (int i = 0; i < most_children; i++) {
        const process_score *child = ap_get_scoreboard_process(i);
        if (child && child->pid && !child->quiescing)
            return 1;
    }
    return 0;
}

/* Is it the server that stops, or is restarted?  If only this child does, because it is
 * spare or old, another one accepts connections, or will within a second. */
static int server_stops(apr_int64_t now)
{
    if (is_prefork || ap_get_scoreboard_global()->running_generation != generation)
        return 1;
    if (others_accept())
        __atomic_store_n(&accepted, now, __ATOMIC_RELAXED);
    return now - __atomic_load_n(&accepted, __ATOMIC_RELAXED)
           >= (drain_time < REPLACED ? drain_time : REPLACED);
}

static int must_stop(apr_int64_t now)
{
    if (stop_now)
        return 1;
    return __atomic_load_n(&draining, __ATOMIC_ACQUIRE) && server_stops(now)
           && now >= drain_end;
}

static void begin_drain(void)
{
    if (draining)
        return;
    accepted = coarse_now();
    drain_end = accepted + drain_time;
    __atomic_store_n(&draining, 1, __ATOMIC_RELEASE);
}

/* The socket is closed on this side, always 1. */
static int closed_here(void)
{
    int state = AP_MPMQ_RUNNING;
    ap_mpm_query(AP_MPMQ_MPM_STATE, &state);
    if (state == AP_MPMQ_STOPPING)
        stop_now = 1;
    return 1;
}

static int socket_gone(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t fd = -1;
    if (!socket || apr_os_sock_get(&fd, socket) != APR_SUCCESS || fd < 0)
        return closed_here();
    struct pollfd p = { fd, POLLIN | POLLRDHUP, 0 };
    if (poll(&p, 1, 0) <= 0)
        return 0;
    if (p.revents & POLLNVAL)
        return closed_here();
    return (p.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0;
}

static int is_gone(conn_rec *c)
{
    return c && (c->aborted || (!c->master && socket_gone(c)));
}

void mf_cancel_init(mf_cancel *c, conn_rec *connection)
{
    c->connection = connection;
    c->next = coarse_now() + INTERVAL;
    c->wish = FORGE_GO_ON;
}

int mf_cancel_look(conn_rec *c) { return must_stop(coarse_now()) || is_gone(c); }

int mf_cancel_poll(mf_cancel *c)
{
    apr_int64_t now = coarse_now();
    if (now < c->next && !stop_now)
        return c->wish;
    c->next = now + INTERVAL;
    if (must_stop(now))
        c->wish = FORGE_STOP;
    else if (c->wish == FORGE_GO_ON && is_gone(c->connection))
        c->wish = FORGE_CANCEL;
    return c->wish;
}

int mf_cancel_all(void) { return must_stop(coarse_now()); }

int mf_cancel_drains(void) { return !stop_now; }

/* ---- signals --------------------------------------------------------------------- */

#define PATIENCE 1000000000 /* nanoseconds for programs after a signal of prefork */

/* What the MPM does itself. */
static struct sigaction term_action, hangup_action, graceful_action;

/* Programs that run in this child of prefork: one, unless it asks for another one. */
static volatile sig_atomic_t held;
static volatile sig_atomic_t waiting; /* the signal that came meanwhile */
static apr_int64_t patient_until;

/* The parent repeats the signal at once, and again after 3 seconds: then the program may
 * be sending to a slow client, and is not waited for. */
static void on_stop(int number)
{
    stop_now = 1;
    if (held && !waiting) {
        patient_until = coarse_now() + PATIENCE;
        waiting = number;
    }
    if (!held || coarse_now() > patient_until)
        (number == SIGTERM ? &term_action : &hangup_action)->sa_handler(number);
}

/* worker and event also send it to themselves, to wake their main thread. */
static void on_term(int number, siginfo_t *from, void *context)
{
    (void)context;
    if (from->si_pid != getpid())
        stop_now = 1;
    term_action.sa_handler(number);
}

static void on_graceful(int number)
{
    begin_drain();
    graceful_action.sa_handler(number);
}

/* Puts ours before one that the MPM has set. */
static void take_signal(int number, const struct sigaction *ours,
                        struct sigaction *theirs)
{
    struct sigaction act;
    if (sigaction(number, NULL, &act) != 0 || act.sa_flags & SA_SIGINFO
        || act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN)
        return;
    *theirs = act;
    act = *ours;
    act.sa_mask = theirs->sa_mask;
    act.sa_flags |= theirs->sa_flags;
    sigaction(number, &act, NULL);
}

static int is_ours(const struct sigaction *act)
{
    return act->sa_flags & SA_SIGINFO
               ? act->sa_sigaction == on_term
               : act->sa_handler == on_stop || act->sa_handler == on_graceful;
}

static void give_back(int number, const struct sigaction *theirs)
{
    struct sigaction act;
    if (sigaction(number, NULL, &act) == 0 && is_ours(&act))
        sigaction(number, theirs, NULL);
}

/* This code may be gone before the process is. */
static apr_status_t give_all_back(void *ctx)
{
    (void)ctx;
    give_back(SIGTERM, &term_action);
    give_back(SIGHUP, &hangup_action);
    give_back(AP_SIG_GRACEFUL, &graceful_action);
    return APR_SUCCESS;
}

void mf_cancel_hold(void)
{
    if (is_prefork)
        held++;
}

void mf_cancel_release(void)
{
    if (is_prefork && --held == 0 && waiting)
        raise(waiting);
}

void mf_cancel_child_init(apr_pool_t *pchild, server_rec *main_server)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;
    drain_time = mf_drain_timeout(main_server) * 1000;
    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    apr_pool_cleanup_register(pchild, NULL, give_all_back, apr_pool_cleanup_null);
    ap_mpm_query(AP_MPMQ_GENERATION, &generation);
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most_children);
    is_prefork = threaded == AP_MPMQ_NOT_SUPPORTED;
    if (!is_prefork)
        return;
    const struct sigaction stop = { .sa_handler = on_stop };
    const struct sigaction graceful = { .sa_handler = on_graceful };
    take_signal(SIGTERM, &stop, &term_action);
    take_signal(SIGHUP, &stop, &hangup_action);
    take_signal(AP_SIG_GRACEFUL, &graceful, &graceful_action);
}

void mf_cancel_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful) {
        stop_now = 1;
        return;
    }
    begin_drain();
    const struct sigaction term = { .sa_sigaction = on_term, .sa_flags = SA_SIGINFO };
    if (!is_prefork)
        take_signal(SIGTERM, &term, &term_action);
}

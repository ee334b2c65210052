// SPDX-License-Identifier: Apache-2.0
/* Threads that do what no fork can be kept waiting for. */
#define _GNU_SOURCE /* pthread_attr_setsigmask_np, dladdr */
#include "lib/worker.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STACK (2u << 20)
#define IDLE_S 5 /* then one without work ends */
#define EXIT_S 1 /* that the end of the process waits for them */

typedef struct worker {
    pthread_cond_t wake; /* there is work */
    void (*work)(void *job);
    void *job;
    struct worker *next; /* of the idle ones */
} worker;

static struct workers {
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t rest;  /* none is busy */
    worker *idle;         /* used last first */
    uint32_t busy;
    pid_t pid; /* whose they are */
    bool pinned;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct timespec after_seconds(time_t s)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += s;
    return t;
}

/* The clock of the wall may be set meanwhile. */
static void cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
}

/* ---- one thread; the lock is held between its pieces of work --------------------- */

/* Waits for work; false: there was none, and it is not among the idle ones any more. */
static bool wait_for_work(worker *w)
{
    struct timespec end = after_seconds(IDLE_S);
    w->work = NULL;
    w->next = all.idle;
    all.idle = w;
    all.busy--;
    if (all.busy == 0)
        pthread_cond_signal(&all.rest);
    while (!w->work)
        if (pthread_cond_timedwait(&w->wake, &all.lock, &end) != 0 && !w->work) {
            worker **at = &all.idle;
            while (*at != w)
                at = &(*at)->next;
            *at = w->next;
            return false;
        }
    return true;
}

static void *worker_main(void *arg)
{
    worker *w = arg;
    do {
        w->work(w->job);
        pthread_mutex_lock(&all.lock);
        bool more = wait_for_work(w);
        pthread_mutex_unlock(&all.lock);
        if (!more)
            break;
    } while (true);
    pthread_cond_destroy(&w->wake);
    free(w);
    return NULL;
}

/* ---- all of them; the lock is held ----------------------------------------------- */

static void at_exit(void)
{
    struct timespec end = after_seconds(EXIT_S);
    pthread_mutex_lock(&all.lock);
    while (all.busy > 0 && all.pid == getpid()
           && pthread_cond_timedwait(&all.rest, &all.lock, &end) == 0)
        continue;
    pthread_mutex_unlock(&all.lock);
}

/* Before the first one: the library must not be unloaded below it. */
static void pin(void)
{
    Dl_info here;
    if (dladdr(&all, &here) && here.dli_fname)
        dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    cond_init(&all.rest);
    atexit(at_exit);
    all.pinned = true;
}

static bool start(worker *w)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t signals;
    sigfillset(&signals);
    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    bool started = pthread_attr_setsigmask_np(&attr, &signals) == 0
                   && pthread_create(&thread, &attr, worker_main, w) == 0;
    pthread_attr_destroy(&attr);
    return started;
}

/* A new one, with its first work. */
static bool add(void (*work)(void *job), void *job)
{
    worker *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    if (!all.pinned)
        pin();
    cond_init(&w->wake);
    w->work = work;
    w->job = job;
    if (start(w))
        return true;
    pthread_cond_destroy(&w->wake);
    free(w);
    return false;
}

bool fg_worker_run(void (*work)(void *job), void *job)
{
    bool running = true;
    pthread_mutex_lock(&all.lock);
    if (all.pid != getpid()) { /* the others are another process's */
        all.idle = NULL;
        all.busy = 0;
        all.pid = getpid();
    }
    worker *w = all.idle;
    if (w) {
        all.idle = w->next;
        w->work = work;
        w->job = job;
        pthread_cond_signal(&w->wake);
    } else {
        running = add(work, job);
    }
    all.busy += running;
    pthread_mutex_unlock(&all.lock);
    return running;
}

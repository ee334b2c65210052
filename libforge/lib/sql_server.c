// SPDX-License-Identifier: Apache-2.0
/* Servers of databases: waiting for them, and whether a program may reach them. */
#define _GNU_SOURCE
#include "lib/guard.h"
#include "lib/sql.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

fg_status fg_sql_wait(fg_vm *vm, int fd, short *events, uint64_t until_ns)
{
    struct pollfd p = { .fd = fd, .events = *events };
    bool ready;
    FG_TRY(fg_wait_fds(vm, &p, 1, until_ns, &ready));
    *events = ready ? p.revents : 0;
    if (*events & (POLLERR | POLLHUP | POLLNVAL)) /* reading says what is wrong */
        *events |= POLLIN;
    return FG_OK;
}

bool fg_sql_stale(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return fd < 0 || poll(&p, 1, 0) != 0;
}

/* ---- names -------------------------------------------------------------------------------- */

#define LOOKUP_NS (10 * 1000000000ull)

/* A question to the resolver, which cannot be interrupted: a thread of its own asks, and
 * whoever is done last frees it. */
typedef struct lookup {
    char host[256];
    struct sockaddr_storage address;
    int error;
    int done[2]; /* a pipe that the thread closes */
    int users;   /* atomic */
} lookup;

static void lookup_drop(lookup *l)
{
    if (__atomic_sub_fetch(&l->users, 1, __ATOMIC_ACQ_REL) == 0)
        free(l);
}

static void *lookup_run(void *arg)
{
    lookup *l = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    l->error = getaddrinfo(l->host, NULL, &hints, &found);
    if (l->error == 0) {
        const struct addrinfo *a = found;
        while (a && a->ai_family != AF_INET) /* where most servers listen */
            a = a->ai_next;
        a = a ? a : found;
        memcpy(&l->address, a->ai_addr, a->ai_addrlen);
        freeaddrinfo(found);
    }
    close(l->done[1]);
    lookup_drop(l);
    return NULL;
}

static bool lookup_begin(const char *host, lookup **out)
{
    pthread_t thread;
    pthread_attr_t detached;
    lookup *l = calloc(1, sizeof *l);
    if (!l || pipe2(l->done, O_CLOEXEC) < 0) {
        free(l);
        return false;
    }
    strncpy(l->host, host, sizeof l->host - 1);
    l->users = 2;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &detached, lookup_run, l) == 0;
    pthread_attr_destroy(&detached);
    if (!started) {
        close(l->done[0]);
        close(l->done[1]);
        free(l);
        return false;
    }
    *out = l;
    return true;
}

/* An address of a name. */
static fg_status resolve(fg_vm *vm, const char *what, const char *host,
                         struct sockaddr_storage *address)
{
    lookup *l;
    short events = POLLIN;
    if (strlen(host) >= sizeof l->host)
        return fg_sql_raise(vm, what, "the name of the host is too long");
    if (!lookup_begin(host, &l))
        return fg_sql_raise(vm, what, "the name of the host cannot be resolved now");
    fg_status s = fg_sql_wait(vm, l->done[0], &events, fg_now_ns() + LOOKUP_NS);
    close(l->done[0]);
    if (s == FG_OK && !events)
        s = fg_raise(vm, FG_E_RUNTIME, "%s: no answer to who '%s' is", what, host);
    else if (s == FG_OK && l->error)
        s = fg_raise(vm, FG_E_RUNTIME, "%s: there is no host '%s': %s", what, host,
                     gai_strerror(l->error));
    else if (s == FG_OK)
        *address = l->address;
    lookup_drop(l);
    return s;
}

/* Programs that serve requests reach what their site lets them; others run for somebody
 * who may use the databases of this machine. */
static fg_status judge(fg_vm *vm, const char *what, const char *host,
                       const struct sockaddr *to)
{
    const fg_site *site = fg_site_of(vm);
    fg_reach r = fg_guard_judge(site, host, to);
    if (r == FG_REACH_OK || (r == FG_REACH_PRIVATE && !site->hosted))
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME,
             "%s: '%s' is not among the hosts that this program may reach", what, host);
    return fg_hint(vm, "the administrator of the server can allow it");
}

fg_status fg_sql_reach(fg_vm *vm, const char *what, const char *host,
                       char address[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage to = { .ss_family = AF_UNIX };
    struct sockaddr *sa = (struct sockaddr *)&to;
    bool local = host[0] == '/' || host[0] == '@' || !host[0];
    address[0] = '\0';
    if (local)
        return judge(vm, what, host[0] ? host : "localhost", sa);
    FG_TRY(resolve(vm, what, host, &to));
    FG_TRY(judge(vm, what, host, sa));
    getnameinfo(sa, sizeof to, address, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST);
    return FG_OK;
}

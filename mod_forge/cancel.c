// SPDX-License-Identifier: Apache-2.0
/* Looks at the client's socket about once a millisecond.
 *
 * The descriptor is asked for every time: on a stop without grace the MPM closes
 * sockets from another thread, and the number may then belong to another
 * file.  HTTP/2 requests run on secondary connections whose socket is a dummy that
 * always looks closed; there only conn_rec.aborted tells. */
#include "cancel.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "apr_portable.h"
#include "http_core.h"

#define INTERVAL 1000000 /* nanoseconds */

/* Written once, maybe by a signal handler, and only ever raised. */
static volatile sig_atomic_t stop_now;

static apr_int64_t coarse_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (apr_int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int socket_gone(conn_rec *c)
{
    apr_socket_t *socket = ap_get_conn_socket(c);
    apr_os_sock_t fd = -1;
    if (!socket || apr_os_sock_get(&fd, socket) != APR_SUCCESS || fd < 0)
        return 1;
    struct pollfd p = { fd, POLLIN | POLLRDHUP, 0 };
    if (poll(&p, 1, 0) <= 0)
        return 0;
    return (p.revents & (POLLRDHUP | POLLERR | POLLHUP | POLLNVAL)) != 0;
}

void mf_cancel_init(mf_cancel *c, conn_rec *connection)
{
    c->connection = connection;
    c->next = coarse_now() + INTERVAL;
    c->gone = 0;
}

int mf_cancel_poll(mf_cancel *c)
{
    apr_int64_t now = coarse_now();
    if (c->gone || now < c->next)
        return c->gone;
    c->next = now + INTERVAL;
    c->gone = stop_now || c->connection->aborted
              || (!c->connection->master && socket_gone(c->connection));
    return c->gone;
}

int mf_cancel_all(void) { return stop_now; }

void mf_cancel_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful)
        stop_now = 1;
}

// SPDX-License-Identifier: Apache-2.0
/* A server on a Unix socket: requests in frames go to a handler, its answers go back.
 *
 * It listens as soon as it is opened, before anything slow, and starts no thread: whoever
 * calls fg_server_run is the reactor (reactor.h) and does all input and output.  The
 * handler is called there with each request, and must not wait; it answers at once or
 * later, from any thread.  Numbered responses go as they are ready, positional ones in the
 * order of their requests.
 *
 * Nobody's behaviour stalls the others.  While a connection has too many requests open, or
 * too many bytes to be sent, or all together have too many requests open, nothing more is
 * taken from it; what it sends stays in the kernel. */
#ifndef FG_SERVER_H
#define FG_SERVER_H

#include "ipc/responder.h"

typedef struct fg_server fg_server;

typedef enum fg_server_form {
    FG_SERVER_EITHER, /* the first bytes of a connection tell: fg_frames_tell */
    FG_SERVER_POSITIONAL,
    FG_SERVER_NUMBERED
} fg_server_form;

typedef struct fg_server_options {
    const char *path;
    fg_server_form form;
    bool trusted;           /* only processes of this user, or of root */
    const char *error_type; /* of error responses, a constant; NULL: "ErrorResponse" */
    /* Called with a reference to the request's responder, which becomes the handler's. */
    void (*handle)(void *ctx, fg_responder *r);
    /* The connection is gone: what it asked for needs no answer any more.  Its responders
     * are answered or dropped all the same; nobody gets that.  May be NULL. */
    void (*gone)(void *ctx, uint64_t connection);
    void *ctx;
    /* For all of these, 0 is a default. */
    uint32_t backlog;             /* 128 */
    uint32_t max_connections;     /* 1000; the next ones wait in the backlog */
    uint32_t max_request;         /* bytes; FG_FRAME_MAX */
    uint32_t max_response;        /* bytes; FG_FRAME_MAX */
    uint32_t open_each, open_all; /* requests in flight: 256 of a connection, 8192 */
    uint32_t high_water;          /* bytes to be sent to a connection: 1 MiB */
    uint64_t quiesce;             /* nanoseconds from stop to end: five seconds */
} fg_server_options;

/* Listens.  NULL: the reason is appended to `why`. */
fg_server *fg_server_open(const fg_server_options *options, fg_bytes *why);
/* Serves until fg_server_stop.  Then nothing new is taken; when all is answered and sent,
 * or the time for that is over, ends every connection.  True: all was answered. */
bool fg_server_run(fg_server *s);
/* Any thread, and signal handlers; before, while or after it runs. */
void fg_server_stop(fg_server *s);
/* Not while it runs.  Responders may outlive it. */
void fg_server_free(fg_server *s);

/* Is another request here already?  Looks without taking anything.  For handlers. */
bool fg_server_pending(const fg_server *s);

typedef struct fg_server_counts {
    uint64_t connections; /* that came */
    uint64_t
        refused; /* of those, because they are not trusted or there was no memory */
    uint64_t requests, answers; /* each request has exactly one answer */
    uint64_t late;              /* answers whose connection was gone */
    uint64_t wakes;             /* of the reactor by answers from other threads */
} fg_server_counts;

/* Any thread. */
fg_server_counts fg_server_count(const fg_server *s);

#endif

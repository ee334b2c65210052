// SPDX-License-Identifier: Apache-2.0
/* A client: one connection to a server, shared by many threads, with numbered frames.
 *
 * There is no thread behind it.  Of the threads that wait for responses one at a time reads
 * for all; when it has its own, another goes on.  Requests are queued and sent by whichever
 * thread is there.  A call that is given up, or whose time is over, leaves the connection
 * usable: its late response is thrown away.  The first thing that goes wrong with the
 * connection itself is its end: every call fails at once, and so do all later ones. */
#ifndef FG_CLIENT_H
#define FG_CLIENT_H

#include <pthread.h>

#include "base/bytes.h"

typedef struct fg_client fg_client;

typedef struct fg_client_options {
    const char *path;
    uint64_t connect;      /* nanoseconds to wait for a server; 0: one attempt */
    bool trusted;          /* only a server of this user, or of root */
    uint32_t max_request;  /* bytes; 0: FG_FRAME_MAX */
    uint32_t max_response; /* bytes; 0: FG_FRAME_MAX */
} fg_client_options;

/* NULL: the reason is appended to `why`. */
fg_client *fg_client_open(const fg_client_options *options, fg_bytes *why);
/* No call may be in progress. */
void fg_client_free(fg_client *c);
/* Ends the connection: calls in progress fail.  Any thread. */
void fg_client_shut(fg_client *c);
/* Why the connection is over, a constant; NULL while it is not.  Any thread. */
const char *fg_client_fault(fg_client *c);

/* How long a call may wait. */
typedef struct fg_wait {
    uint64_t timeout; /* nanoseconds; 0: for ever */
    /* Asked again and again, some fifty times a second and at the beginning: true gives
     * up.  May be NULL. */
    bool (*give_up)(void *ctx);
    void *ctx;
} fg_wait;

/* NULL instead of a wait is for ever. */

typedef enum fg_call_end {
    FG_CALL_ANSWERED,
    FG_CALL_LOST,     /* the connection is over: fg_client_fault */
    FG_CALL_LATE,     /* its time is over */
    FG_CALL_GIVEN_UP, /* give_up said so */
    FG_CALL_LARGE,    /* the request is too large; nothing was sent */
    FG_CALL_NOMEM
} fg_call_end;

/* For messages. */
const char *fg_call_end_text(fg_call_end end);

/* Sends a request and waits for its response, which is appended to `response`. */
fg_call_end fg_client_call(fg_client *c, fg_slice request, fg_bytes *response,
                           const fg_wait *wait);

/* The same in two steps, so that several requests may be on their way.  The call and the
 * buffer are the caller's, and stay where they are between the steps. */
typedef struct fg_call {
    uint64_t id;
    fg_bytes *response;
    bool over;
    fg_call_end end;
    bool waiting;
    struct fg_call *next, *before; /* of those whose threads wait */
    pthread_cond_t news;
} fg_call;

/* FG_CALL_ANSWERED: it is on its way (at the latest when somebody waits), and
 * fg_client_receive must follow.  Anything else is the end of the call.  Waits only while
 * much is waiting to be sent. */
fg_call_end fg_client_send(fg_client *c, fg_call *call, fg_slice request,
                           fg_bytes *response, const fg_wait *wait);
/* Whatever it returns, the call has ended. */
fg_call_end fg_client_receive(fg_client *c, fg_call *call, const fg_wait *wait);

#endif

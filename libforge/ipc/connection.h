// SPDX-License-Identifier: Apache-2.0
/* One connection of a server, as its reactor sees it: requests that come, answers that go.
 *
 * Everything is non-blocking.  An answer is made together with its request, so that nothing
 * can fail when it is given.  Positional answers wait here for those before them; numbered
 * ones go at once.  A connection that ended keeps its memory until the last answer is back.
 * Only the reactor's thread touches a connection. */
#ifndef FG_CONNECTION_H
#define FG_CONNECTION_H

#include "ipc/frame.h"
#include "ipc/reactor.h"

/* The answer to one request, on its way from the handler to the socket. */
typedef struct fg_answer {
    fg_post post;
    fg_reactor *reactor; /* one reference, until it is posted */
    struct fg_connection *connection;
    uint64_t id;
    const char *error_type;
    uint32_t max; /* bytes of payload */
    uint32_t head, n;
    char *payload; /* `local` or malloc's */
    char frame[FG_FRAME_HEAD_MAX];
    char local[256];
} fg_answer;

/* NULL: no memory. */
fg_answer *fg_answer_new(fg_reactor *reactor, struct fg_connection *c, uint64_t id);
void fg_answer_free(fg_answer *a);
/* Takes the payload (fg_respond_fn in responder.h) and posts the answer.  A payload that
 * failed, or is too large, becomes an error response.  Any thread. */
void fg_answer_give(void *answer, uint64_t connection, uint64_t id, fg_bytes *payload);

/* The queues of a server in which a connection may wait. */
typedef enum fg_turn {
    FG_TURN_DUE,     /* there is something to do for it */
    FG_TURN_STARVED, /* its next request must wait for those of others */
    FG_TURNS
} fg_turn;

typedef struct fg_connection {
    fg_source source;
    void *server;
    struct fg_connection *next, *before; /* of the server's */
    struct fg_connection *behind[FG_TURNS];
    bool waits[FG_TURNS]; /* in this queue */
    bool turn;            /* of those that starved, it may take a request */
    bool over;
    uint64_t id;
    int fd;
    uint32_t watched; /* events */
    fg_frames frames;
    bool told;           /* the form is known */
    uint32_t unanswered; /* requests whose answer is not back */
    uint32_t window;     /* how many may be open at once */
    uint64_t received,
        released;      /* requests, and answers that may go; positional: ids */
    fg_answer **early; /* positional: answers by id modulo window; NULL: none yet */
    fg_answer *first, *last; /* to be sent */
    uint32_t sent;           /* bytes of the first */
    uint64_t queued;         /* bytes of all that are back and not sent */
} fg_connection;

/* Takes the descriptor; the caller begins `frames`.  NULL: no memory, nothing taken. */
fg_connection *fg_connection_new(int fd, uint64_t id, uint32_t window);
/* Closes the socket and forgets what was to be sent. */
void fg_connection_end(fg_connection *c);
void fg_connection_free(fg_connection *c);

/* Reads once.  False: the other end is gone. */
bool fg_connection_fill(fg_connection *c);
/* The next request, with its id. */
fg_frame_next fg_connection_take(fg_connection *c, fg_frame *out);
/* An answer is back. */
void fg_connection_put(fg_connection *c, fg_answer *a);
/* Sends what goes without waiting.  False: the other end is gone. */
bool fg_connection_flush(fg_connection *c);
/* Requests that were taken and whose answers do not go yet. */
uint32_t fg_connection_open(const fg_connection *c);

#endif

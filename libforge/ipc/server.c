// SPDX-License-Identifier: Apache-2.0
/* A turn of the loop has two halves.  First the sources that are ready are called: they only
 * read, and list their connection.  Then each listed connection gets what it is due: its
 * answers are sent together, its whole requests are handed over as far as the limits allow,
 * and epoll is told what to look for, if that changed. */
#include "ipc/server.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/clock.h"
#include "ipc/connection.h"
#include "ipc/socket.h"

#define ACCEPT_PAUSE (100 * FG_MS) /* when descriptors have run out */
#define ACCEPT_BATCH 16

typedef struct turn_queue {
    fg_connection *first, *last;
} turn_queue;

struct fg_server {
    fg_source source; /* of the listener */
    fg_server_options options;
    fg_listener listener;
    fg_reactor *reactor;
    bool stop;     /* set by any thread */
    bool stopping; /* the reactor has seen it */
    bool accepting;
    uint64_t accept_at; /* not before */
    uint32_t connections;
    uint32_t unanswered; /* requests of all connections */
    uint64_t last_id;
    fg_connection *all;
    turn_queue turns[FG_TURNS];
    const fg_connection *serving; /* whose request is with the handler now */
    fg_server_counts counts;
};

static void count(uint64_t *what)
{
    __atomic_store_n(what, *what + 1, __ATOMIC_RELAXED);
}

/* ---- queues -------------------------------------------------------------------------- */

static void push(fg_server *s, fg_turn turn, fg_connection *c)
{
    turn_queue *q = &s->turns[turn];
    if (c->waits[turn] || c->over)
        return;
    c->waits[turn] = true;
    c->behind[turn] = NULL;
    if (q->first)
        q->last->behind[turn] = c;
    else
        q->first = c;
    q->last = c;
}

static fg_connection *pop(fg_server *s, fg_turn turn)
{
    fg_connection *c = s->turns[turn].first;
    if (c) {
        s->turns[turn].first = c->behind[turn];
        c->waits[turn] = false;
    }
    return c;
}

/* ---- connections --------------------------------------------------------------------- */

static void unlink_connection(fg_server *s, fg_connection *c)
{
    if (c->before)
        c->before->next = c->next;
    else
        s->all = c->next;
    if (c->next)
        c->next->before = c->before;
}

/* Its memory stays until its answers are back and no queue has it. */
static void release(fg_server *s, fg_connection *c)
{
    if (!c->over || c->unanswered > 0 || c->waits[FG_TURN_DUE]
        || c->waits[FG_TURN_STARVED])
        return;
    unlink_connection(s, c);
    fg_connection_free(c);
}

static void end(fg_server *s, fg_connection *c)
{
    if (c->over)
        return;
    fg_reactor_unwatch(s->reactor, c->fd);
    fg_connection_end(c);
    s->connections--;
    if (s->options.gone)
        s->options.gone(s->options.ctx, c->id);
}

static void connection_ready(fg_source *source, uint32_t events)
{
    fg_connection *c = (fg_connection *)source;
    fg_server *s = c->server;
    bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
    bool reads = (c->watched & EPOLLIN) != 0;
    if (reads && (broken || events & EPOLLIN))
        broken = !fg_connection_fill(c);
    if (broken) {
        end(s, c);
        release(s, c);
    } else {
        push(s, FG_TURN_DUE, c);
    }
}

static bool adopt(fg_server *s, int fd)
{
    static const fg_frame_form forms[] = {
        [FG_SERVER_EITHER] = FG_FRAME_NUMBERED,
        [FG_SERVER_POSITIONAL] = FG_FRAME_POSITIONAL,
        [FG_SERVER_NUMBERED] = FG_FRAME_NUMBERED,
    };
    if (s->options.trusted && !fg_socket_trusted(fd))
        return false;
    fg_connection *c = fg_connection_new(fd, s->last_id + 1, s->options.open_each);
    if (!c)
        return false;
    c->source.ready = connection_ready;
    c->server = s;
    c->watched = EPOLLIN;
    c->told = s->options.form != FG_SERVER_EITHER;
    fg_frames_begin(&c->frames, forms[s->options.form], s->options.max_request);
    if (!fg_reactor_watch(s->reactor, fd, c->watched, &c->source)) {
        free(c);
        return false;
    }
    s->last_id++;
    s->connections++;
    c->next = s->all;
    if (s->all)
        s->all->before = c;
    s->all = c;
    return true;
}

static void accepting(fg_server *s, bool on)
{
    if (s->accepting == on)
        return;
    if (!on)
        fg_reactor_unwatch(s->reactor, s->listener.fd);
    s->accepting =
        on && fg_reactor_watch(s->reactor, s->listener.fd, EPOLLIN, &s->source);
}

static void listener_ready(fg_source *source, uint32_t events)
{
    fg_server *s = (fg_server *)source;
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (s->connections >= s->options.max_connections) {
            accepting(s, false);
            return;
        }
        int fd = fg_listener_accept(&s->listener);
        if (fd < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return;
            accepting(s, false);
            s->accept_at = fg_clock() + ACCEPT_PAUSE;
            return;
        }
        count(&s->counts.connections);
        if (!adopt(s, fd)) {
            count(&s->counts.refused);
            close(fd);
        }
    }
}

/* ---- requests ------------------------------------------------------------------------ */

static bool full(const fg_server *s, const fg_connection *c)
{
    return fg_connection_open(c) >= s->options.open_each
           || c->queued > s->options.high_water;
}

/* False: no memory. */
static bool hand_over(fg_server *s, fg_connection *c, const fg_frame *frame)
{
    fg_request request = { frame->payload, c->id, frame->id };
    fg_answer *a = fg_answer_new(s->reactor, c, frame->id);
    if (!a)
        return false;
    a->error_type = s->options.error_type;
    a->max = s->options.max_response;
    fg_responder *r = fg_responder_new(&request, fg_answer_give, a);
    if (!r) {
        fg_answer_free(a);
        return false;
    }
    fg_responder_service(r, s->options.error_type);
    c->unanswered++;
    s->unanswered++;
    count(&s->counts.requests);
    s->serving = c;
    s->options.handle(s->options.ctx, r);
    s->serving = NULL;
    return true;
}

/* Hands over what is whole, as far as the limits allow: `more` is set when it can read on.
 * False: the stream is broken. */
static bool take(fg_server *s, fg_connection *c, bool *more)
{
    fg_frame frame;
    *more = false;
    while (!s->stopping && !full(s, c)) {
        if (s->unanswered >= s->options.open_all
            || (s->turns[FG_TURN_STARVED].first && !c->turn)) {
            push(s, FG_TURN_STARVED, c);
            return true;
        }
        c->turn = false;
        fg_frame_next next = fg_connection_take(c, &frame);
        if (next == FG_FRAME_NONE) {
            *more = true;
            return true;
        }
        if (next == FG_FRAME_BAD || !hand_over(s, c, &frame))
            return false;
    }
    return true;
}

static void attend(fg_server *s, fg_connection *c)
{
    bool more;
    if (!fg_connection_flush(c) || !take(s, c, &more)) {
        end(s, c);
        return;
    }
    c->turn = false;
    uint32_t events = (more ? EPOLLIN : 0u) | (c->first ? EPOLLOUT : 0u);
    if (events != c->watched) {
        fg_reactor_change(s->reactor, c->fd, events, &c->source);
        c->watched = events;
    }
}

/* Answers that are back go to their connections. */
static void collect(fg_server *s)
{
    fg_post *post = fg_reactor_posts(s->reactor);
    for (fg_post *next; post; post = next) {
        fg_answer *a = (fg_answer *)post;
        fg_connection *c = a->connection;
        next = post->next;
        s->unanswered--;
        count(&s->counts.answers);
        if (c->over)
            count(&s->counts.late);
        fg_connection_put(c, a);
        push(s, FG_TURN_DUE, c);
        release(s, c);
    }
}

/* While connections starve, each takes one request when its turn has come.  True: some had
 * their turn. */
static bool feed(fg_server *s)
{
    fg_connection *c;
    bool any = false;
    for (uint32_t n = s->unanswered; n < s->options.open_all; n++) {
        if (!(c = pop(s, FG_TURN_STARVED)))
            break;
        c->turn = any = true;
        push(s, FG_TURN_DUE, c);
        release(s, c);
    }
    return any;
}

/* The second half of a turn.  The second round is for the handler's answers at once; what
 * other threads post meanwhile must not keep the loop from its descriptors. */
static void settle(fg_server *s)
{
    for (int round = 0; round < 2; round++) {
        collect(s);
        do {
            fg_connection *c;
            while ((c = pop(s, FG_TURN_DUE))) {
                if (!c->over)
                    attend(s, c);
                release(s, c);
            }
        } while (feed(s));
    }
}

/* ---- the server ---------------------------------------------------------------------- */

static void defaults(fg_server_options *o)
{
    static const struct {
        size_t at;
        uint32_t value;
    } table[] = {
        { offsetof(fg_server_options, backlog), 128 },
        { offsetof(fg_server_options, max_connections), 1000 },
        { offsetof(fg_server_options, max_request), FG_FRAME_MAX },
        { offsetof(fg_server_options, max_response), FG_FRAME_MAX },
        { offsetof(fg_server_options, open_each), 256 },
        { offsetof(fg_server_options, open_all), 8192 },
        { offsetof(fg_server_options, high_water), 1u << 20 },
    };
    for (uint32_t i = 0; i < FG_COUNT(table); i++) {
        uint32_t *field = (uint32_t *)((char *)o + table[i].at);
        if (*field == 0)
            *field = table[i].value;
    }
    if (o->quiesce == 0)
        o->quiesce = 5000 * FG_MS;
    if (!o->error_type)
        o->error_type = "ErrorResponse";
}

static void discard(fg_post *post) { fg_answer_free((fg_answer *)post); }

fg_server *fg_server_open(const fg_server_options *options, fg_bytes *why)
{
    fg_server *s = calloc(1, sizeof *s);
    if (!s) {
        fg_bytes_str(why, "there is no memory for a server");
        return NULL;
    }
    s->source.ready = listener_ready;
    s->options = *options;
    s->listener.fd = -1;
    defaults(&s->options);
    s->reactor = fg_reactor_new(discard);
    if (!s->reactor)
        fg_bytes_fmt(why, "cannot make a reactor: %s", strerror(errno));
    else if (fg_listener_open(&s->listener, options->path, s->options.backlog, why))
        return s;
    fg_server_free(s);
    return NULL;
}

/* For epoll: rounded up, so that it does not turn in the last millisecond. */
static int milliseconds(uint64_t ns)
{
    uint64_t ms = ns / FG_MS + (ns % FG_MS > 0);
    return ms > 1000 ? 1000 : (int)ms;
}

static int accept_again(fg_server *s)
{
    if (s->accepting || s->connections >= s->options.max_connections)
        return -1;
    uint64_t left = fg_clock_left(s->accept_at);
    if (left > 0)
        return milliseconds(left);
    accepting(s, true);
    return s->accepting ? -1 : milliseconds(ACCEPT_PAUSE);
}

static bool quiet(const fg_server *s)
{
    bool sent = true;
    for (const fg_connection *c = s->all; c; c = c->next)
        sent = sent && !c->first;
    return sent && s->unanswered == 0;
}

/* True: nothing was left. */
static bool quiesce(fg_server *s)
{
    uint64_t left, deadline = fg_clock_end(s->options.quiesce);
    s->stopping = true;
    accepting(s, false);
    fg_listener_close(&s->listener);
    for (fg_connection *c = s->all; c; c = c->next)
        push(s, FG_TURN_DUE, c);
    settle(s);
    while (!quiet(s) && (left = fg_clock_left(deadline)) > 0) {
        fg_reactor_wait(s->reactor, milliseconds(left));
        settle(s);
    }
    return quiet(s);
}

bool fg_server_run(fg_server *s)
{
    while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
        fg_reactor_wait(s->reactor, accept_again(s));
        settle(s);
    }
    bool all = quiesce(s);
    for (fg_connection *c = s->all; c; c = c->next)
        end(s, c);
    return all;
}

void fg_server_stop(fg_server *s)
{
    __atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
    fg_reactor_wake(s->reactor);
}

void fg_server_free(fg_server *s)
{
    for (fg_connection *c = s->all, *next; c; c = next) {
        next = c->next;
        fg_connection_free(c);
    }
    fg_listener_close(&s->listener);
    if (s->reactor)
        fg_reactor_drop(s->reactor);
    free(s);
}

bool fg_server_pending(const fg_server *s)
{
    if (s->serving && fg_frames_ready(&s->serving->frames))
        return true;
    for (const fg_connection *c = s->turns[FG_TURN_DUE].first; c;
         c = c->behind[FG_TURN_DUE])
        if (!c->over && fg_frames_ready(&c->frames))
            return true;
    return fg_reactor_pending(s->reactor);
}

fg_server_counts fg_server_count(const fg_server *s)
{
    return (fg_server_counts){
        .connections = __atomic_load_n(&s->counts.connections, __ATOMIC_RELAXED),
        .refused = __atomic_load_n(&s->counts.refused, __ATOMIC_RELAXED),
        .requests = __atomic_load_n(&s->counts.requests, __ATOMIC_RELAXED),
        .answers = __atomic_load_n(&s->counts.answers, __ATOMIC_RELAXED),
        .late = __atomic_load_n(&s->counts.late, __ATOMIC_RELAXED),
        .wakes = fg_reactor_wakes(s->reactor),
    };
}

// SPDX-License-Identifier: Apache-2.0
/* One mutex guards everything but two buffers: `frames` belongs to the thread that reads
 * (`reading`), `outgoing` to the one that sends (`sending`); neither holds the mutex during
 * a system call.  The reader hands on what it did: when it stops, it wakes another thread
 * that waits.
 *
 * The socket is blocking with a short receive timeout, so that a waiting reader costs one
 * system call for each response, and looks around often enough. */
#define _GNU_SOURCE /* ppoll */
#include "ipc/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "ipc/clock.h"
#include "ipc/frame.h"
#include "ipc/pending.h"
#include "ipc/socket.h"

#define SLICE (20 * FG_MS)   /* how long nobody looks around */
#define QUEUE_MAX (1u << 20) /* bytes that wait to be sent, beside one request */
#define ARRAY_OF_ONE 0x91u

struct fg_client {
    int fd;
    fg_client_options options;
    pthread_mutex_t mutex;
    const char *fault;
    uint64_t next_id;
    fg_pending pending;
    fg_call *waiting; /* those whose threads sleep */
    bool reading, sending;
    fg_frames frames;
    fg_bytes queues[2]; /* one is filled while the other is sent */
    fg_bytes *queue, *outgoing;
    uint32_t sent; /* of outgoing */
};

typedef struct deadline {
    uint64_t end;
    const fg_wait *wait;
} deadline;

const char *fg_call_end_text(fg_call_end end)
{
    static const char *const texts[] = {
        [FG_CALL_ANSWERED] = "answered",
        [FG_CALL_LOST] = "the connection is lost",
        [FG_CALL_LATE] = "the time is over",
        [FG_CALL_GIVEN_UP] = "the call was given up",
        [FG_CALL_LARGE] = "the request is too large",
        [FG_CALL_NOMEM] = "there is no memory",
    };
    return texts[end];
}

/* ---- opening and closing ------------------------------------------------------------- */

/* A server that takes both forms of frames must not take the first id for a request. */
static bool first_id(uint64_t *id)
{
    do {
        if (getrandom(id, sizeof *id, 0) != sizeof *id)
            return false;
    } while (*id == 0 || (*id & 0xff) == ARRAY_OF_ONE);
    return true;
}

static bool set_up(fg_client *c, fg_bytes *why)
{
    struct timeval slice = { .tv_usec = SLICE / 1000 };
    if (setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice) != 0
        || !first_id(&c->next_id)) {
        fg_bytes_fmt(why, "cannot set up '%s': %s", c->options.path, strerror(errno));
        return false;
    }
    if (c->options.trusted && !fg_socket_trusted(c->fd)) {
        fg_bytes_fmt(why, "'%s' belongs to another user's server", c->options.path);
        return false;
    }
    return true;
}

fg_client *fg_client_open(const fg_client_options *options, fg_bytes *why)
{
    fg_client *c = calloc(1, sizeof *c);
    if (!c) {
        fg_bytes_str(why, "there is no memory for a client");
        return NULL;
    }
    c->options = *options;
    if (c->options.max_request == 0)
        c->options.max_request = FG_FRAME_MAX;
    pthread_mutex_init(&c->mutex, NULL);
    fg_frames_begin(&c->frames, FG_FRAME_NUMBERED, options->max_response);
    for (uint32_t i = 0; i < 2; i++)
        fg_bytes_init(&c->queues[i]);
    c->queue = &c->queues[0];
    c->outgoing = &c->queues[1];
    c->fd = fg_socket_connect(options->path, options->connect, why);
    if (c->fd >= 0 && set_up(c, why))
        return c;
    fg_client_free(c);
    return NULL;
}

void fg_client_free(fg_client *c)
{
    assert(!c->waiting && !c->reading && !c->sending);
    if (c->fd >= 0)
        close(c->fd);
    fg_frames_drop(&c->frames);
    fg_pending_drop(&c->pending);
    for (uint32_t i = 0; i < 2; i++)
        fg_bytes_drop(&c->queues[i]);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

/* ---- the end of calls, with the mutex ------------------------------------------------ */

static void finish(fg_call *call, fg_call_end how)
{
    call->over = true;
    call->end = how;
    if (call->waiting)
        pthread_cond_signal(&call->news);
}

/* The connection is over.  A thread that reads or sends on it returns from that. */
static void fail(fg_client *c, const char *fault)
{
    void *call;
    if (c->fault)
        return;
    c->fault = fault;
    shutdown(c->fd, SHUT_RDWR);
    while (fg_pending_any(&c->pending, &call))
        if (call)
            finish(call, FG_CALL_LOST);
}

static void wait_begin(fg_client *c, fg_call *call)
{
    call->waiting = true;
    call->before = NULL;
    call->next = c->waiting;
    if (call->next)
        call->next->before = call;
    c->waiting = call;
}

static void wait_end(fg_client *c, fg_call *call)
{
    if (call->before)
        call->before->next = call->next;
    else
        c->waiting = call->next;
    if (call->next)
        call->next->before = call->before;
    call->waiting = false;
}

void fg_client_shut(fg_client *c)
{
    pthread_mutex_lock(&c->mutex);
    fail(c, "the client ended the connection");
    pthread_mutex_unlock(&c->mutex);
}

const char *fg_client_fault(fg_client *c)
{
    pthread_mutex_lock(&c->mutex);
    const char *fault = c->fault;
    pthread_mutex_unlock(&c->mutex);
    return fault;
}

/* ---- sending, with the mutex --------------------------------------------------------- */

static uint64_t unsent(const fg_client *c)
{
    return (uint64_t)c->queue->n + c->outgoing->n - c->sent;
}

/* False: the rest of what was swapped in must wait. */
static bool send_outgoing(fg_client *c)
{
    struct iovec rest = { c->outgoing->p + c->sent, c->outgoing->n - c->sent };
    size_t n;
    pthread_mutex_unlock(&c->mutex);
    fg_moved moved = fg_socket_send(c->fd, &rest, 1, &n);
    pthread_mutex_lock(&c->mutex);
    if (moved == FG_MOVED_OVER)
        fail(c, "the server closed the connection");
    c->sent += (uint32_t)n;
    return moved == FG_MOVED && c->sent == c->outgoing->n;
}

/* Sends what goes without waiting, unless another thread does just that. */
static void flush(fg_client *c)
{
    if (c->sending)
        return;
    c->sending = true;
    while (!c->fault && unsent(c) > 0) {
        if (c->outgoing->n == 0) {
            fg_bytes *empty = c->outgoing;
            c->outgoing = c->queue;
            c->queue = empty;
        }
        if (!send_outgoing(c))
            break;
        fg_bytes_drop(c->outgoing);
        c->sent = 0;
    }
    c->sending = false;
}

/* ---- reading, by the one thread that does -------------------------------------------- */

/* With the mutex.  The responses that have come go to their calls. */
static void deliver(fg_client *c)
{
    fg_frame frame;
    fg_frame_next next = FG_FRAME_NONE;
    while (!c->fault && (next = fg_frames_take(&c->frames, &frame)) == FG_FRAME_ONE) {
        fg_call *call;
        void *found;
        if (frame.id == 0)
            continue;
        if (!fg_pending_take(&c->pending, frame.id, &found)) {
            fail(c, "the server answered what nobody asked");
            return;
        }
        if (!(call = found))
            continue;
        fg_bytes_slice(call->response, frame.payload);
        finish(call, call->response->failed ? FG_CALL_NOMEM : FG_CALL_ANSWERED);
    }
    if (next == FG_FRAME_BAD)
        fail(c, c->frames.fault);
}

/* Without the mutex.  Whether there is something to read; looks only as long as the socket
 * itself would not wait too long, or must not wait because there is something to send. */
static bool readable(fg_client *c, bool send, uint64_t left)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN | (send ? POLLOUT : 0) };
    struct timespec t = fg_clock_spec(left < SLICE ? left : SLICE);
    if (!send && left >= SLICE)
        return true;
    return ppoll(&p, 1, &t, NULL) > 0 && p.revents != POLLOUT;
}

/* With the mutex, which is not held while it waits, at most a slice: for responses, and
 * for room to send. */
static void read_once(fg_client *c, uint64_t left)
{
    bool send = unsent(c) > 0 && !c->sending, memory = true;
    fg_moved moved = FG_MOVED_NONE;
    size_t n = 0;
    pthread_mutex_unlock(&c->mutex);
    if (readable(c, send, left)) {
        size_t room;
        char *to = fg_frames_room(&c->frames, &room);
        memory = to != NULL;
        if (memory)
            moved = fg_socket_receive(c->fd, to, room, !send && left >= SLICE, &n);
        fg_frames_filled(&c->frames, n);
    }
    pthread_mutex_lock(&c->mutex);
    deliver(c);
    if (!memory)
        fail(c, "there is no memory for a response");
    if (moved == FG_MOVED_OVER)
        fail(c, fg_frames_partial(&c->frames)
                    ? "the server closed the connection within a response"
                    : "the server closed the connection");
    flush(c);
}

/* ---- waiting, with the mutex --------------------------------------------------------- */

static void sleep_once(fg_client *c, fg_call *call, uint64_t most)
{
    wait_begin(c, call);
    if (most == FG_NEVER) {
        pthread_cond_wait(&call->news, &c->mutex);
    } else {
        struct timespec until = fg_clock_spec(fg_clock() + most);
        pthread_cond_timedwait(&call->news, &c->mutex, &until);
    }
    wait_end(c, call);
}

/* Without the mutex, because it is the caller's function. */
static bool gives_up(fg_client *c, const fg_wait *wait)
{
    pthread_mutex_unlock(&c->mutex);
    bool yes = wait->give_up(wait->ctx);
    pthread_mutex_lock(&c->mutex);
    return yes;
}

/* Reads for all, or sleeps while another thread does.  Returns why not to go on, or
 * FG_CALL_ANSWERED.  A thread that only looks for room is woken by nobody. */
static fg_call_end step(fg_client *c, fg_call *call, const deadline *d, bool for_room)
{
    bool asks = d->wait && d->wait->give_up;
    uint64_t left = fg_clock_left(d->end);
    if (left == 0)
        return FG_CALL_LATE;
    if (asks && gives_up(c, d->wait))
        return call->over ? FG_CALL_ANSWERED : FG_CALL_GIVEN_UP;
    if (call->over || c->fault)
        return FG_CALL_ANSWERED;
    if (c->reading) {
        sleep_once(c, call, (asks || for_room) && left > SLICE ? SLICE : left);
    } else {
        c->reading = true;
        read_once(c, left);
        c->reading = false;
    }
    return FG_CALL_ANSWERED;
}

/* This thread waits no longer: if it was the reader, or was to be, another goes on. */
static void leave(fg_client *c)
{
    if (!c->reading && c->waiting)
        pthread_cond_signal(&c->waiting->news);
}

/* ---- calls --------------------------------------------------------------------------- */

static deadline until(const fg_wait *wait)
{
    return (deadline){ fg_clock_end(wait ? wait->timeout : 0), wait };
}

static void call_begin(fg_call *call, fg_bytes *response)
{
    pthread_condattr_t attr;
    *call = (fg_call){ .response = response };
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&call->news, &attr);
    pthread_condattr_destroy(&attr);
}

/* With the mutex.  Room is taken first, so that no part of a frame is ever queued. */
static fg_call_end enqueue(fg_client *c, fg_call *call, fg_slice request)
{
    if (c->fault)
        return FG_CALL_LOST;
    if (!fg_bytes_room(c->queue, FG_FRAME_HEAD_MAX + (size_t)request.n)) {
        c->queue->failed = false;
        return FG_CALL_NOMEM;
    }
    if (!fg_pending_add(&c->pending, c->next_id, call))
        return FG_CALL_NOMEM;
    call->id = c->next_id;
    c->next_id = c->next_id == UINT64_MAX ? 1 : c->next_id + 1;
    uint32_t mark = fg_frame_begin(c->queue, FG_FRAME_NUMBERED, call->id);
    fg_bytes_slice(c->queue, request);
    fg_frame_end(c->queue, mark);
    flush(c);
    return FG_CALL_ANSWERED;
}

static fg_call_end send_by(fg_client *c, fg_call *call, fg_slice request,
                           fg_bytes *response, const deadline *d)
{
    fg_call_end end = FG_CALL_ANSWERED;
    if (request.n > c->options.max_request)
        return FG_CALL_LARGE;
    call_begin(call, response);
    pthread_mutex_lock(&c->mutex);
    while (!c->fault && end == FG_CALL_ANSWERED && unsent(c) > 0
           && unsent(c) + request.n > QUEUE_MAX)
        end = step(c, call, d, true);
    if (end == FG_CALL_ANSWERED)
        end = enqueue(c, call, request);
    leave(c);
    pthread_mutex_unlock(&c->mutex);
    if (end != FG_CALL_ANSWERED)
        pthread_cond_destroy(&call->news);
    return end;
}

static fg_call_end receive_by(fg_client *c, fg_call *call, const deadline *d)
{
    fg_call_end end = FG_CALL_ANSWERED;
    pthread_mutex_lock(&c->mutex);
    flush(c);
    while (!call->over && end == FG_CALL_ANSWERED)
        end = step(c, call, d, false);
    if (call->over)
        end = call->end;
    else
        fg_pending_forget(&c->pending, call->id);
    leave(c);
    pthread_mutex_unlock(&c->mutex);
    pthread_cond_destroy(&call->news);
    return end;
}

fg_call_end fg_client_send(fg_client *c, fg_call *call, fg_slice request,
                           fg_bytes *response, const fg_wait *wait)
{
    deadline d = until(wait);
    return send_by(c, call, request, response, &d);
}

fg_call_end fg_client_receive(fg_client *c, fg_call *call, const fg_wait *wait)
{
    deadline d = until(wait);
    return receive_by(c, call, &d);
}

fg_call_end fg_client_call(fg_client *c, fg_slice request, fg_bytes *response,
                           const fg_wait *wait)
{
    fg_call call;
    deadline d = until(wait);
    fg_call_end end = send_by(c, &call, request, response, &d);
    return end == FG_CALL_ANSWERED ? receive_by(c, &call, &d) : end;
}

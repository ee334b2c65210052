// SPDX-License-Identifier: Apache-2.0
#include "ipc/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/envelope.h"
#include "ipc/socket.h"

#define PARTS 64 /* of one system call: two for each answer */

/* ---- answers ------------------------------------------------------------------------- */

fg_answer *fg_answer_new(fg_reactor *reactor, fg_connection *c, uint64_t id)
{
    fg_answer *a = malloc(sizeof *a);
    if (!a)
        return NULL;
    fg_reactor_ref(reactor);
    a->reactor = reactor;
    a->connection = c;
    a->id = id;
    a->payload = a->local;
    a->head = a->n = 0;
    return a;
}

void fg_answer_free(fg_answer *a)
{
    if (a->payload != a->local)
        free(a->payload);
    if (a->reactor)
        fg_reactor_drop(a->reactor);
    free(a);
}

/* Empties the buffer. */
static void take(fg_answer *a, fg_bytes *from)
{
    a->n = from->n;
    if (from->p == from->local) {
        assert(from->n <= sizeof a->local);
        memcpy(a->local, from->p, from->n);
    } else {
        a->payload = from->p;
    }
    fg_bytes_init(from);
}

static void refuse(fg_answer *a, fg_bytes *payload)
{
    char text[80] = "there is no memory for the response";
    if (!payload->failed)
        snprintf(text, sizeof text, "the response has %u bytes, %u are allowed",
                 payload->n, a->max);
    fg_bytes_drop(payload);
    fg_envelope_error(payload, fg_slice_str(a->error_type), fg_slice_str(text));
}

void fg_answer_give(void *answer, uint64_t connection, uint64_t id, fg_bytes *payload)
{
    fg_answer *a = answer;
    fg_reactor *reactor = a->reactor;
    (void)connection;
    (void)id;
    if (payload->failed || payload->n > a->max)
        refuse(a, payload);
    take(a, payload);
    a->reactor = NULL;
    fg_reactor_post(reactor, &a->post);
    fg_reactor_drop(reactor);
}

/* ---- connections --------------------------------------------------------------------- */

fg_connection *fg_connection_new(int fd, uint64_t id, uint32_t window)
{
    fg_connection *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->fd = fd;
    c->id = id;
    c->window = window;
    return c;
}

static void forget(fg_connection *c, fg_answer *a)
{
    c->queued -= a->n;
    fg_answer_free(a);
}

void fg_connection_end(fg_connection *c)
{
    c->over = true;
    close(c->fd);
    fg_frames_drop(&c->frames);
    for (fg_answer *a = c->first, *next; a; a = next) {
        next = (fg_answer *)a->post.next;
        forget(c, a);
    }
    c->first = c->last = NULL;
    for (uint32_t i = 0; c->early && i < c->window; i++)
        if (c->early[i])
            forget(c, c->early[i]);
    free(c->early);
    c->early = NULL;
}

void fg_connection_free(fg_connection *c)
{
    if (!c->over)
        fg_connection_end(c);
    free(c);
}

uint32_t fg_connection_open(const fg_connection *c)
{
    return (uint32_t)(c->received - c->released);
}

bool fg_connection_fill(fg_connection *c)
{
    size_t room, n;
    char *to = fg_frames_room(&c->frames, &room);
    if (!to)
        return false;
    fg_moved moved = fg_socket_receive(c->fd, to, room, false, &n);
    fg_frames_filled(&c->frames, n);
    return moved != FG_MOVED_OVER;
}

fg_frame_next fg_connection_take(fg_connection *c, fg_frame *out)
{
    if (!c->told)
        c->told = fg_frames_tell(&c->frames);
    if (!c->told)
        return FG_FRAME_NONE;
    fg_frame_next next = fg_frames_take(&c->frames, out);
    if (next != FG_FRAME_ONE)
        return next;
    bool positional = c->frames.form == FG_FRAME_POSITIONAL;
    if (!positional && out->id == 0)
        return FG_FRAME_BAD;
    if (positional && !c->early) {
        c->early = calloc(c->window, sizeof *c->early);
        if (!c->early)
            return FG_FRAME_BAD;
    }
    if (positional)
        out->id = c->received;
    c->received++;
    return FG_FRAME_ONE;
}

static void enqueue(fg_connection *c, fg_answer *a)
{
    c->released++;
    a->head = fg_frame_put_head(a->frame, c->frames.form, a->id, a->n);
    a->post.next = NULL;
    if (c->last)
        c->last->post.next = &a->post;
    else
        c->first = a;
    c->last = a;
}

void fg_connection_put(fg_connection *c, fg_answer *a)
{
    c->unanswered--;
    if (c->over) {
        fg_answer_free(a);
        return;
    }
    c->queued += a->n;
    if (c->frames.form == FG_FRAME_NUMBERED) {
        enqueue(c, a);
        return;
    }
    c->early[a->id % c->window] = a;
    for (fg_answer **at; *(at = &c->early[c->released % c->window]);) {
        a = *at;
        *at = NULL;
        enqueue(c, a);
    }
}

/* What is left of the first answers. */
static uint32_t gather(const fg_connection *c, struct iovec *parts, size_t *bytes)
{
    uint32_t skip = c->sent, count = 0;
    *bytes = 0;
    for (fg_answer *a = c->first; a && count + 2 <= PARTS;
         a = (fg_answer *)a->post.next) {
        struct iovec both[2] = { { a->frame, a->head }, { a->payload, a->n } };
        for (uint32_t i = 0; i < 2; i++) {
            uint32_t gone = skip < both[i].iov_len ? skip : (uint32_t)both[i].iov_len;
            skip -= gone;
            if (both[i].iov_len == gone)
                continue;
            parts[count].iov_base = (char *)both[i].iov_base + gone;
            parts[count].iov_len = both[i].iov_len - gone;
            *bytes += parts[count++].iov_len;
        }
    }
    return count;
}

static void sent(fg_connection *c, size_t n)
{
    n += c->sent;
    while (c->first && n >= c->first->head + (size_t)c->first->n) {
        fg_answer *a = c->first;
        n -= a->head + (size_t)a->n;
        c->first = (fg_answer *)a->post.next;
        forget(c, a);
    }
    if (!c->first)
        c->last = NULL;
    c->sent = (uint32_t)n;
}

bool fg_connection_flush(fg_connection *c)
{
    while (c->first) {
        struct iovec parts[PARTS];
        size_t bytes, n;
        uint32_t count = gather(c, parts, &bytes);
        fg_moved moved = fg_socket_send(c->fd, parts, count, &n);
        if (moved == FG_MOVED_OVER)
            return false;
        sent(c, n);
        if (n < bytes)
            return true;
    }
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/socket.h"

static void answer(fg_responder *r, fg_slice text)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_slice(&b, text);
    fg_responder_answer(r, &b);
    fg_responder_drop(r);
}

static void answer_many(fg_responder *r, uint32_t n)
{
    fg_bytes b;
    fg_bytes_init(&b);
    char *at = fg_bytes_room(&b, n);
    if (at)
        memset(at, 'b', n);
    b.n = at ? n : 0;
    fg_responder_answer(r, &b);
    fg_responder_drop(r);
}

static void hold(peer *p, fg_responder *r)
{
    pthread_mutex_lock(&p->mutex);
    p->held[p->helds++] = r;
    pthread_cond_broadcast(&p->news);
    pthread_mutex_unlock(&p->mutex);
}

static void handle(void *ctx, fg_responder *r)
{
    peer *p = ctx;
    fg_slice q = fg_responder_request(r)->payload;
    p->reactor = pthread_self();
    switch (q.n > 0 ? q.p[0] : 0) {
    case 'e': answer(r, q); break;
    case 'b': answer_many(r, (uint32_t)strtoul(q.p + 1, NULL, 10)); break;
    case 'h': hold(p, r); break;
    case 'd': fg_responder_drop(r); break;
    case 'p':
        answer(r, fg_server_pending(p->server) ? FG_SLICE("y") : FG_SLICE("n"));
        break;
    default: answer(r, FG_SLICE("")); break;
    }
}

static void gone(void *ctx, uint64_t connection)
{
    peer *p = ctx;
    pthread_mutex_lock(&p->mutex);
    p->gone[p->gones++ % PEER_HELD] = connection;
    pthread_cond_broadcast(&p->news);
    pthread_mutex_unlock(&p->mutex);
}

void peer_begin(peer *p)
{
    memset(p, 0, sizeof *p);
    strcpy(p->dir, "/tmp/forge-unit-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/s.sock", p->dir);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->news, NULL);
    p->options = (fg_server_options){
        .path = p->path, .handle = handle, .gone = gone, .ctx = p, .trusted = true
    };
}

static void *run(void *ctx)
{
    peer *p = ctx;
    p->all = fg_server_run(p->server);
    return NULL;
}

void peer_open(peer *p)
{
    fg_bytes why;
    fg_bytes_init(&why);
    p->server = fg_server_open(&p->options, &why);
    if (!p->server)
        fail_msg("%.*s", (int)why.n, why.p);
    fg_bytes_drop(&why);
}

void peer_run(peer *p)
{
    if (!p->server)
        peer_open(p);
    assert_int_equal(pthread_create(&p->thread, NULL, run, p), 0);
}

void peer_stop(peer *p)
{
    fg_server_stop(p->server);
    pthread_join(p->thread, NULL);
    p->thread = 0;
}

void peer_end(peer *p)
{
    for (uint32_t i = 0; i < p->helds; i++)
        if (p->held[i])
            fg_responder_drop(p->held[i]);
    if (p->thread)
        peer_stop(p);
    if (p->server)
        fg_server_free(p->server);
    pthread_mutex_destroy(&p->mutex);
    pthread_cond_destroy(&p->news);
    assert_int_equal(rmdir(p->dir), 0);
}

static void wait_for(peer *p, const uint32_t *count, uint32_t n)
{
    pthread_mutex_lock(&p->mutex);
    while (*count < n)
        pthread_cond_wait(&p->news, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

void peer_wait_held(peer *p, uint32_t n) { wait_for(p, &p->helds, n); }
void peer_wait_gone(peer *p, uint32_t n) { wait_for(p, &p->gones, n); }

void peer_answer(peer *p, uint32_t i, fg_slice text)
{
    answer(p->held[i], text);
    p->held[i] = NULL;
}

/* ---- descriptors --------------------------------------------------------------------- */

int peer_connect(const char *path)
{
    fg_bytes why;
    fg_bytes_init(&why);
    int fd = fg_socket_connect(path, 0, &why);
    if (fd < 0)
        fail_msg("%.*s", (int)why.n, why.p);
    return fd;
}

void peer_write(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
        assert_true(done > 0);
        at += done;
        n -= (size_t)done;
    }
}

void peer_read(int fd, void *bytes, size_t n)
{
    if (n > 0)
        assert_int_equal(recv(fd, bytes, n, MSG_WAITALL), n);
}

/* What is left unread at the other end makes the end a reset. */
void peer_expect_end(int fd)
{
    char byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

void peer_send(int fd, fg_frame_form form, uint64_t id, fg_slice payload)
{
    fg_bytes b;
    fg_bytes_init(&b);
    uint32_t mark = fg_frame_begin(&b, form, id);
    fg_bytes_slice(&b, payload);
    fg_frame_end(&b, mark);
    peer_write(fd, b.p, b.n);
    fg_bytes_drop(&b);
}

static uint64_t load(const unsigned char *at, uint32_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | at[n];
    return v;
}

uint64_t peer_receive(int fd, fg_frame_form form, fg_bytes *to)
{
    unsigned char head[FG_FRAME_HEAD_MAX];
    uint32_t heads = fg_frame_head(form);
    peer_read(fd, head, heads);
    size_t n = load(head, 4) - (heads - 4);
    char *at = fg_bytes_room(to, n);
    assert_non_null(at);
    peer_read(fd, at, n);
    to->n += (uint32_t)n;
    return heads > 4 ? load(head + 4, 8) : 0;
}

void peer_expect(int fd, fg_frame_form form, uint64_t id, const char *payload)
{
    fg_bytes b;
    fg_bytes_init(&b);
    uint64_t got = peer_receive(fd, form, &b);
    if (form == FG_FRAME_NUMBERED)
        assert_int_equal(got, id);
    assert_int_equal(b.n, strlen(payload));
    assert_memory_equal(b.p, payload, b.n);
    fg_bytes_drop(&b);
}

fg_client *peer_client(const peer *p)
{
    fg_client_options options = { .path = p->path, .trusted = true };
    fg_bytes why;
    fg_bytes_init(&why);
    fg_client *c = fg_client_open(&options, &why);
    if (!c)
        fail_msg("%.*s", (int)why.n, why.p);
    return c;
}

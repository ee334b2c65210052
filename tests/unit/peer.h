// SPDX-License-Identifier: Apache-2.0
/* Servers and raw clients in unit tests: a server in a thread whose handler does what the
 * request says, in a directory of its own, and plain descriptors that speak frames to it.
 * Every function fails the running test when something does not succeed. */
#ifndef PEER_H
#define PEER_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "ipc/client.h"
#include "ipc/frame.h"
#include "ipc/server.h"

#define PEER_HELD 4096

/* The first byte of a request says what the handler does:
 *     e    answers with the request
 *     0    answers with nothing
 *     b<n> answers with n bytes
 *     h    keeps the responder until the test answers
 *     d    drops the responder
 *     p    answers with 'y' or 'n': is another request pending? */
typedef struct peer {
    fg_server_options options;
    fg_server *server;
    char dir[64], path[80];
    pthread_t thread;
    bool all; /* what fg_server_run returned */
    pthread_mutex_t mutex;
    pthread_cond_t news;
    fg_responder *held[PEER_HELD];
    uint32_t helds;
    uint64_t gone[PEER_HELD]; /* connections */
    uint32_t gones;
    pthread_t reactor; /* who called the handler */
} peer;

/* A directory with the path of a socket in it; sets the options' handler. */
void peer_begin(peer *p);
/* Opens it with the options. */
void peer_open(peer *p);
/* Runs it in a thread; opens it if it is not. */
void peer_run(peer *p);
/* Stops it and waits for its thread; the server is still there. */
void peer_stop(peer *p);
/* All of it, with the directory, which must be empty. */
void peer_end(peer *p);

/* Waits until so many responders are held, or connections gone. */
void peer_wait_held(peer *p, uint32_t n);
void peer_wait_gone(peer *p, uint32_t n);
/* Answers the i-th one and drops it. */
void peer_answer(peer *p, uint32_t i, fg_slice text);

/* ---- descriptors --------------------------------------------------------------------- */

int peer_connect(const char *path);
void peer_write(int fd, const void *bytes, size_t n);
/* Must be there. */
void peer_read(int fd, void *bytes, size_t n);
/* Nothing comes any more. */
void peer_expect_end(int fd);
void peer_send(int fd, fg_frame_form form, uint64_t id, fg_slice payload);
/* The id; the payload's bytes are put into `to`. */
uint64_t peer_receive(int fd, fg_frame_form form, fg_bytes *to);
/* The next frame. */
void peer_expect(int fd, fg_frame_form form, uint64_t id, const char *payload);

fg_client *peer_client(const peer *p);

#endif

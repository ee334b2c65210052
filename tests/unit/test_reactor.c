// SPDX-License-Identifier: Apache-2.0
/* A server on a socket: where it listens, what it answers in which order, whom it bounds,
 * and how it ends.  Nothing here depends on how long something takes. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/socket.h"

#define P FG_FRAME_POSITIONAL
#define N FG_FRAME_NUMBERED

/* ---- where it listens ---------------------------------------------------------------- */

static void refused(peer *p, const char *path, const char *reason)
{
    fg_bytes why;
    fg_bytes_init(&why);
    p->options.path = path;
    assert_null(fg_server_open(&p->options, &why));
    fg_bytes_char(&why, 0);
    if (!strstr(why.p, reason))
        fail_msg("'%s' does not say '%s'", why.p, reason);
    fg_bytes_drop(&why);
}

static void bad_paths_are_refused(void **state)
{
    peer p;
    char path[200];
    (void)state;
    peer_begin(&p);
    memset(path, 'x', sizeof path);
    path[108] = 0;
    refused(&p, path, "1 to 107 bytes");
    refused(&p, path, "has 108");
    refused(&p, "", "1 to 107 bytes");
    snprintf(path, sizeof path, "%s/none/s.sock", p.dir);
    refused(&p, path, "No such file");
    snprintf(path, sizeof path, "%s/file", p.dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    refused(&p, path, "is no socket");
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
    refused(&p, p.dir, "is no socket");
    peer_end(&p);
}

static void a_path_has_one_server(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    refused(&p, p.path, "another server listens");
    int fd = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("e"));
    peer_expect(fd, N, 1, "e");
    close(fd);
    peer_end(&p);
}

static ino_t inode(const char *path, mode_t *mode)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return 0;
    *mode = st.st_mode;
    return st.st_ino;
}

static void the_file_is_private_and_goes(void **state)
{
    peer p;
    mode_t mode = 0;
    (void)state;
    peer_begin(&p);
    mode_t before = umask(0);
    peer_run(&p);
    umask(before);
    assert_true(inode(p.path, &mode) > 0);
    assert_int_equal(mode, S_IFSOCK | 0600);
    peer_stop(&p);
    assert_int_equal(inode(p.path, &mode), 0);
    peer_end(&p);
}

static void what_a_dead_server_left_is_replaced(void **state)
{
    peer p;
    fg_listener dead;
    fg_bytes why;
    (void)state;
    fg_bytes_init(&why);
    peer_begin(&p);
    assert_true(fg_listener_open(&dead, p.path, 1, &why));
    close(dead.fd);
    peer_run(&p);
    int fd = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("e"));
    peer_expect(fd, N, 1, "e");
    close(fd);
    peer_end(&p);
}

static void a_successor_keeps_its_file(void **state)
{
    peer p;
    fg_listener first, second;
    fg_bytes why;
    mode_t mode;
    (void)state;
    fg_bytes_init(&why);
    peer_begin(&p);
    assert_true(fg_listener_open(&first, p.path, 1, &why));
    char aside[100];
    snprintf(aside, sizeof aside, "%s.old", p.path);
    assert_int_equal(rename(p.path, aside), 0);
    assert_true(fg_listener_open(&second, p.path, 1, &why));
    fg_listener_close(&first);
    assert_true(inode(p.path, &mode) > 0);
    fg_listener_close(&second);
    fg_listener_close(&second);
    assert_int_equal(inode(p.path, &mode), 0);
    unlink(aside);
    peer_end(&p);
}

/* Another user's process, where the test may become one. */
static void strangers_are_refused(void **state)
{
    peer p;
    int status;
    (void)state;
    if (geteuid() != 0)
        skip();
    peer_begin(&p);
    peer_run(&p);
    assert_int_equal(chmod(p.path, 0666), 0);
    assert_int_equal(chmod(p.dir, 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        fg_bytes why;
        fg_bytes_init(&why);
        int fd = setuid(65534) == 0 ? fg_socket_connect(p.path, 0, &why) : -1;
        _exit(fd >= 0 && recv(fd, &byte, 1, 0) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fg_server_count(p.server).refused, 1);
    peer_end(&p);
}

/* ---- requests and answers ------------------------------------------------------------ */

static void both_forms_are_answered(void **state)
{
    static const fg_server_form forms[][2] = {
        [P] = { FG_SERVER_POSITIONAL, FG_SERVER_EITHER },
        [N] = { FG_SERVER_NUMBERED, FG_SERVER_EITHER },
    };
    (void)state;
    for (int form = 0; form < 2; form++)
        for (int i = 0; i < 2; i++) {
            peer p;
            peer_begin(&p);
            p.options.form = forms[form][i];
            peer_run(&p);
            int fd = peer_connect(p.path);
            /* How a request begins: with this the form can be told. */
            fg_slice empty = form == P && i == 1 ? FG_SLICE("\x91\x92") : FG_SLICE("");
            peer_send(fd, form, 7, empty);
            peer_expect(fd, form, 7, "");
            peer_send(fd, form, 8, FG_SLICE("echo"));
            peer_expect(fd, form, 8, "echo");
            peer_send(fd, form, 9, FG_SLICE(""));
            peer_expect(fd, form, 9, "");
            close(fd);
            peer_end(&p);
        }
}

/* With one byte at a time, too. */
static void the_form_is_told_by_the_first_bytes(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    static const struct {
        const char *bytes;
        size_t n;
        fg_frame_form form;
    } table[] = {
        { "\0\0\0\0", 4, P },
        { "\x02\0\0\0\x91\x92", 6, P },
        { "\x0c\0\0\0\x91\x92________xx", 16, P },
        { "\x09\0\0\0\x91\x93\0\0\0\0\0\0x", 13, N },
        { "\x09\0\0\0\x01\x92\0\0\0\0\0\0x", 13, N },
        { "\x08\0\0\0\x01\0\0\0\0\0\0\0", 12, N },
    };
    for (size_t i = 0; i < FG_COUNT(table); i++) {
        int fd = peer_connect(p.path);
        fg_bytes b;
        fg_bytes_init(&b);
        for (size_t k = 0; k < table[i].n; k++)
            peer_write(fd, table[i].bytes + k, 1);
        peer_receive(fd, table[i].form, &b);
        assert_int_equal(b.n, 0);
        close(fd);
    }
    peer_end(&p);
}

static void broken_streams_end_alone(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        fg_server_form form;
    } table[] = {
        { "\xff\xff\xff\x7f", 4, FG_SERVER_POSITIONAL },
        { "\xff\xff\xff\x7f\x01\x02", 6, FG_SERVER_EITHER },
        { "\xff\xff\xff\xff\x91\x92", 6, FG_SERVER_EITHER },
        { "\x01\x04\0\0", 4, FG_SERVER_POSITIONAL },
        { "\x09\x04\0\0", 4, FG_SERVER_NUMBERED },
        { "\x07\0\0\0", 4, FG_SERVER_NUMBERED },
        { "\x08\0\0\0\0\0\0\0\0\0\0\0", 12, FG_SERVER_NUMBERED },
    };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(table); i++) {
        peer p;
        peer_begin(&p);
        p.options.form = table[i].form;
        p.options.max_request = 1024;
        peer_run(&p);
        fg_frame_form form = table[i].form == FG_SERVER_POSITIONAL ? P : N;
        int other = peer_connect(p.path), fd = peer_connect(p.path);
        peer_write(fd, table[i].bytes, table[i].n);
        peer_expect_end(fd);
        peer_send(other, form, 1, FG_SLICE("e"));
        peer_expect(other, form, 1, "e");
        close(other);
        peer_wait_gone(&p, 2);
        peer_end(&p);
    }
}

#define MANY 16

static void hold_many(peer *p, int fd, fg_frame_form form)
{
    for (uint64_t i = 0; i < MANY; i++)
        peer_send(fd, form, 100 + i, FG_SLICE("h"));
    peer_wait_held(p, MANY);
}

static void positional_answers_keep_their_order(void **state)
{
    peer p;
    char text[MANY][8];
    (void)state;
    peer_begin(&p);
    p.options.form = FG_SERVER_POSITIONAL;
    p.options.open_each = MANY;
    peer_run(&p);
    int fd = peer_connect(p.path);
    for (int round = 0; round < 3; round++) {
        hold_many(&p, fd, P);
        for (int i = MANY; i-- > 0;) {
            snprintf(text[i], sizeof text[i], "%d", i);
            peer_answer(&p, (uint32_t)i, fg_slice_str(text[i]));
        }
        for (int i = 0; i < MANY; i++)
            peer_expect(fd, P, 0, text[i]);
        p.helds = 0;
    }
    close(fd);
    peer_end(&p);
}

static void numbered_answers_go_as_they_are_ready(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    int fd = peer_connect(p.path);
    hold_many(&p, fd, N);
    for (uint32_t i = MANY; i-- > 0;) {
        peer_answer(&p, i, FG_SLICE("x"));
        peer_expect(fd, N, 100 + i, "x");
    }
    close(fd);
    peer_end(&p);
}

static void a_handler_that_waits_stops_nobody(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    int fd = peer_connect(p.path), other = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("h"));
    peer_wait_held(&p, 1);
    for (uint64_t i = 1; i < 50; i++) {
        peer_send(other, N, i, FG_SLICE("e"));
        peer_expect(other, N, i, "e");
    }
    peer_send(fd, N, 2, FG_SLICE("e"));
    peer_expect(fd, N, 2, "e");
    peer_answer(&p, 0, FG_SLICE("late"));
    peer_expect(fd, N, 1, "late");
    assert_true(pthread_equal(p.reactor, p.thread));
    close(fd);
    close(other);
    peer_end(&p);
}

static void half_a_frame_stops_nobody(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    int fd = peer_connect(p.path), other = peer_connect(p.path);
    peer_write(fd, "\x0c\0\0\0\x05\0\0", 7);
    peer_send(other, N, 1, FG_SLICE("e"));
    peer_expect(other, N, 1, "e");
    peer_write(fd, "\0\0\0\0\0echo", 9);
    peer_expect(fd, N, 5, "echo");
    peer_write(fd, "\x0c\0\0\0\x05\0\0", 7);
    close(fd);
    peer_wait_gone(&p, 1);
    peer_send(other, N, 2, FG_SLICE("e"));
    peer_expect(other, N, 2, "e");
    close(other);
    peer_end(&p);
}

static void expect_error(int fd, const char *bytes, size_t n)
{
    fg_bytes b;
    fg_bytes_init(&b);
    peer_receive(fd, N, &b);
    assert_int_equal(b.n, n);
    assert_memory_equal(b.p, bytes, n);
    fg_bytes_drop(&b);
}

static void every_request_has_an_answer(void **state)
{
    static const char dropped[] = "\x92\xb1"
                                  "EchoErrorResponse\x81\xa7"
                                  "message\xd9\x29"
                                  "the request was dropped without an answer";
    static const char large[] = "\x92\xb1"
                                "EchoErrorResponse\x81\xa7"
                                "message\xd9\x2d"
                                "the response has 1001 bytes, 1000 are allowed";
    peer p;
    (void)state;
    peer_begin(&p);
    p.options.error_type = "EchoErrorResponse";
    p.options.max_response = 1000;
    peer_run(&p);
    int fd = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("d"));
    expect_error(fd, dropped, sizeof dropped - 1);
    peer_send(fd, N, 2, FG_SLICE("b1001"));
    expect_error(fd, large, sizeof large - 1);
    for (uint32_t n = 250; n < 262; n++) {
        char ask[8];
        fg_bytes b;
        fg_bytes_init(&b);
        snprintf(ask, sizeof ask, "b%u", n);
        peer_send(fd, N, n, fg_slice_of(ask, strlen(ask) + 1));
        assert_int_equal(peer_receive(fd, N, &b), n);
        assert_int_equal(b.n, n);
        fg_bytes_drop(&b);
    }
    close(fd);
    fg_server_counts n = fg_server_count(p.server);
    assert_int_equal(n.requests, 14);
    assert_int_equal(n.answers, 14);
    assert_int_equal(n.wakes, 0);
    peer_end(&p);
}

/* ---- limits -------------------------------------------------------------------------- */

/* The server takes a turn for each, and with it whatever else it may take. */
static void turns(int fd, uint64_t n)
{
    for (uint64_t i = 1; i <= n; i++) {
        peer_send(fd, N, i, FG_SLICE("e"));
        peer_expect(fd, N, i, "e");
    }
}

static void slow_readers_are_bounded(void **state)
{
    enum { REQUESTS = 1500, SIZE = 10000 };
    peer p;
    (void)state;
    peer_begin(&p);
    p.options.high_water = 4 * SIZE;
    peer_run(&p);
    int fd = peer_connect(p.path), other = peer_connect(p.path);
    fg_bytes all;
    fg_bytes_init(&all);
    for (uint64_t i = 1; i <= REQUESTS; i++) {
        uint32_t mark = fg_frame_begin(&all, N, i);
        fg_bytes_str(&all, "b10000");
        fg_frame_end(&all, mark);
    }
    peer_write(fd, all.p, all.n);
    fg_bytes_drop(&all);
    turns(other, 30);
    assert_true(fg_server_count(p.server).requests - 30 < REQUESTS / 2);
    for (uint64_t i = 1; i <= REQUESTS; i++) {
        fg_bytes b;
        fg_bytes_init(&b);
        assert_int_equal(peer_receive(fd, N, &b), i);
        assert_int_equal(b.n, SIZE);
        fg_bytes_drop(&b);
    }
    close(fd);
    close(other);
    peer_end(&p);
}

static uint32_t helds(peer *p)
{
    pthread_mutex_lock(&p->mutex);
    uint32_t n = p->helds;
    pthread_mutex_unlock(&p->mutex);
    return n;
}

static void a_connection_has_a_limit(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        peer p;
        peer_begin(&p);
        p.options.open_each = 4;
        p.options.form = form == P ? FG_SERVER_EITHER : FG_SERVER_NUMBERED;
        peer_run(&p);
        int fd = peer_connect(p.path), other = peer_connect(p.path);
        for (uint64_t i = 1; i <= 10; i++)
            peer_send(fd, form, i, FG_SLICE("h"));
        peer_wait_held(&p, 4);
        turns(other, 10);
        assert_int_equal(helds(&p), 4);
        for (uint32_t i = 0; i < 10; i++) {
            peer_answer(&p, i, FG_SLICE("x"));
            peer_expect(fd, form, i + 1, "x");
            if (i + 5 <= 10)
                peer_wait_held(&p, i + 5);
        }
        close(fd);
        close(other);
        peer_end(&p);
    }
}

static void all_connections_share_a_limit(void **state)
{
    peer p;
    uint32_t late = 0;
    (void)state;
    peer_begin(&p);
    p.options.open_all = 4;
    peer_run(&p);
    int fd = peer_connect(p.path), other = peer_connect(p.path);
    for (uint64_t i = 1; i <= 30; i++)
        peer_send(fd, N, i, FG_SLICE("h"));
    peer_wait_held(&p, 4);
    peer_send(other, N, 1, FG_SLICE("h"));
    for (uint32_t i = 0; i < 31; i++) {
        peer_wait_held(&p, i + 4 < 31 ? i + 4 : 31);
        if (fg_responder_request(p.held[i])->connection == 2)
            late = i;
        peer_answer(&p, i, FG_SLICE("x"));
    }
    for (uint64_t i = 1; i <= 30; i++)
        peer_expect(fd, N, i, "x");
    peer_expect(other, N, 1, "x");
    /* The other's turn came after one of the first connection, not after all of them. */
    assert_in_range(late, 4, 8);
    close(fd);
    close(other);
    peer_end(&p);
}

static void connections_have_a_limit(void **state)
{
    peer p;
    char byte;
    (void)state;
    peer_begin(&p);
    p.options.max_connections = 2;
    peer_run(&p);
    int a = peer_connect(p.path), b = peer_connect(p.path);
    turns(a, 1);
    turns(b, 1);
    int c = peer_connect(p.path);
    peer_send(c, N, 1, FG_SLICE("e"));
    turns(a, 5);
    assert_int_equal(recv(c, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    close(b);
    peer_expect(c, N, 1, "e");
    close(a);
    close(c);
    peer_end(&p);
}

static void descriptors_may_run_out(void **state)
{
    peer p;
    struct rlimit before, few;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    int other = peer_connect(p.path);
    turns(other, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    int lowest = dup(0);
    close(lowest);
    few.rlim_cur = (rlim_t)lowest + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int fd = peer_connect(p.path);
    turns(other, 5);
    assert_int_equal(fg_server_count(p.server).connections, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    turns(fd, 1);
    close(fd);
    close(other);
    peer_end(&p);
}

/* ---- connections that end ------------------------------------------------------------ */

static void late_answers_reach_nobody(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        peer p;
        peer_begin(&p);
        p.options.form = form == P ? FG_SERVER_POSITIONAL : FG_SERVER_NUMBERED;
        peer_run(&p);
        int fd = peer_connect(p.path);
        for (uint64_t i = 1; i <= 4; i++)
            peer_send(fd, form, i, FG_SLICE("h"));
        peer_wait_held(&p, 4);
        uint64_t connection = fg_responder_request(p.held[0])->connection;
        peer_answer(&p, 2, FG_SLICE("in the middle"));
        close(fd);
        peer_wait_gone(&p, 1);
        assert_int_equal(p.gone[0], connection);
        fd = peer_connect(p.path);
        peer_send(fd, form, 1, FG_SLICE("h"));
        peer_wait_held(&p, 5);
        assert_true(fg_responder_request(p.held[4])->connection != connection);
        peer_answer(&p, 0, FG_SLICE("stale"));
        peer_answer(&p, 1, FG_SLICE("stale"));
        peer_answer(&p, 4, FG_SLICE("mine"));
        peer_answer(&p, 3, FG_SLICE("stale"));
        peer_expect(fd, form, 1, "mine");
        peer_send(fd, form, 2, FG_SLICE("e"));
        peer_expect(fd, form, 2, "e");
        close(fd);
        peer_stop(&p);
        fg_server_counts n = fg_server_count(p.server);
        assert_int_equal(n.answers, n.requests);
        assert_in_range(n.late, 3, 4);
        peer_end(&p);
    }
}

static void connections_are_independent(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    for (uint32_t i = 0; i < 50; i++) {
        int fd = peer_connect(p.path);
        peer_send(fd, N, 5, FG_SLICE("h"));
        peer_wait_held(&p, i + 1);
        assert_int_equal(fg_responder_request(p.held[i])->connection, i + 1);
        close(fd);
        peer_wait_gone(&p, i + 1);
        assert_int_equal(p.gone[i], i + 1);
    }
    peer_end(&p);
}

static void dead_clients_get_large_answers(void **state)
{
    peer p;
    char ask[] = "b65536";
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    for (int round = 0; round < 20; round++) {
        int fd = peer_connect(p.path);
        for (uint64_t i = 1; i <= 4; i++)
            peer_send(fd, N, i, fg_slice_of(ask, sizeof ask));
        close(fd);
    }
    peer_wait_gone(&p, 20);
    int fd = peer_connect(p.path);
    turns(fd, 5);
    close(fd);
    peer_end(&p);
}

#define VICTIMS 20

static void victim(const char *path)
{
    int fd = peer_connect(path);
    for (uint64_t i = 1; i <= 400; i++)
        peer_send(fd, N, i, i % 10 == 0 ? FG_SLICE("h") : FG_SLICE("b1000"));
    _exit(0);
}

static void processes_may_die_at_work(void **state)
{
    peer p;
    pid_t victims[VICTIMS];
    int status;
    (void)state;
    peer_begin(&p);
    p.options.open_each = 1000;
    peer_run(&p);
    int fd = peer_connect(p.path);
    for (int i = 0; i < VICTIMS; i++) {
        victims[i] = fork();
        if (victims[i] == 0)
            victim(p.path);
    }
    for (int i = 0; i < VICTIMS; i++) {
        turns(fd, 10);
        assert_int_equal(waitpid(victims[i], &status, 0), victims[i]);
        assert_int_equal(status, 0);
    }
    peer_wait_gone(&p, VICTIMS);
    for (uint32_t i = 0, n = helds(&p); i < n; i++)
        peer_answer(&p, i, FG_SLICE("too late"));
    turns(fd, 10);
    close(fd);
    peer_end(&p);
}

/* ---- the end ------------------------------------------------------------------------- */

static void what_was_taken_is_answered_at_the_end(void **state)
{
    peer p;
    mode_t mode;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    int fd = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("h"));
    peer_send(fd, N, 2, FG_SLICE("h"));
    peer_wait_held(&p, 2);
    fg_server_stop(p.server);
    while (inode(p.path, &mode) > 0)
        sched_yield();
    peer_send(fd, N, 3, FG_SLICE("e"));
    peer_answer(&p, 1, FG_SLICE("b"));
    peer_expect(fd, N, 2, "b");
    peer_answer(&p, 0, FG_SLICE("a"));
    peer_expect(fd, N, 1, "a");
    peer_expect_end(fd);
    peer_stop(&p);
    assert_true(p.all);
    assert_int_equal(p.gones, 1);
    peer_end(&p);
}

static void the_end_has_a_deadline(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    p.options.quiesce = 1000000;
    peer_run(&p);
    int fd = peer_connect(p.path);
    peer_send(fd, N, 1, FG_SLICE("h"));
    peer_send(fd, N, 2, FG_SLICE("h"));
    peer_wait_held(&p, 2);
    peer_stop(&p);
    assert_false(p.all);
    peer_expect_end(fd);
    peer_answer(&p, 0, FG_SLICE("after the end"));
    fg_server_free(p.server);
    p.server = NULL;
    peer_answer(&p, 1, FG_SLICE("after the server"));
    peer_end(&p);
}

static void stopped_before_it_runs(void **state)
{
    peer p;
    (void)state;
    peer_begin(&p);
    peer_open(&p);
    int fd = peer_connect(p.path);
    fg_server_stop(p.server);
    assert_true(fg_server_run(p.server));
    peer_expect_end(fd);
    peer_end(&p);
}

/* ---- looking ahead ------------------------------------------------------------------- */

static void pending_looks_at_all_connections(void **state)
{
    static const char two[] = "\x09\0\0\0\x01\0\0\0\0\0\0\0p"
                              "\x09\0\0\0\x02\0\0\0\0\0\0\0p";
    peer p;
    fg_bytes got;
    (void)state;
    peer_begin(&p);
    peer_open(&p);
    fg_bytes_init(&got);
    int a = peer_connect(p.path), b = peer_connect(p.path);
    peer_send(a, N, 1, FG_SLICE("p"));
    peer_send(b, N, 1, FG_SLICE("p"));
    peer_run(&p);
    peer_receive(a, N, &got);
    peer_receive(b, N, &got);
    assert_true(got.p[0] != got.p[1]);
    peer_send(a, N, 2, FG_SLICE("p"));
    peer_expect(a, N, 2, "n");
    peer_write(a, two, sizeof two - 1);
    peer_expect(a, N, 1, "y");
    peer_expect(a, N, 2, "n");
    fg_bytes_drop(&got);
    close(a);
    close(b);
    peer_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_paths_are_refused),
        cmocka_unit_test(a_path_has_one_server),
        cmocka_unit_test(the_file_is_private_and_goes),
        cmocka_unit_test(what_a_dead_server_left_is_replaced),
        cmocka_unit_test(a_successor_keeps_its_file),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(both_forms_are_answered),
        cmocka_unit_test(the_form_is_told_by_the_first_bytes),
        cmocka_unit_test(broken_streams_end_alone),
        cmocka_unit_test(positional_answers_keep_their_order),
        cmocka_unit_test(numbered_answers_go_as_they_are_ready),
        cmocka_unit_test(a_handler_that_waits_stops_nobody),
        cmocka_unit_test(half_a_frame_stops_nobody),
        cmocka_unit_test(every_request_has_an_answer),
        cmocka_unit_test(slow_readers_are_bounded),
        cmocka_unit_test(a_connection_has_a_limit),
        cmocka_unit_test(all_connections_share_a_limit),
        cmocka_unit_test(connections_have_a_limit),
        cmocka_unit_test(descriptors_may_run_out),
        cmocka_unit_test(late_answers_reach_nobody),
        cmocka_unit_test(connections_are_independent),
        cmocka_unit_test(dead_clients_get_large_answers),
        cmocka_unit_test(processes_may_die_at_work),
        cmocka_unit_test(what_was_taken_is_answered_at_the_end),
        cmocka_unit_test(the_end_has_a_deadline),
        cmocka_unit_test(stopped_before_it_runs),
        cmocka_unit_test(pending_looks_at_all_connections),
    };
    alarm(240); /* what hangs is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

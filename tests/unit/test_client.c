// SPDX-License-Identifier: Apache-2.0
/* Clients: what a server may do to them, and what they may do to each other.  Where the
 * server must misbehave, the test itself is the server, at the other end of the socket. */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/clock.h"
#include "ipc/socket.h"

#define N FG_FRAME_NUMBERED

/* ---- connecting ---------------------------------------------------------------------- */

static void nobody_listens(void **state)
{
    peer p;
    char path[200];
    fg_bytes why;
    (void)state;
    peer_begin(&p);
    fg_client_options o = { .path = p.path };
    fg_bytes_init(&why);
    assert_null(fg_client_open(&o, &why));
    fg_bytes_char(&why, 0);
    assert_non_null(strstr(why.p, "cannot connect to"));
    assert_non_null(strstr(why.p, p.path));
    o.connect = 30 * FG_MS;
    assert_null(fg_client_open(&o, &why));
    memset(path, 'x', sizeof path);
    path[150] = 0;
    o = (fg_client_options){ .path = path };
    fg_bytes_drop(&why);
    assert_null(fg_client_open(&o, &why));
    fg_bytes_char(&why, 0);
    assert_non_null(strstr(why.p, "1 to 107 bytes"));
    fg_bytes_drop(&why);
    peer_end(&p);
}

/* A socket that exists, and on which nobody has called listen. */
static void nobody_listens_yet(void **state)
{
    peer p;
    fg_bytes why;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    (void)state;
    peer_begin(&p);
    strcpy(at.sun_path, p.path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    fg_client_options o = { .path = p.path, .connect = 30 * FG_MS };
    fg_bytes_init(&why);
    assert_null(fg_client_open(&o, &why));
    fg_bytes_drop(&why);
    close(fd);
    unlink(p.path);
    peer_end(&p);
}

static void *start_later(void *ctx)
{
    struct timespec some = fg_clock_spec(40 * FG_MS);
    nanosleep(&some, NULL);
    peer_run(ctx);
    return NULL;
}

static void a_client_may_start_first(void **state)
{
    peer p;
    pthread_t starter;
    fg_bytes why, got;
    (void)state;
    peer_begin(&p);
    fg_bytes_init(&why);
    fg_bytes_init(&got);
    assert_int_equal(pthread_create(&starter, NULL, start_later, &p), 0);
    fg_client_options o = { .path = p.path, .connect = 60000 * FG_MS };
    fg_client *c = fg_client_open(&o, &why);
    pthread_join(starter, NULL);
    assert_non_null(c);
    assert_int_equal(fg_client_call(c, FG_SLICE("echo"), &got, NULL), FG_CALL_ANSWERED);
    assert_true(fg_slice_eq(fg_bytes_view(&got), FG_SLICE("echo")));
    fg_bytes_drop(&got);
    fg_client_free(c);
    peer_end(&p);
}

/* ---- a server that the test plays ---------------------------------------------------- */

typedef struct stage {
    peer p;
    fg_listener listener;
    int fd; /* the server's end */
    fg_client *client;
    fg_call calls[8];
    fg_bytes got[8];
    uint64_t ids[8]; /* as they came over the wire */
} stage;

static void set_stage(stage *s)
{
    fg_bytes why;
    fg_bytes_init(&why);
    peer_begin(&s->p);
    assert_true(fg_listener_open(&s->listener, s->p.path, 4, &why));
    s->client = peer_client(&s->p);
    s->fd = fg_listener_accept(&s->listener);
    assert_true(s->fd >= 0);
    int blocking = 0;
    assert_int_equal(ioctl(s->fd, FIONBIO, &blocking), 0);
    for (int i = 0; i < 8; i++)
        fg_bytes_init(&s->got[i]);
}

static void strike(stage *s)
{
    if (s->fd >= 0)
        close(s->fd);
    fg_client_free(s->client);
    fg_listener_close(&s->listener);
    for (int i = 0; i < 8; i++)
        fg_bytes_drop(&s->got[i]);
    peer_end(&s->p);
}

/* The i-th call is sent, and seen by the server. */
static void ask(stage *s, int i)
{
    char text[2] = { (char)('a' + i), 0 };
    fg_bytes b;
    fg_bytes_init(&b);
    assert_int_equal(
        fg_client_send(s->client, &s->calls[i], fg_slice_str(text), &s->got[i], NULL),
        FG_CALL_ANSWERED);
    s->ids[i] = peer_receive(s->fd, N, &b);
    assert_true(fg_slice_eq(fg_bytes_view(&b), fg_slice_str(text)));
    fg_bytes_drop(&b);
}

static fg_call_end end_of(stage *s, int i)
{
    return fg_client_receive(s->client, &s->calls[i], NULL);
}

static void expect_answer(stage *s, int i, const char *text)
{
    assert_int_equal(end_of(s, i), FG_CALL_ANSWERED);
    assert_true(fg_slice_eq(fg_bytes_view(&s->got[i]), fg_slice_str(text)));
}

/* Calls, also later ones, fail with these words. */
static void expect_lost(stage *s, int calls, const char *fault)
{
    for (int i = 0; i < calls; i++)
        assert_int_equal(end_of(s, i), FG_CALL_LOST);
    assert_int_equal(fg_client_call(s->client, FG_SLICE("x"), &s->got[0], NULL),
                     FG_CALL_LOST);
    assert_int_equal(s->got[0].n, 0);
    assert_string_equal(fg_client_fault(s->client), fault);
}

static void ids_count_from_anywhere(void **state)
{
    stage s;
    uint64_t first[4];
    (void)state;
    for (int round = 0; round < 4; round++) {
        set_stage(&s);
        for (int i = 0; i < 4; i++)
            ask(&s, i);
        first[round] = s.ids[0];
        assert_true(first[round] != 0 && (first[round] & 0xff) != 0x91);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(s.ids[i], first[round] + (uint64_t)i);
            peer_send(s.fd, N, s.ids[i], FG_SLICE("x"));
            expect_answer(&s, i, "x");
        }
        strike(&s);
    }
    assert_true(first[0] != first[1] || first[1] != first[2] || first[2] != first[3]);
}

static void answers_find_their_calls(void **state)
{
    stage s;
    (void)state;
    set_stage(&s);
    for (int i = 0; i < 5; i++)
        ask(&s, i);
    static const int order[] = { 3, 0, 4, 2, 1 };
    static const char *const texts[] = { "zero", "", "two", "three", "four" };
    for (int i = 0; i < 5; i++) {
        peer_send(s.fd, N, 0, FG_SLICE("the server speaks"));
        peer_send(s.fd, N, s.ids[order[i]], fg_slice_str(texts[order[i]]));
    }
    for (int i = 0; i < 5; i++)
        expect_answer(&s, i, texts[i]);
    strike(&s);
}

static void an_unknown_id_is_the_end(void **state)
{
    stage s;
    (void)state;
    set_stage(&s);
    for (int i = 0; i < 3; i++)
        ask(&s, i);
    peer_send(s.fd, N, s.ids[2] + 1, FG_SLICE("x"));
    expect_lost(&s, 3, "the server answered what nobody asked");
    strike(&s);
    set_stage(&s);
    ask(&s, 0);
    peer_send(s.fd, N, s.ids[0], FG_SLICE("x"));
    peer_send(s.fd, N, s.ids[0], FG_SLICE("again"));
    expect_answer(&s, 0, "x");
    fg_bytes_drop(&s.got[0]);
    expect_lost(&s, 0, "the server answered what nobody asked");
    strike(&s);
}

static void broken_frames_are_the_end(void **state)
{
    stage s;
    (void)state;
    set_stage(&s);
    ask(&s, 0);
    ask(&s, 1);
    peer_write(s.fd, "\x02\0\0\0hi", 6);
    expect_lost(&s, 2, "a frame without an id: the peer speaks another version");
    strike(&s);
    set_stage(&s);
    ask(&s, 0);
    peer_write(s.fd, "\xff\xff\xff\x7f", 4);
    expect_lost(&s, 1, "a frame is larger than is allowed");
    strike(&s);
}

static void a_server_may_go(void **state)
{
    stage s;
    (void)state;
    set_stage(&s);
    for (int i = 0; i < 3; i++)
        ask(&s, i);
    peer_send(s.fd, N, s.ids[1], FG_SLICE("x"));
    close(s.fd);
    s.fd = -1;
    assert_int_equal(end_of(&s, 0), FG_CALL_LOST);
    expect_answer(&s, 1, "x");
    assert_int_equal(end_of(&s, 2), FG_CALL_LOST);
    expect_lost(&s, 0, "the server closed the connection");
    strike(&s);
    set_stage(&s);
    ask(&s, 0);
    peer_write(s.fd, "\x0a\0\0\0\x01\0", 6);
    close(s.fd);
    s.fd = -1;
    expect_lost(&s, 1, "the server closed the connection within a response");
    strike(&s);
    set_stage(&s);
    close(s.fd);
    s.fd = -1;
    expect_lost(&s, 0, "the server closed the connection");
    strike(&s);
}

static void large_requests_are_not_begun(void **state)
{
    stage s;
    char text[1001];
    (void)state;
    set_stage(&s);
    fg_client_free(s.client);
    close(s.fd);
    fg_client_options o = { .path = s.p.path, .max_request = 1000 };
    s.client = fg_client_open(&o, &s.got[7]);
    assert_non_null(s.client);
    s.fd = fg_listener_accept(&s.listener);
    int blocking = 0;
    ioctl(s.fd, FIONBIO, &blocking);
    memset(text, 'x', sizeof text);
    assert_int_equal(
        fg_client_call(s.client, fg_slice_of(text, sizeof text), &s.got[0], NULL),
        FG_CALL_LARGE);
    ask(&s, 0);
    peer_send(s.fd, N, s.ids[0], FG_SLICE("x"));
    expect_answer(&s, 0, "x");
    assert_null(fg_client_fault(s.client));
    strike(&s);
}

/* ---- calls that end early ------------------------------------------------------------ */

static bool at_the_third(void *ctx) { return ++*(int *)ctx == 3; }

static void late_calls_leave_it_usable(void **state)
{
    stage s;
    int asked = 0;
    (void)state;
    fg_wait give_up = { .give_up = at_the_third, .ctx = &asked };
    fg_wait short_one = { .timeout = FG_MS };
    set_stage(&s);
    for (int i = 0; i < 4; i++)
        ask(&s, i);
    assert_int_equal(fg_client_receive(s.client, &s.calls[0], &short_one),
                     FG_CALL_LATE);
    assert_int_equal(fg_client_receive(s.client, &s.calls[1], &give_up),
                     FG_CALL_GIVEN_UP);
    assert_int_equal(asked, 3);
    peer_send(s.fd, N, s.ids[1], FG_SLICE("late"));
    peer_send(s.fd, N, s.ids[3], FG_SLICE("three"));
    peer_send(s.fd, N, s.ids[0], FG_SLICE("late"));
    peer_send(s.fd, N, s.ids[2], FG_SLICE("two"));
    expect_answer(&s, 2, "two");
    expect_answer(&s, 3, "three");
    assert_int_equal(s.got[0].n + s.got[1].n, 0);
    peer_send(s.fd, N, s.ids[0], FG_SLICE("twice"));
    expect_lost(&s, 0, "the server answered what nobody asked");
    strike(&s);
}

/* Were the time cut to 32 bits of nanoseconds, it would be over at once. */
static void long_times_are_long(void **state)
{
    stage s;
    int asked = 0;
    (void)state;
    fg_wait wait = { .timeout = (UINT64_C(1) << 32) + 1, at_the_third, &asked };
    set_stage(&s);
    ask(&s, 0);
    assert_int_equal(fg_client_receive(s.client, &s.calls[0], &wait), FG_CALL_GIVEN_UP);
    wait = (fg_wait){ .timeout = UINT64_MAX };
    ask(&s, 1);
    peer_send(s.fd, N, s.ids[1], FG_SLICE("x"));
    assert_int_equal(fg_client_receive(s.client, &s.calls[1], &wait), FG_CALL_ANSWERED);
    strike(&s);
}

static void nobody_takes_requests(void **state)
{
    enum { SIZE = 1 << 20 };
    stage s;
    fg_bytes large;
    (void)state;
    set_stage(&s);
    fg_bytes_init(&large);
    memset(fg_bytes_room(&large, SIZE), 'l', SIZE);
    large.n = SIZE;
    fg_wait wait = { .timeout = 5 * FG_MS };
    assert_int_equal(
        fg_client_send(s.client, &s.calls[0], fg_bytes_view(&large), &s.got[0], &wait),
        FG_CALL_ANSWERED);
    assert_int_equal(
        fg_client_send(s.client, &s.calls[1], fg_bytes_view(&large), &s.got[1], &wait),
        FG_CALL_LATE);
    assert_int_equal(fg_client_receive(s.client, &s.calls[0], &wait), FG_CALL_LATE);
    fg_bytes_drop(&large);
    assert_null(fg_client_fault(s.client));
    fg_client_shut(s.client);
    expect_lost(&s, 0, "the client ended the connection");
    strike(&s);
}

/* ---- with a real server -------------------------------------------------------------- */

static void many_are_on_their_way(void **state)
{
    enum { CALLS = 1500, SIZE = 10000 };
    peer p;
    fg_bytes text;
    (void)state;
    fg_call *calls = calloc(CALLS, sizeof *calls);
    fg_bytes *got = calloc(CALLS, sizeof *got);
    peer_begin(&p);
    peer_run(&p);
    fg_client *c = peer_client(&p);
    fg_bytes_init(&text);
    memset(fg_bytes_room(&text, SIZE), 'e', SIZE);
    text.n = SIZE;
    for (int i = 0; i < CALLS; i++) {
        fg_bytes_init(&got[i]);
        memcpy(text.p + 1, &i, sizeof i);
        assert_int_equal(
            fg_client_send(c, &calls[i], fg_bytes_view(&text), &got[i], NULL),
            FG_CALL_ANSWERED);
    }
    for (int i = CALLS; i-- > 0;) {
        assert_int_equal(fg_client_receive(c, &calls[i], NULL), FG_CALL_ANSWERED);
        assert_int_equal(got[i].n, SIZE);
        assert_memory_equal(got[i].p + 1, &i, sizeof i);
        fg_bytes_drop(&got[i]);
    }
    fg_bytes_drop(&text);
    free(calls);
    free(got);
    fg_client_free(c);
    peer_end(&p);
}

static void large_ones_go_through(void **state)
{
    enum { SIZE = 5 << 20 };
    peer p;
    fg_bytes text, got;
    (void)state;
    peer_begin(&p);
    peer_run(&p);
    fg_client *c = peer_client(&p);
    fg_bytes_init(&text);
    fg_bytes_init(&got);
    char *at = fg_bytes_room(&text, SIZE);
    for (uint32_t i = 0; i < SIZE; i++)
        at[i] = (char)(i * 2654435761u >> 24);
    at[0] = 'e';
    text.n = SIZE;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(fg_client_call(c, fg_bytes_view(&text), &got, NULL),
                         FG_CALL_ANSWERED);
        assert_int_equal(got.n, SIZE);
        assert_memory_equal(got.p, text.p, SIZE);
        fg_bytes_drop(&got);
    }
    assert_int_equal(fg_client_call(c, FG_SLICE(""), &got, NULL), FG_CALL_ANSWERED);
    assert_int_equal(got.n, 0);
    fg_bytes_drop(&text);
    fg_client_free(c);
    peer_end(&p);
}

static void servers_may_come_back(void **state)
{
    peer p;
    fg_bytes got;
    (void)state;
    peer_begin(&p);
    fg_bytes_init(&got);
    for (int round = 0; round < 3; round++) {
        peer_run(&p);
        fg_client *c = peer_client(&p);
        assert_int_equal(fg_client_call(c, FG_SLICE("e"), &got, NULL),
                         FG_CALL_ANSWERED);
        peer_stop(&p);
        assert_int_equal(fg_client_call(c, FG_SLICE("e"), &got, NULL), FG_CALL_LOST);
        fg_client_free(c);
        fg_server_free(p.server);
        p.server = NULL;
    }
    assert_int_equal(got.n, 3);
    peer_end(&p);
}

static void ends_have_words(void **state)
{
    (void)state;
    for (int i = FG_CALL_ANSWERED; i <= FG_CALL_NOMEM; i++)
        assert_true(strlen(fg_call_end_text((fg_call_end)i)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(nobody_listens_yet),
        cmocka_unit_test(a_client_may_start_first),
        cmocka_unit_test(ids_count_from_anywhere),
        cmocka_unit_test(answers_find_their_calls),
        cmocka_unit_test(an_unknown_id_is_the_end),
        cmocka_unit_test(broken_frames_are_the_end),
        cmocka_unit_test(a_server_may_go),
        cmocka_unit_test(large_requests_are_not_begun),
        cmocka_unit_test(late_calls_leave_it_usable),
        cmocka_unit_test(long_times_are_long),
        cmocka_unit_test(nobody_takes_requests),
        cmocka_unit_test(many_are_on_their_way),
        cmocka_unit_test(large_ones_go_through),
        cmocka_unit_test(servers_may_come_back),
        cmocka_unit_test(ends_have_words),
    };
    alarm(240); /* what hangs is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

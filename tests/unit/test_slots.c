// SPDX-License-Identifier: Apache-2.0
/* The board of mod_forge and the gate of a child: one process at a time, and processes
 * that are killed.  Threads are in test_thread_gate.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../mod_forge/gate.c"
#include "../../mod_forge/slots.c"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 4
#define LANES 3

static int setup(void **state)
{
    size_t n = mf_board_size(SLOTS, LANES);
    mf_board *b =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        return -1;
    mf_board_init(b, SLOTS, LANES);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    return munmap(*state, mf_board_size(SLOTS, LANES));
}

/* ---- the board ------------------------------------------------------------------- */

static void boards_are_known(void **state)
{
    mf_board *b = *state;
    assert_true(mf_board_is_valid(b));
    assert_int_equal(mf_board_slots(b), SLOTS);
    assert_int_equal(mf_board_lanes(b), LANES);
    b->version++;
    assert_false(mf_board_is_valid(b));
    b->version--;
    b->magic++;
    assert_false(mf_board_is_valid(b));
}

static void lanes_are_found_again(void **state)
{
    mf_board *b = *state;
    int one = mf_board_lane(b, 11), two = mf_board_lane(b, 22);
    assert_true(one > MF_LANE_TOTAL);
    assert_true(two > MF_LANE_TOTAL);
    assert_int_not_equal(one, two);
    assert_int_equal(mf_board_lane(b, 11), one);
    assert_int_not_equal(mf_board_lane(b, 33), MF_LANE_NONE);
    assert_int_equal(mf_board_lane(b, 44), MF_LANE_NONE);
    assert_int_equal(mf_board_lane(b, 22), two);
}

static void slots_share_no_line(void **state)
{
    mf_board *b = *state;
    mf_slot *s[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
        s[i] = mf_board_claim(b, 100 + i, 7);
        assert_non_null(s[i]);
        assert_int_equal((uintptr_t)s[i] % LINE, 0);
        assert_int_equal(s[i]->generation, 7);
    }
    assert_null(mf_board_claim(b, 200, 7));
    for (int i = 1; i < SLOTS; i++)
        assert_true((char *)s[i] - (char *)s[i - 1] >= (ptrdiff_t)sizeof(mf_slot));
    assert_true((char *)(s[SLOTS - 1]->lane + LANES + 1)
                <= (char *)b + mf_board_size(SLOTS, LANES));
    mf_board_clear(b, 102);
    assert_ptr_equal(mf_board_claim(b, 200, 8), s[2]);
}

static void a_cleared_slot_holds_nothing(void **state)
{
    mf_board *b = *state;
    mf_slot *dead = mf_board_claim(b, 100, 1), *other = mf_board_claim(b, 101, 1);
    assert_true(mf_slot_enter(dead, 5));
    assert_true(mf_lane_take(b, dead, 1, 2, 0));
    assert_true(mf_lane_take(b, other, 1, 2, 0));
    assert_false(mf_lane_take(b, other, 1, 2, 0));
    mf_board_clear(b, 999);
    assert_false(mf_lane_take(b, other, 1, 2, 0));
    mf_board_clear(b, 100);
    assert_int_equal(mf_lane_held(b, 1), 1);
    assert_int_equal(mf_slot_load(dead).running, 0);
    assert_true(mf_lane_take(b, other, 1, 2, 0));
}

static void killed_processes_are_swept(void **state)
{
    mf_board *b = *state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        mf_slot *s = mf_board_claim(b, getpid(), 1);
        mf_lane_take(b, s, 1, 1, 0);
        if (write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    mf_slot *mine = mf_board_claim(b, getpid(), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_false(mf_lane_take(b, mine, 1, 1, 0));
    mf_board_sweep(b);
    assert_false(mf_lane_take(b, mine, 1, 1, 0));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    mf_board_sweep(b);
    assert_true(mf_lane_take(b, mine, 1, 1, 0));
    close(ready[0]);
    close(ready[1]);
}

static void loads_are_bounded(void **state)
{
    mf_slot *s = mf_board_claim(*state, 100, 1);
    assert_true(mf_slot_enter(s, 2));
    assert_true(mf_slot_enter(s, 2));
    assert_false(mf_slot_enter(s, 2));
    assert_true(mf_slot_queue(s, 3));
    assert_false(mf_slot_queue(s, 3));
    assert_false(mf_slot_start(s, 2));
    assert_int_equal(mf_slot_leave(s), 1);
    assert_true(mf_slot_start(s, 2));
    assert_int_equal(mf_slot_leave(s), 0);
    assert_true(mf_slot_queue(s, 3));
    mf_slot_unqueue(s);
    assert_int_equal(mf_slot_leave(s), 0);
    assert_int_equal(s->load, 0);
}

static void queues_of_lanes_are_bounded(void **state)
{
    mf_board *b = *state;
    mf_slot *one = mf_board_claim(b, 100, 1), *two = mf_board_claim(b, 101, 1);
    assert_true(mf_lane_queue(b, one, 2, 2));
    assert_true(mf_lane_queue(b, two, 2, 2));
    assert_false(mf_lane_queue(b, two, 2, 2));
    assert_true(mf_lane_take(b, two, 2, 1, 1));
    assert_int_equal(mf_lane_held(b, 2), 1);
    mf_lane_unqueue(one, 2);
    assert_true(mf_lane_queue(b, two, 2, 2));
    mf_lane_give(two, 2);
    /* Who has just come does not overtake those who wait in any child. */
    assert_false(mf_lane_take(b, one, 2, 1, 0));
    assert_true(mf_lane_take(b, two, 2, 1, 1));
    mf_lane_give(two, 2);
    assert_int_equal(mf_lane_held(b, 2), 0);
    assert_int_equal(mf_lane_held(b, 1), 0);
}

/* ---- the gate -------------------------------------------------------------------- */

static int never(void *ctx)
{
    (void)ctx;
    return 0;
}

static int always(void *ctx)
{
    ++*(int *)ctx;
    return 1;
}

static const mf_cap no_cap = { MF_NO_CAP, 0, 0 };
static const mf_quota no_total = { { MF_NO_CAP, 0, 0 }, MF_LANE_TOTAL, "all" };

static mf_asking ask(const mf_quota *host, const mf_quota *section)
{
    return (mf_asking){ .host = host, .section = section, .gone = never };
}

static void all_or_nothing(void **state)
{
    mf_board *b = *state;
    mf_slot *s = mf_board_claim(b, 100, 1);
    const mf_quota host = { { 2, 0, 0 }, 1, "h" }, section = { { 1, 0, 0 }, 2, "s" };
    const mf_quota total = { { 3, 0, 0 }, MF_LANE_TOTAL, "all" };
    mf_gate g;
    mf_permit p[4];
    mf_gate_open(&g, b, s, &(mf_cap){ 4, 0, 0 }, &total, UINT32_MAX);
    mf_asking a = ask(&host, &section);
    assert_int_equal(mf_gate_enter(&g, &a, &p[0]), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &a, &p[1]), MF_REFUSED);
    assert_int_equal(a.full, MF_FULL_SECTION);
    assert_int_equal(mf_lane_held(b, 1), 1);
    a = ask(&host, NULL);
    assert_int_equal(mf_gate_enter(&g, &a, &p[1]), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &a, &p[2]), MF_REFUSED);
    assert_int_equal(a.full, MF_FULL_HOST);
    a = ask(NULL, NULL);
    assert_int_equal(mf_gate_enter(&g, &a, &p[2]), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &a, &p[3]), MF_REFUSED);
    assert_int_equal(a.full, MF_FULL_TOTAL);
    for (int i = 0; i < 3; i++)
        mf_permit_release(&p[i]);
    mf_permit_release(&p[0]);
    assert_int_equal(s->load, 0);
    for (int i = 0; i <= LANES; i++)
        assert_int_equal(s->lane[i], 0);
}

static void who_waits_too_long_is_refused(void **state)
{
    mf_slot *s = mf_board_claim(*state, 100, 1);
    const mf_quota host = { { 1, 1, 30000 }, 1, "h" };
    mf_gate g;
    mf_permit first, second;
    mf_gate_open(&g, *state, s, &no_cap, &no_total, UINT32_MAX);
    mf_asking a = ask(&host, NULL), b = ask(&host, NULL);
    assert_int_equal(mf_gate_enter(&g, &a, &first), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_REFUSED);
    assert_int_equal(b.full, MF_FULL_HOST);
    assert_true(b.waited >= 30000);
    assert_int_equal(mf_slot_load(s).waiting, 0);
    mf_permit_release(&first);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_ENTERED);
    assert_int_equal(b.waited, 0);
    mf_permit_release(&second);
}

static void after_long_waits_fewer_wait(void **state)
{
    mf_slot *s = mf_board_claim(*state, 100, 1);
    mf_gate g;
    mf_permit first, second;
    mf_gate_open(&g, *state, s, &(mf_cap){ 1, 5, LONG + 1000 }, &no_total, 1);
    mf_asking a = ask(NULL, NULL), b = ask(NULL, NULL);
    assert_int_equal(mf_gate_enter(&g, &a, &first), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_REFUSED);
    assert_int_equal(b.full, MF_FULL_CHILD);
    assert_true(b.waited > LONG);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_REFUSED);
    assert_int_equal(b.full, MF_FULL_RESERVE);
    assert_int_equal(b.waited, 0);
    mf_permit_release(&first);
    assert_int_equal(mf_gate_enter(&g, &a, &first), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_REFUSED);
    assert_true(b.waited > LONG);
    mf_permit_release(&first);
}

static void who_is_gone_leaves(void **state)
{
    mf_slot *s = mf_board_claim(*state, 100, 1);
    mf_gate g;
    mf_permit first, second;
    int looks = 0;
    mf_gate_open(&g, *state, s, &(mf_cap){ 1, 1, 60000000 }, &no_total, UINT32_MAX);
    mf_asking a = ask(NULL, NULL), b = ask(NULL, NULL);
    b.gone = always;
    b.ctx = &looks;
    assert_int_equal(mf_gate_enter(&g, &a, &first), MF_ENTERED);
    assert_int_equal(mf_gate_enter(&g, &b, &second), MF_LEFT);
    assert_int_equal(looks, 1);
    mf_permit_release(&first);
    assert_int_equal(s->load, 0);
    assert_null(g.first);
    assert_int_equal(g.queued, 0);
}

static void the_last_holder_gives_back(void **state)
{
    mf_board *board = *state;
    mf_slot *s = mf_board_claim(board, 100, 1);
    const mf_quota host = { { 1, 0, 0 }, 1, "h" };
    mf_gate g;
    mf_permit p;
    mf_gate_open(&g, board, s, &no_cap, &no_total, UINT32_MAX);
    mf_asking a = ask(&host, NULL);
    assert_int_equal(mf_gate_enter(&g, &a, &p), MF_ENTERED);
    mf_hold *one = mf_permit_share(&p), *two = mf_permit_share(&p);
    assert_non_null(one);
    assert_non_null(two);
    mf_hold_release(one);
    mf_permit_release(&p);
    mf_permit_release(&p);
    assert_int_equal(mf_lane_held(board, 1), 1);
    assert_int_equal(mf_slot_load(s).running, 1);
    mf_hold_release(two);
    assert_int_equal(mf_lane_held(board, 1), 0);
    assert_int_equal(s->load, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(boards_are_known),
        TEST(lanes_are_found_again),
        TEST(slots_share_no_line),
        TEST(a_cleared_slot_holds_nothing),
        TEST(killed_processes_are_swept),
        TEST(loads_are_bounded),
        TEST(queues_of_lanes_are_bounded),
        TEST(all_or_nothing),
        TEST(who_waits_too_long_is_refused),
        TEST(after_long_waits_fewer_wait),
        TEST(who_is_gone_leaves),
        TEST(the_last_holder_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

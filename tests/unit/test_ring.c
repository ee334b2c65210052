// SPDX-License-Identifier: Apache-2.0
/* Rings: every pair of sizes at every place of small ones, what a broken other side can do,
 * and two processes that wait for each other without any timeout. */
#define _GNU_SOURCE /* memfd_create */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ring.h"

typedef struct pair {
    fg_ring in, out; /* the producer's end and the consumer's */
} pair;

static void begin(pair *p, uint64_t capacity)
{
    int fd = fg_ring_make(&p->in, capacity);
    assert_true(fd >= 0);
    assert_true(fg_ring_map(&p->out, fd));
    close(fd);
}

static void end(pair *p)
{
    fg_ring_unmap(&p->in);
    fg_ring_unmap(&p->out);
}

static bool put(fg_ring *r, uint64_t n, char byte)
{
    char *at = fg_ring_claim(r, n);
    if (!at)
        return false;
    memset(at, byte, n);
    fg_ring_publish(r, n);
    return true;
}

static void take(fg_ring *r, uint64_t n, char byte)
{
    const char *at = fg_ring_peek(r, n);
    assert_non_null(at);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(at[i], byte);
    fg_ring_release(r, n);
}

/* An empty ring whose next record is at this offset. */
static void begin_at(pair *p, uint64_t capacity, uint64_t offset)
{
    begin(p, capacity);
    for (uint64_t i = 0; i < offset; i++) {
        assert_true(put(&p->in, 1, 'x'));
        take(&p->out, 1, 'x');
    }
}

static void capacities_are_powers_of_two(void **state)
{
    static const uint64_t table[][2] = { { 0, 2 },      { 1, 2 },   { 2, 2 },
                                         { 3, 4 },      { 64, 64 }, { 65, 128 },
                                         { 5000, 8192 } };
    fg_ring r;
    (void)state;
    for (size_t i = 0; i < FG_COUNT(table); i++) {
        int fd = fg_ring_make(&r, table[i][0]);
        assert_true(fd >= 0);
        assert_int_equal(fg_ring_max(&r), table[i][1] / 2);
        assert_int_equal(lseek(fd, 0, SEEK_END), 256 + table[i][1]);
        assert_int_equal(ftruncate(fd, 10), -1);
        close(fd);
        fg_ring_unmap(&r);
    }
    assert_int_equal(fg_ring_make(&r, FG_RING_MAX + 1), -1);
}

static void what_is_no_ring_is_refused(void **state)
{
    fg_ring r;
    (void)state;
    assert_false(fg_ring_map(&r, -1));
    int fd = open("/dev/null", O_RDWR);
    assert_false(fg_ring_map(&r, fd));
    close(fd);
    static const struct {
        off_t size;
        uint64_t capacity;
        int seals;
    } table[] = {
        { 256 + 64, 64, 0 },
        { 256 + 64, 64, F_SEAL_GROW },
        { 256, 0, F_SEAL_SHRINK },
        { 0, 0, F_SEAL_SHRINK },
        { 256 + 64, 0, F_SEAL_SHRINK },
        { 256 + 64, 128, F_SEAL_SHRINK },
        { 256 + 64, 32, F_SEAL_SHRINK },
        { 256 + 48, 48, F_SEAL_SHRINK },
    };
    for (size_t i = 0; i < FG_COUNT(table); i++) {
        fd = memfd_create("test", MFD_ALLOW_SEALING);
        assert_int_equal(ftruncate(fd, table[i].size), 0);
        if (table[i].capacity > 0)
            assert_int_equal(pwrite(fd, &table[i].capacity, 8, 128), 8);
        assert_int_equal(fcntl(fd, F_ADD_SEALS, table[i].seals), 0);
        assert_false(fg_ring_map(&r, fd));
        close(fd);
    }
}

/* Any three sizes from any place: what is refused does not fit by the rule, and what is
 * taken comes back as it was. */
static void every_size_at_every_place(void **state)
{
    (void)state;
    for (uint64_t capacity = 2; capacity <= 16; capacity *= 2)
        for (uint64_t offset = 0; offset < capacity; offset++)
            for (uint64_t code = 0;
                 code < (capacity / 2) * (capacity / 2) * (capacity / 2); code++) {
                uint64_t half = capacity / 2;
                uint64_t n[3] = { 1 + code % half, 1 + code / half % half,
                                  1 + code / half / half };
                pair p;
                bool there[3];
                uint64_t head = offset, tail = offset;
                begin_at(&p, capacity, offset);
                for (int i = 0; i < 3; i++) {
                    uint64_t rest = capacity - head % capacity;
                    uint64_t need = n[i] <= rest ? n[i] : rest + n[i];
                    there[i] = put(&p.in, n[i], (char)('a' + i));
                    assert_int_equal(there[i], capacity - (head - tail) >= need);
                    head += there[i] ? need : 0;
                }
                assert_true(there[0]);
                for (int i = 0; i < 3; i++)
                    if (there[i])
                        take(&p.out, n[i], (char)('a' + i));
                assert_null(fg_ring_peek(&p.out, 1));
                assert_true(put(&p.in, half, 'z'));
                take(&p.out, half, 'z');
                end(&p);
            }
}

static void sizes_have_limits(void **state)
{
    pair p;
    (void)state;
    begin(&p, 64);
    assert_null(fg_ring_claim(&p.in, 0));
    assert_null(fg_ring_claim(&p.in, 33));
    assert_null(fg_ring_claim(&p.in, UINT64_MAX));
    assert_false(fg_ring_wait_room(&p.in, 33, 0));
    assert_false(fg_ring_wait_record(&p.out, 1));
    assert_true(put(&p.in, 32, 'a'));
    assert_null(fg_ring_peek(&p.out, 33));
    assert_null(fg_ring_peek(&p.out, 0));
    assert_true(put(&p.in, 32, 'b'));
    assert_false(fg_ring_wait_room(&p.in, 1, 1));
    take(&p.out, 32, 'a');
    assert_true(fg_ring_wait_room(&p.in, 1, 0));
    assert_true(fg_ring_wait_record(&p.out, 0));
    take(&p.out, 32, 'b');
    end(&p);
}

/* The other side writes what it likes; nothing outside the data is ever given out. */
static void lies_are_noticed(void **state)
{
    static const uint64_t heads[] = { 1, 31, 65, 1000, UINT64_MAX, UINT64_C(1) << 63 };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(heads); i++)
        for (uint64_t n = 1; n <= 32; n++) {
            pair p;
            begin_at(&p, 64, 50);
            uint64_t *words = (uint64_t *)p.out.shared;
            const char *data = (const char *)words + 256;
            words[0] = heads[i];
            words[1] = i % 2 ? 50 : UINT64_MAX;
            words[16] = words[24] = UINT64_MAX; /* capacity and mask */
            const char *at = fg_ring_peek(&p.out, n);
            assert_true(!at || (at >= data && at + n <= data + 64));
            words[8] = heads[i];
            char *to = fg_ring_claim(&p.in, n);
            assert_true(!to
                        || (to - (char *)p.in.shared >= 256
                            && to - (char *)p.in.shared + (long)n <= 256 + 64));
            end(&p);
        }
}

/* ---- two processes ------------------------------------------------------------------- */

#define RECORDS 60000u

static uint32_t size_of_record(uint32_t i) { return 4 + i * 2654435761u % 1021; }

static void produce(fg_ring *r)
{
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint32_t n = size_of_record(i);
        if (!fg_ring_wait_room(r, n, 0))
            _exit(1);
        char *at = fg_ring_claim(r, n);
        memset(at, (int)(i * 7), n);
        memcpy(at, &n, 4);
        fg_ring_publish(r, n);
    }
    _exit(0);
}

static void processes_lose_nothing(void **state)
{
    pair p;
    int status;
    (void)state;
    begin(&p, 2048);
    pid_t child = fork();
    if (child == 0)
        produce(&p.in);
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint32_t n;
        assert_true(fg_ring_wait_record(&p.out, 0));
        const char *at = fg_ring_peek(&p.out, 4);
        assert_non_null(at);
        memcpy(&n, at, 4);
        assert_int_equal(n, size_of_record(i));
        at = fg_ring_peek(&p.out, n);
        assert_non_null(at);
        for (uint32_t k = 4; k < n; k++)
            if (at[k] != (char)(i * 7))
                fail_msg("record %u differs at %u", i, k);
        fg_ring_release(&p.out, n);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    end(&p);
}

/* One record at a time: each side sleeps nearly each time, and nothing but the other side's
 * wake ends that. */
static void no_wake_is_lost(void **state)
{
    enum { ROUNDS = 5000 };
    pair there, back;
    int status;
    (void)state;
    begin(&there, 64);
    begin(&back, 64);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < ROUNDS; i++) {
            fg_ring_wait_record(&there.out, 0);
            fg_ring_release(&there.out, 32);
            put(&back.in, 8, 'b');
        }
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(put(&there.in, 32, 'a'));
        assert_true(fg_ring_wait_record(&back.out, 0));
        take(&back.out, 8, 'b');
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    end(&there);
    end(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacities_are_powers_of_two),
        cmocka_unit_test(what_is_no_ring_is_refused),
        cmocka_unit_test(every_size_at_every_place),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(lies_are_noticed),
        cmocka_unit_test(processes_lose_nothing),
        cmocka_unit_test(no_wake_is_lost),
    };
    alarm(240); /* what hangs is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

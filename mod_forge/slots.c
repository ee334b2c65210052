// SPDX-License-Identifier: Apache-2.0
/* The words of the board.
 *
 * A child's word is two counts that change in one step: running below, waiting above.  A
 * lane's word is three: held, asked for, waiting.  Who wants a permit of a lane says so
 * first, in his own word, and then adds up what all hold and ask for.  Of those who hold
 * permits at some moment, the last to ask has seen all the others, so they are no more
 * than he was allowed.  Two who see each other and no room for both step back; they try
 * again as long as those who hold leave room. */
#include "slots.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define MAGIC 0x6d665f626f617264u /* "mf_board" */
#define VERSION 1
#define LINE 64
#define ROUNDS 32

#define RUNNING ((uint64_t)1)
#define WAITING ((uint64_t)1 << 32)

#define FIELD ((uint64_t)0x1fffff)
#define HELD ((uint64_t)1)
#define ASKED ((uint64_t)1 << 21)
#define QUEUED ((uint64_t)1 << 42)

struct mf_slot {
    uint64_t load;
    int32_t pid; /* 0: nobody's */
    uint32_t generation;
    /* On lines of their own: who adds them up does not slow down who needs `load`. */
    uint64_t lane[] __attribute__((aligned(LINE)));
};

struct mf_board {
    uint64_t magic;
    uint32_t version;
    uint32_t slots, lanes;
    uint32_t used; /* slots that were ever claimed are before this one */
    uint64_t stride, first;
    uint64_t key[]; /* of the lanes, 0: nobody's; the first is the whole server's */
};

static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static uint64_t add(uint64_t *word, uint64_t n)
{
    return __atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

static size_t lines(size_t n) { return (n + LINE - 1) / LINE * LINE; }

static mf_slot *slot_at(const mf_board *b, uint32_t i)
{
    return (mf_slot *)((char *)b + b->first + i * b->stride);
}

/* ---- the board ------------------------------------------------------------------- */

static size_t first_of(uint32_t lanes)
{
    return lines(sizeof(mf_board) + (lanes + 1) * sizeof(uint64_t));
}

static size_t stride_of(uint32_t lanes)
{
    return lines(sizeof(mf_slot) + (lanes + 1) * sizeof(uint64_t));
}

size_t mf_board_size(uint32_t slots, uint32_t lanes)
{
    return first_of(lanes) + slots * stride_of(lanes);
}

void mf_board_init(mf_board *b, uint32_t slots, uint32_t lanes)
{
    b->version = VERSION;
    b->slots = slots;
    b->lanes = lanes + 1;
    b->stride = stride_of(lanes);
    b->first = first_of(lanes);
    b->magic = MAGIC;
}

int mf_board_is_valid(const mf_board *b)
{
    return b->magic == MAGIC && b->version == VERSION;
}

uint32_t mf_board_slots(const mf_board *b) { return b->slots; }

uint32_t mf_board_lanes(const mf_board *b) { return b->lanes - 1; }

int mf_board_lane(mf_board *b, uint64_t key)
{
    for (uint32_t i = MF_LANE_TOTAL + 1; i < b->lanes; i++) {
        if (b->key[i] == 0)
            b->key[i] = key;
        if (b->key[i] == key)
            return (int)i;
    }
    return MF_LANE_NONE;
}

static void clear_words(const mf_board *b, mf_slot *s)
{
    __atomic_store_n(&s->load, 0, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < b->lanes; i++)
        __atomic_store_n(&s->lane[i], 0, __ATOMIC_SEQ_CST);
}

void mf_board_clear(mf_board *b, int32_t pid)
{
    for (uint32_t i = 0; i < b->used; i++) {
        mf_slot *s = slot_at(b, i);
        if (__atomic_load_n(&s->pid, __ATOMIC_SEQ_CST) != pid)
            continue;
        clear_words(b, s);
        __atomic_store_n(&s->pid, 0, __ATOMIC_SEQ_CST);
    }
}

void mf_board_sweep(mf_board *b)
{
    for (uint32_t i = 0; i < b->used; i++) {
        int32_t pid = __atomic_load_n(&slot_at(b, i)->pid, __ATOMIC_SEQ_CST);
        if (pid && kill(pid, 0) != 0 && errno == ESRCH)
            mf_board_clear(b, pid);
    }
}

mf_slot *mf_board_claim(mf_board *b, int32_t pid, uint32_t generation)
{
    for (uint32_t i = 0; i < b->slots; i++) {
        mf_slot *s = slot_at(b, i);
        int32_t nobody = 0;
        if (!__atomic_compare_exchange_n(&s->pid, &nobody, pid, 0, __ATOMIC_SEQ_CST,
                                         __ATOMIC_SEQ_CST))
            continue;
        s->generation = generation;
        uint32_t used = __atomic_load_n(&b->used, __ATOMIC_SEQ_CST);
        while (used <= i
               && !__atomic_compare_exchange_n(&b->used, &used, i + 1, 0,
                                               __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
        return s;
    }
    return NULL;
}

/* ---- a slot ---------------------------------------------------------------------- */

static mf_load load_of(uint64_t word)
{
    return (mf_load){ (uint32_t)word, (uint32_t)(word >> 32) };
}

mf_load mf_slot_load(const mf_slot *s) { return load_of(load(&s->load)); }

/* Adds `n` if fewer than `most` run and fewer than `room` are there. */
static int add_below(mf_slot *s, uint64_t n, uint32_t most, uint32_t room)
{
    uint64_t word = load(&s->load);
    for (;;) {
        mf_load l = load_of(word);
        if (l.running >= most || l.running + l.waiting >= room)
            return 0;
        if (__atomic_compare_exchange_n(&s->load, &word, word + n, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return 1;
    }
}

int mf_slot_enter(mf_slot *s, uint32_t most)
{
    return add_below(s, RUNNING, most, UINT32_MAX);
}

int mf_slot_queue(mf_slot *s, uint32_t room)
{
    return add_below(s, WAITING, UINT32_MAX, room);
}

int mf_slot_start(mf_slot *s, uint32_t most)
{
    return add_below(s, RUNNING - WAITING, most, UINT32_MAX);
}

void mf_slot_unqueue(mf_slot *s) { add(&s->load, -WAITING); }

uint32_t mf_slot_leave(mf_slot *s) { return load_of(add(&s->load, -RUNNING)).waiting; }

/* ---- lanes ----------------------------------------------------------------------- */

/* The words of all slots added up; no field overflows into the next one, as there are
 * fewer threads. */
static uint64_t sum(const mf_board *b, int lane)
{
    uint32_t used = __atomic_load_n(&b->used, __ATOMIC_SEQ_CST);
    uint64_t all = 0;
    for (uint32_t i = 0; i < used; i++)
        all += load(&slot_at(b, i)->lane[lane]);
    return all;
}

/* Keeps the processor busy for a moment that is seldom the same for two threads. */
static void step_aside(const void *mine, int round)
{
    uint64_t mix = (uintptr_t)__builtin_frame_address(0) ^ (uintptr_t)mine * 31;
    mix = (mix + (uint64_t)round) * 0x9e3779b97f4a7c15u;
    for (uint64_t n = mix >> 40 & (((uint64_t)16 << round % 8) - 1); n > 0; n--)
        __asm__ volatile("" ::: "memory");
}

int mf_lane_take(mf_board *b, mf_slot *s, int lane, uint32_t most, int waits)
{
    uint64_t *mine = &s->lane[lane];
    for (int round = 0;; round++) {
        uint64_t before = sum(b, lane);
        if ((before & FIELD) >= most || (!waits && before >> 42 > 0))
            return 0;
        add(mine, ASKED);
        uint64_t all = sum(b, lane);
        if ((all & FIELD) + (all >> 21 & FIELD) <= most) {
            add(mine, HELD - ASKED);
            return 1;
        }
        add(mine, -ASKED);
        if (round == ROUNDS)
            return 0;
        step_aside(mine, round);
    }
}

void mf_lane_give(mf_slot *s, int lane) { add(&s->lane[lane], -HELD); }

int mf_lane_queue(mf_board *b, mf_slot *s, int lane, uint32_t most)
{
    add(&s->lane[lane], QUEUED);
    if (sum(b, lane) >> 42 <= most)
        return 1;
    add(&s->lane[lane], -QUEUED);
    return 0;
}

void mf_lane_unqueue(mf_slot *s, int lane) { add(&s->lane[lane], -QUEUED); }

uint32_t mf_lane_held(const mf_board *b, int lane)
{
    return (uint32_t)(sum(b, lane) & FIELD);
}

// SPDX-License-Identifier: Apache-2.0
/* The board: how many permits each child holds, in memory that all children share.
 *
 * A child writes into its own slot only, which no other child's writes disturb, and who
 * must know a sum adds the slots up.  So a child that is killed takes nothing with it:
 * its slot is cleared as a whole.  Only the parent clears slots, after it has seen the
 * child's end; a child that ends leaves its slot alone, since threads may still run.
 *
 * A slot has one word for the child itself and one for each lane.  A lane is what a cap
 * over all children counts: the whole server, a virtual host, or a section.  Lanes are
 * found by their keys, so that a new generation of children goes on counting where the
 * old one, which may still serve requests, counts too. */
#ifndef MF_SLOTS_H
#define MF_SLOTS_H

#include <stddef.h>
#include <stdint.h>

typedef struct mf_board mf_board;
typedef struct mf_slot mf_slot;

/* ---- the board; for the parent --------------------------------------------------- */

/* Bytes of a board; lanes without the one of the whole server. */
size_t mf_board_size(uint32_t slots, uint32_t lanes);
/* Makes one of zeroed memory of that size, which begins at a multiple of 64. */
void mf_board_init(mf_board *b, uint32_t slots, uint32_t lanes);
/* 1 if the memory holds a board that this version of the module understands. */
int mf_board_is_valid(const mf_board *b);
uint32_t mf_board_slots(const mf_board *b);
/* Without the one of the whole server. */
uint32_t mf_board_lanes(const mf_board *b);

enum { MF_LANE_NONE = -1, MF_LANE_TOTAL = 0 };

/* The number of the lane that counts for `key`, not 0, or MF_LANE_NONE: no lane is
 * left. */
int mf_board_lane(mf_board *b, uint64_t key);
/* Clears the slot of a child that has ended, if it has one. */
void mf_board_clear(mf_board *b, int32_t pid);
/* Clears the slots of all processes that are no more. */
void mf_board_sweep(mf_board *b);

/* ---- a slot; for its child ------------------------------------------------------- */

/* A slot for the calling process, or NULL: none is left. */
mf_slot *mf_board_claim(mf_board *b, int32_t pid, uint32_t generation);

/* Requests that run, and those that wait, in the child of the slot. */
typedef struct mf_load {
    uint32_t running, waiting;
} mf_load;

mf_load mf_slot_load(const mf_slot *s);
/* One more request runs, if fewer than `most` do.  1: it does. */
int mf_slot_enter(mf_slot *s, uint32_t most);
/* One more waits if all that are there, running or waiting, are fewer than `room`. */
int mf_slot_queue(mf_slot *s, uint32_t room);
/* One that waits runs, if fewer than `most` do. */
int mf_slot_start(mf_slot *s, uint32_t most);
void mf_slot_unqueue(mf_slot *s);
/* One that ran has ended.  Returns how many wait. */
uint32_t mf_slot_leave(mf_slot *s);

/* ---- lanes ----------------------------------------------------------------------- */

/* A permit of a lane for the child of the slot, unless all children hold `most`, or
 * somebody waits for one in any child and the caller does not.  Never more than `most`
 * are held at once; of several who ask for the last one at the same time one gets it,
 * unless it is stopped just then.  1: taken. */
int mf_lane_take(mf_board *b, mf_slot *s, int lane, uint32_t most, int waits);
void mf_lane_give(mf_slot *s, int lane);
/* A place in the queue of a lane, of which all children have `most`.  Of several who ask
 * for the last one at the same time none may get it. */
int mf_lane_queue(mf_board *b, mf_slot *s, int lane, uint32_t most);
void mf_lane_unqueue(mf_slot *s, int lane);
/* Permits that all children hold. */
uint32_t mf_lane_held(const mf_board *b, int lane);

#endif

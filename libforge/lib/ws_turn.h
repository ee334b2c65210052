// SPDX-License-Identifier: Apache-2.0
/* One task at a time, in the order they came. */
#ifndef FG_WS_TURN_H
#define FG_WS_TURN_H

#include "run/vm.h"

struct fg_fiber;

/* Begins as zero. */
typedef struct fg_ws_turns {
    bool taken;
    struct fg_fiber *holder;       /* or NULL: there is only one fiber */
    struct fg_ws_turn_wait *first; /* on the C stacks of those that wait */
} fg_ws_turns;

/* Waits for the turn until until_ns, 0: for ever.  *ours: fg_ws_turns_give is to follow;
 * false after an error, or when the time is over. */
fg_status fg_ws_turns_take(fg_vm *vm, fg_ws_turns *t, uint64_t until_ns, bool *ours);
void fg_ws_turns_give(fg_vm *vm, fg_ws_turns *t);
/* Ends the wait of whoever has the turn, whatever it is for. */
void fg_ws_turns_rouse(fg_vm *vm, fg_ws_turns *t);

#endif

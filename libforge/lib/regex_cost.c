// SPDX-License-Identifier: Apache-2.0
/* What one start of a pattern may cost at most, told while it is translated.
 *
 * A pattern of one atom takes a step and goes on in one way; in a sequence each way of the
 * first part runs all of the second; alternatives add up.  Without bound are * + {n,}, but
 * one that is the last of the whole pattern cannot fail once it has its least rounds. */
#include "lib/regex.h"

#define ENDLESS FG_RX_ENDLESS

static uint32_t least_of(uint64_t n) { return n < ENDLESS ? (uint32_t)n : ENDLESS; }

fg_regex_cost fg_cost_sequence(fg_regex_cost a, fg_regex_cost b)
{
    return (fg_regex_cost){
        .steps = least_of(a.steps + (uint64_t)a.ways * b.steps),
        .ways = least_of((uint64_t)a.ways * b.ways),
        .lines = least_of((uint64_t)a.lines + b.lines),
    };
}

fg_regex_cost fg_cost_either(fg_regex_cost a, fg_regex_cost b)
{
    return (fg_regex_cost){
        .steps = least_of((uint64_t)a.steps + b.steps + 1),
        .ways = least_of((uint64_t)a.ways + b.ways),
        .lines = a.lines > b.lines ? a.lines : b.lines,
    };
}

/* Every number of rounds from least to most is a way of its own. */
fg_regex_cost fg_cost_repeat(fg_regex_cost a, uint32_t least, uint32_t most)
{
    fg_regex_cost all = { .ways = least == 0 };
    all.lines = a.lines == 0 ? 0 : least_of((uint64_t)a.lines * most);
    if (most == ENDLESS) {
        all.steps = all.ways = ENDLESS;
        return all;
    }
    uint64_t steps = 0, ways = all.ways, rounds = 1;
    for (uint32_t i = 1; i <= most && (steps < ENDLESS || ways < ENDLESS); i++) {
        steps += rounds * ((uint64_t)a.steps + 1);
        rounds = least_of(rounds * a.ways);
        ways += i >= least ? rounds : 0;
        if (rounds == ENDLESS && i < least)
            ways = ENDLESS;
    }
    all.steps = least_of(steps);
    all.ways = least_of(ways);
    return all;
}

// SPDX-License-Identifier: Apache-2.0
/* Stores for tests: a directory that goes with the test, a clock that stands still, and
 * short names for what tests do most. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "state/store_commit.h"
#include "state/store_history.h"

typedef struct scratch {
    char dir[64];
    uint64_t now; /* the clock; tests move it */
    fg_store *store;
    fg_store_reader *reader;
    uint32_t ns;
    fg_state_error err;
} scratch;

#define OWNER FG_SLICE("owner")
#define MAP (UINT64_C(64) << 20)

#define S(text) fg_slice_str(text)
/* Passes or tells why not. */
#define OK(t, call)                                                                    \
    do {                                                                               \
        if ((call) != FG_STATE_OK)                                                     \
            fail_msg("%s: %s", #call, (t)->err.text);                                  \
    } while (0)
#define FAILS(t, which, call)                                                          \
    do {                                                                               \
        (t)->err.text[0] = 0;                                                          \
        assert_string_equal(fg_state_name(call), #which);                              \
        assert_int_not_equal((t)->err.text[0], 0);                                     \
    } while (0)

/* A directory, in memory where the system has a place for that. */
void scratch_dir(char dir[64]);
void scratch_remove(const char *dir);
fg_store_options scratch_options(scratch *t);
/* A store with the namespace "test". */
void scratch_open(scratch *t, uint64_t map_size);
void scratch_reopen(scratch *t);
void scratch_close(scratch *t);

/* ---- writing --------------------------------------------------------------------- */

fg_store_op put_op(const char *key, const char *value);
fg_store_op op_of(fg_store_op_kind kind, const char *key, int64_t amount);
/* One batch; the code it got, its text in t->err, its version in *version. */
fg_state commit_ops(scratch *t, uint64_t base, fg_store_op *ops, uint32_t n,
                    uint64_t *version);
/* Blind; the version. */
uint64_t put(scratch *t, const char *key, const char *value);
uint64_t del(scratch *t, const char *key);

/* ---- reading --------------------------------------------------------------------- */

/* A new snapshot; what an earlier one lent is gone. */
fg_store_view view_at(scratch *t, uint64_t version);
/* The value, or NULL; valid until the next call. */
const char *get_at(scratch *t, uint64_t version, const char *key);
const char *get(scratch *t, const char *key);
fg_namespace counts(scratch *t);
/* "key=value key=value": what a range holds at a version. */
const char *list_at(scratch *t, uint64_t version, const fg_store_range *range,
                    bool reverse);
/* What counts say is what is there. */
void check_counts(scratch *t);

#endif

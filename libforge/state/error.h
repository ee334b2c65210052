// SPDX-License-Identifier: Apache-2.0
/* Why something about shared state failed: a code that programs act on and a text for
 * people.  The codes travel between processes by name, so names do not change. */
#ifndef FG_STATE_ERROR_H
#define FG_STATE_ERROR_H

#include "base/base.h"

/* name, what it means, what to try */
#define FG_STATE_CODES(X)                                                              \
    X(OK, "no error", "")                                                              \
    X(NOT_FOUND, "there is no such thing", "check the name or the number")             \
    X(CONFLICT, "another transaction was first", "run the transaction again")          \
    X(FORK_LOST, "the fork ended with its server or its owner", "create a new fork")   \
    X(FORK_SEALED, "the fork is being committed", "wait for the commit's answer")      \
    X(QUOTA, "a limit would be exceeded", "delete something or raise the limit")       \
    X(TOO_LARGE, "larger than can be stored", "split it")                              \
    X(BUSY, "in use at the moment", "try again later")                                 \
    X(DENIED, "not allowed", "check owner and permissions")                            \
    X(READ_ONLY, "cannot be written", "write through the state server")                \
    X(CORRUPT, "stored data is damaged", "restore a copy")                             \
    X(SHUTTING_DOWN, "the state server is stopping", "try again later")                \
    X(BAD_REQUEST, "the request makes no sense", "correct the request")                \
    X(OVERFLOW, "the number would not fit 64 bits", "reset the counter")               \
    X(FORMAT, "written by another version of the software",                            \
      "move the files away or run the version that wrote them")                        \
    X(NO_MEMORY, "memory ended", "use smaller values or give the process more")        \
    X(IO, "the operating system refused", "check the disk and the permissions")

typedef enum fg_state {
#define X(name, what, advice) FG_STATE_##name,
    FG_STATE_CODES(X)
#undef X
} fg_state;

typedef struct fg_state_error {
    fg_state code;
    char text[400]; /* what, where; what to try */
} fg_state_error;

/* Leaves the function when `e` is not FG_STATE_OK. */
#define FG_STATE_TRY(e)                                                                \
    do {                                                                               \
        fg_state fg_try_ = (e);                                                        \
        if (fg_try_ != FG_STATE_OK)                                                    \
            return fg_try_;                                                            \
    } while (0)

/* "NOT_FOUND": a constant. */
const char *fg_state_name(fg_state code);
/* The code of a name; false: there is none. */
bool fg_state_of_name(fg_slice name, fg_state *out);

/* Records what failed and where, followed by the code's advice; returns the code.  err may
 * be NULL. */
fg_state fg_state_fail(fg_state_error *err, fg_state code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the caller's own advice. */
fg_state fg_state_fail_try(fg_state_error *err, fg_state code, const char *advice,
                           const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Bytes as they may stand in a text: quoted, control characters escaped, at most 60 bytes
 * of them.  Returns to. */
#define FG_STATE_QUOTED 256
const char *fg_state_quote(char to[FG_STATE_QUOTED], fg_slice bytes);

#endif

// SPDX-License-Identifier: Apache-2.0
/* Standard input.  A line is read byte by byte, so that what follows it is left to the
 * programs that this one starts; only from a terminal, which gives lines, and from a
 * file, where the place can be set back, more is read at once. */
#include "lib/input.h"

#include "lib/lib.h"
#include "lib/site.h"
#include "run/fiber.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 4096u
#define TURN_NS 2000000u /* between two looks whether another task has got its line */

typedef struct input {
    fg_resource resource;
    fg_bytes text; /* read and not handed out yet */
    bool busy;     /* a task is reading */
} input;

static void input_end(fg_vm *vm, fg_resource *resource)
{
    input *in = (input *)(void *)resource;
    fg_bytes_drop(&in->text);
    fg_memory_give(vm, in, sizeof *in);
}

/* The fork's own, made on first use; NULL: FG_NOMEM. */
static input *input_of(fg_vm *vm)
{
    input *in = (input *)(void *)fg_resource_of(vm, input_end);
    if (in)
        return in;
    in = fg_memory_take(vm, sizeof *in);
    if (!in)
        return NULL;
    fg_bytes_init(&in->text);
    in->busy = false;
    fg_resource_add(vm, &in->resource, input_end);
    return in;
}

fg_status fg_input_refuse(fg_vm *vm, const char *what)
{
    return fg_site_refuse(
        vm, what, "take what you need from the request: query, body or headers");
}

/* Waits for the turn of this task; NULL in *out: FG_NOMEM. */
static fg_status begin(fg_vm *vm, input **out)
{
    *out = input_of(vm);
    if (!*out)
        return FG_NOMEM;
    while ((*out)->busy) {
        bool ready;
        FG_TRY(fg_wait_fds(vm, NULL, 0, fg_now_ns() + TURN_NS, &ready));
    }
    (*out)->busy = true;
    return FG_OK;
}

/* Up to n bytes more, as soon as there are any; none when the input has ended. */
static fg_status read_more(fg_vm *vm, input *in, uint32_t n, uint32_t *got)
{
    struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
    if (in->text.n == 0) {
        fg_bytes_drop(&in->text);
        fg_begin_text(vm, &in->text);
    }
    for (;;) {
        bool ready = fg_fd_poll(&p, 1, 0) > 0;
        if (ready)
            FG_TRY(fg_tick(vm, 1 + n / 32));
        while (!ready)
            FG_TRY(fg_wait_fds(vm, &p, 1, 0, &ready));
        char *at = fg_bytes_room(&in->text, n);
        if (!at) {
            fg_bytes_drop(&in->text);
            return FG_NOMEM;
        }
        ssize_t some = read(STDIN_FILENO, at, n);
        if (some < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        *got = some > 0 ? (uint32_t)some : 0;
        in->text.n += *got;
        return FG_OK;
    }
}

/* Hands n bytes out and forgets `end` more. */
static fg_status hand_out(input *in, uint32_t n, uint32_t end, fg_bytes *b)
{
    fg_bytes_put(b, in->text.p, n);
    in->text.n -= n + end;
    memmove(in->text.p, in->text.p + n + end, in->text.n);
    return b->failed ? FG_NOMEM : FG_OK;
}

/* How much may be read at once when a line is wanted. */
static uint32_t stride(bool *seekable)
{
    struct stat st;
    *seekable = fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    return *seekable || isatty(STDIN_FILENO) ? CHUNK : 1;
}

static fg_status take_line(fg_vm *vm, input *in, fg_bytes *b)
{
    bool seekable;
    uint32_t n = stride(&seekable), got = 1, seen = 0;
    const char *end = NULL;
    while (got > 0) {
        end = memchr(in->text.p + seen, '\n', in->text.n - seen);
        if (end)
            break;
        seen = in->text.n;
        FG_TRY(read_more(vm, in, n, &got));
    }
    uint32_t len = end ? (uint32_t)(end - in->text.p) : in->text.n;
    fg_status status = hand_out(in, len, end != NULL, b);
    if (seekable && in->text.n > 0
        && lseek(STDIN_FILENO, -(off_t)in->text.n, SEEK_CUR) >= 0)
        in->text.n = 0;
    return status;
}

static fg_status take_rest(fg_vm *vm, input *in, fg_bytes *b)
{
    uint32_t got = 1;
    while (got > 0)
        FG_TRY(read_more(vm, in, CHUNK, &got));
    return hand_out(in, in->text.n, 0, b);
}

fg_status fg_input_line(fg_vm *vm, fg_bytes *b)
{
    input *in;
    FG_TRY(begin(vm, &in));
    fg_status status = take_line(vm, in, b);
    in->busy = false;
    return status;
}

fg_status fg_input_rest(fg_vm *vm, fg_bytes *b)
{
    input *in;
    FG_TRY(begin(vm, &in));
    fg_status status = take_rest(vm, in, b);
    in->busy = false;
    return status;
}

// SPDX-License-Identifier: Apache-2.0
/* Standard input.  A line is read byte by byte, so that what follows it is left to the
 * programs that this one starts. */
#include "lib/input.h"

#include "run/fiber.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK 4096u

/* Reads up to n bytes more; none when the input has ended. */
static fg_status read_more(fg_vm *vm, fg_bytes *b, uint32_t n, bool *ended)
{
    struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
    ssize_t got;
    bool ready;
    do {
        FG_TRY(fg_wait_fds(vm, &p, 1, 0, &ready));
        char *at = fg_bytes_room(b, n);
        if (!at)
            return FG_NOMEM;
        got = read(STDIN_FILENO, at, n);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
    *ended = got <= 0;
    b->n += got > 0 ? (uint32_t)got : 0;
    return FG_OK;
}

fg_status fg_input_line(fg_vm *vm, fg_bytes *b)
{
    bool ended = false;
    for (;;) {
        FG_TRY(read_more(vm, b, 1, &ended));
        if (ended)
            return FG_OK;
        if (b->p[b->n - 1] == '\n') {
            b->n--;
            return FG_OK;
        }
    }
}

fg_status fg_input_rest(fg_vm *vm, fg_bytes *b)
{
    bool ended = false;
    while (!ended)
        FG_TRY(read_more(vm, b, CHUNK, &ended));
    return FG_OK;
}

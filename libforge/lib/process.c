// SPDX-License-Identifier: Apache-2.0
/* Programs that scripts start.  The first process is not reaped before all is over, so
 * that its number keeps meaning its group. */
#define _GNU_SOURCE
#include "lib/process.h"

#include "lib/env.h"
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/site.h"
#include "run/fiber.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (32u << 10)
#define GRACE_NS 4000000u /* from SIGTERM to SIGKILL */
#define LOOK_NS 5000000u  /* between two looks where there are no pidfds */
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

enum { IN, OUT, ERR, STREAMS };

typedef struct child {
    pid_t pid;
    int pidfd;         /* -1: the system has none */
    bool exited;       /* the first process has ended, and waits to be reaped */
    int ours[STREAMS]; /* ends of pipes, -1: closed */
    int theirs[STREAMS];
    fg_slice input; /* still to be written */
} child;

/* ---- the environment ------------------------------------------------------------ */

typedef struct environment {
    fg_bytes text; /* terminated strings */
    uint32_t n;
} environment;

static fg_status add_variable(void *ctx, fg_slice name, fg_slice value)
{
    environment *e = ctx;
    fg_bytes_slice(&e->text, name);
    fg_bytes_char(&e->text, '=');
    fg_bytes_slice(&e->text, value);
    fg_bytes_char(&e->text, '\0');
    e->n++;
    return e->text.failed ? FG_NOMEM : FG_OK;
}

/* The variables as a list of strings in `text`, malloc'ed; NULL: no memory. */
static char **make_list(const environment *e)
{
    char **list = calloc(e->n + 1u, sizeof *list), *at = e->text.p;
    for (uint32_t i = 0; list && i < e->n; i++, at += strlen(at) + 1)
        list[i] = at;
    return list;
}

/* ---- starting ------------------------------------------------------------------- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The same descriptor with a number that no stream has; -1 with errno. */
static int move_up(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), why = errno;
    close(fd);
    errno = why;
    return moved;
}

/* A pipe for one stream; false with errno. */
static bool open_pipe(child *c, int stream)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    int mine = stream == IN;
    c->ours[stream] = move_up(ends[mine]);
    c->theirs[stream] = move_up(ends[!mine]);
    return c->ours[stream] >= 0 && c->theirs[stream] >= 0
           && fcntl(c->ours[stream], F_SETFL, O_NONBLOCK) == 0;
}

/* What happens in the child before the program runs; 0 or an errno. */
static int plan(const child *c, const fg_site *s, posix_spawn_file_actions_t *a)
{
    int error = 0;
    for (int i = 0; i < STREAMS && error == 0; i++)
        error = c->theirs[i] >= 0
                    ? posix_spawn_file_actions_adddup2(a, c->theirs[i], i)
                    : posix_spawn_file_actions_addopen(
                        a, i, "/dev/null", i == IN ? O_RDONLY : O_WRONLY, 0);
    if (error == 0 && s->root)
        error = posix_spawn_file_actions_addfchdir_np(a, s->root_fd);
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(a, STDERR_FILENO + 1);
    return error;
}

static int set_attributes(posix_spawnattr_t *at)
{
    static const int defaults[] = { SIGPIPE, SIGINT,  SIGTERM, SIGHUP,
                                    SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2 };
    sigset_t none, reset;
    sigemptyset(&none);
    sigemptyset(&reset);
    for (size_t i = 0; i < FG_COUNT(defaults); i++)
        sigaddset(&reset, defaults[i]);
    posix_spawnattr_setpgroup(at, 0);
    posix_spawnattr_setsigmask(at, &none);
    posix_spawnattr_setsigdefault(at, &reset);
    return posix_spawnattr_setflags(at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                            | POSIX_SPAWN_SETSIGDEF);
}

/* 0 or an errno. */
static int spawn(child *c, const fg_site *s, const fg_command *cmd, char **vars)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = plan(c, s, &actions);
        if (error == 0)
            error = set_attributes(&attributes);
        if (error == 0)
            error =
                posix_spawn(&c->pid, cmd->file, &actions, &attributes, cmd->argv, vars);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void close_all(child *c)
{
    for (int i = 0; i < STREAMS; i++) {
        close_end(&c->ours[i]);
        close_end(&c->theirs[i]);
    }
    close_end(&c->pidfd);
}

static fg_status start(fg_vm *vm, const char *prefix, const fg_command *cmd, child *c)
{
    const bool wanted[STREAMS] = { cmd->input.n > 0, cmd->out != NULL,
                                   cmd->err != NULL };
    environment e = { .n = 0 };
    fg_begin_text(vm, &e.text);
    fg_status status = fg_env_each(vm, add_variable, &e);
    char **vars = status == FG_OK ? make_list(&e) : NULL;
    int error = 0;
    for (int i = 0; i < STREAMS && error == 0; i++)
        if (wanted[i] && !open_pipe(c, i))
            error = errno;
    if (error == 0 && vars)
        error = spawn(c, fg_site_of(vm), cmd, vars);
    free(vars);
    fg_bytes_drop(&e.text);
    if (!vars)
        return FG_NOMEM;
    if (error)
        return fg_file_raise(vm, prefix, NULL, error);
    for (int i = 0; i < STREAMS; i++)
        close_end(&c->theirs[i]);
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    return FG_OK;
}

/* ---- running -------------------------------------------------------------------- */

/* write without the signal that says that nobody reads. */
static ssize_t write_quietly(int fd, const char *p, size_t n)
{
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t put = write(fd, p, n);
    int why = errno;
    if (put < 0 && why == EPIPE && !sigismember(&pending, SIGPIPE)) {
        struct timespec now = { 0, 0 };
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return put;
}

/* Writes what fits; the pipe is closed when all is written or nobody reads. */
static void feed(child *c)
{
    uint32_t n = c->input.n < CHUNK ? c->input.n : CHUNK;
    ssize_t put = write_quietly(c->ours[IN], c->input.p, n);
    if (put > 0)
        c->input = (fg_slice){ c->input.p + put, c->input.n - (uint32_t)put };
    if (c->input.n == 0 || (put < 0 && errno != EAGAIN && errno != EINTR))
        close_end(&c->ours[IN]);
}

/* Reads what there is; the pipe is closed at its end. */
static fg_status drain(fg_vm *vm, int *fd, fg_bytes *b)
{
    char *at = fg_bytes_room(b, CHUNK);
    if (!at)
        return FG_NOMEM;
    ssize_t got = read(*fd, at, CHUNK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return FG_OK;
    if (got <= 0)
        close_end(fd);
    else
        b->n += (uint32_t)got;
    return fg_tick(vm, 1 + (uint32_t)(got > 0 ? got : 0) / 32);
}

static void look_for_end(child *c)
{
    siginfo_t info = { .si_pid = 0 };
    c->exited = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0
                || info.si_pid != 0;
}

/* Waits until something can be done, and does it. */
static fg_status turn(fg_vm *vm, const fg_command *cmd, child *c)
{
    struct pollfd p[STREAMS + 1];
    int of[STREAMS + 1];
    uint32_t n = 0;
    bool ready;
    for (int i = 0; i < STREAMS; i++)
        if (c->ours[i] >= 0) {
            of[n] = i;
            p[n++] = (struct pollfd){ c->ours[i], i == IN ? POLLOUT : POLLIN, 0 };
        }
    uint64_t until = 0;
    if (!c->exited && c->pidfd >= 0) {
        of[n] = STREAMS;
        p[n++] = (struct pollfd){ c->pidfd, POLLIN, 0 };
    } else if (!c->exited) {
        until = fg_now_ns() + LOOK_NS;
    }
    FG_TRY(fg_wait_fds(vm, p, n, until, &ready));
    for (uint32_t i = 0; i < n; i++) {
        if (!p[i].revents)
            continue;
        if (of[i] == IN)
            feed(c);
        else if (of[i] != STREAMS)
            FG_TRY(drain(vm, &c->ours[of[i]], of[i] == OUT ? cmd->out : cmd->err));
    }
    if (!c->exited)
        look_for_end(c);
    return FG_OK;
}

/* Ends the group: with a chance to clean up, then without. */
static void end_group(const child *c)
{
    struct pollfd p = { c->pidfd, POLLIN, 0 };
    kill(-c->pid, SIGTERM);
    if (!c->exited)
        fg_fd_poll(&p, c->pidfd >= 0, GRACE_NS);
    kill(-c->pid, SIGKILL);
}

static int reap(const child *c)
{
    int status = 0;
    pid_t pid;
    do
        pid = waitpid(c->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    return pid == c->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

fg_status fg_process_run(fg_vm *vm, const char *prefix, const fg_command *cmd,
                         int *status)
{
    child c = { .pidfd = -1,
                .ours = { -1, -1, -1 },
                .theirs = { -1, -1, -1 },
                .input = cmd->input };
    uint32_t pipes = (cmd->input.n > 0) + (cmd->out != NULL) + (cmd->err != NULL);
    FG_TRY(fg_file_take(vm, pipes));
    fg_status s = start(vm, prefix, cmd, &c);
    if (s == FG_OK) {
        while (s == FG_OK && (!c.exited || c.ours[OUT] >= 0 || c.ours[ERR] >= 0))
            s = turn(vm, cmd, &c);
        if (s != FG_OK)
            end_group(&c);
        *status = reap(&c);
    }
    close_all(&c);
    fg_file_give(vm, pipes);
    return s;
}

/* ---- finding -------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Is there one of this name in a directory?  An empty name is the current one. */
static bool is_in(fg_slice dir, fg_slice name, fg_bytes *path)
{
    path->n = 0;
    fg_bytes_slice(path, dir.n > 0 ? dir : FG_SLICE("."));
    fg_bytes_char(path, '/');
    fg_bytes_slice(path, name);
    fg_bytes_char(path, '\0');
    return !path->failed && is_program(path->p);
}

bool fg_process_find(fg_vm *vm, fg_slice name, fg_bytes *path)
{
    fg_slice rest;
    if (name.n == 0 || memchr(name.p, '\0', name.n))
        return false;
    if (memchr(name.p, '/', name.n)) {
        path->n = 0;
        fg_bytes_slice(path, name);
        fg_bytes_char(path, '\0');
        return !path->failed && is_program(path->p);
    }
    if (!fg_env_get(vm, FG_SLICE("PATH"), &rest))
        rest = FG_SLICE(PATH_DEFAULT);
    for (;;) {
        const char *colon = memchr(rest.p, ':', rest.n);
        uint32_t n = colon ? (uint32_t)(colon - rest.p) : rest.n;
        if (is_in((fg_slice){ rest.p, n }, name, path))
            return true;
        if (!colon)
            return false;
        rest = (fg_slice){ colon + 1, rest.n - n - 1 };
    }
}

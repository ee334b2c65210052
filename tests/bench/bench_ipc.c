// SPDX-License-Identifier: Apache-2.0
/* What a call to a server in another process costs, with 1 to 16 of them on their way on one
 * connection: answered by the handler at once, or by a pool of two threads; beside it the
 * floor, which is bytes sent to and fro by two processes.  Only ratios of one run mean
 * anything: a bar says that 16 at a time are not slower than one after the other.
 *
 *     bench_ipc                    the table
 *     bench_ipc once|pool N CALLS  one row, to be looked at with strace -f -c */
#include "bench.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/client.h"
#include "ipc/server.h"

#define ASK 64
#define ANSWER 1400
#define CALLS 20000
#define ROUNDS 5
#define WORKERS 2
#define DEEP 16

/* ---- the server ---------------------------------------------------------------------- */

typedef struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t news;
    fg_responder *queue[1024];
    uint32_t at, n;
} pool;

static void answer(fg_responder *r)
{
    static const char bytes[ANSWER];
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_put(&b, bytes, sizeof bytes);
    fg_responder_answer(r, &b);
    fg_responder_drop(r);
}

static void at_once(void *ctx, fg_responder *r)
{
    (void)ctx;
    answer(r);
}

static void later(void *ctx, fg_responder *r)
{
    pool *p = ctx;
    pthread_mutex_lock(&p->mutex);
    p->queue[p->n++ % FG_COUNT(p->queue)] = r;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->mutex);
}

static void *work(void *ctx)
{
    pool *p = ctx;
    while (p) {
        pthread_mutex_lock(&p->mutex);
        while (p->at == p->n)
            pthread_cond_wait(&p->news, &p->mutex);
        fg_responder *r = p->queue[p->at++ % FG_COUNT(p->queue)];
        pthread_mutex_unlock(&p->mutex);
        answer(r);
    }
    return NULL;
}

/* In a process that is killed. */
static void serve(const char *path, bool pooled)
{
    static pool p = {
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, 0
    };
    fg_server_options o = { .path = path,
                            .handle = pooled ? later : at_once,
                            .ctx = &p };
    fg_bytes why;
    pthread_t thread;
    fg_bytes_init(&why);
    fg_server *s = fg_server_open(&o, &why);
    if (!s)
        bench_die("server", why.p);
    for (int i = 0; pooled && i < WORKERS; i++)
        pthread_create(&thread, NULL, work, &p);
    fg_server_run(s);
    _exit(0);
}

/* ---- the client ---------------------------------------------------------------------- */

/* Nanoseconds of one call, `depth` of them on their way. */
static double calls_ns(fg_client *c, uint32_t depth, uint32_t n)
{
    static const char ask[ASK];
    fg_call calls[DEEP];
    fg_bytes got[DEEP];
    double from = bench_ns();
    for (uint32_t i = 0; i < n + depth; i++) {
        uint32_t k = i % depth;
        if (i >= depth) {
            if (fg_client_receive(c, &calls[k], NULL) != FG_CALL_ANSWERED)
                bench_die("call", fg_client_fault(c));
            fg_bytes_drop(&got[k]);
        }
        if (i >= n)
            continue;
        fg_bytes_init(&got[k]);
        if (fg_client_send(c, &calls[k], fg_slice_of(ask, ASK), &got[k], NULL)
            != FG_CALL_ANSWERED)
            bench_die("send", fg_client_fault(c));
    }
    return (bench_ns() - from) / n;
}

static double run(bool pooled, uint32_t depth, uint32_t n)
{
    char path[64];
    double ns[ROUNDS];
    fg_bytes why;
    fg_bytes_init(&why);
    snprintf(path, sizeof path, "/tmp/bench-ipc-%d.sock", (int)getpid());
    pid_t server = fork();
    if (server == 0)
        serve(path, pooled);
    fg_client_options o = { .path = path, .connect = UINT64_C(5000000000) };
    fg_client *c = fg_client_open(&o, &why);
    if (!c)
        bench_die("client", why.p);
    for (int i = 0; i < ROUNDS; i++)
        ns[i] = calls_ns(c, depth, n / ROUNDS);
    fg_client_free(c);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    unlink(path);
    return bench_median(ns, ROUNDS);
}

/* Bytes to and fro, with nothing around them. */
static double floor_ns(void)
{
    static char bytes[ANSWER];
    int fds[2];
    double ns[ROUNDS];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        bench_die("floor", "no sockets");
    pid_t echo = fork();
    if (echo == 0) {
        close(fds[1]);
        while (recv(fds[0], bytes, ASK, MSG_WAITALL) == ASK)
            send(fds[0], bytes, ANSWER, MSG_NOSIGNAL);
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        double from = bench_ns();
        for (int k = 0; k < CALLS / ROUNDS; k++) {
            send(fds[1], bytes, ASK, MSG_NOSIGNAL);
            if (recv(fds[1], bytes, ANSWER, MSG_WAITALL) != ANSWER)
                bench_die("floor", "the other end is gone");
        }
        ns[i] = (bench_ns() - from) / (CALLS / ROUNDS);
    }
    close(fds[0]);
    close(fds[1]);
    waitpid(echo, NULL, 0);
    return bench_median(ns, ROUNDS);
}

int main(int argc, char **argv)
{
    static const uint32_t depths[] = { 1, 2, 4, 8, DEEP };
    bool met = true;
    if (argc == 4) {
        uint32_t depth = (uint32_t)atoi(argv[2]);
        if (depth < 1 || depth > DEEP)
            bench_die("depth", "1 to 16");
        run(argv[1][0] == 'p', depth, (uint32_t)atoi(argv[3]));
        return 0;
    }
    double low = floor_ns();
    printf("%-28s%10.1f us\n", "floor: bytes to and fro", low / 1e3);
    for (int pooled = 0; pooled < 2; pooled++) {
        double one = 0;
        for (size_t i = 0; i < FG_COUNT(depths); i++) {
            double ns = run(pooled, depths[i], CALLS);
            one = i == 0 ? ns : one;
            met = met && (depths[i] != DEEP || ns <= one);
            printf("%-22s %2u    %10.1f us   %5.2f x one   %5.2f x floor\n",
                   pooled ? "answered by a pool" : "answered at once", depths[i],
                   ns / 1e3, ns / one, ns / low);
        }
    }
    printf("16 at a time are %sslower than one\n", met ? "not " : "");
    return met ? 0 : 1;
}

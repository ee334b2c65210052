// SPDX-License-Identifier: Apache-2.0
/* Passwords: Argon2id (RFC 9106), kept as PHC text:
 *
 *     $argon2id$v=19$m=19456,t=2,p=1$salt$hash       salt and hash in base64, no padding
 *
 * Argon2 computes in one piece and has no place to ask whether it should end.  So a thread
 * of its own computes, which is ended in the middle when the fork is cancelled or reaches a
 * limit; the fork waits meanwhile, and its other tasks run.  This is right because, while
 * the thread may be ended anywhere, it only computes:
 *  - Argon2 with one thread takes no lock and no memory: it asks our `lend` for memory
 *    before it begins and calls `take_back` at its very end, and in between nothing but
 *    memcpy and memset.  These two open and close the time in which the thread may be
 *    ended; before and after, it may be only where it waits.
 *  - It is never inside the dynamic linker, which has locks: its library may be bound when
 *    functions are first called, so a tiny hash is made first, which calls them all.
 *  - What it works with is the job, which belongs to whoever waits, and who joins the thread
 *    before taking anything back.
 *
 * The memory is taken from the fork, so it counts against the limit, and the time of the
 * thread counts as time of the fork.  A fork hashes one password at a time: more would need
 * the memory, and the processors, of as many. */
#define _GNU_SOURCE /* pthread_attr_setsigmask_np */
#include "lib/crypto.h"
#include "lib/gate.h"
#include "lib/lib.h"
#include "lib/random.h"
#include "run/fiber.h"

#include "base/base64.h"
#include "base/number.h"

#include <argon2.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PASSWORD_MAX 4096u
#define SALT 16u
#define HASH 32u
#define MEMORY_MAX (128u << 10) /* KiB */
#define WORK_MAX (256u << 10)   /* KiB times passes */
#define UNITS 32u               /* of work in a KiB in a pass */
#define STACK (256u << 10)      /* of the thread */
#define TURN_NS 5000000u        /* how often its time is looked at */

/* What the hashing costs, by the letters of the text and the names of the options; the
 * least and the most are for new hashes. */
/* clang-format off */
#define COSTS(X)                                                                       \
    X(MEMORY, 'm', "memory", 19456, 1024, MEMORY_MAX)                                  \
    X(PASSES, 't', "passes", 2, 1, 16)                                                 \
    X(LANES, 'p', "lanes", 1, 1, 16)
/* clang-format on */

enum {
#define X(id, letter, option, usual, least, most) id,
    COSTS(X)
#undef X
        NCOSTS
};

static const struct cost {
    char letter;
    const char *option;
    uint32_t usual, least, most;
} costs[] = {
#define X(id, letter, option, usual, least, most)                                      \
    { letter, option, usual, least, most },
    COSTS(X)
#undef X
};

typedef struct hashing {
    uint32_t cost[NCOSTS];
    uint8_t salt[64], hash[64];
    uint32_t nsalt, nhash;
} hashing;

/* ---- Argon2 --------------------------------------------------------------------- */

/* Argon2 hands nothing of the caller's to its allocator, so the memory to be used waits
 * here for the call that is about to ask. */
static _Thread_local struct lent {
    void *at;
    size_t size;
} lent;

static int lend(uint8_t **memory, size_t size)
{
    *memory = size <= lent.size ? lent.at : NULL;
    if (!*memory)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    return ARGON2_OK;
}

/* Argon2 has wiped it. */
static void take_back(uint8_t *memory, size_t size)
{
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    (void)memory;
    (void)size;
}

/* One hash.  All that it needs is here: nothing of ours lies on the stack of the thread,
 * whose frames end without returning. */
typedef struct job {
    argon2_context context;
    void *memory;
    size_t size;
    pthread_t thread;
    int done;         /* an eventfd */
    bool made;        /* the hash is there */
    uint64_t worked;  /* ns of the processor, set when it is done */
    uint64_t counted; /* of these, as time of the fork */
} job;

/* Of nhash bytes, from salt and costs. */
static void job_init(job *j, fg_slice password, hashing *h, void *memory, size_t size)
{
    *j = (job){ .memory = memory, .size = size };
    j->context = (argon2_context){
        .out = h->hash,
        .outlen = h->nhash,
        .pwd = (uint8_t *)(uintptr_t)password.p,
        .pwdlen = password.n,
        .salt = h->salt,
        .saltlen = h->nsalt,
        .t_cost = h->cost[PASSES],
        .m_cost = h->cost[MEMORY],
        .lanes = h->cost[LANES],
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = lend,
        .free_cbk = take_back,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
}

static void job_compute(job *j)
{
    lent = (struct lent){ j->memory, j->size };
    j->made = argon2id_ctx(&j->context) == ARGON2_OK;
    lent = (struct lent){ NULL, 0 };
}

/* Calls whatever Argon2 calls, so that the dynamic linker finds it now. */
static void bind_argon2(void)
{
    uint64_t memory[8 << 7];
    hashing h = { .cost = { [MEMORY] = 8, [PASSES] = 1, [LANES] = 1 },
                  .nsalt = SALT,
                  .nhash = HASH };
    job j;
    job_init(&j, FG_SLICE("password"), &h, memory, sizeof memory);
    job_compute(&j);
}

/* ---- the thread --------------------------------------------------------------------- */

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *job_run(void *arg)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const uint64_t one = 1;
    job *j = arg;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_once(&once, bind_argon2);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    job_compute(j);
    j->worked = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    while (write(j->done, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    return NULL;
}

/* 0, or what is wrong. */
static int job_start(job *j)
{
    sigset_t all;
    pthread_attr_t attr;
    j->done = eventfd(0, EFD_CLOEXEC);
    if (j->done < 0)
        return errno;
    sigfillset(&all);
    int error = pthread_attr_init(&attr);
    if (error == 0) {
        pthread_attr_setstacksize(&attr, STACK);
        error = pthread_attr_setsigmask_np(&attr, &all);
        if (error == 0)
            error = pthread_create(&j->thread, &attr, job_run, j);
        pthread_attr_destroy(&attr);
    }
    if (error != 0)
        close(j->done);
    return error;
}

static void count_time(fg_vm *vm, job *j, uint64_t worked)
{
    if (worked <= j->counted)
        return;
    fg_count_cpu(vm, worked - j->counted);
    j->counted = worked;
}

/* What it has worked, 0 when it does no more. */
static uint64_t time_so_far(const job *j)
{
    clockid_t clock;
    return pthread_getcpuclockid(j->thread, &clock) == 0 ? clock_ns(clock) : 0;
}

/* Wipes the memory.  Writing to all of it would take as long as the hash of a large one,
 * so its pages are given up: the next look at them finds zeros, unless the host does not
 * have them from the system alone, which the first and the last byte tell. */
static void wipe(char *at, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    char *from = (char *)(((uintptr_t)at + page - 1) & ~(page - 1));
    char *to = (char *)(((uintptr_t)at + size) & ~(page - 1));
    if (to > from) {
        volatile char *first = from, *last = to - 1;
        *first = *last = 1;
        if (madvise(from, (size_t)(to - from), MADV_DONTNEED) == 0 && !*first
            && !*last) {
            OPENSSL_cleanse(at, (size_t)(from - at));
            OPENSSL_cleanse(to, (size_t)(at + size - to));
            return;
        }
    }
    OPENSSL_cleanse(at, size);
}

/* Waits for the thread, or ends it. */
static fg_status job_finish(fg_vm *vm, job *j)
{
    struct pollfd p = { .fd = j->done, .events = POLLIN };
    bool ready = false;
    fg_status s = FG_OK;
    while (s == FG_OK && !ready) {
        s = fg_wait_fds(vm, &p, 1, fg_now_ns() + TURN_NS, &ready);
        count_time(vm, j, time_so_far(j));
    }
    if (s != FG_OK)
        pthread_cancel(j->thread);
    pthread_join(j->thread, NULL);
    if (s != FG_OK) /* else Argon2 has wiped it */
        wipe(j->memory, j->size);
    count_time(vm, j, j->worked);
    close(j->done);
    return s;
}

/* ---- one hash ------------------------------------------------------------------------ */

/* Inside the gate. */
static fg_status compute(fg_vm *vm, const char *name, fg_slice password, hashing *h)
{
    size_t size = (size_t)h->cost[MEMORY] << 10;
    vm->heap.want_gc |= size > fg_heap_left(&vm->heap); /* garbage may be in the way */
    FG_TRY(fg_tick(vm, FG_SLICE_POLLS + h->cost[MEMORY] * h->cost[PASSES] * UNITS));
    if (size > fg_heap_left(&vm->heap)) {
        fg_raise(vm, FG_E_RUNTIME,
                 "%s takes %u KiB of memory, more than the limit leaves", name,
                 h->cost[MEMORY]);
        return fg_hint(vm, "raise the memory limit, or hash with {memory: …} KiB");
    }
    void *memory = fg_memory_take(vm, size);
    if (!memory)
        return FG_NOMEM;
    job j;
    job_init(&j, password, h, memory, size);
    int error = job_start(&j);
    fg_status s =
        error ? fg_raise(vm, FG_E_RUNTIME, "%s cannot have a thread to compute in: %s",
                         name, strerror(error))
              : job_finish(vm, &j);
    if (s == FG_OK && !j.made)
        s = fg_raise(vm, FG_E_RUNTIME, "%s failed", name);
    fg_memory_give(vm, memory, size);
    return s;
}

typedef struct state {
    fg_resource resource;
    fg_gate gate;
} state;

static void state_end(fg_vm *vm, fg_resource *r)
{
    fg_memory_give(vm, r, sizeof(state));
}

/* The password is an argument, so it stays alive; that it is held keeps other tasks from
 * appending to it. */
static fg_status hash(fg_vm *vm, const char *name, const fg_value *password, hashing *h)
{
    state *s = fg_state(vm, sizeof *s, state_end);
    if (!s)
        return FG_NOMEM;
    fg_retain(password);
    fg_status status = fg_gate_enter(vm, &s->gate);
    if (status == FG_OK) {
        status = compute(vm, name, fg_string_slice(password->as.str), h);
        fg_gate_leave(vm, &s->gate);
    }
    fg_release(password);
    return status == FG_OK ? fg_tick(vm, FG_SLICE_POLLS) : status;
}

/* ---- hash_password -------------------------------------------------------------- */

static fg_status read_costs(fg_vm *vm, fg_value options, hashing *h)
{
    static const char name[] = "crypto.hash_password()";
    if (!fg_is_null(options) && !fg_is(options, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "%s options must be an object, got %s", name,
                        fg_type_name(&options));
    for (int i = 0; i < NCOSTS; i++) {
        fg_value v = fg_option(options, costs[i].option);
        if (fg_is_null(v))
            v = fg_int(costs[i].usual);
        if (!fg_is_int(v) || v.as.i < costs[i].least || v.as.i > costs[i].most)
            return fg_raise(vm, FG_E_RUNTIME,
                            "%s option '%s' must be an integer from %u to %u", name,
                            costs[i].option, costs[i].least, costs[i].most);
        h->cost[i] = (uint32_t)v.as.i;
    }
    if ((uint64_t)h->cost[MEMORY] * h->cost[PASSES] > WORK_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s takes at most %u KiB times passes", name,
                        WORK_MAX);
    return FG_OK;
}

static void put_base64(fg_bytes *b, const uint8_t *p, uint32_t n)
{
    uint32_t length = (uint32_t)fg_base64_length(n, 0);
    char *at = fg_bytes_room(b, length + 1);
    if (!at)
        return;
    *at = '$';
    fg_base64_encode(at + 1, p, n, 0);
    b->n += length + 1;
}

fg_status fg_crypto_hash_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.hash_password()";
    fg_value password = fg_arg(argc, argv, 0);
    hashing h = { .nsalt = SALT, .nhash = HASH };
    fg_bytes b;
    if (!fg_is_string(password))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires a string", name);
    if (password.as.str->len > PASSWORD_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s takes at most %u bytes", name,
                        PASSWORD_MAX);
    FG_TRY(read_costs(vm, fg_arg(argc, argv, 1), &h));
    FG_TRY(fg_random_secret(vm, name, h.salt, SALT));
    FG_TRY(hash(vm, name, &password, &h));
    fg_begin_text(vm, &b);
    fg_bytes_fmt(&b, "$argon2id$v=19$m=%u,t=%u,p=%u", h.cost[MEMORY], h.cost[PASSES],
                 h.cost[LANES]);
    put_base64(&b, h.salt, SALT);
    put_base64(&b, h.hash, HASH);
    return fg_take_bytes(vm, &b, out);
}

/* ---- verify_password ------------------------------------------------------------ */

/* Takes what the text begins with off it. */
static bool skip(fg_slice *rest, fg_slice text)
{
    if (rest->n < text.n || !fg_slice_eq(fg_slice_of(rest->p, text.n), text))
        return false;
    *rest = fg_slice_of(rest->p + text.n, rest->n - text.n);
    return true;
}

/* Takes the text up to `end`, and that, off the rest; all of it without an `end`. */
static fg_slice take_field(fg_slice *rest, char end)
{
    const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
    fg_slice field = { rest->p, at ? (uint32_t)(at - rest->p) : rest->n };
    uint32_t used = field.n + (at != NULL);
    *rest = (fg_slice){ rest->p + used, rest->n - used };
    return field;
}

static bool read_cost(fg_slice field, char letter, uint32_t *out)
{
    int64_t n;
    if (field.n < 3 || field.n > 9 || field.p[0] != letter || field.p[1] != '=')
        return false;
    field = fg_slice_of(field.p + 2, field.n - 2);
    if (field.p[0] < '1' || field.p[0] > '9' || !fg_int_parse(field, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

/* Decodes at least `least` bytes, at most 64. */
static bool read_bytes(fg_slice field, uint32_t least, uint8_t *at, uint32_t *n)
{
    char bytes[96], why[FG_BASE64_WHY];
    if (fg_base64_room(field.n) > sizeof bytes
        || !fg_base64_decode(field, 0, bytes, n, why) || *n < least || *n > 64)
        return false;
    memcpy(at, bytes, *n);
    return true;
}

/* False if the text is no Argon2id hash, or one that costs more than is allowed. */
static bool read_hash(fg_slice rest, hashing *h)
{
    if (!skip(&rest, FG_SLICE("$argon2id$v=19$")))
        return false;
    for (int i = 0; i < NCOSTS; i++)
        if (!read_cost(take_field(&rest, i + 1 < NCOSTS ? ',' : '$'), costs[i].letter,
                       &h->cost[i])
            || h->cost[i] > costs[i].most)
            return false;
    return h->cost[MEMORY] >= 8 * h->cost[LANES]
           && h->cost[MEMORY] * h->cost[PASSES] <= WORK_MAX
           && read_bytes(take_field(&rest, '$'), ARGON2_MIN_SALT_LENGTH, h->salt,
                         &h->nsalt)
           && read_bytes(rest, 16, h->hash, &h->nhash);
}

fg_status fg_crypto_verify_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.verify_password()";
    fg_value password = fg_arg(argc, argv, 0), text = fg_arg(argc, argv, 1);
    hashing h, again;
    if (!fg_is_string(password) || !fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires (password, hash) strings", name);
    if (password.as.str->len > PASSWORD_MAX
        || !read_hash(fg_string_slice(text.as.str), &h))
        return fg_give(out, fg_bool(false));
    again = h;
    FG_TRY(hash(vm, name, &password, &again));
    bool same = CRYPTO_memcmp(h.hash, again.hash, h.nhash) == 0;
    return fg_give(out, fg_bool(same));
}

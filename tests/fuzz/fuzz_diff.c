// SPDX-License-Identifier: Apache-2.0
/* One program, run in ways that must not make a difference:
 *
 * - as a page in a fork;
 * - the same with a collection at nearly every safepoint, each followed by the audit of
 *   the uniqueness counts;
 * - frozen: what stands before a line that starts with FUZZ_MARKER runs when the template
 *   is built, what stands behind it becomes a function that is called in two forks.  That
 *   is compared with the same text, and a call of the function, run as a page.
 *
 * Output, status and report must be the same.  The clock stands still but for waits, and
 * random numbers are no random ones (the linker is told to take the functions of this
 * file).  What ends by a limit is not compared: when it is noticed may differ. */
#define _GNU_SOURCE /* memmem */
#include "include/forge.h"
#include "base/heap.h"
#include "mutate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);
ssize_t __wrap_getrandom(void *at, size_t n, unsigned flags);

/* ---- time and chance ----------------------------------------------------------------- */

#define START_NS 1700000000000000000ull

static uint64_t clock_ns;
static unsigned randoms; /* times that random numbers were asked for */

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
    (void)clock;
    t->tv_sec = (time_t)(clock_ns / 1000000000u);
    t->tv_nsec = (long)(clock_ns % 1000000000u);
    return 0;
}

int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)left;
    clock_ns += (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
    return 0;
}

ssize_t __wrap_getrandom(void *at, size_t n, unsigned flags)
{
    (void)flags;
    memset(at, 0x5a, n);
    randoms++;
    return (ssize_t)n;
}

/* ---- runs ------------------------------------------------------------------------------ */

#define OUTPUT 16384u
#define TEXT 1024u
#define DEPTH 200u

static const forge_limits limits = {
    .memory = 2u << 20,
    .fuel = 60000,
    .depth = DEPTH,
    .output = OUTPUT,
    .wall_us = 20000000,
};

/* What can be seen of a run. */
typedef struct outcome {
    forge_status status;
    bool built; /* the template was made: what follows is about the run in a fork */
    int exit_code;
    uint32_t line;
    char message[TEXT];
    char out[OUTPUT];
    size_t n;
    size_t memory;
    uint64_t fuel;
} outcome;

static int keep(void *ctx, const char *text, size_t n)
{
    outcome *o = ctx;
    if (n > OUTPUT - o->n)
        n = OUTPUT - o->n;
    memcpy(o->out + o->n, text, n);
    o->n += n;
    return 0;
}

static void keep_err(void *ctx, const char *text, size_t n) { keep(ctx, text, n); }

static void note(outcome *o, const forge_report *r)
{
    if (!r)
        abort(); /* every failure has a report */
    o->line = r->place.line;
    snprintf(o->message, sizeof o->message, "%s: %s", r->kind, r->message);
}

static forge_template *build(const char *source, size_t n, bool page,
                             const forge_limits *l, outcome *o)
{
    forge_template *t = NULL;
    forge_error *e = NULL;
    forge_build b = { .file = "fuzz.fg",
                      .source = source,
                      .source_len = n,
                      .page = page,
                      .limits = *l,
                      .env = { .write = keep, .write_err = keep_err, .ctx = o },
                      .region_size = 8u << 20 };
    o->n = 0;
    o->message[0] = '\0';
    o->line = 0;
    o->exit_code = 0;
    o->status = forge_build_template(&b, &t, &e);
    o->built = o->status == FORGE_OK;
    if (!o->built)
        note(o, forge_error_report(e));
    forge_error_free(e);
    return t;
}

/* Runs a page, or after(). */
static void use(forge_template *t, const forge_limits *l, outcome *o)
{
    forge_fork *f;
    forge_env env = { .write = keep, .write_err = keep_err, .ctx = o };
    if (forge_fork_begin(t, NULL, l, &env, &f) != FORGE_OK)
        abort();
    o->status = forge_is_page(t) ? forge_run(f) : forge_call(f, "after", NULL, 0, NULL);
    o->exit_code = o->status == FORGE_EXIT ? forge_exit_code(f) : 0;
    if (o->status != FORGE_OK && o->status != FORGE_EXIT)
        note(o, forge_fork_report(f));
    o->memory = forge_fork_memory(f);
    o->fuel = forge_fork_fuel(f);
    forge_fork_end(f);
}

/* Runs the text as a page. */
static void run_page(const char *source, size_t n, const forge_limits *l, outcome *o)
{
    clock_ns = START_NS;
    randoms = 0;
    forge_template *t = build(source, n, true, l, o);
    if (t)
        use(t, l, o);
    forge_template_free(t);
}

/* ---- comparing ----------------------------------------------------------------------------- */

static bool by_limit(const outcome *o)
{
    return o->status != FORGE_OK && o->status != FORGE_ERROR && o->status != FORGE_EXIT;
}

static void show(const char *name, const outcome *o)
{
    fprintf(stderr, "%s: status %d, exit code %d, line %u, %s\n%.*s\n", name,
            (int)o->status, o->exit_code, (unsigned)o->line, o->message, (int)o->n,
            o->out);
}

static bool agree(const outcome *a, const outcome *b)
{
    if (by_limit(a) || by_limit(b))
        return true;
    return a->status == b->status && a->exit_code == b->exit_code && a->line == b->line
           && a->n == b->n && memcmp(a->out, b->out, a->n) == 0
           && strcmp(a->message, b->message) == 0;
}

/* Dies unless both are the same. */
static void same(const char *one, const outcome *a, const char *other, const outcome *b)
{
    if (agree(a, b))
        return;
    show(one, a);
    show(other, b);
    abort();
}

static bool contains(const char *text, size_t n, const char *word)
{
    return memmem(text, n, word, strlen(word)) != NULL;
}

/* ---- the ways ------------------------------------------------------------------------------- */

static outcome plain, other, again;

/* What one sees of the heap's size or of when a poll comes. */
static bool sees_polls(const char *source, size_t n)
{
    return contains(source, n, "timeout") && contains(source, n, "while");
}

/* Polls between two collections, so that a run with much memory or work does not take
 * for ever. */
static uint32_t stress_of(const outcome *o)
{
    uint64_t cost = o->fuel * (o->memory / 65536 + 1);
    return (uint32_t)(FG_STRESS_POLLS + cost / 20000);
}

static void diff_stress(const char *source, size_t n)
{
    if (sees_polls(source, n))
        return;
    fg_gc_stress = stress_of(&plain);
    run_page(source, n, &limits, &other);
    fg_gc_stress = 0;
    same("plain", &plain, "stressed", &other);
}

/* The text with what stands behind the marker as a function, and `end` behind it; NULL:
 * there is no marker. */
static char *wrapped(const char *source, size_t n, const char *end, size_t *size)
{
    const char *at =
        n ? memmem(source, n, "\n" FUZZ_MARKER, strlen(FUZZ_MARKER) + 1) : NULL;
    if (!at)
        return NULL;
    const char *rest = memchr(at + 1, '\n', n - (size_t)(at + 1 - source));
    if (!rest)
        return NULL;
    char *text = malloc(n + strlen(end) + 64);
    if (!text)
        abort();
    *size = (size_t)sprintf(text, "%.*s\nfn after() {%.*s\n}\nsay \"@@\"\n%s",
                            (int)(at - source), source,
                            (int)(n - (size_t)(rest - source)), rest, end);
    return text;
}

/* What has a life beyond the top level is another in a fork: tasks end with the run that
 * started them, and what is deferred runs when it ends. */
static bool outlives(const char *source, size_t n)
{
    static const char *const words[] = { "spawn", "schedule", "watch", "defer",
                                         "after" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (contains(source, n, words[i]))
            return true;
    return randoms > 0;
}

/* The message about too many calls says how many are allowed. */
static bool tells_depth(const outcome *o)
{
    return contains(o->out, o->n, "frames)") || strstr(o->message, "frames)");
}

static void diff_frozen(const char *source, size_t n)
{
    size_t size;
    char *text = wrapped(source, n, "", &size);
    if (!text)
        return;
    const char *marker = memmem(source, n, "\n" FUZZ_MARKER, strlen(FUZZ_MARKER) + 1);
    clock_ns = START_NS;
    randoms = 0;
    forge_template *t = build(text, size, false, &limits, &other);
    free(text);
    bool skip =
        outlives(source, (size_t)(marker - source))
        || (other.built && (other.n < 3 || memcmp(other.out + other.n - 3, "@@\n", 3)))
        || (!other.built && strstr(other.message, "cannot keep a "));
    if (t) {
        uint64_t sum = forge_template_checksum(t), from = clock_ns;
        again = other;
        use(t, &limits, &other);
        clock_ns = from;
        use(t, &limits, &again);
        if (forge_template_checksum(t) != sum)
            abort();
        skip |= randoms > 0;
        if (!skip)
            same("a fork", &other, "another fork", &again);
        forge_template_free(t);
    }
    if (skip)
        return;
    if (tells_depth(&other) || tells_depth(&again))
        return;
    text = wrapped(source, n, "after()\n", &size);
    run_page(text, size, &limits, &plain);
    if (!agree(&plain, &other)) { /* the call of after() counts, but not in tasks */
        forge_limits deeper = limits;
        deeper.depth++;
        run_page(text, size, &deeper, &plain);
    }
    free(text);
    if (!other.built && plain.status == FORGE_EXIT)
        return; /* reported as an error */
    same("plain", &plain, "frozen", &other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *source = (const char *)data;
    if (memchr(data, 0, size))
        return 0;
    run_page(source, size, &limits, &plain);
    if (!plain.built)
        return 0;
    fuzz_remember(data, size);
    if (!by_limit(&plain))
        diff_stress(source, size);
    diff_frozen(source, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    return fuzz_mutate_or(data, size, max, seed, LLVMFuzzerMutate);
}

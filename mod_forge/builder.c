// SPDX-License-Identifier: Apache-2.0
/* The builder process: memory, process, report.
 *
 * The parent trusts nothing that comes back: the report has a fixed size, its texts
 * are only ever logged, its bits stand for libraries that the engine knows, and the region
 * is never read here.  A region whose builder still has it mapped for writing cannot be
 * sealed and is thrown away. */
#include "builder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_listen.h"
#include "apr_strings.h"
#include "apr_time.h"
#include "import.h"
#include "log.h"
#include "mpm_common.h"
#include "program.h"
#include "site.h"
#include "source.h"

/* What a builder may take beyond its limit before it is killed. */
#define GRACE apr_time_from_sec(2)

/* What the builder writes into the pipe, once. */
typedef struct letter {
    int built, background;
    uint32_t libraries; /* that the program needs */
    uint32_t line, column;
    char file[1024], kind[64], message[1024], text[8192];
} letter;

/* ---- in the builder -------------------------------------------------------------- */

static void put(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static void write_report(letter *l, const forge_report *r)
{
    l->line = r->place.line;
    l->column = r->place.column;
    put(l->file, sizeof l->file, r->place.file);
    put(l->kind, sizeof l->kind, r->kind);
    put(l->message, sizeof l->message, r->message);
    put(l->text, sizeof l->text, r->text);
}

static void write_fault(letter *l, const char *file, const char *message)
{
    forge_report r = { .message = message, .kind = "FileError" };
    r.place.file = file;
    write_report(l, &r);
}

typedef struct checked {
    const char *file;
    mf_program *broken; /* its routes conflict */
} checked;

static void check_routes(void *ctx, const forge_route *routes, uint32_t n)
{
    checked *c = ctx;
    c->broken = mf_program_of_routes(routes, n, c->file);
}

static void check(const mf_build *b, const char *source, size_t n,
                  const forge_loader *loader, letter *l)
{
    forge_error *e = NULL;
    checked c = { .file = b->file };
    forge_status s =
        forge_check_routes(b->file, source, n, loader, check_routes, &c, &e);
    l->built = s == FORGE_OK && !c.broken;
    if (e)
        write_report(l, forge_error_report(e));
    else if (c.broken)
        write_report(l, &c.broken->report);
}

typedef struct talk {
    server_rec *server;
    mf_log_quota quota;
} talk;

static void on_log(void *ctx, forge_level level, const char *file, uint32_t line,
                   const char *text, size_t n)
{
    talk *t = ctx;
    mf_log_server_message(t->server, level, file, line, text, n, &t->quota);
}

/* What the top level is given: the same as requests. */
static int give(apr_pool_t *pool, const mf_build *b, const struct stat *state, talk *t,
                forge_env *env)
{
    mf_tenant tenant = { .server = t->server, .dir = b->dir, .file = b->file };
    tenant.state = state;
    tenant.root = b->root;
    *env = (forge_env){ .log = on_log, .ctx = t };
    env->capabilities = mf_hosting_rights(&b->dir->hosting);
    env->site = mf_root_fits(&tenant) ? mf_site_make(pool, &tenant) : NULL;
    return env->site != NULL;
}

static void build(const mf_build *b, const forge_env *env, const char *source, size_t n,
                  const forge_loader *loader, void *region, letter *l)
{
    forge_template *t = NULL;
    forge_error *e = NULL;
    forge_build fb = { .file = b->file, .source = source, .source_len = n };
    fb.auto_page = 1;
    fb.limits = b->limits;
    fb.env = *env;
    fb.loader = loader;
    fb.region = region;
    fb.region_size = MF_REGION_SIZE;
    if (forge_build_template(&fb, &t, &e) != FORGE_OK) {
        if (e)
            write_report(l, forge_error_report(e));
        else
            write_fault(l, b->file, "no memory to build it");
        return;
    }
    /* Conflicting routes are found here, where there is a parent to tell. */
    mf_program *p = mf_program_of(t, b->file);
    l->built = p && p->tmpl;
    l->libraries = forge_libraries();
    l->background = l->built && forge_has_background(p->tmpl);
    if (p && !p->tmpl)
        write_report(l, &p->report);
}

static void restrict_process(const mf_build *b)
{
    rlim_t seconds = (rlim_t)(b->limits.wall_us / 1000000 + 2);
    struct rlimit cpu = { seconds, seconds }, none = { 0, 0 };
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_CORE, &none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
}

/* Builds a program whose source was read. */
static void build_hosted(apr_pool_t *pool, server_rec *s, const mf_build *b,
                         const struct stat *state, const char *source, size_t n,
                         const forge_loader *loader, void *region, letter *l)
{
    talk t = { .server = s, .quota.most = mf_limit_of(b->dir, MF_MAX_LOG) };
    forge_env env;
    if (give(pool, b, state, &t, &env)) {
        build(b, &env, source, n, loader, region, l);
        mf_log_server_quota_end(s, &t.quota);
    } else {
        write_fault(l, b->file,
                    apr_pstrcat(pool, "cannot use the directory for its files: ",
                                strerror(errno), NULL));
    }
}

/* What the builder is for. */
static void work(apr_pool_t *pool, server_rec *s, const mf_build *b, void *region,
                 letter *l)
{
    struct stat state;
    mf_imports *imports;
    size_t n = 0;
    char *source = mf_source_read(b->file, &state, &n);
    if (!source || !(imports = mf_imports_new(b->file, &state)))
        write_fault(l, b->file,
                    apr_pstrcat(pool, "cannot read it: ", strerror(errno), NULL));
    else if (b->check_only)
        check(b, source, n, mf_imports_loader(imports), l);
    else
        build_hosted(pool, s, b, &state, source, n, mf_imports_loader(imports), region,
                     l);
}

/* The life of the builder process. */
__attribute__((noreturn)) static void be_builder(apr_pool_t *pool, server_rec *s,
                                                 const mf_build *b, void *region,
                                                 int out)
{
    letter *l = calloc(1, sizeof *l);
    if (!l)
        _exit(1);
    ap_close_listeners();
    restrict_process(b);
    if (geteuid() == 0 && (ap_run_drop_privileges(pool, s) != OK || geteuid() == 0))
        write_fault(l, b->file, "cannot drop privileges: set User to someone but root");
    else
        work(pool, s, b, region, l);
    ssize_t sent = write(out, l, sizeof *l);
    _exit(sent == (ssize_t)sizeof *l ? 0 : 1);
}

/* ---- in the parent --------------------------------------------------------------- */

static mf_build_outcome refuse(mf_build *b, const char *step)
{
    b->rv = errno;
    b->step = step;
    return MF_BUILD_IMPOSSIBLE;
}

/* Reads the letter until `end`; returns the bytes read. */
static size_t read_letter(int fd, letter *l, apr_time_t end)
{
    size_t n = 0;
    while (n < sizeof *l) {
        apr_time_t left = end - apr_time_now();
        struct pollfd p = { fd, POLLIN, 0 };
        if (left <= 0)
            break;
        if (poll(&p, 1, (int)apr_time_as_msec(left) + 1) <= 0)
            continue;
        ssize_t got = read(fd, (char *)l + n, sizeof *l - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* Waits for the process until `end`, then kills it.  Returns 1 if it was killed. */
static int reap(pid_t pid, apr_time_t end)
{
    int status, late = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (!late && apr_time_now() >= end) {
            kill(pid, SIGKILL);
            late = 1;
        }
        apr_sleep(200);
    }
    return late;
}

static void take_report(apr_pool_t *pool, mf_build *b, letter *l)
{
    l->file[sizeof l->file - 1] = l->kind[sizeof l->kind - 1] = '\0';
    l->message[sizeof l->message - 1] = l->text[sizeof l->text - 1] = '\0';
    b->report.message = apr_pstrdup(pool, l->message);
    b->report.kind = apr_pstrdup(pool, l->kind);
    b->report.text = apr_pstrdup(pool, l->text);
    b->report.place.file = apr_pstrdup(pool, l->file[0] ? l->file : b->file);
    b->report.place.line = l->line;
    b->report.place.column = l->column;
}

/* Forks a builder that fills `region` and waits for its letter. */
static mf_build_outcome run_process(apr_pool_t *pool, server_rec *s, mf_build *b,
                                    void *region)
{
    int ends[2];
    letter *l = apr_pcalloc(pool, sizeof *l);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return refuse(b, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_builder(pool, s, b, region, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return refuse(b, "fork");
    }
    apr_time_t end = apr_time_now() + (apr_time_t)b->limits.wall_us + GRACE;
    size_t n = read_letter(ends[0], l, end);
    close(ends[0]);
    int late = reap(pid, end);
    if (n < sizeof *l)
        return late ? MF_BUILD_TOO_LATE : MF_BUILD_CRASHED;
    b->background = l->background;
    if (l->built) {
        if (!b->check_only)
            forge_load_libraries(l->libraries); /* children share them */
        return MF_BUILT;
    }
    take_report(pool, b, l);
    return MF_BUILD_FAILED;
}

static apr_status_t unmap_region(void *region)
{
    munmap(region, MF_REGION_SIZE);
    return APR_SUCCESS;
}

/* Makes the memory unwritable for ever and maps it where the builder had it. */
static mf_build_outcome seal(apr_pool_t *pool, mf_build *b, int fd, void *region)
{
    int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (fcntl(fd, F_ADD_SEALS, seals) != 0)
        return refuse(b, "seal the template");
    void *at = mmap(region, MF_REGION_SIZE, PROT_READ,
                    MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd, 0);
    if (at == MAP_FAILED)
        return refuse(b, "map the template");
    if (at != region) {
        munmap(at, MF_REGION_SIZE);
        errno = EEXIST;
        return refuse(b, "map the template at its address");
    }
    apr_pool_cleanup_register(pool, region, unmap_region, apr_pool_cleanup_null);
    b->region = region;
    return MF_BUILT;
}

mf_build_outcome mf_builder_run(apr_pool_t *pool, server_rec *s, mf_build *b)
{
    if (b->check_only)
        return run_process(pool, s, b, NULL);
    int fd = memfd_create("forge-template", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return refuse(b, "memfd_create");
    mf_build_outcome outcome;
    void *region = MAP_FAILED;
    if (ftruncate(fd, (off_t)MF_REGION_SIZE) == 0)
        region = mmap(NULL, MF_REGION_SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (region == MAP_FAILED) {
        outcome = refuse(b, "reserve memory for the template");
    } else {
        outcome = run_process(pool, s, b, region);
        munmap(region, MF_REGION_SIZE);
        if (outcome == MF_BUILT)
            outcome = seal(pool, b, fd, region);
    }
    close(fd);
    return outcome;
}

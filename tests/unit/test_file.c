// SPDX-License-Identifier: Apache-2.0
/* Files, variables, standard input, log and commands of programs in sites: what a root
 * keeps in, also while links are exchanged; what hosted programs are told; that a
 * cancelled wait ends and leaves nothing behind. */
#define _GNU_SOURCE
#include "prog.h"

#include "lib/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ALL_BUT_EXEC (FORGE_CAP_ALL & ~FORGE_CAP_EXEC)

/* ---- a directory with an inside and an outside ---------------------------------- */

static char base[64]; /* root/ is what programs may see */
static char root[80];

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", base, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_link(const char *to, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", base, name);
    assert_int_equal(symlink(to, path), 0);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", base, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static bool is_there(const char *name)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", base, name);
    return lstat(path, &st) == 0;
}

static int make_place(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(base, sizeof base, "%.40s/forge-file-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(base));
    snprintf(root, sizeof root, "%s/root", base);
    make_folder("root");
    make_folder("root/sub");
    make_folder("secret");
    put("out.txt", "outside");
    put("secret/f", "outside");
    put("root/in.txt", "inside");
    put("root/sub/f", "inside");
    make_link("../out.txt", "root/out");
    make_link("../secret", "root/outdir");
    make_link("/etc", "root/etc");
    make_link("in.txt", "root/in");
    make_link("sub/../in.txt", "root/round");
    make_link("../missing", "root/hole");
    make_link("sub", "root/swapdir");
    return 0;
}

static void remove_all(int dir, const char *name)
{
    if (unlinkat(dir, name, 0) == 0)
        return;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            remove_all(fd, e->d_name);
    if (d)
        closedir(d);
    unlinkat(dir, name, AT_REMOVEDIR);
}

static int drop_place(void **state)
{
    (void)state;
    remove_all(AT_FDCWD, base);
    return 0;
}

static int open_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    closedir(d);
    return n;
}

/* ---- programs in sites ---------------------------------------------------------- */

typedef struct app {
    forge_site *site;
    forge_template *tmpl;
    forge_env env;
} app;

static char printed[4096];
static size_t nprinted;

static int on_write(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    if (nprinted + n < sizeof printed)
        memcpy(printed + nprinted, text, n);
    nprinted += n;
    return 0;
}

static void app_build(app *a, const forge_site_options *o, uint32_t caps,
                      const char *source)
{
    a->site = forge_site_new(o);
    assert_non_null(a->site);
    a->env = (forge_env){ .write = on_write, .capabilities = caps, .site = a->site };
    forge_build b = {
        .file = "app.fg", .source = source, .source_len = strlen(source), .env = a->env
    };
    forge_error *err = NULL;
    if (forge_build_template(&b, &a->tmpl, &err) != FORGE_OK)
        fail_msg("%s", err ? forge_error_report(err)->text : "no template");
}

static void app_free(app *a)
{
    forge_template_free(a->tmpl);
    forge_site_free(a->site);
}

static forge_fork *app_fork(app *a)
{
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(a->tmpl, NULL, NULL, &a->env, &f), FORGE_OK);
    return f;
}

/* Calls f1, f2 … of a program whose functions are the expressions. */
static void expect_each(const forge_site_options *o, uint32_t caps,
                        const char *const (*cases)[2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char source[1024];
        app a;
        snprintf(source, sizeof source,
                 "fn f() { try { return %s } catch e { return e.message } }",
                 cases[i][0]);
        app_build(&a, o, caps, source);
        forge_fork *f = app_fork(&a);
        const char *got = prog_call(f, "f");
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("%s\n gives:    %s\n expected: %s", cases[i][0], got, cases[i][1]);
        forge_fork_end(f);
        app_free(&a);
    }
}

/* ---- what a root keeps in ------------------------------------------------------- */

typedef int opener(int dir, const char *path, int flags, mode_t mode);

static int outcome(opener *open_it, int dir, const char *path, int flags)
{
    int fd = open_it(dir, path, flags, 0600);
    if (fd < 0)
        return errno;
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    return 0;
}

static void opens_beneath(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int flags, open, walk;
    } cases[] = {
        { "in.txt", O_RDONLY, 0, 0 },
        { ".", O_PATH | O_DIRECTORY, 0, 0 },
        { "./sub//../sub/f", O_RDONLY, 0, 0 },
        { "sub/..", O_PATH | O_DIRECTORY, 0, 0 },
        { "sub/", O_RDONLY | O_DIRECTORY, 0, 0 },
        { "none", O_RDONLY, ENOENT, ENOENT },
        { "in.txt/x", O_RDONLY, ENOTDIR, ENOTDIR },
        { "in.txt/", O_RDONLY, ENOTDIR, ENOTDIR },
        { "", O_RDONLY, ENOENT, ENOENT },
        { "..", O_PATH, EXDEV, EXDEV },
        { "../out.txt", O_RDONLY, EXDEV, EXDEV },
        { "sub/../../out.txt", O_RDONLY, EXDEV, EXDEV },
        { "/etc/passwd", O_RDONLY, EXDEV, EXDEV },
        { "out", O_RDONLY, EXDEV, ELOOP },
        { "out", O_PATH, EXDEV, ELOOP },
        { "outdir/f", O_RDONLY, EXDEV, ENOTDIR },
        { "etc/passwd", O_RDONLY, EXDEV, ENOTDIR },
        { "in", O_RDONLY, 0, ELOOP },
        { "round", O_RDONLY, 0, ELOOP },
        { "hole", O_WRONLY | O_CREAT, EXDEV, ELOOP },
        { "fresh", O_WRONLY | O_CREAT | O_EXCL, 0, EEXIST },
    };
    int dir = open(root, O_PATH | O_DIRECTORY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = outcome(fg_open_beneath, dir, cases[i].path, cases[i].flags);
        int walked = outcome(fg_walk_beneath, dir, cases[i].path, cases[i].flags);
        if (got != cases[i].open || walked != cases[i].walk)
            fail_msg("%s: %s, walked: %s", cases[i].path, strerror(got),
                     strerror(walked));
    }
    assert_false(is_there("missing"));
    close(dir);
}

static void root_is_kept(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "fs.read(\"in.txt\")", "inside" },
        { "fs.read(\"in\")", "inside" },
        { "fs.read(\"round\")", "inside" },
        { "fs.read(cwd() + \"/sub/f\")", "inside" },
        { "fs.read(\"out\")", "path 'out' leads out of the application's directory\n"
                              "  hint: paths of this program begin in that directory, "
                              "and links must not lead out of it" },
        { "fs.exists(\"out\")", "false" },
        { "fs.exists(\"../out.txt\")", "false" },
        { "fs.exists(\"/etc/passwd\")", "false" },
        { "fs.exists(\"outdir/f\")", "false" },
        { "fs.exists(cwd())", "true" },
        { "fs.exists(cwd() + \"x\")", "false" },
        { "fs.is_dir(\"etc\")", "false" },
        { "starts_with(try_(fn() { fs.list(\"..\") }), \"path '..' leads out\")",
          "true" },
        { "fs.list(\"sub\")", "[f]" },
        { "fs.size(\"in\")", "6" },
        { "try_(fn() { fs.write(\"hole\", \"x\") })",
          "path 'hole' leads out of the application's directory" },
        { "try_(fn() { fs.write(\"outdir/x\", \"x\") })",
          "path 'outdir/x' leads out of the application's directory" },
        { "try_(fn() { fs.append(\"out\", \"x\") })",
          "path 'out' leads out of the application's directory" },
        { "try_(fn() { fs.mkdir(\"outdir/x/y\") })",
          "path 'outdir/x/y' leads out of the application's directory" },
        { "try_(fn() { fs.mkdir(\"new/../../x\") })",
          "fs.mkdir error: No such file or directory (os error 2)" },
        { "try_(fn() { fs.copy(\"out\", \"x\") })",
          "path 'out' leads out of the application's directory" },
        { "try_(fn() { fs.copy(\"in\", \"../x\") })",
          "path '../x' leads out of the application's directory" },
        { "try_(fn() { fs.rename(\"in.txt\", \"outdir/x\") })",
          "path 'outdir/x' leads out of the application's directory" },
        { "try_(fn() { fs.rename(\"outdir/f\", \"x\") })",
          "path 'outdir/f' leads out of the application's directory" },
        { "try_(fn() { fs.remove(\"outdir/f\") })",
          "path 'outdir/f' leads out of the application's directory" },
        { "try_(fn() { fs.remove(\"\") })",
          "fs.remove error: No such file or directory (os error 2)" },
        { "try_(fn() { fs.remove(\"sub/..\") })",
          "fs.remove error: Invalid argument (os error 22)" },
        { "try_(fn() { fs.remove(cwd()) })",
          "fs.remove error: Invalid argument (os error 22)" },
        { "try_(fn() { path.resolve(\"outdir\") })",
          "path 'outdir' leads out of the application's directory" },
        { "path.resolve(\"round\") == cwd() + \"/in.txt\"", "true" },
        { "path.relative(\"sub\", \"in\")", "../in.txt" },
        { "try_(fn() { env.load(\"../out.txt\") })",
          "env.load() error: path not found" },
        { "[fs.mkdir(\"a/b\"), fs.write(\"a/b/c\", \"x\"), fs.rename(\"a/b/c\", "
          "\"d\"), "
          "fs.read(\"d\"), fs.copy(\"d\", \"a/e\"), fs.list(\"a\")]",
          "[null, null, null, x, 1, [b, e]]" },
        { "[fs.remove(\"a\"), fs.remove(\"out\"), fs.exists(\"a\")]",
          "[null, null, false]" },
        { "fs.temp_dir() == cwd() + \"/tmp\" && fs.is_dir(fs.temp_dir())", "true" },
    };
    forge_site_options o = { .hosted = 1, .root = root };
    char with[sizeof cases / sizeof *cases][640];
    const char *list[sizeof cases / sizeof *cases][2];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *e = cases[i][0];
        snprintf(with[i], sizeof with[i],
                 "[0].map(fn(z) { let try_ = fn(g) { try { g() "
                 "return \"nothing\" } catch x { return "
                 "x.message.lines[0] } } return %s })[0]",
                 e);
        list[i][0] = with[i];
        list[i][1] = cases[i][1];
    }
    int before = open_descriptors();
    expect_each(&o, ALL_BUT_EXEC, list, sizeof cases / sizeof *cases);
    assert_int_equal(open_descriptors(), before);
    assert_false(is_there("missing"));
    assert_false(is_there("x"));
    assert_true(is_there("secret/f"));
}

/* ---- links that are exchanged --------------------------------------------------- */

static atomic_bool swapping;

/* Lets "root/swap" lead inside and outside in turn, and "root/swapdir" too. */
static void *swap(void *arg)
{
    (void)arg;
    char from[2][2][256], to[2][256];
    snprintf(to[0], sizeof to[0], "%s/swap", root);
    snprintf(to[1], sizeof to[1], "%s/swapdir", root);
    for (int i = 0; atomic_load(&swapping); i = !i) {
        snprintf(from[0][i], sizeof from[0][i], "%s/swap-new", root);
        snprintf(from[1][i], sizeof from[1][i], "%s/swapdir-new", root);
        if (symlink(i ? "../out.txt" : "in.txt", from[0][i]) == 0)
            rename(from[0][i], to[0]);
        if (symlink(i ? "../secret" : "sub", from[1][i]) == 0)
            rename(from[1][i], to[1]);
    }
    return NULL;
}

static void *walk(void *arg)
{
    int dir = open(root, O_PATH | O_DIRECTORY);
    while (atomic_load(&swapping)) {
        char text[16] = "";
        int fd = fg_walk_beneath(dir, "swapdir/f", O_RDONLY, 0);
        if (fd >= 0 && read(fd, text, sizeof text) > 0 && text[0] == 'o')
            *(int *)arg = 1;
        if (fd >= 0)
            close(fd);
    }
    close(dir);
    return NULL;
}

static void swapped_links(void **state)
{
    (void)state;
    static const char source[] =
        "fn look(n) {\n"
        "  let mut seen = [0, 0, 0]\n"
        "  for i in range(n) {\n"
        "    for p in [\"swap\", \"swapdir/f\"] {\n"
        "      try {\n"
        "        if fs.read(p) == \"inside\" { seen[0] += 1 } else { seen[1] += 1 }\n"
        "      } catch e { seen[2] += 1 }\n"
        "    }\n"
        "    try { fs.write(\"swapdir/made\", \"x\") } catch e { }\n"
        "    try { fs.append(\"swapdir/added\", \"x\") } catch e { }\n"
        "    try { fs.mkdir(\"swapdir/folder/deep\") } catch e { }\n"
        "    try { fs.copy(\"in.txt\", \"swapdir/copied\") } catch e { }\n"
        "    try { fs.remove(\"swapdir/folder\") } catch e { }\n"
        "  }\n"
        "  return seen\n"
        "}\n"
        "fn go() {\n"
        "  let mut seen = [0, 0, 0]\n"
        "  for i in range(20000) {\n"
        "    let more = look(20)\n"
        "    for k in range(3) { seen[k] += more[k] }\n"
        "    if seen[0] > 50 && seen[2] > 50 && "
        "fs.exists(\"sub/made\") { return seen[1] }\n"
        "  }\n"
        "  return seen\n"
        "}\n";
    app a;
    pthread_t thread, walker;
    int leaked = 0;
    forge_site_options o = { .hosted = 1, .root = root };
    app_build(&a, &o, ALL_BUT_EXEC, source);
    atomic_store(&swapping, true);
    assert_int_equal(pthread_create(&thread, NULL, swap, NULL), 0);
    assert_int_equal(pthread_create(&walker, NULL, walk, &leaked), 0);
    forge_fork *f = app_fork(&a);
    char got[64];
    snprintf(got, sizeof got, "%s", prog_call(f, "go"));
    atomic_store(&swapping, false);
    pthread_join(thread, NULL);
    pthread_join(walker, NULL);
    forge_fork_end(f);
    app_free(&a);
    assert_string_equal(got, "0");
    assert_int_equal(leaked, 0);
    static const char *const made[] = { "made", "added", "folder", "copied" };
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "secret/%s", made[i]);
        assert_false(is_there(name));
    }
    assert_true(is_there("root/sub/made"));
}

/* ---- hosted programs ------------------------------------------------------------ */

static void hosted_facts(void **state)
{
    (void)state;
    static const char *const vars[] = { "KEY=secret", "BAD\xff=x", "=odd", "none",
                                        NULL };
    static const char *const cases[][2] = {
        { "os.hostname()", "localhost" },
        { "[os.cpus(), os.pid(), os.homedir(), os.platform()]", "[1, 1, null, linux]" },
        { "[io.args(), io.args_parse(), io.args_get(\"--x\"), io.args_has(\"-\")]",
          "[[], {  }, null, false]" },
        { "env.all()", "{ \"KEY\": \"secret\" }" },
        { "env.get(\"PATH\", \"none\")", "none" },
        { "cd(\".\")", "cd() is not available in a web server\n  hint: paths begin in "
                       "the application's directory: write them in full" },
        { "input()", "input() is not available in a web server\n  hint: take what you "
                     "need from the request: query, body or headers" },
        { "io.prompt(\"x\")",
          "io.prompt() is not available in a web server\n  hint: take "
          "what you need from the request: query, body or headers" },
        { "which(\"sh\")",
          "permission denied: exec\n  hint: which needs this right: the "
          "administrator of the host grants it" },
        { "sh(\"true\")", "permission denied: exec\n  hint: sh needs this right: the "
                          "administrator of the host grants it" },
    };
    forge_site_options o = { .hosted = 1, .root = root, .vars = vars };
    nprinted = 0;
    expect_each(&o, ALL_BUT_EXEC, cases, sizeof cases / sizeof *cases);
    assert_int_equal(nprinted, 0);
    static const char *const granted[][2] = {
        { "[sh(\"pwd\") == cwd(), sh(\"echo $KEY $HOME\")]", "[true, secret]" },
        { "which(\"/bin/sh\")", "/bin/sh" },
    };
    expect_each(&o, FORGE_CAP_ALL, granted, 2);
    static const char *const none[][2] = {
        { "env.get(\"KEY\")",
          "permission denied: env\n  hint: env.get needs this right: "
          "the administrator of the host grants it" },
        { "fs.read(\"in.txt\")",
          "permission denied: fs.read\n  hint: fs.read needs this "
          "right: the administrator of the host grants it" },
        { "fs.ext(\"a.b\")", "b" },
    };
    expect_each(&o, 0, none, 3);
}

/* What the top level sets is there in every fork, and what a fork sets only there. */
static void forks_of_variables(void **state)
{
    (void)state;
    static const char *const vars[] = { "A=site", "B=site", NULL };
    static const char source[] =
        "env.set(\"A\", \"top\")\n"
        "env.set(\"C\", \"top\")\n"
        "fn get() { return [env.get(\"A\"), env.get(\"B\"), env.get(\"C\"), "
        "env.get(\"D\")] }\n"
        "fn set() { env.set(\"A\", \"fork\")  env.set(\"D\", \"fork\")  return get() "
        "}\n";
    app a;
    forge_site_options o = { .vars = vars };
    app_build(&a, &o, FORGE_CAP_ALL, source);
    uint64_t sum = forge_template_checksum(a.tmpl);
    for (int i = 0; i < 3; i++) {
        forge_fork *f = app_fork(&a);
        prog_expect(f, "get", "[top, site, top, null]");
        prog_expect(f, "set", "[fork, site, top, fork]");
        prog_expect(f, "set", "[fork, site, top, fork]");
        prog_expect(f, "get", "[fork, site, top, fork]");
        forge_fork_end(f);
    }
    assert_true(forge_template_checksum(a.tmpl) == sum);
    assert_null(getenv("D"));
    app_free(&a);
}

typedef struct note {
    forge_level level;
    char file[64], text[256];
    uint32_t line;
    int n;
} note;

static void on_log(void *ctx, forge_level level, const char *file, uint32_t line,
                   const char *text, size_t n)
{
    note *x = ctx;
    x->level = level;
    x->line = line;
    x->n++;
    snprintf(x->file, sizeof x->file, "%s", file);
    snprintf(x->text, sizeof x->text, "%.*s", (int)n, text);
}

static void log_of_the_host(void **state)
{
    (void)state;
    app a;
    note x = { .n = 0 };
    forge_site_options o = { .hosted = 1 };
    app_build(&a, &o, 0, "fn f() {\n  log.debug(\"two\\nlines\", [1])\n}\n");
    a.env.log = on_log;
    a.env.ctx = &x;
    forge_fork *f = app_fork(&a);
    prog_expect(f, "f", "null");
    assert_int_equal(x.n, 1);
    assert_int_equal(x.level, FORGE_LOG_DEBUG);
    assert_string_equal(x.file, "app.fg");
    assert_int_equal(x.line, 2);
    assert_string_equal(x.text, "two\\nlines [1]");
    forge_fork_end(f);
    app_free(&a);
}

/* ---- cancelling ----------------------------------------------------------------- */

static void *cancel_soon(void *fork)
{
    struct timespec t = { 0, 30000000 };
    nanosleep(&t, NULL);
    forge_cancel(fork);
    return NULL;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Every call here would take far longer than anybody waits. */
static const char endless[] =
    "fn lines() { io.prompt(\"?\") }\n"
    "fn rest() { input() }\n"
    "fn two() { await_all([spawn { io.prompt() }, spawn { input() }]) }\n"
    "fn command() { sh(\"sleep 600\") }\n"
    "fn stubborn() { shell(\"trap '' TERM; sleep 600; sleep 600\") }\n"
    "fn family() { sh(\"(trap '' TERM HUP; sleep 600; sleep 600) & (sleep 600) & "
    "exit\") }\n"
    "fn deaf() { pipe_to(repeat_str(\"x\", 1000000), \"sleep 600\") }\n"
    "fn chatty() { sh_ok(\"yes\") }\n"
    "fn words() { run_command(\"sleep 600\") }\n"
    "fn tasks() { squad { spawn { sh(\"sleep 600\") }  spawn { sh(\"sleep 600\") } } "
    "}\n"
    "fn reads() { while true { len(fs.read(\"large\")) } }\n"
    "fn copies() { while true { fs.copy(\"large\", \"larger\") } }\n"
    "fn writes() { let t = repeat_str(\"x\", 50000000)  while true { "
    "fs.write(\"larger\","
    " t) } }\n"
    "fn lists() { while true { fs.list(\".\") } }\n";

static void cancelled(void **state)
{
    (void)state;
    static const char *const names[] = { "lines",    "rest",   "two",   "command",
                                         "stubborn", "family", "deaf",  "chatty",
                                         "words",    "tasks",  "reads", "copies",
                                         "writes",   "lists" };
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    dup2(ends[0], STDIN_FILENO);
    char large[128];
    snprintf(large, sizeof large, "%s/large", root);
    put("root/large", "");
    assert_int_equal(truncate(large, 200 << 20), 0);
    app a;
    forge_site_options o = { .root = root };
    app_build(&a, &o, FORGE_CAP_ALL, endless);
    int before = open_descriptors();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pthread_t thread;
        forge_value v;
        forge_fork *f = app_fork(&a);
        double start = seconds();
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, f), 0);
        assert_int_equal(forge_call(f, names[i], NULL, 0, &v), FORGE_CANCELLED);
        pthread_join(thread, NULL);
        forge_fork_end(f);
        if (seconds() - start > 20)
            fail_msg("%s ends %g s after it was cancelled", names[i],
                     seconds() - start);
        if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
            fail_msg("%s leaves a process behind", names[i]);
    }
    assert_int_equal(open_descriptors(), before);
    app_free(&a);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    close(ends[1]);
}

/* A line that came in pieces, before and after its reader was cancelled, is whole. */
static void lines_in_pieces(void **state)
{
    (void)state;
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    dup2(ends[0], STDIN_FILENO);
    app a;
    forge_site_options o = { 0 };
    app_build(&a, &o, FORGE_CAP_ALL,
              "fn early() { timeout 0.05 seconds { io.prompt() } }\n"
              "fn both() {\n"
              "  let line = spawn { io.prompt() }\n"
              "  let other = spawn { sh(\"echo other\") }\n"
              "  return [await line, await other, io.prompt()]\n"
              "}\n");
    forge_fork *f = app_fork(&a);
    forge_value v;
    assert_int_equal(write(ends[1], "fir", 3), 3);
    assert_int_equal(forge_call(f, "early", NULL, 0, &v), FORGE_ERROR);
    assert_int_equal(write(ends[1], "st\nsecond", 9), 9);
    close(ends[1]);
    prog_expect(f, "both", "[first, other, second]");
    forge_fork_end(f);
    app_free(&a);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
}

/* ---- memory --------------------------------------------------------------------- */

/* Every block that is asked for is refused once; nothing stays open or behind. */
static void no_memory(void **state)
{
    (void)state;
    static const char source[] =
        "fn files() {\n"
        "  fs.mkdir(\"m/n\")\n"
        "  fs.write(\"m/a\", repeat_str(\"x\", 100000))\n"
        "  fs.copy(\"m/a\", \"m/b\")\n"
        "  let n = len(fs.read(\"m/b\")) + len(fs.list(\"m\")) + "
        "len(fs.lines(\"m/a\"))\n"
        "  fs.write_json(\"m/j\", { a: [n] })\n"
        "  let v = fs.read_json(\"m/j\")\n"
        "  fs.remove(\"m\")\n"
        "  return v\n"
        "}\n"
        "fn commands() {\n"
        "  env.set(\"A\", \"1\")\n"
        "  return [sh(\"echo $A\"), pipe_to(repeat_str(\"y\", 90000), \"cat\").ok, "
        "sh_lines(\"echo a\"), len(env.all()) > 0]\n"
        "}\n";
    static const char *const names[] = { "files", "commands" };
    app a;
    forge_site_options o = { .root = root };
    app_build(&a, &o, FORGE_CAP_ALL, source);
    int before = open_descriptors();
    for (size_t i = 0; i < MANY(2, 1); i++) {
        for (uint64_t at = 1;; at++) {
            prog_host h = { .fail_at = at };
            forge_host host = prog_host_of(&h);
            forge_fork *f;
            forge_value v;
            forge_status s = forge_fork_begin(a.tmpl, &host, NULL, &a.env, &f);
            if (s == FORGE_OK) {
                s = forge_call(f, names[i], NULL, 0, &v);
                forge_fork_end(f);
            }
            assert_int_equal(h.bytes, 0);
            if (s == FORGE_OK && h.gets < at)
                break;
            assert_true(s == FORGE_OK || s == FORGE_NOMEM || s == FORGE_LIMIT);
        }
    }
    assert_int_equal(open_descriptors(), before);
    app_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_beneath, make_place, drop_place),
        cmocka_unit_test_setup_teardown(root_is_kept, make_place, drop_place),
        cmocka_unit_test_setup_teardown(swapped_links, make_place, drop_place),
        cmocka_unit_test_setup_teardown(hosted_facts, make_place, drop_place),
        cmocka_unit_test(forks_of_variables),
        cmocka_unit_test(log_of_the_host),
        cmocka_unit_test_setup_teardown(cancelled, make_place, drop_place),
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test_setup_teardown(no_memory, make_place, drop_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

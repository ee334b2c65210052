// SPDX-License-Identifier: Apache-2.0
/* Templates in files, which a site keeps compiled for all its threads: what they see while
 * files are replaced, when files are looked at, what is kept, and where paths may lead.
 * `make check` runs this under the thread sanitizer. */
#define _GNU_SOURCE
#include "prog.h"

#include "api.h"
#include "lib/page_cache.h"
#include "lib/site.h"
#include "run/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS MANY(300, 40)
#define LETTERS 600u
#define NEVER (1ull << 62)

static char root[] = "/tmp/forge-page-XXXXXX";
static fg_site *site;
static prog program;

static const char source[] = "let top = render(\"top.html\", {name: \"<top>\"})\n"
                             "fn at_top() { return top }\n"
                             "fn again() { return render(\"top.html\", {name: 2}) }\n"
                             "fn page(file) {\n"
                             "  try { return render(file, {name: \"<n>\"}) }\n"
                             "  catch e { return e.message.lines()[0] }\n"
                             "}\n";

/* ---- files ---------------------------------------------------------------------- */

/* Puts a file in place, as new as now, or so old that its next change is sure to show. */
static void put_file(const char *name, const char *text, int64_t age)
{
    char fresh[128], path[128];
    snprintf(fresh, sizeof fresh, "%s/.new", root);
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(fresh, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    if (age) {
        struct timespec times[2];
        clock_gettime(CLOCK_REALTIME, &times[0]);
        times[0].tv_sec -= age;
        times[1] = times[0];
        assert_int_equal(utimensat(AT_FDCWD, fresh, times, 0), 0);
    }
    assert_int_equal(rename(fresh, path), 0);
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* ---- forks ---------------------------------------------------------------------- */

static forge_fork *begin_fork(void)
{
    forge_fork *f = NULL;
    const forge_env env = { .capabilities = FORGE_CAP_FS_READ,
                            .site = (forge_site *)site };
    return forge_fork_begin(program.tmpl, NULL, NULL, &env, &f) == FORGE_OK ? f : NULL;
}

/* What page(file) gives in the fork; false: it failed. */
static bool fill(forge_fork *f, const char *file, char *out, size_t size)
{
    forge_value v, name;
    const char *text;
    size_t n;
    if (forge_string(f, file, strlen(file), &name) != FORGE_OK
        || forge_call(f, "page", &name, 1, &v) != FORGE_OK
        || forge_display_text(f, v, &text, &n) != FORGE_OK || n >= size)
        return false;
    memcpy(out, text, n);
    out[n] = '\0';
    return true;
}

/* The same in a fork of its own, until the next call. */
static const char *page(const char *file)
{
    static char text[4096];
    forge_fork *f = begin_fork();
    assert_non_null(f);
    assert_true(fill(f, file, text, sizeof text));
    forge_fork_end(f);
    return text;
}

/* An empty cache. */
static void begin_cache(size_t max_bytes, uint64_t check_ns)
{
    fg_page_cache_drop(&site->pages);
    fg_page_cache_init(&site->pages, max_bytes, check_ns);
}

static uint32_t kept_pages(void)
{
    uint32_t n = 0;
    for (const fg_kept_page *p = site->pages.newest; p; p = p->older, n++)
        assert_int_equal(p->refs, 1);
    return n;
}

/* ---- threads -------------------------------------------------------------------- */

/* A letter many times, the name, and the letter again. */
static void write_letters(char *out, char letter)
{
    memset(out, letter, LETTERS);
    strcpy(out + LETTERS / 2, "{name}");
    memset(out + LETTERS / 2 + 6, letter, LETTERS / 2);
    out[LETTERS + 6] = '\0';
}

/* Is that what one of the letters gives?  Then where it ends. */
static const char *letters_end(const char *text)
{
    static const char name[] = "&lt;n&gt;";
    char letter = text[0];
    for (int half = 0; half < 2; half++) {
        for (uint32_t i = 0; i < LETTERS / 2; i++)
            if (*text++ != letter)
                return NULL;
        if (half == 0 && strncmp(text, name, strlen(name)) != 0)
            return NULL;
        text += half == 0 ? strlen(name) : 0;
    }
    return letter >= 'A' && letter <= 'Z' ? text : NULL;
}

typedef struct worker {
    pthread_t thread;
    uint32_t wrong, filled;
    bool *stop;
    char first[64];
} worker;

static void *fill_pages(void *arg)
{
    worker *w = arg;
    char text[4096];
    while (!__atomic_load_n(w->stop, __ATOMIC_RELAXED) || w->filled == 0) {
        forge_fork *f = begin_fork();
        for (int i = 0; f && i < 5; i++) {
            const char *end = NULL;
            if (fill(f, "letters.html", text, sizeof text) && (end = letters_end(text)))
                end = letters_end(end);
            if ((!end || *end) && w->wrong++ == 0)
                snprintf(w->first, sizeof w->first, "%.63s", text);
            w->filled++;
        }
        forge_fork_end(f);
    }
    return NULL;
}

static void files_are_replaced(void **state)
{
    (void)state;
    char text[LETTERS + 64];
    bool stop = false;
    worker workers[THREADS] = { 0 };
    begin_cache(FG_PAGE_CACHE_BYTES, 0);
    write_letters(text, 'A');
    put_file("part.html", text, 0);
    strcat(text, "{include 'part.html'}");
    put_file("letters.html", text, 0);
    for (int i = 0; i < THREADS; i++) {
        workers[i].stop = &stop;
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, fill_pages, &workers[i]), 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        write_letters(text, (char)('A' + i % 26));
        if (i % 3 == 0) {
            put_file("part.html", text, i % 2 ? 100 + i : 0);
            continue;
        }
        strcat(text, "{include 'part.html'}");
        put_file("letters.html", text, i % 2 ? 100 + i : 0);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        if (workers[i].wrong)
            fail_msg("%u of %u pages are wrong: %s", workers[i].wrong,
                     workers[i].filled, workers[i].first);
    put_file("letters.html", "{name}", 0);
    assert_string_equal(page("letters.html"), "&lt;n&gt;");
    assert_int_equal(kept_pages(), 1);
}

/* ---- when files are looked at --------------------------------------------------- */

static void changes_are_noticed(void **state)
{
    (void)state;
    begin_cache(FG_PAGE_CACHE_BYTES, 0);
    put_file("a.html", "a {include 'b.html'}", 100);
    put_file("b.html", "b {include 'c.html'}", 100);
    put_file("c.html", "c", 100);
    assert_string_equal(page("a.html"), "a b c");
    const fg_kept_page *first = site->pages.newest;
    assert_string_equal(page("a.html"), "a b c");
    assert_ptr_equal(site->pages.newest, first);
    put_file("c.html", "C", 50);
    assert_string_equal(page("a.html"), "a b C");
    put_file("b.html", "B", 50);
    assert_string_equal(page("a.html"), "a B");
    put_file("a.html", "{name", 50);
    assert_string_equal(
        page("a.html"),
        "render error: a.html:1:6: expected '}', but the template ends");
    assert_int_equal(kept_pages(), 0);
    put_file("a.html", "A", 50);
    assert_string_equal(page("a.html"), "A");
    char path[128];
    snprintf(path, sizeof path, "%s/a.html", root);
    assert_int_equal(unlink(path), 0);
    assert_string_equal(page("a.html"),
                        "render error: a.html: No such file or directory (os error 2)");
    assert_int_equal(kept_pages(), 0);
}

/* The same file, of the same size and, as the clock of a file system may tell, changed at
 * the same time. */
static void changes_at_once_are_noticed(void **state)
{
    (void)state;
    char path[128], text[2] = "a";
    struct timespec times[2];
    begin_cache(FG_PAGE_CACHE_BYTES, 0);
    put_file("quick.html", text, 0);
    snprintf(path, sizeof path, "%s/quick.html", root);
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[1] = times[0];
    for (int i = 0; i < 3; i++) {
        text[0] = (char)('a' + i);
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, 1), 1);
        assert_int_equal(close(fd), 0);
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        assert_string_equal(page("quick.html"), text);
    }
}

static void files_are_not_looked_at_all_the_time(void **state)
{
    (void)state;
    begin_cache(FG_PAGE_CACHE_BYTES, NEVER);
    put_file("rare.html", "one", 100);
    assert_string_equal(page("rare.html"), "one");
    put_file("rare.html", "two", 50);
    assert_string_equal(page("rare.html"), "one");
    site->pages.check_ns = 0;
    assert_string_equal(page("rare.html"), "two");
}

static void one_is_told_to_look(void **state)
{
    (void)state;
    bool check;
    fg_page_cache c;
    fg_page_fault fault;
    const fg_page_stamp stamp = { .size = 1 };
    const fg_slice key = FG_SLICE("k");
    fg_page_cache_init(&c, 4096, 1000);
    assert_null(fg_page_cache_find(&c, key, 1, &check));
    fg_page *p =
        fg_page_compile(&fg_host_malloc, 4096, key, FG_SLICE("x"), NULL, &fault);
    assert_non_null(p);
    fg_page_release(fg_page_cache_put(&c, key, p, &stamp, 1, 500));
    static const struct {
        uint64_t now;
        bool check;
    } looks[] = { { 600, false },  { 400, false },  { 1500, true }, { 1501, false },
                  { 1499, false }, { 2499, false }, { 9000, true } };
    for (size_t i = 0; i < FG_COUNT(looks); i++) {
        fg_kept_page *found = fg_page_cache_find(&c, key, looks[i].now, &check);
        assert_ptr_equal(found->page, p);
        assert_int_equal(check, looks[i].check);
        fg_page_release(found);
    }
    fg_page_cache_drop(&c);
}

/* ---- what is kept --------------------------------------------------------------- */

static void what_is_used_stays(void **state)
{
    (void)state;
    char name[32], text[LETTERS + 64], *long_text = malloc(40000);
    begin_cache(FG_PAGE_CACHE_BYTES, NEVER);
    write_letters(text, 'K');
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "keep%d.html", i);
        put_file(name, text, 100);
    }
    page("keep0.html");
    size_t one = site->pages.bytes;
    begin_cache(4 * one, NEVER);
    for (int i = 1; i < 10; i++) {
        snprintf(name, sizeof name, "keep%d.html", i);
        page("keep0.html");
        page(name);
        assert_true(site->pages.bytes <= site->pages.max_bytes);
    }
    assert_int_equal(kept_pages(), 4);
    static const char *const left[] = { "keep9.html", "keep0.html", "keep8.html",
                                        "keep7.html" };
    const fg_kept_page *p = site->pages.newest;
    for (size_t i = 0; i < FG_COUNT(left); i++, p = p->older)
        assert_true(fg_slice_eq(fg_slice_of(p->key, p->nkey), fg_slice_str(left[i])));
    /* one that is larger than all is filled, but not kept */
    assert_non_null(long_text);
    memset(long_text, ' ', 39999);
    long_text[39999] = '\0';
    memcpy(long_text, "{# ", 3);
    memcpy(long_text + 39996, " #}", 3);
    put_file("large.html", long_text, 100);
    free(long_text);
    assert_string_equal(page("large.html"), "");
    assert_int_equal(kept_pages(), 4);
}

/* Whoever fills a template has it until the end, whatever becomes of the cache. */
static void a_render_keeps_its_page(void **state)
{
    (void)state;
    bool check;
    fg_bytes out;
    const fg_slice key = FG_SLICE("hold.html");
    const fg_value nothing = fg_null();
    begin_cache(FG_PAGE_CACHE_BYTES, NEVER);
    put_file("hold.html", "old", 100);
    assert_string_equal(page("hold.html"), "old");
    fg_kept_page *held = fg_page_cache_find(&site->pages, key, fg_now_ns(), &check);
    assert_non_null(held);
    put_file("hold.html", "new", 50);
    site->pages.check_ns = 0;
    assert_string_equal(page("hold.html"), "new");
    assert_int_equal(kept_pages(), 1);
    assert_false(held->kept);
    fg_page_cache_forget(&site->pages, held); /* is another's by now */
    assert_int_equal(kept_pages(), 1);
    forge_fork *f = begin_fork();
    fg_bytes_init(&out);
    assert_int_equal(fg_page_run(fg_fork_vm(f), held->page, &nothing, &out), FG_OK);
    assert_true(fg_slice_eq(fg_bytes_view(&out), FG_SLICE("old")));
    fg_bytes_drop(&out);
    forge_fork_end(f);
    fg_page_release(held);
}

/* A file is read as far as a template may be long. */
static void long_files_are_refused(void **state)
{
    (void)state;
    char path[128];
    forge_fork *f;
    begin_cache(FG_PAGE_CACHE_BYTES, 0);
    put_file("huge.html", "huge", 0);
    put_file("of_huge.html", " {include 'huge.html'}", 0);
    snprintf(path, sizeof path, "%s/huge.html", root);
    assert_int_equal(truncate(path, (off_t)1 << 40), 0);
    assert_string_equal(page("huge.html"),
                        "render error: huge.html:1:1: the template is "
                        "longer than 2097152 bytes");
    assert_string_equal(page("of_huge.html"),
                        "render error: of_huge.html:1:11: with this file the template "
                        "is longer than 2097152 bytes");
    assert_int_equal(kept_pages(), 0);
    const forge_env env = { .capabilities = FORGE_CAP_FS_READ,
                            .site = (forge_site *)site };
    const forge_limits limits = { .memory = 1 << 20 };
    prog_host counted = { 0 };
    forge_host host = prog_host_of(&counted);
    char text[64];
    assert_int_equal(forge_fork_begin(program.tmpl, &host, &limits, &env, &f),
                     FORGE_OK);
    assert_false(fill(f, "huge.html", text, sizeof text));
    assert_non_null(strstr(forge_fork_report(f)->message, "out of memory"));
    forge_fork_end(f);
    assert_int_equal(counted.bytes, 0);
}

/* ---- where paths lead ----------------------------------------------------------- */

static void make_link(const char *to, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(symlink(to, path), 0);
}

static void nothing_leads_out(void **state)
{
    (void)state;
    char path[128];
    begin_cache(FG_PAGE_CACHE_BYTES, 0);
    make_link("/etc/passwd", "link.html");
    make_link("inside.html", "good.html");
    make_link("/etc", "folder");
    put_file("inside.html", "in {name}", 100);
    assert_string_equal(page("link.html"), "path 'link.html' leads out of the "
                                           "application's directory");
    assert_string_equal(page("../x.html"), "path '../x.html' leads out of the "
                                           "application's directory");
    assert_string_equal(page("/etc/passwd"), "path '/etc/passwd' leads out of the "
                                             "application's directory");
    assert_string_equal(page("good.html"), "in &lt;n&gt;");
    snprintf(path, sizeof path, "%s/inside.html", root);
    assert_string_equal(page(path), "in &lt;n&gt;");
    static const char *const bad[] = { "link.html", "folder/passwd", "../x.html",
                                       "/etc/passwd" };
    for (size_t i = 0; i < FG_COUNT(bad); i++) {
        char text[128], want[256];
        snprintf(text, sizeof text, "{include '%s'}", bad[i]);
        put_file("outer.html", text, 100 + (int64_t)i);
        snprintf(want, sizeof want,
                 "render error: outer.html:1:10: cannot include '%s': path '%s' leads "
                 "out of the application's directory",
                 bad[i], bad[i]);
        assert_string_equal(page("outer.html"), want);
    }
    /* one that is kept is not filled any more once it leads out */
    snprintf(path, sizeof path, "%s/inside.html", root);
    assert_int_equal(unlink(path), 0);
    make_link("/etc/passwd", "inside.html");
    assert_string_equal(page("good.html"), "path 'good.html' leads out of the "
                                           "application's directory");
}

static void a_template_renders_before_its_forks(void **state)
{
    (void)state;
    forge_fork *f = begin_fork();
    prog_expect(f, "at_top", "top &lt;top&gt;");
    prog_expect(f, "again", "top 2");
    forge_fork_end(f);
    const forge_env none = { .site = (forge_site *)site };
    assert_int_equal(forge_fork_begin(program.tmpl, NULL, NULL, &none, &f), FORGE_OK);
    prog_expect(f, "at_top", "top &lt;top&gt;");
    forge_value v;
    assert_int_equal(forge_call(f, "again", NULL, 0, &v), FORGE_ERROR);
    forge_fork_end(f);
}

/* ---- surroundings --------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    const fg_site_options o = { .hosted = true, .root = root };
    site = fg_site_new(&o);
    assert_non_null(site);
    put_file("top.html", "top {name}", 100);
    prog_build_with(
        &program, source,
        &(forge_env){ .capabilities = FORGE_CAP_FS_READ, .site = (forge_site *)site });
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    prog_free(&program);
    fg_site_free(site);
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_renders_before_its_forks),
        cmocka_unit_test(files_are_replaced),
        cmocka_unit_test(changes_are_noticed),
        cmocka_unit_test(changes_at_once_are_noticed),
        cmocka_unit_test(files_are_not_looked_at_all_the_time),
        cmocka_unit_test(one_is_told_to_look),
        cmocka_unit_test(what_is_used_stays),
        cmocka_unit_test(a_render_keeps_its_page),
        cmocka_unit_test(long_files_are_refused),
        cmocka_unit_test(nothing_leads_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

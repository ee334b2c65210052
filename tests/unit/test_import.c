// SPDX-License-Identifier: Apache-2.0
/* Imported files as hosts see them: what is asked of the loader, what becomes of what it
 * answers, and that the state of modules belongs to forks. */
#include "prog.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a loader of texts --------------------------------------------------------------- */

typedef struct text {
    const char *path, *text;
    const char *why; /* refused */
} text;

typedef struct texts {
    const text *at;
    size_t n;
    char asked[4096]; /* paths that were opened, a blank behind each */
    int open;         /* now */
    int closed;
} texts;

static forge_found open_text(void *ctx, const char *path, forge_file *f)
{
    texts *t = ctx;
    size_t used = strlen(t->asked);
    snprintf(t->asked + used, sizeof t->asked - used, "%s ", path);
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->at[i].path, path) != 0)
            continue;
        if (t->at[i].why) {
            snprintf(f->why, sizeof f->why, "%s", t->at[i].why);
            return FORGE_REFUSED;
        }
        f->n = strlen(t->at[i].text);
        char *copy = malloc(f->n + 1); /* the library must not read behind the end */
        memcpy(copy, t->at[i].text, f->n);
        f->text = f->handle = realloc(copy, f->n ? f->n : 1);
        f->id[0] = 7;
        f->id[1] = (uint64_t)(uintptr_t)t->at[i].text;
        t->open++;
        return FORGE_FOUND;
    }
    snprintf(f->why, sizeof f->why, "there is no %s", path);
    return FORGE_MISSING;
}

static void close_text(void *ctx, forge_file *f)
{
    texts *t = ctx;
    assert_int_equal(f->id[0], 7);
    free(f->handle);
    t->open--;
    t->closed++;
}

static forge_status build(const char *file, const char *source, texts *t,
                          forge_template **out, forge_error **err)
{
    forge_loader loader = { open_text, close_text, t };
    forge_build b = { .file = file, .source = source, .source_len = strlen(source) };
    b.loader = t ? &loader : NULL;
    forge_status s = forge_build_template(&b, out, err);
    if (t)
        assert_int_equal(t->open, 0);
    return s;
}

static forge_template *built(const char *file, const char *source, texts *t)
{
    forge_template *tmpl;
    forge_error *err = NULL;
    if (build(file, source, t, &tmpl, &err) != FORGE_OK)
        fail_msg("%s", err ? forge_error_report(err)->text : "no template");
    return tmpl;
}

static void expect(forge_template *tmpl, const char *name, const char *shown)
{
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(tmpl, NULL, NULL, NULL, &f), FORGE_OK);
    prog_expect(f, name, shown);
    forge_fork_end(f);
}

/* The build fails with this message, and with `part` in the report. */
static void refused(const char *source, texts *t, const char *message, const char *part)
{
    forge_template *tmpl;
    forge_error *err = NULL;
    assert_int_equal(build("dir/main.fg", source, t, &tmpl, &err), FORGE_ERROR);
    assert_null(tmpl);
    assert_string_equal(forge_error_report(err)->message, message);
    if (part && !strstr(forge_error_report(err)->text, part))
        fail_msg("%s is not in:\n%s", part, forge_error_report(err)->text);
    forge_error_free(err);
}

#define TEXTS(...)                                                                     \
    {                                                                                  \
        .at = (const text[]){ __VA_ARGS__ },                                           \
        .n = sizeof((const text[]){ __VA_ARGS__ }) / sizeof(text)                      \
    }

/* ---- what is asked -------------------------------------------------------------------- */

static void candidates_in_order(void **state)
{
    (void)state;
    texts none = TEXTS({ "x", "", NULL });
    refused("import \"a/p\"\n", &none,
            "cannot import 'a/p': file not found (checked a/p.fg, "
            "forge_modules/a/p/main.fg)",
            "hint: there is no dir/a/p");
    assert_string_equal(none.asked,
                        "dir/a/p dir/a/p.fg a/p a/p.fg forge_modules/a/p/main.fg "
                        "forge_modules/a/p.fg forge_modules/a/p/src/main.fg "
                        ".forge/packages/a/p/main.fg ");
    texts absolute = TEXTS({ "x", "", NULL });
    refused("import \"/a/p\"\n", &absolute,
            "cannot import '/a/p': file not found (checked /a/p.fg, "
            "forge_modules//a/p/main.fg)",
            NULL);
    assert_string_equal(absolute.asked, "/a/p /a/p.fg ");
    texts last = TEXTS({ ".forge/packages/p/main.fg", "let v = 1\n", NULL });
    forge_template *t = built("main.fg", "import p\nfn f() { return v }\n", &last);
    assert_string_equal(last.asked, "p p.fg forge_modules/p/main.fg forge_modules/p.fg "
                                    "forge_modules/p/src/main.fg "
                                    ".forge/packages/p/main.fg ");
    expect(t, "f", "1");
    forge_template_free(t);
}

static void library_is_not_asked_for(void **state)
{
    (void)state;
    texts none = TEXTS({ "x", "", NULL });
    forge_template_free(
        built("main.fg", "import math\nimport \"ws\"\nimport os\n", &none));
    assert_string_equal(none.asked, "");
}

static void files_are_listed(void **state)
{
    (void)state;
    texts t = TEXTS({ "dir/a.fg", "import \"sub/b\"\nfn a() { return b() }\n", NULL },
                    { "dir/sub/b.fg", "fn b() { return 5 }\n", NULL });
    forge_template *tmpl =
        built("dir/main.fg", "import \"a\"\nimport \"sub/b\"\nimport \"a\"\n", &t);
    assert_int_equal(forge_file_count(tmpl), 3);
    assert_string_equal(forge_file_name(tmpl, 0), "dir/main.fg");
    assert_string_equal(forge_file_name(tmpl, 1), "dir/a.fg");
    assert_string_equal(forge_file_name(tmpl, 2), "dir/sub/b.fg");
    assert_null(forge_file_name(tmpl, 3));
    assert_int_equal(forge_file_count(NULL), 0);
    assert_int_equal(t.closed, 2);
    forge_template_free(tmpl);
}

static void one_file_of_two_names(void **state)
{
    (void)state;
    static const char *const source =
        "let mut n = 0\nfn bump() {\n    n += 1\n    return n\n}\n";
    texts t = TEXTS({ "a.fg", source, NULL }, { "lib/../a.fg", source, NULL });
    forge_template *tmpl = built("main.fg",
                                 "import \"a\"\nlet first = bump\nfirst()\n"
                                 "import \"lib/../a\"\n"
                                 "fn f() { return [first(), bump()] }\n",
                                 &t);
    assert_int_equal(forge_file_count(tmpl), 2);
    assert_int_equal(t.closed, 2);
    expect(tmpl, "f", "[2, 1]");
    forge_template_free(tmpl);
}

/* ---- what goes wrong -------------------------------------------------------------------- */

static void without_a_loader(void **state)
{
    (void)state;
    refused("import \"a\"\n", NULL, "cannot import 'a': files cannot be imported here",
            "hint: the host of this program gives it no files");
    forge_template_free(built("main.fg", "if false { import \"a\" }\n", NULL));
    assert_int_equal(forge_check("main.fg", "import \"a\"\n", 11, NULL, NULL),
                     FORGE_OK);
}

static void refused_file(void **state)
{
    (void)state;
    texts t = TEXTS({ "dir/a.fg", NULL, "Permission denied" });
    refused("import \"a\"\n", &t, "cannot import 'a': dir/a.fg: Permission denied",
            NULL);
}

/* A text that parses but is too much for the compiler. */
static char *large_variant(void)
{
    size_t n = 1000 * 4 + 100;
    char *s = malloc(n), *at = s + sprintf(s, "let a = 1\ntype T = A | B(Int");
    for (int i = 0; i < 1000; i++)
        at += sprintf(at, ",Int");
    strcpy(at, ")\n");
    return s;
}

static void module_that_does_not_compile(void **state)
{
    (void)state;
    char *source = large_variant();
    texts t = TEXTS({ "dir/a.fg", source, NULL });
    refused("import \"a\"\n", &t,
            "import 'a' parse error: a variant has at most 999 values",
            "[dir/a.fg:2:14]");
    forge_template *tmpl =
        built("dir/main.fg",
              "fn f() { return try { import \"a\" } catch e { \"caught\" } }\n", &t);
    expect(tmpl, "f", "caught");
    forge_template_free(tmpl);
    free(source);
}

static void check_looks_at_modules(void **state)
{
    (void)state;
    static const char *const source = "if false { import \"a\" }\n";
    texts t = TEXTS({ "a.fg", "\nlet b = = 1\n", NULL }),
          none = TEXTS({ "x", "", NULL });
    forge_loader loader = { open_text, close_text, &t };
    forge_error *err = NULL;
    assert_int_equal(forge_check("main.fg", source, strlen(source), &loader, &err),
                     FORGE_ERROR);
    assert_string_equal(forge_error_report(err)->place.file, "a.fg");
    assert_int_equal(forge_error_report(err)->place.line, 2);
    assert_int_equal(forge_error_report(err)->place.column, 9);
    forge_error_free(err);
    loader.ctx = &none;
    assert_int_equal(forge_check("main.fg", source, strlen(source), &loader, &err),
                     FORGE_ERROR);
    assert_string_equal(forge_error_report(err)->place.file, "main.fg");
    assert_int_equal(forge_error_report(err)->place.column, 12);
    forge_error_free(err);
}

/* ---- limits ------------------------------------------------------------------------------- */

/* Every file exists and imports the next one. */
static forge_found open_chain(void *ctx, const char *path, forge_file *f)
{
    static char source[64];
    int number = 0;
    if (sscanf(path, "m%d.fg", &number) != 1)
        return FORGE_MISSING;
    ++*(int *)ctx;
    f->id[1] = (uint64_t)number;
    f->n = (size_t)sprintf(source, "import \"m%d\"\nfn f%d() { return %d }\n",
                           number + 1, number, number);
    f->text = source;
    return FORGE_FOUND;
}

static void too_many_files(void **state)
{
    (void)state;
    int opened = 0;
    forge_loader loader = { open_chain, NULL, &opened };
    forge_build b = { .file = "main.fg", .loader = &loader };
    b.source = "import \"m1\"\n";
    b.source_len = strlen(b.source);
    forge_template *t;
    forge_error *err = NULL;
    assert_int_equal(forge_build_template(&b, &t, &err), FORGE_ERROR);
    assert_string_equal(forge_error_report(err)->message,
                        "cannot import 'm1000': a program has at most 1000 files");
    assert_int_equal(opened, 1000);
    forge_error_free(err);
}

static char blanks[40 << 20];

static forge_found open_blanks(void *ctx, const char *path, forge_file *f)
{
    if (!strstr(path, ".fg"))
        return FORGE_MISSING;
    f->id[1] = (uint64_t)++ * (int *)ctx;
    f->text = blanks;
    f->n = sizeof blanks;
    return FORGE_FOUND;
}

static void too_much_text(void **state)
{
    (void)state;
    int opened = 0;
    memset(blanks, ' ', sizeof blanks);
    forge_loader loader = { open_blanks, NULL, &opened };
    forge_build b = { .file = "main.fg", .loader = &loader };
    b.source = "import \"a\"\nimport \"b\"\n";
    b.source_len = strlen(b.source);
    forge_template *t;
    forge_error *err = NULL;
    assert_int_equal(forge_build_template(&b, &t, &err), FORGE_ERROR);
    assert_string_equal(forge_error_report(err)->message,
                        "cannot import 'b': the files of a program have at most "
                        "67108864 bytes together");
    forge_error_free(err);
}

/* ---- state -------------------------------------------------------------------------------- */

#define COUNTER                                                                        \
    "let mut n = 0\n"                                                                  \
    "let mut seen = []\n"                                                              \
    "fn bump() {\n"                                                                    \
    "    n += 1\n"                                                                     \
    "    seen.push(n)\n"                                                               \
    "    return [n, seen.len()]\n"                                                     \
    "}\n"                                                                              \
    "thing Box { v: Int = 1, next: Any = bump }\n"                                     \
    "give Box { fn up(it) { return bump() } }\n"                                       \
    "type Kind = Small | Large(Int)\n"

static void state_belongs_to_forks(void **state)
{
    (void)state;
    texts t = TEXTS(
        { "counter.fg", COUNTER, NULL },
        { "user.fg", "import \"counter\"\nfn other() { return bump() }\n", NULL });
    forge_template *tmpl = built("main.fg",
                                 "import \"counter\"\nimport \"user\"\n"
                                 "bump()\n"
                                 "fn once() { return bump() }\n"
                                 "fn all() {\n"
                                 "    let next = Box {}.next\n"
                                 "    return [bump(), other(), Box {}.up(), next()]\n"
                                 "}\n"
                                 "fn again() {\n"
                                 "    import \"counter\"\n"
                                 "    return [bump(), Box {}.up(), match Large(2) {\n"
                                 "        Small => 0\n"
                                 "        Large(n) => n\n"
                                 "    }]\n"
                                 "}\n"
                                 "fn tasks() {\n"
                                 "    return squad {\n"
                                 "        spawn { bump() }\n"
                                 "        spawn { other() }\n"
                                 "        spawn { Box {}.up() }\n"
                                 "        spawn {\n"
                                 "            import \"counter\"\n"
                                 "            bump()\n"
                                 "        }\n"
                                 "    }\n"
                                 "}\n"
                                 "fn given() {\n"
                                 "    give Box { fn down(it) { return it.v - 1 } }\n"
                                 "    return [Box {}.down(), Box {}.v]\n"
                                 "}\n",
                                 &t);
    uint64_t sum = forge_template_checksum(tmpl);
    for (int i = 0; i < 3; i++) {
        expect(tmpl, "once", "[2, 2]");
        expect(tmpl, "all", "[[2, 2], [1, 1], [3, 3], [4, 4]]");
        expect(tmpl, "again", "[[1, 1], [2, 2], 2]");
        expect(tmpl, "tasks", "[[2, 2], [1, 1], [3, 3], [1, 1]]");
        expect(tmpl, "given", "[0, 1]");
    }
    forge_fork *f = NULL;
    assert_int_equal(forge_fork_begin(tmpl, NULL, NULL, NULL, &f), FORGE_OK);
    prog_expect(f, "once", "[2, 2]");
    prog_expect(f, "again", "[[1, 1], [2, 2], 2]");
    prog_expect(f, "once", "[3, 3]");
    prog_expect(f, "again", "[[1, 1], [2, 2], 2]");
    prog_expect(f, "given", "[0, 1]");
    prog_expect(f, "once", "[4, 4]");
    forge_fork_end(f);
    expect(tmpl, "once", "[2, 2]");
    assert_true(forge_template_checksum(tmpl) == sum);
    forge_template_free(tmpl);
}

static void routes_of_modules_are_none(void **state)
{
    (void)state;
    texts t = TEXTS(
        { "m.fg", "@server(port: 1)\n@get(\"/m\")\nfn m() { return 1 }\n", NULL });
    forge_template *tmpl =
        built("main.fg", "import \"m\"\n@get(\"/\")\nfn f() { return m() }\n", &t);
    assert_int_equal(forge_route_count(tmpl), 1);
    assert_string_equal(forge_route_get(tmpl, 0)->pattern, "/");
    assert_int_equal(forge_server(tmpl, NULL, NULL, NULL), 0);
    expect(tmpl, "f", "1");
    forge_template_free(tmpl);
}

static void ask(forge_session *s, const char *piece, const char *shown)
{
    forge_value v;
    const char *given;
    size_t n;
    forge_fork *f = forge_session_fork(s);
    if (forge_session_run(s, piece, strlen(piece), &v) != FORGE_OK)
        fail_msg("%s: %s", piece, forge_fork_report(f)->text);
    assert_int_equal(forge_display_text(f, v, &given, &n), FORGE_OK);
    assert_int_equal(n, strlen(shown));
    assert_memory_equal(given, shown, n);
}

/* Types keep their numbers from piece to piece, whoever defines them. */
static void pieces_import(void **state)
{
    (void)state;
    texts t = TEXTS({ "counter.fg", COUNTER, NULL },
                    { "boxes.fg",
                      "import \"counter\"\n"
                      "thing Other { w: Int = 9 }\n"
                      "fn boxed(v) { return Box { v: v } }\n",
                      NULL });
    forge_loader loader = { open_text, close_text, &t };
    forge_session *s;
    assert_int_equal(forge_session_begin("<test>", NULL, NULL, NULL, &loader, &s),
                     FORGE_OK);
    ask(s, "thing Own { x: Int = 4 }\nlet own = Own {}\n", "null");
    ask(s, "import \"counter\"\n", "null");
    ask(s, "[bump(), bump(), Own {}.x]", "[[1, 1], [2, 2], 4]");
    ask(s, "import { boxed } from \"boxes\"\n", "null");
    ask(s, "give Own { fn twice(it) { return it.x * 2 } }", "null");
    for (int i = 0; i < 30; i++) {
        ask(s, "[boxed(5).v, boxed(5).up()[0] > 0, own.twice()]", "[5, true, 8]");
        ask(s, "{ import \"boxes\"\n [Other {}.w, boxed(1).v] }", "[9, 1]");
    }
    ask(s, "match Small { Small => 1, Large(n) => n }", "1");
    ask(s, "[Box {}.up()[0], bump()[0]]", "[3, 4]");
    ask(s, "try { import \"nothing\" } catch e { e.message.split(\":\")[0] }",
        "cannot import 'nothing'");
    assert_int_equal(t.open, 0);
    forge_session_end(s);
}

/* Wherever the region ends, the build ends with an error or a template. */
static void small_regions(void **state)
{
    (void)state;
    static const char *const source =
        "import \"counter\"\nimport \"user\"\nimport { no } "
        "from \"bad\"\nfn once() { return bump() }\n";
    texts t =
        TEXTS({ "counter.fg", COUNTER, NULL },
              { "user.fg", "import \"counter\"\nfn other() { return bump() }\n", NULL },
              { "bad.fg", "try { import \"user\" } catch e { }\nlet no = 1\n", NULL });
    forge_loader loader = { open_text, close_text, &t };
    const size_t most = 256 << 10;
    bool enough = false;
    for (size_t size = 1024; size <= most; size += size < 32768 ? 1024 : 8192) {
        void *region = aligned_alloc(4096, most);
        memset(region, 0, most);
        forge_build b = { .file = "main.fg", .region = region, .region_size = size };
        b.source = source;
        b.source_len = strlen(source);
        b.loader = &loader;
        forge_template *tmpl;
        forge_error *err = NULL;
        forge_status s = forge_build_template(&b, &tmpl, &err);
        assert_int_equal(t.open, 0);
        if (s == FORGE_OK)
            expect(tmpl, "once", "[1, 1]");
        else
            assert_int_equal(s, FORGE_NOMEM);
        assert_false(enough && s != FORGE_OK);
        enough = s == FORGE_OK;
        forge_error_free(err);
        forge_template_free(tmpl);
        free(region);
    }
    assert_true(enough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_in_order),
        cmocka_unit_test(library_is_not_asked_for),
        cmocka_unit_test(files_are_listed),
        cmocka_unit_test(one_file_of_two_names),
        cmocka_unit_test(without_a_loader),
        cmocka_unit_test(refused_file),
        cmocka_unit_test(module_that_does_not_compile),
        cmocka_unit_test(check_looks_at_modules),
        cmocka_unit_test(too_many_files),
        cmocka_unit_test(too_much_text),
        cmocka_unit_test(state_belongs_to_forks),
        cmocka_unit_test(pieces_import),
        cmocka_unit_test(small_regions),
        cmocka_unit_test(routes_of_modules_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Templates below the html module: files that include each other, what is said of them,
 * and that a compiled template is one block that ends with its host. */
#include "prog.h"

#include "api.h"
#include "lib/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of a folder that is not there. */
static const struct file {
    const char *path, *text;
} files[] = {
    { "a/head.html", "<h1>{title}</h1>\n" },
    { "a/row.html", "{for c in cells}{include \"sub/cell.html\" with c}{/for}" },
    { "a/sub/cell.html", "[{text}{include '../../b.html'}]" },
    { "b.html", "{it |> json}" },
    { "/top.html", "top" },
    { "a/self.html", "x{include \"./self.html\"}" },
    { "a/one.html", "{include \"two.html\"}" },
    { "a/two.html", "\n  {include \"../a/one.html\"}" },
    { "a/bad.html", "é\n {title" },
    { "a/open.html", "<p" },
    { "a/lost.html", "{if false}{include \"none.html\"}{/if}" },
    { "a/wrong.html", "\n{nothing}" },
    { "a/up.html", "{include \"deep1\"}" },
};

static uint32_t opened, closed;
static uint32_t deepest; /* each file deepN below it includes the next */

static bool open_file(void *ctx, const char *path, fg_page_file *out)
{
    (void)ctx;
    uint32_t depth;
    if (sscanf(path, "a/deep%u", &depth) == 1) {
        char *text = malloc(64);
        assert_non_null(text);
        snprintf(text, 64, depth < deepest ? "%u{include \"deep%u\"}" : "%u", depth,
                 depth + 1);
        out->text = fg_slice_str(text);
        out->handle = text;
        opened++;
        return true;
    }
    for (uint32_t i = 0; i < FG_COUNT(files); i++)
        if (strcmp(path, files[i].path) == 0) {
            char *text = strdup(files[i].text); /* gone when it is closed */
            assert_non_null(text);
            out->text = fg_slice_str(text);
            out->handle = text;
            opened++;
            return true;
        }
    snprintf(out->why, sizeof out->why, "no such file");
    return false;
}

static void close_file(void *ctx, fg_page_file *file)
{
    (void)ctx;
    free(file->handle);
    closed++;
}

static prog program;

static int setup(void **state)
{
    (void)state;
    prog_build(&program, "fn none() { return null }\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    prog_free(&program);
    return 0;
}

static const fg_page_loader loader = { open_file, close_file, NULL };

static fg_page *compile(const char *text, fg_page_fault *fault)
{
    opened = closed = 0;
    fg_page *p = fg_page_compile(&fg_host_malloc, 1 << 20, FG_SLICE("a/main.html"),
                                 fg_slice_str(text), &loader, fault);
    assert_int_equal(opened, closed);
    return p;
}

/* Compiles and fills with the value of the JSON text; compares the page, or the error. */
static void check(const char *text, const char *json, const char *want)
{
    fg_page_fault fault;
    forge_value data;
    fg_bytes out;
    fg_page *p = compile(text, &fault);
    assert_non_null(p);
    forge_fork *f = prog_fork(&program);
    fg_vm *vm = fg_fork_vm(f);
    assert_int_equal(forge_json_parse(f, json, strlen(json), &data), FORGE_OK);
    fg_value v = fg_from_outside(data);
    fg_bytes_init(&out);
    fg_status status = fg_page_run(vm, p, &v, &out);
    fg_bytes_char(&out, 0);
    if (status == FG_RAISED)
        assert_string_equal(vm->error.message, want);
    else
        assert_string_equal(out.p, want);
    fg_bytes_drop(&out);
    fg_page_free(p);
    forge_fork_end(f);
}

static void files_are_compiled_once(void **state)
{
    (void)state;
    fg_page_fault fault;
    fg_slice path;
    fg_page *p = compile("{include \"head.html\"}{include \"/top.html\"}\n"
                         "{include \"./x/../head.html\"}{include \"row.html\"}",
                         &fault);
    assert_non_null(p);
    assert_int_equal(opened, 5);
    static const char *const paths[] = { "a/main.html", "a/head.html",     "/top.html",
                                         "a/row.html",  "a/sub/cell.html", "b.html" };
    for (uint32_t i = 0; i < FG_COUNT(paths); i++) {
        assert_true(fg_page_source(p, i, &path));
        assert_true(fg_slice_eq(path, fg_slice_str(paths[i])));
    }
    assert_false(fg_page_source(p, FG_COUNT(paths), &path));
    assert_true(fg_page_bytes(p) > 100);
    fg_page_free(p);
}

static const struct bad {
    const char *text, *place, *message;
} bads[] = {
    { "x {include \"none.html\"}", "a/main.html:1:12",
      "cannot include 'a/none.html': no such file" },
    { "{include \"lost.html\"}", "a/lost.html:1:20",
      "cannot include 'a/none.html': no such file" },
    { "{include \"self.html\"}", "a/self.html:1:11", "this file includes itself" },
    { "{include \"main.html\"}", "a/main.html:1:10", "this file includes itself" },
    { "{include \"one.html\"}", "a/two.html:2:12",
      "this file includes itself by way of others" },
    { "{include \"bad.html\"}", "a/bad.html:2:8",
      "expected '}', but the template ends" },
    { "{include \"open.html\"}", "a/open.html:1:3", "the template ends in a tag" },
    { "<a title=\"{include 'head.html'}\">", "a/main.html:1:20",
      "a file cannot be included in the value of an attribute" },
    { "{include \"\"}", "a/main.html:1:10", "this is no name of a file" },
};

static void what_cannot_be_included(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(bads); i++) {
        fg_page_fault f;
        char place[300];
        assert_null(compile(bads[i].text, &f));
        assert_false(f.no_memory);
        snprintf(place, sizeof place, "%s:%u:%u", f.file, f.line, f.column);
        assert_string_equal(place, bads[i].place);
        assert_string_equal(f.message, bads[i].message);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    fg_page_fault f;
    deepest = UINT32_MAX;
    assert_null(compile("{include \"deep1\"}", &f));
    assert_string_equal(f.message, "a template cannot include more than 256 files");
    deepest = FG_PAGE_INCLUDED; /* with a/main.html one more */
    assert_null(compile("{include \"deep1\"}", &f));
    assert_string_equal(f.message, "more than 16 files include each other");
    deepest--;
    check("{include \"deep1\"}", "1", "123456789101112131415");
    /* one that is known to be deep is included from deep inside */
    assert_null(compile("{include \"deep1\"}{include \"up.html\"}", &f));
    assert_string_equal(f.message, "more than 16 files include each other");
}

static void data_of_included_files(void **state)
{
    (void)state;
    check("{include \"head.html\"}", "{\"title\": \"<T>\"}", "<h1>&lt;T&gt;</h1>\n");
    check("{let title = 1}{include \"head.html\" with {title: title + 1}}{title}", "{}",
          "<h1>2</h1>\n1");
    check("{include \"row.html\"}|{include \"/top.html\" with null}",
          "{\"cells\": [{\"text\": 1}, {\"text\": \"a\"}]}",
          "[1{&quot;text&quot;: 1}][a{&quot;text&quot;: &quot;a&quot;}]|top");
    check("{for x in it}{include \"row.html\" with {cells: [{text: x}]}}{x}{/for}",
          "[7]", "[7{&quot;text&quot;: 7}]7");
    check("{include \"wrong.html\"}", "{}",
          "render error: a/wrong.html:2:2: the data has no 'nothing'");
}

static void memory_is_given_back(void **state)
{
    (void)state;
    static const char text[] = "{for x in l}{x.y[0] + \"s\" |> upper}{/for}";
    prog_host counted = { 0 };
    forge_host outer = prog_host_of(&counted);
    fg_host host = { outer.block_get, outer.block_put, outer.ctx };
    fg_page_fault f;
    fg_page *p =
        fg_page_compile(&host, 1 << 20, FG_SLICE("t"), FG_SLICE(text), NULL, &f);
    assert_non_null(p);
    assert_int_equal(counted.blocks, 1);
    assert_int_equal(counted.bytes, fg_page_bytes(p));
    fg_page_free(p);
    assert_int_equal(counted.blocks, 0);
    counted.gets = 0;
    counted.fail_at = 1;
    assert_null(
        fg_page_compile(&host, 1 << 20, FG_SLICE("t"), FG_SLICE(text), NULL, &f));
    assert_true(f.no_memory);
    assert_null(fg_page_compile(&host, 100, FG_SLICE("t"), FG_SLICE(text), NULL, &f));
    assert_true(f.no_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_compiled_once),
        cmocka_unit_test(what_cannot_be_included),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(data_of_included_files),
        cmocka_unit_test(memory_is_given_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

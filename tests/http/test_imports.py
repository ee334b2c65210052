# SPDX-License-Identifier: Apache-2.0
"""Programs that import files: where they may lie, and when changes of them are seen."""
import os

import pytest

PAGES = "Include {root}/forge.conf\nForgeReload 0\n"
ROUTES = """import "lib/math_more"
import { Shelf } from "lib/shelf"
let mut shelf = Shelf {}
@get("/twice/:n")
fn twice_of(n: Int) { return twice(n) }
@get("/count")
fn count() { return bump() }
@get("/shelf")
fn add_to_shelf() {
    shelf = shelf.add("book")
    return shelf.books
}
"""
MATH = """let mut calls = 0
fn twice(n) { return n * factor }
fn bump() {
    calls += 1
    return calls
}
let factor = 2
@get("/hidden")
fn hidden() { return "hidden" }
"""
SHELF = """thing Shelf { books: Array = ["first"] }
give Shelf { fn add(it, b) { return Shelf { books: it.books.push(b) } } }
"""


def files(folder):
    return {folder + "/app.fg": ROUTES, folder + "/lib/math_more.fg": MATH, folder + "/lib/shelf.fg": SHELF}


@pytest.mark.parametrize("mapped", ["app", "script"])
def test_routes_with_imports(fresh, mapped):
    if mapped == "app":
        server, base = fresh("ForgeApp /a {root}/apps/app.fg\n", files("apps")), "/a"
    else:
        server, base = fresh(PAGES, files("www")), "/app.fg"
    assert server.get(base + "/twice/21").json == 42
    for _ in range(3):  # what a module keeps belongs to the request
        assert server.get(base + "/count").json == 1
        assert server.get(base + "/shelf").json == ["first", "book"]
    assert server.get(base + "/hidden").status == 404


def test_page_with_imports(fresh):
    server = fresh(PAGES, {"www/page.fg": 'import "part"\nsay title("x") + str(bump())\n',
                           "www/part.fg": 'say "<p>part</p>"\nfn title(s) { return "<h1>" + s + "</h1>" }\n'
                                          'let mut n = 0\nfn bump() {\n    n += 1\n    return n\n}\n'})
    for _ in range(3):
        assert server.get("/page.fg").text == "<p>part</p>\n<h1>x</h1>1\n"


def test_edit_of_a_module_is_seen(fresh):
    server = fresh(PAGES, {"www/x.fg": 'import "outer"\nsay outer()\n',
                           "www/deep/inner.fg": "fn inner() { return 1 }\n",
                           "www/outer.fg": 'import "deep/inner"\nfn outer() { return inner() }\n'})
    assert server.get("/x.fg").text == "1\n"
    server.put("www/deep/inner.fg", "fn inner() { return 2 }\n")
    server.wait(lambda: server.get("/x.fg").text == "2\n", 5, "the edit is not seen")
    server.put("www/outer.fg", "fn outer() { return 3 }\n")
    server.wait(lambda: server.get("/x.fg").text == "3\n", 5, "the edit is not seen")


@pytest.mark.logs(r"FG0201: .*cannot import 'part': file not found")
@pytest.mark.may_log("FG0201: ")
def test_module_that_comes_and_goes(fresh):
    server = fresh(PAGES, {"www/x.fg": 'import "part"\nsay part\n', "www/part.fg": "let part = 1\n"})
    assert server.get("/x.fg").text == "1\n"
    os.remove(server.path("www/part.fg"))
    server.wait(lambda: server.get("/x.fg").status == 500, 5, "the missing file is not seen")
    server.put("www/forge_modules/part/main.fg", "let part = 2\n")
    server.wait(lambda: server.get("/x.fg").text == "2\n", 5, "the new file is not seen")
    server.put("www/part.fg", "let part = 3\n")
    server.wait(lambda: server.get("/x.fg").text == "3\n", 5, "the file that comes first is not seen")


@pytest.mark.logs(r"FG0201: .*cannot import 'part': [^ ]*/www/part\.fg: Permission denied")
@pytest.mark.may_log("FG0201: ")
def test_unreadable_module(fresh):
    server = fresh(PAGES, {"www/x.fg": 'import "part"\nsay part\n'},
                   before=lambda s: s.put("www/part.fg", "let part = 1\n", mode=0))
    assert server.get("/x.fg").status == 500
    os.chmod(server.path("www/part.fg"), 0o644)
    server.wait(lambda: server.get("/x.fg").text == "1\n", 5, "the readable file is not seen")


OUTSIDE = {
    "above": "../secret",
    "above_with_extension": "../secret.fg",
    "through": "sub/../../secret",
    "absolute": "{root}/secret.fg",
    "link": "link",
    "linked_directory": "linked/secret",
    "no_program": "notes.txt",
}


@pytest.mark.parametrize("how", sorted(OUTSIDE))
@pytest.mark.logs(r"FG0201: .*cannot import '[^']+': file not found")
@pytest.mark.may_log(r"FG\d{4}: ")
def test_nothing_outside_is_imported(fresh, how):
    def links(server):
        os.makedirs(server.path("www/sub"), exist_ok=True)
        os.symlink("../secret.fg", server.path("www/link.fg"))
        os.symlink(server.root, server.path("www/linked"))
    server = fresh(PAGES, {"secret.fg": 'let secret = "secret"\n', "www/notes.txt": 'let secret = "secret"\n'},
                   before=links)
    server.put("www/x.fg", 'import "%s"\nsay secret\n' % OUTSIDE[how].replace("{root}", server.root))
    answer = server.get("/x.fg")
    assert answer.status == 500
    assert "secret" not in answer.text
    if how != "no_program":
        assert "hint: a program imports files beneath its own directory" in server.log()


def test_link_inside(fresh):
    server = fresh(PAGES, {"www/x.fg": 'import "link"\nsay found\n', "www/lib/real.fg": "let found = 1\n"},
                   before=lambda s: os.symlink("lib/real.fg", s.path("www/link.fg")))
    assert server.get("/x.fg").text == "1\n"


@pytest.mark.logs(r"FG0201: .*www/lib/bad\.fg:3:9: RuntimeError: import 'lib/bad' parse error: unexpected token: Eq",
                  r"FG0201: .*at <main> \(line 2, col 1\)")
@pytest.mark.may_log("FG0201: ")
def test_parse_error_of_a_module(fresh):
    server = fresh(PAGES, {"www/x.fg": 'say "start"\nimport "lib/bad"\n',
                           "www/lib/bad.fg": "let a = 1\n\nlet b = = 2\n"})
    answer = server.get("/x.fg")
    assert answer.status == 500
    assert "start" not in answer.text
    server.put("www/lib/bad.fg", "let a = 1\n")
    server.wait(lambda: server.get("/x.fg").text == "start\n", 5, "the mended module is not seen")


@pytest.mark.logs(r"FG0001: .*apps/lib/bad\.fg:1:9: RuntimeError: import 'lib/bad' parse error")
@pytest.mark.may_log("FG0001: ", "FG0211: ")
def test_parse_error_of_a_module_of_an_app(fresh):
    server = fresh("ForgeApp /a {root}/apps/app.fg\n",
                   {"apps/app.fg": 'import "lib/bad"\n@get("/")\nfn f() { return 1 }\n',
                    "apps/lib/bad.fg": "let b = = 2\n"})
    assert server.get("/a/").status == 500


def test_configuration_test_looks_at_modules(fresh):
    server = fresh("ForgeApp /a {root}/apps/app.fg\n", files("apps"))
    assert "FG" not in server.apache("-t").stderr
    server.put("apps/lib/shelf.fg", "let = 1\n")
    done = server.apache("-t")
    assert "FG0007" in done.stderr and "apps/lib/shelf.fg:1:5" in done.stderr, done.stderr

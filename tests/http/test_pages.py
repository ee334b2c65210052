# SPDX-License-Identifier: Apache-2.0
"""Programs below a document root: pages, .htaccess, reload, and what must never be shown."""
import concurrent.futures
import os
import re
import subprocess

import pytest

from conftest import MPM, PROTOCOL, httpd, tree

PAGES = "Include {root}/forge.conf\nForgeReload 0\n"
PAGE = "say \"<p>one</p>\"\n"


def test_a_page(site):
    answer = site.get("/hello.fg")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<li>Hello, Grace!</li>" in answer.text
    assert answer.text == site.get("/hello.fg").text


def test_head_of_a_page(site):
    answer = site.ask("HEAD", "/hello.fg")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/.fg", "/hello.fg~", "/hello.fg.bak", "/hello.fg.swp"])
@pytest.mark.may_log("AH01630")
def test_leftovers_are_refused(site, path):
    answer = site.get(path)
    assert answer.status == 403
    assert "visitor" not in answer.text


def test_evil_picture_is_not_run(site):
    answer = site.get("/evil.fg.jpg")
    assert answer.status == 200
    assert answer.text == 'say "evil"\n'
    assert answer.headers["Content-Type"] == "image/jpeg"


def test_other_files_are_httpds(site):
    assert site.get("/plain.txt").text == "plain\n"


def test_missing_file(site):
    assert site.get("/nothing.fg").status == 404


def test_directory_with_the_name_of_a_program(site):
    os.makedirs(site.path("www/folder.fg"), exist_ok=True)
    assert site.get("/folder.fg/").status in (403, 404)


@pytest.mark.may_log("FG", "AH")
def test_unreadable_file(site):
    site.put("www/secret.fg", PAGE, mode=0o000)
    assert site.get("/secret.fg").status in (403, 500)


def test_edit_is_seen(site):
    site.put("www/edit.fg", PAGE)
    assert site.get("/edit.fg").text.strip() == "<p>one</p>"
    site.put("www/edit.fg", 'say "<p>the second</p>"\n')
    site.wait(lambda: "second" in site.get("/edit.fg").text, 5, "the edit is not seen")


@pytest.mark.logs(r"FG\d{4}: .*broken\.fg:2:\d+")
def test_broken_page(site):
    site.put("www/broken.fg", 'say "start"\nlet = 5\n')
    answer = site.get("/broken.fg")
    assert answer.status == 500
    assert "start" not in answer.text


@pytest.mark.logs(r"FG\d{4}: ")
def test_page_that_fails_later(site):
    site.put("www/late.fg", 'say "start"\nlet x = [1][9]\n')
    assert site.get("/late.fg").status == 500


@pytest.mark.logs(r"FG\d{4}: ")
def test_broken_page_that_is_mended(site):
    site.put("www/mend.fg", "let = 5\n")
    assert site.get("/mend.fg").status == 500
    site.put("www/mend.fg", PAGE)
    site.wait(lambda: site.get("/mend.fg").status == 200, 5, "the mended page is not seen")


def test_htaccess_sets_the_handler(fresh):
    server = fresh("ForgeReload 0\nForgeEngine on\n", {"www/a/x.fg": PAGE, "www/a/.htaccess": "SetHandler forge-script\n",
                                       "www/b/x.fg": PAGE, "www/b/.htaccess": "AddHandler forge-script .fg\n",
                                       "www/b/x.txt": "text\n"})
    assert server.get("/a/x.fg").text.strip() == "<p>one</p>"
    assert server.get("/b/x.fg").text.strip() == "<p>one</p>"
    assert server.get("/b/x.txt").text == "text\n"


@pytest.mark.logs(r"FG0104: .*ExecCGI")
def test_htaccess_alone_runs_nothing(fresh):
    server = fresh("", {"www/x.fg": "// secret\n" + PAGE, "www/.htaccess": "SetHandler forge-script\n"})
    answer = server.get("/x.fg")
    assert answer.status == 403
    assert "secret" not in answer.text


@pytest.mark.logs(r"FG0103: ")
def test_handler_set_for_everything(fresh):
    server = fresh("ForgeEngine on\n", {"www/x.txt": "text\n", "www/.htaccess": "SetHandler forge-script\n"})
    assert server.get("/x.txt").status in (403, 404, 500)


def test_htaccess_app_with_routes(fresh):
    program = '@get("/hello/:name")\nfn hello(name) { return "hi " + name }\n@get("/")\nfn root() { return "root" }\n'
    server = fresh(PAGES, {"www/app.fg": program})
    assert server.get("/app.fg/hello/ada").json == "hi ada"
    assert server.get("/app.fg/").json == "root"
    assert server.get("/app.fg/none").status == 404


@pytest.mark.parametrize("place", ["htaccess", "directory", "server"])
@pytest.mark.may_log("FG")
def test_engine_off_never_shows_the_source(fresh, place):
    config = PAGES
    files = {"www/x.fg": "// secret\n" + PAGE}
    if place == "htaccess":
        files["www/.htaccess"] = "ForgeEngine off\n"
    elif place == "directory":
        config += "<Directory {root}/www>\nForgeEngine off\n</Directory>\n"
    else:
        config += "ForgeEngine off\n"
    server = fresh(config, files)
    answer = server.get("/x.fg")
    assert answer.status == 403
    assert "secret" not in answer.text


@pytest.mark.may_log("FG")
def test_engine_off_for_an_app(fresh):
    server = fresh("ForgeApp /t {root}/apps/main.fg\n<Location /t/shelf>\nForgeEngine off\n</Location>\n",
                   apps=["tests/http/apps/main.fg"])
    assert server.get("/t/shelf/1").status == 403
    assert server.get("/t/one").status == 200


@pytest.mark.may_log("AH01630")
def test_guard_when_the_module_is_not_loaded(fresh):
    names = ["x.fg", "x.fg~", "x.fg.bak", "x.fg.swp", ".fg"]
    server = fresh("Include {root}/forge-guard.conf\n", {"www/" + n: "// secret\n" for n in names}, module=False,
                   before=lambda s: s.put("www/evil.fg.jpg", "picture"))
    for name in names:
        answer = server.get("/" + name)
        assert answer.status == 403
        assert "secret" not in answer.text
    assert server.get("/evil.fg.jpg").text == "picture"


@pytest.mark.may_log("FG")
def test_app_mended_by_a_graceful_restart(fresh):
    server = fresh("ForgeApp /a {root}/apps/a.fg\n", {"apps/a.fg": "let = 5\n"})
    assert server.get("/a/").status == 500
    server.put("apps/a.fg", '@get("/")\nfn root() { return "fine" }\n')
    server.graceful()
    server.wait(lambda: server.get("/a/").status == 200, 10, "the mended app is not seen")


def test_page_globals_start_afresh(site):
    site.put("www/fresh.fg", "let mut n = 0\nn = n + 1\nsay n\n")
    assert [site.get("/fresh.fg").text.strip() for _ in range(5)] == ["1"] * 5


def test_many_pages_at_once(site):
    for i in range(30):
        site.put("www/many/p%d.fg" % i, "say %d\n" % i)
    for _ in range(3):
        for i in range(30):
            assert site.get("/many/p%d.fg" % i).text.strip() == str(i)


@pytest.mark.parametrize("path", [
    "/plain.txt/hello.fg", "/hello.fg.", "/hello.fg%20", "/hello.fg%00.jpg", "/HELLO.FG", "/hello.Fg",
    "/hello.fg::$DATA", "/hello.fg%2f", "/hello.fg;a.jpg", "/.fg/x", "/hello", "/evil.fg.jpg/x.fg", "/./hello.fg%2e",
    "/hello.fg\\", "/%68ello.fg.",
])
@pytest.mark.may_log("AH01630", "AH00036", "AH00127", "AH00126", "AH10244")
def test_names_that_only_look_like_programs(site, path):
    """They run nothing, and show no source."""
    out = site.raw(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode())
    assert out.split()[1] in (b"400", b"403", b"404"), out
    for text in (b"Hello, Grace", b"say ", b"visitor", b"evil"):
        assert text not in out


@pytest.mark.may_log("server reached MaxRequestWorkers")
@pytest.mark.parametrize("reload", ["never", "600", "10min"])
def test_edits_that_are_not_looked_for(fresh, reload):
    server = fresh("Include {root}/forge.conf\nForgeReload %s\n" % reload, {"www/x.fg": PAGE}, limit=1,
                   threads=1 if MPM == "prefork" else 8)
    assert "one" in server.get("/x.fg").text
    server.put("www/x.fg", 'say "<p>two</p>"\n')
    for _ in range(5):
        assert "one" in server.get("/x.fg").text
    server.graceful()
    server.wait(lambda: "two" in server.get("/x.fg").text, 20, "the new children have the old script")


@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_htaccess_looks_less_often_only(fresh):
    """What the administrator set is the most."""
    server = fresh("Include {root}/forge.conf\nForgeReload 600\n"
                   "<Directory {root}/www/now>\nForgeReload 0\n</Directory>\n",
                   {"www/x.fg": PAGE, "www/.htaccess": "ForgeReload 0\n", "www/now/x.fg": PAGE, "www/now/y.fg": PAGE,
                    "www/now/.htaccess": "<Files y.fg>\nForgeReload never\n</Files>\n"}, limit=1,
                   threads=1 if MPM == "prefork" else 8)
    for path, seen in (("/x.fg", "one"), ("/now/x.fg", "two"), ("/now/y.fg", "one")):
        assert "one" in server.get(path).text
        server.put("www" + path, 'say "<p>two</p>"\n')
        assert seen in server.get(path).text, path


@pytest.mark.logs(r"FG0101: ")
@pytest.mark.may_log("FG0211: ")
def test_everybody_words_errors_the_same_way(fresh):
    """The log of httpd, its test of the configuration, and forge check."""
    broken = "say 1\nlet mut = 5\n"
    server = fresh("Include {root}/forge.conf\n", {"www/bad.fg": broken, "apps/bad.fg": broken})
    assert server.get("/bad.fg").status == 500
    said = re.search(r"www/bad\.fg:(\d+:\d+): SyntaxError: (.*?)( \[id |$)", server.log(), re.M)
    server.put("more.conf", 'Include {root}/httpd.conf\nForgeApp /bad {root}/apps/bad.fg\n'.replace("{root}", server.root))
    tested = server.apache("-t", "-f", server.path("more.conf")).stderr
    assert "apps/bad.fg:%s: SyntaxError: %s" % said.groups()[:2] in tested, tested
    checked = subprocess.run([os.path.join(httpd.TREE, "build/forge"), "check", server.path("apps/bad.fg")],
                             capture_output=True, text=True)
    assert checked.returncode == 1
    assert said.group(2) in checked.stderr and "bad.fg:%s]" % said.group(1) in checked.stderr, checked.stderr


LOOKS = """say "{request.method} {request.path} {request.query} {request.route}"
say "{request.header("X-Mine", "none")} {request.cookies} {request.client.address} {request.scheme}"
say request.text()
request.path = "changed"
"""
LOOKED = """POST /looks.fg { "a": "b #" } null
mine # { "c": "#" } 127.0.0.1 SCHEME
body #
"""
TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def test_the_request_of_a_page(site):
    site.put("www/looks.fg", LOOKS)
    scheme = "https" if site.secure else "http"
    for i in range(3):
        headers = {"X-Mine": "mine %d" % i, "Cookie": "c=%d" % i}
        answer = site.ask("POST", "/looks.fg?a=b%%20%d" % i, b"body %d" % i, headers)
        assert answer.text == LOOKED.replace("#", str(i)).replace("SCHEME", scheme), answer
        answer = site.get("/looks.fg")
        assert answer.text == "GET /looks.fg {  } null\nnone {  } 127.0.0.1 %s\n\n" % scheme, answer


def test_pages_of_many_clients_at_once(site):
    """Nobody sees what belongs to another request."""
    site.put("www/mine.fg", "let first = request.id\nwait 0.01\n"
                         "say \"{first} {request.id} {request.query.n} {request.text()}\"\n")

    def ask(n):
        answer = site.ask("POST", "/mine.fg?n=%d" % n, b"body-%d" % n, {"X-Request-Id": "id-%d" % n})
        return answer.text == "id-%d id-%d %d body-%d\n" % (n, n, n, n)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))


def test_forms_of_pages(site):
    """The example of README.md."""
    page = tree("README.md").split("Save this as `guests.fg`")[1].split("\n\n")[1]
    site.put("www/guests.fg", re.sub("(?m)^    ", "", page) + "\n")
    assert site.get("/guests.fg").text.startswith("<form method=\"post\">")
    answer = site.ask("POST", "/guests.fg", b"name=%3Cb%3EAda", TYPE)
    assert answer.text.startswith("<p>Welcome, &lt;b&gt;Ada!</p>\n"), answer


@pytest.mark.logs("FG0201: .*undefined variable: 'request'", "FG0201: ")
def test_only_the_page_itself_knows_its_request(site):
    site.put("www/module.fg", "fn path() { return request.path }\n")
    site.put("www/imports.fg", "import { path } from \"./module.fg\"\nsay path()\n")
    assert site.get("/imports.fg").status == 500
    site.put("www/module.fg", "fn path(request) { return request.path }\n")
    site.put("www/imports.fg", "import { path } from \"./module.fg\"\nsay path(request)\n")
    assert site.get("/imports.fg").text == "/imports.fg\n"


@pytest.mark.parametrize("page, text", [
    ("let request = {path: 1}\nsay request.path\n", "1\n"),
    ("fn f(request) { return request }\nsay f(2)\n", "2\n"),
    ("request = [3]\nsay request[0]\n", "3\n"),
    ("let f = fn() { return request.path }\nsay f()\n", "/own.fg\n"),
    ("let t = spawn { return request.path }\nsay await t\n", "/own.fg\n"),
])
def test_other_variables_of_that_name(site, page, text):
    site.put("www/own.fg", page)
    assert site.get("/own.fg").text == text


CHUNKS = pytest.mark.skipif(PROTOCOL == "h2", reason="HTTP/2 has no chunks")


@pytest.mark.parametrize("page, path, body, headers, status", [
    ("say request.text()\n", "", b"x" * 60, {}, 413),
    ("say request.json()\n", "", b"{", {"Content-Type": "application/json"}, 400),
    ("say request.form()\n", "", b"a", {"Content-Type": "text/plain"}, 415),
    pytest.param("say request.text()\n", "", b"zz\r\n", {"Transfer-Encoding": "chunked"}, 400, marks=CHUNKS),
    ("say request.path\n", "?a" + "&a" * 1000, b"", {}, 400),
    ("say 1\n", "?a" + "&a" * 1000, b"x" * 60, {}, 200),
    ("say request.path\n", "", b"x" * 60, {}, 200),
    ("try { say request.text() } catch e { say e.message }\n", "", b"x" * 60, {}, 200),
])
def test_requests_that_pages_cannot_read(fresh, page, path, body, headers, status):
    """The client is told in HTML, and nothing of what the page has said before."""
    server = fresh(PAGES + "ForgeMaxBody 50\n", {"www/page.fg": 'say "before"\n' + page})
    answer = server.ask("POST", "/page.fg" + path, body, headers)
    assert answer.status == status, answer
    assert answer.headers.get_content_type() == "text/html"
    assert ("before" in answer.text) == (status == 200)

# SPDX-License-Identifier: Apache-2.0
"""Which handler answers, and what happens when none does."""
import pytest


@pytest.mark.parametrize("path, value", [
    ("/t/", "root"),
    ("/t/one", "get one"),
    ("/t/shelf/special", "special"),
    ("/t/shelf/9780", "isbn 9780"),
    ("/t/shelf/a/page/b", ["a", "b"]),
    ("/t/files/a", "a"),
    ("/t/files/a/b/c.txt", "a/b/c.txt"),
    ("/t/named", "named"),
    ("/t/alias", "named"),
    ("/t/one?x=1", "get one"),
])
def test_get(site, path, value):
    answer = site.get(path)
    assert (answer.status, answer.json) == (200, value)
    assert answer.headers["Content-Type"].startswith("application/json")


def test_methods(site):
    assert site.post("/t/one", {}).json == "post one"
    assert site.post("/t/put", [1], method="PUT").json == {"put": [1]}
    assert site.post("/t/patch", {"a": 1}, method="PATCH").json == {"patched": {"a": 1}}
    assert site.ask("DELETE", "/t/delete/7").json == {"deleted": "7"}


@pytest.mark.parametrize("path", ["/t/nothing", "/t/one/", "/t/shelf/", "/t/One", "/t/shelf/a/page", "/t/files/"])
def test_unknown_path(site, path):
    answer = site.get(path)
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "error" in answer.json
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("method, path, allow", [
    ("DELETE", "/t/one", {"GET", "HEAD", "POST"}),
    ("POST", "/t/shelf/1", {"GET", "HEAD"}),
    ("GET", "/t/put", {"PUT"}),
    ("HEAD", "/t/put", {"PUT"}),
    ("PATCH", "/t/delete/1", {"DELETE"}),
    ("BREW", "/t/one", {"GET", "HEAD", "POST"}),
])
def test_method_not_allowed(site, method, path, allow):
    answer = site.ask(method, path)
    assert answer.status == 405
    allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
    assert allow <= allowed <= allow | {"OPTIONS"}
    assert answer.headers["X-Request-Id"]
    if method != "HEAD":
        assert "error" in answer.json
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_options(site):
    answer = site.ask("OPTIONS", "/t/one")
    assert answer.status in (200, 204)
    assert {"GET", "HEAD", "POST"} <= {word.strip() for word in answer.headers["Allow"].split(",")}
    assert answer.headers["X-Request-Id"]


def test_trace_is_not_answered_by_a_handler(site):
    assert site.ask("TRACE", "/t/one").status in (200, 405)


def test_head_is_get_without_body(site):
    get, head = site.get("/t/result/object"), site.ask("HEAD", "/t/result/object")
    assert (head.status, head.body) == (get.status, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]


def test_prefix_ends_at_a_segment(site):
    assert site.get("/tx/one").status == 404
    assert site.get("/t").status in (200, 301, 404)


def test_captures_are_decoded_once(site):
    assert site.get("/t/shelf/a%20b").json == "isbn a b"
    assert site.get("/t/shelf/a+b").json == "isbn a+b"
    assert site.get("/t/shelf/%2541").json == "isbn %41"
    assert site.get("/t/shelf/%C3%BC").json == "isbn ü"


def test_examples(site):
    assert site.get("/api/").json == {"name": "shelf", "version": "1.0", "books": 2}
    assert site.get("/api/hello/Ada").json == {"message": "Hello, Ada!"}
    assert site.get("/api/add?a=2&b=40").json == {"sum": 42}
    assert site.get("/api/add?a=2").json == {"sum": 2}
    assert site.get("/api/divide/1/4").json == {"quotient": 0.25}
    assert site.get("/api/divide/1/0").json == {"Err": "cannot divide by zero"}
    assert site.get("/api/books/9780486282114").json == {"title": "Frankenstein", "copies": 1}
    assert site.get("/api/books/1").json == {"Err": "no book 1"}
    assert site.post("/api/echo?a=b", {"x": [1]}).json == {"body": {"x": [1]}, "query": {"a": "b"}}
    assert site.post("/api/books/1", {"title": "T"}, method="PUT").json == {"stored": "1", "title": "T"}
    assert site.post("/api/books/1", {"n": 2}, method="PATCH").json == {"changed": "1", "with": {"n": 2}}
    assert site.ask("DELETE", "/api/books/1?dry=true").json == {"deleted": "1", "dry": True}


def test_cpu_example(site):
    assert site.get("/cpu/ping").json == {"ok": True}
    assert site.get("/cpu/cpu").json == {"ok": True, "work": 200000}
    assert site.get("/cpu/closure").json == {"ok": True, "work": 200000}


def test_requests_share_nothing(site):
    for _ in range(20):
        assert site.get("/t/count").json == 1
        assert site.get("/t/captured").json == 2
        assert site.get("/t/push").json == {"mine": 4, "fixed": 3}
        assert site.get("/api/count").json == {"served": 1}


@pytest.mark.may_log("FG")
def test_duplicate_route_is_refused_with_its_place(fresh):
    program = '@get("/p")\nfn a() { return 1 }\n@get("/p")\nfn b() { return 2 }\n'
    server = fresh("ForgeApp /d {root}/apps/d.fg\n", {"apps/d.fg": program})
    assert server.get("/d/p").status == 500
    assert "d.fg:3" in server.log()


OWN = """@get("/x")
fn x() { return text("body").header("X-From", "get") }

@head("/x")
fn head_of_x() { return text("").header("X-From", "head") }

@head("/only")
fn only() { return text("nobody sees this") }

@options("/x")
fn options_of_x(request, body) { return respond(200, [request.method, body]).header("X-From", "options") }
"""


def test_routes_for_head_and_options(fresh):
    server = fresh("ForgeApp /o {root}/apps/o.fg\n", {"apps/o.fg": OWN})
    assert (server.get("/o/x").text, server.get("/o/x").headers["X-From"]) == ("body", "get")
    head = server.ask("HEAD", "/o/x")
    assert (head.status, head.body, head.headers["X-From"]) == (200, b"", "head")
    options = server.ask("OPTIONS", "/o/x")
    assert (options.json, options.headers["X-From"]) == (["OPTIONS", {}], "options")
    assert server.ask("PUT", "/o/x").headers["Allow"] == "GET,HEAD,OPTIONS"
    assert (server.ask("HEAD", "/o/only").status, server.get("/o/only").status) == (200, 405)
    assert server.get("/o/only").headers["Allow"] == server.ask("OPTIONS", "/o/only").headers["Allow"] == "HEAD"


def test_options_of_nothing(site):
    answer = site.ask("OPTIONS", "/t/none-such")
    assert (answer.status, answer.json["error"]) == (404, "not found")


NAMES = """@get("/first")
fn same() { return "first" }

@get("/second")
fn same() { return "second" }

@get("/gone")
fn gone() { return 1 }
gone = 5

fn inner() {
    @get("/inner")
    fn nested() { return 1 }
    return nested()
}
@get("/outer")
async fn outer() { return inner() }
@put("/defined")
define defined() { return "defined" }
@ws("/socket")
fn socket(text) { return text }
"""


@pytest.mark.logs(r"FG0201: .*the handler 'gone' is not a function")
def test_names_of_handlers(fresh):
    """The name is looked up when the request comes; what is no function of the top level is no route."""
    server = fresh("ForgeApp /n {root}/apps/n.fg\n", {"apps/n.fg": NAMES})
    assert server.get("/n/first").json == server.get("/n/second").json == "second"
    answer = server.get("/n/gone")
    assert (answer.status, answer.json["error"]) == (500, "internal error")
    assert server.get("/n/inner").status == server.get("/n/socket").status == 404
    assert server.get("/n/outer").json == 1
    assert server.ask("PUT", "/n/defined").json == "defined"


SLASHES = """@get("/one/:x")
fn one(x) { return x }
@get("/two/:x/:y")
fn two(x, y) { return [x, y] }
@get("/rest/*x")
fn rest(x) { return x }
"""


@pytest.mark.parametrize("config, expected", [
    ("", [404, "b", 404, "b/c"]),
    ("AllowEncodedSlashes NoDecode\n", ["a/b", "b", 404, "b/c"]),
    ("AllowEncodedSlashes On\n", ["a/b", "b", 404, "b/c"]),
    ("MergeSlashes Off\n", [404, "b", 404, "b/c"]),
])
def test_slashes_as_httpd_is_told(fresh, config, expected):
    """A slash that is encoded stays in its capture, where httpd lets it through; slashes are never merged for routes."""
    server = fresh(config + "ForgeApp /s {root}/apps/s.fg\n", {"apps/s.fg": SLASHES})
    for path, wanted in zip(("/s/one/a%2fb", "/s/one/b", "/s//one/b", "/s/rest/b/c"), expected):
        answer = server.get(path)
        assert (answer.status if answer.status != 200 else answer.json) == wanted, path


@pytest.mark.parametrize("routes, place, message", [
    ('@get("/p")\nfn a() { return 1 }\n@get("/p")\nfn b() { return 2 }\n', "3:1", "already declared"),
    ('@get("/u/:id")\nfn a() { return 1 }\n@put("/u/:name")\nfn b() { return 2 }\n', "3:1", "use one name"),
    ('@get("p")\nfn a() { return 1 }\n', "1:1", "must begin with '/'"),
    ('@get("/*")\nfn a() { return 1 }\n', "1:1", "needs a name"),
    ('say 1\n@get("/p")\nlet a = 1\n', "2:1", "@get must stand before a function"),
    ('@server(port: int("1"))\n@get("/p")\nfn a() { return 1 }\n', "1:15", "must be a number"),
])
def test_a_configuration_test_finds_what_is_wrong_with_routes(fresh, routes, place, message):
    server = fresh("ForgeApp /d {root}/apps/d.fg\n", {"apps/d.fg": '@get("/")\nfn f() { return 1 }\n'})
    assert "FG" not in server.apache("-t").stderr
    server.put("apps/d.fg", routes)
    done = server.apache("-t")
    assert "FG0007: the app does not compile: " in done.stderr, done.stderr
    assert "apps/d.fg:%s: " % place in done.stderr and message in done.stderr, done.stderr

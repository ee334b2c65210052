# SPDX-License-Identifier: Apache-2.0
"""Functions around handlers, and what a program says itself when a request cannot be answered."""
import pytest

APP = """let mut calls = 0

@middleware
fn timing(request, next) {
    calls = calls + 1
    let answer = next()
    return set_cookie(answer, "seen", "{request.method}:{request.path}:{calls}")
}

@middleware("/admin")
fn guard(request) {
    if request.header("Authorization") != "Bearer good" {
        return respond(401, { error: "who are you?" }).header("WWW-Authenticate", "Bearer")
    }
}

@middleware("/as")
fn somebody(request, next) {
    let mut other = request
    other.user = "somebody"
    return next(other)
}

@get("/hello/:name")
fn hello(name) { return { hello: name } }

@get("/admin/secret")
fn secret() { return "secret" }

@get("/administration")
fn open_to_all() { return "open" }

@get("/as/who")
fn who(request) { return request.user }

@post("/echo")
fn echo(body) { return body }

@post("/read")
fn read(request) { return request.json() }

@get("/fails")
fn fails() { return [1][5] }

@get("/teapot")
fn teapot() { return text("short and stout", 418) }

@get("/n/:n")
fn number(n: Int) { return n }

@error(404)
fn missing(request, e) {
    if request.header("Accept") == "text/html" { return html("<h1>no {html.escape(request.path)}</h1>") }
    return { nothing: request.path, query: request.query, status: e.status, message: e.message }
}

@error(500)
fn broken(request, e) { return respond(503, { sorry: e.message, id: e.id }).header("Retry-After", "7") }

@error
fn other(request, e) { return { other: e.status, message: e.message } }
"""
BAD = """@get("/x")
fn x() { return 1 }
@get("/fails")
fn fails() { return [1][5] }
@error(404)
fn missing(request, e) { return [1][7] }
@error(500)
fn broken() { while true { } }
@error(405)
fn strange() { return respond(200, 1, { "X-Plain": "yes" }) }
"""


@pytest.fixture
def server(fresh):
    return fresh("ForgeMaxTime 1s\nForgeApp /a {root}/apps/app.fg\nForgeApp /b {root}/apps/bad.fg\n",
                 {"apps/app.fg": APP, "apps/bad.fg": BAD})


def test_around(server):
    for _ in range(3):  # nothing is left from one request to the next
        answer = server.get("/a/hello/Ada?x=1")
        assert (answer.status, answer.json) == (200, {"hello": "Ada"})
        assert answer.headers["Set-Cookie"].split(";")[0] == "seen=GET:/a/hello/Ada:1"


def test_before(server):
    refused = server.get("/a/admin/secret")
    assert (refused.status, refused.json) == (401, {"error": "who are you?"})
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert "seen=" in refused.headers["Set-Cookie"]  # the one around it has it, too
    assert server.get("/a/admin/secret", {"Authorization": "Bearer good"}).json == "secret"
    assert server.get("/a/administration").json == "open"


def test_another_request(server):
    assert server.get("/a/as/who").json == "somebody"


def test_bodies(server):
    assert server.post("/a/echo", {"a": [1]}).json == {"a": [1]}
    assert server.post("/a/read", {"a": [2]}).json == {"a": [2]}


def test_missing(server):
    answer = server.get("/a/no/such?q=1")
    assert (answer.status, answer.json) == (
        404, {"nothing": "/a/no/such", "query": {"q": "1"}, "status": 404, "message": "not found"})
    page = server.get("/a/<b>".replace("<", "%3C").replace(">", "%3E"), {"Accept": "text/html"})
    assert (page.status, page.text) == (404, "<h1>no /a/&lt;b&gt;</h1>")
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["X-Request-Id"]
    head = server.ask("HEAD", "/a/no")
    assert (head.status, head.body) == (404, b"")


@pytest.mark.logs(r"FG0201: ")
def test_broken(server):
    """The message of the error is not for clients; the function's own status counts."""
    answer = server.get("/a/fails")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json == {"sorry": "internal error", "id": answer.headers["X-Request-Id"]}


@pytest.mark.may_log(r"FG0207: ")
def test_others(server):
    assert server.get("/a/n/x").json["other"] == 400
    assert server.get("/a/n/x").status == 400
    assert server.ask("DELETE", "/a/hello/x").json == {"other": 405, "message": "method not allowed"}
    assert server.post("/a/echo", body=b"{", kind="application/json").status == 400
    assert server.post("/a/echo", body=b"x", kind="text/plain").json["other"] == 415
    large = server.post("/a/echo", body=b"[" + b" " * 3000000 + b"]")
    assert (large.status, large.json["other"]) == (413, 413)


def test_answers_are_no_errors(server):
    """What a handler answers itself stays."""
    answer = server.get("/a/teapot")
    assert (answer.status, answer.text) == (418, "short and stout")


@pytest.mark.logs(r"FG0201: .*bad\.fg:6", r"FG0201: ")
def test_a_function_that_fails(server):
    answer = server.get("/b/nothing")
    assert answer.status == 500
    assert answer.json["error"] == "internal error"
    assert server.get("/b/x").json == 1


@pytest.mark.logs(r"FG0201: ", r"FG024\d: ")
def test_a_function_that_never_ends(server):
    assert server.get("/b/fails").status == 504
    assert server.get("/b/x").json == 1


def test_the_status_is_kept(server):
    answer = server.ask("POST", "/b/x")
    assert (answer.status, answer.headers["X-Plain"], answer.headers["Allow"]) == (405, "yes", "GET,HEAD")


@pytest.mark.logs(r"FG0201: ")
def test_development_shows_the_report(fresh):
    server = fresh("ForgeErrors dev\nForgeApp /a {root}/apps/app.fg\n", {"apps/app.fg": APP})
    assert "[1][5]" in server.get("/a/fails").json["report"]
    assert server.get("/a/none").json["nothing"] == "/a/none"

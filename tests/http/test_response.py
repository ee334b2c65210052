# SPDX-License-Identifier: Apache-2.0
"""Responses that handlers choose: what is refused, what is sent, and what a client sees of one that breaks off."""
import email.utils
import gzip
import os
import re
import socket
import ssl
import subprocess
import time
import urllib.parse

import pytest

from conftest import H2C, HTTP2, Server, client, over_http2, watched

LARGE = 96 << 20  # more than sockets and windows hold

CONFIG = """
LoadModule headers_module {modules}/mod_headers.so
LoadModule deflate_module {modules}/mod_deflate.so
KeepAliveTimeout 60
LimitRequestFieldSize 16000
ForgeErrors prod
ForgeAllow fs.read fs.write
ForgeApp /r {root}/apps/r.fg
ForgeApp /top {root}/apps/top.fg
ForgeApp /packed {root}/apps/r.fg
ForgeApp /bare {root}/apps/r.fg
AddType text/x-forge-test forgetest
AddEncoding x-gzip gz
AddCharset utf-8 utf8
<Location /packed>
    SetOutputFilter DEFLATE
    Header set X-Fixed yes
</Location>
<Location /bare>
    ForgeDrop fs.read fs.write
</Location>
"""
PROGRAM = r"""
fn made(status, headers, body, kind) {
    return { status: status, headers: headers, body: body, kind: kind, __type__: "Response" }
}

@get("/forged/:what")
fn forged(what) {
    return match what {
        "crlf" => made(200, [["X-Evil", "a\r\nSet-Cookie: b=1"]], null, "none"),
        "lf" => made(200, [["X-Evil", "a\nb"]], null, "none"),
        "nul" => made(200, [["X-Evil", "a\0b"]], null, "none"),
        "name" => made(200, [["X Evil", "a"]], null, "none"),
        "colon" => made(200, [["X-Evil:", "a"]], null, "none"),
        "empty" => made(200, [["", "a"]], null, "none"),
        "line" => made(200, [["X-Evil\r\nX", "a"]], null, "none"),
        "length" => made(200, [["content-length", "0"]], "NEVER", "text"),
        "chunked" => made(200, [["Transfer-Encoding", "chunked"]], "NEVER", "text"),
        "connection" => made(200, [["Connection", "close"]], "NEVER", "text"),
        "upgrade" => made(200, [["UPGRADE", "websocket"]], "NEVER", "text"),
        "keepalive" => made(200, [["Keep-Alive", "timeout=9"]], "NEVER", "text"),
        "te" => made(200, [["TE", "trailers"]], "NEVER", "text"),
        "trailer" => made(200, [["Trailer", "X"]], "NEVER", "text"),
        "proxy" => made(200, [["Proxy-Authenticate", "Basic"]], "NEVER", "text"),
        "type" => made(200, [["Content-Type", "html"]], "NEVER", "text"),
        "many" => made(200, range(201).map(fn(i) { return ["X", "1"] }), null, "none"),
        "long" => made(200, [["X-Long", repeat_str("a", 16385)]], null, "none"),
        "much" => made(200, range(60).map(fn(i) { return ["X", repeat_str("a", 1000)] }), null, "none"),
        "pair" => made(200, [["X"]], null, "none"),
        "pairs" => made(200, [1, 2], null, "none"),
        "value" => made(200, [["X", 1]], null, "none"),
        "list" => made(200, { X: "1" }, null, "none"),
        "low" => made(199, [], null, "none"),
        "interim" => made(101, [], null, "none"),
        "high" => made(600, [], null, "none"),
        "float" => made(200.0, [], null, "none"),
        "status" => made("200", [], null, "none"),
        "204" => made(204, [], "NEVER", "text"),
        "304" => made(304, [], "NEVER", "text"),
        "205" => made(205, [], 1, "json"),
        "kind" => made(200, [], null, "stream"),
        "nokind" => made(200, [], null, null),
        "text" => made(200, [], 5, "text"),
        "file" => made(200, [], { path: "x", size: 1, handle: 1 }, "file"),
        "handle" => made(200, [], { path: "x", size: 1, handle: -1 }, "file"),
        "fd" => made(200, [], { path: "x", size: 1, handle: 9 }, "file"),
        "path" => made(200, [], "/etc/passwd", "file"),
        _ => { __type__: "Response" }
    }
}

fn message(f) { try { return str(f()) } catch e { return e.message.split("\n")[0] } }

@get("/refused")
fn refused() {
    return [message(fn() { return respond(200, null, {"X-A": "a\r\nb"}) }),
            message(fn() { return respond(200, null, {"Connection": "close"}) }),
            message(fn() { return text("a").header("Transfer-Encoding", "chunked") }),
            message(fn() { return text("a").add_header("Content-Length", "1") }),
            message(fn() { return respond(204, "x") }),
            message(fn() { return redirect("/a\r\nX: y") }),
            message(fn() { return file("none.txt") })]
}

@get("/raises")
fn raises() {
    return text("a")
        .header("X-Line", "a\nb")
}

@get("/status/:n")
fn status(n: Int) { return respond(n, { n: n }) }

@get("/none/:n")
fn none(n: Int) { return respond(n, null, { "X-None": "1" }) }

@get("/json")
fn plain_json() { return respond(201, { b: 1, a: [1, null, "ü"] }, { "X-One": "1", "x-two": ["a", "b"] }) }

@get("/problem")
fn problem() { return respond(422, { title: "no" }, { "content-type": "application/problem+json" }) }

@get("/raw")
fn raw() { return respond(200, "<a/>", { "Content-Type": "application/xml" }) }

@get("/named")
fn named() { return text("named", 503).header("X-Request-Id", "my own").header("Vary", "X-Mine").cookie("a", "b") }

@get("/quoted")
fn quoted() { return respond(200, "text") }

@get("/text")
fn plain_text() { return text("grüße\n") }

@get("/html")
fn page() { return html("<p>" + html.escape("<&>") + "</p>", 404) }

@get("/empty")
fn empty() { return text("") }

@get("/bytes")
fn binary() { return bytes([0, 10, 13, 255, 128]) }

@get("/png")
fn png() { return bytes("\0PNG", "image/png", 203) }

@get("/go")
fn go(to = "/elsewhere", status: Int = 302) { return redirect(to, status) }

@get("/cookies")
fn cookies() {
    return set_cookie(set_cookie({ ok: true }, "a", "1"), "b", "2", { secure: true, max_age: 60 })
        .cookie("c", 3, { http_only: false })
}

@get("/tagged")
fn tagged(tag = "one", weak: Bool = false) {
    return text("tagged").etag(tag, weak).header("Cache-Control", "max-age=5").header("X-Seen", "yes").cookie("k", "v")
}

@get("/dated")
fn dated() { return text("dated").last_modified(1000000000) }

@post("/changed")
fn changed() { return text("changed").etag("new") }

@get("/copies")
fn copies() {
    let one = text("x")
    let two = one.header("X-Two", "2")
    let three = two.status(202).add_header("X-Two", "3")
    let four = three.header("x-two", null)
    return [one.headers.len(), two.headers.len(), three.headers.len(), four.headers.len(), one.status, three.status]
}

@get("/ok")
fn wrapped() { return Ok(text("x")) }

@get("/list")
fn listed() { return [redirect("/x").status] }

@get("/large")
fn large(n: Int = 1000000) { return text(repeat_str("0123456789", n)) }

@get("/file")
fn sent(name) { return file(name) }

@get("/download")
fn download(name, as = null) {
    return file(name, { download: match as { null => true, _ => as }, max_age: 3600, type: "text/plain" })
}

@get("/inline")
fn inline_file(name) { return file(name, { inline: true }) }

@get("/replaced")
fn replaced() {
    fs.write("replaced.txt", "old")
    let r = file("replaced.txt")
    fs.write("second.txt", "new content")
    fs.rename("second.txt", "replaced.txt")
    return r
}

@get("/removed")
fn removed() {
    fs.write("removed.txt", "still there")
    let r = file("removed.txt").status(203)
    fs.remove("removed.txt")
    return r
}

@get("/cut")
fn cut() {
    fs.write("cut.txt", repeat_str("x", 1000))
    let r = file("cut.txt")
    let other = fs.append("cut.txt", "y")
    return r
}

@get("/files")
fn many_files() {
    return range(20).map(fn(i) {
        fs.write("many-{i}.txt", "x")
        return message(fn() { return file("many-{i}.txt").kind })
    })
}

@get("/hints")
fn hints() {
    let first = early_hints(["</a.css>; rel=preload; as=style", "</b.js>; rel=preload"])
    let second = early_hints({ link: "</c>; rel=preconnect" })
    return respond(200, [first, second], { "X-Own": "1" })
}

@get("/plain")
fn plain() { return { status: 404, headers: [["X", "1"]] } }
"""
EARLY = """let early = file("early.txt")

@get("/early")
fn of_the_top_level(open: Bool = false) {
    if open { file("small.txt") }
    return early
}
"""
TYPES = {"small.txt": "text/plain", "page.html": "text/html", "x.forgetest": "text/x-forge-test",
         "what.unknown": "application/octet-stream", "none": "application/octet-stream"}


@pytest.fixture(scope="module")
def responder():
    server = Server(config=CONFIG + H2C + ("H2EarlyHints on\n" if HTTP2 else ""))
    server.put("apps/r.fg", PROGRAM)
    server.put("apps/top.fg", EARLY)
    for name in TYPES:
        server.put("apps/" + name, b"content of " + name.encode())
    server.put("apps/dir/inner.txt", b"inner")
    server.put("apps/grüße 100%.txt", b"named")
    server.put("apps/zero.txt", b"")
    server.put("apps/early.txt", b"early content")
    server.put("apps/packed.txt.gz", gzip.compress(b"packed"))
    server.put("apps/numbers.txt", b"".join(b"%07d\n" % n for n in range(400000)))
    server.put("secret.txt", b"secret")
    os.symlink("../secret.txt", server.path("apps/escape.txt"))
    os.symlink("/etc/passwd", server.path("apps/absolute.txt"))
    os.symlink("small.txt", server.path("apps/link.txt"))
    os.mkfifo(server.path("apps/fifo"))
    for name in ("small.txt", "numbers.txt"):
        os.utime(server.path("apps", name), (1000000000, 1000000000))
    os.chmod(server.path("apps"), 0o777)
    with server:
        server.news()
        yield server


@pytest.fixture
def web(responder, request):
    responder.news()
    yield from watched(request.node, lambda: [responder], lambda: iter([responder]))


# ---- what is refused -----------------------------------------------------------------------------------------------

FORGED = {
    "crlf": "X-Evil", "lf": "X-Evil", "nul": "X-Evil", "name": "X Evil", "colon": "X-Evil:", "empty": "''", "line": "X-Evil",
    "length": "content-length", "chunked": "Transfer-Encoding", "connection": "Connection", "upgrade": "UPGRADE",
    "keepalive": "Keep-Alive", "te": "'TE'", "trailer": "Trailer", "proxy": "Proxy-Authenticate",
    "type": "Content-Type", "many": "200 headers", "long": "X-Long", "much": "49152", "pair": r"\[name, value\]",
    "pairs": r"\[name, value\]", "value": r"\[name, value\]", "list": "headers", "low": "status", "interim": "status",
    "high": "status", "float": "status", "status": "status", "204": "204", "304": "304", "205": "205", "kind": "kind",
    "nokind": "kind", "text": "string", "file": r"file\(\)", "handle": r"file\(\)", "fd": r"file\(\)", "path": r"file\(\)",
    "bare": "status",
}


@pytest.mark.parametrize("what", [pytest.param(what, marks=pytest.mark.logs("FG0230: .*" + named))
                                  for what, named in FORGED.items()])
def test_forged(web, what):
    answer = web.get("/r/forged/" + what)
    assert answer.status == 500 and answer.json["error"] == "internal error"
    whole = (str(answer.headers) + answer.text).lower()
    assert "evil" not in whole and "set-cookie" not in whole and "never" not in whole


@pytest.mark.logs(r"FG0230: .*opened by file\(\) in the same request")
@pytest.mark.parametrize("opened", ["false", "true"])
def test_files_of_the_top_level(web, opened):
    answer = web.get("/top/early?open=" + opened)
    assert answer.status == 500 and b"content" not in answer.body


@pytest.mark.logs("FG0230: .*X-Evil")
def test_forged_in_development(fresh):
    server = fresh("ForgeErrors dev\nForgeApp /r {root}/apps/r.fg\n", {"apps/r.fg": PROGRAM})
    assert "X-Evil" in server.get("/r/forged/crlf").json["error"]


def test_builders_refuse(web):
    assert web.get("/r/refused").json == [
        "respond(): the header 'X-A' cannot have the byte 0x0d at position 1",
        "respond(): the header 'Connection' belongs to the connection, which is the server's",
        "Response.header(): the header 'Transfer-Encoding' belongs to the connection, which is the server's",
        "Response.add_header(): the header 'Content-Length' is computed by the server",
        "respond(): a response with the status 204 has no body",
        "redirect(): the URL cannot have the byte 0x0d at position 2",
        "file error: No such file or directory (os error 2)",
    ]


@pytest.mark.logs(r"FG0201: .*r\.fg:\d+:\d+: RuntimeError: Response\.header\(\): the header 'X-Line'")
@pytest.mark.may_log("FG0201: ")
def test_an_error_of_a_builder_is_at_its_line(web):
    assert web.get("/r/raises").status == 500


@pytest.mark.parametrize("name, why", [
    ("../secret.txt", "leads out of"), ("escape.txt", "leads out of"), ("absolute.txt", "leads out of"), ("/etc/passwd", "leads out of"),
    ("fifo", "not a regular file"), ("dir", "not a regular file"), ("none.txt", "No such file"), ("", ""),
    ("a%00b", "NUL byte"),
])
@pytest.mark.logs("FG0201: ")
def test_files_that_cannot_be_sent(web, name, why):
    answer = web.get("/r/file?name=" + name)
    assert (answer.status, answer.json["error"]) == (500, "internal error")
    assert why in "".join(web.log().splitlines()[-40:])


@pytest.mark.logs("FG0212|FG0201")
@pytest.mark.may_log("FG02")
def test_a_right_is_missing(web):
    answer = web.get("/bare/file?name=small.txt")
    assert answer.status == 500 and b"content" not in answer.body
    assert web.get("/bare/text").status == 200


def test_open_files_are_bounded(web):
    kinds = web.get("/r/files").json
    assert kinds[:16] == ["file"] * 16
    assert all(k.startswith("file(): 16 files are open already") for k in kinds[16:])


# ---- builders ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("n", [200, 201, 202, 203, 206, 226, 299, 300, 301, 399, 400, 401, 404, 409, 418, 422, 429, 451,
                               499, 500, 501, 503, 511, 599])
def test_status(web, n):
    answer = web.get("/r/status/%d" % n)
    assert (answer.status, answer.json, answer.headers["Content-Type"]) == (n, {"n": n}, "application/json")


@pytest.mark.parametrize("n, length", [(200, "0"), (204, None), (404, "0"), (304, None), (500, "0"), (205, "0")])
def test_no_body(web, n, length):
    answer = web.get("/r/none/%d" % n)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (n, b"", None)
    assert answer.headers["Content-Length"] == length
    assert answer.headers["X-None"] == "1"


def test_json(web):
    answer = web.get("/r/json")
    assert (answer.status, answer.text) == (201, '{"b":1,"a":[1,null,"ü"]}')
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers.get_all("X-One"), answer.headers.get_all("X-Two")) == (["1"], ["a", "b"])
    assert web.get("/r/quoted").text == '"text"'
    assert web.get("/r/list").json == [302]
    assert web.get("/r/copies").json == [1, 2, 3, 1, 200, 202]
    assert web.get("/r/plain").json == {"status": 404, "headers": [["X", "1"]]}
    assert web.get("/r/ok").json["Ok"]["status"] == 200


def test_content_types(web):
    for path, status, kind, body in [
            ("problem", 422, "application/problem+json", b'{"title":"no"}'),
            ("raw", 200, "application/xml", b"<a/>"),
            ("text", 200, "text/plain; charset=utf-8", "grüße\n".encode()),
            ("html", 404, "text/html; charset=utf-8", b"<p>&lt;&amp;&gt;</p>"),
            ("empty", 200, "text/plain; charset=utf-8", b""),
            ("bytes", 200, "application/octet-stream", b"\0\n\r\xff\x80"),
            ("png", 203, "image/png", b"\0PNG")]:
        answer = web.get("/r/" + path)
        assert (answer.status, answer.headers["Content-Type"], answer.body) == (status, kind, body)
        assert answer.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(web, status):
    for url, sent in [("/x", "/x"), ("https://example.org/a?b=c#d", None), ("..", ".."), ("/a%20b", "/a%20b"),
                      ("/grüße", "/gr%C3%BC%C3%9Fe"), ("//other.example", "//other.example")]:
        answer = web.get("/r/go?status=%d&to=%s" % (status, urllib.parse.quote(url)))
        assert (answer.status, answer.headers["Location"], answer.body) == (status, sent or url, b"")


def test_cookies(web):
    answer = web.get("/r/cookies")
    assert answer.json == {"ok": True}
    assert answer.headers.get_all("Set-Cookie") == [
        "a=1; Path=/; HttpOnly; SameSite=Lax", "b=2; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
        "c=3; Path=/; SameSite=Lax"]


def test_headers_of_the_module_give_way(web):
    answer = web.get("/r/named", {"X-Request-Id": "abc"})
    assert answer.headers.get_all("X-Request-Id") == ["my own"]
    assert answer.headers.get_all("Vary") == ["X-Mine"]
    assert web.get("/r/text", {"X-Request-Id": "abc"}).headers.get_all("X-Request-Id") == ["abc"]


def test_large_text(web):
    answer = web.get("/r/large?n=2000000")
    assert answer.body == b"0123456789" * 2000000


# ---- HEAD, conditions, ranges --------------------------------------------------------------------------------------

PATHS = ["json", "problem", "raw", "quoted", "text", "html", "empty", "bytes", "png", "go", "cookies", "tagged", "dated",
         "large?n=100", "large", "status/404", "status/500", "none/204", "none/200", "none/304", "file?name=small.txt",
         "file?name=numbers.txt", "file?name=zero.txt", "file?name=packed.txt.gz", "download?name=small.txt", "plain"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mount", ["/r/", "/packed/"])
def test_head_is_get_without_a_body(web, path, mount):
    def known(answer):
        # httpd takes "Content-Length: 0" out of responses to HEAD (HttpContentLengthHeadZero).
        found = [(n.lower(), v) for n, v in answer.headers.items()]
        return sorted((n, v) for n, v in found
                      if n not in ("date", "x-request-id") and (n, v) != ("content-length", "0"))
    get, head = web.get(mount + path), web.ask("HEAD", mount + path)
    assert (get.status, known(get)) == (head.status, known(head))
    assert head.body == b""


def test_bodies_end_where_they_say(web):
    """What follows on the connection is the next response."""
    paths = [(method, p) for p in PATHS for method in ("GET", "HEAD")]
    with web.session() as session:
        for method, path in paths:
            session.ask(method, "/r/" + path)
            assert session.ask("GET", "/r/quoted").body == b'"text"'


def test_etag(web):
    answer = web.get("/r/tagged")
    assert (answer.status, answer.headers["ETag"]) == (200, '"one"')
    assert web.get("/r/tagged?weak=true").headers["ETag"] == 'W/"one"'
    for method in ("GET", "HEAD"):
        for value in ('"one"', 'W/"one"', '"zero", "one"', "*"):
            answer = web.ask(method, "/r/tagged", headers={"If-None-Match": value})
            assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", '"one"')
            assert answer.headers["Cache-Control"] == "max-age=5" and "k=v" in answer.headers["Set-Cookie"]
            assert answer.headers["Content-Type"] is None and answer.headers["Content-Length"] is None
    assert web.get("/r/tagged", {"If-None-Match": '"two"'}).status == 200
    assert web.get("/r/tagged", {"If-Match": '"one"'}).status == 200
    answer = web.get("/r/tagged", {"If-Match": '"two"'})
    assert (answer.status, answer.json["error"]) == (412, "precondition failed")


def test_last_modified(web):
    when = email.utils.formatdate(1000000000, usegmt=True)
    assert web.get("/r/dated").headers["Last-Modified"] == when
    assert web.get("/r/dated", {"If-Modified-Since": when}).status == 304
    before = email.utils.formatdate(1000000000 - 1, usegmt=True)
    assert web.get("/r/dated", {"If-Modified-Since": before}).text == "dated"
    assert web.get("/r/dated", {"If-Unmodified-Since": before}).status == 412
    assert web.get("/r/dated", {"If-Unmodified-Since": when}).status == 200


def test_conditions_do_not_undo_what_was_done(web):
    answer = web.ask("POST", "/r/changed", b"", {"If-Match": '"old"'})
    assert (answer.status, answer.text) == (200, "changed")


@pytest.mark.parametrize("name, kind", TYPES.items())
def test_types_of_files(web, name, kind):
    answer = web.get("/r/file?name=" + name)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.body == b"content of " + name.encode()
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_encoded_file(web):
    answer = web.get("/r/file?name=packed.txt.gz")
    assert (answer.headers["Content-Type"], answer.headers["Content-Encoding"]) == ("text/plain", "x-gzip")
    assert gzip.decompress(answer.body) == b"packed"


def test_links_within_the_root(web):
    assert web.get("/r/file?name=link.txt").body == b"content of small.txt"
    assert web.get("/r/file?name=dir/inner.txt").body == b"inner"


def test_dispositions(web):
    answer = web.get("/r/download?name=dir/inner.txt")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="inner.txt"'
    assert (answer.headers["Cache-Control"], answer.headers["Content-Type"]) == ("max-age=3600", "text/plain")
    answer = web.get("/r/download?name=small.txt&as=gr%C3%BC%C3%9Fe%22.txt")
    assert answer.headers["Content-Disposition"] == \
        "attachment; filename=\"gr____e_.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe%22.txt"
    answer = web.get("/r/inline?name=gr%C3%BC%C3%9Fe%20100%25.txt")
    assert answer.headers["Content-Disposition"] == \
        "inline; filename=\"gr____e 100_.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe%20100%25.txt"


def test_the_descriptor_counts(web):
    """A file that is replaced or removed after file() is sent as it was opened."""
    answer = web.get("/r/replaced")
    assert (answer.status, answer.body) == (200, b"old")
    answer = web.get("/r/removed")
    assert (answer.status, answer.body) == (203, b"still there")
    assert web.get("/r/cut").body == b"x" * 1000 + b"y"


def test_conditions_of_files(web):
    answer = web.get("/r/file?name=numbers.txt")
    tag, when = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert not tag.startswith("W/") and when == email.utils.formatdate(1000000000, usegmt=True)
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": when}):
        answer = web.get("/r/file?name=numbers.txt", headers)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)
    assert web.get("/r/file?name=numbers.txt", {"If-Match": '"x"'}).status == 412
    assert web.get("/r/file?name=zero.txt").headers["ETag"] != tag


def test_ranges(web):
    whole = b"".join(b"%07d\n" % n for n in range(400000))
    n = len(whole)
    tag = web.get("/r/file?name=numbers.txt").headers["ETag"]

    def ask(headers):
        answer = web.get("/r/file?name=numbers.txt", headers)
        return answer.status, answer.headers["Content-Range"], answer.body
    assert ask({}) == (200, None, whole)
    assert ask({"Range": "bytes=0-0"}) == (206, "bytes 0-0/%d" % n, b"0")
    assert ask({"Range": "bytes=100001-299999"}) == (206, "bytes 100001-299999/%d" % n, whole[100001:300000])
    assert ask({"Range": "bytes=-5"}) == (206, "bytes %d-%d/%d" % (n - 5, n - 1, n), whole[-5:])
    assert ask({"Range": "bytes=3199990-"})[2] == whole[-10:]
    assert ask({"Range": "bytes=%d-" % n})[0] == 416
    assert ask({"Range": "lines=1-2"}) == (200, None, whole)
    assert ask({"Range": "bytes=5-9", "If-Range": tag}) == (206, "bytes 5-9/%d" % n, whole[5:10])
    assert ask({"Range": "bytes=5-9", "If-Range": '"other"'}) == (200, None, whole)
    status, _, body = ask({"Range": "bytes=0-3,1000000-1000003"})
    assert status == 206 and whole[:4] in body and whole[1000000:1000004] in body


def test_ranges_of_texts(web):
    answer = web.get("/r/large?n=10", {"Range": "bytes=5-14"})
    assert (answer.status, answer.body) == (206, b"5678901234")


def test_filters(web):
    answer = web.get("/packed/file?name=numbers.txt", {"Accept-Encoding": "gzip"})
    assert (answer.headers["Content-Encoding"], answer.headers["X-Fixed"]) == ("gzip", "yes")
    assert gzip.decompress(answer.body) == b"".join(b"%07d\n" % n for n in range(400000))
    answer = web.get("/packed/large?n=100", {"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.body) == b"0123456789" * 100


@pytest.mark.parametrize("config", ["EnableSendfile on\n", "EnableSendfile off\nEnableMMAP on\n"])
def test_large_file(fresh, config):
    size = 20 << 20
    content = os.urandom(1 << 20) * 20
    server = fresh(config + "ForgeAllow fs.read\nForgeApp /r {root}/apps/r.fg\n",
                   {"apps/r.fg": PROGRAM, "apps/big.bin": content})
    answer = server.get("/r/file?name=big.bin")
    assert answer.headers["Content-Length"] == str(size) and answer.body == content
    assert server.get("/r/file?name=big.bin", {"Range": "bytes=5000000-"}).body == content[5000000:]


# ---- early hints ---------------------------------------------------------------------------------------------------

def test_early_hints(web):
    answer = web.raw(b"GET /r/hints HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    first, second, final, body = answer.split(b"\r\n\r\n")
    assert first == (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\n"
                     b"Link: </b.js>; rel=preload")
    assert second == b"HTTP/1.1 103 Early Hints\r\nLink: </c>; rel=preconnect"
    assert final.startswith(b"HTTP/1.1 200 OK\r\n") and b"X-Own: 1" in final and b"Link" not in final
    assert b"X-Request-Id" in final and body == b"[true,true]"


def test_no_early_hints_for_old_clients(web):
    answer = web.raw(b"GET /r/hints HTTP/1.0\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK") and b"HTTP/1.1 103" not in answer
    assert answer.endswith(b"\r\n\r\n[false,false]")


@over_http2
def test_early_hints_over_http_2(web):
    out = web.curl("-i", HTTP2, web.url + "/r/hints")
    assert out.count("HTTP/2 103") == 2 and out.count("HTTP/2 200") == 1
    assert "</a.css>; rel=preload; as=style" in out and out.endswith("[true,true]")


# ---- TLS and HTTP/2 ------------------------------------------------------------------------------------------------

@over_http2
@pytest.mark.parametrize("path", PATHS)
def test_http_2_says_the_same(web, path):
    """As HTTP/1.1 on the same port."""
    with client.session("tls" if web.secure else "h1", web.port) as session:
        plain = session.ask("GET", "/r/" + path)
    done = subprocess.run(["curl", "-sk", HTTP2, "-w", "|%{http_code}|%{content_type}", web.url + "/r/" + path],
                          capture_output=True)
    kind = plain.headers["Content-Type"] or ""
    assert done.returncode == 0
    assert done.stdout == plain.body + ("|%d|%s" % (plain.status, kind)).encode()


# ---- what breaks off -----------------------------------------------------------------------------------------------

def begin(server, path, headers=b""):
    """A request on a connection that stays, whose client reads little."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    link.settimeout(60)
    link.connect(("127.0.0.1", server.port))
    if server.secure:
        link = ssl._create_unverified_context().wrap_socket(link)
    link.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path, headers))
    return link, link.recv(1000)


def rest(link):
    """What comes until the server closes, which it does at once: a connection that is kept lasts a minute."""
    parts, started = [], time.monotonic()
    try:
        while True:
            part = link.recv(1 << 20)
            if not part:
                break
            parts.append(part)
    except (ConnectionResetError, ssl.SSLError):
        pass
    link.close()
    assert time.monotonic() - started < 20
    return b"".join(parts)


def make_file(server, name, content=None):
    path = server.path("apps", name)
    with open(path, "wb") as f:
        if content:
            f.write(content)
        else:
            f.truncate(LARGE)
    os.chmod(path, 0o666)
    return path


@pytest.mark.parametrize("headers", [b"", b"Range: bytes=100-\r\n"])
@pytest.mark.logs("FG0231")
def test_a_file_that_becomes_shorter(web, headers):
    """The connection ends before Content-Length, and nobody waits for ever."""
    path = make_file(web, "short.bin")
    link, first = begin(web, b"/r/file?name=short.bin", headers)
    assert re.match(rb"HTTP/1.1 20[06] ", first)
    size = int(re.search(rb"Content-Length: (\d+)", first).group(1))
    time.sleep(0.3)
    os.truncate(path, 1000)
    body = (first + rest(link)).split(b"\r\n\r\n", 1)[1]
    assert len(body) < size
    assert web.get("/r/quoted").text == '"text"'


@pytest.mark.logs("FG0231")
def test_sendfile_of_a_file_that_becomes_shorter(fresh):
    server = fresh("EnableSendfile on\nKeepAliveTimeout 60\nForgeAllow fs.read\nForgeApp /r {root}/apps/r.fg\n", {"apps/r.fg": PROGRAM})
    path = make_file(server, "sent.bin")
    link, first = begin(server, b"/r/file?name=sent.bin")
    time.sleep(0.3)
    os.truncate(path, 1000)
    assert 1000 < len(first + rest(link)) < LARGE


@pytest.mark.logs("FG0231")
@pytest.mark.may_log("AH10298")
def test_a_chunked_body_that_breaks_off(web):
    """Without the last chunk a client knows that it has not got everything."""
    path = make_file(web, "chunked.bin", os.urandom(1 << 20) * 40)
    link, first = begin(web, b"/packed/file?name=chunked.bin", b"Accept-Encoding: gzip\r\n")
    assert b"Transfer-Encoding: chunked" in first
    time.sleep(0.3)
    os.truncate(path, 1000)
    body = first + rest(link)
    assert len(body) > 1000 and not body.endswith(b"0\r\n\r\n")
    whole, first = begin(web, b"/packed/file?name=small.txt", b"Accept-Encoding: gzip\r\nConnection: close\r\n")
    assert (first + rest(whole)).endswith(b"0\r\n\r\n") or b"Content-Length" in first


@over_http2
@pytest.mark.logs("FG0231")
def test_a_stream_that_breaks_off(web):
    path = make_file(web, "stream.bin")
    curl = subprocess.Popen(["curl", "-sk", HTTP2, "--limit-rate", "10M", "--max-time", "60", "-o", "/dev/null",
                             "-w", "%{size_download}", web.url + "/r/file?name=stream.bin"], stdout=subprocess.PIPE)
    time.sleep(1)
    os.truncate(path, 1000)
    out, _ = curl.communicate(timeout=90)
    assert curl.returncode in (18, 56, 92)
    assert int(out) < LARGE
    assert web.get("/r/quoted").text == '"text"'


@over_http2
@pytest.mark.logs("FG0231")
@pytest.mark.may_log("AH10298")
def test_a_stream_without_a_length_that_breaks_off(web):
    """Only the reset says that something is missing."""
    path = make_file(web, "packed.bin", os.urandom(1 << 20) * 64)
    url = web.url + "/packed/file?name="
    curl = subprocess.Popen(["curl", "-sk", HTTP2, "-H", "Accept-Encoding: gzip", "--limit-rate", "8M",
                             "--max-time", "60", "-o", "/dev/null", "-w", "%{size_download}", url + "packed.bin"], stdout=subprocess.PIPE)
    time.sleep(1)
    os.truncate(path, 1000)
    out, _ = curl.communicate(timeout=90)
    assert curl.returncode in (56, 92) and 0 < int(out) < 64 << 20
    head = web.curl(HTTP2, "-H", "Accept-Encoding: gzip", "-D", "-", "-o", "/dev/null",
                    url + "numbers.txt")
    assert "content-encoding: gzip" in head and "content-length" not in head


def test_a_client_that_leaves(web):
    make_file(web, "left.bin")
    link, first = begin(web, b"/r/file?name=left.bin")
    assert first.startswith(b"HTTP/1.1 200")
    link.close()
    assert web.get("/r/quoted").text == '"text"'


@pytest.mark.may_log("AH01630")
def test_error_documents_keep_the_status(fresh):
    server = fresh("ForgeApp /r {root}/apps/r.fg\nErrorDocument 404 /r/tagged\nErrorDocument 403 /r/html\n"
                   "<Location /closed>\n    Require all denied\n</Location>\n", {"apps/r.fg": PROGRAM})
    for headers in ({}, {"If-None-Match": '"one"'}, {"Range": "bytes=0-1"}):
        answer = server.get("/none", headers)
        assert (answer.status, answer.text) == (404, "tagged")
    assert server.get("/closed").status == 404
    assert server.get("/closed").text.startswith("<p>")

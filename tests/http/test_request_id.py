# SPDX-License-Identifier: Apache-2.0
"""X-Request-Id: on every response, the same in the logs."""
import hashlib
import re

import pytest

from conftest import PROTOCOL, only

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_a_uuid_when_none_came(site):
    ids = {site.get("/t/one").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(UUID.fullmatch(i) for i in ids)


@pytest.mark.parametrize("value, echoed", [
    ("abc", "abc"),
    ("with space, and comma"[:10], "with space"),
    ("~!@#$%^&*()_+", "~!@#$%^&*()_+"),
    ("x" * 64, "x" * 64),
    ("y" * 65, "y" * 64),
    ("z" * 5000, "z" * 64),
])
def test_echo(site, value, echoed):
    assert site.get("/t/one", {"X-Request-Id": value}).headers["X-Request-Id"] == echoed


@pytest.mark.logs(r"FG0301: ")
@pytest.mark.parametrize("value", ["", "   ", b"caf\xc3\xa9", b"\xff"])
def test_unfit_ids_are_replaced_with_one_warning(site, value):
    before = len(re.findall(r"FG0301: ", site.log()))
    answer = site.get("/t/one", {"X-Request-Id": value})
    assert UUID.fullmatch(answer.headers["X-Request-Id"])
    site.wait(lambda: len(re.findall(r"FG0301: ", site.log())) == before + 1, 5, "one warning expected")


def test_repeated_header_takes_the_first(site):
    answer = site.raw(b"GET /t/one HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: first\r\n"
                      b"X-Request-Id: second\r\n\r\n")
    assert re.search(rb"(?i)x-request-id: first\r\n", answer), answer


@pytest.mark.may_log("FG0201", "AH01630")
@pytest.mark.parametrize("method, path", [
    ("GET", "/t/one"), ("HEAD", "/t/one"), ("OPTIONS", "/t/one"), ("GET", "/t/none-such"), ("DELETE", "/t/one"),
    ("GET", "/t/boom"), ("GET", "/t/typed?i=x"), ("GET", "/hello.fg"), ("GET", "/.fg"),
    ("POST", "/t/echo"), ("OPTIONS", "/t/none-such"), ("GET", "/none-such"), ("GET", "/t/shelf/a%2Fb"),
])
def test_every_response_has_it_once(site, method, path):
    answer = site.ask(method, path, headers={"X-Request-Id": "given"})
    assert answer.headers.get_all("X-Request-Id") == ["given"]


HTTPDS_OWN = """
LoadModule reqtimeout_module {modules}/mod_reqtimeout.so
RequestReadTimeout body=1
LimitRequestBody 100
ForgeMaxBody 50
ForgeApp /a {root}/apps/a.fg
Include {root}/forge.conf
"""
ANSWERS = """@get("/text")
fn plain() { return text("hello").etag("abc") }
@get("/file")
fn sent() { return file("x.txt") }
@post("/body")
fn body(request) { return request.text() }
@post("/json")
fn json_body(name) { return name }
"""
FILES = {"apps/a.fg": ANSWERS, "apps/x.txt": "0123456789", "www/page.fg": 'say "hello"\n'}
CHUNKED = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
JSON = {"Content-Type": "application/json"}


# HTTP/2 has no chunks and a status of its own for long headers, resets streams whose body does not come, and lets a
# page that reads no body have any.
OF_HTTP1 = pytest.mark.skipif(PROTOCOL == "h2", reason="how HTTP/1.1 and its filters refuse requests")


@pytest.fixture
def limited(fresh):
    return fresh(HTTPDS_OWN + "<Location /a>\nForgeAllow fs.read\n</Location>\n", FILES)


@pytest.mark.may_log("AH10244", "AH01382", "AH00587", "AH01587", "AH01588", "AH01590")
@pytest.mark.parametrize("status, method, path, headers, body", [
    (416, "GET", "/a/text", {"Range": "bytes=50-60"}, None),
    (416, "GET", "/a/file", {"Range": "bytes=50-60"}, None),
    (416, "GET", "/page.fg", {"Range": "bytes=50-60"}, None),
    (206, "GET", "/a/file", {"Range": "bytes=1-2"}, None),
    (304, "GET", "/a/text", {"If-None-Match": '"abc"'}, None),
    (412, "GET", "/a/text", {"If-Match": '"x"'}, None),
    (413, "POST", "/a/json", JSON, b"x" * 60),
    (413, "POST", "/a/json", JSON, b"x" * 200),
    (413, "POST", "/a/json", CHUNKED, b"c8\r\n" + b"x" * 200 + b"\r\n0\r\n\r\n"),
    (413, "POST", "/a/body", {}, b"x" * 60),
    (413, "POST", "/a/body", {}, b"x" * 200),
    pytest.param(413, "POST", "/page.fg", {}, b"x" * 200, marks=OF_HTTP1),
    pytest.param(400, "POST", "/a/json", CHUNKED, b"zz\r\n", marks=OF_HTTP1),
    pytest.param(400, "POST", "/a/body", CHUNKED, b"zz\r\n", marks=OF_HTTP1),
    (400, "GET", "/a/%zz", {}, None),
    pytest.param(400, "GET", "/a/text", {"X-Long": "x" * 9000}, None, marks=OF_HTTP1),
    pytest.param(408, "POST", "/a/json", {**JSON, "Content-Length": "10"}, b"{", marks=OF_HTTP1),
    pytest.param(408, "POST", "/a/body", {"Content-Length": "10"}, b"{", marks=OF_HTTP1),
    (414, "GET", "/a/" + "x" * 9000, {}, None),
    (417, "GET", "/a/text", {"Expect": "wonders"}, None),
    (415, "POST", "/a/json", {"Content-Type": "text/plain"}, b"x"),
    (405, "PUT", "/page.fg", {}, None),
    (405, "BREW", "/page.fg", {}, None),
    (405, "BREW", "/a/text", {}, None),
    (405, "TRACE", "/a/text", {}, None),
    (404, "GET", "/page.fg/more", {}, None),
    (400, "POST", "/a/json", {**JSON, "Transfer-Encoding": "wonders"}, b"x"),
])
def test_answers_of_httpd_itself(limited, status, method, path, headers, body):
    """Made and given ones, on what stands in for an answer of the program, too."""
    answer = limited.ask(method, path, body, {"X-Request-Id": "given", **headers})
    ids = answer.headers.get_all("X-Request-Id")
    assert (answer.status, len(ids)) == (status, 1), answer
    unread = status == 414 or "X-Long" in headers  # httpd gave up before it saw the client's
    assert ids == ["given"] or (unread and UUID.fullmatch(ids[0])), answer


def without_unique_id(server):
    put = server.put
    server.put = lambda name, text, *more: put(name, re.sub(r"LoadModule unique_id_module.*", "", text)
                                               if name == "httpd.conf" else text, *more)


@pytest.mark.parametrize("document", ["/sorry.txt", "/sorry.fg", '"sorry"'])
@pytest.mark.parametrize("before", [None, without_unique_id])
def test_error_documents(fresh, document, before):
    """The id of the request that the client sent: a redirect within the server makes no other one."""
    server = fresh(HTTPDS_OWN + "ErrorDocument 416 %s\nErrorDocument 404 %s\n" % (document, document),
                   {**FILES, "www/sorry.txt": "sorry", "www/sorry.fg": 'say "sorry"\n'}, before=before)
    for path, status in (("/a/text", 416), ("/none.fg", 404)):
        answer = server.get(path, {"Range": "bytes=50-60"})
        ids = answer.headers.get_all("X-Request-Id")
        assert (answer.status, answer.text.strip(), len(ids)) == (status, "sorry", 1), answer
        server.wait(lambda: " id=%s " % ids[0] in server.access(), 5, "another id in the access log")


def test_the_note_reaches_the_access_log(site):
    site.get("/t/one", {"X-Request-Id": "noted-1"})
    site.wait(lambda: " id=noted-1 " in site.access(), 5, "no note in the access log")
    made = site.get("/t/one").headers["X-Request-Id"]
    site.wait(lambda: " id=%s " % made in site.access(), 5, "no note in the access log")


def test_unique_id_itself(fresh):
    server = fresh("ForgeRequestId unique-id\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    made = server.get("/t/one").headers["X-Request-Id"]
    server.wait(lambda: "id=%s unique=%s" % (made, made) in server.access(), 5, "not the UNIQUE_ID: " + made)


def test_off(fresh):
    server = fresh("ForgeRequestId off\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    assert server.get("/t/one").headers["X-Request-Id"] is None


ECHO = """@get("/id")
fn id(request) { return [request.id, request.header("X-Request-Id")] }

@get("/ask")
fn ask() { return [http.get(env.get("ECHO")).json, http.get(env.get("ECHO"), { headers: { "x-request-id": "own" } }).json] }
"""


def test_the_id_is_computed_from_unique_id(site):
    """Whoever reads the access log can do the same."""
    made = site.get("/t/one").headers["X-Request-Id"]
    site.wait(lambda: " id=%s " % made in site.access(), 5, "no note in the access log")
    unique = re.search(" id=%s unique=([\\w@-]+)" % made, site.access()).group(1)
    digest = bytearray(hashlib.sha1(b"mod_forge request id\n" + unique.encode()).digest()[:16])
    digest[6] = digest[6] & 15 | 64
    digest[8] = digest[8] & 63 | 128
    assert made.replace("-", "") == digest.hex()


def test_without_mod_unique_id(fresh):
    def unload(server):
        write = server.write_config

        def without():
            write()
            with open(server.path("httpd.conf")) as f:
                text = re.sub("(?m)^LoadModule unique_id_module.*$", "", f.read())
            server.put("httpd.conf", text)
        server.write_config = without
    server = fresh("ForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"], before=unload)
    ids = {server.get("/t/one").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20 and all(UUID.fullmatch(i) for i in ids)
    server.wait(lambda: "unique=-" in server.access(), 5, "there is a UNIQUE_ID")
    assert server.get("/t/one", {"X-Request-Id": "given"}).headers["X-Request-Id"] == "given"


def test_ids_of_strangers_can_be_dropped(fresh):
    """mod_headers does that where ids of clients mean nothing."""
    server = fresh("LoadModule headers_module {modules}/mod_headers.so\nRequestHeader unset X-Request-Id early\n"
                   "ForgeApp /e {root}/apps/e.fg\n", {"apps/e.fg": ECHO})
    answer = server.get("/e/id", {"X-Request-Id": "theirs"})
    assert UUID.fullmatch(answer.headers["X-Request-Id"])
    assert answer.json == [answer.headers["X-Request-Id"], None]


@only("h1", "the program asks its own server in clear")
def test_what_a_program_asks_carries_the_id(fresh):
    server = fresh("ForgeReserve 0\nForgeAllow net env\nForgeAllowHosts 127.0.0.1\n"
                   "ForgeSet ECHO http://127.0.0.1:{port}/e/id\nForgeApp /e {root}/apps/e.fg\n", {"apps/e.fg": ECHO})
    assert server.get("/e/ask", {"X-Request-Id": "mine"}).json == [["mine", "mine"], ["own", "own"]]
    made = server.get("/e/ask")
    assert made.json[0] == [made.headers["X-Request-Id"]] * 2

# SPDX-License-Identifier: Apache-2.0
"""The request as handlers see it: fields, methods, and the body on demand."""
import json
import os
import re
import socket
import subprocess
import time

import pytest

from conftest import H2C, HTTP2, PROTOCOL, over_http2

APP = """
@get("/see/:id")
fn see(request: Request) {
    return request
}
@get("/any/:id")
fn any(id, r: Request, request, x) {
    return [id, r.method, request.path, x]
}
@get("/own/:request")
fn own(request) { return request }
@post("/taken/:request")
fn taken(request, body) { return [request, body] }
@post("/named/:body")
fn named(body, request) { return [body, request.text()] }
@get("/ask")
fn ask(request) {
    return {
        agent: request.header("USER-agent"), none: request.header("x-none"), other: request.header("x-none", "d"),
        list: request.header_all("X-List"), empty: request.header_all("x-none"),
        a: request.query_all("a"), b: request.query_all("nothing"),
        param: [request.param("a"), request.param("zz"), request.param("zz", 7)],
        tls: request.tls()
    }
}
@get("/p/:a")
fn p(request) { return [request.param("a"), request.params, request.query] }

@post("/text")
fn text(request) { return [request.text(), request.text(), request.bytes()] }
@post("/json")
fn body_json(request) { return request.json() }
@post("/both")
fn both(request, body) { return [body, request.text(), request.json()] }
@post("/bytes")
fn size(request) { return request.bytes().bytes().len() }
@post("/nothing")
fn nothing(request) { return "not read" }
@post("/caught")
fn caught(request) {
    try {
        return request.text().len()
    } catch e {
        return { message: e.message, kind: e.type }
    }
}
@post("/rest")
fn rest(request) {
    try {
        let t = request.text()
    } catch e {
        return [1][9]
    }
}
@post("/pieces")
fn pieces(request) {
    let mut n = 0
    let mut most = 0
    let mut piece = request.read(1000)
    while piece != null {
        n = n + piece.bytes().len()
        if piece.bytes().len() > most { most = piece.bytes().len() }
        piece = request.read(1000)
    }
    return [n, most, request.read()]
}
@post("/mixed/:how")
fn mixed(how, request) {
    request.read(1)
    if how == "text" { return request.text() }
    if how == "json" { return request.json() }
    return request.form()
}
@post("/late")
fn late(request) {
    let t = request.text()
    return request.read()
}
@post("/form")
fn form(request) {
    return { form: request.form(), tags: request.form_all("tag"),
             files: request.files().map(fn(f) { return [f.name, f.filename, f.type, f.size, f.text().len()] }) }
}
@post("/save/:name")
fn save(name, request) {
    let files = request.files()
    files[0].save("up/" + name)
    return files[0].size
}
@post("/saves")
fn saves(request, to) {
    request.files()[0].save(to)
    return "saved"
}
@post("/each")
fn save_all(request) {
    for file in request.files() { file.save("up/" + file.filename) }
    return request.files().len()
}
@post("/chunks")
fn chunks(request) {
    let file = request.files()[0]
    let mut n = 0
    let mut count = 0
    let mut piece = file.read()
    while piece != null {
        n = n + piece.bytes().len()
        count = count + 1
        piece = file.read()
    }
    return [n, count, file.read(5)]
}
@post("/hold")
fn keep(request) {
    let files = request.files()
    fs.write("held", str(files.len()))
    wait 1.5 seconds
    return files.len()
}
@post("/deadline")
fn deadline(request) {
    let mut said = "nothing"
    try {
        timeout 1 seconds { let t = request.text() }
    } catch e {
        said = e.message
    }
    return said
}
@post("/beside")
fn beside(request) {
    let ticks = channel(100)
    let task = spawn { return request.text() }
    let mut n = 0
    while n < 3 {
        wait 50 milliseconds
        n = n + 1
    }
    return [n, await task]
}
@get("/plain")
fn plain() { return "plain" }
"""

CONFIG = """
LoadModule headers_module {modules}/mod_headers.so
LoadModule remoteip_module {modules}/mod_remoteip.so
LoadModule reqtimeout_module {modules}/mod_reqtimeout.so
LoadModule deflate_module {modules}/mod_deflate.so
RequestReadTimeout header=0 body=0
ForgeErrors prod
ForgeMaxTime 5s
ForgeMaxMemory 33554432
ForgeReload 0
ForgeAllow fs.read fs.write
ForgeRoot {root}/data
ForgeUploadDir {root}/spool
ForgeApp /r {root}/apps/request.fg
<Location /r>
    ForgeMaxBody 100000
</Location>
ForgeApp /big {root}/apps/request.fg
<Location /big>
    ForgeMaxBody 8000000
</Location>
ForgeApp /inflate {root}/apps/request.fg
<Location /inflate>
    SetInputFilter DEFLATE
    ForgeMaxBody 100000
</Location>
"""

SCHEME = "http" if PROTOCOL == "h1" else "https"


def prepare(server):
    for name in ("data", "data/up", "spool"):
        os.makedirs(server.path(name), exist_ok=True)
        os.chmod(server.path(name), 0o777)


@pytest.fixture
def start(fresh):
    def begin(config="", **more):
        return fresh(CONFIG + H2C + config, put={"apps/request.fg": APP}, before=prepare, **more)
    return begin


@pytest.fixture
def server(start):
    return start()


def exchange(server, parts, timeout=30):
    """Send the parts, each a text or a pause in seconds; give all that came."""
    link = server.connect(timeout)
    came = b""
    with link:
        for part in parts:
            if isinstance(part, float):
                link.settimeout(part)
                try:
                    came += link.recv(65536)
                except socket.timeout:
                    pass
                link.settimeout(timeout)
            else:
                link.sendall(part)
        while True:
            try:
                part = link.recv(65536)
            except ConnectionResetError:
                return came
            if not part:
                return came
            came += part


def closes(out):
    return re.search(rb"\r\nConnection: ([\w-]+, )?close\r\n", out)


def head(path, *lines, method="POST", close=True):
    return "\r\n".join(["%s %s HTTP/1.1" % (method, path), "Host: site.example:99"] + list(lines)
                       + (["Connection: close"] if close else []) + ["", ""]).encode()


def part(name, data, filename=None, kind=None):
    more = '; filename="%s"' % filename if filename is not None else ""
    kind = "Content-Type: %s\r\n" % kind if kind else ""
    if isinstance(data, str):
        data = data.encode()
    return ('--B\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n' % (name, more, kind)).encode() + data + b"\r\n"


def upload(server, path, *parts, **more):
    return server.post(path, body=b"".join(parts) + b"--B--\r\n", kind="multipart/form-data; boundary=B", **more)


# ---- fields ------------------------------------------------------------------------------------------------------


def test_fields(server):
    answer = server.get("/r/see/a%20bc?x=1&y=%C3%A9&x=2&z", {
        "X-Thing": "one", "Cookie": "a=1; b=\"two\"; a=3", "Authorization": "Basic eDp5", "X-Request-Id": "abc"})
    seen = answer.json
    assert list(seen) == ["method", "path", "route", "params", "query", "headers", "cookies", "scheme", "host", "client",
                          "user", "id", "__type__"]
    assert (seen["method"], seen["path"], seen["route"]) == ("GET", "/r/see/a bc", "/see/:id")
    assert seen["params"] == {"id": "a bc"}
    assert list(seen["query"].items()) == [("x", "2"), ("y", "é"), ("z", "")]
    assert seen["headers"]["x-thing"] == "one"
    assert seen["headers"]["authorization"] == "Basic eDp5"
    assert seen["cookies"] == {"a": "1", "b": "two"}
    assert (seen["scheme"], seen["host"], seen["user"], seen["id"]) == (SCHEME, "127.0.0.1", None, "abc")
    assert seen["client"]["address"] == "127.0.0.1" and seen["client"]["port"] > 1023
    assert seen["__type__"] == "Request"
    assert all(name == name.lower() for name in seen["headers"])


def test_repeated_and_strange_headers(server):
    out = exchange(server, [head("/r/see/1", "X-A: 1", "x-a: 2", "X_B: evil", "Content_Length: 5", "X-C: \xe9", method="GET")])
    seen = json.loads(out.split(b"\r\n\r\n", 1)[1])
    assert seen["headers"]["x-a"] == "1, 2"
    assert not [name for name in seen["headers"] if "_" in name]
    assert seen["host"] == "site.example" and seen["headers"]["host"] == "site.example:99"


def test_headers_that_httpd_adds(start):
    server = start("RequestHeader add X-Twice one\nRequestHeader add X-Twice two\n")
    assert server.get("/r/see/1").json["headers"]["x-twice"] == "one, two"


def test_request_without_host(server):
    out = exchange(server, [b"GET /r/see/1 HTTP/1.0\r\n\r\n"])
    assert json.loads(out.split(b"\r\n\r\n", 1)[1])["path"] == "/r/see/1"


def test_captures_win(server):
    assert server.post("/r/taken/it", {"a": 1}).json == ["it", {"a": 1}]
    assert server.post("/r/taken/it", body=b"a=1", kind="text/plain").status == 415
    assert server.post("/r/named/it", body=b"text", kind="text/plain").json == ["it", "text"]


def test_parameters(server):
    assert server.get("/r/any/5?x=9").json == ["5", "GET", "/r/any/5", "9"]
    assert server.get("/r/own/mine").json == "mine"
    assert server.ask("HEAD", "/r/see/1").status == 200


def test_methods(server):
    seen = server.get("/r/ask?a=1&b=2&a=3&a", {"User-Agent": "me", "X-List": 'a, "b,\\"c" ,, d;q="x,y"'}).json
    assert (seen.pop("tls") is None) == (PROTOCOL == "h1")
    assert seen == {"agent": "me", "none": None, "other": "d", "list": ["a", '"b,\\"c"', 'd;q="x,y"'], "empty": [],
                    "a": ["1", "3", ""], "b": [], "param": ["", None, 7]}
    assert server.get("/r/p/one?a=two&c=3").json == ["one", {"a": "one"}, {"a": "two", "c": "3"}]


@pytest.mark.skipif(PROTOCOL == "h1", reason="there is no TLS")
def test_tls_facts(server):
    tls = server.get("/r/ask").json["tls"]
    assert re.match(r"TLSv1\.[23]$", tls["protocol"]) and tls["cipher"]
    assert (tls["client_verify"], tls["client_subject"]) == ("NONE", None)
    assert server.post("/r/text", body=b"over tls", kind=None).json[0] == "over tls"


@over_http2
def test_http2(server):
    base = server.url + "/r"
    seen = json.loads(server.curl(HTTP2, base + "/see/7?q=1", "-H", "X-Thing: one"))
    assert (seen["scheme"], seen["path"], seen["query"]) == (SCHEME, "/r/see/7", {"q": "1"})
    assert seen["headers"]["x-thing"] == "one"
    assert seen["client"]["address"] == "127.0.0.1"
    assert json.loads(server.curl(HTTP2, "-d", "hello", base + "/text"))[0] == "hello"
    assert json.loads(server.curl(HTTP2, "-d", "x" * 50000, base + "/pieces"))[0] == 50000
    assert json.loads(server.curl(HTTP2, "-F", "a=1", "-F", "f=@" + server.path("apps/request.fg"), base + "/form"))[
        "form"] == {"a": "1"}
    assert json.loads(server.curl(HTTP2, "-d", "unread", base + "/nothing")) == "not read"
    slow = server.curl(HTTP2, base + "/text", "--limit-rate", "30K", "-d", "x" * 60000)
    assert json.loads(slow)[2] == "x" * 60000
    asked = server.curl(HTTP2, "-i", "-H", "Expect: 100-continue", "-d", "asked", base + "/text")
    assert "HTTP/2 200" in asked and '["asked"' in asked


def test_remoteip(start):
    server = start("RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n")
    seen = server.get("/r/see/1", {"X-Forwarded-For": "203.0.113.9"}).json
    assert seen["client"]["address"] == "203.0.113.9"
    assert "x-forwarded-for" not in seen["headers"]


def test_what_clients_claim_is_not_believed(server):
    """Without mod_remoteip, nobody speaks for another client."""
    seen = server.get("/r/see/1", {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "X-Forwarded-Proto": "gopher",
                                   "X-Forwarded-Host": "other.example", "Forwarded": "for=203.0.113.9;proto=gopher"}).json
    scheme = "https" if server.secure else "http"
    assert (seen["client"]["address"], seen["scheme"], seen["host"]) == ("127.0.0.1", scheme, "127.0.0.1")


BASIC = """
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_user_module {modules}/mod_authz_user.so
<Location /r>
    AuthType Basic
    AuthName x
    AuthBasicProvider file
    AuthUserFile {root}/users
    Require valid-user
</Location>
"""


@pytest.mark.may_log("AH01617")
def test_user(start):
    server = start(BASIC)
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "y"], capture_output=True, text=True, check=True).stdout
    server.put("users", "x:" + hashed)
    assert server.get("/r/see/1").status == 401
    assert server.get("/r/see/1", {"Authorization": "Basic eDp5"}).json["user"] == "x"
    # Nobody is asked for a body before it is known who sends it.
    out = exchange(server, [head("/r/text", *EXPECT, close=False)])
    assert out.startswith(b"HTTP/1.1 401 ") and b"100 Continue" not in out


# ---- bodies: what is wrong first -----------------------------------------------------------------------------------


def test_no_body(server):
    assert server.ask("POST", "/r/text").json == ["", "", ""]
    assert server.ask("POST", "/r/json").json == {}
    assert server.ask("POST", "/r/form").json == {"form": {}, "tags": [], "files": []}
    assert server.ask("POST", "/r/pieces").json == [0, 0, None]


@pytest.mark.parametrize("body, place", [(b'{"a":1,}', "line 1 column 8"), (b"[1,\n oops]", "line 2 column 2")])
def test_bad_json(server, body, place):
    answer = server.post("/r/json", body=body)
    assert answer.status == 400
    assert answer.json["error"].startswith("the body is not JSON: ") and place in answer.json["error"]


def test_over_the_limit(server):
    assert server.post("/r/bytes", body=b"x" * 100000, kind="text/plain").json == 100000
    answer = server.post("/r/bytes", body=b"x" * 100001, kind="text/plain")
    assert (answer.status, answer.json["error"]) == (413, "the body is over 100000 bytes")
    body = b"".join(b"1000\r\n" + b"x" * 4096 + b"\r\n" for _ in range(25)) + b"0\r\n\r\n"
    assert exchange(server, [head("/r/bytes", "Transfer-Encoding: chunked"), body]).startswith(b"HTTP/1.1 413 ")


def test_limit_that_the_program_catches(server):
    out = exchange(server, [head("/r/caught", "Content-Length: 100001", close=False)])
    assert out.startswith(b"HTTP/1.1 200 ") and closes(out)
    assert json.loads(out.split(b"\r\n\r\n", 1)[1]) == {"message": "the body is over 100000 bytes", "kind": "RuntimeError"}


@pytest.mark.logs("FG0201.*IndexError", "FG0201")
def test_another_error_than_the_one_of_the_body(server):
    assert server.post("/r/rest", body=b"x" * 100001).status == 500


@pytest.mark.may_log("AH")
def test_broken_chunks(server):
    broken = [head("/r/%s", "Transfer-Encoding: chunked").replace(b"%s", b"text"), b"zz\r\nno\r\n"]
    assert exchange(server, broken).startswith(b"HTTP/1.1 400 ")
    broken[0] = broken[0].replace(b"text", b"caught")
    out = exchange(server, broken)
    assert out.startswith(b"HTTP/1.1 200 ") and b"the body cannot be read" in out


@pytest.mark.may_log("AH")
@pytest.mark.parametrize("config", ["RequestReadTimeout body=1\n", "Timeout 1\n"])
def test_bodies_that_do_not_come(start, config):
    server = start(config)
    for tail in ([], [b"1234", 0.3, b"56"]):
        out = exchange(server, [head("/r/text", "Content-Length: 100")] + tail)
        assert out.startswith(b"HTTP/1.1 408 "), out
    out = exchange(server, [head("/r/caught", "Content-Length: 100", close=False), b"12"])
    assert out.startswith(b"HTTP/1.1 200 ") and b"did not arrive in time" in out


@pytest.mark.logs("FG0240: .*time limit", "FG0240")
def test_wall_limit_ends_a_slow_body(start):
    server = start("ForgeMaxTime 2s\n")
    begin = time.monotonic()
    out = exchange(server, [head("/r/text", "Content-Length: 100"), b"12"])
    assert out.startswith(b"HTTP/1.1 504")
    assert 1.5 < time.monotonic() - begin < 15


def test_client_that_leaves_within_the_body(server):
    link = server.connect()
    link.sendall(head("/r/text", "Content-Length: 100") + b"12")
    time.sleep(0.3)
    link.close()
    deadline = time.monotonic() + 10
    while not re.search(r'"POST /r/text[^"]*" (499|400)', server.access()):
        assert time.monotonic() < deadline, server.access()
        time.sleep(0.05)


@pytest.mark.may_log("AH")
def test_server_that_stops_within_a_slow_body(server):
    with server.connect() as link:
        link.sendall(head("/r/text", "Content-Length: 100") + b"12")
        time.sleep(0.3)
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 3


def test_timeout_block_within_a_slow_body(server):
    out = exchange(server, [head("/r/deadline", "Content-Length: 100", close=False), b"12"])
    assert out.startswith(b"HTTP/1.1 200 ") and b"timeout" in out.split(b"\r\n\r\n", 1)[1].lower(), out


def test_other_tasks_run_while_a_body_comes(server):
    out = exchange(server, [head("/r/beside", "Content-Length: 4"), b"ab", 0.5, b"cd"])
    assert json.loads(out.split(b"\r\n\r\n", 1)[1]) == [3, "abcd"]


# ---- 100-continue ----------------------------------------------------------------------------------------------------


EXPECT = ("Expect: 100-continue", "Content-Length: 4")


@pytest.mark.parametrize("path, status", [("/r/unknown", 404), ("/r/plain", 405), ("/r/nothing", 200)])
def test_no_invitation_to_what_nobody_reads(server, path, status):
    out = exchange(server, [head(path, *EXPECT, close=False)])
    assert out.startswith(b"HTTP/1.1 %d " % status), out
    assert b"100 Continue" not in out and closes(out)


def test_no_invitation_to_what_is_too_large(server):
    out = exchange(server, [head("/r/text", "Expect: 100-continue", "Content-Length: 100001", close=False)])
    assert out.startswith(b"HTTP/1.1 413 ") and b"100 Continue" not in out


def test_one_invitation(server):
    out = exchange(server, [head("/r/text", *EXPECT), 0.5, b"abcd"])
    assert out.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ") and out.count(b"100 Continue") == 1
    assert b'["abcd"' in out.replace(b" ", b"")


# ---- bodies as they should be ----------------------------------------------------------------------------------------


def test_texts(server):
    assert server.post("/r/text", body="né".encode(), kind="text/plain").json == ["né"] * 3
    assert server.post("/r/bytes", body=bytes(range(256)), kind="application/octet-stream").json == 256
    assert server.post("/r/json", {"a": [1]}, kind="text/plain").json == {"a": [1]}
    assert server.post("/r/both", {"a": [1]}).json[0] == {"a": [1]}
    assert server.post("/r/both", body=b'{"a":1}').json[1:] == ['{"a":1}', {"a": 1}]
    assert server.post("/r/both", body=b"x", kind="text/plain").status == 415
    bad = server.post("/r/text", body=b"a\xffb", kind="text/plain")
    assert bad.status == 200 and bad.body.startswith(b'["a\xef\xbf\xbdb"')


def test_chunked_in_pieces(server):
    out = exchange(server, [head("/r/text", "Transfer-Encoding: chunked"), b"3\r", 0.1, b"\nab", 0.1, b"c\r\n2", 0.1,
                            b"\r\nde\r\n0\r\n", 0.1, b"\r\n"])
    assert json.loads(out.split(b"\r\n\r\n", 1)[1])[0] == "abcde"


def test_read_in_pieces(server):
    assert server.post("/r/pieces", body=b"x" * 12345, kind=None).json == [12345, 1000, None]


@pytest.mark.logs("FG0201.*piece by piece", "FG0201")
@pytest.mark.parametrize("how", ["text", "json", "form"])
def test_pieces_and_the_whole_exclude_each_other(server, how):
    assert server.post("/r/mixed/" + how, body=b"{}", kind="application/x-www-form-urlencoded").status == 500
    assert "the body is being read piece by piece" in server.log()


@pytest.mark.logs("FG0201.*as a whole", "FG0201")
def test_whole_and_pieces_exclude_each_other(server):
    assert server.post("/r/late", body=b"{}", kind=None).status == 500
    assert "the body was read as a whole already" in server.log()


def test_input_filters(server):
    import gzip
    text = LARGE[:50001].hex().encode()
    answer = server.ask("POST", "/inflate/bytes", gzip.compress(text[:90000]), {"Content-Encoding": "gzip"})
    assert answer.json == 90000
    answer = server.ask("POST", "/inflate/bytes", gzip.compress(text), {"Content-Encoding": "gzip"})
    assert answer.status == 413


def test_connection_is_kept(server):
    for path in ("/r/nothing", "/r/text"):
        one = head(path, "Content-Length: 4", close=False) + b"abcd"
        out = exchange(server, [one + head("/r/plain", method="GET")])
        assert out.count(b"HTTP/1.1 200 ") == 2 and out.endswith(b'"plain"'), out
    out = exchange(server, [head("/big/nothing", "Content-Length: 70000", close=False)])
    assert closes(out)


def test_a_body_does_not_reach_the_next_request(server):
    for i in range(3):
        assert server.post("/r/text", body=b"%d" % i, kind=None).json[0] == str(i)


# ---- forms -----------------------------------------------------------------------------------------------------------


def test_urlencoded(server):
    answer = server.post("/r/form", body=b"a=1&b=x+y%26z&tag=1&tag=%C3%A9&=n&e&&bad=%zz%ff", kind="application/x-www-form-urlencoded")
    assert answer.json == {"form": {"a": "1", "b": "x y&z", "tag": "é", "": "n", "e": "", "bad": "%zz\ufffd"},
                           "tags": ["1", "é"], "files": []}


def test_multipart(server):
    answer = upload(server, "/r/form", part("a", "1"), part("tag", "x"), part("f", "né", "C:\\\\dir\\\\a.txt", "text/x"),
                    part("tag", "y"), part("g", b"\xff\x00", "../../etc/passwd"), part("none", "", ""))
    assert answer.json == {"form": {"a": "1", "tag": "y"}, "tags": ["x", "y"], "files": [
        ["f", "a.txt", "text/x", 3, 2], ["g", "passwd", "text/plain", 2, 2]]}


@pytest.mark.parametrize("name, shown", [("..", ""), (".", ""), ("a/", ""), ("/etc/passwd", "passwd"), ("\\\\x\\\\y", "y"),
                                         ("..\\\\..\\\\z", "z"), ("é", "é"), ("a%2Fb", "a%2Fb")])
def test_file_names(server, name, shown):
    answer = upload(server, "/r/form", part("f", "x", name))
    assert answer.json["files"][0][1] == shown


def test_file_name_that_is_encoded(server):
    body = (b"--B\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''..%2F%2e%2e%2Fx%C3%A9\r\n\r\nx\r\n--B--\r\n")
    answer = server.post("/r/form", body=body, kind="multipart/form-data; boundary=B")
    assert answer.json["files"][0][1] == "xé"
    body = body.replace(b"x%C3%A9", b"a%00b")
    answer = server.post("/r/form", body=body, kind="multipart/form-data; boundary=B")
    assert answer.status == 200 and "\0" not in json.dumps(answer.json)


@pytest.mark.parametrize("kind, body, status, why", [
    ("text/plain", b"a=1", 415, "not a form"),
    (None, b"a=1", 415, "not said"),
    ("multipart/form-data", b"x", 400, "no boundary"),
    ("multipart/form-data; boundary=B", b"x", 400, "the boundary does not occur"),
    ("multipart/form-data; boundary=B", b"--B\r\n\r\nx\r\n--B--", 400, "has no name"),
    ("multipart/form-data; boundary=B", b"--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx", 400, "before its last"),
    ("multipart/form-data; boundary=B", b"--B\r\nX: " + b"y" * 9000 + b"\r\n\r\nx\r\n--B--", 400, "too long"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d" % i for i in range(1001)), 400, "more than 1000 fields"),
])
def test_bad_forms(server, kind, body, status, why):
    answer = server.post("/r/form", body=body, kind=kind)
    assert answer.status == status and why in answer.json["error"], answer


def test_how_many_parts(server):
    files = [part("f", "x", "f%d" % i) for i in range(101)]
    assert len(upload(server, "/r/form", *files[:100]).json["files"]) == 100
    answer = upload(server, "/r/form", *files)
    assert (answer.status, answer.json["error"]) == (400, "the form has more than 100 files")
    answer = upload(server, "/r/form", *[part("f", "") for i in range(1001)])
    assert answer.status == 400 and "too many parts" in answer.json["error"]


# ---- uploads ---------------------------------------------------------------------------------------------------------


LARGE = os.urandom(1 << 20) * 3


def spooled(server):
    """Files of the spool directory that children have open, and names in it."""
    links = []
    for pid in server.children():
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                links.append(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
            except OSError:
                pass
    return [l for l in links if "/spool/" in l], os.listdir(server.path("spool"))


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 3 << 20])
def test_save(server, size):
    assert upload(server, "/big/save/x", part("f", LARGE[:size], "x")).json == size
    assert open(server.path("data/up/x"), "rb").read() == LARGE[:size]
    assert os.listdir(server.path("data/up")) == ["x"]
    server.wait(lambda: spooled(server) == ([], []), 5, "still spooled")
    assert upload(server, "/big/save/x", part("f", "again", "x")).json == 5
    assert open(server.path("data/up/x"), "rb").read() == b"again"


def test_several_large_files(server):
    """They share one file of the system, however many there are."""
    sizes = [70000, 5, 65537, 0, 131072, 65536]
    at = [sum(sizes[:i]) for i in range(len(sizes))]
    text = LARGE.hex().encode()
    parts = [part("f", text[a:a + n], "f%d" % i) for i, (a, n) in enumerate(zip(at, sizes))]
    assert [f[3:] for f in upload(server, "/big/form", *parts).json["files"]] == [[n, n] for n in sizes]
    answer = upload(server, "/big/each", *parts)
    assert answer.json == len(sizes)
    for i, (a, n) in enumerate(zip(at, sizes)):
        assert open(server.path("data/up/f%d" % i), "rb").read() == text[a:a + n]


def test_read_of_uploads(server):
    assert upload(server, "/big/chunks", part("f", LARGE, "x")).json == [3 << 20, 48, None]
    assert upload(server, "/big/chunks", part("f", LARGE[:100000], "x")).json == [100000, 2, None]
    assert upload(server, "/big/chunks", part("f", b"tiny", "x")).json == [4, 1, None]


@pytest.mark.logs("FG0201.*Upload.save error", "FG0201")
def test_save_over_what_must_not_be_written(server):
    outside = server.path("outside")
    open(outside, "w").write("precious")
    os.chmod(outside, 0o666)
    os.symlink(outside, server.path("data/up/link"))
    os.symlink("other", server.path("data/up/within"))
    os.symlink(server.root, server.path("data/up/dir"))
    os.mkdir(server.path("data/up/folder"))
    for to in ("up/link", "up/within", "up/folder", "up/folder/", "up/dir/outside", "../outside", "/etc/forge-x", "up/no/x",
               "up/a%00b", ""):
        assert upload(server, "/r/saves?to=" + to, part("f", "x", "x")).status == 500, to
    assert open(outside).read() == "precious"
    assert sorted(os.listdir(server.path("data/up"))) == ["dir", "folder", "link", "within"]


@pytest.mark.logs("FG0201.*permission denied: fs.write", "FG0201", "FG0212")
def test_saving_needs_the_right(start):
    server = start("ForgeDrop fs.write\n")
    assert upload(server, "/r/saves?to=x", part("f", "x", "x")).status == 500


def test_the_spool_is_gone_with_the_request(server):
    body = part("f", LARGE, "x") + part("g", LARGE[:70000], "y") + part("h", "small", "z") + b"--B--\r\n"
    link = server.connect()
    with link:
        link.sendall(head("/big/hold", "Content-Type: multipart/form-data; boundary=B", "Content-Length: %d" % len(body)) + body)
        server.wait(lambda: os.path.exists(server.path("data/held")), 20, "not held")
        files, names = spooled(server)
        assert len(files) == 1 and files[0].endswith("(deleted)"), files
        assert names == []
        assert b"HTTP/1.1 200 " in link.recv(65536)
    server.wait(lambda: spooled(server) == ([], []), 5, "still spooled")


@pytest.mark.may_log("AH00052", "exit signal")
def test_the_spool_is_gone_with_the_process(server):
    body = part("f", LARGE, "x") + b"--B--\r\n"
    with server.connect() as link:
        link.sendall(head("/big/hold", "Content-Type: multipart/form-data; boundary=B", "Content-Length: %d" % len(body)) + body)
        server.wait(lambda: os.path.exists(server.path("data/held")), 20, "not held")
        holders = [pid for pid in server.children() if any(
            "/spool/" in os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)
            if os.path.islink("/proc/%d/fd/%s" % (pid, fd)))]
        assert len(holders) == 1
        os.kill(holders[0], 9)
        server.wait(lambda: spooled(server) == ([], []), 10, "still spooled")


def test_a_spool_that_is_none(start):
    server = start()
    for path in ("{root}/nothing", "{root}/apps/request.fg"):
        server.put("bad.conf", server.fill('ServerRoot "{root}"\nInclude {root}/httpd.conf\nForgeUploadDir %s\n' % path))
        done = server.apache("-t", "-f", server.path("bad.conf"))
        assert done.returncode and "ForgeUploadDir: '%s' is no directory" % server.fill(path) in done.stderr, done


@pytest.mark.logs("FG0201.*an upload cannot be kept: Permission denied", "FG0201")
def test_a_spool_that_nobody_may_write_to(start):
    server = start()
    os.chmod(server.path("spool"), 0o555)
    assert upload(server, "/big/save/x", part("f", LARGE, "x")).status == 500
    assert upload(server, "/big/save/x", part("f", LARGE[:65536], "x")).status == 200


def test_memory_of_uploads_is_bounded(start):
    server = start("<Location /big>\nForgeMaxMemory 2000000\n</Location>\n")
    assert upload(server, "/big/save/x", part("f", LARGE, "x")).json == 3 << 20


@pytest.mark.logs("FG0243: .*memory", "FG0243")
def test_fields_are_bounded_by_memory(start):
    server = start("<Location /big>\nForgeMaxMemory 2000000\n</Location>\n")
    assert upload(server, "/big/form", part("a", "x" * 3000000)).status == 500


def test_uploads_over_the_limit(server):
    answer = upload(server, "/r/form", part("f", LARGE[:100000], "x"))
    assert answer.status == 413

# SPDX-License-Identifier: Apache-2.0
"""Request bodies: media type, limit, JSON."""
import pytest


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "text", [], [1, [2]], {}, {"z": 1, "a": {"b": []}}])
def test_any_json_value(site, value):
    answer = site.post("/t/echo", value)
    assert (answer.status, answer.json) == (200, value)


def test_key_order_is_kept(site):
    assert site.post("/t/echo", body=b'{"z":1,"a":2,"m":3}').text.replace(" ", "") == '{"z":1,"a":2,"m":3}'


@pytest.mark.parametrize("kind, status", [
    ("application/json", 200),
    ("application/json; charset=utf-8", 200),
    ("Application/JSON", 200),
    ("application/merge-patch+json", 200),
    ("text/json", 415),
    ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415),
    ("application/jsonx", 415),
    (None, 415),
])
def test_media_type(site, kind, status):
    answer = site.post("/t/echo", {"a": 1}, kind=kind)
    assert answer.status == status
    if status == 415:
        assert "application/json" in answer.json["error"]
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_no_body_at_all(site):
    assert site.post("/t/none", body=b"", kind=None).json == "none"
    assert site.ask("POST", "/t/echo").json == {}


@pytest.mark.parametrize("body, line, column", [
    (b"{", 1, 2), (b'{"a":1,}', 1, 8), (b'{"a":1}x', 1, 8), (b"[1,\n 2,\n oops]", 3, 2), (b'"open', 1, 6),
    (b"{'a':1}", 1, 2), (b"01", 1, 2), (b"nul", 1, 4), (b'{"a" 1}', 1, 6), (b'"\x01"', 1, 2),
])
def test_malformed_json(site, body, line, column):
    answer = site.post("/t/echo", body=body)
    assert answer.status == 400
    error = answer.json["error"]
    assert "line %d" % line in error and "column" in error, error
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_json_nested_too_deeply(site):
    assert site.post("/t/echo", body=b"[" * 100 + b"]" * 100).status == 200
    assert site.post("/t/echo", body=b"[" * 100000 + b"]" * 100000).status == 400


def test_bad_utf8_in_the_body(site):
    assert site.post("/t/echo", body=b'"\xff"').status in (200, 400)


def test_the_limit(site):
    whole = b'"' + b"x" * (2097152 - 2) + b'"'
    assert site.post("/t/echo", body=whole).status == 200
    answer = site.post("/t/echo", body=whole + b" ")
    assert answer.status == 413
    assert "error" in answer.json
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def chunked(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


HEAD = b"POST /t/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"


def test_chunked_body(site):
    answer = site.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b'{"a":', b"[1,", b"2]}"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.replace(b" ", b"").endswith(b'{"a":[1,2]}')


def test_chunked_body_over_the_limit(site):
    answer = site.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*[b" " * 65536] * 33))
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.may_log("FG", "AH")
def test_broken_chunk(site):
    answer = site.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nno\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


def test_expect_continue(site):
    answer = site.raw(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n42")
    assert b"HTTP/1.1 200" in answer and answer.endswith(b"42")


@pytest.mark.may_log("FG", "AH")
def test_client_that_leaves_within_the_body(site):
    with site.connect() as link:
        link.sendall(HEAD + b"Content-Length: 100\r\n\r\n[1,")
    assert site.get("/t/one").status == 200


def test_limit_directive(fresh):
    server = fresh("ForgeMaxBody 10\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    assert server.post("/t/echo", body=b'"12345678"').json == "12345678"
    assert server.post("/t/echo", body=b'"123456789"').status == 413


@pytest.mark.parametrize("sent, value", [
    (b"9223372036854775807", b"9223372036854775807"),
    (b"9223372036854775808", b"9223372036854776000"),  # as a Float
    (b'{"a":1,"b":2,"a":3}', b'{"a":3,"b":2}'),
    (b"[" * 127 + b"]" * 127, b"[" * 127 + b"]" * 127),
])
def test_json_at_its_limits(site, sent, value):
    answer = site.post("/t/echo", body=sent)
    assert (answer.status, answer.body) == (200, value)


@pytest.mark.parametrize("sent", [b"[" * 128 + b"]" * 128, b"1e400", b" "])
def test_json_beyond_its_limits(site, sent):
    assert site.post("/t/echo", body=sent).status == 400


OTHERS = """@delete("/parameter")
fn parameter(body, data) { return [body, data] }
@delete("/request")
fn whole(request) { return request.json() }
@patch("/patch")
fn patched(body: Json) { return body }
"""


def test_bodies_of_other_methods(fresh):
    """DELETE has none for parameters; who asks the request for it gets it."""
    server = fresh("ForgeApp /o {root}/apps/o.fg\n", {"apps/o.fg": OTHERS})
    assert server.post("/o/parameter", {"a": 1}, method="DELETE").json == [{}, {}]
    assert server.post("/o/request", {"a": 1}, method="DELETE").json == {"a": 1}
    assert server.ask("DELETE", "/o/request").json == {}
    assert server.post("/o/patch", [1], method="PATCH").json == [1]

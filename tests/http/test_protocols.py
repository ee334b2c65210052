# SPDX-License-Identifier: Apache-2.0
"""The same answers over keep-alive, pipelining, TLS and HTTP/2."""
import concurrent.futures

import pytest

from conftest import HTTP2, PROTOCOL, only, over_http2


def test_keep_alive_and_pipelining(site):
    one = b"GET /t/shelf/%d HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /t/shelf/9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = site.raw(one % 1 + one % 2 + one % 3 + last)
    assert answer.count(b"HTTP/1.1 200") == 4
    assert [answer.count(b'"isbn %d"' % n) for n in (1, 2, 3, 9)] == [1, 1, 1, 1]


def test_body_that_no_handler_read_does_not_become_a_request(site):
    body = b"GET /t/boom HTTP/1.1\r\n\r\n"
    answer = site.raw(b"POST /t/nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                      b"\r\n%sGET /t/one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (len(body), body))
    assert answer.count(b"HTTP/1.1 404") == 1
    assert answer.count(b"HTTP/1.1 ") <= 2 and b"HTTP/1.1 500" not in answer


def test_http_1_0(site):
    answer = site.raw(b"GET /t/one HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b'"get one"')


def test_the_protocol_is_the_one_that_was_chosen(site):
    """What curl agrees on with the server, and what the client of the tests does."""
    version = "2" if PROTOCOL == "h2" else "1.1"
    assert site.curl("-w", "|%{http_version}|%{scheme}", site.url + "/t/one") == '"get one"|%s|%s' % (
        version, "HTTP" if PROTOCOL == "h1" else "HTTPS")
    site.get("/t/one", {"X-Request-Id": "by-which"})
    site.wait(lambda: 'HTTP/%s" 200 ' % ("2.0" if PROTOCOL == "h2" else "1.1") in next(
        (line for line in site.access().splitlines() if "id=by-which" in line), ""), 5, "another protocol")


@over_http2
@only("h1", "HTTP/2 begins in clear")
def test_h2c_by_upgrade(site):
    out = site.curl("--http2", "-w", "|%{http_version}|%{http_code}", site.url + "/t/one")
    assert out == '"get one"|2|200'


@over_http2
def test_http_2(site):
    url = site.url + "/t"
    assert site.curl(HTTP2, "-w", "|%{http_version}", url + "/one") == '"get one"|2'
    assert site.curl(HTTP2, "-H", "Content-Type: application/json", "-d", '{"a":[1]}', url + "/echo") == '{"a":[1]}'
    assert "x-request-id: abc\r\n" in site.curl(HTTP2, "-i", "-H", "X-Request-Id: abc", url + "/nothing")


@over_http2
def test_many_streams(site):
    streams = range(1, 201, 2)
    with site.h2() as link:
        link.link.sendall(b"".join(link.request(n, "/t/shelf/%d" % n) for n in streams))
        assert link.answers(streams) == {n: (200, b'"isbn %d"' % n) for n in streams}


@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_concurrent_requests(site):
    def one(n):
        return site.get("/t/shelf/%d" % n).json == "isbn %d" % n and site.get("/t/captured").json == 2
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(400)))

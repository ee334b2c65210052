# SPDX-License-Identifier: Apache-2.0
"""The same answers over keep-alive, pipelining, TLS and HTTP/2."""
import concurrent.futures

import pytest

from conftest import MPM

no_h2 = pytest.mark.skipif(MPM == "prefork", reason="mod_http2 does not run with the prefork MPM")


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


def test_tls(site):
    assert site.get("/tls/one", tls=True).json == "get one"
    assert site.get("/t/one", tls=True).status in (200, 404)
    assert site.post("/tls/echo", {"a": 1}, tls=True).json == {"a": 1}


@no_h2
@pytest.mark.parametrize("how", ["--http2", "--http2-prior-knowledge"])
def test_h2c(site, how):
    out = site.curl(how, "-w", "|%{http_version}|%{http_code}", site.url + "/t/one")
    assert out == '"get one"|2|200'


@no_h2
def test_h2_over_tls(site):
    url = "https://127.0.0.1:%d/tls" % site.tls
    assert site.curl("--http2", "-w", "|%{http_version}", url + "/one") == '"get one"|2'
    assert site.curl("--http2", "-H", "Content-Type: application/json", "-d", '{"a":[1]}', url + "/echo") == '{"a":[1]}'
    assert "x-request-id: abc\r\n" in site.curl("--http2", "-i", "-H", "X-Request-Id: abc", url + "/nothing")


@no_h2
def test_h2_many_streams(site):
    urls = ["https://127.0.0.1:%d/tls/shelf/%d" % (site.tls, n) for n in range(100)]
    out = site.curl("--http2", "--parallel", *urls)
    assert all('"isbn %d"' % n in out for n in range(100))


def test_concurrent_requests(site):
    def one(n):
        return site.get("/t/shelf/%d" % n).json == "isbn %d" % n and site.get("/t/captured").json == 2
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(400)))

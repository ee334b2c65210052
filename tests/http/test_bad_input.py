# SPDX-License-Identifier: Apache-2.0
"""Each bad input has a clear status and a log line, and leaves the server unharmed."""
import time

import pytest

from conftest import MPM


@pytest.fixture
def unharmed(site):
    """The children that were there before the test are there after it, and answer."""
    assert site.get("/t/one").status == 200
    before = set(site.children())
    yield site
    if MPM != "prefork":
        assert before & set(site.children())
    assert site.get("/t/one").json == "get one"


APPS = {
    "syntax": 'say "x"\nlet = 5\n',
    "toplevel": "let xs = [1]\nlet y = xs[7]\n@get(\"/\")\nfn f() { return 1 }\n",
    "binary": bytes(range(256)) * 4,
    "empty": "",
}


@pytest.mark.may_log("FG", "AH")
@pytest.mark.parametrize("name", ["syntax", "toplevel", "binary"])
def test_broken_app_answers_500_and_the_server_starts(fresh, name):
    server = fresh("ForgeApp /bad {root}/apps/bad.fg\nForgeApp /t {root}/apps/main.fg\n", {"apps/bad.fg": APPS[name]},
                   apps=["tests/http/apps/main.fg"])
    answer = server.get("/bad/")
    assert answer.status == 500
    assert "error" in answer.json
    assert answer.headers["X-Request-Id"]
    assert server.get("/t/one").status == 200
    place = {"syntax": "bad.fg:2:", "toplevel": "bad.fg:2:", "binary": "bad.fg:2:"}[name]
    assert place in server.log()


@pytest.mark.logs(r"FG\d{4}: .*gone\.fg")
def test_missing_app(fresh):
    server = fresh("ForgeApp /bad {root}/apps/gone.fg\n")
    assert server.get("/bad/").status == 500


@pytest.mark.logs(r"FG\d{4}: .*apps")
def test_app_that_is_a_directory(fresh):
    server = fresh("ForgeApp /bad {root}/apps\n")
    assert server.get("/bad/").status == 500


@pytest.mark.logs(r"FG\d{4}: .*locked\.fg")
def test_unreadable_app(fresh):
    def lock(server):
        server.put("apps/locked.fg", '@get("/")\nfn f() { return 1 }\n', mode=0o000)
    server = fresh("ForgeApp /bad {root}/apps/locked.fg\n", before=lock)
    assert server.get("/bad/").status == 500


@pytest.mark.may_log("FG")
def test_empty_app(fresh):
    server = fresh("ForgeApp /empty {root}/apps/e.fg\n", {"apps/e.fg": ""})
    assert server.get("/empty/").status in (200, 404, 500)


@pytest.mark.logs(r"FG\d{4}: ")
def test_top_level_that_never_ends(fresh):
    program = '@get("/")\nfn f() { return 1 }\nwhile true { let x = 1 }\n'
    server = fresh("ForgeBuildTime 1s\nForgeApp /bad {root}/apps/l.fg\n", {"apps/l.fg": program})
    assert server.get("/bad/").status == 500


def test_configuration_test_runs_nothing(fresh):
    server = fresh("ForgeApp /a {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    done = server.apache("-t")
    assert done.returncode == 0, done.stderr


@pytest.mark.logs(r"FG\d{4}: ")
@pytest.mark.parametrize("path", ["/t/endless", "/t/garbage"])
def test_endless_loop(unharmed, path):
    answer = unharmed.get(path)
    assert answer.status in (500, 503, 504)
    assert answer.headers["X-Request-Id"]


@pytest.mark.logs(r"FG\d{4}: ")
def test_endless_recursion(unharmed):
    assert unharmed.get("/t/recursion").status == 500


@pytest.mark.logs(r"FG\d{4}: ")
def test_one_gibibyte(unharmed):
    assert unharmed.get("/t/huge").status in (500, 503)


def test_bad_utf8_in_the_path(unharmed):
    answer = unharmed.get("/t/shelf/%ff")
    assert answer.status == 400
    assert "isbn" in answer.json["error"]
    assert unharmed.get("/t/nothing%ff").status in (400, 404)


def test_nul_in_the_path(unharmed):
    assert unharmed.get("/t/shelf/a%00b").status in (400, 404)
    assert unharmed.raw(b"GET /t/shelf/a\x00b HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_nul_in_the_query(unharmed):
    assert unharmed.get("/t/any?a=x%00y").json == {"a": "x\x00y", "b": None}


def test_encoded_slash_and_dots(unharmed):
    assert unharmed.get("/t/shelf/a%2Fb").status in (200, 404)
    assert unharmed.get("/t/files/../../etc/passwd").status in (400, 403, 404)
    assert unharmed.get("/t/shelf/..%2f..%2fetc").status in (200, 400, 404)


@pytest.mark.may_log("AH10244")
def test_broken_percent_in_the_path(unharmed):
    assert unharmed.get("/t/shelf/%zz").status == 400


@pytest.mark.parametrize("request_line", [
    b"GET\r\n\r\n", b"GET /t/one\r\n\r\n", b"\r\n\r\n", b"GET /t/one HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /t/one HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\x01b\r\nConnection: close\r\n\r\n",
])
@pytest.mark.may_log("AH")
def test_broken_requests(unharmed, request_line):
    try:
        unharmed.raw(request_line + b"\r\n\r\n", timeout=1)
    except OSError:
        pass


@pytest.mark.may_log("FG")
def test_client_that_leaves(unharmed):
    for _ in range(20):
        with unharmed.connect() as link:
            link.sendall(b"GET /t/big/100000 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert unharmed.get("/t/one").status == 200


def resident(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


@pytest.mark.logs(r"FG\d{4}: ")
def test_garbage_leaves_memory_flat(fresh):
    server = fresh("ForgeMaxTime 500ms\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    server.get("/t/garbage")
    first = max(map(resident, server.children()))
    for _ in range(4):
        server.get("/t/garbage")
    assert max(map(resident, server.children())) < first + 65536


@pytest.mark.may_log("FG")
def test_stop_while_a_program_spins(fresh):
    server = fresh("ForgeMaxTime 60s\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    with server.connect() as link:
        link.sendall(b"GET /t/endless HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.2)
        server.stop()
    assert not server.alive()
    assert "AH00045" not in server.log() and "still did not exit" not in server.log()

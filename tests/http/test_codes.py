# SPDX-License-Identifier: Apache-2.0
"""Errors of the module and of its programs carry their code and the request's id, as JSON and as a page, and in
production nothing else; the access log says with which code and how a request ended."""
import os
import re
import signal
import socket
import threading
import time

import pytest

from conftest import MPM, tree
from test_limits import LIMITS

APP = """@get("/fails")
fn fails() { return ["secret"][7] }
@get("/tagged")
fn tagged() { return text("x").etag("abc") }
@get("/forged")
fn forged() { return { __type__: "Response", status: "secret" } }
@post("/typed")
fn typed(n: Int) { return n }
@get("/exits")
fn exits() { exit(3) }
@get("/chosen")
fn chosen() { return respond(404, { mine: true }) }
@get("/waits/:seconds")
fn waits(seconds: Float) {
    log.info("in")
    wait seconds
    return { waited: seconds }
}
"""
PAGE = 'say "hello"\n'
CONFIG = """
LogLevel forge:info
LogFormat "%{X-Request-Id}i %>s %{forge-outcome}n %{forge-code}n %{forge-wait}n" ends
CustomLog {root}/ends.log ends
ForgeReload 0
ForgeErrors prod
ForgeMaxBody 50
ForgeAllow fs.read fs.write
ForgeApp /app {root}/apps/app.fg
ForgeApp /broken {root}/apps/broken.fg
Include {root}/forge.conf
"""
PLACES = """
<Directory {root}/www/off>
ForgeEngine off
</Directory>
<Directory {root}/www/rootless>
ForgeRoot {root}/www/rootless/gone
</Directory>
<Directory {root}/www/untrusted>
ForgeScriptWritable group
</Directory>
<Location /claims>
SetHandler forge-app
</Location>
<Directory {root}/www/everything>
SetHandler forge-script
</Directory>
<Files many.fg>
ForgeMaxFuel 1000
</Files>
<Files slow.fg>
ForgeMaxTime 100ms
</Files>
"""
FILES = {
    "apps/app.fg": APP,
    "apps/broken.fg": "let = secret\n",
    "www/page.fg": PAGE,
    "www/fails.fg": PAGE + "say secret\n",
    "www/broken.fg": "let = secret\n",
    "www/many.fg": "while true { }\n",
    "www/slow.fg": "wait 60\n",
    "www/unreadable.fg": PAGE,
    "www/off/page.fg": PAGE,
    "www/rootless/page.fg": PAGE,
    "www/untrusted/page.fg": PAGE,
    "www/everything/page.txt": PAGE,
    "www/tenant/page.fg": PAGE,
    "www/tenant/.htaccess": "SetHandler forge-script\n",
}
JSON = {"Content-Type": "application/json"}
ERRORS = [  # code, status, method, path, headers, body
    ("FG0102", 403, "GET", "/unreadable.fg", {}, None),
    ("FG0103", 403, "GET", "/everything/page.txt", {}, None),
    ("FG0104", 403, "GET", "/tenant/page.fg", {}, None),
    ("FG0107", 403, "GET", "/off/page.fg", {}, None),
    ("FG0108", 403, "GET", "/claims", {}, None),
    ("FG0110", 500, "GET", "/rootless/page.fg", {}, None),
    ("FG0111", 403, "GET", "/untrusted/page.fg", {}, None),
    ("FG0201", 500, "GET", "/app/fails", {}, None),
    ("FG0201", 500, "GET", "/fails.fg", {}, None),
    ("FG0207", 400, "POST", "/app/typed?n=x", JSON, b"{}"),
    ("FG0207", 400, "POST", "/app/typed", JSON, b"{"),
    ("FG0207", 413, "POST", "/app/typed", JSON, b"1" * 51),
    ("FG0207", 415, "POST", "/app/typed", {"Content-Type": "text/plain"}, b"1"),
    ("FG0211", 500, "GET", "/broken/x", {}, None),
    ("FG0211", 500, "GET", "/broken.fg", {}, None),
    ("FG0220", 404, "GET", "/app/none", {}, None),
    ("FG0220", 404, "GET", "/none.fg", {}, None),
    ("FG0220", 404, "GET", "/page.fg/more", {}, None),
    ("FG0221", 405, "DELETE", "/app/fails", {}, None),
    ("FG0221", 405, "DELETE", "/page.fg", {}, None),
    ("FG0222", 412, "GET", "/app/tagged", {"If-Match": '"x"'}, None),
    ("FG0230", 500, "GET", "/app/forged", {}, None),
    ("FG0240", 504, "GET", "/slow.fg", {}, None),
    ("FG0242", 500, "GET", "/many.fg", {}, None),
]
LOGGED = pytest.mark.may_log(r"FG0\d\d\d: ")


@pytest.fixture
def serve(fresh):
    def before(server):
        os.chmod(server.path("www/unreadable.fg"), 0o000)
        os.chmod(server.path("www/untrusted/page.fg"), 0o666)

    def start(config="", put=None, **more):
        return fresh(CONFIG + PLACES + config, {**FILES, **(put or {})}, before=before, **more)
    return start


def ends(server, name):
    """[status, outcome, code, wait] of the request with that id, once the log has it."""
    def lines():
        try:
            with open(server.path("ends.log")) as f:
                return [line.split()[1:] for line in f if line.split()[0] == name]
        except OSError:
            return []
    server.wait(lines, 20, "not in the access log: " + name)
    assert len(lines()) == 1
    return lines()[0]


# ---- codes

@LOGGED
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_errors_have_their_code_and_tell_nothing_else(serve, accept):
    server = serve()
    for n, (code, status, method, path, headers, body) in enumerate(ERRORS):
        answer = server.ask(method, path, body, {"X-Request-Id": "id-%d" % n, "Accept": accept, **headers})
        text, kind = answer.text, answer.headers.get_content_type()
        assert (answer.status, answer.headers.get_all("X-Request-Id")) == (status, ["id-%d" % n]), (path, answer)
        if kind == "application/json":
            assert (answer.json["code"], answer.json["request_id"]) == (code, "id-%d" % n), (path, answer)
        else:
            assert kind == "text/html" and "<code>%s</code>" % code in text and "<code>id-%d</code>" % n in text, answer
            assert "<h1>%d " % status in text, (path, answer)
        for secret in (server.root, "secret", ".fg", "hello", "undefined", "limit"):
            assert secret not in text, (path, answer)
        assert status != 405 or "GET" in answer.headers["Allow"], answer
        assert answer.headers["ETag"] is None, (path, answer)
        assert ends(server, "id-%d" % n)[2] == code, path


@LOGGED
def test_pages_fail_as_pages(serve):
    """Whatever a client accepts, what it asked for is a page."""
    server = serve()
    for path in ("/fails.fg", "/page.fg/more", "/slow.fg"):
        assert server.get(path, {"Accept": "application/json"}).headers.get_content_type() == "text/html", path


@LOGGED
def test_codes_in_development(serve):
    server = serve("ForgeErrors dev\n")
    assert server.get("/app/fails").json["code"] == "FG0201"
    answer = server.get("/app/fails", {"Accept": "text/html"})
    assert "<dt>Code</dt><dd>FG0201</dd>" in answer.text and "secret" in answer.text


@LOGGED
@pytest.mark.parametrize("document, text", [("/sorry.html", "sorry\n"), ("/sorry.fg", "sorry\n"), ('"sorry"', "sorry")])
def test_error_documents_take_the_place_of_pages(serve, document, text):
    server = serve("".join("ErrorDocument %d %s\n" % (n, document) for n in (403, 404, 405, 500)),
                   {"www/sorry.html": "sorry\n", "www/sorry.fg": 'say "sorry"\n'})
    for n, (path, code, outcome) in enumerate((("/off/page.fg", "FG0107", "refused"), ("/fails.fg", "FG0201", "error"),
                                               ("/page.fg/more", "FG0220", "refused"))):
        answer = server.get(path, {"X-Request-Id": "id-%d" % n})
        assert answer.text == text and answer.status >= 403
        assert ends(server, "id-%d" % n) == [str(answer.status), outcome, code, "-"]


@LOGGED
@pytest.mark.may_log("unable to include")
def test_what_a_page_includes_fails_as_before(serve):
    server = serve("LoadModule include_module {modules}/mod_include.so\n<Directory {root}/www>\nOptions +Includes\n"
                   "AddOutputFilter INCLUDES .html\n</Directory>\n",
                   {"www/all.html": '<!--#config errmsg="none" --><!--#include virtual="/off/page.fg" -->.'
                                    '<!--#include virtual="/page.fg" -->'})
    assert server.get("/all.html").text == "none.hello\n"


# ---- how requests end

OUTCOMES = [(path, outcome, code) for path, outcome, code in (
    ("/page.fg", "ok", "-"), ("/app/tagged", "ok", "-"), ("/app/exits", "ok", "-"), ("/app/chosen", "ok", "-"),
    ("/fails.fg", "error", "FG0201"), ("/app/forged", "error", "FG0230"), ("/broken.fg", "error", "FG0211"),
    ("/rootless/page.fg", "error", "FG0110"), ("/app/none", "refused", "FG0220"), ("/off/page.fg", "refused", "FG0107"),
    ("/untrusted/page.fg", "refused", "FG0111"))]


@LOGGED
def test_outcomes(serve):
    server = serve()
    for n, (path, outcome, code) in enumerate(OUTCOMES):
        status = server.get(path, {"X-Request-Id": "id-%d" % n}).status
        assert ends(server, "id-%d" % n) == [str(status), outcome, code, "-"], path
    server.get("/page.fg", {"X-Request-Id": "range", "Range": "bytes=50-60"})
    assert ends(server, "range") == ["416", "refused", "FG0223", "-"]
    server.get("/none.txt", {"X-Request-Id": "file"})
    assert ends(server, "file") == ["404", "-", "-", "-"]


@LOGGED
def test_outcomes_of_limits(serve):
    files = {"www/%s/x.fg" % name: program for name, (_, _, program, *_) in LIMITS.items()}
    config = "ForgeRoot {root}/data\n"
    for name in LIMITS:
        config += "<Directory {root}/www/%s>\n%s %s\n</Directory>\n" % (name, name, LIMITS[name][0])
    server = serve(config, {**files, "data/in.txt": "text"})
    os.chmod(server.path("data"), 0o777)
    for name, (_, _, _, status, code, _) in LIMITS.items():
        assert server.get("/%s/x.fg" % name, {"X-Request-Id": name}).status == status
        assert ends(server, name) == [str(status), "limit-" + name[len("ForgeMax"):].lower(), code, "-"]


@LOGGED
def test_outcomes_of_internal_redirects(serve):
    """A directory's index, and what a rule makes of a path, end as they would by themselves."""
    server = serve("FallbackResource /broken.fg\n", {"www/index.fg": PAGE})
    for path, expected in (("/", ["200", "ok", "-", "-"]), ("/nothing", ["500", "error", "FG0211", "-"])):
        server.get(path, {"X-Request-Id": "id" + path})
        assert ends(server, "id" + path) == expected


class Asking:
    """A client whose program runs, or who waits for a permit."""

    def __init__(self, server, name, path):
        self.link = server.connect()
        self.link.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nX-Request-Id: %s\r\nConnection: close\r\n\r\n"
                          % (path.encode(), name.encode()))

    def answer(self):
        parts = []
        while part := self.link.recv(65536):
            parts.append(part)
        self.link.close()
        return b"".join(parts)

    def leave(self):
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.link.close()


def running(server, name, path):
    """One whose program has begun."""
    before = server.log().count("FG0403: ")
    client = Asking(server, name, path)
    server.wait(lambda: server.log().count("FG0403: ") > before, 20, "the program does not begin")
    return client


@LOGGED
def test_outcome_of_a_client_that_leaves(serve):
    server = serve()
    running(server, "gone", "/app/waits/60").leave()
    assert ends(server, "gone") == ["499", "client-abort", "FG0203", "-"]
    server.wait(lambda: "FG0203: " in server.log(), 5, "no line")


@LOGGED
def test_outcome_of_a_refusal(serve):
    server = serve("ForgeMaxConcurrent 1 queue 0\nForgeReserve 0\n", limit=3)
    holder = running(server, "holder", "/app/waits/60")
    assert server.get("/page.fg", {"X-Request-Id": "refused"}).json["code"] == "FG0120"
    assert ends(server, "refused") == ["503", "overload", "FG0120", "-"]
    assert "<code>FG0120</code>" in server.get("/page.fg", {"Accept": "text/html"}).text
    holder.leave()
    assert ends(server, "holder")[1:] == ["client-abort", "FG0203", "-"]


@LOGGED
def test_outcome_of_a_client_that_leaves_the_queue(serve):
    server = serve("ForgeMaxConcurrent 1 queue 5 wait 60s\nForgeReserve 0\n", limit=3)
    holder = running(server, "holder", "/app/waits/60")
    leaver = Asking(server, "leaver", "/page.fg")
    leaver.link.shutdown(socket.SHUT_WR)  # closed at once, TLS would take back what was sent
    status, outcome, code, wait = ends(server, "leaver")
    assert (status, outcome, code) == ("499", "left-queue", "FG0121") and int(wait) > 0
    leaver.link.close()
    holder.leave()
    ends(server, "holder")


@LOGGED
def test_outcome_of_a_client_that_waited(serve):
    """He who comes when the other one has gone already has not waited, and so another one comes."""
    server = serve("ForgeMaxConcurrent 1 queue 5 wait 60s\nForgeReserve 0\n", limit=3)
    for n in range(10):
        holder = running(server, "holder-%d" % n, "/app/waits/60")
        waiter = Asking(server, "waiter-%d" % n, "/page.fg")
        time.sleep(0.2)
        holder.leave()
        assert waiter.answer().endswith(b"hello\n")
        status, outcome, code, wait = ends(server, "waiter-%d" % n)
        assert (status, outcome, code) == ("200", "ok", "-")
        if wait != "-" and int(wait) > 0:
            break
    else:
        pytest.fail("nobody has waited")


@LOGGED
def test_outcome_of_a_wait_that_was_too_long(serve):
    server = serve("ForgeMaxConcurrent 1 queue 5 wait 100ms\nForgeReserve 0\n", limit=3)
    holder = running(server, "holder", "/app/waits/60")
    assert server.get("/page.fg", {"X-Request-Id": "late"}).status == 503
    status, outcome, code, wait = ends(server, "late")
    assert (status, outcome, code) == ("503", "overload", "FG0120") and int(wait) >= 100000
    holder.leave()
    ends(server, "holder")


@LOGGED
@pytest.mark.may_log("AH00")
def test_outcome_of_a_drain(serve):
    server = serve("ForgeDrainTimeout 500ms\n", limit=3)
    client = running(server, "drained", "/app/waits/60")
    restart = threading.Thread(target=server.graceful)
    restart.start()
    answer = client.answer()
    restart.join()
    assert b" 503 " in answer.split(b"\r\n")[0] and b'"code":"FG0215"' in answer
    assert ends(server, "drained") == ["503", "drained", "FG0215", "-"]


@LOGGED
@pytest.mark.may_log("AH00")
@pytest.mark.skipif(MPM == "prefork", reason="a child of the prefork MPM ends without a line in the access log")
def test_outcome_of_a_stop(serve):
    server = serve("", limit=3)
    client = running(server, "stopped", "/app/waits/60")
    before = server.log().count("resuming normal operations")
    server.signal(signal.SIGHUP)
    client.answer()
    server.wait(lambda: server.log().count("resuming normal operations") > before, 20, "no restart")
    assert ends(server, "stopped") == ["499", "stopped", "FG0214", "-"]


def test_every_outcome_is_in_the_reference():
    table = tree("mod_forge/log.h").split("#define MF_OUTCOMES(X)")[1].split("typedef enum")[0]
    numbers = dict(re.findall(r"X\((\w+), (\d+), APLOG", tree("mod_forge/log.h")))
    known = {}
    for code, name in re.findall(r'X\((\w+), "([\w-]+)"\)', table):
        known.setdefault(name, set()).add("FG%04d" % int(numbers[code]))
    rows = dict(line.strip("|\n ").split(" | ") for line in tree("conf/doc/errors.md").splitlines()
                if re.match(r"\| [\w-]+ \| [^|]*\|$", line))
    told = {name: set(re.findall(r"FG\d{4}", codes)) for name, codes in rows.items()}
    assert {name: codes for name, codes in told.items() if codes} == known
    assert {name for name, codes in told.items() if not codes} - {"outcome"} == {"ok", "error"}

# SPDX-License-Identifier: Apache-2.0
"""Each limit of a request, on each level where it can be set: the server, a virtual host, a directory, and .htaccess
files, which only lower it.  What reaches one is answered with a status and a code, and leaves the server unharmed."""
import os
import re

import pytest

from conftest import MPM, Answer, tree

# directive: a strict and a loose value, a program between them, and what the strict one answers
LIMITS = {
    "ForgeMaxTime": ("150ms", "20s", "wait 0.4 seconds\nsay 1\n", 504, "FG0240", "time limit of 0.15 s is reached"),
    "ForgeMaxCpu": ("50ms", "20s", "let t = time.elapsed()\nwhile time.elapsed() - t < 400 { }\nsay 1\n", 500,
                    "FG0241", "CPU time limit of 0.05 s is reached"),
    "ForgeMaxFuel": ("100000", "100000000", "for i in range(300000) { }\nsay 1\n", 500, "FG0242",
                     "work limit of 100000 steps is reached"),
    "ForgeMaxMemory": ("1048576", "67108864", 'let mut a = []\nfor i in range(100000) { push(a, "text {i}") }\nsay 1\n', 500, "FG0243",
                       "1048576 bytes"),
    "ForgeMaxOutput": ("1000", "1000000", 'for i in range(50) { say repeat_str("x", 40) }\n', 500, "FG0244",
                       "output limit of 1000 bytes is reached"),
    "ForgeMaxFiles": ("1", "10", 'fs.copy("in.txt", "out.txt")\nsay 1\n', 500, "FG0245",
                      "limit of 1 open files at once is reached"),
    "ForgeMaxTasks": ("3", "10", "await_all(range(5).map(fn(i) { return spawn { wait 0.01 seconds } }))\nsay 1\n", 500,
                      "FG0246", "limit of 3 tasks at once is reached"),
}
COMMON = """
Include {root}/forge.conf
ForgeAllow fs.read fs.write
ForgeRoot {root}/data
ForgeReload 0
"""
VHOST = """
<VirtualHost 127.0.0.1:{port}>
    ServerName %s
    DocumentRoot {root}/www
    %s
</VirtualHost>
"""
DIRECTORY = "<Directory {root}/www/%s>\n    %s\n</Directory>\n"
ALL = sorted(LIMITS)


@pytest.fixture
def start(fresh):
    """A server with this configuration; the program is www/PLACE/x.fg of each place, and an app with routes."""
    def begin(limit, config, places, htaccess=None):
        program = LIMITS[limit][2]
        body = program.replace("say 1", "return 1")
        files = {"www/%s/x.fg" % place: program for place in places}
        files["www/route.fg"] = '@get("/")\nfn work() {\n    inner()\n}\nfn inner() {\n' + body + "}\n"
        files.update({"www/%s/.htaccess" % place: text for place, text in (htaccess or {}).items()})
        files["data/in.txt"] = "text"

        def before(server):
            os.chmod(server.path("data"), 0o777)
        return fresh(COMMON + config, files, before=before)
    return begin


def ask(server, path, host="localhost"):
    return server.get(path, {"Host": host, "Accept": "application/json"})


def reached(server, limit, answer):
    _, _, _, status, code, message = LIMITS[limit]
    assert answer.status == status, (answer, server.log()[-2000:])
    line = r"%s: %s ended the program: .*LimitError: .*%s" % (code, limit, re.escape(message))
    server.wait(lambda: re.search(line, server.log()), 5, "not in the log: " + line)


@pytest.mark.may_log("FG024")
@pytest.mark.parametrize("limit", ALL)
def test_server(start, limit):
    server = start(limit, "%s %s\n" % (limit, LIMITS[limit][0]), ["a"])
    reached(server, limit, ask(server, "/a/x.fg"))


@pytest.mark.may_log("FG024")
@pytest.mark.parametrize("limit", ALL)
def test_virtual_hosts_and_directories(start, limit):
    """The innermost section counts, whether it is stricter or not."""
    strict, loose = ("%s %s" % (limit, value) for value in LIMITS[limit][:2])
    config = (loose + "\n" + VHOST % ("loose.test", loose) + VHOST % ("strict.test", strict)
              + DIRECTORY % ("strict", strict) + DIRECTORY % ("loose", loose))
    server = start(limit, config, ["a", "strict", "loose"])
    assert ask(server, "/a/x.fg", "loose.test").status == 200
    reached(server, limit, ask(server, "/a/x.fg", "strict.test"))
    reached(server, limit, ask(server, "/strict/x.fg", "loose.test"))
    assert ask(server, "/loose/x.fg", "strict.test").status == 200


@pytest.mark.may_log("FG024")
@pytest.mark.parametrize("limit", ALL)
def test_htaccess_lowers_only(start, limit):
    strict, loose = ("%s %s" % (limit, value) for value in LIMITS[limit][:2])
    places = ["lowers", "raises", "lowers/raises"]
    server = start(limit, "%s\n" % loose + DIRECTORY % ("raises", strict), places,
                   {"lowers": strict, "raises": loose, "lowers/raises": loose})
    for place in places:
        reached(server, limit, ask(server, "/%s/x.fg" % place))


@pytest.mark.may_log("FG024")
@pytest.mark.parametrize("limit", [name for name in ALL if name != "ForgeMaxOutput"])
def test_answers_of_routes(start, limit):
    """The status, the code, and in the log the calls that led there; what failed is not told to the client."""
    strict, _, _, status, code, message = LIMITS[limit]
    server = start(limit, "%s %s\nForgeErrors prod\n" % (limit, strict), [])
    answer = ask(server, "/route.fg/")
    reached(server, limit, answer)
    assert answer.json["code"] == code
    assert answer.json["error"] == ("the program took too long" if status == 504 else "internal error")
    assert "report" not in answer.json and answer.json["request_id"]
    for name in ("inner", "work"):
        server.wait(lambda: re.search(r"%s: .*  at %s \(line \d+" % (code, name), server.log()), 5, "no stack: " + name)


@pytest.mark.may_log("FG0201: ", "FG0211: ", "FG0101: ")
def test_codes_of_other_failures(fresh):
    server = fresh("Include {root}/forge.conf\n", {"www/x.fg": '@get("/")\nfn f() { bruh("x") }\n', "www/y.fg": "let = 1\n"})
    assert server.get("/x.fg/").json["code"] == "FG0201"
    assert server.get("/y.fg", {"Accept": "application/json"}).json["code"] == "FG0211"
    assert server.get("/x.fg/none").json["code"] == "FG0220"


@pytest.mark.may_log("FG0402: ", "FG0213: ")
def test_lines_of_the_log(fresh):
    page = 'for i in range(60) { log.warn("line", i) }\n'
    places = {"": 50, "in/": 20, "in/lowers/": 5, "in/raises/": 20}
    files = {"www/%sx.fg" % place: page for place in places}
    files.update({"www/in/lowers/.htaccess": "ForgeMaxLog 5\n", "www/in/raises/.htaccess": "ForgeMaxLog 55\n"})
    server = fresh("Include {root}/forge.conf\nForgeMaxLog 50\n" + DIRECTORY % ("in", "ForgeMaxLog 20"), files)
    for place, lines in places.items():
        name = "id-" + place.replace("/", "-")
        assert server.get("/%sx.fg" % place, {"X-Request-Id": name}).status == 200
        server.wait(lambda: "%d dropped [id %s]" % (60 - lines, name) in server.log(), 5, "nothing was dropped")
        assert len(re.findall(r"FG0402: .*\[id %s\]" % name, server.log())) == lines


@pytest.mark.may_log("FG024")
def test_nothing_is_left_behind(start):
    """Requests that reach limits one after the other, and at last one that does not."""
    limit = "ForgeMaxTasks"
    server = start(limit, "%s 3\n" % limit + DIRECTORY % ("loose", "%s 5" % limit), ["a", "loose"])
    for _ in range(20):
        assert ask(server, "/a/x.fg").status == 500
        assert ask(server, "/loose/x.fg").status == 200


def test_the_table_is_complete():
    """Every ForgeMax… of requests but those that have tests of their own."""
    names = set(re.findall(r'LIMIT\("(ForgeMax\w+)"', tree("mod_forge/config.c")))
    assert names - set(LIMITS) == {"ForgeMaxBody", "ForgeMaxDepth", "ForgeMaxLog", "ForgeMaxConnections"}


BODY_AND_DEPTH = """@post("/body")
fn size(request) { return len(request.text()) }
@get("/depth")
fn depth(n: Int) { return down(n) }
fn down(n) {
    if n == 0 { return 0 }
    return down(n - 1) + 1
}
"""


@pytest.mark.may_log("FG0201: ")
def test_bodies_and_calls(fresh):
    """The innermost section counts, and .htaccess files lower only."""
    strict, loose = "ForgeMaxBody 100\nForgeMaxDepth 50\n", "ForgeMaxBody 1000\nForgeMaxDepth 500\n"
    places = {"": False, "in/": True, "in/raises/": True, "in/loose/": False, "in/loose/lowers/": True,
              "in/strict/raises/": True}
    files = {"www/%sx.fg" % place: BODY_AND_DEPTH for place in places}
    files.update({"www/in/raises/.htaccess": loose, "www/in/loose/lowers/.htaccess": strict,
                  "www/in/strict/.htaccess": strict, "www/in/strict/raises/.htaccess": loose})
    server = fresh("Include {root}/forge.conf\n" + loose + DIRECTORY % ("in", strict) + DIRECTORY % ("in/loose", loose) +
                   DIRECTORY % ("in/strict", loose), files)
    for place, is_strict in places.items():
        for n in (80, 800):
            within = n < (100 if is_strict else 1000)
            assert server.post("/%sx.fg/body" % place, body=b"x" * n, kind=None).status == (200 if within else 413), place
        for n in (40, 400):
            within = n < (50 if is_strict else 500)
            answer = server.get("/%sx.fg/depth?n=%d" % (place, n))
            assert answer.status == (200 if within else 500), (place, n)
            assert within or answer.json["code"] == "FG0201"


CONNECTIONS = """db.open("x.db")
@get("/hold")
fn hold_it() {
    db.query("select 1")
    log.warn("holds it")
    wait 60 seconds
    return 1
}
@get("/ask")
fn ask_it() { return db.query("select 1 as n") }
"""


@pytest.mark.skipif(MPM == "prefork", reason="its children have one request at a time")
@pytest.mark.logs("FG0402: .*holds it")
@pytest.mark.may_log("FG0240: ")
@pytest.mark.parametrize("most, status", [(1, 504), (2, 200)])
def test_connections(fresh, most, status):
    """Of a child; who comes later waits until one is free, or its time is over."""
    server = fresh("ForgeReserve 0\nForgeMaxTime 60s\nForgeAllow db fs.read fs.write\nForgeRoot {root}/data\n"
                   "ForgeMaxConnections %d\n<Location /c/ask>\nForgeMaxTime 3s\n</Location>\n"
                   "ForgeApp /c {root}/apps/c.fg\n" % most, {"apps/c.fg": CONNECTIONS}, limit=1,
                   before=lambda s: (os.makedirs(s.path("data")), os.chmod(s.path("data"), 0o777)))
    with server.connect() as holder:
        holder.sendall(b"GET /c/hold HTTP/1.1\r\nHost: x\r\n\r\n")
        server.wait(lambda: "holds it" in server.log(), 10, "it is not held")
        assert server.get("/c/ask").status == status
    server.wait(lambda: server.get("/c/ask").status == 200, 20, "it is not free")

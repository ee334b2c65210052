# SPDX-License-Identifier: Apache-2.0
"""What programs say and log stands in the error log, bounded and harmless."""
import os
import re

import pytest

from conftest import httpd, tree

PAGES = "Include {root}/forge.conf\nForgeReload 0\nLogLevel forge:debug\n"
LEVELS = (r"\[forge:error\].*FG0401: error: \S*/%s:%d: it went wrong 7 \[id %s\]",
          r"\[forge:warn\].*FG0402: warning: \S*/%s:%d: it may be wrong \[id %s\]",
          r"\[forge:info\].*FG0403: info: \S*/%s:%d: it happened \[id %s\]",
          r"\[forge:debug\].*FG0404: debug: \S*/%s:%d: it is a detail \[id %s\]")
LOG = """log.error("it went wrong", 7)
log.warn("it may be wrong")
log.info("it happened")
log.debug("it is a detail")
"""


def lines_of(server, code, text=""):
    return [line for line in server.log().splitlines() if code in line and text in line]


@pytest.mark.may_log(r"FG040\d: ")
def test_levels_and_places(fresh):
    server = fresh(PAGES, {"www/x.fg": "\n" + LOG, "www/y.fg": '@get("/")\nfn f() {\n' + LOG + "}\n"})
    for name, path, first in (("x.fg", "/x.fg", 2), ("y.fg", "/y.fg/", 3)):
        assert server.get(path, {"X-Request-Id": "id-" + name}).status == 200
        for n, pattern in enumerate(LEVELS):
            pattern %= (re.escape(name), first + n, "id-" + re.escape(name))
            server.wait(lambda: re.search(pattern, server.log()), 5, "not in the log: " + pattern)


@pytest.mark.may_log(r"FG040\d: ")
def test_levels_that_are_left_out(fresh):
    server = fresh(PAGES.replace("debug", "warn"), {"www/x.fg": LOG})
    assert server.get("/x.fg").status == 200
    server.wait(lambda: lines_of(server, "FG0402: "), 5, "no warning")
    assert not lines_of(server, "FG0403: ") and not lines_of(server, "FG0404: ")


@pytest.mark.may_log(r"FG040\d: ", "FG0006: ")
def test_top_levels(fresh):
    routes = LOG + '@get("/")\nfn f() { return 1 }\n'
    server = fresh(PAGES + "ForgeApp /a {root}/apps/app.fg\n", {"apps/app.fg": routes, "www/x.fg": routes})
    assert server.get("/x.fg/").status == server.get("/a/").status == 200
    for n, pattern in enumerate(LEVELS):
        assert re.search(pattern % ("x.fg", n + 1, r"[\w-]+"), server.log())
        assert re.search(pattern.replace(r" \[id %s\]", "$") % ("app.fg", n + 1), server.log(), re.M)


@pytest.mark.may_log(r"FG040\d: ")
def test_what_could_be_taken_for_something_else(fresh):
    """No control character reaches the log, and one message is one line."""
    server = fresh(PAGES, {"www/x.fg": 'log.warn("a\\nFG0001: b\\t\\u{1b}[31mc\\u{0}d\\r\\u{85}e\\u{e4}")\n'})
    assert server.get("/x.fg").status == 200
    server.wait(lambda: lines_of(server, "FG0402: "), 5, "no line")
    with open(server.path("error.log"), "rb") as f:
        line = next(line for line in f.read().split(b"\n") if b"FG0402: " in line)
    assert re.search(rb"a\\+nFG0001: b\\+t\\+u001b\[31mc\\+u0000d\\+r\\+u0085e.+ \[id ", line), line
    assert all(32 <= byte < 127 for byte in line), line


@pytest.mark.logs(r"FG020[12]: .*memory")
@pytest.mark.may_log(r"FG\d{4}: ")
def test_long_messages_are_cut(fresh):
    server = fresh(PAGES, {"www/x.fg": 'log.info(repeat_str("a", 5000))\nlog.info("b" + repeat_str("\\u{e4}", 5000))\n'
                                       'log.info(repeat_str("c", 100000000))\n'})
    assert server.get("/x.fg").status == 500
    server.wait(lambda: len(lines_of(server, "FG0403: ")) == 2, 5, "two lines expected")
    first, second = (line.split(".fg:")[1].split(": ", 1)[1].split(" [id")[0] for line in lines_of(server, "FG0403: "))
    assert first == "a" * 1024 + " ..."
    assert second == "b" + r"\xc3\xa4" * 511 + " ..."


@pytest.mark.logs(r"FG0213: too many lines for one request: 150 dropped \[id ")
@pytest.mark.may_log(r"FG040\d: ")
def test_many_messages(fresh):
    """A hundred for each request; what LogLevel leaves out does not count."""
    page = 'for i in range(250) {\n    log.warn("line", i)\n    log.debug("more", i)\n}\n'
    server = fresh(PAGES.replace("debug", "info"), {"www/x.fg": page, "www/y.fg": 'log.warn("other")\n'})
    assert server.get("/x.fg").status == server.get("/y.fg").status == 200
    server.wait(lambda: lines_of(server, "FG0213: "), 5, "no word of those that were dropped")
    assert len(lines_of(server, "FG0402: ", "line ")) == 100
    assert len(lines_of(server, "FG0213: ")) == len(lines_of(server, "FG0402: ", "other")) == 1


@pytest.mark.logs(r"FG0213: too many lines for one request: 21 dropped \[id ")
@pytest.mark.may_log(r"FG0208: ")
def test_what_routes_say(fresh):
    server = fresh(PAGES, {"www/x.fg": '@get("/")\nfn f() {\n    for i in range(120) { say "line {i}" }\n'
                                       '    say repeat_str("x", 3000) + "\\n"\n}\n'
                                       '@get("/long")\nfn long() { say repeat_str("x", 3000) + "\\ny" }\n'})
    assert server.get("/x.fg/").status == 200
    server.wait(lambda: lines_of(server, "FG0213: "), 5, "no word of those that were dropped")
    assert len(lines_of(server, "FG0208: ")) == 100
    assert server.get("/x.fg/long").status == 200
    server.wait(lambda: lines_of(server, "FG0208: said: y [id "), 5, "the second line is not there")
    assert lines_of(server, "FG0208: said: " + "x" * 1024 + " ... [id ")


def test_every_code_is_in_the_reference():
    """With the words that the log has, a cause and what to do."""
    table = tree("mod_forge/log.h").split("#define MF_CODES(X)")[1].split("typedef enum")[0].replace("\\\n", " ")
    codes = [(int(number), "".join(re.findall(r'"([^"]*)"', words)))
             for number, words in re.findall(r"X\(\w+, (\d+), \w+,((?:\s*\"[^\"]*\")+)\)", table)]
    assert len(codes) == table.count("APLOG_")
    rows = [line.strip("|\n").split(" | ") for line in tree("conf/doc/errors.md").splitlines() if line.startswith("| FG")]
    known = {}
    for row in rows:
        assert len(row) == 4 and all(part.strip() for part in row), row
        numbers = [int(n) for n in re.findall(r"FG(\d{4})", row[0])]
        for i, number in enumerate(range(numbers[0], numbers[-1] + 1)):
            known[number] = row[1].split(", ")[i] if len(numbers) > 1 else row[1]
    assert {number: text.strip() for number, text in known.items()} == dict(codes)


@pytest.mark.may_log("FG0006: ")
def test_requests_that_succeed_are_silent(fresh):
    server = fresh("Include {root}/forge.conf\nLogLevel info\nForgeApp /a {root}/apps/a.fg\n",
                   {"www/x.fg": "say 1\n", "apps/a.fg": '@get("/")\nfn f(n: Int) { return n }\n'})
    before = len(server.log())
    for path, status in (("/x.fg", 200), ("/a/", 200), ("/a/none", 404), ("/x.fg", 200)):
        assert server.get(path).status == status
    assert "[forge:" not in server.log()[before:], server.log()[before:]


def test_every_line_has_a_code():
    """Only log.c writes to httpd's log, and it writes codes."""
    folder, found = os.path.join(httpd.TREE, "mod_forge"), 0
    for name in sorted(os.listdir(folder)):
        calls = re.findall(r"\bap_log_\w+\((?:[^()]|\([^()]*\))*\)", tree("mod_forge/" + name))
        assert not calls or name == "log.c", (name, calls)
        assert all("FG%04d: " in call for call in calls), (name, calls)
        found += len(calls)
    assert found > 2


STAGES = [r"admitted after \d+ us", r"built \S+/www/x\.fg", r"route post /n/:n of \S+/www/x\.fg:1", "a body of 3 bytes",
          r"the program ended: status 0, \d+ steps, \d+ bytes", "answered 200"]


@pytest.mark.logs("FG0216: stage: ")
def test_stages(fresh):
    """One line each, with the id, in the order in which they happen."""
    server = fresh("Include {root}/forge.conf\nLogLevel forge:trace1\n",
                   {"www/x.fg": '@post("/n/:n")\nfn f(n, body) { return body }\n'})
    headers = {"Content-Type": "application/json", "X-Request-Id": "traced"}
    assert server.ask("POST", "/x.fg/n/7", b"[1]", headers).json == [1]
    server.wait(lambda: "answered" in server.log(), 5, "no last stage")
    said = re.findall(r"\[forge:trace1\].* FG0216: stage: (.*) \[id traced\]", server.log())
    assert len(said) == len(STAGES) and all(map(re.fullmatch, STAGES, said)), said

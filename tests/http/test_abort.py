# SPDX-License-Identifier: Apache-2.0
"""A client that leaves ends its program, however it leaves and whatever the program does; one that stays does not."""
import datetime
import itertools
import os
import re
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import time

import pytest

from conftest import ASAN, H2C, HTTP2, PROTOCOL, Server, only, over_http2, watched

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench"))
import soak  # noqa: E402

BOUND = 0.1 if ASAN else 0.01  # seconds from the end of the connection to the end of the program
ATTEMPTS = 40                  # other programs run on the machine, too: the best of so many counts
REQUESTS = 2000 if ASAN else 10000
GONE = "FG0203: the client went away and the program was stopped"

APP = """
@get("/loop")
fn endless() {
    log.info("begins")
    while true { }
}
@get("/wait")
fn waiting() {
    log.info("begins")
    wait 60 seconds
}
@get("/peer")
fn silent_peer() {
    log.info("begins")
    return http.get(env.get("PEER")).status
}
@get("/db")
fn busy_database() {
    log.info("begins")
    db.open("busy.db")
    while true { try { db.execute("insert into t values (1)") } catch e { } }
}
@get("/tasks")
fn tasks() {
    log.info("begins")
    squad {
        spawn { wait 60 seconds }
        spawn { http.get(env.get("PEER")) }
        spawn { while true { wait 0.001 seconds } }
    }
}
@get("/count")
fn count() {
    log.info("begins")
    defer(fn() { log.info("deferred") })
    for i in range(4) { wait 0.1 seconds }
    log.info("at the end")
    return "done"
}
@get("/section")
fn section() {
    log.info("begins")
    defer(fn() { log.info("deferred") })
    uncancellable(fn() {
        uncancellable(fn() { wait 0.2 seconds })
        wait 0.2 seconds
        log.info("section ends")
    })
    log.info("behind the section")
}
@get("/forever")
fn forever() {
    log.info("begins")
    uncancellable(fn() { while true { } })
}
@get("/one")
fn one() { return 1 }
"""
CONFIG = soak.CONFIG + """
ForgeApp /a {root}/apps/abort.fg
ForgeAllow net db fs.read fs.write
ForgeAllowHosts 127.0.0.1
ForgeRoot {root}/data
ForgeMaxTime 60s
ForgeSet PEER http://127.0.0.1:%d/
<Location /ignore>
    ForgeClientAbort ignore
</Location>
ForgeApp /ignore {root}/apps/abort.fg
Include {root}/forge.conf
"""


@pytest.fixture(scope="module")
def abort_server():
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as peer:  # accepts, and never answers
        config = CONFIG % peer.getsockname()[1]
        server = Server(config=config + H2C, threads=12, limit=1)
        server.put("apps/abort.fg", APP)
        server.put("apps/soak.fg", soak.PROGRAM % 0.006)
        server.put("forge.conf", "<FilesMatch \\.fg$>\nSetHandler forge-script\n</FilesMatch>\n")
        os.makedirs(server.path("data"))
        os.chmod(server.path("data"), 0o777)
        with sqlite3.connect(server.path("data/busy.db")) as db:
            db.execute("create table t (n)")
        db.close()
        os.chmod(server.path("data/busy.db"), 0o666)
        with server:
            server.news()
            yield server
    for way, paths in measured.items():  # to be seen with pytest -s
        print("\n%-14s" % way, *("%s %.1f ms " % (path, best * 1000) for path, best in paths.items()), end="")


@pytest.fixture
def server(abort_server, request):
    abort_server.news()
    yield from watched(request.node, lambda: [abort_server], lambda: iter([abort_server]))


# ---- ways to leave: each a function that asks and returns one that leaves ---------------------------------------------

def line(path, name):
    return b"GET %s HTTP/1.1\r\nHost: x\r\nX-Request-Id: %s\r\n\r\n" % (path.encode(), name.encode())


def ask(server, path, name):
    link = server.connect()
    link.sendall(line(path, name))
    return link


def killed(server, path, name):
    client = subprocess.Popen(["curl", "-sk", "-H", "X-Request-Id: " + name, server.url + path])

    def leave():
        client.send_signal(signal.SIGKILL)
        client.wait()
    return leave


def closed(server, path, name):
    return ask(server, path, name).close


def reset(server, path, name):
    link = ask(server, path, name)

    def leave():
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()
    return leave


def pipelined(server, path, name):
    link = ask(server, path, name)
    link.sendall(line("/a/one", name + "-next") * 2)
    return link.close


def half_closed(server, path, name):
    """It could still read the answer, but nobody can tell it from one that has left."""
    link = ask(server, path, name)

    def leave():
        socket.socket.shutdown(link, socket.SHUT_WR)  # below TLS, if there is any
    leave.link = link
    return leave


def h2_closed(server, path, name):
    link = server.h2()
    link.get(1, path, [("x-request-id", name)])
    return link.close


def h2_reset(server, path, name):
    link = server.h2()
    link.get(1, path, [("x-request-id", name)])

    def leave():
        link.reset(1)
    leave.link = link
    return leave


WAYS = [killed]  # curl speaks what the server offers
if PROTOCOL != "h2":
    WAYS += [closed, reset, pipelined, half_closed]
if HTTP2:
    WAYS += [h2_closed, h2_reset]

# ---- how long programs go on ----------------------------------------------------------------------------------------

numbers = itertools.count()
measured = {}


def logged(server, text, name):
    """Time of the line with this text about the request, or None."""
    found = re.search(r"^\[(\w+ \w+ \d+ [\d:.]+ \d+)\][^\n]*%s[^\n]*\[id %s\]" % (re.escape(text), name), server.log(),
                      re.M)
    return found and datetime.datetime.strptime(found.group(1), "%a %b %d %H:%M:%S.%f %Y").timestamp()


def began(server, way, path):
    """(name, leave) of a request whose program has begun."""
    name = "leaves-%d" % next(numbers)
    leave = way(server, path, name)
    server.wait(lambda: logged(server, "begins", name), 20, "the program does not begin")
    time.sleep(0.05)
    return name, leave


def went_on(server, way, path, text=GONE):
    """Seconds from the moment the client leaves to the line."""
    name, leave = began(server, way, path)
    assert logged(server, text, name) is None, "ended while the client was there"
    at = time.time()
    leave()
    server.wait(lambda: logged(server, text, name), 10, "the program goes on")
    return logged(server, text, name) - at


def soon(server, way, path):
    best = 10
    for _ in range(ATTEMPTS):
        best = min(best, went_on(server, way, path))
        if best <= BOUND:
            break
    measured.setdefault(way.__name__, {})[path] = best
    assert best <= BOUND, "goes on for %.1f ms" % (best * 1000)


@pytest.mark.may_log("FG0203: ", "FG0403: ")
@pytest.mark.parametrize("path", ["/a/loop", "/a/wait", "/a/peer", "/a/tasks"])
@pytest.mark.parametrize("way", WAYS)
def test_programs_end_with_their_client(server, way, path):
    soon(server, way, path)


@pytest.mark.may_log("FG0203: ", "FG0403: ")
@pytest.mark.parametrize("way", WAYS)
def test_programs_that_wait_for_a_database_end_with_their_client(server, way):
    other = sqlite3.connect(server.path("data/busy.db"), isolation_level=None)
    other.execute("begin exclusive")
    try:
        soon(server, way, "/a/db")
    finally:
        other.close()


@over_http2
@pytest.mark.may_log("FG0203: ", "FG0403: ")
def test_other_streams_go_on(server):
    """A reset ends one program; the streams beside it and the connection stay."""
    with server.h2() as link:
        link.link.sendall(b"".join(link.request(s, "/soak/stay/%d" % s) for s in range(1, 21, 2)))
        link.get(21, "/a/loop")
        link.get(23, "/a/count")
        time.sleep(0.1)
        link.reset(21)
        link.get(25, "/a/one")
        answers = link.answers([*range(1, 21, 2), 23, 25])
    assert answers.pop(23) == (200, b'"done"') and answers.pop(25) == (200, b"1")
    assert answers == {s: (200, b"%d" % s) for s in range(1, 21, 2)}


def test_nobody_who_stays_is_taken_for_gone(server):
    begin = server.log().count("FG0203")
    ways = (soak.HTTP1 * 2 if PROTOCOL != "h2" else [soak.streams] * 4) + ([soak.streams] if H2C else [])
    wrong = soak.soak({server.secure: server.port}, REQUESTS, ways)
    assert not wrong, wrong[:5]
    assert server.log().count("FG0203") == begin


@only("tls", "the end of TLS")
@pytest.mark.may_log("FG0403: ")
def test_close_notify_alone_says_nothing(server):
    """The end of TLS without the end of the connection is not seen, and harms nobody."""
    context = ssl._create_unverified_context()
    sent, got = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(got, sent)
    with socket.create_connection(("127.0.0.1", server.port), 20) as link:
        def step(action):
            while True:
                try:
                    return action()
                except ssl.SSLWantReadError:
                    link.sendall(sent.read())
                    got.write(link.recv(65536))
                finally:
                    link.sendall(sent.read())
        step(tls.do_handshake)
        tls.write(line("/a/count", "notify"))
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        link.sendall(sent.read())
        server.wait(lambda: logged(server, "at the end", "notify"), 10, "it was ended")


# ---- who goes on ----------------------------------------------------------------------------------------------------

@pytest.mark.may_log("FG0403: ", "FG0210: ")
@pytest.mark.parametrize("way", WAYS)
def test_ignored_leaving(server, way):
    went_on(server, way, "/ignore/count", "at the end")
    assert server.get("/a/one").json == 1


@pytest.mark.may_log("FG0403: ")
def test_half_closed_clients_get_the_answer_where_leaving_is_ignored(server):
    leave = half_closed(server, "/ignore/count", "half")
    leave()
    parts = b""
    while part := leave.link.recv(65536):
        parts += part
    assert parts.startswith(b"HTTP/1.1 200 ") and parts.endswith(b'"done"')


@pytest.mark.may_log("FG0403: ", "FG0203: ")
def test_deferred_functions_run(server):
    name, leave = began(server, closed, "/a/count")
    leave()
    server.wait(lambda: logged(server, GONE, name), 10, "it goes on")
    assert logged(server, "deferred", name) and not logged(server, "at the end", name)


@pytest.mark.may_log("FG0403: ", "FG0203: ")
@pytest.mark.parametrize("way", WAYS)
def test_sections_end_first(server, way):
    """Nested ones; what was cancelled meanwhile ends behind the outermost one, at once."""
    name, leave = began(server, way, "/a/section")
    leave()
    server.wait(lambda: logged(server, GONE, name), 10, "it goes on")
    assert logged(server, "section ends", name) and not logged(server, "behind the section", name)
    assert logged(server, "deferred", name)


@pytest.mark.logs(r"FG0240: .*time limit of 0\.3 s")
@pytest.mark.may_log("FG0240: ")
def test_limits_hold_in_sections(fresh):
    server = fresh("ForgeMaxTime 300ms\nForgeApp /a {root}/apps/a.fg\n", {"apps/a.fg": APP})
    assert server.get("/a/forever").status == 504
    leave = closed(server, "/a/forever", "left")
    time.sleep(0.1)
    leave()
    server.wait(lambda: logged(server, "FG0240: ForgeMaxTime", "left"), 10, "it goes on")


@pytest.mark.may_log("FG0403: ", "FG0203: ", "FG0210: ")
@pytest.mark.parametrize("inner, ends", [("ignore", "at the end"), ("cancel", GONE)])
def test_htaccess_decides(fresh, inner, ends):
    """Either way, the innermost setting counts."""
    outer = "cancel" if inner == "ignore" else "ignore"
    page = 'log.info("begins")\nfor i in range(3) { wait 0.1 seconds }\nlog.info("at the end")\n'
    server = fresh("LogLevel forge:info\nInclude {root}/forge.conf\nForgeClientAbort %s\n" % outer,
                   {"www/x.fg": page, "www/in/x.fg": page, "www/in/.htaccess": "ForgeClientAbort %s\n" % inner})
    for path, text in (("/x.fg", GONE if outer == "cancel" else "at the end"), ("/in/x.fg", ends)):
        name, leave = began(server, closed, path)
        leave()
        server.wait(lambda: logged(server, text, name), 10, "no line: " + text)


@pytest.mark.parametrize("lines", [["ForgeClientAbort maybe"], ["ForgeDrainTimeout soon"], ["ForgeMaxCpu 0"],
                                   ["<VirtualHost 127.0.0.1:1>", "ForgeDrainTimeout 1", "</VirtualHost>"]])
def test_bad_values(fresh, lines):
    server = fresh("")
    done = server.apache("-t", *(word for text in lines for word in ("-c", text)))
    assert done.returncode != 0 and "Forge" in done.stderr, done

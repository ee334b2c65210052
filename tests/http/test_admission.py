# SPDX-License-Identifier: Apache-2.0
"""How many programs run at once, who waits, who is refused, and who is served all the same.

The programs say in the log when they begin and end, and the module when it has stopped one; all of that is said while
the permit is held.  So what the log adds up to is never more than what ran."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from conftest import H2C, MPM, PROTOCOL, PROTOCOLS, over_http2, protocols

GATE = """@get("/ping")
fn ping() { return { ok: true } }

@get("/hold")
fn stay(seconds: Float = 60.0, name = "one") {
    log.info("in", name)
    wait seconds
    log.info("out", name)
    return { held: name }
}

@get("/spin")
fn spin() {
    log.info("in spin")
    while true {}
}

@post("/body")
fn take(body) { return len(body) }
"""
BASE = """
LogLevel forge:info
ForgeMaxTime 60s
ForgeReload 0
ForgeApp /a {root}/apps/gate.fg
Include {root}/forge.conf
""" + H2C
HOSTS = """
<VirtualHost 127.0.0.1:{port}>
    ServerName one.test
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
    ServerName two.test
</VirtualHost>
"""
IN, END = re.compile(r"FG0403: .*: in "), re.compile(r"FG0403: .*: out |FG0203: |FG0214: |FG024\d: ")
FULL = r"AH00161|AH00286|AH00288|AH00484|AH00485|AH10159"  # the MPM about MaxRequestWorkers
LOGGED = pytest.mark.may_log("FG0403: ", "FG0203: ", "FG0006: ", FULL)
REFUSED = pytest.mark.logs(r"FG0120: ")
threaded = pytest.mark.skipif(MPM == "prefork", reason="a child of the prefork MPM has one thread")


@pytest.fixture
def serve(fresh):
    """serve(config, threads=..., limit=...): a server with the program."""
    def start(config, put=None, **more):
        files = {"apps/gate.fg": GATE, "www/plain.txt": "plain\n", **(put or {})}
        return fresh(BASE + config, files, **more)
    return start


class Client:
    """A curl that is under way."""

    def __init__(self, server, path, protocol=PROTOCOLS[0], host="localhost", more=()):
        how = "--http2-prior-knowledge" if protocol == "http2" else "--http2" if protocol == "http2-tls" else "--http1.1"
        self.curl = subprocess.Popen(["curl", "-sk", "-i", how, "-H", "Host: " + host, "--max-time", "100", *more,
                                      server.url + path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def answer(self):
        """(status, {header: value}, body)"""
        text = self.curl.communicate(timeout=100)[0].decode()
        head, _, body = text.replace("\r", "").partition("\n\n")
        lines = head.split("\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split()[1]) if head else 0, headers, body

    def leave(self):
        self.curl.kill()
        self.curl.communicate()


def ask(server, path, **more):
    return Client(server, path, **more).answer()


def count(server, pattern):
    return len([line for line in server.log().splitlines() if pattern.search(line)])


def begun(server):
    return count(server, IN)


def ended(server):
    return count(server, END)


def most_at_once(server):
    now = most = 0
    for line in server.log().splitlines():
        now += bool(IN.search(line)) - bool(END.search(line))
        most = max(most, now)
    return most, now


def hold(server, n, path="/a/hold", **more):
    """n clients whose programs have begun."""
    before = begun(server)
    clients = [Client(server, path, **more) for _ in range(n)]
    server.wait(lambda: begun(server) == before + n, 20, "not all have begun: %d" % (begun(server) - before))
    return clients


def release(server, clients):
    before = ended(server)
    for client in clients:
        client.leave()
    server.wait(lambda: ended(server) == before + len(clients), 20, "not all have ended")


def eventually(server, path, status, **more):
    server.wait(lambda: ask(server, path, **more)[0] == status, 20, "%s is not %d" % (path, status))


# ---- refusals

@threaded
@protocols
@LOGGED
@pytest.mark.logs(r"FG0120: refused: at capacity: GET /a/ping: ForgeMaxPerChild 2 of this child; \d+ since")
def test_cap_of_a_child(serve, protocol):
    server = serve("ForgeMaxPerChild 2 queue 0\n", limit=1)
    clients = hold(server, 2, protocol=protocol)
    status, headers, body = ask(server, "/a/ping", protocol=protocol, more=["-H", "X-Request-Id: mine"])
    assert status == 503
    assert body == '{"error":"server at capacity (ForgeMaxPerChild)","request_id":"mine","code":"FG0120"}'
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == "mine"
    assert headers["retry-after"] in "12345"
    assert ask(server, "/plain.txt", protocol=protocol)[0] == 200
    release(server, clients)
    eventually(server, "/a/ping", 200, protocol=protocol)
    assert most_at_once(server) == (2, 0)


@LOGGED
@REFUSED
def test_retry_after_is_not_always_the_same(serve):
    server = serve("ForgeMaxConcurrent 1 queue 0\n", put={"www/x.fg": "say 1\n"})
    clients = hold(server, 1)
    seen = {server.get("/a/ping").headers["Retry-After"] for _ in range(60)}
    assert seen <= set("12345") and len(seen) >= 3, seen
    release(server, clients)


@LOGGED
@REFUSED
def test_error_documents_keep_retry_after(serve):
    server = serve("ForgeMaxConcurrent 1 queue 0\nErrorDocument 503 /busy.html\n",
                   put={"www/x.fg": "say 1\n", "www/busy.html": "busy page"})
    clients = hold(server, 1)
    answer = server.get("/x.fg", {"Accept": "text/html"})
    assert (answer.status, answer.text) == (503, "busy page")
    assert answer.headers["Retry-After"] in "12345" and answer.headers["X-Request-Id"]
    assert server.get("/x.fg").json["error"] == "server at capacity (ForgeMaxConcurrent)"
    release(server, clients)


@LOGGED
@REFUSED
@pytest.mark.may_log("FG0101: ", "FG0211: ", "FG0107: ")
def test_nothing_is_done_for_who_is_refused(serve):
    """No body is asked for, and no template built; but what is forbidden anyway is said to be."""
    server = serve("ForgeMaxConcurrent 1 queue 0\n<Location /off.fg>\nForgeEngine off\n</Location>\n",
                   put={"www/broken.fg": "let = =\n", "www/off.fg": "say 1\n"})
    clients = hold(server, 1)
    answer = server.raw(b"POST /a/body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", timeout=5)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"100 Continue" not in answer
    assert server.get("/broken.fg").status == 503
    assert "FG0101" not in server.log()
    assert server.get("/off.fg").status == 403
    release(server, clients)
    eventually(server, "/broken.fg", 500)
    assert "FG0101" in server.log()


# ---- caps over children

@protocols
@LOGGED
@REFUSED
def test_cap_of_a_host(serve, protocol):
    """Six programs need several children; the cap of the main server is one of each host's own."""
    server = serve("ForgeMaxConcurrent 6 queue 0\nForgeReserve 0\n" + HOSTS, threads=4, limit=4, children=4)
    clients = [c for _ in range(6) for c in hold(server, 1, protocol=protocol, host="one.test")]
    for _ in range(10):
        assert ask(server, "/a/ping", protocol=protocol, host="one.test")[0] == 503
    assert ask(server, "/a/ping", protocol=protocol, host="two.test")[0] == 200
    assert ask(server, "/plain.txt", protocol=protocol, host="one.test")[0] == 200
    release(server, clients[:1])
    eventually(server, "/a/ping", 200, protocol=protocol, host="one.test")
    release(server, clients[1:])
    assert most_at_once(server) == (6, 0)


@LOGGED
@REFUSED
def test_cap_of_the_server(serve):
    server = serve("ForgeMaxTotal 5 queue 0\nForgeReserve 0\n" + HOSTS, threads=4, limit=3, children=2)
    clients = [c for i in range(5) for c in hold(server, 1, host=("one.test", "two.test")[i % 2])]
    for host in ("one.test", "two.test"):
        status, _, body = ask(server, "/a/ping", host=host)
        assert status == 503 and "(ForgeMaxTotal)" in body
    release(server, clients)
    eventually(server, "/a/ping", 200)


@LOGGED
@pytest.mark.logs(r"FG0120: .*: ForgeMaxConcurrent 1 of /a/hold of ")
def test_cap_of_a_section(serve):
    server = serve("ForgeMaxConcurrent 3 queue 0\n"
                   "<Location /a/hold>\nForgeMaxConcurrent 1 queue 0\n</Location>\n")
    clients = hold(server, 1)
    assert ask(server, "/a/hold")[0] == 503
    assert ask(server, "/a/ping")[0] == 200
    release(server, clients)
    release(server, hold(server, 1))


@LOGGED
@REFUSED
def test_a_killed_child_leaves_nothing(serve, request):
    request.node.add_marker(pytest.mark.may_log("AH00051", "AH00052", "AH00050"))
    server = serve("ForgeMaxTotal 4 queue 0\nForgeMaxConcurrent 4 queue 0\nForgeReserve 0\n",
                   threads=4, limit=3, children=2)
    for _ in range(3):
        clients = [c for _ in range(4) for c in hold(server, 1)]
        assert ask(server, "/a/ping")[0] == 503
        for pid in server.children():
            os.kill(pid, signal.SIGKILL)
        for client in clients:
            client.answer()
        eventually(server, "/a/ping", 200)
    clients = [c for _ in range(4) for c in hold(server, 1)]
    assert ask(server, "/a/ping")[0] == 503
    release(server, clients)


@LOGGED
@REFUSED
def test_graceful_restarts_go_on_counting(serve):
    """What the old children still run counts; it ends well, and then there is room for others."""
    server = serve("ForgeMaxConcurrent 2 queue 0\nForgeReserve 0\n" + HOSTS, threads=4, limit=4)
    old = hold(server, 1, host="one.test", path="/a/hold?seconds=6&name=old") + hold(server, 1, host="one.test")
    server.graceful()
    assert ask(server, "/a/ping", host="one.test")[0] == 503
    assert ask(server, "/a/ping", host="two.test")[0] == 200
    server.graceful()
    assert ask(server, "/a/ping", host="one.test")[0] == 503
    status, _, body = old[0].answer()
    assert (status, body) == (200, '{"held":"old"}')
    eventually(server, "/a/ping", 200, host="one.test")
    new = hold(server, 1, host="one.test")
    assert ask(server, "/a/ping", host="one.test")[0] == 503
    release(server, old[1:] + new)


# ---- queues

@protocols
@LOGGED
@REFUSED
def test_who_waits_is_served_in_order(serve, protocol):
    server = serve("ForgeMaxConcurrent 1 queue 3 wait 30\nForgeReserve 0\n", limit=1)
    first = hold(server, 1, protocol=protocol)
    waiting = []
    for name in "abc":
        waiting.append(Client(server, "/a/hold?seconds=0.05&name=" + name, protocol))
        time.sleep(0.3)
    begin = time.monotonic()
    assert ask(server, "/a/ping", protocol=protocol)[0] == 503
    assert time.monotonic() - begin < 10
    assert begun(server) == 1
    release(server, first)
    for name, client in zip("abc", waiting):
        assert client.answer()[::2] == (200, '{"held":"%s"}' % name)
    order = re.findall(r": in (\w+)", server.log())
    assert order == ["one", "a", "b", "c"] if MPM != "prefork" else sorted(order) == ["a", "b", "c", "one"]
    assert most_at_once(server) == (1, 0)


@protocols
@LOGGED
@REFUSED
def test_who_waits_too_long_is_refused(serve, protocol):
    server = serve("ForgeMaxConcurrent 1 queue 3 wait 700ms\n")
    first = hold(server, 1, protocol=protocol)
    begin = time.monotonic()
    status, headers, _ = ask(server, "/a/ping", protocol=protocol)
    assert status == 503 and headers["retry-after"] in "12345"
    assert 0.7 <= time.monotonic() - begin < 20
    release(server, first)


@protocols
@LOGGED
@pytest.mark.logs(r"FG0121: .*GET /a/hold")
def test_who_leaves_the_queue_never_starts(serve, protocol):
    server = serve("ForgeMaxConcurrent 1 queue 2 wait 60\nForgeReserve 0\n")
    first = hold(server, 1, protocol=protocol)
    for turn in range(1, 3):
        waiting = [Client(server, "/a/hold?name=late", protocol) for _ in range(2)]
        time.sleep(0.5)
        for client in waiting:
            client.leave()
        server.wait(lambda: count(server, re.compile("FG0121: ")) == 2 * turn, 10, "they still wait")
    release(server, first)
    eventually(server, "/a/ping", 200, protocol=protocol)
    assert begun(server) == 1 and ": in late" not in server.log()


@LOGGED
@pytest.mark.may_log(r"FG0121: ", r"FG0120: ", r"FG0214: ", "AH00045", "AH00046", "AH00047")
def test_a_stop_ends_the_wait(serve):
    server = serve("ForgeMaxConcurrent 1 queue 4 wait 50\nForgeReserve 0\n")
    clients = hold(server, 1) + [Client(server, "/a/hold") for _ in range(3)]
    time.sleep(0.5)
    begin = time.monotonic()
    server.stop()
    assert time.monotonic() - begin < 20
    for client in clients:
        client.answer()
    assert begun(server) == 1


@LOGGED
@pytest.mark.may_log("FG0120: ", "FG0121: ")
@pytest.mark.parametrize("queue", [0, 2])
def test_clients_that_come_and_go(serve, queue):
    """A thousand who start a program and leave; what runs never exceeds the cap, and the cap is not used up."""
    server = serve("ForgeMaxConcurrent 3 queue %d wait 1\nForgeReserve 0\n" % queue, limit=2, children=2)
    links = []
    for i in range(1000):
        link = server.connect(10)
        link.sendall(b"GET /a/hold HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        links.append(link)
        if len(links) > i % 11:
            time.sleep(0.002)
            links.pop(0).close()
    for link in links:
        link.close()
    server.wait(lambda: most_at_once(server)[1] == 0, 30, "some still run")
    assert begun(server) > 10
    assert most_at_once(server)[0] == 3
    clients = [c for _ in range(3) for c in hold(server, 1)]
    refused = [Client(server, "/a/ping") for _ in range(queue + 1)]
    assert 503 in [client.answer()[0] for client in refused]
    release(server, clients)


@protocols
@LOGGED
@pytest.mark.may_log("FG0120: ", "FG0121: ")
def test_streams_that_come_and_go(serve, protocol):
    server = serve("ForgeMaxConcurrent 3 queue 2 wait 1\nForgeReserve 0\n", limit=2, children=2)
    clients = []
    for i in range(90):
        clients.append(Client(server, "/a/hold", protocol))
        if len(clients) > 4 + i % 5:
            clients.pop(0).leave()
    server.wait(lambda: begun(server) > 3, 20, "none has begun")
    for client in clients:
        client.leave()
    server.wait(lambda: most_at_once(server)[1] == 0, 30, "some still run")
    assert most_at_once(server)[0] == 3
    release(server, [c for _ in range(3) for c in hold(server, 1, protocol=protocol)])


# ---- everybody else

@LOGGED
@REFUSED
@pytest.mark.may_log("FG0121: ")
@pytest.mark.parametrize("config", ["", "ForgeMaxConcurrent 3\n"])
def test_endless_loops_leave_workers_to_others(serve, config):
    server = serve(config + HOSTS, threads=8, limit=1)
    spinning = hold(server, 3, path="/a/spin", host="one.test")
    if not config:
        spinning += hold(server, 4, host="one.test")
    # A connection of HTTP/2 keeps a worker of the MPM while its program waits for its turn, a second each.
    crowd = [Client(server, "/a/spin", host="one.test") for _ in range(5 if PROTOCOL == "h2" else 20)]
    for _ in range(5):
        assert ask(server, "/plain.txt", host="one.test")[0] == 200
        assert ask(server, "/plain.txt", host="two.test")[0] == 200
        assert not config or ask(server, "/a/ping", host="two.test")[0] == 200
    assert most_at_once(server)[0] == 3 if config else most_at_once(server)[0] <= 7
    for client in crowd:
        client.leave()
    release(server, spinning)
    eventually(server, "/a/ping", 200, host="one.test")


@LOGGED
@pytest.mark.logs(r"FG0120: .*: ForgeReserve 1 of the server; ")
@pytest.mark.may_log("AH01102", "AH01110", "AH00898", "AH01095", "AH01097")
def test_workers_that_are_busy_with_something_else_count(serve):
    """A proxy waits on six of eight: a program is the seventh, and the last worker is for everybody else.  Requests of
    HTTP/2 are on threads of mod_http2, so the clients speak HTTP/1.1 with each FORGE_PROTOCOL."""
    def ask_1(path):
        return ask(server, path, protocol="http1")
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        server = serve("LoadModule proxy_module {modules}/mod_proxy.so\n"
                       "LoadModule proxy_http_module {modules}/mod_proxy_http.so\n"
                       "ProxyPass /silent http://127.0.0.1:%d/ disablereuse=on\n" % silent.getsockname()[1],
                       threads=8, limit=1)
        waiting, backends = [], []
        for _ in range(6):
            waiting.append(Client(server, "/silent", "http1"))
            backends.append(silent.accept()[0])
        assert ask_1("/a/ping")[0] == 200
        waiting.append(Client(server, "/silent", "http1"))
        backends.append(silent.accept()[0])
        status, headers, body = ask_1("/a/ping")
        assert status == 503 and "(ForgeReserve)" in body and headers["retry-after"] in "12345"
        assert ask_1("/plain.txt")[0] == 200
        for client, backend in zip(waiting, backends):
            backend.close()
            client.answer()
        eventually(server, "/a/ping", 200, protocol="http1")


@over_http2
@LOGGED
def test_many_streams_of_one_client_are_no_overload(serve):
    server = serve("")
    streams = range(1, 161, 2)
    with server.h2() as link:
        link.link.sendall(b"".join(link.request(n, "/a/hold?seconds=0.05&name=%d" % n) for n in streams))
        assert link.answers(streams) == {n: (200, b'{"held":"%d"}' % n) for n in streams}


def test_what_a_page_includes_needs_no_second_permit(serve):
    server = serve("LoadModule include_module {modules}/mod_include.so\nForgeMaxConcurrent 1 queue 0\n"
                   "<Location /outer.fg>\nOptions +Includes\nSetOutputFilter INCLUDES\n</Location>\nLogLevel forge:warn\n",
                   put={"www/outer.fg": 'say "<!--#include virtual=\\"/inner.fg\\" -->"\n', "www/inner.fg": 'say "within"\n'})
    for _ in range(3):
        assert server.get("/outer.fg").text.split() == ["within"]


# ---- directives

@pytest.mark.parametrize("line, fault", [
    ("ForgeMaxConcurrent 0", "the number must be a number from 1 to 1000000, not '0'"),
    ("ForgeMaxConcurrent x", "the number must be a number from 1 to 1000000, not 'x'"),
    ("ForgeMaxConcurrent 1 queue", "takes a number, then maybe 'queue'"),
    ("ForgeMaxConcurrent 1 queue -1", "the queue must be a number from 0 to 1000000, not '-1'"),
    ("ForgeMaxTotal 1 pause 1", "'pause' is neither queue nor wait"),
    ("ForgeMaxPerChild 1 wait soon", "'soon' is no duration"),
    ("ForgeReserve many", "the reserve must be a number from 0"),
    ("<VirtualHost *:1>\nForgeMaxTotal 3\n</VirtualHost>", "cannot occur within <VirtualHost>"),
    ("<Location />\nForgeReserve 3\n</Location>", "not allowed in <Location> context"),
])
def test_bad_settings_are_refused(fresh, line, fault):
    with pytest.raises(RuntimeError, match=re.escape(fault)):
        fresh(line + "\n")


@LOGGED
def test_good_settings_are_taken(serve):
    server = serve("ForgeMaxConcurrent none\nForgeMaxPerChild 7 wait 5ms queue 1\nForgeMaxTotal 9 queue 0\n"
                   "ForgeReserve 0\n<Directory {root}/www>\nForgeMaxConcurrent 2 wait 10s\n</Directory>\n",
                   put={"www/x.fg": "say 1\n"})
    assert server.get("/a/ping").json == {"ok": True}
    assert server.get("/x.fg").status == 200


@LOGGED
@pytest.mark.logs("ForgeMaxConcurrent cannot occur within htaccess files")
def test_htaccess_sets_no_caps(serve):
    server = serve("<Directory {root}/www>\nAllowOverrideList ForgeMaxConcurrent\n</Directory>\n",
                   put={"www/x.fg": "say 1\n", "www/.htaccess": "ForgeMaxConcurrent 100\n"})
    assert server.get("/x.fg").status == 500

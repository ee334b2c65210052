# SPDX-License-Identifier: Apache-2.0
"""Stops and restarts with programs in every worker: with grace they may go on until ForgeDrainTimeout, without they end
at once; never does the server have to kill a child."""
import signal
import socket
import threading
import time

import pytest

from conftest import ASAN, MPM, Answer

WORKERS = 8
APP = """
@get("/loop")
fn endless() {
    defer(fn() { log.info("deferred") })
    while true { }
}
@get("/garbage")
fn garbage() {
    defer(fn() { log.info("deferred") })
    while true { [1, "a{2}"].map(fn(x) { return { x: [x] } }) }
}
@get("/wait")
fn waiting() {
    defer(fn() { log.info("deferred") })
    wait 60 seconds
}
@get("/section")
fn section() {
    defer(fn() { log.info("deferred") })
    uncancellable(fn() { while true { } })
}
@get("/tasks")
fn tasks() {
    squad {
        spawn {
            defer(fn() { log.info("deferred") })
            wait 60 seconds
        }
        spawn { while true { wait 0.001 seconds } }
    }
}
@get("/peer")
fn silent_peer() {
    defer(fn() { log.info("deferred") })
    http.get(env.get("PEER"))
}
@get("/never")
fn never() {
    defer(fn() { while true { } })
    defer(fn() { log.info("deferred") })
    while true { }
}
@get("/some/:ms")
fn some(ms: int) {
    wait ms / 1000.0 seconds
    return "done"
}
"""
CONFIG = """
ForgeApp /a {root}/apps/stop.fg
ForgeAllow net
ForgeAllowHosts 127.0.0.1
ForgeMaxTime 100s
ForgeReserve 0
ForgeSet PEER http://127.0.0.1:%d/
LogLevel forge:info
GracefulShutdownTimeout 60
ForgeReserve 0
"""
LINES = ("FG0006: ", "FG0403: info: ", "FG0214: ", "FG0215: ", "FG0209: ", "FG0210: ", "FG0203: ")
ESCALATION = ("AH00045", "AH00046", "SIGKILL", "SIGTERM)", "still did not exit", "exit signal")


@pytest.fixture
def start(fresh):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as peer:
        def begin(more="", **shape):
            return fresh(CONFIG % peer.getsockname()[1] + more, {"apps/stop.fg": APP}, threads=WORKERS, **shape)
        yield begin


def ask(server, path, n=WORKERS):
    """As many programs as there are workers; each of them runs."""
    links = [server.connect() for _ in range(n)]
    for link in links:
        link.sendall(b"GET /a/%s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    time.sleep(0.5)
    return links


def answer(link):
    """None: the connection was closed without one."""
    try:
        data = b""
        while part := link.recv(65536):
            data += part
    except ConnectionError:
        pass
    if not data:
        return None
    head, _, body = data.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head, body)


def calm(server):
    escalated = [l for l in server.log().splitlines() if any(word in l for word in ESCALATION)]
    assert not escalated, escalated


@pytest.mark.may_log(*LINES, "AH00161", "AH00484", "AH00286")  # there are no more workers
@pytest.mark.parametrize("path", ["loop", "garbage", "wait", "section", "tasks", "peer", "never"])
def test_stop(start, path):
    server = start(limit=1)
    links = ask(server, path)
    begin = time.monotonic()
    server.stop()
    took = time.monotonic() - begin
    calm(server)
    assert took < (10 if ASAN else 3)
    for link in links:
        assert answer(link) is None
        link.close()
    assert server.log().count(": deferred") == WORKERS


@pytest.mark.may_log(*LINES)
@pytest.mark.parametrize("path", ["loop", "wait", "section"])
def test_restart_without_grace(start, path):
    server = start(limit=2)
    links = ask(server, path)
    before = server.log().count("resuming normal operations")
    old = set(server.children())
    begin = time.monotonic()
    server.signal(signal.SIGHUP)
    server.wait(lambda: server.log().count("resuming normal operations") > before, 20, "no restart")
    took = time.monotonic() - begin
    assert server.get("/a/some/1").json == "done"
    assert not old & set(server.children())
    calm(server)
    assert took < (10 if ASAN else 3)
    assert server.log().count(": deferred") == WORKERS
    for link in links:
        link.close()


def in_background(server, path):
    result = []

    def run():
        link = ask(server, path, 1)[0]
        begin = time.monotonic()
        result.extend([answer(link), time.monotonic() - begin])
    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.4)
    return thread, result


@pytest.mark.logs(r"FG0215: ForgeDrainTimeout is over and the program was ended: GET /a/")
@pytest.mark.may_log(*LINES)
@pytest.mark.parametrize("path", ["loop", "wait", "section", "peer"])
def test_graceful_restart_drains(start, path):
    server = start("ForgeDrainTimeout 1500ms\n", limit=3)
    old = set(server.children())
    short, short_result = in_background(server, "some/1200")
    long, long_result = in_background(server, path)
    server.graceful()
    begin = time.monotonic()
    assert server.get("/a/some/1").json == "done"
    short.join()
    long.join()
    took = time.monotonic() - begin
    assert short_result[0].status == 200 and short_result[0].json == "done"
    assert long_result[0].status == 503 and long_result[0].json["code"] == "FG0215"
    assert b"Retry-After: 1" in long_result[0].headers
    assert 1 < took < (10 if ASAN else 3)
    assert server.log().count(": deferred") == 1
    if MPM != "prefork":
        server.wait(lambda: not old & set(server.children()), 10, "the old child stays")
    calm(server)


@pytest.mark.logs(r"FG0215: ")
@pytest.mark.may_log(*LINES)
def test_graceful_stop_drains(start):
    server = start("ForgeDrainTimeout 1\n", limit=2)
    links = ask(server, "loop", 3)
    short, short_result = in_background(server, "some/700")
    server.unwatch()
    begin = time.monotonic()
    server.signal(signal.SIGWINCH)
    for link in links:
        assert answer(link).status == 503
        link.close()
    assert 0.9 < time.monotonic() - begin < (10 if ASAN else 3)
    short.join()
    assert short_result[0].status == 200
    server.wait(lambda: not server.alive(), 20, "httpd does not stop")
    calm(server)


@pytest.mark.skipif(MPM == "prefork", reason="its children have one request at a time")
@pytest.mark.may_log(*LINES)
def test_children_that_are_replaced_wait_for_their_programs(start):
    """The end of one child is no stop of the server."""
    server = start("ForgeDrainTimeout 2500ms\nMaxConnectionsPerChild 4\n", limit=4)
    old = set(server.children())
    long, result = in_background(server, "some/5000")
    for _ in range(10):
        assert server.get("/a/some/1").json == "done"
    server.wait(lambda: set(server.children()) - old, 20, "no child was replaced")
    long.join()
    assert result[0].status == 200 and result[0].json == "done"
    assert "FG0215" not in server.log()


@pytest.mark.may_log(*LINES, "AH00045")
def test_stop_while_it_drains(start):
    server = start("ForgeDrainTimeout 60\n", limit=3)
    links = ask(server, "section", 3)
    server.graceful()
    time.sleep(0.5)
    begin = time.monotonic()
    server.stop()
    assert time.monotonic() - begin < (10 if ASAN else 6)
    assert "AH00046" not in server.log()  # worker and event are asked a second time, after 3 seconds
    for link in links:
        assert answer(link) is None
        link.close()

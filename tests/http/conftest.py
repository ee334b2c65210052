# SPDX-License-Identifier: Apache-2.0
"""A private httpd for the tests, a client, and the watch over the error log.

FORGE_MPM       worker (default), event or prefork
FORGE_PROTOCOL  h1 (default), tls or h2: what every server of the tests speaks, and the client with it
FORGE_BUILD     build (default) or build/asan

Each test runs with each protocol once when the suite runs with each FORGE_PROTOCOL:
    ask, get, post and session speak what FORGE_PROTOCOL says
    raw and connect are for tests of the bytes of HTTP/1.1: they speak it through TLS unless FORGE_PROTOCOL is h1
    @protocols gives a test that runs clients of its own what belongs here: HTTP/1.1, and HTTP/2 in clear with h1
    @over_http2 is for what only HTTP/2 has (in clear with h1), @only("tls", reason) for what one value alone has

After each test the error log must hold nothing but what the test announced:
    @pytest.mark.logs("regex")        must be logged, and may be
    @pytest.mark.may_log("regex")     may be logged
"""
import json
import os
import re
import subprocess
import sys
import time

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import client  # noqa: E402
import h2  # noqa: E402
import httpd  # noqa: E402
from client import Answer  # noqa: E402

MPM = os.environ.get("FORGE_MPM", "worker")
PROTOCOL = os.environ.get("FORGE_PROTOCOL", "h1")
ASAN = os.environ.get("FORGE_BUILD", "build").endswith("asan")
BAD = re.compile(r"\[[\w-]+:(warn|error|crit|alert|emerg)\]|FG\d{4}|AddressSanitizer|runtime error:|exit signal|"
                 r"LeakSanitizer")
OF_THE_SYSTEM = "AH01882"  # mod_ssl was compiled for another version of OpenSSL than the one that is installed
SITE = """
LoadModule headers_module {modules}/mod_headers.so
LimitRequestLine 200000
LimitRequestFieldSize 16000
ForgeErrors prod
ForgeMaxTime 2s
ForgeMaxMemory 67108864
ForgeReload 0
ForgeReserve 0
ForgeApp /t {root}/apps/main.fg
ForgeApp /api {root}/apps/api.fg
ForgeApp /cpu {root}/apps/cpu.fg
Include {root}/forge.conf
Include {root}/forge-guard.conf
"""
# For servers whose tests speak HTTP/2 in clear; through TLS, every server of FORGE_PROTOCOL=h2 speaks it.
H2C = ""
if PROTOCOL == "h1" and MPM != "prefork":
    H2C = "LoadModule http2_module {modules}/mod_http2.so\nProtocols h2c http/1.1\n"
# How curl is told to speak HTTP/2, if FORGE_PROTOCOL has it at all.
HTTP2 = {"h1": "--http2-prior-knowledge" if H2C else "", "tls": "", "h2": "--http2"}[PROTOCOL]
over_http2 = pytest.mark.skipif(not HTTP2, reason="no HTTP/2 with FORGE_PROTOCOL=%s on %s" % (PROTOCOL, MPM))
PROTOCOLS = {"h1": ["http1", "http2"] if H2C else ["http1"], "tls": ["tls"], "h2": ["http2-tls"]}[PROTOCOL]
protocols = pytest.mark.parametrize("protocol", PROTOCOLS)


def only(name, reason):
    return pytest.mark.skipif(PROTOCOL != name, reason="%s: FORGE_PROTOCOL=%s" % (reason, name))


def pytest_configure(config):
    if PROTOCOL not in client.PROTOCOLS:
        pytest.exit("FORGE_PROTOCOL is one of " + ", ".join(client.PROTOCOLS), 4)
    if MPM == "prefork" and PROTOCOL == "h2":
        pytest.exit("mod_http2 does not serve the prefork MPM", 4)
    config.addinivalue_line("markers", "logs(regex...): lines that the test must leave in the error log")
    config.addinivalue_line("markers", "may_log(regex...): lines that the test may leave in the error log")


class Server(httpd.Httpd):
    """A private httpd and the ways to ask it."""

    def __init__(self, **more):
        super().__init__(mpm=MPM, protocol=PROTOCOL, **more)

    def session(self, timeout=60):
        """A connection that is kept."""
        return client.session(self.protocol, self.port, timeout)

    def ask(self, method, path, body=None, headers=None, timeout=60):
        with self.session(timeout) as session:
            return session.ask(method, path, body, headers, last=True)

    def get(self, path, headers=None, **more):
        return self.ask("GET", path, headers=headers, **more)

    def post(self, path, value=None, body=None, kind="application/json", method="POST", **more):
        if body is None:
            body = json.dumps(value).encode()
        return self.ask(method, path, body, {"Content-Type": kind} if kind else {}, **more)

    def connect(self, timeout=60, host=None):
        """A socket for HTTP/1.1."""
        return client.connect(self.port, self.secure, host, timeout)

    def raw(self, data, timeout=30, host=None):
        """Send bytes of HTTP/1.1, return every byte of the answer."""
        with self.connect(timeout, host) as link:
            link.sendall(data)
            parts = []
            while True:
                part = link.recv(65536)
                if not part:
                    return b"".join(parts)
                parts.append(part)

    def h2(self):
        """A connection of HTTP/2 with streams at will."""
        return h2.H2(self.port, self.secure)

    def curl(self, *args):
        done = subprocess.run(["curl", "-sk", "--max-time", "60", *args], capture_output=True)
        assert done.returncode == 0, done
        return done.stdout.decode()


def watched(item, servers, body):
    """Run `body`, then compare the error logs with what the test announced."""
    must = [r for m in item.iter_markers("logs") for r in m.args]
    may = must + [r for m in item.iter_markers("may_log") for r in m.args]
    yield from body()
    end = time.monotonic() + 5
    lines = []
    while True:
        for server in servers():
            lines += server.news()
        missing = [r for r in must if not any(re.search(r, line) for line in lines)]
        if not missing or time.monotonic() > end:
            break
        time.sleep(0.05)
    may.append(OF_THE_SYSTEM)
    strange = [l for l in lines if BAD.search(l) and not any(re.search(r, l) for r in may)]
    assert not strange, "unexpected in the error log:\n" + "\n".join(strange[:20])
    assert not missing, "not in the error log: %s\n%s" % (missing, "\n".join(lines[-20:]))


@pytest.fixture(scope="session")
def site_server():
    server = Server(config=SITE + H2C)
    add_site(server)
    with server:
        server.news()
        yield server


@pytest.fixture
def site(site_server, request):
    """The server of the session."""
    site_server.news()
    yield from watched(request.node, lambda: [site_server], lambda: iter([site_server]))


@pytest.fixture
def fresh(request):
    """fresh(config, put={name: text}, ...) starts a server of the test's own."""
    servers = []

    def start(config, put=None, apps=(), before=None, **more):
        server = Server(config=config, **more)
        servers.append(server)
        for name, text in (put or {}).items():
            server.put(name, text)
        server.put("forge.conf", tree("conf/forge.conf"))
        server.put("forge-guard.conf", tree("conf/forge-guard.conf"))
        server.add(*apps)
        if before:
            before(server)
        server.start()
        return server

    def body():
        yield start
        for server in servers:
            server.stop()
    try:
        yield from watched(request.node, lambda: servers, body)
    finally:
        for server in servers:
            server.__exit__()


def tree(path):
    with open(os.path.join(httpd.TREE, path)) as f:
        return f.read()


def add_site(server):
    server.add("tests/http/apps/main.fg", "conf/examples/api.fg", "conf/examples/cpu.fg")
    server.put("forge.conf", tree("conf/forge.conf"))
    server.put("forge-guard.conf", tree("conf/forge-guard.conf"))
    page = tree("conf/examples/hello.fg")
    server.put("www/hello.fg", page)
    for leftover in ("hello.fg~", "hello.fg.bak", "hello.fg.swp", ".fg"):
        server.put("www/" + leftover, page)
    server.put("www/evil.fg.jpg", "say \"evil\"\n")
    server.put("www/plain.txt", "plain\n")


@pytest.fixture(autouse=True)
def bounded(request):
    """No test hangs: three minutes, then SIGALRM ends it."""
    import signal

    def late(*_):
        raise TimeoutError("the test ran longer than 180 s")
    signal.signal(signal.SIGALRM, late)
    signal.alarm(180)
    yield
    signal.alarm(0)

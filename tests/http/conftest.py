# SPDX-License-Identifier: Apache-2.0
"""A private httpd for the tests, a client, and the watch over the error log.

FORGE_MPM    worker (default), event or prefork
FORGE_BUILD  build (default) or build/asan

After each test the error log must hold nothing but what the test announced:
    @pytest.mark.logs("regex")        must be logged, and may be
    @pytest.mark.may_log("regex")     may be logged
"""
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import httpd  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MPM = os.environ.get("FORGE_MPM", "worker")
ASAN = os.environ.get("FORGE_BUILD", "build").endswith("asan")
BAD = re.compile(r"\[[\w-]+:(warn|error|crit|alert|emerg)\]|FG\d{4}|AddressSanitizer|runtime error:|exit signal|"
                 r"LeakSanitizer")
SITE = """
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
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
Listen 127.0.0.1:{tls}
<VirtualHost 127.0.0.1:{tls}>
    SSLEngine on
    SSLCertificateFile {root}/cert.pem
    SSLCertificateKeyFile {root}/key.pem
    ForgeApp /tls {root}/apps/main.fg
</VirtualHost>
"""
HTTP2 = """
LoadModule http2_module {modules}/mod_http2.so
Protocols h2 h2c http/1.1
"""


def pytest_configure(config):
    config.addinivalue_line("markers", "logs(regex...): lines that the test must leave in the error log")
    config.addinivalue_line("markers", "may_log(regex...): lines that the test may leave in the error log")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s %r" % (self.status, self.headers, self.body[:300])


class Server(httpd.Httpd):
    """A private httpd and the ways to ask it."""

    def ask(self, method, path, body=None, headers=None, tls=False, timeout=60):
        if tls:
            context = ssl._create_unverified_context()
            link = http.client.HTTPSConnection("127.0.0.1", self.tls, timeout=timeout, context=context)
        else:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            link.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                link.putheader(name, value)
            if body is not None and not any(n.lower() == "content-length" for n in headers or {}):
                link.putheader("Content-Length", str(len(body)))
            link.putheader("Connection", "close")
            link.endheaders(body)
            answer = link.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            link.close()

    def get(self, path, headers=None, **more):
        return self.ask("GET", path, headers=headers, **more)

    def post(self, path, value=None, body=None, kind="application/json", method="POST", **more):
        if body is None:
            body = json.dumps(value).encode()
        return self.ask(method, path, body, {"Content-Type": kind} if kind else {}, **more)

    def raw(self, data, timeout=30):
        """Send bytes, return every byte of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as link:
            link.sendall(data)
            parts = []
            while True:
                part = link.recv(65536)
                if not part:
                    return b"".join(parts)
                parts.append(part)

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
    strange = [l for l in lines if BAD.search(l) and not any(re.search(r, l) for r in may)]
    assert not strange, "unexpected in the error log:\n" + "\n".join(strange[:20])
    assert not missing, "not in the error log: %s\n%s" % (missing, "\n".join(lines[-20:]))


@pytest.fixture(scope="session")
def site_server():
    server = Server(mpm=MPM, config=SITE + (HTTP2 if MPM != "prefork" else ""))
    server.certify()
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
        server = Server(mpm=MPM, config=config, **more)
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

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make valgrind`: the module in one httpd process under memcheck.

Requests of all kinds are made: that go well, fail, reach limits, upload, print pages, wait as tasks, and whose clients
leave; over plain TCP and TLS; and at the end the server stops with a program that still runs.  Whatever memcheck reports
but for what tests/tools/valgrind.supp lists fails, also leaks of what nobody points to any more.

usage: valgrind.py [--rounds N] [--mpm worker|event]
"""
import argparse
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import httpd  # noqa: E402

PROGRAM = """let names = ["Ada", "Grace"]
@get("/ping")
fn ping() { return { ok: true } }
@get("/hello/:name")
fn hello(name: String, often: Int = 1) { return { hello: name, often: often, all: names } }
@get("/fails")
fn fails() { return names[7] }
@get("/loop")
fn spin() { while true {} }
@get("/eats")
fn eats() { let mut a = []  while true { push(a, "text {len(a)}") } }
@get("/waits/:seconds")
fn waits(seconds: Float) { wait seconds  return seconds }
@get("/tasks")
fn tasks() { return await_all(range(20).map(fn(i) { return spawn { wait 0.01 seconds  return i } })) }
@get("/nested")
fn nested() {
    return await_all(range(8).map(fn(i) { return spawn { return range(3).map(fn(k) { wait 0.005 seconds  return k }) } }))
}
@get("/tidy")
fn tidy() { defer(fn() { log.debug("tidy") })  return uncancellable(fn() { wait 0.01  return 1 }) }
@get("/file")
fn sent() { return file("in.txt").etag("e") }
@get("/json/:n")
fn big(n: Int) { return range(n).map(fn(i) { return { n: i, text: "text {i}" } }) }
@post("/json")
fn take(body) { return body }
@post("/upload")
fn upload(request: Request) { return request.files().map(fn(f) { return f.size }) }
@middleware("/tidy")
fn around(request, next) { return next() }
@error(404)
fn missing(request, e) { return { error: e.message, path: request.path } }
"""
PAGE = 'for each n in range(100) { say "<p>{n} {request.path} {request.header("Host")}</p>" }\nsay request.text()\n'
CONFIG = """
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LogLevel crit
ForgeMaxTime 20s
ForgeDrainTimeout 1s
ForgeReserve 0
ForgeReload 0
ForgeAllow fs.read
ForgeApp /a {root}/apps/app.fg
<Location /a/loop>
ForgeMaxFuel 100000
</Location>
<Location /a/eats>
ForgeMaxMemory 4194304
</Location>
<Location /a/waits/19>
ForgeMaxTime 100ms
</Location>
<Location /a/waits/0.5>
ForgeMaxConcurrent 1 queue 1 wait 200ms
</Location>
<Files *.fg>
SetHandler forge-script
</Files>
Listen 127.0.0.1:{tls}
<VirtualHost 127.0.0.1:{tls}>
    SSLEngine on
    SSLCertificateFile {root}/cert.pem
    SSLCertificateKeyFile {root}/key.pem
    ForgeApp /a {root}/apps/app.fg
</VirtualHost>
"""
PARTS = (b'--B\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\n\r\n' + b"x" * 200000
         + b'\r\n--B\r\nContent-Disposition: form-data; name="t"\r\n\r\nText\r\n--B--\r\n')
FORM = {"Content-Type": "multipart/form-data; boundary=B"}
JSON = {"Content-Type": "application/json"}
REQUESTS = [  # status, method, path, body, headers
    (200, "GET", "/a/ping", None, {}),
    (200, "GET", "/a/hello/%C3%A9?often=3", None, {"Cookie": "a=b"}),
    (400, "GET", "/a/hello/x?often=x", None, {}),
    (404, "GET", "/a/none", None, {}),
    (405, "PUT", "/a/ping", b"x", {}),
    (200, "OPTIONS", "/a/ping", None, {}),
    (500, "GET", "/a/fails", None, {"Accept": "text/html"}),
    (500, "GET", "/a/loop", None, {}),
    (500, "GET", "/a/eats", None, {}),
    (504, "GET", "/a/waits/19", None, {}),
    (200, "GET", "/a/tasks", None, {}),
    (200, "GET", "/a/nested", None, {}),
    (200, "GET", "/a/tidy", None, {}),
    (200, "GET", "/a/file", None, {}),
    (206, "GET", "/a/file", None, {"Range": "bytes=2-5"}),
    (416, "GET", "/a/file", None, {"Range": "bytes=2000-5000"}),
    (304, "GET", "/a/file", None, {"If-None-Match": '"e"'}),
    (412, "GET", "/a/file", None, {"If-Match": '"x"'}),
    (200, "GET", "/a/json/500", None, {}),
    (200, "POST", "/a/json", json.dumps({"body": list(range(1000))}).encode(), JSON),
    (400, "POST", "/a/json", b"{", JSON),
    (413, "POST", "/a/json", b"x" * 3000000, JSON),
    (200, "POST", "/a/upload", PARTS, FORM),
    (400, "POST", "/a/upload", PARTS[:1000], FORM),
    (200, "GET", "/page.fg", None, {}),
    (200, "POST", "/page.fg", b"body" * 1000, {}),
    (404, "GET", "/page.fg/more", None, {}),
    (500, "GET", "/broken.fg", None, {}),
    (500, "GET", "/fails.fg", None, {}),
    (404, "GET", "/none.fg", None, {}),
    (200, "GET", "/plain.txt", None, {}),
]
HERE = os.path.dirname(os.path.abspath(__file__))
MEMCHECK = ["valgrind", "--tool=memcheck", "--num-callers=30", "--keep-debuginfo=yes", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--suppressions=" + os.path.join(HERE, "valgrind.supp")]


class Watched(httpd.Httpd):
    """One process that serves, under memcheck."""

    def start(self):
        self.write_config()
        os.makedirs(self.path("memcheck"))
        os.chmod(self.path("memcheck"), 0o777)
        self.process = subprocess.Popen(
            [*MEMCHECK, "--log-file=" + self.path("memcheck/%p"), "apache2", "-X", "-f", self.path("httpd.conf")],
            env=dict(self.environ(), PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
        self.pid = self.process.pid
        self.wait(self.answers, 120, "httpd does not answer")
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(120)

    def reports(self):
        """Each report of memcheck, with the process it is about."""
        for name in sorted(os.listdir(self.path("memcheck"))):
            with open(self.path("memcheck", name), errors="replace") as f:
                text = re.sub(r"(?m)^==\d+== ?", "", f.read())
            for part in re.split(r"\n\s*\n", text):
                if re.search(r"\n   (at|by) 0x", part) or "switching stacks" in part:
                    yield name, part


def ask(server, row, tls):
    status, method, path, body, headers = row
    if tls:
        link = http.client.HTTPSConnection("127.0.0.1", server.tls, timeout=120,
                                           context=ssl._create_unverified_context())
    else:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        link.request(method, path, body, headers)
        answer = link.getresponse()
        answer.read()
        if answer.status != status:
            sys.exit("valgrind: %s %s is %d, not %d\n%s" % (method, path, answer.status, status, server.log()[-2000:]))
    finally:
        link.close()


def leave(server, path, seconds):
    """A client who asks and goes away."""
    with socket.create_connection(("127.0.0.1", server.port), 120) as link:
        link.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        time.sleep(seconds)


def work(server, rounds):
    for n in range(rounds):
        for row in REQUESTS:
            ask(server, row, n % 2)
        crowd = [threading.Thread(target=leave, args=(server, path, seconds))
                 for path in (b"/a/waits/15", b"/a/waits/0.5", b"/a/json/9000", b"/a/tasks", b"/a/nested") for seconds in (0, 0.1, 0.4)]
        for client in crowd:
            client.start()
        for client in crowd:
            client.join()


def run(server, rounds):
    work(server, rounds)
    last = threading.Thread(target=leave, args=(server, b"/a/waits/15", 60), daemon=True)
    last.start()
    time.sleep(1)
    server.signal(signal.SIGTERM)
    if server.process.wait(120) not in (0, -signal.SIGTERM):
        sys.exit("valgrind: httpd ended with %d\n%s" % (server.process.returncode, server.log()[-2000:]))
    found = list(server.reports())
    for name, report in found:
        print("== process %s%s\n%s\n" % (name, " (the server)" if name == str(server.pid) else "", report.strip()))
    print("valgrind: %d requests, %d reports" % (rounds * (len(REQUESTS) + 15), len(found)))
    return 1 if found else 0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--mpm", default="worker")
    given = options.parse_args()
    server = Watched(mpm=given.mpm, config=CONFIG, threads=16, limit=1)
    server.certify()
    for name, text in (("apps/app.fg", PROGRAM), ("apps/in.txt", "0123456789" * 100), ("www/page.fg", PAGE),
                       ("www/broken.fg", "let = 1\n"), ("www/fails.fg", "say [1][2]\n"), ("www/plain.txt", "plain\n")):
        server.put(name, text)
    with server:
        return run(server, given.rounds)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs say to HTTP servers, and what they make of the answers.

usage: net_test.py FORGE...     a server on loopback answers; build/forge by default

Whether requests overlap is not timed: a path of the server answers when ten requests are waiting, and never before.
"""
import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import peer

TESTS = []
PAGE = """<html><head><title> A <b>page</b> </title>
<meta name="description" content="What it is about"><style>p { color: red }</style>
<script>var hidden = "<p>";</script></head>
<body><p>One   two</p><a href="http://127.0.0.1/x">x</a><a href="/local">y</a><a href="https://example.org/">z</a>
%s</body></html>"""


def test(function):
    TESTS.append(function)
    return function


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def any(self):
        n = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(n)
        path, _, query = self.path.partition("?")
        part = path.strip("/").split("/")
        answer = getattr(self, "at_" + part[0], None)
        if answer:
            answer(part[1:], query, body)
        else:
            self.reply(404, "nothing here")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_BREW = any

    def at_echo(self, part, query, body):
        headers = {k.lower(): v for k, v in self.headers.items()}
        told = {"method": self.command, "path": self.path, "headers": headers, "body": body.decode("latin-1")}
        self.reply(200, json.dumps(told), [("Content-Type", "application/json")])

    def at_status(self, part, query, body):
        self.reply(int(part[0]), "status", [("X-One", "1"), ("X-One", "2"), ("X-Odd", "caf\xe9")])

    def at_to(self, part, query, body):
        """/to/STATUS/URL-in-query"""
        self.reply(int(part[0]), "moved", [("Location", query)])

    def at_loop(self, part, query, body):
        self.reply(302, "", [("Location", "/loop/%d" % (int(part[0]) + 1))])

    def at_bytes(self, part, query, body):
        self.reply(200, b"x" * int(part[0]))

    def at_chunks(self, part, query, body):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for _ in range(int(part[0])):
                self.wfile.write(b"3e8\r\n" + b"y" * 1000 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def at_short(self, part, query, body):
        self.reply(200, b"abc", [("Content-Length", "100")])
        self.close_connection = True

    def at_boast(self, part, query, body):
        self.reply(200, b"", [("Content-Length", str(1 << 40))])
        self.close_connection = True

    def at_hang(self, part, query, body):
        self.server.hanging.set()
        self.server.gone = self.connection.recv(1) == b""
        self.server.left.set()
        self.close_connection = True

    def at_meet(self, part, query, body):
        """Answers when as many requests as that are here."""
        try:
            self.server.barrier.wait(20)
            self.reply(200, "met")
        except threading.BrokenBarrierError:
            self.reply(500, "alone")

    def at_who(self, part, query, body):
        self.reply(200, "%d" % self.client_address[1])

    def at_page(self, part, query, body):
        self.reply(200, PAGE % ("\u00e4" * 400), [("Content-Type", "text/html; charset=utf-8")])

    def at_bad(self, part, query, body):
        self.reply(200, b"a\xffb")

    def at_chat(self, part, query, body):
        asked = json.loads(body)
        if self.headers.get("Authorization") != "Bearer sesame":
            self.reply(401, json.dumps({"error": {"message": "no such key"}}))
        elif part:
            self.reply(200, "{}")
        else:
            text = "%s %s %s" % (asked["model"], asked["max_tokens"], asked["messages"][0]["content"])
            self.reply(200, json.dumps({"choices": [{"message": {"content": text}}]}))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Programs that end leave connections behind."""


def serve(context=None):
    server = Server(("127.0.0.1", 0), Handler)
    server.barrier = threading.Barrier(10)
    server.hanging, server.left = threading.Event(), threading.Event()
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def run_with(forge, server):
    return peer.Run(forge, server, "http://127.0.0.1:%d" % server.server_address[1])


# ---- requests -------------------------------------------------------------------------------------------------------

@test
def methods(run):
    for name in ("get", "post", "put", "delete", "patch"):
        run.says('let r = http.%s("URL/echo")\nsay r.json.method\nsay r.method\nsay keys(r)' % name,
                 "%s\n%s\n[status, ok, url, body, headers, json, time, method]\n" % (name.upper(), name.upper()))
    run.says('let r = http.head("URL/bytes/7")\nsay r.status\nsay r.headers["content-length"]\nsay r.body.len()',
             "200\n7\n0\n")
    run.says('let r = fetch("URL/echo", {method: "brew"})\nsay r.json.method\nsay keys(r)',
             "BREW\n[status, ok, url, body, headers, json]\n")


@test
def default_headers(run):
    run.says('say http.get("URL/echo").json.headers',
             '{ "host": "127.0.0.1:%d", "accept": "*/*" }\n' % run.server.server_address[1])


@test
def options(run):
    run.says('''let r = http.get("URL/echo?a=1#part", {headers: {"X-Text": "b c", "x-number": 7, "x-empty": ""},
    auth: "token", params: {q: "a b&c", "\u00fc": 1}, cookies: {k: "v", l: 2}}).json
say r.path
let h = r.headers
say [h["x-text"], h["x-number"], h["x-empty"], h.authorization, h.cookie]''',
             "/echo?a=1&q=a%20b%26c&%C3%BC=1\n[b c, 7, , Bearer token, k=v; l=2]\n")
    run.says('say http.get("URL/echo", {basic_auth: {user: "me", pass: "x:y"}}).json.headers.authorization',
             "Basic bWU6eDp5\n")


@test
def bodies(run):
    for what, body, kind in (('json: {a: [1, "b"]}', '{"a": [1, "b"]}', "application/json"),
                             ('body: {a: 1.5}', '{"a": 1.5}', "application/json"),
                             ('json: "text"', '"text"', "application/json"),
                             ('body: "plain"', "plain", "text/plain; charset=utf-8"),
                             ('form: {a: "b c", d: "e&f"}', "a=b+c&d=e%26f", "application/x-www-form-urlencoded"),
                             ('body: "x", headers: {"content-type": "text/x"}', "x", "text/x")):
        run.says('let r = http.post("URL/echo", {%s}).json\nsay r.body\nsay r.headers["content-type"]' % what,
                 "%s\n%s\n" % (body, kind))
    run.says('say http.post("URL/echo").json.headers["content-length"]', "0\n")
    run.says('say http.get("URL/bad").body.bytes()', "[97, 255, 98]\n")
    run.fails('http.post("URL/echo", {json: map([[1, 2]])})', "json: cannot serialize map with non-string key (Int)")


@test
def injection(run):
    run.fails('http.get("URL/echo", {headers: {"X-A": "b\\r\\nX-C: d"}})', "http.get() header 'X-A' has more than one line")
    run.fails('http.get("URL/echo", {headers: {"X A": "b"}})', "http.get() header name 'X A' is not one")
    run.fails('http.get("URL/echo", {cookies: {a: "b\\nc"}})', "http.get() header 'Cookie' has more than one line")
    run.fails('fetch("URL/echo", {method: "GET /x"})', "fetch() method 'GET /x' is not one")
    run.fails('http.get("URL/ec\\u{0}ho")', "it has a NUL byte")


# ---- responses ------------------------------------------------------------------------------------------------------

@test
def statuses(run):
    run.says('let r = http.get("URL/status/404")\nsay r.status\nsay r.ok\nsay r.json\nsay r.headers["x-one"]\n'
             'say r.headers["x-odd"] == ""', "404\nfalse\nnull\n2\ntrue\n")


@test
def caps(run):
    run.says('say http.get("URL/bytes/1000", {max_bytes: 1000}).body.len()', "1000\n")
    run.fails('http.get("URL/bytes/1001", {max_bytes: 1000})',
              "http.get error: response body advertises 1001 bytes which exceeds cap of 1000")
    run.fails('http.get("URL/chunks/3", {max_bytes: 2500})', "http.get error: response body exceeded cap of 2500 bytes")
    run.fails('http.get("URL/boast")', "response body advertises 1099511627776 bytes")


@test
def memory(run):
    """A body that does not fit into the memory of the program."""
    path = os.path.join(run.place, "big.fg")
    with open(path, "w") as f:
        f.write('let r = http.get("%s/chunks/100000")\nsay 1' % run.url)
    p = subprocess.run([run.forge, "run", "--memory", "20M", path], capture_output=True, timeout=60,
                       env={**os.environ, "FORGE_HTTP_ALLOW_PRIVATE": "1"})
    assert p.returncode == 1 and b"memory limit" in p.stderr, p


@test
def broken(run):
    run.fails('http.get("URL/short")', "http.get error: body read error: ")
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    url = "http://127.0.0.1:%d/" % s.getsockname()[1]
    run.fails('http.get("%s")' % url, "http.get error: request failed: error sending request for url (%s)" % url)
    run.fails('fetch("%s")' % url, "fetch error: request failed")
    run.fails('crawl "%s"' % url, "crawl error: request failed")
    s.close()
    run.fails('http.get("http://nowhere.invalid/")', "dns resolution failed for 'nowhere.invalid': ")


@test
def timeouts(run):
    run.fails('http.get("URL/hang", {timeout: 0.2})', "http.get error: request failed", "hint:")
    run.says('try { timeout 1 seconds { http.get("URL/hang") } } catch e { say e.message }',
             "timeout: operation exceeded 1 second limit\n")


# ---- redirections ---------------------------------------------------------------------------------------------------

@test
def redirects(run):
    for status, method in ((301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")):
        run.says('let r = http.post("URL/to/%d?/echo", {json: 1})\nsay r.json.method\nsay r.json.body\n'
                 'say r.url == "URL/echo"\nsay get(r.json.headers, "content-type") == null' % status,
                 "%s\n%s\ntrue\n%s\n" % (method, "1" if method == "POST" else "",
                                         "false" if method == "POST" else "true"))
    run.says('say http.get("URL/to/302?/status/204").status', "204\n")
    run.fails('http.get("URL/loop/1")', "http.get error: too many redirects (cap 5)")
    run.fails('http.get("URL/loop/1", {max_redirects: 2})', "too many redirects (cap 2)")
    run.fails('http.get("URL/to/302?ftp://127.0.0.1/")', "unsupported url scheme 'ftp'")


@test
def credentials_stay_home(run):
    other = run.url.replace("127.0.0.1", "localhost")
    secret = '{auth: "t", cookies: {a: 1}, headers: {"X-Other": "o"}}'
    run.says('let h = http.get("URL/to/302?/echo", %s).json.headers\nsay [h.authorization, h.cookie, h["x-other"]]' % secret,
             "[Bearer t, a=1, o]\n")
    run.says('let h = http.get("URL/to/302?%s/echo", %s).json.headers\n'
             'say [get(h, "authorization"), get(h, "cookie"), h["x-other"]]' % (other, secret), "[null, null, o]\n")
    run.says('let h = http.get("URL/to/307?%s/echo", {basic_auth: {user: "a", pass: "b"}}).json.headers\n'
             'say get(h, "authorization")' % other, "null\n")


@test
def guard(run):
    run.fails('http.get("URL/echo")', "url host '127.0.0.1' is a private/loopback address "
              "(set FORGE_HTTP_ALLOW_PRIVATE=1 to allow)", private=False)
    run.fails('http.get("http://localhost:1/")', "url host 'localhost' resolves to a private/loopback address",
              private=False)
    for url in ("http://2130706433/", "http://0x7f.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
                "http://0/", "http://100.64.0.1/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/",
                "http://255.255.255.255/", "http://[fe80::1%25lo]/"):
        run.fails('http.get("%s")' % url, "private/loopback address", private=False)
    run.fails('fetch("URL/echo")', "private/loopback", private=False)

    run.fails('http.get("http://h:99999/")', "invalid url 'http://h:99999/': invalid port number")


# ---- tasks ----------------------------------------------------------------------------------------------------------

@test
def overlap(run):
    run.server.barrier = threading.Barrier(10)
    run.says('''let all = squad {
%s}
say all.map(fn(r) { return r.body }).unique()
''' % ('    spawn { http.get("URL/meet") }\n' * 10), "[met]\n")


@test
def overlap_below_map(run):
    """Those that wait stand on C stacks of their own."""
    run.server.barrier = threading.Barrier(10)
    run.says('''let all = range(10).map(fn(i) { return spawn { [i].map(fn(x) { return http.get("URL/meet").body })[0] } })
say await_all(all).unique()
''', "[met]\n")


@test
def others_run_meanwhile(run):
    run.server.barrier = threading.Barrier(1)
    run.says('''let ch = channel(100)
let t = spawn { http.get("URL/meet").body }
spawn { for i in range(50) { send(ch, i) }
close(ch) }
let mut n = 0
let mut more = true
while more { let v = receive(ch)
if v == null { more = false } else { n += 1 } }
say n
say await t
''', "50\nmet\n")


@test
def connections_are_kept(run):
    run.says('let a = http.get("URL/who").body\nlet b = http.get("URL/who").body\nsay a == b', "true\n")


@test
def cancelled(run):
    """A program that is told to stop while it waits for a server."""
    run.server.hanging.clear()
    run.server.left.clear()
    p = run.start('say "started"\nhttp.get("URL/hang")\nsay "never"')
    assert run.server.hanging.wait(30)
    p.terminate()
    out, _ = p.communicate(timeout=20)
    assert out == b"started\n" and p.returncode != 0, (out, p.returncode)
    assert run.server.left.wait(10) and run.server.gone


@test
def timeout_of_a_task(run):
    run.server.left.clear()
    run.says('let t = spawn { http.get("URL/hang") }\nsay await_timeout(t, 300)\nwait 0.01 seconds', "null\n")


# ---- statements -----------------------------------------------------------------------------------------------------

@test
def grab(run):
    run.says('grab r from "URL/echo" with {method: "put"}\nsay r.json.method\ngrab q from "URL/status/200"\nsay q.ok\n'
             'fn f() { grab x from "URL/who"\nreturn x.status }\nsay f()', "PUT\ntrue\n200\n")
    run.fails('grab r from "URL/who"\nr = 1', "immutable")


@test
def download(run):
    path = os.path.join(run.place, "big")
    status, out, err = run('download "URL/bytes/300000" to "big"\nsay http.download("URL/to/302?/chunks/2", "two")')
    assert (status, out) == (0, '{ "path": "two", "size": 2000, "status": 200 }\n'), (status, out, err)
    assert err == ("  Downloading %s/bytes/300000...\n  Saved to big (300000 bytes)\n"
                   "  Downloading %s/to/302?/chunks/2...\n  Saved to two (2000 bytes)\n" % (run.url, run.url)), err
    assert os.path.getsize(path) == 300000
    run.says('let d = http.download("URL/bytes/5")\nsay d.path\nlet e = http.download("URL/bytes/6", {max_bytes: 6})\nsay e.path',
             "5\n6\n")
    for code, text in (('"URL/status/404", "big"', "download failed: HTTP 404"),
                       ('"URL/short", "big"', "download error: body read error: "),
                       ('"URL/chunks/3", "big", {max_bytes: 2500}', "download error: response body exceeded cap of 2500"),
                       ('"URL/bytes/1", "no/such/place"', "write error: No such file or directory (os error 2)"),
                       ('"URL/bytes/1", "."', "write error: Is a directory (os error 21)")):
        run.fails("http.download(%s)" % code, text)
    assert os.path.getsize(path) == 300000 and sorted(os.listdir(run.place)) == ["5", "6", "big", "main.fg", "two"]


@test
def crawl(run):
    run.says('crawl "URL/page"\nlet p = http.crawl("URL/page")\nsay keys(p)\nsay p.status\nsay p.title\nsay p.description\n'
             'say p.links\nsay p.text.starts_with("A page One two x y z \u00e4")\nsay p.text.ends_with("\u00e4...")\n'
             'say p.text.bytes().len() <= 503\nsay p.html_length',
             "[url, status, title, description, links, text, html_length]\n200\nA <b>page</b>\nWhat it is about\n"
             "[http://127.0.0.1/x, https://example.org/]\ntrue\ntrue\ntrue\n%d\n" % len((PAGE % ("\u00e4" * 400)).encode()))


@test
def pretty(run):
    status, out, err = run('http.pretty({status: 301, url: "http://x/", json: {a: 1}})')
    assert err == ("\n  \033[1mGET http://x/\033[0m\n  \033[33mStatus: 301\033[0m  \033[90mTime: ?ms\033[0m\n"
                   '\n  {\n    "a": 1\n  }\n\n'), repr(err)


@test
def ask(run):
    none = {"FORGE_AI_KEY": None, "OPENAI_API_KEY": None}
    env = {"FORGE_AI_URL": run.url + "/chat", "FORGE_AI_KEY": "sesame", "OPENAI_API_KEY": None, "FORGE_AI_MODEL": None}
    run.fails('say ask "q"', "ask requires FORGE_AI_KEY or OPENAI_API_KEY environment variable", env=none)
    run.says('say ask [1, "two"]\nlet a = ask "q"\nsay a', "gpt-4o-mini 1000 [1, two]\ngpt-4o-mini 1000 q\n", env=env)
    run.says('say ask "q"', "m 1000 q\n",
             env={**env, "FORGE_AI_MODEL": "m", "FORGE_AI_KEY": None, "OPENAI_API_KEY": "sesame"})
    run.says('say ask "q"', "null\n", env={**env, "FORGE_AI_URL": run.url + "/chat/empty"})
    run.fails('say ask "q"', "ask error: HTTP 401: no such key", env={**env, "FORGE_AI_KEY": "wrong"})
    run.fails('say ask "q"', "private/loopback address", env=env, private=False)


# ---- TLS ------------------------------------------------------------------------------------------------------------

@test
def tls(run):
    key, crt = peer.certificate(run.place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server = serve(context)
    url = "https://localhost:%d" % server.server_address[1]
    try:
        run.fails('http.get("%s/who")' % url, "http.get error: request failed", "certificate")
        run.says('say http.get("%s/status/200").ok' % url, "true\n", env={"SSL_CERT_FILE": crt})
        run.fails('http.get("%s/who")' % url.replace("localhost", "127.0.0.1"), "request failed",
                  env={"SSL_CERT_FILE": crt})
    finally:
        server.shutdown()


sys.exit(peer.run_all("net", TESTS, serve, run_with, Server.shutdown))

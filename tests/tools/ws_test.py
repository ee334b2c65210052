#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs say to WebSocket servers, and what they make of the answers.

usage: ws_test.py FORGE...     a server on loopback answers; build/forge by default

The server writes its frames by hand, so that it can also write wrong ones.  The path says what it does; what it saw
last stands in its queue.
"""
import base64
import hashlib
import json
import os
import queue
import socket
import ssl
import struct
import sys
import threading

import peer

TESTS = []
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def test(function):
    TESTS.append(function)
    return function


def frame(op, data=b"", fin=1, rsv=0, mask=None, size=None):
    """size: how the length is written: 7, 16 or 64 bits."""
    data = data.encode() if isinstance(data, str) else data
    n = len(data)
    size = size or (7 if n < 126 else 16 if n < 65536 else 64)
    bit = 0x80 if mask else 0
    head = bytes([fin << 7 | rsv << 4 | op])
    head += (bytes([bit | n]) if size == 7 else bytes([bit | 126]) + struct.pack(">H", n) if size == 16 else
             bytes([bit | 127]) + struct.pack(">Q", n))
    if mask:
        head += mask
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return head + data


class Gone(Exception):
    """The other side has closed the connection."""


class Peer:
    """One connection that a program has opened."""

    def __init__(self, server, s):
        self.server, self.seen, self.s, self.keys = server, server.seen, s, set()

    def read(self, n):
        got = b""
        while len(got) < n:
            more = self.s.recv(n - len(got))
            if not more:
                raise Gone()
            got += more
        return got

    def hello(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        lines = head.decode("latin-1").split("\r\n")
        self.request, self.path = lines[0], lines[0].split(" ")[1]
        self.headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:-2])}

    def accept(self):
        return base64.b64encode(hashlib.sha1(self.headers["sec-websocket-key"].encode() + GUID).digest()).decode()

    def welcome(self, *more):
        self.answer("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                    "Sec-WebSocket-Accept: " + self.accept(), *more)

    def answer(self, *lines):
        self.s.sendall("".join(line + "\r\n" for line in lines + ("",)).encode("latin-1"))

    def send(self, *args, **options):
        self.s.sendall(frame(*args, **options))

    def frame(self):
        """What the program sends: (fin, opcode, data)."""
        a, b = self.read(2)
        n = b & 127
        assert b & 128, "a frame is not masked"
        assert a & 0x70 == 0
        n = struct.unpack(">H", self.read(2))[0] if n == 126 else struct.unpack(">Q", self.read(8))[0] if n == 127 else n
        key = self.read(4)
        self.keys.add(key)
        data = self.read(n)
        mask = int.from_bytes((key * (n // 4 + 1))[:n], "little")
        return a >> 7, a & 15, (int.from_bytes(data, "little") ^ mask).to_bytes(n, "little")

    def message(self):
        """The next text; control frames are told."""
        while True:
            _, op, data = self.frame()
            if op == TEXT:
                return data.decode()
            self.tell(op, data)
            if op == CLOSE:
                raise Gone()

    def tell(self, *what):
        self.seen.put(what)

    def until_closed(self):
        """Answers a close frame; tells its code, or that there was none."""
        try:
            while True:
                _, op, data = self.frame()
                self.tell(op, data)
                if op == CLOSE:
                    self.s.sendall(frame(CLOSE, data))
                    return
        except (Gone, OSError):
            self.tell("gone")

    # ---- what a path does ----

    def at_echo(self, arg):
        self.welcome()
        try:
            while True:
                self.send(TEXT, self.message())
        except Gone:
            self.send(CLOSE, b"\x03\xe8")

    def at_headers(self, arg):
        self.welcome()
        self.send(TEXT, json.dumps({"request": self.request, "headers": self.headers}))
        self.until_closed()

    def at_protocol(self, arg):
        self.welcome("Sec-WebSocket-Protocol: " + arg)
        self.until_closed()

    def at_status(self, arg):
        self.answer("HTTP/1.1 %s Some" % arg, "Location: /echo", "Content-Length: 0")

    def at_answer(self, arg):
        """An answer as the test says; ACCEPT stands for the right key."""
        self.s.sendall(self.server.text.replace("ACCEPT", self.accept()).encode("latin-1"))
        self.until_closed()

    def at_frames(self, arg):
        """The frames of the test, in as many pieces as the path says, right behind the answer if it says 0."""
        n = int(arg or 1)
        if n == 0:
            whole = self.server.bytes
            text = ("HTTP/1.1 101 x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                    "\r\n" % self.accept())
            self.s.sendall(text.encode() + whole)
        else:
            self.welcome()
            for i in range(0, len(self.server.bytes), n):
                self.s.sendall(self.server.bytes[i:i + n])
        self.until_closed()

    def at_lost(self, arg):
        self.welcome()
        self.send(TEXT, "last")

    def at_silent(self, arg):
        self.welcome()
        self.until_closed()

    def at_told(self, arg):
        """Reads a message first."""
        self.welcome()
        self.message()
        self.server.here.set()
        self.until_closed()

    def at_mute(self, arg):
        """Not even an answer."""
        self.server.here.set()
        self.until_closed()

    def at_meet(self, arg):
        """Says something when as many connections as that are here."""
        self.welcome()
        self.server.barrier.wait(20)
        self.send(TEXT, "met")
        self.until_closed()

    def at_late(self, arg):
        """Answers what it is told after the second message only."""
        self.welcome()
        a, b = self.message(), self.message()
        self.send(TEXT, a)
        self.send(TEXT, b)
        self.until_closed()

    def at_stuck(self, arg):
        """Reads nothing until the test says so."""
        self.welcome()
        self.server.go.wait(20)
        self.until_closed()

    def at_flood(self, arg):
        """One endless message."""
        self.welcome()
        self.send(BINARY, b"x", fin=0)
        piece = frame(0, b"x" * 60000, fin=0)
        try:
            while True:
                self.s.sendall(piece)
        except OSError:
            self.tell("gone")

    def at_empty(self, arg):
        """A message that never ends and never grows."""
        self.welcome()
        self.send(BINARY, b"", fin=0)
        try:
            while True:
                self.s.sendall(frame(0, b"", fin=0) * 1000)
        except OSError:
            self.tell("gone")

    def at_stubborn(self, arg):
        """Does not answer a close frame."""
        self.welcome()
        try:
            while True:
                self.tell(self.frame()[1])
        except (Gone, OSError):
            self.tell("gone")


class Server:
    def __init__(self, context=None):
        self.seen = queue.Queue()
        self.here, self.go, self.barrier = threading.Event(), threading.Event(), threading.Barrier(1)
        self.bytes, self.text, self.context = b"", "", context
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            s.settimeout(30)
            if self.context:
                s = self.context.wrap_socket(s, server_side=True)
            peer = Peer(self, s)
            peer.hello()
            name, _, arg = peer.path.lstrip("/").partition("?")[0].partition("/")
            getattr(peer, "at_" + name)(arg)
        except (Gone, OSError, threading.BrokenBarrierError):
            pass
        except AssertionError as e:
            self.seen.put(("wrong", str(e)))
        finally:
            s.close()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Run(peer.Run):
    def __init__(self, forge, server):
        super().__init__(forge, server, "ws://127.0.0.1:%d" % server.port)
        server.seen = queue.Queue()  # what is seen late is seen by nobody
        server.here, server.go = threading.Event(), threading.Event()

    def sees(self, *what):
        """The server's next remark."""
        got = self.server.seen.get(timeout=20)
        assert got == what, "the server saw %r instead of %r" % (got, what)

    def gets(self, data, expected, path="frames/65536", n=1, options="", code=None):
        """What n calls of receive make of these bytes; the code of the close frame that the server then sees."""
        self.server.bytes, self.server.seen = data, queue.Queue()
        expected = "".join(json.dumps(json.loads(line), ensure_ascii=False) + "\n" if line.startswith("{") else line + "\n"
                           for line in expected.splitlines())
        self.says('let c = ws.connect("URL/%s"%s)\nfor i in range(%d) {\n'
                  'try { say json.stringify(ws.receive(c.id)) } catch e { say e.message } }' % (path, options, n), expected)
        if code is not None:
            self.sees(CLOSE, struct.pack(">H", code) if code else b"")


def closing(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


# ---- the handshake --------------------------------------------------------------------------------------------------

@test
def connect(run):
    run.says('let c = ws.connect("URL/echo")\nsay keys(c)\nsay c.id.starts_with("ws_")\nsay c.url == "URL/echo"\n'
             'say c.connected\nsay ws.close(c.id)\nsay ws.close(c.id)',
             "[id, url, connected]\ntrue\ntrue\ntrue\ntrue\nfalse\n")
    run.says('let a = ws.connect("URL/echo")\nlet b = ws.connect("URL/echo")\nsay a.id != b.id', "true\n")


@test
def request(run):
    run.says('let r = ws.receive(ws.connect("URL/headers/a%20b?x=1&y=2#part").id).data\nsay r.request\n'
             'say [r.headers.host, r.headers.upgrade, r.headers.connection, r.headers["sec-websocket-version"]]\n'
             'say r.headers["sec-websocket-key"].len()\nsay keys(r.headers).len()',
             "GET /headers/a%%20b?x=1&y=2 HTTP/1.1\n[127.0.0.1:%d, websocket, Upgrade, 13]\n24\n5\n" % run.server.port)
    run.says('let h = ws.receive(ws.connect("URL/headers", {headers: {"X-A": "b c", "x-empty": ""}, auth: "token",\n'
             'cookies: {k: "v"}, params: {q: "a b"}, body: "no"}).id).data\n'
             'say [h.headers["x-a"], h.headers["x-empty"], h.headers.authorization, h.headers.cookie, h.request]\n'
             'say keys(h.headers).len()',
             "[b c, , Bearer token, k=v, GET /headers?q=a%20b HTTP/1.1]\n9\n")
    for text in ('"ws://me:x%%3Ay@127.0.0.1:%d/headers"' % run.server.port,
                 '"URL/headers", {basic_auth: {user: "me", pass: "x:y"}}'):
        run.says('say ws.receive(ws.connect(%s).id).data.headers.authorization' % text, "Basic bWU6eDp5\n")


@test
def keys_differ(run):
    run.says('fn key() { return ws.receive(ws.connect("URL/headers").id).data.headers["sec-websocket-key"] }\n'
             'say key() != key()', "true\n")


@test
def protocols(run):
    run.says('let c = ws.connect("URL/protocol/b.v1", {protocols: ["a", "b.v1"]})\nsay c.protocol', "b.v1\n")
    run.says('say ws.receive(ws.connect("URL/headers", {protocols: ["a", "b"]}).id).data.headers["sec-websocket-protocol"]\n'
             'say keys(ws.connect("URL/echo", {protocols: "a"}))', "a, b\n[id, url, connected]\n")
    for options in ("", ", {protocols: \"B\"}"):
        run.fails('ws.connect("URL/protocol/b"%s)' % options,
                  "WebSocket connect error: the server chose a subprotocol that was not offered")
    run.fails('ws.connect("URL/echo", {protocols: ["a b"]})', "ws.connect() protocol 'a b' is not one")
    run.fails('ws.connect("URL/echo", {protocols: 7})', "ws.connect() protocol '' is not one")


@test
def injection(run):
    run.fails('ws.connect("URL/echo", {headers: {"X-A": "b\\r\\nX-C: d"}})', "header 'X-A' has more than one line")
    for name in ("host", "Upgrade", "Sec-WebSocket-Key", "content-length"):
        run.fails('ws.connect("URL/echo", {headers: {"%s": "x"}})' % name,
                  "ws.connect() header '%s' is set by the handshake itself" % name)
    run.fails('ws.connect("URL/ec\\r\\nho")', "WebSocket connect error: invalid url")
    run.fails('ws.connect("URL/ec ho")', "WebSocket connect error: invalid url")


@test
def addresses(run):
    for call in ("ws.connect()", "ws.connect(1)"):
        run.fails(call, "ws.connect() requires a ", " string")
    run.fails('ws.connect("nope")', "WebSocket connect error: invalid url 'nope': relative URL without a base")
    run.fails('ws.connect("http://127.0.0.1/")', "WebSocket connect error: unsupported url scheme 'http': only ws/wss allowed")
    run.fails('ws.connect("ws://h:99999/")', "WebSocket connect error: invalid url 'ws://h:99999/': invalid port number")
    run.fails('ws.connect("ws://nowhere.invalid/")', "WebSocket connect error: dns resolution failed for 'nowhere.invalid': ")
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    run.fails('ws.connect("ws://127.0.0.1:%d/")' % s.getsockname()[1], "WebSocket connect error: ", "connect")
    s.close()


@test
def guard(run):
    run.fails('ws.connect("URL/echo")', "WebSocket connect error: url host '127.0.0.1' is a private/loopback address "
              "(set FORGE_HTTP_ALLOW_PRIVATE=1 to allow)", private=False)
    run.fails('ws.connect("ws://localhost:1/")', "url host 'localhost' resolves to a private/loopback address",
              private=False)
    for url in ("ws://2130706433/", "ws://0x7f.1/", "wss://[::1]/", "ws://[::ffff:127.0.0.1]/", "ws://0/",
                "wss://100.64.0.1/", "ws://[fd00::1]/", "ws://[fe80::1%25lo]/"):
        run.fails('ws.connect("%s")' % url, "private/loopback address", private=False)


@test
def refused(run):
    for status in (200, 204, 301, 302, 307, 401, 404, 500):
        run.fails('ws.connect("URL/status/%d")' % status,
                  "WebSocket connect error: the server answered with HTTP status %d instead of 101" % status)


@test
def answers(run):
    good = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: ACCEPT")
    fits, odd = "does not fit the key", "is malformed"
    cases = (
        (good, None),
        (("HTTP/1.1 101", "UPGRADE:  WebSocket ", "connection:x,\tupGrade", "sec-websocket-accept:ACCEPT", "x:"), None),
        (good + ("Sec-WebSocket-Extensions: ",), None),
        (good[:1] + good[2:], "does not upgrade"),
        (good[:2] + good[3:], "does not upgrade"),
        (good[:1] + ("Upgrade: websockets",) + good[2:], "does not upgrade"),
        (good[:3], fits),
        (good[:3] + ("Sec-WebSocket-Accept: AAAA",), fits),
        (good[:3] + ("Sec-WebSocket-Accept: ACCEPTx",), fits),
        (good + (good[3],), fits),
        (good + ("Sec-WebSocket-Extensions: permessage-deflate",), "an extension"),
        (good + ("Sec-WebSocket-Protocol: a",), "a subprotocol"),
        (good + ("no colon",), odd), (good + (": no name",), odd), (good + (" folded: x",), odd),
        (good + ("zero: \0",), odd), (good + ("line: \nx",), odd),
        (("HTTP/2 101 x",) + good[1:], "as HTTP/1.1"), (("HTTP/1.1 1o1",) + good[1:], "as HTTP/1.1"),
        (("SSH-2.0-x",), "as HTTP/1.1"), (("HTTP/1.1 1011",) + good[1:], "as HTTP/1.1"), (("",), "as HTTP/1.1"),
        (good + ("x: " + "y" * 20000,), "too long"),
    )
    for lines, error in cases:
        run.server.text = "\r\n".join(lines) + "\r\n\r\n"
        if error:
            run.fails('ws.connect("URL/answer")', "WebSocket connect error: ", error)
        else:
            run.says('say ws.connect("URL/answer").connected', "true\n")
    run.server.text = "x" * 100000
    run.fails('ws.connect("URL/answer")', "too long")


@test
def slow_answers(run):
    run.fails('ws.connect("URL/mute", {timeout: 0.2})', "WebSocket connect error: timed out")
    run.says('try { timeout 1 seconds { ws.connect("URL/mute") } } catch e { say e.message }',
             "timeout: operation exceeded 1 second limit\n")


# ---- messages -------------------------------------------------------------------------------------------------------

@test
def echo(run):
    run.says('''let c = ws.connect("URL/echo").id
for each m in ["hello", "", "\u00fc\U0001f600", {a: [1, null, "b"]}, [1, 2.5], "7"] {
    say ws.send(c, m)
    let r = ws.receive(c)
    say [r.type, r.data, r.raw, type(r.data)]
}''', "true\n[text, hello, hello, String]\ntrue\n[text, , , String]\ntrue\n[text, \u00fc\U0001f600, \u00fc\U0001f600, String]\n"
             "true\n[text, { \"a\": [1, null, \"b\"] }, {\"a\": [1, null, \"b\"]}, Object]\ntrue\n[text, [1, 2.5], [1, 2.5], Array]\n"
             "true\n[text, 7, 7, Int]\n")


@test
def sizes(run):
    run.says('''let c = ws.connect("URL/echo").id
for each n in [1, 125, 126, 127, 4095, 4096, 8178, 8192, 65535, 65536, 300000] {
    let text = repeat_str("abcde", n).substring(0, n)
    ws.send(c, text)
    if ws.receive(c).data != text { say n }
}
say "done"''', "done\n")


@test
def wrong_calls(run):
    for call, text in (("ws.send(1, \"x\")", "ws.send() requires a connection ID"),
                       ("ws.send(\"ws_x\")", "ws.send() requires a message string or object"),
                       ("ws.send(\"ws_x\", 1)", "ws.send() requires a message string or object"),
                       ("ws.send(\"ws_x\", \"\")", "WebSocket connection 'ws_x' not found"),
                       ("ws.receive()", "ws.receive() requires a connection ID"),
                       ("ws.receive({id: 1})", "ws.receive() requires a connection ID"),
                       ("ws.receive(\"ws_999\", 1)", "WebSocket connection 'ws_999' not found"),
                       ("ws.close()", "ws.close() requires a connection ID")):
        run.fails(call, text)
    run.fails('let c = ws.connect("URL/echo").id\nws.close(c)\nws.send(c, "x")', "not found")
    run.fails('let c = ws.connect("URL/echo").id\nws.send(c, {a: map([[1, 2]])})', "json: cannot serialize")
    run.fails('let c = ws.connect("URL/echo").id\nws.send(c, http.get("http://127.0.0.1:%d").body)' % raw_byte().port,
              "WebSocket send error: text is not UTF-8")


def raw_byte():
    """An HTTP server whose only answer is a byte that is no text."""
    server = Server()

    def serve(s):
        s.recv(4096)
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff")
        s.close()
    server.serve = serve
    return server


@test
def binary(run):
    run.gets(frame(BINARY, bytes(range(16))) + frame(BINARY) + frame(BINARY, b"\xff" * 70000),
             '{"type":"binary","data":"000102030405060708090a0b0c0d0e0f","size":16}\n{"type":"binary","data":"","size":0}\n'
             '{"type":"binary","data":"%s","size":70000}\n' % ("ff" * 70000), n=3)


@test
def pieces(run):
    """Frames that come byte by byte, all at once, and right behind the answer to the handshake."""
    data = (frame(TEXT, "a\u00fc"[:1]) + frame(TEXT, "one", fin=0) + frame(PING, "p") + frame(0, "", fin=0) +
            frame(0, " two \u00fc".encode()[:-1], fin=0) + frame(PONG) + frame(0, "\u00fc".encode()[-1:]) +
            frame(BINARY, b"x" * 300, size=16) + closing(1001, b"bye"))
    expected = ('{"type":"text","data":"a","raw":"a"}\n{"type":"control","kind":"ping","data":"70"}\n'
                '{"type":"control","kind":"pong","data":""}\n{"type":"text","data":"one two \u00fc","raw":"one two \u00fc"}\n'
                '{"type":"binary","data":"%s","size":300}\n{"type":"close","code":1001,"reason":"bye"}\n'
                '{"type":"close","code":1001,"reason":"bye"}\n' % ("78" * 300))
    for path in ("frames/1", "frames/7", "frames/65536", "frames/0"):
        run.gets(data, expected, path=path, n=7)
        run.sees(PONG, b"p")
        run.sees(CLOSE, b"\x03\xe9")


@test
def many_pings(run):
    """More of them than what can be sent meanwhile."""
    n = 3000
    run.server.bytes = frame(PING, b"x" * 125) * n + frame(TEXT, "end")
    run.says('let c = ws.connect("URL/frames/65536").id\nlet mut n = 0\nlet mut more = true\n'
             'while more { let r = ws.receive(c)\nif r.type == "control" { n += 1 } else { more = false\nsay r.data } }\nsay n',
             "end\n%d\n" % n)


@test
def closes(run):
    for data, expected, code in (
            (frame(CLOSE), '{"type":"close","code":1005,"reason":""}\n', 0),
            (closing(1000), '{"type":"close","code":1000,"reason":""}\n', 1000),
            (closing(4999, b"r" * 123), '{"type":"close","code":4999,"reason":"%s"}\n' % ("r" * 123), 4999),
            (closing(3000, "\u00fc".encode()), '{"type":"close","code":3000,"reason":"\u00fc"}\n', 3000)):
        run.gets(data, expected, code=code)
    run.server.bytes = closing(1000) + frame(TEXT, "after")
    run.says('let c = ws.connect("URL/frames").id\nsay ws.receive(c).type\ntry { ws.send(c, "x") } catch e { say e.message }\n'
             'say ws.receive(c).type\nsay ws.close(c)\nsay ws.close(c)',
             "close\nWebSocket send error: connection is closed\nclose\ntrue\nfalse\n")


@test
def lost(run):
    run.says('let c = ws.connect("URL/lost").id\nsay ws.receive(c).data\nlet r = ws.receive(c)\nsay [r.type, r.code]\n'
             'say ws.receive(c).type', "last\n[close, 1006]\nclose\n")


@test
def nonsense(run):
    what = "WebSocket receive error: "
    for data, error, code in (
            (frame(TEXT, "x", rsv=4), "a frame has reserved bits set", 1002),
            (frame(TEXT, "x", rsv=1), "a frame has reserved bits set", 1002),
            (frame(TEXT, "x", mask=b"1234"), "a frame of the server is masked", 1002),
            (frame(3, "x"), "a frame has an unknown opcode", 1002),
            (frame(7), "a frame has an unknown opcode", 1002),
            (frame(11), "a frame has an unknown opcode", 1002),
            (frame(15, "x"), "a frame has an unknown opcode", 1002),
            (frame(0, "x"), "a frame continues no message", 1002),
            (frame(TEXT, "x", fin=0) + frame(TEXT, "y"), "a message begins inside another one", 1002),
            (frame(PING, "x", fin=0), "the header of a frame is malformed", 1002),
            (frame(PING, "x" * 126), "the header of a frame is malformed", 1002),
            (frame(CLOSE, "x" * 126), "the header of a frame is malformed", 1002),
            (frame(TEXT, "x", size=16), "the header of a frame is malformed", 1002),
            (frame(TEXT, "x", size=64), "the header of a frame is malformed", 1002),
            (b"\x82\x7f\xff" + b"\0" * 7, "the header of a frame is malformed", 1002),
            (frame(CLOSE, b"\3"), "a close frame has half a code", 1002),
            (frame(TEXT, b"a\xff"), "text is not UTF-8", 1007),
            (frame(TEXT, b"\xed\xa0\x80"), "text is not UTF-8", 1007),
            (frame(TEXT, b"\xc3"), "text is not UTF-8", 1007),
            (frame(TEXT, b"\xc3", fin=0) + frame(0, b"x"), "text is not UTF-8", 1007),
            (closing(1000, b"\xff"), "the reason of a close frame is not UTF-8", 1007),
            (b"\x82\x7f\x7f" + b"\xff" * 8, "message exceeds cap of 16777216 bytes", 1009)):
        run.gets(data, what + error + "\n", code=code)
    for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535):
        run.gets(closing(code), what + "a close frame has a code that does not exist\n", code=1002)
    run.gets(frame(3), what + 'a frame has an unknown opcode\n{"type":"close","code":1006,'
             '"reason":"a frame has an unknown opcode"}\n', n=2)


@test
def caps(run):
    run.gets(frame(BINARY, b"x" * 8), '{"type":"binary","data":"7878787878787878","size":8}\n', options=", {max_bytes: 8}")
    for data in (frame(BINARY, b"x" * 9), frame(TEXT, "x" * 8, fin=0) + frame(0, "x")):
        run.gets(data, "WebSocket receive error: message exceeds cap of 8 bytes\n", options=", {max_bytes: 8}", code=1009)


@test
def memory(run):
    """A message that does not fit into the memory of the program; and one that never ends."""
    for path in ("flood", "empty"):
        code = 'let c = ws.connect("URL/%s", {max_bytes: 1000000000}).id\nws.receive(c)\nsay "never"' % path
        if path == "flood":
            p = run.start(code, options=["--memory", "20M"])
            out, err = p.communicate(timeout=60)
            assert p.returncode == 1 and b"memory limit" in err and not out, (out, err)
        else:
            run.says('let c = ws.connect("URL/empty").id\nsay ws.receive(c, 300).type\nsay ws.receive(c, 0).type',
                     "timeout\ntimeout\n")
        run.sees("gone")
    run.fails('let c = ws.connect("URL/flood").id\nws.receive(c)', "message exceeds cap of 16777216 bytes")


@test
def timeouts(run):
    run.says('let c = ws.connect("URL/late").id\nsay ws.receive(c, 0).type\nws.send(c, "a")\nsay ws.receive(c, 50).type\n'
             'say ws.receive(c, -1).type\nws.send(c, "b")\nsay ws.receive(c).data\nsay ws.receive(c, 20000.5).data\n'
             'say keys(ws.receive(c, 1))', "timeout\ntimeout\ntimeout\na\nb\n[type]\n")


@test
def timeout_inside_a_message(run):
    run.server.bytes = frame(TEXT, "x" * 200000, fin=0)[:-7]
    run.says('let c = ws.connect("URL/frames").id\nsay ws.receive(c, 200).type\nsay ws.receive(c, 10).type', "timeout\ntimeout\n")


@test
def good_bye(run):
    run.says('let c = ws.connect("URL/silent").id\nsay ws.close(c)', "true\n")
    run.sees(CLOSE, b"\x03\xe8")
    run.says('ws.connect("URL/silent")\nsay 1', "1\n")
    run.sees(CLOSE, b"\x03\xe9")
    run.says('let c = ws.connect("URL/stubborn").id\nsay ws.close(c)\nsay ws.close(c)', "true\nfalse\n")
    run.sees(CLOSE)
    run.sees("gone")


@test
def too_many(run):
    run.fails('for i in range(70) { ws.connect("URL/silent") }', "WebSocket connect error: too many connections are open (64)")
    run.says('for i in range(70) { ws.close(ws.connect("URL/silent").id) }\nsay "ok"', "ok\n")
    run.says('for i in range(70) { let c = ws.connect("URL/lost").id\nws.receive(c)\nws.receive(c) }\nsay "ok"', "ok\n")
    run.says('for i in range(70) { try { ws.connect("URL/status/404") } catch e { } }\nsay "ok"', "ok\n")


# ---- tasks ----------------------------------------------------------------------------------------------------------

@test
def overlap(run):
    run.server.barrier = threading.Barrier(10)
    run.says("""let all = squad {
%s}
say all.unique()
""" % ('    spawn { ws.receive(ws.connect("URL/meet").id).data }\n' * 10), "[met]\n")


@test
def send_while_receiving(run):
    run.says("""let c = ws.connect("URL/late").id
let t = spawn { [ws.receive(c).data, ws.receive(c).data] }
spawn { ws.send(c, "a")
wait 0.05 seconds
ws.send(c, "b") }
say await t""", "[a, b]\n")


@test
def flood(run):
    """A message that never ends does not keep others from running."""
    run.says("""let c = ws.connect("URL/empty").id
let t = spawn { ws.receive(c, 1500)
say "end" }
wait 0.05 seconds
say "meanwhile"
await t""", "meanwhile\nend\n")


@test
def turns(run):
    """Those that receive from one connection come one after the other."""
    run.says("""let c = ws.connect("URL/late").id
let all = range(4).map(fn(i) { return spawn { ws.receive(c, i == 1 ? 30 : 20000).type } })
wait 0.1 seconds
ws.send(c, "a")
ws.send(c, "b")
wait 0.05 seconds
ws.close(c)
say await_all(all)""".replace("i == 1 ? 30 : 20000", "[20000, 30, 20000, 20000][i]"), "[text, timeout, text, close]\n")


@test
def senders(run):
    """Long messages of several tasks do not mix; pings are answered between them."""
    run.says("""let c = ws.connect("URL/echo").id
let all = ["a", "b", "c"].map(fn(x) { return spawn { ws.send(c, repeat_str(x, 3000000)) } })
let got = [1, 2, 3].map(fn(i) { return ws.receive(c).data })
say await_all(all)
say got.map(fn(x) { return x == repeat_str(x.substring(0, 1), 3000000) })""",
             "[true, true, true]\n[true, true, true]\n")


@test
def stuck(run):
    """A server that does not read: other tasks run, and the time limit ends it."""
    run.says("""let c = ws.connect("URL/stuck", {timeout: 0.5}).id
let t = spawn { let mut why = ""
try { ws.send(c, repeat_str("x", 20000000)) } catch e { why = e.message }
why }
wait 0.05 seconds
say "meanwhile"
say await t
let r = ws.receive(c)
say [r.type, r.code, r.reason]""",
             "meanwhile\nWebSocket send error: timed out\n[close, 1006, a message could not be sent as a whole]\n")
    run.server.go.set()


@test
def closed_by_another(run):
    run.says("""let c = ws.connect("URL/stubborn").id
let t = spawn { ws.receive(c).type }
wait 0.05 seconds
say ws.close(c)
say await t""", "true\nclose\n")
    run.says("""let c = ws.connect("URL/stuck").id
let t = spawn { let mut why = ""
try { ws.send(c, repeat_str("x", 20000000)) } catch e { why = e.message }
why }
wait 0.05 seconds
say ws.close(c)
say await t""", "true\nWebSocket send error: connection is closed\n")
    run.server.go.set()


@test
def cancelled(run):
    """A program that is told to stop while it waits for a server."""
    for code, remark in (('let c = ws.connect("URL/told").id\nws.send(c, "x")\nws.receive(c)', (CLOSE, b"\x03\xe9")),
                         ('ws.connect("URL/mute")', ("gone",))):
        run.server.here.clear()
        run.server.seen = queue.Queue()
        p = run.start('say "started"\n%s\nsay "never"' % code)
        assert run.server.here.wait(30)
        p.terminate()
        out, _ = p.communicate(timeout=20)
        assert out == b"started\n" and p.returncode != 0, (out, p.returncode)
        run.sees(*remark)


@test
def timeout_blocks(run):
    run.says('let c = ws.connect("URL/late").id\ntry { timeout 1 seconds { ws.receive(c) } } catch e { say e.message }\n'
             'ws.send(c, "a")\nws.send(c, "b")\nsay ws.receive(c).data',
             "timeout: operation exceeded 1 second limit\na\n")
    run.says('let c = ws.connect("URL/silent").id\nlet t = spawn { ws.receive(c) }\nsay await_timeout(t, 100)', "null\n")


# ---- TLS ------------------------------------------------------------------------------------------------------------

@test
def tls(run):
    key, crt = peer.certificate(run.place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server = Server(context)
    url = "wss://localhost:%d" % server.port
    trust = {"SSL_CERT_FILE": crt}
    try:
        run.fails('ws.connect("%s/echo")' % url, "WebSocket connect error: ", "certificate")
        run.fails('ws.connect("%s/echo")' % url.replace("localhost", "127.0.0.1"), "WebSocket connect error: ", env=trust)
        run.says('let c = ws.connect("%s/echo").id\nws.send(c, "x")\nsay ws.receive(c).data\n'
                 'let long = repeat_str("abc", 100000)\nws.send(c, long)\nsay ws.receive(c).data == long\n'
                 'say ws.receive(c, 20).type\nsay ws.close(c)' % url, "x\ntrue\ntimeout\ntrue\n", env=trust)
        server.bytes = frame(TEXT, "a") * 3000
        run.says('let c = ws.connect("%s/frames/100000").id\nsay range(3000).map(fn(i) { return ws.receive(c).data }).unique()'
                 % url, "[a]\n", env=trust)
        run.fails('let c = ws.connect("%s/stuck", {timeout: 0.5}).id\nws.send(c, repeat_str("x", 20000000))' % url,
                  "WebSocket send error: timed out", env=trust)
        server.go.set()
        run.says('let c = ws.connect("%s/silent").id\nsay 1' % url, "1\n", env=trust)
    finally:
        server.stop()


sys.exit(peer.run_all("ws", TESTS, Server, Run, Server.stop))

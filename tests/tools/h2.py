# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client for tests: many streams on one connection, and every way to leave them.

    with H2(port) as link:
        link.get(1, "/path")
        link.reset(1)
        link.get(3, "/path")
        print(link.answers([3]))                    {3: (200, b"body")}
        print(link.ask("POST", "/path", b"{}"))     (200, [("content-type", "text/plain")], b"body")
"""
import select
import socket
import ssl
import struct

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
ACK, END_STREAM, END_HEADERS, PADDED, PRIORITY = 1, 1, 4, 8, 32
ENABLE_PUSH, INITIAL_WINDOW_SIZE = 2, 4
NO_ERROR, CANCEL = 0, 8
FRAME = 16384  # what every peer takes


def octets(value):
    return value if isinstance(value, bytes) else value.encode("latin-1")


class Stream:
    def __init__(self, window):
        self.window = window  # bytes that may still be sent
        self.status, self.headers, self.interim = None, [], []
        self.body = bytearray()
        self.whole = self.over = False  # the answer has come to its end; nothing more will come
        self.error = None               # of the RST_STREAM that ended it


class H2:
    def __init__(self, port, tls=False, timeout=60, name=None):
        self.link = socket.create_connection(("127.0.0.1", port), timeout)
        self.scheme = b"http"
        if tls:
            context = ssl._create_unverified_context()
            context.set_alpn_protocols(["h2"])
            self.link = context.wrap_socket(self.link, server_hostname=name)
            assert self.link.selected_alpn_protocol() == "h2"
            self.scheme = b"https"
        self.inflater = hpack.Inflater()
        self.buffer = b""
        self.streams, self.next = {}, 1
        self.window, self.first_window = 65535, 65535
        wide = struct.pack(">HIHI", INITIAL_WINDOW_SIZE, 2**31 - 1, ENABLE_PUSH, 0)
        self.link.sendall(PREFACE + self.frame(SETTINGS, 0, 0, wide)
                          + self.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))

    @staticmethod
    def frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload

    # ---- asking

    def request(self, stream, path, headers=(), method="GET", host="localhost", end=True):
        """The frames that begin a stream, and end what is sent on it unless a body follows."""
        self.streams[stream] = Stream(self.first_window)
        pairs = [(b":method", octets(method)), (b":scheme", self.scheme), (b":path", octets(path)),
                 (b":authority", octets(host))]
        pairs += [(octets(name).lower(), octets(value)) for name, value in headers]
        block = hpack.write(pairs)
        parts = [block[at:at + FRAME] for at in range(0, len(block), FRAME)]
        out = b""
        for i, part in enumerate(parts):
            flags = (END_HEADERS if i == len(parts) - 1 else 0) | (END_STREAM if end and i == 0 else 0)
            out += self.frame(CONTINUATION if i else HEADERS, flags, stream, part)
        return out

    def get(self, stream, path, headers=()):
        self.link.sendall(self.request(stream, path, headers))

    def send(self, stream, body):
        """The rest of a request, as far and as fast as the server takes it."""
        state, at = self.streams[stream], 0
        while not state.over:
            n = min(len(body) - at, state.window, self.window, FRAME)
            if n <= 0 < len(body) - at:
                self.read()
                continue
            end = at + n == len(body)
            self.link.sendall(self.frame(DATA, END_STREAM if end else 0, stream, body[at:at + n]))
            if end:
                return
            at += n
            state.window -= n
            self.window -= n
            while self.ready() and not state.over:
                self.read()

    def reset(self, stream):
        self.link.sendall(self.frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL)))

    # ---- reading

    def ready(self):
        return bool(self.buffer or getattr(self.link, "pending", int)() or select.select([self.link], [], [], 0)[0])

    def take(self, n):
        while len(self.buffer) < n:
            part = self.link.recv(65536)
            if not part:
                raise ConnectionError("the server closed the connection")
            self.buffer += part
        part, self.buffer = self.buffer[:n], self.buffer[n:]
        return part

    def read_frame(self):
        head = self.take(9)
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        return kind, flags, stream & 0x7fffffff, self.take(int.from_bytes(head[:3], "big"))

    def read(self):
        """One frame, and what it means."""
        kind, flags, number, payload = self.read_frame()
        stream = self.streams.get(number) or Stream(0)  # what was given up may still be answered
        if kind == HEADERS:
            self.headers(stream, flags, payload)
        elif kind == DATA:
            stream.body += payload[1:len(payload) - payload[0]] if flags & PADDED else payload
        elif kind == RST_STREAM:
            stream.error, stream.over = struct.unpack(">I", payload)[0], True
        elif kind == SETTINGS and not flags & ACK:
            self.settings(payload)
        elif kind == PING and not flags & ACK:
            self.link.sendall(self.frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            size = struct.unpack(">I", payload)[0] & 0x7fffffff
            stream.window += size
            self.window += size if number == 0 else 0
        elif kind == GOAWAY:
            self.goaway(*struct.unpack(">II", payload[:8]), payload[8:])
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            stream.whole = stream.over = True

    def headers(self, stream, flags, payload):
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        block = payload[5:] if flags & PRIORITY else payload
        while not flags & END_HEADERS:
            _, flags, _, more = self.read_frame()
            block += more
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.inflater.read(block)]
        status = int(dict(pairs).get(":status", 0))
        fields = [pair for pair in pairs if not pair[0].startswith(":")]
        if 100 <= status < 200:
            stream.interim.append((status, fields))
        elif stream.status is None:  # else these are trailers
            stream.status, stream.headers = status, fields

    def settings(self, payload):
        for name, value in struct.iter_unpack(">HI", payload):
            if name == INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self.first_window
                self.first_window = value
        self.link.sendall(self.frame(SETTINGS, ACK, 0))

    def goaway(self, last, error, why):
        """A server that leaves answers what it has taken; only what it has not, or an error, is the end."""
        open_streams = [n for n, s in self.streams.items() if not s.over]
        if error or any(n > last & 0x7fffffff for n in open_streams):
            raise ConnectionError("GOAWAY %d %r" % (error, why))

    # ---- answers

    def answers(self, streams):
        """{stream: (status, body)} of all of them; status None: the server reset the stream."""
        while not all(self.streams[s].over for s in streams):
            self.read()
        ended = {s: self.streams.pop(s) for s in streams}
        return {s: (one.status, bytes(one.body)) for s, one in ended.items()}

    def finish(self, stream):
        """The stream, once it is over.  An answer that is whole stays so when the server then resets the stream since
        it wants no more of the body (RFC 9113, 8.1)."""
        state = self.streams[stream]
        while not state.over:
            self.read()
        del self.streams[stream]
        if not state.whole:
            raise ConnectionResetError("the stream was reset: error %d, status %s, %d bytes of a body"
                                       % (state.error, state.status, len(state.body)))
        return state

    def ask(self, method, path, body=None, headers=(), host="localhost"):
        """(status, headers, body) of a request on the next stream."""
        stream, self.next = self.next, self.next + 2
        self.link.sendall(self.request(stream, path, headers, method, host, body is None))
        if body is not None:
            self.send(stream, body)
        state = self.finish(stream)
        return state.status, state.headers, bytes(state.body)

    def close(self):
        self.link.close()
        self.inflater.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

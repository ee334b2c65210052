# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client for tests: many streams on one connection, and every way to leave them.

    with H2(port) as link:
        link.get(1, "/path")
        link.reset(1)
        link.get(3, "/path")
        print(link.answers([3]))      {3: (200, b"body")}
"""
import socket
import ssl
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK, END_STREAM, END_HEADERS = 1, 1, 4
CANCEL = 8
STATUS = {0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500}


def literal(text):
    return bytes([len(text)]) + text


class H2:
    def __init__(self, port, tls=False, timeout=60):
        self.link = socket.create_connection(("127.0.0.1", port), timeout)
        self.scheme = 0x86
        if tls:
            context = ssl._create_unverified_context()
            context.set_alpn_protocols(["h2"])
            self.link = context.wrap_socket(self.link)
            assert self.link.selected_alpn_protocol() == "h2"
            self.scheme = 0x87
        self.buffer = b""
        self.status, self.body, self.ended = {}, {}, set()
        wide = struct.pack(">HI", 4, 2**31 - 1)
        self.link.sendall(PREFACE + self.frame(SETTINGS, 0, 0, wide)
                          + self.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30)))

    @staticmethod
    def frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload

    def request(self, stream, path, headers=()):
        block = bytes([0x82, self.scheme]) + b"\x04" + literal(path.encode()) + b"\x01" + literal(b"localhost")
        for name, value in headers:
            block += b"\x00" + literal(name.encode()) + literal(value.encode())
        return self.frame(HEADERS, END_STREAM | END_HEADERS, stream, block)

    def get(self, stream, path, headers=()):
        self.link.sendall(self.request(stream, path, headers))

    def reset(self, stream):
        self.link.sendall(self.frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL)))

    def take(self, n):
        while len(self.buffer) < n:
            part = self.link.recv(65536)
            if not part:
                raise ConnectionError("the server closed the connection")
            self.buffer += part
        part, self.buffer = self.buffer[:n], self.buffer[n:]
        return part

    def read(self):
        """One frame."""
        head = self.take(9)
        kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0] & 0x7fffffff
        payload = self.take(int.from_bytes(head[:3], "big"))
        if kind == HEADERS and stream not in self.status:
            first = next(b for b in payload if b & 0xe0 != 0x20)  # behind changes of the table's size
            self.status[stream] = STATUS.get(first)
        elif kind == DATA:
            self.body[stream] = self.body.get(stream, b"") + payload
        elif kind == SETTINGS and not flags & ACK:
            self.link.sendall(self.frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.link.sendall(self.frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            raise ConnectionError("GOAWAY %r" % payload)
        if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
            self.ended.add(stream)

    def answers(self, streams):
        """{stream: (status, body)} of all of them; status None: another one, or the server reset the stream."""
        while not self.ended.issuperset(streams):
            self.read()
        self.ended.difference_update(streams)
        return {s: (self.status.pop(s, None), self.body.pop(s, b"")) for s in streams}

    def close(self):
        self.link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

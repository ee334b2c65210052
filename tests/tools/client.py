# SPDX-License-Identifier: Apache-2.0
"""One client for every protocol: a session is a connection that is kept, an Answer looks the same over each.

What differs by right is dealt with here: HTTP/2 names the host in :authority, writes names of headers in lower case,
and knows no headers of the connection; a server that wants no more of a body ends its stream, or closes.
"""
import http.client
import ipaddress
import json
import socket
import ssl

import h2

PROTOCOLS = ("h1", "tls", "h2")  # HTTP/1.1 in clear, HTTP/1.1 through TLS, HTTP/2 through TLS
OF_THE_CONNECTION = ("connection", "host", "keep-alive", "transfer-encoding", "upgrade")


class Answer:
    """headers: as of http.client, whatever the case of names."""

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


def named(host):
    """The name that TLS tells the server, None for an address."""
    host = host and host.rsplit(":", 1)[0]
    try:
        ipaddress.ip_address(host or "127.0.0.1")
        return None
    except ValueError:
        return host


def connect(port, secure=False, host=None, timeout=60):
    """A socket for HTTP/1.1."""
    link = socket.create_connection(("127.0.0.1", port), timeout)
    return ssl._create_unverified_context().wrap_socket(link, server_hostname=named(host)) if secure else link


def header(headers, name):
    return next((value for n, value in headers.items() if n.lower() == name), None)


class Session1(http.client.HTTPConnection):
    """HTTP/1.1; a connection that the server has closed is made again."""

    def __init__(self, port, secure, timeout=60):
        super().__init__("127.0.0.1", port, timeout)
        self.secure, self.name = secure, None

    def connect(self):
        self.sock = connect(self.port, self.secure, self.name, self.timeout)

    def ask(self, method, path, body=None, headers=None, last=False):
        headers = headers or {}
        self.name = header(headers, "host")
        self.putrequest(method, path, skip_accept_encoding=True, skip_host=self.name is not None)
        for name, value in headers.items():
            self.putheader(name, value)
        if body is not None and header(headers, "content-length") is None:
            self.putheader("Content-Length", str(len(body)))
        if last:
            self.putheader("Connection", "close")
        self.endheaders(body)
        answer = self.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Session2:
    """HTTP/2 through TLS."""

    def __init__(self, port, timeout=60):
        self.port, self.timeout, self.link = port, timeout, None

    def ask(self, method, path, body=None, headers=None, last=False):
        headers = headers or {}
        host = header(headers, "host") or "127.0.0.1:%d" % self.port
        if self.link is None:
            self.link = h2.H2(self.port, True, self.timeout, named(host))
        pairs = [(name, value.strip()) for name, value in headers.items() if name.lower() not in OF_THE_CONNECTION]
        if body is not None and header(headers, "content-length") is None:
            pairs.append(("content-length", str(len(body))))
        status, came, content = self.link.ask(method, path, body, pairs, host)
        fields = http.client.HTTPMessage()
        for name, value in came:
            fields[name] = value
        return Answer(status, fields, content)

    def close(self):
        if self.link:
            self.link.close()
        self.link = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def session(protocol, port, timeout=60):
    return Session2(port, timeout) if protocol == "h2" else Session1(port, protocol == "tls", timeout)

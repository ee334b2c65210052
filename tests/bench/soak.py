#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many requests whose clients stay: not one may be taken for one whose client has left.

Each request waits long enough for its connection to be looked at; meanwhile other requests stand behind it in the
buffers (pipelined) or run beside it (HTTP/2).  Everything over plain TCP and TLS.

usage: soak.py [--requests N] [--mpm MPM] [--seconds S]      N: 1000000; S: what a request waits, 0.006
"""
import argparse
import http.client
import os
import socket
import ssl
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools"))
import h2  # noqa: E402
import httpd  # noqa: E402

PROGRAM = """@get("/stay/:n")
fn stay(n: int) {
    wait %s seconds
    return n
}
"""
PIPELINE = 30
PAD = b"X-Pad: " + b"x" * 700 + b"\r\n"  # more requests than the server reads at once: some stay in the socket
STREAMS = 30


def connect(port, tls):
    link = socket.create_connection(("127.0.0.1", port), 60)
    return ssl._create_unverified_context().wrap_socket(link) if tls else link


def kept_alive(port, tls, path, n, wrong):
    link = connect(port, tls)
    answers = link.makefile("rb")
    for i in range(n):
        link.sendall(b"GET %s%d HTTP/1.1\r\nHost: x\r\n\r\n" % (path, i))
        check(answers, i, wrong)
    link.close()


def pipelined(port, tls, path, n, wrong):
    link = connect(port, tls)
    answers = link.makefile("rb")
    for begin in range(0, n, PIPELINE):
        batch = range(begin, min(begin + PIPELINE, n))
        link.sendall(b"".join(b"GET %s%d HTTP/1.1\r\nHost: x\r\n%s\r\n" % (path, i, PAD) for i in batch))
        for i in batch:
            check(answers, i, wrong)
    link.close()


def check(answers, i, wrong):
    status = answers.readline()
    length = 0
    while (line := answers.readline().strip()):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    body = answers.read(length)
    if b" 200 " not in status or body != b"%d" % i:
        wrong.append((status, body, i))
        if not status:
            raise http.client.HTTPException("the connection was closed")


def streams(port, tls, path, n, wrong):
    with h2.H2(port, tls) as link:
        for begin in range(0, n, STREAMS):
            batch = {2 * i + 1: i for i in range(begin, min(begin + STREAMS, n))}
            link.link.sendall(b"".join(link.request(s, path.decode() + str(i)) for s, i in batch.items()))
            for s, (status, body) in link.answers(list(batch)).items():
                if status != 200 or body != b"%d" % batch[s]:
                    wrong.append((status, body, batch[s]))


HTTP1 = [kept_alive, pipelined, kept_alive, pipelined]


def soak(ports, total, ways, path=b"/soak/stay/"):
    """What was answered wrongly, of so many requests in each of the ways; ports: {whether it speaks TLS: port}."""
    jobs = [(way, secure) for way in ways for secure in ports]
    wrong, threads = [], []

    def run(way, secure):
        try:
            way(ports[secure], secure, path, -(-total // len(jobs)), wrong)
        except Exception as e:
            wrong.append((way.__name__, secure, e))
    for job in jobs:
        threads.append(threading.Thread(target=run, args=job))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return wrong


CONFIG = """
ForgeApp /soak {root}/apps/soak.fg
ForgeReserve 0
LogLevel forge:info
"""
TLS = """
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
Listen 127.0.0.1:{tls}
<VirtualHost 127.0.0.1:{tls}>
    SSLEngine on
    SSLCertificateFile {root}/cert.pem
    SSLCertificateKeyFile {root}/key.pem
</VirtualHost>
"""
HTTP2 = "LoadModule http2_module {modules}/mod_http2.so\nProtocols h2 h2c http/1.1\n"


def server_of(mpm, seconds=0.006, **more):
    config = CONFIG + TLS + (HTTP2 if mpm != "prefork" else "")
    server = httpd.Httpd(mpm=mpm, config=config, threads=12, limit=1, bare=True, **more)
    server.put("apps/soak.fg", PROGRAM % seconds)
    server.certify()
    return server


def main():
    args = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    args.add_argument("--requests", type=int, default=1000000)
    args.add_argument("--mpm", default="event")
    args.add_argument("--seconds", type=float, default=0.006)
    args = args.parse_args()
    with server_of(args.mpm, args.seconds) as server:
        begin = time.monotonic()
        wrong = soak({False: server.port, True: server.tls}, args.requests,
                     HTTP1 + ([streams] if args.mpm != "prefork" else []))
        print("%d requests in %.0f s, %d of them wrong, %d aborted" % (
            args.requests, time.monotonic() - begin, len(wrong), server.log().count("FG0203")))
        for one in wrong[:20]:
            print(*one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

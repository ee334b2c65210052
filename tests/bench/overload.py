#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a server answers that is asked for twice what it can do.

One httpd has two virtual hosts, and the first may run CAP programs at once.  Programs that wait about WORK milliseconds,
half of that to one and a half times, are asked for, each over a new connection and whether or not others have been
answered: first seldom, so that nobody is refused and nobody waits, then twice as often as the cap allows.  All the time
somebody asks the second host for nothing much, one request after the other, and somebody else for a file of the first
one.  Times are milliseconds from the connection to the last byte; those of refusals are also taken from the server's own
log, as the client takes longer to look at one.  What misses its bar fails.

usage: overload.py [--seconds N] [--mpm worker|event|prefork]
"""
import argparse
import asyncio
import collections
import os
import random
import re
import signal
import statistics
import sys
import time

sys.dont_write_bytecode = True
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests/tools"))
import httpd  # noqa: E402

CAP, WORK, THREADS, SECONDS = 8, 50, 32, 6
APP = """@get("/work")
fn work(seconds: Float) {
    wait seconds
    return { ok: true }
}

@get("/ping")
fn ping() { return { ok: true } }
"""
CONFIG = """
LogFormat "%%D %%>s %%U" times
CustomLog {root}/times.log times
ForgeApp /forge {root}/apps/work.fg
<VirtualHost 127.0.0.1:{port}>
    ServerName one.test
    ForgeMaxConcurrent %d
</VirtualHost>
<VirtualHost 127.0.0.1:{port}>
    ServerName two.test
</VirtualHost>
""" % CAP
REQUEST = "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def stop(*words):
    sys.exit("overload: " + ": ".join(words))


async def ask(server, host, path, found):
    """Appends the milliseconds of one request to found[path, status]."""
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write((REQUEST % (path, host)).encode())
        answer = await asyncio.wait_for(reader.read(-1), 60)
    finally:
        writer.close()
    if answer[9:12] == b"503" and b"\r\nRetry-After: " not in answer:
        stop("no Retry-After", answer.decode())
    found[host, path.partition("?")[0], answer[9:12].decode()].append((time.perf_counter() - begin) * 1000)


async def ask_on(server, host, path, found, end):
    """One request after the other, with a pause that is not in step with anything."""
    while time.perf_counter() < end:
        await ask(server, host, path, found)
        await asyncio.sleep(0.0037)


async def load(server, rate, seconds):
    """{(host, path, status): [milliseconds]} of a load of `rate` programs a second beside two other clients."""
    found = collections.defaultdict(list)
    some = random.Random(1)
    begin = time.perf_counter()
    end = begin + seconds
    tasks = [asyncio.create_task(ask_on(server, "two.test", "/forge/ping", found, end)),
             asyncio.create_task(ask_on(server, "one.test", "/plain.txt", found, end))]
    for i in range(int(rate * seconds)):
        await asyncio.sleep(max(0, begin + i / rate - time.perf_counter()))
        work = "/forge/work?seconds=%.4f" % (WORK / 1000 * some.uniform(0.5, 1.5))
        tasks.append(asyncio.create_task(ask(server, "one.test", work, found)))
    await asyncio.gather(*tasks)
    return found


def percentile(times, p):
    return statistics.quantiles(times, n=100, method="inclusive")[p - 1]


def refusals(server):
    """Milliseconds that the server took to refuse, without those whom it let wait first."""
    with open(server.path("times.log")) as f:
        times = [int(m) / 1000 for m in re.findall(r"(?m)^(\d+) 503 ", f.read())]
    return [t for t in times if t < 500]


def run(server, seconds):
    capacity = CAP * 1000 / WORK
    calm = asyncio.run(load(server, capacity / 8, seconds))
    full = asyncio.run(load(server, capacity * 2, seconds))
    work, ping, file = ("one.test", "/forge/work"), ("two.test", "/forge/ping"), ("one.test", "/plain.txt")
    if any(status != "200" for _, _, status in calm) or not full[(*work, "503")]:
        stop("not what was to be measured", str({k: len(v) for k, v in (*calm.items(), *full.items())}))
    refused = refusals(server)
    print("%-34s %10s %10s %10s" % ("", "requests", "median", "p99"))
    for name, times in (("programs, seldom", calm[(*work, "200")]), ("programs let in, overload", full[(*work, "200")]),
                        ("programs refused, as seen", full[(*work, "503")]), ("programs refused, in the server", refused),
                        ("the other host, seldom", calm[(*ping, "200")]), ("the other host, overload", full[(*ping, "200")]),
                        ("a file, seldom", calm[(*file, "200")]), ("a file, overload", full[(*file, "200")])):
        print("%-34s %10d %10.3f %10.3f" % (name, len(times), statistics.median(times), percentile(times, 99)))
    served = len(full[(*work, "200")]) / seconds / capacity
    bars = [("refusals, median ms", statistics.median(refused), "<", 1.0),
            ("programs let in, p99", percentile(full[(*work, "200")], 99) / percentile(calm[(*work, "200")], 99), "<=", 1.5),
            ("served of the capacity", served, ">=", 0.9),
            ("refused on the other host", float(len(full[(*ping, "503")])), "<=", 0.0),
            ("the other host, p99", percentile(full[(*ping, "200")], 99) / percentile(calm[(*ping, "200")], 99), "<=", 3.0)]
    missed = 0
    print("\n%-34s %10s %8s" % ("", "", "bar"))
    for name, value, order, bar in bars:
        met = value >= bar if order == ">=" else value <= bar
        missed += not met
        print("%-34s %10.2f  %s %.2f%s" % (name, value, order, bar, "" if met else "  missed"))
    print("overload: %d of %d bars missed" % (missed, len(bars)))
    return 1 if missed else 0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--mpm", default="worker")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the server, too
    server = httpd.Httpd(mpm=given.mpm, config=CONFIG, threads=THREADS, limit=1, bare=True)
    server.put("apps/work.fg", APP)
    server.put("www/plain.txt", "plain\n")
    with server:
        return run(server, given.seconds)


if __name__ == "__main__":
    sys.exit(main())

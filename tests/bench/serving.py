#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many requests a second mod_forge answers, next to a handler in C, mod_lua and mod_php.

The programs (serving/, conf/examples/cpu.fg) answer the same JSON to /ping, which is the way through the server, and to
/cpu, which is 200,000 additions.  One httpd of one child with threads serves all but PHP, whose threads Debian has not:
its httpd has processes.  wrk asks all of them in turn, round by round, over 1 and over 16 connections.  The table shows
medians: requests per second, their ratio to those of the handler in C, the microseconds of processor time that the
server has taken for one, which vary less on a busy machine, and the milliseconds that one request of a hundred
exceeds.  What mod_forge misses of its bars fails.

usage: serving.py [--rounds N] [--seconds N]
"""
import argparse
import contextlib
import http.client
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests/tools"))
import httpd  # noqa: E402

HERE = os.path.join(TREE, "tests/bench/serving")
FLOOR = os.path.join(TREE, "build/bench/mod_floor.so")
ROUNDS, SECONDS, CONNECTIONS, THREADS = 9, 2, (1, 16), 64

THREADED = """
LoadModule floor_module %s
LoadModule lua_module {modules}/mod_lua.so
AddHandler lua-script .lua
LuaScope thread
LuaCodeCache forever
ForgeApp /forge {root}/apps/cpu.fg
""" % FLOOR
PHP = """
LoadModule php_module {modules}/libphp8.2.so
AddHandler application/x-httpd-php .php
"""

ANSWERS = {"ping": '{"ok":true}', "cpu": '{"ok":true,"work":200000}'}
PATHS = {"C": "/floor/%s", "mod_forge": "/forge/%s", "mod_lua": "/%s.lua", "mod_php": "/%s.php"}
# what is asked for, of whom, how many times their requests per second at least
BARS = [("ping", "C", 0.95), ("ping", "mod_lua", 1.0), ("ping", "mod_php", 1.0),
        ("cpu", "mod_lua", 1.5), ("cpu", "mod_php", 1.5)]
SLOWEST = ("mod_lua", "mod_php")  # their slowest hundredth, ours must not be slower
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def stop(*words):
    sys.exit("serving: " + ": ".join(words))


def ask(server, path):
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read().decode("utf-8", "replace")
    finally:
        link.close()


def prove(server, name):
    """Stops unless the server gives the answers that are measured."""
    for what, expected in ANSWERS.items():
        status, kind, body = ask(server, PATHS[name] % what)
        if status != 200 or kind != "application/json" or body != expected:
            stop(name, "%s is %d %s %s" % (what, status, kind, body), server.log())


def processor(server):
    """Microseconds that the server's children have computed so far."""
    ticks = 0
    for pid in server.children():
        with open("/proc/%d/stat" % pid) as f:
            ticks += sum(int(word) for word in f.read().rsplit(")", 1)[1].split()[11:13])
    return ticks * 1e6 / os.sysconf("SC_CLK_TCK")


def wrk(server, path, connections, seconds):
    """(requests per second, milliseconds that a hundredth exceeds, microseconds of processor time for one)"""
    url = server.url + path
    before = processor(server)
    text = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", url], check=True,
                          capture_output=True, text=True, timeout=seconds + 60).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        stop(url, text)
    spent = processor(server) - before
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return (float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), float(number) * UNITS[unit],
            spent / int(re.search(r"(\d+) requests in", text).group(1)))


def measure(servers, rounds, seconds):
    """{(what, name, connections): (requests per second, p99, processor time)}, medians."""
    found = {}
    for _ in range(rounds):
        for what in ANSWERS:
            for connections in CONNECTIONS:
                for name, server in servers.items():
                    times = found.setdefault((what, name, connections), [])
                    times.append(wrk(server, PATHS[name] % what, connections, seconds))
    return {key: tuple(statistics.median(column) for column in zip(*times)) for key, times in found.items()}


def show(found, names):
    print("%-16s" % "" + "".join("%14d connection%s                      " % (c, " " if c == 1 else "s")
                                 for c in CONNECTIONS))
    print("%-16s" % "" + "%14s %9s %10s %12s" % ("requests/s", "x C", "cpu us", "p99 ms") * len(CONNECTIONS))
    for what in ANSWERS:
        for name in names:
            row = "%-5s %-10s" % (what, name)
            for c in CONNECTIONS:
                speed, slow, spent = found[what, name, c]
                row += "%14.0f %9.2f %10.2f %12.3f" % (speed, speed / found[what, "C", c][0], spent, slow)
            print(row)


def judge(found, names):
    """The table of bars; how many are missed."""
    rows = []
    for what, name, bar in BARS:
        for c in CONNECTIONS if name in names else []:
            ratio = found[what, "mod_forge", c][0] / found[what, name, c][0]
            rows.append((what, "requests/s", name, c, ratio, ">=", bar, ratio < bar))
    for what in ANSWERS:
        for name in SLOWEST:
            for c in CONNECTIONS if name in names else []:
                ratio = found[what, "mod_forge", c][1] / found[what, name, c][1]
                rows.append((what, "p99", name, c, ratio, "<=", 1.0, ratio > 1.0))
    print("\n%-5s %-10s %10s %12s %8s %8s" % ("forge", "", "x", "connections", "ratio", "bar"))
    for what, unit, name, c, ratio, order, bar, missed in rows:
        print("%-5s %-10s %10s %12d %8.2f  %s %4.2f%s" % (
            what, unit, name, c, ratio, order, bar, "  missed" if missed else ""))
    missed = sum(row[-1] for row in rows)
    print("serving: %d of %d bars missed" % (missed, len(rows)))
    return missed


def prepare(names):
    """{name: the server that answers for it}, not yet started."""
    threaded = httpd.Httpd(mpm="worker", config=THREADED, threads=THREADS, limit=1, bare=True)
    threaded.add("conf/examples/cpu.fg")
    processes = httpd.Httpd(mpm="prefork", config=PHP, threads=THREADS // 2, limit=2, module=False, bare=True)
    for name in os.listdir(HERE):
        server = {".lua": threaded, ".php": processes}.get(os.path.splitext(name)[1])
        if server:
            with open(os.path.join(HERE, name), "rb") as f:
                server.put("www/" + name, f.read())
    return {name: processes if name == "mod_php" else threaded for name in names}


def run(servers, rounds, seconds):
    if "mod_php" in servers and ask(servers["mod_php"], "/setup.php")[2] != "true":
        stop("mod_php", "opcache is off")
    for name, server in servers.items():
        prove(server, name)
    found = measure(servers, rounds, seconds)
    show(found, servers)
    return 1 if judge(found, servers) else 0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seconds", type=int, default=SECONDS)
    given = options.parse_args()
    if not shutil.which("wrk") or not os.path.exists(FLOOR):
        stop("wrk or build/bench/mod_floor.so is missing: make bench")
    names = list(PATHS)
    if not os.path.exists(os.path.join(httpd.query("LIBEXECDIR"), "libphp8.2.so")):
        print("serving: mod_php is not installed")
        names.remove("mod_php")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends the servers, too
    servers = prepare(names)
    with contextlib.ExitStack() as stack:
        for server in set(servers.values()):
            stack.enter_context(server)
        return run(servers, given.rounds, given.seconds)


if __name__ == "__main__":
    sys.exit(main())

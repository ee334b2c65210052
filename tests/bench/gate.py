#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The concurrency gate: ONE child of 4 threads runs two programs on two cores at the same time.

Two clients with the same number of requests each must not take longer than 1.4 times one client alone.  Then the gate
proves that it can fail: a server with one thread, and one whose process is bound to one core, must not pass.
"""
import http.client
import multiprocessing
import os
import statistics
import sys
import time

sys.dont_write_bytecode = True
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests/tools"))
import httpd  # noqa: E402

LIMIT, ROUNDS, SECONDS = 1.4, 9, 0.15
PATHS = ("/cpu/cpu", "/cpu/closure")


def client(port, path, requests, start, end):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    link.connect()
    start.wait()
    for _ in range(requests):
        link.request("GET", path)
        answer = link.getresponse()
        assert b'200000' in answer.read() and answer.status == 200
    link.close()
    end.wait()


def wall(port, path, requests, clients):
    start, end = multiprocessing.Barrier(clients + 1), multiprocessing.Barrier(clients + 1)
    workers = [multiprocessing.Process(target=client, args=(port, path, requests, start, end)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    try:
        start.wait(30)
        begin = time.perf_counter()
        end.wait(120)
        return time.perf_counter() - begin
    finally:
        for worker in workers:
            worker.join(5)
            worker.kill()


def requests_for(port, path):
    """How many requests one client needs for a measurement that is long enough."""
    wall(port, path, 5, 1)
    return max(10, int(SECONDS / (wall(port, path, 20, 1) / 20)))


def ratio(threads, cores):
    """The median ratio of two clients to one, for each path."""
    server = httpd.Httpd(mpm="worker", config="ForgeApp /cpu {root}/apps/cpu.fg\n", threads=threads, limit=1)
    server.add("conf/examples/cpu.fg")
    found = {}
    with server:
        for child in server.children() if cores else []:
            for task in os.listdir("/proc/%d/task" % child):
                os.sched_setaffinity(int(task), cores)
        for path in PATHS:
            count, one, two = requests_for(server.port, path), [], []
            for _ in range(ROUNDS):
                one.append(wall(server.port, path, count, 1))
                two.append(wall(server.port, path, count, 2))
            found[path] = statistics.median(t / o for o, t in zip(one, two))
            print("  %-13s %4d requests: one client %6.1f ms, two %6.1f ms, ratio %.2f" % (
                path, count, 1000 * statistics.median(one), 1000 * statistics.median(two), found[path]))
    return found


def main():
    if len(os.sched_getaffinity(0)) < 2:
        print("gate: skipped, it needs two cores")
        return 0
    failed = 0
    print("one child, 4 threads: must pass (at most %.1f)" % LIMIT)
    failed += sum(r > LIMIT for r in ratio(4, None).values())
    print("one child, one thread: must fail")
    failed += sum(r <= LIMIT for r in ratio(1, None).values())
    print("one child, 4 threads bound to one core: must fail")
    failed += sum(r <= LIMIT for r in ratio(4, {min(os.sched_getaffinity(0))}).values())
    print("gate: %s" % ("FAILED" if failed else "passed"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts under load lose no request and no memory."""
import os
import ssl
import threading

import pytest

from conftest import ASAN, MPM, PROTOCOL

RESTARTS = 8 if ASAN else 50
# A child of the event MPM that leaves closes connections of HTTP/2 whose requests it has not yet taken, also without
# this module: those requests have not been run.
CLOSES = MPM == "event" and PROTOCOL == "h2"


def memory(pid):
    """KiB of the process that are its own, the number of its mappings, and of its open files."""
    with open("/proc/%d/smaps_rollup" % pid) as f:
        anonymous = next(int(line.split()[1]) for line in f if line.startswith("Anonymous:"))
    with open("/proc/%d/maps" % pid) as f:
        return anonymous, len(f.readlines()), len(os.listdir("/proc/%d/fd" % pid))


@pytest.mark.may_log("AH00144")
def test_graceful_restarts_under_load(fresh):
    server = fresh("ForgeApp /t {root}/apps/main.fg\nForgeApp /api {root}/apps/api.fg\nInclude {root}/forge.conf\n",
                   {"www/x.fg": "say 1\n"}, ["tests/http/apps/main.fg", "conf/examples/api.fg"], limit=6)
    paths = ["/t/shelf/1", "/api/hello/x", "/x.fg", "/t/captured"]
    done, failures, closed, counts = threading.Event(), [], [], [0, 0, 0]

    def load(number):
        while not done.is_set():
            path = paths[counts[number] % len(paths)]
            counts[number] += 1
            name = "load-%d-%d" % (number, counts[number])
            try:
                answer = server.get(path, {"X-Request-Id": name}, timeout=30)
                if answer.status != 200:
                    failures.append("%s: %r" % (path, answer))
            except (ConnectionError, ssl.SSLError) as e:
                (closed if CLOSES else failures).append((name, path, e))
            except Exception as e:
                failures.append((name, path, e))
    threads = [threading.Thread(target=load, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        sizes = []
        for n in range(RESTARTS):
            server.graceful()
            server.wait(lambda: min(counts) > n + 1, 30, "nobody asks")
            sizes.append(memory(server.pid))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[:5]
    assert not [one for one in closed if "id=%s " % one[0] in server.access()], closed
    assert len(closed) <= sum(counts) // 10, closed
    assert server.alive()
    warm = RESTARTS // 4
    assert sizes[-1][0] < sizes[warm][0] + (65536 if ASAN else 1024), sizes
    assert sizes[-1][1] <= sizes[warm][1] + (100 if ASAN else 4), sizes
    assert sizes[-1][2] <= sizes[warm][2], sizes


def test_stop_and_start_again(fresh):
    server = fresh("ForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    server.stop()
    server.start()
    assert server.get("/t/one").status == 200

# SPDX-License-Identifier: Apache-2.0
"""A child does not grow from request to request."""
import os

import pytest

from conftest import ASAN, MPM, PROTOCOL

APP = """let table = range(5000).map(fn(i) { return "entry {i}" })
db.open(":memory:")

@get("/x/:n")
fn x(n: Int) {
    let found = range(50).map(fn(i) { return table[i + n % 100] + "!" })
    return { n: n, sum: found.len() }
}
"""
PAGE = "let list = range(100).map(fn(i) { return \"item {i}\" })\nsay join(list, \",\")\n"
CONFIG = """
ForgeAllow db fs.read fs.write
ForgeReload 0
ForgeApp /app {root}/apps/app.fg
Include {root}/forge.conf
"""
REQUESTS = 6000
THREADS = 1 if MPM == "prefork" else 4


def memory(pid):
    """KiB that are the process's own."""
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(("Private_", "Anonymous")))


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def mappings(pid):
    with open("/proc/%d/maps" % pid) as f:
        return len(f.read().splitlines())


def ask(server, n):
    with server.session() as session:
        for i in range(n):
            path = "/app/x/%d" % i if i % 2 else "/page.fg"
            assert session.ask("GET", path).status == 200, path


@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_requests(fresh):
    server = fresh(CONFIG, {"apps/app.fg": APP, "www/page.fg": PAGE}, threads=THREADS, limit=1)
    (pid,) = server.children()
    ask(server, REQUESTS)
    before = memory(pid), descriptors(pid), mappings(pid)
    ask(server, REQUESTS)
    # A connection that is not closed yet has some.
    server.wait(lambda: descriptors(pid) <= before[1] + 2, 20, "more descriptors")
    after = memory(pid), descriptors(pid), mappings(pid)
    # Another thread may answer, which has taken nothing yet; those of mod_http2 come and go, with what they keep.
    growth, more_mappings = {"h1": (512, 2), "tls": (1024, 2), "h2": (4096, 12)}[PROTOCOL]
    assert after[0] - before[0] <= max(growth, 2048 if ASAN else 0), (before, after)
    assert after[2] - before[2] <= more_mappings, (before, after)

# SPDX-License-Identifier: Apache-2.0
"""What programs cost in memory: a template once for all children, a worker thread little."""
import concurrent.futures
import re

import pytest

from conftest import ASAN, MPM, PROTOCOL

APP = """let table = range(200000).map(fn(i) { return "entry {i}" })

@get("/entry/:n")
fn entry(n: Int) {
    return { entry: table[n] }
}
"""
TABLE = 5000  # KiB at least that the table takes
KEPT = {"h1": 128, "tls": 224, "h2": 256}  # KiB of a thread: through TLS, httpd keeps 90 more of them for a file, too


def mappings(pid):
    """(name, inode, {field: KiB}) of each mapping of a process."""
    found = []
    with open("/proc/%d/smaps" % pid) as f:
        for line in f:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                fields = line.split(None, 5) + [""]
                found.append((fields[5].strip(), fields[4], {}))
            elif line.split()[1].isdigit():
                found[-1][2][line.split()[0].rstrip(":")] = int(line.split()[1])
    return found


def anonymous(pid):
    return sum(sizes["Anonymous"] for _, _, sizes in mappings(pid))


def ask_all(server, paths):
    """Every thread of the server has work at once."""
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for answer in pool.map(server.get, paths):
            assert answer.status == 200, answer


@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_a_template_exists_once(fresh):
    more = {"threads": 4} if MPM == "prefork" else {"threads": 4, "children": 3, "limit": 3}
    server = fresh("ForgeReserve 0\nForgeApp /big {root}/apps/big.fg\n", {"apps/big.fg": APP}, **more)
    ask_all(server, ["/big/entry/%d" % (n * 397 % 200000) for n in range(500)])
    children = server.children()
    assert len(children) >= 3
    inodes, sizes = set(), []
    for pid in children:
        ((_, inode, template),) = [m for m in mappings(pid) if "forge-template" in m[0]]
        inodes.add(inode)
        sizes.append(template["Rss"])
        assert template["Anonymous"] == 0, template  # no page is the child's own
        if not ASAN:  # nor does it have a copy elsewhere
            assert anonymous(pid) < TABLE, anonymous(pid)
    assert len(inodes) == 1 and max(sizes) > TABLE, (inodes, sizes)


@pytest.mark.may_log("server reached MaxRequestWorkers")
@pytest.mark.skipif(ASAN, reason="the address sanitizer has memory of its own for each thread")
@pytest.mark.skipif(MPM == "prefork", reason="there a child has one thread")
def test_an_idle_thread_keeps_little(fresh):
    """What a child has beyond that of a child with fewer threads, after all have worked."""
    def child(threads):
        server = fresh("ForgeReserve 0\nForgeApp /api {root}/apps/api.fg\n", apps=["conf/examples/api.fg"], threads=threads, limit=1)
        for _ in range(4 if PROTOCOL == "h1" else 2):  # a handshake takes its time
            ask_all(server, ["/api/hello/x"] * 16 * threads)
        (pid,) = server.children()
        return anonymous(pid)
    few, many = 8, 64
    least = min(child(few) for _ in range(2))
    assert (child(many) - least) / (many - few) <= KEPT[PROTOCOL]

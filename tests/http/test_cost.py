# SPDX-License-Identifier: Apache-2.0
"""What one small request takes: a block of memory, which the next one takes again, and no system call beyond httpd's."""
import pytest

from conftest import ASAN, PROTOCOL

REQUESTS = 400
# The smallest limit: it has no room for a second block.
LEAST = "ForgeMaxMemory 65536\nForgeApp /cpu {root}/apps/cpu.fg\nForgeApp /more {root}/apps/more.fg\n"
MORE = """@get("/fits")
fn fits() { return { n: range(100).map(fn(i) { return "entry {i}" }).len() } }

@get("/exceeds")
fn exceeds() { return { n: range(2000).map(fn(i) { return "entry {i}" }).len() } }
"""


def ping(session):
    answer = session.ask("GET", "/cpu/ping")
    assert (answer.status, answer.body) == (200, b'{"ok":true}')


def counters(server):
    """Calls of read and of write, and page faults, of all children so far."""
    counts = []
    for pid in server.children():
        with open("/proc/%d/io" % pid) as f:
            io = dict(line.split(": ") for line in f.read().splitlines())
        with open("/proc/%d/stat" % pid) as f:
            faults = int(f.read().rsplit(")", 1)[1].split()[7])
        counts.append((int(io["syscr"]), int(io["syscw"]), faults))
    return [sum(column) for column in zip(*counts)]


@pytest.mark.logs(r"FG\d{4}: .*/apps/more.fg:5:")
def test_a_request_fits_into_a_block(fresh):
    server = fresh(LEAST, {"apps/more.fg": MORE}, apps=["conf/examples/cpu.fg"])
    assert server.get("/cpu/ping").json == {"ok": True}
    assert server.get("/more/fits").json == {"n": 100}
    assert server.get("/more/exceeds").status == 500


def test_requests_take_what_is_there(fresh):
    """On a connection that is kept, a request reads, finds nothing more to read, and writes once.  The threads of
    mod_http2 wake one another by reading and writing, too: there it is as much as for a file."""
    server = fresh("ForgeApp /cpu {root}/apps/cpu.fg\n", {"www/plain.txt": "plain"}, apps=["conf/examples/cpu.fg"],
                   limit=1, bare=True)
    try:
        counters(server)
    except OSError:
        pytest.skip("the system does not tell what a process does")

    def cost(ask):
        with server.session() as session:
            for _ in range(20):
                ask(session)
            before = counters(server)
            for _ in range(REQUESTS):
                ask(session)
            return [now - then for now, then in zip(counters(server), before)]
    reads, writes, faults = cost(ping)
    most_reads, most_writes = 2 * REQUESTS, REQUESTS
    if PROTOCOL == "h2":
        most_reads, most_writes, _ = cost(lambda session: session.ask("GET", "/plain.txt"))
        most_writes += REQUESTS // 10
    assert reads <= most_reads + 10, (reads, most_reads)
    assert writes <= most_writes + 10, (writes, most_writes)
    if not ASAN:  # its allocator does not hand out again what was just given back
        # Each thread that answers for the first time takes memory, and mod_http2 starts them as it likes.
        assert faults <= REQUESTS // (2 if PROTOCOL == "h2" else 10), faults

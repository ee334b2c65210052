# SPDX-License-Identifier: Apache-2.0
"""What a child keeps of scripts: no tenant pushes out what others have."""
import concurrent.futures

import pytest

from conftest import MPM

CONFIG = """
ForgeCacheSize %d
ForgeReserve 0
ForgeReload 0
Include {root}/forge.conf
<VirtualHost *:{port}>
    ServerName main
</VirtualHost>
<VirtualHost *:{port}>
    ServerName quiet
</VirtualHost>
<VirtualHost *:{port}>
    ServerName loud
</VirtualHost>
"""
APP = """log.warn("built %s")
let list = range(2000).map(fn(i) { "entry {i} of a list that takes room" })
@get("/")
fn root() { return list.len() }
"""
BUILT = r"FG0402: .*built (\w+)"


class Counted:
    def __init__(self, server):
        self.server, self.lines = server, []

    def ask(self, host, name):
        answer = self.server.get("/%s.fg" % name, {"Host": host})
        assert (answer.status, answer.body) == (200, b"2000")

    def built(self, name):
        return self.server.log().count("built %s" % name)


@pytest.fixture
def counted(fresh):
    def start(size, names):
        files = {"www/%s.fg" % name: APP % name for name in names}
        return Counted(fresh(CONFIG % size, files, limit=1, threads=1 if MPM == "prefork" else 8))
    return start


@pytest.mark.logs(BUILT)
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_one_who_asks_for_much_pushes_out_his_own(counted):
    loud = ["loud%d_" % i for i in range(40)]
    c = counted(4 << 20, loud + ["quiet1_", "quiet2_"])
    for name in ("quiet1_", "quiet2_"):
        c.ask("quiet", name)
    for _ in range(2):
        for name in loud:
            c.ask("loud", name)
    for name in ("quiet1_", "quiet2_"):
        c.ask("quiet", name)
        assert c.built(name) == 1, name
    assert c.built(loud[0]) == 2  # 40 of them do not fit


@pytest.mark.logs(BUILT)
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_what_was_used_last_stays(counted):
    names = ["one_", "two_"] + ["more%d_" % i for i in range(30)]
    c = counted(4 << 20, names)
    for name in names:
        c.ask("loud", "one_")
        c.ask("loud", name)
    assert c.built("one_") == 1
    c.ask("loud", "two_")
    assert c.built("two_") == 2


@pytest.mark.logs(BUILT)
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_one_script_always_fits(counted):
    c = counted(1, ["one_", "two_"])
    for _ in range(3):
        c.ask("loud", "one_")
    assert c.built("one_") == 1
    c.ask("loud", "two_")
    c.ask("loud", "one_")
    assert (c.built("one_"), c.built("two_")) == (2, 1)


@pytest.mark.logs(BUILT)
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_the_same_file_for_two_hosts(counted):
    c = counted(64 << 20, ["one_"])
    for _ in range(3):
        c.ask("loud", "one_")
        c.ask("quiet", "one_")
    assert c.built("one_") == 2


@pytest.mark.logs(BUILT)
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_many_ask_at_once(counted):
    """A script is built once however many wait for it."""
    c = counted(64 << 20, ["one_"])
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: c.ask("loud", "one_"), range(64)))
    children = len(c.server.children())
    assert 1 <= c.built("one_") <= children


@pytest.mark.logs(r"FG0101: ", r"FG0211: ")
@pytest.mark.may_log("server reached MaxRequestWorkers")
def test_a_broken_script_is_built_once(fresh):
    server = fresh("ForgeReload 0\nInclude {root}/forge.conf\n", {"www/bad.fg": "let = 1\n"}, limit=1)
    for _ in range(5):
        assert server.get("/bad.fg").status == 500
    assert server.log().count("FG0101: the script is broken") <= len(server.children())
    server.put("www/bad.fg", "say 1\n")
    assert server.get("/bad.fg").status == 200

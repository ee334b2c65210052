# SPDX-License-Identifier: Apache-2.0
"""What is done once for all children: the top level of an app, and the template that it leaves."""
import os

import pytest

from conftest import MPM

APP = """log.warn("the top level ran")
fs.write("made", "by the top level")
let drawn = math.random_int(1, 1000000000)

@get("/drawn")
fn show() { return drawn }

@get("/draw")
fn draw() { return math.random_int(1, 1000000000) }
"""
CONFIG = "ForgeReserve 0\nForgeAllow fs.write\nForgeRoot {root}/data\nForgeApp /a {root}/apps/a.fg\n"
RAN = "the top level ran"
SHAPE = {"threads": 4} if MPM == "prefork" else {"threads": 4, "children": 3, "limit": 3}


@pytest.fixture
def started(fresh):
    def writable(server):
        os.makedirs(server.path("data"), exist_ok=True)
        os.chmod(server.path("data"), 0o777)
    return fresh(CONFIG, {"apps/a.fg": APP}, before=writable, **SHAPE)


@pytest.mark.logs("FG0402: .*" + RAN)
def test_the_top_level_runs_once(started):
    """At a start, and at each restart, however many children there are."""
    started.wait(lambda: len(started.children()) >= 3, 20, "there are fewer children")
    assert started.log().count(RAN) == 1
    assert len({started.get("/a/drawn").json for _ in range(40)}) == 1
    started.graceful()
    assert started.log().count(RAN) == 2
    assert len({started.get("/a/drawn").json for _ in range(40)}) == 1


@pytest.mark.logs("FG0402: .*" + RAN)
def test_requests_draw_numbers_of_their_own(started):
    """Neither children nor forks repeat one another's."""
    drawn = [started.get("/a/draw").json for _ in range(60)]
    assert len(set(drawn)) == 60


@pytest.mark.skipif(os.getuid() != 0, reason="httpd was not started by root")
@pytest.mark.logs("FG0402: .*" + RAN)
def test_no_program_runs_as_root(started):
    state = os.stat(started.path("data/made"))
    assert state.st_uid != 0 and state.st_gid != 0


@pytest.mark.logs("FG0402: .*" + RAN)
def test_nobody_can_write_to_a_template(started):
    """It is mapped for reading, in the parent and in every child."""
    assert started.get("/a/drawn").status == 200
    for pid in started.children() + [started.pid]:
        with open("/proc/%d/maps" % pid) as f:
            modes = [line.split()[1] for line in f if "forge-template" in line]
        assert modes == ["r--s"], (pid, modes)


@pytest.mark.logs("FG0402: .*" + RAN)
def test_a_configuration_test_runs_no_top_level(started):
    os.remove(started.path("data/made"))
    done = started.apache("-t")
    assert done.returncode == 0 and RAN not in done.stderr + done.stdout
    assert not os.path.exists(started.path("data/made"))
    assert started.log().count(RAN) == 1

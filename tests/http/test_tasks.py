# SPDX-License-Identifier: Apache-2.0
"""Tasks of a request: they run while it waits, end with it, and stop when nobody wants the answer."""
import concurrent.futures

import pytest


def test_tasks_of_a_request(site):
    for _ in range(3):  # its variables are the request's own, and each task has copies of them
        assert site.get("/t/tasks/squad").json == {"results": [4, 9], "jobs": 0}
    assert site.get("/t/tasks/channel").json == [0, 1, 2, 3, 4]
    assert site.get("/t/tasks/timeout").json == "timeout: operation exceeded 0.05 second limit"


@pytest.mark.logs(r"FG0201: .*task error: index out of bounds", r"FG0201: .* in the task that was started at line \d+")
@pytest.mark.may_log(r"FG0201: ")
def test_error_in_a_task(site):
    assert site.get("/t/tasks/error").status == 500


def test_tasks_end_with_their_request(site):
    assert site.get("/t/tasks/forgotten", timeout=20).json == "answered"


def test_waiting_tasks_stop_when_the_client_leaves(site):
    """More of them than there are workers: if they went on, nobody could answer the last request."""
    links = []
    for _ in range(12):
        link = site.connect(10)
        link.sendall(b"GET /t/tasks/forever HTTP/1.1\r\nHost: x\r\n\r\n")
        links.append(link)
    for link in links:
        link.close()
    assert site.get("/t/tasks/channel", timeout=30).status == 200


def test_many_requests_with_tasks_at_once(site):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: site.get("/t/tasks/squad").json, range(40)))
    assert answers == [{"results": [4, 9], "jobs": 0}] * 40


@pytest.mark.logs(r"FG0008: .*apps/app\.fg", r"FG0008: .*www/script\.fg")
def test_background_blocks_are_announced(fresh):
    text = 'schedule every 1 seconds { say "tick" }\n@get("/")\nfn f() { return 1 }\n'
    server = fresh("ForgeApp /a {root}/apps/app.fg\nInclude {root}/forge.conf\n",
                   {"apps/app.fg": text, "www/script.fg": text})
    assert server.get("/a/").json == 1
    assert server.get("/script.fg/").json == 1

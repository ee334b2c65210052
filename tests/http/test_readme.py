# SPDX-License-Identifier: Apache-2.0
"""The programs in README.md do what is said of them."""
import re

import pytest

from conftest import tree


def programs():
    """The indented parts that are programs."""
    parts = re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", tree("README.md"))
    texts = [re.sub(r"(?m)^    ", "", part).strip() + "\n" for part in parts]
    return [text for text in texts if re.match(r"@|set |if ", text)]


def test_there_are_programs():
    assert len(programs()) >= 6


@pytest.mark.may_log("FG0101: ", "FG0211: ")
def test_all_can_be_built(fresh):
    server = fresh("Include {root}/forge.conf\n", {"www/p%d.fg" % n: text for n, text in enumerate(programs())})
    for n, text in enumerate(programs()):
        assert server.get("/p%d.fg" % n).status in (200, 404), (text, server.log())


@pytest.mark.may_log("FG0207: ")
def test_the_first_route(fresh):
    text = next(text for text in programs() if "/hello/:name" in text)
    server = fresh("ForgeApp /first {root}/apps/first.fg\n", {"apps/first.fg": text})
    said = tree("README.md")
    path, answer = re.search(r"`GET (/first/\S+)` answers `(.*?)`", said).groups()
    assert server.get(path).text == answer
    query = re.search(r"; `(\w+=\w+)` is a 400 that names `(\w+)`", said)
    answer = server.get(path.split("?")[0] + "?" + query.group(1))
    assert answer.status == 400 and query.group(2) in answer.json["error"]

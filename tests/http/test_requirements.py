# SPDX-License-Identifier: Apache-2.0
"""tests/REQUIREMENTS.md names tests that exist."""
import os
import re

import pytest

from conftest import httpd, tree

TESTS = os.path.join(httpd.TREE, "tests")
HEAD = ("| what is promised | where it is tested |", "|---|---|")
ROW = re.compile(r"\| ([^|]+) \| ([^|]+) \|$")
REASON = re.compile(r"Not (yet|done|tested): .{20,}\.$")


def rows():
    """[(promise, where it is tested)] of the list."""
    lines = [line for line in tree("tests/REQUIREMENTS.md").splitlines() if line.startswith("|") and line not in HEAD]
    found = [ROW.match(line) for line in lines]
    assert all(found), [line for line, m in zip(lines, found) if not m]
    return [m.groups() for m in found]


def places(cell):
    """[(file, test or None)] that a cell names; None for a reason."""
    if REASON.match(cell):
        return None
    found = re.findall(r"`([^`]+)`", cell)
    assert found and ", ".join("`%s`" % f for f in found) == cell, cell
    return [tuple(f.split("::")) if "::" in f else (f, None) for f in found]


def has(text, kind, name):
    """Whether a file defines a test; one of cmocka is also run."""
    if kind == ".py":
        return re.search(r"^(async )?def %s\(" % re.escape(name), text, re.M)
    defined = re.search(r"^static void %s\(void \*\*" % re.escape(name), text, re.M)
    return defined and len(re.findall(r"\b%s\b" % re.escape(name), text)) > 1


def missing(cell):
    for file, test in places(cell) or []:
        path = os.path.join(TESTS, file)
        if not os.path.isfile(path):
            yield file
            continue
        kind = os.path.splitext(file)[1]
        if test and (kind not in (".py", ".c") or not has(tree("tests/" + file), kind, test)):
            yield file + "::" + test


@pytest.mark.parametrize("cell, what", [
    ("`http/test_requirements.py::test_of_nothing`", ["http/test_requirements.py::test_of_nothing"]),
    ("`http/test_none.py`, `unit/test_router.c::test_int`", ["http/test_none.py"]),
    ("`unit/test_router.c::look`", ["unit/test_router.c::look"]),
    ("`lang/lib/json.fg::x`", ["lang/lib/json.fg::x"]),
    ("`unit/test_router.c::test_int`, `lang/lib/json.fg`", []),
])
def test_what_is_missing_is_seen(cell, what):
    assert list(missing(cell)) == what


@pytest.mark.parametrize("cell", ["", "somewhere", "Not done.", "`http/test_log.py` and more",
                                  "Later: it belongs to something else."])
def test_every_row_says_where_or_why(cell):
    with pytest.raises(AssertionError):
        places(cell)


def test_the_list():
    found = rows()
    assert len(found) > 100
    wrong = {promise: list(missing(cell)) for promise, cell in found}
    assert not {promise: what for promise, what in wrong.items() if what}


def test_nothing_is_promised_twice():
    promises = [promise for promise, _ in rows()]
    assert len(set(promises)) == len(promises)


def test_pytest_runs_what_is_named():
    """A function whose name does not begin with test_ is no test."""
    named = {place for _, cell in rows() for place in places(cell) or [] if place[0].startswith("http/test_")}
    assert not [place for place in named if place[1] and not place[1].startswith("test_")]

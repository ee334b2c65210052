#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`forge fmt` on texts with known results, and on every program there is.

    tests/format/NAME.in    formats to tests/format/NAME.out, which formats to itself
    every .fg file          that parses keeps all its bytes but blanks, line ends and semicolons, and formatting it
                            again changes nothing
    tests/lang/**/*.fg      give what they are expected to give when they are formatted

usage: fmt_test.py FORGE
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lang

TREE = lang.TREE
FORGE = os.path.abspath(sys.argv[1])


def formatted(text):
    """The formatted text, or None if it does not parse."""
    done = subprocess.run([FORGE, "fmt", "-"], input=text, capture_output=True, timeout=60)
    if b"fault of forge fmt" in done.stderr or done.returncode not in (0, 1):
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout if done.returncode == 0 else None


def read(path):
    with open(path, "rb") as f:
        return f.read()


def goldens():
    folder = os.path.join(TREE, "tests/format")
    for name in sorted(os.listdir(folder)):
        base, kind = os.path.splitext(os.path.join(folder, name))
        if kind == ".in":
            yield base


def golden(base):
    want, have = read(base + ".out"), formatted(read(base + ".in"))
    if have is None:
        return "does not parse"
    for number, (a, b) in enumerate(zip(want.split(b"\n"), have.split(b"\n")), 1):
        if a != b:
            return "line %d\n  expected: %r\n  got:      %r" % (number, a, b)
    if want != have:
        return "has %d bytes, not %d" % (len(have), len(want))
    return None if formatted(want) == want else "the result is no fixed point"


def bare(text):
    return re.sub(rb"[\s;]", b"", text.removeprefix(b"\xef\xbb\xbf"))


def programs():
    for top in "tests", "conf":
        for folder, _, names in sorted(os.walk(os.path.join(TREE, top))):
            for name in sorted(names):
                if name.endswith(".fg"):
                    yield os.path.join(folder, name)


def kept(path):
    text = read(path)
    once = formatted(text)
    if once is None:
        return None
    if bare(once) != bare(text):
        return "other bytes than blanks changed"
    if re.search(rb"[ \t]\n", re.sub(rb'""".*?"""', b'""', once, flags=re.S)):
        return "a line ends in blanks"
    return None if formatted(once) == once else "formatting it again changes it"


def run_formatted(copy, path):
    """As before, but for where things stand in the text."""
    expected = re.sub(r"(?m)^// expect error: .*([│╭]|, col \d+).*$", "// expect error:", lang.read(os.path.join(TREE, path)))
    return lang.run(FORGE, path, copy, expected)


def each(pool, what, function, items, name):
    items, failed = list(items), 0
    for item, fault in zip(items, pool.map(function, items)):
        if fault:
            failed += 1
            print("FAIL %s: %s" % (name(item), fault.rstrip()))
    print("fmt, %s: %d passed, %d failed" % (what, len(items) - failed, failed))
    return failed


def main():
    relative = lambda path: os.path.relpath(path, TREE)
    copy = tempfile.mkdtemp(prefix="forge-fmt-")
    try:
        shutil.copytree(os.path.join(TREE, "tests/lang"), copy + "/tests/lang")
        subprocess.run([FORGE, "fmt"], cwd=copy, capture_output=True, timeout=300)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            failed = each(pool, "texts", golden, goldens(), relative)
            failed += each(pool, "files", kept, programs(), relative)
            failed += each(pool, "programs", lambda p: run_formatted(copy, p), lang.programs(""), str)
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())

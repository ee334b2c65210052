#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run tests/lang/**/*.fg with each forge given; a program carries its expectations in comments.
Folders called `files` hold what the programs beside them import.

    // expect: TEXT          one line of standard output, exactly; in order, and there are no others
    // expect error: TEXT    the program ends with status 1 and TEXT occurs in standard error
    // expect exit: N        the program ends with status N
    // warn: TEXT            a warning of the checker for this line, or where the comment stands alone for any;
                             in order, and there are no others

usage: lang.py FORGE... [-- PATTERN]     only files whose path contains PATTERN
"""
import concurrent.futures
import os
import re
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 20
EXPECT = re.compile(r"//[ \t]*expect( error| exit)?:[ ]?(.*)$")
WARN = re.compile(r"^(.*)//[ \t]*warn:[ ]?(.*)$")
WARNING = re.compile(r"^warning: line (\d+): (.*)$", re.M)


def expectations(text):
    lines, errors, code = [], [], 0
    for line in text.splitlines():
        m = EXPECT.search(line)
        if not m:
            continue
        if m.group(1) is None:
            lines.append(m.group(2))
        elif m.group(1) == " error":
            errors.append(m.group(2).strip())
            code = 1
        else:
            code = int(m.group(2))
    return lines, errors, code


def warnings(text, err):
    """How the checker's warnings differ from those announced, or nothing."""
    wanted = [(m, number) for number, line in enumerate(text.split("\n"), 1) if (m := WARN.match(line))]
    got = WARNING.findall(err)
    for (m, number), (line, message) in zip(wanted, got):
        if message != m.group(2).strip() or m.group(1).strip() and number != int(line):
            return "line %d expects another warning than: line %s: %s" % (number, line, message)
    if len(wanted) != len(got):
        return "gives %d warnings, not %d\n%s" % (len(got), len(wanted), err)
    return None


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as f:
        return f.read()


def run(forge, path, tree=TREE, expected=None):
    """Why the program `path` of the tree is not as expected, by its own text or another, or nothing."""
    text = read(os.path.join(tree, path))
    lines, errors, code = expectations(expected or text)
    try:
        done = subprocess.run([forge, "run", path], capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
                              cwd=tree, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=1", LC_ALL="C.UTF-8"))
    except subprocess.TimeoutExpired:
        return "runs longer than %d s" % SECONDS
    out = done.stdout.decode("utf-8", "surrogateescape")
    err = done.stderr.decode("utf-8", "surrogateescape")
    if done.returncode != code:
        return "ends with %d, not %d\n%s" % (done.returncode, code, err)
    for part in errors:
        if part not in err:
            return "standard error lacks: %s\n%s" % (part, err)
    fault = warnings(text, err)
    if fault:
        return fault
    got = out.split("\n")
    if got and got[-1] == "":
        got.pop()
    for number, (want, have) in enumerate(zip(lines, got), 1):
        if want != have:
            return "line %d of its output\n  expected: %s\n  got:      %s" % (number, want, have)
    if len(lines) != len(got):
        rest = (lines[len(got):] or got[len(lines):])[0]
        return "prints %d lines, not %d; the first: %s" % (len(got), len(lines), rest)
    return None


def programs(pattern):
    for folder, _, names in sorted(os.walk(os.path.join(TREE, "tests/lang"))):
        if "files" in folder.split(os.sep):
            continue
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), TREE)
            if name.endswith(".fg") and pattern in path:
                yield path


def main():
    forges, _, rest = (" ".join(sys.argv[1:]) + " -- ").partition(" -- ")
    paths = list(programs(rest.replace("--", "").strip()))
    bad = 0
    for forge in forges.split():
        forge, failed = os.path.abspath(forge), 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, fault in zip(paths, pool.map(lambda p: run(forge, p), paths)):
                if fault:
                    failed += 1
                    print("FAIL %s: %s" % (path, fault.rstrip()))
        print("lang, %s: %d passed, %d failed" % (os.path.relpath(forge, TREE), len(paths) - failed, failed))
        bad += failed
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

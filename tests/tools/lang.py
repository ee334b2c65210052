#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run tests/lang/**/*.fg with each forge given; a program carries its expectations in comments.
Folders called `files` hold what the programs beside them import.

    // expect: TEXT          one line of standard output, exactly; in order, and there are no others
    // expect error: TEXT    the program ends with status 1 and TEXT occurs in standard error
    // expect exit: N        the program ends with status N
    // expect log: TEXT      TEXT occurs in standard error, whatever the status
    // warn: TEXT            a warning of the checker for this line, or where the comment stands alone for any;
                             in order, and there are no others

How it is run, in lines of their own:

    // options: WORDS        of `forge run`, before the program
    // words: WORDS          behind the program, for itself
    // directory             in a new, empty directory that is removed afterwards, named by FORGE_TEST_DIRECTORY
    // input: TEXT           a line of standard input, which is empty otherwise
    // variable: NAME=VALUE  of its environment

A *.cases file has many small programs that fail, with empty lines between them; each is followed by

    ⇒ TEXT                   the message; with a kind before it (⇒ TypeError: TEXT) the program is run a second time
                             in try … catch, and the message and the kind are compared there too
    ⇒ hint: TEXT             the hint of the report; without this line any
    ⇒ marks: TEXT            the source that the report underlines

usage: lang.py FORGE... [-- PATTERN]     only files whose path contains PATTERN
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 20
EXPECT = re.compile(r"//[ \t]*expect( error| exit| log)?:[ ]?(.*)$")
HOW = re.compile(r"^// (options|words|directory|input|variable)(?::[ ]?(.*))?$", re.M)
WARN = re.compile(r"^(.*)//[ \t]*warn:[ ]?(.*)$")
WARNING = re.compile(r"^warning: line (\d+): (.*)$", re.M)
STRICT = "tests/lang/warnings/"  # programs that are run again with --strict, where a warning is an error


KIND = re.compile(r"^((?:Runtime|Type|Arithmetic|Assertion|Index|Reference)Error): (.*)$", re.S)
MARKER = re.compile(r"^ +\d+ │ (.*)\n +│ (\s*)([┬─]+)$", re.M)
CATCH = "try {\n%s\n} catch failure {\n  print(failure.type + \": \" + failure.message)\n}\n"


def expectations(text):
    lines, errors, code = [], [], 0
    for line in text.splitlines():
        m = EXPECT.search(line)
        if not m:
            continue
        if m.group(1) is None:
            lines.append(m.group(2))
        elif m.group(1) == " log":
            errors.append(m.group(2).strip())
        elif m.group(1) == " error":
            errors.append(m.group(2).strip())
            code = 1
        else:
            code = int(m.group(2))
    return lines, errors, code


def warnings(text, err, form=WARNING):
    """How the checker's warnings differ from those announced, or nothing."""
    wanted = [(m, number) for number, line in enumerate(text.split("\n"), 1) if (m := WARN.match(line))]
    got = form.findall(err)
    for (m, number), (line, message) in zip(wanted, got):
        if message != m.group(2).strip() or m.group(1).strip() and number != int(line):
            return "line %d expects another warning than: line %s: %s" % (number, line, message)
    if len(wanted) != len(got):
        return "gives %d warnings, not %d\n%s" % (len(got), len(wanted), err)
    return None


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as f:
        return f.read()


class How:
    """How a program wants to be run."""

    def __init__(self, text):
        self.options, self.words, self.input, self.own, self.variables = [], [], "", False, {}
        for kind, value in HOW.findall(text):
            if kind in ("options", "words"):
                getattr(self, kind).extend(value.split())
            elif kind == "directory":
                self.own = True
            elif kind == "input":
                self.input += value + "\n"
            else:
                self.variables.update([value.split("=", 1)])


def start(forge, path, tree, how, *options):
    """Status, standard output and standard error of a program."""
    with tempfile.TemporaryDirectory(prefix="forge-lang-") as directory:
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1", LC_ALL="C.UTF-8", **how.variables)
        if how.own:
            env["FORGE_TEST_DIRECTORY"] = directory
            path = os.path.join(tree, path)
        done = subprocess.run([forge, "run", *options, *how.options, path, *how.words], capture_output=True,
                              timeout=SECONDS, input=how.input.encode("utf-8", "surrogateescape"),
                              cwd=directory if how.own else tree, env=env)
    return (done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"))


def strict(forge, path, tree, text):
    """What --strict does not refuse as it should, or nothing."""
    status, out, err = start(forge, path, tree, How(text), "--strict")
    if not any(map(WARN.match, text.split("\n"))):
        return None if not err else "has findings with --strict\n%s" % err
    if status != 1 or out:
        return "ends with %d and prints %r with --strict" % (status, out)
    fault = warnings(text, err, re.compile(r"^error: \[%s:(\d+)\] (.*)$" % re.escape(path), re.M))
    return fault and "with --strict, " + fault


def run(forge, path, tree=TREE, expected=None):
    """Why the program `path` of the tree is not as expected, by its own text or another, or nothing."""
    text = read(os.path.join(tree, path))
    try:
        fault = plain(forge, path, tree, text, expected or text)
        return fault or path.startswith(STRICT) and strict(forge, path, tree, text) or None
    except subprocess.TimeoutExpired:
        return "runs longer than %d s" % SECONDS


def plain(forge, path, tree, text, expected):
    """Where the run differs from what is expected of the program, or nothing."""
    lines, errors, code = expectations(expected)
    status, out, err = start(forge, path, tree, How(text))
    if status != code:
        return "ends with %d, not %d\n%s" % (status, code, err)
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


def run_source(forge, source, how):
    with tempfile.NamedTemporaryFile("w", suffix=".fg", encoding="utf-8", newline="\n") as f:
        f.write(source)
        f.flush()
        return start(forge, f.name, TREE, how)


def marked(err):
    """The source that a report underlines."""
    m = MARKER.search(err)
    return m and m.group(1)[len(m.group(2)):len(m.group(2)) + len(m.group(3))]


def run_case(forge, source, wanted, how):
    """Why the failing program does not fail as expected, or nothing."""
    with_kind = KIND.match(wanted["message"])
    message = with_kind.group(2) if with_kind else wanted["message"]
    try:
        status, _, err = run_source(forge, source, how)
        caught = run_source(forge, CATCH % source, how)[1] if with_kind else None
    except subprocess.TimeoutExpired:
        return "runs longer than %d s" % SECONDS
    lines = err.split("\n")
    if status != 1 or not any(line.startswith("Error: [") and line.endswith("] " + message) for line in lines):
        return "ends with %d and not with: %s\n%s" % (status, message, err)
    if "hint" in wanted and "  hint: " + wanted["hint"] not in lines:
        return "lacks the hint: %s\n%s" % (wanted["hint"], err)
    if "marks" in wanted and marked(err) != wanted["marks"]:
        return "underlines: %s\n%s" % (marked(err), err)
    if with_kind and caught.split("\n")[0] != wanted["message"]:
        return "is caught as: %s\n  expected: %s" % (caught.split("\n")[0], wanted["message"])
    return None


def cases(text):
    """(line, source, expectations) of each program of a *.cases file."""
    for m in re.finditer(r"((?:^(?!⇒).*\n)+)((?:^⇒.*\n?)+)", text, re.M):
        source = m.group(1).strip("\n")
        wanted = {}
        for line in m.group(2).rstrip("\n").split("\n"):
            name = re.match(r"⇒ (hint|marks): (.*)$", line)
            wanted[name.group(1) if name else "message"] = name.group(2) if name else line[2:]
        yield text.count("\n", 0, m.start(2)) + 1, source, wanted


def run_cases(forge, path):
    text = read(os.path.join(TREE, path))
    found, faults = 0, []
    for line, source, wanted in cases(text):
        found += 1
        fault = run_case(forge, source, wanted, How(text))
        if fault:
            faults.append("%s:%d: %s" % (path, line, fault.rstrip()))
    return "\n".join(faults) if faults else None if found else "has no cases"


def check(forge, path):
    return run_cases(forge, path) if path.endswith(".cases") else run(forge, path)


def programs(pattern, kinds=(".fg",)):
    for folder, _, names in sorted(os.walk(os.path.join(TREE, "tests/lang"))):
        if "files" in folder.split(os.sep):
            continue
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), TREE)
            if name.endswith(kinds) and pattern in path:
                yield path


def main():
    forges, _, rest = (" ".join(sys.argv[1:]) + " -- ").partition(" -- ")
    paths = list(programs(rest.replace("--", "").strip(), (".fg", ".cases")))
    bad = 0
    for forge in forges.split():
        forge, failed = os.path.abspath(forge), 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for path, fault in zip(paths, pool.map(lambda p: check(forge, p), paths)):
                if fault:
                    failed += 1
                    print("FAIL %s: %s" % (path, fault.rstrip()))
        print("lang, %s: %d passed, %d failed" % (os.path.relpath(forge, TREE), len(paths) - failed, failed))
        bad += failed
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

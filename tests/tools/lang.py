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

A *.cases file has many small programs with empty lines between them; a comment before one is its title. A comment
at the head of the file, with an empty line after it, may say how all of them are run. Each is followed by

    → TEXT                   a line of standard output, as above; ␛ ␍ ␇ and so on stand for control characters
    ⇒ TEXT                   it fails with this message, which goes on in further such lines; with a kind before it
                             (⇒ TypeError: TEXT) the program is run a second time in try … catch, and the message
                             and the kind are compared there too
    ⇒ hint: TEXT             the hint of the report; without this line any
    ⇒ marks: TEXT            the source that the report underlines
    ⇒ log: TEXT              TEXT occurs in standard error, control characters as above
    ⇒ exit: N                it ends with status N

To be quick, many programs whose message has a kind share a process for the run in try … catch, unless they have
files or input; FORGEs after the first make no other run of those of which nothing else is expected. A FORGE whose path
has `stress` in it, which is slow, is given one program in ten of the *.cases files.

usage: lang.py FORGE... [-- PATTERN]     only files whose path contains PATTERN
"""
import concurrent.futures
import itertools
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 60
EXPECT = re.compile(r"//[ \t]*expect( error| exit| log)?:[ ]?(.*)$")
HOW = re.compile(r"^// (options|words|directory|input|variable)(?::[ ]?(.*))?$", re.M)
WARN = re.compile(r"^(.*)//[ \t]*warn:[ ]?(.*)$")
WARNING = re.compile(r"^warning: line (\d+): (.*)$", re.M)
SAMPLE = 10  # of so many cases the stress build runs one
SHARE = 40   # so many cases run in one process
STRICT = "tests/lang/warnings/"  # programs that are run again with --strict, where a warning is an error


KIND = re.compile(r"^((?:Runtime|Type|Arithmetic|Assertion|Index|Reference)Error): (.*)$", re.S)
MARKER = re.compile(r"^ +\d+ │ (.*)\n +│ (\s*)([┬─]+)$", re.M)
CONTROLS = {0x2400 + code: code for code in range(32)}  # the pictures of control characters
DEFINES = re.compile(r"^\s*(?:struct|type|interface|impl|import|give|define)\b|\bexit\(", re.M)  # for a whole program
CATCH = "try {\n%s\n} catch failure {\n  println(failure.type + \": \" + failure.message)\n}\n"
NEXT = "⇐\n"  # between the outputs of programs that share a process


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
    return printed(lines, out)


def printed(lines, out):
    """Where standard output differs from the lines expected, or nothing."""
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


class Case:
    """A program of a *.cases file."""

    def __init__(self, place, head, source, wanted):
        self.place, self.source, self.how = place, source, How(head + "\n" + source)
        self.lines, self.log, self.wanted = [], [], {"exit": "0"}
        for line in wanted.split("\n"):
            kind, text = line[0], line[2:]
            name = re.match(r"(hint|marks|log|exit): (.*)$", text)
            if kind == "→":
                self.lines.append(text.translate(CONTROLS))
            elif name and name.group(1) == "log":
                self.log.append(name.group(2).translate(CONTROLS))
            elif name:
                self.wanted[name.group(1)] = name.group(2)
            elif "message" in self.wanted:
                self.wanted["message"] += "\n" + text
            else:
                self.wanted.update(message=text, exit="1")

        self.kind = KIND.match(self.wanted.get("message", ""))
        self.shares = bool(self.kind) and not (self.how.own or self.how.input or DEFINES.search(source))
        self.only_message = self.wanted.keys() == {"message", "exit"} and not self.log and not self.lines

    def first(self, forge):
        wanted, (status, out, err) = self.wanted, run_source(forge, self.source, self.how)
        lines = err.split("\n")
        if "message" in wanted:
            message = self.kind.group(2) if self.kind else wanted["message"]
            if not re.search(r"^Error: \[.*\] %s$" % re.escape(message), err, re.M):
                return "ends with %d and not with: %s\n%s" % (status, message, err)
        if status != int(wanted["exit"]):
            return "ends with %d\n%s" % (status, err)
        for part in self.log:
            if part not in err:
                return "standard error lacks: %r\n%r" % (part, err)
        if "hint" in wanted and "  hint: " + wanted["hint"] not in lines:
            return "lacks the hint: %s\n%s" % (wanted["hint"], err)
        if "marks" in wanted and marked(err) != wanted["marks"]:
            return "underlines: %s\n%s" % (marked(err), err)
        return printed(self.lines, out) if self.lines or "message" not in wanted else None

    def caught(self):
        """What is printed within try … catch."""
        return "\n".join(self.lines + [self.wanted["message"], ""])

    def second(self, forge):
        """The same within try … catch."""
        out = run_source(forge, CATCH % self.source, self.how)[1]
        if out.startswith(self.caught()):
            return None
        return "is caught as: %s\n  expected: %s" % (out, self.caught())


def check_cases(forge, found, ways):
    """What is wrong with the cases, each run in the ways given."""
    faults = []
    for case in found:
        try:
            fault = next(filter(None, (way(case, forge) for way in ways)), None)
        except subprocess.TimeoutExpired:
            fault = "runs longer than %d s" % SECONDS
        if fault:
            faults.append("%s: %s" % (case.place, fault.rstrip()))
    return faults


def check_shared(forge, found):
    """What is wrong with the cases within try … catch: in one process, and those that fail there in their own."""
    source = "".join(CATCH % case.source + "println(\"⇐\")\n" for case in found)
    try:
        parts = run_source(forge, source, found[0].how)[1].split(NEXT)
    except subprocess.TimeoutExpired:
        parts = []
    parts += [""] * (len(found) - len(parts))
    return check_cases(forge, [case for case, part in zip(found, parts) if not part.startswith(case.caught())],
                       [Case.second])


def cases(path):
    """The programs of a *.cases file."""
    text = read(os.path.join(TREE, path))
    head = re.match(r"(?://.*\n)+(?=\n)|", text).group(0)
    found = []
    for m in re.finditer(r"((?:^(?![⇒→]).*\n)+)((?:^[⇒→].*\n?)+)", text[len(head):], re.M):
        line = text.count("\n", 0, len(head) + m.start(2)) + 1
        found.append(Case("%s:%d" % (path, line), head, m.group(1).strip("\n"), m.group(2).rstrip("\n")))
    return found


def programs(pattern, kinds=(".fg",)):
    for folder, _, names in sorted(os.walk(os.path.join(TREE, "tests/lang"))):
        if "files" in folder.split(os.sep):
            continue
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), TREE)
            if name.endswith(kinds) and pattern in path:
                yield path


def work(paths, sample, thorough):
    """(number of programs, what gives their faults with a forge) of each thing to be done."""
    for path in paths:
        if not path.endswith(".cases"):
            yield 1, lambda forge, path=path: ["%s: %s" % (path, fault) for fault in [run(forge, path)] if fault]
            continue
        found = cases(path)
        if not found:
            yield 1, lambda forge, path=path: [path + ": has no cases"]
        found = found[::sample]
        shared = [case for case in found if case.shares]
        for at in range(0, len(shared), SHARE):
            yield 0, lambda forge, some=shared[at:at + SHARE]: check_shared(forge, some)
        for case in found:
            ways = [] if case.shares and case.only_message and not thorough else [Case.first]
            ways += [Case.second] if case.kind and not case.shares and thorough else []
            yield 1, lambda forge, case=case, ways=ways: check_cases(forge, [case], ways)


def main():
    forges, _, rest = (" ".join(sys.argv[1:]) + " -- ").partition(" -- ")
    paths = list(programs(rest.replace("--", "").strip(), (".fg", ".cases")))
    bad = 0
    for number, forge in enumerate(forges.split()):
        forge, failed = os.path.abspath(forge), 0
        sample = SAMPLE if "stress" in forge else 1
        todo = list(work(paths, sample, number == 0))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for fault in itertools.chain.from_iterable(pool.map(lambda job: job[1](forge), todo)):
                failed += 1
                print("FAIL %s" % fault.rstrip())
        print("lang, %s: %d passed, %d failed%s" % (os.path.relpath(forge, TREE), sum(n for n, _ in todo) - failed, failed,
                                                   ", one case in %d" % sample if sample > 1 else ""))
        bad += failed
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make instructions`: how many instructions the programs of tests/bench/peers take, counted by callgrind.

A count does not depend on what else the machine does, so that a change that makes the engine slower shows where times
do not.  The programs run with less to do, from main() on, so without the dynamic linker.  A count that is more than 5 %
away from the one in tests/bench/instructions.txt, either way, fails; --update (make instructions UPDATE=1) writes the
file.  Another compiler or C library than Debian 12's counts differently.

usage: instructions.py [--update] [PROGRAM...]
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(TREE, "tests/bench/peers")
KEPT = os.path.join(TREE, "tests/bench/instructions.txt")
FORGE = os.path.join(TREE, "build/forge")
AWAY = 0.05
SECONDS = 300

# what each program says, and what it says instead to have less to do
SMALLER = {
    "fib": {"fib(32)": "fib(24)"},
    "loop": {"range(0, 5000)": "range(0, 40)"},
    "while": {"30000000": "200000"},
    "array": {"1000000)": "50000)", "a[499999]": "a[24999]"},
    "strbuild": {"1000001": "30001"},
    "strcat": {"range(0, 100)": "range(0, 5)"},
    "objfield": {"10000000": "200000"},
    "method": {"10000000": "50000"},
    "closure": {"10000000": "100000"},
    "mandel": {"400": "50"},
    "json": {"8001": "401"},
    "wordfreq": {"500000": "5000"},
}


def program(name):
    with open(os.path.join(PEERS, name + ".fg"), encoding="utf-8") as f:
        text = f.read()
    for large, small in SMALLER[name].items():
        if large not in text:
            sys.exit("instructions: %s.fg does not say %s" % (name, large))
        text = text.replace(large, small)
    return text


def count(name):
    """Instructions of one run."""
    with tempfile.TemporaryDirectory(prefix="forge-instructions-") as place:
        path = os.path.join(place, "main.fg")
        with open(path, "w", encoding="utf-8") as f:
            f.write(program(name))
        done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=main",
                               FORGE, "run", "main.fg"], cwd=place, env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                              capture_output=True, text=True, timeout=SECONDS)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or not int(found.group(1)):
        sys.exit("instructions: %s: %s%s" % (name, done.stdout, done.stderr))
    return int(found.group(1))


def kept():
    """{program: count} of the file."""
    if not os.path.exists(KEPT):
        return {}
    with open(KEPT, encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return {name: int(number) for name, number in rows}


def write(counts):
    with open(KEPT, "w", encoding="utf-8") as f:
        f.write("# Instructions of the programs in tests/bench/peers: see tests/tools/instructions.py.\n")
        f.writelines("%-10s %12d\n" % (name, counts[name]) for name in SMALLER if name in counts)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--update", action="store_true")
    options.add_argument("programs", nargs="*")
    given = options.parse_args()
    names = given.programs or list(SMALLER)
    for name in names:
        if name not in SMALLER:
            sys.exit("instructions: %s is none of %s" % (name, ", ".join(SMALLER)))
    before, away = kept(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(names, pool.map(count, names)))
    for name in names:
        was = before.get(name)
        change = counts[name] / was - 1 if was else None
        bad = not given.update and (change is None or abs(change) > AWAY)
        away += bad
        print("%-10s %12d %s%s" % (name, counts[name], "   new" if change is None else "%+6.2f %%" % (100 * change),
                                   "  away from the file" if bad else ""))
    if given.update:
        write({**before, **counts})
        print("instructions: written")
        return 0
    print("instructions: %d of %d more than %g %% away" % (away, len(names), 100 * AWAY))
    return 1 if away else 0


if __name__ == "__main__":
    sys.exit(main())

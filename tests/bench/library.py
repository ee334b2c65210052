#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the standard library takes for its bulk work, next to PHP and lua-cjson.

Each topic is a program in Forge and one in PHP or Lua (library/) that do the same with the same data, which both make by
the same generator.  They run in turn, ROUNDS times; each times its rows inside and prints name, milliseconds, rounds and
a result, which must agree.  The table shows medians for one round and their ratio; a ratio above its bar fails.

usage: library.py [TOPIC...]
"""
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "library")
TREE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
FORGE = [os.path.join(TREE, "build/forge"), "run"]
ROUNDS = 9

# what runs the other program, and the bars: of one row by its name, else of the topic
PHP, LUAJIT = ["php", "-n"], ["luajit"]
TOPICS = {
    "json": (LUAJIT, ".lua", 0.5, {}),
    "text": (PHP, ".php", 1.0, {}),
    "sort": (PHP, ".php", 1.0, {"sort 10^6 ints": 0.3}),
    "regex": (PHP, ".php", 1.2, {}),
}


def rows(command, path):
    """{name: (milliseconds of one round, result)} of one run."""
    done = subprocess.run(command + [path], capture_output=True, text=True, timeout=600)
    if done.returncode:
        sys.exit("library: %s: %s%s" % (os.path.basename(path), done.stdout, done.stderr))
    found = {}
    for line in done.stdout.splitlines():
        name, spent, rounds, result = line.split("\t")
        found[name] = (float(spent) / int(rounds), result)
    return found


def measure(topic):
    """How many rows of the topic miss their bar."""
    command, ending, bar, bars = TOPICS[topic]
    path, missed = os.path.join(HERE, topic), 0
    if not shutil.which(command[0]):
        sys.exit("library: %s is missing" % command[0])
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(rows(FORGE, path + ".fg"))
        theirs.append(rows(command, path + ending))
    if set(ours[0]) != set(theirs[0]):
        sys.exit("library: %s: the programs have different rows" % topic)
    for name in ours[0]:
        if ours[0][name][1] != theirs[0][name][1]:
            sys.exit("library: %s: %s: results differ: %s, %s" % (topic, name, ours[0][name][1], theirs[0][name][1]))
        a, b = (statistics.median(run[name][0] for run in runs) for runs in (ours, theirs))
        ratio, most = a / b, bars.get(name, bar)
        missed += ratio > most
        print("%-6s %-24s %9.3f ms %9.3f ms %6.2f  (%.1f)%s" % (
            topic, name, a, b, ratio, most, "  above the bar" if ratio > most else ""), flush=True)
    return missed


def main():
    missed = sum(measure(topic) for topic in sys.argv[1:] or TOPICS)
    print("library: %d above their bars" % missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

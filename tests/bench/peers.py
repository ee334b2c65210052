#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the engine is, next to those of Lua, PHP, JavaScript and Python.

Twelve small programs, the same in every language (peers/), time their own work and print milliseconds and a checksum,
which must agree.  The engines take turns with each program, round by round, so that what disturbs the machine disturbs
them all; and all of them read the clock of the wall.  The table shows medians in milliseconds and their ratio to Lua 5.4.
A ratio of Forge's above its bar fails.

usage: peers.py [--engines NAME,...] [--programs NAME,...] [--rounds N]
"""
import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
TREE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BASE, ROUNDS, SECONDS = "lua5.4", 9, 300

# PHP as a server has it, without the ini files of this machine; what must be on is asked for before anything is measured.
PHP = ["php8.2", "-n", "-d", "zend_extension=opcache", "-d", "opcache.enable=1", "-d", "opcache.enable_cli=1",
       "-d", "opcache.file_update_protection=0", "-d"]
PHP_ON = ["-r", "$s = opcache_get_status(false); echo json_encode([$s['opcache_enabled'], $s['jit']['on']]);"]

# name: (command, ending of its programs, arguments that show how it is set up, what they print)
ENGINES = {
    "lua5.4": (["lua5.4"], ".lua", None, None),
    "forge": ([os.path.join(TREE, "build/forge"), "run"], ".fg", None, None),
    "luajit": (["luajit", "-jon"], ".lua", ["-e", "print(jit.status())"], "true"),
    "luajit -joff": (["luajit", "-joff"], ".lua", ["-e", "print(jit.status())"], "false"),
    "php8.2": (PHP + ["opcache.jit=disable"], ".php", PHP_ON, "[true,false]"),
    "php8.2 JIT": (PHP + ["opcache.jit=tracing", "-d", "opcache.jit_buffer_size=64M"], ".php", PHP_ON, "[true,true]"),
    "node": (["node"], ".js", None, None),
    "python3": (["python3", "-P"], ".py", None, None),  # json.py and array.py are not what others import
}

# programs whose mean has a bar, and the bars of Forge, in ratios to Lua 5.4
CPU = ["fib", "loop", "while", "array", "objfield", "method", "closure", "mandel", "wordfreq"]
BARS = {**{program: 1.0 for program in CPU}, "strbuild": 0.05, "strcat": 0.05, "json": 0.5}
MEAN_BAR = 0.65


def stop(*words):
    sys.exit("peers: " + ": ".join(words))


def output(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        stop(" ".join(command), done.stdout + done.stderr)
    return done.stdout


def installed(names):
    """The engines among `names` that are there; Lua 5.4 and Forge must be."""
    found = []
    for name in names:
        command, _, proof, expected = ENGINES[name]
        if not shutil.which(command[0]):
            if name in (BASE, "forge"):
                stop("%s is missing" % name)
            print("peers: %s is not installed" % name)
            continue
        shown = output(command + proof).split() if proof else []
        if proof and shown[:1] != [expected]:
            stop("%s is not set up as it should be" % name, " ".join(shown))
        found.append(name)
    return found


def run(name, program):
    """(milliseconds, checksum) of one run."""
    command, ending = ENGINES[name][:2]
    path = os.path.join(HERE, program + ending)
    words = output(command + [path]).split()
    if len(words) != 2:
        stop(path, "prints %r" % words)
    return float(words[0]), words[1]


def measure(program, engines, rounds):
    """{engine: median of milliseconds} of one program."""
    spent, sums = {name: [] for name in engines}, {}
    for _ in range(rounds):
        for name in engines:
            ms, checksum = run(name, program)
            spent[name].append(ms)
            sums.setdefault(checksum, name)
    if len(sums) > 1:
        stop(program, "checksums differ", ", ".join("%s of %s" % pair for pair in sums.items()))
    return {name: statistics.median(times) for name, times in spent.items()}


def mean(medians, name):
    """The geometric mean of an engine's ratios over the CPU programs; None when one was not measured."""
    if not all(program in medians for program in CPU):
        return None
    return math.exp(statistics.mean(math.log(medians[p][name] / medians[p][BASE]) for p in CPU))


def judge(medians):
    """The table of bars; how many are missed."""
    rows = [(p, m["forge"] / m[BASE], BARS[p]) for p, m in medians.items()]
    if mean(medians, "forge") is not None:
        rows.insert(0, ("mean of %d" % len(CPU), mean(medians, "forge"), MEAN_BAR))
    print("\n%-10s %8s %6s" % ("forge", "x " + BASE, "bar"))
    for what, ratio, bar in rows:
        print("%-10s %8.3f %6.2f%s" % (what, ratio, bar, "  above the bar" if ratio > bar else ""))
    missed = sum(ratio > bar for _, ratio, bar in rows)
    print("peers: %d of %d above their bars" % (missed, len(rows)))
    return missed


def names(text, known):
    chosen = text.split(",")
    for name in chosen:
        if name not in known:
            raise argparse.ArgumentTypeError("%s is none of %s" % (name, ", ".join(known)))
    return [name for name in known if name in chosen]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--engines", type=lambda text: names(text, list(ENGINES)), default=list(ENGINES))
    options.add_argument("--programs", type=lambda text: names(text, list(BARS)), default=list(BARS))
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    engines = installed([BASE] + [name for name in given.engines if name != BASE])

    print("%-10s" % "ms, ratio" + "".join("%16s" % name for name in engines))
    medians = {}
    for program in given.programs:
        row = medians[program] = measure(program, engines, given.rounds)
        print("%-10s" % program + "".join("%10.1f %5.2f" % (row[e], row[e] / row[BASE]) for e in engines), flush=True)
    if mean(medians, BASE) is not None:
        print("%-10s" % ("mean of %d" % len(CPU)) + "".join("%16.2f" % mean(medians, name) for name in engines))
    return 1 if "forge" in engines and judge(medians) else 0


if __name__ == "__main__":
    sys.exit(main())

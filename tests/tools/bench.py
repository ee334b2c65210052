#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run measurements one after the other; what each prints is shown and kept in build/bench/NAME.txt.

One that fails, because a bar is missed or it cannot run, does not keep the others from running.
"""
import os
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLACE = os.path.join(TREE, "build/bench")


def run(program, path):
    """The status of a measurement, whose lines go to the terminal and to the file as they come."""
    command = [sys.executable, "-u", program] if program.endswith(".py") else [os.path.abspath(program)]
    with open(path, "w", encoding="utf-8") as kept:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              encoding="utf-8", errors="backslashreplace") as p:
            for line in p.stdout:
                print(line, end="", flush=True)
                kept.write(line)
    return p.returncode


def main():
    os.makedirs(PLACE, exist_ok=True)
    failed = []
    for program in sys.argv[1:]:
        name = os.path.splitext(os.path.basename(program))[0]
        print("== %s" % name, flush=True)
        if run(program, os.path.join(PLACE, name + ".txt")):
            failed.append(name)
    print("bench: %d run, tables in build/bench; %s" % (
        len(sys.argv) - 1, "failed: " + " ".join(failed) if failed else "all bars met"))
    return 1 if failed else 0


sys.exit(main())

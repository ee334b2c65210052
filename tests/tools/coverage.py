#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line coverage of the engine, from what the programs of a coverage build have counted: coverage.py build/coverage

Prints the figures of each folder and of all, and writes the lines that never ran to DIRECTORY/uncovered/FOLDER/FILE.txt.
Lines that say themselves that they cannot run (fg_unreachable) do not count.  Status 1 when a folder of FOLDERS has less
than LEAST percent.
"""
import collections
import glob
import json
import os
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["front", "code", "run", "value", "template"]
LEAST = 92.0


def counts(directory):
    """{path below the tree: {line: times run}}; a header's lines are summed over the files that include it."""
    found = collections.defaultdict(collections.Counter)
    notes = sorted(glob.glob(os.path.join(directory, "obj/libforge/**/*.gcno"), recursive=True))
    done = subprocess.run(["gcov", "--json-format", "--stdout"] + notes, capture_output=True, check=True, cwd=TREE)
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            path = os.path.relpath(os.path.join(TREE, file["file"]), TREE)
            if path.startswith("libforge/"):
                for line in file["lines"]:
                    found[path][line["line_number"]] += line["count"]
    return found


def missed(path, lines):
    """(lines that can run, [(number, text)] of those that did not)"""
    with open(os.path.join(TREE, path), encoding="utf-8") as f:
        text = f.read().split("\n")
    can = {n: count for n, count in lines.items() if "fg_unreachable()" not in text[n - 1]}
    return len(can), [(n, text[n - 1]) for n, count in sorted(can.items()) if count == 0]


def main():
    directory = os.path.abspath(sys.argv[1])
    total, never, worst = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for path, lines in sorted(counts(directory).items()):
        folder = path.split("/")[1] if path.count("/") > 1 else "(api)"
        can, rest = missed(path, lines)
        total[folder] += can
        never[folder] += len(rest)
        worst[folder].append((len(rest), path))
        out = os.path.join(directory, "uncovered", os.path.relpath(path, "libforge") + ".txt")
        os.makedirs(os.path.dirname(out), exist_ok=True)
        with open(out, "w", encoding="utf-8") as f:
            f.writelines("%d: %s\n" % line for line in rest)
    low = []
    for folder in sorted(total):
        share = 100.0 * (total[folder] - never[folder]) / total[folder]
        low += [folder] if folder in FOLDERS and share < LEAST else []
        print("%-10s %6.2f %%  %5d of %5d lines%s" % (folder, share, total[folder] - never[folder], total[folder],
                                                      "  less than %g %%" % LEAST if folder in low else ""))
    every, not_run = sum(total.values()), sum(never.values())
    print("%-10s %6.2f %%  %5d of %5d lines" % ("total", 100.0 * (every - not_run) / every, every - not_run, every))
    missing = [f for f in FOLDERS if f not in total]
    for folder in low:
        print("most missing in %s: %s" % (folder, ", ".join("%s %d" % (p, n) for n, p in sorted(worst[folder])[:-6:-1])))
    if missing:
        print("nothing was counted in %s" % ", ".join(missing))
    return 1 if low or missing else 0


sys.exit(main())

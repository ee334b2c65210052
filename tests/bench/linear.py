#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is building something of a million elements ten times the work of a hundred thousand?

Each way is run with 100,000 and with 1,000,000 elements; the table shows the ratio of the least processor times of ROUNDS
interleaved runs without that of an empty program, which runs in turn with them.  The least, because whatever else runs on
the machine only adds.  A hundred thousand elements of an array take less than the start of a program varies: there a run
is the mean of several.  Above 12 something grows faster than its input.

usage: linear.py [FORGE [KIND...]]
"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORGE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TREE, "build/forge"))
SMALL, LARGE, ROUNDS, BAR = 100_000, 1_000_000, 9, 12.0

# what is built: how it starts, how one element is added to {v}, what says its size, programs in a run
KINDS = {
    "string": ('""', "{v} = {v} + str(i % 10)", "len({v})", 8),
    "array": ("[]", "{v} = {v}.push(i)", "len({v})", 8),
    "array in place": ("[]", "{v}.push(i)", "len({v})", 8),
    "object": ("{}", '{v}["k" + str(i)] = i', "len({v})", 2),
    "set": ("set([])", "{v} = {v}.add(i)", "len({v})", 4),
    "map": ("map([])", "{v} = {v}.set(i, i)", "len({v})", 4),
    "map by index": ("map([])", "{v}[i] = i", "len({v})", 4),
}

# where it is: the program around the loop
PLACES = {
    "local": "fn go(n) {{\n let mut v = {start}\n for i in range(n) {{ {add} }}\n return {size}\n}}\nsay go({n})\n",
    "global": "let mut v = {start}\nfor i in range({n}) {{ {add} }}\nsay {size}\n",
    "captured": "fn go(n) {{\n let mut v = {start}\n let step = fn(i) {{ {add} }}\n for i in range(n) {{ step(i) }}\n"
                " return {size}\n}}\nsay go({n})\n",
    "struct field": "struct S {{ f: Any }}\nlet mut s = S {{ f: {start} }}\nfor i in range({n}) {{ {add} }}\nsay {size}\n",
    "nested path": "let mut o = {{ a: [{{ b: {start} }}] }}\nfor i in range({n}) {{ {add} }}\nsay {size}\n",
    "with a reader": "fn reads(x) {{ return len(x) }}\nfn go(n) {{\n let mut v = {start}\n let mut t = 0\n"
                     " for i in range(n) {{\n  {add}\n  t = t + reads(v)\n }}\n return {size}\n}}\nsay go({n})\n",
}
NAMES = {"struct field": "s.f", "nested path": "o.a[0].b"}


def program(kind, place, n):
    start, add, size, _ = KINDS[kind]
    v = NAMES.get(place, "v")
    return PLACES[place].format(start=start, add=add.format(v=v), size=size.format(v=v), n=n)


def seconds(path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([FORGE, "run", path], capture_output=True, text=True, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent, done.stdout.strip(), done.stderr


def main():
    above = 0
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "linear.fg")

        def run(text):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            return seconds(path)

        for kind in sys.argv[2:] or KINDS:
            programs = KINDS[kind][3]
            for where in PLACES:
                none, small, large = [], [], []
                if kind == "array in place" and where in NAMES:
                    continue  # push on what is no variable gives a new array, by the language
                for _ in range(ROUNDS):
                    none.append(statistics.mean(run("say 1\n")[0] for _ in range(programs)))
                    for n, times in (SMALL, small), (LARGE, large):
                        spent = 0
                        for _ in range(programs):
                            one, out, err = run(program(kind, where, n))
                            spent += one / programs
                            if out != str(n):
                                print("FAIL %s, %s: %r %s" % (kind, where, out, err))
                                return 1
                        times.append(spent)
                empty, least, most = (min(times) for times in (none, small, large))
                ratio = (most - empty) / max(least - empty, 1e-4)
                above += ratio > BAR
                print("%-16s %-14s %6.1f%s" % (kind, where, ratio, "  above the bar" if ratio > BAR else ""), flush=True)
    print("linear: %d above %g" % (above, BAR))
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())

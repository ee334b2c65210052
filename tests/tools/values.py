#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers are values: random programs of copies and in-place writes against a model that copies everything.

usage: values.py [--programs N] [--seed S] FORGE...

Each program makes variables of ints, arrays and objects and changes them: as globals, as locals, or as locals that
closures capture; directly, through paths, functions, closures, loops and try blocks.  After each step all variables are
printed.  The model does the same with deep copies.  A program that differs is printed.  'N passed, M failed'.
"""
import argparse
import concurrent.futures
import copy
import json
import os
import random
import subprocess
import sys
import tempfile

NAMES = ["a", "b", "c", "d"]
KEYS = ["k", "l", "m"]

HELPERS = """
fn grown(xs, v) { xs.push(v)
    return xs }
fn with_field(o, v) { o.k = v
    return o }
fn same(v) { return v }
fn second(u, v) { return v }
fn failing(xs) { xs.push(99)
    return must Err("no") }
"""


def literal(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join("%s: %s" % (k, literal(v)) for k, v in value.items()) + " }" if value else "{}"
    return str(value)


class Writer:
    """Writes a program and runs the model beside it."""

    def __init__(self, rng, place):
        self.rng, self.place = rng, place
        self.vars = {n: self.fresh(2) for n in NAMES}
        self.lines, self.expected = [], []

    def fresh(self, depth):
        kind = self.rng.randrange(4 if depth else 1)
        if kind <= 1 and depth < 2 or not depth:
            return self.rng.randrange(10)
        if kind == 2:
            return {k: self.fresh(depth - 1) for k in self.rng.sample(KEYS, self.rng.randrange(3))}
        return [self.fresh(depth - 1) for _ in range(self.rng.randrange(4))]

    # ---- places: a variable or a path below one ----

    def paths(self, wanted):
        """(source text, container, key) of every place whose value is wanted."""
        found = []

        def walk(text, holder, key):
            value = holder[key]
            if wanted(value):
                found.append((text, holder, key))
            if len(text) > 12:
                return
            if isinstance(value, list):
                for i in range(len(value)):
                    walk("%s[%d]" % (text, i), value, i)
            if isinstance(value, dict):
                for k in value:
                    walk("%s.%s" % (text, k) if self.rng.random() < 0.7 else '%s["%s"]' % (text, k), value, k)

        for name in NAMES:
            walk(name, self.vars, name)
        return found

    def place_of(self, wanted=lambda v: True):
        found = self.paths(wanted)
        return self.rng.choice(found) if found else None

    def value(self):
        """(source text, value): a literal, a variable, a part, or something made of them."""
        kind = self.rng.randrange(6)
        if kind == 0:
            v = self.fresh(2)
            return literal(v), v
        text, holder, key = self.place_of()
        v = copy.deepcopy(holder[key])
        if kind == 1:
            return "[%s, 1]" % text, [v, 1]
        if kind == 2:
            return "{ k: %s }" % text, {"k": v}
        if kind == 3:
            return "same(%s)" % text, v
        return text, v

    # ---- steps ----

    def assign(self):
        text, holder, key = self.place_of()
        source, value = self.value()
        holder[key] = value
        return "%s = %s" % (text, source)

    def push(self):
        place = self.place_of(lambda v: isinstance(v, list))
        if not place:
            return self.assign()
        text, holder, key = place
        source, value = self.value()
        form = self.rng.randrange(4)
        if form == 0 and text in NAMES:
            line = "%s.push(%s)" % (text, source)
        elif form == 1:
            line = "%s = push(%s, %s)" % (text, text, source)
        elif form == 2:
            line = "%s = grown(%s, %s)" % (text, text, source)
        else:
            line = "%s = %s.push(%s)" % (text, text, source)
        holder[key].append(value)
        return line

    def pop(self):
        place = self.place_of(lambda v: isinstance(v, list) and v)
        if not place or place[0] not in NAMES:
            return self.push()
        text, holder, key = place
        holder[key].pop()
        return "%s.pop()" % text

    def set_field(self):
        place = self.place_of(lambda v: isinstance(v, dict))
        if not place:
            return self.assign()
        text, holder, key = place
        source, value = self.value()
        if self.rng.randrange(3) == 0:
            holder[key]["k"] = value
            return "%s = with_field(%s, %s)" % (text, text, source)
        k = self.rng.choice(KEYS)
        holder[key][k] = value
        return "%s.%s = %s" % (text, k, source)

    def failed_call(self):
        """What fails leaves everything as it was."""
        text, _, _ = self.place_of(lambda v: isinstance(v, list)) or ("[]", None, None)
        target, _, _ = self.place_of()
        return "try { %s = failing(%s) } catch e { }" % (target, text)

    def held(self):
        """An operand that is changed while later operands are evaluated."""
        lists = [n for n in NAMES if isinstance(self.vars[n], list)]
        if not lists:
            return self.assign()
        name = self.rng.choice(lists)
        target = self.rng.choice([n for n in NAMES if n != name])
        before = copy.deepcopy(self.vars[name])
        self.vars[name].append(7)
        self.vars[target] = [before, copy.deepcopy(self.vars[name])]
        return "%s = [%s, %s.push(7)]" % (target, name, name)

    def loop(self):
        lists = [n for n in NAMES if isinstance(self.vars[n], list) and len(self.vars[n]) < 6]
        if not lists:
            return self.assign()
        name = self.rng.choice(lists)
        for x in copy.deepcopy(self.vars[name]):
            self.vars[name].append([x])
        return "for x in %s { %s.push([x]) }" % (name, name)

    def walked(self):
        """The loop variable is a copy of the element; so is what is made of it."""
        lists = [n for n in NAMES if isinstance(self.vars[n], list)]
        if not lists:
            return self.assign()
        name = self.rng.choice(lists)
        target = self.rng.choice([n for n in NAMES if n != name])
        made = []
        for x in self.vars[name]:
            made.append(copy.deepcopy(x) + [3] if isinstance(x, list) else copy.deepcopy(x))
        self.vars[target] = made
        return ("%s = []\nfor x in %s {\nif typeof(x) == \"Array\" { x.push(3) }\n%s.push(x)\n}"
                % (target, name, target))

    def matched(self):
        """A binding holds what it was given while the body changes the subject."""
        text, holder, key = self.place_of()
        before = copy.deepcopy(holder[key])
        change = self.rng.choice((self.push, self.set_field, self.assign))()
        self.expected.append(json.dumps(before))
        return "match %s { w => {\n%s\nprintln(json.stringify(w))\n} }" % (text, change)

    def through_closure(self):
        lists = [n for n in NAMES if isinstance(self.vars[n], list)]
        if not lists or self.place != "captured":
            return self.push()
        name = self.rng.choice(lists)
        self.vars[name].append(5)
        return "change_%s(5)" % name

    def snapshot(self):
        """A new variable keeps what it was given."""
        text, holder, key = self.place_of()
        before = copy.deepcopy(holder[key])
        name = "s%d" % len(self.expected)
        change = self.rng.choice((self.push, self.set_field, self.assign))()
        self.expected.append(json.dumps(before))
        return "let %s = %s\n%s\nprintln(json.stringify(%s))" % (name, text, change, name)

    def step(self):
        if sum(len(json.dumps(v)) for v in self.vars.values()) > 2000:
            name = self.rng.choice(NAMES)
            self.vars[name] = []
            return "%s = []" % name
        return self.rng.choice((self.assign, self.assign, self.push, self.push, self.push, self.pop, self.set_field,
                                self.set_field, self.failed_call, self.held, self.loop, self.through_closure,
                                self.snapshot, self.walked, self.matched))()

    def program(self, steps):
        body = ["let mut %s = %s" % (n, literal(self.vars[n])) for n in NAMES]
        if self.place == "captured":
            body += ["let change_%s = fn(v) { %s.push(v) }" % (n, n) for n in NAMES]
        for _ in range(steps):
            body.append(self.step())
            body.append("println(%s)" % ", ".join("json.stringify(%s)" % n for n in NAMES))
            self.expected.append(" ".join(json.dumps(self.vars[n]) for n in NAMES))
        if self.place == "global":
            return HELPERS + "\n".join(body) + "\n"
        return HELPERS + "fn run() {\n    " + "\n    ".join(body) + "\n}\nrun()\n"


def attempt(forge, seed):
    rng = random.Random(seed)
    w = Writer(rng, rng.choice(("global", "local", "captured")))
    source = w.program(rng.randrange(5, 40))
    with tempfile.NamedTemporaryFile("w", suffix=".fg") as f:
        f.write(source)
        f.flush()
        try:
            done = subprocess.run([forge, "run", f.name], capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "seed %d: no answer in 60 s\n%s" % (seed, source)
    got = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode == 0 and got == w.expected:
        return None
    line = next((i for i, (x, y) in enumerate(zip(got + [None], w.expected + [None])) if x != y), len(got))
    return "seed %d, step %d\n%s\nexpected: %s\ngot:      %s\n%s" % (
        seed, line + 1, source, "".join(w.expected[line:line + 1]), "".join(got[line:line + 1]),
        done.stderr.decode("utf-8", "replace"))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--programs", type=int, default=300)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("forge", nargs="+")
    a = a.parse_args()
    bad = 0
    for forge in a.forge:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda i: attempt(forge, a.seed + i), range(a.programs)))
        failed = [s for s in said if s]
        for s in failed[:3]:
            print(s)
        print("values, %s: %d passed, %d failed" % (forge, len(said) - len(failed), len(failed)))
        bad += len(failed)
    sys.exit(1 if bad else 0)


main()

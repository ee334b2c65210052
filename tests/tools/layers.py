#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make layers`: what a folder may include, that headers compile alone, and that nothing grows too long.

An include is allowed into the own folder and into the folders of its row below; everything else in quotation marks is
an error, and system headers are limited where the row says so.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENGINE = ["base", "value", "front", "code", "run", "template"]
BELOW = {
    "base": [],
    "value": ["base"],
    "front": ["base", "value"],
    "code": ["base", "value", "front"],
    "run": ["base", "value", "code"],
    "jit": ["base", "value", "code", "run"],
    "template": ["base", "value", "code", "run"],
    "ipc": ["base"],
    "state": ["base", "ipc"],
    "lib": ["base", "value", "code", "run", "template"],
    "api": ENGINE + ["jit", "ipc", "state", "lib", "include"],
    "cli": ENGINE + ["api", "jit", "ipc", "state", "lib", "include"],
    "include": [],
    "mod_forge": ["include"],
}
# Headers of the C library, the kernel, and what watches programs; the engine needs nothing else, above base also the
# tables of libunistring.
C_LIBRARY = re.compile(r"^(assert|complex|ctype|dirent|dlfcn|endian|errno|fcntl|fenv|float|inttypes|iso646|limits|locale|math|"
                       r"malloc|poll|pthread|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|"
                       r"stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|termios|threads|time|ucontext|unistd|"
                       r"wchar|wctype|(sys|linux|net|netinet|arpa|sanitizer|valgrind)/[\w./]+)\.h$")
UNICODE = re.compile(r"^uni\w+\.h$")
FREE = {"mod_forge", "lib", "state", "ipc", "cli"}
MAX_FILE, MAX_FUNCTION = 1500, 80
LONG_FUNCTIONS = re.compile(r"^libforge/run/(ops\w*\.h|run\.c)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def files():
    for top in ("libforge", "mod_forge"):
        for folder, _, names in sorted(os.walk(os.path.join(TREE, top))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), TREE)


def layer_of(path):
    parts = path.split("/")
    if parts[0] == "mod_forge":
        return "mod_forge"
    return "api" if len(parts) == 2 else parts[1]


def target_layer(path, name):
    """The layer of a header included in quotation marks, or None when there is no such file."""
    for base in (os.path.dirname(path), "libforge", "libforge/include", "mod_forge", "build"):
        full = os.path.normpath(os.path.join(base, name))
        if os.path.isfile(os.path.join(TREE, full)):
            return layer_of(full)
    return None


def blank(text):
    """The text with comments, strings and characters blanked, line breaks kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def check_includes(path, text):
    layer = layer_of(path)
    if layer not in BELOW:
        yield "%s: the folder is no layer" % path
        return
    for m in INCLUDE.finditer(text):
        where = "%s:%d" % (path, text.count("\n", 0, m.start()) + 1)
        if m.group(1) == "<":
            if not (layer in FREE or C_LIBRARY.match(m.group(2)) or layer != "base" and UNICODE.match(m.group(2))):
                yield "%s: <%s> is not of the C library" % (where, m.group(2))
            continue
        target = target_layer(path, m.group(2))
        if target is None and layer not in FREE:
            yield "%s: no file \"%s\"" % (where, m.group(2))
        elif target not in (None, layer) and target not in BELOW[layer]:
            yield "%s: %s may not include %s (\"%s\")" % (where, layer, target, m.group(2))


def check_lengths(path, text):
    lines = blank(text).split("\n")
    if len(lines) - 1 > MAX_FILE:
        yield "%s: %d lines, at most %d" % (path, len(lines) - 1, MAX_FILE)
    if LONG_FUNCTIONS.match(path):
        return
    depth, start, macro, head = 0, 0, False, ""
    for number, line in enumerate(lines, 1):
        if macro or line.lstrip().startswith("#"):
            macro = line.rstrip().endswith("\\")
            continue
        for char in line:
            if char == "{":
                if depth == 0:
                    start, function = number, head.rstrip().endswith(")")
                depth += 1
            elif char == "}":
                depth -= 1
                if depth == 0:
                    if function and number - start - 1 > MAX_FUNCTION:
                        yield "%s:%d: function of %d lines, at most %d" % (path, start, number - start - 1, MAX_FUNCTION)
                    head = ""
            elif depth == 0:
                head = "" if char == ";" else head + char
        if depth == 0:
            head += " "


def compile_alone(path):
    flags = ["-std=gnu11", "-fsyntax-only", "-x", "c", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    if path.startswith("mod_forge/"):
        ask = lambda *a: subprocess.run(a, capture_output=True, text=True, check=True).stdout.split()
        flags += ["-Ilibforge/include", "-Imod_forge", "-isystem", *ask("apxs", "-q", "INCLUDEDIR")]
        flags += [f.replace("-I", "-isystem", 1) for f in ask("apr-1-config", "--includes")]
        flags += ask("apr-1-config", "--cppflags")
    else:
        flags += ["-Ilibforge", "-Ilibforge/include"]
    probe = '#include "%s"\ntypedef int alone;\n' % path
    done = subprocess.run(["gcc", *flags, "-I.", "-"], cwd=TREE, input=probe, capture_output=True, text=True)
    return "" if done.returncode == 0 else "%s does not compile alone:\n%s" % (path, done.stderr.rstrip())


def main():
    faults, headers, count = [], [], 0
    for path in files():
        count += 1
        with open(os.path.join(TREE, path), encoding="utf-8") as f:
            text = f.read()
        faults += check_includes(path, text)
        faults += check_lengths(path, text)
        if path.endswith(".h") and not LONG_FUNCTIONS.match(path):
            headers.append(path)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults += filter(None, pool.map(compile_alone, headers))
    for fault in faults:
        print(fault)
    print("%d files and %d headers checked, %d faults" % (count, len(headers), len(faults)))
    return 1 if faults else 0


sys.exit(main())

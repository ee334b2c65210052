#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run compiled test programs, several at a time; the output of those that fail is shown."""
import concurrent.futures
import os
import re
import subprocess
import sys

SECONDS = 300


def run(program):
    command = [program]
    if "/tsan/" in program:
        # The thread sanitizer needs its own place in the address space.
        command = ["setarch", os.uname().machine, "-R", program]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1"))
        return done.returncode, done.stdout.decode("utf-8", "backslashreplace")
    except subprocess.TimeoutExpired as e:
        return -1, (e.stdout or b"").decode("utf-8", "backslashreplace") + "longer than %d s" % SECONDS


def main():
    failed, tests = 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for program, (code, text) in zip(sys.argv[1:], pool.map(run, sys.argv[1:])):
            passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))
            tests += passed
            if code:
                failed += 1
                told = [line for line in text.splitlines() if not re.match(r"\[ +(RUN|OK) +\]", line)]
                print("FAIL %s (status %d)\n%s" % (program, code, "\n".join(told)))
            else:
                print("%s: %d tests passed" % (program, passed))
    print("unit: %d programs passed, %d failed; %d tests passed" % (len(sys.argv) - 1 - failed, failed, tests))
    return 1 if failed else 0


sys.exit(main())

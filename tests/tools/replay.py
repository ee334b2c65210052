#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feed each fuzzer's corpus to its replay program: replay.py build/asan/replay/fuzz_NAME..."""
import os
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    failed = 0
    for program in sys.argv[1:]:
        corpus = os.path.join(TREE, "tests/fuzz/corpus", os.path.basename(program)[len("fuzz_"):])
        code = subprocess.run([program, corpus], timeout=300).returncode
        failed += code != 0
        if code:
            print("FAIL %s (status %d)" % (program, code))
    print("fuzz: %d corpora passed, %d failed" % (len(sys.argv) - 1 - failed, failed))
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every handler of the interpreter must end in a jump to the next one.

usage: dispatch.py run.o

A handler that calls the next one instead would use up the C stack, one frame an instruction.  gcc does that when the
address of a local leaves the handler, so this looks at the code: inside op_… no call goes through the table.
"""
import platform
import re
import subprocess
import sys


def main():
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", sys.argv[1]], capture_output=True, text=True,
                          check=True).stdout
    handlers, bad, name = set(), set(), None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(\w+)", line)
        if head:
            name = head.group(1)
            if name.startswith("op_"):
                handlers.add(name)
        elif name in handlers and re.search(r"\bcall\b.*\*.*,8\)", line):
            bad.add(name)
    for name in sorted(bad):
        print("%s calls the next handler instead of jumping to it" % name)
    print("dispatch: %d passed, %d failed" % (len(handlers - bad), len(bad)))
    # Elsewhere than on x86-64 the interpreter is one function with computed gotos.
    sys.exit(1 if bad or (platform.machine() == "x86_64" and len(handlers) < 50) else 0)


main()

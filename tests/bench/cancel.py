#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What watching the client costs a request, in instructions.

callgrind counts those of one httpd process that answers /ping, which is the way through the server, and /cpu, which is
200,000 additions: once for a few requests and once for more, so that the difference is theirs alone.  The share of all
functions mf_cancel_*, with what they call, is compared to its bar.  A count does not depend on what else the machine
does; but under callgrind a program takes longer and is looked at more often, so that the share is rather too large, and
the instructions of the kernel are not counted.  What misses its bar fails.

usage: cancel.py [--requests N]
"""
import argparse
import http.client
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests/tools"))
import httpd  # noqa: E402

BAR, REQUESTS, FEW = 0.005, 200, 20
ANSWERS = {"ping": '{"ok":true}', "cpu": '{"ok":true,"work":200000}'}
CONFIG = "ForgeApp /forge {root}/apps/cpu.fg\nForgeReserve 0\n"
COUNTS = re.compile(r"(?m)^\s*([\d,]+) \(.*?\)\s+\S+:(\S+)")


def stop(*words):
    sys.exit("cancel: " + ": ".join(words))


class Counted(httpd.Httpd):
    """One process that serves, under callgrind."""

    def start(self):
        self.write_config()
        os.makedirs(self.path("counts"))
        os.chmod(self.path("counts"), 0o777)
        self.process = subprocess.Popen(
            ["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + self.path("counts/%p"),
             "apache2", "-X", "-f", self.path("httpd.conf")],
            env=dict(self.environ(), PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"), stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.wait(self.answers, 120, "httpd does not answer")
        os.chmod(self.path("counts", str(self.pid)), 0o666)  # it is written when the user is another one
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(120)


def annotate(server):
    """(all instructions, those of mf_cancel_*) of a process that has ended."""
    done = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                           server.path("counts", str(server.pid))], capture_output=True, text=True)
    total = re.search(r"(?m)^\s*([\d,]+) \(100.*PROGRAM TOTALS", done.stdout)
    if done.returncode or not total:
        stop("callgrind_annotate", done.stdout[-1000:] + done.stderr)
    counts = [(name, int(n.replace(",", ""))) for n, name in COUNTS.findall(done.stdout)]
    if not any(name == "mf_cancel_init" for name, _ in counts):
        stop("nothing of the watch was counted", server.log())
    return (int(total.group(1).replace(",", "")),
            sum(n for name, n in counts if re.fullmatch(r"mf_cancel_(init|poll|look|all|drains|hold|release)", name)))


def count(what, requests):
    server = Counted(mpm="worker", config=CONFIG, threads=2, limit=1, bare=True)
    server.add("conf/examples/cpu.fg")
    with server:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        for _ in range(requests):
            link.request("GET", "/forge/" + what)
            body = link.getresponse().read().decode()
            if body != ANSWERS[what]:
                stop(what, body, server.log())
        link.close()
        server.stop()
        return annotate(server)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=REQUESTS)
    given = options.parse_args()
    if not shutil.which("valgrind"):
        stop("valgrind is missing: make bench")
    missed = 0
    print("%-8s %14s %14s %10s %8s" % ("", "instructions", "of the watch", "share", "bar"))
    for what in ANSWERS:
        few, more = count(what, FEW), count(what, FEW + given.requests)
        all_of_it, watch = ((b - a) / given.requests for a, b in zip(few, more))
        share = watch / all_of_it
        missed += share > BAR
        print("%-8s %14.0f %14.1f %8.3f %% <= %.1f %%%s" % (
            what, all_of_it, watch, 100 * share, 100 * BAR, "  missed" if share > BAR else ""))
    print("cancel: %d of %d bars missed" % (missed, len(ANSWERS)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

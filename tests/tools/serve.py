#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make run`: serve the examples from a private httpd until Ctrl-C."""
import argparse
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
import httpd  # noqa: E402

PATHS = {"api": "/api/hello/world", "cpu": "/cpu/ping", "hello": "/hello.fg"}
CONFIG = """
ForgeErrors dev
ForgeApp /api {root}/apps/api.fg
ForgeApp /cpu {root}/apps/cpu.fg
Include {root}/forge.conf
"""


def interrupt(*_):
    """Ctrl-C or TERM: stop once; more of them do not disturb the stopping."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def directory():
    """build/run, or None for a temporary directory when the children could not get there."""
    path = os.path.join(httpd.TREE, "build", "run")
    os.makedirs(path, exist_ok=True)
    part = path
    while os.getuid() == 0 and part != "/":
        if not os.stat(part).st_mode & 0o001:
            return None
        part = os.path.dirname(part)
    return path


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--app", default="api", choices=sorted(PATHS))
    app = options.parse_args().app
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    server = httpd.Httpd(mpm="worker", config=CONFIG, root=directory(), port=httpd.free_port(8080), threads=25)
    with open(os.path.join(httpd.TREE, "conf/forge.conf")) as f:
        server.put("forge.conf", f.read())
    server.add("conf/examples/api.fg", "conf/examples/cpu.fg")
    with open(os.path.join(httpd.TREE, "conf/examples/hello.fg")) as f:
        page = f.read()
    for name in ("hello.fg", "index.fg"):
        server.put("www/" + name, page)
    for name in ("error.log", "access.log"):
        if os.path.exists(server.path(name)):
            os.unlink(server.path(name))
    # httpd's processes do not see the terminal's Ctrl-C: `-k start` detaches them.
    tail = None
    try:
        with server:
            print("mod_forge serves %s/" % server.url)
            print("  the page   %s/hello.fg" % server.url)
            print("  the api    %s/api/" % server.url)
            print("  the log    %s" % server.path("error.log"))
            print("try:  curl -i %s%s" % (server.url, PATHS[app]))
            print("stop: Ctrl-C", flush=True)
            tail = subprocess.Popen(["tail", "-n", "+1", "-F", server.path("error.log")], stderr=subprocess.DEVNULL,
                                    start_new_session=True)
            tail.wait()
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
    except RuntimeError as e:
        sys.exit(str(e))
    finally:
        if tail:
            tail.terminate()


main()

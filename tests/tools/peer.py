# SPDX-License-Identifier: Apache-2.0
"""What the tests share whose programs talk to a server of the test."""
import os
import queue
import shutil
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Run:
    """Programs of one forge command against one server, whose address is URL in them."""

    def __init__(self, forge, server, url):
        self.forge, self.server, self.url = forge, server, url
        self.place = tempfile.mkdtemp(prefix="forge-peer-")

    def start(self, code, env=None, private=True, options=()):
        path = os.path.join(self.place, "main.fg")
        with open(path, "w", encoding="utf-8") as f:
            f.write(code.replace("URL", self.url))
        env = {k: v for k, v in {**os.environ, **(env or {})}.items() if v is not None}
        env.pop("FORGE_HTTP_ALLOW_PRIVATE", None)
        if private:
            env["FORGE_HTTP_ALLOW_PRIVATE"] = "1"
        return subprocess.Popen([self.forge, "run", *options, path], cwd=self.place, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, code, **options):
        p = self.start(code, **options)
        out, err = p.communicate(timeout=60)
        return p.returncode, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "replace")

    def says(self, code, expected, **options):
        status, out, err = self(code, **options)
        assert status == 0, "exit %d: %s" % (status, err)
        assert out == expected, "%r instead of %r %s" % (out, expected, err)

    def fails(self, code, *expected, **options):
        status, out, err = self(code, **options)
        assert status == 1, "exit %d, %r %s" % (status, out, err)
        for text in expected:
            assert text in err or text.replace("URL", self.url) in err, "%r is missing in %s" % (text, err)


def certificate(place):
    """Key and certificate of localhost, which nobody trusts."""
    key, crt = os.path.join(place, "key.pem"), os.path.join(place, "crt.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", crt],
                   check=True, capture_output=True)
    return key, crt


def run_all(name, tests, serve, run_with, stop):
    """Each test with each forge command; the exit status."""
    failed = 0
    for forge in sys.argv[1:] or [os.path.join(TREE, "build/forge")]:
        server, bad = serve(), 0
        for function in tests:
            run = run_with(os.path.abspath(forge), server)
            try:
                function(run)
            except (AssertionError, OSError, queue.Empty, subprocess.SubprocessError) as e:
                bad += 1
                print("FAIL %s: %s" % (function.__name__, str(e)[:2000] or repr(e)))
            finally:
                shutil.rmtree(run.place, ignore_errors=True)
        stop(server)
        failed += bad
        print("%s, %s: %d passed, %d failed" % (name, os.path.relpath(forge, TREE), len(tests) - bad, bad))
    return 1 if failed else 0

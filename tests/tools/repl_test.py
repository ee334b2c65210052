#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The prompt of the forge command: what it prints at a terminal and what it makes of lines from a pipe.

usage: repl_test.py [FORGE]     build/forge by default
"""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORGE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TREE, "build/forge"))
PATIENCE = 20
TESTS = []


def test(function):
    TESTS.append(function)
    return function


# ---- lines from a pipe ------------------------------------------------------------------------------------------------

def feed(text, code=0, **environment):
    """What lines on standard input give: standard output and standard error."""
    done = subprocess.run([FORGE, "repl"], input=text.encode(), capture_output=True, timeout=60,
                          env=dict(os.environ, **environment))
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, "status %d, not %d\n%s%s" % (done.returncode, code, out, err)
    assert "\x1b" not in out + err and "forge>" not in out, (out, err)
    return out, err


def gives(text, want, **options):
    out, err = feed(text, **options)
    assert (out, err) == (want, ""), (out, err)


@test
def values(_):
    gives("1 + 2\nlet mut x = 4\nx = x * 2\nx\n\"text\"\n[1, \"a\"]\nnull\nOk(3)\n", "=> 3\n=> 8\n=> text\n=> [1, a]\n=> Ok(3)\n")
    gives("say \"hi\"\nif 1 < 2 { \"yes\" } else { \"no\" }\n", "hi\n=> yes\n")
    gives("", "")
    gives("\n  \n// a comment\n", "")
    gives("7", "=> 7\n")
    gives("\"hé\"\n", "=> hé\n")


@test
def every_statement_runs_once(_):
    gives("let mut n = 0\nfn count() { n = n + 1; say \"counted\"; return n }\ncount()\nn\n", "counted\n=> 1\n=> 1\n")


@test
def definitions_stay(_):
    gives("fn twice(x) { return once(x) * 2 }\nfn once(x) { return x }\ntwice(4)\n"
          "struct P { a: Int }\nimpl P { fn more(it) { return it.a + 1 } }\nlet p = P { a: 1 }\np.more()\n"
          "type C = Red | Blue(Int)\nmatch Blue(2) { Red => 0, Blue(n) => n }\nlet math = 3\nmath\n",
          "=> 8\n=> 2\n=> 2\n=> 3\n")


@test
def values_keep_their_methods(_):
    """Also those of the first type, when later programs have defined others, and methods anew."""
    gives("let before = 1\nstruct A { n: Int }\nimpl A { fn inc(it) { return it.n + 1 } }\nlet a = A { n: 1 }\n"
          "let mut between = 3\na.inc()\nstruct B { m: Int }\nimpl B { fn inc(it) { return \"B\" } }\n"
          "let b = B { m: 3 }\na.inc()\nb.inc()\nfn later() { return a.inc() }\nlater()\n"
          "impl A { fn inc(it) { return \"new\" } }\na.inc()\nlater()\nb.inc()\n",
          "=> 2\n=> 2\n=> B\n=> 2\n=> new\n=> new\n=> B\n")


@test
def pieces_of_several_lines(_):
    gives("fn f(a) {\n    return [\n        a,\n        2\n    ]\n}\nf(\n1\n)\n", "=> [1, 2]\n")
    gives("\"\"\"a\n{ b\"\"\"\n/* a\ncomment */ 5\n", "=> a\n{ b\n=> 5\n")
    out, err = feed("1\nfn f() {\n  2\n")
    assert out == "=> 1\n" and "Error: [<repl>]" in err and "still open" in err, (out, err)


@test
def errors_do_not_end_it(_):
    out, err = feed("let x = 6\nlet y = 1 / 0\nlet = 3\nboom()\nfn f(a) {\n  return a / 0\n}\nf(1)\nx = 7\nx\n")
    assert out == "=> 6\n", out
    for part in ("division by zero", "<repl>:1:9]", "expected identifier", "undefined variable: 'boom'", "at f (line 2, col 10)",
                 "immutable variable 'x'"):
        assert part in err, (part, err)
    gives("let n = 0\nlet n = 1\nn\n", "=> 1\n")


@test
def words(_):
    gives("version\n", "forge 0.1.0\n")
    gives("let a = \"x\"\nfn f() { }\nlet long = range(0, 1000)\nenv\n",
          "a = \"x\"\nf = <fn f>\nlong = [%s …\n" % ", ".join(map(str, range(1000)))[:99])
    gives("env\nclear\n", "")
    gives(":type 1\n:type \"a\" + \"b\"\n  :type   [1]  \n", "Int\nString\nArray\n")
    gives("let mut n = 0\nfn f() { n = n + 1; return n }\n:type f()\nn\n", "Int\n=> 1\n")
    for word in ("exit", ":quit"):
        gives("1\n%s\n2\n" % word, "=> 1\n")
    gives("let env = 5\nenv\nlet help = 6\nhelp\n", "=> 5\n=> 6\n")
    for part in ("env ", "version ", ":type ", ":quit ", "clear ", "help "):
        assert "\n  " + part in feed("help\n")[0], part
    assert "needs an expression" in feed(":type\n")[1]
    assert "no word ':tpye'" in feed(":tpye 1\n")[1]
    assert "division by zero" in feed(":type 1 / 0\n")[1]


@test
def its_end(_):
    gives("say 1\nexit(3)\nsay 2\n", "1\n", code=3)
    gives("1\nexit()\n2\n", "=> 1\n")
    done = subprocess.run([FORGE, "repl", "x"], capture_output=True, timeout=PATIENCE)
    assert done.returncode == 2 and b"takes no arguments" in done.stderr, done
    done = subprocess.run([FORGE], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 2 and b"forge help COMMAND" in done.stdout, done
    with open("/dev/full", "wb") as full:
        done = subprocess.run([FORGE, "repl"], input=b"1\n2\n", stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 1 and b"No space left" in done.stderr, done


@test
def program_reads_what_follows(_):
    gives("let text = input()\nsay 1\n", "")
    gives("input()\nsay 1\n", "=> say 1\n")


@test
def output_is_in_order(_):
    done = subprocess.run([FORGE, "repl"], input=b"say 1\n1 / 0\n2\nsay 3\n", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE)
    lines = [line for line in done.stdout.decode().split("\n") if line[:1] in ("1", "=", "3", "E")]
    assert lines == ["1", "Error: [<repl>] division by zero", "=> 2", "3"], lines


@test
def interrupted_in_a_pipe(_):
    with subprocess.Popen([FORGE, "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        try:
            p.stdin.write(b"say \"go\"\nlet mut n = 0\nwhile true { n = n + 1 }\nsay \"on\"\n")
            p.stdin.flush()
            assert p.stdout.readline() == b"go\n"
            time.sleep(0.3)
            p.send_signal(signal.SIGINT)
            assert p.wait(PATIENCE) == 128 + signal.SIGINT, p.returncode
            assert p.stdout.read() == b""
        finally:
            p.kill()


@test
def many_lines(_):
    code = "let mut sum = 0\n" + "".join("sum = sum + %d // %s\n" % (i, "x" * 50) for i in range(2000)) + "sum\n"
    gives(code, "=> %d\n" % sum(range(2000)))


# ---- a terminal ----------------------------------------------------------------------------------------------------------

class Terminal:
    """forge with a terminal of its own."""

    def __init__(self, place, *args, **environment):
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORGE_HISTORY")}
        env.update(HOME=place, TERM="xterm", LC_ALL="C.UTF-8", **environment)
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x20\x00\x78\x00\0\0\0\0")

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([FORGE, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=env,
                                        preexec_fn=own_terminal)
        os.close(theirs)
        self.text = ""  # not taken yet
        self.all = ""

    def type(self, text):
        """Once keys are read one by one: the prompt is there a moment before."""
        end = time.monotonic() + PATIENCE
        while termios.tcgetattr(self.ours)[3] & termios.ICANON and time.monotonic() < end:
            time.sleep(0.002)
        os.write(self.ours, text.encode())

    def wait_for(self, pattern):
        """The text up to the end of what matches, without colours and moves of the cursor."""
        end = time.monotonic() + PATIENCE
        while True:
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x07", "", self.text)
            found = re.search(pattern, plain)
            if found:
                self.text = plain[found.end():]
                return plain[:found.end()]
            left = end - time.monotonic()
            assert left > 0 and self.read(left), "no %r in %r" % (pattern, self.all[-1000:])

    def read(self, seconds):
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.ours, 65536).decode("utf-8", "replace")
        except OSError:
            return False
        self.text += part
        self.all += part
        return bool(part)

    def prompt(self):
        return self.wait_for(r"forge> $")

    def ask(self, line):
        """What a line gives, up to the next prompt."""
        self.type(line + "\n")
        self.wait_for(r"\n")
        return self.prompt()[:-len("forge> ")]

    def end(self, keys="\x04"):
        self.type(keys)
        while self.read(PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)


@test
def talks(place):
    with Terminal(place, "repl") as t:
        assert t.prompt().startswith("forge 0.1.0"), t.all
        assert t.ask("let x = 20") == ""
        assert t.ask("x + 1") == "=> 21\n"
        assert "\x1b[36m=>\x1b[0m 21" in t.all, t.all
        assert "division by zero" in t.ask("x / 0") and "\x1b[1;31mError:" in t.all, t.all
        assert t.ask("x") == "=> 20\n"
        assert t.ask("\"hé, ✓\"") == "=> hé, ✓\n"
        t.type("fn f() {\n")
        t.wait_for(r"  \.\.\.> $")
        t.type("return x }\n")
        t.prompt()
        assert t.ask("f()") == "=> 20\n"
        assert t.end() == 0
    with Terminal(place) as t:
        t.prompt()
        assert t.end("exit(4)\n") == 4
    with Terminal(place, "repl", NO_COLOR="1") as t:
        t.prompt()
        assert t.ask("1") == "=> 1\n" and "\x1b[36m" not in t.all, t.all
        assert t.end("exit\n") == 0


@test
def interrupts(place):
    with Terminal(place, "repl") as t:
        t.prompt()
        t.ask("let mut n = 0")
        t.type("n = 55")
        t.wait_for("n = 55")
        t.type("\x03")
        t.prompt()
        assert t.ask("n") == "=> 0\n"
        t.type("fn broken() {\n")
        t.wait_for(r"  \.\.\.> $")
        t.type("\x03")
        t.prompt()
        assert t.ask("n") == "=> 0\n"
        for loop in ("while true { n = n + 1 }", "while true { try { wait 1 seconds } catch e { } }"):
            t.type(loop + "\n")
            t.wait_for(r"\n")
            time.sleep(0.3)
            os.write(t.ours, b"\x03")
            assert "interrupted" in t.prompt(), t.all
        assert re.match("=> [1-9]", t.ask("n")), t.all
        assert t.end() == 0


UP = "\x1b[A"


@test
def history(place):
    with Terminal(place, "repl") as t:
        t.prompt()
        t.ask("let first = 11")
        t.ask("first + 1")
        t.type(UP)
        t.wait_for(r"first \+ 1$")
        t.type(UP + "\n")
        t.wait_for(r"\n")
        t.prompt()
        assert t.end() == 0
    path = place + "/.forge_history"
    assert os.stat(path).st_mode & 0o77 == 0, oct(os.stat(path).st_mode)
    with Terminal(place, "repl") as t:
        t.prompt()
        t.type(UP)
        t.wait_for("let first = 11$")
        t.type("1\n")
        t.prompt()
        assert t.ask("first") == "=> 111\n"
        assert t.end() == 0
    os.unlink(path)
    other = place + "/other"
    for name, kept in (("", False), (other, True)):
        with Terminal(place, "repl", FORGE_HISTORY=name) as t:
            t.prompt()
            t.ask("1")
            assert t.end() == 0
        assert not os.path.exists(path) and os.path.exists(other) == kept, name


@test
def completion(place):
    with Terminal(place, "repl") as t:
        t.prompt()
        t.ask("let remarkable = 5")
        t.ask("let remarkably = 6")
        t.type("remarkably + rem")
        t.type("\t")
        t.wait_for("remarkably . remarkabl$")
        t.type("\t")
        assert "remarkable  remarkably\n" in t.wait_for(r"forge> remarkably \+ remarkabl$"), t.all
        t.type("e\n")
        assert "=> 11" in t.prompt(), t.all
        t.type("assert_thr\t")
        t.wait_for("assert_throws$")
        t.type("\x15json.stringi\t")
        t.wait_for("json.stringify$")
        t.type("\x15[1].revers\t")
        t.wait_for(r"\[1\].reverse$")
        t.type("()\n")
        assert "=> [1]" in t.prompt(), t.all
        t.type("contin\t")
        t.wait_for("continue$")
        t.type("\x15nosuchname\t\x15\t7\n")
        assert "=> 7" in t.prompt(), t.all
        assert t.end() == 0


def main():
    failed = 0
    for function in TESTS:
        place = tempfile.mkdtemp(prefix="forge-repl-")
        try:
            function(place)
        except (AssertionError, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print("FAIL %s: %s" % (function.__name__, e))
        finally:
            shutil.rmtree(place, ignore_errors=True)
    print("prompt, %s: %d passed, %d failed" % (os.path.relpath(FORGE, TREE), len(TESTS) - failed, failed))
    return 1 if failed else 0


sys.exit(main())

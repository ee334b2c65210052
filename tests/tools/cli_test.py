#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the forge command prints and how it ends.

usage: cli_test.py [FORGE]     build/forge by default; serving is tested when mod_forge.so lies beside it
"""
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORGE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TREE, "build/forge"))
APP = """@server(port: %d)
@get("/hello/:name/:n")
fn hello(name, n: Int) { return { hello: name } }
"""
ENDLESS = "let mut n = 0\nwhile true { n = n + 1 }\n"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Place:
    """A temporary directory with programs in it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="forge-cli-")
        os.chmod(self.path, 0o755)

    def put(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path


def forge(*args, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([FORGE, *args], capture_output=True, timeout=60, **options)


def expect(done, code, out=None, err=None):
    text = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    assert done.returncode == code, "status %d, not %d\n%s%s" % (done.returncode, code, text[0][-500:], text[1])
    if out is not None:
        assert text[0] == out, "printed %r, not %r" % (text[0][:200], out[:200])
    for part in [err] if isinstance(err, str) else err or []:
        assert part in text[1], "%r is not in %r" % (part, text[1])
    if err is None and code == 0:
        assert text[1] == "", "standard error: %r" % text[1]


@test
def prints(place):
    expect(forge("-e", "say 6 * 7"), 0, "42\n")
    expect(forge("-e", "say 1; say 2"), 0, "1\n2\n")
    expect(forge("--eval", "say \"a;b\""), 0, "a;b\n")
    expect(forge("run", place.put("a.fg", "say \"hé\"\n")), 0, "hé\n")
    expect(forge("run", "-", stdin=None, input=b"say 3\n"), 0, "3\n")


@test
def statuses(place):
    expect(forge("-e", "exit(3)"), 3, "")
    expect(forge("-e", "exit(300)"), 300 % 256, "")
    expect(forge("-e", "exit(-1)"), 255, "")
    expect(forge("-e", "say 1\nexit()"), 0, "1\n")
    expect(forge("-e", "say 1\nsay 1 / 0\nsay 2"), 1, "1\n", ["division by zero", "hint:", "<eval>:2:"])
    expect(forge("-e", "let = 2"), 1, "", ["Error: [<eval>]", "let = 2"])
    expect(forge("run", place.put("deep.fg", "fn f(n) { return f(n + 1) + 1 }\nf(0)\n")), 1, "", "recursion")


@test
def bad_files(place):
    expect(forge("run", place.path + "/none.fg"), 1, "", ["cannot read", "No such file"])
    expect(forge("run", place.path), 1, "", "is a directory")
    expect(forge("run", place.put("empty.fg", "")), 0, "")
    expect(forge("run", place.put("latin.fg", b"say \"\xe9\"\n")), 1, "", ["UTF-8", "0xe9"])
    expect(forge("run", place.put("nul.fg", b"say 1\n\0")), 1)
    huge = place.put("huge.fg", "")
    os.truncate(huge, 65 << 20)
    expect(forge("run", huge), 1, "", "too large")
    secret = place.put("secret.fg", "say 1\n")
    os.chmod(secret, 0)
    if os.getuid() != 0:
        expect(forge("run", secret), 1, "", "Permission denied")


@test
def usage(_):
    expect(forge(), 2)
    expect(forge("help"), 0)
    expect(forge("--help"), 0)
    for command in ("run", "check", "serve", "dis", "version", "help"):
        done = forge("help", command)
        expect(done, 0)
        assert done.stdout.startswith(b"usage: forge " + command.encode())
        assert forge(command, "--help").stdout == done.stdout
    expect(forge("version"), 0, "forge 0.1.0\n")
    expect(forge("-V"), 0, "forge 0.1.0\n")
    expect(forge("rnu", "a.fg"), 2, "", "did you mean `forge run`?")
    expect(forge("chekc"), 2, "", "did you mean `forge check`?")
    expect(forge("wholly-else"), 2, "", "forge help")
    expect(forge("run"), 2, "", "needs a file")
    expect(forge("run", "--nonsense", "x"), 2, "", "no option '--nonsense'")
    expect(forge("run", "a.fg", "b"), 2, "", "one program")
    expect(forge("run", "--memory", "much", "a.fg"), 2, "", "a size like")
    expect(forge("check"), 2, "", "needs a file")
    expect(forge("check", "-x"), 2, "", "no option")
    expect(forge("serve"), 2, "", "needs a file")
    expect(forge("serve", "--port", "99999", "a.fg"), 2, "", "0 to 65535")
    expect(forge("-e"), 2, "", "needs code")


@test
def disassembles(place):
    code = place.put("a.fg", "fn twice(x) { return x * 2 }\nsay twice(4)\n")
    done = forge("dis", code)
    expect(done, 0)
    for part in (b"twice: 1 parameters", b"MULK", b"CALLG", b"<builtin say>", b"RETNULL"):
        assert part in done.stdout, part
    expect(forge("dis", place.put("bad.fg", "let = 1\n")), 1, "", "expected identifier")
    expect(forge("dis"), 2, "", "needs one file")


@test
def suggests_run(place):
    path = place.put("a.fg", "say 1\n")
    expect(forge(path), 2, "", "did you mean `forge run " + path)


@test
def checks(place):
    good, bad = place.put("good.fg", "say 1 / 0\n"), place.put("bad.fg", "let x = 1\nfn (\n")
    expect(forge("check", good), 0, "")
    expect(forge("check", good, bad), 1, "", "bad.fg:2:")
    expect(forge("check", bad, place.path + "/none.fg"), 1, "", ["bad.fg:2:", "cannot read"])


@test
def imports_files(place):
    for folder in ("lib", "forge_modules/pack/src", "forge_modules/other", ".forge/packages/kept"):
        os.makedirs(os.path.join(place.path, folder))
    place.put("lib/near.fg", "import \"next\"\nfn near() { return next_to() + 1 }\n")
    place.put("lib/next.fg", "fn next_to() { return 1 }\n")
    place.put("forge_modules/one.fg", "let one = 1\n")
    place.put("forge_modules/pack/src/main.fg", "let pack = 2\n")
    place.put("forge_modules/other/main.fg", "let other = 3\n")
    place.put(".forge/packages/kept/main.fg", "let kept = 4\n")
    place.put("other.fg", "let other = \"first\"\n")
    os.mkdir(os.path.join(place.path, "lib/near"))  # a directory of the name is no file
    code = "import \"lib/near\"\nimport one\nimport pack\nimport kept\nsay [near(), one, pack, kept]"
    run = place.put("run.fg", code)
    expect(forge("-e", code, cwd=place.path), 0, "[2, 1, 2, 4]\n")
    expect(forge("run", "-", cwd=place.path, stdin=None, input=code.encode()), 0, "[2, 1, 2, 4]\n")
    expect(forge("run", "run.fg", cwd=place.path), 0, "[2, 1, 2, 4]\n")
    expect(forge("-e", "import other; say other", cwd=place.path), 0, "first\n")
    expect(forge("-e", "import \"%s/lib/near\"; say near()" % place.path, cwd="/"), 0, "2\n")
    expect(forge("run", run, cwd="/"), 1, "", ["cannot import 'one': file not found", "run.fg:2:1]"])
    os.remove(os.path.join(place.path, "other.fg"))
    expect(forge("-e", "import other; say other", cwd=place.path), 0, "3\n")


@test
def refuses_imports(place):
    os.mkfifo(os.path.join(place.path, "pipe.fg"))
    expect(forge("-e", "import pipe", cwd=place.path), 1, "", "cannot import 'pipe': pipe.fg: not a file")
    with open(os.path.join(place.path, "large.fg"), "wb") as f:
        f.truncate((64 << 20) + 1)
    expect(forge("-e", "import large", cwd=place.path), 1, "", "large.fg: too large for a program")
    place.put("bytes.fg", b"let a = \"\xff\"\n")
    expect(forge("-e", "import bytes", cwd=place.path), 1, "", ["import 'bytes' lex error: ", "[bytes.fg:1:10]"])


@test
def checks_imports(place):
    place.put("good.fg", "let a = 1\n")
    bad = place.put("bad.fg", "let a = 1\nlet = 2\n")
    user = place.put("user.fg", "import \"good\"\nif false { import \"bad\" }\n")
    expect(forge("run", user), 0, "")
    expect(forge("check", user), 1, "", ["[%s] import 'bad' parse error: expected identifier" % bad, "bad.fg:2:5]"])
    missing = place.put("missing.fg", "fn f() { import \"nowhere\" }\n")
    expect(forge("check", missing), 1, "", ["cannot import 'nowhere': file not found", "missing.fg:1:10]"])
    unknown = place.put("unknown.fg", "import { a, b } from \"good\"\n")
    expect(forge("check", unknown), 1, "", ["import 'good' does not export 'b'", "unknown.fg:1:13]"])
    place.put("bad.fg", "let b = 2\n")
    expect(forge("check", user), 0, "")


@test
def disassembles_imports(place):
    place.put("a.fg", "import \"b\"\nfn of_a() { return 1 }\n")
    place.put("b.fg", "import \"a\"\nfn of_b() { return 1 }\n")
    done = forge("dis", place.put("c.fg", "import \"a\"\n"))
    expect(done, 0)
    for part in (b"<main>: ", b"<module> of ", b"a.fg: ", b"of_a of ", b"of_b of ", b"IMPORT    <module>"):
        assert part in done.stdout, (part, done.stdout)
    assert done.stdout.count(b"of_b of ") == 1


@test
def warns(place):
    bad = place.put("bad.fg", "say \"x\"\nlet n: Int = \"s\"\n")
    message = "type mismatch: 'n' declared as Int but assigned String"
    done = forge("run", bad)
    expect(done, 0, "x\n", "")
    assert done.stderr.decode() == "warning: line 2: %s\n" % message, done.stderr
    done = forge("check", bad)
    expect(done, 0, "", "")
    assert done.stderr.decode() == "warning: line 2: %s\n" % message, done.stderr
    framed = ["error: [%s:2] %s\n" % (bad, message), "bad.fg:2:1]", "let n: Int = \"s\"", "╰── " + message]
    expect(forge("run", "--strict", bad), 1, "", framed)
    expect(forge("check", "--strict", bad), 1, "", framed)
    expect(forge("-e", "fn f(a) { return 1 }\nsay f()"), 0, "1\n", "warning: line 2: function 'f' expects 1")
    good = place.put("good.fg", "fn f(a, b = 1) { return a + b }\nsay f(1)\n")
    expect(forge("run", "--strict", good), 0, "2\n")
    expect(forge("run", good, "--strict"), 0, "2\n")
    expect(forge("check", good, "--strict"), 0, "")
    expect(forge("check", "--strict", good, bad), 1, "", framed)
    expect(forge("check", "--strict"), 2, "", "needs a file")
    expect(forge("run", "--strict", place.put("broken.fg", "let = 1\n")), 1, "", "expected identifier")


@test
def memory_limit(_):
    hoard = "let mut s = \"abcdefgh\"\nwhile true { s = s + s }\n"
    expect(forge("run", "--memory", "32M", "-", stdin=None, input=hoard.encode()), 1, "", "33554432 bytes")
    expect(forge("run", "--memory=32M", "-", stdin=None, input=b"say 1"), 0, "1\n")


@test
def large_output(_):
    done = forge("-e", "let mut i = 0\nwhile i < 50000 { say \"line {i}\"\n i = i + 1 }")
    expect(done, 0, "".join("line %d\n" % i for i in range(50000)))


@test
def output_comes_while_running(_):
    code = "say \"first\"\n" + ENDLESS
    with subprocess.Popen([FORGE, "-e", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        try:
            assert p.stdout.readline() == b"first\n"
        finally:
            p.kill()


@test
def output_comes_before_waiting(_):
    with subprocess.Popen([FORGE, "-e", "print(\"name? \")\nsay \"hello \" + input()"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        try:
            assert select.select([p.stdout], [], [], 10)[0], "nothing comes"
            assert os.read(p.stdout.fileno(), 100) == b"name? "
            out, _ = p.communicate(b"Ada\n", timeout=20)
            assert out == b"hello Ada\n", out
        finally:
            p.kill()


@test
def closed_pipe(_):
    with subprocess.Popen([FORGE, "-e", "while true { say \"y\" }"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
        p.stdout.read(10)
        p.stdout.close()
        assert p.stderr.read() == b""
        assert p.wait(20) == -signal.SIGPIPE, p.returncode


@test
def full_disk(_):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([FORGE, "-e", "say 1"], stdout=full, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1 and b"No space left" in done.stderr, done


@test
def interrupted(_):
    for number in (signal.SIGINT, signal.SIGTERM):
        code = "say \"go\"\n" + ENDLESS
        with subprocess.Popen([FORGE, "-e", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as p:
            assert p.stdout.readline() == b"go\n"
            p.send_signal(number)
            assert p.wait(10) == 128 + number, p.returncode
            assert p.stderr.read() == b""


def on_terminal(environment, code="say 1 / 0"):
    """Standard error of a program, by default a failing one, whose standard error is a terminal."""
    ours, theirs = pty.openpty()
    subprocess.run([FORGE, "-e", code], stdout=subprocess.DEVNULL, stderr=theirs, env=environment, timeout=20)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:
        pass
    os.close(ours)
    return text


@test
def colours(_):
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environment["TERM"] = "xterm"
    assert b"\x1b[" in on_terminal(environment)
    assert on_terminal(environment, "let n: Int = \"s\"").startswith(b"\x1b[1;33mwarning\x1b[0m: line 1: type")
    assert b"\x1b[" not in on_terminal(dict(environment, NO_COLOR="1"))
    assert b"\x1b[" not in on_terminal(dict(environment, TERM="dumb"))
    assert b"\x1b[" not in forge("-e", "say 1 / 0").stderr


@test
def server_without_routes(place):
    expect(forge("run", place.put("s.fg", "@server(port: 8080)\nsay 1\n")), 1, "", "no routes")
    expect(forge("-e", "@server(port: 1)\n@get(\"/\")\nfn f() { return 1 }"), 1, "", "must be a file")
    expect(forge("run", place.put("r.fg", "@get(\"/\")\nfn f() { return 1 }\nsay 5\n")), 0, "5\n")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Served:
    """forge in the background until its end is asked for."""

    def __init__(self, place, *args):
        self.process = subprocess.Popen([FORGE, *args], env=dict(os.environ, TMPDIR=place.path),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.lines = [self.process.stdout.readline().decode() for _ in range(3)]
        assert self.lines[2], self.process.communicate(timeout=20)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, err.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def left(place):
    """What servers left behind."""
    return [name for name in os.listdir(place.path) if name.startswith("forge-")]


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def serving(function):
    """A test that needs httpd and the module."""
    if os.path.exists(os.path.join(os.path.dirname(FORGE), "mod_forge.so")) and "asan" not in FORGE:
        test(function)


@serving
def serves_an_app(place):
    port = free_port()
    for args in (["serve", place.put("app.fg", APP % 1), "--port", str(port)], ["run", place.put("b.fg", APP % port)]):
        with Served(place, *args) as server:
            assert ":%d/" % port in server.lines[0], server.lines
            assert server.lines[1] == "try:  curl -i http://127.0.0.1:%d/hello/name/1\n" % port, server.lines
            status, body = get("http://127.0.0.1:%d/hello/Ada/2" % port)
            assert status == 200 and body.replace(" ", "") == '{"hello":"Ada"}', (status, body)
            assert get("http://127.0.0.1:%d/none" % port)[0] == 404
            code, err = server.stop()
            assert code == 0, (code, err)
            assert "GET /hello/Ada/2 HTTP/1.1 200" in err, err
    assert not left(place), left(place)


@serving
def serves_a_page(place):
    page = place.put("my page.fg", "say \"<p>{6 * 7}</p>\"\n")
    place.put("style.css", "p { }\n")
    place.put(".secret", "x\n")
    with Served(place, "serve", page, "--port=0") as server:
        url = server.lines[0].split(" at ")[1].strip()
        assert get(url) == (200, "<p>42</p>\n"), get(url)
        assert get(url + "my%20page.fg") == (200, "<p>42</p>\n")
        assert get(url + "style.css") == (200, "p { }\n")
        assert get(url + ".secret")[0] == 403
        code, err = server.stop(signal.SIGTERM)
        assert code == 0, (code, err)


@serving
def does_not_serve(place):
    app = place.put("app.fg", APP % 1)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = str(s.getsockname()[1])
        expect(forge("serve", app, "--port", port), 1, "", ["port %s of 127.0.0.1 is in use" % port, "--port"])
    expect(forge("serve", app, "--host", "no.such.name"), 1, "", "no address")
    expect(forge("serve", place.put("bad.fg", "fn (\n")), 1, "", "bad.fg:1:")
    expect(forge("serve", place.path + "/none.fg"), 1, "", "cannot read")
    if os.getuid() == 0:
        os.chmod(app, 0o600)
        expect(forge("serve", app, "--port", "0"), 1, "", "who cannot read")


@serving
def dies_with_its_command(place):
    server = Served(place, "serve", place.put("app.fg", APP % 1), "--port", "0")
    url = server.lines[0].split(" at ")[1].strip()
    server.process.kill()
    server.process.wait(10)
    end = time.monotonic() + 10
    while True:
        try:
            urllib.request.urlopen(url, timeout=1)
        except urllib.error.HTTPError:
            pass
        except OSError:
            break
        assert time.monotonic() < end, "httpd lives on"
        time.sleep(0.05)


def main():
    failed = 0
    os.environ.pop("XDG_RUNTIME_DIR", None)
    for function in TESTS:
        place = Place()
        try:
            function(place)
        except (AssertionError, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print("FAIL %s: %s" % (function.__name__, e))
        finally:
            shutil.rmtree(place.path, ignore_errors=True)
    print("cli, %s: %d passed, %d failed" % (os.path.relpath(FORGE, TREE), len(TESTS) - failed, failed))
    return 1 if failed else 0


sys.exit(main())

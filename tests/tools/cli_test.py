#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the forge command prints and how it ends.

usage: cli_test.py [FORGE]     build/forge by default; serving is tested when mod_forge.so lies beside it
"""
import json
import os
import pty
import re
import resource
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


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


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
def nothing_is_too_deep_to_survive(place):
    n = 100000
    for opening, closing in ("[", "]"), ("(", ")"), ("{a:", "}"), ("f(", ")"), ("Some(", ")"), ("-", ""):
        program = place.put("deep.fg", "let x = %s1%s\n" % (opening * n, closing * n))
        expect(forge("run", program), 1, "", "nested too deeply")
    for nest, size in ("[%s]", 200003), ("{ k: %s }", 900001), ("Some(%s)", 600001), ("(%s,)", 300001):
        start = "let mut a = [1]\nlet mut b = [1]\n" if nest[0] == "[" else "let mut a = 1\nlet mut b = 1\n"
        if nest == "(%s,)":
            nest, size = "(%s, 1)", 500001
        program = start + "repeat 100000 times {\n a = %s\n b = %s\n}\n" % (nest % "a", nest % "b")
        done = forge("run", place.put("deep.fg", program + "say [a == b, a != b, len(str(a))]\n"))
        assert done.returncode == 0 and done.stdout.decode() == "[true, false, %d]\n" % size, done
        if nest[0] in "[{":
            done = forge("run", place.put("deep.fg", program + "json.stringify(a)\n"))
            expect(done, 1, "", "nested deeper than 2000")
    done = forge("run", place.put("deep.fg", "fn f(n) { return if n == 0 { 0 } else { f(n - 1) + 1 } }\nsay f(9999)\n"))
    expect(done, 0, "9999\n")


@test
def coverage_of_tests(place):
    place.put("part.fg", "fn used(x) {\n    if x > 1 {\n        return 1\n    }\n    return 2\n}\n"
                         "fn unused() {\n    let a = 1\n    let b = 2\n    return a + b\n}\n")
    tests = place.put("a.fg", 'import "part"\n@test\nfn t() {\n    assert_eq(used(1), 2)\n}\n'
                              '@test @skip\nfn s() {\n    unused()\n}\n')
    other = place.put("b.fg", 'import "part"\n@test\nfn t() {\n    assert_eq(used(2), 1)\n}\n')
    done = forge("test", "--coverage", tests, cwd=place.path)
    out = done.stdout.decode()
    assert done.returncode == 0 and "coverage\n" in out, done
    # of part.fg: two definitions and used()'s if and last return; not return 1, nor three lines of unused()
    assert re.search(r"^ 50\.0 %  \S*part\.fg \(4 of 8 lines\)$", out, re.M), out
    assert re.search(r"^ 80\.0 %  \S*a\.fg \(4 of 5 lines\)$", out, re.M), out
    assert re.search(r"^ 61\.5 %  all \(8 of 13 lines\)$", out, re.M), out
    out = forge("test", "--coverage", "--format", "tap", tests, other).stdout.decode()
    assert re.search(r"^#  62\.5 %  \S*part\.fg \(5 of 8 lines\)$", out, re.M), out
    expect(forge("test", "--coverage", "--format", "json", tests), 2, "", "goes with")
    expect(forge("test", tests), 0)


@test
def watch_runs_a_block_when_its_file_changes(place):
    seen = os.path.join(place.path, "seen.txt")
    program = place.put("watch.fg", """let seen = channel()
let mut n = 0
watch "%s" {
    n += 1
    send(seen, n)
}
say "ready"
say receive(seen)
say receive(seen)
say n
""" % seen)
    running = subprocess.Popen([FORGE, "run", program], stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    place.put("seen.txt", "appears")
    assert running.stdout.readline() == "1\n"
    os.unlink(seen)
    assert running.communicate(timeout=20)[0] == "2\n0\n"
    assert running.returncode == 0


@test
def prints(place):
    expect(forge("-e", "say 6 * 7"), 0, "42\n")
    expect(forge("-e", "say 1; say 2"), 0, "1\n2\n")
    expect(forge("--eval", "say \"a;b\""), 0, "a;b\n")
    expect(forge("run", place.put("a.fg", "say \"hé\"\n")), 0, "hé\n")
    expect(forge("run", "-", stdin=None, input=b"say 3\n"), 0, "3\n")


@test
def words_are_the_programs(place):
    words = "let a = io.args()\nsay a[1]\nsay slice(a, 3)\nsay io.args_get(\"--memory\")\n"
    program = place.put("w.fg", words)
    expect(forge("run", program, "one", "--memory", "x", "--help", "--", "-"), 0,
           "run\n[one, --memory, x, --help, --, -]\nx\n")
    expect(forge("run", "--memory=64M", "-", "é", stdin=None, input=b"say io.args()[4]\n"), 0, "é\n")
    expect(forge("-e", "say len(io.args())"), 0, "3\n")
    expect(forge("run", "--strict", "--help"), 0, None, [])
    tests = place.put("w_test.fg", """let words = io.args()
@test
fn words_stay() { assert_eq([words[2], len(words)], ["--format", 5]) }
@test
fn commands_run() { assert(sh_ok("true")) }
@test
fn directories_do_not_stay() { cd("/") }
@test
fn back_again() { assert(cwd() != "/") }
""")
    done = forge("test", "--format", "tap", tests)
    assert done.returncode == 0, done


@test
def commands_need_an_option(place):
    program = place.put("c.fg", "say sh(\"echo ran\")\n")
    expect(forge("run", program), 1, "", ["Shell execution denied. Use --allow-run to enable sh/shell/run_command."])
    expect(forge("run", "--allow-run", program), 0, "ran\n")
    expect(forge("-e", "say sh(\"echo ran\")"), 0, "ran\n")
    expect(forge("repl", stdin=None, input=b"sh(\"echo ran\")\n"), 0)


@test
def a_signal_ends_what_is_waited_for(place):
    mark = os.path.join(place.path, "pid")
    for code in ("io.prompt(\"> \")", "input()", "sh(\"echo $$ > %s; exec sleep 600\")" % mark,
                 "squad { spawn { io.prompt(\"> \") }  spawn { sh(\"echo $$ > %s; exec sleep 600\") } }" % mark):
        running = subprocess.Popen([FORGE, "-e", "say \"ready\"\n" + code], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        assert running.stdout.readline() == b"ready\n"
        if "sleep" in code:
            while not os.path.exists(mark) or not read(mark).strip():
                time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        running.stdout.read()
        assert running.wait(timeout=20) == 128 + signal.SIGINT, (code, running.returncode)
        if "sleep" in code:
            assert not os.path.exists("/proc/%d" % int(read(mark))), code
            os.unlink(mark)


@test
def a_signal_lets_deferred_functions_and_sections_run(place):
    for code, printed in (("defer(fn() { say \"deferred\" })\nsay \"ready\"\nwait 60 seconds", b"deferred\n"),
                          ("say \"ready\"\nuncancellable(fn() { wait 0.5 seconds\n say \"section\" })\nsay \"behind\"",
                           b"section\n")):
        running = subprocess.Popen([FORGE, "-e", code], stdout=subprocess.PIPE)
        assert running.stdout.readline() == b"ready\n"
        running.send_signal(signal.SIGTERM)
        assert running.stdout.read() == printed
        assert running.wait(timeout=20) == 128 + signal.SIGTERM, running.returncode


@test
def the_environment_bounds_files(place):
    os.makedirs(place.path + "/base/in")
    os.symlink("../secret", place.path + "/base/out")
    place.put("secret", "outside")
    place.put("base/f", "inside")
    code = """let see = fn(p) { try { return fs.read(p) } catch e { return "refused" } }
env.set("FORGE_FS_BASE", "/")
say [see("f"), see("out"), see("../secret"), see("/etc/passwd")]
cd("..")
say [see("base/f"), see("secret"), env.get("FORGE_FS_BASE")]
"""
    env = dict(os.environ, FORGE_FS_BASE=".")
    expect(forge("-e", code, cwd=place.path + "/base", env=env), 0,
           "[inside, refused, refused, refused]\n[inside, refused, /]\n")
    assert os.environ.get("FORGE_FS_BASE") is None


@test
def follows_links(place):
    here = os.path.realpath(place.path)
    os.makedirs(here + "/real/deep")
    for target, link in ("real/deep", "short"), ("loop", "loop"), ("none", "dangling"):
        os.symlink(target, os.path.join(here, link))
    code = ("say path.resolve(\"short/..\")\nsay path.dirname(\"short/..\")\n"
            "say path.relative(\"short\", \"real\")\nsay path.relative(\".\", \"short\")")
    expect(forge("-e", code, cwd=here), 0, here + "/real\nshort\n..\nreal/deep\n")
    expect(forge("-e", "say path.resolve(\"dangling\")", cwd=here), 1, "",
           "path.resolve('dangling') failed: No such file or directory (os error 2)")
    expect(forge("-e", "say path.relative(\"loop\", \".\")", cwd=here), 1, "",
           "path.relative(): cannot resolve 'loop': Too many levels of symbolic links (os error 40)")


@test
def statuses(place):
    expect(forge("-e", "exit(3)"), 3, "")
    expect(forge("-e", "exit(300)"), 300 % 256, "")
    expect(forge("-e", "exit(-1)"), 255, "")
    expect(forge("-e", "say 1\nexit()"), 0, "1\n")
    expect(forge("-e", "say 1\nsay 1 / 0\nsay 2"), 1, "1\n", ["division by zero", "hint:", "<eval>:2:"])
    expect(forge("-e", "let = 2"), 1, "", ["Error: [<eval>]", "let = 2"])
    expect(forge("run", place.put("deep.fg", "fn f(n) { return f(n + 1) + 1 }\nf(0)\n")), 1, "", "recursion")


LATE = {"libcurl.so": "libcurl4", "libpq.so": "libpq5", "libmariadb.so": "libmariadb3"}


@test
def libraries_are_loaded_when_a_program_names_what_needs_them(place):
    maps = 'say fs.read("/proc/self/maps")\n'
    url = '"http://127.0.0.1/"'
    curl, pq, mariadb = LATE
    samples = [("", []), ("let http = 1\nlet f = fn(pg, ws) { return pg + ws + http }\n", []),
               ('say json.stringify([url.parse(%s).host, "fetch ask"])\n' % url, [])]
    samples += [("fn unused() { %s }\n" % text, [library]) for text, library in (
        ("http.pretty({})", curl), ("fetch(%s)" % url, curl), ("ws.close(1)", curl), ("ask %s" % url, curl),
        ("grab x from %s" % url, curl), ("download %s to \"x\"" % url, curl), ("crawl %s" % url, curl),
        ("pg.close()", pq), ("mysql.close(1)", mariadb))]
    samples += [('import "pg"\nlet m = pg\nlet n = mysql\n', [pq, mariadb])]
    for text, libraries in samples:
        done = forge("run", place.put("late.fg", text + maps))
        expect(done, 0)
        assert b"/libc.so" in done.stdout, done
        found = [library for library in LATE if b"/" + library.encode() in done.stdout]
        assert found == libraries, (text, found)


@test
def a_library_that_is_missing_is_named_with_its_package(place):
    url = '"http://127.0.0.1:1/"'
    folder = os.path.join(place.path, "broken")
    os.mkdir(folder)
    for name in "libcurl.so.4", "libpq.so.5", "libmariadb.so.3":
        place.put("broken/" + name, "")
    env = dict(os.environ, LD_LIBRARY_PATH=folder)
    for text, what, library in (
            ("http.get(%s)" % url, "http.get", "libcurl.so.4"), ("fetch(%s)" % url, "fetch", "libcurl.so.4"),
            ("crawl %s" % url, "crawl", "libcurl.so.4"), ("grab x from %s" % url, "fetch", "libcurl.so.4"),
            ('http.download(%s, "x")' % url, "download", "libcurl.so.4"),
            ('ws.connect("ws://127.0.0.1:1/")', "ws.connect", "libcurl.so.4"),
            ('pg.connect("host=127.0.0.1", "none")', "pg.connect error", "libpq.so.5"),
            ('mysql.connect("mysql://127.0.0.1:1/")', "mysql.connect() error", "libmariadb.so.3")):
        program = place.put("missing.fg", "say 1\n%s\n" % text)
        expect(forge("run", program, env=env, cwd=place.path), 1, "1\n",
               ["%s: %s cannot be loaded: " % (what, library),
                "hint: install the Debian package " + LATE[library[:library.index(".so") + 3]]])
    expect(forge("-e", "fn f() { pg.close()\n mysql.close(1)\n http.pretty({}) }\nsay 1", env=env), 0, "1\n")
    assert not os.path.exists(os.path.join(place.path, "x")), "a file of a download that never began"


@test
def formats(place):
    ugly, good = "let a=1;say a+ 1\n\n\n", "let a = 1\nsay a + 1\n"
    a, b = place.put("a.fg", ugly), place.put("b.fg", good)
    expect(forge("fmt", "a.fg", "b.fg", "--check", cwd=place.path), 1,
           "would format a.fg\nunchanged b.fg\n2 files: 1 to format, 1 unchanged\n", [])
    assert read(a) == ugly
    os.chmod(a, 0o640)
    expect(forge("fmt", "a.fg", cwd=place.path), 0, "formatted a.fg\n1 file: 1 formatted, 0 unchanged\n")
    assert read(a) == good and os.stat(a).st_mode & 0o7777 == 0o640
    expect(forge("fmt", "--check", a, b), 0)
    assert sorted(os.listdir(place.path)) == ["a.fg", "b.fg"], os.listdir(place.path)


@test
def formats_standard_input(place):
    expect(forge("fmt", "-", stdin=None, input=b"say  1 ;"), 0, "say 1\n")
    expect(forge("fmt", "-", stdin=None, input=b""), 0, "")
    expect(forge("fmt", "-", stdin=None, input=b"say ("), 1, "", "<stdin>")
    expect(forge("fmt", "-", "--check", stdin=None, input=b"say  1"), 1, "would format <stdin>\n", [])
    expect(forge("fmt", "-", "--check", stdin=None, input=b"say 1\n"), 0, "unchanged <stdin>\n")


@test
def formats_a_directory(place):
    for name in "one.fg", "sub/two.fg", ".git/no.fg", "target/no.fg", "node_modules/x/no.fg", "sub/forge_modules/no.fg":
        os.makedirs(os.path.dirname(os.path.join(place.path, name)), exist_ok=True)
        place.put(name, "say  1\n")
    place.put("notes.txt", "say  1\n")
    os.symlink("..", place.path + "/sub/up")
    expect(forge("fmt", cwd=place.path), 0, "formatted one.fg\nformatted sub/two.fg\n2 files: 2 formatted, 0 unchanged\n")
    expect(forge("fmt", "sub", cwd=place.path), 0, "unchanged sub/two.fg\n1 file: 0 formatted, 1 unchanged\n")
    assert read(place.path + "/target/no.fg") == read(place.path + "/notes.txt") == "say  1\n"


@test
def formats_behind_a_link(place):
    target = place.put("real.fg", "say  1\n")
    os.symlink("real.fg", place.path + "/link.fg")
    expect(forge("fmt", place.path + "/link.fg"), 0)
    assert os.path.islink(place.path + "/link.fg") and read(target) == "say 1\n"


@test
def leaves_what_it_cannot_format(place):
    bad, latin = place.put("bad.fg", "say  (\n"), place.put("latin.fg", b"say  \"\xe9\"\n")
    good = place.put("good.fg", "say  1\n")
    done = forge("fmt", bad, latin, place.path + "/none.fg", good)
    expect(done, 1, "formatted %s\n4 files: 1 formatted, 0 unchanged, 3 with errors\n" % good,
           ["bad.fg:", "UTF-8", "cannot read", "No such file"])
    assert read(bad) == "say  (\n"
    expect(forge("fmt", "--chekc"), 2, "", "--chekc")
    expect(forge("fmt", "-", good), 2, "", "either - or files")


@test
def loses_no_file(place):
    path = place.put("a.fg", "say  \"%s\"\n" % ("x" * 5000))
    before = read(path)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = forge("fmt", path, preexec_fn=limited, restore_signals=False)
    expect(done, 1, "1 file: 0 formatted, 0 unchanged, 1 with errors\n", "cannot write")
    assert read(path) == before and os.listdir(place.path) == ["a.fg"], os.listdir(place.path)
    if os.getuid() != 0:
        os.chmod(path, 0o444)
        expect(forge("fmt", path), 1, None, ["cannot write", "hint:"])
        assert read(path) == before


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
    for command in ("run", "repl", "check", "serve", "test", "dis", "version", "help"):
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
    expect(forge("run", "--allow-run"), 2, "", "needs a file")
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
    code = place.put("b.fg", "try { for x in [1] { say { k: x, s: \"t\" } } } catch e { say \"no\" }\n")
    done = forge("dis", code)
    expect(done, 0)
    for part in (b" ->", b"{k s}", b"continue at"):
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
    expect(forge("run", bad, "--strict"), 0, None, "warning: line 2: ")
    expect(forge("check", good, "--strict"), 0, "")
    expect(forge("check", "--strict", good, bad), 1, "", framed)
    expect(forge("check", "--strict"), 2, "", "needs a file")
    expect(forge("run", "--strict", place.put("broken.fg", "let = 1\n")), 1, "", "expected identifier")


@test
def checks_for_machines(place):
    def found(code, *args):
        done = forge("check", "--json", *args)
        expect(done, code, None, "")
        return json.loads(done.stdout)

    good = place.put("good.fg", "fn f(a, b = 1) { return a + b }\nsay f(1)\n")
    bad = place.put("b\"a\\d\x01é.fg", "let x = \"é\"; let = 1\n")
    odd = place.put("odd.fg", "say \"x\"\n  let n: Int = \"s\"\nfn f(a) { return 1 }\nsay f()\n")
    assert found(0, good) == [] and forge("check", "--json", good).stdout == b"[]\n"
    assert found(1, bad) == [{
        "file": bad, "line": 1, "column": 18, "endLine": 1, "endColumn": 19, "severity": "error",
        "message": "expected identifier, got Eq", "hint": None}], found(1, bad)
    warnings = found(0, odd, good)
    assert [(w["line"], w["column"], w["endColumn"], w["severity"]) for w in warnings] == [
        (2, 3, 19, "warning"), (4, 5, 8, "warning")], warnings
    assert warnings[0]["message"] == "type mismatch: 'n' declared as Int but assigned String", warnings
    assert [w["severity"] for w in found(1, "--strict", odd)] == ["error", "error"]
    assert [w["file"] for w in found(1, odd, good, bad)] == [odd, odd, bad]
    latin = found(1, place.put("latin.fg", b"say \"\xe9\"\n"))
    assert latin[0]["hint"] == "save the file as UTF-8" and latin[0]["line"] == 1, latin
    done = forge("check", "--json", place.path + "/none.fg", odd)
    expect(done, 1, None, "cannot read")
    assert len(json.loads(done.stdout)) == 2, done.stdout
    expect(forge("check", "--json"), 2, "", "needs a file")


SUITE = """let mut n = 0
fn add(a, b) { return a + b }
@before
fn prepare() { n = n + 1; say "before" }
@before
fn second() { assert(false, "only the first @before counts") }
@after
fn finish() { assert(n < 20, "after sees {n}") }
@test
fn adds() { assert_eq(add(1, 2), 3) }
@test
fn isolated() { assert_eq(n, 1); n = 10 }
@test @skip
fn later() { assert(false) }
@skip
@test
fn later_too() { assert(false) }
@test
fn fails() { say "hello \\"you\\""; assert_eq(n, 7) }
@test
fn untidy() { n = 20 }
@test
fn leaves() { exit(0) }
"""


def no_times(text):
    return re.sub(r"\(\d+ms\)", "(Nms)", text)


def lines_of(text):
    """The lines of a report of tests that are not indented."""
    return [line for line in no_times(text).split("\n") if line and line[0] != " "]


@test
def tests(place):
    done = forge("test", place.put("a.fg", SUITE))
    expect(done, 1, None, "")
    out = done.stdout.decode()
    assert lines_of(out) == [
        "ok adds (Nms)", "ok isolated (Nms)", "SKIP later", "SKIP later_too", "FAIL fails (Nms)", "FAIL untidy (Nms)",
        "FAIL leaves (Nms)", "2 passed, 3 failed, 2 skipped, 7 total"], out
    for part in ("  Error: [%s] assertion failed: expected `7`, got `1`\n" % done.args[2], "a.fg:19:35]", "at fails (line 19",
                 "  output:\n    before\n    hello \"you\"\n", "  in finish:\n  Error:", "after sees 20", "called exit(0)"):
        assert part in out, part
    assert "\x1b" not in out and out.count("hello") == 2, out
    expect(forge("check", "--strict", done.args[2]), 0, "")
    expect(forge("test", "--filter", "add", done.args[2]), 0, None)
    assert lines_of(forge("test", "--filter=a", done.args[2]).stdout.decode())[0] == "ok adds (Nms)"


@test
def tests_of_directories(place):
    os.mkdir(place.path + "/tests")
    os.mkdir(place.path + "/tests/deeper")
    os.mkdir(place.path + "/none")
    place.put("tests/b.fg", "@test\nfn two() { }\n")
    place.put("tests/a.fg", "@test\nfn one() { }\n")
    place.put("tests/.hidden.fg", "@test\nfn hidden() { }\n")
    place.put("tests/deeper/c.fg", "@test\nfn deeper() { }\n")
    place.put("tests/helper.fg", "say 1 / 0\n")
    good = ["tests/a.fg", "ok one (Nms)", "tests/b.fg", "ok two (Nms)", "2 passed, 0 failed, 2 total"]
    done = forge("test", cwd=place.path)
    expect(done, 0)
    assert lines_of(done.stdout.decode()) == good, done.stdout
    done = forge("test", "tests/b.fg", "tests/", "none", cwd=place.path)
    assert lines_of(done.stdout.decode()) == good[2:4] + good[:4] + ["3 passed, 0 failed, 3 total"], done.stdout
    expect(forge("test", "none", cwd=place.path), 0, "0 passed, 0 failed, 0 total\n")
    expect(forge("test", cwd=place.path + "/none"), 1, "", ["cannot read tests", "hint:"])
    expect(forge("test", "--filter", "zzz", cwd=place.path), 2, None, "no test has 'zzz'")
    expect(forge("test", "tests/a.fg", "missing.fg", cwd=place.path), 1, "", "cannot read missing.fg")


@test
def tests_the_example(_):
    done = forge("test", "conf/examples/api.fg", cwd=TREE)
    expect(done, 0, None)
    assert lines_of(done.stdout.decode()) == ["ok adds (Nms)", "ok counts_once (Nms)", "2 passed, 0 failed, 2 total"]


@test
def tests_that_cannot_start(place):
    syntax, top = place.put("a.fg", "let = 2\n"), place.put("b.fg", "say \"top\"\nsay 1 / 0\n@test\nfn t() { }\n")
    done = forge("test", syntax, top)
    expect(done, 1, None, "")
    out = no_times(done.stdout.decode())
    for part in (syntax + "\nFAIL setup (Nms)\n  Error: [%s] expected identifier" % syntax, "b.fg:2:5]",
                 "FAIL setup (Nms)\n  Error: [%s] division by zero" % top, "  output:\n    top\n", "0 passed, 2 failed"):
        assert part in out, (part, out)
    expect(forge("test", place.put("c.fg", SUITE.replace("n = n + 1", "n = 1 / 0")), "--filter", "adds"), 1)
    twice = forge("test", place.put("d.fg", "@test\nfn t() { }\n@test\nfn t() { }\n"))
    assert lines_of(twice.stdout.decode()) == ["FAIL t (Nms)", "ok t (Nms)", "1 passed, 1 failed, 2 total"], twice


@test
def tests_have_limits(place):
    path = place.put("a.fg", "let mut n = 0\n@test\nfn endless() { while true { try { n = n + 1 } catch e { n = 0 } } }\n"
                     "@test\nfn hoards() { let mut s = \"abcdefgh\"\n while true { safe { s = s + s } } }\n"
                     "@test\nfn reads() { assert_eq(input(), \"\") }\n@test\nfn good() { assert_eq(n, 0) }\n")
    done = forge("test", path, "--timeout", "0.5", "--memory=16M")
    expect(done, 1, None, "")
    out = done.stdout.decode()
    assert lines_of(out)[0] == "FAIL endless (Nms)" and "time limit of 0.5 s" in out, out
    assert "FAIL hoards" in out and "limit of 16777216 bytes" in out, out
    assert "ok good" in out, out
    loud = place.put("b.fg", "@test\nfn loud() { repeat 30000 times { say \"abcdefgh\" }\n assert(false) }\n")
    out = forge("test", loud).stdout.decode()
    assert "    (%d more bytes)\n" % (30000 * 9 - 65536) in out, out[-300:]


@test
def tests_for_machines(place):
    path = place.put("a.fg", SUITE)
    done = forge("test", "--format", "json", path)
    expect(done, 1, None, "")
    told = json.loads(done.stdout)
    assert [(t["name"], t["outcome"]) for t in told["tests"]] == [
        ("adds", "passed"), ("isolated", "passed"), ("later", "skipped"), ("later_too", "skipped"), ("fails", "failed"),
        ("untidy", "failed"), ("leaves", "failed")], told
    assert (told["passed"], told["failed"], told["skipped"], told["total"]) == (2, 3, 2, 7), told
    fails = told["tests"][4]
    assert fails["message"] == "assertion failed: expected `7`, got `1`" and fails["line"] == 18, fails
    assert fails["output"] == "before\nhello \"you\"\n" and fails["file"] == path and fails["ms"] >= 0, fails
    assert json.loads(forge("test", "--format=json", place.put("e.fg", "")).stdout)["total"] == 0
    out = forge("test", "--format", "tap", path).stdout.decode()
    assert out.startswith("TAP version 13\nok 1 - %s: adds\n" % path) and out.endswith("\n1..7\n"), out
    assert "\nok 3 - %s: later # SKIP\n" % path in out and "\nnot ok 5 - %s: fails\n  ---\n" % path in out, out
    expect(forge("test", "--format", "xml", path), 2, "", "text, tap or json")
    expect(forge("test", "--timeout", "soon", path), 2, "", "number of seconds")
    expect(forge("test", "--timeout", "0", path), 2, "", "number of seconds")
    expect(forge("test", "--colour", path), 2, "", "no option")


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
def local_time(_):
    code = 'say time.format(time.zone(1784548800, "Local"), "%F %T %z %Z")'
    for zone, shown in [("Asia/Tokyo", "2026-07-20 21:00:00 +0900 JST"),
                        (":America/Caracas", "2026-07-20 08:00:00 -0400 -04"),
                        ("/usr/share/zoneinfo/Asia/Kolkata", "2026-07-20 17:30:00 +0530 IST"),
                        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-20 14:00:00 +0200 CEST"),
                        ("<+0330>-3:30", "2026-07-20 15:30:00 +0330 +0330"),
                        ("UTC", "2026-07-20 12:00:00 +0000 UTC"),
                        ("", "2026-07-20 12:00:00 +0000 UTC"),
                        ("no zone", "2026-07-20 12:00:00 +0000 UTC"),
                        ("../etc/passwd", "2026-07-20 12:00:00 +0000 UTC")]:
        expect(forge("-e", code, env=dict(os.environ, TZ=zone)), 0, shown + "\n")


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
    return read_terminal(ours, theirs)


def read_terminal(ours, theirs):
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:
        pass
    os.close(ours)
    return text


def with_colours():
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environment["TERM"] = "xterm"
    return environment


@test
def tests_on_a_terminal(place):
    for environment, colours in ((with_colours(), True), (dict(with_colours(), NO_COLOR="1"), False)):
        ours, theirs = pty.openpty()
        done = subprocess.run([FORGE, "test", place.put("a.fg", SUITE)], stdout=theirs, stderr=subprocess.PIPE,
                              env=environment, timeout=20)
        out = read_terminal(ours, theirs)
        assert done.returncode == 1 and done.stderr == b"", done
        for part in (b"\x1b[32mok\x1b[0m adds", b"\x1b[1;31mFAIL\x1b[0m fails", b"\x1b[33mSKIP\x1b[0m later",
                     b"\x1b[1;31mError:\x1b[0m"):
            assert (part in out) == colours, (part, out)
        assert (b"\x1b" in out) == colours and b"2 passed, 3 failed, 2 skipped, 7 total" in out, out


@test
def colours(_):
    environment = with_colours()
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
    place.put("files.fg", "say fs.read(\"style.css\")\n")
    place.put(".secret", "x\n")
    with Served(place, "serve", page, "--port=0") as server:
        url = server.lines[0].split(" at ")[1].strip()
        assert get(url) == (200, "<p>42</p>\n"), get(url)
        assert get(url + "my%20page.fg") == (200, "<p>42</p>\n")
        assert get(url + "style.css") == (200, "p { }\n")
        assert get(url + "files.fg") == (200, "p { }\n\n")
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


@test
def doc(place):
    """What the library's tables say of themselves."""
    p = forge("doc")
    assert p.returncode == 0 and p.stderr == b"", p.stderr
    lines = p.stdout.decode().split("\n")
    for line in ("functions", "json", "  json.parse(text)                              the value that JSON text describes"):
        assert line in lines, line
    listed = [line for line in p.stdout.decode().splitlines() if line.startswith("  ")]
    p = forge("doc", "--markdown")
    items = [line for line in p.stdout.decode().splitlines() if line.startswith("- `")]
    assert len(items) == len(listed) and p.stdout.decode().startswith("# The standard library\n\n## functions\n\n"), p
    assert any(line.startswith("- `fs.read(path)`: ") and line.endswith("; needs the right `fs.read`") for line in items)
    assert forge("doc", "--markdown", "len").stdout.decode().startswith("- `len(x)`: ")
    p = forge("doc", "http.get", "trim", "math.pi")
    assert p.returncode == 0
    for text in ("http.get(url, options?)\n", "needs the right net\n", "s.trim()\n", "math.pi\n"):
        assert text in p.stdout.decode(), p.stdout
    p = forge("doc", "html", "Response", "Response.etag")  # a function and a module, a type, its method
    assert p.returncode == 0
    for text in ("html(body, status = 200)\n", "\nhtml\n  html.escape(text) ", "\nResponse\n  Response.header(name, ",
                 "\nResponse.etag(tag, weak = false)\n    the response with an ETag"):
        assert text in p.stdout.decode(), p.stdout
    p = forge("doc", "Request", "Upload.save", "Request.nothing")
    assert p.returncode == 1 and p.stdout.startswith(b"Request\n  Request.header(name, default = null)  "), p.stdout
    assert b"\nUpload.save(path)\n    makes a file of it, or replaces one\n    needs the right fs.write\n" in p.stdout
    assert b"the standard library has no 'Request.nothing'" in p.stderr, p.stderr
    p = forge("doc", "jsn", "sort")
    assert p.returncode == 1 and p.stdout.startswith(b"\nsort("), p.stdout
    assert p.stderr.decode() == "error: the standard library has no 'jsn'\n  hint: did you mean 'json'?\n", p.stderr


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

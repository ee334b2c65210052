# SPDX-License-Identifier: Apache-2.0
"""Two tenants of one server, who both may do all that is not exec.  One tries everything that there is against the other;
what fails is in the log, with the tenant's own request."""
import os
import re
import socket
import sqlite3
import subprocess
import threading

import pytest

from conftest import httpd

SECRET = "the-others-secret"
RIGHTS = "fs.read fs.write net db env ws"
CONFIG = """
Include {root}/forge.conf
ForgeReload 0
ForgeErrors dev
""" + "".join("""
<VirtualHost *:{port}>
    ServerName %(name)s
    DocumentRoot {root}/www/%(name)s
    ForgeAllow %(rights)s
    ForgeSet KEY %(key)s
    ErrorLog {root}/%(name)s.log
    <Directory {root}/www/%(name)s>
        ForgeRoot {root}/data/%(name)s
    </Directory>
</VirtualHost>
""" % dict(name=name, rights=RIGHTS, key=key) for name, key in (("victim", SECRET), ("mallory", "mine")))


def ask(server, path, host="mallory"):
    return server.get(path, {"Host": host})


def state_of(folder):
    """Every file below it, with its content and mode."""
    found = {}
    for base, folders, files in os.walk(folder):
        for name in files + folders:
            path = os.path.join(base, name)
            found[path] = (os.lstat(path).st_mode, open(path, "rb").read() if os.path.isfile(path) else None)
    return found


def prepare(server):
    for name in ("victim", "mallory"):
        for folder in ("data/" + name, "www/" + name):
            os.makedirs(server.path(folder), exist_ok=True)
            os.chmod(server.path(folder), 0o755)
        os.chmod(server.path("data", name), 0o777)
    os.chmod(server.path("data"), 0o755)
    server.put("data/victim/secret.txt", SECRET)
    server.put("data/victim/secret.json", "{\"a\": \"%s\"}" % SECRET)
    server.put("data/victim/secret.csv", "a\n%s\n" % SECRET)
    server.put("data/victim/secret.env", "FOUND=%s\n" % SECRET)
    server.put("data/victim/part.fg", "let part = \"%s\"\n" % SECRET)
    base = sqlite3.connect(server.path("data/victim/base.db"))
    base.execute("create table t(secret)")
    base.execute("insert into t values (?)", (SECRET,))
    base.commit()
    base.close()
    os.chmod(server.path("data/victim/base.db"), 0o666)
    os.symlink("../victim", server.path("data/mallory/link"))
    os.symlink("../victim/secret.txt", server.path("data/mallory/secret.txt"))
    server.put("data/mallory/own.txt", "own")


@pytest.fixture
def server(fresh):
    return fresh(CONFIG, {"www/victim/index.fg": "say \"fine\"\n", "www/mallory/index.fg": "say \"fine\"\n"}, before=prepare)


def functions():
    """(name, parameters) of everything that needs a right to files or databases, from the library's own tables."""
    text = subprocess.run([os.path.join(httpd.TREE, "build/forge"), "doc", "--markdown"], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        m = re.match(r"- `([\w.]+)\(([^`]*)\)`: .*needs the right `(?:fs\.|db)", line)
        if m:
            yield m.group(1), [p.strip().rstrip("?.").split(" = ")[0] for p in m.group(2).split(",") if p.strip()]


PATHLIKE = re.compile(r"path|file|from|to|old|new|name|folder|dir|pattern")


def hostile_paths(server, what):
    there = server.path("data/victim")
    return [there + "/" + what, "../victim/" + what, "link/" + what, "./../mallory/../victim/" + what,
            "/proc/self/root" + there + "/" + what, "/proc/self/cwd/../" + what]


def attempts(server):
    for name, parameters in functions():
        files = ["base.db"] if name.startswith("db.") else ["secret.txt", "secret.json"]
        for what in files:
            for path in hostile_paths(server, what):
                for place in [i for i, p in enumerate(parameters) if PATHLIKE.search(p)] or [None]:
                    given = ["\"own.txt\"" if PATHLIKE.search(p) else "\"x\"" for p in parameters]
                    if place is not None:
                        given[place] = "\"%s\"" % path
                    call = "%s(%s)" % (name, ", ".join(given))
                    yield call + ("\nsay db.query(\"select * from t\")" if name == "db.open" else "")


def test_files_by_every_function(server):
    before = state_of(server.path("data/victim"))
    done, refused = 0, 0
    for i, attempt in enumerate(attempts(server)):
        server.put("www/mallory/try.fg", "let found = %s\nsay found\n" % attempt)
        server.put("data/mallory/own.txt", "own")
        answer = ask(server, "/try.fg")
        assert answer.status in (200, 500), attempt
        done += 1
        refused += answer.status == 500
        # What it may say is what was asked for, in its own words.
        assert SECRET not in answer.text, attempt
    assert state_of(server.path("data/victim")) == before
    assert done > 100 and refused > done // 2, (done, refused)
    log = open(server.path("mallory.log")).read()
    assert log.count("FG0201: the program failed") == refused
    assert SECRET not in log


def refused(server, program, reason, name="try.fg"):
    server.put("www/mallory/" + name, program)
    answer = ask(server, "/" + name)
    assert answer.status == 500, answer.text
    assert SECRET not in answer.text
    assert re.search(reason, answer.text), answer.text
    assert re.search(reason, open(server.path("mallory.log")).read())


def test_templates_and_imports(server):
    for path in hostile_paths(server, "part.fg"):
        refused(server, "import \"%s\"\nsay part\n" % path, "cannot import")
        refused(server, "say render(\"%s\", {})\n" % path, "leads out")
    # Neither does somebody else's file become a template by its name in a template.
    server.put("data/mallory/page.html", "{include \"../victim/secret.txt\"}")
    refused(server, "say render(\"page.html\", {})\n", "leads out")


def test_environment(server):
    server.put("www/mallory/try.fg", "say env.get(\"KEY\")\nsay env.get(\"PATH\")\nsay env.get(\"HOME\")\n")
    assert ask(server, "/try.fg").text.split() == ["mine", "null", "null"]
    refused(server, "env.load(\"../victim/secret.env\")\nsay env.get(\"FOUND\")\n", "leads out|path not found")


def test_memory(server):
    """What one tenant's program leaves is nowhere to be found in another's."""
    server.put("www/victim/keep.fg", "let mut kept = []\nlet found = \"%s\"\n" % SECRET +
               "for i in range(2000) { push(kept, found + str(i)) }\nsay kept.len()\n")
    server.put("www/mallory/look.fg", "let mut a = []\nfor i in range(3000) { push(a, null) }\nsay a\nsay env.get(\"FOUND\")\n"
               "try { say found } catch e { say \"none\" }\n")
    for _ in range(30):
        assert ask(server, "/keep.fg", "victim").text == "2000\n"
        assert SECRET not in ask(server, "/look.fg").text


def test_commands(server):
    for call in ("sh(\"id\")", "run_command(\"id\")", "shell(\"id\")", "pipe_to(\"x\", \"cat\")"):
        refused(server, "say %s\n" % call, "permission denied|not available")


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
                                    "http://0.0.0.0:{port}/", "http://2130706433:{port}/", "http://0x7f.1:{port}/",
                                    "http://169.254.169.254/latest/", "file://{secret}", "http://[::ffff:127.0.0.1]:{port}/"])
def test_sockets_inside(server, target):
    secret = server.path("data/victim/secret.txt")
    target = target.replace("{port}", str(server.port)).replace("{secret}", secret)
    refused(server, "say http.get(\"%s\").body\n" % target, "private|address|protocol|scheme|not allowed|only")


@pytest.mark.parametrize("call", ["pg.connect(\"host={there} dbname=x\")", "pg.connect(\"postgres:///x?host={there}\")",
                                  "mysql.connect(\"mysql://u:p@localhost/x?socket={there}/s\")",
                                  "ws.connect(\"ws://127.0.0.1:{port}/\")"])
def test_sockets_of_databases(server, call):
    call = call.replace("{there}", server.path("data/victim")).replace("{port}", str(server.port))
    refused(server, "let c = %s\nsay c\n" % call, ".")


def test_the_log_is_not_forged(server):
    """A line of a program is a line of its log, and says whose it is."""
    server.put("www/mallory/try.fg", "log.error(\"first\\n[error] [client 1.2.3.4] FG0001: forged\\r\\n\\u{1b}[31mred\")\n")
    assert ask(server, "/try.fg").status == 200
    lines = [line for line in open(server.path("mallory.log")).read().splitlines() if "forged" in line]
    assert len(lines) == 1 and "FG0401" in lines[0] and "\x1b" not in lines[0]
    assert "forged" not in open(server.path("victim.log")).read()


def test_a_link_that_turns(server):
    """A path that is a tenant's own when it is looked at, and the other's when it is opened."""
    link = server.path("data/mallory/turn")
    server.put("www/mallory/try.fg", "let mut n = 0\nfor i in range(300) {\n"
               "    try { n = n + len(fs.read(\"turn\")) } catch e { n = n }\n    try { fs.write(\"turn\", \"own\") } catch e { n = n }\n"
               "}\nsay n % 3\n")
    stop = threading.Event()

    def turn():
        while not stop.is_set():
            for target in ("own.txt", "../victim/secret.txt"):
                os.symlink(target, link + ".new")
                os.replace(link + ".new", link)
    thread = threading.Thread(target=turn)
    thread.start()
    try:
        for _ in range(10):
            assert ask(server, "/try.fg").text == "0\n"  # "own" has three letters
    finally:
        stop.set()
        thread.join()
    assert open(server.path("data/victim/secret.txt")).read() == SECRET


def test_facts_of_the_host(server):
    """Nothing tells of the server, its user, or its other sites."""
    calls = ("os.pid()", "os.hostname()", "os.user()", "os.home_dir()", "os.cwd()", "os.env()", "os.cpu_count()", "cwd()",
             "io.args()", "fs.temp_dir()")
    for call in calls:
        server.put("www/mallory/try.fg", "say %s\n" % call)
        answer = ask(server, "/try.fg")
        for word in (SECRET, "victim", socket.gethostname() + ".", "www-data", "httpd.conf"):
            assert word not in answer.text or answer.status == 500, (call, answer.text)


def test_the_victim_is_well(server):
    assert ask(server, "/", "victim").text == "fine\n"

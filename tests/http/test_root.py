# SPDX-License-Identifier: Apache-2.0
"""ForgeRoot: the directory that files of programs are confined to."""
import os
import threading

import pytest

from conftest import tree

PAGES = "Include {root}/forge.conf\nForgeReload 0\n"
FILES = PAGES + "ForgeAllow fs.read fs.write\nForgeErrors dev\n"
READ = 'say fs.read("%s")\n'
OUT = r"FG0201: .*(path|outside|confined|No such file|Permission denied)"


def read(server, path, folder="www", name="x.fg"):
    """What a page in `folder` reads from `path`; None if it cannot."""
    server.put(folder + "/" + name, READ % path)
    answer = server.get("/" + folder[len("www"):].lstrip("/") + ("/" if folder != "www" else "") + name)
    assert answer.status in (200, 500), answer
    return answer.text[:-1] if answer.status == 200 else None


@pytest.mark.logs(OUT)
@pytest.mark.may_log("FG0201: ")
def test_scripts_have_their_directory(fresh):
    """Another tenant's files are out of reach, whatever leads there."""
    server = fresh(FILES + "ForgeSet FORGE_FS_BASE /\n", {"www/a/data": "a", "www/a/sub/data": "a sub", "www/b/data": "b", "www/data": "top"})
    for name, to in (("link", "../b/data"), ("folder", "../b"), ("absolute", server.path("www/b/data")),
                     ("inside", "sub/data")):
        os.symlink(to, server.path("www/a", name))
    assert read(server, "data", "www/a") == "a"
    assert read(server, "sub/../sub/data", "www/a") == "a sub"
    assert read(server, "inside", "www/a") == "a sub"
    assert read(server, server.path("www/a/data"), "www/a") == "a"
    assert read(server, "data", "www/b") == "b"
    assert read(server, "b/data") == "b"
    for path in ("../b/data", "sub/../../b/data", "link", "folder/data", "absolute", server.path("www/b/data"),
                 server.path("www/a/../b/data"), "/etc/passwd", "/proc/self/root" + server.path("www/b/data"),
                 "/proc/self/cwd/data", "../data", "."):
        assert read(server, path, "www/a") is None, path


@pytest.mark.logs(OUT)
@pytest.mark.may_log("FG0201: ")
def test_nothing_is_written_outside(fresh):
    def writable(server):
        for name in ("www/a", "www/b"):
            os.makedirs(server.path(name), exist_ok=True)
            os.chmod(server.path(name), 0o1777)
    server = fresh(FILES, {"www/a/x.fg": 'fs.write("out", "1")\nsay fs.read("out")\n',
                           "www/a/y.fg": 'fs.write("../b/out", "1")\n', "www/a/z.fg": 'fs.write("link/out", "1")\n'},
                   before=writable)
    os.symlink("../b", server.path("www/a/link"))
    assert server.get("/a/x.fg").text == "1\n"
    assert server.get("/a/y.fg").status == server.get("/a/z.fg").status == 500
    assert os.listdir(server.path("www/b")) == [] and "out" in os.listdir(server.path("www/a"))


def test_apps_have_the_directory_of_their_file(fresh):
    app = 'let built = fs.read("data")\n@get("/")\nfn f() { return [built, fs.read("data"), fs.exists("../data")] }\n'
    server = fresh("ForgeAllow fs.read\nForgeApp /a {root}/apps/a/x.fg\nForgeApp /b {root}/apps/b/x.fg\n"
                   "ForgeApp /c {root}/apps/b/x.fg\n<Location /c>\nForgeRoot {root}/apps/a\n</Location>\n",
                   {"apps/a/x.fg": app, "apps/b/x.fg": app, "apps/a/data": "a", "apps/b/data": "b", "apps/data": "c"})
    assert server.get("/a/").json == ["a", "a", False]
    assert server.get("/b/").json == ["b", "b", False]
    assert server.get("/c/").json == ["a", "a", False]


def test_the_example(fresh):
    """With the lines that its head says."""
    lines = [line[3:] for line in tree("conf/examples/notes.fg").splitlines() if line.startswith("//     ")]
    config = "\n".join(lines).replace("/srv/forge", "{root}/apps").replace("/srv/notes", "{root}/srv")

    def open_to_all(server):
        os.mkdir(server.path("srv"))
        os.chmod(server.path("srv"), 0o1777)
    server = fresh(config, apps=["conf/examples/notes.fg"], before=open_to_all)
    assert server.get("/notes/").json == {"title": "Our notes", "notes": []}
    assert server.post("/notes/buy", {"text": "milk"}, method="PUT").json == {"kept": "buy"}
    assert server.get("/notes/").json == {"title": "Our notes", "notes": ["buy"]}
    assert server.get("/notes/buy").json == {"name": "buy", "text": "milk"}
    assert os.listdir(server.path("srv")) == ["buy.txt"]
    assert server.ask("DELETE", "/notes/buy").json == {"dropped": "buy"}
    assert server.get("/notes/buy").json == {"Err": "no note buy"}


@pytest.mark.may_log("FG0201: ")
def test_roots_of_sections(fresh):
    """Each replaces the one around it."""
    server = fresh(FILES + "ForgeRoot {root}/srv\n<Directory {root}/www/d>\nForgeRoot {root}/dir\n</Directory>\n"
                   "<Location /l>\nForgeRoot {root}/loc\n</Location>\n<Directory {root}/www/r>\nForgeRoot rel\n</Directory>",
                   {"srv/data": "server", "dir/data": "directory", "loc/data": "location", "www/data": "own",
                    "rel/data": "relative"})
    assert read(server, "data") == "server"
    assert read(server, "data", "www/d") == "directory"
    assert read(server, "data", "www/l") == "location"
    assert read(server, "data", "www/r") == "relative"
    assert read(server, server.path("srv/data")) == "server"
    assert read(server, server.path("www/data")) is None


@pytest.mark.may_log("FG0201: ")
def test_htaccess_narrows(fresh):
    server = fresh(FILES + "ForgeRoot {root}/srv\n<Directory {root}/www/a/b/c>\nForgeRoot {root}/other\n</Directory>\n",
                   {"srv/data": "0", "srv/in/data": "1", "srv/in/deep/data": "2", "other/data": "3",
                    "www/a/.htaccess": "ForgeRoot in\n", "www/a/b/.htaccess": "ForgeRoot deep/.\n"})
    assert read(server, "data") == "0"
    assert read(server, "data", "www/a") == "1"
    assert read(server, "data", "www/a/b") == "2"
    assert read(server, "data", "www/a/b/c") == "3"
    assert read(server, "../data", "www/a") is None
    assert read(server, server.path("srv/data"), "www/a") is None


@pytest.mark.may_log("FG0201: ")
def test_htaccess_narrows_the_own_directory(fresh):
    server = fresh(FILES, {"www/a/files/data": "1", "www/a/data": "0", "www/a/.htaccess": "ForgeRoot files\n"})
    assert read(server, "data", "www/a") == "1"
    assert read(server, "../data", "www/a") is None


@pytest.mark.parametrize("narrow", ["out", "out/b", "missing", "file"])
@pytest.mark.logs(r"FG0110: the directory for the program's files cannot be used: .*/www/a/")
@pytest.mark.may_log("FG0110: ")
def test_htaccess_cannot_leave_by_a_link(fresh, narrow):
    server = fresh(FILES, {"www/a/.htaccess": "ForgeRoot %s\n" % narrow, "www/b/data": "b", "www/a/file": ""},
                   before=lambda s: os.symlink("..", s.path("www/a/out")))
    assert read(server, "b/data", "www/a") is None


@pytest.mark.logs(r"FG0110: .*/none", r"FG0009: the directory for the app's files cannot be opened: .*x\.fg: .*/none")
@pytest.mark.may_log("FG0110: ", "FG0211: ", "FG0001: ")
def test_missing_root(fresh):
    server = fresh(FILES + "ForgeRoot {root}/none\nForgeApp /a {root}/apps/x.fg\n",
                   {"apps/x.fg": '@get("/")\nfn f() { return 1 }\n', "www/data": ""})
    assert server.get("/a/").status == 500
    assert read(server, "data") is None
    server.put("none/data", "1")
    assert read(server, "data") == "1"


def test_root_that_is_exchanged(fresh):
    """Another directory of the same name is another root, once the files are looked at."""
    server = fresh(FILES + "ForgeRoot {root}/current\n",
                   {"one/data": "1", "two/data": "2", "www/x.fg": READ % "data"},
                   before=lambda s: os.symlink("one", s.path("current")))
    for number, name in enumerate(("one", "two") * 3):
        os.symlink(name, server.path("next"))
        os.replace(server.path("next"), server.path("current"))
        assert server.get("/x.fg").text == "%d\n" % (number % 2 + 1)


@pytest.mark.may_log("FG0110: ", "FG0201: ", "FG0102: ")
def test_directory_that_is_exchanged_all_the_time(fresh):
    """The root of a script is the directory where the file was read, however the path changes meanwhile."""
    def links(server):
        os.symlink("one", server.path("www/now"))
    page = 'import "part"\nsay "%s" + fs.read("data") + part\n'
    server = fresh(FILES.replace("dev", "prod"), {
        "www/one/x.fg": page % "1", "www/one/data": "1", "www/one/part.fg": 'let part = "1"\n',
        "www/two/x.fg": page % "2", "www/two/data": "2", "www/two/part.fg": 'let part = "2"\n'}, before=links)
    done = threading.Event()

    def turn():
        while not done.is_set():
            for name in ("one", "two"):
                os.symlink(name, server.path("www/next"))
                os.replace(server.path("www/next"), server.path("www/now"))
    thread = threading.Thread(target=turn)
    thread.start()
    try:
        seen = [server.get("/now/x.fg").text for _ in range(300)]
    finally:
        done.set()
        thread.join()
    assert {"111\n", "222\n"} <= set(seen)
    assert not [text for text in seen if len(text) == 4 and len(set(text)) > 2], seen

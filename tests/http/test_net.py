# SPDX-License-Identifier: Apache-2.0
"""What programs may reach over the network, and the connections that they use."""
import os
import resource
import socket
import threading
import time

import pytest

from conftest import ASAN, PROTOCOL

# A server of few threads says when all are busy.
pytestmark = pytest.mark.may_log("AH00286", "AH00161", "AH00484")

PAGES = "Include {root}/forge.conf\nForgeReload 0\nForgeReserve 0\n"  # as many clients as workers
FETCH = 'say fetch("http://%s:%d%s").body\n'
ALLOWED = PAGES + "ForgeAllow net\nForgeAllowHosts 127.0.0.1\n"


class Other:
    """A server that programs talk to: answers everything with its path, but /slow never."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.accepted = self.closed = self.slow = 0
        self.threads = []
        self.lock = threading.Lock()
        self.main = threading.Thread(target=self.accept)
        self.main.start()

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.accepted += 1
            thread = threading.Thread(target=self.serve, args=(link,), daemon=True)
            thread.start()

    def serve(self, link):
        with link:
            data = b""
            while True:
                try:
                    more = link.recv(65536)
                except OSError:
                    more = b""
                if not more:
                    break
                data += more
                while b"\r\n\r\n" in data:
                    head, data = data.split(b"\r\n\r\n", 1)
                    path = head.split()[1]
                    if path == b"/slow":
                        with self.lock:
                            self.slow += 1
                    else:
                        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
        with self.lock:
            self.closed += 1

    @property
    def open(self):
        with self.lock:
            return self.accepted - self.closed

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.main.join()


@pytest.fixture
def other():
    server = Other()
    yield server
    server.end()


@pytest.mark.logs(r"FG0201: .*private/loopback address", r"the administrator of the host decides who can be reached")
@pytest.mark.may_log("FG0201: ")
def test_private_addresses_are_refused(fresh, other):
    server = fresh(PAGES + "ForgeAllow net\nForgeSet FORGE_HTTP_ALLOW_PRIVATE 1\n",
                   {"www/x.fg": FETCH % ("127.0.0.1", other.port, "/a"),
                    "www/y.fg": FETCH % ("localhost", other.port, "/a")},
                   environment={"FORGE_HTTP_ALLOW_PRIVATE": "1"})
    assert server.get("/x.fg").status == server.get("/y.fg").status == 500
    assert other.accepted == 0


HOSTS = {
    "allowed": ("ForgeAllowHosts 127.0.0.1", 200),
    "network": ("ForgeAllowHosts 10.0.0.0/8 127.0.0.0/8", 200),
    "two_lines": ("ForgeAllowHosts 10.0.0.0/8\nForgeAllowHosts 127.0.0.0/8", 200),
    "other": ("ForgeAllowHosts 127.0.0.2 localhost", 500),
    "star": ("ForgeAllowHosts *", 200),
    "replaced": ("ForgeAllowHosts *\n<Location />\nForgeAllowHosts 10.0.0.0/8\n</Location>", 500),
    "none": ("ForgeAllowHosts *\n<Location />\nForgeAllowHosts none\n</Location>", 500),
    "only": ("ForgeAllowHosts *\nForgeOnlyHosts 127.0.0.1", 200),
    "only_others": ("ForgeAllowHosts *\nForgeOnlyHosts example.org 10.0.0.0/8", 500),
    "only_none": ("ForgeAllowHosts *\nForgeOnlyHosts none", 500),
    "only_is_no_permission": ("ForgeOnlyHosts 127.0.0.1", 500),
    "only_lifted": ("ForgeAllowHosts *\nForgeOnlyHosts none\n<Location />\nForgeOnlyHosts *\n</Location>", 200),
}


@pytest.mark.parametrize("name", sorted(HOSTS))
@pytest.mark.may_log("FG0201: ")
def test_lists_of_hosts(fresh, other, name):
    lines, status = HOSTS[name]
    server = fresh(PAGES + "ForgeAllow net\n" + lines + "\n", {"www/x.fg": FETCH % ("127.0.0.1", other.port, "/a")})
    answer = server.get("/x.fg")
    assert answer.status == status
    assert other.accepted == (status == 200)
    if status == 200:
        assert answer.text == "/a\n"


def test_top_level_of_an_app(fresh, other):
    """The builder reaches what requests reach."""
    server = fresh("ForgeAllow net\nForgeAllowHosts 127.0.0.1\nForgeApp /a {root}/apps/x.fg\n",
                   {"apps/x.fg": 'let built = fetch("http://127.0.0.1:%d/built").body\n'
                                 '@get("/")\nfn f() { return [built, fetch("http://127.0.0.1:%d/asked").body] }\n'
                                 % (other.port, other.port)})
    assert server.get("/a/").json == ["/built", "/asked"]


@pytest.mark.logs(r"FG0203: the client went away and the program was stopped")
@pytest.mark.parametrize("how", ["page", "route"])
def test_fetch_ends_when_the_client_leaves(fresh, other, how):
    """At once: the other server sees its connection close."""
    server = fresh(ALLOWED + "LogLevel forge:info\nForgeMaxTime 60s\n", {
        "www/page.fg": FETCH % ("127.0.0.1", other.port, "/slow"),
        "www/route.fg": '@get("/r")\nfn f() { return fetch("http://127.0.0.1:%d/slow").body }\n' % other.port})
    link = server.connect()
    path = "/page.fg" if how == "page" else "/route.fg/r"
    link.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    server.wait(lambda: other.slow == 1, 10, "the program does not fetch")
    assert other.open == 1
    time.sleep(0.2)
    assert other.open == 1
    link.close()
    server.wait(lambda: other.open == 0, 5, "the fetch goes on")


@pytest.mark.parametrize("how", ["page", "top_level"])
@pytest.mark.may_log("FG0101: ", "FG0211: ")
def test_stop_does_not_wait_for_a_fetch(fresh, other, how):
    server = fresh(ALLOWED + "ForgeMaxTime 60s\nForgeBuildTime 60s\n", {
        "www/page.fg": FETCH % ("127.0.0.1", other.port, "/slow"),
        "www/top_level.fg": FETCH % ("127.0.0.1", other.port, "/slow") + '@get("/")\nfn f() { return 1 }\n'})
    with server.connect() as link:
        link.sendall(b"GET /%s.fg HTTP/1.1\r\nHost: x\r\n\r\n" % how.encode())
        server.wait(lambda: other.slow == 1, 10, "the program does not fetch")
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 20
        server.wait(lambda: other.open == 0, 5, "the fetch goes on")


def test_connections_are_used_again(fresh, other):
    server = fresh(ALLOWED, {"www/x.fg": FETCH % ("127.0.0.1", other.port, "/a"),
                             "www/y.fg": FETCH % ("127.0.0.1", other.port, "/b")}, threads=1, limit=1)
    for _ in range(5):
        assert server.get("/x.fg").text == "/a\n"
        assert server.get("/y.fg").text == "/b\n"
    assert other.accepted == 1


def test_virtual_hosts_share_no_connections(fresh, other):
    vhost = "<VirtualHost 127.0.0.1:{port}>\nServerName %s\nDocumentRoot {root}/www\n</VirtualHost>\n"
    server = fresh(ALLOWED + vhost % "a.test" + vhost % "b.test",
                   {"www/x.fg": FETCH % ("127.0.0.1", other.port, "/a")}, threads=1, limit=1)
    for _ in range(3):
        for host in ("a.test", "b.test"):
            assert server.get("/x.fg", {"Host": host}).text == "/a\n"
    assert other.accepted == 2


def test_virtual_hosts_share_an_app_but_no_connections(fresh, other):
    vhost = "<VirtualHost 127.0.0.1:{port}>\nServerName %s\n%s</VirtualHost>\n"
    server = fresh("ForgeAllow net\nForgeAllowHosts 127.0.0.1\nForgeApp /a {root}/apps/x.fg\nForgeSet A main\n"
                   + vhost % ("a.test", "") + vhost % ("b.test", "") + vhost % ("c.test", "ForgeSet A c\n"),
                   {"apps/x.fg": '@get("/")\nfn f() { return env.get("A") + fetch("http://127.0.0.1:%d/").body }\n'
                                 % other.port}, threads=1, limit=1)
    for _ in range(3):
        for host, text in (("a.test", "main/"), ("b.test", "main/"), ("c.test", "c/")):
            assert server.get("/a/", {"Host": host}).json == text
    assert other.accepted == 3


def test_tenants_share_no_connections(fresh, other):
    """Neither directories, though their .htaccess files and roots are the same, nor settings in one directory."""
    page = FETCH % ("127.0.0.1", other.port, "/a")
    same = "ForgeSet A 1\n"
    server = fresh(ALLOWED + "ForgeRoot {root}\n", {
        "www/a/x.fg": page, "www/a/.htaccess": same + "<Files y.fg>\nForgeSet A 2\n</Files>\n", "www/a/y.fg": page,
        "www/b/x.fg": page, "www/b/.htaccess": same}, threads=1, limit=1)
    for _ in range(3):
        for path in ("/a/x.fg", "/a/y.fg", "/b/x.fg"):
            assert server.get(path).status == 200
    assert other.accepted == 3


def test_apps_share_no_connections(fresh, other):
    server = fresh("ForgeAllow net\nForgeAllowHosts 127.0.0.1\nForgeApp /a {root}/apps/x.fg\n"
                   "ForgeApp /b {root}/apps/x.fg\n<Location /b/two>\nForgeSet A 1\n</Location>\n",
                   {"apps/x.fg": '@get("/one")\n@get("/two")\nfn f() { return fetch("http://127.0.0.1:%d/x").body }\n'
                                 % other.port}, threads=1, limit=1)
    for _ in range(3):
        for path in ("/a/one", "/a/two", "/b/one", "/b/two"):
            assert server.get(path).json == "/x"
    assert other.accepted == 3


# ---- nothing is left behind -----------------------------------------------------------

WORK = """let answer = fetch("http://127.0.0.1:%d/a").body
let name = uuid() + ".out"
fs.write(name, answer)
let found = fs.read(name) + str(len(fs.list(".")) > 0)
fs.remove(name)
say found
"""
BROKEN = """let answer = fetch("http://127.0.0.1:%d/a").body
fs.write("../" + answer, answer)
"""


def state_of(server):
    """Descriptors and KiB of anonymous memory of the children."""
    fds = memory = 0
    for pid in server.children():
        fds += len(os.listdir("/proc/%d/fd" % pid))
        with open("/proc/%d/smaps_rollup" % pid) as f:
            memory += next(int(line.split()[1]) for line in f if line.startswith("Anonymous:"))
    return fds, memory


def ask_often(server, paths, count, clients=4):
    """`count` requests by some clients at once, each on one connection; what was not as expected."""
    wrong, right = [], []

    def ask(session, path):
        """The answer; a busy server may close a connection between two requests."""
        for _ in range(5):
            try:
                answer = session.ask("GET", path)
                return answer.status, answer.body
            except ConnectionError:
                session.close()
        return 0, b"the connection was closed"

    def client():
        with server.session() as session:
            for i in range(count // clients):
                path, status, text = paths[i % len(paths)]
                is_status, body = ask(session, path)
                (right if is_status == status and text in body else wrong).append((path, is_status, body))
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(right) + len(wrong) == count // clients * clients
    return wrong


@pytest.mark.may_log("FG0201: ")
def test_many_requests_leave_nothing_behind(fresh, other):
    """No connection, no descriptor, no block: neither those that succeed nor those that fail."""
    config = ALLOWED + "ForgeAllow fs.read fs.write\nForgeApp /app {root}/apps/x.fg\n"
    config += "<Location /app/set>\nForgeSet A 1\n</Location>\n<Directory {root}/www/b>\nForgeRoot {root}/open\n</Directory>\n"

    def open_to_all(server):
        os.mkdir(server.path("open"))
        os.chmod(server.path("open"), 0o777)
        os.chmod(server.path("www"), 0o1777)
    server = fresh(config, {"www/x.fg": WORK % other.port, "www/b/x.fg": WORK % other.port,
                            "www/b/.htaccess": "ForgeSet A 1\n", "www/bad.fg": BROKEN % other.port,
                            "apps/x.fg": '@get("/run")\n@get("/set")\nfn f() {\n'
                                         'return fetch("http://127.0.0.1:%d/a").body\n}\n' % other.port},
                   before=open_to_all, threads=4, limit=1)
    paths = [("/x.fg", 200, b"/atrue"), ("/b/x.fg", 200, b"/atrue"), ("/app/run", 200, b"/a"),
             ("/app/set", 200, b"/a"), ("/bad.fg", 500, b"")]
    ask_often(server, paths, 500)
    fds, memory = state_of(server)
    connections = other.open
    kept = 4 * len(paths)  # a site keeps as many connections as threads ever fetched at the same time
    assert ask_often(server, paths, 1000 if ASAN else 10000) == []
    server.wait(lambda: state_of(server)[0] <= fds + kept, 10, "more descriptors: %r" % ([fds, state_of(server)],))
    assert other.open <= connections + kept
    assert other.accepted < 200
    growth = 32768 if ASAN else 4096 if PROTOCOL == "h2" else 1024  # KiB; threads of mod_http2 come and go
    assert state_of(server)[1] < memory + growth, (memory, state_of(server))
    assert sorted(os.listdir(server.path("open"))) == []
    assert not [name for name in os.listdir(server.path("www")) if name.endswith(".out")]


def test_sites_are_bounded(fresh):
    """Tenants by the dozen in a child with few descriptors: all are served."""
    names = ["t%d" % i for i in range(60)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def few(server):
        resource.setrlimit(resource.RLIMIT_NOFILE, (96, hard))
    try:
        server = fresh(PAGES + "ForgeAllow fs.read\n",
                       {**{"www/%s/x.fg" % n: 'say fs.read("data")\n' for n in names},
                        **{"www/%s/data" % n: n for n in names}}, before=few, threads=2, limit=1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for _ in range(2):
        for name in names:
            assert server.get("/%s/x.fg" % name).text == name + "\n"
    for pid in server.children():
        roots = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)]
        assert len([r for r in roots if "/www/t" in r]) <= 26, roots


@pytest.mark.may_log("AH00144")
def test_graceful_restart_leaves_nothing_behind(fresh, other):
    server = fresh(ALLOWED + "ForgeApp /a {root}/apps/x.fg\nForgeApp /b {root}/apps/x.fg\n",
                   {"www/x.fg": FETCH % ("127.0.0.1", other.port, "/a"),
                    "apps/x.fg": '@get("/")\nfn f() { return fetch("http://127.0.0.1:%d/a").body }\n' % other.port})
    counts = []
    for _ in range(3 if ASAN else 8):
        for path in ("/x.fg", "/a/", "/b/"):
            assert server.get(path).status == 200
        assert other.open >= 1
        server.graceful()
        server.wait(lambda: other.open == 0, 20, "connections of children that are gone")
        counts.append(len(os.listdir("/proc/%d/fd" % server.pid)))
    assert counts[-1] <= counts[1], counts


SHARED = {
    "none": ("", []),
    "fetch": ('fn unused() { return fetch("http://127.0.0.1/") }\n', ["libcurl"]),
    "databases": ("fn unused() { pg.close()\n mysql.close(1) }\n", ["libpq", "libmariadb"]),
}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_children_share_the_libraries_of_an_app(fresh, name):
    """Its builder, another process, has told the parent which."""
    source, libraries = SHARED[name]
    server = fresh("ForgeApp /a {root}/apps/x.fg\n", {"apps/x.fg": source + '@get("/")\nfn f() { return 1 }\n'})
    assert server.get("/a/").json == 1
    with open("/proc/%d/maps" % server.pid) as f:
        maps = f.read()
    assert "/mod_forge.so" in maps
    assert [l for l in ("libcurl", "libpq", "libmariadb") if "/%s.so" % l in maps] == libraries

# SPDX-License-Identifier: Apache-2.0
"""A private httpd: own directory, own port on the loopback, own pid file; always stopped by its pid, also when the
process that started it is killed.

    with Httpd(mpm="worker", config="ForgeApp /api {root}/apps/api.fg") as server:
        print(server.url)

The configuration is tests/tools/httpd.conf.in plus `config`, where {root}, {port}, {tls} and {modules} are replaced.
`protocol` is what its port speaks, in every virtual host: h1 HTTP/1.1 in clear, tls the same through TLS, h2 HTTP/2 and
HTTP/1.1 through TLS.
As root the children run as www-data, so everything they read lies in the server's own directory.
"""
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIME = "text/html html\ntext/plain txt\napplication/json json\nimage/jpeg jpg\n"
THREADED = """
StartServers {children}
ServerLimit {limit}
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {workers}
MinSpareThreads 1
MaxSpareThreads {workers}
"""
PREFORK = """
StartServers {threads}
MinSpareServers 1
MaxSpareServers {workers}
MaxRequestWorkers {workers}
"""
SECURE = """
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
SSLSessionCache shmcb:{root}/run/sessions(512000)
SSLEngine on
SSLCertificateFile {root}/cert.pem
SSLCertificateKeyFile {root}/key.pem
"""
SPEAKS = {"h1": "", "tls": SECURE,
          "h2": SECURE + "LoadModule http2_module {modules}/mod_http2.so\nProtocols h2 http/1.1\n"}


@functools.lru_cache(None)
def certificate(names):
    """(key, certificate) in PEM, for all of the names."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("key", "certificate")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE",
                        "-addext", "subjectAltName=" + ",".join("DNS:" + name for name in names),
                        "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
        return tuple(open(name).read() for name in files)


@functools.lru_cache(None)
def query(name):
    return subprocess.run(["apxs", "-q", name], capture_output=True, text=True, check=True).stdout.strip()


def free_port(first=0):
    """The first free loopback port from `first` up, or any free one."""
    for port in range(first, first + 200):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return s.getsockname()[1]
    raise RuntimeError("no free port from %d up" % first)


class Httpd:
    def __init__(self, mpm="worker", config="", root=None, port=None, build=None, module=True,
                 threads=8, children=1, limit=2, environment=None, bare=False, protocol="h1"):
        self.mpm, self.protocol = mpm, protocol
        self.build = os.path.join(TREE, build or os.environ.get("FORGE_BUILD", "build"))
        self.module = module
        self.keep = root is not None
        self.root = root or tempfile.mkdtemp(prefix="forge-httpd-")
        os.makedirs(self.root, exist_ok=True)
        for name in ("www", "run", "apps"):
            os.makedirs(os.path.join(self.root, name), exist_ok=True)
        os.chmod(self.root, 0o755)
        self.port = port or free_port()
        self.tls = free_port()
        self.config = config
        self.environment = environment or {}
        self.bare = bare  # no access log and no .htaccess files: nothing but the work is measured
        self.guard = None
        self.shape = dict(threads=threads, children=children, limit=limit, workers=threads * limit)
        self.seen = 0
        self.stops = []  # [from, to] in the log

    @property
    def url(self):
        return "%s://127.0.0.1:%d" % ("https" if self.secure else "http", self.port)

    @property
    def secure(self):
        """The port speaks TLS."""
        return self.protocol != "h1"

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def put(self, name, text, mode=0o644):
        """Write a file below the server's directory, by rename, so that no request sees half of it."""
        target = self.path(name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target + ".new", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(target + ".new", mode)
        os.replace(target + ".new", target)
        return target

    def add(self, *sources):
        """Copy files of the tree to apps/."""
        for source in sources:
            with open(os.path.join(TREE, source), "rb") as f:
                self.put("apps/" + os.path.basename(source), f.read())

    def certify(self):
        """Put a key and its certificate into the server's directory."""
        names = {"localhost", *re.findall(r"(?m)^\s*ServerName ([a-z.]+)", self.config)}
        for name, text in zip(("key.pem", "cert.pem"), certificate(tuple(sorted(names)))):
            self.put(name, text)

    def fill(self, text):
        for name, value in (("{root}", self.root), ("{port}", str(self.port)), ("{tls}", str(self.tls)),
                            ("{modules}", self.libexec), ("{tree}", TREE)):
            text = text.replace(name, value)
        return text

    def write_config(self):
        self.libexec = query("LIBEXECDIR")
        with open(os.path.join(TREE, "tests/tools/httpd.conf.in")) as f:
            text = f.read()
        shape = (PREFORK if self.mpm == "prefork" else THREADED).format(**self.shape)
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        access = "" if self.bare else "CustomLog @ROOT@/access.log forge"
        for name, value in (("ACCESS", access), ("OVERRIDE", "None" if self.bare else "All"),
                            ("ROOT", self.root), ("PORT", str(self.port)), ("MPM", self.mpm),
                            ("USER", user), ("MODULES", self.libexec), ("PROCESSES", shape)):
            text = text.replace("@%s@" % name, value)
        if self.module:
            text += "LoadModule forge_module %s/mod_forge.so\n" % self.build
        text += self.fill(SPEAKS[self.protocol])
        if self.secure:
            self.certify()
        self.put("mime.types", MIME)
        self.put("httpd.conf", text + self.fill(self.config) + "\n")

    def environ(self):
        env = dict(os.environ, LC_ALL="C", **self.environment)
        if os.path.basename(self.build) == "asan" and self.module:
            lib = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
            env["LD_PRELOAD"] = os.path.realpath(lib)
            # A large quarantine would look like memory that a program keeps.
            env["ASAN_OPTIONS"] = ":".join(("detect_leaks=0", "quarantine_size_mb=16",
                                            "thread_local_quarantine_size_kb=64", env.get("ASAN_OPTIONS", "")))
        return env

    def apache(self, *args):
        program = shutil.which("apache2", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or "httpd"
        return subprocess.run([program, "-f", self.path("httpd.conf"), *args], capture_output=True, text=True,
                              env=self.environ(), timeout=60)

    def start(self):
        self.write_config()
        if self.stops and self.stops[-1][1] is None:
            self.stops[-1][1] = len(self.log())
        done = self.apache("-k", "start")
        if done.returncode:
            raise RuntimeError("httpd did not start: " + done.stderr + self.log())
        self.wait(lambda: os.path.exists(self.path("httpd.pid")) and self.answers(), 20, "httpd does not answer")
        self.pid = int(open(self.path("httpd.pid")).read())
        self.watch()
        return self

    def watch(self):
        """A shell that reads from this process: when this one is no more, it stops the server."""
        self.unwatch()
        self.guard = subprocess.Popen(["sh", "-c", 'read _; kill "$(cat "$1")"', "sh", self.path("httpd.pid")],
                                      stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      start_new_session=True)

    def unwatch(self):
        if self.guard:
            self.guard.kill()
            self.guard.communicate()
            self.guard = None

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def signal(self, number):
        os.kill(self.pid, number)

    def graceful(self):
        """Ask for a graceful restart and wait until the parent has come back."""
        before = self.log().count("resuming normal operations")
        self.signal(signal.SIGUSR1)
        self.wait(lambda: self.log().count("resuming normal operations") > before, 20, "no graceful restart")

    def alive(self):
        try:
            with open("/proc/%d/stat" % self.pid) as f:
                return f.read().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def stop(self):
        self.unwatch()
        try:
            with open(self.path("httpd.pid")) as f:
                self.pid = int(f.read())
        except (OSError, ValueError):
            if not hasattr(self, "pid"):
                return
        self.stops.append([len(self.log()), None])
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.wait(lambda: not self.alive(), 25, "httpd does not stop")
        except ProcessLookupError:
            pass

    def log(self):
        try:
            with open(self.path("error.log"), errors="backslashreplace") as f:
                return f.read()
        except OSError:
            return ""

    def access(self):
        with open(self.path("access.log"), errors="backslashreplace") as f:
            return f.read()

    def news(self):
        """Lines of the error log since the last call."""
        text = self.log()
        fresh, self.seen = self.without_races(text)[self.seen:], len(text)
        return fresh.splitlines()

    def without_races(self, text):
        """The log with blanks for what the event MPM itself may say while it stops.

        Its threads close connections and leave in any order then: polling a closed socket (AH03092), and now and
        then a child that ends by a signal inside the MPM (AH00045, AH0005x), with or without this module."""
        for start, end in self.stops if self.mpm == "event" else []:
            part = re.sub(r"(?m)^.*(?:AH03092|AH00045|AH0005[12]).*$", lambda m: " " * len(m.group()), text[start:end])
            text = text[:start] + part + (text[end:] if end is not None else "")
        return text

    def children(self):
        with open("/proc/%d/task/%d/children" % (self.pid, self.pid)) as f:
            return [int(word) for word in f.read().split()]

    @staticmethod
    def wait(condition, seconds, complaint):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(complaint)
            time.sleep(0.02)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if not self.keep:
                shutil.rmtree(self.root, ignore_errors=True)

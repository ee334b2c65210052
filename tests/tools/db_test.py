#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Databases: programs against SQLite files and against a PostgreSQL and a MariaDB server of their own.

usage: db_test.py FORGE...     the unit test test_db beside each forge is run with the servers, too

The servers live in a temporary directory, listen on Unix sockets in it, run as an unprivileged user and end with this
program, however it ends.
"""
import ctypes
import glob
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 120
TESTS = []


def test(function):
    TESTS.append(function)
    return function


# ---- servers -----------------------------------------------------------------------------------------------------------

def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def unprivileged(names):
    """How a server is started: by root as the first of these users that exists."""
    if os.getuid() != 0:
        return {}
    for name in names:
        try:
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        except KeyError:
            continue
    raise OSError("none of these users exists: " + ", ".join(names))


class Server:
    def __init__(self, place, name, users):
        self.user = unprivileged(users)
        self.folder = os.path.join(place, name)
        self.log = os.path.join(place, name + ".log")
        os.mkdir(self.folder, 0o755)
        if self.user:
            os.chown(self.folder, self.user["user"], self.user["group"])
        self.process = None

    def prepare(self, *command):
        with open(self.log, "ab") as log:
            subprocess.run(command, stdout=log, stderr=log, check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                           env=dict(os.environ, HOME=self.folder), **self.user)

    def start(self, *command, ready):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, stdin=subprocess.DEVNULL,
                                            preexec_fn=die_with_parent, env=dict(os.environ, HOME=self.folder),
                                            **self.user)
        end = time.monotonic() + 60
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as f:
                    raise OSError("%s does not start:\n%s" % (command[0], f.read()[-2000:]))
            time.sleep(0.05)

    def stop(self, signum):
        if self.process:
            self.process.send_signal(signum)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Postgres(Server):
    def __init__(self, place):
        super().__init__(place, "pg", ["postgres", "nobody"])
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            raise OSError("PostgreSQL is missing: make packages GOALS=check")
        data = os.path.join(self.folder, "data")
        self.prepare(os.path.join(programs[-1], "initdb"), "-A", "trust", "-U", "tester", "-N", "-E", "UTF8",
                     "--locale=C.UTF-8", "-D", data)
        self.target = "host=%s user=tester dbname=postgres" % self.folder
        self.start(os.path.join(programs[-1], "postgres"), "-D", data, "-k", self.folder, "-c", "listen_addresses=",
                   "-c", "fsync=off", "-c", "timezone=UTC", ready=self.is_ready)

    def is_ready(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return "ready to accept connections" in f.read()

    def end(self):
        self.stop(signal.SIGINT)


class MariaDB(Server):
    def __init__(self, place):
        super().__init__(place, "mysql", ["mysql", "nobody"])
        data, socket = os.path.join(self.folder, "data"), os.path.join(self.folder, "socket")
        if not shutil.which("mariadb-install-db") or not os.path.exists("/usr/sbin/mariadbd"):
            raise OSError("MariaDB is missing: make packages GOALS=check")
        self.prepare("mariadb-install-db", "--no-defaults", "--datadir=" + data, "--skip-test-db",
                     "--auth-root-authentication-method=normal")
        self.target = "mysql://root@localhost/mysql?socket=" + socket
        self.socket = socket
        self.start("/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + data, "--socket=" + socket,
                   "--skip-networking", "--pid-file=" + os.path.join(self.folder, "pid"),
                   ready=lambda: os.path.exists(socket))

    def end(self):
        self.stop(signal.SIGTERM)


# ---- programs ----------------------------------------------------------------------------------------------------------

class Bench:
    """What a test works with: a forge, the servers, an empty directory."""

    def __init__(self, forge, pg, mysql):
        self.forge, self.pg, self.mysql = forge, pg, mysql
        self.folder = tempfile.mkdtemp(prefix="forge-db-")

    def start(self, program, *options):
        path = os.path.join(self.folder, "main.fg")
        program = program.replace("$PG", self.pg.target).replace("$MYSQL", self.mysql.target)
        program = program.replace("$SOCKET", self.mysql.socket)
        with open(path, "w", encoding="utf-8") as f:
            f.write(program)
        done = subprocess.run([self.forge, "run", *options, path], capture_output=True, timeout=SECONDS,
                              cwd=self.folder, stdin=subprocess.DEVNULL,
                              env=dict(os.environ, ASAN_OPTIONS="detect_leaks=1", LC_ALL="C.UTF-8"))
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def prints(self, program, wanted):
        """The program ends well and prints these lines."""
        code, out, err = self.start(program)
        assert code == 0, "status %d\n%s%s" % (code, out, err)
        got = [line.strip() for line in out.splitlines()]
        wanted = [line.strip() for line in wanted.strip().splitlines()]
        for i, (a, b) in enumerate(zip(got, wanted)):
            assert a == b, "line %d is\n  %s\nnot\n  %s" % (i + 1, a, b)
        assert len(got) == len(wanted), "%d lines, not %d\n%s" % (len(got), len(wanted), out)

    def fails(self, program, wanted, *options):
        code, out, err = self.start(program, *options)
        assert code == 1 and wanted in err, "status %d, %r is not in\n%s%s" % (code, wanted, out[-500:], err)


ATTEMPT = """fn attempt(f) { try { say f() } catch e { say e.message } }
"""


# ---- SQLite ------------------------------------------------------------------------------------------------------------

@test
def files(b):
    b.prints("""db.open("x.db")
say db.query("PRAGMA journal_mode = WAL")
say db.execute("CREATE TABLE t(a, b)")
say db.execute("INSERT INTO t VALUES (1, 2), (3, 4)")
say db.execute("VACUUM")
say fs.exists("x.db-wal")
db.begin()
db.execute("DELETE FROM t")
db.open("x.db")
say db.query("SELECT count(*) AS n FROM t")
db.execute("CREATE TEMP TABLE mine(a)")
db.execute("PRAGMA foreign_keys = 1")
db.open("x.db")
say db.query("PRAGMA foreign_keys")
try { db.query("SELECT * FROM mine") } catch e { say e.message }
""", """[{ "journal_mode": "wal" }]
0
2
0
true
[{ "n": 2 }]
[{ "foreign_keys": 0 }]
db.query error: no such table: mine""")


@test
def a_file_that_is_none(b):
    with open(os.path.join(b.folder, "text.db"), "w", encoding="utf-8") as f:
        f.write("this is no database, but long enough to look like one\n" * 40)
    code, out, err = b.start(ATTEMPT + """db.open("text.db")
attempt(fn() { return db.query("SELECT * FROM t") })
attempt(fn() { return db.open("none/x.db") })
attempt(fn() { return db.open("") })
attempt(fn() { return db.open(".") })
""")
    assert code == 0, err
    assert out == ("db.query error: file is not a database\n"
                   "db.open error: unable to open database file: none/x.db\n"
                   "db.open error: unable to open database file: \n"
                   "db.open error: unable to open database file: .\n"), out


@test
def a_locked_file(b):
    program = """db.open("x.db")
say db.execute("INSERT INTO t VALUES (1)")
"""
    other = sqlite3.connect(os.path.join(b.folder, "x.db"), isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t(a)")
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, other.execute, ["COMMIT"])
    release.start()
    b.prints(program, "1")
    release.join()
    other.execute("BEGIN IMMEDIATE")
    b.fails(program, "db.execute error: database is locked")
    other.close()


@test
def memory_of_sqlite(b):
    limit = "out of memory: the limit of"
    b.fails("""db.open(":memory:")
db.query("WITH RECURSIVE c(x) AS (SELECT zeroblob(1) UNION SELECT x || x FROM c) SELECT length(x) FROM c")
""", limit, "--memory", "50M")
    b.fails("""db.open("x.db")
db.query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
""", limit, "--memory", "50M")
    b.fails("""db.open("x.db")
db.query("SELECT hex(zeroblob(900000000))")
""", "db.query row error: string or blob too big", "--memory", "50M")
    b.fails("""db.open(":memory:")
db.execute("CREATE TABLE t(a)")
for i in range(1000) { db.execute("INSERT INTO t VALUES (randomblob(1000000))") }
""", "db.execute error: database or disk is full", "--memory", "50M")


# ---- PostgreSQL --------------------------------------------------------------------------------------------------------

@test
def pg_values(b):
    b.prints("""say pg.connect("$PG")
say pg.query("SELECT 1::int2 AS a, -2::int4 AS b, 3::int8 AS c, 1.5::float4 AS d, 0.1::float8 AS e, true AS h, NULL AS i")
say pg.query("SELECT 1.50::numeric AS f, 12345678901234567890.123::numeric AS g, 'NaN'::numeric AS n, 100::numeric AS h, 0.10::numeric AS t, -7.25::numeric AS m")
say pg.query("SELECT '[1, null]'::jsonb AS j, '2024-01-02'::date AS d, '2024-01-02 03:04:05.5'::timestamp AS t, '2024-01-02 03:04:05+02'::timestamptz AS tz, '03:04:05'::time AS ti")
say pg.query("SELECT '01020304-0506-0708-090a-0b0c0d0e0f10'::uuid AS u, decode('01ff', 'hex') AS b, 'infinity'::timestamp AS i, '0044-03-15 BC'::date AS c, interval '1 day' AS v, 'x'::\\"char\\" AS ch")
say pg.query("SELECT ARRAY[1,2,NULL] AS a, ARRAY['x','a\\"b,',NULL,'NULL', ''] AS b, ARRAY[[1,2],[3,4]] AS c, ARRAY[]::int[] AS d, ARRAY[1.5,2.25]::numeric[] AS e, ARRAY[true] AS f")
say pg.query("SELECT $1::int + 1 AS a, $2 AS b, $3::bool AS c, $4::float8 AS d, $5::text AS e, $6::jsonb AS f, $7::text AS g", [41, "hé", true, 1.5, null, {a: 1}, None])
say pg.query("SELECT 1 AS a, 2 AS b, 3 AS a")
say pg.query("SELECT FROM generate_series(1, 2)")
say pg.query("SELECT 1 AS a WHERE false")
""", """true
[{ "a": 1, "b": -2, "c": 3, "d": 1.5, "e": 0.1, "h": true, "i": null }]
[{ "f": 1.5, "g": "12345678901234567890.123", "n": NaN, "h": 100, "t": 0.1, "m": -7.25 }]
[{ "j": [1, null], "d": "2024-01-02", "t": "2024-01-02T03:04:05.5", "tz": "2024-01-02T01:04:05+00:00", "ti": "03:04:05" }]
[{ "u": "01020304-0506-0708-090a-0b0c0d0e0f10", "b": "01ff", "i": "infinity", "c": "0044-03-15 BC", "v": "1 day", "ch": "x" }]
[{ "a": [1, 2, null], "b": ["x", "a\\"b,", null, "NULL", ""], "c": "{{1,2},{3,4}}", "d": [], "e": [1.5, 2.25], "f": [true] }]
[{ "a": 42, "b": "hé", "c": true, "d": 1.5, "e": null, "f": { "a": 1 }, "g": null }]
[{ "a": 3, "b": 2 }]
[{  }, {  }]
[]""")


@test
def pg_statements(b):
    b.prints(ATTEMPT + """pg.connect("$PG", "none")
say pg.execute("DROP TABLE IF EXISTS s")
say pg.execute("CREATE TABLE s(a int4 UNIQUE, b text)")
say pg.execute("INSERT INTO s SELECT i, 'x' FROM generate_series(1, $1) i", [1000])
pg.begin()
say pg.execute("DELETE FROM s WHERE a > $1", [10])
pg.rollback()
say pg.query("SELECT count(*) AS n, sum(a) AS s FROM s")
attempt(fn() { return pg.query("SELECT * FROM zz") })
attempt(fn() { return pg.query("SELECT 1; SELECT 2") })
attempt(fn() { return pg.query("COPY (SELECT 1) TO STDOUT") })
attempt(fn() { return pg.query("SELECT $1::int", ["x"]) })
attempt(fn() { return pg.execute("INSERT INTO s VALUES (1, 'y')") })
attempt(fn() { return pg.query("SELECT 1/0") })
pg.begin()
attempt(fn() { return pg.query("SELECT 1/0") })
attempt(fn() { return pg.query("SELECT 1") })
attempt(fn() { return pg.commit() })
pg.begin()
try { pg.query("SELECT pg_terminate_backend(pg_backend_pid())") } catch e { say contains(e.message, "terminating connection") }
attempt(fn() { return pg.query("SELECT 1") })
attempt(fn() { return pg.rollback() })
say pg.query("SELECT 1 AS a")
try { timeout 1 second { pg.query("SELECT pg_sleep(60)") } } catch e { say e.message }
say pg.query("SELECT 2 AS a")
squad {
  spawn { say pg.query("SELECT 1 AS a, pg_sleep(0.3)::text AS b") }
  spawn { say pg.query("SELECT 2 AS a") }
}
say pg.close()
attempt(fn() { return pg.query("SELECT 1") })
""", """0
0
1000
990
[{ "n": 1000, "s": 500500 }]
pg.query error: relation "zz" does not exist
pg.query error: cannot insert multiple commands into a prepared statement
pg.query error: COPY from or to a program is not available
hint: use INSERT and SELECT
pg.query error: invalid input syntax for type integer: "x"
pg.execute error: duplicate key value violates unique constraint "s_a_key"
pg.query error: division by zero
pg.query error: division by zero
pg.query error: current transaction is aborted, commands ignored until end of transaction block
pg.commit error: a statement of the transaction had failed, so it was rolled back
true
pg.query error: the connection was lost inside a transaction
hint: call pg.rollback() and begin again
null
[{ "a": 1 }]
timeout: operation exceeded 1 second limit
[{ "a": 2 }]
[{ "a": 1, "b": "" }]
[{ "a": 2 }]
null
no pg connection open""")


@test
def pg_large_results(b):
    b.fails("""pg.connect("$PG")
pg.query("SELECT i, repeat('x', 100) AS x FROM generate_series(1, 100000000) i")
""", "out of memory: the limit of", "--memory", "50M")
    b.prints("""pg.connect("$PG")
let rows = pg.query("SELECT i, repeat('x', 100000) AS x FROM generate_series(1, 100) i")
say len(rows)
say len(rows[99].x)
say len(pg.query("SELECT $1::text AS x", [repeat_str("y", 5000000)])[0].x)
""", """100
100000
5000000""")


@test
def pg_connecting(b):
    code, out, err = b.start(ATTEMPT + """attempt(fn() { return pg.connect("host=/nowhere") })
attempt(fn() { return pg.connect("nonsense=1", "plain") })
attempt(fn() { return pg.connect("host=127.0.0.1 port=1", "no-verify") })
attempt(fn() { return pg.connect("host=nowhere.invalid", "NONE") })
attempt(fn() { return pg.query("SELECT 1") })
pg.connect("$PG")
attempt(fn() { return pg.connect("host=/nowhere") })
attempt(fn() { return pg.query("SELECT 1 AS still") })
""")
    assert code == 0, err
    for part in ('pg.connect (TLS) error: connection to server on socket "/nowhere/',
                 'pg.connect error: invalid connection option "nonsense"\n',
                 'pg.connect (TLS-no-verify) error: connection to server at "127.0.0.1", port 1 failed: Connection refused',
                 "pg.connect error: there is no host 'nowhere.invalid'",
                 'no pg connection open\n', '[{ "still": 1 }]\n'):
        assert part in out, "%r is not in %s" % (part, out)


# ---- MySQL -------------------------------------------------------------------------------------------------------------

@test
def mysql_values(b):
    row = ('[{ "f": 1.1, "d": 0.1, "dt": "2024-01-02 03:04:05", "da": "2024-01-02 00:00:00", "ti": "-101:02:03", '
           '"n": 500, "u": -1, "y": 2024, "z": 42, "de": "1.50" }]\n')
    b.prints("""let c = mysql.connect("$MYSQL")
say c
mysql.execute(c, "DROP DATABASE IF EXISTS samples")
say mysql.execute(c, "CREATE DATABASE samples")
say mysql.query(c, "SELECT 1 AS a, 18446744073709551615 AS u, 1.5e0 AS d, 1.50 AS de, 'hé' AS s, NULL AS n")
say mysql.query(c, "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f, ? AS g", [-1, 2.5, "it's", true, null, [1, "x"], None])
say mysql.query(c, "SELECT 1 AS a, 2 AS b, 3 AS a")
let s = mysql.connect("$SOCKET", "root", "", "samples")
say s
mysql.execute(s, "DROP TABLE IF EXISTS t")
say mysql.execute(s, "CREATE TABLE t(id INT PRIMARY KEY AUTO_INCREMENT, f FLOAT, d DOUBLE, dt DATETIME(3), da DATE, ti TIME, tx TEXT, u BIGINT UNSIGNED, y YEAR, z INT ZEROFILL, de DECIMAL(5,2))")
say mysql.execute(s, "INSERT INTO t(f, d, dt, da, ti, tx, u, y, z, de) VALUES (1.1, 0.1, '2024-01-02 03:04:05.678', '2024-01-02', '-101:02:03', REPEAT('x', 500), 18446744073709551615, 2024, 42, 1.5)")
say mysql.query(s, "SELECT f, d, dt, da, ti, length(tx) AS n, u, y, z, de FROM t")
say mysql.query(s, "SELECT f, d, dt, da, ti, length(tx) AS n, u, y, z, de FROM t WHERE id = ?", [1])
say mysql.query(s, "SELECT tx FROM t")[0].tx == repeat_str("x", 500)
mysql.execute(s, "PREPARE p FROM 'SELECT f, d, dt, da, ti, length(tx) AS n, u, y, z, de FROM t'")
say mysql.query(s, "EXECUTE p")
say mysql.query(s, "SELECT TIME'00:00:07' AS a, TIME'12:00:00.5' AS b, NULL AS c")
""", """mysql_1
1
[{ "a": 1, "u": -1, "d": 1.5, "de": "1.50", "s": "hé", "n": null }]
[{ "a": -1, "b": 2.5, "c": "it's", "d": 1, "e": null, "f": "[1, x]", "g": null }]
[{ "a": 3, "b": 2 }]
mysql_2
0
1
""" + row + row + "true\n" + row + '[{ "a": "0:00:07", "b": "12:00:00", "c": null }]')


@test
def mysql_statements(b):
    b.prints(ATTEMPT + """let c = mysql.connect("$MYSQL")
mysql.execute(c, "CREATE DATABASE IF NOT EXISTS samples")
let s = mysql.connect("$SOCKET", "root", "", "samples")
mysql.execute(s, "DROP TABLE IF EXISTS u")
mysql.execute(s, "CREATE TABLE u(a INT UNIQUE)")
attempt(fn() { return mysql.query(s, "SELECT * FROM zz") })
attempt(fn() { return mysql.query(s, "SELECT ?", [1, 2]) })
attempt(fn() { return mysql.query(s, "SELECT ?") })
attempt(fn() { return mysql.query(s, "SELECT 1", 5) })
let x = mysql.begin(s)
say mysql.execute(x, "INSERT INTO u VALUES (?)", [7])
attempt(fn() { return mysql.execute(x, "INSERT INTO u VALUES (?)", [7]) })
attempt(fn() { return mysql.query(x, "SELECT (SELECT seq FROM seq_1_to_3) AS n") })
say mysql.query(x, "SELECT a FROM u")
say mysql.query(s, "SELECT a FROM u")
try { mysql.close(s) } catch e { say replace(e.message, x, "X") }
say mysql.commit(x)
attempt(fn() { return replace(str(mysql.commit(x)), x, "X") })
say mysql.query(s, "SELECT a FROM u")
let y = mysql.begin(s)
mysql.execute(y, "DELETE FROM u")
say mysql.rollback(y)
say mysql.query(s, "SELECT a FROM u")
mysql.execute(s, "CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1 AS a; SELECT 2 AS b; END")
say mysql.query(s, "CALL p()")
try { timeout 1 second { mysql.query(s, "SELECT SLEEP(60)") } } catch e { say e.message }
say mysql.query(s, "SELECT 1 AS ok")
let z = mysql.begin(s)
let id = mysql.query(z, "SELECT CONNECTION_ID() AS id")[0].id
mysql.execute(s, "KILL " + str(id))
attempt(fn() { return mysql.query(z, "SELECT 1") })
attempt(fn() { return mysql.query(z, "SELECT 1") })
say mysql.rollback(z)
squad {
  spawn { say mysql.query(s, "SELECT SLEEP(0.3) AS a") }
  spawn { say mysql.query(s, "SELECT 2 AS a") }
}
say mysql.close(s)
say mysql.close(s)
attempt(fn() { return mysql.query(s, "SELECT 1") })
say mysql.connect("$MYSQL")
""".replace("attempt(fn() { return replace(str(mysql.commit(x)), x, \"X\") })",
            "try { mysql.commit(x) } catch e { say replace(e.message, x, \"X\") }"), """mysql.query() error: Table 'samples.zz' doesn't exist
mysql.query() error: the statement has 1 parameters, 2 were given
mysql.query() error: the statement has 1 parameters, 0 were given
mysql.query() third argument must be an array of parameters
1
mysql.execute() error: Duplicate entry '7' for key 'a'
mysql.query() error: Subquery returns more than 1 row
[{ "a": 7 }]
[]
mysql.close() refused: active transactions for mysql_2: X
null
MySQL transaction 'X' not found
[{ "a": 7 }]
null
[{ "a": 7 }]
[{ "a": 1 }]
timeout: operation exceeded 1 second limit
[{ "ok": 1 }]
mysql.query() error: Server has gone away
mysql.query() error: the connection was lost inside the transaction
null
[{ "a": 0 }]
[{ "a": 2 }]
true
false
MySQL connection 'mysql_2' not found
mysql_3""")


@test
def mysql_large_results(b):
    b.fails("""let c = mysql.connect("$MYSQL")
mysql.query(c, "SELECT REPEAT('x', 100) AS x, seq FROM seq_1_to_100000000")
""", "out of memory: the limit of", "--memory", "50M")
    b.fails("""let c = mysql.connect("$MYSQL")
mysql.query(c, "SELECT REPEAT('x', 15000000) AS x")
""", "a row may be larger than the memory limit allows", "--memory", "8M")
    b.prints("""let c = mysql.connect("$MYSQL")
let rows = mysql.query(c, "SELECT REPEAT('x', 100000) AS x FROM seq_1_to_100")
say len(rows)
say len(rows[99].x)
say len(mysql.query(c, "SELECT ? AS x", [repeat_str("y", 5000000)])[0].x)
""", """100
100000
5000000""")


@test
def mysql_connecting(b):
    code, out, err = b.start(ATTEMPT + """
for u in ["mysql://", "http://x", "mysql://h:0/", "mysql://h:99999/", "mysql://u:%zz@h/", "mysql://h/?x=1", "mysql://[::1/", "mysql://h/?socket", "mysql://nobody:x@localhost/mysql?socket=$SOCKET", "mysql://u@127.0.0.1:1/d", "mysql://u@nowhere.invalid/d"] { attempt(fn() { return mysql.connect(u) }) }
""")
    assert code == 0, err
    assert out == ("mysql.connect() invalid URL: it has no host\n"
                   "mysql.connect() invalid URL: it must begin with mysql://\n"
                   "mysql.connect() invalid URL: the port must be a number from 1 to 65535\n"
                   "mysql.connect() invalid URL: the port must be a number from 1 to 65535\n"
                   "mysql.connect() invalid URL: two hexadecimal digits must follow %, and no zero byte is meant\n"
                   "mysql.connect() invalid URL: an option needs true or false\n"
                   "mysql.connect() invalid URL: the address in brackets is not closed\n"
                   "mysql.connect() invalid URL: an option needs a value\n"
                   "mysql.connect() error: Access denied for user 'nobody'@'localhost' (using password: YES)\n"
                   "mysql.connect() error: Can't connect to server on '127.0.0.1' (111)\n"
                   "mysql.connect() error: there is no host 'nowhere.invalid': Name or service not known\n"), out


# ---- running -----------------------------------------------------------------------------------------------------------

def run(forge, pg, mysql):
    failed = 0
    for function in TESTS:
        b = Bench(forge, pg, mysql)
        try:
            function(b)
        except (AssertionError, OSError, subprocess.SubprocessError) as e:
            failed += 1
            print("FAIL %s: %s" % (function.__name__, e))
        finally:
            shutil.rmtree(b.folder, ignore_errors=True)
    print("databases, %s: %d passed, %d failed" % (os.path.relpath(forge, TREE), len(TESTS) - failed, failed))
    unit = os.path.join(os.path.dirname(forge), "unit", "test_db")
    if os.path.exists(unit):
        done = subprocess.run([unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
                              stdin=subprocess.DEVNULL,
                              env=dict(os.environ, FORGE_TEST_PG=pg.target, FORGE_TEST_MYSQL=mysql.target))
        if done.returncode:
            failed += 1
            print("FAIL %s\n%s" % (unit, done.stdout.decode("utf-8", "replace")))
    return failed


def main():
    place = tempfile.mkdtemp(prefix="forge-servers-")
    os.chmod(place, 0o755)
    servers = []
    try:
        for kind in Postgres, MariaDB:
            servers.append(kind(place))
        return 1 if sum(run(os.path.abspath(forge), *servers) for forge in sys.argv[1:]) else 0
    finally:
        for server in servers:
            server.end()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

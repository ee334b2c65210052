# SPDX-License-Identifier: Apache-2.0
"""Databases, pages and hashes from handlers: what the top level prepared is there in every request."""
import concurrent.futures
import json
import os

import pytest

APP = """db.open("shop.db")
db.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, what TEXT, n REAL)")

@post("/order/:what")
fn order(what) {
    db.begin()
    db.execute("INSERT INTO orders (what, n) VALUES (?, ?)", [what, 1.5])
    let id = db.last_insert_rowid()
    if what == "leave" { return { left: id } }
    if what == "fail" { must Err("no") }
    db.commit()
    return { id: id }
}

@get("/orders")
fn orders() { return db.query("SELECT count(*) AS n, sum(n) AS total FROM orders")[0] }

@get("/temporary")
fn temporary() {
    db.execute("CREATE TEMP TABLE seen (x)")
    return "once"
}

@get("/page/:name")
fn page(name) { return render("page.html", { name: name, items: [1, 2] }) }

@get("/words")
fn words() { return [input_refused(), term.sparkline([1, 2])] }
fn input_refused() {
    try { input() } catch e { return e.message }
}

@post("/secret/:text")
fn secret(text) {
    let kept = crypto.hash_password(text, { memory: 1024 })
    return [crypto.verify_password(text, kept), jwt.decode(jwt.sign({ a: 1 }, "k")).payload.a]
}
"""
PAGE = '<p title="{name}">{name}</p>{for x in items}<i>{x}</i>{/for}\n'


def started(fresh, **more):
    def writable(server):
        os.chmod(server.path("apps"), 0o777)
    return fresh("ForgeReserve 0\nForgeAllow db fs.read fs.write\nForgeApp /shop {root}/apps/shop.fg\n",
                 {"apps/shop.fg": APP, "apps/page.html": PAGE}, before=writable, **more)


@pytest.mark.may_log("FG0201: ")
def test_transactions(fresh):
    """Requests share the database and nothing else: what one leaves open is rolled back."""
    server = started(fresh)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: server.post("/shop/order/" + ("tea", "leave", "fail")[i % 3]), range(60)))
    assert sorted({a.status for a in answers}) == [200, 500]
    ids = [json.loads(a.text)["id"] for a in answers[::3]]
    assert len(set(ids)) == 20
    assert json.loads(server.get("/shop/orders").text) == {"n": 20, "total": 30}


def test_connections_begin_anew(fresh):
    """A temporary table is gone with the request that made it."""
    server = started(fresh)
    for _ in range(20):
        assert json.loads(server.get("/shop/temporary").text) == "once"


def test_pages(fresh):
    server = started(fresh)
    for name, shown in (("a", "a"), ("%3Cb%3E%22", "&lt;b&gt;&quot;")):
        answer = server.get("/shop/page/" + name)
        assert answer.status == 200
        assert json.loads(answer.text).replace("&#34;", "&quot;") == '<p title="%s">%s</p><i>1</i><i>2</i>\n' % (shown, shown)


def test_terminal_and_hashes(fresh):
    server = started(fresh)
    refused, line = json.loads(server.get("/shop/words").text)
    assert refused.startswith("input() is not available") and line == "\u2581\u2588"
    answer = server.post("/shop/secret/pass")
    assert answer.status == 200 and json.loads(answer.text) == [True, 1], answer

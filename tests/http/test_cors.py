# SPDX-License-Identifier: Apache-2.0
"""Which other sites may read answers."""
import pytest

APP = """@server(cors: "https://a.example, https://b.example:8443")
@get("/listed")
fn listed() { return 1 }

@post("/listed")
fn store(body) { return body }

@cors("*")
@get("/open")
fn open_to_all() { return 2 }

@cors("https://own.example")
@get("/own")
fn own() { return 3 }

@cors("restrictive")
@get("/closed")
fn closed() { return 4 }

@get("/fails")
fn fails() { return [1][2] }
"""
PLAIN = "@get(\"/x\")\nfn x() { return 1 }\n"
PERMISSIVE = "@server(cors: \"permissive\")\n" + PLAIN
ALLOW = "Access-Control-Allow-Origin"
A, B, OWN, EVIL = "https://a.example", "https://b.example:8443", "https://own.example", "https://evil.example"


@pytest.fixture
def server(fresh):
    apps = {"app": APP, "plain": PLAIN, "permissive": PERMISSIVE, "any": PERMISSIVE.replace("permissive", "ANY"),
            "star": PERMISSIVE.replace("permissive", "*"), "strict": PERMISSIVE.replace("permissive", "Restrictive")}
    return fresh("".join("ForgeApp /%s {root}/apps/%s.fg\n" % (n, n) for n in apps),
                 {"apps/%s.fg" % name: text for name, text in apps.items()})


@pytest.mark.parametrize("path, origin, allowed, vary", [
    ("/app/listed", A, A, "Origin"),
    ("/app/listed", B, B, "Origin"),
    ("/app/listed", EVIL, None, "Origin"),
    ("/app/listed", "https://a.example.evil", None, "Origin"),
    ("/app/listed", "null", None, "Origin"),
    ("/app/listed", "*", None, "Origin"),
    ("/app/listed", None, None, "Origin"),
    ("/app/open", EVIL, "*", None),
    ("/app/open", "null", "*", None),
    ("/app/open", None, None, None),
    ("/app/own", OWN, OWN, "Origin"),
    ("/app/own", A, None, "Origin"),
    ("/app/closed", A, None, "Origin"),
    ("/plain/x", A, None, None),
    ("/permissive/x", A, "*", None),
    ("/any/x", A, "*", None),
    ("/star/x", A, "*", None),
    ("/strict/x", A, None, "Origin"),
])
def test_answers(server, path, origin, allowed, vary):
    answer = server.get(path, {"Origin": origin} if origin else {})
    assert answer.status == 200
    assert (answer.headers[ALLOW], answer.headers["Vary"]) == (allowed, vary)
    assert answer.headers["Access-Control-Allow-Credentials"] is None


@pytest.mark.logs(r"FG0201: ")
def test_errors_can_be_read_too(server):
    answer = server.get("/app/fails", {"Origin": A})
    assert (answer.status, answer.headers[ALLOW]) == (500, A)
    refused = server.ask("POST", "/app/listed", b"{", {"Origin": A, "Content-Type": "application/json"})
    assert (refused.status, refused.headers[ALLOW]) == (400, A)


def preflight(server, path, origin=A, method="POST", headers=None):
    given = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers is not None:
        given["Access-Control-Request-Headers"] = headers
    answer = server.ask("OPTIONS", path, headers=given)
    assert (answer.status, answer.body) == (200, b"")
    return answer.headers


def test_preflight(server):
    headers = preflight(server, "/app/listed", headers="content-type, x-own")
    assert headers[ALLOW] == A
    assert headers["Access-Control-Allow-Methods"] == "GET,HEAD,POST"
    assert headers["Access-Control-Allow-Headers"] == "content-type, x-own"
    assert int(headers["Access-Control-Max-Age"]) > 0
    assert headers["Allow"] == "GET,HEAD,POST"
    assert preflight(server, "/app/listed")["Access-Control-Allow-Headers"] is None


@pytest.mark.parametrize("path, origin, method", [
    ("/app/listed", EVIL, "POST"), ("/app/listed", A, "DELETE"), ("/app/listed", A, "NONSENSE"),
    ("/plain/x", A, "GET"), ("/app/closed", A, "GET"), ("/app/own", A, "GET"),
])
def test_refused_preflight(server, path, origin, method):
    headers = preflight(server, path, origin, method)
    assert headers[ALLOW] is None
    assert headers["Access-Control-Allow-Methods"] is None


@pytest.mark.parametrize("asked", ["x: y", "a\tb", "x" * 1001, "{}"])
def test_strange_lists_of_headers(server, asked):
    assert preflight(server, "/app/listed", headers=asked)["Access-Control-Allow-Headers"] is None


def test_the_policy_is_that_of_the_method_asked_for(fresh):
    server = fresh("ForgeApp /m {root}/apps/m.fg\n", {"apps/m.fg": """@cors("*")
@get("/x")
fn read() { return 1 }
@post("/x")
fn write(body) { return 1 }
"""})
    assert preflight(server, "/m/x", method="GET")[ALLOW] == "*"
    assert preflight(server, "/m/x", method="POST")[ALLOW] is None

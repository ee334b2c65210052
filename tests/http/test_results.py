# SPDX-License-Identifier: Apache-2.0
"""From a handler's value, or its failure, to the response."""
import pytest


@pytest.mark.parametrize("name, value", [
    ("null", None),
    ("nothing", None),
    ("implicit", 42),
    ("bool", True),
    ("int", 9007199254740993),
    ("float", 0.1),
    ("string", 'quote " and \\ and tab \t and ü and 😀'),
    ("array", [1, "two", [3.5, None], {}]),
    ("object", {"zebra": 1, "apple": 2, "mango": {"z": 1, "a": 2}}),
    ("ok", {"Ok": 5}),
    ("err", {"Err": "no"}),
    ("question", {"Err": "early"}),
    ("status", {"status": 404, "body": "x"}),
])
def test_value(site, name, value):
    answer = site.get("/t/result/" + name)
    assert (answer.status, answer.json) == (200, value)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_key_order_is_kept(site):
    value = site.get("/t/result/object").json
    assert (list(value), list(value["mango"])) == (["zebra", "apple", "mango"], ["z", "a"])


def test_struct(site):
    value = site.get("/t/result/struct").json
    assert (value["x"], value["y"]) == (3, 7)


def test_large_response(site):
    value = site.get("/t/big/200000").json
    assert (len(value), value[-1]) == (200000, "0123456789")


@pytest.mark.logs(r"FG\d{4}: .*")
def test_handler_error_is_a_500_that_says_nothing(site):
    answer = site.get("/t/boom", {"X-Request-Id": "find-me-1"})
    assert answer.status == 500
    assert answer.json == {"error": "internal error", "request_id": "find-me-1", "code": "FG0201"}
    assert answer.headers["X-Request-Id"] == "find-me-1"


@pytest.mark.logs(r"FG\d{4}: .*find-me-2|find-me-2.*FG\d{4}: ", r"main\.fg:\d+")
def test_handler_error_is_logged_with_id_and_place(site):
    assert site.get("/t/deep", {"X-Request-Id": "find-me-2"}).status == 500


@pytest.mark.logs(r"FG\d{4}: ")
def test_development_mode_shows_the_report(fresh):
    server = fresh("ForgeErrors dev\nForgeApp /t {root}/apps/main.fg\n", apps=["tests/http/apps/main.fg"])
    answer = server.get("/t/boom")
    assert answer.status == 500
    assert "main.fg" in answer.text
    assert "xs[10]" in answer.text
    assert answer.headers["X-Request-Id"]


@pytest.mark.logs(r"FG\d{4}: ")
def test_development_report_escapes_html(fresh):
    program = 'let x = "<script>alert(1)</script>"\nlet y = [1][5]\n'
    server = fresh("ForgeErrors dev\nInclude {root}/forge.conf\n", {"www/x.fg": program})
    answer = server.get("/x.fg")
    assert answer.status == 500
    if answer.headers["Content-Type"].startswith("text/html"):
        assert "<script>" not in answer.text

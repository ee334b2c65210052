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


VALUES = """let frozen = freeze({ a: 1 })
type Light = Red | Mixed(Int)
struct Point {
    x: Int
}
fn caught() { try { return down(0) } catch e { return e.message.split("\\n")[0] } }
fn down(n) { return down(n + 1) + 1 }

@get("/v/:name")
fn value(name) {
    return match name {
        "infinite" => [math.sqrt(-1.0), math.inf, -math.inf],
        "set" => set([1, 2]),
        "map" => map([("a", 1)]),
        "tuple" => (1, "a"),
        "options" => [Some(1), None],
        "frozen" => frozen,
        "enums" => [Red, Mixed(4)],
        "struct" => Point { x: 1 },
        "unshowable" => [value, fn() { return 1 }, channel()],
        "deep" => [caught(), caught()]
    }
}
@get("/exit")
fn leave() {
    say "left"
    exit(3)
}
@get("/env")
fn environment() {
    let before = env.get("OWN")
    env.set("OWN", "1")
    return [before, env.get("OWN")]
}
@get("/cd")
fn change_directory() { cd("/tmp") }
@get("/later")
fn later() { schedule every 1 seconds { say "tick" } }
"""


@pytest.fixture
def values(fresh):
    return fresh("ForgeAllow env exec fs.read\nForgeApp /r {root}/apps/r.fg\n", {"apps/r.fg": VALUES})


@pytest.mark.parametrize("name, value", [
    ("infinite", [None, None, None]),
    ("set", [1, 2]),
    ("map", {"a": 1}),
    ("tuple", [1, "a"]),
    ("options", [1, None]),
    ("frozen", {"a": 1}),
    ("enums", [{"__type__": "Light", "__variant__": "Red"}, {"__type__": "Light", "__variant__": "Mixed", "_0": 4}]),
    ("struct", {"__type__": "Point", "x": 1}),
    ("unshowable", [None, None, None]),
])
def test_values_that_json_has_not(values, name, value):
    """They are what json.stringify makes of them."""
    answer = values.get("/r/v/" + name)
    assert (answer.status, answer.json) == (200, value)


def test_an_error_that_is_caught_uses_up_nothing(values):
    first, second = values.get("/r/v/deep").json
    assert first == second and "maximum recursion depth" in first


def test_exit_ends_the_request(values):
    before = values.children()
    for _ in range(3):
        answer = values.get("/r/exit")
        assert (answer.status, answer.json) == (200, None)
    assert set(before) <= set(values.children())
    assert values.get("/r/v/set").json == [1, 2]


@pytest.mark.logs(r"FG0201: .*cd\(\) is not available in a web server")
@pytest.mark.may_log("FG0201: ")
def test_the_process_is_not_the_programs(values):
    """Variables of the environment are the request's own; the directory of the process cannot be changed."""
    for _ in range(10):
        assert values.get("/r/env").json == [None, "1"]
    assert values.get("/r/cd").status == 500


@pytest.mark.logs(r"FG0201: .*schedule blocks are started by the top level of a program")
@pytest.mark.may_log("FG0201: ")
def test_background_blocks_are_not_for_handlers(values):
    assert values.get("/r/later").status == 500

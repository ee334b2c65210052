# SPDX-License-Identifier: Apache-2.0
"""What a handler's parameters receive."""
import pytest

from conftest import PROTOCOL


def test_query_keys_are_strings_and_missing_ones_null(site):
    assert site.get("/t/any?a=1").json == {"a": "1", "b": None}
    assert site.get("/t/any?a").json == {"a": "", "b": None}
    assert site.get("/t/any?a=&b=x%20y+z").json == {"a": "", "b": "x y z"}
    assert site.get("/t/any?a=1&a=2").json == {"a": "2", "b": None}
    assert site.get("/t/any?&&a=1&").json == {"a": "1", "b": None}


def test_typed(site):
    value = site.get("/t/typed?i=-42&f=2.5&b=true&s=12").json
    assert value == {"i": -42, "f": 2.5, "b": True, "s": "12"}
    assert site.get("/t/typed").json == {"i": None, "f": None, "b": None, "s": None}
    assert site.get("/t/typed?f=3&b=false").json == {"i": None, "f": 3.0, "b": False, "s": None}
    assert site.get("/t/int/9223372036854775807").json == {"id": 9223372036854775807}


@pytest.mark.parametrize("path, name", [
    ("/t/typed?i=x", "i"),
    ("/t/typed?i=1.5", "i"),
    ("/t/typed?i=", "i"),
    ("/t/typed?i=99999999999999999999", "i"),
    ("/t/typed?f=two", "f"),
    ("/t/typed?b=perhaps", "b"),
    ("/t/int/seven", "id"),
    ("/t/default?limit=many", "limit"),
    ("/api/add?a=2&b=x", "b"),
])
def test_what_does_not_parse_is_named(site, path, name):
    answer = site.get(path)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/json")
    assert name in answer.json["error"].replace("'", " ").replace('"', " ").replace("`", " ").split()
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_defaults(site):
    assert site.get("/t/default").json == {"limit": 20, "word": "none"}
    assert site.get("/t/default?limit=5&word=w").json == {"limit": 5, "word": "w"}


def test_query_object_keeps_wire_order(site):
    assert list(site.get("/t/query?z=1&a=2&m=3").json) == ["z", "a", "m"]
    assert site.get("/t/query?k=1&k=2").json == {"k": "2"}
    assert site.get("/t/query?a%3Db=c%26d").json == {"a=b": "c&d"}
    assert site.get("/t/qs").json == {"qs": {}, "n": 0}


def test_bad_utf8_in_the_query_is_replaced(site):
    assert site.get("/t/any?a=x%FFy").json == {"a": "x\ufffdy", "b": None}


def test_broken_percent_in_the_query_is_text(site):
    assert site.get("/t/any?a=100%&b=%zz").json == {"a": "100%", "b": "%zz"}


def test_ten_thousand_parameters(site):
    """libnghttp2 takes 64 KiB of a header, and so of a path; they are fewer there."""
    n = 5000 if PROTOCOL == "h2" else 10000
    answer = site.get("/t/qs?" + "&".join("k%d=%d" % (i, i) for i in range(n)))
    assert answer.status in (200, 400, 414)
    if answer.status == 200:
        assert answer.json["n"] == n
        assert answer.json["qs"]["k%d" % (n - 1)] == str(n - 1)


def test_body_of_get_is_an_empty_object(site):
    assert site.get("/t/getbody").json == {"body": {}, "data": {}}


def test_all_sources_at_once(site):
    value = site.post("/t/data/9780/copies?dry=1&x=2", {"count": 3}).json
    assert value == {"isbn": "9780", "count": 3, "dry": "1", "everything": {"dry": "1", "x": "2"}}


def test_a_capture_hides_the_body(site):
    assert site.post("/t/capture/mine", {"x": 1}).json == {"capture": "mine"}

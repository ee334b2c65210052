# SPDX-License-Identifier: Apache-2.0
"""Reports of errors: shown to those who write the program, hidden from everybody else."""
import pytest

APP = """@get("/fails/:name")
fn fails(name) {
    let found = lookup(name)
    return found
}

fn lookup(name) {
    let list = [name]
    return list[7]
}

@get("/fine")
fn fine() { return 1 }
"""
PAGE = "let name = \"<b>bold</b>\"\nlet found = [name][3]\n"
BROWSER = {"Accept": "text/html,*/*;q=0.5"}
SHOWN = "ForgeErrors dev\n"
LOCAL = "ForgeErrors dev \"%{HTTP:X-Who} == 'author'\"\n"


def start(fresh, config):
    return fresh(config + "Include {root}/forge.conf\nForgeApp /app {root}/apps/app.fg\n",
                 {"apps/app.fg": APP, "www/page.fg": PAGE, "www/broken.fg": "let x = \n"})


def is_hidden(answer):
    assert answer.status == 500
    for secret in ("lookup", "app.fg", "page.fg", "list[7]", "out of bounds", "bold"):
        assert secret not in answer.text, secret
    return answer.headers["X-Request-Id"] in answer.text


@pytest.mark.logs(r"FG0201: ", r"FG0[12]\d\d: ")
def test_a_page_for_browsers(fresh):
    server = start(fresh, SHOWN)
    answer = server.get("/app/fails/a%22%3Ci%3E?q=<s>", BROWSER)
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for part in ("IndexError", "list[7]", "app.fg", "at lookup (line 9", "at fails (line 3", "GET /app/fails/a%22%3Ci%3E",
                 answer.headers["X-Request-Id"], "127.0.0.1", "500 Internal Server Error"):
        assert part in answer.text, part
    assert "<s>" not in answer.text
    assert "^" in answer.text or "─" in answer.text
    page = server.get("/page.fg", BROWSER)
    assert "[name][3]" in page.text and "<b>" not in page.text
    broken = server.get("/broken.fg", BROWSER)
    assert broken.status == 500 and "broken.fg" in broken.text


@pytest.mark.logs(r"FG0201: ")
def test_json_for_others(fresh):
    answer = start(fresh, SHOWN).get("/app/fails/x")
    assert answer.status == 500
    assert "lookup" in answer.json["report"]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.logs(r"FG0201: ", r"FG0[12]\d\d: ")
@pytest.mark.parametrize("config", ["", "ForgeErrors prod\n", LOCAL, SHOWN + LOCAL], ids=repr)
def test_hidden(fresh, config):
    server = start(fresh, config)
    assert is_hidden(server.get("/app/fails/x"))
    assert is_hidden(server.get("/app/fails/x", BROWSER))
    assert is_hidden(server.get("/page.fg", BROWSER))
    assert is_hidden(server.get("/broken.fg", BROWSER))


@pytest.mark.logs(r"FG0201: ")
def test_an_expression_chooses(fresh):
    server = start(fresh, LOCAL)
    assert "lookup" in server.get("/app/fails/x", {"X-Who": "author"}).text
    assert is_hidden(server.get("/app/fails/x", {"X-Who": "visitor"}))


@pytest.mark.logs(r"FG0201: ")
def test_sections(fresh):
    server = start(fresh, "<Location /app/fails/open>\nForgeErrors dev\n</Location>\n"
                          "<Location /app/fails/open/shut>\nForgeErrors prod\n</Location>\n")
    assert "lookup" in server.get("/app/fails/open").text
    assert is_hidden(server.get("/app/fails/other"))


@pytest.mark.logs(r"ForgeErrors not allowed here")
def test_a_htaccess_file_has_no_say(fresh):
    server = start(fresh, "")
    server.put("www/sub/.htaccess", "ForgeErrors dev\n")
    server.put("www/sub/page.fg", PAGE)
    assert server.get("/sub/page.fg").status == 500


@pytest.mark.parametrize("line, message", [
    ("ForgeErrors maybe", "must be dev, dev and an expression, or prod"),
    ("ForgeErrors prod \"true\"", "must be dev, dev and an expression, or prod"),
    ("ForgeErrors dev \"%{REMOTE_ADDR} -what\"", "is no expression: "),
])
def test_bad_directives(fresh, line, message):
    with pytest.raises(RuntimeError, match=message):
        fresh(line + "\n")

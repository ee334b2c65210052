# SPDX-License-Identifier: Apache-2.0
"""The ways a program gets its URLs: what httpd makes of each, and that every one of them routes on what is left of the
path."""
import pytest

APP = """@get("/")
fn root() { return "NAME root" }

@get("/item/:id")
fn item(id, q) { return { name: "NAME", id: id, q: q } }

@post("/item/:id")
fn store(id, body) { return { changed: id, body: body } }
"""
PAGE = "say \"page of {1 + 1}\"\n"
ALIAS = "LoadModule alias_module {modules}/mod_alias.so\n"
REWRITE = "LoadModule rewrite_module {modules}/mod_rewrite.so\n"


def app(name="one"):
    return APP.replace("NAME", name)


def serves(server, prefix, name="one", host=None):
    """The app answers below the prefix, and says 404 itself to what it has not."""
    headers = {"Host": host} if host else {}
    for path, value in (("/item/7?q=x", {"name": name, "id": "7", "q": "x"}), ("/item/a%2fb", None),
                        ("/item/%C3%BC", {"name": name, "id": "ü", "q": None})):
        answer = server.get(prefix + path, headers)
        assert value is None or (answer.status, answer.json) == (200, value), path
    assert server.get(prefix + "/", headers).json == name + " root"
    stored = server.ask("POST", prefix + "/item/5", b"[1]", dict(headers, **{"Content-Type": "application/json"}))
    assert stored.json == {"changed": "5", "body": [1]}
    missing = server.get(prefix + "/nothing/here", headers)
    assert (missing.status, missing.json["error"]) == (404, "not found")


def test_forge_app(fresh):
    serves(fresh("ForgeApp /one {root}/apps/one.fg\n", {"apps/one.fg": app()}), "/one")


def test_forge_app_for_the_whole_site(fresh):
    """Files below the document root are hidden by it."""
    server = fresh("ForgeApp / {root}/apps/one.fg\n", {"apps/one.fg": app(), "www/plain.txt": "plain"})
    serves(server, "")
    assert server.get("/plain.txt").status == 404


def test_several_apps(fresh):
    """The longest prefix counts, and prefixes end at a slash."""
    server = fresh("ForgeApp /a {root}/apps/one.fg\nForgeApp /a/b {root}/apps/two.fg\nForgeApp /c {root}/apps/two.fg\n",
                   {"apps/one.fg": app(), "apps/two.fg": app("two")})
    serves(server, "/a")
    serves(server, "/a/b", "two")
    serves(server, "/c", "two")
    assert server.get("/ab/item/1").status == 404


def test_one_program_for_two_hosts(fresh):
    """Each host has a template of its own, and settings of its own."""
    program = app() + "\n@get(\"/who\")\nfn who() { return env.get(\"WHO\") }\n"
    hosts = "".join("<VirtualHost *:{port}>\nServerName %s\nForgeSet WHO %s\nForgeApp /one {root}/apps/one.fg\n"
                    "</VirtualHost>\n" % (name, name) for name in ("red", "blue"))
    server = fresh(hosts, {"apps/one.fg": program})
    for host in ("red", "blue"):
        serves(server, "/one", host=host)
        assert server.get("/one/who", {"Host": host}).json == host


def test_one_script_for_two_hosts(fresh):
    hosts = "".join("<VirtualHost *:{port}>\nServerName %s\nForgeSet WHO %s\n</VirtualHost>\n" % (name, name)
                    for name in ("red", "blue"))
    server = fresh("Include {root}/forge.conf\n" + hosts, {"www/who.fg": "say env.get(\"WHO\")\n"})
    for _ in range(2):
        for host in ("red", "blue"):
            assert server.get("/who.fg", {"Host": host}).text.strip() == host


def test_a_script_with_path_info(fresh):
    """What follows the name of the file is what its routes see; without a route for it, a page has none."""
    server = fresh("Include {root}/forge.conf\n", {"www/one.fg": app(), "www/page.fg": PAGE})
    serves(server, "/one.fg")
    assert server.get("/one.fg").json == "one root"
    assert server.get("/page.fg").text.strip() == "page of 2"
    assert server.get("/page.fg/more").status == 404


def test_path_info_as_httpd_is_told(fresh):
    server = fresh("Include {root}/forge.conf\n<Location /one.fg>\nAcceptPathInfo Off\n</Location>\n"
                   "<Location /page.fg>\nAcceptPathInfo On\n</Location>\n", {"www/one.fg": app(), "www/page.fg": PAGE})
    assert server.get("/one.fg").status == 200
    assert server.get("/one.fg/item/7").status == 404
    assert server.get("/page.fg/more").text.strip() == "page of 2"


def test_set_handler_in_a_directory(fresh):
    server = fresh("<Directory {root}/www/run>\nSetHandler forge-script\n</Directory>\n",
                   {"www/run/one.fg": app(), "www/run/page.fg": PAGE})
    serves(server, "/run/one.fg")
    assert server.get("/run/page.fg").text.strip() == "page of 2"


@pytest.mark.logs(r"FG0103: ")
def test_set_handler_runs_nothing_else(fresh):
    server = fresh("<Directory {root}/www/run>\nSetHandler forge-script\n</Directory>\n", {"www/run/plain.txt": "say 1\n"})
    answer = server.get("/run/plain.txt")
    assert answer.status == 403 and "say" not in answer.text


@pytest.mark.logs(r"FG0103: ")
def test_add_handler(fresh):
    """mod_mime finds an extension anywhere in a name: one that does not end so is refused."""
    server = fresh("AddHandler forge-script .fg\n", {"www/one.fg": app(), "www/evil.fg.txt": "say 1\n"})
    serves(server, "/one.fg")
    assert server.get("/evil.fg.txt").status == 403


def test_index(fresh):
    server = fresh("Include {root}/forge.conf\n", {"www/index.fg": PAGE, "www/sub/index.fg": app()})
    assert server.get("/").text.strip() == "page of 2"
    assert server.get("/sub/").json == "one root"


def test_alias(fresh):
    """To a file, and to a directory of scripts, outside the document root."""
    server = fresh(ALIAS + "Include {root}/forge.conf\nAlias /shop {root}/apps/one.fg\nAlias /more {root}/apps\n"
                   "<Directory {root}/apps>\nRequire all granted\n</Directory>\n",
                   {"apps/one.fg": app(), "apps/page.fg": PAGE})
    serves(server, "/shop")
    serves(server, "/more/one.fg")
    assert server.get("/more/page.fg").text.strip() == "page of 2"


def test_an_app_comes_before_an_alias(fresh):
    server = fresh(ALIAS + "Alias /one {root}/www\nForgeApp /one {root}/apps/one.fg\n",
                   {"apps/one.fg": app(), "www/plain.txt": "plain"})
    serves(server, "/one")
    assert server.get("/one/plain.txt").status == 404


def test_front_controller_by_fallback(fresh):
    """Files that exist are httpd's; for everything else the script sees the whole path."""
    server = fresh("Include {root}/forge.conf\n<Directory {root}/www>\nFallbackResource /front.fg\n</Directory>\n",
                   {"www/front.fg": app(), "www/plain.txt": "plain"})
    assert server.get("/plain.txt").text == "plain"
    assert server.get("/item/7?q=x").json == {"name": "one", "id": "7", "q": "x"}
    assert server.post("/item/5", [1]).json == {"changed": "5", "body": [1]}
    assert server.get("/nothing/here").json["error"] == "not found"


def test_front_controller_by_fallback_in_htaccess(fresh):
    server = fresh("Include {root}/forge.conf\n",
                   {"www/sub/front.fg": app(), "www/sub/.htaccess": "FallbackResource /sub/front.fg\n"})
    assert server.get("/sub/item/7?q=x").json == {"name": "one", "id": "7", "q": "x"}


def test_front_controller_by_rewriting(fresh):
    rules = ("RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\n"
             "RewriteRule ^(.*)$ /front.fg/$1 [L,QSA]\n")
    server = fresh(REWRITE + "Include {root}/forge.conf\n<Directory {root}/www>\nOptions FollowSymLinks\n" + rules +
                   "</Directory>\n", {"www/front.fg": app(), "www/plain.txt": "plain"})
    assert server.get("/plain.txt").text == "plain"
    assert server.get("/item/7?q=x").json == {"name": "one", "id": "7", "q": "x"}
    assert server.post("/item/5", [1]).json == {"changed": "5", "body": [1]}
    assert server.get("/nothing/here").json["error"] == "not found"


@pytest.mark.parametrize("folder", ["", "/sub"])
def test_front_controller_by_rewriting_without_a_path(fresh, folder):
    """The rule that everybody copies; in a .htaccess file, too."""
    server = fresh(REWRITE + "Include {root}/forge.conf\n<Directory {root}/www>\nOptions FollowSymLinks\n</Directory>\n",
                   {"www%s/front.fg" % folder: app(), "www%s/plain.txt" % folder: "plain",
                    "www%s/.htaccess" % folder: "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\n"
                                                "RewriteRule ^ front.fg [L]\n"})
    assert server.get(folder + "/plain.txt").text == "plain"
    serves(server, folder)


@pytest.mark.logs(r"AH01630: |client denied by server configuration")
def test_a_front_controller_is_no_way_around_a_lock(fresh):
    """What was asked for is authorised first, and a rule of the server is taken at its word."""
    server = fresh(REWRITE + "Include {root}/forge.conf\nRewriteEngine On\nRewriteRule ^/way/.* /front.fg [PT]\n"
                   "<Directory {root}/www>\nFallbackResource /front.fg\n</Directory>\n"
                   "<Location /item/secret>\nRequire all denied\n</Location>\n", {"www/front.fg": app()})
    assert server.get("/item/open").status == 200
    assert server.get("/item/secret").status == 403
    assert server.get("/way/item/secret").json == "one root"


def test_an_error_document_is_asked_for_itself(fresh):
    server = fresh("Include {root}/forge.conf\nErrorDocument 404 /error.fg\n", {"www/error.fg": app("error")})
    answer = server.get("/item/7")
    assert (answer.status, answer.json) == (404, "error root")


def test_rewriting_to_an_app(fresh):
    """What a rule made of the path counts, not what the client wrote."""
    server = fresh(REWRITE + "ForgeApp /one {root}/apps/one.fg\nRewriteEngine On\nRewriteRule ^/thing/(.*)$ /one/item/$1 [PT]\n",
                   {"apps/one.fg": app()})
    assert server.get("/thing/7?q=x").json == {"name": "one", "id": "7", "q": "x"}
    serves(server, "/one")


def test_rewriting_shows_no_source(fresh):
    """Neither by a rule that names the file nor by one that takes the handler away."""
    server = fresh(REWRITE + "Include {root}/forge.conf\nRewriteEngine On\nRewriteRule ^/source$ /page.fg [PT]\n"
                   "RewriteRule ^/raw$ {root}/www/page.fg\n", {"www/page.fg": PAGE})
    for path in ("/source", "/raw"):
        answer = server.get(path)
        assert "say" not in answer.text, path
        assert answer.text.strip() == "page of 2"


@pytest.mark.logs(r"FG0108: ")
def test_the_handler_of_apps_is_not_for_others(fresh):
    server = fresh("<Location /x>\nSetHandler forge-app\n</Location>\n", {"www/x": "say 1\n"})
    assert server.get("/x").status == 403


@pytest.mark.parametrize("line, message", [
    ("ForgeApp one {root}/apps/one.fg", "the prefix 'one' must begin with '/'"),
    ("ForgeApp /one {root}/apps/one.fg\nForgeApp /one/ {root}/apps/one.fg", "'/one/' is already mounted"),
    ("<Location /x>\nForgeApp /one {root}/apps/one.fg\n</Location>", "not allowed in <Location> context"),
])
def test_bad_directives(fresh, line, message):
    with pytest.raises(RuntimeError, match=message):
        fresh(line + "\n", {"apps/one.fg": app()})

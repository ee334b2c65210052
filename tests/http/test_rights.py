# SPDX-License-Identifier: Apache-2.0
"""ForgeAllow and ForgeDrop in all sections; what is missing is refused and explained."""
import pytest

PAGES = "Include {root}/forge.conf\nForgeReload 0\n"
RIGHTS = """fn may(what) {
    try {
        what()
        return "yes"
    } catch e {
        return e.message
    }
}
let found = [may(fn() { return fs.exists("x") }), may(fn() { return fs.mkdir("made") }),
             may(fn() { return fetch("not an address") }), may(fn() { return env.get("A") })]
"""
NAMES = ["fs.read", "fs.write", "net", "env"]
PAGE = RIGHTS + "say json.stringify(found)\n"
# The first two are what the top level may do, and what requests may.
APP = RIGHTS + """@get("/rights")
fn rights() {
    return [found, [may(fn() { return fs.exists("x") }), may(fn() { return fs.mkdir("made") }),
                    may(fn() { return fetch("not an address") }), may(fn() { return env.get("A") })]]
}
"""


def granted(answers):
    """The rights that the answers of a program show, in the order of NAMES."""
    assert len(answers) == len(NAMES), answers
    return " ".join(name for name, answer in zip(NAMES, answers) if answer.split("\n")[0] != "permission denied: " + name)


def of_page(server, path="/x.fg"):
    answer = server.get(path)
    assert answer.status == 200, answer
    return granted(answer.json)


def of_app(server, path):
    built, asked = server.get(path + "/rights").json
    assert granted(built) == granted(asked)
    return granted(asked)


IN = "<Directory {root}/www>\n%s\n</Directory>\n"
AT = "<Location /x.fg>\n%s\n</Location>\n"
SERVER, VHOST, DIRECTORY, LOCATION, HTACCESS = range(5)
# What the server, a virtual host, a Directory, a Location and a .htaccess file say, and what is left.
MATRIX = {
    "nothing": ("", "", "", "", "", ""),
    "server": ("ForgeAllow fs.read net", "", "", "", "", "fs.read net"),
    "lines_add_up": ("ForgeAllow fs.read\nForgeAllow net", "", "", "", "", "fs.read net"),
    "all": ("ForgeAllow all", "", "", "", "", "fs.read fs.write net env"),
    "vhost_replaces": ("ForgeAllow fs.read net", "ForgeAllow env", "", "", "", "env"),
    "vhost_inherits": ("ForgeAllow fs.read", "ForgeDrop net", "", "", "", "fs.read"),
    "directory_replaces": ("ForgeAllow all", "", "ForgeAllow net", "", "", "net"),
    "none": ("ForgeAllow all", "", "ForgeAllow none", "", "", ""),
    "location_last": ("ForgeAllow net", "", "ForgeAllow none", "ForgeAllow fs.read env", "", "fs.read env"),
    "drop_in_server": ("ForgeAllow all\nForgeDrop net", "", "", "", "", "fs.read fs.write env"),
    "drop_stays": ("ForgeDrop net", "", "ForgeAllow net env", "ForgeAllow net fs.read", "", "fs.read"),
    "drops_add_up": ("ForgeAllow all\nForgeDrop net", "ForgeDrop env", "ForgeDrop fs.write", "", "", "fs.read"),
    "drop_all": ("ForgeAllow all\nForgeDrop all", "", "", "ForgeAllow all", "", ""),
    "htaccess_drops": ("ForgeAllow all", "", "", "", "ForgeDrop fs.write env", "fs.read net"),
    "htaccess_before_location": ("ForgeAllow net", "", "", "ForgeAllow net env", "ForgeDrop env", "net"),
    "htaccess_sets": ("ForgeAllow net", "", "", "", "ForgeSet A 1", "net env"),
    "set_gives_env": ("ForgeSet A 1", "", "", "", "", "env"),
    "dropped_env": ("ForgeSet A 1", "", "", "", "ForgeDrop env", ""),
}


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_merge(fresh, name):
    server_part, vhost, directory, location, htaccess, left = MATRIX[name]
    config = PAGES + server_part + "\n" + (IN % directory) + (AT % location)
    config += "<VirtualHost 127.0.0.1:{port}>\nDocumentRoot {root}/www\n%s\n</VirtualHost>\n" % vhost
    server = fresh(config, {"www/x.fg": PAGE, "www/.htaccess": htaccess + "\n"})
    for _ in range(2):
        assert of_page(server) == left


def test_nested_htaccess_files(fresh):
    server = fresh(PAGES + "ForgeAllow all\n", {"www/x.fg": PAGE, "www/a/x.fg": PAGE, "www/a/b/x.fg": PAGE,
                                                "www/.htaccess": "ForgeDrop net\n",
                                                "www/a/.htaccess": "ForgeDrop env\n",
                                                "www/a/b/.htaccess": "ForgeDrop none\n<Files x.fg>\n"
                                                                     "ForgeDrop fs.write\n</Files>\n"})
    assert of_page(server) == "fs.read fs.write env"
    assert of_page(server, "/a/x.fg") == "fs.read fs.write"
    assert of_page(server, "/a/b/x.fg") == "fs.read"


def test_one_file_with_two_sets_of_rights(fresh):
    """What a top level kept with more rights is not there for who has fewer."""
    server = fresh(PAGES + "Alias /more {root}/www\n<Location /more>\nForgeAllow all\n</Location>\n"
                   "LoadModule alias_module {modules}/mod_alias.so\n", {"www/x.fg": APP})
    for _ in range(2):
        assert of_app(server, "/more/x.fg") == "fs.read fs.write net env"
        assert of_app(server, "/x.fg") == ""


def test_app(fresh):
    server = fresh("ForgeAllow fs.read\nForgeApp /a {root}/apps/x.fg\nForgeApp /ab {root}/apps/x.fg\n"
                   "ForgeApp /net {root}/apps/x.fg\n"
                   "<Location /a>\nForgeAllow net env\n</Location>\n"
                   "<LocationMatch ^/n.t/>\nForgeDrop fs.read\n</LocationMatch>\n", {"apps/x.fg": APP})
    assert of_app(server, "/a") == "net env"
    assert of_app(server, "/ab") == "fs.read"
    assert of_app(server, "/net") == ""


def test_app_with_a_section_inside(fresh):
    """A section for a part of an app counts for requests; the top level has what holds for the whole."""
    server = fresh("ForgeAllow fs.read\nForgeApp /a {root}/apps/x.fg\n"
                   "<Location /a/rights>\nForgeAllow none\nForgeSet A inside\n</Location>\n", {"apps/x.fg": APP})
    for _ in range(3):
        built, asked = server.get("/a/rights").json
        assert (granted(built), granted(asked)) == ("fs.read", "env")


CANNOT = ["ForgeAllow net", "ForgeAllowHosts *", "ForgeOnlyHosts *", "ForgeRoot /", "ForgeRoot ..",
          "ForgeRoot a/../..", "ForgeRoot \"\"", "ForgeDrop nothing", "ForgeDrop", "ForgeMaxConnections 0"]


@pytest.mark.parametrize("line", CANNOT)
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.logs(r"\.htaccess: ")
@pytest.mark.may_log("AH")
def test_htaccess_cannot_add(fresh, line, listed):
    """Not even if the administrator's AllowOverrideList names the directive."""
    override = "AllowOverride None\nAllowOverrideList ForgeAllow ForgeAllowHosts ForgeOnlyHosts ForgeRoot ForgeDrop " \
               "ForgeMaxConnections\n"
    server = fresh(PAGES + (IN % override if listed else ""), {"www/x.fg": PAGE, "www/.htaccess": line + "\n"})
    assert server.get("/x.fg").status == 500


@pytest.mark.logs(r"\.htaccess: ForgeDrop not allowed here")
@pytest.mark.may_log("AH")
def test_htaccess_needs_fileinfo(fresh):
    server = fresh(PAGES + IN % "AllowOverride Limit", {"www/x.fg": PAGE, "www/.htaccess": "ForgeDrop net\n"})
    assert server.get("/x.fg").status == 500


@pytest.mark.parametrize("line, text", [
    ("ForgeAllow fs", "ForgeAllow: 'fs' is no right; try fs.read, fs.write, net, db, exec, env, state, ws, all or none"),
    ("ForgeAllow", "ForgeAllow: name a right, such as fs.read, or none"),
    ("ForgeAllow none net", "ForgeAllow: 'none' does not go with other words"),
    ("ForgeDrop read", "ForgeDrop: 'read' is no right"),
    ("ForgeSet A=B 1", "ForgeSet: 'A=B' is no name: it has a '='"),
    ("ForgeSet A 1 2", "ForgeSet takes 1-2 arguments"),
    ("\n".join("ForgeSet A%d 1" % i for i in range(257)), "ForgeSet: more than 256 settings in a section"),
    ("ForgeAllowHosts a,b", "ForgeAllowHosts: put spaces between hosts, not 'a,b'"),
    ("ForgeOnlyHosts none a", "ForgeOnlyHosts: 'none' does not go with other words"),
    ("ForgeOnlyHosts", "ForgeOnlyHosts: name a host, *.domain or network, or none"),
    ("ForgeAllowHosts " + "h " * 51, "ForgeAllowHosts: more than 50 hosts; use several lines"),
    ("ForgeMaxConnections 0", "ForgeMaxConnections: 0 is outside 1 to 10000"),
    ("ForgeMaxConnections many", "ForgeMaxConnections: 'many' is no whole number"),
])
def test_errors_of_directives(site, line, text):
    """Against the configuration of the server of the session, which goes on."""
    site.put("wrong.conf", tree_of(site) + line + "\n")
    done = site.apache("-t", "-f", site.path("wrong.conf"))
    assert done.returncode != 0 and text in done.stderr, done.stderr


def tree_of(site):
    with open(site.path("httpd.conf")) as f:
        return f.read()


@pytest.mark.logs(r"FG0201: .*RuntimeError: permission denied: fs\.read",
                  r"FG0212: a right is missing: 'ForgeAllow fs\.read' in the server's configuration grants it .*\[id ")
@pytest.mark.may_log("FG0201: ")
def test_the_log_names_the_directive(fresh):
    server = fresh(PAGES + "ForgeErrors dev\n", {"www/x.fg": 'say "before"\nsay fs.read("x")\n'})
    answer = server.get("/x.fg")
    assert answer.status == 500
    assert "permission denied: fs.read" in answer.text and "before" not in answer.text


@pytest.mark.logs(r"FG0001: .*RuntimeError: permission denied: net", r"FG0212: .*'ForgeAllow net'")
@pytest.mark.may_log("FG0001: ", "FG0211: ")
def test_the_log_names_the_directive_for_an_app(fresh):
    server = fresh("ForgeApp /a {root}/apps/x.fg\n",
                   {"apps/x.fg": 'let page = fetch("http://127.0.0.1/")\n@get("/")\nfn f() { return 1 }\n'})
    assert server.get("/a/").status == 500


@pytest.mark.logs(r"FG0201: .*permission denied: everything")
@pytest.mark.may_log("FG0201: ")
def test_an_error_that_only_looks_like_it(fresh):
    server = fresh(PAGES, {"www/x.fg": 'bruh("permission denied: everything")\n'})
    assert server.get("/x.fg").status == 500


def test_settings(fresh):
    show = 'say env.get("A", "-") + env.get("B", "-") + env.get("C", "-") + env.get("PATH", "-")\nsay env.keys()\n'
    server = fresh(PAGES + "ForgeSet A server\nForgeSet B \"two words = 1\"\nForgeSet FORGE_FS_BASE /\n" +
                   IN % "ForgeSet A directory\nForgeSet A again",
                   {"www/x.fg": show, "www/a/x.fg": show, "www/a/.htaccess": "ForgeSet A htaccess\nForgeSet C c\n",
                    "www/a/b/x.fg": show, "www/a/b/.htaccess": "ForgeSet C d\n"}, environment={"A": "process"})
    assert server.get("/x.fg").text == 'againtwo words = 1--\n[B, FORGE_FS_BASE, A]\n'
    assert server.get("/a/x.fg").text == 'htaccesstwo words = 1c-\n[B, FORGE_FS_BASE, A, C]\n'
    assert server.get("/a/b/x.fg").text == 'htaccesstwo words = 1d-\n[B, FORGE_FS_BASE, A, C]\n'
    server.put("www/a/.htaccess", "ForgeSet A edited\nForgeSet B\n")
    assert server.get("/a/x.fg").text.startswith("edited--")


def test_settings_of_an_app(fresh):
    server = fresh("ForgeSet A server\nForgeApp /a {root}/apps/x.fg\nForgeApp /b {root}/apps/x.fg\n"
                   "<Location /b>\nForgeSet A location\n</Location>\n",
                   {"apps/x.fg": 'let built = env.get("A")\nenv.set("A", "own")\n'
                                 '@get("/")\nfn f() { return [built, env.get("A")] }\n'})
    assert server.get("/a/").json == ["server", "own"]
    assert server.get("/b/").json == ["location", "own"]


def test_commands_see_the_settings_only(fresh):
    server = fresh(PAGES + "ForgeAllow exec\nForgeSet A 1\n", {"www/a/x.fg": 'say sh("env; pwd")\n'},
                   environment={"SECRET": "process"})
    lines = server.get("/a/x.fg", {"Proxy": "http://evil.example", "X-Own": "1"}).text.splitlines()
    assert "A=1" in lines and server.path("www/a") in lines
    assert "SECRET" not in str(lines) and "httpd.conf" not in str(lines)
    assert "HTTP_" not in str(lines) and "evil" not in str(lines)  # nothing of the request either

# SPDX-License-Identifier: Apache-2.0
"""Scripts that others could have written do not run."""
import os

import pytest

PAGE = "say \"ran\"\n"
CONFIG = "ForgeReload 0\nInclude {root}/forge.conf\n"
MODES = """
<Directory {root}/www/owner>
    ForgeScriptWritable owner
</Directory>
<Directory {root}/www/all>
    ForgeScriptWritable all
</Directory>
"""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")


def place(server, name, mode, text=PAGE):
    server.put("www/" + name, text, mode)
    os.chmod(os.path.dirname(server.path("www", name)), 0o755)


@pytest.fixture
def modes(fresh):
    server = fresh(CONFIG + MODES)
    for folder in ("plain", "owner", "all"):
        for name, mode in (("mine", 0o644), ("group", 0o664), ("world", 0o666)):
            place(server, "%s/%s.fg" % (folder, name), mode)
    return server


@pytest.mark.logs(r"FG0111: .*world\.fg: everybody on this host can write to it",
                  r"FG0111: .*group\.fg: its group can write to it")
def test_writable_scripts(modes):
    expected = {"plain": (200, 200, 403), "owner": (200, 403, 403), "all": (200, 200, 200)}
    for folder, statuses in expected.items():
        for name, status in zip(("mine", "group", "world"), statuses):
            answer = modes.get("/%s/%s.fg" % (folder, name))
            assert answer.status == status, (folder, name)
            assert ("ran" in answer.text) == (status == 200)
            assert "say" not in answer.text


@pytest.mark.logs(r"FG0111: ")
def test_a_mode_that_changes_later(modes):
    assert modes.get("/plain/mine.fg").status == 200
    os.chmod(modes.path("www/plain/mine.fg"), 0o666)
    assert modes.get("/plain/mine.fg").status == 403
    os.chmod(modes.path("www/plain/mine.fg"), 0o644)
    assert modes.get("/plain/mine.fg").status == 200


@pytest.mark.logs(r"FG0111: .*others can replace it")
def test_a_directory_that_others_write_to(modes):
    folder = modes.path("www/plain")
    os.chmod(folder, 0o777)
    os.utime(modes.path("www/plain/mine.fg"))
    assert modes.get("/plain/mine.fg").status == 403
    os.chmod(folder, 0o1777)  # nobody can replace what is another's
    assert modes.get("/plain/mine.fg").status == 200
    os.chmod(folder, 0o755)


@pytest.mark.logs(r"FG0201: .*part\.fg: everybody on this host", r"FG0201: ")
def test_an_import_that_others_write_to(modes):
    place(modes, "plain/part.fg", 0o666, "let part = \"part\"\n")
    place(modes, "plain/whole.fg", 0o644, "import \"part.fg\"\nsay part\n")
    assert modes.get("/plain/whole.fg").status == 500
    os.chmod(modes.path("www/plain/part.fg"), 0o644)
    assert "part" in modes.get("/plain/whole.fg").text


@as_root
@pytest.mark.logs(r"FG0111: ", r"FG0111: .*theirs\.fg: its owner has the id \d+, which ForgeScriptOwner does not name")
def test_owners(fresh):
    server = fresh(CONFIG + """
<Directory {root}/www/named>
    ForgeScriptOwner daemon
</Directory>
<Directory {root}/www/root>
    ForgeScriptOwner docroot
</Directory>
<Directory {root}/www/both>
    ForgeScriptOwner docroot daemon
</Directory>
<Directory {root}/www/both/any>
    ForgeScriptOwner any
</Directory>
""")
    users = {"root": 0, "daemon": 1, "theirs": 2}
    expected = {"named": "daemon", "root": "root", "both": "root daemon", "both/any": "root daemon theirs"}
    for folder, who in expected.items():
        for name, uid in users.items():
            place(server, "%s/%s.fg" % (folder, name), 0o644)
            os.chown(server.path("www", folder, name + ".fg"), uid, 0)
            status = server.get("/%s/%s.fg" % (folder, name)).status
            assert status == (200 if name in who.split() else 403), (folder, name)


@as_root
@pytest.mark.logs(r"FG0111: ")
def test_an_owner_that_changes_later(fresh):
    server = fresh(CONFIG.replace("Reload 0", "Reload never") + "ForgeScriptOwner docroot\n")
    place(server, "a.fg", 0o644)
    assert server.get("/a.fg").status == 200
    os.chown(server.path("www/a.fg"), 1, 1)
    assert server.get("/a.fg").status == 403


@as_root
@pytest.mark.logs(r"FG0111: ")
def test_a_stricter_section_does_not_share_what_is_built(fresh):
    server = fresh(CONFIG + """
<If "%{QUERY_STRING} == 'strict'">
    ForgeScriptOwner daemon
</If>
""")
    place(server, "a.fg", 0o644)
    assert server.get("/a.fg").status == 200
    assert server.get("/a.fg?strict").status == 403
    assert server.get("/a.fg").status == 200


@pytest.mark.logs(r"ForgeScriptOwner not allowed here", r"ForgeScriptWritable not allowed here")
def test_a_htaccess_file_has_no_say(fresh):
    server = fresh(CONFIG)
    for folder, line in (("a", "ForgeScriptOwner any\n"), ("b", "ForgeScriptWritable all\n")):
        place(server, folder + "/x.fg", 0o666)
        server.put("www/%s/.htaccess" % folder, line)
        assert server.get("/%s/x.fg" % folder).status == 500


@pytest.mark.parametrize("line, message", [
    ("ForgeScriptOwner no-such-user-here", "there is no user 'no-such-user-here'"),
    ("ForgeScriptOwner any root", "there is no user 'any'"),
    ("ForgeScriptOwner", "name users, docroot, or any"),
    ("ForgeScriptWritable world", "must be owner, group or all"),
])
def test_bad_directives(fresh, line, message):
    with pytest.raises(RuntimeError, match=message):
        fresh(line + "\n")

# SPDX-License-Identifier: Apache-2.0
"""Who may use which directive: what only the administrator may say is refused in .htaccess files, whatever they are
allowed; everything else needs FileInfo."""
import re

import pytest

from conftest import tree

PAGE = 'say "ran"\n'
# What each directive is given; it is good, and a page runs with it.
GIVEN = {
    "ForgeAllow": "none", "ForgeAllowHosts": "none", "ForgeApp": "/x {root}/www/x.fg", "ForgeBuildTime": "20s",
    "ForgeCacheSize": "1000000", "ForgeClientAbort": "ignore", "ForgeDrainTimeout": "5", "ForgeDrop": "net",
    "ForgeEngine": "on", "ForgeErrors": "prod", "ForgeMaxBody": "1000", "ForgeMaxConcurrent": "5",
    "ForgeMaxConnections": "5", "ForgeMaxCpu": "10s", "ForgeMaxDepth": "100", "ForgeMaxFiles": "5",
    "ForgeMaxFuel": "1000000", "ForgeMaxLog": "5", "ForgeMaxMemory": "10000000", "ForgeMaxOutput": "1000",
    "ForgeMaxPerChild": "5", "ForgeMaxTasks": "5", "ForgeMaxTime": "10s", "ForgeMaxTotal": "5",
    "ForgeOnlyHosts": "none", "ForgeReload": "1", "ForgeRequestId": "uuid", "ForgeReserve": "1", "ForgeRoot": "files", "ForgeScriptOwner": "any",
    "ForgeScriptWritable": "all", "ForgeSet": "A 1", "ForgeUploadDir": "/tmp",
}


def directives():
    """{name: where it may stand} of all of them."""
    table = tree("mod_forge/config.c").split("const command_rec mf_commands[] = {")[1].split("\n};")[0]
    found = re.findall(r'\(\s*"(Forge\w+)",[^"]*?((?:RSRC_CONF|ACCESS_CONF|OR_\w+|\s|\|)+),\s*"', table)
    assert len(found) == table.count('"Forge')
    return {name: set(re.findall(r"\w+", where)) for name, where in found}


def test_every_directive_is_known_here():
    assert set(directives()) == set(GIVEN)


def test_every_directive_is_in_the_annotated_example():
    text = tree("mod_forge.conf")
    assert not [name for name in GIVEN if not re.search(r"^ +(# )?%s " % name, text, re.M)]


@pytest.mark.logs(r"\.htaccess: Forge\w+ not allowed here")
@pytest.mark.may_log(r"\.htaccess: Forge\w+ ", "FG0110: ")
@pytest.mark.parametrize("override, some", [("AllowOverride All", True), ("AllowOverride FileInfo", True),
                                            ("AllowOverride None\nAllowOverrideList " + " ".join(GIVEN), True),
                                            ("AllowOverride AuthConfig Indexes Limit Options", False)])
def test_htaccess(fresh, override, some):
    """One directory for each directive, whose .htaccess file has nothing else."""
    table = directives()
    files = {}
    for name, value in GIVEN.items():
        files["www/%s/x.fg" % name] = PAGE
        files["www/%s/files/none" % name] = ""
        files["www/%s/.htaccess" % name] = "%s %s\n" % (name, value.replace("{root}", "/"))
    server = fresh("Include {root}/forge.conf\n<Directory {root}/www>\n%s\n</Directory>\n" % override, files)
    ran = {name for name in GIVEN if server.get("/%s/x.fg" % name).text == "ran\n"}
    assert ran == {name for name, where in table.items() if some and "OR_FILEINFO" in where}
    assert 10 < len(ran) < len(GIVEN) - 10 or not some


def test_server(fresh):
    """All of them where the administrator writes."""
    lines = "".join("%s %s\n" % item for item in sorted(GIVEN.items()))
    server = fresh("Include {root}/forge.conf\n" + lines, {"www/x.fg": PAGE, "files/none": ""})
    assert server.get("/x.fg").text == server.get("/x/").text == "ran\n"


def test_sections(fresh):
    """What may stand in a directory or for a location may; what is of a server may not."""
    server = fresh("")
    table = directives()
    allowed = sorted(name for name, where in table.items() if where & {"ACCESS_CONF", "OR_FILEINFO"})
    for section in ("Directory {root}/www", "Location /x"):
        for names in [allowed] + [[name] for name in sorted(set(table) - set(allowed))]:
            lines = "".join("%s %s\n" % (name, GIVEN[name]) for name in names)
            text = "Include {root}/httpd.conf\n<%s>\n%s</%s>\n" % (section, lines, section.split()[0])
            server.put("more.conf", server.fill(text))
            done = server.apache("-t", "-f", server.path("more.conf"))
            assert (done.returncode == 0) == (names == allowed), (names, section, done.stderr)
            assert names == allowed or re.search(names[0] + " (not allowed|cannot occur)", done.stderr), done.stderr

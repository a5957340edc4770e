"""The ``.desktop`` files, judged by the desktop's own program."""

from __future__ import annotations

import configparser
import shutil
import subprocess

import pytest

from bridge.adapters.desktopfiles import (
    APPLICATION_FILE,
    MIME,
    URI_FILE,
    application_entry,
    exec_word,
    login_entry,
    uri_entry,
)

COMMAND = ("/opt/care bridge/carebridge", "run")
ENTRIES = {
    APPLICATION_FILE: application_entry(COMMAND),
    f"login-{APPLICATION_FILE}": login_entry(COMMAND),
    URI_FILE: uri_entry((COMMAND[0], "--url")),
}


def read(content: bytes) -> configparser.SectionProxy:
    made = configparser.ConfigParser(interpolation=None)
    made.optionxform = str
    made.read_string(content.decode())
    return made["Desktop Entry"]


def test_the_desktops_program_takes_them(tmp_path):
    judge = shutil.which("desktop-file-validate")
    if judge is None:
        pytest.skip("desktop-file-utils is not installed")
    for name, content in ENTRIES.items():
        (tmp_path / name).write_bytes(content)
    judged = subprocess.run(
        [judge, *(str(tmp_path / name) for name in ENTRIES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (judged.returncode, judged.stdout) == (0, "")


@pytest.mark.parametrize("word", ["connect", "eHealth", "MyCareNet"])
@pytest.mark.parametrize("key", ["Keywords", "Keywords[fr]", "Keywords[nl]", "Keywords[de]"])
def test_the_menus_search_finds_it_in_every_language(key, word):
    assert word in read(ENTRIES[APPLICATION_FILE])[key].split(";")


@pytest.mark.parametrize("name", ENTRIES)
def test_each_says_what_it_is_in_four_languages(name):
    entry = read(ENTRIES[name])
    said = {entry[key] for key in ("Comment", "Comment[fr]", "Comment[nl]", "Comment[de]")}
    assert len(said) == 4


def test_links_come_with_exactly_one_address():
    entry = read(ENTRIES[URI_FILE])
    assert entry["Exec"] == '"/opt/care bridge/carebridge" --url %u'
    assert entry["MimeType"] == f"{MIME};"
    assert entry["NoDisplay"] == "true"


@pytest.mark.parametrize(
    ("word", "written"),
    [
        pytest.param("plain-1.0", "plain-1.0", id="plain"),
        pytest.param("/opt/care bridge/x", '"/opt/care bridge/x"', id="blank"),
        pytest.param("100%", '"100%%"', id="percent"),
        # A string first, whose backslashes are doubled, and then a command line.
        pytest.param('a"b', r'"a\\"b"', id="quote"),
        pytest.param("a$b", r'"a\\$b"', id="dollar"),
        pytest.param("a`b", r'"a\\`b"', id="backquote"),
        pytest.param("a\\b", r'"a\\\\b"', id="backslash"),
        pytest.param("", '""', id="nothing"),
    ],
)
def test_words_are_quoted_as_the_specification_says(word, written):
    assert exec_word(word) == written

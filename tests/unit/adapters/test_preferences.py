"""What the user chose in the tray, and the language of the system."""

from __future__ import annotations

import json
import sys

import pytest

from bridge.adapters.preferences import PreferenceFile, Preferences
from bridge.adapters.systemlanguage import system_language_tags
from bridge.daemon.traylink import chosen_language
from bridge.i18n import negotiate


def test_what_was_chosen_is_read_again(tmp_path):
    chosen = Preferences(language="de", has_begun=True)
    PreferenceFile(tmp_path).write(chosen)
    assert PreferenceFile(tmp_path).read() == chosen


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff"])
def test_a_damaged_file_means_that_nothing_was_chosen(tmp_path, content):
    (tmp_path / "preferences.json").write_bytes(content)
    assert PreferenceFile(tmp_path).read() == Preferences()


def test_members_of_a_newer_version_are_left_out(tmp_path):
    (tmp_path / "preferences.json").write_text(json.dumps({"language": "fr", "colour": "red"}))
    assert PreferenceFile(tmp_path).read() == Preferences(language="fr")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        pytest.param({"LANG": "fr_BE.UTF-8"}, "fr", id="lang"),
        pytest.param({"LANG": "fr_BE.UTF-8", "LC_ALL": "de_BE.utf8"}, "de", id="all"),
        pytest.param({"LANG": "fr_BE", "LC_MESSAGES": "nl_BE@euro"}, "nl", id="messages"),
        pytest.param({"LANGUAGE": "it:fr_BE:nl", "LANG": "de_BE"}, "fr", id="list"),
        pytest.param({"LANG": "it_IT.UTF-8"}, "nl", id="another-language"),
        pytest.param({"LANG": "C"}, "nl", id="none"),
    ],
)
def test_the_language_of_the_system_is_followed(variables, language):
    assert negotiate(system_language_tags(variables)) == language


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such variables")
def test_the_choice_goes_before_the_setting_and_the_setting_before_the_system(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LANGUAGE", "de")
    assert chosen_language("system", tmp_path) == "de"
    assert chosen_language("fr", tmp_path) == "fr"
    PreferenceFile(tmp_path).write(Preferences(language="en"))
    assert chosen_language("fr", tmp_path) == "en"

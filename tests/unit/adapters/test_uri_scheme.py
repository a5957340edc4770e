"""Registering our addresses for one user, judged by the desktop's own program (SEC-45)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from bridge.adapters.urischeme import (
    DESKTOP_FILE,
    BundledScheme,
    DesktopScheme,
    registry_values,
    user_scheme,
)
from bridge.errors import StoreError

MIME = "x-scheme-handler/carebridge"
COMMAND = ("/opt/care bridge/carebridge", "--url")


@pytest.fixture
def environment(tmp_path):
    return {"HOME": str(tmp_path), "XDG_DATA_HOME": "", "PATH": os.environ["PATH"]}


@pytest.fixture
def scheme(environment):
    return DesktopScheme.of_user(environment)


def test_nothing_is_registered_at_first(scheme, tmp_path):
    assert not scheme.is_registered()
    scheme.unregister()
    assert list(tmp_path.iterdir()) == []


def test_registered_and_taken_back(scheme, tmp_path):
    scheme.register(COMMAND)
    scheme.register(COMMAND)
    assert scheme.is_registered()
    text = (tmp_path / ".local/share/applications" / DESKTOP_FILE).read_text()
    assert 'Exec="/opt/care bridge/carebridge" --url %u\n' in text
    assert f"MimeType={MIME};\n" in text
    scheme.unregister()
    assert not scheme.is_registered()
    assert not (tmp_path / ".config" / "mimeapps.list").exists(), "nobody else is in it"


def test_what_others_registered_stays(scheme, tmp_path):
    (tmp_path / ".config").mkdir()
    others = (
        "[Added Associations]\ntext/html=a.desktop;\n"
        f"{MIME}=other.desktop;{DESKTOP_FILE};\n\n[Default Applications]\ntext/html=a.desktop\n"
    )
    (tmp_path / ".config" / "mimeapps.list").write_text(others)
    scheme.unregister()
    kept = (tmp_path / ".config" / "mimeapps.list").read_text()
    assert kept == others.replace(f";{DESKTOP_FILE};", "")
    scheme.register(COMMAND)
    kept = (tmp_path / ".config" / "mimeapps.list").read_text()
    assert kept.count("text/html=a.desktop") == 2
    assert f"[Default Applications]\n{MIME}={DESKTOP_FILE}\n" in kept


def test_words_that_mean_something_to_a_desktop_are_escaped(scheme, tmp_path):
    scheme.register(('/opt/a"b`c$d\\e%f/carebridge',))
    text = (tmp_path / ".local/share/applications" / DESKTOP_FILE).read_text()
    assert r'Exec="/opt/a\\"b\\`c\\$d\\\\e%%f/carebridge" %u' in text


@pytest.mark.skipif(shutil.which("xdg-mime") is None, reason="xdg-mime is not installed")
def test_the_desktops_own_program_finds_us(scheme, environment):
    def asked() -> str:
        return subprocess.run(
            ["xdg-mime", "query", "default", MIME],
            env=environment | {"XDG_CURRENT_DESKTOP": ""},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        ).stdout.strip()

    scheme.register(COMMAND)
    assert asked() == DESKTOP_FILE
    scheme.unregister()
    assert asked() == ""


def test_what_cannot_be_written_or_read_is_a_store_error(tmp_path):
    (tmp_path / "file").touch()
    scheme = DesktopScheme(tmp_path / "file" / "applications", tmp_path / "file" / "mimeapps")
    with pytest.raises(StoreError):
        scheme.register(COMMAND)
    (tmp_path / "folder").mkdir()
    scheme = DesktopScheme(tmp_path, tmp_path / "folder")
    with pytest.raises(StoreError):
        scheme.is_registered()


def test_the_registry_says_what_windows_needs():
    assert registry_values((r"C:\Carebridge\Carebridge.exe", "--url")) == {
        (r"Software\Classes\carebridge", ""): "URL:Carebridge",
        (r"Software\Classes\carebridge", "URL Protocol"): "",
        (r"Software\Classes\carebridge\DefaultIcon", ""): r'"C:\Carebridge\Carebridge.exe",0',
        (
            r"Software\Classes\carebridge\shell\open\command",
            "",
        ): r'"C:\Carebridge\Carebridge.exe" "--url" "%1"',
    }


def test_on_macos_the_bundle_carries_the_registration():
    scheme = BundledScheme()
    scheme.register(COMMAND)
    scheme.unregister()
    assert not scheme.is_registered()


@pytest.mark.windows
def test_on_windows_the_registry_is_written_and_cleaned():
    scheme = user_scheme()
    scheme.register((sys.executable, "--url"))
    assert scheme.is_registered()
    scheme.unregister()
    scheme.unregister()
    assert not scheme.is_registered()

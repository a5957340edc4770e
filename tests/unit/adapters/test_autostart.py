"""Start at login on each system; nothing of the user who runs the tests is touched."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.autostart import (
    autostart_of_user,
    desktop_entry,
    launch_agent,
)

COMMAND = ("/opt/care bridge/carebridge", "--autostart")


@pytest.mark.parametrize("make", [desktop_entry, launch_agent])
def test_an_entry_is_written_and_removed_as_often_as_wanted(make, tmp_path):
    entry = make(COMMAND, tmp_path)
    assert not entry.is_enabled
    entry.disable()
    entry.enable()
    entry.enable()
    assert entry.is_enabled
    entry.disable()
    assert not entry.is_enabled
    assert not entry.path.exists()


def test_a_file_of_somebody_else_is_not_ours(tmp_path):
    entry = desktop_entry(COMMAND, tmp_path)
    entry.enable()
    entry.path.write_bytes(b"[Desktop Entry]\nExec=other\n")
    assert not entry.is_enabled


def test_the_entry_of_a_desktop(tmp_path):
    entry = desktop_entry((*COMMAND, "100%"), tmp_path)
    assert entry.path == tmp_path / "autostart" / "carebridge.desktop"
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(entry.content.decode())
    assert read["Desktop Entry"]["Exec"] == '"/opt/care bridge/carebridge" --autostart 100%%'


def test_the_agent_of_macos_is_kept_alive_after_a_failure_only(tmp_path):
    facts = plistlib.loads(launch_agent(COMMAND, tmp_path).content)
    assert facts["ProgramArguments"] == list(COMMAND)
    assert facts["KeepAlive"] == {"SuccessfulExit": False}
    assert facts["LimitLoadToSessionType"] == "Aqua"


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
def test_the_command_enables_and_disables(tmp_path):
    def run(wish: str) -> dict:
        said = subprocess.run(
            [sys.executable, "-m", "bridge", "autostart", wish, "--json"],
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
            cwd=Path(__file__).resolve().parents[3],
            capture_output=True,
            check=True,
            timeout=30,
        )
        return json.loads(said.stdout)

    assert run("enable") == {"is_enabled": True}
    assert (tmp_path / "autostart" / "carebridge.desktop").is_file()
    assert run("disable") == {"is_enabled": False}


@pytest.mark.skipif(sys.platform != "win32", reason="the registry is Windows'")
def test_the_value_of_the_run_key():
    entry = autostart_of_user()
    was_enabled = entry.is_enabled
    try:
        entry.enable()
        assert entry.is_enabled
        entry.disable()
        assert not entry.is_enabled
    finally:
        if was_enabled:
            entry.enable()

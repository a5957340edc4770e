"""Start at login on each system; nothing of the user who runs the tests is touched."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from bridge.adapters.autostart import (
    ForEverybody,
    LoginStart,
    Way,
    autostart_of_user,
    desktop_entry,
    launch_agent,
    linux_ways,
)
from bridge.adapters.systemdunits import GRAPHICAL, HEADLESS, unit
from bridge.cli.autostart import add_to
from bridge.domain.systemfacts import StartAtLogin
from bridge.errors import InputError

COMMAND = ("/opt/care bridge/carebridge", "--autostart")
RUN = ("/opt/care bridge/100%/$carebridge", "run", "$HOME")
END = ("/opt/care bridge/100%/$carebridge", "--quit")


def unit_of(name):
    return lambda _command, folder: unit(name, folder, run=RUN, end=END)


@pytest.mark.parametrize(
    "make",
    [
        desktop_entry,
        launch_agent,
        pytest.param(unit_of(GRAPHICAL), id="unit"),
        pytest.param(unit_of(HEADLESS), id="headless-unit"),
    ],
)
def test_an_entry_is_written_and_removed_as_often_as_wanted(make, tmp_path):
    entry = make(COMMAND, tmp_path)
    assert not entry.is_enabled
    entry.disable()
    entry.enable()
    entry.enable()
    assert entry.is_there
    assert entry.is_enabled
    entry.disable()
    assert not entry.is_there
    assert not entry.is_enabled
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]


def test_a_file_of_somebody_else_is_not_ours(tmp_path):
    entry = desktop_entry(COMMAND, tmp_path)
    entry.enable()
    entry.path.write_bytes(b"[Desktop Entry]\nExec=other\n")
    assert entry.is_there
    assert not entry.is_enabled


def test_the_entry_of_a_desktop(tmp_path):
    entry = desktop_entry((*COMMAND, "100%"), tmp_path)
    assert entry.path == tmp_path / "autostart" / "carebridge.desktop"
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(entry.content.decode())
    assert read["Desktop Entry"]["Exec"] == '"/opt/care bridge/carebridge" --autostart "100%%"'


def test_the_agent_of_macos_is_kept_alive_after_a_failure_only(tmp_path):
    facts = plistlib.loads(launch_agent(COMMAND, tmp_path).content)
    assert facts["ProgramArguments"] == list(COMMAND)
    assert facts["KeepAlive"] == {"SuccessfulExit": False}
    assert facts["LimitLoadToSessionType"] == "Aqua"


@pytest.mark.parametrize("name", [GRAPHICAL, HEADLESS])
def test_systemd_takes_the_units(name, tmp_path):
    program = tmp_path / "100% of $b" / "carebridge"
    program.parent.mkdir()
    shutil.copy("/bin/true", program)
    made = unit(name, tmp_path, run=(str(program), "a $b"), end=(str(program), "100%"))
    made.enable()
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    judged = subprocess.run(
        [verify, "--user", "verify", f"{made.folder}/{name}"],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in judged.stderr.splitlines() if name in line]
    # systemd before 254 ignores the growing pauses, and says so.
    strange = [line for line in told if "RestartSteps" not in line and "MaxDelay" not in line]
    assert (judged.returncode, strange) == (0, [])


def test_the_graphical_unit_goes_with_the_session_and_stops_in_order(tmp_path):
    text = unit(GRAPHICAL, tmp_path, run=RUN, end=END).content.decode()
    assert "PartOf=graphical-session.target\nAfter=graphical-session.target\n" in text
    assert 'ExecStart="/opt/care bridge/100%%/$carebridge" "run" "$$HOME"\n' in text
    assert 'ExecStop="/opt/care bridge/100%%/$carebridge" "--quit"\n' in text
    assert "Restart=on-failure\n" in text
    assert "WantedBy=graphical-session.target\n" in text


def test_the_other_unit_has_no_icon_and_needs_no_screen(tmp_path):
    text = unit(HEADLESS, tmp_path, run=RUN, end=END).content.decode()
    assert '"run" "$$HOME" "--no-tray"\n' in text
    assert "WantedBy=default.target\n" in text
    assert "graphical-session" not in text


def test_never_two_ways_at_once(tmp_path):
    start = LoginStart(linux_ways(tmp_path))
    assert (start.state, start.used) == (StartAtLogin.OFF, ())
    for way in (Way.ENTRY, Way.UNIT, Way.HEADLESS, Way.ENTRY):
        start.enable(way)
        assert (start.state, start.used) == (StartAtLogin.ON, (way,))
    start.disable()
    assert start.state is StartAtLogin.OFF


def test_two_ways_that_others_made_are_told_and_mended(tmp_path):
    start = LoginStart(linux_ways(tmp_path))
    for way in (Way.ENTRY, Way.UNIT):
        start.ways[way].enable()
    assert start.state is StartAtLogin.TWICE
    start.enable()
    assert start.state is StartAtLogin.ON


def ways_of_windows(tmp_path, machine_command=COMMAND):
    """Have the entry of a user beside that of the machine; files stand for both keys."""
    of_machine = desktop_entry(COMMAND, tmp_path / "machine")
    desktop_entry(machine_command, tmp_path / "machine").enable()
    own = desktop_entry(COMMAND, tmp_path / "own")
    return own, LoginStart({Way.ENTRY: own, Way.MACHINE: ForEverybody(entry=of_machine)})


def test_the_entry_of_the_machine_is_told_and_no_second_one_is_written(tmp_path):
    own, start = ways_of_windows(tmp_path)
    assert (start.state, start.used) == (StartAtLogin.ON, (Way.MACHINE,))
    start.enable()
    assert (start.state, start.used) == (StartAtLogin.ON, (Way.MACHINE,))
    own.enable()
    assert start.state is StartAtLogin.TWICE
    start.enable()
    assert (start.state, start.used) == (StartAtLogin.ON, (Way.MACHINE,))


def test_the_entry_of_the_machine_stays_whatever_a_user_wants(tmp_path):
    own, start = ways_of_windows(tmp_path)
    own.enable()
    start.disable()
    assert (start.state, start.used) == (StartAtLogin.ON, (Way.MACHINE,))


def test_an_entry_of_the_machine_for_another_program_is_no_start_of_this_one(tmp_path):
    _, start = ways_of_windows(tmp_path, ("/other/carebridge", "--autostart"))
    assert start.state is StartAtLogin.BROKEN
    start.enable()
    assert start.used == (Way.ENTRY, Way.MACHINE)
    assert start.state is StartAtLogin.TWICE


def test_an_entry_that_leads_elsewhere_is_told(tmp_path):
    start = LoginStart(linux_ways(tmp_path))
    desktop_entry(("/old/place/carebridge", "--autostart"), tmp_path).enable()
    assert start.state is StartAtLogin.BROKEN
    start.enable()
    assert start.state is StartAtLogin.ON


def test_a_unit_whose_file_is_gone_is_told(tmp_path):
    start = LoginStart(linux_ways(tmp_path))
    start.enable(Way.UNIT)
    (tmp_path / "systemd" / "user" / GRAPHICAL).unlink()
    assert start.state is StartAtLogin.BROKEN


def test_a_link_that_leads_to_itself_is_told(tmp_path):
    start = LoginStart(linux_ways(tmp_path))
    start.enable(Way.UNIT)
    (link,) = (tmp_path / "systemd" / "user").glob("*.wants/*")
    link.unlink()
    link.symlink_to(link)
    assert start.state is StartAtLogin.BROKEN


def test_the_unit_of_the_package_is_as_good(tmp_path):
    shipped = tmp_path / "usr"
    made = replace(unit(GRAPHICAL, tmp_path, run=RUN, end=END), shipped=shipped)
    made.enable()
    link = made.folder / "graphical-session.target.wants" / GRAPHICAL
    link.unlink()
    link.symlink_to(shipped / GRAPHICAL)  # as systemctl does
    assert made.is_there
    assert made.is_enabled
    made.disable()
    assert not made.is_there


def test_a_way_this_system_does_not_know_changes_nothing(tmp_path):
    start = LoginStart({Way.ENTRY: launch_agent(COMMAND, tmp_path)})
    with pytest.raises(InputError):
        start.enable(Way.UNIT)
    assert not start.is_enabled


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
def test_the_command_enables_and_disables(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    verb = typer.Typer()
    add_to(verb)

    def run(*words: str) -> dict:
        return json.loads(CliRunner().invoke(verb, [*words, "--json"]).stdout)

    used = run("enable", "--systemd", "--no-tray")
    assert used == {"is_enabled": True, "state": "on", "ways": ["systemd-no-tray"]}
    assert (tmp_path / "systemd" / "user" / HEADLESS).is_file()
    assert run("enable")["ways"] == ["entry"]
    assert run("status")["state"] == "on"
    assert run("disable") == {"is_enabled": False, "state": "off", "ways": []}
    assert CliRunner().invoke(verb, ["enable", "--no-tray"]).exit_code == 2


@pytest.mark.skipif(sys.platform != "win32", reason="the registry is Windows'")
def test_the_value_of_the_run_key():
    entry = autostart_of_user()
    was_enabled = entry.is_enabled
    try:
        entry.enable()
        assert entry.state is StartAtLogin.ON
        entry.disable()
        assert not entry.is_enabled
    finally:
        if was_enabled:
            entry.enable()

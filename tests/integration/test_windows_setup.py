"""The life of an installation on Windows, under Wine (*Desktop packaging* 3 and 9).

The installers are packed for speed; what they install and do is what is shipped.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket

import pytest

from bridge.adapters.listener import CANDIDATE_PORTS
from tests.support import pki
from tests.support.wine import Wine, require_wine
from tests.support.winprogram import CONSOLE, PROGRAM, Program, package

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Carebridge"
SCHEME = r"Software\Classes\carebridge"
COMMAND = rf"{SCHEME}\shell\open\command"
OTHER_VARIANT = 6


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    require_wine()
    return package(tmp_path_factory.mktemp("windows"), "--quick")


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    made = Wine(tmp_path_factory.mktemp("wine"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def for_one(wine, built):
    """Give the installer for one user, and what it installs, with settings to start with."""
    program = Program(wine, wine.home / "AppData" / "Local" / "Programs" / "Carebridge")
    program.data.mkdir(parents=True)
    anchors = program.data / "anchors.pem"
    anchors.write_bytes(pki.root().certificate_pem)
    settings = f"[trust]\nsts_anchors = '{wine.named(anchors)}'\n"
    (program.data / "carebridge.toml").write_text(settings, "utf-8")
    return Installation(program, built / "carebridge-setup.exe", "HKCU")


@pytest.fixture(scope="module")
def for_all(wine, built):
    folder = wine.drive / "Program Files" / "Carebridge"
    return Installation(Program(wine, folder), built / "carebridge-setup-allusers.exe", "HKLM")


class Installation:
    """An installer and what it leaves on the computer."""

    def __init__(self, program: Program, setup, root: str) -> None:
        self.program = program
        self.wine = program.wine
        self._setup = str(setup)
        self._root = root

    def install(self, *words: str) -> int:
        return self.wine.finish(self._setup, "/S", *words, seconds=900)

    def uninstall(self, *words: str) -> None:
        """Remove it; the uninstaller goes on in a copy of itself, so wait for the last thing."""
        program = self.program.folder / "uninstall.exe"
        assert self.wine.finish(str(program), "/S", *words) == 0
        self.wine.until(lambda: not self.program.folder.exists(), "the folder stays", 600)
        self.wine.until(lambda: not self.has(UNINSTALL), "the entry stays", 600)

    def value(self, key: str, name: str = "") -> str | None:
        return self.wine.registry(rf"{self._root}\{key}", name)

    def has(self, key: str) -> bool:
        return self.wine.has_key(rf"{self._root}\{key}")

    def shortcuts(self) -> list[str]:
        menus = self.wine.drive.rglob("Start Menu")
        return [each.name for menu in menus for each in menu.rglob("*.lnk")]

    def is_listening(self) -> bool:
        for port in CANDIDATE_PORTS:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return True
        return False

    def command(self) -> str:
        return rf'"{self.wine.named(self.program.folder / PROGRAM)}"'


def test_the_life_of_an_installation_for_one_user(for_one) -> None:
    program, wine = for_one.program, for_one.wine

    assert for_one.install("/LAUNCH=0") == 0
    assert {PROGRAM, CONSOLE, "uninstall.exe"} <= {each.name for each in program.folder.iterdir()}
    assert program.running() == []
    assert for_one.value(RUN, "Carebridge") == f"{for_one.command()} --autostart"
    assert for_one.value(SCHEME) == "URL:Carebridge"
    assert for_one.value(COMMAND) == f'{for_one.command()} --url "%1"'
    assert for_one.value(UNINSTALL, "InstallLocation") == wine.named(program.folder)
    assert for_one.value(UNINSTALL, "QuietUninstallString").endswith('uninstall.exe" /S')
    assert len(for_one.shortcuts()) == 1

    # A click without settings: a window says what is missing, for there is no console.
    settings = program.data / "carebridge.toml"
    kept = settings.rename(program.data / "kept.toml")
    wine.finish("start", wine.named(program.folder / PROGRAM))
    window = wine.until(wine.screen.window, "no window says why nothing starts")
    assert program.facts is None
    wine.screen.do("windowfocus", "--sync", window)
    wine.screen.press("Return")
    wine.until(lambda: program.running() == [], "the window stays")
    assert '"code": "setting_missing"' in program.log
    kept.rename(settings)

    # Nothing runs until the next sign-in.
    wine.login()
    first = wine.until(lambda: program.facts, "nothing starts at login")
    assert for_one.is_listening()

    # An upgrade stops what runs, leaves no file of before, and starts it again.
    stale = program.folder / "_internal" / "app" / "bridge" / "stale.py"
    stale.write_text("", "utf-8")
    assert for_one.install() == 0
    assert not stale.exists()
    second = wine.until(
        lambda: program.facts if program.facts != first else None, "it does not come back"
    )
    assert second["instance_id"] == first["instance_id"]

    # What a user chose stays.
    key = rf"HKCU\{RUN}"
    assert wine.finish("reg", "delete", key, "/v", "Carebridge", "/f") == 0
    assert for_one.install("/LAUNCH=0") == 0
    assert for_one.value(RUN, "Carebridge") is None
    assert program.running() == []

    # A link of a web page starts it, by the registered command.
    assert wine.finish(str(program.folder / PROGRAM), "--url", "carebridge://start") == 0
    assert program.facts is not None

    # It keeps the data, and nothing else.
    for_one.uninstall()
    assert program.running() == []
    assert not for_one.is_listening()
    assert not for_one.has(SCHEME)
    assert for_one.value(RUN, "Carebridge") is None
    assert for_one.shortcuts() == []
    assert (program.data / "carebridge.db").is_file()


def test_a_daemon_that_does_not_answer_is_ended_by_an_upgrade(for_one) -> None:
    program, wine = for_one.program, for_one.wine
    assert for_one.install("/AUTOSTART=0") == 0
    assert for_one.value(RUN, "Carebridge") is None
    first = wine.until(lambda: program.facts, "the installer starts nothing")
    with stopped(program):
        assert for_one.install() == 0
    wine.until(lambda: program.facts != first, "it does not come back")
    assert len(wine.processes(PROGRAM)) == 1
    for_one.uninstall("/PURGE=1")
    assert not program.data.exists() or list(program.data.rglob("*.db")) == []


def test_the_other_variant_is_refused(for_one, for_all) -> None:
    assert for_all.install() == 0
    assert for_all.value(RUN, "Carebridge") == f"{for_all.command()} --autostart"
    assert for_all.value(COMMAND) == f'{for_all.command()} --url "%1"'
    assert for_all.program.running() == []  # it would run with the rights of the installer
    assert for_one.install() == OTHER_VARIANT
    assert not for_one.program.folder.exists()
    for_all.uninstall()
    assert not for_all.has(SCHEME)
    assert for_one.install("/LAUNCH=0") == 0
    assert for_all.install() == OTHER_VARIANT
    for_one.uninstall()


@contextlib.contextmanager
def stopped(program: Program):
    """Have a daemon that hangs: it is there, and does nothing any more."""
    (number,) = program.wine.processes(PROGRAM)
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGCONT)
